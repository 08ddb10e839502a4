//! One who takes part through the client: a link, the stream of its events, and the logs that it keeps of them.
//!
//! Never decides what ought to be told; it waits for it, and says so when it doesn't come.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use frontdesk::client::{Event, Events, SessionId, v1};
use tokio::time::{Instant, timeout_at};

/// How long one thing is waited for; on loopback it comes in milliseconds, after a lost connection in a second.
const PATIENCE: Duration = Duration::from_secs(15);

/// One who takes part.
pub(crate) struct Party<L> {
    pub(crate) name: String,
    pub(crate) link: L,
    events: Events,
    logs: BTreeMap<SessionId, Vec<String>>,
    /// The last message that reached each participant.
    delivered: BTreeMap<(SessionId, u32), u64>,
    /// How often the link was cut off.
    pub(crate) interruptions: u32,
}

impl<L> Party<L> {
    pub(crate) fn new(name: String, (link, events): (L, Events)) -> Self {
        let (logs, delivered) = (BTreeMap::new(), BTreeMap::new());
        Self { name, link, events, logs, delivered, interruptions: 0 }
    }

    /// The next event, waited for as long as it takes; it is written into the logs.
    pub(crate) async fn next(&mut self) -> Result<Event> {
        let Some(event) = self.events.next().await else { bail!("{} is gone", self.name) };
        self.write_down(&event)?;
        Ok(event)
    }

    /// The next event, of which nothing is written down.
    pub(crate) async fn hear(&mut self, what: &str) -> Result<Event> {
        let next = timeout_at(Instant::now() + PATIENCE, self.events.next()).await;
        let event = next.with_context(|| self.waits_for(what))?;
        event.with_context(|| format!("the events of {} ended before {what} came", self.name))
    }

    /// Passes over events until one that `pick` takes. Messages that come by are written into the logs.
    pub(crate) async fn until<T>(
        &mut self,
        what: &str,
        mut pick: impl FnMut(&Event) -> Option<T>,
    ) -> Result<T> {
        let until = Instant::now() + PATIENCE;
        loop {
            let next = timeout_at(until, self.events.next()).await;
            let Some(event) = next.with_context(|| self.waits_for(what))? else {
                bail!("the events of {} ended before {what} came", self.name);
            };
            let picked = pick(&event);
            self.write_down(&event)?;
            if let Some(picked) = picked {
                return Ok(picked);
            }
        }
    }

    /// Waits until a session's log has so many messages.
    pub(crate) async fn until_message(&mut self, session: SessionId, seq: u64) -> Result<()> {
        while self.seen(session) < seq {
            self.until(&format!("message {seq}"), |event| {
                matches!(event, Event::Message(_)).then_some(())
            })
            .await?;
        }
        Ok(())
    }

    /// How many messages the log of a session has.
    pub(crate) fn seen(&self, session: SessionId) -> u64 {
        self.log(session).len() as u64
    }

    /// A session's messages from the first on.
    pub(crate) fn log(&self, session: SessionId) -> &[String] {
        self.logs.get(&session).map_or(&[], Vec::as_slice)
    }

    /// The place in the queue.
    pub(crate) async fn until_position(&mut self) -> Result<u32> {
        self.until("a place in the queue", |event| match event {
            Event::QueuePosition { position, .. } => Some(*position),
            _ => None,
        })
        .await
    }

    /// Who joins.
    pub(crate) async fn until_joined(&mut self) -> Result<v1::Participant> {
        self.until("who joins", |event| match event {
            Event::ParticipantJoined { participant, .. } => Some(participant.clone()),
            _ => None,
        })
        .await
    }

    /// What a visitor types.
    pub(crate) async fn until_preview(&mut self) -> Result<String> {
        self.until("what is typed", |event| match event {
            Event::PreviewShown { text, .. } => Some(text.clone()),
            _ => None,
        })
        .await
    }

    /// That the other one types, or has stopped.
    pub(crate) async fn until_typing(&mut self, due: bool) -> Result<()> {
        self.until("who types", |event| match event {
            Event::Typing { typing, .. } => (*typing == due).then_some(()),
            _ => None,
        })
        .await
    }

    /// That a participant has received and read so far.
    pub(crate) async fn until_receipt(&mut self, due: (u32, u64, u64)) -> Result<()> {
        self.until(&format!("the receipt {due:?}"), |event| match event {
            Event::Receipt { participant, delivered, read, .. } => {
                ((*participant, *delivered, *read) == due).then_some(())
            }
            _ => None,
        })
        .await
    }

    /// That so many messages have reached a participant.
    pub(crate) async fn until_delivered(
        &mut self,
        session: SessionId,
        participant: u32,
        seq: u64,
    ) -> Result<()> {
        while self.delivered.get(&(session, participant)).is_none_or(|delivered| *delivered < seq) {
            self.until(&format!("the receipt of message {seq}"), |event| {
                matches!(event, Event::Receipt { .. }).then_some(())
            })
            .await?;
        }
        Ok(())
    }

    /// A visitor's row of the list, once `fits` says that it is up to date.
    pub(crate) async fn until_row(
        &mut self,
        visitor: &str,
        fits: impl Fn(&v1::VisitorRow) -> bool,
    ) -> Result<v1::VisitorRow> {
        let is_it = |row: &&v1::VisitorRow| row.visitor == visitor && fits(row);
        self.until(&format!("{visitor}'s row in the list"), |event| match event {
            Event::VisitorsSnapshot(list) => list.rows.iter().find(is_it).cloned(),
            Event::VisitorsChanged(list) => list.rows.iter().find(is_it).cloned(),
            _ => None,
        })
        .await
    }

    /// How a session ends: why, after how many messages, and whether its visitor said anything.
    pub(crate) async fn until_closed(
        &mut self,
        of: SessionId,
    ) -> Result<(v1::CloseCause, u64, bool)> {
        self.until("the end of the session", |event| match event {
            Event::SessionClosed { session, cause, last_seq, valid, .. } if *session == of => {
                Some((*cause, *last_seq, *valid))
            }
            _ => None,
        })
        .await
    }

    fn waits_for(&self, what: &str) -> String {
        format!("{} waited {} s for {what}", self.name, PATIENCE.as_secs())
    }

    /// Keeps the log: every message once, in order, none missing.
    fn write_down(&mut self, event: &Event) -> Result<()> {
        match event {
            Event::Message(message) => {
                let log = self.logs.entry(message.session).or_default();
                let due = log.len() as u64 + 1;
                let (name, seq) = (&self.name, message.seq);
                ensure!(seq == due, "{name} is told message {seq} where {due} was due");
                log.push(message.text().unwrap_or_default().to_owned());
                Ok(())
            }
            Event::MessagesMissing { from_seq, to_seq, .. } => {
                bail!("{} misses the messages {from_seq} to {to_seq}", self.name)
            }
            Event::MessagesWithdrawn { to_seq, .. } => {
                bail!("{} is told to forget what came after message {to_seq}", self.name)
            }
            Event::SessionLost { session } => {
                bail!("session {session} of {} got lost", self.name)
            }
            Event::Refused(refusal) => bail!("{} was refused something: {refusal}", self.name),
            Event::Ended(reason) => bail!("the link of {} is over: {reason}", self.name),
            Event::Receipt { session, participant, delivered, .. } => {
                self.delivered.insert((*session, *participant), *delivered);
                Ok(())
            }
            Event::Interrupted(_) => {
                self.interruptions += 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
