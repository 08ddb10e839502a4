//! What ought to happen, told as simply as possible: plain lists, everything looked for from the beginning, nothing kept twice.
//! Shares no code with the desk; of its types only ids, refusals and what commands and deliveries are made of.

mod guard;
mod notes;
mod offers;
mod people;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use frontdesk_desk::delivery::{CloseCause, OfferOutcome, Status};
use frontdesk_desk::id::{LinkId, OfferId, Person, SessionId};
use frontdesk_desk::refusal::Refusal;
use frontdesk_engine::LinkEnd;

pub use guard::Whom;
pub use offers::{Offer, OfferNote};
pub use rules::{Kind, Order, Rules};

pub const DEPARTMENTS: usize = 2;
pub const AGENTS_MAX: usize = 4;
pub const VISITORS_MAX: usize = 5;
pub const WAITING_MAX: usize = 2;
pub const CAPACITY_MAX: u16 = 4;
pub const VISITOR_GRACE_MS: u64 = 1_000;
pub const AGENT_GRACE_MS: u64 = 700;
pub const MAILBOX_MAX: usize = 16;
pub const LINKS_MAX: usize = 16;
pub const OBSERVERS_MAX: usize = 8;
pub const WATCHES_MAX: usize = 16;
const LINGERING_MAX: usize = 16;
const LINGER_MS: u64 = 300_000;
const WINDOW: (usize, usize) = (256, 256 * 1024);
const REPLAY: (usize, usize) = (640, 512 * 1024);
const ENDED_REPLAY: (usize, usize) = (200, 128 * 1024);
const ASSIGNED_REPLAY: (usize, usize) = (64, 32 * 1024);
const WATCH_REPLAY: (usize, usize) = (128, 128 * 1024);

/// What must be told through a link, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Opened,
    Resumed { from: u64, to: u64, complete: bool },
    Message(u64),
    Joined(u16),
    Left(u16),
    Unwatched,
    Offered,
    OfferEnded(OfferOutcome),
    Closed { cause: CloseCause, last_seq: u64, valid: bool },
}

#[derive(Default)]
pub struct LinkBook {
    pub waiting: Vec<(SessionId, Told)>,
    pub end: Option<LinkEnd>,
    pub unread: bool,
    /// Sessions that it has ever watched.
    pub watched: BTreeSet<SessionId>,
}

pub struct Visitor {
    pub name: usize,
    pub person: Person,
    pub links: Vec<LinkId>,
    pub away_until: Option<u64>,
    pub session: Option<SessionId>,
    pub seen_at: Vec<usize>,
}

pub struct Agent {
    pub name: usize,
    pub status: Status,
    pub capacity: u16,
    /// Departments, each with the agent's tier there.
    pub departments: Vec<(usize, u8)>,
    pub links: Vec<LinkId>,
    pub lost_until: Option<u64>,
    /// What its status becomes when it has nothing more.
    pub next: Option<Status>,
    /// Sessions it writes notes about, and until when.
    pub notes: Vec<(SessionId, u64)>,
    /// When its load last changed, and when it last got or let pass a session by itself.
    turn: u64,
    served: u64,
    /// How its latest offers ended.
    ended: Vec<(usize, OfferOutcome)>,
    /// Sessions that it isn't asked about, and until when.
    shunned: Vec<(SessionId, u64)>,
    declined: u16,
    missed: u16,
    /// What it has above its capacity, because that was lowered.
    above: usize,
}

#[derive(Default)]
pub struct Tenant {
    pub visitors: Vec<Visitor>,
    pub agents: Vec<Agent>,
    pub messages: u64,
    /// Whom it shuts out, and until when.
    pub blocks: Vec<(Whom, Option<u64>)>,
    turns: u64,
    /// By department.
    pub rules: Vec<Rules>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Waiting,
    /// Agents are asked: which offer.
    Offered(usize),
    Held(usize),
    Closed(CloseCause),
}

pub struct Participant {
    pub person: Person,
    pub present: bool,
    pub delivered: u64,
    pub read: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    pub from: u16,
    pub id: u64,
    pub body: String,
}

pub struct Session {
    pub id: SessionId,
    pub tenant: usize,
    pub phase: Phase,
    pub participants: Vec<Participant>,
    pub observers: Vec<LinkId>,
    pub said: Vec<Spoken>,
    pub preview: String,
    pub agent_types: bool,
    /// Since when it had which place in the queue.
    pub places: Vec<(u64, u32)>,
    visitor: Person,
    pub visitor_name: usize,
    department: usize,
    rank: (i64, usize),
    asked_ms: u64,
    /// When it last looked for an agent: the tiers that were open then receive it.
    looked_ms: u64,
    closed: (usize, u64),
}

