//! What must hold after each step: ledger, counts, sessions, facts, windows.

use super::*;

impl World {
    pub(super) fn check(&mut self) -> Outcome {
        self.engine.verify(self.now).map_err(|faults| format!("verify: {faults:?}"))?;
        for tenant in 0..TENANTS {
            let counts = self.engine.counts(TenantNo(tenant as u32));
            let expected = self.counts(tenant);
            if counts != expected {
                return Err(format!("the engine counts {counts:?}, the reference {expected:?}"));
            }
            self.window(tenant)?;
        }
        self.reference.proof()?;
        self.facts()?;
        for at in 0..self.reference.sessions.len() {
            if !self.reference.sessions[at].is_closed() {
                self.session(at)?;
            }
        }
        Ok(())
    }

    pub(super) fn counts(&self, tenant: usize) -> Counts {
        let there = &self.reference.tenants[tenant];
        let away =
            there.visitors.iter().filter(|visitor| visitor.away_until.is_some()).count() as u64;
        let agents =
            |status| there.agents.iter().filter(|agent| agent.status == status).count() as u64;
        let open = self
            .reference
            .sessions
            .iter()
            .filter(|session| session.tenant == tenant && !session.is_closed());
        let waiting = self.reference.waiting(tenant).len();
        let offered = |session: &&reference::Session| {
            session.tenant == tenant && matches!(session.phase, Phase::Offered(_))
        };
        let offered = self.reference.sessions.iter().filter(offered).count();
        Counts {
            visitors_here: there.visitors.len() as u64 - away,
            visitors_away: away,
            waiting: waiting as u64,
            offered: offered as u64,
            sessions: (open.count() - waiting - offered) as u64,
            agents_online: agents(Status::Online),
            agents_busy: agents(Status::Busy),
            agents_away: agents(Status::Away),
            messages: there.messages,
            blocks: there.blocks.len() as u64,
        }
    }

    /// A session as one who takes part reads it.
    pub(super) fn session(&mut self, at: usize) -> Outcome {
        let session = &self.reference.sessions[at];
        let reads = |client: &Client| {
            client.attached
                && client.tenant == session.tenant
                && self.reference.standing(client.link.id).is_ok()
                && session.present(client.link.person).is_some()
        };
        let Some(client) = self.clients.iter().find(|client| reads(client)) else { return Ok(()) };
        let id = session.id;
        let reply = self.engine.submit(client.link, Command::ReadSession { session: id }, self.now);
        let Ok(Accepted { reply: Reply::Session(view), .. }) = reply else {
            return Err(format!("{id} can't be read: {reply:?}"));
        };
        let has_it = match session.phase {
            Phase::Held(agent) => vec![reference::person(agent)],
            _ => vec![],
        };
        let mut takes_part: Vec<_> =
            session.handed_by.map(reference::person).into_iter().chain(has_it).collect();
        takes_part.sort_by_key(|who| format!("{who:?}"));
        let mut present = self.reference.present_agents(at);
        present.sort_by_key(|who| format!("{who:?}"));
        let state = match session.phase {
            Phase::Held(_) => SessionState::Active,
            Phase::Offered(_) => {
                // The place that it was told last, if any, stays while agents are asked.
                let was_told = |position| {
                    position == 0 || session.places.iter().any(|(_, place)| *place == position)
                };
                match view.state {
                    SessionState::Waiting { position } if was_told(position) => {}
                    _ => return Err(format!("{id} is offered, and reads {view:?}")),
                }
                view.state
            }
            _ => {
                let SessionState::Waiting { position } = view.state else {
                    return Err(format!("{id} waits, and is {:?}", view.state));
                };
                let since =
                    |no: usize| session.places.get(no + 1).map_or(u64::MAX, |(until, _)| *until);
                let recent =
                    session.places.iter().enumerate().filter(|(no, _)| {
                        since(*no).saturating_add(TOLD_WITHIN_MS) > self.now.mono_ms
                    });
                if !recent.into_iter().any(|(_, (_, place))| *place == position) {
                    return Err(format!(
                        "{id} was told place {position} and had {:?}",
                        session.places
                    ));
                }
                SessionState::Waiting { position }
            }
        };
        let eyes = session.eyes(client.link.id, client.link.person);
        let receipts = view.participants.iter().map(|who| (who.present, who.delivered, who.read));
        let expected = session.participants.iter().map(|who| {
            let seq = |place| session.seq_at(eyes, place);
            (who.present, seq(who.delivered), seq(who.read))
        });
        let numbers = (session.last_seq(eyes), session.first_kept(eyes));
        if view.state != state
            || present != takes_part
            || !receipts.eq(expected)
            || (view.last_seq, view.first_kept_seq) != numbers
        {
            return Err(format!(
                "{id} reads {view:?}, and is {:?} with {numbers:?}",
                session.phase
            ));
        }
        Ok(())
    }

