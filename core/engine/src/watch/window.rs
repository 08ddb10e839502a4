//! The first rows of a view, as those links know them that watch so many.
//!
//! All links of a window have been told the same, so what is new is made once and shared.

use std::collections::HashMap;
use std::sync::Arc;

use frontdesk_desk::delivery::{Delivery, VisitorList, VisitorRow};
use frontdesk_desk::id::{LinkId, VisitorRef};

use super::audience::{Audience, Told};
use super::shown::{Row, Shown};

/// The first rows of a view.
pub(super) struct Window {
    pub(super) rows: u16,
    audience: Audience,
    /// What the links know. `None` until it was drawn for the first time.
    shown: Option<Face>,
}

#[derive(Default)]
struct Face {
    rows: Shown<VisitorRef, VisitorRow>,
    filling: bool,
}

/// A row of a window that is to be drawn: with what is shown of it, if that still holds.
pub(super) type Wanted = (VisitorRef, Option<Arc<VisitorRow>>);

impl Window {
    pub(super) fn new(rows: u16) -> Self {
        Self { rows, audience: Audience::default(), shown: None }
    }

    /// A link begins to watch.
    pub(super) fn join(&mut self, link: LinkId) {
        self.audience.join(link);
    }

    /// A link watches no more.
    pub(super) fn leave(&mut self, link: LinkId) {
        self.audience.leave(link);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.audience.is_empty()
    }

    pub(super) fn links(&self) -> usize {
        self.audience.len()
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
        let shown = self.shown.as_ref().map_or(&[][..], |shown| shown.rows.rows());
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

    /// Shows other rows from now on. Says who is to be told what.
    pub(super) fn show(
        &mut self,
        rows: Vec<Row<VisitorRef, VisitorRow>>,
        filling: bool,
        present: u64,
    ) -> Vec<Told> {
        let face = self.shown.get_or_insert_default();
        let difference = face.rows.turn_to(rows);
        let is_news = difference.is_news() || filling != face.filling;
        face.filling = filling;

        let mut told = Vec::new();
        if is_news {
            // A visitor who left and is back has another record and the same id: it isn't gone.
            let is_back = |row: &VisitorRow| {
                face.rows.rows().iter().any(|(_, there)| there.visitor == row.visitor)
            };
            told.extend(self.audience.tell(|| {
                let gone = difference.gone.iter().filter(|(_, row)| !is_back(row));
                let gone = gone.map(|(_, row)| row.visitor.clone()).collect();
                let news = VisitorList { rows: difference.fresh, gone, present, filling };
                Delivery::VisitorsChanged(Arc::new(news))
            }));
        }
        told.extend(self.catch_up(present));
        told
    }

    /// Tells the whole to those who were told nothing yet, as all others know it.
    pub(super) fn catch_up(&mut self, present: u64) -> Option<Told> {
        let face = self.shown.as_ref()?;
        self.audience.welcome(|| {
            let rows = face.rows.whole();
            let whole = VisitorList { rows, gone: Vec::new(), present, filling: face.filling };
            Delivery::VisitorsSnapshot(Arc::new(whole))
        })
    }
}
