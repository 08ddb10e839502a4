//! A session: what a visitor has with those who answer it, from the moment it asks.
//!
//! ```text
//!              Assigned
//!   waiting ─────────────▶ active
//!    │   ▲                  │  │
//!    │   └──── OwnerLost ───┘  │
//!    └──────▶ closed ◀─────────┘
//!   (visitor, agent, visitor gone, queue full)
//! ```
//!
//! It owns the order of what is said, the window of what can be replayed, receipts, and what is being typed. It knows no queue
//! and no slot: the floor has those, and learns by [`FloorStep::Ended`] that one is free. A closed session says nothing more;
//! it is held for a while so that whoever was cut off can read its end.

mod clocks;
mod observers;
mod participant;
mod preview;
mod window;

use std::sync::Arc;

use smallvec::SmallVec;

pub use participant::PAST_MAX;
pub use preview::PREVIEW_BYTES_MAX;
pub use window::{BODY_BYTES_MAX, MESSAGES_MAX};

use crate::crossing::{
    Assigned, Crossing, FloorStep, HowAssigned, LastTalk, Replay, Request, SessionStep, VisitorStep,
};
use crate::delivery::{
    BeginCause, CloseCause, Delivery, ParticipantId, Resumed, SessionState, SessionView,
};
use crate::effects::Effects;
use crate::fact::{Event, Fact};
use crate::floor::Estimate;
use crate::id::{
    AgentNo, DepartmentId, DepartmentNo, LinkId, Person, SessionId, TenantNo, VisitorId, VisitorRef,
};
use crate::message::{Message, Words};
use crate::policy::terms::SessionTerms;
use crate::refusal::Refusal;
use crate::time::Now;
use crate::visitor::Stage;
use clocks::{Clocks, Due};
use participant::Participants;
use window::{Recalled, Window};

/// What an agent is brought of a session that it gets; the rest it may read. Small, because one agent may get many at once.
const ASSIGNED_REPLAY: Replay = Replay { after_seq: None, messages_max: 64, bytes_max: 32 * 1024 };

/// What saying something came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its place.
    pub seq: u64,
    /// When.
    pub wall_ms: u64,
    /// True if it had been said before.
    pub duplicate: bool,
}

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
    window: Window,
    /// What the visitor has typed so far, masked.
    preview: Option<Arc<str>>,
    agent_types: bool,
    valid: bool,
    begin: BeginCause,
    asked_wall_ms: u64,
    assigned_wall_ms: u64,
    clocks: Clocks,
    terms: SessionTerms,
}

impl Session {
    /// Comes into being, waiting, with the visitor's links following it.
    pub fn open(id: SessionId, request: Request, links: &[LinkId], fx: &mut Effects) -> Self {
        let mut participants = Participants::default();
        let visitor = ParticipantId::Visitor(request.wish.visitor.clone());
        participants.join(Person::Visitor(request.visitor), visitor, SmallVec::from_slice(links));
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
            window: Window::default(),
            preview: None,
            agent_types: false,
            valid: false,
            begin: request.begin,
            asked_wall_ms: request.asked.wall_ms,
            assigned_wall_ms: 0,
            clocks: Clocks::new(),
            terms: request.terms,
        };
        for link in links {
            fx.tell(
                *link,
                Delivery::SessionOpened(Box::new(session.view(participant::VISITOR_NUMBER))),
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
            SessionStep::VisitorGone(cause) | SessionStep::Refused(cause) => {
                self.end(cause, now, fx)
            }
            SessionStep::Assigned(assigned) => self.assigned(assigned, now, fx),
            SessionStep::Position { place, estimate } => self.position_changed(place, estimate, fx),
            SessionStep::Left(agent) => self.left(Person::Agent(agent), fx),
            SessionStep::OwnerLost(agent) => self.owner_lost(agent, now, fx),
            SessionStep::Watch { link, replay } => self.watch(link, replay, fx),
            SessionStep::Unwatch(link) => self.unwatch(link, fx),
        }
    }

