//! A session: what a visitor has with those who answer it, from the moment it asks.
//!
//! ```text
//!              Assigned
//!   waiting ─────────────▶ active
//!    │   ▲                  │  │
//!    │   └──── OwnerLost ───┘  │
//!    └──────▶ closed ◀─────────┘
//!   (visitor, agent, nobody speaks, visitor gone, nobody receives)
//! ```
//!
//! It owns the order of what is said, the window of what can be replayed, receipts, and what is being typed. Not everybody sees
//! everything, so each reader numbers what it may see (`window`). It knows no queue
//! and no slot: the floor has those, and learns by [`FloorStep::Ended`] that one is free. A closed session says nothing more;
//! it is held for a while so that whoever was cut off can read its end.

mod card;
mod clocks;
mod ending;
mod guests;
mod observers;
mod owning;
mod participant;
mod preview;
mod reading;
mod saying;
mod service;
mod typing;
mod words;

use smallvec::SmallVec;

pub use card::{RATING_BYTES_MAX, Rating};
pub use participant::PAST_MAX;
pub use preview::{PREVIEW_BYTES_MAX, PREVIEW_GAP_MS, masked};
pub use reading::Page;
pub use saying::Said;

use crate::crossing::{Crossing, FloorStep, Request, SessionStep, VisitorStep};
use crate::delivery::{
    BeginCause, CloseCause, Delivery, ParticipantId, ParticipantView, SessionState, SessionView,
};
use crate::effects::Effects;
use crate::fact::{Event, Fact};
use crate::id::{
    AgentId, AgentNo, DepartmentId, DepartmentNo, LinkId, Person, SessionId, TenantNo, VisitorId,
    VisitorRef,
};
use crate::message::Class;
use crate::policy::terms::{Automatic, SessionTerms};
use crate::refusal::Refusal;
use crate::time::Now;
use crate::visitor::Stage;
pub use crate::window::{BODY_BYTES_MAX, MESSAGES_MAX};
use crate::window::{Reader, Window};
use card::Card;
use clocks::{Clocks, Due};
use participant::{Participant, Participants};
use preview::Typed;
use words::Heard;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Waiting { position: u32 },
    Active { owner: AgentNo },
    Closed { cause: CloseCause, wall_ms: u64 },
}

/// One session.
#[derive(Debug)]
pub struct Session {
    id: SessionId,
    tenant: TenantNo,
    visitor: VisitorRef,
    visitor_id: VisitorId,
    department: DepartmentId,
    department_no: DepartmentNo,
    phase: Phase,
    /// Who has it, or had it last.
    last_owner: Option<AgentNo>,
    participants: Participants,
    /// Links that watch, in the order in which they came.
    observers: Vec<LinkId>,
    /// Those of them that the session's agents are told of, and whose they are.
    known_watches: Vec<(LinkId, AgentId)>,
    window: Window,
    /// What the visitor types.
    typed: Typed,
    /// Whether the visitor lets that be seen, if it has said so.
    previews_allowed: Option<bool>,
    valid: bool,
    begin: BeginCause,
    asked_wall_ms: u64,
    assigned_wall_ms: u64,
    /// 0 until an agent has said something that the visitor sees.
    first_reply_wall_ms: u64,
    clocks: Clocks,
    heard: Heard,
    card: Option<Box<Card>>,
    terms: SessionTerms,
}

impl Session {
    /// Comes into being, waiting, with the visitor's links following it.
    pub fn open(id: SessionId, request: Request, links: &[LinkId], fx: &mut Effects) -> Self {
        let mut participants = Participants::default();
        let visitor = ParticipantId::Visitor(request.wish.visitor.clone());
        participants.join(
            Person::Visitor(request.visitor),
            visitor,
            (Class::Visitor, true),
            SmallVec::from_slice(links),
        );
        let session = Self {
            id,
            tenant: request.tenant,
            visitor: request.visitor,
            visitor_id: request.wish.visitor.clone(),
            department: request.home_id,
            department_no: request.home,
            phase: Phase::Waiting { position: 0 },
            last_owner: None,
            participants,
            observers: Vec::new(),
            known_watches: Vec::new(),
            window: Window::default(),
            typed: Typed::default(),
            previews_allowed: None,
            valid: false,
            begin: request.begin,
            asked_wall_ms: request.asked.wall_ms,
            assigned_wall_ms: 0,
            first_reply_wall_ms: 0,
            clocks: Clocks::waiting(request.asked),
            heard: Heard::default(),
            card: Card::of_form(request.form),
            terms: request.terms,
        };
        for link in links {
            fx.tell(
                *link,
                Delivery::SessionOpened(Box::new(session.view(session.visitor_reader()))),
            );
        }
        let enqueue = FloorStep::Enqueue {
            session: id,
            home: request.home,
            wish: request.wish,
            asked: request.asked,
            claimed_by: request.claimed_by,
        };
        fx.cross(Crossing::ToFloor(request.tenant, enqueue));
        session
    }

