//! How somebody is attached: what a link is to be, and what it has become.

use std::sync::Arc;

use frontdesk_desk::delivery::Status;
use frontdesk_desk::id::{AgentId, SessionId, SiteId, VisitorId};
use frontdesk_desk::page::{Arrival, Page};
use frontdesk_desk::policy::Previews;
use frontdesk_desk::role::{Reach, Role};

use super::{Link, RoomResumePoint};

/// 16 bytes that name one link of a person and are known to that person alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LinkToken(pub [u8; 16]);

impl std::fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkToken(..)")
    }
}

/// 16 random bytes that name one life of the engine's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Epoch(pub [u8; 16]);

/// Where someone wants to go on in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResumePoint {
    /// Which session.
    pub session: SessionId,
    /// The epoch in which `seq` was seen.
    pub epoch: Epoch,
    /// The last sequence number seen without a gap.
    pub seq: u64,
}

/// A visitor's link to be.
#[derive(Clone, Debug)]
pub struct VisitorAttach {
    /// The site it is on.
    pub site: SiteId,
    /// Who it is.
    pub visitor: VisitorId,
    /// The page it is on; required with the first link of a visit.
    pub page: Option<Page>,
    /// What its front end knows.
    pub arrival: Arrival,
    /// The link whose place this one takes.
    pub replaces: Option<LinkToken>,
    /// Where it goes on.
    pub resume: Option<ResumePoint>,
}

/// An agent's link to be.
#[derive(Clone, Debug)]
pub struct AgentAttach {
    /// Who it is.
    pub agent: AgentId,
    /// As what; it holds for this link only.
    pub role: Role,
    /// The departments that it may watch through it, and whose sessions a supervisor may; every department for [`AgentAttach::new`].
    pub reach: Reach,
    /// The network address that it comes from, kept with what is done through it; empty for unknown.
    pub address: Arc<str>,
    /// The link whose place this one takes.
    pub replaces: Option<LinkToken>,
    /// Where it goes on, by session.
    pub resume: Vec<ResumePoint>,
    /// Where it goes on, by room.
    pub rooms: Vec<RoomResumePoint>,
}

impl AgentAttach {
    /// A link in nobody's place, for a plain agent.
    ///
    /// ```
    /// use frontdesk_desk::id::AgentId;
    /// use frontdesk_desk::role::Role;
    /// use frontdesk_engine::AgentAttach;
    ///
    /// let sue = AgentId::new("sue").unwrap();
    /// let attach = AgentAttach { role: Role::Supervisor, ..AgentAttach::new(sue) };
    /// assert!(attach.replaces.is_none());
    /// ```
    pub fn new(agent: AgentId) -> Self {
        let (role, reach) = (Role::Agent, Reach::All);
        let (resume, rooms) = (Vec::new(), Vec::new());
        Self { agent, role, reach, address: "".into(), replaces: None, resume, rooms }
    }
}

/// A link that stands.
#[derive(Clone, Debug)]
pub struct Attached {
    /// The link.
    pub link: Link,
    /// Its token, to replace it by.
    pub token: LinkToken,
    /// A visitor's running session.
    pub session: Option<SessionId>,
    /// Whether what visitors type is shown.
    pub previews: Previews,
    /// An agent's status.
    pub status: Option<Status>,
}

/// Why a link goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// The person may be back: the grace runs.
    Dropped,
    /// The person said goodbye: with the last link it is gone at once.
    Leaving,
}
