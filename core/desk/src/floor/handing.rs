//! What agents ask of colleagues about a session that one of them has: to take it over, or to take part in it.
//!
//! ```text
//!                                  accepted ──▶ the session is theirs, or they take part
//!   made ──▶ one is asked ─────────┤
//!                ▲                 declined, timed out, away, gone
//!                └── the next one ─┘  │ nobody is left
//!                    of a department  └─▶ as it was; or, if it was to wait, in the department's queue
//! ```
//!
//! It is an [`Offer`](super::offers) of one agent at a time. The session stays with its owner until the very step in which another one
//! has it, so its visitor is never without. It ends once, typed, and who asked is told.

use std::sync::Arc;

use smallvec::SmallVec;

use super::agent::{Agent, Kind};
use super::offers::Offer;
use super::request::Request;
use super::{Due, Floor};
use crate::delivery::{
    Asking, Delivery, HandingEnded, HandingOutcome, OfferOutcome, OfferPurpose, Status,
};
use crate::effects::Effects;
use crate::id::{AgentId, AgentNo, DepartmentId, DepartmentNo, LinkId, OfferId, SessionId};
use crate::message::Class;
use crate::policy::department::OfferMode;
use crate::refusal::Refusal;
use crate::time::Now;

/// Longest note to a colleague, in bytes.
pub const NOTE_BYTES_MAX: usize = 1_024;
/// How long a colleague has to answer where its department's policy has nobody asked.
pub const HANDING_MS: u64 = 30_000;
/// Most agents of a department that are asked about one session, one after another.
const TRIED_MAX: usize = 64;
/// Handings of one agent that are over and that it is still told about when it withdraws them too late.
const OVER_MAX: usize = 16;

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Colleague {
    /// This agent.
    Agent(AgentId),
    /// The agents of a department, one after another.
    Department(DepartmentId),
}

/// What an agent asks of its colleagues about one session.
#[derive(Debug)]
pub(super) struct Handing {
    /// Who asks.
    pub(super) by: AgentNo,
    pub(super) what: What,
    pub(super) note: Arc<str>,
    /// The department whose agents are asked; `None` for one agent by name.
    pub(super) department: Option<DepartmentNo>,
    /// Those who were asked, and who asks.
    pub(super) tried: SmallVec<[AgentNo; 4]>,
}

/// What colleagues are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// To have the session.
    Transfer {
        /// Whether it waits in the department's queue when nobody takes it.
        waits: bool,
    },
    /// To take part in it.
    Join {
        /// Whether the visitor is told.
        is_seen: bool,
    },
}

impl Handing {
    /// What it takes of the room of who is asked.
    pub(super) fn room(&self, request: &Request) -> Option<(DepartmentNo, u32)> {
        // Whoever gets it has it awake.
        let home = self.department.unwrap_or(request.home);
        self.is_transfer().then_some((home, request.weight))
    }

    pub(super) fn is_transfer(&self) -> bool {
        matches!(self.what, What::Transfer { .. })
    }

    pub(super) fn purpose(&self) -> OfferPurpose {
        match self.what {
            What::Transfer { .. } => OfferPurpose::Transfer,
            What::Join { is_seen } => OfferPurpose::Join { is_seen },
        }
    }
}

impl Floor {
    /// Asks the first colleague. The session must be one that an agent has, or that it takes part in.
    pub(super) fn begin_handing(
        &mut self,
        session: SessionId,
        handing: Handing,
        first: AgentNo,
        now: Now,
        fx: &mut Effects,
    ) -> Asking {
        let offer = OfferId::random(&mut self.chance);
        if let Some(request) = self.requests.get_mut(&session) {
            request.handings.push(offer);
        }
        let handing = Some(Box::new(handing));
        let there = Offer { session, asked: SmallVec::new(), until_mono_ms: 0, handing };
        self.offers.insert(offer, there);
        let timeout_ms = self.ask_colleague(first, offer, now, fx);
        Asking {
            offer: Some(offer),
            session,
            agent: Some(self.agent(first).id.clone()),
            until_wall_ms: now.wall_ms.saturating_add(timeout_ms),
        }
    }

