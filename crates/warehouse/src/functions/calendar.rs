//! Calendar arithmetic on days since 1970-01-01 and microseconds since then, UTC.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, Timelike};

/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000;

/// The day with this number.
pub(super) fn day(number: i32) -> Option<NaiveDate> {
    DateTime::from_timestamp(i64::from(number) * 86_400, 0).map(|moment| moment.date_naive())
}

/// The number of this day.
pub(super) fn number(day: NaiveDate) -> Option<i32> {
    i32::try_from(day.signed_duration_since(NaiveDate::default()).num_days()).ok()
}

/// The moment at these microseconds.
pub(super) fn moment(micros: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_micros(micros).map(|moment| moment.naive_utc())
}

/// `2025-01-31 00:00:00`, with as many decimals as needed in groups of three.
pub(super) fn micros_text(micros: i64) -> Option<String> {
    let moment = moment(micros)?;
    let format = match micros.rem_euclid(1_000_000) {
        0 => "%Y-%m-%d %H:%M:%S",
        rest if rest % 1_000 == 0 => "%Y-%m-%d %H:%M:%S%.3f",
        _ => "%Y-%m-%d %H:%M:%S%.6f",
    };
    Some(moment.format(format).to_string())
}

/// A part of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Shorter than a day: its microseconds.
    Clock(i64),
    Day,
    /// Weeks that begin on this day, Monday = 0.
    Week(i64),
    Month,
    Quarter,
    Year,
    IsoYear,
}

impl Part {
    /// GoogleSQL's name of a part; `WEEK` begins on Sunday, `ISOWEEK` on Monday.
    pub(super) fn named(name: &str) -> Option<Part> {
        Some(match name {
            "MICROSECOND" => Part::Clock(1),
            "MILLISECOND" => Part::Clock(1_000),
            "SECOND" => Part::Clock(1_000_000),
            "MINUTE" => Part::Clock(60_000_000),
            "HOUR" => Part::Clock(3_600_000_000),
            "DAY" => Part::Day,
            "WEEK" | "WEEK(SUNDAY)" => Part::Week(6),
            "ISOWEEK" | "WEEK(MONDAY)" => Part::Week(0),
            "WEEK(TUESDAY)" => Part::Week(1),
            "WEEK(WEDNESDAY)" => Part::Week(2),
            "WEEK(THURSDAY)" => Part::Week(3),
            "WEEK(FRIDAY)" => Part::Week(4),
            "WEEK(SATURDAY)" => Part::Week(5),
            "MONTH" => Part::Month,
            "QUARTER" => Part::Quarter,
            "YEAR" => Part::Year,
            "ISOYEAR" => Part::IsoYear,
            _ => return None,
        })
    }
}

impl Part {
    /// What kind of part it is, for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Part::Clock(1) => "MICROSECOND",
            Part::Clock(1_000) => "MILLISECOND",
            Part::Clock(1_000_000) => "SECOND",
            Part::Clock(60_000_000) => "MINUTE",
            Part::Clock(_) => "HOUR",
            Part::Day => "DAY",
            Part::Week(_) => "WEEK",
            Part::Month => "MONTH",
            Part::Quarter => "QUARTER",
            Part::Year => "YEAR",
            Part::IsoYear => "ISOYEAR",
        }
    }
}

/// Which week a day is in, counted from the one of 1970-01-01 (a Thursday).
fn week(number: i32, begins: i64) -> i64 {
    (i64::from(number) + 3 - begins).div_euclid(7)
}

/// How many boundaries of `part` lie between two days; none if the part is shorter
/// than a day.
pub(super) fn days_apart(later: i32, earlier: i32, part: Part) -> Option<i64> {
    let between = |of: fn(NaiveDate) -> i64| Some(of(day(later)?) - of(day(earlier)?));
    match part {
        Part::Clock(_) => None,
        Part::Day => Some(i64::from(later) - i64::from(earlier)),
        Part::Week(begins) => Some(week(later, begins) - week(earlier, begins)),
        Part::Month => between(|d| i64::from(d.year()) * 12 + i64::from(d.month0())),
        Part::Quarter => between(|d| i64::from(d.year()) * 4 + i64::from(d.month0() / 3)),
        Part::Year => between(|d| i64::from(d.year())),
        Part::IsoYear => between(|d| i64::from(d.iso_week().year())),
    }
}

/// The first day of the part a day is in.
pub(super) fn first_day(of: i32, part: Part) -> Option<i32> {
    let date = day(of)?;
    let first = match part {
        Part::Clock(_) => return None,
        Part::Day => date,
        Part::Week(begins) => {
            let since = (i64::from(date.weekday().num_days_from_monday()) - begins).rem_euclid(7);
            date.checked_sub_days(Days::new(since.unsigned_abs()))?
        }
        Part::Month => date.with_day(1)?,
        Part::Quarter => NaiveDate::from_ymd_opt(date.year(), date.month0() / 3 * 3 + 1, 1)?,
        Part::Year => NaiveDate::from_ymd_opt(date.year(), 1, 1)?,
        Part::IsoYear => {
            NaiveDate::from_isoywd_opt(date.iso_week().year(), 1, chrono::Weekday::Mon)?
        }
    };
    number(first)
}

