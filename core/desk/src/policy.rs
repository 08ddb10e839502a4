//! What a tenant has decided: its sites and styles, departments, skills, channels, bots, graces and limits, checked as a whole.
//!
//! A policy never changes; another one takes its place. Everything below reads it through the numbers ([`SiteNo`],
//! [`DepartmentNo`], [`StyleNo`], [`ChannelNo`], bits of a [`SkillSet`]) that it gives out. A policy that [succeeds](Policy::succeed)
//! another leaves each number to the id that had it, and gives none of them to another id; what is no longer there is *retired*.

mod check;
pub mod department;
pub mod form;
mod groups;
pub mod hours;
pub mod invitations;
pub mod masks;
mod numbers;
mod rules;
pub mod skills;
pub mod style;
pub mod terms;

use std::collections::HashMap;
use std::sync::Arc;

pub use department::Department;
pub use groups::{SITE_GROUPS_MAX, SiteGroup};
pub use rules::{DepartmentRules, Existence};
pub use skills::SkillSet;
pub use style::{Receives, Style, StyleRules};

use crate::id::{
    AgentId, ChannelId, ChannelNo, DepartmentId, DepartmentNo, SiteId, SiteNo, SkillId, StyleId,
    StyleNo,
};
use check::within;
use hours::Schedule;
use invitations::{InvitationRules, Invitations};
use masks::{MaskRules, Masks};
use numbers::Numbers;
use rules::retired;
use style::Receiver;
use terms::{SessionTerms, StyleTerms, Terms, TermsRules};

/// Most sites a tenant may have.
pub const SITES_MAX: usize = 1_024;
/// Most departments a tenant may have.
pub const DEPARTMENTS_MAX: usize = 1_024;
/// Most styles a tenant may have.
pub const STYLES_MAX: usize = 256;
/// Most channels a tenant may name.
pub const CHANNELS_MAX: usize = 15;
/// Most schedules a tenant may have.
pub const SCHEDULES_MAX: usize = 256;
/// Most bots a tenant may have.
pub const BOTS_MAX: usize = 256;
/// The highest `capacity_max` a policy may set: sessions of one agent at once.
pub const CAPACITY_MAX: u16 = 200;
/// The most that may wait in one department's queue.
pub const WAITING_MAX: u32 = 1_000_000;
/// The longest grace: one day.
pub const GRACE_MS_MAX: u64 = 86_400_000;
/// What a session weighs that comes through no named channel: one session, in hundredths.
pub const WEIGHT: u32 = 100;
/// The most that a session may weigh, in hundredths of a session. It never weighs more than the agent's whole capacity.
pub const WEIGHT_MAX: u32 = 1_000;

/// Whether agents see what visitors type before it is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Previews {
    /// Shown to the session's agents, with long numbers masked.
    #[default]
    Shown,
    /// Refused at the door.
    Off,
    /// Shown like that of visitors who have consented; refused of others.
    Consented,
}

/// A site as a policy has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// How it receives; by the first style if not given.
    pub style: Option<StyleId>,
}

impl From<SiteId> for Site {
    /// A site of the first style.
    fn from(id: SiteId) -> Self {
        Self { id, style: None }
    }
}

/// A channel as a policy has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// What a session through it weighs, in hundredths of a session, 1 to [`WEIGHT_MAX`].
    pub weight: u32,
}

/// A bot as a policy has it. Any other agent is a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bot {
    /// Which agent it is.
    pub id: AgentId,
    /// Whether it receives only when every person in the reception range is away.
    pub hidden: bool,
    /// Whether sessions may be handed to it.
    pub takes_transfers: bool,
}

