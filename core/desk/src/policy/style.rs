//! A style: how a site receives its visitors. Who is meant for whom, by region and by name, and what is shown.

use std::sync::Arc;

use super::form::Form;
use super::terms::{AutomaticWords, StyleTerms};
use crate::delivery::Receiving;
use crate::id::{AgentId, DepartmentId, DepartmentNo, StyleId};

/// Most receivers of one style or rule.
pub const RECEIVERS_MAX: usize = 64;
/// Most region rules of one style.
pub const REGION_RULES_MAX: usize = 256;
/// Most regions of one rule.
pub const REGIONS_MAX: usize = 64;

/// One that receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// All agents of a department.
    Department(DepartmentId),
    /// One agent.
    Agent(AgentId),
}

/// Visitors of some regions are received by some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionRule {
    /// The rule matches a visitor whose region begins with one of these, so 广东 matches 广东省深圳市.
    pub regions: Vec<Box<str>>,
    /// By whom, at least one.
    pub receivers: Vec<Receiver>,
}

/// What becomes of a visitor that is meant for an agent who can't be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// It waits for that agent.
    Wait,
    /// Others receive it too: at once if the agent isn't online, and else after so long.
    FallBack {
        /// How long it waits for an agent who is online and full.
        after_ms: u64,
    },
    /// It is told that nobody is there, and may leave a message.
    LeaveMessage,
}

/// What the list of those who receive names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listed {
    /// Departments.
    #[default]
    Departments,
    /// Agents.
    Agents,
}

/// Longest form of words, in bytes.
pub const WORDS_BYTES_MAX: usize = 512;

/// What a page says to visitors by whether somebody is there; each at most [`WORDS_BYTES_MAX`] bytes, and empty for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Outside the opening hours.
    pub closed: Box<str>,
    /// Nobody is online or busy.
    pub nobody: Box<str>,
    /// The queue takes nobody.
    pub full: Box<str>,
    /// One would wait.
    pub waiting: Box<str>,
    /// Somebody is free.
    pub free: Box<str>,
}

impl Words {
    /// What is said then.
    pub fn of(&self, receiving: Receiving) -> &str {
        match receiving {
            Receiving::Closed => &self.closed,
            Receiving::Nobody => &self.nobody,
            Receiving::Full => &self.full,
            Receiving::Waiting => &self.waiting,
            Receiving::Free => &self.free,
        }
    }
}

/// A style as a policy has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// Its id.
    pub id: StyleId,
    /// The department in whose queue those wait who name none, and whose rules hold for them.
    pub home: DepartmentId,
    /// Who receives those who name nobody; the home department if empty.
    pub receivers: Vec<Receiver>,
    /// All rules that match a visitor's region are united, and override `receivers`; if none matches, `receivers` stand.
    pub regions: Vec<RegionRule>,
    /// What becomes of a visitor that is meant for an agent who can't be had.
    pub unavailable: Unavailable,
    /// The bot that receives here: one of the policy's bots.
    pub bot: Option<AgentId>,
    /// What the list of those who receive names.
    pub listed: Listed,
    /// Whether those who can't be had are left out of that list.
    pub hides_offline: bool,
    /// Whether departments' names are left out of that list.
    pub hides_department_names: bool,
    /// What its pages say.
    pub words: Words,
    /// What is said by itself in sessions from its sites: each that isn't empty stands instead of the department's.
    pub automatic_words: AutomaticWords,
    /// What visitors of its sites fill in before a session, instead of the department's.
    pub form: Option<Form>,
}

impl Style {
    /// A style in which one department receives everybody: no region rules, a visitor meant for an agent falls back after 30 s.
    pub fn new(id: StyleId, home: DepartmentId) -> Self {
        Self {
            id,
            home,
            receivers: Vec::new(),
            regions: Vec::new(),
            unavailable: Unavailable::FallBack { after_ms: 30_000 },
            bot: None,
            listed: Listed::Departments,
            hides_offline: false,
            hides_department_names: false,
            words: Words::default(),
            automatic_words: AutomaticWords::default(),
            form: None,
        }
    }
}

/// One that receives, with departments by number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Receives {
    /// All agents of a department.
    Department(DepartmentNo),
    /// One agent.
    Agent(AgentId),
}

/// A style with what its document refers to resolved.
#[derive(Clone, Debug)]
pub struct StyleRules {
    /// The document's part.
    pub is: Style,
    /// The home department.
    pub home: DepartmentNo,
    pub(super) receivers: Vec<Receives>,
    pub(super) regions: Vec<Vec<Receives>>,
    /// What it says of sessions.
    pub(super) terms: Arc<StyleTerms>,
}

impl StyleRules {
    /// Whether its reception range depends on the region.
    pub fn has_regions(&self) -> bool {
        !self.regions.is_empty()
    }

    /// The reception range of visitors of a region: all rules that match, united; if none matches, the style's receivers.
    pub fn range(&self, region: &str) -> Vec<&Receives> {
        let mut range: Vec<&Receives> = Vec::new();
        for (rule, receivers) in self.is.regions.iter().zip(&self.regions) {
            if rule.regions.iter().any(|begin| region.starts_with(&**begin)) {
                for receiver in receivers {
                    if !range.contains(&receiver) {
                        range.push(receiver);
                    }
                }
            }
        }
        if range.is_empty() { self.receivers.iter().collect() } else { range }
    }
}
