//! Rows P4 and P7: the visitors present as agents watch them. `tests/windows.rs` holds these lists to brute force.

use frontdesk::desk::delivery::{Presence, VisitorList};
use frontdesk::desk::id::{SiteGroupId, SiteId, VisitorId};
use frontdesk::desk::list::{InSession, ListQuery, Order, Places};
use frontdesk::desk::page::{Arrival, TEXT_BYTES_MAX};
use frontdesk::desk::policy::{Site, SiteGroup};
use frontdesk::desk::refusal::Refusal;
use frontdesk::engine::{Command, Departure, MailboxLimits, Reply, VisitorAttach};

use crate::house::{House, Seat, department};

fn site(id: &str) -> SiteId {
    SiteId::new(id).unwrap()
}

fn house() -> House {
    let company = |draft: &mut frontdesk::desk::policy::Draft| {
        draft.sites = ["www", "beds", "sofas"].map(|id| Site::from(site(id))).into();
        let shops = SiteGroupId::new("shops").unwrap();
        let sites = ["beds", "sofas"].map(site).into();
        draft.site_groups = vec![SiteGroup { id: shops, sites }];
    };
    House::with(company, MailboxLimits::default())
}

fn arrive(house: &mut House, id: &str, on: &str, arrival: Arrival) -> Seat {
    house.wait(100);
    let visitor = VisitorId::new(id).unwrap();
    house.attach(VisitorAttach { site: site(on), visitor, arrival, ..house.arrival(id) }).unwrap()
}

fn watch(house: &House, agent: &Seat, query: ListQuery, rows: u16) -> Result<Reply, Refusal> {
    house.submit(agent, Command::WatchVisitors { query: Box::new(query), rows })
}

fn ids(list: &VisitorList) -> Vec<&str> {
    list.rows.iter().map(|row| row.visitor.as_str()).collect()
}

/// What a list shows to somebody who begins to watch it now.
fn shown(house: &House, query: ListQuery) -> Vec<String> {
    let mut agent = house.agent("looker");
    watch(house, &agent, query, 10).unwrap();
    let list = agent.windows().remove(0);
    assert!(!list.filling);
    house.engine.detach(agent.link, Departure::Leaving, house.now);
    ids(&list).into_iter().map(str::to_owned).collect()
}

// P4

#[test]
fn a_list_shows_whom_its_filter_names_in_its_order() {
    let mut house = house();
    let oak = Arrival { keyword: "Oak bed".into(), region: "North".into(), ..Default::default() };
    let _a = arrive(&mut house, "a", "www", Arrival::default());
    let b = arrive(&mut house, "b", "beds", oak);
    let c = arrive(&mut house, "c", "sofas", Arrival::default());
    for url in ["/1", "/2", "/checkout"] {
        let page = house.engine.page(url, "").unwrap();
        house.submit(&c, Command::ViewPage(page)).unwrap();
    }
    house.ask(&b);
    house.engine.detach(c.link, Departure::Dropped, house.now);
    let all = ListQuery::default;
    for (query, expected) in [
        (all(), &["c", "b", "a"][..]),
        (ListQuery { order: Order::LongestPresent, ..all() }, &["a", "b", "c"]),
        (ListQuery { order: Order::MostPages, ..all() }, &["c", "b", "a"]),
        (ListQuery { keyword: "OAK".into(), ..all() }, &["b"]),
        (ListQuery { region: "north".into(), ..all() }, &["b"]),
        (ListQuery { text: "Checkout".into(), ..all() }, &["c"]),
        (ListQuery { text: "acme.example".into(), ..all() }, &["b", "a"]),
        (ListQuery { presence: Some(Presence::Away), ..all() }, &["c"]),
        (ListQuery { in_session: InSession::Waiting, ..all() }, &["b"]),
        (ListQuery { in_session: InSession::No, ..all() }, &["c", "a"]),
        (ListQuery { department: Some(department("sales")), ..all() }, &["b"]),
        (ListQuery { department: Some(department("support")), ..all() }, &[]),
    ] {
        assert_eq!(shown(&house, query.clone()), expected, "{query:?}");
    }
    house.whole();
}

#[test]
fn a_window_is_told_what_changes_in_it_and_nothing_else() {
    let mut house = house();
    let (mut sue, mut eve) = (house.agent("sue"), house.agent("eve"));
    let seats = ["a", "b", "c"].map(|id| arrive(&mut house, id, "www", Arrival::default()));
    let query = ListQuery { order: Order::LongestPresent, ..Default::default() };
    watch(&house, &sue, query.clone(), 2).unwrap();
    assert_eq!(ids(&sue.windows()[0]), ["a", "b"]);
    let view = |house: &House, seat: &Seat, url| {
        let page = house.engine.page(url, "").unwrap();
        house.submit(seat, Command::ViewPage(page)).unwrap();
    };

    view(&house, &seats[2], "/elsewhere");
    house.wait(1_000);
    assert_eq!(sue.windows(), [], "c is beyond the window");

    view(&house, &seats[1], "/1");
    view(&house, &seats[1], "/2");
    house.wait(1_000);
    let told = sue.windows();
    assert_eq!(told.len(), 1, "one batch");
    assert_eq!((ids(&told[0]), told[0].rows[0].page.url()), (vec!["b"], "/2"));

    // Who watches the same begins with the whole, and both are told the same from then on.
    watch(&house, &eve, query, 2).unwrap();
    assert_eq!(ids(&eve.windows()[0]), ["a", "b"]);
    house.engine.detach(seats[0].link, Departure::Leaving, house.now);
    house.wait(1_000);
    let told = sue.windows();
    assert_eq!((ids(&told[0]), told[0].gone[0].as_str()), (vec!["c"], "a"));
    assert_eq!((told[0].present, eve.windows()), (2, told));

    house.submit(&sue, Command::Unwatch).unwrap();
    house.engine.detach(seats[1].link, Departure::Leaving, house.now);
    house.wait(1_000);
    assert_eq!((sue.windows().len(), eve.windows().len()), (0, 1));
    house.whole();
}

