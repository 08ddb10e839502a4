//! Guests and supervision: who takes part without having a session, who steps in.

use super::*;
use crate::delivery::{Asking, Delivery, HandingOutcome};
use crate::message::Class;

fn agent_id(id: &str) -> AgentId {
    AgentId::new(id).unwrap()
}

fn invite(
    world: &mut World,
    by: AgentNo,
    session: usize,
    whom: Colleague,
) -> Result<Asking, Refusal> {
    let session = world.sessions[session];
    let invite = InviteColleague { session, whom, note: "".into(), is_seen: false };
    let asking = world.floor.invite_colleague(by, invite, at(world.ms), &mut world.fx);
    world.whole();
    asking
}

fn named(id: &str) -> Colleague {
    Colleague::Agent(agent_id(id))
}

fn accept(world: &mut World, no: AgentNo, asking: &Asking) {
    let offer = asking.offer.unwrap();
    world.floor.accept_offer(no, offer, at(world.ms), &mut world.fx).unwrap();
    world.whole();
}

/// What a session is told of those who take part, since the last look.
fn steps(world: &World, session: usize) -> Vec<String> {
    let id = world.sessions[session];
    let name = |no: &AgentNo| world.floor.agent(*no).id().as_str().to_owned();
    let told = world.fx.crossings.iter().filter_map(|crossing| {
        let Crossing::ToSession(at, step) = crossing else { return None };
        match step {
            _ if *at != id => None,
            SessionStep::Joined(joined) => {
                Some(format!("{} joined {:?}", name(&joined.agent), joined.part))
            }
            SessionStep::Left(no) => Some(format!("{} left", name(no))),
            SessionStep::Seen { agent, is_seen } => Some(format!("{} {is_seen}", name(agent))),
            SessionStep::Assigned(assigned) => Some(format!("{} has it", name(&assigned.agent))),
            SessionStep::End(cause) => Some(format!("ends {cause:?}")),
            _ => None,
        }
    });
    told.collect()
}

/// Ann has a session of sales; bob works there too and has no room; sue supervises.
fn desk() -> (World, [AgentNo; 3], usize) {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 2);
    let session = world.ask(SALES, 0, 0);
    let bob = world.online("bob", 2, &["sales"], 1);
    world.ask(SALES, 0, 0);
    let sue = world.attach("sue", 9);
    world.floor.let_supervise(sue, link(9), Role::Supervisor, Reach::All);
    assert_eq!(world.holder(session), Some(ann));
    assert_eq!(world.holder(1), Some(bob));
    world.fx = Effects::new();
    (world, [ann, bob, sue], session)
}

#[test]
fn an_invited_colleague_takes_part_without_a_slot_and_leaves_again() {
    let (mut world, [ann, bob, _], session) = desk();
    let asking = invite(&mut world, ann, session, named("bob")).unwrap();
    assert_eq!(invite(&mut world, ann, session, named("bob")), Ok(asking.clone()), "the same");
    assert_eq!(world.floor.agent(bob).load(), 100, "its one session and no more");
    accept(&mut world, bob, &asking);
    assert_eq!(steps(&world, session), ["bob joined (Agent, false)"]);
    assert_eq!(world.floor.agent(bob).seats(), [world.sessions[session]]);
    assert_eq!(world.holder(session), Some(ann), "ann has it as before");
    let again = invite(&mut world, ann, session, named("bob"));
    assert_eq!(again, Err(Refusal::InSessionAlready(agent_id("bob"))));

    world.fx = Effects::new();
    let id = world.sessions[session];
    assert_eq!(world.floor.set_seen(bob, id, true, &mut world.fx), Ok(()));
    let (now, fx) = (at(world.ms), &mut world.fx);
    assert_eq!(world.floor.leave_session(bob, id, now, fx), Ok(()));
    assert_eq!(world.floor.leave_session(bob, id, now, fx), Ok(()), "again, the same");
    assert_eq!(world.floor.leave_session(ann, id, now, fx), Err(Refusal::OwnerStays));
    assert_eq!(world.floor.set_seen(ann, id, false, fx), Err(Refusal::OwnerStays));
    assert_eq!(world.floor.set_seen(bob, id, true, fx), Err(Refusal::NotInSession));
    assert_eq!(steps(&world, session), ["bob true", "bob left"]);
    world.whole();
}

