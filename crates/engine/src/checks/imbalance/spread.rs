//! How far the area under the precision-recall curve moves by sampling alone.
//!
//! Scores of negatives are taken as standard normal, those of positives as normal with the
//! same spread and a higher mean (the binormal model). The area is then a smooth functional
//! of the distribution of rows, and its variance is the mean square of its influence
//! function over the number of rows (F. R. Hampel, "The Influence Curve and Its Role in
//! Robust Estimation", JASA 69 (1974)). With `A(t)` and `B(t)` the probabilities of a
//! positive and a negative row with a score of at least `t`, `p = A / (A + B)` the precision
//! and `q` the base rate, the area is the mean of `p` over positives, and one more row with
//! score `s` moves it by
//!
//! - `(p(s) + G(s) - area) / q` if it is positive, `G` being the integral of
//!   `B / (A + B)^2 dA` over thresholds up to `s`;
//! - minus the integral of `A / (A + B)^2 dA` over thresholds up to `s`, over `q`, if not.
//!
//! Two models judged on the same rows err together: the variance of their difference uses the
//! mean product of both influences under a given correlation of their scores.
//!
//! That holds for many positives. With few, the first ranks add noise of their own: drawn
//! samples of 60 to 4,000 positives spread more by about `1.3 / sqrt(positives)`, paired ones
//! by `4 / sqrt(positives)`, and these factors are applied. A test draws samples and compares.

use leadrank_stats::normal;

/// Lowest score of the grid and its step; scores beyond are as good as absent.
const LOWEST: f64 = -7.0;
const HIGHEST: f64 = 7.5;
const STEP: f64 = 0.01;
/// Step and reach of the integrals over a pair of scores.
const PAIR_STEP: f64 = 0.08;
const PAIR_REACH: f64 = 5.6;

/// What few positives add to the spread, as a multiple of one over the root of their number:
/// of one area, and of a difference on the same rows.
const FEW: f64 = 1.3;
const FEW_PAIRED: f64 = 4.0;

/// The area and its influence function at one base rate.
pub(super) struct Spread {
    base_rate: f64,
    /// Mean score of positives.
    shift: f64,
    /// The expected area.
    pub(super) area: f64,
    positive: Vec<f64>,
    negative: Vec<f64>,
}

impl Spread {
    /// At a base rate and an area under the ROC curve; none outside 0..1, or where the area
    /// under the ROC curve is not above one half.
    pub(super) fn new(base_rate: f64, auc_roc: f64) -> Option<Self> {
        if !(base_rate > 0.0 && base_rate < 1.0 && auc_roc > 0.5 && auc_roc < 1.0) {
            return None;
        }
        let shift = std::f64::consts::SQRT_2 * normal::quantile(auc_roc)?;
        let points = ((HIGHEST - LOWEST) / STEP).round() as usize + 1;
        let (mut area, mut of_positive, mut of_negative) = (0.0, 0.0, 0.0);
        let mut precision = Vec::with_capacity(points);
        let (mut positive, mut negative) = (Vec::new(), Vec::new());
        for point in 0..points {
            let score = LOWEST + STEP * point as f64;
            let a = base_rate * normal::cdf(shift - score);
            let b = (1.0 - base_rate) * normal::cdf(-score);
            let density = base_rate * density(score - shift) * STEP;
            let all = a + b;
            precision.push(a / all);
            area += a / all * density / base_rate;
            // Half of the step before and after, so that the sums are at the point itself.
            of_positive += b / (all * all) * density / 2.0;
            of_negative += a / (all * all) * density / 2.0;
            positive.push(of_positive);
            negative.push(-of_negative / base_rate);
            of_positive += b / (all * all) * density / 2.0;
            of_negative += a / (all * all) * density / 2.0;
        }
        for (influence, precision) in positive.iter_mut().zip(precision) {
            *influence = (precision + *influence - area) / base_rate;
        }
        Some(Spread {
            base_rate,
            shift,
            area,
            positive,
            negative,
        })
    }

    /// Standard deviation of the area on so many rows.
    pub(super) fn deviation(&self, rows: u64) -> f64 {
        self.on(rows, self.product(1.0), FEW)
    }

    /// Standard deviation of the difference of two such models on the same rows, whose scores
    /// have this correlation among positives and among negatives.
    pub(super) fn deviation_of_difference(&self, rows: u64, correlation: f64) -> f64 {
        let variance = 2.0 * (self.product(1.0) - self.product(correlation));
        self.on(rows, variance.max(0.0), FEW_PAIRED)
    }

