//! Who may do what: every command by every kind of caller, with the answer that is expected.
//!
//! A command that the schema gains doesn't compile here until it has a row, and isn't skipped: [`samples`] walks from one variant to the
//! next by a `match` without a wildcard.

use bytes::Bytes;
use frontdesk::broker::token::Role;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::Reply;
use frontdesk::proto::v1::{self, Code};

use crate::house::House;
use crate::wire::{Lane, arrives, say};

/// What a caller is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// It is done.
    Yes,
    /// Its role may, and what it asks for isn't there or isn't its own: the desk's no, not the token's.
    NotThere,
    /// Refused: what was missing.
    No(&'static str),
    /// Refused: there is no such link on this lane.
    NoLink,
    /// Refused: a link is there already.
    InUse,
    /// Refused: link 0 is none.
    NoNumber,
    /// Nothing: it is a command without a reply.
    Silence,
}

use Answer::{InUse, No, NoLink, NoNumber, NotThere, Silence, Yes};

/// By the token.
const VISITORS: Answer = No("role visitor or gateway");
const AGENTS: Answer = No("role agent, bot, supervisor, admin or gateway");
const SUPERVISORS: Answer = No("role supervisor, admin or gateway");
const ADMINS: Answer = No("role admin");
/// By the link, whose token may both.
const VISITOR: Answer = No("role visitor");
const AGENT: Answer = No("role agent");
const SUPERVISOR: Answer = No("role supervisor or admin");

/// Answers for: the links of a visitor, an agent, a bot, a supervisor and an admin, a gateway's link of a visitor and of an agent, a
/// number that is attached on another lane only, and no number at all.
fn row(command: &Command) -> [Answer; 9] {
    match command {
        Command::Rate(_) => {
            let (no, n) = (VISITORS, NotThere);
            [n, no, no, no, no, n, VISITOR, NoLink, NoLink]
        }
        // What is said in a session that isn't there.
        Command::Say(_)
        | Command::Preview(_)
        | Command::Acknowledge(_)
        | Command::Close(_)
        | Command::ReadSession(_)
        | Command::ReadMessages(_) => {
            let n = NotThere;
            [n, n, n, n, n, n, n, NoLink, NoLink]
        }
        Command::Credit(_) => {
            let s = Silence;
            [s, s, s, s, s, s, s, NoLink, NoLink]
        }
        Command::ViewPage(_)
        | Command::ReadReception(_)
        | Command::WatchReception(_)
        | Command::UnwatchReception(_)
        | Command::Ask(_) => {
            let no = VISITORS;
            [Yes, no, no, no, no, Yes, VISITOR, NoLink, NoLink]
        }
        // There is no such block, and no such session.
        Command::Unblock(_) | Command::AskRating(_) | Command::ClearAway(_) => {
            let n = NotThere;
            [AGENTS, n, n, n, n, AGENT, n, NoLink, NoLink]
        }
        // Whatever the link. The last four callers are gateways.
        Command::AttachVisitor(_) => {
            let no = VISITORS;
            [InUse, no, no, no, no, InUse, InUse, Yes, NoNumber]
        }
        Command::AttachAgent(_) => {
            [AGENTS, InUse, InUse, InUse, InUse, InUse, InUse, Yes, NoNumber]
        }
        Command::ReadTrail(_)
        | Command::SignOn(_)
        | Command::SetStatus(_)
        | Command::FinishNotes(_)
        | Command::AskWhyIdle(_)
        | Command::ReadWorkLog(_)
        | Command::ReadQueue(_)
        | Command::WatchVisitors(_)
        | Command::Unwatch(_)
        | Command::WatchFloor(_)
        | Command::UnwatchFloor(_)
        | Command::WatchQueues(_)
        | Command::UnwatchQueues(_)
        | Command::ReadCounts(_)
        | Command::Block(_)
        | Command::ReadBlocks(_)
        | Command::LeaveSession(_)
        | Command::ReadTransferTargets(_)
        | Command::SignOff(_) => [AGENTS, Yes, Yes, Yes, Yes, AGENT, Yes, NoLink, NoLink],
        Command::WatchSession(_)
        | Command::JoinSession(_)
        | Command::TakeOver(_)
        | Command::EndSession(_) => {
            let (no, n, not) = (SUPERVISORS, NotThere, SUPERVISOR);
            [no, no, no, n, n, not, not, NoLink, NoLink]
        }
        Command::UnwatchSession(_) => {
            let (no, not) = (SUPERVISORS, SUPERVISOR);
            [no, no, no, Yes, Yes, not, not, NoLink, NoLink]
        }
        // No gateway's.
        Command::ReadPolicy(_) => {
            let no = ADMINS;
            [no, no, no, no, Yes, no, no, no, no]
        }
        // An empty one.
        Command::ReplacePolicy(_) => {
            let no = ADMINS;
            [no, no, no, no, NotThere, no, no, no, no]
        }
        // An invitation or a session that isn't there.
        Command::AnswerInvitation(_) | Command::AllowPreviews(_) => {
            let (no, n) = (VISITORS, NotThere);
            [n, no, no, no, no, n, VISITOR, NoLink, NoLink]
        }
        // What is done with an offer, a session or a visitor that isn't there.
        Command::AcceptOffer(_)
        | Command::Invite(_)
        | Command::ForceSession(_)
        | Command::WithdrawInvitation(_)
        | Command::DeclineOffer(_)
        | Command::Pick(_)
        | Command::HandOver(_)
        | Command::TakeBack(_)
        | Command::Transfer(_)
        | Command::WithdrawOffer(_)
        | Command::InviteColleague(_)
        | Command::SetSeen(_)
        | Command::PassOn(_)
        | Command::AskWhyWaiting(_) => {
            let n = NotThere;
            [AGENTS, n, n, n, n, AGENT, n, NoLink, NoLink]
        }
        Command::Announce(_) => {
            let (no, not) = (SUPERVISORS, SUPERVISOR);
            [no, no, no, Yes, Yes, AGENT, not, NoLink, NoLink]
        }
        // Rooms and colleagues that aren't there.
        Command::OpenRoom(_)
        | Command::TalkWith(_)
        | Command::InviteToRoom(_)
        | Command::LeaveRoom(_)
        | Command::SayInRoom(_)
        | Command::AcknowledgeRoom(_)
        | Command::ReadRoom(_)
        | Command::ReadRoomMessages(_)
        | Command::AcknowledgeAnnouncement(_) => {
            let n = NotThere;
            [AGENTS, n, n, n, n, AGENT, n, NoLink, NoLink]
        }
        Command::Detach(_) => [Yes, Yes, Yes, Yes, Yes, Yes, Yes, NoLink, NoLink],
    }
}

