//! Offers and picks: how each ends, once; what is taken and given back; who is asked again and who isn't.

use super::*;
use crate::delivery::{Delivery, OfferOutcome};
use crate::fact::Event;
use crate::policy::department::OfferMode;

const TIMEOUT_MS: u64 = 5_000;
const BACK_OFF_MS: u64 = 30_000;

/// A floor that asks so many agents at once.
fn asking(at_once: u8) -> World {
    asking_with(at_once, |_| {})
}

fn asking_with(at_once: u8, change: impl FnOnce(&mut Draft)) -> World {
    World::with(|draft| {
        for department in &mut draft.departments {
            department.offers.mode = OfferMode::Asked { timeout_ms: TIMEOUT_MS, at_once };
            department.offers.back_off_ms = BACK_OFF_MS;
        }
        change(draft);
    })
}

/// What an agent is asked.
fn offers(world: &World, no: AgentNo) -> Vec<OfferId> {
    world.floor.agent(no).offered.to_vec()
}

/// How parts of offers ended since the last look, by agent.
fn ended(world: &mut World) -> Vec<(String, OfferOutcome)> {
    let facts = std::mem::take(&mut world.fx).facts;
    let ended = facts.into_iter().filter_map(|fact| match fact.event {
        Event::OfferEnded { agent, outcome, .. } => Some((agent.as_str().to_owned(), outcome)),
        _ => None,
    });
    ended.collect()
}

fn accept(world: &mut World, no: AgentNo, offer: OfferId) -> Result<SessionId, Refusal> {
    let accepted = world.floor.accept_offer(no, offer, at(world.ms), &mut world.fx);
    world.whole();
    accepted
}

fn decline(world: &mut World, no: AgentNo, offer: OfferId) -> Result<(), Refusal> {
    let declined = world.floor.decline_offer(no, offer, at(world.ms), &mut world.fx);
    world.whole();
    declined
}

fn pick(
    world: &mut World,
    no: AgentNo,
    chosen: Option<usize>,
    room: Room,
) -> Result<SessionId, Refusal> {
    let chosen = chosen.map(|session| world.sessions[session]);
    let picked = world.floor.pick(no, chosen, room, at(world.ms), &mut world.fx);
    world.whole();
    picked
}

#[test]
fn an_offer_holds_room_until_it_is_accepted_and_the_acceptance_may_come_twice() {
    let mut world = asking(1);
    let ann = world.online("ann", 1, &["sales"], 1);
    let session = world.wish(SALES, |_| {});
    let other = world.wish(SALES, |_| {});
    world.whole();
    assert_eq!(world.floor.agent(ann).load(), 100, "its room is taken from the offer on");
    assert_eq!((world.holder(session), world.place(other)), (None, Some(1)));
    let offer = offers(&world, ann)[0];
    let id = world.sessions[session];
    assert_eq!(accept(&mut world, ann, offer), Ok(id));
    assert_eq!(
        accept(&mut world, ann, offer),
        Ok(id),
        "a repeated acceptance is answered the same"
    );
    assert_eq!(world.holder(session), Some(ann));
    assert_eq!(world.floor.agent(ann).load(), 100, "and takes nothing twice");
    assert_eq!(ended(&mut world), [("ann".to_owned(), OfferOutcome::Accepted)]);
    assert_eq!(decline(&mut world, ann, offer), Err(Refusal::OfferEnded(OfferOutcome::Accepted)));
    world.end(session);
    world.whole();
    assert_eq!(offers(&world, ann).len(), 1, "the next one is offered");
}

#[test]
fn one_who_declines_keeps_nothing_and_the_request_keeps_its_place_and_finds_the_next() {
    let mut world = asking(1);
    let ann = world.online("ann", 1, &["sales"], 1);
    let session = world.wish(SALES, |_| {});
    world.ms = 100;
    let later = world.wish(SALES, |wish| wish.priority_ms = 10);
    let offer = offers(&world, ann)[0];
    assert_eq!(decline(&mut world, ann, offer), Ok(()));
    assert_eq!(decline(&mut world, ann, offer), Ok(()), "a repeated one is answered the same");
    assert_eq!(world.place(session), Some(1), "at its old rank");
    assert_eq!(ended(&mut world), [("ann".to_owned(), OfferOutcome::Declined)]);
    let next = offers(&world, ann)[0];
    assert_eq!(accept(&mut world, ann, next), Ok(world.sessions[later]), "ann gets the next one");
    let bob = world.online("bob", 2, &["sales"], 1);
    let offer = offers(&world, bob)[0];
    assert_eq!(accept(&mut world, bob, offer), Ok(world.sessions[session]));
}

