//! Proof that a floor's ledger is whole: every count, slot, offer and queue place counted anew and compared.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::agent::Kind;
use super::clearing::UNCLEARED_MAX;
use super::guests::{GUESTS_MAX, SEATS_MAX};
use super::handing::What;
use super::matching::PASSED_MAX;
use super::pool::{PoolKey, PoolNo};
use super::request::{Place, Request};
use super::sorted::Sorted;
use super::{Due, Floor, FloorCounts, count};
use crate::id::{AgentNo, DepartmentNo, OfferId, SessionId};

pub(super) fn faults(floor: &Floor) -> Result<(), Vec<String>> {
    let mut proof = Proof { floor, faults: Vec::new(), counted: FloorCounts::default() };
    proof.agents();
    proof.queues();
    proof.pools();
    proof.offers();
    proof.requests();
    proof.deadlines();
    proof.faults.extend(floor.colleagues.faults());
    proof.faults.extend(floor.announcement_faults());
    proof.faults.extend(floor.watches.faults(
        |agent, link| floor.agent(agent).links.contains(&link),
        |session| {
            let request = floor.requests.get(&session)?;
            Some(floor.policy.department_at(request.home).id.clone())
        },
    ));
    if proof.counted != floor.counts {
        let text = format!("the counts say {:?}, counted are {:?}", floor.counts, proof.counted);
        proof.faults.push(text);
    }
    if proof.faults.is_empty() { Ok(()) } else { Err(proof.faults) }
}

struct Proof<'a> {
    floor: &'a Floor,
    faults: Vec<String>,
    counted: FloorCounts,
}

