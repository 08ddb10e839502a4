//! Those who are in a room, and how far each has received and read.

use smallvec::SmallVec;

use super::{Joining, MemberView};
use crate::id::{AgentId, AgentNo, LinkId};

/// Members who left and are still listed; older ones are forgotten.
pub const PAST_MAX: usize = 32;

/// Someone who is or was in a room.
#[derive(Debug)]
pub(super) struct Member {
    /// Who.
    pub(super) agent: AgentNo,
    /// Its number.
    pub(super) number: u16,
    /// Who, by name.
    pub(super) id: AgentId,
    /// Its links that follow the room.
    pub(super) links: SmallVec<[LinkId; 2]>,
    /// The last word that reached it.
    pub(super) delivered: u64,
    /// The last word it has read.
    pub(super) read: u64,
    /// The first word that it may read, at least 1.
    pub(super) since_seq: u64,
    present: bool,
}

impl Member {
    /// As others see it.
    pub(super) fn view(&self) -> MemberView {
        MemberView {
            number: self.number,
            agent: self.id.clone(),
            present: self.present,
            delivered: self.delivered,
            read: self.read,
        }
    }

    /// Moves the receipts forward, never back. Whether they moved.
    pub(super) fn acknowledge(&mut self, delivered: u64, read: u64) -> bool {
        // Who has read it has received it.
        let delivered = self.delivered.max(delivered).max(read);
        let read = self.read.max(read);
        let moved = (delivered, read) != (self.delivered, self.read);
        (self.delivered, self.read) = (delivered, read);
        moved
    }
}

/// All members of a room, in the order in which they first came.
#[derive(Debug, Default)]
pub(super) struct Members {
    all: SmallVec<[Member; 2]>,
    numbered: u16,
}

impl Members {
    /// Lets someone in, or back in under its old number; it may read from `since_seq` on.
    pub(super) fn join(&mut self, joining: Joining, since_seq: u64) -> &Member {
        let Joining { agent, id, links } = joining;
        if let Some(index) = self.all.iter().position(|other| other.agent == agent) {
            let again = &mut self.all[index];
            (again.present, again.links, again.since_seq) = (true, links, since_seq);
            return &self.all[index];
        }
        self.forget_past();
        // So many never had one room; if they did, the last ones would share a number.
        self.numbered = self.numbered.saturating_add(1);
        let number = self.numbered;
        let (delivered, read, present) = (0, 0, true);
        self.all.push(Member { agent, number, id, links, delivered, read, since_seq, present });
        &self.all[self.all.len() - 1]
    }

    /// Lets someone go.
    pub(super) fn leave(&mut self, agent: AgentNo) {
        if let Some(member) = self.of_mut(agent) {
            member.present = false;
            member.links.clear();
        }
    }

    /// The one who is in it now.
    pub(super) fn of(&self, agent: AgentNo) -> Option<&Member> {
        self.all.iter().find(|other| other.agent == agent && other.present)
    }

    /// The same, to change.
    pub(super) fn of_mut(&mut self, agent: AgentNo) -> Option<&mut Member> {
        self.all.iter_mut().find(|other| other.agent == agent && other.present)
    }

    /// Those who are or were in it.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Member> {
        self.all.iter()
    }

    /// Those who are in it now.
    pub(super) fn present(&self) -> impl Iterator<Item = &Member> {
        self.all.iter().filter(|other| other.present)
    }

    /// The links of all who are in it now.
    pub(super) fn links(&self) -> impl Iterator<Item = &LinkId> {
        self.present().flat_map(|other| &other.links)
    }

    fn forget_past(&mut self) {
        let mut past = self.all.iter().filter(|other| !other.present).count();
        self.all.retain(|other| {
            let forgotten = !other.present && past >= PAST_MAX;
            past -= usize::from(forgotten);
            !forgotten
        });
    }
}
