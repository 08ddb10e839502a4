//! A no that is not a fault: what was asked can't be had, and the state is unchanged.

use crate::delivery::{HandingOutcome, OfferOutcome};
use crate::floor::Colleague;
use crate::id::{AgentId, ChannelId, DepartmentId, SkillId};
use crate::policy::PolicyFault;
use crate::policy::form::FormFault;

/// Why the desk or the engine says no. Each sentence says what happened and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The link was ended or never attached.
    #[error("this link is no longer attached; attach again")]
    LinkGone,
    /// Only a visitor may do this.
    #[error("only a visitor may do this; use a link attached as a visitor")]
    VisitorsOnly,
    /// Only an agent may do this.
    #[error("only an agent may do this; use a link attached as an agent")]
    AgentsOnly,
    /// Only a supervisor or an admin may do this.
    #[error("only a supervisor or an admin may do this; use a link attached as one")]
    SupervisorsOnly,
    /// Only an admin may do this, through a link that reaches all departments.
    #[error(
        "only an admin may do this, with a token that holds for all departments; use a link attached as one"
    )]
    AdminsOnly,
    /// The link's role holds for other departments.
    #[error("this link doesn't reach the department {0:?}; use one that was attached for it")]
    OutOfReach(DepartmentId),
    /// The tenant has no such site.
    #[error("the tenant has no such site; use one that its configuration names")]
    UnknownSite,
    /// The tenant has no such group of sites.
    #[error("the tenant has no such group of sites; use one that its configuration names")]
    UnknownSiteGroup,
    /// The tenant has no such department.
    #[error("the tenant has no department {0:?}; use one that its configuration names")]
    UnknownDepartment(DepartmentId),
    /// The tenant has no such skill.
    #[error("the tenant has no skill {0:?}; use those that its policy names")]
    UnknownSkill(SkillId),
    /// The tenant has no such channel.
    #[error("the tenant has no channel {0:?}; use one that its policy names")]
    UnknownChannel(ChannelId),
    /// No agent of that id is known.
    #[error("the tenant has no agent {0:?}, or it never signed on")]
    UnknownAgent(AgentId),
    /// A part of a post outside its domain.
    #[error("a post's {field} must lie between 1 and {max}")]
    PostOutOfRange {
        /// The field.
        field: &'static str,
        /// Its highest value.
        max: u16,
    },
    /// The offer ended.
    #[error("this offer has ended: {}; there is nothing to answer", outcome(*.0))]
    OfferEnded(OfferOutcome),
    /// The agent was never made that offer, or it ended long ago.
    #[error("you have no such offer, or it ended some time ago")]
    OfferNotFound,
    /// Nobody waits whom the agent may pick.
    #[error("nobody waits in your departments")]
    NobodyWaits,
    /// Another agent has it, or is asked about it.
    #[error("another agent was first; pick another one")]
    PickLost,
    /// The agent has as much as it takes at once.
    #[error("you have as many sessions as you take at once; finish one first")]
    AgentFull,
    /// One asks oneself.
    #[error("a session is transferred to others, and others are invited to it; name another agent")]
    ToOneself,
    /// The policy doesn't let the agent turn to these.
    #[error("your departments' policy doesn't let you turn to {}; choose another agent or department", name(.0))]
    TargetOutOfReach(Colleague),
    /// A transfer of the session is under way.
    #[error("a transfer of this session is under way; withdraw it first")]
    TransferPending,
    /// The session was transferred as often as it may be.
    #[error(
        "this session was transferred {max} times, as often as the policy lets it; close it or talk on"
    )]
    TooManyTransfers {
        /// The policy's `transfers_max`.
        max: u16,
    },
    /// The agent can't be asked now.
    #[error("{0:?} is away, offline or can't be reached; choose another agent")]
    AgentUnavailable(AgentId),
    /// The agent has no room.
    #[error("{0:?} has as many sessions as it takes at once; choose another agent")]
    ColleagueFull(AgentId),
    /// Nobody of the department can be asked, and none may wait there.
    #[error("nobody of {0:?} can be asked now; choose another department or let the session wait")]
    NobodyFree(DepartmentId),
    /// What one asked of colleagues is over.
    #[error("this is over: {}; there is nothing to withdraw", handing_outcome(*.0))]
    HandingEnded(HandingOutcome),
    /// The agent takes part in the session.
    #[error("{0:?} takes part in this session already")]
    InSessionAlready(AgentId),
    /// The session's owner can't leave or hide.
    #[error("you have this session: transfer it, pass it on or close it")]
    OwnerStays,
    /// The agent is no guest of the session.
    #[error("{0:?} is no guest of this session; invite it first, or transfer the session")]
    NotAGuest(AgentId),
    /// A department that the agent doesn't receive for.
    #[error("you don't receive for {0:?}; sign on for that department")]
    OtherDepartment(DepartmentId),
    /// No bot receives there.
    #[error("there is no such bot; name one that the policy has, or give the site's style one")]
    NoSuchBot,
    /// The bot can't take it now.
    #[error("the bot can't take it: it isn't online, is full, or takes no transfers")]
    BotUnavailable,
    /// No visitor of that id is present.
    #[error("no visitor of that id is present")]
    VisitorNotFound,
    /// The visitor is in a session already.
    #[error("this visitor is in a session already; pick it, if it waits")]
    VisitorInSession,
    /// The visitor is being shown an invitation already.
    #[error("this visitor is being shown an invitation already; wait for its end")]
    InvitedAlready,
    /// The policy has switched invitations off.
    #[error("this tenant invites nobody at present; its policy has switched invitations off")]
    InvitationsOff,
    /// The invitation ended, or was never there.
    #[error("this invitation isn't shown any more; a visitor may ask for a session by itself")]
    InvitationEnded,
    /// The visitor is shut out of the tenant.
    #[error(
        "this visitor is blocked; don't attach it again before the company has lifted the block"
    )]
    Blocked,
    /// No block has that target.
    #[error("nobody is blocked by exactly this id or network; read the blocks for those there are")]
    BlockNotFound,
    /// The tenant has no session of that id, or it ended long ago.
    #[error("the tenant has no such session, or it ended some time ago")]
    SessionNotFound,
    /// The session has ended.
    #[error("the session has ended; ask for a new one")]
    SessionClosed,
    /// The caller takes no part in the session.
    #[error("you take no part in this session")]
    NotInSession,
    /// The caller takes part in the session that it wants to watch.
    #[error("you take part in this session and are told everything; there is nothing to watch")]
    InSession,
    /// The tenant has no room of that id, or it is over.
    #[error("the tenant has no such room, or it is over")]
    RoomNotFound,
    /// The agent is no member of the room.
    #[error("you are not in this room; let a member invite you")]
    NotInRoom,
    /// The policy doesn't let the departments talk with each other.
    #[error(
        "your departments may not talk with those of {0:?}; the policy's colleagues say which may"
    )]
    NotAColleague(AgentId),
    /// Nobody is let into a talk of two.
    #[error("a talk of two takes nobody else; open a room")]
    RoomOfTwo,
    /// No such words to all are kept.
    #[error("there is no such announcement, or it was made some time ago")]
    AnnouncementNotFound,
    /// One named oneself as a colleague.
    #[error("you are in it yourself; name colleagues")]
    Oneself {
        /// The field.
        field: &'static str,
    },
    /// The agent has not signed on.
    #[error("the agent has not signed on; sign on first")]
    NotSignedOn,
    /// A capacity of zero or above the tenant's limit.
    #[error("the capacity must lie between 1 and {max}")]
    CapacityOutOfRange {
        /// The tenant's `capacity_max`.
        max: u16,
    },
    /// More departments than an agent may receive for, or none.
    #[error("an agent receives for 1 to {max} departments")]
    DepartmentsOutOfRange {
        /// The most that are allowed.
        max: usize,
    },
    /// A status that can't be set by hand.
    #[error("the status must be online, busy or away; sign off to go offline")]
    StatusNotSettable,
    /// The tenant has switched previews off, or the visitor doesn't let them be seen.
    #[error("what is typed isn't shown here before it is sent; don't send previews")]
    PreviewOff,
    /// A text over its bound.
    #[error("{field} has more than {bytes_max} bytes; shorten it")]
    TooLong {
        /// The field.
        field: &'static str,
        /// Its bound.
        bytes_max: usize,
    },
    /// A number outside of its bounds.
    #[error("{field} must lie between {min} and {max}")]
    OutOfRange {
        /// The field.
        field: &'static str,
        /// The lowest that is taken.
        min: u64,
        /// The highest that is taken.
        max: u64,
    },
    /// More of something in one request than is taken.
    #[error("there are more than {max} {field}; leave some out")]
    TooMany {
        /// The field.
        field: &'static str,
        /// Its bound.
        max: usize,
    },
    /// Words to somebody whom their sender may not address so.
    #[error(
        "you may not say this to these: the visitor speaks to everyone, who is unseen by the visitor only to agents, supervisors or one of them who takes part"
    )]
    AudienceNotAllowed,
    /// A message that its sender doesn't have, or that is held no longer.
    #[error("you said no such message, or it is too long ago; say something new")]
    MessageNotFound,
    /// A change of what was said too long ago.
    #[error("a message may be changed for {edit_ms} ms after it was said; say something new")]
    EditTooLate {
        /// How long.
        edit_ms: u64,
    },
    /// A change of what was taken back.
    #[error("this message was taken back; say something new")]
    MessageRecalled,
    /// Another version of another kind than the message.
    #[error("another version must be of the same kind as the message")]
    OtherKind,
    /// The visitor has rated the session.
    #[error("this session has been rated; it is rated once")]
    AlreadyRated,
    /// No agent had the session.
    #[error("no agent has had this session; there is nothing to rate")]
    NothingToRate,
    /// A tag that the policy doesn't name for ratings.
    #[error("the policy names no tag {0:?}; give one of those that were told with the question")]
    UnknownTag(Box<str>),
    /// A topic that the policy doesn't name.
    #[error("the policy names no topic {0:?}; give one of those that it names")]
    UnknownTopic(Box<str>),
    /// A session that goes on.
    #[error("the session goes on; close it first")]
    NotClosed,
    /// A form that isn't filled in as it must be.
    #[error(transparent)]
    Form(FormFault),
    /// Words of nobody's, said by somebody.
    #[error("system lines are said by nobody; choose another kind")]
    SystemWords,
    /// A body that must be UTF-8 and is not.
    #[error("a text must be UTF-8")]
    TextNotUtf8,
    /// A field that must be set is empty.
    #[error("{field} is missing; set it")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A receipt for what was not said yet.
    #[error("the last message is {last_seq}; acknowledge no further")]
    BeyondEnd {
        /// The last sequence number.
        last_seq: u64,
    },
    /// A message id used before for another message.
    #[error("this client_message_id was used for another message; draw a new one")]
    IdReused,
    /// A policy has faults; the present one stays.
    #[error("the policy has {} fault(s), the first at {}; correct them and send it again", .0.len(), .0.first().map_or(String::new(), ToString::to_string))]
    BadPolicy(Vec<PolicyFault>),
    /// Another policy is in force than the one that the change was made from.
    #[error("the policy in force has version {present}; read it and make the change again")]
    PolicyOutdated {
        /// Its version.
        present: u64,
    },
    /// The department's queue is full.
    #[error("the queue of this department is full; come back later or leave a message")]
    QueueFull,
    /// A count is at its bound.
    #[error("{what} are at their limit of {max}; come back later")]
    LimitReached {
        /// What is counted.
        what: &'static str,
        /// The bound.
        max: u64,
    },
    /// A buffer between two parts of the engine is full.
    #[error("the engine is busy; come back in a moment")]
    Busy,
    /// The journal can't take more now.
    #[error("the journal is full; come back in a moment")]
    StorageFull,
}

