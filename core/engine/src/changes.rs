//! Slots of a shard whose visitors have come, changed or gone, and are to be looked at for the lists that are watched.
//!
//! Used under the shard's lock, and knows no lock itself. Up to [`CHANGES_MAX`] slots are noted singly; with more of them all slots of
//! the shard are looked at once, whoever lies there.

use std::ops::Range;

use frontdesk_desk::id::TenantNo;

/// Slots of one shard that are noted singly.
const CHANGES_MAX: usize = 4_096;

/// Slots that are noted.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// In order, each with the tenant whose visitor it is or was.
    singly: Vec<(TenantNo, u32)>,
    /// All slots from this one on, too.
    all_from: Option<u32>,
}

/// Slots to be looked at now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// These, each for one tenant.
    Singly(Vec<(TenantNo, u32)>),
    /// All of these, for whatever tenant.
    All(Range<u32>),
}

impl Changes {
    /// Whether nothing is noted.
    pub(crate) fn is_empty(&self) -> bool {
        self.singly.is_empty() && self.all_from.is_none()
    }

    /// How many are noted, in a shard of so many slots.
    pub(crate) fn len(&self, slots: u32) -> usize {
        let all = self.all_from.map_or(0, |from| 1 + slots.saturating_sub(from) as usize);
        all + self.singly.len()
    }

    /// Notes a slot of a tenant's visitor.
    pub(crate) fn add(&mut self, tenant: TenantNo, slot: u32) {
        if self.all_from.is_some_and(|from| from <= slot) {
            return;
        }
        if self.singly.len() < CHANGES_MAX {
            self.singly.push((tenant, slot));
        } else {
            (self.singly, self.all_from) = (Vec::new(), Some(0));
        }
    }

    /// Takes at most so many of them, those that were noted first, in a shard of so many slots.
    pub(crate) fn take(&mut self, slots_max: usize, slots: u32) -> Taken {
        if let Some(from) = self.all_from {
            let end = from.saturating_add(slots_max as u32).min(slots).max(from);
            self.all_from = (end < slots).then_some(end);
            return Taken::All(from..end);
        }
        let taken = self.singly.drain(..slots_max.min(self.singly.len())).collect();
        if self.singly.is_empty() {
            // A shard that has fallen silent keeps no memory for it.
            self.singly = Vec::new();
        }
        Taken::Singly(taken)
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    const TENANT: TenantNo = TenantNo(3);

    #[test]
    fn what_was_noted_first_is_taken_first_and_all_of_it() {
        let mut changes = Changes::default();
        (0..10).for_each(|slot| changes.add(TENANT, slot));
        let first: Vec<_> = (0..7).map(|slot| (TENANT, slot)).collect();
        assert_eq!((changes.len(100), changes.take(7, 100)), (10, Taken::Singly(first)));
        changes.add(TENANT, 50);
        let rest = [7, 8, 9, 50].map(|slot| (TENANT, slot));
        assert_eq!(changes.take(7, 100), Taken::Singly(rest.into()));
        assert!(changes.is_empty());
    }

    #[test]
    fn of_too_many_each_slot_is_looked_at_and_those_behind_again() {
        let mut changes = Changes::default();
        (0..=CHANGES_MAX as u32).for_each(|slot| changes.add(TENANT, slot));
        assert_eq!(changes.take(1_000, 5_000), Taken::All(0..1_000));
        changes.add(TENANT, 7); // passed already
        changes.add(TENANT, 4_999); // yet to come
        assert_eq!(changes.take(3_000, 5_000), Taken::All(1_000..4_000));
        assert_eq!(changes.take(3_000, 5_001), Taken::All(4_000..5_001), "the shard has grown");
        assert_eq!(changes.take(3_000, 5_001), Taken::Singly(vec![(TENANT, 7)]));
        assert!(changes.is_empty());
    }
}
