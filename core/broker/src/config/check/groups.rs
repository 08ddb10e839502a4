//! A tenant's groups of sites, from the file's tables to the draft of its policy, which is checked as a whole afterwards.

use frontdesk_desk::id::{SiteGroupId, SiteId};
use frontdesk_desk::policy::SiteGroup;

use super::super::file::SiteGroupTable;
use super::{Faults, id};

/// The groups; `None` if an id among them is none.
pub(super) fn groups(
    path: &str,
    tables: &[SiteGroupTable],
    faults: &mut Faults,
) -> Option<Vec<SiteGroup>> {
    let groups = tables.iter().enumerate().map(|(i, table)| {
        let path = format!("{path}.site_groups[{i}]");
        let group = id(&format!("{path}.id"), SiteGroupId::new(&table.id), faults);
        let sites = table
            .sites
            .iter()
            .enumerate()
            .map(|(j, site)| id(&format!("{path}.sites[{j}]"), SiteId::new(site), faults));
        let sites: Vec<_> = sites.collect();
        Some(SiteGroup { id: group?, sites: sites.into_iter().collect::<Option<_>>()? })
    });
    let groups: Vec<_> = groups.collect();
    groups.into_iter().collect()
}
