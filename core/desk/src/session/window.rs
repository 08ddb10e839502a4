//! A session's latest messages: one order from 1 without a gap, the newest held, each sender's ids known as far as they are held.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::message::{Message, Words};

/// Most messages held.
pub const MESSAGES_MAX: usize = 128;
/// Most bytes of bodies held.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
const _: () = assert!(
    crate::message::TEXT_BYTES_MAX <= BODY_BYTES_MAX,
    "the longest text must fit the window"
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

/// The latest messages.
#[derive(Debug, Default)]
pub(super) struct Window {
    messages: VecDeque<Arc<Message>>,
    last_seq: u64,
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

fn tag(from: u16, words: &Words) -> u16 {
    // A sender may choose ids that collide; it then compares with at most MESSAGES_MAX of its own messages.
    let mixed = (words.id.hash_bits() ^ u64::from(from)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 48) as u16
}

impl Window {
    /// The last message's place; 0 while there is none.
    pub(super) fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// The oldest message held; `last_seq + 1` while there is none.
    pub(super) fn first_seq(&self) -> u64 {
        self.last_seq + 1 - self.messages.len() as u64
    }

    /// Whether a sender said this before.
    pub(super) fn recall(&self, from: u16, words: &Words) -> Recalled {
        let tag = tag(from, words);
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
        Some(if held.words == *words { Recalled::Same(held.seq) } else { Recalled::Other })
    }

    /// Says something: gives it the next place.
    pub(super) fn push(&mut self, from: u16, words: Words, wall_ms: u64) -> Arc<Message> {
        self.body_bytes += words.body().len();
        while self.messages.len() == MESSAGES_MAX || self.body_bytes > BODY_BYTES_MAX {
            self.forget_oldest();
        }
        self.last_seq += 1;
        let seq = self.last_seq;
        self.tags.push_back(tag(from, &words));
        let message = Arc::new(Message { seq, wall_ms, from, words });
        self.messages.push_back(message.clone());
        message
    }

    /// A message, if it is held.
    pub(super) fn at(&self, seq: u64) -> Option<&Arc<Message>> {
        let index = seq.checked_sub(self.first_seq())?;
        self.messages.get(usize::try_from(index).ok()?)
    }

    /// The messages held from `seq` on.
    pub(super) fn from(&self, seq: u64) -> impl Iterator<Item = &Arc<Message>> {
        let skip = usize::try_from(seq.saturating_sub(self.first_seq())).unwrap_or(usize::MAX);
        self.messages.iter().skip(skip)
    }

    /// The first message of a replay of what follows `after_seq` that keeps within both bounds, newest first.
    pub(super) fn replay_from(&self, after_seq: u64, messages_max: usize, bytes_max: usize) -> u64 {
        let mut bytes_left = bytes_max;
        let mut from = self.last_seq + 1;
        for message in self.messages.iter().rev().take(messages_max) {
            let Some(rest) = bytes_left.checked_sub(message.words.body().len()) else { break };
            if message.seq <= after_seq {
                break;
            }
            bytes_left = rest;
            from = message.seq;
        }
        from
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

    fn words(n: u64, bytes: usize) -> Words {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&n.to_be_bytes());
        Words::text(ClientMessageId(id), Bytes::from(vec![b'x'; bytes])).unwrap()
    }

    #[test]
    fn the_window_is_bounded_in_messages_and_the_order_has_no_gap() {
        let mut window = Window::default();
        for n in 1..=1_000 {
            assert_eq!(window.push(1, words(n, 1), 0).seq, n);
        }
        assert_eq!(
            (window.first_seq(), window.last_seq()),
            (1_000 - MESSAGES_MAX as u64 + 1, 1_000)
        );
        assert_eq!(window.tags.len(), MESSAGES_MAX);
        for n in 1..=1_000 {
            let recalled = if n < window.first_seq() { Recalled::New } else { Recalled::Same(n) };
            assert_eq!(window.recall(1, &words(n, 1)), recalled);
        }
        assert!(window.from(0).map(|m| m.seq).eq(window.first_seq()..=1_000));
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
        assert_eq!(window.replay_from(4, 100, 10_000), 5);
        assert_eq!(window.replay_from(0, 3, 10_000), 8);
        assert_eq!(window.replay_from(0, 100, 250), 9);
        assert_eq!(window.replay_from(10, 100, 10_000), 11);
    }
}
