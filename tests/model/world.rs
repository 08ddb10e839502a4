//! The real engine and the reference beside it, each given the same transitions at the same instants and compared after each.
//!
//! Time goes in steps of [`STEP_MS`], with a tick after each, and no two links are lost in one step of time: so what one tick
//! causes has one order.

mod attaching;
mod commands;
mod ending;
mod guard;
mod inviting;
mod offers;
mod picking;
mod policies;
mod proof;
mod questions;
mod reading;
mod terms;
mod watching;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use bytes::Bytes;
use frontdesk_desk::block::{Network, Rest, Target};
use frontdesk_desk::delivery::{CloseCause, Delivery, Presence, SessionState, Status};
use frontdesk_desk::fact::Event;
use frontdesk_desk::id::{
    AgentId, ClientMessageId, DepartmentId, LinkId, OfferId, Person, SessionId, SiteId, TenantId,
    TenantNo, VisitorId,
};
use frontdesk_desk::message::{Audience, Words};
use frontdesk_desk::page::Arrival;
use frontdesk_desk::policy::{Draft, Policy, Previews};
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::role::Role;
use frontdesk_desk::time::Now;
use frontdesk_engine::directory::Drained;
use frontdesk_engine::journal::{Memory, Position};
use frontdesk_engine::{
    Accepted, AgentAttach, Attached, Command, Config, Counts, Departure, Engine, Epoch, FloorQuery,
    Link, LinkEnd, ListLimits, MailboxLimits, QueuesQuery, Reader, Reply, ResumePoint,
    VisitorAttach,
};

use crate::client::{Client, session_of};
use crate::reference::{self, House, Kind, Line, Phase, Reference};
use crate::transition::{Page, Resume, Say, Transition, Which};
pub(crate) use inviting::as_session;

/// One step of time.
pub const STEP_MS: u64 = 128;
const TENANTS: usize = 2;
const NAMES: usize = 6;
const READERS: usize = 3;
const CANARY: &str = "typing-canary";
/// Within this a waiter has learnt its new place: a period of telling, one more that a change of the tail began, and the ticks.
const TOLD_WITHIN_MS: u64 = 2_300;
const WINDOW_WITHIN_MS: u64 = 1_200;

type Outcome = Result<(), String>;
type Logs = BTreeMap<SessionId, crate::client::Log>;

/// What has happened, by name: a test of nothing much proves nothing.
pub type Seen = BTreeMap<&'static str, u64>;

/// Someone who does nothing but watch the visitors.
struct Watcher {
    reader: Reader<Delivery>,
    link: Link,
    rows: BTreeMap<String, (u32, Option<SessionId>, bool)>,
    expected: BTreeMap<String, (u32, Option<SessionId>, bool)>,
    since_ms: u64,
    floor: questions::Shown,
    floor_expected: questions::Shown,
    floor_since_ms: u64,
}

#[derive(Default)]
struct Kept {
    said: u64,
    closed: bool,
}

/// Both, and all people at their far ends.
pub struct World {
    engine: Engine,
    journal: Arc<Memory>,
    reference: Reference,
    /// By tenant, the policies that it may have.
    houses: [[House; 4]; TENANTS],
    readers: Vec<Reader<Delivery>>,
    watchers: Vec<Watcher>,
    /// By tenant, the departments whose queues are watched.
    watched_queues: [Vec<usize>; TENANTS],
    clients: Vec<Client>,
    now: Now,
    spoken: Vec<(usize, Person, SessionId, Line)>,
    read_to: Position,
    kept: BTreeMap<SessionId, Kept>,
    pub seen: Seen,
    /// Every reply, delivery and fact, in order; only where two runs are compared.
    pub trace: Option<Vec<String>>,
}

fn department(no: usize) -> DepartmentId {
    DepartmentId::new(["sales", "service", "repair", "moon"][no]).unwrap()
}

fn site() -> SiteId {
    SiteId::new("www").unwrap()
}

