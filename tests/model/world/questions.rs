//! What people read, and what else they may watch: answered as the reference would, with nothing changed by it.

use frontdesk_desk::delivery::Receiving;
use frontdesk_engine::NotReplaced;

use super::*;

/// What a watcher is shown of a floor: departments, agents, and who waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    /// Waiting, offered, held; agents online, busy and away.
    departments: BTreeMap<String, [u32; 6]>,
    /// Its status, and how many sessions it has.
    agents: BTreeMap<String, (Status, u32)>,
    waiting: std::collections::BTreeSet<SessionId>,
}

impl Shown {
    /// Takes in what a watcher is told; false for what is no part of a floor.
    pub(super) fn told(&mut self, delivery: &Delivery) -> bool {
        match delivery {
            Delivery::FloorSnapshot(list) | Delivery::FloorChanged(list) => {
                if matches!(delivery, Delivery::FloorSnapshot(_)) {
                    (self.departments, self.agents) = Default::default();
                }
                for gone in &list.departments_gone {
                    self.departments.remove(gone.as_str());
                }
                for gone in &list.agents_gone {
                    self.agents.remove(gone.as_str());
                }
                for row in &list.departments {
                    let agents = [row.agents_online, row.agents_busy, row.agents_away];
                    let [online, busy, away] = agents;
                    let counts = [row.waiting, row.offered, row.sessions, online, busy, away];
                    self.departments.insert(row.department.as_str().to_owned(), counts);
                }
                for row in &list.agents {
                    let seen = (row.seen.status, u32::from(row.seen.sessions));
                    self.agents.insert(row.seen.agent.as_str().to_owned(), seen);
                }
            }
            Delivery::QueuesSnapshot(list) | Delivery::QueuesChanged(list) => {
                if matches!(delivery, Delivery::QueuesSnapshot(_)) {
                    self.waiting.clear();
                }
                for gone in &list.gone {
                    self.waiting.remove(gone);
                }
                self.waiting.extend(list.rows.iter().map(|row| row.session));
            }
            _ => return false,
        }
        true
    }
}

impl World {
    /// What a watcher of everything is to be shown of a tenant's floor.
    pub(super) fn floor(&self, tenant: usize) -> Shown {
        let there = &self.reference.tenants[tenant];
        let in_phase = |department: usize, fits: fn(&Phase) -> bool| {
            let sessions = self.reference.sessions.iter();
            let sessions = sessions.filter(|one| one.tenant == tenant && fits(&one.phase));
            sessions.filter(|one| one.is_of(department)).count() as u32
        };
        let working = |department: usize, status: Status| {
            let receives = |agent: &&reference::Agent| {
                agent.status == status
                    && agent.posts.iter().any(|post| post.department == department)
            };
            there.agents.iter().filter(receives).count() as u32
        };
        let row = |no: usize| {
            let row = [
                self.reference.queue(tenant, no).len() as u32,
                in_phase(no, |phase| matches!(phase, Phase::Offered(_))),
                in_phase(no, |phase| matches!(phase, Phase::Held(_))),
                working(no, Status::Online),
                working(no, Status::Busy),
                working(no, Status::Away),
            ];
            (department(no).as_str().to_owned(), row)
        };
        let agents = (0..).zip(&there.agents).filter(|(_, agent)| !agent.posts.is_empty());
        let agents = agents.map(|(no, agent)| {
            let held = self.reference.held(tenant, no).len() as u32;
            (format!("a{}", agent.name), (agent.status, held))
        });
        let watched = there.house.departments.iter().map(|(no, _)| *no);
        let queues = watched.clone().filter(|no| self.watched_queues[tenant].contains(no));
        let waiting = queues.flat_map(|no| self.reference.queue(tenant, no));
        Shown {
            departments: watched.map(row).collect(),
            agents: agents.collect(),
            waiting: waiting.map(|at| self.reference.sessions[at].id).collect(),
        }
    }

    /// Notes since when a tenant's floor is as it is.
    pub(super) fn note_floor(&mut self, tenant: usize) {
        let expected = self.floor(tenant);
        let watcher = &mut self.watchers[tenant];
        if watcher.floor_expected != expected {
            (watcher.floor_expected, watcher.floor_since_ms) = (expected, self.now.mono_ms);
        }
    }

    pub(super) fn question(&mut self, link: u8, what: u8, which: u8) -> Outcome {
        match what % 9 {
            0 => self.read_counts(link),
            1 => self.read_queue(link, usize::from(which) % 4),
            2 => self.why_waiting(link, which),
            3 => self.why_idle(link),
            4 => self.read_work_log(link),
            5 => self.read_reception(
                link,
                which.is_multiple_of(3).then_some(usize::from(which / 3) % 4),
            ),
            6 => self.follow_reception(link, which.is_multiple_of(4)),
            7 => self.unwatch(link, which),
            _ => self.administer(link, which),
        }
    }