#[test]
fn of_a_department_those_are_invited_who_are_online_with_room_or_without_each_once() {
    let (mut world, [ann, bob, _], session) = desk();
    let cid = world.online("cid", 3, &["sales"], 5);
    let sales = Colleague::Department(DepartmentId::new("sales").unwrap());
    let asking = invite(&mut world, ann, session, sales.clone()).unwrap();
    assert_eq!(asking.agent, Some(agent_id("cid")), "the one with the least to do");
    let offer = asking.offer.unwrap();
    world.floor.decline_offer(cid, offer, at(0), &mut world.fx).unwrap();
    world.whole();
    accept(&mut world, bob, &asking);
    assert_eq!(world.floor.guests(world.sessions[session]), [bob]);
    world.floor.sign_off(cid, "".into(), at(0), &mut world.fx).unwrap();
    let nobody = DepartmentId::new("sales").unwrap();
    assert_eq!(invite(&mut world, ann, session, sales), Err(Refusal::NobodyFree(nobody)));
}

#[test]
fn what_one_who_left_has_asked_is_over() {
    let (mut world, [ann, bob, _], session) = desk();
    let asking = invite(&mut world, ann, session, named("bob")).unwrap();
    accept(&mut world, bob, &asking);
    world.online("cid", 3, &["service"], 1);
    invite(&mut world, bob, session, named("cid")).unwrap();
    let id = world.sessions[session];
    world.floor.leave_session(bob, id, at(0), &mut world.fx).unwrap();
    world.whole();
    let told = world.fx.deliveries.iter().any(|(to, delivery)| {
        matches!(delivery, Delivery::HandingEnded(over)
            if *to == link(2) && over.outcome == HandingOutcome::SourceLost)
    });
    assert!(told);
    assert!(world.floor.offers.is_empty());
}

#[test]
fn a_guest_that_it_is_passed_on_to_has_the_slot_and_who_had_it_stays() {
    let (mut world, [ann, bob, _], session) = desk();
    let id = world.sessions[session];
    let pass = |world: &mut World, by, to: &str, room| {
        let (now, fx) = (at(world.ms), &mut world.fx);
        let passed = world.floor.pass_on(by, id, &agent_id(to), room, now, fx);
        world.whole();
        passed
    };
    let (needed, over) = (Room::Needed, Room::Overridden);
    assert_eq!(pass(&mut world, ann, "bob", needed), Err(Refusal::NotAGuest(agent_id("bob"))));
    let asking = invite(&mut world, ann, session, named("bob")).unwrap();
    accept(&mut world, bob, &asking);
    assert_eq!(pass(&mut world, bob, "zoe", needed), Err(Refusal::UnknownAgent(agent_id("zoe"))));
    assert_eq!(pass(&mut world, bob, "bob", needed), Err(Refusal::NotInSession));
    assert_eq!(pass(&mut world, ann, "ann", needed), Err(Refusal::ToOneself));
    assert_eq!(pass(&mut world, ann, "bob", needed), Err(Refusal::ColleagueFull(agent_id("bob"))));
    world.fx = Effects::new();
    assert_eq!(pass(&mut world, ann, "bob", over), Ok(()));
    assert_eq!(pass(&mut world, ann, "bob", over), Ok(()), "again, the same");
    assert_eq!(world.holder(session), Some(bob));
    assert_eq!(world.floor.guests(id), [ann]);
    assert_eq!(steps(&world, session), ["bob has it"]);
    let loads = [ann, bob].map(|no| world.floor.agent(no).load());
    assert_eq!(loads, [0, 200]);
}

