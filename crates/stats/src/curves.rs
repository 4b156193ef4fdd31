//! Curves and tables to draw.
//!
//! All of them are empty where nothing can be said: no rows, columns of different length, a NaN
//! score or a probability outside 0..=1, and, but for [`reliability`], no positives.

use serde::{Deserialize, Serialize};

use crate::bins::{BinTotals, EqualMass, run_ends};
use crate::calibration::{mass_bins, width_bins};
use crate::ranking::best_first;
use crate::{Estimate, proportion};

/// Most points a curve keeps.
const MAX_POINTS: usize = 400;
/// Confidence of the intervals in tables.
const CONFIDENCE: f64 = 0.95;

/// Precision and recall of calling every row at or above a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PrPoint {
    /// Share of all positives that are called.
    pub recall: f64,
    /// Share of positives among the rows called.
    pub precision: f64,
    /// The lowest score called.
    pub threshold: f64,
}

/// How many positives the best part of the rows captures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GainPoint {
    /// Share of the rows, best scores first.
    pub fraction: f64,
    /// Share of all positives among them.
    pub captured: f64,
}

/// A tenth of the rows by score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Decile {
    /// 1 is the best tenth, 10 the worst.
    pub decile: u32,
    /// Rows.
    pub n: u64,
    /// Positive rows.
    pub positives: u64,
    /// Share of positives with its 95 % Wilson interval; chance is the base rate.
    pub rate: Estimate,
    /// Mean of the probabilities.
    pub mean_probability: f64,
    /// Rate as a multiple of the base rate.
    pub lift: f64,
}

/// Rows of similar probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Rows.
    pub n: u64,
    /// Positive rows.
    pub positives: u64,
    /// Mean of the probabilities.
    pub mean_probability: f64,
    /// Share of positives with its 95 % Wilson interval.
    pub observed: Estimate,
}

/// The precision-recall curve from the highest threshold down, one point for each distinct score,
/// thinned evenly to at most 400 with both ends kept.
pub fn precision_recall(labels: &[bool], scores: &[f64]) -> Vec<PrPoint> {
    let Some(steps) = steps(labels, scores) else {
        return Vec::new();
    };
    let total = steps[steps.len() - 1].positives as f64;
    let point = |step: &Step| PrPoint {
        recall: step.positives as f64 / total,
        precision: step.positives as f64 / step.n as f64,
        threshold: step.score,
    };
    thin(&steps.iter().map(point).collect::<Vec<_>>())
}

/// The cumulative gain curve from (0, 0) to (1, 1), one point for each distinct score, thinned
/// evenly to at most 400 with both ends kept. Between two points rows are tied: a straight line
/// there is the expected gain under a random order.
pub fn cumulative_gain(labels: &[bool], scores: &[f64]) -> Vec<GainPoint> {
    let Some(steps) = steps(labels, scores) else {
        return Vec::new();
    };
    let last = &steps[steps.len() - 1];
    let (n, total) = (last.n as f64, last.positives as f64);
    let mut points = vec![GainPoint {
        fraction: 0.0,
        captured: 0.0,
    }];
    points.extend(steps.iter().map(|step| GainPoint {
        fraction: step.n as f64 / n,
        captured: step.positives as f64 / total,
    }));
    thin(&points)
}

/// The rows in tenths by score, best first. Tied scores stay together, in the tenth where their
/// middle rank lies; a tenth left without rows is not listed.
pub fn deciles(labels: &[bool], scores: &[f64], probabilities: &[f64]) -> Vec<Decile> {
    let positives = labels.iter().filter(|&&label| label).count() as u64;
    let usable = probabilities.len() == labels.len()
        && probabilities
            .iter()
            .all(|probability| (0.0..=1.0).contains(probability));
    let order = match best_first(labels.len(), scores) {
        Some(order) if usable && positives > 0 => order,
        _ => return Vec::new(),
    };
    let n = labels.len() as u64;
    let base_rate = positives as f64 / n as f64;
    let mut totals = [BinTotals::default(); 10];
    let mut dealer = EqualMass::new(n, totals.len());
    let mut start = 0;
    for end in run_ends(order.len(), |a, b| scores[order[a]] == scores[order[b]]) {
        let bin = &mut totals[dealer.next_bin((end - start) as u64)];
        for &row in &order[start..end] {
            bin.add(1, u64::from(labels[row]), probabilities[row]);
        }
        start = end;
    }
    let decile = |(number, bin): (u32, &BinTotals)| {
        let rate = proportion::estimate(bin.positives, bin.n, CONFIDENCE)?;
        Some(Decile {
            decile: number,
            n: bin.n,
            positives: bin.positives,
            rate: Estimate {
                chance: Some(base_rate),
                ..rate
            },
            mean_probability: bin.probability / bin.n as f64,
            lift: rate.value / base_rate,
        })
    };
    (1..).zip(&totals).filter_map(decile).collect()
}

/// The rows in `bins` bins of equal mass by probability, lowest first. Equal probabilities stay
/// together, in the bin where their middle rank lies; a bin left without rows is not listed. The
/// same bins as in [`ece_equal_mass`](crate::calibration::ece_equal_mass).
pub fn reliability(labels: &[bool], probabilities: &[f64], bins: usize) -> Vec<ReliabilityBin> {
    told(mass_bins(labels, probabilities, bins))
}

