//! From a draft to the wire's document.
//!
//! Drafts are taken apart without `..`: a part that the desk gains doesn't compile until it stands on the wire too.

use frontdesk_desk::policy::{Bot, Channel, Draft, Site, SiteGroup};
use frontdesk_proto::v1::{self, policy as wire};

use super::departments::department;
use super::invitations::written;
use super::schedules::schedule;
use super::styles::style;
use super::terms;
use super::{PREVIEWS, named};

/// The document that says a draft.
pub fn policy(draft: &Draft) -> v1::Policy {
    let Draft {
        version,
        sites,
        site_groups,
        departments,
        schedules,
        styles,
        skills,
        channels,
        bots,
        invitations,
        dormant_percent,
        assignment_gap_ms,
        visitor_grace_ms,
        agent_grace_ms,
        capacity_default,
        capacity_max,
        previews,
        masks,
        terms,
        visitors_max,
        agents_max,
    } = draft;
    v1::Policy {
        version: *version,
        sites: sites.iter().map(site).collect(),
        site_groups: site_groups.iter().map(group).collect(),
        departments: departments.iter().map(department).collect(),
        schedules: schedules.iter().map(schedule).collect(),
        styles: styles.iter().map(style).collect(),
        skills: skills.iter().map(|skill| skill.as_str().to_owned()).collect(),
        channels: channels.iter().map(channel).collect(),
        bots: bots.iter().map(bot).collect(),
        invitations: Some(written(invitations)),
        dormant_percent: *dormant_percent,
        assignment_gap_ms: *assignment_gap_ms,
        visitor_grace_ms: *visitor_grace_ms,
        agent_grace_ms: *agent_grace_ms,
        capacity_default: (*capacity_default).into(),
        capacity_max: (*capacity_max).into(),
        previews: named(&PREVIEWS, *previews),
        masks: Some(terms::written_masks(masks)),
        terms: Some(terms::written(terms)),
        visitors_max: *visitors_max,
        agents_max: *agents_max,
    }
}

fn site(Site { id, style }: &Site) -> wire::Site {
    let style = style.as_ref().map(|style| style.as_str().to_owned()).unwrap_or_default();
    wire::Site { id: id.as_str().to_owned(), style }
}

fn group(SiteGroup { id, sites }: &SiteGroup) -> wire::SiteGroup {
    let sites = sites.iter().map(|site| site.as_str().to_owned()).collect();
    wire::SiteGroup { id: id.as_str().to_owned(), sites }
}

fn channel(Channel { id, weight }: &Channel) -> wire::Channel {
    wire::Channel { id: id.as_str().to_owned(), weight: *weight }
}

fn bot(Bot { id, hidden, takes_transfers }: &Bot) -> wire::Bot {
    wire::Bot { id: id.as_str().to_owned(), hidden: *hidden, takes_transfers: *takes_transfers }
}
