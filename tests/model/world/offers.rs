//! Agents that are asked: how they answer, and what is kept of it.

use super::*;
use crate::transition::Pick;
use frontdesk_desk::delivery::OfferOutcome;
use frontdesk_desk::fact::Fact;
use frontdesk_desk::floor::{Room, When};

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

    pub(super) fn pick_waiter(&mut self, link: u8, pick: Pick, overrides: bool) -> Outcome {
        let Some(client) = self.pick_kind(link, true) else { return Ok(()) };
        let waiting = self.reference.waiting(self.clients[client].tenant);
        let chosen = match pick {
            Pick::Next => None,
            Pick::Waiting(n) if !waiting.is_empty() => {
                let at = waiting[usize::from(n) % waiting.len()];
                Some(self.reference.sessions[at].id)
            }
            Pick::Waiting(n) | Pick::Any(n) => Some(self.which(client, n, Which::Any(n))),
        };
        let room = if overrides { Room::Overridden } else { Room::Needed };
        let answer = self.submit(client, Command::Pick { session: chosen, room });
        let named = |no| Refusal::OtherDepartment(department(no));
        let is_supervisor = supervises(self.clients[client].name);
        let expected = self.agent(client).and_then(|(tenant, agent)| {
            if overrides && !is_supervisor {
                return Err(Refusal::SupervisorsOnly);
            }
            self.reference.pick(tenant, agent, chosen, overrides, named)
        });
        let what = if chosen.is_some() { "picks" } else { "picks of the next" };
        self.same(what, answer, expected.map(Reply::Got))
    }

    pub(super) fn finish_notes(&mut self, link: u8, session: Option<u8>) -> Outcome {
        let writes = |client: &usize| {
            let own = self.agent(*client);
            own.is_ok_and(|(tenant, no)| {
                !self.reference.tenants[tenant].agents[no].notes.is_empty()
            })
        };
        let attached = (0..self.clients.len()).filter(|no| self.clients[*no].attached);
        let writers: Vec<_> = attached.filter(writes).collect();
        let client = if writers.is_empty() || link >= 230 {
            self.pick_kind(link, true)
        } else {
            Some(writers[usize::from(link) % writers.len()])
        };
        let Some(client) = client else { return Ok(()) };
        let own = self.agent(client).map(|(tenant, agent)| {
            let notes = &self.reference.tenants[tenant].agents[agent].notes;
            notes.iter().map(|notes| notes.session).collect::<Vec<_>>()
        });
        let own = own.unwrap_or_default();
        let session = session.map(|n| {
            let noted = own.get(usize::from(n) % 3).copied();
            noted.unwrap_or_else(|| self.which(client, n, Which::Any(n)))
        });
        let what = if own.is_empty() { "no notes" } else { "finished notes" };
        let answer = self.submit(client, Command::FinishNotes { session });
        let expected = self.agent(client).and_then(|(tenant, agent)| {
            self.reference.finish_notes(tenant, agent, session).map(|()| Reply::Done)
        });
        self.same(what, answer, expected)
    }

    pub(super) fn set_status_later(&mut self, link: u8, status: u8) -> Outcome {
        let Some(client) = self.pick_kind(link, true) else { return Ok(()) };
        let status = [Status::Away, Status::Busy, Status::Online][usize::from(status) % 3];
        let set = frontdesk_engine::SetStatus::now(status, "");
        let set = frontdesk_engine::SetStatus { when: When::AfterSessions, ..set };
        let answer = self.submit(client, Command::SetStatus(set));
        let expected = self.agent(client).and_then(|(tenant, agent)| {
            if self.reference.tenants[tenant].agents[agent].status == Status::Offline {
                return Err(Refusal::NotSignedOn);
            }
            self.reference.set_status_later(tenant, agent, status);
            Ok(Reply::Done)
        });
        self.same("statuses for later", answer, expected)
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
            Some(OfferOutcome::Withdrawn | OfferOutcome::SessionEnded) => {
                return Err(format!("{fact:?} is kept, and nobody asked a colleague"));
            }
        }
        Ok(())
    }
}
