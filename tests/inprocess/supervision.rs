//! Row M4 and what supervision begins with: a supervisor watches a session and takes no part in it.

use frontdesk::desk::delivery::{CloseCause, Delivery, SessionState, SessionView, Status};
use frontdesk::desk::floor::{OBSERVERS_MAX, WATCHES_MAX};
use frontdesk::desk::id::{AgentId, ClientMessageId, SessionId, TenantId};
use frontdesk::desk::message::Words;
use frontdesk::desk::policy::{Draft, Policy};
use frontdesk::desk::refusal::Refusal;
use frontdesk::desk::role::{Reach, Role};
use frontdesk::engine::{AgentAttach, Command, Departure, Reply, ResumePoint};

use crate::house::{House, Seat, department, positions, site};

fn watch(house: &House, seat: &Seat, session: SessionId) -> Result<Reply, Refusal> {
    watch_after(house, seat, session, 0)
}

fn watch_after(house: &House, seat: &Seat, session: SessionId, seq: u64) -> Result<Reply, Refusal> {
    let resume = ResumePoint { session, epoch: house.engine.epoch(), seq };
    house.submit(seat, Command::WatchSession { resume })
}

fn preview(house: &House, seat: &Seat, session: SessionId, text: &str) {
    house.submit(seat, Command::Preview { session, text: text.into() }).unwrap();
}

/// What is being typed, as a link was told it, in the order in which it was told.
fn typed(told: &[Delivery]) -> Vec<String> {
    let typed = told.iter().filter_map(|delivery| match delivery {
        Delivery::Preview { text, .. } => Some(text.to_string()),
        _ => None,
    });
    typed.collect()
}

fn view(told: &[Delivery]) -> &SessionView {
    match &told[0] {
        Delivery::SessionOpened(view) => view,
        other => panic!("told {other:?} first"),
    }
}

// M4

#[test]
fn a_supervisor_sees_what_is_typed_while_the_visitor_waits_and_while_it_is_answered() {
    let mut house = House::new();
    let (mut sue, visitor) = (house.agent_as(Role::Supervisor, "sue"), house.visitor("v"));
    let session = house.ask(&visitor);
    preview(&house, &visitor, session, "do you");
    assert_eq!(watch(&house, &sue, session), Ok(Reply::Done));
    let told = sue.told();
    let SessionView { you, state, .. } = view(&told);
    assert_eq!((*you, *state), (0, SessionState::Waiting { position: 1 }));
    assert_eq!(typed(&told), ["do you"], "what is there when it comes");
    house.wait(200);
    preview(&house, &visitor, session, "my card is 4111 1111 1111 1111");
    assert_eq!(typed(&sue.told()), ["my card is •••• •••• •••• ••••"]);

    let agent = house.online("ann", 1);
    let told = sue.told();
    let [Delivery::ParticipantJoined { participant, .. }] = &told[..] else { panic!("{told:?}") };
    assert_eq!(participant.number, 2);
    house.wait(200);
    preview(&house, &visitor, session, "are you there");
    preview(&house, &agent, session, "yes");
    let told = sue.told();
    assert_eq!(
        typed(&told),
        ["are you there"],
        "an agent's words are nobody's before they are said"
    );
    assert!(told.iter().any(|told| matches!(told, Delivery::Typing { from: 2, typing: true, .. })));
    house.say(&visitor, session, "are you there?");
    let told = sue.told();
    assert!(matches!(&told[..], [Delivery::Message { .. }, Delivery::Preview { .. }]), "{told:?}");
    assert_eq!(typed(&told), [""], "it was sent");
    house.whole();
}

