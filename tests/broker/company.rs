//! Rows S3, S4, S5, A8 over the wire: a session is transferred, colleagues are invited to it, supervisors step in.

use bytes::Bytes;
use frontdesk::broker::token::{Role, mint};
use frontdesk::desk::id::{AgentId, DepartmentId};
use frontdesk::desk::policy::{Bot, Draft};
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Audience, Code, HandingOutcome, OfferPurpose};

use crate::house::{House, assert_refused};
use crate::wire::{Client, Lane, arrives, say};

const DONE: Reply = Reply::Done(v1::Done {});

fn to_agent(session: &Bytes, agent: &str) -> v1::Transfer {
    let to = Some(v1::transfer::To::Agent(agent.into()));
    v1::Transfer { session: session.clone(), to, note: "wants oak".into(), ..Default::default() }
}

fn to_department(session: &Bytes, department: &str, wait: bool) -> v1::Transfer {
    let to = Some(v1::transfer::To::Department(department.into()));
    v1::Transfer { to, wait, ..to_agent(session, "") }
}

fn invite(session: &Bytes, agent: &str) -> Command {
    Command::InviteColleague(v1::InviteColleague {
        session: session.clone(),
        whom: Some(v1::invite_colleague::Whom::Agent(agent.into())),
        note: String::new(),
        unseen: true,
    })
}

fn whisper(session: &Bytes, text: &str) -> Command {
    Command::Say(v1::Say { audience: Audience::Agents.into(), ..say(session, text) })
}

fn accept(offer: &Bytes) -> Command {
    Command::AcceptOffer(v1::AcceptOffer { offer: offer.clone() })
}

async fn asking(lane: &mut Lane, link: u32, command: Command) -> v1::Asking {
    match lane.ask(link, command).await {
        Reply::Asking(asking) => asking,
        other => panic!("nobody is asked: {other:?}"),
    }
}

async fn offered(lane: &mut Lane, link: u32) -> v1::OfferMade {
    lane.event(link, "OfferMade", |event| match event {
        Event::OfferMade(made) => Some(made.clone()),
        _ => None,
    })
    .await
}

async fn transfer_ended(lane: &mut Lane, link: u32) -> (HandingOutcome, String) {
    lane.event(link, "TransferEnded", |event| match event {
        Event::TransferEnded(ended) => Some((ended.outcome(), ended.agent.clone())),
        _ => None,
    })
    .await
}

async fn joined(lane: &mut Lane, link: u32, id: &str) {
    lane.event(link, id, |event| match event {
        Event::ParticipantJoined(joined) => {
            joined.participant.as_ref().is_some_and(|who| who.id == id).then_some(())
        }
        _ => None,
    })
    .await;
}

async fn left(lane: &mut Lane, link: u32, number: u32) {
    lane.event(link, "that one left", |event| match event {
        Event::ParticipantLeft(left) => (left.number == number).then_some(()),
        _ => None,
    })
    .await;
}

/// A visitor on link 1 talks with ann on link 2; bob on link 3 works for sales too, cid on link 4 for support.
async fn shop(house: &House) -> (Client, Lane, Bytes) {
    let gateway = house.gateway().await;
    let mut shop = gateway.lane().await;
    shop.work(2, "ann", "sales", 2).await;
    shop.attach_visitor(1, arrives("v-1")).await;
    let session = shop.ask_for(1, "sales", Some("one")).await.session;
    assert_eq!(shop.opened(2).await.session, session);
    shop.work(3, "bob", "sales", 1).await;
    shop.work(4, "cid", "support", 1).await;
    (gateway, shop, session)
}

