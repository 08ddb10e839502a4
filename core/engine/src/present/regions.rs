//! Visitors present by region.
//!
//! A region is whatever text a front end gave at the arrival, so there is no end to them: the first [`REGIONS_MAX`] that have visitors
//! at the same time are counted singly, byte for byte; visitors of any further one are counted together, until they leave. When a
//! region's last visitor goes, its place is free for another.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use foldhash::quality::FixedState;
use frontdesk_desk::id::RegionNo;
use frontdesk_desk::visitor::Standing;
use hashbrown::HashTable;

use super::{ARRIVED, summed};
use crate::command::VisitorCounts;
use crate::sync::Mutex;

/// Regions of one tenant that are counted singly.
const REGIONS_MAX: usize = 4_096;
/// Of no region.
const NOWHERE: RegionNo = RegionNo(0);
/// Of a region that isn't counted singly.
const OTHERS: RegionNo = RegionNo::MAX;

const _: () = assert!(REGIONS_MAX < RegionNo::MAX.0 as usize);

/// Visitors by how they stand, for one writer.
pub(super) type Numbers = [u64; Standing::KINDS];

/// Visitors present by region.
#[derive(Debug)]
pub(crate) struct Regions {
    table: Mutex<Table>,
    hash: FixedState,
}

#[derive(Debug, Default)]
struct Table {
    by_text: HashTable<RegionNo>,
    /// Row n counts the region of number n + 1.
    rows: Vec<Row>,
    vacant: Vec<RegionNo>,
    others: Numbers,
    /// All who are of some region, the others too.
    whole: Numbers,
}

#[derive(Debug)]
struct Row {
    text: Arc<str>,
    numbers: Numbers,
}

/// The visitors of some regions, and of all the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RegionCounts {
    /// Each by its text.
    pub(crate) singly: Vec<(Arc<str>, VisitorCounts)>,
    /// Those of all regions that aren't in `singly`.
    pub(crate) others: VisitorCounts,
    /// All who are of some region.
    pub(crate) whole: VisitorCounts,
}

impl Regions {
    pub(super) fn new(seed: u64) -> Self {
        Self { table: Mutex::new(Table::default()), hash: FixedState::with_seed(seed) }
    }

    /// Counts a visitor that arrives, and says where.
    pub(super) fn arrived(&self, region: &str) -> RegionNo {
        if region.is_empty() {
            return NOWHERE;
        }
        let hash = self.hash(region);
        let mut table = self.table.lock();
        let no = table.find(hash, region).unwrap_or_else(|| table.open(hash, region, &self.hash));
        table.whole[ARRIVED.index()] += 1;
        table.numbers(no)[ARRIVED.index()] += 1;
        no
    }

    pub(super) fn moved(&self, region: RegionNo, before: Standing, now: Standing) {
        if region == NOWHERE {
            return;
        }
        let mut table = self.table.lock();
        let Table { whole, rows, others, .. } = &mut *table;
        for numbers in [whole, numbers_of(region, rows, others)] {
            numbers[before.index()] -= 1;
            numbers[now.index()] += 1;
        }
    }

    pub(super) fn left(&self, region: RegionNo, before: Standing) {
        if region == NOWHERE {
            return;
        }
        let mut table = self.table.lock();
        table.whole[before.index()] -= 1;
        table.numbers(region)[before.index()] -= 1;
        if region != OTHERS && *table.numbers(region) == Numbers::default() {
            table.close(region, &self.hash);
        }
    }

