//! Every interleaving, and every weak-memory outcome, of writers and the reader of a few mailboxes.
//!
//! Run with `RUSTFLAGS="--cfg loom" cargo test --release -p frontdesk-engine --test 'loom_*'` and a target folder of its own.
//! What runs is the shipped code; `engine::sync` alone changes its backend. Models of three threads are cut to three
//! preemptions, those of two are whole.
//!
//! That these models can fail is shown by `tests/plant/weaken.sh`, which weakens one place at a time. What it found:
//!
//! | weakened | where | noticed by |
//! |---|---|---|
//! | Release → Relaxed in `list` | outlet | a_list_that_grows…, two_writers_and_their_reader…, a_reader_that_leaves… |
//! | Acquire → Relaxed in `take_listed` | outlet | a_list_that_grows…, two_writers_and_their_reader… |
//! | Acquire → Relaxed in `shut` | outlet | a_reader_that_leaves_beside_pushes… |
//! | no comparison of generations | directory | a_stale_push…, a_stale_close…, of_two_releases… |
//! | no second look after leaving the waker | reader | a_push_is_seen_by_the_current_drain_or_wakes… |
//! | no wake noted for the first of a list | directory | all that sleep |
//! | a listed slot given away at its release | directory | a_release_beside_the_reader…, a_stale_push… |
//! | credit that comes to a link in hand forgotten | mailbox | no_credit_is_missed… |
//! | an overflow leaves a parked link parked | mailbox | an_overflow_gets_past_a_park |
//! | a park lays aside a link that overflowed in hand | mailbox | an_overflow_gets_past_a_park |
//! | an inbox's count written after its lock | inbox | whoever_puts_and_then_drains…, an_inbox_that_was_drained… |
//!
//! All other orderings are Relaxed, with the reason beside each.
#![cfg(loom)]

use std::collections::BTreeMap;
use std::future::poll_fn;

use frontdesk_desk::id::LinkId;
use frontdesk_engine::directory::{Directory, Drained, Pushed, Reader};
use frontdesk_engine::mailbox::{LinkEnd, MailboxLimits, Parcel};
use frontdesk_engine::outlet::Wakes;
use frontdesk_engine::sync::Arc;
use frontdesk_engine::sync::atomic::{AtomicUsize, Ordering};
use loom::future::block_on;
use loom::thread;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Letter(u32);

impl Parcel for Letter {
    fn bytes(&self) -> usize {
        1
    }

    fn latest_key(&self) -> Option<u64> {
        None
    }
}

/// A directory with room for two links, and one reader.
fn open(deliveries_max: usize) -> (Arc<Directory<Letter>>, Reader<Letter>) {
    let directory =
        Arc::new(Directory::new(2, MailboxLimits { deliveries_max, ..MailboxLimits::default() }));
    (directory.clone(), Reader::new(directory))
}

fn attach(reader: &Reader<Letter>) -> LinkId {
    reader.directory().allocate(reader.outlet(), 0).expect("there is room")
}

/// Pushes and then wakes, as a thread does that has released its shard's lock.
fn push(directory: &Directory<Letter>, link: LinkId, letter: u32) -> Pushed {
    let mut wakes = Wakes::new();
    let pushed = directory.push(link, Letter(letter), &mut wakes);
    wakes.fire();
    pushed
}

/// Sleeps until a link is ready; loom reports it if nobody wakes it.
fn ready(reader: &mut Reader<Letter>) -> LinkId {
    block_on(poll_fn(|cx| reader.poll_ready(cx)))
}

#[test]
fn a_push_is_seen_by_the_current_drain_or_wakes_the_reader() {
    loom::model(|| {
        let (directory, mut reader) = open(9);
        let link = attach(&reader);
        let writer = thread::spawn(move || {
            for letter in 1..=2 {
                assert_eq!(push(&directory, link, letter), Pushed::Taken);
            }
        });
        let mut told = Vec::new();
        while told.len() < 2 {
            let link = ready(&mut reader);
            assert_eq!(reader.drain(link, usize::MAX, |letter| told.push(letter)), Drained::Empty);
        }
        writer.join().expect("the writer has not failed");
        assert_eq!(told, [Letter(1), Letter(2)]);
        assert_eq!(reader.try_ready(), None);
    });
}

#[test]
fn a_list_that_grows_while_it_is_taken_loses_no_link() {
    loom::model(|| {
        let (directory, mut reader) = open(9);
        let links = [attach(&reader), attach(&reader)];
        let writer = thread::spawn(move || {
            let mut wakes = Wakes::new();
            for link in links {
                assert_eq!(directory.push(link, Letter(link.slot), &mut wakes), Pushed::Taken);
            }
        });
        for expected in links {
            let link = ready(&mut reader);
            assert_eq!(link, expected);
            let drained =
                reader.drain(link, usize::MAX, |letter| assert_eq!(letter, Letter(link.slot)));
            assert_eq!(drained, Drained::Empty);
        }
        writer.join().expect("the writer has not failed");
    });
}

