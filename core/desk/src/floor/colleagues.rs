//! Colleagues who talk with each other: who is in which room, and who may be.
//!
//! The floor decides, because it knows all that this depends on: the agents, their departments and their links. The [rooms](crate::room) have
//! the same lists and get each change by a crossing, in the order in which it was decided. What is said in a room never comes here.
//!
//! **Who may.** An agent may talk with those of the departments that one of its own lets it (the policy's `colleagues`; all where it names none), a
//! supervisor's link with those of the departments that it reaches. That is asked when a talk or a room is opened and when
//! somebody is invited, of whoever does it. It isn't asked again while they talk: a policy that is replaced holds for what is opened from then on,
//! and who signs off and has no department then stays in its rooms.
//!
//! Bounded: the rooms of a tenant by [`ROOMS_MAX`], those of an agent by [`ROOMS_OF_AGENT_MAX`], the members of a room by
//! [`MEMBERS_MAX`]; at each it is refused and nothing has changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use smallvec::SmallVec;

use super::{ById, Floor};
use crate::crossing::{Crossing, Replay};
use crate::effects::Effects;
use crate::id::{AgentId, AgentNo, ClientMessageId, DepartmentNo, LinkId, RoomId};
use crate::refusal::Refusal;
use crate::role::Reach;
use crate::room::{Joining, MEMBERS_MAX, Opening, RoomKind, RoomStep, TITLE_BYTES_MAX};

/// Most rooms of a tenant at once.
pub const ROOMS_MAX: usize = 10_000;
/// Most rooms that one agent is in, talks of two among them.
pub const ROOMS_OF_AGENT_MAX: usize = 32;
/// How much is replayed to one agent's link that comes up, over all of its rooms. Small, because its sessions come with it; the rest it may read.
const LINK_REPLAY: Replay = Replay { after_seq: None, messages_max: 128, bytes_max: 128 * 1024 };

/// A room that an agent opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomWish {
    /// The agent's own id of it: the same one again is the same room.
    pub id: ClientMessageId,
    /// What it is about, at most [`TITLE_BYTES_MAX`].
    pub title: Arc<str>,
    /// Who is in it besides the agent, less than [`MEMBERS_MAX`].
    pub agents: Vec<AgentId>,
}

/// A room, as far as the floor knows it.
#[derive(Debug)]
struct Entry {
    kind: RoomKind,
    members: SmallVec<[AgentNo; 2]>,
    /// Who opened it, and by which id; `None` for a talk of two.
    opened: Option<(AgentNo, ClientMessageId)>,
}

/// Who is in which room.
#[derive(Debug, Default)]
pub(super) struct Colleagues {
    rooms: ById<RoomId, Entry>,
    by_agent: BTreeMap<AgentNo, SmallVec<[RoomId; 2]>>,
}

impl Colleagues {
    fn rooms_of(&self, agent: AgentNo) -> &[RoomId] {
        self.by_agent.get(&agent).map_or(&[], |rooms| rooms)
    }

    /// The room of an agent that is such a one.
    fn find(&self, agent: AgentNo, is_it: impl Fn(&Entry) -> bool) -> Option<RoomId> {
        let is_it = |room: &&RoomId| self.rooms.get(room).is_some_and(&is_it);
        self.rooms_of(agent).iter().find(is_it).copied()
    }

    fn room_for(&self, agents: &[AgentNo]) -> Result<(), Refusal> {
        let is_full = |agent: &AgentNo| self.rooms_of(*agent).len() >= ROOMS_OF_AGENT_MAX;
        if agents.iter().any(is_full) {
            return Err(full("rooms of one agent", ROOMS_OF_AGENT_MAX));
        }
        Ok(())
    }

    fn enter(&mut self, room: RoomId, agents: &[AgentNo]) {
        for agent in agents {
            self.by_agent.entry(*agent).or_default().push(room);
        }
    }

    fn part(&mut self, room: RoomId, agent: AgentNo) {
        let Some(rooms) = self.by_agent.get_mut(&agent) else { return };
        rooms.retain(|other| *other != room);
        if rooms.is_empty() {
            self.by_agent.remove(&agent);
        }
    }

    /// Forgets a room and who was in it.
    fn forget(&mut self, room: RoomId) {
        for agent in self.rooms.remove(&room).map(|entry| entry.members).unwrap_or_default() {
            self.part(room, agent);
        }
    }

    /// An agent's link is gone; it stays in its rooms.
    pub(super) fn link_down(&self, agent: AgentNo, link: LinkId, fx: &mut Effects) {
        for room in self.rooms_of(agent) {
            fx.cross(Crossing::ToRoom(*room, RoomStep::LinkDown { agent, link }));
        }
    }

