//! A floor as it was at the last look: departments with what their agents come to, and agents by id.
//!
//! One for all who watch a tenant's floor. There is none while nobody does, and it costs what has changed since: an agent that changes takes
//! what it counted for out of its departments and puts in what it counts for now.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use frontdesk_desk::delivery::{DepartmentRow, FloorTotals, Status};
use frontdesk_desk::floor::{AgentSeen, DepartmentState, Floor};
use frontdesk_desk::id::{AgentId, AgentNo, DepartmentId, DepartmentNo};
use frontdesk_desk::policy::{Existence, Policy, SharedPolicy};

use super::super::shown::Row;

/// A floor as it was at the last look.
pub(crate) struct Picture {
    policy: SharedPolicy,
    /// By department number: the place in the policy's order, from 1 on; 0 for one that the policy no longer has.
    places: Vec<u32>,
    departments: Vec<Seen>,
    agents: Vec<Option<Arc<AgentSeen>>>,
    /// Without the visitors.
    totals: FloorTotals,
}

/// One department.
#[derive(Default)]
struct Seen {
    state: DepartmentState,
    waiting_since_wall_ms: u64,
    online: u32,
    busy: u32,
    away: u32,
    free: u32,
    members: BTreeMap<AgentId, AgentNo>,
    /// As it was shown last; drawn anew where that has changed.
    row: Option<Arc<DepartmentRow>>,
    is_stale: bool,
}

impl Picture {
    /// Of a floor at which nobody has looked.
    pub(super) fn new(policy: SharedPolicy) -> Self {
        let mut picture = Self {
            policy: policy.clone(),
            places: Vec::new(),
            departments: Vec::new(),
            agents: Vec::new(),
            totals: FloorTotals::default(),
        };
        picture.follow(policy);
        picture
    }

    /// The policy that it is drawn by.
    pub(super) fn policy(&self) -> &SharedPolicy {
        &self.policy
    }

    /// Another policy is in force: departments have other names and places.
    pub(super) fn follow(&mut self, policy: SharedPolicy) {
        self.departments.resize_with(policy.departments_numbered(), Seen::default);
        self.places = vec![0; policy.departments_numbered()];
        for (place, no) in (1..).zip(in_order(&policy)) {
            self.places[usize::from(no.0)] = place;
        }
        self.departments.iter_mut().for_each(|department| department.is_stale = true);
        self.policy = policy;
    }

    /// Looks at a department. Whether something has changed.
    pub(super) fn look_at_department(&mut self, no: DepartmentNo, floor: &mut Floor) -> bool {
        let Some(seen) = self.departments.get_mut(usize::from(no.0)) else { return false };
        let (state, since) = floor.look_at_department(no);
        let changed = (seen.state, seen.waiting_since_wall_ms) != (state, since);
        (seen.state, seen.waiting_since_wall_ms) = (state, since);
        seen.is_stale |= changed;
        changed
    }

    /// Looks at an agent. The departments that it was or is in, if something of it has changed.
    pub(super) fn look_at_agent(&mut self, no: AgentNo, floor: &Floor) -> Vec<DepartmentNo> {
        let index = no.0 as usize;
        if self.agents.len() <= index {
            self.agents.resize(index + 1, None);
        }
        let now = Arc::new(floor.look_at_agent(no));
        if self.agents[index].as_ref() == Some(&now) {
            return Vec::new();
        }
        let before = self.agents[index].replace(now.clone());
        let mut changed = Vec::new();
        for no in before.iter().flat_map(|before| &before.departments) {
            if !now.departments.contains(no) {
                self.departments[usize::from(no.0)].members.remove(&now.agent);
            }
            changed.push(*no);
        }
        if let Some(before) = &before {
            self.count(before, |count, n| *count -= n);
        }
        self.count(&now, |count, n| *count += n);
        for department in &now.departments {
            if !changed.contains(department) {
                let members = &mut self.departments[usize::from(department.0)].members;
                members.insert(now.agent.clone(), no);
                changed.push(*department);
            }
        }
        changed
    }

    /// Changes the counts of an agent's departments by what it counts for.
    fn count(&mut self, agent: &AgentSeen, change: impl Fn(&mut u32, u32)) {
        for no in &agent.departments {
            let seen = &mut self.departments[usize::from(no.0)];
            match agent.status {
                Status::Online => change(&mut seen.online, 1),
                Status::Busy => change(&mut seen.busy, 1),
                Status::Away => change(&mut seen.away, 1),
                Status::Offline => {}
            }
            change(&mut seen.free, agent.free);
            seen.is_stale = true;
        }
    }

