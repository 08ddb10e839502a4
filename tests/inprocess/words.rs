//! Kinds, audiences and versions of what is said, and what the visitor lets be seen of what it types.

use bytes::Bytes;
use frontdesk::desk::delivery::Delivery;
use frontdesk::desk::id::{ClientMessageId, SessionId};
use frontdesk::desk::message::{Audience, MessageKind, Words};
use frontdesk::desk::policy::Previews;
use frontdesk::desk::refusal::Refusal;
use frontdesk::engine::{Command, Reply};

use crate::house::{House, Seat};

fn id(byte: u8) -> ClientMessageId {
    ClientMessageId([byte; 16])
}

fn text(byte: u8, body: &str) -> Words {
    Words::text(id(byte), Bytes::copy_from_slice(body.as_bytes())).unwrap()
}

fn at_desk() -> (House, Seat, Seat, SessionId) {
    let house = House::new();
    let (agent, visitor) = (house.online("ann", 1), house.visitor("v"));
    let session = house.ask(&visitor);
    (house, agent, visitor, session)
}

// M2

#[test]
fn each_kind_arrives_byte_for_byte_up_to_its_own_bound() {
    let (house, mut agent, visitor, session) = at_desk();
    agent.told();
    let kinds = [
        MessageKind::Text,
        MessageKind::RichText,
        MessageKind::Picture,
        MessageKind::Screenshot,
        MessageKind::File,
        MessageKind::Link,
        MessageKind::Emoji,
        MessageKind::Form,
    ];
    for (byte, kind) in (1..).zip(kinds) {
        let body = Bytes::from(vec![b'x'; kind.bytes_max()]);
        let words = Words::new(id(byte), kind, body.clone()).unwrap();
        house.say_words(&visitor, session, words).unwrap();
        let [Delivery::Message { message, .. }] = &agent.told()[..] else { panic!("not told") };
        assert_eq!((message.words.kind, message.words.body()), (kind, &body));
        let more = Bytes::from(vec![b'x'; kind.bytes_max() + 1]);
        let bytes_max = kind.bytes_max();
        let too_long = Refusal::TooLong { field: "body", bytes_max };
        assert_eq!(Words::new(id(99), kind, more), Err(too_long));
    }
    let picture = Words::new(id(50), MessageKind::Picture, Bytes::from_static(&[0xff]));
    assert!(picture.is_ok(), "a reference is opaque");
    let link = Words::new(id(51), MessageKind::Link, Bytes::from_static(&[0xff]));
    assert_eq!(link, Err(Refusal::TextNotUtf8));
}

// M9

#[test]
fn the_visitor_speaks_to_everyone_and_nobody_whispers_to_who_is_not_there() {
    let (house, agent, visitor, session) = at_desk();
    let whispers = [Audience::Agents, Audience::Supervisors, Audience::One(2)];
    for audience in whispers {
        let said = house.say_words(&visitor, session, text(1, "psst").to(audience));
        assert_eq!(said, Err(Refusal::AudienceNotAllowed));
    }
    for number in [1, 2, 3] {
        let said = house.say_words(&agent, session, text(1, "psst").to(Audience::One(number)));
        assert_eq!(said, Err(Refusal::AudienceNotAllowed), "participant {number}");
    }
    house.whole();
}

#[test]
fn what_is_said_among_agents_reaches_no_visitor_and_leaves_no_gap() {
    let (mut house, agent, mut visitor, session) = at_desk();
    house.say(&agent, session, "one");
    house.say_words(&agent, session, text(101, "he is a regular").to(Audience::Agents)).unwrap();
    assert_eq!(house.say(&agent, session, "two"), 3, "Ann's third");
    visitor
        .messages()
        .into_iter()
        .zip(["one", "two"])
        .zip(1..)
        .for_each(|(((seq, body), expected), place)| assert_eq!((seq, &*body), (place, expected)));
    let read = Command::ReadMessages { session, from_seq: 1, messages_max: 64 };
    let Ok(Reply::Messages(page)) = house.submit(&visitor, read) else { panic!("no page") };
    assert_eq!((page.messages.len(), page.next_seq, page.last_seq), (2, 3, 2));
    house.whole();
}

// M5

