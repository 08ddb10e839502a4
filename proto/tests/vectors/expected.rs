//! What each vector says, by name: written down from the text format in the vector files, not decoded from their bytes.

use frontdesk_proto::Bytes;
use frontdesk_proto::v1::{
    Acknowledge, AllowPreviews, Arrival, Ask, Asked, AttachAgent, AttachVisitor, Attached,
    Audience, Block, BlockPage, BlockRow, BlockTarget, Blocked, Breakdown, Close, CloseCause, Code,
    Command, ControlCommand, ControlEvent, CountBy, Counts, Credit, Delivery, Departure, Detach,
    Done, GoAway, Hello, InSession, Limits, LinkEnded, Message, MessageKind, MessagePage, Page,
    Participant, ParticipantJoined, ParticipantLeft, Presence, Preview, PreviewShown,
    QueuePosition, ReadBlocks, ReadCounts, ReadMessages, ReadSession, ReadTrail, Receipt, Refused,
    RenewToken, Resume, Resumed, Role, Said, Say, SessionClosed, SessionOpened, SessionState,
    SessionView, SetStatus, SignOff, SignOn, SignedOn, Status, StatusChanged, TokenRenewed, Trail,
    TrailPage, Typing, Unblock, Unwatch, UnwatchSession, ViewPage, VisitorCounts, VisitorOrder,
    VisitorRow, VisitorsChanged, VisitorsSnapshot, WatchEnded, WatchSession, WatchVisitors,
    Watching, Welcome, block_target, command, control_command, control_event, delivery,
};

/// A value of one of the four messages that are frames.
#[derive(Debug)]
pub(crate) enum Value {
    ControlCommand(ControlCommand),
    ControlEvent(ControlEvent),
    Command(Command),
    Delivery(Delivery),
}

pub(crate) const WALL_MS: u64 = 1_767_225_600_000;

fn sixteen(first: u8) -> Bytes {
    (0..16).map(|i| first + i).collect()
}

pub(crate) fn session() -> Bytes {
    sixteen(0x50)
}

pub(crate) fn epoch() -> Bytes {
    sixteen(0xe0)
}

pub(crate) fn link_token() -> Bytes {
    sixteen(0xa0)
}

fn message_id() -> Bytes {
    sixteen(0xc0)
}

const TEXT: i32 = MessageKind::Text as i32;

fn page() -> Page {
    Page { url: "https://shop.example/beds".into(), title: "Beds".into() }
}

fn say(client_message_id: Bytes, body: impl Into<Bytes>) -> Say {
    Say { session: session(), client_message_id, kind: TEXT, body: body.into(), ..Say::default() }
}

fn message() -> Message {
    Message {
        session: session(),
        seq: 2,
        from: 2,
        kind: TEXT,
        body: "您好".into(),
        wall_ms: WALL_MS + 2_000,
        client_message_id: sixteen(0xd0),
        ..Message::default()
    }
}

fn anna() -> Participant {
    Participant {
        number: 2,
        role: Role::Agent.into(),
        id: "anna".into(),
        present: true,
        ..Participant::default()
    }
}

fn view() -> SessionView {
    let visitor = Participant {
        number: 1,
        role: Role::Visitor.into(),
        id: "v-1".into(),
        present: true,
        delivered: 2,
        read: 1,
        ..Participant::default()
    };
    SessionView {
        session: session(),
        state: SessionState::Active.into(),
        visitor: "v-1".into(),
        department: "sales".into(),
        you: 1,
        participants: vec![visitor, anna()],
        last_seq: 2,
        first_kept_seq: 1,
        asked_wall_ms: WALL_MS,
        assigned_wall_ms: WALL_MS + 1_500,
        position: 0,
        ..SessionView::default()
    }
}

fn row() -> VisitorRow {
    VisitorRow {
        visitor: "v-1".into(),
        site: "www".into(),
        presence: Presence::Here.into(),
        page: Some(page()),
        referrer: "https://search.example/?q=bed".into(),
        region: "上海".into(),
        address: "2001:db8::1".into(),
        device: "phone".into(),
        language: "zh-CN".into(),
        arrived_wall_ms: WALL_MS,
        pages: 3,
        links: 2,
        session: session(),
        search_engine: "search.example".into(),
        keyword: "床".into(),
        attributes: attributes(&[("cart", "2"), ("vip", "yes")]),
        session_state: SessionState::Waiting.into(),
        department: "售后".into(),
        visit: 7,
        last_visit_wall_ms: WALL_MS - 86_400_000,
        invited: true,
    }
}

