//! Values of a feature in a few groups, each with how many leads scheduled a call.

use leadrank_learn::split::Rows as _;
use leadrank_stats::{Estimate, proportion};

use crate::model_rows::ModelRows;

/// Groups of values of a feature.
const GROUPS: usize = 4;

/// The rows that a model learnt from whose outcome is known.
pub(super) fn learnt(of: &ModelRows) -> Vec<(usize, bool)> {
    let rows = of.split.development.indices().iter();
    rows.filter_map(|&row| Some((row, of.labels[row]?)))
        .collect()
}

/// The share of positives among rows; none without rows.
pub(super) fn rate(labelled: &[(usize, bool)]) -> Option<Estimate> {
    let positives = labelled.iter().filter(|(_, label)| *label).count() as u64;
    proportion::estimate(positives, labelled.len() as u64, 0.95)
}

/// A group of values with the share of scheduled calls.
pub(super) struct Group {
    /// The values.
    pub(super) words: String,
    pub(super) rate: Estimate,
}

/// About equal groups by rising value, equal values never divided, and those that are not known.
/// Groups without rows are left out.
pub(super) fn groups(values: &[(f64, bool)], shown: impl Fn(f64) -> String) -> Vec<Group> {
    let of = |rows: &[usize], words: String| {
        let positives = rows.iter().filter(|&&row| values[row].1).count() as u64;
        let rate = proportion::estimate(positives, rows.len() as u64, 0.95)?;
        Some(Group { words, rate })
    };
    let (unknown, mut known): (Vec<usize>, Vec<usize>) =
        (0..values.len()).partition(|&row| values[row].0.is_nan());
    known.sort_by(|&a, &b| values[a].0.total_cmp(&values[b].0));
    let size = known.len().div_ceil(GROUPS).max(1);
    let mut cut: Vec<Vec<usize>> = Vec::new();
    for same in known.chunk_by(|&a, &b| values[a].0 == values[b].0) {
        match cut.last_mut() {
            Some(last) if last.len() < size => last.extend(same),
            _ => cut.push(same.to_vec()),
        }
    }
    let groups = cut.into_iter().filter_map(|rows| {
        let end = |row: Option<&usize>| row.map(|&row| shown(values[row].0));
        let (from, to) = (end(rows.first())?, end(rows.last())?);
        let words = if from == to {
            from
        } else {
            format!("{from} to {to}")
        };
        of(&rows, words)
    });
    let mut found: Vec<Group> = groups.collect();
    found.extend(of(&unknown, NOT_KNOWN.into()));
    found
}

/// Words of the group that nothing is known of.
pub(super) const NOT_KNOWN: &str = "not known";

/// How sure figures of so many leads are (domain.md, "Rules V3 and where the team ended").
pub(super) fn grade(n: u64) -> &'static str {
    match n {
        1_000.. => "high",
        300.. => "medium",
        100.. => "low",
        30.. => "very low",
        _ => "insufficient",
    }
}
