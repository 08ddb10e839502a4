//! A no, as the wire says it: the code, the sentence, when to come again, and what it is about.

use std::borrow::Cow;

use frontdesk_desk::floor::Colleague;
use frontdesk_desk::policy::PolicyFault;
use frontdesk_desk::policy::form::FormFault;
use frontdesk_desk::refusal::Refusal;
use frontdesk_proto::limits::{FAULT_BYTES_MAX, FAULT_PATH_BYTES_MAX, FAULTS_MAX};
use frontdesk_proto::v1::{self, Code};

/// When to come again to a buffer that was full: it is emptied many times in this span.
const BUSY_RETRY_MS: u64 = 100;
/// When to come again to a journal that was full: a commit or two later.
const STORAGE_RETRY_MS: u64 = 1_000;

/// A no that is not a fault: what was asked can't be had, and nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What to do about it, by its range.
    pub code: Code,
    /// A sentence for a person: what happened and what to do. Of what the peer sent it holds ids at most.
    pub message: Cow<'static, str>,
    /// When to try again, in milliseconds; 0 where coming back doesn't help or the time is unknown.
    pub retry_after_ms: u64,
    /// The field, id or permission that is meant; may be empty.
    pub subject: Cow<'static, str>,
    /// What is wrong with a document.
    pub faults: Faults,
}

/// The faults of a document, as far as they are told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The first, at most [`FAULTS_MAX`].
    pub first: Vec<v1::Fault>,
    /// How many there are beyond those.
    pub more: u32,
}

impl From<&[PolicyFault]> for Faults {
    fn from(faults: &[PolicyFault]) -> Self {
        let told = |fault: &PolicyFault| v1::Fault {
            path: cut(&fault.path, FAULT_PATH_BYTES_MAX).to_owned(),
            fault: cut(&fault.fault, FAULT_BYTES_MAX).to_owned(),
        };
        let more = faults.len().saturating_sub(FAULTS_MAX);
        Self {
            first: faults.iter().take(FAULTS_MAX).map(told).collect(),
            more: u32::try_from(more).unwrap_or(u32::MAX),
        }
    }
}

/// A text's beginning of so many bytes at most.
fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

