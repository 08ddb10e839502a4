//! Any cutting of a stream gives the same frames, and lies about lengths cost nothing and end the stream with a code.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use frontdesk_proto::frame::{self, FrameError, Reader};
use frontdesk_proto::v1::{self, Code};
use frontdesk_proto::{Bytes, BytesMut};
use proptest::prelude::*;

const FRAME_BYTES_MAX: u32 = 128 * 1024;

/// A varint made without the crate's help, in as many bytes as asked for at least.
fn varint(value: u64, bytes_min: usize) -> Vec<u8> {
    let mut rest = value;
    let mut bytes = Vec::new();
    loop {
        let low = (rest % 128) as u8;
        rest /= 128;
        if rest == 0 && bytes.len() + 1 >= bytes_min {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low + 128);
    }
}

fn framed(bodies: &[Vec<u8>]) -> Vec<u8> {
    let frames = bodies.iter().flat_map(|body| [varint(body.len() as u64, 1), body.clone()]);
    frames.flatten().collect()
}

/// Pushes `stream` in chunks cut at `cuts` and takes out all frames, watching what is held.
fn read_cut(stream: &[u8], cuts: &[usize], reader: &mut Reader) -> Result<Vec<Bytes>, FrameError> {
    let mut frames = Vec::new();
    let mut from = 0;
    for &to in cuts.iter().chain([&stream.len()]) {
        reader.push(Bytes::copy_from_slice(&stream[from..to]));
        while let Some(frame) = reader.next()? {
            frames.push(frame);
        }
        assert!(
            reader.held_bytes() <= FRAME_BYTES_MAX as usize,
            "{} bytes held",
            reader.held_bytes()
        );
        from = to;
    }
    Ok(frames)
}

fn bodies() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let body = prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 0..8),
        2 => prop::collection::vec(any::<u8>(), 120..140),
        1 => prop::collection::vec(any::<u8>(), 16_300..16_500),
    ];
    prop::collection::vec(body, 0..12)
}

