//! Guests: agents who take part in a session that another one has.
//!
//! A guest takes no slot. Its visitor sees it, or doesn't. It comes by a colleague's invitation, as a supervisor by itself, by having handed the
//! session to a bot, or by having passed it on; it goes by leaving, by getting the session, by signing off or being
//! lost, and with the session's end. The floor has the list, so that what the session is told of guests, of their links and of its owner comes in the
//! order in which it was decided.

use std::sync::Arc;

use smallvec::SmallVec;

use super::Floor;
use super::agent::Kind;
use super::handing::{Colleague, Handing, NOTE_BYTES_MAX, What};
use super::picks::Room;
use super::request::Place;
use crate::crossing::{Crossing, HowAssigned, Joined, SessionStep};
use crate::delivery::{Asking, HandingOutcome, OfferOutcome, Status};
use crate::effects::Effects;
use crate::id::{AgentId, AgentNo, DepartmentNo, LinkId, OfferId, SessionId};
use crate::message::Class;
use crate::refusal::Refusal;
use crate::time::Now;

/// Most guests of one session: with its visitor and its owner 30 take part.
pub const GUESTS_MAX: usize = 28;
/// Most sessions that one agent is a guest in.
pub const SEATS_MAX: usize = 64;

/// The invitation of a colleague, as one who takes part wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteColleague {
    /// To which session.
    pub session: SessionId,
    /// Whom.
    pub whom: Colleague,
    /// What they should know, at most [`NOTE_BYTES_MAX`] bytes; may be empty.
    pub note: Arc<str>,
    /// Whether the visitor is told.
    pub is_seen: bool,
}

impl Floor {
    /// An agent who takes part asks a colleague to take part too.
    ///
    /// Errors: [`Refusal::NotInSession`], [`Refusal::TooLong`], [`Refusal::LimitReached`], [`Refusal::ToOneself`], [`Refusal::UnknownAgent`],
    /// [`Refusal::UnknownDepartment`], [`Refusal::TargetOutOfReach`], [`Refusal::InSessionAlready`], [`Refusal::AgentUnavailable`],
    /// [`Refusal::NobodyFree`].
    pub fn invite_colleague(
        &mut self,
        no: AgentNo,
        invite: InviteColleague,
        now: Now,
        fx: &mut Effects,
    ) -> Result<Asking, Refusal> {
        let InviteColleague { session, whom, note, is_seen } = invite;
        if !self.takes_part(no, session) {
            return Err(Refusal::NotInSession);
        }
        if note.len() > NOTE_BYTES_MAX {
            return Err(Refusal::TooLong { field: "note", bytes_max: NOTE_BYTES_MAX });
        }
        let home = self.requests.get(&session).map(|request| request.home);
        let home = home.ok_or(Refusal::NotInSession)?;
        let tried = smallvec::smallvec![no];
        let what = What::Join { is_seen };
        let handing = |department| Handing { by: no, what, note, department, tried };
        match whom {
            Colleague::Agent(id) => {
                let target = self.asked_agent(no, home, &id)?;
                if let Some(asking) = self.joining_of(target, session, now) {
                    return Ok(asking);
                }
                self.may_sit(target, session)?;
                if !self.agent(target).can_answer() {
                    return Err(Refusal::AgentUnavailable(id));
                }
                Ok(self.begin_handing(session, handing(None), target, now, fx))
            }
            Colleague::Department(id) => {
                let department = self.asked_department(no, home, &id)?;
                self.has_seats(session)?;
                let first = self.best_guest(session, department, &[no]);
                let first = first.ok_or(Refusal::NobodyFree(id))?;
                Ok(self.begin_handing(session, handing(Some(department)), first, now, fx))
            }
        }
    }

    /// The running invitation of an agent to a session.
    fn joining_of(&self, no: AgentNo, session: SessionId, now: Now) -> Option<Asking> {
        let request = self.requests.get(&session)?;
        let asks = |offer: &&OfferId| {
            self.offers.get(offer).is_some_and(|there| {
                let joins = there.handing.as_ref().is_some_and(|handing| !handing.is_transfer());
                joins && there.asked.contains(&no)
            })
        };
        self.asking(*request.handings.iter().find(asks)?, now)
    }

    /// The agent of a department who is invited next: one who is online and has the least to do, and takes no part yet.
    pub(super) fn best_guest(
        &self,
        session: SessionId,
        department: DepartmentNo,
        tried: &[AgentNo],
    ) -> Option<AgentNo> {
        let pool = self.pool(self.departments[usize::from(department.0)].whole);
        let may = |no: &&AgentNo| {
            let agent = self.agent(**no);
            agent.status == Status::Online
                && agent.can_answer()
                && !tried.contains(no)
                && !agent.offered.iter().any(|offer| {
                    self.offers.get(offer).is_some_and(|there| there.session == session)
                })
                && self.may_sit(**no, session).is_ok()
        };
        let rank = |no: &&AgentNo| {
            let agent = self.agent(**no);
            agent.common_rank(agent.post(department).map_or(1, |post| post.tier))
        };
        pool.members.iter().filter(may).min_by_key(rank).copied()
    }

