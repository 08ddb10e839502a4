//! Who invites whom: agents by hand and by force, rules when visitors look at pages.
//!
//! An agent's invitation concerns two nouns, and one lock is held at a time: first the floor says whether the agent may, and counts the
//! invitation; then the visitor's record shows it, or doesn't, and then the count is given back by the step that ends every invitation. Between
//! the two it is noted as on its way ([`OnTheWay`](crate::tenants::OnTheWay)), where `verify` sees it.

use frontdesk_desk::crossing::{Crossing, FloorStep};
use frontdesk_desk::id::{DepartmentId, InvitationId, VisitorId, VisitorRef};
use frontdesk_desk::policy::invitations::INVITATION_BYTES_MAX;
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::visitor::{Answer, Inviting, Means, Reserved, Shown, ToldInvitation, Visitor};

use super::visits::{attached, visitor_of};
use crate::command::{Asked, Link, Reply};
use crate::present::Counted;
use crate::tenants::{Rules, Tenant};
use crate::turn::Turn;
use crate::visitors::VisitorRecords;

impl<'e> Turn<'e> {
    pub(super) fn invite(
        &mut self,
        link: Link,
        visitor: &VisitorId,
        department: Option<DepartmentId>,
        text: Box<str>,
    ) -> Result<Reply, Refusal> {
        if text.len() > INVITATION_BYTES_MAX {
            let (field, bytes_max) = ("text", INVITATION_BYTES_MAX);
            return Err(Refusal::TooLong { field, bytes_max });
        }
        let counted = self.on_floor(link, |books, agent, tenant, _| {
            let (department, by_id) = books.floor.invite(agent, department.as_ref())?;
            tenant.inviting.left_floor(agent);
            Ok((tenant, Inviting { by: agent, by_id, department, text }))
        });
        let (invitation, until_wall_ms) = match counted {
            Ok((tenant, inviting)) => self.show(tenant, visitor, inviting)?,
            // Said once more, it may be one of those that are shown.
            Err(full @ Refusal::LimitReached { .. }) => self.shown_by(link, visitor).ok_or(full)?,
            Err(refusal) => return Err(refusal),
        };
        Ok(Reply::Invited { invitation, until_wall_ms })
    }

    /// Shows a visitor an invitation that its floor has counted, or gives the count back.
    fn show(
        &mut self,
        tenant: &'e Tenant,
        visitor: &VisitorId,
        inviting: Inviting,
    ) -> Result<ToldInvitation, Refusal> {
        let by = inviting.by;
        let (hash, shard) = self.engine.visitors.place(tenant.no, visitor);
        let mut records = self.visitors(shard);
        let shown = match records.find(hash, tenant.no, visitor) {
            None => Err(Refusal::VisitorNotFound),
            Some(at) => {
                self.change(tenant, &mut records, at, |there, _, with| there.invite(inviting, with))
            }
        };
        // Under the same lock, so that it is always in one place to be seen.
        tenant.inviting.came_to_visitor(by);
        if !matches!(shown, Ok(Shown::New(_))) {
            let step = FloorStep::InvitationEnded { agent: by, told: None };
            self.fx.crossings.push(Crossing::ToFloor(tenant.no, step));
            self.carry_out();
        }
        let (Shown::New(told) | Shown::Running(told)) = shown?;
        Ok(told)
    }

    /// The invitation of a link's agent that a visitor is shown.
    fn shown_by(&mut self, link: Link, visitor: &VisitorId) -> Option<ToldInvitation> {
        let agent = self.agents_only(link).ok()?;
        let (hash, shard) = self.engine.visitors.place(link.tenant, visitor);
        let records = self.visitors(shard);
        records.get(records.find(hash, link.tenant, visitor)?)?.shown_by(agent)
    }

    pub(super) fn force_session(
        &mut self,
        link: Link,
        visitor: &VisitorId,
        department: Option<DepartmentId>,
    ) -> Result<Reply, Refusal> {
        let (tenant, by, department) = self.on_floor(link, |books, agent, tenant, _| {
            Ok((tenant, agent, books.floor.may_approach(agent, department.as_ref())?))
        })?;
        let session = self
            .on_visitor(tenant, visitor, |there, at, with| there.force(at, by, department, with))?;
        Ok(Reply::Asked(Asked { session, existing: false, opening_seq: None }))
    }

