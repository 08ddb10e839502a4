//! Row M7: colleagues talk, one to one and in rooms.

use frontdesk::desk::delivery::{Delivery, RoomEnd, RoomTold, RoomView, Status};
use frontdesk::desk::fact::Event;
use frontdesk::desk::floor::ROOMS_OF_AGENT_MAX;
use frontdesk::desk::id::{AgentId, ClientMessageId, RoomId, TenantId};
use frontdesk::desk::message::Words;
use frontdesk::desk::policy::{Draft, Policy};
use frontdesk::desk::refusal::Refusal;
use frontdesk::desk::role::{Reach, Role};
use frontdesk::desk::room::{IDLE_MS, MEMBERS_MAX, TITLE_BYTES_MAX};
use frontdesk::engine::{
    AgentAttach, Command, Departure, Reply, RoomResumePoint, RoomWish, SignOn,
};

use crate::house::{House, Seat, department, site};

fn id(agent: &str) -> AgentId {
    AgentId::new(agent).unwrap()
}

fn wish(n: u8, agents: &[&str]) -> RoomWish {
    let agents = agents.iter().map(|agent| id(agent)).collect();
    RoomWish { id: ClientMessageId([n; 16]), title: "早会".into(), agents }
}

fn open(house: &House, seat: &Seat, wish: RoomWish) -> Result<(RoomId, bool), Refusal> {
    in_room(house.submit(seat, Command::OpenRoom(wish)))
}

fn talk(house: &House, seat: &Seat, with: &str) -> Result<(RoomId, bool), Refusal> {
    in_room(house.submit(seat, Command::TalkWith { agent: id(with) }))
}

fn in_room(reply: Result<Reply, Refusal>) -> Result<(RoomId, bool), Refusal> {
    match reply? {
        Reply::InRoom { room, existing } => Ok((room, existing)),
        other => panic!("answered by {other:?}"),
    }
}

fn say(house: &mut House, seat: &Seat, room: RoomId, text: &str) -> Result<u64, Refusal> {
    let words = house.words(text);
    match house.submit(seat, Command::SayInRoom { room, words })? {
        Reply::Said(said) => Ok(said.seq),
        other => panic!("answered by {other:?}"),
    }
}

fn view(house: &House, seat: &Seat, room: RoomId) -> Result<RoomView, Refusal> {
    match house.submit(seat, Command::ReadRoom { room })? {
        Reply::Room(view) => Ok(*view),
        other => panic!("answered by {other:?}"),
    }
}

/// Who is in a room, by a member's own view.
fn names(view: &RoomView) -> Vec<&str> {
    let present = view.members.iter().filter(|member| member.present);
    present.map(|member| member.agent.as_str()).collect()
}

/// What was said in rooms, as a link was told it.
fn heard(told: &[Delivery]) -> Vec<(u64, String)> {
    let told = told.iter().filter_map(|delivery| match delivery {
        Delivery::Room { told: RoomTold::Message(message), .. } => {
            Some((message.place, String::from_utf8_lossy(message.words.body()).into_owned()))
        }
        _ => None,
    });
    told.collect()
}

fn resume_in(house: &House, agent: &str, rooms: &[(RoomId, u64)]) -> Seat {
    let epoch = house.engine.epoch();
    let rooms = rooms.iter().map(|(room, seq)| RoomResumePoint { room: *room, epoch, seq: *seq });
    house.attach_agent(AgentAttach { rooms: rooms.collect(), ..AgentAttach::new(id(agent)) })
}

