//! The reading end of an outlet.
//!
//! There is one [`Reader`] for an outlet, and it takes turns with nobody: it takes the whole ready list, turns it round so that the
//! first listed comes first, and gives out one link after another. What it took is its own batch; only it walks it.
//!
//! The round of a reader:
//!
//! ```text
//!   poll_ready ──► link in hand ──► drain(budget) ──► Empty: done with it
//!                                        │──────────► Ended: tell it, detach it
//!                                        │──────────► Gone: forget it
//!                                        └──────────► More: requeue (others first), drain again, or park (no credit)
//! ```
//!
//! A link in hand that gets none of these is never given out again. The credit has to be read *after* the link came to hand, and
//! whoever gives credit calls [`Directory::unpark`] *after* it has; then no grant is missed.
//!
//! Deliveries are told after the slot's lock is released. When all that waits fits the budget it leaves in one piece, and the
//! lock is held for a few instructions; else for as long as it takes to move as many deliveries as the budget buys.
//!
//! A reader that is dropped shuts its outlet: all of its links are answered Gone from then on, and the slots of those that
//! were released meanwhile become vacant. Those of living links stay theirs until they are released.

use std::task::{Context, Poll};

use frontdesk_desk::id::LinkId;

use super::{Directory, Gone, Post, Slot};
use crate::mailbox::{Left, LinkEnd, Parcel, Stage, Taken};
use crate::outlet::{NIL, Outlet, Wakes};
use crate::sync::atomic::Ordering;
use crate::sync::{Arc, MutexGuard};

/// What a drain of one link came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Drained {
    /// All was told. The link comes again when there is more.
    Empty,
    /// The budget is used up. The caller owes the link a requeue, a park or another drain.
    More,
    /// All was told that will ever be, and this is why. The caller releases the link, by whoever owns it.
    Ended(LinkEnd),
    /// The link was released, or is read elsewhere.
    Gone,
}

/// The one reader of an outlet; dropping it shuts the outlet.
pub struct Reader<D: Parcel> {
    directory: Arc<Directory<D>>,
    outlet: Outlet,
    /// The first slot of what was taken from the ready list and not yet given out.
    batch: u32,
    /// Where a part of a mailbox is between the lock and the telling; empty between calls, as long as the largest part.
    part: Vec<D>,
}

impl<D: Parcel> Reader<D> {
    /// Opens a new outlet in the directory.
    pub fn new(directory: Arc<Directory<D>>) -> Self {
        Self { directory, outlet: Outlet::new(), batch: NIL, part: Vec::new() }
    }

    /// The directory that this reader reads from.
    pub fn directory(&self) -> &Arc<Directory<D>> {
        &self.directory
    }

    /// The name under which links are allocated for this reader.
    pub fn outlet(&self) -> &Outlet {
        &self.outlet
    }

    /// The next link that has something to tell; it is in hand then. Without one, the task is woken when there is.
    ///
    /// Sleep only on a `Pending` of this; [`Reader::try_ready`] leaves no waker.
    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<LinkId> {
        if let Some(link) = self.try_ready() {
            return Poll::Ready(link);
        }
        self.outlet.leave(cx.waker());
        // Whoever listed before the waker was there owes nobody a wake.
        self.try_ready().map_or(Poll::Pending, Poll::Ready)
    }

    /// The next link that has something to tell, if there is one; it is in hand then.
    pub fn try_ready(&mut self) -> Option<LinkId> {
        loop {
            if let Some(link) = self.next_of_batch() {
                return Some(link);
            }
            if !self.take_batch() {
                return None;
            }
        }
    }

    /// Tells what waits for a link, ordered deliveries first, until `budget_bytes` are reached (the last one may go beyond; with
    /// 0 nothing is told). A panic of `tell` loses what this drain took.
    pub fn drain(&mut self, link: LinkId, budget_bytes: usize, mut tell: impl FnMut(D)) -> Drained {
        let (taken, left) = {
            let Some(slot) = self.directory.slot(link.slot) else { return Drained::Gone };
            let Ok(mut post) = enter_own(slot, link, &self.outlet) else { return Drained::Gone };
            post.mailbox.take(budget_bytes, &mut self.part)
        };
        match taken {
            Taken::Part => self.part.drain(..).for_each(tell),
            Taken::Whole(mut contents) => contents.tell(&mut tell),
            Taken::Discarded(contents) => drop(contents),
        }
        match left {
            Left::Nothing => Drained::Empty,
            Left::More => Drained::More,
            Left::Ended(reason) => Drained::Ended(reason),
        }
    }

