//! Opening hours, from the file's tables: spans like `"09:00-18:00"` by the names of days and by dates.

use frontdesk_desk::id::ScheduleId;
use frontdesk_desk::policy::hours::{Date, Schedule, Span, SpecialDay, Weekday, WeeklySpan};

use super::super::super::file::ScheduleTable;
use super::{Faults, each, id};

const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// What a draft's places are called in the file.
#[derive(Default)]
pub(super) struct Renamed(Vec<(String, String)>);

impl Renamed {
    /// The file's name of a draft's place.
    pub(super) fn of(&self, path: &str) -> String {
        let begins = |draft: &str| {
            path.strip_prefix(draft).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let found = self.0.iter().find(|(draft, _)| begins(draft));
        found.map_or_else(|| path.to_owned(), |(_, file)| file.clone())
    }
}

/// The schedules, `None` if an id, a day, a date or a span among them is none, and what their places are called in the file.
pub(super) fn schedules(
    path: &str,
    tables: &[ScheduleTable],
    faults: &mut Faults,
) -> (Option<Vec<Schedule>>, Renamed) {
    let mut renamed = Renamed::default();
    let schedules = each(tables, |i, table| {
        let own = format!("schedules[{i}]");
        let path = format!("{path}.{own}");
        let named = id(&format!("{path}.id"), ScheduleId::new(&table.id), faults);
        let weekly = weekly(&path, &own, table, &mut renamed, faults);
        let special = special(&path, &own, table, &mut renamed, faults);
        Some(Schedule { id: named?, zone: table.zone.clone(), weekly: weekly?, special: special? })
    });
    (schedules, renamed)
}

fn weekly(
    path: &str,
    own: &str,
    table: &ScheduleTable,
    renamed: &mut Renamed,
    faults: &mut Faults,
) -> Option<Vec<WeeklySpan>> {
    let mut weekly = Some(Vec::new());
    for (name, texts) in &table.weekly {
        let day = DAYS.iter().find(|(known, _)| known == name).map(|(_, day)| *day);
        if day.is_none() {
            faults.add(format!("{path}.weekly.{name}"), "is no day; write monday to sunday");
        }
        for (j, text) in texts.iter().enumerate() {
            let place = format!("weekly.{name}[{j}]");
            let span = span(&format!("{path}.{place}"), text, faults);
            weekly = weekly.zip(day.zip(span)).map(|(mut weekly, (day, span))| {
                let Span { from_minute, until_minute } = span;
                renamed
                    .0
                    .push((format!("{own}.weekly[{}]", weekly.len()), format!("{own}.{place}")));
                weekly.push(WeeklySpan { day, from_minute, until_minute });
                weekly
            });
        }
        if day.is_none() {
            weekly = None;
        }
    }
    weekly
}

fn special(
    path: &str,
    own: &str,
    table: &ScheduleTable,
    renamed: &mut Renamed,
    faults: &mut Faults,
) -> Option<Vec<SpecialDay>> {
    let days: Vec<_> = table.special.iter().collect();
    each(&days, |i, (name, texts)| {
        let place = format!("special.{name}");
        let date = date(name);
        if date.is_none() {
            let fault = "is no date; write it as \"2026-12-24\"";
            faults.add(format!("{path}.{place}"), fault);
        }
        let spans = each(texts, |j, text| {
            let place = format!("{place}[{j}]");
            renamed.0.push((format!("{own}.special[{i}].spans[{j}]"), format!("{own}.{place}")));
            span(&format!("{path}.{place}"), text, faults)
        });
        renamed.0.push((format!("{own}.special[{i}]"), format!("{own}.{place}")));
        Some(SpecialDay { date: date?, spans: spans? })
    })
}

/// A span like `09:00-18:00`; midnight at a day's end is `24:00`.
fn span(path: &str, text: &str, faults: &mut Faults) -> Option<Span> {
    let span = text.split_once('-').and_then(|(from, until)| {
        let span = Span { from_minute: minute(from)?, until_minute: minute(until)? };
        (span.from_minute < span.until_minute).then_some(span)
    });
    if span.is_none() {
        let fault = format!(
            "{text:?} is no span of a day; write it as \"09:00-18:00\", and what goes past midnight as two: one until \
             24:00, and one from 00:00 of the next day"
        );
        faults.add(path, fault);
    }
    span
}

/// The minute of a day that `09:30` is.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let minute = two_digits(hour)? * 60 + two_digits(minute).filter(|minute| *minute < 60)?;
    (minute <= 24 * 60).then_some(minute)
}

/// The day that `2026-12-24` is, if the calendar has it.
fn date(text: &str) -> Option<Date> {
    let (year, day) = text.split_once('-')?;
    let (month, day) = day.split_once('-')?;
    if year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (month, day) = (two_digits(month)? as u8, two_digits(day)? as u8);
    Some(Date { year: year.parse().ok()?, month, day })
}

fn two_digits(text: &str) -> Option<u16> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}
