//! From a file's tables to a configuration: every fault is found and gets its line, then the whole is taken or refused.

mod groups;
mod policy;

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use frontdesk_desk::id::{IdFault, TenantId};
use frontdesk_proto::limits::FRAME_BYTES_MAX;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::{File, KeyTable, LimitsTable, TenantTable};
use super::{CertificateSource, Config, ConfigFault, Limits, LogFormat, Tenant};
use crate::token::VerifyingKey;

/// Most tenants of one broker; the count of metrics follows it.
pub(super) const TENANTS_MAX: usize = 10_000;
/// Most keys of one tenant: two are in use while one is rotated, a few more where several front ends sign.
pub(super) const KEYS_MAX: usize = 16;
/// Longest key file that is read, in bytes.
const KEY_FILE_BYTES_MAX: u64 = 16 * 1024;

/// The faults found so far.
#[derive(Default)]
struct Faults(Vec<(String, String)>);

impl Faults {
    fn add(&mut self, path: impl Into<String>, fault: impl Into<String>) {
        self.0.push((path.into(), fault.into()));
    }
}

pub(super) fn syntax_fault(text: &str, error: &toml::de::Error) -> ConfigFault {
    ConfigFault {
        path: String::new(),
        line: error.span().map(|span| line_at(text, span.start)),
        fault: error.message().to_owned(),
    }
}

/// Checks a whole file.
pub(super) fn checked(file: File, text: &str, folder: &Path) -> Result<Config, Vec<ConfigFault>> {
    let mut faults = Faults::default();
    let config = config(file, folder, &mut faults);
    if faults.0.is_empty() {
        return Ok(config);
    }
    let tree = DeTable::parse(text).ok();
    let line = |path: &str| {
        let span_start = place(tree.as_ref()?.get_ref(), path)?;
        Some(line_at(text, span_start))
    };
    let located = faults.0.into_iter();
    Err(located.map(|(path, fault)| ConfigFault { line: line(&path), path, fault }).collect())
}

fn config(file: File, folder: &Path, faults: &mut Faults) -> Config {
    let mut config = Config::embedded(folder.join(file.data_folder.as_deref().unwrap_or("data")));
    if let Some(listen) = file.listen {
        config.listen = address("listen", &listen, faults).unwrap_or(config.listen);
    }
    match file.http.as_deref() {
        Some("off") => config.http = None,
        Some(http) => config.http = address("http", http, faults),
        None => {}
    }
    config.certificate =
        certificate(file.certificate_file, file.certificate_key_file, folder, faults);
    let mut time = |path: &str, value: Option<u64>, time: &mut Duration, min_ms, max_ms| {
        if let Some(ms) = value {
            within(faults, path, ms, min_ms, max_ms);
            *time = Duration::from_millis(ms);
        }
    };
    time("hello_timeout_ms", file.hello_timeout_ms, &mut config.hello_timeout, 100, 60_000);
    time("idle_timeout_ms", file.idle_timeout_ms, &mut config.idle_timeout, 1_000, 600_000);
    time("stall_timeout_ms", file.stall_timeout_ms, &mut config.stall_timeout, 100, 600_000);
    time("drain_time_ms", file.drain_time_ms, &mut config.drain_time, 0, 600_000);
    if config.hello_timeout >= config.idle_timeout {
        let fault =
            "must be shorter than idle_timeout_ms, or silence before Hello gets the wrong code";
        faults.add("hello_timeout_ms", fault);
    }
    if let Some(word) = file.log_format {
        match LogFormat::from_word(&word) {
            Some(format) => config.log_format = format,
            None => {
                faults.add("log_format", format!("must be \"text\" or \"json\", and is {word:?}"))
            }
        }
    }
    config.limits = limits(&file.limits, faults);
    config.tenants = tenants(file.tenants, folder, faults);
    config
}

fn address(path: &str, text: &str, faults: &mut Faults) -> Option<SocketAddr> {
    let address = text.parse().ok();
    if address.is_none() {
        let fault = format!(
            "{text:?} is no address with a port; write for example \"127.0.0.1:4433\" or \"[::]:4433\""
        );
        faults.add(path, fault);
    }
    address
}

