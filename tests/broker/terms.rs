//! Rows S1, S6, S7 and Q13 over the wire: what happens in a session by itself.
//!
//! Where time decides, the policy's times are short, and nothing is said of how long anything took.

use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::Event;
use frontdesk::proto::v1::{self, CloseCause, Code, MessageKind};

use crate::house::{House, assert_refused};
use crate::wire::{Lane, arrives};

/// What is said by itself next.
async fn automatic(lane: &mut Lane, link: u32) -> (u64, String) {
    lane.event(link, "automatic words", |event| match event {
        Event::Message(message) if message.kind() == MessageKind::System => {
            assert_eq!(message.from, 0);
            Some((message.seq, String::from_utf8_lossy(&message.body).into_owned()))
        }
        _ => None,
    })
    .await
}

async fn closed(lane: &mut Lane, link: u32) -> v1::SessionClosed {
    lane.event(link, "the end", |event| match event {
        Event::SessionClosed(closed) => Some(closed.clone()),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_who_says_nothing_is_warned_and_its_session_ends() {
    let house = House::open_ruled(|draft| {
        let terms = &mut draft.terms;
        (terms.idle_warning_ms, terms.idle_close_ms) = (300, 600);
        terms.words.all_busy = "All of us are busy.".into();
        terms.words.nobody_there = "We are asleep.".into();
        terms.words.greeting = "Welcome!".into();
        terms.words.idle_warning = "Are you there?".into();
    });
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    shop.attach_visitor(1, arrives("v-1")).await;
    let session = shop.ask_for(1, "sales", None).await.session;
    assert_eq!(automatic(&mut shop, 1).await, (1, "We are asleep.".into()));
    desk.work(1, "ann", "sales", 1).await;
    assert_eq!(automatic(&mut shop, 1).await, (2, "Welcome!".into()));
    desk.say(1, &session, "hi").await;
    assert_eq!(automatic(&mut shop, 1).await, (4, "Are you there?".into()));
    for lane in [&mut shop, &mut desk] {
        let closed = closed(lane, 1).await;
        let end = (closed.cause(), closed.last_seq, closed.valid);
        assert_eq!(end, (CloseCause::Idle, 4, false));
    }
    let view = shop.read_session(1, &session).await;
    let times =
        [view.asked_wall_ms, view.assigned_wall_ms, view.first_reply_wall_ms, view.ended_wall_ms];
    assert!(times.is_sorted() && times[0] > 0, "{times:?}");
    let late = v1::Say {
        session: session.clone(),
        client_message_id: vec![1; 16].into(),
        kind: MessageKind::Text.into(),
        body: "wait".into(),
        ..Default::default()
    };
    let refused = shop.refused(1, Command::Say(late.clone())).await;
    assert_refused(&refused, Code::SessionClosed, "session");
    house.counts("acme");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_due_is_told_to_its_agent_and_to_supervisors() {
    let house = House::open_ruled(|draft| {
        let service = &mut draft.terms.service;
        (service.first_reply_ms, service.reply_ms, service.warn_before_ms) = (10_200, 0, 10_000);
    });
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    desk.work(1, "ann", "sales", 1).await;
    let sue = v1::AttachAgent {
        agent: "sue".into(),
        role: v1::Role::Supervisor.into(),
        ..Default::default()
    };
    desk.attach_agent(2, sue).await;
    shop.attach_visitor(1, arrives("v-1")).await;
    let session = shop.ask_for(1, "sales", None).await.session;
    let assigned_wall_ms = desk.opened(1).await.assigned_wall_ms;
    for link in [1, 2] {
        let due = desk.event(link, "that its answer is due", |event| match event {
            Event::ReplyDue(due) => Some(due.clone()),
            _ => None,
        });
        let due = due.await;
        assert_eq!((&due.session, &*due.agent, &*due.department), (&session, "ann", "sales"));
        assert!(due.first && due.due_wall_ms >= assigned_wall_ms + 10_200);
    }
}
