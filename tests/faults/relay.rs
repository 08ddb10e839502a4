//! A UDP relay before a broker: each client's packets go through a socket of their own, both ways through the same weather.
//!
//! It knows no QUIC and reads no packet. It ends when it is dropped.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::UdpSocket;
use tokio::task::{AbortHandle, JoinSet};

use crate::weather::{Done, Weather};

/// The longest packet that comes: QUIC's are far shorter.
const PACKET_BYTES_MAX: usize = 2_048;

/// Where a packet goes on.
#[derive(Clone)]
enum Way {
    ToBroker(Arc<UdpSocket>),
    ToClient(SocketAddr),
}

type Packet = (Way, Arc<[u8]>);

struct Path {
    front: UdpSocket,
    weather: Mutex<Weather<Packet>>,
}

pub struct Relay {
    path: Arc<Path>,
    task: AbortHandle,
}

impl Relay {
    /// On a free port of loopback, before a broker there.
    pub async fn before(broker: SocketAddr, seed: u64) -> Self {
        let front = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let path = Arc::new(Path { front, weather: Mutex::new(Weather::new(seed)) });
        let task = tokio::spawn(carry(Arc::clone(&path), broker)).abort_handle();
        Self { path, task }
    }

    pub fn address(&self) -> SocketAddr {
        self.path.front.local_addr().expect("it is bound")
    }

    pub fn done(&self) -> Done {
        self.path.weather.lock().expect("nobody broke off").done
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(path: Arc<Path>, broker: SocketAddr) {
    let mut upward: HashMap<SocketAddr, Arc<UdpSocket>> = HashMap::new();
    let mut downward = JoinSet::new();
    let mut bytes = [0; PACKET_BYTES_MAX];
    loop {
        // A client that is gone is told by the system as an error here; it concerns nobody else.
        let Ok((length, client)) = path.front.recv_from(&mut bytes).await else { continue };
        let socket = match upward.entry(client) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(unknown) => {
                let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
                socket.connect(broker).await.expect("loopback");
                let socket = Arc::clone(unknown.insert(Arc::new(socket)));
                downward.spawn(carry_down(Arc::clone(&path), Arc::clone(&socket), client));
                socket
            }
        };
        path.pass((Way::ToBroker(socket), bytes[..length].into())).await;
    }
}

async fn carry_down(path: Arc<Path>, socket: Arc<UdpSocket>, client: SocketAddr) {
    let mut bytes = [0; PACKET_BYTES_MAX];
    loop {
        let Ok(length) = socket.recv(&mut bytes).await else { continue };
        path.pass((Way::ToClient(client), bytes[..length].into())).await;
    }
}

impl Path {
    async fn pass(&self, packet: Packet) {
        let out = self.weather.lock().expect("nobody broke off").pass(packet);
        for (way, bytes) in out {
            // A packet that can't be sent is lost, as packets are.
            let _ = match way {
                Way::ToBroker(socket) => socket.send(&bytes).await,
                Way::ToClient(client) => self.front.send_to(&bytes, client).await,
            };
        }
    }
}
