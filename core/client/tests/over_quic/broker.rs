//! A broker that does exactly what a test says: a QUIC endpoint, frames in and frames out, and nothing behind them.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use frontdesk_client::{BackOff, Options, Trust, v1};
use frontdesk_proto::v1::command::Command;
use frontdesk_proto::v1::{control_command, control_event, delivery};
use frontdesk_proto::{frame, limits, version};
use prost::Message;
use quinn::crypto::rustls::QuicServerConfig;
use quinn::{Connection, ConnectionError, Endpoint, RecvStream, SendStream, VarInt};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

pub(crate) const EPOCH: [u8; 16] = [0xe0; 16];
pub(crate) const SESSION: [u8; 16] = [0x5e; 16];

/// An endpoint on a free port with a certificate of its own.
pub(crate) struct Broker {
    endpoint: Endpoint,
    pub(crate) certificate: CertificateDer<'static>,
}

/// One connection to it, past hello and welcome, with its lanes.
pub(crate) struct Peer {
    pub(crate) connection: Connection,
    pub(crate) hello: v1::Hello,
    pub(crate) control: Stream,
    pub(crate) lanes: Vec<Stream>,
}

/// One stream, past its first byte.
pub(crate) struct Stream {
    send: SendStream,
    recv: RecvStream,
    reader: frame::Reader,
}

