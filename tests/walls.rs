//! The walls between the crates: which may name which, and which strangers each lets in.
//!
//! Read from `cargo metadata`, by crate and kind of dependency, so that no spelling gets round it. An arrow that turns, or a new
//! library, fails here until it stands in these tables with its reason. Versions are read from `Cargo.lock`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::semver::Version;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Each crate of ours, and those of ours that it may name.
const ARROWS: [(&str, &[&str]); 6] = [
    ("frontdesk-desk", &[]),
    ("frontdesk-proto", &[]),
    ("frontdesk-engine", &["frontdesk-desk"]),
    ("frontdesk-client", &["frontdesk-proto"]),
    ("frontdesk-broker", &["frontdesk-desk", "frontdesk-engine", "frontdesk-proto"]),
    (
        "frontdesk",
        &[
            "frontdesk-broker",
            "frontdesk-client",
            "frontdesk-desk",
            "frontdesk-engine",
            "frontdesk-proto",
        ],
    ),
];

/// Each crate's libraries that are not ours, and what for.
const STRANGERS: [(&str, &[(&str, &str)]); 6] = [
    (
        "frontdesk-desk",
        &[
            ("bytes", "message bodies are opaque and shared, not copied"),
            ("foldhash", "finds the names of a policy, with every command"),
            (
                "jiff",
                "time zones and their daylight saving, from the database bundled with it: it reads no file",
            ),
            ("rand_chacha", "the seeded generator; the seed is an argument"),
            ("regex", "what an admin hides of what is typed: linear in the text, bounded in size"),
            ("smallvec", "one or two links and effects without an allocation"),
            ("thiserror", "refusals as sentences"),
        ],
    ),
    (
        "frontdesk-proto",
        &[
            ("bytes", "frames are slices of what came in"),
            ("prost", "the message types"),
            ("thiserror", "errors as sentences"),
        ],
    ),
    (
        "frontdesk-engine",
        &[
            ("bytes", "message bodies"),
            ("foldhash", "a seeded hash for names that strangers choose"),
            ("hashbrown", "tables that find records by where they lie"),
            ("loom", "cfg(loom): stands behind engine::sync when every interleaving is tried"),
            ("parking_lot", "a plain build: the locks behind engine::sync"),
            ("shuttle", "cfg(shuttle): stands behind engine::sync under random schedules"),
            ("smallvec", "a turn's places and wakes without an allocation"),
            ("thiserror", "errors as sentences"),
        ],
    ),
    (
        "frontdesk-client",
        &[
            ("bytes", "frames and bodies"),
            ("parking_lot", "short locks around what links and lanes share"),
            ("prost", "encodes commands"),
            ("quinn", "QUIC"),
            ("rand", "message ids and backoff"),
            ("rustls", "TLS: certificates by file, pin or root"),
            ("thiserror", "errors as sentences"),
            ("tokio", "waits"),
            ("tracing", "logs"),
        ],
    ),
    (
        "frontdesk-broker",
        &[
            ("arc-swap", "what every link reads and few change"),
            ("bytes", "frames and bodies"),
            ("dashmap", "counters and limits by tenant and address"),
            ("foldhash", "hashes for its tables"),
            ("http-body-util", "bodies of the metrics port"),
            ("hyper", "the metrics port"),
            ("hyper-util", "the metrics port on tokio"),
            ("jsonwebtoken", "tokens; without its backend, which would bring the rsa crate"),
            ("prometheus-client", "metrics as text"),
            ("prost", "decodes commands, encodes deliveries"),
            ("quinn", "QUIC"),
            ("quinn-proto", "named for its floor version and its reset and connection-id keys"),
            ("rand", "the operating system's randomness, for seeds and keys"),
            ("rcgen", "the development certificate"),
            ("ring", "signatures of tokens, keys of the endpoint"),
            ("rustls", "TLS"),
            ("serde", "the configuration file and the claims of tokens"),
            ("serde_json", "the claims of tokens"),
            ("thiserror", "errors as sentences"),
            ("tokio", "waits"),
            ("toml", "the configuration file"),
            ("tracing", "logs"),
        ],
    ),
    ("frontdesk", &[]),
];

/// What the tests of one crate may use beyond what it may use itself.
const FOR_TESTS: [(&str, &[&str]); 6] = [
    ("frontdesk-desk", &["proptest"]),
    ("frontdesk-proto", &["proptest", "prost-build", "protox"]),
    ("frontdesk-engine", &["proptest"]),
    // A scripted broker with a certificate of its own; not the real one, that would be an arrow.
    ("frontdesk-client", &["rcgen"]),
    ("frontdesk-broker", &["proptest"]),
    (
        "frontdesk",
        &[
            "anyhow",
            "bytes",
            "cargo_metadata",
            "clap",
            "criterion",
            "hdrhistogram",
            "mimalloc",
            "proptest",
            "prost",
            "quinn",
            "rand",
            "rand_chacha",
            "rustls",
            "serde_json",
            "tokio",
            "toml",
            "tracing",
            "tracing-subscriber",
        ],
    ),
];

/// Versions below these have known faults that one packet or one certificate can reach.
const FLOORS: [(&str, &str); 3] =
    [("quinn", "0.11.12"), ("quinn-proto", "0.11.15"), ("rustls-webpki", "0.103.13")];

/// Libraries that must not be anywhere in the tree, and why.
const BANNED: [(&str, &str); 4] = [
    ("rsa", "decrypts in variable time (RUSTSEC-2023-0071)"),
    ("aws-lc-sys", "wants cmake and is a second cryptography beside ring"),
    ("openssl", "wants a system library and is a second TLS beside rustls"),
    ("openssl-sys", "wants a system library and is a second TLS beside rustls"),
];

