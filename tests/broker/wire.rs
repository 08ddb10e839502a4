//! A client as somebody would write it who has `PROTOCOL.md` and the `.proto` files and nothing else: quinn, frames, messages.
//!
//! Nothing of the broker's or the SDK's is used here. Waiting is for what must come; a wait that takes [`PATIENCE`] fails the
//! test and says what came instead.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::control_command::Command as ControlCommand;
use frontdesk::proto::v1::control_event::Event as ControlEvent;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Code};
use frontdesk::proto::{frame, version};
use prost::Message;
use quinn::{ConnectionError, VarInt};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// When a test gives up: far beyond what anything takes here.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What is awaited, or a panic that says what for.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// 16 bytes that no one else has in this process.
pub fn message_id() -> Bytes {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    [7_u64.to_be_bytes(), next.to_be_bytes()].concat().into()
}

/// How a connection ended from the broker's side.
#[derive(Debug, PartialEq, Eq)]
pub struct Closed {
    pub code: Code,
    pub message: String,
}

/// A QUIC connection on which nothing was said yet.
pub struct Bare {
    pub endpoint: quinn::Endpoint,
    pub connection: quinn::Connection,
}

impl Bare {
    pub async fn connect(address: SocketAddr, certificate_pem: &[u8]) -> Self {
        Self::connect_with(address, certificate_pem, |_| ()).await
    }

    /// With transport settings of one's own.
    pub async fn connect_with(
        address: SocketAddr,
        certificate_pem: &[u8],
        tune: impl FnOnce(&mut quinn::TransportConfig),
    ) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(certificate_pem).expect("a certificate"))
            .expect("a root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("TLS 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![version::ALPN.to_vec()];
        let quic = quinn::crypto::rustls::QuicClientConfig::try_from(tls).expect("a QUIC suite");
        let mut config = quinn::ClientConfig::new(Arc::new(quic));
        let mut transport = quinn::TransportConfig::default();
        tune(&mut transport);
        config.transport_config(Arc::new(transport));

        let mut endpoint = quinn::Endpoint::client(([127, 0, 0, 1], 0).into()).expect("a port");
        endpoint.set_default_client_config(config);
        let connecting = endpoint.connect(address, "localhost").expect("an address");
        let connection = soon("the handshake", connecting).await.expect("a handshake");
        Self { endpoint, connection }
    }

    /// Opens a stream whose first byte is this.
    pub async fn open(&self, first_byte: u8) -> Stream {
        let (mut send, recv) = soon("a stream", self.connection.open_bi()).await.expect("a stream");
        send.write_all(&[first_byte]).await.expect("room for a byte");
        Stream { send, recv, frames: frame::Reader::new(1 << 20) }
    }

    /// Why the broker closed the connection.
    pub async fn closed(&self) -> Closed {
        match soon("the broker to close", self.connection.closed()).await {
            ConnectionError::ApplicationClosed(close) => Closed {
                code: code(close.error_code.into_inner()),
                message: String::from_utf8(close.reason.to_vec()).expect("a sentence"),
            },
            other => panic!("closed otherwise: {other}"),
        }
    }

    /// Says hello with a token.
    pub async fn hello(self, token: &str) -> Result<Client, (v1::GoAway, Closed)> {
        let mut control = self.open(0x01).await;
        let hello = v1::Hello {
            token: token.to_owned(),
            version_min: 1,
            version_max: 1,
            client: "wire test/1".to_owned(),
        };
        control.send(&v1::ControlCommand { command: Some(ControlCommand::Hello(hello)) }).await;
        match control.control_event().await {
            ControlEvent::Welcome(welcome) => Ok(Client { bare: self, control, welcome }),
            ControlEvent::GoAway(go_away) => Err((go_away, self.closed().await)),
            other => panic!("neither Welcome nor GoAway: {other:?}"),
        }
    }
}

fn code(number: u64) -> Code {
    let number = i32::try_from(number).expect("a code");
    Code::try_from(number).unwrap_or_else(|_| panic!("{number} is no code of the schema"))
}

