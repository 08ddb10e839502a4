//! What those are shown who have asked the same of a floor: its departments and agents, or its queues.

use std::collections::HashMap;
use std::sync::Arc;

use frontdesk_desk::delivery::{
    AgentRow, Delivery, DepartmentRow, FloorList, FloorTotals, QueueList, QueuedRow,
};
use frontdesk_desk::floor::{AgentSeen, Floor};
use frontdesk_desk::id::{AgentNo, DepartmentId, DepartmentNo, SessionId};
use frontdesk_desk::policy::Policy;

use super::super::audience::{Audience, Told};
use super::super::shown::Shown;
use super::picture::{Picture, in_order};

/// Which departments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// All that the policy has.
    All,
    /// Those of these that the policy has. In the order of ids, each once.
    Only(Arc<[DepartmentId]>),
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Question {
    /// Departments, and so many agents.
    Floor { scope: Scope, agents: u16 },
    /// So many of those who wait in each department.
    Queues { scope: Scope, rows: u16 },
}

impl Question {
    fn scope(&self) -> &Scope {
        match self {
            Self::Floor { scope, .. } | Self::Queues { scope, .. } => scope,
        }
    }
}

/// What those are shown who have asked the same.
pub(super) struct Sheet {
    pub(super) question: Question,
    pub(super) audience: Audience,
    /// The departments, in the policy's order.
    pub(super) departments: Vec<DepartmentNo>,
    /// The same by number.
    covers: Vec<bool>,
    pub(super) drawn_mono_ms: u64,
    /// Whether something has changed in its departments since it was drawn.
    pub(super) is_touched: bool,
    face: Option<Face>,
}

/// What the links know.
enum Face {
    Floor(FloorFace),
    Queues(Shown<SessionId, QueuedRow>),
}

#[derive(Default)]
struct FloorFace {
    departments: Shown<DepartmentNo, DepartmentRow>,
    agents: Shown<AgentNo, AgentSeen>,
    totals: Option<FloorTotals>,
    policy_version: u64,
}

impl Sheet {
    pub(super) fn new(question: Question, policy: &Policy) -> Self {
        let mut sheet = Self {
            question,
            audience: Audience::default(),
            departments: Vec::new(),
            covers: Vec::new(),
            drawn_mono_ms: 0,
            is_touched: true,
            face: None,
        };
        sheet.follow(policy);
        sheet
    }

    /// Another policy is in force.
    pub(super) fn follow(&mut self, policy: &Policy) {
        self.departments = match self.question.scope() {
            Scope::All => in_order(policy).collect(),
            Scope::Only(ids) => in_order(policy)
                .filter(|no| ids.binary_search(&policy.department_at(*no).id).is_ok())
                .collect(),
        };
        self.covers = vec![false; policy.departments_numbered()];
        for no in &self.departments {
            self.covers[usize::from(no.0)] = true;
        }
        self.is_touched = true;
    }

    pub(super) fn covers(&self, no: DepartmentNo) -> bool {
        self.covers.get(usize::from(no.0)).copied().unwrap_or(false)
    }

    pub(super) fn is_drawn(&self) -> bool {
        self.face.is_some()
    }

    /// Whether it is a queue's, which is read under the floor's lock.
    pub(super) fn is_of_queues(&self) -> bool {
        matches!(self.question, Question::Queues { .. })
    }

