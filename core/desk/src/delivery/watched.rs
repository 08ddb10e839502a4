//! What watches of visitors, of the floor and of its queues show: rows, and lists of them, whole or as changes. Many links may be told the same one.

use std::sync::Arc;

use super::Presence;
use crate::floor::AgentSeen;
use crate::id::{AgentId, DepartmentId, SessionId, SiteId, VisitorId};
use crate::page::{Arrival, Page};
use crate::visitor::Stage;

/// A department as a watch of the floor shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepartmentRow {
    /// Which.
    pub department: DepartmentId,
    /// What people read; the id where the policy has no name.
    pub name: Box<str>,
    /// Its place in the policy's order, from 1 on.
    pub place: u32,
    /// Sessions in its queue.
    pub waiting: u32,
    /// Since when the one of them waits that waits longest; 0 for nobody.
    pub waiting_since_wall_ms: u64,
    /// Sessions that agents are asked about.
    pub offered: u32,
    /// Sessions with agents.
    pub sessions: u32,
    /// Agents who have signed on for it and are online.
    pub agents_online: u32,
    /// Those who are busy.
    pub agents_busy: u32,
    /// Those who are away.
    pub agents_away: u32,
    /// Whole sessions that its agents have room for. An agent of several departments counts in each.
    pub free: u32,
    /// Whether its queue takes nobody now.
    pub is_full: bool,
    /// Sessions that were asked for here since the engine began.
    pub begun: u64,
    /// Sessions that ended here since then.
    pub ended: u64,
}

/// An agent as a watch of the floor shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentRow {
    /// Who, and how it is.
    pub seen: Arc<AgentSeen>,
    /// Of the departments that are watched, those that it receives for, by id.
    pub departments: Vec<DepartmentId>,
}

/// The whole tenant, all of its departments together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FloorTotals {
    /// Visitors with a link.
    pub visitors_here: u64,
    /// Visitors in their grace.
    pub visitors_away: u64,
    /// Sessions in a queue.
    pub waiting: u64,
    /// Since when the one of them waits that waits longest; 0 for nobody.
    pub waiting_since_wall_ms: u64,
    /// Sessions that agents are asked about.
    pub offered: u64,
    /// Sessions with an agent.
    pub sessions: u64,
    /// Agents online.
    pub agents_online: u64,
    /// Agents busy.
    pub agents_busy: u64,
    /// Agents away.
    pub agents_away: u64,
    /// Sessions asked for since the engine began.
    pub begun: u64,
    /// Sessions that ended since then.
    pub ended: u64,
}

/// A floor, whole or as changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FloorList {
    /// Departments that came or changed; in a snapshot all of them, in the policy's order.
    pub departments: Vec<Arc<DepartmentRow>>,
    /// Agents who came or changed; in a snapshot all of them, by id.
    pub agents: Vec<AgentRow>,
    /// Departments that aren't shown any more; none in a snapshot.
    pub departments_gone: Vec<DepartmentId>,
    /// Agents who aren't shown any more; none in a snapshot.
    pub agents_gone: Vec<AgentId>,
    /// The whole tenant; only in watches of all departments, and in changes only if it has changed.
    pub totals: Option<FloorTotals>,
    /// Of the policy that the departments are of.
    pub policy_version: u64,
}

/// One that waits, as a watch of queues shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedRow {
    /// Which session.
    pub session: SessionId,
    /// Whose.
    pub visitor: VisitorId,
    /// Where.
    pub department: DepartmentId,
    /// Its rank: of one department the lower one, byte for byte, is sooner.
    pub rank: [u8; 16],
    /// When it was asked for.
    pub asked_wall_ms: u64,
    /// Milliseconds it counts as having waited besides.
    pub priority_ms: u64,
}

/// Who waits, whole or as changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueList {
    /// Those who came, or began to wait anew; in a snapshot all, each department from its head.
    pub rows: Vec<Arc<QueuedRow>>,
    /// Sessions that aren't shown any more; none in a snapshot.
    pub gone: Vec<SessionId>,
}

/// A visitor in the list of those present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitorRow {
    /// Who.
    pub visitor: VisitorId,
    /// Where.
    pub site: SiteId,
    /// Here, or in its grace.
    pub presence: Presence,
    /// The page it is on.
    pub page: Page,
    /// What was known at its arrival.
    pub arrival: Option<Arc<Arrival>>,
    /// When the visit began.
    pub arrived_wall_ms: u64,
    /// Pages seen in this visit.
    pub pages: u32,
    /// Links attached.
    pub links: u32,
    /// The session it is in.
    pub session: Option<SessionId>,
    /// How far the session is; `None` without one.
    pub stage: Option<Stage>,
    /// The department that the session is in.
    pub department: Option<DepartmentId>,
    /// Which visit this is: 1 for someone who is new.
    pub visit: u16,
    /// When the last visit ended, to the second; 0 for someone who is new.
    pub last_visit_wall_ms: u64,
    /// Whether it is shown an invitation.
    pub is_invited: bool,
}

/// A list of visitors, whole or as changes. Many links may be told the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitorList {
    /// Rows that came or changed; in a snapshot all of them, in the order that was asked for.
    pub rows: Vec<Arc<VisitorRow>>,
    /// Visitors who left the window; none in a snapshot.
    pub gone: Vec<VisitorId>,
    /// All visitors present in the tenant.
    pub present: u64,
    /// Whether visitors may yet come who belong into the window and were not looked at so far.
    pub filling: bool,
}
