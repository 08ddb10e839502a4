mod bots;
mod faults;
mod guests;
mod offers;
mod random;
mod ranges;
mod slots;
mod starvation;
mod strategies;
mod succession;
mod transfers;

use proptest::prelude::*;

use super::duty::When;
use super::*;
use crate::delivery::CloseCause;
use crate::id::{LinkId, SiteId, SiteNo, VisitorId};
use crate::policy::Draft;
use crate::role::{Reach, Role};
use crate::wish::Wish;

const SALES: DepartmentNo = DepartmentNo(0);
const SERVICE: DepartmentNo = DepartmentNo(1);
const GRACE_MS: u64 = 1_000;

fn at(ms: u64) -> Now {
    Now { mono_ms: ms, wall_ms: 1_000_000 + ms }
}

fn link(slot: u32) -> LinkId {
    LinkId { slot, generation: 1 }
}

/// A floor with what has followed from it since the last look. Sessions are named by small numbers.
struct World {
    floor: Floor,
    fx: Effects,
    sessions: Vec<SessionId>,
    chance: Chance,
    /// The time at which things happen that name none.
    ms: u64,
}

impl World {
    fn new(waiting_max: u32) -> Self {
        Self::with(|draft| {
            draft
                .departments
                .iter_mut()
                .for_each(|department| department.waiting_max = waiting_max);
        })
    }

    fn with(change: impl FnOnce(&mut Draft)) -> Self {
        let departments = ["sales", "service"].map(|id| DepartmentId::new(id).unwrap());
        let mut draft = Draft::new(vec![SiteId::new("www").unwrap()], departments.into());
        draft.agent_grace_ms = GRACE_MS;
        change(&mut draft);
        let policy = Arc::new(Policy::new(draft).unwrap());
        let floor = Floor::new(TenantNo(0), policy, Chance::seeded([6; 32]));
        let chance = Chance::seeded([5; 32]);
        Self { floor, fx: Effects::new(), sessions: Vec::new(), chance, ms: 0 }
    }

    fn attach(&mut self, id: &str, slot: u32) -> AgentNo {
        let id = AgentId::new(id).unwrap();
        self.floor.link_up(&id, link(slot), None, &[], at(self.ms), &mut self.fx).unwrap()
    }

    fn sign_on(&mut self, no: AgentNo, departments: &[&str], capacity: u16) -> Result<(), Refusal> {
        let posts = departments.iter().map(|id| PostWish::new(DepartmentId::new(id).unwrap()));
        let sign_on =
            SignOn { posts: posts.collect(), skills: Vec::new(), capacity: Some(capacity) };
        self.floor.sign_on(no, sign_on, at(self.ms), &mut self.fx)
    }

    fn status(&mut self, no: AgentNo, status: Status) -> Result<(), Refusal> {
        self.floor.set_status(no, status, "".into(), When::Now, at(self.ms), &mut self.fx)
    }

    fn online(&mut self, id: &str, slot: u32, departments: &[&str], capacity: u16) -> AgentNo {
        let no = self.attach(id, slot);
        self.sign_on(no, departments, capacity).unwrap();
        self.status(no, Status::Online).unwrap();
        no
    }

    /// A request that came at `ms` and counts as `priority_ms` older; its number.
    fn ask(&mut self, department: DepartmentNo, ms: u64, priority_ms: u64) -> usize {
        let session = SessionId::random(&mut self.chance);
        self.sessions.push(session);
        let visitor = VisitorId::new(&format!("v{}", self.sessions.len())).unwrap();
        let wish = Wish { priority_ms, ..Wish::for_department(visitor, SiteNo(0), department) };
        let (home, asked, wish) = (department, at(ms), wish.into());
        let step = FloorStep::Enqueue { session, home, wish, asked, claimed_by: None };
        self.floor.step(step, at(ms), &mut self.fx);
        self.sessions.len() - 1
    }

