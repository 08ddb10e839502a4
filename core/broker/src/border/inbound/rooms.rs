//! From the wire inward, as far as it concerns rooms of colleagues.

use std::collections::BTreeSet;

use frontdesk_desk::floor::{
    ANNOUNCEMENT_BYTES_MAX, AnnouncementWish, ROOMS_OF_AGENT_MAX, RoomWish,
};
use frontdesk_desk::id::{AgentId, AnnouncementId, ClientMessageId, DepartmentId, RoomId};
use frontdesk_desk::message::Words;
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::room::{MEMBERS_MAX, TITLE_BYTES_MAX};
use frontdesk_engine::{Command, Epoch, RoomResumePoint};
use frontdesk_proto::limits::{self, ID_BYTES};
use frontdesk_proto::v1;

use super::{Caller, id, page_of, reached, sixteen, some_id, words};
use crate::border::Refused;

const _: () = assert!(limits::ANNOUNCEMENT_BYTES_MAX == ANNOUNCEMENT_BYTES_MAX);
const _: () = assert!(limits::ROOM_MEMBERS_MAX == MEMBERS_MAX);
const _: () = assert!(limits::ROOM_TITLE_BYTES_MAX == TITLE_BYTES_MAX);

pub(super) fn open(open: v1::OpenRoom) -> Result<Command, Refused> {
    if open.client_room_id.is_empty() {
        return Err(Refused::missing("client_room_id"));
    }
    let chosen = ClientMessageId(sixteen("client_room_id", &open.client_room_id)?);
    if open.title.len() > TITLE_BYTES_MAX {
        return Err(Refused::too_long("title", TITLE_BYTES_MAX));
    }
    let agents = agents(&open.agents)?;
    Ok(Command::OpenRoom(RoomWish { id: chosen, title: open.title.into(), agents }))
}

pub(super) fn talk_with(talk: &v1::TalkWith) -> Result<Command, Refused> {
    Ok(Command::TalkWith { agent: id("agent", &talk.agent, AgentId::new)? })
}

pub(super) fn invite(invite: &v1::InviteToRoom) -> Result<Command, Refused> {
    Ok(Command::InviteToRoom { room: room(&invite.room)?, agents: agents(&invite.agents)? })
}

pub(super) fn say(say: v1::SayInRoom, caller: &Caller) -> Result<Command, Refused> {
    let room = room(&say.room)?;
    let v1::SayInRoom { client_message_id, kind, body, .. } = say;
    let said = v1::Say { client_message_id, kind, body, ..v1::Say::default() };
    let words: Words = words(&said, caller)?;
    Ok(Command::SayInRoom { room, words })
}

pub(super) fn acknowledge(acknowledge: &v1::AcknowledgeRoom) -> Result<Command, Refused> {
    let v1::AcknowledgeRoom { delivered, read, .. } = *acknowledge;
    Ok(Command::AcknowledgeRoom { room: room(&acknowledge.room)?, delivered, read })
}

pub(super) fn read_messages(read: &v1::ReadRoomMessages) -> Result<Command, Refused> {
    let (from_seq, messages_max) = page_of(read.from_seq, read.messages)?;
    Ok(Command::ReadRoomMessages { room: room(&read.room)?, from_seq, messages_max })
}

pub(super) fn announce(announce: v1::Announce, caller: &Caller) -> Result<Command, Refused> {
    if announce.client_message_id.is_empty() {
        return Err(Refused::missing("client_message_id"));
    }
    let chosen = ClientMessageId(sixteen("client_message_id", &announce.client_message_id)?);
    let department = some_id("department", &announce.department, DepartmentId::new)?;
    if let Some(department) = &department {
        reached(department, caller)?;
    }
    if announce.text.is_empty() {
        return Err(Refused::missing("text"));
    }
    if announce.text.len() > ANNOUNCEMENT_BYTES_MAX {
        return Err(Refused::too_long("text", ANNOUNCEMENT_BYTES_MAX));
    }
    let text = announce.text.into();
    Ok(Command::Announce(AnnouncementWish { id: chosen, department, text }))
}

pub(super) fn acknowledge_announcement(
    seen: &v1::AcknowledgeAnnouncement,
) -> Result<Command, Refused> {
    if seen.announcement.is_empty() {
        return Err(Refused::missing("announcement"));
    }
    // Bytes that none can have are answered like those of one that isn't there.
    let announcement = AnnouncementId::from_bytes(sixteen("announcement", &seen.announcement)?)
        .ok_or(Refusal::AnnouncementNotFound)?;
    Ok(Command::AcknowledgeAnnouncement { announcement })
}

/// Where an agent goes on in its rooms.
pub(super) fn resumes(resumes: &[v1::RoomResume]) -> Result<Vec<RoomResumePoint>, Refused> {
    if resumes.len() > ROOMS_OF_AGENT_MAX {
        return Err(Refused::bad_value("rooms", "an attach resumes at most 32 rooms"));
    }
    let resumes = resumes.iter().map(resume).collect::<Result<Vec<_>, _>>()?;
    let rooms: BTreeSet<RoomId> = resumes.iter().map(|resume| resume.room).collect();
    if rooms.len() < resumes.len() {
        return Err(Refused::bad_value("rooms", "an attach resumes each room once"));
    }
    Ok(resumes)
}

fn resume(resume: &v1::RoomResume) -> Result<RoomResumePoint, Refused> {
    // Who begins at 0 has seen no epoch.
    let epoch = if resume.epoch.is_empty() && resume.seq == 0 {
        [0; ID_BYTES]
    } else {
        sixteen("epoch", &resume.epoch)?
    };
    Ok(RoomResumePoint { room: room(&resume.room)?, epoch: Epoch(epoch), seq: resume.seq })
}

fn agents(named: &[String]) -> Result<Vec<AgentId>, Refused> {
    if named.is_empty() {
        return Err(Refused::missing("agents"));
    }
    if named.len() >= MEMBERS_MAX {
        return Err(Refused::bad_value(
            "agents",
            "a room has at most 50 members, oneself included",
        ));
    }
    let agents: Vec<AgentId> =
        named.iter().map(|agent| id("agents", agent, AgentId::new)).collect::<Result<_, _>>()?;
    let once: BTreeSet<&str> = agents.iter().map(AgentId::as_str).collect();
    if once.len() < agents.len() {
        return Err(Refused::bad_value("agents", "an agent is named twice; name each once"));
    }
    Ok(agents)
}

pub(super) fn room(field: &[u8]) -> Result<RoomId, Refused> {
    if field.is_empty() {
        return Err(Refused::missing("room"));
    }
    // Bytes that no room can have are answered like those of a room that isn't there.
    RoomId::from_bytes(sixteen("room", field)?).ok_or_else(|| Refusal::RoomNotFound.into())
}
