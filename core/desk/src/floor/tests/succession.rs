//! What another policy does to those who wait, are offered, are held, and to the agents; and what is told of waiting.

use super::*;
use crate::fact::Event;
use crate::id::{ChannelId, ChannelNo, SkillId};
use crate::policy::Channel;
use crate::policy::department::{Department, OfferMode};
use strategy::Strategy as Share;

fn department(id: &str) -> Department {
    Department::new(DepartmentId::new(id).unwrap())
}

fn skill(id: &str) -> SkillId {
    SkillId::new(id).unwrap()
}

#[test]
fn those_who_wait_keep_their_age_and_order_and_a_narrower_queue_puts_nobody_out() {
    let mut world = World::new(10);
    let waiting = [0, 1, 2, 3].map(|ms| world.ask(SALES, ms, 0));
    let urgent = world.ask(SALES, 4, 100);
    world.replace(|draft| draft.departments[0].waiting_max = 2);
    assert_eq!(world.place(urgent), Some(1));
    assert_eq!(waiting.map(|n| world.place(n)), [Some(2), Some(3), Some(4), Some(5)]);
    let next = world.wish(SALES, |_| {});
    assert_eq!(world.refused(next), Some(CloseCause::QueueFull));
    world.replace(|draft| draft.departments[0].waiting_max = 10);
    let next = world.wish(SALES, |_| {});
    assert_eq!(world.place(next), Some(3), "the wider one takes newcomers at once");
}

#[test]
fn who_receives_those_who_wait_is_found_anew_at_once() {
    let mut world = World::with(|draft| draft.skills = vec![skill("tax")]);
    let ann = world.online("ann", 1, &["sales"], 1);
    let tax = world.floor.policy().skill_set(&[skill("tax")]).unwrap();
    let waits = world.wish(SALES, |wish| wish.skills = tax);
    assert_eq!(world.place(waits), Some(1));
    world.replace(|draft| draft.skills = vec![skill("law")]);
    assert_eq!(world.holder(waits), Some(ann), "a skill that is gone is no longer needed");
}

#[test]
fn agents_lose_skills_and_posts_that_are_gone_and_stay_signed_on() {
    let mut world = World::with(|draft| draft.skills = vec![skill("tax"), skill("law")]);
    let ann = world.works("ann", 1, |on| {
        on.posts = ["sales", "service"].map(|id| PostWish::new(department(id).id)).into();
        on.skills = vec![skill("tax"), skill("law")];
    });
    world.replace(|draft| {
        draft.departments.remove(1);
        draft.skills = vec![skill("law")];
    });
    let agent = world.floor.agent(ann);
    assert_eq!(
        (agent.status(), agent.departments().collect::<Vec<_>>()),
        (Status::Online, vec![SALES])
    );
    let law = world.floor.policy().skill_set(&[skill("law")]).unwrap();
    assert_eq!(agent.skills, law);
    let asked = world.wish(SALES, |wish| wish.skills = law);
    assert_eq!(world.holder(asked), Some(ann));
    world.whole();
}

#[test]
fn those_who_wait_for_a_department_that_is_gone_wait_in_the_styles_home() {
    let mut world = World::new(10);
    let waits = world.wish(SERVICE, |_| {});
    world.replace(|draft| {
        draft.departments.remove(1);
    });
    assert_eq!(world.place(waits), Some(1));
    let late = world.wish(SERVICE, |_| {});
    assert_eq!(world.place(late), Some(2), "one that was under way is received too");
    let ann = world.online("ann", 1, &["sales"], 2);
    assert_eq!([waits, late].map(|n| world.holder(n)), [Some(ann), Some(ann)]);
    world.whole();
}

#[test]
fn an_offer_stands_under_its_old_terms_and_its_request_finds_the_home_afterwards() {
    let mut world = World::with(|draft| {
        for department in &mut draft.departments {
            department.offers.mode = OfferMode::Asked { timeout_ms: 5_000, at_once: 1 };
        }
    });
    let bob = world.online("bob", 2, &["service"], 1);
    let asked = world.wish(SERVICE, |_| {});
    let offer = world.floor.offer_of(world.sessions[asked]).unwrap();
    world.replace(|draft| {
        draft.departments.remove(1);
        draft.departments[0].offers.mode = OfferMode::Taken;
    });
    assert_eq!(world.floor.offer_of(world.sessions[asked]), Some(offer));
    world.until(4_999);
    assert_eq!(world.floor.agent(bob).load(), 100);
    world.until(5_000);
    assert_eq!((world.refused(asked), world.place(asked)), (None, Some(1)));
    let ann = world.online("ann", 1, &["sales"], 1);
    assert_eq!(world.holder(asked), Some(ann));
}

#[test]
fn a_session_goes_on_and_waits_in_the_home_when_its_department_and_then_its_agent_is_gone() {
    let mut world = World::new(10);
    let bob = world.online("bob", 2, &["service"], 1);
    let talks = world.wish(SERVICE, |_| {});
    world.replace(|draft| {
        draft.departments.remove(1);
    });
    assert_eq!(world.holder(talks), Some(bob));
    world.floor.sign_off(bob, "".into(), at(0), &mut world.fx).unwrap();
    world.whole();
    assert_eq!((world.refused(talks), world.place(talks)), (None, Some(1)));
}

