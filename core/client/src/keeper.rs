//! The task that keeps a client connected.
//!
//! ```text
//!                  lost, or told to come back
//!   Connected ────────────────────────────────► Pausing ◄──────────┐
//!       ▲                                          │ time is up     │ no connection, or told to come back
//!       └───────── welcomed, lanes open ────── Connecting ─────────┘
//!
//!   any of them ──► Over: told to stop, closed by the program, or no more attempts
//! ```
//!
//! On each new connection it attaches all links again; what a link then does is the link's own affair. Never looks into
//! a lane's frames.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use frontdesk_proto::codes::Advice;
use frontdesk_proto::v1::{self, Code, control_event};
use quinn::{RecvStream, SendStream};
use tokio::task::JoinSet;

use crate::backoff::Pauses;
use crate::client::{Phase, Shared};
use crate::control::{Control, ControlEnd, close_refusal};
use crate::error::ConnectError;
use crate::lane::{self, Lane, LaneEnd};
use crate::options::{Options, Reconnect};
use crate::refusal::{EndReason, Refusal};
use crate::transport::Wire;

/// How long a goodbye may take: the broker acknowledges what was written last.
const GOODBYE: Duration = Duration::from_secs(1);
/// Least time between two renewals of a token, so that a provider of stale tokens is not called in a circle.
const RENEWAL_PAUSE: Duration = Duration::from_secs(5);

/// A connection with everything open.
pub(crate) struct Connected {
    pub(crate) wire: Arc<Wire>,
    pub(crate) welcome: v1::Welcome,
    pub(crate) lanes: Vec<Arc<Lane>>,
    welcomed: Instant,
    control: Control,
    streams: Vec<(SendStream, RecvStream)>,
}

/// How a connection ended.
#[derive(Debug)]
enum Loss {
    /// Come back, not sooner than this.
    Back(Duration),
    /// For good.
    Over(EndReason),
}

/// Makes one attempt to connect, within the connect timeout.
pub(crate) async fn connect(options: &Options) -> Result<Connected, ConnectError> {
    let attempt = async {
        let token = options.token.fetch().await.map_err(ConnectError::Token)?;
        let wire = Wire::connect(options).await?;
        let hello = Control::hello(&wire.connection, token, options.name.clone()).await;
        let (control, welcome) = hello?;
        let limits = welcome.limits.unwrap_or_default();
        let mut lanes = Vec::new();
        let mut streams = Vec::new();
        for _ in 0..options.lanes.min(limits.lanes_max.max(1)) {
            let lost = |_| ConnectError::Protocol("a lane could not be opened");
            streams.push(lane::open(&wire.connection).await.map_err(lost)?);
            lanes.push(Arc::new(Lane::new(limits)));
        }
        let (wire, welcomed) = (Arc::new(wire), Instant::now());
        Ok(Connected { wire, welcome, lanes, welcomed, control, streams })
    };
    tokio::time::timeout(options.connect_timeout, attempt)
        .await
        .unwrap_or(Err(ConnectError::TimedOut))
}

/// Keeps the client connected until it is over.
pub(crate) async fn keep(shared: Arc<Shared>, mut connected: Connected) {
    let mut pauses = Pauses::new(shared.options.back_off.clone());
    let reason = loop {
        let lanes = connected.lanes.clone();
        let at_least = match serve(&shared, connected).await {
            Loss::Over(reason) => break reason,
            Loss::Back(at_least) => at_least,
        };
        shared.lost(&lanes);
        tracing::debug!("the connection is lost");
        connected = match connect_again(&shared, &mut pauses, at_least).await {
            Ok(connected) => connected,
            Err(reason) => break reason,
        };
        shared.connected(&connected);
        attach_all(&shared, &connected);
        tracing::debug!("connected again");
        pauses.reset();
    };
    shared.end(reason);
}

fn attach_all(shared: &Arc<Shared>, connected: &Connected) {
    // The lanes' writers begin only now, so the whole burst leaves in a few writes; its size is bounded by the links there
    // are, as every attach is by a frame.
    debug_assert!(!connected.lanes.is_empty(), "a connection has a lane");
    for cell in shared.cells() {
        shared.attach(&cell);
    }
}

