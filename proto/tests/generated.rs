//! The committed Rust types are what the schema says: they are made again and compared.
//!
//! `FRONTDESK_REGENERATE=1 cargo test -p frontdesk-proto --test generated` writes them instead, after a change of the schema.

use std::{env, fs, path::Path};

const FILES: [&str; 9] = [
    "codes.proto",
    "control.proto",
    "invitations.proto",
    "lane.proto",
    "policy.proto",
    "rooms.proto",
    "service.proto",
    "transfer.proto",
    "types.proto",
];

fn generate() -> String {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = FILES.map(|file| schema.join("frontdesk/v1").join(file));

    let mut compiler =
        protox::Compiler::new([schema]).expect("the schema's folder is in the package");
    compiler.include_source_info(true).include_imports(true);
    compiler.open_files(files).expect("the schema compiles");

    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated");
    fs::create_dir_all(&out).expect("cargo's folder for tests is writable");
    prost_build::Config::new()
        .bytes(["."])
        .btree_map(["."])
        // Rare and several times as large as what is sent all day; boxed so that a `Say` isn't moved about in their size.
        .boxed(".frontdesk.v1.Command.command.attach_visitor")
        .boxed(".frontdesk.v1.Command.command.replace_policy")
        .boxed(".frontdesk.v1.Delivery.reply.trail")
        .boxed(".frontdesk.v1.Delivery.reply.policy")
        .out_dir(&out)
        .compile_fds(compiler.file_descriptor_set())
        .expect("prost accepts the schema");
    fs::read_to_string(out.join("frontdesk.v1.rs")).expect("prost wrote the package's file")
}

#[test]
fn committed_types_are_what_the_schema_says() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/generated.rs");
    let generated = generate();
    if env::var_os("FRONTDESK_REGENERATE").is_some() {
        fs::write(&committed, &generated)
            .expect("the source folder is writable when asked to write");
    }
    let found = fs::read_to_string(&committed).expect("the generated file is committed");
    assert!(
        found == generated,
        "the schema changed: run this test with FRONTDESK_REGENERATE=1 and commit src/generated.rs"
    );
}

#[test]
fn every_schema_file_is_compiled() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("frontdesk/v1");
    let mut found: Vec<String> = fs::read_dir(folder)
        .expect("the schema's folder is in the package")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .collect();
    found.sort();
    assert_eq!(found, FILES);
}
