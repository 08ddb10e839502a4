//! What the stories under shuttle share: a small engine, and people at it.
#![allow(
    unreachable_pub,
    dead_code,
    reason = "each test file takes it in as a module of its own, and uses a part"
)]

use bytes::Bytes;
use frontdesk_desk::delivery::{Delivery, Status};
use frontdesk_desk::id::{
    AgentId, ClientMessageId, DepartmentId, SessionId, SiteId, TenantId, TenantNo, VisitorId,
};
use frontdesk_desk::message::Words;
use frontdesk_desk::policy::{Draft, Policy};
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::time::Now;
use frontdesk_engine::sync::Arc;
use frontdesk_engine::{
    AgentAttach, Ask, Command, Config, Counts, Engine, Link, Outlet, Reader, Reply, SetStatus,
    SignOn, VisitorAttach, journal,
};
use shuttle::thread;

pub const TENANT: TenantNo = TenantNo(0);
pub const GRACE_MS: u64 = 1_000;

pub fn at(ms: u64) -> Now {
    Now { mono_ms: 10_000 + ms, wall_ms: 1_000_000 + ms }
}

pub fn sales() -> DepartmentId {
    DepartmentId::new("sales").unwrap()
}

/// An engine with one tenant, and the one reader of all links.
pub fn open() -> (Arc<Engine>, Reader<Delivery>) {
    open_by(|_| ())
}

/// The same by other rules.
pub fn open_by(rule: impl FnOnce(&mut Draft)) -> (Arc<Engine>, Reader<Delivery>) {
    open_in(2, rule)
}

/// The same with so many parts of the visitors and of the sessions: the fewer, the more often threads meet.
pub fn open_in(shards: u32, rule: impl FnOnce(&mut Draft)) -> (Arc<Engine>, Reader<Delivery>) {
    let config = Config {
        visitor_shards: shards,
        session_shards: shards,
        links_max: 64,
        tenants_max: 1,
        ..Config::default()
    };
    let journal = Arc::new(journal::Memory::new(1_000));
    let engine = Engine::new(config, [1; 32], journal);
    let mut draft = Draft::new(vec![SiteId::new("www").unwrap()], vec![sales()]);
    (draft.visitor_grace_ms, draft.agent_grace_ms) = (GRACE_MS, GRACE_MS);
    rule(&mut draft);
    engine.add_tenant(TenantId::new("t").unwrap(), Policy::new(draft).unwrap()).unwrap();
    let reader = engine.reader();
    (Arc::new(engine), reader)
}

pub fn arrives(engine: &Engine, name: &str) -> VisitorAttach {
    VisitorAttach {
        site: SiteId::new("www").unwrap(),
        visitor: VisitorId::new(name).unwrap(),
        page: Some(engine.page("/", "").unwrap()),
        arrival: Default::default(),
        replaces: None,
        resume: None,
    }
}

pub fn visitor(engine: &Engine, outlet: &Outlet, name: &str, now: Now) -> Link {
    engine.attach_visitor(TENANT, outlet, arrives(engine, name), now).unwrap().link
}

pub fn agent(engine: &Engine, outlet: &Outlet, name: &str) -> Link {
    let attach = AgentAttach::new(AgentId::new(name).unwrap());
    engine.attach_agent(TENANT, outlet, attach, at(0)).unwrap().link
}

pub fn online(engine: &Engine, outlet: &Outlet, name: &str, capacity: u16) -> Link {
    let link = agent(engine, outlet, name);
    let sign_on = Command::SignOn(SignOn::new(vec![sales()], Some(capacity)));
    engine.submit(link, sign_on, at(0)).unwrap();
    engine.submit(link, Command::SetStatus(SetStatus::now(Status::Online, "")), at(0)).unwrap();
    link
}

pub fn ask(engine: &Engine, link: Link) -> Result<SessionId, Refusal> {
    let ask = Command::Ask(Ask::of(sales()));
    match engine.submit(link, ask, at(0))?.reply {
        Reply::Asked(asked) => Ok(asked.session),
        other => panic!("an ask is answered {other:?}"),
    }
}

/// Four threads in each of which two visitors ask for service one after the other, and the first of them goes on to close: eight requests, four
/// of which stay. `look` sees what is counted after each one.
pub fn crowd_asks(
    engine: &Arc<Engine>,
    outlet: &Outlet,
    look: impl Fn(&Counts) + Copy + Send + 'static,
) {
    let asking = ["v", "w", "x", "y"].map(|name| {
        let (engine, outlet) = (engine.clone(), outlet.clone());
        thread::spawn(move || {
            let leaves = visitor(&engine, &outlet, name, at(0));
            let session = ask(&engine, leaves).unwrap();
            look(&engine.counts(TENANT));
            engine.submit(leaves, Command::Close { session }, at(0)).unwrap();
            let stays = visitor(&engine, &outlet, &format!("{name}2"), at(0));
            ask(&engine, stays).unwrap();
            look(&engine.counts(TENANT));
        })
    });
    for thread in asking {
        thread.join().unwrap();
    }
}

pub fn say(
    engine: &Engine,
    link: Link,
    session: SessionId,
    id: u8,
    now: Now,
) -> Result<u64, Refusal> {
    let words = Words::text(ClientMessageId([id; 16]), Bytes::from_static(b"word")).unwrap();
    match engine.submit(link, Command::Say { session, words }, now)?.reply {
        Reply::Said(said) => Ok(said.seq),
        other => panic!("words are answered {other:?}"),
    }
}

pub fn whole(engine: &Engine, now: Now) {
    assert_eq!(engine.verify(now), Ok(()));
}

/// Each link's messages, as told: in order and without a gap.
pub fn told(reader: &mut Reader<Delivery>, link: Link) -> Vec<Delivery> {
    let mut told = Vec::new();
    loop {
        let before = told.len();
        let mut any = false;
        reader.try_drain_all(|to, delivery| {
            any = true;
            if to == link.id {
                told.push(delivery);
            }
        });
        if !any && told.len() == before {
            return told;
        }
    }
}

pub fn schedules() -> usize {
    std::env::var("FRONTDESK_SCHEDULES").map_or(1_000, |value| value.parse().unwrap())
}

macro_rules! stories {
    ($($test:ident: $story:ident;)*) => {$(
        #[test]
        fn $test() {
            shuttle::check_random($story, schedules() / 2);
            shuttle::check_pct($story, schedules() / 2, 3);
        }
    )*};
}
pub(crate) use stories;
