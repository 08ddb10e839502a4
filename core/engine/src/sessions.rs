//! The sessions: shards of records, found by their ids.
//!
//! Closed sessions stay for a while, so that whoever was cut off can read the end: the latest few of each shard, and none
//! longer than [`LINGER_MS`]. Open ones may have a deadline of their own, which the shard keeps and the clock drives.

use std::collections::VecDeque;

use frontdesk_desk::crossing::SessionStep;
use frontdesk_desk::id::SessionId;
use frontdesk_desk::session::Session;
use hashbrown::HashTable;

use crate::deadlines::{Deadlines, TICK_MS};
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
    /// When something in it is due. Written under the lock, read without.
    due_mono_ms: AtomicU64,
}

/// What a shard's lock guards.
pub(crate) struct SessionRecords {
    slab: Slab<Record>,
    by_id: HashTable<Key>,
    closed: VecDeque<(SessionId, u64)>,
    deadlines: Deadlines,
    /// Where steps are between the inbox and being carried out; empty between.
    pub(crate) steps: VecDeque<(SessionId, SessionStep)>,
}

/// What became of a session that has decided something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Became {
    /// It ended.
    pub(crate) closed: bool,
    /// The shard has something due sooner, and has to note it.
    pub(crate) due_sooner: bool,
}

/// A session, and what the shard keeps of it.
struct Record {
    session: Session,
    /// The earliest deadline that is noted for it; [`NEVER`] for none.
    noted_mono_ms: u64,
}

