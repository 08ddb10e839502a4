//! What ought to happen, told as simply as possible: plain lists, everything looked for from the beginning, nothing kept twice.
//! Shares no code with the desk; of its types only ids, refusals and what commands and deliveries are made of.

mod bots;
mod changes;
mod guard;
mod having;
mod invitations;
mod lines;
mod notes;
mod offers;
mod people;
mod room;
mod rules;
mod terms;
mod typing;

use std::collections::{BTreeMap, BTreeSet};

use frontdesk_desk::delivery::{CloseCause, InvitationOutcome, OfferOutcome, Status};
use frontdesk_desk::id::{AgentNo, LinkId, OfferId, Person, SessionId};
use frontdesk_desk::message::Audience;
use frontdesk_desk::refusal::Refusal;
use frontdesk_engine::LinkEnd;

pub use lines::{Eyes, Line, Spoken};
use typing::Typed;

pub use guard::Whom;
pub use invitations::Shown;
pub use offers::{Offer, OfferNote};
pub use rules::{BOTS, Bot, House, Kind, Order, Rules};
pub use terms::Once;

/// All departments that any policy has.
pub const DEPARTMENTS: usize = 3;
pub const AGENTS_MAX: usize = 4;
pub const VISITORS_MAX: usize = 5;
pub const VISITOR_GRACE_MS: u64 = 1_000;
pub const AGENT_GRACE_MS: u64 = 700;
pub const INVITATION_MS: u64 = 1_500;
pub const MAILBOX_MAX: usize = 16;
pub const LINKS_MAX: usize = 16;
pub const OBSERVERS_MAX: usize = 8;
pub const WATCHES_MAX: usize = 16;
const LINGERING_MAX: usize = 16;
const LINGER_MS: u64 = 300_000;
const WINDOW: (usize, usize) = (128, 256 * 1024);
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
    Owns(u16),
    Left(u16),
    Unwatched,
    Offered,
    OfferEnded(OfferOutcome),
    Invited,
    InvitationEnded(InvitationOutcome),
    Closed { cause: CloseCause, last_seq: u64, valid: bool },
    RatingAsked,
    Rated(u8),
    Cleared,
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
    pub shown: Option<Shown>,
    /// The invitation that it accepted last, and the session that began with it.
    pub accepted: Option<(SessionId, SessionId)>,
}

pub struct Agent {
    pub name: usize,
    pub status: Status,
    pub capacity: u16,
    pub posts: Vec<Post>,
    pub links: Vec<LinkId>,
    pub lost_until: Option<u64>,
    /// What its status becomes when it has nothing more.
    pub next: Option<Status>,
    /// Sessions it writes notes about.
    pub notes: Vec<Notes>,
    /// Sessions that are over and that it may clear away.
    pub uncleared: Vec<SessionId>,
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
    above: u32,
    /// Since when it keeps what room it has for one that weighs more.
    keeps: Option<u64>,
}

/// A department that an agent receives for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Post {
    pub department: usize,
    pub tier: u8,
    pub order: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notes {
    pub session: SessionId,
    until: u64,
    weight: u32,
}

pub struct Tenant {
    pub visitors: Vec<Visitor>,
    pub agents: Vec<Agent>,
    pub messages: u64,
    /// Whom it shuts out, and until when.
    pub blocks: Vec<(Whom, Option<u64>)>,
    turns: u64,
    /// The present policy, and how many there were before.
    pub house: House,
    pub version: u64,
    /// By department: the rules that it has, or had last.
    rules: Vec<Rules>,
    /// By department: whether its queue was full and hasn't emptied enough since.
    closed: Vec<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// On its way into the queue.
    Looking,
    Waiting,
    /// Agents are asked: which offer.
    Offered(usize),
    Held(usize),
    Closed(CloseCause),
}

/// Whether a visitor lets its session lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lies {
    No,
    /// It is the visitor's turn, and until when it may take that.
    Soon(u64),
    Dormant,
}

pub struct Participant {
    pub person: Person,
    pub present: bool,
    pub delivered: u64,
    pub read: u64,
    pub types: bool,
}

pub struct Session {
    pub id: SessionId,
    pub tenant: usize,
    pub phase: Phase,
    pub participants: Vec<Participant>,
    pub observers: Vec<LinkId>,
    pub said: Vec<Spoken>,
    /// How many of those are held no longer.
    forgotten: usize,
    pub typed: Typed,
    /// Since when it had which place in the queue.
    pub places: Vec<(u64, u32)>,
    visitor: Person,
    pub visitor_name: usize,
    department: usize,
    rank: (i64, usize),
    asked_ms: u64,
    /// When it last looked for an agent: the tiers that were open then receive it.
    looked_ms: u64,
    /// The agent that it was given back to the queue by when it woke, and until when it waits for that one alone.
    back_to: Option<(usize, u64)>,
    /// The same, as it stood when it last looked.
    alone: Option<usize>,
    channel: usize,
    weight: u32,
    pub lies: Lies,
    dormant_ms: u64,
    pub once: Once,
    /// Who handed it to a bot and still follows it.
    pub handed_by: Option<usize>,
    closed: (usize, u64),
}

