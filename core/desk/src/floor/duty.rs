//! An agent's day: its links, signing on and off, its status, its notes after a session.

use std::sync::Arc;

use smallvec::SmallVec;

use super::agent::{Kind, LogEntry, Notes, Post};
use super::request::{Place, Request};
use super::slots::Turn;
use super::{
    AGENT_DEPARTMENTS_MAX, AGENT_LINKS_MAX, Due, Floor, LINK_REPLAY, SignOn, bounded, count,
};
use crate::crossing::{Crossing, Replay, SessionStep};
use crate::delivery::{Delivery, OfferOutcome, Status};
use crate::effects::Effects;
use crate::fact::Event;
use crate::id::{AgentId, AgentNo, DepartmentNo, LinkId, Person, SessionId};
use crate::policy::SkillSet;
use crate::policy::department::TIER_MAX;
use crate::refusal::Refusal;
use crate::time::Now;

/// The highest weight of a post.
const POST_WEIGHT_MAX: u16 = 100;

/// When a status comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Now.
    Now,
    /// When the agent has no session, offer or notes any more; until then it gets nothing new.
    AfterSessions,
}

impl Floor {
    /// Brings an agent's link up. Signs nobody on. Errors: [`Refusal::LimitReached`].
    pub fn link_up(
        &mut self,
        id: &AgentId,
        link: LinkId,
        replaces: Option<LinkId>,
        resume: &[(SessionId, u64)],
        now: Now,
        fx: &mut Effects,
    ) -> Result<AgentNo, Refusal> {
        let no = self.find_or_add(id)?;
        let replaces = replaces.filter(|old| self.agent(no).links.contains(old));
        if self.agent(no).links.len() >= AGENT_LINKS_MAX && replaces.is_none() {
            return Err(Refusal::LimitReached {
                what: "links of one agent",
                max: AGENT_LINKS_MAX as u64,
            });
        }
        if let Some(old) = replaces {
            self.forget_link(no, old, fx);
        }
        self.recounting(no, |floor| {
            let agent = floor.agent_mut(no);
            agent.links.push(link);
            let until = std::mem::take(&mut agent.lost_until_mono_ms);
            floor.due.remove(&(until, Due::AgentLost(no)));
        });
        let agent = self.agent(no);
        let share = (agent.held.len() + agent.seats.len()).max(1);
        for session in agent.held.iter().chain(&agent.seats) {
            let after_seq = resume.iter().find(|(other, _)| other == session).map(|(_, seq)| *seq);
            let replay = Replay {
                after_seq,
                messages_max: LINK_REPLAY.messages_max / share,
                bytes_max: LINK_REPLAY.bytes_max / share,
            };
            let person = Person::Agent(no);
            let step = SessionStep::LinkUp { tenant: self.tenant, person, link, replay };
            fx.cross(Crossing::ToSession(*session, step));
        }
        self.tell_offers(no, link, now, fx);
        self.tell_handings(no, link, now, fx);
        self.fill(no, now, fx);
        Ok(no)
    }

    /// Takes an agent's link away. With the last one the grace begins: the agent keeps status and sessions, loses its offers and gets
    /// nothing new. A link that isn't the agent's changes nothing.
    pub fn link_down(&mut self, no: AgentNo, link: LinkId, now: Now, fx: &mut Effects) {
        if !self.forget_link(no, link, fx) {
            return;
        }
        let agent = self.agent(no);
        if agent.links.is_empty() && agent.status == Status::Offline {
            // A supervisor who hasn't signed on has no grace.
            self.rise_everywhere(no, now, fx);
        } else if agent.links.is_empty() {
            let until = now.mono_ms.saturating_add(self.policy.agent_grace_ms).max(1);
            self.agent_mut(no).lost_until_mono_ms = until;
            self.due.insert((until, Due::AgentLost(no)));
            self.spend(no);
            self.withdraw_offers(no, OfferOutcome::AgentGone, now, fx);
            self.range_of_waiters_changed(no, now, fx);
        }
    }

