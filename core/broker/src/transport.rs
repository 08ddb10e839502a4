//! The seam between the broker and what carries it: connections with streams that a client opened, and nothing of QUIC above.
//!
//! ```text
//!   Listener ──arrival──► Arrival ──shake_hands──► Connection ──accept_stream──► Stream { Reader, Writer }
//!                            │ retry, refuse
//!                            └──► gone
//! ```
//!
//! Raw QUIC stands behind it now, by quinn; WebTransport and WebSocket come to stand beside it in the same types. Streams are
//! ordered bytes in both directions; a code closes a connection and reaches the other end as a QUIC application error of the same
//! number. The server opens no stream and sends no datagram.
//!
//! Knows no frames, no tokens and no roles' rights; how much each role may send is in [`tuning`].

pub(crate) mod tuning;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use frontdesk_proto::v1::Code;
use quinn::VarInt;

use self::tuning::Tuning;
use crate::token::Role;

/// The connection or the stream is over; there is nothing more to get from it or to tell it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the peer is gone: {why}")]
pub(crate) struct Lost {
    why: String,
}

impl Lost {
    fn because(error: impl std::fmt::Display) -> Self {
        Self { why: error.to_string() }
    }

    /// The transport's own reason. Words that the peer chose are left out: they may be anything, and go into the log.
    fn of_connection(error: quinn::ConnectionError) -> Self {
        match error {
            quinn::ConnectionError::ApplicationClosed(close) => {
                Self { why: format!("it closed with code {}", close.error_code) }
            }
            quinn::ConnectionError::ConnectionClosed(close) => {
                Self { why: format!("its transport closed with {:?}", close.error_code) }
            }
            other => Self::because(other),
        }
    }

    fn of_writing(error: quinn::WriteError) -> Self {
        match error {
            quinn::WriteError::ConnectionLost(error) => Self::of_connection(error),
            other => Self::because(other),
        }
    }

    /// A peer that has ended its control stream.
    pub(crate) fn left() -> Self {
        Self { why: "it ended its control stream".to_owned() }
    }

    /// A peer that takes nothing any more.
    pub(crate) fn silent() -> Self {
        Self { why: "it took nothing for too long".to_owned() }
    }
}

/// A bound port.
#[derive(Clone, Debug)]
pub(crate) struct Listener {
    endpoint: quinn::Endpoint,
}

impl Listener {
    /// Binds a UDP port and listens. Errors: the port is taken, or the system refuses it.
    pub(crate) fn bind(address: SocketAddr, tuning: &Tuning) -> io::Result<Self> {
        let socket = std::net::UdpSocket::bind(address)?;
        let endpoint = quinn::Endpoint::new(
            tuning.endpoint(),
            Some(tuning.server()),
            socket,
            Arc::new(quinn::TokioRuntime),
        )?;
        Ok(Self { endpoint })
    }

    pub(crate) fn local_address(&self) -> io::Result<SocketAddr> {
        self.endpoint.local_addr()
    }

    /// The next one who wants to connect; `None` when the listener was closed.
    pub(crate) async fn arrival(&self) -> Option<Arrival> {
        self.endpoint.accept().await.map(Arrival)
    }

    /// Closes all connections at once and takes no more.
    pub(crate) fn close(&self, code: Code, message: &str) {
        self.endpoint.close(number(code), message.as_bytes());
    }

    /// Waits until every connection has told its peer that it is over.
    pub(crate) async fn silent(&self) {
        self.endpoint.wait_idle().await;
    }
}

/// Someone who wants to connect, of whom nothing is known but where it seems to be.
#[derive(Debug)]
pub(crate) struct Arrival(quinn::Incoming);

impl Arrival {
    pub(crate) fn ip(&self) -> IpAddr {
        self.0.remote_address().ip().to_canonical()
    }

    /// Whether it has proved that it is where it seems to be.
    pub(crate) fn is_validated(&self) -> bool {
        self.0.remote_address_validated()
    }

