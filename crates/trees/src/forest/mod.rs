//! Margins: trees of usual size by masks ([`mask`]), larger ones and single rows
//! step by step ([`walk`]). All sums run over the trees in their order and in `f32`,
//! which is the library's own way, so that every path gives the same bits.

mod mask;
mod walk;

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::tree::{Node, Tree};
use mask::MaskTree;
use walk::WalkTree;

/// Rows that go through all trees before the next rows do: their values and one
/// tree fit in the first-level cache.
const BLOCK: usize = 32;
/// Rows below which walking each is quicker than a block that is mostly empty.
const FEW: usize = 5;

/// The trees of a model, prepared to be summed.
#[derive(Debug, Clone)]
pub(crate) struct Forest {
    trees: Vec<(WalkTree, Option<MaskTree>)>,
    /// Features that splits ask for, rising: the columns of a block, which only masks
    /// look at.
    used: Vec<usize>,
    n_features: usize,
    base_margin: f32,
}

impl Forest {
    pub(crate) fn new(trees: &[Tree], n_features: usize, base_margin: f32) -> Forest {
        let used: BTreeSet<usize> = trees
            .iter()
            .flat_map(|tree| (0..tree.n_nodes()).map(|id| tree.node(id)))
            .filter_map(|node| match node {
                Node::Split { feature, .. } => Some(feature),
                Node::Leaf(_) => None,
            })
            .collect();
        let mut used: Vec<usize> = used.into_iter().collect();
        let trees: Vec<_> = trees
            .iter()
            .map(|tree| (WalkTree::new(tree), MaskTree::new(tree, &used)))
            .collect();
        if trees.iter().all(|(_, mask)| mask.is_none()) {
            used.clear();
        }
        Forest {
            trees,
            used,
            n_features,
            base_margin,
        }
    }

    pub(crate) fn base_margin(&self) -> f32 {
        self.base_margin
    }

    /// Margins of the rows of `data`; a last row that is cut short is filled up
    /// with missing values.
    pub(crate) fn margins(&self, data: &[f32]) -> Vec<f32> {
        if self.n_features == 0 {
            return Vec::new();
        }
        let mut out = vec![0.0; data.len().div_ceil(self.n_features)];
        out.par_chunks_mut(BLOCK)
            .zip(data.par_chunks(BLOCK * self.n_features))
            .for_each(|(out, data)| self.block(data, out));
        out
    }

    fn block(&self, data: &[f32], out: &mut [f32]) {
        let width = self.n_features;
        if out.len() < FEW {
            for (row, out) in data.chunks(width).zip(out) {
                *out = self.margin(row);
            }
            return;
        }
        let mut columns = vec![[f32::NAN; BLOCK]; self.used.len()];
        for (&feature, column) in self.used.iter().zip(&mut columns) {
            let values = data.iter().skip(feature).step_by(width);
            for (place, &value) in column.iter_mut().zip(values) {
                *place = value;
            }
        }
        let mut sums = [self.base_margin; BLOCK];
        for (walk, mask) in &self.trees {
            match mask {
                Some(mask) => mask.add(&columns, &mut sums),
                None => walk.add(data, width, &mut sums),
            }
        }
        out.copy_from_slice(&sums[..out.len()]);
    }

    /// The margin of one row; values missing at its end count as missing.
    pub(crate) fn margin(&self, row: &[f32]) -> f32 {
        let add = |sum, (walk, _): &(WalkTree, _)| sum + walk.value(row);
        self.trees.iter().fold(self.base_margin, add)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples;

    const FEATURES: usize = 4;

    /// One leaf, found over the arrays of the file.
    fn leaf(tree: &Tree, row: &[f32]) -> f32 {
        let mut id = 0;
        while tree.left[id] >= 0 {
            let value = row[tree.features[id] as usize];
            let left = if value.is_nan() {
                tree.default_left[id] == 1
            } else {
                value < tree.conditions[id]
            };
            id = if left { tree.left[id] } else { tree.right[id] } as usize;
        }
        tree.conditions[id]
    }

    fn by_walking(trees: &[Tree], data: &[f32]) -> Vec<f32> {
        let sum = |row: &[f32]| trees.iter().fold(0.5, |sum, tree| sum + leaf(tree, row));
        data.chunks_exact(FEATURES).map(sum).collect()
    }

    proptest! {
        #[test]
        fn side_by_side_equals_one_by_one(
            trees in prop::collection::vec(samples::tree(FEATURES, 80), 1..5),
            data in samples::rows(FEATURES, 77),
        ) {
            let forest = Forest::new(&trees, FEATURES, 0.5);
            let want = by_walking(&trees, &data);
            let single: Vec<f32> =
                data.chunks_exact(FEATURES).map(|row| forest.margin(row)).collect();
            prop_assert_eq!(&forest.margins(&data), &want);
            prop_assert_eq!(single, want);
        }

        #[test]
        fn deep_trees_too(data in samples::rows(FEATURES, 20)) {
            let trees = [samples::chain(FEATURES, 40)];
            let forest = Forest::new(&trees, FEATURES, 0.5);
            prop_assert_eq!(forest.margins(&data), by_walking(&trees, &data));
        }
    }

    #[test]
    fn a_leaf_whose_value_is_one_is_not_taken_for_a_direction() {
        let mut tree = samples::chain(1, 4);
        // the first leaf, where a missing value ends three steps before the deepest
        tree.conditions[1] = 1.0;
        let trees = [tree];
        assert_eq!(leaf(&trees[0], &[f32::NAN]), 1.0);
        assert_eq!(
            Forest::new(&trees, 1, 0.5).margins(&[f32::NAN; 16]),
            [1.5; 16]
        );
    }
}