    fn read_counts(&mut self, pick: u8) -> Outcome {
        let Some(client) = self.pick_kind(pick, true) else { return Ok(()) };
        let answer = self.submit(client, Command::ReadCounts(Box::default()));
        let answer = answer.map(|reply| match reply {
            Reply::Counts { counts, .. } => Some(counts),
            _ => None,
        });
        let Client { link, tenant, .. } = self.clients[client];
        let expected = match link.person {
            Person::Visitor(_) => Err(Refusal::AgentsOnly),
            Person::Agent(_) => {
                self.reference.standing(link.id).map(|()| Some(self.counts(tenant)))
            }
        };
        self.same("counts read", answer, expected)
    }

    fn read_queue(&mut self, pick: u8, no: usize) -> Outcome {
        let Some(client) = self.pick_kind(pick, true) else { return Ok(()) };
        let read = Command::ReadQueue { department: department(no), rows: 200 };
        let answer = self.submit(client, read).map(|reply| match reply {
            Reply::Queue(rows) => rows.iter().map(|row| (row.session, row.position)).collect(),
            _ => vec![],
        });
        let expected = self.agent(client).and_then(|(tenant, _)| {
            if self.reference.tenants[tenant].house.rules(no).is_none() {
                return Err(Refusal::UnknownDepartment(department(no)));
            }
            let queue = self.reference.queue(tenant, no).into_iter().zip(1..);
            Ok(queue.map(|(at, place)| (self.reference.sessions[at].id, place)).collect())
        });
        self.same("queues read", answer, expected)
    }

    fn why_waiting(&mut self, pick: u8, which: u8) -> Outcome {
        let Some(client) = self.pick_kind(pick, true) else { return Ok(()) };
        let session = self.which(client, which, Which::Any(which));
        let answer = self.submit(client, Command::WhyWaiting { session });
        let answer = answer.map(|reply| match reply {
            Reply::WhyWaiting(why) => {
                let holder = why.holder.map(|holder| holder.as_str().to_owned());
                Some((why.position, holder, why.is_offered))
            }
            _ => None,
        });
        let expected = self.agent(client).and_then(|(tenant, _)| {
            let at = self.reference.at(session).filter(|at| {
                let there = &self.reference.sessions[*at];
                there.tenant == tenant && !there.is_closed()
            });
            let at = at.ok_or(Refusal::SessionNotFound)?;
            let there = &self.reference.sessions[at];
            let name = |agent: usize| self.reference.tenants[tenant].agents[agent].name;
            Ok(Some(match there.phase {
                Phase::Held(agent) => (0, Some(format!("a{}", name(agent))), false),
                Phase::Offered(_) => (0, None, true),
                _ => (self.reference.place(at), None, false),
            }))
        });
        self.same("answers why one waits", answer, expected)
    }

    fn why_idle(&mut self, pick: u8) -> Outcome {
        let Some(client) = self.pick_kind(pick, true) else { return Ok(()) };
        let answer = self.submit(client, Command::WhyIdle { agent: None });
        let answer = answer.map(|reply| match reply {
            Reply::WhyIdle(why) => Some((why.status, why.load)),
            _ => None,
        });
        let expected = self.agent(client).map(|(tenant, agent)| {
            let status = self.reference.tenants[tenant].agents[agent].status;
            Some((status, self.reference.used(tenant, agent)))
        });
        self.same("answers why one is idle", answer, expected)
    }

    fn read_work_log(&mut self, pick: u8) -> Outcome {
        let Some(client) = self.pick_kind(pick, true) else { return Ok(()) };
        let answer = self.submit(client, Command::ReadWorkLog { agent: None });
        let answer = answer.map(|reply| match reply {
            Reply::WorkLog(log) => log.last().map_or(Status::Offline, |entry| entry.status),
            _ => Status::Offline,
        });
        let expected = self
            .agent(client)
            .map(|(tenant, agent)| self.reference.tenants[tenant].agents[agent].status);
        self.same("work logs read", answer, expected)
    }

    fn read_reception(&mut self, pick: u8, chosen: Option<usize>) -> Outcome {
        let Some(client) = self.pick_kind(pick, false) else { return Ok(()) };
        let read = Command::ReadReception { department: chosen.map(department) };
        let answer = self.submit(client, read).map(|reply| match reply {
            Reply::Reception(reception) => Some(reception.receiving),
            _ => None,
        });
        let expected = self.received_in(client, chosen);
        let expected = expected.map(|(tenant, no)| Some(self.reference.receiving(tenant, no)));
        self.same("receptions read", answer, expected)
    }

