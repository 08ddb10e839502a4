//! Who watches a tenant's floor, and what of it they see: departments with their agents, and who waits.
//!
//! As with lists of visitors, links that ask the same share one [sheet](sheet), drawn once a period and told to all of them, and what a
//! change costs follows the change:
//!
//! 1. A decision of the floor **notes** the departments and agents that it touched, each once, and only while somebody watches.
//! 2. Before anything is drawn the noted ones are [looked](Floors::look) at, under the floor's lock, and the [picture](picture) of the
//!    floor is set right, one for all sheets. What looks as before touches no sheet.
//! 3. Each period, of a sheet's own, what has been touched is drawn and compared with what was shown. Queues are read from the floor, as
//!    far as a sheet shows them.
//!
//! The picture outlives the last watcher by a [period](PERIOD_MS), so that whoever watches and unwatches in turn costs what has changed
//! and not the whole floor each time. Until then what changes is noted, each once, and looked at by nobody.
//!
//! A leaf: taken under the floor's lock by whoever begins, ends or looks.

mod noted;
mod picture;
mod sheet;

use std::collections::HashMap;

use frontdesk_desk::delivery::FloorTotals;
use frontdesk_desk::floor::Floor;
use frontdesk_desk::id::{DepartmentNo, LinkId};
use frontdesk_desk::policy::SharedPolicy;
use frontdesk_desk::refusal::Refusal;

use super::audience::Told;
use super::{PERIOD_MS, VIEWS_MAX, WATCHERS_MAX};
pub(crate) use noted::Noted;
use picture::Picture;
use sheet::Sheet;
pub(crate) use sheet::{Question, Scope};

/// Agents of one sheet.
pub(crate) const AGENTS_MAX: usize = 1_000;
/// Departments that one watch of a floor names.
pub(crate) const DEPARTMENTS_NAMED_MAX: usize = 64;
/// Departments of one watch of queues.
pub(crate) const QUEUES_MAX: usize = 16;
/// Departments and agents looked at under one hold of the floor's lock.
const LOOKED_AT_MAX: usize = 256;

/// What of a floor a link watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum What {
    Floor,
    Queues,
}

/// A sheet's number among the tenant's.
pub(crate) type SheetNo = usize;

/// The tenant's sheets and who watches them.
#[derive(Default)]
pub(crate) struct Floors {
    /// Kept right while somebody watches, and kept for a period afterwards.
    picture: Option<Picture>,
    /// Since when nobody watches, while there is a picture.
    left_mono_ms: Option<u64>,
    /// Departments and agents looked at since the engine began.
    looks: u64,
    sheets: Vec<Option<Sheet>>,
    by_question: HashMap<Question, SheetNo>,
    watchers: HashMap<(LinkId, What), SheetNo>,
}

impl Floors {
    /// Links that watch a floor or its queues, each counted for either.
    pub(super) fn watchers(&self) -> usize {
        self.watchers.len()
    }

    /// Different sheets that they watch.
    pub(super) fn sheets(&self) -> usize {
        self.by_question.len()
    }

    /// Departments and agents looked at since the engine began.
    pub(super) fn looks(&self) -> u64 {
        self.looks
    }

    /// A link begins to watch, or watches something else. Under the floor's lock.
    ///
    /// Errors: [`Refusal::LimitReached`] if too many links watch, or too many different sheets.
    pub(crate) fn begin(
        &mut self,
        link: LinkId,
        question: Question,
        policy: &SharedPolicy,
    ) -> Result<(), Refusal> {
        let what = what_of(&question);
        let before = self.watchers.get(&(link, what)).copied();
        if self.watchers.len() >= WATCHERS_MAX && before.is_none() {
            let max = WATCHERS_MAX as u64;
            return Err(Refusal::LimitReached { what: "watches of one tenant's floor", max });
        }
        let frees_one = before.is_some_and(|no| {
            self.sheets[no].as_ref().is_some_and(|sheet| sheet.audience.len() == 1)
        });
        if !self.by_question.contains_key(&question)
            && self.by_question.len() >= VIEWS_MAX + usize::from(frees_one)
        {
            let (what, max) = ("different watches of one tenant's floor", VIEWS_MAX as u64);
            return Err(Refusal::LimitReached { what, max });
        }
        self.leave(link, what);
        let no = match self.by_question.get(&question) {
            Some(no) => *no,
            None => self.open(question, policy),
        };
        if let Some(sheet) = &mut self.sheets[no] {
            sheet.audience.join(link);
        }
        self.watchers.insert((link, what), no);
        self.left_mono_ms = None;
        Ok(())
    }

