use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering as StdOrdering};
use std::task::{Context, Poll, Wake, Waker};

use super::*;
use crate::mailbox::LinkEnd;
use crate::sync::Arc;

impl Parcel for u32 {
    fn bytes(&self) -> usize {
        100
    }

    fn latest_key(&self) -> Option<u64> {
        None
    }
}

#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, StdOrdering::SeqCst);
    }
}

impl Bell {
    fn rings(&self) -> usize {
        self.0.load(StdOrdering::SeqCst)
    }
}

fn directory(links_max: u32) -> Arc<Directory<u32>> {
    let limits = MailboxLimits { deliveries_max: 4, ..MailboxLimits::default() };
    Arc::new(Directory::new(links_max, limits))
}

fn attach(reader: &Reader<u32>) -> LinkId {
    reader.directory().allocate(reader.outlet(), 0).expect("there is room")
}

fn push(
    directory: &Directory<u32>,
    link: LinkId,
    deliveries: impl IntoIterator<Item = u32>,
) -> Vec<Pushed> {
    let mut wakes = Wakes::new();
    deliveries.into_iter().map(|delivery| directory.push(link, delivery, &mut wakes)).collect()
}

fn drain(reader: &mut Reader<u32>, link: LinkId, budget_bytes: usize) -> (Vec<u32>, Drained) {
    let mut told = Vec::new();
    let drained = reader.drain(link, budget_bytes, |delivery| told.push(delivery));
    (told, drained)
}

/// Polls the reader once with the bell as its waker.
fn poll(reader: &mut Reader<u32>, bell: &Arc<Bell>) -> Poll<LinkId> {
    let waker = Waker::from(Arc::clone(bell));
    let mut ready = pin!(poll_fn(|cx| reader.poll_ready(cx)));
    ready.as_mut().poll(&mut Context::from_waker(&waker))
}

#[test]
fn links_come_to_hand_in_the_order_in_which_they_got_something() {
    let directory = directory(10);
    let mut reader = Reader::new(Arc::clone(&directory));
    let links: Vec<_> = (0..4).map(|_| attach(&reader)).collect();
    for at in [2, 0, 3, 0, 2] {
        assert_eq!(push(&directory, links[at], [7]), [Pushed::Taken]);
    }
    let mut order = Vec::new();
    while let Some(link) = reader.try_ready() {
        order.push(link);
        assert_eq!(drain(&mut reader, link, usize::MAX).1, Drained::Empty);
    }
    assert_eq!(order, [links[2], links[0], links[3]]);
}

#[test]
fn a_sleeping_reader_is_woken_once_for_a_burst_and_only_after_the_debt_is_paid() {
    let directory = directory(10);
    let mut reader = Reader::new(Arc::clone(&directory));
    let (first, second) = (attach(&reader), attach(&reader));
    let bell = Arc::new(Bell::default());
    assert_eq!(poll(&mut reader, &bell), Poll::Pending);
    let mut wakes = Wakes::new();
    for link in [first, second, first] {
        assert_eq!(directory.push(link, 1, &mut wakes), Pushed::Taken);
    }
    assert_eq!(bell.rings(), 0);
    wakes.fire();
    assert_eq!(bell.rings(), 1);
    assert_eq!(poll(&mut reader, &bell), Poll::Ready(first));
}

#[test]
fn a_push_while_the_link_is_in_hand_owes_no_wake_and_is_seen_by_the_drain() {
    let directory = directory(10);
    let mut reader = Reader::new(Arc::clone(&directory));
    let link = attach(&reader);
    let _ = push(&directory, link, [1]);
    let in_hand = reader.try_ready().expect("it is listed");
    let mut wakes = Wakes::new();
    assert_eq!(directory.push(link, 2, &mut wakes), Pushed::Taken);
    assert!(wakes.is_empty());
    assert_eq!(drain(&mut reader, in_hand, usize::MAX), (vec![1, 2], Drained::Empty));
    assert_eq!(reader.try_ready(), None);
}

#[test]
fn a_link_that_used_up_its_budget_is_requeued_behind_the_others() {
    let directory = directory(10);
    let mut reader = Reader::new(Arc::clone(&directory));
    let (first, second) = (attach(&reader), attach(&reader));
    let _ = push(&directory, first, [1, 2]);
    let _ = push(&directory, second, [3]);
    assert_eq!(reader.try_ready(), Some(first));
    assert_eq!(drain(&mut reader, first, 100), (vec![1], Drained::More));
    reader.requeue(first);
    assert_eq!(reader.try_ready(), Some(second));
    assert_eq!(drain(&mut reader, second, 100), (vec![3], Drained::Empty));
    assert_eq!(reader.try_ready(), Some(first));
    assert_eq!(drain(&mut reader, first, 100), (vec![2], Drained::Empty));
}

