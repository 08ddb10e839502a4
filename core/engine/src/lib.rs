//! .

pub mod deadlines;
pub mod directory;
pub mod inbox;
pub mod mailbox;
pub mod outlet;
pub mod sync;
