//! What supervisors do beside what agents do: watch sessions. The lock is that of the tenant's floor, which decides, and the session
//! follows by a crossing.

use frontdesk_desk::id::SessionId;
use frontdesk_desk::refusal::Refusal;

use super::visits::seen_of;
use crate::command::{Link, Person, Reply, ResumePoint};
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
        let watched = self.on_floor(link, |books, _, _, fx| {
            books.floor.watch(link.id, session, after_seq, fx)?;
            Ok(Reply::Done)
        });
        match watched {
            Err(Refusal::SessionNotFound) => Err(self.over_or_unknown(link, session)),
            watched => watched,
        }
    }

    pub(super) fn unwatch_session(
        &mut self,
        link: Link,
        session: SessionId,
    ) -> Result<Reply, Refusal> {
        supervisors_only(link)?;
        self.on_floor(link, |books, _, _, fx| {
            books.floor.unwatch(link.id, session, fx)?;
            Ok(Reply::Done)
        })
    }

    /// Why a session is on no floor: it may still be there to be read.
    fn over_or_unknown(&mut self, link: Link, session: SessionId) -> Refusal {
        self.in_session(link, session, |_, _| Ok(()))
            .map_or_else(|unknown| unknown, |()| Refusal::SessionClosed)
    }
}

/// Whether a link can be a supervisor's at all; the floor knows which ones are.
fn supervisors_only(link: Link) -> Result<(), Refusal> {
    match link.person {
        Person::Agent(_) => Ok(()),
        Person::Visitor(_) => Err(Refusal::SupervisorsOnly),
    }
}
