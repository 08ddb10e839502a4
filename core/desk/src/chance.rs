//! Chance as an argument: the one source of randomness below the broker, seeded from outside.
//!
//! ChaCha with twelve rounds, because session ids must not be guessable from earlier ones. The desk never seeds it.

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A seeded generator. The same seed gives the same draws.
pub struct Chance(ChaCha12Rng);

impl std::fmt::Debug for Chance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Its state tells all ids to come.
        f.write_str("Chance(..)")
    }
}

impl Chance {
    /// Begins from a seed of 32 bytes: from the operating system in a broker, from the case number in a test.
    pub fn seeded(seed: [u8; 32]) -> Self {
        Self(ChaCha12Rng::from_seed(seed))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A generator that draws independently of this one.
    pub fn fork(&mut self) -> Self {
        let mut seed = [0; 32];
        self.0.fill_bytes(&mut seed);
        Self::seeded(seed)
    }
}
