//! A tenant's policy, from the file's tables to a draft, which is checked as a whole; its faults come back in the file's words.

mod departments;
mod invitations;
mod schedules;
mod styles;
mod terms;

use frontdesk_desk::id::{AgentId, ChannelId, IdFault, SiteId, SkillId, StyleId};
use frontdesk_desk::policy::{Bot, Channel, Draft, Policy, Previews, Site, WEIGHT};

use super::super::file::{BotTable, ChannelTable, SiteTable, TenantTable};
use super::{Faults, groups, id};

/// The policy; `None` if it has faults.
pub(super) fn policy(path: &str, table: &TenantTable, faults: &mut Faults) -> Option<Policy> {
    let sites = sites(path, &table.sites, faults);
    let site_groups = groups::groups(path, &table.site_groups, faults);
    let usual = Draft::new(Vec::new(), Vec::new());
    let terms = match &table.terms {
        Some(table) => terms::terms(&format!("{path}.terms"), table, usual.terms, faults),
        None => Some(usual.terms),
    };
    // A department's own terms say what is different from the tenant's.
    let base = terms.clone().unwrap_or_default();
    let departments = departments::departments(path, &table.departments, &base, faults);
    let (schedules, renamed) = schedules::schedules(path, &table.schedules, faults);
    let styles = styles::styles(path, &table.styles, faults);
    let skills = each(&table.skills, |i, skill| {
        id(&format!("{path}.skills[{i}]"), SkillId::new(skill), faults)
    });
    let channels = channels(path, &table.channels, faults);
    let bots = bots(path, &table.bots, faults);
    let invitations = invitations::invitations(path, &table.invitations, faults);
    let words =
        [("shown", Previews::Shown), ("consented", Previews::Consented), ("off", Previews::Off)];
    let previews = word(&format!("{path}.previews"), &table.previews, &words, faults);

    // Without all its parts a draft's paths would name the wrong places.
    let draft = Draft {
        version: table.version.unwrap_or(usual.version),
        sites: sites?,
        site_groups: site_groups?,
        departments: departments?,
        schedules: schedules?,
        styles: styles?,
        skills: skills?,
        channels: channels?,
        bots: bots?,
        invitations: invitations?,
        dormant_percent: table.dormant_percent.unwrap_or(usual.dormant_percent),
        assignment_gap_ms: table.assignment_gap_ms.unwrap_or(usual.assignment_gap_ms),
        visitor_grace_ms: table.visitor_grace_ms.unwrap_or(usual.visitor_grace_ms),
        agent_grace_ms: table.agent_grace_ms.unwrap_or(usual.agent_grace_ms),
        capacity_default: table.capacity_default.unwrap_or(usual.capacity_default),
        capacity_max: table.capacity_max.unwrap_or(usual.capacity_max),
        previews: previews?.unwrap_or(usual.previews),
        masks: terms::masks(&table.masks, usual.masks),
        terms: terms?,
        visitors_max: table.visitors_max.unwrap_or(usual.visitors_max),
        agents_max: table.agents_max.unwrap_or(usual.agents_max),
    };
    let found = Policy::new(draft);
    found
        .map_err(|found| {
            for fault in found {
                faults.add(format!("{path}.{}", renamed.of(&fault.path)), fault.fault);
            }
        })
        .ok()
}

fn sites(path: &str, tables: &[SiteTable], faults: &mut Faults) -> Option<Vec<Site>> {
    each(tables, |i, table| {
        let path = format!("{path}.sites[{i}]");
        match table {
            SiteTable::Id(text) => id(&path, SiteId::new(text), faults).map(Site::from),
            SiteTable::Styled(table) => {
                let named = id(&format!("{path}.id"), SiteId::new(&table.id), faults);
                let style = some_id(&format!("{path}.style"), &table.style, StyleId::new, faults);
                Some(Site { id: named?, style: style? })
            }
        }
    })
}

fn channels(path: &str, tables: &[ChannelTable], faults: &mut Faults) -> Option<Vec<Channel>> {
    each(tables, |i, table| {
        let path = format!("{path}.channels[{i}].id");
        let id = id(&path, ChannelId::new(&table.id), faults)?;
        Some(Channel { id, weight: table.weight.unwrap_or(WEIGHT) })
    })
}

fn bots(path: &str, tables: &[BotTable], faults: &mut Faults) -> Option<Vec<Bot>> {
    each(tables, |i, table| {
        Some(Bot {
            id: id(&format!("{path}.bots[{i}].id"), AgentId::new(&table.id), faults)?,
            hidden: table.hidden.unwrap_or(false),
            takes_transfers: table.takes_transfers.unwrap_or(false),
        })
    })
}

/// What each entry of a list comes to; `None` if one has a fault, after all have been looked at.
fn each<T, U>(list: &[T], mut one: impl FnMut(usize, &T) -> Option<U>) -> Option<Vec<U>> {
    let all: Vec<_> = list.iter().enumerate().map(|(i, entry)| one(i, entry)).collect();
    all.into_iter().collect()
}

/// An id that may be left out; the outer `None` if it has a fault.
fn some_id<T>(
    path: &str,
    text: &Option<String>,
    parse: impl FnOnce(&str) -> Result<T, IdFault>,
    faults: &mut Faults,
) -> Option<Option<T>> {
    match text {
        None => Some(None),
        Some(text) => id(path, parse(text), faults).map(Some),
    }
}

/// A word out of a few, which may be left out; the outer `None` if it is none of them.
fn word<T: Copy>(
    path: &str,
    said: &Option<String>,
    words: &[(&str, T)],
    faults: &mut Faults,
) -> Option<Option<T>> {
    let Some(said) = said else { return Some(None) };
    let found = words.iter().find(|(word, _)| word == said);
    if found.is_none() {
        let words: Vec<_> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
        let (last, others) = words.split_last()?;
        let fault = format!("must be {} or {last}, and is {said:?}", others.join(", "));
        faults.add(path, fault);
    }
    found.map(|(_, meant)| Some(*meant))
}
