//! Departments, agents and who waits, as agents watch them over the wire. Rows A5, R3 and Q6.

use std::collections::BTreeMap;

use frontdesk::broker::token::{Role, mint};
use frontdesk::desk::id::DepartmentId;
use frontdesk::desk::policy::Draft;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Code, Status};

use crate::house::{House, assert_refused};
use crate::wire::{Lane, arrives};

const WATCHING: Reply = Reply::Watching(v1::Watching {});

fn names(departments: &[&str]) -> Vec<String> {
    departments.iter().map(|id| (*id).to_owned()).collect()
}

fn floor(departments: &[&str], agents: u32) -> Command {
    Command::WatchFloor(v1::WatchFloor { departments: names(departments), agents })
}

fn queues(departments: &[&str], rows: u32) -> Command {
    Command::WatchQueues(v1::WatchQueues { departments: names(departments), rows })
}

/// A floor as a client knows it that follows the page.
#[derive(Default)]
struct Known {
    departments: BTreeMap<String, v1::DepartmentRow>,
    agents: BTreeMap<String, v1::AgentRow>,
    totals: v1::FloorTotals,
}

impl Known {
    fn take_in(&mut self, event: &Event) -> bool {
        let (departments, agents, totals) = match event {
            Event::FloorSnapshot(list) => {
                *self = Self::default();
                (&list.departments, &list.agents, list.totals)
            }
            Event::FloorChanged(list) => {
                self.departments.retain(|id, _| !list.departments_gone.contains(id));
                self.agents.retain(|id, _| !list.agents_gone.contains(id));
                (&list.departments, &list.agents, list.totals)
            }
            _ => return false,
        };
        let departments = departments.iter().map(|row| (row.department.clone(), row.clone()));
        self.departments.extend(departments);
        self.agents.extend(agents.iter().map(|row| (row.agent.clone(), row.clone())));
        self.totals = totals.unwrap_or(self.totals);
        true
    }

