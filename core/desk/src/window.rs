//! A session's latest messages: one order from 1 without a gap, the newest held, each sender's ids known as far as they are held.
//!
//! The order is the session's own. Each [`Reader`] counts what it may see, so its numbers, *seqs*, have no gap either, and nobody
//! learns from them that others whisper. As long as nothing was said to fewer than everyone, seq and place are the same. A number of
//! something that is held no longer is known to be at most so high; where that matters the lower bound is taken.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::id::ClientMessageId;
use crate::message::{Audience, Class, Message, MessageKind, Words};

/// Most messages held.
pub const MESSAGES_MAX: usize = 128;
/// Most bytes of bodies held.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
const _: () = assert!(
    crate::message::BODY_BYTES_MAX <= BODY_BYTES_MAX,
    "the longest body must fit the window"
);

/// What became of words that were to be said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Recalled {
    /// Not said before, as far as is known.
    New,
    /// Said before, at this place.
    Same(u64),
    /// The id was used for other words.
    Other,
}

/// One who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reader {
    /// Its number; 0 for one who watches.
    pub(super) number: u16,
    /// What it is.
    pub(super) class: Class,
    /// Messages that it may see and others of its class may not.
    pub(super) own: u64,
}

impl Reader {
    /// Whether it may see a message.
    pub(super) fn sees(self, message: &Message) -> bool {
        message.words.audience.includes(self.class) || self.sees_by_name(message)
    }

    /// Whether it may see a message because it is who it is.
    pub(super) fn sees_by_name(self, message: &Message) -> bool {
        let named = message.words.audience == Audience::One(self.number);
        self.number != 0 && (message.from == self.number || named)
    }
}

/// How many messages were for fewer than everyone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Fewer {
    agents: u32,
    supervisors: u32,
    one: u32,
}

/// The latest messages.
#[derive(Debug, Default)]
pub(super) struct Window {
    messages: VecDeque<Arc<Message>>,
    last_place: u64,
    /// Messages that not everyone may see.
    fewer: Fewer,
    body_bytes: usize,
    /// A tag of each message's sender and id, in step with `messages`: sixteen bits to look at before the message itself.
    tags: VecDeque<u16>,
}

/// Tags looked at in one step: as many as fit the widest registers that every x86-64 and aarch64 has, twice.
const TAGS: usize = 16;

/// Without an early end this is a few vector instructions, and almost always all there is to look at.
fn any_of(tags: &[u16; TAGS], tag: u16) -> bool {
    tags.iter().fold(0, |any, other| any | u16::from(*other == tag)) != 0
}

fn tag(from: u16, id: ClientMessageId) -> u16 {
    // A sender may choose ids that collide; it then compares with at most MESSAGES_MAX of its own messages.
    let mixed = (id.hash_bits() ^ u64::from(from)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 48) as u16
}

impl Window {
    /// The last message's place; 0 while there is none.
    pub(super) fn last_place(&self) -> u64 {
        self.last_place
    }

    /// How many messages a reader may see of all that were said: the seq of its last one.
    pub(super) fn last_seq(&self, reader: Reader) -> u64 {
        let Fewer { agents, supervisors, one } = self.fewer;
        let hidden = match reader.class {
            Class::Visitor => agents + supervisors + one,
            Class::Agent => supervisors + one,
            Class::Supervisor => one,
        };
        self.last_place - u64::from(hidden) + reader.own
    }

    /// The seq of the oldest message held that a reader may see; one past its last while there is none.
    pub(super) fn first_seq(&self, reader: Reader) -> u64 {
        let held = if self.is_plain() {
            self.messages.len()
        } else {
            self.messages.iter().filter(|message| reader.sees(message)).count()
        };
        self.last_seq(reader) + 1 - held as u64
    }

    /// The seq that a reader gives to a place: how many it may see up to it.
    pub(super) fn seq_at(&self, reader: Reader, place: u64) -> u64 {
        if self.is_plain() {
            return place.min(self.last_place);
        }
        let before = self.first_place() - 1;
        if place < before {
            let hidden = before - (self.first_seq(reader) - 1);
            return place.saturating_sub(hidden);
        }
        let later = self.messages.iter().rev().take_while(|message| message.place > place);
        self.last_seq(reader) - later.filter(|message| reader.sees(message)).count() as u64
    }

    /// The place of what a reader knows as `seq`.
    pub(super) fn place_of(&self, reader: Reader, seq: u64) -> u64 {
        if self.is_plain() {
            return seq;
        }
        self.from(reader, seq)
            .next()
            .filter(|(first, _)| *first == seq)
            .map_or(seq, |(_, message)| message.place)
    }

    /// The messages held that a reader may see, from `seq` on.
    pub(super) fn from(
        &self,
        reader: Reader,
        seq: u64,
    ) -> impl Iterator<Item = (u64, &Arc<Message>)> {
        let first = self.first_seq(reader);
        let held = self.messages.iter().filter(move |message| reader.sees(message));
        let skip = usize::try_from(seq.saturating_sub(first)).unwrap_or(usize::MAX);
        (first..).zip(held).skip(skip)
    }

