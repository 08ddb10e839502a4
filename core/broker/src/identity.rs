//! Who the broker is: its certificate, its QUIC keys, and in development a tenant of its own.
//!
//! What the broker makes itself lies in the data folder, is made on first start and loaded again on every later one:
//!
//! | file | what | made when |
//! |---|---|---|
//! | `quic.keys` | keys of the QUIC endpoint | always |
//! | `certificate.pem`, `certificate.key.pem` | self-signed, for localhost, 127.0.0.1 and ::1 | no certificate is configured |
//! | `development.key.pem` | Ed25519 key that signs tokens of the tenant `dev` | no tenant is configured |
//!
//! A damaged file is an error that names it, never replaced in silence: clients may have pinned what was there.

mod folder;
mod quic;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use frontdesk_desk::id::{DepartmentId, IdFault, SiteId, TenantId};
use frontdesk_desk::policy::{Draft, Policy};
use frontdesk_proto::version::ALPN;
use quinn::crypto::rustls::QuicServerConfig;
use rcgen::KeyPair;
use ring::rand::{SecureRandom as _, SystemRandom};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

pub use self::quic::QuicKeys;
use crate::config::{CertificateSource, Config, Tenant};
use crate::identity::folder::Folder;
use crate::token::{KeyFault, Keyring, SigningKey};

/// The development tenant's id.
pub const DEVELOPMENT_TENANT: &str = "dev";
/// The name of the development tenant's key.
pub const DEVELOPMENT_KID: &str = "dev-1";
/// The development tenant's sites.
pub const DEVELOPMENT_SITES: [&str; 2] = ["www", "shop"];
/// The development tenant's departments.
pub const DEVELOPMENT_DEPARTMENTS: [&str; 2] = ["sales", "support"];

const CERTIFICATE_FILE: &str = "certificate.pem";
const CERTIFICATE_KEY_FILE: &str = "certificate.key.pem";
const DEVELOPMENT_KEY_FILE: &str = "development.key.pem";
/// What stands before the 32 random bytes of an Ed25519 private key in DER (RFC 8410, section 7).
const ED25519_PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
const ED25519_SEED_BYTES: usize = 32;
/// What the development certificate stands for.
const CERTIFICATE_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Why the broker has no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityFault {
    /// The data folder can't be made or used.
    #[error("the data folder {} can't be used ({error}); check its permissions, or name another with --data or data_folder", path.display())]
    FolderUnusable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// A file can't be read.
    #[error("{} can't be read ({error}); check that it is there and that this user may read it", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// A file can't be written.
    #[error("{} can't be written ({error}); check the folder's permissions and the room on its disk", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// A file that the broker made is no longer what it was.
    #[error("{} is damaged: {what}; {remedy}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A certificate or its key is no PEM that can be used.
    #[error("{} can't be used: {reason}; give the chain (leaf first) and the leaf's private key, both in PEM", path.display())]
    CertificateUnusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The system gave no random bytes, or a key could not be made of them.
    #[error("the system gave no random bytes, so no key could be made; check its random device")]
    NoRandomness,
    /// A key of the development tenant can't be used.
    #[error(
        "the development tenant can't be used ({0}); this is a fault of the broker, please report it"
    )]
    Development(String),
}

/// The tenant of a broker that was given none, and the key that its tokens are made with.
#[derive(Clone, Debug)]
pub struct Development {
    /// The tenant `dev` with two sites and two departments.
    pub tenant: Tenant,
    /// Signs its tokens.
    pub key: SigningKey,
}

/// Who a broker is.
#[derive(Clone, Debug)]
pub struct BrokerIdentity {
    /// TLS 1.3 with the certificate and the protocol's ALPN.
    pub tls: Arc<rustls::ServerConfig>,
    /// The SHA-256 of the leaf certificate's DER form, 64 lower-case hexadecimal digits: what clients pin.
    pub pin: String,
    /// The file of the certificate chain.
    pub certificate_file: PathBuf,
    /// Keys of the QUIC endpoint.
    pub quic: QuicKeys,
    /// The development tenant, if the configuration names no tenant.
    pub development: Option<Development>,
}

impl BrokerIdentity {
    /// Loads the identity of a configuration, making in its data folder what isn't there yet.
    ///
    /// # Errors
    /// The first [`IdentityFault`].
    pub fn open(config: &Config) -> Result<Self, IdentityFault> {
        let folder = Folder::open(&config.data_folder)?;
        let (certificate, key) = match &config.certificate {
            CertificateSource::Files { certificate, key } => (certificate.clone(), key.clone()),
            CertificateSource::Development => development_certificate(&folder)?,
        };
        let (tls, pin) = tls(&certificate, &key)?;
        let development =
            if config.tenants.is_empty() { Some(development(&folder)?) } else { None };
        Ok(Self {
            tls: Arc::new(tls),
            pin,
            certificate_file: certificate,
            quic: quic::open(&folder)?,
            development,
        })
    }

    /// The tenants that a broker of this configuration serves: the configured ones; if there are none, the development tenant, if
    /// the broker was started with it.
    pub fn tenants<'a>(&'a self, config: &'a Config) -> Vec<&'a Tenant> {
        match &self.development {
            Some(development) if config.tenants.is_empty() => vec![&development.tenant],
            _ => config.tenants.iter().collect(),
        }
    }

    /// The keys of the tenants that are served.
    ///
    /// # Errors
    /// [`KeyFault::NameTwice`], which a checked configuration doesn't have.
    pub fn keyring(&self, config: &Config) -> Result<Keyring, KeyFault> {
        let mut keyring = Keyring::default();
        for tenant in self.tenants(config) {
            for key in &tenant.keys {
                keyring.add(tenant.id.clone(), key.clone())?;
            }
        }
        Ok(keyring)
    }

