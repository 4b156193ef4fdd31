//! What may be said at the end of a test that could have ended earlier.

use serde::{Deserialize, Serialize};

use super::boundaries::{Look, is_rising};
use super::root::where_it_is;
use super::walk::Walk;
use crate::{Interval, normal};

/// P-value, estimate and interval that know of the looks before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Inference {
    /// Two-sided p-value against no difference.
    pub p_value: f64,
    /// The median-unbiased estimate, in the unit of the estimate.
    pub estimate: f64,
    /// The interval, in the unit of the estimate.
    pub interval: Interval,
}

/// P-value, estimate and interval by stage-wise ordering (A. A. Tsiatis, G. L. Rosner
/// and C. R. Mehta, "Exact Confidence Intervals Following a Group Sequential Test", Biometrics 40
/// (1984)): stopping earlier is more extreme than stopping later, and of equal stages the larger
/// `Z` is. `past` are the looks that were passed without a stop; `z` is the statistic of the look
/// at which the test ended, at `information`. `None` where information does not rise, `z` is not
/// finite, or `confidence` is outside 0..1.
pub fn inference(past: &[Look], information: f64, z: f64, confidence: f64) -> Option<Inference> {
    if !is_defined(past, information, z, confidence) {
        return None;
    }
    let error = 1.0 / information.sqrt();
    let above = |theta: f64| as_extreme(past, information, z, theta);
    let above_at_null = above(0.0);
    let below_at_null = as_extreme(past, information, -z, 0.0);
    let tail = 0.5 * (1.0 - confidence);
    // Looks before shift a single look's answer by some standard errors at most: the bracket is
    // widened until it holds the answer.
    let solve = |share: f64| -> Option<f64> {
        let single = (z + normal::quantile(share)?) * error;
        let mut reach = error;
        while reach < 1000.0 * error
            && (above(single - reach) > share || above(single + reach) < share)
        {
            reach *= 2.0;
        }
        let (low, high) = (single - reach, single + reach);
        Some(where_it_is(share, low, high, 1e-9 * error, above))
    };
    Some(Inference {
        p_value: (2.0 * above_at_null.min(below_at_null)).clamp(0.0, 1.0),
        estimate: solve(0.5)?,
        interval: Interval {
            lo: solve(tail)?,
            hi: solve(1.0 - tail)?,
        },
    })
}

/// Whether the interval of [`inference`] holds `theta`: one integral where the interval takes two
/// searches. `None` as there.
pub fn covers(
    past: &[Look],
    information: f64,
    z: f64,
    confidence: f64,
    theta: f64,
) -> Option<bool> {
    if !is_defined(past, information, z, confidence) {
        return None;
    }
    let tail = 0.5 * (1.0 - confidence);
    Some((tail..=1.0 - tail).contains(&as_extreme(past, information, z, theta)))
}

fn is_defined(past: &[Look], information: f64, z: f64, confidence: f64) -> bool {
    let mut rising: Vec<f64> = past.iter().map(|look| look.information).collect();
    rising.push(information);
    let inside = confidence > 0.0 && confidence < 1.0;
    inside && (z / information.sqrt()).is_finite() && is_rising(&rising)
}

/// The probability of an end at least as far up as this one, where the truth is `theta`.
fn as_extreme(past: &[Look], information: f64, z: f64, theta: f64) -> f64 {
    let mut walk = Walk::new(theta);
    let mut found = 0.0;
    for (at, look) in past.iter().enumerate() {
        if look.bound.is_finite() {
            found += walk.above(look.information, look.bound);
        }
        let next = past
            .get(at + 1)
            .map_or(information, |next| next.information);
        walk.advance(look.information, look.bound, Some(next));
    }
    found + walk.above(information, z)
}

/// The probability that at least one of the looks at rising `information` is beyond `bound`
/// although there is no difference: what peeking with an ordinary test does to its level. `None`
/// where information does not rise.
///
/// ```
/// use leadrank_stats::sequential::naive_alarm;
/// // P. Armitage et al. (1969): five looks at 5 % each make 14 %.
/// let found = naive_alarm(&[0.2, 0.4, 0.6, 0.8, 1.0], 1.96).unwrap();
/// assert!((found - 0.142).abs() < 5e-4);
/// ```
pub fn naive_alarm(information: &[f64], bound: f64) -> Option<f64> {
    if information.is_empty() || !is_rising(information) || bound.is_nan() || bound <= 0.0 {
        return None;
    }
    let mut walk = Walk::new(0.0);
    let mut found = 0.0;
    for (at, &now) in information.iter().enumerate() {
        found += walk.above(now, bound) + walk.below(now, -bound);
        walk.advance(now, bound, information.get(at + 1).copied());
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_look_before_it_is_the_ordinary_test() {
        let found = inference(&[], 25.0, 2.5, 0.95).unwrap();
        assert!((found.p_value - 2.0 * crate::normal::cdf(-2.5)).abs() < 1e-12);
        assert!((found.estimate - 0.5).abs() < 1e-9);
        assert!((found.interval.lo - (0.5 - 0.2 * 1.959_963_984_540_054)).abs() < 1e-8);
        assert!((found.interval.hi - (0.5 + 0.2 * 1.959_963_984_540_054)).abs() < 1e-8);
    }

    #[test]
    fn a_result_on_the_bound_has_the_level_that_was_spent() {
        let look = |information, bound| Look { information, bound };
        let past = [look(0.5, 2.962_588)];
        let found = inference(&past, 1.0, 1.968_596, 0.95).unwrap();
        assert!((found.p_value - 0.05).abs() < 1e-6, "{}", found.p_value);
        assert!(found.interval.lo.abs() < 1e-5);
        // Both directions are alike.
        let other = inference(&past, 1.0, -1.968_596, 0.95).unwrap();
        assert!((other.p_value - found.p_value).abs() < 1e-9);
        assert!((other.estimate + found.estimate).abs() < 1e-7);
    }

    #[test]
    fn the_ends_of_the_interval_are_where_it_ceases_to_cover() {
        let past = [(0.5, 2.9), (0.8, 2.2)].map(|(information, bound)| Look { information, bound });
        for z in [-2.5, 0.3, 1.9] {
            let Interval { lo, hi } = inference(&past, 1.0, z, 0.9).unwrap().interval;
            for (theta, holds) in [
                (lo - 1e-6, false),
                (lo + 1e-6, true),
                (hi - 1e-6, true),
                (hi + 1e-6, false),
            ] {
                assert_eq!(
                    covers(&past, 1.0, z, 0.9, theta),
                    Some(holds),
                    "{z} {theta}"
                );
            }
        }
        assert_eq!(covers(&past, 0.7, 1.0, 0.9, 0.0), None);
    }

    #[test]
    fn undefined_is_none() {
        assert_eq!(inference(&[], 0.0, 1.0, 0.95), None);
        assert_eq!(inference(&[], 1.0, f64::NAN, 0.95), None);
        assert_eq!(inference(&[], 1.0, 1.0, 1.0), None);
        assert_eq!(naive_alarm(&[], 1.96), None);
    }
}
