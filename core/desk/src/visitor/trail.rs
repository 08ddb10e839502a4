//! Where a visitor has been: the latest pages singly, the older ones folded into a count and a time; and the network addresses that
//! it came from, besides that of its arrival.
//!
//! Many visits see one page only, so the page that the visitor is on lies in place, and all else behind a pointer.

use std::net::IpAddr;

use smallvec::SmallVec;

use crate::delivery::VisitorRow;
use crate::page::{Page, TrailPage, TrailView};

/// Most pages held singly, the one that the visitor is on among them.
pub const PAGES_MAX: usize = 64;
/// Most addresses that are held besides that of the arrival; of more, the oldest is forgotten.
pub const ADDRESSES_MAX: usize = 16;

#[derive(Debug)]
struct Step {
    page: Page,
    entered_wall_ms: u64,
}

/// A visit's pages. Never empty.
#[derive(Debug)]
pub struct Trail {
    current: Step,
    earlier: Option<Box<Earlier>>,
}

/// Where the visitor was before.
#[derive(Debug)]
struct Earlier {
    arrived_wall_ms: u64,
    /// Oldest first.
    steps: SmallVec<[Step; 3]>,
    folded: u32,
    folded_stayed_ms: u64,
    /// Oldest first.
    addresses: Vec<IpAddr>,
}

impl Trail {
    /// A trail of one page.
    pub fn begin(page: Page, wall_ms: u64) -> Self {
        Self { current: Step { page, entered_wall_ms: wall_ms }, earlier: None }
    }

    /// Goes to a page. The address it is on already means a reload: only the title is taken.
    pub fn enter(&mut self, page: Page, wall_ms: u64) {
        if self.current.page.url() == page.url() {
            self.current.page = page;
            return;
        }
        let entered = Step { page, entered_wall_ms: wall_ms };
        let left = std::mem::replace(&mut self.current, entered);
        let earlier = self.earlier.get_or_insert_with(|| Earlier::since(left.entered_wall_ms));
        if earlier.steps.len() == PAGES_MAX - 1 {
            earlier.fold_oldest(left.entered_wall_ms);
        }
        earlier.steps.push(left);
    }

    /// The page it is on.
    pub fn page(&self) -> &Page {
        &self.current.page
    }

    /// When the first page was entered.
    pub fn arrived_wall_ms(&self) -> u64 {
        let earlier = self.earlier.as_ref().map(|earlier| earlier.arrived_wall_ms);
        earlier.unwrap_or(self.current.entered_wall_ms)
    }

    /// All pages seen, with the folded ones.
    pub fn pages(&self) -> u32 {
        self.earlier.as_ref().map_or(1, |earlier| {
            let singly = u32::try_from(earlier.steps.len() + 1).unwrap_or(u32::MAX);
            earlier.folded.saturating_add(singly)
        })
    }

    /// The trail as agents read it.
    pub fn view(&self, visitor: VisitorRow, now_wall_ms: u64) -> TrailView {
        let ends = self.steps().skip(1).map(|step| step.entered_wall_ms).chain([now_wall_ms]);
        let pages = self.steps().zip(ends).map(|(step, end)| TrailPage {
            page: step.page.clone(),
            entered_wall_ms: step.entered_wall_ms,
            // The wall clock may jump back; nobody stays for a negative time.
            stayed_ms: end.saturating_sub(step.entered_wall_ms),
        });
        TrailView {
            visitor,
            pages: pages.collect(),
            folded: self.earlier.as_ref().map_or(0, |earlier| earlier.folded),
            folded_stayed_ms: self.earlier.as_ref().map_or(0, |earlier| earlier.folded_stayed_ms),
        }
    }

    /// The addresses noted, oldest first.
    pub fn addresses(&self) -> &[IpAddr] {
        self.earlier.as_ref().map_or(&[], |earlier| &earlier.addresses)
    }

    /// Notes an address that isn't there yet.
    pub fn note_address(&mut self, address: IpAddr) {
        let arrived_wall_ms = self.current.entered_wall_ms;
        let earlier = self.earlier.get_or_insert_with(|| Earlier::since(arrived_wall_ms));
        let addresses = &mut earlier.addresses;
        if addresses.len() == ADDRESSES_MAX {
            addresses.remove(0);
        }
        addresses.push(address);
    }

    fn steps(&self) -> impl Iterator<Item = &Step> {
        let earlier = self.earlier.iter().flat_map(|earlier| &earlier.steps);
        earlier.chain([&self.current])
    }
}

impl Earlier {
    fn since(arrived_wall_ms: u64) -> Box<Self> {
        Box::new(Self {
            arrived_wall_ms,
            steps: SmallVec::new(),
            folded: 0,
            folded_stayed_ms: 0,
            addresses: Vec::new(),
        })
    }

    /// Folds the oldest page; `next_wall_ms` is when the one behind all of these was entered.
    fn fold_oldest(&mut self, next_wall_ms: u64) {
        let oldest = self.steps.remove(0);
        let left_wall_ms = self.steps.first().map_or(next_wall_ms, |next| next.entered_wall_ms);
        self.folded = self.folded.saturating_add(1);
        let stayed_ms = left_wall_ms.saturating_sub(oldest.entered_wall_ms);
        self.folded_stayed_ms = self.folded_stayed_ms.saturating_add(stayed_ms);
    }
}
