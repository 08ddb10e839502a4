//! Random schedules of three and four threads over a whole engine, cut into few parts so that they meet.
//!
//! Run with `RUSTFLAGS="--cfg shuttle" cargo test --release -p frontdesk-engine --test shuttle_engine` and a target folder of its
//! own. `FRONTDESK_SCHEDULES` says how many schedules each story gets, half of them random and half with few preemptions.
//! Time is passed in, so no schedule depends on a clock. A failure prints the schedule that led to it.
#![cfg(shuttle)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use frontdesk_desk::block::{Network, Target};
use frontdesk_desk::delivery::{Delivery, Status};
use frontdesk_desk::id::{AgentId, SessionId};
use frontdesk_desk::page::Arrival;
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::role::Role;
use frontdesk_engine::{
    AgentAttach, Command, Counts, Departure, Engine, Link, LinkEnd, Reply, ResumePoint, SetStatus,
    SignOn, VisitorAttach,
};
use shuttle::thread;

#[path = "stories/people.rs"]
mod people;

use people::*;

fn said_or_closed<T>(answer: Result<T, Refusal>) -> Option<T> {
    match answer {
        Ok(done) => Some(done),
        Err(Refusal::SessionClosed) => None,
        Err(other) => panic!("refused: {other}"),
    }
}

fn seqs(told: &[Delivery]) -> Vec<u64> {
    let seqs = told.iter().filter_map(|delivery| match delivery {
        Delivery::Message { seq, .. } => Some(*seq),
        _ => None,
    });
    seqs.collect()
}

fn one_visitor_who_asks_twice_at_once_has_one_session() {
    let (engine, mut reader) = open();
    let agent = online(&engine, reader.outlet(), "ann", 3);
    let links = [(); 2].map(|()| visitor(&engine, reader.outlet(), "v", at(0)));
    let asking = links.map(|link| {
        let engine = engine.clone();
        thread::spawn(move || ask(&engine, link).unwrap())
    });
    let proving = {
        let engine = engine.clone();
        thread::spawn(move || whole(&engine, at(0)))
    };
    let sessions = asking.map(|thread| thread.join().unwrap());
    proving.join().unwrap();
    assert_eq!(sessions[0], sessions[1]);
    whole(&engine, at(0));
    let counts = engine.counts(TENANT);
    assert_eq!((counts.waiting, counts.sessions), (0, 1));
    let opened = told(&mut reader, agent);
    let opened = opened.iter().filter(|told| matches!(told, Delivery::SessionOpened(_)));
    assert_eq!(opened.count(), 1);
}

fn many_who_ask_at_once_never_exceed_the_capacity() {
    let (engine, reader) = open();
    let agent = online(&engine, reader.outlet(), "ann", 3);
    crowd_asks(&engine, reader.outlet(), |counts| assert!(counts.sessions <= 3, "{counts:?}"));
    whole(&engine, at(0));
    let counts = engine.counts(TENANT);
    assert_eq!((counts.waiting, counts.sessions), (1, 3), "a freed slot goes to who waits");
    engine.submit(agent, Command::SignOff { reason: "".into() }, at(0)).unwrap();
    whole(&engine, at(0));
    assert_eq!(engine.counts(TENANT).waiting, 4);
}

fn closing_saying_leaving_and_time_agree() {
    let (engine, mut reader) = open();
    let agent = online(&engine, reader.outlet(), "ann", 1);
    let first = visitor(&engine, reader.outlet(), "v", at(0));
    let other = visitor(&engine, reader.outlet(), "v", at(0));
    let second = visitor(&engine, reader.outlet(), "w", at(0));
    let session = ask(&engine, first).unwrap();
    ask(&engine, second).unwrap();
    let run = |what: fn(&Engine, [Link; 3], SessionId) -> bool| {
        let engine = engine.clone();
        thread::spawn(move || what(&engine, [agent, first, other], session))
    };
    let threads = [
        run(|engine, [agent, ..], session| {
            // If the visitor has gone already, it has closed.
            let said = said_or_closed(say(engine, agent, session, 1, at(1)));
            let _ = said_or_closed(engine.submit(agent, Command::Close { session }, at(2)));
            said.is_some()
        }),
        run(|engine, [_, first, _], session| {
            for id in 2..5 {
                let _ = said_or_closed(say(engine, first, session, id, at(1)));
            }
            engine.detach(first, Departure::Leaving, at(2));
            true
        }),
        run(|engine, [_, _, other], _| {
            engine.detach(other, Departure::Dropped, at(1));
            engine.tick(at(2 * GRACE_MS));
            true
        }),
    ];
    whole(&engine, at(2));
    let agent_spoke = threads.map(|thread| thread.join().unwrap())[0];
    engine.tick(at(4 * GRACE_MS));
    whole(&engine, at(4 * GRACE_MS));
    let counts = engine.counts(TENANT);
    assert_eq!((counts.waiting, counts.sessions), (0, 1), "the freed slot went to who waited");
    assert_eq!(counts.visitors_here, 1);
    let told = told(&mut reader, agent);
    let closed = told.iter().filter_map(|delivery| match delivery {
        Delivery::SessionClosed { session: ended, last_seq, .. } => Some((*ended, *last_seq)),
        _ => None,
    });
    let [(ended, last_seq)] = closed.collect::<Vec<_>>()[..] else { panic!("one end is told") };
    assert_eq!(ended, session);
    let all = (1..=last_seq).collect::<Vec<_>>();
    let others = seqs(&told);
    let own = usize::from(agent_spoke);
    assert_eq!(
        others.len() + own,
        all.len(),
        "all but the agent's own word: {others:?} of {all:?}"
    );
    assert!(others.is_sorted() && others.iter().all(|seq| all.contains(seq)));
}

