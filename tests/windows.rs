//! Row P4, held to brute force: whatever happens, a list that is watched comes to show exactly the first of all visitors present that
//! its filter names, in its order, and it gets there by changes that are told at most once a period.
//!
//! Engines here hold little, so that lists reach their edges, are filled by walks that take many ticks, and begin from a roster that
//! doesn't hold everybody. What a list must show is worked out from each visitor's own row by code that shares none with the engine.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;

use frontdesk::desk::delivery::{Delivery, Presence, Stage, Status, VisitorList, VisitorRow};
use frontdesk::desk::id::{
    AgentId, DepartmentId, SiteGroupId, SiteId, TenantId, TenantNo, VisitorId,
};
use frontdesk::desk::list::{InSession, ListQuery, Order, Places};
use frontdesk::desk::page::Arrival;
use frontdesk::desk::policy::{Draft, Policy, SiteGroup};
use frontdesk::desk::time::Now;
use frontdesk::engine::{
    AgentAttach, Ask, Command, Config, Departure, Engine, Link, ListLimits, Reader, Reply,
    SetStatus, SignOn, VisitorAttach, journal,
};
use proptest::prelude::*;
use proptest::sample::select;

const SITES: [&str; 3] = ["www", "beds", "sofas"];
/// What the group of sites holds, by policy.
const GROUPS: [&[&str]; 3] = [&["beds", "sofas"], &["www", "sofas"], &["beds"]];
const DEPARTMENTS: [&str; 2] = ["sales", "support"];
const REGIONS: [&str; 4] = ["", "Nord", "nord", "Süd"];
const WORDS: [&str; 4] = ["", "Oak", "oak bed", "Walnut"];
const PATHS: [&str; 4] = ["/", "/Oak/beds", "/checkout", "/walnut"];
const VISITORS: usize = 40;
const WATCHERS: usize = 5;
/// Few, so that lists are shared.
const QUERIES: usize = 4;
const PERIOD_MS: u64 = 900;
const TICK_MS: u64 = 100;

/// What happens.
#[derive(Clone, Debug)]
enum Step {
    Arrive {
        visitor: usize,
        site: usize,
        region: usize,
        keyword: usize,
        path: usize,
    },
    View {
        visitor: usize,
        path: usize,
    },
    Drop {
        visitor: usize,
    },
    Leave {
        visitor: usize,
    },
    Ask {
        visitor: usize,
        department: usize,
    },
    Close {
        visitor: usize,
    },
    Work {
        capacity: u16,
    },
    Rest,
    Wait {
        ticks: u64,
    },
    /// The wall clock is set back.
    Back {
        span_ms: u64,
    },
    Watch {
        watcher: usize,
        query: usize,
        rows: u16,
    },
    Unwatch {
        watcher: usize,
    },
    /// Another policy is in force: the group has other sites.
    Regroup {
        group: usize,
    },
    /// Nothing changes until all is told, and then everything must be right.
    Settle,
}

fn step() -> impl Strategy<Value = Step> {
    let visitor = 0..VISITORS;
    prop_oneof![
        12 => (visitor.clone(), 0..=SITES.len(), 0..REGIONS.len(), 0..WORDS.len(), 0..PATHS.len())
            .prop_map(|(visitor, site, region, keyword, path)| {
                Step::Arrive { visitor, site, region, keyword, path }
            }),
        10 => (visitor.clone(), 0..PATHS.len())
            .prop_map(|(visitor, path)| Step::View { visitor, path }),
        3 => visitor.clone().prop_map(|visitor| Step::Drop { visitor }),
        6 => visitor.clone().prop_map(|visitor| Step::Leave { visitor }),
        4 => (visitor.clone(), 0..DEPARTMENTS.len())
            .prop_map(|(visitor, department)| Step::Ask { visitor, department }),
        2 => visitor.prop_map(|visitor| Step::Close { visitor }),
        1 => (1..4u16).prop_map(|capacity| Step::Work { capacity }),
        1 => Just(Step::Rest),
        6 => (1..14u64).prop_map(|ticks| Step::Wait { ticks }),
        1 => (1..5_000u64).prop_map(|span_ms| Step::Back { span_ms }),
        5 => (0..WATCHERS, 0..QUERIES, 1..6u16)
            .prop_map(|(watcher, query, rows)| Step::Watch { watcher, query, rows }),
        1 => (0..WATCHERS).prop_map(|watcher| Step::Unwatch { watcher }),
        1 => (0..GROUPS.len()).prop_map(|group| Step::Regroup { group }),
        3 => Just(Step::Settle),
    ]
}

