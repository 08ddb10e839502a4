//! What a link tells the program, in the order in which it happened.
//!
//! Events that come from the broker carry its own words ([`v1`]) where those are plain data, with ids parsed. What the
//! client itself knows is told the same way: that the connection is gone, is back, and is over for good.

use bytes::Bytes;
use frontdesk_proto::v1;

use crate::company::ColleagueAsked;
use crate::id::{AnnouncementId, InvitationId, OfferId, RoomId, SessionId};
use crate::refusal::{EndReason, Refusal};

/// One thing that happened on a link.
///
/// A variant may be added with a new version of the protocol; what this version doesn't know is left out.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The link follows a session from here. Sent again for the same session after a resume: the view replaces the old one.
    SessionOpened {
        /// The session.
        session: SessionId,
        /// How it stands.
        view: v1::SessionView,
    },
    /// The next message of a session: each is told once, in order of `seq`, one's own included (see [`Message`]).
    Message(Message),
    /// Messages were not brought by a resume: no longer held, or too many at once. `read_messages` gets those still held.
    MessagesMissing {
        /// The session.
        session: SessionId,
        /// The first one missing.
        from_seq: u64,
        /// The last one missing.
        to_seq: u64,
    },
    /// The broker lost what it had not kept: forget the session's messages beyond `to_seq`. Their senders say them again.
    MessagesWithdrawn {
        /// The session.
        session: SessionId,
        /// The last message that holds.
        to_seq: u64,
    },
    /// What the visitor has typed so far; empty: nothing, or it was sent. Latest wins.
    PreviewShown {
        /// The session.
        session: SessionId,
        /// The participant who types.
        from: u32,
        /// The text so far.
        text: String,
    },
    /// Someone types, or has stopped. Latest wins.
    Typing {
        /// The session.
        session: SessionId,
        /// The participant.
        from: u32,
        /// Whether it types now.
        typing: bool,
    },
    /// A participant received or read up to here. Latest wins.
    Receipt {
        /// The session.
        session: SessionId,
        /// The participant.
        participant: u32,
        /// The last sequence number that reached it.
        delivered: u64,
        /// The last one it read.
        read: u64,
    },
    /// The place in the queue; 1 is the head. Latest wins.
    QueuePosition {
        /// The session.
        session: SessionId,
        /// The place.
        position: u32,
        /// How long it still takes; `None` for unknown.
        estimate: Option<v1::Estimate>,
    },
    /// Someone joined a session.
    ParticipantJoined {
        /// The session.
        session: SessionId,
        /// Who.
        participant: v1::Participant,
    },
    /// Someone left a session.
    ParticipantLeft {
        /// The session.
        session: SessionId,
        /// The participant's number.
        number: u32,
    },
    /// A session is over; nothing of it follows.
    SessionClosed {
        /// The session.
        session: SessionId,
        /// Who or what ended it.
        cause: v1::CloseCause,
        /// Its last message.
        last_seq: u64,
        /// When it ended, by the broker's clock.
        wall_ms: u64,
        /// Whether the visitor said anything.
        valid: bool,
    },
    /// The link watches this session no longer: it was told to, or the agent takes part now and `SessionOpened` follows.
    WatchEnded {
        /// The session.
        session: SessionId,
    },
    /// After an interruption the broker knows no such session any more, and said nothing of how it ended; or what was watched can't
    /// be watched any more.
    SessionLost {
        /// The session.
        session: SessionId,
    },
    /// The agent's status changed, or was found changed after an interruption.
    StatusChanged {
        /// The status now.
        status: v1::Status,
        /// Why, as given by who changed it.
        reason: String,
        /// Since when, by the broker's clock; 0 where unknown.
        since_wall_ms: u64,
        /// The status that comes when the agent has nothing more; unspecified for none.
        next: v1::Status,
    },
    /// The agent is asked whether it takes a session. Comes again after an interruption while the offer stands.
    OfferMade {
        /// Which offer.
        offer: OfferId,
        /// The session that it gets if it accepts.
        session: SessionId,
        /// The rest.
        made: v1::OfferMade,
    },
    /// The agent is asked no longer.
    OfferEnded {
        /// Which offer.
        offer: OfferId,
        /// What it was about.
        session: SessionId,
        /// How it ended.
        outcome: v1::OfferOutcome,
    },
    /// A transfer that the agent asked for is over.
    TransferEnded {
        /// Which session.
        session: SessionId,
        /// Which offer.
        offer: OfferId,
        /// How it ended.
        outcome: v1::HandingOutcome,
        /// Who has the session, or who ended it; empty for nobody.
        agent: String,
    },
    /// The invitation of a colleague that the agent asked for is over.
    ColleagueInvitationEnded {
        /// Which session.
        session: SessionId,
        /// Which offer.
        offer: OfferId,
        /// How it ended.
        outcome: v1::HandingOutcome,
        /// Who takes part now, or who ended it; empty for nobody.
        agent: String,
    },
    /// Of the department that the agent asked, the next one is asked. Comes again after an interruption for whoever is asked then.
    AskedNext(ColleagueAsked),
    /// A guest is seen by the visitor from now on, or no longer.
    ParticipantChanged {
        /// The session.
        session: SessionId,
        /// Who.
        participant: v1::Participant,
    },
    /// A supervisor watches a session of the agent's, or watches it no longer.
    SessionWatched {
        /// The session.
        session: SessionId,
        /// Who.
        by: String,
        /// Whether it watches now.
        watches: bool,
    },
    /// The visitor is invited. Comes again after an interruption while the invitation is shown.
    InvitationShown {
        /// Which.
        invitation: InvitationId,
        /// The rest.
        shown: v1::InvitationShown,
    },
    /// An invitation is shown no longer: to this visitor, or by this agent.
    InvitationEnded {
        /// Which.
        invitation: InvitationId,
        /// To whom it was shown.
        visitor: String,
        /// How it ended.
        outcome: v1::InvitationOutcome,
        /// The session that began with it.
        session: Option<SessionId>,
    },
    /// Something was said to all agents of the tenant or of a department. Comes again, also after an interruption, until it is acknowledged.
    Announcement {
        /// Which.
        announcement: AnnouncementId,
        /// The rest.
        said: v1::Announcement,
    },
    /// The link follows a room from here. Sent again after a resume: the view replaces the old one.
    RoomOpened {
        /// The room.
        room: RoomId,
        /// How it stands.
        view: v1::RoomView,
    },
    /// The next word of a room: each is told once, in order of `seq`, one's own included.
    RoomMessage(RoomMessage),
    /// Words of a room were not brought by a resume: no longer held, or too many at once.
    RoomMessagesMissing {
        /// The room.
        room: RoomId,
        /// The first one missing.
        from_seq: u64,
        /// The last one missing.
        to_seq: u64,
    },
    /// The broker lost what it had not kept: forget the room's words beyond `to_seq`.
    RoomMessagesWithdrawn {
        /// The room.
        room: RoomId,
        /// The last word that holds.
        to_seq: u64,
    },
    /// A member received or read up to here. Latest wins.
    RoomReceipt {
        /// The room.
        room: RoomId,
        /// The member.
        number: u32,
        /// The last word that reached it.
        delivered: u64,
        /// The last one it read.
        read: u64,
    },
    /// Someone is in a room from now on.
    RoomJoined {
        /// The room.
        room: RoomId,
        /// Who.
        member: v1::RoomMember,
    },
    /// Someone is in a room no longer; of one's own number: nothing of the room follows.
    RoomLeft {
        /// The room.
        room: RoomId,
        /// The member.
        number: u32,
    },
    /// A room is over; nothing of it follows.
    RoomClosed {
        /// The room.
        room: RoomId,
        /// Why.
        cause: v1::RoomEnd,
        /// Its last word.
        last_seq: u64,
        /// When it ended, by the broker's clock.
        wall_ms: u64,
    },
    /// After an interruption one is in no such room any more: it ended, or another device left it.
    RoomLost {
        /// The room.
        room: RoomId,
    },
    /// The window of visitors as it stands; it replaces all that was known. Comes again after an interruption.
    VisitorsSnapshot(v1::VisitorsSnapshot),
    /// What changed in the window of visitors.
    VisitorsChanged(v1::VisitorsChanged),
    /// The watched floor, whole: forget what was known.
    FloorSnapshot(v1::FloorSnapshot),
    /// What changed on the watched floor.
    FloorChanged(v1::FloorChanged),
    /// Those who wait in the watched queues, whole: forget who was known.
    QueuesSnapshot(v1::QueuesSnapshot),
    /// What changed in the watched queues.
    QueuesChanged(v1::QueuesChanged),
    /// An agent's answer is due, soon late: told to it, to those who watch, and to the supervisors who reach the department. Latest wins.
    ReplyDue {
        /// The session.
        session: SessionId,
        /// The rest.
        due: v1::ReplyDue,
    },
    /// The visitor may rate a session. Comes again after an interruption, as long as it hasn't.
    RatingAsked {
        /// The session.
        session: SessionId,
        /// The rest.
        asked: v1::RatingAsked,
    },
    /// The visitor has rated a session.
    Rated {
        /// The session.
        session: SessionId,
        /// The rest.
        rated: v1::Rated,
    },
    /// The session was cleared away through another link of this agent.
    SessionCleared {
        /// The session.
        session: SessionId,
    },
    /// Whether somebody is there for the visitor has changed.
    ReceptionChanged {
        /// How it is now.
        receiving: v1::Receiving,
    },
    /// Something sent without waiting for an answer (a preview, an acknowledgement) was refused.
    Refused(Refusal),
    /// The link is cut off. Keep calling: requests wait, and go out once it is back.
    Interrupted(Interruption),
    /// The link is attached again, and what was missed follows.
    Reconnected {
        /// Whether the broker still is the one of before.
        memory: Memory,
    },
    /// The link is over for good; the last event.
    Ended(EndReason),
}

