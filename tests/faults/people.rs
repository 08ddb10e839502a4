//! The people in the sessions: each says its lines while it reads what comes, until it has read and was read to the end.
//!
//! What each took is counted before it is acknowledged, and what each is told of the other's receipts is noted with that count, so
//! that a receipt that ran ahead is seen for certain.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use frontdesk::client::{
    AgentLink, Event, Events, Link, Message, MessageId, SessionId, VisitorLink,
};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::script::{Line, Script, Voice};
use crate::severing::Severing;

/// Numbers of participants: who asked, and who answers.
const VISITOR: u32 = 1;
const AGENT: u32 = 2;

/// When one who waits gives up: far beyond what anything takes here.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many of those that everyone may see somebody has taken and read in a session.
#[derive(Debug, Default)]
pub struct Taken {
    delivered: AtomicUsize,
    read: AtomicUsize,
}

/// What all share of one session.
#[derive(Debug)]
pub struct Stage {
    pub script: Script,
    visitor: Taken,
    agent: Taken,
}

impl Stage {
    pub fn of(script: Script) -> Self {
        Self { script, visitor: Taken::default(), agent: Taken::default() }
    }

    fn taken(&self, voice: Voice) -> &Taken {
        match voice {
            Voice::Visitor => &self.visitor,
            Voice::Agent => &self.agent,
        }
    }
}

/// A receipt of another, and what that other had taken when it was told.
#[derive(Debug)]
pub struct Told {
    pub delivered: u64,
    pub read: u64,
    pub taken: usize,
    pub taken_read: usize,
}

/// What one person came to see of a session.
#[derive(Debug, Default)]
pub struct Book {
    pub messages: Vec<Message>,
    pub told: Vec<Told>,
    /// Events that must not come.
    pub odd: Vec<Event>,
    other_read: u64,
    last_seen_by_all: u64,
}

/// The answers to what was said: the place that each got in its sender's own order.
pub type Answers = HashMap<MessageId, u64>;

/// What one person has to show in the end.
pub struct Record {
    pub books: HashMap<usize, Book>,
    pub answers: Answers,
    pub sessions: HashMap<usize, SessionId>,
    pub link: Link,
    pub events: Events,
}

/// One who takes part in sessions, or watches them (`voice` is `None` then).
pub struct Person {
    pub voice: Option<Voice>,
    pub link: Link,
    pub events: Events,
    pub stages: Arc<Vec<Stage>>,
    pub severing: Arc<Severing>,
    pub sessions_due: usize,
    /// Falls when all are done; until then everyone goes on reading.
    pub curtain: Arc<Barrier>,
}

impl Person {
    pub fn visitor(
        link: &VisitorLink,
        events: Events,
        stages: Arc<Vec<Stage>>,
        (severing, curtain): (Arc<Severing>, Arc<Barrier>),
    ) -> Self {
        let (voice, link) = (Some(Voice::Visitor), Link::clone(link));
        Self { voice, link, events, stages, severing, sessions_due: 1, curtain }
    }

    /// An agent, or a supervisor who only watches.
    pub fn agent(
        (voice, sessions_due): (Option<Voice>, usize),
        link: &AgentLink,
        events: Events,
        stages: Arc<Vec<Stage>>,
        (severing, curtain): (Arc<Severing>, Arc<Barrier>),
    ) -> Self {
        Self { voice, link: Link::clone(link), events, stages, severing, sessions_due, curtain }
    }

    /// Reads, and says its lines in each session that opens, until all is said, taken and receipted.
    pub async fn play(mut self) -> Record {
        let mut books: HashMap<usize, Book> = HashMap::new();
        let mut numbers: HashMap<SessionId, usize> = HashMap::new();
        let mut saying = JoinSet::new();
        let curtain = Arc::clone(&self.curtain);
        let mut down = std::pin::pin!(curtain.wait());
        loop {
            let is_done = self.is_done(&books);
            let next = tokio::select! {
                _ = &mut down, if is_done => break,
                next = tokio::time::timeout(PATIENCE, self.events.next()) => next,
            };
            // Who is done waits for the others as long as those have patience.
            if is_done && next.is_err() {
                continue;
            }
            let Ok(Some(event)) = next else { panic!("{}", self.lacks(&books)) };
            if let Event::SessionOpened { session, view } = &event
                && !numbers.contains_key(session)
            {
                let number = number_of(&view.visitor);
                numbers.insert(*session, number);
                books.insert(number, Book::default());
                if let Some(voice) = self.voice {
                    saying.spawn(say_all(
                        (self.link.clone(), *session),
                        self.stages[number].script.of(voice).to_vec(),
                        Arc::clone(&self.severing),
                    ));
                }
            }
            self.take(event, &numbers, &mut books);
        }
        let mut answers = Answers::new();
        for said in saying.join_all().await {
            answers.extend(said);
        }
        let sessions = numbers.into_iter().map(|(session, number)| (number, session)).collect();
        Record { books, answers, sessions, link: self.link, events: self.events }
    }

