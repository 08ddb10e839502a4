//! A tenant's floor: its agents with their slots, its departments with their queues, and who gets whom.
//!
//! A request for service is a session id. It is in exactly one of two places until its session ends:
//!
//! ```text
//!   Enqueue                a slot is free
//!  ─────────▶ queued ──────────────────────────▶ held ──── Ended ───▶ (forgotten)
//!               ▲  └──── Ended ──▶ (forgotten)    │
//!               └──── the agent is gone ──────────┘
//! ```
//!
//! Taking a waiter out of the queue and taking the agent's slot is one step of one noun, so a slot is never leaked and nobody is
//! assigned twice. A freed slot goes to the best waiter at once: after each command there is no department with both a waiter
//! and a free agent. The floor never sees a message, a page or a visitor.

mod agent;
mod queue;
pub mod strategy;
mod watches;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use smallvec::SmallVec;

pub use agent::Agent;
pub use watches::{OBSERVERS_MAX, WATCHES_MAX};

use crate::crossing::{Crossing, FloorStep, Replay, SessionStep};
use crate::delivery::{CloseCause, Delivery, Status};
use crate::effects::Effects;
use crate::fact::{Event, Fact};
use crate::id::{
    AgentId, AgentNo, DepartmentId, DepartmentNo, LinkId, Person, SessionId, TenantNo,
};
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::time::Now;
use queue::{Queue, WaitRank};
use strategy::{Rank, Strategy};
use watches::Watches;

/// Most departments one agent receives for.
pub const AGENT_DEPARTMENTS_MAX: usize = 16;
/// Most links of one agent at once.
pub const AGENT_LINKS_MAX: usize = 16;
/// Longest reason for a status, in bytes.
pub const REASON_BYTES_MAX: usize = 64;
/// Waiters looked at in one telling of places.
pub const TOLD_MAX: u32 = 1_024;

/// Hashes ids that are random already.
type BySession<V> = HashMap<SessionId, V, std::hash::BuildHasherDefault<RandomBits>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Queued,
    Held(AgentNo),
}

#[derive(Clone, Copy, Debug)]
struct Request {
    department: DepartmentNo,
    rank: WaitRank,
    place: Place,
}

#[derive(Debug, Default)]
struct Department {
    queue: Queue,
    /// Agents that are free for it.
    free: BTreeSet<Rank>,
    strategy: Strategy,
}

/// How many agents and sessions there are, kept as they change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FloorCounts {
    /// Sessions in a queue.
    pub waiting: u64,
    /// Sessions with an agent.
    pub held: u64,
    /// Agents online.
    pub online: u64,
    /// Agents busy.
    pub busy: u64,
    /// Agents away.
    pub away: u64,
}

/// What an agent signs on for.
#[derive(Clone, Debug)]
pub struct SignOn {
    /// For which departments.
    pub departments: Vec<DepartmentId>,
    /// Sessions at once; the policy's default if not given.
    pub capacity: Option<u16>,
}

/// How much is replayed to one link that comes up of sessions that ended meanwhile, over all of them.
pub const ENDED_REPLAY: Replay =
    Replay { after_seq: None, messages_max: 200, bytes_max: 128 * 1024 };

/// How much is replayed to one agent's link that comes up, over all of its sessions.
pub const LINK_REPLAY: Replay =
    Replay { after_seq: None, messages_max: 640, bytes_max: 512 * 1024 };

/// One tenant's floor.
#[derive(Debug)]
pub struct Floor {
    tenant: TenantNo,
    agents: Vec<Agent>,
    by_id: HashMap<AgentId, AgentNo>,
    departments: Vec<Department>,
    requests: BySession<Request>,
    /// Agents without a link, by the end of their grace.
    lost: BTreeSet<(u64, AgentNo)>,
    counts: FloorCounts,
    watches: Watches,
    tickets: u64,
    turns: u64,
    /// Departments in which somebody began or ceased to wait, until [`Floor::take_touched`].
    touched: SmallVec<[DepartmentNo; 4]>,
    /// The department whose waiters are told next.
    telling: usize,
}

