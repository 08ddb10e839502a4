//! What a tenant's policy has as tables of its own.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::terms::{AutomaticWordsTable, FormTable, TermsTable};

#[derive(Deserialize)]
#[serde(untagged, expecting = "a site is its id, or a table of id and style")]
pub(in super::super) enum SiteTable {
    Id(String),
    Styled(StyledSite),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct StyledSite {
    pub(in super::super) id: String,
    pub(in super::super) style: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct SiteGroupTable {
    pub(in super::super) id: String,
    #[serde(default)]
    pub(in super::super) sites: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct DepartmentTable {
    pub(in super::super) id: String,
    pub(in super::super) name: Option<String>,
    pub(in super::super) strategy: Option<String>,
    pub(in super::super) waiting_max: Option<u32>,
    pub(in super::super) reopen_at: Option<u32>,
    pub(in super::super) join: Option<String>,
    pub(in super::super) wait_max_ms: Option<u64>,
    pub(in super::super) agent_sessions_max: Option<u16>,
    #[serde(default)]
    pub(in super::super) tiers: Vec<TierTable>,
    #[serde(default)]
    pub(in super::super) rings: Vec<RingTable>,
    #[serde(default)]
    pub(in super::super) overflow: Vec<OverflowTable>,
    #[serde(default)]
    pub(in super::super) offers: OffersTable,
    pub(in super::super) wrap_up_ms: Option<u64>,
    pub(in super::super) schedule: Option<String>,
    pub(in super::super) sticky_ms: Option<u64>,
    pub(in super::super) agent_lost: Option<String>,
    pub(in super::super) dormant_after_ms: Option<u64>,
    pub(in super::super) terms: Option<TermsTable>,
    #[serde(default)]
    pub(in super::super) colleagues: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct TierTable {
    pub(in super::super) tier: u8,
    pub(in super::super) after_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct RingTable {
    pub(in super::super) after_ms: u64,
    #[serde(default)]
    pub(in super::super) waives: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct OverflowTable {
    pub(in super::super) after_ms: u64,
    pub(in super::super) to: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct OffersTable {
    pub(in super::super) mode: Option<String>,
    pub(in super::super) timeout_ms: Option<u64>,
    pub(in super::super) at_once: Option<u8>,
    pub(in super::super) declined_max: Option<u16>,
    pub(in super::super) missed_max: Option<u16>,
    pub(in super::super) back_off_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ScheduleTable {
    pub(in super::super) id: String,
    pub(in super::super) zone: String,
    /// By the names of days.
    #[serde(default)]
    pub(in super::super) weekly: BTreeMap<String, Vec<String>>,
    /// By dates.
    #[serde(default)]
    pub(in super::super) special: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct StyleTable {
    pub(in super::super) id: String,
    pub(in super::super) home: String,
    #[serde(default)]
    pub(in super::super) receivers: Vec<ReceiverTable>,
    #[serde(default)]
    pub(in super::super) regions: Vec<RegionRuleTable>,
    pub(in super::super) unavailable: Option<String>,
    pub(in super::super) fall_back_after_ms: Option<u64>,
    pub(in super::super) bot: Option<String>,
    pub(in super::super) listed: Option<String>,
    pub(in super::super) hides_offline: Option<bool>,
    pub(in super::super) hides_department_names: Option<bool>,
    #[serde(default)]
    pub(in super::super) words: WordsTable,
    #[serde(default)]
    pub(in super::super) automatic_words: AutomaticWordsTable,
    pub(in super::super) form: Option<FormTable>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in super::super) struct WordsTable {
    pub(in super::super) closed: String,
    pub(in super::super) nobody: String,
    pub(in super::super) full: String,
    pub(in super::super) waiting: String,
    pub(in super::super) free: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct RegionRuleTable {
    #[serde(default)]
    pub(in super::super) regions: Vec<String>,
    #[serde(default)]
    pub(in super::super) receivers: Vec<ReceiverTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ReceiverTable {
    pub(in super::super) department: Option<String>,
    pub(in super::super) agent: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ChannelTable {
    pub(in super::super) id: String,
    pub(in super::super) weight: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct BotTable {
    pub(in super::super) id: String,
    pub(in super::super) hidden: Option<bool>,
    pub(in super::super) takes_transfers: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct InvitationsTable {
    pub(in super::super) enabled: Option<bool>,
    pub(in super::super) shown_ms: Option<u64>,
    pub(in super::super) per_visit_max: Option<u16>,
    pub(in super::super) per_free_agent_max: Option<u16>,
    pub(in super::super) pause_ms: Option<u64>,
    #[serde(default)]
    pub(in super::super) rules: Vec<InvitationRuleTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct InvitationRuleTable {
    pub(in super::super) id: String,
    #[serde(default)]
    pub(in super::super) sites: Vec<String>,
    pub(in super::super) page_ms: Option<u64>,
    pub(in super::super) visit_ms: Option<u64>,
    pub(in super::super) pages_min: Option<u32>,
    #[serde(default)]
    pub(in super::super) addresses: Vec<String>,
    #[serde(default)]
    pub(in super::super) referrers: Vec<String>,
    #[serde(default)]
    pub(in super::super) keywords: Vec<String>,
    pub(in super::super) whom: Option<String>,
    #[serde(default)]
    pub(in super::super) regions: Vec<String>,
    pub(in super::super) schedule: Option<String>,
    pub(in super::super) department: Option<String>,
    pub(in super::super) text: Option<String>,
}
