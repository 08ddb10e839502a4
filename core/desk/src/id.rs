//! Who and what is meant: the ids that tenants choose, the ids that the broker makes, and the small numbers used inside.
//!
//! Ids are newtypes, so that a department can't be passed for a site. This file never makes an id by itself: randomness is
//! an argument.

mod held;

use std::fmt;
use std::num::NonZeroU64;
use std::sync::Arc;

pub(crate) use held::HeldVisitorId;

use crate::chance::Chance;

/// Longest id that a tenant may choose, in bytes of UTF-8.
pub const ID_BYTES_MAX: usize = 64;

/// Why a text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdFault {
    /// The text is empty; give at least one character.
    #[error("an id is empty; give 1 to 64 bytes")]
    Empty,
    /// The text has more than [`ID_BYTES_MAX`] bytes; shorten it.
    #[error("an id has more than 64 bytes; shorten it")]
    TooLong,
    /// The text holds a control character; remove it.
    #[error("an id holds a control character; remove it")]
    ControlCharacter,
}

fn checked(text: &str) -> Result<&str, IdFault> {
    if text.is_empty() {
        return Err(IdFault::Empty);
    }
    if text.len() > ID_BYTES_MAX {
        return Err(IdFault::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(IdFault::ControlCharacter);
    }
    Ok(text)
}

macro_rules! chosen_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// UTF-8 of 1 to 64 bytes without control characters; cheap to clone.
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses an id. Errors: see [`IdFault`].
            pub fn new(text: &str) -> Result<Self, IdFault> {
                checked(text).map(|text| Self(text.into()))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

chosen_id!(
    /// A company's id.
    TenantId
);
chosen_id!(
    /// A site's id, unique in its tenant.
    SiteId
);
chosen_id!(
    /// The id of a group of sites, unique in its tenant.
    SiteGroupId
);
chosen_id!(
    /// A department's id, unique in its tenant.
    DepartmentId
);
chosen_id!(
    /// An agent's id, unique in its tenant.
    AgentId
);
chosen_id!(
    /// A visitor's id, unique in its tenant.
    VisitorId
);
chosen_id!(
    /// The id of a schedule of opening hours, unique in its tenant.
    ScheduleId
);
chosen_id!(
    /// A style's id, unique in its tenant: how a site receives.
    StyleId
);
chosen_id!(
    /// A skill's id, unique in its tenant.
    SkillId
);
chosen_id!(
    /// The id of a rule by which visitors are invited, unique in its tenant.
    InvitationRuleId
);
chosen_id!(
    /// A channel's id, unique in its tenant: the kind of front end that a session comes through.
    ChannelId
);

/// A tenant's place in the engine. Numbers are given in the order in which tenants are added and never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantNo(pub u32);

/// A site's place in its tenant's policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SiteNo(pub u16);

/// A region's place among those that its tenant counts, at most [`RegionNo::MAX`]. Which one it is knows whoever counts; 0 is no
/// region at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RegionNo(pub u16);

impl RegionNo {
    /// The highest one.
    pub const MAX: Self = Self(8_191);
}

/// A department's place in its tenant's policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DepartmentNo(pub u16);

/// A style's place in its tenant's policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StyleNo(pub u16);

/// A channel's place in its tenant's policy; 0 is the one of those who name none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelNo(pub u8);

/// An agent's place on its tenant's floor. An agent keeps its number for the floor's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AgentNo(pub u32);

/// Where a visitor's record lies. The generation tells one life of a slot from the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VisitorRef {
    /// The shard.
    pub shard: u32,
    /// The slot within the shard.
    pub slot: u32,
    /// Which life of the slot.
    pub generation: u32,
}

/// Who speaks through a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Person {
    /// A visitor.
    Visitor(VisitorRef),
    /// An agent, of any role that may answer.
    Agent(AgentNo),
}

/// One life of a link's slot. A stale id never names a newer link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId {
    /// The slot in the directory of links.
    pub slot: u32,
    /// Which life of the slot.
    pub generation: u32,
}

macro_rules! made_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// 128 random bits, never zero; textual form 32 lower-case hexadecimal digits.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name {
            high: NonZeroU64,
            low: u64,
        }

        impl $name {
            /// Draws a new id.
            pub fn random(chance: &mut Chance) -> Self {
                let low = chance.bits();
                // Losing one bit in 64 is cheaper than a second draw that would almost never happen.
                let high = NonZeroU64::new(chance.bits() | 1).unwrap_or(NonZeroU64::MIN);
                Self { high, low }
            }

            /// Reads the 16 bytes of the wire. `None` for bytes that no such id can have.
            pub fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
                let value = u128::from_be_bytes(bytes);
                Some(Self { high: NonZeroU64::new((value >> 64) as u64)?, low: value as u64 })
            }

            /// The 16 bytes of the wire.
            pub fn to_bytes(self) -> [u8; 16] {
                (u128::from(self.high.get()) << 64 | u128::from(self.low)).to_be_bytes()
            }

            /// 64 of its random bits, for tables.
            pub fn hash_bits(self) -> u64 {
                self.low
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:016x}{:016x}", self.high, self.low)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

made_id!(
    /// A session's id.
    SessionId
);
made_id!(
    /// The id of words to all agents.
    AnnouncementId
);
made_id!(
    /// A room's id.
    RoomId
);
made_id!(
    /// An offer's id.
    OfferId
);
made_id!(
    /// An invitation's id.
    InvitationId
);

/// A message's id as its sender chose it: 16 bytes, random. The same id sent again is the same message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientMessageId(pub [u8; 16]);

impl ClientMessageId {
    /// 64 of its bits, for tables. A sender chooses them, so tables must not depend on their spread.
    pub fn hash_bits(self) -> u64 {
        let value = u128::from_be_bytes(self.0);
        (value as u64) ^ ((value >> 64) as u64)
    }
}

impl fmt::Debug for ClientMessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_bounded_in_bytes_not_in_characters() {
        assert!(VisitorId::new(&"访".repeat(21)).is_ok());
        assert_eq!(VisitorId::new(&"访".repeat(22)), Err(IdFault::TooLong));
        assert_eq!(VisitorId::new(""), Err(IdFault::Empty));
        assert_eq!(VisitorId::new("a\nb"), Err(IdFault::ControlCharacter));
    }

    #[test]
    fn a_session_id_survives_the_wire() {
        let mut chance = Chance::seeded([7; 32]);
        for _ in 0..100 {
            let id = SessionId::random(&mut chance);
            assert_eq!(SessionId::from_bytes(id.to_bytes()), Some(id));
            assert_eq!(id.to_string().len(), 32);
        }
        assert_eq!(SessionId::from_bytes([0; 16]), None);
    }
}
