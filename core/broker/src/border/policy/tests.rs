use frontdesk_desk::id::*;
use frontdesk_desk::policy::department::{
    AgentLost, Join, OfferMode, Offers, Overflow, Ring, Tier,
};
use frontdesk_desk::policy::form::{Field, FieldKind, Form, Required};
use frontdesk_desk::policy::hours::{Date, Schedule, Span, SpecialDay, Weekday, WeeklySpan};
use frontdesk_desk::policy::invitations::{InvitationRule, Invitations, Whom};
use frontdesk_desk::policy::masks::Masks;
use frontdesk_desk::policy::style::{Listed, Receiver, RegionRule, Unavailable, Words};
use frontdesk_desk::policy::terms::{AutomaticWords, Rating, ServiceLevel, Summary, Terms};
use frontdesk_desk::policy::{
    Bot, Channel, Department, Draft, Policy, Previews, Site, SiteGroup, Style,
};
use frontdesk_proto::v1;

use super::*;

fn id<T>(parse: impl Fn(&str) -> Result<T, IdFault>, text: &str) -> T {
    parse(text).unwrap()
}

/// A draft in which no part is as it is by default.
fn whole() -> Draft {
    let sales = id(DepartmentId::new, "sales");
    let site = Site { id: id(SiteId::new, "shop"), style: Some(id(StyleId::new, "plain")) };
    let department = Department {
        name: "售前".into(),
        strategy: Strategy::Weighted,
        waiting_max: 200,
        reopen_at: Some(0),
        join: Join::Working,
        wait_max_ms: 1,
        agent_sessions_max: Some(2),
        tiers: vec![Tier { tier: 2, after_ms: 3 }],
        rings: vec![Ring { after_ms: 4, waives: vec![id(SkillId::new, "tax")] }],
        overflow: vec![Overflow { after_ms: 5, to: id(DepartmentId::new, "service") }],
        offers: Offers {
            mode: OfferMode::Asked { timeout_ms: 1_006, at_once: 7 },
            declined_max: 8,
            missed_max: 9,
            back_off_ms: 10,
        },
        wrap_up_ms: 11,
        schedule: Some(id(ScheduleId::new, "office")),
        sticky_ms: 12,
        agent_lost: AgentLost::Tail,
        dormant_after_ms: 13,
        terms: Some(Box::new(Terms {
            idle_warning_ms: 0,
            summary: Summary::Optional,
            form: Form::default(),
            ..terms()
        })),
        colleagues: vec![id(DepartmentId::new, "service")],
        ..Department::new(sales.clone())
    };
    let date = |day| Date { year: 2026, month: 2, day };
    let schedule = Schedule {
        id: id(ScheduleId::new, "office"),
        zone: "Asia/Shanghai".into(),
        weekly: vec![WeeklySpan { day: Weekday::Sunday, from_minute: 540, until_minute: 1_080 }],
        special: vec![
            SpecialDay { date: date(17), spans: Vec::new() },
            SpecialDay {
                date: date(18),
                spans: vec![Span { from_minute: 600, until_minute: 1_440 }],
            },
        ],
    };
    let style = Style {
        receivers: vec![Receiver::Agent(id(AgentId::new, "anna"))],
        regions: vec![RegionRule {
            regions: vec!["广东".into(), "广西".into()],
            receivers: vec![Receiver::Department(sales.clone())],
        }],
        unavailable: Unavailable::FallBack { after_ms: 14 },
        bot: Some(id(AgentId::new, "robo")),
        listed: Listed::Agents,
        hides_offline: true,
        hides_department_names: true,
        words: Words {
            closed: "明天见".into(),
            nobody: "请留言".into(),
            full: "稍后再来".into(),
            waiting: "请稍候".into(),
            free: "您好".into(),
        },
        automatic_words: AutomaticWords { farewell: "再见".into(), ..AutomaticWords::default() },
        form: Some(Form::default()),
        ..Style::new(id(StyleId::new, "plain"), sales)
    };
    let service = Department::new(id(DepartmentId::new, "service"));
    Draft {
        version: 15,
        sites: vec![id(SiteId::new, "www").into(), site],
        site_groups: vec![SiteGroup {
            id: id(SiteGroupId::new, "all"),
            sites: vec![id(SiteId::new, "shop")],
        }],
        departments: vec![department, service],
        schedules: vec![schedule],
        styles: vec![style],
        skills: vec![id(SkillId::new, "tax")],
        channels: vec![Channel { id: id(ChannelId::new, "mail"), weight: 16 }],
        bots: vec![Bot { id: id(AgentId::new, "robo"), hidden: true, takes_transfers: true }],
        invitations: Invitations {
            enabled: false,
            shown_ms: 1_025,
            per_visit_max: 26,
            per_free_agent_max: 27,
            pause_ms: 28,
            rules: vec![InvitationRule {
                id: id(InvitationRuleId::new, "beds"),
                sites: vec![id(SiteId::new, "shop")],
                page_ms: 29,
                visit_ms: 30,
                pages_min: 31,
                addresses: vec!["*/beds/*".into()],
                referrers: vec!["https://search.example/*".into()],
                keywords: vec!["*床*".into()],
                whom: Whom::Returning,
                regions: vec!["广东".into()],
                schedule: Some(id(ScheduleId::new, "office")),
                department: Some(id(DepartmentId::new, "sales")),
                text: "需要帮忙吗".into(),
            }],
        },
        dormant_percent: 17,
        assignment_gap_ms: 18,
        visitor_grace_ms: 19,
        agent_grace_ms: 20,
        capacity_default: 21,
        capacity_max: 22,
        previews: Previews::Off,
        masks: Masks { card: false, phone: true, identity: false, patterns: vec!["a+".into()] },
        terms: terms(),
        visitors_max: 23,
        agents_max: 24,
    }
}

