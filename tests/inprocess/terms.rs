//! Rows S1, S6, S7 and Q13: what happens in a session by itself, by the terms that the policy gives it.

use frontdesk::desk::delivery::{CloseCause, Delivery, ReplyDue, SessionView, Status};
use frontdesk::desk::fact::Event;
use frontdesk::desk::id::{AgentId, SessionId};
use frontdesk::desk::message::MessageKind;
use frontdesk::desk::policy::Draft;
use frontdesk::desk::policy::terms::{AutomaticWords, Terms};
use frontdesk::desk::refusal::Refusal;
use frontdesk::desk::role::{Reach, Role};
use frontdesk::engine::{AgentAttach, Command, Reply};

use crate::house::{House, Seat, department, ends};

/// Words for everything.
fn words() -> AutomaticWords {
    AutomaticWords {
        greeting: "Hello!".into(),
        all_busy: "All of us are busy.".into(),
        nobody_there: "We are asleep.".into(),
        still_waiting: "Still there?".into(),
        idle_warning: "Are you there?".into(),
        farewell: "Good bye.".into(),
    }
}

/// What was said by nobody, as a link was told it, with its number.
fn automatic(told: &[Delivery]) -> Vec<(u64, String)> {
    let said = told.iter().filter_map(|delivery| match delivery {
        Delivery::Message { seq, message, .. } if message.words.kind == MessageKind::System => {
            assert_eq!(message.from, 0, "nobody says it");
            Some((*seq, String::from_utf8_lossy(message.words.body()).into_owned()))
        }
        _ => None,
    });
    said.collect()
}

fn texts(told: &[Delivery]) -> Vec<String> {
    automatic(told).into_iter().map(|(_, text)| text).collect()
}

fn dues(told: &[Delivery]) -> Vec<ReplyDue> {
    let dues = told.iter().filter_map(|delivery| match delivery {
        Delivery::ReplyDue(due) => Some((**due).clone()),
        _ => None,
    });
    dues.collect()
}

fn read(house: &House, seat: &Seat, session: SessionId) -> SessionView {
    let Ok(Reply::Session(view)) = house.submit(seat, Command::ReadSession { session }) else {
        panic!("{session} can't be read")
    };
    *view
}

// S1

#[test]
fn a_session_keeps_when_it_was_asked_for_assigned_answered_and_ended() {
    let mut house = House::new();
    let visitor = house.visitor("v");
    let asked = house.now.wall_ms;
    let session = house.ask(&visitor);
    house.say(&visitor, session, "hello");
    house.wait(1_000);
    let agent = house.online("ann", 1);
    house.wait(2_000);
    house.say(&agent, session, "hi");
    house.say(&agent, session, "what can I do?");
    let view = read(&house, &agent, session);
    let times = |view: &SessionView| {
        let times = [view.asked_wall_ms, view.assigned_wall_ms, view.first_reply_wall_ms];
        (times.map(|wall_ms| wall_ms - asked), view.ended_wall_ms, view.valid)
    };
    assert_eq!(times(&view), ([0, 1_000, 3_000], 0, true));
    house.wait(4_000);
    house.submit(&visitor, Command::Close { session }).unwrap();
    assert_eq!(read(&house, &agent, session).ended_wall_ms, asked + 7_000);
    let kept = house.facts().into_iter().find_map(|fact| match fact {
        Event::SessionClosed { asked_wall_ms, assigned_wall_ms, first_reply_wall_ms, .. } => {
            Some([asked_wall_ms, assigned_wall_ms, first_reply_wall_ms])
        }
        _ => None,
    });
    assert_eq!(kept, Some([asked, asked + 1_000, asked + 3_000]));
    house.whole();
}

// S6

