//! Who watches a tenant's visitors, and what has changed for them.
//!
//! The nouns only mark who changed, in a bounded set, and only while somebody watches. Once a period the windows are drawn:
//! what they show now is compared with what they showed, and the difference is told. So the cost follows the changes in the
//! windows, not the visitors, and nothing is ever broadcast.
//!
//! A window shows the newest arrivals. They are taken from the latest [`RECENT_MAX`] arrivals of the tenant; visitors who came
//! before those are counted and not listed.
//!
//! The lock is a leaf. Rows are read from the visitors' shards without it.

use std::collections::{HashMap, HashSet, VecDeque};

use frontdesk_desk::delivery::{VisitorList, VisitorRow};
use frontdesk_desk::id::{LinkId, SiteNo, VisitorId, VisitorRef};

use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, Ordering};

/// Arrivals that a window can show.
pub(crate) const RECENT_MAX: usize = 1_024;
/// Rows of one window.
pub(crate) const ROWS_MAX: u16 = 200;
/// Links of one tenant that watch.
pub(crate) const WATCHERS_MAX: usize = 4_096;
/// How long a window stands still between two batches. With the tick on top a change is told within a second.
pub(crate) const PERIOD_MS: u64 = 900;
/// Visitors marked singly; more are treated as all.
const CHANGED_MAX: usize = 4_096;

/// One tenant's watch.
pub(crate) struct Watch {
    books: Mutex<Books>,
    /// Whether anybody watches: written under the lock, read without.
    watched: AtomicBool,
}

#[derive(Default)]
struct Books {
    /// The latest arrivals, newest first; those who are gone stay until they are pushed out.
    recent: VecDeque<(VisitorRef, SiteNo)>,
    watchers: HashMap<LinkId, Window>,
    changed: HashSet<VisitorRef>,
    all_changed: bool,
    drawn_mono_ms: u64,
}

struct Window {
    site: Option<SiteNo>,
    rows: usize,
    shown: Vec<(VisitorRef, VisitorId)>,
}

/// What a window may show, and what it showed.
pub(crate) struct Draft {
    pub(crate) link: LinkId,
    site: Option<SiteNo>,
    rows: usize,
    shown: Vec<(VisitorRef, VisitorId)>,
}

/// All that is needed to draw the windows that are due.
pub(crate) struct Drawing {
    recent: Vec<(VisitorRef, SiteNo)>,
    changed: HashSet<VisitorRef>,
    all_changed: bool,
    pub(crate) drafts: Vec<Draft>,
}

/// Rows read for one drawing: `None` for a visitor that is gone.
pub(crate) type Rows = HashMap<VisitorRef, Option<VisitorRow>>;

impl Watch {
    pub(crate) fn new() -> Self {
        Self { books: Mutex::new(Books::default()), watched: AtomicBool::new(false) }
    }

    /// A visitor has arrived. Under its shard's lock.
    pub(crate) fn arrived(&self, visitor: VisitorRef, site: SiteNo) {
        let mut books = self.books.lock();
        books.recent.truncate(RECENT_MAX - 1);
        books.recent.push_front((visitor, site));
        books.mark(visitor);
    }

    /// Something about a visitor has changed that a row shows. Under its shard's lock.
    pub(crate) fn changed(&self, visitor: VisitorRef) {
        // Relaxed: who begins to watch reads the rows afterwards, under the same shard's lock.
        if self.watched.load(Ordering::Relaxed) {
            self.books.lock().mark(visitor);
        }
    }

    /// A link begins to watch, or watches something else. `false` if too many do. Its first window is drawn by [`Watch::draw_one`].
    pub(crate) fn begin(&self, link: LinkId, site: Option<SiteNo>, rows: u16) -> bool {
        let mut books = self.books.lock();
        if books.watchers.len() >= WATCHERS_MAX && !books.watchers.contains_key(&link) {
            return false;
        }
        books.watchers.insert(link, Window { site, rows: usize::from(rows), shown: Vec::new() });
        // Relaxed: see `changed`.
        self.watched.store(true, Ordering::Relaxed);
        true
    }

    /// A link watches no more.
    pub(crate) fn end(&self, link: LinkId) {
        // Relaxed: the link's own begin came before in program order or through its shard's lock.
        if !self.watched.load(Ordering::Relaxed) {
            return;
        }
        let mut books = self.books.lock();
        if books.watchers.remove(&link).is_some() && books.watchers.is_empty() {
            books.changed = HashSet::new();
            self.watched.store(false, Ordering::Relaxed);
        }
    }

