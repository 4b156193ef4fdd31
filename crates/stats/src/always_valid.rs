//! Intervals that hold at all looks together, however often and whenever one looks.
//!
//! The asymptotic confidence sequence of I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy and
//! A. Ramdas, "Time-Uniform Central Limit Theory and Asymptotic Confidence Sequences", Annals of
//! Statistics 52 (2024), with the normal mixture of H. Robbins (1970): the margin that their
//! package `sequential.causal` has as `std_conjmix_margin`. It is written in information,
//! `1 / standard error²`, so that it serves ratios and clusters too; with equal rows it is the same
//! as in rows. What it costs is width: about half as wide again as an interval for one planned look.

use crate::normal;

/// The mixture's precision: at which information the sequence is tightest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mixture {
    /// ρ² per unit of information.
    squared: f64,
    alpha: f64,
}

impl Mixture {
    /// Tightest at this information, for intervals that miss with probability `alpha` at most.
    /// `None` for information not above 0 or `alpha` outside 0..1.
    pub fn tightest_at(information: f64, alpha: f64) -> Option<Self> {
        let defined = information > 0.0 && information.is_finite() && alpha > 0.0 && alpha < 1.0;
        let log = -2.0 * alpha.ln();
        defined.then(|| Mixture {
            squared: (log + (log + 1.0).ln()) / information,
            alpha,
        })
    }

    /// Half the width of the interval around an estimate of this information, in the unit of the
    /// estimate; infinite without information.
    pub fn half_width(&self, information: f64) -> f64 {
        if information.is_nan() || information <= 0.0 {
            return f64::INFINITY;
        }
        let r = self.squared * information;
        let log = (0.5 * (r + 1.0).ln()) - self.alpha.ln();
        (2.0 * (r + 1.0) / r * log / information).sqrt()
    }

    /// A p-value against no difference that may be looked at any time: the smallest level at which
    /// the interval around `estimate` would leave 0 out. At most 1.
    pub fn p_value(&self, estimate: f64, information: f64) -> f64 {
        if information.is_nan() || information <= 0.0 || !estimate.is_finite() {
            return 1.0;
        }
        let r = self.squared * information;
        let z_squared = estimate * estimate * information;
        (0.5 * (r + 1.0).ln() - 0.5 * z_squared * r / (r + 1.0))
            .exp()
            .min(1.0)
    }

    /// How much wider the interval is than one for a single planned look at this information.
    pub fn cost(&self, information: f64) -> f64 {
        let single = normal::two_sided(1.0 - self.alpha) / information.sqrt();
        self.half_width(information) / single
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interval_and_p_value_agree() {
        let mixture = Mixture::tightest_at(100.0, 0.05).unwrap();
        for information in [1.0, 20.0, 100.0, 5000.0] {
            let edge = mixture.half_width(information);
            assert!((mixture.p_value(edge, information) - 0.05).abs() < 1e-12);
            assert!(mixture.p_value(1.01 * edge, information) < 0.05);
        }
        assert_eq!(mixture.p_value(0.0, 3.0), 1.0);
        assert!(mixture.half_width(0.0).is_infinite());
        assert_eq!(Mixture::tightest_at(0.0, 0.05), None);
    }

    #[test]
    fn it_is_tightest_near_where_it_was_told_to_be() {
        let mixture = Mixture::tightest_at(100.0, 0.05).unwrap();
        let best = mixture.cost(100.0);
        assert!(best > 1.3 && best < 1.6, "{best}");
        assert!(mixture.cost(10.0) > best && mixture.cost(2000.0) > best);
    }
}
