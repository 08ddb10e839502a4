//! What waits to be written on one lane.
//!
//! Commands become frames at once, in a batch that leaves in one write. What is worth only its latest value (previews,
//! acknowledgements, credit) waits beside it and replaces itself until the next write. Previews of one link and session keep
//! the broker's pace (`previews_per_s`) on top:
//!
//! ```text
//!            preview                 take                     the pace's time is over
//!   nothing ─────────► fresh: text ───────► cooling: no text ─────────────────────────► nothing
//!                        ▲    │ message said    │ preview          │
//!                        └────┘ (text dropped)  └► cooling: text ──┘ written, cools again
//! ```
//!
//! Bounds: commands by whoever waits for [`Outbox::has_room`]; the rest by links × sessions. Never writes by itself and
//! reads no clock.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use frontdesk_proto::v1::{self, command::Command};
use frontdesk_proto::{frame, limits};

use crate::id::SessionId;

/// Bytes that may wait before senders do; about what a connection of 100 Mbit/s carries in 20 ms.
const WAITING_BYTES_MAX: usize = 256 * 1024;

// A frame admitted by the last bit of room must not be the rule.
const _: () = assert!(WAITING_BYTES_MAX >= limits::FRAME_BYTES_MAX as usize);

/// A link of the lane, and one of its sessions.
type Place = (u32, SessionId);

/// The frames and latest values that wait on one lane.
#[derive(Debug)]
pub(crate) struct Outbox {
    batch: BytesMut,
    credits: BTreeMap<u32, u64>,
    acknowledged: BTreeMap<Place, (u64, u64)>,
    previews: HashMap<Place, Option<String>>,
    fresh: VecDeque<Place>,
    cooling: VecDeque<(Instant, Place)>,
    preview_pause: Duration,
    stirred: bool,
}

impl Outbox {
    /// An empty one that sends at most so many previews a second for a link and session; 0 sets no pace.
    pub(crate) fn new(previews_per_s: u32) -> Self {
        let preview_pause = Duration::from_secs(1).checked_div(previews_per_s).unwrap_or_default();
        Self {
            batch: BytesMut::new(),
            credits: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
            previews: HashMap::new(),
            fresh: VecDeque::new(),
            cooling: VecDeque::new(),
            preview_pause,
            stirred: false,
        }
    }

    /// Whether another command may be put in without waiting.
    pub(crate) fn has_room(&self) -> bool {
        self.batch.len() < WAITING_BYTES_MAX
    }

    /// Whether anything was put in since the last [`Outbox::take`], so that the writer must look.
    pub(crate) fn is_stirred(&self) -> bool {
        self.stirred
    }

    /// Puts a command in. A message takes the place of the preview that announced it; before a detach leaves what still
    /// waits for the link.
    pub(crate) fn command(&mut self, link: u32, request: u32, command: Command) {
        match &command {
            Command::Say(say) => {
                if let Ok(session) = SessionId::from_wire(&say.session) {
                    self.drop_preview((link, session));
                }
            }
            Command::Detach(_) => self.settle_link(link),
            _ => {}
        }
        self.stirred = true;
        let command = v1::Command { link, request, command: Some(command) };
        frame::write(&mut self.batch, &command);
    }

    /// Replaces what is shown as being typed.
    pub(crate) fn preview(&mut self, link: u32, session: SessionId, text: String) {
        self.stirred = true;
        let place = (link, session);
        let before = self.previews.insert(place, Some(text));
        if before.is_none() {
            self.fresh.push_back(place);
        }
    }

    /// Replaces what is acknowledged.
    pub(crate) fn acknowledge(&mut self, link: u32, session: SessionId, delivered: u64, read: u64) {
        self.stirred = true;
        self.acknowledged.insert((link, session), (delivered, read));
    }

    /// Replaces the total of bytes taken.
    pub(crate) fn credit(&mut self, link: u32, taken_bytes: u64) {
        self.stirred = true;
        self.credits.insert(link, taken_bytes);
    }

    /// Takes everything that may be written now.
    pub(crate) fn take(&mut self, now: Instant) -> BytesMut {
        for (link, taken_bytes) in std::mem::take(&mut self.credits) {
            let credit = Command::Credit(v1::Credit { taken_bytes });
            self.command(link, 0, credit);
        }
        for (place, totals) in std::mem::take(&mut self.acknowledged) {
            self.write_acknowledged(place, totals);
        }
        while let Some((_, place)) = self.cooling.pop_front_if(|(due, _)| *due <= now) {
            self.write_preview(place, now);
        }
        while let Some(place) = self.fresh.pop_front() {
            self.write_preview(place, now);
        }
        self.stirred = false;
        self.batch.split()
    }

    /// When [`Outbox::take`] must be called again for a preview that keeps the pace, if nothing else comes before.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.cooling
            .iter()
            .find(|(_, place)| matches!(self.previews.get(place), Some(Some(_))))
            .map(|(due, _)| *due)
    }

    /// Puts in what still waits for a link that goes; what it types is of no interest any more, nor is its credit.
    fn settle_link(&mut self, link: u32) {
        self.credits.remove(&link);
        self.previews.retain(|place, _| place.0 != link);
        let of_link = (link, SessionId([0; 16]))..=(link, SessionId([0xff; 16]));
        let places: Vec<Place> =
            self.acknowledged.range(of_link).map(|(place, _)| *place).collect();
        for place in places {
            if let Some(totals) = self.acknowledged.remove(&place) {
                self.write_acknowledged(place, totals);
            }
        }
    }

    fn drop_preview(&mut self, place: Place) {
        if let Some(text) = self.previews.get_mut(&place) {
            *text = None;
        }
    }

    fn write_acknowledged(&mut self, (link, session): Place, (delivered, read): (u64, u64)) {
        let session = session.to_wire();
        let acknowledge = v1::Acknowledge { session, delivered, read };
        self.command(link, 0, Command::Acknowledge(acknowledge));
    }

    /// Writes the text of a place whose turn it is, or forgets the place if there is none.
    fn write_preview(&mut self, place: Place, now: Instant) {
        let Some(text) = self.previews.get_mut(&place).and_then(Option::take) else {
            self.previews.remove(&place);
            return;
        };
        let (link, session) = place;
        let preview = v1::Preview { session: session.to_wire(), text };
        self.command(link, 0, Command::Preview(preview));
        self.cooling.push_back((now + self.preview_pause, place));
    }
}

#[cfg(test)]
mod tests;
