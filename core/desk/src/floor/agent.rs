//! An agent as the floor knows it: its status, its posts, its slots, its links.
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
//!
//! What it has is counted in hundredths of a session: sessions held, offers it was made, sessions it writes its notes about. A session
//! counts at most as its whole capacity.

use std::collections::VecDeque;
use std::sync::Arc;

use smallvec::SmallVec;

use super::clearing::Uncleared;
use super::offers::EndedOffer;
use super::pool::PoolNo;
use super::strategy::{Candidate, Rank, Strategy};
use super::transfers::{RECENT_MAX, Target};
use super::why::Obstacle;
use crate::delivery::{HandingOutcome, Status};
use crate::id::{AgentId, AgentNo, DepartmentNo, LinkId, OfferId, SessionId};
use crate::policy::SkillSet;

/// Entries of one agent's work log; older ones are forgotten.
pub const LOG_MAX: usize = 256;

/// A department that an agent receives for.
#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) department: DepartmentNo,
    pub(super) tier: u8,
    pub(super) order: u16,
    pub(super) weight: u16,
    /// Its virtual time there.
    pub(super) key: u64,
    /// Sessions of the department that it has, with offers and notes.
    pub(super) sessions: u16,
}

/// Something that takes room, besides the sessions held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Notes {
    pub(super) session: SessionId,
    pub(super) department: DepartmentNo,
    pub(super) weight: u32,
    pub(super) until_mono_ms: u64,
}

/// A request that an agent isn't asked about for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shunned {
    pub(super) session: SessionId,
    pub(super) until_mono_ms: u64,
}

/// One change in an agent's day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// When.
    pub wall_ms: u64,
    /// Its status from then on.
    pub status: Status,
    /// Why.
    pub reason: Arc<str>,
}

/// What an agent counts as in its pools.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) working: u32,
    pub(super) people: u32,
    pub(super) online: u32,
    /// What it takes at once while it is online, in hundredths of a session.
    pub(super) slots: u32,
}

/// One agent.
#[derive(Debug)]
pub struct Agent {
    pub(super) no: AgentNo,
    pub(super) id: AgentId,
    pub(super) kind: Kind,
    pub(super) status: Status,
    pub(super) reason: Arc<str>,
    pub(super) since_wall_ms: u64,
    /// What its status becomes when it has nothing more.
    pub(super) next: Option<(Status, Arc<str>)>,
    /// Sessions at once.
    pub(super) capacity: u16,
    /// What it has, in hundredths of a session.
    pub(super) load: u32,
    /// What it has above its capacity: because that was lowered, or by an override. Falls as sessions end.
    pub(super) above: u32,
    pub(super) posts: SmallVec<[Post; 1]>,
    pub(super) skills: SkillSet,
    pub(super) links: SmallVec<[LinkId; 2]>,
    pub(super) held: Vec<SessionId>,
    /// Sessions that it is a guest in.
    pub(super) seats: Vec<SessionId>,
    pub(super) offered: SmallVec<[OfferId; 1]>,
    pub(super) notes: SmallVec<[Notes; 1]>,
    /// Sessions that are over and that it hasn't cleared away.
    pub(super) uncleared: VecDeque<Uncleared>,
    pub(super) shunned: SmallVec<[Shunned; 1]>,
    /// How its latest offers ended, to answer what comes late.
    pub(super) ended: VecDeque<EndedOffer>,
    /// How it ended what it asked of colleagues lately, to answer what comes late.
    pub(super) over: VecDeque<(OfferId, HandingOutcome)>,
    /// To whom it transferred sessions lately, the latest first.
    pub(super) recent: SmallVec<[Target; RECENT_MAX]>,
    /// Offers in a row that it declined, and that it let pass.
    pub(super) declined: u16,
    pub(super) missed: u16,
    /// The floor's turn when its load last changed.
    pub(super) changed: u64,
    /// The floor's turn when it last got or let pass a session.
    pub(super) served: u64,
    /// It gets nothing by itself until then; 0 for no such time.
    pub(super) rests_until_mono_ms: u64,
    /// When an agent without a link is taken off its sessions; 0 while it has one.
    pub(super) lost_until_mono_ms: u64,
    /// It keeps its room for one that weighs more than it has room for.
    pub(super) saves: bool,
    /// The pools of its posts, with the post's index.
    pub(super) pools: SmallVec<[(PoolNo, u8); 2]>,
    /// The line of those who wait for it by name.
    pub(super) own_pool: Option<PoolNo>,
    /// Where it is listed as free: pool, how many classes of weight, and by which rank.
    pub(super) listed: SmallVec<[(PoolNo, u8, Rank); 2]>,
    /// What it counts as in its pools now.
    pub(super) standing: Standing,
    /// Invitations of its that are shown.
    pub(super) invitations: u16,
    pub(super) log: VecDeque<LogEntry>,
    /// Whether it stands among those whose state changed.
    pub(super) is_touched: bool,
}

/// A person or a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A person.
    Person,
    /// A bot that receives like a person.
    Bot,
    /// A bot that receives only when every person in the reception range is away.
    HiddenBot,
}

