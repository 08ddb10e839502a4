//! Links that watch a session and take no part in it: supervisors'.
//!
//! They are told what the participants are told, are in nobody's list, and say nothing. Which links those are the floor decides
//! ([`Floor::watch`](crate::floor::Floor::watch)), and so does it bound them.

use super::{Phase, Session};
use crate::crossing::Replay;
use crate::delivery::Delivery;
use crate::effects::Effects;
use crate::floor::OBSERVERS_MAX;
use crate::id::LinkId;

/// Whom a view tells that it watches.
pub(super) const OBSERVER_NUMBER: u16 = 0;

impl Session {
    /// A link watches from here on. One that watches already is brought the session anew.
    pub(super) fn watch(&mut self, link: LinkId, replay: Replay, fx: &mut Effects) {
        self.bring(OBSERVER_NUMBER, link, replay, fx);
        if let Phase::Closed { cause, wall_ms } = self.phase {
            fx.tell(link, self.closed_delivery(cause, wall_ms));
            return;
        }
        if !self.observers.contains(&link) {
            self.observers.push(link);
        }
        debug_assert!(self.observers.len() <= OBSERVERS_MAX, "the floor bounds who watches");
        if let Some(text) = &self.preview {
            fx.tell(link, self.preview_delivery(text.clone()));
        }
        if self.agent_types {
            fx.tell(link, self.typing_delivery(true));
        }
    }

    /// A link watches no longer. What is being typed is taken back: an unread one would be shown after the end.
    pub(super) fn unwatch(&mut self, link: LinkId, fx: &mut Effects) {
        let Some(at) = self.observers.iter().position(|other| *other == link) else { return };
        self.observers.remove(at);
        fx.tell(link, Delivery::WatchEnded { session: self.id });
        if self.preview.is_some() {
            fx.tell(link, self.preview_delivery("".into()));
        }
        if self.agent_types {
            fx.tell(link, self.typing_delivery(false));
        }
    }

    /// The links that watch.
    pub fn observers(&self) -> &[LinkId] {
        &self.observers
    }
}
