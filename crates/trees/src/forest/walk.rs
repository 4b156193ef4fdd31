//! Rows through one tree step by step: single rows, and trees of many leaves.

use crate::tree::{Node, Tree};

/// Rows that step side by side, so that the loads of one wait behind those of the
/// others.
pub(super) const LANES: usize = 8;
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

/// A tree of any size, its reachable nodes breadth first, siblings side by side.
#[derive(Debug, Clone)]
pub(super) struct WalkTree {
    cells: Vec<Cell>,
    depth: usize,
}

impl WalkTree {
    pub(super) fn new(tree: &Tree) -> WalkTree {
        let mut cells = Vec::new();
        let mut order = vec![0usize];
        while let Some(&id) = order.get(cells.len()) {
            let own = cells.len() as u32;
            cells.push(match tree.node(id) {
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
        }
        WalkTree {
            cells,
            depth: tree.depth(),
        }
    }

    /// The leaf's value for one row; values missing at the row's end count as missing.
    pub(super) fn value(&self, row: &[f32]) -> f32 {
        let mut at = 0;
        loop {
            let cell = &self.cells[at];
            if cell.left as usize == at {
                return cell.payload;
            }
            let value = row.get(cell.feature as usize).copied().unwrap_or(f32::NAN);
            at = cell.left as usize + usize::from(goes_right(cell, value));
        }
    }

    /// Adds to the sum of each row of `width` values the value of its leaf.
    pub(super) fn add(&self, data: &[f32], width: usize, sums: &mut [f32]) {
        let whole = if self.depth > LOCKSTEP_DEPTH {
            0
        } else {
            data.len() / (LANES * width) * LANES
        };
        let (together, single) = data.split_at(whole * width);
        let (together_sums, single_sums) = sums.split_at_mut(whole);
        for (rows, sums) in together
            .chunks_exact(LANES * width)
            .zip(together_sums.as_chunks_mut().0)
        {
            self.lockstep(rows, width, sums);
        }
        for (row, sum) in single.chunks(width).zip(single_sums) {
            *sum += self.value(row);
        }
    }

    #[inline]
    fn lockstep(&self, rows: &[f32], width: usize, sums: &mut [f32; LANES]) {
        let mut at = [0u32; LANES];
        for _ in 0..self.depth {
            for (lane, at) in at.iter_mut().enumerate() {
                let cell = &self.cells[*at as usize];
                let value = rows[lane * width + cell.feature as usize];
                *at = cell.left + u32::from(goes_right(cell, value));
            }
        }
        for (sum, at) in sums.iter_mut().zip(at) {
            *sum += self.cells[at as usize].payload;
        }
    }
}

#[inline]
fn goes_right(cell: &Cell, value: f32) -> bool {
    // a leaf's NaN threshold fails both comparisons of the first term, and its
    // payload must not be taken for a direction
    (value >= cell.threshold) | (value.is_nan() & (cell.payload == 1.0) & !cell.threshold.is_nan())
}
