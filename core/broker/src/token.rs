//! Signed tokens: who stands behind a connection.
//!
//! A token is a JWT in compact form (RFC 7519), signed by the tenant with HS256 or EdDSA. Its header names the key (`kid`);
//! its claims are `tid` (tenant), `sub` (the person's id, or the gateway's name), `role` (`visitor`, `agent`, `bot`, `supervisor`,
//! `admin`, `gateway`), `aud` (`frontdesk`), `exp`, and if wanted `nbf` and `departments`. Other claims are passed over.
//!
//! Only keys of the tenant named by `tid` are tried, and a key is used with its own algorithm whatever the header says, so
//! that neither `none` nor a public key taken for a secret opens the door. A tenant may have several keys at once: to
//! rotate, add the new one, sign with it, and take the old one away when its last token has expired.
//!
//! Never reads a clock: the time is an argument. Never panics, whatever the bytes.

pub mod key;
mod mint;
mod signature;

use std::collections::HashMap;
use std::sync::Arc;

use frontdesk_desk::id::{AgentId, DepartmentId, TenantId, VisitorId};
use frontdesk_desk::policy::DEPARTMENTS_MAX;
use frontdesk_proto::v1;
use jsonwebtoken::{crypto, dangerous};
use serde_json::{Map, Value};

pub use self::key::{KeyFault, SigningKey, VerifyingKey};
pub use self::mint::{Grant, mint};

pub use frontdesk_proto::limits::TOKEN_BYTES_MAX;

/// What `exp` and `nbf` may be off by, because the clocks of two machines are: 30 seconds.
pub const LEEWAY_MS: u64 = 30_000;
/// What `aud` must name.
pub const AUDIENCE: &str = "frontdesk";

/// What the bearer of a token may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// One visitor.
    Visitor,
    /// One agent.
    Agent,
    /// One agent that is a program.
    Bot,
    /// An agent who may also watch and read what concerns the whole tenant.
    Supervisor,
    /// A supervisor who also decides what holds for the tenant.
    Admin,
    /// A front end's own server, which attaches anyone of its tenant.
    Gateway,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Visitor, Self::Agent, Self::Bot, Self::Supervisor, Self::Admin, Self::Gateway];

    /// The word that stands in the `role` claim.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Agent => "agent",
            Self::Bot => "bot",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
            Self::Gateway => "gateway",
        }
    }

    /// The role of a word; `None` if there is none.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

impl From<Role> for v1::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Visitor => Self::Visitor,
            Role::Agent => Self::Agent,
            Role::Bot => Self::Bot,
            Role::Supervisor => Self::Supervisor,
            Role::Admin => Self::Admin,
            Role::Gateway => Self::Gateway,
        }
    }
}

/// Whom a token speaks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Bearer {
    /// This visitor and nobody else.
    Visitor(VisitorId),
    /// This agent and nobody else.
    Agent(AgentId),
    /// This agent, as a bot.
    Bot(AgentId),
    /// This agent, as a supervisor.
    Supervisor(AgentId),
    /// This agent, as an admin.
    Admin(AgentId),
    /// Anyone of the tenant; the name is the gateway's own, 1 to 64 bytes.
    Gateway(Arc<str>),
}

impl Bearer {
    /// The bearer that `subject` is in `role`; `None` if the subject breaks the rule of ids.
    pub fn new(role: Role, subject: &str) -> Option<Self> {
        Some(match role {
            Role::Visitor => Self::Visitor(VisitorId::new(subject).ok()?),
            Role::Agent => Self::Agent(AgentId::new(subject).ok()?),
            Role::Bot => Self::Bot(AgentId::new(subject).ok()?),
            Role::Supervisor => Self::Supervisor(AgentId::new(subject).ok()?),
            Role::Admin => Self::Admin(AgentId::new(subject).ok()?),
            Role::Gateway => Self::Gateway(AgentId::new(subject).ok()?.as_str().into()),
        })
    }

    /// What it is.
    pub fn role(&self) -> Role {
        match self {
            Self::Visitor(_) => Role::Visitor,
            Self::Agent(_) => Role::Agent,
            Self::Bot(_) => Role::Bot,
            Self::Supervisor(_) => Role::Supervisor,
            Self::Admin(_) => Role::Admin,
            Self::Gateway(_) => Role::Gateway,
        }
    }

    /// The subject as the token names it.
    pub fn subject(&self) -> &str {
        match self {
            Self::Visitor(id) => id.as_str(),
            Self::Agent(id) | Self::Bot(id) | Self::Supervisor(id) | Self::Admin(id) => id.as_str(),
            Self::Gateway(name) => name,
        }
    }
}

/// What a good token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The tenant, which is one of the keyring's.
    pub tenant: TenantId,
    /// Whom it speaks for.
    pub bearer: Bearer,
    /// The only departments its bearer may ask in, sign on for or supervise, at least one; `None` for all of the tenant. They need
    /// not exist.
    pub departments: Option<Arc<[DepartmentId]>>,
    /// When it ends; [`LEEWAY_MS`] later it is no longer taken.
    pub expires_wall_ms: u64,
}