    /// The seq of the first message of a replay to a reader of what follows `after_seq` that keeps within both bounds, newest first.
    pub(super) fn replay_from(
        &self,
        reader: Reader,
        after_seq: u64,
        messages_max: usize,
        bytes_max: usize,
    ) -> u64 {
        let mut bytes_left = bytes_max;
        let mut from = self.last_seq(reader) + 1;
        let seen = self.messages.iter().rev().filter(|message| reader.sees(message));
        for message in seen.take(messages_max) {
            let Some(rest) = bytes_left.checked_sub(message.words.body().len()) else { break };
            if from <= after_seq + 1 {
                break;
            }
            bytes_left = rest;
            from -= 1;
        }
        from
    }

    /// Whether a sender said this before, and at which place.
    pub(super) fn recall(&self, from: u16, words: &Words) -> Recalled {
        let tag = tag(from, words.id);
        let (front, back) = self.tags.as_slices();
        let mut offset = 0;
        for tags in [front, back] {
            let (whole, rest) = tags.as_chunks::<TAGS>();
            for tags in whole {
                if any_of(tags, tag)
                    && let Some(recalled) = self.recall_within(offset..offset + TAGS, from, words)
                {
                    return recalled;
                }
                offset += TAGS;
            }
            if rest.contains(&tag)
                && let Some(recalled) = self.recall_within(offset..offset + rest.len(), from, words)
            {
                return recalled;
            }
            offset += rest.len();
        }
        Recalled::New
    }

    fn recall_within(&self, range: Range<usize>, from: u16, words: &Words) -> Option<Recalled> {
        let mut held = self.messages.range(range);
        let held = held.find(|held| held.from == from && held.words.id == words.id)?;
        // What was taken back meanwhile can't be compared any more.
        let same = held.words.are(words) || held.words.kind == MessageKind::Recalled;
        Some(if same { Recalled::Same(held.place) } else { Recalled::Other })
    }

    /// A sender's message that is held.
    pub(super) fn of(&self, from: u16, id: ClientMessageId) -> Option<&Arc<Message>> {
        let tag = tag(from, id);
        let tagged = self.messages.iter().zip(&self.tags).filter(|(_, other)| **other == tag);
        tagged.map(|(held, _)| held).find(|held| held.from == from && held.words.id == id)
    }

    /// Says something: gives it the next place.
    pub(super) fn push(&mut self, from: u16, words: Words, wall_ms: u64) -> Arc<Message> {
        self.body_bytes += words.body().len();
        while self.messages.len() == MESSAGES_MAX || self.body_bytes > BODY_BYTES_MAX {
            self.forget_oldest();
        }
        match words.audience {
            Audience::Everyone => {}
            Audience::Agents => self.fewer.agents += 1,
            Audience::Supervisors => self.fewer.supervisors += 1,
            Audience::One(_) => self.fewer.one += 1,
        }
        self.last_place += 1;
        let place = self.last_place;
        self.tags.push_back(tag(from, words.id));
        let message = Arc::new(Message { place, wall_ms, from, words });
        self.messages.push_back(message.clone());
        message
    }

    /// Takes back what a sender said, with all its versions: nothing of it is left.
    pub(super) fn take_back(&mut self, from: u16, id: ClientMessageId) {
        for message in &mut self.messages {
            let words = &message.words;
            let is_of_it = words.id == id || words.replaces == Some(id);
            if message.from == from && is_of_it && words.kind != MessageKind::Recalled {
                self.body_bytes -= words.body().len();
                *message = Arc::new(message.recalled());
            }
        }
    }

    /// A message, if it is held.
    pub(super) fn at(&self, place: u64) -> Option<&Arc<Message>> {
        let index = place.checked_sub(self.first_place())?;
        self.messages.get(usize::try_from(index).ok()?)
    }

    /// The oldest message held; one past the last while there is none.
    fn first_place(&self) -> u64 {
        self.last_place + 1 - self.messages.len() as u64
    }

