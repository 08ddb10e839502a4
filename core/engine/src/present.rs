//! How many visitors of a tenant are present: in all, by site, by region, and in each by how they stand.
//!
//! Changed under the visitor's shard lock, so each count is exact as soon as that is released; who reads several of them while
//! visitors come and go may see one between two counts. To read a count walks over nothing but the sites or regions asked for.
//!
//! Sites are counted by atomics. Regions are free text, so their table has a lock, a leaf, which only visitors of a known region
//! take.

mod regions;

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use frontdesk_desk::delivery::{Presence, Stage};
use frontdesk_desk::id::{DepartmentNo, RegionNo, SiteNo};
use frontdesk_desk::visitor::{Standing, Visitor};

use crate::command::VisitorCounts;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Mutex, OnceLock};
use regions::Numbers;
pub(crate) use regions::Regions;

/// How a visitor stands when it arrives.
pub(crate) const ARRIVED: Standing = Standing { presence: Presence::Here, stage: None };

/// Numbers that sites can have.
const NUMBERS: usize = 1 << 16;
/// Sites counted by one chunk.
const CHUNK_SITES: usize = 1_024;

/// The visitors present of one tenant.
#[derive(Debug)]
pub(crate) struct Present {
    whole: Tally,
    /// Those of the tenant's first policy.
    sites: Box<[Tally]>,
    /// Those that later policies name, in chunks that are made when they are needed.
    more_sites: Box<[OnceLock<Box<[Tally]>>]>,
    regions: Regions,
    /// Visitors whom rules invite, by the department in which they would wait. A leaf, taken by those alone.
    inviting: Mutex<HashMap<DepartmentNo, u32>>,
}

/// Visitors by how they stand, for many writers. What is read of them and no more, so that a session's way from one stage to the
/// next is two steps.
#[derive(Debug, Default)]
struct Tally {
    here: AtomicU64,
    away: AtomicU64,
    waiting: AtomicU64,
    active: AtomicU64,
}

/// Where a visitor is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    site: SiteNo,
    region: RegionNo,
    standing: Standing,
    inviting: Option<DepartmentNo>,
}

impl Counted {
    /// Where a visitor is counted as it is now.
    pub(crate) fn of(visitor: &Visitor) -> Self {
        let (site, region) = (visitor.site(), visitor.region());
        let inviting = visitor.invited_by_rule();
        Self { site, region, standing: visitor.standing(), inviting }
    }
}

impl Present {
    /// Nobody, on so many sites. `seed` keeps those who name regions from choosing where they lie.
    pub(crate) fn new(sites: usize, seed: u64) -> Self {
        let sites = (0..sites).map(|_| Tally::default()).collect();
        let more_sites = (0..NUMBERS.div_ceil(CHUNK_SITES)).map(|_| OnceLock::new()).collect();
        let (whole, regions) = (Tally::default(), Regions::new(seed));
        Self { whole, sites, more_sites, regions, inviting: Mutex::new(HashMap::new()) }
    }

    /// Counts a visitor that arrives, and says where its region is counted from now on.
    pub(crate) fn arrived(&self, site: SiteNo, region: &str) -> RegionNo {
        let region = self.regions.arrived(region);
        for tally in [&self.whole, self.site_tally(site)] {
            tally.add(ARRIVED);
        }
        region
    }

    /// Counts a visitor anew that may stand otherwise than before.
    pub(crate) fn moved(&self, before: Counted, now: Counted) {
        self.inviting_moved(before.inviting, now.inviting);
        if before.standing == now.standing {
            return;
        }
        for tally in [&self.whole, self.site_tally(now.site)] {
            tally.moved(before.standing, now.standing);
        }
        self.regions.moved(now.region, before.standing, now.standing);
    }

    /// Counts a visitor no more.
    pub(crate) fn left(&self, before: Counted) {
        self.inviting_moved(before.inviting, None);
        for tally in [&self.whole, self.site_tally(before.site)] {
            tally.take(before.standing);
        }
        self.regions.left(before.region, before.standing);
    }

    /// How many visitors rules invite who would wait in a department.
    pub(crate) fn inviting(&self, department: DepartmentNo) -> u32 {
        self.inviting.lock().get(&department).copied().unwrap_or(0)
    }

    /// How many are present.
    pub(crate) fn total(&self) -> u64 {
        let whole = self.whole();
        whole.here + whole.away
    }

    /// All of them.
    pub(crate) fn whole(&self) -> VisitorCounts {
        self.whole.read()
    }

    /// Those on one site of the tenant.
    pub(crate) fn site(&self, site: SiteNo) -> VisitorCounts {
        self.site_tally(site).read()
    }

    /// Those of each region.
    pub(crate) fn regions(&self) -> &Regions {
        &self.regions
    }

