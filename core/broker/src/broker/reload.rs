//! A configuration that was changed is taken over while the broker runs: keys, policies and new tenants.
//!
//! Where the broker listens, its certificate and its limits stay as they were at the start.

use std::sync::Arc;

use frontdesk_desk::id::TenantId;
use frontdesk_desk::policy::Draft;
use frontdesk_desk::refusal::Refusal;
use frontdesk_engine::NotReplaced;

use super::Broker;
use crate::config::{self, Config};
use crate::service::Tenant;
use crate::token::KeyFault;

/// What became of each tenant of a configuration that was read again.
#[derive(Debug, Default)]
pub struct Reloaded {
    /// Tenants that are served from now on.
    pub added: Vec<TenantId>,
    /// Tenants whose policy has changed, and the version that it has now.
    pub replaced: Vec<(TenantId, u64)>,
    /// Tenants whose document differs from the policy in force and has no higher version: that policy stays. Raise the version.
    pub outdated: Vec<TenantId>,
    /// Tenants whose policy couldn't be taken over: the one in force stays.
    pub refused: Vec<(TenantId, NotReplaced)>,
    /// Tenants that couldn't be added.
    pub not_added: Vec<(TenantId, Refusal)>,
}

impl Broker {
    /// Takes over what a configuration says of tenants, while everything goes on: their keys, all at once; a policy whose version is
    /// higher than that of the one in force, each in one step of its tenant; and tenants that are new. A tenant that is no longer
    /// there gets no new connection (UNKNOWN_TENANT); those that it has end with their tokens at the latest.
    ///
    /// A broker that serves the development tenant keeps to it.
    ///
    /// # Errors
    /// [`KeyFault`], which a checked configuration doesn't have; nothing has changed then.
    pub fn reload(&self, config: &Config) -> Result<Reloaded, KeyFault> {
        let keyring = self.identity.keyring(config)?;
        let _one_at_a_time = self.reloading.lock().unwrap_or_else(|poison| poison.into_inner());
        let mut reloaded = Reloaded::default();
        for tenant in self.identity.tenants(config) {
            if self.service.tenants.load().contains_key(&tenant.id) {
                self.take_over(tenant, &mut reloaded);
            } else {
                self.add(tenant, &mut reloaded);
            }
        }
        // After the tenants are there that its keys open.
        self.service.keyring.store(Arc::new(keyring));
        tracing::info!(
            added = reloaded.added.len(),
            replaced = reloaded.replaced.len(),
            outdated = reloaded.outdated.len(),
            refused = reloaded.refused.len() + reloaded.not_added.len(),
            "the configuration was read again"
        );
        Ok(reloaded)
    }

    fn take_over(&self, tenant: &config::Tenant, reloaded: &mut Reloaded) {
        let engine = &self.service.engine;
        let Some(no) = engine.tenant(&tenant.id) else { return };
        let Some(present) = engine.policy(no) else { return };
        let draft: &Draft = &tenant.policy;
        let in_force: &Draft = &present;
        if draft == in_force {
            return;
        }
        if draft.version <= in_force.version {
            let (version, in_force) = (draft.version, in_force.version);
            tracing::warn!(tenant = %tenant.id, version, in_force, "a changed policy needs a higher version");
            return reloaded.outdated.push(tenant.id.clone());
        }
        match engine.replace_policy(no, draft.clone(), Some(in_force.version), self.now()) {
            Ok(replaced) => {
                tracing::info!(tenant = %tenant.id, version = replaced.version, "a policy was replaced");
                reloaded.replaced.push((tenant.id.clone(), replaced.version));
            }
            Err(why) => {
                tracing::warn!(tenant = %tenant.id, %why, "a policy was not replaced");
                reloaded.refused.push((tenant.id.clone(), why));
            }
        }
    }

    fn add(&self, tenant: &config::Tenant, reloaded: &mut Reloaded) {
        match self.service.engine.add_tenant(tenant.id.clone(), tenant.policy.clone()) {
            Ok(no) => {
                let mut tenants = (**self.service.tenants.load()).clone();
                tenants.insert(tenant.id.clone(), Arc::new(Tenant::new(no)));
                self.service.tenants.store(Arc::new(tenants));
                reloaded.added.push(tenant.id.clone());
            }
            Err(refusal) => {
                tracing::warn!(tenant = %tenant.id, %refusal, "a tenant was not added");
                reloaded.not_added.push((tenant.id.clone(), refusal));
            }
        }
    }
}
