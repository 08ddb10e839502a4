//! The broker goes in good order.

use frontdesk::broker::token::Role;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::control_event::Event as ControlEvent;
use frontdesk::proto::v1::{self, Code};

use crate::house::{House, assert_refused};
use crate::wire::{arrives, soon};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_tells_everyone_takes_nothing_new_and_serves_what_is_there() {
    let house = House::open();
    let mut gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives("v-1")).await;
    let session = lane.ask_for(1, "sales", Some("hi")).await.session;

    let drain = house.broker.drain();
    let story = async {
        let ControlEvent::GoAway(go_away) = gateway.control.control_event().await else {
            panic!("no notice")
        };
        assert_eq!(go_away.code(), Code::Draining);
        assert!(go_away.retry_after_ms > 0 && go_away.remaining_ms > 0, "{go_away:?}");
        let new = Command::AttachVisitor(Box::new(arrives("v-2")));
        let refused = lane.refused(2, new).await;
        assert_refused(&refused, Code::Draining, "links");
        assert!(refused.retry_after_ms > 0);
        let Err((go_away, closed)) =
            house.bare().await.hello(&house.token("acme", Role::Gateway, "gw-2")).await
        else {
            panic!("let in while draining")
        };
        assert_eq!((go_away.code(), closed.code), (Code::Draining, Code::Draining));
        assert!(go_away.retry_after_ms > 0);
        assert_eq!(lane.say(1, &session, "still served").await.seq, 2);
        assert!(!house.broker.is_ready());
        // When all have gone, the drain is over, long before its time.
        gateway.close();
    };
    soon("the drain", futures_join(drain, story)).await;
    assert_eq!(house.broker.connections(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stays_is_closed_at_the_end_of_the_drain() {
    let house =
        House::open_with(|config| config.drain_time = std::time::Duration::from_millis(200));
    let mut gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives("v-1")).await;
    let stays = async {
        let mut last = v1::GoAway::default();
        while let Some(frame) = gateway.control.next().await {
            let event = <v1::ControlEvent as prost::Message>::decode(frame).unwrap().event;
            let Some(ControlEvent::GoAway(go_away)) = event else { panic!("{event:?}") };
            last = go_away;
        }
        assert_eq!((last.code(), last.remaining_ms), (Code::Draining, 0));
        assert_eq!(gateway.bare.closed().await.code, Code::Draining);
    };
    soon("the drain", futures_join(house.broker.drain(), stays)).await;
    assert_eq!(house.broker.connections(), 0);
    house.broker.drain().await;
}

async fn futures_join(a: impl Future<Output = ()>, b: impl Future<Output = ()>) {
    tokio::join!(a, b);
}
