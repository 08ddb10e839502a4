//! The books of agents and pools, and the few ways to change them: whoever changes something that an agent's place depends on takes
//! it off the lists before and puts it back after.

use super::agent::Post;
use super::pool::{Pool, PoolKey, PoolNo};
use super::{Department, Floor, Flow};
use crate::delivery::Status;
use crate::floor::estimate::HoldTimes;
use crate::floor::queue::Queue;
use crate::id::{AgentNo, DepartmentNo};
use crate::policy::SkillSet;
use crate::policy::style::Receiver;

/// Pools besides those of whole departments and of single agents: combinations of tiers and skills that somebody waits for.
pub(super) const NARROW_POOLS_MAX: usize = 1_024;

impl Floor {
    /// Gives each department that has a number its queue and its pool.
    pub(super) fn add_departments(&mut self) {
        for no in self.departments.len()..self.policy.departments_numbered() {
            let whole = self.add_pool(PoolKey::whole(DepartmentNo(no as u16)));
            self.departments.push(Department {
                queue: Queue::default(),
                whole,
                closed: false,
                clock: 0,
                held: 0,
                offered: 0,
                flow: Flow::default(),
                hold_times: HoldTimes::default(),
            });
        }
    }

    /// Gives each agent that the policy names its number, so that visitors can wait for it.
    pub(super) fn add_named_agents(&mut self) {
        let policy = self.policy.clone();
        let receivers = policy.styles.iter().flat_map(|style| {
            style.receivers.iter().chain(style.regions.iter().flat_map(|rule| &rule.receivers))
        });
        let named = receivers.filter_map(|receiver| match receiver {
            Receiver::Agent(id) => Some(id),
            Receiver::Department(_) => None,
        });
        for id in named.chain(policy.bots.iter().map(|bot| &bot.id)) {
            // At the bound the rest can't be waited for before they attach, and then they can't either.
            let _ = self.find_or_add(id);
        }
    }

    /// The pool of a key, made if there is none; never one of those that are `taken` for the same request. `None` at
    /// [`NARROW_POOLS_MAX`] that all have a line.
    pub(super) fn pool_of(&mut self, key: PoolKey, taken: &[PoolNo]) -> Option<PoolNo> {
        match key {
            PoolKey::Department { no, .. } if key == PoolKey::whole(no) => {
                Some(self.departments[usize::from(no.0)].whole)
            }
            PoolKey::Agent(agent) => match self.agent(agent).own_pool {
                Some(no) => Some(no),
                None => {
                    let no = self.add_pool(key);
                    self.agent_mut(agent).own_pool = Some(no);
                    self.note_saver(agent, no);
                    Some(no)
                }
            },
            PoolKey::Department { .. } => {
                if let Some(no) = self.pool_by_key.get(&key) {
                    return Some(*no);
                }
                let narrow = |pool: &Pool| match pool.key {
                    PoolKey::Department { no, .. } => pool.key != PoolKey::whole(no),
                    PoolKey::Agent(_) => false,
                };
                if self.pools.iter().filter(|pool| narrow(pool)).count() < NARROW_POOLS_MAX {
                    return Some(self.add_pool(key));
                }
                let is_taken = |pool: &Pool| {
                    self.pool_by_key.get(&pool.key).is_some_and(|no| taken.contains(no))
                };
                let is_spare = |pool: &Pool| narrow(pool) && !is_taken(pool) && self.is_idle(pool);
                let no = PoolNo(self.pools.iter().position(is_spare)? as u32);
                self.empty_pool(no);
                Some(self.fill_pool(no, key))
            }
        }
    }

    /// Whether nobody waits for a pool, not even while it is offered.
    fn is_idle(&self, pool: &Pool) -> bool {
        let no = self.pool_by_key.get(&pool.key);
        pool.line.is_empty()
            && !self.offers.values().any(|offer| {
                let request = self.requests.get(&offer.session);
                request.is_some_and(|request| request.pools.iter().any(|other| Some(other) == no))
            })
    }

    fn add_pool(&mut self, key: PoolKey) -> PoolNo {
        let no = PoolNo(self.pools.len() as u32);
        self.pools.push(Pool::new(key, self.policy.weight_classes().len()));
        self.fill_pool(no, key)
    }

    fn empty_pool(&mut self, no: PoolNo) {
        let key = self.pool(no).key;
        self.pool_by_key.remove(&key);
        for member in self.pool(no).members.clone() {
            self.withdraw(member);
            self.agent_mut(member).pools.retain(|(pool, _)| *pool != no);
            self.enlist(member);
        }
        self.pools[no.0 as usize] = Pool::new(key, self.policy.weight_classes().len());
    }

    /// Makes a pool the one of a key, with all who belong to it.
    fn fill_pool(&mut self, no: PoolNo, key: PoolKey) -> PoolNo {
        self.pool_mut(no).key = key;
        self.pool_by_key.insert(key, no);
        if let PoolKey::Department { no: department, .. } = key {
            // While a department comes into being nobody is in it yet.
            let members = match self.departments.get(usize::from(department.0)) {
                Some(there) => self.pool(there.whole).members.clone(),
                None => Vec::new(),
            };
            for member in members {
                self.withdraw(member);
                self.uncount(member);
                self.join_pool(member, no);
                self.count_in(member);
                self.enlist(member);
            }
        }
        no
    }

    /// Lets an agent into a pool, if it belongs there. It must be off the lists and uncounted.
    fn join_pool(&mut self, agent: AgentNo, pool: PoolNo) {
        let there = &self.agents[agent.0 as usize];
        let Some(index) = belongs(self.pool(pool).key, &there.posts, there.skills) else { return };
        self.agent_mut(agent).pools.push((pool, index));
        self.pool_mut(pool).members.push(agent);
        self.note_saver(agent, pool);
    }

