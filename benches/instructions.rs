//! The hot paths, each run a known number of times and nothing else, so that their instructions can be counted without noise:
//!
//! ```text
//! cargo bench --bench instructions --no-run
//! valgrind --tool=callgrind --toggle-collect='*measured*' target/release/deps/instructions-* relay
//! ```
//!
//! Divide the count by the number of times that the program prints. Without valgrind it prints times, for a first look.

#[path = "support/desk.rs"]
#[allow(dead_code)]
mod desk;

use std::time::Instant;

use desk::{Desk, words};
use frontdesk_engine::{Command, Config};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TIMES: usize = 100_000;

#[inline(never)]
fn measured(name: &str, run: impl FnOnce()) {
    let (before, ran_before) = (Instant::now(), ran_ns());
    run();
    let ns = match (ran_before, ran_ns()) {
        (Some(before), Some(after)) => u128::from(after - before),
        _ => before.elapsed().as_nanos(),
    };
    println!("{name}: {TIMES} times, {} ns each", ns / TIMES as u128);
}

/// How long this thread has run, not counting what it waited for a processor; `None` where the system doesn't tell.
fn ran_ns() -> Option<u64> {
    // To the system a thread's time grows when it lets go of the processor or is interrupted.
    std::thread::yield_now();
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    schedstat.split(' ').next()?.parse().ok()
}

/// Visitor to session to agent's mailbox, drained every 256 messages.
fn relay() {
    let mut desk = Desk::open(Config::default());
    for n in 0..100 {
        desk.agent(n, 10);
    }
    let talks: Vec<_> = (0..1_000)
        .map(|n| {
            let link = desk.visitor(n);
            (link, desk.ask(link))
        })
        .collect();
    let said: Vec<_> = (0..2 * TIMES as u64).map(words).collect();
    let (warm_up, said) = said.split_at(TIMES);
    let mut relay = |said: &[frontdesk_desk::message::Words]| {
        for (n, words) in said.iter().enumerate() {
            let (link, session) = talks[n % talks.len()];
            desk.submit(link, Command::Say { session, words: words.clone() });
            if n % 256 == 255 {
                desk.drain_agents();
            }
        }
    };
    relay(warm_up);
    measured("relay", || relay(said));
}

/// Ask, assign, close, with everyone told every 64 cycles.
fn assignment() {
    let mut desk = Desk::open(Config::default());
    for n in 0..1_000 {
        desk.agent(n, 1);
    }
    let links: Vec<_> = (0..64).map(|n| desk.visitor(n)).collect();
    let mut cycles = |times: usize| {
        for n in 0..times {
            let link = links[n % links.len()];
            let session = desk.ask(link);
            desk.submit(link, Command::Close { session });
            if n % 64 == 63 {
                desk.drain_agents();
                desk.drain_visitors();
            }
        }
    };
    cycles(TIMES);
    measured("assignment", || cycles(TIMES));
}

/// The same while 1,000 wait: each close gives its slot to the head of the queue, and each ask joins the tail.
fn waiting() {
    let mut desk = Desk::open(Config::default());
    for n in 0..1_000 {
        desk.agent(n, 1);
    }
    let asked = (0..2_000).map(|n| {
        let link = desk.visitor(n);
        (link, desk.ask(link))
    });
    let mut sessions: std::collections::VecDeque<_> = asked.collect();
    let mut cycles = |times: usize| {
        for n in 0..times {
            let (link, session) = sessions.pop_front().expect("a crowd");
            desk.submit(link, Command::Close { session });
            sessions.push_back((link, desk.ask(link)));
            if n % 64 == 63 {
                desk.drain_agents();
                desk.drain_visitors();
            }
        }
    };
    cycles(TIMES);
    measured("waiting", || cycles(TIMES));
}

/// A page view by link, over 100,000 visitors.
fn page_view() {
    let desk = Desk::open(Config::default());
    let links: Vec<_> = (0..100_000).map(|n| desk.visitor(n)).collect();
    let page = |url| desk.engine.page(url, "Shop").expect("a good page");
    let pages = [page("https://shop.example/shoes"), page("https://shop.example/hats")];
    measured("page_view", || {
        for n in 0..TIMES {
            let at = n * 7_919 % links.len();
            desk.submit(links[at], Command::ViewPage(pages[n % 2].clone()));
        }
    });
}

fn main() {
    // Cargo passes `--bench`; the rest are names.
    let wanted: Vec<_> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    for (name, path) in [
        ("relay", relay as fn()),
        ("assignment", assignment as fn()),
        ("waiting", waiting as fn()),
        ("page_view", page_view as fn()),
    ] {
        if wanted.is_empty() || wanted.iter().any(|other| other == name) {
            path();
        }
    }
}
