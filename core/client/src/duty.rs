//! What an agent does at the desk: offers, picks, notes, bots, and the questions why.

use frontdesk_proto::v1;
use frontdesk_proto::v1::command::Command;
use frontdesk_proto::v1::delivery::Reply;

use crate::error::RequestError;
use crate::id::{OfferId, SessionId};
use crate::link::AgentLink;

impl AgentLink {
    /// Begins to work with tiers, orders, weights and skills of its own: see [`v1::SignOn`].
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn sign_on_as(&self, sign_on: v1::SignOn) -> Result<v1::SignedOn, RequestError> {
        match self.link.request(Command::SignOn(sign_on)).await? {
            Reply::SignedOn(signed_on) => Ok(signed_on),
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// Changes a status for later, or another agent's: see [`v1::SetStatus`].
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn set_status_as(&self, set: v1::SetStatus) -> Result<(), RequestError> {
        self.link.done(Command::SetStatus(set)).await
    }

    /// Takes what it is offered; the session is its own. Again, it is answered the same.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn accept_offer(&self, offer: OfferId) -> Result<SessionId, RequestError> {
        self.got(Command::AcceptOffer(v1::AcceptOffer { offer: offer.to_wire() })).await
    }

    /// Doesn't take what it is offered.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn decline_offer(&self, offer: OfferId) -> Result<(), RequestError> {
        let decline = v1::DeclineOffer { offer: offer.to_wire() };
        self.link.done(Command::DeclineOffer(decline)).await
    }

    /// Takes one who waits: a chosen one, or the next of those it may have.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn pick(&self, session: Option<SessionId>) -> Result<SessionId, RequestError> {
        let session = session.map(SessionId::to_wire).unwrap_or_default();
        self.got(Command::Pick(v1::Pick { session, over_capacity: false })).await
    }

    /// As [`pick`](Self::pick), also above the capacity; for supervisors and admins.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn pick_over_capacity(
        &self,
        session: Option<SessionId>,
    ) -> Result<SessionId, RequestError> {
        let session = session.map(SessionId::to_wire).unwrap_or_default();
        self.got(Command::Pick(v1::Pick { session, over_capacity: true })).await
    }

    /// Has finished its notes about a session, or about all.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn finish_notes(&self, session: Option<SessionId>) -> Result<(), RequestError> {
        let session = session.map(SessionId::to_wire).unwrap_or_default();
        self.link.done(Command::FinishNotes(v1::FinishNotes { session })).await
    }

    /// Hands a session to a bot (empty: the one of the site's style) and stays in it. Answers with the bot.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn hand_over(
        &self,
        session: SessionId,
        bot: impl Into<String>,
    ) -> Result<String, RequestError> {
        let hand = v1::HandOver { session: session.to_wire(), bot: bot.into() };
        match self.link.request(Command::HandOver(hand)).await? {
            Reply::HandedTo(to) => Ok(to.bot),
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// Takes back what it handed to a bot.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn take_back(&self, session: SessionId) -> Result<(), RequestError> {
        self.link.done(Command::TakeBack(v1::TakeBack { session: session.to_wire() })).await
    }

    /// Why does a session wait?
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn why_waiting(&self, session: SessionId) -> Result<v1::WhyWaiting, RequestError> {
        let ask = v1::AskWhyWaiting { session: session.to_wire() };
        match self.link.request(Command::AskWhyWaiting(ask)).await? {
            Reply::WhyWaiting(why) => Ok(why),
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// Why has an agent (empty: oneself) nothing, or no more?
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn why_idle(&self, agent: impl Into<String>) -> Result<v1::WhyIdle, RequestError> {
        let ask = v1::AskWhyIdle { agent: agent.into() };
        match self.link.request(Command::AskWhyIdle(ask)).await? {
            Reply::WhyIdle(why) => Ok(why),
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// When was an agent (empty: oneself) in which status, and why?
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn read_work_log(
        &self,
        agent: impl Into<String>,
    ) -> Result<v1::WorkLog, RequestError> {
        let read = v1::ReadWorkLog { agent: agent.into() };
        match self.link.request(Command::ReadWorkLog(read)).await? {
            Reply::WorkLog(log) => Ok(log),
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// Who waits in a department; 1 to 200 rows, 0 for 50.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn read_queue(
        &self,
        department: impl Into<String>,
        rows: u32,
    ) -> Result<v1::Queue, RequestError> {
        let read = v1::ReadQueue { department: department.into(), rows };
        match self.link.request(Command::ReadQueue(read)).await? {
            Reply::Queue(queue) => Ok(queue),
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    pub(crate) async fn got(&self, command: Command) -> Result<SessionId, RequestError> {
        match self.link.request(command).await? {
            Reply::Got(got) => {
                SessionId::from_wire(&got.session).map_err(|_| RequestError::UnknownAnswer)
            }
            _ => Err(RequestError::UnknownAnswer),
        }
    }
}
