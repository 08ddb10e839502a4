//! What does a page view cost that asks whether somebody is there, and what do a million pages that follow it instead?

#[path = "support/desk.rs"]
#[allow(dead_code)]
mod desk;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use desk::{Desk, NOW};
use frontdesk_desk::delivery::Status;
use frontdesk_desk::id::{DepartmentId, SiteId, StyleId, VisitorId};
use frontdesk_desk::page::Arrival;
use frontdesk_desk::policy::style::{Receiver, RegionRule};
use frontdesk_desk::policy::{Draft, Style};
use frontdesk_engine::{Command, Config, Link, SetStatus, VisitorAttach};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Page views in one measured step.
const BATCH: usize = 1_024;
const DEPARTMENTS: usize = 8;
const REGIONS: [&str; 4] = ["北京", "上海", "广东省深圳市", "云南"];

/// A style with so many region rules, each with departments of its own.
fn policy(rules: usize) -> Draft {
    let id = |n: usize| DepartmentId::new(&format!("d{n}")).expect("a good id");
    let mut departments: Vec<_> = (1..DEPARTMENTS).map(id).collect();
    departments.insert(0, DepartmentId::new("sales").expect("a good id"));
    let mut style = Style::new(StyleId::new("plain").expect("a good id"), departments[0].clone());
    style.receivers = departments[..4].iter().cloned().map(Receiver::Department).collect();
    style.regions = (0..rules)
        .map(|n| RegionRule {
            regions: vec![if n % 16 == 0 { "广东".into() } else { format!("地区{n}").into() }],
            receivers: vec![Receiver::Department(departments[n % DEPARTMENTS].clone())],
        })
        .collect();
    let mut draft = Draft::new(vec![SiteId::new("www").expect("a good id")], departments);
    draft.styles.push(style);
    draft
}

fn attach(desk: &Desk, n: usize) -> Link {
    let region = REGIONS[n % REGIONS.len()].into();
    let attach = VisitorAttach {
        site: SiteId::new("www").expect("a good id"),
        visitor: VisitorId::new(&format!("visitor-{n:08}")).expect("a good id"),
        page: Some(desk.engine.page("https://shop.example/", "Shop").expect("a good page")),
        arrival: Arrival { region, ..Arrival::default() },
        replaces: None,
        resume: None,
    };
    let attached = desk.engine.attach_visitor(desk.tenant, desk.visitors.outlet(), attach, NOW);
    attached.expect("room for a visitor").link
}

fn reception(c: &mut Criterion) {
    let testing = std::env::args().any(|arg| arg == "--test");
    let visitors = if testing { 10_000 } else { 1_000_000 };
    let mut desk = Desk::open(Config::default());
    let links: Vec<_> = (0..visitors).map(|n| attach(&desk, n)).collect();
    let agent = desk.agent(0, 5);

    let mut group = c.benchmark_group("reception");
    group.throughput(Throughput::Elements(BATCH as u64));
    let mut at = 0;
    for rules in [0, 64] {
        let replaced = desk.engine.replace_policy(desk.tenant, policy(rules), None, NOW);
        replaced.expect("a good policy");
        group.bench_function(
            format!("read by page view, 4 departments, {rules} region rules, {visitors} present"),
            |b| {
                b.iter(|| {
                    for _ in 0..BATCH {
                        at = (at + 7_919) % links.len();
                        black_box(
                            desk.submit(links[at], Command::ReadReception { department: None }),
                        );
                    }
                });
            },
        );
    }

    for link in &links {
        desk.submit(*link, Command::WatchReception { department: None });
    }
    let mut now = NOW;
    group.throughput(Throughput::Elements(1));
    group.sample_size(10);
    group.bench_function(format!("a second in which {visitors} follow and no icon changes"), |b| {
        b.iter(|| {
            for _ in 0..10 {
                now = now.after_ms(100);
                desk.engine.tick(now);
            }
        });
    });
    let mut is_there = true;
    group.throughput(Throughput::Elements(visitors as u64));
    group.bench_function(
        format!("{visitors} who follow are told that the icon has changed"),
        |b| {
            b.iter(|| {
                is_there = !is_there;
                let status = if is_there { Status::Online } else { Status::Away };
                desk.submit(agent, Command::SetStatus(SetStatus::now(status, "")));
                let mut told = 0;
                while told < visitors {
                    now = now.after_ms(100);
                    desk.engine.tick(now);
                    told += desk.drain_visitors();
                }
            });
        },
    );
    group.finish();
}

criterion_group!(benches, reception);
criterion_main!(benches);
