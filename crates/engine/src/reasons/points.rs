//! Contributions in probability: the rescale rule.

/// Margins nearer than this are taken for the same.
const SAME: f64 = 1e-6;
/// Step of the derivative there.
const STEP: f64 = 1e-4;

/// Change of probability for each unit of contribution to the margin:
/// `(p(m) - p(b)) / (m - b)`, the derivative of `p` where `m = b`. Contributions that
/// add up to `m - b` thereby become ones that add up to `p(m) - p(b)` (Shrikumar et al.
/// 2017, "Learning Important Features Through Propagating Activation Differences", the
/// rescale rule).
pub fn slope(probability: &dyn Fn(f64) -> f64, base_margin: f64, margin: f64) -> f64 {
    if (margin - base_margin).abs() < SAME {
        (probability(margin + STEP) - probability(margin - STEP)) / (2.0 * STEP)
    } else {
        (probability(margin) - probability(base_margin)) / (margin - base_margin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logistic(margin: f64) -> f64 {
        1.0 / (1.0 + (-margin).exp())
    }

    #[test]
    fn contributions_add_up_to_the_difference_of_probability() {
        // p(0) = .5, p(ln 3) = .75: a quarter over ln 3.
        let margin = 3.0_f64.ln();
        let slope = slope(&logistic, 0.0, margin);
        assert!((slope - 0.25 / margin).abs() < 1e-15);
        let shares = [0.7, 0.5, -0.2].map(|share| share * margin * slope);
        assert!((shares.iter().sum::<f64>() - 0.25).abs() < 1e-15);
    }

    #[test]
    fn where_nothing_differs_it_is_the_derivative() {
        assert!((slope(&logistic, 0.0, 0.0) - 0.25).abs() < 1e-8);
        assert!((slope(&logistic, -2.0, -2.0 + 1e-9) - 0.104_993_585).abs() < 1e-8);
        assert_eq!(slope(&|_| 0.035, 1.0, 2.0), 0.0);
    }
}
