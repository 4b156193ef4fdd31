//! Explaining a tree leaf by leaf: any depth, no tables.

use super::leaf::Weights;
use crate::tree::{Node, Tree};

/// A tree that is too deep, or one too many, for tables.
#[derive(Debug, Clone)]
pub(crate) struct TreeWalk {
    tree: Tree,
}

/// The distinct features between the root and the present node.
#[derive(Default)]
struct Path {
    features: Vec<usize>,
    shares: Vec<f64>,
    holds: Vec<bool>,
    weights: Weights,
    given: Vec<f64>,
}

impl TreeWalk {
    pub(crate) fn new(tree: &Tree) -> TreeWalk {
        TreeWalk { tree: tree.clone() }
    }

    /// Adds the contributions of a row to `out`.
    pub(crate) fn add(&self, row: &[f32], out: &mut [f64]) {
        self.descend(0, row, &mut Path::default(), out);
    }

    fn descend(&self, id: usize, row: &[f32], path: &mut Path, out: &mut [f64]) {
        let (feature, threshold, default_left, children) = match self.tree.node(id) {
            Node::Leaf(value) => return path.give(f64::from(value), out),
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
        for (side, share) in self.tree.shares(id).into_iter().enumerate() {
            let holds = usize::from(right) == side;
            // a feature asked twice is one player: shares multiply, both must hold
            let before = path.features.iter().position(|&known| known == feature);
            if let Some(i) = before {
                let saved = (path.shares[i], path.holds[i]);
                path.shares[i] *= share;
                path.holds[i] &= holds;
                self.descend(children[side], row, path, out);
                (path.shares[i], path.holds[i]) = saved;
            } else {
                path.features.push(feature);
                path.shares.push(share);
                path.holds.push(holds);
                self.descend(children[side], row, path, out);
                path.features.pop();
                path.shares.pop();
                path.holds.pop();
            }
        }
    }
}

impl Path {
    fn give(&mut self, value: f64, out: &mut [f64]) {
        self.given.resize(self.features.len(), 0.0);
        let holds = &self.holds;
        self.weights
            .contributions(value, &self.shares, |i| holds[i], &mut self.given);
        for (feature, given) in self.features.iter().zip(&self.given) {
            out[*feature] += given;
        }
    }
}
