//! A room as it is shown.

use std::sync::Arc;

use super::RoomKind;
use crate::id::{AgentId, RoomId};

/// Why a room ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoomEnd {
    /// Its last member left, or one of two.
    Left,
    /// Nothing was said in it for [`IDLE_MS`](super::IDLE_MS).
    Idle,
}

/// A member as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// Its number in the room, which never changes.
    pub number: u16,
    /// Who.
    pub agent: AgentId,
    /// False after it left.
    pub present: bool,
    /// The last word that reached it.
    pub delivered: u64,
    /// The last word it has read.
    pub read: u64,
}

/// A room as a member finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomView {
    /// Which room.
    pub room: RoomId,
    /// What it is about; empty in a talk of two.
    pub title: Arc<str>,
    /// For whom.
    pub kind: RoomKind,
    /// The reader's number.
    pub you: u16,
    /// All who are in it, and at most [`PAST_MAX`](super::PAST_MAX) who were.
    pub members: Vec<MemberView>,
    /// The last word; 0 while there is none.
    pub last_seq: u64,
    /// The oldest word that the reader can read; `last_seq + 1` while there is none.
    pub first_kept_seq: u64,
    /// The first word that the reader may read at all: the next one when it joined.
    pub since_seq: u64,
    /// When it was opened.
    pub opened_wall_ms: u64,
}
