//! Visitors' pages that follow whether somebody is there: each link that asked is told when its icon changes, and nothing else.
//!
//! What the icon shows depends on who receives a visitor, its **reception range**, and visitors share few of those. So the state of each
//! range that somebody follows is worked out anew once a period, from the [board](crate::board), whatever agents did meanwhile; only when
//! one has changed are links told, in a **round** over all that follow, in slices of the tick: whoever was told the same already is passed
//! by after one comparison. A state that changes to and fro costs no more than the slices do.
//!
//! ```text
//!   follows ──▶ told: its range's state ◀── round ── a range's state has changed
//!                                       ◀── round ── another policy: its range is found anew
//! ```
//!
//! The books' lock is taken under the visitor's shard lock by whoever begins or ends, so that nobody follows who is gone. Under it links are
//! told what the books then have for told, and what waits for one is dropped when it begins anew: so whatever it reads after the answer is
//! later than that.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use frontdesk_desk::delivery::Receiving;
use frontdesk_desk::id::{DepartmentNo, LinkId, VisitorRef};
use frontdesk_desk::policy::Receives;
use frontdesk_desk::refusal::Refusal;

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Mutex, MutexGuard};

/// Different reception ranges of a tenant that newcomers may bring to be followed.
pub(crate) const RANGES_MAX: usize = 1_024;
/// How long the states of ranges stand still.
const PERIOD_MS: u64 = 1_000;
/// Links looked at in one tick.
const LOOKED_AT_MAX: usize = 65_536;
/// Links told in one tick.
const TOLD_MAX: usize = 16_384;
/// Links told under one hold of the lock.
const TOLD_AT_ONCE_MAX: usize = 256;
/// Links looked at under one hold of the lock.
const LOOKED_AT_ONCE_MAX: usize = 4_096;
/// Links whose range is found anew in one tick.
const REGROUPED_MAX: usize = 4_096;

/// Who receives somebody.
pub(crate) type Range = Box<[Receives]>;

/// A tenant's visitors that follow their reception.
pub(crate) struct Icons {
    books: Mutex<Books>,
    /// Whether anybody follows: written under the lock, read without.
    followed: AtomicBool,
}

/// What the lock guards.
#[derive(Default)]
pub(crate) struct Books {
    followers: Vec<Follower>,
    places: HashMap<LinkId, u32, FixedState>,
    ranges: Vec<Option<Followed>>,
    by_range: HashMap<Range, u32>,
    /// The policy by which ranges were found, and how many there were before it.
    policy_version: u64,
    epoch: u32,
    looked_mono_ms: u64,
    /// Where the round goes on, and how many it has yet to look at.
    next: usize,
    left: usize,
    /// Links that came to lie where the round has been, and that it has yet to look at.
    late: Vec<LinkId>,
}

/// A link that follows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Follower {
    pub(crate) link: LinkId,
    pub(crate) visitor: VisitorRef,
    pub(crate) department: Option<DepartmentNo>,
    /// Its range, if it was found in the books' epoch.
    range: u32,
    epoch: u32,
    told: Receiving,
}

/// A range that somebody follows.
struct Followed {
    range: Range,
    state: Receiving,
    followers: u32,
}

/// What one tick has done of the round.
#[derive(Default)]
pub(crate) struct Slice {
    looked: usize,
    told: usize,
    /// Whose range has to be found anew.
    pub(crate) lost: Vec<Follower>,
}

impl Slice {
    fn has_room(&self) -> bool {
        self.looked < LOOKED_AT_MAX && self.told < TOLD_MAX && self.lost.len() < REGROUPED_MAX
    }
}

/// What is left of the round for this tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Round {
    /// It goes on under the next hold of the lock.
    GoesOn,
    /// Nothing, or no more than the next tick may do.
    Rests,
}

impl Icons {
    pub(crate) fn new() -> Self {
        Self { books: Mutex::new(Books::default()), followed: AtomicBool::new(false) }
    }

