//! Slots: capacities by agent and department, weights, sessions that lie dormant, notes, statuses for later, loss of an agent.

use super::*;
use crate::id::{ChannelId, ChannelNo};
use crate::policy::Channel;
use crate::policy::department::AgentLost;

const LIGHT: ChannelNo = ChannelNo(1);
const HEAVY: ChannelNo = ChannelNo(2);

/// A floor with sessions that weigh half as much, and thrice.
fn weighing() -> World {
    World::with(|draft| {
        let channel = |id: &str, weight| Channel { id: ChannelId::new(id).unwrap(), weight };
        draft.channels = vec![channel("mail", 50), channel("voice", 300)];
    })
}

fn through(world: &mut World, channel: ChannelNo) -> usize {
    let asked = world.wish(SALES, |wish| wish.channel = channel);
    world.whole();
    asked
}

fn lie(world: &mut World, session: usize) {
    world.step(FloorStep::Dormant(world.sessions[session]));
    world.whole();
}

fn wake(world: &mut World, session: usize) {
    world.step(FloorStep::Awake(world.sessions[session]));
    world.whole();
}

fn later(world: &mut World, no: AgentNo, status: Status) {
    let (now, fx) = (at(world.ms), &mut world.fx);
    world.floor.set_status(no, status, "".into(), When::AfterSessions, now, fx).unwrap();
    world.whole();
}

#[test]
fn a_channels_weight_is_what_a_session_takes_and_counts_at_most_as_the_whole_capacity() {
    let mut world = weighing();
    let ann = world.online("ann", 1, &["sales"], 2);
    let light = [0; 4].map(|_| through(&mut world, LIGHT));
    assert!(light.iter().all(|session| world.holder(*session) == Some(ann)));
    assert_eq!(world.floor.agent(ann).load(), 200);
    let heavy = through(&mut world, HEAVY);
    for session in light {
        assert_eq!(world.place(heavy), Some(1));
        world.end(session);
        world.whole();
    }
    assert_eq!(world.holder(heavy), Some(ann), "thrice a session fits one who takes two");
    assert_eq!(world.floor.agent(ann).load(), 200);
    world.end(heavy);
    world.whole();
    assert_eq!(world.floor.agent(ann).load(), 0);
}

#[test]
fn a_heavy_one_is_not_starved_by_light_ones_that_came_later() {
    let mut world = weighing();
    let ann = world.online("ann", 1, &["sales"], 3);
    let plain = [0; 3].map(|_| through(&mut world, ChannelNo(0)));
    let heavy = through(&mut world, HEAVY);
    let light = through(&mut world, LIGHT);
    for session in plain {
        assert_eq!((world.holder(heavy), world.holder(light)), (None, None), "ann saves her room");
        world.end(session);
        world.whole();
    }
    assert_eq!((world.holder(heavy), world.holder(light)), (Some(ann), None));
    world.end(heavy);
    world.whole();
    assert_eq!(world.holder(light), Some(ann));
}

#[test]
fn room_that_was_saved_is_free_again_when_the_heavy_one_leaves() {
    let mut world = weighing();
    let ann = world.online("ann", 1, &["sales"], 3);
    through(&mut world, ChannelNo(0));
    let heavy = through(&mut world, HEAVY);
    let light = through(&mut world, LIGHT);
    assert_eq!(world.holder(light), None);
    world.end(heavy);
    world.whole();
    assert_eq!(world.holder(light), Some(ann));
}

#[test]
fn a_light_one_that_stands_before_the_heavy_one_gets_the_room_that_is_saved() {
    let mut world = weighing();
    let ann = world.online("ann", 1, &["sales"], 3);
    through(&mut world, ChannelNo(0));
    let heavy = through(&mut world, HEAVY);
    let urgent = world.wish(SALES, |wish| wish.priority_ms = 60_000);
    world.whole();
    assert_eq!((world.holder(urgent), world.place(heavy)), (Some(ann), Some(1)));
}

#[test]
fn room_that_is_saved_in_one_department_is_for_whoever_is_next_in_another_one() {
    let mut world = weighing();
    let ann = world.online("ann", 1, &["sales", "service"], 3);
    through(&mut world, ChannelNo(0));
    let heavy = through(&mut world, HEAVY);
    let urgent = world.wish(SERVICE, |wish| wish.priority_ms = 60_000);
    world.whole();
    assert_eq!((world.holder(urgent), world.place(heavy)), (Some(ann), Some(1)));
}