    /// The visitors of these regions. One that nobody is of, or that isn't counted singly, has none.
    pub(crate) fn these<'a>(&self, regions: impl IntoIterator<Item = &'a str>) -> RegionCounts {
        let hashed = regions.into_iter().map(|region| (self.hash(region), region));
        let hashed: Vec<_> = hashed.collect();
        let table = self.table.lock();
        let mut rest = table.whole;
        let mut singly = Vec::with_capacity(hashed.len());
        for (n, (hash, region)) in hashed.iter().enumerate() {
            let Some(no) = table.find(*hash, region) else {
                singly.push(((*region).into(), VisitorCounts::default()));
                continue;
            };
            let row = &table.rows[usize::from(no.0) - 1];
            if !hashed[..n].contains(&(*hash, region)) {
                take(&mut rest, &row.numbers);
            }
            singly.push((row.text.clone(), read(&row.numbers)));
        }
        RegionCounts { singly, others: read(&rest), whole: read(&table.whole) }
    }

    /// The visitors of so many regions, those with the most of them first.
    pub(crate) fn most(&self, regions_max: usize) -> RegionCounts {
        let table = self.table.lock();
        let counted = table.rows.iter().map(|row| (row.text.clone(), row.numbers));
        let mut rows: Vec<_> =
            counted.filter(|(_, numbers)| *numbers != Numbers::default()).collect();
        let whole = table.whole;
        drop(table);
        rows.sort_unstable_by(|(text, one), (other_text, other)| {
            let (one, other): (u64, u64) = (one.iter().sum(), other.iter().sum());
            other.cmp(&one).then_with(|| text.cmp(other_text))
        });
        rows.truncate(regions_max);
        let mut rest = whole;
        for (_, numbers) in &rows {
            take(&mut rest, numbers);
        }
        let singly = rows.into_iter().map(|(text, numbers)| (text, read(&numbers)));
        RegionCounts { singly: singly.collect(), others: read(&rest), whole: read(&whole) }
    }

    /// Whether visitors of a region are counted under a number. For [`Engine::verify`](crate::Engine::verify).
    pub(crate) fn is_counted(&self, region: &str, no: RegionNo) -> bool {
        match no {
            NOWHERE => region.is_empty(),
            OTHERS => !region.is_empty(),
            no => self.table.lock().find(self.hash(region), region) == Some(no),
        }
    }

    /// What is counted under each number that may be in use, for [`Engine::verify`](crate::Engine::verify).
    pub(super) fn all(&self) -> Vec<(RegionNo, VisitorCounts)> {
        let table = self.table.lock();
        let rows = (1..).map(RegionNo).zip(&table.rows);
        let mut all: Vec<_> = rows.map(|(no, row)| (no, read(&row.numbers))).collect();
        all.push((OTHERS, read(&table.others)));
        all
    }

    fn hash(&self, region: &str) -> u64 {
        hash_of(&self.hash, region)
    }
}

impl Table {
    fn numbers(&mut self, region: RegionNo) -> &mut Numbers {
        numbers_of(region, &mut self.rows, &mut self.others)
    }

    fn find(&self, hash: u64, region: &str) -> Option<RegionNo> {
        let is_meant = |no: &RegionNo| *self.rows[usize::from(no.0) - 1].text == *region;
        self.by_text.find(hash, is_meant).copied()
    }

    /// A place for a region that has none; that of the others if all are taken.
    fn open(&mut self, hash: u64, region: &str, hashes: &FixedState) -> RegionNo {
        let row = Row { text: region.into(), numbers: Numbers::default() };
        let no = match self.vacant.pop() {
            Some(no) => {
                self.rows[usize::from(no.0) - 1] = row;
                no
            }
            None if self.rows.len() < REGIONS_MAX => {
                self.rows.push(row);
                RegionNo(self.rows.len() as u16)
            }
            None => return OTHERS,
        };
        let rows = &self.rows;
        self.by_text
            .insert_unique(hash, no, |no| hash_of(hashes, &rows[usize::from(no.0) - 1].text));
        no
    }

    fn close(&mut self, region: RegionNo, hashes: &FixedState) {
        let hash = hash_of(hashes, &self.rows[usize::from(region.0) - 1].text);
        if let Ok(found) = self.by_text.find_entry(hash, |no| *no == region) {
            found.remove();
            self.vacant.push(region);
        }
    }
}

fn numbers_of<'a>(
    region: RegionNo,
    rows: &'a mut [Row],
    others: &'a mut Numbers,
) -> &'a mut Numbers {
    if region == OTHERS { others } else { &mut rows[usize::from(region.0) - 1].numbers }
}

