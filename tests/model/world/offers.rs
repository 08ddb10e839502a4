//! Agents that are asked: how they answer, and what is kept of it.

use frontdesk_desk::delivery::OfferOutcome;
use frontdesk_desk::fact::Fact;
use frontdesk_desk::policy::department::{Department, OfferMode};

use super::*;
use crate::reference::Rules;

/// Gives a department its rules.
pub(super) fn rule(department: &mut Department, rules: &Rules) {
    let (timeout_ms, at_once) = rules.asked;
    let offers = &mut department.offers;
    if timeout_ms > 0 {
        offers.mode = OfferMode::Asked { timeout_ms, at_once };
    }
    (offers.declined_max, offers.missed_max) = rules.misses_max;
    offers.back_off_ms = rules.back_off_ms;
}

impl World {
    /// Somebody who is asked, with what; seldom anybody with any offer there ever was.
    fn pick_offer(&self, pick: u8, offer: u8) -> Option<(usize, Option<usize>)> {
        let offers = &self.reference.offers;
        let any = (!offers.is_empty() && pick != 255)
            .then(|| offers.len() - 1 - usize::from(offer) % offers.len());
        let asked: Vec<_> = (0..self.clients.len())
            .filter(|no| self.clients[*no].attached)
            .flat_map(|client| {
                let own = self.agent(client).map(|(tenant, no)| self.reference.parts(tenant, no));
                own.unwrap_or_default().into_iter().map(move |offer| (client, offer))
            })
            .collect();
        if asked.is_empty() || pick >= 200 {
            return self.pick_kind(pick, true).map(|client| (client, any));
        }
        let (client, offer) = asked[usize::from(pick) % asked.len()];
        Some((client, Some(offer)))
    }

    fn offer_id(&self, offer: Option<usize>) -> OfferId {
        let id = offer.and_then(|offer| self.reference.offers[offer].id);
        id.unwrap_or_else(|| OfferId::from_bytes([9; 16]).unwrap())
    }

    pub(super) fn accept_offer(&mut self, pick: u8, offer: u8) -> Outcome {
        let Some((client, offer)) = self.pick_offer(pick, offer) else { return Ok(()) };
        let offer_id = self.offer_id(offer);
        let answer = self.submit(client, Command::AcceptOffer { offer: offer_id });
        let expected = self
            .agent(client)
            .and_then(|(tenant, agent)| self.reference.accept(tenant, agent, offer));
        self.same("accepted offers", answer, expected.map(Reply::Got))
    }

    pub(super) fn decline_offer(&mut self, pick: u8, offer: u8) -> Outcome {
        let Some((client, offer)) = self.pick_offer(pick, offer) else { return Ok(()) };
        let offer_id = self.offer_id(offer);
        let answer = self.submit(client, Command::DeclineOffer { offer: offer_id });
        let expected = self
            .agent(client)
            .and_then(|(tenant, agent)| self.reference.decline(tenant, agent, offer));
        self.same("declined offers", answer, expected.map(|()| Reply::Done))
    }

    /// Holds what is kept of an offer to the next thing that the reference says of that tenant's offers, and learns its id.
    pub(super) fn offer_kept(&mut self, fact: &Fact) -> Outcome {
        let (offer, session, agent, outcome) = match &fact.event {
            Event::OfferMade { offer, session, agent, .. } => (offer, session, agent, None),
            Event::OfferEnded { offer, session, agent, outcome } => {
                (offer, session, agent, Some(*outcome))
            }
            _ => return Ok(()),
        };
        let tenant = fact.tenant.0 as usize;
        let notes = &mut self.reference.offer_notes;
        let next = notes.iter().position(|note| note.tenant == tenant);
        let note = notes.remove(next.ok_or_else(|| format!("{fact:?} is kept beyond all"))?);
        let there = &mut self.reference.offers[note.offer];
        let known = *there.id.get_or_insert(*offer);
        let name = self.reference.tenants[tenant].agents[note.agent].name;
        let is_same = (known, there.session, note.outcome) == (*offer, *session, outcome);
        if !is_same || agent.as_str() != format!("a{name}") {
            return Err(format!("{fact:?} is kept, and the reference has {note:?}"));
        }
        match outcome {
            None => {}
            Some(OfferOutcome::Accepted) => self.count("offers that were accepted"),
            Some(OfferOutcome::Declined) => self.count("offers that were declined"),
            Some(OfferOutcome::TimedOut) => self.count("offers that were let pass"),
            Some(OfferOutcome::Rescinded) => self.count("offers that were rescinded"),
            Some(OfferOutcome::VisitorGone) => self.count("offers of visitors that went"),
            Some(OfferOutcome::AgentGone) => self.count("offers of agents that went"),
            Some(OfferOutcome::LostRace) => self.count("offers that another one got"),
        }
        Ok(())
    }
}
