//! From the engine outward: deliveries, replies and refusals become the wire's messages.

mod company;
mod desk;
mod floor;
mod invitations;
mod presence;
mod rooms;
mod service;

use bytes::Bytes;
use frontdesk_desk::delivery::{
    CloseCause, Delivery, ParticipantId, ParticipantView, SessionState, SessionView, Status,
};
use frontdesk_desk::id::SessionId;
use frontdesk_desk::message::{Audience, Class, Message, MessageKind};
use frontdesk_desk::policy::Previews;
use frontdesk_engine::mailbox::LinkEnd;
use frontdesk_engine::{Attached, Epoch, Reply};
use frontdesk_proto::limits::ID_BYTES;
use frontdesk_proto::v1::{self, Code, delivery as wire};

use super::{Refused, blocks, policy};

/// What a link is told.
pub fn delivery(link: u32, delivery: Delivery, epoch: Epoch) -> v1::Delivery {
    v1::Delivery { link, request: 0, reply: None, event: Some(event(delivery, epoch)) }
}

/// What a command is answered. `links` are those of the tenant, for its counts.
pub fn reply(link: u32, request: u32, reply: Reply, links: u64) -> v1::Delivery {
    answer(link, request, wire_reply(reply, links))
}

/// What an attach is answered.
pub fn attached(link: u32, request: u32, attached: &Attached, epoch: Epoch) -> v1::Delivery {
    let attached = v1::Attached {
        link_token: id(attached.token.0),
        epoch: id(epoch.0),
        session: attached.session.map(session).unwrap_or_default(),
        previews_shown: attached.previews == Previews::Shown,
        previews_need_consent: attached.previews == Previews::Consented,
        status: attached.status.map_or(v1::Status::Unspecified, status).into(),
    };
    answer(link, request, wire::Reply::Attached(attached))
}

/// A no.
pub fn refused(link: u32, request: u32, refused: Refused) -> v1::Delivery {
    answer(link, request, wire::Reply::Refused(refused.into()))
}

/// The end of a link from this side.
pub fn link_ended(link: u32, end: LinkEnd) -> v1::Delivery {
    let (code, message) = match end {
        LinkEnd::TooSlow => {
            (Code::TooSlow, "too much waited for this link's reader; attach again and resume")
        }
        LinkEnd::Replaced => {
            (Code::Replaced, "another link of the same person took this one's place")
        }
        LinkEnd::Draining => {
            (Code::Draining, "the broker is being stopped or replaced; connect again and resume")
        }
        LinkEnd::Blocked => (
            Code::Blocked,
            "this visitor is blocked; don't attach it again before the company has lifted the block",
        ),
    };
    let ended = v1::LinkEnded { code: code.into(), message: message.to_owned() };
    v1::Delivery { link, request: 0, reply: None, event: Some(wire::Event::LinkEnded(ended)) }
}

fn answer(link: u32, request: u32, reply: wire::Reply) -> v1::Delivery {
    v1::Delivery { link, request, reply: Some(reply), event: None }
}

