//! Drawing: what a view's windows show now, compared with what they showed.
//!
//! In three steps, because rows are read under shards' locks, where only leaves may be taken: a [`Draft`] says which rows are wanted,
//! [`Draft::draw`] reads them without the books, and [`Books::show`] says who is told what.

use std::sync::Arc;

use frontdesk_desk::delivery::VisitorRow;
use frontdesk_desk::id::{LinkId, VisitorRef};
use frontdesk_desk::list::Filter;

use super::super::audience::Told;
use super::super::shown::Row;
use super::super::view::View;
use super::super::window::{Wanted, Window};
use super::super::{PERIOD_MS, ReadRow};
use super::{Books, ViewNo, Watcher};

/// A window that is to be drawn.
pub(crate) struct Draft {
    view: ViewNo,
    serial: u64,
    rows: u16,
    filter: Arc<Filter>,
    wanted: Vec<Wanted>,
    filling: bool,
}

impl Books {
    /// The windows that are due and have changed.
    pub(crate) fn due(&mut self, mono_ms: u64) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for (no, view) in (0..).zip(&mut self.views) {
            let Some(view) = view else { continue };
            if view.is_new || mono_ms < view.drawn_mono_ms.saturating_add(PERIOD_MS) {
                continue;
            }
            let before = drafts.len();
            for window in &view.windows {
                let filling = view.is_filling(window.rows);
                if !window.is_drawn()
                    || view.has_changed(window.rows)
                    || filling != window.shows_filling()
                {
                    drafts.push(draft(no, view, window));
                }
            }
            if drafts.len() > before {
                view.drawn_mono_ms = mono_ms;
                view.drawn();
            }
        }
        drafts
    }

    /// The window of a link, if it was never drawn.
    pub(crate) fn undrawn(&mut self, link: LinkId, mono_ms: u64) -> Option<Draft> {
        let Watcher { view: no, rows, .. } = self.watchers.get(&link)?;
        let view = self.views[usize::from(*no)].as_mut()?;
        let window = view.windows.iter().find(|window| window.rows == *rows)?;
        if window.is_drawn() {
            return None;
        }
        let draft = draft(*no, view, window);
        if !view.windows.iter().any(Window::is_drawn) {
            view.drawn_mono_ms = mono_ms;
            view.drawn();
        }
        Some(draft)
    }

    /// What a link is told that joins a window which was drawn before.
    pub(crate) fn catch_up(&mut self, link: LinkId, present: u64) -> Option<Told> {
        let Watcher { view: no, rows, .. } = self.watchers.get(&link)?;
        let view = self.views[usize::from(*no)].as_mut()?;
        let window = view.windows.iter_mut().find(|window| window.rows == *rows)?;
        window.catch_up(present)
    }

    /// What links are told that joined windows which were drawn before, and weren't told so far: another policy has sent them there.
    pub(crate) fn catch_up_all(&mut self, present: u64) -> Vec<Told> {
        let windows = self.views.iter_mut().flatten().flat_map(|view| &mut view.windows);
        windows.filter_map(|window| window.catch_up(present)).collect()
    }

    /// Shows what was drawn, and says who is told what.
    pub(crate) fn show(&mut self, drawn: Drawn, present: u64) -> Vec<Told> {
        let Drawn { draft, rows } = drawn;
        let view = self.views[usize::from(draft.view)].as_mut();
        let Some(view) = view.filter(|view| view.serial == draft.serial) else { return Vec::new() };
        let window = view.windows.iter_mut().find(|window| window.rows == draft.rows);
        window.map_or(Vec::new(), |window| window.show(rows, draft.filling, present))
    }
}

/// A draft with its rows.
pub(crate) struct Drawn {
    draft: Draft,
    rows: Vec<Row<VisitorRef, VisitorRow>>,
}

impl Draft {
    /// Reads the rows that aren't known. Under no lock of the watch but the right to draw.
    pub(crate) fn draw(mut self, read: &mut ReadRow<'_>) -> Drawn {
        let wanted = std::mem::take(&mut self.wanted).into_iter();
        let rows = wanted.filter_map(|(visitor, known)| match known {
            Some(row) => Some((visitor, row)),
            None => Some((visitor, read(visitor, &self.filter)?)),
        });
        let rows = rows.collect();
        Drawn { draft: self, rows }
    }
}

fn draft(no: ViewNo, view: &View, window: &Window) -> Draft {
    let now = view.best(window.rows).map(|held| (held.visitor(), held.changed));
    Draft {
        view: no,
        serial: view.serial,
        rows: window.rows,
        filter: view.filter.clone(),
        wanted: window.wanted(now),
        filling: view.is_filling(window.rows),
    }
}
