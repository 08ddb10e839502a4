//! The client over real QUIC, against a broker that follows a script.

mod broker;
mod echo;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use broker::{Broker, Peer, SESSION};
use bytes::Bytes;
use frontdesk_client::{
    Advice, AttachError, Client, ConnectError, EndReason, Event, Events, Interruption, Memory,
    Reconnect, SayError, SessionId, Token, Trust, Visitor, VisitorLink, v1,
};
use frontdesk_proto::v1::command::Command;
use frontdesk_proto::v1::{Code, control_command, control_event, delivery};

fn visitor(id: &str) -> Visitor {
    Visitor::new("www").id(id).page("https://shop.example/", "Shoes")
}

/// A client with one visitor in a session, and the broker's side of it.
async fn attached(broker: &Broker) -> (Client, Peer, u32, VisitorLink, Events) {
    let (client, mut peer) = tokio::join!(Client::connect(broker.options()), broker.welcome(1));
    let client = client.expect("welcomed");
    let (link, (number, _)) =
        tokio::join!(client.attach_visitor(visitor("v-1")), peer.attach_visitor());
    let (link, events) = link.expect("attached");
    peer.lane().opened(number).await;
    (client, peer, number, link, events)
}

/// The next event that is a message, past the others.
async fn message(events: &mut Events) -> (u64, u32) {
    loop {
        match events.next().await.expect("the link goes on") {
            Event::Message(message) => return (message.seq, message.from),
            Event::Ended(reason) => panic!("ended: {reason}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_refused_hello_says_code_advice_and_subject() {
    let broker = Broker::start();
    let script = async {
        let (connection, mut control, hello) = broker.hello().await;
        assert_eq!((&hello.token[..], hello.version_min), ("a token", 1));
        let refused = v1::Refused {
            code: Code::BadToken as i32,
            message: "The signature is wrong.".into(),
            subject: "sig".into(),
            ..Default::default()
        };
        control.tell(control_event::Event::Refused(refused)).await;
        connection.closed().await;
    };
    let (client, ()) = tokio::join!(Client::connect(broker.options()), script);
    let Err(ConnectError::Refused(refusal)) = client else { panic!("{client:?}") };
    assert!(refusal.is(Code::BadToken));
    assert_eq!((refusal.advice, &refusal.subject[..]), (Advice::Stop, "sig"));
}

#[tokio::test]
async fn a_hello_refused_by_closing_says_the_code_too() {
    let broker = Broker::start();
    let script = async {
        let (connection, _control, _) = broker.hello().await;
        connection.close(quinn::VarInt::from_u32(Code::UnknownTenant as u32), b"who?");
        connection.closed().await;
    };
    let (client, ()) = tokio::join!(Client::connect(broker.options()), script);
    let Err(ConnectError::Refused(refusal)) = client else { panic!("{client:?}") };
    assert!(refusal.is(Code::UnknownTenant) && refusal.message == "who?", "{refusal}");
}

#[tokio::test]
async fn the_right_pin_is_trusted_and_another_is_not() {
    let broker = Broker::start();
    let suite = rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
    let hash = suite.tls13().expect("a suite of TLS 1.3").common.hash_provider;
    let mut pin: [u8; 32] =
        hash.hash(&broker.certificate).as_ref().try_into().expect("32 bytes of SHA-256");
    let pinned = broker.options().trust(Trust::Pin(pin)).server_name("any.name");
    let (client, _peer) = tokio::join!(Client::connect(pinned), broker.welcome(1));
    assert_eq!(client.expect("trusted").welcome().tenant, "acme");

    pin[0] ^= 1;
    let other = Client::connect(broker.options().trust(Trust::Pin(pin)));
    let (client, handshake) = tokio::join!(other, broker.handshake());
    assert!(matches!(client, Err(ConnectError::Unreachable(_))), "{client:?}");
    assert!(handshake.is_err());
}

#[tokio::test]
async fn what_one_says_comes_as_an_event_in_its_place_among_the_others() {
    let broker = Broker::start();
    let (_client, mut peer, link, visitor, mut events) = attached(&broker).await;
    let script = async {
        let lane = peer.lane();
        let (request, say) = lane.say().await;
        assert_eq!(&say.body[..], "你好".as_bytes());
        lane.message(link, 2, 2, &Bytes::new()).await;
        lane.said(link, request, 1).await;
    };
    let (said, ()) = tokio::join!(visitor.say(SessionId(SESSION), "你好"), script);
    assert_eq!(said.expect("said").seq, 1);
    assert!(matches!(events.next().await, Some(Event::SessionOpened { .. })));
    let Some(Event::Message(own)) = events.next().await else { panic!("one's own message") };
    assert_eq!((own.seq, own.from, own.text()), (1, 1, Some("你好")));
    assert_eq!(message(&mut events).await, (2, 2));

    // Taking the messages acknowledged them, in one word or in two.
    loop {
        if let (_, 0, Command::Acknowledge(totals)) = peer.lane().command().await
            && totals.delivered == 2
        {
            assert_eq!((&totals.session[..], totals.read), (&SESSION[..], 0));
            break;
        }
    }
}

#[tokio::test]
async fn a_refused_attach_leaves_nothing_and_says_why() {
    let broker = Broker::start();
    let (client, mut peer) = tokio::join!(Client::connect(broker.options()), broker.welcome(1));
    let client = client.expect("welcomed");
    let script = async {
        let (link, request, _) = peer.lane().command().await;
        let refused = v1::Refused { code: Code::UnknownSite as i32, ..Default::default() };
        peer.lane().reply(link, request, delivery::Reply::Refused(refused)).await;
    };
    let (refused, ()) = tokio::join!(client.attach_visitor(visitor("v-1")), script);
    assert!(matches!(refused, Err(AttachError::Refused(why)) if why.is(Code::UnknownSite)));
    let (again, _) = tokio::join!(client.attach_visitor(visitor("v-1")), peer.attach_visitor());
    assert!(again.is_ok(), "the connection lives on");
}

#[tokio::test]
async fn after_a_dropped_connection_the_log_goes_on_and_what_was_not_answered_is_said_again() {
    let broker = Broker::start();
    let (_client, mut peer, link, visitor, mut events) = attached(&broker).await;
    peer.lane().message(link, 1, 2, &Bytes::new()).await;
    assert_eq!(message(&mut events).await, (1, 2));

    let script = async {
        let (_, first) = peer.lane().say().await;
        peer.close(0);

        let mut peer = broker.welcome(1).await;
        let (new_link, attach) = peer.attach_visitor().await;
        assert_ne!(new_link, link);
        assert_eq!(attach.replaces[..], [1; 16], "the token of the link before");
        let resume = attach.resume.expect("where to go on");
        assert_eq!((&resume.session[..], resume.seq), (&SESSION[..], 1));
        let lane = peer.lane();
        lane.opened(new_link).await;
        lane.resumed(new_link, 2, 3).await;
        lane.message(new_link, 2, 1, &first.client_message_id).await;
        lane.message(new_link, 3, 2, &Bytes::new()).await;

        let (request, again) = lane.say().await;
        assert_eq!(again, first, "the same words under the same id");
        let said = v1::Said { seq: 2, wall_ms: 2, duplicate: true };
        lane.reply(new_link, request, delivery::Reply::Said(said)).await;
        lane.message(new_link, 4, 2, &Bytes::new()).await;
        peer
    };
    let (said, _peer) = tokio::join!(visitor.say(SessionId(SESSION), "do you hear me?"), script);
    let said = said.expect("said in the end");
    assert!(said.seq == 2 && said.duplicate);

    assert_eq!(events.next().await, Some(Event::Interrupted(Interruption::ConnectionLost)));
    assert_eq!(events.next().await, Some(Event::Reconnected { memory: Memory::Kept }));
    for expected in [(2, 1), (3, 2), (4, 2)] {
        assert_eq!(message(&mut events).await, expected);
    }
}

#[tokio::test]
async fn a_severed_connection_says_nothing_to_the_broker_and_is_made_again() {
    let broker = Broker::start();
    let (client, old_peer, _, _visitor, mut events) = attached(&broker).await;
    client.sever();
    let mut peer = broker.welcome(1).await;
    peer.attach_visitor().await;
    assert_eq!(old_peer.connection.close_reason(), None, "the broker has not been told");
    loop {
        match events.next().await {
            Some(Event::Reconnected { .. }) => break,
            Some(_) => {}
            None => panic!("the link goes on"),
        }
    }
}

#[tokio::test]
async fn a_hello_that_came_too_late_is_said_again() {
    let broker = Broker::start();
    let (_client, peer, _, _visitor, mut events) = attached(&broker).await;
    peer.close(0);
    let (connection, _control, _) = broker.hello().await;
    connection.close(quinn::VarInt::from_u32(Code::HelloTimeout as u32), b"late");
    let mut peer = broker.welcome(1).await;
    peer.attach_visitor().await;
    loop {
        match events.next().await.expect("the link goes on") {
            Event::Reconnected { memory } => break assert_eq!(memory, Memory::Kept),
            Event::Ended(reason) => panic!("ended: {reason}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_replaced_link_is_over_and_does_not_come_back() {
    let broker = Broker::start();
    let (_client, mut peer, link, visitor, mut events) = attached(&broker).await;
    let ended = v1::LinkEnded { code: Code::Replaced as i32, message: String::new() };
    peer.lane().event(link, delivery::Event::LinkEnded(ended)).await;
    assert!(matches!(events.next().await, Some(Event::SessionOpened { .. })));
    assert_eq!(events.next().await, Some(Event::Ended(EndReason::Replaced)));
    assert_eq!(events.next().await, None);
    let said = visitor.say(SessionId(SESSION), "anyone?").await;
    assert!(matches!(said, Err(SayError::Ended { reason: EndReason::Replaced, .. })));
}

#[tokio::test]
async fn an_event_of_a_later_version_is_left_out() {
    let broker = Broker::start();
    let (_client, mut peer, link, _visitor, mut events) = attached(&broker).await;
    peer.lane().unknown_event(link).await;
    peer.lane().message(link, 1, 2, &Bytes::new()).await;
    assert!(matches!(events.next().await, Some(Event::SessionOpened { .. })));
    assert!(matches!(events.next().await, Some(Event::Message(_))));
}

#[tokio::test]
async fn a_draining_broker_is_left_and_found_again() {
    let broker = Broker::start();
    let (_client, mut peer, _, _visitor, mut events) = attached(&broker).await;
    assert!(matches!(events.next().await, Some(Event::SessionOpened { .. })));
    let go_away = v1::GoAway {
        code: Code::Draining as i32,
        retry_after_ms: 1,
        remaining_ms: 60_000,
        ..Default::default()
    };
    peer.control.tell(control_event::Event::GoAway(go_away)).await;
    let (mut next, _) = tokio::join!(broker.welcome(1), peer.connection.closed());
    next.attach_visitor().await;
    assert!(matches!(events.next().await, Some(Event::Interrupted(_))));
    assert!(matches!(events.next().await, Some(Event::Reconnected { .. })));
}

#[tokio::test]
async fn a_broker_that_says_stop_ends_the_client_with_its_reason() {
    let broker = Broker::start();
    let (client, mut peer, _, _visitor, mut events) = attached(&broker).await;
    assert!(matches!(events.next().await, Some(Event::SessionOpened { .. })));
    let go_away = v1::GoAway { code: Code::Misbehaved as i32, ..Default::default() };
    peer.control.tell(control_event::Event::GoAway(go_away)).await;
    let Some(Event::Ended(EndReason::Refused(why))) = events.next().await else { panic!("an end") };
    assert!(why.is(Code::Misbehaved));
    let again = client.attach_visitor(visitor("v-2")).await;
    assert!(matches!(again, Err(AttachError::Ended(EndReason::Refused(_)))), "{again:?}");
}

#[tokio::test]
async fn a_client_that_must_not_reconnect_is_over_with_its_connection() {
    let broker = Broker::start();
    let options = broker.options().reconnect(Reconnect::Never);
    let (client, mut peer) = tokio::join!(Client::connect(options), broker.welcome(1));
    let client = client.expect("welcomed");
    let (link, _) = tokio::join!(client.attach_visitor(visitor("v-1")), peer.attach_visitor());
    let (_link, mut events) = link.expect("attached");
    peer.close(0);
    assert!(matches!(events.next().await, Some(Event::Interrupted(_))));
    assert_eq!(events.next().await, Some(Event::Ended(EndReason::ConnectionLost)));
}

#[tokio::test]
async fn a_link_that_is_not_read_holds_up_no_neighbour_and_gets_no_credit() {
    let broker = Broker::start();
    let (client, mut peer, idle, _idle_visitor, _unread) = attached(&broker).await;
    let (link, (busy, _)) =
        tokio::join!(client.attach_visitor(visitor("v-2")), peer.attach_visitor());
    let (_visitor, mut events) = link.expect("attached");
    for seq in 1..=500 {
        peer.lane().message(idle, seq, 2, &Bytes::new()).await;
    }
    for seq in 1..=1_000 {
        peer.lane().message(busy, seq, 2, &Bytes::new()).await;
    }
    for seq in 1..=1_000 {
        assert_eq!(message(&mut events).await, (seq, 2));
    }
    // Everything that was sent up belongs to the link that is read: its acknowledgements, and its credit in the end.
    loop {
        match peer.lane().command().await {
            (link, 0, Command::Credit(credit)) => {
                assert_eq!(link, busy);
                assert!(credit.taken_bytes > 32 * 1024);
                break;
            }
            (link, _, Command::Acknowledge(_)) => assert_eq!(link, busy),
            (_, _, other) => panic!("not asked for: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_link_cut_off_as_too_slow_comes_back_once_the_program_reads() {
    let broker = Broker::start();
    let (_client, mut peer, link, _visitor, mut events) = attached(&broker).await;
    peer.lane().message(link, 1, 2, &Bytes::new()).await;
    let ended = v1::LinkEnded { code: Code::TooSlow as i32, message: String::new() };
    peer.lane().event(link, delivery::Event::LinkEnded(ended)).await;
    assert_eq!(message(&mut events).await, (1, 2));
    assert_eq!(events.next().await, Some(Event::Interrupted(Interruption::TooSlow)));
    let script = async {
        let lane = peer.lane();
        let (new_link, request, attach) = loop {
            let (link, request, command) = lane.command().await;
            if let Command::AttachVisitor(attach) = command {
                break (link, request, attach);
            }
        };
        assert_eq!(attach.resume.expect("where to go on").seq, 1);
        let attached = v1::Attached {
            epoch: Bytes::copy_from_slice(&broker::EPOCH),
            session: Bytes::copy_from_slice(&SESSION),
            ..Default::default()
        };
        lane.reply(new_link, request, delivery::Reply::Attached(attached)).await;
        lane.resumed(new_link, 2, 2).await;
        lane.message(new_link, 2, 2, &Bytes::new()).await;
    };
    let (next, ()) = tokio::join!(message(&mut events), script);
    assert_eq!(next, (2, 2));
}

#[tokio::test]
async fn links_are_spread_over_the_lanes_in_turn() {
    let broker = Broker::start();
    let options = broker.options().lanes(4);
    let (client, mut peer) = tokio::join!(Client::connect(options), broker.welcome(4));
    let client = client.expect("welcomed");
    let attaching: Vec<_> = (0..8)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(
                async move { client.attach_visitor(visitor(&format!("v-{number}"))).await },
            )
        })
        .collect();
    let mut numbers = std::collections::BTreeSet::new();
    for lane in &mut peer.lanes {
        for _ in 0..2 {
            let (link, request, _) = lane.command().await;
            numbers.insert(link);
            lane.reply(link, request, delivery::Reply::Attached(v1::Attached::default())).await;
        }
    }
    for link in attaching {
        assert!(link.await.expect("no panic").is_ok());
    }
    assert_eq!(numbers.len(), 8);
}

#[tokio::test]
async fn a_provider_is_asked_for_a_newer_token_before_the_old_one_expires() {
    let broker = Broker::start();
    let count = Arc::new(AtomicU32::new(0));
    let token = Token::provider(move || {
        let number = count.fetch_add(1, Ordering::Relaxed);
        async move { Ok(format!("token {number}")) }
    });
    let options = broker.options().token(token);
    let (client, mut peer) = tokio::join!(Client::connect(options), broker.welcome_until(1, 5));
    let _client = client.expect("welcomed");
    assert_eq!(peer.hello.token, "token 0");
    let control_command::Command::RenewToken(renew) = peer.control.control_command().await else {
        panic!("a newer token")
    };
    assert_eq!(renew.token, "token 1");
}

#[tokio::test]
async fn leaving_says_goodbye_and_ends_the_events() {
    let broker = Broker::start();
    let (_client, mut peer, link, visitor, mut events) = attached(&broker).await;
    let script = async {
        let (number, request, command) = peer.lane().command().await;
        let leaving = v1::Departure::Leaving as i32;
        assert_eq!(command, Command::Detach(v1::Detach { departure: leaving }));
        assert_eq!(number, link);
        peer.lane().reply(link, request, delivery::Reply::Done(v1::Done {})).await;
    };
    let (left, ()) = tokio::join!(visitor.leave(), script);
    left.expect("done");
    assert!(matches!(events.next().await, Some(Event::SessionOpened { .. })));
    assert_eq!(events.next().await, Some(Event::Ended(EndReason::Closed)));
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn a_link_that_nobody_holds_any_more_is_detached_and_the_connection_with_the_client() {
    let broker = Broker::start();
    let (client, mut peer, _, visitor, events) = attached(&broker).await;
    drop((visitor, events, client));
    let (_, _, command) = peer.lane().command().await;
    let dropped = v1::Departure::Dropped as i32;
    assert_eq!(command, Command::Detach(v1::Detach { departure: dropped }));
    peer.connection.closed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_log_is_whole_however_often_the_connection_is_severed() {
    const LINKS: usize = 60;
    const SAYINGS: u64 = 20;
    let broker = Arc::new(Broker::start());
    let serving = tokio::spawn(echo::serve(broker.clone()));
    let client = Client::connect(broker.options().lanes(4)).await.expect("welcomed");
    let said_in_all = Arc::new(AtomicU32::new(0));

    let people: Vec<_> = (0..LINKS)
        .map(|number| {
            let (client, said_in_all) = (client.clone(), said_in_all.clone());
            tokio::spawn(async move {
                let arrival = visitor(&format!("v-{number}"));
                let (link, mut events) = client.attach_visitor(arrival).await.expect("attached");
                let session = link.ask("sales").await.expect("asked").session;
                let speaking = async {
                    for turn in 0..SAYINGS {
                        link.say(session, format!("{number}: {turn}")).await.expect("said");
                        if said_in_all.fetch_add(1, Ordering::Relaxed) % 300 == 299 {
                            client.sever();
                        }
                    }
                };
                let listening = async {
                    let mut own = Vec::new();
                    for expected in 1..=2 * SAYINGS {
                        match next_message(&mut events).await {
                            (seq, from, text) if seq == expected => {
                                own.extend((from == 1).then_some(text));
                            }
                            (seq, ..) => panic!("{number}: {seq} where {expected} was due"),
                        }
                    }
                    own
                };
                let ((), own) = tokio::join!(speaking, listening);
                let spoken: Vec<_> = (0..SAYINGS).map(|turn| format!("{number}: {turn}")).collect();
                assert_eq!(own, spoken);
            })
        })
        .collect();
    for person in people {
        person.await.expect("a whole log");
    }
    client.close().await;
    serving.abort();
}

async fn next_message(events: &mut Events) -> (u64, u32, String) {
    loop {
        match events.next().await.expect("the link goes on") {
            Event::Message(message) => {
                let text = message.text().unwrap_or_default().to_owned();
                return (message.seq, message.from, text);
            }
            hole @ (Event::MessagesMissing { .. } | Event::MessagesWithdrawn { .. }) => {
                panic!("{hole:?}")
            }
            _ => {}
        }
    }
}