/// The day `amount` parts later; the last day of a shorter month where needed.
pub(super) fn days_later(from: i32, amount: i64, part: Part) -> Option<i32> {
    let months = |count: i64| {
        let date = day(from)?;
        let size = Months::new(u32::try_from(count.unsigned_abs()).ok()?);
        let moved = if count < 0 {
            date.checked_sub_months(size)?
        } else {
            date.checked_add_months(size)?
        };
        number(moved)
    };
    match part {
        Part::Day => i32::try_from(i64::from(from).checked_add(amount)?).ok(),
        Part::Week(_) => i32::try_from(i64::from(from).checked_add(amount.checked_mul(7)?)?).ok(),
        Part::Month => months(amount),
        Part::Quarter => months(amount.checked_mul(3)?),
        Part::Year => months(amount.checked_mul(12)?),
        Part::Clock(_) | Part::IsoYear => None,
    }
}

/// What `EXTRACT` gives for a moment; none for a name that is no part.
pub(super) fn extract(of: NaiveDateTime, name: &str) -> Option<i64> {
    let date = of.date();
    Some(match name {
        "YEAR" => i64::from(date.year()),
        "ISOYEAR" => i64::from(date.iso_week().year()),
        "QUARTER" => i64::from(date.month0() / 3 + 1),
        "MONTH" => i64::from(date.month()),
        "ISOWEEK" => i64::from(date.iso_week().week()),
        "DAY" => i64::from(date.day()),
        "DAYOFYEAR" => i64::from(date.ordinal()),
        "DAYOFWEEK" => i64::from(date.weekday().num_days_from_sunday()) + 1,
        "HOUR" => i64::from(of.hour()),
        "MINUTE" => i64::from(of.minute()),
        "SECOND" => i64::from(of.second()),
        "MILLISECOND" => i64::from(of.nanosecond() / 1_000_000),
        "MICROSECOND" => i64::from(of.nanosecond() / 1_000),
        week => match Part::named(week)? {
            // days before the year's first begin are week 0
            Part::Week(begins) => {
                let since =
                    (i64::from(date.weekday().num_days_from_monday()) - begins).rem_euclid(7);
                (i64::from(date.ordinal0()) + 7 - since) / 7
            }
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ymd(year: i32, month: u32, day: u32) -> i32 {
        number(NaiveDate::from_ymd_opt(year, month, day).unwrap()).unwrap()
    }

    #[test]
    fn boundaries_as_in_the_manual() {
        // a Saturday and the Sunday after it: one day, one week boundary, no ISO week one
        let (saturday, sunday) = (ymd(2017, 10, 14), ymd(2017, 10, 15));
        assert_eq!(days_apart(sunday, saturday, Part::Day), Some(1));
        assert_eq!(days_apart(sunday, saturday, Part::Week(6)), Some(1));
        assert_eq!(days_apart(sunday, saturday, Part::Week(0)), Some(0));
        let (end, start) = (ymd(2017, 12, 30), ymd(2014, 12, 30));
        assert_eq!(days_apart(end, start, Part::Year), Some(3));
        // 2014-12-30 is in ISO year 2015
        assert_eq!(days_apart(end, start, Part::IsoYear), Some(2));
        assert_eq!(
            days_apart(ymd(2025, 2, 1), ymd(2025, 1, 31), Part::Month),
            Some(1)
        );
        assert_eq!(
            days_apart(ymd(2025, 1, 31), ymd(2025, 4, 1), Part::Quarter),
            Some(-1)
        );
    }

    #[test]
    fn months_end_where_the_month_ends() {
        assert_eq!(
            days_later(ymd(2024, 1, 31), 1, Part::Month),
            Some(ymd(2024, 2, 29))
        );
        assert_eq!(
            days_later(ymd(2024, 2, 29), -1, Part::Year),
            Some(ymd(2023, 2, 28))
        );
        assert_eq!(
            days_later(ymd(2024, 11, 30), 1, Part::Quarter),
            Some(ymd(2025, 2, 28))
        );
        assert_eq!(days_later(0, i64::MAX, Part::Week(6)), None);
    }

    #[test]
    fn weeks_of_the_year() {
        let at = |y, m, d| {
            NaiveDate::from_ymd_opt(y, m, d)
                .unwrap()
                .and_hms_opt(1, 2, 3)
                .unwrap()
        };
        assert_eq!(
            extract(at(2023, 1, 1), "WEEK"),
            Some(1),
            "a Sunday begins week 1"
        );
        assert_eq!(
            extract(at(2022, 1, 1), "WEEK"),
            Some(0),
            "a Saturday before it is week 0"
        );
        assert_eq!(extract(at(2021, 1, 1), "ISOWEEK"), Some(53));
        assert_eq!(extract(at(2023, 1, 1), "DAYOFWEEK"), Some(1));
        assert_eq!(extract(at(2023, 1, 1), "DECADE"), None);
    }

    proptest! {
        #[test]
        fn a_week_is_seven_days_and_begins_where_it_says(day_number in -20_000_i32..40_000, begins in 0_i64..7) {
            let part = Part::Week(begins);
            let first = first_day(day_number, part).unwrap();
            prop_assert!((0..7).contains(&(day_number - first)));
            prop_assert_eq!(i64::from(day(first).unwrap().weekday().num_days_from_monday()), begins);
            prop_assert_eq!(days_apart(day_number, first, part), Some(0));
            prop_assert_eq!(days_apart(first + 7, day_number, part), Some(1));
        }

        #[test]
        fn adding_and_counting_agree(day_number in -20_000_i32..40_000, amount in -500_i64..500) {
            for part in [Part::Day, Part::Week(6), Part::Month, Part::Quarter, Part::Year] {
                let later = days_later(day_number, amount, part).unwrap();
                prop_assert_eq!(days_apart(later, day_number, part), Some(amount));
            }
        }
    }
}