    /// Whether everything was said to everyone, so that all readers number alike.
    fn is_plain(&self) -> bool {
        self.fewer == Fewer::default()
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.messages.pop_front() {
            self.tags.pop_front();
            self.body_bytes -= oldest.words.body().len();
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::id::ClientMessageId;

    const VISITOR: Reader = Reader { number: 1, class: Class::Visitor, own: 0 };
    const ANN: Reader = Reader { number: 2, class: Class::Agent, own: 0 };

    fn words(n: u64, bytes: usize) -> Words {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&n.to_be_bytes());
        Words::text(ClientMessageId(id), Bytes::from(vec![b'x'; bytes])).unwrap()
    }

    #[test]
    fn the_window_is_bounded_in_messages_and_the_order_has_no_gap() {
        let mut window = Window::default();
        for n in 1..=1_000 {
            assert_eq!(window.push(1, words(n, 1), 0).place, n);
        }
        assert_eq!(
            (window.first_seq(VISITOR), window.last_seq(VISITOR)),
            (1_000 - MESSAGES_MAX as u64 + 1, 1_000)
        );
        assert_eq!(window.tags.len(), MESSAGES_MAX);
        for n in 1..=1_000 {
            let recalled = if n < window.first_place() { Recalled::New } else { Recalled::Same(n) };
            assert_eq!(window.recall(1, &words(n, 1)), recalled);
        }
        assert!(window.from(VISITOR, 0).map(|(seq, _)| seq).eq(window.first_place()..=1_000));
    }

    #[test]
    fn the_window_is_bounded_in_bytes() {
        let mut window = Window::default();
        for n in 0..200 {
            window.push(1, words(n, 8 * 1024), 0);
            assert!(window.body_bytes <= BODY_BYTES_MAX);
        }
        assert_eq!(window.messages.len(), BODY_BYTES_MAX / (8 * 1024));
    }

    #[test]
    fn an_id_is_recalled_per_sender_and_only_with_the_same_words() {
        let mut window = Window::default();
        window.push(1, words(7, 3), 0);
        assert_eq!(window.recall(1, &words(7, 3)), Recalled::Same(1));
        assert_eq!(window.recall(2, &words(7, 3)), Recalled::New);
        assert_eq!(window.recall(1, &words(7, 4)), Recalled::Other);
    }

    #[test]
    fn a_replay_keeps_within_both_bounds() {
        let mut window = Window::default();
        for n in 1..=10 {
            window.push(1, words(n, 100), 0);
        }
        assert_eq!(window.replay_from(VISITOR, 4, 100, 10_000), 5);
        assert_eq!(window.replay_from(VISITOR, 0, 3, 10_000), 8);
        assert_eq!(window.replay_from(VISITOR, 0, 100, 250), 9);
        assert_eq!(window.replay_from(VISITOR, 10, 100, 10_000), 11);
    }

    /// A window in which every third message is a whisper among agents.
    fn with_whispers(messages: u64) -> Window {
        let mut window = Window::default();
        for n in 1..=messages {
            let audience = if n % 3 == 0 { Audience::Agents } else { Audience::Everyone };
            window.push(2, words(n, 1).to(audience), 0);
        }
        window
    }

    #[test]
    fn each_reader_numbers_what_it_sees_without_a_gap() {
        let window = with_whispers(9);
        assert_eq!((window.last_seq(VISITOR), window.last_seq(ANN)), (6, 9));
        let seen: Vec<_> = window.from(VISITOR, 3).map(|(seq, m)| (seq, m.place)).collect();
        assert_eq!(seen, [(3, 4), (4, 5), (5, 7), (6, 8)]);
        for (seq, place) in [(1, 1), (2, 2), (3, 4), (6, 8)] {
            assert_eq!(window.place_of(VISITOR, seq), place);
            assert_eq!(window.seq_at(VISITOR, place), seq);
        }
        assert_eq!(window.seq_at(VISITOR, 6), 4, "a whisper counts as what came before it");
        assert_eq!(window.replay_from(VISITOR, 4, 100, 1_000), 5);
        assert_eq!(window.replay_from(VISITOR, 0, 2, 1_000), 5);
    }

    #[test]
    fn what_is_for_one_is_numbered_by_its_sender_and_that_one_alone() {
        let mut window = Window::default();
        window.push(2, words(1, 1), 0);
        let said = window.push(2, words(2, 1).to(Audience::One(3)), 0);
        window.push(1, words(3, 1), 0);
        let with = |number, class, own| Reader { number, class, own };
        for party in [with(2, Class::Agent, 1), with(3, Class::Agent, 1)] {
            assert!(party.sees_by_name(&said));
            assert_eq!(window.last_seq(party), 3);
        }
        for other in [VISITOR, with(4, Class::Agent, 0), with(0, Class::Supervisor, 0)] {
            assert!(window.from(other, 0).map(|(seq, m)| (seq, m.place)).eq([(1, 1), (2, 3)]));
        }
    }

    #[test]
    fn a_number_of_what_is_held_no_longer_is_never_told_too_high() {
        let window = with_whispers(600);
        let first = window.first_place();
        for place in 1..=600 {
            let exact = place - place / 3;
            let told = window.seq_at(VISITOR, place);
            assert!(told <= exact, "place {place} is {exact} and told as {told}");
            assert!(place + 1 < first || told == exact, "place {place} is held");
        }
        assert_eq!(window.seq_at(ANN, 37), 37);
    }

    #[test]
    fn what_is_taken_back_is_there_without_its_words_and_known_by_its_id() {
        let mut window = Window::default();
        let place = window.push(1, words(7, 30), 0).place;
        window.push(1, words(8, 20).instead_of(words(7, 1).id), 0);
        window.take_back(1, words(7, 1).id);
        let held = window.at(place).unwrap();
        assert_eq!((held.words.kind, held.words.body().len()), (MessageKind::Recalled, 0));
        assert_eq!((window.body_bytes, window.of(1, words(7, 1).id)), (0, Some(held)));
        assert_eq!(window.recall(1, &words(7, 30)), Recalled::Same(1));
    }
}
