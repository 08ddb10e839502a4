//! What is told of a session's terms at work.

use crate::id::{AgentId, DepartmentId, SessionId};

/// An agent's answer that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyDue {
    /// Where.
    pub session: SessionId,
    /// Whose.
    pub agent: AgentId,
    /// The session's department.
    pub department: DepartmentId,
    /// When it is late.
    pub due_wall_ms: u64,
    /// Whether it is its first word since it has the session.
    pub is_first: bool,
}
