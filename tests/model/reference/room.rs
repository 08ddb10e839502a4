//! What takes an agent's room, who has room for whom, and who is next.

use super::*;
use frontdesk_desk::delivery::Receiving;

impl Reference {
    /// What a session weighs now.
    pub fn weight(&self, at: usize) -> u32 {
        let session = &self.sessions[at];
        let percent = match session.lies {
            Lies::Dormant => self.tenants[session.tenant].house.dormant_percent,
            Lies::No | Lies::Soon(_) => 100,
        };
        session.weight * percent / 100
    }
    fn whole(&self, tenant: usize, agent: usize) -> u32 {
        u32::from(self.tenants[tenant].agents[agent].capacity) * 100
    }
    /// What an agent has: sessions, offers, notes. None counts as more than its whole capacity.
    pub fn used(&self, tenant: usize, agent: usize) -> u32 {
        let whole = self.whole(tenant, agent);
        let held = self.held(tenant, agent).into_iter();
        let asked = self.parts(tenant, agent).into_iter();
        let asked = asked.map(|offer| self.at(self.offers[offer].session).unwrap());
        let sessions = held.chain(asked).map(|at| self.weight(at));
        let notes = self.tenants[tenant].agents[agent].notes.iter().map(|notes| notes.weight);
        sessions.chain(notes).map(|weight| weight.min(whole)).sum()
    }
    /// What an agent has above its capacity, it may keep.
    pub fn notes_excess(&mut self, tenant: usize, agent: usize) {
        let above = self.used(tenant, agent).saturating_sub(self.whole(tenant, agent));
        self.tenants[tenant].agents[agent].above = above;
    }
    pub fn has_nothing(&self, tenant: usize, agent: usize) -> bool {
        self.held(tenant, agent).is_empty()
            && self.parts(tenant, agent).is_empty()
            && self.tenants[tenant].agents[agent].notes.is_empty()
    }
    /// Whether a session fits besides what the agent has, awake.
    pub fn has_room(&self, agent: usize, at: usize) -> bool {
        let session = &self.sessions[at];
        self.has_room_for(session.tenant, agent, session.weight)
    }
    pub fn has_room_for(&self, tenant: usize, agent: usize, weight: u32) -> bool {
        let whole = self.whole(tenant, agent);
        whole > 0 && self.used(tenant, agent) + weight.min(whole) <= whole
    }
    /// Whether an agent gets anything by itself, if it had room.
    fn works(&self, tenant: usize, agent: usize) -> bool {
        let there = &self.tenants[tenant].agents[agent];
        there.status == Status::Online
            && there.next.is_none()
            && !there.links.is_empty()
            && self.used(tenant, agent) < self.whole(tenant, agent)
    }
    pub fn bot(&self, tenant: usize, agent: usize) -> Option<Bot> {
        let there = &self.tenants[tenant];
        there.house.bot(there.agents[agent].name)
    }
    /// Whether people are there, who receive before bots that hide.
    pub fn is_person_at_work(&self, tenant: usize, agent: usize) -> bool {
        self.bot(tenant, agent).is_none()
            && matches!(self.tenants[tenant].agents[agent].status, Status::Online | Status::Busy)
    }
    /// The bot that receives besides the departments.
    fn receiving_bot(&self, tenant: usize) -> Option<usize> {
        let there = &self.tenants[tenant];
        there.agents.iter().position(|agent| Some(agent.name) == there.house.receives)
    }
    /// The departments that received a session when it last looked: its own, and the one that it overflows to.
    fn received_in(&self, at: usize) -> Vec<usize> {
        let session = &self.sessions[at];
        let there = &self.tenants[session.tenant];
        let opens_ms = session.asked_ms + there.rules[session.department].overflows_ms;
        let other = there.house.overflow(session.department);
        let other = other.filter(|_| session.looked_ms >= opens_ms);
        [session.department].into_iter().chain(other).collect()
    }
    /// In which tier an agent receives a session in a department, if that was open when it last looked.
    fn tier(&self, at: usize, agent: usize, department: usize) -> Option<u8> {
        let session = &self.sessions[at];
        let there = &self.tenants[session.tenant];
        let mut posts = there.agents[agent].posts.iter();
        let tier = posts.find(|post| post.department == department)?.tier;
        let opens_ms = there.rules[department].second_tier_ms;
        (tier == 1 || session.looked_ms >= session.asked_ms + opens_ms).then_some(tier)
    }
    /// Whether an agent receives a session as one of a department.
    fn is_posted(&self, at: usize, agent: usize) -> bool {
        let departments = self.received_in(at);
        departments.into_iter().any(|department| self.tier(at, agent, department).is_some())
    }
    /// Whether an agent receives a session only because its department overflows.
    pub fn is_of_another_department(&self, at: usize, agent: usize) -> bool {
        let department = self.sessions[at].department;
        self.sessions[at].alone.is_none()
            && self.is_posted(at, agent)
            && self.tier(at, agent, department).is_none()
    }
    /// When others receive a session that waits.
    pub fn range_changes_at(&self, at: usize) -> Option<u64> {
        let session = &self.sessions[at];
        if session.alone.is_some() {
            return session.back_to.map(|(_, until)| until);
        }
        let there = &self.tenants[session.tenant];
        let tiers = self.received_in(at).into_iter().map(|no| there.rules[no].second_tier_ms);
        let overflow = there.house.overflow(session.department);
        let overflow = overflow.map(|_| there.rules[session.department].overflows_ms);
        let changes = tiers.chain(overflow).map(|after_ms| session.asked_ms + after_ms);
        changes.filter(|at_ms| session.looked_ms < *at_ms).min()
    }
    /// Whether a session is received by an agent.
    pub fn receives(&self, at: usize, agent: usize) -> bool {
        match self.sessions[at].alone {
            Some(alone) => alone == agent,
            None => self.is_posted(at, agent) || self.receives_besides(at, agent),
        }
    }
    /// Whether an agent is asked for by itself, and not as one of the department.
    pub fn receives_besides(&self, at: usize, agent: usize) -> bool {
        let session = &self.sessions[at];
        match session.alone {
            Some(alone) => alone == agent,
            None => self.receiving_bot(session.tenant) == Some(agent),
        }
    }
    /// Whether an agent may have a session by itself once it has room.
    fn could_have(&self, at: usize, agent: usize) -> bool {
        let session = &self.sessions[at];
        let tenant = session.tenant;
        let hides = self.bot(tenant, agent).is_some_and(|bot| bot.hidden);
        let people_there = (0..self.tenants[tenant].agents.len())
            .any(|person| self.is_person_at_work(tenant, person) && self.receives(at, person));
        let shunned = &self.tenants[tenant].agents[agent].shunned;
        self.works(tenant, agent)
            && self.receives(at, agent)
            && !(hides && people_there)
            && shunned.iter().all(|(shunned, _)| *shunned != session.id)
    }
    /// Whether it may have it now: it has room, and keeps it for nobody.
    fn may_have(&self, at: usize, agent: usize) -> bool {
        let keeps = self.tenants[self.sessions[at].tenant].agents[agent].keeps;
        keeps.is_none() && self.could_have(at, agent) && self.has_room(agent, at)
    }
    /// How full an agent is, in twelfths of a hundredth.
    fn ratio(&self, tenant: usize, agent: usize) -> u32 {
        self.used(tenant, agent) * 12 / u32::from(self.tenants[tenant].agents[agent].capacity)
    }
    /// Who of a department's agents comes first. Less is sooner.
    fn order(&self, tenant: usize, department: usize, agent: usize) -> (u8, u64, u64, usize) {
        let there = &self.tenants[tenant].agents[agent];
        let ratio = u64::from(self.ratio(tenant, agent));
        let post = there.posts.iter().find(|post| post.department == department).unwrap();
        let (first, second) = match self.tenants[tenant].rules[department].order {
            Order::LeastLoaded => (ratio, there.turn),
            Order::RoundRobin => (there.served, 0),
            Order::LongestIdle => (there.turn, 0),
            Order::FillFirst => (u64::MAX - ratio, 0),
            Order::AsSignedOn => (post.order.into(), 0),
        };
        (post.tier, first, second, agent)
    }
    /// Who gets a session next, of those who are free.
    pub fn next_free(&self, at: usize, except: &[usize]) -> Option<usize> {
        let Session { tenant, alone, .. } = self.sessions[at];
        let free = |agent: &usize| !except.contains(agent) && self.may_have(at, *agent);
        if let Some(alone) = alone {
            return Some(alone).filter(free);
        }
        // The best of each department, and the bot, by what all have in common.
        let common = |agent: usize, tier: u8| {
            let turn = self.tenants[tenant].agents[agent].turn;
            (tier, self.ratio(tenant, agent), turn, agent)
        };
        let departments = self.received_in(at).into_iter();
        let best = departments.filter_map(|department| {
            let all = (0..self.tenants[tenant].agents.len()).filter(free);
            let posted = all.filter(|agent| self.tier(at, *agent, department).is_some());
            let first = posted.min_by_key(|agent| self.order(tenant, department, *agent))?;
            Some(common(first, self.tier(at, first, department).unwrap()))
        });
        let bot = self.receiving_bot(tenant).filter(free).map(|bot| common(bot, 1));
        best.chain(bot).min().map(|(.., agent)| agent)
    }
    /// A session without an agent finds one, or waits.
    pub fn seek(&mut self, at: usize) {
        let tenant = self.sessions[at].tenant;
        self.look(at);
        match self.next_free(at, &[]) {
            Some(agent) => self.give(at, agent),
            None => self.stand(tenant, at),
        }
    }
    /// Finds out who receives a session by now.
    pub fn look(&mut self, at: usize) {
        let Session { tenant, department, back_to, .. } = self.sessions[at];
        let home = self.tenants[tenant].house.departments[0].0;
        let is_gone = self.tenants[tenant].house.rules(department).is_none();
        let department = if is_gone { home } else { department };
        let is_there = |(agent, until): &(usize, u64)| {
            let there = &self.tenants[tenant].agents[*agent];
            let is_online = there.status == Status::Online && !there.links.is_empty();
            let has_post = there.posts.iter().any(|post| post.department == department);
            let hides = self.bot(tenant, *agent).is_some_and(|bot| bot.hidden);
            self.now_ms < *until && is_online && has_post && !hides
        };
        let alone = back_to.filter(is_there).map(|(agent, _)| agent);
        let session = &mut self.sessions[at];
        (session.department, session.alone) = (department, alone);
        (session.phase, session.looked_ms) = (Phase::Looking, self.now_ms);
    }
    pub fn stand(&mut self, tenant: usize, at: usize) {
        self.sessions[at].phase = Phase::Waiting;
        let department = self.sessions[at].department;
        if self.queue(tenant, department).len() >= self.tenants[tenant].rules[department].waiting.0
        {
            self.tenants[tenant].closed[department] = true;
        }
        // It is told its place at once, also where more follows in the same step.
        self.note_place(at);
        // By the session's own rules, and only while those in force have such words too.
        if self.tenants[tenant].rules[department].has_words {
            self.says_by_itself(at, "wait");
        }
        // Those who have some room for it and not enough keep that.
        let all = 0..self.tenants[tenant].agents.len();
        let mut keepers: Vec<_> = all.clone().filter(|agent| self.keeps_for(at, *agent)).collect();
        let departments = self.received_in(at);
        keepers.sort_by_key(|agent| {
            let mut of = (0..).zip(&departments);
            let first = of.find(|(_, no)| self.tier(at, *agent, **no).is_some());
            first.map(|(place, no)| (place, self.order(tenant, *no, *agent)))
        });
        keepers.into_iter().for_each(|agent| self.keep(tenant, agent));
        // Those who keep it for another one that comes after this one don't.
        let agents = &self.tenants[tenant].agents;
        let keeps = |agent: &usize| agents[*agent].keeps.is_some();
        let savers: Vec<_> = all.filter(keeps).filter(|agent| self.receives(at, *agent)).collect();
        let savers = savers.into_iter().filter(|agent| self.has_room(*agent, at)).collect();
        self.fill_each(tenant, self.by_keeping(tenant, savers));
    }
    fn keeps_for(&self, at: usize, agent: usize) -> bool {
        let tenant = self.sessions[at].tenant;
        self.tenants[tenant].agents[agent].keeps.is_none()
            && self.could_have(at, agent)
            && !self.has_room(agent, at)
    }
    fn keep(&mut self, tenant: usize, agent: usize) {
        self.noted.push("room kept for one that weighs more");
        self.tenants[tenant].turns += 1;
        self.tenants[tenant].agents[agent].keeps = Some(self.tenants[tenant].turns);
    }
    fn by_keeping(&self, tenant: usize, mut agents: Vec<usize>) -> Vec<usize> {
        agents.sort_by_key(|agent| self.tenants[tenant].agents[*agent].keeps);
        agents
    }
    /// One leaves the queue: who kept its room where it stood does no longer, and is to be filled.
    pub fn leave_queue(&mut self, at: usize) -> Vec<usize> {
        let Session { tenant, department, .. } = self.sessions[at];
        let agents = 0..self.tenants[tenant].agents.len();
        let keeps = |agent: &usize| self.tenants[tenant].agents[*agent].keeps.is_some();
        let savers = agents.filter(keeps).filter(|agent| self.receives(at, *agent)).collect();
        let savers = self.by_keeping(tenant, savers);
        savers.iter().for_each(|agent| self.tenants[tenant].agents[*agent].keeps = None);
        self.sessions[at].phase = Phase::Looking;
        if self.queue(tenant, department).len() <= self.tenants[tenant].rules[department].waiting.1
        {
            self.tenants[tenant].closed[department] = false;
        }
        savers
    }
    /// An agent gets the best of those who wait, as long as it has room.
    pub fn fill(&mut self, tenant: usize, agent: usize) {
        self.tenants[tenant].agents[agent].keeps = None;
        while let Some(best) =
            self.waiting(tenant).into_iter().find(|at| self.could_have(*at, agent))
        {
            if !self.has_room(agent, best) {
                return self.keep(tenant, agent);
            }
            let savers = self.leave_queue(best);
            self.give(best, agent);
            self.fill_each(tenant, savers);
        }
    }
    pub fn fill_each(&mut self, tenant: usize, agents: Vec<usize>) {
        agents.into_iter().for_each(|agent| self.fill(tenant, agent));
    }
    /// Those who wait for an agent alone look again, and bots that hid may have to receive: its status has changed.
    pub fn status_has_changed(&mut self, tenant: usize, agent: usize) {
        for at in self.waiting(tenant) {
            let waits = self.sessions[at].phase == Phase::Waiting;
            if waits && self.receives_besides(at, agent) {
                self.look_again(at);
            }
        }
        if self.bot(tenant, agent).is_none() && !self.is_person_at_work(tenant, agent) {
            self.fill_hidden_bots(tenant);
        }
    }
    pub fn look_again(&mut self, at: usize) {
        let savers = self.leave_queue(at);
        self.seek(at);
        self.fill_each(self.sessions[at].tenant, savers);
    }
    pub fn fill_hidden_bots(&mut self, tenant: usize) {
        let there = &self.tenants[tenant];
        let hidden = there.house.bots.iter().filter(|bot| bot.hidden).map(|bot| bot.name);
        let known = hidden.filter_map(|name| there.agents.iter().position(|at| at.name == name));
        let known: Vec<_> = known.collect();
        self.fill_each(tenant, known);
    }
    /// Whether the door of a department is shut: its queue is full, and nobody there has room for the lightest.
    pub fn is_shut(&self, tenant: usize, department: usize) -> bool {
        self.tenants[tenant].closed[department] && !self.is_anybody_free(tenant, department)
    }
    /// Whether somebody is there for those who would come to a department.
    pub fn receiving(&self, tenant: usize, department: usize) -> Receiving {
        let there = &self.tenants[tenant];
        let works = |agent: &Agent| {
            matches!(agent.status, Status::Online | Status::Busy)
                && agent.posts.iter().any(|post| post.department == department)
        };
        if self.is_anybody_free(tenant, department) {
            Receiving::Free
        } else if !there.agents.iter().any(works) {
            Receiving::Nobody
        } else if there.closed[department] {
            Receiving::Full
        } else {
            Receiving::Waiting
        }
    }
    /// Whether one of a department's agents has room for the lightest.
    fn is_anybody_free(&self, tenant: usize, department: usize) -> bool {
        let there = &self.tenants[tenant];
        let lightest = *there.house.weights.iter().min().unwrap();
        let has_post = |agent: &usize| {
            there.agents[*agent].posts.iter().any(|post| post.department == department)
        };
        let is_free = |agent: usize| {
            self.works(tenant, agent)
                && there.agents[agent].keeps.is_none()
                && self.has_room_for(tenant, agent, lightest)
        };
        (0..there.agents.len()).filter(has_post).any(is_free)
    }
    pub fn is_closed(&self, at: usize) -> bool {
        let session = &self.sessions[at];
        self.tenants[session.tenant].closed[session.department]
    }
    /// What must hold whatever happened: nobody has more than it takes, nobody waits for whom somebody is free, and room is kept
    /// exactly where the next one needs more of it.
    pub fn proof(&mut self) -> Result<(), String> {
        for tenant in 0..self.tenants.len() {
            let waiting = self.waiting(tenant);
            for agent in 0..self.tenants[tenant].agents.len() {
                let (used, whole) = (self.used(tenant, agent), self.whole(tenant, agent));
                let next = waiting.iter().find(|at| self.could_have(**at, agent));
                let is_short = next.is_some_and(|at| !self.has_room(agent, *at));
                let there = &mut self.tenants[tenant].agents[agent];
                if used > whole + there.above {
                    return Err(format!("agent {agent} has {used} and takes {whole}"));
                }
                there.above = used.saturating_sub(whole);
                let is_idle = next.is_some() && !is_short;
                // One that is full by now may say so still.
                let keeps_in_vain = there.keeps.is_some() && !is_short && used < whole;
                if is_idle || keeps_in_vain || is_short && there.keeps.is_none() {
                    let next = next.map(|at| self.sessions[*at].id);
                    return Err(format!(
                        "{next:?} waits for agent {agent}, who has {used} of {whole} and keeps {:?}",
                        there.keeps
                    ));
                }
            }
        }
        Ok(())
    }
}
