//! Who is present, for as long as they are few; of many, who came last.
//!
//! A list that begins to be watched looks through the roster first. While it holds everybody no walk is needed, so that a small
//! tenant's lists are whole at once however many visitors others have. When a tenant grows past what the roster takes, its latest arrivals
//! stay, so that a list begins with those; it holds everybody again once it was empty.

use std::collections::{HashSet, VecDeque};

use foldhash::fast::FixedState;
use frontdesk_desk::list::{Order, Rank};

use super::view::Spot;

/// Who is present.
pub(super) struct Roster {
    known: Known,
    visitors_max: usize,
}

enum Known {
    /// Everybody. `newest` is the best rank that anybody had since then, newest arrival first.
    All { spots: HashSet<Spot, FixedState>, newest: Rank },
    /// The latest arrivals, latest last; those who are gone stay until they are pushed out. Who isn't in it ranks at `bound` or behind.
    Latest { ring: VecDeque<(Spot, Rank)>, bound: Rank },
}

impl Known {
    fn nobody() -> Self {
        Self::All { spots: HashSet::default(), newest: Rank(u64::MAX) }
    }
}

impl Roster {
    /// Holds nobody yet, and never more than so many.
    pub(super) fn new(visitors_max: usize) -> Self {
        Self { known: Known::nobody(), visitors_max }
    }

    /// A visitor has arrived.
    pub(super) fn arrived(&mut self, spot: Spot, wall_ms: u64) {
        let rank = Order::arrived_at(wall_ms);
        match &mut self.known {
            Known::All { spots, newest } => {
                *newest = rank.min(*newest);
                spots.insert(spot);
                if spots.len() > self.visitors_max {
                    let bound = *newest;
                    let ring = spots.drain().map(|spot| (spot, bound)).collect();
                    self.known = Known::Latest { ring, bound };
                }
            }
            Known::Latest { ring, bound } => {
                ring.push_back((spot, rank));
                while ring.len() > self.visitors_max {
                    if let Some((_, oldest)) = ring.pop_front() {
                        *bound = oldest.min(*bound);
                    }
                }
            }
        }
    }

    /// A visitor is gone; `present` are left.
    pub(super) fn left(&mut self, spot: Spot, present: u64) {
        match &mut self.known {
            Known::All { spots, .. } => {
                spots.remove(&spot);
            }
            Known::Latest { .. } if present == 0 => self.known = Known::nobody(),
            Known::Latest { .. } => {}
        }
    }

    /// All spots in it, by shard and slot, and where among the newest arrivals it ends; `None` if it holds everybody.
    pub(super) fn read(&self) -> (Vec<Spot>, Option<Rank>) {
        let (mut spots, bound): (Vec<_>, _) = match &self.known {
            Known::All { spots, .. } => (spots.iter().copied().collect(), None),
            Known::Latest { ring, bound } => {
                (ring.iter().map(|(spot, _)| *spot).collect(), Some(*bound))
            }
        };
        spots.sort_unstable();
        spots.dedup();
        (spots, bound)
    }

    /// What is wrong with it, where these are all who are present.
    pub(super) fn faults(&self, present: &[(Spot, u64)]) -> Vec<String> {
        let (spots, bound) = self.read();
        let missing = present.iter().filter(|(spot, wall_ms)| {
            bound.is_none_or(|bound| Order::arrived_at(*wall_ms) < bound)
                && spots.binary_search(spot).is_err()
        });
        let mut faults: Vec<_> =
            missing.map(|(spot, _)| format!("the roster doesn't hold {spot:?}")).collect();
        if bound.is_none() && spots.len() != present.len() {
            faults.push(format!("the roster holds {} of {}", spots.len(), present.len()));
        }
        faults
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    const ROSTER_MAX: usize = 1_024;

    fn spot(n: usize) -> Spot {
        Spot::new(n as u32 % 7, n as u32)
    }

    fn crowd(visitors: usize) -> (Roster, Vec<(Spot, u64)>) {
        let (mut roster, mut present) = (Roster::new(ROSTER_MAX), Vec::new());
        for n in 0..visitors {
            roster.arrived(spot(n), n as u64);
            present.push((spot(n), n as u64));
        }
        (roster, present)
    }

    #[test]
    fn a_small_tenant_is_held_whole_whoever_comes_and_goes() {
        let (mut roster, mut present) = crowd(ROSTER_MAX);
        for n in 0..5_000 {
            let (gone, _) = present.swap_remove(n * 31 % present.len());
            roster.left(gone, present.len() as u64);
            roster.arrived(spot(10_000 + n), 10_000 + n as u64);
            present.push((spot(10_000 + n), 10_000 + n as u64));
        }
        assert_eq!((roster.faults(&present), roster.read().1), (vec![], None));
    }

    #[test]
    fn of_many_the_latest_are_held_and_it_is_known_from_when_on() {
        let (roster, present) = crowd(3 * ROSTER_MAX);
        let (spots, bound) = roster.read();
        assert_eq!(roster.faults(&present), [""; 0]);
        assert_eq!(spots.len(), ROSTER_MAX);
        assert_eq!(bound, Some(Order::arrived_at(2 * ROSTER_MAX as u64 - 1)));
    }

    #[test]
    fn a_wall_clock_that_goes_back_hides_nobody() {
        let (mut roster, mut present) = crowd(2 * ROSTER_MAX);
        for n in 0..ROSTER_MAX {
            roster.arrived(spot(50_000 + n), 5);
            present.push((spot(50_000 + n), 5));
        }
        assert_eq!(roster.faults(&present), [""; 0]);
        assert_eq!(roster.read().1, Some(Order::arrived_at(2 * ROSTER_MAX as u64 - 1)));
    }

    #[test]
    fn an_empty_tenant_is_held_whole_again() {
        let (mut roster, present) = crowd(2 * ROSTER_MAX);
        for (left, (gone, _)) in (0..present.len() as u64).rev().zip(&present) {
            roster.left(*gone, left);
        }
        roster.arrived(spot(1), 9);
        assert_eq!(roster.read(), (vec![spot(1)], None));
    }
}