/// One message of a session.
///
/// One's own messages come as events too, in their place among the others', so that the events alone make the whole log. A
/// program that shows a message at once when it is said knows its event by `client_message_id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The session.
    pub session: SessionId,
    /// Its place: 1 is the first, each is one more than the one before.
    pub seq: u64,
    /// The sender's participant number.
    pub from: u32,
    /// What the body is; a number of [`v1::MessageKind`], or one that this version doesn't know.
    pub kind: i32,
    /// The body.
    pub body: Bytes,
    /// When the broker took it, by its clock; 0 for the opening of an `ask`, whose time the reply doesn't say.
    pub wall_ms: u64,
    /// The sender's own id of it: 16 bytes.
    pub client_message_id: Bytes,
    /// Who may see it; a number of [`v1::Audience`].
    pub audience: i32,
    /// The participant it is for, if it is for one; else 0.
    pub to: u32,
    /// If not empty, this is another version of the sender's message of that id, or takes it back.
    pub replaces: Bytes,
}

impl Message {
    /// The body as text, if it is text.
    pub fn text(&self) -> Option<&str> {
        (self.kind == v1::MessageKind::Text as i32)
            .then(|| std::str::from_utf8(&self.body).ok())
            .flatten()
    }
}

/// One word of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomMessage {
    /// The room.
    pub room: RoomId,
    /// Its place: each is one more than the one before.
    pub seq: u64,
    /// The sender's number.
    pub from: u32,
    /// What the body is; a number of [`v1::MessageKind`], or one that this version doesn't know.
    pub kind: i32,
    /// The body.
    pub body: Bytes,
    /// When the broker took it, by its clock.
    pub wall_ms: u64,
    /// The sender's own id of it: 16 bytes.
    pub client_message_id: Bytes,
}

impl RoomMessage {
    /// The body as text, if it is text.
    pub fn text(&self) -> Option<&str> {
        (self.kind == v1::MessageKind::Text as i32)
            .then(|| std::str::from_utf8(&self.body).ok())
            .flatten()
    }
}

/// Why a link is cut off for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interruption {
    /// The connection is gone; the client connects again by itself.
    ConnectionLost,
    /// The program read too slowly; the link is attached again once it has read what waits.
    TooSlow,
    /// The broker ended the link for a time; the client attaches again by itself.
    ComeBackLater {
        /// The code that it gave.
        code: u32,
    },
}

/// Whether a broker remembers what it sent before an interruption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// The same life of the broker: nothing is lost.
    Kept,
    /// It started anew: sessions are as its journal kept them, previews and watches began again.
    Renewed,
}
