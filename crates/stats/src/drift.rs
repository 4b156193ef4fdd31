//! Whether a column has moved, held against what chance alone moves.

use serde::{Deserialize, Serialize};

use crate::bins::run_ends;
use crate::chi_square;

/// How large a population stability index is if nothing has moved.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PsiByChance {
    /// The mean.
    pub mean: f64,
    /// The value that is exceeded with the probability asked for.
    pub upper: f64,
}

/// What [`psi`](crate::profile::psi) shows by chance alone between samples of `n` and `m` rows
/// from the same source in `bins` bins (those that hold rows, the null bin included): the index
/// times `n m / (n + m)` is about chi-square distributed with `bins - 1` degrees of freedom
/// (B. Yurdakul and J. Naranjo, "Statistical Properties of the Population Stability Index",
/// Journal of Risk Model Validation 14 (2020)). With `exceeded` of 0.05, one calm column of
/// twenty lies above `upper`.
///
/// Good to a few percent where bins expect some tens of rows in the smaller sample. `None` for no
/// bins, an empty sample, or `exceeded` outside 0..1.
///
/// ```
/// let chance = leadrank_stats::drift::psi_by_chance(11, 46_000, 3000, 0.05).unwrap();
/// assert!((chance.mean - 10.0 * (1.0 / 46_000.0 + 1.0 / 3000.0)).abs() < 1e-15);
/// assert!((chance.upper - 0.0065).abs() < 5e-5);
/// ```
pub fn psi_by_chance(bins: u64, n: u64, m: u64, exceeded: f64) -> Option<PsiByChance> {
    if bins == 0 || n == 0 || m == 0 || !(exceeded > 0.0 && exceeded < 1.0) {
        return None;
    }
    let scale = 1.0 / n as f64 + 1.0 / m as f64;
    let upper = if bins == 1 {
        0.0
    } else {
        chi_square::quantile(1.0 - exceeded, bins - 1)?
    };
    Some(PsiByChance {
        mean: (bins - 1) as f64 * scale,
        upper: upper * scale,
    })
}

/// A comparison of two samples by their distribution functions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct KolmogorovSmirnov {
    /// The largest distance between the two distribution functions, in 0..=1.
    pub statistic: f64,
    /// Probability of a distance as large or larger if both samples come from one source.
    pub p_value: f64,
    /// Values in the first sample, without nulls.
    pub n: u64,
    /// Values in the second sample, without nulls.
    pub m: u64,
}

/// The two-sample test of A. N. Kolmogorov and N. V. Smirnov (N. Smirnov, "Table for Estimating
/// the Goodness of Fit of Empirical Distributions", Annals of Mathematical Statistics 19 (1948)).
/// Nulls (NaN) take no part; the distance is taken behind each run of equal values. `None` if a
/// sample has no values.
///
/// The p-value is that of the limiting distribution at `statistic * sqrt(n m / (n + m))`. It is a
/// little too large for small samples, and too large with ties: a claim that a column has moved is
/// then on the safe side.
pub fn kolmogorov_smirnov(sample: &[f64], other: &[f64]) -> Option<KolmogorovSmirnov> {
    let values = |sample: &[f64], of_first: bool| -> Vec<(f64, bool)> {
        sample
            .iter()
            .filter(|value| !value.is_nan())
            // Zeroes of both signs are equal but not so ordered: adding zero makes them the same.
            .map(|value| (value + 0.0, of_first))
            .collect()
    };
    let mut all = values(sample, true);
    let n = all.len() as u64;
    all.extend(values(other, false));
    let m = all.len() as u64 - n;
    if n == 0 || m == 0 {
        return None;
    }
    all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut of_first, mut start) = (0, 0);
    // Distances are kept as whole multiples of 1 / (n m), so that equal ones are equal.
    let mut largest = 0;
    for end in run_ends(all.len(), |a, b| all[a].0 == all[b].0) {
        of_first += all[start..end].iter().filter(|value| value.1).count() as u64;
        let of_second = end as u64 - of_first;
        let reached = u128::from(of_first) * u128::from(m);
        largest = largest.max(reached.abs_diff(u128::from(of_second) * u128::from(n)));
        start = end;
    }
    let (rows, other_rows) = (n as f64, m as f64);
    let statistic = largest as f64 / (rows * other_rows);
    Some(KolmogorovSmirnov {
        statistic,
        p_value: kolmogorov_survival(statistic * (rows * other_rows / (rows + other_rows)).sqrt()),
        n,
        m,
    })
}

/// The probability that the limit of the scaled distance exceeds `x`: the two series of W. Feller,
/// "On the Kolmogorov-Smirnov Limit Theorems for Empirical Distributions", Annals of Mathematical
/// Statistics 19 (1948), each where it converges in a few terms.
fn kolmogorov_survival(x: f64) -> f64 {
    const TERMS: u32 = 8;
    use std::f64::consts::PI;
    if x <= 0.0 {
        return 1.0;
    }
    if x < 1.0 {
        let term = |k: u32| {
            let odd = f64::from(2 * k - 1) * PI / x;
            (-odd * odd / 8.0).exp()
        };
        let below: f64 = (1..=TERMS).map(term).sum();
        return 1.0 - (2.0 * PI).sqrt() / x * below;
    }
    let term = |k: u32| {
        let size = (-2.0 * f64::from(k * k) * x * x).exp();
        if k % 2 == 1 { size } else { -size }
    };
    2.0 * (1..=TERMS).map(term).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undefined_is_none() {
        assert_eq!(psi_by_chance(0, 5, 5, 0.05), None);
        assert_eq!(psi_by_chance(3, 0, 5, 0.05), None);
        assert_eq!(psi_by_chance(3, 5, 5, 0.0), None);
        assert_eq!(psi_by_chance(3, 5, 5, f64::NAN), None);
        assert_eq!(kolmogorov_smirnov(&[f64::NAN], &[1.0]), None);
        assert_eq!(kolmogorov_smirnov(&[1.0], &[]), None);
    }

    #[test]
    fn one_bin_never_moves() {
        let chance = psi_by_chance(1, 5, 5, 0.05).unwrap();
        assert_eq!((chance.mean, chance.upper), (0.0, 0.0));
    }

    #[test]
    fn distances_by_hand() {
        let found = kolmogorov_smirnov(&[1.0, 2.0, f64::NAN], &[2.0, 3.0, 4.0, 5.0]).unwrap();
        assert_eq!((found.statistic, found.n, found.m), (0.75, 2, 4));
        // Ties alone are no distance, nor are zeroes of both signs.
        let same = kolmogorov_smirnov(&[0.0, 1.0, 1.0, -0.0], &[-0.0, 1.0]).unwrap();
        assert_eq!((same.statistic, same.p_value), (0.0, 1.0));
        let apart = kolmogorov_smirnov(&[1.0; 50], &[f64::INFINITY; 50]).unwrap();
        assert_eq!(apart.statistic, 1.0);
        assert!(apart.p_value < 1e-20);
    }

    #[test]
    fn both_series_are_one_function() {
        let (below, above) = (
            kolmogorov_survival(1.0_f64.next_down()),
            kolmogorov_survival(1.0),
        );
        assert!((below - above).abs() < 1e-14);
        assert_eq!(kolmogorov_survival(1e-3), 1.0);
    }
}
