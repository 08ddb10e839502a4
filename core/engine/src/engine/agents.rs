//! How agents attach, leave and watch. One lock at a time: that of the tenant's floor.

use frontdesk_desk::crossing::{Crossing, Replay, SessionStep};
use frontdesk_desk::delivery::Delivery;
use frontdesk_desk::floor::ENDED_REPLAY;
use frontdesk_desk::id::{AgentNo, SessionId, SiteId, TenantNo};
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::time::Now;

use super::Engine;
use super::visits::{links_full, seen_of};
use crate::command::{AgentAttach, Attached, Link, Person, Reply};
use crate::mailbox::LinkEnd;
use crate::outlet::Outlet;
use crate::tenants::{FloorBooks, Tenant};
use crate::turn::Turn;
use crate::watch::{Drawing, ROWS_MAX, Rows, WATCHERS_MAX};

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
        if attach.role.supervises() {
            books.floor.let_supervise(agent, link, attach.reach.clone());
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
                there.held().contains(&resume.session) || there.handed().contains(&resume.session);
            if !follows {
                // The session may have ended meanwhile: the agent may read the end, if it was there to the last.
                let replay = Replay { after_seq: seen_of(engine, Some(*resume)), ..ended };
                let person = Person::Agent(agent);
                let step = SessionStep::LinkUp { tenant: tenant.no, person, link, replay };
                self.fx.crossings.push(Crossing::ToSession(resume.session, step));
            }
        }
        if let Some(old) = replaces {
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
        tenant.watch.end(link.id);
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

    pub(super) fn watch_visitors(
        &mut self,
        link: Link,
        site: Option<&SiteId>,
        rows: u16,
    ) -> Result<Reply, Refusal> {
        let agent = self.agents_only(link)?;
        let tenant = self.tenant(link.tenant)?;
        let site = match site {
            None => None,
            Some(id) => Some(tenant.policy().site(id).ok_or(Refusal::UnknownSite)?),
        };
        // Under the floor's lock, as the end is: a link that is gone would watch for ever.
        let books = self.floor(tenant);
        if !books.floor.agent(agent).links().contains(&link.id) {
            return Err(Refusal::LinkGone);
        }
        if !tenant.watch.begin(link.id, site, rows.clamp(1, ROWS_MAX)) {
            return Err(Refusal::LimitReached {
                what: "watches of one tenant",
                max: WATCHERS_MAX as u64,
            });
        }
        drop(books);
        if let Some(drawing) = tenant.watch.draw_one(link.id) {
            self.draw(tenant, &drawing, Show::Whole);
        }
        Ok(Reply::Watching)
    }

    pub(super) fn unwatch(&mut self, link: Link) -> Result<Reply, Refusal> {
        self.agents_only(link)?;
        self.tenant(link.tenant)?.watch.end(link.id);
        Ok(Reply::Done)
    }

    /// Draws windows and tells what they show. Reads each visitor once, however many windows show it.
    pub(super) fn draw(&mut self, tenant: &'e Tenant, drawing: &Drawing, show: Show) {
        let mut rows = Rows::new();
        let policy = tenant.policy();
        for draft in &drawing.drafts {
            let drawn = drawing.draw(draft, &mut rows, |visitor| {
                let records = self.visitors(visitor.shard);
                records.get(visitor).map(|there| there.row(&policy))
            });
            tenant.watch.drawn(draft, drawn.shown.clone());
            let present = tenant.present.total();
            let delivery = match show {
                Show::Whole => Some(Delivery::VisitorsSnapshot(Box::new(drawn.whole(present)))),
                Show::News => {
                    drawn.news(present).map(|list| Delivery::VisitorsChanged(Box::new(list)))
                }
            };
            if let Some(delivery) = delivery {
                let _ = self.engine.directory.push(draft.link, delivery, &mut self.wakes);
            }
        }
    }

    pub(super) fn agents_only(&self, link: Link) -> Result<AgentNo, Refusal> {
        match link.person {
            Person::Agent(agent) => Ok(agent),
            Person::Visitor(_) => Err(Refusal::AgentsOnly),
        }
    }
}

/// How much of a window is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Show {
    /// All of it.
    Whole,
    /// What has changed.
    News,
}
