//! What a file may say of a policy, and how its faults are named.

use frontdesk_desk::floor::strategy::Strategy;
use frontdesk_desk::id::{
    AgentId, ChannelId, DepartmentId, InvitationRuleId, ScheduleId, SiteGroupId, SiteId, SkillId,
    StyleId,
};
use frontdesk_desk::policy::department::{Join, OfferMode, Offers, Overflow, Ring, Tier};
use frontdesk_desk::policy::form::{Field, FieldKind, Form, Required};
use frontdesk_desk::policy::hours::{Date, Schedule, Span, SpecialDay, Weekday, WeeklySpan};
use frontdesk_desk::policy::invitations::{InvitationRule, Invitations, Whom};
use frontdesk_desk::policy::masks::Masks;
use frontdesk_desk::policy::style::{Receiver, RegionRule, Words};
use frontdesk_desk::policy::terms::{AutomaticWords, Rating, Summary, Terms};
use frontdesk_desk::policy::{Bot, Channel, Department, Draft, Site, SiteGroup, Style};

use super::*;

fn department(id: &str) -> DepartmentId {
    DepartmentId::new(id).unwrap()
}

/// What the sample says of its tenant.
pub(super) fn sample() -> Draft {
    let skill = |id: &str| SkillId::new(id).unwrap();
    let site = |id: &str| SiteId::new(id).unwrap();
    let style = |id: &str| StyleId::new(id).unwrap();
    let robo = AgentId::new("robo").unwrap();
    let sales = Department {
        name: "Sales".into(),
        strategy: Strategy::RoundRobin,
        reopen_at: Some(9_000),
        join: Join::SignedOn,
        wait_max_ms: 1_800_000,
        agent_sessions_max: Some(4),
        tiers: vec![Tier { tier: 2, after_ms: 30_000 }],
        rings: vec![
            Ring { after_ms: 20_000, waives: vec![skill("contracts")] },
            Ring { after_ms: 60_000, waives: Vec::new() },
        ],
        overflow: vec![Overflow { after_ms: 120_000, to: department("support") }],
        offers: Offers {
            mode: OfferMode::Asked { timeout_ms: 30_000, at_once: 2 },
            declined_max: 3,
            missed_max: 3,
            back_off_ms: 30_000,
        },
        wrap_up_ms: 15_000,
        schedule: Some(ScheduleId::new("office").unwrap()),
        sticky_ms: 10_000,
        dormant_after_ms: 300_000,
        terms: Some(Box::new(Terms {
            edit_ms: 60_000,
            topics: vec!["prices".into(), "delivery".into()],
            summary: Summary::Required,
            ..terms()
        })),
        colleagues: vec![department("support")],
        ..Department::new(department("sales"))
    };
    let weekly = |day, from_minute, until_minute| WeeklySpan { day, from_minute, until_minute };
    let day = |day, spans| SpecialDay { date: Date { year: 2026, month: 12, day }, spans };
    let shop = Style {
        receivers: vec![
            Receiver::Department(department("support")),
            Receiver::Agent(AgentId::new("sue").unwrap()),
        ],
        regions: vec![RegionRule {
            regions: vec!["广东".into(), "湖南".into()],
            receivers: vec![Receiver::Department(department("sales"))],
        }],
        bot: Some(robo.clone()),
        words: Words {
            nobody: "We are asleep. Leave us a message.".into(),
            waiting: "One moment, please.".into(),
            ..Words::default()
        },
        automatic_words: AutomaticWords {
            greeting: "Welcome to our shop!".into(),
            ..AutomaticWords::default()
        },
        form: Some(Form {
            fields: vec![Field {
                id: "order".into(),
                label: "Order number".into(),
                kind: FieldKind::Number,
                required: Required::No,
                bytes_max: 20,
            }],
        }),
        ..Style::new(style("shop"), department("support"))
    };
    Draft {
        sites: vec![Site::from(site("www")), Site { id: site("shop"), style: Some(style("shop")) }],
        site_groups: vec![SiteGroup {
            id: SiteGroupId::new("all").unwrap(),
            sites: vec![site("www"), site("shop")],
        }],
        departments: vec![sales, Department::new(department("support"))],
        schedules: vec![Schedule {
            id: ScheduleId::new("office").unwrap(),
            zone: "Europe/Berlin".to_owned(),
            weekly: vec![
                weekly(Weekday::Monday, 540, 750),
                weekly(Weekday::Monday, 810, 1_080),
                weekly(Weekday::Saturday, 600, 840),
            ],
            special: vec![
                day(24, vec![Span { from_minute: 540, until_minute: 720 }]),
                day(25, Vec::new()),
            ],
        }],
        styles: vec![Style::new(style("plain"), department("sales")), shop],
        skills: vec![skill("french"), skill("contracts")],
        channels: vec![
            Channel { id: ChannelId::new("mail").unwrap(), weight: 25 },
            Channel { id: ChannelId::new("voice").unwrap(), weight: 100 },
        ],
        bots: vec![Bot { id: robo, hidden: false, takes_transfers: false }],
        invitations: Invitations {
            rules: vec![InvitationRule {
                sites: vec![site("www")],
                page_ms: 20_000,
                visit_ms: 60_000,
                pages_min: 3,
                addresses: vec!["*/beds/*".into()],
                referrers: vec!["https://search.example/*".into()],
                keywords: vec!["*bed*".into()],
                whom: Whom::New,
                regions: vec!["广东".into()],
                schedule: Some(ScheduleId::new("office").unwrap()),
                department: Some(department("sales")),
                text: "May I help you to choose?".into(),
                ..InvitationRule::new(InvitationRuleId::new("beds").unwrap())
            }],
            ..Invitations::default()
        },
        terms: terms(),
        masks: Masks { patterns: vec!["(?i)password:? *[^ ]+".into()], ..Masks::default() },
        ..Draft::new(Vec::new(), Vec::new())
    }
}