fn query() -> impl Strategy<Value = ListQuery> {
    let places = prop_oneof![
        3 => Just(Places::All),
        2 => select(&SITES[..]).prop_map(|id| Places::Site(SiteId::new(id).unwrap())),
        1 => Just(Places::Group(SiteGroupId::new("shops").unwrap())),
    ];
    let department = prop_oneof![
        4 => Just(None),
        1 => select(&DEPARTMENTS[..]).prop_map(|id| DepartmentId::new(id).ok()),
    ];
    let presence = prop_oneof![3 => Just(None), 1 => Just(Some(Presence::Here)), 1 => Just(Some(Presence::Away))];
    let in_session = prop_oneof![
        4 => Just(InSession::Either),
        1 => Just(InSession::No),
        1 => Just(InSession::Yes),
        1 => Just(InSession::Waiting),
        1 => Just(InSession::Active),
    ];
    let word = |words: &'static [&'static str]| prop_oneof![4 => Just(""), 1 => select(words)];
    let texts = (
        word(&["NORD", "süd"]),
        word(&["OAK", "bed"]),
        word(&["oak", "check", "v-1", "ref", "nor"]),
    );
    let order = select(&[Order::NewestArrival, Order::LongestPresent, Order::MostPages][..]);
    (places, department, presence, in_session, texts, order).prop_map(
        |(places, department, presence, in_session, (region, keyword, text), order)| ListQuery {
            places,
            department,
            presence,
            in_session,
            region: region.into(),
            keyword: keyword.into(),
            text: text.into(),
            order,
        },
    )
}

/// One who watches, and what it has been told.
struct Watcher {
    link: Link,
    reader: Reader<Delivery>,
    asked: Option<(ListQuery, u16)>,
    rows: BTreeMap<VisitorId, Arc<VisitorRow>>,
    filling: bool,
    told_mono_ms: Option<u64>,
}

struct World {
    engine: Engine,
    tenant: TenantNo,
    now: Now,
    reader: Reader<Delivery>,
    links: BTreeMap<usize, Link>,
    watchers: Vec<Watcher>,
    worker: Link,
    queries: Vec<ListQuery>,
    /// Which sites the group has.
    group: usize,
}

impl World {
    fn new(shards: u32, lists: ListLimits, queries: Vec<ListQuery>) -> Self {
        let config =
            Config { visitor_shards: shards, session_shards: 2, lists, ..Config::default() };
        let engine = Engine::new(config, [3; 32], Arc::new(journal::Memory::new(64)));
        // Somebody else's visitors lie between ours.
        let other = Policy::new(draft(0)).unwrap();
        let other = engine.add_tenant(TenantId::new("other").unwrap(), other).unwrap();
        let tenant = engine
            .add_tenant(TenantId::new("acme").unwrap(), Policy::new(draft(0)).unwrap())
            .unwrap();
        let now = Now { mono_ms: 10_000, wall_ms: 1_700_000_000_000 };
        let reader = engine.reader();
        for n in 0..5 {
            let attach = arriving(&engine, n, 0, Arrival::default(), "/");
            engine.attach_visitor(other, reader.outlet(), attach, now).unwrap();
        }
        let agent = |id: &str, reader: &Reader<Delivery>| {
            let attach = AgentAttach::new(AgentId::new(id).unwrap());
            engine.attach_agent(tenant, reader.outlet(), attach, now).unwrap().link
        };
        let worker = agent("worker", &reader);
        let watchers = (0..WATCHERS).map(|n| {
            let reader = engine.reader();
            let link = agent(&format!("watcher-{n}"), &reader);
            Watcher {
                link,
                reader,
                asked: None,
                rows: BTreeMap::new(),
                filling: false,
                told_mono_ms: None,
            }
        });
        let watchers = watchers.collect();
        Self {
            tenant,
            now,
            reader,
            links: BTreeMap::new(),
            watchers,
            worker,
            engine,
            queries,
            group: 0,
        }
    }

