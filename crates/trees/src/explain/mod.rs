//! Exact path-dependent TreeSHAP (Lundberg et al. 2018, Algorithm 2).
//!
//! What a leaf gives to the features on its path depends on the row only through
//! the decisions at the splits above it. Trees of usual depth therefore get
//! tables over all combinations of a few decisions ([`table`]); deeper ones are
//! walked as a whole ([`walk`]). Both rest on the same formula ([`quadrature`]).

mod interactions;
mod quadrature;
mod table;
mod walk;

use rayon::prelude::*;

use crate::tree::Tree;
pub(crate) use interactions::Interactions;
use table::TreeTable;
use walk::TreeWalk;

/// Rows that go through all trees together, so that a tree's tables stay in cache.
const BLOCK: usize = 32;
/// Table bytes a model may take; trees beyond it are walked.
const TABLE_BYTES: usize = 64 << 20;

#[derive(Debug, Clone)]
enum Method {
    Table(TreeTable),
    Walk(Box<TreeWalk>),
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
                    Method::Walk(Box::new(TreeWalk::new(tree)))
                }
            })
            .collect();
        let bias = base_margin
            + trees
                .iter()
                .map(|tree| quadrature::mean(tree, 0))
                .sum::<f64>();
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples;
    use crate::tree::Node;

    const FEATURES: usize = 5;

    /// Value of a tree when only the features of `known` are (Lundberg et al. 2018,
    /// Algorithm 1).
    fn value(tree: &Tree, id: usize, row: &[f32], known: usize) -> f64 {
        match tree.node(id) {
            Node::Leaf(value) => f64::from(value),
            Node::Split {
                feature,
                threshold,
                default_left,
                left,
                right,
            } => {
                if known >> feature & 1 == 1 {
                    let x = row[feature];
                    let to_left = if x.is_nan() {
                        default_left
                    } else {
                        x < threshold
                    };
                    return value(tree, if to_left { left } else { right }, row, known);
                }
                let [to_left, to_right] = tree.shares(id);
                to_left * value(tree, left, row, known) + to_right * value(tree, right, row, known)
            }
        }
    }

    /// Interactions by their formula, over all sets of the other features; the diagonal holds
    /// what a feature makes alone.
    fn interactions_by_definition(trees: &[Tree], row: &[f32]) -> Vec<f64> {
        let n = row.len();
        let factorial = |k: usize| (1..=k).map(|i| i as f64).product::<f64>();
        let pays = |set: usize| {
            let of = trees.iter().map(|tree| value(tree, 0, row, set));
            of.sum::<f64>()
        };
        let pays: Vec<f64> = (0..1 << n).map(pays).collect();
        let contributions = by_definition(trees, row);
        let mut all = vec![0.0; (n + 1) * (n + 1)];
        for i in 0..n {
            let mut alone = contributions[i];
            for j in (0..n).filter(|&j| j != i) {
                let half: f64 = (0..1usize << n)
                    .filter(|set| set >> i & 1 == 0 && set >> j & 1 == 0)
                    .map(|set| {
                        let size = set.count_ones() as usize;
                        let weight =
                            factorial(size) * factorial(n - size - 2) / (2.0 * factorial(n - 1));
                        let (with_i, with_j) = (set | 1 << i, set | 1 << j);
                        weight * (pays[with_i | with_j] - pays[with_i] - pays[with_j] + pays[set])
                    })
                    .sum();
                all[i * (n + 1) + j] = half;
                alone -= half;
            }
            all[i * (n + 1) + i] = alone;
        }
        all[(n + 1) * (n + 1) - 1] = contributions[n];
        all
    }

    /// Contributions by Shapley's formula, over all sets of features.
    fn by_definition(trees: &[Tree], row: &[f32]) -> Vec<f64> {
        let n = row.len();
        let factorial = |k: usize| (1..=k).map(|i| i as f64).product::<f64>();
        let pays = |set: usize| {
            trees
                .iter()
                .map(|tree| value(tree, 0, row, set))
                .sum::<f64>()
        };
        let pays: Vec<f64> = (0..1 << n).map(pays).collect();
        let one = |j: usize| -> f64 {
            (0..1usize << n)
                .filter(|set| set >> j & 1 == 0)
                .map(|set| {
                    let size = set.count_ones() as usize;
                    let weight = factorial(size) * factorial(n - size - 1);
                    weight / factorial(n) * (pays[set | 1 << j] - pays[set])
                })
                .sum()
        };
        (0..n).map(one).chain([0.25 + pays[0]]).collect()
    }

    fn close(got: &[f64], want: &[f64]) {
        assert_eq!(got.len(), want.len());
        for (got, want) in got.iter().zip(want) {
            assert!((got - want).abs() < 2e-6, "{got} and {want}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

        #[test]
        fn tables_and_walks_equal_the_definition(
            trees in prop::collection::vec(samples::tree(FEATURES, 25), 1..4),
            data in samples::rows(FEATURES, 5),
        ) {
            let tables = Explainer::new(&trees, FEATURES, 0.25);
            let walks = Explainer::within(&trees, FEATURES, 0.25, 0);
            let all = tables.explain_all(&data);
            for (row, all) in data.chunks_exact(FEATURES).zip(all.chunks_exact(FEATURES + 1)) {
                let want = by_definition(&trees, row);
                let mut got = vec![0.0; FEATURES + 1];
                walks.explain(row, &mut got);
                close(&got, &want);
                close(all, &want);
            }
        }

        #[test]
        fn trees_deeper_than_tables_equal_the_definition(data in samples::rows(FEATURES, 3)) {
            let trees = [samples::chain(FEATURES, 30)];
            let explainer = Explainer::new(&trees, FEATURES, 0.25);
            prop_assert!(matches!(explainer.methods[0], Method::Walk(_)));
            let all = explainer.explain_all(&data);
            for (row, got) in data.chunks_exact(FEATURES).zip(all.chunks_exact(FEATURES + 1)) {
                close(got, &by_definition(&trees, row));
            }
        }

        #[test]
        fn interactions_equal_the_definition(
            trees in prop::collection::vec(samples::tree(FEATURES, 25), 1..4),
            data in samples::rows(FEATURES, 3),
        ) {
            let explainer = Explainer::new(&trees, FEATURES, 0.25);
            let interactions = Interactions::new(&trees);
            for row in data.chunks_exact(FEATURES) {
                let mut shap = vec![0.0; FEATURES + 1];
                explainer.explain(row, &mut shap);
                let mut got = Vec::new();
                interactions.fill(row, &shap, &mut got);
                close(&got, &interactions_by_definition(&trees, row));
                for i in 0..FEATURES {
                    let sum: f64 = got[i * (FEATURES + 1)..][..FEATURES + 1].iter().sum();
                    prop_assert!((sum - shap[i]).abs() < 1e-9);
                    for j in 0..i {
                        let mut half = [0.0];
                        interactions.only(i, j).halves(row, &mut half);
                        prop_assert_eq!(half[0], got[i * (FEATURES + 1) + j]);
                        prop_assert_eq!(half[0], got[j * (FEATURES + 1) + i]);
                    }
                }
            }
        }

        #[test]
        fn interactions_on_long_paths_equal_the_definition(row in samples::rows(11, 1)) {
            let trees = [samples::chain(11, 14)];
            let mut got = Vec::new();
            let contributions = by_definition(&trees, &row);
            Interactions::new(&trees).fill(&row, &contributions, &mut got);
            close(&got, &interactions_by_definition(&trees, &row));
        }

        #[test]
        fn threads_change_nothing(
            trees in prop::collection::vec(samples::tree(FEATURES, 25), 1..4),
            data in samples::rows(FEATURES, 150),
        ) {
            let on = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| Explainer::new(&trees, FEATURES, 0.25).explain_all(&data))
            };
            prop_assert_eq!(on(1), on(3));
        }
    }

    #[test]
    fn tables_stay_within_their_bytes() {
        let trees = vec![samples::chain(FEATURES, 6); 3];
        let one = TreeTable::bytes(&trees[0]).unwrap();
        let explainer = Explainer::within(&trees, FEATURES, 0.0, 2 * one);
        let tables = explainer
            .methods
            .iter()
            .filter(|m| matches!(m, Method::Table(_)))
            .count();
        assert_eq!(tables, 2);
    }
}
