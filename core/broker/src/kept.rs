//! Policies that admins put in force, kept in the data folder: they outlive the broker.
//!
//! A file for each tenant, `policies/TENANT.policy`: a line with the form's number and the SHA-256 of the rest, then the wire's own form of
//! the policy ([`crate::border::policy`]). It is on the disk before the policy is in force, and before anybody is told that it is. Who adds a
//! part to the document raises the form's number, and lets files of the earlier forms be read with that part as it is by default.
//!
//! **Which one runs.** Of the configuration's policy and the kept one, that of the higher version; at the same version the kept one, since
//! an admin made it later. A kept file that can't be read is never passed over: the broker doesn't start, and says which file and
//! what to do, because an admin was told that this policy is kept, and to run another one in silence would undo a decision.

use std::path::{Path, PathBuf};

use frontdesk_desk::id::TenantId;
use frontdesk_desk::policy::{Draft, Policy};
use frontdesk_proto::v1;
use prost::Message as _;
use ring::digest::{SHA256, digest};

use crate::configured::Configured;
use crate::{border, disk};

/// Where kept policies lie in the data folder.
pub const FOLDER: &str = "policies";
/// The first line's beginning: what it is, and the number of its form.
const HEAD: &str = "frontdesk policy 1 ";
/// Longest file, in bytes: the longest frame that can be configured, and the line.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024 + 1_024;

/// Why kept policies can't be had. Each says which file, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeptFault {
    /// It can't be read.
    #[error("the policy kept for tenant {tenant} can't be read from {} ({error}); see to its permissions and its disk", path.display())]
    Unreadable {
        /// Whose.
        tenant: TenantId,
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// It is no longer what was written, or not of this form.
    #[error(
        "the policy kept for tenant {tenant} in {} is damaged: {what}; put a copy of it back, or delete it, and the configuration's policy runs",
        path.display()
    )]
    Damaged {
        /// Whose.
        tenant: TenantId,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// It can't be written; what was there before still is.
    #[error("the policy of tenant {tenant} can't be kept in {} ({error}); see to its permissions and the room on its disk", path.display())]
    Unwritable {
        /// Whose.
        tenant: TenantId,
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
}

/// Whose policy runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The configuration's; no other one is kept.
    Configured,
    /// The configuration's, although this version of an admin's is kept: its own is higher.
    ConfiguredOver(u64),
    /// An admin's; the configuration's has this version, which isn't higher.
    KeptOver(u64),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Configured => f.write_str("the configuration's"),
            Self::ConfiguredOver(kept) => {
                write!(
                    f,
                    "the configuration's; the one that an admin put in force has version {kept}, which is lower"
                )
            }
            Self::KeptOver(configured) => {
                write!(
                    f,
                    "the one that an admin put in force; the configuration's has version {configured}, which isn't higher"
                )
            }
        }
    }
}

/// The kept policies of a data folder.
#[derive(Clone, Debug)]
pub struct KeptPolicies {
    data_folder: PathBuf,
    folder: PathBuf,
}

/// What was kept before a policy was: to be put back if that one doesn't come in force.
#[must_use]
pub(crate) struct Before(Option<Vec<u8>>);

impl KeptPolicies {
    /// Those of a data folder. Nothing is made or read yet.
    pub fn of(data_folder: &Path) -> Self {
        Self { data_folder: data_folder.to_owned(), folder: data_folder.join(FOLDER) }
    }

    /// The file of a tenant's policy, whether it is there or not.
    pub fn file(&self, tenant: &TenantId) -> PathBuf {
        self.folder.join(file_name(tenant))
    }

    /// The policy that runs of the configured and the kept one. What the configuration grants bounds the kept one, too.
    ///
    /// # Errors
    /// [`KeptFault::Unreadable`], [`KeptFault::Damaged`].
    pub fn choose(
        &self,
        tenant: &TenantId,
        configured: &Policy,
    ) -> Result<(Policy, Origin), KeptFault> {
        Ok(match self.read(tenant)? {
            None => (configured.clone(), Origin::Configured),
            Some(kept) if kept.version < configured.version => {
                (configured.clone(), Origin::ConfiguredOver(kept.version))
            }
            Some(kept) => {
                (Configured::new(configured).bound(kept), Origin::KeptOver(configured.version))
            }
        })
    }