    fn submit(&self, link: Link, command: Command) -> Option<Reply> {
        self.engine.submit(link, command, self.now).ok().map(|accepted| accepted.reply)
    }

    fn apply(&mut self, step: &Step) {
        match step {
            Step::Arrive { visitor, site, region, keyword, path } => {
                let arrival = Arrival {
                    region: REGIONS[*region].into(),
                    keyword: WORDS[*keyword].into(),
                    referrer: if keyword > &1 { "https://Referrer.example/" } else { "" }.into(),
                    ..Default::default()
                };
                let attach = arriving(&self.engine, *visitor, *site, arrival, PATHS[*path]);
                let outlet = self.reader.outlet();
                if let Ok(attached) =
                    self.engine.attach_visitor(self.tenant, outlet, attach, self.now)
                    && let Some(old) = self.links.insert(*visitor, attached.link)
                {
                    self.engine.detach(old, Departure::Dropped, self.now);
                }
            }
            Step::View { visitor, path } => {
                let page = self.engine.page(PATHS[*path], "A Page").unwrap();
                if let Some(link) = self.links.get(visitor) {
                    self.submit(*link, Command::ViewPage(page));
                }
            }
            Step::Drop { visitor } => self.detach(*visitor, Departure::Dropped),
            Step::Leave { visitor } => self.detach(*visitor, Departure::Leaving),
            Step::Ask { visitor, department } => {
                let department = DepartmentId::new(DEPARTMENTS[*department]).unwrap();
                if let Some(link) = self.links.get(visitor) {
                    let ask = Command::Ask(Ask::of(department));
                    self.submit(*link, ask);
                }
            }
            Step::Close { visitor } => {
                let session = self.row(*visitor).and_then(|row| row.session);
                if let (Some(link), Some(session)) = (self.links.get(visitor), session) {
                    self.submit(*link, Command::Close { session });
                }
            }
            Step::Work { capacity } => {
                let departments = DEPARTMENTS.map(|id| DepartmentId::new(id).unwrap());
                let sign_on = SignOn::new(departments, Some(*capacity));
                self.submit(self.worker, Command::SignOn(sign_on));
                let online = Command::SetStatus(SetStatus::now(Status::Online, ""));
                self.submit(self.worker, online);
            }
            Step::Rest => {
                self.submit(self.worker, Command::SignOff { reason: "".into() });
            }
            Step::Wait { ticks } => {
                (0..*ticks).for_each(|_| self.tick());
                // In the middle of a walk, too.
                self.engine.verify(self.now).unwrap();
            }
            Step::Back { span_ms } => self.now.wall_ms -= span_ms,
            Step::Watch { watcher, query, rows } => {
                let query = &self.queries[*query];
                let watch = Command::WatchVisitors { query: Box::new(query.clone()), rows: *rows };
                let link = self.watchers[*watcher].link;
                assert_eq!(self.submit(link, watch), Some(Reply::Watching));
                let watcher = &mut self.watchers[*watcher];
                watcher.asked = Some((query.clone(), *rows));
                watcher.told_mono_ms = None;
                let told = drain(&mut watcher.reader);
                assert!(
                    matches!(told.last(), Some(Delivery::VisitorsSnapshot(_))),
                    "the snapshot comes with the answer"
                );
                watcher.take_in(told, self.group, self.now);
            }
            Step::Unwatch { watcher } => {
                let link = self.watchers[*watcher].link;
                self.submit(link, Command::Unwatch);
                let watcher = &mut self.watchers[*watcher];
                let told = drain(&mut watcher.reader);
                watcher.take_in(told, self.group, self.now);
                watcher.asked = None;
            }
            Step::Regroup { group } => {
                self.group = *group;
                let draft = draft(*group);
                self.engine.replace_policy(self.tenant, draft, None, self.now).unwrap();
            }
            Step::Settle => self.settle(),
        }
    }

