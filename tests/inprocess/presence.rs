//! Rows P1, P2, P3: who is present, where they come from and what they look at.

use frontdesk::desk::delivery::{Presence, Stage};
use frontdesk::desk::id::{SiteId, VisitorId};
use frontdesk::desk::list::{ListQuery, Places};
use frontdesk::desk::page::{Arrival, TEXT_BYTES_MAX as SHORT_BYTES_MAX};
use frontdesk::desk::refusal::Refusal;
use frontdesk::engine::{Command, Departure, Person, Reply, VisitorAttach};

use crate::house::{House, department, site};

// P1

#[test]
fn two_tabs_are_one_visitor_who_is_here_then_away_then_gone() {
    let mut house = House::new();
    let mut watcher = house.agent("ann");
    house.submit(&watcher, Command::WatchVisitors { query: Box::default(), rows: 10 }).unwrap();
    assert_eq!(watcher.windows().len(), 1, "the snapshot");

    let (first, second) = (house.visitor("v"), house.visitor("v"));
    house.wait(1_000);
    let arrived = &watcher.windows()[0];
    assert_eq!((arrived.rows.len(), arrived.rows[0].links, arrived.present), (1, 2, 1));

    house.engine.detach(first.link, Departure::Dropped, house.now);
    assert_eq!(house.engine.counts(house.tenant).visitors_here, 1);
    house.engine.detach(second.link, Departure::Dropped, house.now);
    house.engine.detach(first.link, Departure::Leaving, house.now); // stale: ends nothing
    house.wait(1_000);
    assert_eq!(watcher.windows()[0].rows[0].presence, Presence::Away);
    house.wait(60_000);
    house.wait(1_000);
    assert_eq!(house.engine.counts(house.tenant).visitors_away, 0);
    assert_eq!(watcher.windows()[0].gone, [VisitorId::new("v").unwrap()]);
    house.whole();
}

#[test]
fn a_first_link_without_a_page_is_refused_and_nobody_has_arrived() {
    let house = House::new();
    let nowhere = VisitorAttach { page: None, ..house.arrival("v") };
    assert_eq!(house.attach(nowhere).err(), Some(Refusal::Missing { field: "page" }));
    let elsewhere = VisitorAttach { site: SiteId::new("moon").unwrap(), ..house.arrival("v") };
    assert_eq!(house.attach(elsewhere).err(), Some(Refusal::UnknownSite));
    assert_eq!(house.engine.counts(house.tenant).visitors_here, 0);
    house.whole();
}

// P2

#[test]
fn an_arrival_is_shown_with_all_that_its_front_end_knows() {
    let house = House::new();
    let mut watcher = house.agent("ann");
    let arrival = Arrival {
        referrer: "https://search.example/?q=oak".into(),
        search_engine: "search.example".into(),
        keyword: "oak bed".into(),
        address: "192.0.2.7".into(),
        region: "CN-44".into(),
        language: "zh-Hans".into(),
        device: "phone".into(),
        attributes: vec![("plan".into(), "gold".into())],
    };
    let _visitor =
        house.attach(VisitorAttach { arrival: arrival.clone(), ..house.arrival("v") }).unwrap();
    let query = Box::new(ListQuery { places: Places::Site(site()), ..Default::default() });
    house.submit(&watcher, Command::WatchVisitors { query, rows: 10 }).unwrap();
    let row = watcher.windows().remove(0).rows.remove(0);
    assert_eq!(row.arrival.as_deref(), Some(&arrival));
    assert_eq!((row.page.url(), row.page.title()), ("https://acme.example/", "Welcome"));
    assert_eq!(row.arrived_wall_ms, house.now.wall_ms);
    house.whole();
}

