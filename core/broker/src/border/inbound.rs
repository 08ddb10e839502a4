//! From the wire inward: a frame becomes what it asks for, or a refusal that says why not.
//!
//! What the caller's token decides is decided here too: what its role may at all ([`permission`]), whom it may attach, where it
//! may ask and sign on, and that priority is the gateways'. What depends on the desk's state is the engine's part.

mod attaching;
mod company;
mod invitations;
mod presence;

use std::sync::Arc;

use bytes::Bytes;
use frontdesk_desk::delivery::Status;
use frontdesk_desk::id::{AgentId, ClientMessageId, DepartmentId, IdFault, SessionId, VisitorId};
use frontdesk_desk::message::{Audience, MessageKind, Words};
use frontdesk_desk::page::Page;
use frontdesk_engine::{AgentAttach, Command, Departure, Epoch, ResumePoint, VisitorAttach};
use frontdesk_proto::limits::{CHOSEN_ID_BYTES_MAX, ID_BYTES, MESSAGE_PAGE_MAX, REASON_BYTES_MAX};
use frontdesk_proto::v1::{self, Code, command as wire};
use prost::Message as _;

use super::{Refused, blocks, permission, policy};
use crate::token::Identity;

mod desk;
mod floor;
mod rooms;
mod service;

/// Who sends the frames, and what it was told that it may.
#[derive(Clone, Debug)]
pub struct Caller {
    /// What its token says.
    pub identity: Identity,
    /// The network address it is seen at, in text form.
    pub address: Box<str>,
    /// Longest text, in bytes, as told in Welcome.
    pub text_bytes_max: usize,
    /// Longest preview, in bytes, as told in Welcome.
    pub preview_bytes_max: usize,
}

/// What a frame asks for.
#[derive(Clone, Debug)]
pub enum Request {
    /// A visitor's link.
    AttachVisitor(Box<VisitorAttach>),
    /// An agent's link.
    AttachAgent(Box<AgentAttach>),
    /// The end of a link.
    Detach(Departure),
    /// The total of frame bytes that the link's client has taken in.
    Credit {
        /// Since the attach.
        taken_bytes: u64,
    },
    /// Something of the engine.
    Command(Command),
}

/// A frame with its envelope: also a refused one is answered under its numbers, as far as they could be read.
#[derive(Clone, Debug)]
pub struct Addressed {
    /// The link's number; 0 if it names none.
    pub link: u32,
    /// The request's number; 0 if no reply is wanted.
    pub request: u32,
    /// What is asked, or why it can't be.
    pub content: Result<Request, Refused>,
}

/// Reads a frame.
///
/// ```
/// use frontdesk_broker::border::{self, Caller};
/// use frontdesk_broker::token::{Bearer, Identity, Role};
/// use frontdesk_desk::id::TenantId;
/// use frontdesk_proto::v1::Code;
///
/// let caller = Caller {
///     identity: Identity {
///         tenant: TenantId::new("acme").unwrap(),
///         bearer: Bearer::new(Role::Visitor, "v-1").unwrap(),
///         departments: None,
///         expires_wall_ms: 0,
///     },
///     address: "192.0.2.7".into(),
///     text_bytes_max: 8_192,
///     preview_bytes_max: 2_048,
/// };
/// let garbage = border::command(bytes::Bytes::from_static(&[0x08, 0x05, 0xff]), &caller);
/// assert_eq!(garbage.link, 5);
/// assert_eq!(garbage.content.unwrap_err().code, Code::Malformed);
/// ```
pub fn command(frame: Bytes, caller: &Caller) -> Addressed {
    command_seen(frame, caller, |_| ())
}

