//! Rows A1, A3, A6, A7 and Q12: an agent's day. Statuses for later and for another, the work log, notes after a session, sessions that lie
//! dormant, and why somebody waits or is idle.

use frontdesk::desk::delivery::{Delivery, Status};
use frontdesk::desk::floor::why::Obstacle;
use frontdesk::desk::id::{AgentId, SessionId};
use frontdesk::desk::refusal::Refusal;
use frontdesk::desk::role::{Reach, Role};
use frontdesk::engine::{AgentAttach, Command, Reply, SetStatus, SignOn, When};

use crate::house::{House, Seat, department};

fn agent(id: &str) -> AgentId {
    AgentId::new(id).unwrap()
}

fn set_for(house: &House, seat: &Seat, whose: &str, status: Status) -> Result<Reply, Refusal> {
    let set = SetStatus { agent: Some(agent(whose)), ..SetStatus::now(status, "break") };
    house.submit(seat, Command::SetStatus(set))
}

/// Statuses, those to come, and reasons, as a link was told them.
fn statuses(told: &[Delivery]) -> Vec<(Status, Option<Status>, String)> {
    let statuses = told.iter().filter_map(|delivery| match delivery {
        Delivery::StatusChanged { status, reason, next, .. } => {
            Some((*status, *next, reason.to_string()))
        }
        _ => None,
    });
    statuses.collect()
}

fn log(
    house: &House,
    seat: &Seat,
    whose: Option<&str>,
) -> Result<Vec<(u64, Status, String)>, Refusal> {
    match house.submit(seat, Command::ReadWorkLog { agent: whose.map(agent) })? {
        Reply::WorkLog(entries) => Ok(entries
            .into_iter()
            .map(|entry| (entry.wall_ms, entry.status, entry.reason.to_string()))
            .collect()),
        other => panic!("{other:?} is no work log"),
    }
}

fn close(house: &House, seat: &Seat, session: SessionId) {
    assert_eq!(house.submit(seat, Command::Close { session }), Ok(Reply::Done));
}

// A1

#[test]
fn a_status_for_later_comes_with_the_end_of_the_last_session() {
    let house = House::new();
    let mut ann = house.online("ann", 3);
    let visitors = ["u", "v", "w"].map(|id| house.visitor(id));
    let sessions = [house.ask(&visitors[0]), house.ask(&visitors[1])];
    ann.told();
    let later = SetStatus { when: When::AfterSessions, ..SetStatus::now(Status::Away, "lunch") };
    assert_eq!(house.submit(&ann, Command::SetStatus(later)), Ok(Reply::Done));
    let coming = (Status::Online, Some(Status::Away), String::new());
    assert_eq!(statuses(&ann.told()), [coming]);
    house.ask(&visitors[2]);
    assert_eq!(house.engine.counts(house.tenant).waiting, 1, "it gets nothing new");
    close(&house, &ann, sessions[0]);
    assert_eq!(statuses(&ann.told()), []);
    close(&house, &ann, sessions[1]);
    assert_eq!(statuses(&ann.told()), [(Status::Away, None, "lunch".to_owned())]);
    assert_eq!(house.engine.counts(house.tenant).agents_away, 1);
    house.whole();
}

#[test]
fn a_supervisor_sets_anothers_status_and_an_agent_does_not() {
    let house = House::new();
    let mut ann = house.online("ann", 1);
    let (bob, sue) = (house.online("bob", 1), house.agent_as(Role::Supervisor, "sue"));
    ann.told();
    assert_eq!(set_for(&house, &sue, "ann", Status::Away), Ok(Reply::Done));
    assert_eq!(statuses(&ann.told()), [(Status::Away, None, "break".to_owned())]);

    let bot = house.agent_as(Role::Bot, "bob");
    for seat in [&bob, &bot] {
        let refused = set_for(&house, seat, "ann", Status::Online);
        assert_eq!(refused, Err(Refusal::SupervisorsOnly));
        assert_eq!(log(&house, seat, Some("ann")), Err(Refusal::SupervisorsOnly));
        let unknown = set_for(&house, seat, "eve", Status::Online);
        assert_eq!(unknown, Err(Refusal::SupervisorsOnly), "not even that there is no eve");
    }
    let unknown = Err(Refusal::UnknownAgent(agent("eve")));
    assert_eq!(set_for(&house, &sue, "eve", Status::Away), unknown);
    assert_eq!(set_for(&house, &sue, "sue", Status::Away), Err(Refusal::NotSignedOn));
    let support = AgentAttach {
        role: Role::Supervisor,
        reach: Reach::Only([department("support")].into()),
        ..AgentAttach::new(agent("sam"))
    };
    let sam = house.attach_agent(support);
    let refused = Refusal::OutOfReach(department("sales"));
    assert_eq!(set_for(&house, &sam, "ann", Status::Online), Err(refused.clone()));
    assert_eq!(log(&house, &sam, Some("ann")), Err(refused));
    assert_eq!(statuses(&ann.told()), [], "nothing of it has changed anything");
    house.whole();
}

