//! What a member's link is told of a room.

use std::sync::Arc;

use super::{MemberView, RoomEnd, RoomView};
use crate::delivery::Resumed;
use crate::id::RoomId;
use crate::message::Message;

/// One thing that a member is told of a room, through one link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomTold {
    /// The link follows the room from here on.
    Opened(Box<RoomView>),
    /// The words that follow are a replay.
    Resumed(Resumed),
    /// Something was said.
    Message(Arc<Message>),
    /// A member received or read up to here. Latest wins.
    Receipt {
        /// Who.
        number: u16,
        /// The last word that reached it.
        delivered: u64,
        /// The last word it has read.
        read: u64,
    },
    /// Someone is in it from now on.
    Joined(Box<MemberView>),
    /// Someone is in it no longer; to the one's own links nothing of the room follows.
    Left {
        /// Who.
        number: u16,
    },
    /// It is over.
    Closed {
        /// Why.
        cause: RoomEnd,
        /// The last word.
        last_seq: u64,
        /// When.
        wall_ms: u64,
    },
}

impl RoomTold {
    /// The key of what is worth only its latest value; `None` for what must be told. A room's random bits keep it apart from others.
    pub(crate) fn latest_key(&self, room: RoomId) -> Option<u64> {
        match self {
            Self::Receipt { number, .. } => {
                Some(room.hash_bits().rotate_left(32) ^ u64::from(*number))
            }
            _ => None,
        }
    }

    /// About how many bytes it takes on the wire, beside its envelope.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Message(message) => message.words.body().len(),
            Self::Opened(view) => view.title.len() + 64 * (1 + view.members.len()),
            _ => 0,
        }
    }
}
