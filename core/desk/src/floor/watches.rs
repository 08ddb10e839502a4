//! Who watches which session: the links that may, and what each of them watches; and which departments a link reaches.
//!
//! A supervisor's link may follow sessions that its agent takes no part in. The floor decides, because it knows all that this
//! depends on: the links of agents, the sessions that are open and their departments. So a watch and the end of its link, of its
//! session, or of the need for it come to the session in the order in which they were decided, and none outlives its reason.
//!
//! Bounded: the links of one session by [`OBSERVERS_MAX`], the sessions of one link by [`WATCHES_MAX`]; at both a watch is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use smallvec::SmallVec;

use super::request::Place;
use super::{ById, Floor};
use crate::crossing::{Crossing, Replay, SessionStep};
use crate::delivery::{Delivery, ReplyDue};
use crate::effects::Effects;
use crate::fact::{Act, Acted, Event};
use crate::id::{AgentNo, DepartmentId, LinkId, SessionId};
use crate::refusal::Refusal;
use crate::role::{Reach, Role};
use crate::time::Now;

/// Most links that watch one session.
pub const OBSERVERS_MAX: usize = 8;
/// Most sessions that one link watches.
pub const WATCHES_MAX: usize = 16;
/// What a link is brought of a session that it begins to watch; the rest it may read.
const WATCH_REPLAY: Replay = Replay { after_seq: None, messages_max: 128, bytes_max: 128 * 1024 };

/// A link that may watch.
#[derive(Debug)]
struct Supervisor {
    agent: AgentNo,
    role: Role,
    reach: Reach,
    watched: SmallVec<[SessionId; 2]>,
}

/// The links that may watch, and those that do, by session.
#[derive(Debug, Default)]
pub(super) struct Watches {
    supervisors: BTreeMap<LinkId, Supervisor>,
    /// From which network addresses links were attached, as far as is known.
    addresses: BTreeMap<LinkId, Arc<str>>,
    /// What links reach that don't reach all departments.
    limited: BTreeMap<LinkId, Reach>,
    observers: ById<SessionId, SmallVec<[LinkId; 2]>>,
}

impl Watches {
    fn supervisor(&mut self, link: LinkId) -> Result<&mut Supervisor, Refusal> {
        self.supervisors.get_mut(&link).ok_or(Refusal::SupervisorsOnly)
    }

    fn begin(&mut self, link: LinkId, session: SessionId) -> Result<(), Refusal> {
        let watched = &mut self.supervisor(link)?.watched;
        if watched.contains(&session) {
            return Ok(());
        }
        if watched.len() >= WATCHES_MAX {
            return Err(full("watches of one link", WATCHES_MAX));
        }
        let observers = self.observers.entry(session).or_default();
        if observers.len() >= OBSERVERS_MAX {
            return Err(full("watches of one session", OBSERVERS_MAX));
        }
        observers.push(link);
        self.supervisor(link)?.watched.push(session);
        Ok(())
    }

    fn end(&mut self, link: LinkId, session: SessionId, fx: &mut Effects) {
        let Some(observers) = self.observers.get_mut(&session) else { return };
        let Some(at) = observers.iter().position(|other| *other == link) else { return };
        observers.remove(at);
        if observers.is_empty() {
            self.observers.remove(&session);
        }
        if let Some(supervisor) = self.supervisors.get_mut(&link) {
            supervisor.watched.retain(|other| *other != session);
        }
        fx.cross(Crossing::ToSession(session, SessionStep::Unwatch(link)));
    }

    /// The link is gone.
    pub(super) fn link_down(&mut self, link: LinkId, fx: &mut Effects) {
        self.limited.remove(&link);
        self.addresses.remove(&link);
        let Some(supervisor) = self.supervisors.remove(&link) else { return };
        for session in supervisor.watched {
            self.end(link, session, fx);
        }
    }

    /// The session is over, and knows it.
    pub(super) fn session_ended(&mut self, session: SessionId) {
        for link in self.observers.remove(&session).unwrap_or_default() {
            if let Some(supervisor) = self.supervisors.get_mut(&link) {
                supervisor.watched.retain(|other| *other != session);
            }
        }
    }

    /// The session belongs to another department: the links that don't reach it watch the session no longer.
    pub(super) fn session_moved(
        &mut self,
        session: SessionId,
        to: &DepartmentId,
        fx: &mut Effects,
    ) {
        let Some(observers) = self.observers.get(&session) else { return };
        let reaches =
            |link: &LinkId| self.supervisors.get(link).is_some_and(|there| there.reach.covers(to));
        let out: SmallVec<[LinkId; 2]> =
            observers.iter().copied().filter(|link| !reaches(link)).collect();
        for link in out {
            self.end(link, session, fx);
        }
    }