    /// An agent begins to work, in status away; or changes what it works for, and keeps its status.
    /// Errors: [`Refusal::UnknownDepartment`], [`Refusal::DepartmentsOutOfRange`], [`Refusal::CapacityOutOfRange`],
    /// [`Refusal::UnknownSkill`], [`Refusal::PostOutOfRange`].
    pub fn sign_on(
        &mut self,
        no: AgentNo,
        sign_on: SignOn,
        now: Now,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        let capacity = sign_on.capacity.unwrap_or(self.policy.capacity_default);
        if capacity == 0 || capacity > self.policy.capacity_max {
            return Err(Refusal::CapacityOutOfRange { max: self.policy.capacity_max });
        }
        let skills = self.policy.skill_set(&sign_on.skills).map_err(Refusal::UnknownSkill)?;
        let posts = self.posts(&sign_on)?;
        let before: SmallVec<[DepartmentNo; 4]> = self.agent(no).departments().collect();
        self.spend(no);
        self.recounting(no, |floor| floor.agent_mut(no).capacity = capacity);
        self.repost(no, posts, skills);
        self.reload(no);
        let agent = self.agent(no);
        let signed_on = Event::AgentSignedOn {
            agent: agent.id.clone(),
            departments: sign_on.posts.into_iter().map(|post| post.department).collect(),
            capacity,
            above_capacity: (agent.above / crate::policy::WEIGHT) as u16,
        };
        self.keep(signed_on, now, fx);
        if !self.is_signed_on(no) {
            self.change_status(no, Status::Away, "signed on".into(), now, fx);
        }
        self.tell_announced_to(no, &before, now, fx);
        // It may have left a department whose hidden bot has to receive now.
        self.fill_hidden_bots(now, fx);
        self.fill(no, now, fx);
        Ok(())
    }

    fn posts(&self, sign_on: &SignOn) -> Result<SmallVec<[Post; 1]>, Refusal> {
        let mut posts: SmallVec<[Post; 1]> = SmallVec::new();
        for wish in &sign_on.posts {
            let department = self
                .policy
                .department(&wish.department)
                .ok_or_else(|| Refusal::UnknownDepartment(wish.department.clone()))?;
            if wish.tier == 0 || wish.tier > TIER_MAX {
                return Err(Refusal::PostOutOfRange { field: "tier", max: TIER_MAX.into() });
            }
            if wish.weight == 0 || wish.weight > POST_WEIGHT_MAX {
                return Err(Refusal::PostOutOfRange { field: "weight", max: POST_WEIGHT_MAX });
            }
            if posts.iter().all(|post| post.department != department) {
                posts.push(Post {
                    department,
                    tier: wish.tier,
                    order: wish.order,
                    weight: wish.weight,
                    key: 0,
                    sessions: 0,
                });
            }
        }
        if posts.is_empty() || posts.len() > AGENT_DEPARTMENTS_MAX {
            return Err(Refusal::DepartmentsOutOfRange { max: AGENT_DEPARTMENTS_MAX });
        }
        Ok(posts)
    }

    /// Counts what an agent has anew: its capacity, its posts or what sessions weigh has changed.
    pub(super) fn reload(&mut self, no: AgentNo) {
        let agent = self.agent(no);
        let mut parts: Vec<(DepartmentNo, u32)> = Vec::new();
        for session in &agent.held {
            if let Some(request) = self.requests.get(session) {
                parts.push((request.home, request.weight_now(&self.policy)));
            }
        }
        parts.extend(agent.offered.iter().filter_map(|offer| self.room_of(*offer)));
        parts.extend(agent.notes.iter().map(|notes| (notes.department, notes.weight)));
        self.relisting(no, |floor| {
            let agent = floor.agent_mut(no);
            agent.load = parts.iter().map(|(_, weight)| agent.weighed(*weight)).sum();
            agent.settle_above();
            for post in &mut agent.posts {
                post.sessions =
                    parts.iter().filter(|(home, _)| *home == post.department).count() as u16;
            }
        });
    }

    /// Changes a status by hand, now or for later. Errors: [`Refusal::StatusNotSettable`], [`Refusal::NotSignedOn`], [`Refusal::TooLong`].
    pub fn set_status(
        &mut self,
        no: AgentNo,
        status: Status,
        reason: Arc<str>,
        when: When,
        now: Now,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        if status == Status::Offline {
            return Err(Refusal::StatusNotSettable);
        }
        if !self.is_signed_on(no) {
            return Err(Refusal::NotSignedOn);
        }
        bounded(&reason)?;
        match when {
            When::Now => self.change_status(no, status, reason, now, fx),
            When::AfterSessions => {
                self.spend(no);
                self.relisting(no, |floor| floor.agent_mut(no).next = Some((status, reason)));
                self.tell_status(no, fx);
                self.settle_next_status(no, now, fx);
            }
        }
        self.fill(no, now, fx);
        Ok(())
    }

