//! Random sound trees for tests.

use proptest::prelude::*;

use crate::tree::Tree;

/// What decides one node while a tree is grown.
type Draw = (u8, u8, i8, bool, u8);

/// A tree of at most `splits` splits over `features` features, with thresholds at
/// quarters, so that rows of quarters often meet them exactly.
pub(crate) fn tree(features: usize, splits: usize) -> impl Strategy<Value = Tree> {
    let draw = (
        any::<u8>(),
        0..features as u8,
        -8..8i8,
        any::<bool>(),
        1..200u8,
    );
    prop::collection::vec(draw, 0..=splits).prop_map(|draws| grow(&draws))
}

/// A tree whose every split hangs on the right of the one before.
pub(crate) fn chain(features: usize, depth: usize) -> Tree {
    let draw = |i: usize| {
        (
            u8::MAX,
            (i % features) as u8,
            (i % 13) as i8 - 6,
            i.is_multiple_of(3),
            100,
        )
    };
    grow(&(0..depth).map(draw).collect::<Vec<_>>())
}

fn grow(draws: &[Draw]) -> Tree {
    let mut tree = Tree {
        left: vec![-1],
        right: vec![-1],
        parents: vec![i32::MAX],
        features: vec![0],
        conditions: vec![0.75],
        default_left: vec![0],
        gains: vec![0.0],
        covers: vec![1000.0],
        weights: vec![0.0],
        deleted: 0,
        depth: 0,
    };
    let mut leaves = vec![(0usize, 0u32)];
    for (i, &(pick, feature, quarter, default_left, share)) in draws.iter().enumerate() {
        let (id, depth) = leaves.remove(usize::from(pick) * (leaves.len() - 1) / 255);
        let cover = tree.covers[id];
        let to_left = cover * f32::from(share) / 200.0;
        for (side, part) in [to_left, cover - to_left].into_iter().enumerate() {
            let child = tree.left.len();
            tree.left.push(-1);
            tree.right.push(-1);
            tree.parents.push(id as i32);
            tree.features.push(0);
            tree.conditions
                .push(((i * 7 + side * 3) % 11) as f32 / 4.0 - 1.25);
            tree.default_left.push(0);
            tree.gains.push(0.0);
            tree.covers.push(part);
            tree.weights.push(0.0);
            leaves.push((child, depth + 1));
        }
        let first = tree.left.len() as i32 - 2;
        (tree.left[id], tree.right[id]) = (first, first + 1);
        tree.features[id] = i32::from(feature);
        tree.conditions[id] = f32::from(quarter) / 4.0;
        tree.default_left[id] = u8::from(default_left);
        tree.depth = tree.depth.max(depth + 1);
    }
    tree
}

/// Rows of quarters, some missing.
pub(crate) fn rows(features: usize, rows: usize) -> impl Strategy<Value = Vec<f32>> {
    let value = prop_oneof![
        5 => (-10..10i8).prop_map(|quarter| f32::from(quarter) / 4.0),
        1 => Just(f32::NAN),
    ];
    prop::collection::vec(value, features * rows)
}
