//! One link as the client knows it: who it is, what it waits for, what waits for the program. Pure: deliveries and calls in,
//! frames into the lane's outbox and events into the queue out.
//!
//! ```text
//!                     attach                Attached
//!   Detached ──────────────────► Attaching ─────────► Attached ─────────────┐
//!      ▲  connection lost, or come back later   │         │                 │ TOO_SLOW, or the
//!      └────────────────────────────────────────┴─────────┘                 │ queue is full
//!      ▲                                                                    ▼
//!      └─────────────────────── the program has read what waited ──────── Behind
//!
//!   any of them ──► Over: left, replaced, told to stop
//! ```
//!
//! Requests survive all but Over. What the program has not yet read survives too; only its bytes count for no credit any
//! more once the attachment that brought them is gone. Never waits, never does I/O, reads no clock.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use frontdesk_proto::codes::{Advice, advice};
use frontdesk_proto::ids;
use frontdesk_proto::limits::ID_BYTES;
use frontdesk_proto::v1::{self, Code, command::Command, delivery};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::credit::Credit;
use crate::error::{AttachError, RequestError};
use crate::event::{Event, Interruption, Memory};
use crate::id::{RoomId, SessionId};
use crate::log::{Course, Log, Told};
use crate::options::Deliveries;
use crate::outbox::Outbox;
use crate::pending::{ATTACH_REQUEST, Pending, Waiting};
use crate::refusal::{EndReason, Refusal};
use watches::Watches;

mod incoming;
mod replies;
mod rooms;
#[cfg(test)]
mod tests;
mod watches;

/// What a request brings back.
pub(crate) type Answer = Result<delivery::Reply, RequestError>;

/// Who waits for an answer.
#[derive(Debug)]
pub(crate) enum Asker {
    /// A call of the program. The permit goes with the request and not with the call: a call may be dropped, and what it
    /// asked for still waits and counts.
    Program(oneshot::Sender<Answer>, OwnedSemaphorePermit),
    /// The client, which began a watch of visitors, the floor, queues or the reception again.
    Watch,
    /// The client, which watches a session again.
    WatchSession(SessionId),
    /// The client, which wants to know whether a session still is.
    Probe(SessionId),
    /// The client, which wants to know whether a room still is.
    ProbeRoom(RoomId),
}

/// Who is attached, with all that the attach says but where to go on.
#[derive(Debug, Clone)]
pub(crate) enum Person {
    Visitor(v1::AttachVisitor),
    Agent(v1::AttachAgent),
}

/// Where the link stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    Detached,
    Attaching,
    Attached,
    Behind,
    Over(EndReason),
}

/// What has to be done that the link can't do by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Upshot {
    /// Nothing.
    GoOn,
    /// The number on the lane is free; attach again after a pause, not shorter than this.
    AttachAfter(Duration),
    /// The number on the lane is free; attach again once the program has read.
    Rest,
    /// The number on the lane is free, and the link is over.
    End,
}

/// Bounds and choices that all links of a client share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) events_max: usize,
    pub(crate) deliveries: Deliveries,
}

/// Whether somebody takes the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Open,
    /// The program dropped them: they count as taken when they come.
    Dropped,
}

/// Which means a new attach uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    All,
    /// The broker wanted neither what to replace nor where to go on: from the first message it holds.
    Plain,
}

/// The state of one link.
#[derive(Debug)]
pub(crate) struct Attachment {
    bounds: Bounds,
    person: Person,
    standing: Standing,
    means: Means,
    /// Who waits for the first attach.
    awaited: Option<oneshot::Sender<Result<v1::Attached, AttachError>>>,
    link_token: Bytes,
    /// The link of before may still live at the broker.
    replaces: Bytes,
    epoch: Option<[u8; ID_BYTES]>,
    status: v1::Status,
    interrupted: bool,
    logs: BTreeMap<SessionId, Log>,
    /// Kept as sessions are, each under the room's id.
    rooms: BTreeMap<RoomId, Log>,
    /// Asks with an opening on the way: their messages will have numbers in a session not known yet.
    openings: usize,
    pending: Pending<Asker>,
    watches: Watches,
    link_credit_bytes: u32,
    credit: Credit,
    queue: VecDeque<(Event, u64)>,
    queued_bytes: u64,
    reading: Reading,
}

impl Attachment {
    pub(crate) fn new(
        bounds: Bounds,
        person: Person,
        awaited: oneshot::Sender<Result<v1::Attached, AttachError>>,
    ) -> Self {
        Self {
            bounds,
            person,
            standing: Standing::Detached,
            means: Means::All,
            awaited: Some(awaited),
            link_token: Bytes::new(),
            replaces: Bytes::new(),
            epoch: None,
            status: v1::Status::Unspecified,
            interrupted: false,
            logs: BTreeMap::new(),
            rooms: BTreeMap::new(),
            openings: 0,
            pending: Pending::new(),
            watches: Watches::default(),
            link_credit_bytes: 0,
            credit: Credit::default(),
            queue: VecDeque::new(),
            queued_bytes: 0,
            reading: Reading::Open,
        }
    }

