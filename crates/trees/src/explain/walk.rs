//! Explaining a tree by walking all of it: any depth, no tables.
//!
//! On the way down each node holds the product of its path's factors at every
//! point of the quadrature, on the way up the sum over its leaves. A step then
//! gives its feature the step's part of that sum, so a row costs a few operations
//! per node, however long the paths.

use super::quadrature::Quadrature;
use crate::tree::{Node, Tree};

/// A tree that is too deep, or one too many, for tables.
#[derive(Debug, Clone)]
pub(crate) enum TreeWalk {
    /// For paths of up to 8 distinct features.
    Short(Walk<4>),
    Medium(Walk<8>),
    Long(Walk<16>),
    /// For 128, the most splits a tree may have on a path.
    Longest(Box<Walk<64>>),
}

/// What is known of the way into a node from its parent, whatever the row.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    /// Product of the shares of all steps of the same feature down to here.
    share: f64,
    /// Node that the step before of the same feature leads to; 0 if there is none.
    before: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Walk<const N: usize> {
    tree: Tree,
    /// Indexed by the node a step leads to.
    steps: Vec<Step>,
    quadrature: Quadrature<N>,
}

impl TreeWalk {
    pub(crate) fn new(tree: &Tree) -> TreeWalk {
        let mut steps = vec![Step::default(); tree.n_nodes()];
        let distinct = trace(tree, 0, &mut Vec::new(), &mut steps);
        match distinct {
            0..=8 => TreeWalk::Short(Walk::new(tree, steps)),
            9..=16 => TreeWalk::Medium(Walk::new(tree, steps)),
            17..=32 => TreeWalk::Long(Walk::new(tree, steps)),
            _ => TreeWalk::Longest(Box::new(Walk::new(tree, steps))),
        }
    }

    /// Adds the contributions of a row to `out`.
    pub(crate) fn add(&self, row: &[f32], out: &mut [f64]) {
        match self {
            TreeWalk::Short(walk) => walk.add(row, out),
            TreeWalk::Medium(walk) => walk.add(row, out),
            TreeWalk::Long(walk) => walk.add(row, out),
            TreeWalk::Longest(walk) => walk.add(row, out),
        }
    }
}

/// Fills in the steps below a node; returns the most distinct features on a path.
/// `path` holds, for each feature above, the node its last step leads to.
fn trace(tree: &Tree, id: usize, path: &mut Vec<(usize, usize)>, steps: &mut [Step]) -> usize {
    let Node::Split {
        feature,
        left,
        right,
        ..
    } = tree.node(id)
    else {
        return path.len();
    };
    let seat = path.iter().position(|&(known, _)| known == feature);
    let before = seat.map_or(0, |seat| path[seat].1);
    let above = if before == 0 {
        1.0
    } else {
        steps[before].share
    };
    let mut most = 0;
    for (child, share) in [left, right].into_iter().zip(tree.shares(id)) {
        steps[child] = Step {
            share: above * share,
            before,
        };
        if let Some(seat) = seat {
            path[seat].1 = child;
            most = most.max(trace(tree, child, path, steps));
            path[seat].1 = before;
        } else {
            path.push((feature, child));
            most = most.max(trace(tree, child, path, steps));
            path.pop();
        }
    }
    most
}

impl<const N: usize> Walk<N> {
    fn new(tree: &Tree, steps: Vec<Step>) -> Self {
        Walk {
            tree: tree.clone(),
            steps,
            quadrature: Quadrature::new(),
        }
    }

    fn add(&self, row: &[f32], out: &mut [f64]) {
        let mut holds = vec![false; self.steps.len()];
        self.descend(0, &self.quadrature.weights, row, &mut holds, out);
    }

    /// Returns the sum of value times product over the leaves below a node.
    fn descend(
        &self,
        id: usize,
        product: &[f64; N],
        row: &[f32],
        holds: &mut [bool],
        out: &mut [f64],
    ) -> [f64; N] {
        let (feature, threshold, default_left, children) = match self.tree.node(id) {
            Node::Leaf(value) => return product.map(|product| product * f64::from(value)),
            Node::Split {
                feature,
                threshold,
                default_left,
                left,
                right,
            } => (feature, threshold, default_left, [left, right]),
        };
        let value = row[feature];
        let right = value >= threshold || (value.is_nan() && !default_left);
        let mut sums = [0.0; N];
        for (side, child) in children.into_iter().enumerate() {
            let Step { share, before } = self.steps[child];
            // a feature asked twice is one player: shares multiply, both must hold
            let hold = usize::from(right) == side && (before == 0 || holds[before]);
            if !hold && share == 0.0 {
                // nothing passes here, whether the feature is known or not
                continue;
            }
            holds[child] = hold;
            let factors = self.quadrature.factors(hold, share);
            let mut below: [f64; N] = std::array::from_fn(|q| product[q] * factors[q]);
            let mut gains = gains(hold, share, &factors);
            if before != 0 {
                let (hold, share) = (holds[before], self.steps[before].share);
                let factors = self.quadrature.factors(hold, share);
                let taken = self::gains(hold, share, &factors);
                for q in 0..N {
                    below[q] /= factors[q];
                    gains[q] -= taken[q];
                }
            }
            let given = self.descend(child, &below, row, holds, out);
            let mut gained = 0.0;
            for q in 0..N {
                sums[q] += given[q];
                gained += given[q] * gains[q];
            }
            out[feature] += gained;
        }
        sums
    }
}

/// What a feature gets of a product that holds its factor.
fn gains<const N: usize>(hold: bool, share: f64, factors: &[f64; N]) -> [f64; N] {
    let step = f64::from(u8::from(hold)) - share;
    factors.map(|factor| step / factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use crate::tree::MAX_DEPTH;

    /// Contributions of a chain of as many features as splits, half of them missing.
    fn explain(walk: &TreeWalk, features: usize) -> Vec<f64> {
        let row: Vec<f32> = (0..features)
            .map(|i| if i % 2 == 0 { f32::NAN } else { 2.0 })
            .collect();
        let mut out = vec![0.0; features];
        walk.add(&row, &mut out);
        out
    }

    #[test]
    fn more_points_than_needed_change_nothing() {
        for depth in [3, 9, 16, 17, 32] {
            let tree = samples::chain(depth, depth);
            let walk = TreeWalk::new(&tree);
            let steps = match &walk {
                TreeWalk::Short(walk) => walk.steps.clone(),
                TreeWalk::Medium(walk) => walk.steps.clone(),
                TreeWalk::Long(walk) => walk.steps.clone(),
                TreeWalk::Longest(_) => panic!("{depth} features need no more than 16 points"),
            };
            let most = TreeWalk::Longest(Box::new(Walk::new(&tree, steps)));
            for (few, many) in explain(&walk, depth).into_iter().zip(explain(&most, depth)) {
                assert!((few - many).abs() < 1e-13, "{depth}: {few} and {many}");
            }
        }
    }

    #[test]
    fn the_deepest_tree_sums_to_its_leaf() {
        let depth = MAX_DEPTH as usize;
        let tree = samples::chain(depth, depth);
        let walk = TreeWalk::new(&tree);
        assert!(matches!(walk, TreeWalk::Longest(_)));
        // the row leaves the chain at its first split, to the first leaf
        let sum: f64 = explain(&walk, depth).iter().sum();
        let want = f64::from(tree.conditions[1]) - super::super::quadrature::mean(&tree, 0);
        assert!((sum - want).abs() < 1e-12, "{sum} and {want}");
    }
}