#[test]
fn nobody_keeps_room_for_one_that_it_is_not_asked_about() {
    let mut world = weighing();
    world.replace(|draft| {
        let sales = &mut draft.departments[0];
        sales.strategy = strategy::Strategy::FillFirst;
        sales.offers.mode =
            crate::policy::department::OfferMode::Asked { timeout_ms: 5_000, at_once: 1 };
    });
    let asked = |world: &World, session: usize| {
        world.floor.agents().iter().find_map(|agent| {
            let offer = world.floor.offer_of(world.sessions[session]);
            agent.offered.iter().find(|own| Some(**own) == offer).map(|offer| (agent.no, *offer))
        })
    };
    let decline = |world: &mut World, session: usize| {
        let (no, offer) = asked(world, session).unwrap();
        world.floor.decline_offer(no, offer, at(world.ms), &mut world.fx).unwrap();
        world.whole();
        no
    };
    let bob = world.online("bob", 1, &["sales"], 3);
    let heavy = through(&mut world, HEAVY);
    assert_eq!(decline(&mut world, heavy), bob);
    let first = through(&mut world, LIGHT);
    assert_eq!(asked(&world, first).unwrap().0, bob, "he isn't asked about the heavy one");
    let cid = world.online("cid", 2, &["sales"], 3);
    assert_eq!(decline(&mut world, heavy), cid);
    let second = through(&mut world, LIGHT);
    assert_eq!(asked(&world, second).unwrap().0, bob, "the fuller one is next, and keeps no room");
}

#[test]
fn a_department_bounds_its_sessions_with_one_agent_and_leaves_room_for_others() {
    let mut world = World::with(|draft| draft.departments[0].agent_sessions_max = Some(1));
    let ann = world.online("ann", 1, &["sales", "service"], 3);
    let first = world.wish(SALES, |_| {});
    let second = world.wish(SALES, |_| {});
    let other = world.wish(SERVICE, |_| {});
    world.whole();
    assert_eq!([first, second, other].map(|n| world.holder(n)), [Some(ann), None, Some(ann)]);
    let chosen = Some(world.sessions[second]);
    let picked = world.floor.pick(ann, chosen, Room::Needed, at(0), &mut world.fx);
    assert_eq!(picked, Err(Refusal::AgentFull));
    world.end(first);
    world.whole();
    assert_eq!(world.holder(second), Some(ann));
}

#[test]
fn a_session_that_lies_dormant_frees_its_slot_and_takes_it_again() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 1);
    let (first, second) = (world.wish(SALES, |_| {}), world.wish(SALES, |_| {}));
    lie(&mut world, first);
    assert_eq!([first, second].map(|n| world.holder(n)), [Some(ann), Some(ann)]);
    assert_eq!(world.floor.agent(ann).load(), 100);
    world.end(second);
    wake(&mut world, first);
    assert_eq!(world.holder(first), Some(ann));
    let third = world.wish(SALES, |_| {});
    assert_eq!(world.holder(third), None, "its slot is taken again");
    world.whole();
}

#[test]
fn one_that_wakes_to_a_slot_given_away_waits_for_its_agent_by_its_age_and_never_overshoots() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 1);
    let first = world.wish(SALES, |_| {});
    world.ms = 10;
    let second = world.wish(SALES, |_| {});
    let third = world.wish(SALES, |_| {});
    lie(&mut world, first);
    assert_eq!(world.holder(second), Some(ann));
    let bob = world.online("bob", 2, &["sales"], 1);
    assert_eq!(world.holder(third), Some(bob));
    wake(&mut world, first);
    assert_eq!((world.floor.agent(ann).load(), world.place(first)), (100, Some(1)));
    world.end(third);
    world.whole();
    assert_eq!(world.holder(first), None, "bob is free, and it goes back to ann");
    world.end(second);
    world.whole();
    assert_eq!(world.holder(first), Some(ann));
}

#[test]
fn one_that_wakes_waits_for_its_agent_alone_for_a_bounded_time() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 1);
    let (first, second) = (world.wish(SALES, |_| {}), world.wish(SALES, |_| {}));
    lie(&mut world, first);
    wake(&mut world, first);
    let bob = world.online("bob", 2, &["sales"], 1);
    world.until(59_999);
    assert_eq!(world.place(first), Some(1));
    world.until(60_000);
    assert_eq!([first, second].map(|n| world.holder(n)), [Some(bob), Some(ann)]);
}

#[test]
fn one_that_lay_dormant_weighs_its_whole_weight_with_the_agent_that_takes_it_over() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 1);
    let (first, second) = (world.wish(SALES, |_| {}), world.wish(SALES, |_| {}));
    lie(&mut world, first);
    let bob = world.online("bob", 2, &["sales"], 1);
    world.floor.sign_off(ann, "".into(), at(0), &mut world.fx).unwrap();
    world.whole();
    wake(&mut world, first);
    assert_eq!((world.holder(first), world.place(second)), (Some(bob), Some(1)));
    assert_eq!(world.floor.agent(bob).load(), 100);
}