#[test]
fn the_back_off_holds_for_that_request_alone_and_ends_by_itself() {
    let mut world = asking_with(1, |draft| draft.departments[0].offers.declined_max = 0);
    let ann = world.online("ann", 1, &["sales"], 1);
    let session = world.wish(SALES, |_| {});
    let offer = offers(&world, ann)[0];
    decline(&mut world, ann, offer).unwrap();
    world.until(BACK_OFF_MS - 1);
    assert!(offers(&world, ann).is_empty(), "it isn't asked in a circle");
    world.until(BACK_OFF_MS);
    assert_eq!(world.floor.offer_of(world.sessions[session]), Some(offers(&world, ann)[0]));
    world.end(session);
    world.whole();
    assert_eq!(world.floor.agent(ann).load(), 0);
}

#[test]
fn an_offer_that_nobody_answers_ends_by_itself() {
    let mut world = asking(1);
    let ann = world.online("ann", 1, &["sales"], 1);
    let bob = world.online("bob", 2, &["sales"], 1);
    let session = world.wish(SALES, |_| {});
    let offer = offers(&world, ann)[0];
    world.until(TIMEOUT_MS - 1);
    assert_eq!(offers(&world, ann), [offer]);
    world.until(TIMEOUT_MS);
    assert_eq!(ended(&mut world), [("ann".to_owned(), OfferOutcome::TimedOut)]);
    assert_eq!(accept(&mut world, ann, offer), Err(Refusal::OfferEnded(OfferOutcome::TimedOut)));
    assert_eq!(world.floor.offer_of(world.sessions[session]), Some(offers(&world, bob)[0]));
    assert_eq!(world.floor.agent(ann).load(), 0);
}

#[test]
fn a_status_that_takes_nothing_rescinds_and_costs_no_miss() {
    for status in [Status::Busy, Status::Away] {
        let mut world = asking_with(1, |draft| draft.departments[0].offers.missed_max = 1);
        let ann = world.online("ann", 1, &["sales"], 1);
        let session = world.wish(SALES, |_| {});
        let offer = offers(&world, ann)[0];
        world.status(ann, status).unwrap();
        world.whole();
        assert_eq!(ended(&mut world), [("ann".to_owned(), OfferOutcome::Rescinded)]);
        let late = Err(Refusal::OfferEnded(OfferOutcome::Rescinded));
        assert_eq!(accept(&mut world, ann, offer), late);
        assert_eq!(world.place(session), Some(1));
        world.status(ann, Status::Online).unwrap();
        assert_eq!(offers(&world, ann).len(), 1, "it is asked again at once: it declined nothing");
        world.whole();
    }
}

#[test]
fn an_offer_ends_when_the_visitor_or_the_agent_is_gone() {
    let mut world = asking(1);
    let ann = world.online("ann", 1, &["sales"], 1);
    let session = world.wish(SALES, |_| {});
    let offer = offers(&world, ann)[0];
    world.end(session);
    world.whole();
    assert_eq!(ended(&mut world), [("ann".to_owned(), OfferOutcome::VisitorGone)]);
    let late = Err(Refusal::OfferEnded(OfferOutcome::VisitorGone));
    assert_eq!(accept(&mut world, ann, offer), late, "nobody rings for one who has gone");
    let next = world.wish(SALES, |_| {});
    world.floor.link_down(ann, link(1), at(0), &mut world.fx);
    world.whole();
    assert_eq!(ended(&mut world), [("ann".to_owned(), OfferOutcome::AgentGone)]);
    assert_eq!((world.place(next), world.floor.agent(ann).load()), (Some(1), 0));
    world.attach("ann", 2);
    assert_eq!(offers(&world, ann).len(), 1);
    world.floor.sign_off(ann, "".into(), at(0), &mut world.fx).unwrap();
    world.whole();
    assert_eq!(ended(&mut world), [("ann".to_owned(), OfferOutcome::AgentGone)]);
}

