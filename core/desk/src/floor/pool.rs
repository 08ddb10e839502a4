//! A pool: agents that can serve one kind of request, and the line of those who wait for them.
//!
//! A request waits in the lines of one or several pools, at one rank. A freed agent looks at the heads of its pools' lines; a new
//! request looks at the free agents of its pools. So both are found in the time of a look-up, however many there are.

use smallvec::SmallVec;

use super::queue::WaitRank;
use super::sorted::Sorted;
use super::strategy::Rank;
use crate::id::{AgentNo, DepartmentNo, SessionId};
use crate::policy::SkillSet;

/// Most agents of one pool that keep their room.
pub(super) const SAVERS_MAX: usize = 32;

/// A pool's place on its floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct PoolNo(pub(super) u32);

/// Tiers as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Tiers(pub(super) u16);

impl Tiers {
    /// All of them.
    pub(super) const ALL: Self = Self(0x3fe);

    pub(super) fn has(self, tier: u8) -> bool {
        self.0 & (1 << tier) != 0
    }

    pub(super) fn without(self, tier: u8) -> Self {
        Self(self.0 & !(1 << tier))
    }
}

/// Which agents belong to a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum PoolKey {
    /// Those of a department who are of these tiers and have these skills.
    Department { no: DepartmentNo, tiers: Tiers, skills: SkillSet },
    /// One agent, whatever its posts.
    Agent(AgentNo),
}

impl PoolKey {
    /// All agents of a department.
    pub(super) fn whole(no: DepartmentNo) -> Self {
        Self::Department { no, tiers: Tiers::ALL, skills: SkillSet::NONE }
    }
}

/// One pool.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) key: PoolKey,
    /// Those who wait, the best first.
    pub(super) line: Sorted<WaitRank, SessionId>,
    /// By class of weight: agents with room for one of that weight. Empty in an agent's own pool.
    pub(super) free: SmallVec<[Sorted<Rank, ()>; 1]>,
    /// All agents of a department's pool.
    pub(super) members: Vec<AgentNo>,
    /// Members that are online or busy.
    pub(super) working: u32,
    /// Persons among those.
    pub(super) people: u32,
    /// Members that are online.
    pub(super) online: u32,
    /// What those take at once, in hundredths of a session.
    pub(super) slots: u64,
    /// Agents that keep their room for one that weighs more, in this line or in another one of theirs.
    pub(super) savers: SmallVec<[AgentNo; 2]>,
}

impl Pool {
    pub(super) fn new(key: PoolKey, classes: usize) -> Self {
        Self {
            key,
            line: Sorted::default(),
            free: (0..classes).map(|_| Sorted::default()).collect(),
            members: Vec::new(),
            working: 0,
            people: 0,
            online: 0,
            slots: 0,
            savers: SmallVec::new(),
        }
    }
}
