//! What a code tells the client to do, also when the client has never heard of the code.
//!
//! The numbers themselves are [`Code`](crate::v1::Code); the same ones stand in `Refused`, `LinkEnded` and `GoAway` and
//! close QUIC streams and connections.

use std::ops::RangeInclusive;

/// Codes that mean [`Advice::CorrectIt`].
pub const CORRECT_IT: RangeInclusive<u32> = 1_000..=1_999;
/// Codes that mean [`Advice::ComeBackLater`].
pub const COME_BACK_LATER: RangeInclusive<u32> = 2_000..=2_999;
/// Codes that mean [`Advice::Stop`].
pub const STOP: RangeInclusive<u32> = 3_000..=3_999;

const _: () = assert!(*CORRECT_IT.end() < *COME_BACK_LATER.start());
const _: () = assert!(*COME_BACK_LATER.end() < *STOP.start());

/// What to do about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Advice {
    /// The same request will be refused again; link and connection live on.
    CorrectIt,
    /// The same may succeed later; `retry_after_ms` says when, where it is known.
    ComeBackLater,
    /// It is over; don't come back by yourself with the same means.
    Stop,
}

/// What to do about `code`, by its range.
///
/// Below the ranges stands what no broker sends on purpose: 0 closes a connection whose broker went down without a word,
/// so coming back is right. What lies above them was not thought of yet, and the careful answer to that is to stop.
///
/// ```
/// use frontdesk_proto::{codes::{Advice, advice}, v1::Code};
///
/// assert_eq!(advice(Code::TooSlow as u32), Advice::ComeBackLater);
/// assert_eq!(advice(3_777), Advice::Stop); // unknown to this version
/// ```
pub fn advice(code: u32) -> Advice {
    match code {
        1_000..=1_999 => Advice::CorrectIt,
        0..=999 | 2_000..=2_999 => Advice::ComeBackLater,
        3_000.. => Advice::Stop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::Code;

    #[test]
    fn every_number_has_the_advice_of_its_range_known_or_not() {
        for (code, expected) in [
            (0, Advice::ComeBackLater),
            (999, Advice::ComeBackLater),
            (*CORRECT_IT.start(), Advice::CorrectIt),
            (*CORRECT_IT.end(), Advice::CorrectIt),
            (*COME_BACK_LATER.start(), Advice::ComeBackLater),
            (*COME_BACK_LATER.end(), Advice::ComeBackLater),
            (*STOP.start(), Advice::Stop),
            (*STOP.end(), Advice::Stop),
            (4_000, Advice::Stop),
            (u32::MAX, Advice::Stop),
        ] {
            assert_eq!(advice(code), expected, "{code}");
        }
    }

    #[test]
    fn every_code_of_the_schema_lies_in_a_range() {
        let known: Vec<u32> = (1..10_000_u32)
            .filter(|&number| {
                i32::try_from(number).is_ok_and(|number| Code::try_from(number).is_ok())
            })
            .collect();
        assert!(known.len() >= 35, "the schema's codes are looked at: {known:?}");
        for code in known {
            let ranges = [CORRECT_IT, COME_BACK_LATER, STOP];
            assert_eq!(ranges.iter().filter(|range| range.contains(&code)).count(), 1, "{code}");
        }
    }
}
