//! Opening hours: a week of spans and days with spans of their own, by the clock on the wall of one place.
//!
//! A [`Schedule`] is what a tenant writes; checked, it is [`Hours`], which say of any instant whether it is open and when that
//! can change next. **The rule**: an instant is open if the clock of the zone then shows a time within a span of the day that it
//! shows. Daylight saving needs no rule of its own. Where the clock leaps over a time, that time is nowhere, and a span that
//! begins in the leap begins at it; where the clock goes back, a span that lies in the hour shown twice is open twice.
//!
//! The time zones are those bundled with the program: nothing is read from the machine, the same instant has the same answer
//! everywhere.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, civil};

use super::{PolicyFault, within};
use crate::id::ScheduleId;

/// Most spans of a week.
pub const WEEKLY_SPANS_MAX: usize = 84;
/// Most days with spans of their own.
pub const SPECIAL_DAYS_MAX: usize = 512;
/// Most spans of a special day.
pub const SPECIAL_SPANS_MAX: usize = 12;
/// Longest name of a time zone, in bytes.
pub const ZONE_BYTES_MAX: usize = 64;
/// How far [`Hours::at`] looks ahead: eight days. A schedule that repeats by the week changes within seven, if at all.
pub const HORIZON_MS: u64 = 8 * DAY_MS;

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 86_400_000;
/// The minute after a day's last.
const DAY_MINUTES: u16 = 1_440;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weekday {
    /// The first day, as in ISO 8601.
    Monday,
    /// The second day.
    Tuesday,
    /// The third day.
    Wednesday,
    /// The fourth day.
    Thursday,
    /// The fifth day.
    Friday,
    /// The sixth day.
    Saturday,
    /// The seventh day.
    Sunday,
}

/// A part of a day, in minutes since its midnight as the clock shows them. Spans of one day may touch and overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first minute that is open, 0 to 1,439.
    pub from_minute: u16,
    /// The first minute that isn't any more, above `from_minute` and at most 1,440. A span across midnight is two spans.
    pub until_minute: u16,
}

/// A span of each week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeeklySpan {
    /// Its day.
    pub day: Weekday,
    /// See [`Span::from_minute`].
    pub from_minute: u16,
    /// See [`Span::until_minute`].
    pub until_minute: u16,
}

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    /// 1970 to 9998.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

/// A day whose spans take the place of its weekday's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecialDay {
    /// The day.
    pub date: Date,
    /// Its spans, at most [`SPECIAL_SPANS_MAX`]; without one it is closed all day: a holiday.
    pub spans: Vec<Span>,
}

/// Opening hours before they are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
    /// The place's name in the IANA time zone database, as `Europe/Berlin`; at most [`ZONE_BYTES_MAX`] bytes.
    pub zone: String,
    /// The spans of each week, in any order, at most [`WEEKLY_SPANS_MAX`]. Without one, only special days are open.
    pub weekly: Vec<WeeklySpan>,
    /// The days that differ, in any order, each once, at most [`SPECIAL_DAYS_MAX`].
    pub special: Vec<SpecialDay>,
}

/// What [`Hours::at`] says of an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Whether it is open.
    pub open: bool,
    /// The instant up to which (itself not included) that holds, in milliseconds since 1970; ask again then. It lies after the
    /// instant asked about, by [`HORIZON_MS`] at most, and is exactly where the answer changes if that is within the horizon.
    pub until_wall_ms: u64,
}

/// Checked opening hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    zone: TimeZone,
    /// By weekday from Monday on; the spans of each in order, neither touching nor overlapping.
    weekly: [Vec<Span>; 7],
    /// By days since 1970-01-01, in order.
    special: Vec<(i64, Vec<Span>)>,
}

/// A stretch of time in which the zone's clock runs evenly.
struct Even {
    /// What the clock is ahead of UTC, in milliseconds.
    ahead_ms: i64,
    /// Where the stretch ends, if it does.
    until_ms: Option<u64>,
}

