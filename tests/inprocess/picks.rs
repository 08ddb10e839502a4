//! Row Q6: agents take by themselves one who waits (手动接入), and read who waits.

use frontdesk::desk::crossing::HowAssigned;
use frontdesk::desk::delivery::Status;
use frontdesk::desk::fact::Event;
use frontdesk::desk::id::{AgentId, SessionId};
use frontdesk::desk::policy::department::OfferMode;
use frontdesk::desk::refusal::Refusal;
use frontdesk::desk::role::{Reach, Role};
use frontdesk::engine::{AgentAttach, Ask, Command, Reply, Room, SignOn};

use crate::house::{House, Seat, department};

fn pick(house: &House, agent: &Seat, session: Option<SessionId>) -> Result<SessionId, Refusal> {
    pick_with(house, agent, session, Room::Needed)
}

fn pick_with(
    house: &House,
    agent: &Seat,
    session: Option<SessionId>,
    room: Room,
) -> Result<SessionId, Refusal> {
    match house.submit(agent, Command::Pick { session, room })? {
        Reply::Got(session) => Ok(session),
        other => panic!("{other:?} is no answer to a pick"),
    }
}

/// An agent of sales who gets nothing by itself.
fn busy(house: &House, role: Role, id: &str, capacity: u16) -> Seat {
    let agent = house.agent_as(role, id);
    house.sign_on(&agent, capacity).unwrap();
    house.set(&agent, Status::Busy).unwrap();
    agent
}

#[test]
fn an_agent_picks_the_next_or_a_chosen_one_until_it_is_full() {
    let house = House::new();
    let ann = busy(&house, Role::Agent, "ann", 2);
    let visitors: Vec<_> = (0..4).map(|n| house.visitor(&format!("v{n}"))).collect();
    let sessions: Vec<_> = visitors.iter().map(|visitor| house.ask(visitor)).collect();
    assert_eq!(pick(&house, &ann, Some(sessions[2])), Ok(sessions[2]), "a chosen one");
    assert_eq!(pick(&house, &ann, Some(sessions[2])), Ok(sessions[2]), "again, it is the same");
    assert_eq!(pick(&house, &ann, None), Ok(sessions[0]), "the one who waits longest");
    for chosen in [None, Some(sessions[1])] {
        assert_eq!(pick(&house, &ann, chosen), Err(Refusal::AgentFull));
    }
    let counts = house.engine.counts(house.tenant);
    assert_eq!((counts.waiting, counts.sessions), (2, 2));
    house.whole();
}

#[test]
fn of_two_who_pick_the_same_one_exactly_one_has_it_and_the_other_is_told() {
    let house = House::ruled(|draft| {
        draft.departments[1].offers.mode = OfferMode::Asked { timeout_ms: 20_000, at_once: 1 };
    });
    let (ann, bob) = (busy(&house, Role::Agent, "ann", 2), busy(&house, Role::Agent, "bob", 2));
    let visitor = house.visitor("v");
    let session = house.ask(&visitor);
    assert_eq!(pick(&house, &ann, Some(session)), Ok(session));
    assert_eq!(pick(&house, &bob, Some(session)), Err(Refusal::PickLost));
    assert_eq!(pick(&house, &bob, None), Err(Refusal::NobodyWaits));

    // One that another is asked about is as good as taken; for whom is asked a pick is the acceptance.
    let support = || SignOn::new([department("support")], Some(1));
    let cay = house.online_for(Role::Agent, "cay", support());
    let other = house.visitor("w");
    let offered = house.ask_for(&other, Ask::of(department("support"))).unwrap();
    let dan = house.online_for(Role::Agent, "dan", support());
    assert_eq!(pick(&house, &dan, Some(offered)), Err(Refusal::PickLost));
    assert_eq!(pick(&house, &cay, Some(offered)), Ok(offered));
    let counts = house.engine.counts(house.tenant);
    assert_eq!((counts.waiting, counts.offered, counts.sessions), (0, 0, 2));
    house.whole();
}

