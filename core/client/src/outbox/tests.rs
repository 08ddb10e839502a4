use bytes::Bytes;
use prost::Message as _;

use super::*;

const SESSION: SessionId = SessionId([7; 16]);

fn outbox() -> Outbox {
    Outbox::new(5)
}

/// The frames of a batch, in short.
fn short(batch: BytesMut) -> Vec<String> {
    let mut reader = frame::Reader::new(u32::MAX);
    reader.push(batch.freeze());
    let mut words = Vec::new();
    while let Some(frame) = reader.next().expect("whole frames") {
        let command = v1::Command::decode(frame).expect("a command");
        let link = command.link;
        words.push(match command.command.expect("one that is known") {
            Command::Say(say) => format!("{link} says {}", String::from_utf8_lossy(&say.body)),
            Command::Preview(preview) => format!("{link} types {}", preview.text),
            Command::Acknowledge(totals) => {
                format!("{link} has {}/{}", totals.delivered, totals.read)
            }
            Command::Credit(credit) => format!("{link} took {}", credit.taken_bytes),
            Command::Detach(_) => format!("{link} goes"),
            other => format!("{link} {other:?}"),
        });
    }
    words
}

fn say(outbox: &mut Outbox, link: u32, text: &'static str) {
    let body = Bytes::from_static(text.as_bytes());
    let say = v1::Say { session: SESSION.to_wire(), body, ..Default::default() };
    outbox.command(link, 1, Command::Say(say));
}

#[test]
fn commands_keep_their_order_and_latest_values_replace_themselves() {
    let (mut outbox, now) = (outbox(), Instant::now());
    say(&mut outbox, 1, "a");
    outbox.credit(1, 10);
    outbox.acknowledge(1, SESSION, 1, 0);
    say(&mut outbox, 2, "b");
    outbox.credit(1, 20);
    outbox.acknowledge(1, SESSION, 2, 1);
    assert_eq!(short(outbox.take(now)), ["1 says a", "2 says b", "1 took 20", "1 has 2/1"]);
    assert!(outbox.take(now).is_empty());
}

#[test]
fn only_the_latest_preview_of_those_that_wait_is_written() {
    let (mut outbox, now) = (outbox(), Instant::now());
    for text in ["I", "I am", "I am here"] {
        outbox.preview(1, SESSION, text.into());
    }
    assert_eq!(short(outbox.take(now)), ["1 types I am here"]);
}

#[test]
fn previews_keep_the_pace_and_the_last_one_is_never_lost() {
    let (mut outbox, start) = (outbox(), Instant::now());
    outbox.preview(1, SESSION, "a".into());
    outbox.take(start);
    assert_eq!(outbox.due(), None, "nothing waits");

    outbox.preview(1, SESSION, "ab".into());
    outbox.preview(1, SESSION, "abc".into());
    assert!(outbox.take(start).is_empty());
    let due = outbox.due().expect("the pace's time");
    assert_eq!(due, start + Duration::from_millis(200));
    assert_eq!(short(outbox.take(due)), ["1 types abc"]);

    outbox.take(due + Duration::from_secs(1));
    assert!(outbox.previews.is_empty() && outbox.cooling.is_empty() && outbox.fresh.is_empty());
}

#[test]
fn a_message_takes_the_place_of_the_preview_that_announced_it() {
    let (mut outbox, now) = (outbox(), Instant::now());
    outbox.preview(1, SESSION, "hell".into());
    outbox.preview(2, SESSION, "other".into());
    say(&mut outbox, 1, "hello");
    assert_eq!(short(outbox.take(now)), ["1 says hello", "2 types other"]);

    outbox.preview(1, SESSION, "and".into());
    assert_eq!(short(outbox.take(now)), ["1 types and"]);
}

#[test]
fn a_link_that_goes_leaves_its_acknowledgements_before_its_last_command() {
    let (mut outbox, now) = (outbox(), Instant::now());
    outbox.acknowledge(1, SESSION, 3, 3);
    outbox.acknowledge(2, SESSION, 4, 4);
    outbox.preview(1, SESSION, "never mind".into());
    outbox.credit(1, 99);
    outbox.command(1, 9, Command::Detach(v1::Detach::default()));
    assert_eq!(short(outbox.take(now)), ["1 has 3/3", "1 goes", "2 has 4/4"]);
}

#[test]
fn senders_wait_once_the_bound_is_reached_until_a_write() {
    let (mut outbox, now) = (outbox(), Instant::now());
    let text: &'static str = Box::leak("x".repeat(8 * 1024).into_boxed_str());
    let mut commands = 0;
    while outbox.has_room() {
        say(&mut outbox, 1, text);
        commands += 1;
    }
    assert_eq!(commands, WAITING_BYTES_MAX / (8 * 1024));
    outbox.take(now);
    assert!(outbox.has_room());
}
