//! The faults that others have had on their floors, each with what keeps it out here.
//!
//! | what went wrong there | what holds it here |
//! |---|---|
//! | F1 several dispatchers fill an agent beyond its limit | the floor is one noun; `random`, [`at_most_its_capacity_however_requests_and_ends_meet`] |
//! | F2 limits by department and by agent mixed up | [`limits_by_department_and_by_agent_are_counted_apart`], `slots` |
//! | F3 one request taken by two | [`of_many_who_reach_for_one_request_one_gets_it`], `offers` |
//! | F5 a counter raised twice, a slot not released after a lost race | `verify` counts anew after each step; [`a_lost_race_leaves_no_slot_taken`] |
//! | F6 a reactivated session overshoots; pending ones are opened past the assignment | `slots`, [`taking_by_hand_needs_the_same_room`] |
//! | F7 a waiter that can't be accepted, moved or closed; one that is seen only after a toggle | [`a_waiter_can_be_taken_and_ended_in_every_place`] |
//! | F8 a session that goes on stays with the old agent | [`a_session_has_one_holder_after_each_hand_over`], `bots` |
//! | F9 a freed slot goes to a newcomer; nothing is tried when an agent comes | [`a_newcomer_never_passes_who_waits`] |
//! | F10 order broken by each visitor's own poll | nobody polls: telling places changes nothing, `every_waiter_is_told_its_exact_place` |
//! | F11 one who can't be reached stops the order | [`one_who_cannot_be_reached_stops_nobody`] |
//! | F12 rung after the caller has gone; a decline ends the caller's place | `offers` |
//! | F13 one assignment in so many seconds | [`all_that_can_be_given_is_given_in_one_step`] |
//! | F15 round robin jumps as agents come and go; order breaks beyond 1,000 | `strategies`, [`round_robin_holds_beyond_a_thousand_agents`] |
//! | F16 idle time bleeds across tiers | `strategy`: a rank is compared as a tuple |
//! | F17 a failed take costs the turn | [`a_lost_race_and_a_withdrawn_offer_cost_no_turn`] |
//! | F18 a second device flips the status | `a_second_device_changes_no_status_and_losing_one_of_two_does_not_either` |
//! | F20 a stale close tears down the new link | [`a_stale_close_leaves_the_new_link`] |
//! | F22 sessions stay with one who is gone; moved once only | [`sessions_leave_each_agent_that_is_lost`] |
//! | F26 outcomes can't be told apart; a reservation loop | `offers` |
//! | F28 estimates grow once overdue; places wrong under later priorities | `succession` |
//! | F29 static priority starves | [`a_flood_of_urgent_ones_passes_a_waiter_no_more_often_than_their_priority_is_worth`] |
//!
//! F4, F14, F19, F21, F23, F24, F25 and F27 are no concern of a floor alone: ARCHITECTURE.md has them all.

use super::*;
use crate::policy::department::OfferMode;
use strategy::Strategy as Share;

fn asking(share: Share, at_once: u8) -> World {
    World::with(|draft| {
        let sales = &mut draft.departments[0];
        sales.strategy = share;
        sales.offers.mode = OfferMode::Asked { timeout_ms: 5_000, at_once };
    })
}

#[test]
fn at_most_its_capacity_however_requests_and_ends_meet() {
    let mut world = World::new(1_000);
    let ann = world.online("ann", 1, &["sales", "service"], 3);
    for n in 0..60 {
        world.wish(if n % 2 == 0 { SALES } else { SERVICE }, |_| {});
        assert!(world.floor.agent(ann).sessions() <= 3);
        if n % 3 == 0 {
            let held = world.floor.agent(ann).held()[0];
            world.step(FloorStep::Ended(held));
        }
        world.whole();
    }
    assert_eq!(world.floor.agent(ann).sessions(), 3);
}

#[test]
fn limits_by_department_and_by_agent_are_counted_apart() {
    let mut world = World::with(|draft| draft.departments[0].agent_sessions_max = Some(2));
    let ann = world.online("ann", 1, &["sales", "service"], 3);
    let service = world.wish(SERVICE, |_| {});
    let sales = [0; 3].map(|_| world.wish(SALES, |_| {}));
    world.whole();
    assert_eq!(world.holder(service), Some(ann));
    assert_eq!(sales.map(|n| world.holder(n)), [Some(ann), Some(ann), None]);
    world.end(service);
    world.whole();
    assert_eq!(
        world.holder(sales[2]),
        None,
        "a slot of her own is free, and none of the department"
    );
    world.end(sales[0]);
    world.whole();
    assert_eq!(world.holder(sales[2]), Some(ann));
}

#[test]
fn of_many_who_reach_for_one_request_one_gets_it() {
    let mut world = World::new(10);
    let agents: Vec<_> = (0..20)
        .map(|n| {
            let no = world.online(&format!("a{n}"), n + 1, &["sales"], 1);
            world.status(no, Status::Busy).unwrap();
            no
        })
        .collect();
    let session = world.wish(SALES, |_| {});
    let id = Some(world.sessions[session]);
    let mut winners = 0;
    for no in agents {
        match world.floor.pick(no, id, Room::Needed, at(0), &mut world.fx) {
            Ok(_) => winners += 1,
            Err(refusal) => assert_eq!(refusal, Refusal::PickLost),
        }
        world.whole();
    }
    assert_eq!((winners, world.floor.counts().held), (1, 1));
}

