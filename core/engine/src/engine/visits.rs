//! What visitors do: come, look at pages, ask, and go. One lock at a time: that of the visitor's shard.

use frontdesk_desk::crossing::{Crossing, Replay, SessionStep};
use frontdesk_desk::delivery::BeginCause;
use frontdesk_desk::floor::LINK_REPLAY;
use frontdesk_desk::id::{
    AgentId, AgentNo, ChannelNo, DepartmentNo, LinkId, SiteNo, TenantNo, VisitorId, VisitorRef,
};
use frontdesk_desk::page::Page;
use frontdesk_desk::policy::form::Answer;
use frontdesk_desk::policy::{Policy, SkillSet};
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::time::Now;
use frontdesk_desk::visitor::{Afterwards, Arriving, Asking, LinkUp, Reserved, Visitor};
use frontdesk_desk::wish::Wish;

use super::Engine;
use crate::command::{
    Ask, Asked, AskedBy, Attached, Departure, Link, Person, Reply, ResumePoint, VisitorAttach,
};
use crate::mailbox::LinkEnd;
use crate::outlet::Outlet;
use crate::present::Counted;
use crate::tenants::{Rules, Tenant};
use crate::turn::Turn;
use crate::visitors::VisitorRecords;

/// Most minutes a request may count as having waited.
const PRIORITY_MINUTES_MAX: u16 = 1_440;
/// Most skills that one request may need.
const SKILLS_MAX: usize = 16;

impl Engine {
    /// Attaches a visitor's link. With the first link the visit begins; with `replaces` the link changes its place without a
    /// moment of absence. A running session is replayed to it.
    ///
    /// Errors: [`Refusal::UnknownSite`], [`Refusal::Blocked`], [`Refusal::Missing`] without a page at the first link, [`Refusal::TooLong`],
    /// [`Refusal::LimitReached`], [`Refusal::Busy`].
    pub fn attach_visitor(
        &self,
        tenant: TenantNo,
        outlet: &Outlet,
        attach: VisitorAttach,
        now: Now,
    ) -> Result<Attached, Refusal> {
        let tenant = self.tenants.at(tenant).ok_or(Refusal::UnknownSite)?;
        let policy = tenant.policy();
        let site = policy.site(&attach.site).ok_or(Refusal::UnknownSite)?;
        attach.arrival.check()?;
        let mut turn = Turn::new(self, now);
        let attached = turn.attach_visitor(tenant, &policy, site, outlet, attach);
        turn.settle();
        attached
    }
}

