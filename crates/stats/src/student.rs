//! Student's t distribution.

use crate::gamma;

/// Rounds after which the fraction is taken as it is; it needs fewer by far.
const MAX_ROUNDS: u32 = 100_000;

/// The probability of a value up to `t` with these degrees of freedom, in the lower tail with a
/// relative error below 1e-12 however small it is (1e-10 beyond a thousand degrees). For `t`
/// below 0 it is half of `I_x(v / 2, 1 / 2)` with `x = v / (v + t²)`, where `I` is the
/// regularised incomplete beta function (M. Abramowitz and I. A. Stegun, "Handbook of
/// Mathematical Functions" (1964), 26.7.1 and 26.5.27). `None` for no degrees of freedom and
/// for NaN.
///
/// ```
/// let p = leadrank_stats::student::cdf(2.776445105197793, 4).unwrap();
/// assert!((p - 0.975).abs() < 1e-14);
/// ```
pub fn cdf(t: f64, degrees_of_freedom: u64) -> Option<f64> {
    if degrees_of_freedom == 0 || t.is_nan() {
        return None;
    }
    let below = lower_tail(t.abs(), degrees_of_freedom as f64)?;
    Some(if t < 0.0 { below } else { 1.0 - below })
}

/// The value that a variable with these degrees of freedom stays below with probability `p`, by
/// bisection. Minus infinity at 0, infinity at 1; `None` for no degrees of freedom and for `p`
/// outside 0..=1.
///
/// ```
/// let t = leadrank_stats::student::quantile(0.975, 4).unwrap();
/// assert!((t - 2.776445105197793).abs() < 1e-13);
/// ```
pub fn quantile(p: f64, degrees_of_freedom: u64) -> Option<f64> {
    if degrees_of_freedom == 0 || !(0.0..=1.0).contains(&p) {
        return None;
    }
    // By symmetry the tail with the more exact digits serves both.
    let (tail, sign) = if p < 0.5 { (p, -1.0) } else { (1.0 - p, 1.0) };
    if tail == 0.0 {
        return Some(sign * f64::INFINITY);
    }
    let freedom = degrees_of_freedom as f64;
    let (mut low, mut high) = (0.0, 1.0);
    while lower_tail(high, freedom)? > tail {
        low = high;
        high *= 2.0;
    }
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high || high - low < high * f64::EPSILON {
            return Some(sign * middle);
        }
        if lower_tail(middle, freedom)? > tail {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// The probability of a value below `-t`, for `t` of at least 0.
fn lower_tail(t: f64, freedom: f64) -> Option<f64> {
    if t.is_infinite() {
        return Some(0.0);
    }
    // Both shares are computed by themselves: near 0 and far out one would lose its digits.
    // The quotient comes first, since the square of a large t is no number any more.
    let far = t > freedom.sqrt();
    let ratio = if far {
        (freedom.sqrt() / t).powi(2)
    } else {
        (t / freedom.sqrt()).powi(2)
    };
    let (small, large) = (ratio / (1.0 + ratio), 1.0 / (1.0 + ratio));
    let (x, rest) = if far { (small, large) } else { (large, small) };
    Some(0.5 * beta(freedom / 2.0, x, rest)?)
}

/// The regularised incomplete beta function `I_x(a, 1/2)`, with `rest = 1 - x`: continued
/// fraction (NIST Digital Library of Mathematical Functions, equation 8.17.22) on the side where
/// it converges fast, the other by symmetry (8.17.4).
fn beta(a: f64, x: f64, rest: f64) -> Option<f64> {
    let b = 0.5;
    if x <= 0.0 || rest <= 0.0 {
        return Some(if x <= 0.0 { 0.0 } else { 1.0 });
    }
    let logarithm = a * logarithm_of(x, rest) + b * logarithm_of(rest, x) + half_step(a)?
        - 0.5 * std::f64::consts::PI.ln();
    let front = logarithm.exp();
    Some(if x < (a + 1.0) / (a + b + 2.0) {
        front / a * fraction(a, b, x)
    } else {
        1.0 - front / b * fraction(b, a, rest)
    })
}

/// `ln Γ(a + 1/2) - ln Γ(a)`. For large `a` both are huge beside their difference, which has a
/// series of its own: Stirling's for both, subtracted (NIST DLMF, equation 5.11.8).
fn half_step(a: f64) -> Option<f64> {
    const LARGE: f64 = 20.0;
    const TERMS: [f64; 5] = [
        -1.0 / 8.0,
        1.0 / 192.0,
        -1.0 / 640.0,
        17.0 / 14_336.0,
        -31.0 / 18_432.0,
    ];
    if a < LARGE {
        return Some(gamma::ln(a + 0.5)? - gamma::ln(a)?);
    }
    let inverse = 1.0 / a;
    let square = inverse * inverse;
    let series = TERMS
        .iter()
        .rev()
        .fold(0.0, |sum, term| sum * square + term);
    Some(0.5 * a.ln() + inverse * series)
}

/// Logarithm of `x`, from `1 - x` where that has the more exact digits.
fn logarithm_of(x: f64, rest: f64) -> f64 {
    if rest < 0.5 { (-rest).ln_1p() } else { x.ln() }
}

/// The continued fraction `1 / (1 + d1 / (1 + d2 / (1 + ...`, evaluated as by W. J. Lentz,
/// "Generating Bessel Functions in Mie Scattering Calculations Using Continued Fractions",
/// Applied Optics 15 (1976).
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    // Stands in for a denominator that vanishes.
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut numerator = 1.0;
    let mut denominator = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut value = denominator;
    for m in 1..MAX_ROUNDS {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            denominator = 1.0 / away_from_zero(1.0 + term * denominator);
            numerator = away_from_zero(1.0 + term / numerator);
            change = numerator * denominator;
            value *= change;
        }
        if (change - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undefined_is_none() {
        assert_eq!(cdf(1.0, 0), None);
        assert_eq!(cdf(f64::NAN, 3), None);
        assert_eq!(quantile(0.5, 0), None);
        assert_eq!(quantile(1.1, 3), None);
        assert_eq!(quantile(f64::NAN, 3), None);
    }

    #[test]
    fn ends_of_the_range() {
        assert_eq!(cdf(0.0, 3), Some(0.5));
        assert_eq!(cdf(f64::INFINITY, 3), Some(1.0));
        assert_eq!(cdf(f64::NEG_INFINITY, 3), Some(0.0));
        assert_eq!(quantile(0.0, 3), Some(f64::NEG_INFINITY));
        assert_eq!(quantile(1.0, 3), Some(f64::INFINITY));
        assert!(quantile(0.5, 3).unwrap().abs() < 1e-12);
    }

    #[test]
    fn both_ways_to_the_half_step_meet() {
        let by_logarithms = gamma::ln(20.5).unwrap() - gamma::ln(20.0).unwrap();
        assert!((half_step(20.0).unwrap() - by_logarithms).abs() < 1e-13);
    }

    /// With one degree of freedom it is Cauchy's distribution, with two the quantile is
    /// `(2 p - 1) sqrt(2 / (4 p (1 - p)))`.
    #[test]
    fn few_degrees_by_hand() {
        for t in [-1e9_f64, -30.0, -1.0, -0.01, 0.3, 2.0] {
            let below = if t < -1.0 {
                (-1.0 / t).atan() / std::f64::consts::PI
            } else {
                0.5 + t.atan() / std::f64::consts::PI
            };
            assert!((cdf(t, 1).unwrap() / below - 1.0).abs() < 1e-13, "{t}");
        }
        for p in [1e-9_f64, 0.1, 0.4, 0.6, 0.975] {
            let expected = (2.0 * p - 1.0) * (2.0 / (4.0 * p * (1.0 - p))).sqrt();
            let found = quantile(p, 2).unwrap();
            assert!((found / expected - 1.0).abs() < 1e-12, "{p}: {found}");
        }
    }
}
