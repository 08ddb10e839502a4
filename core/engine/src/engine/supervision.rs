//! What supervisors do beside what agents do: watch sessions. The lock is that of the tenant's floor, which decides, and the session
//! follows by a crossing.

use frontdesk_desk::fact::Act;
use frontdesk_desk::id::SessionId;
use frontdesk_desk::refusal::Refusal;

use super::company::supervisors_only;
use super::visits::seen_of;
use crate::command::{Link, Reply, ResumePoint};
use crate::turn::Turn;

impl Turn<'_> {
    pub(super) fn watch_session(
        &mut self,
        link: Link,
        resume: ResumePoint,
    ) -> Result<Reply, Refusal> {
        supervisors_only(link)?;
        let session = resume.session;
        self.admit_session(session)?;
        let after_seq = seen_of(self.engine, Some(resume));
        let now = self.now;
        let watched = self.on_floor(link, |books, agent, _, fx| {
            books.floor.watch(link.id, session, after_seq, fx)?;
            books.floor.keep_act(agent, link.id, Act::Watched { session }, now, fx);
            Ok(Reply::Done)
        });
        self.over_if_gone(link, session, watched)
    }

    pub(super) fn unwatch_session(
        &mut self,
        link: Link,
        session: SessionId,
    ) -> Result<Reply, Refusal> {
        supervisors_only(link)?;
        let now = self.now;
        self.on_floor(link, |books, agent, _, fx| {
            books.floor.unwatch(link.id, session, fx)?;
            books.floor.keep_act(agent, link.id, Act::Unwatched { session }, now, fx);
            Ok(Reply::Done)
        })
    }

    /// Says of a session that is on no floor whether it is over: it may still be there to be read.
    pub(super) fn over_if_gone(
        &mut self,
        link: Link,
        session: SessionId,
        decided: Result<Reply, Refusal>,
    ) -> Result<Reply, Refusal> {
        match decided {
            Err(Refusal::SessionNotFound) => {
                let there = self.in_session(link, session, |_, _| Ok(()));
                Err(there.map_or_else(|unknown| unknown, |()| Refusal::SessionClosed))
            }
            decided => decided,
        }
    }
}
