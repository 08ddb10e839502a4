//! Each strategy against its own rule, told again in a few lines: exactly, over many assignments, and as agents come and go.

use std::collections::BTreeMap;

use super::*;
use crate::id::StyleId;
use crate::policy::Style;
use crate::policy::style::{Receiver, RegionRule};
use strategy::Strategy as Share;

const ASSIGNMENTS: u32 = 100_000;

/// A floor whose departments share out so.
fn sharing(share: Share) -> World {
    World::with(|draft| {
        for department in &mut draft.departments {
            department.strategy = share;
        }
    })
}

/// One comes and goes at once; who had it.
fn serve(world: &mut World) -> AgentNo {
    let session = world.wish(SALES, |_| {});
    let holder = world.holder(session).unwrap();
    world.end(session);
    world.fx = Effects::new();
    if world.sessions.len() == 1_000 {
        world.sessions.clear();
        world.whole();
    }
    holder
}

fn count_shares(world: &mut World, assignments: u32) -> BTreeMap<AgentNo, u32> {
    let mut shares = BTreeMap::new();
    for _ in 0..assignments {
        *shares.entry(serve(world)).or_default() += 1;
    }
    shares
}

fn team(world: &mut World, size: u32) -> Vec<AgentNo> {
    (0..size).map(|n| world.online(&format!("a{n}"), n + 1, &["sales"], 3)).collect()
}

#[test]
fn round_robin_gives_each_the_same_to_within_one() {
    let mut world = sharing(Share::RoundRobin);
    team(&mut world, 7);
    let shares = count_shares(&mut world, ASSIGNMENTS);
    assert_eq!(shares.len(), 7);
    let (most, least) = (shares.values().max().unwrap(), shares.values().min().unwrap());
    assert!(most - least <= 1, "{shares:?}");
}

#[test]
fn weighted_shares_are_exact_to_one() {
    let mut world = sharing(Share::Weighted);
    let weights = [1, 2, 3, 4, 10];
    let agents = weights.map(|weight| {
        let slot = u32::from(weight);
        world.works(&format!("w{weight}"), slot, |on| on.posts[0].weight = weight)
    });
    let shares = count_shares(&mut world, ASSIGNMENTS);
    for (agent, weight) in agents.into_iter().zip(weights) {
        let due = ASSIGNMENTS / 20 * u32::from(weight);
        assert!(shares[&agent].abs_diff(due) <= 1, "{shares:?}");
    }
}

#[test]
fn a_weighted_agent_who_was_away_has_no_claim_to_catch_up() {
    let mut world = sharing(Share::Weighted);
    let agents = team(&mut world, 2);
    count_shares(&mut world, 100);
    world.status(agents[0], Status::Away).unwrap();
    count_shares(&mut world, 1_000);
    world.status(agents[0], Status::Online).unwrap();
    let shares = count_shares(&mut world, 100);
    assert!(shares[&agents[0]].abs_diff(50) <= 1, "{shares:?}");
}

#[test]
fn signing_on_again_brings_no_turn_forward() {
    let mut world = sharing(Share::Weighted);
    let agents = team(&mut world, 2);
    let mut shares = BTreeMap::<AgentNo, u32>::new();
    for _ in 0..100 {
        world.sign_on(agents[0], &["sales"], 3).unwrap();
        *shares.entry(serve(&mut world)).or_default() += 1;
    }
    assert!(shares[&agents[0]].abs_diff(50) <= 1, "{shares:?}");
    world.whole();
}

/// How far counts lie from the same count for each, as Pearson's sum.
fn chi_square(counts: impl IntoIterator<Item = u32>) -> f64 {
    let counts: Vec<f64> = counts.into_iter().map(f64::from).collect();
    let each = counts.iter().sum::<f64>() / counts.len() as f64;
    counts.iter().map(|count| (count - each).powi(2) / each).sum()
}

#[test]
fn a_random_turn_is_uniform_and_independent_of_the_one_before() {
    const SIZE: usize = 8;
    let mut world = sharing(Share::Random);
    team(&mut world, SIZE as u32);
    let mut pairs = [[0; SIZE]; SIZE];
    let mut before = serve(&mut world).0 as usize;
    for _ in 0..ASSIGNMENTS {
        let next = serve(&mut world).0 as usize;
        pairs[before][next] += 1;
        before = next;
    }
    let singles = (0..SIZE).map(|next| pairs.iter().map(|row| row[next]).sum());
    // Beyond these, one in a thousand lies: 7 and 63 degrees of freedom.
    assert!(chi_square(singles) < 24.3);
    assert!(chi_square(pairs.iter().flatten().copied()) < 103.4, "{pairs:?}");
}

#[test]
fn a_random_turn_is_uniform_among_those_who_are_there_while_others_come_and_go() {
    let mut world = sharing(Share::Random);
    let agents = team(&mut world, 4);
    let mut shares = [[0; 4]; 4];
    for n in 0..40_000usize {
        let gone = n % 4;
        world.status(agents[gone], Status::Away).unwrap();
        shares[gone][serve(&mut world).0 as usize] += 1;
        world.status(agents[gone], Status::Online).unwrap();
    }
    for (gone, shares) in shares.iter().enumerate() {
        assert_eq!(shares[gone], 0);
        let others = shares.iter().enumerate().filter(|(agent, _)| *agent != gone);
        // Two degrees of freedom.
        assert!(chi_square(others.map(|(_, count)| *count)) < 13.8, "{shares:?}");
    }
}

