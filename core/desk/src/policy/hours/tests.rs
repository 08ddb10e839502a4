//! Opening hours against a walk minute by minute, and on the nights on which clocks are set.

use jiff::civil::{DateTime, date};
use proptest::prelude::*;

use super::*;

const DAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

fn schedule(zone: &str, weekly: Vec<WeeklySpan>) -> Schedule {
    let id = ScheduleId::new("office").unwrap();
    Schedule { id, zone: zone.to_owned(), weekly, special: Vec::new() }
}

/// The same span on each day of the week.
fn daily(zone: &str, from_minute: u16, until_minute: u16) -> Schedule {
    let each = DAYS.map(|day| WeeklySpan { day, from_minute, until_minute });
    schedule(zone, each.to_vec())
}

fn special(year: u16, month: u8, day: u8, spans: &[(u16, u16)]) -> SpecialDay {
    let span = |&(from_minute, until_minute)| Span { from_minute, until_minute };
    SpecialDay { date: Date { year, month, day }, spans: spans.iter().map(span).collect() }
}

/// What UTC shows: year, month, day, hour, minute.
type Shown = (i16, i8, i8, i8, i8);

fn utc(at: Shown) -> u64 {
    let (year, month, day, hour, minute) = at;
    let shown = date(year, month, day).at(hour, minute, 0, 0);
    u64::try_from(TimeZone::UTC.to_timestamp(shown).unwrap().as_millisecond()).unwrap()
}

/// Asks at each change in turn, from an instant on, and expects them at these instants.
fn expect_changes(hours: &Hours, from: Shown, changes: &[(bool, Shown)]) {
    let mut at_ms = utc(from);
    for (open, until) in changes {
        let until_wall_ms = utc(*until);
        assert_eq!(hours.at(at_ms), Opening { open: *open, until_wall_ms }, "asked at {at_ms}");
        assert_eq!(hours.at(until_wall_ms - 1).open, *open, "in the last millisecond");
        at_ms = until_wall_ms;
    }
}

/// The rule read literally from the schedule: is the time that the clock shows within a span of the day that it shows?
fn shows_open(schedule: &Schedule, shown: DateTime) -> bool {
    let minute = shown.hour() as u16 * 60 + shown.minute() as u16;
    let on = |day: &&SpecialDay| {
        let Date { year, month, day } = day.date;
        (year as i16, month as i8, day as i8) == (shown.year(), shown.month(), shown.day())
    };
    if let Some(day) = schedule.special.iter().find(on) {
        return day.spans.iter().any(|s| s.from_minute <= minute && minute < s.until_minute);
    }
    let weekday = DAYS[shown.weekday().to_monday_zero_offset() as usize];
    schedule
        .weekly
        .iter()
        .any(|s| s.day == weekday && s.from_minute <= minute && minute < s.until_minute)
}

/// What [`Hours::at`] is to say, found minute by minute.
fn walked(schedule: &Schedule, wall_ms: u64) -> Opening {
    let zone = TimeZoneDatabase::bundled().get(&schedule.zone).unwrap();
    let open_at = |at_ms: u64| {
        let at = Timestamp::from_millisecond(at_ms as i64).unwrap();
        shows_open(schedule, zone.to_datetime(at))
    };
    let open = open_at(wall_ms);
    let mut until_wall_ms = wall_ms - wall_ms % MINUTE_MS;
    while until_wall_ms < wall_ms + HORIZON_MS {
        until_wall_ms += MINUTE_MS;
        if open_at(until_wall_ms) != open {
            break;
        }
    }
    Opening { open, until_wall_ms: until_wall_ms.min(wall_ms + HORIZON_MS) }
}

#[test]
fn in_berlin_the_night_that_loses_an_hour_opens_where_the_clock_leaps() {
    // On 29 March 2026 at 01:00 UTC the clock goes from 02:00 to 03:00.
    let hours = Hours::new(&daily("Europe/Berlin", 150, 240)).unwrap();
    expect_changes(
        &hours,
        (2026, 3, 28, 12, 0),
        &[
            (false, (2026, 3, 29, 1, 0)),
            (true, (2026, 3, 29, 2, 0)),
            // From the next day on, 02:30 to 04:00 of summer time.
            (false, (2026, 3, 30, 0, 30)),
            (true, (2026, 3, 30, 2, 0)),
        ],
    );
}