    /// A supervisor's agent takes part in a session.
    ///
    /// Errors: [`Refusal::SupervisorsOnly`], [`Refusal::SessionNotFound`], [`Refusal::OutOfReach`], [`Refusal::InSessionAlready`],
    /// [`Refusal::LimitReached`].
    pub fn join_session(
        &mut self,
        no: AgentNo,
        link: LinkId,
        session: SessionId,
        is_seen: bool,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        self.supervises_session(link, session)?;
        self.may_sit(no, session)?;
        self.seat(session, no, (Class::Supervisor, is_seen), fx);
        Ok(())
    }

    /// A guest takes part no longer; one that didn't changes nothing. Errors: [`Refusal::OwnerStays`].
    pub fn leave_session(
        &mut self,
        no: AgentNo,
        session: SessionId,
        now: Now,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        if self.held_by(no, session).is_ok() {
            return Err(Refusal::OwnerStays);
        }
        if self.takes_part(no, session) {
            self.rise(no, session, now, fx);
        }
        Ok(())
    }

    /// A guest lets the visitor see it, or doesn't any more. Errors: [`Refusal::OwnerStays`], [`Refusal::NotInSession`].
    pub fn set_seen(
        &mut self,
        no: AgentNo,
        session: SessionId,
        is_seen: bool,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        if self.held_by(no, session).is_ok() {
            return if is_seen { Ok(()) } else { Err(Refusal::OwnerStays) };
        }
        if !self.takes_part(no, session) {
            return Err(Refusal::NotInSession);
        }
        fx.cross(Crossing::ToSession(session, SessionStep::Seen { agent: no, is_seen }));
        Ok(())
    }

    /// The owner of a session makes a guest its owner, and is a guest from here on; a bot leaves. Whoever handed the session to that bot has
    /// no claim to it any more, and stays a guest.
    ///
    /// Errors: [`Refusal::NotInSession`], [`Refusal::UnknownAgent`], [`Refusal::ToOneself`], [`Refusal::NotAGuest`], [`Refusal::AgentUnavailable`],
    /// [`Refusal::ColleagueFull`], [`Refusal::LimitReached`].
    pub fn pass_on(
        &mut self,
        no: AgentNo,
        session: SessionId,
        to: &AgentId,
        room: Room,
        now: Now,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        let target = self.agent_no(to).ok_or_else(|| Refusal::UnknownAgent(to.clone()))?;
        if self.held_by(target, session).is_ok() && self.takes_part(no, session) {
            return if target == no { Err(Refusal::ToOneself) } else { Ok(()) };
        }
        self.held_by(no, session)?;
        let request = self.requests.get(&session).ok_or(Refusal::NotInSession)?;
        if !request.guests.contains(&target) {
            return Err(Refusal::NotAGuest(to.clone()));
        }
        if !self.agent(target).can_answer() {
            return Err(Refusal::AgentUnavailable(to.clone()));
        }
        if !self.has_place(target, request.home, request.weight) && room == Room::Needed {
            return Err(Refusal::ColleagueFull(to.clone()));
        }
        let stays = self.agent(no).kind == Kind::Person;
        if stays {
            self.has_seat(no)?;
        }
        let freed = match stays {
            true => self.end_transfer(session, now, fx),
            false => self.end_handings_of(no, session, now, fx),
        };
        self.unhold(no, session);
        if let Some(request) = self.requests.get_mut(&session) {
            request.handed_by = None;
        }
        match stays {
            true => self.note_seat(no, session),
            false => fx.cross(Crossing::ToSession(session, SessionStep::Left(no))),
        }
        self.hold(target, session, HowAssigned::PassedOn { from: no }, now, fx);
        self.freed_all(freed, now, fx);
        self.freed(no, now, fx);
        Ok(())
    }

    /// Whether an agent takes part in a session, as its owner or as a guest.
    pub(super) fn takes_part(&self, no: AgentNo, session: SessionId) -> bool {
        self.requests
            .get(&session)
            .is_some_and(|request| request.place == Place::Held(no) || request.guests.contains(&no))
    }

    /// The agents that take part in a session as guests, in the order in which they came.
    pub fn guests(&self, session: SessionId) -> &[AgentNo] {
        self.requests.get(&session).map_or(&[], |request| &request.guests)
    }

