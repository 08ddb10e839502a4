//! What is typed before it is sent: bounded, masked, never kept.

use std::sync::Arc;

use crate::refusal::Refusal;

/// Longest preview, in bytes.
pub const PREVIEW_BYTES_MAX: usize = 2_048;

/// Fewest digits that look like a card's or an identity number.
const MASKED_DIGITS_MIN: usize = 13;

/// Checks and masks a preview. Runs of 13 digits or more, also when parted by single spaces or hyphens, become dots: a visitor
/// who types a card number into the wrong field has not sent it yet. Errors: [`Refusal::TooLong`].
pub(super) fn masked(text: &str) -> Result<Arc<str>, Refusal> {
    if text.len() > PREVIEW_BYTES_MAX {
        return Err(Refusal::TooLong { field: "text", bytes_max: PREVIEW_BYTES_MAX });
    }
    let bytes = text.as_bytes();
    let mut shown = String::new();
    let (mut copied, mut at) = (0, 0);
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let run = run_at(&bytes[at..]);
        if run.digits >= MASKED_DIGITS_MIN {
            shown.push_str(&text[copied..at]);
            let dotted =
                text[at..at + run.bytes].chars().map(|c| if c.is_ascii_digit() { '•' } else { c });
            shown.extend(dotted);
            copied = at + run.bytes;
        }
        at += run.bytes;
    }
    if copied == 0 {
        return Ok(text.into());
    }
    shown.push_str(&text[copied..]);
    Ok(shown.into())
}

struct Run {
    bytes: usize,
    digits: usize,
}

/// The digits that `bytes` begins with, and the single spaces and hyphens between them.
fn run_at(bytes: &[u8]) -> Run {
    let mut run = Run { bytes: 0, digits: 0 };
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_digit() {
            run.digits += 1;
            at += 1;
            run.bytes = at;
        } else if matches!(bytes[at], b' ' | b'-')
            && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
        {
            at += 1;
        } else {
            break;
        }
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_and_identity_numbers_are_not_shown() {
        assert_eq!(
            &*masked("卡号 6222 0212-3456 7890 123 好").unwrap(),
            "卡号 •••• ••••-•••• •••• ••• 好"
        );
        assert_eq!(&*masked("11010519491231002X").unwrap(), "•••••••••••••••••X");
    }

    #[test]
    fn short_numbers_are_shown() {
        for text in ["订单 20261122", "138 0013 8000", "1 2 3", "", "a-1-b"] {
            assert_eq!(&*masked(text).unwrap(), text);
        }
    }

    #[test]
    fn a_preview_over_its_bound_is_refused() {
        assert!(masked(&"x".repeat(PREVIEW_BYTES_MAX)).is_ok());
        assert!(masked(&"x".repeat(PREVIEW_BYTES_MAX + 1)).is_err());
    }
}