    /// Whether anybody follows.
    pub(crate) fn is_followed(&self) -> bool {
        // Relaxed: a hint for the tick, and for who ends: its own beginning came before, by its shard's lock.
        self.followed.load(Ordering::Relaxed)
    }

    /// The books. Under them nothing is taken but the slots of those who are told.
    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock()
    }

    /// A link follows from now on, and is answered what is: `void` drops what it was to be told before. Under its visitor's shard lock.
    /// Errors: [`Refusal::LimitReached`].
    pub(crate) fn begin(
        &self,
        (link, visitor, department): (LinkId, VisitorRef, Option<DepartmentNo>),
        range: Range,
        receiving: Receiving,
        policy_version: u64,
        void: impl FnOnce(LinkId),
    ) -> Result<(), Refusal> {
        let mut books = self.books.lock();
        books.begin(link, visitor, department, range, receiving, policy_version)?;
        void(link);
        self.followed.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// A link follows no more. Under its visitor's shard lock.
    pub(crate) fn end(&self, link: LinkId) {
        if self.is_followed() {
            let mut books = self.books.lock();
            books.end(link);
            self.followed.store(!books.followers.is_empty(), Ordering::Relaxed);
        }
    }
}

impl Books {
    /// The version of the policy by which ranges are found.
    pub(crate) fn policy_version(&self) -> u64 {
        self.policy_version
    }

    /// Links that follow.
    pub(crate) fn followers(&self) -> usize {
        self.followers.len()
    }

    fn begin(
        &mut self,
        link: LinkId,
        visitor: VisitorRef,
        department: Option<DepartmentNo>,
        range: Range,
        receiving: Receiving,
        policy_version: u64,
    ) -> Result<(), Refusal> {
        self.follow(policy_version);
        if self.by_range.len() >= RANGES_MAX && !self.by_range.contains_key(&range) {
            let (what, max) = ("different receptions watched in one tenant", RANGES_MAX as u64);
            return Err(Refusal::LimitReached { what, max });
        }
        self.end(link);
        let epoch = self.epoch;
        let range = self.join(range, receiving);
        self.places.insert(link, self.followers.len() as u32);
        let told = icon(receiving);
        self.followers.push(Follower { link, visitor, department, range, epoch, told });
        if self.left > 0 {
            // It lies where the round may yet come by, which is not to end earlier for that.
            self.left += 1;
        }
        if policy_version < self.policy_version {
            // Read before another policy came: its range is found anew.
            self.lose(self.followers.len() - 1);
            self.begin_round();
        }
        Ok(())
    }

    fn end(&mut self, link: LinkId) {
        let Some(place) = self.places.remove(&link) else { return };
        let gone = self.followers.swap_remove(place as usize);
        if let Some(moved) = self.followers.get(place as usize).copied() {
            self.places.insert(moved.link, place);
            if self.left > 0 && !self.is_settled(&moved) {
                self.late.push(moved.link);
            }
        }
        self.left = self.left.min(self.followers.len());
        if gone.epoch == self.epoch {
            self.leave(gone.range);
        }
    }

    /// Another policy is in force: all ranges are found anew.
    pub(crate) fn follow(&mut self, policy_version: u64) {
        if policy_version > self.policy_version {
            self.policy_version = policy_version;
            self.epoch += 1;
            self.ranges.clear();
            self.by_range.clear();
            self.begin_round();
        }
    }

    fn begin_round(&mut self) {
        self.left = self.followers.len();
    }

    /// One more follows a range, which stands like this. Its number.
    fn join(&mut self, range: Range, receiving: Receiving) -> u32 {
        let no = match self.by_range.get(&range) {
            Some(no) => *no,
            None => {
                let vacant = self.ranges.iter().position(Option::is_none);
                let no = vacant.unwrap_or(self.ranges.len());
                if no == self.ranges.len() {
                    self.ranges.push(None);
                }
                let state = icon(receiving);
                self.ranges[no] = Some(Followed { range: range.clone(), state, followers: 0 });
                self.by_range.insert(range, no as u32);
                no as u32
            }
        };
        if let Some(followed) = &mut self.ranges[no as usize] {
            followed.followers += 1;
            // The newcomer has just looked: whoever was told something else is told too.
            if std::mem::replace(&mut followed.state, icon(receiving)) != icon(receiving) {
                self.begin_round();
            }
        }
        no
    }