#[test]
fn in_berlin_a_span_within_the_hour_that_is_lost_is_not_open_that_day() {
    let hours = Hours::new(&daily("Europe/Berlin", 120, 180)).unwrap();
    expect_changes(
        &hours,
        (2026, 3, 28, 1, 30),
        &[(true, (2026, 3, 28, 2, 0)), (false, (2026, 3, 30, 0, 0)), (true, (2026, 3, 30, 1, 0))],
    );
}

#[test]
fn in_berlin_a_span_within_the_hour_shown_twice_is_open_twice() {
    // On 25 October 2026 at 01:00 UTC the clock goes from 03:00 back to 02:00.
    let hours = Hours::new(&daily("Europe/Berlin", 135, 165)).unwrap();
    expect_changes(
        &hours,
        (2026, 10, 24, 12, 0),
        &[
            (false, (2026, 10, 25, 0, 15)),
            (true, (2026, 10, 25, 0, 45)),
            (false, (2026, 10, 25, 1, 15)),
            (true, (2026, 10, 25, 1, 45)),
            (false, (2026, 10, 26, 1, 15)),
        ],
    );
}

#[test]
fn in_new_york_a_night_shift_lasts_as_long_as_its_night() {
    // Saturday 20:00 to Sunday 06:00, as two spans: one of ten hours, which the clock makes nine in March and eleven in November.
    let weekly = vec![
        WeeklySpan { day: Weekday::Saturday, from_minute: 1_200, until_minute: 1_440 },
        WeeklySpan { day: Weekday::Sunday, from_minute: 0, until_minute: 360 },
    ];
    let hours = Hours::new(&schedule("America/New_York", weekly)).unwrap();
    // On 8 March 2026 at 07:00 UTC from 02:00 EST to 03:00 EDT.
    expect_changes(
        &hours,
        (2026, 3, 7, 20, 0),
        &[(false, (2026, 3, 8, 1, 0)), (true, (2026, 3, 8, 10, 0)), (false, (2026, 3, 15, 0, 0))],
    );
    // On 1 November 2026 at 06:00 UTC from 02:00 EDT back to 01:00 EST.
    expect_changes(
        &hours,
        (2026, 10, 31, 12, 0),
        &[(false, (2026, 11, 1, 0, 0)), (true, (2026, 11, 1, 11, 0)), (false, (2026, 11, 8, 1, 0))],
    );
}

#[test]
fn in_shanghai_nine_to_six_is_one_to_ten_in_utc_all_year() {
    let weekly =
        DAYS[..5].iter().map(|&day| WeeklySpan { day, from_minute: 540, until_minute: 1_080 });
    let hours = Hours::new(&schedule("Asia/Shanghai", weekly.collect())).unwrap();
    // Friday 27 March to Monday 30 March 2026.
    expect_changes(
        &hours,
        (2026, 3, 27, 0, 0),
        &[
            (false, (2026, 3, 27, 1, 0)),
            (true, (2026, 3, 27, 10, 0)),
            (false, (2026, 3, 30, 1, 0)),
            (true, (2026, 3, 30, 10, 0)),
        ],
    );
}

#[test]
fn a_holiday_takes_the_place_of_its_weekday() {
    let mut schedule = daily("Europe/Berlin", 540, 1_080);
    schedule.special = vec![special(2026, 12, 25, &[]), special(2026, 12, 24, &[(540, 720)])];
    let hours = Hours::new(&schedule).unwrap();
    expect_changes(
        &hours,
        (2026, 12, 24, 7, 0),
        &[
            (false, (2026, 12, 24, 8, 0)),
            (true, (2026, 12, 24, 11, 0)),
            (false, (2026, 12, 26, 8, 0)),
            (true, (2026, 12, 26, 17, 0)),
        ],
    );
}

