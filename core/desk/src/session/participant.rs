//! Those who take part in a session, and how far each has received and read.

use smallvec::SmallVec;

use crate::delivery::{ParticipantId, ParticipantView};
use crate::id::{LinkId, Person};

/// The visitor's number.
pub(super) const VISITOR_NUMBER: u16 = 1;
/// Participants who left and are still listed; older ones are forgotten.
pub const PAST_MAX: usize = 32;

/// Someone who takes or took part.
#[derive(Debug)]
pub(super) struct Participant {
    /// Who.
    pub(super) person: Person,
    /// Its number.
    pub(super) number: u16,
    /// Who, by name.
    pub(super) id: ParticipantId,
    /// Its links that follow the session.
    pub(super) links: SmallVec<[LinkId; 2]>,
    /// The last message that reached it.
    pub(super) delivered: u64,
    /// The last message it has read.
    pub(super) read: u64,
    /// False after it left.
    pub(super) present: bool,
}

impl Participant {
    /// As others see it.
    pub(super) fn view(&self) -> ParticipantView {
        ParticipantView {
            number: self.number,
            id: self.id.clone(),
            present: self.present,
            delivered: self.delivered,
            read: self.read,
        }
    }

    /// Moves the receipts forward, never back. Whether they moved.
    pub(super) fn acknowledge(&mut self, delivered: u64, read: u64) -> bool {
        // Who has read it has received it.
        let delivered = self.delivered.max(delivered).max(read);
        let read = self.read.max(read);
        let moved = (delivered, read) != (self.delivered, self.read);
        (self.delivered, self.read) = (delivered, read);
        moved
    }
}

/// All participants of a session, the visitor first.
#[derive(Debug, Default)]
pub(super) struct Participants {
    all: SmallVec<[Participant; 2]>,
    numbered: u16,
}

impl Participants {
    /// Lets someone in, or back in under its old number.
    pub(super) fn join(
        &mut self,
        person: Person,
        id: ParticipantId,
        links: SmallVec<[LinkId; 2]>,
    ) -> &Participant {
        if let Some(index) = self.all.iter().position(|other| other.person == person) {
            let again = &mut self.all[index];
            again.present = true;
            again.links = links;
            return &self.all[index];
        }
        self.forget_past();
        // 65,535 agents never had one session; if they did, the last ones would share a number.
        self.numbered = self.numbered.saturating_add(1);
        self.all.push(Participant {
            person,
            number: self.numbered,
            id,
            links,
            delivered: 0,
            read: 0,
            present: true,
        });
        &self.all[self.all.len() - 1]
    }

    /// The one who takes part now.
    pub(super) fn present(&self, person: Person) -> Option<&Participant> {
        self.all.iter().find(|other| other.person == person && other.present)
    }

    /// The same, to change.
    pub(super) fn present_mut(&mut self, person: Person) -> Option<&mut Participant> {
        self.all.iter_mut().find(|other| other.person == person && other.present)
    }

    /// The one who takes or took part.
    pub(super) fn past_or_present(&self, person: Person) -> Option<&Participant> {
        self.all.iter().find(|other| other.person == person)
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Participant> {
        self.all.iter()
    }

    /// All of them, to change.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Participant> {
        self.all.iter_mut()
    }

    /// The links of all who take part now.
    pub(super) fn links(&self) -> impl Iterator<Item = &LinkId> {
        self.all.iter().filter(|other| other.present).flat_map(|other| &other.links)
    }

    /// The links of all agents who take part now.
    pub(super) fn agent_links(&self) -> impl Iterator<Item = &LinkId> {
        let agents = self
            .all
            .iter()
            .filter(|other| other.present && matches!(other.person, Person::Agent(_)));
        agents.flat_map(|other| &other.links)
    }

    fn forget_past(&mut self) {
        let mut past = self.all.iter().filter(|other| !other.present).count();
        self.all.retain(|other| {
            let forgotten = !other.present && past >= PAST_MAX;
            past -= usize::from(forgotten);
            !forgotten
        });
    }
}
