//! A request for service as the floor keeps it: what was asked, since when, and where it is.

use smallvec::SmallVec;

use super::Floor;
use super::pool::PoolNo;
use super::queue::{Since, WaitRank};
use crate::id::{AgentNo, DepartmentNo, OfferId, SessionId, VisitorId};
use crate::policy::Policy;
use crate::time::Now;
use crate::wish::Wish;

/// Where a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Queued,
    Offered(OfferId),
    Held(AgentNo),
}

/// Whether a session goes on or lies still, which changes what it weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    Awake,
    Dormant,
}

/// One request.
#[derive(Debug)]
pub(super) struct Request {
    /// The department whose queue and rules it is under.
    pub(super) home: DepartmentNo,
    pub(super) wish: Box<Wish>,
    pub(super) asked: Now,
    /// Since when it waits for somebody: since it was asked, or since it lost its agent.
    pub(super) waits_mono_ms: u64,
    pub(super) rank: WaitRank,
    /// What it weighs while awake, in hundredths of a session.
    pub(super) weight: u32,
    pub(super) pace: Pace,
    pub(super) place: Place,
    /// The pools that it waits for; kept while it is offered.
    pub(super) pools: SmallVec<[PoolNo; 2]>,
    /// When its reception range changes, and when it gives up; 0 for never. As they stand in the floor's deadlines.
    pub(super) range_due_mono_ms: u64,
    pub(super) give_up_mono_ms: u64,
    /// The agents that take part and don't have it.
    pub(super) guests: SmallVec<[AgentNo; 2]>,
    /// The guest that handed it to a bot.
    pub(super) handed_by: Option<AgentNo>,
    /// Offers in which colleagues are asked about it; at most one of them is a transfer.
    pub(super) handings: SmallVec<[OfferId; 1]>,
    /// How often it was transferred.
    pub(super) transfers: u16,
    /// The agent that it goes back to if it can, until when: it lay dormant there.
    pub(super) returns_to: Option<(AgentNo, u64)>,
    /// Since when the agent has it.
    pub(super) held_mono_ms: u64,
}

impl Request {
    pub(super) fn new(
        home: DepartmentNo,
        wish: Box<Wish>,
        asked: Now,
        ticket: u64,
        policy: &Policy,
    ) -> Self {
        let since_ms = signed(asked.mono_ms).saturating_sub(signed(wish.priority_ms));
        Self {
            home,
            weight: policy.weight(wish.channel),
            wish,
            waits_mono_ms: asked.mono_ms,
            asked,
            rank: WaitRank { since_ms, ticket },
            pace: Pace::Awake,
            place: Place::Queued,
            pools: SmallVec::new(),
            range_due_mono_ms: 0,
            give_up_mono_ms: 0,
            guests: SmallVec::new(),
            handed_by: None,
            handings: SmallVec::new(),
            transfers: 0,
            returns_to: None,
            held_mono_ms: 0,
        }
    }

    /// Since when it waits for somebody, by both clocks: the wall clock as it was when it was asked.
    pub(super) fn since(&self) -> Since {
        let later_ms = self.waits_mono_ms.saturating_sub(self.asked.mono_ms);
        Since { mono_ms: self.waits_mono_ms, wall_ms: self.asked.wall_ms.saturating_add(later_ms) }
    }

    /// What it weighs now, in hundredths of a session.
    pub(super) fn weight_now(&self, policy: &Policy) -> u32 {
        match self.pace {
            Pace::Awake => self.weight,
            Pace::Dormant => self.weight * policy.dormant_percent / 100,
        }
    }
}

/// One that waits, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingRow {
    /// Which session.
    pub session: SessionId,
    /// Whose.
    pub visitor: VisitorId,
    /// Its place; 1 is the head.
    pub position: u32,
    /// When it was asked for.
    pub asked_wall_ms: u64,
    /// Milliseconds it counts as having waited besides.
    pub priority_ms: u64,
}

impl Floor {
    /// The first of those who wait for a department, at most `rows_max`.
    pub fn waiting_rows(&self, department: DepartmentNo, rows_max: usize) -> Vec<WaitingRow> {
        let queue = &self.departments[usize::from(department.0)].queue;
        let rows = queue.iter().take(rows_max).zip(1..).filter_map(|((_, session), position)| {
            let request = self.requests.get(&session)?;
            Some(WaitingRow {
                session,
                visitor: request.wish.visitor.clone(),
                position,
                asked_wall_ms: request.asked.wall_ms,
                priority_ms: request.wish.priority_ms,
            })
        });
        rows.collect()
    }
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}
