//! Whom a visitor may ask for over the wire, and what it is told when nobody receives it. Rows Q2, Q8, Q9, Q10.

use frontdesk::desk::id::{ChannelId, ScheduleId, SkillId, StyleId};
use frontdesk::desk::policy::department::Join;
use frontdesk::desk::policy::hours::Schedule;
use frontdesk::desk::policy::style::{Receiver, RegionRule};
use frontdesk::desk::policy::{Channel, Style};
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, CloseCause, Code};

use crate::house::{House, assert_refused};
use crate::wire::{Lane, arrives, say};

async fn ask(lane: &mut Lane, link: u32, ask: v1::Ask) -> bytes::Bytes {
    match lane.ask(link, Command::Ask(ask)).await {
        Reply::Asked(asked) => asked.session,
        other => panic!("not asked: {other:?}"),
    }
}

async fn end(lane: &mut Lane, link: u32) -> CloseCause {
    lane.event(link, "the end", |event| match event {
        Event::SessionClosed(closed) => Some(closed.cause()),
        _ => None,
    })
    .await
}

fn for_agent(agent: &str) -> v1::Ask {
    v1::Ask { agent: agent.into(), ..Default::default() }
}

/// A policy that names a skill and a channel of double weight.
fn house_with_names() -> House {
    House::open_ruled(|draft| {
        draft.skills = vec![SkillId::new("french").unwrap()];
        draft.channels = vec![Channel { id: ChannelId::new("video").unwrap(), weight: 200 }];
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_asked_for_by_name_by_skill_or_through_a_channel_gets_it() {
    let house = house_with_names();
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    desk.work(1, "ann", "sales", 3).await;
    desk.attach_agent(2, v1::AttachAgent { agent: "bob".into(), ..Default::default() }).await;
    let post = v1::Post { department: "sales".into(), tier: 2, ..Default::default() };
    let sign_on = v1::SignOn {
        posts: vec![post],
        skills: vec!["french".into()],
        capacity: 3,
        ..Default::default()
    };
    desk.ask(2, Command::SignOn(sign_on)).await;
    let online = v1::SetStatus { status: v1::Status::Online.into(), ..Default::default() };
    desk.ask(2, Command::SetStatus(online)).await;
    for (link, id) in [(1, "u"), (2, "v"), (3, "w"), (4, "x")] {
        shop.attach_visitor(link, arrives(id)).await;
    }
    let named = ask(&mut shop, 1, for_agent("bob")).await;
    assert_eq!(desk.opened(2).await.session, named);
    let skilled =
        v1::Ask { department: "sales".into(), skills: vec!["french".into()], ..Default::default() };
    let skilled = ask(&mut shop, 2, skilled).await;
    assert_eq!(desk.opened(2).await.session, skilled);
    let video = || v1::Ask { channel: "video".into(), ..for_agent("ann") };
    let first = ask(&mut shop, 3, video()).await;
    assert_eq!(desk.opened(1).await.session, first);
    let second = ask(&mut shop, 4, video()).await;
    assert_eq!(shop.read_session(4, &second).await.position, 1, "two and two are more than three");
    let counts = house.counts("acme");
    assert_eq!((counts.waiting, counts.sessions), (1, 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_policy_does_not_name_is_refused_by_its_field() {
    let house = house_with_names();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives("v")).await;
    lane.attach_agent(2, v1::AttachAgent { agent: "ann".into(), ..Default::default() }).await;
    let channel = v1::Ask { channel: "fax".into(), ..Default::default() };
    let skills = |skills: &[&str]| skills.iter().map(|&skill| skill.into()).collect();
    let golf = v1::Ask { skills: skills(&["french", "golf"]), ..Default::default() };
    let many = v1::Ask { skills: skills(&["french"; 17]), ..Default::default() };
    let moon = v1::Ask { department: "moon".into(), ..Default::default() };
    for (ask, code, subject) in [
        (channel, Code::UnknownChannel, "channel"),
        (golf, Code::UnknownSkill, "skills"),
        (many, Code::BadValue, "skills"),
        (moon, Code::UnknownDepartment, "department"),
    ] {
        assert_refused(&lane.refused(1, Command::Ask(ask)).await, code, subject);
    }
    let golf = v1::SignOn {
        departments: vec!["sales".into()],
        skills: skills(&["golf"]),
        ..Default::default()
    };
    assert_refused(&lane.refused(2, Command::SignOn(golf)).await, Code::UnknownSkill, "skills");
    let post = v1::Post { department: "sales".into(), tier: 10, ..Default::default() };
    let tenth = v1::SignOn { posts: vec![post], ..Default::default() };
    assert_refused(&lane.refused(2, Command::SignOn(tenth)).await, Code::BadValue, "tier");
    assert_eq!(house.counts("acme").waiting, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_returning_visitor_waits_for_the_agent_it_knew() {
    let house = House::open_ruled(|draft| draft.departments[0].sticky_ms = 3_600_000);
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    shop.attach_visitor(1, arrives("v")).await;
    shop.attach_visitor(2, arrives("w")).await;
    desk.work(1, "ann", "sales", 1).await;
    let close = |session: &bytes::Bytes| Command::Close(v1::Close { session: session.clone() });
    let first = shop.ask_for(1, "sales", None).await.session;
    assert_eq!(desk.opened(1).await.session, first);
    desk.ask(1, close(&first)).await;
    let leaving = v1::Detach { departure: v1::Departure::Leaving.into() };
    shop.ask(1, Command::Detach(leaving)).await;
    let others = ask(&mut shop, 2, for_agent("ann")).await;
    assert_eq!(desk.opened(1).await.session, others);
    desk.work(2, "bob", "sales", 5).await;

    shop.attach_visitor(1, arrives("v")).await;
    let again = shop.ask_for(1, "sales", None).await.session;
    assert_eq!(shop.read_session(1, &again).await.position, 1, "bob has room, and isn't meant");
    desk.ask(1, close(&others)).await;
    assert_eq!(desk.opened(1).await.session, again);
    assert_eq!(house.counts("acme").sessions, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_nobody_receives_it_the_visitor_is_told_why() {
    let house = House::open_ruled(|draft| {
        // Without a span of the week it is never open.
        let never = ScheduleId::new("never").unwrap();
        let (weekly, special) = (vec![], vec![]);
        draft.schedules =
            vec![Schedule { id: never.clone(), zone: "Europe/Berlin".into(), weekly, special }];
        draft.departments[0].join = Join::Online;
        draft.departments[0].wait_max_ms = 1;
        draft.departments[1].schedule = Some(never);
    });
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    shop.attach_visitor(1, arrives("v")).await;
    shop.ask_for(1, "sales", Some("hello?")).await;
    assert_eq!(end(&mut shop, 1).await, CloseCause::NobodyThere);
    shop.ask_for(1, "support", None).await;
    assert_eq!(end(&mut shop, 1).await, CloseCause::OutsideHours);

    desk.work(1, "ann", "sales", 1).await;
    shop.attach_visitor(2, arrives("w")).await;
    shop.ask_for(2, "sales", None).await;
    shop.ask_for(1, "sales", None).await;
    assert_eq!(end(&mut shop, 1).await, CloseCause::NobodyCame);
    let counts = house.counts("acme");
    assert_eq!((counts.waiting, counts.sessions), (0, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_loses_its_agent_is_told_and_waits_at_the_head() {
    let house = House::open_ruled(|draft| draft.agent_grace_ms = 0);
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    desk.work(1, "ann", "sales", 1).await;
    shop.attach_visitor(1, arrives("v")).await;
    shop.attach_visitor(2, arrives("w")).await;
    let session = shop.ask_for(1, "sales", None).await.session;
    shop.ask_for(2, "sales", None).await;
    assert_eq!(desk.opened(1).await.session, session);
    desk.ask(1, Command::Detach(v1::Detach::default())).await;
    let left = |event: &Event| match event {
        Event::ParticipantLeft(left) => Some(left.number),
        _ => None,
    };
    assert_eq!(shop.event(1, "that the agent is gone", left).await, 2);
    assert_eq!(shop.read_session(1, &session).await.position, 1, "before one who came later");
    desk.attach_agent(1, v1::AttachAgent { agent: "ann".into(), ..Default::default() }).await;
    let late = desk.refused(1, Command::Say(say(&session, "sorry"))).await;
    assert_refused(&late, Code::NotInSession, "session");
    assert_eq!(house.counts("acme").waiting, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitors_region_says_who_receives_it_and_no_match_falls_through() {
    let house = House::open_ruled(|draft| {
        let support = draft.departments[1].id.clone();
        let rule = RegionRule {
            regions: vec!["CN-44".into()],
            receivers: vec![Receiver::Department(support)],
        };
        let style = Style::new(StyleId::new("shop").unwrap(), draft.departments[0].id.clone());
        draft.styles = vec![Style { regions: vec![rule], ..style }];
    });
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    desk.work(1, "ann", "sales", 5).await;
    desk.work(2, "bob", "support", 5).await;
    for (link, region, receiver) in [(1, "CN-4403", 2), (2, "CN-31", 1), (3, "", 1)] {
        let mut attach = arrives(&format!("v-{link}"));
        if let Some(arrival) = &mut attach.arrival {
            arrival.region = region.into();
        }
        shop.attach_visitor(link, attach).await;
        let session = ask(&mut shop, link, v1::Ask::default()).await;
        assert_eq!(desk.opened(receiver).await.session, session, "from {region:?}");
    }
    let mut attach = arrives("v-4");
    if let Some(arrival) = &mut attach.arrival {
        arrival.region = "x".repeat(257);
    }
    let attach = Command::AttachVisitor(Box::new(attach));
    assert_refused(&shop.refused(4, attach).await, Code::TooLong, "region");
    assert_eq!(house.counts("acme").sessions, 3);
}