    /// Asks a colleague. Answers with the time it has.
    fn ask_colleague(&mut self, no: AgentNo, offer: OfferId, now: Now, fx: &mut Effects) -> u64 {
        let timeout_ms = self.handing_timeout_ms(offer);
        let until_mono_ms = now.mono_ms.saturating_add(timeout_ms).max(1);
        let Some(there) = self.offers.get_mut(&offer) else { return 0 };
        self.due.remove(&(there.until_mono_ms, Due::Offer(offer)));
        there.until_mono_ms = until_mono_ms;
        if let Some(handing) = &mut there.handing {
            handing.tried.push(no);
        }
        self.due.insert((until_mono_ms, Due::Offer(offer)));
        self.begin_part(no, offer, now, fx);
        timeout_ms
    }

    fn handing_timeout_ms(&self, offer: OfferId) -> u64 {
        let there = self.offers.get(&offer);
        let asked_of = there.and_then(|there| there.handing.as_ref()?.department);
        let home = || Some(self.requests.get(&there?.session)?.home);
        let mode = asked_of.or_else(home).map(|no| self.policy.department_at(no).offers.mode);
        match mode {
            Some(OfferMode::Asked { timeout_ms, .. }) => timeout_ms,
            Some(OfferMode::Taken) | None => HANDING_MS,
        }
    }

    /// A running handing as who asked sees it.
    pub(super) fn asking(&self, offer: OfferId, now: Now) -> Option<Asking> {
        let there = self.offers.get(&offer)?;
        let left_ms = there.until_mono_ms.saturating_sub(now.mono_ms);
        Some(Asking {
            offer: Some(offer),
            session: there.session,
            agent: there.asked.first().map(|no| self.agent(*no).id.clone()),
            until_wall_ms: now.wall_ms.saturating_add(left_ms),
        })
    }

    /// A colleague accepted; its part has ended.
    pub(super) fn colleague_accepted(
        &mut self,
        no: AgentNo,
        offer: OfferId,
        now: Now,
        fx: &mut Effects,
    ) {
        let Some(session) = self.offers.get(&offer).map(|there| there.session) else { return };
        let Some(handing) = self.forget_offer(offer) else { return };
        self.tell_handing_ended((session, offer), &handing, HandingOutcome::Accepted, Some(no), fx);
        match handing.what {
            What::Transfer { .. } => self.transferred(session, no, &handing, now, fx),
            What::Join { is_seen } => self.seat(session, no, (Class::Agent, is_seen), fx),
        }
    }

    /// A colleague's part ended without it accepting: the next one is asked, or it is over.
    pub(super) fn colleague_stepped_back(
        &mut self,
        no: AgentNo,
        offer: OfferId,
        outcome: OfferOutcome,
        now: Now,
        fx: &mut Effects,
    ) {
        let Some(there) = self.offers.get(&offer) else { return };
        let session = there.session;
        let Some(handing) = &there.handing else { return };
        let (by, is_transfer) = (handing.by, handing.is_transfer());
        if let Some(department) = handing.department {
            if is_transfer && matches!(outcome, OfferOutcome::Declined | OfferOutcome::TimedOut) {
                self.shun(no, session, now);
            }
            if let Some(next) = self.next_colleague(offer, department) {
                self.ask_colleague(next, offer, now, fx);
                if let Some(asking) = self.asking(offer, now) {
                    fx.tell_each(&self.agent(by).links, Delivery::AskedNext(Box::new(asking)));
                }
                self.freed(no, now, fx);
                return;
            }
        }
        self.nobody_took(offer, no, outcome, now, fx);
        self.freed(no, now, fx);
    }

    /// Nobody is left who could be asked.
    fn nobody_took(
        &mut self,
        offer: OfferId,
        last: AgentNo,
        outcome: OfferOutcome,
        now: Now,
        fx: &mut Effects,
    ) {
        let Some(session) = self.offers.get(&offer).map(|there| there.session) else { return };
        let Some(handing) = self.forget_offer(offer) else { return };
        let of = (session, offer);
        if handing.what == (What::Transfer { waits: true })
            && let Some(department) = handing.department
            && self.may_queue(session, department, now).is_ok()
        {
            self.tell_handing_ended(of, &handing, HandingOutcome::Waits, None, fx);
            let source = (handing.by, &*handing.note);
            self.transferred_to_queue(session, source, department, now, fx);
            return;
        }
        self.tell_handing_ended(of, &handing, over(outcome), Some(last), fx);
    }

