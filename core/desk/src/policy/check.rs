//! Whether a draft holds together: each fault with its path.

use std::collections::{HashMap, HashSet};

use super::department::{
    ASKED_MAX, Department, NAME_BYTES_MAX, OFFER_MS_MAX, OfferMode, STEPS_MAX, TIER_MAX,
};
use super::hours::Hours;
use super::skills::SKILLS_MAX;
use super::style::{
    RECEIVERS_MAX, REGION_RULES_MAX, REGIONS_MAX, Receiver, Style, Unavailable, WORDS_BYTES_MAX,
};
use super::{
    BOTS_MAX, CAPACITY_MAX, CHANNELS_MAX, DEPARTMENTS_MAX, Draft, GRACE_MS_MAX, PolicyFault,
    SCHEDULES_MAX, SITE_GROUPS_MAX, SITES_MAX, STYLES_MAX, WAITING_MAX, WEIGHT_MAX,
};
use super::{form, groups, invitations, masks, terms};
use crate::id::{AgentId, DepartmentId, ScheduleId, SkillId};
use crate::page::TEXT_BYTES_MAX;

/// What a draft's parts may refer to.
struct Known<'a> {
    departments: HashMap<&'a DepartmentId, usize>,
    skills: HashSet<&'a SkillId>,
    bots: HashSet<&'a AgentId>,
    schedules: HashSet<&'a ScheduleId>,
}

