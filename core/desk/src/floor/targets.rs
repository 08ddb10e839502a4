//! Whom an agent may turn to with a session: its last three targets, then departments and colleagues as they are now.

use std::collections::BinaryHeap;

use super::Floor;
use super::agent::Kind;
use super::handing::Colleague;
use super::look::free;
use super::transfers::Target;
use crate::delivery::Status;
use crate::id::{AgentId, AgentNo, DepartmentId, DepartmentNo};
use crate::policy::Existence;
use crate::refusal::Refusal;

/// Most rows of one page.
pub const TARGETS_MAX: u16 = 200;

/// Which page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetsQuery {
    /// The last one of the page before; the beginning if not given.
    pub after: Option<Colleague>,
    /// How many at most, 1 to [`TARGETS_MAX`].
    pub rows: u16,
}

/// A page of those to whom an agent may transfer: first the departments as the policy first named them, then agents by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    /// The last three targets, the latest first; on the first page only. They may be out of reach by now.
    pub recent: Vec<Colleague>,
    /// Departments.
    pub departments: Vec<TargetDepartment>,
    /// Those who have signed on: persons, and bots that take transfers.
    pub agents: Vec<TargetAgent>,
    /// Where the next page goes on; `None` on the last one.
    pub next: Option<Colleague>,
}

/// A department to transfer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetDepartment {
    /// Which.
    pub department: DepartmentId,
    /// Agents that are online.
    pub online: u32,
    /// Those of them who have room for one more.
    pub free: u32,
    /// Sessions in its queue.
    pub waiting: u32,
    /// Whether its queue takes no newcomers.
    pub is_closed: bool,
}

/// An agent to transfer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetAgent {
    /// Who.
    pub agent: AgentId,
    /// Whether it takes sessions.
    pub status: Status,
    /// Whole sessions that it has room for.
    pub free: u32,
    /// Whether it is a bot.
    pub is_bot: bool,
}

impl Floor {
    /// A page of those to whom an agent may transfer. Errors: [`Refusal::NotSignedOn`], [`Refusal::OutOfRange`].
    pub fn targets(&self, no: AgentNo, query: &TargetsQuery) -> Result<Targets, Refusal> {
        if !self.is_signed_on(no) {
            return Err(Refusal::NotSignedOn);
        }
        if query.rows == 0 || query.rows > TARGETS_MAX {
            return Err(Refusal::OutOfRange { field: "rows", min: 1, max: TARGETS_MAX.into() });
        }
        let mut left = usize::from(query.rows);
        let mut page = Targets::default();
        if query.after.is_none() {
            page.recent = self.recent_targets(no);
        }
        let after_agent = match &query.after {
            Some(Colleague::Agent(id)) => Some(id),
            after => {
                let after = match after {
                    Some(Colleague::Department(id)) => self.policy.department(id),
                    _ => None,
                };
                let first = after.map_or(0, |no| no.0 + 1);
                for department in self.departments_in_reach(no, first) {
                    if left == 0 {
                        page.next = page
                            .departments
                            .last()
                            .map(|last| Colleague::Department(last.department.clone()));
                        return Ok(page);
                    }
                    left -= 1;
                    page.departments.push(self.target_department(department));
                }
                None
            }
        };
        let (agents, more) = self.agents_in_reach(no, after_agent, left);
        page.agents = agents.into_iter().map(|no| self.target_agent(no)).collect();
        if more {
            page.next = match (page.agents.last(), page.departments.last()) {
                (Some(last), _) => Some(Colleague::Agent(last.agent.clone())),
                (None, last) => last.map(|last| Colleague::Department(last.department.clone())),
            };
        }
        Ok(page)
    }

    fn recent_targets(&self, no: AgentNo) -> Vec<Colleague> {
        let recent = self.agent(no).recent.iter();
        let named = recent.map(|target| match target {
            Target::Agent(no) => Colleague::Agent(self.agent(*no).id.clone()),
            Target::Department(no) => {
                Colleague::Department(self.policy.department_at(*no).id.clone())
            }
        });
        named.collect()
    }

    fn departments_in_reach(&self, no: AgentNo, first: u16) -> impl Iterator<Item = DepartmentNo> {
        let numbered = u16::try_from(self.departments.len()).unwrap_or(u16::MAX);
        (first..numbered).map(DepartmentNo).filter(move |department| {
            self.policy.department_at(*department).existence == Existence::Present
                && self.is_in_reach(no, None, *department)
        })
    }

    /// The first agents after one, by id, and whether there are more.
    fn agents_in_reach(
        &self,
        no: AgentNo,
        after: Option<&AgentId>,
        most: usize,
    ) -> (Vec<AgentNo>, bool) {
        let mut first: BinaryHeap<(&AgentId, AgentNo)> = BinaryHeap::new();
        for agent in &self.agents {
            let comes = after.is_none_or(|after| agent.id > *after);
            if comes && agent.no != no && self.is_target(no, agent.no) {
                first.push((&agent.id, agent.no));
                if first.len() > most + 1 {
                    first.pop();
                }
            }
        }
        let more = first.len() > most;
        let mut first = first.into_sorted_vec();
        first.truncate(most);
        (first.into_iter().map(|(_, no)| no).collect(), more)
    }

    fn is_target(&self, no: AgentNo, other: AgentNo) -> bool {
        let there = self.agent(other);
        let takes = there.kind == Kind::Person
            || self.policy.bot(&there.id).is_some_and(|rules| rules.takes_transfers);
        self.is_signed_on(other) && takes && self.is_colleague(no, None, other)
    }

    fn target_department(&self, no: DepartmentNo) -> TargetDepartment {
        let state = self.department_state(no);
        TargetDepartment {
            department: self.policy.department_at(no).id.clone(),
            online: state.online,
            free: state.free,
            waiting: state.waiting,
            is_closed: state.is_closed,
        }
    }

    fn target_agent(&self, no: AgentNo) -> TargetAgent {
        let agent = self.agent(no);
        TargetAgent {
            agent: agent.id.clone(),
            status: agent.status,
            free: free(agent),
            is_bot: agent.kind != Kind::Person,
        }
    }
}