#[test]
fn a_parked_link_waits_in_silence_until_it_has_credit() {
    let directory = directory(10);
    let mut reader = Reader::new(Arc::clone(&directory));
    let link = attach(&reader);
    let _ = push(&directory, link, [1]);
    assert_eq!(reader.try_ready(), Some(link));
    assert_eq!(drain(&mut reader, link, 0), (vec![], Drained::More));
    reader.park(link);
    let _ = push(&directory, link, [2]);
    assert_eq!(reader.try_ready(), None);
    let mut wakes = Wakes::new();
    assert_eq!(directory.unpark(link, &mut wakes), Ok(()));
    assert!(!wakes.is_empty());
    assert_eq!(reader.try_ready(), Some(link));
    assert_eq!(drain(&mut reader, link, usize::MAX), (vec![1, 2], Drained::Empty));
}

#[test]
fn credit_that_comes_while_the_link_is_in_hand_is_not_missed_by_its_park() {
    let directory = directory(10);
    let mut reader = Reader::new(Arc::clone(&directory));
    let link = attach(&reader);
    let _ = push(&directory, link, [1]);
    assert_eq!(reader.try_ready(), Some(link));
    assert_eq!(directory.unpark(link, &mut Wakes::new()), Ok(()));
    reader.park(link);
    assert_eq!(reader.try_ready(), Some(link));
}

#[test]
fn an_overflow_reaches_even_a_parked_link_and_nothing_is_told_any_more() {
    let directory = directory(10);
    let mut reader = Reader::new(Arc::clone(&directory));
    let link = attach(&reader);
    let _ = push(&directory, link, 0..4);
    assert_eq!(reader.try_ready(), Some(link));
    reader.park(link);
    assert_eq!(push(&directory, link, [4, 5]), [Pushed::Overflowed, Pushed::Gone]);
    assert_eq!(reader.try_ready(), Some(link));
    assert_eq!(drain(&mut reader, link, 0), (vec![], Drained::Ended(LinkEnd::TooSlow)));
    assert_eq!(directory.release(link), Ok(()));
}

#[test]
fn an_end_is_told_after_what_waited_and_wakes_an_idle_reader() {
    let directory = directory(10);
    let mut reader = Reader::new(Arc::clone(&directory));
    let (quiet, busy) = (attach(&reader), attach(&reader));
    let bell = Arc::new(Bell::default());
    assert_eq!(poll(&mut reader, &bell), Poll::Pending);
    let mut wakes = Wakes::new();
    assert_eq!(directory.end(quiet, LinkEnd::Replaced, &mut wakes), Ok(()));
    wakes.fire();
    assert_eq!(bell.rings(), 1);
    let _ = push(&directory, busy, [1]);
    assert_eq!(directory.end(busy, LinkEnd::Draining, &mut Wakes::new()), Ok(()));
    assert_eq!(push(&directory, busy, [2]), [Pushed::Gone]);
    let mut told = Vec::new();
    let ended = reader.try_drain_all(|link, delivery| told.push((link, delivery)));
    assert_eq!(told, [(busy, 1)]);
    assert_eq!(ended, [(quiet, LinkEnd::Replaced), (busy, LinkEnd::Draining)]);
}

#[test]
fn a_stale_id_reaches_nothing_of_the_link_that_has_the_slot_now() {
    let directory = directory(1);
    let mut reader = Reader::new(Arc::clone(&directory));
    let old = directory.allocate(reader.outlet(), 11).expect("there is room");
    assert_eq!(directory.release(old), Ok(()));
    let new = directory.allocate(reader.outlet(), 22).expect("there is room");
    assert_eq!(
        (old.slot, directory.secret(old), directory.secret(new)),
        (new.slot, None, Some(22))
    );
    assert_eq!(directory.release(old), Err(Gone));
    assert_eq!(directory.end(old, LinkEnd::Replaced, &mut Wakes::new()), Err(Gone));
    assert_eq!(directory.unpark(old, &mut Wakes::new()), Err(Gone));
    assert_eq!(push(&directory, old, [1]), [Pushed::Gone]);
    assert_eq!(push(&directory, new, [2]), [Pushed::Taken]);
    assert_eq!(drain(&mut reader, old, usize::MAX), (vec![], Drained::Gone));
    reader.requeue(old);
    reader.park(old);
    assert_eq!(reader.try_ready(), Some(new));
    assert_eq!(drain(&mut reader, new, usize::MAX), (vec![2], Drained::Empty));
}

