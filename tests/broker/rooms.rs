//! Colleagues talk with each other over the wire.

use bytes::Bytes;
use frontdesk::broker::token::Role;
use frontdesk::desk::id::DepartmentId;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Code, RoomEnd};

use crate::house::{House, assert_refused};
use crate::wire::{Lane, arrives, message_id};

fn agent(agent: &str) -> v1::AttachAgent {
    v1::AttachAgent { agent: agent.into(), ..Default::default() }
}

fn open(agents: &[&str]) -> v1::OpenRoom {
    let agents = agents.iter().map(|agent| (*agent).to_owned()).collect();
    v1::OpenRoom { client_room_id: message_id(), title: "早会".into(), agents }
}

fn words(room: &Bytes, text: &str) -> v1::SayInRoom {
    v1::SayInRoom {
        room: room.clone(),
        client_message_id: message_id(),
        kind: v1::MessageKind::Text.into(),
        body: Bytes::copy_from_slice(text.as_bytes()),
    }
}

fn talk_with(agent: &str) -> Command {
    Command::TalkWith(v1::TalkWith { agent: agent.into() })
}

async fn done(lane: &mut Lane, link: u32, command: Command) {
    assert_eq!(lane.ask(link, command).await, Reply::Done(v1::Done {}));
}

async fn in_room(lane: &mut Lane, link: u32, command: Command) -> v1::InRoom {
    match lane.ask(link, command).await {
        Reply::InRoom(in_room) => in_room,
        other => panic!("not in a room: {other:?}"),
    }
}

async fn say(lane: &mut Lane, link: u32, room: &Bytes, text: &str) -> u64 {
    match lane.ask(link, Command::SayInRoom(words(room, text))).await {
        Reply::Said(said) => said.seq,
        other => panic!("not said: {other:?}"),
    }
}

async fn opened(lane: &mut Lane, link: u32) -> v1::RoomView {
    lane.event(link, "a room", |event| match event {
        Event::RoomOpened(opened) => opened.view.clone(),
        _ => None,
    })
    .await
}

