//! Bytes that are no frames end the connection; frames that are no commands are refused, and it lives on.

use frontdesk::broker::token::Role;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::Reply;
use frontdesk::proto::v1::{self, Code};
use prost::Message;

use crate::house::{House, assert_refused};
use crate::wire::{Lane, arrives};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_length_that_cant_be_trusted_ends_the_connection() {
    let house = House::open();
    for (bytes, code) in [
        (&[0x81, 0x80, 0x08][..], Code::FrameTooLong), // one more than 128 KiB
        (&[0xff, 0xff, 0xff, 0xff, 0x0f], Code::FrameTooLong), // 2^32-1
        (&[0xff, 0xff, 0xff, 0xff, 0xff, 0x01], Code::Protocol), // more than 32 bits
        (&[0x80, 0x80, 0x80, 0x80, 0x80, 0x00], Code::Protocol), // an overlong zero
    ] {
        let client = house.client("acme", Role::Visitor, "v-1").await;
        let mut lane = client.lane().await;
        lane.attach_visitor(1, arrives("")).await;
        lane.stream.send_bytes(bytes).await;
        let closed = client.bare.closed().await;
        assert_eq!(closed.code, code, "{bytes:x?}");
        assert!(closed.message.contains(' '));
    }
    house.counts_become("its links to be gone", |counts| counts.visitors_away == 1).await;
    assert_eq!(house.counts("acme").visitors_here, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lane_that_ends_within_a_frame_ends_the_connection() {
    let house = House::open();
    for cut in [&[0x85][..], &[5, 1, 2]] {
        let client = house.client("acme", Role::Visitor, "v-1").await;
        let mut lane = client.lane().await;
        lane.attach_visitor(1, arrives("")).await;
        lane.stream.send_bytes(cut).await;
        lane.stream.send.finish().unwrap();
        assert_eq!(client.bare.closed().await.code, Code::FrameCutOff);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_unknown_kind_ends_the_connection_and_so_does_a_second_control() {
    let house = House::open();
    for kind in [0x00, 0x01, 0x03, 0xff] {
        let client = house.client("acme", Role::Visitor, "v-1").await;
        let _stream = client.bare.open(kind).await;
        assert_eq!(client.bare.closed().await.code, Code::Protocol, "{kind:#x}");
    }
}

/// Sends a frame as it is and waits for the refusal.
async fn refusal_of(lane: &mut Lane, frame: &[u8], link: u32, request: u32) -> v1::Refused {
    let mut bytes = Vec::new();
    prost::encoding::encode_varint(frame.len() as u64, &mut bytes);
    bytes.extend_from_slice(frame);
    lane.stream.send_bytes(&bytes).await;
    match lane.answer(link, request).await {
        Reply::Refused(refused) => refused,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_that_is_no_command_is_refused_and_the_connection_lives_on() {
    let house = House::open();
    let client = house.client("acme", Role::Visitor, "v-1").await;
    let mut lane = client.lane().await;
    lane.attach_visitor(1, arrives("")).await;

    let garbage = refusal_of(&mut lane, &[0x08, 1, 0x10, 77, 0xff, 0xff, 0xff], 1, 77).await;
    assert_refused(&garbage, Code::Malformed, "command");
    // Tag 4096, a message that a later version may know.
    let later =
        refusal_of(&mut lane, &[0x08, 1, 0x10, 78, 0x82, 0x80, 0x02, 0x01, 0x00], 1, 78).await;
    assert_refused(&later, Code::UnknownCommand, "command");
    let empty = refusal_of(&mut lane, &[], 0, 0).await;
    assert_refused(&empty, Code::UnknownCommand, "command");
    // A text that is not UTF-8.
    let text =
        refusal_of(&mut lane, &[0x08, 1, 0x10, 79, 0x82, 0x04, 3, 0x0a, 1, 0xff], 1, 79).await;
    assert_refused(&text, Code::Malformed, "command");
    // An unknown field is passed over.
    let mut frame = v1::Command {
        link: 1,
        request: 80,
        command: Some(Command::Ask(v1::Ask { department: "sales".into(), ..Default::default() })),
    }
    .encode_to_vec();
    frame.extend_from_slice(&[0xc0, 0xbb, 0x01, 7]);
    let mut bytes = vec![u8::try_from(frame.len()).unwrap()];
    bytes.extend_from_slice(&frame);
    lane.stream.send_bytes(&bytes).await;
    assert!(matches!(lane.answer(1, 80).await, Reply::Asked(asked) if !asked.existing));
    assert_eq!(house.counts("acme").waiting, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_may_come_in_any_number_of_pieces() {
    let house = House::open();
    let client = house.client("acme", Role::Visitor, "v-1").await;
    let mut lane = client.lane().await;
    let attach = Command::AttachVisitor(Box::new(arrives("")));
    let ask = Command::Ask(v1::Ask { department: "sales".into(), ..Default::default() });
    let mut bytes = bytes::BytesMut::new();
    for (request, command) in [(1, attach), (2, ask)] {
        frontdesk::proto::frame::write(
            &mut bytes,
            &v1::Command { link: 1, request, command: Some(command) },
        );
    }
    for byte in bytes {
        lane.stream.send_bytes(&[byte]).await;
        tokio::task::yield_now().await;
    }
    assert!(matches!(lane.answer(1, 2).await, Reply::Asked(_)));
    assert!(matches!(lane.answer(1, 1).await, Reply::Attached(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_without_end_is_misbehaviour() {
    let house = House::open();
    let client = house.client("acme", Role::Visitor, "v-1").await;
    let mut lane = client.lane().await;
    let frame = [4, 0x08, 1, 0xff, 0xff];
    lane.stream.send_bytes(&frame.repeat(1_000)).await;
    assert_eq!(client.bare.closed().await.code, Code::Misbehaved);
    // Others are not touched.
    house
        .client("acme", Role::Visitor, "v-2")
        .await
        .lane()
        .await
        .attach_visitor(1, arrives(""))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_bytes_on_random_streams_hurt_nobody() {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    let seed = std::env::var("FRONTDESK_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(20_261_122);
    println!("FRONTDESK_SEED={seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives("quiet")).await;
    for _ in 0..40 {
        let client = house.client("acme", Role::Visitor, "noisy").await;
        let mut noisy = client.lane().await;
        let mut noise = vec![0; 1 + (random.next_u32() % 4_000) as usize];
        random.fill_bytes(&mut noise);
        noisy.stream.send_bytes(&noise).await;
        let _ = noisy.stream.send.finish();
        // Whatever it was: either it was refused, or it ended the connection, or it ended within a frame.
        while crate::wire::soon("the end of the noise", noisy.stream.next()).await.is_some() {}
    }
    let session = lane.ask_for(1, "sales", Some("hi")).await.session;
    assert_eq!(lane.say(1, &session, "as if nothing had been").await.seq, 2);
    let counts = house.counts("acme");
    assert_eq!((counts.visitors_here, counts.messages, counts.waiting), (1, 2, 1));
}
