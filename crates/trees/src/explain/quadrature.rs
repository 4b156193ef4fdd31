//! Shapley values of a leaf by exact integration.
//!
//! A leaf pays its value times, for each feature on its path, 1 or 0 if the feature
//! is known (`holds`: does the row take the path wherever the feature is asked) and
//! its share of the cover if it is not. Shapley's weight of a set of `s` of `D - 1`
//! others, `s! (D - s - 1)! / D!`, is the integral of `t^s (1 - t)^(D - s - 1)`
//! from 0 to 1. So feature `j` gets
//!
//! `value * (holds_j - share_j) * integral of the product over k != j of
//! (t holds_k + (1 - t) share_k)`,
//!
//! a polynomial of degree `D - 1`, which Gauss-Legendre quadrature integrates
//! exactly with `D / 2` points. All terms are positive, so unlike taking features
//! out of the weights of Algorithm 2 (UNWIND) nothing cancels.

use crate::tree::{Node, Tree};

/// Points and weights of Gauss-Legendre quadrature from 0 to 1.
#[derive(Debug, Clone)]
pub(crate) struct Quadrature<const N: usize> {
    pub(crate) points: [f64; N],
    pub(crate) weights: [f64; N],
}

impl<const N: usize> Quadrature<N> {
    /// Finds the roots of the Legendre polynomial of degree `N` by Newton's method.
    pub(crate) fn new() -> Self {
        let (mut points, mut weights) = ([0.0; N], [0.0; N]);
        for (i, (point, weight)) in points.iter_mut().zip(&mut weights).enumerate() {
            let angle = std::f64::consts::PI * (i as f64 + 0.75) / (N as f64 + 0.5);
            let mut x = angle.cos();
            let mut slope = 1.0;
            // converges in 5 steps from this start; more change nothing
            for _ in 0..10 {
                let (mut before, mut value) = (0.0, 1.0);
                for k in 0..N {
                    let k = k as f64;
                    (before, value) = (
                        value,
                        ((2.0 * k + 1.0) * x * value - k * before) / (k + 1.0),
                    );
                }
                slope = N as f64 * (x * value - before) / (x * x - 1.0);
                x -= value / slope;
            }
            *point = (1.0 - x) / 2.0;
            *weight = 1.0 / ((1.0 - x * x) * slope * slope);
        }
        Quadrature { points, weights }
    }

    /// One feature's part of the product, at every point.
    pub(crate) fn factors(&self, holds: bool, share: f64) -> [f64; N] {
        let known = f64::from(u8::from(holds));
        self.points.map(|t| t * known + (1.0 - t) * share)
    }

    /// What each feature on the path of one leaf gets: exact up to `2 N` features.
    pub(crate) fn contributions(
        &self,
        value: f64,
        shares: &[f64],
        holds: impl Fn(usize) -> bool,
        out: &mut [f64],
    ) {
        let mut product = self.weights;
        for (i, &share) in shares.iter().enumerate() {
            for (product, factor) in product.iter_mut().zip(self.factors(holds(i), share)) {
                *product *= factor;
            }
        }
        for (i, (&share, out)) in shares.iter().zip(out).enumerate() {
            let known = f64::from(u8::from(holds(i)));
            // a feature that lets nothing through, known or not, leaves nothing to give
            let factors = self.factors(holds(i), share);
            let without: f64 = product
                .iter()
                .zip(factors)
                .map(|(p, f)| if f > 0.0 { p / f } else { 0.0 })
                .sum();
            *out = value * (known - share) * without;
        }
    }
}

/// The value a tree gives when no feature is known: its leaves averaged by cover.
pub(crate) fn mean(tree: &Tree, id: usize) -> f64 {
    match tree.node(id) {
        Node::Leaf(value) => f64::from(value),
        Node::Split { left, right, .. } => {
            let [to_left, to_right] = tree.shares(id);
            to_left * mean(tree, left) + to_right * mean(tree, right)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shapley's own formula, one term for each set of the other features.
    fn by_definition(value: f64, shares: &[f64], holds: &[bool]) -> Vec<f64> {
        let n = shares.len();
        let factorial = |k: usize| (1..=k).map(|i| i as f64).product::<f64>();
        let pays = |set: usize| -> f64 {
            let part = |i: usize| match set >> i & 1 {
                1 => f64::from(u8::from(holds[i])),
                _ => shares[i],
            };
            value * (0..n).map(part).product::<f64>()
        };
        let one = |j: usize| -> f64 {
            (0..1usize << n)
                .filter(|set| set >> j & 1 == 0)
                .map(|set| {
                    let size = set.count_ones() as usize;
                    let weight = factorial(size) * factorial(n - size - 1) / factorial(n);
                    weight * (pays(set | 1 << j) - pays(set))
                })
                .sum()
        };
        (0..n).map(one).collect()
    }

    fn check<const N: usize>(shares: &[f64]) {
        let quadrature = Quadrature::<N>::new();
        for n in 1..=shares.len() {
            for pattern in 0..1usize << n {
                let holds: Vec<bool> = (0..n).map(|i| pattern >> i & 1 == 1).collect();
                let mut out = vec![0.0; n];
                quadrature.contributions(-1.75, &shares[..n], |i| holds[i], &mut out);
                for (got, want) in out.iter().zip(by_definition(-1.75, &shares[..n], &holds)) {
                    assert!((got - want).abs() < 1e-13, "{n} {pattern}: {got} {want}");
                }
            }
        }
    }

    #[test]
    fn contributions_equal_shapley_values_by_definition() {
        let shares = [0.3, 0.9, 0.05, 0.5, 1.0, 0.7, 0.25, 0.8];
        check::<4>(&shares);
        check::<16>(&shares);
        check::<64>(&shares[..5]);
    }

    #[test]
    fn a_feature_that_no_training_row_passed_takes_nothing() {
        let mut out = [f64::NAN; 2];
        Quadrature::<4>::new().contributions(2.0, &[0.0, 0.5], |i| i == 1, &mut out);
        assert_eq!(out, [0.0, 0.0]);
    }

    #[test]
    fn two_points_are_the_known_ones() {
        let two = Quadrature::<2>::new();
        let off = 0.5 / 3f64.sqrt();
        assert!((two.points[0] - (0.5 - off)).abs() < 1e-15);
        assert!((two.points[1] - (0.5 + off)).abs() < 1e-15);
        assert!(
            two.weights
                .iter()
                .all(|weight| (weight - 0.5).abs() < 1e-15)
        );
    }
}
