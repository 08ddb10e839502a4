use bytes::Bytes;

use super::*;
use crate::id::ClientMessageId;

const ANN: AgentNo = AgentNo(0);
const BEA: AgentNo = AgentNo(1);
const CAI: AgentNo = AgentNo(2);
const ANNS: LinkId = LinkId { slot: 1, generation: 1 };
const BEAS: LinkId = LinkId { slot: 2, generation: 1 };
const CAIS: LinkId = LinkId { slot: 3, generation: 1 };

fn at(mono_ms: u64) -> Now {
    Now { mono_ms, wall_ms: 1_000_000 + mono_ms }
}

fn joining(agent: AgentNo, name: &str, link: LinkId) -> Joining {
    Joining { agent, id: AgentId::new(name).unwrap(), links: SmallVec::from_slice(&[link]) }
}

fn words(n: u8) -> Words {
    Words::text(ClientMessageId([n; 16]), Bytes::from(vec![b'x'; usize::from(n)])).unwrap()
}

struct World {
    room: Room,
    fx: Effects,
}

impl World {
    /// Ann has opened it for Bea and herself.
    fn open(kind: RoomKind) -> Self {
        let mut fx = Effects::new();
        let id = RoomId::from_bytes([7; 16]).unwrap();
        let members = vec![joining(ANN, "ann", ANNS), joining(BEA, "bea", BEAS)];
        let opening = Opening { tenant: TenantNo(3), kind, title: "tea".into(), members };
        Self { room: Room::open(id, opening, at(0), &mut fx), fx }
    }

    fn say(&mut self, agent: AgentNo, link: LinkId, n: u8) -> Result<Said, Refusal> {
        self.room.say(agent, link, words(n), at(n.into()), &mut self.fx)
    }

    fn step(&mut self, step: RoomStep) {
        self.room.step(step, at(50), &mut self.fx);
    }

    fn link_up(&mut self, agent: AgentNo, link: LinkId, after_seq: Option<u64>, max: usize) {
        let replay = Replay { after_seq, messages_max: max, bytes_max: 1 << 20 };
        self.step(RoomStep::LinkUp { agent, link, replay });
    }

    /// What one link was told since the last look, shortly; what the others were told is dropped.
    fn told_to(&mut self, link: LinkId) -> Vec<String> {
        let all = std::mem::take(&mut self.fx).deliveries;
        all.into_iter().filter(|(to, _)| *to == link).map(|(_, told)| short(told)).collect()
    }
}

fn short(told: Delivery) -> String {
    let Delivery::Room { told, .. } = told else { panic!("{told:?}") };
    match told {
        RoomTold::Opened(view) => format!(
            "opened as {} of {} from {} on, {}..={}",
            view.you,
            view.members.iter().filter(|member| member.present).count(),
            view.since_seq,
            view.first_kept_seq,
            view.last_seq
        ),
        RoomTold::Resumed(replay) => {
            format!("resumed {}..={} {}", replay.from_seq, replay.to_seq, replay.complete)
        }
        RoomTold::Message(message) => format!("{}:{}", message.from, message.place),
        RoomTold::Receipt { number, delivered, read } => {
            format!("{number} has {delivered} and read {read}")
        }
        RoomTold::Joined(member) => format!("{} is {}", member.agent, member.number),
        RoomTold::Left { number } => format!("{number} left"),
        RoomTold::Closed { cause, last_seq, .. } => format!("closed {cause:?} {last_seq}"),
    }
}

#[test]
fn a_room_has_one_order_and_each_id_is_said_once() {
    let mut world = World::open(RoomKind::OfMany);
    assert_eq!(world.told_to(BEAS), ["opened as 2 of 2 from 1 on, 1..=0"]);
    assert_eq!(world.say(ANN, ANNS, 1).unwrap().seq, 1);
    assert_eq!(world.say(BEA, BEAS, 2).unwrap().seq, 2);
    let again = world.room.say(ANN, ANNS, words(1), at(9), &mut world.fx).unwrap();
    assert_eq!((again.seq, again.wall_ms, again.duplicate), (1, 1_000_001, true));
    let other = Words::text(ClientMessageId([1; 16]), "other".into()).unwrap();
    let reused = world.room.say(ANN, ANNS, other, at(9), &mut world.fx);
    assert_eq!(reused, Err(Refusal::IdReused));
    let whispered = words(3).to(Audience::Agents);
    let whispered = world.room.say(ANN, ANNS, whispered, at(9), &mut world.fx);
    assert_eq!(whispered, Err(Refusal::AudienceNotAllowed));
    let mended = words(4).instead_of(ClientMessageId([1; 16]));
    let mended = world.room.say(ANN, ANNS, mended, at(9), &mut world.fx);
    assert_eq!(mended, Err(Refusal::MessageNotFound));
    assert_eq!(world.fx.facts.len(), 2, "what is said once is kept once");
    assert_eq!(
        world.told_to(BEAS),
        ["1:1"],
        "nobody is told its own words on the link it said them"
    );
}