impl Identity {
    /// Whether the bearer may ask in this department or sign on for it.
    pub fn reaches(&self, department: &DepartmentId) -> bool {
        self.departments.as_ref().is_none_or(|departments| departments.contains(department))
    }
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// It is longer than [`TOKEN_BYTES_MAX`].
    #[error("the token has {bytes} bytes; make one of at most {TOKEN_BYTES_MAX}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It is no JWT in compact form with a header and claims in JSON, or its algorithm is none that is known.
    #[error(
        "this is no signed token (a JWT in compact form, signed with HS256 or EdDSA); send one as its issuer made it"
    )]
    Malformed,
    /// The broker serves no such tenant.
    #[error(
        "this broker serves no tenant of the token's `tid`; check the claim and the broker's configuration"
    )]
    UnknownTenant,
    /// The header names no key.
    #[error(
        "the token's header has no `kid`; put the name of the key there that it is signed with"
    )]
    NoKeyNamed,
    /// The header names none of this tenant's keys.
    #[error(
        "the tenant has no key of the token's `kid`; sign with one that it has, or add this one to the tenant"
    )]
    UnknownKey,
    /// The signature was not made with that key, or with another algorithm than the key's.
    #[error(
        "the token's signature does not fit the key that its `kid` names; sign it with that key and its algorithm"
    )]
    BadSignature,
    /// Its `exp` has passed.
    #[error("the token has expired; get a new one")]
    Expired,
    /// Its `nbf` has not come.
    #[error("the token is not valid yet; wait, or set the clock of the machine that made it")]
    NotYetValid,
    /// Its `aud` names somebody else, or nobody.
    #[error("the token is made for another service; set its `aud` to \"{AUDIENCE}\"")]
    WrongAudience,
    /// It has no `aud`.
    #[error("the token doesn't say for which service it is made; set its `aud` to \"{AUDIENCE}\"")]
    NoAudience,
    /// A claim is missing.
    #[error("the token has no claim `{0}`; add it, PROTOCOL.md says what it must be")]
    MissingClaim(&'static str),
    /// A claim is of the wrong type or out of its bounds.
    #[error("the token's claim `{0}` can't be used; PROTOCOL.md says what it must be")]
    BadClaim(&'static str),
}

impl TokenFault {
    /// The code that the connection is closed with.
    pub fn code(self) -> v1::Code {
        match self {
            Self::UnknownTenant => v1::Code::UnknownTenant,
            Self::Expired | Self::NotYetValid => v1::Code::TokenExpired,
            _ => v1::Code::BadToken,
        }
    }
}

/// The keys of all tenants that a broker serves.
///
/// ```
/// use frontdesk_broker::token::{Bearer, Grant, Keyring, Role, SigningKey, TokenFault, mint};
/// use frontdesk_desk::id::TenantId;
///
/// let tenant = TenantId::new("acme").unwrap();
/// let key = SigningKey::hs256("2026-01", &[7; 32])?;
/// let mut keyring = Keyring::default();
/// keyring.add(tenant.clone(), key.verifying().clone())?;
///
/// let bearer = Bearer::new(Role::Visitor, "v-1").unwrap();
/// let token = mint(&key, &Grant::new(tenant, bearer, 60_000))?;
/// assert_eq!(keyring.verify(&token, 0).unwrap().bearer.subject(), "v-1");
/// assert_eq!(keyring.verify(&token, 90_001), Err(TokenFault::Expired));
/// # Ok::<(), frontdesk_broker::token::KeyFault>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Keyring {
    tenants: HashMap<TenantId, HashMap<Box<str>, VerifyingKey>>,
}

impl Keyring {
    /// Adds a key to a tenant's.
    ///
    /// # Errors
    /// [`KeyFault::NameTwice`]; the keyring is unchanged then.
    pub fn add(&mut self, tenant: TenantId, key: VerifyingKey) -> Result<(), KeyFault> {
        let keys = self.tenants.entry(tenant.clone()).or_default();
        if keys.contains_key(key.kid()) {
            return Err(KeyFault::NameTwice { tenant, kid: key.kid().to_owned() });
        }
        keys.insert(key.kid().into(), key);
        Ok(())
    }

