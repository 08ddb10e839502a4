//! What is longer than a frame may be: lists go on in further frames, trails fold, and credit holds all the same.

use std::collections::BTreeSet;

use frontdesk::broker::token::Role;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Code};

use crate::house::{House, assert_refused};
use crate::wire::{Credit, Lane, arrives};

const VISITORS: u32 = 60;

/// Attaches visitors of whom as much is known as may be: about 13 KiB each.
async fn crowd(lane: &mut Lane) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for link in 1..=VISITORS {
        let id = format!("v-{link}");
        let known = v1::Arrival {
            page: arrives("").arrival.and_then(|arrival| arrival.page),
            referrer: "r".repeat(2_048),
            attributes: (0..32).map(|n| (format!("{n:064}"), "a".repeat(256))).collect(),
            ..Default::default()
        };
        lane.attach_visitor(link, v1::AttachVisitor { arrival: Some(known), ..arrives(&id) }).await;
        ids.insert(id);
    }
    ids
}

/// The rows of a list, and whether it begins a window.
fn rows_of(delivery: &v1::Delivery) -> Option<(&[v1::VisitorRow], bool)> {
    match delivery.event.as_ref()? {
        Event::VisitorsSnapshot(list) => Some((&list.rows, true)),
        Event::VisitorsChanged(list) => Some((&list.rows, false)),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_longer_than_a_frame_comes_in_several_and_is_whole() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut home = gateway.lane().await;
    let expected = crowd(&mut home).await;
    let agent = house.client("acme", Role::Supervisor, "sue").await;
    let mut desk = agent.lane().await;
    desk.attach_agent(1, v1::AttachAgent::default()).await;
    desk.tell(1, Command::WatchVisitors(v1::WatchVisitors { rows: 200, ..Default::default() }))
        .await;
    let (mut window, mut frames) = (BTreeSet::new(), 0);
    while window != expected {
        // `next` holds each frame to the bound.
        let told = crate::wire::soon("the rest of the window", desk.next()).await.unwrap();
        if let Some((rows, begins)) = rows_of(&told) {
            assert_eq!(begins, frames == 0, "one snapshot, and it comes first");
            frames += 1;
            for row in rows {
                assert!(window.insert(row.visitor.clone()), "told twice: {}", row.visitor);
            }
        }
    }
    assert!(frames >= 6, "{frames} frames of at most 128 KiB for some 780 KiB");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_window_is_sent_no_faster_than_credit_is_given() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut home = gateway.lane().await;
    crowd(&mut home).await;
    let agent = house.client("acme", Role::Supervisor, "sue").await;
    let mut desk = agent.lane().await;
    desk.credit = Credit::WithheldFrom(1);
    desk.attach_agent(1, v1::AttachAgent::default()).await;
    desk.tell(1, Command::WatchVisitors(v1::WatchVisitors { rows: 200, ..Default::default() }))
        .await;
    desk.opened_window(1).await;
    let beyond = desk.rest(1).await;
    assert!(beyond.iter().all(|told| rows_of(told).is_none()), "the credit was used up before");

    // Who hasn't taken in one window gets no other.
    let again = Command::WatchVisitors(v1::WatchVisitors::default());
    assert_refused(&desk.refused(1, again).await, Code::Busy, "credit");

    // With credit the rest comes, each frame for what the one before it gave back; then all else that waited.
    let online = v1::SetStatus {
        status: v1::Status::Online.into(),
        reason: "hi".into(),
        ..Default::default()
    };
    let sign_on =
        v1::SignOn { departments: vec!["sales".into()], capacity: 1, ..Default::default() };
    assert!(matches!(desk.ask(1, Command::SignOn(sign_on)).await, Reply::SignedOn(_)));
    assert_eq!(desk.ask(1, Command::SetStatus(online)).await, Reply::Done(v1::Done {}));
    desk.give_back(1).await;
    desk.credit = Credit::Given;
    desk.event(1, "the status, which came after the window", |event| match event {
        Event::StatusChanged(changed) => (changed.reason == "hi").then_some(()),
        _ => None,
    })
    .await;
    let rows: usize =
        desk.rest(1).await.iter().filter_map(rows_of).map(|(rows, _)| rows.len()).sum();
    assert!(rows > 0 && rows < VISITORS as usize, "the first frame had some: {rows}");
    house.counts("acme");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trail_longer_than_a_frame_folds_its_oldest_pages() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    crowd(&mut lane).await;
    for n in 0..64 {
        let url = format!("https://shop.example/{n:02}/{}", "u".repeat(2_048 - 24));
        let page = Some(v1::Page { url, title: "t".repeat(256) });
        let done = lane.ask(1, Command::ViewPage(v1::ViewPage { page })).await;
        assert_eq!(done, Reply::Done(v1::Done {}));
    }
    lane.attach_agent(100, v1::AttachAgent { agent: "ann".into(), ..Default::default() }).await;
    let read = Command::ReadTrail(v1::ReadTrail { visitor: "v-1".into() });
    let Reply::Trail(trail) = lane.ask(100, read).await else { panic!("no trail") };
    assert_eq!(trail.visitor.as_ref().unwrap().pages, 65);
    assert_eq!(trail.folded as usize + trail.pages.len(), 65);
    assert!((40..60).contains(&trail.pages.len()), "{} pages", trail.pages.len());
    let last = trail.pages.last().and_then(|walked| walked.page.as_ref()).unwrap();
    assert!(last.url.starts_with("https://shop.example/63/"), "the page it is on stays");
}
