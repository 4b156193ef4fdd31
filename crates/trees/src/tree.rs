//! One tree as it stands in a model file, checked so that walking it from the
//! root always ends at a leaf.

use crate::error::{Error, Result};
use crate::value::{At, Value};

/// Splits between the root and a leaf that are accepted; XGBoost's default is 6.
pub(crate) const MAX_DEPTH: u32 = 128;

/// A regression tree in XGBoost's arrays, indexed by node; node 0 is the root.
///
/// Nodes that pruning deleted stay in the arrays and are reached from nowhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// Left child of each node, -1 at a leaf.
    pub(crate) left: Vec<i32>,
    pub(crate) right: Vec<i32>,
    pub(crate) parents: Vec<i32>,
    /// Feature of each split.
    pub(crate) features: Vec<i32>,
    /// Threshold of a split, where values below go left; at a leaf its value.
    pub(crate) conditions: Vec<f32>,
    /// 1 where a missing value goes left.
    pub(crate) default_left: Vec<u8>,
    pub(crate) gains: Vec<f32>,
    /// Sum of the second derivatives of the training rows that reached the node.
    pub(crate) covers: Vec<f32>,
    pub(crate) weights: Vec<f32>,
    pub(crate) deleted: i64,
    pub(crate) depth: u32,
}

/// A step of a walk over a tree.
pub(crate) enum Node {
    Leaf(f32),
    Split {
        feature: usize,
        threshold: f32,
        default_left: bool,
        left: usize,
        right: usize,
    },
}

impl Tree {
    /// Number of nodes, deleted ones included.
    pub fn n_nodes(&self) -> usize {
        self.left.len()
    }

    /// Splits on the longest path from the root to a leaf.
    pub fn depth(&self) -> usize {
        self.depth as usize
    }

    pub(crate) fn node(&self, id: usize) -> Node {
        if self.left[id] < 0 {
            return Node::Leaf(self.conditions[id]);
        }
        Node::Split {
            feature: self.features[id] as usize,
            threshold: self.conditions[id],
            default_left: self.default_left[id] != 0,
            left: self.left[id] as usize,
            right: self.right[id] as usize,
        }
    }

    /// Shares of the cover of a split that go left and right, half each when no
    /// training row reached it.
    pub(crate) fn shares(&self, id: usize) -> [f64; 2] {
        let whole = f64::from(self.covers[id]);
        let share = |child: i32| f64::from(self.covers[child as usize]) / whole;
        if whole > 0.0 {
            [share(self.left[id]), share(self.right[id])]
        } else {
            [0.5, 0.5]
        }
    }

    pub(crate) fn decode(at: &At<'_>, n_features: usize) -> Result<Tree> {
        let parameters = at.get("tree_param")?;
        let width = parameters
            .find("size_leaf_vector")
            .map_or(Ok(1), |v| v.as_int())?;
        if width > 1 {
            return Err(Error::Unsupported {
                what: "trees with several outputs (size_leaf_vector > 1)".to_owned(),
                instead: "train with multi_strategy=one_output_per_tree and one target",
            });
        }
        let kinds = at.find("split_type").map_or(Ok(Vec::new()), |v| v.ints())?;
        if kinds.iter().any(|&kind| kind != 0) {
            return Err(Error::Unsupported {
                what: "categorical splits".to_owned(),
                instead: "encode categories as numbers before training",
            });
        }
        let flags = at.get("default_left")?;
        let mut default_left = Vec::new();
        for flag in flags.ints()? {
            let flag = u8::try_from(flag).ok().filter(|flag| *flag < 2);
            default_left.push(flag.ok_or_else(|| flags.error("holds something else than 0 or 1"))?);
        }
        let mut tree = Tree {
            left: narrow(&at.get("left_children")?)?,
            right: narrow(&at.get("right_children")?)?,
            parents: narrow(&at.get("parents")?)?,
            features: narrow(&at.get("split_indices")?)?,
            conditions: at.get("split_conditions")?.floats()?,
            default_left,
            gains: at.get("loss_changes")?.floats()?,
            covers: at.get("sum_hessian")?.floats()?,
            weights: at.get("base_weights")?.floats()?,
            deleted: parameters
                .find("num_deleted")
                .map_or(Ok(0), |v| v.as_int())?,
            depth: 0,
        };
        let nodes = tree.left.len();
        for (name, length) in [
            ("right_children", tree.right.len()),
            ("parents", tree.parents.len()),
            ("split_indices", tree.features.len()),
            ("split_conditions", tree.conditions.len()),
            ("default_left", tree.default_left.len()),
            ("loss_changes", tree.gains.len()),
            ("sum_hessian", tree.covers.len()),
            ("base_weights", tree.weights.len()),
        ] {
            if length != nodes {
                let reason = format!("has {length} entries where left_children has {nodes}");
                return Err(at.get(name)?.error(reason));
            }
        }
        tree.depth = tree.check(at, n_features)?;
        Ok(tree)
    }

