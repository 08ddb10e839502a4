//! Whom a tenant shuts out, as all of its visitors' shards ask it.
//!
//! The lock is a leaf. It is taken under the floor's lock by whoever changes the list, and under a visitors' shard's lock by
//! whoever attaches; while nobody is blocked, not at all.
//!
//! **At once, everywhere.** A block is put into the list first, then those who are here are looked for, shard by shard. Whoever
//! attaches looks into the list under its shard's lock. Either it took that lock before the search came to the shard, and the search
//! finds its record; or after, and it finds the block. So when the search is over, nobody is attached who is blocked.

use frontdesk_desk::block::{BlockPage, Blocks, Target, Terms};
use frontdesk_desk::id::VisitorId;
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::time::Now;
use frontdesk_desk::visitor::Visitor;

use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::visitors::NEVER;

/// One tenant's blocks.
pub(crate) struct Guard {
    books: Mutex<Books>,
    /// How many there are. Written under the lock, read without.
    blocks: AtomicU64,
    /// When one is over. Written under the lock, read without.
    due_mono_ms: AtomicU64,
}

struct Books {
    blocks: Blocks,
    /// Searches for those who are here that aren't over.
    searches: u32,
}

/// A search for those who are here and blocked, until it is over: until then somebody may be both.
pub(crate) struct Search<'g> {
    guard: &'g Guard,
}

impl Guard {
    pub(crate) fn new() -> Self {
        Self {
            books: Mutex::new(Books { blocks: Blocks::default(), searches: 0 }),
            blocks: AtomicU64::new(0),
            due_mono_ms: AtomicU64::new(NEVER),
        }
    }

    /// How many blocks there are.
    pub(crate) fn blocks(&self) -> u64 {
        // Relaxed: a count stands for itself.
        self.blocks.load(Ordering::Relaxed)
    }

    /// Refuses a visitor that is blocked. Under the lock of its shard.
    pub(crate) fn admit(
        &self,
        visitor: &VisitorId,
        address: &str,
        now: Now,
    ) -> Result<(), Refusal> {
        // Relaxed: if the search for those who are here has been in this shard, its lock orders this look after the writer's store.
        if self.blocks.load(Ordering::Relaxed) == 0 {
            return Ok(());
        }
        let address = frontdesk_desk::block::network::address(address);
        match self.books.lock().blocks.find(visitor, address, now) {
            Some(_) => Err(Refusal::Blocked),
            None => Ok(()),
        }
    }

    /// Puts a block in and says until when it holds, by the wall. Errors: see [`Blocks::block`].
    pub(crate) fn block(
        &self,
        target: Target,
        terms: Terms,
        now: Now,
    ) -> Result<(Option<u64>, Search<'_>), Refusal> {
        let mut books = self.books.lock();
        let until_wall_ms = books.blocks.block(target, terms, now)?.until_wall_ms();
        books.searches += 1;
        self.note(&books);
        Ok((until_wall_ms, Search { guard: self }))
    }

    /// Takes a block out. Errors: [`Refusal::BlockNotFound`].
    pub(crate) fn unblock(&self, target: &Target, now: Now) -> Result<(), Refusal> {
        let mut books = self.books.lock();
        let unblocked = books.blocks.unblock(target, now);
        self.note(&books);
        unblocked
    }

    /// Some blocks.
    pub(crate) fn page(&self, after: Option<&Target>, blocks_max: usize, now: Now) -> BlockPage {
        self.books.lock().blocks.page(after, blocks_max, now)
    }

    /// Takes out what is over.
    pub(crate) fn expire(&self, now: Now) {
        // Relaxed: a hint; what is over is decided under the lock.
        while self.due_mono_ms.load(Ordering::Relaxed) <= now.mono_ms {
            let mut books = self.books.lock();
            books.blocks.expire(now);
            self.note(&books);
        }
    }

    /// Whether the list is whole, and none of these visitors is blocked. By the holder of all visitors' locks.
    pub(crate) fn verify<'v>(
        &self,
        present: impl Iterator<Item = &'v Visitor>,
        now: Now,
    ) -> Result<(), Vec<String>> {
        let books = self.books.lock();
        books.blocks.verify()?;
        if books.blocks.is_empty() || books.searches > 0 {
            return Ok(());
        }
        let is_blocked = |visitor: &&Visitor| {
            books.blocks.find(&visitor.id(), visitor.addresses(), now).is_some()
        };
        let faults: Vec<_> = present
            .filter(is_blocked)
            .map(|visitor| format!("visitor {:?} is present and blocked", visitor.id()))
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    fn note(&self, books: &Books) {
        // Relaxed, both: see `admit` and `expire`.
        self.blocks.store(books.blocks.len() as u64, Ordering::Relaxed);
        self.due_mono_ms.store(books.blocks.deadline().unwrap_or(NEVER), Ordering::Relaxed);
    }
}

impl Drop for Search<'_> {
    fn drop(&mut self) {
        self.guard.books.lock().searches -= 1;
    }
}