impl World {
    pub fn new(seed: u64) -> Self {
        let shards = 1 + (seed % 3) as u32;
        let config = Config {
            visitor_shards: 1 + (seed % 4) as u32,
            session_shards: shards,
            links_max: 4_096,
            tenants_max: 4,
            mailbox: MailboxLimits {
                deliveries_max: reference::MAILBOX_MAX,
                bytes_max: 1 << 30,
                ..MailboxLimits::default()
            },
            visits_remembered: 16,
            lists: ListLimits { roster_max: 3, walked_max: 16, ..ListLimits::default() },
            inbox_max: 4_096,
        };
        let journal = Arc::new(Memory::new(10_000));
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let engine = Engine::new(config, bytes, journal.clone());
        let kinds = Kind::DRAWN.map(|kinds| kinds[(seed / 12) as usize % kinds.len()]);
        for (no, kind) in kinds.iter().enumerate() {
            let draft = policies::draft(no, &kind.houses()[0]);
            engine
                .add_tenant(TenantId::new(&format!("t{no}")).unwrap(), Policy::new(draft).unwrap())
                .unwrap();
        }
        let now = Now { mono_ms: 100 * STEP_MS, wall_ms: 1_700_000_000_000 };
        let mut world = Self {
            readers: (0..READERS).map(|_| engine.reader()).collect(),
            watchers: vec![],
            watched_queues: Default::default(),
            engine,
            journal,
            reference: Reference::new(&kinds, shards),
            houses: kinds.map(Kind::houses),
            clients: vec![],
            now,
            spoken: vec![],
            read_to: Position(0),
            kept: BTreeMap::new(),
            seen: Seen::new(),
            trace: None,
        };
        for tenant in 0..TENANTS {
            world.watch(tenant);
        }
        world
    }

    fn watch(&mut self, tenant: usize) {
        let reader = self.engine.reader();
        let watcher = AgentId::new("watcher").unwrap();
        let attach = AgentAttach { role: Role::Admin, ..AgentAttach::new(watcher) };
        let link = self
            .engine
            .attach_agent(TenantNo(tenant as u32), reader.outlet(), attach, self.now)
            .unwrap()
            .link;
        self.reference.attached(link.id, tenant, link.person, NAMES, None, &[]);
        let departments = &self.reference.tenants[tenant].house.departments;
        let watched: Vec<_> = departments.iter().map(|(no, _)| *no).collect();
        let departments = watched.iter().map(|no| department(*no)).collect();
        self.watched_queues[tenant] = watched;
        for watch in [
            Command::WatchVisitors { query: Box::default(), rows: 50 },
            Command::WatchFloor(Box::new(FloorQuery { departments: vec![], agents: 50 })),
            Command::WatchQueues(Box::new(QueuesQuery { departments, rows: 50 })),
        ] {
            self.engine.submit(link, watch, self.now).unwrap();
        }
        self.watchers.push(Watcher {
            reader,
            link,
            rows: BTreeMap::new(),
            expected: BTreeMap::new(),
            since_ms: 0,
            floor: Default::default(),
            floor_expected: Default::default(),
            floor_since_ms: 0,
        });
    }

    fn count(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    fn trace(&mut self, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(what());
        }
    }