    /// Visits every node that can be reached, each at most once, and returns the depth.
    fn check(&self, at: &At<'_>, n_features: usize) -> Result<u32> {
        if self.left.is_empty() {
            return Err(at.error("has no nodes"));
        }
        let mut seen = vec![false; self.left.len()];
        seen[0] = true;
        let mut open = vec![(0usize, 0u32)];
        let mut deepest = 0;
        while let Some((id, depth)) = open.pop() {
            let fault = |reason: &str| Err(at.error(format!("has a node {id} that {reason}")));
            deepest = deepest.max(depth);
            if depth > MAX_DEPTH {
                return fault("lies deeper than 128 splits");
            }
            if !self.covers[id].is_finite() || self.covers[id] < 0.0 {
                return fault("has no valid sum_hessian");
            }
            if self.left[id] < 0 {
                if self.right[id] >= 0 {
                    return fault("has a right child only");
                }
                if !self.conditions[id].is_finite() {
                    return fault("is a leaf without a finite value");
                }
                continue;
            }
            if self.conditions[id].is_nan() {
                return fault("splits at no number");
            }
            if !usize::try_from(self.features[id]).is_ok_and(|f| f < n_features) {
                return fault("splits on a feature beyond num_feature");
            }
            for child in [self.left[id], self.right[id]] {
                let seat = usize::try_from(child)
                    .ok()
                    .filter(|&child| child < seen.len());
                let Some(child) = seat else {
                    return fault("has a child outside the tree");
                };
                if std::mem::replace(&mut seen[child], true) {
                    return fault("shares a child or closes a cycle");
                }
                open.push((child, depth + 1));
            }
        }
        Ok(deepest)
    }

    /// The tree's object as XGBoost 3.0 lays it out.
    pub(crate) fn encode(&self, id: usize, n_features: usize) -> Value {
        let ints = |values: &[i32]| Value::Ints(values.iter().map(|&v| i64::from(v)).collect());
        Value::object([
            ("base_weights", Value::Floats(self.weights.clone())),
            ("categories", Value::Ints(Vec::new())),
            ("categories_nodes", Value::Ints(Vec::new())),
            ("categories_segments", Value::Longs(Vec::new())),
            ("categories_sizes", Value::Longs(Vec::new())),
            ("default_left", Value::Bytes(self.default_left.clone())),
            ("id", Value::Int(id as i64)),
            ("left_children", ints(&self.left)),
            ("loss_changes", Value::Floats(self.gains.clone())),
            ("parents", ints(&self.parents)),
            ("right_children", ints(&self.right)),
            ("split_conditions", Value::Floats(self.conditions.clone())),
            ("split_indices", ints(&self.features)),
            ("split_type", Value::Bytes(vec![0; self.left.len()])),
            ("sum_hessian", Value::Floats(self.covers.clone())),
            (
                "tree_param",
                Value::object([
                    ("num_deleted", Value::text(self.deleted.to_string())),
                    ("num_feature", Value::text(n_features.to_string())),
                    ("num_nodes", Value::text(self.left.len().to_string())),
                    ("size_leaf_vector", Value::text("1")),
                ]),
            ),
        ])
    }
}

fn narrow(at: &At<'_>) -> Result<Vec<i32>> {
    let narrow =
        |wide: i64| i32::try_from(wide).map_err(|_| at.error("holds a number beyond 32 bits"));
    at.ints()?.into_iter().map(narrow).collect()
}