#[test]
fn a_lost_race_leaves_no_slot_taken() {
    let mut world = asking(Share::LeastLoaded, 2);
    let ann = world.online("ann", 1, &["sales"], 1);
    let bob = world.online("bob", 2, &["sales"], 1);
    for _ in 0..10 {
        let session = world.wish(SALES, |_| {});
        let offer = world.floor.offer_of(world.sessions[session]).unwrap();
        world.floor.accept_offer(bob, offer, at(0), &mut world.fx).unwrap();
        world.whole();
        assert_eq!([ann, bob].map(|no| world.floor.agent(no).load()), [0, 100]);
        world.end(session);
        world.whole();
    }
}

#[test]
fn taking_by_hand_needs_the_same_room() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 1);
    let first = world.wish(SALES, |_| {});
    let second = world.wish(SALES, |_| {});
    world.step(FloorStep::Dormant(world.sessions[first]));
    assert_eq!(world.holder(second), Some(ann));
    let third = Some(world.sessions[world.sessions.len() - 1]);
    let taken = world.floor.pick(ann, third, Room::Needed, at(0), &mut world.fx);
    assert_eq!(taken, Ok(world.sessions[second]), "it has it already");
    let waits = world.wish(SALES, |_| {});
    let id = Some(world.sessions[waits]);
    let taken = world.floor.pick(ann, id, Room::Needed, at(0), &mut world.fx);
    assert_eq!(taken, Err(Refusal::AgentFull));
    world.whole();
}

#[test]
fn a_waiter_can_be_taken_and_ended_in_every_place() {
    let mut world = asking(Share::LeastLoaded, 1);
    let queued = world.wish(SALES, |_| {});
    world.end(queued);
    world.whole();
    let ann = world.online("ann", 1, &["sales"], 1);
    let offered = world.wish(SALES, |_| {});
    assert!(world.floor.offer_of(world.sessions[offered]).is_some());
    world.end(offered);
    world.whole();
    let held = world.wish(SALES, |_| {});
    let offer = world.floor.offer_of(world.sessions[held]).unwrap();
    world.floor.accept_offer(ann, offer, at(0), &mut world.fx).unwrap();
    world.end(held);
    world.end(held);
    world.whole();
    assert_eq!((world.floor.sessions().count(), world.floor.agent(ann).load()), (0, 0));
}

#[test]
fn a_session_has_one_holder_after_each_hand_over() {
    let mut world = World::new(10);
    let agents = ["ann", "bob", "cid"].map(|id| {
        let slot = world.floor.agents().len() as u32 + 1;
        world.online(id, slot, &["sales"], 1)
    });
    let session = world.wish(SALES, |_| {});
    for _ in 0..2 {
        let holder = world.holder(session).unwrap();
        world.floor.sign_off(holder, "".into(), at(0), &mut world.fx).unwrap();
        world.whole();
        let having = agents.map(|no| usize::from(world.floor.agent(no).sessions()));
        assert_eq!(having.iter().sum::<usize>(), 1);
        assert_ne!(world.holder(session), Some(holder));
    }
}

#[test]
fn a_newcomer_never_passes_who_waits() {
    let mut world = World::new(100);
    let ann = world.online("ann", 1, &["sales"], 1);
    let mut held = world.wish(SALES, |_| {});
    let mut waiting: std::collections::VecDeque<_> =
        (0..5).map(|_| world.wish(SALES, |_| {})).collect();
    for _ in 0..20 {
        world.ms += 1;
        world.end(held);
        let newcomer = world.wish(SALES, |_| {});
        waiting.push_back(newcomer);
        held = waiting.pop_front().unwrap();
        assert_eq!(world.holder(held), Some(ann));
        world.whole();
    }
    let bob = world.online("bob", 2, &["sales"], 1);
    assert_eq!(world.holder(waiting[0]), Some(bob), "one who comes online gets the first at once");
}

#[test]
fn one_who_cannot_be_reached_stops_nobody() {
    let mut world = asking(Share::InOrder, 1);
    let agents = [1, 2, 3].map(|slot| {
        let order = slot as u16;
        world.works(&format!("a{slot}"), slot, |on| on.posts[0].order = order)
    });
    world.floor.link_down(agents[0], link(1), at(0), &mut world.fx);
    let session = world.wish(SALES, |_| {});
    world.whole();
    let asked = |world: &World| {
        let asked = agents.iter().position(|no| !world.floor.agent(*no).offered.is_empty());
        asked.map(|at| agents[at])
    };
    assert_eq!(asked(&world), Some(agents[1]));
    world.until(5_000);
    assert_eq!(asked(&world), Some(agents[2]), "and one who doesn't answer stops it for a while");
    world.end(session);
    world.whole();
}

