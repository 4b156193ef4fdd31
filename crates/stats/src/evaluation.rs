//! All metrics of a scored set of rows at once, each with its interval and chance level.
//!
//! Intervals are percentile bootstrap intervals (B. Efron and R. J. Tibshirani, "An Introduction
//! to the Bootstrap" (1993), chapter 13). Rows are sorted once; a replicate only draws how often
//! each row counts and walks over the sorted rows, which gives all metrics in one pass. Replicate
//! `r` takes its random numbers from stream `r` of one seeded ChaCha8 generator, so the result
//! depends neither on the number of threads nor on the order of the rows.

mod chance;
pub mod paired;
mod replicate;
mod sorted;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, finite, same_length, unit_range};
use crate::quantile::linear_sorted;
use crate::{Estimate, Interval};
pub(crate) use replicate::Resampler;
use replicate::metrics;
use sorted::SortedRows;

/// Shares of the rows, in percent, at which precision, recall and lift are taken.
pub const TOP_PERCENT: [u32; 4] = [1, 5, 10, 20];

/// Number of bins of both calibration errors.
pub const CALIBRATION_BINS: usize = 10;

/// Metrics of one pass.
const METRICS: usize = 7 + 3 * TOP_PERCENT.len();

/// Their names, in the order of a pass.
const NAMES: [&str; METRICS] = [
    "auc_roc",
    "auc_pr",
    "brier",
    "brier_skill",
    "ece_width",
    "ece_mass",
    "predicted_over_observed",
    "precision_at_1",
    "precision_at_5",
    "precision_at_10",
    "precision_at_20",
    "recall_at_1",
    "recall_at_5",
    "recall_at_10",
    "recall_at_20",
    "lift_at_1",
    "lift_at_5",
    "lift_at_10",
    "lift_at_20",
];

/// Fewest replicates from which an interval is taken.
const MIN_REPLICATES: u32 = 10;

/// How intervals are made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EvaluationOptions {
    /// Bootstrap replicates, at least 10; below some hundred the ends of the interval are rough.
    pub replicates: u32,
    /// Confidence of the intervals, between 0 and 1.
    pub confidence: f64,
    /// Seed of all random numbers.
    pub seed: u64,
}

impl Default for EvaluationOptions {
    fn default() -> Self {
        Self {
            replicates: 1000,
            confidence: 0.95,
            seed: 42,
        }
    }
}

/// The metrics of a scored set of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Rows.
    pub n: u64,
    /// Positive rows.
    pub positives: u64,
    /// Metrics by name; one that is not defined on these rows is absent.
    pub metrics: BTreeMap<String, Estimate>,
}

/// Evaluates scored rows: ranking by `scores` (margins: calibrated probabilities may be tied),
/// calibration by `probabilities`.
///
/// The metrics are `auc_roc`, `auc_pr`, `brier`, `brier_skill`, `ece_width`, `ece_mass`,
/// `predicted_over_observed`, and `precision_at_K`, `recall_at_K`, `lift_at_K` for K of
/// [`TOP_PERCENT`]. A metric that is not defined is absent: `auc_roc` and `brier_skill` with one
/// class, `auc_pr`, recall, lift and `predicted_over_observed` without positives. So is one that
/// fewer than half of the replicates can compute; else its interval rests on those that can.
///
/// `chance` is what a model that knows nothing would show. For the calibration errors, which are
/// never 0 on a finite sample, it is the mean over outcomes drawn from the probabilities
/// themselves: what a perfectly calibrated model shows by noise alone. Replicates add noise of
/// their own, so the interval of a calibration error lies high: hold the value against its chance
/// level before the interval.
///
/// # Errors
/// For no rows, columns of different length, scores that are not finite, probabilities outside
/// 0..=1, and options outside their range.
///
/// ```
/// use leadrank_stats::evaluation::{EvaluationOptions, evaluate};
///
/// let labels = [false, true, false, false, true, false];
/// let margins = [-3.0, -1.0, -2.0, -2.5, 0.5, -0.5];
/// let probabilities = [0.05, 0.27, 0.12, 0.08, 0.62, 0.38];
/// let evaluation = evaluate(&labels, &margins, &probabilities, &EvaluationOptions::default())?;
/// let auc = evaluation.metrics["auc_roc"];
/// assert_eq!((auc.value, auc.chance), (0.875, Some(0.5)));
/// # Ok::<(), leadrank_stats::Error>(())
/// ```
pub fn evaluate(
    labels: &[bool],
    scores: &[f64],
    probabilities: &[f64],
    options: &EvaluationOptions,
) -> Result<Evaluation> {
    check(labels, scores, probabilities, options)?;
    let rows = SortedRows::new(labels, scores, probabilities, None);
    Ok(estimates(&rows, options))
}

