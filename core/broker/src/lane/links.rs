//! The links of one lane: the client's numbers, the engine's links, and what each may still send and be sent.
//!
//! A number is free, attached, or leaving: detached, while its last answer still waits for a commit. About 150 bytes a link, since a
//! gateway has hundreds of thousands. Bounded by `Limits.links_max` of the connection, which the caller counts.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;
use frontdesk_desk::id::LinkId;
use frontdesk_engine::Link;

use crate::limit::LinkBuckets;

/// One attached link.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) link: Link,
    pub(super) buckets: LinkBuckets,
    /// Frame bytes sent since the attach.
    sent_bytes: u64,
    /// Of those, what the client says it has taken in.
    taken_bytes: u64,
    /// Laid aside at the outlet for want of credit.
    pub(super) parked: Parked,
}

/// Whether a link waits for credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parked {
    Yes,
    No,
}

/// What a credit frame came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credited {
    /// Noted.
    Noted,
    /// The link was parked and has credit again.
    Revived,
    /// The client claims more than it was sent.
    BeyondSent,
}

impl Entry {
    fn new(link: Link) -> Self {
        Self {
            link,
            buckets: LinkBuckets::default(),
            sent_bytes: 0,
            taken_bytes: 0,
            parked: Parked::No,
        }
    }

    /// Frame bytes that it may be sent, when `credit_bytes` may be on the way.
    pub(super) fn credit_left(&self, credit_bytes: u32) -> usize {
        let on_the_way = self.sent_bytes - self.taken_bytes;
        usize::try_from(u64::from(credit_bytes).saturating_sub(on_the_way)).unwrap_or(usize::MAX)
    }

    /// Counts a frame.
    pub(super) fn sent(&mut self, frame_bytes: usize) {
        self.sent_bytes += frame_bytes as u64;
    }

    /// Takes the client's word for what it has taken in. A lower number than before changes nothing.
    pub(super) fn credit(&mut self, taken_bytes: u64, credit_bytes: u32) -> Credited {
        if taken_bytes > self.sent_bytes {
            return Credited::BeyondSent;
        }
        self.taken_bytes = self.taken_bytes.max(taken_bytes);
        if self.parked == Parked::Yes && self.credit_left(credit_bytes) > 0 {
            self.parked = Parked::No;
            return Credited::Revived;
        }
        Credited::Noted
    }
}

/// All links of a lane.
#[derive(Debug, Default)]
pub(super) struct Links {
    // The client chooses the numbers: the hasher's seed must not be known to it.
    by_number: HashMap<u32, Entry, RandomState>,
    by_slot: HashMap<u32, (u32, u32), RandomState>,
    leaving: HashSet<u32, RandomState>,
}

impl Links {
    /// Whether a link may be attached under this number.
    pub(super) fn is_free(&self, number: u32) -> bool {
        !self.by_number.contains_key(&number) && !self.leaving.contains(&number)
    }

    /// Adds a link under a free number.
    pub(super) fn insert(&mut self, number: u32, link: Link) {
        debug_assert!(self.is_free(number));
        self.by_slot.insert(link.id.slot, (link.id.generation, number));
        self.by_number.insert(number, Entry::new(link));
    }

    pub(super) fn at(&mut self, number: u32) -> Option<&mut Entry> {
        self.by_number.get_mut(&number)
    }

    /// The number of a link that stands here.
    pub(super) fn number_of(&self, id: LinkId) -> Option<u32> {
        let (generation, number) = *self.by_slot.get(&id.slot)?;
        (generation == id.generation).then_some(number)
    }

    /// Takes a link out. Its number is free then.
    pub(super) fn remove(&mut self, number: u32) -> Option<Link> {
        let link = self.by_number.remove(&number)?.link;
        if self.number_of(link.id) == Some(number) {
            self.by_slot.remove(&link.id.slot);
        }
        Some(link)
    }

    /// Keeps a removed link's number from being used until [`Links::left`].
    pub(super) fn leaves(&mut self, number: u32) {
        self.leaving.insert(number);
    }

    /// The last answer of a leaving link was given.
    pub(super) fn left(&mut self, number: u32) {
        self.leaving.remove(&number);
    }

    /// Takes out any link; `None` when there are none.
    pub(super) fn remove_any(&mut self) -> Option<Link> {
        let number = *self.by_number.keys().next()?;
        self.remove(number)
    }
}

#[cfg(test)]
mod tests {
    use frontdesk_desk::id::{AgentNo, TenantNo};
    use frontdesk_engine::Person;

    use super::*;

    fn link(slot: u32, generation: u32) -> Link {
        Link {
            id: LinkId { slot, generation },
            tenant: TenantNo(0),
            person: Person::Agent(AgentNo(0)),
        }
    }

    #[test]
    fn credit_is_what_was_taken_in_and_never_more_than_was_sent() {
        let mut entry = Entry::new(link(1, 1));
        assert_eq!(entry.credit_left(100), 100);
        entry.sent(130);
        assert_eq!(entry.credit_left(100), 0);
        entry.parked = Parked::Yes;
        assert_eq!(entry.credit(131, 100), Credited::BeyondSent);
        assert_eq!(entry.credit(30, 100), Credited::Noted, "what is on the way uses all of it up");
        assert_eq!(entry.credit(31, 100), Credited::Revived);
        assert_eq!(entry.credit(7, 100), Credited::Noted, "a lower number changes nothing");
        assert_eq!(entry.credit_left(100), 1);
    }

    #[test]
    fn a_stale_id_names_no_newer_link() {
        let mut links = Links::default();
        links.insert(7, link(3, 1));
        assert_eq!(links.remove(7), Some(link(3, 1)));
        links.insert(8, link(3, 3));
        assert_eq!(links.number_of(link(3, 1).id), None);
        assert_eq!(links.number_of(link(3, 3).id), Some(8));
    }

    #[test]
    fn a_leaving_number_is_not_free() {
        let mut links = Links::default();
        links.insert(7, link(3, 1));
        links.remove(7);
        links.leaves(7);
        assert!(!links.is_free(7));
        links.left(7);
        assert!(links.is_free(7));
        assert_eq!(links.remove_any(), None);
    }

    #[test]
    fn a_link_takes_few_bytes() {
        assert!(size_of::<(u32, Entry)>() <= 96, "{}", size_of::<(u32, Entry)>());
    }
}