    /// Who gets a session is told everything as one who takes part: its links watch it no longer.
    pub(super) fn session_held(&mut self, session: SessionId, agent: AgentNo, fx: &mut Effects) {
        let Some(observers) = self.observers.get(&session) else { return };
        let is_its =
            |link: &LinkId| self.supervisors.get(link).is_some_and(|there| there.agent == agent);
        let own: SmallVec<[LinkId; 2]> =
            observers.iter().copied().filter(|link| is_its(link)).collect();
        for link in own {
            self.end(link, session, fx);
        }
    }

    /// What is wrong with the books, given who has which link, and the departments of the sessions that there are.
    pub(super) fn faults(
        &self,
        has_link: impl Fn(AgentNo, LinkId) -> bool,
        department: impl Fn(SessionId) -> Option<DepartmentId>,
    ) -> Vec<String> {
        let mut faults = Vec::new();
        for (link, supervisor) in &self.supervisors {
            if !has_link(supervisor.agent, *link) {
                faults.push(format!("{link:?} may watch and is no link of {:?}", supervisor.agent));
            }
            for session in &supervisor.watched {
                let observers = self.observers.get(session);
                let is_reached =
                    department(*session).is_some_and(|id| supervisor.reach.covers(&id));
                if observers.is_none_or(|observers| !observers.contains(link)) || !is_reached {
                    faults.push(format!(
                        "{link:?} watches {session}, which doesn't know, is over or out of reach"
                    ));
                }
            }
        }
        let by_links: usize = self.supervisors.values().map(|there| there.watched.len()).sum();
        let by_sessions: usize = self.observers.values().map(SmallVec::len).sum();
        if by_links != by_sessions {
            faults.push(format!("links watch {by_links} sessions, sessions have {by_sessions}"));
        }
        faults
    }
}

impl Floor {
    /// What an agent's link reaches, until it goes; all departments if this isn't said.
    pub fn limit_reach(&mut self, agent: AgentNo, link: LinkId, reach: Reach) {
        debug_assert!(self.agent(agent).links.contains(&link), "a link of somebody else");
        if reach != Reach::All {
            self.watches.limited.insert(link, reach);
        }
    }

    /// From which network address an agent's link was attached; kept with what is done through it.
    pub fn note_address(&mut self, agent: AgentNo, link: LinkId, address: Arc<str>) {
        debug_assert!(self.agent(agent).links.contains(&link), "a link of somebody else");
        if !address.is_empty() {
            self.watches.addresses.insert(link, address);
        }
    }

    /// Keeps what somebody did that concerns others, after it was decided.
    pub fn keep_act(&self, no: AgentNo, link: LinkId, act: Act, now: Now, fx: &mut Effects) {
        let address = self.watches.addresses.get(&link);
        let address = address.cloned().unwrap_or_else(|| "".into());
        let by = self.agent(no).id.clone();
        self.keep(Event::Acted(Box::new(Acted { by, link, address, act })), now, fx);
    }

    /// Whether a link may know why a session waits and who has it. Errors: [`Refusal::OutOfReach`].
    pub fn may_ask_about(&self, link: LinkId, session: SessionId) -> Result<(), Refusal> {
        let Some(request) = self.requests.get(&session) else { return Ok(()) };
        let department = &self.policy.department_at(request.home).id;
        match self.reach(link).covers(department) {
            true => Ok(()),
            false => Err(Refusal::OutOfReach(department.clone())),
        }
    }

    /// Whether a link may know what another agent has to do: of one who works for a department that it reaches, or for none.
    /// Errors: [`Refusal::OutOfReach`].
    pub fn may_ask_after(&self, link: LinkId, agent: AgentNo) -> Result<(), Refusal> {
        let first = self.agent(agent).departments().next();
        match first {
            Some(first) if !self.reaches_one_of(link, agent) => {
                Err(Refusal::OutOfReach(self.policy.department_at(first).id.clone()))
            }
            _ => Ok(()),
        }
    }

    /// The departments that a link reaches.
    pub fn reach(&self, link: LinkId) -> Reach {
        self.watches.limited.get(&link).cloned().unwrap_or_default()
    }

    /// Lets a supervisor's or admin's link watch sessions of the departments that it reaches, until it goes.
    pub fn let_supervise(&mut self, agent: AgentNo, link: LinkId, role: Role, reach: Reach) {
        debug_assert!(self.agent(agent).links.contains(&link), "a link of somebody else");
        debug_assert!(role.supervises(), "a role that doesn't");
        let watched = SmallVec::new();
        self.watches.supervisors.insert(link, Supervisor { agent, role, reach, watched });
    }

    /// Whether a link may decide what holds for the whole tenant: an admin's whose reach is all departments.
    /// Errors: [`Refusal::AdminsOnly`].
    pub fn administers(&self, link: LinkId) -> Result<(), Refusal> {
        let supervisor = self.watches.supervisors.get(&link).ok_or(Refusal::AdminsOnly)?;
        match (supervisor.role, &supervisor.reach) {
            (Role::Admin, Reach::All) => Ok(()),
            _ => Err(Refusal::AdminsOnly),
        }
    }

