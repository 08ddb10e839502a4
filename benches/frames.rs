//! What does a frame cost: to write, to cut out of a stream, to decode?

use bytes::{Bytes, BytesMut};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use frontdesk::proto::{frame, v1};
use prost::Message as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Frames in one batch.
const BATCH: u32 = 64;
const FRAME_BYTES_MAX: u32 = 128 * 1024;

fn say(n: u32) -> v1::Command {
    let say = v1::Say {
        session: Bytes::from_static(&[7; 16]),
        client_message_id: Bytes::copy_from_slice(&u128::from(n).to_be_bytes()),
        kind: v1::MessageKind::Text.into(),
        body: Bytes::from_static(&[b'x'; 100]),
        ..v1::Say::default()
    };
    v1::Command { link: n, request: n, command: Some(v1::command::Command::Say(say)) }
}

fn message(n: u32) -> v1::Delivery {
    let message = v1::Message {
        session: Bytes::from_static(&[7; 16]),
        seq: u64::from(n),
        from: 1,
        kind: v1::MessageKind::Text.into(),
        body: Bytes::from_static(&[b'x'; 100]),
        wall_ms: 1_700_000_000_000,
        client_message_id: Bytes::from_static(&[3; 16]),
        ..v1::Message::default()
    };
    v1::Delivery {
        link: n,
        request: 0,
        reply: None,
        event: Some(v1::delivery::Event::Message(message)),
    }
}

fn frames(c: &mut Criterion) {
    let mut group = c.benchmark_group("frames");
    group.throughput(Throughput::Elements(u64::from(BATCH)));

    let deliveries: Vec<_> = (1..=BATCH).map(message).collect();
    let mut batch = BytesMut::with_capacity(64 * 1024);
    group.bench_function("write 64 messages in one batch", |b| {
        b.iter(|| {
            batch.clear();
            deliveries.iter().map(|delivery| frame::write(&mut batch, delivery)).sum::<usize>()
        });
    });

    let mut written = BytesMut::new();
    for n in 1..=BATCH {
        frame::write(&mut written, &say(n));
    }
    let written = written.freeze();
    for chunk_bytes in [1_200, written.len()] {
        group.bench_function(
            format!("cut and decode 64 says in chunks of {chunk_bytes} bytes"),
            |b| {
                b.iter(|| {
                    let mut reader = frame::Reader::new(FRAME_BYTES_MAX);
                    let (mut rest, mut decoded) = (written.clone(), 0);
                    while !rest.is_empty() {
                        reader.push(rest.split_to(chunk_bytes.min(rest.len())));
                        while let Some(frame) = reader.next().expect("good frames") {
                            decoded += v1::Command::decode(frame).expect("a good command").request;
                        }
                    }
                    assert_eq!(decoded, BATCH * (BATCH + 1) / 2);
                });
            },
        );
    }
    group.finish();
}

criterion_group!(benches, frames);
criterion_main!(benches);
