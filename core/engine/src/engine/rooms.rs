//! Rooms of colleagues. Who is in them is decided under the lock of the tenant's floor, what is done there under that of the
//! room's shard, and the room follows the floor by crossings.

use frontdesk_desk::effects::Effects;
use frontdesk_desk::floor::RoomWish;
use frontdesk_desk::id::{AgentId, AgentNo, RoomId};
use frontdesk_desk::message::Words;
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::room::{Room, RoomStep};
use frontdesk_desk::session::Page;

use super::talk::{PAGE_BYTES_MAX, PAGE_MESSAGES_MAX};
use crate::command::{Link, Reply, RoomMessagePage, Said};
use crate::rooms::RoomRecords;
use crate::sync::MutexGuard;
use crate::turn::Turn;

/// Rooms of one part looked at under one hold of its lock.
const EXPIRED_MAX: usize = 64;

impl<'e> Turn<'e> {
    pub(super) fn open_room(&mut self, link: Link, wish: RoomWish) -> Result<Reply, Refusal> {
        self.admit_rooms()?;
        self.on_floor(link, |books, agent, _, fx| {
            let (room, existing) = books.floor.open_room(agent, link.id, wish, fx)?;
            Ok(Reply::InRoom { room, existing })
        })
    }

    pub(super) fn talk_with(&mut self, link: Link, with: &AgentId) -> Result<Reply, Refusal> {
        self.admit_rooms()?;
        self.on_floor(link, |books, agent, _, fx| {
            let (room, existing) = books.floor.talk_with(agent, link.id, with, fx)?;
            Ok(Reply::InRoom { room, existing })
        })
    }

    pub(super) fn invite_to_room(
        &mut self,
        link: Link,
        room: RoomId,
        agents: &[AgentId],
    ) -> Result<Reply, Refusal> {
        self.admit_rooms()?;
        self.on_floor(link, |books, agent, _, fx| {
            books.floor.invite_to_room(agent, link.id, room, agents, fx)?;
            Ok(Reply::Done)
        })
    }

    pub(super) fn leave_room(&mut self, link: Link, room: RoomId) -> Result<Reply, Refusal> {
        self.admit_rooms()?;
        self.on_floor(link, |books, agent, _, fx| {
            books.floor.leave_room(agent, room, fx)?;
            Ok(Reply::Done)
        })
    }

    pub(super) fn say_in_room(
        &mut self,
        link: Link,
        room: RoomId,
        words: Words,
    ) -> Result<Reply, Refusal> {
        self.admit()?;
        let now = self.now;
        let said =
            self.in_room(link, room, |room, agent, fx| room.say(agent, link.id, words, now, fx))?;
        let (seq, wall_ms, duplicate) = (said.seq, said.wall_ms, said.duplicate);
        Ok(Reply::Said(Said { seq, wall_ms, duplicate }))
    }

    pub(super) fn acknowledge_room(
        &mut self,
        link: Link,
        room: RoomId,
        delivered: u64,
        read: u64,
    ) -> Result<Reply, Refusal> {
        self.in_room(link, room, |room, agent, fx| {
            room.acknowledge(agent, link.id, delivered, read, fx)
        })?;
        Ok(Reply::Done)
    }

    pub(super) fn read_room(&mut self, link: Link, room: RoomId) -> Result<Reply, Refusal> {
        let view = self.in_room(link, room, |room, agent, _| room.read(agent, link.id))?;
        Ok(Reply::Room(Box::new(view)))
    }

    pub(super) fn read_room_messages(
        &mut self,
        link: Link,
        room: RoomId,
        from_seq: u64,
        messages_max: u8,
    ) -> Result<Reply, Refusal> {
        let messages_max = usize::from(messages_max.clamp(1, PAGE_MESSAGES_MAX));
        let page = self.in_room(link, room, |there, agent, _| {
            let page = there.messages(agent, link.id, from_seq, messages_max, PAGE_BYTES_MAX)?;
            let Page { messages, last_seq } = page;
            let next_seq = messages.last().map_or(last_seq, |(seq, _)| *seq) + 1;
            Ok(RoomMessagePage { room, messages, next_seq, last_seq })
        })?;
        Ok(Reply::RoomMessages(Box::new(page)))
    }

    /// Lets a room of the link's tenant decide, and carries out what follows. A room of another tenant isn't found.
    fn in_room<R>(
        &mut self,
        link: Link,
        id: RoomId,
        decide: impl FnOnce(&mut Room, AgentNo, &mut Effects) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        let agent = self.agents_only(link)?;
        self.attached(link)?;
        let no = self.engine.rooms.place(id);
        let mut records = self.rooms(no);
        let decided = match records.get_mut(id) {
            Some(room) if room.tenant() == link.tenant => decide(room, agent, &mut self.fx),
            _ => Err(Refusal::RoomNotFound),
        };
        self.carry_out_and_go();
        decided
    }

    /// Refuses while a part of the rooms is crowded: which one a new room belongs to isn't known yet.
    fn admit_rooms(&self) -> Result<(), Refusal> {
        let mut shards = self.engine.rooms.iter();
        if shards.all(|shard| shard.inbox.admit().is_ok()) { Ok(()) } else { Err(Refusal::Busy) }
    }

    /// Locks a rooms' shard, with its inbox drained.
    fn rooms(&mut self, no: u32) -> MutexGuard<'e, RoomRecords> {
        self.go_on();
        let mut records = self.engine.rooms.shard(no).lock();
        self.drain_rooms(no, &mut records);
        records
    }

    pub(crate) fn visit_rooms(&mut self, no: u32) {
        if !self.engine.rooms.shard(no).inbox.is_empty() {
            drop(self.rooms(no));
        }
    }

    pub(crate) fn drain_rooms(&mut self, no: u32, records: &mut RoomRecords) {
        let shard = self.engine.rooms.shard(no);
        shard.inbox.take_all(&mut records.steps);
        let has_steps = !records.steps.is_empty();
        while let Some((id, step)) = records.steps.pop_front() {
            self.room_step(records, id, step);
            self.carry_out();
        }
        if has_steps {
            shard.note_due(records);
        }
    }

    fn room_step(&mut self, records: &mut RoomRecords, id: RoomId, step: RoomStep) {
        if let RoomStep::Open(opening) = step {
            records.insert(Room::open(id, *opening, self.now, &mut self.fx));
            return;
        }
        // One that has ended is forgotten; nothing is owed to it.
        let Some(room) = records.get_mut(id) else { return };
        room.step(step, self.now, &mut self.fx);
        if room.is_closed() {
            records.remove(id);
        }
    }

    /// Ends rooms in which nothing was said for too long, at most so many of a part.
    pub(super) fn expire_rooms(&mut self, no: u32) {
        let now = self.now;
        let mut records = self.rooms(no);
        for _ in 0..EXPIRED_MAX {
            let Some(id) = records.take_due(now.mono_ms) else { break };
            if let Some(room) = records.get_mut(id) {
                room.expire(now, &mut self.fx);
                records.remove(id);
            }
            self.carry_out();
        }
        self.engine.rooms.shard(no).note_due(&records);
    }
}
