//! What people ask through their links, and what the reference answers.

use super::*;

impl World {
    pub(super) fn words(&self, line: &Line) -> Words {
        let id = |id: u64| {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&id.to_be_bytes());
            ClientMessageId(bytes)
        };
        let replaced = line.replaces.map(id);
        if let (true, Some(replaced)) = (line.recalls, replaced) {
            return Words::recall(id(line.id), replaced);
        }
        let words = Words::text(id(line.id), Bytes::copy_from_slice(line.body.as_bytes())).unwrap();
        let words = words.to(line.audience);
        replaced.map_or(words.clone(), |replaced| words.instead_of(replaced))
    }

    pub(super) fn ask(
        &mut self,
        pick: u8,
        (no, channel): (u8, u8),
        opening: bool,
        priority_minutes: u16,
    ) -> Outcome {
        let Some(client) = self.pick_kind(pick, false) else { return Ok(()) };
        // Mostly one that there is.
        let there = &self.reference.tenants[self.clients[client].tenant].house;
        let no = match usize::from(no) {
            no @ 12..=15 => no - 12,
            no => there.departments[no % 2].0,
        };
        let is_there = there.rules(no).is_some();
        let channel = usize::from(channel) % 3;
        let Client { link, tenant, .. } = self.clients[client];
        let id = self.spoken.len() as u64 + 1;
        let line = Line::new(id, format!("the opening {id}"));
        let words = opening.then(|| self.words(&line));
        let answer = self.submit(
            client,
            Command::Ask(frontdesk_engine::Ask {
                opening: words,
                priority_minutes,
                channel: policies::channel(channel),
                ..frontdesk_engine::Ask::of(department(no))
            }),
        );
        let asked = if let Ok(Reply::Asked(asked)) = &answer { Some(*asked) } else { None };
        let priority_ms = u64::from(priority_minutes.min(1_440)) * 60_000;
        let expected = match link.person {
            Person::Agent(_) => Err(Refusal::VisitorsOnly),
            Person::Visitor(_) if !is_there => Err(Refusal::UnknownDepartment(department(no))),
            Person::Visitor(_) => {
                let what = (no, channel);
                self.reference.ask(link.id, tenant, link.person, what, priority_ms, || {
                    asked.map(|asked| asked.session)
                })
            }
        };
        let expected = expected.and_then(|(session, existing)| {
            let at = self.reference.at(session).unwrap();
            if !existing && self.reference.sessions[at].is_closed() {
                self.count("sessions that ended at a full queue");
                return Ok((session, existing, None));
            }
            let said = opening
                .then(|| {
                    let said = (&line, self.now.wall_ms);
                    self.reference.say(link.id, tenant, link.person, session, said)
                })
                .transpose()?;
            Ok((session, existing, said.map(|(seq, _)| seq)))
        });
        if let Ok((session, _, Some(seq))) = expected {
            self.own_words(client, session, seq, line);
        }
        let answer =
            answer.map(|_| asked.map(|asked| (asked.session, asked.existing, asked.opening_seq)));
        self.same("asks", answer, expected.map(Some))
    }

    pub(super) fn own_words(&mut self, client: usize, session: SessionId, seq: u64, line: Line) {
        let Client { link, tenant, .. } = self.clients[client];
        let at = self.reference.at(session).unwrap();
        let there = &self.reference.sessions[at];
        let spoken = there.spoken(there.last_place()).clone();
        self.clients[client].logs.entry(session).or_default().note_own(seq, spoken);
        self.spoken.push((tenant, link.person, session, line));
    }

    pub(super) fn say(&mut self, pick: u8, which: Which, say: Say) -> Outcome {
        let Some((client, mut session)) = self.pick_words(pick, which) else { return Ok(()) };
        let Client { link, tenant, .. } = self.clients[client];
        let own: Vec<_> =
            self.spoken.iter().filter(|said| (said.0, said.1) == (tenant, link.person)).collect();
        let earlier = |n: u8| (!own.is_empty()).then(|| own[usize::from(n) % own.len()].clone());
        let fresh = self.spoken.len() as u64 + 1;
        let word = Line::new(fresh, format!("word {fresh}"));
        let (line, times) = match say {
            Say::New => (word, 1),
            Say::Large(times) => (Line { body: "大".repeat(8 * 1024 / 3), ..word }, times),
            Say::Whisper(n) => {
                let audience = match n % 3 {
                    0 => Audience::Agents,
                    1 => Audience::Supervisors,
                    _ => Audience::One(u16::from(n / 3) % 5),
                };
                (Line { audience, ..word }, 1)
            }
            Say::Again(n) | Say::ReusedId(n) | Say::Change(n) | Say::Recall(n) => {
                let Some((_, _, said_in, line)) = earlier(n) else { return Ok(()) };
                session = said_in;
                let replaces = Some(line.id);
                let line = match say {
                    Say::ReusedId(_) => {
                        let body = format!("other {}", line.body).chars().take(100).collect();
                        Line { body, recalls: false, ..line }
                    }
                    Say::Change(_) => Line { replaces, ..word },
                    Say::Recall(_) => Line { replaces, recalls: true, body: String::new(), ..word },
                    _ => line,
                };
                (line, 1)
            }
        };
        for id in line.id..line.id + u64::from(times) {
            let line = Line { id, ..line.clone() };
            let words = self.words(&line);
            let answer = self.submit(client, Command::Say { session, words });
            let answer = answer.map(|reply| {
                if let Reply::Said(said) = reply { (said.seq, said.duplicate) } else { (0, false) }
            });
            let said = (&line, self.now.wall_ms);
            let expected = self.reference.say(link.id, tenant, link.person, session, said);
            if expected == Err(Refusal::NotInSession) && self.was_a_bot_of(client, session) {
                self.count("late words of bots");
            }
            if let Ok((seq, duplicate)) = expected {
                if duplicate {
                    self.count("duplicates");
                } else {
                    self.own_words(client, session, seq, line);
                }
            }
            self.same("words", answer, expected)?;
        }
        Ok(())
    }

    /// Who speaks in which session; of those who may not, mostly a bot in a session that it has no more.
    fn pick_words(&self, pick: u8, which: Which) -> Option<(usize, SessionId)> {
        if matches!(which, Which::Any(n) if n % 2 == 0) {
            let attached = (0..self.clients.len()).filter(|no| self.clients[*no].attached);
            let late = attached.flat_map(|client| {
                let person = self.clients[client].link.person;
                let sessions = self.reference.sessions.iter();
                let left = sessions.filter(move |there| there.present(person).is_none());
                left.map(move |there| (client, there.id))
            });
            let late: Vec<_> = late.filter(|(who, id)| self.was_a_bot_of(*who, *id)).collect();
            if !late.is_empty() {
                return Some(late[usize::from(pick) % late.len()]);
            }
        }
        let client = self.pick_speaker(pick, which)?;
        Some((client, self.which(client, pick, which)))
    }

    /// Whether a bot has had a session that goes on without it.
    fn was_a_bot_of(&self, client: usize, session: SessionId) -> bool {
        let Client { link, name, .. } = self.clients[client];
        let took_part = |at: usize| {
            let there = &self.reference.sessions[at];
            !there.is_closed() && there.participants.iter().any(|who| who.person == link.person)
        };
        reference::BOTS.contains(&name) && self.reference.at(session).is_some_and(took_part)
    }

    pub(super) fn preview(&mut self, pick: u8, which: Which, text: u8) -> Outcome {
        let Some(client) = self.pick_speaker(pick, which) else { return Ok(()) };
        let Client { link, tenant, .. } = self.clients[client];
        let session = self.which(client, pick, which);
        let (text, shown) = match text {
            0..40 => (String::new(), Some(String::new())),
            40..80 => (
                format!("{CANARY} 6222 0212-3456 7890 123"),
                Some(format!("{CANARY} •••• ••••-•••• •••• •••")),
            ),
            80..90 => (CANARY.repeat(200), None),
            n => (format!("{CANARY} {n}"), Some(format!("{CANARY} {n}"))),
        };
        let answer = self.submit(client, Command::Preview { session, text: text.into() });
        let expected = match self.reference.speaker(link.id, tenant, link.person, session) {
            _ if tenant == 1 => Err(Refusal::PreviewOff),
            _ if shown.is_none() => Err(Refusal::TooLong { field: "text", bytes_max: 2_048 }),
            Err(refusal) => Err(refusal),
            Ok((at, _)) if self.reference.sessions[at].is_closed() => Err(Refusal::SessionClosed),
            Ok((at, no)) => {
                let (shown, now_ms) = (shown.unwrap_or_default(), self.reference.now_ms);
                let there = &mut self.reference.sessions[at];
                if no == 0 {
                    there.typed.types(shown, now_ms)
                } else {
                    there.participants[no].types = !shown.is_empty()
                }
                Ok(Reply::Done)
            }
        };
        self.same("previews", answer, expected)
    }

    pub(super) fn acknowledge(
        &mut self,
        pick: u8,
        which: Which,
        delivered: u8,
        read: u8,
    ) -> Outcome {
        let Some(client) = self.pick_speaker(pick, which) else { return Ok(()) };
        let Client { link, tenant, .. } = self.clients[client];
        let session = self.which(client, pick, which);
        let at = self.reference.at(session);
        let last = at.map_or(0, |at| {
            let there = &self.reference.sessions[at];
            there.last_seq(there.eyes(link.id, link.person))
        });
        let (delivered, read) = (u64::from(delivered) % (last + 2), u64::from(read) % (last + 2));
        let answer = self.submit(client, Command::Acknowledge { session, delivered, read });
        let expected =
            self.reference.speaker(link.id, tenant, link.person, session).and_then(|(at, no)| {
                let there = &mut self.reference.sessions[at];
                if delivered.max(read) > last {
                    return Err(Refusal::BeyondEnd { last_seq: last });
                }
                let [delivered, read] = [delivered, read].map(|seq| there.place_of(Some(no), seq));
                let who = &mut there.participants[no];
                (who.delivered, who.read) =
                    (who.delivered.max(delivered).max(read), who.read.max(read));
                Ok(Reply::Done)
            });
        self.same("receipts", answer, expected)
    }

    pub(super) fn close(&mut self, client: usize, session: SessionId) -> Outcome {
        let Client { link, tenant, .. } = self.clients[client];
        let answer = self.submit(client, Command::Close { session });
        let expected =
            self.reference.speaker(link.id, tenant, link.person, session).and_then(|(at, no)| {
                if self.reference.sessions[at].is_closed() {
                    return Err(Refusal::SessionClosed);
                }
                self.reference
                    .end(at, if no == 0 { CloseCause::Visitor } else { CloseCause::Agent });
                Ok(Reply::Done)
            });
        self.same("closes", answer, expected)
    }

    pub(super) fn read_messages(
        &mut self,
        pick: u8,
        which: Which,
        from: u8,
        messages_max: u8,
    ) -> Outcome {
        let Some(client) = self.pick_speaker(pick, which) else { return Ok(()) };
        let Client { link, tenant, .. } = self.clients[client];
        let session = self.which(client, pick, which);
        let answer = self
            .submit(client, Command::ReadMessages { session, from_seq: from.into(), messages_max });
        let answer = answer.map(|reply| {
            if let Reply::Messages(page) = reply {
                page.messages.iter().map(|(seq, _)| *seq).collect()
            } else {
                vec![]
            }
        });
        let reader = self.reference.reader(link.id, tenant, link.person, session);
        let expected = reader.map(|at| {
            let there = &self.reference.sessions[at];
            let eyes = there.eyes(link.id, link.person);
            let (mut bytes, seen) = (0, there.seen(eyes));
            let seqs = u64::from(from).max(there.first_kept(eyes)).max(1)..=there.last_seq(eyes);
            let page = seqs.take(usize::from(messages_max.clamp(1, 64))).take_while(|seq| {
                bytes += there.spoken(seen[*seq as usize - 1]).line.body.len();
                bytes <= 64 * 1024
            });
            page.collect::<Vec<_>>()
        });
        self.same("history", answer, expected)
    }

    /// An agent attaches, signs on and is online, as far as it isn't.
    pub(super) fn go_to_work(
        &mut self,
        (tenant, name): (usize, usize),
        reader: u8,
        departments: u8,
        tier: u8,
        capacity: u8,
    ) -> Outcome {
        let is_it = |client: &Client| {
            client.attached && client.is_agent() && (client.tenant, client.name) == (tenant, name)
        };
        if !self.clients.iter().any(is_it) {
            let reader = usize::from(reader) % READERS;
            self.attach_agent(tenant, name, reader, None, Resume::Seen)?;
        }
        match self.clients.iter().position(is_it) {
            None => Ok(()),
            Some(client) => {
                self.sign_on_as(client, 1 + departments % 3, tier, 1 + capacity % 4)?;
                self.set_status(client, 0, false)
            }
        }
    }

    pub(super) fn sign_on(&mut self, pick: u8, mask: u8, tier_bits: u8, capacity: u8) -> Outcome {
        match self.pick_kind(pick, true) {
            Some(client) => self.sign_on_as(client, mask, tier_bits, capacity),
            None => Ok(()),
        }
    }

    pub(super) fn sign_on_as(
        &mut self,
        client: usize,
        mask: u8,
        tier_bits: u8,
        capacity: u8,
    ) -> Outcome {
        let there = &self.reference.tenants[self.clients[client].tenant].house;
        let (named, capacities) = (there.departments.iter().map(|(no, _)| *no), there.capacity);
        let mut departments: Vec<usize> =
            named.zip(0..).filter(|(_, bit)| mask & (1 << bit) != 0).map(|(no, _)| no).collect();
        // Seldom one that there isn't, any more or at all.
        if mask > 240 {
            departments.push(usize::from(mask) % 4);
        }
        departments.dedup();
        let missing = departments.iter().copied().find(|no| there.rules(*no).is_none());
        let capacity = (capacity < 200).then_some(u16::from(capacity % 6));
        // Mostly the first tier, in the second department the other way round.
        let tier = |no: usize| 1 + u8::from((tier_bits >> no) & 3 == 3);
        let ids = departments.iter().map(|no| department(*no));
        let mut sign_on = frontdesk_engine::SignOn::new(ids, capacity);
        let posts = sign_on.posts.iter_mut().zip(&departments);
        let order = |no: usize| u16::from((tier_bits >> (no + 3)) & 3);
        posts.for_each(|(post, no)| (post.tier, post.order) = (tier(*no), order(*no)));
        let answer = self.submit(client, Command::SignOn(sign_on));
        let answer = answer.map(|reply| {
            if let Reply::SignedOn { status, sessions, capacity } = reply {
                (status, sessions, capacity)
            } else {
                (Status::Offline, 0, 0)
            }
        });
        let expected = self.agent(client).and_then(|(tenant, agent)| {
            let capacity = capacity.unwrap_or(capacities.0);
            if capacity == 0 || capacity > capacities.1 {
                return Err(Refusal::CapacityOutOfRange { max: capacities.1 });
            }
            if let Some(no) = missing {
                return Err(Refusal::UnknownDepartment(department(no)));
            }
            if departments.is_empty() {
                return Err(Refusal::DepartmentsOutOfRange { max: 16 });
            }
            let post = |no: &usize| reference::Post {
                department: *no,
                tier: tier(*no),
                order: order(*no),
            };
            let posts = departments.iter().map(post).collect();
            self.reference.sign_on(tenant, agent, posts, capacity);
            Ok((
                self.reference.tenants[tenant].agents[agent].status,
                self.reference.held(tenant, agent).len() as u32,
                capacity,
            ))
        });
        self.same("sign-ons", answer, expected)
    }

    pub(super) fn set_status(&mut self, client: usize, status: u8, long_reason: bool) -> Outcome {
        let status = [
            Status::Online,
            Status::Online,
            Status::Online,
            Status::Away,
            Status::Busy,
            Status::Offline,
        ][usize::from(status) % 6];
        let reason = if long_reason { "r".repeat(65) } else { String::new() };
        let answer = self
            .submit(client, Command::SetStatus(frontdesk_engine::SetStatus::now(status, &reason)));
        let expected = self.agent(client).and_then(|(tenant, agent)| {
            match self.reference.tenants[tenant].agents[agent].status {
                _ if status == Status::Offline => Err(Refusal::StatusNotSettable),
                Status::Offline => Err(Refusal::NotSignedOn),
                _ if long_reason => Err(Refusal::TooLong { field: "reason", bytes_max: 64 }),
                _ => {
                    self.reference.set_status(tenant, agent, status);
                    Ok(Reply::Done)
                }
            }
        });
        self.same("statuses", answer, expected)
    }

    pub(super) fn stale_command(&mut self, pick: u8, kind: u8) -> Outcome {
        let Some(client) = self.pick(pick, false) else { return Ok(()) };
        let (session, epoch) = (self.which(client, kind, Which::Any(pick)), self.engine.epoch());
        let home = self.reference.tenants[self.clients[client].tenant].house.departments[0].0;
        let command = match (self.clients[client].is_agent(), kind % 7) {
            (_, 3) => Command::ReadSession { session },
            (_, 4) => Command::ReadMessages { session, from_seq: 1, messages_max: 1 },
            (true, 5) => Command::ReadTrail { visitor: visitor_id(0) },
            (true, 6) => Command::WatchSession { resume: ResumePoint { session, epoch, seq: 0 } },
            (true, 0) => Command::SetStatus(frontdesk_engine::SetStatus::now(Status::Online, "")),
            (true, 1) => Command::WatchVisitors { query: Box::default(), rows: 10 },
            (true, _) => Command::SignOff { reason: "".into() },
            (false, 0) => Command::Ask(frontdesk_engine::Ask::of(department(home))),
            (false, _) => Command::ViewPage(self.engine.page("/stale", "").unwrap()),
        };
        let answer = self.submit(client, command);
        self.same("stale commands", answer, Err(Refusal::LinkGone))
    }
}
