//! What an agent does by itself: notes after a session, a status for later, and picking who waits.

use super::*;

impl Reference {
    /// It got a session, or let one pass, by its turn.
    pub fn had_its_turn(&mut self, tenant: usize, agent: usize) {
        self.tenants[tenant].turns += 1;
        self.tenants[tenant].agents[agent].served = self.tenants[tenant].turns;
    }
    /// It has something less: the status for later comes if it has nothing, and else who waits.
    pub fn freed(&mut self, tenant: usize, agent: usize) {
        self.later_status_comes(tenant, agent);
        self.fill(tenant, agent);
    }
    fn later_status_comes(&mut self, tenant: usize, agent: usize) {
        let next = self.tenants[tenant].agents[agent].next;
        if let Some(status) = next.filter(|_| self.has_nothing(tenant, agent)) {
            self.change_status(tenant, agent, status);
        }
    }
    pub fn set_status_later(&mut self, tenant: usize, agent: usize, status: Status) {
        self.tenants[tenant].agents[agent].next = Some(status);
        self.freed(tenant, agent);
    }
    pub fn write_notes(&mut self, at: usize, agent: usize) {
        let session = &self.sessions[at];
        let (id, tenant) = (session.id, session.tenant);
        let notes_ms = self.tenants[tenant].rules[session.department].notes_ms;
        // A bot writes none.
        if notes_ms > 0 && self.bot(tenant, agent).is_none() {
            let notes =
                Notes { session: id, until: self.now_ms + notes_ms, weight: self.weight(at) };
            self.tenants[tenant].agents[agent].notes.push(notes);
            self.turn(tenant, agent);
        }
    }
    pub fn notes_over(&mut self, tenant: usize, agent: usize, session: SessionId) {
        self.tenants[tenant].agents[agent].notes.retain(|notes| notes.session != session);
        self.turn(tenant, agent);
        self.freed(tenant, agent);
    }
    pub fn finish_notes(
        &mut self,
        tenant: usize,
        agent: usize,
        session: Option<SessionId>,
    ) -> Result<(), Refusal> {
        let mut notes = self.tenants[tenant].agents[agent].notes.clone();
        notes.retain(|notes| session.is_none_or(|session| session == notes.session));
        if notes.is_empty() && session.is_some() {
            return Err(Refusal::SessionNotFound);
        }
        notes.into_iter().for_each(|notes| self.notes_over(tenant, agent, notes.session));
        Ok(())
    }
    /// Takes one who waits, by itself: whoever is meant, or the next one that it receives.
    pub fn pick(
        &mut self,
        tenant: usize,
        agent: usize,
        chosen: Option<SessionId>,
        overrides: bool,
        named: impl Fn(usize) -> Refusal,
    ) -> Result<SessionId, Refusal> {
        if self.tenants[tenant].agents[agent].status == Status::Offline {
            return Err(Refusal::NotSignedOn);
        }
        let next = || {
            let mut waiting = self.waiting(tenant).into_iter();
            waiting.find(|at| self.receives(*at, agent)).ok_or(Refusal::NobodyWaits)
        };
        let open = |id| {
            let at = self.at(id).filter(|at| self.sessions[*at].tenant == tenant);
            at.filter(|at| !self.sessions[*at].is_closed()).ok_or(Refusal::SessionNotFound)
        };
        let at = chosen.map_or_else(next, open)?;
        let (id, department) = (self.sessions[at].id, self.sessions[at].department);
        match self.sessions[at].phase {
            Phase::Held(holder) if holder == agent => return Ok(id),
            Phase::Offered(offer) if self.parts(tenant, agent).contains(&offer) => {
                return self.accept(tenant, agent, Some(offer));
            }
            Phase::Waiting => {}
            _ => return Err(Refusal::PickLost),
        }
        let mut posts = self.tenants[tenant].agents[agent].posts.iter();
        let has_post = posts.any(|post| post.department == department);
        if !has_post && !self.receives(at, agent) && !overrides {
            return Err(named(department));
        }
        let is_full = !self.has_room(agent, at);
        if is_full && !overrides {
            return Err(Refusal::AgentFull);
        }
        let savers = self.leave_queue(at);
        self.assign(at, agent);
        if is_full {
            self.notes_excess(tenant, agent);
        }
        self.fill_each(tenant, savers);
        Ok(id)
    }
}
