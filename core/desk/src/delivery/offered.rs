//! What agents are told of offers, and of sessions that pass among them.

use std::sync::Arc;

use crate::id::{AgentId, DepartmentId, OfferId, SessionId, VisitorId};

/// How an agent's part in an offer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OfferOutcome {
    /// It took the session.
    Accepted,
    /// It didn't want it.
    Declined,
    /// It didn't answer in time.
    TimedOut,
    /// It was taken back, because the agent's status changed.
    Rescinded,
    /// The visitor left, or closed the session.
    VisitorGone,
    /// The agent signed off or lost its connection.
    AgentGone,
    /// Another one was first.
    LostRace,
    /// The agent who asked took it back, lost the session, or left it.
    Withdrawn,
    /// The session ended.
    SessionEnded,
}

/// An offer as the agent that is asked sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferView {
    /// Which offer.
    pub offer: OfferId,
    /// The session that it gets if it accepts.
    pub session: SessionId,
    /// Whose session.
    pub visitor: VisitorId,
    /// The department asked for.
    pub department: DepartmentId,
    /// When the visitor asked.
    pub asked_wall_ms: u64,
    /// Until when the offer stands.
    pub until_wall_ms: u64,
    /// What for.
    pub purpose: OfferPurpose,
    /// The colleague who asks; `None` for a session that nobody has.
    pub from: Option<AgentId>,
    /// What the colleague lets one know; may be empty.
    pub note: Arc<str>,
}

/// What an agent is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OfferPurpose {
    /// To take a session that nobody has.
    Assign,
    /// To take over a session that another agent has.
    Transfer,
    /// To take part in a session that another agent has.
    Join {
        /// Whether its visitor is told.
        is_seen: bool,
    },
}

/// Somebody is asked about a session that an agent has, or nobody had to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Which offer; `None` if nobody had to be asked.
    pub offer: Option<OfferId>,
    /// Which session.
    pub session: SessionId,
    /// Who is asked; without an offer who has it now, and nobody if it waits in a queue.
    pub agent: Option<AgentId>,
    /// Until when the offer stands; 0 without one.
    pub until_wall_ms: u64,
}

/// How it ended what an agent asked of its colleagues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HandingOutcome {
    /// The colleague has the session, or takes part.
    Accepted,
    /// It didn't want to; of several the last one.
    Declined,
    /// It didn't answer in time; of several the last one.
    TimedOut,
    /// It went away.
    Away,
    /// It signed off or lost its connection.
    Gone,
    /// Nobody took it, and it waits in its queue.
    Waits,
    /// Who asked took it back.
    Withdrawn,
    /// Who asked has lost the session, or left it.
    SourceLost,
    /// The session ended.
    SessionEnded,
}

/// What an agent asked of its colleagues is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandingEnded {
    /// Which session.
    pub session: SessionId,
    /// Which offer.
    pub offer: OfferId,
    /// A transfer, or an invitation to join.
    pub purpose: OfferPurpose,
    /// How.
    pub outcome: HandingOutcome,
    /// Who has the session or takes part now, or who ended it.
    pub agent: Option<AgentId>,
}