    /// What is wrong with the books.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (room, entry) in &self.rooms {
            if entry.members.is_empty()
                || (entry.kind == RoomKind::OfTwo && entry.members.len() != 2)
            {
                faults.push(format!("room {room} is {:?} and has {:?}", entry.kind, entry.members));
            }
            if entry.members.iter().any(|agent| !self.rooms_of(*agent).contains(room)) {
                faults.push(format!("room {room} has a member that doesn't know of it"));
            }
        }
        let by_rooms: usize = self.rooms.values().map(|entry| entry.members.len()).sum();
        let by_agents: usize = self.by_agent.values().map(SmallVec::len).sum();
        if by_rooms != by_agents {
            faults.push(format!("rooms have {by_rooms} members, agents are in {by_agents}"));
        }
        faults
    }
}

impl Floor {
    /// An agent opens a room with colleagues, or has opened it before under the same id. The room, and whether it was there before.
    ///
    /// Errors: [`Refusal::TooLong`], [`Refusal::TooMany`], [`Refusal::Missing`], [`Refusal::UnknownAgent`], [`Refusal::Oneself`],
    /// [`Refusal::NotSignedOn`], [`Refusal::NotAColleague`], [`Refusal::LimitReached`].
    pub fn open_room(
        &mut self,
        by: AgentNo,
        link: LinkId,
        wish: RoomWish,
        fx: &mut Effects,
    ) -> Result<(RoomId, bool), Refusal> {
        if wish.title.len() > TITLE_BYTES_MAX {
            return Err(Refusal::TooLong { field: "title", bytes_max: TITLE_BYTES_MAX });
        }
        let opened = Some((by, wish.id));
        if let Some(room) = self.colleagues.find(by, |entry| entry.opened == opened) {
            return Ok((room, true));
        }
        let invited = self.whom(by, link, &wish.agents)?;
        let room = self.enter_new(by, RoomKind::OfMany, wish.title, &invited, opened, fx)?;
        Ok((room, false))
    }

    /// An agent begins to talk with a colleague, or goes on. The room, and whether it was there before. Errors: as [`Floor::open_room`].
    pub fn talk_with(
        &mut self,
        by: AgentNo,
        link: LinkId,
        agent: &AgentId,
        fx: &mut Effects,
    ) -> Result<(RoomId, bool), Refusal> {
        let with = self.colleague(by, agent, "agent")?;
        let is_theirs =
            |entry: &Entry| entry.kind == RoomKind::OfTwo && entry.members.contains(&with);
        if let Some(room) = self.colleagues.find(by, is_theirs) {
            return Ok((room, true));
        }
        self.may_talk(by, link, with)?;
        let room = self.enter_new(by, RoomKind::OfTwo, "".into(), &[with], None, fx)?;
        Ok((room, false))
    }

    /// A member lets colleagues into a room; those who are in it stay as they are.
    ///
    /// Errors: [`Refusal::RoomNotFound`], [`Refusal::NotInRoom`], [`Refusal::RoomOfTwo`], and those of [`Floor::open_room`].
    pub fn invite_to_room(
        &mut self,
        by: AgentNo,
        link: LinkId,
        room: RoomId,
        agents: &[AgentId],
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        let entry = self.room_with(room, by)?;
        if entry.kind == RoomKind::OfTwo {
            return Err(Refusal::RoomOfTwo);
        }
        let present = entry.members.clone();
        let mut invited = self.whom(by, link, agents)?;
        invited.retain(|agent| !present.contains(agent));
        if present.len() + invited.len() > MEMBERS_MAX {
            return Err(full("members of one room", MEMBERS_MAX));
        }
        self.colleagues.room_for(&invited)?;
        if invited.is_empty() {
            return Ok(());
        }
        if let Some(entry) = self.colleagues.rooms.get_mut(&room) {
            entry.members.extend_from_slice(&invited);
        }
        self.colleagues.enter(room, &invited);
        let members = invited.iter().map(|agent| self.joining(*agent)).collect();
        let by = self.agent(by).id.clone();
        fx.cross(Crossing::ToRoom(room, RoomStep::Join { by, members }));
        Ok(())
    }

    /// A member leaves a room. The last one's leaving ends it, and one of two's. Errors: [`Refusal::RoomNotFound`], [`Refusal::NotInRoom`].
    pub fn leave_room(
        &mut self,
        agent: AgentNo,
        room: RoomId,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        let entry = self.room_with(room, agent)?;
        let ends = entry.kind == RoomKind::OfTwo || entry.members.len() == 1;
        if ends {
            self.colleagues.forget(room);
            fx.cross(Crossing::ToRoom(room, RoomStep::Close));
            return Ok(());
        }
        if let Some(entry) = self.colleagues.rooms.get_mut(&room) {
            entry.members.retain(|other| *other != agent);
        }
        self.colleagues.part(room, agent);
        fx.cross(Crossing::ToRoom(room, RoomStep::Leave(agent)));
        Ok(())
    }

