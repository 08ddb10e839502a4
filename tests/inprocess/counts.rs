//! Rows P6 and P7: how many are present, by site, group of sites and region.

use std::sync::Arc;

use frontdesk::desk::id::{SiteGroupId, SiteId, VisitorId};
use frontdesk::desk::page::Arrival;
use frontdesk::desk::policy::{Draft, SiteGroup};
use frontdesk::desk::refusal::Refusal;
use frontdesk::engine::{
    Breakdown, BreakdownQuery, Command, Departure, MailboxLimits, NAMES_MAX, Reply, VisitorAttach,
    VisitorCounts, Which,
};

use crate::house::{House, Seat};

fn site(id: &str) -> SiteId {
    SiteId::new(id).unwrap()
}

fn group(id: &str) -> SiteGroupId {
    SiteGroupId::new(id).unwrap()
}

/// A company of three sites, of which two are shops.
fn company(draft: &mut Draft) {
    draft.sites = ["www", "beds", "sofas"].map(|id| site(id).into()).into();
    let shops = SiteGroup { id: group("shops"), sites: vec![site("beds"), site("sofas")] };
    let all = SiteGroup {
        id: group("all"),
        sites: draft.sites.iter().map(|site| site.id.clone()).collect(),
    };
    draft.site_groups = vec![shops, all];
}

fn house() -> House {
    House::with(company, MailboxLimits::default())
}

fn arrive(house: &House, id: &str, on: &str, region: &str) -> Seat {
    let arrival = Arrival { region: region.into(), ..Default::default() };
    let visitor = VisitorId::new(id).unwrap();
    house.attach(VisitorAttach { site: site(on), visitor, arrival, ..house.arrival(id) }).unwrap()
}

fn read(house: &House, query: BreakdownQuery) -> Breakdown {
    house.engine.breakdown(house.tenant, &query).unwrap()
}

fn counts(here: u64, away: u64, waiting: u64, active: u64) -> VisitorCounts {
    VisitorCounts { here, away, waiting, active }
}

fn these<T>(names: impl IntoIterator<Item = T>) -> Which<T> {
    Which::These(names.into_iter().collect())
}

// P6

#[test]
fn visitors_are_counted_by_site_and_region_in_whatever_way_they_stand() {
    let mut house = house();
    let ann = house.online("ann", 1);
    let (talks, waits, gone, away) = (
        arrive(&house, "talks", "beds", "north"),
        arrive(&house, "waits", "beds", "north"),
        arrive(&house, "gone", "www", "south"),
        arrive(&house, "away", "www", ""),
    );
    let talk = house.ask(&talks);
    house.ask(&waits);
    house.engine.detach(away.link, Departure::Dropped, house.now);
    let query = BreakdownQuery {
        sites: these(["www", "beds"].map(site)),
        regions: these(["north", "south"].map(Arc::from)),
        ..Default::default()
    };
    let found = read(&house, query.clone());
    assert_eq!(
        found.sites,
        [(site("www"), counts(1, 1, 0, 0)), (site("beds"), counts(2, 0, 1, 1))]
    );
    assert_eq!(found.other_sites, Some(counts(0, 0, 0, 0)));
    let regions = [("north".into(), counts(2, 0, 1, 1)), ("south".into(), counts(1, 0, 0, 0))];
    assert_eq!(found.regions, regions);
    assert_eq!(
        (found.other_regions, found.no_region),
        (Some(counts(0, 0, 0, 0)), Some(counts(0, 1, 0, 0)))
    );
    assert_eq!(found.site_groups, [], "not asked for");
    house.whole();

    house.submit(&ann, Command::Close { session: talk }).unwrap();
    house.engine.detach(gone.link, Departure::Leaving, house.now);
    house.wait(60_200);
    let found = read(&house, query);
    assert_eq!(
        found.sites,
        [(site("www"), counts(0, 0, 0, 0)), (site("beds"), counts(2, 0, 0, 1))]
    );
    assert_eq!(found.no_region, Some(counts(0, 0, 0, 0)), "its grace is over");
    house.whole();
}

