//! The sessions: shards of records, found by their ids.
//!
//! Closed sessions stay for a while, so that whoever was cut off can read the end: the latest few of each shard, and none
//! longer than [`LINGER_MS`].

use std::collections::VecDeque;

use frontdesk_desk::crossing::SessionStep;
use frontdesk_desk::id::SessionId;
use frontdesk_desk::session::Session;
use hashbrown::HashTable;

use crate::inbox::Inbox;
use crate::slab::{Key, Slab};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Mutex, MutexGuard};
use crate::visitors::NEVER;

/// How long a closed session can be read at most.
pub(crate) const LINGER_MS: u64 = 300_000;
/// How many closed sessions of one shard can be read.
const LINGERING_MAX: usize = 16;

/// All sessions' shards.
pub(crate) struct Sessions {
    shards: Box<[SessionShard]>,
}

/// One shard.
pub(crate) struct SessionShard {
    records: Mutex<SessionRecords>,
    pub(crate) inbox: Inbox<(SessionId, SessionStep)>,
    /// When the oldest closed session goes. Written under the lock, read without.
    due_mono_ms: AtomicU64,
}

/// What a shard's lock guards.
pub(crate) struct SessionRecords {
    slab: Slab<Session>,
    by_id: HashTable<Key>,
    closed: VecDeque<(SessionId, u64)>,
    /// Where steps are between the inbox and being carried out; empty between.
    pub(crate) steps: VecDeque<(SessionId, SessionStep)>,
}

impl Sessions {
    pub(crate) fn new(shards: u32, inbox_max: usize) -> Self {
        let shard = |_| SessionShard {
            records: Mutex::new(SessionRecords {
                slab: Slab::default(),
                by_id: HashTable::new(),
                closed: VecDeque::new(),
                steps: VecDeque::new(),
            }),
            inbox: Inbox::new(inbox_max),
            due_mono_ms: AtomicU64::new(NEVER),
        };
        Self { shards: (0..shards).map(shard).collect() }
    }

    /// The number of the shard that a session belongs to.
    pub(crate) fn place(&self, session: SessionId) -> u32 {
        // The table uses the low and the top bits of these random 64.
        (session.hash_bits() >> 24) as u32 % self.shards.len() as u32
    }

    /// A shard by its number.
    pub(crate) fn shard(&self, no: u32) -> &SessionShard {
        &self.shards[no as usize]
    }

    /// All shards.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &SessionShard> {
        self.shards.iter()
    }
}

impl SessionShard {
    pub(crate) fn lock(&self) -> MutexGuard<'_, SessionRecords> {
        self.records.lock()
    }

    /// Whether a closed session has to go.
    pub(crate) fn is_due(&self, mono_ms: u64) -> bool {
        // Relaxed: a hint; what is due is decided under the lock.
        self.due_mono_ms.load(Ordering::Relaxed) <= mono_ms
    }

    /// Notes when a closed session goes next. By the holder of the lock.
    pub(crate) fn note_due(&self, records: &SessionRecords) {
        let due = records.closed.front().map_or(NEVER, |(_, until)| *until);
        // Relaxed: see `is_due`.
        self.due_mono_ms.store(due, Ordering::Relaxed);
    }
}

impl SessionRecords {
    pub(crate) fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        let key = *self.by_id.find(id.hash_bits(), |key| {
            self.slab.get(*key).is_some_and(|there| there.id() == id)
        })?;
        self.slab.get_mut(key)
    }

    pub(crate) fn insert(&mut self, session: Session) {
        let id = session.id();
        let key = self.slab.insert(session);
        let slab = &self.slab;
        self.by_id.insert_unique(id.hash_bits(), key, |key| {
            slab.get(*key).map_or(0, |there| there.id().hash_bits())
        });
    }

    /// Notes that a session has closed: it may be read until it is pushed out or its time is over.
    pub(crate) fn linger(&mut self, id: SessionId, mono_ms: u64) {
        if self.closed.len() == LINGERING_MAX
            && let Some((oldest, _)) = self.closed.pop_front()
        {
            self.remove(oldest);
        }
        self.closed.push_back((id, mono_ms + LINGER_MS));
    }

    /// Throws out closed sessions whose time is over.
    pub(crate) fn expire(&mut self, mono_ms: u64) {
        while let Some((id, until)) = self.closed.front().copied()
            && until <= mono_ms
        {
            self.closed.pop_front();
            self.remove(id);
        }
    }

    /// All sessions of the shard, the closed ones too.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Session> {
        self.slab.iter().map(|(_, session)| session)
    }

    fn remove(&mut self, id: SessionId) {
        let is_meant = |key: &Key| self.slab.get(*key).is_some_and(|there| there.id() == id);
        if let Ok(entry) = self.by_id.find_entry(id.hash_bits(), is_meant) {
            let (key, _) = entry.remove();
            self.slab.discard(key);
        }
    }
}
