//! What does a visitor cost: to come and go, to look at a page, and in memory?

#[path = "support/desk.rs"]
#[allow(dead_code)]
mod desk;

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicUsize, Ordering};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use desk::{Desk, NOW};
use frontdesk_engine::{Command, Config, Departure};

/// Counts the bytes that are asked for; what an allocator adds by rounding up is counted as mimalloc's usable size.
struct Counting(mimalloc::MiMalloc);

static HELD: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed on unchanged to the allocator behind; the count beside it touches no memory of it.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size().next_multiple_of(8), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size().next_multiple_of(8), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { self.0.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting(mimalloc::MiMalloc);

/// Pages or visits in one measured step.
const BATCH: usize = 1_024;

fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or(0) * 4_096
}

fn presence(c: &mut Criterion) {
    let testing = std::env::args().any(|arg| arg == "--test");
    let visitors = if testing { 10_000 } else { 1_000_000 };
    let desk = Desk::open(Config::default());
    let (held, resident) = (HELD.load(Ordering::Relaxed), resident_bytes());
    let mut links = Vec::with_capacity(visitors);
    let links_bytes = links.capacity() * size_of::<frontdesk_engine::Link>();
    for n in 0..visitors {
        links.push(desk.visitor(n));
    }
    let (held, resident) = (
        HELD.load(Ordering::Relaxed) - held - links_bytes,
        resident_bytes().saturating_sub(resident),
    );
    println!(
        "{visitors} visitors on one page: {} bytes each on the heap, {} resident (with the bench's own {} each)",
        held / visitors,
        resident / visitors,
        links_bytes / visitors,
    );

    let mut group = c.benchmark_group("presence");
    group.throughput(Throughput::Elements(BATCH as u64));
    let pages = [
        desk.engine.page("https://shop.example/shoes", "Shoes").expect("a good page"),
        desk.engine.page("https://shop.example/hats", "Hats").expect("a good page"),
    ];
    let mut at = 0usize;
    group.bench_function("page view by link, a million present", |b| {
        b.iter(|| {
            for _ in 0..BATCH {
                // A stride that touches visitors in no order that a cache could guess.
                at = (at + 7_919) % links.len();
                desk.submit(links[at], Command::ViewPage(pages[at % 2].clone()));
            }
        });
    });
    group.bench_function("page view from its texts, a million present", |b| {
        b.iter(|| {
            for _ in 0..BATCH {
                at = (at + 7_919) % links.len();
                let page = desk.engine.page("https://shop.example/coats", "Coats");
                desk.submit(links[at], Command::ViewPage(page.expect("a good page")));
            }
        });
    });
    let mut next = visitors;
    group.bench_function("arrive and leave, a million present", |b| {
        b.iter(|| {
            for _ in 0..BATCH {
                next += 1;
                let link = desk.visitor(next);
                desk.engine.detach(link, Departure::Leaving, NOW);
            }
        });
    });
    group.bench_function("drop and come back within the grace, a million present", |b| {
        b.iter(|| {
            for _ in 0..BATCH {
                at = (at + 7_919) % links.len();
                desk.engine.detach(links[at], Departure::Dropped, NOW);
                links[at] = desk.visitor(at);
            }
        });
    });
    group.finish();
}

criterion_group!(benches, presence);
criterion_main!(benches);
