//! A tenant's policy: read, and replaced while everything goes on.
//!
//! ```text
//!   draft ──prepare──► checked, for the policy in force ──put──► in force
//!             │                         │                 └ another one is in force meanwhile: outdated
//!             └ faults, outdated        └ here a broker keeps it on a disk
//! ```
//!
//! Checking a long draft takes milliseconds and is done under no lock. Putting is one step of the tenant's floor. A command through a
//! link does both; whoever has to keep the policy in between prepares it and puts it.

use frontdesk_desk::id::{AgentId, TenantNo};
use frontdesk_desk::policy::{Draft, PolicyFault, SharedPolicy};
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::time::Now;

use super::Engine;
use crate::command::{Link, Reply};
use crate::journal::Position;
use crate::turn::Turn;

/// Why a policy isn't taken over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReplaced {
    /// There is no such tenant.
    #[error("there is no such tenant")]
    UnknownTenant,
    /// The policy that it was made from is no longer the present one.
    #[error("the present policy has version {present}; read it and make the change again")]
    Outdated {
        /// The present version.
        present: u64,
    },
    /// The document has faults; the present policy stays.
    #[error("the policy has {} faults, the first at {}", .0.len(), .0.first().map_or(String::new(), ToString::to_string))]
    Faults(Vec<PolicyFault>),
    /// The journal can't take more now.
    #[error("the journal is full; come back in a moment")]
    StorageFull,
}

impl From<NotReplaced> for Refusal {
    fn from(why: NotReplaced) -> Self {
        match why {
            NotReplaced::UnknownTenant => Self::LinkGone,
            NotReplaced::Outdated { present } => Self::PolicyOutdated { present },
            NotReplaced::Faults(faults) => Self::BadPolicy(faults),
            NotReplaced::StorageFull => Self::StorageFull,
        }
    }
}

/// A policy that has taken the one before's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// Its version.
    pub version: u64,
    /// The answer may leave once the journal has committed this position.
    pub kept_at: Option<Position>,
}

/// What a draft came to that somebody may put in force.
#[derive(Clone, Debug)]
pub enum Prepared {
    /// It was put in force before, from the same version: there is nothing to do.
    InForce {
        /// Its version.
        version: u64,
    },
    /// It is good, and can take the place of the policy in force.
    Ready(Replacement),
}

/// A policy that is checked, and not in force.
#[derive(Clone, Debug)]
pub struct Replacement {
    tenant: TenantNo,
    /// The policy in force when it was checked: its numbers follow those.
    follows: u64,
    by: Option<AgentId>,
    policy: SharedPolicy,
}

impl Replacement {
    /// Whose it is.
    pub fn tenant(&self) -> TenantNo {
        self.tenant
    }

    /// The policy with the version that it will have.
    pub fn policy(&self) -> &SharedPolicy {
        &self.policy
    }

    fn checked(
        tenant: TenantNo,
        present: &SharedPolicy,
        draft: Draft,
        by: Option<AgentId>,
    ) -> Result<Self, NotReplaced> {
        let version = draft.version.max(present.version + 1);
        let policy = present.succeed(Draft { version, ..draft }).map_err(NotReplaced::Faults)?;
        Ok(Self { tenant, follows: present.version, by, policy: SharedPolicy::new(policy) })
    }
}

impl Engine {
    /// Checks a draft that an admin wants to put in the place of the policy whose version is `made_from`; it gets the next version,
    /// whatever its own says. Nothing changes.
    ///
    /// Errors: [`Refusal::AdminsOnly`], [`Refusal::LinkGone`], [`Refusal::PolicyOutdated`], [`Refusal::BadPolicy`],
    /// [`Refusal::StorageFull`].
    pub fn prepare_policy(
        &self,
        link: Link,
        draft: Draft,
        made_from: u64,
        now: Now,
    ) -> Result<Prepared, Refusal> {
        let mut turn = Turn::new(self, now);
        let asked = turn.administered(link);
        turn.settle();
        let (by, present) = asked?;
        prepared(link.tenant, &present, Draft { version: 0, ..draft }, made_from, by)
    }

