//! Proof that the engine's books agree, at any moment.
//!
//! The one place that holds more than one shard lock: it takes all of them, visitors before sessions before floors before rooms, each in the
//! order of its number. Everyone else holds one and waits for none while holding it, so this can't close a circle. While it holds
//! all, it carries out every step that waits in an inbox; then nothing is on the way between nouns, and the books must agree.

mod rooms;

use std::collections::HashMap;

use frontdesk_desk::block::network::Glimpse;
use frontdesk_desk::delivery::Presence;
use frontdesk_desk::id::{AgentNo, SessionId, TenantNo, VisitorRef};
use frontdesk_desk::time::Now;
use frontdesk_desk::visitor::{Stage, Visitor};

use super::Engine;
use crate::present::Counted;
use crate::rooms::{RoomRecords, RoomShard};
use crate::sessions::SessionRecords;
use crate::sync::MutexGuard;
use crate::tenants::FloorBooks;
use crate::turn::Turn;
use crate::visitors::VisitorRecords;
use crate::watch::floors::Looked;

/// Everything, held.
struct Held<'e> {
    visitors: Vec<MutexGuard<'e, VisitorRecords>>,
    sessions: Vec<MutexGuard<'e, SessionRecords>>,
    floors: Vec<MutexGuard<'e, FloorBooks>>,
    rooms: Vec<MutexGuard<'e, RoomRecords>>,
}

