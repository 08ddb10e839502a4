//! The one door to shared memory: every atomic, lock and shared pointer of this crate comes from here.
//!
//! Three backends stand behind the same names:
//!
//! | build | locks | atomics | what for |
//! |---|---|---|---|
//! | plain | `parking_lot` | `std` | the program |
//! | `--cfg loom` | `loom` | `loom` | every interleaving and every weak-memory outcome of small models |
//! | `--cfg shuttle` | `shuttle` | `shuttle` | random schedules of more threads than loom can hold |
//!
//! What differs between them stays in this file: `lock` gives the guard itself and knows no poison (a thread that panics under
//! loom or shuttle has failed the test anyway), and [`OnceLock`] is the standard one, or under a checker one built from a
//! flag that the checker sees.
//!
//! Whoever needs more (a condition variable, a fence) adds it here for all three. Nothing else in the crate names
//! `std::sync::atomic`, `std::sync::Mutex`, `parking_lot`, `loom` or `shuttle`.

#[cfg(any(loom, shuttle))]
mod checked;

#[cfg(not(any(loom, shuttle)))]
pub use parking_lot::{Mutex, MutexGuard};
#[cfg(not(any(loom, shuttle)))]
pub use std::sync::{Arc, OnceLock};

#[cfg(any(loom, shuttle))]
pub use checked::{Mutex, MutexGuard, OnceLock};
#[cfg(loom)]
pub use loom::sync::Arc;
#[cfg(all(shuttle, not(loom)))]
pub use shuttle::sync::Arc;

/// The atomics of the backend.
pub mod atomic {
    #[cfg(loom)]
    pub use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
    #[cfg(all(shuttle, not(loom)))]
    pub use shuttle::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
    #[cfg(not(any(loom, shuttle)))]
    pub use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
}
