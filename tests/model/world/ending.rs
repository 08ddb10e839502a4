//! How a case ends: all is quiet, everyone has read everything, and goes.

use super::*;

impl World {
    /// The end: everyone reads everything, and goes.
    pub fn finish(&mut self) -> Outcome {
        for reader in 0..READERS {
            self.drain(reader)?;
        }
        self.check()?;
        // All is quiet for a while. Whoever follows its reception has been told by then, unless that changed by itself meanwhile.
        let receiving = |world: &Self| -> Vec<_> {
            (0..TENANTS).map(|tenant| world.home_receiving(tenant)).collect()
        };
        let before = receiving(self);
        self.pass(20)?;
        for reader in 0..READERS {
            self.drain(reader)?;
        }
        if receiving(self) == before {
            self.icons()?;
        }
        let follows = |client: &&Client| client.attached && client.icon.is_some();
        let follow = self.clients.iter().filter(follows).count() as u64;
        self.seen.insert("receptions followed to the end", follow);
        let (requeues, holes) = (self.reference.requeues, self.reference.holes);
        self.seen.insert("requeues", requeues);
        self.seen.insert("replays with a hole", holes);
        let left: Vec<_> =
            (0..self.clients.len()).filter(|no| self.clients[*no].attached).collect();
        for client in left {
            self.pass(1)?;
            self.detach(client, true);
        }
        self.pass(20)?;
        self.check()?;
        let all: Vec<_> = (0..TENANTS).map(|tenant| self.counts(tenant)).collect();
        match all.iter().find(|counts| {
            (
                counts.visitors_here,
                counts.visitors_away,
                counts.waiting,
                counts.sessions,
                counts.agents_online,
            ) != (0, 0, 0, 0, 0)
        }) {
            None => Ok(()),
            Some(counts) => Err(format!("everyone is gone, and there are {counts:?}")),
        }
    }
}
