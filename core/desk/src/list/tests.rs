use super::*;
use crate::chance::Chance;
use crate::delivery::BeginCause;
use crate::effects::Effects;
use crate::id::{RegionNo, TenantNo, VisitorId, VisitorRef};
use crate::page::{Arrival, Page};
use crate::policy::{Draft, SITES_MAX, SiteGroup};
use crate::time::Now;
use crate::visitor::{Arriving, Asking, Earlier};

const ME: VisitorRef = VisitorRef { shard: 0, slot: 0, generation: 1 };

fn site(id: &str) -> SiteId {
    SiteId::new(id).unwrap()
}

fn department(id: &str) -> DepartmentId {
    DepartmentId::new(id).unwrap()
}

/// 1,024 sites, of which a group holds the last and the 65th.
fn policy() -> Policy {
    let sites: Vec<_> = (0..SITES_MAX).map(|n| site(&format!("s{n}"))).collect();
    let group =
        SiteGroup { id: SiteGroupId::new("two").unwrap(), sites: vec![site("s1023"), site("s64")] };
    let draft = Draft::new(sites, vec![department("sales"), department("support")]);
    Policy::new(Draft { site_groups: vec![group], ..draft }).unwrap()
}

fn visitor_on(site: u16, arrival: Arrival) -> Visitor {
    let arriving = Arriving {
        tenant: TenantNo(0),
        site: SiteNo(site),
        id: VisitorId::new("Visitor-7").unwrap(),
        page: Page::new("https://Shop.example/beds?q=OAK", "Beds of Oak").unwrap(),
        arrival,
        region: RegionNo::default(),
        earlier: Earlier::default(),
    };
    Visitor::arrive(arriving, Now { mono_ms: 1, wall_ms: 1_000 })
}

fn known() -> Visitor {
    let arrival = Arrival {
        referrer: "https://Search.example/".into(),
        keyword: "Eiche bett".into(),
        region: "Zürich".into(),
        ..Default::default()
    };
    visitor_on(0, arrival)
}

fn shows(query: ListQuery, visitor: &Visitor) -> bool {
    query.filter(&policy()).unwrap().shows(visitor)
}

#[test]
fn a_filter_tells_sites_and_groups_apart() {
    let on = |places: Places| {
        let filter = ListQuery { places, ..Default::default() }.filter(&policy()).unwrap();
        let sites = [0, 63, 64, 65, 1_023];
        sites.map(|site| filter.shows(&visitor_on(site, Arrival::default())))
    };
    assert_eq!(on(Places::All), [true; 5]);
    assert_eq!(on(Places::Site(site("s63"))), [false, true, false, false, false]);
    let two = Places::Group(SiteGroupId::new("two").unwrap());
    assert_eq!(on(two), [false, false, true, false, true]);
}

#[test]
fn a_text_is_found_in_each_field_and_in_either_case() {
    let text = |text: &str| shows(ListQuery { text: text.into(), ..Default::default() }, &known());
    for found in
        ["visitor-7", "VISITOR", "beds of", "shop.EXAMPLE/b", "search", "e BETT", "zürich", "ürich"]
    {
        assert!(text(found), "{found}");
    }
    for missing in ["visitor-77", "ZÜRICH", "sofa", "beds  of", &"x".repeat(250)] {
        assert!(!text(missing), "{missing}");
    }
    let nobody = ListQuery { text: "zürich".into(), ..Default::default() };
    assert!(!shows(nobody, &visitor_on(0, Arrival::default())), "nothing is known of it");
}

#[test]
fn a_region_is_whole_and_a_keyword_may_be_a_part() {
    let region =
        |region: &str| shows(ListQuery { region: region.into(), ..Default::default() }, &known());
    assert_eq!(["zürich", "Züri", ""].map(region), [true, false, true]);
    let keyword =
        |word: &str| shows(ListQuery { keyword: word.into(), ..Default::default() }, &known());
    assert_eq!(["BETT", "tisch", ""].map(keyword), [true, false, true]);
}

