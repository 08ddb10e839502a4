//! Offers: one or several agents are asked whether they take a session, and have so long to answer.
//!
//! ```text
//!               the first one accepts ──▶ held by it; the others lost the race
//!   made ──────┤
//!               declined, timed out, rescinded by all ──▶ the request is queued again, at its old rank
//!               the visitor is gone ──▶ forgotten
//! ```
//!
//! An offer is about a request that nobody has, or asks a colleague about a session that an agent has (`handing`).
//!
//! Each agent's part ends exactly once, with an [`OfferOutcome`]; its room is taken from the beginning to that end. Accepting again what
//! one has accepted is answered the same. Who declines or lets pass isn't asked about the same request for a while, and is set away after
//! so many in a row; a lost connection counts as neither.

use smallvec::SmallVec;

use super::agent::{Agent, Kind, Shunned};
use super::handing::Handing;
use super::request::Place;
use super::slots::Turn;
use super::{Due, Floor};
use crate::crossing::HowAssigned;
use crate::delivery::{Delivery, OfferOutcome, OfferPurpose, OfferView, Status};
use crate::effects::Effects;
use crate::fact::{Event, Fact};
use crate::id::{AgentNo, DepartmentNo, LinkId, OfferId, SessionId};
use crate::refusal::Refusal;
use crate::time::Now;

/// Requests that one agent isn't asked about at once; the oldest is forgotten beyond.
pub(super) const SHUNNED_MAX: usize = 32;
/// Ended offers of one agent that a late answer is still told about.
const ENDED_MAX: usize = 16;

/// One offer.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) session: SessionId,
    /// Who is asked and hasn't answered.
    pub(super) asked: SmallVec<[AgentNo; 2]>,
    pub(super) until_mono_ms: u64,
    /// What it is about, if an agent has the session.
    pub(super) handing: Option<Box<Handing>>,
}

/// How an agent's part in an offer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EndedOffer {
    pub(super) offer: OfferId,
    pub(super) session: SessionId,
    pub(super) outcome: OfferOutcome,
}

impl Floor {
    /// Asks an agent, and others with it if the policy says so.
    pub(super) fn ask(
        &mut self,
        first: AgentNo,
        session: SessionId,
        (timeout_ms, at_once): (u64, u8),
        now: Now,
        fx: &mut Effects,
    ) {
        let mut asked: SmallVec<[AgentNo; 2]> = SmallVec::from_slice(&[first]);
        let mut except = asked.clone();
        while asked.len() < usize::from(at_once)
            && let Some(request) = self.requests.get(&session)
            && let Some(next) = self.best_free(session, request, &except)
        {
            except.push(next);
            // A bot is never asked.
            if self.agent(next).kind == Kind::Person {
                asked.push(next);
            }
        }
        let offer = OfferId::random(&mut self.chance);
        let until_mono_ms = now.mono_ms.saturating_add(timeout_ms).max(1);
        let Some(request) = self.requests.get_mut(&session) else { return };
        request.place = Place::Offered(offer);
        request.range_due_mono_ms = 0;
        let home = request.home;
        self.counts.offered += 1;
        self.department_mut(home).offered += 1;
        self.due.insert((until_mono_ms, Due::Offer(offer)));
        let there = Offer { session, asked: SmallVec::new(), until_mono_ms, handing: None };
        self.offers.insert(offer, there);
        for no in asked {
            self.begin_part(no, offer, now, fx);
        }
        self.touch(home);
    }

    /// One agent's part in an offer begins: it takes what that takes of its room, is told, and it is kept.
    pub(super) fn begin_part(&mut self, no: AgentNo, offer: OfferId, now: Now, fx: &mut Effects) {
        let Some(there) = self.offers.get_mut(&offer) else { return };
        there.asked.push(no);
        let session = there.session;
        match self.room_of(offer) {
            Some((home, weight)) => {
                self.take_room(no, home, weight, Turn::Stays, |agent| agent.offered.push(offer));
            }
            None => self.agent_mut(no).offered.push(offer),
        }
        let Some(view) = self.offer_view(offer, now) else { return };
        let purpose = view.purpose;
        let agent = self.agent(no);
        fx.tell_each(&agent.links, Delivery::OfferMade(Box::new(view)));
        let (agent, policy) = (agent.id.clone(), self.policy.version);
        self.keep(Event::OfferMade { offer, session, agent, purpose, policy }, now, fx);
    }