    /// Brings an agent's rooms to a link of its that has come up; `resume` says up to where it has seen each.
    pub fn bring_rooms(
        &self,
        agent: AgentNo,
        link: LinkId,
        resume: &[(RoomId, u64)],
        fx: &mut Effects,
    ) {
        let rooms = self.colleagues.rooms_of(agent);
        let share = rooms.len().max(1);
        for room in rooms {
            let after_seq = resume.iter().find(|(other, _)| other == room).map(|(_, seq)| *seq);
            let replay = Replay {
                after_seq,
                messages_max: LINK_REPLAY.messages_max / share,
                bytes_max: LINK_REPLAY.bytes_max / share,
            };
            fx.cross(Crossing::ToRoom(*room, RoomStep::LinkUp { agent, link, replay }));
        }
    }

    /// All rooms, with who is in each.
    pub fn rooms(&self) -> impl Iterator<Item = (RoomId, &[AgentNo])> {
        self.colleagues.rooms.iter().map(|(room, entry)| (*room, &entry.members[..]))
    }

    /// A room has ended by itself.
    pub(super) fn room_ended(&mut self, room: RoomId) {
        self.colleagues.forget(room);
    }

    fn enter_new(
        &mut self,
        by: AgentNo,
        kind: RoomKind,
        title: Arc<str>,
        invited: &[AgentNo],
        opened: Option<(AgentNo, ClientMessageId)>,
        fx: &mut Effects,
    ) -> Result<RoomId, Refusal> {
        let members: SmallVec<[AgentNo; 2]> =
            std::iter::once(by).chain(invited.iter().copied()).collect();
        if self.colleagues.rooms.len() >= ROOMS_MAX {
            return Err(full("rooms", ROOMS_MAX));
        }
        self.colleagues.room_for(&members)?;
        let room = RoomId::random(&mut self.chance);
        self.colleagues.enter(room, &members);
        let joining = members.iter().map(|agent| self.joining(*agent)).collect();
        self.colleagues.rooms.insert(room, Entry { kind, members, opened });
        let opening = Opening { tenant: self.tenant, kind, title, members: joining };
        fx.cross(Crossing::ToRoom(room, RoomStep::Open(Box::new(opening))));
        Ok(room)
    }

    fn joining(&self, agent: AgentNo) -> Joining {
        let there = self.agent(agent);
        Joining { agent, id: there.id.clone(), links: there.links.clone() }
    }

    fn room_with(&self, room: RoomId, agent: AgentNo) -> Result<&Entry, Refusal> {
        let entry = self.colleagues.rooms.get(&room).ok_or(Refusal::RoomNotFound)?;
        if entry.members.contains(&agent) { Ok(entry) } else { Err(Refusal::NotInRoom) }
    }

    /// Those that an agent names, each once, if it may talk with all of them.
    fn whom(&self, by: AgentNo, link: LinkId, agents: &[AgentId]) -> Result<Vec<AgentNo>, Refusal> {
        if agents.is_empty() {
            return Err(Refusal::Missing { field: "agents" });
        }
        if agents.len() >= MEMBERS_MAX {
            return Err(Refusal::TooMany { field: "agents", max: MEMBERS_MAX - 1 });
        }
        let mut whom = Vec::with_capacity(agents.len());
        for agent in agents {
            let no = self.colleague(by, agent, "agents")?;
            self.may_talk(by, link, no)?;
            if !whom.contains(&no) {
                whom.push(no);
            }
        }
        Ok(whom)
    }

    fn colleague(
        &self,
        by: AgentNo,
        agent: &AgentId,
        field: &'static str,
    ) -> Result<AgentNo, Refusal> {
        let no = self.agent_no(agent).ok_or_else(|| Refusal::UnknownAgent(agent.clone()))?;
        if no == by { Err(Refusal::Oneself { field }) } else { Ok(no) }
    }

    /// Whether an agent may begin to talk with another one. Errors: [`Refusal::NotSignedOn`], [`Refusal::NotAColleague`].
    fn may_talk(&self, by: AgentNo, link: LinkId, with: AgentNo) -> Result<(), Refusal> {
        if self.supervises(link).is_ok() && self.reaches_one_of(link, with) {
            return Ok(());
        }
        if self.agent(by).posts.is_empty() {
            return Err(Refusal::NotSignedOn);
        }
        if self.agent(by).departments().any(|own| self.lets_talk(own, with)) {
            Ok(())
        } else {
            Err(Refusal::NotAColleague(self.agent(with).id.clone()))
        }
    }

    /// Whether a department lets its agents talk with this one.
    fn lets_talk(&self, own: DepartmentNo, with: AgentNo) -> bool {
        let rules = self.policy.department_at(own);
        rules.reaches_all() || self.agent(with).departments().any(|theirs| rules.reaches(theirs))
    }

    /// Whether a link reaches a department of an agent.
    pub(super) fn reaches_one_of(&self, link: LinkId, agent: AgentNo) -> bool {
        let reach = self.reach(link);
        let mut departments = self.agent(agent).departments();
        reach == Reach::All || departments.any(|no| reach.covers(&self.policy.department_at(no).id))
    }
}

fn full(what: &'static str, max: usize) -> Refusal {
    Refusal::LimitReached { what, max: max as u64 }
}
