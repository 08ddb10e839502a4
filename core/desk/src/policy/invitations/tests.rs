//! When a rule holds, and what a draft of rules is refused for.

use super::*;
use crate::id::SiteId;
use crate::policy::hours::{Schedule, Weekday, WeeklySpan};

#[test]
fn a_star_stands_for_any_run_of_letters() {
    for (pattern, text, alike) in [
        ("/beds", "/beds", true),
        ("/beds", "/beds/", false),
        ("*/beds/*", "https://shop.example/beds/oak", true),
        ("*/beds/*", "https://shop.example/beds", false),
        ("https://*oak*", "https://shop.example/beds/oak?x", true),
        ("*", "", true),
        ("a*a", "a", false),
        ("a*a", "aa", true),
        ("*ab*ab*", "xabyab", true),
        ("*ab*ab*", "xaby", false),
        ("床*", "床垫", true),
        ("", "x", false),
    ] {
        assert_eq!(is_like(pattern, text), alike, "{pattern:?} and {text:?}");
    }
}

fn rule() -> InvitationRule {
    InvitationRule::new(InvitationRuleId::new("beds").unwrap())
}

fn draft(rules: Vec<InvitationRule>) -> Draft {
    let sites = ["www", "blog"].map(|id| SiteId::new(id).unwrap());
    let draft = Draft::new(sites.into(), vec![DepartmentId::new("sales").unwrap()]);
    Draft { invitations: Invitations { rules, ..Invitations::default() }, ..draft }
}

fn holds(rule: InvitationRule, change: impl FnOnce(&mut Seen<'_>)) -> Holds {
    let policy = Policy::new(draft(vec![rule])).unwrap();
    let page = Page::new("https://shop.example/beds/oak", "Oak").unwrap();
    let arrival = Arrival {
        referrer: "https://search.example/?q=oak+bed".into(),
        keyword: "oak bed".into(),
        region: "广东省深圳市".into(),
        ..Arrival::default()
    };
    let mut seen = Seen {
        site: SiteNo(0),
        page: &page,
        pages: 2,
        arrival: Some(&arrival),
        visit: 1,
        page_ms: 5_000,
        visit_ms: 20_000,
    };
    change(&mut seen);
    policy.invitation_rules()[0].holds(&seen, 0, |hours| hours.at(0))
}

#[test]
fn a_rule_holds_while_all_of_its_conditions_hold() {
    let all = InvitationRule {
        sites: vec![SiteId::new("www").unwrap()],
        page_ms: 5_000,
        visit_ms: 20_000,
        pages_min: 2,
        addresses: vec!["*/chairs/*".into(), "*/beds/*".into()],
        referrers: vec!["https://search.example/*".into()],
        keywords: vec!["*bed*".into()],
        whom: Whom::New,
        regions: vec!["广东".into()],
        ..rule()
    };
    assert_eq!(holds(all.clone(), |_| ()), Holds::Now);
    assert_eq!(holds(all.clone(), |seen| seen.site = SiteNo(1)), Holds::No);
    assert_eq!(holds(all.clone(), |seen| seen.pages = 1), Holds::No);
    assert_eq!(holds(all.clone(), |seen| seen.visit = 2), Holds::No);
    assert_eq!(holds(all.clone(), |seen| seen.arrival = None), Holds::No);
    assert_eq!(holds(all.clone(), |seen| seen.page_ms = 1_000), Holds::In(4_000));
    assert_eq!(holds(all.clone(), |seen| seen.visit_ms = 1_000), Holds::In(19_000));
    let elsewhere = InvitationRule { addresses: vec!["*/chairs/*".into()], ..all };
    assert_eq!(holds(elsewhere, |_| ()), Holds::No);
    assert_eq!(holds(InvitationRule { whom: Whom::Returning, ..rule() }, |_| ()), Holds::No);
    assert_eq!(
        holds(InvitationRule { whom: Whom::Returning, ..rule() }, |s| s.visit = 3),
        Holds::Now
    );
}

#[test]
fn a_rule_with_a_schedule_holds_from_its_opening_on() {
    // 1970-01-01 was a Thursday.
    let nine = WeeklySpan { day: Weekday::Thursday, from_minute: 540, until_minute: 1_020 };
    let schedule = Schedule {
        id: ScheduleId::new("day").unwrap(),
        zone: "UTC".into(),
        weekly: vec![nine],
        special: Vec::new(),
    };
    let rule = InvitationRule { schedule: Some(schedule.id.clone()), ..rule() };
    let policy = Policy::new(Draft { schedules: vec![schedule], ..draft(vec![rule]) }).unwrap();
    let page = Page::new("/", "").unwrap();
    let seen = Seen {
        site: SiteNo(0),
        page: &page,
        pages: 1,
        arrival: None,
        visit: 1,
        page_ms: 0,
        visit_ms: 0,
    };
    let at_minute = |minute: u64| {
        let wall_ms = minute * 60_000;
        policy.invitation_rules()[0].holds(&seen, wall_ms, |hours| hours.at(wall_ms))
    };
    assert_eq!(at_minute(530), Holds::In(600_000));
    assert_eq!(at_minute(540), Holds::Now);
}

#[test]
fn switched_off_there_are_no_rules() {
    let mut draft = draft(vec![rule()]);
    draft.invitations.enabled = false;
    assert!(Policy::new(draft).unwrap().invitation_rules().is_empty());
}

#[test]
fn each_fault_of_a_rule_is_named_by_its_place() {
    let wrong = InvitationRule {
        sites: vec![SiteId::new("moon").unwrap()],
        page_ms: GRACE_MS_MAX + 1,
        keywords: vec!["".into(); PATTERNS_MAX + 1],
        schedule: Some(ScheduleId::new("never").unwrap()),
        department: Some(DepartmentId::new("nowhere").unwrap()),
        text: "x".repeat(INVITATION_BYTES_MAX + 1).into(),
        ..rule()
    };
    let mut draft = draft(vec![wrong, rule()]);
    draft.invitations.shown_ms = 0;
    let faults = Policy::new(draft).unwrap_err();
    let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
    for path in [
        "invitations.shown_ms",
        "invitations.rules[1]",
        "invitations.rules[0].sites[0]",
        "invitations.rules[0].page_ms",
        "invitations.rules[0].keywords",
        "invitations.rules[0].keywords[7]'s bytes",
        "invitations.rules[0].schedule",
        "invitations.rules[0].department",
        "invitations.rules[0].text's bytes",
    ] {
        assert!(paths.contains(&path), "{path} is not among {paths:?}");
    }
}