fn outcome(outcome: OfferOutcome) -> &'static str {
    match outcome {
        OfferOutcome::Accepted => "you accepted it",
        OfferOutcome::Declined => "you declined it",
        OfferOutcome::TimedOut => "you let it pass",
        OfferOutcome::Rescinded => "it was taken back when your status changed",
        OfferOutcome::VisitorGone => "the visitor is gone",
        OfferOutcome::AgentGone => "you were gone",
        OfferOutcome::LostRace => "another agent was first",
        OfferOutcome::Withdrawn => "the colleague who asked took it back, or lost the session",
        OfferOutcome::SessionEnded => "the session ended",
    }
}

fn name(target: &Colleague) -> &str {
    match target {
        Colleague::Agent(id) => id.as_str(),
        Colleague::Department(id) => id.as_str(),
    }
}

fn handing_outcome(outcome: HandingOutcome) -> &'static str {
    match outcome {
        HandingOutcome::Accepted => "the colleague accepted it",
        HandingOutcome::Declined => "the colleague declined it",
        HandingOutcome::TimedOut => "the colleague let it pass",
        HandingOutcome::Away => "the colleague went away",
        HandingOutcome::Gone => "the colleague is gone",
        HandingOutcome::Waits => "the session waits in the department's queue",
        HandingOutcome::Withdrawn => "you took it back",
        HandingOutcome::SourceLost => "the session isn't yours any more",
        HandingOutcome::SessionEnded => "the session ended",
    }
}
