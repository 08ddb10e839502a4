//! How QUIC is set for very many quiet connections, each number with its reason.
//!
//! quinn's defaults are those of a file server: a single stranger could hold 10 MiB of send buffer, 100 streams and an
//! unbounded receive window. Here everyone begins as a stranger and is widened when its token has said who it is.

use std::sync::Arc;
use std::time::Duration;

use quinn::{EndpointConfig, IdleTimeout, ServerConfig, TransportConfig, VarInt};
use quinn_proto::HashedConnectionIdGenerator;

use crate::token::Role;

/// What a stream may send beyond what was read of it. It can't be changed after the handshake, so it is that of a visitor for all;
/// a gateway gets its throughput from many lanes. 64 KiB in 50 ms are 1.3 MB/s: some thousand messages a second on a lane.
const STREAM_RECEIVE_BYTES: u32 = 64 * 1024;
/// What a stranger may send in all: the longest control frame and its prefix fit, and nothing else.
const STRANGER_RECEIVE_BYTES: u32 = 16 * 1024;
/// What waits for a stranger: Welcome or GoAway.
const STRANGER_SEND_BYTES: u64 = 16 * 1024;
/// Streams of a stranger: control.
const STRANGER_STREAMS: u32 = 1;
/// Handshake bytes out of order: a ClientHello with a post-quantum key and a Finished are 2 KiB.
const CRYPTO_BUFFER_BYTES: usize = 8 * 1024;
/// Connection attempts that wait for the accept loop, which never waits itself: this is a burst, not a queue.
const ARRIVALS_MAX: usize = 4_096;
/// What is kept of each of them beyond its first packet: nothing is sent early to us, so a second flight at most.
const ARRIVAL_BYTES: u64 = 16 * 1024;
/// And of all of them together.
const ARRIVALS_BYTES: u64 = 16 * 1024 * 1024;
/// How long a Retry may take: a second or two on bad nets; longer only helps who collects them.
const RETRY_LIFETIME: Duration = Duration::from_secs(10);

/// The flow-control windows of a role. They bound what one connection can pin, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows {
    /// What it may send that was not read yet.
    pub(super) receive_bytes: u32,
    /// What is kept of what it was sent until it acknowledges.
    pub(super) send_bytes: u32,
}

impl Windows {
    pub(super) fn of(role: Role) -> Self {
        match role {
            // A person types; it receives at most a replay.
            Role::Visitor => Self { receive_bytes: 256 * 1024, send_bytes: 512 * 1024 },
            // An agent has many sessions and watches lists.
            Role::Agent | Role::Bot | Role::Supervisor | Role::Admin => {
                Self { receive_bytes: 1024 * 1024, send_bytes: 2 * 1024 * 1024 }
            }
            // Every lane at its window's end, and 100 ms of a gigabit on the way back.
            Role::Gateway => Self { receive_bytes: 4 * 1024 * 1024, send_bytes: 16 * 1024 * 1024 },
        }
    }
}

/// What the broker's configuration and identity add to the numbers above.
pub(crate) struct Tuning {
    /// TLS 1.3 with certificate and ALPN.
    pub(crate) tls: Arc<quinn::crypto::rustls::QuicServerConfig>,
    /// Makes stateless resets that clients of an earlier life recognise.
    pub(crate) reset_key: Arc<dyn quinn_proto::crypto::HmacKey>,
    /// Marks connection ids as ours, over restarts.
    pub(crate) connection_id_key: u64,
    /// Seals the tokens by which clients prove their address; kept, so that those of an earlier life still hold.
    pub(crate) address_token_key: Arc<dyn quinn_proto::crypto::HandshakeTokenKey>,
    /// Silence after which a connection is over.
    pub(crate) idle_timeout: Duration,
    /// Stateless resets a second, at least 1.
    pub(crate) resets_per_s: u32,
}

impl Tuning {
    pub(super) fn endpoint(&self) -> EndpointConfig {
        let mut endpoint = EndpointConfig::new(Arc::clone(&self.reset_key));
        let key = self.connection_id_key;
        // Ids that we never gave out are told from those of an earlier life, which alone are answered with a reset.
        endpoint.cid_generator(move || Box::new(HashedConnectionIdGenerator::from_key(key)));
        // quinn's 50 a second would let the clients of a restarted broker run into their timeouts.
        endpoint.min_reset_interval(Duration::from_secs(1) / self.resets_per_s.max(1));
        endpoint
    }

    pub(super) fn server(&self) -> ServerConfig {
        let mut server = ServerConfig::with_crypto(Arc::clone(&self.tls) as _);
        server
            .transport_config(Arc::new(self.transport()))
            .token_key(Arc::clone(&self.address_token_key))
            .max_incoming(ARRIVALS_MAX)
            .incoming_buffer_size(ARRIVAL_BYTES)
            .incoming_buffer_size_total(ARRIVALS_BYTES)
            .retry_token_lifetime(RETRY_LIFETIME)
            // Phones change networks; quinn validates the new path before it sends much there.
            .migration(true);
        server
    }

    fn transport(&self) -> TransportConfig {
        let mut transport = TransportConfig::default();
        transport
            .max_concurrent_bidi_streams(VarInt::from_u32(STRANGER_STREAMS))
            // Nothing goes one way only, yet.
            .max_concurrent_uni_streams(VarInt::from_u32(0))
            .stream_receive_window(VarInt::from_u32(STREAM_RECEIVE_BYTES))
            .receive_window(VarInt::from_u32(STRANGER_RECEIVE_BYTES))
            .send_window(STRANGER_SEND_BYTES)
            // A full lane must not hold up the control stream or its neighbours.
            .send_fairness(true)
            // The client decides how often its path needs a packet: it alone knows whether it sleeps. From this side a
            // keep-alive would wake a phone's radio for nothing, and cost a timer and a packet for each quiet connection.
            .keep_alive_interval(None)
            .max_idle_timeout(Some(self.idle()))
            .crypto_buffer_size(CRYPTO_BUFFER_BYTES)
            // Off until previews go by datagram: a buffer that nobody reads is only good for being filled.
            .datagram_receive_buffer_size(None)
            .datagram_send_buffer_size(0)
            // 1,200 bytes pass everywhere; more is found out by probing, which quinn takes back when the path swallows it.
            .initial_mtu(1_200)
            .min_mtu(1_200)
            // Tells observers the round trip time, and us nothing.
            .allow_spin(false);
        transport
    }

    fn idle(&self) -> IdleTimeout {
        let ms = u32::try_from(self.idle_timeout.as_millis()).unwrap_or(u32::MAX);
        IdleTimeout::from(VarInt::from_u32(ms))
    }
}