#[test]
fn sessions_and_presence_are_told_apart() {
    let mut visitor = known();
    let (mut fx, mut chance) = (Effects::new(), Chance::seeded([1; 32]));
    let all =
        [InSession::Either, InSession::No, InSession::Yes, InSession::Waiting, InSession::Active];
    let seen = |visitor: &Visitor| {
        all.map(|in_session| shows(ListQuery { in_session, ..Default::default() }, visitor))
    };
    let of = |visitor: &Visitor, id: &str| {
        let department = Some(department(id));
        shows(ListQuery { department, ..Default::default() }, visitor)
    };
    assert_eq!((seen(&visitor), of(&visitor, "sales")), ([true, true, false, false, false], false));
    let (wish, home) = (visitor.wish(), DepartmentNo(1));
    let (begin, form) = (BeginCause::Visitor, Box::default());
    let asking = Asking { wish: wish.into(), home, begin, claimed_by: None, form };
    visitor.ask(ME, asking, &policy(), Now::default(), &mut chance, &mut fx);
    let session = visitor.session().unwrap();
    assert_eq!(seen(&visitor), [true, false, true, true, false]);
    visitor.session_moved(session, DepartmentNo(1), Stage::Active);
    assert_eq!(seen(&visitor), [true, false, true, false, true]);
    assert_eq!(["sales", "support"].map(|id| of(&visitor, id)), [false, true]);

    let presence =
        |wanted| shows(ListQuery { presence: Some(wanted), ..Default::default() }, &known());
    assert!(presence(Presence::Here) && !presence(Presence::Away));
}

#[test]
fn each_order_ranks_by_what_it_says() {
    let arriving = |wall_ms, pages| {
        let mut visitor = visitor_on(0, Arrival::default());
        for n in 1..pages {
            let page = Page::new(&n.to_string(), "").unwrap();
            visitor.view_page(page, Now { mono_ms: n, wall_ms });
        }
        visitor
    };
    let (few, many) = (arriving(5_000, 2), arriving(5_000, 100));
    let before = |order: Order, one: &Visitor, other: &Visitor| order.rank(one) < order.rank(other);
    assert!(before(Order::MostPages, &many, &few));
    assert_eq!(Order::NewestArrival.rank(&few), Order::NewestArrival.rank(&many));
    assert_eq!(Order::NewestArrival.rank(&few), Order::arrived_at(1_000));
    assert!(Order::arrived_at(2_000) < Order::arrived_at(1_000));
    assert_eq!(Order::LongestPresent.rank(&few), Rank(1_000));
}

#[test]
fn what_is_not_there_or_too_long_is_refused() {
    let query = ListQuery::default;
    let site = ListQuery { places: Places::Site(site("moon")), ..query() };
    assert_eq!(site.filter(&policy()), Err(Refusal::UnknownSite));
    let group = ListQuery { places: Places::Group(SiteGroupId::new("x").unwrap()), ..query() };
    assert_eq!(group.filter(&policy()), Err(Refusal::UnknownSiteGroup));
    let moon = department("moon");
    let elsewhere = ListQuery { department: Some(moon.clone()), ..query() };
    assert_eq!(elsewhere.filter(&policy()), Err(Refusal::UnknownDepartment(moon)));
    let long: Box<str> = "x".repeat(TEXT_BYTES_MAX + 1).into();
    for (field, query) in [
        ("region", ListQuery { region: long.clone(), ..query() }),
        ("keyword", ListQuery { keyword: long.clone(), ..query() }),
        ("text", ListQuery { text: long.clone(), ..query() }),
    ] {
        let refused = Refusal::TooLong { field, bytes_max: TEXT_BYTES_MAX };
        assert_eq!(query.filter(&policy()), Err(refused));
    }
}

#[test]
fn equal_questions_are_one_filter() {
    let one = ListQuery { text: "OAK".into(), ..Default::default() };
    let other = ListQuery { text: "oak".into(), order: Order::MostPages, ..Default::default() };
    assert_eq!(one.filter(&policy()), other.filter(&policy()));
}
