use super::*;

const SESSION: SessionId = SessionId([7; 16]);
const OLD: [u8; 16] = [1; 16];
const NEW: [u8; 16] = [2; 16];

fn message(seq: u64) -> Message {
    Message {
        session: SESSION,
        seq,
        from: 2,
        kind: v1::MessageKind::Text as i32,
        body: bytes::Bytes::from(seq.to_string()),
        wall_ms: seq,
        client_message_id: bytes::Bytes::new(),
        audience: 0,
        to: 0,
        replaces: bytes::Bytes::new(),
    }
}

fn resumed(from_seq: u64, to_seq: u64) -> v1::Resumed {
    v1::Resumed { from_seq, to_seq, complete: true, ..Default::default() }
}

/// What was told, in short: `3` a message, `-3..4` missing, `<2` withdrawn, `end`.
fn short(told: &mut Told) -> Vec<String> {
    let word = |(event, _)| match event {
        Event::Message(message) => message.seq.to_string(),
        Event::MessagesMissing { from_seq, to_seq, .. } => format!("-{from_seq}..{to_seq}"),
        Event::MessagesWithdrawn { to_seq, .. } => format!("<{to_seq}"),
        Event::SessionClosed { .. } => "end".into(),
        other => format!("{other:?}"),
    };
    told.events.drain(..).map(word).collect()
}

fn log_up_to(last_seq: u64) -> (Log, Told) {
    let (mut log, mut told) = (Log::new(SESSION, OLD, 0), Told::default());
    for seq in 1..=last_seq {
        log.message(message(seq), 10, &mut told);
    }
    told.events.clear();
    (log, told)
}

#[test]
fn a_message_that_overtook_the_reply_to_ones_own_waits_for_it() {
    let (mut log, mut told) = log_up_to(1);
    log.say();
    log.message(message(3), 10, &mut told);
    assert!(short(&mut told).is_empty());
    log.said(message(2), &mut told);
    assert_eq!(short(&mut told), ["2", "3"]);
}

#[test]
fn ones_own_message_carries_ones_own_number() {
    let (mut log, mut told) = log_up_to(0);
    log.opened(&v1::SessionView { you: 9, ..Default::default() });
    log.say();
    log.said(message(1), &mut told);
    let Event::Message(own) = &told.events[0].0 else { panic!("{told:?}") };
    assert_eq!(own.from, 9);
}

#[test]
fn a_refusal_of_ones_own_lets_go_of_what_waited_and_tells_the_hole() {
    let (mut log, mut told) = log_up_to(1);
    log.say();
    log.message(message(4), 10, &mut told);
    log.unsay(&mut told);
    assert_eq!(short(&mut told), ["-2..3", "4"]);
}

#[test]
fn a_replay_tells_only_what_was_not_told_and_counts_the_rest_as_taken() {
    let (mut log, mut told) = log_up_to(3);
    log.interrupted();
    assert_eq!(log.resume().seq, 3);
    log.resumed(&resumed(1, 5), OLD, &mut told);
    for seq in 1..=5 {
        log.message(message(seq), 10, &mut told);
    }
    assert_eq!(told.dropped_bytes, 30);
    assert_eq!(short(&mut told), ["4", "5"]);
}

#[test]
fn ones_own_message_that_a_replay_brought_is_not_told_again_by_its_reply() {
    let (mut log, mut told) = log_up_to(1);
    log.say();
    log.interrupted();
    log.resumed(&resumed(2, 3), OLD, &mut told);
    log.message(message(2), 10, &mut told);
    log.message(message(3), 10, &mut told);
    log.said(message(2), &mut told);
    assert_eq!(short(&mut told), ["2", "3"]);
}

#[test]
fn a_reply_that_comes_before_the_replay_waits_for_what_lies_before_it() {
    let (mut log, mut told) = log_up_to(1);
    log.say();
    log.say();
    log.interrupted();
    log.said(message(3), &mut told);
    log.resumed(&resumed(2, 3), OLD, &mut told);
    log.message(message(2), 10, &mut told);
    log.message(message(3), 10, &mut told);
    assert_eq!(short(&mut told), ["2", "3"]);
}