/// What the sample says of sessions.
fn terms() -> Terms {
    let name = Field {
        id: "name".into(),
        label: "Your name".into(),
        kind: FieldKind::Text,
        required: Required::Yes,
        bytes_max: 64,
    };
    let about = Field {
        id: "about".into(),
        label: "".into(),
        kind: FieldKind::Choice(vec!["an order".into(), "something else".into()]),
        required: Required::No,
        bytes_max: 256,
    };
    let usual = Terms::default();
    Terms {
        words: AutomaticWords {
            greeting: "Hello!".into(),
            all_busy: "All of us are busy.".into(),
            nobody_there: "We are asleep.".into(),
            still_waiting: "Still there?".into(),
            idle_warning: "Are you there?".into(),
            farewell: "Good bye.".into(),
        },
        rating: Rating { tags: vec!["quick".into(), "kind".into()], ..usual.rating },
        form: Form { fields: vec![name, about] },
        ..usual
    }
}

/// A tenant's file with more tables behind its departments.
fn with(tables: &str) -> String {
    TENANT.replace("[[tenants.keys]]", &format!("{tables}\n[[tenants.keys]]"))
}

#[test]
fn faults_of_invitations_are_named_in_the_files_words() {
    let bad = faults(&with(
        "[tenants.invitations]\nshown_ms = 1\n[[tenants.invitations.rules]]\nid = \"r\"\nwhom = \"some\"",
    ));
    assert_eq!(bad, [at("tenants[0].invitations.rules[0].whom", 11)]);
    let bad = faults(&with(
        "[tenants.invitations]\nshown_ms = 1\n[[tenants.invitations.rules]]\nid = \"r\"\ndepartment = \"moon\"",
    ));
    assert_eq!(
        bad,
        [
            at("tenants[0].invitations.shown_ms", 8),
            at("tenants[0].invitations.rules[0].department", 11),
        ]
    );
}

#[test]
fn terms_start_from_the_tenants_and_a_warning_comes_before_the_end() {
    let text = with("[tenants.terms]\nidle_close_ms = 60000\nedit_ms = 5");
    let text =
        text.replace("{ id = \"sales\" }", "{ id = \"sales\", terms = { idle_close_ms = 0 } }");
    let config = parse(&text).unwrap();
    let policy = &config.tenants[0].policy;
    let times = |terms: &Terms| (terms.idle_warning_ms, terms.idle_close_ms, terms.edit_ms);
    assert_eq!(times(&policy.terms), (50_000, 60_000, 5));
    assert_eq!(times(policy.departments[0].terms.as_ref().unwrap()), (0, 0, 5));
    assert_eq!(policy.departments[1].terms, None);
}

#[test]
fn faults_of_terms_are_named_in_the_files_words() {
    let bad = faults(&with(
        "[tenants.terms]\nidle_warning_ms = 400000\n[[tenants.terms.form.fields]]\nid = \"a\"\nbytes_max = 0\n[tenants.masks]\npatterns = [\"(\"]",
    ));
    assert_eq!(
        bad,
        [
            at("tenants[0].masks.patterns[0]", 13),
            at("tenants[0].terms.idle_warning_ms", 8),
            at("tenants[0].terms.form.fields[0].bytes_max", 11),
        ]
    );
    let bad = faults(&with(
        "[[tenants.terms.form.fields]]\nid = \"a\"\nkind = \"colour\"\n[[tenants.terms.form.fields]]\nid = \"b\"\nchoices = [\"x\"]",
    ));
    assert_eq!(
        bad,
        [
            at("tenants[0].terms.form.fields[0].kind", 9),
            at("tenants[0].terms.form.fields[1].choices", 12),
        ]
    );
    let bad = TENANT.replace("{ id = \"sales\" }", "{ id = \"sales\", colleagues = [\"moon\"] }");
    assert_eq!(faults(&bad), [at("tenants[0].departments[0].colleagues[0]", 5)]);
}

