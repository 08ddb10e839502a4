//! What becomes of packets on a bad way: most go on, some are lost, some come twice, some come late and so behind others.
//!
//! Late means: after so many others have passed, so that nothing here goes by a clock. A packet that is held back until the way falls
//! silent is as good as lost, and its sender sends it again. Pure; the same seed makes the same choices for the same packets in a row.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Of 1,000 packets, how many are lost, come twice, and are held back.
const LOST: u32 = 20;
const TWICE: u32 = 20;
const HELD: u32 = 60;
/// Most packets that pass before one that is held back.
const BEHIND_MAX: u64 = 64;
/// Most packets held back at once; beyond that they go on.
const HELD_MAX: usize = 256;

/// What was done to packets so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    pub passed: u64,
    pub lost: u64,
    pub twice: u64,
    pub held: u64,
}

/// The weather over all ways at once.
pub struct Weather<P> {
    chance: ChaCha8Rng,
    held: BTreeMap<(u64, u64), P>,
    pub done: Done,
}

impl<P: Clone> Weather<P> {
    pub fn new(seed: u64) -> Self {
        Self {
            chance: ChaCha8Rng::seed_from_u64(seed),
            held: BTreeMap::new(),
            done: Done::default(),
        }
    }

    /// Takes a packet in, and gives those that go on now, in their order.
    pub fn pass(&mut self, packet: P) -> Vec<P> {
        self.done.passed += 1;
        let now = self.done.passed;
        let mut out = Vec::new();
        let lot = self.chance.random_range(0..1_000);
        if lot < LOST {
            self.done.lost += 1;
        } else if lot < LOST + TWICE {
            self.done.twice += 1;
            out.extend([packet.clone(), packet]);
        } else if lot < LOST + TWICE + HELD && self.held.len() < HELD_MAX {
            self.done.held += 1;
            let due = now + self.chance.random_range(1..=BEHIND_MAX);
            self.held.insert((due, now), packet);
        } else {
            out.push(packet);
        }
        let later = self.held.split_off(&(now + 1, 0));
        out.extend(std::mem::replace(&mut self.held, later).into_values());
        out
    }
}

#[test]
fn packets_are_lost_doubled_and_overtaken_and_the_same_seed_does_it_alike() {
    let way = |seed| {
        let mut weather = Weather::new(seed);
        let out: Vec<u64> = (0..10_000).flat_map(|packet| weather.pass(packet)).collect();
        (out, weather.done, weather.held.len())
    };
    let (out, done, waiting) = way(7);
    assert_eq!(out.len() as u64, done.passed - done.lost + done.twice - waiting as u64);
    assert!(done.lost > 100 && done.twice > 100 && done.held > 300, "{done:?}");
    assert!(out.windows(2).any(|pair| pair[0] > pair[1]), "none was overtaken");
    let behind = out.iter().enumerate().map(|(at, packet)| (at as u64).abs_diff(*packet)).max();
    assert!(behind > Some(0) && waiting <= BEHIND_MAX as usize, "{behind:?} {waiting}");
    assert_eq!(way(7).0, out);
    assert_ne!(way(8).0, out);
}
