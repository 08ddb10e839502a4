//! From the desk outward: floors and queues that are watched.

use bytes::Bytes;
use frontdesk_desk::delivery::{
    AgentRow, DepartmentRow, FloorList, FloorTotals, QueueList, QueuedRow, Status,
};
use frontdesk_desk::floor::Kind;
use frontdesk_desk::id::{AgentId, DepartmentId};
use frontdesk_proto::v1;

use super::{session, status};

pub(super) fn snapshot(list: &FloorList) -> v1::FloorSnapshot {
    v1::FloorSnapshot {
        departments: list.departments.iter().map(|row| department(row)).collect(),
        agents: list.agents.iter().map(agent).collect(),
        totals: list.totals.map(totals),
        policy_version: list.policy_version,
    }
}

pub(super) fn changed(list: &FloorList) -> v1::FloorChanged {
    let departments_gone = list.departments_gone.iter().map(DepartmentId::as_str);
    v1::FloorChanged {
        departments: list.departments.iter().map(|row| department(row)).collect(),
        agents: list.agents.iter().map(agent).collect(),
        departments_gone: departments_gone.map(str::to_owned).collect(),
        agents_gone: list.agents_gone.iter().map(AgentId::as_str).map(str::to_owned).collect(),
        totals: list.totals.map(totals),
        policy_version: list.policy_version,
    }
}

pub(super) fn queues_snapshot(list: &QueueList) -> v1::QueuesSnapshot {
    v1::QueuesSnapshot { rows: list.rows.iter().map(|row| queued(row)).collect() }
}

pub(super) fn queues_changed(list: &QueueList) -> v1::QueuesChanged {
    v1::QueuesChanged {
        rows: list.rows.iter().map(|row| queued(row)).collect(),
        gone: list.gone.iter().map(|gone| session(*gone)).collect(),
    }
}

fn department(row: &DepartmentRow) -> v1::DepartmentRow {
    v1::DepartmentRow {
        department: row.department.as_str().to_owned(),
        name: row.name.to_string(),
        place: row.place,
        waiting: row.waiting,
        waiting_since_wall_ms: row.waiting_since_wall_ms,
        offered: row.offered,
        sessions: row.sessions,
        agents_online: row.agents_online,
        agents_busy: row.agents_busy,
        agents_away: row.agents_away,
        free: row.free,
        full: row.is_full,
        begun: row.begun,
        ended: row.ended,
    }
}

fn agent(row: &AgentRow) -> v1::AgentRow {
    let seen = &*row.seen;
    v1::AgentRow {
        agent: seen.agent.as_str().to_owned(),
        status: status(seen.status).into(),
        reason: seen.reason.as_ref().to_owned(),
        since_wall_ms: seen.since_wall_ms,
        sessions: seen.sessions.into(),
        capacity: seen.capacity.into(),
        load: seen.load,
        departments: row.departments.iter().map(|id| id.as_str().to_owned()).collect(),
        attached: seen.is_attached,
        next: seen.next.map_or(v1::Status::Unspecified, |next: Status| status(next)).into(),
        bot: seen.kind != Kind::Person,
    }
}

fn totals(totals: FloorTotals) -> v1::FloorTotals {
    v1::FloorTotals {
        visitors_here: totals.visitors_here,
        visitors_away: totals.visitors_away,
        waiting: totals.waiting,
        waiting_since_wall_ms: totals.waiting_since_wall_ms,
        offered: totals.offered,
        sessions: totals.sessions,
        agents_online: totals.agents_online,
        agents_busy: totals.agents_busy,
        agents_away: totals.agents_away,
        begun: totals.begun,
        ended: totals.ended,
    }
}

fn queued(row: &QueuedRow) -> v1::QueuedRow {
    v1::QueuedRow {
        session: session(row.session),
        visitor: row.visitor.as_str().to_owned(),
        department: row.department.as_str().to_owned(),
        rank: Bytes::copy_from_slice(&row.rank),
        asked_wall_ms: row.asked_wall_ms,
        priority_ms: row.priority_ms,
    }
}
