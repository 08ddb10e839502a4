//! A visitor and an agent find each other and talk.

use frontdesk::broker::token::Role;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self};

use crate::house::House;
use crate::wire::{Lane, arrives};

async fn receipt(lane: &mut Lane, link: u32, participant: u32, delivered: u64, read: u64) {
    lane.event(link, "a receipt", |event| match event {
        Event::Receipt(receipt)
            if receipt.participant == participant
                && receipt.delivered == delivered
                && receipt.read == read =>
        {
            Some(())
        }
        _ => None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_meet_talk_and_part() {
    let house = House::open();
    let (at_desk, at_home) = (
        house.client("acme", Role::Agent, "ann").await,
        house.client("acme", Role::Visitor, "v-1").await,
    );
    assert_eq!(at_home.welcome.epoch.len(), 16);
    assert_eq!(
        (at_home.welcome.role(), at_desk.welcome.role()),
        (v1::Role::Visitor, v1::Role::Agent)
    );
    let (mut desk, mut home) = (at_desk.lane().await, at_home.lane().await);
    desk.work(1, "", "sales", 3).await;

    let attached = home.attach_visitor(1, arrives("")).await;
    assert_eq!((attached.link_token.len(), attached.epoch), (16, at_home.welcome.epoch.clone()));
    assert!(attached.previews_shown);

    // The agent sees it come, with the address that the broker sees.
    assert_eq!(
        desk.ask(1, Command::WatchVisitors(v1::WatchVisitors::default())).await,
        Reply::Watching(v1::Watching {})
    );
    let row = desk
        .event(1, "the visitor in the list", |event| match event {
            Event::VisitorsSnapshot(list) => list.rows.first().cloned(),
            Event::VisitorsChanged(list) => list.rows.first().cloned(),
            _ => None,
        })
        .await;
    assert_eq!(
        (row.visitor.as_str(), row.address.as_str(), row.presence()),
        ("v-1", "127.0.0.1", v1::Presence::Here)
    );

    let page = v1::Page { url: "https://shop.example/oak".into(), title: "Oak".into() };
    let view = v1::ViewPage { page: Some(page.clone()) };
    assert_eq!(home.ask(1, Command::ViewPage(view)).await, Reply::Done(v1::Done {}));
    match desk.ask(1, Command::ReadTrail(v1::ReadTrail { visitor: "v-1".into() })).await {
        Reply::Trail(trail) => {
            assert_eq!(trail.pages.len(), 2);
            assert_eq!(trail.pages[1].page, Some(page));
        }
        other => panic!("{other:?}"),
    }

    let asked = home.ask_for(1, "sales", Some("Do you have it in oak?")).await;
    assert!(!asked.existing);
    assert_eq!(asked.opening_seq, 1);
    let session = asked.session;
    let view = desk.opened(1).await;
    assert_eq!((view.session.clone(), view.visitor.as_str()), (session.clone(), "v-1"));
    assert_eq!(desk.messages(1, 1).await, [(1, "Do you have it in oak?".into())]);
    let joined = home
        .event(1, "the agent", |event| match event {
            Event::ParticipantJoined(joined) => joined.participant.clone(),
            _ => None,
        })
        .await;
    assert_eq!((joined.role(), joined.id.as_str()), (v1::Role::Agent, "ann"));

    // Both talk, and each learns what the other has read.
    assert_eq!(desk.say(1, &session, "We do.").await.seq, 2);
    assert_eq!(home.messages(1, 1).await, [(2, "We do.".into())]);
    let read = v1::Acknowledge { session: session.clone(), delivered: 2, read: 2 };
    assert_eq!(home.ask(1, Command::Acknowledge(read)).await, Reply::Done(v1::Done {}));
    receipt(&mut desk, 1, 1, 2, 2).await;
    let said = home.say(1, &session, "Then I take it.").await;
    assert_eq!((said.seq, said.duplicate), (3, false));
    assert_eq!(desk.messages(1, 1).await, [(3, "Then I take it.".into())]);
    let delivered = v1::Acknowledge { session: session.clone(), delivered: 3, read: 0 };
    desk.tell(1, Command::Acknowledge(delivered)).await;
    receipt(&mut home, 1, joined.number, 3, 0).await;

    let close = Command::Close(v1::Close { session: session.clone() });
    assert_eq!(desk.ask(1, close).await, Reply::Done(v1::Done {}));
    for lane in [&mut desk, &mut home] {
        let closed = lane
            .event(1, "the end", |event| match event {
                Event::SessionClosed(closed) => Some(closed.clone()),
                _ => None,
            })
            .await;
        assert_eq!(
            (closed.cause(), closed.last_seq, closed.valid),
            (v1::CloseCause::Agent, 3, true)
        );
    }
    assert_eq!(home.rest(1).await.iter().filter(|delivery| delivery.reply.is_some()).count(), 0);
    match desk.ask(1, Command::ReadCounts(v1::ReadCounts::default())).await {
        Reply::Counts(counts) => assert_eq!(
            (counts.visitors_here, counts.sessions, counts.waiting, counts.messages, counts.links),
            (1, 0, 0, 3, 2)
        ),
        other => panic!("{other:?}"),
    }
    let counts = house.counts("acme");
    assert_eq!((counts.sessions, counts.messages, counts.agents_online), (0, 3, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_being_typed_is_seen_masked_and_only_by_the_agent() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.work(1, "ann", "sales", 3).await;
    lane.attach_visitor(2, arrives("v-1")).await;
    let session = lane.ask_for(2, "sales", Some("hi")).await.session;
    lane.opened(1).await;

    let text = "my card is 4111 1111 1111 1111 ok";
    let preview = v1::Preview { session: session.clone(), text: text.into() };
    assert_eq!(lane.ask(2, Command::Preview(preview)).await, Reply::Done(v1::Done {}));
    let seen = lane
        .event(1, "the preview", |event| match event {
            Event::PreviewShown(shown) if !shown.text.is_empty() => Some(shown.text.clone()),
            _ => None,
        })
        .await;
    assert!(!seen.contains("1111"), "{seen}");
    assert!(seen.starts_with("my card is ") && seen.ends_with(" ok"), "{seen}");

    // The agent's own typing is told, its words are not.
    let preview = v1::Preview { session: session.clone(), text: "let me look".into() };
    lane.tell(1, Command::Preview(preview)).await;
    lane.event(2, "that someone types", |event| match event {
        Event::Typing(typing) if typing.typing => Some(()),
        _ => None,
    })
    .await;
    let rest = lane.rest(2).await;
    assert!(
        !rest.iter().any(|told| matches!(told.event, Some(Event::PreviewShown(_)))),
        "{rest:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn previews_over_the_rate_are_folded_and_the_last_one_is_shown() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.work(1, "ann", "sales", 3).await;
    lane.attach_visitor(2, arrives("v-1")).await;
    let session = lane.ask_for(2, "sales", Some("hi")).await.session;
    lane.opened(1).await;
    for letters in 1..=40 {
        let preview = v1::Preview { session: session.clone(), text: "a".repeat(letters) };
        lane.tell(2, Command::Preview(preview)).await;
    }
    let last = "a".repeat(40);
    lane.event(1, "the last preview", |event| match event {
        Event::PreviewShown(shown) => (shown.text == last).then_some(()),
        _ => None,
    })
    .await;
    let refusals =
        lane.rest(2).await.into_iter().filter(|told| matches!(told.reply, Some(Reply::Refused(_))));
    assert_eq!(refusals.count(), 0, "nobody asked for an answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_visitor_waits_until_the_agent_has_room() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.work(1, "ann", "sales", 1).await;
    for link in [2, 3, 4] {
        lane.attach_visitor(link, arrives(&format!("v-{link}"))).await;
    }
    let first = lane.ask_for(2, "sales", None).await.session;
    assert_eq!(lane.opened(1).await.session, first);
    let second = lane.ask_for(3, "sales", Some("me next")).await.session;
    let third = lane.ask_for(4, "sales", None).await.session;
    assert_eq!(lane.read_session(4, &third).await.position, 2);
    assert_eq!(house.counts("acme").waiting, 2);

    assert_eq!(
        lane.ask(2, Command::Close(v1::Close { session: first })).await,
        Reply::Done(v1::Done {})
    );
    assert_eq!(lane.opened(1).await.session, second);
    lane.event(4, "its new place", |event| match event {
        Event::QueuePosition(queue) => (queue.position == 1).then_some(()),
        _ => None,
    })
    .await;
    let counts = house.counts("acme");
    assert_eq!((counts.waiting, counts.sessions), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_twice_is_one_session_and_saying_twice_one_message() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(2, arrives("v-1")).await;
    let first = lane.ask_for(2, "sales", Some("hi")).await;
    let second = lane.ask_for(2, "support", Some("hi again")).await;
    assert_eq!(
        (second.session.clone(), second.existing, second.opening_seq),
        (first.session.clone(), true, 2)
    );

    let say = crate::wire::say(&first.session, "once");
    let mut seqs = Vec::new();
    for _ in 0..2 {
        match lane.ask(2, Command::Say(say.clone())).await {
            Reply::Said(said) => seqs.push((said.seq, said.duplicate)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seqs, [(3, false), (3, true)]);
    assert_eq!(house.counts("acme").messages, 3);
}
