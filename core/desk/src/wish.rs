//! What a visitor wants when it asks: from whom, in what, and how urgently.

use crate::id::{AgentId, AgentNo, ChannelNo, DepartmentNo, SiteNo, VisitorId};
use crate::policy::SkillSet;

/// What a visitor wants when it asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Who asks.
    pub visitor: VisitorId,
    /// On which site: its style says who receives.
    pub site: SiteNo,
    /// From which department; as the style says if not given.
    pub department: Option<DepartmentNo>,
    /// From which agent.
    pub agent: Option<AgentId>,
    /// Where it is, for the style's region rules; empty for unknown.
    pub region: Box<str>,
    /// What the one who receives it must know.
    pub skills: SkillSet,
    /// Through which channel.
    pub channel: ChannelNo,
    /// Milliseconds it counts as having waited already.
    pub priority_ms: u64,
    /// The agent it had last time.
    pub knew: Option<AgentNo>,
}

impl Wish {
    /// A wish for whoever receives in a department.
    pub fn for_department(visitor: VisitorId, site: SiteNo, department: DepartmentNo) -> Self {
        Self {
            visitor,
            site,
            department: Some(department),
            agent: None,
            region: "".into(),
            skills: SkillSet::NONE,
            channel: ChannelNo::default(),
            priority_ms: 0,
            knew: None,
        }
    }
}
