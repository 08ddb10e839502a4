//! What is said and typed is nobody's but those in the session: it stands in no log line, in no metric, in no refusal.
//!
//! A marker is planted wherever somebody may write something. Every crate's lines are taken at the most talkative level, those of the
//! network's and of TLS's too.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code)]

#[path = "broker/house.rs"]
mod house;
#[path = "broker/wire.rs"]
mod wire;

use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use frontdesk::broker::token::Role;
use frontdesk::client::{Client, Options, SessionId, Trust, Visitor};
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Audience, Code, MessageKind};
use tracing_subscriber::filter::LevelFilter;

use house::House;
use wire::{Lane, arrives, message_id, say};

/// What nobody else would ever write.
const MARKER: &str = "quagga-7f3a-okapi";

/// The lines of all crates: how many there were, and those that hold the marker.
struct Lines {
    seen: AtomicU64,
    of_broker: AtomicU64,
    marked: Mutex<Vec<String>>,
}

static LINES: Lines =
    Lines { seen: AtomicU64::new(0), of_broker: AtomicU64::new(0), marked: Mutex::new(Vec::new()) };

struct Line;

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        LINES.seen.fetch_add(1, Ordering::Relaxed);
        if line.contains("frontdesk_broker") {
            LINES.of_broker.fetch_add(1, Ordering::Relaxed);
        }
        if holds(&line) {
            LINES.marked.lock().expect("nobody broke off").push(line.into_owned());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a text holds the marker, as it is or as bytes are shown for debugging.
fn holds(text: &str) -> bool {
    let listed = format!("{:?}", MARKER.as_bytes());
    text.contains(MARKER) || text.contains(listed.trim_matches(['[', ']']))
}

/// A refusal's code, once it was looked at.
async fn refused(lane: &mut Lane, link: u32, command: Command) -> Code {
    let refused = lane.refused(link, command).await;
    assert!(!holds(&format!("{refused:?}")), "{refused:?}");
    refused.code()
}

fn marked(session: &Bytes, kind: MessageKind) -> v1::Say {
    v1::Say { kind: kind.into(), ..say(session, MARKER) }
}

/// Says, types, edits, takes back and whispers the marker, as it may be done.
async fn plant(shop: &mut Lane) -> Bytes {
    shop.work(2, "ann", "sales", 3).await;
    shop.attach_visitor(1, arrives("v-1")).await;
    let session = shop.ask_for(1, "sales", Some(MARKER)).await.session;
    assert_eq!(shop.messages(2, 1).await, [(1, MARKER.into())], "it did arrive");
    let typed = v1::Preview { session: session.clone(), text: MARKER.into() };
    shop.tell(1, Command::Preview(typed)).await;
    shop.event(2, "what is typed", |event| match event {
        Event::PreviewShown(shown) => (shown.text == MARKER).then_some(()),
        _ => None,
    })
    .await;
    let first = marked(&session, MessageKind::Text);
    let replaces = first.client_message_id.clone();
    let again = v1::Say { replaces: replaces.clone(), ..marked(&session, MessageKind::Text) };
    let recall =
        v1::Say { replaces, body: Bytes::new(), ..marked(&session, MessageKind::Recalled) };
    for say in [first.clone(), first, again, recall] {
        assert!(matches!(shop.ask(1, Command::Say(say)).await, Reply::Said(_)));
    }
    let audience = Audience::Agents.into();
    let whispered = v1::Say { audience, ..marked(&session, MessageKind::Text) };
    assert!(matches!(shop.ask(2, Command::Say(whispered)).await, Reply::Said(_)));

    shop.attach_visitor(3, arrives("v-2")).await;
    let (visitor, department) = ("v-2".into(), String::new());
    let invite = v1::Invite { visitor, department, text: MARKER.into() };
    assert!(matches!(shop.ask(2, Command::Invite(invite)).await, Reply::Invited(_)));
    session
}

/// Plants it where it is refused.
async fn plant_in_vain(shop: &mut Lane, session: &Bytes) {
    let text = |body: String| v1::Say { body: body.into(), ..say(session, "") };
    let long = MARKER.repeat(1_000);
    let spoilt: Bytes = [MARKER.as_bytes(), &[0xff, 0xfe]].concat().into();
    let unknown = Bytes::from_static(&[9; 16]);
    let refusals = [
        (1, text(long.clone()), Code::TooLong),
        (1, v1::Say { body: spoilt, ..say(session, "") }, Code::BadValue),
        (1, v1::Say { kind: 9_999, ..say(session, MARKER) }, Code::UnknownKind),
        (1, v1::Say { client_message_id: MARKER.into(), ..say(session, MARKER) }, Code::BadValue),
        (1, v1::Say { replaces: message_id(), ..say(session, MARKER) }, Code::NotFound),
        (1, say(&unknown, MARKER), Code::NotFound),
        (
            1,
            v1::Say { audience: Audience::Agents.into(), ..say(session, MARKER) },
            Code::AudienceNotAllowed,
        ),
        (3, say(session, MARKER), Code::NotFound),
    ];
    let mut codes = Vec::new();
    for (link, say, due) in refusals {
        codes.push((refused(shop, link, Command::Say(say)).await, due));
    }
    let typed = |session: &Bytes, text: &str| {
        Command::Preview(v1::Preview { session: session.clone(), text: text.into() })
    };
    codes.push((refused(shop, 1, typed(session, &long)).await, Code::TooLong));
    codes.push((refused(shop, 3, typed(session, MARKER)).await, Code::NotFound));
    let invite = |visitor: &str, text: &str| {
        let (visitor, department, text) = (visitor.into(), String::new(), text.into());
        Command::Invite(v1::Invite { visitor, department, text })
    };
    codes.push((refused(shop, 2, invite("v-2", &long)).await, Code::TooLong));
    codes.push((refused(shop, 2, invite("v-9", MARKER)).await, Code::NotFound));
    shop.ask(1, Command::Close(v1::Close { session: session.clone() })).await;
    codes.push((refused(shop, 1, Command::Say(say(session, MARKER))).await, Code::SessionClosed));
    let others: Vec<_> = codes.iter().filter(|(code, due)| code != due).collect();
    assert!(others.is_empty(), "refused otherwise than meant: {others:?}");
}

/// Plants it in a room of colleagues.
async fn plant_among_colleagues(shop: &mut Lane) {
    shop.work(4, "bob", "sales", 1).await;
    let Reply::InRoom(talk) =
        shop.ask(2, Command::TalkWith(v1::TalkWith { agent: "bob".into() })).await
    else {
        panic!("no talk")
    };
    let room = talk.room;
    let (client_message_id, kind) = (message_id(), MessageKind::Text.into());
    let words = |body: String| v1::SayInRoom {
        room: room.clone(),
        client_message_id: client_message_id.clone(),
        kind,
        body: body.into(),
    };
    let said = shop.ask(2, Command::SayInRoom(words(MARKER.into()))).await;
    assert!(matches!(said, Reply::Said(_)), "{said:?}");
    let code = refused(shop, 2, Command::SayInRoom(words(MARKER.repeat(1_000)))).await;
    assert_eq!(code, Code::TooLong);
}

/// Plants it through the client, whose own errors name it as little.
async fn plant_by_client(house: &House) {
    let trust = Trust::File(house.broker.identity().certificate_file.clone());
    let options = Options::new(house.broker.local_addr().to_string()).trust(trust);
    let token = house.token("acme", Role::Visitor, "v-3");
    let client = Client::connect(options.token(token)).await.expect("welcomed");
    let arrives = Visitor::new("www").page("https://shop.example/", "Shop");
    let (link, _events) = client.attach_visitor(arrives).await.expect("attached");
    let session = link.ask("sales").await.expect("asked").session;
    link.say(session, MARKER).await.expect("said");
    link.preview(session, MARKER).expect("typed");
    let refused = link.say(SessionId([9; 16]), MARKER).await.expect_err("no such session");
    let long = link.say(session, MARKER.repeat(1_000)).await.expect_err("too long");
    let typed = link.preview(session, MARKER.repeat(1_000)).expect_err("too long");
    for shown in
        [format!("{refused} {refused:?}"), format!("{long} {long:?}"), format!("{typed} {typed:?}")]
    {
        assert!(!holds(&shown), "{shown}");
    }
    client.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_and_typed_stands_in_no_log_line_no_metric_and_no_refusal() {
    let lines = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(|| Line);
    lines.with_ansi(false).init();
    let house = House::open();
    let gateway = house.gateway().await;
    let mut shop = gateway.lane().await;
    let session = plant(&mut shop).await;
    plant_in_vain(&mut shop, &session).await;
    plant_among_colleagues(&mut shop).await;
    plant_by_client(&house).await;

    // A frame that is none: the connection ends, and is told why.
    let broken = house.gateway().await;
    let mut lane = broken.lane().await;
    // Three bytes that say: one more than 128 KiB follow.
    let frame = [&[0x81, 0x80, 0x08], MARKER.as_bytes()].concat();
    lane.stream.send_bytes(&frame).await;
    let closed = broken.bare.closed().await;
    assert!(!holds(&closed.message), "{closed:?}");

    let page = house.broker.metrics().page();
    assert!(page.contains("frontdesk_commands_total{kind=\"say\"}"), "{page}");
    assert!(!holds(&page), "{page}");
    gateway.close();
    broken.close();
    house.broker.drain().await;

    let (seen, of_broker) = (&LINES.seen, &LINES.of_broker);
    assert!(of_broker.load(Ordering::Relaxed) > 10, "the broker's lines were not taken");
    assert!(seen.load(Ordering::Relaxed) > 1_000, "nor the others'");
    let marked = || LINES.marked.lock().expect("nobody broke off").clone();
    assert_eq!(marked(), Vec::<String>::new());
    // And it would have been seen.
    tracing::trace!(said = MARKER, "planted");
    tracing::trace!(said = ?MARKER.as_bytes(), "planted");
    assert_eq!(marked().len(), 2);
}
