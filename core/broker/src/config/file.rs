//! The configuration as it stands in a TOML file, before anything is checked. `examples/broker.toml` explains each field.

mod policy;
mod terms;

pub(super) use policy::{
    BotTable, ChannelTable, DepartmentTable, InvitationRuleTable, InvitationsTable, OffersTable,
    ReceiverTable, ScheduleTable, SiteGroupTable, SiteTable, StyleTable, WordsTable,
};
use serde::Deserialize;
pub(super) use terms::{
    AutomaticWordsTable, FieldTable, FormTable, MasksTable, RatingTable, ServiceTable, TermsTable,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) listen: Option<String>,
    pub(super) http: Option<String>,
    pub(super) data_folder: Option<String>,
    pub(super) certificate_file: Option<String>,
    pub(super) certificate_key_file: Option<String>,
    pub(super) hello_timeout_ms: Option<u64>,
    pub(super) idle_timeout_ms: Option<u64>,
    pub(super) stall_timeout_ms: Option<u64>,
    pub(super) drain_time_ms: Option<u64>,
    pub(super) log_format: Option<String>,
    #[serde(default)]
    pub(super) limits: LimitsTable,
    #[serde(default)]
    pub(super) tenants: Vec<TenantTable>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsTable {
    pub(super) connections_max: Option<u64>,
    pub(super) connections_per_address_max: Option<u64>,
    pub(super) hellos_pending_max: Option<u64>,
    pub(super) links_max: Option<u64>,
    pub(super) links_per_tenant_max: Option<u64>,
    pub(super) frame_bytes_max: Option<u64>,
    pub(super) lanes_gateway_max: Option<u64>,
    pub(super) lanes_person_max: Option<u64>,
    pub(super) links_gateway_max: Option<u64>,
    pub(super) links_person_max: Option<u64>,
    pub(super) link_credit_bytes: Option<u64>,
    pub(super) messages_per_s: Option<u64>,
    pub(super) messages_burst: Option<u64>,
    pub(super) previews_per_s: Option<u64>,
    pub(super) resets_per_s: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TenantTable {
    pub(super) id: String,
    pub(super) version: Option<u64>,
    #[serde(default)]
    pub(super) sites: Vec<SiteTable>,
    #[serde(default)]
    pub(super) site_groups: Vec<SiteGroupTable>,
    #[serde(default)]
    pub(super) departments: Vec<DepartmentTable>,
    #[serde(default)]
    pub(super) schedules: Vec<ScheduleTable>,
    #[serde(default)]
    pub(super) styles: Vec<StyleTable>,
    #[serde(default)]
    pub(super) skills: Vec<String>,
    #[serde(default)]
    pub(super) channels: Vec<ChannelTable>,
    #[serde(default)]
    pub(super) bots: Vec<BotTable>,
    #[serde(default)]
    pub(super) invitations: InvitationsTable,
    #[serde(default)]
    pub(super) keys: Vec<KeyTable>,
    pub(super) dormant_percent: Option<u32>,
    pub(super) assignment_gap_ms: Option<u64>,
    pub(super) visitor_grace_ms: Option<u64>,
    pub(super) agent_grace_ms: Option<u64>,
    pub(super) capacity_default: Option<u16>,
    pub(super) capacity_max: Option<u16>,
    pub(super) previews: Option<String>,
    #[serde(default)]
    pub(super) masks: MasksTable,
    pub(super) terms: Option<TermsTable>,
    pub(super) visitors_max: Option<u64>,
    pub(super) agents_max: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyTable {
    pub(super) kid: String,
    pub(super) alg: String,
    pub(super) secret: Option<String>,
    pub(super) secret_file: Option<String>,
    pub(super) public_key: Option<String>,
    pub(super) public_key_file: Option<String>,
}