#[test]
fn what_was_said_is_changed_and_taken_back_as_versions() {
    let (mut house, agent, mut visitor, session) = at_desk();
    visitor.told();
    house.say_words(&agent, session, text(1, "40 yuan")).unwrap();
    let edited = house.say_words(&agent, session, text(2, "45 yuan").instead_of(id(1))).unwrap();
    let recalled = house.say_words(&agent, session, Words::recall(id(3), id(1))).unwrap();
    assert_eq!((edited.seq, recalled.seq), (2, 3));
    let told = visitor.told();
    let versions = told.iter().filter_map(|delivery| match delivery {
        Delivery::Message { message, .. } => Some((message.words.kind, message.words.replaces)),
        _ => None,
    });
    assert!(versions.eq([
        (MessageKind::Text, None),
        (MessageKind::Text, Some(id(1))),
        (MessageKind::Recalled, Some(id(1))),
    ]));
    house.engine.detach(visitor.link, frontdesk::engine::Departure::Dropped, house.now);
    let mut back = house.visitor("v");
    let brought: Vec<_> = back.messages().into_iter().map(|(_, body)| body).collect();
    assert_eq!(brought, ["", "", ""], "nobody is brought what was taken back");
    house.wait(1);
    house.whole();
}

#[test]
fn what_was_said_too_long_ago_by_others_or_otherwise_is_not_changed() {
    let (mut house, agent, visitor, session) = at_desk();
    house.say_words(&agent, session, text(1, "40 yuan")).unwrap();
    let change = |house: &House, seat: &Seat, words: Words| {
        house.say_words(seat, session, words).unwrap_err()
    };
    let other = Words::new(id(2), MessageKind::Emoji, "ok".into()).unwrap().instead_of(id(1));
    assert_eq!(change(&house, &agent, other), Refusal::OtherKind);
    let theirs = text(2, "50 yuan").instead_of(id(1));
    assert_eq!(change(&house, &visitor, theirs), Refusal::MessageNotFound);
    house.wait(120_001);
    let late = text(2, "45 yuan").instead_of(id(1));
    assert_eq!(change(&house, &agent, late), Refusal::EditTooLate { edit_ms: 120_000 });
    house.say_words(&agent, session, text(3, "Sorry.")).unwrap();
    house.say_words(&agent, session, Words::recall(id(4), id(3))).unwrap();
    let again = Words::recall(id(5), id(3));
    assert_eq!(change(&house, &agent, again), Refusal::MessageRecalled);
}

// M4

#[test]
fn what_is_typed_is_shown_five_times_a_second_on_however_many_links() {
    let (mut house, mut agent, visitor, session) = at_desk();
    let phone = house.visitor("v");
    agent.told();
    let mut shown = 0;
    for round in 0..100 {
        for seat in [&visitor, &phone] {
            let text = format!("{round} {:?}", seat.link.id).into();
            house.submit(seat, Command::Preview { session, text }).unwrap();
        }
        shown += agent.told().len();
        house.wait(10);
        shown += agent.told().len();
    }
    assert!((4..=6).contains(&shown), "{shown} in a second");
    house.wait(1_000);
    let last = format!("99 {:?}", phone.link.id);
    let told = agent.told();
    let mut shown = told.iter().filter_map(|delivery| match delivery {
        Delivery::Preview { text, .. } => Some(text.to_string()),
        _ => None,
    });
    assert_eq!(shown.next_back(), Some(last), "the latest is shown always");
}

#[test]
fn where_the_policy_asks_for_consent_the_visitor_gives_it_and_takes_it_back() {
    let house = House::ruled(|draft| draft.previews = Previews::Consented);
    let (mut agent, visitor) = (house.online("ann", 1), house.visitor("v"));
    assert_eq!(visitor.attached.previews, Previews::Consented);
    let session = house.ask(&visitor);
    agent.told();
    let types = || house.submit(&visitor, Command::Preview { session, text: "hm".into() });
    let allows = |allowed| house.submit(&visitor, Command::AllowPreviews { session, allowed });
    assert_eq!(types(), Err(Refusal::PreviewOff));
    assert_eq!(allows(true), Ok(Reply::Done));
    assert_eq!(types(), Ok(Reply::Done));
    assert!(matches!(&agent.told()[..], [Delivery::Preview { text, .. }] if &**text == "hm"));
    assert_eq!(allows(false), Ok(Reply::Done));
    assert!(matches!(&agent.told()[..], [Delivery::Preview { text, .. }] if text.is_empty()));
    assert_eq!(types(), Err(Refusal::PreviewOff));
    let theirs = house.submit(&agent, Command::AllowPreviews { session, allowed: true });
    assert_eq!(theirs, Err(Refusal::VisitorsOnly));
}

#[test]
fn the_policy_says_what_is_hidden_of_what_is_typed() {
    let house = House::ruled(|draft| {
        draft.masks.phone = true;
        draft.masks.patterns = vec!["密码[^ ]+".into()];
    });
    let (mut agent, visitor) = (house.online("ann", 1), house.visitor("v"));
    let session = house.ask(&visitor);
    agent.told();
    let text = "打 138 0013 8000 密码abc".into();
    house.submit(&visitor, Command::Preview { session, text }).unwrap();
    let [Delivery::Preview { text, .. }] = &agent.told()[..] else { panic!("not shown") };
    assert_eq!(&**text, "打 ••• •••• •••• •••••");
}
