//! What a program holds of a link: a handle to speak with, and the stream of its events.
//!
//! The same for one person's own connection and for each person of a gateway. Handles are cheap to clone; when the last one is
//! dropped, the link is detached as dropped, and the person's grace runs.

use std::ops::Deref;
use std::sync::Arc;

use frontdesk_proto::v1::{self, command::Command, delivery::Reply};

use crate::cell::Cell;
use crate::client::Alive;
use crate::error::{NoticeError, RequestError, SayError};
use crate::event::Event;
use crate::id::{MessageId, SessionId};
use crate::visitor::Asking;
use crate::words::Words;

/// What every link can do.
#[derive(Debug, Clone)]
pub struct Link {
    held: Arc<Held>,
}

#[derive(Debug)]
struct Held {
    // Before `alive`: the goodbye must be written before the connection is closed.
    cell: Letting,
    alive: Arc<Alive>,
}

/// Lets the link go when the last handle is dropped.
#[derive(Debug)]
struct Letting(Arc<Cell>);

impl Drop for Letting {
    fn drop(&mut self) {
        self.0.let_go();
    }
}

/// A message is in the session's order, and kept as far as the broker keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// Its place in the session.
    pub seq: u64,
    /// When the broker took it, by its clock.
    pub wall_ms: u64,
    /// True if it had been said before under the same id.
    pub duplicate: bool,
    /// Its id.
    pub id: MessageId,
}

impl Said {
    pub(crate) fn of(id: MessageId, said: &v1::Said) -> Self {
        let v1::Said { seq, wall_ms, duplicate } = *said;
        Self { seq, wall_ms, duplicate, id }
    }
}

/// The answer to a request for a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The session.
    pub session: SessionId,
    /// True if it was open before this request.
    pub existing: bool,
    /// The opening's place, if one was given.
    pub opening_seq: Option<u64>,
}

/// How far a request for a session's messages got.
#[derive(Debug, Clone, PartialEq)]
pub struct MessagePage {
    /// In order, without a gap; the first may be later than asked for.
    pub messages: Vec<v1::Message>,
    /// Where the next page begins; one past `last_seq` when this was all.
    pub next_seq: u64,
    /// The session's last message.
    pub last_seq: u64,
}

impl Link {
    pub(crate) fn new(alive: Arc<Alive>, cell: Arc<Cell>) -> Self {
        Self { held: Arc::new(Held { cell: Letting(cell), alive }) }
    }

    fn cell(&self) -> &Arc<Cell> {
        &self.held.cell.0
    }

    pub(crate) async fn request(&self, command: Command) -> Result<Reply, RequestError> {
        let timeout = self.held.alive.shared.options.request_timeout;
        self.cell().request(command, timeout).await
    }