    /// What an offer takes of the room of each agent that is asked: of which department, and how much; `None` for nothing.
    pub(super) fn room_of(&self, offer: OfferId) -> Option<(DepartmentNo, u32)> {
        let there = self.offers.get(&offer)?;
        let request = self.requests.get(&there.session)?;
        match &there.handing {
            None => Some((request.home, request.weight_now(&self.policy))),
            Some(handing) => handing.room(request),
        }
    }

    /// An agent takes what it is offered. Again, it is told the same. Answers with the session. Errors: [`Refusal::OfferEnded`],
    /// [`Refusal::OfferNotFound`].
    pub fn accept_offer(
        &mut self,
        no: AgentNo,
        offer: OfferId,
        now: Now,
        fx: &mut Effects,
    ) -> Result<SessionId, Refusal> {
        let session = match self.part_in(no, offer) {
            Ok(session) => session,
            Err(Refusal::OfferEnded(OfferOutcome::Accepted)) => {
                let ended = self.agent(no).ended.iter().find(|ended| ended.offer == offer);
                return ended.map(|ended| ended.session).ok_or(Refusal::OfferNotFound);
            }
            Err(refusal) => return Err(refusal),
        };
        self.end_part(no, offer, OfferOutcome::Accepted, now, fx);
        if self.offers.get(&offer).is_some_and(|there| there.handing.is_some()) {
            self.colleague_accepted(no, offer, now, fx);
            return Ok(session);
        }
        let others = self.end_offer(offer, OfferOutcome::LostRace, now, fx);
        self.hold(no, session, HowAssigned::Accepted, now, fx);
        self.freed_all(others, now, fx);
        Ok(session)
    }

    /// An agent doesn't take what it is offered, and isn't asked again for the back-off. Errors: [`Refusal::OfferEnded`],
    /// [`Refusal::OfferNotFound`].
    pub fn decline_offer(
        &mut self,
        no: AgentNo,
        offer: OfferId,
        now: Now,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        match self.part_in(no, offer) {
            Ok(_) => {}
            Err(Refusal::OfferEnded(OfferOutcome::Declined)) => return Ok(()),
            Err(refusal) => return Err(refusal),
        }
        self.step_back(no, offer, OfferOutcome::Declined, now, fx);
        Ok(())
    }

    /// Nobody has answered in time.
    pub(super) fn offer_timed_out(&mut self, offer: OfferId, now: Now, fx: &mut Effects) {
        let Some(there) = self.offers.get(&offer) else { return };
        for no in there.asked.clone() {
            self.step_back(no, offer, OfferOutcome::TimedOut, now, fx);
        }
    }

    /// Takes an agent's offers from it: it is away, busy or gone.
    pub(super) fn withdraw_offers(
        &mut self,
        no: AgentNo,
        outcome: OfferOutcome,
        now: Now,
        fx: &mut Effects,
    ) {
        for offer in self.agent(no).offered.clone() {
            self.step_back(no, offer, outcome, now, fx);
        }
    }

    /// Takes the offers from an agent that only one who is online gets by itself. What colleagues ask it may still answer.
    pub(super) fn rescind_offers(&mut self, no: AgentNo, now: Now, fx: &mut Effects) {
        for offer in self.agent(no).offered.clone() {
            if self.offers.get(&offer).is_some_and(|there| there.handing.is_none()) {
                self.step_back(no, offer, OfferOutcome::Rescinded, now, fx);
            }
        }
    }

