//! A broker for the tests here, on a free port of loopback, with a folder that is gone afterwards, and the tokens to its door.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use frontdesk::broker::Broker;
use frontdesk::broker::config::{Config, Tenant};
use frontdesk::broker::token::{Bearer, Grant, Role, SigningKey, mint};
use frontdesk::client::{Options, Trust};
use frontdesk::desk::id::{DepartmentId, SiteId, TenantId};
use frontdesk::desk::policy::{Draft, Policy};
use frontdesk::engine::journal::Memory;

pub struct House {
    pub broker: Broker,
    pub journal: Arc<Memory>,
    key: SigningKey,
    folder: PathBuf,
}

impl House {
    /// With one department, whose agents may have many sessions and say as much as they like.
    pub fn open(change: impl FnOnce(&mut Config)) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("faults-{number}"));
        let _ = std::fs::remove_dir_all(&folder);
        let key = SigningKey::hs256("test-1", &[9; 32]).expect("a key");
        let site = SiteId::new("www").expect("an id");
        let department = DepartmentId::new("sales").expect("an id");
        let policy = Policy::new(Draft::new(vec![site], vec![department])).expect("a policy");
        let id = TenantId::new("acme").expect("an id");
        let mut config = Config::embedded(&folder);
        config.listen.set_port(0);
        config.http = None;
        config.limits.messages_per_s = 1_000_000;
        config.limits.messages_burst = 1_000_000;
        config.tenants = vec![Tenant { id, keys: vec![key.verifying().clone()], policy }];
        change(&mut config);
        let journal = Arc::new(Memory::new(1_000_000));
        let broker = Broker::bind(config, Arc::clone(&journal) as _).expect("a broker");
        Self { broker, journal, key, folder }
    }

    /// How somebody comes to it; the caller says by which address.
    pub fn options(&self, address: impl ToString, role: Role, subject: &str) -> Options {
        let bearer = Bearer::new(role, subject).expect("an id");
        let expires_wall_ms = self.broker.now().wall_ms + 3_600_000;
        let tenant = TenantId::new("acme").expect("an id");
        let token = mint(&self.key, &Grant::new(tenant, bearer, expires_wall_ms)).expect("signed");
        let trust = Trust::File(self.broker.identity().certificate_file.clone());
        Options::new(address.to_string()).trust(trust).token(token)
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