    /// Proves that the counts are those of these visitors, who are all there are. Returns what is wrong, in words.
    pub(crate) fn verify(&self, visitors: &[Counted]) -> Vec<String> {
        let mut faults = Vec::new();
        let more = self.more_sites.iter().filter_map(OnceLock::get).flatten();
        let counts = self.sites.iter().chain(more).map(Tally::read);
        let sum: u64 = counts.map(|counts| counts.here + counts.away).sum();
        if sum != visitors.len() as u64 {
            faults.push(format!("{sum} visitors are counted by site, and {} are", visitors.len()));
        }
        let mut check = |what: String, said: VisitorCounts, of: &dyn Fn(&Counted) -> bool| {
            let standings = visitors.iter().filter(|who| of(who)).map(|who| who.standing);
            let mut counted = Numbers::default();
            standings.for_each(|standing| counted[standing.index()] += 1);
            let counted = summed(|standing| counted[standing.index()]);
            if said != counted {
                faults.push(format!("{what}: said to be {said:?}, and are {counted:?}"));
            }
        };
        check("visitors".to_owned(), self.whole(), &|_| true);
        for no in visitors.iter().map(|who| who.site).collect::<BTreeSet<_>>() {
            check(format!("visitors on {no:?}"), self.site(no), &|who| who.site == no);
        }
        for (no, said) in self.regions.all() {
            check(format!("visitors of {no:?}"), said, &|who| who.region == no);
        }
        let mut inviting: HashMap<DepartmentNo, u32> = HashMap::new();
        for no in visitors.iter().filter_map(|who| who.inviting) {
            *inviting.entry(no).or_default() += 1;
        }
        let said = self.inviting.lock();
        if *said != inviting {
            faults.push(format!("invited by rules: said to be {said:?}, and are {inviting:?}"));
        }
        faults
    }

    fn inviting_moved(&self, before: Option<DepartmentNo>, now: Option<DepartmentNo>) {
        if before == now {
            return;
        }
        let mut inviting = self.inviting.lock();
        if let Some(no) = before
            && let Entry::Occupied(mut entry) = inviting.entry(no)
        {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
        if let Some(no) = now {
            *inviting.entry(no).or_default() += 1;
        }
    }

    fn site_tally(&self, site: SiteNo) -> &Tally {
        let no = usize::from(site.0);
        self.sites.get(no).unwrap_or_else(|| {
            let beyond = no - self.sites.len();
            let chunk = &self.more_sites[beyond / CHUNK_SITES];
            let chunk = chunk.get_or_init(|| (0..CHUNK_SITES).map(|_| Tally::default()).collect());
            &chunk[beyond % CHUNK_SITES]
        })
    }
}

impl Tally {
    // Relaxed everywhere: each count is exact on its own and nothing is read on the strength of it.
    fn add(&self, standing: Standing) {
        self.of(standing.presence).fetch_add(1, Ordering::Relaxed);
        self.of_stage(standing.stage).map(|number| number.fetch_add(1, Ordering::Relaxed));
    }

    fn take(&self, standing: Standing) {
        self.of(standing.presence).fetch_sub(1, Ordering::Relaxed);
        self.of_stage(standing.stage).map(|number| number.fetch_sub(1, Ordering::Relaxed));
    }

    fn moved(&self, before: Standing, now: Standing) {
        if before.presence != now.presence {
            self.of(before.presence).fetch_sub(1, Ordering::Relaxed);
            self.of(now.presence).fetch_add(1, Ordering::Relaxed);
        }
        if before.stage != now.stage {
            self.of_stage(before.stage).map(|number| number.fetch_sub(1, Ordering::Relaxed));
            self.of_stage(now.stage).map(|number| number.fetch_add(1, Ordering::Relaxed));
        }
    }

    fn read(&self) -> VisitorCounts {
        VisitorCounts {
            here: self.here.load(Ordering::Relaxed),
            away: self.away.load(Ordering::Relaxed),
            waiting: self.waiting.load(Ordering::Relaxed),
            active: self.active.load(Ordering::Relaxed),
        }
    }

    fn of(&self, presence: Presence) -> &AtomicU64 {
        match presence {
            Presence::Here => &self.here,
            Presence::Away => &self.away,
        }
    }

    fn of_stage(&self, stage: Option<Stage>) -> Option<&AtomicU64> {
        match stage {
            None => None,
            Some(Stage::Waiting) => Some(&self.waiting),
            Some(Stage::Active) => Some(&self.active),
        }
    }
}

/// What numbers by standing come to.
fn summed(read: impl Fn(Standing) -> u64) -> VisitorCounts {
    let mut counts = VisitorCounts::default();
    for presence in [Presence::Here, Presence::Away] {
        for stage in [None, Some(Stage::Waiting), Some(Stage::Active)] {
            let count = read(Standing { presence, stage });
            match presence {
                Presence::Here => counts.here += count,
                Presence::Away => counts.away += count,
            }
            match stage {
                None => {}
                Some(Stage::Waiting) => counts.waiting += count,
                Some(Stage::Active) => counts.active += count,
            }
        }
    }
    counts
}