    /// An agent's part ends without it getting the session. With the last one's the request looks for others.
    fn step_back(
        &mut self,
        no: AgentNo,
        offer: OfferId,
        outcome: OfferOutcome,
        now: Now,
        fx: &mut Effects,
    ) {
        let Some(there) = self.offers.get(&offer) else { return };
        let (session, is_last) = (there.session, there.asked.len() == 1);
        let is_handing = there.handing.is_some();
        self.end_part(no, offer, outcome, now, fx);
        if is_handing {
            self.colleague_stepped_back(no, offer, outcome, now, fx);
            return;
        }
        if matches!(outcome, OfferOutcome::Declined | OfferOutcome::TimedOut) {
            if let Some(request) = self.requests.get(&session) {
                let (home, pools) = (request.home, request.pools.clone());
                self.relisting(no, |floor| floor.end_turn(no, home, &pools));
            }
            self.shun(no, session, now);
            self.count_miss(no, session, outcome, now, fx);
        }
        if is_last {
            self.forget_offer(offer);
            self.seek(session, now, fx);
        }
        self.freed(no, now, fx);
    }

    /// Ends an offer for all who are still asked. They are for the caller to fill.
    pub(super) fn end_offer(
        &mut self,
        offer: OfferId,
        outcome: OfferOutcome,
        now: Now,
        fx: &mut Effects,
    ) -> SmallVec<[AgentNo; 2]> {
        let Some(there) = self.offers.get(&offer) else { return SmallVec::new() };
        let asked = there.asked.clone();
        for no in &asked {
            self.end_part(*no, offer, outcome, now, fx);
        }
        self.forget_offer(offer);
        asked
    }

    /// An offer is over. Answers with what it was about, if an agent has the session.
    pub(super) fn forget_offer(&mut self, offer: OfferId) -> Option<Box<Handing>> {
        let there = self.offers.remove(&offer)?;
        debug_assert!(there.asked.is_empty(), "{offer} is forgotten while somebody is asked");
        self.due.remove(&(there.until_mono_ms, Due::Offer(offer)));
        let request = self.requests.get_mut(&there.session);
        if there.handing.is_some() {
            if let Some(request) = request {
                request.handings.retain(|other| *other != offer);
            }
            return there.handing;
        }
        self.counts.offered -= 1;
        if let Some(home) = request.map(|request| request.home) {
            self.department_mut(home).offered -= 1;
            self.touch(home);
        }
        None
    }

    /// Ends one agent's part: its room is free, it is told, and it is kept.
    pub(super) fn end_part(
        &mut self,
        no: AgentNo,
        offer: OfferId,
        outcome: OfferOutcome,
        now: Now,
        fx: &mut Effects,
    ) {
        let Some(there) = self.offers.get_mut(&offer) else { return };
        there.asked.retain(|asked| *asked != no);
        let session = there.session;
        let note = |agent: &mut Agent| {
            agent.offered.retain(|offered| *offered != offer);
            if agent.ended.len() == ENDED_MAX {
                agent.ended.pop_front();
            }
            agent.ended.push_back(EndedOffer { offer, session, outcome });
        };
        match self.room_of(offer) {
            Some((home, weight)) => self.free_room(no, home, weight, note),
            None => note(self.agent_mut(no)),
        }
        let agent = self.agent(no);
        fx.tell_each(&agent.links, Delivery::OfferEnded { offer, session, outcome });
        let agent = agent.id.clone();
        self.keep(Event::OfferEnded { offer, session, agent, outcome }, now, fx);
    }

    /// The session of an offer that an agent may answer. Errors: how it ended, or that there is none.
    fn part_in(&self, no: AgentNo, offer: OfferId) -> Result<SessionId, Refusal> {
        if let Some(there) = self.offers.get(&offer)
            && there.asked.contains(&no)
        {
            return Ok(there.session);
        }
        let ended = self.agent(no).ended.iter().rev().find(|ended| ended.offer == offer);
        Err(ended.map_or(Refusal::OfferNotFound, |ended| Refusal::OfferEnded(ended.outcome)))
    }