    fn open(&mut self, question: Question, policy: &SharedPolicy) -> SheetNo {
        let picture = self.picture.get_or_insert_with(|| Picture::new(policy.clone()));
        let sheet = Sheet::new(question.clone(), picture.policy());
        let vacant = self.sheets.iter().position(Option::is_none);
        let no = vacant.unwrap_or_else(|| {
            self.sheets.push(None);
            self.sheets.len() - 1
        });
        self.sheets[no] = Some(sheet);
        self.by_question.insert(question, no);
        no
    }

    /// A link watches this no more. Under the floor's lock.
    pub(crate) fn end(&mut self, link: LinkId, what: What, mono_ms: u64) {
        self.leave(link, what);
        if self.watchers.is_empty() && self.picture.is_some() {
            self.left_mono_ms.get_or_insert(mono_ms);
        }
    }

    /// Whether nobody has watched for a period.
    pub(crate) fn is_left(&self, mono_ms: u64) -> bool {
        self.left_mono_ms.is_some_and(|since| mono_ms >= since.saturating_add(PERIOD_MS))
    }

    /// Lets the picture go, which [nobody](Floors::is_left) watches; the caller drops it under no lock. Under the floor's lock.
    pub(crate) fn let_go(&mut self) -> Option<Picture> {
        self.left_mono_ms = None;
        self.picture.take()
    }

    fn leave(&mut self, link: LinkId, what: What) {
        let Some(no) = self.watchers.remove(&(link, what)) else { return };
        let Some(sheet) = &mut self.sheets[no] else { return };
        sheet.audience.leave(link);
        if sheet.audience.is_empty() {
            self.by_question.remove(&sheet.question);
            self.sheets[no] = None;
        }
    }

    /// Looks at some of what is noted. Under the floor's lock. Whether there is more.
    pub(crate) fn look(&mut self, floor: &mut Floor, noted: &mut Noted) -> Looked {
        let Some(picture) = &mut self.picture else { return Looked::Through };
        if !SharedPolicy::ptr_eq(picture.policy(), floor.policy()) {
            picture.follow(floor.policy().clone());
            self.sheets.iter_mut().flatten().for_each(|sheet| sheet.follow(floor.policy()));
        }
        let mut changed: Vec<DepartmentNo> = Vec::new();
        for _ in 0..LOOKED_AT_MAX {
            if let Some(no) = noted.take_department() {
                // A queue may have changed that is as long as before.
                picture.look_at_department(no, floor);
                changed.push(no);
            } else if let Some(no) = noted.take_agent() {
                changed.extend(picture.look_at_agent(no, floor));
            } else {
                break;
            }
            self.looks += 1;
        }
        changed.sort_unstable();
        changed.dedup();
        for sheet in self.sheets.iter_mut().flatten() {
            sheet.is_touched |= changed.iter().any(|no| sheet.covers(*no));
        }
        if !noted.is_empty() {
            return Looked::Partly;
        }
        picture.look_at_totals(floor);
        Looked::Through
    }

