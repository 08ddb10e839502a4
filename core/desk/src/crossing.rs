//! What one noun asks of another. The asking noun doesn't wait: the step is carried out when the other is next held, in the
//! order in which steps were asked for.
//!
//! ```text
//!             Open, LinkUp, LinkDown, ReadEnd, VisitorGone
//!   visitor ───────────────────────────────────────▶ session ──── Enqueue, Ended, Dormant, Awake, ReplyDue, Rated ─▶ floor
//!           ◀─────────────────────────────────────── session ◀─── Assigned, Position, Waits,
//!              SessionMoved, SessionEnded                         OwnerLost, Refused, End,
//!                                                                 Moved, Noted, Joined, Seen, Left,
//!                                                                 LinkUp, LinkDown,
//!                                                                 Watch, Unwatch
//!   visitor ─────────── InvitationEnded ─────────────────────────────────────────────────────────────▶ floor
//!
//!             Open, Join, Leave, Close, LinkUp, LinkDown
//!   floor ──────────────────────────────────────────────▶ room ──── RoomEnded ───▶ floor
//! ```
//!
//! Nothing else passes between nouns. Each step is bounded: it causes at most one step to each other noun, except where a floor
//! settles several waiters.

use smallvec::SmallVec;

use crate::delivery::{BeginCause, CloseCause, Delivery, ReplyDue};
use crate::floor::Estimate;
use crate::id::{
    AgentId, AgentNo, DepartmentId, DepartmentNo, LinkId, Person, RoomId, SessionId, TenantNo,
    VisitorId, VisitorRef,
};
use crate::message::{Class, Words};
use crate::policy::form::Answer;
use crate::policy::terms::{Automatic, SessionTerms};
use crate::room::RoomStep;
use crate::time::Now;
use crate::visitor::Stage;
use crate::wish::Wish;

/// A step for another noun.
#[derive(Debug)]
pub enum Crossing {
    /// For a session.
    ToSession(SessionId, SessionStep),
    /// For a tenant's floor.
    ToFloor(TenantNo, FloorStep),
    /// For a visitor.
    ToVisitor(VisitorRef, VisitorStep),
    /// For a room.
    ToRoom(RoomId, RoomStep),
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
    /// The department in whose queue it is.
    pub home: DepartmentNo,
    /// The same, by name.
    pub home_id: DepartmentId,
    /// What is asked; in a box, because it goes from the visitor through the session to the floor.
    pub wish: Box<Wish>,
    /// How it came about.
    pub begin: BeginCause,
    /// The agent that has it from the beginning, if it has room.
    pub claimed_by: Option<AgentNo>,
    /// When.
    pub asked: Now,
    /// The terms that hold for the session.
    pub terms: SessionTerms,
    /// What the visitor filled in, in the form's order; most often nothing.
    pub form: Box<[Answer]>,
}

/// How an agent came by a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowAssigned {
    /// The floor gave it.
    Taken,
    /// It accepted an offer.
    Accepted,
    /// It took it by itself.
    Picked,
    /// It took it by itself, above its capacity, because somebody who may let it.
    PickedOverCapacity,
    /// An agent handed it to a bot, and stays in it.
    HandedOver,
    /// An agent took it back from a bot, which leaves.
    TakenBack {
        /// The bot.
        from: AgentNo,
    },
    /// Another agent transferred it, and leaves.
    Transferred {
        /// Who.
        from: AgentNo,
    },
    /// Another agent passed it on, and stays in it.
    PassedOn {
        /// Who.
        from: AgentNo,
    },
    /// It took it as a supervisor from whoever had it, who leaves.
    TakenOver {
        /// Who; nobody if it waited.
        from: Option<AgentNo>,
    },
}

/// A session has an agent.
#[derive(Clone, Debug)]
pub struct Assigned {
    /// Who.
    pub agent: AgentNo,
    /// Who, by name.
    pub agent_id: AgentId,
    /// Its links.
    pub links: SmallVec<[LinkId; 2]>,
    /// How it came by it.
    pub how: HowAssigned,
    /// The version of the policy by which that was decided.
    pub policy_version: u64,
    /// The session lies dormant when its visitor says nothing for so long after the agent's word; 0 for never.
    pub dormant_after_ms: u64,
    /// The terms that hold for it from here on.
    pub terms: SessionTerms,
}

/// An agent takes part in a session that another one has.
#[derive(Clone, Debug)]
pub struct Joined {
    /// Who.
    pub agent: AgentNo,
    /// Who, by name.
    pub agent_id: AgentId,
    /// As what, and whether the visitor is told.
    pub part: (Class, bool),
    /// Its links.
    pub links: SmallVec<[LinkId; 2]>,
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
    Assigned(Assigned),
    /// Its place in the queue.
    Position {
        /// 1 is the head.
        place: u32,
        /// How long it still takes; `None` for unknown.
        estimate: Option<Estimate>,
    },
    /// It waits, and that has words: that all are busy, or that nobody is there.
    Waits(Automatic),
    /// It belongs to another department.
    Moved {
        /// To which.
        department: DepartmentNo,
        /// The same, by name.
        department_id: DepartmentId,
    },
    /// Its agent, about to transfer it, lets the agents know something.
    Noted {
        /// Who.
        agent: AgentNo,
        /// What.
        words: Words,
    },
    /// An agent takes part as a guest.
    Joined(Joined),
    /// A guest is seen by the visitor from now on, or no longer.
    Seen {
        /// Who.
        agent: AgentNo,
        /// Whether it is.
        is_seen: bool,
    },
    /// A guest takes part no longer.
    Left(AgentNo),
    /// Its agent is gone; it waits again, at its old rank.
    OwnerLost(AgentNo),
    /// It can't wait.
    Refused(CloseCause),
    /// A supervisor ends it.
    End(CloseCause),
    /// A supervisor's link watches.
    Watch {
        /// Which.
        link: LinkId,
        /// What it is brought.
        replay: Replay,
        /// Who watches, if the policy has the session's agents told.
        by: Option<AgentId>,
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
        /// In whose queue.
        home: DepartmentNo,
        /// What is asked.
        wish: Box<Wish>,
        /// When.
        asked: Now,
        /// The agent that has it from the beginning, if it has room.
        claimed_by: Option<AgentNo>,
    },
    /// The visitor lets a session lie.
    Dormant(SessionId),
    /// The visitor of a dormant session goes on.
    Awake(SessionId),
    /// A session is over: its place or slot is free.
    Ended(SessionId),
    /// A room has ended by itself.
    RoomEnded(RoomId),
    /// An agent's answer is due: the supervisors who reach the department are told.
    ReplyDue(Box<ReplyDue>),
    /// The visitor has rated a session that is over.
    Rated {
        /// Who had it last.
        agent: AgentNo,
        /// What its links are told.
        told: Box<Delivery>,
    },
    /// An agent's invitation is shown no longer, or never was.
    InvitationEnded {
        /// Whose.
        agent: AgentNo,
        /// What its links are told.
        told: Option<Box<Delivery>>,
    },
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
