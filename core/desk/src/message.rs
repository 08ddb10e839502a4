//! One thing said in a session.

use bytes::Bytes;

use crate::id::ClientMessageId;
use crate::refusal::Refusal;

/// Longest text body, in bytes.
pub const TEXT_BYTES_MAX: usize = 8 * 1024;

/// What a body is. The desk does not look inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageKind {
    /// UTF-8 text of at most [`TEXT_BYTES_MAX`] bytes.
    Text,
}

/// What a participant wants to say, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The sender's own id of it.
    pub id: ClientMessageId,
    /// What the body is.
    pub kind: MessageKind,
    body: Bytes,
}

impl Words {
    /// Checks a text. Errors: [`Refusal::Missing`], [`Refusal::TooLong`], [`Refusal::TextNotUtf8`].
    pub fn text(id: ClientMessageId, body: Bytes) -> Result<Self, Refusal> {
        if body.is_empty() {
            return Err(Refusal::Missing { field: "body" });
        }
        if body.len() > TEXT_BYTES_MAX {
            return Err(Refusal::TooLong { field: "body", bytes_max: TEXT_BYTES_MAX });
        }
        if std::str::from_utf8(&body).is_err() {
            return Err(Refusal::TextNotUtf8);
        }
        Ok(Self { id, kind: MessageKind::Text, body })
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

/// One thing said: its place in the session's order and what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its place, from 1 without a gap.
    pub seq: u64,
    /// When it was said.
    pub wall_ms: u64,
    /// The participant's number.
    pub from: u16,
    /// Its words.
    pub words: Words,
}
