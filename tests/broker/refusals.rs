//! Each no has its code, a sentence and its subject; the connection lives on, and nothing has changed.

use bytes::Bytes;
use frontdesk::broker::token::{Role, mint};
use frontdesk::desk::id::DepartmentId;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::Reply;
use frontdesk::proto::v1::{self, Code};

use crate::house::{House, assert_refused};
use crate::wire::{arrives, say};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_may_what_it_may_and_no_more() {
    let house = House::open();
    let visitor = house.client("acme", Role::Visitor, "v-1").await;
    let mut lane = visitor.lane().await;
    let other = Command::AttachVisitor(Box::new(arrives("v-2")));
    assert_refused(&lane.refused(1, other).await, Code::NotPermitted, "visitor");
    let agent = Command::AttachAgent(v1::AttachAgent::default());
    let agents = "role agent, bot, supervisor, admin or gateway";
    assert_refused(&lane.refused(1, agent).await, Code::NotPermitted, agents);
    assert_eq!(house.counts("acme"), Default::default());

    lane.attach_visitor(1, arrives("")).await;
    for command in [
        Command::WatchVisitors(v1::WatchVisitors::default()),
        Command::ReadTrail(v1::ReadTrail { visitor: "v-1".into() }),
        Command::SignOn(v1::SignOn {
            departments: vec!["sales".into()],
            capacity: 1,
            ..Default::default()
        }),
        Command::SetStatus(v1::SetStatus {
            status: v1::Status::Online.into(),
            reason: String::new(),
            ..Default::default()
        }),
    ] {
        assert_refused(&lane.refused(1, command).await, Code::NotPermitted, agents);
    }
    let first = Command::Ask(v1::Ask {
        department: "sales".into(),
        opening: None,
        priority_minutes: 5,
        ..Default::default()
    });
    assert_refused(&lane.refused(1, first).await, Code::NotPermitted, "priority_minutes");

    let agent = house.client("acme", Role::Agent, "ann").await;
    let mut desk = agent.lane().await;
    let by_agent = Command::AttachVisitor(Box::new(arrives("v-1")));
    assert_refused(&desk.refused(1, by_agent).await, Code::NotPermitted, "role visitor or gateway");
    desk.attach_agent(1, v1::AttachAgent::default()).await;
    let ask = Command::Ask(v1::Ask { department: "sales".into(), ..Default::default() });
    assert_refused(&desk.refused(1, ask).await, Code::NotPermitted, "role visitor or gateway");
    let counts = house.counts("acme");
    assert_eq!((counts.visitors_here, counts.waiting, counts.agents_online), (1, 0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_one_department_opens_no_other() {
    let house = House::open();
    let mut grant = house.grant("acme", Role::Agent, "ann");
    grant.departments = Some(vec![DepartmentId::new("sales").unwrap()]);
    let Ok(client) = house.bare().await.hello(&mint(&house.key, &grant).unwrap()).await else {
        panic!()
    };
    let mut lane = client.lane().await;
    lane.attach_agent(1, v1::AttachAgent::default()).await;
    let both = v1::SignOn {
        departments: vec!["sales".into(), "support".into()],
        capacity: 1,
        ..Default::default()
    };
    let refused = lane.refused(1, Command::SignOn(both)).await;
    assert_refused(&refused, Code::NotPermitted, "department support");
    let counts = house.counts("acme");
    assert_eq!(counts.agents_away, 0, "it was not half signed on");
    let one = v1::SignOn { departments: vec!["sales".into()], capacity: 1, ..Default::default() };
    assert!(matches!(lane.ask(1, Command::SignOn(one)).await, Reply::SignedOn(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tenants_ids_are_answered_like_none_at_all() {
    let house = House::open();
    let theirs = house.client("globex", Role::Gateway, "gw").await;
    let mut their_lane = theirs.lane().await;
    their_lane.attach_visitor(1, arrives("v-1")).await;
    let session = their_lane.ask_for(1, "sales", Some("secret")).await.session;

    let ours = house.gateway().await;
    let mut lane = ours.lane().await;
    lane.work(1, "ann", "sales", 3).await;
    lane.attach_visitor(2, arrives("v-9")).await;
    let absent: Bytes = vec![0x5a; 16].into();
    for link in [1, 2] {
        for command in [
            |session| Command::Say(say(session, "hello?")),
            |session: &Bytes| Command::ReadSession(v1::ReadSession { session: session.clone() }),
            |session: &Bytes| {
                Command::ReadMessages(v1::ReadMessages {
                    session: session.clone(),
                    from_seq: 1,
                    messages: 0,
                })
            },
            |session: &Bytes| Command::Close(v1::Close { session: session.clone() }),
            |session: &Bytes| {
                Command::Preview(v1::Preview { session: session.clone(), text: "x".into() })
            },
            |session: &Bytes| {
                Command::Acknowledge(v1::Acknowledge {
                    session: session.clone(),
                    delivered: 1,
                    read: 1,
                })
            },
        ] {
            let foreign = lane.refused(link, command(&session)).await;
            assert_refused(&foreign, Code::NotFound, "session");
            assert_eq!(
                foreign,
                lane.refused(link, command(&absent)).await,
                "the two can't be told apart"
            );
        }
    }
    let trail = Command::ReadTrail(v1::ReadTrail { visitor: "v-1".into() });
    assert_refused(&lane.refused(1, trail).await, Code::NotFound, "visitor");
    // A resume of what is theirs is no way in.
    let resume = v1::Resume { session: session.clone(), epoch: ours.welcome.epoch.clone(), seq: 0 };
    let attached =
        lane.attach_visitor(3, v1::AttachVisitor { resume: Some(resume), ..arrives("v-1") }).await;
    assert!(attached.session.is_empty());
    assert_eq!(lane.rest(3).await, []);

    assert_eq!(their_lane.read_session(1, &session).await.last_seq, 1, "nothing was said in it");
    assert_eq!(house.counts("globex").waiting, 1);
    assert_eq!(house.counts("acme").messages, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_closed_or_anothers_takes_no_words() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives("v-1")).await;
    lane.attach_visitor(2, arrives("v-2")).await;
    let session = lane.ask_for(1, "sales", Some("hi")).await.session;
    let intruder = lane.refused(2, Command::Say(say(&session, "me too"))).await;
    assert_refused(&intruder, Code::NotFound, "session");
    let close = Command::Close(v1::Close { session: session.clone() });
    assert_eq!(lane.ask(1, close.clone()).await, Reply::Done(v1::Done {}));
    assert_refused(
        &lane.refused(1, Command::Say(say(&session, "wait"))).await,
        Code::SessionClosed,
        "session",
    );
    assert_eq!(lane.read_session(1, &session).await.last_seq, 1);
    assert_eq!(house.counts("acme").messages, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_at_its_bound_is_taken_and_one_byte_more_is_not() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives("v-1")).await;
    let session = lane.ask_for(1, "sales", None).await.session;
    let long = say(&session, &"x".repeat(8_193));
    assert_refused(&lane.refused(1, Command::Say(long)).await, Code::TooLong, "body");
    assert_eq!(lane.say(1, &session, &"x".repeat(8_192)).await.seq, 1);
    let preview = v1::Preview { session: session.clone(), text: "x".repeat(2_049) };
    assert_refused(&lane.refused(1, Command::Preview(preview)).await, Code::TooLong, "text");
    let empty = v1::Say { body: Bytes::new(), ..say(&session, "") };
    assert_refused(&lane.refused(1, Command::Say(empty)).await, Code::MissingField, "body");
    let kind = v1::Say { kind: 99, ..say(&session, "x") };
    assert_refused(&lane.refused(1, Command::Say(kind)).await, Code::UnknownKind, "kind");
    let mut reused = say(&session, "one");
    assert!(matches!(lane.ask(1, Command::Say(reused.clone())).await, Reply::Said(_)));
    reused.body = "other".into();
    assert_refused(
        &lane.refused(1, Command::Say(reused)).await,
        Code::IdReused,
        "client_message_id",
    );
    let ahead = v1::Acknowledge { session: session.clone(), delivered: 99, read: 0 };
    assert_refused(
        &lane.refused(1, Command::Acknowledge(ahead)).await,
        Code::BeyondEnd,
        "delivered or read",
    );
    assert_eq!(lane.read_session(1, &session).await.last_seq, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_that_do_not_exist_are_named() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    let site = v1::AttachVisitor { site: "nowhere".into(), ..arrives("v-1") };
    assert_refused(
        &lane.refused(1, Command::AttachVisitor(Box::new(site))).await,
        Code::UnknownSite,
        "site",
    );
    let no_page = v1::AttachVisitor { arrival: None, ..arrives("v-1") };
    assert_refused(
        &lane.refused(1, Command::AttachVisitor(Box::new(no_page))).await,
        Code::MissingField,
        "page",
    );
    let no_link = Command::AttachVisitor(Box::new(arrives("v-1")));
    assert_refused(&lane.refused(0, no_link).await, Code::MissingField, "link");
    let stray = Command::Unwatch(v1::Unwatch {});
    assert_refused(&lane.refused(1, stray).await, Code::UnknownLink, "link");
    assert_eq!(house.counts("acme"), Default::default());

    lane.attach_visitor(1, arrives("v-1")).await;
    let twice = Command::AttachVisitor(Box::new(arrives("v-2")));
    assert_refused(&lane.refused(1, twice).await, Code::LinkInUse, "link");
    let ask = Command::Ask(v1::Ask { department: "moon".into(), ..Default::default() });
    assert_refused(&lane.refused(1, ask).await, Code::UnknownDepartment, "department");
    lane.attach_agent(2, v1::AttachAgent { agent: "ann".into(), ..Default::default() }).await;
    let online = v1::SetStatus {
        status: v1::Status::Online.into(),
        reason: String::new(),
        ..Default::default()
    };
    assert_refused(&lane.refused(2, Command::SetStatus(online)).await, Code::NotSignedOn, "status");
    let offline = v1::SetStatus {
        status: v1::Status::Offline.into(),
        reason: String::new(),
        ..Default::default()
    };
    assert_refused(&lane.refused(2, Command::SetStatus(offline)).await, Code::BadValue, "status");
    let odd = v1::SetStatus { status: 42, reason: String::new(), ..Default::default() };
    assert_refused(&lane.refused(2, Command::SetStatus(odd)).await, Code::BadValue, "status");
    let counts = house.counts("acme");
    assert_eq!((counts.visitors_here, counts.waiting, counts.agents_away), (1, 0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_messages_a_second_are_told_when_to_come_again() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives("v-1")).await;
    let session = lane.ask_for(1, "sales", None).await.session;
    lane.attach_visitor(2, arrives("v-2")).await;
    let neighbours = lane.ask_for(2, "sales", None).await.session;
    let mut requests = Vec::new();
    for _ in 0..100 {
        requests.push(lane.request(1, Command::Say(say(&session, "again"))).await);
    }
    let (mut said, mut refused) = (0, 0);
    for request in requests {
        match lane.answer(1, request).await {
            Reply::Said(_) => said += 1,
            Reply::Refused(no) => {
                assert_refused(&no, Code::RateLimited, "messages");
                assert!(no.retry_after_ms > 0);
                refused += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(said >= 20 && refused > 0, "{said} said, {refused} refused");
    assert_eq!(
        lane.read_session(1, &session).await.last_seq,
        said,
        "what was refused was not said"
    );
    assert_eq!(lane.say(2, &neighbours, "me too").await.seq, 1, "who shares its address may");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_holds_no_more_links_and_lanes_than_it_was_told() {
    let house = House::open();
    let client = house.client("acme", Role::Visitor, "v-1").await;
    let limits = client.welcome.limits.unwrap();
    let mut lanes = Vec::new();
    for _ in 0..limits.lanes_max {
        lanes.push(client.lane().await);
    }
    let further = tokio::time::timeout(
        std::time::Duration::from_millis(300),
        client.bare.connection.open_bi(),
    )
    .await;
    assert!(further.is_err(), "a lane beyond the limit");
    let lane = &mut lanes[0];
    for link in 1..=limits.links_max {
        let attach = Command::AttachVisitor(Box::new(arrives("")));
        match lane.ask(link, attach).await {
            Reply::Attached(_) => {}
            // A visitor's own bound may be lower.
            Reply::Refused(refused) => {
                assert_eq!(refused.code(), Code::LimitReached, "{refused:?}");
                return;
            }
            other => panic!("{other:?}"),
        }
    }
    let further = Command::AttachVisitor(Box::new(arrives("")));
    assert_refused(
        &lane.refused(limits.links_max + 1, further).await,
        Code::LimitReached,
        "links_max",
    );
}
