//! A form: what a visitor fills in before a session, and whether it has.

use std::sync::Arc;

use super::check::{unique, within};
use super::terms::check_texts;
use crate::id::ID_BYTES_MAX;

/// Most fields of one form.
pub const FIELDS_MAX: usize = 16;
/// Longest label, in bytes.
pub const LABEL_BYTES_MAX: usize = 128;
/// The most that all fields of a form may hold together, in bytes.
pub const FORM_BYTES_MAX: usize = 4_096;
/// Most choices of one field.
pub const CHOICES_MAX: usize = 64;
/// Longest choice, in bytes.
pub const CHOICE_BYTES_MAX: usize = 128;

/// What a visitor fills in. Without fields, nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// In the order in which they are shown, at most [`FIELDS_MAX`].
    pub fields: Vec<Field>,
}

/// A form that many read.
pub type SharedForm = Arc<Form>;

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its id, 1 to 64 bytes, unique in its form.
    pub id: Box<str>,
    /// What people read, at most [`LABEL_BYTES_MAX`] bytes; the id if empty.
    pub label: Box<str>,
    /// What is filled in.
    pub kind: FieldKind,
    /// Whether it may be left empty.
    pub required: Required,
    /// The longest value, in bytes, at least 1; all fields together at most [`FORM_BYTES_MAX`].
    pub bytes_max: u16,
}

/// Whether a field may be left empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Required {
    /// It may.
    #[default]
    No,
    /// It may not.
    Yes,
}

/// What is filled into a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FieldKind {
    /// Any text.
    #[default]
    Text,
    /// A decimal number: digits, with a sign before and a point within.
    Number,
    /// An address of mail: something, one @, something with a point in it, and no blank.
    Email,
    /// A telephone number: 5 to 20 digits, and between them blanks, points, hyphens and brackets; a + before.
    Phone,
    /// One of these, 1 to [`CHOICES_MAX`] of at most [`CHOICE_BYTES_MAX`] bytes.
    Choice(Vec<Box<str>>),
}

/// A field as a visitor filled it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The field's id.
    pub field: Box<str>,
    /// What stands in it.
    pub value: Box<str>,
}

/// Why a form isn't taken. Each names the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormFault {
    /// Empty, and it may not be.
    #[error("form.{0} is missing; fill it in")]
    Missing(Box<str>),
    /// Not what the field is for.
    #[error("form.{field} is no {wanted}; correct it")]
    NotThat {
        /// Which field.
        field: Box<str>,
        /// What it is for.
        wanted: &'static str,
    },
    /// Over its bound.
    #[error("form.{field} has more than {bytes_max} bytes; shorten it")]
    TooLong {
        /// Which field.
        field: Box<str>,
        /// Its bound.
        bytes_max: u16,
    },
    /// The form has no such field.
    #[error("the form has no field {0:?}; read it again")]
    Unknown(Box<str>),
    /// The field is filled in twice.
    #[error("form.{0} stands there twice; send it once")]
    Twice(Box<str>),
}

impl FormFault {
    /// The field that it is about.
    pub fn field(&self) -> &str {
        match self {
            Self::Missing(field) | Self::Unknown(field) | Self::Twice(field) => field,
            Self::NotThat { field, .. } | Self::TooLong { field, .. } => field,
        }
    }
}

impl Form {
    /// Checks what was filled in. The answers come back in the form's order, without those that are empty. Errors: the first fault, in the form's order,
    /// after those of fields that the form doesn't have.
    pub fn filled(&self, answers: Vec<Answer>) -> Result<Box<[Answer]>, FormFault> {
        for (i, answer) in answers.iter().enumerate() {
            if !self.fields.iter().any(|field| field.id == answer.field) {
                return Err(FormFault::Unknown(answer.field.clone()));
            }
            if answers[..i].iter().any(|other| other.field == answer.field) {
                return Err(FormFault::Twice(answer.field.clone()));
            }
        }
        let mut filled = Vec::new();
        for field in &self.fields {
            let given = answers.iter().find(|answer| answer.field == field.id);
            match given.filter(|answer| !answer.value.trim().is_empty()) {
                Some(answer) => {
                    field.takes(&answer.value)?;
                    filled.push(answer.clone());
                }
                None if field.required == Required::Yes => {
                    return Err(FormFault::Missing(field.id.clone()));
                }
                None => {}
            }
        }
        Ok(filled.into())
    }
}

impl Field {
    fn takes(&self, value: &str) -> Result<(), FormFault> {
        if value.len() > usize::from(self.bytes_max) {
            return Err(FormFault::TooLong { field: self.id.clone(), bytes_max: self.bytes_max });
        }
        let (fits, wanted) = match &self.kind {
            FieldKind::Text => (true, "text"),
            FieldKind::Number => (is_number(value), "number"),
            FieldKind::Email => (is_email(value), "address of mail"),
            FieldKind::Phone => (is_phone(value), "telephone number"),
            FieldKind::Choice(choices) => {
                (choices.iter().any(|choice| **choice == *value), "choice of the form's")
            }
        };
        if fits { Ok(()) } else { Err(FormFault::NotThat { field: self.id.clone(), wanted }) }
    }
}

fn is_number(value: &str) -> bool {
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    are_digits(whole) && are_digits(part)
}

fn is_email(value: &str) -> bool {
    let Some((who, place)) = value.split_once('@') else { return false };
    let Some((name, top)) = place.rsplit_once('.') else { return false };
    let is_clean = |c: char| !c.is_whitespace() && !c.is_control() && c != '@';
    [who, name, top].iter().all(|part| !part.is_empty() && part.chars().all(is_clean))
}

fn is_phone(value: &str) -> bool {
    let rest = value.strip_prefix('+').unwrap_or(value);
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    let is_known = |b: u8| b.is_ascii_digit() || b" .-()/".contains(&b);
    (5..=20).contains(&digits) && rest.bytes().all(is_known)
}

/// Checks a form.
pub(super) fn check(fault: &mut impl FnMut(String, String), path: &str, form: &Form) {
    let fields = &form.fields;
    within(fault, &format!("{path}.fields"), fields.len() as u64, 0, FIELDS_MAX as u64);
    if fields.len() > FIELDS_MAX {
        return;
    }
    unique(fault, &format!("{path}.fields"), fields.iter().map(|field| &field.id));
    for (i, field) in fields.iter().enumerate() {
        let at = |part: &str| format!("{path}.fields[{i}].{part}");
        within(fault, &at("id's bytes"), field.id.len() as u64, 1, ID_BYTES_MAX as u64);
        within(fault, &at("label's bytes"), field.label.len() as u64, 0, LABEL_BYTES_MAX as u64);
        within(fault, &at("bytes_max"), field.bytes_max.into(), 1, FORM_BYTES_MAX as u64);
        if let FieldKind::Choice(choices) = &field.kind {
            if choices.is_empty() {
                fault(at("choices"), "is empty; give at least one".to_owned());
            }
            check_texts(fault, &at("choices"), choices, CHOICES_MAX, CHOICE_BYTES_MAX);
        }
    }
    let bytes: u64 = fields.iter().map(|field| u64::from(field.bytes_max)).sum();
    if bytes > FORM_BYTES_MAX as u64 {
        let text = format!("hold {bytes} bytes together, and may hold {FORM_BYTES_MAX}");
        fault(format!("{path}.fields"), text);
    }
}

#[cfg(test)]
mod tests;
