//! A supervisor watches a session that it takes no part in.

use bytes::Bytes;
use frontdesk::broker::token::{Role, mint};
use frontdesk::desk::id::DepartmentId;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Code, SessionState};

use crate::house::{House, assert_refused};
use crate::wire::{Lane, arrives, say};

fn watch(session: &Bytes) -> Command {
    let resume = v1::Resume { session: session.clone(), ..Default::default() };
    Command::WatchSession(v1::WatchSession { resume: Some(resume) })
}

fn unwatch(session: &Bytes) -> Command {
    Command::UnwatchSession(v1::UnwatchSession { session: session.clone() })
}

fn supervisor(agent: &str) -> v1::AttachAgent {
    v1::AttachAgent { agent: agent.into(), role: v1::Role::Supervisor.into(), ..Default::default() }
}

async fn done(lane: &mut Lane, link: u32, command: Command) {
    assert_eq!(lane.ask(link, command).await, Reply::Done(v1::Done {}));
}

async fn types(lane: &mut Lane, link: u32, session: &Bytes, text: &str) {
    let preview = v1::Preview { session: session.clone(), text: text.into() };
    done(lane, link, Command::Preview(preview)).await;
}

async fn sees_typed(lane: &mut Lane, link: u32, wanted: &str) {
    lane.event(link, wanted, |event| match event {
        Event::PreviewShown(shown) => (shown.from == 1 && shown.text == wanted).then_some(()),
        _ => None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_visitor_types_is_seen_by_a_supervisor_also_while_it_waits() {
    let house = House::open();
    let gateway = house.gateway().await;
    let sue = house.client("acme", Role::Supervisor, "sue").await;
    let (mut shop, mut desk) = (gateway.lane().await, sue.lane().await);
    shop.attach_visitor(1, arrives("v-1")).await;
    let session = shop.ask_for(1, "sales", Some("hi")).await.session;
    types(&mut shop, 1, &session, "do you have").await;

    desk.attach_agent(1, v1::AttachAgent::default()).await;
    desk.ask(1, Command::WatchVisitors(v1::WatchVisitors::default())).await;
    let listed = desk.opened_window(1).await;
    assert_eq!(listed[0].session, session, "where a supervisor finds it");
    done(&mut desk, 1, watch(&session)).await;
    let view = desk.opened(1).await;
    assert_eq!((view.you, view.state(), view.position), (0, SessionState::Waiting, 1));
    let resumed = desk.resumed(1).await;
    assert_eq!((resumed.from_seq, resumed.to_seq, resumed.complete), (1, 1, true));
    assert_eq!(desk.messages(1, 1).await, [(1, "hi".into())]);
    sees_typed(&mut desk, 1, "do you have").await;
    types(&mut shop, 1, &session, "card 4111 1111 1111 1111").await;
    sees_typed(&mut desk, 1, "card •••• •••• •••• ••••").await;

    // Somebody answers, and is as little aware of it as the visitor.
    shop.work(2, "ann", "sales", 1).await;
    assert_eq!(shop.opened(2).await.participants.len(), 2);
    let joined = desk.event(1, "the agent", |event| match event {
        Event::ParticipantJoined(joined) => joined.participant.clone(),
        _ => None,
    });
    assert_eq!(joined.await.id, "ann");
    types(&mut shop, 2, &session, "let me").await;
    desk.event(1, "that the agent types", |event| match event {
        Event::Typing(typing) => (typing.from == 2 && typing.typing).then_some(()),
        _ => None,
    })
    .await;
    shop.say(2, &session, "Yes.").await;
    assert_eq!(desk.messages(1, 1).await, [(2, "Yes.".into())]);
    let psst = Command::Say(say(&session, "psst"));
    assert_refused(&desk.refused(1, psst).await, Code::NotInSession, "session");
    assert_eq!(desk.read_session(1, &session).await.participants.len(), 2);

    done(&mut shop, 1, Command::Close(v1::Close { session: session.clone() })).await;
    desk.event(1, "the end", |event| match event {
        Event::SessionClosed(closed) => (closed.session == session).then_some(()),
        _ => None,
    })
    .await;
    assert_refused(&desk.refused(1, watch(&session)).await, Code::SessionClosed, "session");
    house.counts("acme");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_ends_by_its_link_and_a_new_one_goes_on_where_it_was() {
    let house = House::open();
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    shop.attach_visitor(1, arrives("v-1")).await;
    let session = shop.ask_for(1, "sales", Some("one")).await.session;
    let attached = desk.attach_agent(1, supervisor("sue")).await;
    done(&mut desk, 1, watch(&session)).await;
    assert_eq!(desk.messages(1, 1).await, [(1, "one".into())]);
    shop.say(1, &session, "two").await;
    assert_eq!(desk.messages(1, 1).await, [(2, "two".into())]);

    let replaces = attached.link_token.clone();
    desk.attach_agent(2, v1::AttachAgent { replaces, ..supervisor("sue") }).await;
    assert_eq!(desk.link_ended(1).await, Code::Replaced);
    shop.say(1, &session, "three").await;
    let resume = v1::Resume { session: session.clone(), epoch: attached.epoch, seq: 2 };
    let watch = Command::WatchSession(v1::WatchSession { resume: Some(resume) });
    done(&mut desk, 2, watch).await;
    let resumed = desk.resumed(2).await;
    assert_eq!((resumed.from_seq, resumed.to_seq, resumed.complete), (3, 3, true));
    assert_eq!(desk.messages(2, 1).await, [(3, "three".into())]);

    done(&mut desk, 2, unwatch(&session)).await;
    desk.event(2, "the end of the watch", |event| match event {
        Event::WatchEnded(ended) => (ended.session == session).then_some(()),
        _ => None,
    })
    .await;
    shop.say(1, &session, "four").await;
    let rest = desk.rest(2).await;
    assert!(!rest.iter().any(|told| matches!(told.event, Some(Event::Message(_)))), "{rest:?}");
    house.counts("acme");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watching_is_for_supervisors_of_the_tenant_and_of_the_department() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives("v-1")).await;
    let session = lane.ask_for(1, "sales", None).await.session;

    // A gateway says as what its agents come; an admin comes by itself.
    lane.attach_agent(2, v1::AttachAgent { agent: "ann".into(), ..Default::default() }).await;
    let refused = lane.refused(2, watch(&session)).await;
    assert_refused(&refused, Code::NotPermitted, "role supervisor or admin");
    lane.attach_agent(3, supervisor("sue")).await;
    done(&mut lane, 3, watch(&session)).await;
    let role = |role: v1::Role| {
        Command::AttachAgent(v1::AttachAgent { role: role.into(), ..supervisor("sue") })
    };
    let refused = lane.refused(4, role(v1::Role::Admin)).await;
    assert_refused(&refused, Code::NotPermitted, "role admin");
    assert_refused(&lane.refused(4, role(v1::Role::Visitor)).await, Code::BadValue, "role");
    let odd = Command::AttachAgent(v1::AttachAgent { role: 77, ..supervisor("sue") });
    assert_refused(&lane.refused(4, odd).await, Code::BadValue, "role");
    let ann = house.client("acme", Role::Agent, "ann").await;
    let mut desk = ann.lane().await;
    let refused = desk.refused(1, Command::AttachAgent(supervisor(""))).await;
    assert_refused(&refused, Code::NotPermitted, "role supervisor");

    let nothing = Command::WatchSession(v1::WatchSession { resume: None });
    assert_refused(&lane.refused(3, nothing).await, Code::MissingField, "resume");
    let nowhere = Bytes::from_static(&[9; 16]);
    assert_refused(&lane.refused(3, watch(&nowhere)).await, Code::NotFound, "session");
    let theirs = house.client("globex", Role::Admin, "eve").await;
    let mut their_lane = theirs.lane().await;
    their_lane.attach_agent(1, v1::AttachAgent::default()).await;
    let refused = their_lane.refused(1, watch(&session)).await;
    assert_refused(&refused, Code::NotFound, "session");

    let mut grant = house.grant("acme", Role::Supervisor, "sam");
    grant.departments = Some(vec![DepartmentId::new("support").unwrap()]);
    let Ok(sam) = house.bare().await.hello(&mint(&house.key, &grant).unwrap()).await else {
        panic!("no welcome")
    };
    let mut desk = sam.lane().await;
    desk.attach_agent(1, v1::AttachAgent::default()).await;
    let refused = desk.refused(1, watch(&session)).await;
    assert_refused(&refused, Code::NotPermitted, "department sales");

    lane.work(5, "sue", "sales", 1).await;
    lane.opened(5).await;
    let refused = lane.refused(3, watch(&session)).await;
    assert_refused(&refused, Code::BadValue, "session");
    for link in 10..18 {
        lane.attach_agent(link, supervisor(&format!("s-{link}"))).await;
        done(&mut lane, link, watch(&session)).await;
    }
    lane.attach_agent(18, supervisor("s-18")).await;
    let refused = lane.refused(18, watch(&session)).await;
    assert_refused(&refused, Code::LimitReached, "watches of one session");
    house.counts("acme");
}
