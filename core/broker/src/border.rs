//! The border: the one place where the wire's words and the desk's meet.
//!
//! [`command`] parses a frame into what it asks for and checks all that can be checked without the engine's state, so that nothing
//! is validated again inside. `delivery`, `reply`, `attached`, `refused` and `link_ended` put the engine's answers
//! into frames' messages, and `fit` cuts those that are too long. All are pure functions: no clock, no state, no I/O, and no panic whatever the bytes.
//!
//! What is taken in is copied out of the chunk that it came in: a body of 20 bytes must not keep 64 KiB alive.

mod blocks;
mod fit;
mod inbound;
mod outbound;
mod permission;
pub mod policy;
mod refused;

pub use fit::fit;
pub(crate) use inbound::command_seen;
pub use inbound::{Addressed, Caller, Request, command};
pub use outbound::{attached, delivery, link_ended, refused, reply};
pub use refused::Refused;
