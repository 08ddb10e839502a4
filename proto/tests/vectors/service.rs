//! What the vectors of a session's terms at work say: forms, ratings, clearing away, and what is due.

use frontdesk_proto::v1::{
    Ask, AskRating, BeginCause, ClearAway, CloseCause, FormAnswer, Rate, Rated, RatingAsked,
    Receiving, Reception, ReplyDue, SessionCleared, SessionClosed, SessionState, SessionView,
    command, delivery, policy,
};

use crate::expected::{WALL_MS, session};

fn answer(field: &str, value: &str) -> FormAnswer {
    FormAnswer { field: field.into(), value: value.into() }
}

pub(crate) fn commands() -> Vec<(&'static str, u32, u32, command::Command)> {
    use command::Command as C;
    let ask = Ask {
        department: "sales".into(),
        form: vec![answer("name", "安娜"), answer("age", "")],
        by_gateway: true,
        ..Ask::default()
    };
    let rate = Rate {
        session: session(),
        score: 5,
        tags: vec!["快".into(), "好".into()],
        words: "谢谢".into(),
    };
    let clear =
        ClearAway { session: session(), topic: "床".into(), summary: "想要一张床".into() };
    vec![
        ("ask_with_form", 1, 2, C::Ask(ask)),
        ("rate", 1, 73, C::Rate(rate)),
        ("ask_rating", 2, 74, C::AskRating(AskRating { session: session() })),
        ("clear_away", 2, 75, C::ClearAway(clear)),
    ]
}

pub(crate) fn replies() -> Vec<(&'static str, u32, u32, delivery::Reply)> {
    use delivery::Reply as R;
    let name = policy::FormField {
        id: "name".into(),
        kind: policy::FieldKind::Text.into(),
        required: true,
        bytes_max: 64,
        ..Default::default()
    };
    let reception = Reception {
        receiving: Receiving::Free.into(),
        form: Some(policy::Form { fields: vec![name] }),
        ..Reception::default()
    };
    let view = SessionView {
        session: session(),
        state: SessionState::Closed.into(),
        visitor: "v-1".into(),
        department: "sales".into(),
        begin: BeginCause::Gateway.into(),
        you: 2,
        first_reply_wall_ms: WALL_MS + 2_000,
        ended_wall_ms: WALL_MS + 9_000,
        valid: true,
        form: vec![answer("name", "安娜")],
        score: 5,
        ..SessionView::default()
    };
    vec![
        ("reception_with_form", 1, 30, R::Reception(reception)),
        ("session_filled_in", 2, 9, R::Session(view)),
    ]
}

pub(crate) fn events() -> Vec<(&'static str, u32, delivery::Event)> {
    use delivery::Event as E;
    let closed = SessionClosed {
        session: session(),
        cause: CloseCause::Idle.into(),
        last_seq: 4,
        wall_ms: WALL_MS,
        valid: true,
    };
    let asked =
        RatingAsked { session: session(), score_max: 5, tags: vec!["快".into(), "好".into()] };
    let rated =
        Rated { session: session(), score: 5, tags: vec!["快".into()], words: "谢谢".into() };
    let due = ReplyDue {
        session: session(),
        agent: "anna".into(),
        department: "sales".into(),
        due_wall_ms: WALL_MS + 30_000,
        first: true,
    };
    vec![
        ("session_idle", 1, E::SessionClosed(closed)),
        ("rating_asked", 1, E::RatingAsked(asked)),
        ("rated", 2, E::Rated(rated)),
        ("reply_due", 2, E::ReplyDue(due)),
        ("session_cleared", 2, E::SessionCleared(SessionCleared { session: session() })),
    ]
}
