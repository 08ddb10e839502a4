//! A link's credit: how much of what the broker sent has been taken, and when to say so.
//!
//! Replies are taken as they come, events when the program takes them, so a program that doesn't read is felt by the broker,
//! on its own link alone. Taken is told in totals, each time half of the window has been used up, so a lost total is made
//! good by the next. A new attachment counts from nothing.
//!
//! Never tells less than it told before, within one attachment.

/// The account of one attachment.
#[derive(Debug, Default)]
pub(crate) struct Credit {
    window_bytes: u64,
    taken_bytes: u64,
    told_bytes: u64,
}

impl Credit {
    /// A new attachment with `Limits.link_credit_bytes`; 0 is a broker that doesn't count.
    pub(crate) fn new(window_bytes: u32) -> Self {
        Self { window_bytes: window_bytes.into(), taken_bytes: 0, told_bytes: 0 }
    }

    /// Counts `frame_bytes` as taken and says which total to tell the broker now, if any.
    pub(crate) fn take(&mut self, frame_bytes: u64) -> Option<u64> {
        self.taken_bytes = self.taken_bytes.saturating_add(frame_bytes);
        debug_assert!(self.told_bytes <= self.taken_bytes, "told more than taken");
        let due = self.window_bytes > 0
            && self.taken_bytes - self.told_bytes >= self.window_bytes.div_ceil(2);
        due.then(|| {
            self.told_bytes = self.taken_bytes;
            self.taken_bytes
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_told_each_time_half_of_the_window_is_used_up() {
        let mut credit = Credit::new(100);
        assert_eq!(credit.take(49), None);
        assert_eq!(credit.take(1), Some(50));
        assert_eq!(credit.take(49), None);
        assert_eq!(credit.take(200), Some(299));
    }

    #[test]
    fn the_broker_can_always_send_half_a_window_once_everything_is_taken() {
        let mut credit = Credit::new(1001);
        let mut told = 0;
        for sent in (7..100_000).step_by(7) {
            told = credit.take(7).unwrap_or(told);
            assert!(sent - told < 501, "{sent} sent and taken, {told} told");
        }
    }

    #[test]
    fn a_broker_without_a_window_is_told_nothing() {
        assert_eq!(Credit::new(0).take(1 << 40), None);
    }
}
