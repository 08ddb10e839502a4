//! Where a visitor has been: the latest pages singly, the older ones folded into a count and a time; and the network addresses that
//! it came from, besides that of its arrival.

use std::net::IpAddr;

use smallvec::SmallVec;

use crate::delivery::VisitorRow;
use crate::page::{Page, TrailPage, TrailView};

/// Most pages held singly.
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
    steps: SmallVec<[Step; 1]>,
    /// Most visits are short and from one address: this costs a pointer.
    seldom: Option<Box<Seldom>>,
}

#[derive(Debug, Default)]
struct Seldom {
    folded_pages: u32,
    folded_stayed_ms: u64,
    /// Oldest first.
    addresses: SmallVec<[IpAddr; 2]>,
}

impl Trail {
    /// A trail of one page.
    pub fn begin(page: Page, wall_ms: u64) -> Self {
        let mut steps = SmallVec::new();
        steps.push(Step { page, entered_wall_ms: wall_ms });
        Self { steps, seldom: None }
    }

    /// Goes to a page. The address it is on already means a reload: only the title is taken.
    pub fn enter(&mut self, page: Page, wall_ms: u64) {
        let last = self.steps.len() - 1;
        if self.steps[last].page.url() == page.url() {
            self.steps[last].page = page;
            return;
        }
        if self.steps.len() == PAGES_MAX {
            self.fold_oldest();
        }
        self.steps.push(Step { page, entered_wall_ms: wall_ms });
    }

    /// The page it is on.
    pub fn page(&self) -> &Page {
        &self.steps[self.steps.len() - 1].page
    }

    /// All pages seen, with the folded ones.
    pub fn pages(&self) -> u32 {
        let folded = self.seldom.as_ref().map_or(0, |seldom| seldom.folded_pages);
        folded.saturating_add(u32::try_from(self.steps.len()).unwrap_or(u32::MAX))
    }

    /// The addresses noted, oldest first.
    pub fn addresses(&self) -> &[IpAddr] {
        self.seldom.as_ref().map_or(&[], |seldom| &seldom.addresses)
    }

    /// Notes an address that isn't there yet.
    pub fn note_address(&mut self, address: IpAddr) {
        let addresses = &mut self.seldom.get_or_insert_default().addresses;
        if addresses.len() == ADDRESSES_MAX {
            addresses.remove(0);
        }
        addresses.push(address);
    }

    /// The trail as agents read it.
    pub fn view(&self, visitor: VisitorRow, now_wall_ms: u64) -> TrailView {
        let ends = self.steps.iter().skip(1).map(|step| step.entered_wall_ms).chain([now_wall_ms]);
        let pages = self.steps.iter().zip(ends).map(|(step, end)| TrailPage {
            page: step.page.clone(),
            entered_wall_ms: step.entered_wall_ms,
            // The wall clock may jump back; nobody stays for a negative time.
            stayed_ms: end.saturating_sub(step.entered_wall_ms),
        });
        TrailView {
            visitor,
            pages: pages.collect(),
            folded: self.seldom.as_ref().map_or(0, |seldom| seldom.folded_pages),
            folded_stayed_ms: self.seldom.as_ref().map_or(0, |seldom| seldom.folded_stayed_ms),
        }
    }

    fn fold_oldest(&mut self) {
        let oldest = self.steps.remove(0);
        let stayed_ms = self.steps[0].entered_wall_ms.saturating_sub(oldest.entered_wall_ms);
        let seldom = self.seldom.get_or_insert_default();
        seldom.folded_pages = seldom.folded_pages.saturating_add(1);
        seldom.folded_stayed_ms = seldom.folded_stayed_ms.saturating_add(stayed_ms);
    }
}
