//! The control stream: Hello, Welcome, renewals, and the last word.
//!
//! One task a connection. It reads little (the longest control frame), answers at once, opens the connection's lanes as they
//! come, and watches the token's end, the drain and the reasons that lanes find. Before Hello was taken, a connection has this one
//! stream, a window of [`crate::transport::tuning`] and the hello timeout.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use frontdesk_proto::limits::{CLIENT_BYTES_MAX, CONTROL_FRAME_BYTES_MAX};
use frontdesk_proto::stream::StreamKind;
use frontdesk_proto::v1::{self, Code, control_command, control_event};
use frontdesk_proto::{frame, version};
use prost::Message as _;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::admission::Place;
use crate::border::Refused;
use crate::connection::{Connection, Farewell};
use crate::drain::Phase;
use crate::lane;
use crate::service::{Served, Service};
use crate::token::{Identity, LEEWAY_MS};
use crate::transport::{self, Lost, Stream};

/// How long the last word may take to arrive before the connection is closed without it.
const GOODBYE_TIME: Duration = Duration::from_secs(1);
/// How long a word on the control stream may take to be handed over.
const TELL_TIME: Duration = Duration::from_secs(10);
/// How long at most until a token's end is looked at again: the wall clock may have been set.
const EXPIRY_CHECK_TIME: Duration = Duration::from_secs(600);

/// Serves one connection from its handshake's end to its own.
pub(crate) async fn serve(
    service: Arc<Service>,
    transport: transport::Connection,
    mut place: Place,
) {
    let mut control = None;
    let greeting = greet(&service, &transport, &mut control);
    let refused = match timeout(service.hello_timeout, greeting).await {
        Ok(Ok(hello)) => {
            place.known();
            if let Some(control) = control {
                service.metrics.connection_opened(hello.identity.bearer.role());
                established(service, transport, control, hello).await;
            }
            return;
        }
        Ok(Err(NoHello::Lost(lost))) => {
            tracing::debug!(%lost, "a connection went before its hello");
            return;
        }
        Ok(Err(NoHello::Refused(farewell))) => farewell,
        Err(_) => Farewell::new(
            Code::HelloTimeout,
            "no Hello came in time; send it first, on the first stream",
        ),
    };
    tracing::debug!(code = ?refused.code, "a connection was turned away");
    service.metrics.hello_refused(refused.code);
    goodbye(&transport, control.as_mut(), &refused).await;
}

/// What Hello settled.
struct Agreed {
    identity: Identity,
    version: u32,
    client: String,
}

enum NoHello {
    Lost(Lost),
    Refused(Farewell),
}

impl From<Lost> for NoHello {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost)
    }
}

impl<F: Into<Farewell>> From<F> for NoHello {
    fn from(farewell: F) -> Self {
        Self::Refused(farewell.into())
    }
}

/// Waits for the first stream and for Hello on it.
async fn greet(
    service: &Service,
    transport: &transport::Connection,
    control: &mut Option<Control>,
) -> Result<Agreed, NoHello> {
    let control = control.insert(Control::on(transport.accept_stream().await?));
    let Some(frame) = control.first().await? else {
        return Err(
            Farewell::new(Code::FrameCutOff, "the control stream ended before Hello").into()
        );
    };
    let first = v1::ControlCommand::decode(frame).map_err(|_| {
        Farewell::new(Code::Protocol, "the first frame is no ControlCommand; begin with Hello")
    })?;
    let Some(control_command::Command::Hello(hello)) = first.command else {
        return Err(
            Farewell::new(Code::Protocol, "the first frame is no Hello; begin with it").into()
        );
    };
    agreed(service, hello)
}

fn agreed(service: &Service, hello: v1::Hello) -> Result<Agreed, NoHello> {
    let Some(version) = version::negotiate(hello.version_min, hello.version_max) else {
        return Err(Farewell::new(
            Code::VersionUnsupported,
            format!(
                "this broker speaks versions {} to {}",
                version::VERSION_MIN,
                version::VERSION_MAX
            ),
        )
        .into());
    };
    if hello.client.len() > CLIENT_BYTES_MAX {
        return Err(Farewell::new(
            Code::Protocol,
            "the client's name has more than 64 bytes; shorten it",
        )
        .into());
    }
    let now = service.now();
    let identity = service.keyring.load().verify(&hello.token, now.wall_ms)?;
    let Some(tenant) = service.tenants.load().get(&identity.tenant).map(Arc::clone) else {
        return Err(Farewell::new(Code::UnknownTenant, "this broker serves no such tenant").into());
    };
    service.takes_new()?;
    tenant.buckets.take_hello(now).map_err(|wait| wait.refused("hellos"))?;
    Ok(Agreed { identity, version, client: hello.client })
}

