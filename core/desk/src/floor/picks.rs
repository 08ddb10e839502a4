//! Picks: an agent takes one who waits, by itself.

use super::Floor;
use super::request::Place;
use crate::crossing::HowAssigned;
use crate::effects::Effects;
use crate::id::{AgentNo, SessionId};
use crate::refusal::Refusal;
use crate::time::Now;

impl Floor {
    /// An agent takes one who waits, by itself: a chosen one, or the next of those it may have.
    ///
    /// It need not be online, and takes one more only where it has room, unless `room` lets it. Errors: [`Refusal::NotSignedOn`],
    /// [`Refusal::NobodyWaits`], [`Refusal::PickLost`], [`Refusal::AgentFull`], [`Refusal::SessionNotFound`].
    pub fn pick(
        &mut self,
        no: AgentNo,
        chosen: Option<SessionId>,
        room: Room,
        now: Now,
        fx: &mut Effects,
    ) -> Result<SessionId, Refusal> {
        if !self.is_signed_on(no) {
            return Err(Refusal::NotSignedOn);
        }
        let session = match chosen {
            Some(session) => session,
            None => self.next_for(no).ok_or(Refusal::NobodyWaits)?,
        };
        let request = self.requests.get(&session).ok_or(Refusal::SessionNotFound)?;
        match request.place {
            Place::Queued => {}
            Place::Held(holder) if holder == no => return Ok(session),
            Place::Offered(offer) if self.agent(no).offered.contains(&offer) => {
                return self.accept_offer(no, offer, now, fx);
            }
            Place::Held(_) | Place::Offered(_) => return Err(Refusal::PickLost),
        }
        let agent = self.agent(no);
        let may = agent.post(request.home).is_some()
            || request.pools.iter().any(|pool| {
                agent.own_pool == Some(*pool) || agent.pools.iter().any(|(own, _)| own == pool)
            });
        if !may && room == Room::Needed {
            let department = self.policy.department_at(request.home).id.clone();
            return Err(Refusal::OtherDepartment(department));
        }
        let fits = self.fits(no, request);
        let how = match room {
            _ if fits => HowAssigned::Picked,
            Room::Needed => return Err(Refusal::AgentFull),
            Room::Overridden => HowAssigned::PickedOverCapacity,
        };
        let savers = self.unstand(session);
        self.hold(no, session, how, now, fx);
        self.fill_all(savers, now, fx);
        Ok(session)
    }

    /// The best of those who wait for an agent's pools.
    fn next_for(&self, no: AgentNo) -> Option<SessionId> {
        let agent = self.agent(no);
        let pools = agent.pools.iter().map(|(pool, _)| *pool).chain(agent.own_pool);
        let heads = pools.filter_map(|pool| self.pool(pool).line.first());
        heads.min_by_key(|(rank, _)| *rank).map(|(_, session)| *session)
    }
}

/// Whether an agent must have room for what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Yes.
    Needed,
    /// No: somebody who may says so, and it is kept with the fact.
    Overridden,
}
