//! Transfers: a session passes from the agent who has it to another one, to a department, or to a bot.
//!
//! Whoever is asked has room for it from the moment of asking. The step in which it accepts takes the session from the one and gives it to the
//! other, so its visitor always has somebody. A bot isn't asked. Where it is to wait for a department of whom nobody takes
//! it, it stands in that department's queue by its age.

use std::sync::Arc;

use bytes::Bytes;

use super::Floor;
use super::agent::Kind;
use super::handing::{Colleague, Handing, NOTE_BYTES_MAX, What};
use super::picks::Room;
use super::request::Request;
use crate::crossing::{Crossing, HowAssigned, SessionStep};
use crate::delivery::{Asking, Status};
use crate::effects::Effects;
use crate::id::{AgentNo, ClientMessageId, DepartmentNo, OfferId, SessionId};
use crate::message::Words;
use crate::policy::SkillSet;
use crate::refusal::Refusal;
use crate::time::Now;
use crate::wish::Wish;

/// Targets that are remembered of each agent.
pub const RECENT_MAX: usize = 3;

/// A transfer, as its owner wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Which session.
    pub session: SessionId,
    /// To whom.
    pub to: Colleague,
    /// What those should know, at most [`NOTE_BYTES_MAX`] bytes; may be empty.
    pub note: Arc<str>,
    /// Whether it waits in the department's queue where nobody can be asked, or is left.
    pub waits: bool,
    /// Whether the agent must have room for it.
    pub room: Room,
}

impl Floor {
    /// An agent transfers a session that it has.
    ///
    /// Errors: [`Refusal::NotInSession`], [`Refusal::TooLong`], [`Refusal::TransferPending`], [`Refusal::TooManyTransfers`], [`Refusal::ToOneself`],
    /// [`Refusal::UnknownAgent`], [`Refusal::UnknownDepartment`], [`Refusal::TargetOutOfReach`], [`Refusal::AgentUnavailable`],
    /// [`Refusal::BotUnavailable`], [`Refusal::ColleagueFull`], [`Refusal::NobodyFree`], [`Refusal::QueueFull`].
    pub fn transfer(
        &mut self,
        no: AgentNo,
        transfer: Transfer,
        now: Now,
        fx: &mut Effects,
    ) -> Result<Asking, Refusal> {
        let session = transfer.session;
        self.held_by(no, session)?;
        if transfer.note.len() > NOTE_BYTES_MAX {
            return Err(Refusal::TooLong { field: "note", bytes_max: NOTE_BYTES_MAX });
        }
        let request = self.requests.get(&session).ok_or(Refusal::NotInSession)?;
        let (home, transfers) = (request.home, request.transfers);
        if let Some(offer) = self.transfer_of(session) {
            return self.transfer_again(offer, &transfer.to, now);
        }
        let max = self.policy.department_at(home).terms.transfers_max;
        if transfers >= max {
            return Err(Refusal::TooManyTransfers { max });
        }
        match &transfer.to {
            Colleague::Agent(id) => {
                let target = self.asked_agent(no, home, id)?;
                self.transfer_to_agent(no, target, &transfer, now, fx)
            }
            Colleague::Department(id) => {
                let department = self.asked_department(no, home, id)?;
                self.transfer_to_department(no, department, &transfer, now, fx)
            }
        }
    }

    /// The same transfer again is answered as before.
    fn transfer_again(&self, offer: OfferId, to: &Colleague, now: Now) -> Result<Asking, Refusal> {
        let there = self.offers.get(&offer);
        let handing = there.and_then(|there| there.handing.as_ref());
        let department = handing.and_then(|handing| handing.department);
        let asking = self.asking(offer, now).ok_or(Refusal::TransferPending)?;
        let same = match to {
            Colleague::Agent(id) => department.is_none() && asking.agent.as_ref() == Some(id),
            Colleague::Department(id) => {
                department.is_some_and(|no| self.policy.department_at(no).id == *id)
            }
        };
        if same { Ok(asking) } else { Err(Refusal::TransferPending) }
    }

    fn transfer_to_agent(
        &mut self,
        no: AgentNo,
        target: AgentNo,
        transfer: &Transfer,
        now: Now,
        fx: &mut Effects,
    ) -> Result<Asking, Refusal> {
        let session = transfer.session;
        let request = self.requests.get(&session).ok_or(Refusal::NotInSession)?;
        let (home, weight) = (request.home, request.weight);
        let there = self.agent(target);
        let id = there.id.clone();
        if there.kind != Kind::Person {
            return self.transfer_to_bot(no, target, transfer, now, fx);
        }
        if !there.can_answer() {
            return Err(Refusal::AgentUnavailable(id));
        }
        if !self.has_place(target, home, weight) && transfer.room == Room::Needed {
            return Err(Refusal::ColleagueFull(id));
        }
        let handing = handing(no, None, transfer);
        Ok(self.begin_handing(session, handing, target, now, fx))
    }

