//! The broker: a port, an engine, and the tasks between them.
//!
//! One task takes arrivals, one ticks the engine; each connection has a task for its control stream and one for each lane. The
//! broker ends by [`Broker::drain`], or at once when it is dropped.

mod reload;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use frontdesk_desk::id::TenantId;
use frontdesk_desk::policy::Policy;
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::time::Now;
use frontdesk_engine::Engine;
use frontdesk_engine::journal::Journal;
use frontdesk_proto::v1::Code;
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::admission::{Admission, Gate, Place, Validated};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::configured::Configured;
use crate::control;
use crate::drain::{LAST_WORD_TIME, Phase, Returns};
use crate::http::{HttpServer, Readiness};
use crate::identity::{BrokerIdentity, IdentityFault};
use crate::kept::{KeptFault, KeptPolicies, Origin};
use crate::metrics::Metrics;
use crate::service::{Service, Tenant};
use crate::token::KeyFault;
use crate::transport::tuning::Tuning;
use crate::transport::{Arrival, Listener};

pub use reload::{NotAdded, NotReloaded, Reloaded};

/// How often deadlines are looked at, positions told and watches rendered.
const TICK: Duration = Duration::from_millis(100);

/// Why a broker doesn't start.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The certificate or the broker's own keys can't be had; the message says which file and what to do.
    #[error(transparent)]
    Identity(#[from] IdentityFault),
    /// The port can't be had: it is taken, or not for this user. Choose another or stop who has it.
    #[error("{address} can't be listened on ({error}); choose another port, or stop who has it")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the system said.
        error: std::io::Error,
    },
    /// The port for metrics and health can't be had; the same, or switch it off.
    #[error(
        "{address} can't be listened on for metrics and health ({error}); choose another port with --http, or --http off"
    )]
    Http {
        /// Which.
        address: SocketAddr,
        /// What the system said.
        error: std::io::Error,
    },
    /// A tenant can't be added to the engine: it stands there twice, or there are too many.
    #[error("tenant {tenant} can't be served: {refusal}")]
    Tenant {
        /// Which.
        tenant: TenantId,
        /// What the engine said.
        refusal: Refusal,
    },
    /// A tenant's key can't be used.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// A policy that an admin put in force can't be read from the data folder; the message says which file and what to do.
    #[error(transparent)]
    Kept(#[from] KeptFault),
}

/// A running broker.
///
/// ```
/// use std::sync::Arc;
///
/// use frontdesk_broker::{Broker, config::Config};
/// use frontdesk_engine::journal::Memory;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("frontdesk-doc-{}", std::process::id()));
/// tokio::runtime::Runtime::new()?.block_on(async {
///     let mut config = Config::embedded(&folder);
///     config.listen.set_port(0);
///     config.http = None;
///     let broker = Broker::bind(config, Arc::new(Memory::new(10_000)))?;
///     println!("listening on {}", broker.local_addr());
///     assert_eq!(broker.engine().tenants().len(), 1);
///     broker.drain().await;
///     Ok::<_, frontdesk_broker::BindError>(())
/// })?;
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a broker ends when it is dropped"]
pub struct Broker {
    service: Arc<Service>,
    identity: BrokerIdentity,
    listener: Listener,
    address: SocketAddr,
    http_address: Option<SocketAddr>,
    tasks: Vec<AbortHandle>,
    reloading: Mutex<()>,
}

