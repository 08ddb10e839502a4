//! The model world: the real engine under a virtual clock, beside a simple reference that predicts it.
//!
//! `FRONTDESK_MODEL_SEED=n` replays the case of one seed; `FRONTDESK_MODEL_CASES` and `FRONTDESK_MODEL_STEPS` say how many cases
//! are run, from seed 0 on, and how many transitions each has at most; `FRONTDESK_MODEL_SHRINK_MS` how long a failure is made smaller.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]
#![allow(unreachable_pub, reason = "nothing here is a library")]

mod client;
mod reference;
mod regressions;
mod transition;
mod world;

use std::cell::RefCell;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use transition::{Transition, any_transition};
use world::{Seen, World};

/// What must have happened on the way, or the model proves nothing.
const INTERESTING: &[&str] = &[
    "answers why one is idle",
    "answers why one waits",
    "counts read",
    "ends of watches of nothing",
    "floors compared",
    "policies read",
    "queues read",
    "receptions followed",
    "receptions followed no more",
    "receptions followed to the end",
    "receptions read",
    "work logs read",
    "InvitationEnded",
    "InvitedAlready",
    "VisitorInSession",
    "answers to invitations",
    "forced sessions",
    "invitations",
    "invitations of visitors that went",
    "invitations overtaken by a session",
    "invitations taken back",
    "invitations that expired",
    "invitations that were accepted",
    "invitations that were declined",
    "invitations that were ignored",
    "invitations that were taken back",
    "AgentFull",
    "AlreadyRated",
    "NothingToRate",
    "NotClosed",
    "automatic words",
    "questions for a rating",
    "ratings",
    "sessions cleared away",
    "sessions that lay idle",
    "BeyondEnd",
    "NobodyWaits",
    "OtherDepartment",
    "PickLost",
    "finished notes",
    "picks",
    "picks of the next",
    "statuses for later",
    "BlockNotFound",
    "Blocked",
    "BotUnavailable",
    "IdReused",
    "InSession",
    "LinkGone",
    "NoSuchBot",
    "NotInSession",
    "QueueFull",
    "SessionClosed",
    "SessionNotFound",
    "SupervisorsOnly",
    "OfferEnded",
    "OfferNotFound",
    "TooSlow",
    "UnknownDepartment",
    "agents",
    "asks",
    "blocks",
    "bots that handed on",
    "closes",
    "declined offers",
    "duplicates",
    "ends of blocked links",
    "ends of replaced links",
    "ends of watches",
    "faulty policies",
    "graces that ended",
    "hand-overs",
    "hidden bots that received",
    "history",
    "late words of bots",
    "accepted offers",
    "offers of agents that went",
    "offers of visitors that went",
    "offers that were accepted",
    "offers that were declined",
    "offers that another one got",
    "offers that were rescinded",
    "offers that were let pass",
    "long times",
    "parts",
    "policies made from another one",
    "policies replaced",
    "previews",
    "receipts",
    "replaced links",
    "replays with a hole",
    "requeues",
    "room kept for one that weighs more",
    "sessions taken back",
    "sessions that a lost bot gave back",
    "sessions that fell dormant",
    "previews that were shown later",
    "whispers",
    "words that were changed",
    "words that were taken back",
    "sessions that found their slot given away",
    "sessions that overflowed to another department",
    "sessions that took their slot again",
    "sessions that weigh more than one",
    "unblocks",
    "visitors",
    "visitors shut out",
    "waiters whose department was gone",
    "watches",
    "windows compared",
];

fn from_env(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    let config = Config {
        cases: 1,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        max_shrink_time: from_env("FRONTDESK_MODEL_SHRINK_MS", 20_000) as u32,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn transitions(steps: u64) -> impl Strategy<Value = Vec<Transition>> {
    proptest::collection::vec(any_transition(), steps as usize / 2..=steps as usize)
}

fn live(seed: u64, transitions: &[Transition], is_traced: bool) -> Result<World, String> {
    let mut world = World::new(seed);
    world.trace = is_traced.then(Vec::new);
    for (no, transition) in transitions.iter().enumerate() {
        world
            .apply(*transition)
            .map_err(|fault| format!("after transition {no}, {transition:?}: {fault}"))?;
    }
    world.finish()?;
    Ok(world)
}

#[test]
fn the_engine_does_what_the_reference_predicts() {
    let only = std::env::var("FRONTDESK_MODEL_SEED").ok().map(|seed| seed.parse::<u64>().unwrap());
    let (cases, steps) =
        (from_env("FRONTDESK_MODEL_CASES", 800), from_env("FRONTDESK_MODEL_STEPS", 360));
    let seeds = only.map_or(0..cases, |seed| seed..seed + 1);
    let (seen, done) = (RefCell::new(Seen::new()), RefCell::new(0));
    for seed in seeds {
        let lived = runner(seed).run(&transitions(steps), |transitions| {
            let world = live(seed, &transitions, false).map_err(TestCaseError::fail)?;
            *done.borrow_mut() += transitions.len();
            for (what, times) in world.seen {
                *seen.borrow_mut().entry(what).or_default() += times;
            }
            Ok(())
        });
        match lived {
            Ok(()) => {}
            Err(TestError::Abort(reason)) => panic!("{reason}"),
            Err(TestError::Fail(reason, transitions)) => {
                let steps_taken: Vec<_> =
                    transitions.iter().map(|transition| format!("    {transition:?}\n")).collect();
                panic!(
                    "{}{reason}\nFRONTDESK_MODEL_SEED={seed} FRONTDESK_MODEL_STEPS={steps} replays this",
                    steps_taken.concat()
                );
            }
        }
    }
    let (seen, done) = (seen.into_inner(), done.into_inner());
    println!("{done} transitions: {seen:#?}");
    if only.is_none() && cases >= 100 {
        let missing: Vec<_> =
            INTERESTING.iter().filter(|what| !seen.contains_key(**what)).collect();
        assert!(missing.is_empty(), "never happened: {missing:?}");
    }
}

#[test]
fn the_same_commands_at_the_same_instants_have_the_same_effects_in_the_same_order() {
    for seed in 1_000_000..1_000_010 {
        let transitions = transitions(400).new_tree(&mut runner(seed)).unwrap().current();
        let traces = [(); 2].map(|()| live(seed, &transitions, true).unwrap().trace.unwrap());
        assert!(traces[0].len() > 100, "much is said and told");
        assert_eq!(traces[0], traces[1]);
    }
}
