//! A network address or a run of them: an IPv4 or IPv6 address with the length of its prefix (CIDR, RFC 4632 and RFC 4291).
//!
//! What is IPv4 written in IPv6 (`::ffff:192.0.2.7`) is IPv4, so that a visitor has one address whichever way it came.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// The shortest IPv4 prefix that may be blocked: 1 of 256 addresses of the world.
pub const V4_PREFIX_MIN: u8 = 8;
/// The shortest IPv6 prefix that may be blocked.
pub const V6_PREFIX_MIN: u8 = 16;

/// Why a text is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkFault {
    /// It is neither an address nor an address with a prefix.
    #[error(
        "this is no network; give an address as 192.0.2.7 or 2001:db8::7, or one with a prefix as 192.0.2.0/24"
    )]
    NoAddress,
    /// The number after the slash is none, or more than the address has bits.
    #[error("a prefix has at most 32 bits in IPv4 and 128 in IPv6")]
    NoPrefix,
    /// The prefix is so short that a slip would shut out a good part of the world.
    #[error(
        "a prefix has at least {V4_PREFIX_MIN} bits in IPv4 and {V6_PREFIX_MIN} in IPv6; name smaller networks"
    )]
    TooWide,
}

/// A network: all addresses that begin with the same bits. Ordered by family (IPv4 first), first address, length of the prefix.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    /// The bits beyond the prefix are 0.
    first: IpAddr,
    prefix: u8,
}

impl Network {
    /// The network of `prefix` bits that an address is in. Errors: [`NetworkFault::NoPrefix`], [`NetworkFault::TooWide`].
    pub fn new(address: IpAddr, prefix: u8) -> Result<Self, NetworkFault> {
        let (address, prefix) = match (address, address.to_canonical()) {
            (IpAddr::V6(_), canonical @ IpAddr::V4(_)) if prefix >= 96 => (canonical, prefix - 96),
            (address, _) => (address, prefix),
        };
        let (min, max) = match address {
            IpAddr::V4(_) => (V4_PREFIX_MIN, 32),
            IpAddr::V6(_) => (V6_PREFIX_MIN, 128),
        };
        if prefix > max {
            return Err(NetworkFault::NoPrefix);
        }
        if prefix < min {
            return Err(NetworkFault::TooWide);
        }
        Ok(cut(address, prefix))
    }

    /// Reads `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`. Bits beyond the prefix are passed over. Errors: see [`NetworkFault`].
    pub fn parse(text: &str) -> Result<Self, NetworkFault> {
        let (address, prefix) = match text.split_once('/') {
            None => (text, None),
            Some((address, prefix)) => (address, Some(prefix)),
        };
        let address: IpAddr = address.parse().map_err(|_| NetworkFault::NoAddress)?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => bits,
            // Without the sign that numbers may have elsewhere.
            Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                digits.parse().map_err(|_| NetworkFault::NoPrefix)?
            }
            Some(_) => return Err(NetworkFault::NoPrefix),
        };
        if prefix > bits { Err(NetworkFault::NoPrefix) } else { Self::new(address, prefix) }
    }

    /// Whether it is a single address.
    pub fn is_single(self) -> bool {
        self.prefix == if self.first.is_ipv4() { 32 } else { 128 }
    }

    /// The kind of network it is: of all of one kind, at most one holds an address.
    pub(super) fn kind(self) -> Kind {
        if self.first.is_ipv4() { Kind::V4(self.prefix) } else { Kind::V6(self.prefix) }
    }

    /// The network of a kind that holds an address; `None` for one of the other family.
    pub(super) fn around(address: IpAddr, kind: Kind) -> Option<Self> {
        match (address, kind) {
            (IpAddr::V4(_), Kind::V4(prefix)) | (IpAddr::V6(_), Kind::V6(prefix)) => {
                Some(cut(address, prefix))
            }
            _ => None,
        }
    }

    /// False if it surely holds none of the addresses that a glimpse was taken of.
    pub fn may_hold(self, glimpse: Glimpse) -> bool {
        // Not of all 32 bits: the shortest prefix has 8.
        let beyond = 32 - u32::from(self.prefix.min(32));
        glimpse == Glimpse::SEVERAL || (glimpse.0 ^ head(self.first)) >> beyond == 0
    }

    /// Whether it holds an address, which is canonical as [`address`] gives it.
    pub fn holds(self, address: IpAddr) -> bool {
        Self::around(address, self.kind()) == Some(self)
    }
}

impl fmt::Display for Network {
    /// As [`Network::parse`] reads it: a single address without its prefix.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        if self.is_single() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The first 32 bits of an address, whatever its family: four bytes by which a search passes by almost everybody whom it isn't looking
/// for. Of no address it is that of `0.0.0.0`, and of several one that may be any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Glimpse(u32);

impl Glimpse {
    /// Also that of one address in a few thousand millions, which is looked at then.
    const SEVERAL: Self = Self(u32::MAX);