    /// The deviation on so many rows, from the variance of one.
    fn on(&self, rows: u64, variance: f64, few: f64) -> f64 {
        let rows = rows.max(1) as f64;
        let positives = self.base_rate * rows;
        (variance / rows).sqrt() * (1.0 + few / positives.sqrt())
    }

    /// Mean product of the influences of one row under two models.
    fn product(&self, correlation: f64) -> f64 {
        let positive = paired(&self.positive, self.shift, correlation);
        let negative = paired(&self.negative, 0.0, correlation);
        self.base_rate * positive + (1.0 - self.base_rate) * negative
    }
}

/// Mean of `f(x) f(y)` for normal x and y of this mean, deviation 1 and correlation.
fn paired(influence: &[f64], mean: f64, correlation: f64) -> f64 {
    let steps = (PAIR_REACH / PAIR_STEP).round() as i32;
    let grid = || (-steps..=steps).map(|step| f64::from(step) * PAIR_STEP);
    let rest = (1.0 - correlation * correlation).max(0.0).sqrt();
    let mut sum = 0.0;
    for x in grid() {
        let own = at(influence, mean + x);
        let other = if rest == 0.0 {
            own
        } else {
            let values =
                grid().map(|w| at(influence, mean + correlation * x + rest * w) * density(w));
            values.sum::<f64>() * PAIR_STEP
        };
        sum += own * other * density(x) * PAIR_STEP;
    }
    sum
}

/// The value at a score, between the points of the grid.
fn at(influence: &[f64], score: f64) -> f64 {
    let last = influence.len() - 1;
    let place = ((score - LOWEST) / STEP).clamp(0.0, last as f64);
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    let part = place - below as f64;
    influence[below] * (1.0 - part) + influence[above] * part
}

fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

#[cfg(test)]
mod tests {
    use leadrank_stats::{ranking, sample};

    use super::*;

    /// The table of realistic values in domain.md, "Validation gates and thresholds".
    #[test]
    fn areas_are_those_of_the_realism_table() {
        for (roc, pr) in [(0.58, 0.052), (0.63, 0.064), (0.70, 0.094), (0.80, 0.188)] {
            let found = Spread::new(0.039, roc).unwrap().area;
            assert!((found - pr).abs() < 0.002, "{roc}: {found}");
        }
        assert!(Spread::new(0.039, 0.5).is_none());
        assert!(Spread::new(0.0, 0.6).is_none());
    }

    #[test]
    fn the_mean_influence_is_zero() {
        let spread = Spread::new(0.035, 0.63).unwrap();
        let mean = |influence: &[f64], mean: f64| -> f64 {
            let steps = (-700..=700).map(|step| f64::from(step) / 100.0);
            steps
                .map(|x| at(influence, mean + x) * density(x) / 100.0)
                .sum()
        };
        let sum =
            0.035 * mean(&spread.positive, spread.shift) + 0.965 * mean(&spread.negative, 0.0);
        assert!(sum.abs() < 1e-3, "{sum}");
    }

    /// Samples drawn and measured with the area that reports use.
    #[test]
    fn deviations_are_those_of_drawn_samples() {
        for (rows, samples) in [(1500, 600), (6000, 300)] {
            compare(rows, samples);
        }
    }

    fn compare(rows: usize, samples: usize) {
        let (share, correlation) = (0.04, 0.9_f64);
        let spread = Spread::new(share, 0.63).unwrap();
        let mut state = 7_u64;
        let mut uniform = || {
            // D. E. Knuth's linear congruential generator, its high bits.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
        };
        let rest = (1.0 - correlation * correlation).sqrt();
        let (mut areas, mut gaps) = (Vec::new(), Vec::new());
        for _ in 0..samples {
            let (mut labels, mut one, mut two) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..rows {
                let label = uniform() < share;
                let mean = if label { spread.shift } else { 0.0 };
                let x = normal::quantile(uniform()).unwrap();
                let w = normal::quantile(uniform()).unwrap();
                labels.push(label);
                one.push(mean + x);
                two.push(mean + correlation * x + rest * w);
            }
            let first = ranking::auc_pr(&labels, &one).unwrap();
            areas.push(first);
            gaps.push(first - ranking::auc_pr(&labels, &two).unwrap());
        }
        let single = sample::deviation(&areas) / spread.deviation(rows as u64);
        let paired =
            sample::deviation(&gaps) / spread.deviation_of_difference(rows as u64, correlation);
        println!("{rows} rows, drawn over computed: {single:.3} alone, {paired:.3} paired");
        // A deviation of so many samples is known to about 4 %, more with long tails.
        assert!((single - 1.0).abs() < 0.15, "{single}");
        assert!((paired - 1.0).abs() < 0.15, "{paired}");
    }
}
