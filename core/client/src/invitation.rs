//! Invitations: agents invite visitors who browse, visitors answer.

use frontdesk_proto::v1;
use frontdesk_proto::v1::command::Command;
use frontdesk_proto::v1::delivery::Reply;

use crate::error::RequestError;
use crate::id::{InvitationId, SessionId};
use crate::link::{AgentLink, VisitorLink};

/// An invitation that is shown to a visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invited {
    /// Which.
    pub invitation: InvitationId,
    /// Until when it is shown, by the broker's clock, in milliseconds since 1970.
    pub until_wall_ms: u64,
}

impl AgentLink {
    /// Invites a visitor who browses: in one of the agent's departments (empty: its first), with a text of at most 1,024 bytes. How it ends comes as
    /// [`Event::InvitationEnded`](crate::Event::InvitationEnded).
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn invite(
        &self,
        visitor: impl Into<String>,
        department: impl Into<String>,
        text: impl Into<String>,
    ) -> Result<Invited, RequestError> {
        let invite = v1::Invite {
            visitor: visitor.into(),
            department: department.into(),
            text: text.into(),
        };
        match self.link.request(Command::Invite(invite)).await? {
            Reply::Invited(v1::Invited { invitation, until_wall_ms }) => {
                let invitation = InvitationId::from_wire(&invitation);
                let invitation = invitation.map_err(|_| RequestError::UnknownAnswer)?;
                Ok(Invited { invitation, until_wall_ms })
            }
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// Opens a session with a visitor who browses, without asking it; in one of the agent's departments (empty: its first).
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn force_session(
        &self,
        visitor: impl Into<String>,
        department: impl Into<String>,
    ) -> Result<SessionId, RequestError> {
        let force = v1::ForceSession { visitor: visitor.into(), department: department.into() };
        asked(self.link.request(Command::ForceSession(force)).await?)
    }

    /// Takes back an invitation that it has made.
    ///
    /// # Errors
    /// [`RequestError`]; INVITATION_ENDED if it isn't shown any more.
    pub async fn withdraw_invitation(
        &self,
        visitor: impl Into<String>,
        invitation: InvitationId,
    ) -> Result<(), RequestError> {
        let invitation = invitation.to_wire();
        let withdraw = v1::WithdrawInvitation { visitor: visitor.into(), invitation };
        self.link.done(Command::WithdrawInvitation(withdraw)).await
    }
}

impl VisitorLink {
    /// Accepts an invitation: a session begins, with the agent who invites if that one has room.
    ///
    /// # Errors
    /// [`RequestError`]; INVITATION_ENDED if it isn't shown any more: the visitor may ask by itself.
    pub async fn accept_invitation(
        &self,
        invitation: InvitationId,
    ) -> Result<SessionId, RequestError> {
        let accept = answer(invitation, v1::InvitationAnswer::Accept);
        asked(self.link.request(accept).await?)
    }

    /// Declines an invitation; no rule invites the visitor again in this visit.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn decline_invitation(&self, invitation: InvitationId) -> Result<(), RequestError> {
        self.link.done(answer(invitation, v1::InvitationAnswer::Decline)).await
    }

    /// The visitor closed an invitation without an answer.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn ignore_invitation(&self, invitation: InvitationId) -> Result<(), RequestError> {
        self.link.done(answer(invitation, v1::InvitationAnswer::Ignore)).await
    }
}

fn answer(invitation: InvitationId, answer: v1::InvitationAnswer) -> Command {
    let invitation = invitation.to_wire();
    Command::AnswerInvitation(v1::AnswerInvitation { invitation, answer: answer.into() })
}

fn asked(reply: Reply) -> Result<SessionId, RequestError> {
    match reply {
        Reply::Asked(asked) => {
            SessionId::from_wire(&asked.session).map_err(|_| RequestError::UnknownAnswer)
        }
        _ => Err(RequestError::UnknownAnswer),
    }
}
