//! Random schedules over agents that are asked: who is first, who is asked too much, who vanishes with what.
//!
//! Run like `shuttle_engine`.
#![cfg(shuttle)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use frontdesk_desk::delivery::{Delivery, OfferOutcome, Status};
use frontdesk_desk::id::{AgentId, DepartmentId, OfferId, SessionId};
use frontdesk_desk::policy::department::OfferMode;
use frontdesk_desk::policy::{Bot, Department, Draft};
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::time::Now;
use frontdesk_engine::sync::Arc;
use frontdesk_engine::{Command, Departure, Engine, Link, Reader, Reply, SetStatus, SignOn};
use shuttle::thread;

#[path = "stories/people.rs"]
mod people;

use people::*;

/// An engine whose agents are asked for two seconds, so many at once.
fn open_asked(at_once: u8) -> (Arc<Engine>, Reader<Delivery>) {
    let timeout_ms = 2 * GRACE_MS;
    open_by(|draft| {
        draft.departments[0].offers.mode = OfferMode::Asked { timeout_ms, at_once };
    })
}

fn offer_in(told: &[Delivery]) -> OfferId {
    let made = told.iter().rev().find_map(|delivery| match delivery {
        Delivery::OfferMade(view) => Some(view.offer),
        _ => None,
    });
    made.unwrap()
}

fn ends_in(told: &[Delivery]) -> Vec<OfferOutcome> {
    let ends = told.iter().filter_map(|delivery| match delivery {
        Delivery::OfferEnded { outcome, .. } => Some(*outcome),
        _ => None,
    });
    ends.collect()
}

fn accept(engine: &Engine, link: Link, offer: OfferId, now: Now) -> Result<SessionId, Refusal> {
    match engine.submit(link, Command::AcceptOffer { offer }, now)?.reply {
        Reply::Got(session) => Ok(session),
        other => panic!("an acceptance is answered {other:?}"),
    }
}

/// What an agent has, in hundredths of a session, as another one reads it.
fn load(engine: &Engine, by: Link, name: &str, now: Now) -> u32 {
    let agent = Some(AgentId::new(name).unwrap());
    match engine.submit(by, Command::WhyIdle { agent }, now).unwrap().reply {
        Reply::WhyIdle(why) => why.load,
        other => panic!("the question is answered {other:?}"),
    }
}

fn of_all_who_accept_one_offer_at_once_one_has_it_and_the_others_lost_the_race() {
    let (engine, mut reader) = open_asked(3);
    let agents = ["ann", "bob", "eve"].map(|name| online(&engine, reader.outlet(), name, 1));
    let visitor = visitor(&engine, reader.outlet(), "v", at(0));
    let session = ask(&engine, visitor).unwrap();
    // Drained before the race: one reader reads for all.
    let mut made = Vec::new();
    reader.try_drain_all(|link, delivery| {
        if let Delivery::OfferMade(view) = delivery {
            made.push((link, view.offer));
        }
    });
    let [(_, offer), ..] = made[..] else { panic!("nobody is asked") };
    assert_eq!(made.len(), 3);
    let accepting = agents.map(|link| {
        let engine = engine.clone();
        thread::spawn(move || accept(&engine, link, offer, at(0)))
    });
    let answers = accepting.map(|thread| thread.join().unwrap());
    whole(&engine, at(0));
    let lost = Err(Refusal::OfferEnded(OfferOutcome::LostRace));
    assert_eq!(answers.iter().filter(|answer| **answer == Ok(session)).count(), 1);
    assert_eq!(answers.iter().filter(|answer| **answer == lost).count(), 2);
    let counts = engine.counts(TENANT);
    assert_eq!((counts.waiting, counts.offered, counts.sessions), (0, 0, 1));
    let mut ends = Vec::new();
    reader.try_drain_all(|link, delivery| {
        if let Delivery::OfferEnded { outcome, .. } = delivery {
            ends.push((link, outcome));
        }
    });
    ends.sort_unstable_by_key(|(link, _)| *link);
    let mut expected = agents.iter().zip(&answers).map(|(agent, answer)| match answer {
        Ok(_) => (agent.id, OfferOutcome::Accepted),
        Err(_) => (agent.id, OfferOutcome::LostRace),
    });
    assert!(ends.len() == 3 && ends.iter().all(|end| expected.any(|other| other == *end)));
}