#[test]
fn who_watches_is_brought_the_session_and_told_all_of_it_to_the_end() {
    let mut house = House::new();
    let (mut sue, first) = (house.agent_as(Role::Admin, "sue"), house.visitor("u"));
    let visitor = house.visitor("v");
    house.ask(&first);
    let session = house.ask(&visitor);
    for text in ["one", "two", "three"] {
        house.say(&visitor, session, text);
    }
    watch_after(&house, &sue, session, 1).unwrap();
    let told = sue.told();
    assert_eq!(view(&told).last_seq, 3);
    assert!(matches!(&told[1], Delivery::Resumed { replay, .. } if replay.complete));
    let seqs = |told: &[Delivery]| -> Vec<u64> {
        let seqs = told.iter().filter_map(|delivery| match delivery {
            Delivery::Message { seq, .. } => Some(*seq),
            _ => None,
        });
        seqs.collect()
    };
    assert_eq!(seqs(&told), [2, 3], "what it had seen isn't told again");

    let Reply::Done =
        house.submit(&first, Command::Close { session: view_of(&house, &first) }).unwrap()
    else {
        panic!("not closed")
    };
    house.wait(1_000);
    assert_eq!(positions(&sue.told()), [1], "its place, as it changes");
    let agent = house.online("ann", 1);
    house.submit(&agent, Command::Acknowledge { session, delivered: 3, read: 2 }).unwrap();
    house.say(&agent, session, "four");
    house.submit(&agent, Command::SignOff { reason: "".into() }).unwrap();
    let told = sue.told();
    assert_eq!(seqs(&told), [4]);
    assert!(told.iter().any(|told| matches!(told, Delivery::Receipt { read: 2, .. })));
    assert!(matches!(told[2], Delivery::ParticipantLeft { number: 2, .. }), "{told:?}");
    let read = Command::ReadMessages { session, from_seq: 1, messages_max: 64 };
    let Ok(Reply::Messages(page)) = house.submit(&sue, read) else {
        panic!("who watches may read")
    };
    assert_eq!(page.messages.len(), 4);

    house.submit(&visitor, Command::Close { session }).unwrap();
    let told = sue.told();
    let Some(Delivery::SessionClosed { cause: CloseCause::Visitor, last_seq: 4, .. }) = told.last()
    else {
        panic!("not told of the end: {told:?}")
    };
    assert_eq!(watch(&house, &sue, session), Err(Refusal::SessionClosed));
    house.whole();
}

/// The session that a visitor is in.
fn view_of(house: &House, visitor: &Seat) -> SessionId {
    house.try_ask(visitor).unwrap().session
}

#[test]
fn who_watches_is_in_nobodys_list_and_says_nothing() {
    let mut house = House::new();
    let (mut agent, mut visitor) = (house.online("ann", 1), house.visitor("v"));
    let session = house.ask(&visitor);
    let sue = house.agent_as(Role::Supervisor, "sue");
    watch(&house, &sue, session).unwrap();
    let words = Words::text(ClientMessageId([9; 16]), "psst".into()).unwrap();
    for command in [
        Command::Say { session, words },
        Command::Preview { session, text: "psst".into() },
        Command::Acknowledge { session, delivered: 0, read: 0 },
        Command::Close { session },
    ] {
        assert_eq!(house.submit(&sue, command), Err(Refusal::NotInSession));
    }
    visitor.told();
    agent.told();
    watch(&house, &sue, session).unwrap();
    assert_eq!((visitor.told(), agent.told()), (vec![], vec![]), "nobody is told who watches");
    let Ok(Reply::Session(view)) = house.submit(&agent, Command::ReadSession { session }) else {
        panic!("not read")
    };
    assert_eq!(view.participants.len(), 2);
    house.say(&visitor, session, "hello");
    house.whole();
}