    pub(crate) fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Attaches a detached link under the number `link`, and says whether it did.
    pub(crate) fn attach(&mut self, link: u32, limits: &v1::Limits, outbox: &mut Outbox) -> bool {
        if self.standing != Standing::Detached {
            return false;
        }
        if self.queue.len() >= self.bounds.events_max {
            self.standing = Standing::Behind;
            return false;
        }
        self.standing = Standing::Attaching;
        self.link_credit_bytes = limits.link_credit_bytes;
        outbox.command(link, ATTACH_REQUEST, self.attach_command());
        true
    }

    /// The attach as it would be sent now.
    pub(crate) fn attach_command(&self) -> Command {
        let (replaces, resume, rooms) = match self.means {
            Means::All => {
                let own = self.logs.values().filter(|log| !log.watches());
                (self.replaces.clone(), own.map(Log::resume).collect(), self.room_resumes())
            }
            Means::Plain => (Bytes::new(), Vec::new(), Vec::new()),
        };
        self.person.clone().into_command(replaces, resume, rooms)
    }

    /// Makes a request; it leaves now if the link is attached, else when it is again.
    pub(crate) fn request(
        &mut self,
        link: u32,
        command: Command,
        asker: Asker,
        outbox: Option<&mut Outbox>,
    ) -> Result<u32, EndReason> {
        if let Standing::Over(reason) = &self.standing {
            return Err(reason.clone());
        }
        self.expect_number(&command);
        if let (Command::ViewPage(view), Person::Visitor(attach)) = (&command, &mut self.person) {
            attach.arrival.get_or_insert_default().page.clone_from(&view.page);
        }
        let request = self.pending.insert(command, asker);
        if let (Standing::Attached, Some(outbox)) = (&self.standing, outbox) {
            self.pending
                .send_one(request, |command| outbox.command(link, request, command.clone()));
        }
        Ok(request)
    }

    /// Gives a request up, unless it waits only because the link is cut off. Says whether it did.
    pub(crate) fn give_up(&mut self, link: u32, request: u32, outbox: Option<&mut Outbox>) -> bool {
        let cut_off = matches!(self.standing, Standing::Detached | Standing::Attaching);
        if cut_off && self.pending.is_sent(request) == Some(false) {
            return false;
        }
        if let Some(waiting) = self.pending.settle(request) {
            let mut told = Told::default();
            self.forget_number(&waiting.command, &mut told);
            self.queue(link, told, outbox);
        }
        true
    }

    /// Raises what is acknowledged of a session.
    pub(crate) fn acknowledge(
        &mut self,
        link: u32,
        session: SessionId,
        (delivered, read): (u64, u64),
        outbox: Option<&mut Outbox>,
    ) {
        let Some(log) = self.logs.get_mut(&session) else { return };
        let news = log.acknowledge(delivered, read);
        if let (Some((delivered, read)), Standing::Attached, Some(outbox)) =
            (news, &self.standing, outbox)
        {
            outbox.acknowledge(link, session, delivered, read);
        }
    }

    /// The next event, if one waits; the program has taken it.
    pub(crate) fn take_event(&mut self, link: u32, outbox: Option<&mut Outbox>) -> Option<Event> {
        let (event, frame_bytes) = self.queue.pop_front()?;
        self.queued_bytes = self.queued_bytes.saturating_sub(frame_bytes);
        self.taken(link, &event, frame_bytes, outbox);
        Some(event)
    }

    /// A link that was behind may be attached again, if the program has read all. Says whether it is so.
    pub(crate) fn catch_up(&mut self) -> bool {
        let caught_up = self.standing == Standing::Behind && self.queue.is_empty();
        if caught_up {
            self.standing = Standing::Detached;
        }
        caught_up
    }

    /// The program takes no events any more.
    pub(crate) fn drop_events(&mut self, link: u32, mut outbox: Option<&mut Outbox>) {
        self.reading = Reading::Dropped;
        while self.take_event(link, outbox.as_deref_mut()).is_some() {}
    }

    /// The connection is gone, and with it the attachment.
    pub(crate) fn connection_lost(&mut self) {
        if matches!(self.standing, Standing::Attaching | Standing::Attached) {
            self.replaces = self.link_token.clone();
            self.detached(Interruption::ConnectionLost);
        }
    }

    /// It is over: whoever waits is told so, and the events end.
    pub(crate) fn end(&mut self, reason: EndReason) {
        if matches!(self.standing, Standing::Over(_)) {
            return;
        }
        self.standing = Standing::Over(reason.clone());
        if let Some(awaited) = self.awaited.take() {
            // It may have stopped waiting.
            let _ = awaited.send(Err(AttachError::Ended(reason.clone())));
        }
        for waiting in self.pending.drain() {
            answer(waiting, Err(RequestError::Ended(reason.clone())));
        }
        self.logs.clear();
        self.rooms.clear();
        if self.reading == Reading::Open {
            self.queue.push_back((Event::Ended(reason), 0));
        }
    }

