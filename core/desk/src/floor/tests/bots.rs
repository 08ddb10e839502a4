//! Bots: those that receive, those that hide, those that sessions are handed to and taken back from.

use super::*;
use crate::crossing::HowAssigned;
use crate::id::StyleId;
use crate::policy::{Bot, Style};

fn agent_id(id: &str) -> AgentId {
    AgentId::new(id).unwrap()
}

/// A floor whose style's bot is robo, open or hidden, and that has a second one.
fn with_bots(hidden: bool) -> World {
    World::with(|draft| {
        let bot = |id: &str, hidden| Bot { id: agent_id(id), hidden, takes_transfers: true };
        draft.bots = vec![bot("robo", hidden), bot("other", false), bot("deaf", false)];
        draft.bots[2].takes_transfers = false;
        let mut style = Style::new(StyleId::new("plain").unwrap(), draft.departments[0].id.clone());
        style.bot = Some(agent_id("robo"));
        draft.styles = vec![style];
        draft.departments[0].offers.mode =
            crate::policy::department::OfferMode::Asked { timeout_ms: 1_000, at_once: 1 };
    })
}

/// Ann has a session and room for so many, robo for so many.
fn talking(capacity: u16, robots: u16) -> (World, AgentNo, AgentNo, usize) {
    let mut world = with_bots(false);
    world.replace(|draft| draft.departments[0].offers.mode = Default::default());
    let ann = world.online("ann", 1, &["sales"], capacity);
    let session = world.wish(SALES, |_| {});
    let robo = world.online("robo", 9, &["service"], robots);
    assert_eq!(world.holder(session), Some(ann));
    (world, ann, robo, session)
}

fn hand_over(world: &mut World, no: AgentNo, session: usize, to: &str) -> Result<AgentId, Refusal> {
    let id = world.sessions[session];
    let (now, fx) = (at(world.ms), &mut world.fx);
    let handed = world.floor.hand_over(no, id, Some(&agent_id(to)), now, fx);
    world.whole();
    handed
}

fn take_back(world: &mut World, no: AgentNo, session: usize, room: Room) -> Result<(), Refusal> {
    let id = world.sessions[session];
    let taken = world.floor.take_back(no, id, room, at(world.ms), &mut world.fx);
    world.whole();
    taken
}

/// Who was told to leave a session since the last look.
fn left(world: &World, session: usize) -> Vec<AgentNo> {
    let id = world.sessions[session];
    let left = world.fx.crossings.iter().filter_map(|crossing| match crossing {
        Crossing::ToSession(at, SessionStep::Left(no)) if *at == id => Some(*no),
        _ => None,
    });
    left.collect()
}

#[test]
fn a_bot_receives_by_itself_and_is_never_asked() {
    let mut world = with_bots(false);
    let robo = world.online("robo", 9, &["service"], 2);
    let session = world.wish(SALES, |_| {});
    assert_eq!(world.holder(session), Some(robo), "the style's bot is in the range");
    assert!(world.floor.agent(robo).offered.is_empty());
    world.whole();
}

#[test]
fn a_hidden_bot_receives_only_while_every_person_of_the_range_is_away() {
    let mut world = with_bots(true);
    let robo = world.online("robo", 9, &["service"], 9);
    let alone = world.wish(SALES, |_| {});
    assert_eq!(world.holder(alone), Some(robo));
    let ann = world.online("ann", 1, &["sales"], 1);
    let bob = world.online("bob", 2, &["sales"], 1);
    world.status(bob, Status::Busy).unwrap();
    world.wish(SALES, |_| {});
    let waits = world.wish(SALES, |_| {});
    world.whole();
    assert_eq!((world.holder(alone), world.place(waits)), (Some(robo), Some(1)));
    world.status(ann, Status::Away).unwrap();
    world.whole();
    assert_eq!(world.holder(waits), None, "bob is busy, and there");
    world.status(bob, Status::Away).unwrap();
    world.whole();
    assert_eq!(world.holder(waits), Some(robo));
}

#[test]
fn a_hidden_bot_receives_when_the_last_person_leaves_the_department() {
    let mut world = with_bots(true);
    let robo = world.online("robo", 9, &["service"], 9);
    let ann = world.online("ann", 1, &["sales"], 1);
    world.status(ann, Status::Busy).unwrap();
    let waits = world.wish(SALES, |_| {});
    assert_eq!(world.holder(waits), None);
    world.sign_on(ann, &["service"], 1).unwrap();
    world.whole();
    assert_eq!(world.holder(waits), Some(robo));
    let next = world.wish(SALES, |_| {});
    world.floor.sign_off(ann, "".into(), at(0), &mut world.fx).unwrap();
    world.whole();
    assert_eq!(world.holder(next), Some(robo));
}

