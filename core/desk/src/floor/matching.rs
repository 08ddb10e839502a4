//! Who gets whom: a new or returning request looks for a free agent, a freed agent for the best of those who wait.

use smallvec::SmallVec;

use super::agent::{Kind, Post};
use super::pool::{PoolKey, PoolNo};
use super::request::{Place, Request};
use super::why::Obstacle;
use super::{Due, Floor};
use crate::crossing::{Crossing, HowAssigned, SessionStep};
use crate::delivery::CloseCause;
use crate::effects::Effects;
use crate::id::{AgentNo, DepartmentNo, SessionId};
use crate::policy::department::{AgentLost, Join, OfferMode};
use crate::policy::terms::Automatic;
use crate::time::Now;

/// Waiters that one look at a line passes by at most, because the agent was asked about them, or their people are there.
pub(super) const PASSED_MAX: usize = 64;

impl Floor {
    /// Takes a new request in: to an agent, into the queue, or not at all.
    pub(super) fn enqueue(
        &mut self,
        session: SessionId,
        mut request: Request,
        claimed_by: Option<AgentNo>,
        now: Now,
        fx: &mut Effects,
    ) {
        self.rehome(&mut request);
        self.count_begun(request.home);
        if let Some(agent) = claimed_by
            && self.is_signed_on(agent)
            && !self.agent(agent).links.is_empty()
            && self.agent(agent).post(request.home).is_some()
            && self.fits(agent, &request)
        {
            self.take_in(session, request);
            self.hold(agent, session, HowAssigned::Picked, now, fx);
            return;
        }
        if let Err(cause) = self.find_range(&mut request, now) {
            self.refuse(session, request.home, cause, fx);
            return;
        }
        let free = self.best_free(session, &request, &[]);
        let refused = if free.is_some() {
            None
        } else if self.departments[usize::from(request.home.0)].closed {
            Some(CloseCause::QueueFull)
        } else {
            (!self.may_wait(&request)).then_some(CloseCause::NobodyThere)
        };
        if let Some(cause) = refused {
            self.refuse(session, request.home, cause, fx);
            return;
        }
        self.take_in(session, request);
        match free {
            Some(agent) => self.give(agent, session, now, fx),
            None => self.stand(session, now, fx),
        }
    }

    fn take_in(&mut self, session: SessionId, request: Request) {
        let before = self.requests.insert(session, request);
        debug_assert!(before.is_none(), "{session} was enqueued twice");
    }

    /// Gives a request that has neither an agent nor a place one of them. It isn't bound by the queue's limit.
    pub(super) fn seek(&mut self, session: SessionId, now: Now, fx: &mut Effects) {
        let Some(mut request) = self.requests.remove(&session) else { return };
        self.rehome(&mut request);
        let found = self.find_range(&mut request, now);
        if let Err(cause) = found {
            self.take_in(session, request);
            self.turn_away(session, cause, now, fx);
            return;
        }
        let free = self.best_free(session, &request, &[]);
        self.take_in(session, request);
        match free {
            Some(agent) => self.give(agent, session, now, fx),
            None => self.stand(session, now, fx),
        }
    }

    /// Ends a request that is in no place and that nobody receives any more.
    fn turn_away(&mut self, session: SessionId, cause: CloseCause, now: Now, fx: &mut Effects) {
        let freed = self.dissolve(session, now, fx);
        if let Some(request) = self.requests.remove(&session) {
            self.refuse(session, request.home, cause, fx);
        }
        self.freed_all(freed, now, fx);
    }

    /// Notes the pools of a request's reception range. Errors: why nobody receives it.
    pub(super) fn find_range(&mut self, request: &mut Request, now: Now) -> Result<(), CloseCause> {
        request.pools.clear();
        if self.is_plain(request) {
            request.pools.push(self.departments[usize::from(request.home.0)].whole);
            request.range_due_mono_ms = 0;
            return Ok(());
        }
        let range = self.range(request, now);
        for key in &range.pools {
            let pool = self.pool_of(*key, &request.pools).ok_or(CloseCause::QueueFull)?;
            request.pools.push(pool);
        }
        if request.pools.is_empty() {
            return Err(range.nobody);
        }
        let due_mono_ms = |at_ms: u64| request.asked.mono_ms.saturating_add(at_ms).max(1);
        request.range_due_mono_ms = range.changes_at_ms.map_or(0, due_mono_ms);
        Ok(())
    }

    /// Whether those are there without whom nobody is let wait.
    pub(super) fn may_wait(&self, request: &Request) -> bool {
        let join = self.policy.department_at(request.home).join;
        request.pools.iter().any(|pool| self.is_there(*pool, join))
    }