    /// The sheets that may be drawn now.
    pub(crate) fn due(&self, mono_ms: u64) -> Vec<SheetNo> {
        let is_due = |sheet: &Sheet| {
            !sheet.is_drawn() || mono_ms >= sheet.drawn_mono_ms.saturating_add(PERIOD_MS)
        };
        let sheets = (0..).zip(&self.sheets);
        sheets.filter_map(|(no, sheet)| sheet.as_ref().filter(|s| is_due(s)).map(|_| no)).collect()
    }

    /// The sheet that a link watches.
    pub(crate) fn sheet_of(&self, link: LinkId, what: What) -> Option<SheetNo> {
        self.watchers.get(&(link, what)).copied()
    }

    /// Whether a sheet is to be drawn, and how.
    pub(crate) fn wants(&self, no: SheetNo) -> Wants {
        match self.sheets.get(no).and_then(Option::as_ref) {
            None => Wants::Nothing,
            Some(sheet) if sheet.is_of_queues() => Wants::Queues,
            Some(_) => Wants::Floor,
        }
    }

    /// Draws a floor's sheet, with the visitors present (here and away). Who is told what.
    pub(crate) fn draw_floor(
        &mut self,
        no: SheetNo,
        (visitors_here, visitors_away): (u64, u64),
        mono_ms: u64,
    ) -> Vec<Told> {
        let (Some(picture), Some(Some(sheet))) = (&mut self.picture, self.sheets.get_mut(no))
        else {
            return Vec::new();
        };
        let totals = FloorTotals { visitors_here, visitors_away, ..picture.totals() };
        let told = sheet.draw_floor(picture, totals);
        if !told.is_empty() {
            sheet.drawn_mono_ms = mono_ms;
        }
        told
    }

    /// Draws a sheet of queues. Under the floor's lock. Who is told what.
    pub(crate) fn draw_queues(&mut self, no: SheetNo, floor: &Floor, mono_ms: u64) -> Vec<Told> {
        let (Some(picture), Some(Some(sheet))) = (&self.picture, self.sheets.get_mut(no)) else {
            return Vec::new();
        };
        if sheet.is_drawn() && !sheet.is_touched {
            return sheet.catch_up(picture).into_iter().collect();
        }
        let told = sheet.draw_queues(picture, floor);
        if !told.is_empty() {
            sheet.drawn_mono_ms = mono_ms;
        }
        told
    }

    /// What a link is told that joins a sheet which was drawn before.
    pub(crate) fn catch_up(&mut self, no: SheetNo) -> Option<Told> {
        let sheet = self.sheets.get_mut(no)?.as_mut()?;
        sheet.catch_up(self.picture.as_ref()?)
    }

    /// Whether a sheet was drawn.
    pub(crate) fn is_drawn(&self, no: SheetNo) -> bool {
        self.sheets.get(no).and_then(Option::as_ref).is_some_and(Sheet::is_drawn)
    }

    /// What is wrong with it, when nothing is noted: what is shown of departments and agents is what there is, and whoever watches is
    /// attached.
    pub(crate) fn faults(
        &self,
        floor: &mut Floor,
        is_attached: impl Fn(LinkId) -> bool,
    ) -> Vec<String> {
        let mut faults = Vec::new();
        let gone = self.watchers.keys().filter(|(link, _)| !is_attached(*link));
        faults.extend(gone.map(|(link, what)| format!("{link:?} watches {what:?} and is gone")));
        let links: usize = self.sheets.iter().flatten().map(|sheet| sheet.audience.len()).sum();
        if links != self.watchers.len() {
            faults.push(format!("{links} links look at sheets, and {} watch", self.watchers.len()));
        }
        if let Some(picture) = &self.picture {
            faults.extend(picture.faults(floor));
        }
        faults
    }
}

/// Whether all that was noted was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Looked {
    Through,
    Partly,
}

/// How a sheet is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wants {
    Nothing,
    Floor,
    Queues,
}

fn what_of(question: &Question) -> What {
    match question {
        Question::Floor { .. } => What::Floor,
        Question::Queues { .. } => What::Queues,
    }
}
