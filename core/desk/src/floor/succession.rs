//! A new policy takes the old one's place, in one step.
//!
//! - Sessions that agents have go on, and weigh what the new policy says; an agent that has more than its capacity now keeps it and gets
//!   nothing new.
//! - Offers stand until their end under the terms they were made under.
//! - Those who wait keep their age; who receives them is found anew. Where their department is gone, they wait in the home department of
//!   their site's style; a narrower queue's limit doesn't put anybody out who is in it.
//! - Agents lose the posts whose departments are gone and the skills that are gone; they stay signed on.

use std::sync::Arc;

use smallvec::SmallVec;

use super::pool::PoolNo;
use super::request::{Place, Request};
use super::{Floor, kind_of};
use crate::effects::Effects;
use crate::fact::Event;
use crate::id::{AgentId, AgentNo, SessionId};
use crate::policy::{Existence, Policy};
use crate::time::Now;

impl Floor {
    /// Decides by another policy from here on, as an admin wants it or the configuration (`None`). It must
    /// [succeed](Policy::succeed) the present one.
    pub fn replace_policy(
        &mut self,
        policy: Arc<Policy>,
        by: Option<AgentId>,
        now: Now,
        fx: &mut Effects,
    ) {
        let queued = self.take_all_out();
        let agents: Vec<AgentNo> = self.agents.iter().map(|agent| agent.no).collect();
        for no in &agents {
            self.spend(*no);
            self.withdraw(*no);
        }
        self.policy = policy.clone();
        for pool in &mut self.pools {
            pool.free = policy.weight_classes().iter().map(|_| Default::default()).collect();
        }
        self.add_departments();
        self.add_named_agents();
        for no in &agents {
            self.take_over_agent(*no);
        }
        for request in self.requests.values_mut() {
            request.weight = policy.weight(request.wish.channel);
            let skills = request.wish.skills;
            request.wish.skills = skills.without(skills.without(policy.skills_present()));
        }
        for no in &agents {
            self.reload(*no);
        }
        let version = policy.version;
        self.keep(Event::PolicyReplaced { version, by }, now, fx);
        for session in queued {
            self.seek(session, now, fx);
        }
        for no in agents {
            self.freed(no, now, fx);
        }
        for no in 0..self.departments.len() {
            self.touch(crate::id::DepartmentNo(no as u16));
        }
    }

    /// Takes all who wait out of their lines, the best first.
    fn take_all_out(&mut self) -> Vec<SessionId> {
        let queued = self.requests.iter().filter(|(_, request)| request.place == Place::Queued);
        let mut queued: Vec<_> =
            queued.map(|(session, request)| (request.rank, *session)).collect();
        queued.sort_unstable();
        for (_, session) in &queued {
            let savers = self.unstand(*session);
            debug_assert!(savers.iter().all(|no| !self.agent(*no).saves));
        }
        queued.into_iter().map(|(_, session)| session).collect()
    }

    fn take_over_agent(&mut self, no: AgentNo) {
        let policy = self.policy.clone();
        let agent = self.agent_mut(no);
        agent.kind = kind_of(&policy, &agent.id);
        agent.capacity = agent.capacity.min(policy.capacity_max);
        let skills = agent.skills;
        let skills = skills.without(skills.without(policy.skills_present()));
        let posts: SmallVec<_> = agent
            .posts
            .iter()
            .filter(|post| policy.department_at(post.department).existence == Existence::Present)
            .cloned()
            .collect();
        self.repost(no, posts, skills);
    }

    /// Moves one that looks for an agent to its site's home department, if its own is gone.
    pub(super) fn rehome(&self, request: &mut Request) {
        if self.policy.department_at(request.home).existence == Existence::Present {
            return;
        }
        request.home = self.policy.style_of(request.wish.site).home;
        if request.wish.department.is_some() {
            request.wish.department = Some(request.home);
        }
    }

    /// The pools of a waiting request, for proofs.
    pub(super) fn pools_waited_for(&self, session: SessionId) -> &[PoolNo] {
        self.requests.get(&session).map_or(&[], |request| &request.pools)
    }
}
