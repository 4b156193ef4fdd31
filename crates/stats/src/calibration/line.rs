//! Whether log-odds are too bold or too timid, too high or too low.

use serde::{Deserialize, Serialize};

use crate::calibrators::Curve;
use crate::estimate::Interval;
use crate::logistic::{Logistic, LogisticOptions};
use crate::normal;

/// Confidence of the intervals.
const CONFIDENCE: f64 = 0.95;

/// A coefficient with its Wald interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// The value.
    pub value: f64,
    /// Its 95 % interval.
    pub interval: Interval,
}

/// The logistic regression of outcomes on the log-odds that were predicted for them (D. R. Cox,
/// "Two further applications of a model for binary regression", Biometrika 45 (1958)).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationLine {
    /// 1 where differences between log-odds are right; below 1 they are too bold, above too timid.
    pub slope: Coefficient,
    /// Log-odds where 0 was predicted; 0 where the line is right.
    pub intercept: Coefficient,
    /// How much higher the log-odds should be on the whole, the slope being held at 1
    /// ("calibration in the large"): above 0 the probabilities are too low.
    pub level: Coefficient,
}

/// Fits the line. `None` where a probability is 0, 1 or none, where there is one class only,
/// where all probabilities are equal, or where they separate the classes.
pub fn calibration_line(labels: &[bool], probabilities: &[f64]) -> Option<CalibrationLine> {
    if !probabilities.iter().all(|&p| p > 0.0 && p < 1.0) {
        return None;
    }
    let log_odds: Vec<f64> = probabilities
        .iter()
        .map(|&p| (p / (1.0 - p)).ln())
        .collect();
    let free = LogisticOptions {
        penalty: 0.0,
        standardise: true,
    };
    let fitted = Logistic::fit(&[&log_odds], labels, &free).ok()?;
    let errors = fitted.standard_errors?;
    let Ok(Curve::Level { shift }) = Curve::level(&log_odds, labels) else {
        return None;
    };
    // The information on the level is the sum of the variances at it.
    let information: f64 = log_odds
        .iter()
        .map(|&odds| {
            let p = 1.0 / (1.0 + (-(odds + shift)).exp());
            p * (1.0 - p)
        })
        .sum();
    Some(CalibrationLine {
        slope: wald(fitted.coefficients[0], errors.coefficients[0])?,
        intercept: wald(fitted.intercept, errors.intercept)?,
        level: wald(shift, information.sqrt().recip())?,
    })
}

fn wald(value: f64, error: f64) -> Option<Coefficient> {
    let reach = normal::quantile(0.5 + 0.5 * CONFIDENCE)? * error;
    Some(Coefficient {
        value,
        interval: Interval {
            lo: value - reach,
            hi: value + reach,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows at two probabilities, and how many of them are positive.
    fn rows(groups: &[(f64, usize, usize)]) -> (Vec<bool>, Vec<f64>) {
        let mut labels = Vec::new();
        let mut probabilities = Vec::new();
        for &(probability, n, positives) in groups {
            labels.extend((0..n).map(|row| row < positives));
            probabilities.extend(vec![probability; n]);
        }
        (labels, probabilities)
    }

    #[test]
    fn by_hand_on_two_groups() {
        // Predicted 10 % and 30 %, seen 10 % and 30 %: the line is the diagonal.
        let (labels, probabilities) = rows(&[(0.1, 200, 20), (0.3, 200, 60)]);
        let line = calibration_line(&labels, &probabilities).unwrap();
        assert!((line.slope.value - 1.0).abs() < 1e-8);
        assert!(line.intercept.value.abs() < 1e-8 && line.level.value.abs() < 1e-8);
        // Var(log-odds difference) = 1/20 + 1/180 + 1/60 + 1/140; the slope divides it by the
        // distance of the predicted log-odds.
        let distance = (0.3_f64 / 0.7).ln() - (0.1_f64 / 0.9).ln();
        let error = (1.0 / 20.0 + 1.0 / 180.0 + 1.0 / 60.0 + 1.0 / 140.0_f64).sqrt() / distance;
        let reach = 1.959_963_984_540_054 * error;
        assert!((line.slope.interval.hi - 1.0 - reach).abs() < 1e-6);
        // Calibrated in the large: var = 1 / (200 · .09 + 200 · .21).
        let reach = 1.959_963_984_540_054 / 60.0_f64.sqrt();
        assert!((line.level.interval.hi - reach).abs() < 1e-6);
    }

    #[test]
    fn too_bold_and_too_low_are_told_apart() {
        let bold = rows(&[(0.01, 400, 20), (0.5, 400, 60)]);
        let line = calibration_line(&bold.0, &bold.1).unwrap();
        assert!(line.slope.interval.hi < 1.0, "{line:?}");
        let low = rows(&[(0.05, 400, 40), (0.15, 400, 110)]);
        let line = calibration_line(&low.0, &low.1).unwrap();
        assert!(line.level.interval.lo > 0.0 && line.slope.interval.contains(1.0));
    }

    #[test]
    fn undefined_is_none() {
        assert!(calibration_line(&[true, false], &[0.5, 1.0]).is_none());
        assert!(calibration_line(&[true, false, true], &[0.5; 3]).is_none());
        assert!(calibration_line(&[true, true], &[0.5, 0.4]).is_none());
        assert!(calibration_line(&[], &[]).is_none());
    }
}
