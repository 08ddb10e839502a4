//! Random schedules over invitations: who has the visitor, how each one ends once, and that no count leaks.
//!
//! Run like `shuttle_engine`.
#![cfg(shuttle)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use frontdesk_desk::delivery::{Delivery, InvitationOutcome, Status};
use frontdesk_desk::id::{InvitationId, SessionId, VisitorId};
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::time::Now;
use frontdesk_engine::{Answer, Command, Departure, Engine, Link, Reply, SetStatus};
use shuttle::thread;

#[path = "stories/people.rs"]
mod people;

use people::*;

fn invite(engine: &Engine, link: Link) -> Result<InvitationId, Refusal> {
    let visitor = VisitorId::new("v").unwrap();
    let invite = Command::Invite { visitor, department: None, text: "".into() };
    match engine.submit(link, invite, at(0))?.reply {
        Reply::Invited { invitation, .. } => Ok(invitation),
        other => panic!("an invite is answered {other:?}"),
    }
}

fn session(engine: &Engine, link: Link, command: Command, now: Now) -> Result<SessionId, Refusal> {
    match engine.submit(link, command, now)?.reply {
        Reply::Asked(asked) => Ok(asked.session),
        other => panic!("a session is answered {other:?}"),
    }
}

fn accept(invitation: InvitationId) -> Command {
    Command::AnswerInvitation { invitation, answer: Answer::Accept }
}

fn busy(engine: &Engine, outlet: &frontdesk_engine::Outlet, name: &str) -> Link {
    let link = online(engine, outlet, name, 1);
    engine.submit(link, Command::SetStatus(SetStatus::now(Status::Busy, "")), at(0)).unwrap();
    link
}

fn outcomes(told: &[Delivery]) -> Vec<InvitationOutcome> {
    let ends = told.iter().filter_map(|delivery| match delivery {
        Delivery::InvitationEnded { outcome, .. } => Some(*outcome),
        _ => None,
    });
    ends.collect()
}

fn of_agents_who_approach_one_visitor_at_once_one_is_first() {
    let (engine, mut reader) = open();
    let agents = ["ann", "bob", "eve"].map(|name| busy(&engine, reader.outlet(), name));
    let visitor = visitor(&engine, reader.outlet(), "v", at(0));
    let inviting = [agents[0], agents[1]].map(|link| {
        let engine = engine.clone();
        thread::spawn(move || invite(&engine, link))
    });
    let forcing = {
        let (engine, link) = (engine.clone(), agents[2]);
        let visitor = VisitorId::new("v").unwrap();
        let force = Command::ForceSession { visitor, department: None };
        thread::spawn(move || session(&engine, link, force, at(0)))
    };
    let invited = inviting.map(|thread| thread.join().unwrap());
    let forced = forcing.join().unwrap();
    whole(&engine, at(0));
    let forced = forced.expect("an invitation doesn't hinder it");
    assert!(invited.iter().filter(|answer| answer.is_ok()).count() <= 1);
    for refusal in invited.iter().filter_map(|answer| answer.as_ref().err()) {
        assert!(matches!(refusal, Refusal::InvitedAlready | Refusal::VisitorInSession));
    }
    let mut ends = Vec::new();
    reader.try_drain_all(|link, delivery| {
        if link == visitor.id {
            ends.extend(outcomes(&[delivery]));
        }
    });
    let expected = vec![InvitationOutcome::SessionBegan(forced); ends.len()];
    assert_eq!(ends, expected);
    assert_eq!(engine.counts(TENANT).sessions, 1);
}

