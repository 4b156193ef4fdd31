//! The gamma function and its regularised incomplete forms, on which tail probabilities rest.

/// Arguments from which on Stirling's series, cut after seven terms, is exact to rounding.
const LARGE: f64 = 10.0;

/// Rounds after which a series or fraction is taken as it is; far more than convergence takes.
const MAX_ROUNDS: u32 = 1_000_000;

/// Natural logarithm of the gamma function of a number above 0, `None` for others and NaN.
///
/// The argument is raised to at least 10 by `Γ(x + 1) = x Γ(x)`; there follows Stirling's series
/// (NIST Digital Library of Mathematical Functions, equation 5.11.1).
///
/// ```
/// let ln_24 = leadrank_stats::gamma::ln(5.0).unwrap();
/// assert!((ln_24 - 24_f64.ln()).abs() < 1e-14);
/// ```
pub fn ln(x: f64) -> Option<f64> {
    if !(x > 0.0 && x.is_finite()) {
        return None;
    }
    let mut raised = x;
    let mut product = 1.0;
    while raised < LARGE {
        product *= raised;
        raised += 1.0;
    }
    let stirling = (raised - 0.5) * raised.ln() - raised
        + 0.5 * (2.0 * std::f64::consts::PI).ln()
        + correction(raised);
    Some(stirling - f64::ln(product))
}

/// The lower regularised incomplete gamma function `P(a, x)`: the share of the gamma distribution
/// of shape `a` that lies below `x`. `None` unless `a` is above 0 and finite and `x` at least 0.
///
/// Power series for `x < a + 1` (NIST DLMF, equation 8.7.1), else one less [`upper`].
pub fn lower(a: f64, x: f64) -> Option<f64> {
    tails(a, x).map(|(lower, _)| lower)
}

/// The upper regularised incomplete gamma function `Q(a, x) = 1 - P(a, x)`, exact to many digits
/// however small it is. `None` as in [`lower`].
///
/// Continued fraction for `x >= a + 1` (the even part of NIST DLMF, equation 8.9.2, evaluated as
/// by W. J. Lentz, "Generating Bessel Functions in Mie Scattering Calculations Using Continued Fractions",
/// Applied Optics 15 (1976)), else one less [`lower`].
pub fn upper(a: f64, x: f64) -> Option<f64> {
    tails(a, x).map(|(_, upper)| upper)
}

/// Both parts; the smaller one is computed unless `x` lies near the middle.
fn tails(a: f64, x: f64) -> Option<(f64, f64)> {
    if !(a > 0.0 && a.is_finite() && x >= 0.0) {
        return None;
    }
    if x == 0.0 {
        return Some((0.0, 1.0));
    }
    if x.is_infinite() {
        return Some((1.0, 0.0));
    }
    let density = density(a, x)?;
    if x < a + 1.0 {
        let lower = (density * series(a, x)).min(1.0);
        Some((lower, 1.0 - lower))
    } else {
        let upper = (density * fraction(a, x)).min(1.0);
        Some((1.0 - upper, upper))
    }
}

/// `x^a exp(-x) / Γ(a)`. For large `a` numerator and denominator are close to each other and huge:
/// their quotient is taken before the logarithm.
fn density(a: f64, x: f64) -> Option<f64> {
    if a < LARGE {
        return Some((a * x.ln() - x - ln(a)?).exp());
    }
    let excess = (x - a) / a;
    let logarithm = if excess.abs() < 0.5 {
        excess.ln_1p()
    } else {
        (x / a).ln()
    };
    let exponent = a * (excess - logarithm) + correction(a);
    Some((a / (2.0 * std::f64::consts::PI)).sqrt() * (-exponent).exp())
}

/// The sum of `x^k / (a (a + 1) ... (a + k))` from `k = 0` on.
fn series(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let mut sum = term;
    for k in 1..MAX_ROUNDS {
        term *= x / (a + f64::from(k));
        sum += term;
        if term < sum * f64::EPSILON / 4.0 {
            break;
        }
    }
    sum
}

/// The continued fraction `1 / (x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / (x + 5 - a - ...`.
fn fraction(a: f64, x: f64) -> f64 {
    // Stands in for a denominator that vanishes.
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut partial = x + 1.0 - a;
    let mut denominator = 1.0 / away_from_zero(partial);
    let mut numerator = 1.0 / TINY;
    let mut value = denominator;
    for k in 1..MAX_ROUNDS {
        let k = f64::from(k);
        let factor = -k * (k - a);
        partial += 2.0;
        denominator = 1.0 / away_from_zero(factor * denominator + partial);
        numerator = away_from_zero(partial + factor / numerator);
        let change = numerator * denominator;
        value *= change;
        if (change - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

/// What Stirling's formula lacks: the first terms of the series `B(2k) / (2k (2k - 1) x^(2k - 1))`
/// with Bernoulli's numbers.
fn correction(x: f64) -> f64 {
    const TERMS: [f64; 7] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
    ];
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    inverse
        * TERMS
            .iter()
            .rev()
            .fold(0.0, |sum, term| sum * square + term)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_the_range() {
        for x in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(ln(x), None);
            assert_eq!(lower(x, 1.0), None);
        }
        assert_eq!(upper(1.0, -1.0), None);
        assert_eq!(upper(1.0, f64::NAN), None);
        assert_eq!((lower(2.0, 0.0), upper(2.0, 0.0)), (Some(0.0), Some(1.0)));
        assert_eq!(upper(2.0, f64::INFINITY), Some(0.0));
    }

    /// For shape 1 the distribution is the exponential one, for 2 it has (1 + x) exp(-x) above.
    #[test]
    fn whole_shapes_by_hand() {
        for x in [1e-9, 0.3, 1.0, 1.99, 2.0, 3.5, 40.0, 600.0] {
            let found = upper(1.0, x).unwrap();
            assert!((found / f64::exp(-x) - 1.0).abs() < 1e-13, "{x}: {found}");
            let found = upper(2.0, x).unwrap();
            assert!((found / ((1.0 + x) * f64::exp(-x)) - 1.0).abs() < 1e-13);
            assert!((lower(2.0, x).unwrap() + found - 1.0).abs() < 1e-15);
        }
    }
}
