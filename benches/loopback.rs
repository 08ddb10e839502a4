//! What goes end to end through one broker: over QUIC with TLS on loopback, through the Rust client, a gateway's visitors and
//! their agents, with sequence, receipts by the client and the in-memory journal?
//!
//! Broker and client share this process and its cores, so the figures are for comparing commits, not for sizing machines.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use frontdesk::broker::Broker;
use frontdesk::broker::config::{Config, Tenant};
use frontdesk::broker::token::{Bearer, Grant, Role, SigningKey, mint};
use frontdesk::client::{Client, Event, Events, Options, Trust, Visitor, VisitorLink};
use frontdesk::desk::id::{DepartmentId, SiteId, TenantId};
use frontdesk::desk::policy::{Draft, Policy};
use frontdesk::engine::journal::Memory;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const AGENTS: usize = 10;

struct House {
    broker: Broker,
    folder: std::path::PathBuf,
    token: String,
}

impl House {
    fn open() -> Self {
        let folder = std::env::temp_dir().join(format!("frontdesk-bench-{}", std::process::id()));
        let key = SigningKey::hs256("bench", &[9; 32]).expect("a key");
        let (site, department) = (SiteId::new("www"), DepartmentId::new("sales"));
        let mut draft = Draft::new(vec![site.expect("an id")], vec![department.expect("an id")]);
        draft.capacity_max = 200;
        let tenant = Tenant {
            id: TenantId::new("acme").expect("an id"),
            keys: vec![key.verifying().clone()],
            policy: Policy::new(draft).expect("a policy"),
        };
        let mut config = Config::embedded(&folder);
        config.listen.set_port(0);
        config.http = None;
        config.limits.messages_per_s = 1_000_000;
        config.limits.messages_burst = 1_000_000;
        config.tenants = vec![tenant];
        let broker = Broker::bind(config, Arc::new(Memory::new(65_536))).expect("a broker");
        let expires_wall_ms =
            std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_millis() as u64) + 3_600_000;
        let bearer = Bearer::new(Role::Gateway, "gateway").expect("a subject");
        let grant = Grant::new(TenantId::new("acme").expect("an id"), bearer, expires_wall_ms);
        let token = mint(&key, &grant).expect("a token");
        Self { broker, folder, token }
    }

    async fn gateway(&self, lanes: u32) -> Client {
        let trust = Trust::File(self.broker.identity().certificate_file.clone());
        let options = Options::new(self.broker.local_addr().to_string())
            .trust(trust)
            .token(self.token.clone())
            .lanes(lanes);
        Client::connect(options).await.expect("a connection")
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Reads what comes, and counts messages.
async fn listen(mut events: Events, heard: tokio::sync::mpsc::UnboundedSender<()>) {
    while let Some(event) = events.next().await {
        if matches!(black_box(event), Event::Message(..)) && heard.send(()).is_err() {
            return;
        }
    }
}

fn loopback(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut group = c.benchmark_group("loopback");
    group.sample_size(20);
    for visitors in [1, 500] {
        let (house, links, mut heard, _agents) = runtime.block_on(open(visitors));
        group.throughput(Throughput::Elements(visitors as u64));
        let mut said = 0u64;
        group.bench_function(format!("{visitors} visitors each say one thing"), |b| {
            b.iter(|| {
                runtime.block_on(async {
                    let mut saying = JoinSet::new();
                    for (link, session) in &links {
                        let (link, session) = (link.clone(), *session);
                        said += 1;
                        let text = format!("{said:0100}");
                        saying.spawn(async move { link.say(session, text).await.expect("said") });
                    }
                    for _ in 0..visitors {
                        heard.recv().await.expect("the agents listen");
                    }
                    saying.join_all().await
                })
            });
        });
        runtime.block_on(async {
            drop(links);
            house.broker.drain().await;
        });
    }
    group.finish();
}

type Talks = Vec<(Arc<VisitorLink>, frontdesk::client::SessionId)>;
type Heard = tokio::sync::mpsc::UnboundedReceiver<()>;

async fn open(visitors: usize) -> (House, Talks, Heard, impl Sized) {
    let house = House::open();
    let (front, back) = (house.gateway(4).await, house.gateway(2).await);
    let (hear, heard) = tokio::sync::mpsc::unbounded_channel();
    let mut agents = Vec::new();
    for n in 0..AGENTS {
        let (agent, events) = back.attach_agent(format!("a-{n}")).await.expect("an agent");
        agent.sign_on(["sales"], visitors.div_ceil(AGENTS) as u32).await.expect("signed on");
        agent.set_status(frontdesk::client::v1::Status::Online, "").await.expect("online");
        tokio::spawn(listen(events, hear.clone()));
        agents.push(agent);
    }
    let (silent, _) = tokio::sync::mpsc::unbounded_channel();
    let mut talks = Vec::new();
    for n in 0..visitors {
        let visitor =
            Visitor::new("www").id(format!("v-{n}")).page("https://shop.example/", "Shop");
        let (link, events) = front.attach_visitor(visitor).await.expect("a visitor");
        let session = link.ask("sales").await.expect("asked").session;
        tokio::spawn(listen(events, silent.clone()));
        talks.push((Arc::new(link), session));
    }
    (house, talks, heard, (front, back, agents))
}

criterion_group!(benches, loopback);
criterion_main!(benches);