fn terms() -> Terms {
    let field = |id: &str, kind, required| Field {
        id: id.into(),
        label: "您的".into(),
        kind,
        required,
        bytes_max: 41,
    };
    Terms {
        idle_warning_ms: 32,
        idle_close_ms: 33,
        words: AutomaticWords {
            greeting: "一".into(),
            all_busy: "二".into(),
            nobody_there: "三".into(),
            still_waiting: "四".into(),
            idle_warning: "五".into(),
            farewell: "六".into(),
        },
        still_waiting_ms: 34,
        edit_ms: 35,
        rating: Rating { at_end: true, score_max: 36, tags: vec!["快".into()] },
        topics: vec!["床".into()],
        summary: Summary::Required,
        form: Form {
            fields: vec![
                field("a", FieldKind::Text, Required::Yes),
                field("b", FieldKind::Number, Required::No),
                field("c", FieldKind::Email, Required::No),
                field("d", FieldKind::Phone, Required::No),
                field("e", FieldKind::Choice(vec!["是".into()]), Required::No),
            ],
        },
        service: ServiceLevel { first_reply_ms: 38, reply_ms: 39, warn_before_ms: 37 },
        transfers_max: 40,
        tells_of_watches: true,
    }
}

fn paths(policy: &v1::Policy) -> Vec<String> {
    draft(policy).unwrap_err().into_iter().map(|fault| fault.path).collect()
}

#[test]
fn a_draft_is_read_again_as_it_was_written_down() {
    let all = whole();
    assert!(Policy::new(all.clone()).is_ok(), "a good one");
    assert_eq!(draft(&policy(&all)), Ok(all.clone()));

    let sites = vec![id(SiteId::new, "www")];
    let plain = Draft::new(sites, vec![id(DepartmentId::new, "sales")]);
    assert_eq!(draft(&policy(&plain)), Ok(plain));
    for unavailable in [Unavailable::Wait, Unavailable::LeaveMessage] {
        let mut all = all.clone();
        all.styles[0].unavailable = unavailable;
        assert_eq!(draft(&policy(&all)), Ok(all));
    }
}

