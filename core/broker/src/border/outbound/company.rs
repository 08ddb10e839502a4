//! From the desk outward, as far as it concerns several agents of a session.

use frontdesk_desk::delivery::{Asking, HandingEnded, HandingOutcome, OfferPurpose};
use frontdesk_desk::floor::{Colleague, Targets};
use frontdesk_proto::v1::{self, delivery as wire};

use super::{id, session, status};

pub(super) fn asking(asking: Asking) -> v1::Asking {
    v1::Asking {
        offer: asking.offer.map(|offer| id(offer.to_bytes())).unwrap_or_default(),
        session: session(asking.session),
        agent: asking.agent.map(|agent| agent.as_str().to_owned()).unwrap_or_default(),
        until_wall_ms: asking.until_wall_ms,
    }
}

pub(super) fn handing_ended(over: HandingEnded) -> wire::Event {
    let of = session(over.session);
    let offer = id(over.offer.to_bytes());
    let outcome = outcome(over.outcome).into();
    let agent = over.agent.map(|agent| agent.as_str().to_owned()).unwrap_or_default();
    match over.purpose {
        OfferPurpose::Assign | OfferPurpose::Transfer => {
            wire::Event::TransferEnded(v1::TransferEnded { session: of, offer, outcome, agent })
        }
        OfferPurpose::Join { .. } => {
            wire::Event::ColleagueInvitationEnded(v1::ColleagueInvitationEnded {
                session: of,
                offer,
                outcome,
                agent,
            })
        }
    }
}

/// What an agent is asked to do, and whether the visitor isn't told.
pub(super) fn purpose(purpose: OfferPurpose) -> (v1::OfferPurpose, bool) {
    match purpose {
        OfferPurpose::Assign => (v1::OfferPurpose::Assign, false),
        OfferPurpose::Transfer => (v1::OfferPurpose::Transfer, false),
        OfferPurpose::Join { is_seen } => (v1::OfferPurpose::Join, !is_seen),
    }
}

fn outcome(outcome: HandingOutcome) -> v1::HandingOutcome {
    match outcome {
        HandingOutcome::Accepted => v1::HandingOutcome::Accepted,
        HandingOutcome::Declined => v1::HandingOutcome::Declined,
        HandingOutcome::TimedOut => v1::HandingOutcome::TimedOut,
        HandingOutcome::Away => v1::HandingOutcome::Away,
        HandingOutcome::Gone => v1::HandingOutcome::Gone,
        HandingOutcome::Waits => v1::HandingOutcome::Waits,
        HandingOutcome::Withdrawn => v1::HandingOutcome::Withdrawn,
        HandingOutcome::SourceLost => v1::HandingOutcome::SourceLost,
        HandingOutcome::SessionEnded => v1::HandingOutcome::SessionEnded,
    }
}

pub(super) fn targets(page: Targets) -> v1::TransferTargets {
    let departments = page.departments.into_iter().map(|row| v1::TargetDepartment {
        department: row.department.as_str().to_owned(),
        online: row.online,
        free: row.free,
        waiting: row.waiting,
        closed: row.is_closed,
    });
    let agents = page.agents.into_iter().map(|row| v1::TargetAgent {
        agent: row.agent.as_str().to_owned(),
        status: status(row.status).into(),
        free: row.free,
        bot: row.is_bot,
    });
    v1::TransferTargets {
        recent: page.recent.iter().map(target).collect(),
        departments: departments.collect(),
        agents: agents.collect(),
        next: page.next.as_ref().map(target),
    }
}

fn target(target: &Colleague) -> v1::TransferTarget {
    use v1::transfer_target::Who;
    let who = match target {
        Colleague::Agent(id) => Who::Agent(id.as_str().to_owned()),
        Colleague::Department(id) => Who::Department(id.as_str().to_owned()),
    };
    v1::TransferTarget { who: Some(who) }
}