fn attributes(pairs: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn hello(token: &str) -> Hello {
    Hello { token: token.into(), version_min: 1, version_max: 1, client: "demo/1".into() }
}

/// Made outside with key `frontdesk vectors, never a secret` and HS256.
const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImRldiIsInR5cCI6IkpXVCJ9.\
    eyJ0aWQiOiJhY21lIiwic3ViIjoidi0xIiwicm9sZSI6InZpc2l0b3IiLCJhdWQiOiJmcm9udGRlc2siLCJleHAiOjQxMDI0NDQ4MDB9.\
    lKrJg8y4RJtbPDmm6fqRDIueiADF8flbhp42poaSijk";

/// All values, by the name of their vector.
pub(crate) fn values() -> Vec<(&'static str, Value)> {
    let control = control_commands().into_iter().map(|(name, command)| {
        (name, Value::ControlCommand(ControlCommand { command: Some(command) }))
    });
    let control_events = control_events()
        .into_iter()
        .map(|(name, event)| (name, Value::ControlEvent(ControlEvent { event: Some(event) })));
    let commands = commands()
        .into_iter()
        .chain(crate::desk::commands())
        .chain(crate::floor::commands())
        .chain(crate::policy::commands())
        .chain(crate::invitations::commands())
        .chain(crate::rooms::commands())
        .chain(crate::service::commands())
        .chain(crate::transfer::commands())
        .map(|(name, link, request, command)| {
            (name, Value::Command(Command { link, request, command: command.into() }))
        });
    let replies = replies()
        .into_iter()
        .chain(crate::desk::replies())
        .chain(crate::policy::replies())
        .chain(crate::invitations::replies())
        .chain(crate::rooms::replies())
        .chain(crate::service::replies())
        .chain(crate::transfer::replies())
        .map(|(name, link, request, reply)| {
            (name, Value::Delivery(Delivery { link, request, reply: reply.into(), event: None }))
        });
    let events = events()
        .into_iter()
        .chain(crate::desk::events())
        .chain(crate::floor::events())
        .chain(crate::invitations::events())
        .chain(crate::rooms::events())
        .chain(crate::service::events())
        .chain(crate::transfer::events())
        .map(|(name, link, event)| {
            (name, Value::Delivery(Delivery { link, request: 0, reply: None, event: Some(event) }))
        });
    let unset = [
        ("empty_command", Value::Command(Command::default())),
        ("by_hand_empty", Value::Command(Command::default())),
        ("empty_delivery", Value::Delivery(Delivery::default())),
        ("unknown_command", Value::Command(Command { link: 1, request: 4, command: None })),
        ("unknown_event", Value::Delivery(Delivery { link: 1, ..Delivery::default() })),
    ];
    control
        .chain(control_events)
        .chain(commands)
        .chain(replies)
        .chain(events)
        .chain(unset)
        .collect()
}

fn control_commands() -> Vec<(&'static str, control_command::Command)> {
    use control_command::Command::{Hello as H, RenewToken as R};
    vec![
        ("hello", H(hello("a.b.c"))),
        ("hello_with_token", H(hello(TOKEN))),
        ("hello_without_anything", H(Hello::default())),
        ("renew_token", R(RenewToken { token: "d.e.f".into() })),
        (
            "unknown_field_in_hello",
            H(Hello { version_max: 9, client: String::new(), ..hello("a.b.c") }),
        ),
        ("by_hand_hello", H(Hello { version_max: 2, client: "de".into(), ..hello("a.b.c") })),
    ]
}

fn control_events() -> Vec<(&'static str, control_event::Event)> {
    use control_event::Event as E;
    let welcome = Welcome {
        version: 1,
        epoch: epoch(),
        wall_ms: WALL_MS,
        limits: Some(Limits {
            frame_bytes_max: 131_072,
            lanes_max: 4,
            links_max: 16,
            text_bytes_max: 8_192,
            preview_bytes_max: 2_048,
            link_credit_bytes: 65_536,
            messages_per_s: 5,
            messages_burst: 20,
            previews_per_s: 5,
            idle_timeout_ms: 30_000,
        }),
        role: Role::Visitor.into(),
        tenant: "acme".into(),
        token_expires_wall_ms: WALL_MS + 3_600_000,
    };
    let draining = GoAway {
        code: Code::Draining.into(),
        message: "being replaced".into(),
        retry_after_ms: 2_000,
        remaining_ms: 10_000,
    };
    let bad_token = GoAway {
        code: Code::BadToken.into(),
        message: "the signature does not match".into(),
        ..GoAway::default()
    };
    let refused = Refused {
        code: Code::TokenExpired.into(),
        message: "令牌已过期".into(),
        subject: "exp".into(),
        ..Refused::default()
    };
    vec![
        ("welcome", E::Welcome(welcome)),
        ("token_renewed", E::TokenRenewed(TokenRenewed { expires_wall_ms: WALL_MS })),
        ("go_away_draining", E::GoAway(draining)),
        ("go_away_bad_token", E::GoAway(bad_token)),
        ("control_refused", E::Refused(refused)),
    ]
}

fn commands() -> Vec<(&'static str, u32, u32, command::Command)> {
    use command::Command as C;
    let arrival = Arrival { page: Some(page()), ..Arrival::default() };
    let attach =
        AttachVisitor { site: "www".into(), arrival: Some(arrival), ..AttachVisitor::default() };
    let attach_in_full = AttachVisitor {
        site: "www".into(),
        visitor: "访客-7".into(),
        arrival: Some(Arrival {
            page: Some(page()),
            referrer: "https://search.example/?q=bed".into(),
            search_engine: "search.example".into(),
            keyword: "床".into(),
            address: "203.0.113.7".into(),
            region: "上海".into(),
            language: "zh-CN".into(),
            device: "phone".into(),
            attributes: attributes(&[("cart", "2"), ("vip", "yes")]),
        }),
        replaces: link_token(),
        resume: Some(Resume { session: session(), epoch: epoch(), seq: 41 }),
    };
    let without_value = AttachVisitor {
        arrival: Some(Arrival { attributes: attributes(&[("vip", "")]), ..Arrival::default() }),
        ..AttachVisitor::default()
    };
    let attach_agent = AttachAgent {
        agent: "anna".into(),
        replaces: link_token(),
        resume: vec![
            Resume { session: session(), epoch: epoch(), seq: 7 },
            Resume { session: link_token(), epoch: epoch(), seq: 0 },
        ],
        ..AttachAgent::default()
    };
    let attach_supervisor = AttachAgent {
        agent: "sue".into(),
        role: Role::Supervisor.into(),
        ..AttachAgent::default()
    };
    let watch = Resume { session: session(), epoch: epoch(), seq: 7 };
    let opening = Say { session: Bytes::new(), ..say(message_id(), "hi") };
    let ask = Ask { department: "sales".into(), opening: Some(opening), ..Ask::default() };
    let ask_by_gateway =
        Ask { department: "售后".into(), priority_minutes: 1_440, ..Ask::default() };
    let long = "0123456789".repeat(30);
    let any_bytes: Bytes = (0..=u8::MAX).collect();
    let by_hand_say = Say {
        session: Bytes::new(),
        client_message_id: sixteen(0),
        kind: TEXT,
        body: "你好，Anna👋".into(),
        ..Say::default()
    };
    let whisper = Say { audience: Audience::One.into(), to: 3, ..say(message_id(), "别催他") };
    let recall = Say {
        kind: MessageKind::Recalled.into(),
        replaces: message_id(),
        ..say(sixteen(0xf0), "")
    };
    let of_later_schema = Say { session: session(), body: "hi".into(), ..Say::default() };
    let chinese = "你好，我想问一下订单 20260101 什么时候发货？谢谢 🙏";
    let list = WatchVisitors {
        site_group: "all".into(),
        department: "售后".into(),
        presence: Presence::Away.into(),
        in_session: InSession::Waiting.into(),
        region: "上海".into(),
        keyword: "床".into(),
        text: "oak".into(),
        order: VisitorOrder::MostPages.into(),
        ..WatchVisitors::default()
    };
    let by = ReadCounts {
        sites: vec!["www".into(), "shop".into()],
        site_groups: vec!["all".into()],
        regions: vec!["上海".into()],
        most: vec![CountBy::Region.into(), CountBy::SiteGroup.into()],
    };
    vec![
        ("attach_visitor", 1, 1, C::AttachVisitor(attach.into())),
        ("attach_visitor_in_full", 300, 16_384, C::AttachVisitor(attach_in_full.into())),
        ("attribute_without_value", 1, 0, C::AttachVisitor(without_value.into())),
        ("attach_agent", 2, 1, C::AttachAgent(attach_agent)),
        ("attach_supervisor", 3, 1, C::AttachAgent(attach_supervisor)),
        ("watch_session", 3, 2, C::WatchSession(WatchSession { resume: Some(watch) })),
        ("unwatch_session", 3, 3, C::UnwatchSession(UnwatchSession { session: session() })),
        ("ask", 1, 2, C::Ask(ask)),
        ("ask_by_gateway", 77, 5, C::Ask(ask_by_gateway)),
        ("say", 1, 3, C::Say(say(sixteen(0xf0), "thanks"))),
        ("say_chinese", 1, 4, C::Say(say(message_id(), chinese))),
        ("say_long", 1, 5, C::Say(say(message_id(), long))),
        ("say_any_bytes", 1, 0, C::Say(say(message_id(), any_bytes))),
        ("say_to_one", 1, 6, C::Say(whisper)),
        ("say_recall", 1, 7, C::Say(recall)),
        (
            "allow_previews",
            1,
            8,
            C::AllowPreviews(AllowPreviews { session: session(), allowed: true }),
        ),
        ("by_hand_say", 1, 7, C::Say(by_hand_say)),
        ("unknown_field_in_say", 1, 3, C::Say(of_later_schema)),
        ("credit", 1, 0, C::Credit(Credit { taken_bytes: 300 })),
        ("by_hand_credit", 300, 0, C::Credit(Credit { taken_bytes: 128 })),
        ("command_of_maxima", u32::MAX, u32::MAX, C::Credit(Credit { taken_bytes: u64::MAX })),
        ("detach_leaving", 1, 9, C::Detach(Detach { departure: Departure::Leaving.into() })),
        ("detach_by_default", 1, 0, C::Detach(Detach::default())),
        ("view_page", 1, 0, C::ViewPage(ViewPage { page: Some(page()) })),
        ("read_trail", 2, 3, C::ReadTrail(ReadTrail { visitor: "v-1".into() })),
        ("preview", 1, 0, C::Preview(Preview { session: session(), text: "我想问".into() })),
        (
            "preview_of_nothing",
            1,
            0,
            C::Preview(Preview { session: session(), text: String::new() }),
        ),
        (
            "acknowledge",
            1,
            0,
            C::Acknowledge(Acknowledge { session: session(), delivered: 128, read: 127 }),
        ),
        ("close", 2, 8, C::Close(Close { session: session() })),
        ("read_session", 2, 10, C::ReadSession(ReadSession { session: session() })),
        (
            "read_messages",
            2,
            11,
            C::ReadMessages(ReadMessages { session: session(), from_seq: 1, messages: 64 }),
        ),
        (
            "sign_on",
            2,
            2,
            C::SignOn(SignOn {
                departments: vec!["sales".into(), "售后".into()],
                capacity: 3,
                ..SignOn::default()
            }),
        ),
        (
            "set_status",
            2,
            3,
            C::SetStatus(SetStatus {
                status: Status::Online.into(),
                reason: "morning".into(),
                ..SetStatus::default()
            }),
        ),
        ("unknown_status", 2, 1, C::SetStatus(SetStatus { status: 77, ..SetStatus::default() })),
        ("sign_off", 2, 4, C::SignOff(SignOff { reason: "done for today".into() })),
        (
            "watch_visitors",
            2,
            5,
            C::WatchVisitors(WatchVisitors {
                site: "www".into(),
                rows: 200,
                ..WatchVisitors::default()
            }),
        ),
        ("watch_list", 2, 16, C::WatchVisitors(list)),
        ("unwatch", 2, 6, C::Unwatch(Unwatch {})),
        (
            "block_visitor",
            2,
            12,
            C::Block(Block {
                target: visitor_blocked("v-1"),
                for_ms: 86_400_000,
                reason: "广告".into(),
            }),
        ),
        (
            "block_network",
            2,
            13,
            C::Block(Block { target: network_blocked("2001:db8::/32"), ..Default::default() }),
        ),
        ("unblock", 2, 14, C::Unblock(Unblock { target: network_blocked("192.0.2.7") })),
        (
            "read_blocks",
            2,
            15,
            C::ReadBlocks(ReadBlocks { after: visitor_blocked("v-1"), blocks: 2 }),
        ),
        ("read_counts", 2, 7, C::ReadCounts(ReadCounts::default())),
        ("read_counts_by", 2, 8, C::ReadCounts(by)),
    ]
}

fn replies() -> Vec<(&'static str, u32, u32, delivery::Reply)> {
    use delivery::Reply as R;
    let refused = Refused {
        code: Code::RateLimited.into(),
        message: "too many messages a second".into(),
        retry_after_ms: 250,
        subject: "messages_per_s".into(),
        ..Refused::default()
    };
    let by_hand_refused = Refused { message: "slow".into(), ..refused.clone() };
    let unasked = Refused {
        code: Code::UnknownLink.into(),
        message: "no link 9 on this lane".into(),
        subject: "9".into(),
        ..Refused::default()
    };
    let attached = Attached { link_token: link_token(), epoch: epoch(), ..Attached::default() };
    let trail = Trail {
        visitor: Some(row()),
        pages: vec![
            TrailPage { page: Some(page()), entered_wall_ms: WALL_MS, stayed_ms: 61_000 },
            TrailPage { page: None, entered_wall_ms: WALL_MS + 61_000, stayed_ms: 0 },
        ],
        folded: 12,
        folded_stayed_ms: 600_000,
    };
    let counts = Counts {
        visitors_here: 1_000_000,
        visitors_away: 1,
        waiting: 2,
        sessions: 3,
        agents_online: 4,
        agents_busy: 5,
        agents_away: 6,
        links: 7,
        messages: 4_294_967_296,
        blocks: 8,
        offered: 0,
        breakdown: None,
    };
    let counts_by = Counts {
        visitors_here: 3,
        breakdown: Some(Breakdown {
            sites: vec![VisitorCounts {
                name: "www".into(),
                here: 1,
                away: 2,
                waiting: 3,
                active: 4,
            }],
            other_sites: Some(VisitorCounts { here: 5, ..VisitorCounts::default() }),
            site_groups: vec![VisitorCounts { name: "all".into(), ..VisitorCounts::default() }],
            regions: vec![VisitorCounts {
                name: "上海".into(),
                here: 6,
                ..VisitorCounts::default()
            }],
            other_regions: Some(VisitorCounts { away: 7, ..VisitorCounts::default() }),
            no_region: Some(VisitorCounts { active: 8, ..VisitorCounts::default() }),
        }),
        ..Counts::default()
    };
    let page_of_two = MessagePage {
        messages: vec![message(), Message { seq: 3, ..Message::default() }],
        next_seq: 4,
        last_seq: 3,
    };
    vec![
        ("done", 1, 128, R::Done(Done {})),
        ("by_hand_done", 1, 5, R::Done(Done {})),
        ("refused", 1, 3, R::Refused(refused)),
        ("by_hand_refused", 1, 3, R::Refused(by_hand_refused)),
        ("refused_unasked", 0, 0, R::Refused(unasked)),
        ("unknown_code", 1, 1, R::Refused(Refused { code: 2_999, ..Refused::default() })),
        ("said", 1, 3, R::Said(Said { seq: 3, wall_ms: WALL_MS + 3_000, duplicate: false })),
        ("said_again", 1, 4, R::Said(Said { seq: u64::MAX, wall_ms: u64::MAX, duplicate: true })),
        ("unknown_field_in_said", 1, 3, R::Said(Said { seq: 3, ..Said::default() })),
        ("attached", 1, 1, R::Attached(Attached { previews_shown: true, ..attached.clone() })),
        ("attached_again", 1, 1, R::Attached(Attached { session: session(), ..attached.clone() })),
        (
            "attached_agent",
            2,
            1,
            R::Attached(Attached { status: Status::Offline.into(), ..attached }),
        ),
        ("trail", 2, 3, R::Trail(trail.into())),
        ("asked", 1, 2, R::Asked(Asked { session: session(), existing: false, opening_seq: 1 })),
        (
            "asked_existing",
            1,
            6,
            R::Asked(Asked { session: session(), existing: true, opening_seq: 0 }),
        ),
        ("session", 2, 10, R::Session(view())),
        ("message_page", 2, 11, R::MessagePage(page_of_two)),
        (
            "signed_on",
            2,
            2,
            R::SignedOn(SignedOn { status: Status::Away.into(), sessions: 1, capacity: 3 }),
        ),
        ("watching", 2, 5, R::Watching(Watching {})),
        ("counts", 2, 7, R::Counts(counts)),
        (
            "blocked",
            2,
            12,
            R::Blocked(Blocked { visitors: 1, until_wall_ms: WALL_MS + 86_400_000 }),
        ),
        ("block_page", 2, 15, R::BlockPage(block_page())),
        ("counts_by", 2, 8, R::Counts(counts_by)),
    ]
}

fn visitor_blocked(id: &str) -> Option<BlockTarget> {
    Some(BlockTarget { who: Some(block_target::Who::Visitor(id.into())) })
}

fn network_blocked(network: &str) -> Option<BlockTarget> {
    Some(BlockTarget { who: Some(block_target::Who::Network(network.into())) })
}

fn block_page() -> BlockPage {
    let first = BlockRow {
        target: visitor_blocked("访客-7"),
        by: "anna".into(),
        reason: "广告".into(),
        since_wall_ms: WALL_MS,
        until_wall_ms: WALL_MS + 86_400_000,
    };
    let second = BlockRow {
        target: network_blocked("192.0.2.0/24"),
        by: "bea".into(),
        since_wall_ms: WALL_MS,
        ..Default::default()
    };
    BlockPage { blocks: vec![first, second], more: true, total: 5 }
}

fn events() -> Vec<(&'static str, u32, delivery::Event)> {
    use delivery::Event as E;
    let closed = SessionClosed {
        session: session(),
        cause: CloseCause::Agent.into(),
        last_seq: 44,
        wall_ms: WALL_MS,
        valid: true,
    };
    let resumed =
        Resumed { session: session(), epoch: epoch(), from_seq: 42, to_seq: 44, complete: true };
    let ended = LinkEnded { code: Code::TooSlow.into(), message: "attach again and resume".into() };
    let status = StatusChanged {
        status: Status::Busy.into(),
        reason: "电话".into(),
        since_wall_ms: WALL_MS,
        ..StatusChanged::default()
    };
    let second_row = VisitorRow {
        visitor: "v-2".into(),
        presence: Presence::Away.into(),
        ..VisitorRow::default()
    };
    let gone =
        VisitorsChanged { gone: vec!["v-1".into(), "v-2".into()], ..VisitorsChanged::default() };
    let filling =
        VisitorsSnapshot { present: 1_000_000, filling: true, ..VisitorsSnapshot::default() };
    let filled = VisitorsChanged {
        rows: vec![VisitorRow { visitor: "v-3".into(), ..VisitorRow::default() }],
        present: 1,
        filling: true,
        ..VisitorsChanged::default()
    };
    let for_supervisors =
        Message { audience: Audience::Supervisors.into(), replaces: message_id(), ..message() };
    vec![
        ("message", 1, E::Message(message())),
        ("message_for_supervisors", 1, E::Message(for_supervisors)),
        (
            "preview_shown",
            2,
            E::PreviewShown(PreviewShown { session: session(), from: 1, text: "我想问".into() }),
        ),
        ("typing", 1, E::Typing(Typing { session: session(), from: 2, typing: true })),
        (
            "receipt",
            1,
            E::Receipt(Receipt { session: session(), participant: 2, delivered: 3, read: 2 }),
        ),
        ("link_ended", 1, E::LinkEnded(ended)),
        (
            "link_ended_blocked",
            1,
            E::LinkEnded(LinkEnded { code: Code::Blocked.into(), message: String::new() }),
        ),
        (
            "session_closed_blocked",
            1,
            E::SessionClosed(SessionClosed {
                session: session(),
                cause: CloseCause::Blocked.into(),
                last_seq: 1,
                wall_ms: WALL_MS,
                valid: true,
            }),
        ),
        ("watch_ended", 3, E::WatchEnded(WatchEnded { session: session() })),
        ("session_opened", 1, E::SessionOpened(SessionOpened { view: Some(view()) })),
        (
            "queue_position",
            1,
            E::QueuePosition(QueuePosition {
                session: session(),
                position: 1,
                ..QueuePosition::default()
            }),
        ),
        (
            "participant_joined",
            1,
            E::ParticipantJoined(ParticipantJoined {
                session: session(),
                participant: Some(anna()),
            }),
        ),
        (
            "participant_left",
            1,
            E::ParticipantLeft(ParticipantLeft { session: session(), number: 2 }),
        ),
        ("resumed", 1, E::Resumed(resumed)),
        ("session_closed", 1, E::SessionClosed(closed)),
        ("status_changed", 2, E::StatusChanged(status)),
        (
            "visitors_snapshot",
            2,
            E::VisitorsSnapshot(VisitorsSnapshot {
                rows: vec![row(), second_row],
                present: 2,
                filling: false,
            }),
        ),
        ("visitors_changed", 2, E::VisitorsChanged(gone)),
        ("visitors_filling", 2, E::VisitorsSnapshot(filling)),
        ("visitors_filled", 2, E::VisitorsChanged(filled)),
    ]
}