fn an_agent_is_never_asked_about_more_than_it_takes() {
    let (engine, reader) = open_asked(1);
    let agent = online(&engine, reader.outlet(), "ann", 3);
    crowd_asks(&engine, reader.outlet(), |counts| {
        assert!(counts.offered + counts.sessions <= 3, "{counts:?}");
    });
    whole(&engine, at(0));
    let counts = engine.counts(TENANT);
    assert_eq!((counts.waiting, counts.offered, counts.sessions), (1, 3, 0));
    assert_eq!(load(&engine, agent, "ann", at(0)), 300);
}

/// It has one session, is asked about another one, writes notes about a third, and has handed a fourth to a bot.
fn an_agent_who_vanishes_with_all_that_takes_room_leaks_none() {
    let back = DepartmentId::new("back").unwrap();
    let (engine, mut reader) = open_by(|draft| {
        let mode = OfferMode::Asked { timeout_ms: 10 * GRACE_MS, at_once: 1 };
        draft.departments[0].offers.mode = mode;
        draft.departments[0].wrap_up_ms = 10 * GRACE_MS;
        draft.departments.push(Department::new(back.clone()));
        let id = AgentId::new("bot").unwrap();
        draft.bots.push(Bot { id, hidden: false, takes_transfers: true });
    });
    let bot = agent(&engine, reader.outlet(), "bot");
    let sign_on = Command::SignOn(SignOn::new(vec![back.clone()], Some(5)));
    engine.submit(bot, sign_on, at(0)).unwrap();
    engine.submit(bot, Command::SetStatus(SetStatus::now(Status::Online, "")), at(0)).unwrap();
    let ann = online(&engine, reader.outlet(), "ann", 3);
    let [handed, noted, held] = ["h", "n", "s"].map(|name| {
        let link = visitor(&engine, reader.outlet(), name, at(0));
        ask(&engine, link).unwrap();
        let offer = offer_in(&told(&mut reader, ann));
        (link, accept(&engine, ann, offer, at(0)).unwrap())
    });
    let to = Some(AgentId::new("bot").unwrap());
    engine.submit(ann, Command::HandOver { session: handed.1, bot: to }, at(0)).unwrap();
    engine.submit(noted.0, Command::Close { session: noted.1 }, at(0)).unwrap();
    let offered = visitor(&engine, reader.outlet(), "o", at(0));
    ask(&engine, offered).unwrap();
    let offer = offer_in(&told(&mut reader, ann));
    assert_eq!(load(&engine, bot, "ann", at(0)), 300);
    whole(&engine, at(0));

    let run = |what: Box<dyn FnOnce(&Engine) + Send>| {
        let engine = engine.clone();
        thread::spawn(move || what(&engine))
    };
    let threads = [
        run(Box::new(move |engine| {
            engine.detach(ann, Departure::Dropped, at(1));
            engine.tick(at(1 + GRACE_MS));
        })),
        run(Box::new(move |engine| {
            let _ = engine.submit(ann, Command::FinishNotes { session: None }, at(1));
            let _ = engine.submit(ann, Command::TakeBack { session: handed.1 }, at(1));
        })),
        run(Box::new(move |engine| {
            let _ = accept(engine, ann, offer, at(1));
        })),
        run(Box::new(move |engine| {
            let _ = engine.submit(held.0, Command::Close { session: held.1 }, at(1));
            whole(engine, at(1));
        })),
    ];
    for thread in threads {
        thread.join().unwrap();
    }
    let now = at(3 * GRACE_MS);
    whole(&engine, now);
    assert_eq!(load(&engine, bot, "ann", now), 0, "nothing of hers is left");
    let counts = engine.counts(TENANT);
    assert_eq!((counts.offered, counts.agents_online), (0, 1));
    assert_eq!(counts.waiting + counts.sessions, 2, "the handed one and the offered one");
    for link in [handed.0, offered] {
        engine.detach(link, Departure::Leaving, now);
    }
    whole(&engine, now);
    let counts = engine.counts(TENANT);
    assert_eq!((counts.waiting, counts.offered, counts.sessions), (0, 0, 0));
    // Its notes, if it had the handed one to the end.
    engine.submit(bot, Command::FinishNotes { session: None }, now).unwrap();
    whole(&engine, now);
    assert_eq!(load(&engine, bot, "bot", now), 0);
}