    /// Sends it away to prove where it is; costs this side no memory. One that may not be sent away again is refused.
    pub(crate) fn retry(self) {
        if let Err(not_again) = self.0.retry() {
            not_again.into_incoming().refuse();
        }
    }

    /// Says no in one packet.
    pub(crate) fn refuse(self) {
        self.0.refuse();
    }

    /// The TLS handshake.
    pub(crate) async fn shake_hands(self) -> Result<Connection, Lost> {
        self.0.await.map(Connection).map_err(Lost::of_connection)
    }
}

/// A connection. Clones are the same one; it is closed with code 0 when the last is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Connection(quinn::Connection);

impl Connection {
    pub(crate) fn ip(&self) -> IpAddr {
        self.0.remote_address().ip().to_canonical()
    }

    /// Gives the connection the windows and streams of its role: until now it had those of a stranger.
    pub(crate) fn widen(&self, role: Role, lanes_max: u32) {
        let windows = tuning::Windows::of(role);
        self.0.set_receive_window(VarInt::from_u32(windows.receive_bytes));
        self.0.set_send_window(windows.send_bytes.into());
        // The control stream is one of them.
        self.0.set_max_concurrent_bi_streams(VarInt::from_u32(lanes_max.saturating_add(1)));
    }

    /// The next stream that the client opened, in order. Cancel-safe.
    pub(crate) async fn accept_stream(&self) -> Result<Stream, Lost> {
        let (writer, reader) = self.0.accept_bi().await.map_err(Lost::of_connection)?;
        Ok(Stream { reader: Reader(reader), writer: Writer(writer) })
    }

    /// Ends the connection at once; what was written and not yet acknowledged may be lost.
    pub(crate) fn close(&self, code: Code, message: &str) {
        self.0.close(number(code), message.as_bytes());
    }
}

/// A stream that the client opened.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) reader: Reader,
    pub(crate) writer: Writer,
}

/// What the client sends on a stream. Dropped unread, it tells the client to stop.
#[derive(Debug)]
pub(crate) struct Reader(quinn::RecvStream);

impl Reader {
    /// The next bytes of the stream, in as many chunks as are there and fit; `None` at its end. Cancel-safe.
    pub(crate) async fn chunks(&mut self, chunks: &mut [Bytes]) -> Result<Option<usize>, Lost> {
        self.0.read_chunks(chunks).await.map_err(|error| match error {
            quinn::ReadError::ConnectionLost(error) => Lost::of_connection(error),
            other => Lost::because(other),
        })
    }
}

/// What goes to the client on a stream. Dropped, the stream is finished.
#[derive(Debug)]
pub(crate) struct Writer(quinn::SendStream);

impl Writer {
    /// Hands over as much of `bytes` as there is room for, at least one, and says how much. Cancel-safe.
    ///
    /// The bytes are copied: a lane's buffer is used again, while what quinn keeps until it is acknowledged is no bigger than
    /// what was sent.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<usize, Lost> {
        self.0.write(bytes).await.map_err(Lost::of_writing)
    }

    /// Hands over all of `bytes`. Not cancel-safe.
    pub(crate) async fn write_all(&mut self, bytes: &[u8]) -> Result<(), Lost> {
        self.0.write_all(bytes).await.map_err(Lost::of_writing)
    }

    /// Ends the stream and waits until the client has all of it, or wants none.
    pub(crate) async fn finish(&mut self) {
        if self.0.finish().is_ok() {
            let _ = self.0.stopped().await;
        }
    }
}

fn number(code: Code) -> VarInt {
    // Codes are positive and have four digits.
    VarInt::from_u32((code as i32).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_said_when_it_closed_is_not_repeated() {
        let close = quinn::ApplicationClose {
            error_code: VarInt::from_u32(7),
            reason: Bytes::from_static(b"eyJhbGciOi\nERROR forged line"),
        };
        let error = quinn::ConnectionError::ApplicationClosed(close);
        let written = quinn::WriteError::ConnectionLost(error.clone());
        for lost in [Lost::of_connection(error), Lost::of_writing(written)] {
            assert_eq!(lost.to_string(), "the peer is gone: it closed with code 7");
        }
    }
}