/// The parts of a policy before they are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The document's version: of two, the higher one counts.
    pub version: u64,
    /// The tenant's sites, at least one.
    pub sites: Vec<Site>,
    /// Sites that are read together, at most [`SITE_GROUPS_MAX`] groups.
    pub site_groups: Vec<SiteGroup>,
    /// The tenant's departments, at least one, in the order in which they are shown.
    pub departments: Vec<Department>,
    /// Opening hours that departments refer to.
    pub schedules: Vec<Schedule>,
    /// How sites receive. Without one, the first department receives everybody.
    pub styles: Vec<Style>,
    /// The skills that visitors may need and agents may have.
    pub skills: Vec<SkillId>,
    /// The channels that sessions may come through, besides the one without a name, whose sessions weigh [`WEIGHT`].
    pub channels: Vec<Channel>,
    /// The agents that are bots.
    pub bots: Vec<Bot>,
    /// Who is invited, and how often.
    pub invitations: Invitations,
    /// What a dormant session weighs, in hundredths of what it weighs else, 0 to 100.
    pub dormant_percent: u32,
    /// An agent gets one session by itself in so long; 0 for any number. A freed or new agent isn't flooded.
    pub assignment_gap_ms: u64,
    /// How long a visitor without a link is still present, in milliseconds.
    pub visitor_grace_ms: u64,
    /// How long an agent without a link keeps its status and sessions, in milliseconds.
    pub agent_grace_ms: u64,
    /// Sessions at once for an agent that names no capacity.
    pub capacity_default: u16,
    /// The most an agent may name, at most [`CAPACITY_MAX`].
    pub capacity_max: u16,
    /// Whether previews are shown.
    pub previews: Previews,
    /// What is hidden of what visitors type.
    pub masks: Masks,
    /// The terms of sessions in departments that have none of their own.
    pub terms: Terms,
    /// Visitors present at once.
    pub visitors_max: u64,
    /// Agents known at once.
    pub agents_max: u32,
}

impl Draft {
    /// A draft of the given sites and departments and the defaults that others have settled on: graces of 60 seconds,
    /// capacity 5 and at most 50, queues of 10,000, ten million visitors and 100,000 agents.
    pub fn new(sites: Vec<SiteId>, departments: Vec<DepartmentId>) -> Self {
        Self {
            version: 1,
            sites: sites.into_iter().map(Site::from).collect(),
            site_groups: Vec::new(),
            departments: departments.into_iter().map(Department::new).collect(),
            schedules: Vec::new(),
            styles: Vec::new(),
            skills: Vec::new(),
            channels: Vec::new(),
            bots: Vec::new(),
            invitations: Invitations::default(),
            dormant_percent: 0,
            assignment_gap_ms: 0,
            visitor_grace_ms: 60_000,
            agent_grace_ms: 60_000,
            capacity_default: 5,
            capacity_max: 50,
            previews: Previews::Shown,
            masks: Masks::default(),
            terms: Terms::default(),
            visitors_max: 10_000_000,
            agents_max: 100_000,
        }
    }
}

/// What is wrong with a draft: the place, and what it must be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {fault}")]
pub struct PolicyFault {
    /// The field, as `departments[2].waiting_max`.
    pub path: String,
    /// What it must be.
    pub fault: String,
}

/// A policy that many read.
pub type SharedPolicy = Arc<Policy>;

/// A checked policy.
#[derive(Clone, Debug)]
pub struct Policy {
    draft: Draft,
    sites: Numbers<SiteId>,
    site_styles: Vec<StyleNo>,
    departments: Numbers<DepartmentId>,
    department_rules: Vec<DepartmentRules>,
    styles: Numbers<StyleId>,
    style_rules: Vec<StyleRules>,
    invitation_rules: Vec<InvitationRules>,
    skills: Numbers<SkillId>,
    channels: Numbers<ChannelId>,
    /// By channel number.
    weights: Vec<u32>,
    /// The distinct weights, lightest first.
    weight_classes: Arc<[u32]>,
    /// Those of departments that have none of their own.
    terms: Arc<TermsRules>,
}

impl Policy {
    /// Checks a draft. Errors: every fault found, each with its path; there is no partly valid policy.
    pub fn new(draft: Draft) -> Result<Self, Vec<PolicyFault>> {
        Self::numbered(draft, None)
    }

    /// Checks a draft that is to take this policy's place. Numbers stay with their ids. Errors: those of [`Policy::new`], and
    /// too many numbers given out since the first policy.
    pub fn succeed(&self, draft: Draft) -> Result<Self, Vec<PolicyFault>> {
        Self::numbered(draft, Some(self))
    }

