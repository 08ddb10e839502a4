//! Who is asked and how it ends, and what time does to agents: lists, looked through from the beginning.

use super::*;

const ENDED_MAX: usize = 16;

/// Some agents are asked about a session, or were.
pub struct Offer {
    /// As the engine calls it, once that is known.
    pub id: Option<OfferId>,
    pub session: SessionId,
    pub tenant: usize,
    /// Who hasn't answered.
    asked: Vec<usize>,
    until: u64,
}

/// What must be kept of an offer: that an agent was asked, or how its part ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferNote {
    pub tenant: usize,
    pub offer: usize,
    pub agent: usize,
    pub outcome: Option<OfferOutcome>,
}

/// Something that is to happen, in the order in which things of one instant do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    Lost(usize),
    Notes(usize, SessionId),
    AskedAgain(usize, SessionId),
    TimedOut(Option<OfferId>, usize),
    /// Others receive one that waits from now on.
    Range((i64, usize), SessionId),
}

impl Reference {
    /// Offers that an agent hasn't answered.
    pub fn parts(&self, tenant: usize, agent: usize) -> Vec<usize> {
        let asks = |no: &usize| {
            self.offers[*no].tenant == tenant && self.offers[*no].asked.contains(&agent)
        };
        (0..self.offers.len()).filter(asks).collect()
    }
    /// An agent gets a session, or is asked first.
    pub fn give(&mut self, at: usize, agent: usize) {
        let (tenant, department) = (self.sessions[at].tenant, self.sessions[at].department);
        let (timeout_ms, at_once) = self.tenants[tenant].rules[department].asked;
        if self.is_of_another_department(at, agent) {
            self.noted.push("sessions that overflowed to another department");
        }
        // A bot is never asked.
        if timeout_ms == 0 || self.bot(tenant, agent).is_some() {
            if self.bot(tenant, agent).is_some_and(|bot| bot.hidden) {
                self.noted.push("hidden bots that received");
            }
            self.assign(at, agent);
            return self.had_its_turn(tenant, agent);
        }
        let agents = 0..self.tenants[tenant].agents.len();
        let bots: Vec<_> = agents.filter(|no| self.bot(tenant, *no).is_some()).collect();
        let mut asked = vec![agent];
        while asked.len() < usize::from(at_once)
            && let Some(next) = self.next_free(at, &[&asked[..], &bots].concat())
        {
            asked.push(next);
        }
        let (offer, session) = (self.offers.len(), self.sessions[at].id);
        self.sessions[at].phase = Phase::Offered(offer);
        for agent in &asked {
            self.turn(tenant, *agent);
            self.tell_agent(tenant, *agent, session, Told::Offered);
            self.offer_notes.push(OfferNote { tenant, offer, agent: *agent, outcome: None });
        }
        let until = self.now_ms + timeout_ms;
        self.offers.push(Offer { id: None, session, tenant, asked, until });
    }
    fn tell_agent(&mut self, tenant: usize, agent: usize, session: SessionId, told: Told) {
        for link in self.tenants[tenant].agents[agent].links.clone() {
            self.tell(link, session, told.clone());
        }
    }
    fn end_part(&mut self, offer: usize, agent: usize, outcome: OfferOutcome) {
        let Offer { tenant, session, .. } = self.offers[offer];
        self.offers[offer].asked.retain(|asked| *asked != agent);
        self.turn(tenant, agent);
        let there = &mut self.tenants[tenant].agents[agent];
        there.ended.push((offer, outcome));
        if there.ended.len() > ENDED_MAX {
            there.ended.remove(0);
        }
        self.tell_agent(tenant, agent, session, Told::OfferEnded(outcome));
        self.offer_notes.push(OfferNote { tenant, offer, agent, outcome: Some(outcome) });
    }
    /// Ends it for all who are still asked; answers who they were.
    pub fn end_offer(&mut self, offer: usize, outcome: OfferOutcome) -> Vec<usize> {
        let asked = self.offers[offer].asked.clone();
        asked.iter().for_each(|agent| self.end_part(offer, *agent, outcome));
        asked
    }
    /// An agent doesn't get it; if nobody is asked any more, the session looks for others.
    fn step_back(&mut self, offer: usize, agent: usize, outcome: OfferOutcome) {
        let Offer { tenant, session, .. } = self.offers[offer];
        let at = self.at(session).unwrap();
        self.end_part(offer, agent, outcome);
        if matches!(outcome, OfferOutcome::Declined | OfferOutcome::TimedOut) {
            self.had_its_turn(tenant, agent);
            self.miss(tenant, agent, at, outcome);
        }
        if self.offers[offer].asked.is_empty() {
            self.seek(at);
        }
        self.freed(tenant, agent);
    }
    fn miss(&mut self, tenant: usize, agent: usize, at: usize, outcome: OfferOutcome) {
        let rules = self.tenants[tenant].rules[self.sessions[at].department];
        let (session, until) = (self.sessions[at].id, self.now_ms + rules.back_off_ms);
        let there = &mut self.tenants[tenant].agents[agent];
        there.shunned.retain(|(shunned, _)| *shunned != session);
        there.shunned.push((session, until));
        let (misses, max) = match outcome {
            OfferOutcome::Declined => (&mut there.declined, rules.misses_max.0),
            _ => (&mut there.missed, rules.misses_max.1),
        };
        *misses += 1;
        if max > 0 && *misses >= max {
            (there.declined, there.missed) = (0, 0);
            self.change_status(tenant, agent, Status::Away);
        }
    }
    pub fn withdraw_offers(&mut self, tenant: usize, agent: usize, outcome: OfferOutcome) {
        for offer in self.parts(tenant, agent) {
            self.step_back(offer, agent, outcome);
        }
    }
    pub fn change_status(&mut self, tenant: usize, agent: usize, status: Status) {
        let there = &mut self.tenants[tenant].agents[agent];
        (there.status, there.next, there.keeps) = (status, None, None);
        match status {
            Status::Online => {}
            Status::Busy | Status::Away => {
                self.withdraw_offers(tenant, agent, OfferOutcome::Rescinded);
            }
            Status::Offline => self.withdraw_offers(tenant, agent, OfferOutcome::AgentGone),
        }
        self.status_has_changed(tenant, agent);
    }
    /// Whether an agent may answer an offer, or how its part ended.
    fn part(&self, tenant: usize, agent: usize, offer: Option<usize>) -> Result<usize, Refusal> {
        let Some(offer) = offer.filter(|offer| self.offers[*offer].tenant == tenant) else {
            return Err(Refusal::OfferNotFound);
        };
        if self.offers[offer].asked.contains(&agent) {
            return Ok(offer);
        }
        let ended = &self.tenants[tenant].agents[agent].ended;
        let ended = ended.iter().find(|(other, _)| *other == offer);
        Err(ended.map_or(Refusal::OfferNotFound, |(_, outcome)| Refusal::OfferEnded(*outcome)))
    }
    pub fn accept(
        &mut self,
        tenant: usize,
        agent: usize,
        offer: Option<usize>,
    ) -> Result<SessionId, Refusal> {
        match self.part(tenant, agent, offer) {
            Ok(offer) => {
                let session = self.offers[offer].session;
                self.end_part(offer, agent, OfferOutcome::Accepted);
                let others = self.end_offer(offer, OfferOutcome::LostRace);
                self.assign(self.at(session).unwrap(), agent);
                self.had_its_turn(tenant, agent);
                others.into_iter().for_each(|other| self.freed(tenant, other));
                Ok(session)
            }
            Err(Refusal::OfferEnded(OfferOutcome::Accepted)) => {
                Ok(self.offers[offer.unwrap()].session)
            }
            Err(refusal) => Err(refusal),
        }
    }
    pub fn decline(
        &mut self,
        tenant: usize,
        agent: usize,
        offer: Option<usize>,
    ) -> Result<(), Refusal> {
        match self.part(tenant, agent, offer) {
            Ok(offer) => self.step_back(offer, agent, OfferOutcome::Declined),
            Err(Refusal::OfferEnded(OfferOutcome::Declined)) => {}
            Err(refusal) => return Err(refusal),
        }
        Ok(())
    }
    /// What is to happen to a tenant's agents, and when.
    pub fn dues(&self, tenant: usize) -> Vec<(u64, Due)> {
        let mut dues = vec![];
        for (no, agent) in self.tenants[tenant].agents.iter().enumerate() {
            dues.extend(agent.lost_until.map(|at| (at, Due::Lost(no))));
            dues.extend(
                agent.notes.iter().map(|notes| (notes.until, Due::Notes(no, notes.session))),
            );
            dues.extend(agent.shunned.iter().map(|(id, at)| (*at, Due::AskedAgain(no, *id))));
        }
        let stand = |offer: &(usize, &Offer)| offer.1.tenant == tenant && !offer.1.asked.is_empty();
        let offers = self.offers.iter().enumerate().filter(stand);
        dues.extend(offers.map(|(no, offer)| (offer.until, Due::TimedOut(offer.id, no))));
        for at in self.waiting(tenant) {
            let session = &self.sessions[at];
            if let Some(changes_at) = self.range_changes_at(at)
                && session.looked_ms < changes_at
            {
                dues.push((changes_at, Due::Range(session.rank, session.id)));
            }
        }
        dues
    }
    pub fn comes_due(&mut self, tenant: usize, due: Due) {
        match due {
            Due::Lost(agent) => self.take_off(tenant, agent),
            Due::Notes(agent, session) => self.notes_over(tenant, agent, session),
            Due::Range(_, session) => self.look_again(self.at(session).unwrap()),
            Due::AskedAgain(agent, session) => {
                let shunned = &mut self.tenants[tenant].agents[agent].shunned;
                shunned.retain(|(other, _)| *other != session);
                self.fill(tenant, agent);
            }
            Due::TimedOut(_, offer) => {
                for agent in self.offers[offer].asked.clone() {
                    self.step_back(offer, agent, OfferOutcome::TimedOut);
                }
            }
        }
    }
}
