//! Whether rows were shared out as they should have been: the sample-ratio mismatch of
//! experiments.

use crate::{chi_square, gamma};

/// Up to so many rows the probability is counted out exactly, for two groups.
const EXACT_UP_TO: u64 = 1000;

/// The probability of counts at least as far from the planned shares as these, if rows fell into
/// the groups with just those shares (A. Fabijan et al., "Diagnosing Sample Ratio Mismatch in
/// Online Controlled Experiments", KDD 2019). By chi-square; for two groups and up to 1,000 rows
/// exactly, as the sum of all outcomes that are no more probable. `None` for fewer than two
/// groups, columns of different length, no rows, or shares that are not above 0 with sum 1.
///
/// ```
/// let p = leadrank_stats::shares::mismatch(&[5200, 4800], &[0.5, 0.5]).unwrap();
/// assert!(p < 0.001);
/// ```
pub fn mismatch(counts: &[u64], shares: &[f64]) -> Option<f64> {
    let n: u64 = counts.iter().sum();
    let planned =
        shares.iter().all(|&share| share > 0.0) && (shares.iter().sum::<f64>() - 1.0).abs() < 1e-9;
    if counts.len() < 2 || counts.len() != shares.len() || n == 0 || !planned {
        return None;
    }
    if counts.len() == 2 && n <= EXACT_UP_TO {
        return binomial(counts[0], n, shares[0]);
    }
    let statistic: f64 = (counts.iter().zip(shares))
        .map(|(&count, share)| {
            let expected = share * n as f64;
            (count as f64 - expected).powi(2) / expected
        })
        .sum();
    chi_square::survival(statistic, counts.len() as u64 - 1)
}

/// The two-sided exact binomial test by the probabilities of outcomes.
fn binomial(hits: u64, n: u64, share: f64) -> Option<f64> {
    let log = |k: u64| -> Option<f64> {
        let (k, n) = (k as f64, n as f64);
        Some(
            gamma::ln(n + 1.0)? - gamma::ln(k + 1.0)? - gamma::ln(n - k + 1.0)?
                + k * share.ln()
                + (n - k) * (1.0 - share).ln(),
        )
    };
    let seen = log(hits)?;
    let mut sum = 0.0;
    for k in 0..=n {
        let one = log(k)?;
        // Equal ones are equal but for rounding.
        if one <= seen + 1e-7 {
            sum += one.exp();
        }
    }
    Some(sum.min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_for_few_rows() {
        // 2 · (1 + 10) / 1024
        let found = mismatch(&[9, 1], &[0.5, 0.5]).unwrap();
        assert!((found - 22.0 / 1024.0).abs() < 1e-12);
        assert!((mismatch(&[5, 5], &[0.5, 0.5]).unwrap() - 1.0).abs() < 1e-9);
        // Of 3 rows with share .9 three hits are the likeliest outcome.
        assert!((mismatch(&[3, 0], &[0.9, 0.1]).unwrap() - 1.0).abs() < 1e-9);
        assert!((mismatch(&[0, 3], &[0.9, 0.1]).unwrap() - 0.001).abs() < 1e-9);
    }

    #[test]
    fn undefined_is_none() {
        assert_eq!(mismatch(&[1], &[1.0]), None);
        assert_eq!(mismatch(&[0, 0], &[0.5, 0.5]), None);
        assert_eq!(mismatch(&[1, 1], &[0.5, 0.6]), None);
        assert_eq!(mismatch(&[1, 1], &[1.0, 0.0]), None);
    }
}