fn event(delivery: Delivery, epoch: Epoch) -> wire::Event {
    match delivery {
        Delivery::Message { session, seq, message } => {
            wire::Event::Message(self::message(session, seq, &message))
        }
        Delivery::Preview { session: of, from, text } => {
            wire::Event::PreviewShown(v1::PreviewShown {
                session: session(of),
                from: from.into(),
                text: text.as_ref().to_owned(),
            })
        }
        Delivery::Typing { session: of, from, typing } => {
            wire::Event::Typing(v1::Typing { session: session(of), from: from.into(), typing })
        }
        Delivery::Receipt { session: of, participant, delivered, read } => {
            wire::Event::Receipt(v1::Receipt {
                session: session(of),
                participant: participant.into(),
                delivered,
                read,
            })
        }
        Delivery::SessionOpened(opened) => {
            wire::Event::SessionOpened(v1::SessionOpened { view: Some(view(*opened)) })
        }
        Delivery::Resumed { session: of, replay } => wire::Event::Resumed(v1::Resumed {
            session: session(of),
            epoch: id(epoch.0),
            from_seq: replay.from_seq,
            to_seq: replay.to_seq,
            complete: replay.complete,
        }),
        Delivery::QueuePosition { session: of, position, estimate } => {
            wire::Event::QueuePosition(v1::QueuePosition {
                session: session(of),
                position,
                estimate: estimate.map(desk::estimate),
            })
        }
        Delivery::ParticipantJoined { session: of, participant: who } => {
            wire::Event::ParticipantJoined(v1::ParticipantJoined {
                session: session(of),
                participant: Some(participant(*who)),
            })
        }
        Delivery::ParticipantChanged { session: of, participant: who } => {
            wire::Event::ParticipantChanged(v1::ParticipantChanged {
                session: session(of),
                participant: Some(participant(*who)),
            })
        }
        Delivery::SessionWatched { session: of, by, watches } => {
            wire::Event::SessionWatched(v1::SessionWatched {
                session: session(of),
                by: by.as_str().to_owned(),
                watches,
            })
        }
        Delivery::ParticipantLeft { session: of, number } => {
            wire::Event::ParticipantLeft(v1::ParticipantLeft {
                session: session(of),
                number: number.into(),
            })
        }
        Delivery::RatingAsked(asked) => wire::Event::RatingAsked(service::rating_asked(*asked)),
        Delivery::Rated(rated) => wire::Event::Rated(service::rated(*rated)),
        Delivery::SessionCleared { session: of } => {
            wire::Event::SessionCleared(v1::SessionCleared { session: session(of) })
        }
        Delivery::ReplyDue(due) => wire::Event::ReplyDue(service::reply_due(*due)),
        Delivery::SessionClosed { session: of, cause: why, last_seq, wall_ms, valid } => {
            wire::Event::SessionClosed(v1::SessionClosed {
                session: session(of),
                cause: cause(why).into(),
                last_seq,
                wall_ms,
                valid,
            })
        }
        Delivery::WatchEnded { session: of } => {
            wire::Event::WatchEnded(v1::WatchEnded { session: session(of) })
        }
        Delivery::OfferMade(offer) => wire::Event::OfferMade(desk::offer_made(&offer)),
        Delivery::OfferEnded { offer, session: of, outcome } => {
            wire::Event::OfferEnded(v1::OfferEnded {
                offer: id(offer.to_bytes()),
                session: session(of),
                outcome: desk::outcome(outcome).into(),
            })
        }
        Delivery::StatusChanged { status: now, reason, since_wall_ms, next } => {
            wire::Event::StatusChanged(v1::StatusChanged {
                status: status(now).into(),
                reason: reason.as_ref().to_owned(),
                since_wall_ms,
                next: next.map_or(v1::Status::Unspecified, status).into(),
            })
        }
        Delivery::HandingEnded(over) => company::handing_ended(*over),
        Delivery::AskedNext(asking) => wire::Event::AskedNext(company::asking(*asking)),
        Delivery::InvitationShown(view) => wire::Event::InvitationShown(invitations::shown(*view)),
        Delivery::InvitationEnded { invitation, visitor, outcome } => {
            wire::Event::InvitationEnded(invitations::ended(invitation, &visitor, outcome))
        }
        Delivery::Room { room, told } => rooms::event(room, told, epoch),
        Delivery::Announcement(said) => wire::Event::Announcement(rooms::announcement(&said)),
        Delivery::VisitorsSnapshot(list) => {
            wire::Event::VisitorsSnapshot(presence::snapshot(&list))
        }
        Delivery::VisitorsChanged(list) => wire::Event::VisitorsChanged(presence::changed(&list)),
        Delivery::FloorSnapshot(list) => wire::Event::FloorSnapshot(floor::snapshot(&list)),
        Delivery::FloorChanged(list) => wire::Event::FloorChanged(floor::changed(&list)),
        Delivery::QueuesSnapshot(list) => {
            wire::Event::QueuesSnapshot(floor::queues_snapshot(&list))
        }
        Delivery::ReceptionChanged { receiving } => {
            let receiving = desk::receiving(receiving).into();
            wire::Event::ReceptionChanged(v1::ReceptionChanged { receiving })
        }
        Delivery::QueuesChanged(list) => wire::Event::QueuesChanged(floor::queues_changed(&list)),
    }
}

