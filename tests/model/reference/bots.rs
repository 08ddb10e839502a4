//! Handing a session to a bot and taking it back, and sessions that lie.

use super::*;

/// How long one that finds its slot given away waits for its agent alone.
const RETURN_MS: u64 = 60_000;

impl Reference {
    pub fn hand_over(
        &mut self,
        tenant: usize,
        agent: usize,
        id: SessionId,
        name: Option<usize>,
    ) -> Result<usize, Refusal> {
        let at = self.at(id).filter(|at| {
            self.sessions[*at].tenant == tenant && self.sessions[*at].phase == Phase::Held(agent)
        });
        let at = at.ok_or(Refusal::NotInSession)?;
        let house = &self.tenants[tenant].house;
        let name = name.or(house.receives).ok_or(Refusal::NoSuchBot)?;
        let rules = house.bot(name).ok_or(Refusal::NoSuchBot)?;
        let agents = &self.tenants[tenant].agents;
        let bot = agents.iter().position(|agent| agent.name == name).unwrap();
        let works = agents[bot].status == Status::Online && !agents[bot].links.is_empty();
        if bot == agent || !rules.takes_transfers || !works || !self.has_room(bot, at) {
            return Err(Refusal::BotUnavailable);
        }
        if self.bot(tenant, agent).is_none() {
            self.sessions[at].handed_by = Some(agent);
        } else {
            self.leaves(at, agent);
            self.noted.push("bots that handed on");
        }
        self.turn(tenant, agent);
        self.assign(at, bot);
        self.freed(tenant, agent);
        Ok(name)
    }
    pub fn take_back(&mut self, tenant: usize, agent: usize, id: SessionId) -> Result<(), Refusal> {
        let at = self.at(id).filter(|at| self.sessions[*at].tenant == tenant);
        let at = at.ok_or(Refusal::NotInSession)?;
        let Phase::Held(bot) = self.sessions[at].phase else { return Err(Refusal::NotInSession) };
        if bot == agent {
            return Ok(());
        }
        if self.sessions[at].handed_by != Some(agent) {
            return Err(Refusal::NotInSession);
        }
        if !self.has_room(agent, at) {
            return Err(Refusal::AgentFull);
        }
        self.turn(tenant, bot);
        self.returns(at, bot, agent);
        self.freed(tenant, bot);
        Ok(())
    }
    fn returns(&mut self, at: usize, bot: usize, agent: usize) {
        self.leaves(at, bot);
        self.sessions[at].handed_by = None;
        self.assign(at, agent);
    }
    /// A session whose bot is lost goes back to who handed it over, if that one has room; else nobody follows it any more.
    pub fn give_back(&mut self, at: usize, bot: usize) -> bool {
        let Session { tenant, handed_by, .. } = self.sessions[at];
        let Some(agent) = handed_by else { return false };
        if self.has_room(agent, at) && !self.tenants[tenant].agents[agent].links.is_empty() {
            self.noted.push("sessions that a lost bot gave back");
            self.returns(at, bot, agent);
            return true;
        }
        self.left_by_who_handed(at);
        false
    }
    /// Nobody follows a session any more that was handed to a bot.
    fn left_by_who_handed(&mut self, at: usize) {
        if let Some(agent) = self.sessions[at].handed_by.take() {
            self.leaves(at, agent);
        }
    }
    /// Sessions whose visitors have said nothing for so long lie dormant, and free some of their slots.
    pub fn sessions_fall_dormant(&mut self, tenant: usize) {
        for at in 0..self.sessions.len() {
            let session = &self.sessions[at];
            let is_due = matches!(session.lies, Lies::Soon(until) if until <= self.now_ms);
            let Phase::Held(agent) = session.phase else { continue };
            if session.tenant == tenant && is_due {
                self.noted.push("sessions that fell dormant");
                self.sessions[at].lies = Lies::Dormant;
                self.fill(tenant, agent);
            }
        }
    }
    /// The visitor goes on: its session takes its slot again, or waits for its agent.
    pub fn goes_on(&mut self, at: usize) {
        let Session { tenant, phase, lies, .. } = self.sessions[at];
        self.sessions[at].lies = Lies::No;
        let Phase::Held(agent) = phase else { return };
        if lies != Lies::Dormant {
            return;
        }
        let whole = u32::from(self.tenants[tenant].agents[agent].capacity) * 100;
        if self.used(tenant, agent) <= whole {
            return self.noted.push("sessions that took their slot again");
        }
        self.noted.push("sessions that found their slot given away");
        self.turn(tenant, agent);
        self.left_by_who_handed(at);
        self.waits_again(at, agent);
        self.sessions[at].back_to = Some((agent, self.now_ms + RETURN_MS));
        self.seek(at);
        self.fill(tenant, agent);
    }
}
