//! Margins: all trees in one array, several rows walked side by side.

use rayon::prelude::*;

use crate::tree::{Node, Tree};

/// Rows that go through one tree side by side, so that the loads of one wait
/// behind those of the others.
const LANES: usize = 8;
/// Rows that go through all trees before the next rows do: they and one tree fit
/// in the first-level cache.
const BLOCK: usize = 64;
/// Trees deeper than this are walked row by row, since side by side every row
/// pays for the deepest leaf.
const LOCKSTEP_DEPTH: usize = 16;

/// A node; a leaf steps to itself, because nothing is `>=` its NaN threshold.
#[derive(Debug, Clone, Copy)]
struct Cell {
    threshold: f32,
    /// The left child; the right one follows it.
    left: u32,
    feature: u32,
    /// Value of a leaf; at a split 1 where a missing value goes right, else 0.
    payload: f32,
}

#[derive(Debug, Clone)]
struct Span {
    cells: std::ops::Range<usize>,
    depth: usize,
}

/// The trees of a model, laid out for walking.
#[derive(Debug, Clone)]
pub(crate) struct Forest {
    cells: Vec<Cell>,
    trees: Vec<Span>,
    n_features: usize,
    base_margin: f32,
}

impl Forest {
    pub(crate) fn new(trees: &[Tree], n_features: usize, base_margin: f32) -> Forest {
        let mut forest = Forest {
            cells: Vec::new(),
            trees: Vec::new(),
            n_features,
            base_margin,
        };
        for tree in trees {
            let start = forest.cells.len();
            lay_out(tree, &mut forest.cells);
            forest.trees.push(Span {
                cells: start..forest.cells.len(),
                depth: tree.depth(),
            });
        }
        forest
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
        let mut out = vec![self.base_margin; data.len().div_ceil(self.n_features)];
        out.par_chunks_mut(BLOCK)
            .zip(data.par_chunks(BLOCK * self.n_features))
            .for_each(|(out, data)| self.block(data, out));
        out
    }

    fn block(&self, data: &[f32], out: &mut [f32]) {
        let width = self.n_features;
        let whole = data.len() / (LANES * width) * LANES;
        let (lanes, rest) = data.split_at(whole * width);
        let (lanes_out, rest_out) = out.split_at_mut(whole);
        for tree in &self.trees {
            let cells = &self.cells[tree.cells.clone()];
            if tree.depth > LOCKSTEP_DEPTH {
                for (row, out) in lanes.chunks_exact(width).zip(&mut *lanes_out) {
                    *out += walk(cells, row);
                }
            } else {
                for (rows, out) in lanes
                    .chunks_exact(LANES * width)
                    .zip(lanes_out.as_chunks_mut().0)
                {
                    lockstep(cells, tree.depth, rows, width, out);
                }
            }
        }
        for (row, out) in rest.chunks(width).zip(rest_out) {
            *out = self.margin(row);
        }
    }

    /// The margin of one row: base margin, then each tree in turn, all in `f32`,
    /// which is the library's own order of summation.
    pub(crate) fn margin(&self, row: &[f32]) -> f32 {
        let mut margin = self.base_margin;
        for tree in &self.trees {
            margin += walk(&self.cells[tree.cells.clone()], row);
        }
        margin
    }
}

#[inline]
fn lockstep(cells: &[Cell], depth: usize, rows: &[f32], width: usize, out: &mut [f32; LANES]) {
    let mut at = [0u32; LANES];
    for _ in 0..depth {
        for (lane, at) in at.iter_mut().enumerate() {
            let cell = &cells[*at as usize];
            let value = rows[lane * width + cell.feature as usize];
            *at = cell.left + u32::from(goes_right(cell, value));
        }
    }
    for (out, at) in out.iter_mut().zip(at) {
        *out += cells[at as usize].payload;
    }
}

#[inline]
fn goes_right(cell: &Cell, value: f32) -> bool {
    // a leaf's NaN threshold fails both comparisons of the first term, and its
    // payload must not be taken for a direction
    (value >= cell.threshold) | (value.is_nan() & (cell.payload == 1.0) & !cell.threshold.is_nan())
}

fn walk(cells: &[Cell], row: &[f32]) -> f32 {
    let mut at = 0;
    loop {
        let cell = &cells[at];
        if cell.left as usize == at {
            return cell.payload;
        }
        let value = row.get(cell.feature as usize).copied().unwrap_or(f32::NAN);
        at = cell.left as usize + usize::from(goes_right(cell, value));
    }
}

/// Appends the reachable nodes of a tree, breadth first, siblings side by side.
fn lay_out(tree: &Tree, cells: &mut Vec<Cell>) {
    let start = cells.len();
    let mut order = vec![0usize];
    let mut next = 0;
    while next < order.len() {
        let own = (cells.len() - start) as u32;
        cells.push(match tree.node(order[next]) {
            Node::Leaf(value) => Cell {
                threshold: f32::NAN,
                left: own,
                feature: 0,
                payload: value,
            },
            Node::Split {
                feature,
                threshold,
                default_left,
                left,
                right,
            } => {
                let first = order.len() as u32;
                order.extend([left, right]);
                let payload = if default_left { 0.0 } else { 1.0 };
                Cell {
                    threshold,
                    left: first,
                    feature: feature as u32,
                    payload,
                }
            }
        });
        next += 1;
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
            trees in prop::collection::vec(samples::tree(FEATURES, 30), 1..5),
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
            prop_assert!(trees[0].depth() > LOCKSTEP_DEPTH);
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
