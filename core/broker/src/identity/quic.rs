//! The keys of the QUIC endpoint, kept so that a restarted broker is recognised.
//!
//! With the same keys a new life of the broker knows the connection ids of the one before and answers their packets with
//! resets that their clients believe; so they learn within a round trip that they must connect again.

use std::fmt::Write as _;
use std::sync::Arc;

use ring::rand::{SecureRandom, SystemRandom};
use ring::{hkdf, hmac};

use super::IdentityFault;
use super::folder::Folder;

const FILE: &str = "quic.keys";
const KEY_BYTES: usize = 32;
const HEADER: &str = "# Keys of the broker's QUIC endpoint, in hexadecimal. Keep them to yourself; lost, they are made anew,\n\
    # and clients of the last life of this broker learn of it by a timeout.\n";

/// The keys, ready for quinn.
#[derive(Clone)]
pub struct QuicKeys {
    /// Makes stateless resets.
    pub reset: Arc<dyn quinn_proto::crypto::HmacKey>,
    /// Marks connection ids as this broker's.
    pub connection_id: u64,
    /// Seals the tokens by which clients prove their address.
    pub address_token: Arc<dyn quinn_proto::crypto::HandshakeTokenKey>,
}

impl std::fmt::Debug for QuicKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("QuicKeys")
    }
}

/// The three keys as they are kept.
#[derive(Clone, PartialEq, Eq)]
struct Kept {
    reset: [u8; KEY_BYTES],
    connection_id: [u8; KEY_BYTES],
    address_token: [u8; KEY_BYTES],
}

pub(super) fn open(folder: &Folder) -> Result<QuicKeys, IdentityFault> {
    let kept = match folder.read(FILE)? {
        Some(text) => Kept::parse(&text).ok_or_else(|| IdentityFault::Damaged {
            path: folder.file(FILE),
            what: "it has not the three keys that it should",
            remedy: "delete it, and new ones are made",
        })?,
        None => {
            let kept = Kept::random()?;
            folder.write(FILE, &kept.text())?;
            kept
        }
    };
    Ok(kept.ready())
}

impl Kept {
    fn random() -> Result<Self, IdentityFault> {
        let random = SystemRandom::new();
        let draw = || {
            let mut key = [0; KEY_BYTES];
            random.fill(&mut key).map_err(|_| IdentityFault::NoRandomness).map(|()| key)
        };
        Ok(Self { reset: draw()?, connection_id: draw()?, address_token: draw()? })
    }

    fn text(&self) -> String {
        let mut text = HEADER.to_owned();
        for (name, key) in [
            ("reset", &self.reset),
            ("connection_id", &self.connection_id),
            ("address_token", &self.address_token),
        ] {
            // Writing into a String doesn't fail.
            let _ = writeln!(text, "{name} {}", super::hexadecimal(key));
        }
        text
    }

    fn parse(text: &str) -> Option<Self> {
        let key = |name: &str| {
            let mut lines =
                text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            key_of(lines.next()?.trim())
        };
        Some(Self {
            reset: key("reset")?,
            connection_id: key("connection_id")?,
            address_token: key("address_token")?,
        })
    }

    fn ready(&self) -> QuicKeys {
        let [a, b, c, d, e, f, g, h, ..] = self.connection_id;
        QuicKeys {
            reset: Arc::new(hmac::Key::new(hmac::HMAC_SHA256, &self.reset)),
            connection_id: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            address_token: Arc::new(
                hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(&self.address_token),
            ),
        }
    }
}

fn key_of(digits: &str) -> Option<[u8; KEY_BYTES]> {
    if digits.len() != 2 * KEY_BYTES || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut key = [0; KEY_BYTES];
    for (i, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_were_written() {
        let kept = Kept::random().unwrap();
        assert!(Kept::parse(&kept.text()) == Some(kept.clone()));
        assert!(kept.reset != kept.address_token);
    }

    #[test]
    fn what_is_damaged_gives_no_keys() {
        let text = Kept::random().unwrap().text();
        for damaged in [
            "".to_owned(),
            text.replace("reset", "rest"),
            text[..text.len() - 2].to_owned(),
            text.replace("_token ", "_token é"),
        ] {
            assert!(Kept::parse(&damaged).is_none());
        }
    }
}
