//! The visitors: shards of records, found by where they lie or by who they are.
//!
//! A shard's lock guards its records, the table that finds them, their deadlines and the shard's chance. Whoever holds it has
//! first drained the shard's inbox.

use std::collections::VecDeque;
use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::FixedState;
use frontdesk_desk::block::network::Glimpse;
use frontdesk_desk::chance::Chance;
use frontdesk_desk::crossing::VisitorStep;
use frontdesk_desk::id::{AgentNo, TenantNo, VisitorId, VisitorRef};
use frontdesk_desk::visitor::{Note, Visitor};
use hashbrown::HashTable;

use crate::changes::{Changes, Taken};
use crate::deadlines::{Deadlines, TICK_MS};
use crate::earlier::EarlierVisits;
use crate::engine::Config;
use crate::inbox::Inbox;
use crate::slab::{Key, Slab};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{Mutex, MutexGuard};

/// No deadline.
pub(crate) const NEVER: u64 = u64::MAX;

/// Entries of deadlines that a shard may have besides two for each of its visitors.
const SPARE_DEADLINES: usize = 64;

/// All visitors' shards.
pub(crate) struct Visitors {
    shards: Box<[VisitorShard]>,
    hash: FixedState,
}

/// One shard.
pub(crate) struct VisitorShard {
    records: Mutex<VisitorRecords>,
    pub(crate) inbox: Inbox<(VisitorRef, VisitorStep)>,
    /// When something in it is due. Written under the lock, read without, to pass by shards where nothing is.
    due_mono_ms: AtomicU64,
    /// Whether visitors are noted as changed. As above.
    has_changes: AtomicBool,
}

/// What a shard's lock guards.
pub(crate) struct VisitorRecords {
    no: u32,
    slab: Slab<Visitor>,
    by_id: HashTable<u32>,
    /// By slot, for searches by address: to look at each record instead would cost some hundred times as much. What stands for a
    /// slot of nobody has no sense.
    glimpses: Vec<Glimpse>,
    pub(crate) deadlines: Deadlines,
    pub(crate) chance: Chance,
    /// Visitors that lists may have to show anew.
    changes: Changes,
    /// Visits that are over.
    pub(crate) earlier: EarlierVisits,
    /// Where steps are between the inbox and being carried out; empty between.
    pub(crate) steps: VecDeque<(VisitorRef, VisitorStep)>,
}

impl Visitors {
    pub(crate) fn new(config: &Config, chance: &mut Chance) -> Self {
        let shards = config.visitor_shards.max(1);
        let hash = FixedState::with_seed(chance.bits());
        let shard = |no| VisitorShard {
            records: Mutex::new(VisitorRecords {
                no,
                slab: Slab::default(),
                by_id: HashTable::new(),
                glimpses: Vec::new(),
                deadlines: Deadlines::new(),
                chance: chance.fork(),
                changes: Changes::default(),
                earlier: EarlierVisits::new(config.visits_remembered.div_ceil(shards)),
                steps: VecDeque::new(),
            }),
            inbox: Inbox::new(config.inbox_max),
            due_mono_ms: AtomicU64::new(NEVER),
            has_changes: AtomicBool::new(false),
        };
        Self { shards: (0..shards).map(shard).collect(), hash }
    }

    /// How many shards there are.
    pub(crate) fn shards(&self) -> u32 {
        self.shards.len() as u32
    }

    /// A shard by its number.
    pub(crate) fn shard(&self, no: u32) -> &VisitorShard {
        &self.shards[no as usize]
    }

    /// A visitor's hash, and the number of the shard that it belongs to.
    pub(crate) fn place(&self, tenant: TenantNo, id: &VisitorId) -> (u64, u32) {
        let hash = self.hash(tenant, id.as_str().as_bytes());
        // The table uses the low and the top bits; the shard is taken from between.
        (hash, (hash >> 24) as u32 % self.shards())
    }

    pub(crate) fn hash(&self, tenant: TenantNo, id_bytes: &[u8]) -> u64 {
        let mut hasher = self.hash.build_hasher();
        tenant.hash(&mut hasher);
        id_bytes.hash(&mut hasher);
        hasher.finish()
    }
}

