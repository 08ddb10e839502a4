//! A session's terms at work: rating it, and clearing it away.

use frontdesk_proto::v1::{self, command::Command};

use crate::error::RequestError;
use crate::id::SessionId;
use crate::link::{AgentLink, VisitorLink};

impl VisitorLink {
    /// Rates a session, once: a score from 1 to what [`RatingAsked`](crate::Event::RatingAsked) said, some of its tags, and words.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn rate(
        &self,
        session: SessionId,
        score: u32,
        tags: Vec<String>,
        words: impl Into<String>,
    ) -> Result<(), RequestError> {
        let rate = v1::Rate { session: session.to_wire(), score, tags, words: words.into() };
        self.link.done(Command::Rate(rate)).await
    }
}

impl AgentLink {
    /// Asks the visitor to rate.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn ask_rating(&self, session: SessionId) -> Result<(), RequestError> {
        let ask = v1::AskRating { session: session.to_wire() };
        self.link.done(Command::AskRating(ask)).await
    }

    /// Clears away a session that is over, with its topic and a summary; each may be empty where the policy doesn't want it.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn clear_away(
        &self,
        session: SessionId,
        topic: impl Into<String>,
        summary: impl Into<String>,
    ) -> Result<(), RequestError> {
        let (topic, summary) = (topic.into(), summary.into());
        let clear = v1::ClearAway { session: session.to_wire(), topic, summary };
        self.link.done(Command::ClearAway(clear)).await
    }
}
