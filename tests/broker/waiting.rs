//! Rows A3, A7, Q5, Q7, Q8, Q9 and Q10 over the wire: what becomes of one that waits, and of one that nobody answers.
//!
//! Where time decides, the policy's times are the shortest that it may have, and nothing is said of how long anything took.

use bytes::Bytes;
use frontdesk::desk::id::SkillId;
use frontdesk::desk::policy::Draft;
use frontdesk::desk::policy::department::{OfferMode, Overflow, Ring, Tier};
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Code, OfferOutcome, Status};

use crate::house::{House, assert_refused};
use crate::wire::{Lane, arrives};

const DONE: Reply = Reply::Done(v1::Done {});

fn close(session: &Bytes) -> Command {
    Command::Close(v1::Close { session: session.clone() })
}

/// The place that a visitor is told next, and the estimate with it.
async fn place(lane: &mut Lane, link: u32) -> (u32, Option<v1::Estimate>) {
    lane.event(link, "its place", |event| match event {
        Event::QueuePosition(told) => Some((told.position, told.estimate)),
        _ => None,
    })
    .await
}

/// Why an agent was set away on account of its offers.
async fn away_for(lane: &mut Lane, link: u32) -> String {
    lane.event(link, "that it is away", |event| match event {
        Event::StatusChanged(told) => {
            let is_meant = told.status() == Status::Away && told.reason.ends_with("offers");
            is_meant.then(|| told.reason.clone())
        }
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_is_unknown_until_enough_have_ended_and_told_by_its_median_and_ninth_decile() {
    const MINUTE_MS: u64 = 60_000;
    // Each session takes its slot for the minute that its agent has for notes, and hardly longer.
    let house = House::open_ruled(|draft| draft.departments[0].wrap_up_ms = MINUTE_MS);
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    desk.work(1, "ann", "sales", 1).await;
    for link in [1, 2] {
        shop.attach_visitor(link, arrives(&format!("v-{link}"))).await;
    }
    for round in 0..=5 {
        let session = shop.ask_for(1, "sales", None).await.session;
        assert_eq!(desk.opened(1).await.session, session);
        let waiting = shop.ask_for(2, "sales", None).await.session;
        let (position, estimate) = place(&mut shop, 2).await;
        assert_eq!(position, 1);
        match estimate {
            None => assert!(round < 5, "it is known by now"),
            Some(v1::Estimate { p50_ms, p90_ms }) => {
                assert_eq!(round, 5, "it can't be known yet");
                assert!(0 < p50_ms && p50_ms < MINUTE_MS && MINUTE_MS < p90_ms, "{estimate:?}");
            }
        }
        assert_eq!(shop.ask(2, close(&waiting)).await, DONE);
        assert_eq!(desk.ask(1, close(&session)).await, DONE);
        desk.ask(1, Command::FinishNotes(v1::FinishNotes::default())).await;
    }
    house.counts("acme");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_that_nobody_answers_times_out_and_sets_its_agent_away() {
    let house = House::open_ruled(|draft| {
        let offers = &mut draft.departments[0].offers;
        offers.mode = OfferMode::Asked { timeout_ms: 1_000, at_once: 1 };
        (offers.missed_max, offers.declined_max) = (1, 1);
    });
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    for (link, agent) in [(1, "ann"), (2, "bob")] {
        desk.work(link, agent, "sales", 1).await;
    }
    shop.attach_visitor(1, arrives("v-1")).await;
    let session = shop.ask_for(1, "sales", None).await.session;
    let made = |event: &Event| match event {
        Event::OfferMade(made) => Some(made.offer.clone()),
        _ => None,
    };
    let ended = |event: &Event| match event {
        Event::OfferEnded(ended) => Some((ended.offer.clone(), ended.outcome())),
        _ => None,
    };
    let first = desk.event(1, "an offer", made).await;
    let late = (first.clone(), OfferOutcome::TimedOut);
    assert_eq!(desk.event(1, "its end", ended).await, late);
    assert_eq!(away_for(&mut desk, 1).await, "missed offers");
    let accept = Command::AcceptOffer(v1::AcceptOffer { offer: first });
    assert_refused(&desk.refused(1, accept).await, Code::OfferEnded, "offer");

    let next = desk.event(2, "the next one's offer", made).await;
    let decline = Command::DeclineOffer(v1::DeclineOffer { offer: next });
    // Declined, unless that one's time was over just as soon: told apart by the cause.
    match desk.ask(2, decline).await {
        DONE => assert_eq!(away_for(&mut desk, 2).await, "declined offers"),
        Reply::Refused(refused) => {
            assert_refused(&refused, Code::OfferEnded, "offer");
            assert_eq!(away_for(&mut desk, 2).await, "missed offers");
        }
        other => panic!("neither declined nor too late: {other:?}"),
    }
    assert_eq!(shop.read_session(1, &session).await.position, 1, "it waits in its place");
    let counts = house.counts("acme");
    assert_eq!((counts.waiting, counts.offered, counts.agents_away), (1, 0, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_its_visitor_lets_lie_makes_room_and_waits_for_its_agent_afterwards() {
    let house = House::open_ruled(|draft| draft.departments[0].dormant_after_ms = 1);
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    desk.work(1, "ann", "sales", 1).await;
    for link in [1, 2] {
        shop.attach_visitor(link, arrives(&format!("v-{link}"))).await;
    }
    let first = shop.ask_for(1, "sales", None).await.session;
    assert_eq!(desk.opened(1).await.session, first);
    let second = shop.ask_for(2, "sales", None).await.session;
    assert_eq!(place(&mut shop, 2).await.0, 1, "ann is full");
    desk.say(1, &first, "which size?").await;
    assert_eq!(desk.opened(1).await.session, second, "the first one lies, and its slot is free");
    assert_eq!(house.counts("acme").sessions, 2);

    shop.say(1, &first, "king size").await;
    let left = |event: &Event| matches!(event, Event::ParticipantLeft(_)).then_some(());
    shop.event(1, "that ann has no room any more", left).await;
    assert_eq!(shop.read_session(1, &first).await.position, 1);
    assert_eq!(house.counts("acme").sessions, 1);
    desk.work(2, "bob", "sales", 1).await;
    assert_eq!(house.counts("acme").waiting, 1, "bob has room, and isn't meant");
    assert_eq!(desk.ask(1, close(&second)).await, DONE);
    assert_eq!(desk.opened(1).await.session, first);
    assert_eq!(house.counts("acme").sessions, 1);
}

/// A visitor who waits because nobody receives it yet, until time lets somebody.
async fn is_received_later(what: &str, rule: impl FnOnce(&mut Draft), ask: v1::Ask) {
    let house = House::open_ruled(rule);
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    for (link, agent, department, tier) in [(1, "ann", "sales", 2), (2, "bob", "support", 1)] {
        desk.attach_agent(link, v1::AttachAgent { agent: agent.into(), ..Default::default() })
            .await;
        let post = v1::Post { department: department.into(), tier, ..Default::default() };
        let sign_on = v1::SignOn { posts: vec![post], capacity: 1, ..Default::default() };
        desk.ask(link, Command::SignOn(sign_on)).await;
        let online = v1::SetStatus { status: Status::Online.into(), ..Default::default() };
        assert_eq!(desk.ask(link, Command::SetStatus(online)).await, DONE);
    }
    shop.attach_visitor(1, arrives("v-1")).await;
    let Reply::Asked(asked) = shop.ask(1, Command::Ask(ask)).await else { panic!("not asked") };
    assert_eq!(place(&mut shop, 1).await.0, 1, "{what}: it waits at first");
    let agent = desk.opened_by(&asked.session).await;
    assert_eq!(agent, if what == "overflow" { 2 } else { 1 }, "{what}");
    let counts = house.counts("acme");
    assert_eq!((counts.waiting, counts.sessions), (0, 1), "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tiers_rings_and_overflows_open_while_one_waits() {
    const AFTER_MS: u64 = 500;
    let sales = || v1::Ask { department: "sales".into(), ..Default::default() };
    let tier = |draft: &mut Draft| {
        draft.departments[0].tiers = vec![Tier { tier: 2, after_ms: AFTER_MS }];
    };
    is_received_later("tier", tier, sales()).await;
    let ring = |draft: &mut Draft| {
        let french = SkillId::new("french").unwrap();
        draft.skills = vec![french.clone()];
        draft.departments[0].rings = vec![Ring { after_ms: AFTER_MS, waives: vec![french] }];
    };
    let skilled = v1::Ask { skills: vec!["french".into()], ..sales() };
    is_received_later("ring", ring, skilled).await;
    let overflow = |draft: &mut Draft| {
        let to = draft.departments[1].id.clone();
        // Ann's tier doesn't open in time.
        draft.departments[0].tiers = vec![Tier { tier: 2, after_ms: 3_600_000 }];
        draft.departments[0].overflow = vec![Overflow { after_ms: AFTER_MS, to }];
    };
    is_received_later("overflow", overflow, sales()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_takes_newcomers_again_when_enough_have_left() {
    let house = House::open_ruled(|draft| {
        draft.departments[0].waiting_max = 2;
        draft.departments[0].reopen_at = Some(0);
    });
    let gateway = house.gateway().await;
    let mut shop = gateway.lane().await;
    for link in 1..=3 {
        shop.attach_visitor(link, arrives(&format!("v-{link}"))).await;
    }
    let first = shop.ask_for(1, "sales", None).await.session;
    let second = shop.ask_for(2, "sales", None).await.session;
    let ask = || Command::Ask(v1::Ask { department: "sales".into(), ..Default::default() });
    assert_eq!(shop.refused(3, ask()).await.code(), Code::QueueFull);
    assert_eq!(shop.ask(1, close(&first)).await, DONE);
    assert_eq!(shop.refused(3, ask()).await.code(), Code::QueueFull, "one of two is too many");
    assert_eq!(shop.ask(2, close(&second)).await, DONE);
    let third = shop.ask_for(3, "sales", None).await.session;
    assert_eq!(shop.read_session(3, &third).await.position, 1);
    assert_eq!(house.counts("acme").waiting, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_in_the_queue_survives_the_loss_of_the_connection() {
    use frontdesk::broker::token::Role;

    let house = House::open();
    let gateway = house.gateway().await;
    let mut shop = gateway.lane().await;
    let phone = house.client("acme", Role::Visitor, "v-1").await;
    let mut lane = phone.lane().await;
    let attached = lane.attach_visitor(1, arrives("")).await;
    let session = lane.ask_for(1, "sales", Some("anybody there?")).await.session;
    shop.attach_visitor(2, arrives("v-2")).await;
    let later = shop.ask_for(2, "sales", None).await.session;
    assert_eq!(place(&mut shop, 2).await.0, 2);
    phone.close();
    house.counts_become("the visitor to be away", |counts| counts.visitors_away == 1).await;
    assert_eq!(house.counts("acme").waiting, 2);
    shop.attach_visitor(3, arrives("v-3")).await;
    shop.ask_for(3, "sales", None).await;

    let phone = house.client("acme", Role::Visitor, "v-1").await;
    let mut lane = phone.lane().await;
    let resume = v1::Resume { session: session.clone(), epoch: attached.epoch, seq: 0 };
    lane.attach_visitor(1, v1::AttachVisitor { resume: Some(resume), ..arrives("") }).await;
    let view = lane.opened(1).await;
    assert_eq!((view.session, view.position), (session.clone(), 1), "before those who came later");
    let mut desk = gateway.lane().await;
    desk.work(1, "ann", "sales", 1).await;
    assert_eq!(desk.opened(1).await.session, session);
    assert_eq!(shop.read_session(2, &later).await.state(), v1::SessionState::Waiting);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_knew_an_agent_that_cannot_be_had_waits_for_nobody() {
    let house = House::open_ruled(|draft| draft.departments[0].sticky_ms = 3_600_000);
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    desk.work(1, "ann", "sales", 1).await;
    shop.attach_visitor(1, arrives("v-1")).await;
    let first = shop.ask_for(1, "sales", None).await.session;
    assert_eq!(desk.opened(1).await.session, first);
    assert_eq!(shop.ask(1, close(&first)).await, DONE);
    let away = v1::SetStatus { status: Status::Away.into(), ..Default::default() };
    assert_eq!(desk.ask(1, Command::SetStatus(away)).await, DONE);
    desk.work(2, "bob", "sales", 1).await;
    let again = shop.ask_for(1, "sales", None).await.session;
    assert_eq!(desk.opened(2).await.session, again, "ann is away");
    assert_eq!(shop.ask(1, close(&again)).await, DONE);
    let moon = v1::Ask { department: "moon".into(), ..Default::default() };
    assert_refused(
        &shop.refused(1, Command::Ask(moon)).await,
        Code::UnknownDepartment,
        "department",
    );
}
