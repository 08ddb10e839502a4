//! What is to be said: a body of some kind, to some, maybe in the place of what was said before.

use bytes::Bytes;
use frontdesk_proto::v1;
use frontdesk_proto::v1::command::Command;
use frontdesk_proto::v1::delivery::Reply;

use crate::error::{RequestError, SayError};
use crate::id::{MessageId, SessionId};
use crate::link::{Link, Said, VisitorLink};

/// Something to say with [`Link::say_words`](crate::Link::say_words). Everyone may see it unless it is said for fewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    id: MessageId,
    say: v1::Say,
}

impl Words {
    /// A body of a kind, under a new random id. The schema says how long each kind may be.
    pub fn new(kind: v1::MessageKind, body: impl Into<Bytes>) -> Self {
        let say = v1::Say { kind: kind.into(), body: body.into(), ..v1::Say::default() };
        Self { id: MessageId::random(), say }
    }

    /// A text, under a new random id.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(v1::MessageKind::Text, text.into())
    }

    /// Takes back what was said under an id.
    pub fn recall(message: MessageId) -> Self {
        Self::new(v1::MessageKind::Recalled, Bytes::new()).instead_of(message)
    }

    /// Under an id of the program's own: words of an id said before get the first answer and are not said twice.
    #[must_use]
    pub fn under(self, id: MessageId) -> Self {
        Self { id, ..self }
    }

    /// For agents and supervisors only.
    #[must_use]
    pub fn for_agents(self) -> Self {
        self.to(v1::Audience::Agents, 0)
    }

    /// For supervisors only.
    #[must_use]
    pub fn for_supervisors(self) -> Self {
        self.to(v1::Audience::Supervisors, 0)
    }

    /// For the agent of a participant's number only.
    #[must_use]
    pub fn for_one(self, number: u32) -> Self {
        self.to(v1::Audience::One, number)
    }

    /// As another version of what was said under an id. It goes to whom that went, and must be of the same kind.
    #[must_use]
    pub fn instead_of(self, message: MessageId) -> Self {
        Self { say: v1::Say { replaces: message.to_wire(), ..self.say }, ..self }
    }

    fn to(self, audience: v1::Audience, to: u32) -> Self {
        Self { say: v1::Say { audience: audience.into(), to, ..self.say }, ..self }
    }

    /// Their id.
    pub fn id(&self) -> MessageId {
        self.id
    }

    pub(crate) fn in_session(self, session: SessionId) -> v1::Say {
        let (session, client_message_id) = (session.to_wire(), self.id.to_wire());
        v1::Say { session, client_message_id, ..self.say }
    }

    pub(crate) fn into_opening(self) -> v1::Say {
        v1::Say { client_message_id: self.id.to_wire(), ..self.say }
    }
}

impl Link {
    /// Says words of any kind, to everyone or to fewer, maybe in the place of what was said before. Else as [`Link::say`].
    ///
    /// # Errors
    /// [`SayError`].
    pub async fn say_words(&self, session: SessionId, words: Words) -> Result<Said, SayError> {
        let id = words.id();
        let say = words.in_session(session);
        let reply =
            self.request(Command::Say(say)).await.map_err(|error| SayError::of(id, error))?;
        match reply {
            Reply::Said(said) => Ok(Said::of(id, &said)),
            _ => Err(SayError::UnknownAnswer { id }),
        }
    }
}

impl VisitorLink {
    /// Lets the agents of a session see what is typed before it is sent, or no longer.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn allow_previews(
        &self,
        session: SessionId,
        allowed: bool,
    ) -> Result<(), RequestError> {
        let allow = v1::AllowPreviews { session: session.to_wire(), allowed };
        self.link.done(Command::AllowPreviews(allow)).await
    }
}
