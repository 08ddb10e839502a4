//! Making tokens: for development, for tests, and for the demonstration. In earnest, a tenant's own server makes them.

use frontdesk_desk::id::{DepartmentId, TenantId};
use jsonwebtoken::Header;
use serde_json::json;

use super::{AUDIENCE, Bearer, KeyFault, SigningKey};

/// What a token is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The tenant.
    pub tenant: TenantId,
    /// Whom it speaks for.
    pub bearer: Bearer,
    /// The only departments it reaches, at least one; `None` for all.
    pub departments: Option<Vec<DepartmentId>>,
    /// Before this it is not taken; rounded down to seconds.
    pub not_before_wall_ms: Option<u64>,
    /// When it ends; rounded down to seconds.
    pub expires_wall_ms: u64,
}

impl Grant {
    /// A grant for all departments, valid at once.
    pub fn new(tenant: TenantId, bearer: Bearer, expires_wall_ms: u64) -> Self {
        Self { tenant, bearer, departments: None, not_before_wall_ms: None, expires_wall_ms }
    }
}

/// Signs a grant and gives the token in compact form.
///
/// # Errors
/// [`KeyFault::NotSigned`] if the signature can't be made.
pub fn mint(key: &SigningKey, grant: &Grant) -> Result<String, KeyFault> {
    let mut header = Header::new(key.algorithm());
    header.kid = Some(key.verifying().kid().to_owned());
    let mut claims = json!({
        "tid": grant.tenant.as_str(),
        "sub": grant.bearer.subject(),
        "role": grant.bearer.role().as_str(),
        "aud": AUDIENCE,
        "exp": grant.expires_wall_ms / 1_000,
    });
    if let Some(wall_ms) = grant.not_before_wall_ms {
        claims["nbf"] = json!(wall_ms / 1_000);
    }
    if let Some(departments) = &grant.departments {
        claims["departments"] = departments.iter().map(DepartmentId::as_str).collect();
    }
    jsonwebtoken::encode(&header, &claims, key.encoding()).map_err(|_| KeyFault::NotSigned)
}
