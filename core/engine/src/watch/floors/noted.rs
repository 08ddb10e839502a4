//! What has changed on a floor and is to be looked at for those who watch it. Under the floor's lock, and only while somebody watches
//! or has just watched.

use frontdesk_desk::floor::Floor;
use frontdesk_desk::id::{AgentNo, DepartmentNo};

/// What is noted, each once.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    is_watched: bool,
    departments: Marked,
    agents: Marked,
}

/// Numbers in the order in which they were noted.
#[derive(Debug, Default)]
struct Marked {
    numbers: Vec<u32>,
    is_noted: Vec<bool>,
}

impl Noted {
    /// Whether somebody watches, or there still is the picture of the last one.
    pub(crate) fn is_watched(&self) -> bool {
        self.is_watched
    }

    /// Somebody watches from now on: all there is has to be looked at, if there is no picture of it.
    pub(crate) fn begin(&mut self, floor: &Floor) {
        if !std::mem::replace(&mut self.is_watched, true) {
            (0..floor.agents().len() as u32).for_each(|no| self.agents.note(no));
            let departments = floor.policy().departments_numbered() as u32;
            (0..departments).for_each(|no| self.departments.note(no));
        }
    }

    /// The picture is let go.
    pub(crate) fn stop(&mut self) {
        *self = Self::default();
    }

    /// These have changed.
    pub(crate) fn note(&mut self, departments: &[DepartmentNo], agents: &[AgentNo]) {
        if self.is_watched {
            departments.iter().for_each(|no| self.departments.note(no.0.into()));
            agents.iter().for_each(|no| self.agents.note(no.0));
        }
    }

    /// Whether nothing is noted.
    pub(super) fn is_empty(&self) -> bool {
        self.departments.numbers.is_empty() && self.agents.numbers.is_empty()
    }

    /// A department to look at.
    pub(super) fn take_department(&mut self) -> Option<DepartmentNo> {
        self.departments.take().map(|no| DepartmentNo(no as u16))
    }

    /// An agent to look at.
    pub(super) fn take_agent(&mut self) -> Option<AgentNo> {
        self.agents.take().map(AgentNo)
    }
}

impl Marked {
    fn note(&mut self, no: u32) {
        let index = no as usize;
        if self.is_noted.len() <= index {
            self.is_noted.resize(index + 1, false);
        }
        if !std::mem::replace(&mut self.is_noted[index], true) {
            self.numbers.push(no);
        }
    }

    fn take(&mut self) -> Option<u32> {
        let no = self.numbers.pop()?;
        self.is_noted[no as usize] = false;
        Some(no)
    }
}