    /// The policy that is kept for a tenant, if one is.
    ///
    /// # Errors
    /// [`KeptFault::Unreadable`], [`KeptFault::Damaged`].
    pub fn read(&self, tenant: &TenantId) -> Result<Option<Policy>, KeptFault> {
        let Some(bytes) = self.bytes(tenant)? else { return Ok(None) };
        let damaged =
            |what| KeptFault::Damaged { tenant: tenant.clone(), path: self.file(tenant), what };
        let draft = decoded(&bytes).map_err(damaged)?;
        let policy = Policy::new(draft).map_err(|faults| {
            let first = faults.first().map(ToString::to_string).unwrap_or_default();
            damaged(format!("it has {} fault(s), the first: {first}", faults.len()))
        })?;
        Ok(Some(policy))
    }

    /// Puts a policy on the disk in the place of what was kept before.
    ///
    /// # Errors
    /// [`KeptFault`]; then what was kept before still is.
    pub(crate) fn keep(&self, tenant: &TenantId, policy: &Draft) -> Result<Before, KeptFault> {
        let before = Before(self.bytes(tenant)?);
        let written = disk::make_folder_in(&self.data_folder, &self.folder)
            .and_then(|()| disk::write_whole(&self.folder, &file_name(tenant), &encoded(policy)));
        match written {
            Ok(()) => Ok(before),
            Err(error) => {
                // It may be in its place and not surely on the disk.
                self.put_back(tenant, before);
                let path = self.file(tenant);
                Err(KeptFault::Unwritable { tenant: tenant.clone(), path, error })
            }
        }
    }

    /// Keeps again what was kept before.
    pub(crate) fn put_back(&self, tenant: &TenantId, Before(before): Before) {
        let name = file_name(tenant);
        let put_back = match before {
            Some(bytes) if self.is(tenant, &bytes) => Ok(()),
            Some(bytes) => disk::write_whole(&self.folder, &name, &bytes),
            None if !self.file(tenant).exists() => Ok(()),
            None => disk::remove(&self.folder, &name),
        };
        if let Err(error) = put_back {
            let path = self.file(tenant);
            tracing::error!(%tenant, path = %path.display(), %error, "a policy is kept that is not in force; it would run after a restart");
        }
    }

    fn is(&self, tenant: &TenantId, bytes: &[u8]) -> bool {
        matches!(self.bytes(tenant), Ok(Some(there)) if there == bytes)
    }

    fn bytes(&self, tenant: &TenantId) -> Result<Option<Vec<u8>>, KeptFault> {
        let path = self.file(tenant);
        disk::read_bounded(&path, FILE_BYTES_MAX).map_err(|error| KeptFault::Unreadable {
            tenant: tenant.clone(),
            path,
            error,
        })
    }
}

/// The name of a tenant's file: small letters, digits, `-` and `_` as they are, every other byte as `%` and two digits. So no two tenants
/// share one, also where files' names don't tell large letters from small ones.
fn file_name(tenant: &TenantId) -> String {
    let mut name = String::new();
    for byte in tenant.as_str().bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            other => name.push_str(&format!("%{other:02x}")),
        }
    }
    name + ".policy"
}

fn encoded(policy: &Draft) -> Vec<u8> {
    let body = border::policy::policy(policy).encode_to_vec();
    let mut bytes = format!("{HEAD}{}\n", sum(&body)).into_bytes();
    bytes.extend_from_slice(&body);
    bytes
}

/// What a file says. Errors: what is wrong with it.
fn decoded(bytes: &[u8]) -> Result<Draft, String> {
    let line = bytes.iter().position(|byte| *byte == b'\n');
    let (line, body) = line.map_or((bytes, &[][..]), |end| (&bytes[..end], &bytes[end + 1..]));
    let said = std::str::from_utf8(line).ok().and_then(|line| line.strip_prefix(HEAD));
    let said = said.ok_or("its first line isn't that of a kept policy of this form")?;
    if said != sum(body) {
        return Err("its content isn't what was written".to_owned());
    }
    let policy = v1::Policy::decode(body).map_err(|error| format!("it is no Policy ({error})"))?;
    border::policy::draft(&policy).map_err(|faults| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        format!("it can't be read: {first}")
    })
}

fn sum(body: &[u8]) -> String {
    digest(&SHA256, body).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
