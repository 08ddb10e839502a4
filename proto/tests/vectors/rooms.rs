//! What the vectors of rooms say.

use frontdesk_proto::Bytes;
use frontdesk_proto::v1::{
    AcknowledgeAnnouncement, AcknowledgeRoom, Announce, Announced, Announcement, AttachAgent,
    InRoom, InviteToRoom, LeaveRoom, MessageKind, OpenRoom, ReadRoom, ReadRoomMessages, RoomClosed,
    RoomEnd, RoomJoined, RoomLeft, RoomMember, RoomMessage, RoomMessagePage, RoomOpened,
    RoomReceipt, RoomResume, RoomResumed, RoomView, SayInRoom, TalkWith, command, delivery,
};

use crate::expected::{WALL_MS, epoch};

fn room() -> Bytes {
    (0x10..0x20).collect()
}

fn id() -> Bytes {
    (0xc0..0xd0).collect()
}

fn words() -> RoomMessage {
    RoomMessage {
        room: room(),
        seq: 3,
        from: 2,
        kind: MessageKind::Text.into(),
        body: "大家好".into(),
        wall_ms: WALL_MS + 2_000,
        client_message_id: (0xd0..0xe0).collect(),
    }
}

fn view() -> RoomView {
    let anna = RoomMember { number: 1, agent: "anna".into(), present: true, delivered: 9, read: 8 };
    let bea = RoomMember { number: 2, agent: "bea".into(), ..RoomMember::default() };
    RoomView {
        room: room(),
        title: "早会".into(),
        of_two: true,
        you: 2,
        members: vec![anna, bea],
        last_seq: 9,
        first_kept_seq: 3,
        since_seq: 2,
        opened_wall_ms: WALL_MS,
    }
}

pub(crate) fn commands() -> Vec<(&'static str, u32, u32, command::Command)> {
    use command::Command as C;
    let resume = RoomResume { room: room(), seq: 7, epoch: epoch() };
    let attach =
        AttachAgent { agent: "anna".into(), rooms: vec![resume], ..AttachAgent::default() };
    let open = OpenRoom {
        client_room_id: id(),
        title: "早会".into(),
        agents: vec!["bea".into(), "cai".into()],
    };
    let say = SayInRoom {
        room: room(),
        client_message_id: id(),
        kind: MessageKind::Text.into(),
        body: "大家好".into(),
    };
    let page = ReadRoomMessages { room: room(), from_seq: 3, messages: 64 };
    let acknowledge = AcknowledgeRoom { room: room(), delivered: 9, read: 8 };
    let announce =
        Announce {
            client_message_id: id(), department: "sales".into(), text: "四点开会".into()
        };
    let seen = AcknowledgeAnnouncement { announcement: epoch() };
    let invite = InviteToRoom { room: room(), agents: vec!["dan".into()] };
    vec![
        ("attach_agent_in_rooms", 2, 60, C::AttachAgent(attach)),
        ("open_room", 2, 61, C::OpenRoom(open)),
        ("talk_with", 2, 62, C::TalkWith(TalkWith { agent: "bea".into() })),
        ("invite_to_room", 2, 63, C::InviteToRoom(invite)),
        ("leave_room", 2, 64, C::LeaveRoom(LeaveRoom { room: room() })),
        ("say_in_room", 2, 65, C::SayInRoom(say)),
        ("acknowledge_room", 2, 66, C::AcknowledgeRoom(acknowledge)),
        ("read_room", 2, 67, C::ReadRoom(ReadRoom { room: room() })),
        ("read_room_messages", 2, 68, C::ReadRoomMessages(page)),
        ("announce", 2, 69, C::Announce(announce)),
        ("acknowledge_announcement", 2, 70, C::AcknowledgeAnnouncement(seen)),
    ]
}

pub(crate) fn replies() -> Vec<(&'static str, u32, u32, delivery::Reply)> {
    use delivery::Reply as R;
    let last = RoomMessage { seq: 4, ..RoomMessage::default() };
    let page = RoomMessagePage { messages: vec![words(), last], next_seq: 5, last_seq: 9 };
    vec![
        ("in_room", 2, 61, R::InRoom(InRoom { room: room(), existing: true })),
        ("room", 2, 67, R::Room(view())),
        (
            "announced",
            2,
            69,
            R::Announced(Announced { announcement: epoch(), wall_ms: WALL_MS, duplicate: true }),
        ),
        ("room_message_page", 2, 68, R::RoomMessagePage(page)),
    ]
}

pub(crate) fn events() -> Vec<(&'static str, u32, delivery::Event)> {
    use delivery::Event as E;
    let resumed =
        RoomResumed { room: room(), from_seq: 3, to_seq: 9, epoch: epoch(), complete: true };
    let receipt = RoomReceipt { room: room(), number: 2, delivered: 9, read: 8 };
    let dan = RoomMember { number: 3, agent: "dan".into(), present: true, ..RoomMember::default() };
    let closed =
        RoomClosed { room: room(), cause: RoomEnd::Idle.into(), last_seq: 9, wall_ms: WALL_MS };
    vec![
        ("room_opened", 2, E::RoomOpened(RoomOpened { view: Some(view()) })),
        ("room_resumed", 2, E::RoomResumed(resumed)),
        ("room_message", 2, E::RoomMessage(words())),
        ("room_receipt", 2, E::RoomReceipt(receipt)),
        ("room_joined", 2, E::RoomJoined(RoomJoined { room: room(), member: Some(dan) })),
        ("room_left", 2, E::RoomLeft(RoomLeft { room: room(), number: 3 })),
        (
            "announcement",
            2,
            E::Announcement(Announcement {
                announcement: epoch(),
                agent: "sue".into(),
                department: "sales".into(),
                text: "四点开会".into(),
                wall_ms: WALL_MS,
            }),
        ),
        ("room_closed", 2, E::RoomClosed(closed)),
    ]
}