    fn detach(&mut self, visitor: usize, departure: Departure) {
        if let Some(link) = self.links.remove(&visitor) {
            self.engine.detach(link, departure, self.now);
        }
    }

    fn tick(&mut self) {
        self.now = self.now.after_ms(TICK_MS);
        self.engine.tick(self.now);
        self.reader.try_drain_all(|_, _| ());
        for watcher in &mut self.watchers {
            let told = drain(&mut watcher.reader);
            // Another policy may have made another list of it; what that shows is told as to one who joins.
            let whole = told.iter().rposition(|told| matches!(told, Delivery::VisitorsSnapshot(_)));
            let news = &told[whole.map_or(0, |last| last + 1)..];
            if whole.is_some() {
                watcher.told_mono_ms = None;
            }
            assert!(news.len() <= 1, "one batch at a time: {told:?}");
            if !news.is_empty() {
                let since = watcher.told_mono_ms.replace(self.now.mono_ms);
                let since = since.map_or(PERIOD_MS, |since| self.now.mono_ms - since);
                assert!(since >= PERIOD_MS, "a batch came {since} ms after the one before");
            }
            watcher.take_in(told, self.group, self.now);
        }
    }

    /// A visitor's own row; `None` if it isn't present.
    fn row(&self, visitor: usize) -> Option<VisitorRow> {
        let read = Command::ReadTrail { visitor: visitor_id(visitor) };
        match self.submit(self.worker, read)? {
            Reply::Trail(trail) => Some(trail.visitor),
            other => panic!("a trail was answered {other:?}"),
        }
    }

    fn settle(&mut self) {
        // Graces run out meanwhile; then nothing changes any more.
        for _ in 0..60 {
            self.tick();
        }
        self.engine.verify(self.now).unwrap();
        let present: Vec<_> = (0..VISITORS).filter_map(|visitor| self.row(visitor)).collect();
        for watcher in &self.watchers {
            watcher.check(&present, self.group);
        }
    }
}

impl Watcher {
    fn take_in(&mut self, told: Vec<Delivery>, group: usize, now: Now) {
        for delivery in told {
            let list: Arc<VisitorList> = match delivery {
                Delivery::VisitorsSnapshot(list) => {
                    assert!(list.gone.is_empty());
                    self.rows.clear();
                    list
                }
                Delivery::VisitorsChanged(list) => list,
                other => panic!("a watcher is told {other:?}"),
            };
            assert!(self.asked.is_some(), "one who doesn't watch is told {list:?} at {now:?}");
            for gone in &list.gone {
                assert!(self.rows.remove(gone).is_some(), "{gone} is gone and was never shown");
            }
            for row in &list.rows {
                self.rows.insert(row.visitor.clone(), row.clone());
            }
            let (query, rows_max) = self.asked.as_ref().unwrap();
            let strangers: Vec<_> =
                list.rows.iter().filter(|row| !shows(query, group, row)).collect();
            assert!(strangers.is_empty(), "{query:?} shows {strangers:?}");
            assert!(self.rows.len() <= usize::from(*rows_max), "{:?}", self.rows);
            self.filling = list.filling;
        }
    }

    /// The window is the first of those that are to be shown. Of equals at its end any may be.
    fn check(&self, present: &[VisitorRow], group: usize) {
        let Some((query, rows_max)) = &self.asked else { return };
        assert!(!self.filling, "all was looked at long ago: {query:?}");
        let mut due: Vec<_> = present.iter().filter(|row| shows(query, group, row)).collect();
        due.sort_by_key(|row| rank(query.order, row));
        let count = due.len().min((*rows_max).into());
        assert_eq!(self.rows.len(), count, "{query:?} of {rows_max} among {due:?}");
        let Some(last) = due[..count].last().map(|row| rank(query.order, row)) else { return };
        for row in self.rows.values() {
            let now = due.iter().find(|there| there.visitor == row.visitor);
            assert_eq!(now, Some(&&**row), "{query:?}");
            assert!(rank(query.order, row) <= last, "{query:?}: {row:?} among {due:?}");
        }
        for row in due.iter().filter(|row| rank(query.order, row) < last) {
            assert!(self.rows.contains_key(&row.visitor), "{query:?} leaves out {row:?}");
        }
    }
}