impl Sessions {
    pub(crate) fn new(shards: u32, inbox_max: usize) -> Self {
        let shard = |_| SessionShard {
            records: Mutex::new(SessionRecords {
                slab: Slab::default(),
                by_id: HashTable::new(),
                closed: VecDeque::new(),
                deadlines: Deadlines::new(),
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

    /// How many shards there are.
    pub(crate) fn shards(&self) -> u32 {
        self.shards.len() as u32
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

    /// The lock, if nobody holds it.
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, SessionRecords>> {
        self.records.try_lock()
    }

    /// Whether a closed session has to go, or an open one has something due.
    pub(crate) fn is_due(&self, mono_ms: u64) -> bool {
        // Relaxed: a hint; what is due is decided under the lock.
        self.due_mono_ms.load(Ordering::Relaxed) <= mono_ms
    }

    /// Notes when something is due next. By the holder of the lock.
    pub(crate) fn note_due(&self, records: &SessionRecords) {
        let goes = records.closed.front().map_or(NEVER, |(_, until)| *until);
        let due = records.deadlines.next_due_ms().map_or(goes, |next| next.min(goes));
        // Relaxed: see `is_due`.
        self.due_mono_ms.store(due, Ordering::Relaxed);
    }
}

impl SessionRecords {
    /// Has a session decide, and notes its deadline, if it has one. A deadline that moves away leaves its entry, which is noted again
    /// when it fires; one that comes nearer, as by a new policy, gets a second entry. With it comes what became of the session
    /// and of the shard's deadlines.
    pub(crate) fn decide<R>(
        &mut self,
        id: SessionId,
        decide: impl FnOnce(&mut Session) -> R,
    ) -> Option<(R, Became)> {
        let key = self.key_of(id)?;
        let there = self.slab.get_mut(key)?;
        let was_closed = there.session.is_closed();
        let decided = decide(&mut there.session);
        let closed = there.session.is_closed() && !was_closed;
        let mut became = Became { closed, due_sooner: false };
        if let Some(deadline) = there.session.deadline()
            && deadline < there.noted_mono_ms
        {
            there.noted_mono_ms = deadline;
            self.deadlines.insert(deadline, key.slot);
            became.due_sooner = true;
        }
        Some((decided, became))
    }

    /// The open sessions that are to be looked at, at most so many; their deadlines have to be noted anew afterwards.
    pub(crate) fn take_due(&mut self, mono_ms: u64, sessions_max: usize) -> Vec<SessionId> {
        let mut slots = Vec::new();
        self.deadlines.expire(mono_ms, sessions_max, &mut slots);
        let mut due = Vec::with_capacity(slots.len());
        for slot in slots {
            let Some(key) = self.slab.in_slot(slot).map(|(key, _)| key) else { continue };
            // An entry that has a nearer one beside it, or that an earlier session left in the slot, has nothing to say.
            if let Some(there) = self.slab.get_mut(key)
                && there.noted_mono_ms <= mono_ms
            {
                there.noted_mono_ms = NEVER;
                due.push(there.session.id());
            }
        }
        due
    }

    /// The sessions whose deadline nothing will look at in time.
    pub(crate) fn unwatched(&self) -> Vec<SessionId> {
        let noted = self.deadlines.firsts();
        let unwatched = self.slab.iter().filter(|(key, there)| {
            let Some(deadline) = there.session.deadline() else { return false };
            let in_time = |at_ms: &u64| *at_ms < deadline.saturating_add(TICK_MS);
            there.noted_mono_ms > deadline || !noted.get(&key.slot).is_some_and(in_time)
        });
        unwatched.map(|(_, there)| there.session.id()).collect()
    }

    pub(crate) fn insert(&mut self, session: Session) {
        // Here and not only at the next close, because the newcomer takes the slot.
        self.make_room();
        let id = session.id();
        let key = self.slab.insert(Record { session, noted_mono_ms: NEVER });
        let slab = &self.slab;
        self.by_id.insert_unique(id.hash_bits(), key, |key| {
            slab.get(*key).map_or(0, |there| there.session.id().hash_bits())
        });
    }

    /// Notes that a session has closed: it may be read until it is pushed out or its time is over.
    pub(crate) fn linger(&mut self, id: SessionId, mono_ms: u64) {
        self.make_room();
        self.closed.push_back((id, mono_ms + LINGER_MS));
    }

    /// Throws the oldest closed session out if there are as many as may linger.
    fn make_room(&mut self) {
        if self.closed.len() >= LINGERING_MAX
            && let Some((oldest, _)) = self.closed.pop_front()
        {
            self.remove(oldest);
        }
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
        self.slab.iter().map(|(_, there)| &there.session)
    }

    fn key_of(&self, id: SessionId) -> Option<Key> {
        let is_meant =
            |key: &Key| self.slab.get(*key).is_some_and(|there| there.session.id() == id);
        self.by_id.find(id.hash_bits(), is_meant).copied()
    }

    fn remove(&mut self, id: SessionId) {
        let is_meant =
            |key: &Key| self.slab.get(*key).is_some_and(|there| there.session.id() == id);
        if let Ok(entry) = self.by_id.find_entry(id.hash_bits(), is_meant) {
            let (key, _) = entry.remove();
            self.slab.discard(key);
        }
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use frontdesk_desk::chance::Chance;
    use frontdesk_desk::crossing::{Assigned, HowAssigned, Request};
    use frontdesk_desk::delivery::BeginCause;
    use frontdesk_desk::effects::Effects;
    use frontdesk_desk::id::{
        AgentId, AgentNo, ClientMessageId, DepartmentId, DepartmentNo, LinkId, Person, SiteNo,
        TenantNo, VisitorId, VisitorRef,
    };
    use frontdesk_desk::message::Words;
    use frontdesk_desk::policy::terms::SessionTerms;
    use frontdesk_desk::time::Now;
    use frontdesk_desk::wish::Wish;
    use smallvec::SmallVec;

    use super::*;

    const ANNS: LinkId = LinkId { slot: 1, generation: 1 };

    fn at(mono_ms: u64) -> Now {
        Now { mono_ms, wall_ms: mono_ms }
    }

    fn session() -> Session {
        let visitor = VisitorId::new("v").expect("as this test made it");
        let request = Request {
            tenant: TenantNo(0),
            visitor: VisitorRef { shard: 0, slot: 0, generation: 1 },
            home: DepartmentNo(0),
            home_id: DepartmentId::new("sales").expect("as this test made it"),
            wish: Wish::for_department(visitor, SiteNo(0), DepartmentNo(0)).into(),
            begin: BeginCause::Visitor,
            claimed_by: None,
            asked: at(0),
            terms: SessionTerms::default(),
            form: Box::default(),
        };
        let id = SessionId::random(&mut Chance::seeded([1; 32]));
        Session::open(id, request, &[], &mut Effects::new())
    }

    /// An agent's word, which sets the deadline so far from now.
    fn word(records: &mut SessionRecords, id: SessionId, n: u8, now: Now, dormant_after_ms: u64) {
        let said = records.decide(id, |session| say(session, n, now, dormant_after_ms));
        said.expect("as this test made it");
    }

    fn say(session: &mut Session, n: u8, now: Now, dormant_after_ms: u64) {
        let assigned = Assigned {
            agent: AgentNo(0),
            agent_id: AgentId::new("ann").expect("as this test made it"),
            links: SmallVec::from_slice(&[ANNS]),
            how: HowAssigned::Taken,
            policy_version: 1,
            dormant_after_ms,
            terms: SessionTerms::default(),
        };
        let mut fx = Effects::new();
        session.step(SessionStep::Assigned(assigned), now, &mut fx);
        let words =
            Words::text(ClientMessageId([n; 16]), "so?".into()).expect("as this test made it");
        session
            .say(Person::Agent(AgentNo(0)), ANNS, words, now, &mut fx)
            .expect("as this test made it");
    }

    #[test]
    fn a_deadline_has_one_entry_and_one_more_each_time_that_it_comes_nearer() {
        let sessions = Sessions::new(1, 16);
        let mut records = sessions.shard(0).lock();
        let there = session();
        let id = there.id();
        records.insert(there);
        assert_eq!(records.unwatched(), [], "it has none");
        for (n, now_ms) in (1..=9).zip((0..).step_by(100)) {
            word(&mut records, id, n, at(now_ms), 100_000);
        }
        assert_eq!(records.deadlines.len(), 1, "one that moves away leaves its entry");
        word(&mut records, id, 10, at(1_000), 10_000);
        assert_eq!((records.deadlines.len(), records.unwatched()), (2, vec![]));

        assert_eq!(records.take_due(10_000, 10), []);
        assert_eq!(records.take_due(12_000, 10), [id]);
        word(&mut records, id, 11, at(12_000), 200_000);
        assert_eq!(records.take_due(101_000, 10), [], "the old entry says nothing any more");
        assert_eq!((records.deadlines.len(), records.unwatched()), (1, vec![]));
        assert_eq!(records.take_due(213_000, 10), [id]);
        assert_eq!(records.unwatched(), [id], "who takes it has to note it anew");
    }
}
