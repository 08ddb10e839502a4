//! Every interleaving of the lives of a few slots: who comes late reaches nobody, and no slot is lost.
#![cfg(loom)]

use frontdesk_desk::id::LinkId;
use frontdesk_engine::directory::{Directory, Drained, Gone, Pushed, Reader};
use frontdesk_engine::mailbox::{LinkEnd, MailboxLimits, Parcel};
use frontdesk_engine::outlet::Wakes;
use frontdesk_engine::sync::Arc;
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

fn open(links_max: u32) -> (Arc<Directory<Letter>>, Reader<Letter>) {
    let directory = Arc::new(Directory::new(links_max, MailboxLimits::default()));
    (directory.clone(), Reader::new(directory))
}

fn attach(reader: &Reader<Letter>) -> LinkId {
    reader.directory().allocate(reader.outlet(), 0).expect("there is room")
}

fn push(directory: &Directory<Letter>, link: LinkId) -> Pushed {
    let mut wakes = Wakes::new();
    directory.push(link, Letter(link.generation), &mut wakes)
}

#[test]
fn a_stale_push_never_reaches_the_next_life_of_the_slot() {
    loom::model(|| {
        let (directory, mut reader) = open(1);
        let old = attach(&reader);
        let writer = {
            let directory = directory.clone();
            thread::spawn(move || push(&directory, old))
        };
        assert_eq!(directory.release(old), Ok(()));
        // Passes over the slot if the push came before the release.
        assert_eq!(reader.try_ready(), None);
        let new = attach(&reader);
        assert_eq!(new.slot, old.slot);
        let _ = writer.join().expect("the writer has not failed");
        assert_eq!(
            reader.drain(new, usize::MAX, |letter| unreachable!("{letter:?}")),
            Drained::Empty
        );
        assert_eq!(directory.release(new), Ok(()));
        assert_eq!((reader.try_ready(), directory.links()), (None, 0));
    });
}

#[test]
fn a_stale_close_never_hurts_the_next_life_of_the_slot() {
    loom::model(|| {
        let (directory, reader) = open(1);
        let old = attach(&reader);
        let closer = {
            let directory = directory.clone();
            thread::spawn(move || {
                let mut wakes = Wakes::new();
                let _ = directory.end(old, LinkEnd::Replaced, &mut wakes);
                directory.release(old)
            })
        };
        let released = directory.release(old);
        if let Ok(new) = directory.allocate(reader.outlet(), 7) {
            assert_eq!(directory.secret(new), Some(7));
            assert_eq!(push(&directory, new), Pushed::Taken);
            let released_by_closer = closer.join().expect("the closer has not failed");
            assert_eq!(directory.secret(new), Some(7));
            assert_ne!(released, released_by_closer, "of two releases one is the first");
        } else {
            // The end listed the slot, so it waits for its reader.
            assert_ne!(released, closer.join().expect("the closer has not failed"));
            assert_eq!(directory.secret(old), None);
        }
    });
}

#[test]
fn a_release_beside_the_reader_loses_no_slot() {
    loom::model(|| {
        let (directory, mut reader) = open(2);
        let links = [attach(&reader), attach(&reader)];
        for link in links {
            assert_eq!(push(&directory, link), Pushed::Taken);
        }
        let closer = {
            let directory = directory.clone();
            thread::spawn(move || links.map(|link| directory.release(link)))
        };
        while let Some(link) = reader.try_ready() {
            match reader
                .drain(link, usize::MAX, |letter| assert_eq!(letter, Letter(link.generation)))
            {
                Drained::Empty | Drained::Gone => {}
                drained => unreachable!("{drained:?}"),
            }
        }
        assert_eq!(closer.join().expect("the closer has not failed"), [Ok(()), Ok(())]);
        assert_eq!((reader.try_ready(), directory.links()), (None, 0));
    });
}

#[test]
fn a_reader_that_leaves_beside_pushes_loses_no_slot() {
    loom::model(|| {
        let (directory, reader) = open(2);
        let links = [attach(&reader), attach(&reader)];
        let writer = {
            let directory = directory.clone();
            thread::spawn(move || links.map(|link| push(&directory, link)))
        };
        drop(reader);
        let pushed = writer.join().expect("the writer has not failed");
        assert_ne!(pushed, [Pushed::Gone, Pushed::Taken], "who is gone stays gone");
        for link in links {
            assert_eq!(push(&directory, link), Pushed::Gone);
            assert_eq!(directory.release(link), Ok(()));
        }
        assert_eq!(directory.links(), 0);
    });
}

#[test]
fn the_directory_grows_beside_those_who_read_it() {
    loom::model(|| {
        // Two slots make a chunk here, so the third link needs the second chunk.
        let (directory, reader) = open(4);
        let links = [attach(&reader), attach(&reader)];
        let outlet = reader.outlet().clone();
        let newcomer = {
            let directory = directory.clone();
            thread::spawn(move || directory.allocate(&outlet, 9).expect("there is room"))
        };
        // Whoever guesses what comes finds nothing, or exactly that.
        let guess = LinkId { slot: 2, generation: 1 };
        assert!([None, Some(9)].contains(&directory.secret(guess)));
        let other = attach(&reader);
        let new = newcomer.join().expect("the newcomer has not failed");
        assert!(
            new.slot != other.slot
                && new.slot.min(other.slot) == 2
                && new.slot.max(other.slot) == 3
        );
        assert_eq!(directory.secret(new), Some(9));
        assert!(links.iter().all(|link| push(&directory, *link) == Pushed::Taken));
    });
}

#[test]
fn of_two_releases_of_one_life_one_is_the_first() {
    loom::model(|| {
        let (directory, mut reader) = open(2);
        let link = attach(&reader);
        let closers = [(); 2].map(|()| {
            let directory = directory.clone();
            thread::spawn(move || directory.release(link))
        });
        let mut released = closers.map(|closer| closer.join().expect("the closer has not failed"));
        released.sort_unstable_by_key(Result::is_err);
        assert_eq!(released, [Ok(()), Err(Gone)]);
        assert_eq!((reader.try_ready(), directory.links()), (None, 0));
    });
}
