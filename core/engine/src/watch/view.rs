//! One list of a tenant's visitors: those that its filter shows, best first, as far as anybody may look.
//!
//! A view holds at most [`ListLimits::held_max`] visitors. It knows how far what it holds is everything: each visitor that is shown and ranks
//! before `beyond` is held; without a `beyond` it holds all that are shown. So a change of a visitor that ranks beyond, and isn't held, is
//! passed by after one comparison, however long the list is.
//!
//! ```text
//!   held:   best ─────────────────────▶ worst │ beyond: not held, not known
//!           ├── rows of a window ──┤          │
//! ```
//!
//! When too few are left, a **walk** over all visitors fills it again. While it runs, everything that is met is put in; what ranked before
//! the old `beyond` is *sure* all the time, the rest may still be preceded by somebody whom the walk has yet to meet.
//!
//! Knows no lock, no clock and no row.

use std::collections::VecDeque;
use std::sync::Arc;

use frontdesk_desk::id::VisitorRef;
use frontdesk_desk::list::{Filter, Order, Rank};
use frontdesk_desk::visitor::Visitor;

use super::ListLimits;
use super::window::Window;

/// How long a view waits after a walk before it wants the next one.
const WALK_PAUSE_MS: u64 = 2_000;

/// A slot of a visitors' shard, whoever lies in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Spot(u64);

impl Spot {
    pub(crate) fn new(shard: u32, slot: u32) -> Self {
        Self(u64::from(shard) << 32 | u64::from(slot))
    }

    pub(crate) fn of(visitor: VisitorRef) -> Self {
        Self::new(visitor.shard, visitor.slot)
    }

    pub(crate) fn shard(self) -> u32 {
        (self.0 >> 32) as u32
    }

    pub(crate) fn slot(self) -> u32 {
        self.0 as u32
    }
}

/// Where a visitor stands in a list: no two stand in the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) rank: Rank,
    pub(super) spot: Spot,
}

impl Place {
    /// Before everybody.
    pub(super) const FIRST: Self = Self { rank: Rank(0), spot: Spot(0) };

    /// Before everybody of a rank.
    pub(super) fn first_of(rank: Rank) -> Self {
        Self { rank, spot: Spot(0) }
    }
}

/// A visitor that is held.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) place: Place,
    generation: u32,
    /// Whether something of it has changed since its row was drawn.
    pub(super) changed: bool,
}

impl Held {
    pub(super) fn visitor(&self) -> VisitorRef {
        let spot = self.place.spot;
        VisitorRef { shard: spot.shard(), slot: spot.slot(), generation: self.generation }
    }
}

/// What became of a visitor that was to be put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// It is held.
    In,
    /// It is held, and the worst one is not any more.
    InFor(Spot),
    /// It ranks beyond what is held.
    Beyond,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Walk {
    None,
    /// To begin with the next shard.
    Wanted,
    Running {
        shards_left: u32,
    },
}

/// One list.
pub(super) struct View {
    /// Tells one life of this view's number from the next.
    pub(super) serial: u64,
    pub(super) filter: Arc<Filter>,
    pub(super) order: Order,
    pub(super) windows: Vec<Window>,
    pub(super) drawn_mono_ms: u64,
    /// Whether nobody has looked at the roster for it yet.
    pub(super) is_new: bool,
    limits: ListLimits,
    held: VecDeque<Held>,
    beyond: Option<Place>,
    /// Those held before this are sure; all of them without it.
    sure: Option<Place>,
    walk: Walk,
    walk_from_mono_ms: u64,
    /// The first place among those held where something has changed since windows were drawn.
    touched: usize,
}

impl View {
    pub(super) fn new(serial: u64, filter: Arc<Filter>, order: Order, limits: ListLimits) -> Self {
        Self {
            serial,
            filter,
            order,
            windows: Vec::new(),
            drawn_mono_ms: 0,
            is_new: true,
            limits,
            held: VecDeque::new(),
            beyond: None,
            sure: Some(Place::FIRST),
            walk: Walk::None,
            walk_from_mono_ms: 0,
            touched: usize::MAX,
        }
    }

    /// The rank of a visitor that is to be held, as far as the filter and the edge say.
    pub(super) fn judge(&self, spot: Spot, visitor: &Visitor) -> Option<Rank> {
        let rank = self.order.rank(visitor);
        let is_within = self.beyond.is_none_or(|beyond| Place { rank, spot } < beyond);
        (is_within && self.filter.shows(visitor)).then_some(rank)
    }

    /// Puts a visitor in that isn't held.
    pub(super) fn put(&mut self, rank: Rank, visitor: VisitorRef) -> Put {
        let place = Place { rank, spot: Spot::of(visitor) };
        if self.beyond.is_some_and(|beyond| place >= beyond) {
            return Put::Beyond;
        }
        let index = self.index(place);
        let held = Held { place, generation: visitor.generation, changed: true };
        self.held.insert(index, held);
        self.touch(index);
        if self.held.len() <= self.limits.held_max {
            return Put::In;
        }
        let Some(worst) = self.held.pop_back() else { return Put::In };
        self.beyond = Some(worst.place);
        if worst.place == place { Put::Beyond } else { Put::InFor(worst.place.spot) }
    }

    /// Takes a visitor out that is held.
    pub(super) fn take_out(&mut self, place: Place) {
        let index = self.index(place);
        debug_assert!(self.held.get(index).is_some_and(|held| held.place == place));
        if self.held.get(index).is_some_and(|held| held.place == place) {
            self.held.remove(index);
            self.touch(index);
        }
    }

