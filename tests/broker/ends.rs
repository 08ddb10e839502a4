//! However a link, a lane or a connection ends, nothing of it is left: no link in the engine's directory, no task, no place.

use std::time::Duration;

use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::Reply;
use frontdesk::proto::v1::{self, Code};
use quinn::VarInt;

use crate::house::House;
use crate::wire::{arrives, soon};

fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

/// Waits until nothing is left of anybody.
async fn all_gone(house: &House, how: &str, tasks_before: usize) {
    let gone = async {
        while house.broker.engine().directory().links() > 0
            || house.broker.connections() > 0
            || tasks() > tasks_before
        {
            tokio::task::yield_now().await;
        }
    };
    let links = || house.broker.engine().directory().links();
    if tokio::time::timeout(crate::wire::PATIENCE, gone).await.is_err() {
        panic!("{how}: {} links, {} tasks before {tasks_before}", links(), tasks());
    }
    house.counts("acme");
    house.counts("globex");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_links_however_they_end() {
    let house = House::open();
    let before = tasks();
    for (n, how) in [
        "it closes",
        "its lane ends",
        "its lane is reset",
        "its lane is stopped",
        "its control stream ends",
        "its bytes are bad",
        "it detaches",
        "its link is replaced",
    ]
    .into_iter()
    .enumerate()
    {
        let gateway = house.gateway().await;
        let mut lane = gateway.lane().await;
        let mut other = gateway.lane().await;
        let mut token = bytes::Bytes::new();
        for link in 1..=20 {
            token = lane.attach_visitor(link, arrives(&format!("v-{link}"))).await.link_token;
            lane.ask_for(link, "sales", Some("hi")).await;
        }
        lane.work(21, &format!("agent-{n}"), "sales", 10).await;
        lane.tell(21, Command::WatchVisitors(v1::WatchVisitors::default())).await;
        other.attach_agent(1, v1::AttachAgent { agent: "bob".into(), ..Default::default() }).await;
        assert_eq!(house.broker.engine().directory().links(), 22);
        let mut gateway = gateway;
        match how {
            "its lane ends" => lane.stream.send.finish().unwrap(),
            "its lane is reset" => lane.stream.send.reset(VarInt::from_u32(0)).unwrap(),
            "its lane is stopped" => lane.stream.recv.stop(VarInt::from_u32(0)).unwrap(),
            "its control stream ends" => gateway.control.send.finish().unwrap(),
            "its bytes are bad" => lane.stream.send_bytes(&[0xff; 10]).await,
            "it detaches" => {
                for link in 1..=21 {
                    let detach = Command::Detach(v1::Detach::default());
                    assert_eq!(lane.ask(link, detach).await, Reply::Done(v1::Done {}));
                }
            }
            "its link is replaced" => {
                let again = v1::AttachVisitor { replaces: token, ..arrives("v-20") };
                other.attach_visitor(2, again).await;
                assert_eq!(lane.link_ended(20).await, Code::Replaced);
                assert_eq!(house.broker.engine().directory().links(), 22);
            }
            _ => {}
        }
        if how.starts_with("its lane") || how == "it detaches" {
            if how == "its lane is stopped" {
                // It is found out when there is something to tell.
                lane.tell(1, Command::Unwatch(v1::Unwatch {})).await;
            }
            let one = async {
                while house.broker.engine().directory().links() != 1 {
                    tokio::task::yield_now().await;
                }
            };
            soon("the other lane's link alone to be left", one).await;
        }
        gateway.close();
        drop((lane, other));
        all_gone(&house, how, before).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_a_broker_that_was_drained() {
    let house = House::open_with(|config| config.drain_time = Duration::from_millis(100));
    let before = tasks();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.work(1, "ann", "sales", 3).await;
    for link in 2..=40 {
        lane.attach_visitor(link, arrives(&format!("v-{link}"))).await;
    }
    soon("the drain", house.broker.drain()).await;
    drop((lane, gateway));
    // The endpoint's own task goes with the drain.
    all_gone(&house, "drained", before).await;
}