/// As [`command`]; `see` looks at what the frame holds before it is checked, to count it.
pub(crate) fn command_seen(
    frame: Bytes,
    caller: &Caller,
    see: impl FnOnce(Option<&wire::Command>),
) -> Addressed {
    let mut command = v1::Command::default();
    // On an error what was read before it stands: enough, mostly, to name the link and the request.
    let merged = command.merge(frame);
    see(command.command.as_ref());
    let content = match merged {
        Ok(()) => match command.command {
            Some(asked) => request(asked, caller),
            None => Err(Refused::new(
                Code::UnknownCommand,
                "command",
                "the frame holds no command that this broker knows; see lane.proto for those of this version",
            )),
        },
        Err(_) => Err(Refused::new(
            Code::Malformed,
            "command",
            "the frame's bytes are no protobuf message Command; check how it was encoded",
        )),
    };
    Addressed { link: command.link, request: command.request, content }
}

fn request(asked: wire::Command, caller: &Caller) -> Result<Request, Refused> {
    permission::check(&asked, caller.identity.bearer.role())?;
    let command = match asked {
        wire::Command::Say(say) => {
            let session = session(&say.session)?;
            Command::Say { session, words: words(&say, caller)? }
        }
        wire::Command::Preview(preview) => {
            if preview.text.len() > caller.preview_bytes_max {
                return Err(Refused::too_long("text", caller.preview_bytes_max));
            }
            Command::Preview { session: session(&preview.session)?, text: preview.text.into() }
        }
        wire::Command::AllowPreviews(allow) => {
            Command::AllowPreviews { session: session(&allow.session)?, allowed: allow.allowed }
        }
        wire::Command::Acknowledge(acknowledge) => Command::Acknowledge {
            session: session(&acknowledge.session)?,
            delivered: acknowledge.delivered,
            read: acknowledge.read,
        },
        wire::Command::Credit(credit) => {
            return Ok(Request::Credit { taken_bytes: credit.taken_bytes });
        }
        wire::Command::ViewPage(view) => {
            Command::ViewPage(page(view.page.ok_or(Refused::missing("page"))?)?)
        }

        wire::Command::AttachVisitor(attach) => return attaching::visitor(*attach, caller),
        wire::Command::AttachAgent(attach) => return attaching::agent(attach, caller),
        wire::Command::Detach(detach) => {
            return attaching::departure(detach.departure).map(Request::Detach);
        }

        wire::Command::ReadTrail(read) => {
            Command::ReadTrail { visitor: id("visitor", &read.visitor, VisitorId::new)? }
        }

        wire::Command::ReadReception(read) => {
            Command::ReadReception { department: desk::received_by(&read.department, caller)? }
        }

        wire::Command::WatchReception(watch) => {
            Command::WatchReception { department: desk::received_by(&watch.department, caller)? }
        }
        wire::Command::UnwatchReception(v1::UnwatchReception {}) => Command::UnwatchReception,

        wire::Command::Ask(asked) => desk::ask(&asked, caller)?,
        wire::Command::Close(close) => Command::Close { session: session(&close.session)? },
        wire::Command::ReadSession(read) => {
            Command::ReadSession { session: session(&read.session)? }
        }
        wire::Command::ReadMessages(read) => read_messages(&read)?,
        wire::Command::WatchSession(watch) => {
            let from = watch.resume.ok_or(Refused::missing("resume"))?;
            Command::WatchSession { resume: resume(&from)? }
        }
        wire::Command::UnwatchSession(unwatch) => {
            Command::UnwatchSession { session: session(&unwatch.session)? }
        }

        wire::Command::SignOn(asked) => desk::sign_on(&asked, caller)?,
        wire::Command::SetStatus(set) => desk::set_status(&set, caller)?,
        wire::Command::SignOff(sign_off) => Command::SignOff { reason: reason(&sign_off.reason)? },

        wire::Command::AcceptOffer(accept) => {
            Command::AcceptOffer { offer: desk::offer(&accept.offer)? }
        }
        wire::Command::DeclineOffer(decline) => {
            Command::DeclineOffer { offer: desk::offer(&decline.offer)? }
        }
        wire::Command::Pick(pick) => desk::pick(&pick, caller)?,
        wire::Command::FinishNotes(finish) => {
            Command::FinishNotes { session: some_session(&finish.session)? }
        }
        wire::Command::HandOver(hand) => Command::HandOver {
            session: session(&hand.session)?,
            bot: some_id("bot", &hand.bot, AgentId::new)?,
        },
        wire::Command::TakeBack(take) => Command::TakeBack { session: session(&take.session)? },
        wire::Command::AskWhyWaiting(why) => {
            Command::WhyWaiting { session: session(&why.session)? }
        }
        wire::Command::AskWhyIdle(why) => {
            Command::WhyIdle { agent: some_id("agent", &why.agent, AgentId::new)? }
        }
        wire::Command::ReadWorkLog(read) => desk::read_work_log(&read, caller)?,
        wire::Command::ReadQueue(read) => desk::read_queue(&read, caller)?,

        wire::Command::WatchVisitors(watch) => presence::watch_visitors(&watch)?,
        wire::Command::Unwatch(v1::Unwatch {}) => Command::Unwatch,
        wire::Command::ReadCounts(read) => presence::read_counts(&read)?,

        wire::Command::WatchFloor(watch) => floor::watch_floor(&watch, caller)?,
        wire::Command::UnwatchFloor(v1::UnwatchFloor {}) => Command::UnwatchFloor,
        wire::Command::WatchQueues(watch) => floor::watch_queues(&watch, caller)?,
        wire::Command::UnwatchQueues(v1::UnwatchQueues {}) => Command::UnwatchQueues,
        wire::Command::Invite(invite) => invitations::invite(invite, caller)?,
        wire::Command::ForceSession(force) => invitations::force(&force, caller)?,
        wire::Command::WithdrawInvitation(withdraw) => invitations::withdraw(&withdraw)?,
        wire::Command::AnswerInvitation(answer) => invitations::answer(&answer)?,

        wire::Command::Rate(rate) => service::rate(rate)?,
        wire::Command::AskRating(ask) => service::ask_rating(&ask)?,
        wire::Command::ClearAway(clear) => service::clear_away(clear)?,
        wire::Command::Transfer(transfer) => company::transfer(transfer, caller)?,
        wire::Command::WithdrawOffer(withdraw) => company::withdraw(&withdraw)?,
        wire::Command::InviteColleague(invite) => company::invite(invite)?,
        wire::Command::JoinSession(join) => company::join(&join)?,
        wire::Command::LeaveSession(leave) => company::leave(&leave)?,
        wire::Command::SetSeen(set) => company::set_seen(&set)?,
        wire::Command::PassOn(pass) => company::pass_on(&pass, caller)?,
        wire::Command::TakeOver(take) => company::take_over(&take, caller)?,
        wire::Command::EndSession(end) => company::end(&end)?,
        wire::Command::ReadTransferTargets(read) => company::read_targets(&read)?,

        wire::Command::Block(block) => blocks::block(block, caller)?,
        wire::Command::Unblock(unblock) => blocks::unblock(unblock, caller)?,
        wire::Command::ReadBlocks(read) => blocks::read_blocks(read)?,

        wire::Command::ReadPolicy(v1::ReadPolicy {}) => Command::ReadPolicy,
        wire::Command::ReplacePolicy(replace) => {
            let document = replace.policy.as_ref().ok_or(Refused::missing("policy"))?;
            let draft = policy::draft(document).map_err(|faults| Refused::bad_policy(&faults))?;
            Command::ReplacePolicy { draft: Box::new(draft), made_from: replace.made_from }
        }
        wire::Command::Announce(announce) => rooms::announce(announce, caller)?,
        wire::Command::AcknowledgeAnnouncement(seen) => rooms::acknowledge_announcement(&seen)?,
        wire::Command::OpenRoom(open) => rooms::open(open)?,
        wire::Command::TalkWith(talk) => rooms::talk_with(&talk)?,
        wire::Command::InviteToRoom(invite) => rooms::invite(&invite)?,
        wire::Command::LeaveRoom(leave) => Command::LeaveRoom { room: rooms::room(&leave.room)? },
        wire::Command::SayInRoom(say) => rooms::say(say, caller)?,
        wire::Command::AcknowledgeRoom(acknowledge) => rooms::acknowledge(&acknowledge)?,
        wire::Command::ReadRoom(read) => Command::ReadRoom { room: rooms::room(&read.room)? },
        wire::Command::ReadRoomMessages(read) => rooms::read_messages(&read)?,
    };
    Ok(Request::Command(command))
}

