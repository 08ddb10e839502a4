//! Cuts connections at random: after every so many messages said, one client's, without a goodbye.
//!
//! Goes by what was said and not by a clock, so that it happens in the middle of things however fast the machine is.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use frontdesk::client::Client;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Messages said from one cut to the next.
const SAID_BETWEEN: u64 = 30;

pub struct Severing {
    clients: Mutex<Vec<Client>>,
    chance: Mutex<ChaCha8Rng>,
    said: AtomicU64,
    pub cuts: AtomicU64,
}

impl Severing {
    pub fn new(seed: u64) -> Self {
        let chance = Mutex::new(ChaCha8Rng::seed_from_u64(seed));
        let (said, cuts) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { clients: Mutex::default(), chance, said, cuts }
    }

    /// One more whose connection may be cut.
    pub fn may_cut(&self, client: Client) {
        self.clients.lock().expect("nobody broke off").push(client);
    }

    /// Something was said.
    pub fn said_one(&self) {
        if self.said.fetch_add(1, Ordering::Relaxed) % SAID_BETWEEN != SAID_BETWEEN - 1 {
            return;
        }
        let clients = self.clients.lock().expect("nobody broke off");
        let at = self.chance.lock().expect("nobody broke off").random_range(0..clients.len());
        clients[at].sever();
        self.cuts.fetch_add(1, Ordering::Relaxed);
    }
}
