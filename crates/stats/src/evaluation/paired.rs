//! Whether one list of scores is better than another on the same rows.
//!
//! Both lists are measured on the same resamples of the rows, so that what makes a sample easy or
//! hard falls out of the difference: its interval is much shorter than two separate intervals
//! suggest. Intervals are percentile bootstrap intervals (B. Efron and R. J. Tibshirani, "An
//! Introduction to the Bootstrap" (1993), chapter 13), and the p-value is the confidence at which
//! such an interval just touches zero, counted as in A. C. Davison and D. V. Hinkley, "Bootstrap
//! Methods and their Application" (1997), equation 4.11. Replicate `r` takes its random numbers
//! from stream `r` of one seeded generator, as in the parent module: the number of threads and
//! the other models of a call leave no trace.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::replicate::Resampler;
use super::sorted::number_groups;
use super::{EvaluationOptions, check};
use crate::bins::run_ends;
use crate::calibration::squared_error;
use crate::error::{Error, Result, same_length};
use crate::quantile::linear_sorted;
use crate::ranking::{Sweep, best_first, slice_size};

/// The share of the rows in the slice of which precision and lift are taken.
const TOP_FRACTION: f64 = 0.10;

/// A row number and its label share 32 bits.
const MOST_ROWS: usize = (u32::MAX / 2) as usize;

/// The scores one model gave to the rows.
#[derive(Debug, Clone, Copy)]
pub struct Scores<'a> {
    /// What the rows are ranked by, one a row: margins, since calibrated probabilities may be
    /// tied.
    pub scores: &'a [f64],
    /// Probabilities of the event, one a row, in 0..=1.
    pub probabilities: &'a [f64],
}

/// A metric that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Area under the ROC curve.
    AucRoc,
    /// Average precision.
    AucPr,
    /// Mean squared error of the probabilities.
    Brier,
    /// Share of positives among the best tenth of the rows.
    #[serde(rename = "precision_at_10")]
    PrecisionAt10,
    /// That share as a multiple of the base rate.
    #[serde(rename = "lift_at_10")]
    LiftAt10,
}

impl Metric {
    /// All metrics, in the order of results.
    pub const ALL: [Metric; 5] = [
        Metric::AucRoc,
        Metric::AucPr,
        Metric::Brier,
        Metric::PrecisionAt10,
        Metric::LiftAt10,
    ];

    /// Its name, that of [`super::evaluate`].
    pub fn name(self) -> &'static str {
        match self {
            Metric::AucRoc => "auc_roc",
            Metric::AucPr => "auc_pr",
            Metric::Brier => "brier",
            Metric::PrecisionAt10 => "precision_at_10",
            Metric::LiftAt10 => "lift_at_10",
        }
    }

    /// Whether more is better; false for the Brier score.
    pub fn higher_is_better(self) -> bool {
        self != Metric::Brier
    }
}

/// How a model differs from the reference in one metric.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The metric.
    pub metric: Metric,
    /// Its value for the reference.
    pub reference: f64,
    /// Its value for the other model.
    pub other: f64,
    /// The other model's value less that of the reference.
    pub difference: f64,
    /// Lower end of the difference's interval.
    pub lo: f64,
    /// Upper end of the difference's interval.
    pub hi: f64,
    /// Two-sided p-value of no difference; at least `2 / (replicates + 1)`.
    pub p: f64,
    /// Number of rows.
    pub n: u64,
    /// Number of positive rows.
    pub positives: u64,
}

impl Difference {
    /// Whether the other model is better (`true`) or worse (`false`) than the reference; `None`
    /// while the interval holds zero.
    pub fn better(&self) -> Option<bool> {
        let higher = if self.lo > 0.0 {
            true
        } else if self.hi < 0.0 {
            false
        } else {
            return None;
        };
        Some(higher == self.metric.higher_is_better())
    }
}

/// Compares each of `others` with the reference on rows drawn with replacement: for each other
/// model, in the order given, its differences in the order of [`Metric::ALL`].
///
/// A metric that is not defined on the rows is absent (see [`super::evaluate`]), as is one that
/// fewer than half of the replicates can compute. Draws go by the place of a row: rows in another
/// order get other replicates.
///
/// # Errors
/// As [`super::evaluate`], for any of the models.
///
/// ```
/// use leadrank_stats::evaluation::EvaluationOptions;
/// use leadrank_stats::paired::{Metric, Scores, compare};
///
/// let labels = [false, true, false, false, true, false];
/// let old = [0.3, 0.2, 0.1, 0.2, 0.6, 0.4];
/// let new = [0.1, 0.4, 0.2, 0.1, 0.7, 0.3];
/// let scores = |values| Scores { scores: values, probabilities: values };
/// let options = EvaluationOptions::default();
/// let found = compare(&labels, &scores(&old), &[scores(&new)], &options)?;
/// assert_eq!(found[0][0].metric, Metric::AucRoc);
/// assert!((found[0][0].difference - (1.0 - 5.5 / 8.0)).abs() < 1e-12);
/// # Ok::<(), leadrank_stats::Error>(())
/// ```
pub fn compare(
    labels: &[bool],
    reference: &Scores,
    others: &[Scores],
    options: &EvaluationOptions,
) -> Result<Vec<Vec<Difference>>> {
    let models = models(labels, reference, others, options)?;
    Ok(differences(
        labels,
        &models,
        &Resampler::new(labels.len() as u32, None),
        options,
    ))
}

