//! A configuration that was changed is taken over while the broker runs: keys, policies, new tenants, and those that are gone.
//!
//! Where the broker listens, its data folder, its certificate and its limits stay as they were at the start.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError};

use frontdesk_desk::id::TenantId;
use frontdesk_desk::policy::Draft;
use frontdesk_desk::refusal::Refusal;
use frontdesk_engine::NotReplaced;

use super::{Broker, policy_to_run};
use crate::config::{self, Config};
use crate::configured::Configured;
use crate::kept::KeptFault;
use crate::service::{Served, Tenant};
use crate::token::KeyFault;

/// What became of each tenant of a configuration that was read again.
#[derive(Debug, Default)]
pub struct Reloaded {
    /// Tenants that are served from now on.
    pub added: Vec<TenantId>,
    /// Tenants that are served no longer.
    pub removed: Vec<TenantId>,
    /// Tenants whose policy has changed, and the version that it has now.
    pub replaced: Vec<(TenantId, u64)>,
    /// Tenants whose document was changed, differs from the policy in force and has no higher version: that policy stays, be it an
    /// earlier configuration's or an admin's. Raise the version above that of the policy in force.
    pub outdated: Vec<TenantId>,
    /// Tenants whose policy couldn't be taken over: the one in force stays.
    pub refused: Vec<(TenantId, NotReplaced)>,
    /// Tenants that couldn't be added.
    pub not_added: Vec<(TenantId, NotAdded)>,
}

/// Why a configuration that was read again is left alone. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum NotReloaded {
    /// A key can't be used, which a checked configuration doesn't have.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// It names no tenant, and the broker was started with some: more likely a file cut off than a wish.
    #[error(
        "the configuration names no tenant, and this broker was started with some; name those that are to be served, or stop the broker"
    )]
    NoTenants,
}

/// Why a tenant isn't served that a configuration names.
#[derive(Debug, thiserror::Error)]
pub enum NotAdded {
    /// The engine can't take it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The policy that an admin put in force earlier can't be read.
    #[error(transparent)]
    Kept(#[from] KeptFault),
}

impl Broker {
    /// Takes over what a configuration says of tenants, while everything goes on:
    ///
    /// - their keys, all at once;
    /// - a policy whose version is higher than that of the one in force, each in one step of its tenant;
    /// - tenants that are new, or are there again. Of the configured policy and the one that an admin put in force earlier the one of
    ///   the higher version runs, at the same version the admin's; a tenant that is there again goes on with the one it had;
    /// - tenants that are no longer there: their connections end with GoAway (UNKNOWN_TENANT), as new ones do. Visitors on those
    ///   connections are gone at once and their sessions over, agents offline; who was away at that moment goes when the grace is
    ///   over. Their policy stays kept.
    ///
    /// Links that this process has attached by itself stay. A broker that serves the development tenant serves the named tenants from then on
    /// and no longer that one; one that names none brings it back.
    ///
    /// # Errors
    /// See [`NotReloaded`].
    pub fn reload(&self, config: &Config) -> Result<Reloaded, NotReloaded> {
        if config.tenants.is_empty() && self.identity.development.is_none() {
            return Err(NotReloaded::NoTenants);
        }
        let keyring = self.identity.keyring(config)?;
        let _one_at_a_time = self.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reloaded = Reloaded::default();
        let named = self.identity.tenants(config);
        for tenant in &named {
            match self.service.tenants.load().get(&tenant.id) {
                Some(there) => self.take_over(there, tenant, &mut reloaded),
                None => self.add(tenant, &mut reloaded),
            }
        }
        // After the tenants are there that its keys open, and before those are told to go whom it opens nothing for.
        self.service.keyring.store(Arc::new(keyring));
        let named: HashSet<&TenantId> = named.into_iter().map(|tenant| &tenant.id).collect();
        self.remove_all_but(&named, &mut reloaded);
        tracing::info!(
            added = reloaded.added.len(),
            removed = reloaded.removed.len(),
            replaced = reloaded.replaced.len(),
            outdated = reloaded.outdated.len(),
            refused = reloaded.refused.len() + reloaded.not_added.len(),
            "the configuration was read again"
        );
        Ok(reloaded)
    }

    fn take_over(&self, there: &Tenant, tenant: &config::Tenant, reloaded: &mut Reloaded) {
        if there.served.send_replace(Served::Yes) == Served::No {
            reloaded.added.push(tenant.id.clone());
        }
        let mut configured = there.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let is_as_before = configured.is(&tenant.policy);
        *configured = Configured::new(&tenant.policy);
        let engine = &self.service.engine;
        let Some(present) = engine.policy(there.no) else { return };
        let draft: &Draft = &tenant.policy;
        let in_force: &Draft = &present;
        // Where the file says what it said, and an admin has decided otherwise since, nothing is to be done.
        if draft == in_force || (is_as_before && draft.version <= in_force.version) {
            return;
        }
        if draft.version <= in_force.version {
            let (version, in_force) = (draft.version, in_force.version);
            tracing::warn!(
                tenant = %tenant.id, version, in_force,
                "the policy in force stays: the configuration's is another one and its version isn't higher"
            );
            return reloaded.outdated.push(tenant.id.clone());
        }
        match engine.replace_policy(there.no, draft.clone(), Some(in_force.version), self.now()) {
            Ok(replaced) => {
                tracing::info!(
                    tenant = %tenant.id, version = replaced.version, before = in_force.version,
                    "the configuration's policy is in force: its version is higher"
                );
                reloaded.replaced.push((tenant.id.clone(), replaced.version));
            }
            Err(why) => {
                tracing::warn!(tenant = %tenant.id, %why, "a policy was not replaced");
                reloaded.refused.push((tenant.id.clone(), why));
            }
        }
    }

    fn add(&self, tenant: &config::Tenant, reloaded: &mut Reloaded) {
        let added = policy_to_run(&self.service.kept, tenant)
            .map_err(NotAdded::from)
            .and_then(|policy| Ok(self.service.engine.add_tenant(tenant.id.clone(), policy)?));
        match added {
            Ok(no) => {
                let mut tenants = (**self.service.tenants.load()).clone();
                let configured = Configured::new(&tenant.policy);
                let added = Tenant::new(tenant.id.clone(), no, configured);
                tenants.insert(tenant.id.clone(), Arc::new(added));
                self.service.tenants.store(Arc::new(tenants));
                reloaded.added.push(tenant.id.clone());
            }
            Err(why) => {
                tracing::error!(tenant = %tenant.id, %why, "a tenant is not served");
                reloaded.not_added.push((tenant.id.clone(), why));
            }
        }
    }

    fn remove_all_but(&self, named: &HashSet<&TenantId>, reloaded: &mut Reloaded) {
        for (id, there) in self.service.tenants.load().iter() {
            if !named.contains(id) && there.served.send_replace(Served::No) == Served::Yes {
                tracing::info!(tenant = %id, "a tenant is no longer served: the configuration doesn't name it");
                reloaded.removed.push(id.clone());
            }
        }
        reloaded.removed.sort_unstable();
    }
}
