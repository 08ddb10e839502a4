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
    /// Most visits are short: nothing is folded and this costs a pointer.
    folded: Option<Box<Folded>>,
}

#[derive(Debug, Default)]
struct Folded {
    pages: u32,
    stayed_ms: u64,
}

impl Trail {
    /// A trail of one page.
    pub fn begin(page: Page, wall_ms: u64) -> Self {
        let mut steps = SmallVec::new();
        steps.push(Step { page, entered_wall_ms: wall_ms });
        Self { steps, folded: None }
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
        let folded = self.folded.as_ref().map_or(0, |folded| folded.pages);
        folded.saturating_add(u32::try_from(self.steps.len()).unwrap_or(u32::MAX))
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
            folded: self.folded.as_ref().map_or(0, |folded| folded.pages),
            folded_stayed_ms: self.folded.as_ref().map_or(0, |folded| folded.stayed_ms),
        }
    }

    fn fold_oldest(&mut self) {
        let oldest = self.steps.remove(0);
        let stayed_ms = self.steps[0].entered_wall_ms.saturating_sub(oldest.entered_wall_ms);
        let folded = self.folded.get_or_insert_default();
        folded.pages = folded.pages.saturating_add(1);
        folded.stayed_ms = folded.stayed_ms.saturating_add(stayed_ms);
    }
}