#[test]
fn days_open_around_the_clock_join_and_the_answer_holds_to_the_horizon() {
    let hours = Hours::new(&daily("Europe/Berlin", 0, 1_440)).unwrap();
    // Over both nights on which the clock is set.
    for from in [(2026, 3, 27, 5, 7), (2026, 10, 24, 5, 7)] {
        let at_ms = utc(from);
        let until_wall_ms = at_ms + HORIZON_MS;
        assert_eq!(hours.at(at_ms), Opening { open: true, until_wall_ms });
    }
    let one = WeeklySpan { day: Weekday::Wednesday, from_minute: 0, until_minute: 1_440 };
    let hours = Hours::new(&schedule("Asia/Shanghai", vec![one])).unwrap();
    expect_changes(
        &hours,
        (2026, 6, 1, 0, 0),
        &[(false, (2026, 6, 2, 16, 0)), (true, (2026, 6, 3, 16, 0)), (false, (2026, 6, 9, 16, 0))],
    );
}

#[test]
fn the_leap_day_is_a_day_of_leap_years_only() {
    let mut schedule = schedule("Asia/Shanghai", Vec::new());
    schedule.special = vec![special(2028, 2, 29, &[(600, 660)])];
    let hours = Hours::new(&schedule).unwrap();
    expect_changes(
        &hours,
        (2028, 2, 28, 0, 0),
        &[(false, (2028, 2, 29, 2, 0)), (true, (2028, 2, 29, 3, 0)), (false, (2028, 3, 8, 3, 0))],
    );
    schedule.special = vec![special(2027, 2, 29, &[])];
    let faults = Hours::new(&schedule).unwrap_err();
    assert_eq!(faults[0].path, "special[0].date");
    // 2100 is divisible by 4 and no leap year; 2000 was one.
    schedule.special = vec![special(2100, 2, 29, &[])];
    assert!(Hours::new(&schedule).is_err());
    schedule.special = vec![special(2000, 2, 29, &[])];
    assert!(Hours::new(&schedule).is_ok());
}

#[test]
fn a_place_that_leaps_over_a_whole_day_is_never_open_on_it() {
    // Samoa had no 30 December 2011: at 10:00 UTC, midnight there, the date line moved.
    let mut schedule = schedule("Pacific/Apia", Vec::new());
    schedule.special =
        vec![special(2011, 12, 30, &[(0, 1_440)]), special(2011, 12, 31, &[(0, 60)])];
    let hours = Hours::new(&schedule).unwrap();
    expect_changes(
        &hours,
        (2011, 12, 29, 0, 0),
        &[(false, (2011, 12, 30, 10, 0)), (true, (2011, 12, 30, 11, 0))],
    );
}

#[test]
fn every_fault_is_found_with_its_path() {
    let mut bad = daily("Europe/Nowhere", 540, 1_080);
    bad.weekly[1].until_minute = 1_441;
    bad.weekly[2] = WeeklySpan { day: Weekday::Friday, from_minute: 1_320, until_minute: 120 };
    bad.weekly[3] = WeeklySpan { day: Weekday::Friday, from_minute: 1_440, until_minute: 1_440 };
    bad.special = vec![
        special(2026, 1, 1, &[(0, 60), (60, 60)]),
        special(2026, 1, 1, &[]),
        special(1969, 1, 1, &[]),
        special(2026, 13, 1, &[]),
        special(2026, 200, 200, &[(0, 0); 13]),
    ];
    let faults = Hours::new(&bad).unwrap_err();
    let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
    let expected = [
        "zone",
        "weekly[1].until_minute",
        "weekly[2].until_minute",
        "weekly[3].from_minute",
        "weekly[3].until_minute",
        "special[0].spans[1].until_minute",
        "special[1].date",
        "special[2].date",
        "special[3].date",
        "special[4].spans",
        "special[4].date",
    ];
    assert_eq!(paths, expected);
    assert!(faults[2].fault.contains("a span across midnight is two spans"), "{}", faults[2]);
}

#[test]
fn lists_and_names_that_are_too_long_are_one_fault_each() {
    let mut bad = daily(&"z".repeat(ZONE_BYTES_MAX + 1), 0, 0);
    bad.weekly = vec![bad.weekly[0]; WEEKLY_SPANS_MAX + 1];
    bad.special = vec![special(2026, 1, 1, &[(9, 9)]); SPECIAL_DAYS_MAX + 1];
    let paths: Vec<_> = Hours::new(&bad).unwrap_err().into_iter().map(|fault| fault.path).collect();
    assert_eq!(paths, ["zone", "weekly", "special"]);
    assert_eq!(Hours::new(&daily("Etc/Unknown", 0, 1)).unwrap_err()[0].path, "zone");
}

