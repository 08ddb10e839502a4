//! One policy takes another one's place.

use super::*;

impl Tenant {
    pub fn new(house: &House) -> Self {
        let rules = house.departments[0].1;
        let mut tenant = Self {
            visitors: vec![],
            agents: vec![],
            messages: 0,
            blocks: vec![],
            turns: 0,
            house: house.clone(),
            version: 1,
            rules: vec![rules; DEPARTMENTS],
            closed: vec![false; DEPARTMENTS],
        };
        tenant.take_over(house.clone());
        tenant.agents = house.bots.iter().map(|bot| Agent::new(bot.name)).collect();
        tenant
    }
    fn take_over(&mut self, house: House) {
        for (no, rules) in &house.departments {
            self.rules[*no] = *rules;
        }
        self.house = house;
    }
}

impl Agent {
    pub fn new(name: usize) -> Self {
        Self {
            name,
            status: Status::Offline,
            capacity: 0,
            posts: vec![],
            links: vec![],
            lost_until: None,
            next: None,
            notes: vec![],
            uncleared: vec![],
            turn: 0,
            served: 0,
            ended: vec![],
            shunned: vec![],
            declined: 0,
            missed: 0,
            above: 0,
            keeps: None,
        }
    }
}

impl Reference {
    pub fn replace(&mut self, tenant: usize, house: House) {
        let waiting = self.waiting(tenant);
        for at in &waiting {
            self.leave_queue(*at);
        }
        self.tenants[tenant].version += 1;
        self.tenants[tenant].take_over(house);
        let there = &mut self.tenants[tenant];
        for agent in &mut there.agents {
            agent.keeps = None;
            agent.capacity = agent.capacity.min(there.house.capacity.1);
            agent.posts.retain(|post| there.house.rules(post.department).is_some());
        }
        for session in self.sessions.iter_mut().filter(|session| session.tenant == tenant) {
            session.weight = there.house.weights[session.channel];
        }
        for agent in 0..self.tenants[tenant].agents.len() {
            // Nobody loses what it has.
            self.notes_excess(tenant, agent);
        }
        for at in waiting {
            if self.tenants[tenant].house.rules(self.sessions[at].department).is_none() {
                self.noted.push("waiters whose department was gone");
            }
            self.seek(at);
        }
        for agent in 0..self.tenants[tenant].agents.len() {
            self.freed(tenant, agent);
        }
    }
}
