//! Links that watch a session and take no part in it: supervisors'.
//!
//! They are told what the participants are told, are in nobody's list, and say nothing. Which links those are the floor decides
//! ([`Floor::watch`](crate::floor::Floor::watch)), and so does it bound them.

use super::{Class, Phase, Reader, Session};
use crate::crossing::Replay;
use crate::delivery::Delivery;
use crate::effects::Effects;
use crate::floor::OBSERVERS_MAX;
use crate::id::{AgentId, LinkId, Person};

/// One who watches, as a reader.
pub(super) const OBSERVER: Reader = Reader { number: 0, class: Class::Supervisor, own: 0 };

impl Session {
    /// A link watches from here on. One that watches already is brought the session anew.
    pub(super) fn watch(
        &mut self,
        link: LinkId,
        replay: Replay,
        by: Option<AgentId>,
        fx: &mut Effects,
    ) {
        self.bring(OBSERVER, link, replay, fx);
        if let Phase::Closed { cause, wall_ms } = self.phase {
            fx.tell(link, self.closed_delivery(OBSERVER, cause, wall_ms));
            return;
        }
        if !self.observers.contains(&link) {
            self.observers.push(link);
            if let Some(by) = by {
                self.tell_of_watch(&by, true, fx);
                self.known_watches.push((link, by));
            }
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
        if let Some(at) = self.known_watches.iter().position(|(other, _)| *other == link) {
            let (_, by) = self.known_watches.remove(at);
            self.tell_of_watch(&by, false, fx);
        }
        fx.tell(link, Delivery::WatchEnded { session: self.id });
        self.void_typing(None, link, fx);
    }

    /// Tells the agents who take part, once for each supervisor however many of its links watch.
    fn tell_of_watch(&self, by: &AgentId, watches: bool, fx: &mut Effects) {
        if self.known_watches.iter().all(|(_, other)| other != by) {
            let told = Delivery::SessionWatched { session: self.id, by: by.clone(), watches };
            fx.tell_each(self.participants.agent_links(), told);
        }
    }

    /// Who watches, for an agent's link that comes up.
    pub(super) fn bring_watches(&self, person: Person, link: LinkId, fx: &mut Effects) {
        if matches!(person, Person::Visitor(_)) {
            return;
        }
        for (at, (_, by)) in self.known_watches.iter().enumerate() {
            if self.known_watches[..at].iter().all(|(_, other)| other != by) {
                let told =
                    Delivery::SessionWatched { session: self.id, by: by.clone(), watches: true };
                fx.tell(link, told);
            }
        }
    }

    /// The links that watch.
    pub fn observers(&self) -> &[LinkId] {
        &self.observers
    }
}
