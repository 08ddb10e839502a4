//! Transfers: who is asked, what is held meanwhile, how each ends.

use super::*;
use crate::crossing::HowAssigned;
use crate::delivery::{Asking, Delivery, HandingOutcome, OfferOutcome};
use crate::policy::Bot;
use crate::policy::department::OfferMode;

fn agent_id(id: &str) -> AgentId {
    AgentId::new(id).unwrap()
}

fn to_agent(world: &World, session: usize, id: &str) -> Transfer {
    let to = Colleague::Agent(agent_id(id));
    let session = world.sessions[session];
    Transfer { session, to, note: "likes oak".into(), waits: false, room: Room::Needed }
}

fn to_department(world: &World, session: usize, id: &str, waits: bool) -> Transfer {
    let to = Colleague::Department(DepartmentId::new(id).unwrap());
    Transfer { to, waits, ..to_agent(world, session, "any") }
}

fn transfer(world: &mut World, by: AgentNo, transfer: Transfer) -> Result<Asking, Refusal> {
    let asking = world.floor.transfer(by, transfer, at(world.ms), &mut world.fx);
    world.whole();
    asking
}

fn accept(world: &mut World, no: AgentNo, asking: &Asking) -> Result<SessionId, Refusal> {
    let offer = asking.offer.unwrap();
    let accepted = world.floor.accept_offer(no, offer, at(world.ms), &mut world.fx);
    world.whole();
    accepted
}

fn decline(world: &mut World, no: AgentNo, asking: &Asking) {
    let offer = asking.offer.unwrap();
    world.floor.decline_offer(no, offer, at(world.ms), &mut world.fx).unwrap();
    world.whole();
}

/// How what somebody asked ended, as its link is told since the last look.
fn ended(world: &World, slot: u32) -> Vec<(HandingOutcome, Option<AgentId>)> {
    let told = world.fx.deliveries.iter().filter_map(|(to, delivery)| match delivery {
        Delivery::HandingEnded(over) if *to == link(slot) => {
            Some((over.outcome, over.agent.clone()))
        }
        _ => None,
    });
    told.collect()
}

/// How an agent's part ended, as its link is told since the last look.
fn part_ended(world: &World, slot: u32) -> Vec<OfferOutcome> {
    let told = world.fx.deliveries.iter().filter_map(|(to, delivery)| match delivery {
        Delivery::OfferEnded { outcome, .. } if *to == link(slot) => Some(*outcome),
        _ => None,
    });
    told.collect()
}

fn load(world: &World, no: AgentNo) -> u32 {
    world.floor.agent(no).load()
}

/// Ann has a session of sales; bob works there too, cid and dee for service.
fn desk() -> (World, [AgentNo; 4], usize) {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 2);
    let session = world.ask(SALES, 0, 0);
    let bob = world.online("bob", 2, &["sales"], 1);
    let cid = world.online("cid", 3, &["service"], 1);
    let dee = world.online("dee", 4, &["service"], 1);
    assert_eq!(world.holder(session), Some(ann));
    world.fx = Effects::new();
    (world, [ann, bob, cid, dee], session)
}

#[test]
fn room_is_held_from_the_offer_on_and_the_session_passes_in_the_step_that_accepts() {
    let (mut world, [ann, bob, ..], session) = desk();
    let wish = to_agent(&world, session, "bob");
    let asking = transfer(&mut world, ann, wish.clone()).unwrap();
    assert_eq!((load(&world, bob), world.holder(session)), (100, Some(ann)));
    assert_eq!(asking.agent, Some(agent_id("bob")));
    assert_eq!(transfer(&mut world, ann, wish), Ok(asking.clone()), "again, the same");
    let waiting = world.ask(SALES, 5, 0);
    assert_eq!(world.holder(waiting), Some(ann), "bob's only slot is taken");

    let id = world.sessions[session];
    assert_eq!(accept(&mut world, bob, &asking), Ok(id));
    assert_eq!(accept(&mut world, bob, &asking), Ok(id), "again, the same");
    assert_eq!(
        (world.holder(session), load(&world, ann), load(&world, bob)),
        (Some(bob), 100, 100)
    );
    assert_eq!(ended(&world, 1), [(HandingOutcome::Accepted, Some(agent_id("bob")))]);
    let how = world.fx.crossings.iter().find_map(|crossing| match crossing {
        Crossing::ToSession(at, SessionStep::Assigned(assigned)) if *at == id => Some(assigned.how),
        _ => None,
    });
    assert_eq!(how, Some(HowAssigned::Transferred { from: ann }));
    world.end(session);
    assert_eq!((load(&world, bob), world.floor.counts().held), (0, 1));
    world.whole();
}