    /// The department whose reception a visitor reads; its site's first one, if it names none.
    fn received_in(&self, client: usize, chosen: Option<usize>) -> Result<(usize, usize), Refusal> {
        let Client { link, tenant, .. } = self.clients[client];
        let house = &self.reference.tenants[tenant].house;
        match (link.person, chosen) {
            (Person::Agent(_), _) => Err(Refusal::VisitorsOnly),
            (_, Some(no)) if house.rules(no).is_none() => {
                Err(Refusal::UnknownDepartment(department(no)))
            }
            _ if !self.follows(client) => Err(Refusal::LinkGone),
            (_, Some(no)) => Ok((tenant, no)),
            (_, None) => Ok((tenant, house.departments[0].0)),
        }
    }

    /// Lets a page follow its reception, or not any more. What it is told is looked at once all is quiet, at the end.
    fn follow_reception(&mut self, pick: u8, ends: bool) -> Outcome {
        let Some(client) = self.pick_kind(pick, false) else { return Ok(()) };
        let expected = self.received_in(client, None);
        if ends {
            let answer = self.submit(client, Command::UnwatchReception).map(|_| ());
            self.clients[client].icon = None;
            return self.same("receptions followed no more", answer, expected.map(|_| ()));
        }
        let answer = self.submit(client, Command::WatchReception { department: None });
        let answer = answer.map(|reply| match reply {
            Reply::Reception(reception) => Some(reception.receiving),
            _ => None,
        });
        let expected = expected.map(|(tenant, no)| Some(self.reference.receiving(tenant, no)));
        if let Ok(Some(now)) = expected {
            self.clients[client].icon = Some(now);
        }
        self.same("receptions followed", answer, expected)
    }

    /// Each page that follows shows what is, after a time in which nothing happened.
    pub(super) fn icons(&self) -> Outcome {
        for client in self.clients.iter().filter(|client| client.attached) {
            let Some(shown) = client.icon else { continue };
            // Who is free is the same to a page as who has to be waited for.
            let [shown, icon] =
                [shown, self.home_receiving(client.tenant)].map(|now| now.min(Receiving::Waiting));
            if shown != icon {
                let read = Command::ReadReception { department: None };
                let read = self.engine.submit(client.link, read, self.now);
                return Err(format!(
                    "{:?} shows {shown:?}, and is {icon:?}; asked anew, {read:?}",
                    client.link
                ));
            }
        }
        Ok(())
    }

    /// How a tenant's first department receives.
    pub(super) fn home_receiving(&self, tenant: usize) -> Receiving {
        let home = self.reference.tenants[tenant].house.departments[0].0;
        self.reference.receiving(tenant, home)
    }

    fn unwatch(&mut self, pick: u8, which: u8) -> Outcome {
        let Some(client) = self.pick_kind(pick, true) else { return Ok(()) };
        let command = [Command::Unwatch, Command::UnwatchFloor, Command::UnwatchQueues]
            [usize::from(which) % 3]
            .clone();
        let answer = self.submit(client, command);
        let expected = self.agent(client).map(|_| Reply::Done);
        self.same("ends of watches of nothing", answer, expected)
    }

    /// The policy is for admins: the tenant's watcher is one, and nobody else.
    fn administer(&mut self, pick: u8, which: u8) -> Outcome {
        let Some(client) = self.pick_kind(pick, true) else { return Ok(()) };
        let tenant = self.clients[client].tenant;
        let answer = self.submit(client, Command::ReadPolicy);
        let expected = self.agent(client).and(Err(Refusal::AdminsOnly));
        self.same("policies read by others", answer.map(|_| ()), expected)?;
        let admin = self.watchers[tenant].link;
        let version = self.reference.tenants[tenant].version;
        let read = self.engine.submit(admin, Command::ReadPolicy, self.now);
        let read = read.map(|accepted| match accepted.reply {
            Reply::Policy(policy) => policy.version,
            _ => 0,
        });
        self.same("policies read", read, Ok(version))?;
        let house = self.reference.tenants[tenant].house.clone();
        let mut draft = policies::draft(tenant, &house);
        let (made_from, why) = if which.is_multiple_of(2) {
            (version + 1, NotReplaced::Outdated { present: version })
        } else {
            draft.departments[0].waiting_max = 0;
            (version, NotReplaced::Faults(Policy::new(draft.clone()).unwrap_err()))
        };
        let replace = Command::ReplacePolicy { draft: Box::new(draft), made_from };
        let answer = self.engine.submit(admin, replace, self.now).map(|_| ());
        self.same("policies refused", answer, Err(why.into()))
    }
}
