//! When which slot has to be looked at: the deadlines of one shard.
//!
//! Used under the shard's lock, and knows neither a lock nor a clock itself. A deadline says no more than *look at slot n, not
//! before t*: what is due there, and whether anything is, the owner finds in the slot. So a deadline is never taken back or
//! moved. An owner whose deadline moved away leaves the old entry, looks when it fires, finds nothing due and enters the new
//! one; one whose deadline came nearer enters a second one. The number of entries is therefore the owner's to bound: one for a
//! slot, and one more each time that it comes nearer.
//!
//! Time is cut into ticks of [`TICK_MS`]. A deadline is rounded up to a tick, so it never fires early, and it fires less
//! than one tick late. A tick holds its slots in the order in which they came; ticks fire in order: same inserts, same order.
//!
//! An entry is four bytes, in a ring that doubles: at most eight, six on average, plus the share of its tick's header.

use std::collections::{BTreeMap, HashMap, VecDeque};

/// Deadlines are rounded up to a multiple of this.
pub const TICK_MS: u64 = 128;

/// The deadlines of one shard.
#[derive(Clone, Debug, Default)]
pub struct Deadlines {
    /// By tick; none is empty.
    ticks: BTreeMap<u64, VecDeque<u32>>,
    entries: usize,
}

impl Deadlines {
    /// Holds nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that a slot is to be looked at, at `at_ms` or up to a tick later. What is past already is due at once.
    pub fn insert(&mut self, at_ms: u64, slot: u32) {
        self.ticks.entry(at_ms.div_ceil(TICK_MS)).or_default().push_back(slot);
        self.entries += 1;
    }

    /// When [`Deadlines::expire`] has something to give; `None` while nothing is noted.
    pub fn next_due_ms(&self) -> Option<u64> {
        self.ticks.first_key_value().map(|(tick, _)| tick.saturating_mul(TICK_MS))
    }

    /// Appends the slots that are due at `now_ms`, at most `slots_max` of them, in order. More may be due when as many came:
    /// [`Deadlines::next_due_ms`] is in the past then.
    pub fn expire(&mut self, now_ms: u64, slots_max: usize, due: &mut Vec<u32>) {
        let mut room = slots_max;
        while room > 0
            && let Some(mut tick) = self.ticks.first_entry()
            && *tick.key() <= now_ms / TICK_MS
        {
            let slots = tick.get_mut();
            let taken = slots.len().min(room);
            due.extend(slots.drain(..taken));
            room -= taken;
            self.entries -= taken;
            if slots.is_empty() {
                tick.remove();
            }
        }
    }

    /// All entries, by when they fire: the time and the slot. Stale ones are among them.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u32)> {
        let at_ms = |tick: u64| tick.saturating_mul(TICK_MS);
        self.ticks
            .iter()
            .flat_map(move |(tick, slots)| slots.iter().map(move |slot| (at_ms(*tick), *slot)))
    }

    /// When each slot that has an entry is looked at first.
    pub fn firsts(&self) -> HashMap<u32, u64> {
        let mut firsts = HashMap::new();
        for (at_ms, slot) in self.iter() {
            let first = firsts.entry(slot).or_insert(at_ms);
            *first = at_ms.min(*first);
        }
        firsts
    }

    /// How many entries there are, stale ones among them.
    pub fn len(&self) -> usize {
        self.entries
    }

    /// Whether nothing is noted.
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
