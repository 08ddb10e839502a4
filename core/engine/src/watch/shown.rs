//! Rows as some links know them, and what has to be told when others take their place.
//!
//! A row that is the same in memory is taken for known: whoever draws keeps the rows that haven't changed.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

/// A row with what it is about.
pub(super) type Row<K, R> = (K, Arc<R>);

/// Rows in order, each about something else.
pub(super) struct Shown<K, R> {
    rows: Vec<Row<K, R>>,
}

impl<K, R> Default for Shown<K, R> {
    fn default() -> Self {
        Self { rows: Vec::new() }
    }
}

/// What has changed.
pub(super) struct Difference<K, R> {
    /// Rows that came or changed, in the order in which they are shown.
    pub(super) fresh: Vec<Arc<R>>,
    /// Rows of what isn't shown any more.
    pub(super) gone: Vec<Row<K, R>>,
}

impl<K, R> Difference<K, R> {
    /// Whether there is anything to tell.
    pub(super) fn is_news(&self) -> bool {
        !self.fresh.is_empty() || !self.gone.is_empty()
    }
}

impl<K: Copy + Eq + Hash, R> Shown<K, R> {
    /// What is shown, in order.
    pub(super) fn rows(&self) -> &[Row<K, R>] {
        &self.rows
    }

    /// All rows, in order.
    pub(super) fn whole(&self) -> Vec<Arc<R>> {
        self.rows.iter().map(|(_, row)| row.clone()).collect()
    }

    /// Shows other rows from now on.
    pub(super) fn turn_to(&mut self, now: Vec<Row<K, R>>) -> Difference<K, R> {
        let before = std::mem::replace(&mut self.rows, now);
        let stays = before.len() == self.rows.len()
            && before.iter().zip(&self.rows).all(|((one, _), (other, _))| one == other);
        if stays {
            let changed =
                before.iter().zip(&self.rows).filter(|((_, a), (_, b))| !Arc::ptr_eq(a, b));
            let fresh = changed.map(|(_, (_, row))| row.clone()).collect();
            return Difference { fresh, gone: Vec::new() };
        }
        let known: HashMap<K, &Arc<R>> = before.iter().map(|(key, row)| (*key, row)).collect();
        let is_fresh =
            |(key, row): &&Row<K, R>| known.get(key).is_none_or(|before| !Arc::ptr_eq(before, row));
        let fresh = self.rows.iter().filter(is_fresh).map(|(_, row)| row.clone()).collect();
        let still: HashSet<K> = self.rows.iter().map(|(key, _)| *key).collect();
        let gone = before.into_iter().filter(|(key, _)| !still.contains(key)).collect();
        Difference { fresh, gone }
    }
}
