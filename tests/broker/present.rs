//! The visitors present, over the wire: lists of them, and counts by site, group and region.

use frontdesk::broker::config::Config;
use frontdesk::desk::id::{DepartmentId, SiteGroupId, SiteId};
use frontdesk::desk::policy::{Draft, Policy, SiteGroup};
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Code, CountBy};

use crate::house::{House, assert_refused};
use crate::wire::{Lane, arrives};

/// The tenant has three sites, two of them in a group.
fn sites(config: &mut Config) {
    let site = |id| SiteId::new(id).unwrap();
    let sites = ["www", "beds", "sofas"].map(site);
    let mut draft = Draft::new(sites.into(), vec![DepartmentId::new("sales").unwrap()]);
    let shops = SiteGroupId::new("shops").unwrap();
    draft.site_groups = vec![SiteGroup { id: shops, sites: ["beds", "sofas"].map(site).into() }];
    config.tenants[0].policy = Policy::new(draft).unwrap();
}

async fn arrive(lane: &mut Lane, link: u32, site: &str, region: &str) {
    let attach = arrives(&format!("v-{link}"));
    let arrival = v1::Arrival { region: region.into(), ..attach.arrival.unwrap() };
    let attach = v1::AttachVisitor {
        site: site.into(),
        arrival: Some(arrival),
        visitor: attach.visitor,
        ..Default::default()
    };
    lane.attach_visitor(link, attach).await;
}

