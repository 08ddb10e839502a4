//! A tenant's floor: its agents with their slots, its departments with their queues, and who gets whom.
//!
//! A request for service is a session id. It is in exactly one of three places until its session ends:
//!
//! ```text
//!                                   accepted
//!            ┌────────────▶ offered ─────────┐
//!   Enqueue  │  a slot is     │ declined,    ▼        Ended
//!  ─────────▶ queued ─────────┼──────────▶ held ──────────────▶ (notes) ──▶ (forgotten)
//!            ▲  free  ◀───────┘ timed out    │
//!            └─────── the agent is gone ─────┘
//! ```
//!
//! Taking a waiter out of the queue and taking the agent's slot is one step of one noun, so a slot is never leaked and nobody is
//! assigned twice. Capacity is taken when the offer is made and given back exactly once. A freed slot goes to the best waiter at
//! once: after each command no agent is free for somebody who waits. The floor never sees a message, a page or a visitor's record.
//!
//! The rooms: [`agent`] and [`pool`](self) hold the books; `range` says who receives whom, `matching` brings them together, `slots` gives and takes room,
//! `saving` keeps it for heavy ones, `offers` asks, `picks` takes by hand, `handing` asks colleagues for `transfers` and `guests`, `supervision` steps in,
//! `duty` is an agent's day, `bots` hands over and back, `estimate`, `targets` and `why` answer questions, `succession` takes over a new policy.

pub mod agent;
mod announcements;
mod bots;
mod clearing;
mod colleagues;
mod duty;
mod estimate;
mod guests;
mod handing;
mod invitations;
mod ledger;
mod look;
mod matching;
mod offers;
mod picks;
mod pool;
mod queue;
mod range;
mod request;
mod saving;
mod slots;
mod sorted;
pub mod strategy;
mod succession;
mod supervision;
mod targets;
mod transfers;
mod verify;
mod watches;
pub mod why;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use smallvec::SmallVec;

pub use agent::{Agent, Kind};
pub use announcements::{
    ANNOUNCED_MS, ANNOUNCEMENT_BYTES_MAX, ANNOUNCEMENTS_MAX, Announced, Announcement,
    AnnouncementWish,
};
pub use clearing::{Clearing, SUMMARY_BYTES_MAX, UNCLEARED_MAX};
pub use colleagues::{ROOMS_MAX, ROOMS_OF_AGENT_MAX, RoomWish};
pub use duty::When;
pub use estimate::Estimate;
pub use guests::{GUESTS_MAX, InviteColleague, SEATS_MAX};
pub use handing::{Colleague, HANDING_MS, NOTE_BYTES_MAX};
pub use invitations::INVITATIONS_MAX;
pub use look::{AgentSeen, DepartmentState, Flow};
pub use picks::Room;
pub use request::WaitingRow;
pub use targets::{TARGETS_MAX, TargetAgent, TargetDepartment, Targets, TargetsQuery};
pub use transfers::{RECENT_MAX, Transfer};
pub use watches::{OBSERVERS_MAX, WATCHES_MAX};

use crate::chance::Chance;
use crate::crossing::{Crossing, FloorStep, Replay, SessionStep};
use crate::delivery::Status;
use crate::effects::Effects;
use crate::id::{
    AgentId, AgentNo, DepartmentId, DepartmentNo, OfferId, SessionId, SkillId, TenantNo,
};
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::time::Now;
use announcements::Announcements;
use colleagues::Colleagues;
use estimate::HoldTimes;
use offers::Offer;
use pool::{Pool, PoolKey, PoolNo};
use queue::{Queue, WaitRank};
use request::{Place, Request};
use watches::Watches;

/// Most departments one agent receives for.
pub const AGENT_DEPARTMENTS_MAX: usize = 16;
/// Most links of one agent at once.
pub const AGENT_LINKS_MAX: usize = 16;
/// Longest reason for a status, in bytes.
pub const REASON_BYTES_MAX: usize = 64;
/// Waiters looked at in one telling of places.
pub const TOLD_MAX: u32 = 1_024;
/// Deadlines looked at in one [`Floor::expire`].
const DUE_MAX: usize = 1_024;

/// Hashes ids that are random already.
type ById<K, V> = HashMap<K, V, std::hash::BuildHasherDefault<RandomBits>>;

/// Something that is to happen at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    AgentLost(AgentNo),
    Rest(AgentNo),
    Notes(AgentNo, SessionId),
    Shunned(AgentNo, SessionId),
    Offer(OfferId),
    /// The reception range of one that waits grows; of several at one instant the best one's first.
    Range(WaitRank, SessionId),
    /// One has waited for as long as its department lets it.
    GiveUp(SessionId),
    /// Words to all are to be told to the next agents.
    Announcements,
}