impl Floor {
    /// A floor with the policy's departments and nobody on it.
    pub fn new(tenant: TenantNo, policy: &Policy) -> Self {
        let mut departments = Vec::new();
        departments.resize_with(policy.departments.len(), Department::default);
        Self {
            tenant,
            agents: Vec::new(),
            by_id: HashMap::new(),
            departments,
            requests: BySession::default(),
            lost: BTreeSet::new(),
            counts: FloorCounts::default(),
            watches: Watches::default(),
            tickets: 0,
            turns: 0,
            touched: SmallVec::new(),
            telling: 0,
        }
    }

    /// The counts.
    pub fn counts(&self) -> FloorCounts {
        self.counts
    }

    /// How many wait for a department.
    pub fn waiting(&self, department: DepartmentNo) -> u32 {
        self.departments[usize::from(department.0)].queue.len()
    }

    /// The departments in which somebody began or ceased to wait since the last call.
    pub fn take_touched(&mut self) -> SmallVec<[DepartmentNo; 4]> {
        std::mem::take(&mut self.touched)
    }

    fn touch(&mut self, department: DepartmentNo) {
        if !self.touched.contains(&department) {
            self.touched.push(department);
        }
    }

    /// An agent by its number. Numbers come from this floor.
    pub fn agent(&self, no: AgentNo) -> &Agent {
        &self.agents[no.0 as usize]
    }

    /// An agent's number, if it ever attached.
    pub fn agent_no(&self, id: &AgentId) -> Option<AgentNo> {
        self.by_id.get(id).copied()
    }

    /// Carries out a step that a session asked for.
    pub fn step(&mut self, step: FloorStep, policy: &Policy, fx: &mut Effects) {
        match step {
            FloorStep::Enqueue { session, department, asked_mono_ms, priority_ms } => {
                self.tickets += 1;
                let since_ms = signed(asked_mono_ms).saturating_sub(signed(priority_ms));
                let rank = WaitRank { since_ms, ticket: self.tickets };
                self.enqueue(session, department, rank, policy, fx);
            }
            FloorStep::Ended(session) => self.ended(session, fx),
        }
    }