async fn established(
    service: Arc<Service>,
    transport: transport::Connection,
    mut control: Control,
    agreed: Agreed,
) {
    let tenants = service.tenants.load_full();
    let Some(tenant) = tenants.get(&agreed.identity.tenant).map(Arc::clone) else { return };
    let tenant_id = agreed.identity.tenant.clone();
    let welcome_expires_wall_ms = agreed.identity.expires_wall_ms;
    let connection = Arc::new(Connection::new(service, transport, tenant, agreed.identity));
    connection.transport.widen(connection.role, connection.limits.lanes_max);
    tracing::debug!(
        tenant = %tenant_id,
        role = connection.role.as_str(),
        client = ?agreed.client,
        "a connection said hello"
    );
    let welcome = v1::Welcome {
        version: agreed.version,
        epoch: Bytes::copy_from_slice(&connection.service.engine.epoch().0),
        wall_ms: connection.service.now().wall_ms,
        limits: Some(connection.limits),
        role: v1::Role::from(connection.role).into(),
        tenant: tenant_id.as_str().to_owned(),
        token_expires_wall_ms: welcome_expires_wall_ms,
    };
    if let Ok(()) = control.tell(control_event::Event::Welcome(welcome)).await
        && let Ok(()) = attend(&connection, &mut control).await
    {
        let farewell = connection.ended().await;
        tracing::debug!(tenant = %tenant_id, code = ?farewell.code, "a connection is ended");
        connection.service.metrics.refused(farewell.code);
        goodbye(&connection.transport, Some(&mut control), farewell).await;
    }
    // Lanes that are left end with it; a connection that was closed already stays closed as it was.
    connection.end(Farewell::new(Code::Unspecified, "the connection is over"));
    connection.transport.close(Code::Unspecified, "");
    connection.service.metrics.connection_closed(connection.role);
}

/// Serves the connection until there is a reason to end it, or it is lost.
async fn attend(connection: &Arc<Connection>, control: &mut Control) -> Result<(), Lost> {
    let mut phases = connection.service.phase.subscribe();
    // A drain that began between Hello and here is news, too.
    phases.mark_changed();
    let mut served = connection.tenant.served.subscribe();
    let mut lanes_from = Instant::now();
    while !connection.has_ended() {
        tokio::select! {
            stream = next_lane(connection, lanes_from) => {
                tokio::spawn(lane::serve(Arc::clone(connection), stream?));
                if let Some(pause) = connection.count_lane(connection.service.now()) {
                    lanes_from = Instant::now() + pause;
                }
            }
            heard = control.next() => match heard? {
                Heard::Frame(frame) => answer(connection, control, frame).await?,
                // With its control stream a client ends the connection.
                Heard::End => return Err(Lost::left()),
                Heard::Broken(farewell) => connection.end(farewell),
            },
            () = tokio::time::sleep_until(next_look(connection)) => {
                if expires_in(connection).is_zero() {
                    connection.end(Farewell::new(Code::TokenExpired, "the token has expired; connect with a new one"));
                }
            }
            changed = phases.changed() => {
                let phase = *phases.borrow_and_update();
                match (changed, phase) {
                    (Ok(()), Phase::Serving) => {}
                    (Ok(()), Phase::Draining { .. }) => control.tell(draining(connection, phase)).await?,
                    (Ok(()), Phase::Over) | (Err(_), _) => {
                        let mut farewell = Farewell::new(Code::Draining, DRAINING);
                        farewell.retry_after_ms = connection.service.returns.next_ms();
                        connection.end(farewell);
                    }
                }
            }
            // Also if it was taken away between Hello and here.
            () = taken_away(&mut served) => {
                connection.end(Farewell::new(Code::UnknownTenant, NO_LONGER_SERVED));
            }
            _ = connection.ended() => {}
        }
    }
    Ok(())
}

/// Waits until the connection's tenant is no longer served.
async fn taken_away(served: &mut watch::Receiver<Served>) {
    // Its sender stands as long as the connection.
    let _ = served.wait_for(|served| *served == Served::No).await;
}

/// The next stream, not before an instant: one that isn't taken counts against the streams that the client may have open.
async fn next_lane(connection: &Connection, from: Instant) -> Result<Stream, Lost> {
    tokio::time::sleep_until(from).await;
    connection.transport.accept_stream().await
}

const NO_LONGER_SERVED: &str = "this broker serves the tenant no longer";
const DRAINING: &str = "the broker is being stopped or replaced; connect again and resume";

fn draining(connection: &Connection, phase: Phase) -> control_event::Event {
    control_event::Event::GoAway(v1::GoAway {
        code: Code::Draining.into(),
        message: DRAINING.to_owned(),
        retry_after_ms: connection.service.returns.next_ms(),
        remaining_ms: phase.remaining_ms(),
    })
}

fn expires_in(connection: &Connection) -> Duration {
    let end_wall_ms = connection.caller.load().identity.expires_wall_ms.saturating_add(LEEWAY_MS);
    // One more: at its last millisecond a token is still taken.
    Duration::from_millis(
        end_wall_ms.saturating_add(1).saturating_sub(connection.service.now().wall_ms),
    )
}

fn next_look(connection: &Connection) -> Instant {
    Instant::now() + expires_in(connection).min(EXPIRY_CHECK_TIME)
}

