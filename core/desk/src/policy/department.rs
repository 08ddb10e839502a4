//! A department as a policy has it: how it shares out visitors, whom it lets wait, and what it does when nobody comes.

use super::terms::Terms;
use crate::floor::strategy::Strategy;
use crate::id::{DepartmentId, ScheduleId, SkillId};

/// Most tiers that open with time, rings, or overflows of one department.
pub const STEPS_MAX: usize = 8;
/// The highest tier of an agent; 1 is asked first.
pub const TIER_MAX: u8 = 9;
/// Most agents asked at once by one offer.
pub const ASKED_MAX: u8 = 8;
/// The longest time an offer stands: 15 minutes.
pub const OFFER_MS_MAX: u64 = 900_000;
/// Longest name that people read, in bytes.
pub const NAME_BYTES_MAX: usize = 128;

/// A department as a policy has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    /// Its id.
    pub id: DepartmentId,
    /// What people read; the id if empty. At most [`NAME_BYTES_MAX`] bytes.
    pub name: Box<str>,
    /// How it shares out visitors.
    pub strategy: Strategy,
    /// The most that may wait for it, 1 to [`WAITING_MAX`](super::WAITING_MAX).
    pub waiting_max: u32,
    /// Once full, the queue takes newcomers again when no more than this many wait. Below `waiting_max`; one below if not given.
    pub reopen_at: Option<u32>,
    /// Who must be there for somebody to be let wait.
    pub join: Join,
    /// How long one may wait before the session ends with 'nobody came'; 0 for any time.
    pub wait_max_ms: u64,
    /// Most sessions of this department with one agent, besides the agent's own capacity.
    pub agent_sessions_max: Option<u16>,
    /// Tiers that open with time. A tier not named here is open from the beginning.
    pub tiers: Vec<Tier>,
    /// Skills that are waived with time, in order of time.
    pub rings: Vec<Ring>,
    /// Departments that receive too, with time.
    pub overflow: Vec<Overflow>,
    /// Whether agents are asked.
    pub offers: Offers,
    /// How long a slot stays taken after the session's end, for the agent's notes; 0 for not at all.
    pub wrap_up_ms: u64,
    /// When it is open; always without one.
    pub schedule: Option<ScheduleId>,
    /// How long a returning visitor waits for the agent it knew before others get it; 0 for not at all.
    pub sticky_ms: u64,
    /// Where sessions go whose agent is lost.
    pub agent_lost: AgentLost,
    /// A session whose visitor says nothing for so long after the agent's word lies dormant and weighs less; 0 for never.
    pub dormant_after_ms: u64,
    /// The terms of its sessions; the tenant's without.
    pub terms: Option<Box<Terms>>,
    /// The departments that its agents may transfer to, invite from and talk with, besides their own. All if none is named; so that
    /// they have none but their own, it names itself.
    pub colleagues: Vec<DepartmentId>,
}

/// Who must be there for somebody to be let wait. Otherwise the answer is that nobody is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Join {
    /// Nobody: one may always wait.
    #[default]
    Always,
    /// One who has signed on, in whatever status.
    SignedOn,
    /// One who is online or busy.
    Working,
    /// One who is online.
    Online,
}

/// A tier that opens with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Which, 2 to [`TIER_MAX`].
    pub tier: u8,
    /// When, counted from the asking.
    pub after_ms: u64,
}

/// Skills that are waived with time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// When, counted from the asking.
    pub after_ms: u64,
    /// Which; all if none is named.
    pub waives: Vec<SkillId>,
}

/// A department that receives too, with time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overflow {
    /// When, counted from the asking.
    pub after_ms: u64,
    /// Which.
    pub to: DepartmentId,
}

/// Whether agents are asked before they get a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offers {
    /// Asked or not.
    pub mode: OfferMode,
    /// Offers declined in a row before the agent is set away; 0 for never.
    pub declined_max: u16,
    /// Offers let pass in a row before the agent is set away; 0 for never.
    pub missed_max: u16,
    /// How long an agent that declined or let pass isn't asked again for the same request.
    pub back_off_ms: u64,
}

/// How an agent comes by a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OfferMode {
    /// It has it at once.
    #[default]
    Taken,
    /// It is asked, and has so long to accept.
    Asked {
        /// How long an offer stands, 1,000 to [`OFFER_MS_MAX`].
        timeout_ms: u64,
        /// How many agents are asked at once, 1 to [`ASKED_MAX`]; the first to accept has it.
        at_once: u8,
    },
}

/// Where sessions go whose agent is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AgentLost {
    /// To the head of the queue, by their age.
    #[default]
    Head,
    /// To the queue like newcomers.
    Tail,
}

impl Department {
    /// A department of the defaults that others have settled on: least loaded first, queues of 10,000, no offers to accept, back-off
    /// of 30 seconds, three misses.
    pub fn new(id: DepartmentId) -> Self {
        Self {
            id,
            name: "".into(),
            strategy: Strategy::LeastLoaded,
            waiting_max: 10_000,
            reopen_at: None,
            join: Join::Always,
            wait_max_ms: 0,
            agent_sessions_max: None,
            tiers: Vec::new(),
            rings: Vec::new(),
            overflow: Vec::new(),
            offers: Offers {
                mode: OfferMode::Taken,
                declined_max: 3,
                missed_max: 3,
                back_off_ms: 30_000,
            },
            wrap_up_ms: 0,
            schedule: None,
            sticky_ms: 0,
            agent_lost: AgentLost::Head,
            dormant_after_ms: 0,
            terms: None,
            colleagues: Vec::new(),
        }
    }
}
