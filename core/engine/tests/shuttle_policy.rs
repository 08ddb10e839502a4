//! Random schedules over policies that are replaced while others ask, are assigned and replace.
//!
//! Run with `RUSTFLAGS="--cfg shuttle" cargo test --release -p frontdesk-engine --test shuttle_policy` and a target folder of its own.
#![cfg(shuttle)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use frontdesk_desk::id::{AgentId, DepartmentId};
use frontdesk_desk::policy::{Department, Draft};
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::role::Role;
use frontdesk_engine::{AgentAttach, Ask, Command, Engine, Link, Outlet, Prepared, Reply};
use shuttle::thread;

#[path = "stories/people.rs"]
mod people;

use people::*;

fn tax() -> DepartmentId {
    DepartmentId::new("tax").unwrap()
}

fn admin(engine: &Engine, outlet: &Outlet, name: &str) -> Link {
    let attach = AgentAttach { role: Role::Admin, ..AgentAttach::new(AgentId::new(name).unwrap()) };
    engine.attach_agent(TENANT, outlet, attach, at(0)).unwrap().link
}

fn in_force(engine: &Engine) -> Draft {
    Draft::clone(&engine.policy(TENANT).unwrap())
}

fn replace(engine: &Engine, link: Link, draft: Draft) -> Result<u64, Refusal> {
    let replace = Command::ReplacePolicy { draft: Box::new(draft), made_from: 1 };
    match engine.submit(link, replace, at(0))?.reply {
        Reply::PolicyReplaced { version } => Ok(version),
        other => panic!("a replacement is answered {other:?}"),
    }
}

fn of_admins_who_replace_one_policy_at_once_one_does() {
    let (engine, reader) = open();
    let admins = ["ann", "bob", "cid"].map(|name| admin(&engine, reader.outlet(), name));
    let prepared = match engine.prepare_policy(admins[2], capacity(&engine, 9), 1, at(0)) {
        Ok(Prepared::Ready(replacement)) => replacement,
        other => panic!("not prepared: {other:?}"),
    };
    let commanded = [(admins[0], 7), (admins[1], 8)].map(|(link, most)| {
        let engine = engine.clone();
        thread::spawn(move || replace(&engine, link, capacity(&engine, most)).map(|_| most))
    });
    let put = {
        let engine = engine.clone();
        thread::spawn(move || engine.put_policy(prepared, at(0)).map(|_| 9))
    };
    let mut done: Vec<_> = commanded.into_iter().map(|thread| thread.join().unwrap()).collect();
    done.push(put.join().unwrap().map_err(Refusal::from));
    let winners: Vec<_> = done.iter().flatten().copied().collect();
    let losers = done.iter().filter(|done| **done == Err(Refusal::PolicyOutdated { present: 2 }));
    assert_eq!((winners.len(), losers.count()), (1, 2), "{done:?}");
    let now = in_force(&engine);
    assert_eq!((now.version, now.capacity_max), (2, winners[0]));
    whole(&engine, at(0));
}

fn capacity(engine: &Engine, capacity_max: u16) -> Draft {
    Draft { version: 1, capacity_max, ..in_force(engine) }
}

fn who_asks_while_its_department_goes_waits_or_is_refused_and_is_never_lost() {
    let (engine, reader) = open_by(|draft| draft.departments.push(Department::new(tax())));
    let boss = admin(&engine, reader.outlet(), "boss");
    let ann = online(&engine, reader.outlet(), "ann", 1);
    let asking = ["v", "w"].map(|name| {
        let link = visitor(&engine, reader.outlet(), name, at(0));
        let engine = engine.clone();
        thread::spawn(move || {
            let asked = engine.submit(link, Command::Ask(Ask::of(tax())), at(0));
            match asked {
                Ok(_) => true,
                Err(Refusal::UnknownDepartment(_)) => false,
                Err(other) => panic!("refused otherwise: {other}"),
            }
        })
    });
    let replacing = {
        let engine = engine.clone();
        thread::spawn(move || {
            let mut draft = in_force(&engine);
            draft.departments.retain(|department| department.id != tax());
            assert_eq!(replace(&engine, boss, draft), Ok(2));
            whole(&engine, at(0));
        })
    };
    let asked = asking.map(|thread| thread.join().unwrap());
    replacing.join().unwrap();
    whole(&engine, at(0));
    // They wait in sales by now, where one agent takes one of them.
    let asked = asked.into_iter().filter(|asked| *asked).count() as u64;
    let counts = engine.counts(TENANT);
    assert_eq!((counts.sessions, counts.waiting), (asked.min(1), asked.saturating_sub(1)));
    engine.submit(ann, Command::SignOff { reason: "".into() }, at(0)).unwrap();
    whole(&engine, at(0));
    assert_eq!(engine.counts(TENANT).waiting, asked);
}

stories! {
    replacing_at_once: of_admins_who_replace_one_policy_at_once_one_does;
    asking_while_replaced: who_asks_while_its_department_goes_waits_or_is_refused_and_is_never_lost;
}
