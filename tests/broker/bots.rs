//! Rows B1, B2, B3 over the wire: bots receive, and sessions are handed to them and taken back.

use bytes::Bytes;
use frontdesk::broker::token::Role;
use frontdesk::desk::id::{AgentId, StyleId};
use frontdesk::desk::policy::{Bot, Draft, Style};
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Code, Status};

use crate::house::{House, assert_refused};
use crate::wire::{arrives, say};

const DONE: Reply = Reply::Done(v1::Done {});

fn bot(id: &str) -> Bot {
    Bot { id: AgentId::new(id).unwrap(), hidden: false, takes_transfers: true }
}

/// The site's style has a bot, which receives there, and the tenant another one that is hidden.
fn with_bots(draft: &mut Draft) {
    draft.bots = vec![bot("robot"), Bot { hidden: true, ..bot("ghost") }];
    let style = Style::new(StyleId::new("shop").unwrap(), draft.departments[0].id.clone());
    draft.styles = vec![Style { bot: Some(AgentId::new("robot").unwrap()), ..style }];
}

fn hand_over(session: &Bytes, bot: &str) -> Command {
    Command::HandOver(v1::HandOver { session: session.clone(), bot: bot.into() })
}

fn take_back(session: &Bytes) -> Command {
    Command::TakeBack(v1::TakeBack { session: session.clone() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_handed_to_a_bot_and_taken_back_and_its_late_word_is_refused() {
    let house = House::open_ruled(with_bots);
    let robot = house.client("acme", Role::Bot, "robot").await;
    let gateway = house.gateway().await;
    let (mut robot, mut shop) = (robot.lane().await, gateway.lane().await);
    shop.work(2, "ann", "sales", 1).await;
    shop.attach_visitor(1, arrives("v-1")).await;
    let session = shop.ask_for(1, "sales", Some("one")).await.session;
    assert_eq!(shop.opened(2).await.session, session);
    let absent = shop.refused(2, hand_over(&session, "")).await;
    assert_refused(&absent, Code::BotUnavailable, "bot");
    assert_refused(&shop.refused(2, hand_over(&session, "ann")).await, Code::NotFound, "bot");

    robot.work(1, "", "support", 2).await;
    let handed = Reply::HandedTo(v1::HandedTo { bot: "robot".into() });
    assert_eq!(shop.ask(2, hand_over(&session, "")).await, handed, "the style's");
    assert_eq!(robot.opened(1).await.session, session);
    assert_eq!(robot.messages(1, 1).await, [(1, "one".into())]);
    robot.say(1, &session, "two").await;
    assert_eq!(shop.messages(2, 2).await, [(1, "one".into()), (2, "two".into())], "it follows");
    let not_its = shop.refused(2, hand_over(&session, "")).await;
    assert_refused(&not_its, Code::NotInSession, "session");

    assert_eq!(shop.ask(2, take_back(&session)).await, DONE);
    let late = robot.refused(1, Command::Say(say(&session, "three"))).await;
    assert_refused(&late, Code::NotInSession, "session");
    assert_refused(&robot.refused(1, take_back(&session)).await, Code::NotInSession, "session");
    shop.say(2, &session, "three").await;
    assert_eq!(shop.messages(1, 2).await, [(2, "two".into()), (3, "three".into())]);
    let left = |event: &Event| match event {
        Event::ParticipantLeft(left) => Some(left.number),
        _ => None,
    };
    assert_eq!(shop.event(1, "that the bot left", left).await, 3);
    let visitors = shop.refused(1, take_back(&session)).await;
    assert_refused(&visitors, Code::NotPermitted, "role agent");
    assert_eq!(house.counts("acme").sessions, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_styles_bot_receives_and_a_hidden_one_only_while_people_are_away() {
    let house = House::open_ruled(with_bots);
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    for (link, id) in [(1, "u"), (2, "v"), (3, "w")] {
        shop.attach_visitor(link, arrives(id)).await;
    }
    desk.work(1, "robot", "support", 1).await;
    let first = shop.ask_for(1, "", None).await.session;
    assert_eq!(desk.opened(1).await.session, first, "named nobody: as the style says");

    desk.work(2, "ann", "sales", 1).await;
    desk.work(3, "ghost", "sales", 5).await;
    let second = shop.ask_for(2, "", None).await.session;
    assert_eq!(desk.opened(2).await.session, second);
    let third = shop.ask_for(3, "", None).await.session;
    assert_eq!(house.counts("acme").waiting, 1, "a person is there, though full");
    let away = v1::SetStatus { status: Status::Away.into(), ..Default::default() };
    assert_eq!(desk.ask(2, Command::SetStatus(away)).await, DONE);
    assert_eq!(desk.opened(3).await.session, third);
    assert_eq!(house.counts("acme").sessions, 3);
}
