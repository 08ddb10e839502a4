//! Agents who take part in a session that another one has, and the department that it belongs to.

use super::{Class, Session};
use crate::crossing::Joined;
use crate::delivery::Delivery;
use crate::effects::Effects;
use crate::fact::Event;
use crate::id::{AgentNo, DepartmentId, DepartmentNo, Person};
use crate::message::{Audience, Words};
use crate::time::Now;

impl Session {
    /// An agent takes part from here on: seen by the visitor, or not.
    pub(super) fn guest_joined(&mut self, joined: Joined, fx: &mut Effects) {
        let Joined { agent, agent_id, part, links } = joined;
        let person = Person::Agent(agent);
        if !self.is_closed() && self.participants.present(person).is_none() {
            self.joined(person, agent_id, part, links, fx);
        }
    }

    /// An agent who takes part is seen by the visitor from here on, or no longer: to the visitor it joins or leaves.
    pub(super) fn guest_seen(&mut self, agent: AgentNo, is_seen: bool, fx: &mut Effects) {
        let person = Person::Agent(agent);
        let is_other = |there: &&mut super::Participant| there.is_seen != is_seen;
        if self.is_closed() || self.participants.present_mut(person).filter(is_other).is_none() {
            return;
        }
        // Told while it may still know of it.
        self.show_typing(person, false, fx);
        let Some(there) = self.participants.present_mut(person) else { return };
        there.see(is_seen);
        let number = there.number;
        let session = self.id;
        let Some(there) = self.participants.of_number(number) else { return };
        for (reader, link) in self.readers() {
            let participant = || Box::new(self.shown(there, reader));
            let told = match (reader.class, is_seen) {
                (Class::Visitor, true) => {
                    Delivery::ParticipantJoined { session, participant: participant() }
                }
                (Class::Visitor, false) => Delivery::ParticipantLeft { session, number },
                _ => Delivery::ParticipantChanged { session, participant: participant() },
            };
            fx.tell(*link, told);
        }
    }

    /// Who transfers lets the agents know something; the visitor never sees it.
    pub(super) fn noted(&mut self, agent: AgentNo, words: Words, now: Now, fx: &mut Effects) {
        let person = Person::Agent(agent);
        if !self.is_closed() && self.participants.present(person).is_some() {
            self.admit(person, None, words.to(Audience::Agents), now, fx);
        }
    }

    /// The session belongs to another department. Its visitor's record learns it with the step that follows.
    pub(super) fn moved(
        &mut self,
        department: DepartmentNo,
        department_id: DepartmentId,
        now: Now,
        fx: &mut Effects,
    ) {
        if self.is_closed() {
            return;
        }
        self.department_no = department;
        self.department = department_id.clone();
        let event = Event::SessionMoved { session: self.id, department: department_id };
        self.keep(event, now, fx);
    }
}
