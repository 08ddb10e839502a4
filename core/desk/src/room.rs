//! A room: where colleagues talk with each other, two or more, and no visitor.
//!
//! ```text
//!           the last one left, or one of two; nothing said for a day
//!   open ─────────────────────────────────────────────────────────────▶ closed (forgotten)
//! ```
//!
//! It owns the order of what is said there, the window of what can be replayed, and the receipts, as a session does. Who is in it
//! the floor decides, which knows agents, links and what departments may talk with each other: joining, leaving and links come as
//! [`RoomStep`]s in the order in which they were decided. All its members hear the same, so there is one numbering for all. Who joins
//! later reads from its joining on, also who was there before: what was said in its absence wasn't said to it.
//!
//! It never asks who may talk with whom, and nothing of it is ever told to a visitor.

mod member;
mod told;
mod view;

use std::sync::Arc;

use smallvec::SmallVec;

pub use member::PAST_MAX;
pub use told::RoomTold;
pub use view::{MemberView, RoomEnd, RoomView};

use crate::crossing::{Crossing, FloorStep, Replay};
use crate::delivery::{Delivery, Resumed};
use crate::effects::Effects;
use crate::fact::{Event, Fact};
use crate::id::{AgentId, AgentNo, LinkId, RoomId, TenantNo};
use crate::message::{Audience, Class, Message, Words};
use crate::refusal::Refusal;
use crate::session::{Page, Said};
use crate::time::Now;
use crate::window::{Reader, Recalled, Window};
use member::Members;

/// Longest title, in bytes.
pub const TITLE_BYTES_MAX: usize = 128;
/// Most members at once: what one word goes to stays a small number.
pub const MEMBERS_MAX: usize = 50;
/// A room in which nothing is said for so long is over: a day.
pub const IDLE_MS: u64 = 86_400_000;

/// All its members read as one: everything is said to everyone, so a place in the order is everybody's number for it.
const ANYONE: Reader = Reader { number: 0, class: Class::Agent, own: 0 };

/// Who may be in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomKind {
    /// Two who talk with each other; nobody else is let in, and one's leaving is the end.
    OfTwo,
    /// As many as are invited.
    OfMany,
}

/// One who is let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joining {
    /// Who.
    pub agent: AgentNo,
    /// Who, by name.
    pub id: AgentId,
    /// Its links, which follow the room from then on.
    pub links: SmallVec<[LinkId; 2]>,
}

/// A room to be.
#[derive(Clone, Debug)]
pub struct Opening {
    /// In whose company.
    pub tenant: TenantNo,
    /// For whom.
    pub kind: RoomKind,
    /// What it is about; may be empty.
    pub title: Arc<str>,
    /// Who is in it from the beginning; the first one opens it.
    pub members: Vec<Joining>,
}

/// What a room is asked to do by the floor.
#[derive(Debug)]
pub enum RoomStep {
    /// Come into being.
    Open(Box<Opening>),
    /// Let agents in.
    Join {
        /// Who invites.
        by: AgentId,
        /// Who is let in.
        members: Vec<Joining>,
    },
    /// A member leaves.
    Leave(AgentNo),
    /// End, because members left.
    Close,
    /// A member's link came up.
    LinkUp {
        /// Whose.
        agent: AgentNo,
        /// Which.
        link: LinkId,
        /// What it is brought.
        replay: Replay,
    },
    /// A member's link went.
    LinkDown {
        /// Whose.
        agent: AgentNo,
        /// Which.
        link: LinkId,
    },
}

/// One room.
#[derive(Debug)]
pub struct Room {
    id: RoomId,
    tenant: TenantNo,
    kind: RoomKind,
    title: Arc<str>,
    members: Members,
    window: Window,
    opened_wall_ms: u64,
    /// When somebody last spoke or joined.
    moved_mono_ms: u64,
    is_closed: bool,
}

impl Room {
    /// Comes into being, with its members' links following it.
    pub fn open(id: RoomId, opening: Opening, now: Now, fx: &mut Effects) -> Self {
        let Opening { tenant, kind, title, members } = opening;
        let mut room = Self {
            id,
            tenant,
            kind,
            title,
            members: Members::default(),
            window: Window::default(),
            opened_wall_ms: now.wall_ms,
            moved_mono_ms: now.mono_ms,
            is_closed: false,
        };
        let agents: Vec<AgentId> = members.iter().map(|member| member.id.clone()).collect();
        for joining in members {
            room.members.join(joining, 1);
        }
        for member in room.members.present() {
            let view = room.view(member);
            fx.tell_each(&member.links, room.told(RoomTold::Opened(Box::new(view))));
        }
        let event = Event::RoomOpened { room: id, title: room.title.clone(), agents };
        room.keep(event, now, fx);
        room
    }

    /// Which room.
    pub fn id(&self) -> RoomId {
        self.id
    }

    /// In whose company.
    pub fn tenant(&self) -> TenantNo {
        self.tenant
    }

