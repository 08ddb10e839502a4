//! Reads the form that frames.txt and by_hand.txt share; its description stands at the head of frames.txt.

use std::{fs, path::Path};

use frontdesk_proto::v1::Code;

/// One frame of a vector file.
#[derive(Debug, Default)]
pub(crate) struct Vector {
    pub(crate) name: String,
    /// Which message of `frontdesk.v1` it holds.
    pub(crate) message: String,
    /// With the length prefix.
    pub(crate) bytes: Vec<u8>,
    pub(crate) outcome: Outcome,
}

/// What a reader makes of it.
#[derive(Debug, Default, PartialEq)]
pub(crate) enum Outcome {
    /// The expected value, which encodes to the same bytes.
    #[default]
    Value,
    /// The expected value; we may write it otherwise.
    ValueOnly,
    Refused(Code),
}

pub(crate) fn read(file: &str) -> Vec<Vector> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(file);
    let mut vectors: Vec<Vector> = Vec::new();
    for line in fs::read_to_string(path).expect("the vector file is in the package").lines() {
        if let Some(name) = line.strip_prefix('[') {
            let name = name.strip_suffix(']').expect("a name ends with ]").to_owned();
            vectors.push(Vector { name, ..Vector::default() });
            continue;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let vector = vectors.last_mut().expect("a line belongs to a vector");
        match line.split_once(' ').unwrap_or((line, "")) {
            ("message", name) => vector.message = name.to_owned(),
            ("bytes", hex) => vector.bytes.extend(unhex(hex)),
            // The value in protobuf's text format is for readers in other languages; ours stands in expected.rs.
            ("value", _) => {}
            ("reencode", "no") => vector.outcome = Outcome::ValueOnly,
            ("refused", code) => {
                let code = Code::from_str_name(code).expect("a code of the schema");
                vector.outcome = Outcome::Refused(code);
            }
            other => panic!("{}: no such line: {other:?}", vector.name),
        }
    }
    vectors
}

/// The bytes of hexadecimal pairs with blanks between them, up to a `#`.
pub(crate) fn unhex(line: &str) -> Vec<u8> {
    let pairs = line.split('#').next().unwrap_or_default().split_whitespace();
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("two hexadecimal digits")).collect()
}
