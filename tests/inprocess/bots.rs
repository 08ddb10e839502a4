//! Rows B1, B2, B3: a bot is an agent, a hidden one receives when people are away, and an agent hands a session over and takes it back.

use frontdesk::desk::delivery::{Delivery, Status};
use frontdesk::desk::id::{AgentId, SessionId, StyleId};
use frontdesk::desk::policy::{Bot, Draft, Style};
use frontdesk::desk::refusal::Refusal;
use frontdesk::desk::role::Role;
use frontdesk::engine::{Command, Departure, Reply, SignOn};

use crate::house::{House, Seat, department};

fn agent(id: &str) -> AgentId {
    AgentId::new(id).unwrap()
}

/// Two bots, one of which takes no transfers, and a hidden one.
fn name_bots(draft: &mut Draft) {
    let bot = |id: &str| Bot { id: agent(id), hidden: false, takes_transfers: true };
    draft.bots = vec![
        bot("robot"),
        Bot { takes_transfers: false, ..bot("stubborn") },
        Bot { hidden: true, ..bot("ghost") },
    ];
}

/// The site's style has a bot of its own.
fn give_style_a_bot(draft: &mut Draft) {
    name_bots(draft);
    let style = Style::new(StyleId::new("shop").unwrap(), department("sales"));
    draft.styles = vec![Style { bot: Some(agent("robot")), ..style }];
}

/// A bot that receives only what is handed to it.
fn robot(house: &House, id: &str, capacity: u16) -> Seat {
    let sign_on = SignOn::new([department("support")], Some(capacity));
    house.online_for(Role::Bot, id, sign_on)
}

fn hand_over(house: &House, seat: &Seat, session: SessionId, bot: &str) -> Result<Reply, Refusal> {
    house.submit(seat, Command::HandOver { session, bot: Some(agent(bot)) })
}

fn take_back(house: &House, seat: &Seat, session: SessionId) -> Result<Reply, Refusal> {
    house.submit(seat, Command::TakeBack { session })
}

// B3

#[test]
fn a_session_handed_to_a_bot_is_taken_back_and_the_bots_late_word_is_refused() {
    let mut house = House::ruled(name_bots);
    let (mut ann, mut robot) = (house.online("ann", 1), robot(&house, "robot", 2));
    let (mut visitor, next) = (house.visitor("v"), house.visitor("w"));
    let session = house.ask(&visitor);
    house.say(&visitor, session, "one");
    let handed = hand_over(&house, &ann, session, "robot");
    assert_eq!(handed, Ok(Reply::HandedTo(agent("robot"))));
    assert_eq!(robot.messages(), [(1, "one".to_owned())], "it reads what was said");
    house.say(&robot, session, "two");
    assert_eq!(ann.messages().last(), Some(&(2, "two".to_owned())), "the agent follows it");
    house.whole();

    let other = house.ask(&next);
    assert_eq!(house.holder(&ann, other).as_deref(), Some("ann"), "its slot was free");
    assert_eq!(take_back(&house, &ann, session), Err(Refusal::AgentFull));
    house.submit(&ann, Command::Close { session: other }).unwrap();
    for _ in 0..2 {
        assert_eq!(take_back(&house, &ann, session), Ok(Reply::Done));
    }
    let late = house.words("three");
    assert_eq!(house.say_words(&robot, session, late), Err(Refusal::NotInSession), "F27");
    assert_eq!(house.say(&ann, session, "three"), 3);
    let told = visitor.told();
    let said: Vec<_> = told
        .iter()
        .filter_map(|delivery| match delivery {
            Delivery::Message { message, .. } => Some(message.words.body().to_vec()),
            _ => None,
        })
        .collect();
    assert_eq!(said, [b"two".to_vec(), b"three".to_vec()]);
    assert!(told.iter().any(|told| matches!(told, Delivery::ParticipantLeft { number: 3, .. })));
    house.whole();
}

#[test]
fn what_was_handed_to_a_bot_that_is_lost_comes_back_to_its_agent() {
    let mut house = House::ruled(name_bots);
    let (ann, robot) = (house.online("ann", 1), robot(&house, "robot", 2));
    let visitor = house.visitor("v");
    let session = house.ask(&visitor);
    hand_over(&house, &ann, session, "robot").unwrap();
    house.engine.detach(robot.link, Departure::Dropped, house.now);
    house.wait(61_000);
    assert_eq!(house.holder(&ann, session).as_deref(), Some("ann"));
    assert_eq!(house.say(&ann, session, "here I am"), 1);
    house.whole();
}

