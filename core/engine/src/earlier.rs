//! What is remembered of visits that are over: how many a visitor had, when the last one ended, which agent it talked with.
//!
//! Used under a shard's lock, and knows neither a lock nor a clock itself. It remembers the *latest visits* of its shard, so many and
//! no more: each visit that ends takes a place at the back, and when there is none left the oldest one at the front is
//! forgotten. A visitor who comes again takes a new place; its old one stays behind as a hole until it has reached the front.
//!
//! A visitor is known by its 64-bit hash alone: one in some million millions is taken for another. An entry is 20 bytes, and 6 to 12
//! in the table that finds it. Nothing of it is kept over a restart, as presence isn't.

use std::collections::VecDeque;

use frontdesk_desk::id::AgentNo;
use frontdesk_desk::visitor::Earlier;
use hashbrown::HashTable;

/// Stands for no agent.
const NOBODY: u32 = u32::MAX;

/// Latest visits, found by the visitor's hash.
#[derive(Debug)]
pub(crate) struct EarlierVisits {
    /// Oldest first. The n-th has the number `first + n`, which wraps around.
    entries: VecDeque<Entry>,
    first: u32,
    /// Numbers of those entries that aren't holes.
    by_hash: HashTable<u32>,
    entries_max: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// In halves, for 20 bytes instead of 24.
    hash: [u32; 2],
    ended_wall_s: u32,
    last_agent: u32,
    visits: u16,
}

impl Entry {
    fn new(hash: u64) -> Self {
        let hash = [(hash >> 32) as u32, hash as u32];
        Self { hash, ended_wall_s: 0, last_agent: NOBODY, visits: 0 }
    }

    fn hash(&self) -> u64 {
        u64::from(self.hash[0]) << 32 | u64::from(self.hash[1])
    }
}

impl EarlierVisits {
    /// Remembers nothing yet, and never more than so many visits.
    pub(crate) fn new(entries_max: u32) -> Self {
        Self {
            entries: VecDeque::new(),
            first: 0,
            by_hash: HashTable::new(),
            entries_max: entries_max as usize,
        }
    }

    /// What is remembered of a visitor's visits.
    pub(crate) fn of(&self, hash: u64) -> Earlier {
        self.find(hash).map_or(Earlier::default(), |entry| Earlier {
            visits: entry.visits,
            ended_wall_s: entry.ended_wall_s,
        })
    }

    /// The agent that a visitor talked with last, in this visit or an earlier one.
    pub(crate) fn last_agent(&self, hash: u64) -> Option<AgentNo> {
        let agent = self.find(hash)?.last_agent;
        (agent != NOBODY).then_some(AgentNo(agent))
    }

    /// A visit is over: it was the visitor's `visits`-th.
    pub(crate) fn ended(&mut self, hash: u64, visits: u16, wall_ms: u64) {
        let last_agent = self.find(hash).map_or(NOBODY, |entry| entry.last_agent);
        let ended_wall_s = u32::try_from(wall_ms / 1_000).unwrap_or(u32::MAX);
        self.push(Entry { ended_wall_s, last_agent, visits, ..Entry::new(hash) });
    }

    /// A visitor has talked with an agent. May come before the first visit's end or after it.
    pub(crate) fn talked(&mut self, hash: u64, agent: AgentNo) {
        match self.number(hash) {
            Some(number) => {
                let at = number.wrapping_sub(self.first) as usize;
                self.entries[at].last_agent = agent.0;
            }
            None => self.push(Entry { last_agent: agent.0, ..Entry::new(hash) }),
        }
    }

    fn find(&self, hash: u64) -> Option<&Entry> {
        let number = self.number(hash)?;
        self.entries.get(number.wrapping_sub(self.first) as usize)
    }

    fn number(&self, hash: u64) -> Option<u32> {
        self.by_hash.find(hash, |number| self.at(*number).hash() == hash).copied()
    }

    fn at(&self, number: u32) -> &Entry {
        &self.entries[number.wrapping_sub(self.first) as usize]
    }

