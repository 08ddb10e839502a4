//! What all connections of a broker are served from.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use frontdesk_desk::id::{TenantId, TenantNo};
use frontdesk_desk::policy::Draft;
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::time::Now;
use frontdesk_engine::{Accepted, Engine, Link, Prepared, Reply};
use frontdesk_proto::v1::Code;
use tokio::sync::watch;

use crate::admission::Gate;
use crate::border::Refused;
use crate::clock::Clock;
use crate::config::Limits;
use crate::configured::Configured;
use crate::drain::{Phase, Returns};
use crate::kept::{KeptFault, KeptPolicies};
use crate::limit::TenantBuckets;
use crate::metrics::Metrics;
use crate::token::Keyring;

/// One broker's engine, tenants, limits and clock.
pub(crate) struct Service {
    pub(crate) engine: Arc<Engine>,
    pub(crate) keyring: ArcSwap<Keyring>,
    /// Those that were ever served, each with whether it is.
    pub(crate) tenants: ArcSwap<HashMap<TenantId, Arc<Tenant>>>,
    pub(crate) kept: KeptPolicies,
    pub(crate) limits: Limits,
    pub(crate) hello_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) stall_timeout: Duration,
    pub(crate) drain_time: Duration,
    pub(crate) gate: Arc<Gate>,
    pub(crate) phase: watch::Sender<Phase>,
    pub(crate) returns: Returns,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Clock,
}

impl Service {
    pub(crate) fn now(&self) -> Now {
        self.clock.now()
    }

    /// Errors with DRAINING when nothing new is taken.
    pub(crate) fn takes_new(&self) -> Result<(), Refused> {
        if *self.phase.borrow() == Phase::Serving {
            return Ok(());
        }
        let message = "the broker is being stopped or replaced; connect again and attach there";
        Err(Refused::new(Code::Draining, "links", message).after_ms(self.returns.next_ms()))
    }

    /// Puts an admin's policy in force: checked, then on the disk, then decided by. Waits for the disk: not for a task that others wait
    /// for.
    pub(crate) fn replace_policy(
        &self,
        tenant: &Tenant,
        link: Link,
        draft: Draft,
        made_from: u64,
    ) -> Result<Accepted, Refused> {
        let configured = tenant.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let prepared = self.engine.prepare_policy(link, draft, made_from, self.now())?;
        let replacement = match prepared {
            Prepared::Ready(replacement) => replacement,
            Prepared::InForce { version } => {
                return Ok(Accepted { reply: Reply::PolicyReplaced { version }, kept_at: None });
            }
        };
        let faults = configured.faults(replacement.policy());
        if !faults.is_empty() {
            return Err(Refusal::BadPolicy(faults).into());
        }
        let before = self.kept.keep(&tenant.id, replacement.policy()).map_err(not_kept)?;
        match self.engine.put_policy(replacement, self.now()) {
            Ok(replaced) => {
                let version = replaced.version;
                tracing::info!(tenant = %tenant.id, version, "an admin has put another policy in force");
                let reply = Reply::PolicyReplaced { version };
                Ok(Accepted { reply, kept_at: replaced.kept_at })
            }
            Err(why) => {
                self.kept.put_back(&tenant.id, before);
                Err(Refusal::from(why).into())
            }
        }
    }
}

/// What happened is the operator's to know, not the admin's.
fn not_kept(fault: KeptFault) -> Refused {
    tracing::error!("{fault}");
    let message = "the policy can't be written to the broker's disk, so the one in force stays; its log says why. Send it again later";
    Refused::new(Code::NotKept, "policy", message)
}

/// Whether a tenant's people are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Served {
    Yes,
    /// The configuration has named it, and does so no longer.
    No,
}

/// A tenant as connections see it.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) id: TenantId,
    pub(crate) no: TenantNo,
    pub(crate) buckets: TenantBuckets,
    pub(crate) served: watch::Sender<Served>,
    /// Held by who replaces its policy, from the look at the one in force until the new one is: on the disk and in the engine the
    /// same one is the last. With what it may say at most.
    pub(crate) replacing: Mutex<Configured>,
    links: AtomicU64,
}

impl Tenant {
    pub(crate) fn new(id: TenantId, no: TenantNo, configured: Configured) -> Self {
        Self {
            id,
            no,
            buckets: TenantBuckets::default(),
            served: watch::Sender::new(Served::Yes),
            replacing: Mutex::new(configured),
            links: AtomicU64::new(0),
        }
    }

    pub(crate) fn is_served(&self) -> bool {
        *self.served.borrow() == Served::Yes
    }

    /// Links attached now.
    pub(crate) fn links(&self) -> u64 {
        // Relaxed, here and below: a count stands for itself.
        self.links.load(Ordering::Relaxed)
    }

    /// Counts a link, if there are fewer than `links_max`.
    pub(crate) fn take_link(&self, links_max: u32) -> Result<(), Refused> {
        take(
            &self.links,
            links_max.into(),
            "links_per_tenant_max",
            "the tenant has as many links as it may; come back later",
        )
    }

    pub(crate) fn give_link_back(&self) {
        self.links.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts one more, if there are fewer than `max`.
pub(crate) fn take(
    count: &AtomicU64,
    max: u64,
    subject: &'static str,
    message: &'static str,
) -> Result<(), Refused> {
    let taken = count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |there| {
        (there < max).then_some(there + 1)
    });
    taken.map(|_| ()).map_err(|_| Refused::new(Code::LimitReached, subject, message))
}
