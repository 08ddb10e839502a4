//! Agents who take part in a session that another one has, and the department that it belongs to.

use super::{Class, Phase, Session};
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
            self.tell_place_again(part.1, fx);
        }
    }

    /// To one who waits that somebody joins means that its place is over. A guest who joins takes nobody's place: it is told again.
    fn tell_place_again(&self, is_seen: bool, fx: &mut Effects) {
        let Phase::Waiting { position } = self.phase else { return };
        if position == 0 {
            return;
        }
        for (reader, link) in self.readers() {
            if is_seen || reader.class != Class::Visitor {
                let session = self.id;
                fx.tell(*link, Delivery::QueuePosition { session, position, estimate: None });
            }
        }
    }

    /// A guest has a session that waited: all are told that it joins, which is how they learn that the waiting is over.
    pub(super) fn guest_has_it(&mut self, agent: AgentNo, fx: &mut Effects) {
        let Some(there) = self.participants.present_mut(Person::Agent(agent)) else { return };
        there.see(true);
        let number = there.number;
        let Some(there) = self.participants.of_number(number) else { return };
        for (reader, link) in self.readers() {
            let participant = Box::new(self.shown(there, reader));
            fx.tell(*link, Delivery::ParticipantJoined { session: self.id, participant });
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
        if is_seen {
            self.tell_place_again(is_seen, fx);
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