    /// Whether it is over, and to be forgotten.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Those who are in it, with the links that follow it.
    pub fn members(&self) -> impl Iterator<Item = (AgentNo, &[LinkId])> {
        self.members.present().map(|member| (member.agent, &member.links[..]))
    }

    /// When it wants [`Room::expire`], on the clock that never goes back.
    pub fn deadline(&self) -> u64 {
        self.moved_mono_ms.saturating_add(IDLE_MS)
    }

    /// Ends, if nothing was said for too long.
    pub fn expire(&mut self, now: Now, fx: &mut Effects) {
        if !self.is_closed && self.deadline() <= now.mono_ms {
            self.close(RoomEnd::Idle, now, fx);
            fx.cross(Crossing::ToFloor(self.tenant, FloorStep::RoomEnded(self.id)));
        }
    }

    /// Carries out a step that the floor asked for. [`RoomStep::Open`] makes rooms and is not for one that exists.
    pub fn step(&mut self, step: RoomStep, now: Now, fx: &mut Effects) {
        if self.is_closed {
            return;
        }
        match step {
            RoomStep::Open(_) => debug_assert!(false, "room {} opened twice", self.id),
            RoomStep::Join { by, members } => {
                self.moved_mono_ms = now.mono_ms;
                for joining in members {
                    self.join(&by, joining, now, fx);
                }
            }
            RoomStep::Leave(agent) => self.leave(agent, now, fx),
            RoomStep::Close => self.close(RoomEnd::Left, now, fx),
            RoomStep::LinkUp { agent, link, replay } => self.link_up(agent, link, replay, fx),
            RoomStep::LinkDown { agent, link } => {
                if let Some(member) = self.members.of_mut(agent) {
                    member.links.retain(|other| *other != link);
                }
            }
        }
    }

    /// Says something. Everyone else in the room is told, in one order; the same id again is answered and not said again.
    /// Errors: [`Refusal::NotInRoom`], [`Refusal::LinkGone`], [`Refusal::IdReused`], [`Refusal::AudienceNotAllowed`] for words that are
    /// for fewer than all members, [`Refusal::MessageNotFound`] for versions of earlier ones: what is said in a room stands.
    pub fn say(
        &mut self,
        agent: AgentNo,
        link: LinkId,
        words: Words,
        now: Now,
        fx: &mut Effects,
    ) -> Result<Said, Refusal> {
        let from = self.speaker(agent, link)?;
        match self.window.recall(from, &words) {
            Recalled::New => {}
            Recalled::Other => return Err(Refusal::IdReused),
            Recalled::Same(seq) => {
                let wall_ms = self.window.at(seq).map_or(now.wall_ms, |message| message.wall_ms);
                return Ok(Said { seq, wall_ms, duplicate: true });
            }
        }
        if words.audience != Audience::Everyone {
            return Err(Refusal::AudienceNotAllowed);
        }
        if words.replaces.is_some() {
            return Err(Refusal::MessageNotFound);
        }
        self.moved_mono_ms = now.mono_ms;
        let message = self.window.push(from, words, now.wall_ms);
        for other in self.members.links().filter(|other| **other != link) {
            fx.tell(*other, self.told(RoomTold::Message(message.clone())));
        }
        let said = Said { seq: message.place, wall_ms: message.wall_ms, duplicate: false };
        self.keep(Event::SaidInRoom { room: self.id, message }, now, fx);
        Ok(said)
    }

    /// Acknowledges what was said. Never goes back. Errors: [`Refusal::NotInRoom`], [`Refusal::LinkGone`], [`Refusal::BeyondEnd`].
    pub fn acknowledge(
        &mut self,
        agent: AgentNo,
        link: LinkId,
        delivered: u64,
        read: u64,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        self.speaker(agent, link)?;
        let last_seq = self.window.last_place();
        if delivered.max(read) > last_seq {
            return Err(Refusal::BeyondEnd { last_seq });
        }
        let member = self.members.of_mut(agent).ok_or(Refusal::NotInRoom)?;
        if member.acknowledge(delivered, read) {
            let receipt = RoomTold::Receipt {
                number: member.number,
                delivered: member.delivered,
                read: member.read,
            };
            let receipt = self.told(receipt);
            fx.tell_each(self.members.links().filter(|other| **other != link), receipt);
        }
        Ok(())
    }

    /// The room as a member finds it. Errors: [`Refusal::NotInRoom`], [`Refusal::LinkGone`].
    pub fn read(&self, agent: AgentNo, link: LinkId) -> Result<RoomView, Refusal> {
        self.speaker(agent, link)?;
        self.members.of(agent).map(|member| self.view(member)).ok_or(Refusal::NotInRoom)
    }

