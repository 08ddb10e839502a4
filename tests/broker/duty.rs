//! An agent's day over the wire: picks, statuses, the work log, notes, and why somebody waits. Rows A1, A6, A7, Q6, Q12.

use bytes::Bytes;
use frontdesk::broker::token::Role;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Code, Obstacle, Status};

use crate::house::{House, assert_refused};
use crate::wire::{Lane, arrives};

const DONE: Reply = Reply::Done(v1::Done {});

fn pick(session: &[u8]) -> Command {
    Command::Pick(v1::Pick { session: Bytes::copy_from_slice(session), over_capacity: false })
}

fn pick_over(session: &[u8]) -> Command {
    Command::Pick(v1::Pick { session: Bytes::copy_from_slice(session), over_capacity: true })
}

fn got(session: &Bytes) -> Reply {
    Reply::Got(v1::Got { session: session.clone() })
}

fn status(status: Status, agent: &str) -> Command {
    Command::SetStatus(v1::SetStatus {
        status: status.into(),
        reason: "break".into(),
        agent: agent.into(),
        after_sessions: false,
    })
}

fn work_log(agent: &str) -> Command {
    Command::ReadWorkLog(v1::ReadWorkLog { agent: agent.into() })
}

async fn log(lane: &mut Lane, link: u32, agent: &str) -> Vec<(Status, String)> {
    match lane.ask(link, work_log(agent)).await {
        Reply::WorkLog(log) => {
            log.entries.into_iter().map(|entry| (entry.status(), entry.reason)).collect()
        }
        other => panic!("no work log: {other:?}"),
    }
}

/// Links 1 to 3 of a lane: visitors who wait in sales.
async fn three_wait(lane: &mut Lane) -> Vec<Bytes> {
    let mut sessions = Vec::new();
    for (link, id) in [(1, "u"), (2, "v"), (3, "w")] {
        lane.attach_visitor(link, arrives(id)).await;
        sessions.push(lane.ask_for(link, "sales", None).await.session);
    }
    sessions
}

