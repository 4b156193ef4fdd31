//! Exact path-dependent TreeSHAP (Lundberg et al. 2018, Algorithm 2).
//!
//! What a leaf gives to the features on its path depends on the row only through
//! the decisions at the splits above it. Trees of usual depth therefore get
//! tables over all combinations of a few decisions ([`table`]); deeper ones are
//! walked leaf by leaf ([`walk`]). Both rest on the same formula ([`leaf`]).

mod leaf;
mod table;
mod walk;

use rayon::prelude::*;

use crate::tree::Tree;
use table::TreeTable;
use walk::TreeWalk;

/// Rows that go through all trees together, so that a tree's tables stay in cache.
const BLOCK: usize = 32;
/// Table bytes a model may take; trees beyond it are walked.
const TABLE_BYTES: usize = 64 << 20;

#[derive(Debug, Clone)]
enum Method {
    Table(TreeTable),
    Walk(TreeWalk),
}

/// The trees of a model, prepared to be explained.
#[derive(Debug, Clone)]
pub(crate) struct Explainer {
    methods: Vec<Method>,
    n_features: usize,
    bias: f64,
}

impl Explainer {
    pub(crate) fn new(trees: &[Tree], n_features: usize, base_margin: f64) -> Explainer {
        Explainer::within(trees, n_features, base_margin, TABLE_BYTES)
    }

    fn within(trees: &[Tree], n_features: usize, base_margin: f64, bytes: usize) -> Explainer {
        // which trees get tables is settled in tree order first, so that the
        // choice never depends on threads
        let mut left = bytes;
        let tabled: Vec<bool> = trees
            .iter()
            .map(|tree| match TreeTable::bytes(tree) {
                Some(bytes) if bytes <= left => {
                    left -= bytes;
                    true
                }
                _ => false,
            })
            .collect();
        let methods = trees
            .par_iter()
            .zip(tabled)
            .map(|(tree, tabled)| {
                if tabled {
                    Method::Table(TreeTable::new(tree))
                } else {
                    Method::Walk(TreeWalk::new(tree))
                }
            })
            .collect();
        let bias = base_margin + trees.iter().map(|tree| leaf::mean(tree, 0)).sum::<f64>();
        Explainer {
            methods,
            n_features,
            bias,
        }
    }

    /// Adds the contributions of one row of `n_features` values to `out`, which
    /// has one place more than that.
    pub(crate) fn explain(&self, row: &[f32], out: &mut [f64]) {
        for method in &self.methods {
            match method {
                Method::Table(tree) => tree.add(row, out),
                Method::Walk(tree) => tree.add(row, out),
            }
        }
        out[self.n_features] += self.bias;
    }

    pub(crate) fn explain_all(&self, data: &[f32]) -> Vec<f64> {
        let width = self.n_features;
        if width == 0 {
            return Vec::new();
        }
        let mut out = vec![0.0; data.len().div_ceil(width) * (width + 1)];
        out.par_chunks_mut(BLOCK * (width + 1))
            .zip(data.par_chunks(BLOCK * width))
            .for_each(|(out, data)| self.block(data, out));
        out
    }

    fn block(&self, data: &[f32], out: &mut [f64]) {
        let width = self.n_features;
        let rows = data.chunks_exact(width);
        let cut = rows.remainder();
        for method in &self.methods {
            for (row, out) in rows.clone().zip(out.chunks_exact_mut(width + 1)) {
                match method {
                    Method::Table(tree) => tree.add(row, out),
                    Method::Walk(tree) => tree.add(row, out),
                }
            }
        }
        let whole = rows.len() * (width + 1);
        for out in out[..whole].chunks_exact_mut(width + 1) {
            out[width] += self.bias;
        }
        if !cut.is_empty() {
            let mut full = cut.to_vec();
            full.resize(width, f32::NAN);
            self.explain(&full, &mut out[whole..]);
        }
    }
}
