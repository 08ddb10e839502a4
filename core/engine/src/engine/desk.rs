//! What agents do at the floor: sign on and off, change their status, take and hand over sessions, and ask why. One lock: that of the
//! tenant's floor.

use std::sync::Arc;

use frontdesk_desk::fact::Act;
use frontdesk_desk::floor::{Room, SignOn};
use frontdesk_desk::id::{AgentId, AgentNo, DepartmentId, OfferId, SessionId};
use frontdesk_desk::refusal::Refusal;

use crate::command::{Clearing, Link, Reply, SetStatus};
use crate::tenants::FloorBooks;
use crate::turn::Turn;

/// Most rows of one reading of a queue.
const QUEUE_ROWS_MAX: u16 = 200;

impl Turn<'_> {
    pub(super) fn sign_on(&mut self, link: Link, sign_on: SignOn) -> Result<Reply, Refusal> {
        let now = self.now;
        self.on_floor(link, |books, agent, _, fx| {
            books.floor.sign_on(agent, sign_on, now, fx)?;
            let agent = books.floor.agent(agent);
            Ok(Reply::SignedOn {
                status: agent.status(),
                sessions: agent.sessions().into(),
                capacity: agent.capacity(),
            })
        })
    }

    pub(super) fn set_status(&mut self, link: Link, set: SetStatus) -> Result<Reply, Refusal> {
        let now = self.now;
        self.on_floor(link, |books, agent, _, fx| {
            let SetStatus { agent: whose, status, reason, when } = set;
            let by = agent;
            let agent = its_own_or_supervised(books, link, by, whose)?;
            books.floor.set_status(agent, status, reason.clone(), when, now, fx)?;
            if agent != by {
                let agent = books.floor.agent(agent).id().clone();
                let act = Act::SetStatus { agent, status, reason };
                books.floor.keep_act(by, link.id, act, now, fx);
            }
            Ok(Reply::Done)
        })
    }

    pub(super) fn sign_off(&mut self, link: Link, reason: Arc<str>) -> Result<Reply, Refusal> {
        let now = self.now;
        self.on_floor(link, |books, agent, _, fx| {
            books.floor.sign_off(agent, reason, now, fx).map(|()| Reply::Done)
        })
    }

    pub(super) fn accept_offer(&mut self, link: Link, offer: OfferId) -> Result<Reply, Refusal> {
        let now = self.now;
        self.on_floor(link, |books, agent, _, fx| {
            books.floor.accept_offer(agent, offer, now, fx).map(Reply::Got)
        })
    }

    pub(super) fn decline_offer(&mut self, link: Link, offer: OfferId) -> Result<Reply, Refusal> {
        let now = self.now;
        self.on_floor(link, |books, agent, _, fx| {
            books.floor.decline_offer(agent, offer, now, fx).map(|()| Reply::Done)
        })
    }

    pub(super) fn pick(
        &mut self,
        link: Link,
        session: Option<SessionId>,
        room: Room,
    ) -> Result<Reply, Refusal> {
        let now = self.now;
        self.on_floor(link, |books, agent, _, fx| {
            if room == Room::Overridden {
                books.floor.may_override(link.id, session)?;
            }
            let session = books.floor.pick(agent, session, room, now, fx)?;
            if room == Room::Overridden {
                let act = Act::PickedOverCapacity { session };
                books.floor.keep_act(agent, link.id, act, now, fx);
            }
            Ok(Reply::Got(session))
        })
    }

    pub(super) fn finish_notes(
        &mut self,
        link: Link,
        session: Option<SessionId>,
    ) -> Result<Reply, Refusal> {
        let now = self.now;
        self.on_floor(link, |books, agent, _, fx| {
            books.floor.finish_notes(agent, session, now, fx).map(|()| Reply::Done)
        })
    }

    pub(super) fn clear_away(
        &mut self,
        link: Link,
        session: SessionId,
        clearing: Clearing,
    ) -> Result<Reply, Refusal> {
        let now = self.now;
        self.on_floor(link, |books, agent, _, fx| {
            let floor = &mut books.floor;
            floor.clear_away(agent, link.id, session, clearing, now, fx).map(|()| Reply::Done)
        })
    }

    pub(super) fn hand_over(
        &mut self,
        link: Link,
        session: SessionId,
        bot: Option<AgentId>,
    ) -> Result<Reply, Refusal> {
        let now = self.now;
        self.on_floor(link, |books, agent, _, fx| {
            books.floor.hand_over(agent, session, bot.as_ref(), now, fx).map(Reply::HandedTo)
        })
    }

    pub(super) fn take_back(&mut self, link: Link, session: SessionId) -> Result<Reply, Refusal> {
        let now = self.now;
        self.on_floor(link, |books, agent, _, fx| {
            let done = books.floor.take_back(agent, session, Room::Needed, now, fx);
            done.map(|()| Reply::Done)
        })
    }

    pub(super) fn why_waiting(&mut self, link: Link, session: SessionId) -> Result<Reply, Refusal> {
        self.ask_floor(link, |books, _| {
            books.floor.may_ask_about(link.id, session)?;
            let why = books.floor.why_waiting(session).ok_or(Refusal::SessionNotFound)?;
            Ok(Reply::WhyWaiting(Box::new(why)))
        })
    }

    pub(super) fn why_idle(
        &mut self,
        link: Link,
        whose: Option<AgentId>,
    ) -> Result<Reply, Refusal> {
        self.ask_floor(link, |books, agent| {
            let own = agent;
            let agent = whose_no(books, own, whose)?;
            if agent != own {
                books.floor.may_ask_after(link.id, agent)?;
            }
            Ok(Reply::WhyIdle(Box::new(books.floor.why_idle(agent))))
        })
    }

    pub(super) fn read_work_log(
        &mut self,
        link: Link,
        whose: Option<AgentId>,
    ) -> Result<Reply, Refusal> {
        self.ask_floor(link, |books, agent| {
            let agent = its_own_or_supervised(books, link, agent, whose)?;
            Ok(Reply::WorkLog(books.floor.agent(agent).log().iter().cloned().collect()))
        })
    }

    pub(super) fn read_queue(
        &mut self,
        link: Link,
        department: &DepartmentId,
        rows: u16,
    ) -> Result<Reply, Refusal> {
        self.ask_floor(link, |books, _| {
            let no = books.floor.policy().department(department);
            let no = no.ok_or_else(|| Refusal::UnknownDepartment(department.clone()))?;
            let rows = usize::from(rows.clamp(1, QUEUE_ROWS_MAX));
            Ok(Reply::Queue(books.floor.waiting_rows(no, rows)))
        })
    }

    /// Lets the floor answer an agent.
    pub(super) fn ask_floor(
        &mut self,
        link: Link,
        answer: impl FnOnce(&FloorBooks, AgentNo) -> Result<Reply, Refusal>,
    ) -> Result<Reply, Refusal> {
        let agent = self.agents_only(link)?;
        let books = self.floor(self.tenant(link.tenant)?);
        if !books.floor.agent(agent).links().contains(&link.id) {
            return Err(Refusal::LinkGone);
        }
        answer(&books, agent)
    }
}

/// The agent that is meant: the one who asks, or the one it names.
fn whose_no(books: &FloorBooks, own: AgentNo, whose: Option<AgentId>) -> Result<AgentNo, Refusal> {
    match whose {
        None => Ok(own),
        Some(id) => books.floor.agent_no(&id).ok_or(Refusal::UnknownAgent(id)),
    }
}

/// The same, for what only supervisors may with another.
fn its_own_or_supervised(
    books: &FloorBooks,
    link: Link,
    own: AgentNo,
    whose: Option<AgentId>,
) -> Result<AgentNo, Refusal> {
    if whose.is_some() {
        books.floor.supervises(link.id)?;
    }
    let agent = whose_no(books, own, whose)?;
    if agent != own {
        books.floor.may_supervise(link.id, agent)?;
    }
    Ok(agent)
}