    /// What was said since a member joined and is still held, from `from_seq` on, as much as both bounds allow, at least one message.
    /// Errors: [`Refusal::NotInRoom`], [`Refusal::LinkGone`].
    pub fn messages(
        &self,
        agent: AgentNo,
        link: LinkId,
        from_seq: u64,
        messages_max: usize,
        bytes_max: usize,
    ) -> Result<Page, Refusal> {
        self.speaker(agent, link)?;
        let since_seq = self.members.of(agent).ok_or(Refusal::NotInRoom)?.since_seq;
        let mut bytes = 0;
        let within = |(_, message): &(u64, &Arc<Message>)| {
            let first = bytes == 0;
            bytes += message.words.body().len();
            first || bytes <= bytes_max
        };
        let from = self.window.from(ANYONE, from_seq.max(since_seq));
        let messages = from.take(messages_max).take_while(within);
        let messages = messages.map(|(seq, message)| (seq, message.clone())).collect();
        Ok(Page { messages, last_seq: self.window.last_place() })
    }

    /// The number of a member that speaks through a link which follows the room.
    fn speaker(&self, agent: AgentNo, link: LinkId) -> Result<u16, Refusal> {
        let member = self.members.of(agent).ok_or(Refusal::NotInRoom)?;
        if member.links.contains(&link) { Ok(member.number) } else { Err(Refusal::LinkGone) }
    }

    fn join(&mut self, by: &AgentId, joining: Joining, now: Now, fx: &mut Effects) {
        if self.members.of(joining.agent).is_some() {
            return;
        }
        debug_assert!(self.members.present().count() < MEMBERS_MAX, "the floor bounds who is in");
        let others: SmallVec<[LinkId; 8]> = self.members.links().copied().collect();
        let agent = joining.agent;
        let joined = self.members.join(joining, self.window.last_place() + 1).view();
        let event =
            Event::RoomJoined { room: self.id, agent: joined.agent.clone(), by: by.clone() };
        fx.tell_each(&others, self.told(RoomTold::Joined(Box::new(joined))));
        if let Some(member) = self.members.of(agent) {
            let opened = self.told(RoomTold::Opened(Box::new(self.view(member))));
            fx.tell_each(&member.links, opened);
        }
        self.keep(event, now, fx);
    }

    fn leave(&mut self, agent: AgentNo, now: Now, fx: &mut Effects) {
        let Some(member) = self.members.of(agent) else { return };
        let (number, agent_id) = (member.number, member.id.clone());
        fx.tell_each(self.members.links(), self.told(RoomTold::Left { number }));
        self.members.leave(agent);
        self.keep(Event::RoomLeft { room: self.id, agent: agent_id }, now, fx);
    }

    fn close(&mut self, cause: RoomEnd, now: Now, fx: &mut Effects) {
        self.is_closed = true;
        let (room, last_seq) = (self.id, self.window.last_place());
        let closed = self.told(RoomTold::Closed { cause, last_seq, wall_ms: now.wall_ms });
        fx.tell_each(self.members.links(), closed);
        self.keep(Event::RoomClosed { room, cause, last_seq }, now, fx);
    }

    /// A link follows from here on: what it missed and what comes are told in one critical section, so nothing falls between.
    fn link_up(&mut self, agent: AgentNo, link: LinkId, replay: Replay, fx: &mut Effects) {
        let Some(member) = self.members.of_mut(agent) else { return };
        if !member.links.contains(&link) {
            member.links.push(link);
        }
        let before_seq = member.since_seq - 1;
        let Some(member) = self.members.of(agent) else { return };
        fx.tell(link, self.told(RoomTold::Opened(Box::new(self.view(member)))));
        let last_seq = self.window.last_place();
        // A client of an earlier epoch may claim more than there is; it is brought nothing and told where the order ends.
        let after_seq = replay.after_seq.unwrap_or(0).max(before_seq).min(last_seq);
        let from_seq =
            self.window.replay_from(ANYONE, after_seq, replay.messages_max, replay.bytes_max);
        let replay = Resumed { from_seq, to_seq: last_seq, complete: from_seq == after_seq + 1 };
        fx.tell(link, self.told(RoomTold::Resumed(replay)));
        for (_, message) in self.window.from(ANYONE, from_seq) {
            fx.tell(link, self.told(RoomTold::Message(message.clone())));
        }
    }

    fn view(&self, reader: &member::Member) -> RoomView {
        RoomView {
            room: self.id,
            title: self.title.clone(),
            kind: self.kind,
            you: reader.number,
            members: self.members.iter().map(member::Member::view).collect(),
            last_seq: self.window.last_place(),
            first_kept_seq: self.window.first_seq(ANYONE).max(reader.since_seq),
            since_seq: reader.since_seq,
            opened_wall_ms: self.opened_wall_ms,
        }
    }

    fn told(&self, told: RoomTold) -> Delivery {
        Delivery::Room { room: self.id, told }
    }

    fn keep(&self, event: Event, now: Now, fx: &mut Effects) {
        fx.keep(Fact { tenant: self.tenant, wall_ms: now.wall_ms, event });
    }
}

#[cfg(test)]
mod tests;
