//! A supervisor's console: a line of text is a command, and what happens in watched sessions is printed.
//!
//! ```text
//! board                   departments and agents
//! who                     visitors on the site
//! watch VISITOR           follow the visitor's session, also what is being typed
//! unwatch VISITOR
//! whisper VISITOR TEXT    say something that agents see and the visitor doesn't
//! take VISITOR            take the session over
//! say VISITOR TEXT        say something that all see, once one has taken it over
//! end VISITOR             end the session
//! all TEXT                say something to all agents of the department
//! quit
//! ```

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use frontdesk::client::{AgentLink, Event, Seen, SessionId, Words, v1};

use super::board::Board;

/// What a line came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// This is to be printed.
    Shown(String),
    /// The supervisor goes home.
    Quit,
}

/// The console.
pub(crate) struct Console {
    pub(crate) link: AgentLink,
    pub(crate) board: Board,
    department: String,
    /// The visitors whose sessions are followed, or taken part in.
    followed: BTreeMap<SessionId, String>,
    /// Sessions in which it takes part.
    joined: Vec<SessionId>,
}

impl Console {
    /// Signs on, away, and begins to watch.
    pub(crate) async fn open(link: AgentLink, department: String) -> Result<Self> {
        link.sign_on([&department], 5).await?;
        link.watch_floor::<&str>([], 200).await?;
        link.watch_visitors("", 200).await?;
        let (board, followed, joined) = (Board::default(), BTreeMap::new(), Vec::new());
        Ok(Self { link, board, department, followed, joined })
    }

    /// Does what a line says. An error is a sentence for who typed it; the console goes on.
    pub(crate) async fn command(&mut self, line: &str) -> Result<Done> {
        let (verb, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let (whom, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let shown = match verb {
            "board" => self.board.draw(),
            "who" => self.board.visitors(),
            "quit" => return Ok(Done::Quit),
            "all" => {
                self.link.announce(&self.department, rest).await?;
                "said to all".to_owned()
            }
            "watch" => {
                let session = self.follow(whom)?;
                self.link.watch_session(session).await?;
                format!("watching {whom}")
            }
            "unwatch" => {
                let session = self.session_of(whom)?;
                self.link.unwatch_session(session).await?;
                format!("{whom} is watched no longer")
            }
            "whisper" => {
                let session = self.follow(whom)?;
                if !self.joined.contains(&session) {
                    self.link.join_session(session, Seen::ByAgents).await?;
                    self.joined.push(session);
                }
                self.link.say_words(session, Words::text(text).for_agents()).await?;
                "whispered".to_owned()
            }
            "take" => {
                let session = self.follow(whom)?;
                self.link.take_over(session).await?;
                self.joined.push(session);
                format!("{whom} is yours")
            }
            "say" => {
                let session = self.session_of(whom)?;
                self.link.say(session, text).await?;
                "said".to_owned()
            }
            "end" => {
                let session = self.session_of(whom)?;
                self.link.end_session(session).await?;
                format!("the session of {whom} is over")
            }
            "" => String::new(),
            _ => bail!(
                "board, who, watch, unwatch, whisper, take, say, end, all and quit are known, and not {verb:?}"
            ),
        };
        Ok(Done::Shown(shown))
    }

    /// Takes an event in; what it is to print, if anything.
    pub(crate) fn hear(&mut self, event: &Event) -> Option<String> {
        self.board.see(event);
        let named = |session: &SessionId| self.followed.get(session).cloned().unwrap_or_default();
        match event {
            Event::Message(said) => {
                let whom = match v1::Audience::try_from(said.audience) {
                    Ok(v1::Audience::Unspecified | v1::Audience::Everyone) => "",
                    _ => " (whispers)",
                };
                let (name, text) = (named(&said.session), said.text().unwrap_or("…"));
                Some(format!("[{name}] {}{whom}: {text}", said.from))
            }
            Event::PreviewShown { session, text, .. } if !text.is_empty() => {
                Some(format!("[{}] types: {text}", named(session)))
            }
            Event::ParticipantJoined { session, participant } => Some(format!(
                "[{}] {} joins as {}",
                named(session),
                participant.id,
                participant.number
            )),
            Event::ParticipantLeft { session, number } => {
                Some(format!("[{}] {number} leaves", named(session)))
            }
            Event::SessionClosed { session, cause, .. } => {
                self.joined.retain(|joined| joined != session);
                let name = self.followed.remove(session).unwrap_or_default();
                Some(format!("[{name}] over: {}", cause.as_str_name()))
            }
            Event::Announcement { said, .. } => {
                Some(format!("{} to all: {}", said.agent, said.text))
            }
            _ => None,
        }
    }

    /// The session that a visitor is in, to be named by it from now on.
    fn follow(&mut self, visitor: &str) -> Result<SessionId> {
        let session = self.session_of(visitor)?;
        self.followed.insert(session, visitor.to_owned());
        Ok(session)
    }

    fn session_of(&self, visitor: &str) -> Result<SessionId> {
        let session = self.board.session_of(visitor);
        session
            .with_context(|| format!("{visitor:?} is in no session; \"who\" lists those there are"))
    }
}
