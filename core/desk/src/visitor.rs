//! A visitor: present from the first link to the last, through a grace.
//!
//! ```text
//!            first link             last link dropped
//!   (gone) ─────────────▶ here ────────────────────────▶ away
//!      ▲                   │ ▲                           │  │
//!      │  last link leaves │ └────── a link comes up ────┘  │
//!      └───────────────────┴──────── the grace ends ────────┘
//! ```
//!
//! Several links (tabs, devices) are one visitor. The record reserves the id of the visitor's session, so that there is never
//! a second one. It knows no queue, no agent and no message.

mod links;
mod standing;
mod trail;

use std::net::IpAddr;
use std::sync::Arc;

use smallvec::SmallVec;

pub use standing::{Note, Stage, Standing};
pub use trail::{ADDRESSES_MAX, PAGES_MAX, Trail};

use crate::block::network;
use crate::chance::Chance;
use crate::crossing::{Crossing, Replay, Request, SessionStep};
use crate::delivery::{BeginCause, CloseCause, Presence, VisitorRow};
use crate::effects::Effects;
use crate::fact::{Event, Fact};
use crate::id::{
    AgentNo, ChannelNo, DepartmentNo, HeldVisitorId, LinkId, Person, RegionNo, SessionId, SiteNo,
    TenantNo, VisitorId, VisitorRef,
};
use crate::page::{Arrival, Page, TrailView};
use crate::policy::{Policy, SkillSet};
use crate::refusal::Refusal;
use crate::time::Now;
use crate::wish::Wish;
use links::Links;
use standing::Marks;

/// Earlier visits that are counted; of more it is known that there were so many.
pub const VISITS_MAX: u16 = 32_767;
/// Most links of one visitor at once.
pub const LINKS_MAX: usize = 16;

/// The end of a grace that doesn't begin: a link comes up in the same moment, or the record goes.
const NOT_AWAY: u64 = 0;

/// What became of a visitor when a link went or its grace ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Afterwards {
    /// Still here.
    Here,
    /// In its grace, until [`Visitor::deadline`].
    Away,
    /// Gone; drop the record.
    Gone,
}

/// What an ask came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// A session that is about to open.
    New(SessionId),
    /// The one that the visitor has.
    Running(SessionId),
}

/// Someone who arrives.
#[derive(Debug)]
pub struct Arriving {
    /// In whose company.
    pub tenant: TenantNo,
    /// On which site.
    pub site: SiteNo,
    /// Who.
    pub id: VisitorId,
    /// The page it is on.
    pub page: Page,
    /// What its front end knows.
    pub arrival: Arrival,
    /// Where its region is counted.
    pub region: RegionNo,
    /// What is remembered of it.
    pub earlier: Earlier,
}

/// What is remembered of a visitor's earlier visits; by default nothing: it is new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Earlier {
    /// How many there were, counted up to [`VISITS_MAX`].
    pub visits: u16,
    /// When the last one ended, in seconds since 1970-01-01 UTC; 0 if there was none.
    pub ended_wall_s: u32,
}

/// A link that comes up.
#[derive(Debug)]
pub struct LinkUp {
    /// The new link.
    pub link: LinkId,
    /// The link whose place it takes.
    pub replaces: Option<LinkId>,
    /// The page it is on; without one the trail stands.
    pub page: Option<Page>,
    /// What its running session brings it.
    pub replay: Replay,
}

/// A request that a visitor makes, or that is made for it.
#[derive(Clone, Debug)]
pub struct Asking {
    /// What is asked.
    pub wish: Wish,
    /// The department in whose queue it is.
    pub home: DepartmentNo,
    /// How it came about.
    pub begin: BeginCause,
    /// The agent that has it from the beginning, if it has room.
    pub claimed_by: Option<AgentNo>,
}

