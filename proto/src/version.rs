//! Which versions of the protocol this crate speaks, and how two ends settle on one.
//!
//! Within a version fields and variants are only added: unknown fields are passed over, unknown commands refused by code. A
//! new version is for what an old end would misunderstand.

/// What both ends name in the TLS handshake (ALPN); it changes only if Hello itself could no longer be read.
pub const ALPN: &[u8] = b"frontdesk/1";

/// The oldest version spoken here.
pub const VERSION_MIN: u32 = 1;
/// The newest version spoken here.
pub const VERSION_MAX: u32 = 1;

const _: () = assert!(VERSION_MIN >= 1, "0 is an unset field, never a version");
const _: () = assert!(VERSION_MIN <= VERSION_MAX);

/// The highest version that both we and a peer of `min..=max` speak; `None` if there is none or the range is empty.
///
/// ```
/// assert_eq!(frontdesk_proto::version::negotiate(1, 7), Some(1));
/// assert_eq!(frontdesk_proto::version::negotiate(2, 7), None);
/// ```
pub fn negotiate(min: u32, max: u32) -> Option<u32> {
    highest_common((min, max), (VERSION_MIN, VERSION_MAX))
}

fn highest_common(theirs: (u32, u32), ours: (u32, u32)) -> Option<u32> {
    let highest = theirs.1.min(ours.1);
    (highest >= ours.0 && highest >= theirs.0).then_some(highest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_settle_on_the_highest_version_that_both_know() {
        assert_eq!(highest_common((1, 3), (2, 5)), Some(3));
        assert_eq!(highest_common((2, 9), (1, 4)), Some(4));
        assert_eq!(highest_common((2, 2), (2, 2)), Some(2));
    }

    #[test]
    fn ends_that_share_no_version_are_told_apart() {
        assert_eq!(highest_common((1, 1), (2, 3)), None);
        assert_eq!(highest_common((4, 5), (2, 3)), None);
        assert_eq!(highest_common((3, 2), (1, 9)), None, "an empty range");
        assert_eq!(negotiate(0, 0), None, "a Hello that names none");
        assert_eq!(negotiate(0, u32::MAX), Some(VERSION_MAX));
    }
}
