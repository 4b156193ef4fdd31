//! A ratio of two sums over the same rows, such as scheduled calls per dial.

use crate::{Interval, normal};

/// Confidence of the interval.
const CONFIDENCE: f64 = 0.95;

/// A ratio with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// Sum of the numerators over sum of the denominators.
    pub value: f64,
    /// Its 95 % interval.
    pub interval: Interval,
    /// Rows.
    pub n: u64,
}

/// The ratio with an interval by the delta method, rows being what was drawn (A. Deng, U. Knoblich
/// and J. Lu, "Applying the Delta Method in Metric Analytics", KDD 2018, equation 3): a lead
/// brings all of its dials, so dials are no independent draws. The lower end is not below 0
/// where no numerator is. `None` for fewer than two rows, columns of different length, or a sum
/// of denominators that is not above 0.
///
/// ```
/// use leadrank_stats::ratio::ratio;
///
/// let found = ratio(&[1.0, 0.0, 0.0, 1.0], &[3.0, 5.0, 4.0, 8.0]).unwrap();
/// assert_eq!(found.value, 0.1);
/// assert!(found.interval.lo < 0.1 && found.interval.hi > 0.1);
/// ```
pub fn ratio(numerators: &[f64], denominators: &[f64]) -> Option<Ratio> {
    let n = numerators.len();
    if n < 2 || n != denominators.len() {
        return None;
    }
    let below: f64 = denominators.iter().sum();
    let above: f64 = numerators.iter().sum();
    if !(below > 0.0 && below.is_finite() && above.is_finite()) {
        return None;
    }
    let value = above / below;
    // The variance of a mean of residuals: var(x) - 2 r cov(x, y) + r² var(y).
    let residuals = numerators.iter().zip(denominators);
    let squares: f64 = residuals
        .map(|(x, y)| {
            let residual = x - value * y;
            residual * residual
        })
        .sum();
    let variance = squares / (n as f64 - 1.0);
    let error = (variance * n as f64).sqrt() / below;
    let reach = normal::quantile(0.5 + 0.5 * CONFIDENCE)? * error;
    let positive = numerators.iter().all(|&x| x >= 0.0);
    let lo = value - reach;
    Some(Ratio {
        value,
        interval: Interval {
            lo: if positive { lo.max(0.0) } else { lo },
            hi: value + reach,
        },
        n: n as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Residuals of x − y/5: .4, −.4, 0: variance .16, error √(3 · .16) / 20.
        let found = ratio(&[2.0, 1.0, 1.0], &[8.0, 7.0, 5.0]).unwrap();
        assert_eq!((found.value, found.n), (0.2, 3));
        let error = (3.0_f64 * 0.16).sqrt() / 20.0;
        let reach = 1.959_963_984_540_054 * error;
        assert!((found.interval.hi - 0.2 - reach).abs() < 1e-9);
    }

    #[test]
    fn with_one_dial_each_it_is_a_share() {
        let outcomes: Vec<f64> = (0..400)
            .map(|row| f64::from(u8::from(row % 10 == 0)))
            .collect();
        let found = ratio(&outcomes, &[1.0; 400]).unwrap();
        let error = (0.1_f64 * 0.9 / 399.0).sqrt();
        assert!((found.interval.hi - 0.1 - 1.959_963_984_540_054 * error).abs() < 1e-9);
    }

    #[test]
    fn undefined_is_none() {
        assert_eq!(ratio(&[1.0], &[1.0]), None);
        assert_eq!(ratio(&[1.0, 1.0], &[0.0, 0.0]), None);
        assert_eq!(ratio(&[1.0, 1.0], &[1.0]), None);
        assert_eq!(ratio(&[1.0, f64::NAN], &[1.0, 1.0]), None);
    }
}
