//! The wallboard: departments and agents as a watch of the floor shows them, and who is on the site.
//!
//! Takes in what is told, and never asks.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use frontdesk::client::{Event, SessionId, v1};

/// What there is, as far as it was told.
#[derive(Default)]
pub(crate) struct Board {
    departments: BTreeMap<String, v1::DepartmentRow>,
    agents: BTreeMap<String, v1::AgentRow>,
    visitors: BTreeMap<String, v1::VisitorRow>,
}

impl Board {
    /// Takes in an event of the watches.
    pub(crate) fn see(&mut self, event: &Event) {
        match event {
            Event::FloorSnapshot(floor) => {
                self.departments.clear();
                self.agents.clear();
                self.rows(&floor.departments, &floor.agents);
            }
            Event::FloorChanged(floor) => {
                self.departments.retain(|id, _| !floor.departments_gone.contains(id));
                self.agents.retain(|id, _| !floor.agents_gone.contains(id));
                self.rows(&floor.departments, &floor.agents);
            }
            Event::VisitorsSnapshot(list) => {
                self.visitors.clear();
                self.come(&list.rows);
            }
            Event::VisitorsChanged(list) => {
                self.visitors.retain(|id, _| !list.gone.contains(id));
                self.come(&list.rows);
            }
            _ => {}
        }
    }

    fn rows(&mut self, departments: &[v1::DepartmentRow], agents: &[v1::AgentRow]) {
        let named = departments.iter().map(|row| (row.department.clone(), row.clone()));
        self.departments.extend(named);
        self.agents.extend(agents.iter().map(|row| (row.agent.clone(), row.clone())));
    }

    fn come(&mut self, rows: &[v1::VisitorRow]) {
        self.visitors.extend(rows.iter().map(|row| (row.visitor.clone(), row.clone())));
    }

    /// The session that a visitor is in.
    pub(crate) fn session_of(&self, visitor: &str) -> Option<SessionId> {
        let row = self.visitors.get(visitor)?;
        row.session[..].try_into().ok().map(SessionId)
    }

    /// How many sessions an agent has, if it is there.
    pub(crate) fn sessions_of(&self, agent: &str) -> Option<u32> {
        self.agents.get(agent).map(|row| row.sessions)
    }

    /// The wallboard as lines of text.
    pub(crate) fn draw(&self) -> String {
        let mut drawn = String::new();
        let mut departments: Vec<_> = self.departments.values().collect();
        departments.sort_by_key(|row| row.place);
        // Writing into a text fails never.
        let _ = writeln!(
            drawn,
            "{:<16} {:>7} {:>8} {:>6} {:>4} {:>4}",
            "", "waiting", "sessions", "online", "away", "free"
        );
        for row in departments {
            let away = row.agents_away + row.agents_busy;
            let _ = writeln!(
                drawn,
                "{:<16} {:>7} {:>8} {:>6} {:>4} {:>4}",
                row.name, row.waiting, row.sessions, row.agents_online, away, row.free
            );
        }
        for row in self.agents.values() {
            let status = row.status().as_str_name().trim_start_matches("STATUS_").to_lowercase();
            let _ = writeln!(
                drawn,
                "  {:<14} {status}, {} of {}",
                row.agent, row.sessions, row.capacity
            );
        }
        drawn
    }

    /// Who is on the site, as lines of text.
    pub(crate) fn visitors(&self) -> String {
        let mut drawn = String::new();
        for row in self.visitors.values() {
            let place = row.page.as_ref().map_or("", |page| &page.title);
            let state = match row.session_state() {
                v1::SessionState::Waiting => "waits",
                v1::SessionState::Active => "is answered",
                _ => "browses",
            };
            let _ = writeln!(drawn, "{:<16} {state}, on {place:?}", row.visitor);
        }
        drawn
    }
}