fn read_messages(read: &v1::ReadMessages) -> Result<Command, Refused> {
    let (from_seq, messages_max) = page_of(read.from_seq, read.messages)?;
    Ok(Command::ReadMessages { session: session(&read.session)?, from_seq, messages_max })
}

/// The first message of a page, and how many it may have.
fn page_of(from_seq: u64, messages: u32) -> Result<(u64, u8), Refused> {
    if from_seq == 0 {
        return Err(Refused::bad_value("from_seq", "messages are numbered from 1"));
    }
    let messages = if messages == 0 { MESSAGE_PAGE_MAX } else { messages };
    match u8::try_from(messages) {
        Ok(messages_max) if messages <= MESSAGE_PAGE_MAX => Ok((from_seq, messages_max)),
        _ => Err(Refused::bad_value("messages", "a page has at most 64 messages")),
    }
}

fn reached(department: &DepartmentId, caller: &Caller) -> Result<(), Refused> {
    if caller.identity.reaches(department) {
        return Ok(());
    }
    Err(Refused::not_permitted(
        format!("department {department}"),
        "the token doesn't name this department; get one that does",
    ))
}

fn words(say: &v1::Say, caller: &Caller) -> Result<Words, Refused> {
    let kind = kind(say.kind)?;
    if say.client_message_id.is_empty() {
        return Err(Refused::missing("client_message_id"));
    }
    let id = ClientMessageId(sixteen("client_message_id", &say.client_message_id)?);
    // Before the copy is made.
    let bytes_max = match kind {
        MessageKind::Text => caller.text_bytes_max,
        kind => kind.bytes_max(),
    };
    if say.body.len() > bytes_max {
        return Err(Refused::too_long("body", bytes_max));
    }
    let words = Words::new(id, kind, Bytes::copy_from_slice(&say.body))?.to(audience(say)?);
    if say.replaces.is_empty() {
        if kind == MessageKind::Recalled {
            return Err(Refused::missing("replaces"));
        }
        return Ok(words);
    }
    let replaced = ClientMessageId(sixteen("replaces", &say.replaces)?);
    if replaced == id {
        return Err(Refused::bad_value("replaces", "another version has an id of its own"));
    }
    Ok(words.instead_of(replaced))
}