#[test]
fn a_list_of_the_fullest_and_its_rest_make_up_all() {
    let house = House::with(
        |draft| {
            draft.sites.extend((0..NAMES_MAX + 50).map(|n| site(&format!("site-{n:03}")).into()))
        },
        MailboxLimits::default(),
    );
    let mut seats = Vec::new();
    for n in 0..NAMES_MAX + 50 {
        let (on, region) = (format!("site-{n:03}"), format!("region {n:03}"));
        for visitor in 0..1 + u32::from(n % 50 == 7) {
            seats.push(arrive(&house, &format!("v-{n}-{visitor}"), &on, &region));
        }
    }
    let query = BreakdownQuery { sites: Which::Most, regions: Which::Most, ..Default::default() };
    let found = read(&house, query);
    let fullest: Vec<_> = found.sites[..6].iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(fullest, ["site-007", "site-057", "site-107", "site-157", "site-207", "site-000"]);
    assert_eq!((found.sites.len(), found.regions.len()), (NAMES_MAX, NAMES_MAX));
    let all = |listed: u64, rest: Option<VisitorCounts>| listed + rest.unwrap().here;
    let sites = found.sites.iter().map(|(_, counts)| counts.here).sum();
    let regions = found.regions.iter().map(|(_, counts)| counts.here).sum();
    assert_eq!(all(sites, found.other_sites), seats.len() as u64);
    assert_eq!(all(regions, found.other_regions), seats.len() as u64);
    assert_eq!(found.other_regions, Some(counts(50, 0, 0, 0)));
    house.whole();
}

#[test]
fn counts_of_what_is_not_there_or_of_too_much_are_refused() {
    let house = house();
    let agent = house.agent("ann");
    let ask = |query| house.submit(&agent, Command::ReadCounts(Box::new(query)));
    let query = BreakdownQuery { sites: these([site("moon")]), ..Default::default() };
    assert_eq!(ask(query), Err(Refusal::UnknownSite));
    let query = BreakdownQuery { site_groups: these([group("moon")]), ..Default::default() };
    assert_eq!(ask(query), Err(Refusal::UnknownSiteGroup));
    let many = these(std::iter::repeat_n(site("www"), NAMES_MAX));
    let query = BreakdownQuery { sites: many, regions: these(["x".into()]), ..Default::default() };
    assert!(matches!(ask(query), Err(Refusal::TooMany { max: NAMES_MAX, .. })));
    let nowhere = BreakdownQuery { regions: these(["nowhere".into()]), ..Default::default() };
    let Ok(Reply::Counts { breakdown, .. }) = ask(nowhere) else { panic!("no counts") };
    assert_eq!(breakdown.regions, [("nowhere".into(), counts(0, 0, 0, 0))], "nobody is no fault");
}

// P7

#[test]
fn sites_are_counted_alone_by_group_and_together() {
    let house = house();
    let _seats = [("a", "www"), ("b", "beds"), ("c", "sofas"), ("d", "sofas")]
        .map(|(id, on)| arrive(&house, id, on, ""));
    let query = BreakdownQuery {
        sites: these([site("beds")]),
        site_groups: these([group("shops"), group("all")]),
        ..Default::default()
    };
    let found = read(&house, query);
    assert_eq!(found.sites, [(site("beds"), counts(1, 0, 0, 0))]);
    assert_eq!(found.other_sites, Some(counts(3, 0, 0, 0)));
    let groups = [(group("shops"), counts(3, 0, 0, 0)), (group("all"), counts(4, 0, 0, 0))];
    assert_eq!(found.site_groups, groups);
    let query = BreakdownQuery { site_groups: Which::Most, ..Default::default() };
    let order: Vec<_> = read(&house, query).site_groups.into_iter().map(|(id, _)| id).collect();
    assert_eq!(order, [group("all"), group("shops")]);
}
