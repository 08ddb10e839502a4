//! A person at a device: its link, the deliveries that reach it, and the logs that it keeps of them.
//!
//! Never decides what ought to have been told; it finds what was.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use frontdesk::desk::delivery::{
    CloseCause, Delivery, ParticipantId, Resumed, Status, VisitorList, VisitorRow,
};
use frontdesk::desk::id::SessionId;
use frontdesk::engine::{Attached, Link, LinkToken, Reader};

/// One person at a device: a link, where what it is told arrives, and the logs it keeps.
pub(crate) struct Seat {
    pub(crate) name: String,
    pub(crate) link: Link,
    pub(crate) token: LinkToken,
    reader: Reader<Delivery>,
    logs: BTreeMap<SessionId, BTreeMap<u64, String>>,
}

impl Seat {
    pub(crate) fn new(name: &str, attached: Attached, reader: Reader<Delivery>) -> Self {
        let Attached { link, token, .. } = attached;
        Self { name: name.to_owned(), link, token, reader, logs: BTreeMap::new() }
    }

    /// Goes on through another link, with the logs kept so far.
    pub(crate) fn come_back(&mut self, attached: Attached, reader: Reader<Delivery>) {
        (self.link, self.token, self.reader) = (attached.link, attached.token, reader);
    }

    /// What the person was told since the last time, in order.
    pub(crate) fn hear(&mut self) -> Result<Heard> {
        let mut told = Vec::new();
        let ended = self.reader.try_drain_all(|_, delivery| told.push(delivery));
        if let Some((_, why)) = ended.first() {
            bail!("the link of {} ended: {why:?}", self.name);
        }
        for delivery in &told {
            if let Delivery::Message { session, seq, message } = delivery {
                let text = String::from_utf8_lossy(message.words.body()).into_owned();
                self.write_down(*session, *seq, text)?;
            }
        }
        Ok(Heard { who: self.name.clone(), told })
    }

    /// Writes a message into the log; twice the same place is no fault, twice with other words is.
    pub(crate) fn write_down(&mut self, session: SessionId, seq: u64, text: String) -> Result<()> {
        let log = self.logs.entry(session).or_default();
        match log.insert(seq, text.clone()) {
            Some(before) if before != text => {
                bail!("{} has two messages {seq}: {before:?} and {text:?}", self.name)
            }
            _ => Ok(()),
        }
    }

    /// The highest place up to which the log has no gap.
    pub(crate) fn seen(&self, session: SessionId) -> u64 {
        self.log(session).map_or(0, |log| log.len() as u64)
    }

    /// The log of a session from its first message, if it has no gap.
    pub(crate) fn log(&self, session: SessionId) -> Result<Vec<String>> {
        let Some(log) = self.logs.get(&session) else { return Ok(Vec::new()) };
        if let Some((at, gap)) = (1..).zip(log.keys()).find(|(due, seq)| due != *seq) {
            bail!("{} misses message {at}; the next one is {gap}", self.name);
        }
        Ok(log.values().cloned().collect())
    }
}

/// What someone was told.
pub(crate) struct Heard {
    who: String,
    told: Vec<Delivery>,
}

impl Heard {
    /// The last delivery that `pick` takes; without one the story has failed.
    fn last<T>(&self, what: &str, pick: impl Fn(&Delivery) -> Option<T>) -> Result<T> {
        self.told
            .iter()
            .rev()
            .find_map(pick)
            .with_context(|| format!("{} was not told {what}, but {:?}", self.who, self.told))
    }

    /// The agent's status.
    pub(crate) fn status(&self) -> Result<Status> {
        self.last("its status", |delivery| match delivery {
            Delivery::StatusChanged { status, .. } => Some(*status),
            _ => None,
        })
    }

    /// The list of visitors, or the last change of it.
    pub(crate) fn list(&self) -> Result<VisitorList> {
        self.last("who is there", |delivery| match delivery {
            Delivery::VisitorsSnapshot(list) | Delivery::VisitorsChanged(list) => {
                Some((**list).clone())
            }
            _ => None,
        })
    }

    /// One visitor's row of the list.
    pub(crate) fn row(&self, visitor: &str) -> Result<VisitorRow> {
        let list = self.list()?;
        let row = list.rows.iter().find(|row| row.visitor.as_str() == visitor);
        row.map(|row| VisitorRow::clone(row))
            .with_context(|| format!("{visitor} is not in the list {list:?}"))
    }

    /// The place in the queue.
    pub(crate) fn position(&self) -> Result<u32> {
        self.last("a place in the queue", |delivery| match delivery {
            Delivery::QueuePosition { position, .. } => Some(*position),
            _ => None,
        })
    }

    /// Who joined.
    pub(crate) fn joined(&self) -> Result<ParticipantId> {
        self.last("who joined", |delivery| match delivery {
            Delivery::ParticipantJoined { participant, .. } => Some(participant.id.clone()),
            _ => None,
        })
    }

    /// What a visitor types.
    pub(crate) fn preview(&self) -> Result<String> {
        self.last("what is typed", |delivery| match delivery {
            Delivery::Preview { text, .. } => Some(text.to_string()),
            _ => None,
        })
    }

    /// Whether the other one types.
    pub(crate) fn typing(&self) -> Result<bool> {
        self.last("who types", |delivery| match delivery {
            Delivery::Typing { typing, .. } => Some(*typing),
            _ => None,
        })
    }

    /// Which participant has received and read up to where.
    pub(crate) fn receipt(&self) -> Result<(u16, u64, u64)> {
        self.last("what has arrived", |delivery| match delivery {
            Delivery::Receipt { participant, delivered, read, .. } => {
                Some((*participant, *delivered, *read))
            }
            _ => None,
        })
    }

    /// Where the log goes on.
    pub(crate) fn resumed(&self) -> Result<Resumed> {
        self.last("where it goes on", |delivery| match delivery {
            Delivery::Resumed { replay, .. } => Some(*replay),
            _ => None,
        })
    }

    /// How a session ended: why, after how many messages, and whether its visitor said anything.
    pub(crate) fn closed(&self, of: SessionId) -> Result<(CloseCause, u64, bool)> {
        self.last("of the end", |delivery| match delivery {
            Delivery::SessionClosed { session, cause, last_seq, valid, .. } if *session == of => {
                Some((*cause, *last_seq, *valid))
            }
            _ => None,
        })
    }

    /// The places of the messages, in the order in which they came.
    pub(crate) fn seqs(&self) -> Vec<u64> {
        let seq = |delivery: &Delivery| match delivery {
            Delivery::Message { seq, .. } => Some(*seq),
            _ => None,
        };
        self.told.iter().filter_map(seq).collect()
    }
}
