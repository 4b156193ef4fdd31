//! The chi-square distribution.

use crate::gamma;

/// The probability that a chi-square variable with these degrees of freedom exceeds `statistic`:
/// the p-value of a test. `None` for no degrees of freedom and for a statistic below 0 or NaN.
///
/// ```
/// let p = leadrank_stats::chi_square::survival(3.841458820694124, 1).unwrap();
/// assert!((p - 0.05).abs() < 1e-15);
/// ```
pub fn survival(statistic: f64, degrees_of_freedom: u64) -> Option<f64> {
    gamma::upper(degrees_of_freedom as f64 / 2.0, statistic / 2.0)
}

/// The value that a chi-square variable with these degrees of freedom stays below with
/// probability `p`, by bisection. `None` for no degrees of freedom or `p` outside 0..1 (0
/// included, 1 excluded: there it is infinite).
pub fn quantile(p: f64, degrees_of_freedom: u64) -> Option<f64> {
    if degrees_of_freedom == 0 || !(0.0..1.0).contains(&p) {
        return None;
    }
    let a = degrees_of_freedom as f64 / 2.0;
    // The smaller of both tails has the more exact digits.
    let is_below = |x: f64| {
        if p < 0.5 {
            gamma::lower(a, x).map(|lower| lower < p)
        } else {
            gamma::upper(a, x).map(|upper| upper > 1.0 - p)
        }
    };
    let (mut low, mut high) = (0.0, a.max(1.0));
    while is_below(high)? {
        low = high;
        high *= 2.0;
    }
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high || high - low < high * f64::EPSILON {
            return Some(2.0 * middle);
        }
        if is_below(middle)? {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undefined_is_none() {
        assert_eq!(survival(1.0, 0), None);
        assert_eq!(survival(-1.0, 1), None);
        assert_eq!(survival(f64::NAN, 1), None);
        assert_eq!(quantile(0.5, 0), None);
        assert_eq!(quantile(1.0, 3), None);
        assert_eq!(quantile(f64::NAN, 3), None);
    }

    /// With two degrees of freedom: exp(-x / 2).
    #[test]
    fn two_degrees_by_hand() {
        assert_eq!(quantile(0.0, 2), Some(0.0));
        for p in [1e-12, 0.1, 0.5, 0.9, 1.0 - 1e-12] {
            let expected = -2.0 * f64::ln_1p(-p);
            assert!(
                (quantile(p, 2).unwrap() / expected - 1.0).abs() < 1e-13,
                "{p}"
            );
        }
    }
}
