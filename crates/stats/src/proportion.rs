//! Intervals for a share of rows and for the difference of two shares.

use crate::{Estimate, Interval, normal};

/// The score interval of E. B. Wilson, "Probable Inference, the Law of Succession, and
/// Statistical Inference", JASA 22 (1927), for `successes` out of `n`.
///
/// It stays inside 0..=1 and keeps its coverage at the low rates seen here, where the textbook
/// interval does not. Without rows nothing is known: the interval is 0..=1, as for a confidence
/// of 1 or more; more successes than rows count as `n`.
///
/// ```
/// let interval = leadrank_stats::proportion::wilson(0, 10, 0.95);
/// assert_eq!(interval.lo, 0.0);
/// assert!((interval.hi - 0.27753).abs() < 1e-5);
/// ```
pub fn wilson(successes: u64, n: u64, confidence: f64) -> Interval {
    let z = normal::two_sided(confidence);
    if n == 0 || z.is_infinite() {
        return Interval { lo: 0.0, hi: 1.0 };
    }
    let successes = successes.min(n);
    let rows = n as f64;
    let share = successes as f64 / rows;
    let z2 = z * z;
    let centre = (share + z2 / (2.0 * rows)) / (1.0 + z2 / rows);
    let half =
        z / (1.0 + z2 / rows) * (share * (1.0 - share) / rows + z2 / (4.0 * rows * rows)).sqrt();
    Interval {
        // At the ends the formula is exactly 0 and 1; rounding must not say otherwise.
        lo: if successes == 0 {
            0.0
        } else {
            (centre - half).max(0.0)
        },
        hi: if successes == n {
            1.0
        } else {
            (centre + half).min(1.0)
        },
    }
}

/// The share `successes / n` with its Wilson interval, `None` without rows.
pub fn estimate(successes: u64, n: u64, confidence: f64) -> Option<Estimate> {
    if n == 0 {
        return None;
    }
    let successes = successes.min(n);
    let Interval { lo, hi } = wilson(successes, n, confidence);
    let value = successes as f64 / n as f64;
    Some(Estimate {
        value,
        lo,
        hi,
        n,
        positives: successes,
        chance: None,
    })
}

/// The share of the first group less that of the second, each given as `(successes, n)`, with the
/// hybrid score interval of R. G. Newcombe, "Interval Estimation for the Difference between
/// Independent Proportions", Statistics in Medicine 17 (1998), method 10: the distances of both
/// shares from the ends of their Wilson intervals, added as squares. Chance is 0; `None` if a
/// group has no rows.
///
/// ```
/// let found = leadrank_stats::proportion::difference((56, 70), (48, 80), 0.95).unwrap();
/// assert!((found.lo - 0.0524).abs() < 5e-5 && (found.hi - 0.3339).abs() < 5e-5);
/// ```
pub fn difference(group: (u64, u64), other: (u64, u64), confidence: f64) -> Option<Estimate> {
    let one = estimate(group.0, group.1, confidence)?;
    let two = estimate(other.0, other.1, confidence)?;
    let value = one.value - two.value;
    Some(Estimate {
        value,
        lo: (value - (one.value - one.lo).hypot(two.hi - two.value)).max(-1.0),
        hi: (value + (one.hi - one.value).hypot(two.value - two.lo)).min(1.0),
        n: one.n + two.n,
        positives: one.positives + two.positives,
        chance: Some(0.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_known_is_everything_possible() {
        let all = Interval { lo: 0.0, hi: 1.0 };
        assert_eq!(wilson(0, 0, 0.95), all);
        assert_eq!(wilson(3, 10, 1.0), all);
        assert_eq!(wilson(3, 10, f64::NAN), all);
        assert_eq!(wilson(3, 10, -1.0).lo, 0.3);
        assert_eq!(wilson(12, 10, 0.9), wilson(10, 10, 0.9));
        assert_eq!(estimate(0, 0, 0.95), None);
        assert_eq!(difference((0, 0), (3, 10), 0.95), None);
        let unsure = difference((2, 5), (3, 10), 1.0).unwrap();
        assert!((unsure.lo - (0.1 - 0.65_f64.sqrt())).abs() < 1e-15);
        assert!((unsure.hi - (0.1 + 0.45_f64.sqrt())).abs() < 1e-15);
    }

    /// The ends solve (p - 0.2)² = z² p (1 - p) / 25; with z = 2 that is
    /// (1 + 4/25) p² - (0.4 + 4/25) p + 0.04 = 0.
    #[test]
    fn solves_the_score_equation() {
        let confidence = 0.954_499_736_103_641_6; // two standard deviations
        let interval = wilson(5, 25, confidence);
        let root = (0.56_f64 * 0.56 - 4.0 * 1.16 * 0.04).sqrt();
        assert!((interval.lo - (0.56 - root) / 2.32).abs() < 1e-12);
        assert!((interval.hi - (0.56 + root) / 2.32).abs() < 1e-12);
    }
}