pub struct Reference {
    pub now_ms: u64,
    pub tenants: Vec<Tenant>,
    pub sessions: Vec<Session>,
    pub links: BTreeMap<LinkId, LinkBook>,
    pub offers: Vec<Offer>,
    /// What must be kept of offers and hasn't been found yet, in order.
    pub offer_notes: Vec<OfferNote>,
    pub requeues: u64,
    pub holes: u64,
    shards: u32,
    closings: usize,
}

impl Session {
    fn number(&self, person: Person) -> Option<usize> {
        self.participants.iter().position(|other| other.person == person)
    }
    pub fn present(&self, person: Person) -> Option<usize> {
        self.number(person).filter(|no| self.participants[*no].present)
    }
    pub fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed(_))
    }
    pub fn last_seq(&self) -> u64 {
        self.said.len() as u64
    }
    pub fn first_kept(&self) -> u64 {
        self.last_seq() + 1 - self.newest(0, WINDOW)
    }
    fn valid(&self) -> bool {
        self.said.iter().any(|said| said.from == 1)
    }
    /// How many of the newest after `after` fit.
    fn newest(&self, after: u64, (messages, bytes): (usize, usize)) -> u64 {
        let newest = self.said.iter().skip(after as usize).rev().take(messages);
        let sizes = newest.scan(0, |sum, said| {
            *sum += said.body.len();
            Some(*sum)
        });
        sizes.take_while(|sum| *sum <= bytes).count() as u64
    }
}

impl Reference {
    pub fn new(kinds: &[Kind], shards: u32) -> Self {
        let tenant = |kind: &Kind| Tenant { rules: kind.rules(), ..Tenant::default() };
        let tenants = kinds.iter().map(tenant).collect();
        Self {
            now_ms: 0,
            tenants,
            sessions: vec![],
            links: BTreeMap::new(),
            offers: vec![],
            offer_notes: vec![],
            requeues: 0,
            holes: 0,
            shards,
            closings: 0,
        }
    }

