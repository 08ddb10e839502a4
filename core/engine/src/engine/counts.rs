//! What is counted of a tenant: its visitors present in all, by site, group and region; its sessions, agents and messages.
//!
//! No count is made by walking over visitors.

use std::ops::AddAssign;

use frontdesk_desk::id::{SiteNo, TenantNo};
use frontdesk_desk::policy::SiteGroup;
use frontdesk_desk::refusal::Refusal;

use super::Engine;
use crate::command::{Breakdown, BreakdownQuery, Counts, VisitorCounts, Which};
use crate::sync::atomic::Ordering;
use crate::tenants::Tenant;

/// Sites, groups or regions in one list of a [`Breakdown`], and names in one [`BreakdownQuery`].
pub const NAMES_MAX: usize = 200;

impl Engine {
    /// A tenant's counts; all zero for a tenant that isn't there.
    pub fn counts(&self, tenant: TenantNo) -> Counts {
        let Some(tenant) = self.tenants.at(tenant) else { return Counts::default() };
        let floor = tenant.lock_floor().floor.counts();
        let visitors = tenant.present.whole();
        Counts {
            visitors_here: visitors.here,
            visitors_away: visitors.away,
            waiting: floor.waiting,
            offered: floor.offered,
            sessions: floor.held,
            agents_online: floor.online,
            agents_busy: floor.busy,
            agents_away: floor.away,
            messages: tenant.messages.load(Ordering::Relaxed),
            blocks: tenant.guard.blocks(),
        }
    }

    /// A tenant's visitors present, by sites, groups of sites and regions.
    ///
    /// Errors: [`Refusal::UnknownSite`], [`Refusal::UnknownSiteGroup`], [`Refusal::TooMany`] over [`NAMES_MAX`] names,
    /// [`Refusal::LinkGone`] for a tenant that isn't there.
    pub fn breakdown(
        &self,
        tenant: TenantNo,
        query: &BreakdownQuery,
    ) -> Result<Breakdown, Refusal> {
        let tenant = self.tenants.at(tenant).ok_or(Refusal::LinkGone)?;
        within_bound(query)?;
        let mut breakdown = Breakdown::default();
        by_site(tenant, query, &mut breakdown)?;
        by_group(tenant, query, &mut breakdown)?;
        by_region(tenant, query, &mut breakdown);
        Ok(breakdown)
    }
}

fn within_bound(query: &BreakdownQuery) -> Result<(), Refusal> {
    let all = names(&query.sites) + names(&query.site_groups) + names(&query.regions);
    if all > NAMES_MAX {
        return Err(Refusal::TooMany { field: "sites, site_groups and regions", max: NAMES_MAX });
    }
    Ok(())
}

fn names<T>(which: &Which<T>) -> usize {
    if let Which::These(names) = which { names.len() } else { 0 }
}

fn by_site(tenant: &Tenant, query: &BreakdownQuery, into: &mut Breakdown) -> Result<(), Refusal> {
    let policy = tenant.policy();
    let numbers: Vec<SiteNo> = match &query.sites {
        Which::None => return Ok(()),
        Which::These(ids) => {
            let known = ids.iter().map(|id| policy.site(id).ok_or(Refusal::UnknownSite));
            known.collect::<Result<_, _>>()?
        }
        Which::Most => policy.sites.iter().filter_map(|site| policy.site(&site.id)).collect(),
    };
    let counted = numbers.iter().map(|no| (policy.site_id(*no).clone(), tenant.present.site(*no)));
    let mut sites: Vec<_> = counted.collect();
    if query.sites == Which::Most {
        keep_most(&mut sites);
    }
    let mut rest = tenant.present.whole();
    for (n, (site, counts)) in sites.iter().enumerate() {
        if !sites[..n].iter().any(|(other, _)| other == site) {
            rest = less(rest, *counts);
        }
    }
    (into.sites, into.other_sites) = (sites, Some(rest));
    Ok(())
}

fn by_group(tenant: &Tenant, query: &BreakdownQuery, into: &mut Breakdown) -> Result<(), Refusal> {
    let policy = tenant.policy();
    let groups: Vec<&SiteGroup> = match &query.site_groups {
        Which::None => return Ok(()),
        Which::These(ids) => {
            let known = ids.iter().map(|id| policy.site_group(id).ok_or(Refusal::UnknownSiteGroup));
            known.collect::<Result<_, _>>()?
        }
        Which::Most => policy.site_groups.iter().collect(),
    };
    let counted = groups.into_iter().map(|group| {
        let mut sum = VisitorCounts::default();
        for site in policy.site_numbers(group) {
            sum += tenant.present.site(site);
        }
        (group.id.clone(), sum)
    });
    into.site_groups = counted.collect();
    if query.site_groups == Which::Most {
        keep_most(&mut into.site_groups);
    }
    Ok(())
}

fn by_region(tenant: &Tenant, query: &BreakdownQuery, into: &mut Breakdown) {
    let regions = tenant.present.regions();
    let counted = match &query.regions {
        Which::None => return,
        Which::These(texts) => regions.these(texts.iter().map(|text| &**text)),
        Which::Most => regions.most(NAMES_MAX),
    };
    into.no_region = Some(less(tenant.present.whole(), counted.whole));
    (into.regions, into.other_regions) = (counted.singly, Some(counted.others));
}

fn keep_most<T: Ord>(counted: &mut Vec<(T, VisitorCounts)>) {
    let present = |counts: &VisitorCounts| counts.here + counts.away;
    counted.sort_by(|(name, one), (other_name, other)| {
        present(other).cmp(&present(one)).then_with(|| name.cmp(other_name))
    });
    counted.truncate(NAMES_MAX);
}

/// The rest. Counts that were read one after the other may be a visitor apart.
fn less(whole: VisitorCounts, part: VisitorCounts) -> VisitorCounts {
    VisitorCounts {
        here: whole.here.saturating_sub(part.here),
        away: whole.away.saturating_sub(part.away),
        waiting: whole.waiting.saturating_sub(part.waiting),
        active: whole.active.saturating_sub(part.active),
    }
}

impl AddAssign for VisitorCounts {
    fn add_assign(&mut self, other: Self) {
        self.here += other.here;
        self.away += other.away;
        self.waiting += other.waiting;
        self.active += other.active;
    }
}