    /// What is needed to draw one window from nothing.
    pub(crate) fn draw_one(&self, link: LinkId) -> Option<Drawing> {
        let books = self.books.lock();
        let window = books.watchers.get(&link)?;
        let draft = Draft { link, site: window.site, rows: window.rows, shown: Vec::new() };
        Some(Drawing {
            recent: books.recent.iter().copied().collect(),
            changed: HashSet::new(),
            all_changed: true,
            drafts: vec![draft],
        })
    }

    /// What is needed to draw all windows, if a period has passed and something has changed.
    pub(crate) fn draw_due(&self, mono_ms: u64) -> Option<Drawing> {
        if !self.watched.load(Ordering::Relaxed) {
            return None;
        }
        let mut books = self.books.lock();
        let nothing_changed = !books.all_changed && books.changed.is_empty();
        if nothing_changed || mono_ms < books.drawn_mono_ms.saturating_add(PERIOD_MS) {
            return None;
        }
        books.drawn_mono_ms = mono_ms;
        let drafts = books.watchers.iter_mut().map(|(link, window)| Draft {
            link: *link,
            site: window.site,
            rows: window.rows,
            shown: std::mem::take(&mut window.shown),
        });
        let mut drafts: Vec<_> = drafts.collect();
        drafts.sort_by_key(|draft| draft.link);
        Some(Drawing {
            drafts,
            recent: books.recent.iter().copied().collect(),
            changed: std::mem::take(&mut books.changed),
            all_changed: std::mem::take(&mut books.all_changed),
        })
    }

    /// Notes what a window shows now, if its link still watches the same.
    pub(crate) fn drawn(&self, draft: &Draft, shown: Vec<(VisitorRef, VisitorId)>) {
        let mut books = self.books.lock();
        if let Some(window) = books.watchers.get_mut(&draft.link)
            && (window.site, window.rows) == (draft.site, draft.rows)
        {
            window.shown = shown;
        }
    }
}

impl Books {
    fn mark(&mut self, visitor: VisitorRef) {
        if self.watchers.is_empty() || self.all_changed {
            return;
        }
        self.changed.insert(visitor);
        if self.changed.len() > CHANGED_MAX {
            self.changed.clear();
            self.all_changed = true;
        }
    }
}

/// A window as it is to be told.
pub(crate) struct Drawn {
    pub(crate) shown: Vec<(VisitorRef, VisitorId)>,
    /// The whole window.
    pub(crate) rows: Vec<VisitorRow>,
    /// Those of `rows` that are new to it or changed.
    pub(crate) fresh: Vec<VisitorRow>,
    pub(crate) gone: Vec<VisitorId>,
}

impl Drawing {
    /// Draws one window. `row` reads a visitor's row.
    pub(crate) fn draw(
        &self,
        draft: &Draft,
        rows: &mut Rows,
        mut row: impl FnMut(VisitorRef) -> Option<VisitorRow>,
    ) -> Drawn {
        let mut drawn =
            Drawn { shown: Vec::new(), rows: Vec::new(), fresh: Vec::new(), gone: Vec::new() };
        let listed =
            self.recent.iter().filter(|(_, site)| draft.site.is_none_or(|wanted| wanted == *site));
        for (visitor, _) in listed {
            if drawn.shown.len() == draft.rows {
                break;
            }
            let Some(there) = rows.entry(*visitor).or_insert_with(|| row(*visitor)) else {
                continue;
            };
            let was_shown = draft.shown.iter().any(|(other, _)| other == visitor);
            if !was_shown || self.all_changed || self.changed.contains(visitor) {
                drawn.fresh.push(there.clone());
            }
            drawn.shown.push((*visitor, there.visitor.clone()));
            drawn.rows.push(there.clone());
        }
        for (visitor, id) in &draft.shown {
            // A visitor who left and is back has another record and the same id: it isn't gone.
            if !drawn.shown.iter().any(|(other, other_id)| other == visitor || other_id == id) {
                drawn.gone.push(id.clone());
            }
        }
        drawn
    }
}

impl Drawn {
    /// The whole window, as a list.
    pub(crate) fn whole(self, present: u64) -> VisitorList {
        VisitorList { rows: self.rows, gone: Vec::new(), present }
    }

    /// What is new, as a list; `None` if nothing is.
    pub(crate) fn news(self, present: u64) -> Option<VisitorList> {
        let any = !self.fresh.is_empty() || !self.gone.is_empty();
        any.then_some(VisitorList { rows: self.fresh, gone: self.gone, present })
    }
}
