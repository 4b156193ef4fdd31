//! Exact SHAP interaction values: how much of a contribution two features make only together.
//!
//! The Shapley interaction index of Lundberg et al. 2018, equations 4 and 5, half of which each
//! of the two features is credited with. For a leaf, whose pay is a product over the features on
//! its path (see [`super::quadrature`]), features `i` and `j` share
//!
//! `value * (holds_i - share_i) * (holds_j - share_j) * integral of the product over k other than
//! i and j of (t holds_k + (1 - t) share_k)`,
//!
//! so only features that meet on a path interact. What a feature makes alone is the rest of its
//! contribution.

use super::quadrature::Quadrature;
use crate::tree::{Node, Tree};

/// A leaf with the way to it.
#[derive(Debug, Clone)]
struct Leaf {
    value: f64,
    path: Vec<Step>,
}

/// What one feature must be for a row to take the path, and its share of the cover.
#[derive(Debug, Clone, Copy)]
struct Step {
    feature: usize,
    share: f64,
    /// Known values must be at least this …
    from: f32,
    /// … and below this.
    below: f32,
    /// Whether a missing value takes the path.
    missing: bool,
}

impl Step {
    fn holds(&self, row: &[f32]) -> bool {
        let value = row[self.feature];
        match value.is_nan() {
            true => self.missing,
            false => self.from <= value && value < self.below,
        }
    }
}

/// The leaves of a model, prepared to tell interactions.
#[derive(Debug, Clone)]
pub(crate) struct Interactions {
    /// Those with up to 8 different features on their path, and the others.
    short: Vec<Leaf>,
    long: Vec<Leaf>,
    few: Quadrature<4>,
    many: Quadrature<64>,
}

impl Interactions {
    pub(crate) fn new(trees: &[Tree]) -> Self {
        let mut leaves = Vec::new();
        for tree in trees {
            collect(tree, 0, &mut Vec::new(), &mut leaves);
        }
        // A feature alone on its path meets no other.
        leaves.retain(|leaf| leaf.path.len() > 1);
        let (short, long) = leaves.into_iter().partition(|leaf| leaf.path.len() <= 8);
        Interactions {
            short,
            long,
            few: Quadrature::new(),
            many: Quadrature::new(),
        }
    }

    /// Tells `met` each pair of features that meet on a path, the lower number first, with half
    /// of what the two make together there.
    pub(crate) fn pairs(&self, row: &[f32], met: &mut dyn FnMut(usize, usize, f64)) {
        let mut holds = Vec::new();
        for leaf in &self.short {
            leaf.pairs(&self.few, row, &mut holds, met);
        }
        for leaf in &self.long {
            leaf.pairs(&self.many, row, &mut holds, met);
        }
    }

    /// The matrix of a row with its contributions `shap`, bias last: off the diagonal halves of
    /// what two features make together, on it what each makes alone.
    pub(crate) fn fill(&self, row: &[f32], shap: &[f64], out: &mut Vec<f64>) {
        let width = shap.len();
        out.clear();
        out.resize(width * width, 0.0);
        self.pairs(row, &mut |a, b, half| {
            out[a * width + b] += half;
            out[b * width + a] += half;
        });
        for (i, &contribution) in shap.iter().enumerate() {
            let together: f64 = out[i * width..(i + 1) * width].iter().sum();
            out[i * width + i] = contribution - together;
        }
    }

    /// The same for one pair of different features, summed.
    pub(crate) fn of_pair(&self, row: &[f32], a: usize, b: usize) -> f64 {
        let both = |leaf: &&Leaf| {
            let has = |feature| leaf.path.iter().any(|step| step.feature == feature);
            has(a) && has(b)
        };
        let (low, high) = (a.min(b), a.max(b));
        let mut sum = 0.0;
        let mut holds = Vec::new();
        let mut add = |one: usize, other: usize, half: f64| {
            if (one, other) == (low, high) {
                sum += half;
            }
        };
        for leaf in self.short.iter().filter(both) {
            leaf.pairs(&self.few, row, &mut holds, &mut add);
        }
        for leaf in self.long.iter().filter(both) {
            leaf.pairs(&self.many, row, &mut holds, &mut add);
        }
        sum
    }
}

impl Leaf {
    fn pairs<const N: usize>(
        &self,
        quadrature: &Quadrature<N>,
        row: &[f32],
        holds: &mut Vec<bool>,
        met: &mut dyn FnMut(usize, usize, f64),
    ) {
        holds.clear();
        holds.extend(self.path.iter().map(|step| step.holds(row)));
        let gain = |place: usize| f64::from(u8::from(holds[place])) - self.path[place].share;
        for i in 0..self.path.len() {
            for j in 0..i {
                let (one, other) = (gain(i), gain(j));
                if one == 0.0 || other == 0.0 {
                    continue;
                }
                let mut product = quadrature.weights;
                for (k, step) in self.path.iter().enumerate() {
                    if k != i && k != j {
                        let factors = quadrature.factors(holds[k], step.share);
                        for (product, factor) in product.iter_mut().zip(factors) {
                            *product *= factor;
                        }
                    }
                }
                let half = 0.5 * self.value * one * other * product.iter().sum::<f64>();
                let (a, b) = (self.path[i].feature, self.path[j].feature);
                met(a.min(b), a.max(b), half);
            }
        }
    }
}

/// Adds the leaves below a node; `path` has one step for each feature above.
fn collect(tree: &Tree, id: usize, path: &mut Vec<Step>, leaves: &mut Vec<Leaf>) {
    let (feature, threshold, default_left, children) = match tree.node(id) {
        Node::Leaf(value) => {
            leaves.push(Leaf {
                value: f64::from(value),
                path: path.clone(),
            });
            return;
        }
        Node::Split {
            feature,
            threshold,
            default_left,
            left,
            right,
        } => (feature, threshold, default_left, [left, right]),
    };
    let seat = path.iter().position(|step| step.feature == feature);
    let above = seat.map(|seat| path[seat]);
    for (side, (child, share)) in children.into_iter().zip(tree.shares(id)).enumerate() {
        let to_left = side == 0;
        let mut step = above.unwrap_or(Step {
            feature,
            share: 1.0,
            from: f32::NEG_INFINITY,
            below: f32::INFINITY,
            missing: true,
        });
        step.share *= share;
        step.missing &= default_left == to_left;
        match to_left {
            true => step.below = step.below.min(threshold),
            false => step.from = step.from.max(threshold),
        }
        match seat {
            Some(seat) => path[seat] = step,
            None => path.push(step),
        }
        collect(tree, child, path, leaves);
        match (seat, above) {
            (Some(seat), Some(above)) => path[seat] = above,
            _ => drop(path.pop()),
        }
    }
}