    /// The terms that hold for it.
    pub fn terms(&self) -> &SessionTerms {
        &self.terms
    }

    /// Which session.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// In whose company.
    pub fn tenant(&self) -> TenantNo {
        self.tenant
    }

    /// Whose session.
    pub fn visitor(&self) -> VisitorRef {
        self.visitor
    }

    /// The agent that has it.
    pub fn owner(&self) -> Option<AgentNo> {
        match self.phase {
            Phase::Active { owner } => Some(owner),
            Phase::Waiting { .. } | Phase::Closed { .. } => None,
        }
    }

    /// The links of one who takes part that follow the session, in the order in which they came.
    pub fn links_of(&self, person: Person) -> impl Iterator<Item = &LinkId> {
        self.participants.present(person).into_iter().flat_map(|participant| &participant.links)
    }

    /// The agents that take part, in the order in which they first came.
    pub fn agents(&self) -> impl Iterator<Item = AgentNo> {
        self.participants.all_present().filter_map(|participant| match participant.person {
            Person::Agent(agent) => Some(agent),
            Person::Visitor(_) => None,
        })
    }

    /// Where it stands.
    pub fn state(&self) -> SessionState {
        match self.phase {
            Phase::Waiting { position } => SessionState::Waiting { position },
            Phase::Active { .. } => SessionState::Active,
            Phase::Closed { cause, .. } => SessionState::Closed(cause),
        }
    }