    /// Whether in a pool those are there who must be.
    fn is_there(&self, pool: PoolNo, join: Join) -> bool {
        let pool = self.pool(pool);
        let standing = match pool.key {
            PoolKey::Agent(no) => self.agent(no).standing,
            PoolKey::Department { .. } => Default::default(),
        };
        match join {
            Join::Always => true,
            Join::SignedOn => match pool.key {
                PoolKey::Agent(no) => self.is_signed_on(no),
                PoolKey::Department { .. } => !pool.members.is_empty(),
            },
            Join::Working => pool.working + standing.working > 0,
            Join::Online => pool.online + standing.online > 0,
        }
    }

    /// The agent who gets a request, of those who are free: in each pool the one by its department's strategy, and of those the one of
    /// the lowest tier, load and longest wait for its turn.
    pub(super) fn best_free(
        &self,
        session: SessionId,
        request: &Request,
        except: &[AgentNo],
    ) -> Option<AgentNo> {
        let class = self.class_of(request);
        let fits =
            |no: &AgentNo| !except.contains(no) && self.obstacle(*no, session, request).is_none();
        if let [only] = request.pools[..]
            && let PoolKey::Department { .. } = self.pool(only).key
        {
            let free = self.pool(only).free[class].keys().map(|rank| rank.agent());
            return free.take(PASSED_MAX).find(fits);
        }
        let proposals = request.pools.iter().filter_map(|pool| match self.pool(*pool).key {
            PoolKey::Agent(no) => fits(&no).then(|| self.agent(no).common_rank(1)),
            PoolKey::Department { no, .. } => {
                let free = self.pool(*pool).free[class].keys().map(|rank| rank.agent());
                let best = free.take(PASSED_MAX).find(fits)?;
                let tier = self.agent(best).post(no).map_or(1, |post| post.tier);
                Some(self.agent(best).common_rank(tier))
            }
        });
        proposals.min().map(|rank| rank.agent())
    }

    /// What keeps an agent from getting a request of its pools by itself. The one rule by which agents are given requests,
    /// requests are given agents, the ledger is proved and questions are answered.
    pub(super) fn obstacle(
        &self,
        no: AgentNo,
        session: SessionId,
        request: &Request,
    ) -> Option<Obstacle> {
        let agent = self.agent(no);
        if let Some(obstacle) = agent.obstacle() {
            return Some(obstacle);
        }
        if let Some(until_mono_ms) = agent.shuns(session) {
            return Some(Obstacle::Shunned { until_mono_ms });
        }
        if agent.kind == Kind::HiddenBot && !self.people_are_away(request) {
            return Some(Obstacle::PeopleThere);
        }
        if !self.department_lets(no, request) {
            return Some(Obstacle::DepartmentFull);
        }
        if !agent.has_room(request.weight_now(&self.policy)) {
            return Some(Obstacle::Full);
        }
        None
    }

    /// Whether an agent may have one more of a request's department.
    fn department_lets(&self, no: AgentNo, request: &Request) -> bool {
        let agent = self.agent(no);
        if agent.post(request.home).is_some_and(|post| self.is_full(post)) {
            return false;
        }
        // Who has its fill of a department gets none of another's through it either.
        let mut ways = agent.pools.iter().filter(|(pool, _)| request.pools.contains(pool));
        let is_open = |(_, post): &(PoolNo, u8)| !self.is_full(&agent.posts[usize::from(*post)]);
        request.pools.iter().any(|pool| agent.own_pool == Some(*pool))
            || ways.clone().next().is_none()
            || ways.any(is_open)
    }

    /// Whether an agent has as many of a department as one agent may have.
    pub(super) fn is_full(&self, post: &Post) -> bool {
        let sessions_max = self.policy.department_at(post.department).agent_sessions_max;
        sessions_max.is_some_and(|max| post.sessions >= max)
    }

    /// Whether an agent has room for a request that isn't its own yet: in its own capacity and in its department's bound.
    pub(super) fn fits(&self, no: AgentNo, request: &Request) -> bool {
        self.agent(no).has_room(request.weight) && self.department_lets(no, request)
    }

    pub(super) fn class_of(&self, request: &Request) -> usize {
        let weight = request.weight_now(&self.policy);
        let classes = self.policy.weight_classes();
        classes.partition_point(|class| *class < weight).min(classes.len() - 1)
    }

    pub(super) fn weight_of(&self, session: SessionId) -> u32 {
        self.requests.get(&session).map_or(0, |request| request.weight_now(&self.policy))
    }

    /// Gives a request to an agent by itself: at once, or as an offer. It must stand in no line.
    fn give(&mut self, agent: AgentNo, session: SessionId, now: Now, fx: &mut Effects) {
        let Some(request) = self.requests.get(&session) else { return };
        let mode = self.policy.department_at(request.home).offers.mode;
        match mode {
            OfferMode::Asked { timeout_ms, at_once } if self.agent(agent).kind == Kind::Person => {
                self.ask(agent, session, (timeout_ms, at_once), now, fx);
            }
            OfferMode::Asked { .. } | OfferMode::Taken => {
                self.hold(agent, session, HowAssigned::Taken, now, fx);
            }
        }
        let gap_ms = self.policy.assignment_gap_ms;
        if gap_ms > 0 {
            self.rest(agent, now.mono_ms.saturating_add(gap_ms).max(1));
        }
    }

