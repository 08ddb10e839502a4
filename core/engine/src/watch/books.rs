//! A tenant's views and who watches them, as the watch's lock guards them.

mod drawing;
mod proof;

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;
use frontdesk_desk::id::{LinkId, SiteNo, VisitorRef};
use frontdesk_desk::list::{Filter, ListQuery, Order, Places, Rank};
use frontdesk_desk::policy::Policy;
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::visitor::Visitor;
use smallvec::SmallVec;

pub(crate) use drawing::Draft;

use super::roster::Roster;
use super::view::{Place, Put, Spot, View};
use super::window::Window;
use super::{ListLimits, There, VIEWS_MAX, WATCHERS_MAX, Watching};

/// A view's number among the tenant's.
type ViewNo = u16;

/// In which views a visitor is held, and at which rank.
type Holders = SmallVec<[(ViewNo, Rank); 1]>;

/// The tenant's views and who watches them.
pub(crate) struct Books {
    limits: ListLimits,
    pub(super) roster: Roster,
    views: Vec<Option<View>>,
    by_question: HashMap<(Arc<Filter>, Order), ViewNo>,
    /// The views that may show visitors of a site.
    by_site: Vec<Vec<ViewNo>>,
    /// Visitors who are held in some view.
    holders: HashMap<Spot, Holders, FixedState>,
    watchers: HashMap<LinkId, Watcher>,
    serials: u64,
    walks: u64,
}

/// A link that watches.
struct Watcher {
    view: ViewNo,
    rows: u16,
    /// What it asked for, if that means something else as soon as the policy does.
    grouped: Option<Box<ListQuery>>,
}

impl Books {
    pub(super) fn new(sites: usize, limits: ListLimits) -> Self {
        Self {
            limits,
            roster: Roster::new(limits.roster_max),
            views: Vec::new(),
            by_question: HashMap::new(),
            by_site: vec![Vec::new(); sites],
            holders: HashMap::default(),
            watchers: HashMap::new(),
            serials: 0,
            walks: 0,
        }
    }

    pub(super) fn is_watched(&self) -> bool {
        !self.watchers.is_empty()
    }

    /// Views that a walk is wanted for or runs.
    pub(super) fn walking(&self) -> u32 {
        self.views.iter().flatten().filter(|view| view.is_walking()).count() as u32
    }

    pub(super) fn watching(&self) -> Watching {
        Watching {
            watchers: self.watchers.len() as u64,
            lists: self.by_question.len() as u64,
            walks: self.walks,
            ..Watching::default()
        }
    }

    pub(super) fn begin(
        &mut self,
        link: LinkId,
        query: &ListQuery,
        filter: Filter,
        rows: u16,
    ) -> Result<(), Refusal> {
        if self.watchers.len() >= WATCHERS_MAX && !self.watchers.contains_key(&link) {
            let max = WATCHERS_MAX as u64;
            return Err(Refusal::LimitReached { what: "watches of one tenant", max });
        }
        let question = (Arc::new(filter), query.order);
        let frees_one =
            self.watchers.get(&link).is_some_and(|watcher| self.links(watcher.view) == 1);
        if !self.by_question.contains_key(&question)
            && self.by_question.len() >= VIEWS_MAX + usize::from(frees_one)
        {
            let max = VIEWS_MAX as u64;
            return Err(Refusal::LimitReached {
                what: "different lists watched in one tenant",
                max,
            });
        }
        let grouped = matches!(query.places, Places::Group(_)).then(|| Box::new(query.clone()));
        self.turn_to(link, question, rows, grouped);
        Ok(())
    }

    /// A link watches this from now on, and nothing else.
    fn turn_to(
        &mut self,
        link: LinkId,
        question: (Arc<Filter>, Order),
        rows: u16,
        grouped: Option<Box<ListQuery>>,
    ) {
        self.end(link);
        let no = match self.by_question.get(&question) {
            Some(no) => *no,
            None => self.open(question),
        };
        if let Some(view) = &mut self.views[usize::from(no)] {
            if !view.windows.iter().any(|window| window.rows == rows) {
                view.windows.push(Window::new(rows));
            }
            for window in view.windows.iter_mut().filter(|window| window.rows == rows) {
                window.join(link);
            }
        }
        self.watchers.insert(link, Watcher { view: no, rows, grouped });
    }

