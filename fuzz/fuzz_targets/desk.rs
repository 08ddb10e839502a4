//! libFuzzer's door to `bodies/desk.rs`.

#![no_main]

#[path = "../bodies/desk.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