impl Hours {
    /// Checks a schedule. Errors: every fault found, its path below the schedule's own (`weekly[2].until_minute`); a list that is
    /// too long is one fault and its entries aren't looked at.
    pub fn new(schedule: &Schedule) -> Result<Self, Vec<PolicyFault>> {
        let mut faults = Vec::new();
        let mut fault = |path: String, fault: String| faults.push(PolicyFault { path, fault });

        let zone = zone_named(&mut fault, &schedule.zone);
        let weekly = weekly(&mut fault, &schedule.weekly);
        let special = special(&mut fault, &schedule.special);
        match zone {
            Some(zone) if faults.is_empty() => Ok(Self { zone, weekly, special }),
            _ => Err(faults),
        }
    }

    /// Whether it is open at an instant, in milliseconds since 1970, and until when that holds.
    ///
    /// Costs a look at the zone for each midnight and change of the clock up to the next change of the answer: keep the answer
    /// until then. Beyond the year 9999 there is no calendar: closed, for good.
    pub fn at(&self, wall_ms: u64) -> Opening {
        let end_ms = wall_ms.saturating_add(HORIZON_MS);
        let Some((open, mut until_ms)) = self.stretch(wall_ms) else {
            return Opening { open: false, until_wall_ms: u64::MAX };
        };
        while until_ms < end_ms {
            match self.stretch(until_ms) {
                Some((still, next_ms)) if still == open => until_ms = next_ms,
                _ => return Opening { open, until_wall_ms: until_ms },
            }
        }
        Opening { open, until_wall_ms: end_ms }
    }

    /// Whether it is open at an instant, and a later one up to which that surely holds: the end of the span, the beginning of the
    /// day's next one, midnight, or where the clock is set. `None` beyond the calendar.
    fn stretch(&self, at_ms: u64) -> Option<(bool, u64)> {
        let even = self.even(at_ms)?;
        let shown_ms = i64::try_from(at_ms).ok()? + even.ahead_ms;
        let day = shown_ms.div_euclid(DAY_MS as i64);
        let of_day_ms = shown_ms.rem_euclid(DAY_MS as i64) as u64;

        let next = self.spans(day).iter().find(|span| of_day_ms < minute_ms(span.until_minute));
        let (open, until_of_day_ms) = match next {
            Some(span) if of_day_ms < minute_ms(span.from_minute) => {
                (false, minute_ms(span.from_minute))
            }
            Some(span) => (true, minute_ms(span.until_minute)),
            None => (false, DAY_MS),
        };
        let until_ms = at_ms + (until_of_day_ms - of_day_ms);
        Some((open, even.until_ms.map_or(until_ms, |set_ms| until_ms.min(set_ms))))
    }

    fn even(&self, at_ms: u64) -> Option<Even> {
        let at = Timestamp::from_millisecond(i64::try_from(at_ms).ok()?).ok()?;
        let ahead_ms = i64::from(self.zone.to_offset(at).seconds()) * 1_000;
        let set = self.zone.following(at).next();
        // It follows an instant after 1970, so it has a number above that one's.
        let until_ms = set.and_then(|set| u64::try_from(set.timestamp().as_millisecond()).ok());
        Some(Even { ahead_ms, until_ms: until_ms.filter(|until_ms| *until_ms > at_ms) })
    }

    /// The spans of a day, counted from 1970-01-01, which was a Thursday.
    fn spans(&self, day: i64) -> &[Span] {
        match self.special.binary_search_by_key(&day, |(special, _)| *special) {
            Ok(found) => &self.special[found].1,
            Err(_) => &self.weekly[(day + 3).rem_euclid(7) as usize],
        }
    }
}

fn minute_ms(minute: u16) -> u64 {
    u64::from(minute) * MINUTE_MS
}