/// An agent's own connection, signed on for sales and busy.
async fn busy(
    house: &House,
    role: Role,
    agent: &str,
    capacity: u32,
) -> (crate::wire::Client, Lane) {
    let client = house.client("acme", role, agent).await;
    let mut lane = client.lane().await;
    lane.work(1, "", "sales", capacity).await;
    assert_eq!(lane.ask(1, status(Status::Busy, "")).await, DONE);
    (client, lane)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_pick_the_next_or_a_chosen_one_and_one_has_it() {
    let house = House::open();
    let (_ann, mut ann) = busy(&house, Role::Agent, "ann", 1).await;
    let (_bob, mut bob) = busy(&house, Role::Agent, "bob", 5).await;
    let gateway = house.gateway().await;
    let mut shop = gateway.lane().await;
    let sessions = three_wait(&mut shop).await;
    assert_eq!(ann.ask(1, pick(&sessions[1])).await, got(&sessions[1]), "a chosen one");
    assert_eq!(ann.opened(1).await.session, sessions[1]);
    assert_refused(&bob.refused(1, pick(&sessions[1])).await, Code::PickLost, "session");
    assert_refused(&ann.refused(1, pick(b"")).await, Code::AgentFull, "capacity");

    let read = Command::ReadQueue(v1::ReadQueue { department: "sales".into(), rows: 0 });
    let Reply::Queue(queue) = bob.ask(1, read).await else { panic!("no queue") };
    let rows: Vec<_> = queue.rows.iter().map(|row| (row.visitor.as_str(), row.position)).collect();
    assert_eq!(rows, [("u", 1), ("w", 2)]);
    assert_eq!(bob.ask(1, pick(b"")).await, got(&sessions[0]), "the one who waits longest");
    assert_eq!(bob.ask(1, pick(b"")).await, got(&sessions[2]));
    assert_refused(&bob.refused(1, pick(b"")).await, Code::NobodyWaits, "session");
    assert_refused(&bob.refused(1, pick(&[0x5a; 16])).await, Code::NotFound, "session");
    let moon = Command::ReadQueue(v1::ReadQueue { department: "moon".into(), rows: 0 });
    assert_refused(&bob.refused(1, moon).await, Code::UnknownDepartment, "department");
    let many = Command::ReadQueue(v1::ReadQueue { department: "sales".into(), rows: 201 });
    assert_refused(&bob.refused(1, many).await, Code::BadValue, "rows");
    assert_eq!(house.counts("acme").sessions, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_supervisor_picks_above_its_capacity() {
    let house = House::open();
    let (_ann, mut ann) = busy(&house, Role::Agent, "ann", 1).await;
    let (_sue, mut sue) = busy(&house, Role::Supervisor, "sue", 1).await;
    let gateway = house.gateway().await;
    let mut shop = gateway.lane().await;
    let sessions = three_wait(&mut shop).await;
    let by_token = "role supervisor, admin or gateway";
    assert_refused(&ann.refused(1, pick_over(b"")).await, Code::NotPermitted, by_token);
    // A gateway's token may, and its agent's link may not.
    shop.attach_agent(4, v1::AttachAgent { agent: "ann".into(), ..Default::default() }).await;
    let by_link = "role supervisor or admin";
    assert_refused(&shop.refused(4, pick_over(b"")).await, Code::NotPermitted, by_link);
    assert_eq!(sue.ask(1, pick(b"")).await, got(&sessions[0]));
    assert_refused(&sue.refused(1, pick(b"")).await, Code::AgentFull, "capacity");
    assert_eq!(sue.ask(1, pick_over(&sessions[2])).await, got(&sessions[2]));
    let counts = house.counts("acme");
    assert_eq!((counts.waiting, counts.sessions), (1, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_sets_anothers_status_and_reads_its_work_log() {
    let house = House::open();
    let ann = house.client("acme", Role::Agent, "ann").await;
    let sue = house.client("acme", Role::Supervisor, "sue").await;
    let gateway = house.gateway().await;
    let (mut ann, mut sue, mut shop) = (ann.lane().await, sue.lane().await, gateway.lane().await);
    ann.work(1, "", "sales", 1).await;
    sue.attach_agent(1, v1::AttachAgent::default()).await;
    assert_eq!(sue.ask(1, status(Status::Away, "ann")).await, DONE);
    ann.event(1, "the status", |event| match event {
        Event::StatusChanged(changed) => {
            (changed.status() == Status::Away && changed.reason == "break").then_some(())
        }
        _ => None,
    })
    .await;
    let expected = [
        (Status::Away, "signed on".to_owned()),
        (Status::Online, String::new()),
        (Status::Away, "break".to_owned()),
    ];
    assert_eq!(log(&mut sue, 1, "ann").await, expected);
    assert_eq!(log(&mut ann, 1, "").await, expected);

    shop.attach_agent(1, v1::AttachAgent { agent: "bob".into(), ..Default::default() }).await;
    for command in [status(Status::Online, "ann"), work_log("ann")] {
        let by_token = ann.refused(1, command.clone()).await;
        assert_refused(&by_token, Code::NotPermitted, "role supervisor, admin or gateway");
        let by_link = shop.refused(1, command).await;
        assert_refused(&by_link, Code::NotPermitted, "role supervisor or admin");
    }
    for command in [status(Status::Online, "eve"), work_log("eve")] {
        assert_refused(&sue.refused(1, command).await, Code::NotFound, "agent");
    }
    house.counts("acme");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_status_for_later_and_notes_come_after_the_session() {
    // No test waits for the end of the time for notes.
    let house = House::open_ruled(|draft| draft.departments[0].wrap_up_ms = 900_000);
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    desk.work(1, "ann", "sales", 1).await;
    let sessions = three_wait(&mut shop).await;
    let close = |session: &Bytes| Command::Close(v1::Close { session: session.clone() });
    assert_eq!(desk.ask(1, close(&sessions[0])).await, DONE);
    assert_eq!(house.counts("acme").waiting, 2, "the slot is taken for notes");
    let finish =
        |session: &Bytes| Command::FinishNotes(v1::FinishNotes { session: session.clone() });
    assert_refused(&desk.refused(1, finish(&sessions[1])).await, Code::NotFound, "session");
    assert_eq!(desk.ask(1, finish(&sessions[0])).await, DONE);
    assert_eq!(desk.opened(1).await.session, sessions[0]);
    assert_eq!(desk.opened(1).await.session, sessions[1], "the next one, at once");

    let later = v1::SetStatus {
        status: Status::Away.into(),
        reason: "lunch".into(),
        after_sessions: true,
        ..Default::default()
    };
    assert_eq!(desk.ask(1, Command::SetStatus(later)).await, DONE);
    let next = |event: &Event| match event {
        Event::StatusChanged(changed) => Some((changed.status(), changed.next())),
        _ => None,
    };
    // Signed on, online, and what is to come; the latest value wins, so earlier ones may be left out.
    while desk.event(1, "the status to come", next).await != (Status::Online, Status::Away) {}
    assert_eq!(desk.ask(1, close(&sessions[1])).await, DONE);
    assert_eq!(desk.ask(1, finish(&Bytes::new())).await, DONE);
    while desk.event(1, "the status", next).await != (Status::Away, Status::Unspecified) {}
    let counts = house.counts("acme");
    assert_eq!((counts.waiting, counts.agents_away), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_one_waits_and_why_another_is_idle_is_answered() {
    let house = House::open();
    let (_ann, mut ann) = busy(&house, Role::Agent, "ann", 2).await;
    let gateway = house.gateway().await;
    let mut shop = gateway.lane().await;
    let sessions = three_wait(&mut shop).await;
    let ask = |session: &[u8]| {
        Command::AskWhyWaiting(v1::AskWhyWaiting { session: Bytes::copy_from_slice(session) })
    };
    let Reply::WhyWaiting(why) = ann.ask(1, ask(&sessions[1])).await else { panic!("no answer") };
    assert_eq!((why.department.as_str(), why.position, why.holder.as_str()), ("sales", 2, ""));
    assert_eq!((why.offered, why.policy_version, why.others), (false, 1, 0));
    let [looked] = &why.considered[..] else { panic!("{why:?}") };
    assert_eq!((looked.agent.as_str(), looked.load, looked.capacity), ("ann", 0, 200));
    assert_eq!((looked.obstacle(), looked.score.len()), (Obstacle::Busy, 16));

    let idle = |agent: &str| Command::AskWhyIdle(v1::AskWhyIdle { agent: agent.into() });
    let Reply::WhyIdle(why) = ann.ask(1, idle("")).await else { panic!("no answer") };
    assert_eq!((why.status(), why.obstacle(), why.load), (Status::Busy, Obstacle::Busy, 0));
    let at = &why.departments[0];
    assert_eq!((at.department.as_str(), at.waiting, at.obstacle()), ("sales", 3, Obstacle::Busy));

    assert_refused(&ann.refused(1, ask(&[0x5a; 16])).await, Code::NotFound, "session");
    assert_refused(&ann.refused(1, ask(b"")).await, Code::MissingField, "session");
    assert_refused(&ann.refused(1, idle("eve")).await, Code::NotFound, "agent");
    let visitors = shop.refused(1, ask(&sessions[0])).await;
    assert_refused(&visitors, Code::NotPermitted, "role agent");
}
