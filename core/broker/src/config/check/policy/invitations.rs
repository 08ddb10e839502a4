//! Invitations, from the file's tables.

use frontdesk_desk::id::{DepartmentId, InvitationRuleId, ScheduleId, SiteId};
use frontdesk_desk::policy::invitations::{InvitationRule, Invitations, Whom};

use super::super::super::file::{InvitationRuleTable, InvitationsTable};
use super::{Faults, each, id, some_id, word};

/// Who is invited, and how often; `None` if an id or a word among it is none.
pub(super) fn invitations(
    path: &str,
    table: &InvitationsTable,
    faults: &mut Faults,
) -> Option<Invitations> {
    let rules = each(&table.rules, |i, table| {
        rule(&format!("{path}.invitations.rules[{i}]"), table, faults)
    });
    let usual = Invitations::default();
    Some(Invitations {
        enabled: table.enabled.unwrap_or(usual.enabled),
        shown_ms: table.shown_ms.unwrap_or(usual.shown_ms),
        per_visit_max: table.per_visit_max.unwrap_or(usual.per_visit_max),
        per_free_agent_max: table.per_free_agent_max.unwrap_or(usual.per_free_agent_max),
        pause_ms: table.pause_ms.unwrap_or(usual.pause_ms),
        rules: rules?,
    })
}

fn rule(path: &str, table: &InvitationRuleTable, faults: &mut Faults) -> Option<InvitationRule> {
    let at = |field: &str| format!("{path}.{field}");
    let named = id(&at("id"), InvitationRuleId::new(&table.id), faults);
    let sites =
        each(&table.sites, |i, site| id(&at(&format!("sites[{i}]")), SiteId::new(site), faults));
    let words = [("all", Whom::All), ("new", Whom::New), ("returning", Whom::Returning)];
    let whom = word(&at("whom"), &table.whom, &words, faults);
    let schedule = some_id(&at("schedule"), &table.schedule, ScheduleId::new, faults);
    let department = some_id(&at("department"), &table.department, DepartmentId::new, faults);
    let texts = |list: &[String]| list.iter().map(|text| text.as_str().into()).collect();
    Some(InvitationRule {
        sites: sites?,
        page_ms: table.page_ms.unwrap_or(0),
        visit_ms: table.visit_ms.unwrap_or(0),
        pages_min: table.pages_min.unwrap_or(0),
        addresses: texts(&table.addresses),
        referrers: texts(&table.referrers),
        keywords: texts(&table.keywords),
        whom: whom?.unwrap_or_default(),
        regions: texts(&table.regions),
        schedule: schedule?,
        department: department?,
        text: table.text.as_deref().unwrap_or("").into(),
        ..InvitationRule::new(named?)
    })
}
