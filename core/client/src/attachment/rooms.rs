//! An agent's rooms on one link: each word told once, in order, as for sessions, by the same log.

use super::*;
use crate::event::{Message, RoomMessage};
use crate::id::{AnnouncementId, RoomId};

impl Attachment {
    /// Where to go on in rooms when the link is attached again.
    pub(super) fn room_resumes(&self) -> Vec<v1::RoomResume> {
        let resume = |log: &Log| {
            let v1::Resume { session, epoch, seq } = log.resume();
            v1::RoomResume { room: session, seq, epoch }
        };
        self.rooms.values().map(resume).collect()
    }

    /// Puts one event of a room, or words to all, into the program's words; `None` for one that names nothing or is none of these.
    pub(super) fn room_event(
        &mut self,
        event: delivery::Event,
        frame_bytes: u64,
        told: &mut Told,
    ) -> Option<()> {
        use delivery::Event as Wire;
        let id = |bytes: &Bytes| RoomId::from_wire(bytes).ok();
        let event = match event {
            Wire::RoomMessage(said) => {
                let room = id(&said.room)?;
                self.with_room(room, told, |log, told| {
                    log.message(message(room, said), frame_bytes, told);
                });
                return Some(());
            }
            Wire::RoomResumed(resumed) => {
                let room = id(&resumed.room)?;
                let epoch = ids::from_bytes(&resumed.epoch).ok().or(self.epoch)?;
                let v1::RoomResumed { from_seq, to_seq, complete, .. } = resumed;
                let resumed = v1::Resumed { from_seq, to_seq, complete, ..v1::Resumed::default() };
                self.with_room(room, told, |log, told| log.resumed(&resumed, epoch, told));
                told.dropped_bytes += frame_bytes;
                return Some(());
            }
            Wire::RoomOpened(opened) => {
                let view = opened.view?;
                let room = id(&view.room)?;
                self.room_log(room, view.since_seq).takes_part_as(view.you);
                Event::RoomOpened { room, view }
            }
            Wire::RoomClosed(closed) => {
                let room = id(&closed.room)?;
                self.rooms.remove(&room);
                let (cause, last_seq) = (closed.cause(), closed.last_seq);
                Event::RoomClosed { room, cause, last_seq, wall_ms: closed.wall_ms }
            }
            Wire::RoomLeft(v1::RoomLeft { room, number }) => {
                let room = id(&room)?;
                if self.rooms.get(&room).is_some_and(|log| log.you() == number) {
                    self.rooms.remove(&room);
                }
                Event::RoomLeft { room, number }
            }
            Wire::RoomJoined(v1::RoomJoined { room, member }) => {
                Event::RoomJoined { room: id(&room)?, member: member? }
            }
            Wire::Announcement(said) => {
                let announcement = AnnouncementId::from_wire(&said.announcement).ok()?;
                Event::Announcement { announcement, said }
            }
            Wire::RoomReceipt(v1::RoomReceipt { room, number, delivered, read }) => {
                Event::RoomReceipt { room: id(&room)?, number, delivered, read }
            }
            _ => return None,
        };
        told.event(event, frame_bytes);
        Some(())
    }

    /// One's own word has its number.
    pub(super) fn said_in_room(&mut self, say: &v1::SayInRoom, said: &v1::Said, told: &mut Told) {
        let Ok(room) = RoomId::from_wire(&say.room) else { return };
        let own = v1::RoomMessage {
            seq: said.seq,
            kind: say.kind,
            body: say.body.clone(),
            wall_ms: said.wall_ms,
            client_message_id: say.client_message_id.clone(),
            ..v1::RoomMessage::default()
        };
        self.with_room(room, told, |log, told| {
            log.said(message(room, own), told);
        });
    }

    /// One more of one's own words is on the way.
    pub(super) fn expect_in_room(&mut self, say: &v1::SayInRoom) {
        if let Some(log) = RoomId::from_wire(&say.room).ok().and_then(|id| self.rooms.get_mut(&id))
        {
            log.say();
        }
    }

    /// One of one's own words gets no number.
    pub(super) fn forget_in_room(&mut self, say: &v1::SayInRoom, told: &mut Told) {
        let Ok(room) = RoomId::from_wire(&say.room) else { return };
        self.with_room(room, told, |log, told| {
            log.unsay(told);
        });
    }

    /// Asks after the rooms: one that the broker doesn't open again is over, or was left by another device.
    pub(super) fn probe_rooms(&mut self) {
        for room in self.rooms.keys().copied().collect::<Vec<_>>() {
            let read = Command::ReadRoom(v1::ReadRoom { room: room.to_wire() });
            self.pending.insert(read, Asker::ProbeRoom(room));
        }
    }

    pub(super) fn lose_room_unless_resumed(&mut self, room: RoomId, told: &mut Told) {
        if self.rooms.get(&room).is_some_and(|log| !log.is_resumed()) {
            self.rooms.remove(&room);
            told.event(Event::RoomLost { room }, 0);
        }
    }

    /// The room's log; one that is seen for the first time begins where one may read.
    fn room_log(&mut self, room: RoomId, since_seq: u64) -> &mut Log {
        let epoch = self.epoch.unwrap_or_default();
        let of_room = |command: &&Command| matches!(command, Command::SayInRoom(say) if say.room == room.0[..]);
        let unsaid = self.pending.commands().filter(of_room).count();
        self.rooms.entry(room).or_insert_with(|| {
            Log::new(SessionId(room.0), epoch, unsaid).after(since_seq.saturating_sub(1))
        })
    }

    /// Lets a room's log take something in, and tells what it tells as of a room.
    fn with_room(&mut self, room: RoomId, told: &mut Told, step: impl FnOnce(&mut Log, &mut Told)) {
        let Some(log) = self.rooms.get_mut(&room) else { return };
        let mut of_log = Told::default();
        step(log, &mut of_log);
        told.dropped_bytes += of_log.dropped_bytes;
        let events = of_log.events.into_iter();
        told.events.extend(events.map(|(event, frame_bytes)| (of_room(room, event), frame_bytes)));
    }
}

/// What a log tells, as told of a room.
fn of_room(room: RoomId, event: Event) -> Event {
    match event {
        Event::Message(message) => {
            let Message { seq, from, kind, body, wall_ms, client_message_id, .. } = message;
            let said = RoomMessage { room, seq, from, kind, body, wall_ms, client_message_id };
            Event::RoomMessage(said)
        }
        Event::MessagesMissing { from_seq, to_seq, .. } => {
            Event::RoomMessagesMissing { room, from_seq, to_seq }
        }
        Event::MessagesWithdrawn { to_seq, .. } => Event::RoomMessagesWithdrawn { room, to_seq },
        other => other,
    }
}

fn message(room: RoomId, said: v1::RoomMessage) -> Message {
    let v1::RoomMessage { seq, from, kind, body, wall_ms, client_message_id, .. } = said;
    let (session, audience) = (SessionId(room.0), v1::Audience::Everyone as i32);
    let (to, replaces) = (0, Bytes::new());
    Message { session, seq, from, kind, body, wall_ms, client_message_id, audience, to, replaces }
}