#[test]
fn changes_are_told_at_most_once_a_period_and_within_a_second() {
    let mut house = house();
    let mut sue = house.agent("sue");
    let visitor = arrive(&mut house, "v", "www", Arrival::default());
    watch(&house, &sue, ListQuery::default(), 5).unwrap();
    sue.windows();
    let mut batches = Vec::new();
    for n in 0..50 {
        let page = house.engine.page(&format!("/{n}"), "").unwrap();
        house.submit(&visitor, Command::ViewPage(page)).unwrap();
        house.wait(100);
        if !sue.windows().is_empty() {
            batches.push(n * 100);
        }
    }
    assert!(
        batches.windows(2).all(|two| (900..=1_000).contains(&(two[1] - two[0]))),
        "{batches:?}"
    );
    assert!(batches.len() >= 5);
}

#[test]
fn a_list_of_more_than_are_known_at_once_fills_while_it_is_watched() {
    let mut house = House::configured(|config| {
        (config.lists.roster_max, config.lists.walked_max) = (3, 1);
    });
    let _seats: Vec<_> = (0..40).map(|n| house.visitor(&format!("v-{n}"))).collect();
    let mut sue = house.agent("sue");
    let query = ListQuery { order: Order::LongestPresent, ..Default::default() };
    watch(&house, &sue, query, 50).unwrap();
    let first = sue.windows().remove(0);
    assert!(first.filling && first.rows.len() < 40);
    assert_eq!(house.engine.watching(house.tenant).walks, 1);
    let mut seen: Vec<_> = first.rows.iter().map(|row| row.visitor.clone()).collect();
    let mut filling = true;
    while filling {
        house.wait(100);
        for list in sue.windows() {
            assert!(filling, "and then nothing changes any more");
            seen.extend(list.rows.iter().map(|row| row.visitor.clone()));
            filling = list.filling;
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 40);
    house.whole();
}

#[test]
fn lists_of_what_is_not_there_or_of_too_much_are_refused() {
    let house = house();
    let (agent, visitor) = (house.agent("ann"), house.visitor("v"));
    let refused = |query| watch(&house, &agent, query, 1);
    let all = ListQuery::default;
    let moon = Places::Site(site("moon"));
    assert_eq!(refused(ListQuery { places: moon, ..all() }), Err(Refusal::UnknownSite));
    let moon = department("moon");
    let elsewhere = ListQuery { department: Some(moon.clone()), ..all() };
    assert_eq!(refused(elsewhere), Err(Refusal::UnknownDepartment(moon)));
    let long = ListQuery { text: "x".repeat(TEXT_BYTES_MAX + 1).into(), ..all() };
    let too_long = Refusal::TooLong { field: "text", bytes_max: TEXT_BYTES_MAX };
    assert_eq!(refused(long), Err(too_long));
    assert_eq!(watch(&house, &visitor, all(), 1), Err(Refusal::AgentsOnly));
    assert_eq!(house.engine.watching(house.tenant).watchers, 0);
}

#[test]
fn no_more_different_lists_are_watched_than_allowed_and_sharing_one_is() {
    let house = house();
    let about = |n: usize| ListQuery { text: n.to_string().into(), ..Default::default() };
    let agents: Vec<_> = (0..257).map(|n| house.agent(&format!("a-{n}"))).collect();
    for (n, agent) in agents[..256].iter().enumerate() {
        watch(&house, agent, about(n), 1).unwrap();
    }
    let refused = watch(&house, &agents[256], about(256), 1);
    assert!(matches!(refused, Err(Refusal::LimitReached { max: 256, .. })), "{refused:?}");
    watch(&house, &agents[256], about(7), 1).unwrap();
    // Whoever turns to another list alone makes room for it; a list that others watch too stays.
    watch(&house, &agents[0], about(999), 1).unwrap();
    let refused = watch(&house, &agents[256], about(1_000), 1);
    assert!(matches!(refused, Err(Refusal::LimitReached { .. })));
    assert_eq!(house.engine.watching(house.tenant).lists, 256);
    for agent in agents {
        house.engine.detach(agent.link, Departure::Leaving, house.now);
    }
    assert_eq!(house.engine.watching(house.tenant).lists, 0);
    house.whole();
}

// P7

#[test]
fn sites_are_listed_alone_by_group_and_together() {
    let mut house = house();
    let _seats = [("a", "www"), ("b", "beds"), ("c", "sofas")]
        .map(|(id, on)| arrive(&mut house, id, on, Arrival::default()));
    let places = |places| shown(&house, ListQuery { places, ..Default::default() });
    assert_eq!(places(Places::Site(site("beds"))), ["b"]);
    assert_eq!(places(Places::Group(SiteGroupId::new("shops").unwrap())), ["c", "b"]);
    assert_eq!(places(Places::All), ["c", "b", "a"]);
    let unknown = ListQuery {
        places: Places::Group(SiteGroupId::new("moon").unwrap()),
        ..Default::default()
    };
    let refused = watch(&house, &house.agent("ann"), unknown, 1);
    assert_eq!(refused, Err(Refusal::UnknownSiteGroup));
}