fn wire_reply(reply: Reply, links: u64) -> wire::Reply {
    match reply {
        Reply::Done => wire::Reply::Done(v1::Done {}),
        Reply::InRoom { room, existing } => {
            wire::Reply::InRoom(v1::InRoom { room: id(room.to_bytes()), existing })
        }
        Reply::Announced { announcement, wall_ms, duplicate } => {
            let announcement = id(announcement.to_bytes());
            wire::Reply::Announced(v1::Announced { announcement, wall_ms, duplicate })
        }
        Reply::Room(view) => wire::Reply::Room(rooms::view(*view)),
        Reply::RoomMessages(page) => wire::Reply::RoomMessagePage(rooms::page(&page)),
        Reply::Said(said) => wire::Reply::Said(v1::Said {
            seq: said.seq,
            wall_ms: said.wall_ms,
            duplicate: said.duplicate,
        }),
        Reply::Asked(asked) => wire::Reply::Asked(v1::Asked {
            session: session(asked.session),
            existing: asked.existing,
            opening_seq: asked.opening_seq.unwrap_or(0),
        }),
        Reply::Invited { invitation, until_wall_ms } => wire::Reply::Invited(v1::Invited {
            invitation: id(invitation.to_bytes()),
            until_wall_ms,
        }),
        Reply::Session(read) => wire::Reply::Session(view(*read)),
        Reply::Messages(page) => {
            let of = page.session;
            wire::Reply::MessagePage(v1::MessagePage {
                messages: page
                    .messages
                    .into_iter()
                    .map(|(seq, said)| message(of, seq, &said))
                    .collect(),
                next_seq: page.next_seq,
                last_seq: page.last_seq,
            })
        }
        Reply::SignedOn { status: now, sessions, capacity } => {
            wire::Reply::SignedOn(v1::SignedOn {
                status: status(now).into(),
                sessions,
                capacity: capacity.into(),
            })
        }
        Reply::Reception(now) => wire::Reply::Reception(desk::reception(*now)),
        Reply::Got(of) => wire::Reply::Got(v1::Got { session: session(of) }),
        Reply::Asking(asking) => wire::Reply::Asking(company::asking(*asking)),
        Reply::TransferTargets(page) => wire::Reply::TransferTargets(company::targets(*page)),
        Reply::HandedTo(bot) => {
            wire::Reply::HandedTo(v1::HandedTo { bot: bot.as_str().to_owned() })
        }
        Reply::WhyWaiting(why) => wire::Reply::WhyWaiting(desk::why_waiting(*why)),
        Reply::WhyIdle(why) => wire::Reply::WhyIdle(desk::why_idle(*why)),
        Reply::WorkLog(entries) => wire::Reply::WorkLog(desk::work_log(&entries)),
        Reply::Queue(rows) => wire::Reply::Queue(desk::queue(&rows)),
        Reply::Watching => wire::Reply::Watching(v1::Watching {}),
        Reply::Blocked { visitors, until_wall_ms } => wire::Reply::Blocked(v1::Blocked {
            visitors,
            until_wall_ms: until_wall_ms.unwrap_or(0),
        }),
        Reply::Blocks(page) => wire::Reply::BlockPage(blocks::page(*page)),
        Reply::Policy(draft) => wire::Reply::Policy(Box::new(policy::policy(&draft))),
        Reply::PolicyReplaced { version } => {
            wire::Reply::PolicyReplaced(v1::PolicyReplaced { version })
        }
        Reply::Trail(walked) => wire::Reply::Trail(Box::new(presence::trail(*walked))),
        Reply::Counts { counts, breakdown } => {
            wire::Reply::Counts(presence::counts(&counts, *breakdown, links))
        }
    }
}

fn message(of: SessionId, seq: u64, message: &Message) -> v1::Message {
    // Both ids in one allocation: this is the path of every message.
    let mut ids = [0; 2 * ID_BYTES];
    ids[..ID_BYTES].copy_from_slice(&of.to_bytes());
    ids[ID_BYTES..].copy_from_slice(&message.words.id.0);
    let ids = Bytes::copy_from_slice(&ids);
    let (audience, to) = audience(message.words.audience);
    v1::Message {
        session: ids.slice(..ID_BYTES),
        seq,
        from: message.from.into(),
        kind: kind(message.words.kind).into(),
        body: message.words.body().clone(),
        wall_ms: message.wall_ms,
        client_message_id: ids.slice(ID_BYTES..),
        audience: audience.into(),
        to,
        replaces: message.words.replaces.map(|replaced| id(replaced.0)).unwrap_or_default(),
    }
}