impl<'e> Turn<'e> {
    fn attach_visitor(
        &mut self,
        tenant: &'e Tenant,
        policy: &Policy,
        site: SiteNo,
        outlet: &Outlet,
        attach: VisitorAttach,
    ) -> Result<Attached, Refusal> {
        let engine = self.engine;
        let (hash, shard) = engine.visitors.place(tenant.no, &attach.visitor);
        let mut records = self.visitors(shard);
        let known = records.find(hash, tenant.no, &attach.visitor);
        let replaces = attach.replaces.and_then(|token| engine.link_of(token));
        // Everything that can refuse comes before anything changes. Under this lock, as whoever blocks looks for those who are here.
        tenant.guard.admit(&attach.visitor, &attach.arrival.address, self.now)?;
        match known.and_then(|at| records.get(at)) {
            Some(visitor) if !visitor.has_room(replaces) => {
                let max = frontdesk_desk::visitor::LINKS_MAX as u64;
                return Err(Refusal::LimitReached { what: "links of one visitor", max });
            }
            Some(visitor) => {
                if let Some(session) = visitor.session() {
                    self.admit_session(session)?;
                }
            }
            None if tenant.present.total() >= policy.visitors_max => {
                return Err(Refusal::LimitReached { what: "visitors", max: policy.visitors_max });
            }
            None => {}
        }
        let secret = records.chance.bits();
        let link = engine.directory.allocate(outlet, secret).map_err(|_| links_full(engine))?;
        let (at, page) = match (known, attach.page) {
            (None, Some(page)) => {
                let arriving = Arriving {
                    tenant: tenant.no,
                    site,
                    id: attach.visitor,
                    page,
                    region: tenant.present.arrived(site, &attach.arrival.region),
                    arrival: attach.arrival,
                    earlier: records.earlier.of(hash),
                };
                (self.arrive(tenant, arriving, &mut records), None)
            }
            (Some(at), page) => {
                records.seen_at(at, &attach.arrival.address);
                (at, page)
            }
            (None, None) => {
                let _ = engine.directory.release(link);
                return Err(Refusal::Missing { field: "page" });
            }
        };
        let visitor = records.get_mut(at).ok_or(Refusal::LinkGone)?;
        // What it has seen of one session says nothing of another.
        let (running, ended) = match attach.resume {
            Some(resume) if visitor.session() == Some(resume.session) => (Some(resume), None),
            ended => (None, ended),
        };
        let replay_running = replay(engine, running);
        let before = Counted::of(visitor);
        let replaced = replaces.filter(|old| visitor.links().contains(old));
        visitor.link_up(
            at,
            LinkUp { link, replaces: replaced, page, replay: replay_running },
            self.now,
            &mut self.fx,
        )?;
        if let Some(resume) = ended {
            // The session it was in may have ended meanwhile: it may read the end.
            let (visitor, replay) = (visitor.id(), replay(engine, ended));
            let step = SessionStep::ReadEnd { tenant: tenant.no, visitor, link, replay };
            self.fx.crossings.push(Crossing::ToSession(resume.session, step));
        }
        let session = visitor.session();
        if tenant.invites_by_rule() {
            self.look(tenant, &mut records, at, before);
        } else {
            tenant.present.moved(before, Counted::of(visitor));
            self.changed(tenant, &mut records, at);
        }
        if let Some(old) = replaced {
            tenant.icons.end(old);
            // Gone already is as good.
            let _ = engine.directory.end(old, LinkEnd::Replaced, &mut self.wakes);
        }
        self.carry_out();
        Ok(Attached {
            link: Link { id: link, tenant: tenant.no, person: Person::Visitor(at) },
            token: Engine::token(link, secret),
            session,
            previews: policy.previews,
            status: None,
        })
    }

    fn arrive(
        &self,
        tenant: &Tenant,
        arriving: Arriving,
        records: &mut VisitorRecords,
    ) -> VisitorRef {
        let visitor = Visitor::arrive(arriving, self.now);
        let at = records.insert(&self.engine.visitors, visitor);
        tenant.watch.arrived(at, self.now.wall_ms);
        at
    }

    pub(super) fn visitor_link_gone(&mut self, link: Link, at: VisitorRef, departure: Departure) {
        let Ok(tenant) = self.tenant(link.tenant) else { return };
        let mut records = self.visitors(at.shard);
        tenant.icons.end(link.id);
        if let Some(visitor) = records.get_mut(at) {
            let before = Counted::of(visitor);
            let afterwards = match departure {
                Departure::Dropped => visitor.link_dropped(
                    at,
                    link.id,
                    tenant.policy().visitor_grace_ms,
                    self.now,
                    &mut self.fx,
                ),
                Departure::Leaving => visitor.link_left(at, link.id, self.now, &mut self.fx),
            };
            self.afterwards(tenant, &mut records, at, before, afterwards);
        }
        self.carry_out();
    }

    /// Brings counts, deadlines and watches in line with what became of a visitor.
    pub(super) fn afterwards(
        &self,
        tenant: &Tenant,
        records: &mut VisitorRecords,
        at: VisitorRef,
        before: Counted,
        afterwards: Afterwards,
    ) {
        match afterwards {
            Afterwards::Here | Afterwards::Away => self.stands(tenant, records, at, before),
            Afterwards::Gone => {
                records.remove(&self.engine.visitors, at, self.now.wall_ms);
                tenant.present.left(before);
                self.gone(tenant, records, at);
            }
        }
    }

    /// Brings counts, deadlines and watches in line with how a visitor stands now who is still present.
    pub(super) fn stands(
        &self,
        tenant: &Tenant,
        records: &mut VisitorRecords,
        at: VisitorRef,
        before: Counted,
    ) {
        if let Some(visitor) = records.get(at) {
            tenant.present.moved(before, Counted::of(visitor));
        }
        records.note_deadline(at);
        self.engine.visitors.shard(at.shard).note_due(records);
        self.changed(tenant, records, at);
    }

