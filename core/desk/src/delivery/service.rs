//! What is told of a session's terms at work.

use crate::id::{AgentId, DepartmentId, SessionId};
use crate::session::Rating;

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

/// A visitor is asked to rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatingAsked {
    /// Which session.
    pub session: SessionId,
    /// The best score; the worst is 1.
    pub score_max: u8,
    /// What may be given with it.
    pub tags: Vec<Box<str>>,
}

/// A visitor has rated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rated {
    /// Which session.
    pub session: SessionId,
    /// How.
    pub rating: Rating,
}
