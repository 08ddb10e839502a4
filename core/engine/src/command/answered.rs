//! What commands are answered.

use std::sync::Arc;

use frontdesk_desk::block::BlockPage;
use frontdesk_desk::delivery::{Asking, SessionView, Status};
use frontdesk_desk::floor::agent::LogEntry;
use frontdesk_desk::floor::why::{WhyIdle, WhyWaiting};
use frontdesk_desk::floor::{Targets, WaitingRow};
use frontdesk_desk::id::{AgentId, AnnouncementId, InvitationId, RoomId, SessionId};
use frontdesk_desk::message::Message;
use frontdesk_desk::page::TrailView;
use frontdesk_desk::policy::Draft;
use frontdesk_desk::room::RoomView;

#[cfg(doc)]
use super::Command;
use super::{Breakdown, Counts, RoomMessagePage};
use crate::board::Reception;
use crate::journal::Position;

/// What a say is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its place.
    pub seq: u64,
    /// When.
    pub wall_ms: u64,
    /// True if it had been said before.
    pub duplicate: bool,
}

/// What an ask is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which session.
    pub session: SessionId,
    /// True if it was open before.
    pub existing: bool,
    /// The opening's place, if there was one.
    pub opening_seq: Option<u64>,
}

/// Some messages of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePage {
    /// Which session.
    pub session: SessionId,
    /// In order, each with the reader's number for it, without a gap.
    pub messages: Vec<(u64, Arc<Message>)>,
    /// The next `from_seq`.
    pub next_seq: u64,
    /// The last message.
    pub last_seq: u64,
}

/// What a command is answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// It is done.
    Done,
    /// To [`Command::Say`] and [`Command::SayInRoom`].
    Said(Said),
    /// To [`Command::Ask`] and [`Command::ForceSession`], and to [`Command::AnswerInvitation`] for who accepts.
    Asked(Asked),
    /// To [`Command::Invite`].
    Invited {
        /// Which invitation it is.
        invitation: InvitationId,
        /// Until when it is shown.
        until_wall_ms: u64,
    },
    /// To [`Command::ReadSession`].
    Session(Box<SessionView>),
    /// To [`Command::ReadMessages`].
    Messages(Box<MessagePage>),
    /// To [`Command::SignOn`].
    SignedOn {
        /// The agent's status.
        status: Status,
        /// Sessions it has.
        sessions: u32,
        /// Sessions it takes at once.
        capacity: u16,
    },
    /// To [`Command::ReadReception`] and [`Command::WatchReception`].
    Reception(Box<Reception>),
    /// To [`Command::AcceptOffer`], [`Command::Pick`] and [`Command::TakeOver`]: the session that the agent has, or takes part in.
    Got(SessionId),
    /// To [`Command::Transfer`] and [`Command::InviteColleague`].
    Asking(Box<Asking>),
    /// To [`Command::ReadTransferTargets`].
    TransferTargets(Box<Targets>),
    /// To [`Command::HandOver`]: the bot that has it.
    HandedTo(AgentId),
    /// To [`Command::WhyWaiting`].
    WhyWaiting(Box<WhyWaiting>),
    /// To [`Command::WhyIdle`].
    WhyIdle(Box<WhyIdle>),
    /// To [`Command::ReadWorkLog`]: oldest entry first.
    WorkLog(Vec<LogEntry>),
    /// To [`Command::ReadQueue`]: the head first.
    Queue(Vec<WaitingRow>),
    /// To [`Command::WatchVisitors`], [`Command::WatchFloor`] and [`Command::WatchQueues`].
    Watching,
    /// To [`Command::ReadTrail`].
    Trail(Box<TrailView>),
    /// To [`Command::ReadCounts`].
    Counts {
        /// The tenant's counts.
        counts: Counts,
        /// The visitors present, by what was asked for.
        breakdown: Box<Breakdown>,
    },
    /// To [`Command::Block`].
    Blocked {
        /// Visitors that were present and are gone by it.
        visitors: u64,
        /// Until when the block holds, in milliseconds since 1970; `None` for good.
        until_wall_ms: Option<u64>,
    },
    /// To [`Command::ReadBlocks`].
    Blocks(Box<BlockPage>),
    /// To [`Command::OpenRoom`] and [`Command::TalkWith`].
    InRoom {
        /// Which.
        room: RoomId,
        /// True if it was there before.
        existing: bool,
    },
    /// To [`Command::Announce`].
    Announced {
        /// Which it is.
        announcement: AnnouncementId,
        /// When.
        wall_ms: u64,
        /// True if it had been said before.
        duplicate: bool,
    },
    /// To [`Command::ReadRoom`].
    Room(Box<RoomView>),
    /// To [`Command::ReadRoomMessages`].
    RoomMessages(Box<RoomMessagePage>),
    /// To [`Command::ReadPolicy`].
    Policy(Box<Draft>),
    /// To [`Command::ReplacePolicy`]: the version that is in force now.
    PolicyReplaced {
        /// That of the policy in force.
        version: u64,
    },
}

/// A yes.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// The answer.
    pub reply: Reply,
    /// The answer may leave once the journal has committed this position; `None` if nothing is to be kept.
    pub kept_at: Option<Position>,
}