    /// Checks a token at an instant and says whom it speaks for.
    ///
    /// # Errors
    /// The first [`TokenFault`], in the order: length, form, tenant, key, signature, then the claims.
    pub fn verify(&self, token: &str, wall_ms: u64) -> Result<Identity, TokenFault> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenFault::TooLong { bytes: token.len() });
        }
        // The claims are read before the signature is checked, because they say whose keys to check it with; nothing else
        // is taken from them until it has been.
        let claims: Map<String, Value> =
            dangerous::insecure_decode_claims(token).map_err(|_| TokenFault::Malformed)?;
        let (tenant, key) = self.key_for(token, &claims)?;
        check_signature(token, key)?;

        let expires_wall_ms = checked_times(&claims, wall_ms)?;
        checked_audience(&claims)?;
        Ok(Identity {
            tenant: tenant.clone(),
            bearer: bearer(&claims)?,
            departments: departments(&claims)?,
            expires_wall_ms,
        })
    }

    /// The key that an unchecked token asks to be checked with.
    fn key_for(
        &self,
        token: &str,
        claims: &Map<String, Value>,
    ) -> Result<(&TenantId, &VerifyingKey), TokenFault> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenFault::Malformed)?;
        if header.crit.is_some() {
            // What the issuer calls critical and we don't know must not be passed over (RFC 7515, section 4.1.11).
            return Err(TokenFault::Malformed);
        }
        let tenant = text(claims, "tid")?;
        let tenant = TenantId::new(tenant).map_err(|_| TokenFault::BadClaim("tid"))?;
        let (tenant, keys) =
            self.tenants.get_key_value(&tenant).ok_or(TokenFault::UnknownTenant)?;
        let kid = header.kid.ok_or(TokenFault::NoKeyNamed)?;
        let key = keys.get(&*kid).ok_or(TokenFault::UnknownKey)?;
        if header.alg != key.algorithm() {
            return Err(TokenFault::BadSignature);
        }
        Ok((tenant, key))
    }
}

/// Checks what stands after the last dot as the signature, by `key`, of what stands before it.
fn check_signature(token: &str, key: &VerifyingKey) -> Result<(), TokenFault> {
    let (message, signature) = token.rsplit_once('.').ok_or(TokenFault::Malformed)?;
    match crypto::verify(signature, message.as_bytes(), key.decoding(), key.algorithm()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(TokenFault::BadSignature),
        Err(_) => Err(TokenFault::Malformed),
    }
}

fn text<'a>(claims: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, TokenFault> {
    let claim = claims.get(name).ok_or(TokenFault::MissingClaim(name))?;
    claim.as_str().ok_or(TokenFault::BadClaim(name))
}

/// Reads a NumericDate: seconds since 1970, which may have a fraction (RFC 7519, section 2).
fn instant_ms(claims: &Map<String, Value>, name: &'static str) -> Result<Option<u64>, TokenFault> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    if let Some(seconds) = value.as_u64() {
        return Ok(Some(seconds.saturating_mul(1_000)));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, and half a millisecond may go"
    )]
    match value.as_f64() {
        Some(seconds) if seconds >= 0.0 => Ok(Some((seconds * 1_000.0) as u64)),
        _ => Err(TokenFault::BadClaim(name)),
    }
}

/// Checks `exp` and `nbf`, and gives `exp`.
fn checked_times(claims: &Map<String, Value>, wall_ms: u64) -> Result<u64, TokenFault> {
    let expires_wall_ms = instant_ms(claims, "exp")?.ok_or(TokenFault::MissingClaim("exp"))?;
    let not_before_wall_ms = instant_ms(claims, "nbf")?.unwrap_or(0);
    if wall_ms > expires_wall_ms.saturating_add(LEEWAY_MS) {
        return Err(TokenFault::Expired);
    }
    if wall_ms.saturating_add(LEEWAY_MS) < not_before_wall_ms {
        return Err(TokenFault::NotYetValid);
    }
    Ok(expires_wall_ms)
}

fn checked_audience(claims: &Map<String, Value>) -> Result<(), TokenFault> {
    let named = match claims.get("aud") {
        Some(Value::String(audience)) => audience == AUDIENCE,
        Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience == AUDIENCE),
        Some(_) => false,
        None => return Err(TokenFault::NoAudience),
    };
    if named { Ok(()) } else { Err(TokenFault::WrongAudience) }
}

fn bearer(claims: &Map<String, Value>) -> Result<Bearer, TokenFault> {
    let role = Role::from_word(text(claims, "role")?).ok_or(TokenFault::BadClaim("role"))?;
    Bearer::new(role, text(claims, "sub")?).ok_or(TokenFault::BadClaim("sub"))
}

fn departments(claims: &Map<String, Value>) -> Result<Option<Arc<[DepartmentId]>>, TokenFault> {
    const FAULT: TokenFault = TokenFault::BadClaim("departments");
    let Some(value) = claims.get("departments") else { return Ok(None) };
    let ids = value.as_array().ok_or(FAULT)?;
    if ids.is_empty() || ids.len() > DEPARTMENTS_MAX {
        return Err(FAULT);
    }
    ids.iter()
        .map(|id| DepartmentId::new(id.as_str().ok_or(FAULT)?).map_err(|_| FAULT))
        .collect::<Result<_, _>>()
        .map(Some)
}

#[cfg(test)]
mod tests;
