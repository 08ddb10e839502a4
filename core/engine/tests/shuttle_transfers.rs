//! Random schedules over sessions that pass among agents: whoever accepts, withdraws, vanishes, closes, goes away or replaces the policy at once,
//! a transfer ends once, room is given back once, and the visitor always has an owner.
//!
//! Run like `shuttle_engine`.
#![cfg(shuttle)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use frontdesk_desk::delivery::{Delivery, HandingOutcome, Status};
use frontdesk_desk::id::{AgentId, OfferId, SessionId};
use frontdesk_desk::policy::Draft;
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::role::Role;
use frontdesk_desk::time::Now;
use frontdesk_engine::sync::Arc;
use frontdesk_engine::{
    AgentAttach, Colleague, Command, Departure, Engine, InviteColleague, Link, Reader, Reply, Room,
    SetStatus, Transfer,
};
use shuttle::thread;

#[path = "stories/people.rs"]
mod people;

use people::*;

struct Desk {
    engine: Arc<Engine>,
    reader: Reader<Delivery>,
    visitor: Link,
    ann: Link,
    bob: Link,
    session: SessionId,
}

/// Ann has a session, bob works beside her; each takes one.
fn desk() -> Desk {
    let (engine, reader) = open();
    let ann = online(&engine, reader.outlet(), "ann", 1);
    let visitor = visitor(&engine, reader.outlet(), "v", at(0));
    let session = ask(&engine, visitor).unwrap();
    let bob = online(&engine, reader.outlet(), "bob", 1);
    Desk { engine, reader, visitor, ann, bob, session }
}

fn transfer(desk: &Desk, by: Link, to: &str) -> OfferId {
    let to = Colleague::Agent(AgentId::new(to).unwrap());
    let session = desk.session;
    let wish = Transfer { session, to, note: "".into(), waits: false, room: Room::Needed };
    match desk.engine.submit(by, Command::Transfer(Box::new(wish)), at(0)).unwrap().reply {
        Reply::Asking(asking) => asking.offer.unwrap(),
        other => panic!("a transfer is answered {other:?}"),
    }
}

fn submit(engine: &Engine, link: Link, command: Command, now: Now) -> Result<Reply, Refusal> {
    engine.submit(link, command, now).map(|accepted| accepted.reply)
}

/// What an agent has, in hundredths of a session, as another one reads it.
fn load(engine: &Engine, by: Link, name: &str, now: Now) -> u32 {
    let agent = Some(AgentId::new(name).unwrap());
    match submit(engine, by, Command::WhyIdle { agent }, now).unwrap() {
        Reply::WhyIdle(why) => why.load,
        other => panic!("the question is answered {other:?}"),
    }
}

fn outcomes(reader: &mut Reader<Delivery>, link: Link) -> Vec<HandingOutcome> {
    let told = told(reader, link).into_iter().filter_map(|delivery| match delivery {
        Delivery::HandingEnded(over) => Some(over.outcome),
        _ => None,
    });
    told.collect()
}

/// Runs these at once.
fn at_once<const N: usize>(
    engine: &Arc<Engine>,
    what: [Box<dyn FnOnce(&Engine) -> Result<Reply, Refusal> + Send>; N],
) -> [Result<Reply, Refusal>; N] {
    let threads = what.map(|what| {
        let engine = engine.clone();
        thread::spawn(move || what(&engine))
    });
    threads.map(|thread| thread.join().unwrap())
}

fn accepted_and_withdrawn_at_once_it_ends_once() {
    let mut desk = desk();
    let offer = transfer(&desk, desk.ann, "bob");
    let (ann, bob, session) = (desk.ann, desk.bob, desk.session);
    let [accepted, withdrawn] = at_once(
        &desk.engine,
        [
            Box::new(move |engine| submit(engine, bob, Command::AcceptOffer { offer }, at(0))),
            Box::new(move |engine| submit(engine, ann, Command::WithdrawOffer { offer }, at(0))),
        ],
    );
    whole(&desk.engine, at(0));
    assert!(accepted.is_ok() != withdrawn.is_ok(), "{accepted:?} {withdrawn:?}");
    let has_it = if accepted.is_ok() { bob } else { ann };
    let close = Command::Close { session };
    let loads = ["ann", "bob"].map(|name| load(&desk.engine, ann, name, at(0)));
    assert_eq!(loads.iter().sum::<u32>(), 100);
    assert_eq!(outcomes(&mut desk.reader, ann).len(), 1);
    submit(&desk.engine, has_it, close, at(0)).unwrap();
    whole(&desk.engine, at(0));
}

