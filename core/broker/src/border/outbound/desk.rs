//! From the desk outward, as far as it concerns duty, offers and the questions why.

use bytes::Bytes;
use frontdesk_desk::delivery::{BeginCause, OfferOutcome, OfferView};
use frontdesk_desk::floor::agent::LogEntry;
use frontdesk_desk::floor::why::{Considered, IdleAt, Obstacle, WhyIdle, WhyWaiting};
use frontdesk_desk::floor::{Estimate, WaitingRow};
use frontdesk_engine::{Receiving, Reception, ReceptionRow};
use frontdesk_proto::v1;

use super::{company, id, session, status};

pub(super) fn estimate(estimate: Estimate) -> v1::Estimate {
    v1::Estimate { p50_ms: estimate.p50_ms, p90_ms: estimate.p90_ms }
}

pub(super) fn offer_made(offer: &OfferView) -> v1::OfferMade {
    let (purpose, unseen) = company::purpose(offer.purpose);
    v1::OfferMade {
        offer: id(offer.offer.to_bytes()),
        session: session(offer.session),
        visitor: offer.visitor.as_str().to_owned(),
        department: offer.department.as_str().to_owned(),
        asked_wall_ms: offer.asked_wall_ms,
        until_wall_ms: offer.until_wall_ms,
        purpose: purpose.into(),
        from: offer.from.as_ref().map(|agent| agent.as_str().to_owned()).unwrap_or_default(),
        note: offer.note.as_ref().to_owned(),
        unseen,
    }
}

pub(super) fn outcome(outcome: OfferOutcome) -> v1::OfferOutcome {
    match outcome {
        OfferOutcome::Accepted => v1::OfferOutcome::Accepted,
        OfferOutcome::Declined => v1::OfferOutcome::Declined,
        OfferOutcome::TimedOut => v1::OfferOutcome::TimedOut,
        OfferOutcome::Rescinded => v1::OfferOutcome::Rescinded,
        OfferOutcome::VisitorGone => v1::OfferOutcome::VisitorGone,
        OfferOutcome::AgentGone => v1::OfferOutcome::AgentGone,
        OfferOutcome::LostRace => v1::OfferOutcome::LostRace,
        OfferOutcome::Withdrawn => v1::OfferOutcome::Withdrawn,
        OfferOutcome::SessionEnded => v1::OfferOutcome::SessionEnded,
    }
}

pub(super) fn reception(reception: Reception) -> v1::Reception {
    v1::Reception {
        receiving: receiving(reception.receiving).into(),
        department: reception.department.as_str().to_owned(),
        waiting: reception.waiting,
        rows: reception.rows.iter().map(reception_row).collect(),
        words: reception.words.into(),
        policy_version: reception.policy_version,
        form: (!reception.form.fields.is_empty())
            .then(|| super::policy::written_form(&reception.form)),
    }
}

fn reception_row(row: &ReceptionRow) -> v1::ReceptionRow {
    match row {
        ReceptionRow::Department { id, name, receiving: now, waiting } => v1::ReceptionRow {
            department: id.as_str().to_owned(),
            name: name.to_string(),
            receiving: receiving(*now).into(),
            waiting: *waiting,
            ..v1::ReceptionRow::default()
        },
        ReceptionRow::Agent { id, status: now } => v1::ReceptionRow {
            agent: id.as_str().to_owned(),
            status: status(*now).into(),
            ..v1::ReceptionRow::default()
        },
    }
}

pub(super) fn receiving(receiving: Receiving) -> v1::Receiving {
    match receiving {
        Receiving::Closed => v1::Receiving::Closed,
        Receiving::Nobody => v1::Receiving::Nobody,
        Receiving::Full => v1::Receiving::Full,
        Receiving::Waiting => v1::Receiving::Waiting,
        Receiving::Free => v1::Receiving::Free,
    }
}

pub(super) fn begin(begin: BeginCause) -> v1::BeginCause {
    match begin {
        BeginCause::Visitor => v1::BeginCause::Visitor,
        BeginCause::Invitation => v1::BeginCause::Invitation,
        BeginCause::Forced => v1::BeginCause::Forced,
        BeginCause::Gateway => v1::BeginCause::Gateway,
    }
}

pub(super) fn why_waiting(why: WhyWaiting) -> v1::WhyWaiting {
    v1::WhyWaiting {
        department: why.department.as_str().to_owned(),
        position: why.position,
        holder: why.holder.map(|holder| holder.as_str().to_owned()).unwrap_or_default(),
        offered: why.is_offered,
        policy_version: why.policy_version,
        considered: why.considered.iter().map(considered).collect(),
        others: why.others,
    }
}

fn considered(one: &Considered) -> v1::Considered {
    v1::Considered {
        agent: one.agent.as_str().to_owned(),
        score: Bytes::copy_from_slice(&one.score.to_be_bytes()),
        load: one.load,
        capacity: one.capacity,
        obstacle: obstacle(one.obstacle).into(),
    }
}

pub(super) fn why_idle(why: WhyIdle) -> v1::WhyIdle {
    let at = |at: &IdleAt| v1::IdleAt {
        department: at.department.as_str().to_owned(),
        waiting: at.waiting,
        obstacle: obstacle(at.obstacle).into(),
    };
    v1::WhyIdle {
        status: status(why.status).into(),
        load: why.load,
        capacity: why.capacity,
        obstacle: obstacle(why.obstacle).into(),
        departments: why.departments.iter().map(at).collect(),
        policy_version: why.policy_version,
    }
}

fn obstacle(obstacle: Option<Obstacle>) -> v1::Obstacle {
    match obstacle {
        None => v1::Obstacle::Unspecified,
        Some(Obstacle::Offline) => v1::Obstacle::Offline,
        Some(Obstacle::Away) => v1::Obstacle::Away,
        Some(Obstacle::Busy) => v1::Obstacle::Busy,
        Some(Obstacle::Unreachable) => v1::Obstacle::Unreachable,
        Some(Obstacle::Leaving) => v1::Obstacle::Leaving,
        Some(Obstacle::Resting { .. }) => v1::Obstacle::Resting,
        Some(Obstacle::Full) => v1::Obstacle::Full,
        Some(Obstacle::DepartmentFull) => v1::Obstacle::DepartmentFull,
        Some(Obstacle::Saving) => v1::Obstacle::Saving,
        Some(Obstacle::Shunned { .. }) => v1::Obstacle::Shunned,
        Some(Obstacle::PeopleThere) => v1::Obstacle::PeopleThere,
        Some(Obstacle::TierClosed) => v1::Obstacle::TierClosed,
        Some(Obstacle::SkillMissing) => v1::Obstacle::SkillMissing,
        Some(Obstacle::OutOfRange) => v1::Obstacle::OutOfRange,
    }
}

pub(super) fn work_log(entries: &[LogEntry]) -> v1::WorkLog {
    let entries = entries.iter().map(|entry| v1::LogEntry {
        wall_ms: entry.wall_ms,
        status: status(entry.status).into(),
        reason: entry.reason.as_ref().to_owned(),
    });
    v1::WorkLog { entries: entries.collect() }
}

pub(super) fn queue(rows: &[WaitingRow]) -> v1::Queue {
    let rows = rows.iter().map(|row| v1::WaitingRow {
        session: session(row.session),
        visitor: row.visitor.as_str().to_owned(),
        position: row.position,
        asked_wall_ms: row.asked_wall_ms,
        priority_ms: row.priority_ms,
    });
    v1::Queue { rows: rows.collect() }
}
