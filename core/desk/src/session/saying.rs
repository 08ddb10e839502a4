//! What is said: one order, each word once, and how far everybody has received and read.

use super::{Class, Participant, Reader, Session};
use crate::delivery::Delivery;
use crate::effects::Effects;
use crate::fact::Event;
use crate::id::{ClientMessageId, LinkId, Person};
use crate::message::{Audience, Message, MessageKind, Words};
use crate::refusal::Refusal;
use crate::time::Now;
use crate::window::Recalled;

/// What saying something came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its number to the one who said it.
    pub seq: u64,
    /// When.
    pub wall_ms: u64,
    /// True if it had been said before.
    pub duplicate: bool,
}

impl Session {
    /// Says something. All others whom it is meant for are told, in one order; the same id again is answered and not said again.
    /// Errors: [`Refusal::NotInSession`] to agents and [`Refusal::SessionNotFound`] to visitors who take no part, [`Refusal::LinkGone`],
    /// [`Refusal::SessionClosed`], [`Refusal::IdReused`], [`Refusal::AudienceNotAllowed`], [`Refusal::SystemWords`]; for another version of what was said
    /// [`Refusal::MessageNotFound`], [`Refusal::MessageRecalled`], [`Refusal::OtherKind`], [`Refusal::EditTooLate`].
    pub fn say(
        &mut self,
        person: Person,
        link: LinkId,
        mut words: Words,
        now: Now,
        fx: &mut Effects,
    ) -> Result<Said, Refusal> {
        let speaker = self.speaker(person, link)?;
        let reader = speaker.reader();
        if words.kind == MessageKind::System {
            return Err(Refusal::SystemWords);
        }
        if let Some(said) = self.said_before(reader, &words, now)? {
            return Ok(said);
        }
        self.open_or_refuse()?;
        match words.replaces {
            None => self.may_address(speaker, words.audience)?,
            Some(replaced) => {
                words.audience = self.may_replace(reader.number, replaced, words.kind, now)?;
                if words.kind != MessageKind::Recalled {
                    // Who has stepped back from the visitor's sight meanwhile says nothing new to it.
                    self.may_address(speaker, words.audience)?;
                } else {
                    self.window.take_back(reader.number, replaced);
                }
            }
        }
        Ok(self.admit(person, Some(link), words, now, fx))
    }

    /// Whether somebody may change what it said, and for whom that was. Errors: [`Refusal::MessageNotFound`],
    /// [`Refusal::MessageRecalled`], [`Refusal::OtherKind`], [`Refusal::EditTooLate`].
    fn may_replace(
        &self,
        from: u16,
        replaced: ClientMessageId,
        kind: MessageKind,
        now: Now,
    ) -> Result<Audience, Refusal> {
        let message = self.window.of(from, replaced).ok_or(Refusal::MessageNotFound)?;
        if message.words.kind == MessageKind::Recalled {
            return Err(Refusal::MessageRecalled);
        }
        if message.words.replaces.is_some() {
            return Err(Refusal::MessageNotFound);
        }
        if kind != MessageKind::Recalled && kind != message.words.kind {
            return Err(Refusal::OtherKind);
        }
        let edit_ms = self.terms.edit_ms;
        if edit_ms == 0 || now.wall_ms.saturating_sub(message.wall_ms) > edit_ms {
            return Err(Refusal::EditTooLate { edit_ms });
        }
        Ok(message.words.audience)
    }

    /// What became of the same words before. Errors: [`Refusal::IdReused`].
    fn said_before(
        &self,
        reader: Reader,
        words: &Words,
        now: Now,
    ) -> Result<Option<Said>, Refusal> {
        match self.window.recall(reader.number, words) {
            Recalled::New => Ok(None),
            Recalled::Other => Err(Refusal::IdReused),
            Recalled::Same(place) => {
                let wall_ms = self.window.at(place).map_or(now.wall_ms, |message| message.wall_ms);
                let seq = self.window.seq_at(reader, place);
                Ok(Some(Said { seq, wall_ms, duplicate: true }))
            }
        }
    }