    /// Puts a link in hand behind the others that are ready. It comes again without a wake: poll before you sleep.
    pub fn requeue(&mut self, link: LinkId) {
        self.settle(link, |post| {
            matches!(post.mailbox.stage, Stage::InHand | Stage::Recalled | Stage::Parked)
        });
    }

    /// Lays a link in hand aside until [`Directory::unpark`]. What is pushed to it waits without a wake. If credit came since it
    /// was taken in hand, or there is nothing left to tell but its end, it is requeued instead.
    pub fn park(&mut self, link: LinkId) {
        self.settle(link, |post| post.mailbox.park());
    }

    /// For a program without async: tells everything that is ready now, once round, and returns the links that have ended.
    pub fn try_drain_all(&mut self, mut tell: impl FnMut(LinkId, D)) -> Vec<(LinkId, LinkEnd)> {
        let mut ended = Vec::new();
        // What was in the batch, and then one whole list; not what is listed meanwhile, or this might never return.
        for _ in 0..2 {
            while let Some(link) = self.next_of_batch() {
                if let Drained::Ended(reason) =
                    self.drain(link, usize::MAX, |delivery| tell(link, delivery))
                {
                    ended.push((link, reason));
                }
            }
            self.take_batch();
        }
        ended
    }

    /// Lists the link again if it is still the one meant and `wants` it.
    fn settle(&mut self, link: LinkId, wants: impl FnOnce(&mut Post<D>) -> bool) {
        let Some(slot) = self.directory.slot(link.slot) else { return };
        let Ok(mut post) = enter_own(slot, link, &self.outlet) else { return };
        if wants(&mut post) {
            let mut owed_to_myself = Wakes::new();
            // Only this reader shuts its outlet, so it is not shut.
            let listed = slot.list(link.slot, post, &mut owed_to_myself);
            debug_assert!(listed.is_ok());
            owed_to_myself.forgive();
        }
    }

    /// Takes the ready list as the next batch, the first listed first. False if it was empty.
    fn take_batch(&mut self) -> bool {
        debug_assert_eq!(self.batch, NIL);
        self.batch = self.turned_round(self.outlet.take_listed());
        self.batch != NIL
    }

    fn turned_round(&self, newest: u32) -> u32 {
        let (mut first, mut rest) = (NIL, newest);
        while let Some(slot) = self.directory.slot(rest) {
            // Relaxed, both: the list is this reader's since its Acquire swap.
            let next = slot.next.load(Ordering::Relaxed);
            slot.next.store(first, Ordering::Relaxed);
            first = rest;
            rest = next;
        }
        first
    }

    /// Takes the next link of the batch in hand; passes over those that were released.
    fn next_of_batch(&mut self) -> Option<LinkId> {
        while let Some(slot) = self.directory.slot(self.batch) {
            let number = self.batch;
            // Relaxed: the batch is this reader's.
            self.batch = slot.next.load(Ordering::Relaxed);
            let mut post = slot.post.lock();
            if post.mailbox.stage == Stage::Scheduled {
                post.mailbox.stage = Stage::InHand;
                return Some(LinkId { slot: number, generation: post.mailbox.generation });
            }
            debug_assert_eq!(
                post.mailbox.stage,
                Stage::Orphaned,
                "what is listed is Scheduled or Orphaned"
            );
            post.mailbox.stage = Stage::Vacant;
            drop(post);
            self.directory.give_back(number, slot);
        }
        None
    }
}

/// Takes the slot's lock if it holds the link that is meant and that is read at this outlet.
fn enter_own<'a, D: Parcel>(
    slot: &'a Slot<D>,
    link: LinkId,
    outlet: &Outlet,
) -> Result<MutexGuard<'a, Post<D>>, Gone> {
    let post = slot.enter(link)?;
    if post.outlet.as_ref().is_some_and(|own| own.is(outlet)) { Ok(post) } else { Err(Gone) }
}

impl<D: Parcel> Drop for Reader<D> {
    fn drop(&mut self) {
        let listed = self.outlet.shut();
        // In hand they are on no list, and their mailboxes can be emptied.
        for batch in [self.batch, self.turned_round(listed)] {
            self.batch = batch;
            while let Some(link) = self.next_of_batch() {
                let _ = self.drain(link, usize::MAX, drop);
            }
        }
    }
}

impl<D: Parcel> std::fmt::Debug for Reader<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("outlet", &self.outlet).finish_non_exhaustive()
    }
}
