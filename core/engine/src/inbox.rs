//! What one noun has told another and the other hasn't read yet: the inbox of a shard.
//!
//! A thread holds one shard's lock at a time, so a decision that concerns a second shard crosses as a command: it is put into
//! the second shard's inbox *under the first one's lock*, and so in the order in which the first one decided; and it is taken out
//! under the second one's lock, by whoever comes first, before anything else is done there.
//!
//! Who may touch what:
//!
//! * `waiting`: under its own lock, a leaf, by writers that hold their shard's lock, and by one reader that holds this shard's.
//! * `count`: written under that lock only; read by anybody, to spare an empty inbox's lock.
//!
//! **What an empty look proves.** `count` is one variable and read on its own, so its value alone is what matters, and
//! coherence gives what is needed without any ordering: a look that comes after a put (in the same thread, or through a lock, or a
//! wake) never misses it. A look that runs beside the put may. So whoever put something sees to it that it is read: after
//! releasing its own shard's lock it takes the other shard's and drains, or wakes someone who will. To find the other lock
//! taken and trust its holder to look again would be wrong.
//!
//! **Bounds.** A command from outside is [admitted](Inbox::admit) before it is decided; over the soft bound its sender is
//! told to come back later. What then follows from an admitted command must always find room, or a slot would leak: it may go
//! up to the hard bound, four times the soft one. Admitted commands that are decided at the same time and what follows from them stay
//! far below that; to reach it is a fault of the engine. Such a command is kept and counted in [`Inbox::overruns`].

use std::collections::VecDeque;

use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// How far what follows from admitted commands may go beyond the soft bound.
const HARD_FACTOR: usize = 4;

/// So many commands wait for a shard that it takes no more from outside. Come back later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many commands wait for this shard")]
pub struct Crowded;

/// The inbox of one shard, first in first out.
#[derive(Debug)]
pub struct Inbox<T> {
    waiting: Mutex<VecDeque<T>>,
    count: AtomicUsize,
    overruns: AtomicU64,
    soft_max: usize,
}

impl<T> Inbox<T> {
    /// Makes an empty inbox that admits commands from outside while fewer than `soft_max` wait.
    pub fn new(soft_max: usize) -> Self {
        Self {
            waiting: Mutex::new(VecDeque::new()),
            count: AtomicUsize::new(0),
            overruns: AtomicU64::new(0),
            soft_max,
        }
    }

    /// Whether a command from outside may be decided that may put something in here.
    ///
    /// # Errors
    /// [`Crowded`] if as many wait as the soft bound allows.
    pub fn admit(&self) -> Result<(), Crowded> {
        // Relaxed: the soft bound is soft; a put that runs beside may be missed.
        if self.count.load(Ordering::Relaxed) < self.soft_max { Ok(()) } else { Err(Crowded) }
    }

    /// Puts a command in. Always succeeds; the caller sees to it that the shard is drained afterwards.
    pub fn put(&self, command: T) {
        let count = {
            let mut waiting = self.waiting.lock();
            waiting.push_back(command);
            // Relaxed: see the top of the file.
            self.count.store(waiting.len(), Ordering::Relaxed);
            waiting.len()
        };
        let hard_max = self.soft_max.saturating_mul(HARD_FACTOR);
        if count > hard_max {
            // Relaxed: a statistic.
            self.overruns.fetch_add(1, Ordering::Relaxed);
        }
        debug_assert!(count <= hard_max, "an inbox for {} held {count}", self.soft_max);
    }

    /// Whether nothing waits. Costs no lock.
    pub fn is_empty(&self) -> bool {
        // Relaxed: see the top of the file.
        self.count.load(Ordering::Relaxed) == 0
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        // Relaxed: see the top of the file.
        self.count.load(Ordering::Relaxed)
    }

    /// Appends everything that waits to `commands`, in order. By the holder of the shard's lock. If `commands` is empty the two
    /// rings are exchanged, and nothing is moved.
    pub fn take_all(&self, commands: &mut VecDeque<T>) {
        if self.is_empty() {
            return;
        }
        let mut waiting = self.waiting.lock();
        if commands.is_empty() {
            std::mem::swap(&mut *waiting, commands);
        } else {
            commands.append(&mut waiting);
        }
        // Relaxed: see the top of the file.
        self.count.store(0, Ordering::Relaxed);
    }

    /// How many commands were kept beyond the hard bound, since the start. Other than 0 is a fault of the engine.
    pub fn overruns(&self) -> u64 {
        // Relaxed: a statistic.
        self.overruns.load(Ordering::Relaxed)
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