    /// Wants the engine's answer to be the reference's.
    fn same<T: Debug + PartialEq>(
        &mut self,
        what: &'static str,
        engine: Result<T, Refusal>,
        reference: Result<T, Refusal>,
    ) -> Outcome {
        self.trace(|| format!("{what} {engine:?}"));
        match &reference {
            Ok(_) => self.count(what),
            Err(Refusal::LinkGone) => self.count("LinkGone"),
            Err(Refusal::QueueFull) => self.count("QueueFull"),
            Err(Refusal::SessionClosed) => self.count("SessionClosed"),
            Err(Refusal::SessionNotFound) => self.count("SessionNotFound"),
            Err(Refusal::NotInSession) => self.count("NotInSession"),
            Err(Refusal::InSession) => self.count("InSession"),
            Err(Refusal::SupervisorsOnly) => self.count("SupervisorsOnly"),
            Err(Refusal::NobodyWaits) => self.count("NobodyWaits"),
            Err(Refusal::PickLost) => self.count("PickLost"),
            Err(Refusal::AgentFull) => self.count("AgentFull"),
            Err(Refusal::OtherDepartment(_)) => self.count("OtherDepartment"),
            Err(Refusal::OfferEnded(_)) => self.count("OfferEnded"),
            Err(Refusal::OfferNotFound) => self.count("OfferNotFound"),
            Err(Refusal::NoSuchBot) => self.count("NoSuchBot"),
            Err(Refusal::BotUnavailable) => self.count("BotUnavailable"),
            Err(Refusal::UnknownDepartment(_)) => self.count("UnknownDepartment"),
            Err(Refusal::LimitReached { what, .. }) => self.count(what),
            Err(Refusal::Blocked) => self.count("Blocked"),
            Err(Refusal::BlockNotFound) => self.count("BlockNotFound"),
            Err(Refusal::BeyondEnd { .. }) => self.count("BeyondEnd"),
            Err(Refusal::InvitationEnded) => self.count("InvitationEnded"),
            Err(Refusal::InvitedAlready) => self.count("InvitedAlready"),
            Err(Refusal::VisitorInSession) => self.count("VisitorInSession"),
            Err(Refusal::IdReused) => self.count("IdReused"),
            Err(Refusal::AlreadyRated) => self.count("AlreadyRated"),
            Err(Refusal::NothingToRate) => self.count("NothingToRate"),
            Err(Refusal::NotClosed) => self.count("NotClosed"),
            Err(_) => self.count("other refusals"),
        }
        if engine == reference {
            Ok(())
        } else {
            Err(format!("{what}: the engine answers {engine:?}, the reference {reference:?}"))
        }
    }

    fn submit(&self, client: usize, command: Command) -> Result<Reply, Refusal> {
        self.engine
            .submit(self.clients[client].link, command, self.now)
            .map(|Accepted { reply, .. }| reply)
    }

    fn pass(&mut self, steps: u64) -> Outcome {
        for _ in 0..steps {
            self.now = self.now.after_ms(STEP_MS);
            let before = self.graces();
            self.engine.tick(self.now);
            self.reference.wall_ms = self.now.wall_ms;
            self.reference.tick(self.now.mono_ms);
            for _ in self.graces()..before {
                self.count("graces that ended");
            }
            self.facts()?;
            self.reference.note_places();
            (0..TENANTS).for_each(|tenant| self.note_floor(tenant));
        }
        Ok(())
    }

    fn graces(&self) -> usize {
        let graces = |tenant: &reference::Tenant| {
            tenant.visitors.iter().filter(|visitor| visitor.away_until.is_some()).count()
                + tenant.agents.iter().filter(|agent| agent.lost_until.is_some()).count()
        };
        self.reference.tenants.iter().map(graces).sum()
    }

