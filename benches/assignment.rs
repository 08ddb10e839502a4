//! How many assignment cycles a second does one floor do: ask, assign, close, with everyone told?

#[path = "support/desk.rs"]
#[allow(dead_code)]
mod desk;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use desk::{Crowd, Desk};
use frontdesk_engine::Config;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Cycles between two drains.
const BATCH: usize = 64;

fn assignment(c: &mut Criterion) {
    let mut group = c.benchmark_group("assignment");
    group.throughput(Throughput::Elements(BATCH as u64));
    for (agents, waiting) in [(10, 0), (1_000, 0), (10_000, 0), (1_000, 1_000), (1_000, 100_000)] {
        let mut desk = Desk::open(Config::default());
        for n in 0..agents {
            desk.agent(n, 1);
        }
        // With waiters the agents are full, and each close gives its slot to the head of the queue.
        let crowd = if waiting > 0 { agents + waiting } else { 0 };
        let mut sessions = Crowd::new();
        desk.gather(&mut sessions, crowd);
        let fresh: Vec<_> = (crowd..crowd + BATCH).map(|n| desk.visitor(n)).collect();
        desk.drain_agents();
        desk.drain_visitors();
        group.bench_function(format!("{agents} agents, {waiting} waiting"), |b| {
            b.iter(|| desk.cycles(&fresh, &mut sessions));
        });
    }
    group.finish();
}

criterion_group!(benches, assignment);
criterion_main!(benches);
