//! Who comes, in whose place, and goes on where; and who goes.

use super::*;

impl World {
    pub(super) fn resume_points(
        &self,
        tenant: usize,
        name: usize,
        agent: bool,
        resume: Resume,
    ) -> (Vec<ResumePoint>, Vec<(SessionId, u64)>, Logs) {
        let mut earlier = self.clients.iter().rev();
        let earlier = earlier.find(|client| {
            (client.tenant, client.name, client.is_agent()) == (tenant, name, agent)
        });
        let mut logs = earlier.map(|client| client.logs.clone()).unwrap_or_default();
        logs.values_mut().for_each(crate::client::Log::forget_what_passes);
        let all = self.reference.sessions.iter().map(|session| session.id);
        let (epoch, seen): (_, Vec<(SessionId, u64)>) = match resume {
            Resume::Nothing => (self.engine.epoch(), vec![]),
            Resume::Seen => {
                (self.engine.epoch(), logs.iter().map(|(id, log)| (*id, log.last())).collect())
            }
            Resume::WrongEpoch => (Epoch([0; 16]), logs.keys().map(|id| (*id, 7)).collect()),
            Resume::BeyondEnd => (self.engine.epoch(), all.map(|id| (id, 10_000)).collect()),
        };
        let running = |id: &SessionId| {
            self.reference.at(*id).is_some_and(|at| !self.reference.sessions[at].is_closed())
        };
        let mut seen = seen;
        if !agent && seen.len() > 1 {
            // A visitor resumes one session.
            let keep = seen.iter().position(|(id, _)| running(id)).unwrap_or(seen.len() - 1);
            seen = vec![seen[keep]];
        }
        let points = seen
            .iter()
            .map(|(session, seq)| ResumePoint { session: *session, epoch, seq: *seq })
            .collect();
        if matches!(resume, Resume::WrongEpoch) {
            seen.iter_mut().for_each(|(_, seq)| *seq = 0);
        }
        let logs = if matches!(resume, Resume::Seen) { logs } else { BTreeMap::new() };
        (points, seen, logs)
    }

    pub(super) fn attach_visitor(
        &mut self,
        tenant: usize,
        name: usize,
        reader: usize,
        replaces: Option<u8>,
        resume: Resume,
        page: Page,
    ) -> Outcome {
        let replaces = replaces.map(usize::from).filter(|no| *no < self.clients.len());
        let old = replaces.map(|no| self.clients[no].link.id);
        let (points, seen, logs) = self.resume_points(tenant, name, false, resume);
        let there = &self.reference.tenants[tenant].visitors;
        let expected = match there.iter().find(|visitor| visitor.name == name) {
            _ if matches!(page, Page::UnknownSite) => Err(Refusal::UnknownSite),
            _ if self.reference.is_blocked(tenant, name, reader) => Err(Refusal::Blocked),
            Some(visitor)
                if visitor.links.len() >= reference::LINKS_MAX
                    && !old.is_some_and(|old| visitor.links.contains(&old)) =>
            {
                Err(Refusal::LimitReached {
                    what: "links of one visitor",
                    max: reference::LINKS_MAX as u64,
                })
            }
            Some(visitor) => Ok(visitor.session),
            None if there.len() >= reference::VISITORS_MAX => {
                Err(Refusal::LimitReached { what: "visitors", max: reference::VISITORS_MAX as u64 })
            }
            None if matches!(page, Page::None) => Err(Refusal::Missing { field: "page" }),
            None => Ok(None),
        };
        let attach = VisitorAttach {
            site: if matches!(page, Page::UnknownSite) {
                SiteId::new("moon").unwrap()
            } else {
                site()
            },
            visitor: visitor_id(name),
            page: if let Page::Some(no) = page {
                Some(self.engine.page(&format!("/{}", no % 5), "").unwrap())
            } else {
                None
            },
            arrival: Arrival { address: guard::address(name, reader).into(), ..Default::default() },
            replaces: replaces.map(|no| self.clients[no].token),
            resume: points.first().copied(),
        };
        let attached = self.engine.attach_visitor(
            TenantNo(tenant as u32),
            self.readers[reader].outlet(),
            attach,
            self.now,
        );
        self.same(
            "visitors' links",
            attached.as_ref().map(|attached| attached.session).map_err(Refusal::clone),
            expected,
        )?;
        if let Ok(attached) = attached {
            let person = attached.link.person;
            self.welcome(attached, tenant, name, reader, old, seen, logs);
            self.reference.seen_at(tenant, person, reader);
        }
        Ok(())
    }