#[test]
fn only_a_supervisor_goes_above_its_capacity_within_its_reach_and_that_is_kept() {
    let house = House::new();
    let visitors: Vec<_> = (0..3).map(|n| house.visitor(&format!("v{n}"))).collect();
    let sessions: Vec<_> = visitors.iter().map(|visitor| house.ask(visitor)).collect();
    let over = Room::Overridden;
    for role in [Role::Agent, Role::Bot] {
        let agent = busy(&house, role, "ann", 1);
        for session in [None, Some(sessions[0])] {
            let picked = pick_with(&house, &agent, session, over);
            assert_eq!(picked, Err(Refusal::SupervisorsOnly), "{role:?}, with room or without");
        }
    }
    let sam = AgentAttach {
        role: Role::Supervisor,
        reach: Reach::Only([department("support")].into()),
        ..AgentAttach::new(AgentId::new("sam").unwrap())
    };
    let sam = house.attach_agent(sam);
    house.submit(&sam, Command::SignOn(SignOn::new([department("support")], None))).unwrap();
    let picked = pick_with(&house, &sam, Some(sessions[0]), over);
    assert_eq!(picked, Err(Refusal::OutOfReach(department("sales"))));

    let sue = busy(&house, Role::Supervisor, "sue", 1);
    assert_eq!(pick_with(&house, &sue, None, over), Ok(sessions[0]));
    assert_eq!(pick(&house, &sue, None), Err(Refusal::AgentFull), "it didn't say so");
    assert_eq!(pick_with(&house, &sue, Some(sessions[2]), over), Ok(sessions[2]));
    let hows = house.facts().into_iter().filter_map(|fact| match fact {
        Event::SessionAssigned { how, .. } => Some(how),
        _ => None,
    });
    let (within, above) = (HowAssigned::Picked, HowAssigned::PickedOverCapacity);
    assert_eq!(hows.collect::<Vec<_>>(), [within, above]);
    house.whole();
}

#[test]
fn who_has_not_signed_on_or_receives_elsewhere_picks_nobody() {
    let house = House::new();
    let (ann, visitor) = (house.agent("ann"), house.visitor("v"));
    let session = house.ask_for(&visitor, Ask::of(department("support"))).unwrap();
    assert_eq!(pick(&house, &ann, None), Err(Refusal::NotSignedOn));
    assert_eq!(pick(&house, &visitor, None), Err(Refusal::AgentsOnly));
    house.sign_on(&ann, 1).unwrap();
    assert_eq!(pick(&house, &ann, None), Err(Refusal::NobodyWaits));
    let elsewhere = Err(Refusal::OtherDepartment(department("support")));
    assert_eq!(pick(&house, &ann, Some(session)), elsewhere);
    house.submit(&visitor, Command::Close { session }).unwrap();
    assert_eq!(pick(&house, &ann, Some(session)), Err(Refusal::SessionNotFound), "it is over");
    house.whole();
}

#[test]
fn a_queue_is_read_from_its_head_by_agents() {
    let house = House::new();
    let (ann, visitors) = (house.agent("ann"), ["u", "v", "w"].map(|id| house.visitor(id)));
    for (visitor, minutes) in visitors.iter().zip([0, 0, 5]) {
        let ask = Ask { priority_minutes: minutes, ..Ask::of(department("sales")) };
        house.ask_for(visitor, ask).unwrap();
    }
    let read = |seat: &Seat, id: &str, rows| {
        house.submit(seat, Command::ReadQueue { department: department(id), rows })
    };
    let Ok(Reply::Queue(rows)) = read(&ann, "sales", 2) else { panic!("no rows") };
    let seen: Vec<_> =
        rows.iter().map(|row| (row.visitor.as_str(), row.position, row.priority_ms)).collect();
    assert_eq!(seen, [("w", 1, 300_000), ("u", 2, 0)]);
    assert_eq!(read(&ann, "support", 50), Ok(Reply::Queue(vec![])));
    let unknown = Err(Refusal::UnknownDepartment(department("moon")));
    assert_eq!(read(&ann, "moon", 50), unknown);
    assert_eq!(read(&visitors[0], "sales", 50), Err(Refusal::AgentsOnly));
}
