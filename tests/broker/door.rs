//! Who isn't let in, and what it is told.

use frontdesk::broker::token::{LEEWAY_MS, Role, SigningKey, mint};
use frontdesk::proto::v1::control_command::Command as ControlCommand;
use frontdesk::proto::v1::control_event::Event as ControlEvent;
use frontdesk::proto::v1::{self, Code};

use crate::house::{House, assert_refused, wall_ms};
use crate::wire::{Bare, arrives};

/// Says hello with a token that must be turned away, with one code in the goodbye and the close.
async fn turned_away(house: &House, token: &str, code: Code) {
    let Err((go_away, closed)) = house.bare().await.hello(token).await else {
        panic!("{code:?} was let in")
    };
    assert_eq!((go_away.code(), closed.code), (code, code));
    assert_eq!(go_away.message, closed.message);
    assert!(go_away.message.contains(' '), "{go_away:?}");
    assert!(!go_away.message.contains(token) || token.is_empty(), "a token is nobody's to read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_token_is_turned_away_by_its_fault() {
    let house = House::open();
    let good = house.token("acme", Role::Visitor, "v-1");
    let other_key = SigningKey::hs256("test-1", &[8; 32]).unwrap();
    let forged = mint(&other_key, &house.grant("acme", Role::Visitor, "v-1")).unwrap();
    for bad in ["", "x", "a.b.c", &good[..good.len() - 1], &forged, &"x".repeat(5_000)] {
        turned_away(&house, bad, Code::BadToken).await;
    }
    turned_away(&house, &house.token("initech", Role::Visitor, "v-1"), Code::UnknownTenant).await;
    let mut grant = house.grant("acme", Role::Visitor, "v-1");
    grant.expires_wall_ms = wall_ms() - LEEWAY_MS - 5_000;
    turned_away(&house, &mint(&house.key, &grant).unwrap(), Code::TokenExpired).await;
    let mut grant = house.grant("acme", Role::Visitor, "v-1");
    grant.not_before_wall_ms = Some(wall_ms() + 600_000);
    turned_away(&house, &mint(&house.key, &grant).unwrap(), Code::TokenExpired).await;

    house.client("acme", Role::Visitor, "v-1").await;
    assert_eq!(house.counts("acme"), Default::default());
}

async fn first_bytes(house: &House, first_byte: u8, bytes: &[u8]) -> (Bare, Code) {
    let bare = house.bare().await;
    let mut stream = bare.open(first_byte).await;
    stream.send_bytes(bytes).await;
    let closed = bare.closed().await;
    assert!(closed.message.contains(' '), "{closed:?}");
    (bare, closed.code)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_begins_with_control_and_hello_and_nothing_else() {
    let house = House::open();
    for (first_byte, bytes, code) in [
        (0x01, &[0xff, 0xff, 0xff, 0xff, 0x7f][..], Code::Protocol), // a length that is no varint of 32 bits
        (0x01, &[0x80, 0x80, 0x08], Code::FrameTooLong),             // 128 KiB of control
        (0x01, &[0x02, 0xff, 0xff], Code::Protocol),                 // no protobuf
        (0x01, &[0x00], Code::Protocol),                             // no Hello
        (0x02, &[0x00], Code::Protocol),                             // a lane before its time
        (0x03, &[0x00], Code::Protocol),                             // kept for files
        (0x7f, b"GET / HTTP/1.1", Code::Protocol),
    ] {
        assert_eq!(
            first_bytes(&house, first_byte, bytes).await.1,
            code,
            "{first_byte:#x} {bytes:x?}"
        );
    }
    let bare = house.bare().await;
    let mut stream = bare.open(0x01).await;
    stream.send_bytes(&[20, 1, 2]).await;
    stream.send.finish().unwrap();
    assert_eq!(bare.closed().await.code, Code::FrameCutOff);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_version_is_told_which_are_known() {
    let house = House::open();
    let bare = house.bare().await;
    let mut control = bare.open(0x01).await;
    let token = house.token("acme", Role::Visitor, "v-1");
    let hello = v1::Hello { token, version_min: 2, version_max: 9, client: String::new() };
    control.send(&v1::ControlCommand { command: Some(ControlCommand::Hello(hello)) }).await;
    let ControlEvent::GoAway(go_away) = control.control_event().await else {
        panic!("it was let in")
    };
    assert_eq!(go_away.code(), Code::VersionUnsupported);
    assert_eq!(bare.closed().await.code, Code::VersionUnsupported);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_says_nothing_is_sent_away_in_time() {
    let house =
        House::open_with(|config| config.hello_timeout = std::time::Duration::from_millis(300));
    let silent = house.bare().await;
    assert_eq!(silent.closed().await.code, Code::HelloTimeout);
    let halting = house.bare().await;
    let mut control = halting.open(0x01).await;
    control.send_bytes(&[100, 1]).await;
    let ControlEvent::GoAway(go_away) = control.control_event().await else {
        panic!("it was let in")
    };
    assert_eq!(
        (go_away.code(), halting.closed().await.code),
        (Code::HelloTimeout, Code::HelloTimeout)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_has_one_stream_and_little_room() {
    let house = House::open();
    let bare = house.bare().await;
    let mut control = bare.open(0x01).await;
    let second =
        tokio::time::timeout(std::time::Duration::from_millis(300), bare.connection.open_bi())
            .await;
    assert!(second.is_err(), "a second stream before Hello");
    // Far more than a stranger may send: the transport takes a part and no more.
    let flood = vec![0_u8; 1 << 20];
    let mut taken = 0;
    control.send_bytes(&[0x80, 0x40]).await;
    while let Ok(Ok(bytes)) = tokio::time::timeout(
        std::time::Duration::from_millis(300),
        control.send.write(&flood[taken..]),
    )
    .await
    {
        taken += bytes;
    }
    assert!(taken <= 32 * 1024, "{taken} bytes were taken from a stranger");
}

async fn renewed(control: &mut crate::wire::Stream, token: String) -> ControlEvent {
    let renew = v1::RenewToken { token };
    control.send(&v1::ControlCommand { command: Some(ControlCommand::RenewToken(renew)) }).await;
    control.control_event().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_renewed_for_the_same_bearer_only() {
    let house = House::open();
    let mut client = house.client("acme", Role::Visitor, "v-1").await;
    let mut grant = house.grant("acme", Role::Visitor, "v-1");
    grant.expires_wall_ms += 7_200_000;
    let expires_wall_ms = grant.expires_wall_ms / 1_000 * 1_000;
    match renewed(&mut client.control, mint(&house.key, &grant).unwrap()).await {
        ControlEvent::TokenRenewed(renewed) => assert_eq!(renewed.expires_wall_ms, expires_wall_ms),
        other => panic!("{other:?}"),
    }
    for (token, subject) in [
        (house.token("acme", Role::Visitor, "v-2"), "subject"),
        (house.token("acme", Role::Agent, "v-1"), "role"),
        (house.token("globex", Role::Visitor, "v-1"), "tenant"),
    ] {
        match renewed(&mut client.control, token).await {
            ControlEvent::Refused(refused) => assert_refused(&refused, Code::NotPermitted, subject),
            other => panic!("{other:?}"),
        }
    }
    match renewed(&mut client.control, "nonsense".into()).await {
        ControlEvent::Refused(refused) => assert_refused(&refused, Code::BadToken, "token"),
        other => panic!("{other:?}"),
    }
    // It lives on with what it had.
    client.lane().await.attach_visitor(1, arrives("")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_ends_with_its_token() {
    let house = House::open();
    let mut grant = house.grant("acme", Role::Visitor, "v-1");
    // The leeway is nearly used up.
    grant.expires_wall_ms = wall_ms() - LEEWAY_MS + 2_500;
    let Ok(mut client) = house.bare().await.hello(&mint(&house.key, &grant).unwrap()).await else {
        panic!("it is good for a second at least")
    };
    let ControlEvent::GoAway(go_away) = client.control.control_event().await else {
        panic!("no goodbye")
    };
    assert_eq!(go_away.code(), Code::TokenExpired);
    assert_eq!(client.bare.closed().await.code, Code::TokenExpired);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_beyond_the_bound_are_refused_until_others_have_said_hello() {
    let house = House::open_with(|config| config.limits.hellos_pending_max = 2);
    let (first, second) = (house.bare().await, house.bare().await);
    let connecting = first.endpoint.connect(house.broker.local_addr(), "localhost").unwrap();
    match crate::wire::soon("a refusal", connecting).await {
        Err(quinn::ConnectionError::ConnectionClosed(close)) => {
            assert_eq!(close.error_code, quinn_refused());
        }
        other => panic!("{other:?}"),
    }
    let Ok(known) = second.hello(&house.token("acme", Role::Visitor, "v-1")).await else {
        panic!("it was let in before")
    };
    house.client("acme", Role::Visitor, "v-2").await;
    drop(known);
}

/// CONNECTION_REFUSED of RFC 9000, section 20.1.
fn quinn_refused() -> quinn::TransportErrorCode {
    quinn::TransportErrorCode::CONNECTION_REFUSED
}
