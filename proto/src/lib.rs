//! The wire words of frontdesk: schema, framing, limits, codes and versions.
//!
//! [`v1`] holds the message types made from `proto/frontdesk/v1/*.proto`; [`frame`] cuts a stream of bytes into frames and
//! puts frames into a buffer; the rest are the numbers that both ends must agree on. `PROTOCOL.md` tells the same to
//! whoever writes a client in another language.
//!
//! Never does I/O, reads no clock, and knows nothing of what a desk does with a command.

pub mod codes;
pub mod frame;
pub mod ids;
pub mod limits;
pub mod stream;
pub mod v1;
pub mod version;

pub use bytes::{Bytes, BytesMut};
pub use prost;