impl Refused {
    /// A refusal that names no time to come again.
    pub fn new(
        code: Code,
        subject: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_ms: 0,
            subject: subject.into(),
            faults: Faults::default(),
        }
    }

    /// A policy has faults.
    pub(crate) fn bad_policy(faults: &[PolicyFault]) -> Self {
        let first = faults.first().map(|fault| cut(&fault.path, FAULT_PATH_BYTES_MAX));
        let message = format!(
            "the policy has {} fault(s), the first at {}; correct them and send it again",
            faults.len(),
            first.unwrap_or_default()
        );
        Self { faults: faults.into(), ..Self::new(Code::BadPolicy, "policy", message) }
    }

    /// The same, to be tried again after so many milliseconds.
    #[must_use]
    pub fn after_ms(self, retry_after_ms: u64) -> Self {
        Self { retry_after_ms, ..self }
    }

    /// A field that must be set is absent.
    pub(super) fn missing(field: &'static str) -> Self {
        Refusal::Missing { field }.into()
    }

    /// A field is longer than its bound.
    pub(super) fn too_long(field: &'static str, bytes_max: usize) -> Self {
        Refusal::TooLong { field, bytes_max }.into()
    }

    /// A field's value lies outside of what is documented; `rule` says what it must be.
    pub(super) fn bad_value(field: &'static str, rule: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::BadValue, field, rule)
    }

    /// The token doesn't allow it; `subject` names what was missing.
    pub(crate) fn not_permitted(
        subject: impl Into<Cow<'static, str>>,
        message: &'static str,
    ) -> Self {
        Self::new(Code::NotPermitted, subject, message)
    }

    /// Whether it tells of a peer that doesn't keep to the protocol or to its role, rather than of the desk's state, of being too
    /// fast, or of what some person typed (which may be too long).
    pub(crate) fn is_misbehaviour(&self) -> bool {
        matches!(
            self.code,
            Code::Malformed
                | Code::UnknownCommand
                | Code::MissingField
                | Code::BadValue
                | Code::NotPermitted
                | Code::UnknownLink
                | Code::LinkInUse
                | Code::UnknownKind
        )
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let (code, subject, retry_after_ms): (Code, Cow<'static, str>, u64) = match &refusal {
            Refusal::LinkGone => (Code::UnknownLink, "link".into(), 0),
            Refusal::VisitorsOnly => (Code::NotPermitted, "role visitor".into(), 0),
            Refusal::AgentsOnly => (Code::NotPermitted, "role agent".into(), 0),
            Refusal::SupervisorsOnly => (Code::NotPermitted, "role supervisor or admin".into(), 0),
            Refusal::AdminsOnly => (Code::NotPermitted, "role admin".into(), 0),
            Refusal::BadPolicy(faults) => return Self::bad_policy(faults),
            Refusal::PolicyOutdated { .. } => (Code::PolicyOutdated, "made_from".into(), 0),
            Refusal::OutOfReach(department) => {
                (Code::NotPermitted, format!("department {department}").into(), 0)
            }
            Refusal::UnknownSite => (Code::UnknownSite, "site".into(), 0),
            Refusal::UnknownSiteGroup => (Code::UnknownSite, "site_group".into(), 0),
            Refusal::UnknownDepartment(_) => (Code::UnknownDepartment, "department".into(), 0),
            Refusal::UnknownSkill(_) => (Code::UnknownSkill, "skills".into(), 0),
            Refusal::UnknownChannel(_) => (Code::UnknownChannel, "channel".into(), 0),
            Refusal::UnknownAgent(_) => (Code::NotFound, "agent".into(), 0),
            Refusal::PostOutOfRange { field, .. } => (Code::BadValue, (*field).into(), 0),
            Refusal::OfferEnded(_) => (Code::OfferEnded, "offer".into(), 0),
            Refusal::OfferNotFound => (Code::NotFound, "offer".into(), 0),
            Refusal::NobodyWaits => (Code::NobodyWaits, "session".into(), 0),
            Refusal::PickLost => (Code::PickLost, "session".into(), 0),
            Refusal::AgentFull => (Code::AgentFull, "capacity".into(), 0),
            Refusal::ToOneself => (Code::ToOneself, "agent".into(), 0),
            Refusal::TargetOutOfReach(Colleague::Agent(agent)) => {
                (Code::NotAColleague, format!("agent {agent}").into(), 0)
            }
            Refusal::TargetOutOfReach(Colleague::Department(department)) => {
                (Code::NotAColleague, format!("department {department}").into(), 0)
            }
            Refusal::TransferPending => (Code::TransferPending, "session".into(), 0),
            Refusal::TooManyTransfers { .. } => (Code::TooManyTransfers, "session".into(), 0),
            Refusal::AgentUnavailable(_) => (Code::AgentUnavailable, "agent".into(), 0),
            Refusal::ColleagueFull(_) => (Code::AgentFull, "agent".into(), 0),
            Refusal::NobodyFree(_) => (Code::NobodyFree, "department".into(), 0),
            Refusal::HandingEnded(_) => (Code::OfferEnded, "offer".into(), 0),
            Refusal::InSessionAlready(_) => (Code::InSessionAlready, "agent".into(), 0),
            Refusal::OwnerStays => (Code::OwnerStays, "session".into(), 0),
            Refusal::NotAGuest(_) => (Code::NotAGuest, "agent".into(), 0),
            Refusal::OtherDepartment(department) => {
                (Code::NotPermitted, format!("department {department}").into(), 0)
            }
            Refusal::NoSuchBot => (Code::NotFound, "bot".into(), 0),
            Refusal::BotUnavailable => (Code::BotUnavailable, "bot".into(), 0),
            Refusal::VisitorNotFound => (Code::NotFound, "visitor".into(), 0),
            Refusal::VisitorInSession => (Code::VisitorInSession, "visitor".into(), 0),
            Refusal::InvitedAlready => (Code::InvitedAlready, "visitor".into(), 0),
            Refusal::InvitationsOff => (Code::InvitationsOff, "invitations".into(), 0),
            Refusal::InvitationEnded => (Code::InvitationEnded, "invitation".into(), 0),
            Refusal::Blocked => (Code::Blocked, "visitor".into(), 0),
            Refusal::BlockNotFound => (Code::NotFound, "block".into(), 0),
            Refusal::SessionNotFound => (Code::NotFound, "session".into(), 0),
            Refusal::SessionClosed => (Code::SessionClosed, "session".into(), 0),
            Refusal::NotInSession => (Code::NotInSession, "session".into(), 0),
            Refusal::InSession => (Code::BadValue, "session".into(), 0),
            Refusal::AnnouncementNotFound => (Code::NotFound, "announcement".into(), 0),
            Refusal::RoomNotFound => (Code::NotFound, "room".into(), 0),
            Refusal::NotInRoom => (Code::NotInRoom, "room".into(), 0),
            Refusal::NotAColleague(agent) => {
                (Code::NotAColleague, format!("agent {agent}").into(), 0)
            }
            Refusal::RoomOfTwo => (Code::RoomOfTwo, "room".into(), 0),
            Refusal::Oneself { field } => (Code::BadValue, (*field).into(), 0),
            Refusal::NotSignedOn => (Code::NotSignedOn, "status".into(), 0),
            Refusal::CapacityOutOfRange { .. } => (Code::BadValue, "capacity".into(), 0),
            Refusal::DepartmentsOutOfRange { .. } => (Code::BadValue, "departments".into(), 0),
            Refusal::StatusNotSettable => (Code::BadValue, "status".into(), 0),
            Refusal::PreviewOff => (Code::PreviewOff, "preview".into(), 0),
            Refusal::TooLong { field, .. } => (Code::TooLong, (*field).into(), 0),
            Refusal::OutOfRange { field, .. } => (Code::BadValue, (*field).into(), 0),
            Refusal::TooMany { field, .. } => (Code::BadValue, (*field).into(), 0),
            Refusal::AudienceNotAllowed => (Code::AudienceNotAllowed, "audience".into(), 0),
            Refusal::MessageNotFound => (Code::NotFound, "replaces".into(), 0),
            Refusal::EditTooLate { .. } => (Code::EditTooLate, "replaces".into(), 0),
            Refusal::MessageRecalled => (Code::MessageRecalled, "replaces".into(), 0),
            Refusal::OtherKind => (Code::BadValue, "kind".into(), 0),
            Refusal::AlreadyRated => (Code::AlreadyRated, "session".into(), 0),
            Refusal::NothingToRate => (Code::NothingToRate, "session".into(), 0),
            Refusal::UnknownTag(_) => (Code::UnknownTag, "tags".into(), 0),
            Refusal::UnknownTopic(_) => (Code::UnknownTopic, "topic".into(), 0),
            Refusal::NotClosed => (Code::NotClosed, "session".into(), 0),
            Refusal::Form(fault) => {
                let code = match fault {
                    FormFault::Missing(_) => Code::FormIncomplete,
                    _ => Code::FormFault,
                };
                (code, format!("form.{}", fault.field()).into(), 0)
            }
            Refusal::SystemWords => (Code::UnknownKind, "kind".into(), 0),
            Refusal::TextNotUtf8 => (Code::BadValue, "body".into(), 0),
            Refusal::Missing { field } => (Code::MissingField, (*field).into(), 0),
            Refusal::BeyondEnd { .. } => (Code::BeyondEnd, "delivered or read".into(), 0),
            Refusal::IdReused => (Code::IdReused, "client_message_id".into(), 0),
            Refusal::QueueFull => (Code::QueueFull, "department".into(), 0),
            Refusal::LimitReached { what, .. } => (Code::LimitReached, (*what).into(), 0),
            Refusal::Busy => (Code::Busy, "".into(), BUSY_RETRY_MS),
            Refusal::StorageFull => (Code::StorageFull, "".into(), STORAGE_RETRY_MS),
        };
        let message = refusal.to_string();
        Self { retry_after_ms, ..Self::new(code, subject, message) }
    }
}

impl From<Refused> for v1::Refused {
    fn from(refused: Refused) -> Self {
        Self {
            code: refused.code.into(),
            message: refused.message.into_owned(),
            retry_after_ms: refused.retry_after_ms,
            subject: refused.subject.into_owned(),
            faults: refused.faults.first,
            more_faults: refused.faults.more,
        }
    }
}
