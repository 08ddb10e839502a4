//! Rows A5 and R3, and the queues of Q6: departments, agents and who waits, as agents watch them. `floor_random.rs` holds what a
//! watcher knows to what there is.

use std::collections::BTreeMap;
use std::sync::Arc;

use frontdesk::desk::delivery::{
    AgentRow, Delivery, DepartmentRow, FloorList, FloorTotals, QueueList, QueuedRow, Status,
};
use frontdesk::desk::id::{AgentId, DepartmentId, SessionId};
use frontdesk::desk::policy::department::OfferMode;
use frontdesk::desk::policy::{Department, Draft};
use frontdesk::desk::refusal::Refusal;
use frontdesk::desk::role::{Reach, Role};
use frontdesk::engine::{
    AgentAttach, Ask, Command, Departure, FloorQuery, QueuesQuery, Reply, SetStatus, SignOn,
    VisitorAttach, When,
};

use crate::house::{House, Seat, department, site};

/// A floor and its queues as a watcher knows them who takes in what it is told.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Known {
    pub(crate) departments: BTreeMap<DepartmentId, Arc<DepartmentRow>>,
    pub(crate) agents: BTreeMap<AgentId, AgentRow>,
    pub(crate) totals: Option<FloorTotals>,
    pub(crate) policy_version: u64,
    pub(crate) queued: BTreeMap<SessionId, Arc<QueuedRow>>,
}

impl Known {
    /// Takes in what was told. How many batches of the floor and of queues there were.
    pub(crate) fn take_in(&mut self, told: Vec<Delivery>) -> (usize, usize) {
        let mut batches = (0, 0);
        for delivery in told {
            match delivery {
                Delivery::FloorSnapshot(list) => {
                    *self = Self { queued: std::mem::take(&mut self.queued), ..Self::default() };
                    self.floor(&list);
                    batches.0 += 1;
                }
                Delivery::FloorChanged(list) => {
                    self.floor(&list);
                    batches.0 += 1;
                }
                Delivery::QueuesSnapshot(list) => {
                    self.queued.clear();
                    self.queues(&list);
                    batches.1 += 1;
                }
                Delivery::QueuesChanged(list) => {
                    self.queues(&list);
                    batches.1 += 1;
                }
                _ => {}
            }
        }
        batches
    }

    fn floor(&mut self, list: &FloorList) {
        for gone in &list.departments_gone {
            assert!(self.departments.remove(gone).is_some(), "{gone} was not known");
        }
        for gone in &list.agents_gone {
            assert!(self.agents.remove(gone).is_some(), "{gone} was not known");
        }
        for row in &list.departments {
            self.departments.insert(row.department.clone(), row.clone());
        }
        for row in &list.agents {
            self.agents.insert(row.seen.agent.clone(), row.clone());
        }
        self.totals = list.totals.or(self.totals);
        self.policy_version = list.policy_version;
    }

    fn queues(&mut self, list: &QueueList) {
        for gone in &list.gone {
            assert!(self.queued.remove(gone).is_some(), "{gone} was not known");
        }
        for row in &list.rows {
            self.queued.insert(row.session, row.clone());
        }
    }

    fn department(&self, id: &str) -> &DepartmentRow {
        &self.departments[&department(id)]
    }

    fn agent(&self, id: &str) -> &AgentRow {
        &self.agents[&AgentId::new(id).unwrap()]
    }

    /// Departments in their places.
    fn order(&self) -> Vec<&str> {
        let mut rows: Vec<_> = self.departments.values().collect();
        rows.sort_by_key(|row| row.place);
        rows.iter().map(|row| row.department.as_str()).collect()
    }

    /// Whose queue a department's is, from its head.
    fn queue(&self, id: &str) -> Vec<&str> {
        let mut rows: Vec<_> =
            self.queued.values().filter(|row| row.department == department(id)).collect();
        rows.sort_by_key(|row| row.rank);
        rows.iter().map(|row| row.visitor.as_str()).collect()
    }
}

fn floor(departments: &[&str], agents: u16) -> Command {
    let departments = departments.iter().map(|id| department(id)).collect();
    Command::WatchFloor(Box::new(FloorQuery { departments, agents }))
}

fn queues(departments: &[&str], rows: u16) -> Command {
    let departments = departments.iter().map(|id| department(id)).collect();
    Command::WatchQueues(Box::new(QueuesQuery { departments, rows }))
}

