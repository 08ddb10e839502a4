//! Whom a tenant invites, and when: rules over what is known of a visitor who browses, caps, and a switch that turns all invitations off.
//!
//! A rule holds while all of its conditions hold. The rules are looked at in the order of the document, and the first one that holds and whose
//! department has somebody free invites.

use std::collections::HashSet;
use std::sync::Arc;

use super::check::{unique, within};
use super::hours::{Hours, Opening};
use super::style::REGIONS_MAX;
use super::{Draft, GRACE_MS_MAX, Policy, SITES_MAX};
use crate::id::{DepartmentId, DepartmentNo, InvitationRuleId, ScheduleId, SiteId, SiteNo};
use crate::page::{Arrival, Page, TEXT_BYTES_MAX};

/// Most rules a tenant may have.
pub const RULES_MAX: usize = 32;
/// Most patterns of one condition.
pub const PATTERNS_MAX: usize = 8;
/// Longest text of an invitation, in bytes.
pub const INVITATION_BYTES_MAX: usize = 1_024;
/// The longest that an invitation is shown: one hour.
pub const SHOWN_MS_MAX: u64 = 3_600_000;
/// The highest `pages_min` of a rule.
const PAGES_MIN_MAX: u32 = 10_000;

/// The part of a policy that is about invitations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitations {
    /// Whether anybody is invited at all, by hand, by force or by rule. Those that are shown when it is switched off may still be answered.
    pub enabled: bool,
    /// How long one is shown, in milliseconds, 1,000 to [`SHOWN_MS_MAX`].
    pub shown_ms: u64,
    /// How many a visitor is shown by rules in one visit.
    pub per_visit_max: u16,
    /// How many rules show at once for each agent who is free, 1 to 1,000: most of them aren't accepted.
    pub per_free_agent_max: u16,
    /// How long no rule invites a visitor after an invitation that it didn't accept, in milliseconds.
    pub pause_ms: u64,
    /// The rules, at most [`RULES_MAX`].
    pub rules: Vec<InvitationRule>,
}

impl Default for Invitations {
    /// By hand only, shown for a minute; rules, once there are some, invite once a visit, and five for each free agent.
    fn default() -> Self {
        Self {
            enabled: true,
            shown_ms: 60_000,
            per_visit_max: 1,
            per_free_agent_max: 5,
            pause_ms: 60_000,
            rules: Vec::new(),
        }
    }
}

/// Whom a rule is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whom {
    /// Everybody.
    #[default]
    All,
    /// Those whose first visit it is, as far as is remembered.
    New,
    /// Those who have been here before.
    Returning,
}

/// A rule as a policy has it. All conditions must hold; one that is empty or 0 always does.
///
/// Patterns are compared with the whole text, letter by letter; a `*` stands for any run of letters, so `*/beds/*` is an address with
/// that folder in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationRule {
    /// Its id.
    pub id: InvitationRuleId,
    /// On these sites.
    pub sites: Vec<SiteId>,
    /// After so long on the page it is on, in milliseconds.
    pub page_ms: u64,
    /// After so long in the visit, in milliseconds. For one who came before there were rules, since they were first looked at.
    pub visit_ms: u64,
    /// After so many pages, the one it is on among them.
    pub pages_min: u32,
    /// On a page whose address is like one of these.
    pub addresses: Vec<Box<str>>,
    /// Led here by a page whose address is like one of these.
    pub referrers: Vec<Box<str>>,
    /// Having searched for something like one of these.
    pub keywords: Vec<Box<str>>,
    /// Whom it is for.
    pub whom: Whom,
    /// In a region that begins with one of these.
    pub regions: Vec<Box<str>>,
    /// While this schedule is open.
    pub schedule: Option<ScheduleId>,
    /// The department that receives whoever accepts; as the site's style says if not given.
    pub department: Option<DepartmentId>,
    /// What the visitor is shown, at most [`INVITATION_BYTES_MAX`] bytes.
    pub text: Box<str>,
}