pub struct Reference {
    pub now_ms: u64,
    pub wall_ms: u64,
    pub tenants: Vec<Tenant>,
    pub sessions: Vec<Session>,
    pub links: BTreeMap<LinkId, LinkBook>,
    pub offers: Vec<Offer>,
    /// What must be kept of offers and hasn't been found yet, in order.
    pub offer_notes: Vec<OfferNote>,
    pub requeues: u64,
    pub holes: u64,
    /// What happened of which nobody is told in so many words.
    pub noted: Vec<&'static str>,
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
    pub fn is_of(&self, department: usize) -> bool {
        self.department == department
    }
    pub fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed(_))
    }
}

impl Reference {
    pub fn new(kinds: &[Kind], shards: u32) -> Self {
        let tenants = kinds.iter().map(|kind| Tenant::new(&kind.houses()[0])).collect();
        Self {
            now_ms: 0,
            wall_ms: 0,
            tenants,
            sessions: vec![],
            links: BTreeMap::new(),
            offers: vec![],
            offer_notes: vec![],
            requeues: 0,
            holes: 0,
            noted: vec![],
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
    /// What an agent handed to a bot and still follows.
    pub fn handed(&self, tenant: usize, agent: usize) -> Vec<usize> {
        let is_handed = |at: &usize| {
            let session = &self.sessions[*at];
            session.tenant == tenant && session.handed_by == Some(agent)
        };
        (0..self.sessions.len()).filter(is_handed).collect()
    }
    /// Who waits in a department's queue, best first.
    pub fn queue(&self, tenant: usize, department: usize) -> Vec<usize> {
        let mut queue = self.waiting(tenant);
        queue.retain(|at| self.sessions[*at].department == department);
        queue
    }
    /// The place of one that waits in its queue; 1 is the head.
    pub fn place(&self, at: usize) -> u32 {
        let session = &self.sessions[at];
        let queue = self.queue(session.tenant, session.department);
        queue.iter().position(|other| *other == at).map_or(0, |no| no as u32 + 1)
    }
    /// Who waits at all, best first.
    pub fn waiting(&self, tenant: usize) -> Vec<usize> {
        let waits = |at: &usize| {
            let session = &self.sessions[*at];
            session.tenant == tenant && session.phase == Phase::Waiting
        };
        let mut waiting: Vec<_> = (0..self.sessions.len()).filter(waits).collect();
        waiting.sort_by_key(|at| self.sessions[*at].rank);
        waiting
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
    fn bring(&mut self, at: usize, link: LinkId, eyes: Eyes, after: u64, bound: (usize, usize)) {
        let session = &self.sessions[at];
        let (id, to) = (session.id, session.last_seq(eyes));
        let after = after.min(to);
        let seen = session.seen(eyes);
        let newer = &seen[after.max(session.first_kept(eyes) - 1) as usize..];
        let bodies = newer.iter().rev().take(bound.0);
        let sums = bodies.scan(0, |sum, place| {
            *sum += session.spoken(*place).line.body.len();
            Some(*sum)
        });
        let from = to + 1 - sums.take_while(|sum| *sum <= bound.1).count() as u64;
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
            let eyes = match person {
                Person::Visitor(_) => Some(0),
                Person::Agent(_) => self.sessions[at].eyes(link, person),
            };
            self.bring(at, link, eyes, after, bound);
            self.tell(link, id, self.closed(at, eyes, cause));
        }
    }
    fn closed(&self, at: usize, eyes: Eyes, cause: CloseCause) -> Told {
        Told::Closed {
            cause,
            last_seq: self.sessions[at].last_seq(eyes),
            valid: self.sessions[at].valid(),
        }
    }

    pub fn end(&mut self, at: usize, cause: CloseCause) {
        let (tenant, phase) = (self.sessions[at].tenant, self.sessions[at].phase);
        let id = self.sessions[at].id;
        self.last_words(at, cause);
        for (link, eyes) in self.readers(at) {
            self.tell(link, id, self.closed(at, eyes, cause));
        }
        self.closings += 1;
        let savers = if phase == Phase::Waiting { self.leave_queue(at) } else { vec![] };
        let session = &mut self.sessions[at];
        session.handed_by = None;
        (session.phase, session.closed) = (Phase::Closed(cause), (self.closings, self.now_ms));
        session.typed.clear();
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
                self.leaves_uncleared(tenant, agent, id);
                self.write_notes(at, agent);
                self.freed(tenant, agent);
            }
            Phase::Offered(offer) => {
                let asked = self.end_offer(offer, OfferOutcome::VisitorGone);
                asked.into_iter().for_each(|agent| self.freed(tenant, agent));
            }
            Phase::Looking | Phase::Waiting | Phase::Closed(_) => self.fill_each(tenant, savers),
        }
    }
}

/// An agent by its number.
pub fn person(agent: usize) -> Person {
    Person::Agent(AgentNo(agent as u32))
}

/// What one who takes no part is told: agents that they don't, visitors nothing.
pub fn stranger(person: Person) -> Refusal {
    match person {
        Person::Visitor(_) => Refusal::SessionNotFound,
        Person::Agent(_) => Refusal::NotInSession,
    }
}