/// The policy by which the group has those sites. Later ones number the sites in another order, and have more of them.
fn draft(group: usize) -> Draft {
    let departments = DEPARTMENTS.map(|id| DepartmentId::new(id).unwrap()).into();
    let new = (0..group * 70).map(|n| format!("new-{n}"));
    let sites = new.chain(SITES.map(str::to_owned)).map(|id| SiteId::new(&id).unwrap());
    let mut draft = Draft::new(sites.collect(), departments);
    let sites = GROUPS[group].iter().map(|id| SiteId::new(id).unwrap()).collect();
    draft.site_groups = vec![SiteGroup { id: SiteGroupId::new("shops").unwrap(), sites }];
    draft.visitor_grace_ms = 3_000;
    draft
}

fn drain(reader: &mut Reader<Delivery>) -> Vec<Delivery> {
    let mut told = Vec::new();
    let ends = reader.try_drain_all(|_, delivery| told.push(delivery));
    assert_eq!(ends, []);
    told
}

fn visitor_id(visitor: usize) -> VisitorId {
    VisitorId::new(&format!("v-{visitor}")).unwrap()
}

fn arriving(
    engine: &Engine,
    visitor: usize,
    site: usize,
    arrival: Arrival,
    path: &str,
) -> VisitorAttach {
    VisitorAttach {
        // One that only later policies have.
        site: SiteId::new(SITES.get(site).unwrap_or(&"new-69")).unwrap(),
        visitor: visitor_id(visitor),
        page: Some(engine.page(path, "Title").unwrap()),
        arrival,
        replaces: None,
        resume: None,
    }
}

fn shows(query: &ListQuery, group: usize, row: &VisitorRow) -> bool {
    let lower = |text: &str| text.to_ascii_lowercase();
    let known = row.arrival.clone().unwrap_or_default();
    let on = match &query.places {
        Places::All => true,
        Places::Site(site) => row.site == *site,
        Places::Group(_) => GROUPS[group].contains(&row.site.as_str()),
    };
    let stage = match query.in_session {
        InSession::Either => true,
        InSession::No => row.session.is_none(),
        InSession::Yes => row.session.is_some(),
        InSession::Waiting => row.stage == Some(Stage::Waiting),
        InSession::Active => row.stage == Some(Stage::Active),
    };
    let texts = [
        row.visitor.as_str(),
        row.page.title(),
        row.page.url(),
        &known.referrer,
        &known.keyword,
        &known.region,
    ];
    on && stage
        && (query.department.is_none() || row.department == query.department)
        && query.presence.is_none_or(|presence| row.presence == presence)
        && (query.region.is_empty() || lower(&known.region) == lower(&query.region))
        && lower(&known.keyword).contains(&lower(&query.keyword))
        && texts.iter().any(|text| lower(text).contains(&lower(&query.text)))
}

fn rank(order: Order, row: &VisitorRow) -> (i64, i64) {
    let arrived = i64::try_from(row.arrived_wall_ms).unwrap();
    match order {
        Order::NewestArrival => (-arrived, 0),
        Order::LongestPresent => (arrived, 0),
        Order::MostPages => (-i64::from(row.pages), -arrived),
    }
}

fn cases() -> u32 {
    std::env::var("FRONTDESK_WINDOW_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_window_comes_to_show_the_first_of_all_who_are_to_be_shown(
        steps in prop::collection::vec(step(), 1..160),
        shards in 1..4u32,
        queries in prop::collection::vec(query(), QUERIES),
        (held_low, more, roster_max, walked_max) in (6..8usize, 1..6usize, 0..12usize, 1..40u64),
    ) {
        let lists = ListLimits { held_max: held_low + more, held_low, roster_max, walked_max };
        let mut world = World::new(shards, lists, queries);
        for step in &steps {
            world.apply(step);
        }
        world.settle();
    }
}
