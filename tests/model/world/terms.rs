//! Ratings, and sessions that are cleared away.

use frontdesk_engine::{Clearing, Rating};

use super::*;

impl World {
    pub(super) fn ask_rating(&mut self, pick: u8, which: Which) -> Outcome {
        let Some(client) = self.pick_kind(pick, true) else { return Ok(()) };
        let Client { link, tenant, .. } = self.clients[client];
        let session = self.which(client, pick, which);
        let answer = self.submit(client, Command::AskRating { session });
        let expected = self.reference.ask_rating(link.id, tenant, link.person, session);
        self.same("questions for a rating", answer, expected.map(|()| Reply::Done))
    }

    /// Mostly what the visitor had last, also after its end.
    pub(super) fn rate(&mut self, pick: u8, which: Which, score: u8) -> Outcome {
        let Some(client) = self.pick_kind(pick, false) else { return Ok(()) };
        let Client { link, tenant, .. } = self.clients[client];
        let its = |there: &&reference::Session| there.present(link.person) == Some(0);
        let last = self.reference.sessions.iter().rev().find(its).map(|there| there.id);
        let session = match which {
            Which::Own => last.unwrap_or_else(unknown_session),
            other => self.which(client, pick, other),
        };
        let rating = Rating { score, tags: vec![], words: "".into() };
        let answer = self.submit(client, Command::Rate { session, rating });
        let expected = self.reference.rate(link.id, tenant, link.person, session, score);
        self.same("ratings", answer, expected.map(|()| Reply::Done))
    }

    /// Mostly one that the agent had to its end.
    pub(super) fn clear_away(&mut self, pick: u8, which: Which) -> Outcome {
        let Some(client) = self.pick_kind(pick, true) else { return Ok(()) };
        let link = self.clients[client].link.id;
        let own = self.agent(client).ok();
        let own = own.and_then(|(tenant, agent)| {
            let uncleared = &self.reference.tenants[tenant].agents[agent].uncleared;
            (!uncleared.is_empty()).then(|| uncleared[usize::from(pick) % uncleared.len()])
        });
        let session = match (which, own) {
            (Which::Own, Some(own)) => own,
            _ => self.which(client, pick, which),
        };
        let clearing = Box::new(Clearing::default());
        let answer = self.submit(client, Command::ClearAway { session, clearing });
        let expected = self
            .agent(client)
            .and_then(|(tenant, agent)| self.reference.clear_away(link, tenant, agent, session));
        self.same("sessions cleared away", answer, expected.map(|()| Reply::Done))
    }
}
