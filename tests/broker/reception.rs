//! Who is there for a visitor, over the wire (row Q4).

use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::Reply;
use frontdesk::proto::v1::{self, Code, Receiving};

use crate::house::House;
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
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives("v-1")).await;
    let nobody = read(&mut lane, "").await;
    assert_eq!((nobody.receiving(), nobody.department.as_str()), (Receiving::Nobody, "sales"));
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
