//! Frames that wait in the lane for their link's credit: what goes on after the first frame of a long list.
//!
//! A list leaves the mailbox as one delivery and may be many frames. Those beyond the credit stand here, in order, and whatever
//! comes for the link after them stands behind them. While a link has something here it has no credit, so its mailbox isn't
//! drained: of each link there is at most one long list and what one drain took with it.

use std::collections::{HashMap, VecDeque};

use foldhash::fast::RandomState;
use frontdesk_proto::v1;

/// Those that wait, by link number.
#[derive(Debug, Default)]
pub(super) struct Untold {
    waiting: HashMap<u32, VecDeque<v1::Delivery>, RandomState>,
}

impl Untold {
    /// Whether something waits for a link.
    pub(super) fn waits_for(&self, number: u32) -> bool {
        !self.waiting.is_empty() && self.waiting.contains_key(&number)
    }

    /// Puts a frame behind those of its link.
    pub(super) fn keep(&mut self, number: u32, frame: v1::Delivery) {
        self.waiting.entry(number).or_default().push_back(frame);
    }

    /// Takes out a link's next frame.
    pub(super) fn take(&mut self, number: u32) -> Option<v1::Delivery> {
        let frames = self.waiting.get_mut(&number)?;
        let frame = frames.pop_front();
        if frames.is_empty() {
            self.waiting.remove(&number);
        }
        frame
    }

    /// The link is gone.
    pub(super) fn drop_of(&mut self, number: u32) {
        if !self.waiting.is_empty() {
            self.waiting.remove(&number);
        }
    }
}