    pub fn at(&self, id: SessionId) -> Option<usize> {
        self.sessions.iter().position(|session| session.id == id)
    }
    /// Whether the session is there for a tenant: open, or closed not long ago.
    pub fn find(&self, tenant: usize, id: SessionId) -> Result<usize, Refusal> {
        let at =
            self.at(id).filter(|at| self.sessions[*at].tenant == tenant && self.is_readable(*at));
        at.ok_or(Refusal::SessionNotFound)
    }
    fn is_readable(&self, at: usize) -> bool {
        let shard = |session: &Session| (session.id.hash_bits() >> 24) as u32 % self.shards;
        let this = &self.sessions[at];
        let later = |other: &&Session| {
            other.is_closed() && other.closed.0 > this.closed.0 && shard(other) == shard(this)
        };
        !this.is_closed()
            || (self.sessions.iter().filter(later).count() < LINGERING_MAX
                && self.now_ms < this.closed.1 + LINGER_MS)
    }
    pub fn visitor(&self, tenant: usize, person: Person) -> Option<&Visitor> {
        self.tenants[tenant].visitors.iter().find(|visitor| visitor.person == person)
    }
    fn visitor_mut(&mut self, tenant: usize, person: Person) -> Option<&mut Visitor> {
        self.tenants[tenant].visitors.iter_mut().find(|visitor| visitor.person == person)
    }
    pub fn links_of(&self, tenant: usize, person: Person) -> Vec<LinkId> {
        match person {
            Person::Visitor(_) => {
                self.visitor(tenant, person).map_or(vec![], |visitor| visitor.links.clone())
            }
            Person::Agent(no) => self.tenants[tenant]
                .agents
                .get(no.0 as usize)
                .map_or(vec![], |agent| agent.links.clone()),
        }
    }
    pub fn held(&self, tenant: usize, agent: usize) -> Vec<usize> {
        let is_held = |at: &usize| {
            self.sessions[*at].tenant == tenant && self.sessions[*at].phase == Phase::Held(agent)
        };
        (0..self.sessions.len()).filter(is_held).collect()
    }
    /// Who waits, best first.
    pub fn queue(&self, tenant: usize, departments: &[usize]) -> Vec<usize> {
        let waits = |at: &usize| {
            let session = &self.sessions[*at];
            session.tenant == tenant
                && session.phase == Phase::Waiting
                && departments.contains(&session.department)
        };
        let mut queue: Vec<_> = (0..self.sessions.len()).filter(waits).collect();
        queue.sort_by_key(|at| self.sessions[*at].rank);
        queue
    }
    fn is_free(&self, tenant: usize, agent: usize) -> bool {
        let there = &self.tenants[tenant].agents[agent];
        there.status == Status::Online
            && there.next.is_none()
            && !there.links.is_empty()
            && self.has_room(tenant, agent)
    }
    /// Whether an agent may have a session by itself.
    fn may_have(&self, at: usize, agent: usize) -> bool {
        let session = &self.sessions[at];
        let there = &self.tenants[session.tenant].agents[agent];
        self.tier(session, agent).is_some()
            && self.is_free(session.tenant, agent)
            && there.shunned.iter().all(|(shunned, _)| *shunned != session.id)
    }
    /// In which tier an agent receives a session, if that tier was open when it last looked.
    fn tier(&self, session: &Session, agent: usize) -> Option<u8> {
        let there = &self.tenants[session.tenant];
        let posts = &there.agents[agent].departments;
        let (_, tier) = posts.iter().find(|(department, _)| *department == session.department)?;
        let opens_ms = there.rules[session.department].second_tier_ms;
        (*tier == 1 || session.looked_ms >= session.asked_ms + opens_ms).then_some(*tier)
    }
    /// Who gets a session next, of those who are free.
    pub fn next_free(&self, at: usize, except: &[usize]) -> Option<usize> {
        let tenant = self.sessions[at].tenant;
        let agents = &self.tenants[tenant].agents;
        let free = (0..agents.len()).filter(|no| !except.contains(no) && self.may_have(at, *no));
        let order = self.tenants[tenant].rules[self.sessions[at].department].order;
        free.min_by_key(|no| {
            let tier = self.tier(&self.sessions[at], *no);
            let there = &agents[*no];
            let (first, second) = match order {
                Order::LeastLoaded => {
                    (self.used(tenant, *no) * 12 / usize::from(there.capacity), there.turn)
                }
                Order::RoundRobin => (0, there.served),
            };
            (tier, first, second, *no)
        })
    }

    fn tell(&mut self, link: LinkId, session: SessionId, told: Told) {
        let Some(book) =
            self.links.get_mut(&link).filter(|book| book.end.is_none() && !book.unread)
        else {
            return;
        };
        if book.waiting.len() >= MAILBOX_MAX {
            book.end = Some(LinkEnd::TooSlow);
            book.waiting.clear();
        } else {
            book.waiting.push((session, told));
        }
    }
    fn tell_all(&mut self, at: usize, told: &Told, except: Option<LinkId>) {
        let session = &self.sessions[at];
        let present = session.participants.iter().filter(|who| who.present);
        let mut links: Vec<_> =
            present.flat_map(|who| self.links_of(session.tenant, who.person)).collect();
        links.extend(&session.observers);
        let id = session.id;
        links
            .into_iter()
            .filter(|link| Some(*link) != except)
            .for_each(|link| self.tell(link, id, told.clone()));
    }
    fn bring(&mut self, at: usize, link: LinkId, after: u64, bound: (usize, usize)) {
        let session = &self.sessions[at];
        let (id, to) = (session.id, session.last_seq());
        let after = after.min(to);
        let from = to + 1 - session.newest(after.max(session.first_kept() - 1), bound);
        let complete = from == after + 1;
        self.holes += u64::from(!complete);
        self.tell(link, id, Told::Opened);
        self.tell(link, id, Told::Resumed { from, to, complete });
        (from..=to).for_each(|seq| self.tell(link, id, Told::Message(seq)));
    }
    fn bring_end(
        &mut self,
        tenant: usize,
        person: Person,
        link: LinkId,
        id: SessionId,
        after: u64,
        bound: (usize, usize),
    ) {
        let Ok(at) = self.find(tenant, id) else { return };
        let Phase::Closed(cause) = self.sessions[at].phase else { return };
        let reads = match person {
            // By name: who was lost and is back is somebody else by record.
            Person::Visitor(_) => self
                .visitor(tenant, person)
                .is_some_and(|visitor| visitor.name == self.sessions[at].visitor_name),
            Person::Agent(_) => self.sessions[at].present(person).is_some(),
        };
        if reads {
            self.bring(at, link, after, bound);
            self.tell(link, id, self.closed(at, cause));
        }
    }
    fn closed(&self, at: usize, cause: CloseCause) -> Told {
        Told::Closed {
            cause,
            last_seq: self.sessions[at].last_seq(),
            valid: self.sessions[at].valid(),
        }
    }