async fn connect_again(
    shared: &Shared,
    pauses: &mut Pauses,
    mut at_least: Duration,
) -> Result<Connected, EndReason> {
    let attempts_max = match shared.options.reconnect {
        Reconnect::Forever => u32::MAX,
        Reconnect::Attempts(attempts) => attempts,
        Reconnect::Never => 0,
    };
    while pauses.attempts() < attempts_max {
        let pause = pauses.next(std::mem::take(&mut at_least));
        let attempt = async {
            tokio::time::sleep(pause).await;
            connect(&shared.options).await
        };
        let result = tokio::select! {
            result = attempt => result,
            () = shared.closing.notified() => return Err(EndReason::Closed),
        };
        match result {
            Ok(connected) => return Ok(connected),
            // The Hello left at once; that it came too late is the network's doing, and may be better the next time.
            Err(ConnectError::Refused(refusal)) if refusal.is(Code::HelloTimeout) => {}
            Err(ConnectError::Refused(refusal)) if refusal.advice != Advice::ComeBackLater => {
                return Err(EndReason::Refused(refusal));
            }
            Err(ConnectError::Refused(refusal)) => {
                at_least = refusal.retry_after.unwrap_or_default();
            }
            Err(ConnectError::Protocol(what)) => return Err(EndReason::Protocol(what)),
            Err(error) => tracing::debug!(%error, "no connection yet"),
        }
    }
    Err(EndReason::ConnectionLost)
}

/// Runs one connection until it ends.
async fn serve(shared: &Shared, connected: Connected) -> Loss {
    let Connected { wire, welcome, lanes, welcomed, mut control, streams } = connected;
    let mut writers = JoinSet::new();
    let mut readers = JoinSet::new();
    for (lane, (send, recv)) in lanes.iter().zip(streams) {
        writers.spawn(lane::write(lane.clone(), send));
        readers.spawn(lane::read(lane.clone(), recv));
    }
    let clock = Clock { wall_ms: welcome.wall_ms, at: welcomed };
    let mut renewal = renewal(&shared.options, &clock, welcome.token_expires_wall_ms);
    let loss = loop {
        tokio::select! {
            // The broker's last words before what follows from them.
            biased;
            () = shared.closing.notified() => {
                say_goodbye(&lanes, &mut writers).await;
                break Loss::Over(EndReason::Closed);
            }
            event = control.next() => match heard(shared, event, &wire) {
                Heard::Loss(loss) => break loss,
                Heard::Renewed(expires_wall_ms) => {
                    renewal = self::renewal(&shared.options, &clock, expires_wall_ms);
                }
                Heard::Nothing => {}
            },
            Some(end) = readers.join_next() => {
                break lane_loss(shared, end.unwrap_or(LaneEnd::Lost), &wire);
            }
            Some(end) = writers.join_next() => {
                break lane_loss(shared, end.unwrap_or(LaneEnd::Lost), &wire);
            }
            token = &mut renewal => {
                let sent = match token {
                    Ok(token) => control.renew(token).await.is_ok(),
                    Err(fault) => {
                        tracing::warn!(%fault, "the token provider gave no token; trying again");
                        false
                    }
                };
                // Until the answer says when the next one is due.
                let again = if sent { 6 * RENEWAL_PAUSE } else { RENEWAL_PAUSE };
                renewal = renewal_after(&shared.options, again);
            }
        }
    };
    // First, so that no link comes to a lane that nobody writes any more.
    lanes.iter().for_each(|lane| lane.close());
    match loss {
        Loss::Over(_) => wire.close().await,
        // The endpoint lives on by itself until its goodbye is said.
        Loss::Back(_) => wire.abandon(),
    }
    loss
}

async fn say_goodbye(lanes: &[Arc<Lane>], writers: &mut JoinSet<LaneEnd>) {
    lanes.iter().for_each(|lane| lane.finish());
    let all = async { while writers.join_next().await.is_some() {} };
    // Who doesn't answer a goodbye is left alone.
    let _ = tokio::time::timeout(GOODBYE, all).await;
}

enum Heard {
    Nothing,
    Renewed(u64),
    Loss(Loss),
}