    fn transfer_to_bot(
        &mut self,
        no: AgentNo,
        bot: AgentNo,
        transfer: &Transfer,
        now: Now,
        fx: &mut Effects,
    ) -> Result<Asking, Refusal> {
        let session = transfer.session;
        let request = self.requests.get(&session).ok_or(Refusal::NotInSession)?;
        let (home, weight) = (request.home, request.weight);
        let id = self.agent(bot).id.clone();
        if !self.takes_over(bot) || !self.has_place(bot, home, weight) {
            return Err(Refusal::BotUnavailable);
        }
        let handing = handing(no, None, transfer);
        self.transferred(session, bot, &handing, now, fx);
        Ok(Asking { offer: None, session, agent: Some(id), until_wall_ms: 0 })
    }

    /// Whether a bot takes what agents hand or transfer to it, now.
    pub(super) fn takes_over(&self, bot: AgentNo) -> bool {
        let there = self.agent(bot);
        let takes = self.policy.bot(&there.id).is_some_and(|rules| rules.takes_transfers);
        takes && there.status == Status::Online && !there.links.is_empty()
    }

    fn transfer_to_department(
        &mut self,
        no: AgentNo,
        department: DepartmentNo,
        transfer: &Transfer,
        now: Now,
        fx: &mut Effects,
    ) -> Result<Asking, Refusal> {
        let session = transfer.session;
        let handing = handing(no, Some(department), transfer);
        if let Some(first) = self.best_heir(session, department, &handing.tried) {
            return Ok(self.begin_handing(session, handing, first, now, fx));
        }
        if !transfer.waits {
            let id = self.policy.department_at(department).id.clone();
            return Err(Refusal::NobodyFree(id));
        }
        self.may_queue(session, department, now)?;
        self.transferred_to_queue(session, (no, &transfer.note), department, now, fx);
        Ok(Asking { offer: None, session, agent: None, until_wall_ms: 0 })
    }

    /// The transfer of a session that runs.
    pub(super) fn transfer_of(&self, session: SessionId) -> Option<OfferId> {
        let is_transfer = |offer: &&OfferId| {
            let there = self.offers.get(offer).and_then(|there| there.handing.as_ref());
            there.is_some_and(|handing| handing.is_transfer())
        };
        self.requests.get(&session)?.handings.iter().find(is_transfer).copied()
    }

    /// Whether an agent has room for something of a department and a weight that isn't its own.
    pub(super) fn has_place(&self, no: AgentNo, home: DepartmentNo, weight: u32) -> bool {
        let agent = self.agent(no);
        agent.has_room(weight) && agent.post(home).is_none_or(|post| !self.is_full(post))
    }

    /// The person of a department who is asked next, by its strategy: one of those who are free, and who wasn't asked about this
    /// session a moment ago.
    pub(super) fn best_heir(
        &self,
        session: SessionId,
        department: DepartmentNo,
        tried: &[AgentNo],
    ) -> Option<AgentNo> {
        let weight = self.requests.get(&session)?.weight;
        let classes = self.policy.weight_classes();
        let class = classes.partition_point(|class| *class < weight).min(classes.len() - 1);
        let pool = self.pool(self.departments[usize::from(department.0)].whole);
        pool.free[class].keys().map(|rank| rank.agent()).find(|no| {
            let agent = self.agent(*no);
            agent.kind == Kind::Person
                && !tried.contains(no)
                && agent.shuns(session).is_none()
                && self.has_place(*no, department, weight)
        })
    }

    /// Whether a session may wait in a department's queue. Errors: [`Refusal::QueueFull`], [`Refusal::NobodyFree`].
    pub(super) fn may_queue(
        &mut self,
        session: SessionId,
        department: DepartmentNo,
        now: Now,
    ) -> Result<(), Refusal> {
        let nobody = Refusal::NobodyFree(self.policy.department_at(department).id.clone());
        let Some(request) = self.requests.get(&session) else { return Err(nobody) };
        if self.departments[usize::from(department.0)].closed {
            return Err(Refusal::QueueFull);
        }
        let wish = Box::new(wish_for(&request.wish, department));
        let mut asked = Request::new(department, wish, request.asked, 0, &self.policy);
        if self.find_range(&mut asked, now).is_err() || !self.may_wait(&asked) {
            return Err(nobody);
        }
        Ok(())
    }

