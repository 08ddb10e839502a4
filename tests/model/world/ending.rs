//! How a case ends: all is quiet, everyone has read everything, and goes.

use super::*;

/// Nothing that is to come by itself comes later than so many times the time in which a page is told.
const QUIET_WITHIN: usize = 100;

impl World {
    /// The end: everyone reads everything, and goes.
    pub fn finish(&mut self) -> Outcome {
        for reader in 0..READERS {
            self.drain(reader)?;
        }
        self.check()?;
        // Whoever follows its reception has been told once that has stayed as it is for a while.
        let mut before = vec![];
        for _ in 0..QUIET_WITHIN {
            let now: Vec<_> = (0..TENANTS).map(|tenant| self.home_receiving(tenant)).collect();
            if before == now {
                break;
            }
            before = now;
            self.pass(20)?;
        }
        for reader in 0..READERS {
            self.drain(reader)?;
        }
        self.icons()?;
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