/// The same in bins of equal width, of which at low rates nearly all rows share one or two.
pub fn reliability_by_width(
    labels: &[bool],
    probabilities: &[f64],
    bins: usize,
) -> Vec<ReliabilityBin> {
    told(width_bins(labels, probabilities, bins))
}

/// The bins that hold rows.
fn told(bins: Option<Vec<BinTotals>>) -> Vec<ReliabilityBin> {
    let bin = |bin: &BinTotals| {
        Some(ReliabilityBin {
            n: bin.n,
            positives: bin.positives,
            observed: proportion::estimate(bin.positives, bin.n, CONFIDENCE)?,
            mean_probability: bin.probability / bin.n as f64,
        })
    };
    bins.unwrap_or_default().iter().filter_map(bin).collect()
}

/// Rows and positives at or above a score.
struct Step {
    score: f64,
    n: u64,
    positives: u64,
}

/// The totals at each distinct score, best first; `None` without positives.
fn steps(labels: &[bool], scores: &[f64]) -> Option<Vec<Step>> {
    let order = best_first(labels.len(), scores)?;
    let mut positives = 0;
    let mut start = 0;
    let mut steps = Vec::new();
    for end in run_ends(order.len(), |a, b| scores[order[a]] == scores[order[b]]) {
        positives += order[start..end].iter().filter(|&&row| labels[row]).count() as u64;
        steps.push(Step {
            score: scores[order[start]],
            n: end as u64,
            positives,
        });
        start = end;
    }
    (positives > 0).then_some(steps)
}

/// At most [`MAX_POINTS`] of the points, evenly spread, with the first and the last.
fn thin<T: Copy>(points: &[T]) -> Vec<T> {
    if points.len() <= MAX_POINTS {
        return points.to_vec();
    }
    let (last, steps) = (points.len() - 1, MAX_POINTS - 1);
    (0..=steps)
        .map(|step| points[(step * last + steps / 2) / steps])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_curves_are_thinned_between_their_ends() {
        let labels: Vec<bool> = (0..5000).map(|row| row % 7 == 0).collect();
        let scores: Vec<f64> = (0..5000).map(|row| f64::from(row * 1237 % 5000)).collect();
        let curve = precision_recall(&labels, &scores);
        assert_eq!(curve.len(), MAX_POINTS);
        assert_eq!(curve[0].threshold, 4999.0);
        assert_eq!((curve[399].threshold, curve[399].recall), (0.0, 1.0));
        let gain = cumulative_gain(&labels, &scores);
        assert_eq!(gain.len(), MAX_POINTS);
        assert_eq!(
            gain[399],
            GainPoint {
                fraction: 1.0,
                captured: 1.0
            }
        );
    }

    #[test]
    fn gain_by_hand() {
        let gain = cumulative_gain(&[true, false, true, false], &[3.0, 2.0, 2.0, 1.0]);
        let points: Vec<(f64, f64)> = gain
            .iter()
            .map(|point| (point.fraction, point.captured))
            .collect();
        assert_eq!(points, [(0.0, 0.0), (0.25, 0.5), (0.75, 1.0), (1.0, 1.0)]);
    }

    #[test]
    fn deciles_by_hand() {
        let labels: Vec<bool> = (0..20).map(|row| row < 2 || row == 10).collect();
        let scores: Vec<f64> = (0..20).map(|row| -f64::from(row)).collect();
        let deciles = deciles(&labels, &scores, &[0.25; 20]);
        assert_eq!(deciles.len(), 10);
        assert!(
            deciles
                .iter()
                .all(|decile| decile.n == 2 && decile.mean_probability == 0.25)
        );
        assert_eq!((deciles[0].decile, deciles[0].positives), (1, 2));
        assert!((deciles[0].lift - 1.0 / 0.15).abs() < 1e-12);
        assert_eq!(deciles[5].rate.value, 0.5);
        assert_eq!(deciles[5].rate.chance, Some(0.15));
        assert_eq!(deciles[9].rate.interval(), proportion::wilson(0, 2, 0.95));
    }

    #[test]
    fn all_tied_is_one_bin_in_the_middle() {
        let deciles = deciles(&[true, false], &[1.0, 1.0], &[0.5, 0.5]);
        assert_eq!(deciles.len(), 1);
        assert_eq!(
            (deciles[0].decile, deciles[0].n, deciles[0].lift),
            (6, 2, 1.0)
        );
    }

    #[test]
    fn nothing_to_draw_is_empty() {
        assert!(precision_recall(&[false], &[1.0]).is_empty());
        assert!(cumulative_gain(&[], &[]).is_empty());
        assert!(deciles(&[true], &[1.0], &[]).is_empty());
        assert!(deciles(&[true], &[1.0], &[2.0]).is_empty());
        assert!(reliability(&[true], &[f64::NAN], 10).is_empty());
        assert!(reliability(&[true], &[0.5], 0).is_empty());
    }
}
