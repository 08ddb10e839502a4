//! What do watchers cost? A second of a company with a million visitors, 20,000 of whom change in it, with nobody watching, with 1,000
//! agents who watch lists of visitors, and with 1,000 who watch the floor and its queues. What lies between is the price of watching.

#[path = "support/desk.rs"]
#[allow(dead_code)]
mod desk;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use desk::{Desk, NOW};
use frontdesk_desk::delivery::Delivery;
use frontdesk_desk::id::{AgentId, SessionId, SiteId, VisitorId};
use frontdesk_desk::list::{InSession, ListQuery, Order};
use frontdesk_desk::page::Page;
use frontdesk_desk::time::Now;
use frontdesk_engine::{
    AgentAttach, Ask, Command, Config, Departure, FloorQuery, Link, QueuesQuery, Reader, Reply,
    VisitorAttach,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Ticks in a second, and what changes between two of them.
const TICKS: usize = 10;
const VIEWS: usize = 1_600;
const ARRIVALS: usize = 200;
/// Sessions that are asked for, and as many that end.
const SESSIONS: usize = 100;
/// Agents who answer.
const AGENTS: usize = 200;

struct Company {
    desk: Desk,
    now: Now,
    links: Vec<Link>,
    sessions: std::collections::VecDeque<(Link, SessionId)>,
    pages: [Page; 3],
    at: usize,
    arrived: usize,
}

impl Company {
    fn open(visitors: usize) -> Self {
        let desk = Desk::open(Config::default());
        for n in 0..AGENTS {
            desk.agent(n, 5);
        }
        let page = |url| desk.engine.page(url, "Shop").expect("a good page");
        let pages = [
            "https://shop.example/shoes",
            "https://shop.example/hats",
            "https://shop.example/checkout",
        ];
        let pages = pages.map(page);
        let mut company = Self {
            now: NOW,
            links: Vec::with_capacity(visitors),
            sessions: Default::default(),
            pages,
            at: 0,
            arrived: 0,
            desk,
        };
        for _ in 0..visitors {
            let link = company.arrive();
            company.links.push(link);
        }
        // Some more than the agents can take: a queue.
        for _ in 0..AGENTS * 5 + 500 {
            company.ask();
        }
        company
    }

    fn arrive(&mut self) -> Link {
        self.arrived += 1;
        let attach = VisitorAttach {
            site: SiteId::new("www").expect("a good id"),
            visitor: VisitorId::new(&format!("visitor-{:08}", self.arrived)).expect("a good id"),
            page: Some(self.pages[0].clone()),
            arrival: Default::default(),
            replaces: None,
            resume: None,
        };
        let (desk, outlet) = (&self.desk, self.desk.visitors.outlet());
        let attached = desk.engine.attach_visitor(desk.tenant, outlet, attach, self.now);
        attached.expect("room for a visitor").link
    }

    fn submit(&self, link: Link, command: Command) -> Reply {
        self.desk.engine.submit(link, command, self.now).expect("a command that may").reply
    }

    /// The next visitor, in no order that a cache could guess.
    fn next(&mut self) -> usize {
        self.at = (self.at + 7_919) % self.links.len();
        self.at
    }

    fn ask(&mut self) {
        let at = self.next();
        let ask = Command::Ask(Ask::of(self.desk.department.clone()));
        if let Reply::Asked(asked) = self.submit(self.links[at], ask) {
            self.sessions.push_back((self.links[at], asked.session));
        }
    }

    fn second(&mut self) {
        for _ in 0..TICKS {
            for _ in 0..VIEWS {
                let at = self.next();
                let page = self.pages[at % 7 % 3].clone();
                self.submit(self.links[at], Command::ViewPage(page));
            }
            for _ in 0..ARRIVALS {
                let at = self.next();
                self.desk.engine.detach(self.links[at], Departure::Leaving, self.now);
                self.links[at] = self.arrive();
            }
            for _ in 0..SESSIONS / TICKS {
                let (link, session) = self.sessions.pop_front().expect("there are some");
                // Its visitor may have left, and it with it.
                let _ = self.desk.engine.submit(link, Command::Close { session }, self.now);
                self.ask();
            }
            self.now = self.now.after_ms(100);
            self.desk.engine.tick(self.now);
        }
        self.desk.drain_visitors();
        self.desk.drain_agents();
    }

    /// Lets so many agents watch what they ask for.
    fn watch(
        &self,
        watchers: usize,
        watched: impl Fn(usize) -> Vec<Command>,
    ) -> (Vec<Link>, Reader<Delivery>) {
        let reader = self.desk.engine.reader();
        let links = (0..watchers).map(|n| {
            let attach =
                AgentAttach::new(AgentId::new(&format!("watcher-{n}")).expect("a good id"));
            let (engine, outlet) = (&self.desk.engine, reader.outlet());
            let attached = engine.attach_agent(self.desk.tenant, outlet, attach, self.now);
            let link = attached.expect("room for an agent").link;
            for command in watched(n) {
                self.submit(link, command);
            }
            link
        });
        (links.collect(), reader)
    }
}

/// One of eight lists of 50 rows.
fn list(n: usize) -> Command {
    let query = ListQuery::default;
    let query = match n % 8 {
        0 => query(),
        1 => ListQuery { order: Order::LongestPresent, ..query() },
        2 => ListQuery { order: Order::MostPages, ..query() },
        3 => ListQuery { in_session: InSession::Waiting, ..query() },
        4 => ListQuery { in_session: InSession::Active, order: Order::LongestPresent, ..query() },
        5 => ListQuery { text: "checkout".into(), ..query() },
        6 => ListQuery { text: "hats".into(), order: Order::MostPages, ..query() },
        _ => ListQuery { in_session: InSession::No, ..query() },
    };
    Command::WatchVisitors { query: Box::new(query), rows: 50 }
}

/// The tree with all its agents, a wallboard, or the queue.
fn floor(n: usize, company: &Company) -> Command {
    let departments = vec![company.desk.department.clone()];
    match n % 3 {
        0 => Command::WatchFloor(Box::new(FloorQuery { departments: Vec::new(), agents: 500 })),
        1 => Command::WatchFloor(Box::default()),
        _ => Command::WatchQueues(Box::new(QueuesQuery { departments, rows: 100 })),
    }
}

fn windows(c: &mut Criterion) {
    let testing = std::env::args().any(|arg| arg == "--test");
    let (visitors, watchers) = if testing { (20_000, 40) } else { (1_000_000, 1_000) };
    let mut company = Company::open(visitors);
    let mut group = c.benchmark_group(format!("a second with {visitors} visitors"));
    group.sample_size(10);
    group.throughput(Throughput::Elements((TICKS * (VIEWS + ARRIVALS * 2)) as u64));
    group.bench_function("nobody watches", |b| b.iter(|| company.second()));

    let mut told = 0;
    let (links, mut reader) = company.watch(watchers, |n| vec![floor(n, &company)]);
    group.bench_function(format!("{watchers} watch the floor and its queues"), |b| {
        b.iter(|| {
            company.second();
            reader.try_drain_all(|_, delivery| {
                told += black_box(usize::from(matches!(
                    delivery,
                    Delivery::FloorChanged(_) | Delivery::QueuesChanged(_)
                )))
            });
        });
    });
    println!("{told} batches of the floor and of queues were told");
    for link in links {
        company.desk.engine.detach(link, Departure::Leaving, company.now);
    }

    let mut told = 0;
    let (_links, mut reader) = company.watch(watchers, |n| vec![list(n)]);
    // Until each list has looked at everybody.
    let seconds = if testing { 2 } else { 40 };
    (0..seconds).for_each(|_| company.second());
    group.bench_function(format!("{watchers} watch lists of visitors"), |b| {
        b.iter(|| {
            company.second();
            reader.try_drain_all(|_, delivery| {
                told += black_box(usize::from(matches!(delivery, Delivery::VisitorsChanged(_))))
            });
        });
    });
    println!(
        "{told} batches of lists were told; {:?}",
        company.desk.engine.watching(company.desk.tenant)
    );
    group.finish();
}

criterion_group!(benches, windows);
criterion_main!(benches);