    pub(super) fn view_page(&mut self, link: Link, page: Page) -> Result<Reply, Refusal> {
        let at = visitor_of(link)?;
        let tenant = self.tenant(link.tenant)?;
        let mut records = self.visitors(at.shard);
        let visitor = attached(&mut records, at, link.id)?;
        visitor.view_page(page, self.now);
        if tenant.invites_by_rule() {
            let before = Counted::of(visitor);
            self.look(tenant, &mut records, at, before);
            self.carry_out();
        } else {
            self.changed(tenant, &mut records, at);
        }
        Ok(Reply::Done)
    }

    pub(super) fn ask(&mut self, link: Link, ask: Ask) -> Result<Reply, Refusal> {
        let at = visitor_of(link)?;
        let tenant = self.tenant(link.tenant)?;
        let rules = tenant.rules();
        let Rules { policy, board } = &*rules;
        self.admit()?;
        tenant.inbox.admit().map_err(|_| Refusal::Busy)?;

        let opening = ask.opening.clone();
        if opening.as_ref().is_some_and(|words| !words.may_open()) {
            // Before anything begins: a session whose opening is refused would be one that its visitor doesn't know of.
            return Err(Refusal::AudienceNotAllowed);
        }
        let mut named = Named::find(ask, policy)?;

        let mut records = self.visitors(at.shard);
        let home = named.home(attached(&mut records, at, link.id)?.site(), policy);
        // Where nobody is kept for the one it knew, that is nobody's concern.
        let is_sticky = policy.department_at(home).sticky_ms > 0;
        let knew = if is_sticky { records.last_agent(&self.engine.visitors, at) } else { None };
        let (visitor, chance) = records.with_chance(at).ok_or(Refusal::LinkGone)?;
        if visitor.session().is_none() {
            if board.is_full(home) {
                return Err(Refusal::QueueFull);
            }
            let terms = policy.session_terms(home, visitor.site());
            let form = terms.form().filled(std::mem::take(&mut named.form));
            named.form = form.map_err(Refusal::Form)?.into();
        }
        let asking = named.asking(visitor, knew, home);
        let before = Counted::of(visitor);
        let reserved = visitor.ask(at, asking, policy, self.now, chance, &mut self.fx);
        tenant.present.moved(before, Counted::of(visitor));
        self.changed(tenant, &mut records, at);
        self.carry_out_and_go();
        drop(records);
        self.settle();

        let (session, existing) = match reserved {
            Reserved::New(session) => (session, false),
            Reserved::Running(session) => (session, true),
        };
        let opening_seq = match opening {
            None => None,
            Some(words) => match self.say(link, session, words) {
                Ok(said) => Some(said.seq),
                // Nobody receives it; the visitor has been told why. A refusal would say that there was no session.
                Err(Refusal::SessionClosed) if !existing => None,
                Err(refusal) => return Err(refusal),
            },
        };
        Ok(Reply::Asked(Asked { session, existing, opening_seq }))
    }

    pub(super) fn read_trail(&mut self, link: Link, visitor: &VisitorId) -> Result<Reply, Refusal> {
        self.agents_only(link)?;
        self.attached(link)?;
        let tenant = self.tenant(link.tenant)?;
        let (hash, shard) = self.engine.visitors.place(tenant.no, visitor);
        let records = self.visitors(shard);
        let found = records.find(hash, tenant.no, visitor).and_then(|at| records.get(at));
        let trail = found.ok_or(Refusal::VisitorNotFound)?.trail(&tenant.policy(), self.now);
        Ok(Reply::Trail(Box::new(trail)))
    }