impl Proof<'_> {
    fn expect(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(fault());
        }
    }

    fn agents(&mut self) {
        let floor = self.floor;
        let mut held: HashMap<SessionId, AgentNo> = HashMap::new();
        for agent in &floor.agents {
            count(&mut self.counted, agent.status, |n| *n += 1);
            let id = &agent.id;
            self.expect(agent.load <= agent.room_whole() + agent.above, || {
                format!("agent {id} has {} of {}", agent.load, agent.room_whole())
            });
            let weight = |session: SessionId| agent.weighed(floor.weight_of(session));
            let offered = agent.offered.iter().filter_map(|offer| floor.room_of(*offer));
            let load: u32 = agent.held.iter().map(|session| weight(*session)).sum::<u32>()
                + offered.map(|(_, weight)| agent.weighed(weight)).sum::<u32>()
                + agent.notes.iter().map(|notes| agent.weighed(notes.weight)).sum::<u32>();
            self.expect(load == agent.load, || {
                format!("agent {id} has a load of {load} by count and {} by the books", agent.load)
            });
            let uncleared = agent.uncleared.iter();
            let open = uncleared.filter(|there| floor.requests.contains_key(&there.session));
            let open = open.count();
            self.expect(open == 0 && agent.uncleared.len() <= UNCLEARED_MAX, || {
                format!("agent {id} is to clear {open} open ones of {}", agent.uncleared.len())
            });
            for session in &agent.held {
                if let Some(other) = held.insert(*session, agent.no) {
                    self.faults.push(format!("{session} is held by {other:?} and {:?}", agent.no));
                }
                let place = floor.requests.get(session).map(|request| request.place);
                self.expect(place == Some(Place::Held(agent.no)), || {
                    format!("{session} is held by {id} and {place:?} by the books")
                });
            }
            for session in &agent.seats {
                let guests = floor.requests.get(session).map(|request| &request.guests);
                self.expect(guests.is_some_and(|guests| guests.contains(&agent.no)), || {
                    format!("{id} is a guest of {session} by its own books only")
                });
            }
            let seats = agent.seats.len() + floor.seats_offered(agent.no);
            self.expect(seats <= SEATS_MAX, || format!("{id} has too many seats"));
            let unreachable = agent.links.is_empty()
                && !(agent.held.is_empty() && agent.offered.is_empty() && agent.seats.is_empty())
                && agent.lost_until_mono_ms == 0;
            self.expect(!unreachable, || format!("agent {id} has work, no link and no deadline"));
            self.expect(agent.standing == agent.standing_now(), || {
                format!("agent {id} doesn't stand as it counts")
            });
            self.posts(agent.no);
            self.listed(agent.no);
        }
        self.counted.held = held.len() as u64;
    }

    /// An agent's posts count what it has of their departments, and it keeps its room only where somebody waits.
    fn posts(&mut self, no: AgentNo) {
        let floor = self.floor;
        let agent = floor.agent(no);
        let offered = agent.offered.iter().filter_map(|offer| floor.room_of(*offer));
        let held = agent.held.iter().filter_map(|session| floor.requests.get(session));
        let homes = held.map(|request| request.home).chain(offered.map(|(home, _)| home));
        let homes: Vec<_> = homes.chain(agent.notes.iter().map(|notes| notes.department)).collect();
        for post in &agent.posts {
            let counted = homes.iter().filter(|home| **home == post.department).count();
            self.expect(counted == usize::from(post.sessions), || {
                format!("{} has {counted} of {:?} and says {post:?}", agent.id, post.department)
            });
        }
        let pools = agent.pools.iter().map(|(pool, _)| *pool).chain(agent.own_pool);
        let pools: Vec<_> = pools.map(|pool| floor.pool(pool)).collect();
        let is_noted = pools.iter().all(|pool| pool.savers.contains(&no) == agent.saves);
        self.expect(is_noted, || {
            format!("{} keeps its room, or not, in some pools only", agent.id)
        });
        let somebody = pools.iter().any(|pool| !pool.line.is_empty());
        self.expect(!agent.saves || somebody, || format!("{} keeps its room for nobody", agent.id));
    }

    /// An agent is on the lists of those who are free exactly where it should be.
    fn listed(&mut self, no: AgentNo) {
        let agent = self.floor.agent(no);
        let classes = self.floor.policy.weight_classes();
        let fitting = classes.iter().take_while(|weight| agent.has_room(**weight)).count() as u8;
        let free = agent.obstacle().is_none() && fitting > 0;
        let mut should: BTreeSet<PoolNo> = BTreeSet::new();
        for (pool, post) in &agent.pools {
            let post = &agent.posts[usize::from(*post)];
            let max = self.floor.policy.department_at(post.department).agent_sessions_max;
            if free && max.is_none_or(|max| post.sessions < max) {
                should.insert(*pool);
            }
        }
        let is: BTreeSet<PoolNo> = agent.listed.iter().map(|(pool, _, _)| *pool).collect();
        let right = agent.listed.iter().all(|(pool, listed, rank)| {
            let free = &self.floor.pool(*pool).free;
            *listed == fitting
                && free.iter().zip(0..).all(|(set, class)| set.contains(*rank) == (class < fitting))
        });
        self.expect(is == should && right, || {
            format!("agent {} is listed in {is:?} and should be in {should:?}", agent.id)
        });
    }

    fn queues(&mut self) {
        let floor = self.floor;
        let mut queued: HashMap<SessionId, DepartmentNo> = HashMap::new();
        for (no, department) in (0..).map(DepartmentNo).zip(&floor.departments) {
            let ranks: Vec<_> = department.queue.iter().map(|(rank, _)| rank).collect();
            let whole = ranks.is_sorted() && ranks.len() == department.queue.len() as usize;
            self.expect(whole, || format!("the queue of {no:?} is out of order or miscounted"));
            for (_, session) in department.queue.iter() {
                let twice = queued.insert(session, no).is_some();
                self.expect(!twice, || format!("{session} is in two queues"));
                let request = floor.requests.get(&session);
                let right = request
                    .is_some_and(|request| request.place == Place::Queued && request.home == no);
                self.expect(right, || format!("{session} is in the queue of {no:?} without right"));
            }
            let held = floor
                .requests
                .values()
                .filter(|request| request.home == no && matches!(request.place, Place::Held(_)));
            let held = held.count();
            self.expect(held == department.held as usize, || {
                format!("{no:?} has {held} sessions held and says {}", department.held)
            });
            let offered = floor
                .requests
                .values()
                .filter(|request| request.home == no && matches!(request.place, Place::Offered(_)));
            let offered = offered.count();
            self.expect(offered == department.offered as usize, || {
                format!("{no:?} has {offered} sessions offered and says {}", department.offered)
            });
        }
        self.counted.waiting = queued.len() as u64;
        let open = floor.flow.begun - floor.flow.ended;
        self.expect(open == floor.requests.len() as u64, || {
            format!(
                "{} sessions are open, and by what began and ended {open}",
                floor.requests.len()
            )
        });
    }

    fn pools(&mut self) {
        let floor = self.floor;
        for (no, pool) in (0..).map(PoolNo).zip(&floor.pools) {
            let free: usize = pool.free.iter().map(Sorted::len).sum();
            let listed = floor.agents.iter().flat_map(|agent| &agent.listed);
            let listed: usize =
                listed.filter(|(at, _, _)| *at == no).map(|(_, n, _)| usize::from(*n)).sum();
            self.expect(free == listed, || format!("{:?} lists strangers as free", pool.key));
            let members = floor
                .agents
                .iter()
                .filter(|agent| agent.pools.iter().any(|(other, _)| *other == no));
            let standing = members.fold((0, 0, 0, 0, 0), |sum, agent| {
                let is = agent.standing;
                let slots = sum.4 + u64::from(is.slots);
                (sum.0 + 1, sum.1 + is.working, sum.2 + is.people, sum.3 + is.online, slots)
            });
            let said = (pool.members.len(), pool.working, pool.people, pool.online, pool.slots);
            self.expect(standing == said, || {
                format!("{:?} counts {said:?}, and is {standing:?}", pool.key)
            });
            for (rank, session) in pool.line.iter() {
                let request = floor.requests.get(session);
                let right = request.is_some_and(|request| {
                    request.place == Place::Queued
                        && request.rank == *rank
                        && floor.pools_waited_for(*session).contains(&no)
                });
                self.expect(right, || format!("{session} stands in {:?} without right", pool.key));
            }
            self.nobody_waits_while_free(no);
        }
    }

    /// No agent is free for one that waits in its pool.
    fn nobody_waits_while_free(&mut self, no: PoolNo) {
        let pool = self.floor.pool(no);
        let members: Vec<AgentNo> = match pool.key {
            PoolKey::Agent(agent) => vec![agent],
            PoolKey::Department { .. } => pool.members.clone(),
        };
        for session in pool.line.values().take(PASSED_MAX) {
            let Some(request) = self.floor.requests.get(&session) else { continue };
            for member in &members {
                let obstacle = self.floor.obstacle(*member, session, request);
                self.expect(obstacle.is_some(), || {
                    format!("{session} waits in {:?} while {member:?} is free", pool.key)
                });
            }
        }
    }

    fn offers(&mut self) {
        let floor = self.floor;
        let assigns = floor.offers.values().filter(|offer| offer.handing.is_none());
        self.counted.offered = assigns.count() as u64;
        let parts: HashSet<(AgentNo, OfferId)> = floor
            .agents
            .iter()
            .flat_map(|agent| agent.offered.iter().map(|offer| (agent.no, *offer)))
            .collect();
        let mut asked = 0;
        for (id, offer) in &floor.offers {
            asked += offer.asked.len();
            let all = offer.asked.iter().all(|no| parts.contains(&(*no, *id)));
            self.expect(all && !offer.asked.is_empty(), || format!("offer {id} asks nobody"));
            let timed = floor.due.contains(&(offer.until_mono_ms, Due::Offer(*id)));
            self.expect(timed, || format!("offer {id} has no deadline"));
            let request = floor.requests.get(&offer.session);
            let place = request.map(|request| request.place);
            let right = match &offer.handing {
                None => place == Some(Place::Offered(*id)),
                Some(handing) => {
                    let is_noted = request.is_some_and(|request| request.handings.contains(id));
                    let may = match handing.what {
                        What::Transfer { .. } => place == Some(Place::Held(handing.by)),
                        What::Join { .. } => floor.takes_part(handing.by, offer.session),
                    };
                    is_noted && may && offer.asked.len() == 1
                }
            };
            self.expect(right, || {
                format!("{} is offered by {id} and {place:?} by the books", offer.session)
            });
        }
        self.expect(asked == parts.len(), || "an agent is asked by no offer".to_owned());
    }

    fn requests(&mut self) {
        let floor = self.floor;
        for (session, request) in &floor.requests {
            let found = match request.place {
                Place::Queued => floor.position(*session).is_some() && !request.pools.is_empty(),
                Place::Offered(offer) => floor.offers.contains_key(&offer),
                Place::Held(no) => floor.agent(no).held.contains(session),
            };
            self.expect(found, || format!("{session} is {:?} by the books only", request.place));
            self.company(*session, request);
            for pool in &request.pools {
                let stands = floor.pool(*pool).line.contains(request.rank);
                self.expect(stands == (request.place == Place::Queued), || {
                    format!("{session} and the line of {:?} disagree", floor.pool(*pool).key)
                });
            }
        }
    }

    /// Who takes part beside the one who has it, and what colleagues are asked about it.
    fn company(&mut self, session: SessionId, request: &Request) {
        let floor = self.floor;
        for (at, guest) in request.guests.iter().enumerate() {
            let twice = request.guests[..at].contains(guest);
            let seated = floor.agent(*guest).seats.contains(&session);
            let is_owner = request.place == Place::Held(*guest);
            self.expect(seated && !twice && !is_owner, || {
                format!("{guest:?} is a guest of {session} by its books only")
            });
        }
        let room = request.guests.len() <= GUESTS_MAX;
        self.expect(room, || format!("{session} has too many guests"));
        let claims = request.handed_by.is_none_or(|by| request.guests.contains(&by));
        self.expect(claims, || format!("who handed {session} over is not in it"));
        let is_with_bot =
            matches!(request.place, Place::Held(no) if floor.agent(no).kind != Kind::Person);
        self.expect(request.handed_by.is_none() || is_with_bot, || {
            format!("{session} is claimed back from somebody who is no bot")
        });
        let mut transfers = 0;
        for offer in &request.handings {
            let handing = floor.offers.get(offer).and_then(|there| there.handing.as_ref());
            self.expect(handing.is_some(), || format!("{session} is asked about by no offer"));
            transfers += usize::from(handing.is_some_and(|handing| handing.is_transfer()));
        }
        self.expect(transfers <= 1, || format!("{session} is transferred twice at once"));
    }

    fn deadlines(&mut self) {
        let floor = self.floor;
        let mut should = BTreeSet::new();
        for agent in &floor.agents {
            if agent.lost_until_mono_ms != 0 {
                should.insert((agent.lost_until_mono_ms, Due::AgentLost(agent.no)));
            }
            if agent.rests_until_mono_ms != 0 {
                should.insert((agent.rests_until_mono_ms, Due::Rest(agent.no)));
            }
            for notes in &agent.notes {
                should.insert((notes.until_mono_ms, Due::Notes(agent.no, notes.session)));
            }
            for shunned in &agent.shunned {
                let due = Due::Shunned(agent.no, shunned.session);
                should.insert((shunned.until_mono_ms, due));
            }
        }
        for (id, offer) in &floor.offers {
            should.insert((offer.until_mono_ms, Due::Offer(*id)));
        }
        for (session, request) in &floor.requests {
            if request.place == Place::Queued && request.range_due_mono_ms != 0 {
                let due = Due::Range(request.rank, *session);
                should.insert((request.range_due_mono_ms, due));
            }
            if request.place == Place::Queued && request.give_up_mono_ms != 0 {
                should.insert((request.give_up_mono_ms, Due::GiveUp(*session)));
            }
        }
        if floor.announcements.next_mono_ms != 0 {
            should.insert((floor.announcements.next_mono_ms, Due::Announcements));
        }
        self.expect(should == floor.due, || {
            let missing: Vec<_> = should.difference(&floor.due).collect();
            let spare: Vec<_> = floor.due.difference(&should).collect();
            format!("deadlines that are missing: {missing:?}, that mean nothing: {spare:?}")
        });
    }
}