#[test]
fn six_minutes_after_the_agents_word_a_session_ends_and_a_minute_before_its_visitor_is_warned() {
    let mut house = House::ruled(|draft| draft.terms.words = words());
    let (mut agent, mut visitor) = (house.online("ann", 1), house.visitor("v"));
    let session = house.ask(&visitor);
    house.wait(3_600_000);
    house.say(&visitor, session, "hello");
    house.wait(3_600_000);
    assert_eq!(ends(&visitor.told()), [], "it is the agent's turn");
    house.say(&agent, session, "hi");
    house.wait(200_000);
    house.say(&agent, session, "are you well?");
    visitor.told();
    house.wait(299_000);
    assert_eq!(automatic(&visitor.told()), []);
    house.wait(1_200);
    assert_eq!(texts(&visitor.told()), ["Are you there?"]);
    house.whole();
    house.wait(59_000);
    assert_eq!(ends(&visitor.told()), []);
    house.wait(1_000);
    let told = visitor.told();
    assert_eq!((texts(&told), ends(&told)), (vec!["Good bye.".into()], vec![CloseCause::Idle]));
    assert_eq!(ends(&agent.told()), [CloseCause::Idle]);
    let words = house.words("wait");
    assert_eq!(house.say_words(&visitor, session, words), Err(Refusal::SessionClosed));
    // The slot is free, and the visitor may ask anew.
    let again = house.ask(&visitor);
    assert_eq!(house.holder(&agent, again).as_deref(), Some("ann"));
    house.whole();
}

#[test]
fn no_session_lies_idle_for_ever_unless_the_policy_says_so() {
    let never = |draft: &mut Draft| {
        (draft.terms.idle_warning_ms, draft.terms.idle_close_ms) = (0, 0);
        let own = Terms { idle_warning_ms: 1_000, idle_close_ms: 2_000, ..Terms::default() };
        draft.departments[1].terms = Some(Box::new(own));
    };
    let mut house = House::ruled(never);
    let (agent, mut visitor) = (house.online("ann", 1), house.visitor("v"));
    let session = house.ask(&visitor);
    house.say(&agent, session, "hi");
    house.wait(86_400_000);
    assert_eq!(ends(&visitor.told()), []);

    let bob = house.agent("bob");
    let sign_on = frontdesk::engine::SignOn::new(vec![department("support")], Some(1));
    house.submit(&bob, Command::SignOn(sign_on)).unwrap();
    house.set(&bob, Status::Online).unwrap();
    let mut other = house.visitor("w");
    let ask = frontdesk::engine::Ask::of(department("support"));
    let session = house.ask_for(&other, ask).unwrap();
    house.say(&bob, session, "hi");
    house.wait(2_200);
    assert_eq!(ends(&other.told()), [CloseCause::Idle], "by its department's terms");
    house.whole();
}

// S7

#[test]
fn automatic_words_are_said_when_they_fit_and_never_twice() {
    let mut house = House::ruled(|draft| draft.terms.words = words());
    let mut visitor = house.visitor("v");
    let session = house.ask(&visitor);
    assert_eq!(automatic(&visitor.told()), [(1, "We are asleep.".into())]);
    house.wait(61_000);
    assert_eq!(texts(&visitor.told()), ["Still there?"]);
    let agent = house.online("ann", 1);
    assert_eq!(texts(&visitor.told()), ["Hello!"]);
    house.say(&agent, session, "hi");

    // Another one comes and waits; the first loses its agent, waits again, and is told nothing twice.
    let mut second = house.visitor("w");
    house.ask(&second);
    assert_eq!(texts(&second.told()), ["All of us are busy."]);
    house.submit(&agent, Command::SignOff { reason: "".into() }).unwrap();
    house.wait(61_000);
    let mut agent = house.online("bob", 1);
    house.wait(61_000);
    assert_eq!(texts(&visitor.told()), [""; 0]);
    assert_eq!(texts(&second.told()), ["Still there?"]);
    assert_eq!(house.holder(&agent, session).as_deref(), Some("bob"));
    house.submit(&agent, Command::Close { session }).unwrap();
    assert_eq!(texts(&visitor.told()), ["Good bye."]);
    let told = agent.told();
    let first = automatic(&told).into_iter().take(3).map(|(seq, _)| seq);
    assert!(first.eq([1, 2, 3]), "who comes later is brought them in their places: {told:?}");
    house.whole();
}