// A6

#[test]
fn the_work_log_tells_when_each_status_began_and_why() {
    let mut house = House::new();
    let ann = house.agent("ann");
    let began = house.now.wall_ms;
    house.sign_on(&ann, 1).unwrap();
    house.wait(1_000);
    house.set(&ann, Status::Online).unwrap();
    house.wait(1_000);
    let sue = house.agent_as(Role::Admin, "sue");
    set_for(&house, &sue, "ann", Status::Busy).unwrap();
    house.wait(1_000);
    house.submit(&ann, Command::SignOff { reason: "home".into() }).unwrap();
    let expected = [
        (began, Status::Away, "signed on".to_owned()),
        (began + 1_000, Status::Online, String::new()),
        (began + 2_000, Status::Busy, "break".to_owned()),
        (began + 3_000, Status::Offline, "home".to_owned()),
    ];
    assert_eq!(log(&house, &ann, None).unwrap(), expected);
    assert_eq!(log(&house, &sue, Some("ann")).unwrap(), expected);
    let visitor = house.visitor("v");
    assert_eq!(log(&house, &visitor, None), Err(Refusal::AgentsOnly));
}

// A7

#[test]
fn a_slot_stays_taken_for_notes_until_they_are_finished_or_their_time_is_over() {
    let mut house = House::ruled(|draft| draft.departments[0].wrap_up_ms = 30_000);
    let (ann, bob) = (house.online("ann", 1), house.agent("bob"));
    let visitors = ["u", "v", "w"].map(|id| house.visitor(id));
    let sessions = visitors.each_ref().map(|visitor| house.ask(visitor));
    let waiting = |house: &House| house.engine.counts(house.tenant).waiting;
    close(&house, &visitors[0], sessions[0]);
    assert_eq!(waiting(&house), 2, "the slot is taken for notes");
    house.whole();
    let finish = |seat: &Seat, session| house.submit(seat, Command::FinishNotes { session });
    for (seat, session) in [(&bob, sessions[0]), (&ann, sessions[1])] {
        assert_eq!(finish(seat, Some(session)), Err(Refusal::SessionNotFound));
    }
    assert_eq!(finish(&visitors[1], None), Err(Refusal::AgentsOnly));
    assert_eq!(finish(&bob, None), Ok(Reply::Done), "none are left");
    assert_eq!(waiting(&house), 2);
    assert_eq!(finish(&ann, Some(sessions[0])), Ok(Reply::Done));
    assert_eq!((waiting(&house), house.holder(&ann, sessions[1])), (1, Some("ann".to_owned())));

    close(&house, &ann, sessions[1]);
    house.wait(29_999);
    assert_eq!(waiting(&house), 1);
    house.wait(1);
    assert_eq!(house.holder(&ann, sessions[2]), Some("ann".to_owned()));
    house.whole();
}

// A3

#[test]
fn a_session_that_its_visitor_lets_lie_frees_its_slot_and_takes_it_again() {
    let mut house = House::ruled(|draft| draft.departments[0].dormant_after_ms = 60_000);
    let (ann, visitor) = (house.online("ann", 1), house.visitor("u"));
    let session = house.ask(&visitor);
    house.say(&visitor, session, "hello");
    house.wait(120_000);
    let next = house.visitor("v");
    let other = house.ask(&next);
    assert_eq!(house.engine.counts(house.tenant).waiting, 1, "it is the agent's turn: no lying");
    house.say(&ann, session, "how can I help?");
    house.wait(50_000);
    house.say(&ann, session, "are you there?");
    house.wait(59_999);
    assert_eq!(house.holder(&ann, other), None, "counted from the agent's last word");
    house.whole();
    house.wait(200);
    assert_eq!(house.holder(&ann, other).as_deref(), Some("ann"), "the slot was free");
    assert_eq!(house.holder(&ann, session).as_deref(), Some("ann"), "and the session is still its");
    house.whole();

    close(&house, &next, other);
    house.say(&visitor, session, "yes");
    let third = house.visitor("w");
    let third = house.ask(&third);
    assert_eq!(house.holder(&ann, third), None, "it has taken its slot again");
    house.whole();
}

#[test]
fn one_that_comes_back_to_a_slot_given_away_waits_for_its_agent_and_exceeds_no_capacity() {
    let mut house = House::ruled(|draft| draft.departments[0].dormant_after_ms = 60_000);
    let (ann, visitor) = (house.online("ann", 1), house.visitor("u"));
    let session = house.ask(&visitor);
    house.say(&ann, session, "are you there?");
    house.wait(60_200);
    let next = house.visitor("v");
    let other = house.ask(&next);
    assert_eq!(house.holder(&ann, other).as_deref(), Some("ann"));
    house.say(&visitor, session, "yes");
    assert_eq!(house.holder(&ann, session), None, "F6: no more than fits");
    house.whole();
    close(&house, &ann, other);
    assert_eq!(house.holder(&ann, session).as_deref(), Some("ann"));
    house.whole();
}

