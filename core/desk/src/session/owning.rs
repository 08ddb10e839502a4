//! Who has the session: assigned, lost, waiting again.

use smallvec::SmallVec;

use super::{Class, Phase, Session};
use crate::crossing::{Assigned, HowAssigned, Replay};
use crate::delivery::{Delivery, ParticipantId};
use crate::effects::Effects;
use crate::fact::Event;
use crate::floor::Estimate;
use crate::id::{AgentId, AgentNo, LinkId, Person};
use crate::policy::terms::Automatic;
use crate::time::Now;
use crate::visitor::Stage;

/// What an agent is brought of a session that it gets; the rest it may read. Small, because one agent may get many at once.
const ASSIGNED_REPLAY: Replay = Replay { after_seq: None, messages_max: 64, bytes_max: 32 * 1024 };

impl Session {
    pub(super) fn assigned(&mut self, assigned: Assigned, now: Now, fx: &mut Effects) {
        if self.is_closed() {
            return;
        }
        let Assigned { agent, agent_id, links, how, policy_version, dormant_after_ms, terms } =
            assigned;
        if let HowAssigned::TakenBack { from }
        | HowAssigned::Transferred { from }
        | HowAssigned::TakenOver { from: Some(from) } = how
        {
            self.left(Person::Agent(from), fx);
        }
        if let Some(before) = self.owner() {
            // Who hands over may be typing still, and says no more of it.
            self.show_typing(Person::Agent(before), false, fx);
        }
        let waited = matches!(self.phase, Phase::Waiting { .. });
        self.phase = Phase::Active { owner: agent };
        self.terms = terms;
        self.clocks.assigned(dormant_after_ms, now);
        self.last_owner = Some(agent);
        self.tell_record(Stage::Active, fx);
        if self.assigned_wall_ms == 0 {
            self.assigned_wall_ms = now.wall_ms;
        }
        let session = self.id;
        let event = Event::SessionAssigned {
            session,
            agent: agent_id.clone(),
            how,
            policy: policy_version,
        };
        self.keep(event, now, fx);
        if let Some(guest) = self.participants.present(Person::Agent(agent)) {
            let is_seen = guest.is_seen;
            match (waited, is_seen) {
                (true, _) => self.guest_has_it(agent, fx),
                (false, false) => self.guest_seen(agent, true, fx),
                (false, true) => self.tell_owner(agent, fx),
            }
        } else {
            self.joined(Person::Agent(agent), agent_id, (Class::Agent, true), links, fx);
        }
        self.say_by_itself(Automatic::Greeting, now, fx);
    }

    /// Tells everybody that one who is seen already has the session.
    fn tell_owner(&self, agent: AgentNo, fx: &mut Effects) {
        let Some(owner) = self.participants.present(Person::Agent(agent)) else { return };
        for (reader, link) in self.readers() {
            let participant = Box::new(self.shown(owner, reader));
            fx.tell(*link, Delivery::ParticipantChanged { session: self.id, participant });
        }
    }

    /// Lets an agent in: those who may know of it are told, and it is brought the session.
    pub(super) fn joined(
        &mut self,
        person: Person,
        agent_id: AgentId,
        part: (Class, bool),
        links: SmallVec<[LinkId; 2]>,
        fx: &mut Effects,
    ) {
        let id = ParticipantId::Agent(agent_id);
        let number = self.participants.join(person, id, part, links).number;
        let Some(joined) = self.participants.of_number(number) else { return };
        for (reader, link) in self.readers() {
            let knows = joined.is_seen || reader.class != Class::Visitor;
            if reader.number != number && knows {
                let participant = Box::new(self.shown(joined, reader));
                fx.tell(*link, Delivery::ParticipantJoined { session: self.id, participant });
            }
        }
        for link in &joined.links {
            self.bring(joined.reader(), *link, ASSIGNED_REPLAY, fx);
            self.bring_typing(person, *link, fx);
            self.bring_watches(person, *link, fx);
        }
    }

    pub(super) fn owner_lost(&mut self, agent: AgentNo, now: Now, fx: &mut Effects) {
        if self.owner() != Some(agent) {
            return;
        }
        let person = Person::Agent(agent);
        let Some(left) = self.participants.present(person) else { return };
        let ParticipantId::Agent(agent_id) = left.id.clone() else { return };
        self.left(person, fx);
        self.phase = Phase::Waiting { position: 0 };
        self.tell_record(Stage::Waiting, fx);
        self.clocks.waits(now);
        self.keep(Event::SessionRequeued { session: self.id, agent: agent_id }, now, fx);
    }

    /// An agent takes part no longer.
    pub(super) fn left(&mut self, person: Person, fx: &mut Effects) {
        self.show_typing(person, false, fx);
        let Some(left) = self.participants.present(person) else { return };
        for link in &left.links {
            // What it hasn't read yet of that is none of its business any more.
            self.void_typing(Some(left.number), *link, fx);
        }
        let told = Delivery::ParticipantLeft { session: self.id, number: left.number };
        let others = self.participants.links_of_others(left);
        fx.tell_each(left.links.iter().chain(others).chain(&self.observers), told);
        if let Some(left) = self.participants.present_mut(person) {
            left.present = false;
            left.links.clear();
        }
    }

    pub(super) fn position_changed(
        &mut self,
        position: u32,
        estimate: Option<Estimate>,
        fx: &mut Effects,
    ) {
        let Phase::Waiting { position: shown } = &mut self.phase else { return };
        *shown = position;
        let session = self.id;
        fx.tell_each(self.links(), Delivery::QueuePosition { session, position, estimate });
    }
}
