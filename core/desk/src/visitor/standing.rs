//! How a visitor stands: what counts add up and lists filter by, and the two bytes of its record that say it.

use crate::delivery::Presence;
use crate::id::DepartmentNo;
use crate::policy::DEPARTMENTS_MAX;

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

/// The department and stage of a visitor's session, and two notes, in 16 bits: a million visitors hold it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks(u16);

const DEPARTMENT: u16 = (1 << 12) - 1;
const WAITING: u16 = 1 << 12;
const ACTIVE: u16 = 1 << 13;
const DEADLINE: u16 = 1 << 14;
const CHANGE: u16 = 1 << 15;

const _: () = assert!(DEPARTMENTS_MAX <= DEPARTMENT as usize + 1);

impl Marks {
    /// How far the session is, and in which department; `None` without a session.
    pub(super) fn session(self) -> Option<(DepartmentNo, Stage)> {
        let stage = match self.0 & (WAITING | ACTIVE) {
            0 => return None,
            WAITING => Stage::Waiting,
            _ => Stage::Active,
        };
        Some((DepartmentNo(self.0 & DEPARTMENT), stage))
    }

    pub(super) fn set_session(&mut self, session: Option<(DepartmentNo, Stage)>) {
        self.0 &= DEADLINE | CHANGE;
        if let Some((department, stage)) = session {
            debug_assert!(department.0 <= DEPARTMENT);
            self.0 |= department.0 & DEPARTMENT;
            self.0 |= match stage {
                Stage::Waiting => WAITING,
                Stage::Active => ACTIVE,
            };
        }
    }

    /// Sets a note; true if it was not there.
    pub(super) fn note(&mut self, note: Note) -> bool {
        let is_new = self.0 & bit(note) == 0;
        self.0 |= bit(note);
        is_new
    }

    pub(super) fn clear(&mut self, note: Note) {
        self.0 &= !bit(note);
    }
}

fn bit(note: Note) -> u16 {
    match note {
        Note::Deadline => DEADLINE,
        Note::Change => CHANGE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_and_sessions_do_not_touch_each_other() {
        let mut marks = Marks::default();
        assert!(marks.note(Note::Change) && !marks.note(Note::Change));
        let last = DepartmentNo(DEPARTMENTS_MAX as u16 - 1);
        for session in [Some((last, Stage::Waiting)), Some((DepartmentNo(0), Stage::Active)), None]
        {
            marks.set_session(session);
            assert_eq!(marks.session(), session);
        }
        assert!(marks.note(Note::Deadline));
        marks.clear(Note::Change);
        assert!(!marks.note(Note::Deadline) && marks.note(Note::Change));
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
