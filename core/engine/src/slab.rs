//! Records in slots that never move, with a generation for each life of a slot.
//!
//! Slots are made in chunks, so that growing copies nothing: a shard with a million records doesn't stall for the next one.

/// A chunk has as many slots as fit this, and at least one: two pages of memory, and a size that allocators know.
const CHUNK_BYTES: usize = 8_192;

/// Which record: its slot, and which life of the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

#[derive(Debug)]
struct Slot<T> {
    record: Option<T>,
    generation: u32,
}

/// Records in slots.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    chunks: Vec<Vec<Slot<T>>>,
    vacant: Vec<u32>,
    len: usize,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), vacant: Vec::new(), len: 0 }
    }
}

impl<T> Slab<T> {
    /// Slots made at once.
    const CHUNK_SLOTS: usize = match CHUNK_BYTES / size_of::<Slot<T>>() {
        0 => 1,
        slots => slots,
    };

    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The key that the next [`Slab::insert`] will give.
    pub(crate) fn next_key(&self) -> Key {
        match self.vacant.last() {
            Some(slot) => {
                Key { slot: *slot, generation: self.at(*slot).map_or(1, |there| there.generation) }
            }
            None => Key { slot: self.slots(), generation: 1 },
        }
    }

    /// Puts a record in.
    pub(crate) fn insert(&mut self, record: T) -> Key {
        let key = self.next_key();
        if self.vacant.pop().is_none() {
            if self.chunks.last().is_none_or(|chunk| chunk.len() == Self::CHUNK_SLOTS) {
                self.chunks.push(Vec::with_capacity(Self::CHUNK_SLOTS));
            }
            let last = self.chunks.len() - 1;
            self.chunks[last].push(Slot { record: Some(record), generation: 1 });
        } else if let Some(there) = self.at_mut(key.slot) {
            there.record = Some(record);
        }
        self.len += 1;
        key
    }

    /// Takes a record out; its key is stale from here on.
    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        let there = self.at_mut(key.slot).filter(|there| there.generation == key.generation)?;
        let record = there.record.take()?;
        there.generation = there.generation.wrapping_add(1);
        self.vacant.push(key.slot);
        self.len -= 1;
        Some(record)
    }

    /// Drops a record where it lies; its key is stale from here on.
    pub(crate) fn discard(&mut self, key: Key) {
        if let Some(there) =
            self.at_mut(key.slot).filter(|there| there.generation == key.generation)
            && there.record.is_some()
        {
            there.record = None;
            there.generation = there.generation.wrapping_add(1);
            self.vacant.push(key.slot);
            self.len -= 1;
        }
    }

    /// The record of a key that isn't stale.
    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        self.at(key.slot).filter(|there| there.generation == key.generation)?.record.as_ref()
    }

    /// The same, to change.
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        self.at_mut(key.slot).filter(|there| there.generation == key.generation)?.record.as_mut()
    }

    /// Whatever record lies in a slot, with its key.
    pub(crate) fn in_slot(&self, slot: u32) -> Option<(Key, &T)> {
        let there = self.at(slot)?;
        Some((Key { slot, generation: there.generation }, there.record.as_ref()?))
    }

    /// All records.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Key, &T)> {
        (0..self.slots()).filter_map(|slot| self.in_slot(slot))
    }

    /// How many slots there are, vacant ones too.
    pub(crate) fn slots(&self) -> u32 {
        let full = self.chunks.len().saturating_sub(1) * Self::CHUNK_SLOTS;
        (full + self.chunks.last().map_or(0, Vec::len)) as u32
    }

    fn at(&self, slot: u32) -> Option<&Slot<T>> {
        self.chunks.get(slot as usize / Self::CHUNK_SLOTS)?.get(slot as usize % Self::CHUNK_SLOTS)
    }

    fn at_mut(&mut self, slot: u32) -> Option<&mut Slot<T>> {
        self.chunks
            .get_mut(slot as usize / Self::CHUNK_SLOTS)?
            .get_mut(slot as usize % Self::CHUNK_SLOTS)
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn a_stale_key_never_reaches_a_newer_record() {
        let mut slab = Slab::default();
        let old = slab.insert("old");
        assert_eq!(slab.remove(old), Some("old"));
        assert_eq!(slab.next_key().slot, old.slot);
        let new = slab.insert("new");
        assert_eq!(new.slot, old.slot);
        assert_eq!(slab.get(old), None);
        assert_eq!(slab.remove(old), None);
        assert_eq!(slab.get(new), Some(&"new"));
    }

    #[test]
    fn records_survive_growth_over_many_chunks() {
        let mut slab = Slab::default();
        let keys: Vec<_> = (0..10_000).map(|n| slab.insert(n)).collect();
        assert!(keys.iter().zip(0..).all(|(key, n)| slab.get(*key) == Some(&n)));
        for key in keys.iter().step_by(2) {
            slab.remove(*key);
        }
        assert_eq!(slab.len(), 5_000);
        assert!(slab.iter().all(|(_, n)| n % 2 == 1));
    }
}