#[test]
fn who_is_received_by_region_or_by_overflow_costs_a_turn_there_too() {
    for share in [Share::Random, Share::Weighted, Share::RoundRobin] {
        let mut world = World::with(|draft| {
            let sales = DepartmentId::new("sales").unwrap();
            let receivers = vec![Receiver::Department(sales)];
            let mut style =
                Style::new(StyleId::new("plain").unwrap(), draft.departments[1].id.clone());
            style.regions = vec![RegionRule { regions: vec!["north".into()], receivers }];
            draft.styles = vec![style];
            draft.departments[0].strategy = share;
        });
        let agents = team(&mut world, 4);
        let mut shares = BTreeMap::<AgentNo, u32>::new();
        for _ in 0..4_000 {
            let session = world.wish(SERVICE, |wish| {
                (wish.department, wish.region) = (None, "north".into());
            });
            *shares.entry(world.holder(session).unwrap()).or_default() += 1;
            world.end(session);
        }
        world.whole();
        assert_eq!(shares.len(), agents.len(), "{share:?}: {shares:?}");
        assert!(chi_square(shares.values().copied()) < 16.3, "{share:?}: {shares:?}");
    }
}

/// An agent as the rules are told in words.
#[derive(Clone, Debug)]
struct Told {
    agent: AgentNo,
    is_there: bool,
    tier: u8,
    order: u16,
    capacity: u16,
    sessions: u16,
    /// When it last got a session or one of its ended; 0 for never.
    changed: u32,
    /// When it last got one; 0 for never.
    served: u32,
}

/// Who is next by the words of the rule.
fn next(share: Share, agents: &[Told]) -> Option<AgentNo> {
    let free = agents.iter().filter(|agent| agent.is_there && agent.sessions < agent.capacity);
    let ratio = |agent: &Told| f64::from(agent.sessions) / f64::from(agent.capacity);
    let by = |one: &&Told, other: &&Told| {
        let decided = match share {
            Share::InOrder => one.order.cmp(&other.order),
            Share::RoundRobin => one.served.cmp(&other.served),
            Share::LongestIdle => one.changed.cmp(&other.changed),
            Share::LeastLoaded => {
                ratio(one).total_cmp(&ratio(other)).then(one.changed.cmp(&other.changed))
            }
            Share::FillFirst => ratio(other).total_cmp(&ratio(one)),
            Share::Random | Share::Weighted => unreachable!("these have no rule without memory"),
        };
        one.tier.cmp(&other.tier).then(decided).then(one.agent.cmp(&other.agent))
    };
    free.min_by(by).map(|agent| agent.agent)
}

/// Agents come and go, sessions come and end: each of 100,000 goes to whom the rule names, so the shares are the rule's own.
fn follows_its_rule(share: Share) {
    let mut world = sharing(share);
    let mut dice = Chance::seeded([9; 32]);
    let mut below = |n: u64| (dice.bits() >> 20) % n;
    let mut told: Vec<Told> = Vec::new();
    let mut open: Vec<(usize, AgentNo)> = Vec::new();
    let mut shares = BTreeMap::<AgentNo, u32>::new();
    for clock in 1.. {
        match below(10) {
            0 if told.len() < 12 => {
                let (tier, order) = (1 + below(2) as u8, below(4) as u16);
                let capacity = 1 + below(4) as u16;
                let slot = told.len() as u32 + 1;
                let agent = world.works(&format!("a{slot}"), slot, |on| {
                    (on.posts[0].tier, on.posts[0].order) = (tier, order);
                    on.capacity = Some(capacity);
                });
                let is_there = true;
                let (sessions, changed, served) = (0, 0, 0);
                told.push(Told {
                    agent,
                    is_there,
                    tier,
                    order,
                    capacity,
                    sessions,
                    changed,
                    served,
                });
            }
            0 | 1 if !told.is_empty() => {
                let at = below(told.len() as u64) as usize;
                let agent = &mut told[at];
                agent.is_there = !agent.is_there;
                let status = if agent.is_there { Status::Online } else { Status::Away };
                world.status(agent.agent, status).unwrap();
            }
            2..=5 if !open.is_empty() => {
                let (session, agent) = open.swap_remove(below(open.len() as u64) as usize);
                world.end(session);
                let agent = &mut told[agent.0 as usize];
                agent.sessions -= 1;
                agent.changed = clock;
            }
            _ => {
                let Some(expected) = next(share, &told) else { continue };
                let session = world.wish(SALES, |_| {});
                assert_eq!(world.holder(session), Some(expected), "{share:?} among {told:?}");
                open.push((session, expected));
                let agent = &mut told[expected.0 as usize];
                agent.sessions += 1;
                (agent.changed, agent.served) = (clock, clock);
                *shares.entry(expected).or_default() += 1;
            }
        }
        world.fx = Effects::new();
        if clock % 16 == 0 && clock < 6_000 || clock % 1_024 == 0 {
            world.whole();
        }
        if world.sessions.len() == ASSIGNMENTS as usize {
            break;
        }
    }
    assert_eq!((told.len(), shares.values().sum()), (12, ASSIGNMENTS));
    assert!(shares.len() == 12, "everybody gets some: {shares:?}");
}

#[test]
fn in_order_goes_by_the_order_and_then_by_who_is_known_longer() {
    follows_its_rule(Share::InOrder);
}

#[test]
fn round_robin_goes_by_the_last_turn_and_an_end_is_none() {
    follows_its_rule(Share::RoundRobin);
}

#[test]
fn longest_idle_goes_by_the_last_assignment_or_end() {
    follows_its_rule(Share::LongestIdle);
}

#[test]
fn least_loaded_goes_by_the_ratio_then_by_the_last_assignment_or_end() {
    follows_its_rule(Share::LeastLoaded);
}

#[test]
fn fill_first_goes_by_the_highest_ratio_that_has_room() {
    follows_its_rule(Share::FillFirst);
}
