//! Proof that a floor's ledger is whole: every count, slot and queue place counted anew and compared.

use std::collections::HashMap;

use super::{Floor, FloorCounts, Place, count};
use crate::id::{AgentNo, DepartmentNo, SessionId};

pub(super) fn faults(floor: &Floor) -> Result<(), Vec<String>> {
    let mut faults = Vec::new();
    let mut counted = FloorCounts::default();

    let mut held: HashMap<SessionId, AgentNo> = HashMap::new();
    for agent in &floor.agents {
        count(&mut counted, agent.status, |n| *n += 1);
        if agent.load() > agent.capacity + agent.above_capacity {
            faults.push(format!("agent {} holds {} of {}", agent.id, agent.load(), agent.capacity));
        }
        for session in &agent.held {
            if let Some(other) = held.insert(*session, agent.no) {
                faults.push(format!("{session} is held by {:?} and {:?}", other, agent.no));
            }
        }
        let waits_for_its_return = floor.lost.contains(&(agent.lost_until_mono_ms, agent.no));
        if (agent.lost_until_mono_ms != 0) != waits_for_its_return {
            faults.push(format!("agent {} and the list of lost agents disagree", agent.id));
        }
        if agent.links.is_empty() && !agent.held.is_empty() && agent.lost_until_mono_ms == 0 {
            faults.push(format!("agent {} has sessions, no link and no deadline", agent.id));
        }
    }
    counted.held = held.len() as u64;

    let mut queued: HashMap<SessionId, DepartmentNo> = HashMap::new();
    for (no, department) in (0..).map(DepartmentNo).zip(&floor.departments) {
        let ranks: Vec<_> = department.queue.iter().map(|(rank, _)| rank).collect();
        if !ranks.is_sorted() || ranks.len() != department.queue.len() as usize {
            faults.push(format!("the queue of {no:?} is out of order or miscounted"));
        }
        for (_, session) in department.queue.iter() {
            if queued.insert(session, no).is_some() {
                faults.push(format!("{session} is in two queues"));
            }
        }
        let free =
            floor.agents.iter().filter(|agent| agent.is_free() && agent.departments.contains(&no));
        let ranked = free.map(|agent| department.strategy.rank(agent.candidate()));
        if !department.free.iter().copied().eq(ranked.collect::<std::collections::BTreeSet<_>>()) {
            faults.push(format!("the free agents of {no:?} are not those listed"));
        }
        if department.queue.len() > 0 && !department.free.is_empty() {
            faults.push(format!("{no:?} has a waiter and a free agent"));
        }
    }
    counted.waiting = queued.len() as u64;
    faults.extend(floor.watches.faults(
        |agent, link| floor.agent(agent).links.contains(&link),
        |session| floor.requests.contains_key(&session),
    ));

    for (session, request) in &floor.requests {
        let by_agents = held.get(session).map(|agent| Place::Held(*agent));
        let by_queues =
            queued.get(session).filter(|no| **no == request.department).map(|_| Place::Queued);
        if by_agents.is_some() == by_queues.is_some()
            || by_agents.or(by_queues) != Some(request.place)
        {
            faults.push(format!(
                "{session} is {:?} by the books, {by_agents:?} and {by_queues:?} by count",
                request.place
            ));
        }
    }
    if held.len() + queued.len() != floor.requests.len() {
        faults.push("a slot or a queue place belongs to no request".to_owned());
    }
    if counted != floor.counts {
        faults.push(format!("the counts say {:?}, counted are {counted:?}", floor.counts));
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}