fn an_offer_whose_visitor_leaves_ends_once() {
    let (engine, mut reader) = open_asked(2);
    let agents = ["ann", "bob"].map(|name| online(&engine, reader.outlet(), name, 1));
    let leaving = visitor(&engine, reader.outlet(), "v", at(0));
    let session = ask(&engine, leaving).unwrap();
    let mut made = Vec::new();
    reader.try_drain_all(|_, delivery| {
        if let Delivery::OfferMade(view) = delivery {
            made.push(view.offer);
        }
    });
    let offer = made[0];
    let going = {
        let engine = engine.clone();
        thread::spawn(move || engine.detach(leaving, Departure::Leaving, at(0)))
    };
    let accepting = {
        let engine = engine.clone();
        thread::spawn(move || accept(&engine, agents[0], offer, at(0)))
    };
    let declining = {
        let engine = engine.clone();
        thread::spawn(move || {
            let answer = engine.submit(agents[1], Command::DeclineOffer { offer }, at(0));
            answer.map(|accepted| accepted.reply)
        })
    };
    whole(&engine, at(0));
    going.join().unwrap();
    let (accepted, declined) = (accepting.join().unwrap(), declining.join().unwrap());
    whole(&engine, at(0));
    let counts = engine.counts(TENANT);
    assert_eq!((counts.waiting, counts.offered, counts.sessions), (0, 0, 0));
    let mut ends = [Vec::new(), Vec::new()];
    reader.try_drain_all(|link, delivery| {
        if let Some(no) = agents.iter().position(|agent| agent.id == link) {
            ends[no].extend(ends_in(&[delivery]));
        }
    });
    let expected = match accepted {
        Ok(got) => {
            assert_eq!(got, session);
            OfferOutcome::Accepted
        }
        Err(refusal) => {
            assert_eq!(refusal, Refusal::OfferEnded(OfferOutcome::VisitorGone));
            OfferOutcome::VisitorGone
        }
    };
    assert_eq!(ends[0], [expected]);
    let expected = match declined {
        Ok(_) => OfferOutcome::Declined,
        Err(Refusal::OfferEnded(outcome)) => outcome,
        Err(other) => panic!("refused: {other}"),
    };
    assert_eq!(ends[1], [expected]);
    for name in ["ann", "bob"] {
        assert_eq!(load(&engine, agents[0], name, at(0)), 0);
    }
}