#[test]
fn a_supervisor_joins_within_its_reach_and_its_seat_goes_with_its_last_link() {
    let (mut world, [ann, _, sue], session) = desk();
    let id = world.sessions[session];
    let fx = &mut world.fx;
    let join = |world: &mut World, no, slot| {
        let joined = world.floor.join_session(no, link(slot), id, false, &mut world.fx);
        world.whole();
        joined
    };
    assert_eq!(world.floor.join_session(ann, link(1), id, true, fx), Err(Refusal::SupervisorsOnly));
    world.floor.watch(link(9), id, None, &mut world.fx).unwrap();
    assert_eq!(join(&mut world, sue, 9), Ok(()));
    assert_eq!(steps(&world, session), [format!("sue joined {:?}", (Class::Supervisor, false))]);
    assert!(world.floor.observers(id).is_empty(), "who takes part is told everything anyway");
    let watch = world.floor.watch(link(9), id, None, &mut world.fx);
    assert_eq!(watch, Err(Refusal::InSession));
    let again = Err(Refusal::InSessionAlready(agent_id("sue")));
    assert_eq!(join(&mut world, sue, 9), again);
    world.floor.link_down(sue, link(9), at(0), &mut world.fx);
    world.whole();
    assert!(world.floor.guests(id).is_empty());

    let tim = world.attach("tim", 10);
    let only = Reach::Only([DepartmentId::new("service").unwrap()].into());
    world.floor.let_supervise(tim, link(10), Role::Supervisor, only);
    let sales = DepartmentId::new("sales").unwrap();
    assert_eq!(join(&mut world, tim, 10), Err(Refusal::OutOfReach(sales)));
}

#[test]
fn a_session_has_so_many_guests_and_no_more() {
    let (mut world, [ann, ..], session) = desk();
    let id = world.sessions[session];
    for n in 0..GUESTS_MAX as u32 {
        let no = world.attach(&format!("s{n}"), 100 + n);
        world.floor.let_supervise(no, link(100 + n), Role::Supervisor, Reach::All);
        world.floor.join_session(no, link(100 + n), id, true, &mut world.fx).unwrap();
    }
    world.whole();
    let full = Refusal::LimitReached { what: "guests of one session", max: GUESTS_MAX as u64 };
    assert_eq!(invite(&mut world, ann, session, named("bob")), Err(full));
    world.end(session);
    world.whole();
    assert!(world.floor.agents().iter().all(|agent| agent.seats().is_empty()));
}

#[test]
fn a_session_is_taken_over_from_whoever_has_it_and_out_of_its_queue() {
    let (mut world, [ann, _, sue], session) = desk();
    let id = world.sessions[session];
    let take = |world: &mut World, room, session| {
        let (now, fx) = (at(world.ms), &mut world.fx);
        let taken = world.floor.take_over(sue, link(9), session, room, now, fx);
        world.whole();
        taken
    };
    assert_eq!(take(&mut world, Room::Needed, id), Err(Refusal::NotSignedOn));
    world.sign_on(sue, &["service"], 1).unwrap();
    world.floor.join_session(sue, link(9), id, true, &mut world.fx).unwrap();
    assert_eq!(take(&mut world, Room::Needed, id), Ok(id));
    assert_eq!(take(&mut world, Room::Needed, id), Ok(id), "again, the same");
    assert_eq!((world.holder(session), world.floor.agent(ann).load()), (Some(sue), 0));
    assert!(world.floor.guests(id).is_empty());
    world.status(ann, Status::Away).unwrap();
    let waiting = world.ask(SALES, 9, 0);
    let waits = world.sessions[waiting];
    assert_eq!(take(&mut world, Room::Needed, waits), Err(Refusal::AgentFull));
    assert_eq!(take(&mut world, Room::Overridden, waits), Ok(waits));
    assert_eq!((world.holder(waiting), world.floor.agent(sue).load()), (Some(sue), 200));
}

#[test]
fn a_session_is_ended_by_a_supervisor_through_the_session() {
    let (mut world, _, session) = desk();
    let id = world.sessions[session];
    assert_eq!(world.floor.end_session(link(1), id, &mut world.fx), Err(Refusal::SupervisorsOnly));
    assert_eq!(world.floor.end_session(link(9), id, &mut world.fx), Ok(()));
    assert_eq!(steps(&world, session), ["ends Supervisor"]);
    world.end(session);
    let over = world.floor.end_session(link(9), id, &mut world.fx);
    assert_eq!(over, Err(Refusal::SessionNotFound));
}