#[derive(Debug)]
struct Department {
    queue: Queue,
    /// The pool of all its agents.
    whole: PoolNo,
    /// Full until enough have left.
    closed: bool,
    /// Its virtual time, for the strategies that have one.
    clock: u64,
    /// Sessions that agents have.
    held: u32,
    /// Sessions that agents are asked about.
    offered: u32,
    flow: Flow,
    hold_times: HoldTimes,
}

/// How many agents and sessions there are, kept as they change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FloorCounts {
    /// Sessions in a queue.
    pub waiting: u64,
    /// Sessions that agents are asked about.
    pub offered: u64,
    /// Sessions with an agent.
    pub held: u64,
    /// Agents online.
    pub online: u64,
    /// Agents busy.
    pub busy: u64,
    /// Agents away.
    pub away: u64,
}

/// A department that an agent signs on for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostWish {
    /// Which.
    pub department: DepartmentId,
    /// In which tier, 1 to [`TIER_MAX`](crate::policy::department::TIER_MAX); 1 is asked first.
    pub tier: u8,
    /// Its place for the strategy [`InOrder`](strategy::Strategy::InOrder).
    pub order: u16,
    /// Its share for the strategy [`Weighted`](strategy::Strategy::Weighted), 1 to 100.
    pub weight: u16,
}

impl PostWish {
    /// A post of the first tier and a weight of 10.
    pub fn new(department: DepartmentId) -> Self {
        Self { department, tier: 1, order: 0, weight: 10 }
    }
}

/// What an agent signs on for.
#[derive(Clone, Debug, Default)]
pub struct SignOn {
    /// For which departments.
    pub posts: Vec<PostWish>,
    /// What it knows: skills that the policy names.
    pub skills: Vec<SkillId>,
    /// Sessions at once; the policy's default if not given.
    pub capacity: Option<u16>,
}

impl SignOn {
    /// For departments, each with a post of the first tier.
    pub fn new(departments: impl IntoIterator<Item = DepartmentId>, capacity: Option<u16>) -> Self {
        let posts = departments.into_iter().map(PostWish::new).collect();
        Self { posts, skills: Vec::new(), capacity }
    }
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
    policy: Arc<Policy>,
    chance: Chance,
    agents: Vec<Agent>,
    by_id: HashMap<AgentId, AgentNo>,
    departments: Vec<Department>,
    pools: Vec<Pool>,
    pool_by_key: HashMap<PoolKey, PoolNo>,
    requests: ById<SessionId, Request>,
    offers: ById<OfferId, Offer>,
    due: BTreeSet<(u64, Due)>,
    counts: FloorCounts,
    flow: Flow,
    watches: Watches,
    colleagues: Colleagues,
    announcements: Announcements,
    tickets: u64,
    turns: u64,
    /// Departments whose state changed, until [`Floor::take_touched`].
    touched: SmallVec<[DepartmentNo; 4]>,
    /// Agents whose state changed, until [`Floor::take_touched_agents`].
    touched_agents: SmallVec<[AgentNo; 4]>,
    /// The department whose waiters are told next.
    telling: usize,
}

impl Floor {
    /// A floor with the policy's departments and nobody on it. The chance is for the floor alone.
    pub fn new(tenant: TenantNo, policy: Arc<Policy>, chance: Chance) -> Self {
        let mut floor = Self {
            tenant,
            policy: policy.clone(),
            chance,
            agents: Vec::new(),
            by_id: HashMap::new(),
            departments: Vec::new(),
            pools: Vec::new(),
            pool_by_key: HashMap::new(),
            requests: ById::default(),
            offers: ById::default(),
            due: BTreeSet::new(),
            counts: FloorCounts::default(),
            flow: Flow::default(),
            watches: Watches::default(),
            colleagues: Colleagues::default(),
            announcements: Announcements::default(),
            tickets: 0,
            turns: 0,
            touched: SmallVec::new(),
            touched_agents: SmallVec::new(),
            telling: 0,
        };
        floor.add_departments();
        floor.add_named_agents();
        floor
    }

    /// The policy that it decides by.
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// The counts.
    pub fn counts(&self) -> FloorCounts {
        self.counts
    }

    /// An agent by its number. Numbers come from this floor.
    pub fn agent(&self, no: AgentNo) -> &Agent {
        &self.agents[no.0 as usize]
    }

    /// An agent's number, if it ever attached or the policy names it.
    pub fn agent_no(&self, id: &AgentId) -> Option<AgentNo> {
        self.by_id.get(id).copied()
    }

    /// All agents that ever attached or that the policy names.
    pub fn agents(&self) -> &[Agent] {
        &self.agents
    }

    /// Carries out a step that a session asked for.
    pub fn step(&mut self, step: FloorStep, now: Now, fx: &mut Effects) {
        match step {
            FloorStep::Enqueue { session, home, wish, asked, claimed_by } => {
                self.tickets += 1;
                let request = Request::new(home, wish, asked, self.tickets, &self.policy);
                self.enqueue(session, request, claimed_by, now, fx);
            }
            FloorStep::Ended(session) => self.ended(session, now, fx),
            FloorStep::RoomEnded(room) => self.room_ended(room),
            FloorStep::Dormant(session) => self.fell_dormant(session, now, fx),
            FloorStep::Awake(session) => self.awoke(session, now, fx),
            FloorStep::ReplyDue(due) => self.reply_due(&due, fx),
            FloorStep::Rated { agent, told } => self.rated(agent, *told, fx),
            FloorStep::InvitationEnded { agent, told } => self.invitation_ended(agent, told, fx),
        }
    }

