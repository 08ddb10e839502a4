//! Offers: one or several agents are asked whether they take a session, and have so long to answer.
//!
//! ```text
//!               the first one accepts ──▶ held by it; the others lost the race
//!   made ──────┤
//!               declined, timed out, rescinded by all ──▶ the request is queued again, at its old rank
//!               the visitor is gone ──▶ forgotten
//! ```
//!
//! Each agent's part ends exactly once, with an [`OfferOutcome`]; its room is taken from the beginning to that end. Accepting again what
//! one has accepted is answered the same. Who declines or lets pass isn't asked about the same request for a while, and is set away after
//! so many in a row; a lost connection counts as neither.

use smallvec::SmallVec;

use super::agent::{Kind, Shunned};
use super::request::Place;
use super::slots::Turn;
use super::{Due, Floor};
use crate::crossing::HowAssigned;
use crate::delivery::{Delivery, OfferOutcome, OfferView, Status};
use crate::effects::Effects;
use crate::fact::{Event, Fact};
use crate::id::{AgentNo, LinkId, OfferId, SessionId};
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
        let view = OfferView {
            offer,
            session,
            visitor: request.wish.visitor.clone(),
            department: self.policy.department_at(request.home).id.clone(),
            asked_wall_ms: request.asked.wall_ms,
            until_wall_ms: now.wall_ms.saturating_add(timeout_ms),
        };
        let (home, weight) = (request.home, request.weight_now(&self.policy));
        for no in &asked {
            self.take_room(*no, home, weight, Turn::Stays, |agent| agent.offered.push(offer));
            let agent = self.agent(*no);
            fx.tell_each(&agent.links, Delivery::OfferMade(Box::new(view.clone())));
            let (agent, policy) = (agent.id.clone(), self.policy.version);
            self.keep(Event::OfferMade { offer, session, agent, policy }, now, fx);
        }
        self.counts.offered += 1;
        self.department_mut(home).offered += 1;
        self.due.insert((until_mono_ms, Due::Offer(offer)));
        self.offers.insert(offer, Offer { session, asked, until_mono_ms });
        self.touch(home);
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
        self.end_part(no, offer, outcome, now, fx);
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

    fn forget_offer(&mut self, offer: OfferId) {
        if let Some(there) = self.offers.remove(&offer) {
            debug_assert!(there.asked.is_empty(), "{offer} is forgotten while somebody is asked");
            self.due.remove(&(there.until_mono_ms, Due::Offer(offer)));
            self.counts.offered -= 1;
            if let Some(request) = self.requests.get(&there.session) {
                let home = request.home;
                self.department_mut(home).offered -= 1;
                self.touch(home);
            }
        }
    }

    /// Ends one agent's part: its room is free, it is told, and it is kept.
    fn end_part(
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
        let Some(request) = self.requests.get(&session) else { return };
        let (home, weight) = (request.home, request.weight_now(&self.policy));
        self.free_room(no, home, weight, |agent| {
            agent.offered.retain(|offered| *offered != offer);
            if agent.ended.len() == ENDED_MAX {
                agent.ended.pop_front();
            }
            agent.ended.push_back(EndedOffer { offer, session, outcome });
        });
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
    fn shun(&mut self, no: AgentNo, session: SessionId, now: Now) {
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

    /// An agent takes one who waits, by itself: a chosen one, or the next of those it may have.
    ///
    /// It need not be online, and takes one more only where it has room, unless `room` lets it. Errors: [`Refusal::NotSignedOn`],
    /// [`Refusal::NobodyWaits`], [`Refusal::PickLost`], [`Refusal::AgentFull`], [`Refusal::SessionNotFound`].
    pub fn pick(
        &mut self,
        no: AgentNo,
        chosen: Option<SessionId>,
        room: Room,
        now: Now,
        fx: &mut Effects,
    ) -> Result<SessionId, Refusal> {
        if !self.is_signed_on(no) {
            return Err(Refusal::NotSignedOn);
        }
        let session = match chosen {
            Some(session) => session,
            None => self.next_for(no).ok_or(Refusal::NobodyWaits)?,
        };
        let request = self.requests.get(&session).ok_or(Refusal::SessionNotFound)?;
        match request.place {
            Place::Queued => {}
            Place::Held(holder) if holder == no => return Ok(session),
            Place::Offered(offer) if self.agent(no).offered.contains(&offer) => {
                return self.accept_offer(no, offer, now, fx);
            }
            Place::Held(_) | Place::Offered(_) => return Err(Refusal::PickLost),
        }
        let agent = self.agent(no);
        let may = agent.post(request.home).is_some()
            || request.pools.iter().any(|pool| {
                agent.own_pool == Some(*pool) || agent.pools.iter().any(|(own, _)| own == pool)
            });
        if !may && room == Room::Needed {
            let department = self.policy.department_at(request.home).id.clone();
            return Err(Refusal::OtherDepartment(department));
        }
        let fits = self.fits(no, request);
        let how = match room {
            _ if fits => HowAssigned::Picked,
            Room::Needed => return Err(Refusal::AgentFull),
            Room::Overridden => HowAssigned::PickedOverCapacity,
        };
        let savers = self.unstand(session);
        self.hold(no, session, how, now, fx);
        self.fill_all(savers, now, fx);
        Ok(session)
    }

    /// The best of those who wait for an agent's pools.
    fn next_for(&self, no: AgentNo) -> Option<SessionId> {
        let agent = self.agent(no);
        let pools = agent.pools.iter().map(|(pool, _)| *pool).chain(agent.own_pool);
        let heads = pools.filter_map(|pool| self.pool(pool).line.first());
        heads.min_by_key(|(rank, _)| *rank).map(|(_, session)| *session)
    }

    /// The offers that an agent hasn't answered, for a link that comes up.
    pub(super) fn tell_offers(&self, no: AgentNo, link: LinkId, now: Now, fx: &mut Effects) {
        for offer in &self.agent(no).offered {
            let Some(there) = self.offers.get(offer) else { continue };
            let Some(request) = self.requests.get(&there.session) else { continue };
            let left_ms = there.until_mono_ms.saturating_sub(now.mono_ms);
            let view = OfferView {
                offer: *offer,
                session: there.session,
                visitor: request.wish.visitor.clone(),
                department: self.policy.department_at(request.home).id.clone(),
                asked_wall_ms: request.asked.wall_ms,
                until_wall_ms: now.wall_ms.saturating_add(left_ms),
            };
            fx.tell(link, Delivery::OfferMade(Box::new(view)));
        }
    }

    pub(super) fn keep(&self, event: Event, now: Now, fx: &mut Effects) {
        fx.keep(Fact { tenant: self.tenant, wall_ms: now.wall_ms, event });
    }
}

/// Whether an agent must have room for what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Yes.
    Needed,
    /// No: somebody who may says so, and it is kept with the fact.
    Overridden,
}