impl Broker {
    pub(crate) fn start() -> Self {
        let made =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let certificate: CertificateDer<'static> = made.cert.der().clone();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("TLS 1.3")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .expect("a pair of certificate and key");
        tls.alpn_protocols = vec![version::ALPN.to_vec()];
        let crypto = QuicServerConfig::try_from(tls).expect("a suite for QUIC");
        let config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
        let endpoint =
            Endpoint::server(config, (Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
        Self { endpoint, certificate }
    }

    /// Options that find and trust it and come back at once.
    pub(crate) fn options(&self) -> Options {
        let address = self.endpoint.local_addr().expect("it is bound");
        let first = Duration::from_millis(1);
        Options::new(address.to_string())
            .trust(Trust::Roots(vec![self.certificate.clone()]))
            .token("a token")
            .back_off(BackOff { first, seed: Some(1), ..BackOff::default() })
    }

    /// The next connection, as far as TLS.
    pub(crate) async fn handshake(&self) -> Result<Connection, ConnectionError> {
        self.endpoint.accept().await.expect("the endpoint is open").await
    }

    /// The next connection and its control stream, with the hello that was said.
    pub(crate) async fn hello(&self) -> (Connection, Stream, v1::Hello) {
        let connection = self.handshake().await.expect("a handshake");
        let mut control = Stream::accept(&connection, 0x01).await;
        let command: v1::ControlCommand = control.next().await.expect("a hello");
        match command.command {
            Some(control_command::Command::Hello(hello)) => (connection, control, hello),
            other => panic!("no hello but {other:?}"),
        }
    }

    /// The next connection, welcomed, with so many lanes.
    pub(crate) async fn welcome(&self, lanes: usize) -> Peer {
        self.welcome_until(lanes, 0).await
    }

    /// As `welcome`, with a token that expires so long after the present.
    pub(crate) async fn welcome_until(&self, lanes: usize, expires_ms: u64) -> Peer {
        let (connection, mut control, hello) = self.hello().await;
        let now_wall_ms = 1_000_000;
        let welcome = v1::Welcome {
            version: 1,
            epoch: Bytes::copy_from_slice(&EPOCH),
            wall_ms: now_wall_ms,
            limits: Some(limits::for_role(v1::Role::Gateway)),
            role: v1::Role::Gateway as i32,
            tenant: "acme".into(),
            token_expires_wall_ms: if expires_ms > 0 { now_wall_ms + expires_ms } else { 0 },
        };
        control.tell(control_event::Event::Welcome(welcome)).await;
        let mut streams = Vec::new();
        for _ in 0..lanes {
            streams.push(Stream::accept(&connection, 0x02).await);
        }
        Peer { connection, hello, control, lanes: streams }
    }
}

impl Peer {
    pub(crate) fn lane(&mut self) -> &mut Stream {
        &mut self.lanes[0]
    }

    /// Takes the next attach of a visitor and grants it; says the link's number and what was asked.
    pub(crate) async fn attach_visitor(&mut self) -> (u32, v1::AttachVisitor) {
        let lane = self.lane();
        let (link, request, command) = lane.command().await;
        let Command::AttachVisitor(attach) = command else { panic!("no attach but {command:?}") };
        let attached = v1::Attached {
            link_token: Bytes::copy_from_slice(&[u8::try_from(link).expect("a few links"); 16]),
            epoch: Bytes::copy_from_slice(&EPOCH),
            session: Bytes::copy_from_slice(&SESSION),
            ..Default::default()
        };
        lane.reply(link, request, delivery::Reply::Attached(attached)).await;
        (link, *attach)
    }

    /// Closes with a code.
    pub(crate) fn close(&self, code: u32) {
        self.connection.close(VarInt::from_u32(code), b"by the script");
    }
}

impl Stream {
    async fn accept(connection: &Connection, first_byte: u8) -> Self {
        Self::accept_until_closed(connection, first_byte).await.expect("a stream")
    }

    pub(crate) async fn accept_until_closed(
        connection: &Connection,
        first_byte: u8,
    ) -> Option<Self> {
        let (send, mut recv) = connection.accept_bi().await.ok()?;
        let mut first = [0];
        recv.read_exact(&mut first).await.expect("a first byte");
        assert_eq!(first, [first_byte]);
        Some(Self { send, recv, reader: frame::Reader::new(1 << 20) })
    }

    pub(crate) async fn next<M: Message + Default>(&mut self) -> Option<M> {
        loop {
            if let Some(frame) = self.reader.next().expect("frames") {
                return Some(M::decode(frame).expect("a message of its kind"));
            }
            let chunk = self.recv.read_chunk(4096, true).await.ok()??;
            self.reader.push(chunk.bytes);
        }
    }

    /// The next command: link, request, words.
    pub(crate) async fn command(&mut self) -> (u32, u32, Command) {
        let command: v1::Command = self.next().await.expect("the lane is open");
        (command.link, command.request, command.command.expect("a known command"))
    }

    /// The next message that is said, past what is not asked for.
    pub(crate) async fn say(&mut self) -> (u32, v1::Say) {
        loop {
            if let (_, request, Command::Say(say)) = self.command().await {
                return (request, say);
            }
        }
    }

    pub(crate) async fn control_command(&mut self) -> control_command::Command {
        let command: v1::ControlCommand = self.next().await.expect("the control stream is open");
        command.command.expect("a known command")
    }

    pub(crate) async fn tell(&mut self, event: control_event::Event) {
        self.write(&v1::ControlEvent { event: Some(event) }).await;
    }

    pub(crate) async fn reply(&mut self, link: u32, request: u32, reply: delivery::Reply) {
        self.write(&v1::Delivery { link, request, reply: Some(reply), event: None }).await;
    }

    pub(crate) async fn event(&mut self, link: u32, event: delivery::Event) {
        self.write(&v1::Delivery { link, request: 0, reply: None, event: Some(event) }).await;
    }

    /// A message by participant 2, or by 1, who is the visitor.
    pub(crate) async fn message(&mut self, link: u32, seq: u64, from: u32, id: &Bytes) {
        let message = v1::Message {
            session: Bytes::copy_from_slice(&SESSION),
            seq,
            from,
            kind: v1::MessageKind::Text as i32,
            body: Bytes::from(format!("text {seq}")),
            wall_ms: seq,
            client_message_id: id.clone(),
            ..v1::Message::default()
        };
        self.event(link, delivery::Event::Message(message)).await;
    }

    pub(crate) async fn opened(&mut self, link: u32) {
        let session = Bytes::copy_from_slice(&SESSION);
        let view = Some(v1::SessionView { session, you: 1, ..Default::default() });
        self.event(link, delivery::Event::SessionOpened(v1::SessionOpened { view })).await;
    }

    pub(crate) async fn resumed(&mut self, link: u32, from_seq: u64, to_seq: u64) {
        let resumed = v1::Resumed {
            session: Bytes::copy_from_slice(&SESSION),
            epoch: Bytes::copy_from_slice(&EPOCH),
            from_seq,
            to_seq,
            complete: true,
        };
        self.event(link, delivery::Event::Resumed(resumed)).await;
    }

    pub(crate) async fn said(&mut self, link: u32, request: u32, seq: u64) {
        let said = v1::Said { seq, wall_ms: seq, duplicate: false };
        self.reply(link, request, delivery::Reply::Said(said)).await;
    }

    /// An event of a kind that only a later version knows.
    pub(crate) async fn unknown_event(&mut self, link: u32) {
        // Field 1999, length-delimited, two bytes: a varint key of 15994, then its length.
        let frame = [&[0x08, u8::try_from(link).expect("a few links")][..], &[0xfa, 0x7c, 2, 8, 1]];
        let frame = frame.concat();
        let length = u8::try_from(frame.len()).expect("short");
        self.send.write_all(&[&[length][..], &frame].concat()).await.expect("an open stream");
    }

    async fn write(&mut self, message: &impl Message) {
        let mut batch = BytesMut::new();
        frame::write(&mut batch, message);
        // A stream that is gone shows at the next read.
        let _ = self.send.write_all(&batch).await;
    }
}
