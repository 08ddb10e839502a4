//! What agents ask about each other's sessions: transfers, guests, supervision.

use std::sync::Arc;

use frontdesk_desk::floor;
use frontdesk_desk::id::{AgentId, DepartmentId};
use frontdesk_engine::{Colleague, Command, InviteColleague, TargetsQuery, Transfer};
use frontdesk_proto::limits::{HANDING_NOTE_BYTES_MAX, WATCH_ROWS_DEFAULT, WATCH_ROWS_MAX};
use frontdesk_proto::v1;

use super::{Caller, desk, id, session};
use crate::border::Refused;

const _: () = assert!(HANDING_NOTE_BYTES_MAX == floor::NOTE_BYTES_MAX);
const _: () = assert!(WATCH_ROWS_MAX == floor::TARGETS_MAX as u32);

pub(super) fn transfer(transfer: v1::Transfer, caller: &Caller) -> Result<Command, Refused> {
    let to = match transfer.to.ok_or(Refused::missing("to"))? {
        v1::transfer::To::Agent(name) => agent("agent", &name)?,
        v1::transfer::To::Department(name) => department("department", &name)?,
    };
    Ok(Command::Transfer(Box::new(Transfer {
        session: session(&transfer.session)?,
        to,
        note: note(&transfer.note)?,
        waits: transfer.wait,
        room: desk::room(transfer.over_capacity, caller)?,
    })))
}

pub(super) fn withdraw(withdraw: &v1::WithdrawOffer) -> Result<Command, Refused> {
    Ok(Command::WithdrawOffer { offer: desk::offer(&withdraw.offer)? })
}

pub(super) fn invite(invite: v1::InviteColleague) -> Result<Command, Refused> {
    let whom = match invite.whom.ok_or(Refused::missing("whom"))? {
        v1::invite_colleague::Whom::Agent(name) => agent("agent", &name)?,
        v1::invite_colleague::Whom::Department(name) => department("department", &name)?,
    };
    Ok(Command::InviteColleague(Box::new(InviteColleague {
        session: session(&invite.session)?,
        whom,
        note: note(&invite.note)?,
        is_seen: !invite.unseen,
    })))
}

pub(super) fn join(join: &v1::JoinSession) -> Result<Command, Refused> {
    Ok(Command::JoinSession { session: session(&join.session)?, is_seen: !join.unseen })
}

pub(super) fn leave(leave: &v1::LeaveSession) -> Result<Command, Refused> {
    Ok(Command::LeaveSession { session: session(&leave.session)? })
}

pub(super) fn set_seen(set: &v1::SetSeen) -> Result<Command, Refused> {
    Ok(Command::SetSeen { session: session(&set.session)?, is_seen: set.seen })
}

pub(super) fn pass_on(pass: &v1::PassOn, caller: &Caller) -> Result<Command, Refused> {
    Ok(Command::PassOn {
        session: session(&pass.session)?,
        agent: id("agent", &pass.agent, AgentId::new)?,
        room: desk::room(pass.over_capacity, caller)?,
    })
}

pub(super) fn take_over(take: &v1::TakeOver, caller: &Caller) -> Result<Command, Refused> {
    let room = desk::room(take.over_capacity, caller)?;
    Ok(Command::TakeOver { session: session(&take.session)?, room })
}

pub(super) fn end(end: &v1::EndSession) -> Result<Command, Refused> {
    Ok(Command::EndSession { session: session(&end.session)? })
}

pub(super) fn read_targets(read: &v1::ReadTransferTargets) -> Result<Command, Refused> {
    let after = match &read.after {
        None => None,
        Some(target) => match target.who.as_ref().ok_or(Refused::missing("after"))? {
            v1::transfer_target::Who::Agent(name) => Some(agent("after", name)?),
            v1::transfer_target::Who::Department(name) => Some(department("after", name)?),
        },
    };
    let rows = if read.rows == 0 { WATCH_ROWS_DEFAULT } else { read.rows };
    let rows = match u16::try_from(rows) {
        Ok(page) if rows <= WATCH_ROWS_MAX => page,
        _ => return Err(Refused::bad_value("rows", "a page has at most 200 rows")),
    };
    Ok(Command::ReadTransferTargets(Box::new(TargetsQuery { after, rows })))
}

fn agent(field: &'static str, name: &str) -> Result<Colleague, Refused> {
    id(field, name, AgentId::new).map(Colleague::Agent)
}

fn department(field: &'static str, name: &str) -> Result<Colleague, Refused> {
    id(field, name, DepartmentId::new).map(Colleague::Department)
}

fn note(note: &str) -> Result<Arc<str>, Refused> {
    if note.len() > HANDING_NOTE_BYTES_MAX {
        Err(Refused::too_long("note", HANDING_NOTE_BYTES_MAX))
    } else {
        Ok(note.into())
    }
}
