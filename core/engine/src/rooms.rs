//! The rooms of colleagues: shards of records, found by their ids.
//!
//! A room that is over is forgotten at once. Open ones end when nothing is said in them for a day, which the clock drives: each has one entry
//! among the shard's deadlines, put off when it fires and somebody has spoken since.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

use frontdesk_desk::id::RoomId;
use frontdesk_desk::room::{Room, RoomStep};

use crate::inbox::Inbox;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Mutex, MutexGuard};
use crate::visitors::NEVER;

/// Parts of the rooms, each with a lock: colleagues say much less than visitors.
const SHARDS: u32 = 32;

/// All rooms' shards.
pub(crate) struct Rooms {
    shards: Box<[RoomShard]>,
}

/// One shard.
pub(crate) struct RoomShard {
    records: Mutex<RoomRecords>,
    pub(crate) inbox: Inbox<(RoomId, RoomStep)>,
    /// When a room of it is due. Written under the lock, read without.
    due_mono_ms: AtomicU64,
}

/// What a shard's lock guards.
#[derive(Default)]
pub(crate) struct RoomRecords {
    by_id: HashMap<RoomId, Room, BuildHasherDefault<RandomBits>>,
    /// One entry for each room, never later than its deadline; and of rooms that are over.
    deadlines: BinaryHeap<Reverse<(u64, RoomId)>>,
    /// Where steps are between the inbox and being carried out; empty between.
    pub(crate) steps: VecDeque<(RoomId, RoomStep)>,
}

impl Rooms {
    pub(crate) fn new(inbox_max: usize) -> Self {
        let shard = |_| RoomShard {
            records: Mutex::new(RoomRecords::default()),
            inbox: Inbox::new(inbox_max),
            due_mono_ms: AtomicU64::new(NEVER),
        };
        Self { shards: (0..SHARDS).map(shard).collect() }
    }

    /// The number of the shard that a room belongs to.
    pub(crate) fn place(&self, room: RoomId) -> u32 {
        // The table uses the low and the top bits of these random 64.
        (room.hash_bits() >> 24) as u32 % self.shards.len() as u32
    }

    /// How many shards there are.
    pub(crate) fn shards(&self) -> u32 {
        self.shards.len() as u32
    }

    /// A shard by its number.
    pub(crate) fn shard(&self, no: u32) -> &RoomShard {
        &self.shards[no as usize]
    }

    /// All shards.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &RoomShard> {
        self.shards.iter()
    }
}

impl RoomShard {
    pub(crate) fn lock(&self) -> MutexGuard<'_, RoomRecords> {
        self.records.lock()
    }

    /// Whether a room may have to end.
    pub(crate) fn is_due(&self, mono_ms: u64) -> bool {
        // Relaxed: a hint; what is due is decided under the lock.
        self.due_mono_ms.load(Ordering::Relaxed) <= mono_ms
    }

    /// Notes when something is due next. By the holder of the lock.
    pub(crate) fn note_due(&self, records: &RoomRecords) {
        let due = records.deadlines.peek().map_or(NEVER, |Reverse((due, _))| *due);
        // Relaxed: see `is_due`.
        self.due_mono_ms.store(due, Ordering::Relaxed);
    }
}

impl RoomRecords {
    pub(crate) fn get_mut(&mut self, id: RoomId) -> Option<&mut Room> {
        self.by_id.get_mut(&id)
    }

    pub(crate) fn insert(&mut self, room: Room) {
        self.deadlines.push(Reverse((room.deadline(), room.id())));
        self.by_id.insert(room.id(), room);
    }

    pub(crate) fn remove(&mut self, id: RoomId) {
        self.by_id.remove(&id);
        // Its entry stays until it fires; so that such entries don't pile up, those of rooms that are over go when they are the most.
        if self.deadlines.len() > 2 * self.by_id.len() + 64 {
            let by_id = &self.by_id;
            self.deadlines.retain(|Reverse((_, id))| by_id.contains_key(id));
        }
    }

    /// A room that is due, its entry taken away; one in which was spoken since is put off.
    pub(crate) fn take_due(&mut self, mono_ms: u64) -> Option<RoomId> {
        while let Some(Reverse((due, id))) = self.deadlines.peek().copied()
            && due <= mono_ms
        {
            self.deadlines.pop();
            let Some(room) = self.by_id.get(&id) else { continue };
            if room.deadline() <= mono_ms {
                return Some(id);
            }
            self.deadlines.push(Reverse((room.deadline(), id)));
        }
        None
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Room> {
        self.by_id.values()
    }

    /// The rooms whose deadline nothing will look at in time.
    pub(crate) fn unwatched(&self) -> Vec<RoomId> {
        let noted: HashMap<RoomId, u64> =
            self.deadlines.iter().map(|Reverse((due, id))| (*id, *due)).collect();
        let in_time =
            |room: &&Room| noted.get(&room.id()).is_some_and(|due| *due <= room.deadline());
        self.by_id.values().filter(|room| !in_time(room)).map(Room::id).collect()
    }
}

/// A hasher for ids that are random bits already and chosen by nobody outside.
#[derive(Default)]
pub(crate) struct RandomBits(u64);

impl Hasher for RandomBits {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, bits: u64) {
        self.0 = self.0.rotate_left(5) ^ bits;
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use frontdesk_desk::effects::Effects;
    use frontdesk_desk::id::TenantNo;
    use frontdesk_desk::room::{IDLE_MS, Opening, RoomKind};
    use frontdesk_desk::time::Now;

    use super::*;

    fn room(n: u8, mono_ms: u64) -> Room {
        let id = RoomId::from_bytes([n; 16]).expect("an id");
        let tenant = TenantNo(0);
        let opening =
            Opening { tenant, kind: RoomKind::OfMany, title: "".into(), members: Vec::new() };
        Room::open(id, opening, Now { mono_ms, wall_ms: 0 }, &mut Effects::new())
    }

    #[test]
    fn each_room_is_due_after_its_day_and_what_is_over_leaves_nothing() {
        let mut records = RoomRecords::default();
        for n in 1..=200 {
            records.insert(room(n, n.into()));
        }
        assert_eq!((records.take_due(IDLE_MS), records.unwatched()), (None, vec![]));
        let first = RoomId::from_bytes([1; 16]);
        assert_eq!(records.take_due(IDLE_MS + 2), first);
        assert_eq!(records.unwatched().first(), first.as_ref(), "who takes it lets it end");
        for n in 1..=200 {
            records.remove(RoomId::from_bytes([n; 16]).expect("an id"));
        }
        assert!(records.deadlines.len() <= 64, "{}", records.deadlines.len());
        assert_eq!(records.take_due(u64::MAX), None);
    }
}
