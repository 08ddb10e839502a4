//! What was said, for one who reads it: on coming in, on coming back, on asking.

use std::sync::Arc;

use super::{Phase, Reader, Session};
use crate::crossing::Replay;
use crate::delivery::{Delivery, Resumed, SessionView};
use crate::effects::Effects;
use crate::id::{LinkId, Person};
use crate::message::Message;
use crate::refusal::Refusal;

/// Messages as one reader numbers them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Each with the reader's number for it, without a gap.
    pub messages: Vec<(u64, Arc<Message>)>,
    /// The reader's number for the last one that it may see of all that was said; 0 while there is none.
    pub last_seq: u64,
}

impl Session {
    /// The session as one who takes part or watches finds it. Errors: [`Refusal::NotInSession`], [`Refusal::LinkGone`].
    pub fn read(&self, person: Person, link: LinkId) -> Result<SessionView, Refusal> {
        Ok(self.view(self.reader(person, link)?))
    }

    /// Messages still held, from `from_seq` on, as many as both bounds allow, at least one, for one who takes part or watches.
    /// Errors: [`Refusal::NotInSession`], [`Refusal::LinkGone`].
    pub fn messages(
        &self,
        person: Person,
        link: LinkId,
        from_seq: u64,
        messages_max: usize,
        bytes_max: usize,
    ) -> Result<Page, Refusal> {
        let reader = self.reader(person, link)?;
        let mut bytes = 0;
        let within = |(_, message): &(u64, &Arc<Message>)| {
            let first = bytes == 0;
            bytes += message.words.body().len();
            first || bytes <= bytes_max
        };
        let messages = self.window.from(reader, from_seq).take(messages_max).take_while(within);
        let messages = messages.map(|(seq, message)| (seq, message.clone())).collect();
        Ok(Page { messages, last_seq: self.window.last_seq(reader) })
    }

    /// A link follows from here on: what it missed and what comes are told in one critical section, so nothing falls between.
    pub(super) fn link_up(
        &mut self,
        person: Person,
        link: LinkId,
        replay: Replay,
        fx: &mut Effects,
    ) {
        let Some(participant) = self.participants.past_or_present(person) else { return };
        // An agent that left may not read on; at the end everyone who was there may read the end.
        if !participant.present && !matches!(person, Person::Visitor(_)) {
            return;
        }
        let reader = participant.reader();
        self.bring(reader, link, replay, fx);
        self.bring_rating(reader, link, fx);
        if let Phase::Closed { cause, wall_ms } = self.phase {
            fx.tell(link, self.closed_delivery(reader, cause, wall_ms));
            return;
        }
        if let Some(participant) = self.participants.present_mut(person)
            && !participant.links.contains(&link)
        {
            participant.links.push(link);
        }
        self.bring_typing(person, link, fx);
        self.bring_watches(person, link, fx);
    }

    /// The end is for whoever the visitor is by name: who was lost and comes back has another record.
    pub(super) fn read_end(&self, link: LinkId, replay: Replay, fx: &mut Effects) {
        if let Phase::Closed { cause, wall_ms } = self.phase {
            let reader = self.visitor_reader();
            self.bring(reader, link, replay, fx);
            fx.tell(link, self.closed_delivery(reader, cause, wall_ms));
        }
    }

    pub(super) fn bring(&self, reader: Reader, link: LinkId, replay: Replay, fx: &mut Effects) {
        let last_seq = self.window.last_seq(reader);
        // A client of an earlier epoch may claim more than there is; it is brought nothing and told where the order ends.
        let after_seq = replay.after_seq.unwrap_or(0).min(last_seq);
        let from_seq =
            self.window.replay_from(reader, after_seq, replay.messages_max, replay.bytes_max);
        fx.tell(link, Delivery::SessionOpened(Box::new(self.view(reader))));
        let resumed = Resumed { from_seq, to_seq: last_seq, complete: from_seq == after_seq + 1 };
        fx.tell(link, Delivery::Resumed { session: self.id, replay: resumed });
        for (seq, message) in self.window.from(reader, from_seq) {
            fx.tell(link, Delivery::Message { session: self.id, seq, message: message.clone() });
        }
    }

    pub(super) fn link_down(&mut self, person: Person, link: LinkId, fx: &mut Effects) {
        let Some(participant) = self.participants.present_mut(person) else { return };
        participant.links.retain(|other| *other != link);
        if !participant.links.is_empty() {
            return;
        }
        match person {
            Person::Visitor(_) => self.clear_preview(fx),
            Person::Agent(_) => self.show_typing(person, false, fx),
        }
    }
}
