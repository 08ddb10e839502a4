//! The control stream: hello and welcome, renewal of the token, the broker's last words.
//!
//! Never decides what to do about them; that is the keeper's.

use frontdesk_proto::stream::StreamKind;
use frontdesk_proto::v1::{self, control_command, control_event};
use frontdesk_proto::version::{VERSION_MAX, VERSION_MIN};
use frontdesk_proto::{BytesMut, frame, limits};
use prost::Message as _;
use quinn::{Connection, ConnectionError, ReadError, RecvStream, SendStream, WriteError};

use crate::error::ConnectError;
use crate::refusal::Refusal;

/// Most bytes taken from the stream at once.
const READ_BYTES: usize = 8 * 1024;

/// The stream, past its first byte.
#[derive(Debug)]
pub(crate) struct Control {
    send: SendStream,
    recv: RecvStream,
    reader: frame::Reader,
}

/// Why nothing more comes on the control stream.
#[derive(Debug)]
pub(crate) enum ControlEnd {
    Lost(ConnectionError),
    /// The stream ended by itself; the code, if there was one.
    Ended(Option<Refusal>),
    Garbled(&'static str),
}

impl Control {
    /// Opens the stream, says hello and waits for the welcome.
    pub(crate) async fn hello(
        connection: &Connection,
        token: String,
        client: String,
    ) -> Result<(Self, v1::Welcome), ConnectError> {
        let (send, recv) = connection.open_bi().await.map_err(refused_by_close)?;
        let reader = frame::Reader::new(limits::CONTROL_FRAME_BYTES_MAX);
        let mut control = Self { send, recv, reader };
        let hello = v1::Hello { token, version_min: VERSION_MIN, version_max: VERSION_MAX, client };
        let mut first = BytesMut::from(&[StreamKind::Control.first_byte()][..]);
        let command = Some(control_command::Command::Hello(hello));
        frame::write(&mut first, &v1::ControlCommand { command });
        // If the broker refused already, its words are still there to be read.
        let _ = control.send.write_all(&first).await;
        match control.next().await {
            Ok(Some(control_event::Event::Welcome(welcome))) => Ok((control, welcome)),
            Ok(Some(control_event::Event::Refused(refused))) => {
                Err(ConnectError::Refused(Refusal::from_wire(refused)))
            }
            Ok(Some(control_event::Event::GoAway(go_away))) => {
                Err(ConnectError::Refused(Refusal::from_go_away(go_away)))
            }
            Ok(_) => Err(ConnectError::Protocol("a hello was answered by something else")),
            Err(ControlEnd::Lost(error)) => Err(refused_by_close(error)),
            Err(ControlEnd::Ended(Some(refusal))) => Err(ConnectError::Refused(refusal)),
            Err(ControlEnd::Ended(None)) => {
                Err(ConnectError::Protocol("the control stream ended before the welcome"))
            }
            Err(ControlEnd::Garbled(what)) => Err(ConnectError::Protocol(what)),
        }
    }

    /// Sends a newer token.
    pub(crate) async fn renew(&mut self, token: String) -> Result<(), WriteError> {
        let command = Some(control_command::Command::RenewToken(v1::RenewToken { token }));
        let mut batch = BytesMut::new();
        frame::write(&mut batch, &v1::ControlCommand { command });
        self.send.write_all(&batch).await
    }

    /// The next event; `None` is one that this version doesn't know. Loses nothing when cancelled.
    pub(crate) async fn next(&mut self) -> Result<Option<control_event::Event>, ControlEnd> {
        loop {
            let frame = self.reader.next();
            match frame.map_err(|_| ControlEnd::Garbled("bytes that are no frame"))? {
                Some(frame) => {
                    return v1::ControlEvent::decode(frame)
                        .map(|event| event.event)
                        .map_err(|_| ControlEnd::Garbled("a frame that is no control event"));
                }
                None => {
                    let chunk = self.recv.read_chunk(READ_BYTES, true).await;
                    let chunk = chunk.map_err(read_end)?.ok_or(ControlEnd::Ended(None))?;
                    self.reader.push(chunk.bytes);
                }
            }
        }
    }
}

fn read_end(error: ReadError) -> ControlEnd {
    match error {
        ReadError::ConnectionLost(error) => ControlEnd::Lost(error),
        ReadError::Reset(code) => {
            let code = u32::try_from(code.into_inner()).unwrap_or(u32::MAX);
            ControlEnd::Ended(Some(Refusal::of(code, "the broker ended the control stream".into())))
        }
        _ => ControlEnd::Ended(None),
    }
}

/// A close by the broker with a code is its answer; anything else is a connection that failed.
pub(crate) fn refused_by_close(error: ConnectionError) -> ConnectError {
    match close_refusal(&error) {
        Some(refusal) => ConnectError::Refused(refusal),
        None => ConnectError::Unreachable(error),
    }
}

/// What the broker said by closing, if it was the broker that closed.
pub(crate) fn close_refusal(error: &ConnectionError) -> Option<Refusal> {
    let ConnectionError::ApplicationClosed(close) = error else { return None };
    let code = u32::try_from(close.error_code.into_inner()).unwrap_or(u32::MAX);
    Some(Refusal::of(code, String::from_utf8_lossy(&close.reason).into_owned()))
}
