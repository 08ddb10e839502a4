//! How to connect: where, as whom, whom to trust, and what to do when the connection is lost.
//!
//! Every setting has a default but the address, the trust and the token. Never reads a file or the network by itself: that
//! happens on connecting.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use frontdesk_proto::limits;
use rustls::pki_types::CertificateDer;

use crate::backoff::BackOff;

/// Whom to take for the broker.
#[derive(Debug, Clone)]
pub enum Trust {
    /// The one certificate whose DER has this SHA-256, whatever name and dates it says; see [`Trust::pin`].
    Pin([u8; 32]),
    /// Whoever has a certificate for the server name that leads to one in this PEM file. Read anew on each connecting.
    File(PathBuf),
    /// Whoever has a certificate for the server name that leads to one of these.
    Roots(Vec<CertificateDer<'static>>),
}

/// A text that is no pin; a pin is 64 hexadecimal digits, colons between them allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256; write it as 64 hexadecimal digits, with or without colons")]
pub struct BadPin;

impl Trust {
    /// A pin from its text: 64 hexadecimal digits of either case, with or without colons between them.
    ///
    /// # Errors
    /// [`BadPin`] for any other text.
    pub fn pin(text: &str) -> Result<Self, BadPin> {
        let digits: Vec<u32> = text
            .chars()
            .filter(|&digit| digit != ':')
            .map(|digit| digit.to_digit(16).ok_or(BadPin))
            .collect::<Result<_, _>>()?;
        let mut pin = [0; 32];
        if digits.len() != 2 * pin.len() {
            return Err(BadPin);
        }
        for (byte, pair) in pin.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = u8::try_from(pair[0] << 4 | pair[1]).map_err(|_| BadPin)?;
        }
        Ok(Self::Pin(pin))
    }
}

/// What a provider of tokens says when it has none.
pub type TokenFault = Box<dyn std::error::Error + Send + Sync>;

type TokenFuture = Pin<Box<dyn Future<Output = Result<String, TokenFault>> + Send>>;

/// Where the token comes from that says who this is.
#[derive(Clone)]
pub struct Token(pub(crate) TokenSource);

#[derive(Clone)]
pub(crate) enum TokenSource {
    Fixed(String),
    Provider(Arc<dyn Fn() -> TokenFuture + Send + Sync>),
}

impl Token {
    /// One token for all connections. When it expires the broker ends the connection for good.
    pub fn fixed(token: impl Into<String>) -> Self {
        Self(TokenSource::Fixed(token.into()))
    }

    /// A fresh token each time it is called: on connecting, and before the last one expires.
    pub fn provider<F, Fut>(provide: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<String, TokenFault>> + Send + 'static,
    {
        Self(TokenSource::Provider(Arc::new(move || Box::pin(provide()))))
    }

    pub(crate) async fn fetch(&self) -> Result<String, String> {
        match &self.0 {
            TokenSource::Fixed(token) => Ok(token.clone()),
            TokenSource::Provider(provide) => provide().await.map_err(|fault| fault.to_string()),
        }
    }

    pub(crate) fn is_renewable(&self) -> bool {
        matches!(self.0, TokenSource::Provider(_))
    }
}

impl From<String> for Token {
    fn from(token: String) -> Self {
        Self::fixed(token)
    }
}

impl From<&str> for Token {
    fn from(token: &str) -> Self {
        Self::fixed(token)
    }
}

impl fmt::Debug for Token {
    /// Shows no token: whoever has it is its bearer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_renewable() { "Token(provider)" } else { "Token(fixed)" })
    }
}

/// Whether to connect again when a connection is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reconnect {
    /// As often as it takes.
    Forever,
    /// So many times in a row.
    Attempts(u32),
    /// Not at all: the first loss is the end.
    Never,
}

/// Who says which messages were delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deliveries {
    /// The client, when the program takes a message.
    Automatic,
    /// The program, by `acknowledge`.
    Explicit,
}