fn heard(
    shared: &Shared,
    event: Result<Option<control_event::Event>, ControlEnd>,
    wire: &Wire,
) -> Heard {
    use control_event::Event;
    match event {
        Ok(Some(Event::GoAway(go_away))) => {
            let refusal = Refusal::from_go_away(go_away);
            tracing::debug!(code = refusal.code, "the broker says go away");
            Heard::Loss(told(shared, refusal))
        }
        Ok(Some(Event::TokenRenewed(renewed))) => Heard::Renewed(renewed.expires_wall_ms),
        Ok(Some(Event::Refused(refused))) => {
            let refusal = Refusal::from_wire(refused);
            tracing::warn!(code = refusal.code, "the broker refused a newer token");
            match refusal.advice {
                Advice::Stop => Heard::Loss(told(shared, refusal)),
                Advice::CorrectIt | Advice::ComeBackLater => Heard::Nothing,
            }
        }
        Ok(Some(Event::Welcome(_)) | None) => Heard::Nothing,
        Err(ControlEnd::Lost(error)) => Heard::Loss(match close_refusal(&error) {
            Some(refusal) => told(shared, refusal),
            None => Loss::Back(Duration::ZERO),
        }),
        Err(ControlEnd::Ended(Some(refusal))) => Heard::Loss(told(shared, refusal)),
        Err(ControlEnd::Ended(None)) => Heard::Loss(closed(shared, wire)),
        Err(ControlEnd::Garbled(what)) => Heard::Loss(Loss::Over(EndReason::Protocol(what))),
    }
}

fn lane_loss(shared: &Shared, end: LaneEnd, wire: &Wire) -> Loss {
    match end {
        LaneEnd::Code(refusal) => told(shared, refusal),
        LaneEnd::Garbled(what) => Loss::Over(EndReason::Protocol(what)),
        LaneEnd::Lost | LaneEnd::Finished => closed(shared, wire),
    }
}

/// What to do when a stream ended without a code: what the connection's end says, if it has ended too.
fn closed(shared: &Shared, wire: &Wire) -> Loss {
    match wire.connection.close_reason().as_ref().and_then(close_refusal) {
        Some(refusal) => told(shared, refusal),
        None => Loss::Back(Duration::ZERO),
    }
}

/// What to do about a code that ended the connection.
fn told(shared: &Shared, refusal: Refusal) -> Loss {
    // With a provider there are other means to come back with.
    let renewable = refusal.is(Code::TokenExpired) && shared.options.token.is_renewable();
    match refusal.advice {
        Advice::ComeBackLater => Loss::Back(refusal.retry_after.unwrap_or_default()),
        Advice::Stop if renewable => Loss::Back(Duration::ZERO),
        Advice::CorrectIt | Advice::Stop => Loss::Over(EndReason::Refused(refusal)),
    }
}

/// The broker's clock, as far as the welcome told it.
struct Clock {
    wall_ms: u64,
    at: Instant,
}

type Renewal = Pin<Box<dyn Future<Output = Result<String, String>> + Send>>;

/// A newer token, when four fifths of what is left of the old one's life are over; never for a fixed one.
fn renewal(options: &Options, clock: &Clock, expires_wall_ms: u64) -> Renewal {
    let since_ms = u64::try_from(clock.at.elapsed().as_millis()).unwrap_or(u64::MAX);
    let left_ms = expires_wall_ms.saturating_sub(clock.wall_ms.saturating_add(since_ms));
    if expires_wall_ms == 0 {
        return Box::pin(std::future::pending());
    }
    renewal_after(options, Duration::from_millis(left_ms / 5 * 4))
}

fn renewal_after(options: &Options, pause: Duration) -> Renewal {
    if !options.token.is_renewable() {
        return Box::pin(std::future::pending());
    }
    let token = options.token.clone();
    Box::pin(async move {
        tokio::time::sleep(pause).await;
        token.fetch().await
    })
}

impl Shared {
    fn connected(&self, connected: &Connected) {
        let Connected { wire, lanes, welcome, .. } = connected;
        *self.welcome.lock() = welcome.clone();
        *self.phase.lock() = Phase::Up { wire: wire.clone(), lanes: lanes.clone() };
    }

    fn lost(&self, lanes: &[Arc<Lane>]) {
        debug_assert!(lanes.iter().all(|lane| lane.is_closed()), "closed before links are told");
        *self.phase.lock() = Phase::Down;
        self.cells().iter().for_each(|cell| cell.connection_lost());
    }

    fn end(&self, reason: EndReason) {
        *self.phase.lock() = Phase::Over(reason.clone());
        let cells = std::mem::take(&mut *self.cells.lock());
        cells.into_values().for_each(|cell| cell.end(reason.clone()));
        self.ended.send_replace(true);
    }
}
