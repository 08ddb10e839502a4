//! Rows M1, M2, M4, M6: messages, typing and resume.

use frontdesk::desk::delivery::{CloseCause, Delivery};
use frontdesk::desk::id::ClientMessageId;
use frontdesk::desk::message::{TEXT_BYTES_MAX, Words};
use frontdesk::desk::policy::Previews;
use frontdesk::desk::refusal::Refusal;
use frontdesk::engine::{Command, Departure, MailboxLimits, ResumePoint, VisitorAttach};

use crate::house::House;

// M1

#[test]
fn a_session_has_one_order_and_the_same_id_is_said_once() {
    let mut house = House::new();
    let (mut agent, mut visitor) = (house.online("ann", 1), house.visitor("v"));
    let session = house.ask(&visitor);
    house.say(&visitor, session, "one");
    house.say(&agent, session, "two");
    let words = house.words("three");
    let said = house.say_words(&visitor, session, words.clone()).unwrap();
    let again = house.say_words(&visitor, session, words).unwrap();
    assert_eq!((said.seq, said.duplicate, again.seq, again.duplicate), (3, false, 3, true));
    assert_eq!(agent.messages(), [(1, "one".to_owned()), (3, "three".to_owned())]);
    assert_eq!(visitor.messages(), [(2, "two".to_owned())]);

    house.submit(&agent, Command::Acknowledge { session, delivered: 3, read: 1 }).unwrap();
    house.submit(&agent, Command::Acknowledge { session, delivered: 2, read: 0 }).unwrap();
    let receipt = Delivery::Receipt { session, participant: 2, delivered: 3, read: 1 };
    assert_eq!(visitor.told(), [receipt], "receipts never go back");
    house.whole();
}

#[test]
fn an_id_is_not_used_for_other_words_and_nothing_is_read_that_was_not_said() {
    let mut house = House::new();
    let visitor = house.visitor("v");
    let session = house.ask(&visitor);
    let words = house.words("one");
    let id = words.id;
    house.say_words(&visitor, session, words).unwrap();
    let other = Words::text(id, "another".into()).unwrap();
    assert_eq!(house.say_words(&visitor, session, other), Err(Refusal::IdReused));
    let ahead = Command::Acknowledge { session, delivered: 2, read: 0 };
    assert_eq!(house.submit(&visitor, ahead), Err(Refusal::BeyondEnd { last_seq: 1 }));
}

// M2

#[test]
fn a_text_arrives_byte_for_byte() {
    let mut house = House::new();
    let (mut agent, visitor) = (house.online("ann", 1), house.visitor("v"));
    let session = house.ask(&visitor);
    for text in ["有橡木的吗？", "\u{202e}\0 <b>&", "🛏️\r\n", &"x".repeat(TEXT_BYTES_MAX)]
    {
        let seq = house.say(&visitor, session, text);
        assert_eq!(agent.messages(), [(seq, text.to_owned())]);
    }
}

#[test]
fn a_text_that_is_empty_too_long_or_not_utf_8_is_refused() {
    let id = ClientMessageId([1; 16]);
    let long = vec![b'x'; TEXT_BYTES_MAX + 1];
    let too_long = Refusal::TooLong { field: "body", bytes_max: TEXT_BYTES_MAX };
    assert_eq!(Words::text(id, long.into()), Err(too_long));
    assert_eq!(Words::text(id, vec![0xff].into()), Err(Refusal::TextNotUtf8));
    assert_eq!(Words::text(id, vec![].into()), Err(Refusal::Missing { field: "body" }));
}

// M4

#[test]
fn typing_is_seen_before_it_is_sent_masked_and_only_the_latest() {
    let mut house = House::new();
    let (mut agent, mut visitor) = (house.online("ann", 1), house.visitor("v"));
    let session = house.ask(&visitor);
    agent.told();
    for text in ["my card", "my card is 4111 1111 1111 1111"] {
        house.submit(&visitor, Command::Preview { session, text: text.into() }).unwrap();
        house.wait(200);
    }
    let [Delivery::Preview { text, .. }] = &agent.told()[..] else { panic!("not one preview") };
    assert_eq!(&**text, "my card is •••• •••• •••• ••••");
    visitor.told();
    house.submit(&agent, Command::Preview { session, text: "secret".into() }).unwrap();
    let [Delivery::Typing { typing: true, .. }] = visitor.told()[..] else { panic!("not typing") };
    house.say(&visitor, session, "never mind");
    assert!(!format!("{:?}", house.facts()).contains("card"), "a preview is never kept");
}

