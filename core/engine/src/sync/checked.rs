//! The shapes of the plain backend, made of what a checker can see.
//!
//! Only compiled under `cfg(loom)` or `cfg(shuttle)`; says nothing about speed.

#[cfg(loom)]
use loom::sync as backend;
#[cfg(all(shuttle, not(loom)))]
use shuttle::sync as backend;

use super::atomic::{AtomicBool, Ordering};

/// Holds a [`Mutex`] until it is dropped.
pub type MutexGuard<'a, T> = backend::MutexGuard<'a, T>;

/// The checker's mutex with the face of `parking_lot`'s.
#[derive(Debug)]
pub struct Mutex<T>(backend::Mutex<T>);

impl<T> Mutex<T> {
    /// Makes an unlocked mutex around the value.
    pub fn new(value: T) -> Self {
        Self(backend::Mutex::new(value))
    }

    /// Waits for the lock and takes it.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().expect("a poisoned lock means that the model has failed already")
    }

    /// Takes the lock if nobody holds it.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.0.try_lock().ok()
    }
}

/// A place that is filled once and then read without a lock.
///
/// The value stands in a standard cell, which would be invisible to a checker; the flag in front of it is the checker's, so
/// that a reader sees the value only along an edge that the model has.
#[derive(Debug)]
pub struct OnceLock<T> {
    value: std::sync::OnceLock<T>,
    published: AtomicBool,
    filling: Mutex<()>,
}

impl<T> OnceLock<T> {
    /// Makes an empty place.
    pub fn new() -> Self {
        Self {
            value: std::sync::OnceLock::new(),
            published: AtomicBool::new(false),
            filling: Mutex::new(()),
        }
    }

    /// The value, if it is there.
    pub fn get(&self) -> Option<&T> {
        // Acquire: partner of the Release in `get_or_init`.
        if self.published.load(Ordering::Acquire) { self.value.get() } else { None }
    }

    /// The value; makes it first if it isn't there. Others who ask meanwhile wait.
    pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        if let Some(value) = self.get() {
            return value;
        }
        let _filling = self.filling.lock();
        let value = self.value.get_or_init(make);
        // Release: partner of the Acquire in `get`.
        self.published.store(true, Ordering::Release);
        value
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        Self::new()
    }
}