    /// What is kept: each session's story in order, no word of a preview.
    pub(super) fn facts(&mut self) -> Outcome {
        for (position, fact) in self.journal.read(Position(self.read_to.0 + 1), usize::MAX) {
            self.trace(|| format!("{fact:?}"));
            if position.0 != self.read_to.0 + 1 {
                return Err("facts were forgotten before they were read".to_owned());
            }
            self.read_to = position;
            let (session, said) = match &fact.event {
                Event::Said { session, message } => (*session, Some(message)),
                Event::SessionAsked { session, .. } => {
                    self.kept.insert(*session, Kept::default());
                    (*session, None)
                }
                Event::SessionAssigned { session, .. }
                | Event::SessionRequeued { session, .. }
                | Event::SessionMoved { session, .. }
                | Event::SessionClosed { session, .. } => (*session, None),
                Event::OfferMade { .. } | Event::OfferEnded { .. } => {
                    self.offer_kept(&fact)?;
                    continue;
                }
                Event::PolicyReplaced { version, .. } => {
                    let there = &self.reference.tenants[fact.tenant.0 as usize];
                    if there.version != *version {
                        return Err(format!("{fact:?} is kept, and there is {}", there.version));
                    }
                    continue;
                }
                Event::AgentSignedOn { .. }
                | Event::ReplyLate { .. }
                | Event::Acted(_)
                | Event::SessionRated { .. }
                | Event::SessionCleared { .. }
                | Event::Invited { .. }
                | Event::InvitationEnded { .. }
                | Event::StatusChanged { .. }
                | Event::Announced(_)
                | Event::RoomOpened { .. }
                | Event::RoomJoined { .. }
                | Event::RoomLeft { .. }
                | Event::SaidInRoom { .. }
                | Event::RoomClosed { .. }
                | Event::Blocked { .. }
                | Event::Unblocked { .. } => continue,
            };
            let kept =
                self.kept.get_mut(&session).ok_or("a fact of a session that nobody asked for")?;
            let there = &self.reference.sessions
                [self.reference.at(session).ok_or("an unknown session is kept")?];
            if kept.closed || there.tenant != fact.tenant.0 as usize {
                return Err(format!("{fact:?} is kept after the end, or for another tenant"));
            }
            if let Some(message) = said {
                kept.said += 1;
                let spoken = &there.said[kept.said as usize - 1];
                if message.place != kept.said
                    || message.words.body() != spoken.line.body.as_bytes()
                    || spoken.line.body.contains(CANARY)
                {
                    return Err(format!("{message:?} is kept as word {}", kept.said));
                }
            } else if format!("{fact:?}").contains(CANARY) {
                return Err("what was typed is kept".to_owned());
            }
            if let Event::SessionClosed { last_place, .. } = fact.event {
                kept.closed = true;
                if (last_place, there.is_closed()) != (there.last_place(), true) {
                    return Err(format!("{session} is kept as closed at {last_place}"));
                }
            }
        }
        match self.reference.offer_notes.first() {
            None => Ok(()),
            Some(note) => Err(format!("{note:?} isn't kept")),
        }
    }

    /// What the watcher sees is what there is, after a period without a change.
    pub(super) fn window(&mut self, tenant: usize) -> Outcome {
        let expected: BTreeMap<_, _> = self.reference.tenants[tenant]
            .visitors
            .iter()
            .map(|visitor| {
                (
                    visitor_id(visitor.name).as_str().to_owned(),
                    (visitor.links.len() as u32, visitor.session, visitor.away_until.is_some()),
                )
            })
            .collect();
        let watcher = &mut self.watchers[tenant];
        if watcher.expected != expected {
            (watcher.expected, watcher.since_ms) = (expected, self.now.mono_ms);
        }
        let mut told = Vec::new();
        let ended = watcher.reader.try_drain_all(|link, delivery| told.push((link, delivery)));
        for (link, delivery) in told {
            let list = match delivery {
                Delivery::VisitorsSnapshot(list) | Delivery::VisitorsChanged(list)
                    if link == watcher.link.id =>
                {
                    list
                }
                other if watcher.floor.told(&other) => continue,
                other => return Err(format!("a watcher is told {other:?}")),
            };
            for gone in &list.gone {
                watcher.rows.remove(gone.as_str());
            }
            for row in &list.rows {
                watcher.rows.insert(
                    row.visitor.as_str().to_owned(),
                    (row.links, row.session, row.presence == Presence::Away),
                );
            }
        }
        let is_due = self.now.mono_ms > watcher.since_ms + WINDOW_WITHIN_MS;
        if !ended.is_empty() || (is_due && watcher.rows != watcher.expected) {
            return Err(format!(
                "the window shows {:?}, there are {:?}",
                watcher.rows, watcher.expected
            ));
        }
        if is_due {
            self.count("windows compared");
        }
        self.note_floor(tenant);
        let watcher = &mut self.watchers[tenant];
        if self.now.mono_ms > watcher.floor_since_ms + WINDOW_WITHIN_MS {
            if watcher.floor != watcher.floor_expected {
                let (shown, there) = (&watcher.floor, &watcher.floor_expected);
                return Err(format!("the floor shows {shown:?}, and there are {there:?}"));
            }
            self.count("floors compared");
        }
        Ok(())
    }
}
