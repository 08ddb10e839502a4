//! What is read at the far ends: each delivery is the one that is due, and none is missing.

use super::*;
use crate::reference::Told;

impl World {
    pub(super) fn drain(&mut self, reader: usize) -> Outcome {
        let mut told = Vec::new();
        let ended =
            self.readers[reader].try_drain_all(|link, delivery| told.push((link, delivery)));
        for (link, delivery) in &told {
            self.told(reader, *link, delivery)?;
        }
        for no in 0..self.clients.len() {
            if self.clients[no].reader == reader && self.clients[no].attached {
                self.has_all(no, &ended)?;
            }
        }
        for (link, _) in ended {
            let client = self
                .clients
                .iter()
                .position(|client| client.link.id == link && client.attached)
                .ok_or("the end of a link that nobody has")?;
            self.pass(1)?;
            self.detach(client, false);
        }
        Ok(())
    }

    pub(super) fn drain_part(&mut self, reader: usize, budget_bytes: usize) -> Outcome {
        let mut told = Vec::new();
        let Some(link) = self.readers[reader].try_ready() else { return Ok(()) };
        let drained =
            self.readers[reader].drain(link, budget_bytes, |delivery| told.push(delivery));
        if drained == Drained::More {
            self.readers[reader].requeue(link);
            self.count("parts");
        }
        for delivery in &told {
            self.told(reader, link, delivery)?;
        }
        if let Drained::Ended(reason) = drained {
            let client = self
                .clients
                .iter()
                .position(|client| client.link.id == link && client.attached)
                .ok_or("the end of a link that nobody has")?;
            self.has_ended(client, reason)?;
            self.detach(client, false);
        }
        Ok(())
    }

    pub(super) fn drop_reader(&mut self, reader: usize) -> Outcome {
        self.readers[reader] = self.engine.reader();
        let lost: Vec<_> = (0..self.clients.len())
            .filter(|no| self.clients[*no].reader == reader && self.clients[*no].attached)
            .collect();
        for client in &lost {
            if let Some(book) = self.reference.links.get_mut(&self.clients[*client].link.id) {
                book.unread = true;
            }
        }
        for client in lost {
            self.pass(1)?;
            self.detach(client, false);
        }
        Ok(())
    }

    pub(super) fn told(&mut self, reader: usize, link: LinkId, delivery: &Delivery) -> Outcome {
        self.trace(|| format!("{link:?} {delivery:?}"));
        let no = self
            .clients
            .iter()
            .position(|client| client.link.id == link && client.attached)
            .ok_or_else(|| format!("{link:?} is nobody's and is told {delivery:?}"))?;
        let client = &mut self.clients[no];
        if client.reader != reader {
            return Err(format!("{link:?} is told at another's reader"));
        }
        if let Some(id) = session_of(delivery) {
            let there = self
                .reference
                .at(id)
                .map(|at| &self.reference.sessions[at])
                .ok_or("an unknown session")?;
            let is_offer = matches!(delivery, Delivery::OfferMade(_) | Delivery::OfferEnded { .. });
            let takes_part = there.tenant == client.tenant
                && (is_offer && client.is_agent() || there.participants.iter().any(|who| who.person == client.link.person)
                    || self.reference.links.get(&link).is_some_and(|book| book.watched.contains(&id))
                    // Under an earlier record, for which it may read the end.
                    || !client.is_agent() && there.visitor_name == client.name);
            if !takes_part {
                return Err(format!(
                    "{:?} is told of a session that is none of its: {delivery:?}",
                    client.link
                ));
            }
            if let Delivery::Receipt { delivered, read, .. } = delivery
                && delivered.max(read) > &there.last_place()
            {
                return Err("a receipt ahead of the end".to_owned());
            }
        }
        if let Some((session, told)) = client.told(delivery)? {
            let book = self
                .reference
                .links
                .get_mut(&link)
                .ok_or("a link that the reference doesn't know")?;
            // A floor and a session each tell in order, and not one after the other.
            let is_offer = |told: &Told| matches!(told, Told::Offered | Told::OfferEnded(_));
            let next = book
                .waiting
                .iter()
                .position(|(other, due)| *other == session && is_offer(due) == is_offer(&told));
            let expected = next.map(|next| book.waiting.remove(next).1);
            if expected.as_ref() != Some(&told) {
                return Err(format!(
                    "{link:?} of {session} is told {told:?}, and the reference has {expected:?}"
                ));
            }
        }
        Ok(())
    }

