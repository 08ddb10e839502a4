//! The messages of `frontdesk.v1`, made from the schema by prost; `tests/generated.rs` compares them with it.
//!
//! What each field means, its unit and its bound, stands in the comments of the `.proto` files and is repeated here as
//! documentation. `bytes` fields are [`bytes::Bytes`], maps are ordered, so the same value always encodes to the same bytes.
//!
//! Never edited by hand: `FRONTDESK_REGENERATE=1 cargo test -p frontdesk-proto --test generated` writes `generated.rs`.

#![allow(missing_docs, unused_qualifications, clippy::all, rustdoc::all)]

include!("generated.rs");
