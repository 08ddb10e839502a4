//! Rows I1 to I3 over the wire: agents invite and force, rules invite, visitors answer.

use bytes::Bytes;
use frontdesk::broker::token::Role;
use frontdesk::desk::id::InvitationRuleId;
use frontdesk::desk::policy::invitations::InvitationRule;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Code, InvitationAnswer, InvitationOutcome};

use crate::house::{House, assert_refused};
use crate::wire::{Lane, arrives};

fn invite(visitor: &str) -> Command {
    let (department, text) = (String::new(), "需要帮忙吗".into());
    Command::Invite(v1::Invite { visitor: visitor.into(), department, text })
}

fn answer(invitation: &Bytes, answer: InvitationAnswer) -> Command {
    let invitation = invitation.clone();
    Command::AnswerInvitation(v1::AnswerInvitation { invitation, answer: answer.into() })
}

fn withdraw(visitor: &str, invitation: &Bytes) -> Command {
    let (visitor, invitation) = (visitor.into(), invitation.clone());
    Command::WithdrawInvitation(v1::WithdrawInvitation { visitor, invitation })
}

async fn invited(lane: &mut Lane, link: u32, visitor: &str) -> Bytes {
    match lane.ask(link, invite(visitor)).await {
        Reply::Invited(invited) => invited.invitation,
        other => panic!("not invited: {other:?}"),
    }
}

async fn shown(lane: &mut Lane, link: u32) -> v1::InvitationShown {
    lane.event(link, "InvitationShown", |event| match event {
        Event::InvitationShown(shown) => Some(shown.clone()),
        _ => None,
    })
    .await
}

async fn ended(lane: &mut Lane, link: u32, invitation: &Bytes) -> v1::InvitationEnded {
    lane.event(link, "InvitationEnded", |event| match event {
        Event::InvitationEnded(ended) if ended.invitation == *invitation => Some(ended.clone()),
        _ => None,
    })
    .await
}

