//! Two arms compared within strata, and the strata put together.

use serde::{Deserialize, Serialize};

use crate::{Interval, chi_square, normal};

/// Both arms of one stratum: successes and rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stratum {
    /// Of the arm that is compared: successes, rows.
    pub treated: (u64, u64),
    /// Of the arm it is compared with.
    pub control: (u64, u64),
}

/// What the strata say together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stratified {
    /// The Cochran–Mantel–Haenszel statistic, without continuity correction.
    pub statistic: f64,
    /// Its two-sided p-value, by chi-square with one degree of freedom.
    pub p_value: f64,
    /// The common risk ratio of Mantel and Haenszel; none without successes in control.
    pub risk_ratio: Option<f64>,
    /// Standard error of its logarithm (S. Greenland and J. M. Robins, "Estimation of a Common
    /// Effect Parameter from Sparse Follow-Up Data", Biometrics 41 (1985), equation 13).
    pub log_risk_ratio_error: Option<f64>,
    /// The common difference of rates.
    pub risk_difference: f64,
    /// Its standard error (the same paper, equation 11).
    pub risk_difference_error: f64,
    /// The common odds ratio; none where its divisor is 0.
    pub odds_ratio: Option<f64>,
}

impl Stratified {
    /// The interval of the risk difference.
    pub fn risk_difference_interval(&self, confidence: f64) -> Interval {
        let reach = normal::two_sided(confidence) * self.risk_difference_error;
        Interval {
            lo: self.risk_difference - reach,
            hi: self.risk_difference + reach,
        }
    }

    /// The interval of the risk ratio.
    pub fn risk_ratio_interval(&self, confidence: f64) -> Option<Interval> {
        let (ratio, error) = (self.risk_ratio?, self.log_risk_ratio_error?);
        let reach = normal::two_sided(confidence) * error;
        Some(Interval {
            lo: ratio * (-reach).exp(),
            hi: ratio * reach.exp(),
        })
    }
}

/// Compares the arms by W. G. Cochran (1954), N. Mantel and W. Haenszel (1959). Strata in which an
/// arm has no rows say nothing and are left out. Rows count as independent. `None` where no
/// stratum has both arms, or where all rows or none are successes.
///
/// ```
/// use leadrank_stats::stratified::{Stratum, mantel_haenszel};
/// let strata = [
///     Stratum { treated: (30, 100), control: (20, 100) },
///     Stratum { treated: (12, 40), control: (8, 40) },
/// ];
/// let found = mantel_haenszel(&strata).unwrap();
/// assert!((found.risk_ratio.unwrap() - 1.5).abs() < 1e-12);
/// assert!((found.risk_difference - 0.1).abs() < 1e-12);
/// ```
pub fn mantel_haenszel(strata: &[Stratum]) -> Option<Stratified> {
    let (mut excess, mut variance) = (0.0, 0.0);
    let (mut above, mut below, mut ratio_spread) = (0.0, 0.0, 0.0);
    let (mut weight, mut difference, mut spread) = (0.0, 0.0, 0.0);
    let (mut odds_above, mut odds_below) = (0.0, 0.0);
    for stratum in strata {
        let (a, n1) = (stratum.treated.0 as f64, stratum.treated.1 as f64);
        let (c, n0) = (stratum.control.0 as f64, stratum.control.1 as f64);
        if n1 == 0.0 || n0 == 0.0 || a > n1 || c > n0 {
            continue;
        }
        let (n, hits) = (n1 + n0, a + c);
        excess += a - n1 * hits / n;
        if n > 1.0 {
            variance += n1 * n0 * hits * (n - hits) / (n * n * (n - 1.0));
        }
        above += a * n0 / n;
        below += c * n1 / n;
        ratio_spread += (n1 * n0 * hits - a * c * n) / (n * n);
        weight += n1 * n0 / n;
        difference += (a * n0 - c * n1) / n;
        let (b, d) = (n1 - a, n0 - c);
        spread += (a * b * n0.powi(3) + c * d * n1.powi(3)) / (n1 * n0 * n * n);
        odds_above += a * d / n;
        odds_below += b * c / n;
    }
    if variance.is_nan() || variance <= 0.0 {
        return None;
    }
    let statistic = excess * excess / variance;
    let defined = above > 0.0 && below > 0.0;
    Some(Stratified {
        statistic,
        p_value: chi_square::survival(statistic, 1)?,
        risk_ratio: (below > 0.0).then(|| above / below),
        log_risk_ratio_error: defined.then(|| (ratio_spread / (above * below)).sqrt()),
        risk_difference: difference / weight,
        risk_difference_error: spread.sqrt() / weight,
        odds_ratio: (odds_below > 0.0).then(|| odds_above / odds_below),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_stratum_is_the_chi_square_test() {
        let one = Stratum {
            treated: (15, 100),
            control: (5, 100),
        };
        let found = mantel_haenszel(&[one, Stratum::default()]).unwrap();
        // (n - 1) (ad - bc)² / (n1 n0 m1 m0)
        let expected = 199.0 * (15.0 * 95.0 - 85.0 * 5.0_f64).powi(2) / (1e4 * 20.0 * 180.0);
        assert!((found.statistic - expected).abs() < 1e-10);
        assert!((found.risk_difference - 0.1).abs() < 1e-12);
        let error = (0.15 * 0.85 / 100.0 + 0.05 * 0.95 / 100.0_f64).sqrt();
        assert!((found.risk_difference_error - error).abs() < 1e-12);
        assert!((found.risk_ratio.unwrap() - 3.0).abs() < 1e-12);
    }

    #[test]
    fn undefined_is_none() {
        assert_eq!(mantel_haenszel(&[]), None);
        let none = Stratum {
            treated: (0, 10),
            control: (0, 10),
        };
        assert_eq!(mantel_haenszel(&[none]), None);
        let zero = Stratum {
            treated: (3, 10),
            control: (0, 10),
        };
        let found = mantel_haenszel(&[zero]).unwrap();
        assert_eq!((found.risk_ratio, found.log_risk_ratio_error), (None, None));
    }
}