#[test]
fn all_that_can_be_given_is_given_in_one_step() {
    let mut world = World::new(1_000);
    for _ in 0..50 {
        world.wish(SALES, |_| {});
    }
    let ann = world.online("ann", 1, &["sales"], 50);
    world.whole();
    assert_eq!((world.floor.agent(ann).sessions(), world.floor.counts().waiting), (50, 0));
}

#[test]
fn round_robin_holds_beyond_a_thousand_agents() {
    const AGENTS: u32 = 1_200;
    let mut world = World::with(|draft| draft.departments[0].strategy = Share::RoundRobin);
    for n in 0..AGENTS {
        let id = AgentId::new(&format!("a{n}")).unwrap();
        let no = world.floor.link_up(&id, link(n + 1), None, &[], at(0), &mut world.fx).unwrap();
        world.sign_on(no, &["sales"], 3).unwrap();
        world.status(no, Status::Online).unwrap();
    }
    world.whole();
    for round in 0..2 {
        for n in 0..AGENTS {
            let session = world.wish(SALES, |_| {});
            assert_eq!(world.holder(session), Some(AgentNo(n)), "in round {round}");
        }
    }
    world.whole();
}

#[test]
fn a_lost_race_and_a_withdrawn_offer_cost_no_turn() {
    let mut world = asking(Share::RoundRobin, 2);
    let ann = world.online("ann", 1, &["sales"], 1);
    let bob = world.online("bob", 2, &["sales"], 1);
    let cid = world.online("cid", 3, &["sales"], 1);
    let first = world.wish(SALES, |_| {});
    let offer = world.floor.offer_of(world.sessions[first]).unwrap();
    world.floor.accept_offer(bob, offer, at(0), &mut world.fx).unwrap();
    world.end(first);
    world.whole();
    let second = world.wish(SALES, |_| {});
    let asked = |world: &World| {
        [ann, bob, cid].map(|no| usize::from(!world.floor.agent(no).offered.is_empty()))
    };
    assert_eq!(asked(&world), [1, 0, 1], "ann lost a race, and it is still her turn");
    world.end(second);
    world.whole();
    world.wish(SALES, |_| {});
    assert_eq!(asked(&world), [1, 0, 1], "the visitor went, and it is still theirs");
}

#[test]
fn a_stale_close_leaves_the_new_link() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 1);
    let next = LinkId { slot: 1, generation: 2 };
    let id = AgentId::new("ann").unwrap();
    world.floor.link_up(&id, next, Some(link(1)), &[], at(0), &mut world.fx).unwrap();
    world.floor.link_down(ann, link(1), at(0), &mut world.fx);
    world.whole();
    assert_eq!((world.floor.agent(ann).links(), world.floor.deadline()), (&[next][..], None));
    let session = world.wish(SALES, |_| {});
    assert_eq!(world.holder(session), Some(ann));

    world.floor.link_down(ann, next, at(0), &mut world.fx);
    world.until(GRACE_MS - 1);
    world.floor.link_down(ann, link(1), at(world.ms), &mut world.fx);
    world.whole();
    world.until(GRACE_MS);
    assert_eq!(world.place(session), Some(1), "nor does it begin the grace anew");
}

#[test]
fn sessions_leave_each_agent_that_is_lost() {
    let mut world = World::new(10);
    let session = world.wish(SALES, |_| {});
    for slot in 1..6 {
        let no = world.online(&format!("a{slot}"), slot, &["sales"], 1);
        assert_eq!(world.holder(session), Some(no));
        world.floor.link_down(no, link(slot), at(world.ms), &mut world.fx);
        world.until(world.ms + GRACE_MS);
        assert_eq!(world.place(session), Some(1));
    }
}

#[test]
fn a_flood_of_urgent_ones_passes_a_waiter_no_more_often_than_their_priority_is_worth() {
    const PRIORITY_MS: u64 = 10_000;
    const EVERY_MS: u64 = 250;
    let mut world = World::new(10_000);
    let ann = world.online("ann", 1, &["sales"], 1);
    let mut held = world.wish(SALES, |_| {});
    let plain = world.wish(SALES, |_| {});
    let mut queue = std::collections::VecDeque::new();
    let mut passed = 0;
    while world.holder(plain) != Some(ann) {
        queue.push_back(world.wish(SALES, |wish| wish.priority_ms = PRIORITY_MS));
        world.end(held);
        world.whole();
        if world.holder(plain) == Some(ann) {
            break;
        }
        held = queue.pop_front().unwrap();
        assert_eq!(world.holder(held), Some(ann), "the urgent ones go by their own age");
        passed += 1;
        world.ms += EVERY_MS;
        assert!(passed <= PRIORITY_MS / EVERY_MS + 1, "{passed} went before it");
    }
    // Those of up to its own age pass it: the bound is met, and isn't exceeded.
    assert!(passed >= PRIORITY_MS / EVERY_MS, "urgent ones do go first: {passed}");
}