#[test]
fn two_colleagues_talk_and_have_one_talk_however_often_it_is_opened() {
    let mut house = House::new();
    let (mut ann, mut bea) = (house.online("ann", 1), house.online("bea", 1));
    let mut phone = house.agent("bea");
    ann.told();
    let (room, existing) = talk(&house, &ann, "bea").unwrap();
    assert!(!existing);
    assert_eq!(talk(&house, &bea, "ann"), Ok((room, true)), "whoever begins");
    assert_eq!(names(&view(&house, &bea, room).unwrap()), ["ann", "bea"]);
    for seat in [&mut ann, &mut phone] {
        let told = seat.told();
        assert!(
            matches!(&told[..], [.., Delivery::Room { told: RoomTold::Opened(_), .. }]),
            "{told:?}"
        );
    }
    let words = house.words("tea?");
    for duplicate in [false, true] {
        let said = Command::SayInRoom { room, words: words.clone() };
        let Ok(Reply::Said(said)) = house.submit(&ann, said) else { panic!("not said") };
        assert_eq!((said.seq, said.duplicate), (1, duplicate));
    }
    assert_eq!(say(&mut house, &phone, room, "yes"), Ok(2));
    assert_eq!(heard(&bea.told()), [(1, "tea?".into()), (2, "yes".into())], "each of its devices");
    house.submit(&bea, Command::AcknowledgeRoom { room, delivered: 2, read: 1 }).unwrap();
    let told = ann.told();
    let told_read = RoomTold::Receipt { number: 2, delivered: 2, read: 1 };
    let receipt = Delivery::Room { room, told: told_read };
    assert_eq!((heard(&told), told.contains(&receipt)), (vec![(2, "yes".into())], true));
    let said = house.facts().into_iter().filter(|fact| matches!(fact, Event::SaidInRoom { .. }));
    assert_eq!(said.count(), 2, "kept once each");
    house.whole();

    house.submit(&bea, Command::LeaveRoom { room }).unwrap();
    let ends = |told: Vec<Delivery>| {
        matches!(
            told[..],
            [Delivery::Room {
                told: RoomTold::Closed { cause: RoomEnd::Left, last_seq: 2, .. },
                ..
            }]
        )
    };
    assert!(ends(ann.told()), "one's leaving is the end for both");
    assert_eq!(say(&mut house, &ann, room, "bye"), Err(Refusal::RoomNotFound));
    assert_ne!(talk(&house, &ann, "bea").unwrap().0, room, "and they may begin anew");
    house.whole();
}

#[test]
fn a_conference_takes_in_who_is_invited_and_who_comes_late_reads_from_then_on() {
    let mut house = House::new();
    let ann = house.online("ann", 1);
    let (mut bea, mut cai) = (house.agent("bea"), house.agent("cai"));
    let (room, _) = open(&house, &ann, wish(1, &["bea"])).unwrap();
    assert_eq!(open(&house, &ann, wish(1, &["bea"])), Ok((room, true)), "sent again");
    assert_ne!(open(&house, &ann, wish(2, &["bea"])).unwrap().0, room);
    say(&mut house, &ann, room, "one").unwrap();
    let invite = Command::InviteToRoom { room, agents: vec![id("bea"), id("cai")] };
    for _ in 0..2 {
        house.submit(&bea, invite.clone()).unwrap_err();
        house.submit(&ann, invite.clone()).unwrap();
    }
    let joined = |told: &Delivery| matches!(told, Delivery::Room { told: RoomTold::Joined(member), .. } if member.agent == id("cai"));
    assert_eq!(bea.told().iter().filter(|told| joined(told)).count(), 1);
    say(&mut house, &ann, room, "two").unwrap();
    let told = cai.told();
    assert!(
        matches!(&told[0], Delivery::Room { told: RoomTold::Opened(view), .. } if view.since_seq == 2),
        "{told:?}"
    );
    assert_eq!(heard(&told), [(2, "two".into())]);
    let read = Command::ReadRoomMessages { room, from_seq: 1, messages_max: 64 };
    let Ok(Reply::RoomMessages(page)) = house.submit(&cai, read) else { panic!("no page") };
    assert_eq!((page.messages.len(), page.messages[0].0, page.next_seq), (1, 2, 3));
    house.whole();

    house.submit(&ann, Command::LeaveRoom { room }).unwrap();
    assert!(bea.told().contains(&Delivery::Room { room, told: RoomTold::Left { number: 1 } }));
    assert_eq!(say(&mut house, &ann, room, "three"), Err(Refusal::NotInRoom));
    assert_eq!(names(&view(&house, &cai, room).unwrap()), ["bea", "cai"]);
    for seat in [&bea, &cai] {
        house.submit(seat, Command::LeaveRoom { room }).unwrap();
    }
    let closed = Event::RoomClosed { room, cause: RoomEnd::Left, last_seq: 2 };
    assert!(house.facts().contains(&closed), "the last one's leaving ends it");
    house.whole();
}

