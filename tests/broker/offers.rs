//! Row Q7 over the wire: agents are asked before they get a session.

use bytes::Bytes;
use frontdesk::desk::policy::department::OfferMode;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Code, OfferOutcome};

use crate::house::{House, assert_refused};
use crate::wire::{Lane, arrives};

/// A broker whose sales agents are asked, so many at once. No test waits for the end of an offer's time.
fn asks(at_once: u8) -> House {
    House::open_ruled(|draft| {
        let mode = OfferMode::Asked { timeout_ms: 900_000, at_once };
        draft.departments[0].offers.mode = mode;
        draft.departments[0].offers.back_off_ms = 900_000;
    })
}

fn accept(offer: &Bytes) -> Command {
    Command::AcceptOffer(v1::AcceptOffer { offer: offer.clone() })
}

fn decline(offer: &Bytes) -> Command {
    Command::DeclineOffer(v1::DeclineOffer { offer: offer.clone() })
}

async fn offered(lane: &mut Lane, link: u32) -> v1::OfferMade {
    lane.event(link, "OfferMade", |event| match event {
        Event::OfferMade(made) => Some(made.clone()),
        _ => None,
    })
    .await
}

async fn ended(lane: &mut Lane, link: u32, offer: &Bytes) -> OfferOutcome {
    lane.event(link, "OfferEnded", |event| match event {
        Event::OfferEnded(ended) => (ended.offer == *offer).then(|| ended.outcome()),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_are_asked_one_has_the_session_and_the_other_is_told() {
    let house = asks(2);
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    desk.work(1, "ann", "sales", 1).await;
    desk.work(2, "bob", "sales", 1).await;
    shop.attach_visitor(1, arrives("v-1")).await;
    let session = shop.ask_for(1, "sales", Some("hi")).await.session;
    let made = offered(&mut desk, 1).await;
    assert_eq!(
        (&made.session, made.visitor.as_str(), made.department.as_str()),
        (&session, "v-1", "sales")
    );
    assert!(made.until_wall_ms >= made.asked_wall_ms + 900_000);
    assert_eq!(offered(&mut desk, 2).await, made, "one offer, made to both");
    assert_eq!(house.counts("acme").offered, 1);

    let got = Reply::Got(v1::Got { session: session.clone() });
    assert_eq!(desk.ask(2, accept(&made.offer)).await, got);
    assert_eq!(desk.ask(2, accept(&made.offer)).await, got, "again, it is told the same");
    assert_eq!(ended(&mut desk, 2, &made.offer).await, OfferOutcome::Accepted);
    assert_eq!(desk.opened(2).await.session, session);
    assert_eq!(ended(&mut desk, 1, &made.offer).await, OfferOutcome::LostRace);
    assert_refused(&desk.refused(1, accept(&made.offer)).await, Code::OfferEnded, "offer");
    assert_eq!(desk.messages(2, 1).await, [(1, "hi".into())]);
    let counts = house.counts("acme");
    assert_eq!((counts.waiting, counts.offered, counts.sessions), (0, 0, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declined_offer_goes_to_the_next_and_is_shown_to_each_of_its_devices() {
    let house = asks(1);
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    desk.work(1, "ann", "sales", 1).await;
    shop.attach_visitor(1, arrives("v-1")).await;
    let session = shop.ask_for(1, "sales", None).await.session;
    let made = offered(&mut desk, 1).await;
    desk.work(2, "bob", "sales", 1).await;
    desk.attach_agent(3, v1::AttachAgent { agent: "ann".into(), ..Default::default() }).await;
    let again = offered(&mut desk, 3).await;
    assert_eq!((&again.offer, &again.session), (&made.offer, &session), "while it stands");

    assert_eq!(desk.ask(3, decline(&made.offer)).await, Reply::Done(v1::Done {}));
    for link in [1, 3] {
        assert_eq!(ended(&mut desk, link, &made.offer).await, OfferOutcome::Declined);
    }
    let next = offered(&mut desk, 2).await;
    assert_eq!((&next.session, next.asked_wall_ms), (&session, made.asked_wall_ms));
    assert_ne!(next.offer, made.offer);
    // The visitor goes while bob thinks about it.
    let close = Command::Close(v1::Close { session: session.clone() });
    assert_eq!(shop.ask(1, close).await, Reply::Done(v1::Done {}));
    assert_eq!(ended(&mut desk, 2, &next.offer).await, OfferOutcome::VisitorGone);
    assert_eq!(house.counts("acme").offered, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offers_that_are_nobodys_or_no_offers_are_refused() {
    let house = asks(1);
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    desk.work(1, "ann", "sales", 1).await;
    shop.attach_visitor(1, arrives("v-1")).await;
    shop.ask_for(1, "sales", None).await;
    let made = offered(&mut desk, 1).await;
    desk.attach_agent(2, v1::AttachAgent { agent: "bob".into(), ..Default::default() }).await;
    for answer in [accept, decline] {
        assert_refused(&desk.refused(2, answer(&made.offer)).await, Code::NotFound, "offer");
        assert_refused(&desk.refused(1, answer(&Bytes::new())).await, Code::MissingField, "offer");
        let short = desk.refused(1, answer(&Bytes::from_static(b"short"))).await;
        assert_refused(&short, Code::BadValue, "offer");
        let visitors = shop.refused(1, answer(&made.offer)).await;
        assert_refused(&visitors, Code::NotPermitted, "role agent");
    }
    assert_eq!(house.counts("acme").offered, 1, "it stands");
}
