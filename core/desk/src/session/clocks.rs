//! The clocks of a session: whose turn it is, since when, and what is due by that.
//!
//! ```text
//!               Assigned              says something             says something
//!   the queue's ────────▶ the agents' ───────────────▶ the visitor's ───────────▶ the agents' …
//!    │                     │ the answer is due, late     │ lies dormant, is warned, ends
//!    │ waits still
//! ```
//!
//! One instant for all clocks of a turn: what is due when follows from it and from the terms, so that to say something costs no more
//! than to note that instant. They decide nothing and tell nobody.

use crate::policy::terms::{Automatic, SessionTerms};
use crate::time::Now;

/// What is due. Each at most once a turn, but for the session that lies dormant: that lasts until the visitor says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// The session waits still.
    StillWaiting,
    /// The visitor lets the session lie.
    Dormant,
    /// The visitor says nothing, and soon that ends the session.
    IdleWarning,
    /// The visitor has said nothing for too long.
    IdleClose,
    /// An agent's answer will be late soon.
    Reply {
        /// So soon.
        in_ms: u64,
    },
    /// An agent's answer is late.
    ReplyLate,
}

impl Due {
    /// A bit of what has passed.
    fn bit(self) -> u8 {
        match self {
            Self::StillWaiting => 1,
            Self::Dormant => 2,
            Self::IdleWarning => 4,
            Self::IdleClose => 8,
            Self::Reply { .. } => 16,
            Self::ReplyLate => 32,
        }
    }
}

/// Which of an agent's words is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Its first one since it has the session.
    First,
    /// A later one.
    Later,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// The session is over.
    Nobodys,
    Queues,
    Visitors,
    Agents(Word),
}

/// The clocks of one session.
#[derive(Debug)]
pub(super) struct Clocks {
    turn: Turn,
    /// What has been due in this turn: [`Due::bit`]s.
    passed: u8,
    since_mono_ms: u64,
    /// See [`Assigned::dormant_after_ms`](crate::crossing::Assigned::dormant_after_ms).
    dormant_after_ms: u64,
}

impl Clocks {
    /// Those of a session that waits since then.
    pub(super) fn waiting(now: Now) -> Self {
        Self { turn: Turn::Queues, passed: 0, since_mono_ms: now.mono_ms, dormant_after_ms: 0 }
    }

    /// An agent has the session. While the visitor's word is wanted that turn goes on, only that it takes a slot again, as
    /// nobody waits for the new agent; else the agent's turn begins.
    pub(super) fn assigned(&mut self, dormant_after_ms: u64, now: Now) {
        self.dormant_after_ms = dormant_after_ms;
        if self.turn == Turn::Visitors {
            self.passed &= !Due::Dormant.bit();
        } else {
            let turn = Turn::Agents(Word::First);
            (self.turn, self.passed, self.since_mono_ms) = (turn, 0, now.mono_ms);
        }
    }

    /// The session waits again. That it has waited before is forgotten.
    pub(super) fn waits(&mut self, now: Now) {
        *self = Self::waiting(now);
    }

    /// The session is over: nothing is due any more.
    pub(super) fn stop(&mut self) {
        self.turn = Turn::Nobodys;
    }

    /// An agent has said something that the visitor sees.
    pub(super) fn agent_said(&mut self, now: Now) {
        if matches!(self.turn, Turn::Agents(_) | Turn::Visitors) {
            let dormant = self.passed & Due::Dormant.bit();
            (self.turn, self.passed, self.since_mono_ms) = (Turn::Visitors, dormant, now.mono_ms);
        }
    }

    /// The visitor has said something. Whether the session lay dormant.
    pub(super) fn visitor_said(&mut self, now: Now) -> bool {
        if self.turn != Turn::Visitors {
            return false;
        }
        let was_dormant = self.passed & Due::Dormant.bit() != 0;
        let turn = Turn::Agents(Word::Later);
        (self.turn, self.passed, self.since_mono_ms) = (turn, 0, now.mono_ms);
        was_dormant
    }

    /// Which of the agent's words is waited for, and since when; `None` if none is.
    pub(super) fn awaits(&self) -> Option<(Word, u64)> {
        match self.turn {
            Turn::Agents(word) => Some((word, self.since_mono_ms)),
            Turn::Nobodys | Turn::Queues | Turn::Visitors => None,
        }
    }

    /// When something is due next, on the clock that never goes back.
    pub(super) fn deadline(&self, terms: &SessionTerms) -> Option<u64> {
        self.next(terms).map(|(at_mono_ms, _)| at_mono_ms)
    }

    /// Takes the first thing that is due, if one is.
    pub(super) fn take_due(&mut self, terms: &SessionTerms, now: Now) -> Option<Due> {
        let (_, due) = self.next(terms).filter(|(at_mono_ms, _)| *at_mono_ms <= now.mono_ms)?;
        self.passed |= due.bit();
        Some(due)
    }

    fn next(&self, terms: &SessionTerms) -> Option<(u64, Due)> {
        let dues: [Option<(u64, Due)>; 3] = match self.turn {
            Turn::Nobodys => return None,
            Turn::Queues => {
                let says = terms.says(Automatic::StillWaiting);
                let after_ms = if says { terms.still_waiting_ms } else { 0 };
                [self.after(after_ms, Due::StillWaiting), None, None]
            }
            Turn::Visitors => [
                self.after(self.dormant_after_ms, Due::Dormant),
                self.after(terms.idle_warning_ms, Due::IdleWarning),
                self.after(terms.idle_close_ms, Due::IdleClose),
            ],
            Turn::Agents(word) => {
                let limit_ms = limit_ms(terms, word);
                let in_ms = terms.service.warn_before_ms;
                let warns = in_ms > 0 && in_ms < limit_ms;
                let due_ms = if warns { limit_ms - in_ms } else { 0 };
                [
                    self.after(due_ms, Due::Reply { in_ms }),
                    self.after(limit_ms, Due::ReplyLate),
                    None,
                ]
            }
        };
        dues.into_iter().flatten().min_by_key(|(at_mono_ms, _)| *at_mono_ms)
    }

    /// What is due after so long in this turn, unless it has been; 0 for never.
    fn after(&self, after_ms: u64, due: Due) -> Option<(u64, Due)> {
        let is_open = after_ms > 0 && self.passed & due.bit() == 0;
        is_open.then(|| (self.since_mono_ms.saturating_add(after_ms), due))
    }
}

/// Within what time an agent's word is wanted; 0 for any.
pub(super) fn limit_ms(terms: &SessionTerms, word: Word) -> u64 {
    match word {
        Word::First => terms.service.first_reply_ms,
        Word::Later => terms.service.reply_ms,
    }
}