#[test]
fn notes_keep_the_slot_until_they_are_finished_or_their_time_is_over() {
    let mut world = World::with(|draft| draft.departments[0].wrap_up_ms = 5_000);
    let ann = world.online("ann", 1, &["sales"], 1);
    let [first, second, third] = [0; 3].map(|_| world.wish(SALES, |_| {}));
    world.end(first);
    world.until(4_999);
    assert_eq!((world.holder(second), world.floor.agent(ann).load()), (None, 100));
    world.until(5_000);
    assert_eq!(world.holder(second), Some(ann));
    world.end(second);
    let other = Some(world.sessions[first]);
    let finished = world.floor.finish_notes(ann, other, at(5_000), &mut world.fx);
    assert_eq!(finished, Err(Refusal::SessionNotFound));
    let its = Some(world.sessions[second]);
    world.floor.finish_notes(ann, its, at(5_000), &mut world.fx).unwrap();
    world.whole();
    assert_eq!(world.holder(third), Some(ann));
    world.end(third);
    world.floor.finish_notes(ann, None, at(5_000), &mut world.fx).unwrap();
    world.whole();
    assert_eq!((world.floor.agent(ann).load(), world.floor.deadline()), (0, None));
    world.floor.finish_notes(ann, None, at(5_000), &mut world.fx).unwrap();
}

#[test]
fn a_status_for_later_lets_nothing_new_in_and_comes_with_the_last_end() {
    let mut world = World::with(|draft| draft.departments[0].wrap_up_ms = 1_000);
    let ann = world.online("ann", 1, &["sales"], 3);
    let (first, second) = (world.wish(SALES, |_| {}), world.wish(SALES, |_| {}));
    later(&mut world, ann, Status::Away);
    let new = world.wish(SALES, |_| {});
    assert_eq!((world.holder(new), world.floor.agent(ann).status()), (None, Status::Online));
    assert_eq!(world.floor.agent(ann).next_status(), Some(Status::Away));
    world.end(first);
    world.end(second);
    world.whole();
    assert_eq!(world.floor.agent(ann).status(), Status::Online, "the notes come first");
    world.until(1_000);
    assert_eq!(world.floor.agent(ann).status(), Status::Away);
    assert_eq!((world.floor.agent(ann).next_status(), world.place(new)), (None, Some(1)));
    later(&mut world, ann, Status::Online);
    assert_eq!(world.holder(new), Some(ann), "with nothing to wait for it comes at once");
}

#[test]
fn a_status_set_now_takes_the_place_of_one_for_later() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 3);
    let first = world.wish(SALES, |_| {});
    later(&mut world, ann, Status::Away);
    world.status(ann, Status::Online).unwrap();
    let second = world.wish(SALES, |_| {});
    world.end(first);
    world.end(second);
    world.whole();
    assert_eq!(world.floor.agent(ann).status(), Status::Online);
}

#[test]
fn a_new_agent_gets_one_in_each_gap_and_not_a_flood() {
    let mut world = World::with(|draft| draft.assignment_gap_ms = 1_000);
    let waiting = [0; 3].map(|_| world.wish(SALES, |_| {}));
    let ann = world.online("ann", 1, &["sales"], 5);
    for (n, session) in (0..).zip(waiting) {
        world.until(n * 1_000);
        assert_eq!(world.holder(session), Some(ann));
        assert_eq!(world.floor.agent(ann).sessions() as u64, n + 1);
    }
}

#[test]
fn the_work_log_tells_an_agents_day_and_is_bounded() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 1);
    world.ms = 5_000;
    world.status(ann, Status::Busy).unwrap();
    world.floor.sign_off(ann, "lunch".into(), at(6_000), &mut world.fx).unwrap();
    let log = world.floor.agent(ann).log().iter();
    let told: Vec<_> = log.map(|e| (e.wall_ms - at(0).wall_ms, e.status, &*e.reason)).collect();
    let day = [
        (0, Status::Away, "signed on"),
        (0, Status::Online, ""),
        (5_000, Status::Busy, ""),
        (6_000, Status::Offline, "lunch"),
    ];
    assert_eq!(told, day);
    world.sign_on(ann, &["sales"], 1).unwrap();
    for _ in 0..agent::LOG_MAX {
        world.status(ann, Status::Online).unwrap();
        world.status(ann, Status::Away).unwrap();
    }
    assert_eq!(world.floor.agent(ann).log().len(), agent::LOG_MAX);
}

#[test]
fn the_session_of_an_agent_who_is_lost_goes_to_the_head_or_to_the_tail_as_the_policy_says() {
    for (agent_lost, places) in [(AgentLost::Head, [1, 2]), (AgentLost::Tail, [2, 1])] {
        let mut world = World::with(|draft| draft.departments[0].agent_lost = agent_lost);
        let ann = world.online("ann", 1, &["sales"], 1);
        let talks = world.wish(SALES, |_| {});
        world.ms = 50;
        let waits = world.wish(SALES, |_| {});
        world.floor.link_down(ann, link(1), at(100), &mut world.fx);
        world.until(100 + GRACE_MS);
        assert_eq!([talks, waits].map(|n| world.place(n).unwrap()), places, "{agent_lost:?}");
        let told = world.fx.crossings.iter().any(|crossing| {
            matches!(crossing, Crossing::ToSession(_, SessionStep::OwnerLost(no)) if *no == ann)
        });
        assert!(told, "the visitor learns of it");
    }
}
