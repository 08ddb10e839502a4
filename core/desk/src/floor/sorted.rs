//! Entries in order of their keys: those who wait by rank, those who are free by their turn.
//!
//! Who comes mostly has the last key and who goes the first, so both ends are found without a search. Elsewhere an entry is found
//! by two binary searches: the entries lie in chunks, each in order and all of them in order, and no chunk is empty.

use std::collections::VecDeque;

/// A chunk is split in two beyond this: what an insertion moves at most, and an end never does.
const CHUNK_MAX: usize = 64;

/// Entries in order of their keys; each key once.
#[derive(Debug)]
pub(super) struct Sorted<K, V> {
    chunks: VecDeque<VecDeque<(K, V)>>,
    len: usize,
    /// A chunk that became empty, for the next one: who comes at one end and goes at the other needs no memory.
    spare: VecDeque<(K, V)>,
}

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Self { chunks: VecDeque::new(), len: 0, spare: VecDeque::new() }
    }
}

impl<K: Copy + Ord, V: Copy> Sorted<K, V> {
    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The entry of the lowest key.
    pub(super) fn first(&self) -> Option<&(K, V)> {
        self.chunks.front()?.front()
    }

    /// All entries, the lowest key first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(K, V)> {
        self.chunks.iter().flatten()
    }

    /// All keys, the lowest first.
    pub(super) fn keys(&self) -> impl Iterator<Item = K> {
        self.iter().map(|(key, _)| *key)
    }

    /// All values, in the order of their keys.
    pub(super) fn values(&self) -> impl Iterator<Item = V> {
        self.iter().map(|(_, value)| *value)
    }

    /// Whether there is an entry of this key.
    pub(super) fn contains(&self, key: K) -> bool {
        let chunk = self.chunks.get(self.chunk_of(key));
        chunk.is_some_and(|chunk| chunk.binary_search_by_key(&key, |(other, _)| *other).is_ok())
    }

    /// Puts an entry in its place. There must be none of its key.
    pub(super) fn insert(&mut self, key: K, value: V) {
        self.len += 1;
        match self.chunks.back_mut() {
            Some(last) if last.back().is_none_or(|(highest, _)| *highest < key) => {
                if last.len() < CHUNK_MAX {
                    last.push_back((key, value));
                } else {
                    self.push_chunk(key, value);
                }
            }
            None => self.push_chunk(key, value),
            Some(_) => self.insert_within(key, value),
        }
    }

    /// Takes an entry out.
    pub(super) fn remove(&mut self, key: K) -> Option<V> {
        let first = self.chunks.front_mut()?;
        let (chunk, removed) = match first.front() {
            Some((lowest, _)) if *lowest == key => (0, first.pop_front()?),
            _ => {
                let chunk = self.chunk_of(key);
                let entries = self.chunks.get_mut(chunk)?;
                let index = entries.binary_search_by_key(&key, |(other, _)| *other).ok()?;
                (chunk, entries.remove(index)?)
            }
        };
        self.len -= 1;
        if self.chunks[chunk].is_empty()
            && let Some(spare) = self.chunks.remove(chunk)
        {
            self.spare = spare;
        }
        Some(removed.1)
    }

    fn push_chunk(&mut self, key: K, value: V) {
        let mut chunk = std::mem::take(&mut self.spare);
        chunk.push_back((key, value));
        self.chunks.push_back(chunk);
    }

    fn insert_within(&mut self, key: K, value: V) {
        let chunk = self.chunk_of(key);
        let entries = &mut self.chunks[chunk];
        let index = entries.partition_point(|(other, _)| *other < key);
        debug_assert!(entries.get(index).is_none_or(|(other, _)| *other != key), "a key twice");
        entries.insert(index, (key, value));
        if entries.len() > CHUNK_MAX {
            let rest = entries.split_off(CHUNK_MAX / 2);
            self.chunks.insert(chunk + 1, rest);
        }
    }

    /// The first chunk whose highest key isn't below this one.
    fn chunk_of(&self, key: K) -> usize {
        self.chunks
            .partition_point(|entries| entries.back().is_some_and(|(highest, _)| *highest < key))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_what_a_map_in_order_is(steps in prop::collection::vec((0..3u8, 0..400u32), 1..2_000)) {
            let (mut sorted, mut map) = (Sorted::default(), BTreeMap::new());
            for (value, (step, n)) in (0u32..).zip(steps) {
                match step {
                    0 if map.insert(n, value).is_none() => sorted.insert(n, value),
                    0 => {
                        prop_assert!(sorted.remove(n).is_some());
                        sorted.insert(n, value);
                    }
                    1 => prop_assert_eq!(sorted.remove(n), map.remove(&n)),
                    _ => {
                        let first = map.pop_first();
                        prop_assert_eq!(sorted.first().copied(), first);
                        prop_assert_eq!(first.and_then(|(key, _)| sorted.remove(key)), first.map(|(_, value)| value));
                    }
                }
                prop_assert_eq!(sorted.len(), map.len());
                prop_assert_eq!(sorted.is_empty(), map.is_empty());
                prop_assert_eq!(sorted.contains(n), map.contains_key(&n));
            }
            prop_assert!(sorted.iter().copied().eq(map.iter().map(|(key, value)| (*key, *value))));
            prop_assert!(sorted.values().eq(map.into_values()));
        }
    }

    #[test]
    fn who_comes_last_and_goes_first_needs_no_memory_of_its_own() {
        let mut sorted = Sorted::default();
        for n in 0..100_000u32 {
            sorted.insert(n, ());
            if n >= 1_000 {
                assert_eq!(sorted.remove(n - 1_000), Some(()));
            }
            assert!(sorted.chunks.len() <= 1_000 / CHUNK_MAX + 2);
        }
        assert_eq!(sorted.first(), Some(&(99_000, ())));
    }
}