#[test]
fn two_writers_and_their_reader_lose_and_double_nothing() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let (directory, mut reader) = open(9);
        let links = [attach(&reader), attach(&reader)];
        let writers = links.map(|link| {
            let directory = directory.clone();
            thread::spawn(move || assert_eq!(push(&directory, link, link.slot), Pushed::Taken))
        });
        let mut told = BTreeMap::new();
        while told.len() < 2 {
            let link = ready(&mut reader);
            let drained = reader.drain(link, usize::MAX, |letter| {
                assert_eq!(told.insert(link.slot, letter), None);
            });
            assert_eq!(drained, Drained::Empty);
        }
        for writer in writers {
            writer.join().expect("the writer has not failed");
        }
        assert_eq!(told, BTreeMap::from([(0, Letter(0)), (1, Letter(1))]));
        assert_eq!(reader.try_ready(), None);
    });
}

#[test]
fn two_writers_to_one_link_are_both_told() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let (directory, mut reader) = open(9);
        let link = attach(&reader);
        let writers = [1, 2].map(|letter| {
            let directory = directory.clone();
            thread::spawn(move || assert_eq!(push(&directory, link, letter), Pushed::Taken))
        });
        let mut told = Vec::new();
        while told.len() < 2 {
            let link = ready(&mut reader);
            // A budget of one delivery: what is left comes back by the reader's own requeue.
            if reader.drain(link, 1, |letter| told.push(letter.0)) == Drained::More {
                reader.requeue(link);
            }
        }
        for writer in writers {
            writer.join().expect("the writer has not failed");
        }
        told.sort_unstable();
        assert_eq!(told, [1, 2]);
    });
}

#[test]
fn an_overflow_is_told_and_nothing_after_it() {
    loom::model(|| {
        let (directory, mut reader) = open(1);
        let link = attach(&reader);
        let writer = thread::spawn(move || [1, 2].map(|letter| push(&directory, link, letter)));
        let mut told = Vec::new();
        let mut ended = None;
        while told.len() < 2 && ended.is_none() {
            let link = ready(&mut reader);
            if let Drained::Ended(reason) =
                reader.drain(link, usize::MAX, |letter| told.push(letter.0))
            {
                ended = Some(reason);
            }
        }
        let pushed = writer.join().expect("the writer has not failed");
        match ended {
            None => assert_eq!((pushed, told), ([Pushed::Taken; 2], vec![1, 2])),
            Some(reason) => {
                assert_eq!(
                    (reason, pushed),
                    (LinkEnd::TooSlow, [Pushed::Taken, Pushed::Overflowed])
                );
                assert!(told.is_empty());
            }
        }
    });
}

#[test]
fn what_was_taken_before_an_end_is_told_and_then_the_end() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let (directory, mut reader) = open(9);
        let link = attach(&reader);
        let writer = {
            let directory = directory.clone();
            thread::spawn(move || push(&directory, link, 1))
        };
        let ender = thread::spawn(move || {
            let mut wakes = Wakes::new();
            assert_eq!(directory.end(link, LinkEnd::Replaced, &mut wakes), Ok(()));
        });
        let mut told = Vec::new();
        loop {
            let link = ready(&mut reader);
            match reader.drain(link, usize::MAX, |letter| told.push(letter.0)) {
                Drained::Ended(reason) => break assert_eq!(reason, LinkEnd::Replaced),
                drained => assert_eq!(drained, Drained::Empty),
            }
        }
        ender.join().expect("the ender has not failed");
        let pushed = writer.join().expect("the writer has not failed");
        assert_eq!(told, if pushed == Pushed::Taken { vec![1] } else { vec![] });
    });
}

#[test]
fn no_credit_is_missed_between_a_look_and_a_park() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let (directory, mut reader) = open(9);
        let link = attach(&reader);
        let credit = Arc::new(AtomicUsize::new(0));
        let client = {
            let (directory, credit) = (directory.clone(), credit.clone());
            thread::spawn(move || {
                // Relaxed: the slot's lock in `unpark` orders it.
                credit.store(1, Ordering::Relaxed);
                let mut wakes = Wakes::new();
                assert_eq!(directory.unpark(link, &mut wakes), Ok(()));
            })
        };
        let writer = thread::spawn(move || assert_eq!(push(&directory, link, 1), Pushed::Taken));
        let mut told = Vec::new();
        while told.is_empty() {
            let link = ready(&mut reader);
            let budget = credit.load(Ordering::Relaxed);
            if reader.drain(link, budget, |letter| told.push(letter.0)) == Drained::More {
                reader.park(link);
            }
        }
        client.join().expect("the client has not failed");
        writer.join().expect("the writer has not failed");
        assert_eq!(told, [1]);
    });
}

#[test]
fn an_overflow_gets_past_a_park() {
    loom::model(|| {
        let (directory, mut reader) = open(1);
        let link = attach(&reader);
        let writer = thread::spawn(move || [1, 2].map(|letter| push(&directory, link, letter)));
        // This reader never has credit.
        loop {
            let link = ready(&mut reader);
            match reader.drain(link, 0, |_| unreachable!("there is no budget")) {
                Drained::More => reader.park(link),
                drained => break assert_eq!(drained, Drained::Ended(LinkEnd::TooSlow)),
            }
        }
        let pushed = writer.join().expect("the writer has not failed");
        assert_eq!(pushed, [Pushed::Taken, Pushed::Overflowed]);
    });
}