fn an_invitation_that_is_accepted_declined_and_taken_back_at_once_ends_once() {
    let (engine, mut reader) = open();
    let ann = busy(&engine, reader.outlet(), "ann");
    let links = [0, 1].map(|_| visitor(&engine, reader.outlet(), "v", at(0)));
    let invitation = invite(&engine, ann).unwrap();
    let accepting = {
        let (engine, link) = (engine.clone(), links[0]);
        thread::spawn(move || session(&engine, link, accept(invitation), at(0)))
    };
    let declining = {
        let (engine, link) = (engine.clone(), links[1]);
        let decline = Command::AnswerInvitation { invitation, answer: Answer::Decline };
        thread::spawn(move || engine.submit(link, decline, at(0)).map(|accepted| accepted.reply))
    };
    let taking_back = {
        let engine = engine.clone();
        let visitor = VisitorId::new("v").unwrap();
        let withdraw = Command::WithdrawInvitation { visitor, invitation };
        thread::spawn(move || engine.submit(ann, withdraw, at(0)).map(|accepted| accepted.reply))
    };
    whole(&engine, at(0));
    let accepted = accepting.join().unwrap();
    let (declined, taken) = (declining.join().unwrap(), taking_back.join().unwrap());
    whole(&engine, at(0));
    let done = [accepted.is_ok(), declined.is_ok(), taken.is_ok()];
    assert_eq!(done.iter().filter(|done| **done).count(), 1, "{done:?}");
    let expected = match accepted {
        Ok(session) => InvitationOutcome::Accepted(session),
        Err(_) if declined.is_ok() => InvitationOutcome::Declined,
        Err(_) => InvitationOutcome::Withdrawn,
    };
    let mut ends = Vec::new();
    reader.try_drain_all(|link, delivery| {
        ends.extend(outcomes(&[delivery]).into_iter().map(|outcome| (link, outcome)));
    });
    ends.sort_unstable_by_key(|(link, _)| *link);
    let mut told = [ann.id, links[0].id, links[1].id].map(|link| (link, expected));
    told.sort_unstable_by_key(|(link, _)| *link);
    assert_eq!(ends, told);
    assert_eq!(engine.counts(TENANT).sessions, u64::from(accepted.is_ok()));
}

fn a_visitor_who_leaves_while_it_is_invited_leaves_no_count() {
    let (engine, reader) = open();
    let ann = busy(&engine, reader.outlet(), "ann");
    let link = visitor(&engine, reader.outlet(), "v", at(0));
    let inviting = {
        let engine = engine.clone();
        thread::spawn(move || invite(&engine, ann))
    };
    let leaving = {
        let engine = engine.clone();
        thread::spawn(move || engine.detach(link, Departure::Leaving, at(0)))
    };
    let going_off = {
        let engine = engine.clone();
        thread::spawn(move || engine.detach(ann, Departure::Dropped, at(0)))
    };
    let ticking = {
        let engine = engine.clone();
        thread::spawn(move || engine.tick(at(0)))
    };
    let invited = inviting.join().unwrap();
    for thread in [leaving, going_off, ticking] {
        thread.join().unwrap();
    }
    whole(&engine, at(0));
    if let Err(refusal) = invited {
        let is_meant = matches!(refusal, Refusal::VisitorNotFound | Refusal::LinkGone);
        assert!(is_meant, "refused: {refusal}");
    }
    assert_eq!(engine.counts(TENANT).visitors_here, 0);
}

fn the_books_are_whole_at_any_moment_of_an_invite() {
    let (engine, reader) = open();
    let agents = ["ann", "bob"].map(|name| busy(&engine, reader.outlet(), name));
    let link = visitor(&engine, reader.outlet(), "v", at(0));
    let inviting = agents.map(|agent| {
        let engine = engine.clone();
        thread::spawn(move || invite(&engine, agent))
    });
    let leaving = {
        let engine = engine.clone();
        thread::spawn(move || engine.detach(link, Departure::Leaving, at(0)))
    };
    for _ in 0..4 {
        whole(&engine, at(0));
    }
    for thread in inviting {
        let _ = thread.join().unwrap();
    }
    leaving.join().unwrap();
    whole(&engine, at(0));
}

stories! {
    proving_while_inviting: the_books_are_whole_at_any_moment_of_an_invite;
    approaching_at_once: of_agents_who_approach_one_visitor_at_once_one_is_first;
    answering_at_once: an_invitation_that_is_accepted_declined_and_taken_back_at_once_ends_once;
    leaving_while_invited: a_visitor_who_leaves_while_it_is_invited_leaves_no_count;
}
