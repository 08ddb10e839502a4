//! Ids of 16 bytes (sessions, link tokens, epochs, a sender's own message ids) and their one textual form: 32 lowercase
//! hexadecimal digits, without hyphens.
//!
//! On the wire they are the bytes; the text is for logs, command lines and addresses. Never makes an id.

use crate::limits::ID_BYTES;

/// Why something is no id of 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdFault {
    /// A `bytes` field has another length; set it to the 16 bytes that the broker gave, or 16 random ones.
    #[error("an id of {0} bytes; it must have 16")]
    Length(usize),
    /// A text is not 32 lowercase hexadecimal digits; write it as it was shown.
    #[error("an id's text must be 32 lowercase hexadecimal digits")]
    Text,
}

/// The id that a `bytes` field holds.
///
/// # Errors
/// [`IdFault::Length`] for anything but 16 bytes.
pub fn from_bytes(field: &[u8]) -> Result<[u8; ID_BYTES], IdFault> {
    field.try_into().map_err(|_| IdFault::Length(field.len()))
}

/// The textual form.
///
/// ```
/// let id = [0x0a, 0xff, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];
/// assert_eq!(frontdesk_proto::ids::to_text(&id), "0aff000102030405060708090a0b0c0d");
/// ```
pub fn to_text(id: &[u8; ID_BYTES]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble & 0x0f)]);
    id.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// The id of a textual form.
///
/// # Errors
/// [`IdFault::Text`] for any other text: there is only one form, so that equal ids are equal texts.
pub fn from_text(text: &str) -> Result<[u8; ID_BYTES], IdFault> {
    let digits = text.as_bytes();
    if digits.len() != 2 * ID_BYTES {
        return Err(IdFault::Text);
    }
    let mut id = [0; ID_BYTES];
    for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Ok(id)
}

fn nibble(digit: u8) -> Result<u8, IdFault> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(IdFault::Text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_leads_back_to_the_id(id: [u8; ID_BYTES]) {
            prop_assert_eq!(from_text(&to_text(&id)), Ok(id));
            prop_assert_eq!(from_bytes(&id), Ok(id));
        }
    }

    #[test]
    fn only_the_one_textual_form_is_read() {
        let good = "0aff000102030405060708090a0b0c0d";
        assert!(from_text(good).is_ok());
        for bad in [
            "",
            &good[1..],
            &good.to_uppercase(),
            &good.replace('f', "g"),
            &format!("{good}0"),
            &"é".repeat(16),
        ] {
            assert_eq!(from_text(bad), Err(IdFault::Text), "{bad}");
        }
    }

    #[test]
    fn a_field_of_another_length_is_no_id() {
        assert_eq!(from_bytes(&[]), Err(IdFault::Length(0)));
        assert_eq!(from_bytes(&[7; 17]), Err(IdFault::Length(17)));
    }
}