    pub(crate) async fn done(&self, command: Command) -> Result<(), RequestError> {
        match self.request(command).await? {
            Reply::Done(_) => Ok(()),
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// Says a text in a session, also while waiting, under a new random id. Waits until the broker has it; while the
    /// connection is lost, until it is back. If the call is dropped, the text may be said or not.
    ///
    /// # Errors
    /// [`SayError`]; it carries the id, so that the text can be said again with [`Link::say_as`] and is said once.
    pub async fn say(&self, session: SessionId, text: impl Into<String>) -> Result<Said, SayError> {
        self.say_as(MessageId::random(), session, text).await
    }

    /// As [`Link::say`], under an id of the program's own: an id said before gets the first answer and is not said twice.
    ///
    /// # Errors
    /// [`SayError`].
    pub async fn say_as(
        &self,
        id: MessageId,
        session: SessionId,
        text: impl Into<String>,
    ) -> Result<Said, SayError> {
        self.say_words(session, Words::text(text).under(id)).await
    }

    /// Shows what is being typed; empty: no longer typing. Nothing is waited for: the latest text wins, at the pace that the
    /// broker allows, and a message said in the session takes its place. While the link is cut off it is left out.
    ///
    /// # Errors
    /// [`NoticeError`].
    pub fn preview(&self, session: SessionId, text: impl Into<String>) -> Result<(), NoticeError> {
        let text = text.into();
        let bytes_max = self.held.alive.shared.limits().preview_bytes_max as usize;
        if bytes_max > 0 && text.len() > bytes_max {
            return Err(NoticeError::TooLong { bytes: text.len(), bytes_max });
        }
        self.cell().preview(session, text).map_err(NoticeError::Ended)
    }

    /// Says how far the session's messages were delivered and read. Nothing is waited for, nothing goes back, and nothing
    /// reaches beyond what came as an event; what is read counts as delivered. By default `delivered` is kept up by itself.
    ///
    /// # Errors
    /// [`NoticeError::Ended`].
    pub fn acknowledge(
        &self,
        session: SessionId,
        delivered: u64,
        read: u64,
    ) -> Result<(), NoticeError> {
        self.cell().acknowledge(session, delivered, read).map_err(NoticeError::Ended)
    }

    /// Ends a session: the visitor's own, also while waiting, or one that the agent has.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn close(&self, session: SessionId) -> Result<(), RequestError> {
        self.done(Command::Close(v1::Close { session: session.to_wire() })).await
    }

    /// Reads how a session stands that this person takes part in.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn read_session(&self, session: SessionId) -> Result<v1::SessionView, RequestError> {
        let read = v1::ReadSession { session: session.to_wire() };
        match self.request(Command::ReadSession(read)).await? {
            Reply::Session(view) => Ok(view),
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// Reads messages that the broker still holds, from `from_seq` (at least 1) on, at most 64; 0 for 64.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn read_messages(
        &self,
        session: SessionId,
        from_seq: u64,
        messages: u32,
    ) -> Result<MessagePage, RequestError> {
        let read = v1::ReadMessages { session: session.to_wire(), from_seq, messages };
        match self.request(Command::ReadMessages(read)).await? {
            Reply::MessagePage(v1::MessagePage { messages, next_seq, last_seq }) => {
                Ok(MessagePage { messages, next_seq, last_seq })
            }
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// Says goodbye: with its last link the person is gone at once. The link is over, and its events end.
    ///
    /// # Errors
    /// [`RequestError`]; the link is over all the same.
    pub async fn leave(self) -> Result<(), RequestError> {
        self.detach(v1::Departure::Leaving).await
    }

    /// Takes the link off; the person may be back, and its grace runs. The link is over, and its events end.
    ///
    /// # Errors
    /// [`RequestError`]; the link is over all the same.
    pub async fn drop_off(self) -> Result<(), RequestError> {
        self.detach(v1::Departure::Dropped).await
    }

    async fn detach(self, departure: v1::Departure) -> Result<(), RequestError> {
        let detach = v1::Detach { departure: departure as i32 };
        let done = self.done(Command::Detach(detach)).await;
        self.cell().detached();
        done
    }
}

/// A visitor's link.
#[derive(Debug, Clone)]
pub struct VisitorLink {
    pub(crate) link: Link,
    session: Option<SessionId>,
    previews_shown: bool,
    previews_need_consent: bool,
}

impl VisitorLink {
    pub(crate) fn new(link: Link, attached: &v1::Attached) -> Self {
        let session = SessionId::from_wire(&attached.session).ok();
        let v1::Attached { previews_shown, previews_need_consent, .. } = *attached;
        Self { link, session, previews_shown, previews_need_consent }
    }

    /// The session that was running when it was attached, if one was.
    pub fn session(&self) -> Option<SessionId> {
        self.session
    }

    /// Whether what the visitor types is shown to agents before it is sent, so that the page can say so.
    pub fn previews_shown(&self) -> bool {
        self.previews_shown
    }

    /// Whether it is shown only after [`VisitorLink::allow_previews`].
    pub fn previews_need_consent(&self) -> bool {
        self.previews_need_consent
    }

    /// Asks for a session in a department. If the visitor has an open one, that is the answer.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn ask(&self, asking: impl Into<Asking>) -> Result<Asked, RequestError> {
        let ask = asking.into().into_wire();
        match self.link.request(Command::Ask(ask)).await? {
            Reply::Asked(asked) => Ok(Asked {
                session: SessionId::from_wire(&asked.session)
                    .map_err(|_| RequestError::UnknownAnswer)?,
                existing: asked.existing,
                opening_seq: (asked.opening_seq > 0).then_some(asked.opening_seq),
            }),
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// Who is there for the visitor now, in one department or (empty) of all who receive it: what the icon and the list on its page
    /// show.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn read_reception(
        &self,
        department: impl Into<String>,
    ) -> Result<v1::Reception, RequestError> {
        let read = v1::ReadReception { department: department.into() };
        match self.link.request(Command::ReadReception(read)).await? {
            Reply::Reception(reception) => Ok(reception),
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// Goes to another page.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn view_page(
        &self,
        url: impl Into<String>,
        title: impl Into<String>,
    ) -> Result<(), RequestError> {
        let page = Some(v1::Page { url: url.into(), title: title.into() });
        self.link.done(Command::ViewPage(v1::ViewPage { page })).await
    }

    /// As [`Link::leave`].
    ///
    /// # Errors
    /// As [`Link::leave`].
    pub async fn leave(self) -> Result<(), RequestError> {
        self.link.leave().await
    }
}

impl Deref for VisitorLink {
    type Target = Link;

    fn deref(&self) -> &Link {
        &self.link
    }
}

/// The link of an agent, a bot, a supervisor or an admin.
#[derive(Debug, Clone)]
pub struct AgentLink {
    pub(crate) link: Link,
    status: v1::Status,
}

impl AgentLink {
    pub(crate) fn new(link: Link, attached: &v1::Attached) -> Self {
        Self { link, status: attached.status() }
    }

    /// The agent's status when the link was attached; later ones come as events.
    pub fn status_at_attach(&self) -> v1::Status {
        self.status
    }

    /// Begins to work for these departments, at most 16, with so many sessions at once (0: the tenant's default).
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn sign_on<D: Into<String>>(
        &self,
        departments: impl IntoIterator<Item = D>,
        capacity: u32,
    ) -> Result<v1::SignedOn, RequestError> {
        let departments = departments.into_iter().map(Into::into).collect();
        self.sign_on_as(v1::SignOn { departments, capacity, ..v1::SignOn::default() }).await
    }

    /// Changes the status to online, busy or away, with a reason of at most 64 bytes.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn set_status(
        &self,
        status: v1::Status,
        reason: impl Into<String>,
    ) -> Result<(), RequestError> {
        let (status, reason) = (status as i32, reason.into());
        self.set_status_as(v1::SetStatus { status, reason, ..v1::SetStatus::default() }).await
    }

    /// Stops working; its sessions go back to the heads of their queues.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn sign_off(&self, reason: impl Into<String>) -> Result<(), RequestError> {
        self.link.done(Command::SignOff(v1::SignOff { reason: reason.into() })).await
    }

    /// Watches the visitors present, of one site or (empty) of all; 1 to 200 rows, 0 for 50. The window comes as events, and
    /// is begun again by itself after an interruption. A second watch replaces the first.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn watch_visitors(
        &self,
        site: impl Into<String>,
        rows: u32,
    ) -> Result<(), RequestError> {
        self.watch_list(v1::WatchVisitors { site: site.into(), rows, ..Default::default() }).await
    }

    /// Watches those of the visitors present that are asked for, in the order that is asked for. As [`AgentLink::watch_visitors`]
    /// otherwise.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn watch_list(&self, watch: v1::WatchVisitors) -> Result<(), RequestError> {
        match self.link.request(Command::WatchVisitors(watch)).await? {
            Reply::Watching(_) => Ok(()),
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// Ends the watch.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn unwatch(&self) -> Result<(), RequestError> {
        self.link.done(Command::Unwatch(v1::Unwatch {})).await
    }

    /// Reads a present visitor's trail.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn read_trail(&self, visitor: impl Into<String>) -> Result<v1::Trail, RequestError> {
        let read = v1::ReadTrail { visitor: visitor.into() };
        match self.link.request(Command::ReadTrail(read)).await? {
            Reply::Trail(trail) => Ok(*trail),
            _ => Err(RequestError::UnknownAnswer),
        }
    }

