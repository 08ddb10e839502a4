//! A department's queue: in order of rank, each place known exactly.
//!
//! A waiter's rank is the instant since which it counts as waiting: asked, less its priority. Two waiters never change places,
//! whatever time does, so nobody starves: who came later by more than its priority stays behind.
//!
//! The waiters lie in chunks in order, so that the place of one, and the one at a place, are found by counting chunks. A chunk remembers
//! since when its longest waiter waits for as long as that one is in it; then it is looked for again, when somebody asks.

use std::collections::VecDeque;

use crate::id::SessionId;

/// A chunk is split in two beyond this.
const CHUNK_MAX: usize = 512;

/// A waiter's rank: lower is sooner. The ticket tells apart those of one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WaitRank {
    /// The instant since which it counts as waiting, which may lie before the clock's start.
    pub(super) since_ms: i64,
    /// The order in which the floor learnt of it.
    pub(super) ticket: u64,
}

/// Since when one waits. Of two it isn't always the earlier one who ranks first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Since {
    /// By the clock that never goes back, which decides.
    pub(super) mono_ms: u64,
    /// The same instant by the wall clock.
    pub(super) wall_ms: u64,
}

#[derive(Clone, Copy, Debug)]
struct Waiter {
    rank: WaitRank,
    session: SessionId,
    since: Since,
    /// The place it was last told; 0 for none.
    told: u32,
}

/// Waiters in order.
#[derive(Debug, Default)]
struct Chunk {
    waiters: VecDeque<Waiter>,
    /// Since when the one of them waits that waits longest; `None` if that has to be looked for.
    longest: Option<Since>,
}

/// One department's queue.
#[derive(Debug, Default)]
pub(super) struct Queue {
    chunks: Vec<Chunk>,
    len: u32,
    /// How many from the head were told in this round of telling.
    round: u32,
    /// Whether a place changed since the last whole round.
    changed: bool,
}

impl Queue {
    /// How many wait.
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// Puts one in its place, and says which: 1 is the head. It counts as told.
    pub(super) fn insert(&mut self, rank: WaitRank, session: SessionId, since: Since) -> u32 {
        if self.chunks.is_empty() {
            self.chunks.push(Chunk { waiters: VecDeque::new(), longest: Some(since) });
        }
        let chunk = self.chunk_of(rank).min(self.chunks.len() - 1);
        let before = self.before(chunk);
        let there = &mut self.chunks[chunk];
        let index = there.waiters.partition_point(|waiter| waiter.rank < rank);
        let place = before + as_place(index) + 1;
        self.changed |= place <= self.len;
        there.waiters.insert(index, Waiter { rank, session, since, told: place });
        there.longest = there.longest.map(|longest| longest.min(since));
        self.len += 1;
        if there.waiters.len() > CHUNK_MAX {
            let waiters = there.waiters.split_off(CHUNK_MAX / 2);
            there.longest = None;
            self.chunks.insert(chunk + 1, Chunk { waiters, longest: None });
        }
        place
    }

    /// Takes one out. Whether it was there.
    pub(super) fn remove(&mut self, rank: WaitRank) -> bool {
        let chunk = self.chunk_of(rank);
        let Some(there) = self.chunks.get_mut(chunk) else { return false };
        let Ok(index) = there.waiters.binary_search_by_key(&rank, |waiter| waiter.rank) else {
            return false;
        };
        let gone = there.waiters.remove(index).map(|waiter| waiter.since);
        if there.longest == gone {
            there.longest = None;
        }
        if there.waiters.is_empty() {
            self.chunks.remove(chunk);
        }
        self.len -= 1;
        self.changed |= self.len > 0;
        true
    }

    /// The place of one that waits; 1 is the head.
    pub(super) fn place(&self, rank: WaitRank) -> Option<u32> {
        let chunk = self.chunk_of(rank);
        let waiters = &self.chunks.get(chunk)?.waiters;
        let index = waiters.binary_search_by_key(&rank, |waiter| waiter.rank).ok()?;
        Some(self.before(chunk) + as_place(index) + 1)
    }

    /// Since when the one waits that waits longest. Looks at no more than the chunks that have lost
    /// theirs since the last time, and at one number for each of the others.
    pub(super) fn longest(&mut self) -> Option<Since> {
        let of_chunk = |chunk: &mut Chunk| {
            if chunk.longest.is_none() {
                chunk.longest = chunk.waiters.iter().map(|waiter| waiter.since).min();
            }
            chunk.longest
        };
        self.chunks.iter_mut().filter_map(of_chunk).min()
    }

    /// Whether some may not know their place.
    pub(super) fn untold(&self) -> bool {
        self.changed || self.round > 0
    }

