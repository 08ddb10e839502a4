//! Handing a session to a bot and taking it back (托管).
//!
//! The agent who hands over stays in the session and sees what is said; its slot is free. When it takes the session back the bot
//! leaves it in the same step, so whatever the bot says later is refused. A bot that is lost gives back what it was handed, to the
//! agent if it has room, and else to the queue.

use super::Floor;
use super::agent::Kind;
use super::picks::Room;
use super::request::Place;
use crate::crossing::{Crossing, HowAssigned, SessionStep};
use crate::effects::Effects;
use crate::id::{AgentId, AgentNo, SessionId};
use crate::refusal::Refusal;
use crate::time::Now;

impl Floor {
    /// An agent hands a session that it has to a bot: to the named one, or to the one of the site's style. Answers with the bot.
    /// Errors: [`Refusal::NotInSession`], [`Refusal::NoSuchBot`], [`Refusal::BotUnavailable`].
    pub fn hand_over(
        &mut self,
        no: AgentNo,
        session: SessionId,
        bot: Option<&AgentId>,
        now: Now,
        fx: &mut Effects,
    ) -> Result<AgentId, Refusal> {
        self.held_by(no, session)?;
        let request = self.requests.get(&session).ok_or(Refusal::NotInSession)?;
        let style = self.policy.style_of(request.wish.site);
        let id = bot.or(style.is.bot.as_ref()).ok_or(Refusal::NoSuchBot)?.clone();
        self.policy.bot(&id).ok_or(Refusal::NoSuchBot)?;
        let bot = self.agent_no(&id).ok_or(Refusal::BotUnavailable)?;
        if bot == no || !self.takes_over(bot) || !self.fits(bot, request) {
            return Err(Refusal::BotUnavailable);
        }
        let stays = self.agent(no).kind == Kind::Person;
        if stays {
            self.may_stay(no, session)?;
        }
        let freed = match stays {
            true => self.end_transfer(session, now, fx),
            false => self.end_handings_of(no, session, now, fx),
        };
        self.unhold(no, session);
        // A bot that hands on leaves; the person who handed it to that bot still follows.
        if stays {
            self.note_seat(no, session);
            if let Some(request) = self.requests.get_mut(&session) {
                request.handed_by = Some(no);
            }
        } else {
            fx.cross(Crossing::ToSession(session, SessionStep::Left(no)));
        }
        self.hold(bot, session, HowAssigned::HandedOver, now, fx);
        self.freed_all(freed, now, fx);
        self.freed(no, now, fx);
        Ok(id)
    }

    /// An agent takes back what it handed to a bot. Errors: [`Refusal::NotInSession`] if it handed no such session over,
    /// [`Refusal::AgentFull`] without room, unless `room` lets it.
    pub fn take_back(
        &mut self,
        no: AgentNo,
        session: SessionId,
        room: Room,
        now: Now,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        let request = self.requests.get(&session).ok_or(Refusal::NotInSession)?;
        let Place::Held(bot) = request.place else { return Err(Refusal::NotInSession) };
        if bot == no {
            return Ok(());
        }
        if request.handed_by != Some(no) {
            return Err(Refusal::NotInSession);
        }
        if !self.fits(no, request) && room == Room::Needed {
            return Err(Refusal::AgentFull);
        }
        let freed = self.end_handings_of(bot, session, now, fx);
        self.unhold(bot, session);
        self.hold(no, session, HowAssigned::TakenBack { from: bot }, now, fx);
        self.freed_all(freed, now, fx);
        self.freed(bot, now, fx);
        Ok(())
    }

    /// What a bot that is lost was handed goes back to its agent, if that has room. Whether it does.
    pub(super) fn give_back(
        &mut self,
        bot: AgentNo,
        session: SessionId,
        now: Now,
        fx: &mut Effects,
    ) -> bool {
        let Some(request) = self.requests.get(&session) else { return false };
        let Some(no) = request.handed_by else { return false };
        let agent = self.agent(no);
        if self.fits(no, request) && !agent.links.is_empty() {
            self.hold(no, session, HowAssigned::TakenBack { from: bot }, now, fx);
            return true;
        }
        self.leave_to_others(session, now, fx);
        false
    }

    /// A session goes to whoever has room: the agent that handed it to a bot takes part no longer.
    pub(super) fn leave_to_others(&mut self, session: SessionId, now: Now, fx: &mut Effects) {
        let by = self.requests.get(&session).and_then(|request| request.handed_by);
        if let Some(no) = by {
            self.rise(no, session, now, fx);
        }
    }

    /// When a person goes away its hidden bots may have to receive.
    pub(super) fn wake_hidden_bots(&mut self, no: AgentNo, now: Now, fx: &mut Effects) {
        if self.agent(no).kind != Kind::Person || self.agent(no).standing.people > 0 {
            return;
        }
        self.fill_hidden_bots(now, fx);
    }

    /// Hidden bots get what they may have by now.
    pub(super) fn fill_hidden_bots(&mut self, now: Now, fx: &mut Effects) {
        let policy = self.policy.clone();
        for bot in policy.bots.iter().filter(|bot| bot.hidden) {
            if let Some(bot) = self.agent_no(&bot.id) {
                self.fill(bot, now, fx);
            }
        }
    }
}
