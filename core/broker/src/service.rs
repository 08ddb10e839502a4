//! What all connections of a broker are served from.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use frontdesk_desk::id::{TenantId, TenantNo};
use frontdesk_desk::time::Now;
use frontdesk_engine::Engine;
use frontdesk_proto::v1::Code;
use tokio::sync::watch;

use crate::admission::Gate;
use crate::border::Refused;
use crate::clock::Clock;
use crate::config::Limits;
use crate::drain::{Phase, Returns};
use crate::limit::TenantBuckets;
use crate::metrics::Metrics;
use crate::token::Keyring;

/// One broker's engine, tenants, limits and clock.
pub(crate) struct Service {
    pub(crate) engine: Arc<Engine>,
    pub(crate) keyring: ArcSwap<Keyring>,
    /// Those that were ever served; the keyring decides who may come in.
    pub(crate) tenants: ArcSwap<HashMap<TenantId, Arc<Tenant>>>,
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
}

/// A tenant as connections see it.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) no: TenantNo,
    pub(crate) buckets: TenantBuckets,
    links: AtomicU64,
}

impl Tenant {
    pub(crate) fn new(no: TenantNo) -> Self {
        Self { no, buckets: TenantBuckets::default(), links: AtomicU64::new(0) }
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