#[test]
fn made_up_ids_are_gone() {
    let directory = directory(10);
    let reader = Reader::new(Arc::clone(&directory));
    let _ = attach(&reader);
    for (slot, generation) in
        [(0, 0), (0, 2), (0, 3), (1, 0), (9, 1), (10, 1), (u32::MAX, 1), (u32::MAX - 1, 0)]
    {
        let link = LinkId { slot, generation };
        assert_eq!(
            (push(&directory, link, [1]), directory.release(link)),
            (vec![Pushed::Gone], Err(Gone))
        );
    }
}

#[test]
fn a_slot_that_is_listed_is_given_away_only_after_the_reader_passed_it() {
    let directory = directory(1);
    let mut reader = Reader::new(Arc::clone(&directory));
    let link = attach(&reader);
    let _ = push(&directory, link, [1]);
    assert_eq!(directory.release(link), Ok(()));
    assert_eq!(directory.release(link), Err(Gone));
    assert_eq!(directory.allocate(reader.outlet(), 0), Err(Full));
    assert_eq!((reader.try_ready(), directory.links()), (None, 0));
    assert_ne!(attach(&reader), link);
}

#[test]
fn a_link_released_in_hand_is_gone_for_its_reader() {
    let directory = directory(1);
    let mut reader = Reader::new(Arc::clone(&directory));
    let link = attach(&reader);
    let _ = push(&directory, link, [1]);
    assert_eq!(reader.try_ready(), Some(link));
    assert_eq!(directory.release(link), Ok(()));
    assert_eq!(drain(&mut reader, link, 0), (vec![], Drained::Gone));
    assert_eq!(directory.links(), 0);
}

#[test]
fn the_bound_is_a_refusal_and_slots_are_used_again() {
    let directory = directory(2_500);
    let reader = Reader::new(Arc::clone(&directory));
    let links: Vec<_> = (0..2_500).map(|_| attach(&reader)).collect();
    assert_eq!(directory.allocate(reader.outlet(), 0), Err(Full));
    links.iter().for_each(|link| assert_eq!(directory.release(*link), Ok(())));
    assert_eq!(directory.links(), 0);
    let again: std::collections::HashSet<_> = (0..2_500).map(|_| attach(&reader).slot).collect();
    assert_eq!(again.len(), 2_500);
}

#[test]
fn a_dropped_reader_leaves_its_links_gone_and_no_slot_lost() {
    let directory = directory(4);
    let mut reader = Reader::new(Arc::clone(&directory));
    let links: Vec<_> = (0..4).map(|_| attach(&reader)).collect();
    let outlet = reader.outlet().clone();
    links.iter().for_each(|link| assert_eq!(push(&directory, *link, [1]), [Pushed::Taken]));
    // One in hand, one parked, one released in the batch, one listed.
    assert_eq!(reader.try_ready(), Some(links[0]));
    assert_eq!(reader.try_ready(), Some(links[1]));
    reader.park(links[1]);
    assert_eq!(directory.release(links[2]), Ok(()));
    drop(reader);
    assert!(outlet.is_shut());
    assert_eq!(directory.links(), 3);
    for link in [links[0], links[1], links[3]] {
        assert_eq!(push(&directory, link, [2]), [Pushed::Gone]);
        assert_eq!(directory.release(link), Ok(()));
    }
    assert_eq!(directory.links(), 0);
    let late = directory.allocate(&outlet, 0).expect("there is room");
    assert_eq!(push(&directory, late, [3]), [Pushed::Gone]);
    assert_eq!(directory.end(late, LinkEnd::Draining, &mut Wakes::new()), Err(Gone));
}

#[test]
fn a_reader_gets_nothing_of_the_links_of_another() {
    let directory = directory(2);
    let (one, mut other) =
        (Reader::new(Arc::clone(&directory)), Reader::new(Arc::clone(&directory)));
    let link = attach(&one);
    let _ = push(&directory, link, [1]);
    assert_eq!(drain(&mut other, link, usize::MAX), (vec![], Drained::Gone));
}