    /// An agent stops working: its sessions wait again at their old rank. Errors: [`Refusal::NotSignedOn`], [`Refusal::TooLong`].
    pub fn sign_off(
        &mut self,
        no: AgentNo,
        reason: Arc<str>,
        now: Now,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        if !self.is_signed_on(no) {
            return Err(Refusal::NotSignedOn);
        }
        bounded(&reason)?;
        self.take_off(no, reason, now, fx);
        Ok(())
    }

    /// An agent has finished its notes about a session, or about all. Errors: [`Refusal::SessionNotFound`] if it writes none about it.
    pub fn finish_notes(
        &mut self,
        no: AgentNo,
        session: Option<SessionId>,
        now: Now,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        let all = self.agent(no).notes.clone();
        let finished: SmallVec<[Notes; 1]> = all
            .into_iter()
            .filter(|notes| session.is_none_or(|session| session == notes.session))
            .collect();
        if finished.is_empty() && session.is_some() {
            return Err(Refusal::SessionNotFound);
        }
        for notes in finished {
            self.due.remove(&(notes.until_mono_ms, Due::Notes(no, notes.session)));
            self.notes_over(no, notes.session, now, fx);
        }
        Ok(())
    }

    /// A session that an agent held is over: its slot stays taken for the agent's notes, if its department gives time for them.
    pub(super) fn write_notes(
        &mut self,
        no: AgentNo,
        session: SessionId,
        request: &Request,
        now: Now,
    ) {
        let (home, weight) = (request.home, request.weight_now(&self.policy));
        let held_ms = now.mono_ms.saturating_sub(request.held_mono_ms);
        let wrap_up_ms = match self.agent(no).kind {
            Kind::Person => self.policy.department_at(home).wrap_up_ms,
            // A bot writes none.
            Kind::Bot | Kind::HiddenBot => 0,
        };
        self.department_mut(home).hold_times.note(held_ms.saturating_add(wrap_up_ms));
        self.release(no, session, home, weight);
        if wrap_up_ms == 0 {
            return;
        }
        let until_mono_ms = now.mono_ms.saturating_add(wrap_up_ms).max(1);
        let notes = Notes { session, department: home, weight, until_mono_ms };
        self.take_room(no, home, weight, Turn::Stays, |agent| agent.notes.push(notes));
        self.due.insert((until_mono_ms, Due::Notes(no, session)));
    }

    pub(super) fn notes_over(
        &mut self,
        no: AgentNo,
        session: SessionId,
        now: Now,
        fx: &mut Effects,
    ) {
        let Some(notes) = self.agent(no).notes.iter().find(|notes| notes.session == session) else {
            return;
        };
        let (department, weight) = (notes.department, notes.weight);
        self.free_room(no, department, weight, |agent| {
            agent.notes.retain(|notes| notes.session != session);
        });
        self.freed(no, now, fx);
    }

    /// Lets an agent rest until then, before it gets the next session by itself.
    pub(super) fn rest(&mut self, no: AgentNo, until_mono_ms: u64) {
        let before = self.agent(no).rests_until_mono_ms;
        self.due.remove(&(before, Due::Rest(no)));
        self.due.insert((until_mono_ms, Due::Rest(no)));
        self.relisting(no, |floor| floor.agent_mut(no).rests_until_mono_ms = until_mono_ms);
    }

    pub(super) fn rested(&mut self, no: AgentNo, now: Now, fx: &mut Effects) {
        self.relisting(no, |floor| floor.agent_mut(no).rests_until_mono_ms = 0);
        self.fill(no, now, fx);
    }

    /// The status that was set for later comes, if the agent has nothing more.
    pub(super) fn settle_next_status(&mut self, no: AgentNo, now: Now, fx: &mut Effects) {
        let agent = self.agent(no);
        if let Some((status, reason)) = &agent.next
            && agent.held.is_empty()
            && agent.offered.is_empty()
            && agent.notes.is_empty()
        {
            let (status, reason) = (*status, reason.clone());
            self.change_status(no, status, reason, now, fx);
        }
    }