    /// Says something. Everyone else who takes part is told, in one order; the same id again is answered and not said again.
    /// Errors: [`Refusal::NotInSession`] to agents and [`Refusal::SessionNotFound`] to visitors who take no part, [`Refusal::LinkGone`], [`Refusal::SessionClosed`], [`Refusal::IdReused`].
    pub fn say(
        &mut self,
        person: Person,
        link: LinkId,
        words: Words,
        now: Now,
        fx: &mut Effects,
    ) -> Result<Said, Refusal> {
        let from = self.speaker(person, link)?;
        match self.window.recall(from, &words) {
            Recalled::New => {}
            Recalled::Other => return Err(Refusal::IdReused),
            Recalled::Same(seq) => {
                let wall_ms = self.window.at(seq).map_or(now.wall_ms, |message| message.wall_ms);
                return Ok(Said { seq, wall_ms, duplicate: true });
            }
        }
        self.open_or_refuse()?;

        let message = self.window.push(from, words, now.wall_ms);
        for other in self.links().filter(|other| **other != link) {
            fx.tell(*other, Delivery::Message { session: self.id, message: message.clone() });
        }
        let said = Said { seq: message.seq, wall_ms: message.wall_ms, duplicate: false };
        self.keep(Event::Said { session: self.id, message }, now, fx);
        match person {
            Person::Visitor(_) => {
                self.valid = true;
                self.show_preview(None, fx);
                self.visitor_goes_on(fx);
            }
            Person::Agent(_) => {
                self.show_agent_typing(person, false, fx);
                self.clocks.agent_said(now);
            }
        }
        Ok(said)
    }

    /// Shows what is being typed; empty for nothing. A visitor's text is masked and shown to the agents, an agent's only as the
    /// fact that it types. Errors: [`Refusal::NotInSession`], [`Refusal::LinkGone`], [`Refusal::SessionClosed`], [`Refusal::TooLong`].
    pub fn preview(
        &mut self,
        person: Person,
        link: LinkId,
        text: &str,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        self.speaker(person, link)?;
        self.open_or_refuse()?;
        let text = preview::masked(text)?;
        match person {
            Person::Visitor(_) => self.show_preview((!text.is_empty()).then_some(text), fx),
            Person::Agent(_) => self.show_agent_typing(person, !text.is_empty(), fx),
        }
        Ok(())
    }

    /// Acknowledges messages. Never goes back. Errors: [`Refusal::NotInSession`], [`Refusal::BeyondEnd`].
    pub fn acknowledge(
        &mut self,
        person: Person,
        link: LinkId,
        delivered: u64,
        read: u64,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        self.speaker(person, link)?;
        let last_seq = self.window.last_seq();
        let participant = self.participants.present_mut(person).ok_or(stranger(person))?;
        if delivered.max(read) > last_seq {
            return Err(Refusal::BeyondEnd { last_seq });
        }
        if !participant.acknowledge(delivered, read) || self.is_closed() {
            return Ok(());
        }
        if let Some(moved) = self.participants.present(person) {
            let receipt = Delivery::Receipt {
                session: self.id,
                participant: moved.number,
                delivered: moved.delivered,
                read: moved.read,
            };
            fx.tell_each(self.links().filter(|other| **other != link), receipt);
        }
        Ok(())
    }

    /// Ends the session, by its visitor or an agent in it. Errors: [`Refusal::NotInSession`], [`Refusal::LinkGone`], [`Refusal::SessionClosed`].
    pub fn close(
        &mut self,
        person: Person,
        link: LinkId,
        now: Now,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        self.speaker(person, link)?;
        self.open_or_refuse()?;
        let cause = match person {
            Person::Visitor(_) => CloseCause::Visitor,
            Person::Agent(_) => CloseCause::Agent,
        };
        self.end(cause, now, fx);
        Ok(())
    }

