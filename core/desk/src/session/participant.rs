//! Those who take part in a session, and how far each has received and read.

use smallvec::SmallVec;

use crate::delivery::{ParticipantId, ParticipantView};
use crate::id::{LinkId, Person};
use crate::message::Class;
use crate::window::{Reader, Window};

/// The visitor's number.
pub(super) const VISITOR_NUMBER: u16 = 1;
/// The visitor before it is listed, as a reader.
pub(super) const VISITOR: Reader = Reader { number: VISITOR_NUMBER, class: Class::Visitor, own: 0 };
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
    /// What it is.
    pub(super) class: Class,
    /// Whether the visitor sees that it takes part.
    pub(super) is_seen: bool,
    /// Whether the visitor ever saw it.
    was_seen: bool,
    /// The places of its receipts as the visitor saw them last, while it is unseen.
    shown: (u64, u64),
    /// Its links that follow the session.
    pub(super) links: SmallVec<[LinkId; 2]>,
    /// The place of the last message that reached it, as far as is known.
    pub(super) delivered: u64,
    /// The place of the last message it has read, as far as is known.
    pub(super) read: u64,
    /// Messages that it may see and others of its class may not.
    pub(super) own: u64,
    /// Whether it is typing.
    pub(super) types: bool,
    /// False after it left.
    pub(super) present: bool,
}

impl Participant {
    /// As a reader sees it. To the visitor one that it sees no longer has left.
    pub(super) fn view(
        &self,
        window: &Window,
        reader: Reader,
        owner: Option<Person>,
    ) -> ParticipantView {
        let is_hidden = reader.class == Class::Visitor && !self.is_seen;
        let (delivered, read) = if is_hidden { self.shown } else { (self.delivered, self.read) };
        ParticipantView {
            number: self.number,
            id: self.id.clone(),
            class: self.class,
            is_seen: self.is_seen || is_hidden,
            present: self.present && !is_hidden,
            owns: owner == Some(self.person),
            delivered: window.seq_at(reader, delivered),
            read: window.seq_at(reader, read),
        }
    }

    /// Whether a reader may know that it takes or took part.
    pub(super) fn is_known_to(&self, reader: Reader) -> bool {
        self.was_seen || reader.class != Class::Visitor
    }

    /// The visitor sees it from now on, or no longer.
    pub(super) fn see(&mut self, is_seen: bool) {
        if self.is_seen && !is_seen {
            self.shown = (self.delivered, self.read);
        }
        self.is_seen = is_seen;
        self.was_seen |= is_seen;
    }

    /// What it may see.
    pub(super) fn reader(&self) -> Reader {
        Reader { number: self.number, class: self.class, own: self.own }
    }

    /// Whether it may know of another one.
    pub(super) fn knows_of(&self, other: &Self) -> bool {
        other.is_seen || self.class != Class::Visitor
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
    /// How many came unseen.
    unseen: u16,
}

impl Participants {
    /// Lets someone in, or back in under its old number and as what it was: its numbers of what was said depend on that.
    pub(super) fn join(
        &mut self,
        person: Person,
        id: ParticipantId,
        (class, is_seen): (Class, bool),
        links: SmallVec<[LinkId; 2]>,
    ) -> &Participant {
        if let Some(index) = self.all.iter().position(|other| other.person == person) {
            let again = &mut self.all[index];
            again.present = true;
            again.see(is_seen);
            again.links = links;
            return &self.all[index];
        }
        self.forget_past();
        // Those who come unseen are numbered from the other end, or a number left out would tell of them. 65,535 agents never had one
        // session; if they did, the last ones would share a number.
        let number = if is_seen {
            self.numbered = self.numbered.saturating_add(1);
            self.numbered
        } else {
            self.unseen = self.unseen.saturating_add(1);
            u16::MAX - self.unseen
        };
        self.all.push(Participant {
            person,
            number,
            id,
            class,
            is_seen,
            was_seen: is_seen,
            shown: (0, 0),
            links,
            delivered: 0,
            read: 0,
            own: 0,
            types: false,
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

    /// All who take part now.
    pub(super) fn all_present(&self) -> impl Iterator<Item = &Participant> {
        self.all.iter().filter(|other| other.present)
    }

    /// The one of a number, past or present.
    pub(super) fn of_number(&self, number: u16) -> Option<&Participant> {
        self.all.iter().find(|other| other.number == number)
    }

    /// The links of all who take part now.
    pub(super) fn links(&self) -> impl Iterator<Item = &LinkId> {
        self.all_present().flat_map(|other| &other.links)
    }

    /// The links of all agents who take part now.
    pub(super) fn agent_links(&self) -> impl Iterator<Item = &LinkId> {
        let agents = self.all_present().filter(|other| other.class != Class::Visitor);
        agents.flat_map(|other| &other.links)
    }

    /// The links of all who take part now and may know of one of them, without that one's.
    pub(super) fn links_of_others<'a>(
        &'a self,
        of: &'a Participant,
    ) -> impl Iterator<Item = &'a LinkId> {
        let others = self.all_present();
        let others = others.filter(move |other| other.number != of.number && other.knows_of(of));
        others.flat_map(|other| &other.links)
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