    fn end(&mut self, session: usize) {
        self.step(FloorStep::Ended(self.sessions[session]));
    }

    fn step(&mut self, step: FloorStep) {
        self.floor.step(step, at(self.ms), &mut self.fx);
    }

    /// A request that comes now, by a wish for a department with some changes; its number.
    fn wish(&mut self, home: DepartmentNo, change: impl FnOnce(&mut Wish)) -> usize {
        let session = SessionId::random(&mut self.chance);
        self.sessions.push(session);
        let visitor = VisitorId::new(&format!("v{}", self.sessions.len())).unwrap();
        let mut wish = Wish::for_department(visitor, SiteNo(0), home);
        change(&mut wish);
        let (asked, wish) = (at(self.ms), wish.into());
        self.step(FloorStep::Enqueue { session, home, wish, asked, claimed_by: None });
        self.sessions.len() - 1
    }

    /// Signs an agent on for sales, with some changes, and online.
    fn works(&mut self, id: &str, slot: u32, change: impl FnOnce(&mut SignOn)) -> AgentNo {
        let no = self.attach(id, slot);
        let mut sign_on = SignOn::new([DepartmentId::new("sales").unwrap()], Some(1));
        change(&mut sign_on);
        self.floor.sign_on(no, sign_on, at(self.ms), &mut self.fx).unwrap();
        self.status(no, Status::Online).unwrap();
        self.whole();
        no
    }

    /// Why a session was refused its place since the last look.
    fn refused(&self, session: usize) -> Option<CloseCause> {
        let id = self.sessions[session];
        self.fx.crossings.iter().find_map(|crossing| match crossing {
            Crossing::ToSession(at, SessionStep::Refused(cause)) if *at == id => Some(*cause),
            _ => None,
        })
    }

    /// Another policy: the present one with some changes.
    fn replace(&mut self, change: impl FnOnce(&mut Draft)) {
        let before = self.floor.policy().clone();
        let mut draft = Draft::clone(&before);
        draft.version += 1;
        change(&mut draft);
        let next = Arc::new(before.succeed(draft).unwrap());
        self.floor.replace_policy(next, None, at(self.ms), &mut self.fx);
        self.whole();
    }

    /// Lets time pass up to an instant, each deadline at its own.
    fn until(&mut self, ms: u64) {
        while let Some(due) = self.floor.deadline().filter(|due| *due <= ms) {
            self.ms = self.ms.max(due);
            self.floor.expire(at(self.ms), &mut self.fx);
            self.whole();
        }
        self.ms = ms;
    }

    fn place(&self, session: usize) -> Option<u32> {
        self.floor.position(self.sessions[session])
    }

    fn holder(&self, session: usize) -> Option<AgentNo> {
        self.floor.holder(self.sessions[session])
    }

    fn whole(&self) {
        assert_eq!(self.floor.verify(), Ok(()));
    }
}

#[test]
fn an_agent_comes_on_away_and_takes_sessions_only_online() {
    let mut world = World::new(10);
    let ann = world.attach("ann", 1);
    assert_eq!(world.floor.agent(ann).status(), Status::Offline);
    assert_eq!(world.status(ann, Status::Online), Err(Refusal::NotSignedOn));
    world.sign_on(ann, &["sales"], 2).unwrap();
    assert_eq!(world.floor.agent(ann).status(), Status::Away);
    let session = world.ask(SALES, 0, 0);
    world.status(ann, Status::Busy).unwrap();
    assert_eq!((world.place(session), world.holder(session)), (Some(1), None));
    world.status(ann, Status::Online).unwrap();
    assert_eq!((world.place(session), world.holder(session)), (None, Some(ann)));
    assert_eq!(world.status(ann, Status::Offline), Err(Refusal::StatusNotSettable));
    world.status(ann, Status::Away).unwrap();
    assert_eq!(world.holder(session), Some(ann), "it keeps what it has");
    world.whole();
}