#[test]
fn a_watch_ends_with_its_link_by_itself_and_when_the_session_becomes_its_own() {
    let mut house = House::new();
    let visitor = house.visitor("v");
    let session = house.ask(&visitor);
    let (mut sue, tab) =
        (house.agent_as(Role::Supervisor, "sue"), house.agent_as(Role::Supervisor, "sue"));
    watch(&house, &tab, session).unwrap();
    house.engine.detach(tab.link, Departure::Dropped, house.now);
    house.whole();

    watch(&house, &sue, session).unwrap();
    preview(&house, &visitor, session, "hm");
    sue.told();
    for _ in 0..2 {
        let done = house.submit(&sue, Command::UnwatchSession { session });
        assert_eq!(done, Ok(Reply::Done), "also if there is none");
    }
    let told = sue.told();
    assert_eq!(told[0], Delivery::WatchEnded { session }, "once");
    assert_eq!(
        (told.len(), typed(&told)),
        (2, vec![String::new()]),
        "what was shown is taken back"
    );
    preview(&house, &visitor, session, "hm hm");
    house.say(&visitor, session, "hm!");
    assert_eq!(sue.told(), []);
    let read = house.submit(&sue, Command::ReadSession { session });
    assert_eq!(read, Err(Refusal::NotInSession));

    watch(&house, &sue, session).unwrap();
    house.sign_on(&sue, 1).unwrap();
    sue.told();
    house.set(&sue, Status::Online).unwrap();
    let told = sue.told();
    assert_eq!(told[0], Delivery::WatchEnded { session });
    assert!(matches!(&told[1], Delivery::SessionOpened(view) if view.you == 2), "{told:?}");
    assert_eq!(watch(&house, &sue, session), Err(Refusal::InSession));
    house.say(&visitor, session, "at last");
    assert_eq!(sue.messages(), [(2, "at last".to_owned())], "once, as one who takes part");
    house.whole();
}

#[test]
fn only_supervisors_watch_and_only_sessions_within_their_reach() {
    let house = House::new();
    let visitor = house.visitor("v");
    let session = house.ask(&visitor);
    for seat in [&visitor, &house.agent("ann"), &house.agent_as(Role::Bot, "robot")] {
        assert_eq!(watch(&house, seat, session), Err(Refusal::SupervisorsOnly));
        let unwatch = house.submit(seat, Command::UnwatchSession { session });
        assert_eq!(unwatch, Err(Refusal::SupervisorsOnly));
    }
    let support = AgentAttach {
        role: Role::Supervisor,
        reach: Reach::Only([department("support")].into()),
        ..AgentAttach::new(AgentId::new("sam").unwrap())
    };
    let sam = house.attach_agent(support);
    assert_eq!(watch(&house, &sam, session), Err(Refusal::OutOfReach(department("sales"))));

    let policy = Policy::new(Draft::new(vec![site()], vec![department("sales")])).unwrap();
    let other = house.engine.add_tenant(TenantId::new("evil").unwrap(), policy).unwrap();
    let reader = house.engine.reader();
    let eve = AgentAttach { role: Role::Admin, ..AgentAttach::new(AgentId::new("eve").unwrap()) };
    let eve = house.engine.attach_agent(other, reader.outlet(), eve, house.now).unwrap().link;
    let resume = ResumePoint { session, epoch: house.engine.epoch(), seq: 0 };
    let watched = house.engine.submit(eve, Command::WatchSession { resume }, house.now);
    assert_eq!(watched, Err(Refusal::SessionNotFound), "as if there were none");
    house.whole();
}

#[test]
fn watches_are_bounded_by_session_and_by_link() {
    let house = House::new();
    let sessions: Vec<_> =
        (0..=WATCHES_MAX).map(|n| house.ask(&house.visitor(&format!("v{n}")))).collect();
    let seats: Vec<_> =
        (0..=OBSERVERS_MAX).map(|n| house.agent_as(Role::Supervisor, &format!("s{n}"))).collect();
    for seat in &seats[..OBSERVERS_MAX] {
        watch(&house, seat, sessions[0]).unwrap();
    }
    let full = |what, max: usize| Err(Refusal::LimitReached { what, max: max as u64 });
    let refused = watch(&house, &seats[OBSERVERS_MAX], sessions[0]);
    assert_eq!(refused, full("watches of one session", OBSERVERS_MAX));
    for session in &sessions[1..WATCHES_MAX] {
        watch(&house, &seats[0], *session).unwrap();
    }
    let refused = watch(&house, &seats[0], sessions[WATCHES_MAX]);
    assert_eq!(refused, full("watches of one link", WATCHES_MAX));
    assert_eq!(watch(&house, &seats[0], sessions[0]), Ok(Reply::Done), "no further one");

    house.submit(&seats[0], Command::UnwatchSession { session: sessions[0] }).unwrap();
    assert_eq!(watch(&house, &seats[OBSERVERS_MAX], sessions[0]), Ok(Reply::Done));
    assert_eq!(watch(&house, &seats[0], sessions[WATCHES_MAX]), Ok(Reply::Done));
    house.whole();
}