/// As [`evaluate`], for rows that come in groups, such as the leads of one adviser: whole groups
/// are drawn, since rows of one group do not vary independently, and intervals would be too
/// narrow. `groups` names the group of each row.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_clustered(
    labels: &[bool],
    scores: &[f64],
    probabilities: &[f64],
    groups: &[u64],
    options: &EvaluationOptions,
) -> Result<Evaluation> {
    check(labels, scores, probabilities, options)?;
    same_length("groups", labels.len(), groups.len())?;
    let rows = SortedRows::new(labels, scores, probabilities, Some(groups));
    Ok(estimates(&rows, options))
}

/// Refuses what cannot be evaluated.
fn check(
    labels: &[bool],
    scores: &[f64],
    probabilities: &[f64],
    options: &EvaluationOptions,
) -> Result<()> {
    same_length("scores", labels.len(), scores.len())?;
    same_length("probabilities", labels.len(), probabilities.len())?;
    if labels.is_empty() {
        return Err(Error::Empty {
            what: "the evaluation",
        });
    }
    if u32::try_from(labels.len()).is_err() {
        let (name, expected) = ("the number of rows", "at most 4294967295 are supported");
        return Err(Error::Option {
            name,
            value: labels.len() as f64,
            expected,
        });
    }
    finite("scores", scores)?;
    unit_range("probabilities", probabilities)?;
    if options.replicates < MIN_REPLICATES {
        let (name, expected) = ("replicates", "take at least 10, better 1000");
        return Err(Error::Option {
            name,
            value: f64::from(options.replicates),
            expected,
        });
    }
    if !(options.confidence > 0.0 && options.confidence < 1.0) {
        let (name, expected) = ("confidence", "must lie between 0 and 1, such as 0.95");
        return Err(Error::Option {
            name,
            value: options.confidence,
            expected,
        });
    }
    Ok(())
}

/// Values, intervals and chance levels.
fn estimates(rows: &SortedRows, options: &EvaluationOptions) -> Evaluation {
    let values = metrics(rows, &vec![1; rows.len()]);
    let replicates: Vec<[f64; METRICS]> = (0..options.replicates)
        .into_par_iter()
        .map_init(
            || Resampler::new(rows.units, rows.clusters.as_deref()),
            |resampler, replicate| metrics(rows, resampler.draw(options.seed, replicate)),
        )
        .collect();
    let chances = chance::levels(rows, options.seed);
    let (n, positives) = (rows.len() as u64, rows.positives);
    let estimate = |metric: usize| {
        let value = values[metric];
        let Interval { lo, hi } = interval(&replicates, metric, options.confidence)?;
        let chance = chances[metric].is_finite().then_some(chances[metric]);
        value.is_finite().then_some(Estimate {
            value,
            lo,
            hi,
            n,
            positives,
            chance,
        })
    };
    let metrics = NAMES
        .iter()
        .enumerate()
        .filter_map(|(metric, name)| Some(((*name).to_owned(), estimate(metric)?)))
        .collect();
    Evaluation {
        n,
        positives,
        metrics,
    }
}

/// The percentile interval of a metric over the replicates that define it, `None` if these are
/// fewer than half.
fn interval(replicates: &[[f64; METRICS]], metric: usize, confidence: f64) -> Option<Interval> {
    let mut values: Vec<f64> = replicates
        .iter()
        .map(|values| values[metric])
        .filter(|value| value.is_finite())
        .collect();
    if values.len() * 2 < replicates.len() {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    Some(Interval {
        lo: linear_sorted(&values, tail)?,
        hi: linear_sorted(&values, 1.0 - tail)?,
    })
}

#[cfg(test)]
mod tests;
