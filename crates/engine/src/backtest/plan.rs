//! The periods of a backtest.

use chrono::{Datelike as _, Months, NaiveDate};

use crate::error::{Error, Result};

/// How long a period is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Every {
    /// A calendar month.
    Month,
    /// Three months from the first of January, April, July or October.
    #[default]
    Quarter,
}

impl Every {
    fn months(self) -> u32 {
        match self {
            Every::Month => 1,
            Every::Quarter => 3,
        }
    }

    /// The period that a day lies in begins then.
    fn start_of(self, day: NaiveDate) -> NaiveDate {
        let month = day.month0() / self.months() * self.months() + 1;
        NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day)
    }

    fn next(self, start: NaiveDate) -> NaiveDate {
        start
            .checked_add_months(Months::new(self.months()))
            .unwrap_or(NaiveDate::MAX)
    }

    /// A period's name: `2025-04`, `2025 Q2`.
    pub fn name(self, start: NaiveDate) -> String {
        match self {
            Every::Month => start.format("%Y-%m").to_string(),
            Every::Quarter => format!("{} Q{}", start.year(), start.month0() / 3 + 1),
        }
    }
}

/// A stretch of days: scored by a model that was trained on what was known as it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Its name.
    pub name: String,
    /// First day.
    pub from: NaiveDate,
    /// First day after it.
    pub until: NaiveDate,
}

/// All periods that begin on or after `from`, whose last contact has matured, `window_days` on, by
/// `last`. Without `from` the first one begins `HISTORY_DAYS` after `first`, the day of the
/// oldest contact. A `from` within a period begins with the next one.
///
/// # Errors
/// When there is none.
pub fn periods(
    every: Every,
    (first, last): (NaiveDate, NaiveDate),
    (from, to): (Option<NaiveDate>, Option<NaiveDate>),
    window_days: i64,
) -> Result<Vec<Span>> {
    let days = |count: i64| chrono::TimeDelta::days(count);
    let begin = from.unwrap_or(first + days(HISTORY_DAYS));
    let mut start = every.start_of(begin);
    if start < begin {
        start = every.next(start);
    }
    let matured = last - days(window_days);
    let mut spans = Vec::new();
    loop {
        let until = every.next(start);
        let newest = until - days(1);
        if newest > matured || to.is_some_and(|to| newest > to) || until <= start {
            break;
        }
        spans.push(Span {
            name: every.name(start),
            from: start,
            until,
        });
        start = until;
    }
    if spans.is_empty() {
        return Err(Error::Data(format!(
            "there is no whole period to test: contacts go from {first} to {last}, the first period may begin on {begin}, and outcomes take {window_days} days; use --every month, an earlier --from, or a longer history"
        )));
    }
    Ok(spans)
}

/// Days of history before the first period, where nothing else is said.
const HISTORY_DAYS: i64 = 365;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn periods_are_whole_and_matured() {
        let history = (day("2024-01-03"), day("2025-12-31"));
        let found = periods(Every::Quarter, history, (None, None), 30).unwrap();
        let names: Vec<&str> = found.iter().map(|span| span.name.as_str()).collect();
        // 2025 Q4 has not matured: its last contact is on the last day.
        assert_eq!(names, ["2025 Q2", "2025 Q3"]);
        let bounds = (Some(day("2025-02-02")), Some(day("2025-05-01")));
        let found = periods(Every::Month, history, bounds, 30).unwrap();
        let names: Vec<&str> = found.iter().map(|span| span.name.as_str()).collect();
        assert_eq!(names, ["2025-03", "2025-04"]);
        let error = periods(Every::Quarter, history, (Some(day("2026-01-01")), None), 30);
        assert!(error.unwrap_err().to_string().contains("no whole period"));
    }

    proptest! {
        #[test]
        fn no_day_is_tested_twice_or_before_it_has_matured(
            first in 0_i64..400,
            length in 100_i64..1500,
            window in 0_i64..60,
            monthly in any::<bool>(),
        ) {
            let epoch = day("2023-01-01");
            let from = epoch + chrono::TimeDelta::days(first);
            let last = from + chrono::TimeDelta::days(length);
            let every = if monthly { Every::Month } else { Every::Quarter };
            let Ok(spans) = periods(every, (from, last), (None, None), window) else {
                return Ok(());
            };
            for pair in spans.windows(2) {
                prop_assert_eq!(pair[0].until, pair[1].from);
            }
            for span in &spans {
                prop_assert!(span.from < span.until);
                prop_assert!((span.from - from).num_days() >= HISTORY_DAYS);
                let newest = span.until - chrono::TimeDelta::days(1);
                prop_assert!((last - newest).num_days() >= window);
            }
        }
    }
}
