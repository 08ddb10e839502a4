//! How a broker goes: it tells everyone, takes nobody new, waits a bounded time, and closes what is left.
//!
//! ```text
//!   Serving ──drain()──► Draining ──all gone, or the time is over──► Over
//! ```
//!
//! While it drains, links live on and sessions go on; new links and connections are answered DRAINING. Clients are told
//! different times to come back, so that they don't come all at once to the broker that takes this one's place.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Where a broker stands between its start and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It takes connections and links.
    Serving,
    /// It takes none, and serves what is there until this instant.
    Draining {
        /// When it closes what is left.
        until: Instant,
    },
    /// It closes everything.
    Over,
}

impl Phase {
    /// How long connections will still be served, in milliseconds.
    pub(crate) fn remaining_ms(self) -> u64 {
        match self {
            Self::Serving => u64::MAX,
            Self::Draining { until } => {
                u64::try_from(until.saturating_duration_since(Instant::now()).as_millis())
                    .unwrap_or(u64::MAX)
            }
            Self::Over => 0,
        }
    }
}

/// The first that is told to come back does so after this: a process starts in it.
const RETRY_MIN_MS: u64 = 500;
/// And the last one that much later: a full house of 200,000 comes back at 40,000 a second at most.
const RETRY_SPREAD_MS: u64 = 5_000;

/// Hands out times to come back, spread evenly whoever asks when.
#[derive(Debug, Default)]
pub(crate) struct Returns {
    given: AtomicU32,
}

impl Returns {
    /// Milliseconds until the next one asked may come back.
    pub(crate) fn next_ms(&self) -> u64 {
        // Relaxed: a counter. Steps of the golden section fill the span evenly after any number of them.
        let given = self.given.fetch_add(1, Ordering::Relaxed);
        let share = u64::from(given.wrapping_mul(0x9e37_79b9));
        RETRY_MIN_MS + ((share * RETRY_SPREAD_MS) >> 32)
    }
}

/// How long the connections that are closed at the end of a drain get for their last word to arrive.
pub(crate) const LAST_WORD_TIME: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_come_back_are_spread_over_the_span() {
        let returns = Returns::default();
        let mut times: Vec<u64> = (0..1_000).map(|_| returns.next_ms()).collect();
        times.sort_unstable();
        assert!(times[0] >= RETRY_MIN_MS && times[999] <= RETRY_MIN_MS + RETRY_SPREAD_MS);
        let widest = times.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(widest <= Some(20), "{widest:?}");
    }
}
