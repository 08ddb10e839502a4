//! The first rows of a view, as those links know them that watch so many.
//!
//! All links of a window have been told the same, so what is new is made once and shared.

use std::collections::HashMap;
use std::sync::Arc;

use frontdesk_desk::delivery::{VisitorList, VisitorRow};
use frontdesk_desk::id::{LinkId, VisitorId, VisitorRef};

/// The first rows of a view.
pub(super) struct Window {
    pub(super) rows: u16,
    /// Links that know what is shown.
    links: Vec<LinkId>,
    /// Links that were told nothing yet.
    fresh: Vec<LinkId>,
    /// What the links know. `None` until it was drawn for the first time.
    shown: Option<Shown>,
}

#[derive(Default)]
struct Shown {
    rows: Vec<(VisitorRef, Arc<VisitorRow>)>,
    filling: bool,
}

/// A row of a window that is to be drawn: with what is shown of it, if that still holds.
pub(super) type Wanted = (VisitorRef, Option<Arc<VisitorRow>>);

/// What some links are to be told.
pub(crate) enum Told {
    /// All of it.
    Whole(Arc<VisitorList>, Vec<LinkId>),
    /// What is new.
    News(Arc<VisitorList>, Vec<LinkId>),
}

impl Window {
    pub(super) fn new(rows: u16) -> Self {
        Self { rows, links: Vec::new(), fresh: Vec::new(), shown: None }
    }

    /// A link begins to watch.
    pub(super) fn join(&mut self, link: LinkId) {
        self.fresh.push(link);
    }

    /// A link watches no more.
    pub(super) fn leave(&mut self, link: LinkId) {
        self.links.retain(|other| *other != link);
        self.fresh.retain(|other| *other != link);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.links.is_empty() && self.fresh.is_empty()
    }

    pub(super) fn links(&self) -> usize {
        self.links.len() + self.fresh.len()
    }

    /// Whether it was drawn, and its links were told so.
    pub(super) fn is_drawn(&self) -> bool {
        self.shown.is_some()
    }

    /// Whether the links believe that it is filling.
    pub(super) fn shows_filling(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.filling)
    }

    /// What is to be drawn, where these are the rows now and whether each has changed.
    pub(super) fn wanted(&self, now: impl Iterator<Item = (VisitorRef, bool)>) -> Vec<Wanted> {
        let shown = self.shown.as_ref().map_or(&[][..], |shown| &shown.rows);
        // Most rows stay where they are; those that moved are found by a table, made when it is needed.
        let mut moved: Option<HashMap<VisitorRef, &Arc<VisitorRow>>> = None;
        let mut known = |n: usize, visitor: VisitorRef| match shown.get(n) {
            Some((there, row)) if *there == visitor => Some(row.clone()),
            _ => {
                let moved = moved
                    .get_or_insert_with(|| shown.iter().map(|(who, row)| (*who, row)).collect());
                moved.get(&visitor).map(|row| (*row).clone())
            }
        };
        let rows = now.enumerate().map(|(n, (visitor, changed))| {
            (visitor, if changed { None } else { known(n, visitor) })
        });
        rows.collect()
    }

    /// Shows other rows from now on; those without the mark are what was shown before. Says who is to be told what.
    pub(super) fn show(
        &mut self,
        rows: Vec<(VisitorRef, Arc<VisitorRow>, Fresh)>,
        filling: bool,
        present: u64,
    ) -> Vec<Told> {
        let before = self.shown.take().unwrap_or_default();
        let fresh = rows.iter().filter(|(_, _, fresh)| *fresh == Fresh::Yes);
        let fresh: Vec<_> = fresh.map(|(_, row, _)| row.clone()).collect();
        let rows: Vec<_> = rows.into_iter().map(|(who, row, _)| (who, row)).collect();
        let gone = gone(&before.rows, &rows);
        let is_news = !fresh.is_empty() || !gone.is_empty() || filling != before.filling;
        self.shown = Some(Shown { rows, filling });

        let mut told = Vec::new();
        if is_news && !self.links.is_empty() {
            let news = VisitorList { rows: fresh, gone, present, filling };
            told.push(Told::News(Arc::new(news), self.links.clone()));
        }
        told.extend(self.catch_up(present));
        told
    }

    /// Tells the whole to those who were told nothing yet, as all others know it.
    pub(super) fn catch_up(&mut self, present: u64) -> Option<Told> {
        let shown = self.shown.as_ref()?;
        if self.fresh.is_empty() {
            return None;
        }
        let fresh = std::mem::take(&mut self.fresh);
        self.links.extend(&fresh);
        let rows = shown.rows.iter().map(|(_, row)| row.clone()).collect();
        let whole = VisitorList { rows, gone: Vec::new(), present, filling: shown.filling };
        Some(Told::Whole(Arc::new(whole), fresh))
    }
}

/// Whether a row has come or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fresh {
    Yes,
    No,
}

type Row = (VisitorRef, Arc<VisitorRow>);

/// Those who were shown and aren't any more. A visitor who left and is back has another record and the same id: it isn't gone.
fn gone(before: &[Row], now: &[Row]) -> Vec<VisitorId> {
    let still: std::collections::HashSet<_> = now.iter().map(|(who, _)| *who).collect();
    let left = before.iter().filter(|(who, _)| !still.contains(who));
    let left = left.map(|(_, row)| &row.visitor);
    left.filter(|id| !now.iter().any(|(_, row)| row.visitor == **id)).cloned().collect()
}