#[test]
fn whoever_steps_back_gives_the_room_back_once_and_the_session_stays() {
    let (mut world, [ann, bob, ..], session) = desk();
    type End = fn(&mut World, AgentNo, &Asking);
    let ways: [(End, HandingOutcome, Option<&str>); 4] = [
        (decline, HandingOutcome::Declined, Some("bob")),
        (|world, _, _| world.until(world.ms + HANDING_MS), HandingOutcome::TimedOut, Some("bob")),
        (|world, no, _| world.status(no, Status::Away).unwrap(), HandingOutcome::Away, Some("bob")),
        (
            |world, no, _| world.floor.link_down(no, link(2), at(world.ms), &mut world.fx),
            HandingOutcome::Gone,
            Some("bob"),
        ),
    ];
    for (end, outcome, who) in ways {
        let wish = to_agent(&world, session, "bob");
        let asking = transfer(&mut world, ann, wish).unwrap();
        world.fx = Effects::new();
        end(&mut world, bob, &asking);
        world.whole();
        assert_eq!(ended(&world, 1), [(outcome, who.map(agent_id))]);
        assert_eq!((world.holder(session), load(&world, bob)), (Some(ann), 0), "{outcome:?}");
        assert_eq!(part_ended(&world, 2).len(), usize::from(outcome != HandingOutcome::Gone));
        if world.floor.agent(bob).links().is_empty() {
            world.attach("bob", 2);
        }
        world.status(bob, Status::Online).unwrap();
    }
    assert_eq!(
        world.floor.agent(bob).status(),
        Status::Online,
        "what is declined to colleagues is no miss"
    );
}

#[test]
fn who_asked_takes_it_back_once_and_is_told_when_it_is_too_late() {
    let (mut world, [ann, bob, ..], session) = desk();
    let wish = to_agent(&world, session, "bob");
    let asking = transfer(&mut world, ann, wish.clone()).unwrap();
    let offer = asking.offer.unwrap();
    let withdraw = |world: &mut World, no| {
        let withdrawn = world.floor.withdraw_offer(no, offer, at(world.ms), &mut world.fx);
        world.whole();
        withdrawn
    };
    assert_eq!(withdraw(&mut world, bob), Err(Refusal::OfferNotFound), "it isn't bob's");
    assert_eq!(withdraw(&mut world, ann), Ok(()));
    assert_eq!(withdraw(&mut world, ann), Ok(()), "again, the same");
    assert_eq!(part_ended(&world, 2), [OfferOutcome::Withdrawn]);
    assert_eq!(ended(&world, 1), [(HandingOutcome::Withdrawn, None)]);
    let late = accept(&mut world, bob, &asking);
    assert_eq!(late, Err(Refusal::OfferEnded(OfferOutcome::Withdrawn)));
    assert_eq!((world.holder(session), load(&world, bob)), (Some(ann), 0));

    let asking = transfer(&mut world, ann, wish).unwrap();
    accept(&mut world, bob, &asking).unwrap();
    let (now, fx) = (at(world.ms), &mut world.fx);
    let late = world.floor.withdraw_offer(ann, asking.offer.unwrap(), now, fx);
    assert_eq!(late, Err(Refusal::HandingEnded(HandingOutcome::Accepted)));
}