#[test]
fn who_comes_back_or_signs_off_stays_in_its_rooms_and_gets_exactly_what_it_missed() {
    let mut house = House::new();
    let (ann, bea) = (house.online("ann", 1), house.online("bea", 1));
    let (room, _) = open(&house, &ann, wish(1, &["bea"])).unwrap();
    say(&mut house, &ann, room, "one").unwrap();
    house.submit(&bea, Command::SignOff { reason: "home".into() }).unwrap();
    assert_eq!(say(&mut house, &bea, room, "I am off"), Ok(2), "a member all the same");
    house.engine.detach(bea.link, Departure::Leaving, house.now);
    assert_eq!(say(&mut house, &bea, room, "hello?"), Err(Refusal::LinkGone));
    say(&mut house, &ann, room, "three").unwrap();
    house.whole();

    let mut bea = resume_in(&house, "bea", &[(room, 1)]);
    let told = bea.told();
    assert!(
        matches!(&told[0], Delivery::Room { told: RoomTold::Opened(view), .. } if view.you == 2 && view.last_seq == 3)
    );
    assert!(
        matches!(&told[1], Delivery::Room { told: RoomTold::Resumed(replay), .. } if replay.complete)
    );
    assert_eq!(heard(&told), [(2, "I am off".into()), (3, "three".into())]);
    for n in 4..=200 {
        let mut words = ClientMessageId([0; 16]);
        words.0[0] = n;
        let words = Words::text(words, "x".into()).unwrap();
        house.submit(&ann, Command::SayInRoom { room, words }).unwrap();
    }
    let mut late = resume_in(&house, "bea", &[(room, 3)]);
    let told = late.told();
    let Delivery::Room { told: RoomTold::Resumed(replay), .. } = &told[1] else {
        panic!("{told:?}")
    };
    assert_eq!((replay.from_seq, replay.to_seq, replay.complete), (73, 200, false));
    assert_eq!(heard(&told).len(), 128, "what is held, and that the rest is missing");
    house.whole();
}

#[test]
fn a_room_in_which_nothing_is_said_for_a_day_is_over() {
    let mut house = House::new();
    let mut ann = house.online("ann", 1);
    house.agent("bea");
    let (room, _) = talk(&house, &ann, "bea").unwrap();
    house.wait(IDLE_MS / 2);
    say(&mut house, &ann, room, "still here").unwrap();
    house.wait(IDLE_MS - 1);
    assert_eq!(names(&view(&house, &ann, room).unwrap()), ["ann", "bea"]);
    ann.told();
    house.wait(1);
    let closed = |told: &Delivery| {
        matches!(told, Delivery::Room { told: RoomTold::Closed { cause: RoomEnd::Idle, .. }, .. })
    };
    assert!(ann.told().iter().any(closed));
    assert_eq!(view(&house, &ann, room), Err(Refusal::RoomNotFound));
    house.whole();
    assert!(!talk(&house, &ann, "bea").unwrap().1, "nobody's list keeps it");
    house.whole();
}

#[test]
fn whom_an_agent_may_not_have_in_a_room_is_refused_and_nothing_has_changed() {
    let mut house = House::new();
    let (ann, off) = (house.online("ann", 1), house.agent("off"));
    let (bea, visitor) = (house.online("bea", 1), house.visitor("v"));
    let unknown = Err(Refusal::UnknownAgent(id("nobody")));
    assert_eq!(talk(&house, &ann, "nobody"), unknown);
    assert_eq!(open(&house, &ann, wish(1, &["bea", "nobody"])), unknown);
    assert_eq!(talk(&house, &ann, "ann"), Err(Refusal::Oneself { field: "agent" }));
    let oneself = Err(Refusal::Oneself { field: "agents" });
    assert_eq!(open(&house, &ann, wish(1, &["bea", "ann"])), oneself);
    assert_eq!(open(&house, &ann, wish(1, &[])), Err(Refusal::Missing { field: "agents" }));
    assert_eq!(talk(&house, &off, "ann"), Err(Refusal::NotSignedOn));
    assert_eq!(talk(&house, &visitor, "ann"), Err(Refusal::AgentsOnly));
    let long = "x".repeat(TITLE_BYTES_MAX + 1);
    let long = RoomWish { title: long.into(), ..wish(1, &["bea"]) };
    let bytes_max = TITLE_BYTES_MAX;
    assert_eq!(open(&house, &ann, long), Err(Refusal::TooLong { field: "title", bytes_max }));

    let (room, _) = talk(&house, &ann, "bea").unwrap();
    let third = Command::InviteToRoom { room, agents: vec![id("off")] };
    assert_eq!(house.submit(&ann, third), Err(Refusal::RoomOfTwo));
    assert_eq!(view(&house, &off, room), Err(Refusal::NotInRoom));
    assert_eq!(house.submit(&off, Command::LeaveRoom { room }), Err(Refusal::NotInRoom));
    assert_eq!(view(&house, &visitor, room), Err(Refusal::AgentsOnly));
    let beyond = Command::AcknowledgeRoom { room, delivered: 1, read: 0 };
    assert_eq!(house.submit(&bea, beyond), Err(Refusal::BeyondEnd { last_seq: 0 }));
    let words = house.words("one");
    house.submit(&ann, Command::SayInRoom { room, words: words.clone() }).unwrap();
    let other = Words::text(words.id, "other".into()).unwrap();
    let reused = house.submit(&ann, Command::SayInRoom { room, words: other });
    assert_eq!(reused, Err(Refusal::IdReused));

    // Another tenant's agents find neither the room nor its members.
    let draft = Draft::new(vec![site()], vec![department("sales")]);
    let globex = TenantId::new("globex").unwrap();
    let globex = house.engine.add_tenant(globex, Policy::new(draft).unwrap()).unwrap();
    let tenant = std::mem::replace(&mut house.tenant, globex);
    let eve = house.online("eve", 1);
    assert_eq!(talk(&house, &eve, "ann"), Err(Refusal::UnknownAgent(id("ann"))));
    assert_eq!(view(&house, &eve, room), Err(Refusal::RoomNotFound));
    assert_eq!(say(&mut house, &eve, room, "hi"), Err(Refusal::RoomNotFound));
    house.tenant = tenant;
    assert_eq!(view(&house, &ann, room).unwrap().last_seq, 1);
    house.whole();
}

