//! The real engine and the reference beside it, each given the same transitions at the same instants and compared after each.
//!
//! Time goes in steps of [`STEP_MS`], with a tick after each, and no two links are lost in one step of time: so what one tick
//! causes has one order.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use bytes::Bytes;
use frontdesk_desk::delivery::{CloseCause, Delivery, Presence, SessionState, Status};
use frontdesk_desk::fact::Event;
use frontdesk_desk::id::{
    AgentId, ClientMessageId, DepartmentId, LinkId, Person, SessionId, SiteId, TenantId, TenantNo,
    VisitorId,
};
use frontdesk_desk::message::Words;
use frontdesk_desk::policy::{Draft, Policy, Previews};
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::time::Now;
use frontdesk_engine::directory::Drained;
use frontdesk_engine::journal::{Memory, Position};
use frontdesk_engine::{
    Accepted, AgentAttach, Attached, Command, Config, Counts, Departure, Engine, Epoch, Link,
    LinkEnd, MailboxLimits, Reader, Reply, ResumePoint, VisitorAttach,
};

use crate::client::{Client, session_of};
use crate::reference::{self, Phase, Reference};
use crate::transition::{Page, Resume, Say, Transition, Which};

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
    readers: Vec<Reader<Delivery>>,
    watchers: Vec<Watcher>,
    clients: Vec<Client>,
    now: Now,
    spoken: Vec<(usize, Person, SessionId, u64, String)>,
    read_to: Position,
    kept: BTreeMap<SessionId, Kept>,
    pub seen: Seen,
    /// Every reply, delivery and fact, in order; only where two runs are compared.
    pub trace: Option<Vec<String>>,
}

