//! Random schedules of four writers, two hundred links and one reader that has to wait for credit.
//!
//! Each story also runs with few links and many more schedules: there the list is empty more often, and the narrow races that
//! end in a sleep are met.
//!
//! Run with `RUSTFLAGS="--cfg shuttle" cargo test --release -p frontdesk-engine --test 'shuttle_*'` and a target folder of its own.
//! A failure prints the schedule that led to it.
#![cfg(shuttle)]

use std::collections::HashMap;
use std::future::poll_fn;

use frontdesk_desk::id::LinkId;
use frontdesk_engine::directory::{Directory, Drained, Pushed, Reader};
use frontdesk_engine::mailbox::{LinkEnd, MailboxLimits, Parcel};
use frontdesk_engine::outlet::Wakes;
use frontdesk_engine::sync::Arc;
use frontdesk_engine::sync::atomic::{AtomicUsize, Ordering};
use shuttle::future::block_on;
use shuttle::thread;

const WRITERS: u32 = 4;
const MANY_LINKS: u32 = 200;
const FEW_LINKS: u32 = 4;

/// One word of a writer, or its latest remark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Letter {
    Word { writer: u32, number: u32 },
    Remark { writer: u32 },
}

impl Parcel for Letter {
    fn bytes(&self) -> usize {
        1
    }

    fn latest_key(&self) -> Option<u64> {
        if let Self::Remark { writer } = self { Some(u64::from(*writer)) } else { None }
    }
}

type Desk = Directory<Letter>;

/// A link and what its client can take.
#[derive(Clone)]
struct Attached {
    link: LinkId,
    credit: Arc<AtomicUsize>,
}

fn attach(reader: &Reader<Letter>, links: u32) -> Vec<Attached> {
    let attached = |_| Attached {
        link: reader.directory().allocate(reader.outlet(), 0).expect("there is room"),
        credit: Arc::new(AtomicUsize::new(0)),
    };
    (0..links).map(attached).collect()
}

/// Tells every link two words and a remark, starting elsewhere than the other writers, in batches as a shard would, and gives
/// each link the credit for them.
fn write(desk: &Desk, links: &[Attached], writer: u32) {
    let start = links.len() / WRITERS as usize * writer as usize;
    for round in links.iter().cycle().skip(start).take(links.len()).collect::<Vec<_>>().chunks(7) {
        let mut wakes = Wakes::new();
        for Attached { link, credit } in round {
            for letter in [
                Letter::Remark { writer },
                Letter::Word { writer, number: 1 },
                Letter::Remark { writer },
                Letter::Word { writer, number: 2 },
            ] {
                assert_eq!(desk.push(*link, letter, &mut wakes), Pushed::Taken);
            }
            // A remark that was read before the next one came is told twice.
            credit.fetch_add(4, Ordering::Relaxed);
            assert_eq!(desk.unpark(*link, &mut wakes), Ok(()));
        }
        wakes.fire();
    }
}

/// What a reader has been told of a link.
#[derive(Default)]
struct Log {
    words: HashMap<u32, u32>,
    remarks: u32,
    ended: bool,
}

impl Log {
    fn note(&mut self, letter: Letter) {
        match letter {
            Letter::Word { writer, number } => {
                let earlier = self.words.insert(writer, number).unwrap_or(0);
                assert_eq!(number, earlier + 1, "every word is told once and in order");
            }
            Letter::Remark { .. } => self.remarks += 1,
        }
    }
}

/// Reads until every link has ended.
fn read(mut reader: Reader<Letter>, links: &[Attached]) -> Vec<Log> {
    let mut logs: Vec<_> = links.iter().map(|_| Log::default()).collect();
    while logs.iter().any(|log| !log.ended) {
        let link = block_on(poll_fn(|cx| reader.poll_ready(cx)));
        let (log, credit) = (&mut logs[link.slot as usize], &links[link.slot as usize].credit);
        let budget = credit.load(Ordering::Relaxed).min(3);
        let drained = reader.drain(link, budget, |letter| {
            credit.fetch_sub(1, Ordering::Relaxed);
            log.note(letter);
        });
        match drained {
            Drained::Empty => {}
            Drained::More if budget == 3 => reader.requeue(link),
            Drained::More => reader.park(link),
            Drained::Ended(reason) => {
                assert_eq!(reason, LinkEnd::Draining);
                log.ended = true;
                assert_eq!(reader.directory().release(link), Ok(()));
            }
            Drained::Gone => unreachable!("nobody else releases"),
        }
    }
    assert_eq!((reader.try_ready(), reader.directory().links()), (None, 0));
    logs
}

