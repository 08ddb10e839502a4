//! Agents that keep their room: where the next one weighs more than an agent has room for, lighter ones that come later don't take that
//! room, or the heavy one would wait for ever. Whoever comes or goes in one of the agent's lines lets it look again.

use smallvec::SmallVec;

use super::Floor;
use super::pool::{PoolKey, PoolNo, SAVERS_MAX};
use super::why::Obstacle;
use crate::effects::Effects;
use crate::id::{AgentNo, SessionId};
use crate::time::Now;

impl Floor {
    /// One that fits stands before the heavier one that agents keep their room for: it is the next.
    pub(super) fn spend_for(
        &mut self,
        session: SessionId,
        pools: &[PoolNo],
        now: Now,
        fx: &mut Effects,
    ) {
        let mut savers = self.savers(pools);
        if savers.is_empty() {
            return;
        }
        let Some(request) = self.requests.get(&session) else { return };
        savers.retain(|saver| self.fits(*saver, request));
        self.fill_all(savers, now, fx);
    }

    /// A heavier one waits: agents that could have it and have some room, and not enough, keep it.
    pub(super) fn save_for(&mut self, session: SessionId, pools: &[PoolNo]) {
        let Some(request) = self.requests.get(&session) else { return };
        if self.class_of(request) == 0 {
            return;
        }
        let mut lighter: SmallVec<[AgentNo; 2]> = SmallVec::new();
        for pool in pools {
            match self.pool(*pool).key {
                PoolKey::Agent(no) => lighter.push(no),
                PoolKey::Department { .. } => {
                    let free = self.pool(*pool).free[0].keys().map(|rank| rank.agent());
                    lighter.extend(free.take(SAVERS_MAX));
                }
            }
        }
        lighter.retain(|no| {
            self.agent(*no).obstacle().is_none()
                && self.obstacle(*no, session, request) == Some(Obstacle::Full)
        });
        for agent in lighter {
            self.save(agent);
        }
    }

    /// An agent keeps its room. It is noted in all of its pools: whoever comes or goes in one of them may change who is its next.
    pub(super) fn save(&mut self, no: AgentNo) {
        let pools = self.pools_of(no);
        let has_room = pools.iter().all(|pool| self.pool(*pool).savers.len() < SAVERS_MAX);
        if has_room && !self.agent(no).saves {
            self.relisting(no, |floor| floor.agent_mut(no).saves = true);
            for pool in pools {
                self.pool_mut(pool).savers.push(no);
            }
        }
    }

    /// An agent keeps its room no longer.
    pub(super) fn spend(&mut self, no: AgentNo) {
        if !self.agent(no).saves {
            return;
        }
        self.relisting(no, |floor| floor.agent_mut(no).saves = false);
        for pool in self.pools_of(no) {
            self.pool_mut(pool).savers.retain(|saver| *saver != no);
        }
    }

    /// All pools whose requests an agent may get.
    fn pools_of(&self, no: AgentNo) -> SmallVec<[PoolNo; 2]> {
        let agent = self.agent(no);
        agent.pools.iter().map(|(pool, _)| *pool).chain(agent.own_pool).collect()
    }

    /// The agents that keep their room in some pools.
    pub(super) fn savers(&self, pools: &[PoolNo]) -> SmallVec<[AgentNo; 2]> {
        let mut savers: SmallVec<[AgentNo; 2]> = SmallVec::new();
        for saver in pools.iter().flat_map(|pool| &self.pool(*pool).savers) {
            if !savers.contains(saver) {
                savers.push(*saver);
            }
        }
        savers
    }
}
