#!/usr/bin/env python3
"""Makes the seed corpora of `frame` and `command` from proto/vectors/*.txt, and some lies about lengths.

Run from anywhere: python3 fuzz/make_corpora.py. Needs nothing but Python. What a fuzzer finds later is added by hand, under a
name that says what it showed; this script leaves such files alone.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRAME, COMMAND = (ROOT / "fuzz" / "corpus" / name for name in ("frame", "command"))
LANE_BOUND, TINY_BOUND = 5, 2  # places in bodies/frame.rs: BOUNDS
GATEWAY = 5  # its place in Role::ALL; mutations try the others


def vectors():
    """(name, message, bytes) of all vectors, length prefixes included."""
    for file in ("frames.txt", "by_hand.txt"):
        name, message, body = None, None, b""
        for line in (ROOT / "proto" / "vectors" / file).read_text().splitlines():
            line = line.split("#")[0].rstrip() if line.startswith(("#", "bytes")) else line
            if line.startswith("["):
                if name:
                    yield name, message, body
                name, message, body = line[1:-1], None, b""
            elif line.startswith("message "):
                message = line.split()[1]
            elif line.startswith("bytes"):
                body += bytes.fromhex(line.removeprefix("bytes"))
        if name:
            yield name, message, body


def unframed(body):
    """A frame without its length prefix."""
    at = 0
    while at < len(body) and body[at] & 0x80:
        at += 1
    return body[at + 1 :]


def main():
    FRAME.mkdir(parents=True, exist_ok=True)
    COMMAND.mkdir(parents=True, exist_ok=True)
    lane = bytes([LANE_BOUND, 7])
    everything = b""
    for name, message, body in vectors():
        everything += body
        if len(body) <= 1024:
            (FRAME / name).write_bytes(lane + body)
        if message == "Command" and len(body) <= 2048:
            (COMMAND / name).write_bytes(bytes([GATEWAY]) + unframed(body))
    (FRAME / "all_in_one_stream").write_bytes(lane + everything[:4096])
    lies = {
        "length_0": b"\0",
        "length_overlong_zero": b"\x80\x80\x80\x80\0",
        "length_of_six_bytes": b"\x80\x80\x80\x80\x80\0",
        "length_2_to_31": b"\x80\x80\x80\x80\x08",
        "length_2_to_32_minus_1": b"\xff\xff\xff\xff\x0f",
        "length_2_to_32": b"\x80\x80\x80\x80\x10",
        "length_bound_plus_1": b"\x81\x80\x08",
        "length_bound_and_nothing": b"\x80\x80\x08",
        "length_cut_off": b"\x80",
        "frame_cut_off": b"\x05abc",
        "many_empty": b"\0" * 64,
    }
    for name, body in lies.items():
        (FRAME / name).write_bytes(lane + body)
    (FRAME / "tiny_bound_kept").write_bytes(bytes([TINY_BOUND, 3]) + b"\x14" + b"x" * 20 + b"\x01y")
    (FRAME / "tiny_bound_broken").write_bytes(bytes([TINY_BOUND, 3]) + b"\x15" + b"x" * 21)
    (COMMAND / "empty").write_bytes(b"\0")
    (COMMAND / "unknown_field_only").write_bytes(b"\x01\xfa\x3f\x03abc")


main()
