//! Rows S8, S9 and S11: the form before a session, its rating, and how it is cleared away.

use frontdesk::desk::delivery::{
    BeginCause, CloseCause, Delivery, Rated, RatingAsked, SessionView,
};
use frontdesk::desk::fact::Event;
use frontdesk::desk::floor::{SUMMARY_BYTES_MAX, UNCLEARED_MAX};
use frontdesk::desk::id::{AgentId, SessionId};
use frontdesk::desk::policy::Draft;
use frontdesk::desk::policy::form::{Answer, Field, FieldKind, Form, FormFault, Required};
use frontdesk::desk::policy::terms::Summary;
use frontdesk::desk::refusal::Refusal;
use frontdesk::desk::role::Role;
use frontdesk::engine::{Ask, AskedBy, Clearing, Command, Rating, Reply, ResumePoint};

use crate::house::{House, Seat, department, ends};

fn rating(score: u8, tags: &[&str]) -> Rating {
    let tags = tags.iter().map(|tag| (*tag).into()).collect();
    Rating { score, tags, words: "thanks".into() }
}

fn rate(house: &House, seat: &Seat, session: SessionId, rating: Rating) -> Result<Reply, Refusal> {
    house.submit(seat, Command::Rate { session, rating })
}

fn ask_rating(house: &House, seat: &Seat, session: SessionId) -> Result<Reply, Refusal> {
    house.submit(seat, Command::AskRating { session })
}

fn clear(
    house: &House,
    seat: &Seat,
    session: SessionId,
    topic: &str,
    summary: &str,
) -> Result<Reply, Refusal> {
    let clearing = Box::new(Clearing { topic: topic.into(), summary: summary.into() });
    house.submit(seat, Command::ClearAway { session, clearing })
}

fn rated(told: &[Delivery]) -> Vec<Rated> {
    let rated = told.iter().filter_map(|delivery| match delivery {
        Delivery::Rated(rated) => Some((**rated).clone()),
        _ => None,
    });
    rated.collect()
}

fn asked(told: &[Delivery]) -> Vec<RatingAsked> {
    let asked = told.iter().filter_map(|delivery| match delivery {
        Delivery::RatingAsked(asked) => Some((**asked).clone()),
        _ => None,
    });
    asked.collect()
}

fn cleared(told: &[Delivery]) -> Vec<SessionId> {
    let cleared = told.iter().filter_map(|delivery| match delivery {
        Delivery::SessionCleared { session } => Some(*session),
        _ => None,
    });
    cleared.collect()
}

fn view(house: &House, seat: &Seat, session: SessionId) -> SessionView {
    let Ok(Reply::Session(view)) = house.submit(seat, Command::ReadSession { session }) else {
        panic!("{session} can't be read")
    };
    *view
}

fn with_tags(draft: &mut Draft) {
    draft.terms.rating.tags = vec!["quick".into(), "kind".into()];
}

// S8

#[test]
fn a_visitor_that_is_asked_rates_once_and_those_who_answered_are_told() {
    let house = House::ruled(with_tags);
    let (mut agent, mut sue) = (house.online("ann", 1), house.agent_as(Role::Supervisor, "sue"));
    let (mut visitor, mut phone) = (house.visitor("v"), house.visitor("v"));
    let session = house.ask(&visitor);
    let resume = ResumePoint { session, epoch: house.engine.epoch(), seq: 0 };
    house.submit(&sue, Command::WatchSession { resume }).unwrap();
    assert_eq!(ask_rating(&house, &agent, session), Ok(Reply::Done));
    assert_eq!(ask_rating(&house, &agent, session), Ok(Reply::Done), "asked once");
    let told = RatingAsked { session, score_max: 5, tags: vec!["quick".into(), "kind".into()] };
    let once = std::slice::from_ref(&told);
    assert_eq!(asked(&visitor.told()), *once);
    assert_eq!(asked(&phone.told()), *once);
    assert_eq!(asked(&agent.told()), []);
    let mut late = house.visitor("v");
    assert_eq!(asked(&late.told()), [told], "again to a link that attaches");

    let given = rating(4, &["kind", "quick", "kind"]);
    assert_eq!(rate(&house, &visitor, session, given), Ok(Reply::Done));
    let given = Rated { session, rating: rating(4, &["kind", "quick"]) };
    for seat in [&mut agent, &mut sue, &mut phone] {
        assert_eq!(rated(&seat.told()), *std::slice::from_ref(&given));
    }
    assert_eq!(rated(&visitor.told()), []);
    assert_eq!(view(&house, &agent, session).score, Some(4));
    assert_eq!(rate(&house, &phone, session, rating(1, &[])), Err(Refusal::AlreadyRated));
    assert_eq!(ask_rating(&house, &agent, session), Err(Refusal::AlreadyRated));
    let mut later = house.visitor("v");
    assert_eq!(asked(&later.told()), [], "it has rated");
    let ann = AgentId::new("ann").unwrap();
    let kept = Event::SessionRated { session, agent: Some(ann), rating: given.rating };
    assert_eq!(house.facts().iter().filter(|fact| **fact == kept).count(), 1);
    house.whole();
}