    fn leave(&mut self, no: u32) {
        let Some(Some(followed)) = self.ranges.get_mut(no as usize) else { return };
        followed.followers -= 1;
        if followed.followers == 0 {
            self.by_range.remove(&followed.range);
            self.ranges[no as usize] = None;
        }
    }

    fn lose(&mut self, place: usize) {
        let follower = &mut self.followers[place];
        if follower.epoch == self.epoch {
            let range = follower.range;
            follower.epoch = self.epoch.wrapping_sub(1);
            self.leave(range);
        }
    }

    /// Works the states of all ranges out anew, if their time has come.
    pub(crate) fn look(&mut self, mono_ms: u64, receiving: impl Fn(&Range) -> Receiving) {
        if mono_ms < self.looked_mono_ms.saturating_add(PERIOD_MS) {
            return;
        }
        self.looked_mono_ms = mono_ms;
        let mut changed = false;
        for followed in self.ranges.iter_mut().flatten() {
            let now = icon(receiving(&followed.range));
            changed |= std::mem::replace(&mut followed.state, now) != now;
        }
        if changed {
            self.begin_round();
        }
    }

    /// Goes on with the round for one hold of the lock, and tells those who are to be told.
    pub(crate) fn go_on(
        &mut self,
        slice: &mut Slice,
        mut tell: impl FnMut(LinkId, Receiving),
    ) -> Round {
        let (told, looked) = (slice.told + TOLD_AT_ONCE_MAX, slice.looked + LOOKED_AT_ONCE_MAX);
        while slice.has_room() && slice.told < told && slice.looked < looked {
            let Some(place) = self.next_place() else { return Round::Rests };
            slice.looked += 1;
            self.settle(place, slice, &mut tell);
        }
        if slice.has_room() { Round::GoesOn } else { Round::Rests }
    }

    /// The next one to be looked at in the round: first who came to lie where it has been.
    fn next_place(&mut self) -> Option<usize> {
        while let Some(link) = self.late.pop() {
            if let Some(place) = self.places.get(&link) {
                return Some(*place as usize);
            }
        }
        self.left = self.left.checked_sub(1)?;
        let place = if self.next < self.followers.len() { self.next } else { 0 };
        self.next = place + 1;
        Some(place)
    }

    /// The state that a follower should have been told; `None` if its range has to be found.
    fn state_of(&self, follower: &Follower) -> Option<Receiving> {
        let followed = self.ranges.get(follower.range as usize)?.as_ref()?;
        (follower.epoch == self.epoch).then_some(followed.state)
    }

    fn is_settled(&self, follower: &Follower) -> bool {
        self.state_of(follower) == Some(follower.told)
    }

    /// Tells a follower what it is to be told.
    fn settle(
        &mut self,
        place: usize,
        slice: &mut Slice,
        tell: &mut impl FnMut(LinkId, Receiving),
    ) {
        let follower = self.followers[place];
        match self.state_of(&follower) {
            None => slice.lost.push(follower),
            Some(state) if state == follower.told => {}
            Some(state) => {
                self.followers[place].told = state;
                slice.told += 1;
                tell(follower.link, state);
            }
        }
    }

