//! Texts that many hold: a page's address is stored once for all who are on it.
//!
//! Bounded: when a shelf is full, texts that nobody holds any more are thrown out; if all are held, a text is made that isn't
//! shared. The locks are leaves.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::quality::FixedState;
use hashbrown::HashTable;

use crate::sync::Mutex;

const SHELVES: usize = 16;
/// Texts on one shelf.
const TEXTS_MAX: usize = 16 * 1024;

/// Texts that many hold.
pub(crate) struct Names {
    shelves: Box<[Mutex<HashTable<Arc<str>>>]>,
    hash: FixedState,
}

impl Names {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            shelves: (0..SHELVES).map(|_| Mutex::new(HashTable::new())).collect(),
            hash: FixedState::with_seed(seed),
        }
    }

    /// The text, shared if it is known.
    pub(crate) fn share(&self, text: &str) -> Arc<str> {
        let hash = self.hash.hash_one(text);
        let mut shelf = self.shelves[(hash >> 56) as usize % SHELVES].lock();
        if let Some(known) = shelf.find(hash, |other| &**other == text) {
            return known.clone();
        }
        if shelf.len() == TEXTS_MAX {
            shelf.retain(|text| Arc::strong_count(text) > 1);
        }
        let text: Arc<str> = text.into();
        if shelf.len() < TEXTS_MAX {
            shelf.insert_unique(hash, text.clone(), |other| self.hash.hash_one(&**other));
        }
        text
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_held_once() {
        let names = Names::new(1);
        assert!(Arc::ptr_eq(&names.share("https://shop/"), &names.share("https://shop/")));
    }

    #[test]
    fn texts_that_nobody_holds_make_room() {
        let names = Names::new(1);
        for n in 0..2 * SHELVES * TEXTS_MAX {
            names.share(&n.to_string());
        }
        assert!(names.shelves.iter().all(|shelf| shelf.lock().len() <= TEXTS_MAX));
    }
}
