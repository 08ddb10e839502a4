//! Random schedules over what is watched: whoever watches comes to know what there is, whoever is gone watches nothing.
//!
//! Run like `shuttle_engine`.
#![cfg(shuttle)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::sync::Arc as Shared;

use frontdesk_desk::delivery::{Delivery, DepartmentRow, Status};
use frontdesk_engine::sync::Arc;
use frontdesk_engine::{
    Command, Departure, Engine, FloorQuery, Link, QueuesQuery, Receiving, Reply, SetStatus,
};
use shuttle::thread;

#[path = "stories/people.rs"]
mod people;

use people::*;

fn watch_all(engine: &Engine, link: Link) -> bool {
    let floor = FloorQuery { departments: Vec::new(), agents: 10 };
    let queues = QueuesQuery { departments: vec![sales()], rows: 10 };
    let floor = engine.submit(link, Command::WatchFloor(Box::new(floor)), at(0));
    let queues = engine.submit(link, Command::WatchQueues(Box::new(queues)), at(0));
    queues.is_ok() && floor.is_ok()
}

fn thread(
    engine: &Arc<Engine>,
    what: impl FnOnce(&Engine) + Send + 'static,
) -> thread::JoinHandle<()> {
    let engine = engine.clone();
    thread::spawn(move || what(&engine))
}

/// The row of sales and those who wait, as they were told last.
fn known(told: Vec<Delivery>) -> (Shared<DepartmentRow>, usize) {
    let (mut row, mut waiting) = (None, std::collections::BTreeSet::new());
    for delivery in told {
        match delivery {
            Delivery::FloorSnapshot(list) | Delivery::FloorChanged(list) => {
                row = list.departments.first().cloned().or(row);
            }
            Delivery::QueuesSnapshot(list) => {
                waiting = list.rows.iter().map(|row| row.session).collect();
            }
            Delivery::QueuesChanged(list) => {
                list.gone.iter().for_each(|gone| assert!(waiting.remove(gone)));
                waiting.extend(list.rows.iter().map(|row| row.session));
            }
            _ => {}
        }
    }
    (row.unwrap(), waiting.len())
}

fn who_watches_a_floor_comes_to_know_it_and_who_is_gone_watches_nothing() {
    let (engine, mut reader) = open();
    let (sue, boss) =
        (agent(&engine, reader.outlet(), "sue"), agent(&engine, reader.outlet(), "boss"));
    let ann = online(&engine, reader.outlet(), "ann", 1);
    let visitors = ["u", "v"].map(|name| visitor(&engine, reader.outlet(), name, at(0)));
    let threads = [
        thread(&engine, move |engine| assert!(watch_all(engine, sue))),
        thread(&engine, move |engine| {
            watch_all(engine, boss);
            engine.detach(boss, Departure::Dropped, at(0));
            assert!(!watch_all(engine, boss));
        }),
        thread(&engine, move |engine| {
            for link in visitors {
                ask(engine, link).unwrap();
            }
            engine
                .submit(ann, Command::SetStatus(SetStatus::now(Status::Busy, "")), at(0))
                .unwrap();
            engine.detach(visitors[0], Departure::Leaving, at(0));
        }),
    ];
    engine.tick(at(0));
    engine.tick(at(900));
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    engine.tick(at(1_800));
    engine.tick(at(2_700));
    whole(&engine, at(2_700));
    let (row, waiting) = known(told(&mut reader, sue));
    let counts = engine.counts(TENANT);
    assert_eq!(
        (u64::from(row.waiting), u64::from(row.sessions)),
        (counts.waiting, counts.sessions)
    );
    assert_eq!((row.agents_online, row.agents_busy, row.begun, row.ended), (0, 1, 2, 1));
    assert_eq!(waiting as u64, counts.waiting);
    assert_eq!(engine.watching(TENANT).floor_watchers, 2);
}

fn a_page_that_follows_comes_to_show_what_is_and_one_that_is_gone_follows_nothing() {
    let (engine, mut reader) = open();
    let ann = online(&engine, reader.outlet(), "ann", 2);
    let pages = ["u", "v"].map(|name| visitor(&engine, reader.outlet(), name, at(0)));
    let follow = |engine: &Engine, link| {
        engine
            .submit(link, Command::WatchReception { department: None }, at(0))
            .map(|done| done.reply)
    };
    let (told_first, first) = std::sync::mpsc::channel();
    let threads = [
        thread(&engine, move |engine| {
            let Ok(Reply::Reception(now)) = follow(engine, pages[0]) else {
                panic!("no reception")
            };
            told_first.send(now.receiving).unwrap();
        }),
        thread(&engine, move |engine| {
            follow(engine, pages[1]).unwrap();
            engine.detach(pages[1], Departure::Dropped, at(0));
            assert!(follow(engine, pages[1]).is_err());
        }),
        thread(&engine, move |engine| {
            for status in [Status::Away, Status::Online, Status::Away] {
                engine.submit(ann, Command::SetStatus(SetStatus::now(status, "")), at(0)).unwrap();
            }
        }),
    ];
    engine.tick(at(0));
    engine.tick(at(1_000));
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    engine.tick(at(2_000));
    engine.tick(at(2_100));
    whole(&engine, at(2_100));
    let mut shown = first.recv().unwrap();
    for delivery in told(&mut reader, pages[0]) {
        if let Delivery::ReceptionChanged { receiving } = delivery {
            shown = receiving;
        }
    }
    assert_eq!(shown, Receiving::Nobody);
    assert_eq!(engine.watching(TENANT).receptions, 1);
}

fn a_page_that_follows_anew_while_it_is_told_shows_what_is_answered_last() {
    let (engine, mut reader) = open();
    let ann = online(&engine, reader.outlet(), "ann", 2);
    let page = visitor(&engine, reader.outlet(), "u", at(0));
    let set = |engine: &Engine, status| {
        engine.submit(ann, Command::SetStatus(SetStatus::now(status, "")), at(1_000)).unwrap();
    };
    let follow = move |engine: &Engine| {
        let watch = Command::WatchReception { department: None };
        match engine.submit(page, watch, at(1_000)).unwrap().reply {
            Reply::Reception(now) => now.receiving,
            other => panic!("no reception: {other:?}"),
        }
    };
    follow(&engine);
    set(&engine, Status::Away);
    let ticking = thread(&engine, |engine| engine.tick(at(1_000)));
    set(&engine, Status::Online);
    let mut shown = follow(&engine);
    ticking.join().unwrap();
    // No range is looked at before its period is over.
    engine.tick(at(1_100));
    for delivery in told(&mut reader, page) {
        if let Delivery::ReceptionChanged { receiving } = delivery {
            shown = receiving;
        }
    }
    assert!(shown >= Receiving::Waiting, "{shown:?}");
    whole(&engine, at(1_100));
}

stories! {
    following_anew: a_page_that_follows_anew_while_it_is_told_shows_what_is_answered_last;
    a_watched_floor: who_watches_a_floor_comes_to_know_it_and_who_is_gone_watches_nothing;
    a_followed_reception: a_page_that_follows_comes_to_show_what_is_and_one_that_is_gone_follows_nothing;
}
