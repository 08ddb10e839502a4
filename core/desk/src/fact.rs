//! What is kept: things that happened, in the order in which they were decided.
//!
//! Presence and previews are never facts.

mod acted;

use std::sync::Arc;

pub use acted::{Act, Acted};

use crate::block::Target;
use crate::crossing::HowAssigned;
use crate::delivery::{
    BeginCause, CloseCause, InvitationOutcome, Inviter, OfferOutcome, OfferPurpose, Status,
};
use crate::floor::Announcement;
use crate::id::{
    AgentId, DepartmentId, InvitationId, OfferId, RoomId, SessionId, TenantNo, VisitorId,
};
use crate::message::Message;
use crate::policy::form::Answer;
use crate::room::RoomEnd;
use crate::session::Rating;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// In whose company.
    pub tenant: TenantNo,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub wall_ms: u64,
    /// What.
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A visitor asked for a session.
    SessionAsked {
        /// Which.
        session: SessionId,
        /// Who.
        visitor: VisitorId,
        /// Where.
        department: DepartmentId,
        /// Milliseconds it counts as having waited already.
        priority_ms: u64,
        /// How it came about.
        begin: BeginCause,
        /// What the visitor filled in, in the form's order.
        form: Box<[Answer]>,
    },
    /// An agent got a session.
    SessionAssigned {
        /// Which.
        session: SessionId,
        /// Who.
        agent: AgentId,
        /// How it came by it.
        how: HowAssigned,
        /// The version of the policy by which that was decided.
        policy: u64,
    },
    /// An agent was asked whether it takes a session.
    OfferMade {
        /// Which offer.
        offer: OfferId,
        /// What it is about.
        session: SessionId,
        /// Who is asked.
        agent: AgentId,
        /// What for.
        purpose: OfferPurpose,
        /// The version of the policy by which that was decided.
        policy: u64,
    },
    /// An agent's part in an offer ended.
    OfferEnded {
        /// Which offer.
        offer: OfferId,
        /// What it was about.
        session: SessionId,
        /// Who was asked.
        agent: AgentId,
        /// How it ended.
        outcome: OfferOutcome,
    },
    /// A session lost its agent and waits again.
    SessionRequeued {
        /// Which.
        session: SessionId,
        /// Who had it.
        agent: AgentId,
    },
    /// A session belongs to another department.
    SessionMoved {
        /// Which.
        session: SessionId,
        /// To which.
        department: DepartmentId,
    },
    /// A visitor was invited.
    Invited {
        /// Which invitation.
        invitation: InvitationId,
        /// Who is invited.
        visitor: VisitorId,
        /// Who invites.
        by: Inviter,
        /// The version of the policy by which that was decided.
        policy: u64,
    },
    /// An invitation ended.
    InvitationEnded {
        /// Which.
        invitation: InvitationId,
        /// Who was invited.
        visitor: VisitorId,
        /// How it ended.
        outcome: InvitationOutcome,
    },
    /// Something was said.
    Said {
        /// Where.
        session: SessionId,
        /// What.
        message: Arc<Message>,
    },
    /// A session ended.
    SessionClosed {
        /// Which.
        session: SessionId,
        /// Why.
        cause: CloseCause,
        /// The place of its last message.
        last_place: u64,
        /// Whether the visitor said anything.
        valid: bool,
        /// When it was asked for.
        asked_wall_ms: u64,
        /// When an agent first got it; 0 if none did.
        assigned_wall_ms: u64,
        /// When an agent first said something to the visitor; 0 if none did.
        first_reply_wall_ms: u64,
    },
    /// The visitor has rated a session.
    SessionRated {
        /// Which.
        session: SessionId,
        /// Who has it, or had it last.
        agent: Option<AgentId>,
        /// How.
        rating: Rating,
    },
    /// An agent has cleared a session away that was over.
    SessionCleared {
        /// Which.
        session: SessionId,
        /// Who.
        agent: AgentId,
        /// What it was about; may be empty.
        topic: Box<str>,
        /// The same in the agent's words; may be empty.
        summary: Box<str>,
    },
    /// An agent's answer is late.
    ReplyLate {
        /// Where.
        session: SessionId,
        /// Whose.
        agent: AgentId,
        /// Whether it is its first word since it has the session.
        is_first: bool,
        /// Within what time it was wanted.
        limit_ms: u64,
    },
    /// An agent signed on, or changed what it signed on for.
    AgentSignedOn {
        /// Who.
        agent: AgentId,
        /// For which departments.
        departments: Vec<DepartmentId>,
        /// Sessions at once.
        capacity: u16,
        /// Sessions it holds above that, because the capacity was lowered under them.
        above_capacity: u16,
    },
    /// An agent's status changed.
    StatusChanged {
        /// Who.
        agent: AgentId,
        /// To what.
        status: Status,
        /// Why.
        reason: Arc<str>,
    },
    /// Something was said to all agents of the tenant or of a department.
    Announced(Arc<Announcement>),
    /// Colleagues have a room.
    RoomOpened {
        /// Which.
        room: RoomId,
        /// What it is about; empty in a talk of two.
        title: Arc<str>,
        /// Who is in it; the first one opened it.
        agents: Vec<AgentId>,
    },
    /// An agent was let into a room.
    RoomJoined {
        /// Which.
        room: RoomId,
        /// Who.
        agent: AgentId,
        /// Who invited it.
        by: AgentId,
    },
    /// An agent left a room.
    RoomLeft {
        /// Which.
        room: RoomId,
        /// Who.
        agent: AgentId,
    },
    /// Something was said among colleagues.
    SaidInRoom {
        /// Where.
        room: RoomId,
        /// What.
        message: Arc<Message>,
    },
    /// A room is over.
    RoomClosed {
        /// Which.
        room: RoomId,
        /// Why.
        cause: RoomEnd,
        /// The last thing said.
        last_seq: u64,
    },
    /// Somebody was shut out, or by other terms than before.
    Blocked {
        /// Whom.
        target: Target,
        /// Who did it.
        by: AgentId,
        /// Why.
        reason: Arc<str>,
        /// Until when, in milliseconds since 1970; `None` for good.
        until_wall_ms: Option<u64>,
    },
    /// A block was lifted before its end.
    Unblocked {
        /// Whose.
        target: Target,
        /// Who did it.
        by: AgentId,
    },
    /// Somebody did something that concerns others: a transfer, a step of a supervisor. Comes after what follows from it at the floor.
    Acted(Box<Acted>),
    /// Another policy took the place of the one before.
    PolicyReplaced {
        /// Its version.
        version: u64,
        /// The admin who did it; `None` for the configuration.
        by: Option<AgentId>,
    },
}
