//! A client: one connection, kept up, and the links on it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use frontdesk_proto::v1;
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot, watch};

use crate::attachment::{Attachment, Bounds, Person};
use crate::cell::Cell;
use crate::error::{AttachError, ConnectError};
use crate::keeper;
use crate::lane::Lane;
use crate::link::{AgentLink, Events, Link, VisitorLink};
use crate::options::Options;
use crate::refusal::EndReason;
use crate::transport::Wire;
use crate::visitor::Visitor;

/// A connection to a broker that comes back by itself, for one person or for a gateway's many.
///
/// Clones are the same client. When the last clone and the last link are dropped, the connection is closed.
#[derive(Debug, Clone)]
pub struct Client {
    alive: Arc<Alive>,
}

/// Closes the connection when nobody holds it any more.
#[derive(Debug)]
pub(crate) struct Alive {
    pub(crate) shared: Arc<Shared>,
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.shared.closing.notify_one();
    }
}

/// What the keeper, the links and the program share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) welcome: Mutex<v1::Welcome>,
    pub(crate) phase: Mutex<Phase>,
    pub(crate) cells: Mutex<HashMap<u64, Arc<Cell>>>,
    /// The program wants the end; the keeper hears it.
    pub(crate) closing: Notify,
    /// The keeper has ended everything.
    pub(crate) ended: watch::Sender<bool>,
    next_key: AtomicU64,
    next_link: AtomicU32,
    next_lane: AtomicUsize,
}

/// Where the connection stands.
#[derive(Debug)]
pub(crate) enum Phase {
    Up { wire: Arc<Wire>, lanes: Vec<Arc<Lane>> },
    Down,
    Over(EndReason),
}

impl Client {
    /// Connects, says hello and opens the lanes: one attempt, within the connect timeout. From then on lost connections are
    /// made again as the options say.
    ///
    /// # Errors
    /// [`ConnectError`] tells what this one attempt failed of.
    pub async fn connect(options: Options) -> Result<Self, ConnectError> {
        let connected = keeper::connect(&options).await?;
        let phase = Phase::Up { wire: connected.wire.clone(), lanes: connected.lanes.clone() };
        let shared = Arc::new(Shared {
            options,
            welcome: Mutex::new(connected.welcome.clone()),
            phase: Mutex::new(phase),
            cells: Mutex::default(),
            closing: Notify::new(),
            ended: watch::Sender::new(false),
            next_key: AtomicU64::new(0),
            next_link: AtomicU32::new(0),
            next_lane: AtomicUsize::new(0),
        });
        tokio::spawn(keeper::keep(shared.clone(), connected));
        Ok(Self { alive: Arc::new(Alive { shared }) })
    }

    /// Attaches a visitor.
    ///
    /// # Errors
    /// [`AttachError`]; nothing is left attached then.
    pub async fn attach_visitor(
        &self,
        visitor: Visitor,
    ) -> Result<(VisitorLink, Events), AttachError> {
        let person = Person::Visitor(visitor.into_wire());
        let (link, events, attached) = self.attach(person).await?;
        Ok((VisitorLink::new(link, &attached), events))
    }

    /// Attaches an agent by its id; empty where an agent's own token names it. Signs nobody on.
    ///
    /// # Errors
    /// [`AttachError`]; nothing is left attached then.
    pub async fn attach_agent(
        &self,
        agent: impl Into<String>,
    ) -> Result<(AgentLink, Events), AttachError> {
        self.attach_agent_as(agent, v1::Role::Unspecified).await
    }

    /// As [`Client::attach_agent`], in a role: a gateway's agents are plain ones unless it says BOT or SUPERVISOR. An agent's own
    /// token has its role.
    ///
    /// # Errors
    /// [`AttachError`]; nothing is left attached then.
    pub async fn attach_agent_as(
        &self,
        agent: impl Into<String>,
        role: v1::Role,
    ) -> Result<(AgentLink, Events), AttachError> {
        let agent =
            v1::AttachAgent { agent: agent.into(), role: role.into(), ..Default::default() };
        let (link, events, attached) = self.attach(Person::Agent(agent)).await?;
        Ok((AgentLink::new(link, &attached), events))
    }

