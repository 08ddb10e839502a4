//! The bot at work: it greets, answers by keyword, and hands over to people.
//!
//! It is an agent like any other to the broker, and learns all that it does from its link's events.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use frontdesk::client::{
    AgentLink, Colleague, Event, Events, Message, RequestError, SayError, SessionId, Transfer, v1,
};
use frontdesk::proto::v1::Code;

use super::answers::{Answers, Reaction};

/// The visitor's number in every session.
const VISITOR: u32 = 1;

/// The bot.
pub(crate) struct Program {
    pub(crate) link: AgentLink,
    pub(crate) answers: Answers,
    /// Where people are asked.
    pub(crate) department: String,
    /// The sessions that it has.
    sessions: BTreeSet<SessionId>,
}

impl Program {
    pub(crate) fn new(link: AgentLink, answers: Answers, department: String) -> Self {
        Self { link, answers, department, sessions: BTreeSet::new() }
    }

    /// Works until its link is over.
    pub(crate) async fn work(mut self, mut events: Events) -> Result<()> {
        while let Some(event) = events.next().await {
            match event {
                Event::SessionOpened { session, view } => self.opened(session, &view).await?,
                Event::Message(message) => self.heard(&message).await?,
                Event::TransferEnded { session, outcome, .. } => {
                    self.handed(session, outcome).await?;
                }
                Event::ParticipantLeft { session, .. } | Event::SessionLost { session } => {
                    self.look(session).await?;
                }
                Event::SessionClosed { session, .. } => drop(self.sessions.remove(&session)),
                _ => {}
            }
        }
        Ok(())
    }

    /// A session that it gets is greeted; one that it had before an interruption isn't again.
    async fn opened(&mut self, session: SessionId, view: &v1::SessionView) -> Result<()> {
        if self.sessions.insert(session) && view.state() == v1::SessionState::Active {
            let greeting = self.answers.greeting.clone();
            self.say(session, &greeting).await?;
        }
        Ok(())
    }

    async fn heard(&mut self, message: &Message) -> Result<()> {
        let Some(said) = message.text() else { return Ok(()) };
        if message.from != VISITOR || !self.sessions.contains(&message.session) {
            return Ok(());
        }
        match self.answers.to(said) {
            Reaction::Say(answer) => self.say(message.session, &answer).await,
            Reaction::HandOver => self.hand_over(message.session).await,
        }
    }

    /// Asks the people of the department; where nobody is left to be asked, the session waits in its queue.
    async fn hand_over(&mut self, session: SessionId) -> Result<()> {
        let words = self.answers.handing_over.clone();
        self.say(session, &words).await?;
        let to = Colleague::Department(self.department.clone());
        let note = "The visitor wants a person; what it asked stands above.".to_owned();
        let transfer = Transfer { note, wait: true, ..Transfer::new(session, to) };
        match self.link.transfer(transfer).await {
            // Without an offer somebody has it already, or it waits.
            Ok(asked) if asked.offer.is_none() => drop(self.sessions.remove(&session)),
            // They are asked already, or the visitor left meanwhile.
            Ok(_) => {}
            Err(RequestError::Refused(refusal))
                if refusal.is(Code::TransferPending)
                    || refusal.is(Code::SessionClosed)
                    || refusal.is(Code::NotInSession) => {}
            Err(RequestError::Refused(_)) => {
                let words = self.answers.nobody.clone();
                self.say(session, &words).await?;
            }
            Err(error) => return Err(error).context("the transfer"),
        }
        Ok(())
    }

    async fn handed(&mut self, session: SessionId, outcome: v1::HandingOutcome) -> Result<()> {
        use v1::HandingOutcome as Outcome;
        match outcome {
            Outcome::Accepted | Outcome::Waits | Outcome::SourceLost | Outcome::SessionEnded => {
                self.sessions.remove(&session);
                Ok(())
            }
            _ => {
                let words = self.answers.nobody.clone();
                self.say(session, &words).await
            }
        }
    }

    /// Somebody left a session; if it was the bot itself, it has it no more.
    async fn look(&mut self, session: SessionId) -> Result<()> {
        match self.link.read_session(session).await {
            Ok(_) => Ok(()),
            Err(RequestError::Refused(_)) => {
                self.sessions.remove(&session);
                Ok(())
            }
            Err(error) => Err(error).context("a look at a session"),
        }
    }

    /// Says something. That it is too late is no fault: people are faster than programs now and then.
    async fn say(&mut self, session: SessionId, text: &str) -> Result<()> {
        match self.link.say(session, text).await {
            Err(SayError::Refused { refusal, .. })
                if refusal.is(Code::NotInSession) || refusal.is(Code::SessionClosed) =>
            {
                self.sessions.remove(&session);
                Ok(())
            }
            said => said.map(drop).context("the bot's words"),
        }
    }
}