#[test]
fn of_several_who_are_asked_at_once_one_wins_and_the_others_are_told_and_free() {
    let mut world = asking(3);
    let agents = ["ann", "bob", "cid", "dee"].map(|id| {
        let slot = id.len() as u32 + world.floor.agents().len() as u32;
        world.online(id, slot, &["sales"], 1)
    });
    let session = world.wish(SALES, |_| {});
    let offer = world.floor.offer_of(world.sessions[session]).unwrap();
    let asked = agents.map(|no| offers(&world, no) == [offer]);
    assert_eq!(asked, [true, true, true, false]);
    let id = world.sessions[session];
    assert_eq!(accept(&mut world, agents[1], offer), Ok(id));
    let lost = Err(Refusal::OfferEnded(OfferOutcome::LostRace));
    assert_eq!(accept(&mut world, agents[0], offer), lost);
    assert_eq!(accept(&mut world, agents[3], offer), Err(Refusal::OfferNotFound));
    let told = |world: &World, outcome| {
        let tell = world.fx.deliveries.iter().filter(|(_, delivery)| {
            matches!(delivery, Delivery::OfferEnded { outcome: is, .. } if *is == outcome)
        });
        tell.count()
    };
    assert_eq!(told(&world, OfferOutcome::LostRace), 2);
    assert_eq!(told(&world, OfferOutcome::Accepted), 1);
    assert_eq!(agents.map(|no| world.floor.agent(no).load()), [0, 100, 0, 0]);
}

#[test]
fn a_request_waits_again_only_when_all_who_were_asked_have_stepped_back() {
    let mut world = asking(2);
    let ann = world.online("ann", 1, &["sales"], 1);
    let bob = world.online("bob", 2, &["sales"], 1);
    let session = world.wish(SALES, |_| {});
    let offer = offers(&world, ann)[0];
    decline(&mut world, ann, offer).unwrap();
    assert_eq!(world.floor.offer_of(world.sessions[session]), Some(offer), "bob is still asked");
    decline(&mut world, bob, offer).unwrap();
    assert_eq!(world.place(session), Some(1));
    assert_eq!(world.floor.counts().offered, 0);
}

#[test]
fn so_many_misses_of_one_cause_in_a_row_set_an_agent_away_and_say_why() {
    let away = |agent: &Agent| (agent.status(), agent.reason().0.to_string());
    let mut world = asking_with(1, |draft| {
        draft.departments[0].offers.declined_max = 2;
        draft.departments[0].offers.missed_max = 2;
    });
    let ann = world.online("ann", 1, &["sales"], 1);
    for _ in 0..3 {
        world.wish(SALES, |_| {});
    }
    let first = offers(&world, ann)[0];
    decline(&mut world, ann, first).unwrap();
    world.until(TIMEOUT_MS);
    assert_eq!(world.floor.agent(ann).status(), Status::Online, "one of each cause");
    let third = offers(&world, ann)[0];
    decline(&mut world, ann, third).unwrap();
    assert_eq!(away(world.floor.agent(ann)), (Status::Away, "declined offers".to_owned()));
    world.until(TIMEOUT_MS + BACK_OFF_MS);
    world.status(ann, Status::Online).unwrap();
    world.until(world.ms + TIMEOUT_MS);
    assert_eq!(world.floor.agent(ann).status(), Status::Online, "counting begins anew");
    world.until(world.ms + TIMEOUT_MS);
    assert_eq!(away(world.floor.agent(ann)), (Status::Away, "missed offers".to_owned()));
}

