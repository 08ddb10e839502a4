//! What does an assignment cost by each strategy, as agents and those who wait become more? It must grow no faster than the logarithm of
//! either. Where nobody waits, each asks, is given the best of all who are free, and closes; else each end gives its slot to the head
//! of the queue, and who has ended asks again at its tail.
//!
//! Run as a test, as `cargo test --benches` does, each is tried once among few.

#[path = "support/desk.rs"]
#[allow(dead_code)]
mod desk;

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use desk::{Crowd, Desk};
use frontdesk_desk::floor::strategy::Strategy;
use frontdesk_engine::Config;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Cycles between two drains.
const BATCH: usize = 64;

const STRATEGIES: [(&str, Strategy); 7] = [
    ("least loaded", Strategy::LeastLoaded),
    ("in order", Strategy::InOrder),
    ("round robin", Strategy::RoundRobin),
    ("random", Strategy::Random),
    ("longest idle", Strategy::LongestIdle),
    ("weighted", Strategy::Weighted),
    ("fill first", Strategy::FillFirst),
];

/// So many agents, and how many wait; measured, and as a test.
fn sizes() -> ([usize; 3], [usize; 3]) {
    let is_measured = std::env::args().any(|arg| arg == "--bench");
    if is_measured && !std::env::args().any(|arg| arg == "--test") {
        ([10, 1_000, 10_000], [0, 1_000, 100_000])
    } else {
        ([2, 10, 20], [0, 10, 40])
    }
}

fn strategies(c: &mut Criterion) {
    let (agents, waiting) = sizes();
    let mut group = c.benchmark_group("strategies");
    group.throughput(Throughput::Elements(BATCH as u64));
    group.sample_size(10).warm_up_time(Duration::from_millis(300));
    group.measurement_time(Duration::from_secs(1));
    for (name, strategy) in STRATEGIES {
        for agents in agents {
            let mut desk = Desk::ruled(Config::default(), |draft| {
                draft.departments[0].strategy = strategy;
            });
            for n in 0..agents {
                desk.agent(n, 1);
            }
            let fresh: Vec<_> = (0..BATCH).map(|n| desk.visitor(1_000_000 + n)).collect();
            let mut crowd = Crowd::new();
            for waiting in waiting {
                if waiting > 0 {
                    desk.gather(&mut crowd, agents + waiting);
                }
                desk.drain_agents();
                desk.drain_visitors();
                group.bench_function(format!("{name}, {agents} agents, {waiting} waiting"), |b| {
                    b.iter(|| desk.cycles(&fresh, &mut crowd));
                });
            }
        }
    }
    group.finish();
}

criterion_group!(benches, strategies);
criterion_main!(benches);
