//! Random schedules over steps that go from noun to noun: they arrive in the order in which they were asked for, whether a turn
//! takes the next place along or puts the step into its inbox.
//!
//! Run like `shuttle_engine`.
#![cfg(shuttle)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use frontdesk_desk::delivery::Delivery;
use frontdesk_desk::refusal::Refusal;
use frontdesk_engine::Command;
use shuttle::thread;

#[path = "stories/people.rs"]
mod people;

use people::*;

/// One agent loses a session while another becomes free for it: whatever is decided when, it leaves before the other joins.
fn who_loses_a_session_is_out_before_another_has_it() {
    let (engine, mut reader) = open_in(1, |_| ());
    let ann = online(&engine, reader.outlet(), "ann", 1);
    let first = visitor(&engine, reader.outlet(), "v", at(0));
    let lost = ask(&engine, first).unwrap();
    online(&engine, reader.outlet(), "bob", 1);
    let second = visitor(&engine, reader.outlet(), "w", at(0));
    let session = ask(&engine, second).unwrap();

    let losing = {
        let engine = engine.clone();
        let sign_off = Command::SignOff { reason: "".into() };
        thread::spawn(move || engine.submit(ann, sign_off, at(0)).unwrap())
    };
    let freeing = {
        let engine = engine.clone();
        thread::spawn(move || engine.submit(second, Command::Close { session }, at(0)).unwrap())
    };
    losing.join().unwrap();
    freeing.join().unwrap();
    whole(&engine, at(0));
    let reading = engine.submit(ann, Command::ReadSession { session: lost }, at(0));
    assert_eq!(reading.unwrap_err(), Refusal::NotInSession);
    let told = told(&mut reader, first);
    let came_and_went: Vec<_> = told
        .iter()
        .filter_map(|delivery| match delivery {
            Delivery::ParticipantJoined { participant, .. } => Some(participant.number),
            Delivery::ParticipantLeft { number, .. } => Some(*number),
            _ => None,
        })
        .collect();
    assert_eq!(came_and_went, [2, 2, 3]);
}

stories! {
    losing_while_freeing: who_loses_a_session_is_out_before_another_has_it;
}
