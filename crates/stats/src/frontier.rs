//! What a number of calls is worth, and what is lost by making fewer.
//!
//! Two views of the same question. [`budgets`] looks ahead: the events to expect among the first
//! rows of a list, from their probabilities. [`captured`] looks back: the share of the recorded
//! events among the best-scored rows.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::bins::run_ends;
use crate::error::{Error, Result, finite, same_length, unit_range};
use crate::evaluation::{EvaluationOptions, Resampler};
use crate::quantile::linear_sorted;
use crate::ranking::{Sweep, slice_size};
use crate::{Estimate, Interval, normal, proportion};

/// Shares of the rows, in percent, at which [`captured`] is taken: each five percent.
pub const PERCENTS: [u32; 19] = [
    5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95,
];

/// Most rows whose distribution is computed exactly; its cost grows with their square.
const EXACT: usize = 2_000;

/// The events to expect among the first rows of a list.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// Rows taken, from the first.
    pub rows: u64,
    /// Sum of their probabilities.
    pub expected: f64,
    /// Lower end of the interval of the count, a whole number.
    pub lo: f64,
    /// Upper end of the interval of the count, a whole number.
    pub hi: f64,
    /// What as many rows drawn at random would be expected to hold.
    pub chance: f64,
}

/// The events among the first `sizes` rows of a list, with the interval that holds their count
/// with this `confidence` if the probabilities are right and the rows independent.
///
/// The count is Poisson-binomial (S. D. Poisson, 1837; Y. H. Wang, "On the Number of Successes in
/// Independent Trials", Statistica Sinica 3 (1993)). Up to 2,000 rows its distribution is computed
/// by convolution, beyond by the normal one with the same mean and variance and the correction for
/// continuity. The ends are its quantiles: the least counts that are not exceeded with probability
/// (1 ∓ `confidence`) / 2. A size beyond the list is that of the list.
///
/// ```
/// let found = leadrank_stats::frontier::budgets(&[0.5, 0.5, 0.0], &[2], 0.5).unwrap();
/// assert_eq!((found[0].expected, found[0].lo, found[0].hi), (1.0, 0.0, 1.0));
/// ```
///
/// # Errors
/// A probability outside 0..=1 or a confidence outside 0..1.
pub fn budgets(probabilities: &[f64], sizes: &[u64], confidence: f64) -> Result<Vec<Budget>> {
    unit_range("probabilities", probabilities)?;
    check_confidence(confidence)?;
    let tail = (1.0 - confidence) / 2.0;
    let n = probabilities.len();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|&place| sizes[place]);
    let mut counts = vec![1.0];
    let (mut rows, mut expected, mut variance) = (0, 0.0, 0.0);
    let total: f64 = probabilities.iter().sum();
    let mut found = vec![None; sizes.len()];
    for place in order {
        let size = usize::try_from(sizes[place]).unwrap_or(n).min(n);
        for &probability in &probabilities[rows..size] {
            expected += probability;
            variance += probability * (1.0 - probability);
        }
        if size <= EXACT {
            for &probability in &probabilities[rows..size] {
                convolve(&mut counts, probability);
            }
        }
        let quantile = |share: f64| {
            if size <= EXACT {
                return quantile_of(&counts, share);
            }
            let z = normal::quantile(share).unwrap_or(0.0);
            let end = expected + z * f64::sqrt(variance) - 0.5;
            end.ceil().clamp(0.0, size as f64)
        };
        found[place] = Some(Budget {
            rows: size as u64,
            expected,
            lo: quantile(tail),
            hi: quantile(1.0 - tail),
            chance: size as f64 * total / n.max(1) as f64,
        });
        rows = size;
    }
    Ok(found.into_iter().flatten().collect())
}

/// The distribution of a count after one more trial.
fn convolve(counts: &mut Vec<f64>, probability: f64) {
    counts.push(0.0);
    for at in (1..counts.len()).rev() {
        counts[at] = counts[at] * (1.0 - probability) + counts[at - 1] * probability;
    }
    counts[0] *= 1.0 - probability;
}

