//! A visit's pages: the latest ones singly, the older ones folded into a count and a time.

use smallvec::SmallVec;

use crate::delivery::VisitorRow;
use crate::page::{Page, TrailPage, TrailView};

/// Most pages held singly.
pub const PAGES_MAX: usize = 64;

#[derive(Debug)]
struct Step {
    page: Page,
    entered_wall_ms: u64,
}

/// A visit's pages. Never empty.
#[derive(Debug)]
pub struct Trail {
    steps: SmallVec<[Step; 1]>,
    folded: u32,
    folded_stayed_ms: u64,
}

impl Trail {
    /// A trail of one page.
    pub fn begin(page: Page, wall_ms: u64) -> Self {
        let mut steps = SmallVec::new();
        steps.push(Step { page, entered_wall_ms: wall_ms });
        Self { steps, folded: 0, folded_stayed_ms: 0 }
    }

    /// Goes to a page. The address it is on already means a reload: only the title is taken.
    pub fn enter(&mut self, page: Page, wall_ms: u64) {
        let last = self.steps.len() - 1;
        if self.steps[last].page.url == page.url {
            self.steps[last].page.title = page.title;
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
        self.folded.saturating_add(u32::try_from(self.steps.len()).unwrap_or(u32::MAX))
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
            folded: self.folded,
            folded_stayed_ms: self.folded_stayed_ms,
        }
    }

    fn fold_oldest(&mut self) {
        let oldest = self.steps.remove(0);
        let stayed_ms = self.steps[0].entered_wall_ms.saturating_sub(oldest.entered_wall_ms);
        self.folded = self.folded.saturating_add(1);
        self.folded_stayed_ms = self.folded_stayed_ms.saturating_add(stayed_ms);
    }
}
