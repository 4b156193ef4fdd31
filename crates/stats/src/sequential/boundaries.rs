//! Bounds, and what a plan with them can see.

use serde::{Deserialize, Serialize};

use super::root::where_it_is;
use super::walk::Walk;
use crate::normal;

/// A look at the data: how much was known, and beyond which `|Z|` the test stops.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Information, `1 / standard error²`.
    pub information: f64,
    /// The bound on `|Z|`.
    pub bound: f64,
}

/// Largest bound that is told apart from never stopping.
const NEVER: f64 = 40.0;

/// The bounds on `|Z|` for looks at rising `information` (any unit), such that up to look `k` an
/// alarm without a cause has probability `spent[k]`, half on each side. A look at which nothing
/// more is spent has an infinite bound. `None` for no looks, columns of different length,
/// information that does not rise from above 0, or spending that falls or leaves 0..1.
pub fn boundaries(spent: &[f64], information: &[f64]) -> Option<Vec<f64>> {
    let n = spent.len();
    let rises = is_rising(information);
    let spends = spent.windows(2).all(|pair| pair[0] <= pair[1])
        && spent.iter().all(|share| (0.0..1.0).contains(share));
    if n == 0 || n != information.len() || !rises || !spends {
        return None;
    }
    let mut walk = Walk::new(0.0);
    let mut before = 0.0;
    let mut bounds = Vec::with_capacity(n);
    for (look, (&spent, &now)) in spent.iter().zip(information).enumerate() {
        let bound = bound_for(&walk, now, 0.5 * (spent - before));
        bounds.push(bound);
        if look + 1 < n {
            walk.advance(now, bound, information.get(look + 1).copied());
        }
        before = spent;
    }
    Some(bounds)
}

/// The bound that is exceeded with this probability.
fn bound_for(walk: &Walk, information: f64, share: f64) -> f64 {
    if share <= 0.0 {
        return f64::INFINITY;
    }
    // Some walks have stopped already: the bound is no further out than that of a single look.
    let alone = normal::quantile(share).map_or(NEVER, |z| (1e-9 - z).clamp(0.0, NEVER));
    // Rising from right to left.
    -where_it_is(share, -alone, 0.0, 1e-12, |z| walk.above(information, -z))
}

/// The probability that a test with these looks stops with an alarm above its bound where the
/// truth is `theta` (in the unit of the estimate); for a negative `theta` below it. An alarm in
/// the wrong direction is no success. `None` for looks whose information does not rise.
pub fn power(looks: &[Look], theta: f64) -> Option<f64> {
    let information: Vec<f64> = looks.iter().map(|look| look.information).collect();
    if looks.is_empty() || !is_rising(&information) || !theta.is_finite() {
        return None;
    }
    let mut walk = Walk::new(theta.abs());
    let mut power = 0.0;
    for (at, look) in looks.iter().enumerate() {
        if look.bound.is_finite() {
            power += walk.above(look.information, look.bound);
        }
        if let Some(next) = looks.get(at + 1) {
            walk.advance(look.information, look.bound, Some(next.information));
        }
    }
    Some(power.min(1.0))
}

/// The information that is needed at the last look to see `theta` with this `power`, the looks
/// being at these shares of it with these bounds. `None` as for [`power`], for a `theta` of 0 and
/// a power outside 0..1.
pub fn information_for_power(
    times: &[f64],
    bounds: &[f64],
    theta: f64,
    wanted: f64,
) -> Option<f64> {
    let inside = wanted > 0.0 && wanted < 1.0;
    if times.len() != bounds.len() || theta == 0.0 || !inside {
        return None;
    }
    let reached = |information: f64| {
        let looks: Vec<Look> = (times.iter().zip(bounds))
            .map(|(time, &bound)| Look {
                information: time * information,
                bound,
            })
            .collect();
        power(&looks, theta)
    };
    let unit = 1.0 / (theta * theta);
    let (mut low, mut high) = (0.0, unit);
    while reached(high)? < wanted {
        low = high;
        high *= 2.0;
        if !high.is_finite() {
            return None;
        }
    }
    while high - low > 1e-9 * high {
        let middle = 0.5 * (low + high);
        if reached(middle)? < wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(high)
}

/// Whether information rises from above 0.
pub(super) fn is_rising(information: &[f64]) -> bool {
    information
        .iter()
        .try_fold(0.0, |before, &now| {
            (now.is_finite() && now > before).then_some(now)
        })
        .is_some()
}

#[cfg(test)]
mod tests {
    use super::super::Spending;
    use super::*;

    fn bounds(spending: Spending, alpha: f64, times: &[f64]) -> Vec<f64> {
        let spent: Vec<f64> = times.iter().map(|&t| spending.spent(alpha, t)).collect();
        boundaries(&spent, times).unwrap()
    }

    #[test]
    fn one_look_is_the_ordinary_test() {
        let found = bounds(Spending::Pocock, 0.05, &[1.0]);
        assert!((found[0] - 1.959_963_984_540_054).abs() < 1e-9);
        let look = Look {
            information: 4.0,
            bound: found[0],
        };
        // Φ(2 · 1.4 − 1.96)
        let expected = crate::normal::cdf(2.0 * 1.4 - 1.959_963_984_540_054);
        assert!((power(&[look], 1.4).unwrap() - expected).abs() < 1e-12);
        assert!((power(&[look], -1.4).unwrap() - expected).abs() < 1e-12);
    }

    /// The alarms of all looks together are what is spent, also when looks are close or many.
    #[test]
    fn the_spending_is_kept() {
        let times: Vec<f64> = (1..=20).map(|k| f64::from(k) / 20.0).collect();
        for times in [vec![0.5, 0.501, 1.0], times] {
            for spending in [Spending::ObrienFleming, Spending::Pocock] {
                let found = bounds(spending, 0.05, &times);
                let looks: Vec<Look> = (times.iter().zip(found))
                    .map(|(&information, bound)| Look { information, bound })
                    .collect();
                let alarm = 2.0 * power(&looks, 0.0).unwrap();
                assert!((alarm - 0.05).abs() < 1e-8, "{spending:?} {alarm}");
            }
        }
    }

    #[test]
    fn the_information_for_a_power_gives_it() {
        let times = [0.5, 1.0];
        let found = bounds(Spending::ObrienFleming, 0.05, &times);
        let information = information_for_power(&times, &found, 0.4, 0.8).unwrap();
        let looks = [0, 1].map(|at| Look {
            information: times[at] * information,
            bound: found[at],
        });
        assert!((power(&looks, 0.4).unwrap() - 0.8).abs() < 1e-7);
        // Hardly more than one look needs.
        let one = (1.959_964_f64 + 0.841_621).powi(2) / 0.16;
        assert!(information / one > 1.0 && information / one < 1.02);
    }

    #[test]
    fn undefined_is_none() {
        assert_eq!(boundaries(&[], &[]), None);
        assert_eq!(boundaries(&[0.01, 0.05], &[0.5, 0.5]), None);
        assert_eq!(boundaries(&[0.05, 0.01], &[0.5, 1.0]), None);
        assert_eq!(boundaries(&[0.05], &[f64::NAN]), None);
        assert_eq!(power(&[], 1.0), None);
        assert_eq!(information_for_power(&[1.0], &[1.96], 0.0, 0.8), None);
        let nothing = boundaries(&[0.0, 0.05], &[0.5, 1.0]).unwrap();
        assert!(nothing[0].is_infinite() && (nothing[1] - 1.959_964).abs() < 1e-5);
    }
}