    /// An agent that keeps its room does so in each of its pools, also in one that comes into being meanwhile.
    fn note_saver(&mut self, agent: AgentNo, pool: PoolNo) {
        if self.agent(agent).saves {
            self.pool_mut(pool).savers.push(agent);
        }
    }

    /// Takes an agent out of all its pools and lets it into those of new posts.
    pub(super) fn repost(
        &mut self,
        no: AgentNo,
        mut posts: smallvec::SmallVec<[Post; 1]>,
        skills: SkillSet,
    ) {
        self.withdraw(no);
        self.uncount(no);
        for (pool, _) in std::mem::take(&mut self.agent_mut(no).pools) {
            self.pool_mut(pool).members.retain(|member| *member != no);
            self.touch_pool(pool);
        }
        let agent = self.agent_mut(no);
        // Its turn in a department that it stays in doesn't come sooner.
        for post in &mut posts {
            post.key = agent.post(post.department).map_or(post.key, |before| before.key);
        }
        agent.posts = posts;
        agent.skills = skills;
        for pool in 0..self.pools.len() {
            self.join_pool(no, PoolNo(pool as u32));
        }
        self.count_in(no);
        self.enlist(no);
        self.touch_agent(no);
    }

    /// Takes an agent off the lists of those who are free.
    pub(super) fn withdraw(&mut self, no: AgentNo) {
        let listed = std::mem::take(&mut self.agent_mut(no).listed);
        for (pool, classes, rank) in listed {
            for free in &mut self.pool_mut(pool).free[..usize::from(classes)] {
                free.remove(rank);
            }
        }
    }

    /// Puts an agent on the lists of those who are free, wherever it is.
    pub(super) fn enlist(&mut self, no: AgentNo) {
        let agent = &self.agents[no.0 as usize];
        debug_assert!(agent.listed.is_empty(), "{} is on the lists already", agent.id);
        if agent.obstacle().is_some() {
            return;
        }
        let classes = self.policy.weight_classes();
        let classes = classes.iter().take_while(|weight| agent.has_room(**weight)).count();
        if classes == 0 {
            return;
        }
        for index in 0..agent.pools.len() {
            let agent = &mut self.agents[no.0 as usize];
            let (pool, post) = agent.pools[index];
            let post = &mut agent.posts[usize::from(post)];
            let rules = self.policy.department_at(post.department);
            if rules.agent_sessions_max.is_some_and(|max| post.sessions >= max) {
                continue;
            }
            let clock = self.departments[usize::from(post.department.0)].clock;
            post.key = rules.strategy.key_on_entry(post.key, clock, &mut self.chance);
            let post = post.clone();
            let rank = rules.strategy.rank(agent.candidate(&post));
            agent.listed.push((pool, classes as u8, rank));
            for free in &mut self.pools[pool.0 as usize].free[..classes] {
                free.insert(rank, ());
            }
        }
    }

    /// Changes something that an agent's place on the lists depends on.
    pub(super) fn relisting(&mut self, no: AgentNo, change: impl FnOnce(&mut Self)) {
        self.withdraw(no);
        change(self);
        self.enlist(no);
        self.touch_posts(no);
    }

    /// Changes an agent's status, capacity or links: what it counts as in its pools.
    pub(super) fn recounting(&mut self, no: AgentNo, change: impl FnOnce(&mut Self)) {
        self.withdraw(no);
        self.uncount(no);
        change(self);
        self.count_in(no);
        self.enlist(no);
        self.touch_posts(no);
    }

    fn uncount(&mut self, no: AgentNo) {
        let standing = std::mem::take(&mut self.agent_mut(no).standing);
        for index in 0..self.agent(no).pools.len() {
            let (pool, _) = self.agent(no).pools[index];
            let pool = self.pool_mut(pool);
            pool.working -= standing.working;
            pool.people -= standing.people;
            pool.online -= standing.online;
            pool.slots -= u64::from(standing.slots);
        }
    }

    fn count_in(&mut self, no: AgentNo) {
        let standing = self.agent(no).standing_now();
        self.agent_mut(no).standing = standing;
        for index in 0..self.agent(no).pools.len() {
            let (pool, _) = self.agent(no).pools[index];
            let pool = self.pool_mut(pool);
            pool.working += standing.working;
            pool.people += standing.people;
            pool.online += standing.online;
            pool.slots += u64::from(standing.slots);
        }
    }

    /// Notes that an agent's departments look different now.
    pub(super) fn touch_posts(&mut self, no: AgentNo) {
        for index in 0..self.agent(no).posts.len() {
            let department = self.agent(no).posts[index].department;
            self.touch(department);
        }
        self.touch_agent(no);
    }

    fn touch_pool(&mut self, pool: PoolNo) {
        if let PoolKey::Department { no, .. } = self.pool(pool).key {
            self.touch(no);
        }
    }

    /// Whether an agent has signed on.
    pub(super) fn is_signed_on(&self, no: AgentNo) -> bool {
        self.agent(no).status != Status::Offline
    }
}

/// The index of the post by which an agent of these posts and skills belongs to a department's pool.
fn belongs(key: PoolKey, posts: &[Post], skills: SkillSet) -> Option<u8> {
    let PoolKey::Department { no, tiers, skills: needed } = key else { return None };
    let index = posts.iter().position(|post| post.department == no)?;
    (tiers.has(posts[index].tier) && skills.covers(needed)).then_some(index as u8)
}
