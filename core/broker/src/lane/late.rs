//! Previews that came too fast: the newest of each link, shown when its bucket has refilled.
//!
//! Only its latest preview is worth anything, so those between are dropped without a word; but the last one must be shown, or the
//! agent would look at an old one for ever. One a link at most, and only of links over their rate.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use frontdesk_desk::id::SessionId;

/// A preview that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LatePreview {
    pub(super) session: SessionId,
    pub(super) text: Box<str>,
    /// When there is room for it.
    pub(super) due_mono_ms: u64,
}

/// Those that wait, by link number.
#[derive(Debug, Default)]
pub(super) struct LatePreviews {
    waiting: HashMap<u32, LatePreview, RandomState>,
    /// Not later than the first that is due.
    next_mono_ms: Option<u64>,
}

impl LatePreviews {
    /// Keeps the newest of a link. The one before it is dropped, its place in time stays.
    pub(super) fn keep(&mut self, number: u32, mut late: LatePreview) {
        if let Some(earlier) = self.waiting.get(&number) {
            late.due_mono_ms = earlier.due_mono_ms;
        }
        self.next_mono_ms =
            Some(self.next_mono_ms.map_or(late.due_mono_ms, |next| next.min(late.due_mono_ms)));
        self.waiting.insert(number, late);
    }

    /// The link has shown something newer, has sent it, or is gone.
    pub(super) fn drop_of(&mut self, number: u32) {
        if !self.waiting.is_empty()
            && self.waiting.remove(&number).is_some()
            && self.waiting.is_empty()
        {
            self.next_mono_ms = None;
        }
    }

    /// When to look again.
    pub(super) fn next_mono_ms(&self) -> Option<u64> {
        self.next_mono_ms
    }

    /// Takes out those that are due.
    pub(super) fn due(&mut self, mono_ms: u64) -> Vec<(u32, LatePreview)> {
        if self.next_mono_ms.is_none_or(|next| next > mono_ms) {
            return Vec::new();
        }
        let due: Vec<_> = self.waiting.extract_if(|_, late| late.due_mono_ms <= mono_ms).collect();
        self.next_mono_ms = self.waiting.values().map(|late| late.due_mono_ms).min();
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn late(text: &str, due_mono_ms: u64) -> LatePreview {
        let session = SessionId::from_bytes([1; 16]).expect("not zero");
        LatePreview { session, text: text.into(), due_mono_ms }
    }

    #[test]
    fn the_newest_is_shown_once_when_the_first_would_have_been() {
        let mut previews = LatePreviews::default();
        previews.keep(1, late("h", 100));
        previews.keep(1, late("he", 300));
        previews.keep(2, late("x", 200));
        assert_eq!(previews.next_mono_ms(), Some(100));
        assert_eq!(previews.due(99), []);
        assert_eq!(previews.due(100), [(1, late("he", 100))]);
        assert_eq!(previews.next_mono_ms(), Some(200));
        previews.drop_of(2);
        assert_eq!(previews.next_mono_ms(), None);
        assert_eq!(previews.due(1_000), []);
    }
}