    /// How many messages of a session it gets to see.
    fn due(&self, number: usize) -> usize {
        let (seen, all) = self.stages[number].script.seen_and_all();
        if self.voice == Some(Voice::Visitor) { seen } else { all }
    }

    fn is_done(&self, books: &HashMap<usize, Book>) -> bool {
        let done = |(number, book): (&usize, &Book)| {
            let was_read = self.voice.is_none() || book.other_read >= book.last_seen_by_all;
            book.messages.len() >= self.due(*number) && was_read
        };
        books.len() == self.sessions_due && books.iter().all(done)
    }

    /// What it waits for in vain.
    fn lacks(&self, books: &HashMap<usize, Book>) -> String {
        let stands = books.iter().map(|(number, book)| {
            let (has, due) = (book.messages.len(), self.due(*number));
            let (read, until) = (book.other_read, book.last_seen_by_all);
            format!("session {number}: {has} of {due} messages, read to {read} of {until}")
        });
        let stands: Vec<_> = stands.collect();
        let (voice, due) = (self.voice, self.sessions_due);
        format!("{voice:?}: {} of {due} sessions; {}", stands.len(), stands.join("; "))
    }

    fn take(
        &self,
        event: Event,
        numbers: &HashMap<SessionId, usize>,
        books: &mut HashMap<usize, Book>,
    ) {
        match event {
            Event::Message(message) => {
                let number = numbers[&message.session];
                let book = books.get_mut(&number).expect("it was opened");
                self.take_message(message, (&self.stages[number], self.due(number)), book);
            }
            Event::SessionOpened { session, view } => {
                let number = numbers[&session];
                let book = books.get_mut(&number).expect("it was opened");
                assert_eq!(view.you == 0, self.voice.is_none(), "a part of no number: {view:?}");
                for one in &view.participants {
                    self.take_receipt((one.number, one.delivered, one.read), number, book);
                }
            }
            Event::Receipt { session, participant, delivered, read } => {
                let number = numbers[&session];
                let book = books.get_mut(&number).expect("it was opened");
                self.take_receipt((participant, delivered, read), number, book);
            }
            event @ (Event::MessagesMissing { session, .. }
            | Event::MessagesWithdrawn { session, .. }
            | Event::SessionClosed { session, .. }
            | Event::WatchEnded { session }
            | Event::SessionLost { session }) => {
                books.get_mut(&numbers[&session]).expect("it was opened").odd.push(event);
            }
            Event::Refused(refusal) => panic!("refused: {refusal}"),
            _ => {}
        }
    }

    fn take_message(&self, message: Message, (stage, due): (&Stage, usize), book: &mut Book) {
        let for_all = !stage.script.is_whispered(id_of(&message));
        if for_all {
            book.last_seen_by_all = message.seq;
        }
        let (session, seq) = (message.session, message.seq);
        book.messages.push(message);
        let Some(voice) = self.voice else { return };
        let taken = stage.taken(voice);
        if for_all {
            taken.delivered.fetch_add(1, Ordering::SeqCst);
        }
        // Read now and then, and at the end.
        let is_read = seq % 3 == 0 || book.messages.len() >= due;
        if is_read {
            taken.read.store(taken.delivered.load(Ordering::SeqCst), Ordering::SeqCst);
        }
        let read = if is_read { seq } else { 0 };
        self.link.acknowledge(session, seq, read).expect("the link goes on");
    }

    fn take_receipt(&self, (of, delivered, read): (u32, u64, u64), number: usize, book: &mut Book) {
        let other = match (of, self.voice) {
            (VISITOR, Some(Voice::Agent) | None) => Voice::Visitor,
            (AGENT, Some(Voice::Visitor) | None) => Voice::Agent,
            _ => return,
        };
        let taken = self.stages[number].taken(other);
        let (taken, taken_read) =
            (taken.delivered.load(Ordering::SeqCst), taken.read.load(Ordering::SeqCst));
        book.other_read = book.other_read.max(read);
        book.told.push(Told { delivered, read, taken, taken_read });
    }
}

/// The number of a session, which is that of its visitor.
fn number_of(visitor: &str) -> usize {
    visitor.strip_prefix("v-").and_then(|number| number.parse().ok()).expect("a visitor of ours")
}

/// Says lines one after the other, some of them twice at once, and gives the places they got.
async fn say_all(
    (link, session): (Link, SessionId),
    lines: Vec<Line>,
    severing: Arc<Severing>,
) -> Answers {
    let mut answers = Answers::new();
    for line in lines {
        let say = || link.say_words(session, line.words.clone());
        let said = if line.twice {
            let (first, second) = tokio::join!(say(), say());
            let (first, second) = (first.expect("said"), second.expect("said again"));
            assert_eq!(first.seq, second.seq, "two places for one message");
            assert!(first.duplicate || second.duplicate, "said twice and taken twice");
            first
        } else {
            say().await.expect("said")
        };
        answers.insert(line.words.id(), said.seq);
        severing.said_one();
    }
    answers
}

/// A message's own id.
pub fn id_of(message: &Message) -> MessageId {
    let bytes: &Bytes = &message.client_message_id;
    MessageId(bytes[..].try_into().expect("16 bytes"))
}
