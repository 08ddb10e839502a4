//! What a lane tells its links: what waits in their mailboxes, as far as credit and the buffer's room go.
//!
//! ```text
//!   mailbox ──drain──► border ──► fit ──► buffer
//!                                  │ no credit   ▲ credit
//!                                  └──► untold ──┘
//! ```
//!
//! Never touches the stream, and never waits.

use frontdesk_desk::id::LinkId;
use frontdesk_engine::Departure;
use frontdesk_engine::directory::Drained;
use frontdesk_engine::mailbox::LinkEnd;
use frontdesk_engine::outlet::Wakes;

use super::Lane;
use super::links::Parked;
use crate::border;

/// Links told in one go, before the lane looks at its stream again.
const LINKS_A_TURN: usize = 1_024;
/// Bytes of one mailbox that are told in one go, so that its neighbours get their turn in between.
const LINK_TURN_BYTES: usize = 32 * 1024;

/// What became of the frames that waited for a link's credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    All,
    CreditWanting,
}

impl Lane {
    /// Tells a link what waits for it, and then the others that are ready, while there is room.
    pub(super) fn tell(&mut self, first: LinkId) {
        let mut ready = Some(first);
        for _ in 0..LINKS_A_TURN {
            let Some(link) = ready else { return };
            self.tell_one(link);
            if !self.outgoing.has_room() {
                return;
            }
            ready = self.mailboxes.try_ready();
        }
        if let Some(link) = ready {
            // It is in hand, and its turn comes after the stream's.
            self.mailboxes.requeue(link);
        }
    }

    fn tell_one(&mut self, link: LinkId) {
        // A link that was detached while it stood in the ready list.
        let Some(number) = self.links.number_of(link) else { return };
        self.tell_untold(number);
        let credit_bytes = self.connection.limits.link_credit_bytes;
        let frame_bytes_max = self.connection.limits.frame_bytes_max as usize;
        let Self { links, mailboxes, outgoing, untold, epoch, .. } = self;
        let Some(entry) = links.at(number) else { return };
        let credit_left = entry.credit_left(credit_bytes);
        let budget_bytes = credit_left.min(LINK_TURN_BYTES).min(outgoing.room_bytes());
        let drained = mailboxes.drain(link, budget_bytes, |delivery| {
            let mut frame = border::delivery(number, delivery, *epoch);
            let rest = border::fit(&mut frame, frame_bytes_max);
            // What a delivery takes on the wire is only estimated in its mailbox.
            if untold.waits_for(number) || entry.credit_left(credit_bytes) == 0 {
                untold.keep(number, frame);
            } else {
                entry.sent(outgoing.put(&frame));
            }
            rest.into_iter().for_each(|frame| untold.keep(number, frame));
        });
        let mut wants_credit = entry.credit_left(credit_bytes) == 0;
        // Looked up once more for long lists only: this is the path of every delivery.
        if self.untold.waits_for(number) {
            wants_credit = self.tell_untold(number) == Told::CreditWanting;
        }
        match drained {
            Drained::Empty | Drained::Gone if !self.untold.waits_for(number) => {}
            Drained::Empty | Drained::Gone => self.lay_aside(number),
            Drained::More if wants_credit => {
                self.lay_aside(number);
                self.mailboxes.park(link);
            }
            Drained::More => self.mailboxes.requeue(link),
            Drained::Ended(end) => self.end_link(number, end),
        }
    }

    /// Notes that a link waits for credit.
    fn lay_aside(&mut self, number: u32) {
        if let Some(entry) = self.links.at(number) {
            entry.parked = Parked::Yes;
        }
    }

    /// Sends what waits here for a link, as far as its credit goes; that bounds it, not the room in the buffer.
    fn tell_untold(&mut self, number: u32) -> Told {
        let credit_bytes = self.connection.limits.link_credit_bytes;
        while self.untold.waits_for(number) {
            let Some(entry) = self.links.at(number) else { break };
            if entry.credit_left(credit_bytes) == 0 {
                return Told::CreditWanting;
            }
            if let Some(frame) = self.untold.take(number) {
                entry.sent(self.outgoing.put(&frame));
            }
        }
        Told::All
    }

    /// The engine has ended a link: the client is told, and the engine gets it back.
    fn end_link(&mut self, number: u32, end: LinkEnd) {
        let Some(link) = self.links.remove(number) else { return };
        let now = self.connection.service.now();
        self.detached(number, link, Departure::Dropped, now);
        match end {
            LinkEnd::TooSlow => self.connection.service.metrics.too_slow(),
            LinkEnd::Blocked => self.connection.service.metrics.blocked(),
            LinkEnd::Replaced | LinkEnd::Draining => {}
        }
        self.last_word(number, border::link_ended(number, end));
    }

    /// Goes on with a link that was without credit: first what waits in the lane, then its mailbox.
    pub(super) fn revive(&mut self, number: u32, link: LinkId) {
        if self.tell_untold(number) == Told::CreditWanting {
            return self.lay_aside(number);
        }
        let mut wakes = Wakes::new();
        // One that the engine has ended meanwhile needs no credit.
        let _ = self.connection.service.engine.directory().unpark(link, &mut wakes);
        wakes.fire();
    }
}