    /// The glimpse of all these addresses.
    pub fn of(addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        let mut addresses = addresses.into_iter();
        match (addresses.next(), addresses.next()) {
            (None, _) => Self::default(),
            (Some(address), None) => Self(head(address)),
            (Some(_), Some(_)) => Self::SEVERAL,
        }
    }
}

fn head(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(address) => address.to_bits(),
        IpAddr::V6(address) => (address.to_bits() >> 96) as u32,
    }
}

/// The family and the length of the prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    V4(u8),
    V6(u8),
}

/// The address that a front end names in text form, alone or with a port, in one form for each address; `None` if it is none.
pub fn address(text: &str) -> Option<IpAddr> {
    let address = text.parse().or_else(|_| text.parse().map(|with: SocketAddr| with.ip())).ok();
    address.map(|address| address.to_canonical())
}

fn cut(address: IpAddr, prefix: u8) -> Network {
    let first = match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            IpAddr::V4((address.to_bits() & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            IpAddr::V6((address.to_bits() & mask).into())
        }
    };
    Network { first, prefix }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn network(text: &str) -> Network {
        Network::parse(text).unwrap()
    }

    #[test]
    fn a_network_is_written_in_one_form() {
        for (text, written) in [
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7/32", "192.0.2.7"),
            ("192.0.2.7/24", "192.0.2.0/24"),
            ("10.255.0.0/8", "10.0.0.0/8"),
            ("2001:DB8:0:0::7", "2001:db8::7"),
            ("2001:db8::ffff/32", "2001:db8::/32"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7/120", "192.0.2.0/24"),
        ] {
            assert_eq!(network(text).to_string(), written, "{text}");
            assert_eq!(network(written), network(text));
        }
    }

    #[test]
    fn what_is_no_network_is_refused_by_its_fault() {
        use NetworkFault::{NoAddress, NoPrefix, TooWide};

        for (text, fault) in [
            ("", NoAddress),
            ("shop.example", NoAddress),
            ("192.0.2", NoAddress),
            ("192.0.2.7:80", NoAddress),
            ("/24", NoAddress),
            ("192.0.2.0/", NoPrefix),
            ("192.0.2.0/+24", NoPrefix),
            ("192.0.2.0/33", NoPrefix),
            ("192.0.2.0/24/8", NoPrefix),
            ("2001:db8::/129", NoPrefix),
            ("2001:db8::/256", NoPrefix),
            ("0.0.0.0/0", TooWide),
            ("10.0.0.0/7", TooWide),
            ("::/0", TooWide),
            ("2001::/15", TooWide),
            ("::ffff:10.0.0.0/100", TooWide),
        ] {
            assert_eq!(Network::parse(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn an_address_is_the_same_whichever_way_it_is_written() {
        let seven: IpAddr = "192.0.2.7".parse().unwrap();
        for text in ["192.0.2.7", "::ffff:192.0.2.7", "192.0.2.7:4433", "[::ffff:192.0.2.7]:4433"] {
            assert_eq!(address(text), Some(seven), "{text}");
        }
        assert_eq!(address("[2001:db8::7]:1"), address("2001:db8::7"));
        for text in ["", "unknown", "192.0.2.0/24", "192.0.2.7, 192.0.2.8", "192.0.2.07"] {
            assert_eq!(address(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_network_holds_what_begins_with_its_bits(
            v6: bool, network: u128, other: u128, prefix in 0u8..=128, shared in 0u32..=128,
        ) {
            let (bits, min) = if v6 { (128, V6_PREFIX_MIN) } else { (32, V4_PREFIX_MIN) };
            let prefix = prefix.clamp(min, bits);
            let of = |bits_of: u128| -> IpAddr {
                // Not of the addresses that are IPv4 in disguise.
                if v6 { IpAddr::V6((bits_of | 1 << 127).into()) } else { IpAddr::V4((bits_of as u32).into()) }
            };
            // They begin alike for `shared` bits and are random after that.
            let tail = u128::MAX.checked_shr(128 - (u32::from(bits) - shared.min(u32::from(bits)))).unwrap_or(0);
            let (first, second) = (of(network), of(network & !tail | other & tail));
            let alike = match (first, second) {
                (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
                (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
                _ => unreachable!("both are of one family"),
            };
            let network = Network::new(first, prefix).unwrap();
            prop_assert!(network.holds(first));
            prop_assert_eq!(network.holds(second), alike >= u32::from(prefix));
            prop_assert_eq!(Network::parse(&network.to_string()), Ok(network));
            // A glimpse hides nobody, and shows that many are not meant.
            prop_assert!(!network.holds(second) || network.may_hold(Glimpse::of([second])));
            prop_assert!(network.may_hold(Glimpse::of([second, first])));
            let is_seen = alike >= u32::from(prefix).min(32) || Glimpse::of([second]) == Glimpse::SEVERAL;
            prop_assert_eq!(network.may_hold(Glimpse::of([second])), is_seen);
        }

        #[test]
        fn no_text_causes_a_panic(text in "[0-9a-f.:/]{0,50}") {
            let _ = Network::parse(&text);
            let _ = address(&text);
        }
    }
}
