//! What agents do with each other's sessions on a random day: transfers, guests, supervision.

use super::*;

impl Day {
    /// One agent turns to another one, or to a department, about a session.
    pub(super) fn turn_to_colleagues(&mut self, a: u16, bits: &mut Bits) {
        let Some(session) = self.open(a) else { return };
        let session = self.world.sessions[session];
        let by = self.somebody_in(session, bits);
        let to = if bits.below(3) > 0 {
            Colleague::Agent(agent_id(AGENTS[usize::from(bits.below(7))]))
        } else {
            Colleague::Department(department_id(DEPARTMENTS[usize::from(bits.below(3))]))
        };
        let room = [Room::Needed, Room::Overridden][usize::from(bits.below(2))];
        let (now, fx) = (at(self.world.ms), &mut self.world.fx);
        if bits.below(3) > 0 {
            let transfer = Transfer { session, to, note: "".into(), waits: bits.is(), room };
            let _ = self.world.floor.transfer(by, transfer, now, fx);
        } else {
            let invite = InviteColleague { session, whom: to, note: "".into(), is_seen: bits.is() };
            let _ = self.world.floor.invite_colleague(by, invite, now, fx);
        }
    }

    /// Somebody who takes part leaves, hides, passes on, or takes back what it asked.
    pub(super) fn move_among_guests(&mut self, a: u16, bits: &mut Bits) {
        let Some(session) = self.open(a) else { return };
        let session = self.world.sessions[session];
        let by = self.somebody_in(session, bits);
        let room = [Room::Needed, Room::Overridden][usize::from(bits.below(2))];
        let guests = self.world.floor.guests(session);
        let guest = guests.get(usize::from(bits.below(guests.len().max(1) as u16))).copied();
        let offers = self.world.floor.offers.iter();
        let its_own = offers
            .filter(|(_, there)| there.handing.as_ref().is_some_and(|handing| handing.by == by));
        let mut its_own: Vec<_> = its_own.map(|(offer, _)| *offer).collect();
        its_own.sort_unstable();
        let (now, fx) = (at(self.world.ms), &mut self.world.fx);
        let floor = &mut self.world.floor;
        let _ = match bits.below(4) {
            0 => floor.leave_session(guest.unwrap_or(by), session, now, fx),
            1 => floor.set_seen(guest.unwrap_or(by), session, bits.is(), fx),
            2 => {
                let to = floor.agent(guest.unwrap_or(by)).id().clone();
                let holder = floor.holder(session).unwrap_or(by);
                floor.pass_on(holder, session, &to, room, now, fx)
            }
            _ => match its_own.first() {
                Some(offer) => floor.withdraw_offer(by, *offer, now, fx),
                None => Ok(()),
            },
        };
    }

    /// A supervisor joins a session, takes it over, or has it ended.
    pub(super) fn supervise(&mut self, a: u16, bits: &mut Bits) {
        let Some(session) = self.open(a) else { return };
        let session = self.world.sessions[session];
        let no = self.agent(bits.below(7));
        let Some(link) = self.world.floor.agent(no).links().first().copied() else { return };
        self.world.floor.let_supervise(no, link, Role::Supervisor, Reach::All);
        let room = [Room::Needed, Room::Overridden][usize::from(bits.below(2))];
        let (now, fx) = (at(self.world.ms), &mut self.world.fx);
        let floor = &mut self.world.floor;
        match bits.below(3) {
            0 => drop(floor.join_session(no, link, session, bits.is(), fx)),
            1 => drop(floor.take_over(no, link, session, room, now, fx)),
            _ => {
                if bits.is() && floor.end_session(link, session, fx).is_ok() {
                    let at = self.world.sessions.iter().position(|other| *other == session);
                    self.open.retain(|other| Some(*other) != at);
                    self.world.step(FloorStep::Ended(session));
                }
            }
        }
    }

    /// Most often who has it, sometimes a guest or a stranger.
    fn somebody_in(&mut self, session: SessionId, bits: &mut Bits) -> AgentNo {
        let guest = self.world.floor.guests(session).first().copied();
        match (self.world.floor.holder(session), bits.below(6)) {
            (Some(holder), 0..=3) => holder,
            (_, 4) if guest.is_some() => guest.unwrap(),
            _ => self.agent(bits.below(7)),
        }
    }
}