    /// Puts a request into its lines and its department's queue.
    pub(super) fn stand(&mut self, session: SessionId, now: Now, fx: &mut Effects) {
        let Some(request) = self.requests.get_mut(&session) else { return };
        request.place = Place::Queued;
        let (home, rank, since) = (request.home, request.rank, request.since());
        let pools = request.pools.clone();
        let wait_max_ms = self.policy.department_at(home).wait_max_ms;
        request.give_up_mono_ms = match wait_max_ms {
            0 => 0,
            max => request.waits_mono_ms.saturating_add(max).max(now.mono_ms + 1),
        };
        for (at, due) in [
            (request.range_due_mono_ms, Due::Range(rank, session)),
            (request.give_up_mono_ms, Due::GiveUp(session)),
        ] {
            if at != 0 {
                self.due.insert((at, due));
            }
        }
        for pool in &pools {
            self.pool_mut(*pool).line.insert(rank, session);
        }
        let pace = self.pace_of(session);
        let waiting_max = self.policy.department_at(home).waiting_max;
        let department = self.department_mut(home);
        let place = department.queue.insert(rank, session, since);
        department.closed |= department.queue.len() >= waiting_max;
        self.counts.waiting += 1;
        self.touch(home);
        let step = SessionStep::Position { place, estimate: pace.estimate(place) };
        fx.cross(Crossing::ToSession(session, step));
        self.say_that_it_waits(session, fx);
        self.save_for(session, &pools);
        self.spend_for(session, &pools, now, fx);
    }

    /// Has a session say that it waits, if there are words for that.
    fn say_that_it_waits(&self, session: SessionId, fx: &mut Effects) {
        let Some(request) = self.requests.get(&session) else { return };
        let terms = self.policy.session_terms(request.home, request.wish.site);
        if !terms.says(Automatic::AllBusy) && !terms.says(Automatic::NobodyThere) {
            return;
        }
        let somebody = request.pools.iter().any(|pool| self.is_there(*pool, Join::Working));
        let which = if somebody { Automatic::AllBusy } else { Automatic::NobodyThere };
        fx.cross(Crossing::ToSession(session, SessionStep::Waits(which)));
    }

    /// Takes a request out of its lines and queue. The agents that kept their room for it are for the caller to fill.
    pub(super) fn unstand(&mut self, session: SessionId) -> SmallVec<[AgentNo; 2]> {
        let Some(request) = self.requests.get_mut(&session) else { return SmallVec::new() };
        debug_assert_eq!(request.place, Place::Queued);
        let (home, rank) = (request.home, request.rank);
        let pools = request.pools.clone();
        let range_due = std::mem::take(&mut request.range_due_mono_ms);
        let give_up_due = std::mem::take(&mut request.give_up_mono_ms);
        if range_due != 0 {
            self.due.remove(&(range_due, Due::Range(rank, session)));
        }
        if give_up_due != 0 {
            self.due.remove(&(give_up_due, Due::GiveUp(session)));
        }
        for pool in &pools {
            let removed = self.pool_mut(*pool).line.remove(rank);
            debug_assert_eq!(removed, Some(session));
        }
        // It may be the one that they keep their room for, even behind a head that they don't take.
        let savers = self.savers(&pools);
        for saver in &savers {
            self.spend(*saver);
        }
        let rules = self.policy.department_at(home);
        let reopen_at = rules.reopen_at.unwrap_or(rules.waiting_max - 1);
        let department = self.department_mut(home);
        let found = department.queue.remove(rank);
        debug_assert!(found, "{session} was not in its queue");
        department.closed &= department.queue.len() > reopen_at;
        self.counts.waiting -= 1;
        self.touch(home);
        savers
    }

    /// Gives a free agent the best waiters of its pools until it is full or nobody waits whom it may have.
    pub(super) fn fill(&mut self, no: AgentNo, now: Now, fx: &mut Effects) {
        self.spend(no);
        while self.agent(no).obstacle().is_none() {
            let agent = self.agent(no);
            let pools = agent.pools.iter().map(|(pool, _)| *pool).chain(agent.own_pool);
            let best =
                pools.filter_map(|pool| self.best_waiter(no, pool)).min_by_key(|best| best.0);
            let Some((_, session, fit)) = best else { return };
            if fit == Fit::TooHeavy {
                self.save(no);
                return;
            }
            let savers = self.unstand(session);
            self.give(no, session, now, fx);
            self.fill_all(savers, now, fx);
        }
    }

