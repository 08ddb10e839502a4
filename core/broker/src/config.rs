//! The broker's configuration: where it listens, where its data lies, its limits and its tenants, checked as a whole.
//!
//! [`Config::embedded`] needs no file: loopback, a development certificate and a development tenant. [`Config::from_file`]
//! reads TOML; relative paths in it are relative to the file's folder. Either everything in a file is good or nothing of it
//! is used, and each fault names its place, its line and the remedy. Unknown fields are faults, so that a typing mistake
//! isn't a silent default. Key files that it names are read at once; certificates are read by [`crate::identity`].
//!
//! Never changes after it was read, and never holds a secret in a form that could be printed.

mod check;
mod file;
mod limits;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use frontdesk_desk::id::TenantId;
use frontdesk_desk::policy::Policy;
use frontdesk_proto::limits::{HELLO_TIMEOUT_MS, IDLE_TIMEOUT_MS};

pub use self::limits::Limits;
use crate::token::VerifyingKey;

/// The UDP port for QUIC when none is named.
pub const QUIC_PORT: u16 = 4433;
/// The TCP port for metrics and health when none is named.
pub const HTTP_PORT: u16 = 9433;
/// How long a drain waits for connections to go, when nothing is said: 20 seconds, which fits into the 30 that service
/// managers usually give.
pub const DRAIN_TIME: Duration = Duration::from_secs(20);

/// How long a peer may take nothing of what waits for it, or leave a frame unfinished, when nothing is said: 128 KiB at 13 KB a second.
pub const STALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the server's certificate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateSource {
    /// A self-signed one, made on first start in the data folder and known by its pin.
    Development,
    /// PEM files.
    Files {
        /// The chain, leaf first.
        certificate: PathBuf,
        /// The leaf's private key: PKCS #8, PKCS #1 or SEC 1.
        key: PathBuf,
    },
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

impl LogFormat {
    /// The format of a word, `text` or `json`; `None` for any other.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// A tenant that the broker serves.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// The keys of its tokens, at least one, each with a name of its own.
    pub keys: Vec<VerifyingKey>,
    /// Its sites, departments and rules.
    pub policy: Policy,
}

/// A whole configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where QUIC listens. Port 0 takes any free one; `[::]` takes IPv4 too where the system maps it.
    pub listen: SocketAddr,
    /// Where metrics and health listen; `None` for nowhere.
    pub http: Option<SocketAddr>,
    /// Where certificate and keys of the broker's own lie.
    pub data_folder: PathBuf,
    /// The server's certificate.
    pub certificate: CertificateSource,
    /// How long a connection may go without Hello; shorter than `idle_timeout`.
    pub hello_timeout: Duration,
    /// Silence after which a connection is given up.
    pub idle_timeout: Duration,
    /// How long a peer may take nothing of what waits for it, and how long it may take from a frame's first byte to its last.
    pub stall_timeout: Duration,
    /// How long a drain waits for connections to go by themselves.
    pub drain_time: Duration,
    /// How log lines look.
    pub log_format: LogFormat,
    /// What connections, links and people may use.
    pub limits: Limits,
    /// The tenants, in the file's order; with none, the development tenant of the data folder is served.
    pub tenants: Vec<Tenant>,
}

impl Config {
    /// The configuration that needs no file: loopback only, development certificate and tenant under `data_folder`.
    pub fn embedded(data_folder: impl Into<PathBuf>) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, QUIC_PORT)),
            http: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, HTTP_PORT))),
            data_folder: data_folder.into(),
            certificate: CertificateSource::Development,
            hello_timeout: Duration::from_millis(HELLO_TIMEOUT_MS.into()),
            idle_timeout: Duration::from_millis(IDLE_TIMEOUT_MS.into()),
            stall_timeout: STALL_TIMEOUT,
            drain_time: DRAIN_TIME,
            log_format: LogFormat::Text,
            limits: Limits::default(),
            tenants: Vec::new(),
        }
    }

    /// Reads a configuration file.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`], or [`ConfigError::Faulty`] with everything that is wrong with it.
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), error })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::from_toml(&text, folder)
            .map_err(|faults| ConfigError::Faulty { path: path.to_owned(), faults })
    }

    /// Reads a configuration from TOML; relative paths in it start from `folder`.
    ///
    /// # Errors
    /// Every fault found, at least one, in the file's order of sections.
    ///
    /// ```
    /// use frontdesk_broker::config::Config;
    ///
    /// let config = Config::from_toml("listen = \"[::]:4433\"", "/etc/frontdesk".as_ref()).unwrap();
    /// assert_eq!(config.data_folder.to_str(), Some("/etc/frontdesk/data"));
    ///
    /// let faults = Config::from_toml("\nidle_timeout_ms = 7", "".as_ref()).unwrap_err();
    /// assert_eq!((faults[0].path.as_str(), faults[0].line), ("idle_timeout_ms", Some(2)));
    /// ```
    pub fn from_toml(text: &str, folder: &Path) -> Result<Self, Vec<ConfigFault>> {
        let file = toml::from_str(text).map_err(|error| vec![check::syntax_fault(text, &error)])?;
        check::checked(file, text, folder)
    }
}

/// Something wrong in a configuration: where, and what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// The place, as `tenants[0].keys[1].secret`; empty if the file is no TOML or has a field that doesn't exist.
    pub path: String,
    /// The line in the file, from 1; for a missing field that of the table it belongs into.
    pub line: Option<usize>,
    /// What is wrong and what to do.
    pub fault: String,
}

impl std::fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.fault)
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read: it isn't there, or not for this user.
    #[error("the configuration file {} can't be read ({error}); check its path and permissions", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file has faults.
    #[error("the configuration file {} has {} fault(s):\n{}", path.display(), faults.len(), listed(faults))]
    Faulty {
        /// The file.
        path: PathBuf,
        /// Each of them.
        faults: Vec<ConfigFault>,
    },
}

fn listed(faults: &[ConfigFault]) -> String {
    faults.iter().map(|fault| format!("  {fault}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
