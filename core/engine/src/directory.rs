//! The directory of links: which slot holds which link, its mailbox and where it is read.
//!
//! A slab of slots that never moves and never shrinks: chunks of 1,024 slots, made on demand, so that a reader of the directory
//! finds a slot without a lock, and a push costs the one lock of that slot. A slot has one life after another; a [`LinkId`]
//! names one life by its **generation**, odd while a link has the slot and even while it is vacant. Every use of a `LinkId`
//! compares the generation *under the slot's lock*, so a stale id never reaches a newer link (E4), whatever races. (That is also
//! why the generation is no atomic: a look without the lock would be worth nothing a moment later.) It wraps after 2³¹ lives of
//! one slot.
//!
//! Who may touch what:
//!
//! * `chunks`: filled once each, by whoever allocates the first slot of it; read by all, without a lock.
//! * a slot's `post` (generation, outlet, mailbox, secret): under its lock, a leaf. The engine's threads take it under their shard
//!   lock to [push](Directory::push), the [`Reader`] to drain.
//! * a slot's `next`: see [outlet](crate::outlet).
//! * `vacancies`: under its own lock, never together with a slot's.
//!
//! A slot that is released while it stands in a ready list can't be given away yet: its `next` holds the list together. It is
//! Orphaned, already unreachable by its old id, and becomes vacant when the reader comes across it.
//!
//! The directory never calls a waker; it notes in [`Wakes`] who is to be woken. It never allocates under a shard's lock, save the
//! mailbox's own contents. Bounded by `links_max`; at the bound [`Full`] hurts the one who attaches.

mod reader;

use frontdesk_desk::id::LinkId;

use crate::mailbox::{LinkEnd, Mailbox, MailboxLimits, Parcel, Put, Stage};
use crate::outlet::{Listed, NIL, Outlet, SLOTS_MAX, Wakes};
use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::sync::{Mutex, MutexGuard, OnceLock};

pub use reader::{Drained, Reader};

/// Slots made at once. Few under a checker, where each costs and growth should be seen.
const CHUNK_SLOTS: u32 = if cfg!(loom) { 2 } else { 1_024 };

/// A link that is told nothing costs this much in all. On a cache line of its own it would be 64; but neighbours are mostly links of
/// one reader, and a million quiet ones cost more than a few that are pushed to at the same instant.
#[cfg(not(any(loom, shuttle)))]
const SLOT_BYTES: usize = 48;
#[cfg(not(any(loom, shuttle)))]
const _: () = assert!(size_of::<Slot<[u8; 200]>>() == SLOT_BYTES);

/// As many links as `links_max` are attached. Come back later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the directory of links is full")]
pub struct Full;

/// The id names a life that is over. Forget it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the link is gone")]
pub struct Gone;

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Pushed {
    /// It waits for the reader, who sees it in its current round or has been noted to be woken.
    Taken,
    /// The mailbox was full: the link has ended just now with [`LinkEnd::TooSlow`], and its reader will learn of it.
    Overflowed,
    /// The link is released, has ended, or its reader is gone. Nothing was delivered.
    Gone,
}

/// All links of an engine, with what waits for each.
pub struct Directory<D> {
    chunks: Box<[OnceLock<Chunk<D>>]>,
    vacancies: Mutex<Vacancies>,
    links_max: u32,
    limits: MailboxLimits,
    latest_dropped: AtomicU64,
}

type Chunk<D> = Box<[Slot<D>]>;

/// One place for a link.
struct Slot<D> {
    post: Mutex<Post<D>>,
    next: AtomicU32,
}

struct Post<D> {
    mailbox: Mailbox<D>,
    /// There while the slot is not vacant or orphaned.
    outlet: Option<Outlet>,
    secret: u64,
}

/// The slots that can be given away: a stack through their `next`, and all that were never used.
struct Vacancies {
    head: u32,
    unused: u32,
    links: u32,
}

impl<D: Parcel> Directory<D> {
    /// Makes an empty directory for at most `links_max` links (more than 2³²−2 are cut to that). Takes 16 bytes for each
    /// 1,024 links at once, and 48 KiB for the same number when they come.
    pub fn new(links_max: u32, limits: MailboxLimits) -> Self {
        let links_max = links_max.min(SLOTS_MAX);
        Self {
            chunks: (0..links_max.div_ceil(CHUNK_SLOTS)).map(|_| OnceLock::new()).collect(),
            vacancies: Mutex::new(Vacancies { head: NIL, unused: 0, links: 0 }),
            links_max,
            limits,
            latest_dropped: AtomicU64::new(0),
        }
    }

