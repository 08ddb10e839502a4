//! The service level: an agent's answer that is due or late, and when the first one came.

use super::clocks::{Word, limit_ms};
use super::{Participant, Session};
use crate::crossing::{Crossing, FloorStep};
use crate::delivery::{Delivery, ParticipantId, ReplyDue};
use crate::effects::Effects;
use crate::fact::Event;
use crate::id::{AgentId, Person};
use crate::time::Now;

impl Session {
    /// An agent's answer will be late soon: it is told, and so is whoever watches over it.
    pub(super) fn reply_due(&self, in_ms: u64, now: Now, fx: &mut Effects) {
        let (Some(agent), Some((word, _))) = (self.owner_id(), self.clocks.awaits()) else {
            return;
        };
        let due = ReplyDue {
            session: self.id,
            agent,
            department: self.department.clone(),
            due_wall_ms: now.wall_ms.saturating_add(in_ms),
            is_first: word == Word::First,
        };
        let told = Delivery::ReplyDue(Box::new(due.clone()));
        let owner = self.owner_here().into_iter().flat_map(|owner| &owner.links);
        fx.tell_each(owner.chain(&self.observers), told);
        fx.cross(Crossing::ToFloor(self.tenant, FloorStep::ReplyDue(Box::new(due))));
    }

    /// An agent's answer is late: that is kept.
    pub(super) fn reply_late(&self, now: Now, fx: &mut Effects) {
        let (Some(agent), Some((word, _))) = (self.owner_id(), self.clocks.awaits()) else {
            return;
        };
        let event = Event::ReplyLate {
            session: self.id,
            agent,
            is_first: word == Word::First,
            limit_ms: limit_ms(&self.terms, word),
        };
        self.keep(event, now, fx);
    }

    /// An agent has said something that the visitor sees.
    pub(super) fn answered(&mut self, now: Now) {
        self.clocks.agent_said(now);
        if self.first_reply_wall_ms == 0 {
            self.first_reply_wall_ms = now.wall_ms;
        }
    }

    fn owner_here(&self) -> Option<&Participant> {
        self.owner().and_then(|agent| self.participants.present(Person::Agent(agent)))
    }

    fn owner_id(&self) -> Option<AgentId> {
        match &self.owner_here()?.id {
            ParticipantId::Agent(id) => Some(id.clone()),
            ParticipantId::Visitor(_) => None,
        }
    }
}