impl VisitorShard {
    pub(crate) fn lock(&self) -> MutexGuard<'_, VisitorRecords> {
        self.records.lock()
    }

    /// The lock, if nobody holds it.
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, VisitorRecords>> {
        self.records.try_lock()
    }

    /// Whether something is due. A deadline set meanwhile is seen at the next look.
    pub(crate) fn is_due(&self, mono_ms: u64) -> bool {
        // Relaxed: a hint; what is due is decided under the lock.
        self.due_mono_ms.load(Ordering::Relaxed) <= mono_ms
    }

    /// Whether visitors are noted as changed. Some noted meanwhile are seen at the next look.
    pub(crate) fn has_changes(&self) -> bool {
        // Relaxed: a hint; what has changed is read under the lock.
        self.has_changes.load(Ordering::Relaxed)
    }

    /// Notes whether visitors are noted as changed. By the holder of the lock.
    pub(crate) fn note_changes(&self, records: &VisitorRecords) {
        // Relaxed: see `has_changes`.
        self.has_changes.store(!records.changes.is_empty(), Ordering::Relaxed);
    }

    /// Notes when something is due next. By the holder of the lock.
    pub(crate) fn note_due(&self, records: &VisitorRecords) {
        let due = records.deadlines.next_due_ms().unwrap_or(NEVER);
        // Relaxed: see `is_due`.
        self.due_mono_ms.store(due, Ordering::Relaxed);
    }
}

impl VisitorRecords {
    /// How many visitors are in the shard.
    pub(crate) fn len(&self) -> usize {
        self.slab.len()
    }

    /// A visitor by who it is.
    pub(crate) fn find(&self, hash: u64, tenant: TenantNo, id: &VisitorId) -> Option<VisitorRef> {
        let slot = self.by_id.find(hash, |slot| {
            self.slab.in_slot(*slot).is_some_and(|(_, visitor)| {
                visitor.tenant() == tenant && visitor.id_bytes() == id.as_str().as_bytes()
            })
        })?;
        self.in_slot(*slot).map(|(at, _)| at)
    }

    /// Takes a visitor in.
    pub(crate) fn insert(&mut self, hashes: &Visitors, visitor: Visitor) -> VisitorRef {
        let hash = hashes.hash(visitor.tenant(), visitor.id_bytes());
        let glimpse = Glimpse::of(visitor.addresses());
        let key = self.slab.insert(visitor);
        if key.slot as usize == self.glimpses.len() {
            self.glimpses.push(glimpse);
        } else {
            self.glimpses[key.slot as usize] = glimpse;
        }
        let slab = &self.slab;
        self.by_id.insert_unique(hash, key.slot, |slot| {
            slab.in_slot(*slot)
                .map_or(0, |(_, visitor)| hashes.hash(visitor.tenant(), visitor.id_bytes()))
        });
        self.at(key)
    }

    /// Takes a visitor out, and remembers that its visit ended.
    pub(crate) fn remove(
        &mut self,
        hashes: &Visitors,
        visitor: VisitorRef,
        wall_ms: u64,
    ) -> Option<Visitor> {
        let gone = self.slab.remove(key(visitor))?;
        let hash = hashes.hash(gone.tenant(), gone.id_bytes());
        if let Ok(entry) = self.by_id.find_entry(hash, |slot| *slot == visitor.slot) {
            entry.remove();
        }
        self.earlier.ended(hash, gone.visit(), wall_ms);
        self.bound_deadlines();
        Some(gone)
    }

    pub(crate) fn get(&self, visitor: VisitorRef) -> Option<&Visitor> {
        self.slab.get(key(visitor))
    }

    pub(crate) fn get_mut(&mut self, visitor: VisitorRef) -> Option<&mut Visitor> {
        self.slab.get_mut(key(visitor))
    }

    /// A visitor, and the shard's chance beside it.
    pub(crate) fn with_chance(
        &mut self,
        visitor: VisitorRef,
    ) -> Option<(&mut Visitor, &mut Chance)> {
        Some((self.slab.get_mut(key(visitor))?, &mut self.chance))
    }

    /// The agent that a visitor talked with last, in this visit or an earlier one, as far as is remembered.
    pub(crate) fn last_agent(&self, hashes: &Visitors, visitor: VisitorRef) -> Option<AgentNo> {
        let there = self.get(visitor)?;
        self.earlier.last_agent(hashes.hash(there.tenant(), there.id_bytes()))
    }