fn department(no: usize) -> DepartmentId {
    DepartmentId::new(["sales", "service", "moon"][no]).unwrap()
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
            inbox_max: 4_096,
        };
        let journal = Arc::new(Memory::new(10_000));
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let engine = Engine::new(config, bytes, journal.clone());
        for no in 0..TENANTS {
            let mut draft =
                Draft::new(vec![site()], (0..reference::DEPARTMENTS).map(department).collect());
            draft
                .departments
                .iter_mut()
                .for_each(|department| department.waiting_max = reference::WAITING_MAX as u32);
            draft.visitor_grace_ms = reference::VISITOR_GRACE_MS;
            draft.agent_grace_ms = reference::AGENT_GRACE_MS;
            draft.capacity_default = 2;
            draft.capacity_max = reference::CAPACITY_MAX;
            draft.visitors_max = reference::VISITORS_MAX as u64;
            draft.agents_max = reference::AGENTS_MAX as u32 + 1;
            draft.previews = if no == 0 { Previews::Shown } else { Previews::Off };
            engine
                .add_tenant(TenantId::new(&format!("t{no}")).unwrap(), Policy::new(draft).unwrap())
                .unwrap();
        }
        let now = Now { mono_ms: 100 * STEP_MS, wall_ms: 1_700_000_000_000 };
        let mut world = Self {
            readers: (0..READERS).map(|_| engine.reader()).collect(),
            watchers: vec![],
            engine,
            journal,
            reference: Reference::new(TENANTS, shards),
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
        let attach =
            AgentAttach { agent: AgentId::new("watcher").unwrap(), replaces: None, resume: vec![] };
        let link = self
            .engine
            .attach_agent(TenantNo(tenant as u32), reader.outlet(), attach, self.now)
            .unwrap()
            .link;
        self.reference.attached(link.id, tenant, link.person, NAMES, None, &[]);
        self.engine
            .submit(link, Command::WatchVisitors { site: None, rows: 50 }, self.now)
            .unwrap();
        self.watchers.push(Watcher {
            reader,
            link,
            rows: BTreeMap::new(),
            expected: BTreeMap::new(),
            since_ms: 0,
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
            Err(Refusal::LimitReached { what, .. }) => self.count(what),
            Err(Refusal::BeyondEnd { .. }) => self.count("BeyondEnd"),
            Err(Refusal::IdReused) => self.count("IdReused"),
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
            self.reference.tick(self.now.mono_ms);
            for _ in self.graces()..before {
                self.count("graces that ended");
            }
            self.reference.note_places();
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

    /// One of the links that live, or of those that don't.
    fn pick(&self, pick: u8, attached: bool) -> Option<usize> {
        let fit: Vec<_> =
            (0..self.clients.len()).filter(|no| self.clients[*no].attached == attached).collect();
        (!fit.is_empty()).then(|| fit[usize::from(pick) % fit.len()])
    }

    /// One who has a session, where its own is meant and there is one.
    fn pick_speaker(&self, pick: u8, which: Which) -> Option<usize> {
        let speaks = |no: &usize| {
            self.clients[*no].attached && self.which(*no, 0, Which::Own) != unknown_session()
        };
        let fit: Vec<_> = (0..self.clients.len()).filter(speaks).collect();
        if fit.is_empty() || !matches!(which, Which::Own) {
            return self.pick(pick, true);
        }
        Some(fit[usize::from(pick) % fit.len()])
    }

    fn pick_kind(&self, pick: u8, agent: bool) -> Option<usize> {
        // Seldom the wrong kind.
        let fits = |no: &usize| {
            self.clients[*no].attached && (self.clients[*no].is_agent() == agent || pick >= 240)
        };
        let fit: Vec<_> = (0..self.clients.len()).filter(fits).collect();
        (!fit.is_empty()).then(|| fit[usize::from(pick) % fit.len()])
    }

    fn which(&self, client: usize, pick: u8, which: Which) -> SessionId {
        let unknown = unknown_session();
        let (tenant, person) = (self.clients[client].tenant, self.clients[client].link.person);
        let sessions = &self.reference.sessions;
        match which {
            Which::Unknown => unknown,
            Which::Any(n) if sessions.is_empty() || n == 255 => unknown,
            Which::Any(n) => sessions[usize::from(n) % sessions.len()].id,
            Which::Own => match person {
                Person::Visitor(_) => self
                    .reference
                    .visitor(tenant, person)
                    .and_then(|visitor| visitor.session)
                    .unwrap_or(unknown),
                Person::Agent(no) => {
                    let held = self.reference.held(tenant, no.0 as usize);
                    if held.is_empty() {
                        unknown
                    } else {
                        sessions[held[usize::from(pick) % held.len()]].id
                    }
                }
            },
        }
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
            Transition::Ask { link, department, opening, priority_minutes } => {
                self.ask(link, department, opening, priority_minutes)?
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
                        there
                            .map(|visitor| visitor.links.len() as u32)
                            .ok_or(Refusal::VisitorNotFound)
                    };
                    let answer =
                        self.submit(client, Command::ReadTrail { visitor: visitor_id(name) });
                    let answer = answer.map(|reply| {
                        if let Reply::Trail(trail) = reply { trail.visitor.links } else { u32::MAX }
                    });
                    self.same("trails", answer, expected)?;
                }
            }
            Transition::SignOn { link, departments, capacity } => {
                self.sign_on(link, departments, capacity)?
            }
            Transition::SetStatus { link, status, long_reason } => {
                self.set_status(link, status, long_reason)?
            }
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
                self.now.wall_ms = self.now.wall_ms.wrapping_sub(3_600_000)
            }
            Transition::Drain { reader } => self.drain(usize::from(reader) % READERS)?,
            Transition::DrainPart { reader, budget_bytes } => {
                self.drain_part(usize::from(reader) % READERS, usize::from(budget_bytes))?
            }
            Transition::DropReader { reader } => self.drop_reader(usize::from(reader) % READERS)?,
            Transition::StaleCommand { link, kind } => self.stale_command(link, kind)?,
        }
        self.reference.note_places();
        self.check()
    }

    fn resume_points(
        &self,
        tenant: usize,
        name: usize,
        agent: bool,
        resume: Resume,
    ) -> (Vec<ResumePoint>, Vec<(SessionId, u64)>, Logs) {
        let mut earlier = self.clients.iter().rev();
        let earlier = earlier.find(|client| {
            (client.tenant, client.name, client.is_agent()) == (tenant, name, agent)
        });
        let mut logs = earlier.map(|client| client.logs.clone()).unwrap_or_default();
        logs.values_mut().for_each(crate::client::Log::forget_what_passes);
        let all = self.reference.sessions.iter().map(|session| session.id);
        let (epoch, seen): (_, Vec<(SessionId, u64)>) = match resume {
            Resume::Nothing => (self.engine.epoch(), vec![]),
            Resume::Seen => {
                (self.engine.epoch(), logs.iter().map(|(id, log)| (*id, log.last())).collect())
            }
            Resume::WrongEpoch => (Epoch([0; 16]), logs.keys().map(|id| (*id, 7)).collect()),
            Resume::BeyondEnd => (self.engine.epoch(), all.map(|id| (id, 10_000)).collect()),
        };
        let running = |id: &SessionId| {
            self.reference.at(*id).is_some_and(|at| !self.reference.sessions[at].is_closed())
        };
        let mut seen = seen;
        if !agent && seen.len() > 1 {
            // A visitor resumes one session.
            let keep = seen.iter().position(|(id, _)| running(id)).unwrap_or(seen.len() - 1);
            seen = vec![seen[keep]];
        }
        let points = seen
            .iter()
            .map(|(session, seq)| ResumePoint { session: *session, epoch, seq: *seq })
            .collect();
        if matches!(resume, Resume::WrongEpoch) {
            seen.iter_mut().for_each(|(_, seq)| *seq = 0);
        }
        let logs = if matches!(resume, Resume::Seen) { logs } else { BTreeMap::new() };
        (points, seen, logs)
    }

    fn attach_visitor(
        &mut self,
        tenant: usize,
        name: usize,
        reader: usize,
        replaces: Option<u8>,
        resume: Resume,
        page: Page,
    ) -> Outcome {
        let replaces = replaces.map(usize::from).filter(|no| *no < self.clients.len());
        let old = replaces.map(|no| self.clients[no].link.id);
        let (points, seen, logs) = self.resume_points(tenant, name, false, resume);
        let there = &self.reference.tenants[tenant].visitors;
        let expected = match there.iter().find(|visitor| visitor.name == name) {
            _ if matches!(page, Page::UnknownSite) => Err(Refusal::UnknownSite),
            Some(visitor)
                if visitor.links.len() >= reference::LINKS_MAX
                    && !old.is_some_and(|old| visitor.links.contains(&old)) =>
            {
                Err(Refusal::LimitReached {
                    what: "links of one visitor",
                    max: reference::LINKS_MAX as u64,
                })
            }
            Some(visitor) => Ok(visitor.session),
            None if there.len() >= reference::VISITORS_MAX => {
                Err(Refusal::LimitReached { what: "visitors", max: reference::VISITORS_MAX as u64 })
            }
            None if matches!(page, Page::None) => Err(Refusal::Missing { field: "page" }),
            None => Ok(None),
        };
        let attach = VisitorAttach {
            site: if matches!(page, Page::UnknownSite) {
                SiteId::new("moon").unwrap()
            } else {
                site()
            },
            visitor: visitor_id(name),
            page: if let Page::Some(no) = page {
                Some(self.engine.page(&format!("/{}", no % 5), "").unwrap())
            } else {
                None
            },
            arrival: Default::default(),
            replaces: replaces.map(|no| self.clients[no].token),
            resume: points.first().copied(),
        };
        let attached = self.engine.attach_visitor(
            TenantNo(tenant as u32),
            self.readers[reader].outlet(),
            attach,
            self.now,
        );
        self.same(
            "visitors' links",
            attached.as_ref().map(|attached| attached.session).map_err(Refusal::clone),
            expected,
        )?;
        if let Ok(attached) = attached {
            self.welcome(attached, tenant, name, reader, old, seen, logs);
        }
        Ok(())
    }

    fn attach_agent(
        &mut self,
        tenant: usize,
        name: usize,
        reader: usize,
        replaces: Option<usize>,
        resume: Resume,
    ) -> Outcome {
        let old = replaces.map(|no| self.clients[no].link.id);
        let (points, seen, logs) = self.resume_points(tenant, name, true, resume);
        let there = &self.reference.tenants[tenant].agents;
        let expected = match there.iter().find(|agent| agent.name == name) {
            Some(agent)
                if agent.links.len() >= reference::LINKS_MAX
                    && !old.is_some_and(|old| agent.links.contains(&old)) =>
            {
                Err(Refusal::LimitReached {
                    what: "links of one agent",
                    max: reference::LINKS_MAX as u64,
                })
            }
            Some(agent) => Ok(Some(agent.status)),
            None if there.len() > reference::AGENTS_MAX => {
                Err(Refusal::LimitReached { what: "agents", max: reference::AGENTS_MAX as u64 + 1 })
            }
            None => Ok(Some(Status::Offline)),
        };
        let attach = AgentAttach {
            agent: AgentId::new(&format!("a{name}")).unwrap(),
            replaces: replaces.map(|no| self.clients[no].token),
            resume: points,
        };
        let attached = self.engine.attach_agent(
            TenantNo(tenant as u32),
            self.readers[reader].outlet(),
            attach,
            self.now,
        );
        self.same(
            "agents' links",
            attached.as_ref().map(|attached| attached.status).map_err(Refusal::clone),
            expected,
        )?;
        if let Ok(attached) = attached {
            self.welcome(attached, tenant, name, reader, old, seen, logs);
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "a test's own")]
    fn welcome(
        &mut self,
        attached: Attached,
        tenant: usize,
        name: usize,
        reader: usize,
        old: Option<LinkId>,
        seen: Vec<(SessionId, u64)>,
        logs: Logs,
    ) {
        let link = attached.link;
        if old.is_some_and(|old| self.reference.links_of(tenant, link.person).contains(&old)) {
            self.count("replaced links");
        }
        self.reference.attached(link.id, tenant, link.person, name, old, &seen);
        self.clients.push(Client {
            link,
            token: attached.token,
            tenant,
            name,
            reader,
            attached: true,
            logs,
            resumed: seen,
        });
    }

    fn detach(&mut self, client: usize, leaving: bool) {
        let Client { link, tenant, .. } = self.clients[client];
        self.engine.detach(
            link,
            if leaving { Departure::Leaving } else { Departure::Dropped },
            self.now,
        );
        self.reference.detach(link.id, tenant, link.person, leaving);
        self.clients[client].attached = false;
    }

    fn follows(&self, client: usize) -> bool {
        let Client { link, tenant, .. } = self.clients[client];
        self.reference.links_of(tenant, link.person).contains(&link.id)
    }

    /// The agent who speaks through a link, or why it may not.
    fn agent(&self, client: usize) -> Result<(usize, usize), Refusal> {
        let Client { link, tenant, .. } = self.clients[client];
        let Person::Agent(no) = link.person else { return Err(Refusal::AgentsOnly) };
        let follows = self.reference.links_of(tenant, link.person).contains(&link.id);
        if follows { Ok((tenant, no.0 as usize)) } else { Err(Refusal::LinkGone) }
    }

    fn words(&self, id: u64, body: &str) -> Words {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&id.to_be_bytes());
        Words::text(ClientMessageId(bytes), Bytes::copy_from_slice(body.as_bytes())).unwrap()
    }

    fn ask(&mut self, pick: u8, no: u8, opening: bool, priority_minutes: u16) -> Outcome {
        let Some(client) = self.pick_kind(pick, false) else { return Ok(()) };
        let no = if no == 11 { 2 } else { usize::from(no) % reference::DEPARTMENTS };
        let Client { link, tenant, .. } = self.clients[client];
        let id = self.spoken.len() as u64 + 1;
        let body = format!("the opening {id}");
        let words = opening.then(|| self.words(id, &body));
        let answer = self.submit(
            client,
            Command::Ask { department: department(no), opening: words, priority_minutes },
        );
        let asked = if let Ok(Reply::Asked(asked)) = &answer { Some(*asked) } else { None };
        let priority_ms = u64::from(priority_minutes.min(1_440)) * 60_000;
        let expected = match link.person {
            Person::Agent(_) => Err(Refusal::VisitorsOnly),
            Person::Visitor(_) if no == 2 => Err(Refusal::UnknownDepartment(department(2))),
            Person::Visitor(_) => {
                self.reference.ask(link.id, tenant, link.person, no, priority_ms, || {
                    asked.map(|asked| asked.session)
                })
            }
        };
        let expected = expected.and_then(|(session, existing)| {
            let said = opening
                .then(|| self.reference.say(link.id, tenant, link.person, session, id, &body))
                .transpose()?;
            Ok((session, existing, said.map(|(seq, _)| seq)))
        });
        if let Ok((session, _, Some(seq))) = expected {
            self.own_words(client, session, seq, id, &body);
        }
        let answer =
            answer.map(|_| asked.map(|asked| (asked.session, asked.existing, asked.opening_seq)));
        self.same("asks", answer, expected.map(Some))
    }

    fn own_words(&mut self, client: usize, session: SessionId, seq: u64, id: u64, body: &str) {
        let Client { link, tenant, .. } = self.clients[client];
        let at = self.reference.at(session).unwrap();
        let spoken = self.reference.sessions[at].said[seq as usize - 1].clone();
        self.clients[client].logs.entry(session).or_default().words.insert(seq, spoken);
        self.spoken.push((tenant, link.person, session, id, body.to_owned()));
    }

    fn say(&mut self, pick: u8, which: Which, say: Say) -> Outcome {
        let Some(client) = self.pick_speaker(pick, which) else { return Ok(()) };
        let Client { link, tenant, .. } = self.clients[client];
        let mut session = self.which(client, pick, which);
        let own: Vec<_> =
            self.spoken.iter().filter(|said| (said.0, said.1) == (tenant, link.person)).collect();
        let earlier = |n: u8| (!own.is_empty()).then(|| own[usize::from(n) % own.len()].clone());
        let fresh = self.spoken.len() as u64 + 1;
        let (id, body, times) = match say {
            Say::New => (fresh, format!("word {fresh}"), 1),
            Say::Large(times) => (fresh, "大".repeat(8 * 1024 / 3), times),
            Say::Again(n) => match earlier(n) {
                None => return Ok(()),
                Some((_, _, said_in, id, body)) => {
                    session = said_in;
                    (id, body, 1)
                }
            },
            Say::ReusedId(n) => match earlier(n) {
                None => return Ok(()),
                Some((_, _, said_in, id, body)) => {
                    session = said_in;
                    (id, format!("other {body}").chars().take(100).collect(), 1)
                }
            },
        };
        for id in id..id + u64::from(times) {
            let answer =
                self.submit(client, Command::Say { session, words: self.words(id, &body) });
            let answer = answer.map(|reply| {
                if let Reply::Said(said) = reply { (said.seq, said.duplicate) } else { (0, false) }
            });
            let expected = self.reference.say(link.id, tenant, link.person, session, id, &body);
            if let Ok((seq, duplicate)) = expected {
                if duplicate {
                    self.count("duplicates");
                } else {
                    self.own_words(client, session, seq, id, &body);
                }
            }
            self.same("words", answer, expected)?;
        }
        Ok(())
    }

    fn preview(&mut self, pick: u8, which: Which, text: u8) -> Outcome {
        let Some(client) = self.pick_speaker(pick, which) else { return Ok(()) };
        let Client { link, tenant, .. } = self.clients[client];
        let session = self.which(client, pick, which);
        let (text, shown) = match text {
            0..40 => (String::new(), Some(String::new())),
            40..80 => (
                format!("{CANARY} 6222 0212-3456 7890 123"),
                Some(format!("{CANARY} •••• ••••-•••• •••• •••")),
            ),
            80..90 => (CANARY.repeat(200), None),
            n => (format!("{CANARY} {n}"), Some(format!("{CANARY} {n}"))),
        };
        let answer = self.submit(client, Command::Preview { session, text: text.into() });
        let expected = match self.reference.speaker(link.id, tenant, link.person, session) {
            _ if tenant == 1 => Err(Refusal::PreviewOff),
            Err(refusal) => Err(refusal),
            Ok((at, _)) if self.reference.sessions[at].is_closed() => Err(Refusal::SessionClosed),
            Ok((at, no)) => match shown {
                None => Err(Refusal::TooLong { field: "text", bytes_max: 2_048 }),
                Some(shown) => {
                    let there = &mut self.reference.sessions[at];
                    if no == 0 {
                        there.preview = shown
                    } else {
                        there.agent_types = !shown.is_empty()
                    }
                    Ok(Reply::Done)
                }
            },
        };
        self.same("previews", answer, expected)
    }

    fn acknowledge(&mut self, pick: u8, which: Which, delivered: u8, read: u8) -> Outcome {
        let Some(client) = self.pick_speaker(pick, which) else { return Ok(()) };
        let Client { link, tenant, .. } = self.clients[client];
        let session = self.which(client, pick, which);
        let last =
            self.reference.at(session).map_or(0, |at| self.reference.sessions[at].last_seq());
        let (delivered, read) = (u64::from(delivered) % (last + 2), u64::from(read) % (last + 2));
        let answer = self.submit(client, Command::Acknowledge { session, delivered, read });
        let expected =
            self.reference.speaker(link.id, tenant, link.person, session).and_then(|(at, no)| {
                let there = &mut self.reference.sessions[at];
                if delivered.max(read) > last {
                    return Err(Refusal::BeyondEnd { last_seq: last });
                }
                let who = &mut there.participants[no];
                (who.delivered, who.read) =
                    (who.delivered.max(delivered).max(read), who.read.max(read));
                Ok(Reply::Done)
            });
        self.same("receipts", answer, expected)
    }

    fn close(&mut self, client: usize, session: SessionId) -> Outcome {
        let Client { link, tenant, .. } = self.clients[client];
        let answer = self.submit(client, Command::Close { session });
        let expected =
            self.reference.speaker(link.id, tenant, link.person, session).and_then(|(at, no)| {
                if self.reference.sessions[at].is_closed() {
                    return Err(Refusal::SessionClosed);
                }
                self.reference
                    .end(at, if no == 0 { CloseCause::Visitor } else { CloseCause::Agent });
                Ok(Reply::Done)
            });
        self.same("closes", answer, expected)
    }

    fn read_messages(&mut self, pick: u8, which: Which, from: u8, messages_max: u8) -> Outcome {
        let Some(client) = self.pick_speaker(pick, which) else { return Ok(()) };
        let Client { link, tenant, .. } = self.clients[client];
        let session = self.which(client, pick, which);
        let answer = self
            .submit(client, Command::ReadMessages { session, from_seq: from.into(), messages_max });
        let answer = answer.map(|reply| {
            if let Reply::Messages(page) = reply {
                page.messages.iter().map(|message| message.seq).collect()
            } else {
                vec![]
            }
        });
        let expected = self.reference.find(tenant, session).and_then(|at| {
            let there = &self.reference.sessions[at];
            there.present(link.person).ok_or(Refusal::NotInSession)?;
            let mut bytes = 0;
            let seqs = u64::from(from).max(there.first_kept()).max(1)..=there.last_seq();
            let page = seqs.take(usize::from(messages_max.clamp(1, 64))).take_while(|seq| {
                bytes += there.said[*seq as usize - 1].body.len();
                bytes <= 64 * 1024
            });
            Ok(page.collect::<Vec<_>>())
        });
        self.same("history", answer, expected)
    }

    fn sign_on(&mut self, pick: u8, mask: u8, capacity: u8) -> Outcome {
        let Some(client) = self.pick_kind(pick, true) else { return Ok(()) };
        let mut departments: Vec<usize> = (0..2).filter(|no| mask & (1 << no) != 0).collect();
        if mask > 240 {
            departments.push(2);
        }
        let capacity = (capacity < 200).then_some(u16::from(capacity % 6));
        let ids = departments.iter().map(|no| department(*no)).collect();
        let answer = self.submit(client, Command::SignOn { departments: ids, capacity });
        let answer = answer.map(|reply| {
            if let Reply::SignedOn { status, sessions, capacity } = reply {
                (status, sessions, capacity)
            } else {
                (Status::Offline, 0, 0)
            }
        });
        let expected = self.agent(client).and_then(|(tenant, agent)| {
            let capacity = capacity.unwrap_or(2);
            if capacity == 0 || capacity > reference::CAPACITY_MAX {
                return Err(Refusal::CapacityOutOfRange { max: reference::CAPACITY_MAX });
            }
            if departments.contains(&2) {
                return Err(Refusal::UnknownDepartment(department(2)));
            }
            if departments.is_empty() {
                return Err(Refusal::DepartmentsOutOfRange { max: 16 });
            }
            self.reference.sign_on(tenant, agent, departments.clone(), capacity);
            Ok((
                self.reference.tenants[tenant].agents[agent].status,
                self.reference.held(tenant, agent).len() as u32,
                capacity,
            ))
        });
        self.same("sign-ons", answer, expected)
    }

    fn set_status(&mut self, pick: u8, status: u8, long_reason: bool) -> Outcome {
        let Some(client) = self.pick_kind(pick, true) else { return Ok(()) };
        let status = [
            Status::Online,
            Status::Online,
            Status::Online,
            Status::Away,
            Status::Busy,
            Status::Offline,
        ][usize::from(status) % 6];
        let reason = if long_reason { "r".repeat(65) } else { String::new() };
        let answer = self.submit(client, Command::SetStatus { status, reason: reason.into() });
        let expected = self.agent(client).and_then(|(tenant, agent)| {
            match self.reference.tenants[tenant].agents[agent].status {
                _ if status == Status::Offline => Err(Refusal::StatusNotSettable),
                Status::Offline => Err(Refusal::NotSignedOn),
                _ if long_reason => Err(Refusal::TooLong { field: "reason", bytes_max: 64 }),
                _ => {
                    self.reference.set_status(tenant, agent, status);
                    Ok(Reply::Done)
                }
            }
        });
        self.same("statuses", answer, expected)
    }

    fn stale_command(&mut self, pick: u8, kind: u8) -> Outcome {
        let Some(client) = self.pick(pick, false) else { return Ok(()) };
        let command = match (self.clients[client].is_agent(), kind % 3) {
            (true, 0) => Command::SetStatus { status: Status::Online, reason: "".into() },
            (true, 1) => Command::WatchVisitors { site: None, rows: 10 },
            (true, _) => Command::SignOff { reason: "".into() },
            (false, 0) => {
                Command::Ask { department: department(0), opening: None, priority_minutes: 0 }
            }
            (false, _) => Command::ViewPage(self.engine.page("/stale", "").unwrap()),
        };
        let answer = self.submit(client, command);
        self.same("stale commands", answer, Err(Refusal::LinkGone))
    }

    fn drain(&mut self, reader: usize) -> Outcome {
        let mut told = Vec::new();
        let ended =
            self.readers[reader].try_drain_all(|link, delivery| told.push((link, delivery)));
        for (link, delivery) in &told {
            self.told(reader, *link, delivery)?;
        }
        for no in 0..self.clients.len() {
            if self.clients[no].reader == reader && self.clients[no].attached {
                self.has_all(no, &ended)?;
            }
        }
        for (link, _) in ended {
            let client = self
                .clients
                .iter()
                .position(|client| client.link.id == link && client.attached)
                .ok_or("the end of a link that nobody has")?;
            self.pass(1)?;
            self.detach(client, false);
        }
        Ok(())
    }

    fn drain_part(&mut self, reader: usize, budget_bytes: usize) -> Outcome {
        let mut told = Vec::new();
        let Some(link) = self.readers[reader].try_ready() else { return Ok(()) };
        let drained =
            self.readers[reader].drain(link, budget_bytes, |delivery| told.push(delivery));
        if drained == Drained::More {
            self.readers[reader].requeue(link);
            self.count("parts");
        }
        for delivery in &told {
            self.told(reader, link, delivery)?;
        }
        if let Drained::Ended(reason) = drained {
            let client = self
                .clients
                .iter()
                .position(|client| client.link.id == link && client.attached)
                .ok_or("the end of a link that nobody has")?;
            self.has_ended(client, reason)?;
            self.detach(client, false);
        }
        Ok(())
    }

    fn drop_reader(&mut self, reader: usize) -> Outcome {
        self.readers[reader] = self.engine.reader();
        let lost: Vec<_> = (0..self.clients.len())
            .filter(|no| self.clients[*no].reader == reader && self.clients[*no].attached)
            .collect();
        for client in &lost {
            if let Some(book) = self.reference.links.get_mut(&self.clients[*client].link.id) {
                book.unread = true;
            }
        }
        for client in lost {
            self.pass(1)?;
            self.detach(client, false);
        }
        Ok(())
    }

    fn told(&mut self, reader: usize, link: LinkId, delivery: &Delivery) -> Outcome {
        self.trace(|| format!("{link:?} {delivery:?}"));
        let no = self
            .clients
            .iter()
            .position(|client| client.link.id == link && client.attached)
            .ok_or_else(|| format!("{link:?} is nobody's and is told {delivery:?}"))?;
        let client = &mut self.clients[no];
        if client.reader != reader {
            return Err(format!("{link:?} is told at another's reader"));
        }
        if let Some(id) = session_of(delivery) {
            let there = self
                .reference
                .at(id)
                .map(|at| &self.reference.sessions[at])
                .ok_or("an unknown session")?;
            let takes_part = there.tenant == client.tenant
                && there.participants.iter().any(|who| who.person == client.link.person);
            if !takes_part {
                return Err(format!(
                    "{:?} is told of a session that is none of its: {delivery:?}",
                    client.link
                ));
            }
            if let Delivery::Receipt { delivered, read, .. } = delivery
                && delivered.max(read) > &there.last_seq()
            {
                return Err("a receipt ahead of the end".to_owned());
            }
        }
        if let Some((session, told)) = client.told(delivery)? {
            let book = self
                .reference
                .links
                .get_mut(&link)
                .ok_or("a link that the reference doesn't know")?;
            let next = book.waiting.iter().position(|(other, _)| *other == session);
            let expected = next.map(|next| book.waiting.remove(next).1);
            if expected.as_ref() != Some(&told) {
                return Err(format!(
                    "{link:?} of {session} is told {told:?}, and the reference has {expected:?}"
                ));
            }
        }
        Ok(())
    }

    fn has_ended(&mut self, client: usize, reason: LinkEnd) -> Outcome {
        let book = &self.reference.links[&self.clients[client].link.id];
        if book.end != Some(reason) || !book.waiting.is_empty() {
            return Err(format!(
                "a link ends for {reason:?}, the reference has {:?} and {:?}",
                book.end, book.waiting
            ));
        }
        self.count(match reason {
            LinkEnd::TooSlow => "TooSlow",
            _ => "ends of replaced links",
        });
        Ok(())
    }

    /// After a whole drain: nothing is missing.
    fn has_all(&mut self, no: usize, ended: &[(LinkId, LinkEnd)]) -> Outcome {
        let client = &self.clients[no];
        let (id, person) = (client.link.id, client.link.person);
        let book = &self.reference.links[&id];
        if let Some((_, reason)) = ended.iter().find(|(link, _)| *link == id) {
            return self.has_ended(no, *reason);
        }
        if !book.waiting.is_empty() || book.end.is_some() {
            return Err(format!(
                "{id:?} was not told {:?} and the end {:?}",
                book.waiting, book.end
            ));
        }
        let follows = |session: &&reference::Session| {
            session.tenant == client.tenant
                && !session.is_closed()
                && session.present(person).is_some()
        };
        for session in self.reference.sessions.iter().filter(follows) {
            let log = client
                .logs
                .get(&session.id)
                .ok_or_else(|| format!("{id:?} was never told of {}", session.id))?;
            let words = log.words.iter().map(|(seq, spoken)| (*seq, spoken));
            let said = (1..).zip(&session.said).skip(log.first.max(1) as usize - 1);
            if log.last() != session.last_seq() || !words.eq(said) {
                return Err(format!(
                    "{id:?} has {} to {} of {} and not all of it",
                    log.first,
                    log.last(),
                    session.id
                ));
            }
            let shown = (log.preview.clone(), log.typing);
            let expected = if client.is_agent() {
                (session.preview.clone(), false)
            } else {
                (String::new(), session.agent_types)
            };
            if shown != expected {
                return Err(format!(
                    "{id:?} sees {shown:?} being typed in {}, which is {expected:?}",
                    session.id
                ));
            }
            if !client.is_agent() && (session.phase == Phase::Waiting) != log.position.is_some() {
                return Err(format!(
                    "{id:?} shows the place {:?} in {}, which is {:?}",
                    log.position, session.id, session.phase
                ));
            }
        }
        let over = |log: &(&SessionId, &crate::client::Log)| {
            self.reference.at(*log.0).is_some_and(|at| {
                self.reference.sessions[at].present(person).is_none()
                    || self.reference.sessions[at].is_closed()
            })
        };
        if let Some((session, log)) = client
            .logs
            .iter()
            .filter(over)
            .find(|(_, log)| !log.preview.is_empty() || log.typing || log.position.is_some())
        {
            return Err(format!(
                "{id:?} still sees {:?}, {}, {:?} of {session}, which it is in no more",
                log.preview, log.typing, log.position
            ));
        }
        Ok(())
    }

    fn check(&mut self) -> Outcome {
        self.engine.verify(self.now).map_err(|faults| format!("verify: {faults:?}"))?;
        for tenant in 0..TENANTS {
            let counts = self.engine.counts(TenantNo(tenant as u32));
            let expected = self.counts(tenant);
            if counts != expected {
                return Err(format!("the engine counts {counts:?}, the reference {expected:?}"));
            }
            self.window(tenant)?;
        }
        self.facts()?;
        for at in 0..self.reference.sessions.len() {
            if !self.reference.sessions[at].is_closed() {
                self.session(at)?;
            }
        }
        Ok(())
    }

    fn counts(&self, tenant: usize) -> Counts {
        let there = &self.reference.tenants[tenant];
        let away =
            there.visitors.iter().filter(|visitor| visitor.away_until.is_some()).count() as u64;
        let agents =
            |status| there.agents.iter().filter(|agent| agent.status == status).count() as u64;
        let open = self
            .reference
            .sessions
            .iter()
            .filter(|session| session.tenant == tenant && !session.is_closed());
        let waiting = self.reference.queue(tenant, &[0, 1]).len();
        Counts {
            visitors_here: there.visitors.len() as u64 - away,
            visitors_away: away,
            waiting: waiting as u64,
            sessions: (open.count() - waiting) as u64,
            agents_online: agents(Status::Online),
            agents_busy: agents(Status::Busy),
            agents_away: agents(Status::Away),
            messages: there.messages,
        }
    }

    /// A session as one who takes part reads it.
    fn session(&mut self, at: usize) -> Outcome {
        let session = &self.reference.sessions[at];
        let reads = |client: &Client| {
            client.attached
                && client.tenant == session.tenant
                && session.present(client.link.person).is_some()
        };
        let Some(client) = self.clients.iter().find(|client| reads(client)) else { return Ok(()) };
        let id = session.id;
        let reply = self.engine.submit(client.link, Command::ReadSession { session: id }, self.now);
        let Ok(Accepted { reply: Reply::Session(view), .. }) = reply else {
            return Err(format!("{id} can't be read: {reply:?}"));
        };
        let owner = view
            .participants
            .iter()
            .skip(1)
            .position(|who| who.present)
            .map(|no| session.participants[no + 1].person);
        let (state, owned_by) = match session.phase {
            Phase::Held(agent) => (
                SessionState::Active,
                Some(Person::Agent(frontdesk_desk::id::AgentNo(agent as u32))),
            ),
            _ => {
                let SessionState::Waiting { position } = view.state else {
                    return Err(format!("{id} waits, and is {:?}", view.state));
                };
                let since =
                    |no: usize| session.places.get(no + 1).map_or(u64::MAX, |(until, _)| *until);
                let recent =
                    session.places.iter().enumerate().filter(|(no, _)| {
                        since(*no).saturating_add(TOLD_WITHIN_MS) > self.now.mono_ms
                    });
                if !recent.into_iter().any(|(_, (_, place))| *place == position) {
                    return Err(format!(
                        "{id} was told place {position} and had {:?}",
                        session.places
                    ));
                }
                (SessionState::Waiting { position }, None)
            }
        };
        let receipts = view.participants.iter().map(|who| (who.present, who.delivered, who.read));
        let expected =
            session.participants.iter().map(|who| (who.present, who.delivered, who.read));
        let numbers = (session.last_seq(), session.first_kept());
        if view.state != state
            || owner != owned_by
            || !receipts.eq(expected)
            || (view.last_seq, view.first_kept_seq) != numbers
        {
            return Err(format!(
                "{id} reads {view:?}, and is {:?} with {numbers:?}",
                session.phase
            ));
        }
        Ok(())
    }

    /// What is kept: each session's story in order, no word of a preview.
    fn facts(&mut self) -> Outcome {
        for (position, fact) in self.journal.read(Position(self.read_to.0 + 1), usize::MAX) {
            self.trace(|| format!("{fact:?}"));
            if position.0 != self.read_to.0 + 1 {
                return Err("facts were forgotten before they were read".to_owned());
            }
            self.read_to = position;
            let (session, said) = match &fact.event {
                Event::Said { session, message } => (*session, Some(message)),
                Event::SessionAsked { session, .. } => {
                    self.kept.insert(*session, Kept::default());
                    (*session, None)
                }
                Event::SessionAssigned { session, .. }
                | Event::SessionRequeued { session, .. }
                | Event::SessionClosed { session, .. } => (*session, None),
                Event::AgentSignedOn { .. } | Event::StatusChanged { .. } => continue,
            };
            let kept =
                self.kept.get_mut(&session).ok_or("a fact of a session that nobody asked for")?;
            let there = &self.reference.sessions
                [self.reference.at(session).ok_or("an unknown session is kept")?];
            if kept.closed || there.tenant != fact.tenant.0 as usize {
                return Err(format!("{fact:?} is kept after the end, or for another tenant"));
            }
            if let Some(message) = said {
                kept.said += 1;
                let spoken = &there.said[kept.said as usize - 1];
                if message.seq != kept.said
                    || message.words.body() != spoken.body.as_bytes()
                    || spoken.body.contains(CANARY)
                {
                    return Err(format!("{message:?} is kept as word {}", kept.said));
                }
            } else if format!("{fact:?}").contains(CANARY) {
                return Err("what was typed is kept".to_owned());
            }
            if let Event::SessionClosed { last_seq, .. } = fact.event {
                kept.closed = true;
                if (last_seq, there.is_closed()) != (there.last_seq(), true) {
                    return Err(format!("{session} is kept as closed at {last_seq}"));
                }
            }
        }
        Ok(())
    }

    /// What the watcher sees is what there is, after a period without a change.
    fn window(&mut self, tenant: usize) -> Outcome {
        let expected: BTreeMap<_, _> = self.reference.tenants[tenant]
            .visitors
            .iter()
            .map(|visitor| {
                (
                    visitor_id(visitor.name).as_str().to_owned(),
                    (visitor.links.len() as u32, visitor.session, visitor.away_until.is_some()),
                )
            })
            .collect();
        let watcher = &mut self.watchers[tenant];
        if watcher.expected != expected {
            (watcher.expected, watcher.since_ms) = (expected, self.now.mono_ms);
        }
        let mut told = Vec::new();
        let ended = watcher.reader.try_drain_all(|link, delivery| told.push((link, delivery)));
        for (link, delivery) in told {
            let list = match delivery {
                Delivery::VisitorsSnapshot(list) | Delivery::VisitorsChanged(list)
                    if link == watcher.link.id =>
                {
                    list
                }
                other => return Err(format!("a watcher is told {other:?}")),
            };
            for gone in &list.gone {
                watcher.rows.remove(gone.as_str());
            }
            for row in &list.rows {
                watcher.rows.insert(
                    row.visitor.as_str().to_owned(),
                    (row.links, row.session, row.presence == Presence::Away),
                );
            }
        }
        let is_due = self.now.mono_ms > watcher.since_ms + WINDOW_WITHIN_MS;
        if !ended.is_empty() || (is_due && watcher.rows != watcher.expected) {
            return Err(format!(
                "the window shows {:?}, there are {:?}",
                watcher.rows, watcher.expected
            ));
        }
        if is_due {
            self.count("windows compared");
        }
        Ok(())
    }

    /// The end: everyone reads everything, and goes.
    pub fn finish(&mut self) -> Outcome {
        for reader in 0..READERS {
            self.drain(reader)?;
        }
        self.check()?;
        let (requeues, holes) = (self.reference.requeues, self.reference.holes);
        self.seen.insert("requeues", requeues);
        self.seen.insert("replays with a hole", holes);
        let left: Vec<_> =
            (0..self.clients.len()).filter(|no| self.clients[*no].attached).collect();
        for client in left {
            self.pass(1)?;
            self.detach(client, true);
        }
        self.pass(20)?;
        self.check()?;
        let all: Vec<_> = (0..TENANTS).map(|tenant| self.counts(tenant)).collect();
        match all.iter().find(|counts| {
            (
                counts.visitors_here,
                counts.visitors_away,
                counts.waiting,
                counts.sessions,
                counts.agents_online,
            ) != (0, 0, 0, 0, 0)
        }) {
            None => Ok(()),
            Some(counts) => Err(format!("everyone is gone, and there are {counts:?}")),
        }
    }
}

fn unknown_session() -> SessionId {
    SessionId::from_bytes([9; 16]).unwrap()
}

fn visitor_id(name: usize) -> VisitorId {
    VisitorId::new(&format!("v{name}")).unwrap()
}
