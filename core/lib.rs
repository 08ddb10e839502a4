//! A message broker and presence engine for online customer service.
//!
//! A visitor browses a site, asks for someone, waits, is answered; an agent sees who is there, takes what it can hold, and
//! talks. frontdesk keeps who is present, who waits for whom and what was said, for very many of both, and tells each exactly
//! what concerns them.
//!
//! | room | what it is | feature |
//! |---|---|---|
//! | [`desk`] | the rules as pure state machines: visitor, session, floor. Time and chance are arguments. | always |
//! | [`engine`] | many desks at once: shards, mailboxes, timers, the journal's port. No network, no async runtime. | always |
//! | [`proto`] | the wire: message types, framing, limits, codes, versions. No I/O. | always |
//! | [`broker`] | the QUIC endpoint around an engine. `examples/broker.rs` is the program. | `broker` |
//! | [`client`] | the Rust client for front ends and gateways: connect, attach, resume. | `client` |
//!
//! Both features are on by default. Without them this is the engine alone, to be linked into a program of your own:
//!
//! ```
//! use frontdesk::desk::delivery::{Delivery, Status};
//! use frontdesk::desk::id::{AgentId, ClientMessageId, DepartmentId, SiteId, TenantId, VisitorId};
//! use frontdesk::desk::message::Words;
//! use frontdesk::desk::policy::{Draft, Policy};
//! use frontdesk::desk::time::Now;
//! use frontdesk::engine::{AgentAttach, Ask, Command, Config, Engine, Reply, SetStatus, SignOn, VisitorAttach, journal};
//!
//! // Give the real clocks and 32 bytes of the operating system's randomness in a program.
//! let now = Now { mono_ms: 0, wall_ms: 1_767_225_600_000 };
//! let engine = Engine::new(Config::default(), [7; 32], std::sync::Arc::new(journal::Memory::new(10_000)));
//! let (site, sales) = (SiteId::new("www")?, DepartmentId::new("sales")?);
//! let policy = Policy::new(Draft::new(vec![site.clone()], vec![sales.clone()])).unwrap();
//! let tenant = engine.add_tenant(TenantId::new("acme")?, policy)?;
//!
//! // Each has a reader, where what they are told waits for them.
//! let (mut at_desk, mut at_home) = (engine.reader(), engine.reader());
//! let ann = AgentAttach::new(AgentId::new("ann")?);
//! let ann = engine.attach_agent(tenant, at_desk.outlet(), ann, now)?.link;
//! engine.submit(ann, Command::SignOn(SignOn::new(vec![sales.clone()], Some(3))), now)?;
//! engine.submit(ann, Command::SetStatus(SetStatus::now(Status::Online, "")), now)?;
//!
//! let visitor = VisitorAttach {
//!     site,
//!     visitor: VisitorId::new("v-1")?,
//!     page: Some(engine.page("https://acme.example/beds", "Beds")?),
//!     arrival: Default::default(),
//!     replaces: None,
//!     resume: None,
//! };
//! let visitor = engine.attach_visitor(tenant, at_home.outlet(), visitor, now)?.link;
//! let opening = Words::text(ClientMessageId([1; 16]), "Do you have it in oak?".into())?;
//! let ask = Command::Ask(Ask { opening: Some(opening), priority_minutes: 0, ..Ask::of(sales) });
//! let Reply::Asked(asked) = engine.submit(visitor, ask, now)?.reply else { unreachable!() };
//!
//! let mut read = Vec::new();
//! at_desk.try_drain_all(|_, delivery| {
//!     if let Delivery::Message { message, .. } = delivery {
//!         read.push(message.words.body().clone());
//!     }
//! });
//! assert_eq!(read, ["Do you have it in oak?"]);
//! engine.submit(ann, Command::Close { session: asked.session }, now)?;
//!
//! at_home.try_drain_all(|_, delivery| println!("the visitor is told {delivery:?}"));
//! engine.verify(now).expect("no slot leaked, nobody counted twice");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `README.md` says how to run the broker, `PROTOCOL.md` what goes over the wire, `ARCHITECTURE.md` how it is built.

#[cfg(feature = "broker")]
pub use frontdesk_broker as broker;
#[cfg(feature = "client")]
pub use frontdesk_client as client;
pub use frontdesk_desk as desk;
pub use frontdesk_engine as engine;
pub use frontdesk_proto as proto;

/// The README's code, so that it stays true.
#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../README.md")]
struct Readme;