fn certificate(
    certificate: Option<String>,
    key: Option<String>,
    folder: &Path,
    faults: &mut Faults,
) -> CertificateSource {
    match (certificate, key) {
        (Some(certificate), Some(key)) => CertificateSource::Files {
            certificate: folder.join(certificate),
            key: folder.join(key),
        },
        (None, None) => CertificateSource::Development,
        (Some(_), None) => {
            faults.add(
                "certificate_file",
                "certificate_key_file is missing beside it; name the key's file too",
            );
            CertificateSource::Development
        }
        (None, Some(_)) => {
            faults.add(
                "certificate_key_file",
                "certificate_file is missing beside it; name the chain's file too",
            );
            CertificateSource::Development
        }
    }
}

fn limits(table: &LimitsTable, faults: &mut Faults) -> Limits {
    let mut limits = Limits::default();
    let mut set = |name: &str, value: Option<u64>, limit: &mut u32, min: u32, max: u32| {
        if let Some(value) = value {
            within(faults, &format!("limits.{name}"), value, min.into(), max.into());
            *limit = u32::try_from(value).unwrap_or(max);
        }
    };
    set("connections_max", table.connections_max, &mut limits.connections_max, 1, 10_000_000);
    set(
        "connections_per_address_max",
        table.connections_per_address_max,
        &mut limits.connections_per_address_max,
        1,
        10_000_000,
    );
    set(
        "hellos_pending_max",
        table.hellos_pending_max,
        &mut limits.hellos_pending_max,
        1,
        1_000_000,
    );
    set("links_max", table.links_max, &mut limits.links_max, 1, 100_000_000);
    set(
        "links_per_tenant_max",
        table.links_per_tenant_max,
        &mut limits.links_per_tenant_max,
        1,
        100_000_000,
    );
    // Below the default the longest page of messages would not fit.
    set(
        "frame_bytes_max",
        table.frame_bytes_max,
        &mut limits.frame_bytes_max,
        FRAME_BYTES_MAX,
        16 * 1024 * 1024,
    );
    set("lanes_gateway_max", table.lanes_gateway_max, &mut limits.lanes_gateway_max, 1, 1_024);
    set("lanes_person_max", table.lanes_person_max, &mut limits.lanes_person_max, 1, 64);
    set("links_gateway_max", table.links_gateway_max, &mut limits.links_gateway_max, 1, 10_000_000);
    set("links_person_max", table.links_person_max, &mut limits.links_person_max, 1, 1_024);
    // The longest row of a visitor list must fit.
    set(
        "link_credit_bytes",
        table.link_credit_bytes,
        &mut limits.link_credit_bytes,
        32 * 1024,
        16 * 1024 * 1024,
    );
    set("messages_per_s", table.messages_per_s, &mut limits.messages_per_s, 1, 100_000);
    set("messages_burst", table.messages_burst, &mut limits.messages_burst, 1, 1_000_000);
    set("previews_per_s", table.previews_per_s, &mut limits.previews_per_s, 1, 1_000);
    set("resets_per_s", table.resets_per_s, &mut limits.resets_per_s, 1, 10_000_000);
    if limits.messages_burst < limits.messages_per_s {
        faults.add("limits.messages_burst", "must be at least messages_per_s");
    }
    limits
}

