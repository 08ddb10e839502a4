//! Which number stands for which id. A number is never given to another id while somebody may hold it.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::FixedState;

/// A table of names that only the tenant itself chooses, so that its hash may be one that others could foresee.
type ByName<Id> = HashMap<Id, usize, FixedState>;

/// The ids of one kind, by number and by id.
#[derive(Clone, Debug)]
pub(super) struct Numbers<Id> {
    by_no: Vec<Id>,
    /// Those that the document has.
    present: ByName<Id>,
}

impl<Id: Clone + Eq + Hash> Numbers<Id> {
    /// Numbers ids after the numbers of an earlier document: known ids keep theirs, new ones get the next.
    pub(super) fn after<'a>(before: Option<&Self>, ids: impl Iterator<Item = &'a Id>) -> Self
    where
        Id: 'a,
    {
        let mut by_no = before.map_or_else(Vec::new, |before| before.by_no.clone());
        let mut known: HashMap<Id, usize> = by_no.iter().cloned().zip(0..).collect();
        let mut present = ByName::default();
        for id in ids {
            let no = *known.entry(id.clone()).or_insert_with(|| {
                by_no.push(id.clone());
                by_no.len() - 1
            });
            present.insert(id.clone(), no);
        }
        Self { by_no, present }
    }

    /// The same, but a number that was free already in the earlier document is given anew: whoever takes the later one over has
    /// cleared it away by then.
    pub(super) fn reusing<'a>(before: Option<&Self>, ids: impl Iterator<Item = &'a Id>) -> Self
    where
        Id: 'a,
    {
        let mut all = Self::after(before, std::iter::empty());
        let free = |all: &Self, present: &ByName<Id>| {
            (0..all.by_no.len()).find(|no| {
                !before.is_some_and(|before| before.present.contains_key(&all.by_no[*no]))
                    && !present.values().any(|taken| taken == no)
            })
        };
        let mut present = ByName::default();
        let ids: Vec<&Id> = ids.collect();
        // Those that keep their numbers first, or a new one might take it.
        for id in &ids {
            if let Some(no) = before.and_then(|before| before.present.get(*id)) {
                present.insert((*id).clone(), *no);
            }
        }
        for id in ids {
            if present.contains_key(id) {
                continue;
            }
            let no = match free(&all, &present) {
                Some(no) => {
                    all.by_no[no] = id.clone();
                    no
                }
                None => {
                    all.by_no.push(id.clone());
                    all.by_no.len() - 1
                }
            };
            present.insert(id.clone(), no);
        }
        Self { by_no: all.by_no, present }
    }

    /// How many numbers were ever given out.
    pub(super) fn len(&self) -> usize {
        self.by_no.len()
    }

    /// The number of an id that the document has.
    pub(super) fn find(&self, id: &Id) -> Option<usize> {
        self.present.get(id).copied()
    }

    /// The id of a number, also of one that the document no longer has.
    pub(super) fn id(&self, no: usize) -> &Id {
        &self.by_no[no]
    }
}
