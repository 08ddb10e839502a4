//! Who is there for a visitor, read and followed over the wire (row Q4).

use frontdesk::desk::id::StyleId;
use frontdesk::desk::policy::Style;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Code, Receiving};

use crate::house::{House, assert_refused};
use crate::wire::{Lane, arrives};

async fn read(lane: &mut Lane, department: &str) -> v1::Reception {
    let read = v1::ReadReception { department: department.into() };
    match lane.ask(1, Command::ReadReception(read)).await {
        Reply::Reception(reception) => reception,
        other => panic!("no reception: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_learns_whether_somebody_is_there() {
    let house = House::open_ruled(|draft| {
        let id = StyleId::new("plain").expect("an id");
        let mut style = Style::new(id, draft.departments[0].id.clone());
        style.words.nobody = "请留言".into();
        draft.styles = vec![style];
    });
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives("v-1")).await;
    let nobody = read(&mut lane, "").await;
    assert_eq!((nobody.receiving(), nobody.department.as_str()), (Receiving::Nobody, "sales"));
    assert_eq!(nobody.words, "请留言");
    lane.work(2, "ann", "sales", 1).await;
    let free = read(&mut lane, "").await;
    assert_eq!((free.receiving(), free.rows[0].receiving()), (Receiving::Free, Receiving::Free));
    assert_eq!((free.rows[0].name.as_str(), free.policy_version), ("sales", 1));
    lane.ask_for(1, "sales", None).await;
    assert_eq!(read(&mut lane, "sales").await.receiving(), Receiving::Waiting);
    let moon = v1::ReadReception { department: "moon".into() };
    let refused = lane.refused(1, Command::ReadReception(moon)).await;
    assert_eq!(refused.code(), Code::UnknownDepartment);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_follows_is_told_without_asking_again() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives("v-1")).await;
    let watch = |department: &str| {
        Command::WatchReception(v1::WatchReception { department: department.into() })
    };
    let Reply::Reception(now) = lane.ask(1, watch("")).await else { panic!("no reception") };
    assert_eq!((now.receiving(), now.rows.len()), (Receiving::Nobody, 1));
    lane.work(2, "ann", "sales", 1).await;
    let icon = |event: &Event| match event {
        Event::ReceptionChanged(changed) => Some(changed.receiving()),
        _ => None,
    };
    assert_eq!(lane.event(1, "somebody", icon).await, Receiving::Waiting);
    lane.ask(2, Command::SignOff(v1::SignOff::default())).await;
    assert_eq!(lane.event(1, "nobody", icon).await, Receiving::Nobody);
    let moon = lane.refused(1, watch("moon")).await;
    assert_refused(&moon, Code::UnknownDepartment, "department");
    let by_agent = lane.refused(2, watch("")).await;
    assert_refused(&by_agent, Code::NotPermitted, "role visitor");
    let unwatch = Command::UnwatchReception(v1::UnwatchReception {});
    assert_eq!(lane.ask(1, unwatch).await, Reply::Done(v1::Done {}));
    house.counts("acme");
}
