//! What waits for one link: a bounded mailbox.
//!
//! A mailbox is plain data. It stands in a slot of the [directory](crate::directory) under that slot's lock, which is a leaf:
//! whoever holds it takes no other lock, calls nothing back and drops nothing big. Writers are the engine's threads, each under
//! its own shard lock; the reader is the one [`Reader`](crate::directory::Reader) of the link's outlet.
//!
//! Two kinds of deliveries wait in it:
//!
//! * **ordered** ones, first in first out, bounded by count and bytes. The one that doesn't fit ends the link
//!   ([`LinkEnd::TooSlow`]): from then on nothing is delivered any more, the reader learns of the end, and a resume replays.
//! * **latest-wins** ones ([`Parcel::latest_key`]): a later one takes the place of the earlier one with its key. When there
//!   are too many keys or bytes, the oldest is dropped and counted; it never ends the link.
//!
//! A drain gives the ordered ones first. An ordered delivery may make a waiting latest-wins one void ([`Parcel::voids`]), so
//! that the preview of a sentence doesn't come after the sentence.
//!
//! Stages, all changes under the slot's lock:
//!
//! ```text
//!   Vacant ──allocate──► Idle ──push, end──► Scheduled ──taken by the reader──► InHand ──unpark──► Recalled
//!      ▲                  ▲ ▲                 │   ▲  ▲                          │  │ │               │  │
//!      │                  │ └─drained empty───│───│──│──────────────────────────┘  │ │               │  │
//!      │                  └──drained empty────│───│──│─────────────────────────────│─│───────────────┘  │
//!      │                                      │   │  └────requeue──────────────────┘ │                  │
//!      │                                      │   └─────unpark, too slow── Parked ◄──┘park              │
//!      │                                      │   ▲                                                     │
//!      │                                      │   └──────────────requeue, park──────────────────────────┘
//!      └───taken by the reader── Orphaned ◄───┘release
//! ```
//!
//! `release` in any other stage leads to Vacant at once. A link that has ended keeps its stage: what was queued before the end
//! is still drained, except after TooSlow, and then the reader is told why.
//!
//! An empty mailbox owns no heap: what waits stands in one box that leaves with the last delivery.

mod ordered;

use std::collections::VecDeque;

use ordered::Ordered;

/// What a mailbox can hold.
pub trait Parcel {
    /// About how many bytes it takes on the wire; must not change while it waits. Counted as at least 1.
    fn bytes(&self) -> usize;

    /// The key under which only the latest is worth telling; `None` for what must be told, in order.
    fn latest_key(&self) -> Option<u64>;

    /// For an ordered parcel: the key whose waiting latest-wins parcel has lost its sense with this one.
    fn voids(&self) -> Option<u64> {
        None
    }
}

/// How much one mailbox holds. The person behind the link is hurt when it is full, nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailboxLimits {
    /// Ordered deliveries that may wait; one more ends the link.
    pub deliveries_max: usize,
    /// Bytes of ordered deliveries that may wait; more ends the link. A single delivery may exceed it only into an empty mailbox.
    pub bytes_max: usize,
    /// Latest-wins deliveries that may wait; of more, the oldest is dropped.
    pub latest_max: usize,
    /// Bytes of latest-wins deliveries that may wait; of more, the oldest are dropped.
    pub latest_bytes_max: usize,
}

impl Default for MailboxLimits {
    /// 2,048 deliveries (what one attach of an agent with 200 sessions brings, and half as much again) in 1 MiB, and 256 latest values in 256 KiB.
    fn default() -> Self {
        Self {
            deliveries_max: 2_048,
            bytes_max: 1 << 20,
            latest_max: 256,
            latest_bytes_max: 256 << 10,
        }
    }
}

/// Why a link ended from this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkEnd {
    /// Its mailbox overflowed. What waited is dropped; attach again and resume.
    TooSlow,
    /// Another link of the same person took its place.
    Replaced,
    /// The engine is being stopped.
    Draining,
    /// Its visitor was shut out.
    Blocked,
}

/// Where a mailbox stands between its writers and its reader; the diagram is at the top of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The slot belongs to no link.
    Vacant,
    /// Nothing waits, the reader doesn't look here.
    Idle,
    /// In the ready list, or in the batch that the reader has taken from it.
    Scheduled,
    /// The reader has it and owes a drain to the end, a requeue or a park.
    InHand,
    /// As InHand, and credit came meanwhile: to park it now means to requeue it.
    Recalled,
    /// Something waits, but the reader has no credit for it.
    Parked,
    /// Released while Scheduled: the slot is vacant as soon as the reader comes across it.
    Orphaned,
}

