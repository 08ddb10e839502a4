//! How agents attach and leave. One lock at a time: that of the tenant's floor.

use frontdesk_desk::crossing::{Crossing, Replay, SessionStep};
use frontdesk_desk::floor::ENDED_REPLAY;
use frontdesk_desk::id::{AgentNo, RoomId, SessionId, TenantNo};
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::time::Now;

use super::Engine;
use super::visits::{links_full, seen_of};
use crate::command::{AgentAttach, Attached, Link, Person};
use crate::mailbox::LinkEnd;
use crate::outlet::Outlet;
use crate::sync::MutexGuard;
use crate::tenants::{FloorBooks, Tenant};
use crate::turn::Turn;

impl Engine {
    /// Attaches an agent's link. Signs nobody on. The sessions that the agent has are replayed to it.
    ///
    /// Errors: [`Refusal::LimitReached`], [`Refusal::Busy`].
    pub fn attach_agent(
        &self,
        tenant: TenantNo,
        outlet: &Outlet,
        attach: AgentAttach,
        now: Now,
    ) -> Result<Attached, Refusal> {
        let tenant = self.tenants.at(tenant).ok_or(Refusal::LinkGone)?;
        let mut turn = Turn::new(self, now);
        let attached = turn.attach_agent(tenant, outlet, &attach);
        turn.settle();
        attached
    }
}

impl<'e> Turn<'e> {
    fn attach_agent(
        &mut self,
        tenant: &'e Tenant,
        outlet: &Outlet,
        attach: &AgentAttach,
    ) -> Result<Attached, Refusal> {
        let engine = self.engine;
        let replaces = attach.replaces.and_then(|token| engine.link_of(token));
        let in_this_epoch = attach.resume.iter().filter(|resume| resume.epoch == engine.epoch());
        let seen: Vec<(SessionId, u64)> =
            in_this_epoch.map(|resume| (resume.session, resume.seq)).collect();

        let mut books = self.floor(tenant);
        // A token of somebody else's link replaces nothing.
        let replaces = replaces.filter(|old| {
            let agent = books.floor.agent_no(&attach.agent);
            agent.is_some_and(|agent| books.floor.agent(agent).links().contains(old))
        });
        let secret = books.chance.bits();
        let link = engine.directory.allocate(outlet, secret).map_err(|_| links_full(engine))?;
        let up = books.floor.link_up(&attach.agent, link, replaces, &seen, self.now, &mut self.fx);
        let agent = match up {
            Ok(agent) => agent,
            Err(refusal) => {
                let _ = engine.directory.release(link);
                return Err(refusal);
            }
        };
        books.floor.limit_reach(agent, link, attach.reach.clone());
        books.floor.note_address(agent, link, attach.address.clone());
        if attach.role.supervises() {
            books.floor.let_supervise(agent, link, attach.role, attach.reach.clone());
        }
        let share = attach.resume.len().max(1);
        let ended = Replay {
            after_seq: None,
            messages_max: ENDED_REPLAY.messages_max / share,
            bytes_max: ENDED_REPLAY.bytes_max / share,
        };
        for resume in &attach.resume {
            let there = books.floor.agent(agent);
            let follows =
                there.held().contains(&resume.session) || there.seats().contains(&resume.session);
            if !follows {
                // The session may have ended meanwhile: the agent may read the end, if it was there to the last.
                let replay = Replay { after_seq: seen_of(engine, Some(*resume)), ..ended };
                let person = Person::Agent(agent);
                let step = SessionStep::LinkUp { tenant: tenant.no, person, link, replay };
                self.fx.crossings.push(Crossing::ToSession(resume.session, step));
            }
        }
        let rooms = attach.rooms.iter().filter(|resume| resume.epoch == engine.epoch());
        let rooms: Vec<(RoomId, u64)> = rooms.map(|resume| (resume.room, resume.seq)).collect();
        books.floor.bring_rooms(agent, link, &rooms, &mut self.fx);
        books.floor.bring_announcements(agent, link, self.now, &mut self.fx);
        if let Some(old) = replaces {
            self.end_watches(tenant, &mut books, old);
            // Gone already is as good.
            let _ = engine.directory.end(old, LinkEnd::Replaced, &mut self.wakes);
        }
        self.carry_out();
        tenant.note(&mut books);
        Ok(Attached {
            link: Link { id: link, tenant: tenant.no, person: Person::Agent(agent) },
            token: Engine::token(link, secret),
            session: None,
            previews: books.floor.policy().previews,
            status: Some(books.floor.agent(agent).status()),
        })
    }

    pub(super) fn agent_link_gone(&mut self, link: Link, agent: AgentNo) {
        let Ok(tenant) = self.tenant(link.tenant) else { return };
        let mut books = self.floor(tenant);
        self.end_watches(tenant, &mut books, link.id);
        books.floor.link_down(agent, link.id, self.now, &mut self.fx);
        self.carry_out();
        tenant.note(&mut books);
    }

    /// Lets the floor decide on an agent, and carries out what follows.
    pub(super) fn on_floor<R>(
        &mut self,
        link: Link,
        decide: impl FnOnce(
            &mut FloorBooks,
            AgentNo,
            &'e Tenant,
            &mut frontdesk_desk::effects::Effects,
        ) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        let agent = self.agents_only(link)?;
        let tenant = self.tenant(link.tenant)?;
        self.admit()?;
        let mut books = self.floor(tenant);
        if !books.floor.agent(agent).links().contains(&link.id) {
            return Err(Refusal::LinkGone);
        }
        let decided = decide(&mut books, agent, tenant, &mut self.fx);
        self.carry_out();
        tenant.note(&mut books);
        decided
    }

    /// A link's agent and its floor, locked. Errors: [`Refusal::AgentsOnly`], [`Refusal::LinkGone`].
    pub(super) fn floor_of(
        &mut self,
        link: Link,
    ) -> Result<(AgentNo, &'e Tenant, MutexGuard<'e, FloorBooks>), Refusal> {
        let agent = self.agents_only(link)?;
        let tenant = self.tenant(link.tenant)?;
        let books = self.floor(tenant);
        let is_attached = books.floor.agent(agent).links().contains(&link.id);
        if is_attached { Ok((agent, tenant, books)) } else { Err(Refusal::LinkGone) }
    }

    pub(super) fn agents_only(&self, link: Link) -> Result<AgentNo, Refusal> {
        match link.person {
            Person::Agent(agent) => Ok(agent),
            Person::Visitor(_) => Err(Refusal::AgentsOnly),
        }
    }
}
