//! What one person is told, through one link.
//!
//! Most deliveries are told in order and none is left out. Those with a [`Delivery::latest_key`] are worth only their latest
//! value: a later one of the same key may take the place of an earlier one that was not yet read.

mod offered;
mod service;
mod watched;

use std::sync::Arc;

use smallvec::SmallVec;

use crate::floor::{Announcement, Estimate};
use crate::id::{
    AgentId, DepartmentId, InvitationId, InvitationRuleId, OfferId, RoomId, SessionId, VisitorId,
};
use crate::message::{Class, Message};
use crate::policy::form::Answer;
pub use crate::room::{MemberView, RoomEnd, RoomTold, RoomView};
pub use crate::visitor::Stage;
pub use offered::{Asking, HandingEnded, HandingOutcome, OfferOutcome, OfferPurpose, OfferView};
pub use service::{Rated, RatingAsked, ReplyDue};
pub use watched::{
    AgentRow, DepartmentRow, FloorList, FloorTotals, QueueList, QueuedRow, VisitorList, VisitorRow,
};

/// Whether a visitor is present.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Presence {
    /// At least one link is attached.
    Here,
    /// The last link dropped and the grace runs.
    Away,
}

/// Whether an agent takes sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Not signed on.
    #[default]
    Offline,
    /// Takes nothing.
    Away,
    /// Takes nothing by itself.
    Busy,
    /// Takes sessions by itself up to its capacity.
    Online,
}

/// Whether somebody is there, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Receiving {
    /// Outside the opening hours.
    Closed,
    /// Nobody is online or busy.
    Nobody,
    /// The queue takes nobody.
    Full,
    /// One would wait.
    Waiting,
    /// Somebody is free.
    Free,
}

/// Who or what ended a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseCause {
    /// The visitor closed it, left, or stopped waiting.
    Visitor,
    /// The agent closed it.
    Agent,
    /// The visitor's grace ended without a link.
    VisitorLost,
    /// The queue was full when the request reached it.
    QueueFull,
    /// The visitor was shut out.
    Blocked,
    /// Nobody is there who could receive it.
    NobodyThere,
    /// It came outside the opening hours.
    OutsideHours,
    /// Nobody came for as long as one may wait.
    NobodyCame,
    /// The visitor said nothing for as long as the terms let a session lie.
    Idle,
    /// A supervisor ended it.
    Supervisor,
}

/// How a session came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BeginCause {
    /// The visitor asked.
    #[default]
    Visitor,
    /// The visitor accepted an invitation.
    Invitation,
    /// An agent opened it.
    Forced,
    /// A gateway asked of its own accord.
    Gateway,
}

/// Who invites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inviter {
    /// An agent.
    Agent(AgentId),
    /// A rule of the policy.
    Rule(InvitationRuleId),
}

/// An invitation as its visitor sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationView {
    /// Which.
    pub invitation: InvitationId,
    /// Who invites.
    pub by: Inviter,
    /// The department that receives who accepts; as the site's style says if not given.
    pub department: Option<DepartmentId>,
    /// What is shown; may be empty.
    pub text: Box<str>,
    /// Until when it is shown.
    pub until_wall_ms: u64,
}

/// How an invitation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InvitationOutcome {
    /// The visitor accepted it, and has this session.
    Accepted(SessionId),
    /// The visitor declined it.
    Declined,
    /// The visitor closed it without an answer.
    Ignored,
    /// Its time was over.
    Expired,
    /// The agent took it back.
    Withdrawn,
    /// This session began otherwise.
    SessionBegan(SessionId),
    /// The visitor left.
    VisitorGone,
}

/// Who a participant is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParticipantId {
    /// The session's visitor.
    Visitor(VisitorId),
    /// An agent.
    Agent(AgentId),
}

/// A participant as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParticipantView {
    /// Its number in the session; 1 is the visitor.
    pub number: u16,
    /// Who it is.
    pub id: ParticipantId,
    /// What it is.
    pub class: Class,
    /// Whether the visitor sees that it takes part.
    pub is_seen: bool,
    /// False after it left.
    pub present: bool,
    /// Whether it has the session. One has it at a time.
    pub owns: bool,
    /// The last message that reached it, by the reader's number.
    pub delivered: u64,
    /// The last message it has read, by the reader's number.
    pub read: u64,
}

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// In the queue, at this position: 1 is the head, 0 not known yet.
    Waiting {
        /// The place in the queue.
        position: u32,
    },
    /// An agent has it.
    Active,
    /// Over.
    Closed(CloseCause),
}

