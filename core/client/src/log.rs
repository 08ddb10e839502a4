//! One session's messages as one link sees them: each told once, in order.
//!
//! Others' messages come as events, one's own get their number by the reply `Said`, and after an interruption a resume brings
//! both again. They are merged by `seq`:
//!
//! ```text
//!            next in order                              told ──► last += 1
//!   in ─────► later, one's own ────────────────────────► held until the events before it are here
//!            later, another's, while own ones are unsaid ► held until they have their numbers
//!            later, another's, none unsaid ────────────► the hole is told as missing
//!            not later than `last` ────────────────────► dropped, had already
//! ```
//!
//! Replies and events overtake each other, in both directions: delivery doesn't wait for the journal and the reply does; the
//! reply doesn't wait for credit and delivery does. Events keep their order, so one that comes tells that those before it have
//! come. What is held of others is bounded by the link's credit, as its bytes are not taken until it is told; one's own by the
//! events that wait at the broker, which ends the link when they are too many. Never knows what a body means, and never
//! sends anything.

use std::collections::BTreeMap;

use frontdesk_proto::v1;

use crate::event::{Event, Message};
use crate::id::SessionId;

/// What a log has for the program, and how many frame bytes are done with although nothing is told of them.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Events with the frame bytes that count as taken when the program takes them.
    pub(crate) events: Vec<(Event, u64)>,
    /// Frame bytes of duplicates.
    pub(crate) dropped_bytes: u64,
}

impl Told {
    pub(crate) fn event(&mut self, event: Event, frame_bytes: u64) {
        self.events.push((event, frame_bytes));
    }
}

/// Whether the session goes on after what was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Course {
    GoesOn,
    Over,
}

/// A message that waits for those before it.
#[derive(Debug)]
struct Held {
    message: Message,
    frame_bytes: u64,
    source: Source,
}

/// What brought a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The reply to one's own saying.
    Reply,
    /// An event; all events before it have come.
    Event,
}

/// What the link has to do with the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Takes,
    Watches,
}

/// The messages of one session on one link, by the numbers of this link's reader.
#[derive(Debug)]
pub(crate) struct Log {
    session: SessionId,
    epoch: [u8; 16],
    you: u32,
    part: Part,
    last_seq: u64,
    held: BTreeMap<u64, Held>,
    /// What one has said while the log still is a watcher's: its numbers are a participant's.
    early: Vec<Message>,
    unsaid: usize,
    closing: Option<(v1::SessionClosed, u64)>,
    resumed: bool,
    acknowledge_again: bool,
    delivered: u64,
    read: u64,
}

impl Log {
    /// A session seen for the first time, with so many of one's own messages on the way.
    pub(crate) fn new(session: SessionId, epoch: [u8; 16], unsaid: usize) -> Self {
        Self {
            session,
            epoch,
            you: 0,
            part: Part::Takes,
            last_seq: 0,
            held: BTreeMap::new(),
            early: Vec::new(),
            unsaid,
            closing: None,
            resumed: true,
            acknowledge_again: false,
            delivered: 0,
            read: 0,
        }
    }

    /// The view names the participant number that one's own messages carry; 0 for one who watches.
    pub(crate) fn opened(&mut self, view: &v1::SessionView) {
        if self.you != 0 && view.you == 0 {
            // It took part and watches now: its numbers are others.
            self.last_seq = 0;
            let held = std::mem::take(&mut self.held).into_values();
            let own = held.filter(|held| held.source == Source::Reply);
            self.early.extend(own.map(|held| held.message));
        }
        self.you = view.you;
        for held in self.held.values_mut().filter(|held| held.source == Source::Reply) {
            held.message.from = view.you;
        }
        self.part = if view.you == 0 { Part::Watches } else { Part::Takes };
        self.resumed = true;
    }

    /// As which number one takes part.
    pub(crate) fn takes_part_as(&mut self, you: u32) {
        self.you = you;
        self.resumed = true;
    }

    /// One's own number.
    pub(crate) fn you(&self) -> u32 {
        self.you
    }

    /// The same, for one who may read what comes after `seq` only.
    pub(crate) fn after(mut self, seq: u64) -> Self {
        self.last_seq = seq;
        self
    }

    /// This link asked for the session, so it is its visitor's, who is the first participant.
    pub(crate) fn asked_for(&mut self) {
        self.you = 1;
    }

    /// Where to go on when the link is attached again.
    pub(crate) fn resume(&self) -> v1::Resume {
        v1::Resume {
            session: self.session.to_wire(),
            epoch: bytes::Bytes::copy_from_slice(&self.epoch),
            seq: self.last_seq,
        }
    }

    /// The link was cut off: what is held comes again, and frame bytes of before don't count any more.
    pub(crate) fn interrupted(&mut self) {
        self.held.clear();
        self.closing = None;
        self.resumed = false;
    }

    /// Whether the broker has spoken of the session since the link was attached again.
    pub(crate) fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// One more of one's own messages is on the way.
    pub(crate) fn say(&mut self) {
        self.unsaid += 1;
    }

    /// One of one's own messages will get no number (any more): refused, or said before.
    pub(crate) fn unsay(&mut self, told: &mut Told) -> Course {
        debug_assert!(self.unsaid > 0, "a message settled twice");
        self.unsaid = self.unsaid.saturating_sub(1);
        self.release(told)
    }

    /// The reply to one's own message: it has its number. Its bytes were taken with the reply.
    pub(crate) fn said(&mut self, mut message: Message, told: &mut Told) -> Course {
        if self.watches() {
            self.early.push(message);
            return self.unsay(told);
        }
        message.from = self.you;
        self.keep(Held { message, frame_bytes: 0, source: Source::Reply }, told);
        self.unsay(told)
    }

