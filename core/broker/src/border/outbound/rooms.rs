//! From the desk outward, as far as it concerns rooms of colleagues.

use frontdesk_desk::delivery::{MemberView, RoomEnd, RoomTold, RoomView};
use frontdesk_desk::floor::Announcement;
use frontdesk_desk::id::RoomId;
use frontdesk_desk::message::Message;
use frontdesk_desk::room::RoomKind;
use frontdesk_engine::{Epoch, RoomMessagePage};
use frontdesk_proto::v1::{self, delivery as wire};

use super::{id, kind};

pub(super) fn view(view: RoomView) -> v1::RoomView {
    v1::RoomView {
        room: id(view.room.to_bytes()),
        title: view.title.as_ref().to_owned(),
        of_two: view.kind == RoomKind::OfTwo,
        you: view.you.into(),
        members: view.members.into_iter().map(member).collect(),
        last_seq: view.last_seq,
        first_kept_seq: view.first_kept_seq,
        since_seq: view.since_seq,
        opened_wall_ms: view.opened_wall_ms,
    }
}

pub(super) fn announcement(said: &Announcement) -> v1::Announcement {
    v1::Announcement {
        announcement: id(said.id.to_bytes()),
        agent: said.by.as_str().to_owned(),
        department: said.department.as_ref().map_or("", |id| id.as_str()).to_owned(),
        text: said.text.clone().into(),
        wall_ms: said.wall_ms,
    }
}

pub(super) fn event(of: RoomId, told: RoomTold, epoch: Epoch) -> wire::Event {
    let room = id(of.to_bytes());
    match told {
        RoomTold::Opened(opened) => {
            wire::Event::RoomOpened(v1::RoomOpened { view: Some(view(*opened)) })
        }
        RoomTold::Resumed(replay) => wire::Event::RoomResumed(v1::RoomResumed {
            room,
            from_seq: replay.from_seq,
            to_seq: replay.to_seq,
            epoch: id(epoch.0),
            complete: replay.complete,
        }),
        RoomTold::Message(said) => wire::Event::RoomMessage(message(of, &said)),
        RoomTold::Receipt { number, delivered, read } => {
            let number = number.into();
            wire::Event::RoomReceipt(v1::RoomReceipt { room, number, delivered, read })
        }
        RoomTold::Joined(who) => {
            wire::Event::RoomJoined(v1::RoomJoined { room, member: Some(member(*who)) })
        }
        RoomTold::Left { number } => {
            wire::Event::RoomLeft(v1::RoomLeft { room, number: number.into() })
        }
        RoomTold::Closed { cause, last_seq, wall_ms } => {
            let cause = match cause {
                RoomEnd::Left => v1::RoomEnd::Left,
                RoomEnd::Idle => v1::RoomEnd::Idle,
            };
            let cause = cause.into();
            wire::Event::RoomClosed(v1::RoomClosed { room, cause, last_seq, wall_ms })
        }
    }
}

fn message(room: RoomId, message: &Message) -> v1::RoomMessage {
    v1::RoomMessage {
        room: id(room.to_bytes()),
        seq: message.place,
        from: message.from.into(),
        kind: kind(message.words.kind).into(),
        body: message.words.body().clone(),
        wall_ms: message.wall_ms,
        client_message_id: id(message.words.id.0),
    }
}

pub(super) fn page(page: &RoomMessagePage) -> v1::RoomMessagePage {
    v1::RoomMessagePage {
        messages: page.messages.iter().map(|(_, said)| message(page.room, said)).collect(),
        next_seq: page.next_seq,
        last_seq: page.last_seq,
    }
}

fn member(member: MemberView) -> v1::RoomMember {
    v1::RoomMember {
        number: member.number.into(),
        agent: member.agent.as_str().to_owned(),
        present: member.present,
        delivered: member.delivered,
        read: member.read,
    }
}