/// The least count that is not exceeded with at least this probability.
fn quantile_of(counts: &[f64], share: f64) -> f64 {
    // Sums of thousands of products end a few units of the last place off.
    const ROUNDING: f64 = 1e-12;
    let mut sum = 0.0;
    let reached = counts.iter().position(|count| {
        sum += count;
        sum >= share - ROUNDING
    });
    reached.unwrap_or(counts.len() - 1) as f64
}

/// The share of the events among the best-scored part of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Captured {
    /// The best rows by score, in percent of all.
    pub percent: u32,
    /// Share of all events among them; by chance as many percent.
    pub captured: Estimate,
}

impl Captured {
    /// The other side: the share of the events that is lost when the other rows are skipped.
    pub fn lost(&self) -> Estimate {
        let Estimate { value, lo, hi, .. } = self.captured;
        Estimate {
            value: 1.0 - value,
            lo: 1.0 - hi,
            hi: 1.0 - lo,
            chance: self.captured.chance.map(|chance| 1.0 - chance),
            ..self.captured
        }
    }
}

/// The share of the events captured by the best rows at each of [`PERCENTS`], with percentile
/// bootstrap intervals over rows; where all or none are captured, which a bootstrap takes for
/// certain, with Wilson's interval over the events. Where a cut falls among tied scores the value is the expected one
/// under a random order of the tied rows. The result depends neither on the number of threads nor
/// on the order of the rows.
///
/// # Errors
/// Columns of different length, a score that is not finite, no positives, or options out of range.
pub fn captured(
    labels: &[bool],
    scores: &[f64],
    options: &EvaluationOptions,
) -> Result<Vec<Captured>> {
    same_length("scores", labels.len(), scores.len())?;
    finite("scores", scores)?;
    check_confidence(options.confidence)?;
    let positives = labels.iter().filter(|&&label| label).count();
    if positives == 0 {
        return Err(Error::OneClass {
            what: "the share of events captured",
            n: labels.len(),
            positives,
        });
    }
    let units = u32::try_from(labels.len()).map_err(|_| Error::Option {
        name: "the number of rows",
        value: labels.len() as f64,
        expected: "at most 4294967295 are supported",
    })?;
    let rows = Rows::new(labels, scores);
    let values = rows.recalls(&vec![1; labels.len()]);
    let replicates: Vec<_> = (0..options.replicates)
        .into_par_iter()
        .map_init(
            || Resampler::new(units, None),
            |resampler, replicate| rows.recalls(resampler.draw(options.seed, replicate)),
        )
        .flatten()
        .collect();
    let Some(values) = values else {
        return Ok(Vec::new());
    };
    let found = PERCENTS.iter().enumerate().map(|(place, &percent)| {
        let value = values[place];
        let events = positives as u64;
        let Interval { lo, hi } = match value {
            0.0 => proportion::wilson(0, events, options.confidence),
            1.0 => proportion::wilson(events, events, options.confidence),
            _ => interval(&replicates, place, options.confidence)?,
        };
        Some(Captured {
            percent,
            captured: Estimate {
                value,
                // A skewed bootstrap may leave out the value itself.
                lo: lo.min(value),
                hi: hi.max(value),
                n: labels.len() as u64,
                positives: events,
                chance: Some(f64::from(percent) / 100.0),
            },
        })
    });
    Ok(found.flatten().collect())
}

/// Outcomes from the best score to the worst, and where runs of equal scores end.
struct Rows {
    labels: Vec<bool>,
    ends: Vec<usize>,
}

impl Rows {
    fn new(labels: &[bool], scores: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..labels.len()).collect();
        order.sort_by(|&a, &b| {
            // Adding zero turns -0 into 0; the label makes the order in which rows came no matter.
            (scores[b] + 0.0)
                .total_cmp(&(scores[a] + 0.0))
                .then(labels[b].cmp(&labels[a]))
        });
        Rows {
            ends: run_ends(order.len(), |a, b| scores[order[a]] == scores[order[b]]),
            labels: order.iter().map(|&row| labels[row]).collect(),
        }
    }

    /// The recall at each of [`PERCENTS`] with each row counted as often as its weight says; none
    /// without positives.
    fn recalls(&self, weights: &[u32]) -> Option<[f64; PERCENTS.len()]> {
        let n: u64 = weights.iter().map(|&weight| u64::from(weight)).sum();
        let mut sweep = Sweep::new(PERCENTS.map(|at| slice_size(n, f64::from(at) / 100.0)));
        let mut start = 0;
        for &end in &self.ends {
            let (mut size, mut positives) = (0, 0);
            for (&weight, &label) in weights[start..end].iter().zip(&self.labels[start..end]) {
                size += u64::from(weight);
                positives += if label { u64::from(weight) } else { 0 };
            }
            sweep.push(size, positives);
            start = end;
        }
        sweep.recall()
    }
}