#[test]
fn a_second_device_changes_no_status_and_losing_one_of_two_does_not_either() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 2);
    assert_eq!(world.attach("ann", 2), ann);
    assert_eq!(world.floor.agent(ann).status(), Status::Online);
    world.floor.link_down(ann, link(1), at(0), &mut world.fx);
    assert_eq!((world.floor.deadline(), world.floor.agent(ann).obstacle().is_none()), (None, true));
    world.floor.link_down(ann, link(1), at(0), &mut world.fx);
    assert_eq!(world.floor.deadline(), None, "a link that went already goes once");
    world.whole();
}

#[test]
fn the_capacity_is_never_exceeded_and_a_lowered_one_takes_nothing_away() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 3);
    for ms in 0..5 {
        world.ask(SALES, ms, 0);
    }
    assert_eq!((world.floor.agent(ann).sessions(), world.floor.counts().waiting), (3, 2));
    world.sign_on(ann, &["sales"], 1).unwrap();
    assert_eq!(world.floor.agent(ann).sessions(), 3);
    world.whole();
    world.end(0);
    world.end(1);
    assert_eq!(
        (world.floor.agent(ann).sessions(), world.floor.counts().waiting),
        (1, 2),
        "no slot is free yet"
    );
    world.end(2);
    assert_eq!(world.holder(3), Some(ann));
    world.sign_on(ann, &["sales"], 2).unwrap();
    assert_eq!(world.holder(4), Some(ann), "a raised capacity is filled at once");
    world.whole();
}

#[test]
fn a_freed_slot_goes_to_the_best_waiter_of_all_its_departments() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales", "service"], 1);
    let first = world.ask(SALES, 0, 0);
    let plain = world.ask(SALES, 10, 0);
    let urgent = world.ask(SERVICE, 500, 600);
    world.end(first);
    assert_eq!((world.holder(urgent), world.place(plain)), (Some(ann), Some(1)));
    world.end(urgent);
    assert_eq!(world.holder(plain), Some(ann));
    world.whole();
}

#[test]
fn a_department_without_agents_holds_up_no_other() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["service"], 1);
    let stuck = world.ask(SALES, 0, 0);
    let served = world.ask(SERVICE, 9, 0);
    assert_eq!((world.holder(stuck), world.holder(served)), (None, Some(ann)));
    world.whole();
}

#[test]
fn the_least_loaded_gets_the_next_and_among_equals_who_was_idle_longest() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 2);
    let bob = world.online("bob", 2, &["sales"], 4);
    let got = [0, 1, 2, 3, 4, 5].map(|ms| {
        let session = world.ask(SALES, ms, 0);
        world.holder(session).unwrap()
    });
    assert_eq!(got, [ann, bob, bob, ann, bob, bob]);
}

#[test]
fn signing_off_returns_sessions_to_the_queue_at_their_old_rank_beyond_its_bound() {
    let mut world = World::new(2);
    let ann = world.online("ann", 1, &["sales"], 2);
    let sessions = [0, 1, 2, 3].map(|ms| world.ask(SALES, ms, 0));
    world.floor.sign_off(ann, "".into(), at(9), &mut world.fx).unwrap();
    assert_eq!(sessions.map(|session| world.place(session)), [Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!(world.floor.agent(ann).status(), Status::Offline);
    world.whole();
    world.fx = Effects::new();
    world.ask(SALES, 4, 0);
    let refused = |crossing: &Crossing| {
        matches!(crossing, Crossing::ToSession(_, SessionStep::Refused(CloseCause::QueueFull)))
    };
    assert!(world.fx.crossings.iter().any(refused), "a newcomer finds it full");
    let bob = world.online("bob", 2, &["sales"], 1);
    assert_eq!(world.holder(sessions[0]), Some(bob));
    world.whole();
}

#[test]
fn sessions_of_one_who_signs_off_go_straight_to_others_who_are_free() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 2);
    let sessions = [0, 1].map(|ms| world.ask(SALES, ms, 0));
    let bob = world.online("bob", 2, &["sales"], 1);
    world.floor.sign_off(ann, "".into(), at(9), &mut world.fx).unwrap();
    assert_eq!(sessions.map(|session| world.holder(session)), [Some(bob), None]);
    world.whole();
}

