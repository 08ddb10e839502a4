//! Seeded dice: each simulated person throws its own.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// One person's dice.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of a person of a demonstration.
    pub(crate) fn new(seed: u64, person: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(person);
        Self(rng)
    }

    /// Below `count`, which is not 0. The bias of the remainder is nothing to a demonstration.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.0.next_u64() % count as u64).unwrap_or(0)
    }

    /// Whether something of this likelihood happens.
    pub(crate) fn percent(&mut self, likelihood: usize) -> bool {
        self.below(100) < likelihood
    }

    /// A span between two, in milliseconds.
    pub(crate) fn span(&mut self, from_ms: usize, to_ms: usize) -> Duration {
        Duration::from_millis((from_ms + self.below(to_ms - from_ms)) as u64)
    }

    /// One of some.
    pub(crate) fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}
