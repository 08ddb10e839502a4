//! What is done in a session: one lock, that of the session's shard.

use frontdesk_desk::id::{Person, SessionId};
use frontdesk_desk::message::Words;
use frontdesk_desk::policy::Previews;
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::session::{Page, Session, masked};

use super::visits::visitor_of;
use crate::command::{Link, MessagePage, Rating, Reply, Said};
use crate::turn::Turn;

/// Most messages in one page of history.
pub(super) const PAGE_MESSAGES_MAX: u8 = 64;
/// A page of history ends when it has so many bytes of bodies.
pub(super) const PAGE_BYTES_MAX: usize = 64 * 1024;

impl Turn<'_> {
    pub(super) fn say(
        &mut self,
        link: Link,
        session: SessionId,
        words: Words,
    ) -> Result<Said, Refusal> {
        self.admit()?;
        let now = self.now;
        self.in_session(link, session, |session, fx| {
            session.say(link.person, link.id, words, now, fx)
        })
        .map(|said| Said {
            seq: said.seq,
            wall_ms: said.wall_ms,
            duplicate: said.duplicate,
        })
    }

    pub(super) fn preview(
        &mut self,
        link: Link,
        session: SessionId,
        text: &str,
    ) -> Result<Reply, Refusal> {
        let policy = self.tenant(link.tenant)?.policy();
        let previews = policy.previews;
        if previews == Previews::Off {
            return Err(Refusal::PreviewOff);
        }
        // Before any lock: patterns take their time.
        let text = masked(text, policy.masks())?;
        let now = self.now;
        self.in_session(link, session, |session, fx| {
            session.preview(link.person, link.id, (text, previews), now, fx)
        })?;
        Ok(Reply::Done)
    }

    pub(super) fn allow_previews(
        &mut self,
        link: Link,
        session: SessionId,
        allowed: bool,
    ) -> Result<Reply, Refusal> {
        let Person::Visitor(_) = link.person else { return Err(Refusal::VisitorsOnly) };
        self.in_session(link, session, |session, fx| {
            session.allow_previews(link.person, link.id, allowed, fx)
        })?;
        Ok(Reply::Done)
    }

    pub(super) fn acknowledge(
        &mut self,
        link: Link,
        session: SessionId,
        delivered: u64,
        read: u64,
    ) -> Result<Reply, Refusal> {
        self.in_session(link, session, |session, fx| {
            session.acknowledge(link.person, link.id, delivered, read, fx)
        })?;
        Ok(Reply::Done)
    }

    pub(super) fn close(&mut self, link: Link, session: SessionId) -> Result<Reply, Refusal> {
        self.admit()?;
        let now = self.now;
        self.in_session(link, session, |session, fx| session.close(link.person, link.id, now, fx))?;
        Ok(Reply::Done)
    }

    pub(super) fn rate(
        &mut self,
        link: Link,
        session: SessionId,
        rating: Rating,
    ) -> Result<Reply, Refusal> {
        visitor_of(link)?;
        self.admit()?;
        let now = self.now;
        self.in_session(link, session, |session, fx| {
            session.rate(link.person, link.id, rating, now, fx)
        })?;
        Ok(Reply::Done)
    }

    pub(super) fn ask_rating(&mut self, link: Link, session: SessionId) -> Result<Reply, Refusal> {
        self.agents_only(link)?;
        self.in_session(link, session, |session, fx| session.ask_rating(link.person, link.id, fx))?;
        Ok(Reply::Done)
    }

    pub(super) fn read_session(
        &mut self,
        link: Link,
        session: SessionId,
    ) -> Result<Reply, Refusal> {
        self.attached(link)?;
        let view =
            self.in_session(link, session, |session, _| session.read(link.person, link.id))?;
        Ok(Reply::Session(Box::new(view)))
    }

    pub(super) fn read_messages(
        &mut self,
        link: Link,
        session: SessionId,
        from_seq: u64,
        messages_max: u8,
    ) -> Result<Reply, Refusal> {
        self.attached(link)?;
        let messages_max = usize::from(messages_max.clamp(1, PAGE_MESSAGES_MAX));
        let page = self.in_session(link, session, |there, _| {
            let page =
                there.messages(link.person, link.id, from_seq, messages_max, PAGE_BYTES_MAX)?;
            let Page { messages, last_seq } = page;
            let next_seq = messages.last().map_or(last_seq, |(seq, _)| *seq) + 1;
            Ok(MessagePage { session, messages, next_seq, last_seq })
        })?;
        Ok(Reply::Messages(Box::new(page)))
    }

    /// Lets a session of the link's tenant decide, and carries out what follows. A session of another tenant isn't found.
    pub(super) fn in_session<R>(
        &mut self,
        link: Link,
        id: SessionId,
        decide: impl FnOnce(&mut Session, &mut frontdesk_desk::effects::Effects) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        let no = self.engine.sessions.place(id);
        let mut records = self.sessions(no);
        let fx = &mut self.fx;
        let decided = records.decide(id, |session| {
            let is_its = session.tenant() == link.tenant;
            if is_its { decide(session, fx) } else { Err(Refusal::SessionNotFound) }
        });
        let decided = decided.map_or(Err(Refusal::SessionNotFound), |(decided, became)| {
            self.note(no, &mut records, id, became);
            decided
        });
        self.carry_out_and_go();
        decided
    }
}
