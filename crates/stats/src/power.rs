//! How many rows a comparison needs, and what one of a given size can see.
//!
//! All tests are two-sided; `alpha` is the probability of an alarm without a cause, `power` that
//! of seeing the cause. Both lie in 0..1 without the ends, and the power above `alpha / 2`, which
//! takes no rows at all; else there is no result. Arms have the same number of rows.

use crate::normal;

/// Rows an arm needs to tell the rate `other` from the rate `base`: J. L. Fleiss,
/// "Statistical Methods for Rates and Proportions", second edition (1981), chapter 3, without a
/// continuity correction. The test has the variance of the mean rate, its power both variances.
///
/// The number is not rounded: round up to have the power for sure (the table of domain.md, "A/B
/// test", is rounded to the nearest). `None` for rates that are equal or outside 0..1.
///
/// ```
/// let n = leadrank_stats::power::rows_per_arm(0.0389, 1.5 * 0.0389, 0.05, 0.8).unwrap();
/// assert_eq!(n.round(), 1918.0);
/// ```
pub fn rows_per_arm(base: f64, other: f64, alpha: f64, power: f64) -> Option<f64> {
    let spread = Spread::of(base, other)?;
    let (quantile_alpha, quantile_power) = quantiles(alpha, power)?;
    let root = quantile_alpha * spread.pooled + quantile_power * spread.apart;
    let n = (root / (other - base)).powi(2);
    n.is_finite().then_some(n)
}

/// The probability that a test with `n` rows an arm sees the difference between the rates, in the
/// direction in which it lies (an alarm in the other one is no success): [`rows_per_arm`] solved for the power. `None` for no rows and for
/// rates that are equal or outside 0..1.
pub fn power_of_rates(base: f64, other: f64, n: f64, alpha: f64) -> Option<f64> {
    if !(n > 0.0 && n.is_finite()) {
        return None;
    }
    let spread = Spread::of(base, other)?;
    let (quantile_alpha, _) = quantiles(alpha, 0.5)?;
    let distance = (other - base).abs() * n.sqrt();
    Some(normal::cdf(
        (distance - quantile_alpha * spread.pooled) / spread.apart,
    ))
}

/// The smallest rate above `base` that `n` rows an arm tell from it. `None` for no rows, a base
/// outside 0..1, and if not even a rate of almost 1 would be seen.
pub fn detectable_rate(base: f64, n: f64, alpha: f64, power: f64) -> Option<f64> {
    quantiles(alpha, power)?;
    let seen = |rate: f64| power_of_rates(base, rate, n, alpha).map(|found| found >= power);
    let (mut low, mut high) = (base, 1.0_f64.next_down());
    if !(base > 0.0 && base < high && seen(high)?) {
        return None;
    }
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return Some(high);
        }
        // At the base itself there is nothing to see.
        if seen(middle).unwrap_or(false) {
            high = middle;
        } else {
            low = middle;
        }
    }
}

/// The smallest mean difference that `repetitions` of a paired comparison tell from 0, if single
/// differences have this known standard deviation: the sum of both normal quantiles times the
/// standard error. `None` for no repetitions and for a deviation that is negative or not finite.
///
/// ```
/// let found = leadrank_stats::power::detectable_mean_difference(0.02, 25, 0.05, 0.8).unwrap();
/// assert!((found - 2.8016 * 0.02 / 5.0).abs() < 1e-6);
/// ```
pub fn detectable_mean_difference(
    standard_deviation: f64,
    repetitions: u64,
    alpha: f64,
    power: f64,
) -> Option<f64> {
    if repetitions == 0 || !(standard_deviation >= 0.0 && standard_deviation.is_finite()) {
        return None;
    }
    let (quantile_alpha, quantile_power) = quantiles(alpha, power)?;
    let standard_error = standard_deviation / (repetitions as f64).sqrt();
    Some((quantile_alpha + quantile_power) * standard_error)
}

/// Standard deviations of the difference of two rates with one row an arm.
struct Spread {
    /// If both have the mean rate.
    pooled: f64,
    /// If each has its own.
    apart: f64,
}

impl Spread {
    fn of(base: f64, other: f64) -> Option<Self> {
        let inside = |rate: f64| rate > 0.0 && rate < 1.0;
        if !inside(base) || !inside(other) || base == other {
            return None;
        }
        let variance = |rate: f64| rate * (1.0 - rate);
        Some(Self {
            pooled: (2.0 * variance((base + other) / 2.0)).sqrt(),
            apart: (variance(base) + variance(other)).sqrt(),
        })
    }
}

/// The normal quantiles of a two-sided test and of its power.
fn quantiles(alpha: f64, power: f64) -> Option<(f64, f64)> {
    let inside = |share: f64| share > 0.0 && share < 1.0;
    if !inside(alpha) || !inside(power) {
        return None;
    }
    let quantiles = (-normal::quantile(alpha / 2.0)?, normal::quantile(power)?);
    (quantiles.0 + quantiles.1 > 0.0).then_some(quantiles)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of domain.md, "A/B test".
    #[test]
    fn rows_of_the_planned_test() {
        for (base, expected) in [
            (0.0389, [1918.0, 3249.0, 4925.0, 10_621.0]),
            (0.0352, [2131.0, 3607.0, 5467.0, 11_788.0]),
        ] {
            let found = [1.5, 1.375, 1.3, 1.2]
                .map(|lift| rows_per_arm(base, lift * base, 0.05, 0.8).unwrap().round());
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn three_sides_of_one_equation() {
        let (base, alpha, power) = (0.04, 0.05, 0.9);
        for other in [0.041, 0.05, 0.2, 0.999] {
            let n = rows_per_arm(base, other, alpha, power).unwrap();
            let found = power_of_rates(base, other, n, alpha).unwrap();
            assert!((found - power).abs() < 1e-12);
            let rate = detectable_rate(base, n, alpha, power).unwrap();
            assert!((rate - other).abs() < 1e-9, "{rate} is not {other}");
        }
    }

    #[test]
    fn undefined_is_none() {
        for (base, other) in [(0.0, 0.1), (0.1, 0.1), (0.1, 1.0), (f64::NAN, 0.1)] {
            assert_eq!(rows_per_arm(base, other, 0.05, 0.8), None);
            assert_eq!(power_of_rates(base, other, 10.0, 0.05), None);
        }
        assert_eq!(rows_per_arm(0.1, 0.2, 0.0, 0.8), None);
        assert_eq!(rows_per_arm(0.1, 0.2, 0.05, 1.0), None);
        assert_eq!(rows_per_arm(0.1, 0.2, 0.5, 0.01), None);
        assert_eq!(power_of_rates(0.1, 0.2, 0.0, 0.05), None);
        assert_eq!(detectable_rate(0.1, 1.0, 0.05, 0.8), None);
        assert_eq!(detectable_rate(1.0, 100.0, 0.05, 0.8), None);
        assert_eq!(detectable_mean_difference(1.0, 0, 0.05, 0.8), None);
        assert_eq!(detectable_mean_difference(f64::NAN, 5, 0.05, 0.8), None);
        assert_eq!(detectable_mean_difference(1.0, 5, 0.05, 0.0), None);
        assert_eq!(detectable_mean_difference(1.0, 5, 0.05, 0.02), None);
    }
}
