//! Calendar parts of a day.
//!
//! Trees can not extrapolate, so the day itself only tells training rows from
//! later ones. A part that comes round again can carry over: the weekday and the
//! day of the month always, the month only when training saw each month more than
//! once (with one year, "May" is just another name for "the last weeks").

use chrono::{Datelike, Days, NaiveDate};

use super::Rule;

/// Training days must span this many days before the month counts as a season.
const TWO_YEARS: i64 = 730;

/// The rules for a date column whose training rows lie between two days.
pub(super) fn rules(first: i32, last: i32, absolute: bool) -> Vec<(&'static str, Rule)> {
    let mut rules = vec![
        ("weekday", Rule::Weekday),
        ("day_of_month", Rule::DayOfMonth),
    ];
    if i64::from(last) - i64::from(first) >= TWO_YEARS {
        rules.push(("month", Rule::Month));
    }
    if absolute {
        rules.push(("days", Rule::Days));
    }
    rules
}

/// A part of a day; none for days beyond the calendar or rules not about dates.
pub(super) fn part(rule: &Rule, day: i32) -> Option<f32> {
    let step = Days::new(u64::from(day.unsigned_abs()));
    let epoch = NaiveDate::default();
    let date = if day < 0 {
        epoch.checked_sub_days(step)
    } else {
        epoch.checked_add_days(step)
    }?;
    let number = match rule {
        Rule::Weekday => date.weekday().number_from_monday(),
        Rule::DayOfMonth => date.day(),
        Rule::Month => date.month(),
        Rule::Days => return Some(day as f32),
        _ => return None,
    };
    Some(number as f32)
}