    /// Checks that a chain and a key can be used together, without making anything.
    ///
    /// # Errors
    /// [`IdentityFault::Unreadable`], [`IdentityFault::CertificateUnusable`].
    pub fn check_certificate(certificate: &Path, key: &Path) -> Result<(), IdentityFault> {
        tls(certificate, key).map(|_| ())
    }

    /// The TLS settings in the form that quinn takes.
    pub fn quic_tls(&self) -> Arc<QuicServerConfig> {
        let suite =
            "the settings are made of ring's provider, which has the suite of QUIC's first packets";
        Arc::new(QuicServerConfig::try_from(Arc::clone(&self.tls)).expect(suite))
    }
}

/// The development certificate's two files, made if the certificate isn't there.
fn development_certificate(folder: &Folder) -> Result<(PathBuf, PathBuf), IdentityFault> {
    let paths = (folder.file(CERTIFICATE_FILE), folder.file(CERTIFICATE_KEY_FILE));
    if folder.read(CERTIFICATE_FILE)?.is_some() {
        if folder.read(CERTIFICATE_KEY_FILE)?.is_none() {
            return Err(IdentityFault::Damaged {
                path: paths.0,
                what: "its private key certificate.key.pem is gone",
                remedy: "put it back, or delete this file and a new certificate with another pin is made",
            });
        }
        return Ok(paths);
    }
    let names = CERTIFICATE_NAMES.map(str::to_owned);
    let made =
        rcgen::generate_simple_self_signed(names).map_err(|_| IdentityFault::NoRandomness)?;
    // The key first: a certificate that is there always has its key.
    folder.write(CERTIFICATE_KEY_FILE, &made.signing_key.serialize_pem())?;
    folder.write(CERTIFICATE_FILE, &made.cert.pem())?;
    Ok(paths)
}

fn tls(certificate: &Path, key: &Path) -> Result<(rustls::ServerConfig, String), IdentityFault> {
    let unusable = |path: &Path, reason: String| IdentityFault::CertificateUnusable {
        path: path.to_owned(),
        reason,
    };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(text(certificate)?.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(certificate, error.to_string()))?;
    let leaf = chain
        .first()
        .ok_or_else(|| unusable(certificate, "there is no certificate in it".to_owned()))?;
    let pin = hexadecimal(ring::digest::digest(&ring::digest::SHA256, leaf).as_ref());
    let key_der = PrivateKeyDer::from_pem_slice(text(key)?.as_bytes())
        .map_err(|error| unusable(key, error.to_string()))?;

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| unusable(certificate, error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key_der)
        .map_err(|error| unusable(certificate, error.to_string()))?;
    tls.alpn_protocols = vec![ALPN.to_vec()];
    // Sealed tickets instead of a table: those who come back after a lost connection save a signature, and nothing is kept
    // here for those who don't. One is enough: a client uses the newest.
    tls.ticketer =
        rustls::crypto::ring::Ticketer::new().map_err(|_| IdentityFault::NoRandomness)?;
    tls.send_tls13_tickets = 1;
    Ok((tls, pin))
}

fn text(path: &Path) -> Result<String, IdentityFault> {
    folder::read_text(path)
        .map_err(|error| IdentityFault::Unreadable { path: path.to_owned(), error })
}

fn development(folder: &Folder) -> Result<Development, IdentityFault> {
    let pem = match folder.read(DEVELOPMENT_KEY_FILE)? {
        Some(pem) => pem,
        None => {
            let pem = ed25519_pem()?;
            folder.write(DEVELOPMENT_KEY_FILE, &pem)?;
            pem
        }
    };
    let key = SigningKey::eddsa_pem(DEVELOPMENT_KID, &pem).map_err(|_| IdentityFault::Damaged {
        path: folder.file(DEVELOPMENT_KEY_FILE),
        what: "it is no Ed25519 private key in PEM form",
        remedy: "delete it, and a new one is made; tokens made before are void then",
    })?;
    let tenant =
        development_tenant(&key).map_err(|error| IdentityFault::Development(error.to_string()))?;
    Ok(Development { tenant, key })
}

/// A new Ed25519 private key in the first version of its form: the second one, with the public key beside it, is what rcgen makes
/// and what OpenSSL 3.0 doesn't read.
fn ed25519_pem() -> Result<String, IdentityFault> {
    let mut der = ED25519_PKCS8_PREFIX.to_vec();
    der.resize(ED25519_PKCS8_PREFIX.len() + ED25519_SEED_BYTES, 0);
    SystemRandom::new()
        .fill(&mut der[ED25519_PKCS8_PREFIX.len()..])
        .map_err(|_| IdentityFault::NoRandomness)?;
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(&der.into(), &rcgen::PKCS_ED25519)
        .map_err(|error| IdentityFault::Development(error.to_string()))?;
    Ok(pair.serialize_pem())
}

fn development_tenant(key: &SigningKey) -> Result<Tenant, IdFault> {
    let sites = DEVELOPMENT_SITES.into_iter().map(SiteId::new).collect::<Result<_, _>>()?;
    let departments =
        DEVELOPMENT_DEPARTMENTS.into_iter().map(DepartmentId::new).collect::<Result<_, _>>()?;
    let policy =
        Policy::new(Draft::new(sites, departments)).expect("constants, and a test opens them");
    Ok(Tenant {
        id: TenantId::new(DEVELOPMENT_TENANT)?,
        keys: vec![key.verifying().clone()],
        policy,
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