#[test]
fn an_arrival_over_a_bound_is_refused_by_its_field() {
    let house = House::new();
    let arrival = Arrival { region: "x".repeat(SHORT_BYTES_MAX + 1).into(), ..Default::default() };
    let refused = house.attach(VisitorAttach { arrival, ..house.arrival("v") }).err();
    assert_eq!(refused, Some(Refusal::TooLong { field: "region", bytes_max: SHORT_BYTES_MAX }));
    for (key, value, field, bytes_max) in [
        (65, 1, "attributes.key", 64),
        (64, SHORT_BYTES_MAX + 1, "attributes.value", SHORT_BYTES_MAX),
    ] {
        let attributes = vec![("k".repeat(key).into(), "v".repeat(value).into())];
        let arrival = Arrival { attributes, ..Default::default() };
        let refused = house.attach(VisitorAttach { arrival, ..house.arrival("v") }).err();
        assert_eq!(refused, Some(Refusal::TooLong { field, bytes_max }));
    }
}

#[test]
fn who_comes_again_is_told_apart_from_who_is_new() {
    let mut house = House::new();
    let agent = house.agent("ann");
    let visits = |house: &House, id: &str| {
        let read = Command::ReadTrail { visitor: VisitorId::new(id).unwrap() };
        let Reply::Trail(trail) = house.submit(&agent, read).unwrap() else { panic!("no trail") };
        (trail.visitor.visit, trail.visitor.last_visit_wall_ms)
    };
    let visitor = house.visitor("v");
    assert_eq!(visits(&house, "v"), (1, 0));
    house.wait(5_000);
    house.engine.detach(visitor.link, Departure::Leaving, house.now);
    let left_wall_ms = house.now.wall_ms;

    house.wait(3_600_000);
    let (visitor, _other) = (house.visitor("v"), house.visitor("w"));
    assert_eq!(visits(&house, "v"), (2, left_wall_ms));
    assert_eq!(visits(&house, "w"), (1, 0), "somebody else");
    let _tab = house.visitor("v");
    assert_eq!(visits(&house, "v").0, 2, "a second tab is no second visit");

    // A visit whose grace ran out ends then.
    house.engine.detach(visitor.link, Departure::Dropped, house.now);
    let _back = house.visitor("v");
    assert_eq!(visits(&house, "v").0, 2, "within the grace it is one visit");
    house.whole();
}

#[test]
fn a_visit_whose_grace_ran_out_is_remembered_too() {
    let mut house = House::new();
    let visitor = house.visitor("v");
    house.engine.detach(visitor.link, Departure::Dropped, house.now);
    house.wait(60_200);
    let (ended_wall_ms, _visitor) = (house.now.wall_ms, house.visitor("v"));
    let mut watcher = house.agent("ann");
    house.submit(&watcher, Command::WatchVisitors { query: Box::default(), rows: 1 }).unwrap();
    let row = watcher.windows().remove(0).rows.remove(0);
    assert_eq!((row.visit, row.last_visit_wall_ms), (2, ended_wall_ms / 1_000 * 1_000));
}

#[test]
fn the_latest_visits_are_remembered_and_no_more_than_the_configuration_says() {
    let mut house = House::configured(|config| {
        (config.visitor_shards, config.visits_remembered) = (1, 3);
    });
    let visit = |house: &mut House, id: &str| {
        let visitor = house.visitor(id);
        house.wait(1_000);
        house.engine.detach(visitor.link, Departure::Leaving, house.now);
    };
    for id in ["a", "b", "c", "d"] {
        visit(&mut house, id);
    }
    let mut watcher = house.agent("ann");
    let _visitors = ["a", "b"].map(|id| house.visitor(id));
    house.submit(&watcher, Command::WatchVisitors { query: Box::default(), rows: 9 }).unwrap();
    let rows = watcher.windows().remove(0).rows;
    let visits = |id: &str| rows.iter().find(|row| row.visitor.as_str() == id).unwrap().visit;
    assert_eq!((visits("a"), visits("b")), (1, 2), "the oldest of four was forgotten");
}

