//! The clocks of a session: whose turn it is, since when, and what is due by that.
//!
//! ```text
//!   nobody's ── the agent says something ──▶ the visitor's ── it says something ──▶ nobody's
//!                                             │ lies so long: dormant, until the visitor says something
//! ```
//!
//! One instant for all clocks of a turn: what is due when follows from it and from the terms. They decide nothing and tell nobody.

use crate::time::Now;

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// The visitor lets the session lie.
    Dormant,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Nobodys,
    Visitors { since_mono_ms: u64 },
}

/// The clocks of one session.
#[derive(Debug)]
pub(super) struct Clocks {
    turn: Turn,
    /// See [`Assigned::dormant_after_ms`](crate::crossing::Assigned::dormant_after_ms).
    dormant_after_ms: u64,
    is_dormant: bool,
}

impl Clocks {
    /// Those of a session that waits.
    pub(super) fn new() -> Self {
        Self { turn: Turn::Nobodys, dormant_after_ms: 0, is_dormant: false }
    }

    /// An agent has the session: all clocks begin anew.
    pub(super) fn assigned(&mut self, dormant_after_ms: u64) {
        *self = Self { dormant_after_ms, ..Self::new() };
    }

    /// The session waits, or is over: nothing is due any more.
    pub(super) fn stop(&mut self) {
        *self = Self::new();
    }

    /// An agent has said something that the visitor sees.
    pub(super) fn agent_said(&mut self, now: Now) {
        self.turn = Turn::Visitors { since_mono_ms: now.mono_ms };
    }

    /// The visitor has said something. Whether the session lay dormant.
    pub(super) fn visitor_said(&mut self) -> bool {
        self.turn = Turn::Nobodys;
        std::mem::take(&mut self.is_dormant)
    }

    /// When something is due next, on the clock that never goes back.
    pub(super) fn deadline(&self) -> Option<u64> {
        self.next().map(|(at_mono_ms, _)| at_mono_ms)
    }

    /// Takes the first thing that is due, if one is.
    pub(super) fn take_due(&mut self, now: Now) -> Option<Due> {
        let (_, due) = self.next().filter(|(at_mono_ms, _)| *at_mono_ms <= now.mono_ms)?;
        match due {
            Due::Dormant => self.is_dormant = true,
        }
        Some(due)
    }

    fn next(&self) -> Option<(u64, Due)> {
        match self.turn {
            Turn::Visitors { since_mono_ms } if self.dormant_after_ms > 0 && !self.is_dormant => {
                Some((since_mono_ms.saturating_add(self.dormant_after_ms), Due::Dormant))
            }
            Turn::Visitors { .. } | Turn::Nobodys => None,
        }
    }
}