    pub fn apply(&mut self, transition: Transition) -> Outcome {
        self.pass(1)?;
        match transition {
            Transition::AttachVisitor { tenant, name, reader, replaces, resume, page } => {
                self.attach_visitor(
                    usize::from(tenant) % TENANTS,
                    usize::from(name) % NAMES,
                    usize::from(reader) % READERS,
                    replaces,
                    resume,
                    page,
                )?;
            }
            Transition::AttachAgent { tenant, name, reader, replaces, resume } => {
                let replaces = replaces
                    .map(|pick| usize::from(pick) % self.clients.len().max(1))
                    .filter(|no| *no < self.clients.len());
                self.attach_agent(
                    usize::from(tenant) % TENANTS,
                    usize::from(name) % NAMES,
                    usize::from(reader) % READERS,
                    replaces,
                    resume,
                )?;
            }
            Transition::Detach { link, leaving, stale } => {
                if let Some(client) = self.pick(link, !stale) {
                    self.detach(client, leaving);
                }
            }
            Transition::Resume { link, reader } => {
                if let Some(client) = self.pick(link, true) {
                    let (tenant, name) = (self.clients[client].tenant, self.clients[client].name);
                    let reader = usize::from(reader) % READERS;
                    if self.clients[client].is_agent() {
                        self.attach_agent(tenant, name, reader, Some(client), Resume::Seen)?;
                    } else {
                        let at = client as u8;
                        if usize::from(at) == client {
                            self.attach_visitor(
                                tenant,
                                name,
                                reader,
                                Some(at),
                                Resume::Seen,
                                Page::None,
                            )?;
                        }
                    }
                }
            }
            Transition::Ask { link, department, channel, opening, priority_minutes } => {
                self.ask(link, (department, channel), opening, priority_minutes)?
            }
            Transition::Say { link, which, say } => self.say(link, which, say)?,
            Transition::Preview { link, which, text } => self.preview(link, which, text)?,
            Transition::Acknowledge { link, which, delivered, read } => {
                self.acknowledge(link, which, delivered, read)?
            }
            Transition::Close { link, which } => {
                if let Some(client) = self.pick_speaker(link, which) {
                    let session = self.which(client, link, which);
                    self.close(client, session)?;
                }
            }
            Transition::ReadMessages { link, which, from, messages_max } => {
                self.read_messages(link, which, from, messages_max)?
            }
            Transition::WatchSession { link, which, seen } => {
                self.watch_session(link, which, seen)?
            }
            Transition::UnwatchSession { link, which } => self.unwatch_session(link, which)?,
            Transition::ViewPage { link, page } => {
                if let Some(client) = self.pick_kind(link, false) {
                    let page = self.engine.page(&format!("/{}", page % 5), "").unwrap();
                    let expected = if self.clients[client].is_agent() {
                        Err(Refusal::VisitorsOnly)
                    } else if self.follows(client) {
                        Ok(Reply::Done)
                    } else {
                        Err(Refusal::LinkGone)
                    };
                    let answer = self.submit(client, Command::ViewPage(page));
                    self.same("pages", answer, expected)?;
                }
            }
            Transition::ReadTrail { link, name } => {
                if let Some(client) = self.pick_kind(link, true) {
                    let name = usize::from(name) % NAMES;
                    let there = self.reference.tenants[self.clients[client].tenant]
                        .visitors
                        .iter()
                        .find(|visitor| visitor.name == name);
                    let expected = if !self.clients[client].is_agent() {
                        Err(Refusal::AgentsOnly)
                    } else {
                        let there = there
                            .map(|visitor| visitor.links.len() as u32)
                            .ok_or(Refusal::VisitorNotFound);
                        self.reference.standing(self.clients[client].link.id).and(there)
                    };
                    let answer =
                        self.submit(client, Command::ReadTrail { visitor: visitor_id(name) });
                    let answer = answer.map(|reply| {
                        if let Reply::Trail(trail) = reply { trail.visitor.links } else { u32::MAX }
                    });
                    self.same("trails", answer, expected)?;
                }
            }
            Transition::SignOn { link, departments, tier, capacity } => {
                self.sign_on(link, departments, tier, capacity)?
            }
            Transition::SetStatus { link, status, long_reason } => {
                let client = self.pick_kind(link, true);
                let own = client.and_then(|client| self.agent(client).ok());
                let is_offline = |(tenant, agent): (usize, usize)| {
                    self.reference.tenants[tenant].agents[agent].status == Status::Offline
                };
                // Mostly it signs on before, so that the floor is seldom empty.
                if own.is_some_and(is_offline) && link % 4 != 0 {
                    self.sign_on(link, 1 + status % 3, status, 1 + status % 4)?;
                }
                if let Some(client) = client {
                    self.set_status(client, status, long_reason)?
                }
            }
            Transition::GoToWork { tenant, name, reader, departments, tier, capacity } => {
                let who = (usize::from(tenant) % TENANTS, usize::from(name) % NAMES);
                self.go_to_work(who, reader, departments, tier, capacity)?
            }
            Transition::AcceptOffer { link, offer } => self.accept_offer(link, offer)?,
            Transition::DeclineOffer { link, offer } => self.decline_offer(link, offer)?,
            Transition::Pick { link, pick, overrides } => {
                self.pick_waiter(link, pick, overrides)?
            }
            Transition::FinishNotes { link, session } => self.finish_notes(link, session)?,
            Transition::SetStatusLater { link, status } => self.set_status_later(link, status)?,
            Transition::SignOff { link } => {
                if let Some(client) = self.pick_kind(link, true) {
                    let answer = self.submit(client, Command::SignOff { reason: "".into() });
                    let expected = self.agent(client).and_then(|(tenant, agent)| {
                        if self.reference.tenants[tenant].agents[agent].status == Status::Offline {
                            return Err(Refusal::NotSignedOn);
                        }
                        self.reference.set_status(tenant, agent, Status::Offline);
                        Ok(Reply::Done)
                    });
                    self.same("sign-offs", answer, expected)?;
                }
            }
            Transition::HandOver { link, which, bot } => self.hand_over(link, which, bot)?,
            Transition::TakeBack { link, which } => self.take_back(link, which)?,
            Transition::Replace { tenant, house, how } => {
                self.replace(usize::from(tenant) % TENANTS, usize::from(house), how)?
            }
            Transition::Invite { link, name, department, forces } => {
                self.invite(link, name, department, forces)?
            }
            Transition::AnswerInvitation { link, which, say } => {
                self.answer_invitation(link, which, say)?
            }
            Transition::WithdrawInvitation { link, which } => {
                self.withdraw_invitation(link, which)?
            }
            Transition::AskRating { link, which } => self.ask_rating(link, which)?,
            Transition::Rate { link, which, score } => self.rate(link, which, score)?,
            Transition::ClearAway { link, which } => self.clear_away(link, which)?,
            Transition::Question { link, what, which } => self.question(link, what, which)?,
            Transition::Block { link, whom, steps } => self.block(link, whom, steps)?,
            Transition::Unblock { link, whom } => self.unblock(link, whom)?,
            Transition::Pass { steps } => self.pass(u64::from(steps))?,
            Transition::PassFar => {
                self.pass(reference::VISITOR_GRACE_MS / STEP_MS + 2)?;
                // Nobody's grace runs now: what is left to pass are closed sessions.
                if self.graces() == 0 {
                    self.now = self.now.after_ms(300_032);
                    self.pass(20)?;
                    self.count("long times");
                }
            }
            Transition::WallClockJumps => {
                self.now.wall_ms = self.now.wall_ms.wrapping_sub(3_600_000);
                self.reference.wall_ms = self.now.wall_ms;
            }
            Transition::Drain { reader } => self.drain(usize::from(reader) % READERS)?,
            Transition::DrainPart { reader, budget_bytes } => {
                self.drain_part(usize::from(reader) % READERS, usize::from(budget_bytes))?
            }
            Transition::DropReader { reader } => self.drop_reader(usize::from(reader) % READERS)?,
            Transition::StaleCommand { link, kind } => self.stale_command(link, kind)?,
        }
        self.reference.note_places();
        for what in std::mem::take(&mut self.reference.noted) {
            self.count(what);
        }
        self.check()
    }
}

fn unknown_session() -> SessionId {
    SessionId::from_bytes([9; 16]).unwrap()
}

fn visitor_id(name: usize) -> VisitorId {
    VisitorId::new(&format!("v{name}")).unwrap()
}

/// Which agents are supervisors.
fn supervises(name: usize) -> bool {
    name.is_multiple_of(2) && !reference::BOTS.contains(&name)
}