fn cut_at(stream: &[u8], cuts: &[prop::sample::Index]) -> Vec<usize> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    cuts.sort_unstable();
    cuts
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cutting_of_a_stream_gives_the_same_frames(
        bodies in bodies(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let stream = framed(&bodies);
        let mut reader = Reader::new(FRAME_BYTES_MAX);
        let frames = read_cut(&stream, &cut_at(&stream, &cuts), &mut reader).unwrap();
        prop_assert_eq!(frames, bodies);
        prop_assert_eq!(reader.finish(), Ok(()));
        prop_assert_eq!(reader.held_bytes(), 0);
    }

    #[test]
    fn byte_by_byte_gives_the_same_frames(bodies in bodies()) {
        let stream = framed(&bodies);
        let cuts: Vec<usize> = (0..stream.len()).collect();
        let mut reader = Reader::new(FRAME_BYTES_MAX);
        prop_assert_eq!(read_cut(&stream, &cuts, &mut reader).unwrap(), bodies);
        prop_assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn chunks_pushed_together_give_the_same_frames(
        bodies in bodies(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let stream = framed(&bodies);
        let mut reader = Reader::new(FRAME_BYTES_MAX);
        let mut from = 0;
        for to in cut_at(&stream, &cuts).into_iter().chain([stream.len()]) {
            reader.push(Bytes::copy_from_slice(&stream[from..to]));
            from = to;
        }
        for body in &bodies {
            prop_assert_eq!(reader.next().unwrap().unwrap(), body);
        }
        prop_assert_eq!(reader.next(), Ok(None));
        prop_assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn a_stream_cut_anywhere_but_between_frames_is_cut_off(
        bodies in bodies(),
        end in any::<prop::sample::Index>(),
    ) {
        let stream = framed(&bodies);
        let end = end.index(stream.len() + 1);
        let mut between = vec![0];
        for body in &bodies {
            between.push(between[between.len() - 1] + varint(body.len() as u64, 1).len() + body.len());
        }
        let mut reader = Reader::new(FRAME_BYTES_MAX);
        let frames = read_cut(&stream[..end], &[], &mut reader).unwrap();
        let whole = between.partition_point(|&place| place <= end) - 1;
        prop_assert_eq!(&frames, &bodies[..whole]);
        let expected = if between.contains(&end) { Ok(()) } else { Err(FrameError::CutOff) };
        prop_assert_eq!(reader.finish(), expected);
    }

    #[test]
    fn any_bytes_are_frames_or_an_error_that_stays(
        stream in prop::collection::vec(any::<u8>(), 0..2_000),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        frame_bytes_max in prop_oneof![Just(0), 0..200_u32, Just(u32::MAX)],
    ) {
        let mut whole = Reader::new(frame_bytes_max);
        let expected = read_cut(&stream, &[], &mut whole);
        let mut cut = Reader::new(frame_bytes_max);
        let found = read_cut(&stream, &cut_at(&stream, &cuts), &mut cut);
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(cut.finish(), whole.finish());
        if let Err(error) = found {
            cut.push(Bytes::from_static(&[0]));
            prop_assert_eq!(cut.next(), Err(error));
            prop_assert_eq!(cut.finish(), Err(error));
            prop_assert_eq!(cut.held_bytes(), 0);
        }
    }

    #[test]
    fn what_is_written_is_read_and_counted_without_prefix(texts in prop::collection::vec(".{0,300}", 0..8)) {
        let previews: Vec<v1::Preview> =
            texts.into_iter().map(|text| v1::Preview { session: Bytes::new(), text }).collect();
        let mut batch = BytesMut::new();
        let counted: usize = previews.iter().map(|preview| frame::write(&mut batch, preview)).sum();
        let mut reader = Reader::new(FRAME_BYTES_MAX);
        let frames = read_cut(&batch, &[], &mut reader).unwrap();
        prop_assert_eq!(counted, frames.iter().map(Bytes::len).sum::<usize>());
        let read: Vec<v1::Preview> =
            frames.into_iter().map(|frame| prost::Message::decode(frame).unwrap()).collect();
        prop_assert_eq!(read, previews);
    }
}

/// T-F2 of the reliability plan: every lie in every cutting of its first bytes.
#[test]
fn lies_about_lengths_are_refused_before_anything_is_allocated() {
    let cap = FRAME_BYTES_MAX;
    let mut cases = 0;
    for honest_frames in 0..6 {
        for announced in [cap + 1, cap + 2, 2 * cap, 1 << 31, u32::MAX] {
            for bytes_min in 1..=5 {
                for trailing in [0, 1, 7, 300, 4_096] {
                    let expected = FrameError::TooLong {
                        announced_bytes: announced,
                        frame_bytes_max: FRAME_BYTES_MAX,
                    };
                    assert_eq!(expected.code(), Code::FrameTooLong);
                    cases += refuse(
                        honest_frames,
                        &varint(announced.into(), bytes_min),
                        trailing,
                        expected,
                    );
                }
            }
        }
        let no_varint_of_32_bits = [
            varint(1 << 32, 5),
            varint((1 << 35) - 1, 5),
            varint(1 << 35, 6),
            varint(u64::MAX, 10),
            varint(0, 6),
            varint(1, 6),
            varint(cap.into(), 9),
            vec![0xff; 16],
            vec![0x80; 16],
        ];
        for prefix in no_varint_of_32_bits {
            for trailing in [0, 1, 7, 300, 4_096] {
                assert_eq!(FrameError::BadLength.code(), Code::Protocol);
                cases += refuse(honest_frames, &prefix, trailing, FrameError::BadLength);
            }
        }
    }
    assert!(cases >= 5_000, "{cases} cases");
}

/// Sends honest frames and then the lie, cut before and after each of its bytes; says how many cuttings that were.
fn refuse(honest_frames: usize, prefix: &[u8], trailing: usize, expected: FrameError) -> usize {
    let mut stream = framed(&vec![vec![7; 3]; honest_frames]);
    let lie_from = stream.len();
    stream.extend_from_slice(prefix);
    stream.resize(stream.len() + trailing, 0);
    let cuts = lie_from..=lie_from + prefix.len();
    let count = cuts.clone().count();
    for cut in cuts {
        let mut reader = Reader::new(FRAME_BYTES_MAX);
        assert_eq!(
            read_cut(&stream, &[cut], &mut reader),
            Err(expected),
            "{prefix:x?} cut at {cut}"
        );
        assert_eq!(reader.held_bytes(), 0);
        assert_eq!(reader.finish(), Err(expected));
    }
    count
}

#[test]
fn lengths_up_to_the_bound_are_frames_in_any_honest_spelling() {
    for frame_bytes_max in [0, 1, 127, 128, 16_383, 16_384, FRAME_BYTES_MAX] {
        for frame_bytes in [0, 1, frame_bytes_max.saturating_sub(1), frame_bytes_max] {
            if frame_bytes > frame_bytes_max {
                continue;
            }
            for bytes_min in 1..=5 {
                let mut stream = varint(u64::from(frame_bytes), bytes_min);
                stream.resize(stream.len() + frame_bytes as usize, 9);
                let mut reader = Reader::new(frame_bytes_max);
                let frames = read_cut(&stream, &[stream.len() / 2], &mut reader).unwrap();
                assert_eq!(frames, [vec![9; frame_bytes as usize]]);
                assert_eq!(reader.finish(), Ok(()));
            }
        }
    }
}

#[test]
fn one_byte_past_the_bound_is_too_long() {
    for frame_bytes_max in [0, 1, 127, 128, 16_383, 16_384, FRAME_BYTES_MAX] {
        let mut reader = Reader::new(frame_bytes_max);
        reader.push(varint(u64::from(frame_bytes_max) + 1, 1).into());
        let announced_bytes = frame_bytes_max + 1;
        assert_eq!(reader.next(), Err(FrameError::TooLong { announced_bytes, frame_bytes_max }));
    }
}

#[test]
fn half_frames_are_cut_off() {
    for stream in [&[0x80][..], &[0xff, 0xff, 0xff, 0xff], &[1], &[2, 7], &[0, 0, 5, 1, 2, 3, 4]] {
        let mut reader = Reader::new(FRAME_BYTES_MAX);
        read_cut(stream, &[], &mut reader).unwrap();
        assert_eq!(reader.finish(), Err(FrameError::CutOff), "{stream:x?}");
    }
    assert_eq!(FrameError::CutOff.code(), Code::FrameCutOff);
}

#[test]
fn room_grows_with_what_has_come_and_not_with_what_was_announced() {
    let mut reader = Reader::new(FRAME_BYTES_MAX);
    let mut came = 0;
    reader.push(varint(u64::from(FRAME_BYTES_MAX), 1).into());
    while came < FRAME_BYTES_MAX as usize - 1 {
        reader.push(Bytes::from_static(&[1]));
        assert_eq!(reader.next(), Ok(None));
        came += 1;
        let held_bytes = reader.held_bytes();
        assert!(held_bytes <= (2 * came).max(512), "{held_bytes} bytes held for {came}");
    }
    reader.push(Bytes::from_static(&[1]));
    assert_eq!(reader.next().unwrap().map(|frame| frame.len()), Some(FRAME_BYTES_MAX as usize));
    assert_eq!(reader.held_bytes(), 0);
}

#[test]
fn no_more_is_held_than_the_frame_has_however_its_length_falls() {
    for frame_bytes in [2, 100, 513, 1_025, 100_000] {
        let mut reader = Reader::new(frame_bytes);
        reader.push(varint(frame_bytes.into(), 1).into());
        for _ in 1..frame_bytes {
            reader.push(Bytes::from_static(&[1]));
            assert_eq!(reader.next(), Ok(None));
            assert!(
                reader.held_bytes() <= frame_bytes as usize,
                "{} bytes held",
                reader.held_bytes()
            );
        }
    }
}

#[test]
fn a_frame_within_one_chunk_is_not_copied() {
    let chunk = Bytes::from(framed(&[vec![1; 5], vec![2; 200]]));
    let mut reader = Reader::new(FRAME_BYTES_MAX);
    reader.push(chunk.clone());
    for range in [1..6, 8..208] {
        let frame = reader.next().unwrap().unwrap();
        assert_eq!(frame.as_ptr(), chunk[range.clone()].as_ptr(), "a slice of the chunk");
        assert_eq!(frame, chunk[range]);
    }
}

#[test]
fn no_chunk_is_kept_once_all_its_frames_are_out() {
    let chunk = Bytes::from(framed(&[vec![1; 5], vec![2; 200]]));
    let mut reader = Reader::new(FRAME_BYTES_MAX);
    reader.push(chunk.slice(..100));
    assert_eq!(reader.next().unwrap().unwrap().len(), 5);
    assert_eq!(reader.next(), Ok(None));
    assert!(chunk.is_unique(), "the begun frame was copied out");
}

#[test]
fn many_messages_are_written_into_one_batch() {
    let mut batch = BytesMut::new();
    let commands = [v1::Command::default(), v1::Command { link: 300, request: 7, command: None }];
    let counted: Vec<usize> =
        commands.iter().map(|command| frame::write(&mut batch, command)).collect();
    assert_eq!(counted, [0, 5]);
    assert_eq!(&batch[..], [0, 5, 0x08, 0xac, 0x02, 0x10, 7]);
}