#[test]
fn targets_are_those_in_reach_page_by_page_with_the_last_three_first() {
    let (mut world, [ann, ..], session) = desk();
    world.online("cid", 3, &["service"], 3);
    world.online("dee", 4, &["service"], 1);
    let after = |after: Option<Colleague>, rows| TargetsQuery { after, rows };
    let page = world.floor.targets(ann, &after(None, 3)).unwrap();
    let departments: Vec<_> = page.departments.iter().map(|row| row.department.as_str()).collect();
    let agents: Vec<_> = page.agents.iter().map(|row| (row.agent.as_str(), row.free)).collect();
    assert_eq!((departments, agents), (vec!["sales", "service"], vec![("bob", 0)]));
    assert_eq!(page.next, Some(named("bob")));
    let rest = world.floor.targets(ann, &after(page.next, 9)).unwrap();
    let agents: Vec<_> = rest.agents.iter().map(|row| (row.agent.as_str(), row.free)).collect();
    assert_eq!((agents, rest.next), (vec![("cid", 3), ("dee", 1)], None));
    let first = world.floor.targets(ann, &after(None, 1)).unwrap();
    let sales = Colleague::Department(DepartmentId::new("sales").unwrap());
    assert_eq!((first.departments.len(), first.next), (1, Some(sales)));

    let to = named("cid");
    let session = world.sessions[session];
    let transfer = Transfer { session, to, note: "".into(), waits: false, room: Room::Needed };
    let asking = world.floor.transfer(ann, transfer, at(0), &mut world.fx).unwrap();
    let cid = world.floor.agent_no(&agent_id("cid")).unwrap();
    accept(&mut world, cid, &asking);
    assert_eq!(world.floor.targets(ann, &after(None, 1)).unwrap().recent, [named("cid")]);

    world.replace(|draft| {
        draft.departments[0].colleagues = vec![DepartmentId::new("sales").unwrap()];
    });
    let page = world.floor.targets(ann, &after(None, 200)).unwrap();
    let agents: Vec<_> = page.agents.iter().map(|row| row.agent.as_str()).collect();
    assert_eq!((page.departments.len(), agents), (1, vec!["bob"]));
    assert_eq!(
        world.floor.targets(ann, &after(None, 201)).err(),
        Some(Refusal::OutOfRange { field: "rows", min: 1, max: 200 })
    );
}

#[test]
fn a_watch_ends_when_the_session_moves_out_of_its_links_reach() {
    let (mut world, [ann, ..], session) = desk();
    let id = world.sessions[session];
    let tim = world.attach("tim", 10);
    let only = Reach::Only([DepartmentId::new("sales").unwrap()].into());
    world.floor.let_supervise(tim, link(10), Role::Supervisor, only);
    for slot in [9, 10] {
        world.floor.watch(link(slot), id, None, &mut world.fx).unwrap();
    }
    let cid = world.online("cid", 3, &["service"], 1);
    let to = Colleague::Department(DepartmentId::new("service").unwrap());
    let wish = Transfer { session: id, to, note: "".into(), waits: false, room: Room::Needed };
    let asking = world.floor.transfer(ann, wish, at(0), &mut world.fx).unwrap();
    accept(&mut world, cid, &asking);
    assert_eq!(world.holder(session), Some(cid));
    assert_eq!(world.floor.observers(id), [link(9)], "who reaches all goes on");
    let is_told = |crossing: &Crossing| {
        matches!(crossing, Crossing::ToSession(at, SessionStep::Unwatch(out))
            if *at == id && *out == link(10))
    };
    assert!(world.fx.crossings.iter().any(is_told));
}

#[test]
fn an_agent_is_invited_to_so_many_sessions_as_it_may_be_a_guest_in() {
    let mut world = World::new(10);
    for (id, slot) in [("ann", 1), ("amy", 3)] {
        world.online(id, slot, &["sales"], 50);
    }
    let sessions: Vec<_> = (0..=SEATS_MAX).map(|_| world.ask(SALES, 0, 0)).collect();
    let bob = world.online("bob", 2, &["sales"], 1);
    let (last, others) = sessions.split_last().unwrap();
    let mut asked = Vec::new();
    for session in others {
        let owner = world.holder(*session).unwrap();
        asked.push(invite(&mut world, owner, *session, named("bob")).unwrap());
    }
    let owner = world.holder(*last).unwrap();
    let max = SEATS_MAX as u64;
    let full = Refusal::LimitReached { what: "sessions that one agent is a guest in", max };
    assert_eq!(invite(&mut world, owner, *last, named("bob")), Err(full.clone()));
    for asking in &asked {
        accept(&mut world, bob, asking);
    }
    assert_eq!(world.floor.agent(bob).seats().len(), SEATS_MAX);
    assert_eq!(invite(&mut world, owner, *last, named("bob")), Err(full));
}
