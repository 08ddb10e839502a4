//! From the desk outward, as far as it concerns invitations.

use frontdesk_desk::delivery::{InvitationOutcome, InvitationView, Inviter};
use frontdesk_desk::id::{InvitationId, VisitorId};
use frontdesk_proto::v1;

use super::{id, session};

pub(super) fn shown(view: InvitationView) -> v1::InvitationShown {
    let (agent, rule) = match view.by {
        Inviter::Agent(agent) => (agent.as_str().to_owned(), String::new()),
        Inviter::Rule(rule) => (String::new(), rule.as_str().to_owned()),
    };
    v1::InvitationShown {
        invitation: id(view.invitation.to_bytes()),
        agent,
        rule,
        department: view.department.map(|id| id.as_str().to_owned()).unwrap_or_default(),
        text: view.text.into(),
        until_wall_ms: view.until_wall_ms,
    }
}

pub(super) fn ended(
    invitation: InvitationId,
    visitor: &VisitorId,
    outcome: InvitationOutcome,
) -> v1::InvitationEnded {
    use v1::InvitationOutcome as Wire;
    let (outcome, began) = match outcome {
        InvitationOutcome::Accepted(session) => (Wire::Accepted, Some(session)),
        InvitationOutcome::Declined => (Wire::Declined, None),
        InvitationOutcome::Ignored => (Wire::Ignored, None),
        InvitationOutcome::Expired => (Wire::Expired, None),
        InvitationOutcome::Withdrawn => (Wire::Withdrawn, None),
        InvitationOutcome::SessionBegan(session) => (Wire::SessionBegan, Some(session)),
        InvitationOutcome::VisitorGone => (Wire::VisitorGone, None),
    };
    v1::InvitationEnded {
        invitation: id(invitation.to_bytes()),
        visitor: visitor.as_str().to_owned(),
        outcome: outcome.into(),
        session: began.map(session).unwrap_or_default(),
    }
}