fn an_agent_who_vanishes_while_it_is_assigned_keeps_nobody() {
    let (engine, reader) = open();
    let agent = online(&engine, reader.outlet(), "ann", 2);
    let names = ["v", "w"];
    let asking = names.map(|name| {
        let (engine, outlet) = (engine.clone(), reader.outlet().clone());
        thread::spawn(move || {
            let link = visitor(&engine, &outlet, name, at(0));
            ask(&engine, link).unwrap()
        })
    });
    let vanishing = {
        let engine = engine.clone();
        thread::spawn(move || {
            engine.detach(agent, Departure::Dropped, at(1));
            engine.tick(at(1 + GRACE_MS));
        })
    };
    whole(&engine, at(1));
    let sessions = asking.map(|thread| thread.join().unwrap());
    vanishing.join().unwrap();
    whole(&engine, at(2 * GRACE_MS));
    let counts = engine.counts(TENANT);
    assert_eq!((counts.waiting, counts.sessions, counts.agents_online), (2, 0, 0));
    let other = online(&engine, reader.outlet(), "bob", 2);
    whole(&engine, at(2 * GRACE_MS));
    assert_eq!(engine.counts(TENANT).sessions, 2);
    for session in sessions {
        assert!(say(&engine, other, session, 1, at(2 * GRACE_MS)).is_ok());
    }
}

fn a_visitor_who_leaves_while_it_is_assigned_leaves_the_slot() {
    let (engine, reader) = open();
    let agent = agent(&engine, reader.outlet(), "ann");
    let leaving = visitor(&engine, reader.outlet(), "v", at(0));
    let staying = visitor(&engine, reader.outlet(), "w", at(0));
    let threads = [
        {
            let engine = engine.clone();
            thread::spawn(move || {
                ask(&engine, leaving).unwrap();
                engine.detach(leaving, Departure::Leaving, at(0));
            })
        },
        {
            let engine = engine.clone();
            thread::spawn(move || {
                ask(&engine, staying).unwrap();
            })
        },
        {
            let engine = engine.clone();
            thread::spawn(move || {
                let sign_on = Command::SignOn(SignOn::new(vec![sales()], Some(1)));
                engine.submit(agent, sign_on, at(0)).unwrap();
                let online = Command::SetStatus(SetStatus::now(Status::Online, ""));
                engine.submit(agent, online, at(0)).unwrap();
                whole(&engine, at(0));
            })
        },
    ];
    for thread in threads {
        thread.join().unwrap();
    }
    whole(&engine, at(0));
    let counts = engine.counts(TENANT);
    assert_eq!((counts.waiting, counts.sessions, counts.visitors_here), (0, 1, 1));
}

/// A link that comes while words are said is told each of them once: in its replay or live.
fn nothing_falls_between_history_and_live() {
    let (engine, mut reader) = open();
    let agent = online(&engine, reader.outlet(), "ann", 1);
    let speaking = visitor(&engine, reader.outlet(), "v", at(0));
    let session = ask(&engine, speaking).unwrap();
    let talk = [(agent, 0), (speaking, 100)].map(|(link, first)| {
        let engine = engine.clone();
        thread::spawn(move || {
            for id in first + 1..first + 4 {
                say(&engine, link, session, id, at(0)).unwrap();
            }
        })
    });
    let coming = {
        let (engine, outlet) = (engine.clone(), reader.outlet().clone());
        thread::spawn(move || visitor(&engine, &outlet, "v", at(0)))
    };
    for thread in talk {
        thread.join().unwrap();
    }
    let late = coming.join().unwrap();
    whole(&engine, at(0));
    assert_eq!(seqs(&told(&mut reader, late)), [1, 2, 3, 4, 5, 6]);
}