fn supervisor(house: &House, reach: Reach) -> Seat {
    let role = Role::Supervisor;
    house.attach_agent(AgentAttach {
        role,
        reach,
        ..AgentAttach::new(AgentId::new("sue").unwrap())
    })
}

/// What somebody knows who begins to watch all of it now.
fn seen(house: &House) -> Known {
    let (mut seat, mut known) = (supervisor(house, Reach::All), Known::default());
    house.submit(&seat, floor(&[], 100)).unwrap();
    known.take_in(seat.told());
    house.engine.detach(seat.link, Departure::Leaving, house.now);
    known
}

#[test]
fn departments_show_who_waits_and_who_works_and_agents_what_they_have() {
    let asked = OfferMode::Asked { timeout_ms: 20_000, at_once: 1 };
    let mut house = House::ruled(|draft| draft.departments[1].offers.mode = asked);
    let both = || SignOn::new([department("sales"), department("support")], Some(2));
    let ann = house.online_for(Role::Agent, "ann", both());
    let bob = house.online("bob", 3);
    let cay = house.agent("cay");
    house.sign_on(&cay, 1).unwrap();
    let visitors: Vec<_> = (0..7).map(|n| house.visitor(&format!("v{n}"))).collect();
    for visitor in &visitors[..5] {
        house.ask(visitor);
    }
    house.set(&bob, Status::Busy).unwrap();
    let first_waits = house.now.wall_ms + 2_000;
    house.wait(2_000);
    house.ask(&visitors[5]);
    house.wait(1_000);
    let offered = house.ask_for(&visitors[6], Ask::of(department("support"))).unwrap();

    let known = seen(&house);
    assert_eq!(known.order(), ["sales", "support"]);
    let sales = known.department("sales");
    assert_eq!((sales.waiting, sales.offered, sales.sessions), (1, 0, 5));
    assert_eq!((sales.waiting_since_wall_ms, sales.begun, sales.ended), (first_waits, 6, 0));
    assert_eq!((sales.agents_online, sales.agents_busy, sales.agents_away), (1, 1, 1));
    let support = known.department("support");
    assert_eq!((support.waiting, support.offered, support.free), (1, 0, 0), "ann is full");
    assert_eq!((&*support.name, support.agents_online), ("support", 1));
    let row = known.agent("ann");
    assert_eq!((row.seen.sessions, row.seen.capacity, row.seen.load), (2, 2, 200));
    assert_eq!(row.departments, [department("sales"), department("support")]);
    let row = known.agent("bob");
    assert_eq!((row.seen.status, row.seen.sessions), (Status::Busy, 3));
    assert_eq!(known.agent("cay").seen.status, Status::Away);
    let totals = known.totals.unwrap();
    assert_eq!((totals.visitors_here, totals.waiting, totals.sessions), (7, 2, 5));
    assert_eq!((totals.agents_online, totals.agents_busy, totals.agents_away), (1, 1, 1));
    assert_eq!((totals.waiting_since_wall_ms, totals.begun, totals.ended), (first_waits, 7, 0));

    // A slot that is free is offered; a device that is lost leaves the agent on the floor.
    house.set(&cay, Status::Busy).unwrap();
    house.submit(&visitors[5], Command::Close { session: house.ask(&visitors[5]) }).unwrap();
    let own = house.ask(&visitors[0]);
    house.submit(&visitors[0], Command::Close { session: own }).unwrap();
    house.engine.detach(cay.link, Departure::Dropped, house.now);
    let known = seen(&house);
    assert_eq!(known.department("support").offered, 1, "{offered}");
    assert!(!known.agent("cay").seen.is_attached && known.agent("ann").seen.is_attached);
    assert_eq!(known.department("sales").ended, 2);
    house.whole();
    drop((ann, bob));
}