    /// Whether it is over.
    pub fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed { .. })
    }

    /// Carries out a step that another noun asked for. [`SessionStep::Open`] makes sessions and is not for one that exists.
    pub fn step(&mut self, step: SessionStep, now: Now, fx: &mut Effects) {
        match step {
            SessionStep::Open(..) => debug_assert!(false, "session {} opened twice", self.id),
            SessionStep::LinkUp { tenant, person, link, replay } => {
                if tenant == self.tenant {
                    self.link_up(person, link, replay, fx);
                }
            }
            SessionStep::ReadEnd { tenant, visitor, link, replay } => {
                if tenant == self.tenant && visitor == self.visitor_id {
                    self.read_end(link, replay, fx);
                }
            }
            SessionStep::LinkDown { person, link } => self.link_down(person, link, fx),
            SessionStep::VisitorGone(cause)
            | SessionStep::Refused(cause)
            | SessionStep::End(cause) => self.end(cause, now, fx),
            SessionStep::Assigned(assigned) => self.assigned(assigned, now, fx),
            SessionStep::Position { place, estimate } => self.position_changed(place, estimate, fx),
            SessionStep::Waits(which) => {
                if matches!(self.phase, Phase::Waiting { .. }) {
                    self.say_by_itself(which, now, fx);
                }
            }
            SessionStep::Moved { department, department_id } => {
                self.moved(department, department_id, now, fx);
            }
            SessionStep::Noted { agent, words } => self.noted(agent, words, now, fx),
            SessionStep::Joined(joined) => self.guest_joined(joined, fx),
            SessionStep::Seen { agent, is_seen } => self.guest_seen(agent, is_seen, fx),
            SessionStep::Left(agent) => self.left(Person::Agent(agent), fx),
            SessionStep::OwnerLost(agent) => self.owner_lost(agent, now, fx),
            SessionStep::Watch { link, replay, by } => self.watch(link, replay, by, fx),
            SessionStep::Unwatch(link) => self.unwatch(link, fx),
        }
    }

    /// The last message's place in the session's one order; 0 while there is none.
    pub fn last_place(&self) -> u64 {
        self.window.last_place()
    }

    /// One who speaks through a link that follows the session. A link that was replaced follows no more.
    fn speaker(&self, person: Person, link: LinkId) -> Result<&Participant, Refusal> {
        let participant = self.participants.present(person).ok_or(stranger(person))?;
        if !self.is_closed() && !participant.links.contains(&link) {
            return Err(Refusal::LinkGone);
        }
        Ok(participant)
    }

    /// The same of one who only reads, and so may also watch.
    fn reader(&self, person: Person, link: LinkId) -> Result<Reader, Refusal> {
        if self.observers.contains(&link) {
            return Ok(observers::OBSERVER);
        }
        Ok(self.speaker(person, link)?.reader())
    }

    /// The visitor as one who reads.
    fn visitor_reader(&self) -> Reader {
        let visitor = self.participants.of_number(participant::VISITOR_NUMBER);
        visitor.map_or(participant::VISITOR, Participant::reader)
    }

    /// All links that follow the session, each with what its person may read.
    fn readers(&self) -> impl Iterator<Item = (Reader, &LinkId)> {
        let participants = self.participants.all_present().flat_map(|participant| {
            participant.links.iter().map(|link| (participant.reader(), link))
        });
        participants.chain(self.observers.iter().map(|link| (observers::OBSERVER, link)))
    }

    /// All links that follow the session.
    fn links(&self) -> impl Iterator<Item = &LinkId> {
        self.participants.links().chain(&self.observers)
    }

    fn open_or_refuse(&self) -> Result<(), Refusal> {
        if self.is_closed() { Err(Refusal::SessionClosed) } else { Ok(()) }
    }

    fn keep(&self, event: Event, now: Now, fx: &mut Effects) {
        fx.keep(Fact { tenant: self.tenant, wall_ms: now.wall_ms, event });
    }

    /// A participant as a reader sees it.
    fn shown(&self, participant: &Participant, reader: Reader) -> ParticipantView {
        participant.view(&self.window, reader, self.owner().map(Person::Agent))
    }

    fn view(&self, reader: Reader) -> SessionView {
        let known = self.participants.iter();
        let known = known.filter(|other| other.is_known_to(reader));
        SessionView {
            session: self.id,
            state: self.state(),
            visitor: self.visitor_id.clone(),
            department: self.department.clone(),
            begin: self.begin,
            you: reader.number,
            participants: known.map(|other| self.shown(other, reader)).collect(),
            last_seq: self.window.last_seq(reader),
            first_kept_seq: self.window.first_seq(reader),
            asked_wall_ms: self.asked_wall_ms,
            assigned_wall_ms: self.assigned_wall_ms,
            first_reply_wall_ms: self.first_reply_wall_ms,
            ended_wall_ms: match self.phase {
                Phase::Closed { wall_ms, .. } => wall_ms,
                Phase::Waiting { .. } | Phase::Active { .. } => 0,
            },
            valid: self.valid,
            form: self.form_for(reader),
            score: self.score(),
        }
    }

    /// The visitor has said something: a session that lay dormant takes its slot again.
    fn visitor_goes_on(&mut self, now: Now, fx: &mut Effects) {
        if self.clocks.visitor_said(now) {
            fx.cross(Crossing::ToFloor(self.tenant, FloorStep::Awake(self.id)));
        }
    }

    /// When the session next wants [`Session::expire`], on the clock that never goes back.
    pub fn deadline(&self) -> Option<u64> {
        [self.clocks.deadline(&self.terms), self.typed.deadline()].into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn expire(&mut self, now: Now, fx: &mut Effects) {
        if let Some(text) = self.typed.take_due(now) {
            self.show_preview(text, fx);
        }
        while let Some(due) = self.clocks.take_due(&self.terms, now) {
            match due {
                Due::Dormant => {
                    fx.cross(Crossing::ToFloor(self.tenant, FloorStep::Dormant(self.id)));
                }
                Due::StillWaiting => self.say_by_itself(Automatic::StillWaiting, now, fx),
                Due::IdleWarning => self.say_by_itself(Automatic::IdleWarning, now, fx),
                Due::IdleClose => self.end(CloseCause::Idle, now, fx),
                Due::Reply { in_ms } => self.reply_due(in_ms, now, fx),
                Due::ReplyLate => self.reply_late(now, fx),
            }
        }
    }

    /// The visitor's record says how far its session is.
    fn tell_record(&self, stage: Stage, fx: &mut Effects) {
        let (session, department) = (self.id, self.department_no);
        let moved = VisitorStep::SessionMoved { session, department, stage };
        fx.cross(Crossing::ToVisitor(self.visitor, moved));
    }
}

/// What one who takes no part is told. A visitor learns nothing, not even that there is such a session.
fn stranger(person: Person) -> Refusal {
    match person {
        Person::Visitor(_) => Refusal::SessionNotFound,
        Person::Agent(_) => Refusal::NotInSession,
    }
}

#[cfg(test)]
mod tests;