#[test]
fn an_agent_without_a_link_keeps_its_sessions_for_the_grace_and_gets_no_new_ones() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 2);
    let kept = world.ask(SALES, 0, 0);
    world.floor.link_down(ann, link(1), at(10), &mut world.fx);
    let new = world.ask(SALES, 11, 0);
    assert_eq!((world.holder(kept), world.holder(new)), (Some(ann), None));
    world.floor.expire(at(10 + GRACE_MS - 1), &mut world.fx);
    assert_eq!(world.holder(kept), Some(ann));
    world.attach("ann", 2);
    assert_eq!((world.holder(new), world.floor.deadline()), (Some(ann), None));
    world.floor.link_down(ann, link(2), at(20), &mut world.fx);
    world.floor.expire(at(20 + GRACE_MS), &mut world.fx);
    assert_eq!((world.place(kept), world.place(new)), (Some(1), Some(2)));
    assert_eq!(world.floor.agent(ann).status(), Status::Offline);
    world.whole();
}

#[test]
fn what_cannot_be_signed_on_for_is_refused_and_changes_nothing() {
    let mut world = World::new(10);
    let ann = world.online("ann", 1, &["sales"], 2);
    assert_eq!(world.sign_on(ann, &["sales"], 0), Err(Refusal::CapacityOutOfRange { max: 50 }));
    assert_eq!(world.sign_on(ann, &["sales"], 51), Err(Refusal::CapacityOutOfRange { max: 50 }));
    assert_eq!(
        world.sign_on(ann, &[], 1),
        Err(Refusal::DepartmentsOutOfRange { max: AGENT_DEPARTMENTS_MAX })
    );
    let moon = Refusal::UnknownDepartment(DepartmentId::new("moon").unwrap());
    assert_eq!(world.sign_on(ann, &["sales", "moon"], 1), Err(moon));
    assert_eq!(
        (world.floor.agent(ann).capacity(), world.floor.agent(ann).obstacle().is_none()),
        (2, true)
    );
    let reason = "r".repeat(REASON_BYTES_MAX + 1);
    let refused =
        world.floor.set_status(ann, Status::Away, reason.into(), When::Now, at(0), &mut world.fx);
    assert!(matches!(refused, Err(Refusal::TooLong { field: "reason", .. })));
    world.whole();
}

#[test]
fn every_waiter_is_told_its_exact_place() {
    let mut world = World::new(10_000);
    let sessions: Vec<_> = (0..3_000).map(|ms| world.ask(SALES, ms, 0)).collect();
    world.ask(SALES, 5_000, 4_990);
    world.end(sessions[100]);
    let mut told = HashMap::new();
    let mut note = |fx: &mut Effects| {
        for crossing in std::mem::take(fx).crossings {
            if let Crossing::ToSession(session, SessionStep::Position { place, .. }) = crossing {
                told.insert(session, place);
            }
        }
    };
    note(&mut world.fx);
    while world.floor.has_untold() {
        world.floor.tell_positions(&mut world.fx);
        assert!(world.fx.crossings.len() <= TOLD_MAX as usize);
        note(&mut world.fx);
    }
    for session in world.floor.sessions() {
        assert_eq!(told.get(&session).copied(), world.floor.position(session));
    }
}

/// The rank by the rule of D7: since when it counts as waiting.
fn counts_since(asked_ms: u64, priority_ms: u64) -> i64 {
    asked_ms as i64 - priority_ms as i64
}

