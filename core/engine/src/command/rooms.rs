//! What concerns rooms of colleagues.

use std::sync::Arc;

use frontdesk_desk::id::RoomId;
use frontdesk_desk::message::Message;

use super::Epoch;

/// Where an agent wants to go on in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomResumePoint {
    /// Which room.
    pub room: RoomId,
    /// The epoch in which `seq` was seen.
    pub epoch: Epoch,
    /// The last sequence number seen without a gap.
    pub seq: u64,
}

/// Some of what was said in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomMessagePage {
    /// Which room.
    pub room: RoomId,
    /// In order, without a gap, each with its number.
    pub messages: Vec<(u64, Arc<Message>)>,
    /// The next `from_seq`.
    pub next_seq: u64,
    /// The last word.
    pub last_seq: u64,
}
