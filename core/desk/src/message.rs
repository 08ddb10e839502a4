//! One thing said in a session: what it is, who may see it, and what it takes the place of.

use bytes::Bytes;

use crate::id::ClientMessageId;
use crate::refusal::Refusal;

/// Longest text body, in bytes.
pub const TEXT_BYTES_MAX: usize = 8 * 1024;
/// Longest body of any kind, in bytes.
pub const BODY_BYTES_MAX: usize = 16 * 1024;

/// What a body is. The desk looks inside none of them; texts and forms must be UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageKind {
    /// UTF-8 text of at most [`TEXT_BYTES_MAX`] bytes.
    Text,
    /// UTF-8 text with marks that the front ends agree on, at most 16 KiB.
    RichText,
    /// A reference to a picture, at most 2 KiB.
    Picture,
    /// A reference to a picture of somebody's screen, at most 2 KiB.
    Screenshot,
    /// A reference to a file, at most 2 KiB.
    File,
    /// An address to follow, UTF-8, at most 2 KiB.
    Link,
    /// The name of an emoji or sticker, UTF-8, at most 256 bytes.
    Emoji,
    /// A form that was filled in, UTF-8, at most 16 KiB.
    Form,
    /// A line that nobody has said: automatic words. UTF-8, at most [`TEXT_BYTES_MAX`] bytes. No person sends it.
    System,
    /// Another message is taken back; no body. That message is of this kind too from then on.
    Recalled,
}

impl MessageKind {
    /// Longest body, in bytes.
    pub fn bytes_max(self) -> usize {
        match self {
            Self::Text | Self::System => TEXT_BYTES_MAX,
            Self::RichText | Self::Form => BODY_BYTES_MAX,
            Self::Picture | Self::Screenshot | Self::File | Self::Link => 2 * 1024,
            Self::Emoji => 256,
            Self::Recalled => 0,
        }
    }

    fn is_text(self) -> bool {
        match self {
            Self::Text | Self::RichText | Self::Link | Self::Emoji | Self::Form | Self::System => {
                true
            }
            Self::Picture | Self::Screenshot | Self::File | Self::Recalled => false,
        }
    }
}

/// What somebody is in a session, and so which audiences it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The visitor.
    Visitor,
    /// An agent.
    Agent,
    /// A supervisor who joined or watches.
    Supervisor,
}

/// Who may see a message. Its sender always may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Audience {
    /// All who take part or watch.
    #[default]
    Everyone,
    /// Agents and supervisors.
    Agents,
    /// Supervisors.
    Supervisors,
    /// The participant of this number.
    One(u16),
}

impl Audience {
    /// Whether everybody of a class may see it.
    pub fn includes(self, class: Class) -> bool {
        match self {
            Self::Everyone => true,
            Self::Agents => class >= Class::Agent,
            Self::Supervisors => class == Class::Supervisor,
            Self::One(_) => false,
        }
    }
}

/// What a participant wants to say, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The sender's own id of it.
    pub id: ClientMessageId,
    /// What the body is.
    pub kind: MessageKind,
    /// Who may see it.
    pub audience: Audience,
    /// The sender's own id of the message that it takes the place of.
    pub replaces: Option<ClientMessageId>,
    body: Bytes,
}

impl Words {
    /// Checks words of a kind, for everyone. Errors: [`Refusal::Missing`], [`Refusal::TooLong`], [`Refusal::TextNotUtf8`].
    pub fn new(id: ClientMessageId, kind: MessageKind, body: Bytes) -> Result<Self, Refusal> {
        let bytes_max = kind.bytes_max();
        if body.is_empty() && bytes_max > 0 {
            return Err(Refusal::Missing { field: "body" });
        }
        if body.len() > bytes_max {
            return Err(Refusal::TooLong { field: "body", bytes_max });
        }
        if kind.is_text() && std::str::from_utf8(&body).is_err() {
            return Err(Refusal::TextNotUtf8);
        }
        Ok(Self { id, kind, audience: Audience::Everyone, replaces: None, body })
    }

    /// Checks a text, for everyone. Errors as [`Words::new`].
    pub fn text(id: ClientMessageId, body: Bytes) -> Result<Self, Refusal> {
        Self::new(id, MessageKind::Text, body)
    }

    /// Takes back the message of this id.
    pub fn recall(id: ClientMessageId, message: ClientMessageId) -> Self {
        Self {
            id,
            kind: MessageKind::Recalled,
            audience: Audience::Everyone,
            replaces: Some(message),
            body: Bytes::new(),
        }
    }

    /// The same for fewer.
    #[must_use]
    pub fn to(self, audience: Audience) -> Self {
        Self { audience, ..self }
    }

    /// The same in the place of the message of this id.
    #[must_use]
    pub fn instead_of(self, message: ClientMessageId) -> Self {
        Self { replaces: Some(message), ..self }
    }

    /// Whether they may open a session: new ones, by a person, for everyone.
    pub fn may_open(&self) -> bool {
        self.audience == Audience::Everyone
            && self.replaces.is_none()
            && !matches!(self.kind, MessageKind::System | MessageKind::Recalled)
    }

    /// Whether they are the same words. A version has its message's audience, whatever its sender says of that.
    pub(crate) fn are(&self, other: &Self) -> bool {
        let audience = if self.replaces.is_some() { self.audience } else { other.audience };
        *self == Self { audience, ..other.clone() }
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

/// One thing said: its place in the session's order and what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its place in the session's one order, from 1 without a gap. Readers number for themselves what they may see.
    pub place: u64,
    /// When it was said.
    pub wall_ms: u64,
    /// The participant's number; 0 for automatic words.
    pub from: u16,
    /// Its words.
    pub words: Words,
}

impl Message {
    /// The same after it was taken back: nothing of what it said is left.
    #[must_use]
    pub(crate) fn recalled(&self) -> Self {
        let words = Words {
            kind: MessageKind::Recalled,
            replaces: None,
            body: Bytes::new(),
            ..self.words.clone()
        };
        Self { words, ..self.clone() }
    }
}
