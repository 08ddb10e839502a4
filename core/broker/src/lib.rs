//! The QUIC broker of frontdesk as a library.
//!
//! A [`Broker`] binds a UDP port, checks who comes by a signed [`token`], and lets visitors, agents and gateways speak to an
//! engine of its own over lanes: long-lived streams of batched frames. `examples/broker.rs` is the thin program around it;
//! `PROTOCOL.md` tells what goes over the wire.
//!
//! The way of a command: `transport` (QUIC) → `control` (Hello) → `lane` (frames, credit, batches) → [`border`] (wire words become
//! domain words) → `limit` (buckets) → the engine. Deliveries come back through the lane's mailboxes and the same border.
//!
//! ```
//! use std::sync::Arc;
//!
//! use frontdesk_broker::{Broker, config::Config};
//! use frontdesk_engine::journal::Memory;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("frontdesk-broker-doc-{}", std::process::id()));
//! tokio::runtime::Runtime::new()?.block_on(async {
//!     let mut config = Config::embedded(&folder);
//!     config.listen.set_port(0); // any free one
//!     config.http = None;
//!     let broker = Broker::bind(config, Arc::new(Memory::new(10_000)))?;
//!     assert_ne!(broker.local_addr().port(), 0);
//!     assert_eq!(broker.engine().tenants().len(), 1, "the development tenant");
//!     broker.drain().await;
//!     Ok::<_, frontdesk_broker::BindError>(())
//! })?;
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok(())
//! # }
//! ```

mod admission;
#[doc(hidden)]
pub mod border;
mod broker;
mod clock;
pub mod config;
mod configured;
mod connection;
mod control;
mod disk;
mod drain;
pub mod http;
pub mod identity;
pub mod kept;
mod lane;
mod limit;
pub mod metrics;
mod service;
pub mod token;
mod transport;

pub use broker::{BindError, Broker, NotAdded, NotReloaded, Reloaded};
