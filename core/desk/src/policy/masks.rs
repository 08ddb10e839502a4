//! What is hidden of what visitors type before anybody sees it.
//!
//! Patterns are an admin's, so they are bounded: their letters, what they compile to, and how deep they nest. A search takes time in
//! proportion to the text, whatever the pattern.

use regex::{Regex, RegexBuilder};

use super::check::{unique, within};

/// Most patterns of one tenant.
pub const PATTERNS_MAX: usize = 16;
/// Longest pattern, in bytes.
pub const PATTERN_BYTES_MAX: usize = 256;
/// The most that one pattern may compile to, and the most that a search by it may note, in bytes each.
pub const COMPILED_BYTES_MAX: usize = 128 * 1024;
/// How deep brackets may nest in a pattern.
const NEST_MAX: u32 = 16;

/// What is hidden, as a policy has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masks {
    /// Numbers of cards.
    pub card: bool,
    /// Numbers of telephones.
    pub phone: bool,
    /// Numbers of identity papers.
    pub identity: bool,
    /// Whatever else matches one of these regular expressions, at most [`PATTERNS_MAX`].
    pub patterns: Vec<Box<str>>,
}

impl Default for Masks {
    /// Cards and identity papers; telephones not, because that is what agents ask for.
    fn default() -> Self {
        Self { card: true, phone: false, identity: true, patterns: Vec::new() }
    }
}

/// What is hidden, with its patterns compiled.
#[derive(Clone, Debug)]
pub struct MaskRules {
    /// The document's part.
    pub is: Masks,
    /// Its patterns; none matches an empty text.
    pub patterns: Vec<Regex>,
}

impl MaskRules {
    /// Compiles what was checked.
    pub(super) fn new(is: &Masks) -> Self {
        let patterns = is.patterns.iter().filter_map(|pattern| compiled(pattern).ok()).collect();
        Self { is: is.clone(), patterns }
    }
}

impl Default for MaskRules {
    fn default() -> Self {
        Self::new(&Masks::default())
    }
}

/// A pattern, ready. Errors: what is wrong with it, in words.
fn compiled(pattern: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(pattern)
        .size_limit(COMPILED_BYTES_MAX)
        .dfa_size_limit(COMPILED_BYTES_MAX)
        .nest_limit(NEST_MAX)
        .build();
    let regex = built.map_err(|error| match error {
        regex::Error::CompiledTooBig(bytes_max) => {
            format!("compiles to more than {bytes_max} bytes; write [0-9] for \\d, or repeat less")
        }
        // Its last line is what is wrong; those before draw the pattern.
        other => {
            let text = other.to_string();
            let reason = text.lines().next_back().unwrap_or_default();
            let reason = reason.strip_prefix("error: ").unwrap_or(reason);
            format!("is no regular expression: {reason}")
        }
    })?;
    if regex.is_match("") {
        return Err("matches an empty text; let it need a letter".to_owned());
    }
    Ok(regex)
}

/// Checks the part of a draft that is about masks.
pub(super) fn check(fault: &mut impl FnMut(String, String), masks: &Masks) {
    let patterns = &masks.patterns;
    within(fault, "masks.patterns", patterns.len() as u64, 0, PATTERNS_MAX as u64);
    if patterns.len() > PATTERNS_MAX {
        return;
    }
    unique(fault, "masks.patterns", patterns.iter());
    for (i, pattern) in patterns.iter().enumerate() {
        let path = format!("masks.patterns[{i}]");
        if pattern.is_empty() || pattern.len() > PATTERN_BYTES_MAX {
            let bytes = pattern.len() as u64;
            within(fault, &format!("{path}'s bytes"), bytes, 1, PATTERN_BYTES_MAX as u64);
        } else if let Err(text) = compiled(pattern) {
            fault(path, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(patterns: &[&str]) -> Vec<(String, String)> {
        let patterns = patterns.iter().map(|pattern| (*pattern).into()).collect();
        let masks = Masks { patterns, ..Masks::default() };
        let mut faults = Vec::new();
        check(&mut |path, fault| faults.push((path, fault)), &masks);
        faults
    }

    #[test]
    fn patterns_that_people_write_are_taken() {
        let patterns = [r"\b\d{15,18}[xX]?\b", r"(?i)iban\s*[a-z]{2}[0-9]{20}", "密码：?[^ ]+"];
        assert_eq!(faults(&patterns), []);
    }

    #[test]
    fn a_pattern_that_is_none_or_grows_or_nests_or_matches_nothing_is_refused_at_its_place() {
        let long = "x".repeat(PATTERN_BYTES_MAX + 1);
        let deep = format!("{}x{}", "(".repeat(20), ")".repeat(20));
        let bad = ["fine", "(", r"(\w{90}){90}", "a*", &long, "", &deep, "fine"];
        let found = faults(&bad);
        let paths: Vec<_> = found.iter().map(|(path, _)| path.as_str()).collect();
        let expected = ["[7]", "[1]", "[2]", "[3]", "[4]'s bytes", "[5]'s bytes", "[6]"]
            .map(|place| format!("masks.patterns{place}"));
        assert_eq!(paths, expected, "{found:?}");
        assert!(found[1].1.contains("unclosed group"), "{}", found[1].1);
        assert!(found[2].1.contains("131072 bytes"), "{}", found[2].1);
    }

    #[test]
    fn too_many_patterns_are_compiled_no_further() {
        assert_eq!(faults(&["("; PATTERNS_MAX + 1]).len(), 1);
    }
}