    /// Another agent has the session from here on: in one step the one loses it and the other has it.
    pub(super) fn transferred(
        &mut self,
        session: SessionId,
        to: AgentNo,
        handing: &Handing,
        now: Now,
        fx: &mut Effects,
    ) {
        let from = handing.by;
        self.leave_note(session, from, &handing.note, fx);
        let freed = self.lose(from, session, Some(to), now, fx);
        if let Some(department) = handing.department {
            self.move_to(session, department, fx);
        }
        let how = HowAssigned::Transferred { from };
        self.hold(to, session, how, now, fx);
        if let Some(department) = handing.department {
            // A department's strategy found it: it has had its turn.
            self.relisting(to, |floor| floor.end_turn(to, department, &[]));
        }
        let target = match handing.department {
            Some(department) => Target::Department(department),
            None => Target::Agent(to),
        };
        self.remember_target(from, target);
        self.freed_all(freed, now, fx);
        self.freed(from, now, fx);
    }

    /// The session waits in a department's queue from here on, by its age.
    pub(super) fn transferred_to_queue(
        &mut self,
        session: SessionId,
        (from, note): (AgentNo, &str),
        department: DepartmentNo,
        now: Now,
        fx: &mut Effects,
    ) {
        self.leave_note(session, from, note, fx);
        let freed = self.lose(from, session, None, now, fx);
        self.move_to(session, department, fx);
        // Its slot is free now: others of the department come first.
        self.shun(from, session, now);
        self.wait_again(session, now);
        fx.cross(Crossing::ToSession(session, SessionStep::OwnerLost(from)));
        self.remember_target(from, Target::Department(department));
        self.seek(session, now, fx);
        self.freed_all(freed, now, fx);
        self.freed(from, now, fx);
    }

    /// Who transfers has its note said in the session to agents, before it leaves.
    fn leave_note(&mut self, session: SessionId, agent: AgentNo, note: &str, fx: &mut Effects) {
        let id = ClientMessageId(OfferId::random(&mut self.chance).to_bytes());
        // An empty note isn't said.
        if let Ok(words) = Words::text(id, Bytes::copy_from_slice(note.as_bytes())) {
            fx.cross(Crossing::ToSession(session, SessionStep::Noted { agent, words }));
        }
    }

    /// An agent loses a session to another one, or to the queue: its slot is free, what it asked about it is over, and whoever handed it to
    /// a bot has no claim to it any more. Those who were asked are for the caller to fill.
    fn lose(
        &mut self,
        from: AgentNo,
        session: SessionId,
        to: Option<AgentNo>,
        now: Now,
        fx: &mut Effects,
    ) -> smallvec::SmallVec<[AgentNo; 2]> {
        let freed = self.end_handings_of(from, session, now, fx);
        self.unhold(from, session);
        let claim = self.requests.get(&session).and_then(|request| request.handed_by);
        if claim.is_some() && claim != to {
            self.leave_to_others(session, now, fx);
        }
        if let Some(request) = self.requests.get_mut(&session) {
            request.transfers = request.transfers.saturating_add(1);
        }
        freed
    }

    /// A session belongs to another department, whose agents receive it.
    fn move_to(&mut self, session: SessionId, department: DepartmentNo, fx: &mut Effects) {
        let id = self.policy.department_at(department).id.clone();
        let Some(request) = self.requests.get_mut(&session) else { return };
        debug_assert!(request.pools.is_empty(), "{session} is in no line while it moves");
        *request.wish = wish_for(&request.wish, department);
        request.returns_to = None;
        if std::mem::replace(&mut request.home, department) != department {
            self.watches.session_moved(session, &id, fx);
            let step = SessionStep::Moved { department, department_id: id };
            fx.cross(Crossing::ToSession(session, step));
        }
    }

    fn remember_target(&mut self, no: AgentNo, target: Target) {
        let recent = &mut self.agent_mut(no).recent;
        recent.retain(|other| *other != target);
        recent.insert(0, target);
        recent.truncate(RECENT_MAX);
    }
}

/// To whom sessions were transferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Agent(AgentNo),
    Department(DepartmentNo),
}

fn handing(by: AgentNo, department: Option<DepartmentNo>, transfer: &Transfer) -> Handing {
    Handing {
        by,
        what: What::Transfer { waits: transfer.waits },
        note: transfer.note.clone(),
        department,
        tried: smallvec::smallvec![by],
    }
}

/// What was wished, of whoever receives in a department: who transfers knows better than the wish for an agent or a skill.
fn wish_for(wish: &Wish, department: DepartmentNo) -> Wish {
    let department = Some(department);
    Wish { department, agent: None, knew: None, skills: SkillSet::NONE, ..wish.clone() }
}
