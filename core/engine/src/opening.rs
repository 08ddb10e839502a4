//! What a calendar has answered last, kept for as long as it holds.
//!
//! To ask [`Hours`] costs a look at the zone for each midnight and change of the clock up to the next change of the answer, and it is asked on
//! page views. An answer holds from the instant asked about until the one that it names, so an earlier instant, after the clock on the wall was
//! set back, asks anew. A policy has [`KeptOpening`]s of its own, so another one inherits none.

use frontdesk_desk::policy::hours::{HORIZON_MS, Hours, Opening};

use crate::sync::atomic::{AtomicU64, Ordering};

/// Bits of how long an answer holds.
const SPAN_BITS: u32 = 30;
const _: () = assert!(HORIZON_MS < 1 << SPAN_BITS);
/// The latest end, in seconds since 1970, that fits beside it: in the year 2242. What holds for longer isn't kept.
const UNTIL_S_MAX: u64 = (1 << (63 - SPAN_BITS)) - 1;

/// The latest answer of one calendar, in one word: until when it holds, in seconds since 1970; for how long, in milliseconds; whether it is open.
#[derive(Debug, Default)]
pub(crate) struct KeptOpening(AtomicU64);

impl KeptOpening {
    /// What the calendar says of an instant. Exact: where the clock is set back or forth too.
    pub(crate) fn at(&self, wall_ms: u64, hours: &Hours) -> Opening {
        // Relaxed: each word is an answer by itself.
        let kept = unpack(self.0.load(Ordering::Relaxed));
        if let Some((from_wall_ms, opening)) = kept
            && (from_wall_ms..opening.until_wall_ms).contains(&wall_ms)
        {
            return opening;
        }
        let opening = hours.at(wall_ms);
        self.0.store(pack(wall_ms, opening), Ordering::Relaxed);
        opening
    }
}

/// 0 for one that isn't kept. An end that is no whole second is cut to one.
fn pack(from_wall_ms: u64, opening: Opening) -> u64 {
    let until_s = opening.until_wall_ms / 1_000;
    match (until_s * 1_000).checked_sub(from_wall_ms) {
        Some(span_ms) if span_ms <= HORIZON_MS && until_s <= UNTIL_S_MAX => {
            (until_s << SPAN_BITS | span_ms) << 1 | u64::from(opening.open)
        }
        _ => 0,
    }
}

fn unpack(word: u64) -> Option<(u64, Opening)> {
    let until_wall_ms = (word >> 1 >> SPAN_BITS) * 1_000;
    let span_ms = word >> 1 & ((1 << SPAN_BITS) - 1);
    let opening = Opening { open: word & 1 == 1, until_wall_ms };
    (word != 0).then_some((until_wall_ms - span_ms, opening))
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use frontdesk_desk::id::ScheduleId;
    use frontdesk_desk::policy::hours::{Schedule, Weekday, WeeklySpan};
    use proptest::prelude::*;

    use super::*;

    const HOUR_MS: u64 = 3_600_000;

    /// Open from nine to five on Thursdays, as 1970-01-01 was.
    fn thursdays() -> Hours {
        let day = WeeklySpan { day: Weekday::Thursday, from_minute: 540, until_minute: 1_020 };
        let id = ScheduleId::new("thursdays").expect("a good id");
        let weekly = vec![day];
        let schedule = Schedule { id, zone: "UTC".into(), weekly, special: Vec::new() };
        Hours::new(&schedule).expect("a good schedule")
    }

    #[test]
    fn an_answer_is_kept_for_as_long_as_it_holds_and_no_instant_before() {
        let (hours, kept) = (thursdays(), KeptOpening::default());
        let of = |wall_ms| (kept.at(wall_ms, &hours), unpack(kept.0.load(Ordering::Relaxed)));
        let (open, is_kept) = of(10 * HOUR_MS + 1);
        assert_eq!((open.open, open.until_wall_ms), (true, 17 * HOUR_MS));
        assert_eq!(is_kept, Some((10 * HOUR_MS + 1, open)));
        assert_eq!(of(17 * HOUR_MS - 1), (open, is_kept), "the calendar isn't asked");
        let (closed, _) = of(8 * HOUR_MS);
        assert_eq!((closed.open, closed.until_wall_ms), (false, 9 * HOUR_MS));
        assert!(!of(17 * HOUR_MS).0.open);
    }

    #[test]
    fn beyond_what_can_be_kept_the_calendar_is_asked_each_time() {
        let (hours, kept) = (thursdays(), KeptOpening::default());
        for wall_ms in [u64::MAX, u64::MAX / 2, 9_000_000_000_000, 253_402_300_800_000] {
            assert_eq!(kept.at(wall_ms, &hours), hours.at(wall_ms));
            assert_eq!(kept.0.load(Ordering::Relaxed), 0);
        }
    }

    proptest! {
        #[test]
        fn however_the_clock_is_set_the_answer_is_the_calendars(
            instants in prop::collection::vec(0..30 * 24 * HOUR_MS, 1..40)
        ) {
            let (hours, kept) = (thursdays(), KeptOpening::default());
            for wall_ms in instants {
                let (is, right) = (kept.at(wall_ms, &hours), hours.at(wall_ms));
                prop_assert_eq!(is.open, right.open);
                prop_assert!(is.until_wall_ms > wall_ms && is.until_wall_ms <= right.until_wall_ms);
            }
        }
    }
}