#[test]
fn of_a_department_each_is_asked_once_and_then_it_is_as_before() {
    let (mut world, [ann, _, cid, dee], session) = desk();
    let wish = to_department(&world, session, "service", false);
    let asking = transfer(&mut world, ann, wish).unwrap();
    assert_eq!(asking.agent, Some(agent_id("cid")), "the one who was idle longest");
    decline(&mut world, cid, &asking);
    assert_eq!((load(&world, cid), load(&world, dee)), (0, 100));
    let next = world.fx.deliveries.iter().find_map(|(to, delivery)| match delivery {
        Delivery::AskedNext(next) if *to == link(1) => next.agent.clone(),
        _ => None,
    });
    assert_eq!(next, Some(agent_id("dee")));
    world.until(world.ms + HANDING_MS);
    assert_eq!(ended(&world, 1), [(HandingOutcome::TimedOut, Some(agent_id("dee")))]);
    assert_eq!((world.holder(session), load(&world, dee)), (Some(ann), 0));
    assert_eq!(world.floor.requests[&world.sessions[session]].home, SALES);
}

#[test]
fn a_session_that_a_department_takes_belongs_to_it_and_counts_as_its_turn() {
    let (mut world, [ann, _, cid, _], session) = desk();
    let wish = to_department(&world, session, "service", false);
    let asking = transfer(&mut world, ann, wish).unwrap();
    accept(&mut world, cid, &asking).unwrap();
    assert_eq!(world.holder(session), Some(cid));
    let id = world.sessions[session];
    assert_eq!(world.floor.requests[&id].home, SERVICE);
    let moved = world.fx.crossings.iter().any(|crossing| {
        matches!(crossing, Crossing::ToSession(at, SessionStep::Moved { department, .. })
            if *at == id && *department == SERVICE)
    });
    assert!(moved, "the session learns it");
    let state = world.floor.department_state(SERVICE);
    assert_eq!((state.held, world.floor.department_state(SALES).held), (1, 0));
}

#[test]
fn one_that_is_to_wait_stands_in_the_departments_queue_by_its_age() {
    let (mut world, [ann, _, cid, dee], session) = desk();
    world.status(cid, Status::Busy).unwrap();
    world.status(dee, Status::Busy).unwrap();
    let later = world.ask(SERVICE, 50, 0);
    let nobody = to_department(&world, session, "service", false);
    let service = DepartmentId::new("service").unwrap();
    assert_eq!(transfer(&mut world, ann, nobody), Err(Refusal::NobodyFree(service)));
    let wish = to_department(&world, session, "service", true);
    let asking = transfer(&mut world, ann, wish).unwrap();
    assert_eq!((asking.offer, asking.agent), (None, None));
    assert_eq!((world.place(session), world.place(later)), (Some(1), Some(2)), "it is older");
    assert_eq!((world.holder(session), load(&world, ann)), (None, 0));
    world.status(cid, Status::Online).unwrap();
    assert_eq!(world.holder(session), Some(cid));
    world.whole();
}

#[test]
fn when_all_have_declined_one_that_is_to_wait_waits() {
    let (mut world, [ann, _, cid, dee], session) = desk();
    let wish = to_department(&world, session, "service", true);
    let asking = transfer(&mut world, ann, wish).unwrap();
    decline(&mut world, cid, &asking);
    decline(&mut world, dee, &asking);
    assert_eq!(ended(&world, 1), [(HandingOutcome::Waits, None)]);
    assert_eq!((world.place(session), world.holder(session)), (Some(1), None));
    assert_eq!(load(&world, cid) + load(&world, dee), 0, "who declined isn't given it at once");
}

#[test]
fn a_transfer_ends_with_the_session_with_its_source_and_with_whatever_takes_it_from_that() {
    let (mut world, [ann, bob, cid, _], session) = desk();
    let wish = to_agent(&world, session, "bob");
    transfer(&mut world, ann, wish.clone()).unwrap();
    world.floor.sign_off(ann, "".into(), at(world.ms), &mut world.fx).unwrap();
    world.whole();
    assert_eq!(part_ended(&world, 2), [OfferOutcome::Withdrawn]);
    assert_eq!(ended(&world, 1), [(HandingOutcome::SourceLost, None)]);
    assert_eq!(world.holder(session), Some(bob), "who was asked is the best to have it");

    world.fx = Effects::new();
    let wish = to_agent(&world, session, "cid");
    let asking = transfer(&mut world, bob, wish).unwrap();
    world.end(session);
    world.whole();
    assert_eq!(part_ended(&world, 3), [OfferOutcome::SessionEnded]);
    assert_eq!(ended(&world, 2), [(HandingOutcome::SessionEnded, None)]);
    let late = accept(&mut world, cid, &asking);
    assert_eq!(late, Err(Refusal::OfferEnded(OfferOutcome::SessionEnded)));
    assert_eq!((load(&world, bob), load(&world, cid)), (0, 0));
}