/// One visitor's record.
#[derive(Debug)]
pub struct Visitor {
    id: HeldVisitorId,
    tenant: TenantNo,
    site: SiteNo,
    marks: Marks,
    last_ended_wall_s: u32,
    links: Links,
    arrival: Option<Arc<Arrival>>,
    trail: Trail,
    session: Option<SessionId>,
}

impl Visitor {
    /// A visitor at its first page. It has no link yet: the caller brings one up before it lets go of the record.
    pub fn arrive(arriving: Arriving, now: Now) -> Self {
        let Arriving { tenant, site, id, page, arrival, region, earlier } = arriving;
        Self {
            id: HeldVisitorId::new(&id),
            tenant,
            site,
            marks: Marks::new(region, earlier.visits),
            last_ended_wall_s: earlier.ended_wall_s,
            links: Links::None { until_mono_ms: NOT_AWAY },
            arrival: (!arrival.is_empty()).then(|| Arc::new(arrival)),
            trail: Trail::begin(page, now.wall_ms),
            session: None,
        }
    }

    /// Who. Makes the id from the record's more compact form.
    pub fn id(&self) -> VisitorId {
        self.id.to_id()
    }

    /// The bytes of its id, for tables and comparisons.
    pub fn id_bytes(&self) -> &[u8] {
        self.id.as_bytes()
    }

    /// In whose company.
    pub fn tenant(&self) -> TenantNo {
        self.tenant
    }

    /// On which site it arrived.
    pub fn site(&self) -> SiteNo {
        self.site
    }

    /// Where its region is counted.
    pub fn region(&self) -> RegionNo {
        self.marks.region()
    }

    /// What was known at its arrival; `None` if nothing was.
    pub fn arrival(&self) -> Option<&Arrival> {
        self.arrival.as_deref()
    }

    /// When the visit began, in milliseconds since 1970-01-01 UTC.
    pub fn arrived_wall_ms(&self) -> u64 {
        self.trail.arrived_wall_ms()
    }

    /// The page it is on.
    pub fn page(&self) -> &Page {
        self.trail.page()
    }

    /// Pages seen in this visit.
    pub fn pages(&self) -> u32 {
        self.trail.pages()
    }

    /// Which visit this is: 1 for someone who is new. Counted up to one more than [`VISITS_MAX`].
    pub fn visit(&self) -> u16 {
        self.marks.visits() + 1
    }

    /// The session it is in, waiting or talking.
    pub fn session(&self) -> Option<SessionId> {
        self.session
    }

    /// Its links, oldest first.
    pub fn links(&self) -> &[LinkId] {
        self.links.as_slice()
    }

