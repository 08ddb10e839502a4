//! What each of two will say in each session, written before anything begins.

use frontdesk::client::{MessageId, Words};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Lines of each of the two in a session. Both together stay within what a session holds for those who come back.
const LINES: u32 = 12;

/// One who says something in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Voice {
    Visitor,
    Agent,
}

/// One thing to say.
#[derive(Clone, Debug)]
pub struct Line {
    pub words: Words,
    /// For agents and supervisors only.
    pub whispered: bool,
    /// Said a second time at once, under the same id.
    pub twice: bool,
    /// What it takes the place of, if it does.
    pub replaces: Option<MessageId>,
    /// Whether it takes that back.
    pub recalls: bool,
}

#[derive(Clone, Debug)]
pub struct Script {
    pub visitor: Vec<Line>,
    pub agent: Vec<Line>,
}

impl Script {
    /// Of the session of this number.
    pub fn write(seed: u64, session: usize) -> Self {
        let mut chance = ChaCha8Rng::seed_from_u64(seed ^ (session as u64) << 32);
        let visitor = lines(&mut chance, Voice::Visitor, session);
        Self { visitor, agent: lines(&mut chance, Voice::Agent, session) }
    }

    pub fn of(&self, voice: Voice) -> &[Line] {
        match voice {
            Voice::Visitor => &self.visitor,
            Voice::Agent => &self.agent,
        }
    }

    /// Whether a message is for agents and supervisors only; a version is as what it takes the place of.
    pub fn is_whispered(&self, id: MessageId) -> bool {
        self.agent.iter().any(|line| line.whispered && line.words.id() == id)
    }

    /// How many everyone may see, and how many there are.
    pub fn seen_and_all(&self) -> (usize, usize) {
        let all = || self.visitor.iter().chain(&self.agent);
        (all().filter(|line| !line.whispered).count(), all().count())
    }
}

fn lines(chance: &mut ChaCha8Rng, voice: Voice, session: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for n in 0..LINES {
        let id = MessageId(chance.random());
        let text = format!("{voice:?} of session {session} says line {n}");
        let lot = chance.random_range(0..10);
        // Nothing is replaced twice, and no version is.
        let stands = |line: &&Line| {
            line.replaces.is_none() && lines.iter().all(|l| l.replaces != Some(line.words.id()))
        };
        let earlier = lines.iter().find(stands).map(|line| (line.words.id(), line.whispered));
        let (words, whispered, replaces) = match (lot, earlier) {
            (0 | 1, Some((of, whispered))) => {
                (Words::text(text).instead_of(of), whispered, Some(of))
            }
            (2, Some((of, whispered))) => (Words::recall(of), whispered, Some(of)),
            (3 | 4, _) if voice == Voice::Agent => (Words::text(text).for_agents(), true, None),
            _ => (Words::text(text), false, None),
        };
        let recalls = lot == 2 && replaces.is_some();
        let twice = chance.random_range(0..4) == 0;
        lines.push(Line { words: words.under(id), whispered, twice, replaces, recalls });
    }
    lines
}