    /// Looks at the next `waiters_max` waiters and tells those whose place changed. A round goes from head to tail; one that
    /// doesn't end goes on at the next call, so that a long queue costs no more at once. How many were looked at.
    pub(super) fn tell(&mut self, waiters_max: u32, mut tell: impl FnMut(SessionId, u32)) -> u32 {
        if !self.untold() {
            return 0;
        }
        if self.round == 0 {
            self.changed = false;
        }
        let (from, until) = (self.round, self.round.saturating_add(waiters_max).min(self.len));
        let mut before = 0;
        for Chunk { waiters, .. } in &mut self.chunks {
            let len = as_place(waiters.len());
            if before >= until {
                break;
            }
            if before + len > from {
                let (first, last) = (from.saturating_sub(before), (until - before).min(len));
                for (waiter, place) in
                    waiters.range_mut(first as usize..last as usize).zip(before + first + 1..)
                {
                    if waiter.told != place {
                        waiter.told = place;
                        tell(waiter.session, place);
                    }
                }
            }
            before += len;
        }
        self.round = if until == self.len { 0 } else { until };
        until.saturating_sub(from)
    }

    /// All who wait, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (WaitRank, SessionId)> {
        let waiters = self.chunks.iter().flat_map(|chunk| &chunk.waiters);
        waiters.map(|waiter| (waiter.rank, waiter.session))
    }

    /// The first chunk whose last waiter isn't before `rank`.
    fn chunk_of(&self, rank: WaitRank) -> usize {
        let is_before = |chunk: &Chunk| chunk.waiters.back().is_some_and(|last| last.rank < rank);
        self.chunks.partition_point(is_before)
    }

    fn before(&self, chunk: usize) -> u32 {
        let waiting = |chunks: &[Chunk]| {
            chunks.iter().map(|chunk| as_place(chunk.waiters.len())).sum::<u32>()
        };
        // From the nearer end: those who come and those who are next lie at the ends.
        if chunk <= self.chunks.len() / 2 {
            waiting(&self.chunks[..chunk])
        } else {
            self.len - waiting(&self.chunks[chunk..])
        }
    }
}

fn as_place(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chance::Chance;

    fn rank(since_ms: i64, ticket: u64) -> WaitRank {
        WaitRank { since_ms, ticket }
    }

    fn since(mono_ms: u64) -> Since {
        Since { mono_ms, wall_ms: 5_000 + mono_ms }
    }

    proptest! {
        #[test]
        fn the_queue_is_a_sorted_list(steps in prop::collection::vec((any::<bool>(), 0..500i64), 1..3_000)) {
            let mut chance = Chance::seeded([3; 32]);
            let (mut queue, mut sorted) = (Queue::default(), std::collections::BTreeMap::new());
            let mut waits = std::collections::BTreeMap::new();
            for (ticket, (arrives, n)) in steps.into_iter().enumerate() {
                if arrives {
                    let rank = rank(n, ticket as u64);
                    let session = SessionId::random(&mut chance);
                    sorted.insert(rank, session);
                    let since = since((n as u64 * 7_919 + ticket as u64) % 1_000);
                    waits.insert(rank, since);
                    let place = queue.insert(rank, session, since);
                    prop_assert_eq!(place as usize, sorted.range(..=rank).count());
                } else if let Some(rank) = sorted.keys().nth(n as usize % sorted.len().max(1)).copied() {
                    prop_assert_eq!(queue.place(rank).unwrap() as usize, sorted.range(..=rank).count());
                    prop_assert!(queue.remove(rank));
                    prop_assert!(!queue.remove(rank));
                    sorted.remove(&rank);
                }
                prop_assert_eq!(queue.len() as usize, sorted.len());
                if ticket % 3 == 0 {
                    let longest = sorted.keys().map(|rank| waits[rank]).min();
                    prop_assert_eq!(queue.longest(), longest);
                }
            }
            prop_assert!(queue.iter().eq(sorted));
        }
    }

    #[test]
    fn each_round_of_telling_brings_every_place_up_to_date() {
        let mut chance = Chance::seeded([4; 32]);
        let mut queue = Queue::default();
        let mut told = std::collections::HashMap::new();
        for n in 0..2_000 {
            let session = SessionId::random(&mut chance);
            told.insert(session, queue.insert(rank(n, 0), session, since(n as u64)));
        }
        assert!(!queue.untold(), "those at the tail were told when they came");
        queue.remove(rank(0, 0));
        queue.remove(rank(1_000, 0));
        let mut calls = 0;
        while queue.untold() {
            let mut told_now = 0;
            queue.tell(300, |session, place| {
                told.insert(session, place);
                told_now += 1;
            });
            assert!(told_now <= 300);
            calls += 1;
        }
        assert_eq!(calls, 7);
        for (place, (_, session)) in (1..).zip(queue.iter()) {
            assert_eq!(told[&session], place);
        }
    }
}
