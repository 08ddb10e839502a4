//! Who is shut out, and what is read of it.

use super::*;
use crate::reference::Whom;

/// The address at which a name is seen through a reader.
pub(super) fn address(name: usize, reader: usize) -> String {
    format!("10.{name}.{reader}.1")
}

fn target(whom: Whom) -> Target {
    match whom {
        Whom::Name(name) => Target::Visitor(visitor_id(name)),
        Whom::Network(name) => {
            Target::Network(Network::parse(&format!("10.{name}.0.0/16")).unwrap())
        }
        Whom::Address(name, reader) => {
            Target::Network(Network::parse(&address(name, reader)).unwrap())
        }
    }
}

fn whom(pick: u8) -> Whom {
    let name = usize::from(pick) % NAMES;
    match usize::from(pick) / NAMES % (READERS + 2) {
        0 => Whom::Name(name),
        1 => Whom::Network(name),
        reader => Whom::Address(name, reader - 2),
    }
}

impl World {
    pub(super) fn block(&mut self, pick: u8, wanted: u8, steps: u8) -> Outcome {
        let Some(client) = self.pick_kind(pick, true) else { return Ok(()) };
        let whom = whom(wanted);
        // Seldom for good, or soon nobody is left.
        let for_ms = (steps < 60).then(|| u64::from(steps) * STEP_MS + 1);
        let block = Command::Block { target: target(whom), for_ms, reason: "".into() };
        let answer = self.submit(client, block);
        let now = self.now;
        let expected = self.agent(client).map(|(tenant, _)| {
            let until = for_ms.map(|for_ms| now.after_ms(for_ms));
            let visitors = self.reference.block(tenant, whom, until.map(|until| until.mono_ms));
            Reply::Blocked { visitors, until_wall_ms: until.map(|until| until.wall_ms) }
        });
        if let Ok(Reply::Blocked { visitors: 1, .. }) = expected {
            self.count("visitors shut out");
        }
        self.same("blocks", answer, expected)?;
        self.blocks(client)
    }

    pub(super) fn unblock(&mut self, pick: u8, wanted: u8) -> Outcome {
        let Some(client) = self.pick_kind(pick, true) else { return Ok(()) };
        let there = &self.reference.tenants[self.clients[client].tenant].blocks;
        // Mostly one that there is.
        let whom = match there.get(usize::from(wanted) % (there.len() + 1)) {
            Some((whom, _)) => *whom,
            None => whom(wanted),
        };
        let answer = self.submit(client, Command::Unblock { target: target(whom) });
        let expected = self
            .agent(client)
            .and_then(|(tenant, _)| self.reference.unblock(tenant, whom))
            .map(|()| Reply::Done);
        self.same("unblocks", answer, expected)?;
        self.blocks(client)
    }

    /// The list as an agent reads it.
    fn blocks(&mut self, client: usize) -> Outcome {
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let answer = self.submit(client, Command::ReadBlocks { after, blocks_max: 3 });
            let Ok(Reply::Blocks(page)) = answer else {
                let expected = self.agent(client).map(|_| Reply::Done);
                return self.same("reads of blocks", answer, expected);
            };
            read.extend(page.blocks.into_iter().map(|block| (block.target, block.until)));
            if page.rest == Rest::None {
                break;
            }
            after = read.last().map(|(target, _)| target.clone());
        }
        let there = &self.reference.tenants[self.clients[client].tenant].blocks;
        let mut expected: Vec<_> =
            there.iter().map(|(whom, until)| (target(*whom), *until)).collect();
        expected.sort();
        let read: Vec<_> = read
            .into_iter()
            .map(|(target, until): (_, Option<Now>)| (target, until.map(|until| until.mono_ms)))
            .collect();
        if read == expected {
            Ok(())
        } else {
            Err(format!("blocks read are {read:?}, and there are {expected:?}"))
        }
    }
}
