//! The Rust client of frontdesk: connect, attach, talk, and be back by itself after an interruption.
//!
//! One [`Client`] is one connection. On it any number of links are attached, each one person's tab or device: one for a
//! person's own program, thousands for a gateway. A link is a handle to speak with ([`VisitorLink`], [`AgentLink`]) and a
//! stream of [`Event`]s, in order, each message once.
//!
//! ```no_run
//! use frontdesk_client::{Client, Event, Options, Trust, Visitor};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let options = Options::new("127.0.0.1:4433").trust(Trust::File("cert.pem".into())).token("eyJ…");
//! let client = Client::connect(options).await?;
//! let arrival = Visitor::new("www").id("v-1").page("https://shop.example/", "Shoes");
//! let (visitor, mut events) = client.attach_visitor(arrival).await?;
//!
//! let asked = visitor.ask("sales").await?;
//! visitor.preview(asked.session, "Do you ha")?;
//! let said = visitor.say(asked.session, "Do you have it in 42?").await?;
//! println!("message {} is kept", said.seq);
//!
//! while let Some(event) = events.next().await {
//!     match event {
//!         Event::Message(message) => println!("{}: {:?}", message.from, message.text()),
//!         Event::SessionClosed { .. } => break,
//!         _ => {}
//!     }
//! }
//! visitor.leave().await?;
//! # Ok(())
//! # }
//! ```
//!
//! When the connection is lost, links say [`Event::Interrupted`] and later [`Event::Reconnected`]; in between requests wait.
//! What was missed is brought by a resume, and what was not known to be said is said again under the same id.
//!
//! Inside, what decides is pure (`attachment`, `log`, `pending`, `outbox`, `credit`, `backoff`); what waits is around it
//! (`keeper`, `control`, `lane`, `cell`). Never depends on the broker, nor on anything behind it.

mod attachment;
mod backoff;
mod block;
mod cell;
mod chance;
mod client;
mod company;
mod control;
mod credit;
mod duty;
mod error;
mod event;
mod id;
mod invitation;
mod keeper;
mod lane;
mod link;
mod log;
mod options;
mod outbox;
mod pending;
mod policy;
mod refusal;
mod room;
mod service;
mod transport;
mod visitor;
mod watching;
mod words;

pub use backoff::BackOff;
pub use block::BlockTarget;
pub use client::Client;
pub use company::{Colleague, ColleagueAsked, Seen, Transfer};
pub use error::{AttachError, ConnectError, NoticeError, RequestError, SayError};
pub use event::{Event, Interruption, Memory, Message, RoomMessage};
pub use frontdesk_proto::v1;
pub use id::{AnnouncementId, InvitationId, MessageId, OfferId, RoomId, SessionId};
pub use invitation::Invited;
pub use link::{AgentLink, Asked, Events, Link, MessagePage, Said, VisitorLink};
pub use options::{BadPin, Deliveries, Options, Reconnect, Token, TokenFault, Trust};
pub use refusal::{Advice, EndReason, Refusal};
pub use room::{InRoom, RoomMessagePage};
pub use visitor::{Asking, Visitor};
pub use words::Words;
