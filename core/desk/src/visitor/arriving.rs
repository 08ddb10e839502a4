//! What is known of a visitor at the moment in which it arrives.

use crate::id::{RegionNo, SiteNo, TenantNo, VisitorId};
use crate::page::{Arrival, Page};

/// Earlier visits that are counted; of more it is known that there were so many.
pub const VISITS_MAX: u16 = 32_767;

/// Someone who arrives.
#[derive(Debug)]
pub struct Arriving {
    /// In whose company.
    pub tenant: TenantNo,
    /// On which site.
    pub site: SiteNo,
    /// Who.
    pub id: VisitorId,
    /// The page it is on.
    pub page: Page,
    /// What its front end knows.
    pub arrival: Arrival,
    /// Where its region is counted.
    pub region: RegionNo,
    /// What is remembered of it.
    pub earlier: Earlier,
}

/// What is remembered of a visitor's earlier visits; by default nothing: it is new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Earlier {
    /// How many there were, counted up to [`VISITS_MAX`].
    pub visits: u16,
    /// When the last one ended, in seconds since 1970-01-01 UTC; 0 if there was none.
    pub ended_wall_s: u32,
}