    /// Gives a link a slot and an empty mailbox that is read at the outlet. The slots that were left last are given away first.
    ///
    /// # Errors
    /// [`Full`] if there are `links_max` links.
    pub fn allocate(&self, outlet: &Outlet, secret: u64) -> Result<LinkId, Full> {
        let number = self.take_vacancy()?;
        // A number that was never used may be the first of its chunk; those who come for its neighbours wait meanwhile.
        let chunk = self.chunks[(number / CHUNK_SLOTS) as usize].get_or_init(Slot::chunk);
        let slot = &chunk[(number % CHUNK_SLOTS) as usize];
        let mut post = slot.post.lock();
        debug_assert!(
            post.mailbox.generation.is_multiple_of(2),
            "a vacant slot has an even generation"
        );
        post.mailbox.generation = post.mailbox.generation.wrapping_add(1);
        post.secret = secret;
        post.outlet = Some(outlet.clone());
        post.mailbox.open();
        Ok(LinkId { slot: number, generation: post.mailbox.generation })
    }

    /// Ends a link's life: its id is stale from here on, and what waits for it is dropped.
    ///
    /// # Errors
    /// [`Gone`] if the id is stale already; then nothing happens, least of all to the link that has the slot now.
    pub fn release(&self, link: LinkId) -> Result<(), Gone> {
        let slot = self.slot(link.slot).ok_or(Gone)?;
        let mut post = slot.enter(link)?;
        post.mailbox.generation = post.mailbox.generation.wrapping_add(1);
        let stage =
            if post.mailbox.stage == Stage::Scheduled { Stage::Orphaned } else { Stage::Vacant };
        let contents = post.mailbox.clear(stage);
        let outlet = post.outlet.take();
        drop(post);
        if stage == Stage::Vacant {
            self.give_back(link.slot, slot);
        }
        drop((contents, outlet));
        Ok(())
    }

    /// Puts a delivery into a link's mailbox. Fit to be called under a shard's lock; `wakes` are fired after it is released.
    ///
    /// Deliveries of one caller arrive in the order of its calls, those of several in the order in which their locks decided.
    pub fn push(&self, link: LinkId, delivery: D, wakes: &mut Wakes) -> Pushed {
        let Some(slot) = self.slot(link.slot) else { return Pushed::Gone };
        let Ok(mut post) = slot.enter(link) else { return Pushed::Gone };
        if post.mailbox.stage != Stage::Scheduled
            && post.outlet.as_ref().is_none_or(Outlet::is_shut)
        {
            return Pushed::Gone;
        }
        let pushed = match post.mailbox.put(delivery, &self.limits) {
            Put::Kept { dropped: 0 } => Pushed::Taken,
            Put::Kept { dropped } => {
                // Relaxed: a statistic.
                self.latest_dropped.fetch_add(u64::from(dropped), Ordering::Relaxed);
                Pushed::Taken
            }
            Put::Overflowed => Pushed::Overflowed,
            Put::Refused => return Pushed::Gone,
        };
        if post.mailbox.wants_listing() {
            return slot.list(link.slot, post, wakes).map_or(Pushed::Gone, |()| pushed);
        }
        pushed
    }

    /// Drops what waits under a latest-wins key, for an answer that says how it stands now and may be read before it. Fit to be called
    /// under a shard's lock. A stale id changes nothing.
    pub fn void(&self, link: LinkId, key: u64) {
        if let Some(mut post) = self.slot(link.slot).and_then(|slot| slot.enter(link).ok()) {
            post.mailbox.void(key);
        }
    }

    /// Ends a link from this side. What waits is still delivered, then the reader is told the reason; of several the first
    /// stands. The id stays good until [`Directory::release`], but whatever is pushed is answered Gone.
    ///
    /// # Errors
    /// [`Gone`] if the id is stale, or its reader is gone.
    pub fn end(&self, link: LinkId, reason: LinkEnd, wakes: &mut Wakes) -> Result<(), Gone> {
        let slot = self.slot(link.slot).ok_or(Gone)?;
        let mut post = slot.enter(link)?;
        if post.mailbox.has_ended() {
            return Ok(());
        }
        post.mailbox.end(reason);
        if post.mailbox.wants_listing() { slot.list(link.slot, post, wakes) } else { Ok(()) }
    }

