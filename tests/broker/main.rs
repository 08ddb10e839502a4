//! The broker over real QUIC, spoken to by a client that knows nothing but the wire.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod announcements;
mod asking;
mod bots;
mod closing;
mod company;
mod door;
mod drain;
mod duty;
mod ends;
mod floods;
mod floor;
mod frames;
mod guard;
mod house;
mod invitations;
mod kept;
mod long;
mod offers;
mod permissions;
mod policy;
mod present;
mod reception;
mod refusals;
mod reload;
mod resume;
mod rooms;
mod rows;
mod slow;
mod story;
mod strategies;
mod supervision;
mod terms;
mod waiting;
mod wire;
mod words;