    /// The broker's welcome to the present connection, or to the last one: limits, role, tenant, epoch.
    pub fn welcome(&self) -> v1::Welcome {
        self.shared().welcome.lock().clone()
    }

    /// Ends all links as dropped, after what was said is written, and closes the connection. Returns when it is done.
    pub async fn close(self) {
        let mut ended = self.shared().ended.subscribe();
        self.shared().closing.notify_one();
        // It fails when the keeper is gone, which is as good.
        let _ = ended.wait_for(|ended| *ended).await;
    }

    /// For tests: breaks the connection without a word to the broker, as a network that goes away does. From here on nothing
    /// of it reaches the network; this side takes it for lost at once and connects again from a new port, the broker finds
    /// out by its idle timeout or when a link is attached anew in another's place. Does nothing while not connected.
    #[doc(hidden)]
    pub fn sever(&self) {
        if let Phase::Up { wire, .. } = &*self.shared().phase.lock() {
            wire.sever();
        }
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.alive.shared
    }

    async fn attach(&self, person: Person) -> Result<(Link, Events, v1::Attached), AttachError> {
        let shared = self.shared();
        let Options { events_max, deliveries, requests_max, request_timeout, .. } = shared.options;
        let (awaited, attached) = oneshot::channel();
        let attachment = Attachment::new(Bounds { events_max, deliveries }, person, awaited);
        let key = shared.next_key.fetch_add(1, Ordering::Relaxed);
        let cell = Arc::new(Cell::new(key, shared, attachment, requests_max));
        let bytes_max = shared.limits().frame_bytes_max as usize;
        let bytes = cell.attach_bytes();
        if bytes_max > 0 && bytes > bytes_max {
            return Err(AttachError::TooLong { bytes, bytes_max });
        }
        // Whatever ends this call early drops the link, and that detaches it.
        let link = Link::new(self.alive.clone(), cell.clone());
        let events = Events::new(cell.clone());
        shared.room().await;
        shared.cells.lock().insert(key, cell.clone());
        shared.attach(&cell);
        match tokio::time::timeout(request_timeout, attached).await {
            Ok(Ok(attached)) => Ok((link, events, attached?)),
            Ok(Err(_)) => Err(AttachError::Ended(EndReason::Closed)),
            Err(_) => Err(AttachError::TimedOut),
        }
    }
}

impl Shared {
    pub(crate) fn limits(&self) -> v1::Limits {
        self.welcome.lock().limits.unwrap_or_default()
    }

    /// The links there are.
    pub(crate) fn cells(&self) -> Vec<Arc<Cell>> {
        self.cells.lock().values().cloned().collect()
    }

    /// Attaches a link on the next lane in turn; while there is no connection, the keeper does it later.
    pub(crate) fn attach(&self, cell: &Arc<Cell>) {
        let lane = match &*self.phase.lock() {
            Phase::Up { lanes, .. } => Ok(self.lane_in_turn(lanes)),
            Phase::Down => return,
            Phase::Over(reason) => Err(reason.clone()),
        };
        match lane {
            Ok(Some(lane)) => cell.attach(&lane, self.link_number()),
            Ok(None) => {}
            Err(reason) => {
                cell.end(reason);
                self.forget(cell.key);
            }
        }
    }

    pub(crate) fn forget(&self, key: u64) {
        let cell = self.cells.lock().remove(&key);
        drop(cell);
    }

    /// Waits until the lane that is next in turn has room for another attach.
    async fn room(&self) {
        let lane = match &*self.phase.lock() {
            Phase::Up { lanes, .. } => {
                let turn = self.next_lane.load(Ordering::Relaxed);
                lanes.get(turn % lanes.len().max(1)).cloned()
            }
            Phase::Down | Phase::Over(_) => None,
        };
        if let Some(lane) = lane {
            lane.room().await;
        }
    }

    fn lane_in_turn(&self, lanes: &[Arc<Lane>]) -> Option<Arc<Lane>> {
        let turn = self.next_lane.fetch_add(1, Ordering::Relaxed);
        lanes.get(turn % lanes.len().max(1)).cloned()
    }

    /// A number for an attach that no link of the connection has. Each attach gets a new one, so that what is still on the
    /// way to an old one finds nobody.
    fn link_number(&self) -> u32 {
        loop {
            let number = self.next_link.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
            if number != 0 {
                return number;
            }
        }
    }
}
