//! The journal's port: where facts go, in the order in which the locks decided them.
//!
//! The engine appends under the lock that decided; whoever answers a person waits for the commit. This file never writes to a
//! disk: [`Memory`] keeps the latest facts and forgets the older ones; a store with a disk implements the same port.

use std::collections::VecDeque;
use std::fmt;
use std::task::{Context, Poll};

use frontdesk_desk::fact::Fact;

use crate::sync::Mutex;

/// A place in the journal: facts are numbered from 1 without a gap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

/// The journal can't take what another command may decide. Come back in a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal is full")]
pub struct Full;

/// Where facts go.
///
/// Commits are prefixes: when a position is committed, so is everything before it.
pub trait Journal: Send + Sync + fmt::Debug {
    /// Whether there is room for what one more command decides. Asked before the decision, because a decision can't be taken
    /// back; a journal that says yes takes what follows, a little over its bound if several threads were told so at once.
    ///
    /// # Errors
    /// [`Full`] while there is none.
    fn admit(&self) -> Result<(), Full>;

    /// Appends a fact and says where. Called under the deciding noun's lock: must neither block nor call back.
    fn append(&self, fact: Fact) -> Position;

    /// The last position appended.
    fn end(&self) -> Position;

    /// The last position that is kept whatever happens.
    fn committed(&self) -> Position;

    /// Ready when a position is committed; else the task is woken when that may have come.
    fn poll_committed(&self, position: Position, cx: &mut Context<'_>) -> Poll<()>;
}

/// A journal that the engine and others share.
pub type SharedJournal = std::sync::Arc<dyn Journal>;

/// A journal in memory: it holds the latest facts, and what it holds is as safe as the process.
pub struct Memory {
    facts: Mutex<Kept>,
    facts_max: usize,
}

struct Kept {
    facts: VecDeque<Fact>,
    end: u64,
}

impl Memory {
    /// A journal that holds the latest `facts_max` facts; older ones are forgotten.
    pub fn new(facts_max: usize) -> Self {
        Self {
            facts: Mutex::new(Kept { facts: VecDeque::new(), end: 0 }),
            facts_max: facts_max.max(1),
        }
    }

    /// Up to `facts_max` facts from `from` on, each with its position. The first may be later than asked for, if the older
    /// ones are forgotten.
    pub fn read(&self, from: Position, facts_max: usize) -> Vec<(Position, Fact)> {
        let kept = self.facts.lock();
        let first = kept.end + 1 - kept.facts.len() as u64;
        let skip = usize::try_from(from.0.saturating_sub(first)).unwrap_or(usize::MAX);
        let facts = kept.facts.iter().enumerate().skip(skip).take(facts_max);
        facts.map(|(index, fact)| (Position(first + index as u64), fact.clone())).collect()
    }
}

impl Journal for Memory {
    fn admit(&self) -> Result<(), Full> {
        Ok(())
    }

    fn append(&self, fact: Fact) -> Position {
        let mut kept = self.facts.lock();
        let forgotten =
            if kept.facts.len() == self.facts_max { kept.facts.pop_front() } else { None };
        kept.facts.push_back(fact);
        kept.end += 1;
        let position = Position(kept.end);
        drop(kept);
        drop(forgotten);
        position
    }

    fn end(&self) -> Position {
        Position(self.facts.lock().end)
    }

    fn committed(&self) -> Position {
        self.end()
    }

    fn poll_committed(&self, position: Position, _: &mut Context<'_>) -> Poll<()> {
        debug_assert!(position <= self.end(), "nobody appended {position:?}");
        Poll::Ready(())
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("facts_max", &self.facts_max).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use frontdesk_desk::fact::Event;
    use frontdesk_desk::id::{AgentId, TenantNo};

    use super::*;

    fn fact(wall_ms: u64) -> Fact {
        let agent = AgentId::new("a").expect("a good id");
        let event = Event::StatusChanged { agent, status: Default::default(), reason: "".into() };
        Fact { tenant: TenantNo(0), wall_ms, event }
    }

    #[test]
    fn positions_have_no_gap_and_only_the_latest_facts_are_held() {
        let journal = Memory::new(3);
        for n in 1..=5 {
            assert_eq!(journal.append(fact(n)), Position(n));
        }
        let held: Vec<_> = journal
            .read(Position(1), 10)
            .into_iter()
            .map(|(at, fact)| (at.0, fact.wall_ms))
            .collect();
        assert_eq!(held, [(3, 3), (4, 4), (5, 5)]);
        assert_eq!(journal.read(Position(5), 10).len(), 1);
        assert_eq!(journal.read(Position(6), 10).len(), 0);
        assert_eq!(journal.committed(), Position(5));
    }
}