impl Broker {
    /// Starts a broker with an engine of its own, which keeps its facts in `journal`. Must be called within a tokio runtime with
    /// I/O and time. Reads or makes the certificate and the keys of the broker's own; serves [`Config::tenants`], or the
    /// development tenant if there are none.
    ///
    /// # Errors
    /// See [`BindError`]; nothing runs then.
    pub fn bind(config: Config, journal: Arc<dyn Journal>) -> Result<Self, BindError> {
        let identity = BrokerIdentity::open(&config)?;
        let engine_config =
            frontdesk_engine::Config { links_max: config.limits.links_max, ..Default::default() };
        let engine = Arc::new(Engine::new(engine_config, seed()?, journal));
        let keyring = identity.keyring(&config)?;
        let kept = KeptPolicies::of(&config.data_folder);
        let tenants = served(&engine, &kept, identity.tenants(&config))?;
        let tuning = Tuning {
            tls: identity.quic_tls(),
            reset_key: Arc::clone(&identity.quic.reset),
            connection_id_key: identity.quic.connection_id,
            address_token_key: Arc::clone(&identity.quic.address_token),
            idle_timeout: config.idle_timeout,
            resets_per_s: config.limits.resets_per_s,
        };
        let listen_error = |error| BindError::Listen { address: config.listen, error };
        let listener = Listener::bind(config.listen, &tuning).map_err(listen_error)?;
        let address = listener.local_address().map_err(listen_error)?;

        let counted = Arc::clone(&engine);
        let metrics = Arc::new(Metrics::new(move || {
            let tenants = counted.tenants().into_iter();
            tenants.map(|(id, no)| (id, counted.counts(no))).collect()
        }));
        let service = Arc::new(Service {
            engine,
            keyring: ArcSwap::from_pointee(keyring),
            tenants: ArcSwap::from_pointee(tenants),
            kept,
            limits: config.limits,
            hello_timeout: config.hello_timeout,
            idle_timeout: config.idle_timeout,
            stall_timeout: config.stall_timeout,
            drain_time: config.drain_time,
            gate: Gate::new(config.limits),
            phase: watch::Sender::new(Phase::Serving),
            returns: Returns::default(),
            metrics,
            clock: Clock::start(),
        });
        let http = config.http.map(|address| http(address, &service)).transpose()?;
        let http_address = http.as_ref().map(HttpServer::local_addr);
        let mut tasks = vec![
            tokio::spawn(take_arrivals(Arc::clone(&service), listener.clone())).abort_handle(),
            tokio::spawn(tick(Arc::clone(&service))).abort_handle(),
        ];
        tasks.extend(http.map(|http| tokio::spawn(http.serve()).abort_handle()));
        tracing::info!(%address, tenants = service.tenants.load().len(), "listening");
        Ok(Self {
            service,
            identity,
            listener,
            address,
            http_address,
            tasks,
            reloading: Mutex::new(()),
        })
    }

    /// Where it listens, with the port that it got.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Where it serves metrics and health, with the port that it got; `None` where [`Config::http`] is.
    pub fn http_addr(&self) -> Option<SocketAddr> {
        self.http_address
    }

    /// Its engine, the same that its connections speak to.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.service.engine
    }

    /// Its certificate's pin and file, and in development the key that signs tokens.
    pub fn identity(&self) -> &BrokerIdentity {
        &self.identity
    }

    /// What it counts.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.service.metrics
    }

    /// The instant on the clocks that its engine goes by, for those who speak to the engine themselves.
    pub fn now(&self) -> Now {
        self.service.now()
    }

    /// Connections that exist, those that haven't said hello among them.
    pub fn connections(&self) -> u32 {
        self.service.gate.connections()
    }

    /// Whether it takes new connections and links.
    pub fn is_ready(&self) -> bool {
        self.service.takes_new().is_ok()
    }

    /// Ends the broker in good order: tells every client, takes nothing new, waits [`Config::drain_time`] at most for them to go,
    /// and closes what is left with DRAINING. Takes three seconds longer at most. Once is enough; more do no harm.
    pub async fn drain(&self) {
        let until = Instant::now() + self.service.drain_time;
        self.service.phase.send_if_modified(|phase| {
            let begins = *phase == Phase::Serving;
            if begins {
                *phase = Phase::Draining { until };
            }
            begins
        });
        self.service.metrics.draining();
        tracing::info!(connections = self.connections(), "draining");
        let _ = tokio::time::timeout_at(until, self.service.gate.empty()).await;
        self.service.phase.send_replace(Phase::Over);
        let _ = timeout(2 * LAST_WORD_TIME, self.service.gate.empty()).await;
        self.listener.close(
            Code::Draining,
            "the broker is being stopped or replaced; connect again and resume",
        );
        let _ = timeout(LAST_WORD_TIME, self.listener.silent()).await;
        tracing::info!("drained");
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
        self.service.phase.send_replace(Phase::Over);
        self.listener.close(Code::Unspecified, "the broker has ended");
    }
}

