//! Where a probability has a wanted value.

use crate::normal;

/// Beyond this many standard deviations a probability is as good as 0 or 1.
const FAR: f64 = 38.0;
/// Rounds at most; bisection alone needs fewer for 60 bits.
const ROUNDS: u32 = 100;

/// The place between `low` and `high` at which a probability that rises from one to the other is
/// `share`, to within `tolerance`. Where it does not pass `share`, the nearer end.
///
/// What is followed is the probability's normal quantile, which is nearly a straight line here, by
/// the secant with a guard against a standing end (G. Dahlquist and Å. Björck, "Numerical Methods"
/// (1974), section 6.4, the Illinois algorithm): a handful of integrals rather than fifty.
pub(super) fn where_it_is(
    share: f64,
    low: f64,
    high: f64,
    tolerance: f64,
    probability: impl Fn(f64) -> f64,
) -> f64 {
    let scale = |p: f64| normal::quantile(p.clamp(0.0, 1.0)).map_or(0.0, |z| z.clamp(-FAR, FAR));
    let goal = scale(share);
    let above = |place: f64| scale(probability(place)) - goal;
    let (mut low, mut high) = ((low, above(low)), (high, above(high)));
    if low.1 >= 0.0 {
        return low.0;
    }
    if high.1 <= 0.0 {
        return high.0;
    }
    let mut last_was_low = None;
    for round in 0..ROUNDS {
        if high.0 - low.0 <= tolerance {
            break;
        }
        // Every fourth step halves, so that no shape can hold the search up.
        let place = match round % 4 {
            3 => 0.5 * (low.0 + high.0),
            _ => low.0 + (high.0 - low.0) * (low.1 / (low.1 - high.1)),
        };
        // A step inside from both ends: once the root is known to the tolerance both ends meet.
        let place = place.clamp(low.0 + 0.4 * tolerance, high.0 - 0.4 * tolerance);
        let value = above(place);
        if value < 0.0 {
            low = (place, value);
            if last_was_low == Some(true) {
                high.1 *= 0.5;
            }
        } else {
            high = (place, value);
            if last_was_low == Some(false) {
                low.1 *= 0.5;
            }
        }
        last_was_low = Some(value < 0.0);
    }
    0.5 * (low.0 + high.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_found_however_far_out() {
        for share in [1e-12, 0.025, 0.5, 0.8, 0.999] {
            let found = where_it_is(share, -20.0, 20.0, 1e-10, |z| normal::cdf((z - 1.0) / 2.0));
            let expected = 1.0 + 2.0 * normal::quantile(share).unwrap();
            assert!((found - expected).abs() < 1e-9, "{share}: {found}");
        }
    }

    #[test]
    fn where_it_never_is_the_nearer_end_is_given() {
        assert_eq!(where_it_is(0.9, -1.0, 1.0, 1e-10, normal::cdf), 1.0);
        assert_eq!(where_it_is(0.1, -1.0, 1.0, 1e-10, normal::cdf), -1.0);
    }

    #[test]
    fn few_integrals_are_needed() {
        let asked = std::cell::Cell::new(0);
        let bent = |z: f64| {
            asked.set(asked.get() + 1);
            0.7 * normal::cdf(z - 0.3) + 0.3 * normal::cdf(2.0 * z)
        };
        let found = where_it_is(0.975, 0.0, 5.0, 1e-10, bent);
        assert!((bent(found) - 0.975).abs() < 1e-10);
        assert!(asked.get() < 20, "{}", asked.get());
    }
}