    /// The range of a link that had lost it, and how that stands. The link is told, if that is news to it.
    pub(crate) fn found(
        &mut self,
        link: LinkId,
        range: Range,
        receiving: Receiving,
        policy_version: u64,
        tell: impl FnOnce(LinkId, Receiving),
    ) {
        let Some(place) = self.places.get(&link).map(|place| *place as usize) else { return };
        if policy_version != self.policy_version || self.followers[place].epoch == self.epoch {
            return;
        }
        let range = self.join(range, receiving);
        let epoch = self.epoch;
        let follower = &mut self.followers[place];
        (follower.range, follower.epoch) = (range, epoch);
        let now = icon(receiving);
        if std::mem::replace(&mut follower.told, now) != now {
            tell(link, now);
        }
    }

    /// What is wrong with the books.
    pub(crate) fn faults(&self, is_attached: impl Fn(LinkId) -> bool) -> Vec<String> {
        let mut faults = Vec::new();
        let mut counted = vec![0; self.ranges.len()];
        for (place, follower) in (0..).zip(&self.followers) {
            if self.places.get(&follower.link) != Some(&place) {
                faults.push(format!("{:?} follows its reception and isn't found", follower.link));
            }
            if !is_attached(follower.link) {
                faults.push(format!("{:?} follows its reception and is gone", follower.link));
            }
            if follower.epoch == self.epoch {
                counted[follower.range as usize] += 1;
            }
        }
        let says = self.ranges.iter().map(|range| range.as_ref().map_or(0, |one| one.followers));
        if !says.eq(counted.iter().copied()) || self.places.len() != self.followers.len() {
            faults.push("receptions that are followed are miscounted".to_owned());
        }
        faults
    }
}

/// What of a state the icon shows: whether one is free or has to be waited for is the same to it.
pub(crate) fn icon(receiving: Receiving) -> Receiving {
    if receiving == Receiving::Free { Receiving::Waiting } else { receiving }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    fn link(slot: u32) -> LinkId {
        LinkId { slot, generation: 1 }
    }

    fn follow(books: &mut Books, slots: std::ops::Range<u32>, receiving: Receiving) {
        for slot in slots {
            let visitor = VisitorRef { shard: 0, slot, generation: 1 };
            let range: Range = [Receives::Department(DepartmentNo(0))].into();
            books.begin(link(slot), visitor, None, range, receiving, 1).expect("one range");
        }
    }

    /// Goes on with the round as one tick does. How many were told.
    fn tick(books: &mut Books) -> usize {
        let (mut slice, mut told) = (Slice::default(), 0);
        while books.go_on(&mut slice, |_, _| told += 1) == Round::GoesOn {}
        told
    }

    #[test]
    fn a_round_reaches_everybody_also_when_newcomers_come_meanwhile() {
        let mut books = Books::default();
        follow(&mut books, 0..10, Receiving::Nobody);
        books.look(1_000, |_| Receiving::Waiting);
        assert_eq!(tick(&mut books), 10, "so the next round begins behind them");
        let many = TOLD_MAX as u32 * 2;
        follow(&mut books, 10..many, Receiving::Waiting);
        books.look(2_000, |_| Receiving::Closed);
        let mut told = tick(&mut books);
        assert_eq!(told, TOLD_MAX, "a tick tells so many");
        follow(&mut books, many..many + 5, Receiving::Closed);
        while books.left > 0 || !books.late.is_empty() {
            told += tick(&mut books);
        }
        assert_eq!(told, many as usize, "each of them once");
        assert!(books.followers.iter().all(|follower| books.is_settled(follower)));
        assert_eq!(books.faults(|_| true), [""; 0]);
    }

    #[test]
    fn under_one_hold_of_the_lock_few_are_told() {
        let mut books = Books::default();
        follow(&mut books, 0..TOLD_AT_ONCE_MAX as u32 + 1, Receiving::Nobody);
        books.look(1_000, |_| Receiving::Waiting);
        let mut slice = Slice::default();
        for (held, left) in [(TOLD_AT_ONCE_MAX, Round::GoesOn), (1, Round::Rests)] {
            let mut told = 0;
            assert_eq!(books.go_on(&mut slice, |_, _| told += 1), left);
            assert_eq!(told, held);
        }
    }
}