#[test]
fn at_the_end_a_visitor_is_asked_where_the_policy_says_so_and_may_rate_while_the_end_can_be_read() {
    let mut house = House::ruled(|draft| draft.terms.rating.at_end = true);
    let (mut agent, mut visitor) = (house.online("ann", 1), house.visitor("v"));
    let session = house.ask(&visitor);
    house.submit(&agent, Command::Close { session }).unwrap();
    let told = visitor.told();
    let last: Vec<_> = told[told.len() - 2..].iter().collect();
    assert!(
        matches!(last[..], [Delivery::RatingAsked(_), Delivery::SessionClosed { .. }]),
        "{last:?}"
    );
    assert_eq!(ends(&agent.told()), [CloseCause::Agent]);
    house.wait(299_000);
    assert_eq!(rate(&house, &visitor, session, rating(5, &[])), Ok(Reply::Done));
    assert_eq!(rated(&agent.told()).len(), 1, "who had it last");
    assert_eq!(rate(&house, &visitor, session, rating(5, &[])), Err(Refusal::AlreadyRated));

    let second = house.ask(&visitor);
    house.submit(&visitor, Command::Close { session: second }).unwrap();
    assert_eq!(asked(&visitor.told()).len(), 1, "each session anew");
    house.wait(301_000);
    assert_eq!(
        rate(&house, &visitor, second, rating(5, &[])),
        Err(Refusal::SessionNotFound),
        "the end can't be read any more"
    );
    house.whole();
}

#[test]
fn a_rating_that_cannot_be_is_refused_by_its_reason_and_changes_nothing() {
    let house = House::ruled(with_tags);
    let (visitor, other) = (house.visitor("v"), house.visitor("w"));
    let session = house.ask(&visitor);
    assert_eq!(rate(&house, &visitor, session, rating(5, &[])), Err(Refusal::NothingToRate));
    let agent = house.online("ann", 1);
    let stranger = house.online("bob", 1);
    let out = Refusal::OutOfRange { field: "score", min: 1, max: 5 };
    let long = Rating { words: "x".repeat(1_025).into(), ..rating(5, &[]) };
    for (rating, refusal) in [
        (rating(0, &[]), out.clone()),
        (rating(6, &[]), out),
        (rating(5, &["loud"]), Refusal::UnknownTag("loud".into())),
        (long, Refusal::TooLong { field: "words", bytes_max: 1_024 }),
    ] {
        assert_eq!(rate(&house, &visitor, session, rating), Err(refusal));
    }
    assert_eq!(rate(&house, &other, session, rating(5, &[])), Err(Refusal::SessionNotFound));
    assert_eq!(rate(&house, &agent, session, rating(5, &[])), Err(Refusal::VisitorsOnly));
    assert_eq!(ask_rating(&house, &visitor, session), Err(Refusal::AgentsOnly));
    assert_eq!(ask_rating(&house, &stranger, session), Err(Refusal::NotInSession));
    house.submit(&agent, Command::Close { session }).unwrap();
    assert_eq!(ask_rating(&house, &agent, session), Err(Refusal::SessionClosed));
    assert_eq!(rate(&house, &visitor, session, rating(5, &["quick"])), Ok(Reply::Done));
    house.whole();
}

// S9

#[test]
fn a_session_that_is_over_is_cleared_away_with_what_it_was_about_and_its_notes_end() {
    let ruled = |draft: &mut Draft| {
        draft.departments[0].wrap_up_ms = 60_000;
        draft.terms.topics = vec!["prices".into(), "delivery".into()];
        draft.terms.summary = Summary::Required;
    };
    let mut house = House::ruled(ruled);
    let (agent, mut phone) = (house.online("ann", 1), house.agent("ann"));
    let (visitor, second) = (house.visitor("v"), house.visitor("w"));
    let session = house.ask(&visitor);
    let waits = house.ask(&second);
    assert_eq!(clear(&house, &agent, session, "prices", "bed"), Err(Refusal::NotClosed));
    // The visitor leaves: the agent sees the end, and what was said until it has cleared it away.
    house.submit(&visitor, Command::Close { session }).unwrap();
    assert_eq!(ends(&phone.told()), [CloseCause::Visitor]);
    house.wait(1_000);
    for (topic, summary, refusal) in [
        ("", "bed", Refusal::Missing { field: "topic" }),
        ("prices", " ", Refusal::Missing { field: "summary" }),
        ("beds", "bed", Refusal::UnknownTopic("beds".into())),
    ] {
        assert_eq!(clear(&house, &agent, session, topic, summary), Err(refusal));
    }
    assert_eq!(house.holder(&agent, waits), None, "its slot is taken for the notes");
    assert_eq!(clear(&house, &agent, session, "prices", "wants a bed"), Ok(Reply::Done));
    assert_eq!(house.holder(&agent, waits).as_deref(), Some("ann"), "the notes are over");
    assert_eq!(cleared(&phone.told()), [session]);
    let kept = Event::SessionCleared {
        session,
        agent: AgentId::new("ann").unwrap(),
        topic: "prices".into(),
        summary: "wants a bed".into(),
    };
    assert!(house.facts().contains(&kept));
    assert_eq!(
        clear(&house, &agent, session, "prices", "again"),
        Err(Refusal::SessionNotFound),
        "once"
    );
    house.whole();
}