#[test]
fn beyond_the_calendar_it_is_closed_for_good() {
    let hours = Hours::new(&daily("Asia/Shanghai", 0, 1_440)).unwrap();
    for at_ms in [u64::MAX, i64::MAX as u64, 253_402_300_800_000] {
        assert_eq!(hours.at(at_ms), Opening { open: false, until_wall_ms: u64::MAX });
    }
    // The last days of the calendar end it without a fault.
    let last = utc((9999, 12, 29, 0, 0));
    assert!(hours.at(last).open);
    assert!(hours.at(last).until_wall_ms > last);
}

fn any_span() -> impl Strategy<Value = (u16, u16)> {
    // Many at the hours in which clocks are set, and at the day's ends.
    let minute = prop_oneof![0u16..=240, 0u16..=1_440, Just(0u16), Just(1_440u16), 60u16..=180];
    (minute.clone(), minute)
        .prop_filter_map("an impossible hour", |(a, b)| (a != b).then_some((a.min(b), a.max(b))))
}

const ZONES: [&str; 10] = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Shanghai",
    "UTC",
    // Half an hour of daylight saving; a quarter of an hour off; at midnight; in the southern year; with a pause in Ramadan;
    // across the date line.
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Havana",
    "America/Santiago",
    "Africa/Casablanca",
    "Pacific/Apia",
];

/// An instant of 1972 to 2057, mostly within days of one at which the zone's clock is set.
fn near_a_change(zone: &str, after_s: i64, offset_ms: i64) -> u64 {
    let zone = TimeZoneDatabase::bundled().get(zone).unwrap();
    let after = Timestamp::from_second(after_s).unwrap();
    let change = zone.following(after).next().map_or(after, |set| set.timestamp());
    (change.as_millisecond() + offset_ms).max(0) as u64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn the_answer_is_that_of_a_walk_minute_by_minute(
        zone in prop::sample::select(&ZONES[..]),
        weekly in prop::collection::vec((0usize..7, any_span()), 0..10),
        days in prop::collection::vec((-3i64..4, prop::collection::vec(any_span(), 0..3)), 0..3),
        after_s in 70_000_000i64..2_700_000_000,
        offset_ms in prop_oneof![-300_000_000i64..100_000_000, -8_000_000i64..8_000_000],
    ) {
        let at_ms = near_a_change(zone, after_s, offset_ms);
        let weekly = weekly.into_iter().map(|(day, (from_minute, until_minute))| {
            WeeklySpan { day: DAYS[day], from_minute, until_minute }
        });
        let mut schedule = schedule(zone, weekly.collect());
        let today = TimeZone::UTC.to_datetime(Timestamp::from_millisecond(at_ms as i64).unwrap());
        for (ahead, spans) in days {
            let shown = today.checked_add(jiff::Span::new().days(ahead)).unwrap();
            let day = special(shown.year() as u16, shown.month() as u8, shown.day() as u8, &spans);
            if schedule.special.iter().all(|other| other.date != day.date) {
                schedule.special.push(day);
            }
        }
        let hours = Hours::new(&schedule).unwrap();
        prop_assert_eq!(hours.at(at_ms), walked(&schedule, at_ms));
    }

    #[test]
    fn within_what_an_answer_holds_for_every_answer_is_the_same(
        zone in prop::sample::select(&ZONES[..]),
        weekly in prop::collection::vec((0usize..7, any_span()), 1..10),
        at_ms in 0u64..4_000_000_000_000,
        share in 0.0f64..1.0,
    ) {
        let weekly = weekly.into_iter().map(|(day, (from_minute, until_minute))| {
            WeeklySpan { day: DAYS[day], from_minute, until_minute }
        });
        let hours = Hours::new(&schedule(zone, weekly.collect())).unwrap();
        let first = hours.at(at_ms);
        let held_ms = first.until_wall_ms - at_ms;
        prop_assert!((1..=HORIZON_MS).contains(&held_ms));
        let later = hours.at(at_ms + (held_ms as f64 * share) as u64);
        prop_assert_eq!(later.open, first.open);
        if held_ms < HORIZON_MS {
            prop_assert_eq!(later.until_wall_ms, first.until_wall_ms);
            prop_assert_ne!(hours.at(first.until_wall_ms).open, first.open);
        }
    }
}