    /// Draws a floor's sheet. `totals` are the tenant's, with its visitors.
    pub(super) fn draw_floor(&mut self, picture: &mut Picture, totals: FloorTotals) -> Vec<Told> {
        let Question::Floor { scope, agents: agents_max } = &self.question else {
            return Vec::new();
        };
        let totals = (*scope == Scope::All).then_some(totals);
        let agents_max = usize::from(*agents_max);
        let mut face = match self.face.take() {
            Some(Face::Floor(face)) => face,
            _ => FloorFace::default(),
        };
        let mut news = FloorList {
            totals: totals.filter(|_| totals != face.totals),
            policy_version: picture.policy().version,
            ..FloorList::default()
        };
        let mut is_news = news.totals.is_some() || news.policy_version != face.policy_version;
        (face.totals, face.policy_version) = (totals, news.policy_version);
        if std::mem::replace(&mut self.is_touched, false) {
            let rows = self.departments.iter().map(|no| picture.row(*no)).collect();
            let departments = face.departments.turn_to(rows);
            let agents = face.agents.turn_to(picture.first_agents(&self.departments, agents_max));
            is_news |= departments.is_news() || agents.is_news();
            news.departments = departments.fresh;
            news.departments_gone =
                departments.gone.iter().map(|(_, row)| row.department.clone()).collect();
            news.agents = agents.fresh.iter().map(|seen| self.agent_row(picture, seen)).collect();
            news.agents_gone = agents.gone.iter().map(|(_, seen)| seen.agent.clone()).collect();
        }
        let told = if is_news {
            self.audience.tell(|| Delivery::FloorChanged(Arc::new(news)))
        } else {
            None
        };
        self.face = Some(Face::Floor(face));
        told.into_iter().chain(self.catch_up(picture)).collect()
    }

    fn agent_row(&self, picture: &Picture, seen: &Arc<AgentSeen>) -> AgentRow {
        let departments = picture.departments_of(seen, |no| self.covers(no));
        AgentRow { seen: seen.clone(), departments }
    }

    /// Draws a sheet of queues. Under the floor's lock.
    pub(super) fn draw_queues(&mut self, picture: &Picture, floor: &Floor) -> Vec<Told> {
        let Question::Queues { rows: rows_max, .. } = self.question else { return Vec::new() };
        let mut shown = match self.face.take() {
            Some(Face::Queues(shown)) => shown,
            _ => Shown::default(),
        };
        self.is_touched = false;
        let known: HashMap<SessionId, Arc<QueuedRow>> = shown.rows().iter().cloned().collect();
        let mut rows = Vec::new();
        for no in &self.departments {
            let id = &picture.policy().department_at(*no).id;
            let is_same = |row: &&Arc<QueuedRow>, rank| row.rank == rank && row.department == *id;
            let known = |session: SessionId, rank: [u8; 16]| {
                known.get(&session).filter(|row| is_same(row, rank)).cloned()
            };
            rows.extend(floor.look_at_queue(*no, rows_max.into(), known));
        }
        let difference = shown.turn_to(rows);
        let told = if difference.is_news() {
            self.audience.tell(|| {
                let gone = difference.gone.iter().map(|(session, _)| *session).collect();
                Delivery::QueuesChanged(Arc::new(QueueList { rows: difference.fresh, gone }))
            })
        } else {
            None
        };
        self.face = Some(Face::Queues(shown));
        told.into_iter().chain(self.catch_up(picture)).collect()
    }

    /// Tells the whole to those who were told nothing yet, as all others know it.
    pub(super) fn catch_up(&mut self, picture: &Picture) -> Option<Told> {
        let mut audience = std::mem::take(&mut self.audience);
        let told = match &self.face {
            None => None,
            Some(Face::Floor(face)) => audience.welcome(|| {
                let agents = face.agents.rows().iter();
                Delivery::FloorSnapshot(Arc::new(FloorList {
                    departments: face.departments.whole(),
                    agents: agents.map(|(_, seen)| self.agent_row(picture, seen)).collect(),
                    totals: face.totals,
                    policy_version: face.policy_version,
                    ..FloorList::default()
                }))
            }),
            Some(Face::Queues(shown)) => audience.welcome(|| {
                Delivery::QueuesSnapshot(Arc::new(QueueList {
                    rows: shown.whole(),
                    gone: Vec::new(),
                }))
            }),
        };
        self.audience = audience;
        told
    }
}