fn counted(name: &str, here: u64, waiting: u64) -> v1::VisitorCounts {
    v1::VisitorCounts { name: name.into(), here, waiting, ..Default::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visitors_are_counted_by_site_group_and_region() {
    let house = House::open_with(sites);
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    for (link, site, region) in
        [(1, "www", "上海"), (2, "beds", "上海"), (3, "sofas", "北京"), (4, "sofas", "")]
    {
        arrive(&mut lane, link, site, region).await;
    }
    lane.ask_for(3, "sales", None).await;
    lane.attach_agent(9, v1::AttachAgent { agent: "ann".into(), ..Default::default() }).await;
    let read = v1::ReadCounts {
        sites: vec!["beds".into(), "www".into()],
        site_groups: vec!["shops".into()],
        most: vec![CountBy::Region.into()],
        ..Default::default()
    };
    let Reply::Counts(counts) = lane.ask(9, Command::ReadCounts(read)).await else {
        panic!("no counts")
    };
    assert_eq!((counts.visitors_here, counts.waiting), (4, 1));
    let breakdown = v1::Breakdown {
        sites: vec![counted("beds", 1, 0), counted("www", 1, 0)],
        other_sites: Some(counted("", 2, 1)),
        site_groups: vec![counted("shops", 3, 1)],
        regions: vec![counted("上海", 2, 0), counted("北京", 1, 1)],
        other_regions: Some(counted("", 0, 0)),
        no_region: Some(counted("", 1, 0)),
    };
    assert_eq!(counts.breakdown, Some(breakdown));
    let Reply::Counts(counts) = lane.ask(9, Command::ReadCounts(v1::ReadCounts::default())).await
    else {
        panic!("no counts")
    };
    assert_eq!(counts.breakdown, None, "nothing was asked for");
    house.counts("acme");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_that_cannot_be_had_are_refused_by_their_field() {
    let house = House::open_with(sites);
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_agent(9, v1::AttachAgent { agent: "ann".into(), ..Default::default() }).await;
    let names = |name: &str, times| vec![name.to_owned(); times];
    let all = "sites, site_groups and regions";
    let by = v1::ReadCounts::default;
    for (read, code, subject) in [
        (v1::ReadCounts { sites: names("moon", 1), ..by() }, Code::UnknownSite, "site"),
        (v1::ReadCounts { site_groups: names("moon", 1), ..by() }, Code::UnknownSite, "site_group"),
        (v1::ReadCounts { sites: names("", 1), ..by() }, Code::MissingField, "sites"),
        (v1::ReadCounts { regions: names("", 1), ..by() }, Code::MissingField, "regions"),
        (v1::ReadCounts { regions: names(&"x".repeat(257), 1), ..by() }, Code::TooLong, "regions"),
        (v1::ReadCounts { regions: names("x", 201), ..by() }, Code::BadValue, all),
        (v1::ReadCounts { most: vec![77], ..by() }, Code::BadValue, "most"),
        (v1::ReadCounts { most: vec![1, 1], ..by() }, Code::BadValue, "most"),
        (v1::ReadCounts { most: vec![1], sites: names("www", 1), ..by() }, Code::BadValue, "most"),
    ] {
        assert_refused(&lane.refused(9, Command::ReadCounts(read)).await, code, subject);
    }
}

/// What a window shows when it begins, by id.
async fn window(lane: &mut Lane, watch: v1::WatchVisitors) -> Vec<String> {
    assert_eq!(lane.ask(9, Command::WatchVisitors(watch)).await, Reply::Watching(v1::Watching {}));
    let begins = |event: &Event| match event {
        Event::VisitorsSnapshot(list) => Some((list.rows.clone(), list.filling)),
        _ => None,
    };
    let (rows, filling) = lane.event(9, "the list", begins).await;
    assert!(!filling, "so few are known at once");
    rows.into_iter().map(|row| row.visitor).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_watched_by_filter_and_in_their_order() {
    let house = House::open_with(sites);
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    for (link, site, region) in [(1, "www", "上海"), (2, "beds", "北京"), (3, "sofas", "上海")]
    {
        arrive(&mut lane, link, site, region).await;
    }
    for url in ["https://shop.example/2", "https://shop.example/Checkout"] {
        let page = Some(v1::Page { url: url.into(), title: String::new() });
        lane.ask(2, Command::ViewPage(v1::ViewPage { page })).await;
    }
    lane.ask_for(3, "sales", None).await;
    lane.attach_agent(9, v1::AttachAgent { agent: "ann".into(), ..Default::default() }).await;
    let all = v1::WatchVisitors::default;
    for (watch, expected) in [
        (
            v1::WatchVisitors { order: v1::VisitorOrder::MostPages.into(), rows: 1, ..all() },
            &["v-2"][..],
        ),
        (v1::WatchVisitors { site: "sofas".into(), ..all() }, &["v-3"]),
        (v1::WatchVisitors { region: "北京".into(), ..all() }, &["v-2"]),
        (v1::WatchVisitors { text: "checkout".into(), ..all() }, &["v-2"]),
        (v1::WatchVisitors { department: "sales".into(), ..all() }, &["v-3"]),
        (v1::WatchVisitors { in_session: v1::InSession::Waiting.into(), ..all() }, &["v-3"]),
        (v1::WatchVisitors { presence: v1::Presence::Away.into(), ..all() }, &[]),
        (v1::WatchVisitors { keyword: "oak".into(), ..all() }, &[]),
    ] {
        assert_eq!(window(&mut lane, watch.clone()).await, expected, "{watch:?}");
    }
    let shops = v1::WatchVisitors { site_group: "shops".into(), ..all() };
    let mut shown = window(&mut lane, shops).await;
    shown.sort();
    assert_eq!(shown, ["v-2", "v-3"]);

    // Who comes to the group is told, who comes elsewhere isn't.
    arrive(&mut lane, 4, "www", "").await;
    arrive(&mut lane, 5, "beds", "").await;
    let rows = lane
        .event(9, "a change", |event| match event {
            Event::VisitorsChanged(list) => Some(list.rows.clone()),
            _ => None,
        })
        .await;
    let came: Vec<_> = rows.iter().map(|row| &*row.visitor).collect();
    assert_eq!(came, ["v-5"]);
    house.counts("acme");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_that_cannot_be_had_are_refused_by_their_field() {
    let house = House::open_with(sites);
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_agent(9, v1::AttachAgent { agent: "ann".into(), ..Default::default() }).await;
    let (all, long) = (v1::WatchVisitors::default, || "x".repeat(257));
    for (watch, code, subject) in [
        (v1::WatchVisitors { site: "moon".into(), ..all() }, Code::UnknownSite, "site"),
        (v1::WatchVisitors { site_group: "moon".into(), ..all() }, Code::UnknownSite, "site_group"),
        (
            v1::WatchVisitors { site: "www".into(), site_group: "shops".into(), ..all() },
            Code::BadValue,
            "site_group",
        ),
        (
            v1::WatchVisitors { department: "moon".into(), ..all() },
            Code::UnknownDepartment,
            "department",
        ),
        (v1::WatchVisitors { department: "a\nb".into(), ..all() }, Code::BadValue, "department"),
        (v1::WatchVisitors { presence: 3, ..all() }, Code::BadValue, "presence"),
        (v1::WatchVisitors { in_session: 9, ..all() }, Code::BadValue, "in_session"),
        (v1::WatchVisitors { order: 9, ..all() }, Code::BadValue, "order"),
        (v1::WatchVisitors { rows: 201, ..all() }, Code::BadValue, "rows"),
        (v1::WatchVisitors { region: long(), ..all() }, Code::TooLong, "region"),
        (v1::WatchVisitors { keyword: long(), ..all() }, Code::TooLong, "keyword"),
        (v1::WatchVisitors { text: long(), ..all() }, Code::TooLong, "text"),
    ] {
        assert_refused(&lane.refused(9, Command::WatchVisitors(watch)).await, code, subject);
    }
}