/// A stream that was opened.
pub struct Stream {
    pub send: quinn::SendStream,
    pub recv: quinn::RecvStream,
    frames: frame::Reader,
}

impl Stream {
    /// Sends a message as a frame.
    pub async fn send(&mut self, message: &impl Message) {
        let mut batch = BytesMut::new();
        frame::write(&mut batch, message);
        self.send_bytes(&batch).await;
    }

    /// Sends bytes as they are. That the stream was closed meanwhile is not this end's fault.
    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = soon("room on the stream", self.send.write_all(bytes)).await;
    }

    /// The next frame; `None` at the stream's end.
    pub async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(frame) = self.frames.next().expect("good frames") {
                return Some(frame);
            }
            let chunk = self.recv.read_chunk(usize::MAX, true).await.ok()??;
            self.frames.push(chunk.bytes);
        }
    }

    /// The next event of a control stream.
    pub async fn control_event(&mut self) -> ControlEvent {
        let frame = soon("a control event", self.next()).await.expect("the control stream goes on");
        v1::ControlEvent::decode(frame).expect("a ControlEvent").event.expect("a known event")
    }
}

/// A connection after Welcome.
pub struct Client {
    pub bare: Bare,
    pub control: Stream,
    pub welcome: v1::Welcome,
}

impl Client {
    pub async fn lane(&self) -> Lane {
        Lane {
            stream: self.bare.open(0x02).await,
            credit: Credit::Given,
            link_credit_bytes: self.welcome.limits.expect("limits").link_credit_bytes.into(),
            frame_bytes_max: self.welcome.limits.expect("limits").frame_bytes_max.into(),
            taken: HashMap::new(),
            kept: VecDeque::new(),
            requests: 0,
        }
    }

    /// Closes at once.
    pub fn close(self) {
        self.bare.connection.close(VarInt::from_u32(0), b"");
    }
}

/// Whether a lane gives credit back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Credit {
    /// As it takes frames in.
    Given,
    /// Not for this link.
    WithheldFrom(u32),
}

/// A lane, with what came on it and was not asked for yet.
pub struct Lane {
    pub stream: Stream,
    pub credit: Credit,
    link_credit_bytes: u64,
    frame_bytes_max: u64,
    /// Frame bytes taken in and given back, by link.
    taken: HashMap<u32, (u64, u64)>,
    kept: VecDeque<v1::Delivery>,
    requests: u32,
}

impl Lane {
    /// Sends a command that wants no answer.
    pub async fn tell(&mut self, link: u32, command: Command) {
        self.stream.send(&v1::Command { link, request: 0, command: Some(command) }).await;
    }

    /// Sends a command that wants an answer, and gives its number.
    pub async fn request(&mut self, link: u32, command: Command) -> u32 {
        self.requests += 1;
        let request = self.requests;
        self.stream.send(&v1::Command { link, request, command: Some(command) }).await;
        request
    }

    /// Sends a command and waits for its answer; what else comes is kept.
    pub async fn ask(&mut self, link: u32, command: Command) -> Reply {
        let request = self.request(link, command).await;
        self.answer(link, request).await
    }

    /// The answer to a request.
    pub async fn answer(&mut self, link: u32, request: u32) -> Reply {
        let found = self
            .find("an answer", |delivery| {
                delivery.link == link && delivery.request == request && delivery.reply.is_some()
            })
            .await;
        found.reply.expect("it was looked for")
    }

    /// The answer to a request, if it is among what has come.
    pub fn answered_already(&mut self, link: u32, request: u32) -> Option<Reply> {
        let at = self
            .kept
            .iter()
            .position(|delivery| (delivery.link, delivery.request) == (link, request))?;
        self.kept.remove(at)?.reply
    }

    /// Sends a command that must be refused.
    pub async fn refused(&mut self, link: u32, command: Command) -> v1::Refused {
        match self.ask(link, command).await {
            Reply::Refused(refused) => refused,
            other => panic!("it was not refused: {other:?}"),
        }
    }