    /// Brings an agent's link up. Signs nobody on. Errors: [`Refusal::LimitReached`].
    pub fn link_up(
        &mut self,
        id: &AgentId,
        link: LinkId,
        replaces: Option<LinkId>,
        resume: &[(SessionId, u64)],
        policy: &Policy,
        fx: &mut Effects,
    ) -> Result<AgentNo, Refusal> {
        let no = self.find_or_add(id, policy)?;
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
        self.reranking(no, |floor| {
            let agent = &mut floor.agents[no.0 as usize];
            agent.links.push(link);
            let until = std::mem::take(&mut agent.lost_until_mono_ms);
            floor.lost.remove(&(until, no));
        });
        let held = &self.agents[no.0 as usize].held;
        let share = held.len().max(1);
        for session in held {
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
        self.fill(no, fx);
        Ok(no)
    }

    /// Takes an agent's link away. With the last one the grace begins: the agent keeps status and sessions and gets no new ones.
    /// A link that isn't the agent's changes nothing.
    pub fn link_down(
        &mut self,
        no: AgentNo,
        link: LinkId,
        policy: &Policy,
        now: Now,
        fx: &mut Effects,
    ) {
        if !self.forget_link(no, link, fx) {
            return;
        }
        let agent = &mut self.agents[no.0 as usize];
        if agent.links.is_empty() && agent.status != Status::Offline {
            let until = now.mono_ms.saturating_add(policy.agent_grace_ms).max(1);
            agent.lost_until_mono_ms = until;
            self.lost.insert((until, no));
        }
    }

    /// An agent begins to work, in status away; or changes what it works for, and keeps its status.
    /// Errors: [`Refusal::UnknownDepartment`], [`Refusal::DepartmentsOutOfRange`], [`Refusal::CapacityOutOfRange`].
    pub fn sign_on(
        &mut self,
        no: AgentNo,
        sign_on: SignOn,
        policy: &Policy,
        now: Now,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        let capacity = sign_on.capacity.unwrap_or(policy.capacity_default);
        if capacity == 0 || capacity > policy.capacity_max {
            return Err(Refusal::CapacityOutOfRange { max: policy.capacity_max });
        }
        let mut departments = SmallVec::new();
        for id in &sign_on.departments {
            let department =
                policy.department(id).ok_or_else(|| Refusal::UnknownDepartment(id.clone()))?;
            if !departments.contains(&department) {
                departments.push(department);
            }
        }
        if departments.is_empty() || departments.len() > AGENT_DEPARTMENTS_MAX {
            return Err(Refusal::DepartmentsOutOfRange { max: AGENT_DEPARTMENTS_MAX });
        }

        self.reranking(no, |floor| {
            let agent = &mut floor.agents[no.0 as usize];
            agent.departments = departments;
            agent.capacity = capacity;
            agent.settle_above_capacity();
        });
        let agent = &self.agents[no.0 as usize];
        let signed_on = Event::AgentSignedOn {
            agent: agent.id.clone(),
            departments: sign_on.departments,
            capacity,
            above_capacity: agent.above_capacity,
        };
        fx.keep(Fact { tenant: self.tenant, wall_ms: now.wall_ms, event: signed_on });
        if self.agents[no.0 as usize].status == Status::Offline {
            self.change_status(no, Status::Away, "signed on".into(), now, fx);
        }
        self.fill(no, fx);
        Ok(())
    }

    /// Changes a status by hand. Errors: [`Refusal::StatusNotSettable`], [`Refusal::NotSignedOn`], [`Refusal::TooLong`].
    pub fn set_status(
        &mut self,
        no: AgentNo,
        status: Status,
        reason: Arc<str>,
        now: Now,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        if status == Status::Offline {
            return Err(Refusal::StatusNotSettable);
        }
        self.signed_on(no)?;
        bounded(&reason)?;
        self.change_status(no, status, reason, now, fx);
        self.fill(no, fx);
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
        self.signed_on(no)?;
        bounded(&reason)?;
        self.take_off(no, reason, now, fx);
        Ok(())
    }

    /// When the floor next wants [`Floor::expire`], on the clock that never goes back.
    pub fn deadline(&self) -> Option<u64> {
        self.lost.first().map(|(until, _)| *until)
    }

    /// Takes agents off whose grace is over.
    pub fn expire(&mut self, now: Now, fx: &mut Effects) {
        while let Some(&(until, no)) = self.lost.first()
            && until <= now.mono_ms
        {
            self.take_off(no, "connection lost".into(), now, fx);
        }
    }

    /// Whether some waiter may not know its place.
    pub fn has_untold(&self) -> bool {
        self.departments.iter().any(|department| department.queue.untold())
    }

    /// Tells waiters whose place changed: looks at the next [`TOLD_MAX`] of all departments together, so that one telling costs
    /// no more however many wait.
    pub fn tell_positions(&mut self, fx: &mut Effects) {
        let mut left = TOLD_MAX;
        for _ in 0..self.departments.len() {
            let queue = &mut self.departments[self.telling].queue;
            if queue.untold() {
                let looked_at = queue.tell(left, |session, place| {
                    fx.cross(Crossing::ToSession(session, SessionStep::Position(place)));
                });
                left -= looked_at;
                if left == 0 {
                    return;
                }
            }
            self.telling = (self.telling + 1) % self.departments.len();
        }
    }

    fn enqueue(
        &mut self,
        session: SessionId,
        department: DepartmentNo,
        rank: WaitRank,
        policy: &Policy,
        fx: &mut Effects,
    ) {
        let here = &self.departments[usize::from(department.0)];
        if here.free.is_empty() && here.queue.len() >= policy.department_at(department).waiting_max
        {
            fx.cross(Crossing::ToSession(session, SessionStep::Refused(CloseCause::QueueFull)));
            return;
        }
        self.place(session, department, rank, fx);
    }

    /// Gives a request its slot or its place. It must have neither. One that had a slot is not bound by the queue's limit.
    fn place(
        &mut self,
        session: SessionId,
        department: DepartmentNo,
        rank: WaitRank,
        fx: &mut Effects,
    ) {
        let request = Request { department, rank, place: Place::Queued };
        let before = self.requests.insert(session, request);
        debug_assert!(before.is_none(), "{session} was enqueued twice");
        let here = &mut self.departments[usize::from(department.0)];
        if let Some(best) = here.free.first() {
            let agent = best.agent();
            self.hold(agent, session, fx);
            return;
        }
        let position = here.queue.insert(rank, session);
        self.touch(department);
        self.counts.waiting += 1;
        fx.cross(Crossing::ToSession(session, SessionStep::Position(position)));
    }

    fn ended(&mut self, session: SessionId, fx: &mut Effects) {
        self.watches.session_ended(session);
        // A session that was refused its place ends too.
        let Some(request) = self.requests.remove(&session) else { return };
        match request.place {
            Place::Queued => {
                let found =
                    self.departments[usize::from(request.department.0)].queue.remove(request.rank);
                debug_assert!(found, "{session} was not in its queue");
                self.touch(request.department);
                self.counts.waiting -= 1;
            }
            Place::Held(no) => {
                self.release(no, session);
                self.fill(no, fx);
            }
        }
    }

    /// Gives a free agent the best waiters of its departments until it is full or nobody waits.
    fn fill(&mut self, no: AgentNo, fx: &mut Effects) {
        while self.agent(no).is_free() {
            let heads = self.agent(no).departments.iter().filter_map(|department| {
                Some((self.departments[usize::from(department.0)].queue.head()?, *department))
            });
            let Some((_, department)) = heads.min() else { return };
            let Some((_, session)) = self.departments[usize::from(department.0)].queue.pop() else {
                return;
            };
            self.touch(department);
            self.counts.waiting -= 1;
            self.hold(no, session, fx);
        }
    }

    /// Takes a slot for a session and tells the session. It must be in `requests` and in no queue.
    fn hold(&mut self, no: AgentNo, session: SessionId, fx: &mut Effects) {
        if let Some(request) = self.requests.get_mut(&session) {
            request.place = Place::Held(no);
        }
        self.counts.held += 1;
        self.watches.session_held(session, no, fx);
        self.turning(no, |agent| agent.held.push(session));
        let agent = self.agent(no);
        debug_assert!(agent.load() <= agent.capacity, "{} over its capacity", agent.id);
        let step = SessionStep::Assigned {
            agent: no,
            agent_id: agent.id.clone(),
            links: SmallVec::from_slice(&agent.links),
        };
        fx.cross(Crossing::ToSession(session, step));
    }

    fn release(&mut self, no: AgentNo, session: SessionId) {
        self.counts.held -= 1;
        self.turning(no, |agent| {
            let slot = agent.held.iter().position(|other| *other == session);
            debug_assert!(slot.is_some(), "{session} was not held by {}", agent.id);
            if let Some(slot) = slot {
                agent.held.swap_remove(slot);
            }
            agent.settle_above_capacity();
        });
    }

    fn take_off(&mut self, no: AgentNo, reason: Arc<str>, now: Now, fx: &mut Effects) {
        let agent = &mut self.agents[no.0 as usize];
        let until = std::mem::take(&mut agent.lost_until_mono_ms);
        self.lost.remove(&(until, no));
        self.change_status(no, Status::Offline, reason, now, fx);
        // Oldest rank first, so that each goes to the best place there is.
        let mut held = self.agents[no.0 as usize].held.clone();
        held.sort_by_key(|session| self.requests.get(session).map(|request| request.rank));
        for session in held {
            self.release(no, session);
            fx.cross(Crossing::ToSession(session, SessionStep::OwnerLost(no)));
            if let Some(request) = self.requests.remove(&session) {
                self.place(session, request.department, request.rank, fx);
            }
        }
    }

    fn change_status(
        &mut self,
        no: AgentNo,
        status: Status,
        reason: Arc<str>,
        now: Now,
        fx: &mut Effects,
    ) {
        let agent = &self.agents[no.0 as usize];
        if agent.status == status && agent.reason == reason {
            return;
        }
        count(&mut self.counts, agent.status, |n| *n -= 1);
        count(&mut self.counts, status, |n| *n += 1);
        self.reranking(no, |floor| {
            let agent = &mut floor.agents[no.0 as usize];
            agent.status = status;
            agent.reason = reason.clone();
            agent.since_wall_ms = now.wall_ms;
        });
        let agent = &self.agents[no.0 as usize];
        let told =
            Delivery::StatusChanged { status, reason: reason.clone(), since_wall_ms: now.wall_ms };
        fx.tell_each(&agent.links, told);
        let event = Event::StatusChanged { agent: agent.id.clone(), status, reason };
        fx.keep(Fact { tenant: self.tenant, wall_ms: now.wall_ms, event });
    }

    fn find_or_add(&mut self, id: &AgentId, policy: &Policy) -> Result<AgentNo, Refusal> {
        if let Some(no) = self.by_id.get(id) {
            return Ok(*no);
        }
        let no = u32::try_from(self.agents.len()).ok().filter(|no| *no < policy.agents_max);
        let no = AgentNo(
            no.ok_or(Refusal::LimitReached { what: "agents", max: policy.agents_max.into() })?,
        );
        self.by_id.insert(id.clone(), no);
        self.agents.push(Agent::new(no, id.clone()));
        Ok(no)
    }

    fn forget_link(&mut self, no: AgentNo, link: LinkId, fx: &mut Effects) -> bool {
        if !self.agent(no).links.contains(&link) {
            return false;
        }
        self.watches.link_down(link, fx);
        self.reranking(no, |floor| {
            floor.agents[no.0 as usize].links.retain(|other| *other != link)
        });
        for session in &self.agents[no.0 as usize].held {
            let step = SessionStep::LinkDown { person: Person::Agent(no), link };
            fx.cross(Crossing::ToSession(*session, step));
        }
        true
    }

    fn signed_on(&self, no: AgentNo) -> Result<(), Refusal> {
        if self.agent(no).status == Status::Offline { Err(Refusal::NotSignedOn) } else { Ok(()) }
    }

    /// Changes an agent's load: its turn is over.
    fn turning(&mut self, no: AgentNo, change: impl FnOnce(&mut Agent)) {
        self.turns += 1;
        let turn = self.turns;
        self.reranking(no, |floor| {
            let agent = &mut floor.agents[no.0 as usize];
            change(agent);
            agent.turn = turn;
        });
    }

    /// Changes something that an agent's rank depends on: out of the free sets by the old rank, in by the new one.
    fn reranking(&mut self, no: AgentNo, change: impl FnOnce(&mut Self)) {
        self.each_free_set(no, |free, rank| {
            free.remove(&rank);
        });
        change(self);
        self.each_free_set(no, |free, rank| {
            free.insert(rank);
        });
    }

    fn each_free_set(&mut self, no: AgentNo, mut touch: impl FnMut(&mut BTreeSet<Rank>, Rank)) {
        let agent = &self.agents[no.0 as usize];
        if !agent.is_free() {
            return;
        }
        let candidate = agent.candidate();
        for department in &agent.departments {
            let department = &mut self.departments[usize::from(department.0)];
            touch(&mut department.free, department.strategy.rank(candidate));
        }
    }

    /// Proves the ledger whole. Errors: every fault found, in words.
    pub fn verify(&self) -> Result<(), Vec<String>> {
        verify::faults(self)
    }

    /// The agent that holds a session, by the floor's books; `None` while it waits or is unknown.
    pub fn holder(&self, session: SessionId) -> Option<AgentNo> {
        match self.requests.get(&session)?.place {
            Place::Held(no) => Some(no),
            Place::Queued => None,
        }
    }

    /// The exact place of a waiting session; 1 is the head.
    pub fn position(&self, session: SessionId) -> Option<u32> {
        let request = self.requests.get(&session)?;
        self.departments[usize::from(request.department.0)].queue.place(request.rank)
    }

    /// All requests: every session that waits or is held.
    pub fn sessions(&self) -> impl Iterator<Item = SessionId> {
        self.requests.keys().copied()
    }
}

mod verify;

fn bounded(reason: &str) -> Result<(), Refusal> {
    if reason.len() > REASON_BYTES_MAX {
        return Err(Refusal::TooLong { field: "reason", bytes_max: REASON_BYTES_MAX });
    }
    Ok(())
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

fn count(counts: &mut FloorCounts, status: Status, change: impl FnOnce(&mut u64)) {
    match status {
        Status::Offline => {}
        Status::Away => change(&mut counts.away),
        Status::Busy => change(&mut counts.busy),
        Status::Online => change(&mut counts.online),
    }
}

/// A hasher for session ids, which are random bits already and chosen by nobody outside.
#[derive(Default)]
struct RandomBits(u64);

impl std::hash::Hasher for RandomBits {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, bits: u64) {
        self.0 = self.0.rotate_left(5) ^ bits;
    }
}

#[cfg(test)]
mod tests;