/// A session as a participant finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// Which session.
    pub session: SessionId,
    /// Where it stands.
    pub state: SessionState,
    /// Its visitor.
    pub visitor: VisitorId,
    /// The department in whose queue it is or was.
    pub department: DepartmentId,
    /// How it came about.
    pub begin: BeginCause,
    /// The participant that the reader is; 0 for one who watches.
    pub you: u16,
    /// All who take or took part.
    pub participants: SmallVec<[ParticipantView; 2]>,
    /// The last message; 0 while there is none.
    pub last_seq: u64,
    /// The oldest message still held; `last_seq + 1` while there is none.
    pub first_kept_seq: u64,
    /// When it was asked for.
    pub asked_wall_ms: u64,
    /// When an agent got it; 0 until then.
    pub assigned_wall_ms: u64,
    /// When an agent first said something to the visitor; 0 until then.
    pub first_reply_wall_ms: u64,
    /// When it ended; 0 while it goes on.
    pub ended_wall_ms: u64,
    /// Whether the visitor said anything.
    pub valid: bool,
    /// What the visitor filled in before it, in the form's order; to visitors nothing.
    pub form: Box<[Answer]>,
    /// The score that the visitor gave.
    pub score: Option<u8>,
}

/// Announces the messages of a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// The first message that follows.
    pub from_seq: u64,
    /// The last one; below `from_seq` if none follows.
    pub to_seq: u64,
    /// False if there is a hole before `from_seq`.
    pub complete: bool,
}

/// What one person is told, through one link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// An agent's answer is due.
    ReplyDue(Box<ReplyDue>),
    /// A visitor is asked to rate.
    RatingAsked(Box<RatingAsked>),
    /// A visitor has rated.
    Rated(Box<Rated>),
    /// A session was cleared away, through another link of its agent.
    SessionCleared {
        /// Which.
        session: SessionId,
    },
    /// Something was said.
    Message {
        /// Where.
        session: SessionId,
        /// The reader's number for it, from 1 without a gap.
        seq: u64,
        /// What.
        message: Arc<Message>,
    },
    /// What a visitor has typed so far. Latest wins.
    Preview {
        /// Where.
        session: SessionId,
        /// Who.
        from: u16,
        /// The masked text; empty for nothing.
        text: Arc<str>,
    },
    /// Someone types, or has stopped. Latest wins.
    Typing {
        /// Where.
        session: SessionId,
        /// Who.
        from: u16,
        /// Whether it types now.
        typing: bool,
    },
    /// A participant received or read up to here. Latest wins.
    Receipt {
        /// Where.
        session: SessionId,
        /// Who.
        participant: u16,
        /// The last message that reached it.
        delivered: u64,
        /// The last message it has read.
        read: u64,
    },
    /// The link follows this session from here on.
    SessionOpened(Box<SessionView>),
    /// The messages that follow are a replay.
    Resumed {
        /// Where.
        session: SessionId,
        /// Which messages.
        replay: Resumed,
    },
    /// The place in the queue; 1 is the head. Latest wins.
    QueuePosition {
        /// Where.
        session: SessionId,
        /// The place.
        position: u32,
        /// How long it still takes; `None` for unknown.
        estimate: Option<Estimate>,
    },
    /// Someone takes part from now on.
    ParticipantJoined {
        /// Where.
        session: SessionId,
        /// Who.
        participant: Box<ParticipantView>,
    },
    /// The visitor sees someone who takes part from now on, or no longer.
    ParticipantChanged {
        /// Where.
        session: SessionId,
        /// Who.
        participant: Box<ParticipantView>,
    },
    /// A supervisor watches a session of the agent's, or watches it no longer.
    SessionWatched {
        /// Which.
        session: SessionId,
        /// Who.
        by: AgentId,
        /// Whether it watches now.
        watches: bool,
    },
    /// Someone takes part no longer.
    ParticipantLeft {
        /// Where.
        session: SessionId,
        /// Who.
        number: u16,
    },
    /// The session is over.
    SessionClosed {
        /// Which.
        session: SessionId,
        /// Why.
        cause: CloseCause,
        /// Its last message.
        last_seq: u64,
        /// When.
        wall_ms: u64,
        /// Whether the visitor said anything.
        valid: bool,
    },
    /// The link watches this session no longer, and nothing of the watch follows.
    WatchEnded {
        /// Which.
        session: SessionId,
    },
    /// The agent's own status changed. Latest wins.
    StatusChanged {
        /// The new status.
        status: Status,
        /// Why.
        reason: Arc<str>,
        /// Since when.
        since_wall_ms: u64,
        /// The status that comes when the agent has nothing more.
        next: Option<Status>,
    },
    /// The agent is asked whether it takes a session.
    OfferMade(Box<OfferView>),
    /// The agent is asked no longer.
    OfferEnded {
        /// Which.
        offer: OfferId,
        /// What it was about.
        session: SessionId,
        /// Why.
        outcome: OfferOutcome,
    },
    /// What the agent asked of colleagues is over.
    HandingEnded(Box<HandingEnded>),
    /// Of the department that the agent asked, the next one is asked.
    AskedNext(Box<Asking>),
    /// The visitor is invited.
    InvitationShown(Box<InvitationView>),
    /// An invitation is shown no longer.
    InvitationEnded {
        /// Which.
        invitation: InvitationId,
        /// To whom it was shown.
        visitor: VisitorId,
        /// How it ended.
        outcome: InvitationOutcome,
    },
    /// Something was said to all agents of the tenant or of a department.
    Announcement(Arc<Announcement>),
    /// Of a room of colleagues that the agent is in.
    Room {
        /// Which.
        room: RoomId,
        /// What.
        told: RoomTold,
    },
    /// The visitors present, as the watched window has them.
    VisitorsSnapshot(Arc<VisitorList>),
    /// What changed in the watched window.
    VisitorsChanged(Arc<VisitorList>),
    /// The watched floor as it stands.
    FloorSnapshot(Arc<FloorList>),
    /// What changed on the watched floor.
    FloorChanged(Arc<FloorList>),
    /// Those who wait, as the watched queues have them.
    QueuesSnapshot(Arc<QueueList>),
    /// What changed in the watched queues.
    QueuesChanged(Arc<QueueList>),
    /// Whether somebody is there for the visitor has changed. Latest wins.
    ReceptionChanged {
        /// How it is now; waiting also stands for free.
        receiving: Receiving,
    },
}