    /// The next event for the link that `pick` takes; what else comes is kept.
    pub async fn event<T>(
        &mut self,
        link: u32,
        what: &str,
        pick: impl Fn(&Event) -> Option<T>,
    ) -> T {
        let picked = |delivery: &v1::Delivery| {
            if delivery.link == link { delivery.event.as_ref().and_then(&pick) } else { None }
        };
        let found = self.find(what, |delivery| picked(delivery).is_some()).await;
        picked(&found).expect("it was looked for")
    }

    /// The bodies of the next so many messages for a link, in the order in which they came, with their numbers.
    pub async fn messages(&mut self, link: u32, count: usize) -> Vec<(u64, String)> {
        let mut messages = Vec::new();
        while messages.len() < count {
            let message = self.event(link, "a message", |event| match event {
                Event::Message(message) => Some(message.clone()),
                _ => None,
            });
            let message = message.await;
            messages.push((message.seq, String::from_utf8(message.body.to_vec()).expect("a text")));
        }
        messages
    }

    /// What came for a link and was not asked for, once everything that was sent before is answered.
    pub async fn rest(&mut self, link: u32) -> Vec<v1::Delivery> {
        // An answer to a link that isn't there overtakes nothing that was on the way before it.
        self.refused(u32::MAX, Command::Unwatch(v1::Unwatch {})).await;
        let (of_link, others) =
            self.kept.drain(..).partition(|delivery: &v1::Delivery| delivery.link == link);
        self.kept = others;
        let rest: VecDeque<v1::Delivery> = of_link;
        rest.into()
    }

    async fn find(&mut self, what: &str, wanted: impl Fn(&v1::Delivery) -> bool) -> v1::Delivery {
        if let Some(at) = self.kept.iter().position(&wanted) {
            return self.kept.remove(at).expect("it was found there");
        }
        loop {
            let Ok(next) = tokio::time::timeout(PATIENCE, self.next()).await else {
                panic!("waited in vain for {what}; meanwhile came {:?}", self.kept);
            };
            let Some(delivery) = next else {
                panic!("the lane ended before {what}; there were {:?}", self.kept)
            };
            if wanted(&delivery) {
                return delivery;
            }
            self.kept.push_back(delivery);
        }
    }

    /// The next frame of the lane, counted against its link's credit.
    pub async fn next(&mut self) -> Option<v1::Delivery> {
        let frame = self.stream.next().await?;
        let bytes = frame.len() as u64;
        assert!(bytes <= self.frame_bytes_max, "a frame of {bytes} bytes");
        let delivery = v1::Delivery::decode(frame).expect("a Delivery");
        let begins = matches!(delivery.reply, Some(Reply::Attached(_)));
        let (taken, given) = self.taken.entry(delivery.link).or_default();
        if begins {
            (*taken, *given) = (0, 0);
        }
        *taken += bytes;
        if *taken - *given >= self.link_credit_bytes / 2
            && self.credit != Credit::WithheldFrom(delivery.link)
        {
            *given = *taken;
            let credit = Command::Credit(v1::Credit { taken_bytes: *taken });
            self.tell(delivery.link, credit).await;
        }
        Some(delivery)
    }

    /// Gives back what was taken in of a link, at once.
    pub async fn give_back(&mut self, link: u32) {
        let (taken, given) = self.taken.entry(link).or_default();
        *given = *taken;
        let credit = Command::Credit(v1::Credit { taken_bytes: *taken });
        self.tell(link, credit).await;
    }

    pub async fn attach_visitor(&mut self, link: u32, attach: v1::AttachVisitor) -> v1::Attached {
        match self.ask(link, Command::AttachVisitor(Box::new(attach))).await {
            Reply::Attached(attached) => attached,
            other => panic!("not attached: {other:?}"),
        }
    }

    pub async fn attach_agent(&mut self, link: u32, attach: v1::AttachAgent) -> v1::Attached {
        match self.ask(link, Command::AttachAgent(attach)).await {
            Reply::Attached(attached) => attached,
            other => panic!("not attached: {other:?}"),
        }
    }

