//! The visitor that stops reading one of its tabs, while its other tabs say more than the broker holds for anyone.
//!
//! The broker cuts that tab off as TOO_SLOW and holds up nobody. When it reads again it is told what it still can get and what it
//! has missed, without a gap between the two, and talks on like everybody else.

use std::sync::atomic::Ordering;

use anyhow::{Result, bail, ensure};
use frontdesk::client::{Client, Event, Interruption, Link, SessionId, Visitor, VisitorLink, v1};

use super::party::Party;
use super::talk::{self, ASIDE, Pace, Tally};

/// Tabs that go on. Each may say a burst of messages at once.
const TABS: usize = 8;
/// How often each of them says a text as long as the broker takes: with the eight together 1.25 MiB, more than the 64 KiB of
/// credit and the 1 MiB of a mailbox.
const ROUNDS: u64 = 20;
/// The agent's number in the session.
const AGENT: u32 = 2;

/// A visitor with one tab that doesn't read.
pub(crate) struct SlowReader {
    tab: Party<VisitorLink>,
    session: SessionId,
    /// Messages said so far, opening and answer included.
    last_seq: u64,
}

/// What the slow reader found when it read again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caught {
    pub(crate) told: u64,
    pub(crate) missing: u64,
}

impl SlowReader {
    /// Asks, and stops reading.
    pub(crate) async fn begin(
        mut tab: Party<VisitorLink>,
        department: &str,
        tally: &Tally,
    ) -> Result<Self> {
        let session = talk::begin(&mut tab, department, tally).await?;
        Ok(Self { tab, session, last_seq: 0 })
    }

    /// Whose tab it is.
    pub(crate) fn name(&self) -> &str {
        &self.tab.name
    }

    /// Lets the other tabs say more than waits for anyone. They and the agent read all of it; nobody is cut off but the tab that
    /// doesn't read. Gives back how much was said.
    pub(crate) async fn flood(
        &mut self,
        client: &Client,
        visitor: Visitor,
        tally: &Tally,
    ) -> Result<u64> {
        let limits = client.welcome().limits.unwrap_or_default();
        let mut tabs = Vec::new();
        for number in 1..=TABS {
            let tab = client.attach_visitor(visitor.clone()).await?;
            let name = format!("{}'s tab {number}", self.tab.name);
            tabs.push((Party::new(name, tab), Pace::new(&limits)));
        }
        // The opening and its answer.
        self.last_seq = 2;
        let text = format!("{ASIDE}{}", "x".repeat(limits.text_bytes_max as usize - ASIDE.len()));
        for _ in 0..ROUNDS {
            for (tab, pace) in &mut tabs {
                talk::say(&tab.link, pace, tally, self.session, &text).await?;
                self.last_seq += 1;
            }
            for (tab, _) in &mut tabs {
                tab.until_message(self.session, self.last_seq).await?;
            }
            // So that nobody else falls behind: the agent has read it too.
            let (first, _) = &mut tabs[0];
            first.until_delivered(self.session, AGENT, self.last_seq).await?;
        }
        for (tab, _) in tabs {
            let (name, cut_off) = (&tab.name, tab.interruptions);
            ensure!(cut_off == 0, "{name} was cut off, and had read everything");
            // The visitor stays: this tab of it is closed, not the last one.
            Link::clone(&tab.link).drop_off().await?;
        }
        Ok(ROUNDS * TABS as u64)
    }

    /// Reads again: everything up to now is either told or told to be missing, in order.
    pub(crate) async fn catch_up(&mut self) -> Result<Caught> {
        let mut caught = Caught { told: 0, missing: 0 };
        let mut cut_off = false;
        let seen = self.tab.seen(self.session);
        while seen + caught.told + caught.missing < self.last_seq {
            let due = seen + caught.told + caught.missing + 1;
            match self.tab.hear("what was missed").await? {
                Event::Message(message) => {
                    ensure!(message.seq == due, "message {} came where {due} was due", message.seq);
                    caught.told += 1;
                }
                Event::MessagesMissing { from_seq, to_seq, .. } => {
                    ensure!(from_seq == due, "a hole from {from_seq} where {due} was due");
                    caught.missing += to_seq + 1 - from_seq;
                }
                Event::Interrupted(Interruption::TooSlow) => cut_off = true,
                Event::Interrupted(why) => bail!("the slow reader was cut off for {why:?}"),
                Event::Ended(reason) => bail!("the slow reader is over: {reason}"),
                _ => {}
            }
        }
        ensure!(cut_off, "who reads nothing of 1.25 MiB is cut off as too slow");
        ensure!(caught.missing > 0, "more was said than the broker holds, but nothing is missing");
        Ok(caught)
    }

    /// Talks on like everybody else, and leaves.
    pub(crate) async fn converse(
        mut self,
        limits: &v1::Limits,
        messages: u32,
        tally: &Tally,
    ) -> Result<()> {
        let mut pace = Pace::new(limits);
        for k in 2..=messages {
            let text = talk::saying(&self.tab.name, k);
            talk::say(&self.tab.link, &mut pace, tally, self.session, &text).await?;
            for due in [text.clone(), talk::answer(&text)] {
                self.last_seq += 1;
                let message = loop {
                    if let Event::Message(message) = self.tab.hear("the answer").await? {
                        break message;
                    }
                };
                let found = (message.seq, message.text());
                let due = (self.last_seq, Some(due.as_str()));
                ensure!(found == due, "the slow reader is told {found:?} where {due:?} was due");
            }
        }
        talk::finish(self.tab, self.session).await?;
        tally.done.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