    /// The next one to be asked of a department.
    fn next_colleague(&self, offer: OfferId, department: DepartmentNo) -> Option<AgentNo> {
        let there = self.offers.get(&offer)?;
        let handing = there.handing.as_ref()?;
        match handing.what {
            _ if handing.tried.len() >= TRIED_MAX => None,
            What::Transfer { .. } => self.best_heir(there.session, department, &handing.tried),
            What::Join { .. } => self.best_guest(there.session, department, &handing.tried),
        }
    }

    /// An agent takes back what it asked of its colleagues; again, it is told the same. Errors: [`Refusal::HandingEnded`] for what is over,
    /// [`Refusal::OfferNotFound`] for what isn't its own.
    pub fn withdraw_offer(
        &mut self,
        no: AgentNo,
        offer: OfferId,
        now: Now,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        let there = self.offers.get(&offer);
        let its_own = there.filter(|there| there.handing.as_ref().is_some_and(|it| it.by == no));
        let Some(session) = its_own.map(|there| there.session) else {
            let over = self.agent(no).over.iter().rev().find(|(other, _)| *other == offer);
            return match over.ok_or(Refusal::OfferNotFound)?.1 {
                HandingOutcome::Withdrawn => Ok(()),
                outcome => Err(Refusal::HandingEnded(outcome)),
            };
        };
        let ends = (OfferOutcome::Withdrawn, HandingOutcome::Withdrawn);
        let asked = self.end_handings(session, |other, _| other == offer, ends, now, fx);
        self.freed_all(asked, now, fx);
        Ok(())
    }

    /// Ends what is asked about a session, each once. Those who were asked are for the caller to fill.
    pub(super) fn end_handings(
        &mut self,
        session: SessionId,
        which: impl Fn(OfferId, &Handing) -> bool,
        (part, whole): (OfferOutcome, HandingOutcome),
        now: Now,
        fx: &mut Effects,
    ) -> SmallVec<[AgentNo; 2]> {
        let mut freed = SmallVec::new();
        let Some(request) = self.requests.get(&session) else { return freed };
        for offer in request.handings.clone() {
            let Some(there) = self.offers.get(&offer) else { continue };
            if !there.handing.as_ref().is_some_and(|handing| which(offer, handing)) {
                continue;
            }
            for no in there.asked.clone() {
                self.end_part(no, offer, part, now, fx);
                freed.push(no);
            }
            if let Some(handing) = self.forget_offer(offer) {
                self.tell_handing_ended((session, offer), &handing, whole, None, fx);
            }
        }
        freed
    }

    /// What an agent asked about a session that it has no more, or takes part in no more, is over.
    pub(super) fn end_handings_of(
        &mut self,
        no: AgentNo,
        session: SessionId,
        now: Now,
        fx: &mut Effects,
    ) -> SmallVec<[AgentNo; 2]> {
        let ends = (OfferOutcome::Withdrawn, HandingOutcome::SourceLost);
        self.end_handings(session, |_, handing| handing.by == no, ends, now, fx)
    }

    fn tell_handing_ended(
        &mut self,
        (session, offer): (SessionId, OfferId),
        handing: &Handing,
        outcome: HandingOutcome,
        who: Option<AgentNo>,
        fx: &mut Effects,
    ) {
        let agent = who.map(|no| self.agent(no).id.clone());
        let by = self.agent_mut(handing.by);
        if by.over.len() == OVER_MAX {
            by.over.pop_front();
        }
        by.over.push_back((offer, outcome));
        let purpose = handing.purpose();
        let ended = HandingEnded { session, offer, purpose, outcome, agent };
        fx.tell_each(&by.links, Delivery::HandingEnded(Box::new(ended)));
    }

