//! What one leaf gives to the features on its path.

use crate::tree::{Node, Tree};

/// Scratch space of [`Shares::contributions`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Weights(Vec<f64>);

impl Weights {
    /// Shapley values of the game in which a leaf pays `value` times, for each
    /// feature on its path, 1 or 0 if the feature is known (`holds`: does the row
    /// take the path wherever that feature is asked) and `shares` if it is not
    /// (the part of the cover that takes it). `out` gets one value for each feature.
    ///
    /// `self.0[s]` becomes the sum over the sets of `s` known features, each times
    /// `s! (D - s)! / (D + 1)!` (EXTEND of Algorithm 2); each feature is then taken
    /// out again in turn (UNWIND).
    pub(crate) fn contributions(
        &mut self,
        value: f64,
        shares: &[f64],
        holds: impl Fn(usize) -> bool,
        out: &mut [f64],
    ) {
        let weights = &mut self.0;
        weights.clear();
        weights.push(1.0);
        for (i, &share) in shares.iter().enumerate() {
            let known = f64::from(u8::from(holds(i)));
            let length = weights.len();
            let size = (length + 1) as f64;
            weights.push(0.0);
            for s in (0..length).rev() {
                weights[s + 1] += known * weights[s] * (s + 1) as f64 / size;
                weights[s] *= share * (length - s) as f64 / size;
            }
        }
        let last = shares.len();
        let size = (last + 1) as f64;
        for (i, (&share, out)) in shares.iter().zip(out).enumerate() {
            let known = holds(i);
            if !known && share == 0.0 {
                // neither knowing nor not knowing the feature lets anything through
                *out = 0.0;
                continue;
            }
            let mut total = 0.0;
            let mut next = weights[last];
            for s in (0..last).rev() {
                if known {
                    let without = next * size / (s + 1) as f64;
                    total += without;
                    next = weights[s] - without * share * (last - s) as f64 / size;
                } else {
                    total += weights[s] * size / (share * (last - s) as f64);
                }
            }
            *out = value * total * (f64::from(u8::from(known)) - share);
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

    #[test]
    fn contributions_equal_shapley_values_by_definition() {
        let shares = [0.3, 0.9, 0.05, 0.5, 1.0];
        let mut weights = Weights::default();
        for n in 1..=shares.len() {
            for pattern in 0..1usize << n {
                let holds: Vec<bool> = (0..n).map(|i| pattern >> i & 1 == 1).collect();
                let mut out = vec![0.0; n];
                weights.contributions(-1.75, &shares[..n], |i| holds[i], &mut out);
                for (got, want) in out.iter().zip(by_definition(-1.75, &shares[..n], &holds)) {
                    assert!((got - want).abs() < 1e-12, "{n} {pattern}: {got} {want}");
                }
            }
        }
    }

    #[test]
    fn a_feature_that_no_training_row_passed_takes_nothing() {
        let mut out = [f64::NAN; 2];
        Weights::default().contributions(2.0, &[0.0, 0.5], |i| i == 1, &mut out);
        assert_eq!(out, [0.0, 0.0]);
    }
}
