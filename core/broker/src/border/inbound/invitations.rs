//! From the wire inward, as far as it concerns invitations.

use frontdesk_desk::id::{DepartmentId, InvitationId, VisitorId};
use frontdesk_desk::policy::invitations;
use frontdesk_desk::refusal::Refusal;
use frontdesk_engine::{Answer, Command};
use frontdesk_proto::limits::INVITATION_BYTES_MAX;
use frontdesk_proto::v1;

use super::{Caller, id, reached, sixteen, some_id};
use crate::border::Refused;

const _: () = assert!(INVITATION_BYTES_MAX == invitations::INVITATION_BYTES_MAX);

pub(super) fn invite(invite: v1::Invite, caller: &Caller) -> Result<Command, Refused> {
    if invite.text.len() > INVITATION_BYTES_MAX {
        return Err(Refused::too_long("text", INVITATION_BYTES_MAX));
    }
    Ok(Command::Invite {
        visitor: id("visitor", &invite.visitor, VisitorId::new)?,
        department: department(&invite.department, caller)?,
        text: invite.text.into(),
    })
}

pub(super) fn force(force: &v1::ForceSession, caller: &Caller) -> Result<Command, Refused> {
    Ok(Command::ForceSession {
        visitor: id("visitor", &force.visitor, VisitorId::new)?,
        department: department(&force.department, caller)?,
    })
}

pub(super) fn withdraw(withdraw: &v1::WithdrawInvitation) -> Result<Command, Refused> {
    Ok(Command::WithdrawInvitation {
        visitor: id("visitor", &withdraw.visitor, VisitorId::new)?,
        invitation: invitation(&withdraw.invitation)?,
    })
}

pub(super) fn answer(answer: &v1::AnswerInvitation) -> Result<Command, Refused> {
    let said = match answer.answer() {
        v1::InvitationAnswer::Accept => Answer::Accept,
        v1::InvitationAnswer::Decline => Answer::Decline,
        v1::InvitationAnswer::Ignore => Answer::Ignore,
        v1::InvitationAnswer::Unspecified if answer.answer == 0 => {
            return Err(Refused::missing("answer"));
        }
        v1::InvitationAnswer::Unspecified => {
            return Err(Refused::bad_value("answer", "an answer is ACCEPT, DECLINE or IGNORE"));
        }
    };
    Ok(Command::AnswerInvitation { invitation: invitation(&answer.invitation)?, answer: said })
}

fn department(field: &str, caller: &Caller) -> Result<Option<DepartmentId>, Refused> {
    let department = some_id("department", field, DepartmentId::new)?;
    if let Some(department) = &department {
        reached(department, caller)?;
    }
    Ok(department)
}

fn invitation(field: &[u8]) -> Result<InvitationId, Refused> {
    if field.is_empty() {
        return Err(Refused::missing("invitation"));
    }
    // Bytes that no invitation can have are answered like those of one that isn't shown.
    InvitationId::from_bytes(sixteen("invitation", field)?)
        .ok_or_else(|| Refusal::InvitationEnded.into())
}
