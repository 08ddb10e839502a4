//! The broker's clock: the one place where the time is read.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use frontdesk_desk::time::Now;

/// Reads both clocks. The monotonic one begins at 1 with the broker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { started: Instant::now() }
    }

    pub(crate) fn now(&self) -> Now {
        let mono_ms = 1 + u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX - 1);
        // A wall clock before 1970 is not set; everything below takes 0 for "long ago".
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { mono_ms, wall_ms: u64::try_from(wall.as_millis()).unwrap_or(u64::MAX) }
    }
}