proptest! {
    #[test]
    fn nobody_passes_a_waiter_by_coming_later_than_its_priority_is_worth(
        arrivals in prop::collection::vec((0..1_000u64, 0..100_000u64), 1..60),
    ) {
        let mut world = World::new(1_000);
        let mut ms = 0;
        let mut waiters = Vec::new();
        for (later_ms, priority_ms) in arrivals {
            ms += later_ms;
            let session = world.ask(SALES, ms, priority_ms);
            waiters.push((counts_since(ms, priority_ms), session));
        }
        waiters.sort();
        for (place, (_, session)) in (1..).zip(&waiters) {
            prop_assert_eq!(world.place(*session), Some(place));
        }
        world.online("ann", 1, &["sales"], 1);
        for (_, session) in waiters {
            prop_assert!(world.holder(session).is_some(), "the best is next");
            world.end(session);
        }
        world.whole();
    }
}

#[test]
fn a_flood_of_urgent_requests_starves_nobody() {
    const PRIORITY_MS: u64 = 60_000;
    const EVERY_MS: u64 = 100;
    let mut world = World::new(1_000_000);
    world.online("ann", 1, &["sales"], 1);
    let mut held = world.ask(SALES, 0, 0);
    let plain = world.ask(SALES, 1, 0);
    let mut served = 0;
    // One urgent request comes for each that ends, so the queue never empties.
    for n in 1u64.. {
        world.ask(SALES, n * EVERY_MS, PRIORITY_MS);
        world.end(held);
        if world.holder(plain).is_some() {
            break;
        }
        served += 1;
        held = (0..world.sessions.len())
            .rev()
            .find(|session| world.holder(*session).is_some())
            .unwrap();
        assert!(
            served <= PRIORITY_MS / EVERY_MS,
            "{served} came later by more than they are worth and went first"
        );
    }
    assert!(served > 0, "urgent ones do go first at the beginning");
    world.whole();
}

#[test]
fn a_watch_ends_before_its_watcher_takes_part_and_with_its_link_and_its_session() {
    let mut world = World::new(10);
    let (sue, first) = (world.attach("sue", 1), world.ask(SALES, 0, 0));
    let second = world.ask(SALES, 1, 0);
    let watch = |world: &mut World, slot, session: usize| {
        let session = world.sessions[session];
        world.floor.watch(link(slot), session, None, &mut world.fx)
    };
    assert_eq!(watch(&mut world, 1, first), Err(Refusal::SupervisorsOnly));
    world.floor.let_supervise(sue, link(1), Role::Supervisor, Reach::All);
    watch(&mut world, 1, first).unwrap();
    watch(&mut world, 1, second).unwrap();
    world.whole();
    world.fx = Effects::new();
    world.sign_on(sue, &["sales"], 1).unwrap();
    world.status(sue, Status::Online).unwrap();
    let [
        Crossing::ToSession(unwatched, SessionStep::Unwatch(_)),
        Crossing::ToSession(assigned, SessionStep::Assigned { .. }),
    ] = world.fx.crossings[..]
    else {
        panic!("{:?}", world.fx.crossings)
    };
    assert_eq!((unwatched, assigned), (world.sessions[first], world.sessions[first]));
    assert_eq!(watch(&mut world, 1, first), Err(Refusal::InSession));
    world.whole();

    let boss = world.attach("boss", 2);
    world.floor.let_supervise(boss, link(2), Role::Supervisor, Reach::All);
    watch(&mut world, 2, first).unwrap();
    watch(&mut world, 2, second).unwrap();
    world.end(second);
    assert_eq!(watch(&mut world, 2, second), Err(Refusal::SessionNotFound));
    world.whole();
    world.fx = Effects::new();
    world.floor.link_down(boss, link(2), at(9), &mut world.fx);
    let [Crossing::ToSession(unwatched, SessionStep::Unwatch(_))] = world.fx.crossings[..] else {
        panic!("{:?}", world.fx.crossings)
    };
    assert_eq!(unwatched, world.sessions[first]);
    world.whole();
}
