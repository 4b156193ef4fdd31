//! Two lists of scores as one (the ensemble option of the plan): model and scorecard err in
//! different ways, so their mean can be better than either.

use leadrank_stats::calibrators::Curve;
use leadrank_stats::logistic::{Logistic, LogisticOptions};

use super::Kind;
use crate::calibrate::curve;
use crate::{LearnError, Result};

/// Penalty on the weights of stacking: enough to keep them finite where the two margins say
/// the same.
const PENALTY: f64 = 1.0;

/// Model and scorecard as one score.
#[derive(Debug, Clone, PartialEq)]
pub struct Ensemble {
    rule: Rule,
    calibration: Curve,
}

#[derive(Debug, Clone, PartialEq)]
enum Rule {
    /// The mean of two ranks among the calibration rows, whose margins these are, ascending.
    RankAverage { sorted: [Vec<f64>; 2] },
    /// Log-odds as a weighted sum of two margins.
    Stacking { weights: [f64; 2], intercept: f64 },
}

impl Ensemble {
    /// The mean of two ranks. `held_out` are both margins of the calibration rows, from fits
    /// that had not seen them.
    pub(super) fn rank_average(held_out: &[Vec<f64>; 2], outcomes: &[bool]) -> Result<Self> {
        let sorted = held_out.clone().map(|mut margins| {
            margins.sort_by(f64::total_cmp);
            margins
        });
        let rule = Rule::RankAverage { sorted };
        let both = held_out[0].iter().zip(&held_out[1]);
        let margins: Vec<f64> = both.map(|(&a, &b)| rule.margin([a, b])).collect();
        let calibration = curve(&margins, outcomes)?;
        Ok(Self { rule, calibration })
    }

    /// A weighted sum of two margins (D. H. Wolpert, "Stacked generalization", Neural Networks
    /// 5 (1992)), fitted on rows that neither had seen: log-odds that need no calibration.
    pub(super) fn stacking(held_out: &[Vec<f64>; 2], outcomes: &[bool]) -> Result<Self> {
        let options = LogisticOptions {
            penalty: PENALTY,
            standardise: true,
        };
        let fit = |places: &[usize]| {
            let columns: Vec<&[f64]> = places.iter().map(|&at| held_out[at].as_slice()).collect();
            Logistic::fit(&columns, outcomes, &options)
                .map_err(|error| LearnError::downstream("stacking", error))
        };
        let both = fit(&[0, 1])?;
        let mut weights = [both.coefficients[0], both.coefficients[1]];
        let mut intercept = both.intercept;
        // A list that counts against itself is one that the other makes superfluous: what it
        // would take away is noise of the few rows that weigh it (L. Breiman, "Stacked
        // regressions", Machine Learning 24 (1996), asks for weights of 0 or more).
        if let Some(negative) = weights.iter().position(|&weight| weight < 0.0) {
            let other = 1 - negative;
            let alone = fit(&[other])?;
            weights[negative] = 0.0;
            weights[other] = alone.coefficients[0].max(0.0);
            intercept = alone.intercept;
        }
        Ok(Self {
            rule: Rule::Stacking { weights, intercept },
            calibration: Curve::None,
        })
    }

    /// Which of the two it is.
    pub fn kind(&self) -> Kind {
        match self.rule {
            Rule::RankAverage { .. } => Kind::RankAverage,
            Rule::Stacking { .. } => Kind::Stacking,
        }
    }

    /// What rows are ranked by, from the margins of the model and of the scorecard.
    pub fn margin(&self, model: f64, scorecard: f64) -> f64 {
        self.rule.margin([model, scorecard])
    }

    /// The probability that a margin of [`Ensemble::margin`] stands for.
    pub fn probability(&self, margin: f64) -> f64 {
        self.calibration.probability(margin)
    }

    /// How the two are weighed, in words that follow others; empty where they count alike.
    pub(super) fn note(&self) -> String {
        match self.rule {
            Rule::RankAverage { .. } => String::new(),
            Rule::Stacking { weights, .. } => format!(
                ": {:.2} × the model's margin and {:.2} × the scorecard's",
                weights[0], weights[1]
            ),
        }
    }
}

impl Rule {
    fn margin(&self, margins: [f64; 2]) -> f64 {
        match self {
            Rule::RankAverage { sorted } => {
                let ranks = [0, 1].map(|which| rank(&sorted[which], margins[which]));
                let mean = 0.5 * (ranks[0] + ranks[1]);
                (mean / (1.0 - mean)).ln()
            }
            Rule::Stacking { weights, intercept } => {
                intercept + weights[0] * margins[0] + weights[1] * margins[1]
            }
        }
    }
}

/// The share of calibration rows below, ties counting half, strictly between 0 and 1.
fn rank(sorted: &[f64], margin: f64) -> f64 {
    let below = sorted.partition_point(|&known| known < margin);
    let up_to = sorted.partition_point(|&known| known <= margin);
    (0.5 * (below + up_to) as f64 + 0.5) / (sorted.len() + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_shares_of_the_calibration_rows() {
        let held_out = [vec![3.0, 1.0, 2.0, 0.0], vec![0.0, 0.0, 5.0, 9.0]];
        let outcomes = [true, false, true, false];
        let average = Ensemble::rank_average(&held_out, &outcomes).unwrap();
        // 2.0 has two below and one tied of four; 0.0 has two tied.
        let expected: f64 = 0.5 * ((2.5 + 0.5) / 5.0 + (1.0 + 0.5) / 5.0);
        let found = average.margin(2.0, 0.0);
        assert!((found - (expected / (1.0 - expected)).ln()).abs() < 1e-12);
        assert!(average.margin(-9.0, -9.0).is_finite());
        assert!(average.margin(9.0, 9.5) > average.margin(9.0, 4.0));
    }

    #[test]
    fn stacking_weighs_the_better_list_more() {
        let outcomes: Vec<bool> = (0..400).map(|row| row % 4 == 0).collect();
        let noise = |row: usize| ((row * 7919) % 101) as f64 / 50.0 - 1.0;
        let good: Vec<f64> = (0..400)
            .map(|row| f64::from(u8::from(row % 4 == 0)) + noise(row))
            .collect();
        let bad: Vec<f64> = (0..400).map(|row| noise(row + 13)).collect();
        let found = Ensemble::stacking(&[good.clone(), bad.clone()], &outcomes).unwrap();
        let Rule::Stacking { weights, .. } = found.rule else {
            panic!("{found:?}");
        };
        assert!(weights[0] > 2.0 * weights[1].abs(), "{weights:?}");
        assert!(found.note().contains("the scorecard's"));
        // A list that ranks wrongly is left out, not turned round.
        let wrong: Vec<f64> = good.iter().map(|margin| -margin).collect();
        let found = Ensemble::stacking(&[wrong, bad], &outcomes).unwrap();
        let Rule::Stacking { weights, .. } = found.rule else {
            panic!("{found:?}");
        };
        assert_eq!(weights[0], 0.0);
        assert!(weights[1] >= 0.0);
    }
}
