//! The frames of proto/vectors, whose bytes come from another implementation or from a hand, say what they should, and are
//! written by us as they were by it. PROTOCOL.md shows the same bytes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fmt::Debug;

use frontdesk_proto::frame::{self, Reader};
use frontdesk_proto::v1::{self, Code};
use frontdesk_proto::{Bytes, BytesMut, limits, stream::StreamKind};
use prost::Message;

mod desk;
mod expected;
mod file;
mod floor;
mod invitations;
mod policy;
mod rooms;
mod service;
mod transfer;

use expected::Value;
use file::{Outcome, Vector};

fn vectors() -> Vec<Vector> {
    [file::read("frames.txt"), file::read("by_hand.txt")].into_iter().flatten().collect()
}

/// The first frame of `bytes`, or why there is none.
fn first_frame(bytes: &[u8]) -> Result<Bytes, Code> {
    let mut reader = Reader::new(limits::FRAME_BYTES_MAX);
    reader.push(Bytes::copy_from_slice(bytes));
    let frame = reader.next().map_err(|error| error.code())?;
    reader.finish().map_err(|error| error.code())?;
    Ok(frame.expect("a stream that may end here had a frame"))
}

fn assert_says<M: Message + Default + PartialEq + Debug>(vector: &Vector, expected: &M) {
    let frame = first_frame(&vector.bytes).unwrap();
    let frame_bytes = frame.len();
    assert_eq!(&M::decode(frame).unwrap(), expected, "{}", vector.name);
    if vector.outcome == Outcome::Value {
        let mut written = BytesMut::new();
        assert_eq!(frame::write(&mut written, expected), frame_bytes, "{}", vector.name);
        assert_eq!(written, vector.bytes, "{} is written otherwise", vector.name);
    }
}

#[test]
fn every_vector_says_what_is_expected_and_is_written_alike() {
    let mut checked = BTreeSet::new();
    let expected = expected::values();
    for vector in vectors() {
        if matches!(vector.outcome, Outcome::Refused(_)) {
            continue;
        }
        let (_, value) = expected
            .iter()
            .find(|(name, _)| *name == vector.name)
            .unwrap_or_else(|| panic!("{} has no value in expected.rs", vector.name));
        match (vector.message.as_str(), value) {
            ("ControlCommand", Value::ControlCommand(value)) => assert_says(&vector, value),
            ("ControlEvent", Value::ControlEvent(value)) => assert_says(&vector, value),
            ("Command", Value::Command(value)) => assert_says(&vector, value),
            ("Delivery", Value::Delivery(value)) => assert_says(&vector, value),
            other => panic!("{}: {other:?}", vector.name),
        }
        assert!(checked.insert(vector.name.clone()), "{} stands there twice", vector.name);
    }
    let named: BTreeSet<String> = expected.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(checked, named, "a value without a vector");
    assert!(checked.len() >= 70);
}

#[test]
fn every_refused_vector_is_refused_with_its_code() {
    let mut count = 0;
    for vector in vectors() {
        let Outcome::Refused(code) = vector.outcome else { continue };
        let found = match first_frame(&vector.bytes) {
            Err(code) => Some(code),
            Ok(frame) => {
                let decoded = match vector.message.as_str() {
                    "ControlCommand" => v1::ControlCommand::decode(frame).map(drop),
                    "Command" => v1::Command::decode(frame).map(drop),
                    other => panic!("{}: {other}", vector.name),
                };
                decoded.is_err().then_some(Code::Malformed)
            }
        };
        assert_eq!(found, Some(code), "{}", vector.name);
        count += 1;
    }
    assert!(count >= 15);
}

#[test]
fn every_command_reply_and_event_of_the_schema_has_a_vector() {
    let schema = include_str!("../../frontdesk/v1/lane.proto");
    let control = include_str!("../../frontdesk/v1/control.proto");
    let file = include_str!("../../vectors/frames.txt");
    let mut variants = 0;
    for schema in [schema, control] {
        for oneof in schema.split("oneof ").skip(1) {
            let body = oneof.split(['{', '}']).nth(1).unwrap();
            for line in body.lines().map(str::trim).filter(|line| line.ends_with(';')) {
                let name = line.split_whitespace().nth(1).unwrap();
                assert!(file.contains(&format!(" {name} {{")), "no vector holds {name}");
                variants += 1;
            }
        }
    }
    assert!(variants >= 45, "{variants} variants were looked at");
}

#[test]
fn the_bytes_of_the_protocol_document_are_those_of_the_vectors() {
    let document = include_str!("../../../PROTOCOL.md");
    let vectors = vectors();
    let mut shown = Vec::new();
    for fence in document.split("\n```hex ").skip(1) {
        let (head, body) = fence.split_once('\n').unwrap();
        let body = body.split("\n```").next().unwrap();
        let mut bytes: Vec<u8> = body.lines().flat_map(file::unhex).collect();
        let (name, first_byte) = match head.trim().split_once(" after ") {
            Some((name, "control")) => (name, Some(StreamKind::Control)),
            Some((name, "lane")) => (name, Some(StreamKind::Lane)),
            Some((_, other)) => panic!("{other} is no kind of stream"),
            None => (head.trim(), None),
        };
        if let Some(kind) = first_byte {
            assert_eq!(bytes.remove(0), kind.first_byte(), "{name} begins a stream");
        }
        let vector = vectors.iter().find(|vector| vector.name == name);
        assert_eq!(bytes, vector.unwrap_or_else(|| panic!("no vector {name}")).bytes, "{name}");
        shown.push(name);
    }
    let exchange = [
        "hello",
        "welcome",
        "attach_visitor",
        "attached",
        "ask",
        "asked",
        "message",
        "say",
        "said",
        "credit",
    ];
    assert_eq!(shown, exchange);
}
