//! What is said by itself: automatic words, each once a session, whatever becomes of it between.

use bytes::Bytes;

use super::Session;
use crate::delivery::CloseCause;
use crate::effects::Effects;
use crate::fact::Event;
use crate::id::ClientMessageId;
use crate::message::{MessageKind, Words};
use crate::policy::terms::Automatic;
use crate::time::Now;

/// The number of nobody, who says them.
const NOBODYS_NUMBER: u16 = 0;

/// Which automatic words a session has heard.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Heard(u8);

impl Heard {
    fn has(self, which: Automatic) -> bool {
        self.0 & (1 << which as u8) != 0
    }

    fn note(&mut self, which: Automatic) {
        self.0 |= 1 << which as u8;
    }
}

impl Session {
    /// Says automatic words, if the terms have any and they weren't said before. That nobody is there and that all are busy is
    /// said at the beginning of the wait: the one or the other.
    pub(super) fn say_by_itself(&mut self, which: Automatic, now: Now, fx: &mut Effects) {
        let begins = [Automatic::AllBusy, Automatic::NobodyThere];
        let was_said = match which {
            Automatic::AllBusy | Automatic::NobodyThere => {
                begins.into_iter().any(|which| self.heard.has(which))
            }
            other => self.heard.has(other),
        };
        if was_said {
            return;
        }
        let Some(words) = self.terms.words(which).and_then(|body| system(which, body)) else {
            return;
        };
        self.heard.note(which);
        let message = self.window.push(NOBODYS_NUMBER, words, now.wall_ms);
        self.tell_message(&message, None, fx);
        self.keep(Event::Said { session: self.id, message }, now, fx);
    }

    /// Whether one says farewell at such an end: to a visitor who had an agent, and is there.
    pub(super) fn says_farewell(&self, cause: CloseCause) -> bool {
        let is_there = match cause {
            CloseCause::Visitor | CloseCause::Agent | CloseCause::Supervisor | CloseCause::Idle => {
                true
            }
            CloseCause::VisitorLost
            | CloseCause::QueueFull
            | CloseCause::Blocked
            | CloseCause::NobodyThere
            | CloseCause::OutsideHours
            | CloseCause::NobodyCame => false,
        };
        is_there && self.assigned_wall_ms > 0
    }
}

/// Words of nobody's. Their ids are their own numbers: nobody else speaks as nobody.
fn system(which: Automatic, body: Bytes) -> Option<Words> {
    let mut id = [0; 16];
    id[15] = 1 + which as u8;
    // Checked with the policy: short, not empty, UTF-8.
    Words::new(ClientMessageId(id), MessageKind::System, body).ok()
}
