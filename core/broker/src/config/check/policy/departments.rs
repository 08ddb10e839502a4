//! Departments, from the file's tables.

use frontdesk_desk::floor::strategy::Strategy;
use frontdesk_desk::id::{DepartmentId, ScheduleId, SkillId};
use frontdesk_desk::policy::Department;
use frontdesk_desk::policy::department::{
    AgentLost, Join, OfferMode, Offers, Overflow, Ring, Tier,
};
use frontdesk_desk::policy::terms::Terms;

use super::super::super::file::{DepartmentTable, OffersTable};
use super::terms::terms;
use super::{Faults, each, id, some_id, word};

const STRATEGIES: [(&str, Strategy); 7] = [
    ("least_loaded", Strategy::LeastLoaded),
    ("in_order", Strategy::InOrder),
    ("round_robin", Strategy::RoundRobin),
    ("random", Strategy::Random),
    ("longest_idle", Strategy::LongestIdle),
    ("weighted", Strategy::Weighted),
    ("fill_first", Strategy::FillFirst),
];
const JOINS: [(&str, Join); 4] = [
    ("always", Join::Always),
    ("signed_on", Join::SignedOn),
    ("working", Join::Working),
    ("online", Join::Online),
];
const AGENT_LOST: [(&str, AgentLost); 2] = [("head", AgentLost::Head), ("tail", AgentLost::Tail)];
/// How long an offer stands when nothing is said.
const OFFER_MS: u64 = 30_000;

/// What a word for the mode of offers says.
#[derive(Clone, Copy)]
enum Asking {
    Taken,
    Asked,
}

/// The departments; `None` if an id or a word among them is none.
pub(super) fn departments(
    path: &str,
    tables: &[DepartmentTable],
    base: &Terms,
    faults: &mut Faults,
) -> Option<Vec<Department>> {
    each(tables, |i, table| department(&format!("{path}.departments[{i}]"), table, base, faults))
}

fn department(
    path: &str,
    table: &DepartmentTable,
    base: &Terms,
    faults: &mut Faults,
) -> Option<Department> {
    let at = |field: &str| format!("{path}.{field}");
    let named = id(&at("id"), DepartmentId::new(&table.id), faults);
    let strategy = word(&at("strategy"), &table.strategy, &STRATEGIES, faults);
    let join = word(&at("join"), &table.join, &JOINS, faults);
    let agent_lost = word(&at("agent_lost"), &table.agent_lost, &AGENT_LOST, faults);
    let schedule = some_id(&at("schedule"), &table.schedule, ScheduleId::new, faults);
    let tiers = table.tiers.iter();
    let tiers = tiers.map(|tier| Tier { tier: tier.tier, after_ms: tier.after_ms }).collect();
    let rings = each(&table.rings, |i, ring| {
        let waives = each(&ring.waives, |j, skill| {
            id(&at(&format!("rings[{i}].waives[{j}]")), SkillId::new(skill), faults)
        });
        Some(Ring { after_ms: ring.after_ms, waives: waives? })
    });
    let overflow = each(&table.overflow, |i, overflow| {
        let to = id(&at(&format!("overflow[{i}].to")), DepartmentId::new(&overflow.to), faults)?;
        Some(Overflow { after_ms: overflow.after_ms, to })
    });
    let offers = offers(&at("offers"), &table.offers, faults);
    let terms = match &table.terms {
        Some(own) => terms(&at("terms"), own, base.clone(), faults).map(|own| Some(Box::new(own))),
        None => Some(None),
    };
    let colleagues = each(&table.colleagues, |i, colleague| {
        id(&at(&format!("colleagues[{i}]")), DepartmentId::new(colleague), faults)
    });

    let usual = Department::new(named?);
    Some(Department {
        name: table.name.clone().unwrap_or_default().into(),
        strategy: strategy?.unwrap_or(usual.strategy),
        waiting_max: table.waiting_max.unwrap_or(usual.waiting_max),
        reopen_at: table.reopen_at,
        join: join?.unwrap_or(usual.join),
        wait_max_ms: table.wait_max_ms.unwrap_or(usual.wait_max_ms),
        agent_sessions_max: table.agent_sessions_max,
        tiers,
        rings: rings?,
        overflow: overflow?,
        offers: offers?,
        wrap_up_ms: table.wrap_up_ms.unwrap_or(usual.wrap_up_ms),
        schedule: schedule?,
        sticky_ms: table.sticky_ms.unwrap_or(usual.sticky_ms),
        agent_lost: agent_lost?.unwrap_or(usual.agent_lost),
        dormant_after_ms: table.dormant_after_ms.unwrap_or(usual.dormant_after_ms),
        terms: terms?,
        colleagues: colleagues?,
        id: usual.id,
    })
}

fn offers(path: &str, table: &OffersTable, faults: &mut Faults) -> Option<Offers> {
    let modes = [("taken", Asking::Taken), ("asked", Asking::Asked)];
    let mode = match word(&format!("{path}.mode"), &table.mode, &modes, faults)? {
        Some(Asking::Asked) => OfferMode::Asked {
            timeout_ms: table.timeout_ms.unwrap_or(OFFER_MS),
            at_once: table.at_once.unwrap_or(1),
        },
        Some(Asking::Taken) | None => {
            let given =
                [("timeout_ms", table.timeout_ms), ("at_once", table.at_once.map(u64::from))];
            for (field, _) in given.into_iter().filter(|(_, given)| given.is_some()) {
                faults.add(format!("{path}.{field}"), "nobody is asked; set mode = \"asked\" too");
            }
            OfferMode::Taken
        }
    };
    Some(Offers {
        mode,
        declined_max: table.declined_max.unwrap_or(3),
        missed_max: table.missed_max.unwrap_or(3),
        back_off_ms: table.back_off_ms.unwrap_or(30_000),
    })
}
