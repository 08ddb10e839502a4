//! Who receives whom: by name, by region, by what was known, by skill, tier, time and hour; and who is let wait.

use super::*;
use crate::id::{ScheduleId, SkillId, StyleId};
use crate::policy::department::{Join, Overflow, Ring, Tier};
use crate::policy::hours::{Schedule, Weekday, WeeklySpan};
use crate::policy::style::{Receiver, RegionRule, Unavailable};
use crate::policy::{SkillSet, Style};

fn agent_id(id: &str) -> AgentId {
    AgentId::new(id).unwrap()
}

fn to(id: &str) -> Receiver {
    Receiver::Department(DepartmentId::new(id).unwrap())
}

fn styled(draft: &mut Draft, change: impl FnOnce(&mut Style)) {
    let home = draft.departments[0].id.clone();
    let mut style = Style::new(StyleId::new("plain").unwrap(), home);
    change(&mut style);
    draft.styles = vec![style];
}

/// One who asks for ann, and for nobody else.
fn for_ann(world: &mut World) -> usize {
    let asked = world.wish(SALES, |wish| wish.agent = Some(agent_id("ann")));
    world.whole();
    asked
}

#[test]
fn a_visitor_meant_for_one_agent_waits_for_it_if_the_style_says_so() {
    let mut world = World::with(|draft| styled(draft, |s| s.unavailable = Unavailable::Wait));
    let ann = world.online("ann", 1, &["sales"], 1);
    world.online("bob", 2, &["sales"], 5);
    let first = for_ann(&mut world);
    let second = for_ann(&mut world);
    world.until(10_000_000);
    assert_eq!((world.holder(first), world.place(second)), (Some(ann), Some(1)));
    world.status(ann, Status::Away).unwrap();
    world.end(first);
    world.whole();
    assert_eq!(world.place(second), Some(1), "bob is none of its business");
    world.status(ann, Status::Online).unwrap();
    world.whole();
    assert_eq!(world.holder(second), Some(ann));
}

#[test]
fn a_visitor_meant_for_one_agent_falls_back_at_once_or_after_a_while() {
    let fall_back = Unavailable::FallBack { after_ms: 500 };
    let mut world = World::with(|draft| styled(draft, |s| s.unavailable = fall_back));
    let ann = world.online("ann", 1, &["sales"], 1);
    let bob = world.online("bob", 2, &["sales"], 5);
    let first = for_ann(&mut world);
    let full = for_ann(&mut world);
    world.until(499);
    assert_eq!((world.holder(first), world.place(full)), (Some(ann), Some(1)));
    world.until(500);
    assert_eq!(world.holder(full), Some(bob), "ann is there, and full for too long");
    world.status(ann, Status::Away).unwrap();
    let away = for_ann(&mut world);
    assert_eq!(world.holder(away), Some(bob), "ann isn't there");
}

#[test]
fn one_who_waits_for_an_agent_falls_back_when_that_agent_goes() {
    let fall_back = Unavailable::FallBack { after_ms: 60_000 };
    let mut world = World::with(|draft| styled(draft, |s| s.unavailable = fall_back));
    let ann = world.online("ann", 1, &["sales"], 1);
    let bob = world.online("bob", 2, &["sales"], 5);
    for_ann(&mut world);
    let waits = for_ann(&mut world);
    assert_eq!(world.place(waits), Some(1));
    world.status(ann, Status::Busy).unwrap();
    world.whole();
    assert_eq!(world.holder(waits), Some(bob));
}

#[test]
fn a_visitor_meant_for_one_agent_leaves_a_message_when_that_is_away() {
    let mut world =
        World::with(|draft| styled(draft, |s| s.unavailable = Unavailable::LeaveMessage));
    let ann = world.online("ann", 1, &["sales"], 1);
    world.online("bob", 2, &["sales"], 5);
    for_ann(&mut world);
    let waits = for_ann(&mut world);
    assert_eq!(world.place(waits), Some(1), "ann is there and full");
    world.status(ann, Status::Away).unwrap();
    world.whole();
    assert_eq!(world.refused(waits), Some(CloseCause::NobodyThere));
    let next = for_ann(&mut world);
    assert_eq!(world.refused(next), Some(CloseCause::NobodyThere));
}

