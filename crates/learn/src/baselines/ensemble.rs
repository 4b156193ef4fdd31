//! Two lists of scores as one (the ensemble option of the plan): model and scorecard err in
//! different ways, so their mean can be better than either.

use leadrank_stats::logistic::{Logistic, LogisticOptions};

use crate::{LearnError, Result};

/// Penalty on the weights of stacking: enough to keep them finite where the two margins say
/// the same.
const PENALTY: f64 = 1.0;

/// The mean of two ranks among the calibration rows, as a margin.
pub(super) struct RankAverage {
    /// Margins of the calibration rows, ascending.
    sorted: [Vec<f64>; 2],
}

impl RankAverage {
    pub(super) fn fit(held_out: &[Vec<f64>; 2]) -> Self {
        let sorted = held_out.clone().map(|mut margins| {
            margins.sort_by(f64::total_cmp);
            margins
        });
        Self { sorted }
    }

    /// The log-odds of the mean rank, ranks being shares of the calibration rows.
    pub(super) fn margin(&self, margins: [f64; 2]) -> f64 {
        let mean = 0.5 * (self.rank(0, margins[0]) + self.rank(1, margins[1]));
        (mean / (1.0 - mean)).ln()
    }

    /// The share of calibration rows below, ties counting half, strictly between 0 and 1.
    fn rank(&self, which: usize, margin: f64) -> f64 {
        let sorted = &self.sorted[which];
        let below = sorted.partition_point(|&known| known < margin);
        let up_to = sorted.partition_point(|&known| known <= margin);
        (0.5 * (below + up_to) as f64 + 0.5) / (sorted.len() + 1) as f64
    }
}

/// Log-odds as a weighted sum of two margins (D. H. Wolpert, "Stacked generalization", Neural
/// Networks 5 (1992)), fitted on rows that neither had seen.
pub(super) struct Stacking {
    pub(super) weights: [f64; 2],
    intercept: f64,
}

impl Stacking {
    pub(super) fn fit(held_out: &[Vec<f64>; 2], outcomes: &[bool]) -> Result<Self> {
        let columns = [held_out[0].as_slice(), held_out[1].as_slice()];
        let options = LogisticOptions {
            penalty: PENALTY,
            standardise: true,
        };
        let fitted = Logistic::fit(&columns, outcomes, &options)
            .map_err(|error| LearnError::downstream("stacking", error))?;
        Ok(Self {
            weights: [fitted.coefficients[0], fitted.coefficients[1]],
            intercept: fitted.intercept,
        })
    }

    pub(super) fn margin(&self, margins: [f64; 2]) -> f64 {
        self.intercept + self.weights[0] * margins[0] + self.weights[1] * margins[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_shares_of_the_calibration_rows() {
        let average = RankAverage::fit(&[vec![3.0, 1.0, 2.0], vec![0.0, 0.0, 5.0]]);
        // 2.0 has one below and one tied of three; 0.0 has two tied.
        let expected: f64 = 0.5 * ((1.5 + 0.5) / 4.0 + (1.0 + 0.5) / 4.0);
        let found = average.margin([2.0, 0.0]);
        assert!((found - (expected / (1.0 - expected)).ln()).abs() < 1e-12);
        assert!(average.margin([-9.0, -9.0]).is_finite());
        assert!(average.margin([9.0, 9.0]) > average.margin([9.0, 4.0]));
    }

    #[test]
    fn stacking_weighs_the_better_list_more() {
        let outcomes: Vec<bool> = (0..400).map(|row| row % 4 == 0).collect();
        let noise = |row: usize| ((row * 7919) % 101) as f64 / 50.0 - 1.0;
        let good: Vec<f64> = (0..400)
            .map(|r| f64::from(u8::from(r % 4 == 0)) + noise(r))
            .collect();
        let bad: Vec<f64> = (0..400).map(|row| noise(row + 13)).collect();
        let found = Stacking::fit(&[good, bad], &outcomes).unwrap();
        assert!(
            found.weights[0] > 2.0 * found.weights[1].abs(),
            "{:?}",
            found.weights
        );
    }
}