/// One of each command, in an order in which those of an agent can be done.
fn samples() -> Vec<Command> {
    let mut samples = vec![first()];
    while let Some(next) = after(&samples[samples.len() - 1]) {
        samples.push(next);
    }
    samples
}

fn first() -> Command {
    Command::Say(say(&nowhere(), "hello?"))
}

/// The sample of the variant that follows this one.
fn after(command: &Command) -> Option<Command> {
    let session = nowhere();
    Some(match command {
        Command::Say(_) => Command::Preview(v1::Preview { session, text: "he".into() }),
        Command::Preview(_) => Command::AllowPreviews(v1::AllowPreviews { session, allowed: true }),
        Command::AllowPreviews(_) => {
            Command::Acknowledge(v1::Acknowledge { session, delivered: 1, read: 1 })
        }
        Command::Acknowledge(_) => Command::Credit(v1::Credit { taken_bytes: 0 }),
        Command::Credit(_) => Command::ViewPage(v1::ViewPage {
            page: Some(v1::Page { url: "https://shop.example/2".into(), title: String::new() }),
        }),
        Command::ViewPage(_) => Command::ReadReception(v1::ReadReception::default()),
        Command::ReadReception(_) => Command::WatchReception(v1::WatchReception::default()),
        Command::WatchReception(_) => Command::UnwatchReception(v1::UnwatchReception {}),
        Command::UnwatchReception(_) => {
            Command::Ask(v1::Ask { department: "sales".into(), ..Default::default() })
        }
        Command::Ask(_) => Command::Close(v1::Close { session }),
        Command::Close(_) => Command::ReadSession(v1::ReadSession { session }),
        Command::ReadSession(_) => {
            Command::ReadMessages(v1::ReadMessages { session, from_seq: 1, messages: 0 })
        }
        Command::ReadMessages(_) => Command::WatchSession(v1::WatchSession {
            resume: Some(v1::Resume { session, ..Default::default() }),
        }),
        Command::WatchSession(_) => Command::UnwatchSession(v1::UnwatchSession { session }),
        Command::UnwatchSession(_) => {
            Command::ReadTrail(v1::ReadTrail { visitor: "visitor".into() })
        }
        Command::ReadTrail(_) => Command::SignOn(v1::SignOn {
            departments: vec!["support".into()],
            capacity: 1,
            ..Default::default()
        }),
        Command::SignOn(_) => Command::SetStatus(v1::SetStatus {
            status: v1::Status::Busy.into(),
            reason: String::new(),
            ..Default::default()
        }),
        Command::SetStatus(_) => Command::AcceptOffer(v1::AcceptOffer { offer: session }),
        Command::AcceptOffer(_) => Command::DeclineOffer(v1::DeclineOffer { offer: session }),
        Command::DeclineOffer(_) => Command::Pick(v1::Pick { session, over_capacity: false }),
        Command::Pick(_) => Command::FinishNotes(v1::FinishNotes::default()),
        Command::FinishNotes(_) => {
            Command::Invite(v1::Invite { visitor: "nobody".into(), ..Default::default() })
        }
        Command::Invite(_) => Command::ForceSession(v1::ForceSession {
            visitor: "nobody".into(),
            department: String::new(),
        }),
        Command::ForceSession(_) => Command::WithdrawInvitation(v1::WithdrawInvitation {
            visitor: "nobody".into(),
            invitation: session,
        }),
        Command::WithdrawInvitation(_) => Command::AnswerInvitation(v1::AnswerInvitation {
            invitation: session,
            answer: v1::InvitationAnswer::Accept.into(),
        }),
        Command::AnswerInvitation(_) => {
            Command::HandOver(v1::HandOver { session, bot: String::new() })
        }
        Command::HandOver(_) => Command::TakeBack(v1::TakeBack { session }),
        Command::TakeBack(_) => Command::AskRating(v1::AskRating { session }),
        Command::AskRating(_) => {
            Command::ClearAway(v1::ClearAway { session, ..Default::default() })
        }
        Command::ClearAway(_) => {
            Command::Rate(v1::Rate { session, score: 1, ..Default::default() })
        }
        Command::Rate(_) => Command::Transfer(v1::Transfer {
            session,
            to: Some(v1::transfer::To::Department("sales".into())),
            ..Default::default()
        }),
        Command::Transfer(_) => Command::WithdrawOffer(v1::WithdrawOffer { offer: session }),
        Command::WithdrawOffer(_) => Command::InviteColleague(v1::InviteColleague {
            session,
            whom: Some(v1::invite_colleague::Whom::Department("sales".into())),
            ..Default::default()
        }),
        Command::InviteColleague(_) => {
            Command::JoinSession(v1::JoinSession { session, unseen: true })
        }
        Command::JoinSession(_) => Command::LeaveSession(v1::LeaveSession { session }),
        Command::LeaveSession(_) => Command::SetSeen(v1::SetSeen { session, seen: true }),
        Command::SetSeen(_) => {
            Command::PassOn(v1::PassOn { session, agent: "nobody".into(), over_capacity: false })
        }
        Command::PassOn(_) => Command::TakeOver(v1::TakeOver { session, over_capacity: false }),
        Command::TakeOver(_) => Command::EndSession(v1::EndSession { session }),
        Command::EndSession(_) => Command::ReadTransferTargets(v1::ReadTransferTargets::default()),
        Command::ReadTransferTargets(_) => Command::AskWhyWaiting(v1::AskWhyWaiting { session }),
        Command::AskWhyWaiting(_) => Command::AskWhyIdle(v1::AskWhyIdle::default()),
        Command::AskWhyIdle(_) => Command::ReadWorkLog(v1::ReadWorkLog::default()),
        Command::ReadWorkLog(_) => {
            Command::ReadQueue(v1::ReadQueue { department: "sales".into(), rows: 0 })
        }
        Command::ReadQueue(_) => Command::SignOff(v1::SignOff::default()),
        Command::SignOff(_) => Command::WatchVisitors(v1::WatchVisitors::default()),
        Command::WatchVisitors(_) => Command::Unwatch(v1::Unwatch {}),
        Command::Unwatch(_) => Command::WatchFloor(v1::WatchFloor::default()),
        Command::ReadCounts(_) => Command::Unblock(v1::Unblock { target: Some(somebody_else()) }),
        Command::Unblock(_) => {
            Command::Block(v1::Block { target: Some(somebody_else()), ..Default::default() })
        }
        Command::Block(_) => Command::ReadBlocks(v1::ReadBlocks::default()),
        Command::ReadBlocks(_) => Command::ReadPolicy(v1::ReadPolicy {}),
        Command::ReadPolicy(_) => Command::ReplacePolicy(Box::new(v1::ReplacePolicy {
            policy: Some(v1::Policy::default()),
            made_from: 77,
        })),
        Command::ReplacePolicy(_) => Command::AttachVisitor(Box::new(arrives(""))),
        Command::AttachVisitor(_) => Command::AttachAgent(v1::AttachAgent::default()),
        Command::AttachAgent(_) => Command::Detach(v1::Detach::default()),
        Command::WatchFloor(_) => {
            let departments = vec!["sales".into()];
            Command::WatchQueues(v1::WatchQueues { departments, rows: 0 })
        }
        Command::WatchQueues(_) => Command::UnwatchFloor(v1::UnwatchFloor {}),
        Command::UnwatchFloor(_) => Command::UnwatchQueues(v1::UnwatchQueues {}),
        Command::UnwatchQueues(_) => Command::OpenRoom(v1::OpenRoom {
            client_room_id: session,
            title: String::new(),
            agents: vec!["nobody".into()],
        }),
        Command::OpenRoom(_) => Command::TalkWith(v1::TalkWith { agent: "nobody".into() }),
        Command::TalkWith(_) => {
            Command::InviteToRoom(v1::InviteToRoom { room: session, agents: vec!["nobody".into()] })
        }
        Command::InviteToRoom(_) => Command::LeaveRoom(v1::LeaveRoom { room: session }),
        Command::LeaveRoom(_) => {
            let words = say(&nowhere(), "hello?");
            Command::SayInRoom(v1::SayInRoom {
                room: session,
                client_message_id: words.client_message_id,
                kind: words.kind,
                body: words.body,
            })
        }
        Command::SayInRoom(_) => {
            Command::AcknowledgeRoom(v1::AcknowledgeRoom { room: session, delivered: 1, read: 1 })
        }
        Command::AcknowledgeRoom(_) => Command::ReadRoom(v1::ReadRoom { room: session }),
        Command::ReadRoom(_) => Command::ReadRoomMessages(v1::ReadRoomMessages {
            room: session,
            from_seq: 1,
            messages: 0,
        }),
        Command::ReadRoomMessages(_) => Command::Announce(v1::Announce {
            client_message_id: session,
            department: "sales".into(),
            text: "Meeting at four".into(),
        }),
        Command::Announce(_) => {
            Command::AcknowledgeAnnouncement(v1::AcknowledgeAnnouncement { announcement: session })
        }
        Command::AcknowledgeAnnouncement(_) => Command::ReadCounts(v1::ReadCounts::default()),
        Command::Detach(_) => return None,
    })
}

