//! Groups of sites: what one account of many sites reads together, as `all shops` or `the brand's sites in the north`.
//!
//! A site may be in any number of groups. Visitors belong to sites only; a group is a name for a set of them.

use std::collections::HashSet;

use super::check::{unique, within};
use super::{Policy, SITES_MAX, Site};
use crate::id::{SiteGroupId, SiteId, SiteNo};

/// Most groups of sites a tenant may have.
pub const SITE_GROUPS_MAX: usize = 256;

/// A group of sites as a policy has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteGroup {
    /// Its id.
    pub id: SiteGroupId,
    /// Its sites, 1 to [`SITES_MAX`], each once and each one of the policy's.
    pub sites: Vec<SiteId>,
}

impl Policy {
    /// A group of sites.
    pub fn site_group(&self, id: &SiteGroupId) -> Option<&SiteGroup> {
        self.site_groups.iter().find(|group| group.id == *id)
    }

    /// The numbers of a group's sites, in the group's order.
    pub fn site_numbers(&self, group: &SiteGroup) -> Vec<SiteNo> {
        // Each is known: that was checked.
        group.sites.iter().filter_map(|id| self.site(id)).collect()
    }
}

/// Checks the groups of a draft.
pub(super) fn check(fault: &mut impl FnMut(String, String), groups: &[SiteGroup], sites: &[Site]) {
    within(fault, "site_groups", groups.len() as u64, 0, SITE_GROUPS_MAX as u64);
    unique(fault, "site_groups", groups.iter().map(|group| group.id.as_str()));
    let known: HashSet<_> = sites.iter().map(|site| &site.id).collect();
    for (i, group) in groups.iter().enumerate() {
        let path = format!("site_groups[{i}].sites");
        within(fault, &path, group.sites.len() as u64, 1, SITES_MAX as u64);
        unique(fault, &path, group.sites.iter().map(SiteId::as_str));
        for (j, site) in group.sites.iter().enumerate().filter(|(_, site)| !known.contains(site)) {
            fault(format!("{path}[{j}]"), format!("{:?} is none of the tenant's sites", site));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::DepartmentId;
    use crate::policy::Draft;

    fn site(id: &str) -> SiteId {
        SiteId::new(id).unwrap()
    }

    fn group(id: &str, sites: &[&str]) -> SiteGroup {
        let sites = sites.iter().map(|id| site(id)).collect();
        SiteGroup { id: SiteGroupId::new(id).unwrap(), sites }
    }

    fn draft(groups: Vec<SiteGroup>) -> Draft {
        let sites = vec![site("www"), site("shop"), site("blog")];
        let departments = vec![DepartmentId::new("sales").unwrap()];
        Draft { site_groups: groups, ..Draft::new(sites, departments) }
    }

    #[test]
    fn a_group_leads_to_the_numbers_of_its_sites() {
        let policy =
            Policy::new(draft(vec![group("north", &["blog", "www"]), group("all", &["shop"])]))
                .unwrap();
        let north = policy.site_group(&SiteGroupId::new("north").unwrap()).unwrap();
        assert_eq!(policy.site_numbers(north), [SiteNo(2), SiteNo(0)]);
        assert_eq!(policy.site_group(&SiteGroupId::new("south").unwrap()), None);
    }

    #[test]
    fn each_fault_of_a_group_is_named_by_its_place() {
        let groups =
            vec![group("a", &["www", "moon", "www"]), group("b", &[]), group("a", &["shop"])];
        let paths: Vec<_> =
            Policy::new(draft(groups)).unwrap_err().into_iter().map(|fault| fault.path).collect();
        assert_eq!(
            paths,
            [
                "site_groups[2]",
                "site_groups[0].sites[2]",
                "site_groups[0].sites[1]",
                "site_groups[1].sites"
            ]
        );
    }
}
