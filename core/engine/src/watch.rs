//! Who watches a tenant's visitors, and what of them they see.
//!
//! Links that ask the same question share one [view](view): a bounded list of the visitors that its filter shows, in its order. Links of
//! a view that show as many rows share one [window](window): what it shows now is compared with what it showed, once a period, and
//! the difference is told to all of them. So nothing is ever broadcast, and what a change costs follows the views that can show
//! it, not the visitors nor the links:
//!
//! 1. A noun that changes a visitor **notes** it in its shard, once, and only while somebody watches.
//! 2. Each tick looks at the noted ones, under their shard's lock, and sets right what the views of their site hold ([`Books::look`]).
//! 3. Each period, of a view's own, the windows whose rows have changed are drawn. Only rows that are new in them are read.
//!
//! A view is filled from the [roster](roster) when it begins, and where that isn't everybody by a **walk** over all visitors, in slices
//! of the tick; one walk goes round for the views of all tenants at once.
//!
//! Who watches the floor and its queues, and what of them: [floors].
//!
//! Two locks. `books` is a leaf. `drawing` is taken before any shard's lock and under none, by whoever draws: what one window's links
//! are told goes into their mailboxes in the order in which it was drawn.

mod audience;
mod books;
pub(crate) mod floors;
mod roster;
mod shown;
mod view;
mod window;

use std::sync::Arc;

use frontdesk_desk::delivery::VisitorRow;
use frontdesk_desk::id::{LinkId, VisitorRef};
use frontdesk_desk::list::{Filter, ListQuery};
use frontdesk_desk::policy::Policy;
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::visitor::Visitor;

use crate::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use crate::sync::{Mutex, MutexGuard};
pub(crate) use audience::Told;
pub(crate) use books::{Books, Draft, ToFill};
use floors::{Floors, Noted};
pub(crate) use view::Spot;

/// Rows of one window.
pub(crate) const ROWS_MAX: u16 = 200;
/// Links of one tenant that watch.
pub(crate) const WATCHERS_MAX: usize = 4_096;
/// Different lists of one tenant that are watched.
pub(crate) const VIEWS_MAX: usize = 256;
/// How long a window stands still between two batches. With the tick on top a change is told within a second.
pub(crate) const PERIOD_MS: u64 = 900;

/// How far lists of visitors look, and what one tick may spend on that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListLimits {
    /// Visitors that one list holds, best first; at least 200, or its longest window would end early.
    pub held_max: usize,
    /// With fewer than these a list that doesn't hold all is filled again by a walk over all visitors.
    pub held_low: usize,
    /// Visitors present in a tenant up to which its lists are whole at once; of more, the latest arrivals that a list begins with.
    pub roster_max: usize,
    /// What one tick spends on walks: visitors met, and for each one the lists that judge it.
    pub walked_max: u64,
}

impl Default for ListLimits {
    /// 1,024 held, 400 of them before a walk, a roster of 1,024, and 32,768 a tick: a million visitors in some three seconds.
    fn default() -> Self {
        Self { held_max: 1_024, held_low: 400, roster_max: 1_024, walked_max: 32_768 }
    }
}

/// One tenant's watch.
pub(crate) struct Watch {
    books: Mutex<Books>,
    drawing: Mutex<()>,
    floors: Mutex<Floors>,
    /// Whether anybody watches: written under the lock, read without.
    watched: AtomicBool,
    /// Whether anybody watches the floor: written under the floor's lock, read without.
    floor_watched: AtomicBool,
    /// Views that a walk is wanted for or runs. Written under the lock, read without.
    walking: AtomicU32,
}

/// What is counted of a tenant's watches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watching {
    /// Links that watch.
    pub watchers: u64,
    /// Different lists that they watch.
    pub lists: u64,
    /// Walks over all visitors that lists have wanted since the engine began.
    pub walks: u64,
    /// Links that watch the floor, and links that watch queues.
    pub floor_watchers: u64,
    /// Different floors and queues that they watch.
    pub floor_lists: u64,
    /// Departments and agents looked at for them since the engine began.
    pub floor_looks: u64,
    /// Visitors' links that follow their reception.
    pub receptions: u64,
}

impl Watch {
    pub(crate) fn new(sites: usize, limits: ListLimits) -> Self {
        Self {
            books: Mutex::new(Books::new(sites, limits)),
            drawing: Mutex::new(()),
            floors: Mutex::new(Floors::default()),
            watched: AtomicBool::new(false),
            floor_watched: AtomicBool::new(false),
            walking: AtomicU32::new(0),
        }
    }

