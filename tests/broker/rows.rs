//! Rows of `tests/rows.md` that the other stories don't show over the wire.

use frontdesk::broker::token::Role;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, CloseCause, Status};

use crate::house::House;
use crate::wire::{Lane, arrives};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_arrival_is_shown_with_all_that_its_gateway_knows() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    let known = v1::Arrival {
        page: arrives("v-1").arrival.and_then(|arrival| arrival.page),
        referrer: "https://search.example/?q=oak".into(),
        search_engine: "search.example".into(),
        keyword: "oak bed".into(),
        address: "192.0.2.7".into(),
        region: "CN-44".into(),
        language: "zh-Hans".into(),
        device: "phone".into(),
        attributes: [("plan".to_owned(), "gold".to_owned())].into(),
    };
    let attach = v1::AttachVisitor { arrival: Some(known.clone()), ..arrives("v-1") };
    lane.attach_visitor(1, attach).await;
    lane.attach_agent(2, v1::AttachAgent { agent: "ann".into(), ..Default::default() }).await;
    let watch = Command::WatchVisitors(v1::WatchVisitors::default());
    assert_eq!(lane.ask(2, watch).await, Reply::Watching(v1::Watching {}));
    let row = lane
        .event(2, "the list", |event| match event {
            Event::VisitorsSnapshot(list) => list.rows.first().cloned(),
            _ => None,
        })
        .await;
    let shown = v1::Arrival {
        page: row.page,
        referrer: row.referrer,
        search_engine: row.search_engine,
        keyword: row.keyword,
        address: row.address,
        region: row.region,
        language: row.language,
        device: row.device,
        attributes: row.attributes,
    };
    assert_eq!(shown, known);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_again_is_shown_with_its_visits_and_its_session() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives("v-1")).await;
    let detach = v1::Detach { departure: v1::Departure::Leaving.into() };
    assert_eq!(lane.ask(1, Command::Detach(detach)).await, Reply::Done(v1::Done {}));
    let left_wall_ms = crate::house::wall_ms();
    lane.attach_visitor(2, arrives("v-1")).await;
    let session = lane.ask_for(2, "sales", None).await.session;
    lane.attach_agent(3, v1::AttachAgent { agent: "ann".into(), ..Default::default() }).await;
    let read = Command::ReadTrail(v1::ReadTrail { visitor: "v-1".into() });
    let Reply::Trail(trail) = lane.ask(3, read).await else { panic!("no trail") };
    let row = trail.visitor.unwrap();
    assert_eq!((row.visit, row.session), (2, session));
    assert_eq!((row.session_state, &*row.department), (v1::SessionState::Waiting.into(), "sales"));
    let since = left_wall_ms.saturating_sub(row.last_visit_wall_ms);
    assert!(row.last_visit_wall_ms.is_multiple_of(1_000) && since < 60_000, "{since} ms ago");
}

async fn status_changed(lane: &mut Lane, link: u32, wanted: Status, reason: &str) {
    lane.event(link, "a status", |event| match event {
        Event::StatusChanged(changed) => {
            (changed.status() == wanted && changed.reason == reason).then_some(())
        }
        _ => None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agents_status_is_told_to_each_of_its_devices() {
    let house = House::open();
    let (at_desk, phone) = (
        house.client("acme", Role::Agent, "ann").await,
        house.client("acme", Role::Agent, "ann").await,
    );
    let (mut at_desk, mut on_phone) = (at_desk.lane().await, phone.lane().await);
    at_desk.work(1, "", "sales", 2).await;
    let attached = on_phone.attach_agent(1, v1::AttachAgent::default()).await;
    assert_eq!(attached.status(), Status::Online, "a second device flips nothing");

    for (status, reason) in [(Status::Busy, "a call"), (Status::Away, "lunch")] {
        let set =
            v1::SetStatus { status: status.into(), reason: reason.into(), ..Default::default() };
        assert_eq!(on_phone.ask(1, Command::SetStatus(set)).await, Reply::Done(v1::Done {}));
        status_changed(&mut at_desk, 1, status, reason).await;
    }
    let detach = v1::Detach { departure: v1::Departure::Leaving.into() };
    assert_eq!(on_phone.ask(1, Command::Detach(detach)).await, Reply::Done(v1::Done {}));
    assert_eq!(house.counts("acme").agents_away, 1, "one of two devices ends nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_ends_its_session_while_it_waits() {
    let house = House::open();
    let visitor = house.client("acme", Role::Visitor, "v-1").await;
    let mut lane = visitor.lane().await;
    lane.attach_visitor(1, arrives("")).await;
    let session = lane.ask_for(1, "sales", None).await.session;
    let close = Command::Close(v1::Close { session });
    assert_eq!(lane.ask(1, close).await, Reply::Done(v1::Done {}));
    let closed = lane
        .event(1, "the end", |event| match event {
            Event::SessionClosed(closed) => Some(closed.clone()),
            _ => None,
        })
        .await;
    assert_eq!((closed.cause(), closed.last_seq, closed.valid), (CloseCause::Visitor, 0, false));
    assert_eq!(house.counts("acme").waiting, 0);
}