#[test]
fn every_name_of_the_schema_has_a_meaning() {
    fn whole<W: Copy + Into<i32>, D>(names: &[(W, D)], schema: impl Fn(i32) -> bool) {
        let numbers: Vec<i32> = (1..100).filter(|number| schema(*number)).collect();
        let known: Vec<i32> = names.iter().map(|(name, _)| (*name).into()).collect();
        assert_eq!(known, numbers);
    }
    whole(&PREVIEWS, |n| wire::Previews::try_from(n).is_ok());
    whole(&STRATEGIES, |n| wire::Strategy::try_from(n).is_ok());
    whole(&JOINS, |n| wire::Join::try_from(n).is_ok());
    whole(&AGENT_LOST, |n| wire::AgentLost::try_from(n).is_ok());
    whole(&WEEKDAYS, |n| wire::Weekday::try_from(n).is_ok());
    whole(&FIELD_KINDS, |n| wire::FieldKind::try_from(n).is_ok());
    whole(&WHOM, |n| wire::Whom::try_from(n).is_ok());
    whole(&LISTS, |n| wire::Listed::try_from(n).is_ok());
}

#[test]
fn what_is_left_open_or_means_nothing_is_a_fault_at_its_place() {
    let mut bad = policy(&whole());
    bad.previews = 0;
    bad.capacity_max = 65_536;
    bad.sites[1].style = "a\nb".into();
    bad.departments[0].id = String::new();
    bad.departments[0].strategy = 99;
    bad.departments[0].tiers[0].tier = 256;
    bad.departments[0].offers = None;
    bad.departments[1].offers.as_mut().unwrap().timeout_ms = 1;
    bad.schedules[0].weekly[0].day = 8;
    bad.schedules[0].special[0].date = None;
    bad.styles[0].receivers[0].who = None;
    let rule = &mut bad.invitations.as_mut().unwrap().rules[0];
    (rule.id, rule.whom, rule.sites[0]) = (String::new(), 0, String::new());
    bad.styles[0].unavailable = wire::Unavailable::Wait.into();
    let terms = bad.terms.as_mut().unwrap();
    (terms.rating, terms.service, terms.transfers_max) = (None, None, 65_536);
    let fields = &mut terms.form.as_mut().unwrap().fields;
    (fields[0].kind, fields[1].bytes_max) = (6, 65_536);
    fields[2].choices = vec!["x".into()];
    bad.departments[0].terms.as_mut().unwrap().rating.as_mut().unwrap().score_max = 256;
    bad.departments[0].colleagues = vec![String::new()];
    bad.masks = None;
    let mut found = paths(&bad);
    found.sort_unstable();
    let mut expected = [
        "previews",
        "capacity_max",
        "sites[1].style",
        "departments[0].id",
        "departments[0].strategy",
        "departments[0].tiers[0].tier",
        "departments[0].offers",
        "departments[1].offers.timeout_ms",
        "schedules[0].weekly[0].day",
        "schedules[0].special[0].date",
        "styles[0].receivers[0]",
        "invitations.rules[0].id",
        "invitations.rules[0].whom",
        "invitations.rules[0].sites[0]",
        "styles[0].fall_back_after_ms",
        "terms.rating",
        "terms.service",
        "terms.transfers_max",
        "terms.form.fields[0].kind",
        "terms.form.fields[1].bytes_max",
        "terms.form.fields[2].choices",
        "departments[0].terms.rating.score_max",
        "departments[0].colleagues[0]",
        "masks",
    ];
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn a_document_without_invitations_or_terms_says_nothing_of_them() {
    let mut bad = policy(&whole());
    (bad.invitations, bad.terms) = (None, None);
    assert_eq!(paths(&bad), ["invitations", "terms"]);
}