impl InvitationRule {
    /// A rule that always holds and shows no text.
    pub fn new(id: InvitationRuleId) -> Self {
        Self {
            id,
            sites: Vec::new(),
            page_ms: 0,
            visit_ms: 0,
            pages_min: 0,
            addresses: Vec::new(),
            referrers: Vec::new(),
            keywords: Vec::new(),
            whom: Whom::All,
            regions: Vec::new(),
            schedule: None,
            department: None,
            text: "".into(),
        }
    }
}

/// A rule with what its document refers to resolved.
#[derive(Clone, Debug)]
pub struct InvitationRules {
    /// The document's part.
    pub is: InvitationRule,
    /// The department that receives.
    pub department: Option<DepartmentNo>,
    sites: Vec<SiteNo>,
    hours: Option<Arc<Hours>>,
}

/// What rules look at.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// On which site.
    pub site: SiteNo,
    /// On which page.
    pub page: &'a Page,
    /// How many pages it has seen.
    pub pages: u32,
    /// What was known at its arrival.
    pub arrival: Option<&'a Arrival>,
    /// Which visit it is.
    pub visit: u16,
    /// How long it has been on the page.
    pub page_ms: u64,
    /// How long it has been here.
    pub visit_ms: u64,
}

/// Whether a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Now.
    Now,
    /// After so many milliseconds, if the visitor stays on its page.
    In(u64),
    /// Not on this page.
    No,
}

impl InvitationRules {
    /// Whether the rule holds for a visitor who looks at a page. `opening` says what its hours say of now; it is asked last, and of a rule that
    /// has any.
    pub fn holds(
        &self,
        seen: &Seen<'_>,
        wall_ms: u64,
        opening: impl FnOnce(&Hours) -> Opening,
    ) -> Holds {
        let rule = &self.is;
        let text = |of: fn(&Arrival) -> &str| seen.arrival.map_or("", of);
        let on_site = self.sites.is_empty() || self.sites.contains(&seen.site);
        let is_meant = match rule.whom {
            Whom::All => true,
            Whom::New => seen.visit == 1,
            Whom::Returning => seen.visit > 1,
        };
        if !on_site || !is_meant || seen.pages < rule.pages_min {
            return Holds::No;
        }
        let region = text(|arrival| &arrival.region);
        let in_region = rule.regions.is_empty()
            || rule.regions.iter().any(|begin| region.starts_with(&**begin));
        let alike = in_region
            && is_like_some(&rule.addresses, seen.page.url())
            && is_like_some(&rule.referrers, text(|arrival| &arrival.referrer))
            && is_like_some(&rule.keywords, text(|arrival| &arrival.keyword));
        if !alike {
            return Holds::No;
        }
        let left = rule.page_ms.saturating_sub(seen.page_ms);
        let left = left.max(rule.visit_ms.saturating_sub(seen.visit_ms));
        if left > 0 {
            return Holds::In(left);
        }
        // The calendar last: it costs more than all else.
        match self.hours.as_deref().map(opening) {
            Some(closed) if !closed.open => {
                Holds::In(closed.until_wall_ms.saturating_sub(wall_ms).max(1))
            }
            _ => Holds::Now,
        }
    }
}

impl Policy {
    /// The rules by which visitors are invited, in the order of the document; none while invitations are switched off.
    pub fn invitation_rules(&self) -> &[InvitationRules] {
        if self.invitations.enabled { &self.invitation_rules } else { &[] }
    }

    pub(super) fn invitation_rules_of(&self, rule: &InvitationRule) -> InvitationRules {
        let schedule = rule
            .schedule
            .as_ref()
            .and_then(|id| self.schedules.iter().find(|schedule| schedule.id == *id));
        InvitationRules {
            department: rule.department.as_ref().and_then(|id| self.department(id)),
            sites: rule.sites.iter().filter_map(|id| self.site(id)).collect(),
            // Checked with the draft.
            hours: schedule.and_then(|schedule| Hours::new(schedule).ok()).map(Arc::new),
            is: rule.clone(),
        }
    }
}

