//! Many desks at once: the engine that holds frontdesk's visitors, sessions and floors, each behind its own lock.
//!
//! A program adds tenants, opens a [`Reader`], attaches links to it and [submits](Engine::submit) commands. What
//! people are to be told waits in their links' mailboxes until the reader takes it. No call waits for I/O, and none needs an
//! async runtime.
//!
//! ```
//! use frontdesk_desk::id::{DepartmentId, SiteId, TenantId, VisitorId};
//! use frontdesk_desk::policy::{Draft, Policy};
//! use frontdesk_desk::time::Now;
//! use frontdesk_engine::{Ask, Command, Config, Engine, Reply, VisitorAttach, journal};
//!
//! let journal = std::sync::Arc::new(journal::Memory::new(1_000));
//! let engine = Engine::new(Config::default(), [7; 32], journal);
//! let policy = Policy::new(Draft::new(vec![SiteId::new("www")?], vec![DepartmentId::new("sales")?])).unwrap();
//! let tenant = engine.add_tenant(TenantId::new("acme")?, policy)?;
//!
//! let now = Now { mono_ms: 0, wall_ms: 1_700_000_000_000 };
//! let mut reader = engine.reader();
//! let visitor = VisitorAttach {
//!     site: SiteId::new("www")?,
//!     visitor: VisitorId::new("v-1")?,
//!     page: Some(engine.page("https://acme.example/", "Welcome")?),
//!     arrival: Default::default(),
//!     replaces: None,
//!     resume: None,
//! };
//! let visitor = engine.attach_visitor(tenant, reader.outlet(), visitor, now)?.link;
//! let ask = Command::Ask(Ask::of(DepartmentId::new("sales")?));
//! assert!(matches!(engine.submit(visitor, ask, now)?.reply, Reply::Asked(asked) if !asked.existing));
//! reader.try_drain_all(|link, delivery| println!("{link:?} is told {delivery:?}"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod board;
mod changes;
mod command;
pub mod deadlines;
pub mod directory;
mod earlier;
mod engine;
mod guard;
mod icons;
pub mod inbox;
pub mod journal;
pub mod mailbox;
mod opening;
pub mod outlet;
mod pages;
mod present;
mod rooms;
mod sessions;
mod slab;
pub mod sync;
mod tenants;
mod turn;
mod visitors;
mod watch;

pub use board::{RECEPTION_ROWS_MAX, Reception, ReceptionRow};
pub use command::{
    Accepted, AgentAttach, AnnouncementWish, Answer, Ask, Asked, AskedBy, Attached, Breakdown,
    BreakdownQuery, Clearing, Colleague, Command, Counts, Departure, Epoch, FloorQuery,
    InviteColleague, Link, LinkToken, MessagePage, Person, PostWish, QueuesQuery, Rating, Reply,
    ResumePoint, Room, RoomMessagePage, RoomResumePoint, RoomWish, Said, SetStatus, SignOn,
    TargetsQuery, Transfer, VisitorAttach, VisitorCounts, When, Which,
};
pub use directory::{Drained, Reader};
pub use engine::{Config, Engine, NAMES_MAX, NotReplaced, Prepared, Replaced, Replacement};
pub use frontdesk_desk::delivery::Receiving;
pub use mailbox::{LinkEnd, MailboxLimits};
pub use outlet::{Outlet, Wakes};
pub use watch::{ListLimits, Watching};
