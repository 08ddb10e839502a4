use super::*;
use crate::delivery::BeginCause;
use crate::id::{DepartmentId, SiteId};
use crate::policy::Draft;

const ME: VisitorRef = VisitorRef { shard: 0, slot: 0, generation: 1 };
const REPLAY: Replay = Replay { after_seq: None, messages_max: 8, bytes_max: 1024 };

fn at(ms: u64) -> Now {
    Now { mono_ms: ms, wall_ms: 1_000_000 + ms }
}

fn link(slot: u32) -> LinkId {
    LinkId { slot, generation: 1 }
}

fn page(url: &str) -> Page {
    Page::new(url, "").unwrap()
}

fn policy() -> Policy {
    Policy::new(Draft::new(
        vec![SiteId::new("www").unwrap()],
        vec![DepartmentId::new("sales").unwrap()],
    ))
    .unwrap()
}

fn visitor() -> Visitor {
    arriving(Earlier::default())
}

fn arriving(earlier: Earlier) -> Visitor {
    from(Arrival::default(), earlier)
}

fn from(arrival: Arrival, earlier: Earlier) -> Visitor {
    let arriving = Arriving {
        tenant: TenantNo(0),
        site: SiteNo(0),
        id: VisitorId::new("v").unwrap(),
        page: page("/"),
        arrival,
        region: RegionNo::default(),
        earlier,
    };
    Visitor::arrive(arriving, at(0))
}

fn ask(visitor: &mut Visitor, now: Now, chance: &mut Chance, fx: &mut Effects) -> Reserved {
    let wish = visitor.wish();
    let home = DepartmentNo(0);
    let (begin, form) = (BeginCause::Visitor, Box::default());
    let asking = Asking { wish: wish.into(), home, begin, claimed_by: None, form };
    visitor.ask(ME, asking, &policy(), now, chance, fx)
}

fn up(link: LinkId) -> LinkUp {
    LinkUp { link, replaces: None, page: None, replay: REPLAY }
}

#[test]
fn two_tabs_are_one_visitor_and_only_the_last_one_starts_the_grace() {
    let (mut visitor, mut fx) = (visitor(), Effects::new());
    visitor.link_up(ME, up(link(1)), at(0), &mut fx).unwrap();
    visitor.link_up(ME, up(link(2)), at(1), &mut fx).unwrap();
    assert_eq!(visitor.link_dropped(ME, link(1), 60, at(2), &mut fx), Afterwards::Here);
    assert_eq!(visitor.link_dropped(ME, link(2), 60, at(3), &mut fx), Afterwards::Away);
    assert_eq!(visitor.deadline(), Some(63));
    assert_eq!(visitor.expire(at(62), &mut fx), Afterwards::Away);
    assert_eq!(visitor.expire(at(63), &mut fx), Afterwards::Gone);
}

#[test]
fn a_stale_close_never_ends_a_newer_link() {
    let (mut visitor, mut fx) = (visitor(), Effects::new());
    visitor.link_up(ME, up(link(1)), at(0), &mut fx).unwrap();
    let stale = LinkId { slot: 1, generation: 0 };
    assert_eq!(visitor.link_dropped(ME, stale, 60, at(1), &mut fx), Afterwards::Here);
    assert_eq!(visitor.link_left(ME, stale, at(1), &mut fx), Afterwards::Here);
    assert_eq!(visitor.links(), [link(1)]);
}

#[test]
fn a_replaced_link_leaves_no_moment_of_absence() {
    let (mut visitor, mut fx) = (visitor(), Effects::new());
    visitor.link_up(ME, up(link(1)), at(0), &mut fx).unwrap();
    visitor.link_up(ME, LinkUp { replaces: Some(link(1)), ..up(link(2)) }, at(1), &mut fx).unwrap();
    assert_eq!(visitor.links(), [link(2)]);
    assert_eq!(visitor.presence(), Presence::Here);
    assert_eq!(visitor.link_dropped(ME, link(1), 60, at(2), &mut fx), Afterwards::Here);
}

#[test]
fn the_seventeenth_link_is_refused_and_changes_nothing() {
    let (mut visitor, mut fx) = (visitor(), Effects::new());
    for slot in 0..16 {
        visitor.link_up(ME, up(link(slot)), at(0), &mut fx).unwrap();
    }
    let refusal = visitor.link_up(ME, up(link(16)), at(0), &mut fx).unwrap_err();
    assert!(matches!(refusal, Refusal::LimitReached { max: 16, .. }));
    assert_eq!(visitor.links().len(), 16);
}