    pub(super) fn take_off(&mut self, no: AgentNo, reason: Arc<str>, now: Now, fx: &mut Effects) {
        let until = std::mem::take(&mut self.agent_mut(no).lost_until_mono_ms);
        self.due.remove(&(until, Due::AgentLost(no)));
        let resting = std::mem::take(&mut self.agent_mut(no).rests_until_mono_ms);
        self.due.remove(&(resting, Due::Rest(no)));
        self.change_status(no, Status::Offline, reason, now, fx);
        for notes in std::mem::take(&mut self.agent_mut(no).notes) {
            self.due.remove(&(notes.until_mono_ms, Due::Notes(no, notes.session)));
            self.free_room(no, notes.department, notes.weight, |_| {});
        }
        self.forget_all_shunned(no);
        self.rise_everywhere(no, now, fx);
        // Oldest rank first, so that each goes to the best place there is.
        let mut held = self.agent(no).held.clone();
        held.sort_by_key(|session| self.requests.get(session).map(|request| request.rank));
        for session in held {
            let freed = self.end_handings_of(no, session, now, fx);
            self.unhold(no, session);
            if !self.give_back(no, session, now, fx) {
                fx.cross(Crossing::ToSession(session, SessionStep::OwnerLost(no)));
                self.requeue(session, now, fx);
            }
            self.freed_all(freed, now, fx);
        }
        self.repost(no, SmallVec::new(), SkillSet::NONE);
    }

    pub(super) fn change_status(
        &mut self,
        no: AgentNo,
        status: Status,
        reason: Arc<str>,
        now: Now,
        fx: &mut Effects,
    ) {
        let agent = self.agent(no);
        if agent.status == status && agent.reason == reason && agent.next.is_none() {
            return;
        }
        let before = agent.status;
        count(&mut self.counts, before, |n| *n -= 1);
        count(&mut self.counts, status, |n| *n += 1);
        self.spend(no);
        self.recounting(no, |floor| {
            let agent = floor.agent_mut(no);
            agent.next = None;
            agent.status = status;
            agent.reason = reason.clone();
            agent.since_wall_ms = now.wall_ms;
            agent.note_log(LogEntry { wall_ms: now.wall_ms, status, reason: reason.clone() });
        });
        self.tell_status(no, fx);
        let agent = self.agent(no).id.clone();
        self.keep(Event::StatusChanged { agent, status, reason }, now, fx);
        match status {
            Status::Online => {}
            Status::Busy => self.rescind_offers(no, now, fx),
            Status::Away => self.withdraw_offers(no, OfferOutcome::Rescinded, now, fx),
            Status::Offline => self.withdraw_offers(no, OfferOutcome::AgentGone, now, fx),
        }
        self.range_of_waiters_changed(no, now, fx);
    }

    fn tell_status(&self, no: AgentNo, fx: &mut Effects) {
        let agent = self.agent(no);
        let told = Delivery::StatusChanged {
            status: agent.status,
            reason: agent.reason.clone(),
            since_wall_ms: agent.since_wall_ms,
            next: agent.next_status(),
        };
        fx.tell_each(&agent.links, told);
    }

    /// An agent's status counts for those who wait for it by name, and for the hidden bots behind its departments.
    fn range_of_waiters_changed(&mut self, no: AgentNo, now: Now, fx: &mut Effects) {
        if let Some(pool) = self.agent(no).own_pool {
            let waiting: Vec<SessionId> = self.pool(pool).line.values().collect();
            for session in waiting {
                self.range_changed(session, now, fx);
            }
        }
        self.wake_hidden_bots(no, now, fx);
    }

    fn forget_link(&mut self, no: AgentNo, link: LinkId, fx: &mut Effects) -> bool {
        if !self.agent(no).links.contains(&link) {
            return false;
        }
        self.watches.link_down(link, fx);
        self.colleagues.link_down(no, link, fx);
        self.recounting(no, |floor| floor.agent_mut(no).links.retain(|other| *other != link));
        let agent = self.agent(no);
        for session in agent.held.iter().chain(&agent.seats) {
            let step = SessionStep::LinkDown { person: Person::Agent(no), link };
            fx.cross(Crossing::ToSession(*session, step));
        }
        true
    }

    /// The agent that has a session, if it is this one. Errors: [`Refusal::NotInSession`].
    pub(super) fn held_by(&self, no: AgentNo, session: SessionId) -> Result<(), Refusal> {
        match self.requests.get(&session).map(|request| request.place) {
            Some(Place::Held(holder)) if holder == no => Ok(()),
            _ => Err(Refusal::NotInSession),
        }
    }
}
