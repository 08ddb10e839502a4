//! How long to wait before the next attempt: twice as long each time, up to a bound, and never all clients at once.
//!
//! ```text
//!   pause n  is drawn evenly from  [ (1 - jitter) · d, d ],  d = min(first · 2ⁿ, longest)
//! ```
//!
//! What the broker asked for (`retry_after_ms`) comes on top: nobody returns sooner than told, nor all at the same moment.
//! Never sleeps; it only says how long.

use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// Pauses between attempts to connect or to attach again.
///
/// Defaults: first 100 ms, longest 30 s, half of each at random, a seed from the operating system.
#[derive(Debug, Clone)]
pub struct BackOff {
    /// The first pause.
    pub first: Duration,
    /// The longest one, what the broker asks for not counted.
    pub longest: Duration,
    /// Which part of a pause is left to chance, 0 to 100; more than 100 counts as 100.
    pub jitter_percent: u8,
    /// Where chance begins; the same seed makes the same pauses. `None` asks the operating system.
    pub seed: Option<u64>,
}

impl Default for BackOff {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(100),
            longest: Duration::from_secs(30),
            jitter_percent: 50,
            seed: None,
        }
    }
}

/// The pauses of one run of attempts after another.
#[derive(Debug)]
pub(crate) struct Pauses {
    back_off: BackOff,
    chance: Xoshiro256PlusPlus,
    attempts: u32,
}

impl Pauses {
    pub(crate) fn new(back_off: BackOff) -> Self {
        let seed = back_off.seed.unwrap_or_else(crate::chance::seed);
        Self { back_off, chance: Xoshiro256PlusPlus::seed_from_u64(seed), attempts: 0 }
    }

    /// How long to wait now, given what the broker asked for.
    pub(crate) fn next(&mut self, retry_after: Duration) -> Duration {
        let doublings = 2_u32.saturating_pow(self.attempts);
        let whole = self.back_off.first.saturating_mul(doublings).min(self.back_off.longest);
        self.attempts = self.attempts.saturating_add(1);

        let jitter = whole * u32::from(self.back_off.jitter_percent.min(100)) / 100;
        let jitter_us = u64::try_from(jitter.as_micros()).unwrap_or(u64::MAX);
        let less = Duration::from_micros(self.chance.random_range(0..=jitter_us));
        retry_after + whole.saturating_sub(less)
    }

    /// Attempts since the last success.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// An attempt succeeded: the next pause is the first again.
    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(jitter_percent: u8) -> Pauses {
        Pauses::new(BackOff {
            first: Duration::from_millis(100),
            longest: Duration::from_secs(1),
            jitter_percent,
            seed: Some(7),
        })
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut pauses = pauses(0);
        let ms: Vec<_> = (0..6).map(|_| pauses.next(Duration::ZERO).as_millis()).collect();
        assert_eq!(ms, [100, 200, 400, 800, 1000, 1000]);
    }

    #[test]
    fn pauses_stay_within_the_jitter_and_differ() {
        let mut pauses = pauses(50);
        let drawn: Vec<_> = (0..64).map(|_| pauses.next(Duration::ZERO)).skip(4).collect();
        let (half, whole) = (Duration::from_millis(500), Duration::from_secs(1));
        assert!(drawn.iter().all(|pause| (half..=whole).contains(pause)));
        assert!(drawn.windows(2).any(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn the_same_seed_makes_the_same_pauses() {
        let (mut one, mut other) = (pauses(80), pauses(80));
        for _ in 0..20 {
            assert_eq!(one.next(Duration::ZERO), other.next(Duration::ZERO));
        }
    }

    #[test]
    fn nobody_returns_sooner_than_told() {
        let mut pauses = pauses(100);
        for _ in 0..20 {
            assert!(pauses.next(Duration::from_secs(5)) >= Duration::from_secs(5));
        }
    }

    #[test]
    fn success_begins_again_at_the_first_pause_however_many_went_before() {
        let mut pauses = pauses(0);
        for _ in 0..100 {
            pauses.next(Duration::ZERO);
        }
        assert_eq!(pauses.attempts(), 100);
        pauses.reset();
        assert_eq!(pauses.next(Duration::ZERO), Duration::from_millis(100));
    }
}