    pub(super) fn fill_all(
        &mut self,
        agents: impl IntoIterator<Item = AgentNo>,
        now: Now,
        fx: &mut Effects,
    ) {
        for agent in agents {
            self.fill(agent, now, fx);
        }
    }

    /// The best of those who wait for a pool whom an agent may have, or could if it had more room.
    fn best_waiter(
        &self,
        no: AgentNo,
        pool: PoolNo,
    ) -> Option<(super::queue::WaitRank, SessionId, Fit)> {
        self.pool(pool).line.iter().take(PASSED_MAX).find_map(|(rank, session)| {
            let request = self.requests.get(session)?;
            match self.obstacle(no, *session, request) {
                None => Some((*rank, *session, Fit::Fits)),
                // One that never fits an agent with nothing else isn't waited for.
                Some(Obstacle::Full) if self.agent(no).load < self.agent(no).room_whole() => {
                    Some((*rank, *session, Fit::TooHeavy))
                }
                Some(_) => None,
            }
        })
    }

    /// A session is over: its place, offer or slot is free.
    pub(super) fn ended(&mut self, session: SessionId, now: Now, fx: &mut Effects) {
        // A session that was refused its place ends too.
        let Some(request) = self.requests.get(&session) else { return };
        let place = request.place;
        let freed = self.dissolve(session, now, fx);
        self.watches.session_ended(session);
        match place {
            Place::Queued => {
                let savers = self.unstand(session);
                self.forget(session);
                self.fill_all(savers, now, fx);
            }
            Place::Offered(offer) => {
                let asked =
                    self.end_offer(offer, crate::delivery::OfferOutcome::VisitorGone, now, fx);
                self.forget(session);
                self.freed_all(asked, now, fx);
            }
            Place::Held(no) => {
                if let Some(request) = self.forget(session) {
                    self.leave_uncleared(no, session, &request);
                    self.write_notes(no, session, &request, now);
                }
                self.freed(no, now, fx);
            }
        }
        self.freed_all(freed, now, fx);
    }

    /// An agent has more room than before: its next status comes, or its next session.
    pub(super) fn freed(&mut self, no: AgentNo, now: Now, fx: &mut Effects) {
        self.settle_next_status(no, now, fx);
        self.fill(no, now, fx);
    }

    pub(super) fn freed_all(
        &mut self,
        agents: impl IntoIterator<Item = AgentNo>,
        now: Now,
        fx: &mut Effects,
    ) {
        for agent in agents {
            self.freed(agent, now, fx);
        }
    }

    /// Ends a request that nobody receives. It must be in no book any more.
    fn refuse(
        &mut self,
        session: SessionId,
        home: DepartmentNo,
        cause: CloseCause,
        fx: &mut Effects,
    ) {
        self.count_ended(home);
        self.watches.session_ended(session);
        fx.cross(Crossing::ToSession(session, SessionStep::Refused(cause)));
    }

    /// A waiting one's range has to be found anew.
    pub(super) fn range_changed(&mut self, session: SessionId, now: Now, fx: &mut Effects) {
        let Some(request) = self.requests.get_mut(&session) else { return };
        if request.place != Place::Queued {
            return;
        }
        let savers = self.unstand(session);
        self.seek(session, now, fx);
        self.fill_all(savers, now, fx);
    }

    /// One has waited for as long as its department lets it.
    pub(super) fn gave_up(&mut self, session: SessionId, now: Now, fx: &mut Effects) {
        let Some(request) = self.requests.get(&session) else { return };
        if request.place != Place::Queued {
            return;
        }
        let savers = self.unstand(session);
        self.turn_away(session, CloseCause::NobodyCame, now, fx);
        self.fill_all(savers, now, fx);
    }

    /// A session that had an agent waits from now on.
    pub(super) fn wait_again(&mut self, session: SessionId, now: Now) {
        if let Some(request) = self.requests.get_mut(&session) {
            request.waits_mono_ms = now.mono_ms;
        }
    }

    /// A session without an agent waits again, as its department says: by its age, or like a newcomer.
    pub(super) fn requeue(&mut self, session: SessionId, now: Now, fx: &mut Effects) {
        self.wait_again(session, now);
        let Some(request) = self.requests.get_mut(&session) else { return };
        if self.policy.department_at(request.home).agent_lost == AgentLost::Tail {
            self.tickets += 1;
            let priority_ms = i64::try_from(request.wish.priority_ms).unwrap_or(i64::MAX);
            let now_ms = i64::try_from(now.mono_ms).unwrap_or(i64::MAX);
            request.rank = super::queue::WaitRank {
                since_ms: now_ms.saturating_sub(priority_ms),
                ticket: self.tickets,
            };
        }
        self.seek(session, now, fx);
    }
}

/// Whether an agent has room for one that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    Fits,
    TooHeavy,
}
