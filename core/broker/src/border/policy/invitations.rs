//! Invitations, between the wire's document and the draft.

use frontdesk_desk::id::{DepartmentId, InvitationRuleId, ScheduleId, SiteId};
use frontdesk_desk::policy::invitations::{InvitationRule, Invitations};
use frontdesk_proto::v1::policy as wire;

use super::{Faults, WHOM, each, named};

pub(super) fn invitations(
    from: Option<&wire::Invitations>,
    faults: &mut Faults,
) -> Option<Invitations> {
    let Some(from) = from else {
        faults.add("invitations", "is missing; set it");
        return None;
    };
    let sixteen = u32::from(u16::MAX);
    let at = |field: &str| format!("invitations.{field}");
    let per_visit_max = faults.number(&at("per_visit_max"), from.per_visit_max, sixteen);
    let per_free_agent_max =
        faults.number(&at("per_free_agent_max"), from.per_free_agent_max, sixteen);
    let rules = each(&from.rules, |i, one| rule(&at(&format!("rules[{i}]")), one, faults));
    Some(Invitations {
        enabled: from.enabled,
        shown_ms: from.shown_ms,
        per_visit_max: per_visit_max?,
        per_free_agent_max: per_free_agent_max?,
        pause_ms: from.pause_ms,
        rules: rules?,
    })
}

fn rule(path: &str, from: &wire::InvitationRule, faults: &mut Faults) -> Option<InvitationRule> {
    let at = |field: &str| format!("{path}.{field}");
    let id = faults.id(&at("id"), InvitationRuleId::new(&from.id));
    let sites =
        each(&from.sites, |i, site| faults.id(&at(&format!("sites[{i}]")), SiteId::new(site)));
    let whom = faults.meant(&at("whom"), &WHOM, from.whom);
    let schedule = faults.some_id(&at("schedule"), &from.schedule, ScheduleId::new);
    let department = faults.some_id(&at("department"), &from.department, DepartmentId::new);
    let texts = |texts: &[String]| texts.iter().map(|text| text.as_str().into()).collect();
    Some(InvitationRule {
        id: id?,
        sites: sites?,
        page_ms: from.page_ms,
        visit_ms: from.visit_ms,
        pages_min: from.pages_min,
        addresses: texts(&from.addresses),
        referrers: texts(&from.referrers),
        keywords: texts(&from.keywords),
        whom: whom?,
        regions: texts(&from.regions),
        schedule: schedule?,
        department: department?,
        text: from.text.as_str().into(),
    })
}

pub(super) fn written(invitations: &Invitations) -> wire::Invitations {
    let Invitations { enabled, shown_ms, per_visit_max, per_free_agent_max, pause_ms, rules } =
        invitations;
    wire::Invitations {
        enabled: *enabled,
        shown_ms: *shown_ms,
        per_visit_max: (*per_visit_max).into(),
        per_free_agent_max: (*per_free_agent_max).into(),
        pause_ms: *pause_ms,
        rules: rules.iter().map(written_rule).collect(),
    }
}

fn written_rule(rule: &InvitationRule) -> wire::InvitationRule {
    let InvitationRule {
        id,
        sites,
        page_ms,
        visit_ms,
        pages_min,
        addresses,
        referrers,
        keywords,
        whom,
        regions,
        schedule,
        department,
        text,
    } = rule;
    let texts = |texts: &[Box<str>]| texts.iter().map(|text| text.to_string()).collect();
    wire::InvitationRule {
        id: id.as_str().to_owned(),
        sites: sites.iter().map(|site| site.as_str().to_owned()).collect(),
        page_ms: *page_ms,
        visit_ms: *visit_ms,
        pages_min: *pages_min,
        addresses: texts(addresses),
        referrers: texts(referrers),
        keywords: texts(keywords),
        whom: named(&WHOM, *whom),
        regions: texts(regions),
        schedule: schedule.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default(),
        department: department.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default(),
        text: text.to_string(),
    }
}