#[test]
fn a_busy_agent_may_be_asked_and_stays_asked_when_it_gets_busy() {
    let (mut world, [ann, bob, ..], session) = desk();
    world.status(bob, Status::Busy).unwrap();
    let wish = to_agent(&world, session, "bob");
    let asking = transfer(&mut world, ann, wish).unwrap();
    world.status(bob, Status::Online).unwrap();
    world.status(bob, Status::Busy).unwrap();
    accept(&mut world, bob, &asking).unwrap();
    assert_eq!(world.holder(session), Some(bob));
}

#[test]
fn what_cannot_be_transferred_is_refused_by_its_reason_and_nothing_changes() {
    let (mut world, [ann, bob, cid, _], session) = desk();
    let try_it = |world: &mut World, by, id: &str| {
        let wish = to_agent(world, session, id);
        transfer(world, by, wish).map(drop)
    };
    assert_eq!(try_it(&mut world, bob, "ann"), Err(Refusal::NotInSession));
    assert_eq!(try_it(&mut world, ann, "ann"), Err(Refusal::ToOneself));
    assert_eq!(try_it(&mut world, ann, "zoe"), Err(Refusal::UnknownAgent(agent_id("zoe"))));
    world.status(bob, Status::Away).unwrap();
    assert_eq!(try_it(&mut world, ann, "bob"), Err(Refusal::AgentUnavailable(agent_id("bob"))));
    world.status(bob, Status::Online).unwrap();
    let other = world.ask(SALES, 1, 0);
    assert_eq!(world.holder(other), Some(bob));
    assert_eq!(try_it(&mut world, ann, "bob"), Err(Refusal::ColleagueFull(agent_id("bob"))));
    let moon = DepartmentId::new("moon").unwrap();
    let wish = to_department(&world, session, "moon", false);
    assert_eq!(transfer(&mut world, ann, wish), Err(Refusal::UnknownDepartment(moon)));
    let long = Transfer { note: "x".repeat(1_025).into(), ..to_agent(&world, session, "cid") };
    let too_long = Refusal::TooLong { field: "note", bytes_max: NOTE_BYTES_MAX };
    assert_eq!(transfer(&mut world, ann, long), Err(too_long));
    try_it(&mut world, ann, "cid").unwrap();
    assert_eq!(try_it(&mut world, ann, "dee"), Err(Refusal::TransferPending));
    assert_eq!((world.holder(session), load(&world, cid)), (Some(ann), 100));
}

#[test]
fn over_the_capacity_only_by_an_override_and_never_by_another_one_meanwhile() {
    let (mut world, [ann, bob, ..], session) = desk();
    let other = world.ask(SALES, 1, 0);
    assert_eq!(world.holder(other), Some(bob));
    let wish = Transfer { room: Room::Overridden, ..to_agent(&world, session, "bob") };
    let asking = transfer(&mut world, ann, wish).unwrap();
    assert_eq!(load(&world, bob), 200);
    accept(&mut world, bob, &asking).unwrap();
    assert_eq!((world.holder(session), load(&world, bob)), (Some(bob), 200));
    world.end(other);
    let next = world.ask(SALES, 2, 0);
    assert_eq!(world.holder(next), Some(ann), "bob has as many as it takes");
    world.whole();
}

#[test]
fn a_session_is_passed_about_so_often_and_no_more() {
    let (mut world, [ann, bob, ..], session) = desk();
    world.replace(|draft| draft.terms.transfers_max = 2);
    for (by, to, id) in [(ann, bob, "bob"), (bob, ann, "ann")] {
        let wish = to_agent(&world, session, id);
        let asking = transfer(&mut world, by, wish).unwrap();
        accept(&mut world, to, &asking).unwrap();
    }
    let wish = to_agent(&world, session, "bob");
    assert_eq!(transfer(&mut world, ann, wish), Err(Refusal::TooManyTransfers { max: 2 }));
}

