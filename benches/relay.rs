//! How many messages a second does the engine carry from visitors through their sessions into agents' mailboxes, on one thread?
//!
//! Sequence, replay window, de-duplication, receipts and the in-memory journal are on; 1,000 and 10,000 sessions talk in turn;
//! the agents' mailboxes are drained in batches, as a lane does it.

#[path = "support/desk.rs"]
#[allow(dead_code)]
mod desk;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use desk::{Desk, words};
use frontdesk_desk::id::SessionId;
use frontdesk_engine::{Command, Config, Link};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Messages between two drains.
const BATCH: usize = 256;

fn talking(sessions: usize) -> (Desk, Vec<(Link, SessionId)>, Vec<Link>) {
    let mut desk = Desk::open(Config::default());
    let agents: Vec<_> = (0..sessions.div_ceil(10)).map(|n| desk.agent(n, 10)).collect();
    let talks = (0..sessions).map(|n| {
        let link = desk.visitor(n);
        (link, desk.ask(link))
    });
    let talks = talks.collect();
    desk.drain_agents();
    desk.drain_visitors();
    (desk, talks, agents)
}

fn relay(c: &mut Criterion) {
    let mut group = c.benchmark_group("relay");
    group.throughput(Throughput::Elements(BATCH as u64));
    for sessions in [1_000, 10_000] {
        let (mut desk, talks, _) = talking(sessions);
        let (mut said, mut turn) = (0u64, 0usize);
        group.bench_function(format!("visitor to agent, {sessions} sessions"), |b| {
            b.iter_batched(
                || {
                    said += BATCH as u64;
                    (said..).take(BATCH).map(words).collect::<Vec<_>>()
                },
                |batch| {
                    for words in batch {
                        turn = (turn + 1) % talks.len();
                        let (link, session) = talks[turn];
                        desk.submit(link, Command::Say { session, words });
                    }
                    assert_eq!(desk.drain_agents(), BATCH);
                },
                BatchSize::LargeInput,
            );
        });
    }
    // The agent acknowledges each message that reached it, and the visitor is told.
    let (mut desk, talks, agents) = talking(1_000);
    let agent_of: Vec<Link> = (0..talks.len())
        .map(|n| {
            let (_, session) = talks[n];
            let owns = |agent: &&Link| {
                desk.engine.submit(**agent, Command::ReadSession { session }, desk::NOW).is_ok()
            };
            *agents.iter().find(owns).expect("an agent has each session")
        })
        .collect();
    let (mut said, mut turn, mut seqs) = (0u64, 0usize, vec![0u64; talks.len()]);
    group.bench_function("visitor to agent and receipt back, 1000 sessions", |b| {
        b.iter_batched(
            || {
                said += BATCH as u64;
                (said..).take(BATCH).map(words).collect::<Vec<_>>()
            },
            |batch| {
                let first = turn;
                for words in batch {
                    turn = (turn + 1) % talks.len();
                    let (link, session) = talks[turn];
                    desk.submit(link, Command::Say { session, words });
                }
                desk.drain_agents();
                for step in 1..=BATCH {
                    let n = (first + step) % talks.len();
                    seqs[n] += 1;
                    let (session, seq) = (talks[n].1, seqs[n]);
                    let acknowledge = Command::Acknowledge { session, delivered: seq, read: seq };
                    desk.submit(agent_of[n], acknowledge);
                }
                assert_eq!(desk.drain_visitors(), BATCH);
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, relay);
criterion_main!(benches);