/// The wire leaves out what is for everyone.
fn audience(audience: Audience) -> (v1::Audience, u32) {
    match audience {
        Audience::Everyone => (v1::Audience::Unspecified, 0),
        Audience::Agents => (v1::Audience::Agents, 0),
        Audience::Supervisors => (v1::Audience::Supervisors, 0),
        Audience::One(number) => (v1::Audience::One, number.into()),
    }
}

fn view(view: SessionView) -> v1::SessionView {
    let (state, position) = match view.state {
        SessionState::Waiting { position } => (v1::SessionState::Waiting, position),
        SessionState::Active => (v1::SessionState::Active, 0),
        SessionState::Closed(_) => (v1::SessionState::Closed, 0),
    };
    v1::SessionView {
        session: session(view.session),
        state: state.into(),
        visitor: view.visitor.as_str().to_owned(),
        department: view.department.as_str().to_owned(),
        you: view.you.into(),
        participants: view.participants.into_iter().map(participant).collect(),
        last_seq: view.last_seq,
        first_kept_seq: view.first_kept_seq,
        asked_wall_ms: view.asked_wall_ms,
        assigned_wall_ms: view.assigned_wall_ms,
        position,
        begin: desk::begin(view.begin).into(),
        first_reply_wall_ms: view.first_reply_wall_ms,
        ended_wall_ms: view.ended_wall_ms,
        valid: view.valid,
        form: service::form(&view.form),
        score: view.score.map_or(0, u32::from),
    }
}

fn participant(participant: ParticipantView) -> v1::Participant {
    let id = match &participant.id {
        ParticipantId::Visitor(id) => id.as_str(),
        ParticipantId::Agent(id) => id.as_str(),
    };
    let role = match participant.class {
        Class::Visitor => v1::Role::Visitor,
        Class::Agent => v1::Role::Agent,
        Class::Supervisor => v1::Role::Supervisor,
    };
    v1::Participant {
        number: participant.number.into(),
        role: role.into(),
        id: id.to_owned(),
        present: participant.present,
        delivered: participant.delivered,
        read: participant.read,
        unseen: !participant.is_seen,
        owner: participant.owns,
    }
}

fn status(status: Status) -> v1::Status {
    match status {
        Status::Offline => v1::Status::Offline,
        Status::Away => v1::Status::Away,
        Status::Busy => v1::Status::Busy,
        Status::Online => v1::Status::Online,
    }
}

fn cause(cause: CloseCause) -> v1::CloseCause {
    match cause {
        CloseCause::Visitor => v1::CloseCause::Visitor,
        CloseCause::Agent => v1::CloseCause::Agent,
        CloseCause::VisitorLost => v1::CloseCause::VisitorLost,
        CloseCause::QueueFull => v1::CloseCause::QueueFull,
        CloseCause::Blocked => v1::CloseCause::Blocked,
        CloseCause::NobodyThere => v1::CloseCause::NobodyThere,
        CloseCause::OutsideHours => v1::CloseCause::OutsideHours,
        CloseCause::NobodyCame => v1::CloseCause::NobodyCame,
        CloseCause::Idle => v1::CloseCause::Idle,
        CloseCause::Supervisor => v1::CloseCause::Supervisor,
    }
}

fn kind(kind: MessageKind) -> v1::MessageKind {
    match kind {
        MessageKind::Text => v1::MessageKind::Text,
        MessageKind::RichText => v1::MessageKind::RichText,
        MessageKind::Picture => v1::MessageKind::Picture,
        MessageKind::Screenshot => v1::MessageKind::Screenshot,
        MessageKind::File => v1::MessageKind::File,
        MessageKind::Link => v1::MessageKind::Link,
        MessageKind::Emoji => v1::MessageKind::Emoji,
        MessageKind::Form => v1::MessageKind::Form,
        MessageKind::System => v1::MessageKind::System,
        MessageKind::Recalled => v1::MessageKind::Recalled,
        // A kind that this border was not taught yet has no number on the wire.
        _ => v1::MessageKind::Unspecified,
    }
}

fn session(session: SessionId) -> Bytes {
    id(session.to_bytes())
}

fn id(id: [u8; ID_BYTES]) -> Bytes {
    Bytes::copy_from_slice(&id)
}