#[test]
fn regions_that_match_are_united_override_the_receivers_and_else_fall_through() {
    let mut world = World::with(|draft| {
        styled(draft, |style| {
            style.receivers = vec![Receiver::Agent(agent_id("cid"))];
            let rule =
                |begin: &str, receivers| RegionRule { regions: vec![begin.into()], receivers };
            style.regions = vec![
                rule("north", vec![to("service")]),
                rule("north-east", vec![Receiver::Agent(agent_id("dee"))]),
            ];
        });
    });
    let bob = world.online("bob", 2, &["service"], 1);
    let cid = world.online("cid", 3, &["sales"], 1);
    let dee = world.online("dee", 4, &["sales"], 1);
    let from = |world: &mut World, region: &str| {
        let asked = world.wish(SALES, |wish| {
            (wish.department, wish.region) = (None, region.into());
        });
        world.whole();
        asked
    };
    let [first, second, third] = [0; 3].map(|_| from(&mut world, "north-east"));
    assert_eq!([first, second].map(|n| world.holder(n)), [Some(dee), Some(bob)]);
    assert_eq!(world.place(third), Some(1), "cid receives those of no rule only");
    let south = from(&mut world, "south");
    assert_eq!(world.holder(south), Some(cid));
    let north = from(&mut world, "north");
    world.end(first);
    assert_eq!(world.holder(third), Some(dee));
    world.end(second);
    world.whole();
    assert_eq!(world.holder(north), Some(bob));
}

#[test]
fn a_returning_visitor_waits_for_the_agent_it_knew_for_a_bounded_time() {
    let mut world = World::with(|draft| draft.departments[0].sticky_ms = 2_000);
    let ann = world.online("ann", 1, &["sales"], 1);
    let bob = world.online("bob", 2, &["sales"], 5);
    let taken = world.wish(SALES, |wish| wish.knew = Some(ann));
    let [soon, late] = [0; 2].map(|_| world.wish(SALES, |wish| wish.knew = Some(ann)));
    assert_eq!((world.holder(taken), world.place(soon)), (Some(ann), Some(1)));
    world.until(1_000);
    world.end(taken);
    world.whole();
    assert_eq!((world.holder(soon), world.place(late)), (Some(ann), Some(1)));
    world.until(1_999);
    assert_eq!(world.place(late), Some(1));
    world.until(2_000);
    assert_eq!(world.holder(late), Some(bob));
    world.status(ann, Status::Away).unwrap();
    let gone = world.wish(SALES, |wish| wish.knew = Some(ann));
    assert_eq!(world.holder(gone), Some(bob), "one who isn't there isn't waited for");
    let other = world.wish(SERVICE, |wish| wish.knew = Some(bob));
    world.whole();
    assert_eq!(world.place(other), Some(1), "bob doesn't receive for that department");
}

/// A floor where french and tax are known, french is waived after a second and all after two.
fn skilled() -> World {
    World::with(|draft| {
        let skills = ["french", "tax"].map(|id| SkillId::new(id).unwrap());
        draft.skills = skills.to_vec();
        draft.departments[0].rings = vec![
            Ring { after_ms: 1_000, waives: vec![skills[0].clone()] },
            Ring { after_ms: 2_000, waives: Vec::new() },
        ];
    })
}

fn needing(world: &mut World, skills: &[&str]) -> usize {
    let ids: Vec<_> = skills.iter().map(|id| SkillId::new(id).unwrap()).collect();
    let set = world.floor.policy().skill_set(&ids).unwrap();
    let asked = world.wish(SALES, |wish| wish.skills = set);
    world.whole();
    asked
}

#[test]
fn skills_are_needed_until_their_ring_waives_them() {
    let mut world = skilled();
    let plain = world.works("ann", 1, |on| on.capacity = Some(9));
    let tax = world.works("bob", 2, |on| {
        on.skills = vec![SkillId::new("tax").unwrap()];
        on.capacity = Some(9);
    });
    let first = needing(&mut world, &["tax"]);
    assert_eq!(world.holder(first), Some(tax));
    let both = needing(&mut world, &["french", "tax"]);
    let french = needing(&mut world, &["french"]);
    world.until(999);
    assert_eq!([both, french].map(|n| world.place(n)), [Some(1), Some(2)]);
    world.until(1_000);
    assert_eq!([both, french].map(|n| world.holder(n)), [Some(tax), Some(plain)]);
    world.status(tax, Status::Away).unwrap();
    let patient = needing(&mut world, &["tax"]);
    world.until(2_999);
    assert_eq!(world.place(patient), Some(1));
    world.until(3_000);
    assert_eq!(world.holder(patient), Some(plain));
}