    /// Another policy is in force. Whoever watches a group of sites that has others now, watches those. There may be a list more
    /// than allowed for it. A group that is no longer there keeps the sites that it had.
    pub(super) fn follow(&mut self, policy: &Policy) {
        let mut turned = Vec::new();
        for (link, watcher) in &self.watchers {
            let Some(query) = &watcher.grouped else { continue };
            let view = self.views[usize::from(watcher.view)].as_ref();
            if let Ok(filter) = query.filter(policy)
                && view.is_some_and(|view| *view.filter != filter)
            {
                let question = (Arc::new(filter), query.order);
                turned.push((*link, question, watcher.rows, query.clone()));
            }
        }
        turned.sort_unstable_by_key(|(link, ..)| *link);
        for (link, question, rows, query) in turned {
            self.turn_to(link, question, rows, Some(query));
        }
    }

    pub(super) fn end(&mut self, link: LinkId) {
        let Some(Watcher { view: no, rows, .. }) = self.watchers.remove(&link) else { return };
        let Some(view) = &mut self.views[usize::from(no)] else { return };
        for window in view.windows.iter_mut().filter(|window| window.rows == rows) {
            window.leave(link);
        }
        view.windows.retain(|window| !window.is_empty());
        if view.windows.is_empty() {
            self.close(no);
        }
    }

    fn links(&self, no: ViewNo) -> usize {
        let windows = self.views[usize::from(no)].iter().flat_map(|view| &view.windows);
        windows.map(Window::links).sum()
    }

    fn open(&mut self, question: (Arc<Filter>, Order)) -> ViewNo {
        self.serials += 1;
        let view = View::new(self.serials, question.0.clone(), question.1, self.limits);
        let vacant = self.views.iter().position(Option::is_none);
        let no = vacant.unwrap_or_else(|| {
            self.views.push(None);
            self.views.len() - 1
        }) as ViewNo;
        for (site, views) in (0..).map(SiteNo).zip(&mut self.by_site) {
            if view.filter.covers(site) {
                views.push(no);
            }
        }
        self.views[usize::from(no)] = Some(view);
        self.by_question.insert(question, no);
        no
    }

    fn close(&mut self, no: ViewNo) {
        let Some(view) = self.views[usize::from(no)].take() else { return };
        for held in view.held() {
            self.forget(held.place.spot, no);
        }
        for views in &mut self.by_site {
            views.retain(|other| *other != no);
        }
        self.by_question.remove(&(view.filter, view.order));
    }

    /// A visitor isn't held in a view any more.
    fn forget(&mut self, spot: Spot, no: ViewNo) {
        if let Some(holders) = self.holders.get_mut(&spot) {
            holders.retain(|(other, _)| *other != no);
            if holders.is_empty() {
                self.holders.remove(&spot);
            }
        }
    }

    /// Later policies name more sites.
    fn know_site(&mut self, site: SiteNo) {
        while self.by_site.len() <= usize::from(site.0) {
            let site = SiteNo(self.by_site.len() as u16);
            let covers =
                |view: &Option<View>| view.as_ref().is_some_and(|view| view.filter.covers(site));
            let views = (0..).zip(&self.views).filter(|(_, view)| covers(view));
            self.by_site.push(views.map(|(no, _)| no).collect());
        }
    }

    /// Sets right what the views hold of whoever lies in a slot, or lay there. Under its shard's lock.
    pub(crate) fn look(&mut self, spot: Spot, there: There<'_>) {
        let mut wanted = Holders::new();
        if let Some((_, visitor)) = there {
            self.know_site(visitor.site());
            for no in &self.by_site[usize::from(visitor.site().0)] {
                let view = self.views[usize::from(*no)].as_ref();
                if let Some(rank) = view.and_then(|view| view.judge(spot, visitor)) {
                    wanted.push((*no, rank));
                }
            }
        }
        let known = self.holders.remove(&spot).unwrap_or_default();
        for (no, rank) in &known {
            if !wanted.contains(&(*no, *rank))
                && let Some(view) = &mut self.views[usize::from(*no)]
            {
                view.take_out(Place { rank: *rank, spot });
            }
        }
        if let Some((visitor, _)) = there {
            self.hold(visitor, wanted, &known, Known::Changed);
        }
    }

