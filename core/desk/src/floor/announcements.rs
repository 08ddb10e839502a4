//! Words to all agents of the tenant, or of a department.
//!
//! A supervisor says them once and the body is shared by all who are told. Each is told to every link that is there, some thousands
//! of agents in one hold of the floor and the rest in the next ones; and for a day to each link that comes up, and to who signs on
//! for the department, until the agent has acknowledged it on whatever device. The latest [`ANNOUNCEMENTS_MAX`] are kept.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Due, Floor};
use crate::delivery::Delivery;
use crate::effects::Effects;
use crate::fact::Event;
use crate::id::{
    AgentId, AgentNo, AnnouncementId, ClientMessageId, DepartmentId, DepartmentNo, LinkId,
};
use crate::refusal::Refusal;
use crate::role::Reach;
use crate::time::Now;

/// Longest text, in bytes.
pub const ANNOUNCEMENT_BYTES_MAX: usize = 2 * 1024;
/// Announcements of a tenant that are kept; of more, the oldest is forgotten.
pub const ANNOUNCEMENTS_MAX: usize = 32;
/// How long one is told to who comes: a day.
pub const ANNOUNCED_MS: u64 = 86_400_000;
/// Agents told in one hold of the floor.
const TOLD_MAX: usize = 4_096;

/// Words to all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Which.
    pub id: AnnouncementId,
    /// Who says it.
    pub by: AgentId,
    /// To the agents of this department; `None` for all of the tenant.
    pub department: Option<DepartmentId>,
    /// What, at most [`ANNOUNCEMENT_BYTES_MAX`].
    pub text: Box<str>,
    /// When.
    pub wall_ms: u64,
}

/// What is to be said to all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnouncementWish {
    /// The sender's own id of it: the same one again is the same words.
    pub id: ClientMessageId,
    /// To the agents of this department; `None` for all of the tenant.
    pub department: Option<DepartmentId>,
    /// What, at most [`ANNOUNCEMENT_BYTES_MAX`].
    pub text: Box<str>,
}

/// What announcing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// Which it is.
    pub id: AnnouncementId,
    /// When.
    pub wall_ms: u64,
    /// True if it had been said before.
    pub duplicate: bool,
}

/// An announcement that is kept.
#[derive(Debug)]
struct Kept {
    announcement: Arc<Announcement>,
    by: (AgentNo, ClientMessageId),
    department: Option<DepartmentNo>,
    said_mono_ms: u64,
    /// Agents of lower numbers have been told; `None` when all have.
    told_below: Option<u32>,
    /// A bit for each agent that has seen it, by number.
    seen: Vec<u64>,
}

impl Kept {
    fn has_seen(&self, agent: AgentNo) -> bool {
        let (word, bit) = (agent.0 as usize / 64, agent.0 % 64);
        self.seen.get(word).is_some_and(|bits| bits & (1 << bit) != 0)
    }

    fn note_seen(&mut self, agent: AgentNo) {
        let (word, bit) = (agent.0 as usize / 64, agent.0 % 64);
        if self.seen.len() <= word {
            self.seen.resize(word + 1, 0);
        }
        self.seen[word] |= 1 << bit;
    }

    /// Whether an agent was told already, or never will be by itself.
    fn is_past(&self, agent: AgentNo) -> bool {
        self.told_below.is_none_or(|below| agent.0 < below)
    }

    fn is_over(&self, now: Now) -> bool {
        self.said_mono_ms.saturating_add(ANNOUNCED_MS) <= now.mono_ms
    }
}

/// The latest words to all, oldest first.
#[derive(Debug, Default)]
pub(super) struct Announcements {
    kept: VecDeque<Kept>,
    /// When the next agents are to be told; 0 for nobody.
    pub(super) next_mono_ms: u64,
}

impl Floor {
    /// A supervisor says something to all agents of the tenant or of a department.
    ///
    /// Errors: [`Refusal::SupervisorsOnly`], [`Refusal::UnknownDepartment`], [`Refusal::OutOfReach`], [`Refusal::Missing`],
    /// [`Refusal::TooLong`], [`Refusal::IdReused`].
    pub fn announce(
        &mut self,
        by: AgentNo,
        link: LinkId,
        wish: AnnouncementWish,
        now: Now,
        fx: &mut Effects,
    ) -> Result<Announced, Refusal> {
        self.supervises(link)?;
        if wish.text.is_empty() {
            return Err(Refusal::Missing { field: "text" });
        }
        if wish.text.len() > ANNOUNCEMENT_BYTES_MAX {
            return Err(Refusal::TooLong { field: "text", bytes_max: ANNOUNCEMENT_BYTES_MAX });
        }
        let department = self.may_announce(link, wish.department.as_ref())?;
        let kept = &mut self.announcements.kept;
        while kept.front().is_some_and(|oldest| oldest.is_over(now)) {
            kept.pop_front();
        }
        if let Some(said) = kept.iter().find(|kept| kept.by == (by, wish.id)) {
            let Announcement { id, wall_ms, .. } = *said.announcement;
            let is_same = said.announcement.text == wish.text && said.department == department;
            return if is_same {
                Ok(Announced { id, wall_ms, duplicate: true })
            } else {
                Err(Refusal::IdReused)
            };
        }
        if kept.len() == ANNOUNCEMENTS_MAX {
            kept.pop_front();
        }
        let announcement = Arc::new(Announcement {
            id: AnnouncementId::random(&mut self.chance),
            by: self.agent(by).id.clone(),
            department: wish.department,
            text: wish.text,
            wall_ms: now.wall_ms,
        });
        let mut said = Kept {
            announcement: announcement.clone(),
            by: (by, wish.id),
            department,
            said_mono_ms: now.mono_ms,
            told_below: Some(0),
            seen: Vec::new(),
        };
        said.note_seen(by);
        self.announcements.kept.push_back(said);
        self.tell_announcements(now, fx);
        let (id, wall_ms) = (announcement.id, announcement.wall_ms);
        self.keep(Event::Announced(announcement), now, fx);
        Ok(Announced { id, wall_ms, duplicate: false })
    }

