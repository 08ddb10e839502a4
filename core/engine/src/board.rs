//! The board: what everybody may know of a floor without its lock. Who is there for a visitor is answered from here, on every page view.
//!
//! Each department's numbers are written under the floor's lock as they change and read without. The list of agents is made anew at most
//! once in [`PEOPLE_PERIOD_MS`], and only if somebody's status changed. All of it are hints: whoever decides looks again under the lock.

use std::collections::HashMap;

use frontdesk_desk::delivery::{Receiving, Status};
use frontdesk_desk::floor::{DepartmentState, Floor};
use frontdesk_desk::id::{AgentId, DepartmentId, DepartmentNo, SiteNo};
use frontdesk_desk::policy::form::SharedForm;
use frontdesk_desk::policy::hours::{Hours, Opening};
use frontdesk_desk::policy::style::Listed;
use frontdesk_desk::policy::{Existence, Policy, Receives};

use crate::opening::KeptOpening;
use crate::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use crate::sync::{Arc, Mutex};

/// How long the list of agents stands still at least.
pub(crate) const PEOPLE_PERIOD_MS: u64 = 500;
/// Most rows of one answer; further ones are left out.
pub const RECEPTION_ROWS_MAX: usize = 200;

/// One that a visitor may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceptionRow {
    /// A department.
    Department {
        /// Which.
        id: DepartmentId,
        /// What people read; empty where the style hides it.
        name: Box<str>,
        /// Whether somebody is there.
        receiving: Receiving,
        /// How many wait.
        waiting: u32,
    },
    /// An agent.
    Agent {
        /// Which.
        id: AgentId,
        /// Its status; offline also while nothing of it is attached.
        status: Status,
    },
}

/// Who is there for one visitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reception {
    /// Whether somebody is: the best of all who receive it.
    pub receiving: Receiving,
    /// The department in whose queue it would wait.
    pub department: DepartmentId,
    /// How many wait there.
    pub waiting: u32,
    /// Those who receive it, as the site's style lists them: departments, or agents by id; at most [`RECEPTION_ROWS_MAX`].
    pub rows: Vec<ReceptionRow>,
    /// What the page says then, as the site's style words it; empty for nothing.
    pub words: Box<str>,
    /// What is filled in before a session there; may have no fields.
    pub form: SharedForm,
    /// The version of the policy that says so.
    pub policy_version: u64,
}

/// One tenant's board under one policy.
pub(crate) struct Board {
    departments: Box<[Cell]>,
    /// Of the rules that invite, by their place.
    rules: Box<[KeptOpening]>,
    people: Mutex<Arc<People>>,
    /// Whether some agent isn't as `people` has it.
    is_stale: AtomicBool,
    /// When `people` was made.
    made_mono_ms: AtomicU64,
}

#[derive(Default)]
struct Cell {
    waiting: AtomicU32,
    working: AtomicU32,
    online: AtomicU32,
    free: AtomicU32,
    is_closed: AtomicBool,
    opening: KeptOpening,
}

#[derive(Default)]
struct People {
    status: HashMap<AgentId, Status>,
    /// By department number, in the order of ids.
    of: Vec<Vec<AgentId>>,
}

impl Board {
    /// Of a policy's departments and rules; nothing is noted of them yet.
    pub(crate) fn new(policy: &Policy) -> Arc<Self> {
        let departments = 0..policy.departments_numbered();
        let rules = policy.invitation_rules();
        Arc::new(Self {
            departments: departments.map(|_| Cell::default()).collect(),
            rules: rules.iter().map(|_| KeptOpening::default()).collect(),
            people: Mutex::new(Arc::new(People::default())),
            is_stale: AtomicBool::new(true),
            made_mono_ms: AtomicU64::new(0),
        })
    }

    /// Whether a department's queue takes nobody and nobody is free. A place that is taken meanwhile is refused by the floor itself.
    pub(crate) fn is_full(&self, department: DepartmentNo) -> bool {
        let cell = &self.departments[usize::from(department.0)];
        // Relaxed, here and below: hints.
        cell.is_closed.load(Ordering::Relaxed) && cell.free.load(Ordering::Relaxed) == 0
    }

