//! What a policy says of sessions, from the file's tables.

use frontdesk_desk::policy::form::{Field, FieldKind, Form, Required};
use frontdesk_desk::policy::masks::Masks;
use frontdesk_desk::policy::terms::{AutomaticWords, Rating, ServiceLevel, Summary, Terms};

use super::super::super::file::{
    AutomaticWordsTable, FieldTable, FormTable, MasksTable, RatingTable, ServiceTable, TermsTable,
};
use super::{Faults, each, word};

/// The longest value of a field when nothing is said.
const FIELD_BYTES: u16 = 256;

/// A word for a field's kind.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Number,
    Email,
    Phone,
    Choice,
}

const KINDS: [(&str, Kind); 5] = [
    ("text", Kind::Text),
    ("number", Kind::Number),
    ("email", Kind::Email),
    ("phone", Kind::Phone),
    ("choice", Kind::Choice),
];

/// Terms: what the table says, and for the rest those that it starts from. `None` if a word among them is none.
pub(super) fn terms(
    path: &str,
    table: &TermsTable,
    base: Terms,
    faults: &mut Faults,
) -> Option<Terms> {
    let form = match &table.form {
        Some(fields) => form(&format!("{path}.form"), fields, faults)?,
        None => base.form,
    };
    let idle_close_ms = table.idle_close_ms.unwrap_or(base.idle_close_ms);
    // Who says only when a session ends is warned a sixth of that before at the latest.
    let warning_ms = base.idle_warning_ms.min(idle_close_ms - idle_close_ms / 6);
    let required = table.summary_required.map(|required| match required {
        true => Summary::Required,
        false => Summary::Optional,
    });
    Some(Terms {
        idle_warning_ms: table.idle_warning_ms.unwrap_or(warning_ms),
        idle_close_ms,
        words: table.words.as_ref().map_or(base.words, words),
        still_waiting_ms: table.still_waiting_ms.unwrap_or(base.still_waiting_ms),
        edit_ms: table.edit_ms.unwrap_or(base.edit_ms),
        rating: rating(&table.rating, base.rating),
        topics: table.topics.as_deref().map_or(base.topics, boxed),
        summary: required.unwrap_or(base.summary),
        form,
        service: service(&table.service, base.service),
        transfers_max: table.transfers_max.unwrap_or(base.transfers_max),
        tells_of_watches: table.tells_of_watches.unwrap_or(base.tells_of_watches),
    })
}

fn rating(table: &RatingTable, base: Rating) -> Rating {
    Rating {
        at_end: table.at_end.unwrap_or(base.at_end),
        score_max: table.score_max.unwrap_or(base.score_max),
        tags: table.tags.as_deref().map_or(base.tags, boxed),
    }
}

fn service(table: &ServiceTable, base: ServiceLevel) -> ServiceLevel {
    ServiceLevel {
        first_reply_ms: table.first_reply_ms.unwrap_or(base.first_reply_ms),
        reply_ms: table.reply_ms.unwrap_or(base.reply_ms),
        warn_before_ms: table.warn_before_ms.unwrap_or(base.warn_before_ms),
    }
}

pub(super) fn words(table: &AutomaticWordsTable) -> AutomaticWords {
    AutomaticWords {
        greeting: table.greeting.as_str().into(),
        all_busy: table.all_busy.as_str().into(),
        nobody_there: table.nobody_there.as_str().into(),
        still_waiting: table.still_waiting.as_str().into(),
        idle_warning: table.idle_warning.as_str().into(),
        farewell: table.farewell.as_str().into(),
    }
}

/// A form; `None` if a word among it is none.
pub(super) fn form(path: &str, table: &FormTable, faults: &mut Faults) -> Option<Form> {
    let fields =
        each(&table.fields, |i, table| field(&format!("{path}.fields[{i}]"), table, faults));
    Some(Form { fields: fields? })
}

fn field(path: &str, table: &FieldTable, faults: &mut Faults) -> Option<Field> {
    let kind = word(&format!("{path}.kind"), &table.kind, &KINDS, faults)?.unwrap_or(Kind::Text);
    if kind != Kind::Choice && !table.choices.is_empty() {
        let fault = "nothing is chosen; set kind = \"choice\", or take this away";
        faults.add(format!("{path}.choices"), fault);
    }
    Some(Field {
        id: table.id.as_str().into(),
        label: table.label.as_deref().unwrap_or_default().into(),
        kind: match kind {
            Kind::Text => FieldKind::Text,
            Kind::Number => FieldKind::Number,
            Kind::Email => FieldKind::Email,
            Kind::Phone => FieldKind::Phone,
            Kind::Choice => FieldKind::Choice(boxed(&table.choices)),
        },
        required: if table.required.unwrap_or(false) { Required::Yes } else { Required::No },
        bytes_max: table.bytes_max.unwrap_or(FIELD_BYTES),
    })
}

pub(super) fn masks(table: &MasksTable, usual: Masks) -> Masks {
    Masks {
        card: table.card.unwrap_or(usual.card),
        phone: table.phone.unwrap_or(usual.phone),
        identity: table.identity.unwrap_or(usual.identity),
        patterns: boxed(&table.patterns),
    }
}

fn boxed(texts: &[String]) -> Vec<Box<str>> {
    texts.iter().map(|text| text.as_str().into()).collect()
}