/// What became of a delivery.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Put {
    /// It waits. So many older latest-wins ones were dropped for it.
    Kept { dropped: u32 },
    /// There was no room: the link has ended TooSlow just now.
    Overflowed,
    /// The link had ended before.
    Refused,
}

/// What a drain of a mailbox found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    Nothing,
    More,
    Ended(LinkEnd),
}

/// What a drain took out, to be told or dropped after the lock is released.
pub(crate) enum Taken<D> {
    /// Nothing, or what is in the reader's buffer.
    Part,
    /// Everything that waited.
    Whole(Box<Contents<D>>),
    /// What nobody may see any more.
    Discarded(Option<Box<Contents<D>>>),
}

/// The mailbox of one link; empty and Vacant by default.
pub(crate) struct Mailbox<D> {
    contents: Option<Box<Contents<D>>>,
    pub(crate) stage: Stage,
    end: Option<LinkEnd>,
    /// Which life of the slot; the directory's, and here because there is room.
    pub(crate) generation: u32,
}

impl<D> Default for Mailbox<D> {
    fn default() -> Self {
        Self { contents: None, stage: Stage::Vacant, end: None, generation: 0 }
    }
}

impl<D: Parcel> Mailbox<D> {
    /// Begins a life: Idle, empty, not ended.
    pub(crate) fn open(&mut self) {
        debug_assert!(self.stage == Stage::Vacant && self.contents.is_none());
        self.stage = Stage::Idle;
        self.end = None;
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Puts a delivery in, or ends the link if there is no room for it.
    pub(crate) fn put(&mut self, delivery: D, limits: &MailboxLimits) -> Put {
        if self.end.is_some() {
            return Put::Refused;
        }
        let contents = self.contents.get_or_insert_with(Box::default);
        match delivery.latest_key() {
            Some(key) => Put::Kept { dropped: contents.put_latest(key, delivery, limits) },
            None if contents.put_ordered(delivery, limits) => Put::Kept { dropped: 0 },
            None => {
                // The contents stay until the reader drops them: here the caller holds a shard's lock.
                self.end = Some(LinkEnd::TooSlow);
                Put::Overflowed
            }
        }
    }

    /// What waits under a latest-wins key is told no more: its person has learned by an answer how that stands now.
    pub(crate) fn void(&mut self, key: u64) {
        if let Some(contents) = &mut self.contents {
            contents.drop_latest(key);
            if contents.is_empty() {
                self.contents = None;
            }
        }
    }

    /// Ends the link; the first reason stands.
    pub(crate) fn end(&mut self, reason: LinkEnd) {
        self.end.get_or_insert(reason);
    }

    /// Whether something has to be told that the reader doesn't know it should look for.
    pub(crate) fn wants_listing(&self) -> bool {
        match self.stage {
            Stage::Idle => self.contents.is_some() || self.end.is_some(),
            Stage::Parked => self.has_only_an_end(),
            _ => false,
        }
    }

    /// Takes out up to `budget_bytes` (and at most one delivery beyond): all of it as a box, or a part into `buffer`.
    pub(crate) fn take(&mut self, budget_bytes: usize, buffer: &mut Vec<D>) -> (Taken<D>, Left) {
        let taken = if self.end == Some(LinkEnd::TooSlow) {
            Taken::Discarded(self.contents.take())
        } else {
            match self.contents.take() {
                None => Taken::Part,
                Some(contents) if contents.bytes() <= budget_bytes => Taken::Whole(contents),
                Some(mut contents) => {
                    contents.take_part(budget_bytes, buffer);
                    self.contents = (!contents.is_empty()).then_some(contents);
                    Taken::Part
                }
            }
        };
        if self.contents.is_some() {
            return (taken, Left::More);
        }
        if matches!(self.stage, Stage::InHand | Stage::Recalled | Stage::Parked) {
            self.stage = Stage::Idle;
        }
        (taken, self.end.map_or(Left::Nothing, Left::Ended))
    }

    /// The reader has no credit. True if it has to be listed nevertheless, because there is credit by now or an end to tell.
    pub(crate) fn park(&mut self) -> bool {
        match self.stage {
            Stage::Recalled => true,
            Stage::InHand if self.has_only_an_end() => true,
            Stage::InHand => {
                self.stage = Stage::Parked;
                false
            }
            _ => false,
        }
    }

    /// There is credit again. True if it has to be listed.
    pub(crate) fn unpark(&mut self) -> bool {
        if self.stage == Stage::InHand {
            self.stage = Stage::Recalled;
        }
        self.stage == Stage::Parked
    }

    /// Drops out of the life: what waited is handed over to be dropped outside of the lock.
    pub(crate) fn clear(&mut self, stage: Stage) -> Option<Box<Contents<D>>> {
        self.stage = stage;
        self.contents.take()
    }

    fn has_only_an_end(&self) -> bool {
        self.end == Some(LinkEnd::TooSlow) || (self.end.is_some() && self.contents.is_none())
    }
}

/// What waits. Never kept while empty.
pub(crate) struct Contents<D> {
    ordered: Ordered<D>,
    ordered_bytes: usize,
    /// In the order in which their keys came.
    latest: VecDeque<(u64, D)>,
    latest_bytes: usize,
}

impl<D> Default for Contents<D> {
    fn default() -> Self {
        Self {
            ordered: Ordered::default(),
            ordered_bytes: 0,
            latest: VecDeque::new(),
            latest_bytes: 0,
        }
    }
}

impl<D: Parcel> Contents<D> {
    fn cost(delivery: &D) -> usize {
        delivery.bytes().max(1)
    }