    pub(super) fn attach_agent(
        &mut self,
        tenant: usize,
        name: usize,
        reader: usize,
        replaces: Option<usize>,
        resume: Resume,
    ) -> Outcome {
        let old = replaces.map(|no| self.clients[no].link.id);
        let (points, seen, logs) = self.resume_points(tenant, name, true, resume);
        let there = &self.reference.tenants[tenant].agents;
        let bots = self.reference.tenants[tenant].house.bots.len();
        let expected = match there.iter().find(|agent| agent.name == name) {
            Some(agent)
                if agent.links.len() >= reference::LINKS_MAX
                    && !old.is_some_and(|old| agent.links.contains(&old)) =>
            {
                Err(Refusal::LimitReached {
                    what: "links of one agent",
                    max: reference::LINKS_MAX as u64,
                })
            }
            Some(agent) => Ok(Some(agent.status)),
            None if there.len() > reference::AGENTS_MAX + bots => Err(Refusal::LimitReached {
                what: "agents",
                max: (reference::AGENTS_MAX + 1 + bots) as u64,
            }),
            None => Ok(Some(Status::Offline)),
        };
        let attach = AgentAttach {
            role: if supervises(name) { Role::Supervisor } else { Role::Agent },
            replaces: replaces.map(|no| self.clients[no].token),
            resume: points,
            ..AgentAttach::new(AgentId::new(&format!("a{name}")).unwrap())
        };
        let attached = self.engine.attach_agent(
            TenantNo(tenant as u32),
            self.readers[reader].outlet(),
            attach,
            self.now,
        );
        self.same(
            "agents' links",
            attached.as_ref().map(|attached| attached.status).map_err(Refusal::clone),
            expected,
        )?;
        if let Ok(attached) = attached {
            self.welcome(attached, tenant, name, reader, old, seen, logs);
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "a test's own")]
    pub(super) fn welcome(
        &mut self,
        attached: Attached,
        tenant: usize,
        name: usize,
        reader: usize,
        old: Option<LinkId>,
        seen: Vec<(SessionId, u64)>,
        logs: Logs,
    ) {
        let link = attached.link;
        if old.is_some_and(|old| self.reference.links_of(tenant, link.person).contains(&old)) {
            self.count("replaced links");
        }
        self.reference.attached(link.id, tenant, link.person, name, old, &seen);
        self.clients.push(Client {
            link,
            token: attached.token,
            tenant,
            name,
            reader,
            attached: true,
            logs,
            resumed: seen,
            offers: BTreeMap::new(),
            icon: None,
            shown: None,
        });
    }

    pub(super) fn detach(&mut self, client: usize, leaving: bool) {
        let Client { link, tenant, .. } = self.clients[client];
        self.engine.detach(
            link,
            if leaving { Departure::Leaving } else { Departure::Dropped },
            self.now,
        );
        self.reference.detach(link.id, tenant, link.person, leaving);
        self.clients[client].attached = false;
    }

    pub(super) fn follows(&self, client: usize) -> bool {
        let Client { link, tenant, .. } = self.clients[client];
        self.reference.links_of(tenant, link.person).contains(&link.id)
    }

    /// The agent who speaks through a link, or why it may not.
    pub(super) fn agent(&self, client: usize) -> Result<(usize, usize), Refusal> {
        let Client { link, tenant, .. } = self.clients[client];
        let Person::Agent(no) = link.person else { return Err(Refusal::AgentsOnly) };
        let follows = self.reference.links_of(tenant, link.person).contains(&link.id);
        if follows { Ok((tenant, no.0 as usize)) } else { Err(Refusal::LinkGone) }
    }
}
