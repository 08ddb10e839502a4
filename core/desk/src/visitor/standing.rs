//! How a visitor stands: what counts add up and lists filter by, and the six bytes of its record that say it.

use super::VISITS_MAX;
use crate::delivery::Presence;
use crate::id::{DepartmentNo, RegionNo};

/// How far a visitor's session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// It waits for someone.
    Waiting,
    /// An agent has it.
    Active,
}

/// How a visitor stands, as counts tell visitors apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Standing {
    /// Here, or in its grace.
    pub presence: Presence,
    /// How far its session is; `None` without one.
    pub stage: Option<Stage>,
}

impl Standing {
    /// How many there are.
    pub const KINDS: usize = 6;

    /// A number of its own for each, below [`Standing::KINDS`].
    pub fn index(self) -> usize {
        let presence = match self.presence {
            Presence::Here => 0,
            Presence::Away => 1,
        };
        let stage = match self.stage {
            None => 0,
            Some(Stage::Waiting) => 1,
            Some(Stage::Active) => 2,
        };
        presence * 3 + stage
    }
}

/// What others keep of a visitor outside of its record, noted in it so that it is kept once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// Whoever keeps the time has an entry for its deadline.
    Deadline,
    /// Whoever watches is going to look at it.
    Change,
}

/// What counts, lists and the memory of visits need of a visitor beside all else, in six bytes: a million visitors hold it. The region's
/// number, how far the session is and in which department, how many visits there were before, and two notes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    department: u16,
    /// 13 bits of the region, two of the stage, a note.
    region_and_stage: u16,
    /// 15 bits of earlier visits, a note.
    visits: u16,
}

const REGION: u16 = (1 << 13) - 1;
const WAITING: u16 = 1 << 13;
const ACTIVE: u16 = 1 << 14;
const CHANGE: u16 = 1 << 15;
const VISITS: u16 = (1 << 15) - 1;
const DEADLINE: u16 = 1 << 15;

const _: () = assert!(RegionNo::MAX.0 == REGION && VISITS_MAX == VISITS);

impl Marks {
    /// Those of a visitor that arrives.
    pub(super) fn new(region: RegionNo, visits: u16) -> Self {
        debug_assert!(region <= RegionNo::MAX);
        Self { department: 0, region_and_stage: region.0 & REGION, visits: visits.min(VISITS) }
    }

    pub(super) fn region(self) -> RegionNo {
        RegionNo(self.region_and_stage & REGION)
    }

    /// How many visits there were before this one.
    pub(super) fn visits(self) -> u16 {
        self.visits & VISITS
    }

    /// How far the session is, and in which department; `None` without a session.
    pub(super) fn session(self) -> Option<(DepartmentNo, Stage)> {
        let stage = match self.region_and_stage & (WAITING | ACTIVE) {
            0 => return None,
            WAITING => Stage::Waiting,
            _ => Stage::Active,
        };
        Some((DepartmentNo(self.department), stage))
    }

    pub(super) fn set_session(&mut self, session: Option<(DepartmentNo, Stage)>) {
        self.region_and_stage &= REGION | CHANGE;
        if let Some((department, stage)) = session {
            self.department = department.0;
            self.region_and_stage |= match stage {
                Stage::Waiting => WAITING,
                Stage::Active => ACTIVE,
            };
        }
    }

    /// Sets a note; true if it was not there.
    pub(super) fn note(&mut self, note: Note) -> bool {
        let (word, bit) = self.place(note);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    pub(super) fn clear(&mut self, note: Note) {
        let (word, bit) = self.place(note);
        *word &= !bit;
    }

    fn place(&mut self, note: Note) -> (&mut u16, u16) {
        match note {
            Note::Deadline => (&mut self.visits, DEADLINE),
            Note::Change => (&mut self.region_and_stage, CHANGE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_do_not_touch_each_other() {
        let mut marks = Marks::new(RegionNo::MAX, u16::MAX);
        assert!(marks.note(Note::Change) && !marks.note(Note::Change));
        let last = DepartmentNo(u16::MAX);
        for session in [Some((last, Stage::Waiting)), Some((DepartmentNo(0), Stage::Active)), None]
        {
            marks.set_session(session);
            assert_eq!(marks.session(), session);
        }
        assert!(marks.note(Note::Deadline));
        marks.clear(Note::Change);
        assert!(!marks.note(Note::Deadline) && marks.note(Note::Change));
        assert_eq!((marks.region(), marks.visits()), (RegionNo::MAX, VISITS_MAX));
        let marks = Marks::new(RegionNo(5), 7);
        assert_eq!((marks.region(), marks.visits(), marks.session()), (RegionNo(5), 7, None));
    }

    #[test]
    fn each_standing_has_a_number_of_its_own() {
        let mut seen = [false; Standing::KINDS];
        for presence in [Presence::Here, Presence::Away] {
            for stage in [None, Some(Stage::Waiting), Some(Stage::Active)] {
                seen[Standing { presence, stage }.index()] = true;
            }
        }
        assert_eq!(seen, [true; Standing::KINDS]);
    }
}