    /// Lets views hold a visitor that is known in some of them already.
    fn hold(&mut self, visitor: VisitorRef, wanted: Holders, known: &Holders, is: Known) {
        let spot = Spot::of(visitor);
        let mut holders = Holders::new();
        for (no, rank) in wanted {
            let Some(view) = &mut self.views[usize::from(no)] else { continue };
            if known.contains(&(no, rank)) {
                if is == Known::Changed {
                    view.mark(Place { rank, spot }, visitor.generation);
                }
                holders.push((no, rank));
                continue;
            }
            match view.put(rank, visitor) {
                Put::In => holders.push((no, rank)),
                Put::InFor(worst) => {
                    holders.push((no, rank));
                    self.forget(worst, no);
                }
                Put::Beyond => {}
            }
        }
        if !holders.is_empty() {
            self.holders.insert(spot, holders);
        }
    }

    /// Shows a visitor to some views. Who isn't shown any more is noted as changed already, so nobody is taken out.
    fn meet(
        &mut self,
        visitor: VisitorRef,
        record: &Visitor,
        is_shown: impl Fn(ViewNo, &View) -> bool,
    ) {
        let spot = Spot::of(visitor);
        let mut wanted = Holders::new();
        self.know_site(record.site());
        for no in &self.by_site[usize::from(record.site().0)] {
            let view = self.views[usize::from(*no)].as_ref();
            if let Some(view) = view.filter(|view| is_shown(*no, view))
                && let Some(rank) = view.judge(spot, record)
            {
                wanted.push((*no, rank));
            }
        }
        if wanted.is_empty() {
            return;
        }
        let known = self.holders.remove(&spot).unwrap_or_default();
        // One that is held elsewhere, or at another rank until the change is looked at, stays as it is.
        wanted.retain(|(no, _)| !known.iter().any(|(other, _)| other == no));
        let mut all = known.clone();
        all.append(&mut wanted);
        self.hold(visitor, all, &known, Known::Same);
    }

    /// What a link's view has to look through before it is drawn for the first time: the view, and the roster's spots.
    pub(crate) fn to_fill(&self, link: LinkId) -> Option<(ToFill, Vec<Spot>)> {
        self.roster_for(self.watchers.get(&link)?.view)
    }

    /// A view that nobody has filled so far.
    pub(crate) fn next_to_fill(&self) -> Option<(ToFill, Vec<Spot>)> {
        (0..self.views.len() as ViewNo).find_map(|no| self.roster_for(no))
    }

    fn roster_for(&self, no: ViewNo) -> Option<(ToFill, Vec<Spot>)> {
        let view = self.views[usize::from(no)].as_ref().filter(|view| view.is_new)?;
        let (spots, bound) = self.roster.read();
        Some((ToFill { view: no, serial: view.serial, bound }, spots))
    }

    /// Shows a visitor of the roster to the view that is being filled. Under the shard's lock.
    pub(crate) fn fill(&mut self, fill: &ToFill, visitor: VisitorRef, record: &Visitor) {
        self.meet(visitor, record, |no, view| no == fill.view && view.serial == fill.serial);
    }

    /// The roster was looked through.
    pub(crate) fn filled(&mut self, fill: &ToFill) {
        let view = self.views[usize::from(fill.view)].as_mut();
        let Some(view) = view.filter(|view| view.serial == fill.serial) else { return };
        for spot in view.filled(fill.bound) {
            self.forget(spot, fill.view);
        }
    }

    /// The walk comes to another shard, of so many: views that want it join in.
    pub(crate) fn enter_shard(&mut self, shards: u32) {
        for view in self.views.iter_mut().flatten() {
            view.enter_shard(shards);
        }
    }

    /// The walk meets somebody. Under the shard's lock.
    pub(crate) fn met(&mut self, visitor: VisitorRef, record: &Visitor) {
        self.meet(visitor, record, |_, view| view.is_met());
    }

    /// How many views whoever is met is judged by.
    pub(crate) fn judges(&self) -> usize {
        self.views.iter().flatten().filter(|view| view.is_met()).count()
    }

    /// The walk has been through a shard.
    pub(crate) fn leave_shard(&mut self, mono_ms: u64) {
        for view in self.views.iter_mut().flatten() {
            view.leave_shard(mono_ms);
        }
    }

    /// Lets views ask for a walk that hold too few.
    pub(crate) fn ask_for_walks(&mut self, mono_ms: u64) {
        for view in self.views.iter_mut().flatten() {
            self.walks += u64::from(view.ask_for_walk(mono_ms));
        }
    }
}

/// Whether a visitor that is known to a view has changed for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Changed,
    Same,
}

/// A view that is being filled from the roster.
pub(crate) struct ToFill {
    view: ViewNo,
    serial: u64,
    bound: Option<Rank>,
}