#[test]
fn what_is_handed_to_a_bot_frees_the_agents_slot_and_comes_back() {
    let (mut world, ann, robo, session) = talking(1, 1);
    let next = world.wish(SERVICE, |_| {});
    world.end(next);
    hand_over(&mut world, ann, session, "robo").unwrap();
    assert_eq!((world.holder(session), world.floor.agent(ann).load()), (Some(robo), 0));
    assert_eq!(world.floor.agent(ann).seats(), [world.sessions[session]], "ann still follows it");
    world.fx = Effects::new();
    take_back(&mut world, ann, session, Room::Needed).unwrap();
    assert_eq!((world.holder(session), world.floor.agent(robo).load()), (Some(ann), 0));
    assert!(world.floor.agent(ann).seats().is_empty());
    let how = world.fx.crossings.iter().find_map(|crossing| match crossing {
        Crossing::ToSession(_, SessionStep::Assigned(assigned)) => Some(assigned.how),
        _ => None,
    });
    assert_eq!(how, Some(HowAssigned::TakenBack { from: robo }), "and robo leaves it");
    take_back(&mut world, ann, session, Room::Needed).unwrap();
}

#[test]
fn taking_back_needs_room_or_somebody_who_lets_it_and_only_who_handed_over_may() {
    let (mut world, ann, robo, session) = talking(1, 1);
    hand_over(&mut world, ann, session, "robo").unwrap();
    let other = world.wish(SALES, |_| {});
    assert_eq!(world.holder(other), Some(ann));
    assert_eq!(take_back(&mut world, ann, session, Room::Needed), Err(Refusal::AgentFull));
    let bob = world.online("bob", 2, &["sales"], 1);
    assert_eq!(take_back(&mut world, bob, session, Room::Needed), Err(Refusal::NotInSession));
    assert_eq!(world.holder(session), Some(robo));
    take_back(&mut world, ann, session, Room::Overridden).unwrap();
    assert_eq!(world.floor.agent(ann).sessions(), 2);
}

#[test]
fn what_cannot_be_handed_over_is_refused_and_stays() {
    let (mut world, ann, robo, session) = talking(1, 1);
    assert_eq!(hand_over(&mut world, robo, session, "other"), Err(Refusal::NotInSession));
    assert_eq!(hand_over(&mut world, ann, session, "bob"), Err(Refusal::NoSuchBot));
    assert_eq!(hand_over(&mut world, ann, session, "other"), Err(Refusal::BotUnavailable));
    world.online("deaf", 8, &["service"], 1);
    assert_eq!(hand_over(&mut world, ann, session, "deaf"), Err(Refusal::BotUnavailable));
    let full = world.wish(SERVICE, |wish| wish.agent = Some(agent_id("robo")));
    assert_eq!(world.holder(full), Some(robo));
    assert_eq!(hand_over(&mut world, ann, session, "robo"), Err(Refusal::BotUnavailable));
    assert_eq!(world.holder(session), Some(ann));
}

#[test]
fn a_bot_that_is_lost_gives_back_what_it_was_handed_to_the_agent_with_room() {
    let (mut world, ann, robo, session) = talking(1, 1);
    hand_over(&mut world, ann, session, "robo").unwrap();
    world.floor.link_down(robo, link(9), at(0), &mut world.fx);
    world.until(GRACE_MS);
    assert_eq!(world.holder(session), Some(ann));
    assert!(left(&world, session).is_empty());
}

#[test]
fn a_bot_that_is_lost_gives_back_to_the_queue_when_its_agent_is_full() {
    let (mut world, ann, robo, session) = talking(1, 1);
    hand_over(&mut world, ann, session, "robo").unwrap();
    let other = world.wish(SALES, |_| {});
    assert_eq!(world.holder(other), Some(ann));
    world.floor.sign_off(robo, "".into(), at(0), &mut world.fx).unwrap();
    world.whole();
    assert_eq!((world.place(session), left(&world, session)), (Some(1), vec![ann]));
    assert!(world.floor.agent(ann).seats().is_empty());
    let bob = world.online("bob", 2, &["sales"], 1);
    assert_eq!(world.holder(session), Some(bob));
    assert_eq!(take_back(&mut world, ann, session, Room::Overridden), Err(Refusal::NotInSession));
}

#[test]
fn an_agent_that_is_lost_follows_nothing_any_more_and_the_bot_goes_on() {
    let (mut world, ann, robo, session) = talking(1, 1);
    hand_over(&mut world, ann, session, "robo").unwrap();
    world.floor.link_down(ann, link(1), at(0), &mut world.fx);
    world.until(GRACE_MS);
    assert_eq!((world.holder(session), left(&world, session)), (Some(robo), vec![ann]));
    world.floor.sign_off(robo, "".into(), at(GRACE_MS), &mut world.fx).unwrap();
    world.whole();
    assert_eq!(world.place(session), Some(1));
}

