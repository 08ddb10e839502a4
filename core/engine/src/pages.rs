//! The pages that visitors are on: each is held once for all who are on it.
//!
//! Bounded: when a shelf is full, pages that nobody is on any more are thrown out; if all are held, a page is made that isn't
//! shared. The locks are leaves.

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::FixedState;
use frontdesk_desk::page::Page;
use frontdesk_desk::refusal::Refusal;
use hashbrown::HashTable;

use crate::sync::Mutex;

const SHELVES: usize = 16;
/// Pages on one shelf.
const PAGES_MAX: usize = 16 * 1024;

/// The pages that visitors are on.
pub(crate) struct Pages {
    shelves: Box<[Mutex<HashTable<Page>>]>,
    hash: FixedState,
}

impl Pages {
    pub(crate) fn new(seed: u64) -> Self {
        let shelves = (0..SHELVES).map(|_| Mutex::new(HashTable::new())).collect();
        Self { shelves, hash: FixedState::with_seed(seed) }
    }

    /// The page of these texts, shared if it is known. Errors: those of [`Page::new`].
    pub(crate) fn share(&self, url: &str, title: &str) -> Result<Page, Refusal> {
        let hash = self.hash(url, title);
        let mut shelf = self.shelves[(hash >> 56) as usize % SHELVES].lock();
        if let Some(known) = shelf.find(hash, |page| page.url() == url && page.title() == title) {
            return Ok(known.clone());
        }
        let page = Page::new(url, title)?;
        if shelf.len() == PAGES_MAX {
            shelf.retain(|page| page.is_shared());
        }
        if shelf.len() < PAGES_MAX {
            shelf.insert_unique(hash, page.clone(), |page| self.hash(page.url(), page.title()));
        }
        Ok(page)
    }

    fn hash(&self, url: &str, title: &str) -> u64 {
        let mut hasher = self.hash.build_hasher();
        url.hash(&mut hasher);
        title.hash(&mut hasher);
        hasher.finish()
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn the_same_page_is_held_once() {
        let pages = Pages::new(1);
        let first = pages.share("https://shop/", "Shop").unwrap();
        assert_eq!(pages.share("https://shop/", "Shop").unwrap(), first);
        assert_ne!(pages.share("https://shop/", "Hats").unwrap(), first);
        let held: usize = pages.shelves.iter().map(|shelf| shelf.lock().len()).sum();
        assert_eq!(held, 2);
    }

    #[test]
    fn pages_that_nobody_is_on_make_room() {
        let pages = Pages::new(1);
        for n in 0..2 * SHELVES * PAGES_MAX {
            pages.share(&n.to_string(), "").unwrap();
        }
        assert!(pages.shelves.iter().all(|shelf| shelf.lock().len() <= PAGES_MAX));
    }

    #[test]
    fn a_page_without_an_address_is_refused() {
        assert!(matches!(Pages::new(1).share("", "Shop"), Err(Refusal::Missing { field: "url" })));
    }
}