    /// Whether an agent may be one more guest of a session. Errors: [`Refusal::InSessionAlready`], [`Refusal::LimitReached`].
    fn may_sit(&self, no: AgentNo, session: SessionId) -> Result<(), Refusal> {
        if self.takes_part(no, session) {
            return Err(Refusal::InSessionAlready(self.agent(no).id.clone()));
        }
        self.may_stay(no, session)
    }

    /// Whether an agent that hands a session to a bot may stay in it. Errors: [`Refusal::LimitReached`].
    pub(super) fn may_stay(&self, no: AgentNo, session: SessionId) -> Result<(), Refusal> {
        self.has_seat(no)?;
        self.has_seats(session)
    }

    /// Whether an agent may be a guest in one more session, beside those that it is invited to. Errors: [`Refusal::LimitReached`].
    fn has_seat(&self, no: AgentNo) -> Result<(), Refusal> {
        if self.agent(no).seats.len() + self.seats_offered(no) >= SEATS_MAX {
            let max = SEATS_MAX as u64;
            return Err(Refusal::LimitReached {
                what: "sessions that one agent is a guest in",
                max,
            });
        }
        Ok(())
    }

    /// How many sessions an agent is invited to and hasn't answered yet.
    pub(super) fn seats_offered(&self, no: AgentNo) -> usize {
        let invites = |offer: &&OfferId| {
            let there = self.offers.get(offer).and_then(|there| there.handing.as_ref());
            there.is_some_and(|handing| !handing.is_transfer())
        };
        self.agent(no).offered.iter().filter(invites).count()
    }

    /// Whether there is a place for one more guest, beside those who are invited. Errors: [`Refusal::LimitReached`].
    pub(super) fn has_seats(&self, session: SessionId) -> Result<(), Refusal> {
        let request = self.requests.get(&session).ok_or(Refusal::SessionNotFound)?;
        if request.guests.len() + request.handings.len() >= GUESTS_MAX {
            let max = GUESTS_MAX as u64;
            return Err(Refusal::LimitReached { what: "guests of one session", max });
        }
        Ok(())
    }

    /// An agent takes part from here on, as a guest. One that takes part already goes on as it did.
    pub(super) fn seat(
        &mut self,
        session: SessionId,
        no: AgentNo,
        part: (Class, bool),
        fx: &mut Effects,
    ) {
        if self.takes_part(no, session) {
            return;
        }
        self.note_seat(no, session);
        self.watches.session_held(session, no, fx);
        let agent = self.agent(no);
        let joined = Joined {
            agent: no,
            agent_id: agent.id.clone(),
            part,
            links: SmallVec::from_slice(&agent.links),
        };
        fx.cross(Crossing::ToSession(session, SessionStep::Joined(joined)));
    }

    /// A guest takes part no longer: what it asked about the session is over, and the session is told.
    pub(super) fn rise(&mut self, no: AgentNo, session: SessionId, now: Now, fx: &mut Effects) {
        let freed = self.end_handings_of(no, session, now, fx);
        self.strike_seat(no, session);
        fx.cross(Crossing::ToSession(session, SessionStep::Left(no)));
        self.freed_all(freed, now, fx);
    }

    /// An agent takes part as a guest, by the books.
    pub(super) fn note_seat(&mut self, no: AgentNo, session: SessionId) {
        if let Some(request) = self.requests.get_mut(&session) {
            request.guests.push(no);
            self.agent_mut(no).seats.push(session);
        }
    }

    /// An agent is no guest any more, by the books.
    pub(super) fn strike_seat(&mut self, no: AgentNo, session: SessionId) {
        self.agent_mut(no).seats.retain(|other| *other != session);
        if let Some(request) = self.requests.get_mut(&session) {
            request.guests.retain(|guest| *guest != no);
            request.handed_by = request.handed_by.filter(|by| *by != no);
        }
    }

    /// An agent is a guest nowhere any more.
    pub(super) fn rise_everywhere(&mut self, no: AgentNo, now: Now, fx: &mut Effects) {
        for session in self.agent(no).seats.clone() {
            self.rise(no, session, now, fx);
        }
    }

    /// A session that is over, or about to be refused its place: what is asked about it ends, and nobody is its guest. Those who were asked are
    /// for the caller to fill.
    pub(super) fn dissolve(
        &mut self,
        session: SessionId,
        now: Now,
        fx: &mut Effects,
    ) -> SmallVec<[AgentNo; 2]> {
        let ends = (OfferOutcome::SessionEnded, HandingOutcome::SessionEnded);
        let freed = self.end_handings(session, |_, _| true, ends, now, fx);
        let guests = self.requests.get_mut(&session).map(|request| {
            request.handed_by = None;
            std::mem::take(&mut request.guests)
        });
        for no in guests.unwrap_or_default() {
            self.agent_mut(no).seats.retain(|other| *other != session);
        }
        freed
    }
}