    /// The link has credit again: if it was parked, its reader gets it back; if its reader has it in hand, a later park is
    /// none. By anybody, at any time; too many do no harm.
    ///
    /// # Errors
    /// [`Gone`] if the id is stale, or its reader is gone.
    pub fn unpark(&self, link: LinkId, wakes: &mut Wakes) -> Result<(), Gone> {
        let slot = self.slot(link.slot).ok_or(Gone)?;
        let mut post = slot.enter(link)?;
        if post.mailbox.unpark() { slot.list(link.slot, post, wakes) } else { Ok(()) }
    }

    /// The secret that was given at the link's allocation; `None` if the id is stale.
    pub fn secret(&self, link: LinkId) -> Option<u64> {
        let post = self.slot(link.slot)?.enter(link).ok()?;
        Some(post.secret)
    }

    /// Whether a link stands: it was neither released nor ended.
    pub fn is_attached(&self, link: LinkId) -> bool {
        let post = self.slot(link.slot).and_then(|slot| slot.enter(link).ok());
        post.is_some_and(|post| !post.mailbox.has_ended())
    }

    /// How many slots are not vacant: the links, and those released that still stand in a ready list.
    pub fn links(&self) -> u32 {
        self.vacancies.lock().links
    }

    /// How many latest-wins deliveries were dropped unread for newer ones of other keys, since the start.
    pub fn latest_dropped(&self) -> u64 {
        // Relaxed: a statistic.
        self.latest_dropped.load(Ordering::Relaxed)
    }

    fn slot(&self, number: u32) -> Option<&Slot<D>> {
        self.chunks
            .get((number / CHUNK_SLOTS) as usize)?
            .get()?
            .get((number % CHUNK_SLOTS) as usize)
    }

    fn take_vacancy(&self) -> Result<u32, Full> {
        let mut vacancies = self.vacancies.lock();
        let number = match self.slot(vacancies.head) {
            Some(slot) => {
                let number = vacancies.head;
                // Relaxed: written under the same lock.
                vacancies.head = slot.next.load(Ordering::Relaxed);
                number
            }
            None if vacancies.unused < self.links_max => {
                vacancies.unused += 1;
                vacancies.unused - 1
            }
            None => return Err(Full),
        };
        vacancies.links += 1;
        Ok(number)
    }

    /// Makes a slot available that is Vacant and on no list. The caller made it so, which nobody else can have done.
    fn give_back(&self, number: u32, slot: &Slot<D>) {
        let mut vacancies = self.vacancies.lock();
        // Relaxed: read under the same lock; the ready list's use of it is over, see `outlet`.
        slot.next.store(vacancies.head, Ordering::Relaxed);
        vacancies.head = number;
        vacancies.links -= 1;
    }
}

impl<D: Parcel> Slot<D> {
    fn chunk() -> Chunk<D> {
        (0..CHUNK_SLOTS).map(|_| Self::vacant()).collect()
    }

    fn vacant() -> Self {
        let post = Post { mailbox: Mailbox::default(), outlet: None, secret: 0 };
        Self { post: Mutex::new(post), next: AtomicU32::new(NIL) }
    }

    /// Takes the lock, if the slot still holds the link that is meant.
    fn enter(&self, link: LinkId) -> Result<MutexGuard<'_, Post<D>>, Gone> {
        let post = self.post.lock();
        let is_meant = post.mailbox.generation == link.generation && link.generation % 2 == 1;
        if is_meant { Ok(post) } else { Err(Gone) }
    }

    /// Puts the slot on its outlet's ready list. `post` is held, so that the reader can't take the slot in hand before its stage
    /// says that it is listed.
    fn list(
        &self,
        number: u32,
        mut post: MutexGuard<'_, Post<D>>,
        wakes: &mut Wakes,
    ) -> Result<(), Gone> {
        let listed =
            post.outlet.as_ref().map_or(Listed::Shut, |outlet| outlet.list(number, &self.next));
        match listed {
            Listed::First => {
                post.mailbox.stage = Stage::Scheduled;
                if let Some(outlet) = &post.outlet {
                    wakes.owe(outlet);
                }
                Ok(())
            }
            Listed::Behind => {
                post.mailbox.stage = Stage::Scheduled;
                Ok(())
            }
            Listed::Shut => {
                let contents = post.mailbox.clear(Stage::Idle);
                drop(post);
                drop(contents);
                Err(Gone)
            }
        }
    }
}

impl<D> std::fmt::Debug for Directory<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Directory").field("links_max", &self.links_max).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