impl Agent {
    pub(super) fn new(no: AgentNo, id: AgentId, kind: Kind) -> Self {
        Self {
            no,
            id,
            kind,
            status: Status::Offline,
            reason: "".into(),
            since_wall_ms: 0,
            next: None,
            capacity: 0,
            load: 0,
            above: 0,
            posts: SmallVec::new(),
            skills: SkillSet::NONE,
            links: SmallVec::new(),
            held: Vec::new(),
            seats: Vec::new(),
            offered: SmallVec::new(),
            notes: SmallVec::new(),
            uncleared: VecDeque::new(),
            shunned: SmallVec::new(),
            ended: VecDeque::new(),
            over: VecDeque::new(),
            recent: SmallVec::new(),
            declined: 0,
            missed: 0,
            changed: 0,
            served: 0,
            rests_until_mono_ms: 0,
            lost_until_mono_ms: 0,
            saves: false,
            pools: SmallVec::new(),
            own_pool: None,
            listed: SmallVec::new(),
            standing: Standing::default(),
            invitations: 0,
            log: VecDeque::new(),
            is_touched: false,
        }
    }

    /// Who.
    pub fn id(&self) -> &AgentId {
        &self.id
    }

    /// A person or a bot.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it takes sessions.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Why it has its status, and since when.
    pub fn reason(&self) -> (&Arc<str>, u64) {
        (&self.reason, self.since_wall_ms)
    }

    /// The status that it will have when it has nothing more.
    pub fn next_status(&self) -> Option<Status> {
        self.next.as_ref().map(|(status, _)| *status)
    }

    /// Sessions it has.
    pub fn sessions(&self) -> u16 {
        u16::try_from(self.held.len()).unwrap_or(u16::MAX)
    }

    /// What it has, in hundredths of a session: sessions, offers, notes.
    pub fn load(&self) -> u32 {
        self.load
    }

    /// Sessions it takes at once.
    pub fn capacity(&self) -> u16 {
        self.capacity
    }

    /// The departments it receives for.
    pub fn departments(&self) -> impl Iterator<Item = DepartmentNo> {
        self.posts.iter().map(|post| post.department)
    }

    /// Its links, oldest first.
    pub fn links(&self) -> &[LinkId] {
        &self.links
    }

    /// The sessions it has.
    pub fn held(&self) -> &[SessionId] {
        &self.held
    }

    /// The sessions that it takes part in as a guest.
    pub fn seats(&self) -> &[SessionId] {
        &self.seats
    }

    /// Its day so far, oldest entry first.
    pub fn log(&self) -> &VecDeque<LogEntry> {
        &self.log
    }

    /// What keeps it from getting anything by itself.
    pub(super) fn obstacle(&self) -> Option<Obstacle> {
        match self.status {
            Status::Offline => return Some(Obstacle::Offline),
            Status::Away => return Some(Obstacle::Away),
            Status::Busy => return Some(Obstacle::Busy),
            Status::Online => {}
        }
        if self.links.is_empty() {
            Some(Obstacle::Unreachable)
        } else if self.next.is_some() {
            Some(Obstacle::Leaving)
        } else if self.rests_until_mono_ms != 0 {
            Some(Obstacle::Resting { until_mono_ms: self.rests_until_mono_ms })
        } else if self.load >= self.room_whole() {
            Some(Obstacle::Full)
        } else if self.saves {
            Some(Obstacle::Saving)
        } else {
            None
        }
    }

    /// Its capacity in hundredths of a session.
    pub(super) fn room_whole(&self) -> u32 {
        u32::from(self.capacity) * crate::policy::WEIGHT
    }

    /// What something of a weight counts as with this agent.
    pub(super) fn weighed(&self, weight: u32) -> u32 {
        weight.min(self.room_whole())
    }

    /// Whether there is room for something of a weight.
    pub(super) fn has_room(&self, weight: u32) -> bool {
        self.capacity > 0 && self.load + self.weighed(weight) <= self.room_whole()
    }

    pub(super) fn post(&self, department: DepartmentNo) -> Option<&Post> {
        self.posts.iter().find(|post| post.department == department)
    }

    pub(super) fn post_mut(&mut self, department: DepartmentNo) -> Option<&mut Post> {
        self.posts.iter_mut().find(|post| post.department == department)
    }

    pub(super) fn shuns(&self, session: SessionId) -> Option<u64> {
        let shunned = self.shunned.iter().find(|shunned| shunned.session == session)?;
        Some(shunned.until_mono_ms)
    }

    pub(super) fn candidate(&self, post: &Post) -> Candidate {
        Candidate {
            agent: self.no,
            tier: post.tier,
            order: post.order,
            load: self.load,
            capacity: self.room_whole(),
            changed: self.changed,
            served: self.served,
            key: post.key,
        }
    }

    /// How it compares with agents of other departments: by tier, load and turn.
    pub(super) fn common_rank(&self, tier: u8) -> Rank {
        let post =
            Post { department: DepartmentNo(0), tier, order: 0, weight: 1, key: 0, sessions: 0 };
        Strategy::LeastLoaded.rank(self.candidate(&post))
    }

    /// Counts what it has above its capacity anew: more only where the capacity was lowered or overridden, less with each end.
    pub(super) fn settle_above(&mut self) {
        self.above = self.load.saturating_sub(self.room_whole());
    }

    /// What it counts as in its pools by its present state.
    pub(super) fn standing_now(&self) -> Standing {
        let online = self.status == Status::Online && !self.links.is_empty();
        let working = online || matches!(self.status, Status::Online | Status::Busy);
        let slots = if online { self.room_whole() } else { 0 };
        Standing {
            working: u32::from(working),
            people: u32::from(working && self.kind == Kind::Person),
            online: u32::from(online),
            slots,
        }
    }

    pub(super) fn note_log(&mut self, entry: LogEntry) {
        if self.log.len() == LOG_MAX {
            self.log.pop_front();
        }
        self.log.push_back(entry);
    }
}
