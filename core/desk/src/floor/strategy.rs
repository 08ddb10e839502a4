//! Which of the agents that are free gets the next session.
//!
//! A strategy turns what it may know of an agent into a [`Rank`]; the agent with the lowest rank is next. Ranks are compared as
//! tuples, so one part never bleeds into the next, and end in the agent's number, so no two are equal. The first part is the
//! agent's tier, whatever the strategy: within the lowest tier in which somebody is free, the strategy decides. So *tiers by
//! priority* are no strategy of their own.
//!
//! [`Strategy::Random`] and [`Strategy::Weighted`] go by virtual time: each agent has a key, the lowest key is next, and whoever had
//! its turn gets a later one. For `Random` the step is exponentially distributed, which makes each turn an independent, uniform
//! draw among those who are free; for `Weighted` it is the stride 1/weight (Waldspurger and Weihl, stride scheduling, 1995), which
//! makes the shares exact to one session.

use crate::chance::Chance;
use crate::id::AgentNo;

/// One mean step of virtual time.
const STRIDE: u64 = 1 << 24;
/// A ratio of load to capacity of one.
const WHOLE: u64 = 1 << 16;

/// What a strategy may know of an agent.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// Which agent.
    pub agent: AgentNo,
    /// Its tier in the department.
    pub tier: u8,
    /// Its place in the department's order.
    pub order: u16,
    /// What it has, in hundredths of a session.
    pub load: u32,
    /// What it takes at once, in hundredths of a session, at least 1.
    pub capacity: u32,
    /// The floor's turn when its load last changed.
    pub changed: u64,
    /// The floor's turn when it last got or let pass a session.
    pub served: u64,
    /// Its virtual time in the department.
    pub key: u64,
}

/// An agent's place in the order of those who are free. Lower is sooner.
///
/// A tuple (tier, first, second, agent) of 8, 24, 64 and 32 bits in one number, so that comparing two is one comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank(u128);

impl Rank {
    fn new(tier: u8, first: u32, second: u64, agent: AgentNo) -> Self {
        let first = first.min(0xff_ffff);
        Self(
            u128::from(tier) << 120
                | u128::from(first) << 96
                | u128::from(second) << 32
                | u128::from(agent.0),
        )
    }

    /// Whose rank it is.
    pub fn agent(self) -> AgentNo {
        AgentNo((self.0 & u128::from(u32::MAX)) as u32)
    }

    /// The number that is compared.
    pub fn score(self) -> u128 {
        self.0
    }
}

/// How a department shares out visitors among those of one tier who are free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// The lowest ratio of load to capacity; among equals the one whose last assignment or end lies longest back; among those
    /// the one known to the floor first.
    #[default]
    LeastLoaded,
    /// The lowest place in the order that agents signed on with, whatever its load; among equals the one known to the floor
    /// first.
    InOrder,
    /// The one whose last turn lies longest back. A turn is a session got, or an offer declined or let pass; being looked at is
    /// none, and a session's end isn't either. Who never had one comes first.
    RoundRobin,
    /// Each one who is free with the same chance, independently of what was before.
    Random,
    /// The one whose last assignment or end lies longest back, whatever its load.
    LongestIdle,
    /// In proportion to the weights that agents signed on with, among those who are free; who wasn't free has no claim to catch up.
    Weighted,
    /// The highest ratio of load to capacity that still has room, so that few agents are filled and the others stay free; among
    /// equals the lowest place in the order known to the floor.
    FillFirst,
}

impl Strategy {
    /// An agent's place.
    pub fn rank(self, of: Candidate) -> Rank {
        let ratio =
            (u64::from(of.load) * WHOLE / u64::from(of.capacity.max(1))).min(0xff_ffff) as u32;
        let (first, second) = match self {
            Self::LeastLoaded => (ratio, of.changed),
            Self::InOrder => (u32::from(of.order), 0),
            Self::RoundRobin => (0, of.served),
            Self::Random | Self::Weighted => (0, of.key),
            Self::LongestIdle => (0, of.changed),
            Self::FillFirst => (0xff_ffff - ratio, 0),
        };
        Rank::new(of.tier, first, second, of.agent)
    }

    /// The key of an agent that becomes free at a department's virtual time.
    pub fn key_on_entry(self, key: u64, clock: u64, chance: &mut Chance) -> u64 {
        match self {
            Self::Random if key <= clock => clock.saturating_add(exponential(chance)),
            Self::Weighted => key.max(clock),
            _ => key,
        }
    }

    /// The key of an agent after its turn.
    pub fn key_after(self, key: u64, weight: u16, chance: &mut Chance) -> u64 {
        match self {
            Self::Random => key.saturating_add(exponential(chance)),
            Self::Weighted => key.saturating_add(STRIDE / u64::from(weight.max(1))),
            _ => key,
        }
    }
}

/// A step whose mean is [`STRIDE`].
fn exponential(chance: &mut Chance) -> u64 {
    let uniform = ((chance.bits() >> 11) + 1) as f64 / (1u64 << 53) as f64;
    (-uniform.ln() * STRIDE as f64) as u64 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(agent: u32) -> Candidate {
        Candidate {
            agent: AgentNo(agent),
            tier: 1,
            order: 0,
            load: 0,
            capacity: 100,
            changed: 0,
            served: 0,
            key: 0,
        }
    }

    #[test]
    fn least_loaded_goes_by_ratio_then_by_turn_then_by_number() {
        let rank = |agent, load, capacity, changed| {
            let of = Candidate { load, capacity, changed, ..candidate(agent) };
            Strategy::LeastLoaded.rank(of)
        };
        assert!(rank(9, 100, 400, 9) < rank(0, 100, 300, 0));
        assert!(rank(9, 200, 400, 1) < rank(0, 100, 200, 2));
        assert!(rank(1, 100, 200, 5) < rank(2, 100, 200, 5));
    }

    #[test]
    fn a_lower_tier_comes_first_whatever_the_strategy() {
        let strategies = [
            Strategy::LeastLoaded,
            Strategy::InOrder,
            Strategy::RoundRobin,
            Strategy::Random,
            Strategy::LongestIdle,
            Strategy::Weighted,
            Strategy::FillFirst,
        ];
        for strategy in strategies {
            let worst = Candidate {
                order: u16::MAX,
                load: u32::MAX,
                changed: u64::MAX,
                served: u64::MAX,
                key: u64::MAX,
                ..candidate(u32::MAX)
            };
            let best = Candidate { tier: 2, ..candidate(0) };
            assert!(strategy.rank(worst) < strategy.rank(best), "{strategy:?}");
        }
    }

    #[test]
    fn the_time_since_the_last_end_never_bleeds_into_the_tier() {
        // After 11.6 days of seconds a sum of parts would.
        let long = Candidate { tier: 1, changed: 1 << 62, ..candidate(0) };
        let short = Candidate { tier: 2, changed: 0, ..candidate(1) };
        assert!(Strategy::LongestIdle.rank(long) < Strategy::LongestIdle.rank(short));
    }
}
