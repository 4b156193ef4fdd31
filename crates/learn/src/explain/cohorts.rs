//! What is different about a group of rows, in outcomes and in what moves their scores.

use leadrank_stats::{Estimate, Interval, multiple, proportion, sample, student};
use serde::{Deserialize, Serialize};

use super::dependence::Contributions;
use crate::{LearnError, Result};

/// Confidence of the intervals.
const CONFIDENCE: f64 = 0.95;
/// Probability by chance, after correction, up to which a difference is told.
const CHANCE: f64 = 0.05;
/// Fewest rows, in the group and outside it, for differences.
const FEW: usize = 30;

/// A feature that moves the scores of a group otherwise than those of the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// The column.
    pub feature: String,
    /// Mean contribution in the group less that in all other rows, log-odds.
    pub difference: f64,
    /// Its 95 % interval by Welch's method.
    pub interval: Interval,
    /// Probability of such a difference by chance, corrected over the columns (Benjamini and
    /// Hochberg).
    pub p: f64,
}

/// A group of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cohort {
    /// Its name.
    pub name: String,
    /// Its share of positives with the Wilson interval; none without rows.
    pub rate: Option<Estimate>,
    /// Mean of its probabilities.
    pub mean_probability: f64,
    /// What moves its scores otherwise, most different first; beyond chance only, and empty where
    /// the group or the rest is small.
    pub shifts: Vec<Shift>,
}

/// Describes each group. `contributions`, `labels` and `probabilities` have the rows in one order,
/// `group_of` the group of each, `columns` names the contributions' columns. Groups without rows
/// are left out.
///
/// # Errors
/// Lists of different length.
pub fn cohorts(
    contributions: &Contributions,
    columns: &[String],
    labels: &[bool],
    probabilities: &[f64],
    group_of: &[usize],
    names: &[String],
) -> Result<Vec<Cohort>> {
    for (what, found) in [
        ("probabilities", probabilities.len()),
        ("groups", group_of.len()),
    ] {
        if found != labels.len() {
            return Err(LearnError::shape(what, labels.len(), found));
        }
    }
    let mut cohorts = Vec::new();
    for (group, name) in names.iter().enumerate() {
        let is_own: Vec<bool> = group_of.iter().map(|&of| of == group).collect();
        let own = (0..labels.len()).filter(|&row| is_own[row]);
        let rows: Vec<usize> = own.collect();
        if rows.is_empty() {
            continue;
        }
        let positives = rows.iter().filter(|&&row| labels[row]).count() as u64;
        cohorts.push(Cohort {
            name: name.clone(),
            rate: proportion::estimate(positives, rows.len() as u64, CONFIDENCE),
            mean_probability: sample::mean(rows.iter().map(|&row| probabilities[row])),
            shifts: shifts(contributions, columns, &is_own)?,
        });
    }
    Ok(cohorts)
}

fn shifts(
    contributions: &Contributions,
    columns: &[String],
    is_own: &[bool],
) -> Result<Vec<Shift>> {
    let count = is_own.iter().filter(|&&own| own).count();
    if count < FEW || is_own.len() - count < FEW {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for (column, feature) in columns.iter().enumerate() {
        let mut own = Vec::with_capacity(count);
        let mut rest = Vec::with_capacity(is_own.len() - count);
        for (value, &is_own) in contributions.column(column).zip(is_own) {
            if is_own { &mut own } else { &mut rest }.push(value);
        }
        if let Some((difference, interval, p)) = welch(&own, &rest) {
            found.push(Shift {
                feature: feature.clone(),
                difference,
                interval,
                p,
            });
        }
    }
    let p_values: Vec<f64> = found.iter().map(|shift| shift.p).collect();
    let adjusted = multiple::benjamini_hochberg(&p_values)
        .map_err(|error| LearnError::downstream("cohorts", error))?;
    for (shift, p) in found.iter_mut().zip(adjusted) {
        shift.p = p;
    }
    found.retain(|shift| shift.p <= CHANCE);
    found.sort_by(|a, b| {
        let by_size = b.difference.abs().total_cmp(&a.difference.abs());
        by_size.then_with(|| a.feature.cmp(&b.feature))
    });
    Ok(found)
}

/// Difference of two means, its interval and the probability of one as large by chance (B. L.
/// Welch, "The generalization of Student's problem when several different population variances
/// are involved", Biometrika 34 (1947)); degrees of freedom are rounded down. None where neither
/// list varies.
fn welch(own: &[f64], rest: &[f64]) -> Option<(f64, Interval, f64)> {
    let difference = sample::mean(own.iter().copied()) - sample::mean(rest.iter().copied());
    let part = |values: &[f64]| {
        let deviation = sample::deviation(values);
        deviation * deviation / values.len() as f64
    };
    let (a, b) = (part(own), part(rest));
    let error = (a + b).sqrt();
    if error <= 0.0 || !error.is_finite() {
        return None;
    }
    let square = |value: f64| value * value;
    let freedom = square(a + b)
        / (square(a) / (own.len() as f64 - 1.0) + square(b) / (rest.len() as f64 - 1.0));
    let freedom = freedom.floor().max(1.0) as u64;
    let reach = student::quantile(0.5 + 0.5 * CONFIDENCE, freedom)? * error;
    let p = 2.0 * student::cdf(-(difference / error).abs(), freedom)?;
    let interval = Interval {
        lo: difference - reach,
        hi: difference + reach,
    };
    Some((difference, interval, p))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn welch_equals_scipy() {
        // scipy.stats.ttest_ind([1, 2, 3, 4, 5, 9], [2, 2, 3, 1, 2], equal_var=False):
        // t = 1.6705, df = 5.74, p = 0.1481; with 5 degrees of freedom 0.155679.
        let found = welch(&[1.0, 2.0, 3.0, 4.0, 5.0, 9.0], &[2.0, 2.0, 3.0, 1.0, 2.0]);
        let (difference, interval, p) = found.unwrap();
        assert!((difference - 2.0).abs() < 1e-12);
        assert!(interval.contains(0.0) && interval.hi > 4.0);
        assert!((p - 0.155_678_907_522).abs() < 1e-9, "{p}");
        assert!(welch(&[1.0; 5], &[1.0; 4]).is_none());
    }
}