    /// Looks at the whole. The visitors are for the caller to add.
    pub(super) fn look_at_totals(&mut self, floor: &Floor) {
        let (counts, flow) = (floor.counts(), floor.flow());
        let since = self.departments.iter().map(|seen| seen.waiting_since_wall_ms);
        self.totals = FloorTotals {
            visitors_here: 0,
            visitors_away: 0,
            waiting: counts.waiting,
            waiting_since_wall_ms: since.filter(|since| *since > 0).min().unwrap_or(0),
            offered: counts.offered,
            sessions: counts.held,
            agents_online: counts.online,
            agents_busy: counts.busy,
            agents_away: counts.away,
            begun: flow.begun,
            ended: flow.ended,
        };
    }

    /// The whole, without the visitors.
    pub(super) fn totals(&self) -> FloorTotals {
        self.totals
    }

    /// A department's row: the one of before, if nothing has changed that it shows.
    pub(super) fn row(&mut self, no: DepartmentNo) -> Row<DepartmentNo, DepartmentRow> {
        let place = self.places[usize::from(no.0)];
        let seen = &mut self.departments[usize::from(no.0)];
        match &seen.row {
            Some(row) if !seen.is_stale => (no, row.clone()),
            _ => {
                seen.is_stale = false;
                let row = Arc::new(draw(&self.policy, no, place, seen));
                let row = seen.row.take().filter(|before| *before == row).unwrap_or(row);
                seen.row = Some(row.clone());
                (no, row)
            }
        }
    }

    /// The first agents by id of those who receive for some departments.
    pub(super) fn first_agents(
        &self,
        departments: &[DepartmentNo],
        agents_max: usize,
    ) -> Vec<Row<AgentNo, AgentSeen>> {
        let mut rest: Vec<_> = departments
            .iter()
            .map(|no| self.departments[usize::from(no.0)].members.iter())
            .collect();
        let mut heads = BinaryHeap::new();
        for (n, members) in rest.iter_mut().enumerate() {
            heads.extend(members.next().map(|(id, no)| Reverse((id, *no, n))));
        }
        let mut first: Vec<Row<AgentNo, AgentSeen>> = Vec::new();
        while first.len() < agents_max
            && let Some(Reverse((_, no, n))) = heads.pop()
        {
            heads.extend(rest[n].next().map(|(id, no)| Reverse((id, *no, n))));
            if first.last().is_none_or(|(last, _)| *last != no)
                && let Some(Some(seen)) = self.agents.get(no.0 as usize)
            {
                first.push((no, seen.clone()));
            }
        }
        first
    }

    /// The departments of a set that an agent receives for, by id: whatever place a policy gives them, the row stays.
    pub(super) fn departments_of(
        &self,
        agent: &AgentSeen,
        is_watched: impl Fn(DepartmentNo) -> bool,
    ) -> Vec<DepartmentId> {
        let watched = agent.departments.iter().copied().filter(|no| is_watched(*no));
        let mut departments: Vec<_> =
            watched.map(|no| self.policy.department_at(no).id.clone()).collect();
        departments.sort_unstable();
        departments
    }
}

impl Picture {
    /// What is wrong with it, when nothing is noted: all of it counted anew.
    pub(super) fn faults(&self, floor: &mut Floor) -> Vec<String> {
        let mut right = Self::new(floor.policy().clone());
        for no in 0..right.departments.len() {
            right.look_at_department(DepartmentNo(no as u16), floor);
        }
        for no in 0..floor.agents().len() {
            right.look_at_agent(AgentNo(no as u32), floor);
        }
        let mut faults = Vec::new();
        for (no, (is, should)) in self.departments.iter().zip(&right.departments).enumerate() {
            let books = |seen: &Seen| {
                let counts = (seen.online, seen.busy, seen.away, seen.free);
                (seen.state, seen.waiting_since_wall_ms, counts, seen.members.clone())
            };
            if books(is) != books(should) {
                faults.push(format!("department {no} is watched as {:?}", books(is)));
            }
        }
        if self.agents != right.agents || self.places != right.places {
            faults.push("agents are watched as they no longer are".to_owned());
        }
        faults
    }
}

/// The departments that a policy has, in its order.
pub(super) fn in_order(policy: &Policy) -> impl Iterator<Item = DepartmentNo> {
    let numbers = policy.departments.iter().filter_map(|is| policy.department(&is.id));
    numbers.filter(|no| policy.department_at(*no).existence == Existence::Present)
}

fn draw(policy: &Policy, no: DepartmentNo, place: u32, seen: &Seen) -> DepartmentRow {
    let rules = policy.department_at(no);
    let name = if rules.name.is_empty() { rules.id.as_str().into() } else { rules.name.clone() };
    DepartmentRow {
        department: rules.id.clone(),
        name,
        place,
        waiting: seen.state.waiting,
        waiting_since_wall_ms: seen.waiting_since_wall_ms,
        offered: seen.state.offered,
        sessions: seen.state.held,
        agents_online: seen.online,
        agents_busy: seen.busy,
        agents_away: seen.away,
        free: seen.free,
        is_full: seen.state.is_closed,
        begun: seen.state.flow.begun,
        ended: seen.state.flow.ended,
    }
}
