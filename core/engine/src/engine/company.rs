//! What agents do with each other's sessions: transfer them, invite to them, join and leave, pass on, take over, end. The lock is that
//! of the tenant's floor, which decides; the session follows by crossings.

use frontdesk_desk::fact::Act;
use frontdesk_desk::floor::{InviteColleague, Room, TargetsQuery, Transfer};
use frontdesk_desk::id::{AgentId, OfferId, SessionId};
use frontdesk_desk::refusal::Refusal;

use crate::command::{Link, Person, Reply};
use crate::turn::Turn;

impl Turn<'_> {
    pub(super) fn transfer(&mut self, link: Link, transfer: Transfer) -> Result<Reply, Refusal> {
        let now = self.now;
        self.on_floor(link, |books, agent, _, fx| {
            if transfer.room == Room::Overridden {
                books.floor.may_override(link.id, Some(transfer.session))?;
            }
            let Transfer { session, room, .. } = transfer;
            let act = Act::Transferred { session, to: transfer.to.clone(), room };
            let asking = books.floor.transfer(agent, transfer, now, fx)?;
            books.floor.keep_act(agent, link.id, act, now, fx);
            Ok(Reply::Asking(Box::new(asking)))
        })
    }

    pub(super) fn withdraw_offer(&mut self, link: Link, offer: OfferId) -> Result<Reply, Refusal> {
        let now = self.now;
        self.on_floor(link, |books, agent, _, fx| {
            books.floor.withdraw_offer(agent, offer, now, fx)?;
            books.floor.keep_act(agent, link.id, Act::Withdrew { offer }, now, fx);
            Ok(Reply::Done)
        })
    }

    pub(super) fn invite_colleague(
        &mut self,
        link: Link,
        invite: InviteColleague,
    ) -> Result<Reply, Refusal> {
        let now = self.now;
        self.on_floor(link, |books, agent, _, fx| {
            let InviteColleague { session, is_seen, .. } = invite;
            let act = Act::Invited { session, whom: invite.whom.clone(), is_seen };
            let asking = books.floor.invite_colleague(agent, invite, now, fx)?;
            books.floor.keep_act(agent, link.id, act, now, fx);
            Ok(Reply::Asking(Box::new(asking)))
        })
    }

    pub(super) fn join_session(
        &mut self,
        link: Link,
        session: SessionId,
        is_seen: bool,
    ) -> Result<Reply, Refusal> {
        supervisors_only(link)?;
        self.admit_session(session)?;
        let now = self.now;
        let joined = self.on_floor(link, |books, agent, _, fx| {
            books.floor.join_session(agent, link.id, session, is_seen, fx)?;
            books.floor.keep_act(agent, link.id, Act::Joined { session, is_seen }, now, fx);
            Ok(Reply::Done)
        });
        self.over_if_gone(link, session, joined)
    }

    pub(super) fn leave_session(
        &mut self,
        link: Link,
        session: SessionId,
    ) -> Result<Reply, Refusal> {
        let now = self.now;
        self.on_floor(link, |books, agent, _, fx| {
            books.floor.leave_session(agent, session, now, fx)?;
            books.floor.keep_act(agent, link.id, Act::Left { session }, now, fx);
            Ok(Reply::Done)
        })
    }

    pub(super) fn set_seen(
        &mut self,
        link: Link,
        session: SessionId,
        is_seen: bool,
    ) -> Result<Reply, Refusal> {
        let now = self.now;
        self.on_floor(link, |books, agent, _, fx| {
            books.floor.set_seen(agent, session, is_seen, fx)?;
            books.floor.keep_act(agent, link.id, Act::Showed { session, is_seen }, now, fx);
            Ok(Reply::Done)
        })
    }

    pub(super) fn pass_on(
        &mut self,
        link: Link,
        session: SessionId,
        to: &AgentId,
        room: Room,
    ) -> Result<Reply, Refusal> {
        let now = self.now;
        self.on_floor(link, |books, agent, _, fx| {
            if room == Room::Overridden {
                books.floor.may_override(link.id, Some(session))?;
            }
            books.floor.pass_on(agent, session, to, room, now, fx)?;
            let act = Act::PassedOn { session, to: to.clone(), room };
            books.floor.keep_act(agent, link.id, act, now, fx);
            Ok(Reply::Done)
        })
    }

    pub(super) fn take_over(
        &mut self,
        link: Link,
        session: SessionId,
        room: Room,
    ) -> Result<Reply, Refusal> {
        supervisors_only(link)?;
        let now = self.now;
        let taken = self.on_floor(link, |books, agent, _, fx| {
            let taken = books.floor.take_over(agent, link.id, session, room, now, fx)?;
            books.floor.keep_act(agent, link.id, Act::TookOver { session, room }, now, fx);
            Ok(Reply::Got(taken))
        });
        self.over_if_gone(link, session, taken)
    }

    pub(super) fn end_session(&mut self, link: Link, session: SessionId) -> Result<Reply, Refusal> {
        supervisors_only(link)?;
        let now = self.now;
        let ended = self.on_floor(link, |books, agent, _, fx| {
            books.floor.end_session(link.id, session, fx)?;
            books.floor.keep_act(agent, link.id, Act::Ended { session }, now, fx);
            Ok(Reply::Done)
        });
        self.over_if_gone(link, session, ended)
    }

    pub(super) fn read_transfer_targets(
        &mut self,
        link: Link,
        query: &TargetsQuery,
    ) -> Result<Reply, Refusal> {
        self.ask_floor(link, |books, agent| {
            let targets = books.floor.targets(agent, query)?;
            Ok(Reply::TransferTargets(Box::new(targets)))
        })
    }
}

/// Whether a link can be a supervisor's at all; the floor knows which ones are.
pub(super) fn supervisors_only(link: Link) -> Result<(), Refusal> {
    match link.person {
        Person::Agent(_) => Ok(()),
        Person::Visitor(_) => Err(Refusal::SupervisorsOnly),
    }
}
