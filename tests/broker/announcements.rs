//! Words to all agents, over the wire.

use frontdesk::broker::token::{Role, mint};
use frontdesk::desk::id::DepartmentId;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Code};

use crate::house::{House, assert_refused};
use crate::wire::{Lane, message_id};

fn to(department: &str, text: &str) -> v1::Announce {
    v1::Announce {
        client_message_id: message_id(),
        department: department.into(),
        text: text.into(),
    }
}

async fn announced(lane: &mut Lane, announce: v1::Announce) -> v1::Announced {
    match lane.ask(1, Command::Announce(announce)).await {
        Reply::Announced(announced) => announced,
        other => panic!("not announced: {other:?}"),
    }
}

async fn hears(lane: &mut Lane, link: u32) -> v1::Announcement {
    lane.event(link, "words to all", |event| match event {
        Event::Announcement(said) => Some(said.clone()),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_speaks_to_all_and_who_comes_later_hears_what_it_has_not_seen() {
    let house = House::open();
    let gateway = house.gateway().await;
    let sue = house.client("acme", Role::Supervisor, "sue").await;
    let (mut desk, mut office) = (gateway.lane().await, sue.lane().await);
    desk.work(1, "ann", "sales", 1).await;
    desk.work(2, "cai", "support", 1).await;
    office.attach_agent(1, v1::AttachAgent::default()).await;
    let all = to("", "四点开会");
    let said = announced(&mut office, all.clone()).await;
    let again = announced(&mut office, all).await;
    assert_eq!(again, v1::Announced { duplicate: true, ..said.clone() });
    for link in [1, 2] {
        let heard = hears(&mut desk, link).await;
        let parts = (heard.announcement, heard.agent.as_str(), heard.text.as_str(), heard.wall_ms);
        assert_eq!(parts, (said.announcement.clone(), "sue", "四点开会", said.wall_ms));
    }
    announced(&mut office, to("support", "the printer is back")).await;
    assert_eq!(hears(&mut desk, 2).await.department, "support");
    let seen = v1::AcknowledgeAnnouncement { announcement: said.announcement };
    let done = desk.ask(2, Command::AcknowledgeAnnouncement(seen)).await;
    assert_eq!(done, Reply::Done(v1::Done {}));
    let phone = v1::AttachAgent { agent: "cai".into(), ..Default::default() };
    desk.attach_agent(3, phone).await;
    assert_eq!(hears(&mut desk, 3).await.text, "the printer is back", "the other one it has seen");
    let rest = desk.rest(1).await;
    assert!(
        rest.iter().all(|told| !matches!(told.event, Some(Event::Announcement(_)))),
        "{rest:?}"
    );
    house.counts("acme");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_to_all_that_cannot_be_said_are_refused_by_their_reason() {
    let house = House::open();
    let ann = house.client("acme", Role::Agent, "ann").await;
    let mut desk = ann.lane().await;
    desk.attach_agent(1, v1::AttachAgent::default()).await;
    let no = desk.refused(1, Command::Announce(to("", "hello"))).await;
    assert_refused(&no, Code::NotPermitted, "role supervisor, admin or gateway");

    let mut grant = house.grant("acme", Role::Supervisor, "tom");
    grant.departments = Some([DepartmentId::new("support").expect("an id")].into());
    let token = mint(&house.key, &grant).expect("a token");
    let Ok(tom) = house.bare().await.hello(&token).await else { panic!("not welcome") };
    let mut narrow = tom.lane().await;
    narrow.attach_agent(1, v1::AttachAgent::default()).await;
    for department in ["", "sales"] {
        let no = narrow.refused(1, Command::Announce(to(department, "hello"))).await;
        assert_refused(&no, Code::NotPermitted, "department sales");
    }
    let sue = house.client("acme", Role::Supervisor, "sue").await;
    let mut office = sue.lane().await;
    office.attach_agent(1, v1::AttachAgent::default()).await;
    let id = message_id();
    for (announce, code, subject) in [
        (to("", ""), Code::MissingField, "text"),
        (to("", &"x".repeat(2_049)), Code::TooLong, "text"),
        (to("moon", "hello"), Code::UnknownDepartment, "department"),
        (
            v1::Announce { client_message_id: "short".into(), ..to("", "hello") },
            Code::BadValue,
            "client_message_id",
        ),
    ] {
        let no = office.refused(1, Command::Announce(announce)).await;
        assert_refused(&no, code, subject);
    }
    let first = v1::Announce { client_message_id: id.clone(), ..to("", "hello") };
    announced(&mut office, first).await;
    let other = v1::Announce { client_message_id: id, ..to("", "other") };
    let no = office.refused(1, Command::Announce(other)).await;
    assert_refused(&no, Code::IdReused, "client_message_id");
    let none = v1::AcknowledgeAnnouncement { announcement: vec![7; 16].into() };
    let no = office.refused(1, Command::AcknowledgeAnnouncement(none)).await;
    assert_refused(&no, Code::NotFound, "announcement");
    // Whoever goes on is told when to come again.
    let flood = async {
        loop {
            if let Reply::Refused(no) = office.ask(1, Command::Announce(to("", "flood"))).await {
                return no;
            }
        }
    };
    let no = crate::wire::soon("the bound", flood).await;
    assert_refused(&no, Code::RateLimited, "announcements");
    assert!((1..=6_000).contains(&no.retry_after_ms), "{no:?}");
    house.counts("acme");
}
