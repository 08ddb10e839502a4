//! The broker's page for machines: `/metrics` for Prometheus, `/health` (it lives) and `/ready` (it takes connections).
//!
//! Plain HTTP/1.1, one request a connection, for an inner network: it asks for no token and tells nothing about people. What
//! a stranger can hold here is bounded in number ([`CONNECTIONS_MAX`]), size and time; whoever comes when all places are
//! taken waits in the system's queue. It never reads a request's body.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::metrics::{self, Metrics};

/// Connections at once: a few scrapers and a load balancer's checks need a handful.
pub const CONNECTIONS_MAX: usize = 64;
/// Bytes of a request's head, the least that hyper takes.
const HEAD_BYTES_MAX: usize = 8 * 1024;
/// Header lines of a request.
const HEADERS_MAX: usize = 32;
/// How long a request's head may take.
const HEAD_TIME: Duration = Duration::from_secs(5);
/// How long a connection may take in all.
const CONNECTION_TIME: Duration = Duration::from_secs(15);
/// How long to wait after the system couldn't accept, for want of file handles for instance.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Whether the broker takes new connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It does.
    Ready,
    /// It is being stopped.
    Draining,
}

/// A port that is listened on.
pub struct HttpServer {
    listener: TcpListener,
    address: SocketAddr,
    page: Arc<Page>,
}

struct Page {
    metrics: Arc<Metrics>,
    readiness: Box<dyn Fn() -> Readiness + Send + Sync>,
}

impl HttpServer {
    /// Takes the port. Must be called within a tokio runtime with I/O; port 0 takes any free one.
    ///
    /// # Errors
    /// What the system says, when the port is taken or not for this user.
    pub fn bind(
        address: SocketAddr,
        metrics: Arc<Metrics>,
        readiness: impl Fn() -> Readiness + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let page = Arc::new(Page { metrics, readiness: Box::new(readiness) });
        Ok(Self { address: listener.local_addr()?, listener, page })
    }

    /// Where it listens, with the port that it got.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until it is dropped; connections that were accepted before are served to their end.
    pub async fn serve(self) {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            // The semaphore is never closed.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let page = Arc::clone(&self.page);
                    tokio::spawn(async move {
                        let _ = tokio::time::timeout(CONNECTION_TIME, answer(stream, page)).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "no HTTP connection could be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

async fn answer(stream: TcpStream, page: Arc<Page>) {
    let service =
        service_fn(|request| std::future::ready(Ok::<_, Infallible>(page.respond(&request))));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .keep_alive(false)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "an HTTP connection broke off");
    }
}

impl Page {
    fn respond(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let sentence = "only GET and HEAD are served here\n";
            let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, sentence);
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        match request.uri().path() {
            "/metrics" => typed(StatusCode::OK, metrics::CONTENT_TYPE, self.metrics.page()),
            "/health" => plain(StatusCode::OK, "alive\n"),
            "/ready" => match (self.readiness)() {
                Readiness::Ready => plain(StatusCode::OK, "ready\n"),
                Readiness::Draining => {
                    let sentence = "draining: no new connections are taken; use another broker\n";
                    plain(StatusCode::SERVICE_UNAVAILABLE, sentence)
                }
            },
            _ => {
                let sentence = "there is no such page; there are /metrics, /health and /ready\n";
                plain(StatusCode::NOT_FOUND, sentence)
            }
        }
    }
}

fn plain(status: StatusCode, sentence: &'static str) -> Response<Full<Bytes>> {
    typed(status, "text/plain; charset=utf-8", sentence)
}

fn typed(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn started(readiness: impl Fn() -> Readiness + Send + Sync + 'static) -> SocketAddr {
        let metrics = Arc::new(Metrics::new(Vec::new));
        let server = HttpServer::bind("127.0.0.1:0".parse().unwrap(), metrics, readiness).unwrap();
        let address = server.local_addr();
        tokio::spawn(server.serve());
        address
    }

    /// Sends `request` and gives all that comes until the connection ends.
    async fn exchange(address: SocketAddr, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // The server may close before it has read everything; what it says is what counts.
        let _ = stream.write_all(request).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }

    async fn request(address: SocketAddr, line: &str) -> String {
        exchange(address, format!("{line} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await
    }

    #[tokio::test]
    async fn the_three_pages_are_served() {
        let address = started(|| Readiness::Ready).await;
        let metrics = request(address, "GET /metrics").await;
        assert!(metrics.starts_with("HTTP/1.1 200 ") && metrics.ends_with("# EOF\n"), "{metrics}");
        assert!(
            metrics.contains("content-type: application/openmetrics-text; version=1.0.0"),
            "{metrics}"
        );
        assert!(request(address, "GET /health").await.ends_with("\r\n\r\nalive\n"));
        assert!(request(address, "GET /ready").await.ends_with("\r\n\r\nready\n"));
    }

    #[tokio::test]
    async fn a_draining_broker_is_alive_but_not_ready() {
        let draining = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&draining);
        let address = started(move || {
            if seen.load(Ordering::SeqCst) { Readiness::Draining } else { Readiness::Ready }
        })
        .await;
        assert!(request(address, "GET /ready").await.starts_with("HTTP/1.1 200 "));
        draining.store(true, Ordering::SeqCst);
        let answer = request(address, "GET /ready").await;
        assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("draining"), "{answer}");
        assert!(request(address, "GET /health").await.starts_with("HTTP/1.1 200 "));
    }

    #[tokio::test]
    async fn anything_else_is_told_what_there_is() {
        let address = started(|| Readiness::Ready).await;
        for line in ["GET /", "GET /metrics/", "GET /../etc/passwd", "GET //"] {
            let answer = request(address, line).await;
            assert!(
                answer.starts_with("HTTP/1.1 404 ") && answer.contains("/metrics, /health"),
                "{answer}"
            );
        }
        let answer = request(address, "DELETE /metrics").await;
        assert!(
            answer.starts_with("HTTP/1.1 405 ") && answer.contains("allow: GET, HEAD"),
            "{answer}"
        );
        let answer = request(address, "HEAD /health").await;
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\n"), "{answer}");
    }

    #[tokio::test]
    async fn heads_that_are_too_long_or_none_are_turned_away() {
        let address = started(|| Readiness::Ready).await;
        let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(2 * HEAD_BYTES_MAX));
        assert!(!exchange(address, long.as_bytes()).await.contains(" 200 "));
        let many = "A: b\r\n".repeat(HEADERS_MAX + 1);
        let answer =
            exchange(address, format!("GET /health HTTP/1.1\r\n{many}\r\n").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
        assert!(
            exchange(address, b"\x16\x03\x01\x02\x00\r\n\r\n").await.starts_with("HTTP/1.1 400 ")
        );
        assert!(
            request(address, "GET /health").await.contains(" 200 "),
            "and the others are served"
        );
    }

    #[tokio::test]
    async fn who_comes_when_all_places_are_taken_waits_for_one() {
        let address = started(|| Readiness::Ready).await;
        let mut idle = Vec::new();
        for _ in 0..CONNECTIONS_MAX {
            idle.push(TcpStream::connect(address).await.unwrap());
        }
        let answer = tokio::spawn(async move { request(address, "GET /health").await });
        drop(idle);
        assert!(answer.await.unwrap().contains(" 200 "));
    }

    #[tokio::test]
    async fn a_taken_port_is_an_error() {
        let address = started(|| Readiness::Ready).await;
        let metrics = Arc::new(Metrics::new(Vec::new));
        let error = HttpServer::bind(address, metrics, || Readiness::Ready).err().unwrap();
        assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    }
}
