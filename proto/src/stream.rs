//! The first byte of a bidirectional stream, which says what the stream is for.
//!
//! All of them are opened by the client. Whatever follows the byte is frames.

use crate::v1::Code;

/// What a client-opened bidirectional stream is for. 0x03 is kept free for files and refused until they exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum StreamKind {
    /// `ControlCommand` up, `ControlEvent` down. The first stream of a connection, and the only one of its kind.
    Control = 0x01,
    /// `Command` up, `Delivery` down. Any number up to `Limits.lanes_max`, after Welcome.
    Lane = 0x02,
}

impl StreamKind {
    /// The byte that begins such a stream.
    pub fn first_byte(self) -> u8 {
        self as u8
    }
}

/// A first byte that begins no stream known here; name one of [`StreamKind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a stream begins with byte {0:#04x}, which names no kind of stream; begin it with 0x01 or 0x02"
)]
pub struct UnknownStreamKind(pub u8);

impl UnknownStreamKind {
    /// The code to refuse the stream with.
    pub fn code(self) -> Code {
        Code::Protocol
    }
}

impl TryFrom<u8> for StreamKind {
    type Error = UnknownStreamKind;

    fn try_from(first_byte: u8) -> Result<Self, Self::Error> {
        match first_byte {
            0x01 => Ok(Self::Control),
            0x02 => Ok(Self::Lane),
            unknown => Err(UnknownStreamKind(unknown)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_first_byte_is_one_kind_of_stream_or_refused() {
        for byte in 0..=u8::MAX {
            match StreamKind::try_from(byte) {
                Ok(kind) => assert_eq!(kind.first_byte(), byte),
                Err(refused) => assert_eq!((refused.0, refused.code()), (byte, Code::Protocol)),
            }
        }
        assert_eq!(StreamKind::try_from(0x01), Ok(StreamKind::Control));
        assert_eq!(StreamKind::try_from(0x02), Ok(StreamKind::Lane));
        assert_eq!(StreamKind::try_from(0x03), Err(UnknownStreamKind(0x03)), "kept free for files");
    }
}
