//! A session's latest messages: one order from 1 without a gap, the newest held, each sender's ids known as far as they are held.

use std::collections::VecDeque;

use hashbrown::HashTable;

use crate::message::{Message, Words};

/// Most messages held.
pub const MESSAGES_MAX: usize = 256;
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
    messages: VecDeque<Message>,
    last_seq: u64,
    body_bytes: usize,
    /// Sequence numbers of the messages held, by sender and its id.
    known: HashTable<u64>,
}

fn spread(from: u16, words: &Words) -> u64 {
    // A sender may choose ids that collide; it then compares with at most MESSAGES_MAX of its own messages.
    (words.id.hash_bits() ^ u64::from(from)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
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
        let same_id = |seq: &u64| {
            self.at(*seq).is_some_and(|held| held.from == from && held.words.id == words.id)
        };
        match self.known.find(spread(from, words), same_id) {
            None => Recalled::New,
            Some(seq) => match self.at(*seq) {
                Some(held) if held.words == *words => Recalled::Same(*seq),
                _ => Recalled::Other,
            },
        }
    }

    /// Says something: gives it the next place.
    pub(super) fn push(&mut self, from: u16, words: Words, wall_ms: u64) -> &Message {
        self.body_bytes += words.body().len();
        while self.messages.len() == MESSAGES_MAX || self.body_bytes > BODY_BYTES_MAX {
            self.forget_oldest();
        }
        self.last_seq += 1;
        let seq = self.last_seq;
        let hash = spread(from, &words);
        self.messages.push_back(Message { seq, wall_ms, from, words });
        let (messages, first) = (&self.messages, self.first_seq());
        self.known.insert_unique(hash, seq, |seq| {
            let held = &messages[(*seq - first) as usize];
            spread(held.from, &held.words)
        });
        &self.messages[self.messages.len() - 1]
    }

    /// A message, if it is held.
    pub(super) fn at(&self, seq: u64) -> Option<&Message> {
        let index = seq.checked_sub(self.first_seq())?;
        self.messages.get(usize::try_from(index).ok()?)
    }

    /// The messages held from `seq` on.
    pub(super) fn from(&self, seq: u64) -> impl Iterator<Item = &Message> {
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
        let first = self.first_seq();
        let Some(oldest) = self.messages.pop_front() else { return };
        self.body_bytes -= oldest.words.body().len();
        if let Ok(entry) =
            self.known.find_entry(spread(oldest.from, &oldest.words), |seq| *seq == first)
        {
            entry.remove();
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
        assert_eq!(window.known.len(), MESSAGES_MAX);
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