#[test]
fn a_hole_before_a_resume_is_told_as_missing() {
    let (mut log, mut told) = log_up_to(2);
    log.interrupted();
    log.resumed(&resumed(6, 7), OLD, &mut told);
    log.message(message(6), 10, &mut told);
    log.message(message(7), 10, &mut told);
    assert_eq!(short(&mut told), ["-3..5", "6", "7"]);
}

#[test]
fn what_a_new_life_of_the_broker_did_not_keep_is_withdrawn_and_its_numbers_are_told_anew() {
    let (mut log, mut told) = log_up_to(5);
    log.acknowledge(5, 5);
    log.interrupted();
    log.resumed(&resumed(4, 3), NEW, &mut told);
    log.message(message(4), 10, &mut told);
    assert_eq!(short(&mut told), ["<3", "4"]);
    assert_eq!(log.acknowledge_again(), Some((3, 3)));
    assert_eq!(log.acknowledge_again(), None, "once a resume");
    assert_eq!(&log.resume().epoch[..], NEW);
}

#[test]
fn the_same_life_of_the_broker_withdraws_nothing() {
    let (mut log, mut told) = log_up_to(5);
    log.interrupted();
    log.resumed(&resumed(4, 3), OLD, &mut told);
    log.message(message(5), 10, &mut told);
    assert!(short(&mut told).is_empty());
}

#[test]
fn the_end_waits_for_ones_own_last_message() {
    let (mut log, mut told) = log_up_to(1);
    log.say();
    let closed = v1::SessionClosed { last_seq: 2, ..Default::default() };
    assert_eq!(log.closed(closed, 10, &mut told), Course::GoesOn);
    assert_eq!(log.said(message(2), &mut told), Course::Over);
    assert_eq!(short(&mut told), ["2", "end"]);
}

#[test]
fn the_end_does_not_wait_for_a_message_that_came_too_late() {
    let (mut log, mut told) = log_up_to(1);
    log.say();
    let closed = v1::SessionClosed { last_seq: 1, ..Default::default() };
    assert_eq!(log.closed(closed, 10, &mut told), Course::Over);
    assert_eq!(short(&mut told), ["end"]);
}

#[test]
fn acknowledgements_never_go_back_or_beyond_what_was_told() {
    let (mut log, _) = log_up_to(4);
    assert_eq!(log.acknowledge(2, 0), Some((2, 0)));
    assert_eq!(log.acknowledge(1, 0), None);
    assert_eq!(log.acknowledge(0, 3), Some((3, 3)), "what is read was delivered");
    assert_eq!(log.acknowledge(99, 99), Some((4, 4)));
}

#[test]
fn the_reply_to_ones_own_that_overtook_anothers_message_waits_for_it() {
    let (mut log, mut told) = log_up_to(1);
    log.say();
    log.said(message(3), &mut told);
    assert!(short(&mut told).is_empty());
    log.message(message(2), 10, &mut told);
    assert_eq!(short(&mut told), ["2", "3"]);
}

#[test]
fn the_reply_to_ones_own_that_overtook_a_replay_waits_for_all_of_it() {
    let (mut log, mut told) = log_up_to(1);
    log.say();
    log.interrupted();
    log.resumed(&resumed(2, 4), OLD, &mut told);
    log.said(message(5), &mut told);
    for seq in 2..=4 {
        log.message(message(seq), 10, &mut told);
    }
    assert_eq!(short(&mut told), ["2", "3", "4", "5"]);
}

#[test]
fn a_later_message_of_another_shows_that_a_hole_before_ones_own_stays() {
    let (mut log, mut told) = log_up_to(1);
    log.say();
    log.said(message(3), &mut told);
    log.message(message(4), 10, &mut told);
    assert_eq!(short(&mut told), ["-2..2", "3", "4"]);
}