    /// The network addresses that it was seen at in this visit, in canonical form. The one of its arrival is read from the text
    /// each time: it is wanted once in many visits.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        let arrived = self.arrival.as_ref().and_then(|arrival| network::address(&arrival.address));
        arrived.into_iter().chain(self.trail.addresses().iter().copied())
    }

    /// Notes where it is seen; a text that is no address says nothing.
    pub fn seen_at(&mut self, address: &str) {
        let Some(address) = network::address(address) else { return };
        if !self.addresses().any(|known| known == address) {
            self.trail.note_address(address);
        }
    }

    /// Here, or in its grace.
    pub fn presence(&self) -> Presence {
        if self.deadline().is_none() { Presence::Here } else { Presence::Away }
    }

    /// How far its session is, and in which department; `None` without one.
    pub fn stage(&self) -> Option<(DepartmentNo, Stage)> {
        self.marks.session()
    }

    /// How it stands, as counts tell visitors apart.
    pub fn standing(&self) -> Standing {
        Standing { presence: self.presence(), stage: self.stage().map(|(_, stage)| stage) }
    }

    /// Sets a note for whoever keeps something of this visitor; true if it was not there.
    pub fn note(&mut self, note: Note) -> bool {
        self.marks.note(note)
    }

    /// Takes a note away.
    pub fn clear(&mut self, note: Note) {
        self.marks.clear(note);
    }

    /// When the grace ends, if it runs.
    pub fn deadline(&self) -> Option<u64> {
        match self.links {
            // One that has just arrived gets its first link before anybody looks.
            Links::None { until_mono_ms: NOT_AWAY } | Links::One(_) | Links::Several(_) => None,
            Links::None { until_mono_ms } => Some(until_mono_ms),
        }
    }

    /// Whether one more link, in place of `replaces`, is within the bound.
    pub fn has_room(&self, replaces: Option<LinkId>) -> bool {
        self.links().len() < LINKS_MAX || replaces.is_some_and(|old| self.links().contains(&old))
    }

    /// Brings a link up. The link it replaces goes in the same moment, so that nobody sees the visitor away between.
    /// Errors: [`Refusal::LimitReached`] at [`LINKS_MAX`] links.
    pub fn link_up(
        &mut self,
        me: VisitorRef,
        up: LinkUp,
        now: Now,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        if !self.has_room(up.replaces) {
            return Err(Refusal::LimitReached {
                what: "links of one visitor",
                max: LINKS_MAX as u64,
            });
        }
        if let Some(old) = up.replaces {
            self.forget(me, old, NOT_AWAY, fx);
        }
        self.links.push(up.link);
        if let Some(page) = up.page {
            self.view_page(page, now);
        }
        if let Some(session) = self.session {
            let step = SessionStep::LinkUp {
                tenant: self.tenant,
                person: Person::Visitor(me),
                link: up.link,
                replay: up.replay,
            };
            fx.cross(Crossing::ToSession(session, step));
        }
        Ok(())
    }

    /// Takes a link away. With the last one the grace begins. A link that isn't the visitor's changes nothing.
    pub fn link_dropped(
        &mut self,
        me: VisitorRef,
        link: LinkId,
        grace_ms: u64,
        now: Now,
        fx: &mut Effects,
    ) -> Afterwards {
        let until_mono_ms = now.mono_ms.saturating_add(grace_ms).max(1);
        self.forget(me, link, until_mono_ms, fx);
        match self.presence() {
            Presence::Here => Afterwards::Here,
            Presence::Away => Afterwards::Away,
        }
    }

    /// Takes a link away whose person said goodbye. With the last one the visitor is gone.
    pub fn link_left(&mut self, me: VisitorRef, link: LinkId, fx: &mut Effects) -> Afterwards {
        if self.forget(me, link, NOT_AWAY, fx) && self.links().is_empty() {
            self.end_session(CloseCause::Visitor, fx);
            return Afterwards::Gone;
        }
        match self.presence() {
            Presence::Here => Afterwards::Here,
            Presence::Away => Afterwards::Away,
        }
    }

    /// Looks at the grace. Before its end nothing happens.
    pub fn expire(&mut self, now: Now, fx: &mut Effects) -> Afterwards {
        match self.deadline() {
            None => Afterwards::Here,
            Some(until) if until > now.mono_ms => Afterwards::Away,
            Some(_) => {
                self.end_session(CloseCause::VisitorLost, fx);
                Afterwards::Gone
            }
        }
    }

    /// Shuts it out: its session ends, and its links, which are returned, are its own no longer. Drop the record.
    pub fn shut_out(&mut self, fx: &mut Effects) -> SmallVec<[LinkId; 1]> {
        self.end_session(CloseCause::Blocked, fx);
        let links = SmallVec::from_slice(self.links());
        self.links = Links::None { until_mono_ms: NOT_AWAY };
        links
    }

    /// Goes to another page. The same page again is a reload and changes nothing but its title.
    pub fn view_page(&mut self, page: Page, now: Now) {
        self.trail.enter(page, now.wall_ms);
    }

    /// Asks for a session. If the visitor has one, that is the answer.
    pub fn ask(
        &mut self,
        me: VisitorRef,
        asking: Asking,
        policy: &Policy,
        now: Now,
        chance: &mut Chance,
        fx: &mut Effects,
    ) -> Reserved {
        if let Some(session) = self.session {
            return Reserved::Running(session);
        }
        let session = SessionId::random(chance);
        self.session = Some(session);
        self.marks.set_session(Some((asking.home, Stage::Waiting)));
        let Asking { wish, home, begin, claimed_by } = asking;
        let home_id = policy.department_at(home).id.clone();
        fx.keep(Fact {
            tenant: self.tenant,
            wall_ms: now.wall_ms,
            event: Event::SessionAsked {
                session,
                visitor: wish.visitor.clone(),
                department: home_id.clone(),
                priority_ms: wish.priority_ms,
                begin,
            },
        });
        let tenant = self.tenant;
        let request =
            Request { tenant, visitor: me, home, home_id, wish, begin, claimed_by, asked: now };
        fx.cross(Crossing::ToSession(
            session,
            SessionStep::Open(request, SmallVec::from_slice(self.links())),
        ));
        Reserved::New(session)
    }

    /// Its session is elsewhere now: with an agent, in a queue again, in another department. A session that isn't the
    /// visitor's current one changes nothing.
    pub fn session_moved(&mut self, session: SessionId, department: DepartmentNo, stage: Stage) {
        if self.session == Some(session) {
            self.marks.set_session(Some((department, stage)));
        }
    }

    /// Its region as its front end wrote it; empty for unknown.
    pub fn region_text(&self) -> Box<str> {
        self.arrival.as_ref().map_or_else(Default::default, |arrival| arrival.region.clone())
    }

    /// What it wants if it names nobody: to be received as its site's style says.
    pub fn wish(&mut self) -> Wish {
        Wish {
            visitor: self.id.share(),
            site: self.site,
            department: None,
            agent: None,
            region: self.region_text(),
            skills: SkillSet::NONE,
            channel: ChannelNo::default(),
            priority_ms: 0,
            knew: None,
        }
    }

    /// Its session is over. A session that isn't the visitor's current one changes nothing.
    pub fn session_ended(&mut self, session: SessionId) {
        if self.session == Some(session) {
            self.session = None;
            self.marks.set_session(None);
        }
    }

    /// The visitor as a list shows it.
    pub fn row(&self, policy: &Policy) -> VisitorRow {
        let stage = self.stage();
        VisitorRow {
            visitor: self.id(),
            site: policy.site_id(self.site).clone(),
            presence: self.presence(),
            page: self.trail.page().clone(),
            arrival: self.arrival.clone(),
            arrived_wall_ms: self.arrived_wall_ms(),
            pages: self.trail.pages(),
            links: u32::try_from(self.links().len()).unwrap_or(u32::MAX),
            session: self.session,
            stage: stage.map(|(_, stage)| stage),
            department: stage.map(|(no, _)| policy.department_at(no).id.clone()),
            visit: self.visit(),
            last_visit_wall_ms: u64::from(self.last_ended_wall_s) * 1_000,
        }
    }

    /// The visitor's trail.
    pub fn trail(&self, policy: &Policy, now: Now) -> TrailView {
        self.trail.view(self.row(policy), now.wall_ms)
    }

    /// Takes a link away. Without one, the visitor is away until the given instant. Whether it had the link.
    fn forget(
        &mut self,
        me: VisitorRef,
        link: LinkId,
        until_mono_ms: u64,
        fx: &mut Effects,
    ) -> bool {
        if !self.links.remove(link, until_mono_ms) {
            return false;
        }
        if let Some(session) = self.session {
            let step = SessionStep::LinkDown { person: Person::Visitor(me), link };
            fx.cross(Crossing::ToSession(session, step));
        }
        true
    }

    fn end_session(&mut self, cause: CloseCause, fx: &mut Effects) {
        if let Some(session) = self.session.take() {
            self.marks.set_session(None);
            fx.cross(Crossing::ToSession(session, SessionStep::VisitorGone(cause)));
        }
    }
}

#[cfg(test)]
mod tests;