fn accepted_while_its_source_vanishes_somebody_has_it() {
    let mut desk = desk();
    let offer = transfer(&desk, desk.ann, "bob");
    let (ann, bob) = (desk.ann, desk.bob);
    let [accepted, _] = at_once(
        &desk.engine,
        [
            Box::new(move |engine| submit(engine, bob, Command::AcceptOffer { offer }, at(1))),
            Box::new(move |engine| {
                submit(engine, ann, Command::SignOff { reason: "".into() }, at(1))
            }),
        ],
    );
    whole(&desk.engine, at(1));
    // If she was gone first, the offer ended and he got it like any other.
    assert_eq!(load(&desk.engine, bob, "bob", at(1)), 100, "{accepted:?}");
    assert_eq!(desk.engine.counts(TENANT).sessions, 1);
    assert_eq!(outcomes(&mut desk.reader, ann).len(), 1);
}

fn accepted_while_the_visitor_closes_it_leaves_no_room_taken() {
    let mut desk = desk();
    let offer = transfer(&desk, desk.ann, "bob");
    let (ann, bob, visitor, session) = (desk.ann, desk.bob, desk.visitor, desk.session);
    at_once(
        &desk.engine,
        [
            Box::new(move |engine| submit(engine, bob, Command::AcceptOffer { offer }, at(0))),
            Box::new(move |engine| submit(engine, visitor, Command::Close { session }, at(0))),
        ],
    )[1]
    .as_ref()
    .unwrap();
    whole(&desk.engine, at(0));
    let loads = ["ann", "bob"].map(|name| load(&desk.engine, ann, name, at(0)));
    assert_eq!(loads, [0, 0]);
    assert_eq!(outcomes(&mut desk.reader, ann).len(), 1);
}

fn accepted_while_the_colleague_goes_away_and_the_policy_changes_it_ends_once() {
    let mut desk = desk();
    let offer = transfer(&desk, desk.ann, "bob");
    let (ann, bob) = (desk.ann, desk.bob);
    let policy = desk.engine.policy(TENANT).unwrap();
    let _ = at_once(
        &desk.engine,
        [
            Box::new(move |engine| submit(engine, bob, Command::AcceptOffer { offer }, at(0))),
            Box::new(move |engine| {
                let away = SetStatus::now(Status::Away, "");
                submit(engine, bob, Command::SetStatus(away), at(0))
            }),
            Box::new(move |engine| {
                let mut draft = Draft::clone(&policy);
                (draft.capacity_default, draft.capacity_max) = (1, 1);
                engine.replace_policy(TENANT, draft, Some(1), at(0)).unwrap();
                Ok(Reply::Done)
            }),
        ],
    );
    whole(&desk.engine, at(0));
    let loads = ["ann", "bob"].map(|name| load(&desk.engine, ann, name, at(0)));
    assert_eq!(loads.iter().sum::<u32>(), 100, "one of them has it");
    assert_eq!(outcomes(&mut desk.reader, ann).len(), 1);
}

/// A guest that leaves, is taken off its link, and is passed the session to, while a supervisor takes it over.
fn guests_that_come_and_go_agree_with_their_session() {
    let desk = desk();
    let attach =
        AgentAttach { role: Role::Supervisor, ..AgentAttach::new(AgentId::new("sue").unwrap()) };
    let sue = desk.engine.attach_agent(TENANT, desk.reader.outlet(), attach, at(0)).unwrap().link;
    let (ann, bob, session) = (desk.ann, desk.bob, desk.session);
    let whom = Colleague::Agent(AgentId::new("bob").unwrap());
    let invite = InviteColleague { session, whom, note: "".into(), is_seen: false };
    let invited = submit(&desk.engine, ann, Command::InviteColleague(Box::new(invite)), at(0));
    let Ok(Reply::Asking(asking)) = invited else { panic!("{invited:?}") };
    let offer = asking.offer.unwrap();
    submit(&desk.engine, bob, Command::AcceptOffer { offer }, at(0)).unwrap();
    at_once(
        &desk.engine,
        [
            Box::new(move |engine| submit(engine, bob, Command::LeaveSession { session }, at(0))),
            Box::new(move |engine| {
                let agent = AgentId::new("bob").unwrap();
                submit(engine, ann, Command::PassOn { session, agent, room: Room::Needed }, at(0))
            }),
            Box::new(move |engine| {
                let joined =
                    submit(engine, sue, Command::JoinSession { session, is_seen: true }, at(0));
                engine.detach(sue, Departure::Dropped, at(0));
                joined
            }),
        ],
    )[2]
    .as_ref()
    .unwrap();
    whole(&desk.engine, at(0));
    let loads = ["ann", "bob"].map(|name| load(&desk.engine, ann, name, at(0)));
    assert_eq!(loads.iter().sum::<u32>(), 100);
}

stories! {
    accepting_while_withdrawing: accepted_and_withdrawn_at_once_it_ends_once;
    accepting_while_the_source_vanishes: accepted_while_its_source_vanishes_somebody_has_it;
    accepting_while_closing: accepted_while_the_visitor_closes_it_leaves_no_room_taken;
    accepting_while_all_else_changes: accepted_while_the_colleague_goes_away_and_the_policy_changes_it_ends_once;
    guests_coming_and_going: guests_that_come_and_go_agree_with_their_session;
}
