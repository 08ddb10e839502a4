//! What a program asks of the engine through a link, and what it is answered.

mod answered;
mod asked;
mod attaching;
mod counted;
mod rooms;
mod watched;

use std::sync::Arc;

pub use answered::{Accepted, Asked, MessagePage, Reply, Said};
pub use asked::{Ask, AskedBy, SetStatus};
pub use attaching::{
    AgentAttach, Attached, Departure, Epoch, LinkToken, ResumePoint, VisitorAttach,
};
pub use counted::{Breakdown, BreakdownQuery, Counts, VisitorCounts, Which};
use frontdesk_desk::block::Target;
pub use frontdesk_desk::floor::{
    AnnouncementWish, Clearing, Colleague, InviteColleague, PostWish, Room, RoomWish, SignOn,
    TargetsQuery, Transfer, When,
};
pub use frontdesk_desk::id::Person;
use frontdesk_desk::id::{
    AgentId, AnnouncementId, DepartmentId, InvitationId, LinkId, OfferId, RoomId, SessionId,
    TenantNo, VisitorId,
};
use frontdesk_desk::list::ListQuery;
use frontdesk_desk::message::Words;
use frontdesk_desk::page::Page;
use frontdesk_desk::policy::Draft;
pub use frontdesk_desk::session::Rating;
pub use frontdesk_desk::visitor::Answer;
pub use rooms::{RoomMessagePage, RoomResumePoint};
pub use watched::{FloorQuery, QueuesQuery};

/// One live attachment of a person: the right to submit in its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Link {
    /// Which link; deliveries for it name this id.
    pub id: LinkId,
    /// Whose.
    pub tenant: TenantNo,
    /// Who.
    pub person: Person,
}

