//! How many there are, as it is asked and answered.

use std::sync::Arc;

use frontdesk_desk::id::{SiteGroupId, SiteId};

/// A tenant's counts. Exact; each is read without walking anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Visitors with a link.
    pub visitors_here: u64,
    /// Visitors in their grace.
    pub visitors_away: u64,
    /// Sessions in a queue.
    pub waiting: u64,
    /// Sessions that agents are asked about.
    pub offered: u64,
    /// Sessions with an agent.
    pub sessions: u64,
    /// Agents online.
    pub agents_online: u64,
    /// Agents busy.
    pub agents_busy: u64,
    /// Agents away.
    pub agents_away: u64,
    /// Messages said since the engine began.
    pub messages: u64,
    /// Blocks in force.
    pub blocks: u64,
}

/// Some visitors present. Those in a session are here or away too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VisitorCounts {
    /// With a link.
    pub here: u64,
    /// In their grace.
    pub away: u64,
    /// Of all these, those whose session waits.
    pub waiting: u64,
    /// Of all these, those whose session an agent has.
    pub active: u64,
}

/// Which ones are counted for themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Which<T> {
    /// None.
    #[default]
    None,
    /// These, in this order.
    These(Vec<T>),
    /// The [`NAMES_MAX`](crate::NAMES_MAX) that have the most visitors, most of them first.
    Most,
}

/// By what the visitors present are to be counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BreakdownQuery {
    /// By sites.
    pub sites: Which<SiteId>,
    /// By groups of sites.
    pub site_groups: Which<SiteGroupId>,
    /// By regions, as their texts came with the arrivals.
    pub regions: Which<Arc<str>>,
}

/// The visitors present, as a [`BreakdownQuery`] has asked. A list that was not asked for is empty. Who is in none of a list's
/// entries is in the counts beside it, so that a list of sites or regions makes up all visitors present.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breakdown {
    /// By site.
    pub sites: Vec<(SiteId, VisitorCounts)>,
    /// On all sites that aren't in the list, if sites were asked for.
    pub other_sites: Option<VisitorCounts>,
    /// By group of sites. Groups may share sites, so these don't add up.
    pub site_groups: Vec<(SiteGroupId, VisitorCounts)>,
    /// By region. At most 4,096 regions with visitors are counted singly; those of further ones are in `other_regions`.
    pub regions: Vec<(Arc<str>, VisitorCounts)>,
    /// Of all regions that aren't in the list, if regions were asked for.
    pub other_regions: Option<VisitorCounts>,
    /// Of no known region, if regions were asked for.
    pub no_region: Option<VisitorCounts>,
}
