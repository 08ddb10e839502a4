//! What a tenant has decided: its sites, departments, graces and limits, checked as a whole.
//!
//! A policy never changes; another one takes its place. Everything below reads it through the numbers ([`SiteNo`],
//! [`DepartmentNo`]) that it gives out.

mod groups;
pub mod hours;

pub use groups::{SITE_GROUPS_MAX, SiteGroup};

use crate::id::{DepartmentId, DepartmentNo, SiteId, SiteNo};

/// Most sites a tenant may have.
pub const SITES_MAX: usize = 1_024;
/// Most departments a tenant may have.
pub const DEPARTMENTS_MAX: usize = 1_024;
/// The highest `capacity_max` a policy may set: sessions of one agent at once.
pub const CAPACITY_MAX: u16 = 200;
/// The most that may wait in one department's queue.
pub const WAITING_MAX: u32 = 1_000_000;
/// The longest grace: one day.
pub const GRACE_MS_MAX: u64 = 86_400_000;

/// Whether agents see what visitors type before it is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Previews {
    /// Shown to the session's agents, with long numbers masked.
    #[default]
    Shown,
    /// Refused at the door.
    Off,
}

/// A department as a policy has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    /// Its id.
    pub id: DepartmentId,
    /// The most that may wait for it, 1 to [`WAITING_MAX`].
    pub waiting_max: u32,
}

/// The parts of a policy before they are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The tenant's sites, at least one.
    pub sites: Vec<SiteId>,
    /// Sites that are read together, at most [`SITE_GROUPS_MAX`] groups.
    pub site_groups: Vec<SiteGroup>,
    /// The tenant's departments, at least one, in the order in which they are shown.
    pub departments: Vec<Department>,
    /// How long a visitor without a link is still present, in milliseconds.
    pub visitor_grace_ms: u64,
    /// How long an agent without a link keeps its status and sessions, in milliseconds.
    pub agent_grace_ms: u64,
    /// Sessions at once for an agent that names no capacity.
    pub capacity_default: u16,
    /// The most an agent may name, at most [`CAPACITY_MAX`].
    pub capacity_max: u16,
    /// Whether previews are shown.
    pub previews: Previews,
    /// Visitors present at once.
    pub visitors_max: u64,
    /// Agents known at once.
    pub agents_max: u32,
}

impl Draft {
    /// A draft of the given sites and departments and the defaults that others have settled on: graces of 60 seconds,
    /// capacity 5 and at most 50, queues of 10,000, ten million visitors and 100,000 agents.
    pub fn new(sites: Vec<SiteId>, departments: Vec<DepartmentId>) -> Self {
        let departments = departments.into_iter().map(|id| Department { id, waiting_max: 10_000 });
        Self {
            sites,
            site_groups: Vec::new(),
            departments: departments.collect(),
            visitor_grace_ms: 60_000,
            agent_grace_ms: 60_000,
            capacity_default: 5,
            capacity_max: 50,
            previews: Previews::Shown,
            visitors_max: 10_000_000,
            agents_max: 100_000,
        }
    }
}

/// What is wrong with a draft: the place, and what it must be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {fault}")]
pub struct PolicyFault {
    /// The field, as `departments[2].waiting_max`.
    pub path: String,
    /// What it must be.
    pub fault: String,
}

/// A checked policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy(Draft);

impl Policy {
    /// Checks a draft. Errors: every fault found, each with its path; there is no partly valid policy.
    pub fn new(draft: Draft) -> Result<Self, Vec<PolicyFault>> {
        let mut faults = Vec::new();
        let mut fault = |path: String, fault: String| faults.push(PolicyFault { path, fault });

        within(&mut fault, "sites", draft.sites.len() as u64, 1, SITES_MAX as u64);
        within(
            &mut fault,
            "departments",
            draft.departments.len() as u64,
            1,
            DEPARTMENTS_MAX as u64,
        );
        unique(&mut fault, "sites", draft.sites.iter().map(SiteId::as_str));
        groups::check(&mut fault, &draft.site_groups, &draft.sites);
        unique(&mut fault, "departments", draft.departments.iter().map(|d| d.id.as_str()));
        for (i, department) in draft.departments.iter().enumerate() {
            let path = format!("departments[{i}].waiting_max");
            within(&mut fault, &path, department.waiting_max.into(), 1, WAITING_MAX.into());
        }
        within(&mut fault, "visitor_grace_ms", draft.visitor_grace_ms, 0, GRACE_MS_MAX);
        within(&mut fault, "agent_grace_ms", draft.agent_grace_ms, 0, GRACE_MS_MAX);
        within(&mut fault, "capacity_max", draft.capacity_max.into(), 1, CAPACITY_MAX.into());
        within(
            &mut fault,
            "capacity_default",
            draft.capacity_default.into(),
            1,
            draft.capacity_max.into(),
        );
        within(&mut fault, "visitors_max", draft.visitors_max, 1, 100_000_000);
        within(&mut fault, "agents_max", draft.agents_max.into(), 1, 1_000_000);

        if faults.is_empty() { Ok(Self(draft)) } else { Err(faults) }
    }

    /// The number of a site.
    pub fn site(&self, id: &SiteId) -> Option<SiteNo> {
        let index = self.0.sites.iter().position(|site| site == id)?;
        Some(SiteNo(u16::try_from(index).ok()?))
    }

    /// The number of a department.
    pub fn department(&self, id: &DepartmentId) -> Option<DepartmentNo> {
        let index = self.0.departments.iter().position(|department| department.id == *id)?;
        Some(DepartmentNo(u16::try_from(index).ok()?))
    }

    /// The id of a site that this policy numbered.
    pub fn site_id(&self, no: SiteNo) -> &SiteId {
        &self.0.sites[usize::from(no.0)]
    }

    /// The department that this policy numbered.
    pub fn department_at(&self, no: DepartmentNo) -> &Department {
        &self.0.departments[usize::from(no.0)]
    }
}

impl std::ops::Deref for Policy {
    type Target = Draft;

    fn deref(&self) -> &Draft {
        &self.0
    }
}

fn within(fault: &mut impl FnMut(String, String), path: &str, value: u64, min: u64, max: u64) {
    if value < min || value > max {
        fault(path.to_owned(), format!("must lie between {min} and {max}, and is {value}"));
    }
}

fn unique<'a>(
    fault: &mut impl FnMut(String, String),
    path: &str,
    ids: impl Iterator<Item = &'a str>,
) {
    let mut seen = std::collections::HashSet::new();
    for (i, id) in ids.enumerate() {
        if !seen.insert(id) {
            fault(format!("{path}[{i}]"), format!("{id:?} stands there twice"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Draft::new(vec![SiteId::new("www").unwrap()], vec![DepartmentId::new("sales").unwrap()])
    }

    #[test]
    fn a_policy_is_refused_whole_with_each_fault_named() {
        let mut bad = draft();
        bad.departments.push(bad.departments[0].clone());
        bad.departments[1].waiting_max = 0;
        bad.capacity_default = 51;
        let paths: Vec<_> =
            Policy::new(bad).unwrap_err().into_iter().map(|fault| fault.path).collect();
        assert_eq!(paths, ["departments[1]", "departments[1].waiting_max", "capacity_default"]);
    }

    #[test]
    fn numbers_lead_back_to_ids() {
        let policy = Policy::new(draft()).unwrap();
        let sales = DepartmentId::new("sales").unwrap();
        let no = policy.department(&sales).unwrap();
        assert_eq!(policy.department_at(no).id, sales);
        assert_eq!(policy.department(&DepartmentId::new("moon").unwrap()), None);
    }
}