    /// Whoever lies in a slot.
    pub(crate) fn in_slot(&self, slot: u32) -> Option<(VisitorRef, &Visitor)> {
        self.slab.in_slot(slot).map(|(key, visitor)| (self.at(key), visitor))
    }

    /// Notes a visitor's deadline, if it has one. One that moves away leaves its entry, which is noted again when it fires; one that comes
    /// nearer gets a second.
    pub(crate) fn note_deadline(&mut self, visitor: VisitorRef) {
        if let Some(there) = self.slab.get_mut(key(visitor))
            && let Some(deadline) = there.deadline()
            && there.note_deadline(deadline)
        {
            self.deadlines.insert(deadline, visitor.slot);
            self.bound_deadlines();
        }
    }

    /// Makes the entries anew, one for each visitor that has a deadline, if those of visitors who are gone and of deadlines that have moved
    /// have become too many. That costs a look at each visitor, as often as that many entries have come or visitors have gone.
    fn bound_deadlines(&mut self) {
        if self.deadlines.len() <= self.deadlines_max() {
            return;
        }
        self.deadlines = Deadlines::new();
        for slot in 0..self.slab.slots() {
            let Some((key, _)) = self.slab.in_slot(slot) else { continue };
            let Some(there) = self.slab.get_mut(key) else { continue };
            there.entries_gone();
            if let Some(deadline) = there.deadline()
                && there.note_deadline(deadline)
            {
                self.deadlines.insert(deadline, slot);
            }
        }
    }

    /// Most entries of deadlines at present.
    pub(crate) fn deadlines_max(&self) -> usize {
        2 * self.slab.len() + SPARE_DEADLINES
    }

    /// The visitors whose deadline nothing will look at in time.
    pub(crate) fn unwatched(&self) -> Vec<VisitorRef> {
        let noted = self.deadlines.firsts();
        let unwatched = self.iter().filter(|(at, there)| {
            let Some(deadline) = there.deadline() else { return false };
            let in_time = |at_ms: &u64| *at_ms < deadline.saturating_add(TICK_MS);
            !noted.get(&at.slot).is_some_and(in_time)
        });
        unwatched.map(|(at, _)| at).collect()
    }

    /// Notes where a visitor is seen, in text form.
    pub(crate) fn seen_at(&mut self, visitor: VisitorRef, address: &str) {
        if let Some(there) = self.slab.get_mut(key(visitor)) {
            there.seen_at(address);
            self.glimpses[visitor.slot as usize] = Glimpse::of(there.addresses());
        }
    }

    /// What is seen at a glance of each slot, those of nobody too.
    pub(crate) fn glimpses(&self) -> &[Glimpse] {
        &self.glimpses
    }

    /// The number of slots, those of nobody too.
    pub(crate) fn slots(&self) -> u32 {
        self.slab.slots()
    }

    /// Notes that something of a visitor has changed that a list may show; once until it is looked at.
    pub(crate) fn note_change(&mut self, visitor: VisitorRef) {
        if let Some(there) = self.slab.get_mut(key(visitor))
            && there.note(Note::Change)
        {
            let tenant = there.tenant();
            self.changes.add(tenant, visitor.slot);
        }
    }

    /// Notes that a tenant's visitor has gone from its slot.
    pub(crate) fn note_gone(&mut self, tenant: TenantNo, visitor: VisitorRef) {
        self.changes.add(tenant, visitor.slot);
    }

    /// Takes some of the slots that are noted.
    pub(crate) fn take_changes(&mut self, slots_max: usize) -> Taken {
        self.changes.take(slots_max, self.slab.slots())
    }

    /// How many slots are noted.
    pub(crate) fn changes(&self) -> usize {
        self.changes.len(self.slab.slots())
    }

    /// Whoever lies in a slot is noted as changed no more.
    pub(crate) fn clear_note(&mut self, slot: u32) {
        if let Some((at, _)) = self.in_slot(slot)
            && let Some(there) = self.get_mut(at)
        {
            there.clear(Note::Change);
        }
    }

    /// All visitors of the shard.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (VisitorRef, &Visitor)> {
        self.slab.iter().map(|(key, visitor)| (self.at(key), visitor))
    }

    fn at(&self, key: Key) -> VisitorRef {
        VisitorRef { shard: self.no, slot: key.slot, generation: key.generation }
    }
}

fn key(visitor: VisitorRef) -> Key {
    Key { slot: visitor.slot, generation: visitor.generation }
}
