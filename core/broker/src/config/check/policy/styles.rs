//! Styles, from the file's tables.

use frontdesk_desk::id::{AgentId, DepartmentId, StyleId};
use frontdesk_desk::policy::Style;
use frontdesk_desk::policy::style::{Listed, Receiver, RegionRule, Unavailable, Words};

use super::super::super::file::{ReceiverTable, StyleTable, WordsTable};
use super::{Faults, each, id, some_id, terms, word};

/// How long a visitor waits for the agent it is meant for when nothing is said.
const FALL_BACK_MS: u64 = 30_000;

/// The styles; `None` if an id or a word among them is none.
pub(super) fn styles(path: &str, tables: &[StyleTable], faults: &mut Faults) -> Option<Vec<Style>> {
    each(tables, |i, table| style(&format!("{path}.styles[{i}]"), table, faults))
}

fn style(path: &str, table: &StyleTable, faults: &mut Faults) -> Option<Style> {
    let at = |field: &str| format!("{path}.{field}");
    let named = id(&at("id"), StyleId::new(&table.id), faults);
    let home = id(&at("home"), DepartmentId::new(&table.home), faults);
    let receivers = receivers(&at("receivers"), &table.receivers, faults);
    let regions = each(&table.regions, |i, rule| {
        let path = at(&format!("regions[{i}].receivers"));
        let regions = rule.regions.iter().map(|region| region.as_str().into()).collect();
        Some(RegionRule { regions, receivers: self::receivers(&path, &rule.receivers, faults)? })
    });
    let unavailable = unavailable(path, table, faults);
    let bot = some_id(&at("bot"), &table.bot, AgentId::new, faults);
    let lists = [("departments", Listed::Departments), ("agents", Listed::Agents)];
    let listed = word(&at("listed"), &table.listed, &lists, faults);
    let form = match &table.form {
        Some(fields) => terms::form(&at("form"), fields, faults).map(Some),
        None => Some(None),
    };
    Some(Style {
        id: named?,
        home: home?,
        receivers: receivers?,
        regions: regions?,
        unavailable: unavailable?,
        bot: bot?,
        listed: listed?.unwrap_or_default(),
        hides_offline: table.hides_offline.unwrap_or(false),
        hides_department_names: table.hides_department_names.unwrap_or(false),
        words: words(&table.words),
        automatic_words: terms::words(&table.automatic_words),
        form: form?,
    })
}

fn words(table: &WordsTable) -> Words {
    Words {
        closed: table.closed.as_str().into(),
        nobody: table.nobody.as_str().into(),
        full: table.full.as_str().into(),
        waiting: table.waiting.as_str().into(),
        free: table.free.as_str().into(),
    }
}

fn receivers(path: &str, tables: &[ReceiverTable], faults: &mut Faults) -> Option<Vec<Receiver>> {
    each(tables, |i, table| {
        let path = format!("{path}[{i}]");
        match (&table.department, &table.agent) {
            (Some(department), None) => {
                let department = DepartmentId::new(department);
                id(&format!("{path}.department"), department, faults).map(Receiver::Department)
            }
            (None, Some(agent)) => {
                id(&format!("{path}.agent"), AgentId::new(agent), faults).map(Receiver::Agent)
            }
            _ => {
                faults.add(path, "give either a department or an agent, and not both");
                None
            }
        }
    })
}

fn unavailable(path: &str, table: &StyleTable, faults: &mut Faults) -> Option<Unavailable> {
    let after_ms = table.fall_back_after_ms;
    let words = [
        ("fall_back", Unavailable::FallBack { after_ms: after_ms.unwrap_or(FALL_BACK_MS) }),
        ("wait", Unavailable::Wait),
        ("leave_message", Unavailable::LeaveMessage),
    ];
    let said = word(&format!("{path}.unavailable"), &table.unavailable, &words, faults)?;
    let said = said.unwrap_or(words[0].1);
    if after_ms.is_some() && !matches!(said, Unavailable::FallBack { .. }) {
        let fault = "nobody falls back; set unavailable = \"fall_back\", or take this away";
        faults.add(format!("{path}.fall_back_after_ms"), fault);
    }
    Some(said)
}
