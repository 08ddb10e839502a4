//! Rows Q5, S1, S2: queue and session.

use frontdesk::desk::delivery::{CloseCause, Delivery, SessionState};
use frontdesk::desk::fact::Event;
use frontdesk::desk::refusal::Refusal;
use frontdesk::engine::{Ask, Command, Departure, MailboxLimits};

use crate::house::{House, department, positions};

// Q5

#[test]
fn the_queue_is_ordered_by_waited_time_plus_priority_and_tells_each_its_place() {
    let mut house = House::new();
    let agent = house.online("ann", 1);
    let mut seats: Vec<_> = (0..4).map(|n| house.visitor(&format!("v-{n}"))).collect();
    let held = house.ask(&seats[0]);
    house.ask(&seats[1]);
    house.wait(1_000);
    house.ask(&seats[2]);
    let ask =
        Command::Ask(Ask { opening: None, priority_minutes: 1, ..Ask::of(department("sales")) });
    house.submit(&seats[3], ask).unwrap();
    house.wait(2_000);
    let last: Vec<_> =
        seats[1..].iter_mut().map(|seat| positions(&seat.told()).pop().unwrap()).collect();
    assert_eq!(last, [2, 3, 1], "a minute of priority is worth a minute of waiting");

    house.submit(&agent, Command::Close { session: held }).unwrap();
    house.wait(2_000);
    assert_eq!(positions(&seats[1].told()), [1]);
    let joined = |delivery: &Delivery| matches!(delivery, Delivery::ParticipantJoined { .. });
    assert!(seats[3].told().iter().any(joined), "the best waiter got the slot");
    house.whole();
}

#[test]
fn a_full_queue_is_refused_at_the_door_and_reserves_nothing() {
    let house = House::with(|draft| draft.departments[0].waiting_max = 1, MailboxLimits::default());
    let (first, second) = (house.visitor("v-1"), house.visitor("v-2"));
    house.ask(&first);
    assert_eq!(house.try_ask(&second), Err(Refusal::QueueFull));
    assert_eq!(house.engine.counts(house.tenant).waiting, 1);
    house.whole();
}

#[test]
fn a_full_queue_takes_newcomers_again_when_enough_have_left() {
    let house = House::ruled(|draft| {
        draft.departments[0].waiting_max = 3;
        draft.departments[0].reopen_at = Some(1);
    });
    let seats: Vec<_> = (0..4).map(|n| house.visitor(&format!("v-{n}"))).collect();
    let sessions: Vec<_> = seats[..3].iter().map(|seat| house.ask(seat)).collect();
    for (seat, session) in seats.iter().zip(sessions).take(2) {
        assert_eq!(house.try_ask(&seats[3]), Err(Refusal::QueueFull));
        house.submit(seat, Command::Close { session }).unwrap();
    }
    house.ask(&seats[3]);
    assert_eq!(house.engine.counts(house.tenant).waiting, 2);
    house.whole();
}

#[test]
fn a_place_in_the_queue_survives_while_its_visitor_is_away() {
    let mut house = House::new();
    let (first, mut second) = (house.visitor("v-1"), house.visitor("v-2"));
    house.ask(&first);
    house.ask(&second);
    house.engine.detach(first.link, Departure::Dropped, house.now);
    house.wait(59_000);
    assert_eq!(positions(&second.told()), [2], "the grace runs");
    let mut back = house.visitor("v-1");
    let told = back.told();
    let is_head = |delivery: &Delivery| match delivery {
        Delivery::SessionOpened(view) => view.state == SessionState::Waiting { position: 1 },
        _ => false,
    };
    assert!(told.iter().any(is_head), "{told:?}");
    house.engine.detach(back.link, Departure::Dropped, house.now);
    house.wait(62_000);
    assert_eq!(positions(&second.told()), [1], "who doesn't come back has given it up");
    house.whole();
}

// S1

#[test]
fn a_session_ends_by_its_visitor_or_its_agent_and_is_valid_if_the_visitor_spoke() {
    let mut house = House::new();
    let agent = house.online("ann", 5);
    for (id, speaks, by_agent) in [("v-1", true, true), ("v-2", false, false)] {
        let visitor = house.visitor(id);
        let session = house.ask(&visitor);
        if speaks {
            house.say(&visitor, session, "hello");
        }
        let closer = if by_agent { &agent } else { &visitor };
        house.submit(closer, Command::Close { session }).unwrap();
        let cause = if by_agent { CloseCause::Agent } else { CloseCause::Visitor };
        let last_place = u64::from(speaks);
        let is_kept = |fact: &Event| {
            matches!(fact, Event::SessionClosed { session: of, cause: why, last_place: last, valid, .. }
                if (*of, *why, *last, *valid) == (session, cause, last_place, speaks))
        };
        assert!(house.facts().iter().any(is_kept), "the end of {session} is not kept so");
    }
    house.whole();
}

#[test]
fn a_session_is_closed_once_and_by_those_in_it() {
    let house = House::new();
    let (agent, visitor, other) =
        (house.online("ann", 1), house.visitor("v-1"), house.visitor("v-2"));
    let session = house.ask(&visitor);
    assert_eq!(house.submit(&other, Command::Close { session }), Err(Refusal::SessionNotFound));
    house.submit(&agent, Command::Close { session }).unwrap();
    assert_eq!(house.submit(&visitor, Command::Close { session }), Err(Refusal::SessionClosed));
}

// S2

#[test]
fn a_visitor_has_one_open_session_however_often_it_asks() {
    let house = House::new();
    let (tab, phone) = (house.visitor("v"), house.visitor("v"));
    let first = house.try_ask(&tab).unwrap();
    let second = house.try_ask(&phone).unwrap();
    assert_eq!((first.existing, second.existing), (false, true));
    assert_eq!(first.session, second.session);
    assert_eq!(house.engine.counts(house.tenant).waiting, 1);
    house.whole();
}

#[test]
fn agents_ask_for_no_session_and_unknown_departments_have_none() {
    let house = House::new();
    let (agent, visitor) = (house.online("ann", 1), house.visitor("v"));
    assert_eq!(house.try_ask(&agent), Err(Refusal::VisitorsOnly));
    let moon = department("moon");
    let ask = Command::Ask(Ask::of(moon.clone()));
    assert_eq!(house.submit(&visitor, ask), Err(Refusal::UnknownDepartment(moon)));
}
