//! Styles, both ways.

use frontdesk_desk::id::{AgentId, DepartmentId, StyleId};
use frontdesk_desk::policy::Style;
use frontdesk_desk::policy::style::{Receiver, RegionRule, Unavailable, Words};
use frontdesk_proto::v1::policy as wire;
use frontdesk_proto::v1::policy::receiver::Who;

use super::terms;
use super::{Faults, LISTS, each, named};

pub(super) fn styles(list: &[wire::Style], faults: &mut Faults) -> Option<Vec<Style>> {
    each(list, |i, one| read(&format!("styles[{i}]"), one, faults))
}

fn read(path: &str, from: &wire::Style, faults: &mut Faults) -> Option<Style> {
    let at = |field: &str| format!("{path}.{field}");
    let id = faults.id(&at("id"), StyleId::new(&from.id));
    let home = faults.id(&at("home"), DepartmentId::new(&from.home));
    let receivers = receivers(&at("receivers"), &from.receivers, faults);
    let regions = each(&from.regions, |i, rule| {
        let path = at(&format!("regions[{i}].receivers"));
        let receivers = self::receivers(&path, &rule.receivers, faults)?;
        let regions = rule.regions.iter().map(|region| region.as_str().into()).collect();
        Some(RegionRule { regions, receivers })
    });
    let unavailable = unavailable(path, from, faults);
    let bot = faults.some_id(&at("bot"), &from.bot, AgentId::new);
    let listed = faults.meant(&at("listed"), &LISTS, from.listed);
    let form = match &from.form {
        Some(form) => terms::form(&at("form"), form, faults).map(Some),
        None => Some(None),
    };
    Some(Style {
        id: id?,
        home: home?,
        receivers: receivers?,
        regions: regions?,
        unavailable: unavailable?,
        bot: bot?,
        listed: listed?,
        hides_offline: from.hides_offline,
        hides_department_names: from.hides_department_names,
        words: from.words.as_ref().map(words).unwrap_or_default(),
        automatic_words: from.automatic_words.as_ref().map(terms::words).unwrap_or_default(),
        form: form?,
    })
}

fn words(from: &wire::Words) -> Words {
    Words {
        closed: from.closed.as_str().into(),
        nobody: from.nobody.as_str().into(),
        full: from.full.as_str().into(),
        waiting: from.waiting.as_str().into(),
        free: from.free.as_str().into(),
    }
}

fn receivers(path: &str, list: &[wire::Receiver], faults: &mut Faults) -> Option<Vec<Receiver>> {
    each(list, |i, receiver| {
        let path = format!("{path}[{i}]");
        match &receiver.who {
            Some(Who::Department(id)) => {
                let id = faults.id(&format!("{path}.department"), DepartmentId::new(id));
                id.map(Receiver::Department)
            }
            Some(Who::Agent(id)) => {
                faults.id(&format!("{path}.agent"), AgentId::new(id)).map(Receiver::Agent)
            }
            None => {
                faults.add(path, "must be a department or an agent, and is neither");
                None
            }
        }
    })
}

fn unavailable(path: &str, from: &wire::Style, faults: &mut Faults) -> Option<Unavailable> {
    let after_ms = from.fall_back_after_ms;
    let meanings = [
        (wire::Unavailable::Wait, Unavailable::Wait),
        (wire::Unavailable::FallBack, Unavailable::FallBack { after_ms }),
        (wire::Unavailable::LeaveMessage, Unavailable::LeaveMessage),
    ];
    let meant = faults.meant(&format!("{path}.unavailable"), &meanings, from.unavailable)?;
    if after_ms != 0 && !matches!(meant, Unavailable::FallBack { .. }) {
        let fault = "must be 0 where nobody falls back";
        faults.add(format!("{path}.fall_back_after_ms"), fault);
    }
    Some(meant)
}

pub(super) fn style(from: &Style) -> wire::Style {
    let Style {
        id,
        home,
        receivers,
        regions,
        unavailable,
        bot,
        listed,
        hides_offline,
        hides_department_names,
        words: Words { closed, nobody, full, waiting, free },
        automatic_words,
        form,
    } = from;
    let (unavailable, fall_back_after_ms) = match unavailable {
        Unavailable::Wait => (wire::Unavailable::Wait, 0),
        Unavailable::FallBack { after_ms } => (wire::Unavailable::FallBack, *after_ms),
        Unavailable::LeaveMessage => (wire::Unavailable::LeaveMessage, 0),
    };
    let rule = |RegionRule { regions, receivers }: &RegionRule| wire::RegionRule {
        regions: regions.iter().map(|region| region.to_string()).collect(),
        receivers: receivers.iter().map(receiver).collect(),
    };
    wire::Style {
        id: id.as_str().to_owned(),
        home: home.as_str().to_owned(),
        receivers: receivers.iter().map(receiver).collect(),
        regions: regions.iter().map(rule).collect(),
        unavailable: unavailable.into(),
        fall_back_after_ms,
        bot: bot.as_ref().map(|bot| bot.as_str().to_owned()).unwrap_or_default(),
        listed: named(&LISTS, *listed),
        hides_offline: *hides_offline,
        hides_department_names: *hides_department_names,
        words: Some(wire::Words {
            closed: closed.to_string(),
            nobody: nobody.to_string(),
            full: full.to_string(),
            waiting: waiting.to_string(),
            free: free.to_string(),
        }),
        automatic_words: Some(terms::written_words(automatic_words)),
        form: form.as_ref().map(terms::written_form),
    }
}

fn receiver(receiver: &Receiver) -> wire::Receiver {
    let who = match receiver {
        Receiver::Department(id) => Who::Department(id.as_str().to_owned()),
        Receiver::Agent(id) => Who::Agent(id.as_str().to_owned()),
    };
    wire::Receiver { who: Some(who) }
}