    /// The session as one who takes part or watches finds it. Errors: [`Refusal::NotInSession`], [`Refusal::LinkGone`].
    pub fn read(&self, person: Person, link: LinkId) -> Result<SessionView, Refusal> {
        Ok(self.view(self.reader(person, link)?))
    }

    /// Messages still held, from `from_seq` on, as many as both bounds allow, at least one, for one who takes part or watches.
    /// Errors: [`Refusal::NotInSession`], [`Refusal::LinkGone`].
    pub fn messages(
        &self,
        person: Person,
        link: LinkId,
        from_seq: u64,
        messages_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<Arc<Message>>, Refusal> {
        self.reader(person, link)?;
        let mut bytes = 0;
        let within = |message: &&Arc<Message>| {
            let first = bytes == 0;
            bytes += message.words.body().len();
            first || bytes <= bytes_max
        };
        Ok(self.window.from(from_seq).take(messages_max).take_while(within).cloned().collect())
    }

    /// The last message's place; 0 while there is none.
    pub fn last_seq(&self) -> u64 {
        self.window.last_seq()
    }

    /// The number of one who speaks through a link that follows the session. A link that was replaced follows no more.
    fn speaker(&self, person: Person, link: LinkId) -> Result<u16, Refusal> {
        let participant = self.participants.present(person).ok_or(stranger(person))?;
        if !self.is_closed() && !participant.links.contains(&link) {
            return Err(Refusal::LinkGone);
        }
        Ok(participant.number)
    }

    /// The same of one who only reads, and so may also watch.
    fn reader(&self, person: Person, link: LinkId) -> Result<u16, Refusal> {
        if self.observers.contains(&link) {
            return Ok(observers::OBSERVER_NUMBER);
        }
        self.speaker(person, link)
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

    fn view(&self, you: u16) -> SessionView {
        SessionView {
            session: self.id,
            state: self.state(),
            visitor: self.visitor_id.clone(),
            department: self.department.clone(),
            begin: self.begin,
            you,
            participants: self.participants.iter().map(participant::Participant::view).collect(),
            last_seq: self.window.last_seq(),
            first_kept_seq: self.window.first_seq(),
            asked_wall_ms: self.asked_wall_ms,
            assigned_wall_ms: self.assigned_wall_ms,
        }
    }

    /// A link follows from here on: what it missed and what comes are told in one critical section, so nothing falls between.
    fn link_up(&mut self, person: Person, link: LinkId, replay: Replay, fx: &mut Effects) {
        let Some(participant) = self.participants.past_or_present(person) else { return };
        // An agent that left may not read on; at the end everyone who was there may read the end.
        if !participant.present && !matches!(person, Person::Visitor(_)) {
            return;
        }
        let number = participant.number;
        self.bring(number, link, replay, fx);
        if let Phase::Closed { cause, wall_ms } = self.phase {
            fx.tell(link, self.closed_delivery(cause, wall_ms));
            return;
        }
        if let Some(participant) = self.participants.present_mut(person)
            && !participant.links.contains(&link)
        {
            participant.links.push(link);
        }
        match (person, &self.preview) {
            (Person::Agent(_), Some(text)) => fx.tell(link, self.preview_delivery(text.clone())),
            (Person::Visitor(_), _) if self.agent_types => {
                fx.tell(link, self.typing_delivery(true))
            }
            _ => {}
        }
    }

    /// The end is for whoever the visitor is by name: who was lost and comes back has another record.
    fn read_end(&self, link: LinkId, replay: Replay, fx: &mut Effects) {
        if let Phase::Closed { cause, wall_ms } = self.phase {
            self.bring(participant::VISITOR_NUMBER, link, replay, fx);
            fx.tell(link, self.closed_delivery(cause, wall_ms));
        }
    }

    fn bring(&self, number: u16, link: LinkId, replay: Replay, fx: &mut Effects) {
        let last_seq = self.window.last_seq();
        // A client of an earlier epoch may claim more than there is; it is brought nothing and told where the order ends.
        let after_seq = replay.after_seq.unwrap_or(0).min(last_seq);
        let from_seq = self.window.replay_from(after_seq, replay.messages_max, replay.bytes_max);
        fx.tell(link, Delivery::SessionOpened(Box::new(self.view(number))));
        let resumed = Resumed { from_seq, to_seq: last_seq, complete: from_seq == after_seq + 1 };
        fx.tell(link, Delivery::Resumed { session: self.id, replay: resumed });
        for message in self.window.from(from_seq) {
            fx.tell(link, Delivery::Message { session: self.id, message: message.clone() });
        }
    }

    fn link_down(&mut self, person: Person, link: LinkId, fx: &mut Effects) {
        let Some(participant) = self.participants.present_mut(person) else { return };
        participant.links.retain(|other| *other != link);
        if !participant.links.is_empty() {
            return;
        }
        match person {
            Person::Visitor(_) => self.show_preview(None, fx),
            Person::Agent(_) => self.show_agent_typing(person, false, fx),
        }
    }

    fn assigned(&mut self, assigned: Assigned, now: Now, fx: &mut Effects) {
        if self.is_closed() {
            return;
        }
        let Assigned { agent, agent_id, links, how, policy_version, dormant_after_ms, terms } =
            assigned;
        if let HowAssigned::TakenBack { from } = how {
            self.left(Person::Agent(from), fx);
        }
        if let Some(before) = self.owner() {
            // Who hands over may be typing still, and nobody would be told when that ends.
            self.show_agent_typing(Person::Agent(before), false, fx);
        }
        self.phase = Phase::Active { owner: agent };
        self.terms = terms;
        self.clocks.assigned(dormant_after_ms);
        self.last_owner = Some(agent);
        self.tell_record(Stage::Active, fx);
        if self.assigned_wall_ms == 0 {
            self.assigned_wall_ms = now.wall_ms;
        }
        let session = self.id;
        let event = Event::SessionAssigned {
            session,
            agent: agent_id.clone(),
            how,
            policy: policy_version,
        };
        self.keep(event, now, fx);
        if self.participants.present(Person::Agent(agent)).is_some() {
            // It handed the session to a bot and followed it all the time.
            return;
        }
        let joined = self
            .participants
            .join(
                Person::Agent(agent),
                ParticipantId::Agent(agent_id),
                SmallVec::from_slice(&links),
            )
            .view();
        let number = joined.number;
        let others =
            self.participants.iter().filter(|other| other.present && other.number != number);
        fx.tell_each(
            others.flat_map(|other| &other.links).chain(&self.observers),
            Delivery::ParticipantJoined { session, participant: Box::new(joined) },
        );
        for link in links {
            self.bring(number, link, ASSIGNED_REPLAY, fx);
            if let Some(text) = &self.preview {
                fx.tell(link, self.preview_delivery(text.clone()));
            }
        }
    }

    /// The visitor has said something: a session that lay dormant takes its slot again.
    fn visitor_goes_on(&mut self, fx: &mut Effects) {
        if self.clocks.visitor_said() {
            fx.cross(Crossing::ToFloor(self.tenant, FloorStep::Awake(self.id)));
        }
    }

    /// When the session next wants [`Session::expire`], on the clock that never goes back.
    pub fn deadline(&self) -> Option<u64> {
        self.clocks.deadline()
    }

    /// Does what is due.
    pub fn expire(&mut self, now: Now, fx: &mut Effects) {
        while let Some(due) = self.clocks.take_due(now) {
            match due {
                Due::Dormant => {
                    fx.cross(Crossing::ToFloor(self.tenant, FloorStep::Dormant(self.id)));
                }
            }
        }
    }

    fn owner_lost(&mut self, agent: AgentNo, now: Now, fx: &mut Effects) {
        if self.owner() != Some(agent) {
            return;
        }
        let person = Person::Agent(agent);
        let Some(left) = self.participants.present(person) else { return };
        let ParticipantId::Agent(agent_id) = left.id.clone() else { return };
        self.left(person, fx);
        self.phase = Phase::Waiting { position: 0 };
        self.tell_record(Stage::Waiting, fx);
        self.clocks.stop();
        self.keep(Event::SessionRequeued { session: self.id, agent: agent_id }, now, fx);
    }

    /// An agent takes part no longer.
    fn left(&mut self, person: Person, fx: &mut Effects) {
        self.show_agent_typing(person, false, fx);
        let Some(left) = self.participants.present(person) else { return };
        if self.preview.is_some() {
            // One that it hasn't read yet is none of its business any more.
            fx.tell_each(&left.links, self.preview_delivery("".into()));
        }
        let session = self.id;
        fx.tell_each(self.links(), Delivery::ParticipantLeft { session, number: left.number });
        if let Some(left) = self.participants.present_mut(person) {
            left.present = false;
            left.links.clear();
        }
    }

    fn position_changed(&mut self, position: u32, estimate: Option<Estimate>, fx: &mut Effects) {
        let Phase::Waiting { position: shown } = &mut self.phase else { return };
        *shown = position;
        let session = self.id;
        fx.tell_each(self.links(), Delivery::QueuePosition { session, position, estimate });
    }

    fn show_preview(&mut self, text: Option<Arc<str>>, fx: &mut Effects) {
        if self.preview == text {
            return;
        }
        let shown = self.preview_delivery(text.clone().unwrap_or_default());
        self.preview = text;
        fx.tell_each(self.participants.agent_links().chain(&self.observers), shown);
    }

    fn show_agent_typing(&mut self, agent: Person, types: bool, fx: &mut Effects) {
        if self.agent_types == types || self.owner().map(Person::Agent) != Some(agent) {
            return;
        }
        self.agent_types = types;
        let shown = self.typing_delivery(types);
        if let Some(visitor) = self.participants.present(Person::Visitor(self.visitor)) {
            fx.tell_each(visitor.links.iter().chain(&self.observers), shown);
        }
    }

    fn preview_delivery(&self, text: Arc<str>) -> Delivery {
        Delivery::Preview { session: self.id, from: participant::VISITOR_NUMBER, text }
    }

    fn typing_delivery(&self, typing: bool) -> Delivery {
        let owner = self.owner().and_then(|agent| self.participants.present(Person::Agent(agent)));
        Delivery::Typing { session: self.id, from: owner.map_or(0, |owner| owner.number), typing }
    }

    fn closed_delivery(&self, cause: CloseCause, wall_ms: u64) -> Delivery {
        Delivery::SessionClosed {
            session: self.id,
            cause,
            last_seq: self.window.last_seq(),
            wall_ms,
            valid: self.valid,
        }
    }

    fn end(&mut self, cause: CloseCause, now: Now, fx: &mut Effects) {
        if self.is_closed() {
            return;
        }
        // Told, because an unread one would be shown after the end.
        self.show_preview(None, fx);
        if let Some(owner) = self.owner() {
            self.show_agent_typing(Person::Agent(owner), false, fx);
        }
        self.phase = Phase::Closed { cause, wall_ms: now.wall_ms };
        self.clocks.stop();
        let closed = self.closed_delivery(cause, now.wall_ms);
        fx.tell_each(self.links(), closed);
        self.observers.clear();
        for participant in self.participants.iter_mut() {
            participant.links.clear();
        }
        let last_seq = self.window.last_seq();
        self.keep(
            Event::SessionClosed { session: self.id, cause, last_seq, valid: self.valid },
            now,
            fx,
        );
        fx.cross(Crossing::ToFloor(self.tenant, FloorStep::Ended(self.id)));
        let last = self.last_owner.map(|agent| LastTalk {
            tenant: self.tenant,
            visitor: self.visitor_id.clone(),
            agent,
        });
        let ended = VisitorStep::SessionEnded { session: self.id, last };
        fx.cross(Crossing::ToVisitor(self.visitor, ended));
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
