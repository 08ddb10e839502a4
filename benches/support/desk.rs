//! An engine with agents and visitors in session, for the benches.

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Arc;

use bytes::Bytes;
use frontdesk_desk::delivery::{Delivery, Status};
use frontdesk_desk::id::{
    AgentId, ClientMessageId, DepartmentId, SessionId, SiteId, TenantId, TenantNo, VisitorId,
};
use frontdesk_desk::message::Words;
use frontdesk_desk::policy::{Draft, Policy};
use frontdesk_desk::time::Now;
use frontdesk_engine::{
    AgentAttach, Ask, Command, Config, Engine, Link, Reader, Reply, SetStatus, SignOn,
    VisitorAttach, journal,
};

/// The instant of all benches: what they measure doesn't depend on it.
pub(crate) const NOW: Now = Now { mono_ms: 1_000, wall_ms: 1_700_000_000_000 };

/// Those who have a session or wait, the oldest first.
pub(crate) type Crowd = VecDeque<(Link, SessionId)>;

/// An engine with one tenant, one site and one department, and the in-memory journal.
pub(crate) struct Desk {
    pub(crate) engine: Arc<Engine>,
    pub(crate) tenant: TenantNo,
    pub(crate) department: DepartmentId,
    pub(crate) visitors: Reader<Delivery>,
    pub(crate) agents: Reader<Delivery>,
}

impl Desk {
    pub(crate) fn open(config: Config) -> Self {
        Self::ruled(config, |_| ())
    }

    /// With another policy.
    pub(crate) fn ruled(config: Config, change: impl FnOnce(&mut Draft)) -> Self {
        let journal = Arc::new(journal::Memory::new(65_536));
        let engine = Arc::new(Engine::new(config, [7; 32], journal));
        let department = DepartmentId::new("sales").expect("a good id");
        let mut draft =
            Draft::new(vec![SiteId::new("www").expect("a good id")], vec![department.clone()]);
        draft.capacity_max = 200;
        draft.visitors_max = 100_000_000;
        draft.departments[0].waiting_max = 1_000_000;
        change(&mut draft);
        let policy = Policy::new(draft).expect("a good policy");
        let tenant = engine
            .add_tenant(TenantId::new("acme").expect("a good id"), policy)
            .expect("the first tenant");
        let (visitors, agents) = (engine.reader(), engine.reader());
        Self { engine, tenant, department, visitors, agents }
    }

    /// Attaches a visitor on the one page.
    pub(crate) fn visitor(&self, n: usize) -> Link {
        let attach = VisitorAttach {
            site: SiteId::new("www").expect("a good id"),
            visitor: VisitorId::new(&format!("visitor-{n:08}")).expect("a good id"),
            page: Some(self.engine.page("https://shop.example/", "Shop").expect("a good page")),
            arrival: Default::default(),
            replaces: None,
            resume: None,
        };
        let attached = self.engine.attach_visitor(self.tenant, self.visitors.outlet(), attach, NOW);
        attached.expect("room for a visitor").link
    }

    /// Attaches an agent and sets it online.
    pub(crate) fn agent(&self, n: usize, capacity: u16) -> Link {
        let agent = AgentId::new(&format!("agent-{n:06}")).expect("a good id");
        let attach = AgentAttach::new(agent);
        let link = self
            .engine
            .attach_agent(self.tenant, self.agents.outlet(), attach, NOW)
            .expect("room for an agent")
            .link;
        let departments = vec![self.department.clone()];
        self.submit(link, Command::SignOn(SignOn::new(departments, Some(capacity))));
        self.submit(link, Command::SetStatus(SetStatus::now(Status::Online, "")));
        link
    }

    pub(crate) fn submit(&self, link: Link, command: Command) -> Reply {
        self.engine.submit(link, command, NOW).expect("a command that may").reply
    }

    /// Asks for a session.
    pub(crate) fn ask(&self, link: Link) -> SessionId {
        let department = self.department.clone();
        let ask = Command::Ask(Ask::of(department));
        match self.submit(link, ask) {
            Reply::Asked(asked) => asked.session,
            other => panic!("an ask was answered {other:?}"),
        }
    }

    /// Lets visitors come and ask until so many are in the crowd.
    pub(crate) fn gather(&self, crowd: &mut Crowd, size: usize) {
        while crowd.len() < size {
            let link = self.visitor(crowd.len());
            crowd.push_back((link, self.ask(link)));
        }
    }

    /// As many assignment cycles as there are `fresh` visitors, with everyone told. Without a crowd each of them asks, is given somebody
    /// free, and closes. Else the oldest of the crowd closes, which gives its slot to the head of the queue, and asks again at the tail.
    pub(crate) fn cycles(&mut self, fresh: &[Link], crowd: &mut Crowd) -> usize {
        for link in fresh {
            match crowd.pop_front() {
                None => {
                    let session = self.ask(*link);
                    self.submit(*link, Command::Close { session });
                }
                Some((link, session)) => {
                    self.submit(link, Command::Close { session });
                    crowd.push_back((link, self.ask(link)));
                }
            }
        }
        self.drain_agents() + self.drain_visitors()
    }

    /// Reads all that agents are told.
    pub(crate) fn drain_agents(&mut self) -> usize {
        let mut told = 0;
        self.agents.try_drain_all(|_, delivery| {
            black_box(&delivery);
            told += 1;
        });
        told
    }

    /// Reads all that visitors are told.
    pub(crate) fn drain_visitors(&mut self) -> usize {
        let mut told = 0;
        self.visitors.try_drain_all(|_, delivery| {
            black_box(&delivery);
            told += 1;
        });
        told
    }
}

/// The n-th message of a sender: its id, and a body of its own of 100 bytes as it would come from a wire.
pub(crate) fn words(n: u64) -> Words {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    id[8..].copy_from_slice(&n.to_be_bytes());
    let body = Bytes::copy_from_slice(&[b'x'; 100]);
    Words::text(ClientMessageId(id), body).expect("good words")
}
