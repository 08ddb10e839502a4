//! What one noun asks of another. The asking noun doesn't wait: the step is carried out when the other is next held, in the
//! order in which steps were asked for.
//!
//! ```text
//!             Open, LinkUp, LinkDown, ReadEnd, VisitorGone
//!   visitor ───────────────────────────────────────▶ session ──── Enqueue, Ended ───▶ floor
//!           ◀─────────────────────────────────────── session ◀─── Assigned, Position,
//!              SessionMoved, SessionEnded                         OwnerLost, Refused,
//!                                                                 LinkUp, LinkDown,
//!                                                                 Watch, Unwatch
//! ```
//!
//! Nothing else passes between nouns. Each step is bounded: it causes at most one step to each other noun, except where a floor
//! settles several waiters.

use smallvec::SmallVec;

use crate::delivery::CloseCause;
use crate::id::{
    AgentId, AgentNo, DepartmentId, DepartmentNo, LinkId, Person, SessionId, TenantNo, VisitorId,
    VisitorRef,
};
use crate::time::Now;
use crate::visitor::Stage;

/// A step for another noun.
#[derive(Debug)]
pub enum Crossing {
    /// For a session.
    ToSession(SessionId, SessionStep),
    /// For a tenant's floor.
    ToFloor(TenantNo, FloorStep),
    /// For a visitor.
    ToVisitor(VisitorRef, VisitorStep),
}

/// How much a link may be brought when it comes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replay {
    /// The last message seen without a gap; `None` begins at the oldest held.
    pub after_seq: Option<u64>,
    /// Most messages.
    pub messages_max: usize,
    /// Most bytes of bodies.
    pub bytes_max: usize,
}

/// A request for service, as its visitor made it.
#[derive(Clone, Debug)]
pub struct Request {
    /// Whose company.
    pub tenant: TenantNo,
    /// Who asks.
    pub visitor: VisitorRef,
    /// Who asks, by name.
    pub visitor_id: VisitorId,
    /// For which department.
    pub department: DepartmentNo,
    /// For which department, by name.
    pub department_id: DepartmentId,
    /// Milliseconds it counts as having waited already.
    pub priority_ms: u64,
    /// When.
    pub asked: Now,
}

/// What a session is asked to do.
#[derive(Debug)]
pub enum SessionStep {
    /// Come into being, waiting.
    Open(Request, SmallVec<[LinkId; 1]>),
    /// A participant's link came up.
    LinkUp {
        /// In whose company; a session of another one does nothing, since agents are numbered in each.
        tenant: TenantNo,
        /// Whose.
        person: Person,
        /// Which.
        link: LinkId,
        /// What it is brought.
        replay: Replay,
    },
    /// A visitor's link wants the end of a session that the visitor was in, maybe under an earlier record.
    ReadEnd {
        /// In whose company.
        tenant: TenantNo,
        /// Who.
        visitor: VisitorId,
        /// Which.
        link: LinkId,
        /// What it is brought.
        replay: Replay,
    },
    /// A participant's link went.
    LinkDown {
        /// Whose.
        person: Person,
        /// Which.
        link: LinkId,
    },
    /// The visitor is gone.
    VisitorGone(CloseCause),
    /// An agent has it.
    Assigned {
        /// Who.
        agent: AgentNo,
        /// Who, by name.
        agent_id: AgentId,
        /// Its links.
        links: SmallVec<[LinkId; 2]>,
    },
    /// Its place in the queue.
    Position(u32),
    /// Its agent is gone; it waits again, at its old rank.
    OwnerLost(AgentNo),
    /// It can't wait.
    Refused(CloseCause),
    /// A supervisor's link watches.
    Watch {
        /// Which.
        link: LinkId,
        /// What it is brought.
        replay: Replay,
    },
    /// A link watches no longer.
    Unwatch(LinkId),
}

/// What a floor is asked to do.
#[derive(Debug)]
pub enum FloorStep {
    /// Find someone for a session.
    Enqueue {
        /// Which.
        session: SessionId,
        /// For which department.
        department: DepartmentNo,
        /// When it was asked for, on the clock that never goes back.
        asked_mono_ms: u64,
        /// Milliseconds it counts as having waited already.
        priority_ms: u64,
    },
    /// A session is over: its place or slot is free.
    Ended(SessionId),
}

/// What a visitor's record is asked to do.
#[derive(Debug)]
pub enum VisitorStep {
    /// Its session has found someone, or waits again, maybe in another department.
    SessionMoved {
        /// Which.
        session: SessionId,
        /// Where it is now.
        department: DepartmentNo,
        /// How far it is now.
        stage: Stage,
    },
    /// Its session is over. The record may be gone already; what is remembered of the visitor is not.
    SessionEnded {
        /// Which.
        session: SessionId,
        /// Who had it last, if anybody ever had.
        last: Option<LastTalk>,
    },
}

/// Who talked with whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastTalk {
    /// In whose company.
    pub tenant: TenantNo,
    /// The visitor, by name: it may be gone, and be back under another record.
    pub visitor: VisitorId,
    /// The agent.
    pub agent: AgentNo,
}