#[test]
fn previews_that_are_switched_off_or_too_long_are_refused() {
    let preview = |session, text: &str| Command::Preview { session, text: text.into() };
    let house = House::new();
    let visitor = house.visitor("v");
    let session = house.ask(&visitor);
    let too_long = Err(Refusal::TooLong { field: "text", bytes_max: 2_048 });
    assert_eq!(house.submit(&visitor, preview(session, &"x".repeat(2_049))), too_long);

    let house = House::with(|draft| draft.previews = Previews::Off, MailboxLimits::default());
    let visitor = house.visitor("v");
    assert_eq!(visitor.attached.previews, Previews::Off);
    let session = house.ask(&visitor);
    assert_eq!(house.submit(&visitor, preview(session, "x")), Err(Refusal::PreviewOff));
}

// M6

#[test]
fn who_comes_back_gets_exactly_what_was_missed() {
    let mut house = House::new();
    let (agent, mut visitor) = (house.online("ann", 1), house.visitor("v"));
    let session = house.ask(&visitor);
    house.say(&agent, session, "one");
    assert_eq!(visitor.messages().len(), 1);
    house.engine.detach(visitor.link, Departure::Dropped, house.now);
    house.say(&agent, session, "two");
    house.say(&agent, session, "three");
    let epoch = house.engine.epoch();
    let resume = Some(ResumePoint { session, epoch, seq: 1 });
    let mut back = house.attach(VisitorAttach { resume, ..house.arrival("v") }).unwrap();
    assert_eq!(back.attached.session, Some(session));
    house.say(&agent, session, "four");
    let expected = [(2, "two"), (3, "three"), (4, "four")];
    assert_eq!(back.messages(), expected.map(|(seq, text)| (seq, text.to_owned())));
    house.whole();
}

#[test]
fn what_is_no_longer_held_is_said_to_be_missing() {
    let house = House::new();
    let (agent, visitor) = (house.online("ann", 1), house.visitor("v"));
    let session = house.ask(&visitor);
    house.engine.detach(visitor.link, Departure::Dropped, house.now);
    for n in 1..=300_u16 {
        let id = ClientMessageId(u128::from(n).to_be_bytes());
        let words = Words::text(id, n.to_string().into()).unwrap();
        house.say_words(&agent, session, words).unwrap();
    }
    let epoch = house.engine.epoch();
    let resume = Some(ResumePoint { session, epoch, seq: 1 });
    let mut back = house.attach(VisitorAttach { resume, ..house.arrival("v") }).unwrap();
    let resumed = back.told().into_iter().find_map(|delivery| match delivery {
        Delivery::Resumed { replay, .. } => Some(replay),
        _ => None,
    });
    let resumed = resumed.expect("a replay is announced");
    assert!(!resumed.complete, "there is a hole before {}", resumed.from_seq);
    assert_eq!(resumed.to_seq, 300);
    house.whole();
}

#[test]
fn a_visitor_who_was_lost_and_comes_back_reads_how_its_session_ended() {
    let mut house = House::new();
    let (agent, visitor) = (house.online("ann", 1), house.visitor("v"));
    let session = house.ask(&visitor);
    house.engine.detach(visitor.link, Departure::Dropped, house.now);
    house.say(&agent, session, "are you there?");
    house.wait(61_000);
    let epoch = house.engine.epoch();
    let resume = Some(ResumePoint { session, epoch, seq: 0 });
    let mut back = house.attach(VisitorAttach { resume, ..house.arrival("v") }).unwrap();
    assert_eq!(back.attached.session, None);
    let told = back.told();
    assert!(matches!(told[2], Delivery::Message { .. }), "{told:?}");
    let Some(Delivery::SessionClosed { cause, last_seq: 1, .. }) = told.last() else {
        panic!("not told of the end: {told:?}")
    };
    assert_eq!(*cause, CloseCause::VisitorLost);
    let mut other = house.attach(VisitorAttach { resume, ..house.arrival("w") }).unwrap();
    assert_eq!(other.told(), [], "nobody else reads it");
    house.whole();
}