    /// Notes that something of a visitor that is held has changed, but not its place.
    pub(super) fn mark(&mut self, place: Place, generation: u32) {
        let index = self.index(place);
        if let Some(held) = self.held.get_mut(index).filter(|held| held.place == place) {
            (held.changed, held.generation) = (true, generation);
            self.touch(index);
        }
    }

    /// The best ones.
    pub(super) fn best(&self, rows: u16) -> impl Iterator<Item = &Held> {
        self.held.iter().take(rows.into())
    }

    /// Everything that has changed is taken for drawn.
    pub(super) fn drawn(&mut self) {
        let rows = self.windows.iter().map(|window| usize::from(window.rows)).max().unwrap_or(0);
        for held in self.held.iter_mut().take(rows) {
            held.changed = false;
        }
        self.touched = usize::MAX;
    }

    /// Whether the first `rows` have changed.
    pub(super) fn has_changed(&self, rows: u16) -> bool {
        self.touched < rows.into()
    }

    /// Whether somebody may yet come who belongs into the first `rows`, because not everyone was looked at.
    pub(super) fn is_filling(&self, rows: u16) -> bool {
        let sure = self.sure.map_or(self.held.len(), |sure| self.index(sure));
        sure < rows.into() && (self.sure.is_some() || self.beyond.is_some())
    }

    /// The roster was looked through. It held everyone present, or everyone who ranks before `roster_bound` among the newest arrivals.
    pub(super) fn filled(&mut self, roster_bound: Option<Rank>) -> Vec<Spot> {
        self.is_new = false;
        match roster_bound {
            None => {
                self.sure = None;
                Vec::new()
            }
            Some(bound) if self.order == Order::NewestArrival => {
                let edge = Place::first_of(bound);
                let edge = self.beyond.map_or(edge, |beyond| beyond.min(edge));
                (self.sure, self.beyond) = (None, Some(edge));
                let cut = self.held.split_off(self.index(edge));
                self.touch(self.held.len());
                cut.iter().map(|held| held.place.spot).collect()
            }
            Some(_) => Vec::new(),
        }
    }

    /// Asks for a walk if too few are left and it may. Whether it has asked.
    pub(super) fn ask_for_walk(&mut self, mono_ms: u64) -> bool {
        let is_short = match self.sure {
            Some(_) => true,
            None => self.beyond.is_some() && self.held.len() < self.limits.held_low,
        };
        let asks = is_short
            && !self.is_new
            && self.walk == Walk::None
            && mono_ms >= self.walk_from_mono_ms;
        if asks {
            self.walk = Walk::Wanted;
        }
        asks
    }

    /// Whether a walk is wanted or runs.
    pub(super) fn is_walking(&self) -> bool {
        self.walk != Walk::None
    }

    /// Whether whoever is met on the walk is to be judged.
    pub(super) fn is_met(&self) -> bool {
        matches!(self.walk, Walk::Running { .. })
    }

    /// The walk comes to another shard, of so many.
    pub(super) fn enter_shard(&mut self, shards: u32) {
        if self.walk == Walk::Wanted {
            self.walk = Walk::Running { shards_left: shards };
            self.sure = self.sure.or(self.beyond);
            self.beyond = None;
        }
    }

    /// The walk has been through a shard. Whether it is over.
    pub(super) fn leave_shard(&mut self, mono_ms: u64) -> bool {
        let Walk::Running { shards_left } = &mut self.walk else { return false };
        *shards_left -= 1;
        if *shards_left > 0 {
            return false;
        }
        (self.walk, self.sure) = (Walk::None, None);
        self.walk_from_mono_ms = mono_ms.saturating_add(WALK_PAUSE_MS);
        true
    }

    /// All that are held, best first.
    pub(super) fn held(&self) -> impl Iterator<Item = &Held> {
        self.held.iter()
    }

    /// What is wrong with what is held, where these are all who are to be shown, best first.
    pub(super) fn faults(&self, shown: &[(Place, VisitorRef)]) -> Vec<String> {
        let mut faults = Vec::new();
        let sure = self.sure.map_or(self.held.len(), |sure| self.index(sure));
        let is_due = |place: Place| {
            self.sure.is_none_or(|sure| place < sure) && self.beyond.is_none_or(|edge| place < edge)
        };
        let due: Vec<_> = shown.iter().filter(|(place, _)| is_due(*place)).copied().collect();
        let held: Vec<_> =
            self.held.iter().take(sure).map(|held| (held.place, held.visitor())).collect();
        if held != due {
            faults.push(format!("holds {held:?} for sure, and there are {due:?}"));
        }
        let rest = self.held.iter().skip(sure);
        if rest.clone().any(|held| !shown.contains(&(held.place, held.visitor()))) {
            faults.push("holds somebody that it doesn't show".to_owned());
        }
        if !self.held.iter().is_sorted_by(|one, other| one.place < other.place) {
            faults.push("holds visitors out of order".to_owned());
        }
        if self.held.len() > self.limits.held_max {
            faults.push(format!("holds {} visitors", self.held.len()));
        }
        faults
    }

    fn index(&self, place: Place) -> usize {
        self.held.partition_point(|held| held.place < place)
    }

    fn touch(&mut self, index: usize) {
        self.touched = self.touched.min(index);
    }
}
