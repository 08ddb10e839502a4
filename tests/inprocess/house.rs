//! A company with one site and two departments, a clock that the story moves, and people at their devices.

use std::sync::Arc;

use frontdesk::desk::delivery::{
    CloseCause, Delivery, OfferOutcome, OfferView, Status, VisitorList,
};
use frontdesk::desk::fact::Event;
use frontdesk::desk::id::{
    AgentId, ClientMessageId, DepartmentId, SessionId, SiteId, TenantId, TenantNo, VisitorId,
};
use frontdesk::desk::message::Words;
use frontdesk::desk::page::Arrival;
use frontdesk::desk::policy::{Draft, Policy};
use frontdesk::desk::refusal::Refusal;
use frontdesk::desk::role::Role;
use frontdesk::desk::time::Now;
use frontdesk::engine::journal::{Memory, Position};
use frontdesk::engine::{
    AgentAttach, Ask, Asked, Attached, Command, Config, Engine, Link, MailboxLimits, Reader, Reply,
    Said, SetStatus, SignOn, VisitorAttach,
};

/// A company with one site and two departments, and the clock.
pub(crate) struct House {
    pub(crate) engine: Engine,
    pub(crate) journal: Arc<Memory>,
    pub(crate) tenant: TenantNo,
    pub(crate) now: Now,
    drawn: u8,
}

/// One person's device: its link and where it is told.
pub(crate) struct Seat {
    pub(crate) link: Link,
    pub(crate) attached: Attached,
    pub(crate) reader: Reader<Delivery>,
}

impl Seat {
    pub(crate) fn told(&mut self) -> Vec<Delivery> {
        let mut told = Vec::new();
        let ends = self.reader.try_drain_all(|_, delivery| told.push(delivery));
        assert_eq!(ends, [], "nobody ended this link");
        told
    }

    pub(crate) fn messages(&mut self) -> Vec<(u64, String)> {
        let told = self.told().into_iter().filter_map(|delivery| match delivery {
            Delivery::Message { seq, message, .. } => {
                Some((seq, String::from_utf8_lossy(message.words.body()).into_owned()))
            }
            _ => None,
        });
        told.collect()
    }

    pub(crate) fn windows(&mut self) -> Vec<VisitorList> {
        let told = self.told().into_iter().filter_map(|delivery| match delivery {
            Delivery::VisitorsSnapshot(list) | Delivery::VisitorsChanged(list) => {
                Some(Arc::unwrap_or_clone(list))
            }
            _ => None,
        });
        told.collect()
    }
}

impl House {
    pub(crate) fn new() -> Self {
        Self::with(|_| (), MailboxLimits::default())
    }

    pub(crate) fn with(change: impl FnOnce(&mut Draft), mailbox: MailboxLimits) -> Self {
        Self::built(|config| config.mailbox = mailbox, change)
    }

    /// With another policy.
    pub(crate) fn ruled(change: impl FnOnce(&mut Draft)) -> Self {
        Self::with(change, MailboxLimits::default())
    }

    pub(crate) fn configured(change: impl FnOnce(&mut Config)) -> Self {
        Self::built(change, |_| ())
    }

    fn built(configure: impl FnOnce(&mut Config), change: impl FnOnce(&mut Draft)) -> Self {
        let journal = Arc::new(Memory::new(1_000));
        let mut config = Config { visitor_shards: 4, session_shards: 4, ..Config::default() };
        configure(&mut config);
        let engine = Engine::new(config, [7; 32], journal.clone());
        let departments = vec![department("sales"), department("support")];
        let mut draft = Draft::new(vec![site()], departments);
        change(&mut draft);
        let policy = Policy::new(draft).unwrap();
        let tenant = engine.add_tenant(TenantId::new("acme").unwrap(), policy).unwrap();
        let now = Now { mono_ms: 1_000_000, wall_ms: 1_767_225_600_000 };
        Self { engine, journal, tenant, now, drawn: 0 }
    }

    pub(crate) fn attach(&self, attach: VisitorAttach) -> Result<Seat, Refusal> {
        let reader = self.engine.reader();
        let attached =
            self.engine.attach_visitor(self.tenant, reader.outlet(), attach, self.now)?;
        Ok(Seat { link: attached.link, attached, reader })
    }

    pub(crate) fn visitor(&self, id: &str) -> Seat {
        self.attach(self.arrival(id)).unwrap()
    }

    pub(crate) fn arrival(&self, id: &str) -> VisitorAttach {
        VisitorAttach {
            site: site(),
            visitor: VisitorId::new(id).unwrap(),
            page: Some(self.engine.page("https://acme.example/", "Welcome").unwrap()),
            arrival: Arrival::default(),
            replaces: None,
            resume: None,
        }
    }

    pub(crate) fn agent(&self, id: &str) -> Seat {
        self.agent_as(Role::Agent, id)
    }

    pub(crate) fn agent_as(&self, role: Role, id: &str) -> Seat {
        self.attach_agent(AgentAttach { role, ..AgentAttach::new(AgentId::new(id).unwrap()) })
    }

