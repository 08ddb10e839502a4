//! Who is there for a visitor: read on every page view, or followed. The lock is that of the visitor's shard; the answer comes from the board.

use frontdesk_desk::delivery::{Delivery, Receiving};
use frontdesk_desk::id::{DepartmentId, DepartmentNo, LinkId};
use frontdesk_desk::policy::{Policy, Receives};
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::visitor::Visitor;

use super::visits::{attached, visitor_of};
use crate::command::{Link, Reply};
use crate::icons::{Range, Round, Slice};
use crate::tenants::{Rules, Tenant};
use crate::turn::Turn;

impl<'e> Turn<'e> {
    pub(super) fn read_reception(
        &mut self,
        link: Link,
        department: Option<DepartmentId>,
    ) -> Result<Reply, Refusal> {
        let at = visitor_of(link)?;
        let rules = self.tenant(link.tenant)?.rules();
        let Rules { policy, board } = &*rules;
        let department = known(policy, department)?;
        let (site, region) = {
            let mut records = self.visitors(at.shard);
            let visitor = attached(&mut records, at, link.id)?;
            (visitor.site(), region(policy, visitor, department))
        };
        let wall_ms = self.now.wall_ms;
        let reception = board.reception(policy, site, &region, department, wall_ms);
        Ok(Reply::Reception(Box::new(reception)))
    }

    /// A visitor's page follows its reception, and is told how that is.
    pub(super) fn watch_reception(
        &mut self,
        link: Link,
        department: Option<DepartmentId>,
    ) -> Result<Reply, Refusal> {
        let at = visitor_of(link)?;
        let tenant = self.tenant(link.tenant)?;
        let rules = tenant.rules();
        let Rules { policy, board } = &*rules;
        let department = known(policy, department)?;
        // Under its shard's lock, as the end is: a link that is gone would follow for ever.
        let mut records = self.visitors(at.shard);
        let visitor = attached(&mut records, at, link.id)?;
        let (site, region) = (visitor.site(), region(policy, visitor, department));
        let wall_ms = self.now.wall_ms;
        let reception = board.reception(policy, site, &region, department, wall_ms);
        let range = range(policy, visitor, department);
        let receiving = reception.receiving;
        let follower = (link.id, at, department);
        let void = |link| self.void_icon(link);
        tenant.icons.begin(follower, range, receiving, policy.version, void)?;
        Ok(Reply::Reception(Box::new(reception)))
    }

    pub(super) fn unwatch_reception(&mut self, link: Link) -> Result<Reply, Refusal> {
        let at = visitor_of(link)?;
        let tenant = self.tenant(link.tenant)?;
        let mut records = self.visitors(at.shard);
        attached(&mut records, at, link.id)?;
        tenant.icons.end(link.id);
        self.void_icon(link.id);
        Ok(Reply::Done)
    }

    /// What a link was to be told of its icon and hasn't read it learns by an answer, which may be read before.
    fn void_icon(&self, link: LinkId) {
        let told = Delivery::ReceptionChanged { receiving: Receiving::Nobody };
        if let Some(key) = told.latest_key() {
            self.engine.directory.void(link, key);
        }
    }

    /// Tells pages whose icon has changed, as far as one tick may.
    pub(super) fn tell_receptions(&mut self, tenant: &'e Tenant) {
        if !tenant.icons.is_followed() {
            return;
        }
        let rules = tenant.rules();
        let Rules { policy, board } = &*rules;
        let seen = board.seen(policy, self.now.wall_ms);
        let best = |range: &Range| seen.best(range);
        let mut slice = Slice::default();
        let mut round = Round::GoesOn;
        while round == Round::GoesOn {
            let mut books = tenant.icons.books();
            if books.policy_version() > policy.version {
                // Replaced since this turn has read it: ranges may name what it doesn't have. The next tick reads anew.
                return;
            }
            books.follow(policy.version);
            books.look(self.now.mono_ms, best);
            round = books.go_on(&mut slice, |link, receiving| self.tell_icon(link, receiving));
        }
        for follower in slice.lost {
            let range = {
                let records = self.visitors(follower.visitor.shard);
                let there = records.get(follower.visitor);
                there.map(|visitor| range(policy, visitor, follower.department))
            };
            if let Some(range) = range {
                let receiving = best(&range);
                let tell = |link, receiving| self.tell_icon(link, receiving);
                tenant.icons.books().found(follower.link, range, receiving, policy.version, tell);
            }
        }
    }

    fn tell_icon(&mut self, link: LinkId, receiving: Receiving) {
        let changed = Delivery::ReceptionChanged { receiving };
        let _ = self.engine.directory.push(link, changed, &mut self.wakes);
    }
}

fn known(
    policy: &Policy,
    department: Option<DepartmentId>,
) -> Result<Option<DepartmentNo>, Refusal> {
    match department {
        None => Ok(None),
        Some(id) => Ok(Some(policy.department(&id).ok_or(Refusal::UnknownDepartment(id))?)),
    }
}

/// A visitor's region, where who receives it depends on that.
fn region(policy: &Policy, visitor: &Visitor, department: Option<DepartmentNo>) -> Box<str> {
    let by_region = department.is_none() && policy.style_of(visitor.site()).has_regions();
    if by_region { visitor.region_text() } else { Default::default() }
}

/// Who receives a visitor.
fn range(policy: &Policy, visitor: &Visitor, department: Option<DepartmentNo>) -> Range {
    match department {
        Some(no) => [Receives::Department(no)].into(),
        None => {
            let region = region(policy, visitor, department);
            policy.style_of(visitor.site()).range(&region).into_iter().cloned().collect()
        }
    }
}