#[test]
fn the_agent_that_a_visitor_talked_with_last_is_remembered() {
    let mut house = House::new();
    let (v, w) = (VisitorId::new("v").unwrap(), VisitorId::new("w").unwrap());
    let ann = house.online("ann", 1);
    let (visitor, other) = (house.visitor("v"), house.visitor("w"));
    let (session, _waiting) = (house.ask(&visitor), house.ask(&other));
    assert_eq!(house.engine.last_agent(house.tenant, &v), None, "not before the end");
    house.submit(&ann, Command::Close { session }).unwrap();
    let talked = |house: &House, id| house.engine.last_agent(house.tenant, id);
    let Person::Agent(ann_no) = ann.link.person else { panic!("ann is an agent") };
    assert_eq!((talked(&house, &v), talked(&house, &w)), (Some(ann_no), None));

    // Also of a visit that ended in the middle of it, and over the visits that follow.
    house.engine.detach(other.link, Departure::Leaving, house.now);
    assert_eq!(talked(&house, &w), Some(ann_no));
    house.engine.detach(visitor.link, Departure::Leaving, house.now);
    house.wait(1_000);
    let _again = house.visitor("v");
    assert_eq!(talked(&house, &v), Some(ann_no));
    house.whole();
}

#[test]
fn a_row_says_whether_its_session_waits_or_is_held_and_where() {
    let mut house = House::new();
    let mut watcher = house.agent("sue");
    let visitor = house.visitor("v");
    house.submit(&watcher, Command::WatchVisitors { query: Box::default(), rows: 1 }).unwrap();
    let mut shown = |house: &mut House| {
        house.wait(1_000);
        let row = watcher.windows().pop().unwrap().rows.remove(0);
        (row.stage, row.department.clone(), row.session)
    };
    let session = house.ask(&visitor);
    assert_eq!(shown(&mut house), (Some(Stage::Waiting), Some(department("sales")), Some(session)));
    let ann = house.online("ann", 1);
    assert_eq!(shown(&mut house), (Some(Stage::Active), Some(department("sales")), Some(session)));
    house.submit(&ann, Command::SignOff { reason: "".into() }).unwrap();
    assert_eq!(shown(&mut house).0, Some(Stage::Waiting), "its agent was lost");
    house.submit(&visitor, Command::Close { session }).unwrap();
    assert_eq!(shown(&mut house), (None, None, None));
    house.whole();
}

// P3

#[test]
fn a_trail_tells_each_page_and_how_long_it_was_stayed_on() {
    let mut house = House::new();
    let (visitor, agent) = (house.visitor("v"), house.agent("ann"));
    for (url, stayed_ms) in [("/beds", 4_000), ("/oak", 7_000)] {
        house.wait(stayed_ms);
        let page = house.engine.page(url, "").unwrap();
        house.submit(&visitor, Command::ViewPage(page)).unwrap();
    }
    house.wait(500);
    let read = Command::ReadTrail { visitor: VisitorId::new("v").unwrap() };
    let Reply::Trail(trail) = house.submit(&agent, read).unwrap() else { panic!("no trail") };
    let pages: Vec<_> =
        trail.pages.iter().map(|page| (page.page.url().to_string(), page.stayed_ms)).collect();
    let expected = [("https://acme.example/", 4_000), ("/beds", 7_000), ("/oak", 500)];
    assert_eq!(pages, expected.map(|(url, stayed_ms)| (url.to_owned(), stayed_ms)));
    assert_eq!((trail.folded, trail.visitor.pages), (0, 3));
}

#[test]
fn only_agents_read_trails_and_only_of_those_present() {
    let house = House::new();
    let (visitor, agent) = (house.visitor("v"), house.agent("ann"));
    let read = |id: &str| Command::ReadTrail { visitor: VisitorId::new(id).unwrap() };
    assert_eq!(house.submit(&visitor, read("v")), Err(Refusal::AgentsOnly));
    assert_eq!(house.submit(&agent, read("nobody")), Err(Refusal::VisitorNotFound));
}

#[test]
fn the_tenants_counts_are_not_for_its_visitors() {
    let house = House::new();
    let (visitor, agent) = (house.visitor("v"), house.agent("ann"));
    assert_eq!(
        house.submit(&visitor, Command::ReadCounts(Box::default())),
        Err(Refusal::AgentsOnly)
    );
    assert!(house.submit(&agent, Command::ReadCounts(Box::default())).is_ok());
}