/// Checks the part of a draft that is about invitations.
pub(super) fn check(fault: &mut impl FnMut(String, String), draft: &Draft) {
    let invitations = &draft.invitations;
    within(fault, "invitations.shown_ms", invitations.shown_ms, 1_000, SHOWN_MS_MAX);
    let per_free_agent_max = invitations.per_free_agent_max;
    within(fault, "invitations.per_free_agent_max", per_free_agent_max.into(), 1, 1_000);
    within(fault, "invitations.pause_ms", invitations.pause_ms, 0, GRACE_MS_MAX);
    let rules = &invitations.rules;
    within(fault, "invitations.rules", rules.len() as u64, 0, RULES_MAX as u64);
    if rules.len() > RULES_MAX {
        return;
    }
    unique(fault, "invitations.rules", rules.iter().map(|rule| rule.id.as_str()));
    let sites: HashSet<_> = draft.sites.iter().map(|site| &site.id).collect();
    // Of a list that is too long no more is looked at than of the longest one that is good.
    for (i, rule) in rules.iter().enumerate().take(RULES_MAX) {
        check_rule(fault, &format!("invitations.rules[{i}]"), rule, draft, &sites);
    }
}

fn check_rule(
    fault: &mut impl FnMut(String, String),
    path: &str,
    rule: &InvitationRule,
    draft: &Draft,
    sites: &HashSet<&SiteId>,
) {
    let at = |field: &str| format!("{path}.{field}");
    within(fault, &at("sites"), rule.sites.len() as u64, 0, SITES_MAX as u64);
    for (i, site) in rule.sites.iter().enumerate().take(SITES_MAX) {
        if !sites.contains(site) {
            fault(at(&format!("sites[{i}]")), format!("no site is named {:?}", site.as_str()));
        }
    }
    within(fault, &at("page_ms"), rule.page_ms, 0, GRACE_MS_MAX);
    within(fault, &at("visit_ms"), rule.visit_ms, 0, GRACE_MS_MAX);
    within(fault, &at("pages_min"), rule.pages_min.into(), 0, PAGES_MIN_MAX.into());
    for (field, texts, max) in [
        ("addresses", &rule.addresses, PATTERNS_MAX),
        ("referrers", &rule.referrers, PATTERNS_MAX),
        ("keywords", &rule.keywords, PATTERNS_MAX),
        ("regions", &rule.regions, REGIONS_MAX),
    ] {
        within(fault, &at(field), texts.len() as u64, 0, max as u64);
        for (i, text) in texts.iter().enumerate().take(max) {
            let path = at(&format!("{field}[{i}]'s bytes"));
            within(fault, &path, text.len() as u64, 1, TEXT_BYTES_MAX as u64);
        }
    }
    if let Some(schedule) = &rule.schedule
        && !draft.schedules.iter().any(|known| known.id == *schedule)
    {
        fault(at("schedule"), format!("no schedule is named {:?}", schedule.as_str()));
    }
    if let Some(department) = &rule.department
        && !draft.departments.iter().any(|known| known.id == *department)
    {
        fault(at("department"), format!("no department is named {:?}", department.as_str()));
    }
    within(fault, &at("text's bytes"), rule.text.len() as u64, 0, INVITATION_BYTES_MAX as u64);
}

/// Whether a text is like one of some patterns; without patterns any is.
fn is_like_some(patterns: &[Box<str>], text: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| is_like(pattern, text))
}

/// Whether a text is like a pattern. Looks at each letter of the text a bounded number of times: what stands between two stars is taken
/// where it comes first, and no other choice could do better.
fn is_like(pattern: &str, text: &str) -> bool {
    let Some((begin, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(begin) else { return false };
    let (between, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut text) = text.strip_suffix(end) else { return false };
    for piece in between.split('*') {
        let Some(at) = text.find(piece) else { return false };
        text = &text[at + piece.len()..];
    }
    true
}

#[cfg(test)]
mod tests;