#[test]
fn a_tier_opens_with_time_and_a_lower_one_comes_first_even_then() {
    let mut world = World::with(|draft| {
        draft.departments[0].tiers = vec![Tier { tier: 2, after_ms: 1_000 }];
    });
    let second = world.works("bob", 2, |on| on.posts[0].tier = 2);
    let early = world.wish(SALES, |_| {});
    world.until(999);
    assert_eq!(world.place(early), Some(1));
    let first = world.works("ann", 1, |_| {});
    assert_eq!(world.holder(early), Some(first));
    let late = world.wish(SALES, |_| {});
    world.until(1_998);
    assert_eq!(world.place(late), Some(1));
    world.until(1_999);
    assert_eq!(world.holder(late), Some(second));
}

#[test]
fn who_waits_too_long_overflows_and_keeps_its_place_at_home() {
    let mut world = World::with(|draft| {
        let service = draft.departments[1].id.clone();
        draft.departments[0].overflow = vec![Overflow { after_ms: 1_000, to: service }];
    });
    let bob = world.online("bob", 2, &["service"], 1);
    let [one, two] = [0; 2].map(|_| world.wish(SALES, |_| {}));
    world.until(999);
    assert_eq!(world.place(one), Some(1));
    world.until(1_000);
    assert_eq!((world.holder(one), world.place(two)), (Some(bob), Some(1)));
    let ann = world.online("ann", 1, &["sales"], 1);
    assert_eq!(world.holder(two), Some(ann), "its own department still receives it");
    let three = world.wish(SALES, |_| {});
    world.until(3_000);
    world.end(one);
    world.whole();
    assert_eq!(world.holder(three), Some(bob));
}

#[test]
fn the_next_one_to_pick_may_have_overflowed() {
    let mut world = World::with(|draft| {
        let service = draft.departments[1].id.clone();
        draft.departments[0].overflow = vec![Overflow { after_ms: 1_000, to: service }];
    });
    let bob = world.online("bob", 2, &["service"], 1);
    world.status(bob, Status::Busy).unwrap();
    let asked = world.wish(SALES, |_| {});
    world.until(1_000);
    let picked = world.floor.pick(bob, None, Room::Needed, at(1_000), &mut world.fx);
    assert_eq!(picked, Ok(world.sessions[asked]));
    world.whole();
}

/// Open on the first day of the world's clock, a Thursday, from the hour after the first on.
fn scheduled() -> World {
    World::with(|draft| {
        let id = ScheduleId::new("day").unwrap();
        let day = Weekday::Thursday;
        let weekly = vec![WeeklySpan { day, from_minute: 60, until_minute: 120 }];
        let zone = "UTC".to_owned();
        draft.schedules = vec![Schedule { id: id.clone(), zone, weekly, special: Vec::new() }];
        draft.departments[0].schedule = Some(id);
        let service = draft.departments[1].id.clone();
        draft.departments[1].overflow = vec![];
        draft.departments[0].overflow = vec![Overflow { after_ms: 1_000, to: service }];
    })
}

/// The instant of an hour of that day on the clock that never goes back.
fn hour(n: u64) -> u64 {
    n * 3_600_000 - at(0).wall_ms
}

#[test]
fn a_closed_department_receives_nobody_and_says_so() {
    let mut world = scheduled();
    let ann = world.online("ann", 1, &["sales"], 1);
    let early = world.wish(SALES, |_| {});
    assert_eq!(world.refused(early), Some(CloseCause::OutsideHours));
    world.until(hour(1));
    let open = world.wish(SALES, |_| {});
    assert_eq!(world.holder(open), Some(ann));
    world.until(hour(2));
    assert_eq!(world.holder(open), Some(ann), "who has an agent keeps it");
    let late = world.wish(SALES, |_| {});
    assert_eq!(world.refused(late), Some(CloseCause::OutsideHours));
    world.whole();
}

