//! The border of the broker under any bytes: a frame becomes a command whose bounds hold, or a refusal with a code.
//!
//! Input: one byte chooses who sends, the rest is one frame without its length. What must hold:
//!
//! * no panic, and the same bytes mean the same again;
//! * a refusal has a code that says what to do and a sentence, and never repeats what was sent;
//! * what is let in keeps the schema's bounds, and speaks for nobody that the token doesn't name.

use bytes::Bytes;
use frontdesk_broker::border::{self, Caller, Request};
use frontdesk_broker::token::{Bearer, Identity, Role};
use frontdesk_desk::block::Target;
use frontdesk_desk::floor::SUMMARY_BYTES_MAX;
use frontdesk_desk::id::{DepartmentId, TenantId};
use frontdesk_desk::message::{MessageKind, Words};
use frontdesk_desk::policy::Policy;
use frontdesk_desk::policy::form::{FIELDS_MAX, FORM_BYTES_MAX};
use frontdesk_desk::policy::terms::{TAGS_MAX, TOPIC_BYTES_MAX};
use frontdesk_desk::role::Role as AgentRole;
use frontdesk_desk::session::RATING_BYTES_MAX;
use frontdesk_engine::{
    AnnouncementWish, Ask, AskedBy, Command, RoomWish, SetStatus, SignOn, Which,
};
use frontdesk_proto::limits;
use frontdesk_proto::prost::Message as _;
use frontdesk_proto::v1::{self, Code};

/// The department that a narrow token allows.
const OWN_DEPARTMENT: &str = "sales";
/// Texts are held to less than the schema's bound, as a broker may.
const TEXT_BYTES_MAX: usize = 64;
const PREVIEW_BYTES_MAX: usize = 32;
/// A refusal that names the faults of a policy fits into a link's credit.
const FAULTS_BYTES_MAX: usize = limits::LINK_CREDIT_BYTES as usize;

/// Parses one frame as the chosen caller's.
pub(crate) fn run(data: &[u8]) {
    let [who, frame @ ..] = data else { return };
    let caller = caller(*who);
    let parsed = border::command(Bytes::copy_from_slice(frame), &caller);
    let again = border::command(Bytes::copy_from_slice(frame), &caller);
    assert_eq!(format!("{parsed:?}"), format!("{again:?}"), "the same bytes, another meaning");

    match parsed.content {
        Ok(request) => {
            let sent = v1::Command::decode(frame).expect("what is let in is a Command");
            assert_eq!((parsed.link, parsed.request), (sent.link, sent.request));
            assert!(sent.command.is_some(), "an empty frame was let in");
            bounds_hold(&request, &caller);
        }
        Err(refused) => {
            assert_ne!(refused.code, Code::Unspecified);
            assert!(!refused.message.is_empty(), "{:?} without a sentence", refused.code);
            let said = v1::Refused::from(refused);
            let bytes_max = if said.faults.is_empty() { 1_024 } else { FAULTS_BYTES_MAX };
            assert!(said.encoded_len() <= bytes_max, "a refusal of {} bytes", said.encoded_len());
        }
    }
}

fn caller(who: u8) -> Caller {
    let role = Role::ALL[usize::from(who) % Role::ALL.len()];
    let own = DepartmentId::new(OWN_DEPARTMENT).expect("five letters");
    Caller {
        identity: Identity {
            tenant: TenantId::new("acme").expect("four letters"),
            bearer: Bearer::new(role, "me").expect("two letters"),
            departments: (who & 0x80 != 0).then(|| [own].into()),
            expires_wall_ms: 0,
        },
        address: "192.0.2.7".into(),
        text_bytes_max: TEXT_BYTES_MAX,
        preview_bytes_max: PREVIEW_BYTES_MAX,
    }
}

fn bounds_hold(request: &Request, caller: &Caller) {
    let bearer = &caller.identity.bearer;
    match request {
        Request::AttachVisitor(attach) => {
            match bearer {
                Bearer::Visitor(own) => assert_eq!(attach.visitor, *own),
                Bearer::Gateway(_) => {}
                other => panic!("{other:?} attached a visitor"),
            }
            if let Bearer::Visitor(_) = bearer {
                assert_eq!(attach.arrival.address, caller.address, "a visitor chose its address");
            }
            assert_eq!(attach.arrival.check(), Ok(()));
            let page = attach.page.as_ref();
            assert!(page.is_none_or(|page| page.url().len() <= limits::URL_BYTES_MAX));
        }
        Request::AttachAgent(attach) => match bearer {
            Bearer::Agent(own)
            | Bearer::Bot(own)
            | Bearer::Supervisor(own)
            | Bearer::Admin(own) => assert_eq!(attach.agent, *own),
            Bearer::Gateway(_) => assert_ne!(attach.role, AgentRole::Admin),
            Bearer::Visitor(_) => panic!("a visitor attached an agent"),
        },
        Request::Detach(_) | Request::Credit { .. } => {}
        Request::Command(command) => command_holds(command, caller),
    }
}

