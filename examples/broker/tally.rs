//! What the simulated people saw: how much was said, how long it took, and what went wrong.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use frontdesk::client::v1::Code;
use frontdesk::client::{Link, Message, MessageId, RequestError, SayError, SessionId};
use hdrhistogram::Histogram;

use super::Outcome;

/// Messages on the way that are timed; what is said beyond is delivered and not timed.
const TIMED_MAX: usize = 100_000;
/// Longest time that is told apart, in microseconds: five minutes.
const LONGEST_US: u64 = 300_000_000;
/// How often a message that was over the rate is said again.
const TRIES_MAX: u32 = 10;
/// How long to wait where the broker doesn't say.
const RETRY: Duration = Duration::from_millis(200);

/// Counted and timed since the demonstration began.
pub(crate) struct Tally {
    said: AtomicU64,
    heard: AtomicU64,
    on_the_way: Mutex<HashMap<[u8; 16], Instant>>,
    delivery_us: Mutex<Histogram<u64>>,
    wait_us: Mutex<Histogram<u64>>,
    impatient: AtomicU64,
    flaws: Mutex<Flaws>,
}

#[derive(Default)]
struct Flaws {
    count: u64,
    first: Option<String>,
}

/// The middle and the far end of a distribution.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl Tally {
    pub(crate) fn new() -> Self {
        let histogram =
            || Histogram::new_with_bounds(1, LONGEST_US, 3).expect("the bounds are constants");
        Self {
            said: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            on_the_way: Mutex::default(),
            delivery_us: Mutex::new(histogram()),
            wait_us: Mutex::new(histogram()),
            impatient: AtomicU64::new(0),
            flaws: Mutex::default(),
        }
    }

    /// Says a text, again if it was over the rate. False when the session is over for the speaker.
    pub(crate) async fn say(&self, link: &Link, session: SessionId, text: String) -> bool {
        let id = MessageId::random();
        for _ in 0..TRIES_MAX {
            self.begin(id);
            let refusal = match link.say_as(id, session, text.clone()).await {
                Ok(_) => {
                    self.said.fetch_add(1, Ordering::Relaxed);
                    return true;
                }
                Err(SayError::Refused { refusal, .. }) => refusal,
                Err(error) => {
                    self.flaw(format!("a message was not said: {error}"));
                    break;
                }
            };
            if !refusal.is(Code::RateLimited) {
                if !is_over(refusal.known()) {
                    self.flaw(format!("a message was not said: {refusal}"));
                }
                break;
            }
            tokio::time::sleep(refusal.retry_after.unwrap_or(RETRY)).await;
        }
        locked(&self.on_the_way).remove(&id.0);
        false
    }

    fn begin(&self, id: MessageId) {
        let mut on_the_way = locked(&self.on_the_way);
        if on_the_way.len() < TIMED_MAX {
            on_the_way.insert(id.0, Instant::now());
        }
    }

    /// Somebody else's message came.
    pub(crate) fn hear(&self, message: &Message) {
        self.heard.fetch_add(1, Ordering::Relaxed);
        let Ok(id) = <[u8; 16]>::try_from(&message.client_message_id[..]) else { return };
        if let Some(said) = locked(&self.on_the_way).remove(&id) {
            record(&self.delivery_us, said.elapsed());
        }
    }

    /// A visitor that asked at this instant has an agent now.
    pub(crate) fn answered(&self, asked: Instant) {
        record(&self.wait_us, asked.elapsed());
    }

    /// A visitor waited too long for its liking.
    pub(crate) fn gave_up(&self) {
        self.impatient.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes the answer to a request: a refusal because the other side was faster is none of the demonstration's flaws.
    pub(crate) fn check(&self, what: &str, answer: Result<(), RequestError>) {
        match answer {
            Ok(()) => {}
            Err(RequestError::Refused(refusal)) if is_over(refusal.known()) => {}
            Err(error) => self.flaw(format!("{what}: {error}")),
        }
    }

    /// Something went wrong.
    pub(crate) fn flaw(&self, what: String) {
        let mut flaws = locked(&self.flaws);
        flaws.count += 1;
        flaws.first.get_or_insert(what);
    }

    pub(crate) fn said(&self) -> u64 {
        self.said.load(Ordering::Relaxed)
    }

    pub(crate) fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    pub(crate) fn impatient(&self) -> u64 {
        self.impatient.load(Ordering::Relaxed)
    }

    pub(crate) fn flaws(&self) -> u64 {
        locked(&self.flaws).count
    }

    /// From saying to the event at the other side.
    pub(crate) fn delivery(&self) -> Spread {
        spread(&self.delivery_us)
    }

    /// From asking to having an agent.
    pub(crate) fn wait(&self) -> Spread {
        spread(&self.wait_us)
    }

    pub(crate) fn outcome(&self) -> Outcome {
        let flaws = locked(&self.flaws);
        match &flaws.first {
            Some(first) => Outcome::Flawed(format!("{} time(s); the first: {first}", flaws.count)),
            None if self.heard() == 0 => {
                Outcome::Flawed("nothing that was said was heard".to_owned())
            }
            None => Outcome::Whole,
        }
    }
}

/// Whether the session was closed, by the other side for instance.
fn is_over(code: Option<Code>) -> bool {
    matches!(code, Some(Code::SessionClosed | Code::NotInSession | Code::NotFound))
}

fn record(histogram: &Mutex<Histogram<u64>>, time: Duration) {
    let us = u64::try_from(time.as_micros()).unwrap_or(LONGEST_US);
    locked(histogram).saturating_record(us);
}

fn spread(histogram: &Mutex<Histogram<u64>>) -> Spread {
    let histogram = locked(histogram);
    let at = |quantile| Duration::from_micros(histogram.value_at_quantile(quantile));
    Spread { p50: at(0.5), p99: at(0.99) }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Counts are whole after every statement.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
