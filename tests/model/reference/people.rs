//! What people do and what time does, each in a few plain steps over the lists.

use super::*;

impl Reference {
    pub fn ask(
        &mut self,
        link: LinkId,
        tenant: usize,
        person: Person,
        (department, channel): (usize, usize),
        priority_ms: u64,
        id: impl FnOnce() -> Option<SessionId>,
    ) -> Result<(SessionId, bool), Refusal> {
        let visitor = self
            .visitor(tenant, person)
            .filter(|visitor| visitor.links.contains(&link))
            .ok_or(Refusal::LinkGone)?;
        if let Some(session) = visitor.session {
            return Ok((session, true));
        }
        if self.is_shut(tenant, department) {
            return Err(Refusal::QueueFull);
        }
        let id = id().expect("the engine takes the request");
        self.end_invitation(tenant, person, InvitationOutcome::SessionBegan(id));
        self.begin(tenant, person, (department, channel), priority_ms, id, None);
        Ok((id, false))
    }
    /// A session begins, and finds the agent who claims it, another one, or waits.
    pub fn begin(
        &mut self,
        tenant: usize,
        person: Person,
        (department, channel): (usize, usize),
        priority_ms: u64,
        id: SessionId,
        claimed_by: Option<usize>,
    ) {
        let visitor_name = self.visitor(tenant, person).unwrap().name;
        let rank = (self.now_ms as i64 - priority_ms as i64, self.sessions.len());
        let participants =
            vec![Participant { person, present: true, delivered: 0, read: 0, types: false }];
        let session = Session {
            id,
            tenant,
            visitor: person,
            visitor_name,
            department,
            phase: Phase::Looking,
            rank,
            asked_ms: self.now_ms,
            looked_ms: self.now_ms,
            back_to: None,
            alone: None,
            channel,
            weight: self.tenants[tenant].house.weights[channel],
            lies: Lies::No,
            dormant_ms: 0,
            once: Once::by(self.tenants[tenant].rules[department]),
            handed_by: None,
            participants,
            observers: vec![],
            said: vec![],
            forgotten: 0,
            typed: Default::default(),
            closed: (0, 0),
            places: vec![],
        };
        let at = self.sessions.len();
        self.sessions.push(session);
        self.visitor_mut(tenant, person).unwrap().session = Some(id);
        self.tell_all(at, &Told::Opened, None);
        self.look(at);
        let is_on = |agent: &usize| {
            let there = &self.tenants[tenant].agents[*agent];
            let department = self.sessions[at].department;
            there.status != Status::Offline
                && !there.links.is_empty()
                && there.posts.iter().any(|post| post.department == department)
                && self.has_room(*agent, at)
        };
        if let Some(agent) = claimed_by.filter(is_on) {
            return self.assign(at, agent);
        }
        match self.next_free(at, &[]) {
            Some(agent) => self.give(at, agent),
            // Who is there has no room for one that weighs so much, or hides.
            None if self.is_closed(at) => self.end(at, CloseCause::QueueFull),
            None => self.stand(tenant, at),
        }
    }
    /// The one who speaks in a session, or why it may not.
    pub fn speaker(
        &self,
        link: LinkId,
        tenant: usize,
        person: Person,
        id: SessionId,
    ) -> Result<(usize, usize), Refusal> {
        let at = self.find(tenant, id)?;
        let no = self.sessions[at].present(person).ok_or(stranger(person))?;
        let follows =
            self.sessions[at].is_closed() || self.links_of(tenant, person).contains(&link);
        if follows { Ok((at, no)) } else { Err(Refusal::LinkGone) }
    }
    pub fn say(
        &mut self,
        link: LinkId,
        tenant: usize,
        person: Person,
        session: SessionId,
        (line, wall_ms): (&Line, u64),
    ) -> Result<(u64, bool), Refusal> {
        let (at, no) = self.speaker(link, tenant, person, session)?;
        let (seq, is_new) = self.enter(at, no, line, wall_ms)?;
        if !is_new {
            return Ok((seq, true));
        }
        let there = &mut self.sessions[at];
        if no == 0 {
            there.typed.clear()
        } else {
            there.participants[no].types = false
        }
        let said = &there.spoken(there.last_place()).line;
        // What is only said anew answers nobody, and who takes something back doesn't go on.
        let answers = no > 0 && said.audience == Audience::Everyone && said.replaces.is_none();
        let goes_on = no == 0 && !said.recalls;
        if answers {
            there.once.agent_said(self.now_ms);
        } else if goes_on {
            there.once.visitor_said();
        }
        if answers && there.dormant_ms > 0 && there.lies != Lies::Dormant {
            there.lies = Lies::Soon(self.now_ms + there.dormant_ms);
        }
        self.tenants[tenant].messages += 1;
        self.tell_words(at, Some(link));
        if goes_on {
            self.goes_on(at);
        }
        Ok((seq, false))
    }
    /// Who may read in a session: one who speaks in it, or watches.
    pub fn reader(
        &self,
        link: LinkId,
        tenant: usize,
        person: Person,
        id: SessionId,
    ) -> Result<usize, Refusal> {
        self.standing(link)?;
        let at = self.find(tenant, id)?;
        if self.sessions[at].observers.contains(&link) {
            return Ok(at);
        }
        self.speaker(link, tenant, person, id).map(|(at, _)| at)
    }
    /// Refuses a link that has ended, also one whose end was not read yet.
    pub fn standing(&self, link: LinkId) -> Result<(), Refusal> {
        let stands = self.links.get(&link).is_some_and(|book| book.end.is_none());
        if stands { Ok(()) } else { Err(Refusal::LinkGone) }
    }
    pub fn watch(
        &mut self,
        link: LinkId,
        tenant: usize,
        agent: usize,
        supervises: bool,
        id: SessionId,
        after: u64,
    ) -> Result<(), Refusal> {
        if !supervises {
            return Err(Refusal::SupervisorsOnly);
        }
        let at = self.find(tenant, id)?;
        if self.sessions[at].is_closed() {
            return Err(Refusal::SessionClosed);
        }
        let takes_part = self.sessions[at].handed_by == Some(agent);
        if takes_part || self.sessions[at].phase == Phase::Held(agent) {
            return Err(Refusal::InSession);
        }
        if !self.sessions[at].observers.contains(&link) {
            let full = |what, max| Err(Refusal::LimitReached { what, max: max as u64 });
            if self.watched(link).count() >= WATCHES_MAX {
                return full("watches of one link", WATCHES_MAX);
            }
            if self.sessions[at].observers.len() >= OBSERVERS_MAX {
                return full("watches of one session", OBSERVERS_MAX);
            }
            self.sessions[at].observers.push(link);
        }
        if let Some(book) = self.links.get_mut(&link) {
            book.watched.insert(id);
        }
        self.bring(at, link, None, after, WATCH_REPLAY);
        Ok(())
    }
    pub fn unwatch(&mut self, link: LinkId, id: SessionId) {
        if self.watched(link).any(|other| other == id) {
            self.tell(link, id, Told::Unwatched);
            let watched = self.sessions.iter_mut().filter(|session| session.id == id);
            watched.for_each(|session| session.observers.retain(|other| *other != link));
        }
    }
    /// The sessions that a link watches.
    pub fn watched(&self, link: LinkId) -> impl Iterator<Item = SessionId> {
        let watched = self.sessions.iter().filter(move |there| there.observers.contains(&link));
        watched.map(|session| session.id)
    }
    fn watches_nothing(&mut self, link: LinkId) {
        self.sessions
            .iter_mut()
            .for_each(|session| session.observers.retain(|other| *other != link));
    }
    pub fn detach(&mut self, link: LinkId, tenant: usize, person: Person, leaving: bool) {
        let now_ms = self.now_ms;
        self.links.remove(&link);
        self.watches_nothing(link);
        match person {
            Person::Visitor(_) => {
                let Some(visitor) = self
                    .visitor_mut(tenant, person)
                    .filter(|visitor| visitor.links.contains(&link))
                else {
                    return;
                };
                visitor.links.retain(|other| *other != link);
                if !visitor.links.is_empty() {
                    return;
                }
                visitor.away_until = Some(now_ms + VISITOR_GRACE_MS);
                self.typed_nothing(tenant, person);
                if leaving {
                    self.gone(tenant, person, CloseCause::Visitor);
                }
            }
            Person::Agent(no) => {
                let agent = &mut self.tenants[tenant].agents[no.0 as usize];
                let was_last = agent.links == [link];
                agent.links.retain(|other| *other != link);
                if was_last {
                    agent.lost_until =
                        (agent.status != Status::Offline).then_some(now_ms + AGENT_GRACE_MS);
                    agent.keeps = None;
                    let is_on = agent.status != Status::Offline;
                    self.typed_nothing(tenant, person);
                    if is_on {
                        self.withdraw_offers(tenant, no.0 as usize, OfferOutcome::AgentGone);
                        self.status_has_changed(tenant, no.0 as usize);
                    }
                }
            }
        }
    }
    fn typed_nothing(&mut self, tenant: usize, person: Person) {
        for session in self
            .sessions
            .iter_mut()
            .filter(|session| session.tenant == tenant && session.present(person).is_some())
        {
            if session.visitor == person {
                session.typed.clear()
            } else if let Some(no) = session.present(person) {
                session.participants[no].types = false
            }
        }
    }
    fn gone(&mut self, tenant: usize, person: Person, cause: CloseCause) {
        self.end_invitation(tenant, person, InvitationOutcome::VisitorGone);
        let session = self.visitor(tenant, person).and_then(|visitor| visitor.session);
        self.tenants[tenant].visitors.retain(|visitor| visitor.person != person);
        if let Some(at) = session.and_then(|id| self.at(id)) {
            self.end(at, cause);
        }
    }
    pub fn attached(
        &mut self,
        link: LinkId,
        tenant: usize,
        person: Person,
        name: usize,
        replaces: Option<LinkId>,
        resume: &[(SessionId, u64)],
    ) {
        let old = replaces.filter(|old| self.links_of(tenant, person).contains(old));
        self.links.insert(link, LinkBook::default());
        if let Some(old) = old {
            self.watches_nothing(old);
        }
        let after = |id: SessionId| {
            resume.iter().find(|(other, _)| *other == id).map_or(0, |(_, seq)| *seq)
        };
        let tenant_no = tenant;
        let links = match person {
            Person::Visitor(_) => {
                if self.visitor(tenant, person).is_none() {
                    self.tenants[tenant].visitors.push(Visitor {
                        name,
                        person,
                        links: vec![],
                        away_until: None,
                        session: None,
                        seen_at: vec![],
                        shown: None,
                        accepted: None,
                    });
                }
                let visitor = self.visitor_mut(tenant, person).unwrap();
                visitor.away_until = None;
                &mut visitor.links
            }
            Person::Agent(no) => {
                let agents = &mut self.tenants[tenant].agents;
                if agents.len() == no.0 as usize {
                    agents.push(Agent::new(name));
                }
                agents[no.0 as usize].lost_until = None;
                &mut agents[no.0 as usize].links
            }
        };
        links.retain(|other| Some(*other) != old);
        let was_last = old.is_some() && links.is_empty();
        links.push(link);
        if was_last {
            self.typed_nothing(tenant, person);
        }
        if let Some(book) = old.and_then(|old| self.links.get_mut(&old)) {
            book.end = book.end.or(Some(LinkEnd::Replaced));
        }
        let shown = self.visitor(tenant, person).and_then(|visitor| visitor.shown);
        if let Some(shown) = shown {
            self.tell(link, shown.id, Told::Invited);
        }
        let running = match person {
            Person::Visitor(_) => self
                .visitor(tenant, person)
                .and_then(|visitor| visitor.session)
                .and_then(|id| self.at(id))
                .into_iter()
                .collect(),
            Person::Agent(no) => {
                [self.held(tenant, no.0 as usize), self.handed(tenant, no.0 as usize)].concat()
            }
        };
        let share = if matches!(person, Person::Agent(_)) { running.len().max(1) } else { 1 };
        for at in running {
            let eyes = self.sessions[at].eyes(link, person);
            let bound = (REPLAY.0 / share, REPLAY.1 / share);
            self.bring(at, link, eyes, after(self.sessions[at].id), bound);
            if matches!(person, Person::Visitor(_)) {
                self.bring_rating(at, link);
            }
        }
        if let Person::Agent(no) = person {
            for offer in self.parts(tenant_no, no.0 as usize) {
                self.tell(link, self.offers[offer].session, Told::Offered);
            }
            self.fill(tenant_no, no.0 as usize);
        }
        let share = resume.len().max(1);
        let bound = match person {
            Person::Visitor(_) => REPLAY,
            Person::Agent(_) => (ENDED_REPLAY.0 / share, ENDED_REPLAY.1 / share),
        };
        for (id, seq) in resume {
            self.bring_end(tenant, person, link, *id, *seq, bound);
        }
    }
    pub fn sign_on(&mut self, tenant: usize, agent: usize, posts: Vec<Post>, capacity: u16) {
        let there = &mut self.tenants[tenant].agents[agent];
        (there.posts, there.capacity, there.keeps) = (posts, capacity, None);
        let is_new = there.status == Status::Offline;
        self.notes_excess(tenant, agent);
        if is_new {
            self.change_status(tenant, agent, Status::Away);
        }
        self.fill_hidden_bots(tenant);
        self.fill(tenant, agent);
    }
    pub fn set_status(&mut self, tenant: usize, agent: usize, status: Status) {
        match status {
            Status::Offline => self.take_off(tenant, agent),
            _ => self.change_status(tenant, agent, status),
        }
        self.fill(tenant, agent);
    }
    pub fn tick(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        self.typing_is_shown();
        for tenant in 0..self.tenants.len() {
            self.blocks_end(tenant);
            let over = self.tenants[tenant]
                .visitors
                .iter()
                .find(|visitor| visitor.away_until.is_some_and(|until| until <= now_ms));
            if let Some(person) = over.map(|visitor| visitor.person) {
                self.gone(tenant, person, CloseCause::VisitorLost);
            }
            self.invitations_expire(tenant);
            self.sessions_fall_dormant(tenant);
            self.sessions_lie_idle(tenant);
            while let Some((_, due)) =
                self.dues(tenant).into_iter().min().filter(|(at, _)| *at <= now_ms)
            {
                self.comes_due(tenant, due);
            }
        }
    }
    /// Notes who has which place now.
    pub fn note_places(&mut self) {
        for (tenant, department) in
            (0..self.tenants.len()).flat_map(|tenant| (0..DEPARTMENTS).map(move |no| (tenant, no)))
        {
            self.queue(tenant, department).into_iter().for_each(|at| self.note_place(at));
        }
    }
    /// Notes which place one that waits has now.
    pub fn note_place(&mut self, at: usize) {
        let place = self.place(at);
        if self.sessions[at].places.last().is_none_or(|(_, last)| *last != place) {
            self.sessions[at].places.push((self.now_ms, place));
        }
    }
}
