//! What agents and supervisors did with each other's sessions and statuses: who, what, whom, and from where. When is the fact's.

use std::sync::Arc;

use crate::delivery::Status;
use crate::floor::{Colleague, Room};
use crate::id::{AgentId, LinkId, OfferId, SessionId};

/// Somebody did something that concerns others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acted {
    /// Who.
    pub by: AgentId,
    /// Through which link.
    pub link: LinkId,
    /// The network address that the link was attached from; empty for unknown.
    pub address: Arc<str>,
    /// What.
    pub act: Act,
}

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Transferred a session, or asked a colleague to take it.
    Transferred {
        /// Which.
        session: SessionId,
        /// To whom.
        to: Colleague,
        /// Whether room was needed.
        room: Room,
    },
    /// Took back what it asked of colleagues.
    Withdrew {
        /// Which offer.
        offer: OfferId,
    },
    /// Asked a colleague to take part.
    Invited {
        /// Where.
        session: SessionId,
        /// Whom.
        whom: Colleague,
        /// Whether the visitor would be told.
        is_seen: bool,
    },
    /// Took part as a supervisor.
    Joined {
        /// Where.
        session: SessionId,
        /// Whether the visitor was told.
        is_seen: bool,
    },
    /// Took part no longer.
    Left {
        /// Where.
        session: SessionId,
    },
    /// Let the visitor see it, or didn't any more.
    Showed {
        /// Where.
        session: SessionId,
        /// Whether it is seen.
        is_seen: bool,
    },
    /// Made a guest the one who has the session.
    PassedOn {
        /// Which.
        session: SessionId,
        /// To whom.
        to: AgentId,
        /// Whether room was needed.
        room: Room,
    },
    /// Took a session over, as a supervisor.
    TookOver {
        /// Which.
        session: SessionId,
        /// Whether room was needed.
        room: Room,
    },
    /// Took one who waits above its capacity.
    PickedOverCapacity {
        /// Which.
        session: SessionId,
    },
    /// Ended a session, as a supervisor.
    Ended {
        /// Which.
        session: SessionId,
    },
    /// Began to watch a session, or went on.
    Watched {
        /// Which.
        session: SessionId,
    },
    /// Watched a session no longer.
    Unwatched {
        /// Which.
        session: SessionId,
    },
    /// Set another agent's status.
    SetStatus {
        /// Whose.
        agent: AgentId,
        /// To what.
        status: Status,
        /// Why.
        reason: Arc<str>,
    },
}