    pub(super) fn withdraw_invitation(
        &mut self,
        link: Link,
        visitor: &VisitorId,
        invitation: InvitationId,
    ) -> Result<Reply, Refusal> {
        let agent = self.agents_only(link)?;
        self.attached(link)?;
        let tenant = self.tenant(link.tenant)?;
        self.admit()?;
        let withdrawn = self.on_visitor(tenant, visitor, |there, _, with| {
            there.withdraw(invitation, agent, with.now, with.fx)
        });
        match withdrawn {
            // It ended with the visitor.
            Err(Refusal::VisitorNotFound) => Err(Refusal::InvitationEnded),
            withdrawn => withdrawn.map(|()| Reply::Done),
        }
    }

    pub(super) fn answer_invitation(
        &mut self,
        link: Link,
        invitation: InvitationId,
        answer: Answer,
    ) -> Result<Reply, Refusal> {
        let at = visitor_of(link)?;
        let tenant = self.tenant(link.tenant)?;
        self.admit()?;
        tenant.inbox.admit().map_err(|_| Refusal::Busy)?;
        let mut records = self.visitors(at.shard);
        attached(&mut records, at, link.id)?;
        let session = self.change(tenant, &mut records, at, |there, at, with| {
            there.answer(at, invitation, answer, with)
        })?;
        let asked =
            |session, existing| Reply::Asked(Asked { session, existing, opening_seq: None });
        Ok(match session {
            Some(Reserved::New(session)) => asked(session, false),
            Some(Reserved::Running(session)) => asked(session, true),
            None => Reply::Done,
        })
    }

    /// Counts a visitor that may stand otherwise than before, after having looked whether a rule invites it, and tells those who keep the time and
    /// lists. Under the lock of its shard.
    pub(super) fn look(
        &mut self,
        tenant: &Tenant,
        records: &mut VisitorRecords,
        at: VisitorRef,
        before: Counted,
    ) {
        let rules = tenant.rules();
        let Rules { policy, board } = &*rules;
        let wall_ms = self.now.wall_ms;
        let Some((visitor, chance)) = records.with_chance(at) else { return };
        let is_free = |there: &Visitor, department| {
            let region = there.arrival().map_or("", |arrival| &arrival.region);
            let home = policy.style_of(there.site()).home;
            let free = board.free(policy, there.site(), region, department, wall_ms);
            let shown_max = free.saturating_mul(policy.invitations.per_free_agent_max.into());
            // A hint: somebody may be free no more when the visitor accepts. Then it waits.
            tenant.present.inviting(department.unwrap_or(home)) < shown_max
        };
        let mut with = Means { policy, now: self.now, chance, fx: &mut self.fx };
        let opening = |place, hours: &_| board.opening_of_rule(place, hours, wall_ms);
        visitor.look(is_free, opening, &mut with);
        self.stands(tenant, records, at, before);
    }

    /// What happens to a visitor of the tenant, by who it is.
    fn on_visitor<T>(
        &mut self,
        tenant: &'e Tenant,
        visitor: &VisitorId,
        decide: impl FnOnce(&mut Visitor, VisitorRef, &mut Means<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let (hash, shard) = self.engine.visitors.place(tenant.no, visitor);
        let mut records = self.visitors(shard);
        let at = records.find(hash, tenant.no, visitor).ok_or(Refusal::VisitorNotFound)?;
        self.change(tenant, &mut records, at, decide)
    }

    /// Under the lock of a visitor's shard: lets its record decide, and brings counts, deadlines and lists in line.
    fn change<T>(
        &mut self,
        tenant: &Tenant,
        records: &mut VisitorRecords,
        at: VisitorRef,
        decide: impl FnOnce(&mut Visitor, VisitorRef, &mut Means<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let policy = tenant.policy();
        let (visitor, chance) = records.with_chance(at).ok_or(Refusal::VisitorNotFound)?;
        let before = Counted::of(visitor);
        let mut with = Means { policy: &policy, now: self.now, chance, fx: &mut self.fx };
        let decided = decide(visitor, at, &mut with)?;
        self.stands(tenant, records, at, before);
        self.carry_out();
        Ok(decided)
    }
}