    /// An agent has seen an announcement, and isn't told it again. Errors: [`Refusal::AnnouncementNotFound`] also for one that is forgotten.
    pub fn acknowledge_announcement(
        &mut self,
        agent: AgentNo,
        id: AnnouncementId,
    ) -> Result<(), Refusal> {
        let mut kept = self.announcements.kept.iter_mut();
        let kept = kept.find(|kept| kept.announcement.id == id);
        kept.ok_or(Refusal::AnnouncementNotFound)?.note_seen(agent);
        Ok(())
    }

    /// Brings a link that has come up what was said to all in the last day and its agent hasn't seen.
    pub fn bring_announcements(&self, agent: AgentNo, link: LinkId, now: Now, fx: &mut Effects) {
        for kept in &self.announcements.kept {
            if !kept.is_over(now) && kept.is_past(agent) && self.is_for(kept, agent) {
                fx.tell(link, Delivery::Announcement(kept.announcement.clone()));
            }
        }
    }

    /// Tells an agent that has signed on what was said to departments that it wasn't in before.
    pub(super) fn tell_announced_to(
        &self,
        agent: AgentNo,
        before: &[DepartmentNo],
        now: Now,
        fx: &mut Effects,
    ) {
        for kept in &self.announcements.kept {
            let is_new = kept.department.is_some_and(|department| !before.contains(&department));
            if is_new && !kept.is_over(now) && kept.is_past(agent) && self.is_for(kept, agent) {
                let told = Delivery::Announcement(kept.announcement.clone());
                fx.tell_each(&self.agent(agent).links, told);
            }
        }
    }

    /// Tells the next agents. What is left is a deadline of the floor.
    pub(super) fn tell_announcements(&mut self, now: Now, fx: &mut Effects) {
        let mut left = TOLD_MAX;
        let agents = self.agents.len();
        for at in 0..self.announcements.kept.len() {
            let kept = &self.announcements.kept[at];
            let Some(below) = kept.told_below else { continue };
            let until = agents.min(below as usize + left);
            left -= until - below as usize;
            for no in (below..).take(until - below as usize).map(AgentNo) {
                let links = &self.agent(no).links;
                if !links.is_empty() && self.is_for(kept, no) {
                    fx.tell_each(links, Delivery::Announcement(kept.announcement.clone()));
                }
            }
            let told_below = (until < agents).then_some(until as u32);
            self.announcements.kept[at].told_below = told_below;
        }
        self.due.remove(&(self.announcements.next_mono_ms, Due::Announcements));
        self.announcements.next_mono_ms = 0;
        if self.announcements.kept.iter().any(|kept| kept.told_below.is_some()) {
            let next_mono_ms = now.mono_ms.saturating_add(1);
            self.announcements.next_mono_ms = next_mono_ms;
            self.due.insert((next_mono_ms, Due::Announcements));
        }
    }

    /// What is wrong with what is kept, in words.
    pub(super) fn announcement_faults(&self) -> Vec<String> {
        let Announcements { kept, next_mono_ms } = &self.announcements;
        let mut faults = Vec::new();
        let is_told = kept.iter().all(|kept| kept.told_below.is_none());
        if kept.len() > ANNOUNCEMENTS_MAX || is_told != (*next_mono_ms == 0) {
            let count = kept.len();
            faults.push(format!("{count} announcements, told: {is_told}, next {next_mono_ms}"));
        }
        faults
    }

    /// Whether an agent is to be told, by its departments and by what it has seen.
    fn is_for(&self, kept: &Kept, agent: AgentNo) -> bool {
        let in_it = |department| self.agent(agent).post(department).is_some();
        kept.department.is_none_or(in_it) && !kept.has_seen(agent)
    }

    /// The department whose agents a link may speak to; `None` for all. Errors: [`Refusal::UnknownDepartment`], [`Refusal::OutOfReach`].
    fn may_announce(
        &self,
        link: LinkId,
        department: Option<&DepartmentId>,
    ) -> Result<Option<DepartmentNo>, Refusal> {
        let reach = self.reach(link);
        let unreached = |id: &DepartmentId| Refusal::OutOfReach(id.clone());
        let Some(id) = department else {
            let mut all = self.policy.departments.iter().map(|department| &department.id);
            return match all.find(|id| reach != Reach::All && !reach.covers(id)) {
                Some(id) => Err(unreached(id)),
                None => Ok(None),
            };
        };
        let no = self.policy.department(id);
        let no = no.ok_or_else(|| Refusal::UnknownDepartment(id.clone()))?;
        if reach.covers(id) { Ok(Some(no)) } else { Err(unreached(id)) }
    }
}
