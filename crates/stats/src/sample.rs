//! Mean, spread and interval of a small sample, such as a figure over folds.

use crate::{Interval, student};

/// The arithmetic mean; NaN of nothing.
pub fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

/// Standard deviation with the divisor n - 1; NaN for fewer than two values.
pub fn deviation(values: &[f64]) -> f64 {
    let middle = mean(values.iter().copied());
    let squares = values.iter().map(|value| (value - middle).powi(2));
    (squares.sum::<f64>() / (values.len() as f64 - 1.0)).sqrt()
}

/// The interval of the mean by Student's t (W. S. Gosset, "The Probable Error of a Mean",
/// Biometrika 6 (1908)); `None` for fewer than two values and a confidence outside 0..=1.
///
/// ```
/// let interval = leadrank_stats::sample::t_interval(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95).unwrap();
/// assert!((interval.hi - 4.963_243_2).abs() < 1e-6);
/// ```
pub fn t_interval(values: &[f64], confidence: f64) -> Option<Interval> {
    let freedom = (values.len() as u64).checked_sub(1)?;
    let t = student::quantile(0.5 + confidence / 2.0, freedom)?;
    let middle = mean(values.iter().copied());
    let half = t * deviation(values) / (values.len() as f64).sqrt();
    Some(Interval {
        lo: middle - half,
        hi: middle + half,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Squares around 2: 1, 0, 1.
        assert_eq!(mean([1.0, 2.0, 3.0].into_iter()), 2.0);
        assert_eq!(deviation(&[1.0, 2.0, 3.0]), 1.0);
        // With two degrees of freedom t has a closed form, (2p - 1) / sqrt(2p (1 - p)); the
        // standard error is 3^-0.5.
        let interval = t_interval(&[1.0, 2.0, 3.0], 0.95).unwrap();
        let t = 0.95 / (2.0 * 0.975 * 0.025_f64).sqrt();
        let half = t / 3.0_f64.sqrt();
        assert!((interval.lo - (2.0 - half)).abs() < 1e-12);
        assert!((interval.hi - (2.0 + half)).abs() < 1e-12);
    }

    #[test]
    fn too_few_values_have_no_spread() {
        assert!(mean(std::iter::empty()).is_nan());
        assert!(deviation(&[1.0]).is_nan());
        assert_eq!(t_interval(&[1.0], 0.95), None);
        assert_eq!(t_interval(&[], 0.95), None);
        assert_eq!(t_interval(&[1.0, 2.0], 1.5), None);
    }
}