/// What a person asks.
#[derive(Clone, Debug)]
pub enum Command {
    /// A visitor goes to another page.
    ViewPage(Page),
    /// A visitor asks for a session.
    Ask(Ask),
    /// A visitor reads who is there for it.
    ReadReception {
        /// In one department; of all who receive it if not given.
        department: Option<DepartmentId>,
    },
    /// A visitor's page follows whether somebody is there for it. What it followed before it follows no more.
    WatchReception {
        /// In one department; of all who receive it if not given.
        department: Option<DepartmentId>,
    },
    /// A visitor's page follows its reception no longer.
    UnwatchReception,
    /// Says something.
    Say {
        /// Where.
        session: SessionId,
        /// What.
        words: Words,
    },
    /// Shows what is being typed; empty for nothing.
    Preview {
        /// Where.
        session: SessionId,
        /// What, at most 2,048 bytes.
        text: Box<str>,
    },
    /// The visitor lets agents see what it types, or no longer.
    AllowPreviews {
        /// Where.
        session: SessionId,
        /// Whether they may.
        allowed: bool,
    },
    /// Acknowledges messages.
    Acknowledge {
        /// Where.
        session: SessionId,
        /// The last one that arrived.
        delivered: u64,
        /// The last one read.
        read: u64,
    },
    /// Ends a session.
    Close {
        /// Which.
        session: SessionId,
    },
    /// A visitor rates its session, once, also after the end.
    Rate {
        /// Which.
        session: SessionId,
        /// How.
        rating: Rating,
    },
    /// An agent asks the visitor to rate.
    AskRating {
        /// Where.
        session: SessionId,
    },
    /// An agent clears away a session that is over and that it had last.
    ClearAway {
        /// Which.
        session: SessionId,
        /// What it was about.
        clearing: Box<Clearing>,
    },
    /// Reads a session.
    ReadSession {
        /// Which.
        session: SessionId,
    },
    /// Reads messages still held.
    ReadMessages {
        /// Where.
        session: SessionId,
        /// The first wanted.
        from_seq: u64,
        /// How many at most, 1 to 64.
        messages_max: u8,
    },
    /// A supervisor watches a session: its link is brought the session and told everything that is told there, until the session
    /// ends, the agent takes part in it, or the link goes.
    WatchSession {
        /// Which, and what the link has seen of it.
        resume: ResumePoint,
    },
    /// A supervisor watches a session no longer.
    UnwatchSession {
        /// Which.
        session: SessionId,
    },
    /// An agent begins to work.
    SignOn(SignOn),
    /// An agent changes its status, or a supervisor another one's.
    SetStatus(SetStatus),
    /// An agent stops working.
    SignOff {
        /// Why, at most 64 bytes.
        reason: Arc<str>,
    },
    /// An agent takes what it is offered.
    AcceptOffer {
        /// Which.
        offer: OfferId,
    },
    /// An agent doesn't take what it is offered.
    DeclineOffer {
        /// Which.
        offer: OfferId,
    },
    /// An agent takes one who waits, by itself.
    Pick {
        /// Which; the next of those it may have if not given.
        session: Option<SessionId>,
        /// Whether it must have room. Only supervisors may override.
        room: Room,
    },
    /// An agent has finished its notes.
    FinishNotes {
        /// About which session; all if not given.
        session: Option<SessionId>,
    },
    /// An agent hands a session to a bot.
    HandOver {
        /// Which.
        session: SessionId,
        /// To whom; to the bot of the site's style if not given.
        bot: Option<AgentId>,
    },
    /// An agent takes back what it handed to a bot.
    TakeBack {
        /// Which.
        session: SessionId,
    },
    /// An agent transfers a session that it has. Only supervisors may override the room.
    Transfer(Box<Transfer>),
    /// An agent takes back what it asked of colleagues: a transfer or an invitation.
    WithdrawOffer {
        /// Which.
        offer: OfferId,
    },
    /// An agent who takes part asks a colleague to take part too.
    InviteColleague(Box<InviteColleague>),
    /// A supervisor takes part in a session.
    JoinSession {
        /// Which.
        session: SessionId,
        /// Whether the visitor is told.
        is_seen: bool,
    },
    /// A guest takes part no longer.
    LeaveSession {
        /// Where.
        session: SessionId,
    },
    /// A guest lets the visitor see it, or doesn't any more.
    SetSeen {
        /// Where.
        session: SessionId,
        /// Whether it does.
        is_seen: bool,
    },
    /// An agent makes a guest of its session the one who has it, and stays as a guest.
    PassOn {
        /// Which.
        session: SessionId,
        /// The guest.
        agent: AgentId,
        /// Whether it must have room. Only supervisors may override.
        room: Room,
    },
    /// A supervisor takes a session from whoever has it, or out of its queue.
    TakeOver {
        /// Which.
        session: SessionId,
        /// Whether it must have room.
        room: Room,
    },
    /// A supervisor ends a session.
    EndSession {
        /// Which.
        session: SessionId,
    },
    /// Reads to whom an agent may transfer.
    ReadTransferTargets(Box<TargetsQuery>),
    /// Reads why a session waits.
    WhyWaiting {
        /// Which.
        session: SessionId,
    },
    /// Reads why an agent has nothing, or no more.
    WhyIdle {
        /// Who; oneself if not given.
        agent: Option<AgentId>,
    },
    /// Reads an agent's work log.
    ReadWorkLog {
        /// Whose; one's own if not given.
        agent: Option<AgentId>,
    },
    /// Reads who waits.
    ReadQueue {
        /// Where.
        department: DepartmentId,
        /// How many rows, 1 to 200.
        rows: u16,
    },
    /// An agent watches visitors present. What it watched before it watches no more.
    WatchVisitors {
        /// Which ones, and in which order.
        query: Box<ListQuery>,
        /// How many rows, 1 to 200.
        rows: u16,
    },
    /// An agent stops watching.
    Unwatch,
    /// An agent watches departments and agents. What it watched of the floor before it watches no more.
    WatchFloor(Box<FloorQuery>),
    /// An agent watches the floor no longer.
    UnwatchFloor,
    /// An agent watches who waits. What it watched of queues before it watches no more.
    WatchQueues(Box<QueuesQuery>),
    /// An agent watches queues no longer.
    UnwatchQueues,
    /// An agent reads a visitor's trail.
    ReadTrail {
        /// Whose.
        visitor: VisitorId,
    },
    /// An agent invites a visitor who browses.
    Invite {
        /// Whom.
        visitor: VisitorId,
        /// In which of its departments; in its first if not given.
        department: Option<DepartmentId>,
        /// What is shown, at most 1,024 bytes.
        text: Box<str>,
    },
    /// An agent opens a session with a visitor who browses, without asking it.
    ForceSession {
        /// With whom.
        visitor: VisitorId,
        /// In which of its departments; in its first if not given.
        department: Option<DepartmentId>,
    },
    /// An agent takes back its invitation.
    WithdrawInvitation {
        /// To whom it is shown.
        visitor: VisitorId,
        /// Which.
        invitation: InvitationId,
    },
    /// A visitor answers an invitation.
    AnswerInvitation {
        /// Which.
        invitation: InvitationId,
        /// What it says.
        answer: Answer,
    },
    /// An agent shuts somebody out: whoever it is meant for is not attached any more when the answer comes, and is refused from
    /// then on. A block of the same target is replaced.
    Block {
        /// Whom.
        target: Target,
        /// For how long, in milliseconds, at most ten years; `None` for good.
        for_ms: Option<u64>,
        /// Why, at most 256 bytes.
        reason: Arc<str>,
    },
    /// An agent lifts a block.
    Unblock {
        /// Whose: the same target, not one within it.
        target: Target,
    },
    /// An agent reads whom the tenant shuts out.
    ReadBlocks {
        /// The last target known; `None` for the beginning of the list.
        after: Option<Target>,
        /// How many at most, 1 to 100.
        blocks_max: u16,
    },
    /// An agent reads the tenant's counts, and the visitors present by site, group of sites or region.
    ReadCounts(Box<BreakdownQuery>),
    /// A supervisor says something to all agents of the tenant or of a department.
    Announce(AnnouncementWish),
    /// An agent has seen what was said to all.
    AcknowledgeAnnouncement {
        /// Which.
        announcement: AnnouncementId,
    },
    /// An agent opens a room with colleagues.
    OpenRoom(RoomWish),
    /// An agent begins to talk with a colleague, or goes on.
    TalkWith {
        /// With whom.
        agent: AgentId,
    },
    /// A member lets colleagues into a room.
    InviteToRoom {
        /// Which.
        room: RoomId,
        /// Whom, less than 50.
        agents: Vec<AgentId>,
    },
    /// A member leaves a room.
    LeaveRoom {
        /// Which.
        room: RoomId,
    },
    /// A member says something in a room.
    SayInRoom {
        /// Where.
        room: RoomId,
        /// What.
        words: Words,
    },
    /// A member acknowledges what was said.
    AcknowledgeRoom {
        /// Where.
        room: RoomId,
        /// The last one that arrived.
        delivered: u64,
        /// The last one read.
        read: u64,
    },
    /// A member reads a room.
    ReadRoom {
        /// Which.
        room: RoomId,
    },
    /// A member reads what was said since it joined and is still held.
    ReadRoomMessages {
        /// Where.
        room: RoomId,
        /// The first wanted.
        from_seq: u64,
        /// How many at most, 1 to 64.
        messages_max: u8,
    },
    /// An admin reads the policy in force.
    ReadPolicy,
    /// An admin puts another policy in the place of the one in force, whole or not at all. The engine keeps it as long as it runs;
    /// to keep it longer, see [`Engine::prepare_policy`](crate::Engine::prepare_policy).
    ReplacePolicy {
        /// The policy; it gets the next version, whatever its own says.
        draft: Box<Draft>,
        /// The version that the change was made from.
        made_from: u64,
    },
}
