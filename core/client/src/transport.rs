//! QUIC and TLS: how one connection to the broker is made, and how a test breaks it.
//!
//! Each connection has an endpoint, and so a UDP port, of its own: a new attempt begins without anything of the last one.
//! Never speaks the protocol above QUIC.

use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use frontdesk_proto::version::ALPN;
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{AsyncUdpSocket, Connection, Endpoint, TransportConfig, UdpPoller, VarInt, udp};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, DigitallySignedStruct, PeerIncompatible, RootCertStore, SignatureScheme,
};

use crate::error::ConnectError;
use crate::options::{Options, Trust};

/// What one person's lane may have unread: eight times a link's credit, so that only the link itself is ever held up.
const LANE_WINDOW_BYTES: u32 = 512 * 1024;
/// What a connection may have unread in all: a gateway's lanes share it.
const CONNECTION_WINDOW_BYTES: u32 = 8 * 1024 * 1024;
/// What may be unacknowledged upwards: a gateway's burst over a round trip of 80 ms at 400 Mbit/s.
const SEND_WINDOW_BYTES: u64 = 4 * 1024 * 1024;
/// Signs of life in an idle timeout: two may be lost.
const KEEP_ALIVES_IN_TIMEOUT: u32 = 3;

const _: () = assert!(LANE_WINDOW_BYTES >= 8 * frontdesk_proto::limits::LINK_CREDIT_BYTES);
const _: () = assert!(CONNECTION_WINDOW_BYTES >= LANE_WINDOW_BYTES);

/// A connection and the socket under it.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) connection: Connection,
    endpoint: Endpoint,
}

impl Wire {
    /// Resolves, opens a socket and makes the TLS handshake. Cancelled at any point, it leaves nothing behind.
    pub(crate) async fn connect(options: &Options) -> Result<Self, ConnectError> {
        let config = client_config(options)?;
        let address = resolve(&options.address).await?;
        let any: SocketAddr = match address {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let endpoint = Endpoint::client(any)?;
        let connecting = endpoint
            .connect_with(config, address, &options.server_name)
            .map_err(|error| ConnectError::Setup(error.to_string()))?;
        Ok(Self { connection: connecting.await?, endpoint })
    }

    /// Breaks the connection without a word to the broker: from here on nothing of it reaches the network.
    ///
    /// The endpoint is put on a socket that swallows what is sent and never receives; then the connection is closed on this
    /// side. The broker finds out by its idle timeout, or when the same person attaches again.
    pub(crate) fn sever(&self) {
        let here = self.endpoint.local_addr().unwrap_or((Ipv4Addr::LOCALHOST, 0).into());
        // It fails only where the new socket doesn't know its address, and this one does.
        let _ = self.endpoint.rebind_abstract(Arc::new(Void { here }));
        self.connection.close(VarInt::from_u32(0), b"");
    }

    /// Says goodbye, if there still is somebody to hear it, and waits for nothing.
    pub(crate) fn abandon(&self) {
        self.connection.close(VarInt::from_u32(0), b"");
    }

    /// Says goodbye and waits a moment for it to leave.
    pub(crate) async fn close(&self) {
        self.connection.close(VarInt::from_u32(0), b"closed");
        let _ = tokio::time::timeout(Duration::from_millis(500), self.endpoint.wait_idle()).await;
    }
}

async fn resolve(address: &str) -> Result<SocketAddr, ConnectError> {
    let fault = |source| ConnectError::Address { address: address.to_owned(), source };
    let nothing = || fault(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
    tokio::net::lookup_host(address).await.map_err(fault)?.next().ok_or_else(nothing)
}

fn client_config(options: &Options) -> Result<quinn::ClientConfig, ConnectError> {
    let provider = Arc::new(ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| ConnectError::Setup(error.to_string()))?;
    let mut tls = match &options.trust {
        Trust::Pin(pin) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(PinVerifier { pin: *pin, provider }))
            .with_no_client_auth(),
        Trust::File(path) => {
            let certificates = CertificateDer::pem_file_iter(path)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|error| ConnectError::Trust(format!("{}: {error}", path.display())))?;
            builder.with_root_certificates(roots(certificates)?).with_no_client_auth()
        }
        Trust::Roots(certificates) => {
            builder.with_root_certificates(roots(certificates.clone())?).with_no_client_auth()
        }
    };
    tls.alpn_protocols = vec![ALPN.to_vec()];
    let crypto =
        QuicClientConfig::try_from(tls).map_err(|error| ConnectError::Setup(error.to_string()))?;
    let mut config = quinn::ClientConfig::new(Arc::new(crypto));
    config.transport_config(Arc::new(transport_config(options)?));
    Ok(config)
}