fn metadata() -> Metadata {
    // Without the strangers' own manifests, which a machine without a network may not have.
    MetadataCommand::new().no_deps().exec().expect("cargo can read this workspace")
}

fn named(package: &Package, kinds: &[DependencyKind]) -> BTreeSet<String> {
    let named = package.dependencies.iter().filter(|dependency| kinds.contains(&dependency.kind));
    named.map(|dependency| dependency.name.clone()).collect()
}

fn row<T: Copy>(table: &[(&str, T)], name: &str) -> T {
    let row = table.iter().find(|(of, _)| *of == name);
    row.unwrap_or_else(|| panic!("{name} has no row in tests/walls.rs")).1
}

#[test]
fn each_crate_names_only_the_crates_that_the_drawing_lets_it() {
    for package in metadata().workspace_packages() {
        let may: BTreeSet<_> =
            row(&ARROWS, &package.name).iter().map(|name| (*name).to_owned()).collect();
        let ours = |name: &String| name.starts_with("frontdesk");
        let kinds = [DependencyKind::Normal, DependencyKind::Build];
        let names: BTreeSet<_> = named(package, &kinds).into_iter().filter(ours).collect();
        assert_eq!(names, may, "{} names other crates of ours than it may", package.name);
    }
}

#[test]
fn tests_of_a_crate_turn_no_arrow_either() {
    for package in metadata().workspace_packages() {
        for name in named(package, &[DependencyKind::Development]) {
            let ours = name.starts_with("frontdesk");
            let may = row(&ARROWS, &package.name).contains(&name.as_str());
            assert!(!ours || may, "tests of {} name {name}", package.name);
        }
    }
}

#[test]
fn no_chain_of_arrows_leads_from_the_rules_to_the_network() {
    let metadata = metadata();
    let packages: BTreeMap<String, &Package> =
        metadata.workspace_packages().into_iter().map(|p| (p.name.to_string(), p)).collect();
    let network = ["tokio", "quinn", "quinn-proto", "rustls", "hyper"];
    for (from, never) in [
        ("frontdesk-desk", &[&network[..], &["prost", "serde", "parking_lot", "rand"]].concat()),
        ("frontdesk-engine", &[&network[..], &["prost", "serde", "dashmap", "rand"]].concat()),
        ("frontdesk-proto", &[&network[..], &["parking_lot", "rand"]].concat()),
    ] {
        let mut reached = BTreeSet::new();
        let mut open = vec![from.to_owned()];
        while let Some(name) = open.pop() {
            let Some(package) = packages.get(&name) else { continue };
            for next in named(package, &[DependencyKind::Normal, DependencyKind::Build]) {
                if reached.insert(next.clone()) {
                    open.push(next);
                }
            }
        }
        for name in never {
            assert!(!reached.contains(*name), "{from} reaches {name}");
        }
    }
}

#[test]
fn each_stranger_has_a_reason() {
    for package in metadata().workspace_packages() {
        let named = named(package, &[DependencyKind::Normal, DependencyKind::Build]);
        let strangers: BTreeSet<&str> = named
            .iter()
            .filter(|name| !name.starts_with("frontdesk"))
            .map(String::as_str)
            .collect();
        let let_in: BTreeSet<&str> =
            row(&STRANGERS, &package.name).iter().map(|(name, _)| *name).collect();
        let extra: Vec<_> = strangers.difference(&let_in).collect();
        let idle: Vec<_> = let_in.difference(&strangers).collect();
        assert!(extra.is_empty(), "{} lets in without a reason: {extra:?}", package.name);
        assert!(idle.is_empty(), "{} doesn't use what its row lets in: {idle:?}", package.name);
    }
}

#[test]
fn tests_use_what_is_listed_for_tests() {
    for package in metadata().workspace_packages() {
        let may = row(&FOR_TESTS, &package.name);
        let own = row(&STRANGERS, &package.name);
        for name in named(package, &[DependencyKind::Development]) {
            let listed = name.starts_with("frontdesk")
                || may.contains(&name.as_str())
                || own.iter().any(|(own, _)| *own == name);
            assert!(listed, "tests of {} use {name}, which is not listed", package.name);
        }
    }
}

#[test]
fn versions_are_at_or_above_their_floors_and_nothing_banned_is_locked() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in [".", "fuzz"] {
        let Ok(lock) = std::fs::read_to_string(root.join(folder).join("Cargo.lock")) else {
            panic!("{folder}/Cargo.lock is not committed");
        };
        let lock: toml::Table = lock.parse().expect("a lock file is TOML");
        let packages: Vec<(&str, Version)> = lock["package"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|package| {
                let version = package["version"].as_str().expect("a text");
                let version = Version::parse(version).expect("a version");
                (package["name"].as_str().expect("a text"), version)
            })
            .collect();
        for (name, floor) in FLOORS {
            let floor = Version::parse(floor).expect("a version");
            let locked: Vec<_> = packages.iter().filter(|(other, _)| *other == name).collect();
            assert!(!locked.is_empty(), "{name} is not locked in {folder}: take its floor away");
            for (_, version) in locked {
                assert!(*version >= floor, "{name} {version} is locked, {floor} is the floor");
            }
        }
        for (name, why) in BANNED {
            assert!(packages.iter().all(|(other, _)| *other != name), "{name} is locked: {why}");
        }
    }
}
