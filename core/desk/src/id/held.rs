//! A visitor's id as its record holds it. There are millions of records, most of which nobody asks for, so a short id lies in
//! the record itself. It is large to pass on, which a [`VisitorId`] is not: once it is passed on the record holds that.

use super::VisitorId;

/// As long as a UUID in its usual form, and two bytes less than a multiple of eight, which the length and the case take.
const IN_PLACE_BYTES_MAX: usize = 38;

/// A visitor's id in 40 bytes, or longer than that and shared.
#[derive(Debug)]
pub(crate) enum HeldVisitorId {
    InPlace { len: u8, bytes: [u8; IN_PLACE_BYTES_MAX] },
    Shared(VisitorId),
}

impl HeldVisitorId {
    pub(crate) fn new(id: &VisitorId) -> Self {
        let text = id.as_str().as_bytes();
        let mut bytes = [0; IN_PLACE_BYTES_MAX];
        match bytes.get_mut(..text.len()) {
            Some(place) => {
                place.copy_from_slice(text);
                Self::InPlace { len: text.len() as u8, bytes }
            }
            None => Self::Shared(id.clone()),
        }
    }

    /// The id's text, for tables and comparisons.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::InPlace { len, bytes } => &bytes[..usize::from(*len)],
            Self::Shared(id) => id.as_str().as_bytes(),
        }
    }

    /// The id to pass on. Allocates if it lies in place.
    pub(crate) fn to_id(&self) -> VisitorId {
        match self {
            Self::InPlace { .. } => {
                let text = std::str::from_utf8(self.as_bytes()).expect("it was made of a str");
                VisitorId(text.into())
            }
            Self::Shared(id) => id.clone(),
        }
    }

    /// The id to pass on again and again: only the first time allocates.
    pub(crate) fn share(&mut self) -> VisitorId {
        let id = self.to_id();
        if let Self::InPlace { .. } = self {
            *self = Self::Shared(id.clone());
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_wherever_it_lies() {
        for len in 1..=64 {
            let id = VisitorId::new(&format!("{}{}", "é".repeat(len / 2), "e".repeat(len % 2)));
            let id = id.expect("a good id");
            let mut held = HeldVisitorId::new(&id);
            let lies_in_place = matches!(held, HeldVisitorId::InPlace { .. });
            assert_eq!(lies_in_place, id.as_str().len() <= IN_PLACE_BYTES_MAX, "{id}");
            let is_same = |held: &HeldVisitorId| {
                held.as_bytes() == id.as_str().as_bytes() && held.to_id() == id
            };
            assert!(is_same(&held), "{id}");
            assert_eq!(held.share(), id);
            assert!(is_same(&held), "{id}");
            assert!(matches!(held, HeldVisitorId::Shared(_)));
        }
        assert_eq!(size_of::<HeldVisitorId>(), 40);
    }
}
