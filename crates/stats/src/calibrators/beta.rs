//! Beta calibration.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::logistic::{Logistic, LogisticOptions};

/// The curve `log-odds = low · ln p − high · ln(1 − p) + intercept` of the uncalibrated
/// probability `p` (M. Kull, T. Silva Filho and P. Flach, "Beta calibration: a well-founded and
/// easily implemented improvement on logistic calibration for binary classifiers", AISTATS 2017,
/// equation 5). With `low = high` it is Platt's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Beta {
    /// Slope where probabilities are low; 0 or more.
    pub low: f64,
    /// Slope where probabilities are high; 0 or more.
    pub high: f64,
    /// Log-odds where both logarithms are 0.
    pub intercept: f64,
}

impl Beta {
    /// Fits by logistic regression on both logarithms; one whose slope would be negative is left
    /// out, as the authors do. `None` where nothing is left that rises.
    pub(super) fn fit(margins: &[f64], labels: &[bool]) -> Result<Option<Beta>> {
        let low: Vec<f64> = margins
            .iter()
            .map(|&margin| ln_probability(margin))
            .collect();
        let high: Vec<f64> = margins
            .iter()
            .map(|&margin| -ln_probability(-margin))
            .collect();
        let free = LogisticOptions {
            penalty: 0.0,
            standardise: true,
        };
        // At low rates both logarithms may be one line to rounding: then one slope says it all.
        let low_falls = match Logistic::fit(&[&low, &high], labels, &free) {
            Ok(both) if both.coefficients.iter().all(|&slope| slope >= 0.0) => {
                return Ok(Some(Beta {
                    low: both.coefficients[0],
                    high: both.coefficients[1],
                    intercept: both.intercept,
                }));
            }
            Ok(both) => both.coefficients[0] < 0.0,
            Err(_) => false,
        };
        let kept = if low_falls { &high } else { &low };
        let alone = Logistic::fit(&[kept], labels, &free)?;
        let slope = alone.coefficients[0];
        let (low, high) = if low_falls {
            (0.0, slope)
        } else {
            (slope, 0.0)
        };
        Ok((slope > 0.0).then_some(Beta {
            low,
            high,
            intercept: alone.intercept,
        }))
    }

    pub(super) fn log_odds(&self, margin: f64) -> f64 {
        self.low * ln_probability(margin) - self.high * ln_probability(-margin) + self.intercept
    }
}

/// `ln(1 / (1 + exp(-margin)))` without overflow.
fn ln_probability(margin: f64) -> f64 {
    margin.min(0.0) - (-margin.abs()).exp().ln_1p()
}