/// All there is to say about connecting.
///
/// ```
/// use frontdesk_client::{Options, Trust};
/// use std::time::Duration;
///
/// let pin = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
/// let options = Options::new("127.0.0.1:4433")
///     .trust(Trust::pin(pin)?)
///     .token("eyJ…")
///     .request_timeout(Duration::from_secs(10));
/// # let _ = options;
/// # Ok::<(), frontdesk_client::BadPin>(())
/// ```
#[derive(Debug, Clone)]
pub struct Options {
    pub(crate) address: String,
    pub(crate) server_name: String,
    pub(crate) trust: Trust,
    pub(crate) token: Token,
    pub(crate) name: String,
    pub(crate) lanes: u32,
    pub(crate) back_off: BackOff,
    pub(crate) reconnect: Reconnect,
    pub(crate) connect_timeout: Duration,
    pub(crate) request_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) events_max: usize,
    pub(crate) requests_max: usize,
    pub(crate) deliveries: Deliveries,
}

impl Options {
    /// Everything at its default, trusting nobody and without a token: say both before connecting.
    ///
    /// `address` is `host:port`; it is resolved anew on each connecting.
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            server_name: "localhost".into(),
            trust: Trust::Roots(Vec::new()),
            token: Token::fixed(""),
            name: concat!("frontdesk-client/", env!("CARGO_PKG_VERSION")).into(),
            lanes: 1,
            back_off: BackOff::default(),
            reconnect: Reconnect::Forever,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_millis(limits::IDLE_TIMEOUT_MS.into()),
            events_max: 8_192,
            requests_max: 64,
            deliveries: Deliveries::Automatic,
        }
    }

    /// The name that the broker's certificate must carry; "localhost" by default. A pin doesn't look at it.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = name.into();
        self
    }

    /// Whom to take for the broker.
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// The token, or a provider of tokens.
    pub fn token(mut self, token: impl Into<Token>) -> Self {
        self.token = token.into();
        self
    }

    /// Name and version for the broker's log, at most 64 bytes.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Streams to spread the links over: 1 by default, 4 to 32 for a gateway. Never more than the broker allows, nor 0.
    pub fn lanes(mut self, lanes: u32) -> Self {
        self.lanes = lanes.max(1);
        self
    }

    /// The pauses between attempts.
    pub fn back_off(mut self, back_off: BackOff) -> Self {
        self.back_off = back_off;
        self
    }

    /// Whether to connect again; for ever by default.
    pub fn reconnect(mut self, reconnect: Reconnect) -> Self {
        self.reconnect = reconnect;
        self
    }

    /// How long one attempt to connect may take, hello included; 10 s by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long to wait for an answer, 30 s by default. Time during which the connection is lost does not count.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// Silence after which the connection is given up; 30 s by default. The lower one of both ends holds, and a sign of life
    /// is sent three times as often.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Most events of one link that wait for the program; 8,192 by default. At the bound the link is taken off and attached
    /// again, with a resume, once the program has read what waits. The broker's credit bounds their bytes before.
    pub fn events_max(mut self, events: usize) -> Self {
        self.events_max = events.max(1);
        self
    }

    /// Most requests of one link on the way; 64 by default. At the bound the next one waits.
    pub fn requests_max(mut self, requests: usize) -> Self {
        self.requests_max = requests.max(1);
        self
    }

    /// Who says which messages were delivered; the client by default.
    pub fn deliveries(mut self, deliveries: Deliveries) -> Self {
        self.deliveries = deliveries;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_read_with_and_without_colons() {
        let plain = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";
        let pairs: Vec<_> = (0..32).map(|at| &plain[2 * at..2 * at + 2]).collect();
        for text in [plain.to_owned(), pairs.join(":")] {
            let Ok(Trust::Pin(pin)) = Trust::pin(&text) else { panic!("{text} is a pin") };
            assert_eq!((pin[0], pin[1], pin[31]), (0, 0x11, 0xff));
        }
    }

    #[test]
    fn what_is_no_sha_256_is_no_pin() {
        for text in ["", "00", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64), &"é".repeat(32)]
        {
            assert_eq!(Trust::pin(text).err(), Some(BadPin), "{text}");
        }
    }

    #[test]
    fn a_token_is_never_shown() {
        let shown = format!("{:?}", Options::new("here:1").token("secret"));
        assert!(!shown.contains("secret"), "{shown}");
    }
}
