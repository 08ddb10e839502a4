//! An old end and a new one agree on what both know: what is unknown is passed over, refused by code or kept as a number.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use frontdesk_proto::codes::{Advice, advice};
use frontdesk_proto::v1::{self, Code, command::Command as C, delivery::Reply};
use prost::Message;

/// A later release's Say and commands, as that release might declare them.
#[derive(Clone, PartialEq, Message)]
struct LaterSay {
    #[prost(bytes = "bytes", tag = "1")]
    session: bytes::Bytes,
    #[prost(bytes = "bytes", tag = "4")]
    body: bytes::Bytes,
    #[prost(string, tag = "60")]
    mood: String,
    #[prost(fixed64, tag = "61")]
    weight: u64,
}

#[derive(Clone, PartialEq, Message)]
struct LaterCommand {
    #[prost(uint32, tag = "1")]
    link: u32,
    #[prost(uint32, tag = "2")]
    request: u32,
    #[prost(message, optional, tag = "3")]
    say: Option<LaterSay>,
    #[prost(message, optional, tag = "9000")]
    dance: Option<LaterSay>,
    #[prost(fixed32, tag = "500")]
    trace: u32,
}

fn later_say() -> LaterSay {
    LaterSay { session: "s".into(), body: "hi".into(), mood: "merry".into(), weight: 7 }
}

#[test]
fn unknown_fields_are_passed_over_on_every_level() {
    let sent = LaterCommand { link: 3, request: 4, say: Some(later_say()), dance: None, trace: 9 };
    let read = v1::Command::decode(&sent.encode_to_vec()[..]).unwrap();
    let say = v1::Say { session: "s".into(), body: "hi".into(), ..v1::Say::default() };
    assert_eq!(read, v1::Command { link: 3, request: 4, command: Some(C::Say(say)) });
}

#[test]
fn an_unknown_command_is_no_command_but_still_says_whom_to_refuse() {
    let sent = LaterCommand { link: 3, request: 4, say: None, dance: Some(later_say()), trace: 0 };
    let read = v1::Command::decode(&sent.encode_to_vec()[..]).unwrap();
    assert_eq!(read, v1::Command { link: 3, request: 4, command: None });
}

#[test]
fn an_unknown_event_is_no_event_and_the_frame_is_still_counted() {
    let sent = LaterCommand { link: 3, request: 0, say: None, dance: Some(later_say()), trace: 0 };
    let read = v1::Delivery::decode(&sent.encode_to_vec()[..]).unwrap();
    assert_eq!(read, v1::Delivery { link: 3, ..v1::Delivery::default() });
}

#[test]
fn an_unknown_enum_value_survives_as_its_number() {
    let set = v1::SetStatus { status: 77, ..v1::SetStatus::default() };
    let read = v1::SetStatus::decode(&set.encode_to_vec()[..]).unwrap();
    assert_eq!(read.status, 77);
    assert!(v1::Status::try_from(read.status).is_err(), "not mistaken for a known one");
    assert_eq!(read.encode_to_vec(), set.encode_to_vec(), "passed on unchanged");
}

#[test]
fn an_unknown_code_still_tells_what_to_do() {
    let refused = v1::Refused { code: 2_999, ..v1::Refused::default() };
    let delivery = v1::Delivery { reply: Some(Reply::Refused(refused)), ..v1::Delivery::default() };
    let read = v1::Delivery::decode(&delivery.encode_to_vec()[..]).unwrap();
    let Some(Reply::Refused(refused)) = read.reply else { panic!("{read:?}") };
    assert!(Code::try_from(refused.code).is_err());
    assert_eq!(advice(refused.code.unsigned_abs()), Advice::ComeBackLater);
}

#[test]
fn of_two_commands_in_one_frame_the_last_counts() {
    let mut bytes =
        v1::Command { link: 1, request: 0, command: Some(C::Close(v1::Close::default())) }
            .encode_to_vec();
    let unwatch = C::Unwatch(v1::Unwatch {});
    bytes.extend(
        v1::Command { command: Some(unwatch.clone()), ..v1::Command::default() }.encode_to_vec(),
    );
    assert_eq!(v1::Command::decode(&bytes[..]).unwrap().command, Some(unwatch));
}

#[test]
fn nesting_without_end_is_refused_and_never_overflows_the_stack() {
    // Groups are skipped as unknown fields, level by level; this is their start tag 100,000 times.
    let bytes = [0x7b; 100_000];
    assert!(v1::Command::decode(&bytes[..]).is_err());
}

#[test]
fn equal_values_encode_to_equal_bytes_whatever_order_their_maps_were_filled_in() {
    let pairs = [("b", "2"), ("a", "1"), ("床", "3")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    let forth =
        v1::Arrival { attributes: pairs.clone().into_iter().collect(), ..Default::default() };
    let back = v1::Arrival { attributes: pairs.into_iter().rev().collect(), ..Default::default() };
    assert_eq!(forth.encode_to_vec(), back.encode_to_vec());
}