#[test]
fn one_who_waits_elsewhere_while_a_department_is_closed_is_received_when_it_opens() {
    let mut world = scheduled();
    world.replace(|draft| {
        styled(draft, |style| style.receivers = vec![to("sales"), to("service")]);
    });
    let ann = world.online("ann", 1, &["sales"], 1);
    let waits = world.wish(SERVICE, |wish| wish.department = None);
    assert_eq!(world.place(waits), Some(1));
    world.until(hour(1) - 1);
    assert_eq!(world.place(waits), Some(1));
    world.until(hour(1));
    assert_eq!(world.holder(waits), Some(ann));
}

#[test]
fn nobody_waits_longer_than_its_department_lets_it() {
    let mut world = World::with(|draft| draft.departments[0].wait_max_ms = 3_000);
    let waits = world.wish(SALES, |_| {});
    world.until(2_999);
    assert_eq!(world.place(waits), Some(1));
    world.until(3_000);
    assert_eq!(world.refused(waits), Some(CloseCause::NobodyCame));
}

#[test]
fn who_loses_its_agent_after_a_long_talk_may_wait_as_long_as_others() {
    let mut world = World::with(|draft| draft.departments[0].wait_max_ms = 3_000);
    let ann = world.online("ann", 1, &["sales"], 1);
    let talks = world.wish(SALES, |_| {});
    world.until(600_000);
    world.floor.sign_off(ann, "".into(), at(600_000), &mut world.fx).unwrap();
    world.until(602_999);
    assert_eq!((world.refused(talks), world.place(talks)), (None, Some(1)));
    world.until(603_000);
    assert_eq!(world.refused(talks), Some(CloseCause::NobodyCame));
}

#[test]
fn who_is_let_wait_depends_on_who_is_there() {
    let rules = [Join::Always, Join::SignedOn, Join::Working, Join::Online];
    let statuses = [None, Some(Status::Away), Some(Status::Busy), Some(Status::Online)];
    for (needed, join) in rules.into_iter().enumerate() {
        for (there, status) in statuses.into_iter().enumerate() {
            let mut world = World::with(|draft| draft.departments[0].join = join);
            if let Some(status) = status {
                let ann = world.attach("ann", 1);
                world.sign_on(ann, &["sales"], 1).unwrap();
                world.status(ann, Status::Online).unwrap();
                world.wish(SALES, |_| {});
                world.status(ann, status).unwrap();
            }
            let asked = world.wish(SALES, |_| {});
            world.whole();
            let refused = (there < needed).then_some(CloseCause::NobodyThere);
            assert_eq!(world.refused(asked), refused, "{join:?} with {status:?}");
        }
    }
}

#[test]
fn a_full_queue_takes_newcomers_again_only_when_enough_have_left() {
    let mut world = World::with(|draft| {
        draft.departments[0].waiting_max = 4;
        draft.departments[0].reopen_at = Some(2);
    });
    let ask = |world: &mut World| {
        let asked = world.wish(SALES, |_| {});
        world.whole();
        asked
    };
    let waiting = [0; 4].map(|_| ask(&mut world));
    let fifth = ask(&mut world);
    assert_eq!(world.refused(fifth), Some(CloseCause::QueueFull));
    world.end(waiting[0]);
    let sixth = ask(&mut world);
    assert_eq!(world.refused(sixth), Some(CloseCause::QueueFull), "three wait");
    assert!(world.floor.department_state(SALES).is_closed);
    world.end(waiting[1]);
    let seventh = ask(&mut world);
    assert_eq!(world.place(seventh), Some(3), "two waited");
    assert!(!world.floor.department_state(SALES).is_closed);
}

#[test]
fn one_that_finds_no_line_of_its_own_any_more_is_refused_and_takes_nobodys() {
    let mut world = World::with(|draft| {
        draft.skills = (0..11).map(|n| SkillId::new(&format!("s{n}")).unwrap()).collect();
        styled(draft, |style| style.receivers = vec![to("sales"), to("service")]);
    });
    let lines = ledger::NARROW_POOLS_MAX as u64;
    for set in 1..lines {
        world.wish(SALES, |wish| wish.skills = SkillSet(set));
    }
    let both = |world: &mut World| {
        let asked = world.wish(SALES, |wish| {
            (wish.department, wish.skills) = (None, SkillSet(lines));
        });
        world.whole();
        asked
    };
    let asked = both(&mut world);
    assert_eq!(world.refused(asked), Some(CloseCause::QueueFull), "it needs a line in each");
    world.end(0);
    let asked = both(&mut world);
    assert_eq!(world.place(asked), Some(lines as u32 - 1), "a line that nobody stands in is taken");
}
