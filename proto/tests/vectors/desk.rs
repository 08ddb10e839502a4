//! What the vectors of asking, duty, offers, picks and bots say.

use frontdesk_proto::v1::{
    AcceptOffer, Ask, AskWhyIdle, AskWhyWaiting, Considered, DeclineOffer, Estimate, FinishNotes,
    Got, HandOver, HandedTo, IdleAt, LogEntry, Obstacle, OfferEnded, OfferMade, OfferOutcome,
    OfferPurpose, Pick, Post, Queue, QueuePosition, ReadQueue, ReadReception, ReadWorkLog,
    Receiving, Reception, ReceptionRow, SetStatus, SignOn, Status, StatusChanged, TakeBack,
    WaitingRow, WhyIdle, WhyWaiting, WorkLog, command, delivery,
};

use crate::expected::{WALL_MS, epoch, link_token, session};

pub(crate) fn commands() -> Vec<(&'static str, u32, u32, command::Command)> {
    use command::Command as C;
    let offer = link_token;
    let posts = vec![
        Post { department: "sales".into(), tier: 2, order: 7, weight: 40 },
        Post { department: "售后".into(), ..Post::default() },
    ];
    let skills = vec!["french".into()];
    let set = SetStatus {
        status: Status::Away.into(),
        reason: "lunch".into(),
        agent: "bob".into(),
        after_sessions: true,
    };
    let ask = Ask {
        agent: "anna".into(),
        skills: vec!["french".into(), "billing".into()],
        channel: "app".into(),
        ..Ask::default()
    };
    let hand = HandOver { session: session(), bot: "robo".into() };
    vec![
        ("ask_in_full", 1, 5, C::Ask(ask)),
        (
            "sign_on_in_full",
            2,
            2,
            C::SignOn(SignOn { capacity: 3, posts, skills, ..SignOn::default() }),
        ),
        ("set_status_of_another", 2, 3, C::SetStatus(set)),
        ("read_reception", 1, 30, C::ReadReception(ReadReception { department: "sales".into() })),
        ("accept_offer", 2, 20, C::AcceptOffer(AcceptOffer { offer: offer() })),
        ("decline_offer", 2, 21, C::DeclineOffer(DeclineOffer { offer: offer() })),
        ("pick", 2, 22, C::Pick(Pick { session: session(), over_capacity: true })),
        ("finish_notes", 2, 23, C::FinishNotes(FinishNotes { session: session() })),
        ("hand_over", 2, 24, C::HandOver(hand)),
        ("take_back", 2, 25, C::TakeBack(TakeBack { session: session() })),
        ("ask_why_waiting", 2, 26, C::AskWhyWaiting(AskWhyWaiting { session: session() })),
        ("ask_why_idle", 2, 27, C::AskWhyIdle(AskWhyIdle { agent: "bob".into() })),
        ("read_work_log", 2, 28, C::ReadWorkLog(ReadWorkLog { agent: "bob".into() })),
        ("read_queue", 2, 29, C::ReadQueue(ReadQueue { department: "sales".into(), rows: 200 })),
    ]
}

pub(crate) fn replies() -> Vec<(&'static str, u32, u32, delivery::Reply)> {
    use delivery::Reply as R;
    let full = Considered {
        agent: "anna".into(),
        score: epoch(),
        load: 300,
        capacity: 300,
        obstacle: Obstacle::Full.into(),
    };
    let why_waiting = WhyWaiting {
        department: "sales".into(),
        position: 3,
        policy_version: 7,
        considered: vec![full],
        others: 2,
        ..WhyWaiting::default()
    };
    let sales = IdleAt { department: "sales".into(), waiting: 4, obstacle: Obstacle::Busy.into() };
    let why_idle = WhyIdle {
        status: Status::Busy.into(),
        load: 100,
        capacity: 300,
        obstacle: Obstacle::Busy.into(),
        departments: vec![sales],
        policy_version: 7,
    };
    let entry =
        LogEntry { wall_ms: WALL_MS, status: Status::Away.into(), reason: "signed on".into() };
    let first = WaitingRow {
        session: session(),
        visitor: "v-1".into(),
        position: 1,
        asked_wall_ms: WALL_MS,
        priority_ms: 60_000,
    };
    let sales_row = ReceptionRow {
        department: "sales".into(),
        name: "售前".into(),
        receiving: Receiving::Waiting.into(),
        waiting: 4,
        ..ReceptionRow::default()
    };
    let anna_row = ReceptionRow {
        agent: "anna".into(),
        status: Status::Busy.into(),
        ..ReceptionRow::default()
    };
    let reception = Reception {
        form: None,
        receiving: Receiving::Waiting.into(),
        department: "sales".into(),
        waiting: 4,
        rows: vec![sales_row, anna_row],
        policy_version: 7,
        words: "请稍候".into(),
    };
    vec![
        ("reception", 1, 30, R::Reception(reception)),
        ("got", 2, 20, R::Got(Got { session: session() })),
        ("handed_to", 2, 24, R::HandedTo(HandedTo { bot: "robo".into() })),
        ("why_waiting", 2, 26, R::WhyWaiting(why_waiting)),
        ("why_idle", 2, 27, R::WhyIdle(why_idle)),
        ("work_log", 2, 28, R::WorkLog(WorkLog { entries: vec![entry] })),
        ("queue", 2, 29, R::Queue(Queue { rows: vec![first] })),
    ]
}

pub(crate) fn events() -> Vec<(&'static str, u32, delivery::Event)> {
    use delivery::Event as E;
    let estimate = Some(Estimate { p50_ms: 70_000, p90_ms: 231_000 });
    let changed = StatusChanged {
        status: Status::Online.into(),
        since_wall_ms: WALL_MS,
        next: Status::Away.into(),
        ..StatusChanged::default()
    };
    let made = OfferMade {
        offer: link_token(),
        session: session(),
        visitor: "v-1".into(),
        department: "sales".into(),
        asked_wall_ms: WALL_MS,
        until_wall_ms: WALL_MS + 15_000,
        purpose: OfferPurpose::Join.into(),
        from: "bob".into(),
        note: "常客".into(),
        unseen: true,
    };
    let ended = OfferEnded {
        offer: link_token(),
        session: session(),
        outcome: OfferOutcome::LostRace.into(),
    };
    vec![
        (
            "queue_position_with_estimate",
            1,
            E::QueuePosition(QueuePosition { session: session(), position: 2, estimate }),
        ),
        ("status_changed_with_next", 2, E::StatusChanged(changed)),
        ("offer_made", 2, E::OfferMade(made)),
        ("offer_ended", 2, E::OfferEnded(ended)),
    ]
}