/// Checks a draft. Errors: every fault found.
pub(super) fn draft(draft: &Draft) -> Result<(), Vec<PolicyFault>> {
    let mut faults = Vec::new();
    let mut fault = |path: String, fault: String| faults.push(PolicyFault { path, fault });
    let known = Known {
        departments: draft.departments.iter().map(|department| &department.id).zip(0..).collect(),
        skills: draft.skills.iter().collect(),
        bots: draft.bots.iter().map(|bot| &bot.id).collect(),
        schedules: draft.schedules.iter().map(|schedule| &schedule.id).collect(),
    };
    lists(draft, &mut fault);
    if is_too_long(draft) {
        return Err(faults);
    }
    limits(draft, &mut fault);
    for (i, site) in draft.sites.iter().enumerate() {
        if let Some(style) = &site.style
            && !draft.styles.iter().any(|known| known.id == *style)
        {
            fault(format!("sites[{i}].style"), format!("no style is named {:?}", style.as_str()));
        }
    }
    for (i, channel) in draft.channels.iter().enumerate() {
        let path = format!("channels[{i}].weight");
        within(&mut fault, &path, channel.weight.into(), 1, WEIGHT_MAX.into());
    }
    for (i, schedule) in draft.schedules.iter().enumerate() {
        for found in Hours::new(schedule).err().into_iter().flatten() {
            fault(format!("schedules[{i}].{}", found.path), found.fault);
        }
    }
    for (i, department) in draft.departments.iter().enumerate() {
        check_department(&format!("departments[{i}]"), department, &known, &mut fault);
    }
    for (i, style) in draft.styles.iter().enumerate() {
        check_style(&format!("styles[{i}]"), style, &known, &mut fault);
    }
    invitations::check(&mut fault, draft);
    masks::check(&mut fault, &draft.masks);
    terms::check(&mut fault, "terms", &draft.terms);
    overflow_loops(draft, &known, &mut fault);
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn lists(draft: &Draft, fault: &mut impl FnMut(String, String)) {
    within(fault, "sites", draft.sites.len() as u64, 1, SITES_MAX as u64);
    within(fault, "departments", draft.departments.len() as u64, 1, DEPARTMENTS_MAX as u64);
    within(fault, "styles", draft.styles.len() as u64, 0, STYLES_MAX as u64);
    within(fault, "skills", draft.skills.len() as u64, 0, SKILLS_MAX as u64);
    within(fault, "channels", draft.channels.len() as u64, 0, CHANNELS_MAX as u64);
    within(fault, "bots", draft.bots.len() as u64, 0, BOTS_MAX as u64);
    within(fault, "schedules", draft.schedules.len() as u64, 0, SCHEDULES_MAX as u64);
    unique(fault, "sites", draft.sites.iter().map(|site| site.id.as_str()));
    groups::check(fault, &draft.site_groups, &draft.sites);
    unique(fault, "departments", draft.departments.iter().map(|d| d.id.as_str()));
    unique(fault, "styles", draft.styles.iter().map(|style| style.id.as_str()));
    unique(fault, "skills", draft.skills.iter().map(SkillId::as_str));
    unique(fault, "channels", draft.channels.iter().map(|channel| channel.id.as_str()));
    unique(fault, "schedules", draft.schedules.iter().map(|schedule| schedule.id.as_str()));
    unique(fault, "bots", draft.bots.iter().map(|bot| bot.id.as_str()));
}

/// Whether a list is over its bound. Then nothing else is looked at, so that a check costs no more than the longest draft that is good.
fn is_too_long(draft: &Draft) -> bool {
    draft.sites.len() > SITES_MAX
        || draft.site_groups.len() > SITE_GROUPS_MAX
        || draft.departments.len() > DEPARTMENTS_MAX
        || draft.styles.len() > STYLES_MAX
        || draft.skills.len() > SKILLS_MAX
        || draft.channels.len() > CHANNELS_MAX
        || draft.bots.len() > BOTS_MAX
        || draft.schedules.len() > SCHEDULES_MAX
}

fn limits(draft: &Draft, fault: &mut impl FnMut(String, String)) {
    within(fault, "version", draft.version, 1, u64::MAX >> 1);
    within(fault, "dormant_percent", draft.dormant_percent.into(), 0, 100);
    within(fault, "assignment_gap_ms", draft.assignment_gap_ms, 0, 600_000);
    within(fault, "visitor_grace_ms", draft.visitor_grace_ms, 0, GRACE_MS_MAX);
    within(fault, "agent_grace_ms", draft.agent_grace_ms, 0, GRACE_MS_MAX);
    within(fault, "capacity_max", draft.capacity_max.into(), 1, CAPACITY_MAX.into());
    within(fault, "capacity_default", draft.capacity_default.into(), 1, draft.capacity_max.into());
    within(fault, "visitors_max", draft.visitors_max, 1, 100_000_000);
    within(fault, "agents_max", draft.agents_max.into(), 1, 1_000_000);
}

fn check_department(
    path: &str,
    department: &Department,
    known: &Known<'_>,
    fault: &mut impl FnMut(String, String),
) {
    let at = |field: &str| format!("{path}.{field}");
    within(fault, &at("name's bytes"), department.name.len() as u64, 0, NAME_BYTES_MAX as u64);
    let waiting_max = department.waiting_max;
    within(fault, &at("waiting_max"), waiting_max.into(), 1, WAITING_MAX.into());
    if let Some(reopen_at) = department.reopen_at {
        let reopen_max = waiting_max.saturating_sub(1);
        within(fault, &at("reopen_at"), reopen_at.into(), 0, reopen_max.into());
    }
    if let Some(sessions_max) = department.agent_sessions_max {
        within(fault, &at("agent_sessions_max"), sessions_max.into(), 1, CAPACITY_MAX.into());
    }
    for (field, ms) in [
        ("wait_max_ms", department.wait_max_ms),
        ("wrap_up_ms", department.wrap_up_ms),
        ("sticky_ms", department.sticky_ms),
        ("dormant_after_ms", department.dormant_after_ms),
        ("offers.back_off_ms", department.offers.back_off_ms),
    ] {
        within(fault, &at(field), ms, 0, GRACE_MS_MAX);
    }
    if let OfferMode::Asked { timeout_ms, at_once } = department.offers.mode {
        within(fault, &at("offers.timeout_ms"), timeout_ms, 1_000, OFFER_MS_MAX);
        within(fault, &at("offers.at_once"), at_once.into(), 1, ASKED_MAX.into());
    }
    for (field, len) in [
        ("tiers", department.tiers.len()),
        ("rings", department.rings.len()),
        ("overflow", department.overflow.len()),
    ] {
        within(fault, &at(field), len as u64, 0, STEPS_MAX as u64);
    }
    unique(fault, &at("tiers"), department.tiers.iter().map(|tier| tier.tier.to_string()));
    for (i, tier) in department.tiers.iter().enumerate() {
        within(fault, &at(&format!("tiers[{i}].tier")), tier.tier.into(), 2, TIER_MAX.into());
        within(fault, &at(&format!("tiers[{i}].after_ms")), tier.after_ms, 1, GRACE_MS_MAX);
    }
    if let Some(schedule) = &department.schedule
        && !known.schedules.contains(schedule)
    {
        fault(at("schedule"), format!("no schedule is named {:?}", schedule.as_str()));
    }
    for (i, ring) in department.rings.iter().enumerate() {
        within(fault, &at(&format!("rings[{i}].after_ms")), ring.after_ms, 1, GRACE_MS_MAX);
        for (j, skill) in ring.waives.iter().enumerate() {
            if !known.skills.contains(skill) {
                let text = format!("no skill is named {:?}", skill.as_str());
                fault(at(&format!("rings[{i}].waives[{j}]")), text);
            }
        }
    }
    for (i, overflow) in department.overflow.iter().enumerate() {
        within(fault, &at(&format!("overflow[{i}].after_ms")), overflow.after_ms, 1, GRACE_MS_MAX);
        known_department(fault, &at(&format!("overflow[{i}].to")), &overflow.to, known);
    }
    if let Some(own) = &department.terms {
        terms::check(fault, &at("terms"), own);
    }
    let colleagues = &department.colleagues;
    within(fault, &at("colleagues"), colleagues.len() as u64, 0, DEPARTMENTS_MAX as u64);
    for (i, id) in colleagues.iter().enumerate().take(DEPARTMENTS_MAX) {
        known_department(fault, &at(&format!("colleagues[{i}]")), id, known);
    }
}

fn check_style(
    path: &str,
    style: &Style,
    known: &Known<'_>,
    fault: &mut impl FnMut(String, String),
) {
    known_department(fault, &format!("{path}.home"), &style.home, known);
    let receivers = style.receivers.len() as u64;
    within(fault, &format!("{path}.receivers"), receivers, 0, RECEIVERS_MAX as u64);
    check_receivers(&format!("{path}.receivers"), &style.receivers, known, fault);
    let rules = style.regions.len() as u64;
    within(fault, &format!("{path}.regions"), rules, 0, REGION_RULES_MAX as u64);
    for (i, rule) in style.regions.iter().enumerate() {
        let path = format!("{path}.regions[{i}]");
        let (regions, receivers) = (rule.regions.len() as u64, rule.receivers.len() as u64);
        within(fault, &format!("{path}.regions"), regions, 1, REGIONS_MAX as u64);
        within(fault, &format!("{path}.receivers"), receivers, 1, RECEIVERS_MAX as u64);
        for (j, region) in rule.regions.iter().enumerate() {
            let bytes = region.len() as u64;
            within(fault, &format!("{path}.regions[{j}]'s bytes"), bytes, 1, TEXT_BYTES_MAX as u64);
        }
        check_receivers(&format!("{path}.receivers"), &rule.receivers, known, fault);
    }
    if let Unavailable::FallBack { after_ms } = style.unavailable {
        within(fault, &format!("{path}.fall_back_after_ms"), after_ms, 0, GRACE_MS_MAX);
    }
    let words = &style.words;
    for (field, text) in [
        ("closed", &words.closed),
        ("nobody", &words.nobody),
        ("full", &words.full),
        ("waiting", &words.waiting),
        ("free", &words.free),
    ] {
        let path = format!("{path}.words.{field}'s bytes");
        within(fault, &path, text.len() as u64, 0, WORDS_BYTES_MAX as u64);
    }
    terms::check_words(fault, &format!("{path}.automatic_words"), &style.automatic_words);
    if let Some(form) = &style.form {
        form::check(fault, &format!("{path}.form"), form);
    }
    if let Some(bot) = &style.bot
        && !known.bots.contains(bot)
    {
        fault(format!("{path}.bot"), format!("no bot is named {:?}", bot.as_str()));
    }
}

fn check_receivers(
    path: &str,
    receivers: &[Receiver],
    known: &Known<'_>,
    fault: &mut impl FnMut(String, String),
) {
    for (i, receiver) in receivers.iter().enumerate() {
        if let Receiver::Department(id) = receiver {
            known_department(fault, &format!("{path}[{i}]"), id, known);
        }
    }
}

fn known_department(
    fault: &mut impl FnMut(String, String),
    path: &str,
    id: &DepartmentId,
    known: &Known<'_>,
) {
    if !known.departments.contains_key(id) {
        fault(path.to_owned(), format!("no department is named {:?}", id.as_str()));
    }
}

/// Overflow that leads back to where it came from is a loop.
fn overflow_loops(draft: &Draft, known: &Known<'_>, fault: &mut impl FnMut(String, String)) {
    let places = |department: &Department| -> Vec<usize> {
        // More than so many are a fault of their own.
        let overflow = department.overflow.iter().take(STEPS_MAX);
        overflow.filter_map(|overflow| known.departments.get(&overflow.to).copied()).collect()
    };
    let next: Vec<Vec<usize>> = draft.departments.iter().map(places).collect();
    for (i, department) in draft.departments.iter().enumerate() {
        let mut reached = vec![false; next.len()];
        let mut ahead = vec![i];
        while let Some(no) = ahead.pop() {
            for to in &next[no] {
                if !std::mem::replace(&mut reached[*to], true) {
                    ahead.push(*to);
                }
            }
        }
        if reached[i] {
            let text = format!("overflow leads back to {:?}; cut the loop", department.id.as_str());
            fault(format!("departments[{i}].overflow"), text);
        }
    }
}

/// A number that must lie between two.
pub(super) fn within(
    fault: &mut impl FnMut(String, String),
    path: &str,
    value: u64,
    min: u64,
    max: u64,
) {
    if value < min || value > max {
        fault(path.to_owned(), format!("must lie between {min} and {max}, and is {value}"));
    }
}

/// A list in which nothing may stand twice.
pub(super) fn unique<T: AsRef<str>>(
    fault: &mut impl FnMut(String, String),
    path: &str,
    ids: impl Iterator<Item = T>,
) {
    let mut seen = HashSet::new();
    for (i, id) in ids.enumerate() {
        let id = id.as_ref();
        if !seen.insert(id.to_owned()) {
            fault(format!("{path}[{i}]"), format!("{id:?} stands there twice"));
        }
    }
}
