//! Which of the agents that are free gets the next session.
//!
//! A strategy turns what it may know of an agent into a [`Rank`]; the agent with the lowest rank is next. Ranks are compared as
//! tuples, so one part never bleeds into the next, and end in the agent's number, so no two are equal.

use crate::id::AgentNo;

/// What a strategy may know of an agent.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// Which agent.
    pub agent: AgentNo,
    /// Sessions it has.
    pub load: u16,
    /// Sessions it takes at once, at least 1.
    pub capacity: u16,
    /// The floor's turn when its load last changed.
    pub turn: u64,
}

/// An agent's place in the order of those who are free. Lower is sooner.
///
/// A tuple (first, second, agent) of 32, 64 and 32 bits in one number, so that comparing two is one comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank(u128);

impl Rank {
    fn new(first: u32, second: u64, agent: AgentNo) -> Self {
        Self(u128::from(first) << 96 | u128::from(second) << 32 | u128::from(agent.0))
    }

    /// Whose rank it is.
    pub fn agent(self) -> AgentNo {
        AgentNo((self.0 & u128::from(u32::MAX)) as u32)
    }
}

/// How a department shares out visitors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// The lowest ratio of load to capacity; among equals the one whose last assignment or end lies longest back; among those
    /// the one known to the floor first.
    #[default]
    LeastLoaded,
}

impl Strategy {
    /// An agent's place.
    pub fn rank(self, candidate: Candidate) -> Rank {
        match self {
            Self::LeastLoaded => {
                let load = u32::from(candidate.load) << 16;
                let ratio = load / u32::from(candidate.capacity.max(1));
                Rank::new(ratio, candidate.turn, candidate.agent)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(agent: u32, load: u16, capacity: u16, turn: u64) -> Rank {
        Strategy::LeastLoaded.rank(Candidate { agent: AgentNo(agent), load, capacity, turn })
    }

    #[test]
    fn least_loaded_goes_by_ratio_then_by_turn_then_by_number() {
        assert!(rank(9, 1, 4, 9) < rank(0, 1, 3, 0));
        assert!(rank(9, 2, 4, 1) < rank(0, 1, 2, 2));
        assert!(rank(1, 1, 2, 5) < rank(2, 1, 2, 5));
    }
}
