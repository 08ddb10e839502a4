//! Slots: how room is taken and given back, each once, and what a session weighs while its visitor lets it lie.

use smallvec::SmallVec;

use super::Floor;
use super::pool::PoolNo;
use super::request::{Pace, Place};
use crate::crossing::{Assigned, Crossing, HowAssigned, SessionStep};
use crate::effects::Effects;
use crate::id::{AgentNo, DepartmentNo, SessionId};
use crate::time::Now;

/// How long one that lay dormant waits for its agent alone, at least.
const RETURN_MS: u64 = 60_000;

/// Whether taking room is an agent's turn by its department's strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn<'a> {
    /// It is, in the departments of these pools and at home: others come first next time.
    Over(&'a [PoolNo]),
    /// It isn't: it took it by itself, or doesn't know yet whether it takes it.
    Stays,
}

impl Floor {
    /// Takes a slot for a session and tells the session. It must be in `requests` and in no line.
    pub(super) fn hold(
        &mut self,
        no: AgentNo,
        session: SessionId,
        how: HowAssigned,
        now: Now,
        fx: &mut Effects,
    ) {
        let Some(request) = self.requests.get_mut(&session) else { return };
        request.place = Place::Held(no);
        request.returns_to = None;
        request.held_mono_ms = now.mono_ms;
        request.range_due_mono_ms = 0;
        let pools = std::mem::take(&mut request.pools);
        let (home, weight) = (request.home, request.weight_now(&self.policy));
        let terms = self.policy.session_terms(home, request.wish.site);
        self.strike_seat(no, session);
        self.watches.session_held(session, no, fx);
        self.counts.held += 1;
        self.department_mut(home).held += 1;
        let turn = match how {
            HowAssigned::Taken | HowAssigned::Accepted => Turn::Over(&pools),
            HowAssigned::Picked
            | HowAssigned::PickedOverCapacity
            | HowAssigned::HandedOver
            | HowAssigned::TakenBack { .. }
            | HowAssigned::Transferred { .. }
            | HowAssigned::PassedOn { .. }
            | HowAssigned::TakenOver { .. } => Turn::Stays,
        };
        self.take_room(no, home, weight, turn, |agent| agent.held.push(session));
        let agent = self.agent_mut(no);
        (agent.declined, agent.missed) = (0, 0);
        let agent = self.agent(no);
        let step = SessionStep::Assigned(Assigned {
            agent: no,
            agent_id: agent.id.clone(),
            links: SmallVec::from_slice(&agent.links),
            how,
            policy_version: self.policy.version,
            dormant_after_ms: self.policy.department_at(home).dormant_after_ms,
            terms,
        });
        fx.cross(Crossing::ToSession(session, step));
        self.touch(home);
    }

    /// Takes room for something of a weight.
    pub(super) fn take_room(
        &mut self,
        no: AgentNo,
        home: DepartmentNo,
        weight: u32,
        turn: Turn<'_>,
        change: impl FnOnce(&mut super::Agent),
    ) {
        self.turns += 1;
        let changed = self.turns;
        self.withdraw(no);
        let agent = &mut self.agents[no.0 as usize];
        change(agent);
        agent.load += agent.weighed(weight);
        agent.settle_above();
        agent.changed = changed;
        if let Turn::Over(pools) = turn {
            self.end_turn(no, home, pools);
        }
        if let Some(post) = self.agent_mut(no).post_mut(home) {
            post.sessions += 1;
        }
        self.enlist(no);
        self.touch_posts(no);
    }

    /// An agent has had its turn, at home and in the departments through which it was found: it got a session by the strategy, or
    /// let one pass. It must be off the lists.
    pub(super) fn end_turn(&mut self, no: AgentNo, home: DepartmentNo, pools: &[PoolNo]) {
        self.turns += 1;
        let agent = &mut self.agents[no.0 as usize];
        agent.served = self.turns;
        for (index, post) in (0..).zip(&mut agent.posts) {
            let found = |(pool, at): &(PoolNo, u8)| *at == index && pools.contains(pool);
            if post.department == home || agent.pools.iter().any(found) {
                let strategy = self.policy.department_at(post.department).strategy;
                let department = &mut self.departments[usize::from(post.department.0)];
                department.clock = department.clock.max(post.key);
                post.key = strategy.key_after(post.key, post.weight, &mut self.chance);
            }
        }
    }