fn kind(kind: i32) -> Result<MessageKind, Refused> {
    Ok(match v1::MessageKind::try_from(kind) {
        Ok(v1::MessageKind::Unspecified) => return Err(Refused::missing("kind")),
        Ok(v1::MessageKind::Text) => MessageKind::Text,
        Ok(v1::MessageKind::RichText) => MessageKind::RichText,
        Ok(v1::MessageKind::Picture) => MessageKind::Picture,
        Ok(v1::MessageKind::Screenshot) => MessageKind::Screenshot,
        Ok(v1::MessageKind::File) => MessageKind::File,
        Ok(v1::MessageKind::Link) => MessageKind::Link,
        Ok(v1::MessageKind::Emoji) => MessageKind::Emoji,
        Ok(v1::MessageKind::Form) => MessageKind::Form,
        Ok(v1::MessageKind::Recalled) => MessageKind::Recalled,
        Ok(v1::MessageKind::System) | Err(_) => {
            return Err(Refused::new(
                Code::UnknownKind,
                "kind",
                "nobody may send this kind of message, or this broker doesn't know it; send a text",
            ));
        }
    })
}

fn audience(say: &v1::Say) -> Result<Audience, Refused> {
    let audience = match v1::Audience::try_from(say.audience) {
        Ok(v1::Audience::Unspecified | v1::Audience::Everyone) => Audience::Everyone,
        Ok(v1::Audience::Agents) => Audience::Agents,
        Ok(v1::Audience::Supervisors) => Audience::Supervisors,
        Ok(v1::Audience::One) => match u16::try_from(say.to) {
            Ok(0) => return Err(Refused::missing("to")),
            Ok(to) => return Ok(Audience::One(to)),
            Err(_) => return Err(Refused::bad_value("to", "no participant has this number")),
        },
        Err(_) => return Err(Refused::bad_value("audience", "there is no such audience")),
    };
    if say.to == 0 {
        return Ok(audience);
    }
    Err(Refused::bad_value("to", "it is for AUDIENCE_ONE only; leave it out"))
}