fn hash_of(hashes: &FixedState, region: &str) -> u64 {
    let mut hasher = hashes.build_hasher();
    hasher.write(region.as_bytes());
    hasher.finish()
}

fn read(numbers: &Numbers) -> VisitorCounts {
    summed(|standing| numbers[standing.index()])
}

fn take(rest: &mut Numbers, numbers: &Numbers) {
    for (rest, number) in rest.iter_mut().zip(numbers) {
        *rest -= number;
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use frontdesk_desk::delivery::{Presence, Stage};

    use super::*;

    const AWAY: Standing = Standing { presence: Presence::Away, stage: None };
    const TALKS: Standing = Standing { presence: Presence::Here, stage: Some(Stage::Active) };

    fn counts(here: u64, away: u64, active: u64) -> VisitorCounts {
        VisitorCounts { here, away, waiting: 0, active }
    }

    #[test]
    fn a_region_counts_those_who_come_change_and_go() {
        let regions = Regions::new(1);
        let (north, again, south) =
            (regions.arrived("north"), regions.arrived("north"), regions.arrived("south"));
        assert_eq!(north, again);
        assert_eq!(regions.arrived(""), NOWHERE);
        regions.moved(north, ARRIVED, AWAY);
        regions.moved(south, ARRIVED, TALKS);
        regions.moved(NOWHERE, ARRIVED, TALKS);
        let read = regions.these(["south", "north", "east", "north"]);
        let expected =
            [("south", counts(1, 0, 1)), ("north", counts(1, 1, 0)), ("east", counts(0, 0, 0))];
        for ((text, counted), (wanted, number)) in read.singly.iter().zip(expected) {
            assert_eq!((&**text, *counted), (wanted, number));
        }
        assert_eq!((read.others, read.whole), (counts(0, 0, 0), counts(2, 1, 1)));
        regions.left(north, AWAY);
        regions.left(north, ARRIVED);
        let most = regions.most(9);
        assert_eq!(most.singly, [("south".into(), counts(1, 0, 1))], "nobody is left in the north");
    }

    #[test]
    fn regions_beyond_the_bound_are_counted_together_and_the_sum_stays_exact() {
        let regions = Regions::new(1);
        let texts: Vec<_> = (0..REGIONS_MAX + 10).map(|n| format!("region {n}")).collect();
        let numbers: Vec<_> = texts.iter().map(|text| regions.arrived(text)).collect();
        assert!(numbers[REGIONS_MAX..].iter().all(|no| *no == OTHERS));
        let all = regions.most(usize::MAX);
        assert_eq!((all.singly.len(), all.others.here), (REGIONS_MAX, 10));
        let some = regions.most(100);
        assert_eq!((some.singly.len(), some.others.here), (100, REGIONS_MAX as u64 - 90));
        assert_eq!(some.whole.here, REGIONS_MAX as u64 + 10);

        // A place that became free is taken by the next region; those counted together stay so.
        regions.left(numbers[7], ARRIVED);
        let fresh = regions.arrived("fresh");
        assert_eq!(fresh, numbers[7]);
        assert!(regions.is_counted("fresh", fresh) && !regions.is_counted("region 7", fresh));
        for no in &numbers[REGIONS_MAX..] {
            regions.left(*no, ARRIVED);
        }
        assert_eq!(regions.most(usize::MAX).others, counts(0, 0, 0));
    }

    #[test]
    fn the_regions_with_the_most_visitors_come_first() {
        let regions = Regions::new(1);
        for (region, visitors) in [("a", 2), ("b", 3), ("c", 2), ("d", 1)] {
            for _ in 0..visitors {
                regions.arrived(region);
            }
        }
        let most = regions.most(3);
        let order: Vec<_> = most.singly.iter().map(|(text, _)| &**text).collect();
        assert_eq!((order, most.others.here), (vec!["b", "a", "c"], 1));
    }
}