#[test]
fn faults_of_opening_hours_are_named_in_the_files_words() {
    let hours = |week: &str| {
        faults(&with(&format!("[[tenants.schedules]]\nid = \"s\"\nzone = \"UTC\"\n{week}")))
    };
    let weekly = "[tenants.schedules.weekly]\n";
    let bad = hours(&format!("{weekly}monday = [\"09:00-12:00\", \"18:00-09:00\"]\nmonay = []"));
    assert_eq!(
        bad,
        [
            at("tenants[0].schedules[0].weekly.monay", 12),
            at("tenants[0].schedules[0].weekly.monday[1]", 11),
        ]
    );
    for text in ["9:00-12:00", "09:60-12:00", "09:00", "09:00-24:01", "+9:00-12:00", "12:00-12:00"]
    {
        let bad = hours(&format!("{weekly}sunday = [\"{text}\"]"));
        assert_eq!(bad, [at("tenants[0].schedules[0].weekly.sunday[0]", 11)], "{text}");
    }
    let special = "[tenants.schedules.special]\n";
    for text in ["2026-13-01", "2026-02-30", "26-01-01", "2026-1-1", "tomorrow"] {
        let bad = hours(&format!("{special}{text} = []"));
        assert_eq!(bad, [at(&format!("tenants[0].schedules[0].special.{text}"), 11)], "{text}");
    }
    let spans = vec!["\"00:00-24:00\""; 13].join(", ");
    let bad = hours(&format!("{special}2026-01-01 = [{spans}]"));
    assert_eq!(bad, [at("tenants[0].schedules[0].special.2026-01-01", 11)]);
    assert_eq!(
        faults(&with("[[tenants.schedules]]\nid = \"s\"\nzone = \"Moon/Base\"")),
        [at("tenants[0].schedules[0].zone", 9)]
    );
}

#[test]
fn words_and_pairs_of_fields_that_do_not_fit_are_faults_at_their_places() {
    let department = |fields: &str| {
        faults(&TENANT.replace("{ id = \"sales\" }", &format!("{{ id = \"sales\", {fields} }}")))
    };
    for (fields, place) in [
        ("strategy = \"loudest\"", "strategy"),
        ("join = \"never\"", "join"),
        ("agent_lost = \"middle\"", "agent_lost"),
        ("offers = { mode = \"forced\" }", "offers.mode"),
        ("offers = { timeout_ms = 5000 }", "offers.timeout_ms"),
        ("offers = { mode = \"asked\", at_once = 9 }", "offers.at_once"),
        ("overflow = [{ after_ms = 1, to = \"moon\" }]", "overflow[0].to"),
        ("rings = [{ after_ms = 1, waives = [\"french\"] }]", "rings[0].waives[0]"),
        ("tiers = [{ tier = 1, after_ms = 1 }]", "tiers[0].tier"),
        ("schedule = \"never\"", "schedule"),
    ] {
        assert_eq!(department(fields), [at(&format!("tenants[0].departments[0].{place}"), 5)]);
    }
    let style = |fields: &str| {
        faults(&with(&format!("[[tenants.styles]]\nid = \"s\"\nhome = \"sales\"\n{fields}")))
    };
    for (fields, place) in [
        ("receivers = [{}]", "receivers[0]"),
        ("receivers = [{ department = \"sales\", agent = \"sue\" }]", "receivers[0]"),
        ("receivers = [{ department = \"moon\" }]", "receivers[0]"),
        ("unavailable = \"weep\"", "unavailable"),
        ("bot = \"robo\"", "bot"),
        ("listed = \"sites\"", "listed"),
        ("regions = [{ regions = [\"x\"] }]", "regions[0].receivers"),
    ] {
        assert_eq!(style(fields), [at(&format!("tenants[0].styles[0].{place}"), 10)]);
    }
    let both = style("unavailable = \"wait\"\nfall_back_after_ms = 1");
    assert_eq!(both, [at("tenants[0].styles[0].fall_back_after_ms", 11)]);
}

#[test]
fn a_site_is_its_id_or_a_table_with_a_style() {
    let sites = |sites: &str| TENANT.replace("[\"www\"]", sites);
    let config = parse(&sites("[\"www\", { id = \"shop\" }]")).unwrap();
    assert_eq!(config.tenants[0].policy.sites[1].id.as_str(), "shop");
    assert_eq!(faults(&sites("[{ id = \"\" }]")), [at("tenants[0].sites[0].id", 4)]);
    let unknown = sites("[{ id = \"www\", style = \"none\" }]");
    assert_eq!(faults(&unknown), [at("tenants[0].sites[0].style", 4)]);
    assert_eq!(faults(&sites("[{ name = \"www\" }]")), [at("", 4)]);
    assert_eq!(faults(&sites("[7]")), [at("", 4)]);
}
