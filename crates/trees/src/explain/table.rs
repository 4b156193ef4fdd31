//! Explaining a tree by looking its contributions up.
//!
//! A tree is cut into groups, each a subtree with the splits above it. With `b`
//! splits in a group there are `2^b` combinations of decisions, and for each the
//! table holds what all leaves of the group give to each of its features. A row
//! then costs its decisions and one look-up for each group, instead of
//! operations for each node.

use super::quadrature::Quadrature;
use crate::tree::{Node, Tree};

/// Splits in a group; a table doubles with each.
const GROUP_SPLITS: usize = 8;
/// Place of a decision that is never taken, to fill groups with fewer splits. A
/// tree of depth 8 has at most 255 splits, with places 0 to 254.
const NEVER: u8 = 255;

#[derive(Debug, Clone, Copy)]
struct Split {
    feature: u32,
    threshold: f32,
    default_right: bool,
}

#[derive(Debug, Clone)]
struct Group {
    /// Places of the splits whose decisions index the table, first the lowest bit.
    splits: [u8; GROUP_SPLITS],
    features: Vec<u32>,
    /// `2^b` rows of one contribution for each feature.
    table: Vec<f32>,
}

/// A tree of depth 8 or less, with its tables.
#[derive(Debug, Clone)]
pub(crate) struct TreeTable {
    splits: Vec<Split>,
    groups: Vec<Group>,
}

/// A step above a node: the split's place, its side and the side's share.
#[derive(Clone, Copy)]
struct Step {
    place: u8,
    feature: u32,
    right: bool,
    share: f64,
}

impl TreeTable {
    /// Bytes of the tables, or nothing if the tree is too deep for them.
    pub(crate) fn bytes(tree: &Tree) -> Option<usize> {
        if tree.depth() > GROUP_SPLITS {
            return None;
        }
        let mut total = 0;
        cut(tree, 0, 0, &mut |_, splits| {
            total += (splits << splits) * size_of::<f32>();
        });
        Some(total)
    }

    /// Makes the tables of a tree for which [`TreeTable::bytes`] gave a size.
    pub(crate) fn new(tree: &Tree) -> TreeTable {
        let mut places = vec![NEVER; tree.n_nodes()];
        let mut splits = Vec::new();
        let mut open = vec![0];
        while let Some(id) = open.pop() {
            if let Node::Split {
                feature,
                threshold,
                default_left,
                left,
                right,
            } = tree.node(id)
            {
                places[id] = splits.len() as u8;
                let feature = feature as u32;
                splits.push(Split {
                    feature,
                    threshold,
                    default_right: !default_left,
                });
                open.extend([left, right]);
            }
        }
        let mut groups = Vec::new();
        let mut roots = Vec::new();
        cut(tree, 0, 0, &mut |id, _| roots.push(id));
        collect(tree, &places, 0, &mut Vec::new(), &mut |id, above| {
            if roots.contains(&id) {
                groups.extend(group(tree, &places, id, above));
                false
            } else {
                true
            }
        });
        TreeTable { splits, groups }
    }

    /// Adds the contributions of a row to `out`.
    pub(crate) fn add(&self, row: &[f32], out: &mut [f64]) {
        let mut goes_right = [0u8; 256];
        for (split, right) in self.splits.iter().zip(&mut goes_right) {
            let value = row[split.feature as usize];
            *right = u8::from((value >= split.threshold) | (value.is_nan() & split.default_right));
        }
        for group in &self.groups {
            let mut at = 0;
            for (bit, &place) in group.splits.iter().enumerate() {
                at |= usize::from(goes_right[usize::from(place)]) << bit;
            }
            let width = group.features.len();
            let given = &group.table[at * width..(at + 1) * width];
            for (&feature, &given) in group.features.iter().zip(given) {
                out[feature as usize] += f64::from(given);
            }
        }
    }
}

/// Splits in a subtree.
fn splits_below(tree: &Tree, id: usize) -> usize {
    match tree.node(id) {
        Node::Leaf(_) => 0,
        Node::Split { left, right, .. } => 1 + splits_below(tree, left) + splits_below(tree, right),
    }
}

