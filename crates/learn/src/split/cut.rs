//! Where to cut: days chosen so that a day is never divided.

use chrono::{Datelike, NaiveDate};

use super::Row;
use super::audit::{Part, time_text};
use crate::{LearnError, Result};

/// Days since 1970-01-01.
pub(super) fn day_number(date: NaiveDate) -> i32 {
    date.num_days_from_ce() - NaiveDate::default().num_days_from_ce()
}

/// Earliest time of the rows.
pub(super) fn start(rows: &[Row]) -> Option<i64> {
    rows.iter().map(|row| row.time).min()
}

/// Whether no train row is newer than any test row.
pub(super) fn is_newest(train: &[Row], test: &[Row]) -> bool {
    match (train.iter().map(|row| row.time).max(), start(test)) {
        (Some(last_train), Some(first_test)) => last_train <= first_test,
        _ => true,
    }
}

/// First time of the newest `share` of the rows: the cut between two times whose
/// number of newer rows is nearest to the share, the smaller part at a tie.
pub(super) fn newest_share(rows: &[Row], share: f64, part: Part, is_days: bool) -> Result<i64> {
    let mut times: Vec<i64> = rows.iter().map(|row| row.time).collect();
    times.sort_unstable();
    let wanted = share * times.len() as f64;
    let mut best: Option<(f64, i64)> = None;
    for at in (1..times.len()).rev() {
        if times[at] == times[at - 1] {
            continue;
        }
        let distance = ((times.len() - at) as f64 - wanted).abs();
        if best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, times[at]));
        }
    }
    best.map(|(_, time)| time).ok_or_else(|| {
        let reason = match times.first() {
            None => format!(
                "no labelled row is old enough to lie before the part after {part}, given the label horizon"
            ),
            Some(&only) => format!(
                "all {} rows left for the {part} part and older have the same time, {}",
                times.len(),
                time_text(only, is_days)
            ),
        };
        let positives = rows.iter().filter(|row| row.positive).count();
        LearnError::split(
            format!("{reason} ({positives} positives)"),
            "give more history, choose a later first test day, or make the label horizon shorter",
        )
    })
}