fn command_holds(command: &Command, caller: &Caller) {
    let reaches =
        |department: &DepartmentId| assert!(caller.identity.reaches(department), "{department}");
    let short = |words: &Words| {
        let is_text = words.kind == MessageKind::Text;
        let bytes_max = if is_text { TEXT_BYTES_MAX } else { words.kind.bytes_max() };
        assert!(words.body().len() <= bytes_max);
    };
    match command {
        Command::Ask(Ask { department, opening, priority_minutes, skills, form, by, .. }) => {
            department.iter().for_each(reaches);
            assert!(skills.len() <= 16);
            opening.iter().for_each(short);
            let by_gateway = matches!(caller.identity.bearer, Bearer::Gateway(_));
            assert!(
                by_gateway || *priority_minutes == 0,
                "priority by {:?}",
                caller.identity.bearer
            );
            assert!(u32::from(*priority_minutes) <= limits::PRIORITY_MINUTES_MAX);
            assert!(by_gateway || *by == AskedBy::Visitor);
            assert!(form.len() <= FIELDS_MAX);
            assert!(form.iter().all(|answer| answer.value.len() <= FORM_BYTES_MAX));
        }
        Command::Rate { rating, .. } => {
            assert!(rating.tags.len() <= TAGS_MAX && rating.words.len() <= RATING_BYTES_MAX);
        }
        Command::ClearAway { clearing, .. } => {
            assert!(clearing.topic.len() <= TOPIC_BYTES_MAX);
            assert!(clearing.summary.len() <= SUMMARY_BYTES_MAX);
        }
        Command::Say { words, .. } | Command::SayInRoom { words, .. } => short(words),
        Command::Preview { text, .. } => assert!(text.len() <= PREVIEW_BYTES_MAX),
        Command::Announce(AnnouncementWish { department, text, .. }) => {
            department.iter().for_each(reaches);
            assert!((1..=limits::ANNOUNCEMENT_BYTES_MAX).contains(&text.len()));
            let role = caller.identity.bearer.role();
            assert!(matches!(role, Role::Supervisor | Role::Admin | Role::Gateway), "by {role:?}");
        }
        Command::OpenRoom(RoomWish { title, agents, .. }) => {
            assert!(title.len() <= limits::ROOM_TITLE_BYTES_MAX);
            assert!((1..limits::ROOM_MEMBERS_MAX).contains(&agents.len()));
        }
        Command::InviteToRoom { agents, .. } => {
            assert!((1..limits::ROOM_MEMBERS_MAX).contains(&agents.len()));
        }
        Command::ReadMessages { from_seq, messages_max, .. }
        | Command::ReadRoomMessages { from_seq, messages_max, .. } => {
            assert!(*from_seq >= 1);
            assert!((1..=limits::MESSAGE_PAGE_MAX).contains(&u32::from(*messages_max)));
        }
        Command::SignOn(SignOn { posts, .. }) => {
            assert!(posts.len() <= limits::AGENT_DEPARTMENTS_MAX);
            posts.iter().for_each(|post| reaches(&post.department));
        }
        Command::ReadQueue { department, rows } => {
            reaches(department);
            assert!((1..=limits::WATCH_ROWS_MAX).contains(&u32::from(*rows)));
        }
        Command::SetStatus(SetStatus { reason, .. }) | Command::SignOff { reason } => {
            assert!(reason.len() <= limits::REASON_BYTES_MAX);
        }
        Command::Unblock { target } => by_whom_it_may(target, caller),
        Command::Block { target, for_ms, reason } => {
            by_whom_it_may(target, caller);
            assert!(for_ms.is_none_or(|for_ms| (1..=limits::BLOCK_MS_MAX).contains(&for_ms)));
            assert!(reason.len() <= limits::BLOCK_REASON_BYTES_MAX);
        }
        Command::Invite { department, text, .. } => {
            department.iter().for_each(reaches);
            assert!(text.len() <= limits::INVITATION_BYTES_MAX);
        }
        Command::ForceSession { department, .. } => department.iter().for_each(reaches),
        Command::ReadBlocks { blocks_max, .. } => {
            assert!((1..=limits::BLOCK_PAGE_MAX).contains(&u32::from(*blocks_max)));
        }
        Command::WatchVisitors { rows, .. } => {
            assert!((1..=limits::WATCH_ROWS_MAX).contains(&u32::from(*rows)));
        }
        Command::WatchFloor(query) => {
            assert!(query.departments.len() <= limits::FLOOR_DEPARTMENTS_MAX);
            assert!(u32::from(query.agents) <= limits::FLOOR_AGENTS_MAX);
            assert!(query.departments.iter().all(|id| caller.identity.reaches(id)));
        }
        Command::WatchQueues(query) => {
            assert!((1..=limits::QUEUES_MAX).contains(&query.departments.len()));
            assert!((1..=limits::WATCH_ROWS_MAX).contains(&u32::from(query.rows)));
            assert!(query.departments.iter().all(|id| caller.identity.reaches(id)));
        }
        Command::ViewPage(page) => assert!((1..=limits::URL_BYTES_MAX).contains(&page.url().len())),
        Command::Transfer(transfer) => {
            assert!(transfer.note.len() <= limits::HANDING_NOTE_BYTES_MAX);
        }
        Command::InviteColleague(invite) => {
            assert!(invite.note.len() <= limits::HANDING_NOTE_BYTES_MAX);
        }
        Command::ReadTransferTargets(query) => {
            assert!((1..=limits::WATCH_ROWS_MAX).contains(&u32::from(query.rows)));
        }
        Command::WatchSession { .. }
        | Command::UnwatchSession { .. }
        | Command::JoinSession { .. }
        | Command::TakeOver { .. }
        | Command::EndSession { .. } => {
            let role = caller.identity.bearer.role();
            assert!(matches!(role, Role::Supervisor | Role::Admin | Role::Gateway), "by {role:?}");
        }
        Command::ReadPolicy | Command::ReplacePolicy { .. } => {
            let role = caller.identity.bearer.role();
            assert_eq!(role, Role::Admin);
            if let Command::ReplacePolicy { draft, .. } = command {
                // Whatever it says is checked without a panic, and read again from what it is written down as.
                let again = border::policy::draft(&border::policy::policy(draft));
                assert_eq!(again.as_ref(), Ok(&**draft));
                let _ = Policy::new((**draft).clone());
            }
        }
        Command::Acknowledge { .. }
        | Command::AskRating { .. }
        | Command::TalkWith { .. }
        | Command::AcknowledgeAnnouncement { .. }
        | Command::LeaveRoom { .. }
        | Command::AcknowledgeRoom { .. }
        | Command::ReadRoom { .. }
        | Command::ReadReception { .. }
        | Command::WatchReception { .. }
        | Command::UnwatchReception
        | Command::AcceptOffer { .. }
        | Command::DeclineOffer { .. }
        | Command::Pick { .. }
        | Command::FinishNotes { .. }
        | Command::HandOver { .. }
        | Command::WithdrawInvitation { .. }
        | Command::AnswerInvitation { .. }
        | Command::AllowPreviews { .. }
        | Command::TakeBack { .. }
        | Command::WithdrawOffer { .. }
        | Command::LeaveSession { .. }
        | Command::SetSeen { .. }
        | Command::PassOn { .. }
        | Command::WhyWaiting { .. }
        | Command::WhyIdle { .. }
        | Command::ReadWorkLog { .. }
        | Command::Close { .. }
        | Command::ReadSession { .. }
        | Command::Unwatch
        | Command::UnwatchFloor
        | Command::UnwatchQueues
        | Command::ReadTrail { .. } => {}
        Command::ReadCounts(query) => {
            fn named<T>(which: &Which<T>) -> usize {
                if let Which::These(names) = which { names.len() } else { 0 }
            }
            let names = named(&query.sites) + named(&query.site_groups) + named(&query.regions);
            assert!(names <= limits::COUNTED_NAMES_MAX);
            if let Which::These(regions) = &query.regions {
                assert!(
                    regions.iter().all(|text| (1..=limits::TITLE_BYTES_MAX).contains(&text.len()))
                );
            }
        }
    }
}

/// A network of many addresses is for those who supervise.
fn by_whom_it_may(target: &Target, caller: &Caller) {
    let supervises = matches!(
        caller.identity.bearer,
        Bearer::Supervisor(_) | Bearer::Admin(_) | Bearer::Gateway(_)
    );
    let is_one = match target {
        Target::Visitor(_) => true,
        Target::Network(network) => network.is_single(),
    };
    assert!(supervises || is_one, "{:?} has {target:?} blocked", caller.identity.bearer);
}
