//! Supervisors who watch sessions of others.

use super::*;

impl World {
    /// Seldom one who may not.
    fn pick_supervisor(&self, pick: u8) -> Option<usize> {
        let fits = |no: &usize| {
            let there = &self.clients[*no];
            there.attached && (there.is_agent() && supervises(there.name) || pick >= 245)
        };
        let fit: Vec<_> = (0..self.clients.len()).filter(fits).collect();
        (!fit.is_empty()).then(|| fit[usize::from(pick) % fit.len()])
    }

    /// A session for a link to watch, or not to watch any more: its own are those that it watches already.
    fn watched(&self, client: usize, pick: u8, which: Which) -> SessionId {
        let watched: Vec<_> = self.reference.watched(self.clients[client].link.id).collect();
        let sessions = &self.reference.sessions;
        let open: Vec<_> =
            sessions.iter().filter(|session| !session.is_closed()).map(|there| there.id).collect();
        match which {
            Which::Own if !watched.is_empty() => watched[usize::from(pick) % watched.len()],
            Which::Own | Which::Any(0..200) if !open.is_empty() => {
                open[usize::from(pick) % open.len()]
            }
            _ => self.which(client, pick, which),
        }
    }

    pub(super) fn watch_session(&mut self, pick: u8, which: Which, seen: bool) -> Outcome {
        let Some(client) = self.pick_supervisor(pick) else { return Ok(()) };
        let Client { link, name, .. } = self.clients[client];
        let session = self.watched(client, pick.rotate_left(4), which);
        let there = &mut self.clients[client];
        let seq = match there.logs.get(&session) {
            Some(log) if seen => log.last(),
            _ => 0,
        };
        there.resumed.push((session, seq));
        let resume = ResumePoint { session, epoch: self.engine.epoch(), seq };
        let answer = self.submit(client, Command::WatchSession { resume });
        let expected = match self.agent(client) {
            Err(Refusal::AgentsOnly) => Err(Refusal::SupervisorsOnly),
            Err(refusal) => Err(refusal),
            Ok((tenant, agent)) => self
                .reference
                .watch(link.id, tenant, agent, supervises(name), session, seq)
                .map(|()| Reply::Done),
        };
        self.same("watches", answer, expected)
    }

    pub(super) fn unwatch_session(&mut self, pick: u8, which: Which) -> Outcome {
        let Some(client) = self.pick_supervisor(pick) else { return Ok(()) };
        let Client { link, name, .. } = self.clients[client];
        let session = self.watched(client, pick.rotate_left(4), which);
        let answer = self.submit(client, Command::UnwatchSession { session });
        let expected = match self.agent(client) {
            Err(Refusal::AgentsOnly) => Err(Refusal::SupervisorsOnly),
            Err(refusal) => Err(refusal),
            Ok(_) if !supervises(name) => Err(Refusal::SupervisorsOnly),
            Ok(_) => {
                if self.reference.watched(link.id).any(|other| other == session) {
                    self.count("ends of watches");
                }
                self.reference.unwatch(link.id, session);
                Ok(Reply::Done)
            }
        };
        self.same("unwatches", answer, expected)
    }
}