    /// As [`Link::leave`].
    ///
    /// # Errors
    /// As [`Link::leave`].
    pub async fn leave(self) -> Result<(), RequestError> {
        self.link.leave().await
    }

    /// Watches a session: its events come as those of one's own do, and what is being typed while it waits too. By supervisors and
    /// admins. Nothing of it is acknowledged. After an interruption the client watches again by itself.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn watch_session(&self, session: SessionId) -> Result<(), RequestError> {
        let resume = v1::Resume { session: session.to_wire(), ..Default::default() };
        let watch = v1::WatchSession { resume: Some(resume) };
        self.link.done(Command::WatchSession(watch)).await
    }

    /// Watches a session no longer; [`Event::WatchEnded`] is its last event.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn unwatch_session(&self, session: SessionId) -> Result<(), RequestError> {
        let unwatch = v1::UnwatchSession { session: session.to_wire() };
        self.link.done(Command::UnwatchSession(unwatch)).await
    }

    /// Reads the tenant's counts.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn read_counts(&self) -> Result<v1::Counts, RequestError> {
        self.read_counts_by(v1::ReadCounts::default()).await
    }

    /// Reads the tenant's counts, and the visitors present by sites, groups of sites and regions: `Counts.breakdown`.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn read_counts_by(&self, by: v1::ReadCounts) -> Result<v1::Counts, RequestError> {
        match self.link.request(Command::ReadCounts(by)).await? {
            Reply::Counts(counts) => Ok(counts),
            _ => Err(RequestError::UnknownAnswer),
        }
    }
}

impl Deref for AgentLink {
    type Target = Link;

    fn deref(&self) -> &Link {
        &self.link
    }
}

/// What happens on a link, in order.
///
/// Taking an event gives its credit back to the broker, so a program that doesn't take them is felt there, and on no other
/// link. Dropped, the events of the link are thrown away as they come.
#[derive(Debug)]
pub struct Events {
    cell: Arc<Cell>,
}

impl Events {
    pub(crate) fn new(cell: Arc<Cell>) -> Self {
        Self { cell }
    }

    /// The next event, waited for; `None` after [`Event::Ended`]. Loses nothing when cancelled.
    pub async fn next(&mut self) -> Option<Event> {
        std::future::poll_fn(|context| self.cell.poll_event(context)).await
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.cell.drop_events();
    }
}