    /// What an agent has asked of colleagues and isn't answered yet, for a link that comes up.
    pub(super) fn tell_handings(&self, no: AgentNo, link: LinkId, now: Now, fx: &mut Effects) {
        let agent = self.agent(no);
        for session in agent.held.iter().chain(&agent.seats) {
            let Some(request) = self.requests.get(session) else { continue };
            for offer in &request.handings {
                let there = self.offers.get(offer).and_then(|there| there.handing.as_ref());
                if there.is_some_and(|handing| handing.by == no)
                    && let Some(asking) = self.asking(*offer, now)
                {
                    fx.tell(link, Delivery::AskedNext(Box::new(asking)));
                }
            }
        }
    }

    /// The agent that is named, if it may be asked. Errors: [`Refusal::UnknownAgent`], [`Refusal::ToOneself`],
    /// [`Refusal::TargetOutOfReach`].
    pub(super) fn asked_agent(
        &self,
        no: AgentNo,
        home: DepartmentNo,
        id: &AgentId,
    ) -> Result<AgentNo, Refusal> {
        let target = self.agent_no(id).ok_or_else(|| Refusal::UnknownAgent(id.clone()))?;
        if target == no {
            return Err(Refusal::ToOneself);
        }
        if self.is_colleague(no, Some(home), target) {
            Ok(target)
        } else {
            Err(Refusal::TargetOutOfReach(Colleague::Agent(id.clone())))
        }
    }

    /// The department that is named, if its agents may be asked. Errors: [`Refusal::UnknownDepartment`], [`Refusal::TargetOutOfReach`].
    pub(super) fn asked_department(
        &self,
        no: AgentNo,
        home: DepartmentNo,
        id: &DepartmentId,
    ) -> Result<DepartmentNo, Refusal> {
        let department = self.policy.department(id);
        let department = department.ok_or_else(|| Refusal::UnknownDepartment(id.clone()))?;
        if self.is_in_reach(no, Some(home), department) {
            Ok(department)
        } else {
            Err(Refusal::TargetOutOfReach(Colleague::Department(id.clone())))
        }
    }

    /// Whether the policy lets an agent turn to another one: to one who works for a department in reach, or for none.
    pub(super) fn is_colleague(
        &self,
        no: AgentNo,
        home: Option<DepartmentNo>,
        other: AgentNo,
    ) -> bool {
        let there = self.agent(other);
        there.posts.is_empty()
            || there.departments().any(|department| self.is_in_reach(no, home, department))
    }

    /// Whether the policy lets an agent turn to a department, by one of its own or by that of the session which it is about.
    pub(super) fn is_in_reach(
        &self,
        no: AgentNo,
        home: Option<DepartmentNo>,
        to: DepartmentNo,
    ) -> bool {
        let mut own = self.agent(no).departments().chain(home);
        own.any(|own| self.policy.department_at(own).reaches(to))
    }

    /// The transfer of a session that runs is over, because its agent has it no more.
    pub(super) fn end_transfer(
        &mut self,
        session: SessionId,
        now: Now,
        fx: &mut Effects,
    ) -> SmallVec<[AgentNo; 2]> {
        let ends = (OfferOutcome::Withdrawn, HandingOutcome::SourceLost);
        self.end_handings(session, |_, handing| handing.is_transfer(), ends, now, fx)
    }
}

impl Agent {
    /// Whether it can answer what it is asked: a busy one may.
    pub(super) fn can_answer(&self) -> bool {
        let works = matches!(self.status, Status::Online | Status::Busy);
        works && !self.links.is_empty() && self.next.is_none() && self.kind == Kind::Person
    }
}

/// How a handing ends by the answer of the last one who was asked.
fn over(outcome: OfferOutcome) -> HandingOutcome {
    match outcome {
        OfferOutcome::Accepted => HandingOutcome::Accepted,
        OfferOutcome::Declined => HandingOutcome::Declined,
        OfferOutcome::TimedOut => HandingOutcome::TimedOut,
        OfferOutcome::Rescinded | OfferOutcome::LostRace => HandingOutcome::Away,
        OfferOutcome::AgentGone => HandingOutcome::Gone,
        OfferOutcome::Withdrawn => HandingOutcome::Withdrawn,
        OfferOutcome::VisitorGone | OfferOutcome::SessionEnded => HandingOutcome::SessionEnded,
    }
}
