//! The rules of an online customer service desk, as pure state machines.
//!
//! A [`visitor`] is present, unless a [`block`] shuts it out; a [`session`] is what it has with those who answer; a [`floor`] is a tenant's agents and queues.
//! Each takes a command, an instant and an [`effects`] buffer, decides, and says what follows: deliveries to people, facts to
//! keep, and [`crossing`]s to another noun. Nothing here does I/O, reads a clock, takes a lock or rolls dice: the same commands
//! at the same instants have the same effects in the same order.

pub mod block;
pub mod chance;
pub mod crossing;
pub mod delivery;
pub mod effects;
pub mod fact;
pub mod floor;
pub mod id;
pub mod list;
pub mod message;
pub mod page;
pub mod policy;
pub mod refusal;
pub mod role;
pub mod room;
pub mod session;
pub mod time;
pub mod visitor;
mod window;
pub mod wish;