fn somebody_else() -> v1::BlockTarget {
    v1::BlockTarget { who: Some(v1::block_target::Who::Visitor("somebody-else".into())) }
}

fn nowhere() -> Bytes {
    vec![0x5a; 16].into()
}

/// One who sends commands.
struct Caller {
    name: &'static str,
    lane: Lane,
    link: u32,
    /// Whom its attaches name; empty for a token that names its bearer.
    visitor: &'static str,
    agent: &'static str,
}

impl Caller {
    async fn answered(&mut self, command: Command) -> Answer {
        let command = match command {
            Command::AttachVisitor(attach) => Command::AttachVisitor(Box::new(v1::AttachVisitor {
                visitor: self.visitor.into(),
                ..*attach
            })),
            Command::AttachAgent(attach) => {
                Command::AttachAgent(v1::AttachAgent { agent: self.agent.into(), ..attach })
            }
            other => other,
        };
        if matches!(command, Command::Credit(_)) {
            // A credit that is taken has no answer; the next command's comes without one of its own before it.
            let request = self.lane.request(self.link, command).await;
            self.lane.refused(u32::MAX, Command::Unwatch(v1::Unwatch {})).await;
            return match self.lane.answered_already(self.link, request) {
                None => Silence,
                Some(reply) => answer(reply),
            };
        }
        let attached = matches!(command, Command::AttachVisitor(_) | Command::AttachAgent(_));
        let answered = answer(self.lane.ask(self.link, command).await);
        if attached && answered == Yes {
            // The row's other commands find the link as it was.
            self.lane.ask(self.link, Command::Detach(v1::Detach::default())).await;
        }
        answered
    }
}