#[test]
fn a_watch_is_told_what_changes_in_it_once_a_period_and_nothing_else() {
    let mut house = House::new();
    let (mut sue, mut known) = (supervisor(&house, Reach::All), Known::default());
    house.submit(&sue, floor(&["sales"], 10)).unwrap();
    assert_eq!(known.take_in(sue.told()), (1, 0));
    assert_eq!((known.agents.len(), known.totals), (0, None), "totals are of all departments");

    let ann = house.online("ann", 2);
    let visitor = house.visitor("v");
    house.ask(&visitor);
    house.wait(1_000);
    let told = sue.told();
    let [Delivery::FloorChanged(list)] = &told[..] else { panic!("one batch: {told:?}") };
    assert_eq!((list.departments.len(), list.agents.len()), (1, 1));
    assert_eq!((list.departments[0].sessions, list.departments[0].free), (1, 1));
    known.take_in(told);
    assert_eq!(known.agent("ann").seen.sessions, 1);

    // Elsewhere, and by people who work nowhere: nothing is told.
    let elsewhere = SignOn::new([department("support")], Some(1));
    house.online_for(Role::Agent, "bob", elsewhere);
    house.agent("cay");
    house.visitor("w");
    house.wait(1_000);
    assert_eq!(sue.told(), []);

    // What came and went between two batches is one batch, or none.
    house.set(&ann, Status::Busy).unwrap();
    house.set(&ann, Status::Online).unwrap();
    for _ in 0..3 {
        let w = house.visitor("w");
        house.submit(&w, Command::Close { session: house.ask(&w) }).unwrap();
    }
    house.wait(1_000);
    assert_eq!(known.take_in(sue.told()), (1, 0));
    assert_eq!(known.department("sales").begun, 4);

    let mut batches = Vec::new();
    for n in 0..50 {
        let status = if n % 2 == 0 { Status::Busy } else { Status::Online };
        house.set(&ann, status).unwrap();
        house.wait(100);
        let (floor, _) = known.take_in(sue.told());
        assert!(floor <= 1);
        batches.extend((floor > 0).then_some(n * 100));
    }
    let apart = |two: &[i32]| (900..=1_000).contains(&(two[1] - two[0]));
    assert!(batches.len() >= 5 && batches.windows(2).all(apart), "{batches:?}");

    house.submit(&sue, Command::UnwatchFloor).unwrap();
    house.set(&ann, Status::Away).unwrap();
    house.wait(1_000);
    assert_eq!(sue.told(), []);
    house.whole();
}

#[test]
fn who_asks_the_same_is_told_the_same_and_begins_with_the_whole() {
    let mut house = House::new();
    let mut seats = ["a", "b", "c"].map(|id| house.agent(id));
    let mut known: [Known; 3] = Default::default();
    house.submit(&seats[0], floor(&["sales", "support"], 5)).unwrap();
    house.submit(&seats[1], floor(&["support", "sales", "sales"], 5)).unwrap();
    assert_eq!(house.engine.watching(house.tenant).floor_lists, 1, "the same, in other words");
    let ann = house.online("ann", 2);
    house.wait(1_000);
    house.submit(&seats[2], floor(&["sales", "support"], 5)).unwrap();
    for (seat, known) in seats.iter_mut().zip(&mut known) {
        known.take_in(seat.told());
    }
    assert_eq!(known[0], known[2], "as all others know it");
    house.set(&ann, Status::Away).unwrap();
    house.wait(1_000);
    let told = seats.each_mut().map(Seat::told);
    assert_eq!(told[0], told[1]);
    assert_eq!(told[1], told[2]);
    assert_eq!(told[0].len(), 1);

    // A link has one such watch; another one takes its place.
    house.submit(&seats[2], floor(&["sales"], 0)).unwrap();
    known[2].take_in(seats[2].told());
    assert_eq!((known[2].order(), known[2].agents.len()), (vec!["sales"], 0));
    let watching = house.engine.watching(house.tenant);
    assert_eq!((watching.floor_watchers, watching.floor_lists), (3, 2));
    for seat in seats {
        house.engine.detach(seat.link, Departure::Leaving, house.now);
    }
    let watching = house.engine.watching(house.tenant);
    assert_eq!((watching.floor_watchers, watching.floor_lists), (0, 0));
    house.whole();
}