    pub(super) fn has_ended(&mut self, client: usize, reason: LinkEnd) -> Outcome {
        let book = &self.reference.links[&self.clients[client].link.id];
        if book.end != Some(reason) || !book.waiting.is_empty() {
            return Err(format!(
                "a link ends for {reason:?}, the reference has {:?} and {:?}",
                book.end, book.waiting
            ));
        }
        self.count(match reason {
            LinkEnd::TooSlow => "TooSlow",
            LinkEnd::Blocked => "ends of blocked links",
            _ => "ends of replaced links",
        });
        Ok(())
    }

    /// After a whole drain: nothing is missing.
    pub(super) fn has_all(&mut self, no: usize, ended: &[(LinkId, LinkEnd)]) -> Outcome {
        let client = &self.clients[no];
        let (id, person) = (client.link.id, client.link.person);
        let book = &self.reference.links[&id];
        if let Some((_, reason)) = ended.iter().find(|(link, _)| *link == id) {
            return self.has_ended(no, *reason);
        }
        if !book.waiting.is_empty() || book.end.is_some() {
            return Err(format!(
                "{id:?} was not told {:?} and the end {:?}",
                book.waiting, book.end
            ));
        }
        let visitor = self.reference.visitor(client.tenant, person);
        let shown = visitor.and_then(|there| there.shown).map(|shown| shown.id);
        if !client.is_agent() && client.shown != shown {
            return Err(format!("{id:?} is shown {:?}, which is {shown:?}", client.shown));
        }
        let follows = |session: &&reference::Session| {
            session.tenant == client.tenant
                && !session.is_closed()
                && (session.present(person).is_some() || session.observers.contains(&id))
        };
        for session in self.reference.sessions.iter().filter(follows) {
            let log = client
                .logs
                .get(&session.id)
                .ok_or_else(|| format!("{id:?} was never told of {}", session.id))?;
            let words = log.words.iter().map(|(seq, spoken)| (*seq, spoken));
            let eyes = session.eyes(id, person);
            let said = (1..).zip(session.seen(eyes)).skip(log.first.max(1) as usize - 1);
            let said = said.map(|(seq, place)| (seq, session.spoken(place)));
            if log.last() != session.last_seq(eyes) || !words.eq(said) {
                return Err(format!(
                    "{id:?} has {:?} from {} on of {}, and not all of {:?}",
                    log.words, log.first, session.id, session.said
                ));
            }
            let watches = session.observers.contains(&id);
            let sees = match client.is_agent() {
                true => session.typed.may_be_seen_as(&log.preview),
                false => log.preview.is_empty(),
            };
            let typists = (1..).zip(&session.participants);
            let typists = typists.filter(|(_, who)| who.types && (watches || who.person != person));
            let typists = typists.map(|(number, _)| number).collect();
            if !sees || log.typing != typists {
                return Err(format!(
                    "{id:?} sees {:?} and {:?} typing in {}, which are {typists:?}",
                    log.preview, log.typing, session.id
                ));
            }
            let is_told_places = watches || !client.is_agent();
            // One that is offered keeps the place that it was told.
            let is_offered = matches!(session.phase, Phase::Offered(_));
            let is_shown = log.position.is_some();
            let waits = session.phase == Phase::Waiting;
            if is_told_places && !is_offered && waits != is_shown {
                return Err(format!(
                    "{id:?} shows the place {:?} in {}, which is {:?}",
                    log.position, session.id, session.phase
                ));
            }
        }
        let over = |log: &(&SessionId, &crate::client::Log)| {
            self.reference.at(*log.0).is_some_and(|at| {
                let there = &self.reference.sessions[at];
                there.present(person).is_none() && !there.observers.contains(&id)
                    || there.is_closed()
            })
        };
        // A place that it was told while it watched stays as it was.
        let has_watched = |session: &SessionId| book.watched.contains(session);
        if let Some((session, log)) = client.logs.iter().filter(over).find(|(session, log)| {
            let place = log.position.is_some() && !has_watched(session);
            !log.preview.is_empty() || !log.typing.is_empty() || place
        }) {
            return Err(format!(
                "{id:?} still sees {:?}, {:?}, {:?} of {session}, which it is in no more",
                log.preview, log.typing, log.position
            ));
        }
        Ok(())
    }
}