/// Who comes beside a block is refused, or is out when the answer to the block comes.
fn nobody_comes_in_beside_a_block_and_whoever_was_in_is_out() {
    let (engine, mut reader) = open();
    let ann = agent(&engine, reader.outlet(), "ann");
    let coming = ["a", "b"].map(|name| {
        let (engine, outlet) = (engine.clone(), reader.outlet().clone());
        thread::spawn(move || {
            let arrival = Arrival { address: "192.0.2.7".into(), ..Arrival::default() };
            let attach = VisitorAttach { arrival, ..arrives(&engine, name) };
            let link = engine.attach_visitor(TENANT, &outlet, attach, at(0))?.link;
            let asked = ask(&engine, link);
            assert!(asked.is_ok() || asked == Err(Refusal::LinkGone), "{asked:?}");
            Ok::<_, Refusal>(link.id)
        })
    });
    let target = Target::Network(Network::parse("192.0.2.0/24").unwrap());
    let block = Command::Block { target, for_ms: None, reason: "".into() };
    let reply = engine.submit(ann, block, at(0)).unwrap().reply;
    assert_eq!(engine.counts(TENANT).visitors_here, 0);
    whole(&engine, at(0));

    let mut let_in = Vec::new();
    for thread in coming {
        match thread.join().unwrap() {
            Ok(link) => let_in.push((link, LinkEnd::Blocked)),
            Err(refusal) => assert_eq!(refusal, Refusal::Blocked),
        }
    }
    let visitors = let_in.len() as u64;
    assert_eq!(reply, Reply::Blocked { visitors, until_wall_ms: None });
    let mut ended = reader.try_drain_all(|_, _| ());
    ended.sort_unstable_by_key(|(link, _)| *link);
    let_in.sort_unstable_by_key(|(link, _)| *link);
    assert_eq!(ended, let_in);
    whole(&engine, at(0));
    assert_eq!(engine.counts(TENANT), Counts { blocks: 1, ..Counts::default() });
}

/// Whatever is decided when, each watch comes to its end, and its link is told the session in order up to there.
fn a_watch_outlives_neither_its_link_nor_its_session_nor_its_need() {
    let (engine, mut reader) = open();
    let supervisor = |name| {
        let attach =
            AgentAttach { role: Role::Supervisor, ..AgentAttach::new(AgentId::new(name).unwrap()) };
        engine.attach_agent(TENANT, reader.outlet(), attach, at(0)).unwrap().link
    };
    let (sue, boss) = (supervisor("sue"), supervisor("boss"));
    let visitor = visitor(&engine, reader.outlet(), "v", at(0));
    let session = ask(&engine, visitor).unwrap();
    let run = |what: fn(&Engine, [Link; 3], SessionId)| {
        let engine = engine.clone();
        thread::spawn(move || what(&engine, [sue, boss, visitor], session))
    };
    let threads = [
        run(|engine, [sue, ..], session| {
            for _ in 0..2 {
                let _ = watch(engine, sue, session);
                engine.submit(sue, Command::UnwatchSession { session }, at(0)).unwrap();
            }
            let _ = watch(engine, sue, session);
        }),
        run(|engine, [_, boss, _], session| {
            let _ = watch(engine, boss, session);
            engine.detach(boss, Departure::Dropped, at(0));
            assert_eq!(watch(engine, boss, session), Err(Refusal::LinkGone));
        }),
        run(|engine, [sue, ..], _| {
            let sign_on = Command::SignOn(SignOn::new(vec![sales()], Some(1)));
            engine.submit(sue, sign_on, at(0)).unwrap();
            let online = Command::SetStatus(SetStatus::now(Status::Online, ""));
            engine.submit(sue, online, at(0)).unwrap();
        }),
    ];
    for id in 1..4 {
        say(&engine, visitor, session, id, at(0)).unwrap();
    }
    whole(&engine, at(0));
    engine.detach(visitor, Departure::Leaving, at(0));
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    whole(&engine, at(0));
    let mut next = None;
    for delivery in told(&mut reader, sue) {
        match delivery {
            Delivery::SessionOpened(_) => {}
            Delivery::Resumed { replay, .. } => next = Some(replay.from_seq),
            Delivery::Message { seq, .. } => {
                assert_eq!(Some(seq), next, "what follows begins with an opening");
                next = Some(seq + 1);
            }
            Delivery::WatchEnded { .. } | Delivery::SessionClosed { .. } => {
                assert!(next.take().is_some(), "an end without a beginning");
            }
            _ => {}
        }
    }
    assert_eq!(next, None, "it was told of the end");
}

/// A watch, refused at most because the session is over or its own by now.
fn watch(engine: &Engine, link: Link, session: SessionId) -> Result<(), Refusal> {
    let resume = ResumePoint { session, epoch: engine.epoch(), seq: 0 };
    let watched = engine.submit(link, Command::WatchSession { resume }, at(0)).map(|_| ());
    assert!(
        matches!(
            watched,
            Ok(()) | Err(Refusal::SessionClosed | Refusal::InSession | Refusal::LinkGone)
        ),
        "{watched:?}"
    );
    watched
}

stories! {
    asking_twice_at_once: one_visitor_who_asks_twice_at_once_has_one_session;
    asking_at_once: many_who_ask_at_once_never_exceed_the_capacity;
    closing_while_speaking: closing_saying_leaving_and_time_agree;
    vanishing_while_assigned: an_agent_who_vanishes_while_it_is_assigned_keeps_nobody;
    leaving_while_assigned: a_visitor_who_leaves_while_it_is_assigned_leaves_the_slot;
    coming_while_others_speak: nothing_falls_between_history_and_live;
    watching_while_assigned: a_watch_outlives_neither_its_link_nor_its_session_nor_its_need;
    coming_while_blocked: nobody_comes_in_beside_a_block_and_whoever_was_in_is_out;
}
