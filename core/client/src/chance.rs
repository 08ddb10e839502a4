//! Random bytes from the operating system, for ids that must not collide and for the seed of the back-off's jitter.
//!
//! Never used where a test must be able to name the outcome: those take a seed.

use rustls::crypto::ring;

/// Fills `bytes` at random.
pub(crate) fn fill(bytes: &mut [u8]) {
    ring::default_provider()
        .secure_random
        .fill(bytes)
        .expect("the operating system's generator works from the time TLS can be set up at all");
}

/// A random number of 64 bits.
pub(crate) fn seed() -> u64 {
    let mut bytes = [0; 8];
    fill(&mut bytes);
    u64::from_le_bytes(bytes)
}
