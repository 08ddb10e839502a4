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

mod arriving;
mod asking;
mod invited;
mod links;
mod standing;
mod trail;

use std::net::IpAddr;
use std::sync::Arc;

use smallvec::SmallVec;

pub use arriving::{Arriving, Earlier, VISITS_MAX};
pub use asking::{Asking, Reserved};
pub use invited::{Answer, Inviting, Shown, ToldInvitation};
pub use standing::{Note, Stage, Standing};
pub use trail::{ADDRESSES_MAX, PAGES_MAX, Trail};

use crate::block::network;
use crate::chance::Chance;
use crate::crossing::{Crossing, Replay, SessionStep};
use crate::delivery::{CloseCause, InvitationOutcome, Presence, VisitorRow};
use crate::effects::Effects;
use crate::id::{
    DepartmentNo, HeldVisitorId, LinkId, Person, RegionNo, SessionId, SiteNo, TenantNo, VisitorId,
    VisitorRef,
};
use crate::page::{Arrival, Page, TrailView};
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::time::Now;
use asking::Dealings;
use invited::Invited;
use links::Links;
use standing::Marks;

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

/// What a decision is made with.
#[derive(Debug)]
pub struct Means<'a> {
    /// The policy that holds.
    pub policy: &'a Policy,
    /// When.
    pub now: Now,
    /// Where new ids come from.
    pub chance: &'a mut Chance,
    /// Where what follows goes.
    pub fx: &'a mut Effects,
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
    /// `None` for those who never asked, were never invited, and for whom no rule was looked at: most of them.
    dealings: Option<Box<Dealings>>,
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
            dealings: None,
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
        self.dealings.as_ref()?.session
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
        if self.grace_ends().is_none() { Presence::Here } else { Presence::Away }
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

    /// When it next wants [`Visitor::expire`]: the grace ends, an invitation does, or rules that invite are to be looked at.
    pub fn deadline(&self) -> Option<u64> {
        let invited = self.invited().map_or(u64::MAX, Invited::deadline);
        let soonest = self.grace_ends().unwrap_or(u64::MAX).min(invited);
        (soonest < u64::MAX).then_some(soonest)
    }

    /// Notes that whoever keeps the time has an entry for the deadline; true if it had none that comes as soon.
    pub fn note_deadline(&mut self, deadline: u64) -> bool {
        match self.note_invited_deadline(deadline) {
            Some(is_nearer) => is_nearer,
            None => self.marks.note(Note::Deadline),
        }
    }

    /// An entry of whoever keeps the time has come.
    pub fn entry_came(&mut self, now: Now) {
        self.marks.clear(Note::Deadline);
        self.invited_entry_came(now);
    }

    /// Whoever keeps the time has no entry any more.
    pub fn entries_gone(&mut self) {
        self.marks.clear(Note::Deadline);
        self.invited_entries_gone();
    }

    /// When the grace ends, if it runs.
    fn grace_ends(&self) -> Option<u64> {
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
        self.show_link(up.link, fx);
        if let Some(session) = self.session() {
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
    pub fn link_left(
        &mut self,
        me: VisitorRef,
        link: LinkId,
        now: Now,
        fx: &mut Effects,
    ) -> Afterwards {
        if self.forget(me, link, NOT_AWAY, fx) && self.links().is_empty() {
            self.leave(CloseCause::Visitor, now, fx);
            return Afterwards::Gone;
        }
        match self.presence() {
            Presence::Here => Afterwards::Here,
            Presence::Away => Afterwards::Away,
        }
    }

    /// Looks at the grace and at the invitation that it is shown. Before their ends nothing happens. Rules are
    /// [looked at](Visitor::look) by whoever knows who is free.
    pub fn expire(&mut self, now: Now, fx: &mut Effects) -> Afterwards {
        match self.grace_ends() {
            Some(until) if until <= now.mono_ms => {
                self.leave(CloseCause::VisitorLost, now, fx);
                Afterwards::Gone
            }
            grace => {
                self.expire_invitation(now, fx);
                if grace.is_some() { Afterwards::Away } else { Afterwards::Here }
            }
        }
    }

    /// Shuts it out: its session ends, and its links, which are returned, are its own no longer. Drop the record.
    pub fn shut_out(&mut self, now: Now, fx: &mut Effects) -> SmallVec<[LinkId; 1]> {
        self.leave(CloseCause::Blocked, now, fx);
        let links = SmallVec::from_slice(self.links());
        self.links = Links::None { until_mono_ms: NOT_AWAY };
        links
    }

    /// Goes to another page. The same page again is a reload and changes nothing but its title.
    pub fn view_page(&mut self, page: Page, now: Now) {
        if self.trail.page().url() != page.url() {
            self.turned_page(now);
        }
        self.trail.enter(page, now.wall_ms);
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
            session: self.session(),
            stage: stage.map(|(_, stage)| stage),
            department: stage.map(|(no, _)| policy.department_at(no).id.clone()),
            visit: self.visit(),
            last_visit_wall_ms: u64::from(self.last_ended_wall_s) * 1_000,
            is_invited: self.is_invited(),
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
        if let Some(session) = self.session() {
            let step = SessionStep::LinkDown { person: Person::Visitor(me), link };
            fx.cross(Crossing::ToSession(session, step));
        }
        true
    }

    /// Ends what it has: its session, or the invitation that it is shown.
    fn leave(&mut self, cause: CloseCause, now: Now, fx: &mut Effects) {
        self.end_invitation(InvitationOutcome::VisitorGone, now, fx);
        if let Some(session) = self.session() {
            self.set_session(None);
            self.marks.set_session(None);
            fx.cross(Crossing::ToSession(session, SessionStep::VisitorGone(cause)));
        }
    }
}

#[cfg(test)]
mod tests;