    fn bytes(&self) -> usize {
        self.ordered_bytes + self.latest_bytes
    }

    fn is_empty(&self) -> bool {
        self.bytes() == 0
    }

    /// Appends; false if it doesn't fit.
    fn put_ordered(&mut self, delivery: D, limits: &MailboxLimits) -> bool {
        let waiting = self.ordered.len();
        let bytes = self.ordered_bytes + Self::cost(&delivery);
        if waiting > 0 && (waiting >= limits.deliveries_max || bytes > limits.bytes_max) {
            return false;
        }
        if let Some(key) = delivery.voids() {
            self.drop_latest(key);
        }
        self.ordered_bytes = bytes;
        self.ordered.push(delivery);
        true
    }

    /// Puts it into the place of the earlier one of its key, or behind all; says how many others were dropped for it.
    fn put_latest(&mut self, key: u64, delivery: D, limits: &MailboxLimits) -> u32 {
        self.latest_bytes += Self::cost(&delivery);
        if let Some((_, earlier)) = self.latest.iter_mut().find(|(other, _)| *other == key) {
            self.latest_bytes -= Self::cost(earlier);
            *earlier = delivery;
        } else {
            self.latest.push_back((key, delivery));
        }
        let mut dropped = 0;
        while self.latest.len() > 1
            && (self.latest.len() > limits.latest_max
                || self.latest_bytes > limits.latest_bytes_max)
        {
            self.pop_latest();
            dropped += 1;
        }
        dropped
    }

    fn drop_latest(&mut self, key: u64) {
        if let Some(at) = self.latest.iter().position(|(other, _)| *other == key)
            && let Some((_, stale)) = self.latest.remove(at)
        {
            self.latest_bytes -= Self::cost(&stale);
        }
    }

    fn take_part(&mut self, budget_bytes: usize, buffer: &mut Vec<D>) {
        let mut spent = 0;
        while spent < budget_bytes
            && let Some(delivery) = self.pop_ordered().or_else(|| self.pop_latest())
        {
            spent += Self::cost(&delivery);
            buffer.push(delivery);
        }
    }

    fn pop_ordered(&mut self) -> Option<D> {
        let delivery = self.ordered.pop()?;
        self.ordered_bytes -= Self::cost(&delivery);
        Some(delivery)
    }

    fn pop_latest(&mut self) -> Option<D> {
        let (_, delivery) = self.latest.pop_front()?;
        self.latest_bytes -= Self::cost(&delivery);
        Some(delivery)
    }

    /// Tells all, in order. Afterwards there is nothing left but to drop it.
    pub(crate) fn tell(&mut self, mut tell: impl FnMut(D)) {
        self.ordered.tell(&mut tell);
        if !self.latest.is_empty() {
            self.latest.drain(..).for_each(|(_, delivery)| tell(delivery));
        }
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