    /// Notes a department's state. Under the floor's lock.
    pub(crate) fn note(&self, department: DepartmentNo, state: DepartmentState) {
        let cell = &self.departments[usize::from(department.0)];
        cell.waiting.store(state.waiting, Ordering::Relaxed);
        cell.working.store(state.working, Ordering::Relaxed);
        cell.online.store(state.online, Ordering::Relaxed);
        cell.free.store(state.free, Ordering::Relaxed);
        cell.is_closed.store(state.is_closed, Ordering::Relaxed);
    }

    /// Notes that some agent has changed. Under the floor's lock.
    pub(crate) fn note_people(&self) {
        self.is_stale.store(true, Ordering::Relaxed);
    }

    /// Whether the list of agents is to be made anew.
    pub(crate) fn is_due(&self, mono_ms: u64) -> bool {
        self.is_stale.load(Ordering::Relaxed)
            && mono_ms >= self.made_mono_ms.load(Ordering::Relaxed).saturating_add(PEOPLE_PERIOD_MS)
    }

    /// Makes the list of agents anew. Under the floor's lock.
    pub(crate) fn draw_people(&self, floor: &Floor, mono_ms: u64) {
        self.is_stale.store(false, Ordering::Relaxed);
        self.made_mono_ms.store(mono_ms, Ordering::Relaxed);
        let mut people = People::default();
        people.of.resize_with(self.departments.len(), Vec::new);
        for agent in floor.agents() {
            let reachable = !agent.links().is_empty();
            let status = if reachable { agent.status() } else { Status::Offline };
            people.status.insert(agent.id().clone(), status);
            for department in agent.departments() {
                people.of[usize::from(department.0)].push(agent.id().clone());
            }
        }
        for agents in &mut people.of {
            agents.sort_unstable();
        }
        *self.people.lock() = Arc::new(people);
    }

    /// How many are free for visitors of a site and a region: of all who receive them, or of one department.
    pub(crate) fn free(
        &self,
        policy: &Policy,
        site: SiteNo,
        region: &str,
        department: Option<DepartmentNo>,
        wall_ms: u64,
    ) -> u32 {
        let free = |no: DepartmentNo| match self.receiving(policy, no, wall_ms) {
            Receiving::Free => self.departments[usize::from(no.0)].free.load(Ordering::Relaxed),
            _ => 0,
        };
        if let Some(no) = department {
            return free(no);
        }
        let range = policy.style_of(site).range(region);
        let of = |receiver: &&Receives| match receiver {
            Receives::Department(no) => free(*no),
            Receives::Agent(id) => u32::from(self.people.lock().status_of(id) == Status::Online),
        };
        range.iter().map(of).fold(0, u32::saturating_add)
    }

    /// Who is there for a visitor of a site and a region, of all who receive it or of one department.
    pub(crate) fn reception(
        &self,
        policy: &Policy,
        site: SiteNo,
        region: &str,
        department: Option<DepartmentNo>,
        wall_ms: u64,
    ) -> Reception {
        let style = policy.style_of(site);
        let home = department.unwrap_or(style.home);
        let one = department.map(Receives::Department);
        let range = match &one {
            Some(one) => vec![one],
            None => style.range(region),
        };
        let people = self.people.lock().clone();
        let mut best = None;
        let mut rows = Vec::new();
        for receiver in range {
            let receiving = self.receiving_of(policy, &people, receiver, wall_ms);
            best = best.max(Some(receiving));
            match (style.is.listed, receiver) {
                (Listed::Departments, Receives::Department(no)) => {
                    let hidden = style.is.hides_department_names;
                    rows.push(self.department_row(policy, *no, receiving, hidden));
                }
                (Listed::Agents, Receives::Department(no)) => {
                    let agents = people.of.get(usize::from(no.0)).into_iter().flatten();
                    rows.extend(agents.map(|id| people.row(id)));
                }
                (_, Receives::Agent(id)) => rows.push(people.row(id)),
            }
        }
        if style.is.hides_offline {
            rows.retain(ReceptionRow::is_there);
        }
        let mut seen = std::collections::HashSet::new();
        rows.retain(|row| match row {
            ReceptionRow::Department { .. } => true,
            ReceptionRow::Agent { id, .. } => seen.insert(id.clone()),
        });
        rows.truncate(RECEPTION_ROWS_MAX);
        let receiving = best.unwrap_or(Receiving::Nobody);
        Reception {
            receiving,
            words: style.is.words.of(receiving).into(),
            department: policy.department_at(home).id.clone(),
            waiting: self.departments[usize::from(home.0)].waiting.load(Ordering::Relaxed),
            rows,
            form: policy.session_terms(home, site).form().clone(),
            policy_version: policy.version,
        }
    }