#[test]
fn a_session_is_handed_over_by_who_has_it_and_to_a_bot_that_takes_it() {
    let house = House::ruled(name_bots);
    let (ann, bob) = (house.online("ann", 1), house.agent("bob"));
    let visitor = house.visitor("v");
    let session = house.ask(&visitor);
    let robot = robot(&house, "robot", 1);
    let _stubborn = self::robot(&house, "stubborn", 1);
    assert_eq!(hand_over(&house, &bob, session, "robot"), Err(Refusal::NotInSession));
    assert_eq!(hand_over(&house, &visitor, session, "robot"), Err(Refusal::AgentsOnly));
    for nobodys in ["bob", "nobody"] {
        assert_eq!(hand_over(&house, &ann, session, nobodys), Err(Refusal::NoSuchBot));
    }
    let unnamed = house.submit(&ann, Command::HandOver { session, bot: None });
    assert_eq!(unnamed, Err(Refusal::NoSuchBot), "the style has none");
    for bot in ["ghost", "stubborn"] {
        assert_eq!(hand_over(&house, &ann, session, bot), Err(Refusal::BotUnavailable), "{bot}");
    }
    house.set(&robot, Status::Busy).unwrap();
    assert_eq!(hand_over(&house, &ann, session, "robot"), Err(Refusal::BotUnavailable));
    for seat in [&bob, &robot] {
        assert_eq!(take_back(&house, seat, session), Err(Refusal::NotInSession));
    }
    assert_eq!(take_back(&house, &visitor, session), Err(Refusal::AgentsOnly));
    assert_eq!(house.holder(&ann, session).as_deref(), Some("ann"), "nothing has changed");
    house.whole();
}

// B1

#[test]
fn a_styles_bot_receives_its_visitors_like_an_agent_and_is_switched_by_hand() {
    let house = House::ruled(give_style_a_bot);
    let bot = robot(&house, "robot", 1);
    let visitors = ["u", "v"].map(|id| house.visitor(id));
    let first = house.ask_for(&visitors[0], Default::default()).unwrap();
    assert_eq!(house.holder(&bot, first).as_deref(), Some("robot"));
    let second = house.ask_for(&visitors[1], Default::default()).unwrap();
    assert_eq!(house.holder(&bot, second), None, "a bot is full, too");
    house.set(&bot, Status::Away).unwrap();
    house.submit(&bot, Command::Close { session: first }).unwrap();
    assert_eq!(house.holder(&bot, second), None, "it is switched off");
    let ann = house.online("ann", 1);
    assert_eq!(house.holder(&ann, second).as_deref(), Some("ann"));
    house.set(&bot, Status::Online).unwrap();
    let handed = house.submit(&ann, Command::HandOver { session: second, bot: None });
    assert_eq!(handed, Ok(Reply::HandedTo(agent("robot"))), "the style's, if none is named");
    house.whole();
}

// B2

#[test]
fn a_hidden_bot_receives_only_while_every_person_is_away() {
    let house = House::ruled(name_bots);
    let sign_on = SignOn::new([department("sales")], Some(5));
    let ghost = house.online_for(Role::Bot, "ghost", sign_on);
    let ann = house.online("ann", 1);
    let visitors = ["u", "v", "w"].map(|id| house.visitor(id));
    let sessions = [house.ask(&visitors[0]), house.ask(&visitors[1])];
    assert_eq!(house.holder(&ann, sessions[0]).as_deref(), Some("ann"));
    assert_eq!(house.holder(&ann, sessions[1]), None, "a person is there, though full");
    house.whole();
    house.set(&ann, Status::Away).unwrap();
    assert_eq!(house.holder(&ann, sessions[1]).as_deref(), Some("ghost"));
    house.set(&ann, Status::Busy).unwrap();
    let third = house.ask(&visitors[2]);
    assert_eq!(house.holder(&ann, third), None, "busy is there");
    house.submit(&ann, Command::SignOff { reason: "".into() }).unwrap();
    assert_eq!(house.holder(&ghost, third).as_deref(), Some("ghost"));
    house.whole();
}

#[test]
fn who_knew_a_hidden_bot_does_not_wait_for_it_while_people_are_there() {
    let house = House::ruled(|draft| {
        name_bots(draft);
        draft.departments[0].sticky_ms = 30_000;
    });
    let sign_on = SignOn::new([department("sales")], Some(5));
    let ghost = house.online_for(Role::Bot, "ghost", sign_on);
    let visitor = house.visitor("v");
    let session = house.ask(&visitor);
    assert_eq!(house.holder(&ghost, session).as_deref(), Some("ghost"));
    house.submit(&visitor, Command::Close { session }).unwrap();
    let ann = house.online("ann", 1);
    let again = house.ask(&visitor);
    assert_eq!(house.holder(&ann, again).as_deref(), Some("ann"));
    house.whole();
}