#[test]
fn the_policy_says_to_whom_and_ones_own_department_is_always_among_them() {
    let (mut world, [ann, bob, ..], session) = desk();
    world.replace(|draft| {
        draft.departments[0].colleagues = vec![DepartmentId::new("sales").unwrap()];
    });
    let wish = to_agent(&world, session, "cid");
    let cid = Colleague::Agent(agent_id("cid"));
    assert_eq!(transfer(&mut world, ann, wish), Err(Refusal::TargetOutOfReach(cid)));
    let wish = to_department(&world, session, "service", true);
    let service = Colleague::Department(DepartmentId::new("service").unwrap());
    assert_eq!(transfer(&mut world, ann, wish), Err(Refusal::TargetOutOfReach(service)));
    let wish = to_department(&world, session, "sales", false);
    let asking = transfer(&mut world, ann, wish).unwrap();
    accept(&mut world, bob, &asking).unwrap();
    assert_eq!(world.holder(session), Some(bob));
}

#[test]
fn a_bot_has_it_at_once_if_it_takes_transfers_and_passes_it_on_to_people() {
    let mut world = World::with(|draft| {
        let bot =
            |id: &str, takes_transfers| Bot { id: agent_id(id), hidden: false, takes_transfers };
        draft.bots = vec![bot("robo", true), bot("deaf", false)];
        draft.departments[0].offers.mode = OfferMode::Asked { timeout_ms: 5_000, at_once: 2 };
    });
    let ann = world.online("ann", 1, &["sales"], 1);
    let robo = world.online("robo", 8, &["service"], 3);
    world.online("deaf", 9, &["service"], 3);
    let session = world.ask(SALES, 0, 0);
    let offer = world.floor.offer_of(world.sessions[session]).unwrap();
    world.floor.accept_offer(ann, offer, at(0), &mut world.fx).unwrap();
    let wish = to_agent(&world, session, "deaf");
    assert_eq!(transfer(&mut world, ann, wish), Err(Refusal::BotUnavailable));
    let wish = to_agent(&world, session, "robo");
    let asking = transfer(&mut world, ann, wish).unwrap();
    assert_eq!((asking.offer, asking.agent), (None, Some(agent_id("robo"))));
    assert_eq!((world.holder(session), load(&world, ann)), (Some(robo), 0));
    assert!(world.floor.guests(world.sessions[session]).is_empty(), "who transfers leaves");

    let wish = to_department(&world, session, "sales", true);
    let asking = transfer(&mut world, robo, wish).unwrap();
    assert_eq!(asking.until_wall_ms, at(5_000).wall_ms, "as long as an offer there");
    accept(&mut world, ann, &asking).unwrap();
    assert_eq!((world.holder(session), load(&world, robo)), (Some(ann), 0));
}

#[test]
fn offers_stand_under_a_new_policy_and_end_whole() {
    let (mut world, [ann, bob, ..], session) = desk();
    let wish = to_agent(&world, session, "bob");
    let asking = transfer(&mut world, ann, wish).unwrap();
    world.replace(|draft| drop(draft.departments.remove(1)));
    accept(&mut world, bob, &asking).unwrap();
    let wish = to_agent(&world, session, "ann");
    let asking = transfer(&mut world, bob, wish).unwrap();
    world.replace(|draft| (draft.capacity_max, draft.capacity_default) = (1, 1));
    decline(&mut world, ann, &asking);
    assert_eq!((world.holder(session), load(&world, ann)), (Some(bob), 0));
}

#[test]
fn what_is_to_wait_for_its_own_department_does_not_come_straight_back_to_who_transferred_it() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 1);
    let session = world.ask(SALES, 0, 0);
    let wish = to_department(&world, session, "sales", true);
    transfer(&mut world, ann, wish).unwrap();
    assert_eq!((world.holder(session), world.place(session)), (None, Some(1)));
    let back_off_ms = world.floor.policy().department_at(SALES).offers.back_off_ms;
    world.until(world.ms + back_off_ms);
    assert_eq!(world.holder(session), Some(ann), "nobody else came in the meantime");
}
