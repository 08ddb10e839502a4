//! Where a reader of many links is found: its ready list and its waker.
//!
//! An [`Outlet`] is the shared name of one reader: a lane of the broker, or a Rust program. Links are allocated for an outlet;
//! the engine's threads put links that have something to tell on its ready list; the one
//! [`Reader`](crate::directory::Reader) takes the whole list and works it off, first come first served.
//!
//! **The ready list** is a Treiber stack of slot numbers. The links between its members are the `next` fields of the slots, so
//! listing allocates nothing; a slot is on one list at most, which the stage in its mailbox guarantees. Members are pushed one
//! by one and only ever taken all at once, so there is no ABA: a head that came back is as good as one that never left.
//!
//! Who may touch a slot's `next`, and when:
//!
//! * a writer that holds the slot's lock and found it not listed, until its exchange of the head has succeeded;
//! * then nobody, until the reader has swapped the head; from then on the reader alone, until it changes the stage under
//!   the slot's lock to InHand (or vacates the slot);
//! * while the slot is vacant, the directory's list of vacancies under its own lock.
//!
//! **Waking.** Only the writer that finds the list empty owes a wake; it notes the outlet in its [`Wakes`] and fires them after
//! its shard lock is released. Others that list meanwhile stand behind its debt. The reader sleeps only after it has left its
//! waker and *then* found the list empty once more. The lock around the waker orders the two: if the writer finds no waker, then
//! the reader left it later, and so its second look comes after the writer's exchange and sees it (E2).
//!
//! An outlet never calls a waker under a lock, and never waits for its reader. When the reader is dropped the list is
//! shut for good: what is pushed from then on is answered Gone.

use std::fmt;
use std::task::Waker;

use smallvec::SmallVec;

use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::{Arc, Mutex};

/// No slot: the end of a list.
pub(crate) const NIL: u32 = u32::MAX;
/// The reader is gone and the list takes nothing any more.
const SHUT: u32 = u32::MAX - 1;
/// Slots are numbered below this.
pub(crate) const SLOTS_MAX: u32 = SHUT;

/// The shared name of one reader of many links. Clones name the same reader.
#[derive(Clone)]
pub struct Outlet {
    line: Arc<Line>,
}

struct Line {
    /// The slot that was listed last, NIL or SHUT.
    ready: AtomicU32,
    /// Left by a reader that is about to sleep, taken by the first that wakes it.
    sleeper: Mutex<Option<Waker>>,
}

/// How a slot came to be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    /// It is the only one: a wake is owed.
    First,
    /// Others were there: the wake is owed by who came first.
    Behind,
    /// It is not, the reader is gone.
    Shut,
}

impl Outlet {
    pub(crate) fn new() -> Self {
        Self { line: Arc::new(Line { ready: AtomicU32::new(NIL), sleeper: Mutex::new(None) }) }
    }

    /// Whether both name the same reader.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.line, &other.line)
    }

    /// Whether the reader is gone. What is pushed afterwards is not delivered.
    pub fn is_shut(&self) -> bool {
        // Relaxed: nothing is read on the strength of it; who lists finds out by its exchange.
        self.line.ready.load(Ordering::Relaxed) == SHUT
    }

    /// Puts a slot on the ready list. The caller holds the slot's lock and knows that it is on no list.
    pub(crate) fn list(&self, slot: u32, next: &AtomicU32) -> Listed {
        debug_assert!(slot < SLOTS_MAX);
        // Relaxed: only a guess, which the exchange verifies.
        let mut head = self.line.ready.load(Ordering::Relaxed);
        loop {
            if head == SHUT {
                return Listed::Shut;
            }
            // Relaxed: published by the exchange below.
            next.store(head, Ordering::Relaxed);
            // Release: partner of the Acquire in `take_listed` and `shut`, which makes `next` visible to the reader.
            match self.line.ready.compare_exchange_weak(
                head,
                slot,
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(NIL) => return Listed::First,
                Ok(_) => return Listed::Behind,
                Err(now) => head = now,
            }
        }
    }

    /// Takes the whole list, newest first; NIL if it is empty. By the reader only.
    pub(crate) fn take_listed(&self) -> u32 {
        // Relaxed: to find it empty is no claim about anything else; before it sleeps, the reader looks after `leave`, and the
        // lock in there orders this load against every writer that found no waker.
        if self.line.ready.load(Ordering::Relaxed) == NIL {
            return NIL;
        }
        // Acquire: partner of the Release in `list`. Writers that list later need nothing of the reader: the slot they
        // write to was given back under its lock.
        self.line.ready.swap(NIL, Ordering::Acquire)
    }

    /// Takes the whole list for the last time and shuts it. By the reader only, once.
    pub(crate) fn shut(&self) -> u32 {
        // Acquire: partner of the Release in `list`.
        let listed = self.line.ready.swap(SHUT, Ordering::Acquire);
        let sleeper = self.line.sleeper.lock().take();
        drop(sleeper);
        listed
    }

    /// Leaves a waker for whoever lists next. By the reader only; it must look at the list once more afterwards.
    pub(crate) fn leave(&self, waker: &Waker) {
        let mut sleeper = self.line.sleeper.lock();
        if !sleeper.as_ref().is_some_and(|there| there.will_wake(waker)) {
            let earlier = sleeper.replace(waker.clone());
            // A waker's drop is foreign code.
            drop(sleeper);
            drop(earlier);
        }
    }

    fn wake(&self) {
        let sleeper = self.line.sleeper.lock().take();
        if let Some(waker) = sleeper {
            waker.wake();
        }
    }
}

impl fmt::Debug for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outlet").field("shut", &self.is_shut()).finish_non_exhaustive()
    }
}

/// The wakes that a thread owes and pays after it has released its locks.
///
/// At most one entry for each outlet that was found empty. They are fired by [`Wakes::fire`], and on drop, so that none is lost
/// on an early return. Must not be dropped under a lock: a waker is foreign code.
#[derive(Debug, Default)]
pub struct Wakes {
    owed: SmallVec<[Outlet; 4]>,
}

impl Wakes {
    /// Owes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is owed.
    pub fn is_empty(&self) -> bool {
        self.owed.is_empty()
    }

    pub(crate) fn owe(&mut self, outlet: &Outlet) {
        self.owed.push(outlet.clone());
    }

    /// Forgets the debts: the caller is the reader that they are owed to.
    pub(crate) fn forgive(mut self) {
        self.owed.clear();
    }

    /// Wakes the readers.
    pub fn fire(self) {
        drop(self);
    }
}

impl Drop for Wakes {
    fn drop(&mut self) {
        for outlet in self.owed.drain(..) {
            outlet.wake();
        }
    }
}
