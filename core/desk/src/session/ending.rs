//! The end, and who is told of it.

use smallvec::SmallVec;

use super::{Phase, Reader, Session};
use crate::crossing::{Crossing, FloorStep, LastTalk, VisitorStep};
use crate::delivery::{CloseCause, Delivery};
use crate::effects::Effects;
use crate::fact::Event;
use crate::id::{LinkId, Person};
use crate::policy::terms::Automatic;
use crate::refusal::Refusal;
use crate::time::Now;

impl Session {
    /// Ends the session, by its visitor or an agent in it. Errors: [`Refusal::NotInSession`], [`Refusal::LinkGone`], [`Refusal::SessionClosed`].
    pub fn close(
        &mut self,
        person: Person,
        link: LinkId,
        now: Now,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        self.speaker(person, link)?;
        self.open_or_refuse()?;
        let cause = match person {
            Person::Visitor(_) => CloseCause::Visitor,
            Person::Agent(_) => CloseCause::Agent,
        };
        self.end(cause, now, fx);
        Ok(())
    }

    pub(super) fn closed_delivery(
        &self,
        reader: Reader,
        cause: CloseCause,
        wall_ms: u64,
    ) -> Delivery {
        Delivery::SessionClosed {
            session: self.id,
            cause,
            last_seq: self.window.last_seq(reader),
            wall_ms,
            valid: self.valid,
        }
    }

    pub(super) fn end(&mut self, cause: CloseCause, now: Now, fx: &mut Effects) {
        if self.is_closed() {
            return;
        }
        // Told, because an unread one would be shown after the end.
        self.clear_preview(fx);
        self.nobody_types(fx);
        if self.says_farewell(cause) {
            self.say_by_itself(Automatic::Farewell, now, fx);
        }
        self.ask_at_end(cause, fx);
        self.phase = Phase::Closed { cause, wall_ms: now.wall_ms };
        for (reader, link) in self.readers() {
            fx.tell(*link, self.closed_delivery(reader, cause, now.wall_ms));
        }
        self.clocks.stop();
        self.observers.clear();
        self.known_watches.clear();
        for participant in self.participants.iter_mut() {
            participant.links.clear();
        }
        let (session, last_place) = (self.id, self.window.last_place());
        let event = Event::SessionClosed {
            session,
            cause,
            last_place,
            valid: self.valid,
            asked_wall_ms: self.asked_wall_ms,
            assigned_wall_ms: self.assigned_wall_ms,
            first_reply_wall_ms: self.first_reply_wall_ms,
        };
        self.keep(event, now, fx);
        fx.cross(Crossing::ToFloor(self.tenant, FloorStep::Ended(self.id)));
        let last = self.last_owner.map(|agent| LastTalk {
            tenant: self.tenant,
            visitor: self.visitor_id.clone(),
            agent,
        });
        let ended = VisitorStep::SessionEnded { session: self.id, last };
        fx.cross(Crossing::ToVisitor(self.visitor, ended));
    }

    fn nobody_types(&mut self, fx: &mut Effects) {
        let typists = self.participants.all_present().filter(|other| other.types);
        let typists: SmallVec<[Person; 2]> = typists.map(|typist| typist.person).collect();
        for typist in typists {
            self.show_typing(typist, false, fx);
        }
    }
}