    /// Whether somebody may say something to these. Errors: [`Refusal::AudienceNotAllowed`].
    fn may_address(&self, speaker: &Participant, audience: Audience) -> Result<(), Refusal> {
        let may = match audience {
            Audience::Everyone => speaker.is_seen,
            Audience::Agents | Audience::Supervisors => speaker.class != Class::Visitor,
            Audience::One(number) => {
                let other = self.participants.of_number(number);
                let there =
                    other.is_some_and(|other| other.present && other.class != Class::Visitor);
                there && speaker.class != Class::Visitor && number != speaker.number
            }
        };
        if may { Ok(()) } else { Err(Refusal::AudienceNotAllowed) }
    }

    /// Gives words their place and tells them to all but the link they came through.
    pub(super) fn admit(
        &mut self,
        person: Person,
        link: Option<LinkId>,
        words: Words,
        now: Now,
        fx: &mut Effects,
    ) -> Said {
        let from = self.participants.present(person).map_or(0, |speaker| speaker.number);
        let message = self.window.push(from, words, now.wall_ms);
        if message.words.audience != Audience::Everyone {
            for other in self.participants.iter_mut() {
                let by_class = message.words.audience.includes(other.class);
                if !by_class && other.reader().sees_by_name(&message) {
                    other.own += 1;
                }
            }
        }
        self.tell_message(&message, link, fx);
        let speaker = self.participants.present(person).map(Participant::reader);
        let seq = speaker.map_or(0, |reader| self.window.last_seq(reader));
        let said = Said { seq, wall_ms: message.wall_ms, duplicate: false };
        let says_new = message.words.kind != MessageKind::Recalled;
        let answers =
            message.words.audience == Audience::Everyone && message.words.replaces.is_none();
        self.keep(Event::Said { session: self.id, message }, now, fx);
        match person {
            Person::Visitor(_) => {
                self.valid = true;
                self.clear_preview(fx);
                if says_new {
                    self.visitor_goes_on(now, fx);
                }
            }
            Person::Agent(_) => {
                self.show_typing(person, false, fx);
                if answers {
                    self.answered(now);
                }
            }
        }
        said
    }

    /// Tells the last message to all links whose readers may see it, except to the one it came through, if any.
    pub(super) fn tell_message(
        &self,
        message: &std::sync::Arc<Message>,
        except: Option<LinkId>,
        fx: &mut Effects,
    ) {
        for (reader, link) in self.readers() {
            if Some(*link) != except && reader.sees(message) {
                let seq = self.window.last_seq(reader);
                let (session, message) = (self.id, message.clone());
                fx.tell(*link, Delivery::Message { session, seq, message });
            }
        }
    }

    /// Acknowledges messages. Never goes back. Errors: [`Refusal::NotInSession`], [`Refusal::BeyondEnd`].
    pub fn acknowledge(
        &mut self,
        person: Person,
        link: LinkId,
        delivered: u64,
        read: u64,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        let reader = self.speaker(person, link)?.reader();
        let last_seq = self.window.last_seq(reader);
        if delivered.max(read) > last_seq {
            return Err(Refusal::BeyondEnd { last_seq });
        }
        let (delivered, read) =
            (self.window.place_of(reader, delivered), self.window.place_of(reader, read));
        let participant = self.participants.present_mut(person).ok_or(super::stranger(person))?;
        let before = (participant.delivered, participant.read);
        if participant.acknowledge(delivered, read) && !self.is_closed() {
            self.tell_receipt(person, before, link, fx);
        }
        Ok(())
    }

    /// Tells those to whom it is news: what moved over a whisper alone is none to who doesn't see that.
    fn tell_receipt(&self, person: Person, before: (u64, u64), except: LinkId, fx: &mut Effects) {
        let Some(moved) = self.participants.present(person) else { return };
        for (reader, link) in self.readers().filter(|(_, link)| **link != except) {
            let numbers = |(delivered, read)| {
                (self.window.seq_at(reader, delivered), self.window.seq_at(reader, read))
            };
            let (delivered, read) = numbers((moved.delivered, moved.read));
            let knows = moved.is_seen || reader.class != Class::Visitor;
            if knows && numbers(before) != (delivered, read) {
                let (session, participant) = (self.id, moved.number);
                fx.tell(*link, Delivery::Receipt { session, participant, delivered, read });
            }
        }
    }
}
