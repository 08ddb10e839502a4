//! Sessions that are over and not cleared away: whoever had one says what it was about, and then it is gone from its devices.
//!
//! Bounded: of each agent the latest [`UNCLEARED_MAX`]; an older one is forgotten without a summary.

use super::Floor;
use super::request::{Place, Request};
use crate::delivery::Delivery;
use crate::effects::Effects;
use crate::fact::{Event, Fact};
use crate::id::{AgentNo, DepartmentNo, LinkId, SessionId};
use crate::policy::terms::{Summary, TOPIC_BYTES_MAX, Terms};
use crate::refusal::Refusal;
use crate::time::Now;

/// Sessions of one agent that it may still clear away.
pub const UNCLEARED_MAX: usize = 64;
/// Longest summary, in bytes.
pub const SUMMARY_BYTES_MAX: usize = 4_096;

/// A session that is over, of the agent who had it last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Uncleared {
    pub(super) session: SessionId,
    pub(super) department: DepartmentNo,
}

/// What a session was about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clearing {
    /// One of the department's topics; at most [`TOPIC_BYTES_MAX`] bytes where it names none. May be empty.
    pub topic: Box<str>,
    /// At most [`SUMMARY_BYTES_MAX`] bytes; may be empty.
    pub summary: Box<str>,
}

impl Clearing {
    /// Whether a department takes that. Errors: [`Refusal::TooLong`], [`Refusal::Missing`], [`Refusal::UnknownTopic`].
    fn fits(&self, terms: &Terms) -> Result<(), Refusal> {
        for (field, text, bytes_max) in
            [("topic", &self.topic, TOPIC_BYTES_MAX), ("summary", &self.summary, SUMMARY_BYTES_MAX)]
        {
            if text.len() > bytes_max {
                return Err(Refusal::TooLong { field, bytes_max });
            }
        }
        let is_required = terms.summary == Summary::Required;
        if self.topic.is_empty() {
            if is_required && !terms.topics.is_empty() {
                return Err(Refusal::Missing { field: "topic" });
            }
        } else if !terms.topics.is_empty() && !terms.topics.contains(&self.topic) {
            return Err(Refusal::UnknownTopic(self.topic.clone()));
        }
        if is_required && self.summary.trim().is_empty() {
            return Err(Refusal::Missing { field: "summary" });
        }
        Ok(())
    }
}

impl Floor {
    /// A session that an agent held is over: it may clear it away.
    pub(super) fn leave_uncleared(&mut self, no: AgentNo, session: SessionId, request: &Request) {
        let uncleared = &mut self.agent_mut(no).uncleared;
        if uncleared.len() == UNCLEARED_MAX {
            uncleared.pop_front();
        }
        uncleared.push_back(Uncleared { session, department: request.home });
    }

    /// An agent clears a session away that is over and that it had last. Its notes about it end, and its other links are told.
    /// Errors: [`Refusal::NotClosed`], [`Refusal::SessionNotFound`], those of what was said of it.
    pub fn clear_away(
        &mut self,
        no: AgentNo,
        link: LinkId,
        session: SessionId,
        clearing: Clearing,
        now: Now,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        if self.requests.get(&session).is_some_and(|request| request.place == Place::Held(no)) {
            return Err(Refusal::NotClosed);
        }
        let mut uncleared = self.agent(no).uncleared.iter();
        let at = uncleared.position(|other| other.session == session);
        let at = at.ok_or(Refusal::SessionNotFound)?;
        let department = self.agent(no).uncleared[at].department;
        clearing.fits(&self.policy.department_at(department).terms)?;

        self.agent_mut(no).uncleared.remove(at);
        let agent = self.agent(no);
        let others = agent.links.iter().filter(|other| **other != link);
        fx.tell_each(others, Delivery::SessionCleared { session });
        let Clearing { topic, summary } = clearing;
        let agent = agent.id.clone();
        let event = Event::SessionCleared { session, agent, topic, summary };
        fx.keep(Fact { tenant: self.tenant, wall_ms: now.wall_ms, event });
        if self.agent(no).notes.iter().any(|notes| notes.session == session) {
            // It writes some, so this is not refused.
            let _ = self.finish_notes(no, Some(session), now, fx);
        }
        Ok(())
    }

    /// Its visitor has rated a session after the end.
    pub(super) fn rated(&self, agent: AgentNo, told: Delivery, fx: &mut Effects) {
        fx.tell_each(&self.agent(agent).links, told);
    }
}
