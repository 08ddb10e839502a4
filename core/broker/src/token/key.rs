//! The keys that tokens are signed and checked with: each has a name (`kid`) and one algorithm, fixed when it is made.
//!
//! Never reads a file, and never shows a key in a message or a log.

use std::fmt;

use frontdesk_desk::id::{IdFault, TenantId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use ring::signature::{Ed25519KeyPair, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};

use super::signature;

/// Fewest bytes of an HS256 secret: as many as its hash has (RFC 7518, section 3.2).
pub const SECRET_BYTES_MIN: usize = 32;
/// Most bytes of an HS256 secret.
pub const SECRET_BYTES_MAX: usize = 1_024;

/// What stands before the 32 bytes of an Ed25519 public key in DER (RFC 8410, section 4).
const ED25519_SPKI_PREFIX: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Why something can't be used as a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The key's name breaks the rule of ids.
    #[error("the key's name (kid) can't be used: {0}")]
    BadName(#[from] IdFault),
    /// The secret is no base64.
    #[error("the secret is no base64; make one with `openssl rand -base64 32`")]
    SecretNotBase64,
    /// The secret is too short to be safe, or absurdly long.
    #[error(
        "the secret has {bytes} bytes; give {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX}, as `openssl rand -base64 32` makes"
    )]
    SecretLength {
        /// Its length once decoded.
        bytes: usize,
    },
    /// The text is no PEM of an Ed25519 public key.
    #[error(
        "this is no Ed25519 public key in PEM form (`-----BEGIN PUBLIC KEY-----`); make one with `openssl genpkey -algorithm ed25519 -out key.pem` and `openssl pkey -in key.pem -pubout`"
    )]
    NotEd25519Public,
    /// The text is no PEM of an Ed25519 private key.
    #[error(
        "this is no Ed25519 private key in PEM form (`-----BEGIN PRIVATE KEY-----`); make one with `openssl genpkey -algorithm ed25519`"
    )]
    NotEd25519Private,
    /// Two keys of one tenant have the same name.
    #[error("the tenant {tenant} has two keys named {kid:?}; name each its own")]
    NameTwice {
        /// Whose.
        tenant: TenantId,
        /// Which.
        kid: String,
    },
    /// The signature could not be made.
    #[error("the token could not be signed; check the key")]
    NotSigned,
}

/// A key that tokens of one tenant are checked with.
#[derive(Clone)]
pub struct VerifyingKey {
    kid: Box<str>,
    algorithm: Algorithm,
    key: DecodingKey,
}

impl VerifyingKey {
    /// A shared secret for HS256, as base64 with padding.
    ///
    /// # Errors
    /// [`KeyFault::BadName`], [`KeyFault::SecretNotBase64`], [`KeyFault::SecretLength`].
    pub fn hs256_base64(kid: &str, secret: &str) -> Result<Self, KeyFault> {
        let key = DecodingKey::from_base64_secret(secret.trim())
            .map_err(|_| KeyFault::SecretNotBase64)?;
        let bytes = key.try_get_as_bytes().map_or(0, <[u8]>::len);
        checked_secret_length(bytes)?;
        Self::new(kid, Algorithm::HS256, key)
    }

    /// A shared secret for HS256, as it is.
    ///
    /// # Errors
    /// [`KeyFault::BadName`], [`KeyFault::SecretLength`].
    pub fn hs256(kid: &str, secret: &[u8]) -> Result<Self, KeyFault> {
        checked_secret_length(secret.len())?;
        Self::new(kid, Algorithm::HS256, DecodingKey::from_secret(secret))
    }

    /// An Ed25519 public key in PEM form (`BEGIN PUBLIC KEY`).
    ///
    /// # Errors
    /// [`KeyFault::BadName`], [`KeyFault::NotEd25519Public`].
    pub fn eddsa_pem(kid: &str, pem: &str) -> Result<Self, KeyFault> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| KeyFault::NotEd25519Public)?;
        match der.strip_prefix(&ED25519_SPKI_PREFIX[..]) {
            Some(public) if public.len() == 32 => {
                Self::new(kid, Algorithm::EdDSA, DecodingKey::from_ed_der(public))
            }
            _ => Err(KeyFault::NotEd25519Public),
        }
    }

    fn new(kid: &str, algorithm: Algorithm, key: DecodingKey) -> Result<Self, KeyFault> {
        signature::install();
        Ok(Self { kid: checked_name(kid)?, algorithm, key })
    }

    /// The key's name, as the `kid` of a token's header has it.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.key
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({:?}, {:?})", self.kid, self.algorithm)
    }
}

/// A key that tokens are made with.
#[derive(Clone)]
pub struct SigningKey {
    algorithm: Algorithm,
    key: EncodingKey,
    verifying: VerifyingKey,
}

impl SigningKey {
    /// A shared secret for HS256.
    ///
    /// # Errors
    /// [`KeyFault::BadName`], [`KeyFault::SecretLength`].
    pub fn hs256(kid: &str, secret: &[u8]) -> Result<Self, KeyFault> {
        let verifying = VerifyingKey::hs256(kid, secret)?;
        Ok(Self { algorithm: Algorithm::HS256, key: EncodingKey::from_secret(secret), verifying })
    }

    /// An Ed25519 private key in PEM form (PKCS #8, `BEGIN PRIVATE KEY`).
    ///
    /// # Errors
    /// [`KeyFault::BadName`], [`KeyFault::NotEd25519Private`].
    pub fn eddsa_pem(kid: &str, pem: &str) -> Result<Self, KeyFault> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| KeyFault::NotEd25519Private)?;
        let der = der.secret_pkcs8_der();
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
            .map_err(|_| KeyFault::NotEd25519Private)?;
        let public = DecodingKey::from_ed_der(pair.public_key().as_ref());
        Ok(Self {
            algorithm: Algorithm::EdDSA,
            key: EncodingKey::from_ed_der(der),
            verifying: VerifyingKey::new(kid, Algorithm::EdDSA, public)?,
        })
    }

    /// The key that tokens made with this one are checked with.
    pub fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) fn encoding(&self) -> &EncodingKey {
        &self.key
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?}, {:?})", self.verifying.kid, self.algorithm)
    }
}

fn checked_name(kid: &str) -> Result<Box<str>, KeyFault> {
    // Key names follow the rule that all names chosen by a tenant follow.
    TenantId::new(kid)?;
    Ok(kid.into())
}

fn checked_secret_length(bytes: usize) -> Result<(), KeyFault> {
    if (SECRET_BYTES_MIN..=SECRET_BYTES_MAX).contains(&bytes) {
        Ok(())
    } else {
        Err(KeyFault::SecretLength { bytes })
    }
}
