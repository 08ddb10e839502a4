//! The model world: the real engine under a virtual clock, beside a simple reference that predicts it.
//!
//! `FRONTDESK_MODEL_SEED=n` replays the case of one seed; `FRONTDESK_MODEL_CASES` and `FRONTDESK_MODEL_STEPS` say how many cases
//! are run from there and how many transitions each has.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod regressions;