    pub(crate) fn attach_agent(&self, attach: AgentAttach) -> Seat {
        let reader = self.engine.reader();
        let attached =
            self.engine.attach_agent(self.tenant, reader.outlet(), attach, self.now).unwrap();
        Seat { link: attached.link, attached, reader }
    }

    pub(crate) fn online(&self, id: &str, capacity: u16) -> Seat {
        let agent = self.agent(id);
        self.sign_on(&agent, capacity).unwrap();
        self.set(&agent, Status::Online).unwrap();
        agent
    }

    pub(crate) fn sign_on(&self, agent: &Seat, capacity: u16) -> Result<Reply, Refusal> {
        let departments = vec![department("sales")];
        self.submit(agent, Command::SignOn(SignOn::new(departments, Some(capacity))))
    }

    pub(crate) fn set(&self, agent: &Seat, status: Status) -> Result<Reply, Refusal> {
        self.submit(agent, Command::SetStatus(SetStatus::now(status, "")))
    }

    pub(crate) fn submit(&self, seat: &Seat, command: Command) -> Result<Reply, Refusal> {
        self.engine.submit(seat.link, command, self.now).map(|accepted| accepted.reply)
    }

    pub(crate) fn try_ask(&self, visitor: &Seat) -> Result<Asked, Refusal> {
        let ask = Command::Ask(Ask::of(department("sales")));
        let Reply::Asked(asked) = self.submit(visitor, ask)? else { panic!("no answer to an ask") };
        Ok(asked)
    }

    pub(crate) fn ask(&self, visitor: &Seat) -> SessionId {
        self.try_ask(visitor).unwrap().session
    }

    pub(crate) fn ask_for(&self, visitor: &Seat, ask: Ask) -> Result<SessionId, Refusal> {
        let Reply::Asked(asked) = self.submit(visitor, Command::Ask(ask))? else {
            panic!("no answer to an ask")
        };
        Ok(asked.session)
    }

    /// Attaches an agent and signs it on as it wishes, online.
    pub(crate) fn online_for(&self, role: Role, id: &str, sign_on: SignOn) -> Seat {
        let agent = self.agent_as(role, id);
        self.submit(&agent, Command::SignOn(sign_on)).unwrap();
        self.set(&agent, Status::Online).unwrap();
        agent
    }

    /// Who has a session, whoever asks; `None` while it waits.
    pub(crate) fn holder(&self, asks: &Seat, session: SessionId) -> Option<String> {
        let Ok(Reply::WhyWaiting(why)) = self.submit(asks, Command::WhyWaiting { session }) else {
            panic!("no answer to why a session waits")
        };
        why.holder.map(|holder| holder.to_string())
    }

    pub(crate) fn words(&mut self, text: &str) -> Words {
        self.drawn += 1;
        Words::text(ClientMessageId([self.drawn; 16]), text.to_owned().into()).unwrap()
    }

    pub(crate) fn say_words(
        &self,
        seat: &Seat,
        session: SessionId,
        words: Words,
    ) -> Result<Said, Refusal> {
        let Reply::Said(said) = self.submit(seat, Command::Say { session, words })? else {
            panic!("no answer to a say")
        };
        Ok(said)
    }

    pub(crate) fn say(&mut self, seat: &Seat, session: SessionId, text: &str) -> u64 {
        let words = self.words(text);
        self.say_words(seat, session, words).unwrap().seq
    }

    pub(crate) fn wait(&mut self, span_ms: u64) {
        self.now = self.now.after_ms(span_ms);
        self.engine.tick(self.now);
    }

    pub(crate) fn facts(&self) -> Vec<Event> {
        let facts = self.journal.read(Position(1), 1_000);
        facts.into_iter().map(|(_, fact)| fact.event).collect()
    }

    pub(crate) fn whole(&self) {
        assert_eq!(self.engine.verify(self.now), Ok(()));
    }
}

pub(crate) fn site() -> SiteId {
    SiteId::new("www").unwrap()
}

pub(crate) fn department(id: &str) -> DepartmentId {
    DepartmentId::new(id).unwrap()
}

pub(crate) fn positions(told: &[Delivery]) -> Vec<u32> {
    let positions = told.iter().filter_map(|delivery| match delivery {
        Delivery::QueuePosition { position, .. } => Some(*position),
        _ => None,
    });
    positions.collect()
}

/// The offers that a link was told, in order.
pub(crate) fn offers(told: &[Delivery]) -> Vec<OfferView> {
    let offers = told.iter().filter_map(|delivery| match delivery {
        Delivery::OfferMade(offer) => Some((**offer).clone()),
        _ => None,
    });
    offers.collect()
}

/// How offers ended, as a link was told, in order.
pub(crate) fn outcomes(told: &[Delivery]) -> Vec<OfferOutcome> {
    let outcomes = told.iter().filter_map(|delivery| match delivery {
        Delivery::OfferEnded { outcome, .. } => Some(*outcome),
        _ => None,
    });
    outcomes.collect()
}

/// How the sessions ended that a link was told of, in order.
pub(crate) fn ends(told: &[Delivery]) -> Vec<CloseCause> {
    let ends = told.iter().filter_map(|delivery| match delivery {
        Delivery::SessionClosed { cause, .. } => Some(*cause),
        _ => None,
    });
    ends.collect()
}
