//! Terms of sessions, forms and masks, both ways.

use frontdesk_desk::policy::form::{Field, FieldKind, Form, Required};
use frontdesk_desk::policy::masks::Masks;
use frontdesk_desk::policy::terms::{AutomaticWords, Rating, ServiceLevel, Summary, Terms};
use frontdesk_proto::v1::policy as wire;

use super::{FIELD_KINDS, Faults, each};

pub(super) fn terms(path: &str, from: &wire::Terms, faults: &mut Faults) -> Option<Terms> {
    let at = |field: &str| format!("{path}.{field}");
    let rating = match &from.rating {
        Some(from) => rating(&at("rating"), from, faults),
        None => faults.missing(&at("rating")),
    };
    let service = match &from.service {
        Some(from) => Some(service(from)),
        None => faults.missing(&at("service")),
    };
    let form = match &from.form {
        Some(from) => form(&at("form"), from, faults),
        None => Some(Form::default()),
    };
    let transfers_max = faults.number(&at("transfers_max"), from.transfers_max, u16::MAX.into());
    Some(Terms {
        idle_warning_ms: from.idle_warning_ms,
        idle_close_ms: from.idle_close_ms,
        words: from.words.as_ref().map(words).unwrap_or_default(),
        still_waiting_ms: from.still_waiting_ms,
        edit_ms: from.edit_ms,
        rating: rating?,
        topics: boxed(&from.topics),
        summary: if from.summary_required { Summary::Required } else { Summary::Optional },
        form: form?,
        service: service?,
        transfers_max: transfers_max?,
        tells_of_watches: from.tells_of_watches,
    })
}

fn rating(path: &str, from: &wire::Rating, faults: &mut Faults) -> Option<Rating> {
    let max = u8::MAX.into();
    let score_max = faults.number(&format!("{path}.score_max"), from.score_max, max)?;
    Some(Rating { at_end: from.at_end, score_max, tags: boxed(&from.tags) })
}

fn service(from: &wire::ServiceLevel) -> ServiceLevel {
    ServiceLevel {
        first_reply_ms: from.first_reply_ms,
        reply_ms: from.reply_ms,
        warn_before_ms: from.warn_before_ms,
    }
}

pub(super) fn words(from: &wire::AutomaticWords) -> AutomaticWords {
    AutomaticWords {
        greeting: from.greeting.as_str().into(),
        all_busy: from.all_busy.as_str().into(),
        nobody_there: from.nobody_there.as_str().into(),
        still_waiting: from.still_waiting.as_str().into(),
        idle_warning: from.idle_warning.as_str().into(),
        farewell: from.farewell.as_str().into(),
    }
}

pub(super) fn form(path: &str, from: &wire::Form, faults: &mut Faults) -> Option<Form> {
    let fields = each(&from.fields, |i, from| field(&format!("{path}.fields[{i}]"), from, faults));
    Some(Form { fields: fields? })
}

fn field(path: &str, from: &wire::FormField, faults: &mut Faults) -> Option<Field> {
    let max = u16::MAX.into();
    let bytes_max = faults.number(&format!("{path}.bytes_max"), from.bytes_max, max);
    let kind = faults.meant(&format!("{path}.kind"), &FIELD_KINDS, from.kind)?;
    if kind != wire::FieldKind::Choice && !from.choices.is_empty() {
        faults.add(format!("{path}.choices"), "must be empty where nothing is chosen");
    }
    let kind = match kind {
        wire::FieldKind::Number => FieldKind::Number,
        wire::FieldKind::Email => FieldKind::Email,
        wire::FieldKind::Phone => FieldKind::Phone,
        wire::FieldKind::Choice => FieldKind::Choice(boxed(&from.choices)),
        wire::FieldKind::Text | wire::FieldKind::Unspecified => FieldKind::Text,
    };
    Some(Field {
        id: from.id.as_str().into(),
        label: from.label.as_str().into(),
        kind,
        required: if from.required { Required::Yes } else { Required::No },
        bytes_max: bytes_max?,
    })
}

pub(super) fn masks(from: Option<&wire::Masks>, faults: &mut Faults) -> Option<Masks> {
    let Some(from) = from else { return faults.missing("masks") };
    let wire::Masks { card, phone, identity, patterns } = from;
    Some(Masks { card: *card, phone: *phone, identity: *identity, patterns: boxed(patterns) })
}

fn boxed(texts: &[String]) -> Vec<Box<str>> {
    texts.iter().map(|text| text.as_str().into()).collect()
}

fn owned(texts: &[Box<str>]) -> Vec<String> {
    texts.iter().map(|text| text.to_string()).collect()
}

pub(super) fn written(terms: &Terms) -> wire::Terms {
    let Terms {
        idle_warning_ms,
        idle_close_ms,
        words,
        still_waiting_ms,
        edit_ms,
        rating: Rating { at_end, score_max, tags },
        topics,
        summary,
        form,
        service: ServiceLevel { first_reply_ms, reply_ms, warn_before_ms },
        transfers_max,
        tells_of_watches,
    } = terms;
    let score_max = (*score_max).into();
    wire::Terms {
        idle_warning_ms: *idle_warning_ms,
        idle_close_ms: *idle_close_ms,
        words: Some(written_words(words)),
        still_waiting_ms: *still_waiting_ms,
        edit_ms: *edit_ms,
        rating: Some(wire::Rating { at_end: *at_end, score_max, tags: owned(tags) }),
        topics: owned(topics),
        summary_required: *summary == Summary::Required,
        form: Some(written_form(form)),
        service: Some(wire::ServiceLevel {
            first_reply_ms: *first_reply_ms,
            reply_ms: *reply_ms,
            warn_before_ms: *warn_before_ms,
        }),
        transfers_max: (*transfers_max).into(),
        tells_of_watches: *tells_of_watches,
    }
}

pub(super) fn written_words(words: &AutomaticWords) -> wire::AutomaticWords {
    let AutomaticWords { greeting, all_busy, nobody_there, still_waiting, idle_warning, farewell } =
        words;
    wire::AutomaticWords {
        greeting: greeting.to_string(),
        all_busy: all_busy.to_string(),
        nobody_there: nobody_there.to_string(),
        still_waiting: still_waiting.to_string(),
        idle_warning: idle_warning.to_string(),
        farewell: farewell.to_string(),
    }
}

pub(in super::super) fn written_form(Form { fields }: &Form) -> wire::Form {
    wire::Form { fields: fields.iter().map(written_field).collect() }
}

fn written_field(Field { id, label, kind, required, bytes_max }: &Field) -> wire::FormField {
    let (kind, choices) = match kind {
        FieldKind::Text => (wire::FieldKind::Text, Vec::new()),
        FieldKind::Number => (wire::FieldKind::Number, Vec::new()),
        FieldKind::Email => (wire::FieldKind::Email, Vec::new()),
        FieldKind::Phone => (wire::FieldKind::Phone, Vec::new()),
        FieldKind::Choice(choices) => (wire::FieldKind::Choice, owned(choices)),
    };
    wire::FormField {
        id: id.to_string(),
        label: label.to_string(),
        kind: kind.into(),
        required: *required == Required::Yes,
        bytes_max: (*bytes_max).into(),
        choices,
    }
}

pub(super) fn written_masks(masks: &Masks) -> wire::Masks {
    let Masks { card, phone, identity, patterns } = masks;
    wire::Masks { card: *card, phone: *phone, identity: *identity, patterns: owned(patterns) }
}