#[test]
fn held_sessions_weigh_what_the_new_policy_says_and_a_lower_bound_takes_nothing_away() {
    let mail = |weight| vec![Channel { id: ChannelId::new("mail").unwrap(), weight }];
    let mut world = World::with(|draft| draft.channels = mail(50));
    let ann = world.online("ann", 1, &["sales"], 4);
    for _ in 0..4 {
        world.wish(SALES, |wish| wish.channel = ChannelNo(1));
    }
    assert_eq!(world.floor.agent(ann).load(), 200);
    world.replace(|draft| {
        draft.channels = mail(100);
        (draft.capacity_default, draft.capacity_max) = (2, 2);
    });
    let agent = world.floor.agent(ann);
    assert_eq!((agent.load(), agent.capacity(), agent.sessions()), (400, 2, 4));
    let waits = world.wish(SALES, |_| {});
    for session in 0..3 {
        assert_eq!(world.holder(waits), None);
        world.end(session);
        world.whole();
    }
    assert_eq!(world.holder(waits), Some(ann));
}

#[test]
fn a_new_strategy_decides_from_the_next_one_on_and_each_decision_names_its_version() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 5);
    let bob = world.online("bob", 2, &["sales"], 5);
    let give = |world: &mut World| {
        let asked = world.wish(SALES, |_| {});
        world.holder(asked).unwrap()
    };
    assert_eq!([give(&mut world), give(&mut world)], [ann, bob]);
    world.fx = Effects::new();
    world.replace(|draft| draft.departments[0].strategy = Share::FillFirst);
    assert!(matches!(world.fx.facts[0].event, Event::PolicyReplaced { version: 2, by: None }));
    assert_eq!([give(&mut world), give(&mut world)], [ann, ann]);
    let versions = world.fx.crossings.iter().filter_map(|crossing| match crossing {
        Crossing::ToSession(_, SessionStep::Assigned(assigned)) => Some(assigned.policy_version),
        _ => None,
    });
    assert!(versions.eq([2, 2]));
}

#[test]
fn a_department_that_comes_back_has_its_queue_and_takes_its_agents_when_they_sign_on() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales", "service"], 3);
    world.replace(|draft| {
        draft.departments.remove(1);
    });
    world.replace(|draft| draft.departments.push(department("service")));
    let waits = world.wish(SERVICE, |_| {});
    assert_eq!(world.place(waits), Some(1));
    world.sign_on(ann, &["service"], 3).unwrap();
    world.whole();
    assert_eq!(world.holder(waits), Some(ann));
}

/// A floor where six sessions have ended, each after so long, with so many agents who are full.
fn paced(held_ms: u64, agents: u32) -> World {
    let mut world = World::new(1_000);
    for n in 0..agents {
        world.online(&format!("a{n}"), n + 1, &["sales"], 1);
    }
    for _ in 0..6 {
        let session = world.wish(SALES, |_| {});
        world.ms += held_ms;
        world.end(session);
    }
    for _ in 0..agents {
        world.wish(SALES, |_| {});
    }
    world.whole();
    world
}

#[test]
fn an_estimate_never_grows_by_waiting_alone() {
    let mut world = paced(60_000, 2);
    let waits = world.wish(SALES, |_| {});
    let before = world.floor.estimate(world.sessions[waits]).unwrap();
    world.until(world.ms + 10_000_000);
    assert_eq!(world.floor.estimate(world.sessions[waits]), Some(before), "however overdue it is");
}

#[test]
fn an_estimate_shrinks_with_the_place_and_is_unknown_when_nobody_serves() {
    let mut world = paced(60_000, 1);
    let waiting: Vec<_> = (0..5).map(|_| world.wish(SALES, |_| {})).collect();
    let of = |world: &World, n: usize| world.floor.estimate(world.sessions[waiting[n]]);
    let all: Vec<_> = (0..5).map(|n| of(&world, n).unwrap().p50_ms).collect();
    assert!(all.is_sorted_by(|one, other| one < other), "{all:?}");
    world.end(waiting[0]);
    assert_eq!(of(&world, 4).unwrap().p50_ms, all[3]);
    world.status(AgentNo(0), Status::Away).unwrap();
    world.whole();
    assert_eq!(of(&world, 4), None);
    assert_eq!(world.floor.estimate_next(SALES), None);
}

#[test]
fn a_place_is_exact_when_urgent_ones_come_later() {
    let mut world = World::new(100);
    let plain: Vec<_> = (0..20).map(|ms| world.ask(SALES, ms * 10, 0)).collect();
    for n in 0..10u64 {
        world.ask(SALES, 300, 300 - n * 20);
        world.whole();
        for (at, session) in plain.iter().enumerate() {
            // Urgent ones count as having come at 0, 20, 40 … and stand behind plain ones of the same instant.
            let before = (0..=n).filter(|urgent| urgent * 20 < at as u64 * 10).count();
            assert_eq!(world.place(*session), Some((at + before + 1) as u32));
        }
    }
}
