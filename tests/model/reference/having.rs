//! Who has a session, who takes part in it, and what becomes of it when its agent goes.

use super::*;

impl Reference {
    pub fn turn(&mut self, tenant: usize, agent: usize) {
        self.tenants[tenant].turns += 1;
        self.tenants[tenant].agents[agent].turn = self.tenants[tenant].turns;
    }
    pub fn assign(&mut self, at: usize, agent: usize) {
        let (tenant, visitor) = (self.sessions[at].tenant, self.sessions[at].visitor);
        let person = person(agent);
        self.turn(tenant, agent);
        let id = self.sessions[at].id;
        self.links_of(tenant, person).into_iter().for_each(|link| self.unwatch(link, id));
        let rules = self.tenants[tenant].rules[self.sessions[at].department];
        let others: Vec<_> = self.present_agents(at);
        if self.sessions[at].weight > 100 {
            self.noted.push("sessions that weigh more than one");
        }
        let session = &mut self.sessions[at];
        if let Phase::Held(before) = session.phase
            && let Some(no) = session.present(self::person(before))
        {
            session.participants[no].types = false;
        }
        session.phase = Phase::Held(agent);
        let silent = session.once.silent_since.filter(|_| rules.dormant_ms > 0);
        session.lies = silent.map_or(Lies::No, |since| Lies::Soon(since + rules.dormant_ms));
        (session.dormant_ms, session.back_to) = (rules.dormant_ms, None);
        session.once.assigned(agent, rules);
        let there = &mut self.tenants[tenant].agents[agent];
        (there.declined, there.missed) = (0, 0);
        if let Some(no) = session.present(person) {
            // It followed it all the time.
            for (link, _) in self.readers(at) {
                self.tell(link, id, Told::Owns(no as u16 + 1));
            }
            return;
        }
        let no = session.number(person).unwrap_or(session.participants.len());
        if no == session.participants.len() {
            session.participants.push(Participant {
                person,
                present: true,
                delivered: 0,
                read: 0,
                types: false,
            });
        }
        session.participants[no].present = true;
        let mut told = session.observers.clone();
        for other in others.into_iter().chain([visitor]) {
            told.extend(self.links_of(tenant, other));
        }
        for link in told {
            self.tell(link, id, Told::Joined(no as u16 + 1));
        }
        for link in self.links_of(tenant, person) {
            self.bring(at, link, Some(no), 0, ASSIGNED_REPLAY);
        }
        self.says_by_itself(at, "hello");
    }
    /// The agents who take part.
    pub fn present_agents(&self, at: usize) -> Vec<Person> {
        let agents = self.sessions[at].participants.iter().skip(1).filter(|who| who.present);
        agents.map(|who| who.person).collect()
    }
    /// An agent takes part no longer.
    pub fn leaves(&mut self, at: usize, agent: usize) {
        let no = self.sessions[at].present(person(agent)).unwrap();
        self.tell_all(at, &Told::Left(no as u16 + 1), None);
        let left = &mut self.sessions[at].participants[no];
        (left.present, left.types) = (false, false);
    }
    /// A session that lost its agent waits again.
    pub fn waits_again(&mut self, at: usize, agent: usize) {
        self.requeues += 1;
        self.leaves(at, agent);
        let session = &mut self.sessions[at];
        (session.phase, session.lies) = (Phase::Looking, Lies::No);
        session.once.waits();
    }
    pub fn take_off(&mut self, tenant: usize, agent: usize) {
        self.tenants[tenant].agents[agent].lost_until = None;
        self.change_status(tenant, agent, Status::Offline);
        for _ in std::mem::take(&mut self.tenants[tenant].agents[agent].notes) {
            self.turn(tenant, agent);
        }
        self.tenants[tenant].agents[agent].shunned.clear();
        for at in self.handed(tenant, agent) {
            self.leaves(at, agent);
            self.sessions[at].handed_by = None;
        }
        let mut held = self.held(tenant, agent);
        held.sort_by_key(|at| self.sessions[*at].rank);
        for at in held {
            self.turn(tenant, agent);
            if !self.give_back(at, agent) {
                self.waits_again(at, agent);
                self.seek(at);
            }
        }
        self.tenants[tenant].agents[agent].posts.clear();
    }
}
