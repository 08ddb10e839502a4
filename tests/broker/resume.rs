//! Connections go and come back; nothing is lost and nothing comes twice.

use frontdesk::broker::token::Role;
use frontdesk::proto::v1::delivery::Event;
use frontdesk::proto::v1::{self, Code};

use crate::house::House;
use crate::wire::{Bare, arrives};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_link_takes_the_old_ones_place_and_gets_exactly_what_was_missed() {
    let house = House::open();
    let at_desk = house.gateway().await;
    let mut desk = at_desk.lane().await;
    desk.work(1, "ann", "sales", 3).await;
    let old = house.client("acme", Role::Visitor, "v-1").await;
    let mut old_lane = old.lane().await;
    let attached = old_lane.attach_visitor(1, arrives("")).await;
    let session = old_lane.ask_for(1, "sales", Some("hi")).await.session;
    desk.opened(1).await;
    desk.say(1, &session, "seen").await;
    assert_eq!(old_lane.messages(1, 1).await, [(2, "seen".into())]);
    // From here on the old connection reads nothing: its process hangs.
    for text in ["missed 1", "missed 2", "missed 3"] {
        desk.say(1, &session, text).await;
    }

    let new = house.client("acme", Role::Visitor, "v-1").await;
    let mut lane = new.lane().await;
    let resume = v1::Resume { session: session.clone(), epoch: attached.epoch.clone(), seq: 2 };
    let again =
        v1::AttachVisitor { replaces: attached.link_token, resume: Some(resume), ..arrives("") };
    let attached = lane.attach_visitor(7, again).await;
    assert_eq!(attached.session, session);
    assert_eq!(lane.opened(7).await.last_seq, 5);
    let resumed = lane.resumed(7).await;
    assert_eq!((resumed.from_seq, resumed.to_seq, resumed.complete), (3, 5, true));
    let missed: Vec<_> = lane.messages(7, 3).await.into_iter().map(|(seq, _)| seq).collect();
    assert_eq!(missed, [3, 4, 5]);
    desk.say(1, &session, "live").await;
    assert_eq!(lane.messages(7, 1).await, [(6, "live".into())]);
    assert!(!lane.rest(7).await.iter().any(|told| matches!(told.event, Some(Event::Message(_)))));

    assert_eq!(old_lane.link_ended(1).await, Code::Replaced);
    let counts = house.counts("acme");
    assert_eq!((counts.visitors_here, counts.visitors_away), (1, 0));
}

#[test]
fn a_visitor_whose_process_was_killed_is_away_and_comes_back() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let home =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let house = House::open_with(|config| {
            config.idle_timeout = std::time::Duration::from_secs(2);
            config.hello_timeout = std::time::Duration::from_secs(1);
        });
        let desk_client = house
            .bare_with(|transport| {
                transport.keep_alive_interval(Some(std::time::Duration::from_millis(500)));
            })
            .await;
        let desk_client =
            desk_client.hello(&house.token("acme", Role::Gateway, "gw")).await.unwrap();
        let mut desk = desk_client.lane().await;
        desk.work(1, "ann", "sales", 3).await;

        // The visitor lives in a runtime of its own, which is then torn down: no goodbye leaves its socket.
        let (address, token) =
            (house.broker.local_addr(), house.token("acme", Role::Visitor, "v-1"));
        let certificate = std::fs::read(&house.broker.identity().certificate_file).unwrap();
        let visit = home.spawn(async move {
            let client = Bare::connect(address, &certificate).await.hello(&token).await.unwrap();
            let mut lane = client.lane().await;
            let attached = lane.attach_visitor(1, arrives("")).await;
            let session = lane.ask_for(1, "sales", Some("hi")).await.session;
            (client, lane, attached, session)
        });
        let (client, lane, attached, session) = visit.await.unwrap();
        desk.opened(1).await;
        home.shutdown_background();
        drop((client, lane));
        house.counts_become("the visitor to be away", |counts| counts.visitors_away == 1).await;
        assert_eq!(house.counts("acme").visitors_here, 0);
        desk.say(1, &session, "are you there?").await;

        let back = house.client("acme", Role::Visitor, "v-1").await;
        let mut lane = back.lane().await;
        let resume = v1::Resume { session, epoch: attached.epoch, seq: 1 };
        // Its old link is long gone; that its token names nothing any more is no reason to refuse.
        let again = v1::AttachVisitor {
            replaces: attached.link_token,
            resume: Some(resume),
            ..arrives("")
        };
        lane.attach_visitor(1, again).await;
        assert_eq!(lane.messages(1, 1).await, [(2, "are you there?".into())]);
        let counts = house.counts("acme");
        assert_eq!((counts.visitors_here, counts.visitors_away, counts.sessions), (1, 0, 1));
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_links_of_a_lane_that_ends_are_detached() {
    let house = House::open();
    let gateway = house.gateway().await;
    let (mut going, mut staying) = (gateway.lane().await, gateway.lane().await);
    for link in 1..=100 {
        going.attach_visitor(link, arrives(&format!("a-{link}"))).await;
        staying.attach_visitor(link, arrives(&format!("b-{link}"))).await;
    }
    assert_eq!(house.counts("acme").visitors_here, 200);
    going.stream.send.finish().unwrap();
    house.counts_become("its visitors to be away", |counts| counts.visitors_away == 100).await;
    assert_eq!(house.counts("acme").visitors_here, 100);
    assert!(
        crate::wire::soon("the lane's end", going.next()).await.is_none(),
        "the broker ends its direction too"
    );
    staying.ask_for(100, "sales", Some("still here")).await;
    gateway.close();
    house.counts_become("all to be away", |counts| counts.visitors_away == 200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_goodbye_ends_the_visit_at_once() {
    use frontdesk::proto::v1::command::Command;
    use frontdesk::proto::v1::delivery::Reply;

    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives("v-1")).await;
    let leaving = Command::Detach(v1::Detach { departure: v1::Departure::Leaving.into() });
    assert_eq!(lane.ask(1, leaving).await, Reply::Done(v1::Done {}));
    let counts = house.counts("acme");
    assert_eq!((counts.visitors_here, counts.visitors_away), (0, 0));
    // The number is free again.
    lane.attach_visitor(1, arrives("v-1")).await;
}

#[test]
fn clients_of_a_broker_that_was_killed_learn_of_it_from_its_next_life() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let first_life =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let house = first_life.spawn(async { House::open() }).await.unwrap();
        let (address, folder) = (house.broker.local_addr(), house.keep_folder());
        let client = house.client("acme", Role::Visitor, "v-1").await;
        let mut lane = client.lane().await;
        lane.attach_visitor(1, arrives("")).await;
        // Its tasks stop where they are, and its socket is closed: no goodbye leaves it.
        let killed = std::thread::spawn(|| first_life.shutdown_timeout(crate::wire::PATIENCE));
        killed.join().unwrap();
        drop(house);

        let house = House::open_with(|config| {
            (config.listen, config.data_folder) = (address, folder.clone())
        });
        lane.stream.send_bytes(&[0]).await;
        let closed = crate::wire::soon("the reset", client.bare.connection.closed()).await;
        assert_eq!(closed, quinn::ConnectionError::Reset, "sooner than any timeout");
        house.client("acme", Role::Visitor, "v-1").await;
        drop(house);
        std::fs::remove_dir_all(folder).unwrap();
    });
}