    fn push(&mut self, entry: Entry) {
        if self.entries_max == 0 {
            return;
        }
        if self.entries.len() == self.entries_max {
            self.forget_oldest();
        }
        let hash = entry.hash();
        let number = self.first.wrapping_add(self.entries.len() as u32);
        if self.entries.len() == self.entries.capacity() {
            // Doubling would reserve what is never used.
            let more = self.entries.len().max(8).min(self.entries_max - self.entries.len());
            self.entries.reserve_exact(more);
        }
        self.entries.push_back(entry);
        let (entries, first) = (&self.entries, self.first);
        let hash_of = |number: &u32| entries[number.wrapping_sub(first) as usize].hash();
        match self.by_hash.find_mut(hash, |other| hash_of(other) == hash) {
            Some(other) => *other = number,
            None => {
                self.by_hash.insert_unique(hash, number, hash_of);
            }
        }
    }

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.entries.front() else { return };
        let (hash, number) = (oldest.hash(), self.first);
        // A hole isn't found: the visitor has a later entry.
        if let Ok(found) = self.by_hash.find_entry(hash, |other| *other == number) {
            found.remove();
        }
        self.entries.pop_front();
        self.first = self.first.wrapping_add(1);
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    fn earlier(visits: u16, ended_wall_s: u32) -> Earlier {
        Earlier { visits, ended_wall_s }
    }

    #[test]
    fn visits_are_counted_and_the_last_one_is_dated() {
        let mut visits = EarlierVisits::new(8);
        assert_eq!(visits.of(7), Earlier::default());
        visits.ended(7, 1, 12_999);
        assert_eq!(visits.of(7), earlier(1, 12));
        visits.ended(7, 2, 99_000);
        assert_eq!(visits.of(7), earlier(2, 99));
        assert_eq!(visits.of(8), Earlier::default());
    }

    #[test]
    fn the_oldest_visits_are_forgotten_first_and_no_more_are_held_than_allowed() {
        let mut visits = EarlierVisits::new(3);
        for hash in 1..=3 {
            visits.ended(hash, 1, 1_000 * hash);
        }
        visits.ended(1, 2, 9_000); // comes again: the latest now
        visits.ended(4, 1, 9_500);
        let known: Vec<_> = (1..=4).map(|hash| visits.of(hash).visits).collect();
        assert_eq!(known, [2, 0, 1, 1]);
        assert!(visits.entries.len() <= 3 && visits.by_hash.len() <= 3);
    }

    #[test]
    fn the_agent_is_remembered_before_and_after_the_visits_end() {
        let mut visits = EarlierVisits::new(4);
        visits.talked(1, AgentNo(5));
        assert_eq!((visits.last_agent(1), visits.of(1)), (Some(AgentNo(5)), Earlier::default()));
        visits.ended(1, 1, 2_000);
        assert_eq!((visits.last_agent(1), visits.of(1)), (Some(AgentNo(5)), earlier(1, 2)));
        visits.talked(1, AgentNo(6));
        assert_eq!(visits.last_agent(1), Some(AgentNo(6)));
        visits.ended(2, 1, 2_000);
        assert_eq!((visits.last_agent(2), visits.last_agent(3)), (None, None));
    }

    #[test]
    fn a_memory_of_nothing_remembers_nothing() {
        let mut visits = EarlierVisits::new(0);
        visits.ended(1, 1, 1_000);
        visits.talked(1, AgentNo(1));
        assert_eq!((visits.of(1), visits.last_agent(1)), (Earlier::default(), None));
    }

    #[test]
    fn many_visits_are_what_a_plain_map_of_the_latest_says() {
        let (mut visits, mut plain) = (EarlierVisits::new(50), Vec::new());
        visits.first = u32::MAX - 100; // the numbers wrap around
        let mut hash = 1u64;
        for n in 1..2_000u32 {
            hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1) % 97;
            visits.ended(hash, n as u16, u64::from(n) * 1_000);
            plain.push((hash, n));
            let latest = &plain[plain.len().saturating_sub(50)..];
            for wanted in 0..97 {
                let found = latest.iter().rev().find(|(hash, _)| *hash == wanted);
                let expected = found.map_or(Earlier::default(), |(_, n)| earlier(*n as u16, *n));
                assert_eq!(visits.of(wanted), expected);
            }
        }
    }
}
