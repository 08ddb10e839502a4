//! An agent as the floor knows it: its status, its slots, its links.
//!
//! ```text
//!              sign on           set status
//!   offline ────────────▶ away ◀────────────▶ busy, online
//!      ▲                   │                      │
//!      └── sign off, or ───┴──────────────────────┘
//!          no link for the grace
//! ```
//!
//! The status belongs to the agent, not to a device: a second link doesn't change it, and losing one of two doesn't either.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::delivery::Status;
use crate::floor::strategy::Candidate;
use crate::id::{AgentId, AgentNo, DepartmentNo, LinkId, SessionId};

/// One agent.
#[derive(Debug)]
pub struct Agent {
    pub(super) no: AgentNo,
    pub(super) id: AgentId,
    pub(super) status: Status,
    pub(super) reason: Arc<str>,
    pub(super) since_wall_ms: u64,
    pub(super) capacity: u16,
    /// Sessions above the capacity, because it was lowered under them. Falls as they end.
    pub(super) above_capacity: u16,
    pub(super) departments: SmallVec<[DepartmentNo; 4]>,
    pub(super) links: SmallVec<[LinkId; 2]>,
    pub(super) held: Vec<SessionId>,
    /// The floor's turn when the load last changed.
    pub(super) turn: u64,
    /// When an agent without a link is taken off its sessions; 0 while it has one.
    pub(super) lost_until_mono_ms: u64,
}

impl Agent {
    pub(super) fn new(no: AgentNo, id: AgentId) -> Self {
        Self {
            no,
            id,
            status: Status::Offline,
            reason: "".into(),
            since_wall_ms: 0,
            capacity: 0,
            above_capacity: 0,
            departments: SmallVec::new(),
            links: SmallVec::new(),
            held: Vec::new(),
            turn: 0,
            lost_until_mono_ms: 0,
        }
    }

    /// Who.
    pub fn id(&self) -> &AgentId {
        &self.id
    }

    /// Whether it takes sessions.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Sessions it has.
    pub fn load(&self) -> u16 {
        u16::try_from(self.held.len()).unwrap_or(u16::MAX)
    }

    /// Sessions it takes at once.
    pub fn capacity(&self) -> u16 {
        self.capacity
    }

    /// Its links, oldest first.
    pub fn links(&self) -> &[LinkId] {
        &self.links
    }

    /// The sessions it has.
    pub fn held(&self) -> &[SessionId] {
        &self.held
    }

    /// Whether it gets the next session: online, reachable, and with a free slot.
    pub fn is_free(&self) -> bool {
        self.status == Status::Online && !self.links.is_empty() && self.load() < self.capacity
    }

    pub(super) fn candidate(&self) -> Candidate {
        Candidate { agent: self.no, load: self.load(), capacity: self.capacity, turn: self.turn }
    }

    /// Counts what is held above the capacity anew: more only where the capacity was lowered, less with each end.
    pub(super) fn settle_above_capacity(&mut self) {
        self.above_capacity = self.load().saturating_sub(self.capacity);
    }
}
