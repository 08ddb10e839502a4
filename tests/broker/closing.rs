//! Rows S8, S9 and S11 over the wire: forms, ratings, clearing away.

use bytes::Bytes;
use frontdesk::broker::token::Role;
use frontdesk::desk::policy::form::{Field, FieldKind, Form, Required};
use frontdesk::desk::policy::terms::Summary;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Code};

use crate::house::{House, assert_refused};
use crate::wire::{Lane, arrives};

const DONE: Reply = Reply::Done(v1::Done {});

fn rate(session: &Bytes, score: u32, tags: &[&str]) -> Command {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    Command::Rate(v1::Rate { session: session.clone(), score, tags, words: "谢谢".into() })
}

fn clear(session: &Bytes, topic: &str, summary: &str) -> Command {
    let (topic, summary) = (topic.to_owned(), summary.to_owned());
    Command::ClearAway(v1::ClearAway { session: session.clone(), topic, summary })
}

fn close(session: &Bytes) -> Command {
    Command::Close(v1::Close { session: session.clone() })
}

fn answer(field: &str, value: &str) -> v1::FormAnswer {
    v1::FormAnswer { field: field.into(), value: value.into() }
}

async fn rated(lane: &mut Lane, link: u32) -> v1::Rated {
    lane.event(link, "a rating", |event| match event {
        Event::Rated(rated) => Some(rated.clone()),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_is_asked_and_rates_once_also_after_the_end() {
    let house = House::open_ruled(|draft| {
        draft.terms.rating.at_end = true;
        draft.terms.rating.tags = vec!["quick".into()];
    });
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    desk.work(1, "ann", "sales", 1).await;
    shop.attach_visitor(1, arrives("v-1")).await;
    let session = shop.ask_for(1, "sales", None).await.session;
    for (command, code, subject) in [
        (rate(&session, 6, &[]), Code::BadValue, "score"),
        (rate(&session, 300, &[]), Code::BadValue, "score"),
        (rate(&session, 5, &["slow"]), Code::UnknownTag, "tags"),
    ] {
        assert_refused(&shop.refused(1, command).await, code, subject);
    }
    let ask = Command::AskRating(v1::AskRating { session: session.clone() });
    assert_eq!(desk.ask(1, ask.clone()).await, DONE);
    let asked = shop.event(1, "the question", |event| match event {
        Event::RatingAsked(asked) => Some(asked.clone()),
        _ => None,
    });
    let asked = asked.await;
    assert_eq!((asked.score_max, asked.tags), (5, vec!["quick".to_owned()]));
    assert_eq!(desk.ask(1, close(&session)).await, DONE);
    assert_eq!(shop.ask(1, rate(&session, 4, &["quick"])).await, DONE);
    let given = rated(&mut desk, 1).await;
    assert_eq!((given.score, given.tags, &*given.words), (4, vec!["quick".to_owned()], "谢谢"));
    assert_refused(&shop.refused(1, rate(&session, 5, &[])).await, Code::AlreadyRated, "session");
    assert_refused(&desk.refused(1, ask).await, Code::SessionClosed, "session");
    assert_eq!(desk.read_session(1, &session).await.score, 4);

    let waits = shop.ask_for(1, "support", None).await.session;
    assert_refused(&shop.refused(1, rate(&waits, 5, &[])).await, Code::NothingToRate, "session");
    house.counts("acme");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_cleared_away_with_topic_and_summary_from_each_of_its_agents_devices() {
    let house = House::open_ruled(|draft| {
        draft.terms.topics = vec!["prices".into()];
        draft.terms.summary = Summary::Required;
    });
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    desk.work(1, "ann", "sales", 1).await;
    let ann = v1::AttachAgent { agent: "ann".into(), ..Default::default() };
    desk.attach_agent(2, ann).await;
    shop.attach_visitor(1, arrives("v-1")).await;
    let session = shop.ask_for(1, "sales", None).await.session;
    let good = clear(&session, "prices", "wants a bed");
    assert_refused(&desk.refused(1, good.clone()).await, Code::NotClosed, "session");
    assert_eq!(shop.ask(1, close(&session)).await, DONE);
    for (command, code, subject) in [
        (clear(&session, "", "x"), Code::MissingField, "topic"),
        (clear(&session, "beds", "x"), Code::UnknownTopic, "topic"),
        (clear(&session, "prices", ""), Code::MissingField, "summary"),
        (clear(&session, "prices", &"x".repeat(4_097)), Code::TooLong, "summary"),
    ] {
        assert_refused(&desk.refused(1, command).await, code, subject);
    }
    assert_eq!(desk.ask(1, good.clone()).await, DONE);
    let gone = desk.event(2, "that it is cleared away", |event| match event {
        Event::SessionCleared(cleared) => Some(cleared.session.clone()),
        _ => None,
    });
    assert_eq!(gone.await, session);
    assert_refused(&desk.refused(2, good).await, Code::NotFound, "session");
    house.counts("acme");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_is_read_filled_in_and_shown_to_the_agent() {
    let house = House::open_ruled(|draft| {
        let name = Field {
            id: "name".into(),
            label: "姓名".into(),
            kind: FieldKind::Text,
            required: Required::Yes,
            bytes_max: 16,
        };
        draft.terms.form = Form { fields: vec![name] };
    });
    let gateway = house.gateway().await;
    let (mut shop, mut desk) = (gateway.lane().await, gateway.lane().await);
    desk.work(1, "ann", "sales", 1).await;
    shop.attach_visitor(1, arrives("v-1")).await;
    let read = Command::ReadReception(v1::ReadReception { department: "sales".into() });
    let Reply::Reception(reception) = shop.ask(1, read).await else { panic!("no reception") };
    let fields = reception.form.expect("a form").fields;
    assert_eq!((fields.len(), &*fields[0].label, fields[0].required), (1, "姓名", true));
    let ask = |form| v1::Ask { department: "sales".into(), form, ..Default::default() };
    for (form, code, subject) in [
        (vec![], Code::FormIncomplete, "form.name"),
        (vec![answer("name", "a name of too many bytes")], Code::FormFault, "form.name"),
        (vec![answer("name", "Ann"), answer("age", "7")], Code::FormFault, "form.age"),
        (vec![answer("name", "Ann"); 17], Code::BadValue, "form"),
    ] {
        assert_refused(&shop.refused(1, Command::Ask(ask(form))).await, code, subject);
    }
    let form = vec![answer("name", "安娜")];
    let asked = v1::Ask { by_gateway: true, ..ask(form.clone()) };
    let Reply::Asked(asked) = shop.ask(1, Command::Ask(asked)).await else { panic!("not asked") };
    let view = desk.opened(1).await;
    assert_eq!((&view.session, view.begin()), (&asked.session, v1::BeginCause::Gateway));
    assert_eq!(view.form, form);
    assert_eq!(shop.read_session(1, &asked.session).await.form, []);

    let own = house.client("acme", Role::Visitor, "v-2").await;
    let mut lane = own.lane().await;
    lane.attach_visitor(1, v1::AttachVisitor { visitor: String::new(), ..arrives("v-2") }).await;
    let by_gateway = v1::Ask { by_gateway: true, ..ask(form) };
    let refused = lane.refused(1, Command::Ask(by_gateway)).await;
    assert_refused(&refused, Code::NotPermitted, "by_gateway");
}