fn zone_named(fault: &mut impl FnMut(String, String), name: &str) -> Option<TimeZone> {
    if name.len() > ZONE_BYTES_MAX {
        fault("zone".to_owned(), format!("must have at most {ZONE_BYTES_MAX} bytes"));
        return None;
    }
    // `Etc/Unknown` is a name for not knowing, and would pass for UTC.
    let zone = TimeZoneDatabase::bundled().get(name).ok().filter(|zone| !zone.is_unknown());
    if zone.is_none() {
        let must = format!(
            "must be a name of the IANA time zone database, as Europe/Berlin, and is {name:?}"
        );
        fault("zone".to_owned(), must);
    }
    zone
}

fn weekly(fault: &mut impl FnMut(String, String), spans: &[WeeklySpan]) -> [Vec<Span>; 7] {
    let mut days: [Vec<Span>; 7] = Default::default();
    within(fault, "weekly", spans.len() as u64, 0, WEEKLY_SPANS_MAX as u64);
    if spans.len() > WEEKLY_SPANS_MAX {
        return days;
    }
    for (i, &WeeklySpan { day, from_minute, until_minute }) in spans.iter().enumerate() {
        let span = Span { from_minute, until_minute };
        possible(fault, &format!("weekly[{i}]"), span);
        days[day as usize].push(span);
    }
    days.map(joined)
}

fn special(fault: &mut impl FnMut(String, String), days: &[SpecialDay]) -> Vec<(i64, Vec<Span>)> {
    let mut special = Vec::new();
    within(fault, "special", days.len() as u64, 0, SPECIAL_DAYS_MAX as u64);
    if days.len() > SPECIAL_DAYS_MAX {
        return special;
    }
    let mut seen = std::collections::HashSet::new();
    for (i, day) in days.iter().enumerate() {
        let path = format!("special[{i}].spans");
        within(fault, &path, day.spans.len() as u64, 0, SPECIAL_SPANS_MAX as u64);
        if day.spans.len() <= SPECIAL_SPANS_MAX {
            for (j, span) in day.spans.iter().enumerate() {
                possible(fault, &format!("{path}[{j}]"), *span);
            }
        }
        match days_since_1970(day.date) {
            Some(number) if seen.insert(number) => {
                special.push((number, joined(day.spans.clone())))
            }
            Some(_) => {
                let must = "stands there twice; give all spans of a day at once";
                fault(format!("special[{i}].date"), must.to_owned());
            }
            None => {
                let must = "must be a day of the calendar from 1970 to 9998";
                fault(format!("special[{i}].date"), must.to_owned());
            }
        }
    }
    special.sort_unstable_by_key(|(number, _)| *number);
    special
}

/// Faults of an impossible hour.
fn possible(fault: &mut impl FnMut(String, String), path: &str, span: Span) {
    let Span { from_minute, until_minute } = span;
    within(fault, &format!("{path}.from_minute"), from_minute.into(), 0, (DAY_MINUTES - 1).into());
    within(fault, &format!("{path}.until_minute"), until_minute.into(), 1, DAY_MINUTES.into());
    if until_minute <= from_minute && (1..=DAY_MINUTES).contains(&until_minute) {
        let must = format!(
            "must lie after from_minute ({from_minute}), and is {until_minute}; a span across midnight is two spans: \
             one until {DAY_MINUTES}, and one from 0 of the next day"
        );
        fault(format!("{path}.until_minute"), must);
    }
}

/// The same minutes as spans in order that neither touch nor overlap.
fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable_by_key(|span| span.from_minute);
    spans.dedup_by(|later, earlier| {
        let meets = later.from_minute <= earlier.until_minute;
        if meets {
            earlier.until_minute = earlier.until_minute.max(later.until_minute);
        }
        meets
    });
    spans
}

fn days_since_1970(date: Date) -> Option<i64> {
    let year = i16::try_from(date.year).ok().filter(|year| (1970..=9998).contains(year))?;
    let date =
        civil::Date::new(year, date.month.try_into().ok()?, date.day.try_into().ok()?).ok()?;
    let midnight = TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
    Some(midnight.as_second().div_euclid(86_400))
}

#[cfg(test)]
mod tests;