    /// An agent's answer is due. The supervisors who reach the department are told, but for those who watch the session and the
    /// agent itself, who know.
    pub(super) fn reply_due(&self, due: &ReplyDue, fx: &mut Effects) {
        let observers = self.watches.observers.get(&due.session);
        let knows = |link: &LinkId| observers.is_some_and(|observers| observers.contains(link));
        for (link, supervisor) in &self.watches.supervisors {
            let is_its_own = self.agent(supervisor.agent).id == due.agent;
            if !is_its_own && supervisor.reach.covers(&due.department) && !knows(link) {
                fx.tell(*link, Delivery::ReplyDue(Box::new(due.clone())));
            }
        }
    }

    /// Whether a link may supervise at all. Errors: [`Refusal::SupervisorsOnly`].
    pub fn supervises(&self, link: LinkId) -> Result<(), Refusal> {
        self.watches.supervisors.get(&link).map(|_| ()).ok_or(Refusal::SupervisorsOnly)
    }

    /// Whether a link may do something for an agent: one that receives for departments that it reaches, all of them.
    /// Errors: [`Refusal::SupervisorsOnly`], [`Refusal::OutOfReach`].
    pub fn may_supervise(&self, link: LinkId, agent: AgentNo) -> Result<(), Refusal> {
        let supervisor = self.watches.supervisors.get(&link).ok_or(Refusal::SupervisorsOnly)?;
        let departments =
            self.agent(agent).departments().map(|no| &self.policy.department_at(no).id);
        for department in departments {
            if !supervisor.reach.covers(department) {
                return Err(Refusal::OutOfReach(department.clone()));
            }
        }
        Ok(())
    }

    /// The department of a session that a link may supervise.
    ///
    /// Errors: [`Refusal::SupervisorsOnly`], [`Refusal::SessionNotFound`] also for one that is over, [`Refusal::OutOfReach`].
    pub(super) fn supervises_session(
        &self,
        link: LinkId,
        session: SessionId,
    ) -> Result<(), Refusal> {
        let supervisor = self.watches.supervisors.get(&link).ok_or(Refusal::SupervisorsOnly)?;
        let request = self.requests.get(&session).ok_or(Refusal::SessionNotFound)?;
        let department = &self.policy.department_at(request.home).id;
        if !supervisor.reach.covers(department) {
            return Err(Refusal::OutOfReach(department.clone()));
        }
        Ok(())
    }

    /// Whether a link may take a session above a capacity, or the next one of its agent's own. Errors: [`Refusal::SupervisorsOnly`],
    /// [`Refusal::OutOfReach`].
    pub fn may_override(&self, link: LinkId, session: Option<SessionId>) -> Result<(), Refusal> {
        let supervisor = self.watches.supervisors.get(&link).ok_or(Refusal::SupervisorsOnly)?;
        let Some(request) = session.and_then(|session| self.requests.get(&session)) else {
            return Ok(());
        };
        let department = &self.policy.department_at(request.home).id;
        if !supervisor.reach.covers(department) {
            return Err(Refusal::OutOfReach(department.clone()));
        }
        Ok(())
    }

    /// A link watches a session, or is brought it anew: it is told everything that is told there, and takes no part.
    ///
    /// Errors: [`Refusal::SupervisorsOnly`], [`Refusal::SessionNotFound`] also for one that is over, [`Refusal::OutOfReach`],
    /// [`Refusal::InSession`] to an agent that takes part, [`Refusal::LimitReached`].
    pub fn watch(
        &mut self,
        link: LinkId,
        session: SessionId,
        after_seq: Option<u64>,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        self.supervises_session(link, session)?;
        let supervisor = self.watches.supervisor(link)?;
        let request = self.requests.get(&session).ok_or(Refusal::SessionNotFound)?;
        let follows = request.guests.contains(&supervisor.agent);
        if follows || request.place == Place::Held(supervisor.agent) {
            return Err(Refusal::InSession);
        }
        let terms = &self.policy.department_at(request.home).terms;
        let agent = supervisor.agent;
        let by = terms.tells_of_watches.then(|| self.agents[agent.0 as usize].id.clone());
        self.watches.begin(link, session)?;
        let replay = Replay { after_seq, ..WATCH_REPLAY };
        fx.cross(Crossing::ToSession(session, SessionStep::Watch { link, replay, by }));
        Ok(())
    }

    /// A link watches a session no longer; one that didn't changes nothing. Errors: [`Refusal::SupervisorsOnly`].
    pub fn unwatch(
        &mut self,
        link: LinkId,
        session: SessionId,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        self.watches.supervisor(link)?;
        self.watches.end(link, session, fx);
        Ok(())
    }

    /// The links that watch a session, by the floor's books.
    pub fn observers(&self, session: SessionId) -> &[LinkId] {
        self.watches.observers.get(&session).map_or(&[], |observers| observers)
    }
}

fn full(what: &'static str, max: usize) -> Refusal {
    Refusal::LimitReached { what, max: max as u64 }
}