#[test]
fn an_acceptance_ends_the_row_of_misses() {
    let mut world = asking_with(1, |draft| draft.departments[0].offers.declined_max = 2);
    let ann = world.online("ann", 1, &["sales"], 1);
    for _ in 0..3 {
        world.wish(SALES, |_| {});
        let offer = offers(&world, ann)[0];
        decline(&mut world, ann, offer).unwrap();
        let served = world.wish(SALES, |_| {});
        let offer = offers(&world, ann)[0];
        accept(&mut world, ann, offer).unwrap();
        world.end(served);
    }
    assert_eq!(world.floor.agent(ann).status(), Status::Online);
}

#[test]
fn a_pick_takes_the_next_or_a_chosen_one_and_is_told_when_it_lost() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 3);
    let bob = world.online("bob", 2, &["sales"], 3);
    for no in [ann, bob] {
        world.status(no, Status::Busy).unwrap();
    }
    let sessions = [0, 1, 2].map(|ms| world.ask(SALES, ms, 0));
    assert_eq!(pick(&mut world, ann, None, Room::Needed), Ok(world.sessions[sessions[0]]));
    assert_eq!(
        pick(&mut world, bob, Some(sessions[2]), Room::Needed),
        Ok(world.sessions[sessions[2]])
    );
    assert_eq!(pick(&mut world, ann, Some(sessions[2]), Room::Needed), Err(Refusal::PickLost));
    let again = pick(&mut world, bob, Some(sessions[2]), Room::Needed);
    assert_eq!(again, Ok(world.sessions[sessions[2]]), "a repeated one is answered the same");
    assert_eq!(world.floor.agent(bob).sessions(), 1);
    pick(&mut world, bob, None, Room::Needed).unwrap();
    assert_eq!(pick(&mut world, bob, None, Room::Needed), Err(Refusal::NobodyWaits));
}

#[test]
fn a_pick_above_capacity_needs_somebody_who_lets_it_and_is_kept_as_such() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 1);
    world.ask(SALES, 0, 0);
    let waiting = world.ask(SALES, 1, 0);
    assert_eq!(pick(&mut world, ann, Some(waiting), Room::Needed), Err(Refusal::AgentFull));
    world.fx = Effects::new();
    pick(&mut world, ann, Some(waiting), Room::Overridden).unwrap();
    assert_eq!(world.floor.agent(ann).sessions(), 2);
    let how = world.fx.crossings.iter().find_map(|crossing| match crossing {
        Crossing::ToSession(_, SessionStep::Assigned(assigned)) => Some(assigned.how),
        _ => None,
    });
    assert_eq!(how, Some(crate::crossing::HowAssigned::PickedOverCapacity));
    world.end(waiting);
    world.whole();
    let next = world.ask(SALES, 2, 0);
    assert_eq!(world.holder(next), None, "the override was for one");
}

#[test]
fn a_pick_of_another_department_or_while_signed_off_is_refused() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 1);
    let foreign = world.ask(SERVICE, 0, 0);
    let service = DepartmentId::new("service").unwrap();
    assert_eq!(
        pick(&mut world, ann, Some(foreign), Room::Needed),
        Err(Refusal::OtherDepartment(service))
    );
    assert_eq!(pick(&mut world, ann, None, Room::Needed), Err(Refusal::NobodyWaits));
    let dee = world.attach("dee", 4);
    assert_eq!(pick(&mut world, dee, Some(foreign), Room::Needed), Err(Refusal::NotSignedOn));
    world.end(foreign);
    assert_eq!(pick(&mut world, ann, Some(foreign), Room::Needed), Err(Refusal::SessionNotFound));
}

#[test]
fn picking_what_one_is_asked_accepts_it_and_what_another_is_asked_is_lost() {
    let mut world = asking(1);
    let ann = world.online("ann", 1, &["sales"], 1);
    let session = world.wish(SALES, |_| {});
    let bob = world.online("bob", 2, &["sales"], 1);
    assert_eq!(pick(&mut world, bob, Some(session), Room::Needed), Err(Refusal::PickLost));
    assert_eq!(pick(&mut world, ann, Some(session), Room::Needed), Ok(world.sessions[session]));
    assert_eq!(ended(&mut world), [("ann".to_owned(), OfferOutcome::Accepted)]);
}
