//! A look at the floor, for those without its lock: departments, agents, and who waits, with what is noted so that they need not look at
//! all of it again.

use std::sync::Arc;

use smallvec::SmallVec;

use super::queue::WaitRank;
use super::request::Request;
use super::{Agent, Floor, Kind, as_count};
use crate::delivery::{QueuedRow, Status};
use crate::id::{AgentId, AgentNo, DepartmentId, DepartmentNo, SessionId};
use crate::policy::WEIGHT;

/// Sessions that came and went since the floor began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Asked for.
    pub begun: u64,
    /// Over, whoever ended them and whether an agent had them or not.
    pub ended: u64,
}

/// A department as those without the lock may know it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DepartmentState {
    /// Sessions in its queue.
    pub waiting: u32,
    /// Sessions that agents are asked about.
    pub offered: u32,
    /// Sessions with agents.
    pub held: u32,
    /// Agents signed on for it, in whatever status.
    pub signed_on: u32,
    /// Those that are online or busy.
    pub working: u32,
    /// Those that are online and reachable.
    pub online: u32,
    /// Those that have room for one more.
    pub free: u32,
    /// Whether its queue takes no newcomers.
    pub is_closed: bool,
    /// Sessions that were asked for and that ended there.
    pub flow: Flow,
}

/// An agent as a look at the floor finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentSeen {
    /// Who.
    pub agent: AgentId,
    /// A person or a bot.
    pub kind: Kind,
    /// Whether it takes sessions.
    pub status: Status,
    /// Why.
    pub reason: Arc<str>,
    /// When the status began.
    pub since_wall_ms: u64,
    /// The status that comes when it has nothing more.
    pub next: Option<Status>,
    /// Sessions it has.
    pub sessions: u16,
    /// Sessions it takes at once.
    pub capacity: u16,
    /// What it has, in hundredths of a session.
    pub load: u32,
    /// Whether one of its devices is attached.
    pub is_attached: bool,
    /// Whole sessions that it has room for: 0 unless it is online, attached and waits for no other status.
    pub free: u32,
    /// The departments it receives for, in the order of numbers.
    pub departments: SmallVec<[DepartmentNo; 2]>,
}

impl Floor {
    /// A department's state.
    pub fn department_state(&self, no: DepartmentNo) -> DepartmentState {
        let department = &self.departments[usize::from(no.0)];
        let whole = self.pool(department.whole);
        DepartmentState {
            waiting: department.queue.len(),
            offered: department.offered,
            held: department.held,
            signed_on: as_count(whole.members.len()),
            working: whole.working,
            online: whole.online,
            free: whole.free.first().map_or(0, |free| as_count(free.len())),
            is_closed: department.closed,
            flow: department.flow,
        }
    }

    /// The departments whose state changed since the last call.
    pub fn take_touched(&mut self) -> SmallVec<[DepartmentNo; 4]> {
        std::mem::take(&mut self.touched)
    }

    /// The agents whose status, load or posts changed since the last call.
    pub fn take_touched_agents(&mut self) -> SmallVec<[AgentNo; 4]> {
        let touched = std::mem::take(&mut self.touched_agents);
        for no in &touched {
            self.agent_mut(*no).is_touched = false;
        }
        touched
    }

    /// Sessions that came and went since the floor began, of all departments.
    pub fn flow(&self) -> Flow {
        self.flow
    }

    /// A department's state, and when the one began to wait that waits longest, by the wall clock; 0 for nobody.
    pub fn look_at_department(&mut self, no: DepartmentNo) -> (DepartmentState, u64) {
        let longest = self.department_mut(no).queue.longest();
        (self.department_state(no), longest.map_or(0, |since| since.wall_ms.max(1)))
    }

    /// An agent as it is now.
    pub fn look_at_agent(&self, no: AgentNo) -> AgentSeen {
        let agent = self.agent(no);
        let mut departments: SmallVec<_> = agent.departments().collect();
        departments.sort_unstable();
        AgentSeen {
            agent: agent.id.clone(),
            kind: agent.kind,
            status: agent.status,
            reason: agent.reason.clone(),
            since_wall_ms: agent.since_wall_ms,
            next: agent.next_status(),
            sessions: agent.sessions(),
            capacity: agent.capacity,
            load: agent.load,
            is_attached: !agent.links.is_empty(),
            free: free(agent),
            departments,
        }
    }

    /// The first of those who wait for a department, at most `rows_max`: each by its session and its rank among all of the department,
    /// with what the caller knows of it already, or a row.
    pub fn look_at_queue(
        &self,
        no: DepartmentNo,
        rows_max: usize,
        known: impl Fn(SessionId, [u8; 16]) -> Option<Arc<QueuedRow>>,
    ) -> impl Iterator<Item = (SessionId, Arc<QueuedRow>)> {
        let department = &self.policy.department_at(no).id;
        let first = self.departments[usize::from(no.0)].queue.iter().take(rows_max);
        first.filter_map(move |(rank, session)| {
            let rank = rank_bytes(rank);
            let row = known(session, rank);
            Some((session, row.or_else(|| self.queued_row(session, rank, department))?))
        })
    }

    fn queued_row(
        &self,
        session: SessionId,
        rank: [u8; 16],
        department: &DepartmentId,
    ) -> Option<Arc<QueuedRow>> {
        let request = self.requests.get(&session)?;
        Some(Arc::new(QueuedRow {
            session,
            visitor: request.wish.visitor.clone(),
            department: department.clone(),
            rank,
            asked_wall_ms: request.asked.wall_ms,
            priority_ms: request.wish.priority_ms,
        }))
    }

    /// A department looks different now.
    pub(super) fn touch(&mut self, department: DepartmentNo) {
        if !self.touched.contains(&department) {
            self.touched.push(department);
        }
    }

    /// An agent looks different now.
    pub(super) fn touch_agent(&mut self, agent: AgentNo) {
        // A policy that is replaced touches all of them.
        if !std::mem::replace(&mut self.agent_mut(agent).is_touched, true) {
            self.touched_agents.push(agent);
        }
    }

    /// A session was asked for.
    pub(super) fn count_begun(&mut self, home: DepartmentNo) {
        self.flow.begun += 1;
        self.department_mut(home).flow.begun += 1;
        self.touch(home);
    }

    /// The same of one that is over.
    pub(super) fn count_ended(&mut self, home: DepartmentNo) {
        self.flow.ended += 1;
        self.department_mut(home).flow.ended += 1;
        self.touch(home);
    }

    /// A session is over: nothing of it stands anywhere any more.
    pub(super) fn forget(&mut self, session: SessionId) -> Option<Request> {
        let request = self.requests.remove(&session)?;
        self.count_ended(request.home);
        Some(request)
    }
}

/// Whole sessions that an agent has room for.
pub(super) fn free(agent: &Agent) -> u32 {
    let takes = agent.status == Status::Online && !agent.links.is_empty() && agent.next.is_none();
    if takes { agent.room_whole().saturating_sub(agent.load) / WEIGHT } else { 0 }
}

/// A rank whose order is that of its bytes.
fn rank_bytes(rank: WaitRank) -> [u8; 16] {
    let mut bytes = [0; 16];
    // The sign's bit turned, so that what lies before the clock's start comes first.
    bytes[..8].copy_from_slice(&(rank.since_ms ^ i64::MIN).to_be_bytes());
    bytes[8..].copy_from_slice(&rank.ticket.to_be_bytes());
    bytes
}
