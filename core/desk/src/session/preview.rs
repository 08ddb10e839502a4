//! What is typed before it is sent: bounded, masked, never kept.

use std::ops::Range;
use std::sync::Arc;

use crate::policy::masks::{MaskRules, Masks};
use crate::refusal::Refusal;
use crate::time::Now;

/// Longest preview, in bytes.
pub const PREVIEW_BYTES_MAX: usize = 2_048;

/// What the visitor types is shown anew at most this often, in milliseconds: five times a second, whatever it does on however many links.
pub const PREVIEW_GAP_MS: u64 = 200;

/// Characters between two digits of one number.
const SEPARATORS_MAX: usize = 3;
const _: () = assert!(PREVIEW_BYTES_MAX <= Hidden::BYTES);

/// What a visitor is typing, and what of that is shown.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// The latest, masked.
    text: Option<Arc<str>>,
    /// Whether those who watch see a text.
    is_shown: bool,
    /// When something was last shown; 0 for never.
    shown_mono_ms: u64,
    /// When the latest is to be shown; 0 if it is.
    due_mono_ms: u64,
}

impl Typed {
    /// What is typed now. Answers with what is to be shown at once.
    pub(super) fn now(&mut self, text: Option<Arc<str>>, now: Now) -> Option<Arc<str>> {
        if self.text == text {
            return None;
        }
        self.text = text;
        let free_mono_ms = self.shown_mono_ms.saturating_add(PREVIEW_GAP_MS);
        if self.shown_mono_ms != 0 && now.mono_ms < free_mono_ms {
            self.due_mono_ms = free_mono_ms;
            return None;
        }
        Some(self.show(now))
    }

    /// What is to be shown by now.
    pub(super) fn take_due(&mut self, now: Now) -> Option<Arc<str>> {
        (self.deadline()? <= now.mono_ms).then(|| self.show(now))
    }

    /// When the latest is to be shown, if it isn't.
    pub(super) fn deadline(&self) -> Option<u64> {
        (self.due_mono_ms != 0).then_some(self.due_mono_ms)
    }

    /// Nothing is typed any more. Whether that is to be shown.
    pub(super) fn clear(&mut self) -> bool {
        (self.text, self.due_mono_ms) = (None, 0);
        std::mem::take(&mut self.is_shown)
    }

    /// What those who come see; `None` for nothing.
    pub(super) fn shown(&self) -> Option<&Arc<str>> {
        self.text.as_ref().filter(|_| self.is_shown)
    }

    /// Whether those who watch see a text.
    pub(super) fn is_shown(&self) -> bool {
        self.is_shown
    }

    fn show(&mut self, now: Now) -> Arc<str> {
        (self.shown_mono_ms, self.due_mono_ms) = (now.mono_ms.max(1), 0);
        self.is_shown = self.text.is_some();
        self.text.clone().unwrap_or_default()
    }
}

/// Checks what is typed and masks what the policy hides, each hidden character by a dot.
///
/// Numbers are runs of digits of any script, also when parted by up to three spaces, hyphens, dots, slashes or underscores: those of 13 and more
/// look like a card's, those of 15, 17 and more like an identity paper's, those of 7 to 12 like a telephone's. It guards against an oversight, as
/// when a card number is typed into the wrong field, and not against a visitor who wants it to be read. Errors: [`Refusal::TooLong`].
pub fn masked(text: &str, rules: &MaskRules) -> Result<Arc<str>, Refusal> {
    if text.len() > PREVIEW_BYTES_MAX {
        return Err(Refusal::TooLong { field: "text", bytes_max: PREVIEW_BYTES_MAX });
    }
    let mut hidden = Hidden::default();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if !first.is_numeric() {
            at += first.len_utf8();
            continue;
        }
        let run = run_at(&text[at..]);
        if hides(&rules.is, run.digits) {
            hidden.hide(text, at..at + run.bytes, char::is_numeric);
        }
        at += run.bytes;
    }
    for pattern in &rules.patterns {
        for found in pattern.find_iter(text) {
            hidden.hide(text, found.range(), |c| !c.is_whitespace());
        }
    }
    if hidden == Hidden::default() {
        return Ok(text.into());
    }
    let shown = text.char_indices().map(|(at, c)| if hidden.is(at) { '•' } else { c });
    Ok(shown.collect::<String>().into())
}

/// Whether a number of so many digits is hidden.
fn hides(masks: &Masks, digits: usize) -> bool {
    (masks.card && digits >= 13)
        || (masks.identity && (digits == 15 || digits >= 17))
        || (masks.phone && (7..=12).contains(&digits))
}

