//! What a lane has to send: one buffer of frames, and the answers that wait for the journal.
//!
//! Frames are encoded into the buffer as they come and leave in as few writes as possible. Answers that promise a kept fact wait
//! in the order of their positions until it is committed; deliveries pass them by.
//!
//! Bounded: nothing is read or drained for a lane whose buffer is over [`HIGH_WATER_BYTES`], and nothing is read for one that has
//! [`HELD_MAX`] answers waiting. One frame, or one mailbox's budget, may go beyond.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use frontdesk_engine::journal::Position;
use frontdesk_proto::{frame, v1};
use tokio::time::Instant;

/// Encoded bytes beyond which a lane reads and drains no more: a few round trips of its stream's window.
pub(super) const HIGH_WATER_BYTES: usize = 256 * 1024;
/// Answers that may wait for commits: some thousand a second in a journal that commits every 100 ms, and more are not read.
pub(super) const HELD_MAX: usize = 4_096;

/// What becomes of the link's number when an answer has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Nothing.
    Stays,
    /// It was the link's last: the number is free.
    Leaves,
}

/// An answer that waits.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) position: Position,
    pub(super) answer: v1::Delivery,
    pub(super) then: Then,
}

/// What was put into the buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) frames: u64,
    /// Without their prefixes.
    pub(super) bytes: u64,
    /// Frames that are no answers.
    pub(super) deliveries: u64,
}

/// A lane's outgoing side.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    buffer: BytesMut,
    count: Count,
    held: VecDeque<Held>,
    /// Since when the peer has taken nothing of what waits.
    stalled_since: Option<Instant>,
}

impl Outgoing {
    /// Appends a frame and says how many bytes it has, as credit counts them.
    pub(super) fn put(&mut self, delivery: &v1::Delivery) -> usize {
        let frame_bytes = frame::write(&mut self.buffer, delivery);
        self.count.frames += 1;
        self.count.bytes += frame_bytes as u64;
        self.count.deliveries += u64::from(delivery.event.is_some());
        frame_bytes
    }

    /// What was put in since it was asked last.
    pub(super) fn take_count(&mut self) -> Count {
        std::mem::take(&mut self.count)
    }

    /// Keeps an answer until its position is committed. Positions never go back.
    pub(super) fn hold(&mut self, held: Held) {
        debug_assert!(self.held_until() <= Some(held.position));
        self.held.push_back(held);
    }

    /// The next answer whose position is committed.
    pub(super) fn release(&mut self, committed: Position) -> Option<Held> {
        if self.held.front()?.position <= committed { self.held.pop_front() } else { None }
    }

    /// The position that the next answer waits for.
    pub(super) fn waits_for(&self) -> Option<Position> {
        self.held.front().map(|held| held.position)
    }

    /// The position that the last answer waits for.
    pub(super) fn held_until(&self) -> Option<Position> {
        self.held.back().map(|held| held.position)
    }

    /// Whether more may be put into the buffer.
    pub(super) fn has_room(&self) -> bool {
        self.buffer.len() < HIGH_WATER_BYTES
    }

    /// Whether more answers may be held.
    pub(super) fn may_hold(&self) -> bool {
        self.held.len() < HELD_MAX
    }

    /// Bytes until the high-water mark.
    pub(super) fn room_bytes(&self) -> usize {
        HIGH_WATER_BYTES.saturating_sub(self.buffer.len())
    }

    /// What is to be written next.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    pub(super) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// So much of it was written.
    pub(super) fn wrote(&mut self, bytes: usize) {
        self.stalled_since = None;
        self.buffer.advance(bytes);
        if self.buffer.is_empty() {
            // A lane that has fallen silent keeps no buffer; an allocation a batch is nothing beside its encryption.
            self.buffer = BytesMut::new();
        }
    }

    /// The peer took nothing just now.
    pub(super) fn stalled(&mut self, now: Instant) {
        self.stalled_since.get_or_insert(now);
    }

    /// When the peer has taken nothing for so long.
    pub(super) fn deadline(&self, stall_timeout: Duration) -> Option<Instant> {
        self.stalled_since.map(|since| since + stall_timeout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(position: u64, request: u32) -> Held {
        let answer = v1::Delivery { request, ..v1::Delivery::default() };
        Held { position: Position(position), answer, then: Then::Stays }
    }

    #[test]
    fn held_answers_leave_in_order_and_not_before_their_commit() {
        let mut outgoing = Outgoing::default();
        for (position, request) in [(3, 1), (5, 2), (5, 3), (9, 4)] {
            outgoing.hold(held(position, request));
        }
        assert!(outgoing.release(Position(2)).is_none());
        let mut released = Vec::new();
        while let Some(held) = outgoing.release(Position(5)) {
            released.push(held.answer.request);
        }
        assert_eq!(released, [1, 2, 3]);
        assert_eq!(outgoing.waits_for(), Some(Position(9)));
    }

    #[test]
    fn a_lane_has_room_until_its_marks() {
        let mut outgoing = Outgoing::default();
        let body = v1::Message { body: vec![7; 8_192].into(), ..v1::Message::default() };
        let frame = v1::Delivery {
            event: Some(v1::delivery::Event::Message(body)),
            ..v1::Delivery::default()
        };
        let mut frames = 0;
        while outgoing.has_room() {
            outgoing.put(&frame);
            frames += 1;
        }
        assert_eq!(frames, 32, "the one that crosses the mark is the last");
        let length = outgoing.bytes().len();
        outgoing.stalled(Instant::now());
        assert!(outgoing.deadline(Duration::ZERO).is_some());
        outgoing.wrote(length);
        assert!(
            outgoing.is_empty()
                && outgoing.deadline(Duration::ZERO).is_none()
                && outgoing.has_room()
        );
    }
}
