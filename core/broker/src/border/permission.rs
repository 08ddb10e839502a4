//! Who may send which command, by the role that the token gives.
//!
//! The table is whole: a command that the schema gains doesn't compile without a row here. What depends on the single link (a
//! gateway's visitors may not what its agents may) is the engine's part, which knows who speaks through it.

use frontdesk_proto::v1::command::Command;

use super::Refused;
use crate::token::Role;

/// Whose command it is. A gateway may send those of its people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Anyones,
    Visitors,
    Agents,
    Supervisors,
    /// Not a gateway's: it attaches no admins.
    Admins,
}

/// The table.
fn whose(command: &Command) -> Whose {
    match command {
        Command::Say(_)
        | Command::Preview(_)
        | Command::Acknowledge(_)
        | Command::Credit(_)
        | Command::Detach(_)
        | Command::Close(_)
        | Command::ReadSession(_)
        | Command::ReadMessages(_) => Whose::Anyones,
        Command::AttachVisitor(_)
        | Command::ViewPage(_)
        | Command::ReadReception(_)
        | Command::WatchReception(_)
        | Command::UnwatchReception(_)
        | Command::Ask(_)
        | Command::Rate(_)
        | Command::AllowPreviews(_)
        | Command::AnswerInvitation(_) => Whose::Visitors,
        Command::AttachAgent(_)
        | Command::ReadTrail(_)
        | Command::SignOn(_)
        | Command::SetStatus(_)
        | Command::SignOff(_)
        | Command::AcceptOffer(_)
        | Command::DeclineOffer(_)
        | Command::Pick(_)
        | Command::FinishNotes(_)
        | Command::AskRating(_)
        | Command::ClearAway(_)
        | Command::HandOver(_)
        | Command::TakeBack(_)
        | Command::AskWhyWaiting(_)
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
        | Command::Invite(_)
        | Command::ForceSession(_)
        | Command::WithdrawInvitation(_)
        | Command::Transfer(_)
        | Command::WithdrawOffer(_)
        | Command::InviteColleague(_)
        | Command::LeaveSession(_)
        | Command::SetSeen(_)
        | Command::PassOn(_)
        | Command::ReadTransferTargets(_)
        | Command::Block(_)
        | Command::Unblock(_)
        | Command::ReadBlocks(_)
        | Command::AcknowledgeAnnouncement(_)
        | Command::OpenRoom(_)
        | Command::TalkWith(_)
        | Command::InviteToRoom(_)
        | Command::LeaveRoom(_)
        | Command::SayInRoom(_)
        | Command::AcknowledgeRoom(_)
        | Command::ReadRoom(_)
        | Command::ReadRoomMessages(_) => Whose::Agents,
        Command::WatchSession(_)
        | Command::UnwatchSession(_)
        | Command::JoinSession(_)
        | Command::TakeOver(_)
        | Command::EndSession(_)
        | Command::Announce(_) => Whose::Supervisors,
        Command::ReadPolicy(_) | Command::ReplacePolicy(_) => Whose::Admins,
    }
}

/// Whether a token of this role may send the command. Errors: NOT_PERMITTED; the subject names the roles that may.
pub(super) fn check(command: &Command, role: Role) -> Result<(), Refused> {
    may(whose(command), role)
}

/// Whether a token of this role may what a command is for supervisors only by what it names. Errors: as [`check`].
pub(super) fn supervises(role: Role) -> Result<(), Refused> {
    may(Whose::Supervisors, role)
}

fn may(whose: Whose, role: Role) -> Result<(), Refused> {
    let supervises = matches!(role, Role::Supervisor | Role::Admin);
    let is_agent = supervises || matches!(role, Role::Agent | Role::Bot);
    let (permitted, subject, message) = match whose {
        Whose::Anyones => return Ok(()),
        Whose::Visitors => (
            role == Role::Visitor,
            "role visitor or gateway",
            "this is for visitors to do; connect with a visitor's or a gateway's token",
        ),
        Whose::Agents => (
            is_agent,
            "role agent, bot, supervisor, admin or gateway",
            "this is for agents to do; connect with the token of an agent, a bot, a supervisor, an admin or a gateway",
        ),
        Whose::Supervisors => (
            supervises,
            "role supervisor, admin or gateway",
            "this is for supervisors to do; connect with the token of a supervisor, an admin or a gateway",
        ),
        Whose::Admins => (
            role == Role::Admin,
            "role admin",
            "this is for admins to do; connect with an admin's own token",
        ),
    };
    if permitted || (role == Role::Gateway && whose != Whose::Admins) {
        Ok(())
    } else {
        Err(Refused::not_permitted(subject, message))
    }
}
