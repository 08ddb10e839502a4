//! Departments, both ways.

use frontdesk_desk::id::{DepartmentId, ScheduleId, SkillId};
use frontdesk_desk::policy::Department;
use frontdesk_desk::policy::department::{OfferMode, Offers, Overflow, Ring, Tier};
use frontdesk_proto::v1::policy as wire;

use super::terms;
use super::{AGENT_LOST, Faults, JOINS, STRATEGIES, each, named};

pub(super) fn departments(
    list: &[wire::Department],
    faults: &mut Faults,
) -> Option<Vec<Department>> {
    each(list, |i, one| read(&format!("departments[{i}]"), one, faults))
}

fn read(path: &str, from: &wire::Department, faults: &mut Faults) -> Option<Department> {
    let at = |field: &str| format!("{path}.{field}");
    let id = faults.id(&at("id"), DepartmentId::new(&from.id));
    let strategy = faults.meant(&at("strategy"), &STRATEGIES, from.strategy);
    let join = faults.meant(&at("join"), &JOINS, from.join);
    let agent_lost = faults.meant(&at("agent_lost"), &AGENT_LOST, from.agent_lost);
    let agent_sessions_max = match from.agent_sessions_max {
        None => Some(None),
        Some(most) => faults.number(&at("agent_sessions_max"), most, u16::MAX.into()).map(Some),
    };
    let tiers = each(&from.tiers, |i, tier| {
        let after_ms = tier.after_ms;
        let tier = faults.number(&at(&format!("tiers[{i}].tier")), tier.tier, u8::MAX.into())?;
        Some(Tier { tier, after_ms })
    });
    let rings = each(&from.rings, |i, ring| {
        let waives = each(&ring.waives, |j, skill| {
            faults.id(&at(&format!("rings[{i}].waives[{j}]")), SkillId::new(skill))
        })?;
        Some(Ring { after_ms: ring.after_ms, waives })
    });
    let overflow = each(&from.overflow, |i, overflow| {
        let to = DepartmentId::new(&overflow.to);
        let to = faults.id(&at(&format!("overflow[{i}].to")), to)?;
        Some(Overflow { after_ms: overflow.after_ms, to })
    });
    let offers = offers(&at("offers"), from.offers.as_ref(), faults);
    let schedule = faults.some_id(&at("schedule"), &from.schedule, ScheduleId::new);
    let terms = match &from.terms {
        Some(own) => terms::terms(&at("terms"), own, faults).map(|own| Some(Box::new(own))),
        None => Some(None),
    };
    let colleagues = each(&from.colleagues, |i, id| {
        faults.id(&at(&format!("colleagues[{i}]")), DepartmentId::new(id))
    });
    Some(Department {
        id: id?,
        name: from.name.as_str().into(),
        strategy: strategy?,
        waiting_max: from.waiting_max,
        reopen_at: from.reopen_at,
        join: join?,
        wait_max_ms: from.wait_max_ms,
        agent_sessions_max: agent_sessions_max?,
        tiers: tiers?,
        rings: rings?,
        overflow: overflow?,
        offers: offers?,
        wrap_up_ms: from.wrap_up_ms,
        schedule: schedule?,
        sticky_ms: from.sticky_ms,
        agent_lost: agent_lost?,
        dormant_after_ms: from.dormant_after_ms,
        terms: terms?,
        colleagues: colleagues?,
    })
}

fn offers(path: &str, from: Option<&wire::Offers>, faults: &mut Faults) -> Option<Offers> {
    let Some(from) = from else {
        faults.add(path, "is missing; set it");
        return None;
    };
    let timeout_ms = from.timeout_ms;
    let at_once = faults.number(&format!("{path}.at_once"), from.at_once, u8::MAX.into())?;
    let modes = [
        (wire::OfferMode::Taken, OfferMode::Taken),
        (wire::OfferMode::Asked, OfferMode::Asked { timeout_ms, at_once }),
    ];
    let mode = faults.meant(&format!("{path}.mode"), &modes, from.mode);
    if mode == Some(OfferMode::Taken) {
        let given = [("timeout_ms", timeout_ms), ("at_once", at_once.into())];
        for (field, _) in given.into_iter().filter(|(_, given)| *given != 0) {
            faults.add(format!("{path}.{field}"), "must be 0 where nobody is asked");
        }
    }
    let mut most =
        |field: &str, value| faults.number(&format!("{path}.{field}"), value, u16::MAX.into());
    let declined_max = most("declined_max", from.declined_max);
    let missed_max = most("missed_max", from.missed_max);
    Some(Offers {
        mode: mode?,
        declined_max: declined_max?,
        missed_max: missed_max?,
        back_off_ms: from.back_off_ms,
    })
}

pub(super) fn department(from: &Department) -> wire::Department {
    let Department {
        id,
        name,
        strategy,
        waiting_max,
        reopen_at,
        join,
        wait_max_ms,
        agent_sessions_max,
        tiers,
        rings,
        overflow,
        offers,
        wrap_up_ms,
        schedule,
        sticky_ms,
        agent_lost,
        dormant_after_ms,
        terms,
        colleagues,
    } = from;
    let Offers { mode, declined_max, missed_max, back_off_ms } = *offers;
    let (mode, timeout_ms, at_once) = match mode {
        OfferMode::Taken => (wire::OfferMode::Taken, 0, 0),
        OfferMode::Asked { timeout_ms, at_once } => (wire::OfferMode::Asked, timeout_ms, at_once),
    };
    let ring = |ring: &Ring| wire::Ring {
        after_ms: ring.after_ms,
        waives: ring.waives.iter().map(|skill| skill.as_str().to_owned()).collect(),
    };
    let over = |over: &Overflow| wire::Overflow {
        after_ms: over.after_ms,
        to: over.to.as_str().to_owned(),
    };
    let tier = |tier: &Tier| wire::Tier { tier: tier.tier.into(), after_ms: tier.after_ms };
    wire::Department {
        id: id.as_str().to_owned(),
        name: name.to_string(),
        strategy: named(&STRATEGIES, *strategy),
        waiting_max: *waiting_max,
        reopen_at: *reopen_at,
        join: named(&JOINS, *join),
        wait_max_ms: *wait_max_ms,
        agent_sessions_max: agent_sessions_max.map(u32::from),
        tiers: tiers.iter().map(tier).collect(),
        rings: rings.iter().map(ring).collect(),
        overflow: overflow.iter().map(over).collect(),
        offers: Some(wire::Offers {
            mode: mode.into(),
            timeout_ms,
            at_once: at_once.into(),
            declined_max: declined_max.into(),
            missed_max: missed_max.into(),
            back_off_ms,
        }),
        wrap_up_ms: *wrap_up_ms,
        schedule: schedule.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default(),
        sticky_ms: *sticky_ms,
        agent_lost: named(&AGENT_LOST, *agent_lost),
        dormant_after_ms: *dormant_after_ms,
        terms: terms.as_deref().map(terms::written),
        colleagues: colleagues.iter().map(|id| id.as_str().to_owned()).collect(),
    }
}