    /// Looks at visitors whose grace may be over, at most so many of one shard.
    pub(super) fn expire_visitors(&mut self, shard: u32, visitors_max: usize) {
        let engine = self.engine;
        let mut due = Vec::new();
        let mut records = self.visitors(shard);
        records.deadlines.expire(self.now.mono_ms, visitors_max, &mut due);
        for slot in due {
            let Some((at, _)) = records.in_slot(slot) else { continue };
            let Some(visitor) = records.get_mut(at) else { continue };
            visitor.entry_came(self.now);
            let (before, tenant) = (Counted::of(visitor), visitor.tenant());
            // One that came back is Here, one that went again later is Away still; both are only looked at.
            let afterwards = visitor.expire(self.now, &mut self.fx);
            let wants_look = afterwards != Afterwards::Gone && visitor.wants_look(self.now);
            if let Some(tenant) = engine.tenants.at(tenant) {
                if wants_look {
                    self.look(tenant, &mut records, at, before);
                } else {
                    self.afterwards(tenant, &mut records, at, before, afterwards);
                }
            }
            self.carry_out();
        }
        engine.visitors.shard(shard).note_due(&records);
    }
}

/// The visitor who speaks through a link.
pub(super) fn visitor_of(link: Link) -> Result<VisitorRef, Refusal> {
    match link.person {
        Person::Visitor(at) => Ok(at),
        Person::Agent(_) => Err(Refusal::VisitorsOnly),
    }
}

/// What a visitor asks for, with all that it names found in the policy.
struct Named {
    department: Option<DepartmentNo>,
    agent: Option<AgentId>,
    skills: SkillSet,
    channel: ChannelNo,
    priority_ms: u64,
    form: Vec<Answer>,
    begin: BeginCause,
}

impl Named {
    fn find(ask: Ask, policy: &Policy) -> Result<Self, Refusal> {
        let Ask { department, agent, skills, channel, opening: _, priority_minutes, form, by } =
            ask;
        let department = match department {
            None => None,
            Some(id) => Some(policy.department(&id).ok_or(Refusal::UnknownDepartment(id))?),
        };
        let channel = match channel {
            None => ChannelNo::default(),
            Some(id) => policy.channel(&id).ok_or(Refusal::UnknownChannel(id))?,
        };
        if skills.len() > SKILLS_MAX {
            return Err(Refusal::TooMany { field: "skills", max: SKILLS_MAX });
        }
        let skills = policy.skill_set(&skills).map_err(Refusal::UnknownSkill)?;
        let priority_ms = u64::from(priority_minutes.min(PRIORITY_MINUTES_MAX)) * 60_000;
        let begin = match by {
            AskedBy::Visitor => BeginCause::Visitor,
            AskedBy::Gateway => BeginCause::Gateway,
        };
        Ok(Self { department, agent, skills, channel, priority_ms, form, begin })
    }

    /// The department in whose queue it is.
    fn home(&self, site: SiteNo, policy: &Policy) -> DepartmentNo {
        self.department.unwrap_or_else(|| policy.style_of(site).home)
    }

    fn asking(self, visitor: &mut Visitor, knew: Option<AgentNo>, home: DepartmentNo) -> Asking {
        let Self { department, agent, skills, channel, priority_ms, form, begin } = self;
        let wish = Wish { department, agent, skills, channel, priority_ms, knew, ..visitor.wish() };
        Asking { wish: Box::new(wish), home, begin, claimed_by: None, form: form.into() }
    }
}

/// The visitor's record, if the link is still one of its links.
pub(super) fn attached(
    records: &mut VisitorRecords,
    at: VisitorRef,
    link: LinkId,
) -> Result<&mut Visitor, Refusal> {
    records.get_mut(at).filter(|visitor| visitor.links().contains(&link)).ok_or(Refusal::LinkGone)
}

pub(super) fn links_full(engine: &Engine) -> Refusal {
    Refusal::LimitReached { what: "links", max: engine.config.links_max.into() }
}

/// What a visitor's link is brought of one session. A sequence number of another life of the engine's memory says nothing here.
fn replay(engine: &Engine, resume: Option<ResumePoint>) -> Replay {
    Replay { after_seq: seen_of(engine, resume), ..LINK_REPLAY }
}

/// What was seen of a session in this life of the engine's memory.
pub(super) fn seen_of(engine: &Engine, resume: Option<ResumePoint>) -> Option<u64> {
    resume.filter(|resume| resume.epoch == engine.epoch).map(|resume| resume.seq)
}
