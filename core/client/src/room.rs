//! Rooms: colleagues talk with each other; and words to all of them.

use frontdesk_proto::v1;
use frontdesk_proto::v1::command::Command;
use frontdesk_proto::v1::delivery::Reply;

use crate::error::{RequestError, SayError};
use crate::id::{AnnouncementId, MessageId, RoomId};
use crate::link::{AgentLink, Said};

/// A room that one is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InRoom {
    /// Which.
    pub room: RoomId,
    /// True if it was there before.
    pub existing: bool,
}

/// How far a request for a room's words got.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomMessagePage {
    /// In order, without a gap; the first may be later than asked for.
    pub messages: Vec<v1::RoomMessage>,
    /// Where the next page begins; one past `last_seq` when this was all.
    pub next_seq: u64,
    /// The room's last word.
    pub last_seq: u64,
}

impl AgentLink {
    /// Opens a room with colleagues, at most 49; the title has at most 128 bytes. It comes as
    /// [`Event::RoomOpened`](crate::Event::RoomOpened) to each of them.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn open_room<A: Into<String>>(
        &self,
        title: impl Into<String>,
        agents: impl IntoIterator<Item = A>,
    ) -> Result<InRoom, RequestError> {
        let agents = agents.into_iter().map(Into::into).collect();
        let client_room_id = MessageId::random().to_wire();
        let open = v1::OpenRoom { client_room_id, title: title.into(), agents };
        self.in_room(Command::OpenRoom(open)).await
    }

    /// Begins to talk with a colleague, or goes on: there is one such talk of two.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn talk_with(&self, agent: impl Into<String>) -> Result<InRoom, RequestError> {
        self.in_room(Command::TalkWith(v1::TalkWith { agent: agent.into() })).await
    }

    /// Lets colleagues into a room.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn invite_to_room<A: Into<String>>(
        &self,
        room: RoomId,
        agents: impl IntoIterator<Item = A>,
    ) -> Result<(), RequestError> {
        let agents = agents.into_iter().map(Into::into).collect();
        let invite = v1::InviteToRoom { room: room.to_wire(), agents };
        self.link.done(Command::InviteToRoom(invite)).await
    }

    /// Leaves a room; with one of two or the last one it ends.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn leave_room(&self, room: RoomId) -> Result<(), RequestError> {
        self.link.done(Command::LeaveRoom(v1::LeaveRoom { room: room.to_wire() })).await
    }

    /// Says a text in a room, under a new random id. As [`Link::say`](crate::Link::say) otherwise.
    ///
    /// # Errors
    /// [`SayError`].
    pub async fn say_in_room(
        &self,
        room: RoomId,
        text: impl Into<String>,
    ) -> Result<Said, SayError> {
        self.say_in_room_as(MessageId::random(), room, text).await
    }

    /// As [`AgentLink::say_in_room`], under an id of the program's own.
    ///
    /// # Errors
    /// [`SayError`].
    pub async fn say_in_room_as(
        &self,
        id: MessageId,
        room: RoomId,
        text: impl Into<String>,
    ) -> Result<Said, SayError> {
        let say = v1::SayInRoom {
            room: room.to_wire(),
            client_message_id: id.to_wire(),
            kind: v1::MessageKind::Text.into(),
            body: text.into().into(),
        };
        let reply = self.link.request(Command::SayInRoom(say)).await;
        match reply.map_err(|error| SayError::of(id, error))? {
            Reply::Said(said) => Ok(Said::of(id, &said)),
            _ => Err(SayError::UnknownAnswer { id }),
        }
    }

    /// Says how far the words of a room were delivered and read. Nothing goes back, and nothing is acknowledged by itself.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn acknowledge_room(
        &self,
        room: RoomId,
        delivered: u64,
        read: u64,
    ) -> Result<(), RequestError> {
        let acknowledge = v1::AcknowledgeRoom { room: room.to_wire(), delivered, read };
        self.link.done(Command::AcknowledgeRoom(acknowledge)).await
    }

    /// Reads how a room stands that one is in.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn read_room(&self, room: RoomId) -> Result<v1::RoomView, RequestError> {
        let read = v1::ReadRoom { room: room.to_wire() };
        match self.link.request(Command::ReadRoom(read)).await? {
            Reply::Room(view) => Ok(view),
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// Reads words of a room since one joined that the broker still holds, from `from_seq` (at least 1) on, at most 64; 0 for 64.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn read_room_messages(
        &self,
        room: RoomId,
        from_seq: u64,
        messages: u32,
    ) -> Result<RoomMessagePage, RequestError> {
        let read = v1::ReadRoomMessages { room: room.to_wire(), from_seq, messages };
        match self.link.request(Command::ReadRoomMessages(read)).await? {
            Reply::RoomMessagePage(v1::RoomMessagePage { messages, next_seq, last_seq }) => {
                Ok(RoomMessagePage { messages, next_seq, last_seq })
            }
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// Says something, of at most 2,048 bytes, to all agents of a department, or (empty) of the tenant. By supervisors and admins.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn announce(
        &self,
        department: impl Into<String>,
        text: impl Into<String>,
    ) -> Result<AnnouncementId, RequestError> {
        let announce = v1::Announce {
            client_message_id: MessageId::random().to_wire(),
            department: department.into(),
            text: text.into(),
        };
        match self.link.request(Command::Announce(announce)).await? {
            Reply::Announced(v1::Announced { announcement, .. }) => {
                AnnouncementId::from_wire(&announcement).map_err(|_| RequestError::UnknownAnswer)
            }
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// The agent has seen what was said to all, and isn't told it again.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn acknowledge_announcement(
        &self,
        announcement: AnnouncementId,
    ) -> Result<(), RequestError> {
        let seen = v1::AcknowledgeAnnouncement { announcement: announcement.to_wire() };
        self.link.done(Command::AcknowledgeAnnouncement(seen)).await
    }

    async fn in_room(&self, command: Command) -> Result<InRoom, RequestError> {
        match self.link.request(command).await? {
            Reply::InRoom(v1::InRoom { room, existing }) => {
                let room = RoomId::from_wire(&room).map_err(|_| RequestError::UnknownAnswer)?;
                Ok(InRoom { room, existing })
            }
            _ => Err(RequestError::UnknownAnswer),
        }
    }
}
