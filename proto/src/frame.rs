//! Frames: a protobuf varint that says how many bytes, then so many bytes.
//!
//! [`write()`] appends a message as a frame to a buffer, so that many frames leave in one write. [`Reader`] takes a stream's
//! chunks as they come and gives back whole frames:
//!
//! ```text
//!              length complete                 all bytes there
//!   Length ──────────────────────► Body ──────────────────────► (frame out) ──► Length
//!     │ no varint of 32 bits, or longer than the bound
//!     └──────────────────────────────────────────────────────► Failed: says the same error for ever
//! ```
//!
//! A frame that lies within one chunk is a slice of it, not a copy, and keeps the whole chunk in memory: what is kept for
//! long should be copied out. The length is compared with the bound before anything
//! is allocated for it, and room grows with what has come, not with what was announced: ten bytes never cost 128 KiB.
//! Each byte is copied at most a constant number of times, however it is cut.
//!
//! Never looks inside a frame, and never waits.

use std::collections::VecDeque;

use bytes::{Buf, Bytes, BytesMut};
use prost::Message;

use crate::v1::Code;

/// Longest length prefix in bytes: five sevens of bits hold any length of 32 bits.
const PREFIX_BYTES_MAX: u32 = 5;

/// Room made for a frame of which only the beginning has come, in bytes; it doubles from there.
const ROOM_BYTES_FIRST: usize = 512;

/// Why a stream can't be cut into frames. There is no going on after one: the stream's place is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A frame announces more bytes than allowed; keep frames within `Limits.frame_bytes_max`.
    #[error(
        "a frame of {announced_bytes} bytes where at most {frame_bytes_max} are allowed; send shorter frames"
    )]
    TooLong {
        /// What the prefix says.
        announced_bytes: u32,
        /// What the reader allows.
        frame_bytes_max: u32,
    },
    /// The prefix is no varint of at most 32 bits in at most five bytes; write lengths as protobuf does.
    #[error("a frame's length that is no varint of 32 bits; write lengths as protobuf does")]
    BadLength,
    /// The stream ended within a prefix or a frame; finish a stream only between frames.
    #[error("the stream ended in the middle of a frame; finish it only between frames")]
    CutOff,
}

impl FrameError {
    /// The code to close with; all of them are in the range that means *stop*.
    pub fn code(self) -> Code {
        match self {
            Self::TooLong { .. } => Code::FrameTooLong,
            Self::BadLength => Code::Protocol,
            Self::CutOff => Code::FrameCutOff,
        }
    }
}

/// Appends `message` as one frame and says how many bytes the frame has without its prefix, as credit counts them.
///
/// Keeping within the peer's `Limits.frame_bytes_max` is the caller's part.
///
/// ```
/// use frontdesk_proto::{BytesMut, frame, v1};
///
/// let mut batch = BytesMut::new();
/// assert_eq!(frame::write(&mut batch, &v1::Command { link: 1, ..Default::default() }), 2);
/// assert_eq!(frame::write(&mut batch, &v1::Command::default()), 0);
/// assert_eq!(&batch[..], [2, 0x08, 1, 0]);
/// ```
pub fn write(batch: &mut BytesMut, message: &impl Message) -> usize {
    let frame_bytes = message.encoded_len();
    batch.reserve(prost::length_delimiter_len(frame_bytes) + frame_bytes);
    prost::encoding::encode_varint(frame_bytes as u64, batch);
    // Not `encode`: it would measure the message a second time.
    message.encode_raw(batch);
    frame_bytes
}

/// Cuts the chunks of one stream direction into frames.
///
/// After each [`push`](Self::push), call [`next`](Self::next) until it says `None`. Then the reader holds no chunk any
/// more, only the begun frame: at most `frame_bytes_max` bytes and at most twice what has come of it.
///
/// ```
/// use frontdesk_proto::{Bytes, frame};
///
/// let mut reader = frame::Reader::new(1024);
/// reader.push(Bytes::from_static(&[2, b'h', b'i', 0, 3, b'y']));
/// assert_eq!(reader.next()?.as_deref(), Some(&b"hi"[..]));
/// assert_eq!(reader.next()?.as_deref(), Some(&b""[..]));
/// assert_eq!(reader.next()?, None);
/// assert_eq!(reader.finish(), Err(frame::FrameError::CutOff));
/// # Ok::<(), frame::FrameError>(())
/// ```
#[derive(Debug)]
pub struct Reader {
    frame_bytes_max: u32,
    unread: VecDeque<Bytes>,
    place: Place,
}

/// Where in the stream the reader stands.
#[derive(Debug)]
enum Place {
    /// In a prefix, of which `prefix_bytes` have been read; 0 is between frames.
    Length { value: u32, prefix_bytes: u32 },
    /// In a frame of `frame_bytes`, of which `begun` has been copied out of earlier chunks.
    Body { frame_bytes: usize, begun: Vec<u8> },
    /// Lost.
    Failed(FrameError),
}