    /// An agent isn't asked about a request for the back-off of its department.
    pub(super) fn shun(&mut self, no: AgentNo, session: SessionId, now: Now) {
        let Some(request) = self.requests.get(&session) else { return };
        let back_off_ms = self.policy.department_at(request.home).offers.back_off_ms;
        let until_mono_ms = now.mono_ms.saturating_add(back_off_ms).max(1);
        self.forget_shunned(no, session);
        if self.agent(no).shunned.len() == SHUNNED_MAX {
            let oldest = self.agent(no).shunned[0].session;
            self.forget_shunned(no, oldest);
        }
        self.agent_mut(no).shunned.push(Shunned { session, until_mono_ms });
        self.due.insert((until_mono_ms, Due::Shunned(no, session)));
    }

    fn forget_shunned(&mut self, no: AgentNo, session: SessionId) {
        if let Some(until) = self.agent(no).shuns(session) {
            self.due.remove(&(until, Due::Shunned(no, session)));
            self.agent_mut(no).shunned.retain(|shunned| shunned.session != session);
        }
    }

    /// Forgets all that an agent isn't asked about.
    pub(super) fn forget_all_shunned(&mut self, no: AgentNo) {
        for shunned in self.agent(no).shunned.clone() {
            self.forget_shunned(no, shunned.session);
        }
    }

    /// An agent may be asked again.
    pub(super) fn shunned_no_more(
        &mut self,
        no: AgentNo,
        session: SessionId,
        now: Now,
        fx: &mut Effects,
    ) {
        self.agent_mut(no).shunned.retain(|shunned| shunned.session != session);
        self.fill(no, now, fx);
    }

    /// Counts what an agent declined or let pass, and sets it away after so many in a row.
    fn count_miss(
        &mut self,
        no: AgentNo,
        session: SessionId,
        outcome: OfferOutcome,
        now: Now,
        fx: &mut Effects,
    ) {
        let Some(request) = self.requests.get(&session) else { return };
        let offers = self.policy.department_at(request.home).offers;
        let agent = self.agent_mut(no);
        let (misses, max, reason) = if outcome == OfferOutcome::Declined {
            (&mut agent.declined, offers.declined_max, "declined offers")
        } else {
            (&mut agent.missed, offers.missed_max, "missed offers")
        };
        *misses = misses.saturating_add(1);
        if max > 0 && *misses >= max {
            (agent.declined, agent.missed) = (0, 0);
            self.change_status(no, Status::Away, reason.into(), now, fx);
        }
    }

    /// The offers that an agent hasn't answered, for a link that comes up.
    pub(super) fn tell_offers(&self, no: AgentNo, link: LinkId, now: Now, fx: &mut Effects) {
        for offer in &self.agent(no).offered {
            if let Some(view) = self.offer_view(*offer, now) {
                fx.tell(link, Delivery::OfferMade(Box::new(view)));
            }
        }
    }

    /// An offer as those who are asked see it.
    fn offer_view(&self, offer: OfferId, now: Now) -> Option<OfferView> {
        let there = self.offers.get(&offer)?;
        let request = self.requests.get(&there.session)?;
        let left_ms = there.until_mono_ms.saturating_sub(now.mono_ms);
        let handing = there.handing.as_deref();
        let department = handing.and_then(|handing| handing.department).unwrap_or(request.home);
        Some(OfferView {
            offer,
            session: there.session,
            visitor: request.wish.visitor.clone(),
            department: self.policy.department_at(department).id.clone(),
            asked_wall_ms: request.asked.wall_ms,
            until_wall_ms: now.wall_ms.saturating_add(left_ms),
            purpose: handing.map_or(OfferPurpose::Assign, Handing::purpose),
            from: handing.map(|handing| self.agent(handing.by).id.clone()),
            note: handing.map_or_else(|| "".into(), |handing| handing.note.clone()),
        })
    }

    pub(super) fn keep(&self, event: Event, now: Now, fx: &mut Effects) {
        fx.keep(Fact { tenant: self.tenant, wall_ms: now.wall_ms, event });
    }
}
