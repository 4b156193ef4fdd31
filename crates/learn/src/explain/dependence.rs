//! How a feature's contribution depends on its value.

use leadrank_stats::{Interval, sample};
use leadrank_trees::Model;
use serde::{Deserialize, Serialize};

use super::{CHUNK, ExplainOptions, sample as sampled};
use crate::{Matrix, Result};

/// Groups of neighbouring values, at most.
const GROUPS: usize = 10;
/// Confidence of the intervals.
const CONFIDENCE: f64 = 0.95;

/// The mean of a group of rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GroupMean {
    /// Mean value of the feature; none where it is not known.
    pub at: Option<f64>,
    /// Mean contribution, in log-odds.
    pub mean: f64,
    /// Its 95 % interval by Student's t; none for one row.
    pub interval: Option<Interval>,
    /// Rows.
    pub n: u64,
}

/// A feature's contributions over rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Dependence {
    /// Value and contribution of sampled rows that have a value, in the order of rows.
    pub points: Vec<(f64, f64)>,
    /// Means of groups of about equal size by rising value; of few values, a group each.
    pub means: Vec<GroupMean>,
    /// The mean where the value is not known.
    pub unknown: Option<GroupMean>,
}

/// All contributions of some rows, kept for several questions: `rows.len()` times the number of
/// columns.
pub struct Contributions {
    width: usize,
    values: Vec<f64>,
}

impl Contributions {
    /// Explains the rows.
    pub fn of(model: &Model, matrix: &Matrix, rows: &[usize]) -> Self {
        let width = matrix.n_columns();
        let mut values = Vec::with_capacity(rows.len() * width);
        for part in rows.chunks(CHUNK) {
            let shap = model.shap_values(&matrix.gather(part));
            for row in shap.chunks(width + 1) {
                values.extend_from_slice(&row[..width]);
            }
        }
        Self { width, values }
    }

    /// One column's contributions, in the order of the rows, in log-odds.
    pub fn column(&self, column: usize) -> impl Iterator<Item = f64> + '_ {
        let rows = self.values.chunks(self.width.max(1));
        rows.map(move |row| row[column])
    }

    /// One row's contributions, column by column.
    pub fn row(&self, place: usize) -> &[f64] {
        &self.values[place * self.width..(place + 1) * self.width]
    }
}

/// How the contributions of a column depend on its values.
///
/// # Errors
/// When there is no such column.
pub fn dependence(
    contributions: &Contributions,
    matrix: &Matrix,
    rows: &[usize],
    feature: &str,
    options: &ExplainOptions,
) -> Result<Dependence> {
    let column = matrix.position(feature)?;
    let values = rows.iter().map(|&row| f64::from(matrix.row(row)[column]));
    let pairs: Vec<(f64, f64)> = values.zip(contributions.column(column)).collect();
    let chosen = sampled(pairs.len(), options);
    let points = chosen
        .iter()
        .map(|&place| pairs[place])
        .filter(|(value, _)| !value.is_nan())
        .collect();
    let unknown: Vec<f64> = pairs
        .iter()
        .filter(|(value, _)| value.is_nan())
        .map(|(_, shap)| *shap)
        .collect();
    let mut known: Vec<(f64, f64)> = pairs
        .into_iter()
        .filter(|(value, _)| !value.is_nan())
        .collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    Ok(Dependence {
        points,
        means: groups(&known),
        unknown: (!unknown.is_empty()).then(|| mean(None, &unknown)),
    })
}

/// Groups of about equal size, rows of one value never divided.
fn groups(sorted: &[(f64, f64)]) -> Vec<GroupMean> {
    let wanted = sorted.len().div_ceil(GROUPS).max(1);
    let mut means = Vec::new();
    let mut group: Vec<(f64, f64)> = Vec::new();
    let different = sorted.chunk_by(|a, b| a.0 == b.0).count();
    for same in sorted.chunk_by(|a, b| a.0 == b.0) {
        group.extend_from_slice(same);
        if group.len() >= wanted || different <= GROUPS {
            means.push(of_group(&group));
            group.clear();
        }
    }
    if !group.is_empty() {
        means.push(of_group(&group));
    }
    means
}

fn of_group(group: &[(f64, f64)]) -> GroupMean {
    let at = sample::mean(group.iter().map(|pair| pair.0));
    let values: Vec<f64> = group.iter().map(|pair| pair.1).collect();
    mean(Some(at), &values)
}

fn mean(at: Option<f64>, values: &[f64]) -> GroupMean {
    GroupMean {
        at,
        mean: sample::mean(values.iter().copied()),
        interval: sample::t_interval(values, CONFIDENCE),
        n: values.len() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_have_a_group_each_and_many_about_equal_ones() {
        let flags: Vec<(f64, f64)> = (0..100)
            .map(|row| (f64::from(u8::from(row >= 70)), f64::from(row)))
            .collect();
        let found = groups(&flags);
        let sizes: Vec<u64> = found.iter().map(|group| group.n).collect();
        assert_eq!(sizes, [70, 30]);
        assert_eq!((found[1].at, found[1].mean), (Some(1.0), 84.5));
        let many: Vec<(f64, f64)> = (0..1_000).map(|row| (f64::from(row / 2), 1.0)).collect();
        let found = groups(&many);
        assert_eq!(found.len(), 10);
        assert!(found.iter().all(|group| group.n == 100));
        assert_eq!(found.iter().map(|group| group.n).sum::<u64>(), 1_000);
        assert!(groups(&[]).is_empty());
        assert_eq!(groups(&[(1.0, 2.0)])[0].interval, None);
    }
}
