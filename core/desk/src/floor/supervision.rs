//! What supervisors do with sessions that others have: take them over, end them. Joining is in `guests`, watching in `watches`.

use super::Floor;
use super::picks::Room;
use super::request::Place;
use crate::crossing::{Crossing, HowAssigned, SessionStep};
use crate::delivery::{CloseCause, OfferOutcome};
use crate::effects::Effects;
use crate::id::{AgentNo, LinkId, SessionId};
use crate::refusal::Refusal;
use crate::time::Now;

impl Floor {
    /// A supervisor's agent takes a session from whoever has it, who takes part no longer, or out of its queue. Answers with the session.
    ///
    /// Errors: [`Refusal::SupervisorsOnly`], [`Refusal::SessionNotFound`], [`Refusal::OutOfReach`], [`Refusal::NotSignedOn`],
    /// [`Refusal::AgentFull`].
    pub fn take_over(
        &mut self,
        no: AgentNo,
        link: LinkId,
        session: SessionId,
        room: Room,
        now: Now,
        fx: &mut Effects,
    ) -> Result<SessionId, Refusal> {
        self.supervises_session(link, session)?;
        if !self.is_signed_on(no) {
            return Err(Refusal::NotSignedOn);
        }
        // What it is offered holds its room already.
        let offered = self.agent(no).offered.iter().find(|offer| {
            self.offers.get(offer).is_some_and(|there| {
                there.session == session
                    && there.handing.as_ref().is_none_or(|handing| handing.is_transfer())
            })
        });
        if let Some(offer) = offered {
            return self.accept_offer(no, *offer, now, fx);
        }
        let request = self.requests.get(&session).ok_or(Refusal::SessionNotFound)?;
        let place = request.place;
        if place == Place::Held(no) {
            return Ok(session);
        }
        if !self.has_place(no, request.home, request.weight) && room == Room::Needed {
            return Err(Refusal::AgentFull);
        }
        match place {
            Place::Queued => {
                let savers = self.unstand(session);
                self.hold(no, session, HowAssigned::TakenOver { from: None }, now, fx);
                self.fill_all(savers, now, fx);
            }
            Place::Offered(offer) => {
                let asked = self.end_offer(offer, OfferOutcome::LostRace, now, fx);
                self.hold(no, session, HowAssigned::TakenOver { from: None }, now, fx);
                self.freed_all(asked, now, fx);
            }
            Place::Held(from) => {
                let freed = self.end_handings_of(from, session, now, fx);
                self.unhold(from, session);
                self.leave_to_others(session, now, fx);
                self.hold(no, session, HowAssigned::TakenOver { from: Some(from) }, now, fx);
                self.freed_all(freed, now, fx);
                self.freed(from, now, fx);
            }
        }
        Ok(session)
    }

    /// A supervisor ends a session. Errors: [`Refusal::SupervisorsOnly`], [`Refusal::SessionNotFound`], [`Refusal::OutOfReach`].
    pub fn end_session(
        &self,
        link: LinkId,
        session: SessionId,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        self.supervises_session(link, session)?;
        let end = SessionStep::End(CloseCause::Supervisor);
        fx.cross(Crossing::ToSession(session, end));
        Ok(())
    }
}
