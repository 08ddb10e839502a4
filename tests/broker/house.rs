//! A broker of its own for each test, on a free port of loopback, with two tenants and a folder that is gone afterwards.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use frontdesk::broker::Broker;
use frontdesk::broker::config::{Config, Tenant};
use frontdesk::broker::token::{Bearer, Grant, Role, SigningKey, mint};
use frontdesk::desk::id::{DepartmentId, SiteId, TenantId};
use frontdesk::desk::policy::{Draft, Policy};
use frontdesk::engine::journal::{Journal, Memory};
use frontdesk::proto::v1;

use crate::wire::{Bare, Client};

pub struct House {
    pub broker: Broker,
    pub key: SigningKey,
    certificate: Vec<u8>,
    folder: PathBuf,
    cleaned: AtomicBool,
}

impl House {
    pub fn open() -> Self {
        Self::open_with(|_| ())
    }

    /// With a configuration that was changed.
    pub fn open_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::open_on(Arc::new(Memory::new(100_000)), change)
    }

    /// With another policy of its first tenant.
    pub fn open_ruled(change: impl FnOnce(&mut Draft)) -> Self {
        let mut draft = draft();
        change(&mut draft);
        Self::open_with(|config| config.tenants[0].policy = Policy::new(draft).expect("a policy"))
    }

    /// With a journal of one's own, too.
    pub fn open_on(journal: Arc<dyn Journal>, change: impl FnOnce(&mut Config)) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("frontdesk-broker-{}-{number}", std::process::id()));
        let key = SigningKey::hs256("test-1", &[9; 32]).expect("a key");
        let mut config = Config::embedded(&folder);
        config.listen.set_port(0);
        config.http = None;
        config.drain_time = Duration::from_secs(20);
        config.tenants = ["acme", "globex"].map(|id| tenant(id, &key)).into();
        change(&mut config);
        let broker = Broker::bind(config, journal).expect("a broker");
        let certificate =
            std::fs::read(&broker.identity().certificate_file).expect("its certificate");
        Self { broker, key, certificate, folder, cleaned: AtomicBool::new(true) }
    }

    /// Leaves the broker's data where they are when it is gone.
    pub fn keep_folder(&self) -> PathBuf {
        self.cleaned.store(false, Ordering::Relaxed);
        self.folder.clone()
    }

    pub fn grant(&self, tenant: &str, role: Role, subject: &str) -> Grant {
        let tenant = TenantId::new(tenant).expect("an id");
        let bearer = Bearer::new(role, subject).expect("a subject");
        Grant::new(tenant, bearer, wall_ms() + 3_600_000)
    }

    pub fn token(&self, tenant: &str, role: Role, subject: &str) -> String {
        mint(&self.key, &self.grant(tenant, role, subject)).expect("a token")
    }

    pub async fn bare(&self) -> Bare {
        Bare::connect(self.broker.local_addr(), &self.certificate).await
    }

    pub async fn bare_with(&self, tune: impl FnOnce(&mut quinn::TransportConfig)) -> Bare {
        Bare::connect_with(self.broker.local_addr(), &self.certificate, tune).await
    }

    pub async fn client(&self, tenant: &str, role: Role, subject: &str) -> Client {
        match self.bare().await.hello(&self.token(tenant, role, subject)).await {
            Ok(client) => client,
            Err(refused) => panic!("{refused:?}"),
        }
    }

    pub async fn gateway(&self) -> Client {
        self.client("acme", Role::Gateway, "gw").await
    }

    /// What the engine has counted of a tenant, and that its ledger is whole.
    pub fn counts(&self, tenant: &str) -> frontdesk::engine::Counts {
        let engine = self.broker.engine();
        if let Err(faults) = engine.verify(self.broker.now()) {
            panic!("the ledger isn't whole: {faults:#?}");
        }
        let tenant = TenantId::new(tenant).expect("an id");
        engine.counts(engine.tenant(&tenant).expect("a tenant"))
    }

    /// Waits until a tenant's counts are as wanted: presence follows the network, not a request.
    pub async fn counts_become(
        &self,
        what: &str,
        wanted: impl Fn(&frontdesk::engine::Counts) -> bool,
    ) {
        let seen = async {
            while !wanted(&self.counts("acme")) {
                tokio::task::yield_now().await;
            }
        };
        crate::wire::soon(what, seen).await;
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if self.cleaned.load(Ordering::Relaxed) {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

fn draft() -> Draft {
    let departments = ["sales", "support"].map(|id| DepartmentId::new(id).expect("an id")).into();
    Draft::new(vec![SiteId::new("www").expect("an id")], departments)
}

fn tenant(id: &str, key: &SigningKey) -> Tenant {
    let policy = Policy::new(draft()).expect("a policy");
    Tenant { id: TenantId::new(id).expect("an id"), keys: vec![key.verifying().clone()], policy }
}

pub fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock that is set");
    u64::try_from(since.as_millis()).expect("not that late")
}

/// That a refusal can be understood: its code, a sentence, and what it is about.
#[track_caller]
pub fn assert_refused(refused: &v1::Refused, code: v1::Code, subject: &str) {
    assert_eq!((refused.code(), refused.subject.as_str()), (code, subject), "{refused:?}");
    assert!(refused.message.len() > 10 && refused.message.contains(' '), "{refused:?}");
}