#[test]
fn of_many_agents_the_first_by_id_are_shown_and_the_next_moves_up() {
    let mut house = House::new();
    let seats: Vec<_> = (0..5).map(|n| house.online(&format!("a{n}"), 1)).collect();
    let (mut sue, mut known) = (supervisor(&house, Reach::All), Known::default());
    house.submit(&sue, floor(&[], 3)).unwrap();
    known.take_in(sue.told());
    let shown = |known: &Known| known.agents.keys().map(AgentId::to_string).collect::<Vec<_>>();
    assert_eq!(shown(&known), ["a0", "a1", "a2"]);
    assert_eq!(known.department("sales").agents_online, 5, "all are counted");
    house.submit(&seats[1], Command::SignOff { reason: "home".into() }).unwrap();
    let later = SetStatus { when: When::AfterSessions, ..SetStatus::now(Status::Away, "lunch") };
    house.submit(&seats[4], Command::SetStatus(later)).unwrap();
    house.wait(1_000);
    known.take_in(sue.told());
    assert_eq!(shown(&known), ["a0", "a2", "a3"]);
    assert_eq!((known.department("sales").free, known.department("sales").agents_away), (3, 1));
    house.whole();
}

#[test]
fn who_does_not_reach_a_department_neither_sees_nor_names_it() {
    let mut house = House::new();
    let both = SignOn::new([department("sales"), department("support")], Some(2));
    let _ann = house.online_for(Role::Agent, "ann", both);
    let _bob = house.online("bob", 2);
    for role in [Role::Agent, Role::Supervisor] {
        let reach = Reach::Only(["moon", "support"].map(department).into());
        let agent = AgentId::new("sam").unwrap();
        let mut sam = house.attach_agent(AgentAttach { role, reach, ..AgentAttach::new(agent) });
        let refused = Err(Refusal::OutOfReach(department("sales")));
        assert_eq!(house.submit(&sam, floor(&["support", "sales"], 5)), refused);
        assert_eq!(house.submit(&sam, queues(&["sales"], 5)), refused);
        assert_eq!(sam.told(), []);
        house.submit(&sam, floor(&[], 5)).unwrap();
        let mut known = Known::default();
        known.take_in(sam.told());
        assert_eq!((known.order(), known.totals), (vec!["support"], None));
        assert_eq!(known.agents.len(), 1, "bob is of sales alone");
        assert_eq!(known.agent("ann").departments, [department("support")]);

        // A department of the future that it reaches.
        let departments = vec![department("sales"), department("support"), department("moon")];
        replace(&house, departments, |_| ());
        house.wait(1_000);
        known.take_in(sam.told());
        assert_eq!(known.order(), ["support", "moon"]);
        let departments = vec![department("sales"), department("support")];
        replace(&house, departments, |_| ());
        house.engine.detach(sam.link, Departure::Leaving, house.now);
    }
    house.whole();
}

fn replace(house: &House, departments: Vec<DepartmentId>, change: impl FnOnce(&mut Draft)) {
    let mut draft = Draft::new(vec![site()], departments);
    change(&mut draft);
    house.engine.replace_policy(house.tenant, draft, None, house.now).unwrap();
}

#[test]
fn a_policy_that_is_replaced_lets_departments_come_go_and_change_their_names() {
    let mut house = House::new();
    let both = SignOn::new([department("sales"), department("support")], Some(1));
    let _ann = house.online_for(Role::Agent, "ann", both);
    let visitors = ["u", "v"].map(|id| house.visitor(id));
    let (mut all, mut some) = (supervisor(&house, Reach::All), house.agent("bob"));
    let (mut known, mut of_some) = (Known::default(), Known::default());
    house.submit(&all, floor(&[], 5)).unwrap();
    house.submit(&some, floor(&["support"], 5)).unwrap();
    house.submit(&some, queues(&["support"], 5)).unwrap();
    for visitor in &visitors {
        house.ask_for(visitor, Ask::of(department("support"))).unwrap();
    }
    house.wait(1_000);
    known.take_in(all.told());
    of_some.take_in(some.told());
    assert_eq!((known.order(), known.policy_version), (vec!["sales", "support"], 1));
    assert_eq!(of_some.queue("support"), ["v"]);

    // Support is gone, sales has a name, and billing stands before it.
    let named = |draft: &mut Draft| {
        draft.departments[1] = Department { name: "Sales!".into(), ..draft.departments[1].clone() };
    };
    replace(&house, vec![department("billing"), department("sales")], named);
    house.wait(1_000);
    known.take_in(all.told());
    of_some.take_in(some.told());
    assert_eq!((known.order(), known.policy_version), (vec!["billing", "sales"], 2));
    assert_eq!(&*known.department("sales").name, "Sales!");
    assert_eq!(known.agent("ann").departments, [department("sales")]);
    assert_eq!(known.department("billing").waiting, 1, "who waited waits at its site's home");
    assert_eq!(known.totals.unwrap().sessions, 1, "the session in the old department goes on");
    assert_eq!((of_some.departments.len(), of_some.agents.len()), (0, 0));
    assert_eq!(of_some.queue("support"), [""; 0]);
    assert_eq!(house.submit(&some, floor(&["support"], 5)), Err(unknown("support")));

    // It comes back, with what still is in it, and whoever watched it sees it again.
    replace(&house, vec![department("support"), department("sales")], |_| ());
    house.wait(1_000);
    known.take_in(all.told());
    of_some.take_in(some.told());
    assert_eq!(known.order(), ["support", "sales"]);
    assert_eq!((of_some.order(), of_some.department("support").sessions), (vec!["support"], 1));
    assert_eq!(of_some.agents.len(), 0, "ann lost her post there");
    house.whole();
}