async fn asked(lane: &mut Lane, link: u32, command: Command) -> Bytes {
    match lane.ask(link, command).await {
        Reply::Asked(asked) => asked.session,
        other => panic!("no session: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_invites_a_visitor_who_declines_and_one_who_accepts() {
    let house = House::open();
    let agent = house.client("acme", Role::Agent, "ann").await;
    let mut desk = agent.lane().await;
    desk.work(1, "", "sales", 3).await;
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives("mia")).await;
    lane.attach_visitor(2, arrives("leo")).await;

    let to_mia = invited(&mut desk, 1, "mia").await;
    let seen = shown(&mut lane, 1).await;
    assert_eq!((&seen.invitation, seen.agent.as_str(), seen.rule.as_str()), (&to_mia, "ann", ""));
    assert_eq!((seen.department.as_str(), seen.text.as_str()), ("sales", "需要帮忙吗"));
    assert_eq!(
        lane.ask(1, answer(&to_mia, InvitationAnswer::Decline)).await,
        Reply::Done(v1::Done {})
    );
    for (at, link) in [(&mut lane, 1), (&mut desk, 1)] {
        let ended = ended(at, link, &to_mia).await;
        assert_eq!((ended.outcome(), ended.visitor.as_str()), (InvitationOutcome::Declined, "mia"));
        assert!(ended.session.is_empty());
    }

    let to_leo = invited(&mut desk, 1, "leo").await;
    shown(&mut lane, 2).await;
    let session = asked(&mut lane, 2, answer(&to_leo, InvitationAnswer::Accept)).await;
    let opened = desk.opened(1).await;
    assert_eq!(opened.session, session);
    assert_eq!(opened.begin(), v1::BeginCause::Invitation);
    let told = ended(&mut desk, 1, &to_leo).await;
    assert_eq!((told.outcome(), &told.session), (InvitationOutcome::Accepted, &session));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_forces_a_session_and_the_visitor_is_in_it_at_once() {
    let house = House::open();
    let agent = house.client("acme", Role::Agent, "ann").await;
    let mut desk = agent.lane().await;
    desk.work(1, "", "sales", 1).await;
    let visitor = house.client("acme", Role::Visitor, "mia").await;
    let mut lane = visitor.lane().await;
    lane.attach_visitor(1, arrives("")).await;
    let force = |visitor: &str| {
        Command::ForceSession(v1::ForceSession { visitor: visitor.into(), ..Default::default() })
    };
    let session = asked(&mut desk, 1, force("mia")).await;
    let opened = lane.opened(1).await;
    assert_eq!((&opened.session, opened.begin()), (&session, v1::BeginCause::Forced));
    assert_eq!(desk.opened(1).await.session, session);
    let counts = house.counts("acme");
    assert_eq!((counts.sessions, counts.waiting), (1, 0));
    assert_refused(&desk.refused(1, force("mia")).await, Code::AgentFull, "capacity");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_invites_who_looks_at_such_a_page_while_somebody_is_free() {
    let house = House::open_ruled(|draft| {
        let mut rule = InvitationRule::new(InvitationRuleId::new("beds").expect("an id"));
        rule.addresses = vec!["*/beds".into()];
        rule.text = "Which bed?".into();
        draft.invitations.rules = vec![rule];
    });
    let visitor = house.client("acme", Role::Visitor, "mia").await;
    let mut lane = visitor.lane().await;
    lane.attach_visitor(1, arrives("")).await;
    let agent = house.client("acme", Role::Agent, "ann").await;
    let mut desk = agent.lane().await;
    desk.work(1, "", "sales", 1).await;
    let page = v1::Page { url: "https://shop.example/beds".into(), title: String::new() };
    lane.ask(1, Command::ViewPage(v1::ViewPage { page: Some(page) })).await;
    let seen = shown(&mut lane, 1).await;
    assert_eq!(
        (seen.agent.as_str(), seen.rule.as_str(), seen.text.as_str()),
        ("", "beds", "Which bed?")
    );
    let session = asked(&mut lane, 1, answer(&seen.invitation, InvitationAnswer::Accept)).await;
    assert_eq!(desk.opened(1).await.session, session);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invitations_that_cannot_be_are_refused_by_their_reason() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives("mia")).await;
    lane.attach_visitor(2, arrives("leo")).await;
    let agent = house.client("acme", Role::Agent, "ann").await;
    let mut desk = agent.lane().await;
    desk.attach_agent(1, v1::AttachAgent::default()).await;
    assert_refused(&desk.refused(1, invite("mia")).await, Code::NotSignedOn, "status");
    desk.work(2, "", "sales", 1).await;
    assert_refused(&desk.refused(2, invite("")).await, Code::MissingField, "visitor");
    assert_refused(&desk.refused(2, invite("nobody")).await, Code::NotFound, "visitor");
    let long = Command::Invite(v1::Invite {
        visitor: "mia".into(),
        text: "x".repeat(1_025),
        ..Default::default()
    });
    assert_refused(&desk.refused(2, long).await, Code::TooLong, "text");
    // A visitor of another tenant is there like none at all.
    let other = house.client("globex", Role::Agent, "eve").await;
    let mut elsewhere = other.lane().await;
    elsewhere.work(1, "", "sales", 1).await;
    assert_refused(&elsewhere.refused(1, invite("mia")).await, Code::NotFound, "visitor");

    let invitation = invited(&mut desk, 2, "mia").await;
    let second = house.client("acme", Role::Agent, "bob").await;
    let mut bob = second.lane().await;
    bob.work(1, "", "sales", 1).await;
    assert_refused(&bob.refused(1, invite("mia")).await, Code::InvitedAlready, "visitor");
    let ended = Code::InvitationEnded;
    assert_refused(&bob.refused(1, withdraw("mia", &invitation)).await, ended, "invitation");
    assert_refused(
        &desk.refused(2, withdraw("mia", &Bytes::new())).await,
        Code::MissingField,
        "invitation",
    );
    let short = Bytes::from_static(b"short");
    assert_refused(&desk.refused(2, withdraw("mia", &short)).await, Code::BadValue, "invitation");

    let accept = InvitationAnswer::Accept;
    assert_refused(&lane.refused(2, answer(&invitation, accept)).await, ended, "invitation");
    let nothing = InvitationAnswer::Unspecified;
    assert_refused(
        &lane.refused(1, answer(&invitation, nothing)).await,
        Code::MissingField,
        "answer",
    );
    let odd = v1::AnswerInvitation { invitation: invitation.clone(), answer: 9 };
    assert_refused(
        &lane.refused(1, Command::AnswerInvitation(odd)).await,
        Code::BadValue,
        "answer",
    );
    asked(&mut lane, 1, answer(&invitation, accept)).await;
    assert_refused(&bob.refused(1, invite("mia")).await, Code::VisitorInSession, "visitor");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switched_off_nobody_is_invited() {
    let house = House::open_ruled(|draft| draft.invitations.enabled = false);
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives("mia")).await;
    let agent = house.client("acme", Role::Agent, "ann").await;
    let mut desk = agent.lane().await;
    desk.work(1, "", "sales", 1).await;
    assert_refused(&desk.refused(1, invite("mia")).await, Code::InvitationsOff, "invitations");
}