fn robot(draft: &mut Draft) {
    let id = AgentId::new("robot").unwrap();
    draft.bots = vec![Bot { id, hidden: false, takes_transfers: true }];
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_passes_to_a_colleague_and_to_a_department_and_late_words_are_refused() {
    let house = House::open();
    let (_gateway, mut shop, session) = shop(&house).await;
    let transfer = Command::Transfer(to_agent(&session, "bob"));
    let asked = asking(&mut shop, 2, transfer).await;
    let made = offered(&mut shop, 3).await;
    assert_eq!(
        (&made.offer, made.purpose(), &*made.from),
        (&asked.offer, OfferPurpose::Transfer, "ann")
    );
    assert_eq!((&*made.note, made.until_wall_ms), ("wants oak", asked.until_wall_ms));
    let got = Reply::Got(v1::Got { session: session.clone() });
    assert_eq!(shop.ask(3, accept(&asked.offer)).await, got);
    assert_eq!(shop.opened(3).await.session, session);
    let brought = [(1, "one".to_owned()), (2, "wants oak".to_owned())];
    assert_eq!(shop.messages(3, 2).await, brought);
    assert_eq!(transfer_ended(&mut shop, 2).await, (HandingOutcome::Accepted, "bob".into()));
    left(&mut shop, 1, 2).await;
    joined(&mut shop, 1, "bob").await;
    let late = shop.refused(2, Command::Say(say(&session, "wait"))).await;
    assert_refused(&late, Code::NotInSession, "session");

    let transfer = Command::Transfer(to_department(&session, "support", false));
    let asked = asking(&mut shop, 3, transfer).await;
    assert_eq!(asked.agent, "cid");
    let decline = Command::DeclineOffer(v1::DeclineOffer { offer: asked.offer.clone() });
    assert_eq!(shop.ask(4, decline).await, DONE);
    assert_eq!(transfer_ended(&mut shop, 3).await, (HandingOutcome::Declined, "cid".into()));
    let transfer = Command::Transfer(to_department(&session, "support", true));
    let waits = asking(&mut shop, 3, transfer).await;
    assert_eq!((waits.offer.len(), &*waits.agent), (0, ""), "who declined isn't asked again");
    let place = shop.event(1, "its place", |event| match event {
        Event::QueuePosition(place) => Some(place.position),
        _ => None,
    });
    assert_eq!(place.await, 1);
    shop.say(1, &session, "hello?").await;
    assert_eq!(house.counts("acme").waiting, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_transfers_to_people_and_its_late_word_is_refused() {
    let house = House::open_ruled(robot);
    let (_gateway, mut shop, session) = shop(&house).await;
    let robot = house.client("acme", Role::Bot, "robot").await;
    let mut bots = robot.lane().await;
    bots.work(1, "", "support", 2).await;
    let at_once = asking(&mut shop, 2, Command::Transfer(to_agent(&session, "robot"))).await;
    assert_eq!((at_once.offer.len(), &*at_once.agent), (0, "robot"));
    assert_eq!(bots.opened(1).await.session, session);
    bots.say(1, &session, "a moment").await;
    let asked =
        asking(&mut bots, 1, Command::Transfer(to_department(&session, "sales", true))).await;
    let link = if asked.agent == "ann" { 2 } else { 3 };
    shop.ask(link, accept(&asked.offer)).await;
    let late = bots.refused(1, Command::Say(say(&session, "still here"))).await;
    assert_refused(&late, Code::NotInSession, "session");
    assert_eq!(house.counts("acme").sessions, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transfers_that_cannot_be_are_refused_by_their_field() {
    let house = House::open_ruled(|draft| {
        robot(draft);
        let sales = DepartmentId::new("sales").unwrap();
        draft.departments[0].colleagues = vec![sales];
    });
    let (_gateway, mut shop, session) = shop(&house).await;
    let nobody = v1::Transfer { to: None, ..to_agent(&session, "") };
    let long = v1::Transfer { note: "x".repeat(1_025), ..to_agent(&session, "bob") };
    for (transfer, code, subject) in [
        (nobody, Code::MissingField, "to"),
        (long, Code::TooLong, "note"),
        (to_agent(&session, ""), Code::MissingField, "agent"),
        (to_agent(&session, "ann"), Code::ToOneself, "agent"),
        (to_agent(&session, "stranger"), Code::NotFound, "agent"),
        (to_agent(&session, "cid"), Code::NotAColleague, "agent cid"),
        (to_agent(&session, "robot"), Code::BotUnavailable, "bot"),
        (to_department(&session, "moon", true), Code::UnknownDepartment, "department"),
        (to_department(&session, "support", true), Code::NotAColleague, "department support"),
        (to_agent(&Bytes::from_static(&[7; 16]), "bob"), Code::NotInSession, "session"),
    ] {
        let refused = shop.refused(2, Command::Transfer(transfer)).await;
        assert_refused(&refused, code, subject);
    }
    let asked = asking(&mut shop, 2, Command::Transfer(to_agent(&session, "bob"))).await;
    let second = shop.refused(2, Command::Transfer(to_department(&session, "sales", true))).await;
    assert_refused(&second, Code::TransferPending, "session");
    let withdraw = Command::WithdrawOffer(v1::WithdrawOffer { offer: asked.offer.clone() });
    assert_refused(&shop.refused(3, withdraw.clone()).await, Code::NotFound, "offer");
    assert_eq!(shop.ask(2, withdraw.clone()).await, DONE);
    assert_eq!(shop.ask(2, withdraw).await, DONE);
    assert_refused(&shop.refused(3, accept(&asked.offer)).await, Code::OfferEnded, "offer");

    let status = v1::Status::Away.into();
    let away = Command::SetStatus(v1::SetStatus { status, ..Default::default() });
    assert_eq!(shop.ask(3, away).await, DONE);
    let absent = shop.refused(2, Command::Transfer(to_agent(&session, "bob"))).await;
    assert_refused(&absent, Code::AgentUnavailable, "agent");
    let free = shop.refused(2, Command::Transfer(to_department(&session, "sales", false))).await;
    assert_refused(&free, Code::NobodyFree, "department");
    let ann = house.client("acme", Role::Agent, "ann").await;
    let mut own = ann.lane().await;
    own.attach_agent(1, v1::AttachAgent::default()).await;
    let over = v1::Transfer { over_capacity: true, ..to_agent(&session, "bob") };
    let refused = own.refused(1, Command::Transfer(over)).await;
    assert_refused(&refused, Code::NotPermitted, "role supervisor, admin or gateway");
    assert_eq!(house.counts("acme").sessions, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_talk_unseen_by_the_visitor_confer_and_pass_on() {
    let house = House::open();
    let (_gateway, mut shop, session) = shop(&house).await;
    let asked = asking(&mut shop, 2, invite(&session, "bob")).await;
    let made = offered(&mut shop, 3).await;
    assert_eq!((made.purpose(), made.unseen), (OfferPurpose::Join, true));
    shop.ask(3, accept(&asked.offer)).await;
    assert_eq!(shop.opened(3).await.you, 65_534);
    let ended = shop.event(2, "ColleagueInvitationEnded", |event| match event {
        Event::ColleagueInvitationEnded(ended) => Some((ended.outcome(), ended.agent.clone())),
        _ => None,
    });
    assert_eq!(ended.await, (HandingOutcome::Accepted, "bob".into()));
    shop.ask(3, whisper(&session, "offer less")).await;
    assert_eq!(shop.messages(2, 2).await[1].1, "offer less");
    assert_eq!(shop.read_session(1, &session).await.participants.len(), 2, "it knows of two");

    let seen = Command::SetSeen(v1::SetSeen { session: session.clone(), seen: true });
    assert_eq!(shop.ask(3, seen.clone()).await, DONE);
    joined(&mut shop, 1, "bob").await;
    let changed = shop.event(2, "ParticipantChanged", |event| match event {
        Event::ParticipantChanged(changed) => changed.participant.clone(),
        _ => None,
    });
    assert_eq!(changed.await.number, 65_534);
    shop.say(3, &session, "good day").await;
    assert_eq!(shop.messages(1, 1).await, [(2, "good day".into())], "without a gap");

    let pass = |agent: &str| {
        let agent = agent.to_owned();
        Command::PassOn(v1::PassOn { session: session.clone(), agent, over_capacity: false })
    };
    assert_refused(&shop.refused(2, pass("cid")).await, Code::NotAGuest, "agent");
    assert_eq!(shop.ask(2, pass("bob")).await, DONE);
    let leave = Command::LeaveSession(v1::LeaveSession { session: session.clone() });
    assert_refused(&shop.refused(3, leave.clone()).await, Code::OwnerStays, "session");
    assert_eq!(shop.ask(2, leave).await, DONE);
    left(&mut shop, 1, 2).await;
    assert_refused(&shop.refused(2, seen).await, Code::NotInSession, "session");
    let again = shop.refused(3, invite(&session, "bob")).await;
    assert_refused(&again, Code::ToOneself, "agent");
    assert_eq!(house.counts("acme").sessions, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_whispers_takes_over_and_ends_within_its_reach() {
    let house = House::open();
    let (_gateway, mut shop, session) = shop(&house).await;
    let sue = house.client("acme", Role::Supervisor, "sue").await;
    let mut desk = sue.lane().await;
    desk.attach_agent(1, v1::AttachAgent::default()).await;
    let join = Command::JoinSession(v1::JoinSession { session: session.clone(), unseen: true });
    assert_eq!(desk.ask(1, join.clone()).await, DONE);
    assert_eq!(desk.opened(1).await.participants.len(), 3);
    assert_refused(&desk.refused(1, join.clone()).await, Code::InSessionAlready, "agent");
    desk.ask(1, whisper(&session, "be kind")).await;
    assert_eq!(shop.messages(2, 2).await[1].1, "be kind");
    let aloud = desk.refused(1, Command::Say(say(&session, "hello"))).await;
    assert_refused(&aloud, Code::AudienceNotAllowed, "audience");

    let take = Command::TakeOver(v1::TakeOver { session: session.clone(), over_capacity: false });
    assert_refused(&desk.refused(1, take.clone()).await, Code::NotSignedOn, "status");
    let departments = vec!["support".into()];
    let sign_on = v1::SignOn { departments, capacity: 1, ..Default::default() };
    desk.ask(1, Command::SignOn(sign_on)).await;
    let got = Reply::Got(v1::Got { session: session.clone() });
    assert_eq!(desk.ask(1, take).await, got);
    left(&mut shop, 1, 2).await;
    joined(&mut shop, 1, "sue").await;
    let late = shop.refused(2, Command::Say(say(&session, "but"))).await;
    assert_refused(&late, Code::NotInSession, "session");

    let mut grant = house.grant("acme", Role::Supervisor, "tim");
    grant.departments = Some(vec![DepartmentId::new("support").unwrap()]);
    let bare = house.bare().await;
    let tim = bare.hello(&mint(&house.key, &grant).unwrap()).await.unwrap();
    let mut far = tim.lane().await;
    far.attach_agent(1, v1::AttachAgent::default()).await;
    let end = Command::EndSession(v1::EndSession { session: session.clone() });
    let unreached = far.refused(1, end.clone()).await;
    assert_refused(&unreached, Code::NotPermitted, "department sales");
    assert_eq!(desk.ask(1, end.clone()).await, DONE);
    let cause = shop.event(1, "the end", |event| match event {
        Event::SessionClosed(closed) => Some(closed.cause()),
        _ => None,
    });
    assert_eq!(cause.await, v1::CloseCause::Supervisor);
    assert_refused(&desk.refused(1, end).await, Code::SessionClosed, "session");
    assert_refused(&desk.refused(1, join).await, Code::SessionClosed, "session");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transfer_targets_are_read_page_by_page_with_the_last_ones_first() {
    let house = House::open();
    let (_gateway, mut shop, session) = shop(&house).await;
    let asked = asking(&mut shop, 2, Command::Transfer(to_agent(&session, "bob"))).await;
    shop.ask(3, accept(&asked.offer)).await;
    let mut after = None;
    let (mut recent, mut found) = (Vec::new(), Vec::new());
    loop {
        let read = v1::ReadTransferTargets { after: after.take(), rows: 1 };
        let Reply::TransferTargets(page) = shop.ask(2, Command::ReadTransferTargets(read)).await
        else {
            panic!("no targets")
        };
        recent.extend(page.recent);
        found.extend(page.departments.into_iter().map(|row| row.department));
        found.extend(page.agents.into_iter().map(|row| row.agent));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let bob = v1::transfer_target::Who::Agent("bob".into());
    assert_eq!(recent, [v1::TransferTarget { who: Some(bob) }]);
    assert_eq!(found, ["sales", "support", "bob", "cid"]);
    let many = v1::ReadTransferTargets { after: None, rows: 201 };
    let refused = shop.refused(2, Command::ReadTransferTargets(many)).await;
    assert_refused(&refused, Code::BadValue, "rows");
    let visitors = v1::ReadTransferTargets::default();
    let refused = shop.refused(1, Command::ReadTransferTargets(visitors)).await;
    assert_refused(&refused, Code::NotPermitted, "role agent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_told_who_watches_where_the_policy_says_so_and_asks_within_its_reach() {
    let house = House::open_ruled(|draft| draft.terms.tells_of_watches = true);
    let (_gateway, mut shop, session) = shop(&house).await;
    let sue = house.client("acme", Role::Supervisor, "sue").await;
    let mut desk = sue.lane().await;
    desk.attach_agent(1, v1::AttachAgent::default()).await;
    let resume = v1::Resume { session: session.clone(), ..Default::default() };
    let watch = Command::WatchSession(v1::WatchSession { resume: Some(resume) });
    assert_eq!(desk.ask(1, watch).await, DONE);
    let watched = |event: &Event| match event {
        Event::SessionWatched(watched) => Some((watched.by.clone(), watched.watches)),
        _ => None,
    };
    assert_eq!(shop.event(2, "who watches", watched).await, ("sue".into(), true));
    let unwatch = Command::UnwatchSession(v1::UnwatchSession { session: session.clone() });
    assert_eq!(desk.ask(1, unwatch).await, DONE);
    assert_eq!(shop.event(2, "that nobody does", watched).await, ("sue".into(), false));

    let mut grant = house.grant("acme", Role::Agent, "tim");
    grant.departments = Some(vec![DepartmentId::new("support").unwrap()]);
    let bare = house.bare().await;
    let tim = bare.hello(&mint(&house.key, &grant).unwrap()).await.unwrap();
    let mut far = tim.lane().await;
    far.attach_agent(1, v1::AttachAgent::default()).await;
    for command in [
        Command::AskWhyWaiting(v1::AskWhyWaiting { session: session.clone() }),
        Command::AskWhyIdle(v1::AskWhyIdle { agent: "ann".into() }),
        Command::ReadQueue(v1::ReadQueue { department: "sales".into(), rows: 1 }),
    ] {
        let refused = far.refused(1, command).await;
        assert_refused(&refused, Code::NotPermitted, "department sales");
    }
}