    /// Takes in what comes until it is as wanted.
    async fn becomes(&mut self, lane: &mut Lane, link: u32, wanted: impl Fn(&Self) -> bool) {
        while !wanted(self) {
            let next = |event: &Event| {
                let is_floors = matches!(event, Event::FloorSnapshot(_) | Event::FloorChanged(_));
                is_floors.then(|| event.clone())
            };
            let event = lane.event(link, "news of the floor", next).await;
            assert!(self.take_in(&event));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tree_of_departments_and_agents_and_a_wallboard_follow_what_happens() {
    let house = House::open();
    let (ann, sue) = (
        house.client("acme", Role::Agent, "ann").await,
        house.client("acme", Role::Supervisor, "sue").await,
    );
    let gateway = house.gateway().await;
    let (mut ann, mut sue, mut shop) = (ann.lane().await, sue.lane().await, gateway.lane().await);
    sue.attach_agent(1, v1::AttachAgent::default()).await;
    assert_eq!(sue.ask(1, floor(&[], 50)).await, WATCHING);
    let mut known = Known::default();
    known.becomes(&mut sue, 1, |known| known.departments.len() == 2).await;
    let places: Vec<_> =
        known.departments.values().map(|row| (row.place, row.name.as_str())).collect();
    assert_eq!(places, [(1, "sales"), (2, "support")]);
    assert!(known.agents.is_empty(), "sue receives for nobody");

    ann.work(1, "", "sales", 1).await;
    for (link, id) in [(1, "u"), (2, "v"), (3, "w")] {
        shop.attach_visitor(link, arrives(id)).await;
        shop.ask_for(link, "sales", None).await;
    }
    known.becomes(&mut sue, 1, |known| known.departments["sales"].waiting == 2).await;
    let sales = &known.departments["sales"];
    assert_eq!((sales.sessions, sales.agents_online, sales.free, sales.begun), (1, 1, 0, 3));
    assert!(sales.waiting_since_wall_ms > 1_700_000_000_000);
    let row = &known.agents["ann"];
    assert_eq!((row.status(), row.sessions, row.capacity, row.load), (Status::Online, 1, 1, 100));
    assert_eq!(
        (row.departments.as_slice(), row.attached, row.bot),
        (&names(&["sales"])[..], true, false)
    );
    let totals = known.totals;
    assert_eq!((totals.visitors_here, totals.waiting, totals.sessions), (3, 2, 1));
    assert_eq!((totals.agents_online, totals.begun, totals.ended), (1, 3, 0));

    let away =
        v1::SetStatus {
            status: Status::Away.into(), reason: "午休".into(), ..Default::default()
        };
    ann.ask(1, Command::SetStatus(away)).await;
    shop.ask(3, Command::Detach(v1::Detach { departure: v1::Departure::Leaving.into() })).await;
    known
        .becomes(&mut sue, 1, |known| known.totals.ended == 1 && known.totals.agents_away == 1)
        .await;
    assert_eq!(
        (known.agents["ann"].status(), &*known.agents["ann"].reason),
        (Status::Away, "午休")
    );
    assert_eq!((known.departments["sales"].agents_away, known.totals.visitors_here), (1, 2));
    ann.ask(1, Command::SignOff(v1::SignOff::default())).await;
    known.becomes(&mut sue, 1, |known| known.agents.is_empty()).await;
    assert_eq!(
        sue.ask(1, Command::UnwatchFloor(v1::UnwatchFloor {})).await,
        Reply::Done(v1::Done {})
    );
    house.counts("acme");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queues_are_followed_from_their_heads() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    for (link, id) in [(1, "u"), (2, "v"), (3, "w")] {
        lane.attach_visitor(link, arrives(id)).await;
        lane.ask_for(link, "sales", None).await;
    }
    lane.attach_agent(9, v1::AttachAgent { agent: "ann".into(), ..Default::default() }).await;
    assert_eq!(lane.ask(9, queues(&["support", "sales"], 2)).await, WATCHING);
    let mut rows = lane
        .event(9, "who waits", |event| match event {
            Event::QueuesSnapshot(list) => Some(list.rows.clone()),
            _ => None,
        })
        .await;
    let shown = |rows: &[v1::QueuedRow]| {
        let mut rows: Vec<_> =
            rows.iter().map(|row| (row.rank.clone(), row.visitor.clone())).collect();
        rows.sort();
        rows.into_iter().map(|(_, visitor)| visitor).collect::<Vec<_>>()
    };
    assert_eq!(shown(&rows), ["u", "v"]);
    assert!(rows.iter().all(|row| row.department == "sales" && row.rank.len() == 16));
    let head = rows.iter().find(|row| row.visitor == "u").unwrap().session.clone();
    lane.ask(1, Command::Close(v1::Close { session: head.clone() })).await;
    let changed = lane
        .event(9, "who moved up", |event| match event {
            Event::QueuesChanged(list) => Some(list.clone()),
            _ => None,
        })
        .await;
    assert_eq!((changed.gone.as_slice(), changed.rows.len()), (&[head][..], 1));
    rows.retain(|row| !changed.gone.contains(&row.session));
    rows.extend(changed.rows);
    assert_eq!(shown(&rows), ["v", "w"]);
    assert_eq!(
        lane.ask(9, Command::UnwatchQueues(v1::UnwatchQueues {})).await,
        Reply::Done(v1::Done {})
    );
    house.counts("acme");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_for_some_departments_shows_no_others_and_a_new_policy_shows_its_own() {
    let house = House::open();
    let mut grant = house.grant("acme", Role::Supervisor, "sam");
    let reached = ["support", "billing"].map(|id| DepartmentId::new(id).unwrap());
    grant.departments = Some(reached.clone().into());
    let token = mint(&house.key, &grant).unwrap();
    let sam = house.bare().await.hello(&token).await.expect("a good token");
    let mut lane = sam.lane().await;
    lane.attach_agent(1, v1::AttachAgent::default()).await;
    for refused in [floor(&["support", "sales"], 5), queues(&["sales"], 5)] {
        assert_refused(&lane.refused(1, refused).await, Code::NotPermitted, "department sales");
    }
    assert_eq!(lane.ask(1, floor(&[], 5)).await, WATCHING);
    let mut known = Known::default();
    known.becomes(&mut lane, 1, |known| !known.departments.is_empty()).await;
    assert_eq!(known.departments.keys().collect::<Vec<_>>(), ["support"]);
    assert_eq!(known.totals, v1::FloorTotals::default(), "the whole is for those who reach it");

    let engine = house.broker.engine();
    let tenant = engine.tenants()[0].1;
    let departments = ["sales", "billing"].map(|id| DepartmentId::new(id).unwrap());
    let mut draft = Draft::new(
        engine.policy(tenant).unwrap().sites.iter().map(|site| site.id.clone()).collect(),
        departments.into(),
    );
    draft.departments[1].name = "账单".into();
    engine.replace_policy(tenant, draft, None, house.broker.now()).unwrap();
    known.becomes(&mut lane, 1, |known| known.departments.contains_key("billing")).await;
    let rows: Vec<_> =
        known.departments.values().map(|row| (row.place, row.name.as_str())).collect();
    assert_eq!(rows, [(2, "账单")]);
    house.counts("acme");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn floors_and_queues_that_cannot_be_had_are_refused_by_their_field() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_agent(9, v1::AttachAgent { agent: "ann".into(), ..Default::default() }).await;
    let many = |count| vec!["sales"; count];
    for (command, code, subject) in [
        (floor(&["moon"], 0), Code::UnknownDepartment, "department"),
        (floor(&[""], 0), Code::MissingField, "departments"),
        (floor(&["a\nb"], 0), Code::BadValue, "departments"),
        (floor(&many(65), 0), Code::BadValue, "departments"),
        (floor(&[], 1_001), Code::BadValue, "agents"),
        (floor(&[], u32::MAX), Code::BadValue, "agents"),
        (queues(&[], 0), Code::MissingField, "departments"),
        (queues(&["moon"], 0), Code::UnknownDepartment, "department"),
        (queues(&many(17), 0), Code::BadValue, "departments"),
        (queues(&["sales"], 201), Code::BadValue, "rows"),
    ] {
        assert_refused(&lane.refused(9, command).await, code, subject);
    }
    lane.attach_visitor(1, arrives("v")).await;
    assert_refused(&lane.refused(1, floor(&[], 0)).await, Code::NotPermitted, "role agent");
    let long = "x".repeat(65);
    assert_refused(&lane.refused(9, queues(&[&long], 0)).await, Code::TooLong, "departments");
}