    /// Gives room back, once.
    pub(super) fn free_room(
        &mut self,
        no: AgentNo,
        home: DepartmentNo,
        weight: u32,
        change: impl FnOnce(&mut super::Agent),
    ) {
        self.turns += 1;
        let turn = self.turns;
        self.withdraw(no);
        let agent = &mut self.agents[no.0 as usize];
        change(agent);
        let weighed = agent.weighed(weight);
        debug_assert!(agent.load >= weighed, "{} gives back more room than it took", agent.id);
        agent.load = agent.load.saturating_sub(weighed);
        agent.settle_above();
        agent.changed = turn;
        if let Some(post) = agent.post_mut(home) {
            post.sessions = post.sessions.saturating_sub(1);
        }
        self.enlist(no);
        self.touch_posts(no);
    }

    /// Takes a held session from its agent. Its request stays, in no place, and weighs what it weighs awake: whoever gets it next has to
    /// have room for that.
    pub(super) fn unhold(&mut self, no: AgentNo, session: SessionId) {
        let Some(request) = self.requests.get(&session) else { return };
        self.release(no, session, request.home, request.weight_now(&self.policy));
    }

    /// Takes a session of a home and a weight from its agent, whatever becomes of its request.
    pub(super) fn release(
        &mut self,
        no: AgentNo,
        session: SessionId,
        home: DepartmentNo,
        weight: u32,
    ) {
        self.counts.held -= 1;
        self.department_mut(home).held -= 1;
        self.free_room(no, home, weight, |agent| {
            let slot = agent.held.iter().position(|other| *other == session);
            debug_assert!(slot.is_some(), "{session} was not held by {}", agent.id);
            if let Some(slot) = slot {
                agent.held.swap_remove(slot);
            }
        });
        if let Some(request) = self.requests.get_mut(&session) {
            request.pace = Pace::Awake;
        }
        self.touch(home);
    }

    /// The visitor lets its session lie: the slot is free, or takes less.
    pub(super) fn fell_dormant(&mut self, session: SessionId, now: Now, fx: &mut Effects) {
        let Some(request) = self.requests.get(&session) else { return };
        let Place::Held(no) = request.place else { return };
        if request.pace == Pace::Dormant {
            return;
        }
        self.reweigh(no, session, Pace::Dormant);
        self.fill(no, now, fx);
    }

    /// The visitor goes on: the session takes its slot again, or, where that was given away, waits for its agent by its age.
    pub(super) fn awoke(&mut self, session: SessionId, now: Now, fx: &mut Effects) {
        let Some(request) = self.requests.get(&session) else { return };
        let Place::Held(no) = request.place else { return };
        if request.pace == Pace::Awake {
            return;
        }
        let agent = self.agent(no);
        let dormant = agent.weighed(request.weight_now(&self.policy));
        if agent.load - dormant + agent.weighed(request.weight) <= agent.room_whole() {
            self.reweigh(no, session, Pace::Awake);
            return;
        }
        let back_ms = self.policy.department_at(request.home).sticky_ms.max(RETURN_MS);
        let freed = self.end_handings_of(no, session, now, fx);
        self.unhold(no, session);
        self.leave_to_others(session, now, fx);
        self.wait_again(session, now);
        if let Some(request) = self.requests.get_mut(&session) {
            request.returns_to = Some((no, now.mono_ms.saturating_add(back_ms)));
        }
        fx.cross(Crossing::ToSession(session, SessionStep::OwnerLost(no)));
        self.seek(session, now, fx);
        self.freed_all(freed, now, fx);
        self.fill(no, now, fx);
    }

    fn reweigh(&mut self, no: AgentNo, session: SessionId, pace: Pace) {
        let Some(request) = self.requests.get_mut(&session) else { return };
        let before = request.weight_now(&self.policy);
        request.pace = pace;
        let after = request.weight_now(&self.policy);
        self.relisting(no, |floor| {
            let agent = floor.agent_mut(no);
            agent.load = agent.load - agent.weighed(before) + agent.weighed(after);
            agent.settle_above();
        });
    }
}