/// Calls `found` with the root of each group and its number of splits: the
/// largest subtrees that with the splits above them stay within the limit.
fn cut(tree: &Tree, id: usize, depth: usize, found: &mut impl FnMut(usize, usize)) {
    let splits = depth + splits_below(tree, id);
    match tree.node(id) {
        Node::Split { left, right, .. } if splits > GROUP_SPLITS => {
            cut(tree, left, depth + 1, found);
            cut(tree, right, depth + 1, found);
        }
        _ => found(id, splits),
    }
}

/// Visits nodes with the steps above them, going on below a node where `visit` says so.
fn collect(
    tree: &Tree,
    places: &[u8],
    id: usize,
    above: &mut Vec<Step>,
    visit: &mut impl FnMut(usize, &[Step]) -> bool,
) {
    if !visit(id, above) {
        return;
    }
    if let Node::Split {
        feature,
        left,
        right,
        ..
    } = tree.node(id)
    {
        for (child, (side, share)) in [left, right]
            .into_iter()
            .zip([false, true].into_iter().zip(tree.shares(id)))
        {
            let feature = feature as u32;
            above.push(Step {
                place: places[id],
                feature,
                right: side,
                share,
            });
            collect(tree, places, child, above, visit);
            above.pop();
        }
    }
}

/// The group of a subtree, or nothing for a tree that is a single leaf.
fn group(tree: &Tree, places: &[u8], root: usize, above: &[Step]) -> Option<Group> {
    let mut splits = Vec::new();
    let mut features = Vec::new();
    let mut leaves = Vec::new();
    collect(tree, places, root, &mut above.to_vec(), &mut |id, steps| {
        for step in steps {
            if !splits.contains(&step.place) {
                splits.push(step.place);
            }
            if !features.contains(&step.feature) {
                features.push(step.feature);
            }
        }
        if let Node::Leaf(value) = tree.node(id) {
            leaves.push((f64::from(value), steps.to_vec()));
        }
        true
    });
    if splits.is_empty() {
        return None;
    }
    let width = features.len();
    let mut sums = vec![0f64; width << splits.len()];
    for (value, steps) in &leaves {
        add_leaf(*value, steps, &splits, &features, &mut sums);
    }
    let mut padded = [NEVER; GROUP_SPLITS];
    padded[..splits.len()].copy_from_slice(&splits);
    let table = sums.into_iter().map(|sum| sum as f32).collect();
    Some(Group {
        splits: padded,
        features,
        table,
    })
}

/// Adds what a leaf gives, for every combination of the group's decisions.
fn add_leaf(value: f64, steps: &[Step], splits: &[u8], features: &[u32], sums: &mut [f64]) {
    // the leaf's own features, a subset of the group's
    let mut own: Vec<u32> = Vec::new();
    let mut shares: Vec<f64> = Vec::new();
    for step in steps {
        match own.iter().position(|&feature| feature == step.feature) {
            Some(i) => shares[i] *= step.share,
            None => {
                own.push(step.feature);
                shares.push(step.share);
            }
        }
    }
    let player = |step: &Step| own.iter().position(|&f| f == step.feature);
    let bit = |step: &Step| splits.iter().position(|&place| place == step.place);
    let asked: Vec<(usize, usize, bool)> = steps
        .iter()
        .filter_map(|step| Some((player(step)?, bit(step)?, step.right)))
        .collect();
    let slots: Vec<usize> = own
        .iter()
        .filter_map(|own| features.iter().position(|f| f == own))
        .collect();

    // four points are exact for the eight features a group has at most
    let quadrature = Quadrature::<4>::new();
    let mut given = vec![0.0; own.len() << own.len()];
    for (pattern, given) in given.chunks_exact_mut(own.len()).enumerate() {
        quadrature.contributions(value, &shares, |i| pattern >> i & 1 == 1, given);
    }
    for (decisions, sums) in sums.chunks_exact_mut(features.len()).enumerate() {
        let mut pattern = (1 << own.len()) - 1;
        for &(player, bit, right) in &asked {
            if (decisions >> bit & 1 == 1) != right {
                pattern &= !(1usize << player);
            }
        }
        let given = &given[pattern * own.len()..];
        for (&slot, given) in slots.iter().zip(given) {
            sums[slot] += given;
        }
    }
}
