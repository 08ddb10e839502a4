//! What agents do with each other's sessions: transfer them, invite to them, join and leave, pass on, take over, end.

use frontdesk_proto::v1;
use frontdesk_proto::v1::command::Command;
use frontdesk_proto::v1::delivery::Reply;

use crate::error::RequestError;
use crate::id::{OfferId, SessionId};
use crate::link::AgentLink;

/// To whom an agent turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Colleague {
    /// An agent, or a bot that takes transfers.
    Agent(String),
    /// The agents of a department, one after another.
    Department(String),
}

/// A transfer of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Which.
    pub session: SessionId,
    /// To whom.
    pub to: Colleague,
    /// What they should know, at most 1,024 bytes; the visitor never sees it.
    pub note: String,
    /// Whether it waits in the department's queue where nobody is left to be asked.
    pub wait: bool,
    /// Also above the agent's capacity; for supervisors and admins.
    pub over_capacity: bool,
}

impl Transfer {
    /// To somebody, without a note, and back to its owner when nobody takes it.
    pub fn new(session: SessionId, to: Colleague) -> Self {
        Self { session, to, note: String::new(), wait: false, over_capacity: false }
    }
}

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColleagueAsked {
    /// Which offer; `None` if nobody had to be asked.
    pub offer: Option<OfferId>,
    /// Which session.
    pub session: SessionId,
    /// Who is asked; without an offer who has the session now, and empty if it waits in the department's queue.
    pub agent: String,
    /// Until when it may answer, by the broker's clock; 0 without an offer.
    pub until_wall_ms: u64,
}

impl ColleagueAsked {
    pub(crate) fn from_wire(asking: v1::Asking) -> Option<Self> {
        let offer = match asking.offer.is_empty() {
            true => None,
            false => Some(OfferId::from_wire(&asking.offer).ok()?),
        };
        let session = SessionId::from_wire(&asking.session).ok()?;
        let (agent, until_wall_ms) = (asking.agent, asking.until_wall_ms);
        Some(Self { offer, session, agent, until_wall_ms })
    }
}

impl AgentLink {
    /// Asks a colleague, or a department's one after another, to take a session that the agent has. How it ends comes as
    /// [`Event::TransferEnded`](crate::Event::TransferEnded).
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn transfer(&self, transfer: Transfer) -> Result<ColleagueAsked, RequestError> {
        let to = match transfer.to {
            Colleague::Agent(agent) => v1::transfer::To::Agent(agent),
            Colleague::Department(department) => v1::transfer::To::Department(department),
        };
        let command = Command::Transfer(v1::Transfer {
            session: transfer.session.to_wire(),
            to: Some(to),
            note: transfer.note,
            wait: transfer.wait,
            over_capacity: transfer.over_capacity,
        });
        asking(self.link.request(command).await?)
    }

    /// Takes back a transfer, or the invitation of a colleague.
    ///
    /// # Errors
    /// [`RequestError`]; OFFER_ENDED when it is over.
    pub async fn withdraw_offer(&self, offer: OfferId) -> Result<(), RequestError> {
        let offer = offer.to_wire();
        self.link.done(Command::WithdrawOffer(v1::WithdrawOffer { offer })).await
    }

    /// Asks a colleague, or a department's one after another, to take part in a session: see [`v1::InviteColleague`]. How it ends comes as
    /// [`Event::ColleagueInvitationEnded`](crate::Event::ColleagueInvitationEnded).
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn invite_colleague(
        &self,
        session: SessionId,
        whom: Colleague,
        note: impl Into<String>,
        seen: Seen,
    ) -> Result<ColleagueAsked, RequestError> {
        let whom = match whom {
            Colleague::Agent(agent) => v1::invite_colleague::Whom::Agent(agent),
            Colleague::Department(department) => v1::invite_colleague::Whom::Department(department),
        };
        let invite = v1::InviteColleague {
            session: session.to_wire(),
            whom: Some(whom),
            note: note.into(),
            unseen: seen == Seen::ByAgents,
        };
        asking(self.link.request(Command::InviteColleague(invite)).await?)
    }

    /// Takes part in a session as a guest, at once; for supervisors and admins.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn join_session(&self, session: SessionId, seen: Seen) -> Result<(), RequestError> {
        let unseen = seen == Seen::ByAgents;
        let join = v1::JoinSession { session: session.to_wire(), unseen };
        self.link.done(Command::JoinSession(join)).await
    }

    /// Takes part no longer, as a guest.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn leave_session(&self, session: SessionId) -> Result<(), RequestError> {
        let session = session.to_wire();
        self.link.done(Command::LeaveSession(v1::LeaveSession { session })).await
    }

    /// Lets the visitor see a guest, or doesn't any more.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn set_seen(&self, session: SessionId, seen: Seen) -> Result<(), RequestError> {
        let set = v1::SetSeen { session: session.to_wire(), seen: seen == Seen::ByAll };
        self.link.done(Command::SetSeen(set)).await
    }

    /// Makes a guest the one who has the session, and stays as a guest.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn pass_on(
        &self,
        session: SessionId,
        agent: impl Into<String>,
    ) -> Result<(), RequestError> {
        let (session, agent) = (session.to_wire(), agent.into());
        self.link.done(Command::PassOn(v1::PassOn { session, agent, over_capacity: false })).await
    }

    /// Takes a session from whoever has it, or out of its queue; for supervisors and admins who have signed on.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn take_over(&self, session: SessionId) -> Result<SessionId, RequestError> {
        let session = session.to_wire();
        self.got(Command::TakeOver(v1::TakeOver { session, over_capacity: false })).await
    }

    /// Ends a session; for supervisors and admins.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn end_session(&self, session: SessionId) -> Result<(), RequestError> {
        let session = session.to_wire();
        self.link.done(Command::EndSession(v1::EndSession { session })).await
    }

    /// To whom the agent may transfer: see [`v1::ReadTransferTargets`].
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn read_transfer_targets(
        &self,
        read: v1::ReadTransferTargets,
    ) -> Result<v1::TransferTargets, RequestError> {
        match self.link.request(Command::ReadTransferTargets(read)).await? {
            Reply::TransferTargets(targets) => Ok(targets),
            _ => Err(RequestError::UnknownAnswer),
        }
    }
}

/// Who sees a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Everybody.
    ByAll,
    /// Agents; the visitor isn't told of it, and what it says reaches agents only.
    ByAgents,
}

fn asking(reply: Reply) -> Result<ColleagueAsked, RequestError> {
    match reply {
        Reply::Asking(asking) => {
            ColleagueAsked::from_wire(asking).ok_or(RequestError::UnknownAnswer)
        }
        _ => Err(RequestError::UnknownAnswer),
    }
}
