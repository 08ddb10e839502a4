//! What a tenant's policy says of sessions, as tables.

use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct TermsTable {
    pub(in super::super) idle_warning_ms: Option<u64>,
    pub(in super::super) idle_close_ms: Option<u64>,
    pub(in super::super) words: Option<AutomaticWordsTable>,
    pub(in super::super) still_waiting_ms: Option<u64>,
    pub(in super::super) edit_ms: Option<u64>,
    #[serde(default)]
    pub(in super::super) rating: RatingTable,
    pub(in super::super) topics: Option<Vec<String>>,
    pub(in super::super) summary_required: Option<bool>,
    pub(in super::super) form: Option<FormTable>,
    #[serde(default)]
    pub(in super::super) service: ServiceTable,
    pub(in super::super) transfers_max: Option<u16>,
    pub(in super::super) tells_of_watches: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in super::super) struct AutomaticWordsTable {
    pub(in super::super) greeting: String,
    pub(in super::super) all_busy: String,
    pub(in super::super) nobody_there: String,
    pub(in super::super) still_waiting: String,
    pub(in super::super) idle_warning: String,
    pub(in super::super) farewell: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct RatingTable {
    pub(in super::super) at_end: Option<bool>,
    pub(in super::super) score_max: Option<u8>,
    pub(in super::super) tags: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ServiceTable {
    pub(in super::super) first_reply_ms: Option<u64>,
    pub(in super::super) reply_ms: Option<u64>,
    pub(in super::super) warn_before_ms: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct FormTable {
    #[serde(default)]
    pub(in super::super) fields: Vec<FieldTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct FieldTable {
    pub(in super::super) id: String,
    pub(in super::super) label: Option<String>,
    pub(in super::super) kind: Option<String>,
    pub(in super::super) required: Option<bool>,
    pub(in super::super) bytes_max: Option<u16>,
    #[serde(default)]
    pub(in super::super) choices: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct MasksTable {
    pub(in super::super) card: Option<bool>,
    pub(in super::super) phone: Option<bool>,
    pub(in super::super) identity: Option<bool>,
    #[serde(default)]
    pub(in super::super) patterns: Vec<String>,
}