impl Engine {
    /// Proves that no slot leaked, no request is in two places, nobody is counted twice and no deadline is missing. Stops all else
    /// meanwhile; takes time in proportion to what there is. Steps that wait between nouns are carried out, at `now`.
    ///
    /// Errors: every fault found, in words.
    pub fn verify(&self, now: Now) -> Result<(), Vec<String>> {
        let mut turn = Turn::new(self, now);
        let mut held = Held {
            visitors: (0..self.visitors.shards())
                .map(|no| self.visitors.shard(no).lock())
                .collect(),
            sessions: self
                .sessions
                .iter()
                .map(super::super::sessions::SessionShard::lock)
                .collect(),
            floors: self.tenants.iter().map(|tenant| tenant.lock_floor()).collect(),
            rooms: self.rooms.iter().map(RoomShard::lock).collect(),
        };
        self.bring_to_rest(&mut turn, &mut held);
        let mut faults = Vec::new();
        for (tenant, books) in self.tenants.iter().zip(&held.floors) {
            if let Err(found) = books.floor.verify() {
                faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", tenant.id)));
            }
        }
        for tenant in self.tenants.iter() {
            let all = held.visitors.iter().flat_map(|records| records.iter());
            let present = all.map(|(_, visitor)| visitor).filter(|v| v.tenant() == tenant.no);
            if let Err(found) = tenant.guard.verify(present, now) {
                faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", tenant.id)));
            }
        }
        self.lists_agree(&turn, &mut held, &mut faults);
        self.floors_agree(&mut held, &mut faults);
        self.sessions_agree(&held, &mut faults);
        self.visitors_agree(&held, &mut faults);
        self.invitations_agree(&held, &mut faults);
        self.rooms_agree(&held, &mut faults);
        drop(held);
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    fn bring_to_rest(&self, turn: &mut Turn<'_>, held: &mut Held<'_>) {
        let is_waiting = || {
            (0..self.visitors.shards()).any(|no| !self.visitors.shard(no).inbox.is_empty())
                || self.sessions.iter().any(|shard| !shard.inbox.is_empty())
                || self.tenants.iter().any(|tenant| !tenant.inbox.is_empty())
                || self.rooms.iter().any(|shard| !shard.inbox.is_empty())
        };
        while is_waiting() {
            for (no, records) in (0..).zip(&mut held.visitors) {
                turn.drain_visitors(no, records);
            }
            for (no, records) in (0..).zip(&mut held.sessions) {
                turn.drain_sessions(no, records);
            }
            for (tenant, books) in self.tenants.iter().zip(&mut held.floors) {
                turn.drain_floor(tenant, books);
            }
            for (no, records) in (0..).zip(&mut held.rooms) {
                turn.drain_rooms(no, records);
            }
        }
    }

    /// What is watched is what there is. Looks at those who are noted as changed, as the next tick would.
    fn lists_agree(&self, turn: &Turn<'_>, held: &mut Held<'_>, faults: &mut Vec<String>) {
        for (no, records) in (0..).zip(&mut held.visitors) {
            while records.changes() > 0 {
                turn.look_at_some(no, records);
            }
        }
        let mut present: HashMap<TenantNo, Vec<(VisitorRef, &Visitor)>> = HashMap::new();
        for (at, visitor) in held.visitors.iter().flat_map(|records| records.iter()) {
            present.entry(visitor.tenant()).or_default().push((at, visitor));
        }
        for tenant in self.tenants.iter() {
            let present = present.remove(&tenant.no).unwrap_or_default();
            let found = tenant.watch.books().faults(&present);
            faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", tenant.id)));
        }
    }

    /// What is watched of floors is what there is, and by links that are there: one that has ended watches until it is detached. Looks at
    /// what is noted, as the next drawing would.
    fn floors_agree(&self, held: &mut Held<'_>, faults: &mut Vec<String>) {
        for (tenant, books) in self.tenants.iter().zip(&mut held.floors) {
            let FloorBooks { floor, noted, .. } = &mut **books;
            let mut floors = tenant.watch.floors();
            while floors.look(floor, noted) == Looked::Partly {}
            let found = floors.faults(floor, |link| self.directory.secret(link).is_some());
            faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", tenant.id)));
            let found = tenant.icons.books().faults(|link| self.directory.secret(link).is_some());
            faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", tenant.id)));
        }
    }

    /// Every open session is on its floor, in the same place by both books, and the other way round.
    fn sessions_agree(&self, held: &Held<'_>, faults: &mut Vec<String>) {
        let mut on_floors: HashMap<SessionId, TenantNo> = HashMap::new();
        for (tenant, books) in self.tenants.iter().zip(&held.floors) {
            on_floors.extend(books.floor.sessions().map(|session| (session, tenant.no)));
        }
        for id in held.sessions.iter().flat_map(|records| records.unwatched()) {
            faults.push(format!("{id} has a deadline that nothing looks at"));
        }
        for session in held.sessions.iter().flat_map(|records| records.iter()) {
            let id = session.id();
            let floor = on_floors.remove(&id);
            if session.is_closed() {
                if floor.is_some() || !session.observers().is_empty() {
                    faults.push(format!("{id} is closed and still on a floor, or watched"));
                }
                continue;
            }
            if floor != Some(session.tenant()) {
                faults.push(format!("{id} is open and on no floor of its tenant"));
                continue;
            }
            let floor = &held.floors[session.tenant().0 as usize].floor;
            if floor.holder(id) != session.owner() {
                faults.push(format!(
                    "{id}: held by {:?}, owned by {:?}",
                    floor.holder(id),
                    session.owner()
                ));
            }
            let visitor = session.visitor();
            let record = held.visitors[visitor.shard as usize].get(visitor);
            if record.and_then(|record| record.session()) != Some(id) {
                faults.push(format!("{id} is open and its visitor doesn't know"));
            }
            let stage = if session.owner().is_some() { Stage::Active } else { Stage::Waiting };
            let said = record.and_then(|record| record.stage()).map(|(_, stage)| stage);
            if said != Some(stage) {
                faults.push(format!("{id} is {stage:?}, and its visitor's record says {said:?}"));
            }
            let links = record.map_or(&[][..], |record| record.links());
            if !session.links_of(frontdesk_desk::id::Person::Visitor(visitor)).eq(links) {
                faults.push(format!("{id} is followed by other links than its visitor has"));
            }
            if !is_same_set(session.observers(), floor.observers(id)) {
                faults.push(format!("{id} is watched by other links than its floor knows"));
            }
            let mut by_floor: Vec<AgentNo> = floor.guests(id).to_vec();
            by_floor.extend(floor.holder(id));
            by_floor.sort_unstable();
            let mut agents: Vec<AgentNo> = session.agents().collect();
            agents.sort_unstable();
            if agents != by_floor {
                faults.push(format!("{agents:?} take part in {id}, by its floor {by_floor:?}"));
            }
            for agent in agents {
                let links = floor.agent(agent).links();
                if !session.links_of(frontdesk_desk::id::Person::Agent(agent)).eq(links) {
                    faults.push(format!("{id} is followed by other links than {agent:?} has"));
                }
            }
        }
        faults.extend(on_floors.into_keys().map(|id| format!("{id} is on a floor and no session")));
    }

    /// Counts, deadlines and reserved sessions of visitors.
    fn visitors_agree(&self, held: &Held<'_>, faults: &mut Vec<String>) {
        let mut present: HashMap<TenantNo, Vec<Counted>> = HashMap::new();
        for records in &held.visitors {
            let mut counted = 0;
            for (at, visitor) in records.iter() {
                counted += 1;
                present.entry(visitor.tenant()).or_default().push(Counted::of(visitor));
                self.visitor_agrees(held, at, visitor, faults);
            }
            for at in records.unwatched() {
                faults.push(format!("visitor {at:?} has a deadline that nothing looks at"));
            }
            let (entries, entries_max) = (records.deadlines.len(), records.deadlines_max());
            if entries > entries_max {
                faults.push(format!("a shard has {entries} deadlines, of at most {entries_max}"));
            }
            if counted != records.len() {
                faults.push(format!("a shard says {} visitors and has {counted}", records.len()));
            }
        }
        for tenant in self.tenants.iter() {
            let visitors = present.remove(&tenant.no).unwrap_or_default();
            let found = tenant.present.verify(&visitors);
            faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", tenant.id)));
        }
    }

    /// Each agent has as many invitations shown, or on their way to a visitor, as its floor counts.
    fn invitations_agree(&self, held: &Held<'_>, faults: &mut Vec<String>) {
        let mut shown: HashMap<(TenantNo, AgentNo), usize> = HashMap::new();
        for (at, visitor) in held.visitors.iter().flat_map(|records| records.iter()) {
            if visitor.is_invited() && visitor.session().is_some() {
                faults.push(format!("visitor {at:?} is invited and in a session"));
            }
            if let Some(agent) = visitor.invited_by() {
                *shown.entry((visitor.tenant(), agent)).or_default() += 1;
            }
        }
        for (tenant, books) in self.tenants.iter().zip(&held.floors) {
            for (no, agent) in (0..).map(AgentNo).zip(books.floor.agents()) {
                let counted = usize::from(books.floor.invitations_of(no));
                let there = shown.get(&(tenant.no, no)).copied().unwrap_or(0);
                let there = there + tenant.inviting.of(no);
                if counted != there {
                    let id = agent.id();
                    faults.push(format!(
                        "{}: {id} counts {counted} invitations, and {there} are shown",
                        tenant.id
                    ));
                }
            }
        }
    }

    fn visitor_agrees(
        &self,
        held: &Held<'_>,
        at: VisitorRef,
        visitor: &Visitor,
        faults: &mut Vec<String>,
    ) {
        let id = visitor.id();
        let (hash, shard) = self.visitors.place(visitor.tenant(), &id);
        if shard != at.shard
            || held.visitors[shard as usize].find(hash, visitor.tenant(), &id) != Some(at)
        {
            faults.push(format!("visitor {at:?} isn't found by its id"));
        }
        let glimpse = Glimpse::of(visitor.addresses());
        if held.visitors[shard as usize].glimpses().get(at.slot as usize) != Some(&glimpse) {
            faults.push(format!("visitor {at:?} isn't found by its addresses"));
        }
        if visitor.links().is_empty() != (visitor.presence() == Presence::Away) {
            faults.push(format!(
                "visitor {at:?} is {:?} with {} links",
                visitor.presence(),
                visitor.links().len()
            ));
        }
        let region = visitor.arrival().map_or("", |arrival| &arrival.region);
        if let Some(tenant) = self.tenants.at(visitor.tenant())
            && !tenant.present.regions().is_counted(region, visitor.region())
        {
            faults.push(format!("visitor {at:?} is counted in another region than its own"));
        }
        for link in visitor.links() {
            if self.directory.secret(*link).is_none() {
                faults.push(format!("visitor {at:?} has a link that the directory doesn't know"));
            }
        }
        if visitor.session().is_some() != visitor.stage().is_some() {
            faults.push(format!(
                "visitor {at:?} is in {:?} at {:?}",
                visitor.session(),
                visitor.stage()
            ));
        }
        if let Some(session) = visitor.session() {
            let place = self.sessions.place(session) as usize;
            if !held.sessions[place].iter().any(|there| there.id() == session && !there.is_closed())
            {
                faults.push(format!("visitor {at:?} has reserved a session that isn't open"));
            }
        }
    }
}

/// Whether two lists have the same links, each once.
fn is_same_set(some: &[frontdesk_desk::id::LinkId], others: &[frontdesk_desk::id::LinkId]) -> bool {
    some.len() == others.len() && some.iter().all(|link| others.contains(link))
}
