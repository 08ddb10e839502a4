//! Tidiness as a test: what reviewers would otherwise say again and again.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// Longest file of a `src` folder, in lines.
const LINES_MAX: usize = 500;

/// Longer files, each with its bound and its reason.
const LONGER: [(&str, usize, &str); 1] =
    [("proto/src/generated.rs", 8_000, "made from the schema")];

/// What is left behind in a hurry. Split, so that this file doesn't name them.
const LEFT_BEHIND: [&str; 3] =
    [concat!("todo", "!("), concat!("dbg", "!("), concat!("unimpl", "emented!(")];

/// What the engine names through `engine::sync` only, so that a checker can take its place.
const SHARED_MEMORY: [&str; 6] = [
    "std::sync::atomic",
    "std::sync::Mutex",
    "std::sync::RwLock",
    "parking_lot",
    "loom::",
    "shuttle::",
];

/// Clocks, which desk and engine are given and never read.
const CLOCKS: [&str; 3] = ["Instant::now", "SystemTime::now", ".elapsed()"];

#[test]
fn files_are_short_enough_to_be_read_at_a_sitting() {
    for (path, source) in sources(&["proto/src", "core"]) {
        let lines = source.lines().count();
        let (lines_max, reason) = LONGER
            .iter()
            .find(|(longer, ..)| *longer == path)
            .map_or((LINES_MAX, ""), |(_, lines_max, reason)| (*lines_max, reason));
        assert!(lines <= lines_max, "{path} has {lines} lines {reason}: look for the second noun");
    }
}

#[test]
fn a_longer_file_keeps_its_exception_only_while_it_needs_it() {
    for (path, ..) in LONGER {
        let source = fs::read_to_string(root().join(path)).unwrap();
        assert!(source.lines().count() > LINES_MAX, "{path} is short by now");
    }
}

#[test]
fn each_file_says_at_its_top_what_it_is() {
    for (path, source) in sources(&["proto", "core", "tests", "examples", "benches", "fuzz"]) {
        let is_exempt = path.ends_with("/tests.rs") || path == "proto/src/generated.rs";
        let first = source.lines().next();
        let says = first.is_some_and(|line| line.starts_with("//! ") && line.len() > 8);
        assert!(says || is_exempt, "{path} begins without a //! header");
    }
}

#[test]
fn nothing_is_left_for_later() {
    for (path, source) in sources(&["proto", "core", "tests", "examples", "benches", "fuzz"]) {
        for left in LEFT_BEHIND {
            assert!(!source.contains(left), "{path} holds {left}");
        }
        assert!(!source.contains(concat!("#[ign", "ore")), "{path} has a test that doesn't run");
    }
}

#[test]
fn the_engine_names_shared_memory_through_one_door() {
    for (path, source) in sources(&["core/engine/src"]) {
        if path.starts_with("core/engine/src/sync") || path.ends_with("/tests.rs") {
            continue;
        }
        for (number, line) in code(&source) {
            for name in SHARED_MEMORY {
                assert!(!line.contains(name), "{path}:{number} names {name}: use crate::sync");
            }
        }
    }
}

#[test]
fn desk_and_engine_read_no_clock() {
    for (path, source) in sources(&["core/desk/src", "core/engine/src"]) {
        for (number, line) in code(&source) {
            for clock in CLOCKS {
                assert!(!line.contains(clock), "{path}:{number} reads a clock");
            }
        }
    }
}

#[test]
fn the_words_of_wire_and_desk_meet_at_the_border_only() {
    for (path, source) in sources(&["core/broker/src"]) {
        if path.starts_with("core/broker/src/border") || path.ends_with("/tests.rs") {
            continue;
        }
        let shipped = source.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code(shipped) {
            let oneof = line.contains("v1::delivery::");
            assert!(!oneof, "{path}:{number} makes wire words of deliveries: the border's part");
        }
    }
}

#[test]
fn no_path_of_somebodys_machine_is_written_down() {
    let words = [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/")];
    let mut files = sources(&["proto", "core", "tests", "examples", "benches", "fuzz"]);
    for document in
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "PROTOCOL.md", "CHANGELOG.md"]
    {
        files.push((document.to_owned(), fs::read_to_string(root().join(document)).unwrap()));
    }
    for (path, source) in files {
        for word in words {
            assert!(!source.contains(word), "{path} holds {word}");
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below some folders, with their paths from the root.
fn sources(folders: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in folders {
        let before = found.len();
        walk(&root().join(folder), &mut found);
        assert!(found.len() > before, "no Rust file below {folder}");
    }
    found
}

fn walk(folder: &Path, found: &mut Vec<(String, String)>) {
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "target") {
                walk(&path, found);
            }
        } else if path.extension().is_some_and(|end| end == "rs") {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            let source = fs::read_to_string(&path).unwrap();
            found.push((name, source));
        }
    }
}

/// The lines of a source that are no comments, with their numbers.
fn code(source: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(source.lines()).filter(|(_, line)| !line.trim_start().starts_with("//"))
}
