//! Who is let in: bounds on connections in all, from one address, and of those that haven't said who they are.
//!
//! A [`Place`] is counted while it exists. Whoever finds no place is refused in one packet, before any key is computed; when
//! many are half-open, those who haven't proved their address are sent to prove it first, which costs no memory here.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use dashmap::DashMap;
use tokio::sync::Notify;

use crate::config::Limits;

/// Half-open connections beyond which an address must be proved first: below it a round trip is saved, and a flood of
/// forged addresses can't hold more than this.
const UNVALIDATED_MAX: u32 = 512;

/// What is to be done with one who wants to connect.
#[derive(Debug)]
pub(crate) enum Admission {
    /// It may shake hands.
    Welcome(Place),
    /// It shall prove its address and come again.
    ProveAddress,
    /// There is no place; the name of the bound that was reached.
    Full(&'static str),
}

/// The bounds and what is counted against them.
#[derive(Debug)]
pub(crate) struct Gate {
    limits: Limits,
    connections: AtomicU32,
    strangers: AtomicU32,
    addresses: DashMap<IpAddr, u32>,
    emptied: Notify,
}

impl Gate {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            connections: AtomicU32::new(0),
            strangers: AtomicU32::new(0),
            addresses: DashMap::new(),
            emptied: Notify::new(),
        })
    }

    /// Connections that exist, strangers among them.
    pub(crate) fn connections(&self) -> u32 {
        // Relaxed, here and below: counts stand for themselves.
        self.connections.load(Ordering::Relaxed)
    }

    /// Connections that haven't said who they are.
    pub(crate) fn strangers(&self) -> u32 {
        self.strangers.load(Ordering::Relaxed)
    }

    /// Waits until there is no connection.
    pub(crate) async fn empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.connections() == 0 {
                return;
            }
            emptied.await;
        }
    }

    /// Decides about an arrival. Only the accept loop calls it, so that counts can't be overrun between look and take.
    pub(crate) fn admit(self: &Arc<Self>, ip: IpAddr, is_validated: Validated) -> Admission {
        let strangers = self.strangers();
        if strangers >= self.limits.hellos_pending_max {
            return Admission::Full("hellos_pending_max");
        }
        if self.connections() >= self.limits.connections_max {
            return Admission::Full("connections_max");
        }
        if is_validated == Validated::No && strangers >= UNVALIDATED_MAX {
            return Admission::ProveAddress;
        }
        let ip = home_of(ip);
        let mut from_there = self.addresses.entry(ip).or_insert(0);
        if *from_there >= self.limits.connections_per_address_max {
            return Admission::Full("connections_per_address_max");
        }
        *from_there += 1;
        drop(from_there);
        self.connections.fetch_add(1, Ordering::Relaxed);
        self.strangers.fetch_add(1, Ordering::Relaxed);
        Admission::Welcome(Place { gate: Arc::clone(self), ip, is_stranger: true })
    }
}

/// What counts as one address: an IPv6 network of 64 bits is one customer's, who has all of its addresses.
fn home_of(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(ip) => IpAddr::from((ip.to_bits() & !u128::from(u64::MAX)).to_be_bytes()),
    }
}

/// Whether an address was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validated {
    Yes,
    No,
}

/// One connection's place, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    gate: Arc<Gate>,
    ip: IpAddr,
    is_stranger: bool,
}

impl Place {
    /// It has said who it is.
    pub(crate) fn known(&mut self) {
        if std::mem::replace(&mut self.is_stranger, false) {
            self.gate.strangers.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.known();
        if let Some(mut from_there) = self.gate.addresses.get_mut(&self.ip) {
            *from_there -= 1;
        }
        self.gate.addresses.remove_if(&self.ip, |_, from_there| *from_there == 0);
        if self.gate.connections.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.gate.emptied.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn admitted(gate: &Arc<Gate>) -> Place {
        match gate.admit(HOME, Validated::Yes) {
            Admission::Welcome(place) => place,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_place_is_given_back_when_its_connection_goes() {
        let gate = Gate::new(Limits { connections_max: 2, ..Limits::default() });
        let mut first = admitted(&gate);
        first.known();
        let second = admitted(&gate);
        assert!(matches!(gate.admit(HOME, Validated::Yes), Admission::Full("connections_max")));
        assert_eq!((gate.connections(), gate.strangers()), (2, 1));
        drop(first);
        drop(second);
        assert_eq!((gate.connections(), gate.strangers()), (0, 0));
        assert!(gate.addresses.is_empty());
        admitted(&gate);
    }

    #[test]
    fn an_address_has_its_own_bound_and_strangers_theirs() {
        let gate = Gate::new(Limits {
            connections_per_address_max: 1,
            hellos_pending_max: 2,
            ..Limits::default()
        });
        let _one = admitted(&gate);
        assert!(matches!(
            gate.admit(HOME, Validated::Yes),
            Admission::Full("connections_per_address_max")
        ));
        let elsewhere = IpAddr::from([192, 0, 2, 1]);
        let Admission::Welcome(_two) = gate.admit(elsewhere, Validated::No) else {
            panic!("there was room")
        };
        let further = IpAddr::from([192, 0, 2, 2]);
        assert!(matches!(
            gate.admit(further, Validated::Yes),
            Admission::Full("hellos_pending_max")
        ));
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let gate = Gate::new(Limits { connections_per_address_max: 1, ..Limits::default() });
        let [one, neighbour, stranger]: [IpAddr; 3] =
            ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"]
                .map(|ip| ip.parse().unwrap());
        let Admission::Welcome(place) = gate.admit(one, Validated::Yes) else { panic!("a first") };
        assert!(matches!(
            gate.admit(neighbour, Validated::Yes),
            Admission::Full("connections_per_address_max")
        ));
        assert!(matches!(gate.admit(stranger, Validated::Yes), Admission::Welcome(_)));
        drop(place);
        assert!(matches!(gate.admit(neighbour, Validated::Yes), Admission::Welcome(_)));
        assert!(gate.addresses.is_empty());
    }

    #[test]
    fn when_many_are_half_open_an_address_must_be_proved() {
        let gate = Gate::new(Limits::default());
        let places: Vec<_> = (0..UNVALIDATED_MAX).map(|_| admitted(&gate)).collect();
        assert!(matches!(gate.admit(HOME, Validated::No), Admission::ProveAddress));
        let _proved = admitted(&gate);
        assert_eq!(gate.connections() as usize, places.len() + 1);
    }
}
