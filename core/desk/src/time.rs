//! Time as an argument: one instant on the two clocks that the rules need.

/// An instant. Ages and deadlines go by `mono_ms`, which never goes back; what people read goes by `wall_ms`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds on a clock that never goes back, from any start.
    pub mono_ms: u64,
    /// Milliseconds since 1970-01-01 UTC; may jump.
    pub wall_ms: u64,
}

impl Now {
    /// The instant `span_ms` later on both clocks.
    #[must_use]
    pub fn after_ms(self, span_ms: u64) -> Self {
        Self { mono_ms: self.mono_ms + span_ms, wall_ms: self.wall_ms + span_ms }
    }
}