#[test]
fn an_agent_is_in_so_many_rooms_and_a_room_has_so_many_members() {
    let house = House::new();
    let (ann, bea) = (house.online("ann", 1), house.online("bea", 1));
    let crowd: Vec<String> = (0..MEMBERS_MAX).map(|n| format!("a-{n}")).collect();
    let seats: Vec<Seat> = crowd.iter().map(|agent| house.agent(agent)).collect();
    let crowd: Vec<&str> = crowd.iter().map(String::as_str).collect();
    let too_many = Err(Refusal::TooMany { field: "agents", max: MEMBERS_MAX - 1 });
    assert_eq!(open(&house, &ann, wish(1, &crowd)), too_many);
    let (full, _) = open(&house, &ann, wish(1, &crowd[1..])).unwrap();
    let one_more = Command::InviteToRoom { room: full, agents: vec![id("a-0")] };
    let max = MEMBERS_MAX as u64;
    let refused = Err(Refusal::LimitReached { what: "members of one room", max });
    assert_eq!(house.submit(&ann, one_more), refused);
    for n in 2..=ROOMS_OF_AGENT_MAX {
        open(&house, &ann, wish(n.try_into().unwrap(), &["bea"])).unwrap();
    }
    let max = ROOMS_OF_AGENT_MAX as u64;
    let refused = Err(Refusal::LimitReached { what: "rooms of one agent", max });
    assert_eq!(open(&house, &ann, wish(99, &["bea"])), refused);
    assert_eq!(talk(&house, &seats[0], "ann"), Err(Refusal::NotSignedOn));
    assert_eq!(talk(&house, &bea, "ann"), refused, "nor is it let into one more");
    house.submit(&ann, Command::LeaveRoom { room: full }).unwrap();
    assert!(talk(&house, &bea, "ann").is_ok());
    house.whole();
}

#[test]
fn departments_talk_with_those_that_the_policy_names_and_supervisors_with_those_they_reach() {
    let house = House::ruled(|draft| {
        draft.departments[0].colleagues = vec![department("sales")];
    });
    let signed_on = |role, agent: &str, name: &str| {
        let sign_on = SignOn::new([department(name)], None);
        house.online_for(role, agent, sign_on)
    };
    let ann = signed_on(Role::Agent, "ann", "sales");
    let cai = signed_on(Role::Agent, "cai", "support");
    let _bea = signed_on(Role::Agent, "bea", "sales");
    let sue = house.agent_as(Role::Supervisor, "sue");
    let reach = Reach::Only(vec![department("support")].into());
    let tom = AgentAttach { role: Role::Supervisor, reach, ..AgentAttach::new(id("tom")) };
    let tom = house.attach_agent(tom);
    assert!(talk(&house, &ann, "bea").is_ok());
    assert_eq!(talk(&house, &ann, "cai"), Err(Refusal::NotAColleague(id("cai"))));
    assert_eq!(
        open(&house, &ann, wish(1, &["bea", "cai"])),
        Err(Refusal::NotAColleague(id("cai"))),
        "all of them or nobody"
    );
    let (room, _) = talk(&house, &cai, "ann").expect("support may talk with all");
    assert_eq!(talk(&house, &ann, "cai"), Ok((room, true)), "what is open goes on");
    assert!(talk(&house, &sue, "ann").is_ok());
    assert!(talk(&house, &tom, "cai").is_ok());
    assert_eq!(talk(&house, &tom, "ann"), Err(Refusal::NotSignedOn), "as an agent it is none's");
    house.set(&cai, Status::Busy).unwrap();
    house.whole();
}
