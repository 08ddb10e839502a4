//! A connection that has said who it is, as its control stream and its lanes share it.
//!
//! ```text
//!   handshake ──► Hello ──► Welcome ──► lanes, renewals ──┬── the client goes
//!                   │                                      ├── the token expires, a lane breaks the protocol, drain
//!                   └── refused: GoAway, close             │        └──► GoAway, close
//!                                                          └── silence: idle timeout
//! ```
//!
//! Whoever finds a reason to end it says so with [`Connection::end`]; the first reason stands. The control task says goodbye.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use frontdesk_desk::time::Now;
use frontdesk_proto::frame::FrameError;
use frontdesk_proto::v1::{self, Code};
use tokio::sync::Notify;

use crate::border::{Caller, Refused};
use crate::limit::{ConnectionBuckets, LinkRates};
use crate::service::{self, Service, Tenant};
use crate::token::{Identity, Role, TokenFault};
use crate::transport;

/// Why a connection is ended from this side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Farewell {
    pub(crate) code: Code,
    pub(crate) message: Cow<'static, str>,
    /// When to connect again; 0 when not to.
    pub(crate) retry_after_ms: u64,
}

impl Farewell {
    pub(crate) fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), retry_after_ms: 0 }
    }
}

impl From<FrameError> for Farewell {
    fn from(error: FrameError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<TokenFault> for Farewell {
    fn from(fault: TokenFault) -> Self {
        Self::new(fault.code(), fault.to_string())
    }
}

impl From<Refused> for Farewell {
    fn from(refused: Refused) -> Self {
        Self {
            code: refused.code,
            message: refused.message,
            retry_after_ms: refused.retry_after_ms,
        }
    }
}

/// A connection after Hello.
pub(crate) struct Connection {
    pub(crate) service: Arc<Service>,
    pub(crate) transport: transport::Connection,
    pub(crate) tenant: Arc<Tenant>,
    /// What the newest token says.
    pub(crate) caller: ArcSwap<Caller>,
    /// What Welcome said.
    pub(crate) limits: v1::Limits,
    pub(crate) role: Role,
    pub(crate) link_rates: LinkRates,
    buckets: ConnectionBuckets,
    links: AtomicU64,
    farewell: OnceLock<Farewell>,
    ended: Notify,
}

impl Connection {
    pub(crate) fn new(
        service: Arc<Service>,
        transport: transport::Connection,
        tenant: Arc<Tenant>,
        identity: Identity,
    ) -> Self {
        let role = identity.bearer.role();
        let limits = service.limits.for_role(role.into(), service.idle_timeout);
        let address = transport.ip().to_string().into();
        Self {
            tenant,
            caller: ArcSwap::from_pointee(caller(identity, address, &limits)),
            role,
            link_rates: LinkRates::new(&limits),
            limits,
            buckets: ConnectionBuckets::new(role),
            links: AtomicU64::new(0),
            farewell: OnceLock::new(),
            ended: Notify::new(),
            service,
            transport,
        }
    }

    /// Takes a newer token's word. Refused if it speaks for somebody else.
    pub(crate) fn renew(&self, identity: Identity) -> Result<(), Refused> {
        let old = self.caller.load();
        let same = [
            ("tenant", old.identity.tenant == identity.tenant),
            ("role", old.identity.bearer.role() == identity.bearer.role()),
            ("subject", old.identity.bearer.subject() == identity.bearer.subject()),
        ];
        if let Some((differs, _)) = same.into_iter().find(|(_, same)| !same) {
            let message = "a renewed token speaks for the same tenant, role and subject; open another connection for others";
            return Err(Refused::not_permitted(differs, message));
        }
        self.caller.store(Arc::new(caller(identity, old.address.clone(), &self.limits)));
        Ok(())
    }

    /// Counts a link that is about to be attached, against all bounds there are.
    pub(crate) fn take_link(&self, now: Now) -> Result<(), Refused> {
        self.service.takes_new()?;
        self.buckets.take_attach(now).map_err(|wait| wait.refused("attaches"))?;
        self.tenant
            .buckets
            .take_attach(now)
            .map_err(|wait| wait.refused("attaches of the tenant"))?;
        let message =
            "this connection has as many links as it may; detach some, or open another connection";
        service::take(&self.links, self.limits.links_max.into(), "links_max", message)?;
        self.tenant.take_link(self.service.limits.links_per_tenant_max).inspect_err(|_| {
            self.links.fetch_sub(1, Ordering::Relaxed);
        })?;
        self.service.metrics.link_attached();
        Ok(())
    }

    /// The opposite of [`Connection::take_link`].
    pub(crate) fn give_link_back(&self) {
        self.links.fetch_sub(1, Ordering::Relaxed);
        self.tenant.give_link_back();
        self.service.metrics.link_detached();
    }

    /// Counts a lane that was opened, and says how long to take no further one if that was too much.
    pub(crate) fn count_lane(&self, now: Now) -> Option<Duration> {
        self.buckets.take_lane(now).err().map(|wait| Duration::from_millis(wait.ms))
    }

    /// Counts a renewal: a signature costs more to check than to send.
    pub(crate) fn take_renewal(&self, now: Now) -> Result<(), Refused> {
        self.buckets.take_renewal(now).map_err(|wait| wait.refused("renewals"))
    }

    /// Counts a refusal; too many that tell of a peer out of step end the connection.
    pub(crate) fn count_refusal(&self, refused: &Refused, now: Now) {
        self.service.metrics.refused(refused.code);
        if refused.is_misbehaviour() {
            self.count_misbehaviour(now);
        }
    }

    /// Counts a refusal on the control stream. Little is asked there, so each of them tells of a peer out of step.
    pub(crate) fn count_control_refusal(&self, refused: &Refused, now: Now) {
        self.service.metrics.refused(refused.code);
        self.count_misbehaviour(now);
    }

    fn count_misbehaviour(&self, now: Now) {
        if self.buckets.take_misbehaviour(now).is_err() {
            self.end(Farewell::new(
                Code::Misbehaved,
                "too many refused frames in a short time; the client is broken or means harm",
            ));
        }
    }

    /// Ends the connection; the first reason stands.
    pub(crate) fn end(&self, farewell: Farewell) {
        if self.farewell.set(farewell).is_ok() {
            self.ended.notify_waiters();
        }
    }

    /// Waits for the reason to end it.
    pub(crate) async fn ended(&self) -> &Farewell {
        loop {
            let notified = self.ended.notified();
            if let Some(farewell) = self.farewell.get() {
                return farewell;
            }
            notified.await;
        }
    }

    /// Whether there is a reason to end it.
    pub(crate) fn has_ended(&self) -> bool {
        self.farewell.get().is_some()
    }
}

fn caller(identity: Identity, address: Box<str>, limits: &v1::Limits) -> Caller {
    Caller {
        identity,
        address,
        text_bytes_max: limits.text_bytes_max as usize,
        preview_bytes_max: limits.preview_bytes_max as usize,
    }
}