/// Which characters are hidden, by their first byte.
#[derive(Default, PartialEq, Eq)]
struct Hidden([u64; Self::BYTES / 64]);

impl Hidden {
    const BYTES: usize = 2_048;

    fn hide(&mut self, text: &str, range: Range<usize>, which: impl Fn(char) -> bool) {
        for (at, c) in text[range.clone()].char_indices() {
            if which(c) {
                let at = range.start + at;
                self.0[at / 64] |= 1 << (at % 64);
            }
        }
    }

    fn is(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 == 1
    }
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
    use crate::id::{DepartmentId, SiteId};
    use crate::policy::{Draft, Policy};

    fn by_default(text: &str) -> Arc<str> {
        masked(text, &MaskRules::default()).unwrap()
    }

    fn by(masks: Masks, text: &str) -> String {
        let departments = vec![DepartmentId::new("sales").unwrap()];
        let draft = Draft { masks, ..Draft::new(vec![SiteId::new("www").unwrap()], departments) };
        let policy = Policy::new(draft).unwrap();
        masked(text, policy.masks()).unwrap().to_string()
    }

    #[test]
    fn card_and_identity_numbers_are_not_shown() {
        assert_eq!(
            &*by_default("卡号 6222 0212-3456 7890 123 好"),
            "卡号 •••• ••••-•••• •••• ••• 好"
        );
        assert_eq!(&*by_default("11010519491231002X"), "•••••••••••••••••X");
    }

    #[test]
    fn no_usual_way_to_write_a_card_number_shows_it() {
        for parted in ["", ".", "/", "_", "  ", " - ", "\n", "\u{a0}", "\u{200b}", "–"] {
            let shown = by_default(&["4111", "2222", "3333", "4444"].join(parted));
            assert!(!shown.contains(char::is_numeric), "{shown:?}");
        }
        assert!(!by_default("４１１１２２２２３３３３４４４４").contains(char::is_numeric));
    }

    #[test]
    fn short_numbers_are_shown() {
        for text in ["订单 20261122", "138 0013 8000", "1 2 3", "", "a-1-b"] {
            assert_eq!(&*by_default(text), text);
        }
    }

    #[test]
    fn a_preview_over_its_bound_is_refused() {
        assert!(masked(&"x".repeat(PREVIEW_BYTES_MAX), &MaskRules::default()).is_ok());
        assert!(masked(&"x".repeat(PREVIEW_BYTES_MAX + 1), &MaskRules::default()).is_err());
    }

    #[test]
    fn the_policy_says_which_numbers_are_hidden_and_what_else() {
        let text = "IBAN de12 打 138 0013 8000 or 6222021234567890";
        let none = Masks { card: false, phone: false, identity: false, patterns: vec![] };
        assert_eq!(by(none.clone(), text), text);
        assert_eq!(
            by(Masks { phone: true, ..none.clone() }, text),
            "IBAN de12 打 ••• •••• •••• or 6222021234567890"
        );
        let patterns = vec![r"(?i)[a-z]{2}[0-9]{2}".into(), "打 1".into()];
        assert_eq!(
            by(Masks { patterns, card: true, ..none }, text),
            "IBAN •••• • •38 0013 8000 or ••••••••••••••••"
        );
    }

    #[test]
    fn a_pattern_within_a_hidden_number_hides_no_less_of_it() {
        let masks = Masks { patterns: vec!["^6222".into()], ..Masks::default() };
        assert_eq!(by(masks, "6222 0212 3456 7890"), "•••• •••• •••• ••••");
    }

    #[test]
    fn what_is_typed_is_shown_at_most_so_often_and_the_latest_always() {
        let at = |mono_ms| Now { mono_ms, wall_ms: 0 };
        let text = |text: &str| Some(Arc::<str>::from(text));
        let mut typed = Typed::default();
        assert_eq!(typed.now(text("a"), at(0)), text("a"));
        assert_eq!(typed.now(text("ab"), at(50)), None);
        assert_eq!(typed.now(text("abc"), at(190)), None);
        assert_eq!((typed.deadline(), typed.take_due(at(200))), (Some(201), None));
        assert_eq!(typed.take_due(at(201)), text("abc"));
        assert_eq!((typed.deadline(), typed.now(None, at(300))), (None, None));
        assert!(typed.is_shown() && typed.shown().is_none(), "the old one is seen till then");
        assert_eq!(typed.take_due(at(401)), text(""));
        assert!(!typed.clear(), "nothing is seen");
        assert_eq!(typed.now(text("x"), at(500)), None);
        assert!(!typed.clear() && typed.deadline().is_none(), "it was never seen");
    }
}