fn tenants(tables: Vec<TenantTable>, folder: &Path, faults: &mut Faults) -> Vec<Tenant> {
    if tables.len() > TENANTS_MAX {
        faults.add(
            "tenants",
            format!("one broker serves at most {TENANTS_MAX} tenants; start another for the rest"),
        );
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let mut tenants = Vec::new();
    for (i, table) in tables.into_iter().enumerate() {
        let path = format!("tenants[{i}]");
        if !seen.insert(table.id.clone()) {
            faults.add(
                format!("{path}.id"),
                format!("{:?} stands there twice; name each tenant once", table.id),
            );
        }
        tenants.extend(tenant(&path, table, folder, faults));
    }
    tenants
}

fn tenant(
    path: &str,
    mut table: TenantTable,
    folder: &Path,
    faults: &mut Faults,
) -> Option<Tenant> {
    let id = id(&format!("{path}.id"), TenantId::new(&table.id), faults);
    let keys = keys(path, std::mem::take(&mut table.keys), folder, faults);
    let policy = policy::policy(path, &table, faults);
    Some(Tenant { id: id?, keys, policy: policy? })
}

fn keys(
    path: &str,
    tables: Vec<KeyTable>,
    folder: &Path,
    faults: &mut Faults,
) -> Vec<VerifyingKey> {
    if tables.is_empty() || tables.len() > KEYS_MAX {
        let fault = format!(
            "a tenant needs 1 to {KEYS_MAX} keys for its tokens; add [[tenants.keys]] below it"
        );
        faults.add(format!("{path}.keys"), fault);
    }
    let mut seen = HashSet::new();
    let mut keys = Vec::new();
    for (i, table) in tables.into_iter().enumerate() {
        let path = format!("{path}.keys[{i}]");
        if !seen.insert(table.kid.clone()) {
            faults.add(
                format!("{path}.kid"),
                format!("{:?} stands there twice; name each key its own", table.kid),
            );
        }
        keys.extend(key(&path, &table, folder, faults));
    }
    keys
}

fn key(path: &str, table: &KeyTable, folder: &Path, faults: &mut Faults) -> Option<VerifyingKey> {
    let (kid, key) = match table.alg.as_str() {
        "HS256" => {
            refuse_field(
                path,
                "public_key",
                &table.public_key,
                "HS256 has no public key; name a secret",
                faults,
            );
            refuse_field(
                path,
                "public_key_file",
                &table.public_key_file,
                "HS256 has no public key; name a secret",
                faults,
            );
            let secret = inline_or_file(
                path,
                "secret",
                (&table.secret, &table.secret_file),
                folder,
                faults,
            )?;
            ("secret", VerifyingKey::hs256_base64(&table.kid, &secret))
        }
        "EdDSA" => {
            refuse_field(
                path,
                "secret",
                &table.secret,
                "EdDSA has no secret here; name the public key",
                faults,
            );
            refuse_field(
                path,
                "secret_file",
                &table.secret_file,
                "EdDSA has no secret here; name the public key",
                faults,
            );
            let pem = inline_or_file(
                path,
                "public_key",
                (&table.public_key, &table.public_key_file),
                folder,
                faults,
            )?;
            ("public_key", VerifyingKey::eddsa_pem(&table.kid, &pem))
        }
        other => {
            faults.add(
                format!("{path}.alg"),
                format!("must be \"HS256\" or \"EdDSA\", and is {other:?}"),
            );
            return None;
        }
    };
    let field = kid;
    key.map_err(|fault| {
        let field = if matches!(fault, crate::token::KeyFault::BadName(_)) { "kid" } else { field };
        faults.add(format!("{path}.{field}"), fault.to_string());
    })
    .ok()
}

fn refuse_field(path: &str, field: &str, value: &Option<String>, fault: &str, faults: &mut Faults) {
    if value.is_some() {
        faults.add(format!("{path}.{field}"), fault);
    }
}

/// The key itself, from the field or from the file that the other field names: exactly one of them.
fn inline_or_file(
    path: &str,
    field: &str,
    (inline, file): (&Option<String>, &Option<String>),
    folder: &Path,
    faults: &mut Faults,
) -> Option<String> {
    match (inline, file) {
        (Some(text), None) => Some(text.clone()),
        (None, Some(file)) => {
            let file = folder.join(file);
            read_short(&file)
                .map_err(|error| {
                    let fault = format!(
                        "{} can't be read ({error}); check its path and permissions",
                        file.display()
                    );
                    faults.add(format!("{path}.{field}_file"), fault);
                })
                .ok()
        }
        _ => {
            faults.add(path, format!("give either {field} or {field}_file, and not both"));
            None
        }
    }
}

fn read_short(path: &Path) -> std::io::Result<String> {
    use std::io::Read as _;

    let mut text = String::new();
    std::fs::File::open(path)?.take(KEY_FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

fn id<T>(path: &str, id: Result<T, IdFault>, faults: &mut Faults) -> Option<T> {
    id.map_err(|fault| faults.add(path, fault.to_string())).ok()
}

fn within(faults: &mut Faults, path: &str, value: u64, min: u64, max: u64) {
    if value < min || value > max {
        faults.add(path, format!("must lie between {min} and {max}, and is {value}"));
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

/// Where `path` begins in the text, or the innermost table on the way to it that is there.
fn place(root: &DeTable<'_>, path: &str) -> Option<usize> {
    let mut table = Some(root);
    let mut value: Option<&Spanned<DeValue<'_>>> = None;
    for segment in path.split('.') {
        let (name, index) = match segment.split_once('[') {
            Some((name, index)) => (name, index.trim_end_matches(']').parse::<usize>().ok()),
            None => (segment, None),
        };
        let Some(found) = table.and_then(|table| table.get(name)) else { break };
        value = Some(match (index, found.get_ref().as_array()) {
            (Some(index), Some(array)) => array.get(index).unwrap_or(found),
            _ => found,
        });
        table = value.and_then(|value| value.get_ref().as_table());
    }
    value.map(|value| value.span().start)
}
