//! Kinds, audiences and versions of what is said, over the wire.

use bytes::Bytes;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Audience, Code, MessageKind};

use crate::house::House;
use crate::wire::{Lane, arrives, message_id, say};

/// An agent on link 1 has the session of the visitor on link 2.
async fn at_desk(lane: &mut Lane) -> Bytes {
    lane.work(1, "ann", "sales", 3).await;
    lane.attach_visitor(2, arrives("v-1")).await;
    let session = lane.ask_for(2, "sales", None).await.session;
    lane.opened(1).await;
    session
}

async fn said(lane: &mut Lane, link: u32, say: v1::Say) -> u64 {
    match lane.ask(link, Command::Say(say)).await {
        Reply::Said(said) => said.seq,
        other => panic!("not said: {other:?}"),
    }
}

async fn message(lane: &mut Lane, link: u32) -> v1::Message {
    lane.event(link, "a message", |event| match event {
        Event::Message(message) => Some(message.clone()),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_kind_arrives_and_those_that_nobody_may_send_are_refused() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    let session = at_desk(&mut lane).await;
    for (kind, body) in [
        (MessageKind::RichText, "*beds*".repeat(2_000)),
        (MessageKind::Picture, "pic/1".to_owned()),
        (MessageKind::Screenshot, "pic/2".to_owned()),
        (MessageKind::File, "file/3".to_owned()),
        (MessageKind::Link, "https://shop.example/beds".to_owned()),
        (MessageKind::Emoji, "smile".to_owned()),
        (MessageKind::Form, "{\"order\":7}".to_owned()),
    ] {
        said(&mut lane, 2, v1::Say { kind: kind.into(), ..say(&session, &body) }).await;
        let told = message(&mut lane, 1).await;
        assert_eq!((told.kind(), told.body), (kind, body.into()));
    }
    for (kind, body, code, subject) in [
        (MessageKind::System as i32, "x".to_owned(), Code::UnknownKind, "kind"),
        (99, "x".to_owned(), Code::UnknownKind, "kind"),
        (0, "x".to_owned(), Code::MissingField, "kind"),
        (MessageKind::Emoji as i32, "x".repeat(257), Code::TooLong, "body"),
        (MessageKind::Recalled as i32, String::new(), Code::MissingField, "replaces"),
    ] {
        let bad = v1::Say { kind, ..say(&session, &body) };
        let refused = lane.refused(2, Command::Say(bad)).await;
        assert_eq!((refused.code(), &*refused.subject), (code, subject));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_among_agents_is_told_to_no_visitor() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    let session = at_desk(&mut lane).await;
    let among = v1::Say { audience: Audience::Agents.into(), ..say(&session, "he is a regular") };
    assert_eq!(said(&mut lane, 1, among).await, 1);
    assert_eq!(said(&mut lane, 1, say(&session, "Hello!")).await, 2);
    let told = message(&mut lane, 2).await;
    assert_eq!((told.seq, &told.body[..]), (1, &b"Hello!"[..]));
    let rest = lane.rest(2).await;
    assert!(!format!("{rest:?}").contains("regular"), "{rest:?}");
    for (link, audience, to, code, subject) in [
        (2, Audience::Agents as i32, 0, Code::AudienceNotAllowed, "audience"),
        (1, Audience::One as i32, 1, Code::AudienceNotAllowed, "audience"),
        (1, Audience::One as i32, 0, Code::MissingField, "to"),
        (1, Audience::One as i32, 70_000, Code::BadValue, "to"),
        (1, Audience::Agents as i32, 2, Code::BadValue, "to"),
        (1, 99, 0, Code::BadValue, "audience"),
    ] {
        let bad = v1::Say { audience, to, ..say(&session, "psst") };
        let refused = lane.refused(link, Command::Say(bad)).await;
        assert_eq!((refused.code(), &*refused.subject), (code, subject));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_is_changed_and_taken_back() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    let session = at_desk(&mut lane).await;
    let first = say(&session, "40 yuan");
    let replaces = first.client_message_id.clone();
    said(&mut lane, 1, first).await;
    let edit = v1::Say { replaces: replaces.clone(), ..say(&session, "45 yuan") };
    assert_eq!(said(&mut lane, 1, edit.clone()).await, 2);
    assert_eq!(said(&mut lane, 1, edit).await, 2, "said again, it is the same");
    let recall = v1::Say {
        kind: MessageKind::Recalled.into(),
        replaces: replaces.clone(),
        ..say(&session, "")
    };
    assert_eq!(said(&mut lane, 1, recall).await, 3);
    for kind in [MessageKind::Text, MessageKind::Text, MessageKind::Recalled] {
        assert_eq!(message(&mut lane, 2).await.kind(), kind);
    }
    let again = v1::Say { replaces: replaces.clone(), ..say(&session, "50 yuan") };
    let refused = lane.refused(1, Command::Say(again)).await;
    assert_eq!((refused.code(), &*refused.subject), (Code::MessageRecalled, "replaces"));
    let theirs = v1::Say { replaces, ..say(&session, "0 yuan") };
    let refused = lane.refused(2, Command::Say(theirs)).await;
    assert_eq!((refused.code(), &*refused.subject), (Code::NotFound, "replaces"));
    let id = message_id();
    let itself = v1::Say { client_message_id: id.clone(), replaces: id, ..say(&session, "x") };
    let refused = lane.refused(1, Command::Say(itself)).await;
    assert_eq!((refused.code(), &*refused.subject), (Code::BadValue, "replaces"));
    let short = v1::Say { replaces: Bytes::from_static(b"x"), ..say(&session, "x") };
    let refused = lane.refused(1, Command::Say(short)).await;
    assert_eq!((refused.code(), &*refused.subject), (Code::BadValue, "replaces"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_switches_off_that_its_typing_is_seen() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    let session = at_desk(&mut lane).await;
    let allow =
        |allowed| Command::AllowPreviews(v1::AllowPreviews { session: session.clone(), allowed });
    assert_eq!(lane.ask(2, allow(false)).await, Reply::Done(v1::Done {}));
    let preview = || Command::Preview(v1::Preview { session: session.clone(), text: "hm".into() });
    assert_eq!(lane.refused(2, preview()).await.code(), Code::PreviewOff);
    assert_eq!(lane.ask(2, allow(true)).await, Reply::Done(v1::Done {}));
    lane.tell(2, preview()).await;
    let text = lane.event(1, "what is typed", |event| match event {
        Event::PreviewShown(shown) => Some(shown.text.clone()),
        _ => None,
    });
    assert_eq!(text.await, "hm");
}