type Tenants = HashMap<TenantId, Arc<Tenant>>;

fn served(
    engine: &Engine,
    kept: &KeptPolicies,
    configured: Vec<&config::Tenant>,
) -> Result<Tenants, BindError> {
    let mut tenants = Tenants::new();
    for tenant in configured {
        let policy = policy_to_run(kept, tenant)?;
        let no = engine
            .add_tenant(tenant.id.clone(), policy)
            .map_err(|refusal| BindError::Tenant { tenant: tenant.id.clone(), refusal })?;
        let configured = Configured::new(&tenant.policy);
        tenants.insert(tenant.id.clone(), Arc::new(Tenant::new(tenant.id.clone(), no, configured)));
    }
    Ok(tenants)
}

/// The configured policy or the one that an admin put in force before; the log says which.
fn policy_to_run(kept: &KeptPolicies, tenant: &config::Tenant) -> Result<Policy, KeptFault> {
    let (policy, origin) = kept.choose(&tenant.id, &tenant.policy)?;
    match origin {
        Origin::Configured => {}
        Origin::ConfiguredOver(_) | Origin::KeptOver(_) => {
            tracing::info!(tenant = %tenant.id, version = policy.version, "the policy in force is {origin}");
        }
    }
    Ok(policy)
}

/// What session ids and link tokens are drawn from: unguessable, and another one at each start.
fn seed() -> Result<[u8; 32], IdentityFault> {
    let mut seed = [0; 32];
    SystemRandom::new().fill(&mut seed).map_err(|_| IdentityFault::NoRandomness)?;
    Ok(seed)
}

fn http(address: SocketAddr, service: &Arc<Service>) -> Result<HttpServer, BindError> {
    let watched = Arc::clone(service);
    let readiness = move || match *watched.phase.borrow() {
        Phase::Serving => Readiness::Ready,
        Phase::Draining { .. } | Phase::Over => Readiness::Draining,
    };
    HttpServer::bind(address, Arc::clone(&service.metrics), readiness)
        .map_err(|error| BindError::Http { address, error })
}

async fn take_arrivals(service: Arc<Service>, listener: Listener) {
    while let Some(arrival) = listener.arrival().await {
        let validated = if arrival.is_validated() { Validated::Yes } else { Validated::No };
        match service.gate.admit(arrival.ip(), validated) {
            Admission::Welcome(place) => {
                tokio::spawn(shake_hands(Arc::clone(&service), arrival, place));
            }
            Admission::ProveAddress => arrival.retry(),
            Admission::Full(bound) => {
                tracing::debug!(bound, "an arrival was refused");
                arrival.refuse();
            }
        }
    }
}

async fn shake_hands(service: Arc<Service>, arrival: Arrival, place: Place) {
    match timeout(service.hello_timeout, arrival.shake_hands()).await {
        Ok(Ok(connection)) => control::serve(service, connection, place).await,
        Ok(Err(lost)) => tracing::debug!(%lost, "a handshake failed"),
        Err(_) => tracing::debug!("a handshake took too long"),
    }
}

async fn tick(service: Arc<Service>) {
    let mut ticks = interval(TICK);
    // After a pause one tick is enough: what was due is done in it.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let tick = || service.engine.tick(service.now());
        // Nobody else lets time pass: after a fault of ours it has to go on.
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(tick)).is_err() {
            tracing::error!("a tick of the engine broke off; time goes on with the next one");
        }
    }
}