fn page(page: v1::Page) -> Result<Page, Refused> {
    Ok(Page::new(&page.url, &page.title)?)
}

fn resume(resume: &v1::Resume) -> Result<ResumePoint, Refused> {
    // Who begins at 0 has seen no epoch.
    let epoch = if resume.epoch.is_empty() && resume.seq == 0 {
        [0; ID_BYTES]
    } else {
        sixteen("epoch", &resume.epoch)?
    };
    Ok(ResumePoint { session: session(&resume.session)?, epoch: Epoch(epoch), seq: resume.seq })
}

fn status(status: i32) -> Result<Status, Refused> {
    match v1::Status::try_from(status) {
        Ok(v1::Status::Online) => Ok(Status::Online),
        Ok(v1::Status::Busy) => Ok(Status::Busy),
        Ok(v1::Status::Away) => Ok(Status::Away),
        Ok(v1::Status::Unspecified) => Err(Refused::missing("status")),
        Ok(v1::Status::Offline) | Err(_) => Err(Refused::bad_value(
            "status",
            "a status is ONLINE, BUSY or AWAY; sign off to go offline",
        )),
    }
}

fn reason(reason: &str) -> Result<Arc<str>, Refused> {
    if reason.len() > REASON_BYTES_MAX {
        Err(Refused::too_long("reason", REASON_BYTES_MAX))
    } else {
        Ok(reason.into())
    }
}

fn session(field: &[u8]) -> Result<SessionId, Refused> {
    if field.is_empty() {
        return Err(Refused::missing("session"));
    }
    // Bytes that no session can have are answered like those of a session that isn't there.
    SessionId::from_bytes(sixteen("session", field)?)
        .ok_or_else(|| frontdesk_desk::refusal::Refusal::SessionNotFound.into())
}

fn some_session(field: &[u8]) -> Result<Option<SessionId>, Refused> {
    if field.is_empty() { Ok(None) } else { session(field).map(Some) }
}

fn some_id<I>(
    field: &'static str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<I, IdFault>,
) -> Result<Option<I>, Refused> {
    if text.is_empty() { Ok(None) } else { id(field, text, parse).map(Some) }
}

fn sixteen(name: &'static str, field: &[u8]) -> Result<[u8; ID_BYTES], Refused> {
    field
        .try_into()
        .map_err(|_| Refused::bad_value(name, format!("{name} must have {ID_BYTES} bytes")))
}

pub(super) fn id<I>(
    field: &'static str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<I, IdFault>,
) -> Result<I, Refused> {
    parse(text).map_err(|fault| match fault {
        IdFault::Empty => Refused::missing(field),
        IdFault::TooLong => Refused::too_long(field, CHOSEN_ID_BYTES_MAX),
        IdFault::ControlCharacter => {
            Refused::bad_value(field, "an id has no control characters; remove them")
        }
    })
}

#[cfg(test)]
mod tests;
