//! What is watched beside visitors and sessions: the floor and who waits by agents, their reception by visitors.

use frontdesk_proto::v1;
use frontdesk_proto::v1::command::Command;
use frontdesk_proto::v1::delivery::Reply;

use crate::error::RequestError;
use crate::link::{AgentLink, VisitorLink};

impl AgentLink {
    /// Watches departments (none named: all that the token reaches), and so many of their agents: with none of them it is a wallboard.
    /// The floor comes as [`Event::FloorSnapshot`](crate::Event::FloorSnapshot) and what changes as
    /// [`Event::FloorChanged`](crate::Event::FloorChanged), once a second at most. It is begun again by itself after an interruption. A
    /// second watch replaces the first.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn watch_floor<D: Into<String>>(
        &self,
        departments: impl IntoIterator<Item = D>,
        agents: u32,
    ) -> Result<(), RequestError> {
        let departments = departments.into_iter().map(Into::into).collect();
        self.begin(Command::WatchFloor(v1::WatchFloor { departments, agents })).await
    }

    /// Ends the watch of the floor.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn unwatch_floor(&self) -> Result<(), RequestError> {
        self.link.done(Command::UnwatchFloor(v1::UnwatchFloor {})).await
    }

    /// Watches who waits in departments, 1 to 16 of them, from their heads; 1 to 200 rows of each, 0 for 50. As
    /// [`AgentLink::watch_floor`] otherwise, with [`Event::QueuesSnapshot`](crate::Event::QueuesSnapshot) and
    /// [`Event::QueuesChanged`](crate::Event::QueuesChanged).
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn watch_queues<D: Into<String>>(
        &self,
        departments: impl IntoIterator<Item = D>,
        rows: u32,
    ) -> Result<(), RequestError> {
        let departments = departments.into_iter().map(Into::into).collect();
        self.begin(Command::WatchQueues(v1::WatchQueues { departments, rows })).await
    }

    /// Ends the watch of queues.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn unwatch_queues(&self) -> Result<(), RequestError> {
        self.link.done(Command::UnwatchQueues(v1::UnwatchQueues {})).await
    }

    async fn begin(&self, watch: Command) -> Result<(), RequestError> {
        match self.link.request(watch).await? {
            Reply::Watching(_) => Ok(()),
            _ => Err(RequestError::UnknownAnswer),
        }
    }
}

impl VisitorLink {
    /// Lets the page follow whether somebody is there for the visitor: answers with how it is, and
    /// [`Event::ReceptionChanged`](crate::Event::ReceptionChanged) says when that changes. In one department, or (empty) of all who
    /// receive it. It is begun again by itself after an interruption. A second watch replaces the first.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn watch_reception(
        &self,
        department: impl Into<String>,
    ) -> Result<v1::Reception, RequestError> {
        let watch = v1::WatchReception { department: department.into() };
        match self.link.request(Command::WatchReception(watch)).await? {
            Reply::Reception(reception) => Ok(reception),
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// Ends the watch of the reception.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn unwatch_reception(&self) -> Result<(), RequestError> {
        self.link.done(Command::UnwatchReception(v1::UnwatchReception {})).await
    }
}
