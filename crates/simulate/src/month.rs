//! Vintage months and the day numbers the simulation counts in.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Duration, NaiveDate};
use serde::{Serialize, Serializer};

use crate::error::{Error, Result};

/// A calendar month that one vendor delivery is named after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i32,
    month: u32,
}

impl Month {
    /// The month `month` (1 to 12) of `year`; `None` when there is no such month.
    pub fn new(year: i32, month: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, 1).map(|_| Self { year, month })
    }

    /// Calendar year.
    pub fn year(self) -> i32 {
        self.year
    }

    /// Month of the year, 1 to 12.
    pub fn month(self) -> u32 {
        self.month
    }

    /// First day of the month: the day the vintage's facts are true for.
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year, self.month, 1).unwrap_or_default()
    }

    /// The eight quarterly vintages written by default, 2024_01 to 2025_10.
    pub fn default_vintages() -> Vec<Self> {
        (0..8)
            .map(|q| Self {
                year: 2024 + q / 4,
                month: 1 + 3 * (q as u32 % 4),
            })
            .collect()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}_{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bad = || Error::MonthText(text.to_owned());
        let (year, month) = text.split_once(['_', '-']).ok_or_else(bad)?;
        let (year, month) = (
            year.parse().map_err(|_| bad())?,
            month.parse().map_err(|_| bad())?,
        );
        Self::new(year, month).ok_or_else(bad)
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Days since 2024-01-01; the simulation's clock.
pub(crate) type Day = i32;

/// 2024-01-01.
pub(crate) fn epoch() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default()
}

/// The day number of a date.
pub(crate) fn day_of(date: NaiveDate) -> Day {
    (date - epoch()).num_days() as Day
}

/// The date of a day number.
pub(crate) fn date_of(day: Day) -> NaiveDate {
    epoch() + Duration::days(i64::from(day))
}

/// Quarters since 2024 Q1, negative before.
pub(crate) fn quarter_of(day: Day) -> i32 {
    let date = date_of(day);
    (date.year() - 2024) * 4 + date.month0() as i32 / 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_read_and_print() {
        assert_eq!("2025_10".parse::<Month>().unwrap().to_string(), "2025_10");
        assert_eq!(
            "2024-01".parse::<Month>().unwrap(),
            Month::new(2024, 1).unwrap()
        );
        for bad in ["2024", "2024_13", "x_01", "2024_00", ""] {
            assert!(bad.parse::<Month>().is_err(), "{bad}");
        }
    }

    #[test]
    fn defaults_are_eight_quarters() {
        let names: Vec<_> = Month::default_vintages()
            .iter()
            .map(Month::to_string)
            .collect();
        assert_eq!(
            names,
            [
                "2024_01", "2024_04", "2024_07", "2024_10", "2025_01", "2025_04", "2025_07",
                "2025_10"
            ]
        );
    }

    #[test]
    fn quarters_count_from_2024() {
        let quarter = |y, m, d| quarter_of(day_of(NaiveDate::from_ymd_opt(y, m, d).unwrap()));
        assert_eq!(quarter(2024, 1, 1), 0);
        assert_eq!(quarter(2023, 12, 31), -1);
        assert_eq!(quarter(2025, 10, 1), 7);
    }
}