    /// When the floor next wants [`Floor::expire`], on the clock that never goes back.
    pub fn deadline(&self) -> Option<u64> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Does what is due, at most 1,024 things; what is left has its deadline in the past.
    pub fn expire(&mut self, now: Now, fx: &mut Effects) {
        for _ in 0..DUE_MAX {
            let Some(&(at, due)) = self.due.first() else { return };
            if at > now.mono_ms {
                return;
            }
            self.due.pop_first();
            match due {
                Due::AgentLost(no) => {
                    self.agents[no.0 as usize].lost_until_mono_ms = 0;
                    self.take_off(no, "connection lost".into(), now, fx);
                }
                Due::Rest(no) => self.rested(no, now, fx),
                Due::Notes(no, session) => self.notes_over(no, session, now, fx),
                Due::Shunned(no, session) => self.shunned_no_more(no, session, now, fx),
                Due::Offer(offer) => self.offer_timed_out(offer, now, fx),
                Due::Range(_, session) => self.range_changed(session, now, fx),
                Due::GiveUp(session) => self.gave_up(session, now, fx),
                Due::Announcements => self.tell_announcements(now, fx),
            }
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
            let no = self.telling;
            if self.departments[no].queue.untold() {
                let mut changed = Vec::new();
                let tell = |session, place| changed.push((session, place));
                left -= self.departments[no].queue.tell(left, tell);
                for (session, place) in changed {
                    let estimate = self.pace_of(session).estimate(place);
                    let step = SessionStep::Position { place, estimate };
                    fx.cross(Crossing::ToSession(session, step));
                }
                if left == 0 {
                    return;
                }
            }
            self.telling = (self.telling + 1) % self.departments.len();
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
            Place::Queued | Place::Offered(_) => None,
        }
    }

    /// The offer in which a session is, if it is in one.
    pub fn offer_of(&self, session: SessionId) -> Option<OfferId> {
        match self.requests.get(&session)?.place {
            Place::Offered(offer) => Some(offer),
            Place::Queued | Place::Held(_) => None,
        }
    }

    /// The exact place of a waiting session; 1 is the head.
    pub fn position(&self, session: SessionId) -> Option<u32> {
        let request = self.requests.get(&session)?;
        self.departments[usize::from(request.home.0)].queue.place(request.rank)
    }

    /// All requests: every session that waits, is offered or is held.
    pub fn sessions(&self) -> impl Iterator<Item = SessionId> {
        self.requests.keys().copied()
    }

    fn pool(&self, no: PoolNo) -> &Pool {
        &self.pools[no.0 as usize]
    }

    fn pool_mut(&mut self, no: PoolNo) -> &mut Pool {
        &mut self.pools[no.0 as usize]
    }

    fn agent_mut(&mut self, no: AgentNo) -> &mut Agent {
        &mut self.agents[no.0 as usize]
    }

    fn department_mut(&mut self, no: DepartmentNo) -> &mut Department {
        &mut self.departments[usize::from(no.0)]
    }

    fn find_or_add(&mut self, id: &AgentId) -> Result<AgentNo, Refusal> {
        if let Some(no) = self.by_id.get(id) {
            return Ok(*no);
        }
        let max = self.policy.agents_max;
        let no = u32::try_from(self.agents.len()).ok().filter(|no| *no < max);
        let no = AgentNo(no.ok_or(Refusal::LimitReached { what: "agents", max: max.into() })?);
        self.by_id.insert(id.clone(), no);
        self.agents.push(Agent::new(no, id.clone(), kind_of(&self.policy, id)));
        Ok(no)
    }
}

fn kind_of(policy: &Policy, id: &AgentId) -> Kind {
    match policy.bot(id) {
        None => Kind::Person,
        Some(bot) if bot.hidden => Kind::HiddenBot,
        Some(_) => Kind::Bot,
    }
}

fn bounded(reason: &str) -> Result<(), Refusal> {
    if reason.len() > REASON_BYTES_MAX {
        return Err(Refusal::TooLong { field: "reason", bytes_max: REASON_BYTES_MAX });
    }
    Ok(())
}

fn as_count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

fn count(counts: &mut FloorCounts, status: Status, change: impl FnOnce(&mut u64)) {
    match status {
        Status::Offline => {}
        Status::Away => change(&mut counts.away),
        Status::Busy => change(&mut counts.busy),
        Status::Online => change(&mut counts.online),
    }
}

/// A hasher for ids that are random bits already and chosen by nobody outside.
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
