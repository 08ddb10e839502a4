//! What is said, and how each reader numbers what it may see of it.

use frontdesk_desk::id::{LinkId, Person};
use frontdesk_desk::refusal::Refusal;

use super::{Audience, Reference, Session, Told, WINDOW};

/// How long what was said may be changed.
const EDIT_MS: u64 = 120_000;

/// Something that is to be said.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    pub id: u64,
    pub body: String,
    pub audience: Audience,
    pub replaces: Option<u64>,
    /// It takes back what it replaces.
    pub recalls: bool,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, body, audience, replaces, recalls } = self;
        write!(f, "{id} of {} bytes to {audience:?}, {replaces:?} {recalls}", body.len())
    }
}

impl Line {
    pub fn new(id: u64, body: String) -> Self {
        Self { id, body, audience: Audience::Everyone, replaces: None, recalls: false }
    }

    /// Nothing of what it said is left.
    pub fn take_back(&mut self) {
        (self.body, self.replaces, self.recalls) = (String::new(), None, true);
    }

    fn is_again(&self, other: &Self) -> bool {
        let audience = if self.replaces.is_some() { self.audience } else { other.audience };
        self.recalls || *self == Self { audience, ..other.clone() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    pub from: u16,
    pub line: Line,
    pub wall_ms: u64,
}

impl Spoken {
    /// Whether it is the same, maybe as it was before it was taken back.
    pub fn may_be(&self, earlier: &Self) -> bool {
        let is_gone = self.line.recalls && self.line.replaces.is_none();
        let same = (self.from, self.line.id) == (earlier.from, earlier.line.id);
        self == earlier || is_gone && same
    }
}

/// Who reads: a participant by its place in the list, or one who watches.
pub type Eyes = Option<usize>;

impl Session {
    /// As whom the link of a person reads.
    pub fn eyes(&self, link: LinkId, person: Person) -> Eyes {
        let watches = self.observers.contains(&link);
        self.number(person).filter(|no| !watches && (*no == 0 || self.participants[*no].present))
    }
    /// What somebody may see: the places, from 1, in order. Its numbers are those of this list.
    pub fn seen(&self, eyes: Eyes) -> Vec<u64> {
        let sees = |spoken: &Spoken| {
            let is_own = eyes.is_some_and(|no| spoken.from == no as u16 + 1);
            is_own
                || match spoken.line.audience {
                    Audience::Everyone => true,
                    Audience::Agents => eyes != Some(0),
                    Audience::Supervisors => eyes.is_none(),
                    Audience::One(number) => eyes.is_some_and(|no| number == no as u16 + 1),
                }
        };
        (1..).zip(&self.said).filter(|(_, spoken)| sees(spoken)).map(|(place, _)| place).collect()
    }
    pub fn last_seq(&self, eyes: Eyes) -> u64 {
        self.seen(eyes).len() as u64
    }
    /// The number of the oldest message held that somebody may see.
    pub fn first_kept(&self, eyes: Eyes) -> u64 {
        let before = self.first_place() - 1;
        self.seen(eyes).iter().filter(|place| **place <= before).count() as u64 + 1
    }
    pub fn last_place(&self) -> u64 {
        self.said.len() as u64
    }
    fn first_place(&self) -> u64 {
        self.forgotten as u64 + 1
    }
    fn forget_what_is_over(&mut self) {
        let over = |held: &[Spoken]| {
            let bytes: usize = held.iter().map(|said| said.line.body.len()).sum();
            held.len() > WINDOW.0 || bytes > WINDOW.1
        };
        while over(&self.said[self.forgotten..]) {
            self.forgotten += 1;
        }
    }
    fn is_plain(&self) -> bool {
        self.said.iter().all(|spoken| spoken.line.audience == Audience::Everyone)
    }
    /// The place of what somebody knows by a number; the number, if that is held no longer.
    pub fn place_of(&self, eyes: Eyes, seq: u64) -> u64 {
        match self.seen(eyes).get((seq as usize).wrapping_sub(1)) {
            Some(place) if seq >= self.first_kept(eyes) => *place,
            _ => seq,
        }
    }
    /// What somebody calls a place; of those held no longer at most that.
    pub fn seq_at(&self, eyes: Eyes, place: u64) -> u64 {
        let before = self.first_place() - 1;
        if place < before && !self.is_plain() {
            return place.saturating_sub(before - (self.first_kept(eyes) - 1));
        }
        self.seen(eyes).iter().filter(|seen| **seen <= place).count() as u64
    }
    pub fn spoken(&self, place: u64) -> &Spoken {
        &self.said[place as usize - 1]
    }
    pub fn valid(&self) -> bool {
        self.said.iter().any(|said| said.from == 1)
    }
}

impl Reference {
    /// Whether somebody may say this, and to whom it goes.
    fn audience(
        &self,
        at: usize,
        no: usize,
        line: &Line,
        wall_ms: u64,
    ) -> Result<Audience, Refusal> {
        let there = &self.sessions[at];
        let Some(replaced) = line.replaces else {
            let may = match line.audience {
                Audience::Everyone => true,
                Audience::Agents | Audience::Supervisors => no > 0,
                Audience::One(number) => {
                    let other = usize::from(number).wrapping_sub(1);
                    let present = there.participants.get(other).is_some_and(|who| who.present);
                    no > 0 && other > 0 && other != no && present
                }
            };
            return if may { Ok(line.audience) } else { Err(Refusal::AudienceNotAllowed) };
        };
        let from = no as u16 + 1;
        let held = &there.said[there.first_place() as usize - 1..];
        let message = held.iter().find(|said| (said.from, said.line.id) == (from, replaced));
        let message = message.ok_or(Refusal::MessageNotFound)?;
        if message.line.recalls {
            return Err(Refusal::MessageRecalled);
        }
        if message.line.replaces.is_some() {
            return Err(Refusal::MessageNotFound);
        }
        if wall_ms.saturating_sub(message.wall_ms) > EDIT_MS {
            return Err(Refusal::EditTooLate { edit_ms: EDIT_MS });
        }
        Ok(message.line.audience)
    }

    /// Gives a line its place, or finds the one that it has. Answers with its number to its speaker, and whether it is new.
    pub fn enter(
        &mut self,
        at: usize,
        no: usize,
        line: &Line,
        wall_ms: u64,
    ) -> Result<(u64, bool), Refusal> {
        let from = no as u16 + 1;
        let there = &self.sessions[at];
        let first = there.first_place();
        let mut held = (first..).zip(&there.said[first as usize - 1..]);
        if let Some((place, said)) =
            held.find(|(_, said)| (said.from, said.line.id) == (from, line.id))
        {
            let again = said.line.is_again(line);
            let seq = there.seq_at(Some(no), place);
            return if again { Ok((seq, false)) } else { Err(Refusal::IdReused) };
        }
        if there.is_closed() {
            return Err(Refusal::SessionClosed);
        }
        let audience = self.audience(at, no, line, wall_ms)?;
        let there = &mut self.sessions[at];
        if line.recalls {
            let of_it = |said: &Spoken| {
                said.from == from
                    && (Some(said.line.id) == line.replaces || said.line.replaces == line.replaces)
            };
            there.said.iter_mut().filter(|said| of_it(said)).for_each(|said| said.line.take_back());
            self.noted.push("words that were taken back");
        } else if line.replaces.is_some() {
            self.noted.push("words that were changed");
        }
        if audience != Audience::Everyone {
            self.noted.push("whispers");
        }
        let there = &mut self.sessions[at];
        let line = Line { audience, ..line.clone() };
        there.said.push(Spoken { from, line, wall_ms });
        there.forget_what_is_over();
        Ok((there.last_seq(Some(no)), true))
    }

    /// Gives a line its place that nobody says.
    pub fn enters_by_itself(&mut self, at: usize, words: &str) {
        let wall_ms = self.wall_ms;
        let there = &mut self.sessions[at];
        there.said.push(Spoken { from: 0, line: Line::new(0, words.to_owned()), wall_ms });
        there.forget_what_is_over();
    }

    /// The links that follow a session, and as whom each of them reads.
    pub fn readers(&self, at: usize) -> Vec<(LinkId, Eyes)> {
        let session = &self.sessions[at];
        let present = session.participants.iter().enumerate().filter(|(_, who)| who.present);
        let links = present.flat_map(|(no, who)| {
            let links = self.links_of(session.tenant, who.person).into_iter();
            links.map(move |link| (link, Some(no)))
        });
        links.chain(session.observers.iter().map(|link| (*link, None))).collect()
    }

    /// Tells those who may see it what was said last.
    pub fn tell_words(&mut self, at: usize, except: Option<LinkId>) {
        let (id, place) = (self.sessions[at].id, self.sessions[at].last_place());
        for (link, eyes) in self.readers(at) {
            let seen = self.sessions[at].seen(eyes);
            if Some(link) != except && seen.last() == Some(&place) {
                self.tell(link, id, Told::Message(seen.len() as u64));
            }
        }
    }
}