#[test]
fn a_session_is_cleared_away_by_who_had_it_last_and_among_its_latest() {
    let mut house = House::new();
    let (agent, other) = (house.online("ann", 1), house.agent("bob"));
    let visitor = house.visitor("v");
    let mut sessions = Vec::new();
    for _ in 0..=UNCLEARED_MAX {
        let session = house.ask(&visitor);
        house.submit(&agent, Command::Close { session }).unwrap();
        sessions.push(session);
        house.wait(1_000);
    }
    assert_eq!(clear(&house, &other, sessions[9], "", ""), Err(Refusal::SessionNotFound));
    assert_eq!(clear(&house, &visitor, sessions[9], "", ""), Err(Refusal::AgentsOnly));
    assert_eq!(clear(&house, &agent, sessions[0], "", ""), Err(Refusal::SessionNotFound));
    let long = "x".repeat(SUMMARY_BYTES_MAX + 1);
    let too_long = Refusal::TooLong { field: "summary", bytes_max: SUMMARY_BYTES_MAX };
    assert_eq!(clear(&house, &agent, sessions[1], "", &long), Err(too_long));
    assert_eq!(clear(&house, &agent, sessions[1], "anything", ""), Ok(Reply::Done));
    house.whole();
}

// S11

fn with_form(draft: &mut Draft) {
    let field = |id: &str, kind, required| Field {
        id: id.into(),
        label: "".into(),
        kind,
        required,
        bytes_max: 32,
    };
    draft.terms.form = Form {
        fields: vec![
            field("name", FieldKind::Text, Required::Yes),
            field("mail", FieldKind::Email, Required::No),
        ],
    };
}

fn filled(answers: &[(&str, &str)]) -> Ask {
    let answer =
        |(field, value): &(&str, &str)| Answer { field: (*field).into(), value: (*value).into() };
    Ask { form: answers.iter().map(answer).collect(), ..Ask::of(department("sales")) }
}

#[test]
fn a_form_is_shown_filled_in_seen_by_those_who_answer_and_kept() {
    let house = House::ruled(with_form);
    let (agent, visitor) = (house.online("ann", 1), house.visitor("v"));
    let read = Command::ReadReception { department: Some(department("sales")) };
    let Ok(Reply::Reception(reception)) = house.submit(&visitor, read) else { panic!("no answer") };
    assert_eq!(reception.form.fields.len(), 2);

    let ask = filled(&[("mail", "a@b.example"), ("name", "Ann")]);
    let session = house.ask_for(&visitor, ask).unwrap();
    let form = filled(&[("name", "Ann"), ("mail", "a@b.example")]).form;
    assert_eq!(view(&house, &agent, session).form.to_vec(), form);
    assert_eq!(view(&house, &visitor, session).form.to_vec(), []);
    let is_kept = |fact: &Event| {
        matches!(fact, Event::SessionAsked { session: of, form: kept, .. }
            if *of == session && kept.to_vec() == form)
    };
    assert!(house.facts().iter().any(is_kept));
    // It has its session, whatever it fills in.
    assert_eq!(house.ask_for(&visitor, filled(&[])), Ok(session));
    house.whole();
}

#[test]
fn a_form_with_a_fault_is_refused_by_its_field_and_no_session_begins() {
    let house = House::ruled(with_form);
    let visitor = house.visitor("v");
    for (answers, fault) in [
        (&[][..], FormFault::Missing("name".into())),
        (&[("name", "")], FormFault::Missing("name".into())),
        (&[("name", "Ann"), ("shoe", "43")], FormFault::Unknown("shoe".into())),
        (
            &[("name", "Ann"), ("mail", "here")],
            FormFault::NotThat { field: "mail".into(), wanted: "address of mail" },
        ),
    ] {
        assert_eq!(house.ask_for(&visitor, filled(answers)), Err(Refusal::Form(fault)));
    }
    assert!(!house.facts().iter().any(|fact| matches!(fact, Event::SessionAsked { .. })));
    house.whole();
}

#[test]
fn a_gateway_that_asks_of_its_own_accord_is_named_as_the_cause() {
    let house = House::new();
    let (agent, visitor) = (house.online("ann", 1), house.visitor("v"));
    let ask = Ask { by: AskedBy::Gateway, ..Ask::of(department("sales")) };
    let session = house.ask_for(&visitor, ask).unwrap();
    assert_eq!(view(&house, &agent, session).begin, BeginCause::Gateway);
}
