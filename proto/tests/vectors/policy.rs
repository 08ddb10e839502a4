//! What the vectors of policies say: one document in which every field of every part is set.

use frontdesk_proto::v1::{
    Code, Fault, Policy, PolicyReplaced, ReadPolicy, Refused, ReplacePolicy, command, delivery,
    policy as part,
};

fn document() -> Policy {
    Policy {
        version: 7,
        sites: vec![
            part::Site { id: "www".into(), style: String::new() },
            part::Site { id: "shop".into(), style: "plain".into() },
        ],
        site_groups: vec![part::SiteGroup {
            id: "all".into(),
            sites: vec!["shop".into(), "www".into()],
        }],
        departments: vec![sales(), part::Department { id: "售后".into(), ..Default::default() }],
        schedules: vec![hours()],
        styles: vec![style()],
        skills: vec!["tax".into(), "law".into()],
        channels: vec![part::Channel { id: "mail".into(), weight: 50 }],
        bots: vec![part::Bot { id: "robo".into(), hidden: true, takes_transfers: true }],
        dormant_percent: 25,
        assignment_gap_ms: 2_000,
        visitor_grace_ms: 60_000,
        agent_grace_ms: 61_000,
        capacity_default: 5,
        capacity_max: 50,
        previews: part::Previews::Off.into(),
        visitors_max: 10_000_000,
        agents_max: 100_000,
        invitations: Some(invitations()),
        terms: Some(terms()),
        masks: Some(part::Masks {
            card: true,
            phone: true,
            identity: true,
            patterns: vec!["[0-9]+".into(), "密码".into()],
        }),
    }
}

fn terms() -> part::Terms {
    let name = part::FormField {
        id: "name".into(),
        label: "姓名".into(),
        kind: part::FieldKind::Text.into(),
        required: true,
        bytes_max: 64,
        choices: Vec::new(),
    };
    let size = part::FormField {
        id: "size".into(),
        kind: part::FieldKind::Choice.into(),
        bytes_max: 32,
        choices: vec!["大".into(), "小".into()],
        ..Default::default()
    };
    part::Terms {
        idle_warning_ms: 300_000,
        idle_close_ms: 360_000,
        words: Some(part::AutomaticWords {
            greeting: "您好".into(),
            all_busy: "请稍候".into(),
            nobody_there: "请留言".into(),
            still_waiting: "还在吗".into(),
            idle_warning: "您还在吗".into(),
            farewell: "再见".into(),
        }),
        still_waiting_ms: 60_000,
        edit_ms: 120_000,
        rating: Some(part::Rating {
            at_end: true,
            score_max: 5,
            tags: vec!["快".into(), "好".into()],
        }),
        topics: vec!["床".into(), "椅".into()],
        summary_required: true,
        form: Some(part::Form { fields: vec![name, size] }),
        service: Some(part::ServiceLevel {
            first_reply_ms: 30_000,
            reply_ms: 61_000,
            warn_before_ms: 10_000,
        }),
        transfers_max: 10,
        tells_of_watches: true,
    }
}

fn invitations() -> part::Invitations {
    part::Invitations {
        enabled: true,
        shown_ms: 60_000,
        per_visit_max: 1,
        per_free_agent_max: 5,
        pause_ms: 30_000,
        rules: vec![part::InvitationRule {
            id: "beds".into(),
            sites: vec!["shop".into()],
            page_ms: 20_000,
            visit_ms: 60_000,
            pages_min: 3,
            addresses: vec!["*/beds/*".into()],
            referrers: vec!["https://search.example/*".into()],
            keywords: vec!["*床*".into()],
            whom: part::Whom::New.into(),
            regions: vec!["广东".into()],
            schedule: "office".into(),
            department: "sales".into(),
            text: "需要帮忙吗".into(),
        }],
    }
}