fn unknown(id: &str) -> Refusal {
    Refusal::UnknownDepartment(department(id))
}

#[test]
fn queues_are_watched_from_their_heads_and_who_moves_up_costs_nothing() {
    let mut house = House::new();
    let (mut sue, mut known) = (supervisor(&house, Reach::All), Known::default());
    let mut visitors = Vec::new();
    for n in 0..6 {
        let visitor = house.visitor(&format!("v{n}"));
        house.wait(10);
        let session = house.ask(&visitor);
        visitors.push((visitor, session));
    }
    let other = house.visitor("w");
    house.ask_for(&other, Ask::of(department("support"))).unwrap();
    house.submit(&sue, queues(&["support", "sales"], 3)).unwrap();
    assert_eq!(known.take_in(sue.told()), (0, 1));
    assert_eq!((known.queue("sales"), known.queue("support")), (vec!["v0", "v1", "v2"], vec!["w"]));

    let (head, session) = &visitors[0];
    house.submit(head, Command::Close { session: *session }).unwrap();
    house.wait(1_000);
    let told = sue.told();
    let [Delivery::QueuesChanged(list)] = &told[..] else { panic!("one batch: {told:?}") };
    assert_eq!((list.rows.len(), list.gone.len()), (1, 1), "those between are not told");
    known.take_in(told);
    assert_eq!(known.queue("sales"), ["v1", "v2", "v3"]);

    // One with priority comes before them; behind the window nothing is told.
    let vip = house.visitor("vip");
    let ask = Ask { priority_minutes: 60, ..Ask::of(department("sales")) };
    house.ask_for(&vip, ask).unwrap();
    house.submit(&visitors[5].0, Command::Close { session: visitors[5].1 }).unwrap();
    house.wait(1_000);
    known.take_in(sue.told());
    assert_eq!(known.queue("sales"), ["vip", "v1", "v2"]);
    assert_eq!(
        known.queued.values().find(|row| row.visitor.as_str() == "vip").unwrap().priority_ms,
        3_600_000
    );
    house.submit(&visitors[4].0, Command::Close { session: visitors[4].1 }).unwrap();
    house.wait(1_000);
    assert_eq!(known.take_in(sue.told()), (0, 0));

    // Who gets an agent is gone from the list.
    let _ann = house.online("ann", 1);
    house.wait(1_000);
    known.take_in(sue.told());
    assert_eq!(known.queue("sales"), ["v1", "v2", "v3"]);
    house.submit(&sue, Command::UnwatchQueues).unwrap();
    house.submit(&visitors[1].0, Command::Close { session: visitors[1].1 }).unwrap();
    house.wait(1_000);
    assert_eq!(sue.told(), []);
    house.whole();
}