    fn numbered(mut draft: Draft, before: Option<&Self>) -> Result<Self, Vec<PolicyFault>> {
        check::draft(&draft)?;
        if draft.styles.is_empty() {
            let id = StyleId::new("default").expect("it has 7 letters");
            draft.styles.push(Style::new(id, draft.departments[0].id.clone()));
        }
        let sites = Numbers::after(before.map(|p| &p.sites), draft.sites.iter().map(|s| &s.id));
        let departments = Numbers::after(
            before.map(|p| &p.departments),
            draft.departments.iter().map(|department| &department.id),
        );
        let styles = Numbers::after(before.map(|p| &p.styles), draft.styles.iter().map(|s| &s.id));
        let skills = Numbers::reusing(before.map(|p| &p.skills), draft.skills.iter());
        let channels = Numbers::after(
            before.map(|p| &p.channels),
            draft.channels.iter().map(|channel| &channel.id),
        );
        let mut faults = Vec::new();
        let mut fault = |path: String, fault: String| faults.push(PolicyFault { path, fault });
        let given = "numbers given out since the tenant's first policy";
        for (path, count, max) in [
            ("sites", sites.len(), usize::from(u16::MAX)),
            ("departments", departments.len(), usize::from(u16::MAX)),
            ("styles", styles.len(), usize::from(u16::MAX)),
            ("skills", skills.len(), skills::SKILLS_MAX),
            ("channels", channels.len(), usize::from(u8::MAX)),
        ] {
            within(&mut fault, &format!("{path} ({given})"), count as u64, 0, max as u64);
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut policy = Self {
            site_styles: Vec::new(),
            department_rules: Vec::new(),
            style_rules: Vec::new(),
            invitation_rules: Vec::new(),
            weights: Vec::new(),
            weight_classes: Arc::new([]),
            terms: Arc::new(TermsRules::new(
                draft.terms.clone(),
                MaskRules::new(&draft.masks).into(),
            )),
            draft,
            sites,
            departments,
            styles,
            skills,
            channels,
        };
        policy.resolve(before);
        Ok(policy)
    }

    fn resolve(&mut self, before: Option<&Self>) {
        let present: HashMap<_, _> =
            self.draft.departments.iter().map(|department| (&department.id, department)).collect();
        self.department_rules = (0..self.departments.len())
            .map(|no| {
                let id = self.departments.id(no);
                match present.get(id) {
                    Some(department) => self.department_rules_of(department),
                    None => retired(before, no, id, &self.terms),
                }
            })
            .collect();
        let present: HashMap<_, _> =
            self.draft.styles.iter().map(|style| (&style.id, style)).collect();
        self.style_rules = (0..self.styles.len())
            .map(|no| {
                let id = self.styles.id(no);
                match present.get(id) {
                    Some(style) => self.style_rules_of(style),
                    // Sites of a retired style are retired too, or name another one.
                    None => self.style_rules_of(&self.draft.styles[0]),
                }
            })
            .collect();
        let present: HashMap<_, _> = self.draft.sites.iter().map(|site| (&site.id, site)).collect();
        self.site_styles = (0..self.sites.len())
            .map(|no| {
                let style = present.get(self.sites.id(no)).and_then(|site| site.style.as_ref());
                let style = style.unwrap_or(&self.draft.styles[0].id);
                StyleNo(self.styles.find(style).unwrap_or(0) as u16)
            })
            .collect();
        let invitations = &self.invitations.rules;
        self.invitation_rules =
            invitations.iter().map(|rule| self.invitation_rules_of(rule)).collect();
        let weight_of = |no: usize| {
            let id = self.channels.id(no);
            let channel = self.draft.channels.iter().find(|channel| channel.id == *id);
            channel.map_or(WEIGHT, |channel| channel.weight)
        };
        self.weights =
            std::iter::once(WEIGHT).chain((0..self.channels.len()).map(weight_of)).collect();
        let mut classes = self.weights.clone();
        classes.sort_unstable();
        classes.dedup();
        self.weight_classes = classes.into();
    }

    fn style_rules_of(&self, style: &Style) -> StyleRules {
        let home = self.department(&style.home).unwrap_or(DepartmentNo(0));
        let resolved = |receivers: &[Receiver]| -> Vec<Receives> {
            let resolved = receivers.iter().filter_map(|receiver| match receiver {
                Receiver::Department(id) => self.department(id).map(Receives::Department),
                Receiver::Agent(id) => Some(Receives::Agent(id.clone())),
            });
            resolved.collect()
        };
        let mut receivers = resolved(&style.receivers);
        if receivers.is_empty() {
            receivers.push(Receives::Department(home));
        }
        let regions = style.regions.iter().map(|rule| resolved(&rule.receivers)).collect();
        let terms = Arc::new(StyleTerms::new(style));
        StyleRules { is: style.clone(), home, receivers, regions, terms }
    }

    /// The number of a site.
    pub fn site(&self, id: &SiteId) -> Option<SiteNo> {
        self.sites.find(id).map(|no| SiteNo(no as u16))
    }

    /// The number of a department.
    pub fn department(&self, id: &DepartmentId) -> Option<DepartmentNo> {
        self.departments.find(id).map(|no| DepartmentNo(no as u16))
    }

    /// The number of a channel.
    pub fn channel(&self, id: &ChannelId) -> Option<ChannelNo> {
        self.channels.find(id).map(|no| ChannelNo(no as u8 + 1))
    }

    /// Skills as a set. Errors: the first one that the policy doesn't name.
    pub fn skill_set(&self, ids: &[SkillId]) -> Result<SkillSet, SkillId> {
        ids.iter().try_fold(SkillSet::NONE, |set, id| {
            let bit = self.skills.find(id).ok_or_else(|| id.clone())?;
            Ok(set.with(SkillSet(1 << bit)))
        })
    }

    /// The ids of a set's skills.
    pub fn skill_ids(&self, set: SkillSet) -> impl Iterator<Item = &SkillId> {
        (0..self.skills.len())
            .filter(move |bit| set.covers(SkillSet(1 << bit)))
            .map(|bit| self.skills.id(bit))
    }

    /// The skills that still stand in the document.
    pub fn skills_present(&self) -> SkillSet {
        self.skill_set(&self.draft.skills).unwrap_or_default()
    }

    /// The id of a site that this policy or one before it numbered.
    pub fn site_id(&self, no: SiteNo) -> &SiteId {
        self.sites.id(usize::from(no.0))
    }

    /// What is hidden of what visitors type.
    pub fn masks(&self) -> &MaskRules {
        &self.terms.masks
    }

    /// How a site receives.
    pub fn style_of(&self, site: SiteNo) -> &StyleRules {
        &self.style_rules[usize::from(self.site_styles[usize::from(site.0)].0)]
    }

    /// The department that this policy or one before it numbered.
    pub fn department_at(&self, no: DepartmentNo) -> &DepartmentRules {
        &self.department_rules[usize::from(no.0)]
    }

    /// The terms of sessions in a department that came from a site.
    pub fn session_terms(&self, department: DepartmentNo, site: SiteNo) -> SessionTerms {
        let of_department = self.department_at(department).terms.clone();
        SessionTerms { of_department, of_style: self.style_of(site).terms.clone() }
    }

    /// How many departments have a number, the retired ones too.
    pub fn departments_numbered(&self) -> usize {
        self.departments.len()
    }

    /// What a session through a channel weighs, in hundredths of a session.
    pub fn weight(&self, channel: ChannelNo) -> u32 {
        self.weights.get(usize::from(channel.0)).copied().unwrap_or(WEIGHT)
    }

    /// The distinct weights that sessions may have, lightest first.
    pub fn weight_classes(&self) -> &Arc<[u32]> {
        &self.weight_classes
    }

    /// The bot that an agent is, if it is one.
    pub fn bot(&self, id: &AgentId) -> Option<&Bot> {
        self.draft.bots.iter().find(|bot| bot.id == *id)
    }
}

impl std::ops::Deref for Policy {
    type Target = Draft;

    fn deref(&self) -> &Draft {
        &self.draft
    }
}

#[cfg(test)]
mod tests;
