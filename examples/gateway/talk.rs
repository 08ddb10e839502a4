//! How the many talk: a visitor says, its agent answers, in turn; each keeps to the pace that the broker has set.
//!
//! Never says anything twice under two ids: what is refused for a while is said again under the same one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use frontdesk::client::{
    Advice, AgentLink, Asking, Event, Link, MessageId, SayError, SessionId, VisitorLink, v1,
};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::party::Party;

/// The visitor's number in its session.
const VISITOR: u32 = 1;
/// How every answer begins.
const HEARD: &str = "heard: ";
/// How every saying that wants no answer begins.
pub(crate) const ASIDE: &str = "(";
/// How long to wait where the broker doesn't say.
const RETRY: Duration = Duration::from_millis(500);

/// What is counted for the summary.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) said: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) done: AtomicU64,
}

/// One link's pace: so many messages at once, and so many a second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    interval: Duration,
    burst: Duration,
    full_at: Instant,
}

impl Pace {
    /// That of the broker's limits, a little slower.
    pub(crate) fn new(limits: &v1::Limits) -> Self {
        let interval = Duration::from_millis(1_020) / limits.messages_per_s.max(1);
        let burst = interval * limits.messages_burst.max(1);
        Self { interval, burst, full_at: Instant::now() }
    }

    /// Waits until one more may be said.
    async fn turn(&mut self) {
        self.full_at = self.full_at.max(Instant::now()) + self.interval;
        sleep_until(self.full_at - self.burst).await;
    }
}

/// Says something once, however often it is refused for a while.
pub(crate) async fn say(
    link: &Link,
    pace: &mut Pace,
    tally: &Tally,
    session: SessionId,
    text: &str,
) -> Result<()> {
    let id = MessageId::random();
    loop {
        pace.turn().await;
        match link.say_as(id, session, text).await {
            Ok(_) => {
                tally.said.fetch_add(1, Ordering::Relaxed);
                return Ok(());
            }
            Err(SayError::Refused { refusal, .. }) if refusal.advice == Advice::ComeBackLater => {
                tally.refused.fetch_add(1, Ordering::Relaxed);
                sleep(refusal.retry_after.unwrap_or(RETRY)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// What a visitor says as its `k`th, from 1.
pub(crate) fn saying(name: &str, k: u32) -> String {
    format!("{name} says {k}")
}

/// What the agent answers.
pub(crate) fn answer(saying: &str) -> String {
    format!("{HEARD}{saying}")
}

/// Asks for a session, and waits until somebody has it.
pub(crate) async fn begin(
    visitor: &mut Party<VisitorLink>,
    department: &str,
    tally: &Tally,
) -> Result<SessionId> {
    let opening = saying(&visitor.name, 1);
    let asked = visitor.link.ask(Asking::new(department).opening(opening)).await?;
    tally.said.fetch_add(1, Ordering::Relaxed);
    visitor.until_joined().await?;
    Ok(asked.session)
}

/// A visitor's whole conversation: says `messages` times something, and each time reads the answer. Then its log must be
/// exactly that, each message once and in order.
pub(crate) async fn converse(
    mut visitor: Party<VisitorLink>,
    department: String,
    mut pace: Pace,
    messages: u32,
    tally: Arc<Tally>,
) -> Result<()> {
    let session = begin(&mut visitor, &department, &tally).await?;
    let mut due = Vec::new();
    for k in 1..=messages {
        let text = saying(&visitor.name, k);
        if k > 1 {
            say(&visitor.link, &mut pace, &tally, session, &text).await?;
        }
        visitor.until_message(session, u64::from(2 * k)).await?;
        let answer = answer(&text);
        due.extend([text, answer]);
    }
    let log = visitor.log(session);
    ensure!(log == due, "{} has the log {log:?} where {due:?} was due", visitor.name);
    ensure!(visitor.interruptions == 0, "{} was cut off, and had done nothing", visitor.name);
    finish(visitor, session).await?;
    tally.done.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

/// Closes the session and leaves.
pub(crate) async fn finish(visitor: Party<VisitorLink>, session: SessionId) -> Result<()> {
    visitor.link.close(session).await?;
    visitor.link.leave().await.with_context(|| format!("{} could not leave", visitor.name))
}

/// An agent's work until so many sessions have `ended`, over all agents: each saying of a visitor gets an answer, and at each
/// session's end its log must be whole.
pub(crate) async fn attend(
    mut agent: Party<AgentLink>,
    mut pace: Pace,
    tally: Arc<Tally>,
    (ended, all): (watch::Sender<u64>, u64),
) -> Result<()> {
    let mut over = ended.subscribe();
    loop {
        let event = tokio::select! {
            event = agent.next() => event?,
            _ = over.wait_for(|ended| *ended >= all) => break,
        };
        match event {
            Event::Message(message) if message.from == VISITOR => {
                let Some(text) = message.text() else { bail!("{} reads no text", agent.name) };
                if !text.starts_with(ASIDE) {
                    let text = answer(text);
                    say(&agent.link, &mut pace, &tally, message.session, &text).await?;
                }
            }
            Event::SessionClosed { session, last_seq, .. } => {
                let seen = agent.seen(session);
                ensure!(seen == last_seq, "{} has {seen} of {last_seq} messages", agent.name);
                ended.send_modify(|ended| *ended += 1);
            }
            _ => {}
        }
    }
    ensure!(agent.interruptions == 0, "{} was cut off, and had done nothing", agent.name);
    agent.link.sign_off("done").await?;
    agent.link.leave().await?;
    Ok(())
}
