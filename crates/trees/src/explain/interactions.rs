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

use std::collections::BTreeMap;

use super::quadrature::Quadrature;
use crate::tree::{Node, Tree};

/// A leaf with the way to it.
#[derive(Debug, Clone)]
struct Leaf {
    value: f64,
    path: Vec<Step>,
    meetings: Vec<Meeting>,
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

/// Two features on one path: their places there, and the place of the pair among all pairs.
#[derive(Debug, Clone, Copy)]
struct Meeting {
    one: u32,
    other: u32,
    pair: u32,
}

impl Step {
    /// Values missing at the end of the row are missing.
    fn holds(&self, row: &[f32]) -> bool {
        match row.get(self.feature) {
            Some(&value) if !value.is_nan() => self.from <= value && value < self.below,
            _ => self.missing,
        }
    }
}

/// The leaves of a model, prepared to tell interactions.
#[derive(Debug, Clone)]
pub(crate) struct Interactions {
    /// Pairs of features that meet on a path, the lower number first, ascending.
    pairs: Vec<(usize, usize)>,
    /// Leaves with up to 8 different features on their path, and the others.
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
        let mut pairs = BTreeMap::new();
        for leaf in &leaves {
            pairs.extend(leaf.meet().map(|(_, _, pair)| (pair, 0)));
        }
        for (place, number) in pairs.values_mut().zip(0..) {
            *place = number;
        }
        for leaf in &mut leaves {
            let meetings = leaf.meet().map(|(one, other, pair)| Meeting {
                one,
                other,
                pair: pairs[&pair],
            });
            leaf.meetings = meetings.collect();
        }
        Interactions::of(pairs.into_keys().collect(), leaves)
    }

    fn of(pairs: Vec<(usize, usize)>, leaves: Vec<Leaf>) -> Self {
        let (short, long) = leaves.into_iter().partition(|leaf| leaf.path.len() <= 8);
        Interactions {
            pairs,
            short,
            long,
            few: Quadrature::new(),
            many: Quadrature::new(),
        }
    }

    /// The pairs of features that meet on a path, the lower number first, ascending.
    pub(crate) fn pairs(&self) -> &[(usize, usize)] {
        &self.pairs
    }

    /// The leaves where two different features meet, for that pair alone.
    pub(crate) fn only(&self, a: usize, b: usize) -> Self {
        let pair = (a.min(b), a.max(b));
        let mut leaves = Vec::new();
        if let Ok(known) = self.pairs.binary_search(&pair) {
            for leaf in self.short.iter().chain(&self.long) {
                let meeting = leaf
                    .meetings
                    .iter()
                    .find(|meeting| meeting.pair as usize == known);
                leaves.extend(meeting.map(|&meeting| Leaf {
                    meetings: vec![Meeting { pair: 0, ..meeting }],
                    ..leaf.clone()
                }));
            }
        }
        Interactions::of(vec![pair], leaves)
    }

    /// Half of what each of [`Interactions::pairs`] makes together in a row.
    pub(crate) fn halves(&self, row: &[f32], out: &mut [f64]) {
        out.fill(0.0);
        add(&self.short, &self.few, row, out);
        add(&self.long, &self.many, row, out);
    }

    /// The matrix of a row with its contributions `shap`, bias last: off the diagonal halves of
    /// what two features make together, on it what each makes alone.
    pub(crate) fn fill(&self, row: &[f32], shap: &[f64], out: &mut Vec<f64>) {
        let width = shap.len();
        out.clear();
        out.resize(width * width, 0.0);
        let mut halves = vec![0.0; self.pairs.len()];
        self.halves(row, &mut halves);
        for (&(a, b), half) in self.pairs.iter().zip(halves) {
            out[a * width + b] = half;
            out[b * width + a] = half;
        }
        for (i, &contribution) in shap.iter().enumerate() {
            let together: f64 = out[i * width..(i + 1) * width].iter().sum();
            out[i * width + i] = contribution - together;
        }
    }
}

impl Leaf {
    /// Each two places on the path with their features, the lower first.
    fn meet(&self) -> impl Iterator<Item = (u32, u32, (usize, usize))> + '_ {
        let steps = || self.path.iter().map(|step| step.feature).zip(0_u32..);
        steps().flat_map(move |(a, one)| {
            let before = steps().take(one as usize);
            before.map(move |(b, other)| (one, other, (a.min(b), a.max(b))))
        })
    }
}

/// Adds to `out` what the leaves give to their pairs.
fn add<const N: usize>(leaves: &[Leaf], quadrature: &Quadrature<N>, row: &[f32], out: &mut [f64]) {
    // For each feature on a path what it gains by being known, and its factors.
    let mut gains: Vec<(f64, [f64; N])> = Vec::new();
    for leaf in leaves {
        gains.clear();
        let mut product = quadrature.weights;
        let mut passed = true;
        for step in &leaf.path {
            let holds = step.holds(row);
            // A feature that lets nothing through, known or not, leaves nothing to give.
            passed = holds || step.share > 0.0;
            if !passed {
                break;
            }
            let factors = quadrature.factors(holds, step.share);
            for (product, factor) in product.iter_mut().zip(factors) {
                *product *= factor;
            }
            gains.push((f64::from(u8::from(holds)) - step.share, factors));
        }
        if !passed {
            continue;
        }
        for meeting in &leaf.meetings {
            let (one, by_one) = &gains[meeting.one as usize];
            let (other, by_other) = &gains[meeting.other as usize];
            let mut others = 0.0;
            for (product, (a, b)) in product.iter().zip(by_one.iter().zip(by_other)) {
                others += product / (a * b);
            }
            out[meeting.pair as usize] += 0.5 * leaf.value * one * other * others;
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
                meetings: Vec::new(),
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