    /// Puts a policy in force, in one step of its tenant's floor. Errors: [`NotReplaced::Outdated`] if another one is in force than when
    /// it was prepared, [`NotReplaced::StorageFull`].
    pub fn put_policy(&self, replacement: Replacement, now: Now) -> Result<Replaced, NotReplaced> {
        let mut turn = Turn::new(self, now);
        let put = turn.put_policy(replacement);
        turn.settle();
        put.map(|version| Replaced { version, kept_at: turn.kept_at() })
    }

    /// Replaces a tenant's policy in nobody's name, whole or not at all, in one step of its floor. The new one gets the draft's version
    /// if that is higher than the present one's, and else the next.
    ///
    /// `made_from` is the version that the change was made from; `None` replaces whatever is there. Errors: see [`NotReplaced`].
    pub fn replace_policy(
        &self,
        tenant: TenantNo,
        draft: Draft,
        made_from: Option<u64>,
        now: Now,
    ) -> Result<Replaced, NotReplaced> {
        loop {
            let present = self.policy(tenant).ok_or(NotReplaced::UnknownTenant)?;
            if made_from.is_some_and(|version| version != present.version) {
                return Err(NotReplaced::Outdated { present: present.version });
            }
            let replacement = Replacement::checked(tenant, &present, draft.clone(), None)?;
            match self.put_policy(replacement, now) {
                // Somebody else was first.
                Err(NotReplaced::Outdated { .. }) if made_from.is_none() => {}
                put => return put,
            }
        }
    }
}

impl Turn<'_> {
    pub(super) fn read_policy(&mut self, link: Link) -> Result<Reply, Refusal> {
        let (_, policy) = self.administered(link)?;
        Ok(Reply::Policy(Box::new(Draft::clone(&policy))))
    }

    pub(super) fn replace_policy(
        &mut self,
        link: Link,
        draft: Draft,
        made_from: u64,
    ) -> Result<Reply, Refusal> {
        let (by, present) = self.administered(link)?;
        let draft = Draft { version: 0, ..draft };
        let version = match prepared(link.tenant, &present, draft, made_from, by)? {
            Prepared::InForce { version } => version,
            Prepared::Ready(replacement) => self.put_policy(replacement)?,
        };
        Ok(Reply::PolicyReplaced { version })
    }

    /// The admin who asks through a link, and the policy in force.
    fn administered(&mut self, link: Link) -> Result<(AgentId, SharedPolicy), Refusal> {
        self.on_floor(link, |books, agent, _, _| {
            books.floor.administers(link.id)?;
            Ok((books.floor.agent(agent).id().clone(), books.floor.policy().clone()))
        })
    }

    fn put_policy(&mut self, replacement: Replacement) -> Result<u64, NotReplaced> {
        let Replacement { tenant, follows, by, policy } = replacement;
        let tenant = self.engine.tenants.at(tenant).ok_or(NotReplaced::UnknownTenant)?;
        self.engine.journal.admit().map_err(|_| NotReplaced::StorageFull)?;
        let mut books = self.floor(tenant);
        let present = books.floor.policy().version;
        if present != follows {
            return Err(NotReplaced::Outdated { present });
        }
        let version = policy.version;
        books.floor.replace_policy(policy, by, self.now, &mut self.fx);
        tenant.publish(&mut books);
        self.carry_out();
        Ok(version)
    }
}

/// What an admin's draft comes to. One that was put in force already, from the same version, is in force: its answer was lost.
fn prepared(
    tenant: TenantNo,
    present: &SharedPolicy,
    draft: Draft,
    made_from: u64,
    by: AgentId,
) -> Result<Prepared, Refusal> {
    if present.version == made_from {
        let replacement = Replacement::checked(tenant, present, draft, Some(by))?;
        return Ok(Prepared::Ready(replacement));
    }
    let version = present.version;
    let again = made_from.checked_add(1) == Some(version)
        && present.succeed(Draft { version, ..draft }).is_ok_and(|again| *again == ***present);
    if again {
        return Ok(Prepared::InForce { version });
    }
    Err(Refusal::PolicyOutdated { present: version })
}