    /// The watch is over: readers number for themselves, so a log of one who takes part by now begins anew with what it has said.
    pub(crate) fn watched(self, told: &mut Told) -> Option<Self> {
        if self.early.is_empty() {
            return None;
        }
        let mut log = Self::new(self.session, self.epoch, self.unsaid);
        for message in self.early {
            log.keep(Held { message, frame_bytes: 0, source: Source::Reply }, told);
        }
        Some(log)
    }

    /// A message event.
    pub(crate) fn message(
        &mut self,
        message: Message,
        frame_bytes: u64,
        told: &mut Told,
    ) -> Course {
        self.keep(Held { message, frame_bytes, source: Source::Event }, told);
        self.release(told)
    }

    /// What follows are the messages from `from_seq` on; what was told beyond `to_seq` in another life of the broker is void.
    pub(crate) fn resumed(&mut self, resumed: &v1::Resumed, epoch: [u8; 16], told: &mut Told) {
        self.resumed = true;
        self.acknowledge_again = true;
        let session = self.session;
        if epoch != self.epoch {
            self.epoch = epoch;
            self.held.clear();
            if self.last_seq > resumed.to_seq {
                self.last_seq = resumed.to_seq;
                told.event(Event::MessagesWithdrawn { session, to_seq: resumed.to_seq }, 0);
            }
            self.delivered = self.delivered.min(resumed.to_seq);
            self.read = self.read.min(resumed.to_seq);
        }
        // With from_seq > to_seq nothing follows, and there is a hole only up to what exists.
        let before_first = resumed.from_seq.saturating_sub(1).min(resumed.to_seq);
        if before_first > self.last_seq {
            let from_seq = self.last_seq + 1;
            told.event(Event::MessagesMissing { session, from_seq, to_seq: before_first }, 0);
            self.last_seq = before_first;
            self.forget_held_before_last(told);
        }
    }

    /// The session is over, once one's own last messages have their numbers.
    pub(crate) fn closed(
        &mut self,
        closed: v1::SessionClosed,
        frame_bytes: u64,
        told: &mut Told,
    ) -> Course {
        self.closing = Some((closed, frame_bytes));
        self.release(told)
    }

    /// Whether the link watches the session and takes no part.
    pub(crate) fn watches(&self) -> bool {
        self.part == Part::Watches
    }

    /// Raises what is acknowledged, and says the totals if that was news. Never beyond what was told, and nothing for one who watches.
    pub(crate) fn acknowledge(&mut self, delivered: u64, read: u64) -> Option<(u64, u64)> {
        if self.watches() {
            return None;
        }
        let read = self.read.max(read.min(self.last_seq));
        let delivered = self.delivered.max(delivered.min(self.last_seq)).max(read);
        let news = (delivered, read) != (self.delivered, self.read);
        (self.delivered, self.read) = (delivered, read);
        news.then_some((delivered, read))
    }

    /// What was acknowledged, once after each resume, as its last saying may have been lost; `None` while nothing was.
    pub(crate) fn acknowledge_again(&mut self) -> Option<(u64, u64)> {
        let again = std::mem::take(&mut self.acknowledge_again);
        (again && self.delivered > 0).then_some((self.delivered, self.read))
    }

    fn keep(&mut self, held: Held, told: &mut Told) {
        let seq = held.message.seq;
        if seq <= self.last_seq || self.held.contains_key(&seq) {
            told.dropped_bytes += held.frame_bytes;
        } else {
            self.held.insert(seq, held);
        }
    }

    fn release(&mut self, told: &mut Told) -> Course {
        while let Some((&seq, _)) = self.held.first_key_value() {
            if seq > self.last_seq.saturating_add(1) {
                if self.unsaid > 0 || !self.nothing_comes_before_held() {
                    break;
                }
                let (from_seq, to_seq) = (self.last_seq + 1, seq - 1);
                let session = self.session;
                told.event(Event::MessagesMissing { session, from_seq, to_seq }, 0);
            }
            let Some(Held { message, frame_bytes, .. }) = self.held.remove(&seq) else { break };
            debug_assert!(seq > self.last_seq, "told twice");
            self.last_seq = seq;
            told.event(Event::Message(message), frame_bytes);
        }
        self.release_end(told)
    }

    /// Whether the events before some of what is held have all come: another's message or the end was sent after them.
    fn nothing_comes_before_held(&self) -> bool {
        self.closing.is_some() || self.held.values().any(|held| held.source == Source::Event)
    }

    fn release_end(&mut self, told: &mut Told) -> Course {
        let settled = self.unsaid == 0;
        let Some((closed, frame_bytes)) =
            self.closing.take_if(|(closed, _)| settled || self.last_seq >= closed.last_seq)
        else {
            return Course::GoesOn;
        };
        let cause = v1::CloseCause::try_from(closed.cause).unwrap_or_default();
        let v1::SessionClosed { last_seq, wall_ms, valid, .. } = closed;
        let session = self.session;
        told.event(Event::SessionClosed { session, cause, last_seq, wall_ms, valid }, frame_bytes);
        Course::Over
    }

    fn forget_held_before_last(&mut self, told: &mut Told) {
        let after = self.held.split_off(&self.last_seq.saturating_add(1));
        told.dropped_bytes += self.held.values().map(|held| held.frame_bytes).sum::<u64>();
        self.held = after;
    }
}

#[cfg(test)]
mod tests;