#[test]
fn a_bot_that_hands_on_leaves_the_session_to_the_person_who_handed_it_over() {
    let (mut world, ann, robo, session) = talking(1, 1);
    let other = world.online("other", 8, &["service"], 1);
    hand_over(&mut world, ann, session, "robo").unwrap();
    hand_over(&mut world, robo, session, "other").unwrap();
    assert_eq!(world.holder(session), Some(other));
    assert!(world.floor.agent(robo).seats().is_empty());
    assert_eq!(take_back(&mut world, robo, session, Room::Needed), Err(Refusal::NotInSession));
    take_back(&mut world, ann, session, Room::Needed).unwrap();
    assert_eq!(world.holder(session), Some(ann));
}

#[test]
fn a_bot_that_hands_on_takes_part_no_longer() {
    let (mut world, ann, robo, session) = talking(1, 1);
    world.online("other", 8, &["service"], 1);
    hand_over(&mut world, ann, session, "robo").unwrap();
    hand_over(&mut world, robo, session, "other").unwrap();
    assert_eq!(left(&world, session), [robo]);
}

#[test]
fn a_bot_is_not_asked_beside_a_person_either() {
    let mut world = with_bots(false);
    world.replace(|draft| {
        draft.departments[0].offers.mode =
            crate::policy::department::OfferMode::Asked { timeout_ms: 1_000, at_once: 3 };
    });
    let robo = world.online("robo", 9, &["sales"], 2);
    world.wish(SALES, |_| {});
    let people = ["ann", "bob"].map(|id| {
        let slot = world.floor.agents().len() as u32 + 1;
        world.online(id, slot, &["sales"], 1)
    });
    let session = world.wish(SALES, |_| {});
    world.whole();
    assert!(world.floor.offer_of(world.sessions[session]).is_some());
    assert_eq!(people.map(|no| world.floor.agent(no).offered.len()), [1, 1]);
    assert!(world.floor.agent(robo).offered.is_empty(), "robo has room, and is no person");
}

#[test]
fn a_session_that_lay_dormant_weighs_its_whole_weight_with_whoever_it_is_handed_to() {
    let (mut world, ann, robo, session) = talking(1, 1);
    world.step(FloorStep::Dormant(world.sessions[session]));
    hand_over(&mut world, ann, session, "robo").unwrap();
    world.whole();
    assert_eq!(world.floor.agent(robo).load(), 100);
    let others = [0; 2].map(|_| world.wish(SALES, |_| {}));
    assert_eq!(others.map(|n| world.holder(n)), [Some(ann), None], "robo is full");
    world.end(others[0]);
    world.end(others[1]);
    world.step(FloorStep::Dormant(world.sessions[session]));
    take_back(&mut world, ann, session, Room::Needed).unwrap();
    world.whole();
    assert_eq!(world.floor.agent(ann).load(), 100);
}

#[test]
fn what_waits_again_after_a_bot_is_nobodys_to_take_back() {
    let (mut world, ann, robo, session) = talking(1, 1);
    hand_over(&mut world, ann, session, "robo").unwrap();
    world.step(FloorStep::Dormant(world.sessions[session]));
    let others = [SALES, SERVICE].map(|home| world.wish(home, |_| {}));
    assert_eq!(others.map(|n| world.holder(n)), [Some(ann), Some(robo)]);
    world.step(FloorStep::Awake(world.sessions[session]));
    world.whole();
    assert_eq!(left(&world, session), [ann], "robo has no slot for it any more");
    assert_eq!(take_back(&mut world, ann, session, Room::Overridden), Err(Refusal::NotInSession));
    assert_eq!(world.place(session), Some(1));
}

#[test]
fn a_bot_that_passes_on_leaves_and_nobody_has_a_claim_any_more() {
    let (mut world, ann, robo, session) = talking(1, 1);
    let bob = world.online("bob", 2, &["sales"], 1);
    let id = world.sessions[session];
    hand_over(&mut world, ann, session, "robo").unwrap();
    let (whom, note) = (Colleague::Agent(agent_id("bob")), "".into());
    let invite = InviteColleague { session: id, whom, note, is_seen: true };
    let asking = world.floor.invite_colleague(ann, invite, at(0), &mut world.fx).unwrap();
    world.floor.accept_offer(bob, asking.offer.unwrap(), at(0), &mut world.fx).unwrap();
    world.fx = Effects::new();
    let (needed, fx) = (Room::Needed, &mut world.fx);
    assert_eq!(world.floor.pass_on(robo, id, &agent_id("bob"), needed, at(0), fx), Ok(()));
    assert_eq!(world.holder(session), Some(bob));
    assert_eq!((left(&world, session), world.floor.guests(id)), (vec![robo], &[ann][..]));
    world.whole();
    assert_eq!(take_back(&mut world, ann, session, needed), Err(Refusal::NotInSession));
    assert_eq!(world.holder(session), Some(bob));
}