#[test]
fn receipts_never_go_back_nor_beyond_what_was_said() {
    let mut world = World::open(RoomKind::OfTwo);
    world.say(ANN, ANNS, 1).unwrap();
    world.say(ANN, ANNS, 2).unwrap();
    world.told_to(ANNS);
    world.room.acknowledge(BEA, BEAS, 0, 2, &mut world.fx).unwrap();
    assert_eq!(world.told_to(ANNS), ["2 has 2 and read 2"], "who has read it has received it");
    world.room.acknowledge(BEA, BEAS, 1, 1, &mut world.fx).unwrap();
    let beyond = world.room.acknowledge(BEA, BEAS, 3, 0, &mut world.fx);
    assert_eq!(beyond, Err(Refusal::BeyondEnd { last_seq: 2 }));
    assert_eq!(world.told_to(ANNS), [""; 0]);
}

#[test]
fn who_joins_later_reads_from_its_joining_on_and_who_was_gone_too() {
    let mut world = World::open(RoomKind::OfMany);
    world.say(ANN, ANNS, 1).unwrap();
    world.say(ANN, ANNS, 2).unwrap();
    world.told_to(ANNS);
    let join = |member| RoomStep::Join { by: AgentId::new("ann").unwrap(), members: vec![member] };
    world.step(join(joining(CAI, "cai", CAIS)));
    let told = std::mem::take(&mut world.fx).deliveries;
    let told: Vec<_> = told.into_iter().map(|(link, told)| (link, short(told))).collect();
    let joined = |link| (link, "cai is 3".to_owned());
    let opened = (CAIS, "opened as 3 of 3 from 3 on, 3..=2".to_owned());
    assert_eq!(told, [joined(ANNS), joined(BEAS), opened]);
    world.say(BEA, BEAS, 3).unwrap();
    let page = world.room.messages(CAI, CAIS, 1, 64, 1 << 20).unwrap();
    assert!(page.messages.iter().map(|(seq, _)| *seq).eq([3]));
    world.told_to(CAIS);
    world.link_up(CAI, CAIS, None, 100);
    assert_eq!(
        world.told_to(CAIS),
        ["opened as 3 of 3 from 3 on, 3..=3", "resumed 3..=3 true", "2:3"],
        "nothing that it may read is missing"
    );

    world.step(RoomStep::Leave(CAI));
    assert_eq!(world.told_to(CAIS), ["3 left"]);
    world.say(BEA, BEAS, 4).unwrap();
    assert_eq!(world.told_to(CAIS), [""; 0]);
    assert_eq!(world.say(CAI, CAIS, 5), Err(Refusal::NotInRoom));
    assert_eq!(world.room.read(CAI, CAIS), Err(Refusal::NotInRoom));
    world.link_up(CAI, CAIS, None, 100);
    assert_eq!(world.told_to(CAIS), [""; 0], "it may not read on");
    world.step(join(joining(CAI, "cai", CAIS)));
    assert_eq!(world.told_to(CAIS), ["opened as 3 of 3 from 5 on, 5..=4"]);
}

#[test]
fn a_link_that_comes_back_gets_exactly_what_it_missed_or_hears_that_it_cannot() {
    let mut world = World::open(RoomKind::OfTwo);
    world.step(RoomStep::LinkDown { agent: BEA, link: BEAS });
    for n in 1..=9 {
        world.say(ANN, ANNS, n).unwrap();
    }
    assert_eq!(world.told_to(BEAS), ["opened as 2 of 2 from 1 on, 1..=0"]);
    assert_eq!(world.say(BEA, BEAS, 20), Err(Refusal::LinkGone));
    world.link_up(BEA, BEAS, Some(7), 100);
    let opened = "opened as 2 of 2 from 1 on, 1..=9";
    assert_eq!(world.told_to(BEAS), [opened, "resumed 8..=9 true", "1:8", "1:9"]);
    world.link_up(BEA, BEAS, Some(5), 1);
    assert_eq!(world.told_to(BEAS), [opened, "resumed 9..=9 false", "1:9"]);
    world.link_up(BEA, BEAS, Some(500), 100);
    assert_eq!(world.told_to(BEAS), [opened, "resumed 10..=9 true"]);
    world.say(ANN, ANNS, 10).unwrap();
    assert_eq!(world.told_to(BEAS), ["1:10"], "a link follows once, however often it came up");
}

#[test]
fn a_room_ends_when_nothing_is_said_for_a_day_and_the_floor_hears_of_it() {
    let mut world = World::open(RoomKind::OfMany);
    world.say(ANN, ANNS, 9).unwrap();
    assert_eq!(world.room.deadline(), 9 + IDLE_MS);
    world.told_to(ANNS);
    world.room.expire(at(8 + IDLE_MS), &mut world.fx);
    assert!(world.fx.is_empty() && !world.room.is_closed());
    world.room.expire(at(9 + IDLE_MS), &mut world.fx);
    assert!(matches!(world.fx.crossings[..], [Crossing::ToFloor(_, FloorStep::RoomEnded(_))]));
    assert_eq!(world.told_to(BEAS), ["closed Idle 1"]);
    world.step(RoomStep::Close);
    assert!(world.fx.is_empty(), "it ends once");
}