#[test]
fn a_style_says_its_own_words_and_where_there_are_none_nothing_is_said() {
    let ruled = |draft: &mut Draft| {
        let id = frontdesk::desk::id::StyleId::new("plain").unwrap();
        let mut style = frontdesk::desk::policy::Style::new(id, department("sales"));
        style.automatic_words.greeting = "您好".into();
        draft.styles = vec![style];
    };
    let house = House::ruled(ruled);
    let (agent, mut visitor) = (house.online("ann", 1), house.visitor("v"));
    let session = house.ask(&visitor);
    house.submit(&agent, Command::Close { session }).unwrap();
    assert_eq!(automatic(&visitor.told()), [(1, "您好".into())]);
    house.whole();
}

#[test]
fn nobody_says_what_is_said_by_itself() {
    let house = House::new();
    let visitor = house.visitor("v");
    let session = house.ask(&visitor);
    let id = frontdesk::desk::id::ClientMessageId([1; 16]);
    let words = frontdesk::desk::message::Words::new(id, MessageKind::System, "I".into()).unwrap();
    let refused = house.say_words(&visitor, session, words);
    assert_eq!(refused, Err(Refusal::SystemWords));
}

// Q13

#[test]
fn an_answer_that_is_due_is_told_to_its_agent_and_supervisors_and_a_late_one_is_kept() {
    let mut house = House::new();
    let mut sue = house.agent_as(Role::Supervisor, "sue");
    let reach = Reach::Only([department("support")].into());
    let boss =
        AgentAttach { role: Role::Supervisor, ..AgentAttach::new(AgentId::new("joe").unwrap()) };
    let mut elsewhere = house.attach_agent(AgentAttach { reach, ..boss });
    let (mut agent, mut visitor) = (house.online("ann", 1), house.visitor("v"));
    let session = house.ask(&visitor);
    let due = |due_wall_ms, is_first| ReplyDue {
        session,
        agent: AgentId::new("ann").unwrap(),
        department: department("sales"),
        due_wall_ms,
        is_first,
    };
    let first = house.now.wall_ms + 30_000;
    house.wait(19_000);
    assert_eq!(dues(&agent.told()), []);
    house.wait(1_000);
    house.wait(200);
    let told = dues(&agent.told());
    let [told] = &told[..] else { panic!("{told:?}") };
    assert!((first..first + 1_000).contains(&told.due_wall_ms));
    assert_eq!(*told, due(told.due_wall_ms, true));
    assert_eq!(dues(&sue.told()), *std::slice::from_ref(told));
    assert_eq!((dues(&elsewhere.told()), dues(&visitor.told())), (vec![], vec![]));
    house.wait(11_000);
    let late = |house: &House| {
        let late = house.facts().into_iter().filter_map(|fact| match fact {
            Event::ReplyLate { session: of, is_first, limit_ms, .. } if of == session => {
                Some((is_first, limit_ms))
            }
            _ => None,
        });
        late.collect::<Vec<_>>()
    };
    assert_eq!(late(&house), [(true, 30_000)]);

    house.say(&agent, session, "hi");
    house.wait(300_000);
    assert_eq!(dues(&agent.told()), [], "it is the visitor's turn");
    house.say(&visitor, session, "hello");
    house.wait(40_000);
    house.say(&visitor, session, "are you there?");
    house.wait(11_000);
    assert_eq!(dues(&agent.told()).len(), 1, "since the first word that waits");
    house.say(&agent, session, "yes");
    house.wait(60_000);
    assert_eq!(late(&house).len(), 1, "in time");
    house.whole();
}
