//! The frame reader under any bytes and any cutting of them.
//!
//! Input: one byte chooses the bound, one byte seeds where the stream is cut, the rest is the stream. What must hold:
//!
//! * no panic;
//! * whatever the cutting, the same frames and the same end as a plain reading of the whole by the schema's rule;
//! * while a frame comes in, memory is in proportion to what has come, and never above the bound.

use bytes::Bytes;
use frontdesk_proto::frame::{FrameError, Reader};

/// Bounds to choose from: none at all, tiny ones, the control stream's, a lane's.
const BOUNDS: [u32; 6] = [0, 1, 20, 300, 8 * 1024, 128 * 1024];
/// What a reader may hold for the first bytes of a frame, whatever has come.
const ROOM_BYTES_FIRST: usize = 512;

/// Reads the stream whole, cut by the seed, and byte by byte.
pub(crate) fn run(data: &[u8]) {
    let [bound, seed, stream @ ..] = data else { return };
    let frame_bytes_max = BOUNDS[usize::from(*bound) % BOUNDS.len()];
    let expected = read_plainly(stream, frame_bytes_max);
    for cut in [Cut::Whole, Cut::Seeded(*seed), Cut::Bytes] {
        let read = read(stream, cut, frame_bytes_max);
        assert_eq!(read, expected, "cut {cut:?}");
    }
}

/// What a stream came to: its frames, and how it ended.
type Outcome = (Vec<Vec<u8>>, Result<(), FrameError>);

#[derive(Clone, Copy, Debug)]
enum Cut {
    Whole,
    Seeded(u8),
    Bytes,
}

impl Cut {
    /// Length of the next chunk.
    fn next_bytes(&mut self) -> usize {
        match self {
            Self::Whole => usize::MAX,
            Self::Bytes => 1,
            Self::Seeded(state) => {
                *state = state.wrapping_mul(141).wrapping_add(59);
                usize::from(*state >> 2)
            }
        }
    }
}

fn read(stream: &[u8], mut cut: Cut, frame_bytes_max: u32) -> Outcome {
    let mut reader = Reader::new(frame_bytes_max);
    let mut frames = Vec::new();
    let mut rest = stream;
    while !rest.is_empty() {
        let (chunk, later) = rest.split_at(cut.next_bytes().min(rest.len()));
        rest = later;
        reader.push(Bytes::copy_from_slice(chunk));
        loop {
            match reader.next() {
                Ok(Some(frame)) => frames.push(frame.to_vec()),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(reader.next(), Err(error), "an error stands for ever");
                    assert_eq!(reader.held_bytes(), 0, "what follows an error is thrown away");
                    return (frames, Err(error));
                }
            }
        }
        let come_bytes = stream.len() - rest.len();
        let held_bytes = reader.held_bytes();
        assert!(held_bytes <= frame_bytes_max as usize, "{held_bytes} bytes held");
        assert!(
            held_bytes <= (2 * come_bytes).max(ROOM_BYTES_FIRST),
            "{held_bytes} bytes held for {come_bytes}"
        );
    }
    (frames, reader.finish())
}

/// The rule of PROTOCOL.md, written without the reader's help.
fn read_plainly(stream: &[u8], frame_bytes_max: u32) -> Outcome {
    let mut frames = Vec::new();
    let mut at = 0;
    while at < stream.len() {
        let mut announced: u64 = 0;
        for place in 0.. {
            let Some(byte) = stream.get(at) else { return (frames, Err(FrameError::CutOff)) };
            at += 1;
            announced |= u64::from(byte & 0x7f) << (7 * place);
            if announced > u64::from(u32::MAX) || (place == 4 && byte & 0x80 != 0) {
                return (frames, Err(FrameError::BadLength));
            }
            if byte & 0x80 == 0 {
                break;
            }
        }
        let announced_bytes = announced as u32;
        if announced_bytes > frame_bytes_max {
            return (frames, Err(FrameError::TooLong { announced_bytes, frame_bytes_max }));
        }
        let Some(frame) = stream[at..].get(..announced_bytes as usize) else {
            return (frames, Err(FrameError::CutOff));
        };
        frames.push(frame.to_vec());
        at += frame.len();
    }
    (frames, Ok(()))
}