    fn turn(&mut self, tenant: usize, agent: usize) {
        self.tenants[tenant].turns += 1;
        self.tenants[tenant].agents[agent].turn = self.tenants[tenant].turns;
    }
    fn assign(&mut self, at: usize, agent: usize) {
        let (tenant, visitor) = (self.sessions[at].tenant, self.sessions[at].visitor);
        let person = Person::Agent(frontdesk_desk::id::AgentNo(agent as u32));
        self.turn(tenant, agent);
        let id = self.sessions[at].id;
        self.links_of(tenant, person).into_iter().for_each(|link| self.unwatch(link, id));
        let session = &mut self.sessions[at];
        (session.phase, session.agent_types) = (Phase::Held(agent), false);
        let no = session.number(person).unwrap_or(session.participants.len());
        if no == session.participants.len() {
            session.participants.push(Participant { person, present: true, delivered: 0, read: 0 });
        }
        session.participants[no].present = true;
        let there = &mut self.tenants[tenant].agents[agent];
        (there.declined, there.missed) = (0, 0);
        let session = &self.sessions[at];
        let (id, mut told) = (session.id, session.observers.clone());
        told.extend(self.links_of(tenant, visitor));
        for link in told {
            self.tell(link, id, Told::Joined(no as u16 + 1));
        }
        for link in self.links_of(tenant, person) {
            self.bring(at, link, 0, ASSIGNED_REPLAY);
        }
    }
    fn fill(&mut self, tenant: usize, agent: usize) {
        let departments = self.departments_of(tenant, agent);
        while let Some(best) =
            self.queue(tenant, &departments).into_iter().find(|at| self.may_have(*at, agent))
        {
            self.give(best, agent);
        }
    }
    fn take_off(&mut self, tenant: usize, agent: usize) {
        let there = &mut self.tenants[tenant].agents[agent];
        (there.status, there.lost_until) = (Status::Offline, None);
        there.next = None;
        self.withdraw_offers(tenant, agent, OfferOutcome::AgentGone);
        for _ in std::mem::take(&mut self.tenants[tenant].agents[agent].notes) {
            self.turn(tenant, agent);
        }
        self.tenants[tenant].agents[agent].shunned.clear();
        let mut held = self.held(tenant, agent);
        held.sort_by_key(|at| self.sessions[*at].rank);
        for at in held {
            self.turn(tenant, agent);
            self.requeues += 1;
            let no = self.sessions[at]
                .present(Person::Agent(frontdesk_desk::id::AgentNo(agent as u32)))
                .unwrap();
            self.tell_all(at, &Told::Left(no as u16 + 1), None);
            self.sessions[at].participants[no].present = false;
            (self.sessions[at].phase, self.sessions[at].agent_types) = (Phase::Waiting, false);
            self.seek(at);
        }
    }
    pub fn end(&mut self, at: usize, cause: CloseCause) {
        let (tenant, phase) = (self.sessions[at].tenant, self.sessions[at].phase);
        self.tell_all(at, &self.closed(at, cause), None);
        self.closings += 1;
        let session = &mut self.sessions[at];
        (session.phase, session.closed) = (Phase::Closed(cause), (self.closings, self.now_ms));
        session.preview.clear();
        session.observers.clear();
        let (visitor, id) = (session.visitor, session.id);
        if let Some(visitor) =
            self.visitor_mut(tenant, visitor).filter(|visitor| visitor.session == Some(id))
        {
            visitor.session = None;
        }
        match phase {
            Phase::Held(agent) => {
                self.turn(tenant, agent);
                self.write_notes(at, agent);
                self.freed(tenant, agent);
            }
            Phase::Offered(offer) => {
                let asked = self.end_offer(offer, OfferOutcome::VisitorGone);
                asked.into_iter().for_each(|agent| self.freed(tenant, agent));
            }
            Phase::Waiting | Phase::Closed(_) => {}
        }
    }
}

/// What one who takes no part is told: agents that they don't, visitors nothing.
pub fn stranger(person: Person) -> Refusal {
    match person {
        Person::Visitor(_) => Refusal::SessionNotFound,
        Person::Agent(_) => Refusal::NotInSession,
    }
}
