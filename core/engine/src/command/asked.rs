//! The commands with more than a few fields.

use std::sync::Arc;

use frontdesk_desk::delivery::Status;
use frontdesk_desk::floor::When;
use frontdesk_desk::id::{AgentId, ChannelId, DepartmentId, SkillId};
use frontdesk_desk::message::Words;
use frontdesk_desk::policy::form::Answer;

/// What a visitor asks for. Who is left out is chosen as the site's style says.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// From which department.
    pub department: Option<DepartmentId>,
    /// From which agent.
    pub agent: Option<AgentId>,
    /// What the one who receives it must know, at most 16 of the policy's skills.
    pub skills: Vec<SkillId>,
    /// Through which channel.
    pub channel: Option<ChannelId>,
    /// The message that asks.
    pub opening: Option<Words>,
    /// Minutes it counts as having waited, at most 1,440.
    pub priority_minutes: u16,
    /// The form that [`Reception::form`](crate::Reception) shows, filled in. Passed over where the session is open already.
    pub form: Vec<Answer>,
    /// Whose wish it is.
    pub by: AskedBy,
}

/// Whose wish a session is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AskedBy {
    /// The visitor's.
    #[default]
    Visitor,
    /// Its gateway's, as for a call back.
    Gateway,
}

impl Ask {
    /// Asks a department.
    pub fn of(department: DepartmentId) -> Self {
        Self { department: Some(department), ..Self::default() }
    }
}

/// A status to be.
#[derive(Clone, Debug)]
pub struct SetStatus {
    /// Whose; one's own if not given. Only supervisors may set another's.
    pub agent: Option<AgentId>,
    /// To what.
    pub status: Status,
    /// Why, at most 64 bytes.
    pub reason: Arc<str>,
    /// When it comes.
    pub when: When,
}

impl SetStatus {
    /// One's own, at once.
    pub fn now(status: Status, reason: &str) -> Self {
        Self { agent: None, status, reason: reason.into(), when: When::Now }
    }
}