    /// The board as it is, for many looks at it without a lock.
    pub(crate) fn seen<'a>(&'a self, policy: &'a Policy, wall_ms: u64) -> Seen<'a> {
        Seen { board: self, policy, people: self.people.lock().clone(), wall_ms }
    }

    fn receiving_of(
        &self,
        policy: &Policy,
        people: &People,
        receiver: &Receives,
        wall_ms: u64,
    ) -> Receiving {
        match receiver {
            Receives::Department(no) => self.receiving(policy, *no, wall_ms),
            Receives::Agent(id) => receiving_by(people.status_of(id)),
        }
    }

    fn receiving(&self, policy: &Policy, no: DepartmentNo, wall_ms: u64) -> Receiving {
        if policy.department_at(no).existence == Existence::Retired
            || !self.is_open(policy, no, wall_ms)
        {
            return Receiving::Closed;
        }
        let cell = &self.departments[usize::from(no.0)];
        if cell.free.load(Ordering::Relaxed) > 0 {
            Receiving::Free
        } else if cell.working.load(Ordering::Relaxed) == 0 {
            Receiving::Nobody
        } else if cell.is_closed.load(Ordering::Relaxed) {
            Receiving::Full
        } else {
            Receiving::Waiting
        }
    }

    /// Whether a department is open.
    fn is_open(&self, policy: &Policy, no: DepartmentNo, wall_ms: u64) -> bool {
        let kept = &self.departments[usize::from(no.0)].opening;
        policy.department_at(no).hours.as_ref().is_none_or(|hours| kept.at(wall_ms, hours).open)
    }

    /// Whether the hours of a rule that invites are open. The rule is named by its place in the policy that the board is of.
    pub(crate) fn opening_of_rule(&self, place: usize, hours: &Hours, wall_ms: u64) -> Opening {
        match self.rules.get(place) {
            Some(kept) => kept.at(wall_ms, hours),
            None => hours.at(wall_ms),
        }
    }

    fn department_row(
        &self,
        policy: &Policy,
        no: DepartmentNo,
        receiving: Receiving,
        hidden: bool,
    ) -> ReceptionRow {
        let department = policy.department_at(no);
        let name = match (hidden, department.name.is_empty()) {
            (true, _) => "".into(),
            (false, true) => department.id.as_str().into(),
            (false, false) => department.name.clone(),
        };
        let waiting = self.departments[usize::from(no.0)].waiting.load(Ordering::Relaxed);
        ReceptionRow::Department { id: department.id.clone(), name, receiving, waiting }
    }
}

/// A board with the list of agents at hand.
pub(crate) struct Seen<'a> {
    board: &'a Board,
    policy: &'a Policy,
    people: Arc<People>,
    wall_ms: u64,
}

impl Seen<'_> {
    /// The best of all who receive somebody.
    pub(crate) fn best(&self, range: &[Receives]) -> Receiving {
        let of = |one| self.board.receiving_of(self.policy, &self.people, one, self.wall_ms);
        range.iter().map(of).max().unwrap_or(Receiving::Nobody)
    }
}

impl People {
    fn status_of(&self, id: &AgentId) -> Status {
        self.status.get(id).copied().unwrap_or(Status::Offline)
    }

    fn row(&self, id: &AgentId) -> ReceptionRow {
        ReceptionRow::Agent { id: id.clone(), status: self.status_of(id) }
    }
}

impl ReceptionRow {
    /// Whether it can be had now.
    fn is_there(&self) -> bool {
        match self {
            Self::Department { receiving, .. } => *receiving > Receiving::Nobody,
            Self::Agent { status, .. } => matches!(status, Status::Online | Status::Busy),
        }
    }
}

/// An agent by itself: whether it has room is known to the floor alone.
fn receiving_by(status: Status) -> Receiving {
    match status {
        Status::Online => Receiving::Free,
        Status::Busy => Receiving::Waiting,
        Status::Away | Status::Offline => Receiving::Nobody,
    }
}
