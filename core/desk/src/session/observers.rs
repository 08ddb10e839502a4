//! Links that watch a session and take no part in it: supervisors'.
//!
//! They are told what the participants are told, are in nobody's list, and say nothing. Which links those are the floor decides
//! ([`Floor::watch`](crate::floor::Floor::watch)), and so does it bound them.

use super::{Class, Phase, Reader, Session};
use crate::crossing::Replay;
use crate::delivery::Delivery;
use crate::effects::Effects;
use crate::floor::OBSERVERS_MAX;
use crate::id::LinkId;

/// One who watches, as a reader.
pub(super) const OBSERVER: Reader = Reader { number: 0, class: Class::Supervisor, own: 0 };

impl Session {
    /// A link watches from here on. One that watches already is brought the session anew.
    pub(super) fn watch(&mut self, link: LinkId, replay: Replay, fx: &mut Effects) {
        self.bring(OBSERVER, link, replay, fx);
        if let Phase::Closed { cause, wall_ms } = self.phase {
            fx.tell(link, self.closed_delivery(OBSERVER, cause, wall_ms));
            return;
        }
        if !self.observers.contains(&link) {
            self.observers.push(link);
        }
        debug_assert!(self.observers.len() <= OBSERVERS_MAX, "the floor bounds who watches");
        if let Some(text) = self.typed.shown() {
            fx.tell(link, self.preview_delivery(text.clone()));
        }
        for typist in self.participants.all_present().filter(|other| other.types) {
            fx.tell(link, self.typing_delivery(typist.number, true));
        }
    }

    /// A link watches no longer. What is being typed is taken back: an unread one would be shown after the end.
    pub(super) fn unwatch(&mut self, link: LinkId, fx: &mut Effects) {
        let Some(at) = self.observers.iter().position(|other| *other == link) else { return };
        self.observers.remove(at);
        fx.tell(link, Delivery::WatchEnded { session: self.id });
        self.void_typing(None, link, fx);
    }

    /// The links that watch.
    pub fn observers(&self) -> &[LinkId] {
        &self.observers
    }
}
