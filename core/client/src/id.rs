//! The 128-bit ids: sessions, offers and invitations, which the broker names, and messages, which their sender names.
//!
//! All are written as 32 lowercase hexadecimal digits. Never parsed from anything but 16 bytes or that text.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use frontdesk_proto::ids::{self, IdFault};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub [u8; 16]);

        impl $name {
            pub(crate) fn to_wire(self) -> Bytes {
                Bytes::copy_from_slice(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&ids::to_text(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdFault;

            fn from_str(text: &str) -> Result<Self, IdFault> {
                ids::from_text(text).map(Self)
            }
        }
    };
}

macro_rules! brokers_id {
    ($(#[$doc:meta])* $name:ident) => {
        id!($(#[$doc])* $name);

        impl $name {
            pub(crate) fn from_wire(bytes: &[u8]) -> Result<Self, IdFault> {
                ids::from_bytes(bytes).map(Self)
            }
        }
    };
}

brokers_id!(
    /// A session, named by the broker; unguessable.
    SessionId
);
brokers_id!(
    /// Words to all agents, named by the broker.
    AnnouncementId
);
brokers_id!(
    /// A room of colleagues, named by the broker; unguessable.
    RoomId
);
brokers_id!(
    /// An offer, named by the broker.
    OfferId
);
brokers_id!(
    /// An invitation, named by the broker.
    InvitationId
);
id!(
    /// A message, named by its sender at random: said again, it is not said twice.
    MessageId
);

impl MessageId {
    /// A new one at random, from the operating system's generator.
    pub fn random() -> Self {
        let mut bytes = [0; 16];
        crate::chance::fill(&mut bytes);
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_after_being_written_and_read() {
        let id = SessionId(*b"0123456789abcdef");
        assert_eq!(id.to_string(), "30313233343536373839616263646566");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn what_the_broker_sends_with_another_length_is_no_id() {
        assert_eq!(SessionId::from_wire(b"short"), Err(IdFault::Length(5)));
    }

    #[test]
    fn two_random_ids_differ() {
        assert_ne!(MessageId::random(), MessageId::random());
    }
}