#[test]
fn asking_twice_is_one_session() {
    let (mut visitor, mut fx, mut chance) = (visitor(), Effects::new(), Chance::seeded([1; 32]));
    let Reserved::New(first) = ask(&mut visitor, at(0), &mut chance, &mut fx) else { panic!() };
    assert_eq!(ask(&mut visitor, at(1), &mut chance, &mut fx), Reserved::Running(first));
    assert_eq!(fx.crossings.len(), 1);
    visitor.session_ended(first);
    assert!(matches!(ask(&mut visitor, at(2), &mut chance, &mut fx), Reserved::New(_)));
}

#[test]
fn the_trail_is_bounded_and_counts_what_it_folds() {
    let mut visitor = visitor();
    for i in 1..=100u64 {
        visitor.view_page(page(&format!("/{i}")), at(i * 10));
    }
    let trail = visitor.trail(&policy(), at(2_000));
    assert_eq!(trail.pages.len(), PAGES_MAX);
    assert_eq!(trail.folded as usize + trail.pages.len(), 101);
    let stayed: u64 = trail.pages.iter().map(|page| page.stayed_ms).sum();
    assert_eq!(stayed + trail.folded_stayed_ms, 2_000);
    assert_eq!(trail.pages[63].page.url(), "/100");
}

#[test]
fn a_reload_is_no_new_page() {
    let mut visitor = visitor();
    visitor.view_page(Page::new("/", "Home").unwrap(), at(5));
    let trail = visitor.trail(&policy(), at(9));
    assert_eq!(trail.pages.len(), 1);
    assert_eq!(trail.pages[0].page.title(), "Home");
    assert_eq!(trail.pages[0].stayed_ms, 9);
}

#[test]
fn a_page_view_fits_the_memory_promised_for_a_million_visitors() {
    assert!(size_of::<Visitor>() <= 112, "{}", size_of::<Visitor>());
}

#[test]
fn the_row_says_how_far_the_session_is_and_where() {
    let (mut visitor, mut fx, mut chance) = (visitor(), Effects::new(), Chance::seeded([1; 32]));
    let Reserved::New(session) = ask(&mut visitor, at(0), &mut chance, &mut fx) else { panic!() };
    let row = visitor.row(&policy());
    assert_eq!((row.stage, row.session), (Some(Stage::Waiting), Some(session)));
    visitor.session_moved(session, DepartmentNo(0), Stage::Active);
    let row = visitor.row(&policy());
    assert_eq!((row.stage, row.department), (Some(Stage::Active), DepartmentId::new("sales").ok()));
    let other = SessionId::random(&mut chance);
    visitor.session_moved(other, DepartmentNo(0), Stage::Waiting);
    visitor.session_ended(other);
    assert_eq!(visitor.stage(), Some((DepartmentNo(0), Stage::Active)), "another session");
    visitor.session_ended(session);
    assert_eq!((visitor.stage(), visitor.row(&policy()).department), (None, None));
}

#[test]
fn who_was_there_before_is_told_apart_from_who_is_new() {
    let row = visitor().row(&policy());
    assert_eq!((row.visit, row.last_visit_wall_ms), (1, 0));
    let row = arriving(Earlier { visits: 6, ended_wall_s: 900 }).row(&policy());
    assert_eq!((row.visit, row.last_visit_wall_ms), (7, 900_000));
    assert_eq!(arriving(Earlier { visits: u16::MAX, ended_wall_s: 1 }).visit(), VISITS_MAX + 1);
}

#[test]
fn a_visitor_is_known_by_each_address_it_was_seen_at_up_to_a_bound() {
    let arrival = Arrival { address: "192.0.2.1".into(), ..Arrival::default() };
    let mut visitor = from(arrival, Earlier::default());
    for address in ["192.0.2.1", "", "unknown", "::ffff:192.0.2.1", "2001:db8::1", "2001:db8::1"] {
        visitor.seen_at(address);
    }
    let known: Vec<_> = visitor.addresses().map(|address| address.to_string()).collect();
    assert_eq!(known, ["192.0.2.1", "2001:db8::1"]);
    for no in 0..=ADDRESSES_MAX {
        visitor.seen_at(&format!("198.51.100.{no}"));
    }
    let known: Vec<_> = visitor.addresses().map(|address| address.to_string()).collect();
    assert_eq!(known.len(), 1 + ADDRESSES_MAX);
    assert_eq!((&*known[0], &*known[1]), ("192.0.2.1", "198.51.100.1"));
}

#[test]
fn the_arrival_stands_wherever_the_visitor_goes() {
    let mut visitor = visitor();
    visitor.view_page(page("/next"), at(5));
    assert_eq!((visitor.arrived_wall_ms(), visitor.pages()), (1_000_000, 2));
    visitor.view_page(page("/last"), at(9));
    assert_eq!(visitor.row(&policy()).arrived_wall_ms, 1_000_000);
}
