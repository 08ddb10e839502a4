//! The journal's port: where facts go, in the order in which the locks decided them.
//!
//! The engine appends under the lock that decided; whoever answers a person waits for the commit. This file never writes to a
//! disk: [`Memory`] keeps the latest facts and forgets the older ones; a store with a disk implements the same port.

/// A place in the journal: facts are numbered from 1 without a gap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);
