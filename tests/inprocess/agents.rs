//! Rows A1, A2, A3: agents' status, devices and capacity.

use frontdesk::desk::delivery::Status;
use frontdesk::desk::refusal::Refusal;
use frontdesk::engine::{Command, Departure, Reply};

use crate::house::House;

// A1

#[test]
fn signing_on_begins_in_away_and_only_online_takes_sessions() {
    let house = House::new();
    let agent = house.agent("ann");
    let signed_on = house.sign_on(&agent, 3).unwrap();
    assert_eq!(signed_on, Reply::SignedOn { status: Status::Away, sessions: 0, capacity: 3 });
    let visitor = house.visitor("v");
    house.ask(&visitor);
    for status in [Status::Busy, Status::Away] {
        house.set(&agent, status).unwrap();
        assert_eq!(house.engine.counts(house.tenant).waiting, 1, "{status:?} takes nothing");
    }
    house.set(&agent, Status::Online).unwrap();
    let counts = house.engine.counts(house.tenant);
    assert_eq!((counts.waiting, counts.sessions, counts.agents_online), (0, 1, 1));
    house.whole();
}

#[test]
fn a_status_needs_a_signed_on_agent_and_offline_is_no_status_to_set() {
    let house = House::new();
    let (agent, visitor) = (house.agent("ann"), house.visitor("v"));
    assert_eq!(house.set(&agent, Status::Online), Err(Refusal::NotSignedOn));
    assert_eq!(house.set(&visitor, Status::Online), Err(Refusal::AgentsOnly));
    house.sign_on(&agent, 1).unwrap();
    assert_eq!(house.set(&agent, Status::Offline), Err(Refusal::StatusNotSettable));
}

// A2

#[test]
fn a_second_device_changes_no_status_and_losing_one_of_two_neither() {
    let mut house = House::new();
    let mut desk = house.online("ann", 2);
    let phone = house.agent("ann");
    assert_eq!(phone.attached.status, Some(Status::Online));
    house.engine.detach(phone.link, Departure::Dropped, house.now);
    house.wait(120_000);
    assert_eq!(house.engine.counts(house.tenant).agents_online, 1);

    house.engine.detach(desk.link, Departure::Dropped, house.now);
    house.wait(30_000);
    assert_eq!(house.engine.counts(house.tenant).agents_online, 1, "the grace runs");
    house.wait(31_000);
    assert_eq!(house.engine.counts(house.tenant).agents_online, 0, "the last one is gone");
    desk = house.agent("ann");
    assert_eq!(desk.attached.status, Some(Status::Offline));
    house.whole();
}

#[test]
fn a_device_that_was_detached_speaks_for_nobody() {
    let house = House::new();
    let (desk, phone) = (house.online("ann", 2), house.agent("ann"));
    house.engine.detach(phone.link, Departure::Dropped, house.now);
    assert_eq!(house.set(&phone, Status::Away), Err(Refusal::LinkGone));
    house.set(&desk, Status::Busy).unwrap();
}

// A3

#[test]
fn an_agent_holds_no_more_sessions_than_its_capacity() {
    let house = House::new();
    let agent = house.online("ann", 2);
    let visitors: Vec<_> = (0..5).map(|n| house.visitor(&format!("v-{n}"))).collect();
    let sessions: Vec<_> = visitors.iter().map(|visitor| house.ask(visitor)).collect();
    let counts = house.engine.counts(house.tenant);
    assert_eq!((counts.sessions, counts.waiting), (2, 3));
    house.submit(&agent, Command::Close { session: sessions[0] }).unwrap();
    let counts = house.engine.counts(house.tenant);
    assert_eq!((counts.sessions, counts.waiting), (2, 2), "the freed slot is filled at once");
    house.whole();
}

#[test]
fn a_capacity_of_nothing_or_above_the_policys_is_refused() {
    let house = House::new();
    let agent = house.agent("ann");
    for capacity in [0, 51] {
        let refused = Err(Refusal::CapacityOutOfRange { max: 50 });
        assert_eq!(house.sign_on(&agent, capacity), refused);
    }
}