impl Place {
    const BETWEEN_FRAMES: Self = Self::Length { value: 0, prefix_bytes: 0 };
}

impl Reader {
    /// A reader at the beginning of a stream that refuses frames longer than `frame_bytes_max`, prefix not counted.
    pub fn new(frame_bytes_max: u32) -> Self {
        Self { frame_bytes_max, unread: VecDeque::new(), place: Place::BETWEEN_FRAMES }
    }

    /// Takes the stream's next bytes. Chunks pushed before the last were drained by [`next`](Self::next) are kept too,
    /// whole and without a bound; after an error they are thrown away.
    pub fn push(&mut self, chunk: Bytes) {
        if !chunk.is_empty() && !matches!(self.place, Place::Failed(_)) {
            self.unread.push_back(chunk);
        }
    }

    /// The next whole frame without its prefix (it may be empty), or `None` until more is pushed.
    ///
    /// # Errors
    /// [`FrameError::TooLong`] and [`FrameError::BadLength`], as soon as the prefix shows it, and the same ever after.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator's end is final, this one goes on after a push"
    )]
    pub fn next(&mut self) -> Result<Option<Bytes>, FrameError> {
        while let Some(chunk) = self.unread.front_mut() {
            let frame = self.place.advance(chunk, self.frame_bytes_max);
            if chunk.is_empty() {
                self.unread.pop_front();
            }
            if frame.is_some() {
                return Ok(frame);
            }
            if let Place::Failed(error) = self.place {
                self.unread.clear();
                return Err(error);
            }
        }
        match self.place {
            Place::Failed(error) => Err(error),
            _ => Ok(None),
        }
    }

    /// Says whether the stream may end here: only between frames, with everything taken.
    ///
    /// # Errors
    /// [`FrameError::CutOff`] within a prefix or a frame; the earlier error, if there was one.
    pub fn finish(&self) -> Result<(), FrameError> {
        match self.place {
            Place::Failed(error) => Err(error),
            Place::Length { prefix_bytes: 0, .. } if self.unread.is_empty() => Ok(()),
            _ => Err(FrameError::CutOff),
        }
    }

    /// Bytes of memory held for what has not been given out yet.
    pub fn held_bytes(&self) -> usize {
        let begun_bytes = match &self.place {
            Place::Body { begun, .. } => begun.capacity(),
            _ => 0,
        };
        begun_bytes + self.unread.iter().map(Bytes::len).sum::<usize>()
    }
}

impl Place {
    /// Goes as far as `chunk` reaches, at most to the end of one frame.
    fn advance(&mut self, chunk: &mut Bytes, frame_bytes_max: u32) -> Option<Bytes> {
        while let Self::Length { value, prefix_bytes } = self {
            if !chunk.has_remaining() {
                return None;
            }
            let (value, prefix_bytes) = (*value, *prefix_bytes);
            *self = Self::after_length_byte(value, prefix_bytes, chunk.get_u8(), frame_bytes_max);
        }
        let Self::Body { frame_bytes, begun } = self else { return None };

        let missing_bytes = *frame_bytes - begun.len();
        if chunk.len() < missing_bytes {
            make_room(begun, chunk.len(), *frame_bytes);
            begun.extend_from_slice(chunk);
            chunk.clear();
            return None;
        }
        let tail = chunk.split_to(missing_bytes);
        let frame = if begun.is_empty() {
            tail
        } else {
            make_room(begun, tail.len(), *frame_bytes);
            begun.extend_from_slice(&tail);
            Bytes::from(std::mem::take(begun))
        };
        *self = Self::BETWEEN_FRAMES;
        Some(frame)
    }

    fn after_length_byte(value: u32, prefix_bytes: u32, byte: u8, frame_bytes_max: u32) -> Self {
        // The fifth byte has room for the four highest bits and can't announce a sixth.
        if prefix_bytes + 1 == PREFIX_BYTES_MAX && byte > 0x0f {
            return Self::Failed(FrameError::BadLength);
        }
        let value = value | u32::from(byte & 0x7f) << (7 * prefix_bytes);
        if byte & 0x80 != 0 {
            return Self::Length { value, prefix_bytes: prefix_bytes + 1 };
        }
        if value > frame_bytes_max {
            return Self::Failed(FrameError::TooLong { announced_bytes: value, frame_bytes_max });
        }
        Self::Body { frame_bytes: value as usize, begun: Vec::new() }
    }
}

/// Makes room for `more_bytes`: doubling, so that copies stay in proportion, and never past the frame's end, so that the
/// finished frame has no slack to give back.
fn make_room(begun: &mut Vec<u8>, more_bytes: usize, frame_bytes: usize) {
    let needed_bytes = begun.len() + more_bytes;
    if needed_bytes > begun.capacity() {
        let room_bytes =
            needed_bytes.max(2 * begun.capacity()).max(ROOM_BYTES_FIRST).min(frame_bytes);
        begun.reserve_exact(room_bytes - begun.len());
    }
}