fn roots(certificates: Vec<CertificateDer<'static>>) -> Result<RootCertStore, ConnectError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate).map_err(|error| ConnectError::Trust(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(ConnectError::Trust("none is given".into()));
    }
    Ok(roots)
}

fn transport_config(options: &Options) -> Result<TransportConfig, ConnectError> {
    let idle_timeout = options
        .idle_timeout
        .try_into()
        .map_err(|_| ConnectError::Setup("an idle timeout past all bounds".into()))?;
    let mut transport = TransportConfig::default();
    transport
        .max_idle_timeout(Some(idle_timeout))
        .keep_alive_interval(Some(options.idle_timeout / KEEP_ALIVES_IN_TIMEOUT))
        .stream_receive_window(VarInt::from_u32(LANE_WINDOW_BYTES))
        .receive_window(VarInt::from_u32(CONNECTION_WINDOW_BYTES))
        .send_window(SEND_WINDOW_BYTES)
        // The client opens all streams and takes no datagrams.
        .max_concurrent_bidi_streams(VarInt::from_u32(0))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .datagram_receive_buffer_size(None);
    Ok(transport)
}

/// Takes exactly one certificate, and proof that the other side has its key.
#[derive(Debug)]
struct PinVerifier {
    pin: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if sha256(end_entity).as_deref() == Some(&self.pin[..]) {
            return Ok(ServerCertVerified::assertion());
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        // QUIC has TLS 1.3 only.
        Err(PeerIncompatible::Tls12NotOffered.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// SHA-256 by the hash of the TLS suite that has it, so that no other library is needed.
pub(crate) fn sha256(bytes: &[u8]) -> Option<Vec<u8>> {
    let suite = ring::cipher_suite::TLS13_AES_128_GCM_SHA256.tls13()?;
    Some(suite.common.hash_provider.hash(bytes).as_ref().to_vec())
}

/// A socket that swallows what is sent and never receives.
struct Void {
    here: SocketAddr,
}

impl fmt::Debug for Void {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Void")
    }
}

impl AsyncUdpSocket for Void {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Box::pin(AlwaysWritable)
    }

    fn try_send(&self, _transmit: &udp::Transmit<'_>) -> io::Result<()> {
        Ok(())
    }

    fn poll_recv(
        &self,
        _context: &mut Context<'_>,
        _buffers: &mut [IoSliceMut<'_>],
        _meta: &mut [udp::RecvMeta],
    ) -> Poll<io::Result<usize>> {
        Poll::Pending
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.here)
    }
}

#[derive(Debug)]
struct AlwaysWritable;

impl UdpPoller for AlwaysWritable {
    fn poll_writable(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_pin_is_sha_256() {
        let Ok(Trust::Pin(known)) =
            Trust::pin("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        else {
            panic!("a pin")
        };
        assert_eq!(sha256(b"abc").as_deref(), Some(&known[..]));
    }

    #[test]
    fn trusting_nobody_is_told_before_anything_is_sent() {
        let fault = client_config(&Options::new("127.0.0.1:1")).err();
        assert!(matches!(fault, Some(ConnectError::Trust(_))), "{fault:?}");
    }
}
