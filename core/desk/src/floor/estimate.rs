//! How long one still waits, from the rate at which the slots that can serve it come free.
//!
//! With `s` slots that are each taken for a mean time `m`, slots come free at the rate `s / m`; who is at place `n` waits for `n` of
//! them, which takes a gamma-distributed time. Its median and its ninth decile are told, by the approximations of Wilson and Hilferty
//! (1931). Nothing in it grows while one waits: who is overdue is told the same as before. Where no slot is there, or too few
//! sessions have ended to know a mean, the answer is unknown.

use super::Floor;
use super::pool::PoolKey;
use crate::id::{DepartmentNo, SessionId};
use crate::policy::WEIGHT;

/// Sessions that must have ended before their mean is told.
const SAMPLES_MIN: u32 = 5;
/// What the latest session counts for in the mean.
const SHARE: f64 = 0.1;
/// The ninth decile of the standard normal distribution.
const Z_90: f64 = 1.281_551_565_5;

/// How long one still waits. Both in milliseconds, full seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Half of those in this place wait no longer.
    pub p50_ms: u64,
    /// Nine of ten in this place wait no longer.
    pub p90_ms: u64,
}

/// How long sessions of a department take a slot, on the whole.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HoldTimes {
    mean_ms: f64,
    samples: u32,
}

impl HoldTimes {
    /// A session has ended.
    pub(super) fn note(&mut self, held_ms: u64) {
        self.samples = self.samples.saturating_add(1);
        // The first ones count alike, the later ones fade.
        let share = SHARE.max(1.0 / f64::from(self.samples));
        self.mean_ms += (held_ms as f64 - self.mean_ms) * share;
    }
}

/// How fast slots come free.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    mean_ms: f64,
    samples: u32,
    /// In hundredths.
    slots: u64,
}

impl Pace {
    /// How long one in this place still waits; `None` for unknown.
    pub(super) fn estimate(self, place: u32) -> Option<Estimate> {
        if self.slots == 0 || self.samples < SAMPLES_MIN || place == 0 {
            return None;
        }
        let n = f64::from(place);
        let each_ms = self.mean_ms * f64::from(WEIGHT) / self.slots as f64;
        let ninth = 1.0 / (9.0 * n);
        let at = |z: f64| {
            let root = (1.0 - ninth + z * ninth.sqrt()).max(0.0);
            n * root * root * root
        };
        let seconds = |slots: f64| (slots * each_ms / 1_000.0).ceil() as u64 * 1_000;
        Some(Estimate { p50_ms: seconds(at(0.0)), p90_ms: seconds(at(Z_90)) })
    }
}

impl Floor {
    /// How fast slots come free for one that waits.
    pub(super) fn pace_of(&self, session: SessionId) -> Pace {
        let Some(request) = self.requests.get(&session) else { return self.pace(DepartmentNo(0)) };
        let slots = request.pools.iter().map(|pool| match self.pool(*pool).key {
            PoolKey::Department { .. } => self.pool(*pool).slots,
            PoolKey::Agent(no) => u64::from(self.agent(no).standing.slots),
        });
        Pace { slots: slots.sum(), ..self.pace(request.home) }
    }

    /// How fast slots come free for those who wait for all of a department.
    pub(super) fn pace(&self, department: DepartmentNo) -> Pace {
        let there = &self.departments[usize::from(department.0)];
        let HoldTimes { mean_ms, samples } = there.hold_times;
        Pace { mean_ms, samples, slots: self.pool(there.whole).slots }
    }

    /// How long one that waits still waits; `None` for unknown.
    pub fn estimate(&self, session: SessionId) -> Option<Estimate> {
        self.pace_of(session).estimate(self.position(session)?)
    }

    /// How long the next one to ask would wait; `None` for unknown.
    pub fn estimate_next(&self, department: DepartmentNo) -> Option<Estimate> {
        let waiting = self.departments[usize::from(department.0)].queue.len();
        self.pace(department).estimate(waiting.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(slots: u64, mean_ms: f64) -> Pace {
        Pace { mean_ms, samples: SAMPLES_MIN, slots }
    }

    #[test]
    fn it_is_unknown_without_slots_or_without_samples() {
        assert_eq!(pace(0, 60_000.0).estimate(1), None);
        assert_eq!(Pace { samples: SAMPLES_MIN - 1, ..pace(100, 60_000.0) }.estimate(1), None);
    }

    #[test]
    fn the_median_and_the_ninth_decile_of_one_slot_are_those_of_the_exponential_distribution() {
        let first = pace(100, 100_000.0).estimate(1).unwrap();
        // ln 2 and ln 10 of the mean, within the approximation's two per cent.
        assert!((68_000..=72_000).contains(&first.p50_ms), "{first:?}");
        assert!((226_000..=235_000).contains(&first.p90_ms), "{first:?}");
    }

    #[test]
    fn twice_the_slots_halve_it_and_a_later_place_lengthens_it() {
        let (one, two) = (pace(1_000, 300_000.0), pace(2_000, 300_000.0));
        let ten = |pace: Pace| pace.estimate(10).unwrap().p50_ms;
        assert!(ten(one).abs_diff(2 * ten(two)) <= 2_000);
        let places: Vec<_> = (1..50).map(|place| one.estimate(place).unwrap().p50_ms).collect();
        assert!(places.is_sorted());
    }

    #[test]
    fn the_mean_follows_what_sessions_take() {
        let mut times = HoldTimes::default();
        for _ in 0..10 {
            times.note(60_000);
        }
        assert_eq!(times.mean_ms, 60_000.0);
        for _ in 0..50 {
            times.note(120_000);
        }
        assert!(times.mean_ms > 119_000.0);
    }
}