    /// Whether anybody watches.
    pub(crate) fn is_watched(&self) -> bool {
        // Relaxed: whoever begins to watch reads the visitors afterwards, under their shards' locks. Who changes one after that reading
        // got the same lock later, and sees this set.
        self.watched.load(Ordering::Relaxed)
    }

    /// Whether anybody watches the floor or its queues, or its picture is still there.
    pub(crate) fn is_floor_watched(&self) -> bool {
        // Relaxed: a hint for the tick. Who begins to watch is told by its own command first.
        self.floor_watched.load(Ordering::Relaxed)
    }

    /// Notes for those without the lock whether anybody watches the floor. By the holder of the floor's lock.
    pub(crate) fn note_floor(&self, noted: &Noted) {
        // Relaxed: see `is_floor_watched`.
        self.floor_watched.store(noted.is_watched(), Ordering::Relaxed);
    }

    /// Who watches the floor. A leaf, taken under the floor's lock or by who has the right to draw.
    pub(crate) fn floors(&self) -> MutexGuard<'_, Floors> {
        self.floors.lock()
    }

    /// Whether a walk is wanted for some view, or runs.
    pub(crate) fn is_walking(&self) -> bool {
        // Relaxed: a hint; the views say themselves how far they are.
        self.walking.load(Ordering::Relaxed) > 0
    }

    /// The books. A leaf.
    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock()
    }

    /// The right to draw. Never under a shard's lock.
    pub(crate) fn drawing(&self) -> MutexGuard<'_, ()> {
        self.drawing.lock()
    }

    /// A visitor has arrived. Under its shard's lock.
    pub(crate) fn arrived(&self, visitor: VisitorRef, wall_ms: u64) {
        self.books.lock().roster.arrived(Spot::of(visitor), wall_ms);
    }

    /// A visitor is gone. Under its shard's lock. `present` says how many are left, who are counted before they come in here.
    pub(crate) fn left(&self, visitor: VisitorRef, present: impl FnOnce() -> u64) {
        self.books.lock().roster.left(Spot::of(visitor), present());
    }

    /// A link begins to watch, or watches something else. It is told nothing before [`Books::catch_up`] or a drawing.
    ///
    /// Errors: those of [`ListQuery::filter`]; [`Refusal::LimitReached`] if too many links watch, or too many different lists.
    pub(crate) fn begin(
        &self,
        link: LinkId,
        query: &ListQuery,
        rows: u16,
        policy: &Policy,
    ) -> Result<(), Refusal> {
        let filter = query.filter(policy)?;
        let mut books = self.books.lock();
        books.begin(link, query, filter, rows)?;
        self.note(&books);
        Ok(())
    }

    /// Another policy is in force: groups of sites may be others. By the holder of the floor's lock.
    pub(crate) fn follow(&self, policy: &Policy) {
        let mut books = self.books.lock();
        books.follow(policy);
        self.note(&books);
    }

    /// A link watches no more.
    pub(crate) fn end(&self, link: LinkId) {
        // The link's own begin came before in program order or through its floor's lock.
        if self.is_watched() {
            let mut books = self.books.lock();
            books.end(link);
            self.note(&books);
        }
    }

    /// Notes for those without the lock what has become of the views.
    pub(crate) fn note(&self, books: &Books) {
        // Relaxed: see `is_watched` and `is_walking`.
        self.watched.store(books.is_watched(), Ordering::Relaxed);
        self.walking.store(books.walking(), Ordering::Relaxed);
    }

    /// What is counted of it.
    pub(crate) fn watching(&self) -> Watching {
        let of_floors = {
            let floors = self.floors.lock();
            Watching {
                floor_watchers: floors.watchers() as u64,
                floor_lists: floors.sheets() as u64,
                floor_looks: floors.looks(),
                ..Watching::default()
            }
        };
        let Watching { watchers, lists, walks, .. } = self.books.lock().watching();
        Watching { watchers, lists, walks, ..of_floors }
    }
}

/// Reads the rows of a draft: each one that is wanted and isn't known. A visitor that is gone, or isn't shown any more, has none.
pub(crate) type ReadRow<'a> = dyn FnMut(VisitorRef, &Filter) -> Option<Arc<VisitorRow>> + 'a;

/// Whoever lies in a slot.
pub(crate) type There<'a> = Option<(VisitorRef, &'a Visitor)>;