fn interval(
    replicates: &[[f64; PERCENTS.len()]],
    place: usize,
    confidence: f64,
) -> Option<Interval> {
    let mut values: Vec<f64> = replicates.iter().map(|values| values[place]).collect();
    values.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    Some(Interval {
        lo: linear_sorted(&values, tail)?,
        hi: linear_sorted(&values, 1.0 - tail)?,
    })
}

fn check_confidence(confidence: f64) -> Result<()> {
    if confidence > 0.0 && confidence < 1.0 {
        return Ok(());
    }
    Err(Error::Option {
        name: "confidence",
        value: confidence,
        expected: "must lie between 0 and 1, such as 0.95",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_list_is_close_to_its_exact_distribution() {
        let probabilities: Vec<f64> = (0..2_600)
            .map(|row| 0.08 / f64::from(1 + row % 7))
            .collect();
        let size = probabilities.len();
        let normal = budgets(&probabilities, &[size as u64], 0.95).unwrap()[0];
        let mut counts = vec![1.0];
        for &probability in &probabilities {
            convolve(&mut counts, probability);
        }
        assert!((normal.lo - quantile_of(&counts, 0.025)).abs() <= 1.0);
        assert!((normal.hi - quantile_of(&counts, 0.975)).abs() <= 1.0);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert!(budgets(&[1.5], &[1], 0.95).is_err());
        assert!(budgets(&[0.5], &[1], 1.0).is_err());
        let options = EvaluationOptions::default();
        assert!(captured(&[false], &[1.0], &options).is_err());
        assert!(captured(&[true], &[f64::NAN], &options).is_err());
        assert!(captured(&[true], &[], &options).is_err());
    }

    #[test]
    fn without_rows_nothing_is_expected() {
        let found = budgets(&[], &[0, 10], 0.95).unwrap();
        let empty = Budget {
            rows: 0,
            expected: 0.0,
            lo: 0.0,
            hi: 0.0,
            chance: 0.0,
        };
        assert_eq!(found, [empty, empty]);
    }

    #[test]
    fn nothing_lost_is_no_proof_that_nothing_will_be() {
        let labels: Vec<bool> = (0..100).map(|row| row < 10).collect();
        let scores: Vec<f64> = (0..100).map(|row| -f64::from(row)).collect();
        let found = captured(&labels, &scores, &EvaluationOptions::default()).unwrap();
        let lost = found[15].lost();
        assert_eq!((lost.value, lost.lo), (0.0, 0.0));
        assert!((lost.hi - proportion::wilson(0, 10, 0.95).hi).abs() < 1e-12);
    }

    #[test]
    fn skipping_mirrors_what_is_captured() {
        let labels: Vec<bool> = (0..100).map(|row| row < 10 || row == 90).collect();
        let scores: Vec<f64> = (0..100).map(|row| -f64::from(row)).collect();
        let found = captured(&labels, &scores, &EvaluationOptions::default()).unwrap();
        let at_80 = found.iter().find(|point| point.percent == 80).unwrap();
        assert!((at_80.captured.value - 10.0 / 11.0).abs() < 1e-12);
        let lost = at_80.lost();
        assert!((lost.value - 1.0 / 11.0).abs() < 1e-12);
        assert_eq!((lost.n, lost.positives), (100, 11));
        assert!((lost.chance.unwrap() - 0.2).abs() < 1e-12);
        assert!(lost.lo <= lost.value && lost.value <= lost.hi && lost.hi < 0.5);
    }
}