    /// Attaches an agent, signs it on for a department and goes online.
    pub async fn work(&mut self, link: u32, agent: &str, department: &str, capacity: u32) {
        self.attach_agent(link, v1::AttachAgent { agent: agent.into(), ..Default::default() })
            .await;
        let sign_on =
            v1::SignOn { departments: vec![department.into()], capacity, ..Default::default() };
        match self.ask(link, Command::SignOn(sign_on)).await {
            Reply::SignedOn(signed_on) => assert_eq!(signed_on.status(), v1::Status::Away),
            other => panic!("not signed on: {other:?}"),
        }
        let online = v1::SetStatus {
            status: v1::Status::Online.into(),
            reason: String::new(),
            ..Default::default()
        };
        assert_eq!(self.ask(link, Command::SetStatus(online)).await, Reply::Done(v1::Done {}));
    }

    /// Asks for a session.
    pub async fn ask_for(
        &mut self,
        link: u32,
        department: &str,
        opening: Option<&str>,
    ) -> v1::Asked {
        let opening =
            opening.map(|text| v1::Say { session: Bytes::new(), ..say(&Bytes::new(), text) });
        let ask = v1::Ask {
            department: department.into(),
            opening,
            priority_minutes: 0,
            ..Default::default()
        };
        match self.ask(link, Command::Ask(ask)).await {
            Reply::Asked(asked) => asked,
            other => panic!("not asked: {other:?}"),
        }
    }

    pub async fn say(&mut self, link: u32, session: &Bytes, text: &str) -> v1::Said {
        match self.ask(link, Command::Say(say(session, text))).await {
            Reply::Said(said) => said,
            other => panic!("not said: {other:?}"),
        }
    }

    /// The next session that the link follows.
    pub async fn opened(&mut self, link: u32) -> v1::SessionView {
        self.event(link, "SessionOpened", |event| match event {
            Event::SessionOpened(opened) => opened.view.clone(),
            _ => None,
        })
        .await
    }

    /// The link of this lane that a session was opened for.
    pub async fn opened_by(&mut self, session: &Bytes) -> u32 {
        let is_it = |delivery: &v1::Delivery| match &delivery.event {
            Some(Event::SessionOpened(opened)) => {
                opened.view.as_ref().is_some_and(|view| view.session == *session)
            }
            _ => false,
        };
        self.find("that somebody has it", is_it).await.link
    }

    /// The first rows of a watched window.
    pub async fn opened_window(&mut self, link: u32) -> Vec<v1::VisitorRow> {
        self.event(link, "VisitorsSnapshot", |event| match event {
            Event::VisitorsSnapshot(list) => Some(list.rows.clone()),
            _ => None,
        })
        .await
    }

    pub async fn resumed(&mut self, link: u32) -> v1::Resumed {
        self.event(link, "Resumed", |event| match event {
            Event::Resumed(resumed) => Some(resumed.clone()),
            _ => None,
        })
        .await
    }

    pub async fn read_session(&mut self, link: u32, session: &Bytes) -> v1::SessionView {
        match self
            .ask(link, Command::ReadSession(v1::ReadSession { session: session.clone() }))
            .await
        {
            Reply::Session(view) => view,
            other => panic!("no session: {other:?}"),
        }
    }

    pub async fn link_ended(&mut self, link: u32) -> Code {
        self.event(link, "LinkEnded", |event| match event {
            Event::LinkEnded(ended) => Some(ended.code()),
            _ => None,
        })
        .await
    }
}

/// A text to say.
pub fn say(session: &Bytes, text: &str) -> v1::Say {
    v1::Say {
        session: session.clone(),
        client_message_id: message_id(),
        kind: v1::MessageKind::Text.into(),
        body: text.to_owned().into(),
        ..v1::Say::default()
    }
}

/// A visitor's attach on a page.
pub fn arrives(visitor: &str) -> v1::AttachVisitor {
    let page = v1::Page { url: "https://shop.example/beds".into(), title: "Beds".into() };
    v1::AttachVisitor {
        site: "www".into(),
        visitor: visitor.into(),
        arrival: Some(v1::Arrival { page: Some(page), ..Default::default() }),
        ..Default::default()
    }
}