#[test]
fn floors_and_queues_that_cannot_be_had_are_refused_by_their_field() {
    let house = House::new();
    let (ann, visitor) = (house.agent("ann"), house.visitor("v"));
    let many = |count: usize| vec!["sales"; count];
    let too_many = |field, max| Err(Refusal::TooMany { field, max });
    for (command, refused) in [
        (floor(&["moon"], 0), Err(unknown("moon"))),
        (floor(&many(65), 0), too_many("departments", 64)),
        (floor(&[], 1_001), too_many("agents", 1_000)),
        (queues(&["sales", "moon"], 1), Err(unknown("moon"))),
        (queues(&[], 1), Err(Refusal::Missing { field: "departments" })),
        (queues(&many(17), 1), too_many("departments", 16)),
    ] {
        assert_eq!(house.submit(&ann, command), refused);
    }
    for command in
        [floor(&[], 0), queues(&["sales"], 1), Command::UnwatchFloor, Command::UnwatchQueues]
    {
        assert_eq!(house.submit(&visitor, command), Err(Refusal::AgentsOnly));
    }
    assert_eq!(house.submit(&ann, Command::UnwatchFloor), Ok(Reply::Done), "there was none");
    house.engine.detach(ann.link, Departure::Leaving, house.now);
    assert_eq!(house.submit(&ann, floor(&[], 0)), Err(Refusal::LinkGone));
    assert_eq!(house.engine.watching(house.tenant).floor_watchers, 0);
}

#[test]
fn no_more_different_floors_are_watched_than_allowed_and_sharing_one_is() {
    let house = House::new();
    let agents: Vec<_> = (0..257).map(|n| house.agent(&format!("a-{n}"))).collect();
    for (n, agent) in agents[..256].iter().enumerate() {
        house.submit(agent, floor(&[], n as u16)).unwrap();
    }
    let refused = house.submit(&agents[256], floor(&[], 300));
    assert!(matches!(refused, Err(Refusal::LimitReached { max: 256, .. })), "{refused:?}");
    let refused = house.submit(&agents[256], queues(&["sales"], 1));
    assert!(matches!(refused, Err(Refusal::LimitReached { max: 256, .. })), "they count together");
    house.submit(&agents[256], floor(&[], 7)).unwrap();
    // Whoever turns to another one alone makes room for it.
    house.submit(&agents[0], floor(&[], 999)).unwrap();
    assert_eq!(house.engine.watching(house.tenant).floor_lists, 256);
    house.whole();
}

#[test]
fn to_watch_and_unwatch_in_turn_costs_what_has_changed_and_not_the_floor_each_time() {
    let mut house = House::new();
    let agents: Vec<_> = (0..200).map(|n| house.online(&format!("a-{n}"), 1)).collect();
    let sue = supervisor(&house, Reach::All);
    let looks = |house: &House| house.engine.watching(house.tenant).floor_looks;
    let begin = |house: &House| {
        house.submit(&sue, floor(&[], 300)).unwrap();
        house.submit(&sue, queues(&["sales"], 5)).unwrap();
    };
    let end = |house: &House| {
        house.submit(&sue, Command::UnwatchFloor).unwrap();
        house.submit(&sue, Command::UnwatchQueues).unwrap();
    };
    begin(&house);
    let whole = looks(&house);
    assert_eq!(whole, 203, "two departments, the agents and she herself");
    for agent in &agents[..50] {
        end(&house);
        house.wait(100);
        house.set(agent, Status::Away).unwrap();
        begin(&house);
    }
    assert_eq!(looks(&house), whole + 2 * 50, "an agent and its department each time");
    house.whole();
    // Once nobody has watched for a period nothing is kept.
    end(&house);
    house.wait(800);
    house.wait(100);
    let before = looks(&house);
    begin(&house);
    assert_eq!(looks(&house), before + whole);
    house.whole();
}

#[test]
fn a_link_that_is_replaced_watches_nothing_any_more() {
    let mut house = House::new();
    let (old, page) = (house.agent("sue"), house.visitor("v"));
    house.submit(&old, floor(&[], 5)).unwrap();
    house.submit(&old, queues(&["sales"], 5)).unwrap();
    house.submit(&page, Command::WatchReception { department: None }).unwrap();
    let replaces = Some(old.attached.token);
    let sue = AgentId::new("sue").unwrap();
    let mut new = house.attach_agent(AgentAttach { replaces, ..AgentAttach::new(sue) });
    let replaces = Some(page.attached.token);
    let _page = house.attach(VisitorAttach { replaces, ..house.arrival("v") }).unwrap();
    let watching = house.engine.watching(house.tenant);
    assert_eq!((watching.floor_watchers, watching.receptions), (0, 0));
    let _ann = house.online("ann", 1);
    house.wait(1_000);
    assert_eq!(new.told(), []);
    house.whole();
}