fn answer(reply: Reply) -> Answer {
    let Reply::Refused(refused) = reply else { return Yes };
    match refused.code() {
        Code::NotPermitted => {
            let missing = [VISITOR, AGENT, SUPERVISOR, VISITORS, AGENTS, SUPERVISORS, ADMINS];
            let is_meant = |no: &Answer| matches!(no, No(subject) if *subject == refused.subject);
            missing.into_iter().find(is_meant).unwrap_or_else(|| panic!("{refused:?}"))
        }
        Code::NotFound | Code::NotInSession | Code::BadPolicy | Code::InvitationEnded => NotThere,
        Code::UnknownCommand => NotThere,
        Code::UnknownLink => NoLink,
        Code::LinkInUse => InUse,
        Code::MissingField if refused.subject == "link" => NoNumber,
        _ => panic!("an answer of another kind: {refused:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_is_answered_by_who_sends_it() {
    let house = House::open();
    let visitor = house.client("acme", Role::Visitor, "visitor").await;
    let agent = house.client("acme", Role::Agent, "agent").await;
    let bot = house.client("acme", Role::Bot, "bot").await;
    let supervisor = house.client("acme", Role::Supervisor, "supervisor").await;
    let admin = house.client("acme", Role::Admin, "admin").await;
    let gateway = house.gateway().await;
    let caller = |name, lane, link, visitor, agent| Caller { name, lane, link, visitor, agent };
    let mut callers = [
        caller("a visitor", visitor.lane().await, 1, "", ""),
        caller("an agent", agent.lane().await, 1, "", ""),
        caller("a bot", bot.lane().await, 1, "", ""),
        caller("a supervisor", supervisor.lane().await, 1, "", ""),
        caller("an admin", admin.lane().await, 1, "", ""),
        caller("a gateway's visitor", gateway.lane().await, 1, "gv", "ga"),
        caller("a gateway's agent", gateway.lane().await, 2, "gv", "ga"),
        caller("another lane's link", gateway.lane().await, 1, "other", "other"),
        caller("no link", gateway.lane().await, 0, "other", "other"),
    ];
    callers[0].lane.attach_visitor(1, arrives("")).await;
    for caller in &mut callers[1..5] {
        caller.lane.attach_agent(1, v1::AttachAgent::default()).await;
    }
    callers[5].lane.attach_visitor(1, arrives("gv")).await;
    let ga = v1::AttachAgent { agent: "ga".into(), ..Default::default() };
    callers[6].lane.attach_agent(2, ga).await;

    for command in samples() {
        let expected = row(&command);
        for (caller, expected) in callers.iter_mut().zip(expected) {
            let answered = caller.answered(command.clone()).await;
            assert_eq!(answered, expected, "{} sends {command:?}", caller.name);
        }
    }
    // Whatever was refused has changed nothing: who asked waits, and nobody else; one visitor who never came is blocked.
    let counts = house.counts("acme");
    assert_eq!((counts.waiting, counts.messages, counts.agents_online), (2, 0, 0));
    assert_eq!(counts.blocks, 1);
    assert_eq!(house.counts("globex"), Default::default());
}