/// Its session lies dormant and wakes, another one takes the slot meanwhile, and the agent is lost.
fn a_session_that_wakes_while_its_agent_vanishes_is_in_one_place() {
    let (engine, reader) = open_by(|draft| draft.departments[0].dormant_after_ms = 128);
    let bob = online(&engine, reader.outlet(), "bob", 1);
    engine.submit(bob, Command::SetStatus(SetStatus::now(Status::Away, "")), at(0)).unwrap();
    let ann = online(&engine, reader.outlet(), "ann", 1);
    let links = ["v", "w"].map(|name| visitor(&engine, reader.outlet(), name, at(0)));
    let session = ask(&engine, links[0]).unwrap();
    say(&engine, ann, session, 1, at(0)).unwrap();
    engine.tick(at(256));
    assert_eq!(load(&engine, bob, "ann", at(256)), 0, "it lies dormant");

    let waking = {
        let engine = engine.clone();
        thread::spawn(move || say(&engine, links[0], session, 2, at(256)))
    };
    let asking = {
        let engine = engine.clone();
        thread::spawn(move || ask(&engine, links[1]))
    };
    let vanishing = {
        let engine = engine.clone();
        thread::spawn(move || {
            engine.detach(ann, Departure::Dropped, at(256));
            engine.tick(at(300 + GRACE_MS));
        })
    };
    whole(&engine, at(256));
    waking.join().unwrap().unwrap();
    asking.join().unwrap().unwrap();
    vanishing.join().unwrap();
    let now = at(3 * GRACE_MS);
    whole(&engine, now);
    assert_eq!(load(&engine, bob, "ann", now), 0, "nothing of hers is left");
    let counts = engine.counts(TENANT);
    assert_eq!((counts.waiting, counts.sessions), (2, 0), "both wait for somebody");
    engine.submit(bob, Command::SetStatus(SetStatus::now(Status::Online, "")), now).unwrap();
    whole(&engine, now);
    assert_eq!(load(&engine, bob, "bob", now), 100);
}

/// One accepts, one asks and one signs on while another policy takes the present one's place.
fn a_policy_that_is_replaced_beside_all_else_leaves_the_ledger_whole() {
    let (engine, mut reader) = open_asked(1);
    let ann = online(&engine, reader.outlet(), "ann", 2);
    let links = ["v", "w"].map(|name| visitor(&engine, reader.outlet(), name, at(0)));
    let session = ask(&engine, links[0]).unwrap();
    let offer = offer_in(&told(&mut reader, ann));
    let accepting = {
        let engine = engine.clone();
        thread::spawn(move || accept(&engine, ann, offer, at(1)))
    };
    let asking = {
        let engine = engine.clone();
        thread::spawn(move || ask(&engine, links[1]))
    };
    let coming = {
        let (engine, outlet) = (engine.clone(), reader.outlet().clone());
        thread::spawn(move || online(&engine, &outlet, "bob", 2))
    };
    let replaced = {
        let mut draft = Draft::clone(&engine.policy(TENANT).unwrap());
        draft.departments[0].offers.mode = OfferMode::Taken;
        (draft.capacity_default, draft.capacity_max) = (1, 2);
        engine.replace_policy(TENANT, draft, Some(1), at(1)).unwrap()
    };
    assert_eq!(replaced.version, 2);
    whole(&engine, at(1));
    assert_eq!(accepting.join().unwrap(), Ok(session), "an offer stands");
    asking.join().unwrap().unwrap();
    coming.join().unwrap();
    let now = at(3 * GRACE_MS);
    engine.tick(now);
    whole(&engine, now);
    let counts = engine.counts(TENANT);
    assert_eq!((counts.waiting, counts.offered), (0, 0), "what was still asked is over by now");
    let loads = ["ann", "bob"].map(|name| load(&engine, ann, name, now));
    assert_eq!(loads.iter().sum::<u32>(), 200);
}

stories! {
    accepting_at_once: of_all_who_accept_one_offer_at_once_one_has_it_and_the_others_lost_the_race;
    being_asked_at_once: an_agent_is_never_asked_about_more_than_it_takes;
    vanishing_in_every_state: an_agent_who_vanishes_with_all_that_takes_room_leaks_none;
    leaving_while_offered: an_offer_whose_visitor_leaves_ends_once;
    vanishing_while_waking: a_session_that_wakes_while_its_agent_vanishes_is_in_one_place;
    replacing_the_policy: a_policy_that_is_replaced_beside_all_else_leaves_the_ledger_whole;
}
