//! What is typed before it is sent: bounded, masked, never kept.

use std::sync::Arc;

use crate::refusal::Refusal;

/// Longest preview, in bytes.
pub const PREVIEW_BYTES_MAX: usize = 2_048;

/// Fewest digits that look like a card's or an identity number.
const MASKED_DIGITS_MIN: usize = 13;

/// Characters between two digits of one number.
const SEPARATORS_MAX: usize = 3;

/// Checks and masks a preview. Runs of 13 digits or more, of any script, become dots, also when parted by up to three spaces,
/// hyphens, dots, slashes or underscores: a visitor who types a card number into the wrong field has not sent it yet. It guards
/// against an oversight, not against a visitor who wants the number to be read. Errors: [`Refusal::TooLong`].
pub(super) fn masked(text: &str) -> Result<Arc<str>, Refusal> {
    if text.len() > PREVIEW_BYTES_MAX {
        return Err(Refusal::TooLong { field: "text", bytes_max: PREVIEW_BYTES_MAX });
    }
    let mut shown = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(first) = text[at..].chars().next() {
        if !first.is_numeric() {
            at += first.len_utf8();
            continue;
        }
        let run = run_at(&text[at..]);
        if run.digits >= MASKED_DIGITS_MIN {
            shown.push_str(&text[copied..at]);
            let number = &text[at..at + run.bytes];
            shown.extend(number.chars().map(|c| if c.is_numeric() { '•' } else { c }));
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

/// The number that `text` begins with: its digits and what parts them.
fn run_at(text: &str) -> Run {
    let mut run = Run { bytes: 0, digits: 0 };
    let mut separators = 0;
    for (at, c) in text.char_indices() {
        if c.is_numeric() {
            run.digits += 1;
            run.bytes = at + c.len_utf8();
            separators = 0;
        } else if separators < SEPARATORS_MAX && parts_digits(c) {
            separators += 1;
        } else {
            break;
        }
    }
    run
}

fn parts_digits(c: char) -> bool {
    // Spaces of all kinds, hyphens and dashes, and what has no width.
    c.is_whitespace()
        || matches!(c, '-' | '.' | '/' | '_' | '\u{2010}'..='\u{2015}' | '\u{200b}'..='\u{200d}' | '\u{2060}')
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
    fn no_usual_way_to_write_a_card_number_shows_it() {
        for parted in ["", ".", "/", "_", "  ", " - ", "\n", "\u{a0}", "\u{200b}", "–"] {
            let shown = masked(&["4111", "2222", "3333", "4444"].join(parted)).unwrap();
            assert!(!shown.contains(char::is_numeric), "{shown:?}");
        }
        assert!(!masked("４１１１２２２２３３３３４４４４").unwrap().contains(char::is_numeric));
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
