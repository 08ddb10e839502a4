//! Opening hours, both ways.

use frontdesk_desk::id::ScheduleId;
use frontdesk_desk::policy::hours::{Date, Schedule, Span, SpecialDay, WeeklySpan};
use frontdesk_proto::v1::policy as wire;

use super::{Faults, WEEKDAYS, each, named};

pub(super) fn schedules(list: &[wire::Schedule], faults: &mut Faults) -> Option<Vec<Schedule>> {
    each(list, |i, one| read(&format!("schedules[{i}]"), one, faults))
}

fn read(path: &str, from: &wire::Schedule, faults: &mut Faults) -> Option<Schedule> {
    let id = faults.id(&format!("{path}.id"), ScheduleId::new(&from.id));
    let weekly = each(&from.weekly, |i, weekly| {
        let path = format!("{path}.weekly[{i}]");
        let day = faults.meant(&format!("{path}.day"), &WEEKDAYS, weekly.day);
        let wire::WeeklySpan { from_minute, until_minute, .. } = *weekly;
        let span = span(&path, &wire::Span { from_minute, until_minute }, faults)?;
        let Span { from_minute, until_minute } = span;
        Some(WeeklySpan { day: day?, from_minute, until_minute })
    });
    let special = each(&from.special, |i, day| {
        let path = format!("{path}.special[{i}]");
        let date = date(&format!("{path}.date"), day.date.as_ref(), faults);
        let spans = each(&day.spans, |j, one| span(&format!("{path}.spans[{j}]"), one, faults));
        Some(SpecialDay { date: date?, spans: spans? })
    });
    Some(Schedule { id: id?, zone: from.zone.clone(), weekly: weekly?, special: special? })
}

fn date(path: &str, from: Option<&wire::Date>, faults: &mut Faults) -> Option<Date> {
    let Some(from) = from else {
        faults.add(path, "is missing; set it");
        return None;
    };
    let year = faults.number(&format!("{path}.year"), from.year, u16::MAX.into());
    let month = faults.number(&format!("{path}.month"), from.month, u8::MAX.into());
    let day = faults.number(&format!("{path}.day"), from.day, u8::MAX.into());
    Some(Date { year: year?, month: month?, day: day? })
}

fn span(path: &str, from: &wire::Span, faults: &mut Faults) -> Option<Span> {
    let max = u32::from(u16::MAX);
    let from_minute = faults.number(&format!("{path}.from_minute"), from.from_minute, max);
    let until_minute = faults.number(&format!("{path}.until_minute"), from.until_minute, max);
    Some(Span { from_minute: from_minute?, until_minute: until_minute? })
}

pub(super) fn schedule(Schedule { id, zone, weekly, special }: &Schedule) -> wire::Schedule {
    let weekly = weekly.iter().map(|WeeklySpan { day, from_minute, until_minute }| {
        let (from_minute, until_minute) = ((*from_minute).into(), (*until_minute).into());
        wire::WeeklySpan { day: named(&WEEKDAYS, *day), from_minute, until_minute }
    });
    let special = special.iter().map(|SpecialDay { date, spans }| {
        let Date { year, month, day } = *date;
        let date = wire::Date { year: year.into(), month: month.into(), day: day.into() };
        wire::SpecialDay { date: Some(date), spans: spans.iter().map(out).collect() }
    });
    wire::Schedule {
        id: id.as_str().to_owned(),
        zone: zone.clone(),
        weekly: weekly.collect(),
        special: special.collect(),
    }
}

fn out(Span { from_minute, until_minute }: &Span) -> wire::Span {
    wire::Span { from_minute: (*from_minute).into(), until_minute: (*until_minute).into() }
}