fn everyone_is_told_everything_and_then_the_end(links_max: u32) {
    let desk = Arc::new(Desk::new(links_max, MailboxLimits::default()));
    let reader = Reader::new(desk.clone());
    let links = attach(&reader, links_max);
    let reading = {
        let links = links.clone();
        thread::spawn(move || read(reader, &links))
    };
    let writing: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (desk, links) = (desk.clone(), links.clone());
            thread::spawn(move || write(&desk, &links, writer))
        })
        .collect();
    for writer in writing {
        writer.join().expect("the writer has not failed");
    }
    let mut wakes = Wakes::new();
    for Attached { link, .. } in &links {
        assert_eq!(desk.end(*link, LinkEnd::Draining, &mut wakes), Ok(()));
    }
    wakes.fire();
    for log in reading.join().expect("the reader has not failed") {
        assert!(log.words.len() == WRITERS as usize && log.words.values().all(|last| *last == 2));
        assert!(
            (WRITERS..=2 * WRITERS).contains(&log.remarks),
            "a remark waits once for each writer"
        );
    }
}

/// A reader leaves while four writers are at it, and another comes for the same slots.
fn whoever_leaves_takes_nobody_along(links_max: u32) {
    let desk = Arc::new(Desk::new(links_max, MailboxLimits::default()));
    let mut leaving = Reader::new(desk.clone());
    let links = attach(&leaving, links_max);
    let writing: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (desk, links) = (desk.clone(), links.clone());
            thread::spawn(move || {
                for Attached { link, .. } in &links {
                    let mut wakes = Wakes::new();
                    let letter = Letter::Word { writer, number: 1 };
                    assert_ne!(desk.push(*link, letter, &mut wakes), Pushed::Overflowed);
                }
            })
        })
        .collect();
    for _ in 0..links.len() / 4 {
        if let Some(link) = leaving.try_ready() {
            let _ = leaving.drain(link, 1, drop);
        }
    }
    for Attached { link, .. } in links.iter().step_by(2) {
        assert_eq!(desk.release(*link), Ok(()));
    }
    drop(leaving);
    for Attached { link, .. } in links.iter().skip(1).step_by(2) {
        assert_eq!(desk.release(*link), Ok(()));
    }
    assert_eq!(desk.links(), 0);
    let mut coming = Reader::new(desk);
    let again = attach(&coming, links_max);
    for writer in writing {
        writer.join().expect("the writer has not failed");
    }
    assert!(again.iter().all(|new| links.iter().all(|old| old.link != new.link)));
    assert_eq!(
        coming.try_ready(),
        None,
        "what was meant for the old lives reaches none of the new"
    );
}

#[test]
fn everyone_is_told_everything_under_random_schedules() {
    shuttle::check_random(|| everyone_is_told_everything_and_then_the_end(MANY_LINKS), 50);
    shuttle::check_random(|| everyone_is_told_everything_and_then_the_end(FEW_LINKS), 5_000);
}

#[test]
fn everyone_is_told_everything_under_few_preemptions() {
    shuttle::check_pct(|| everyone_is_told_everything_and_then_the_end(MANY_LINKS), 50, 3);
    shuttle::check_pct(|| everyone_is_told_everything_and_then_the_end(FEW_LINKS), 5_000, 3);
}

#[test]
fn whoever_leaves_takes_nobody_along_under_random_schedules() {
    shuttle::check_random(|| whoever_leaves_takes_nobody_along(MANY_LINKS), 100);
    shuttle::check_random(|| whoever_leaves_takes_nobody_along(FEW_LINKS), 5_000);
}

#[test]
fn whoever_leaves_takes_nobody_along_under_few_preemptions() {
    shuttle::check_pct(|| whoever_leaves_takes_nobody_along(MANY_LINKS), 100, 3);
    shuttle::check_pct(|| whoever_leaves_takes_nobody_along(FEW_LINKS), 5_000, 3);
}