/// As [`compare`], for rows that come in groups, such as the leads of one adviser: whole groups
/// are drawn. `groups` names the group of each row.
///
/// # Errors
/// As [`compare`], and for another number of groups than of rows.
pub fn compare_clustered(
    labels: &[bool],
    reference: &Scores,
    others: &[Scores],
    groups: &[u64],
    options: &EvaluationOptions,
) -> Result<Vec<Vec<Difference>>> {
    let models = models(labels, reference, others, options)?;
    same_length("groups", labels.len(), groups.len())?;
    let clusters = number_groups(groups.iter().copied());
    let units = clusters.iter().max().map_or(0, |last| last + 1);
    Ok(differences(
        labels,
        &models,
        &Resampler::new(units, Some(&clusters)),
        options,
    ))
}

/// The values of one pass, in the order of [`Metric::ALL`]; NaN where not defined.
type Values = [f64; Metric::ALL.len()];

/// A model's rows from the best score to the worst.
struct Ranked {
    /// Twice the row number, and one more where the row is positive: a pass over the rows in this
    /// order then looks up nothing but the weight.
    rows: Vec<u32>,
    /// Squared error of each row's probability, in that order.
    squared_errors: Vec<f64>,
    /// Ends of the runs of equal scores.
    ends: Vec<usize>,
}

impl Ranked {
    fn new(labels: &[bool], model: &Scores) -> Result<Self> {
        let Some(order) = best_first(labels.len(), model.scores) else {
            return Err(Error::Empty {
                what: "the comparison",
            });
        };
        Ok(Self {
            rows: order
                .iter()
                .map(|&row| 2 * row as u32 + u32::from(labels[row]))
                .collect(),
            squared_errors: order
                .iter()
                .map(|&row| squared_error(labels[row], model.probabilities[row] + 0.0))
                .collect(),
            ends: run_ends(order.len(), |a, b| {
                model.scores[order[a]] == model.scores[order[b]]
            }),
        })
    }

    /// All metrics of the `n` rows that the weights add up to.
    fn measure(&self, weights: &[u32], n: u64) -> Values {
        let mut sweep = Sweep::new([slice_size(n, TOP_FRACTION)]);
        let mut squared_error = 0.0;
        let mut start = 0;
        for &end in &self.ends {
            let (mut size, mut positives) = (0, 0);
            for (&row, error) in self.rows[start..end]
                .iter()
                .zip(&self.squared_errors[start..end])
            {
                let weight = weights[(row / 2) as usize];
                size += u64::from(weight);
                positives += u64::from(weight * (row % 2));
                squared_error += f64::from(weight) * error;
            }
            sweep.push(size, positives);
            start = end;
        }
        [
            sweep.auc_roc().unwrap_or(f64::NAN),
            sweep.auc_pr().unwrap_or(f64::NAN),
            squared_error / n as f64,
            sweep.precision()[0],
            sweep.lift().map_or(f64::NAN, |[lift]| lift),
        ]
    }
}

/// The reference and then the others, checked and ranked.
fn models(
    labels: &[bool],
    reference: &Scores,
    others: &[Scores],
    options: &EvaluationOptions,
) -> Result<Vec<Ranked>> {
    if labels.len() > MOST_ROWS {
        return Err(Error::Option {
            name: "the number of rows",
            value: labels.len() as f64,
            expected: "at most 2147483647 are supported",
        });
    }
    std::iter::once(reference)
        .chain(others)
        .map(|model| {
            check(labels, model.scores, model.probabilities, options)?;
            Ranked::new(labels, model)
        })
        .collect()
}

/// The differences of all models from the first.
fn differences(
    labels: &[bool],
    models: &[Ranked],
    resampler: &Resampler,
    options: &EvaluationOptions,
) -> Vec<Vec<Difference>> {
    let measure = |weights: &[u32]| -> Vec<Values> {
        let n = weights.iter().map(|&weight| u64::from(weight)).sum();
        models
            .iter()
            .map(|model| model.measure(weights, n))
            .collect()
    };
    let values = measure(&vec![1; labels.len()]);
    let replicates: Vec<Vec<Values>> = (0..options.replicates)
        .into_par_iter()
        .map_init(
            || resampler.clone(),
            |resampler, replicate| measure(resampler.draw(options.seed, replicate)),
        )
        .collect();
    let positives = labels.iter().filter(|&&label| label).count() as u64;
    let difference = |model: usize, at: usize| {
        let drawn = replicates
            .iter()
            .map(|values| values[model][at] - values[0][at])
            .collect();
        let (lo, hi, p) = spread(drawn, options.confidence)?;
        let (reference, other) = (values[0][at], values[model][at]);
        (other - reference).is_finite().then_some(Difference {
            metric: Metric::ALL[at],
            reference,
            other,
            difference: other - reference,
            lo,
            hi,
            p,
            n: labels.len() as u64,
            positives,
        })
    };
    (1..models.len())
        .map(|model| {
            (0..Metric::ALL.len())
                .filter_map(|at| difference(model, at))
                .collect()
        })
        .collect()
}

/// The percentile interval of differences and the p-value of none; `None` if fewer than half of
/// them are defined.
fn spread(differences: Vec<f64>, confidence: f64) -> Option<(f64, f64, f64)> {
    let all = differences.len();
    let mut defined = differences;
    defined.retain(|difference| difference.is_finite());
    if defined.is_empty() || defined.len() * 2 < all {
        return None;
    }
    defined.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    // Both counts take in zeros, so models that rank alike differ with p = 1.
    let not_above = defined.partition_point(|&difference| difference <= 0.0);
    let not_below = defined.len() - defined.partition_point(|&difference| difference < 0.0);
    let p = 2.0 * (1.0 + not_above.min(not_below) as f64) / (1.0 + defined.len() as f64);
    Some((
        linear_sorted(&defined, tail)?,
        linear_sorted(&defined, 1.0 - tail)?,
        p.min(1.0),
    ))
}

#[cfg(test)]
mod tests;
