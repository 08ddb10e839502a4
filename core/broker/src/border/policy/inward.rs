//! From the wire's document to a draft.

use frontdesk_desk::id::{AgentId, ChannelId, SiteGroupId, SiteId, SkillId, StyleId};
use frontdesk_desk::policy::{Bot, Channel, Draft, PolicyFault, Site, SiteGroup};
use frontdesk_proto::v1::{self, policy as wire};

use super::departments::departments;
use super::invitations::invitations;
use super::schedules::schedules;
use super::styles::styles;
use super::terms;
use super::{Faults, PREVIEWS, each};

/// The draft that a document says. Errors: every part that can't be read, each with its path.
pub fn draft(policy: &v1::Policy) -> Result<Draft, Vec<PolicyFault>> {
    let mut faults = Faults::default();
    match read(policy, &mut faults) {
        Some(draft) if faults.0.is_empty() => Ok(draft),
        _ => Err(faults.0),
    }
}

fn read(policy: &v1::Policy, faults: &mut Faults) -> Option<Draft> {
    let sites = each(&policy.sites, |i, one| site(&format!("sites[{i}]"), one, faults));
    let groups = &policy.site_groups;
    let site_groups = each(groups, |i, one| group(&format!("site_groups[{i}]"), one, faults));
    let departments = departments(&policy.departments, faults);
    let schedules = schedules(&policy.schedules, faults);
    let styles = styles(&policy.styles, faults);
    let skills =
        each(&policy.skills, |i, skill| faults.id(&format!("skills[{i}]"), SkillId::new(skill)));
    let channels = each(&policy.channels, |i, channel| {
        let id = faults.id(&format!("channels[{i}].id"), ChannelId::new(&channel.id))?;
        Some(Channel { id, weight: channel.weight })
    });
    let bots = each(&policy.bots, |i, bot| {
        let wire::Bot { id, hidden, takes_transfers } = bot;
        let id = faults.id(&format!("bots[{i}].id"), AgentId::new(id))?;
        Some(Bot { id, hidden: *hidden, takes_transfers: *takes_transfers })
    });
    let invitations = invitations(policy.invitations.as_ref(), faults);
    let sixteen = u32::from(u16::MAX);
    let capacity_default = faults.number("capacity_default", policy.capacity_default, sixteen);
    let capacity_max = faults.number("capacity_max", policy.capacity_max, sixteen);
    let previews = faults.meant("previews", &PREVIEWS, policy.previews);
    let masks = terms::masks(policy.masks.as_ref(), faults);
    let terms = match &policy.terms {
        Some(from) => terms::terms("terms", from, faults),
        None => faults.missing("terms"),
    };
    Some(Draft {
        version: policy.version,
        sites: sites?,
        site_groups: site_groups?,
        departments: departments?,
        schedules: schedules?,
        styles: styles?,
        skills: skills?,
        channels: channels?,
        bots: bots?,
        invitations: invitations?,
        dormant_percent: policy.dormant_percent,
        assignment_gap_ms: policy.assignment_gap_ms,
        visitor_grace_ms: policy.visitor_grace_ms,
        agent_grace_ms: policy.agent_grace_ms,
        capacity_default: capacity_default?,
        capacity_max: capacity_max?,
        previews: previews?,
        masks: masks?,
        terms: terms?,
        visitors_max: policy.visitors_max,
        agents_max: policy.agents_max,
    })
}

fn site(path: &str, site: &wire::Site, faults: &mut Faults) -> Option<Site> {
    let id = faults.id(&format!("{path}.id"), SiteId::new(&site.id));
    let style = faults.some_id(&format!("{path}.style"), &site.style, StyleId::new);
    Some(Site { id: id?, style: style? })
}

fn group(path: &str, group: &wire::SiteGroup, faults: &mut Faults) -> Option<SiteGroup> {
    let id = faults.id(&format!("{path}.id"), SiteGroupId::new(&group.id));
    let sites =
        each(&group.sites, |i, site| faults.id(&format!("{path}.sites[{i}]"), SiteId::new(site)));
    Some(SiteGroup { id: id?, sites: sites? })
}
