//! Every interleaving of those who put into an inbox and those who drain it under the shard's lock.
#![cfg(loom)]

use std::collections::VecDeque;

use frontdesk_engine::inbox::{Crowded, Inbox};
use frontdesk_engine::sync::{Arc, Mutex};
use loom::thread;

/// A shard: what it was told, in order, behind its lock, and what it will be told.
struct Shard {
    told: Mutex<Vec<u32>>,
    inbox: Inbox<u32>,
}

impl Shard {
    fn drain(&self) {
        let mut told = self.told.lock();
        let mut commands = VecDeque::new();
        self.inbox.take_all(&mut commands);
        told.extend(commands);
    }
}

#[test]
fn whoever_puts_and_then_drains_finds_its_command_carried_out_once_and_in_order() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let shard = Arc::new(Shard { told: Mutex::new(Vec::new()), inbox: Inbox::new(4) });
        let sources = [10, 20].map(|first| {
            let shard = shard.clone();
            thread::spawn(move || {
                shard.inbox.put(first);
                shard.inbox.put(first + 1);
                shard.drain();
                let told = shard.told.lock();
                assert!(told.contains(&first) && told.contains(&(first + 1)));
            })
        });
        for source in sources {
            source.join().expect("the source has not failed");
        }
        assert!(shard.inbox.is_empty());
        let told = shard.told.lock();
        assert_eq!(told.len(), 4);
        for first in [10, 20] {
            let own: Vec<_> =
                told.iter().filter(|told| **told / 10 == first / 10).copied().collect();
            assert_eq!(own, [first, first + 1]);
        }
    });
}

#[test]
fn an_inbox_that_was_drained_admits_again() {
    loom::model(|| {
        let shard = Arc::new(Shard { told: Mutex::new(Vec::new()), inbox: Inbox::new(1) });
        shard.inbox.put(1);
        assert_eq!(shard.inbox.admit(), Err(Crowded));
        let source = {
            let shard = shard.clone();
            thread::spawn(move || shard.inbox.put(2))
        };
        shard.drain();
        source.join().expect("the source has not failed");
        shard.drain();
        assert_eq!(shard.inbox.admit(), Ok(()));
        assert_eq!(*shard.told.lock(), [1, 2]);
    });
}
