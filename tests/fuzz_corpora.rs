//! The fuzz targets without a fuzzer: every committed corpus is replayed, and mutated from a fixed seed.
//!
//! The bodies are those that `fuzz/` gives to libFuzzer. `FRONTDESK_FUZZ_RUNS` sets how many mutations each target gets, and
//! `FRONTDESK_FUZZ_SEED` another beginning; a failing input is printed as hexadecimal.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

#[cfg(feature = "broker")]
#[path = "../fuzz/bodies/command.rs"]
mod command;
#[path = "../fuzz/bodies/desk.rs"]
#[allow(unreachable_pub, reason = "a fuzz target names it from outside")]
mod desk;
#[path = "../fuzz/bodies/frame.rs"]
mod frame;

/// Mutations of each target, unless `FRONTDESK_FUZZ_RUNS` says otherwise.
const RUNS: u64 = 20_000;
/// Longest mutated input; longer ones find nothing new in these bodies.
const INPUT_BYTES_MAX: usize = 4_096;

#[test]
fn the_frame_reader_holds_over_its_corpus_and_its_mutations() {
    hold("frame", frame::run);
}

#[cfg(feature = "broker")]
#[test]
fn the_border_holds_over_its_corpus_and_its_mutations() {
    hold("command", command::run);
}

#[test]
fn the_desk_holds_over_its_corpus_and_its_mutations() {
    hold("desk", desk::run);
}

fn hold(target: &str, run: fn(&[u8])) {
    let corpus = corpus(target);
    for (name, input) in &corpus {
        check(&format!("corpus/{target}/{name}"), input, run);
    }
    let seed = number("FRONTDESK_FUZZ_SEED", 1);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    for turn in 0..number("FRONTDESK_FUZZ_RUNS", RUNS) {
        let (name, input) = &corpus[below(&mut chance, corpus.len())];
        let mut input = input.clone();
        for _ in 0..=below(&mut chance, 6) {
            let (_, other) = &corpus[below(&mut chance, corpus.len())];
            mutate(&mut input, other, &mut chance);
        }
        input.truncate(INPUT_BYTES_MAX);
        check(&format!("{name}, mutation {turn} of seed {seed}"), &input, run);
    }
}

/// The corpus in the order of its names, so that a seed means the same everywhere.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut corpus: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into(), fs::read(path).unwrap()))
        .collect();
    corpus.sort();
    assert!(corpus.len() >= 3, "{} inputs in {}", corpus.len(), folder.display());
    corpus
}

fn check(what: &str, input: &[u8], run: fn(&[u8])) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(input))) {
        let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
        eprintln!("{what} fails: {hex}");
        resume_unwind(panic);
    }
}

fn mutate(input: &mut Vec<u8>, other: &[u8], chance: &mut impl Rng) {
    let at = below(chance, input.len() + 1);
    let end = at + below(chance, input.len() - at + 1);
    match below(chance, 8) {
        0 => input.insert(at, chance.next_u32() as u8),
        1 => drop(input.drain(at..end)),
        2 => input.extend_from_within(at..end),
        3 => {
            let from = below(chance, other.len() + 1);
            input.splice(at..end, other[from..].iter().copied());
        }
        4 => input.truncate(end),
        // What stands in front chooses the setting.
        5 if !input.is_empty() => input[0] = chance.next_u32() as u8,
        6 if at < input.len() => {
            input[at] = [0, 1, 0x7f, 0x80, 0xff][below(chance, 5)];
        }
        _ if at < input.len() => input[at] ^= 1 << below(chance, 8),
        _ => input.push(chance.next_u32() as u8),
    }
}

/// An even draw below `end`, which is not 0.
fn below(chance: &mut impl Rng, end: usize) -> usize {
    (chance.next_u64() % end as u64) as usize
}

fn number(variable: &str, otherwise: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text:?}")),
        Err(_) => otherwise,
    }
}