#[test]
fn a_time_that_a_new_policy_shortens_ends_sooner_and_once() {
    let mut house = House::ruled(|draft| draft.departments[0].dormant_after_ms = 600_000);
    let (ann, visitor) = (house.online("ann", 1), house.visitor("u"));
    let session = house.ask(&visitor);
    house.say(&ann, session, "how can I help?");
    let mut draft = (**house.engine.policy(house.tenant).unwrap()).clone();
    draft.departments[0].dormant_after_ms = 60_000;
    house.engine.replace_policy(house.tenant, draft, None, house.now).unwrap();
    house.submit(&ann, Command::SignOff { reason: "".into() }).unwrap();
    let bob = house.online("bob", 1);
    assert_eq!(house.holder(&bob, session).as_deref(), Some("bob"));
    house.say(&bob, session, "I have taken over");
    house.whole();
    house.wait(60_200);
    let next = house.visitor("v");
    let other = house.ask(&next);
    assert_eq!(
        house.holder(&bob, other).as_deref(),
        Some("bob"),
        "by the policy it was taken under"
    );
    house.whole();
    close(&house, &next, other);
    house.say(&visitor, session, "yes");
    house.say(&bob, session, "so?");
    house.wait(59_000);
    house.whole();
    let third = house.visitor("w");
    let third = house.ask(&third);
    assert_eq!(house.holder(&bob, third), None, "what was noted before says nothing any more");
    house.wait(541_000);
    assert_eq!(house.holder(&bob, third).as_deref(), Some("bob"));
    house.whole();
}

// Q12

#[test]
fn why_one_waits_names_each_agent_and_what_keeps_it() {
    let house = House::new();
    let ann = house.online("ann", 1);
    let bob = house.online("bob", 1);
    house.set(&bob, Status::Busy).unwrap();
    let cay = house.online_for(Role::Agent, "cay", SignOn::new([department("support")], None));
    let visitors = ["u", "v", "w"].map(|id| house.visitor(id));
    let sessions = visitors.each_ref().map(|visitor| house.ask(visitor));
    let ask = |seat: &Seat, session| house.submit(seat, Command::WhyWaiting { session });
    let Ok(Reply::WhyWaiting(why)) = ask(&cay, sessions[2]) else { panic!("no answer") };
    let at = (why.department, why.position, why.holder, why.is_offered, why.others);
    assert_eq!(at, (department("sales"), 2, None, false, 0));
    let mut looked: Vec<_> = why
        .considered
        .iter()
        .map(|one| (one.agent.as_str(), one.load, one.capacity, one.obstacle))
        .collect();
    looked.sort_by_key(|one| one.0);
    let expected = [("ann", 100, 100, Some(Obstacle::Full)), ("bob", 0, 100, Some(Obstacle::Busy))];
    assert_eq!(looked, expected);
    assert_eq!(house.holder(&cay, sessions[0]).as_deref(), Some("ann"));
    assert_eq!(ask(&visitors[0], sessions[0]), Err(Refusal::AgentsOnly));
    close(&house, &ann, sessions[0]);
    assert_eq!(ask(&ann, sessions[0]), Err(Refusal::SessionNotFound));
}

#[test]
fn why_one_is_idle_names_what_keeps_it_and_who_waits() {
    let house = House::new();
    let ann = house.online("ann", 2);
    let idle = |seat: &Seat, whose: Option<&str>| {
        house.submit(seat, Command::WhyIdle { agent: whose.map(agent) })
    };
    let why = |whose: Option<&str>| match idle(&ann, whose) {
        Ok(Reply::WhyIdle(why)) => *why,
        other => panic!("{other:?} is no answer"),
    };
    let free = why(None);
    assert_eq!((free.status, free.obstacle, free.capacity), (Status::Online, None, 200));
    assert_eq!((free.departments[0].waiting, free.departments[0].obstacle), (0, None));
    house.set(&ann, Status::Away).unwrap();
    let visitor = house.visitor("v");
    house.ask(&visitor);
    let away = why(None);
    let at = &away.departments[0];
    assert_eq!((away.obstacle, at.waiting), (Some(Obstacle::Away), 1));
    assert_eq!(at.obstacle, Some(Obstacle::Away));
    let bob = house.online("bob", 1);
    assert_eq!(why(Some("bob")).obstacle, Some(Obstacle::Full));
    assert_eq!(idle(&bob, Some("eve")), Err(Refusal::UnknownAgent(agent("eve"))));
    assert_eq!(idle(&visitor, None), Err(Refusal::AgentsOnly));
}
