//! A visitor's links: almost always one, which then lies in place. Without one the grace runs.

use super::LINKS_MAX;
use crate::id::LinkId;

/// The links of one visitor, oldest first.
#[derive(Debug)]
pub(super) enum Links {
    /// None since the last one went, and the visitor is gone at this instant; 0 while a first one is about to come.
    None {
        until_mono_ms: u64,
    },
    One(LinkId),
    Several(Box<Several>),
}

/// Two and more; never grows, so that its bound is its size.
#[derive(Debug)]
pub(super) struct Several {
    links: [LinkId; LINKS_MAX],
    len: usize,
}

impl Links {
    pub(super) fn as_slice(&self) -> &[LinkId] {
        match self {
            Self::None { .. } => &[],
            Self::One(link) => std::slice::from_ref(link),
            Self::Several(several) => &several.links[..several.len],
        }
    }

    /// Adds the newest. The caller has seen that there are fewer than [`LINKS_MAX`]; one beyond is not taken in.
    pub(super) fn push(&mut self, link: LinkId) {
        match self {
            Self::None { .. } => *self = Self::One(link),
            Self::One(first) => {
                let mut links = [link; LINKS_MAX];
                links[0] = *first;
                *self = Self::Several(Box::new(Several { links, len: 2 }));
            }
            Self::Several(several) => {
                debug_assert!(several.len < LINKS_MAX, "a link beyond the bound");
                if let Some(place) = several.links.get_mut(several.len) {
                    *place = link;
                    several.len += 1;
                }
            }
        }
    }

    /// Takes one out; the grace begins to run with the last one, up to the given instant. Whether it was there.
    pub(super) fn remove(&mut self, link: LinkId, until_mono_ms: u64) -> bool {
        let Some(index) = self.as_slice().iter().position(|other| *other == link) else {
            return false;
        };
        match self {
            Self::None { .. } => {}
            Self::One(_) => *self = Self::None { until_mono_ms },
            Self::Several(several) => {
                several.links.copy_within(index + 1..several.len, index);
                several.len -= 1;
                if let [last] = several.links[..several.len] {
                    *self = Self::One(last);
                }
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(slot: u32) -> LinkId {
        LinkId { slot, generation: 1 }
    }

    #[test]
    fn links_keep_their_order_whichever_goes() {
        for gone in 0..LINKS_MAX as u32 {
            let mut links = Links::None { until_mono_ms: 0 };
            let mut expected = Vec::new();
            for slot in 0..LINKS_MAX as u32 {
                links.push(link(slot));
                expected.push(link(slot));
                assert_eq!(links.as_slice(), expected);
            }
            assert!(links.remove(link(gone), 0));
            assert!(!links.remove(link(gone), 0));
            expected.remove(gone as usize);
            assert_eq!(links.as_slice(), expected);
            while let Some(first) = expected.first().copied() {
                assert!(links.remove(first, 7));
                expected.remove(0);
                assert_eq!(links.as_slice(), expected);
            }
            assert!(matches!(links, Links::None { until_mono_ms: 7 }));
        }
    }
}
