//! Every test that a document names exists, and every row that works has its three proofs.
//!
//! A document names a test as `` `file::function` ``, the file from the root of the project. So a row can't go on saying that it is
//! proved when its test was renamed or taken away.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The documents that name tests.
const DOCUMENTS: [&str; 2] = ["ARCHITECTURE.md", "tests/rows.md"];

/// The rows of the feature table that work.
const ROWS: [&str; 47] = [
    "P1", "P2", "P3", "P4", "P6", "P7", "A1", "A2", "A3", "A6", "A7", "Q1", "Q2", "Q3", "Q4", "Q5",
    "Q6", "Q7", "Q8", "Q9", "Q10", "Q11", "Q12", "Q13", "Q14", "S1", "S2", "S6", "S7", "S8", "S9",
    "S11", "M1", "M2", "M4", "M6", "M7", "M8", "B1", "B2", "W1", "W2", "W4", "W5", "W6", "G1",
    "G2",
];

#[test]
fn every_test_that_a_document_names_exists() {
    for document in DOCUMENTS {
        let text = read(document);
        let named = tests_named(&text);
        assert!(
            named.len() >= 10,
            "{document} names {} tests: is its form still read?",
            named.len()
        );
        let missing: Vec<_> = named.into_iter().filter(|test| !exists(test)).collect();
        assert!(missing.is_empty(), "{document} names tests that don't exist: {missing:#?}");
    }
}

#[test]
fn every_row_that_works_has_a_wire_an_in_process_and_a_refusal_test() {
    let table = read("tests/rows.md");
    let mut rows = BTreeSet::new();
    for line in table.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [row, _what, proofs @ ..] = &cells[..] else { continue };
        if *row == "row" || row.starts_with('-') {
            continue;
        }
        assert_eq!(proofs.len(), 3, "{row} has not three kinds of proof");
        for (kind, proof) in ["wire", "in process", "refusal"].iter().zip(proofs) {
            assert!(!tests_named(proof).is_empty(), "{row} has no {kind} test");
        }
        assert!(rows.insert((*row).to_owned()), "{row} stands there twice");
    }
    for row in ROWS {
        assert!(rows.contains(row), "{row} works and is not in the table");
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All `` `file.rs::function` `` of a text.
fn tests_named(text: &str) -> Vec<(String, String)> {
    let quoted = text.split('`').skip(1).step_by(2);
    let named = quoted.filter_map(|quoted| quoted.split_once(".rs::"));
    named.map(|(file, function)| (format!("{file}.rs"), function.to_owned())).collect()
}

/// Whether the file has a test of that name: the function, after an attribute that makes it one (also within `proptest!`), or
/// listed in the file's `stories!`.
fn exists((file, function): &(String, String)) -> bool {
    let path = root().join(file);
    let Ok(source) = fs::read_to_string(&path) else { return false };
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let begins = format!("fn {function}(");
    let Some(at) =
        lines.iter().position(|line| line.trim_start_matches("async ").starts_with(&begins))
    else {
        return false;
    };
    let listed = format!(": {function};");
    if source.contains("\nstories! {") && lines.iter().any(|line| line.ends_with(&listed)) {
        return true;
    }
    let mut above = lines[..at].iter().rev().take_while(|line| !line.is_empty() && **line != "}");
    above.any(|line| line.starts_with("#[") && line.contains("test"))
}
