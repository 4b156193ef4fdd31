//! What a lead is shown beside: a dozen facts, and the rate of the leads that it is compared with.

use leadrank_learn::segments::Segments;

use super::display::DISPLAY;
use crate::bundle::Bundle;
use crate::error::Result;
use crate::stages::rows::Rows;

/// Least leads behind a rate that others are compared with.
const FEWEST: usize = 100;

/// The facts of [`DISPLAY`], column by column.
///
/// # Errors
/// When a column is missing.
pub(crate) fn facts(rows: &Rows) -> Result<Vec<Vec<Option<f64>>>> {
    DISPLAY
        .iter()
        .map(|one| rows.numbers(one.feature))
        .collect()
}

/// For each row the rate of the leads of its segment, among those that calibration was fitted on:
/// contacts that the trees had not seen. Where a segment has few of them, the rate of all.
///
/// # Errors
/// When the bundle's held-out rows can't be read.
pub(crate) fn peer_rates(
    bundle: &Bundle,
    segments: &Segments,
    rows: usize,
) -> Result<Vec<Option<f64>>> {
    let Some(held_out) = bundle.held_out()? else {
        return Ok(vec![None; rows]);
    };
    let rate = |wanted: Option<usize>| {
        let own = (0..held_out.outcomes.len()).filter(|&row| {
            wanted.is_none_or(|segment| held_out.segments.get(row) == Some(&segment))
        });
        let outcomes: Vec<bool> = own.map(|row| held_out.outcomes[row]).collect();
        let positives = outcomes.iter().filter(|&&outcome| outcome).count();
        (outcomes.len() >= FEWEST).then(|| positives as f64 / outcomes.len() as f64)
    };
    let of_all = rate(None);
    let count = bundle.manifest.calibration.segments.len();
    let by_segment: Vec<Option<f64>> = (0..count).map(|segment| rate(Some(segment))).collect();
    let of = |row: usize| {
        let segment = segments.of(row)?;
        by_segment.get(segment).copied().flatten()
    };
    Ok((0..rows).map(|row| of(row).or(of_all)).collect())
}