    /// Says goodbye for a link that nobody holds any more.
    pub(crate) fn let_go(&mut self, link: u32, outbox: Option<&mut Outbox>) {
        if let (Standing::Attached | Standing::Attaching, Some(outbox)) = (&self.standing, outbox) {
            detach(link, v1::Departure::Dropped, outbox);
        }
        self.end(EndReason::Closed);
    }

    fn detached(&mut self, interruption: Interruption) {
        self.standing = Standing::Detached;
        self.pending.interrupted();
        self.logs.values_mut().chain(self.rooms.values_mut()).for_each(Log::interrupted);
        self.queue.iter_mut().for_each(|(_, frame_bytes)| *frame_bytes = 0);
        self.queued_bytes = 0;
        let was_attached = self.epoch.is_some();
        if was_attached && !self.interrupted {
            self.interrupted = true;
            self.push_quietly(Event::Interrupted(interruption));
        }
    }

    /// The program takes an event: give its credit back, and acknowledge the message it may be.
    fn taken(
        &mut self,
        link: u32,
        event: &Event,
        frame_bytes: u64,
        mut outbox: Option<&mut Outbox>,
    ) {
        if self.standing != Standing::Attached {
            outbox = None;
        }
        if let (Some(taken_bytes), Some(outbox)) =
            (self.credit.take(frame_bytes), outbox.as_deref_mut())
        {
            outbox.credit(link, taken_bytes);
        }
        if let (Event::Message(message), Deliveries::Automatic) = (event, self.bounds.deliveries) {
            self.acknowledge(link, message.session, (message.seq, 0), outbox);
        }
    }

    /// Queues an event of the client's own making, which costs no credit.
    fn push_quietly(&mut self, event: Event) {
        if self.reading == Reading::Open {
            self.queue.push_back((event, 0));
        }
    }

    fn expect_number(&mut self, command: &Command) {
        match command {
            Command::Say(say) => {
                if let Some(log) = self.log_of(&say.session) {
                    log.say();
                }
            }
            Command::SayInRoom(say) => self.expect_in_room(say),
            Command::Ask(v1::Ask { opening: Some(_), .. }) => {
                self.openings += 1;
                self.logs.values_mut().for_each(Log::say);
            }
            _ => {}
        }
    }

    fn log_of(&mut self, session: &[u8]) -> Option<&mut Log> {
        SessionId::from_wire(session).ok().and_then(|session| self.logs.get_mut(&session))
    }

    /// The number that a command was to get will not come: what waited for it goes on.
    fn forget_number(&mut self, command: &Command, told: &mut Told) {
        match command {
            Command::Say(say) => {
                if let Ok(session) = SessionId::from_wire(&say.session) {
                    self.with_log(session, |log| log.unsay(told));
                }
            }
            Command::SayInRoom(say) => self.forget_in_room(say, told),
            Command::Ask(v1::Ask { opening: Some(_), .. }) => {
                self.openings = self.openings.saturating_sub(1);
                self.logs.retain(|_, log| log.unsay(told) == Course::GoesOn);
            }
            _ => {}
        }
    }

    /// Queues what was told for the program, or takes it at once if nobody reads.
    fn queue(&mut self, link: u32, told: Told, mut outbox: Option<&mut Outbox>) {
        for (event, frame_bytes) in told.events {
            match self.reading {
                Reading::Open => {
                    self.queued_bytes += frame_bytes;
                    self.queue.push_back((event, frame_bytes));
                }
                Reading::Dropped => self.taken(link, &event, frame_bytes, outbox.as_deref_mut()),
            }
        }
    }

    fn with_log(&mut self, session: SessionId, step: impl FnOnce(&mut Log) -> Course) {
        if let Some(log) = self.logs.get_mut(&session)
            && step(log) == Course::Over
        {
            self.logs.remove(&session);
        }
    }
}

impl Person {
    fn into_command(
        self,
        replaces: Bytes,
        resume: Vec<v1::Resume>,
        rooms: Vec<v1::RoomResume>,
    ) -> Command {
        match self {
            Self::Visitor(attach) => Command::AttachVisitor(Box::new(v1::AttachVisitor {
                replaces,
                // A visitor is in one session, and one that is over has no log any more.
                resume: resume.into_iter().next(),
                ..attach
            })),
            Self::Agent(attach) => {
                Command::AttachAgent(v1::AttachAgent { replaces, resume, rooms, ..attach })
            }
        }
    }
}

fn detach(link: u32, departure: v1::Departure, outbox: &mut Outbox) {
    outbox.command(link, 0, Command::Detach(v1::Detach { departure: departure as i32 }));
}

fn answer(waiting: Waiting<Asker>, answer: Answer) {
    if let Asker::Program(waiter, _permit) = waiting.waiter {
        // The call may have been dropped, then nobody wants to know.
        let _ = waiter.send(answer);
    }
}