async fn hears(lane: &mut Lane, link: u32) -> (u64, u32, String) {
    lane.event(link, "a word in a room", |event| match event {
        Event::RoomMessage(said) => {
            Some((said.seq, said.from, String::from_utf8_lossy(&said.body).into_owned()))
        }
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn colleagues_talk_in_a_room_and_who_was_cut_off_gets_what_it_missed() {
    let house = House::open();
    let gateway = house.gateway().await;
    let bea = house.client("acme", Role::Agent, "bea").await;
    let (mut desk, mut home) = (gateway.lane().await, bea.lane().await);
    desk.work(1, "ann", "sales", 1).await;
    desk.attach_agent(2, agent("cai")).await;
    let attached = home.attach_agent(1, v1::AttachAgent::default()).await;

    let wish = open(&["bea"]);
    let v1::InRoom { room, existing } =
        in_room(&mut desk, 1, Command::OpenRoom(wish.clone())).await;
    assert!(!existing);
    let again = in_room(&mut desk, 1, Command::OpenRoom(wish)).await;
    assert_eq!(again, v1::InRoom { room: room.clone(), existing: true });
    let view = opened(&mut home, 1).await;
    assert_eq!((view.you, view.of_two, view.title.as_str(), view.since_seq), (2, false, "早会", 1));
    assert_eq!(say(&mut desk, 1, &room, "大家好").await, 1);
    assert_eq!(hears(&mut home, 1).await, (1, 1, "大家好".into()));
    let acknowledge = v1::AcknowledgeRoom { room: room.clone(), delivered: 1, read: 1 };
    done(&mut home, 1, Command::AcknowledgeRoom(acknowledge)).await;
    let receipt = desk.event(1, "that it was read", |event| match event {
        Event::RoomReceipt(receipt) => Some((receipt.number, receipt.read)),
        _ => None,
    });
    assert_eq!(receipt.await, (2, 1));

    let invite = v1::InviteToRoom { room: room.clone(), agents: vec!["cai".into()] };
    done(&mut desk, 1, Command::InviteToRoom(invite)).await;
    assert_eq!(opened(&mut desk, 2).await.since_seq, 2, "from its joining on");
    let joined = home.event(1, "one more", |event| match event {
        Event::RoomJoined(joined) => joined.member.as_ref().map(|member| member.agent.clone()),
        _ => None,
    });
    assert_eq!(joined.await, "cai");
    bea.close();
    assert_eq!(say(&mut desk, 2, &room, "我来了").await, 2);
    assert_eq!(say(&mut desk, 1, &room, "bea?").await, 3);

    let bea = house.client("acme", Role::Agent, "bea").await;
    let mut home = bea.lane().await;
    let resume = v1::RoomResume { room: room.clone(), seq: 1, epoch: attached.epoch };
    home.attach_agent(7, v1::AttachAgent { rooms: vec![resume], ..Default::default() }).await;
    assert_eq!(opened(&mut home, 7).await.members.len(), 3);
    let resumed = home.event(7, "a replay", |event| match event {
        Event::RoomResumed(resumed) => Some((resumed.from_seq, resumed.to_seq, resumed.complete)),
        _ => None,
    });
    assert_eq!(resumed.await, (2, 3, true));
    assert_eq!(hears(&mut home, 7).await, (2, 3, "我来了".into()));
    assert_eq!(hears(&mut home, 7).await, (3, 1, "bea?".into()));

    done(&mut desk, 2, Command::LeaveRoom(v1::LeaveRoom { room: room.clone() })).await;
    let left = home.event(7, "who left", |event| match event {
        Event::RoomLeft(left) => Some(left.number),
        _ => None,
    });
    assert_eq!(left.await, 3);
    let read = v1::ReadRoomMessages { room: room.clone(), from_seq: 1, messages: 2 };
    let page = desk.ask(1, Command::ReadRoomMessages(read)).await;
    let Reply::RoomMessagePage(page) = page else { panic!("no page: {page:?}") };
    assert_eq!((page.messages.len(), page.next_seq, page.last_seq), (2, 3, 3));
    let Reply::Room(view) = desk.ask(1, Command::ReadRoom(v1::ReadRoom { room })).await else {
        panic!("no room")
    };
    assert_eq!((view.you, view.last_seq, view.members[2].present), (1, 3, false));
    house.counts("acme");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_talk_one_to_one_and_one_ends_it_for_both() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut desk = gateway.lane().await;
    desk.work(1, "ann", "sales", 1).await;
    desk.work(2, "bea", "support", 1).await;
    let room = in_room(&mut desk, 1, talk_with("bea")).await.room;
    assert_eq!(in_room(&mut desk, 2, talk_with("ann")).await.room, room);
    assert!(opened(&mut desk, 2).await.of_two);
    assert_eq!(say(&mut desk, 2, &room, "tea?").await, 1);
    assert_eq!(hears(&mut desk, 1).await, (1, 2, "tea?".into()));
    done(&mut desk, 1, Command::LeaveRoom(v1::LeaveRoom { room: room.clone() })).await;
    let closed = desk.event(2, "the end", |event| match event {
        Event::RoomClosed(closed) => Some((closed.cause(), closed.last_seq)),
        _ => None,
    });
    assert_eq!(closed.await, (RoomEnd::Left, 1));
    let late = Command::SayInRoom(words(&room, "late"));
    assert_refused(&desk.refused(2, late).await, Code::NotFound, "room");
    house.counts("acme");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rooms_that_cannot_be_had_are_refused_by_their_reason() {
    let house = House::open_ruled(|draft| {
        draft.departments[0].colleagues = vec![DepartmentId::new("sales").expect("an id")];
    });
    let gateway = house.gateway().await;
    let mut desk = gateway.lane().await;
    desk.work(1, "ann", "sales", 1).await;
    desk.work(2, "cai", "support", 1).await;
    desk.attach_visitor(3, arrives("v-1")).await;
    let nobody = desk.refused(1, talk_with("nobody")).await;
    assert_refused(&nobody, Code::NotFound, "agent");
    let other = desk.refused(1, talk_with("cai")).await;
    assert_refused(&other, Code::NotAColleague, "agent cai");
    let all_or_none = desk.refused(1, Command::OpenRoom(open(&["cai"]))).await;
    assert_refused(&all_or_none, Code::NotAColleague, "agent cai");
    assert_refused(&desk.refused(1, talk_with("ann")).await, Code::BadValue, "agent");
    assert_refused(&desk.refused(3, talk_with("ann")).await, Code::NotPermitted, "role agent");
    for (wish, code, subject) in [
        (
            v1::OpenRoom { client_room_id: Bytes::new(), ..open(&["x"]) },
            Code::MissingField,
            "client_room_id",
        ),
        (
            v1::OpenRoom { client_room_id: "short".into(), ..open(&["x"]) },
            Code::BadValue,
            "client_room_id",
        ),
        (v1::OpenRoom { title: "x".repeat(129), ..open(&["x"]) }, Code::TooLong, "title"),
        (open(&[]), Code::MissingField, "agents"),
        (open(&["x", "x"]), Code::BadValue, "agents"),
        (open(&["x"; 50]), Code::BadValue, "agents"),
    ] {
        let refused = desk.refused(1, Command::OpenRoom(wish)).await;
        assert_refused(&refused, code, subject);
    }

    let room = in_room(&mut desk, 2, talk_with("ann")).await.room;
    let third = v1::InviteToRoom { room: room.clone(), agents: vec!["ann".into()] };
    let third = desk.refused(1, Command::InviteToRoom(third)).await;
    assert_refused(&third, Code::RoomOfTwo, "room");
    desk.attach_agent(4, agent("eve")).await;
    let eve = desk.refused(4, Command::SayInRoom(words(&room, "psst"))).await;
    assert_refused(&eve, Code::NotInRoom, "room");
    let file = v1::SayInRoom { kind: 99, ..words(&room, "x") };
    let file = desk.refused(1, Command::SayInRoom(file)).await;
    assert_refused(&file, Code::UnknownKind, "kind");
    let long = desk.refused(1, Command::SayInRoom(words(&room, &"x".repeat(8_193)))).await;
    assert_refused(&long, Code::TooLong, "body");
    let beyond = v1::AcknowledgeRoom { room: room.clone(), delivered: 1, read: 0 };
    let beyond = desk.refused(1, Command::AcknowledgeRoom(beyond)).await;
    assert_refused(&beyond, Code::BeyondEnd, "delivered or read");
    let none = v1::ReadRoomMessages { room: room.clone(), from_seq: 0, messages: 0 };
    let none = desk.refused(1, Command::ReadRoomMessages(none)).await;
    assert_refused(&none, Code::BadValue, "from_seq");

    let resume = v1::RoomResume { room, ..Default::default() };
    let twice = v1::AttachAgent { rooms: vec![resume.clone(), resume], ..agent("ann") };
    let twice = desk.refused(5, Command::AttachAgent(twice)).await;
    assert_refused(&twice, Code::BadValue, "rooms");
    house.counts("acme");
}
