//! What a split did, in numbers that can be shown and checked.

use std::fmt;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

/// A part of a split, from old to new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Trees are grown on it.
    Train,
    /// Decides when to stop adding trees.
    Stop,
    /// Turns margins into probabilities.
    Calibration,
    /// Measured, never fitted.
    Test,
}

impl Part {
    /// All parts, from old to new.
    pub const ALL: [Self; 4] = [Self::Train, Self::Stop, Self::Calibration, Self::Test];

    /// The part's name in files and on screens.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Stop => "stop",
            Self::Calibration => "calibration",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What became of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// In the named part.
    Part(Part),
    /// Its label was not yet known when the part after the named one began.
    Purged(Part),
    /// Its group occurs in a newer part than the named one.
    Isolated(Part),
    /// It has no label.
    Unlabelled,
    /// It has a label but no time.
    Undated,
    /// The caller put it in neither train nor test.
    LeftOut,
}

/// One part of a split, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartAudit {
    /// Which part.
    pub part: Part,
    /// Rows in the part.
    pub rows: u64,
    /// Rows with a positive label.
    pub positives: u64,
    /// Earliest day (`YYYY-MM-DD`) or order number in the part.
    pub first: Option<String>,
    /// Latest day or order number in the part.
    pub last: Option<String>,
    /// Rows dropped from the part because their label was not known when the
    /// next part began.
    pub purged: u64,
    /// Rows dropped from the part because their group occurs in a newer part.
    pub isolated: u64,
}

/// The whole split, counted. Every row given is in exactly one of the counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitAudit {
    /// The four parts, from old to new.
    pub parts: Vec<PartAudit>,
    /// Rows given.
    pub rows: u64,
    /// Rows without a label.
    pub unlabelled: u64,
    /// Labelled rows without a time.
    pub undated: u64,
    /// Rows the caller put in neither train nor test.
    pub left_out: u64,
    /// Days a label needs to become known; 0 for order numbers.
    pub horizon_days: u32,
    /// How the test part was chosen: `fraction`, `date` or `given`.
    pub test_chosen_by: String,
    /// False when given train rows are newer than given test rows: such a test
    /// does not show how the model does in the future, and nothing could be
    /// purged at its border.
    pub test_is_newest: bool,
    /// False when purging between train, stop and calibration would have cost too
    /// many rows, so that only the border before the test was purged. The test
    /// stays honest; the stop and calibration parts may be a little too kind.
    pub inner_borders_purged: bool,
}

impl SplitAudit {
    /// The counts of one part.
    pub fn part(&self, part: Part) -> Option<&PartAudit> {
        self.parts.iter().find(|audit| audit.part == part)
    }
}

/// A time in words: a calendar day, or the bare order number.
pub(super) fn time_text(time: i64, is_days: bool) -> String {
    if !is_days {
        return time.to_string();
    }
    let epoch = NaiveDate::default();
    let step = Days::new(time.unsigned_abs());
    let day = if time < 0 {
        epoch.checked_sub_days(step)
    } else {
        epoch.checked_add_days(step)
    };
    day.map_or_else(|| format!("day {time}"), |day| day.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_read_as_dates_and_orders_as_numbers() {
        assert_eq!(time_text(0, true), "1970-01-01");
        assert_eq!(time_text(-1, true), "1969-12-31");
        assert_eq!(time_text(20_000, true), "2024-10-04");
        assert_eq!(time_text(20_000, false), "20000");
        assert_eq!(time_text(i64::MAX, true), "day 9223372036854775807");
    }
}
