//! The engine as a Rust program uses it, without a network: one short story for each row of `tests/rows.md`, and one no.
//!
//! Time is a number that the story moves. Most stories end with [`frontdesk::engine::Engine::verify`].

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agents;
mod announcements;
mod asking;
mod bots;
mod closing;
mod company;
mod counts;
mod duty;
mod edges;
mod floor;
mod floor_random;
mod guard;
mod house;
mod invitations;
mod lists;
mod offers;
mod picks;
mod policy;
mod presence;
mod reception;
mod rooms;
mod service;
mod strategies;
mod supervision;
mod talk;
mod terms;
mod words;