/// Which latest-wins value a delivery is; the session's random bits keep sessions apart.
fn key(kind: u64, session: SessionId, from: u16) -> u64 {
    session.hash_bits() ^ (kind << 16 | u64::from(from)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Delivery {
    /// The key of a delivery that is worth only its latest value; `None` for one that must be told.
    pub fn latest_key(&self) -> Option<u64> {
        match self {
            Self::Preview { session, from, .. } => Some(key(1, *session, *from)),
            Self::Typing { session, from, .. } => Some(key(2, *session, *from)),
            Self::Receipt { session, participant, .. } => Some(key(3, *session, *participant)),
            Self::QueuePosition { session, .. } => Some(key(4, *session, 0)),
            Self::StatusChanged { .. } => Some(5),
            Self::ReceptionChanged { .. } => Some(6),
            Self::Room { room, told } => told.latest_key(*room),
            Self::ReplyDue(due) => Some(key(7, due.session, 0)),
            _ => None,
        }
    }

    /// The key whose unread latest value has lost its sense with this delivery: the place in a queue, once there is an agent, the end, or
    /// the end of the watch. What is told in order is read first, so the place would be shown after that.
    pub fn voided_key(&self) -> Option<u64> {
        match self {
            Self::ParticipantJoined { session, .. }
            | Self::SessionClosed { session, .. }
            | Self::WatchEnded { session } => Some(key(4, *session, 0)),
            Self::ParticipantChanged { session, participant } if participant.owns => {
                Some(key(4, *session, 0))
            }
            _ => None,
        }
    }

    /// About how many bytes it takes on the wire.
    pub fn bytes(&self) -> usize {
        const ENVELOPE: usize = 64;
        const ROW: usize = 512;
        const SMALL_ROW: usize = 192;
        ENVELOPE
            + match self {
                Self::Message { message, .. } => message.words.body().len(),
                Self::Room { told, .. } => told.bytes(),
                Self::Announcement(said) => said.text.len(),
                Self::Preview { text, .. } => text.len(),
                Self::InvitationShown(view) => view.text.len(),
                Self::OfferMade(view) => view.note.len(),
                Self::SessionOpened(view) => {
                    let form = view.form.iter();
                    let form = form.map(|answer| answer.field.len() + answer.value.len());
                    64 * (1 + view.participants.len()) + form.sum::<usize>()
                }
                Self::Rated(rated) => 2 * SMALL_ROW + rated.rating.words.len(),
                Self::RatingAsked(asked) => 64 * asked.tags.len(),
                Self::VisitorsSnapshot(list) | Self::VisitorsChanged(list) => ROW * list.rows.len(),
                Self::FloorSnapshot(list) | Self::FloorChanged(list) => {
                    SMALL_ROW * (list.departments.len() + list.agents.len())
                }
                Self::QueuesSnapshot(list) | Self::QueuesChanged(list) => {
                    SMALL_ROW * list.rows.len()
                }
                _ => 0,
            }
    }
}
