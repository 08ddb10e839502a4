//! Why one waits and why another has nothing to do: who was looked at, who was left out and why, how each scored.
//!
//! The answers come from the same rule by which requests are given to agents, so they can't differ from what happens.

use super::Floor;
use super::agent::Agent;
use super::pool::PoolKey;
use super::request::{Place, Request};
use crate::delivery::Status;
use crate::id::{AgentId, AgentNo, DepartmentId, SessionId};

/// Most agents named in one answer; the rest is counted.
pub const CONSIDERED_MAX: usize = 100;

/// What keeps an agent from getting a session by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Not signed on.
    Offline,
    /// It takes nothing.
    Away,
    /// It takes nothing by itself.
    Busy,
    /// It has no link, and its grace runs.
    Unreachable,
    /// Its status changes when its sessions are over.
    Leaving,
    /// It got one a moment ago.
    Resting {
        /// Until when, on the clock that never goes back.
        until_mono_ms: u64,
    },
    /// It has no room for one of this weight.
    Full,
    /// It has as many of this department as one agent may have.
    DepartmentFull,
    /// It keeps its room for a heavier one who waited longer.
    Saving,
    /// It declined this one, or let it pass.
    Shunned {
        /// Until when, on the clock that never goes back.
        until_mono_ms: u64,
    },
    /// A hidden bot, while a person of the range is there.
    PeopleThere,
    /// Its tier isn't open yet.
    TierClosed,
    /// It lacks a skill that is still needed.
    SkillMissing,
    /// It isn't in the reception range now.
    OutOfRange,
}

/// One agent as it was looked at for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered {
    /// Who.
    pub agent: AgentId,
    /// Its place by the department's strategy: lower is sooner.
    pub score: u128,
    /// What it has and what it takes, in hundredths of a session.
    pub load: u32,
    /// What it takes at once, in hundredths of a session.
    pub capacity: u32,
    /// What keeps it from getting this one; nothing if it would get it.
    pub obstacle: Option<Obstacle>,
}

/// Why one waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyWaiting {
    /// Its department.
    pub department: DepartmentId,
    /// Its place; 0 if it doesn't wait.
    pub position: u32,
    /// The agent that has it, if it doesn't wait.
    pub holder: Option<AgentId>,
    /// Whether agents are being asked.
    pub is_offered: bool,
    /// The version of the policy by which it was decided.
    pub policy_version: u64,
    /// Agents in the order in which they would be asked, those with an obstacle last; at most [`CONSIDERED_MAX`].
    pub considered: Vec<Considered>,
    /// Further agents that were looked at.
    pub others: u32,
}

/// Who waits in one department for an agent that has nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdleAt {
    /// Which department.
    pub department: DepartmentId,
    /// How many wait there.
    pub waiting: u32,
    /// What keeps the agent from getting the first of them; nothing if nobody waits.
    pub obstacle: Option<Obstacle>,
}

/// Why an agent has nothing, or no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyIdle {
    /// Its status.
    pub status: Status,
    /// What it has, in hundredths of a session.
    pub load: u32,
    /// What it takes at once, in hundredths of a session.
    pub capacity: u32,
    /// What keeps it from getting anything.
    pub obstacle: Option<Obstacle>,
    /// Its departments.
    pub departments: Vec<IdleAt>,
    /// The version of the policy by which it was decided.
    pub policy_version: u64,
}

impl Floor {
    /// Why a session waits. `None` for one that the floor doesn't know.
    pub fn why_waiting(&self, session: SessionId) -> Option<WhyWaiting> {
        let request = self.requests.get(&session)?;
        let mut considered: Vec<Considered> = self
            .looked_at(request)
            .into_iter()
            .map(|no| self.considered(no, session, request))
            .collect();
        considered.sort_by_key(|one| (one.obstacle.is_some(), one.score));
        let others = considered.len().saturating_sub(CONSIDERED_MAX);
        considered.truncate(CONSIDERED_MAX);
        let holder = match request.place {
            Place::Held(no) => Some(self.agent(no).id.clone()),
            Place::Queued | Place::Offered(_) => None,
        };
        Some(WhyWaiting {
            department: self.policy.department_at(request.home).id.clone(),
            position: self.position(session).unwrap_or(0),
            holder,
            is_offered: matches!(request.place, Place::Offered(_)),
            policy_version: self.policy.version,
            considered,
            others: super::as_count(others),
        })
    }

    /// Why an agent has nothing, or no more.
    pub fn why_idle(&self, no: AgentNo) -> WhyIdle {
        let agent = self.agent(no);
        let departments = agent.posts.iter().map(|post| {
            let department = &self.departments[usize::from(post.department.0)];
            let first = department.queue.iter().next();
            IdleAt {
                department: self.policy.department_at(post.department).id.clone(),
                waiting: department.queue.len(),
                obstacle: first.and_then(|(_, session)| {
                    let request = self.requests.get(&session)?;
                    self.considered(no, session, request).obstacle
                }),
            }
        });
        WhyIdle {
            status: agent.status,
            load: agent.load,
            capacity: agent.room_whole(),
            obstacle: agent.obstacle(),
            departments: departments.collect(),
            policy_version: self.policy.version,
        }
    }

    /// All agents of a request's department and of its pools, each once.
    fn looked_at(&self, request: &Request) -> Vec<AgentNo> {
        let whole = self.departments[usize::from(request.home.0)].whole;
        let mut all = self.pool(whole).members.clone();
        for pool in &request.pools {
            match self.pool(*pool).key {
                PoolKey::Agent(no) => all.push(no),
                PoolKey::Department { .. } => all.extend(&self.pool(*pool).members),
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    fn considered(&self, no: AgentNo, session: SessionId, request: &Request) -> Considered {
        let agent = self.agent(no);
        let score = match agent.post(request.home) {
            Some(post) => {
                let strategy = self.policy.department_at(request.home).strategy;
                strategy.rank(agent.candidate(post)).score()
            }
            None => agent.common_rank(1).score(),
        };
        Considered {
            agent: agent.id.clone(),
            score,
            load: agent.load,
            capacity: agent.room_whole(),
            obstacle: self
                .obstacle(no, session, request)
                .or_else(|| self.out_of_range(agent, request)),
        }
    }

    fn out_of_range(&self, agent: &Agent, request: &Request) -> Option<Obstacle> {
        if request.place != Place::Queued {
            return None;
        }
        let in_pools = request.pools.iter().any(|pool| {
            agent.own_pool == Some(*pool) || agent.pools.iter().any(|(other, _)| other == pool)
        });
        if in_pools {
            return None;
        }
        let of_its_departments = request.pools.iter().find_map(|pool| match self.pool(*pool).key {
            PoolKey::Department { no, tiers, skills } => Some((agent.post(no)?, tiers, skills)),
            PoolKey::Agent(_) => None,
        });
        Some(match of_its_departments {
            Some((post, tiers, _)) if !tiers.has(post.tier) => Obstacle::TierClosed,
            Some((_, _, skills)) if !agent.skills.covers(skills) => Obstacle::SkillMissing,
            _ => Obstacle::OutOfRange,
        })
    }
}