async fn answer(connection: &Connection, control: &mut Control, frame: Bytes) -> Result<(), Lost> {
    let now = connection.service.now();
    let event = match renewal(connection, frame) {
        Ok(expires_wall_ms) => {
            control_event::Event::TokenRenewed(v1::TokenRenewed { expires_wall_ms })
        }
        Err(refused) => {
            connection.count_control_refusal(&refused, now);
            control_event::Event::Refused(refused.into())
        }
    };
    control.tell(event).await
}

/// A newer token's expiry, if it is good. A bad one leaves the connection with the old one.
fn renewal(connection: &Connection, frame: Bytes) -> Result<u64, Refused> {
    let command = v1::ControlCommand::decode(frame).map_err(|_| {
        Refused::new(
            Code::Malformed,
            "command",
            "the frame's bytes are no protobuf message ControlCommand",
        )
    })?;
    match command.command {
        Some(control_command::Command::RenewToken(renew)) => {
            let now = connection.service.now();
            connection.take_renewal(now)?;
            let identity =
                connection.service.keyring.load().verify(&renew.token, now.wall_ms).map_err(
                    |fault| Refused {
                        message: fault.to_string().into(),
                        ..Refused::new(fault.code(), "token", "")
                    },
                )?;
            let expires_wall_ms = identity.expires_wall_ms;
            connection.renew(identity)?;
            Ok(expires_wall_ms)
        }
        Some(control_command::Command::Hello(_)) => Err(Refused::new(
            Code::BadValue,
            "hello",
            "the connection has said Hello already; renew with RenewToken",
        )),
        None => Err(Refused::new(
            Code::UnknownCommand,
            "command",
            "the frame holds no control command that this broker knows",
        )),
    }
}

/// Says why, waits a bounded time for it to arrive, and closes with the same code.
async fn goodbye(
    transport: &transport::Connection,
    control: Option<&mut Control>,
    farewell: &Farewell,
) {
    if let Some(control) = control {
        let go_away = v1::GoAway {
            code: farewell.code.into(),
            message: farewell.message.clone().into_owned(),
            retry_after_ms: farewell.retry_after_ms,
            remaining_ms: 0,
        };
        let word = async {
            if control.tell(control_event::Event::GoAway(go_away)).await.is_ok() {
                control.stream.writer.finish().await;
            }
        };
        let _ = timeout(GOODBYE_TIME, word).await;
    }
    transport.close(farewell.code, &farewell.message);
}

/// What came on the control stream.
enum Heard {
    Frame(Bytes),
    /// The client will say no more.
    End,
    /// The bytes don't follow the protocol.
    Broken(Farewell),
}

/// The control stream, in frames.
struct Control {
    stream: Stream,
    frames: frame::Reader,
}

impl Control {
    fn on(stream: Stream) -> Self {
        Self { stream, frames: frame::Reader::new(CONTROL_FRAME_BYTES_MAX) }
    }

    /// The first frame, after the byte that says what the stream is. `None` if the stream ends before.
    async fn first(&mut self) -> Result<Option<Bytes>, NoHello> {
        let mut chunk = [Bytes::new()];
        if self.stream.reader.chunks(&mut chunk).await?.is_none() || chunk[0].is_empty() {
            return Ok(None);
        }
        let [mut chunk] = chunk;
        match StreamKind::try_from(chunk.split_to(1)[0]) {
            Ok(StreamKind::Control) => {}
            Ok(StreamKind::Lane) => {
                return Err(Farewell::new(
                    Code::Protocol,
                    "the first stream is a lane; begin with the control stream",
                )
                .into());
            }
            Err(unknown) => return Err(Farewell::new(unknown.code(), unknown.to_string()).into()),
        }
        self.frames.push(chunk);
        match self.next().await? {
            Heard::Frame(frame) => Ok(Some(frame)),
            Heard::End => Ok(None),
            Heard::Broken(farewell) => Err(farewell.into()),
        }
    }

    /// The next frame. Cancel-safe.
    async fn next(&mut self) -> Result<Heard, Lost> {
        loop {
            match self.frames.next() {
                Ok(Some(frame)) => return Ok(Heard::Frame(frame)),
                Ok(None) => {}
                Err(error) => return Ok(Heard::Broken(error.into())),
            }
            let mut chunks = [Bytes::new(), Bytes::new()];
            match self.stream.reader.chunks(&mut chunks).await? {
                Some(count) => {
                    chunks.into_iter().take(count).for_each(|chunk| self.frames.push(chunk))
                }
                None => match self.frames.finish() {
                    Ok(()) => return Ok(Heard::End),
                    Err(error) => return Ok(Heard::Broken(error.into())),
                },
            }
        }
    }

    async fn tell(&mut self, event: control_event::Event) -> Result<(), Lost> {
        let mut batch = BytesMut::new();
        frame::write(&mut batch, &v1::ControlEvent { event: Some(event) });
        // A peer that reads nothing must not keep this task from watching its token's end.
        timeout(TELL_TIME, self.stream.writer.write_all(&batch))
            .await
            .unwrap_or_else(|_| Err(Lost::silent()))
    }
}