fn sales() -> part::Department {
    part::Department {
        id: "sales".into(),
        name: "售前".into(),
        strategy: part::Strategy::Weighted.into(),
        waiting_max: 200,
        reopen_at: Some(0),
        join: part::Join::Working.into(),
        wait_max_ms: 600_000,
        agent_sessions_max: Some(3),
        tiers: vec![part::Tier { tier: 2, after_ms: 10_000 }],
        rings: vec![part::Ring { after_ms: 20_000, waives: vec!["tax".into()] }],
        overflow: vec![part::Overflow { after_ms: 30_000, to: "售后".into() }],
        offers: Some(part::Offers {
            mode: part::OfferMode::Asked.into(),
            timeout_ms: 15_000,
            at_once: 2,
            declined_max: 3,
            missed_max: 4,
            back_off_ms: 30_000,
        }),
        wrap_up_ms: 1_000,
        schedule: "office".into(),
        sticky_ms: 5_000,
        agent_lost: part::AgentLost::Tail.into(),
        dormant_after_ms: 90_000,
        terms: Some(part::Terms {
            rating: Some(part::Rating { score_max: 1, ..Default::default() }),
            ..Default::default()
        }),
        colleagues: vec!["售后".into(), "sales".into()],
    }
}

fn hours() -> part::Schedule {
    part::Schedule {
        id: "office".into(),
        zone: "Asia/Shanghai".into(),
        weekly: vec![part::WeeklySpan {
            day: part::Weekday::Monday.into(),
            from_minute: 540,
            until_minute: 1_080,
        }],
        special: vec![
            part::SpecialDay {
                date: Some(part::Date { year: 2026, month: 2, day: 17 }),
                spans: Vec::new(),
            },
            part::SpecialDay {
                date: Some(part::Date { year: 2026, month: 2, day: 24 }),
                spans: vec![part::Span { from_minute: 600, until_minute: 1_440 }],
            },
        ],
    }
}

fn style() -> part::Style {
    let department = part::receiver::Who::Department("sales".into());
    let agent = part::receiver::Who::Agent("anna".into());
    part::Style {
        id: "plain".into(),
        home: "sales".into(),
        receivers: vec![part::Receiver { who: Some(department) }],
        regions: vec![part::RegionRule {
            regions: vec!["广东".into(), "广西".into()],
            receivers: vec![part::Receiver { who: Some(agent) }],
        }],
        unavailable: part::Unavailable::FallBack.into(),
        fall_back_after_ms: 30_000,
        bot: "robo".into(),
        listed: part::Listed::Agents.into(),
        hides_offline: true,
        hides_department_names: true,
        words: Some(part::Words {
            closed: "明天见".into(),
            nobody: "请留言".into(),
            full: "稍后再来".into(),
            waiting: "请稍候".into(),
            free: "您好".into(),
        }),
        automatic_words: Some(part::AutomaticWords {
            farewell: "再见".into(),
            ..Default::default()
        }),
        form: Some(part::Form::default()),
    }
}

pub(crate) fn commands() -> Vec<(&'static str, u32, u32, command::Command)> {
    use command::Command as C;
    let replace = ReplacePolicy { policy: Some(document()), made_from: 6 };
    vec![
        ("read_policy", 2, 31, C::ReadPolicy(ReadPolicy {})),
        ("replace_policy", 2, 32, C::ReplacePolicy(Box::new(replace))),
    ]
}

pub(crate) fn replies() -> Vec<(&'static str, u32, u32, delivery::Reply)> {
    use delivery::Reply as R;
    let refused = Refused {
        code: Code::BadPolicy.into(),
        message: "the policy has 66 faults".into(),
        subject: "policy".into(),
        faults: vec![
            Fault { path: "sites[1]".into(), fault: "\"www\" stands there twice".into() },
            Fault { path: "styles[0].home".into(), fault: "no department is named \"\"".into() },
        ],
        more_faults: 64,
        ..Refused::default()
    };
    vec![
        ("policy", 2, 31, R::Policy(Box::new(document()))),
        ("policy_replaced", 2, 32, R::PolicyReplaced(PolicyReplaced { version: 7 })),
        ("refused_with_faults", 2, 32, R::Refused(refused)),
    ]
}
