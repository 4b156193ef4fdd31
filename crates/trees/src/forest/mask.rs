//! Many rows through one tree without a step from node to node.
//!
//! The leaves are numbered from left to right and a row starts with a bit for each.
//! A split that sends the row right takes away the leaves on its left; when every
//! split of the tree was asked, in any order, the lowest bit left is the row's leaf
//! (Lucchese et al. 2015, "QuickScorer", section 3). A split is one comparison and
//! two logical operations that are the same for all rows, so the compiler does
//! several rows in one instruction, with no look-up that depends on the row.

use std::ops::Range;

use super::BLOCK;
use crate::tree::{Node, Tree};

/// Leaves whose bits share a word.
const WORD: usize = u32::BITS as usize;
/// Leaves of a tree that is asked whole; stepping is quicker through larger ones.
const LEAVES: usize = 2 * WORD;

#[derive(Debug, Clone)]
struct Split {
    threshold: f32,
    column: u32,
    /// The leaves of the word that stay when a row goes right.
    keep: u32,
}

/// The splits that bear on one word of leaves, by the side of missing values.
#[derive(Debug, Clone, Default)]
struct Word {
    missing_left: Vec<Split>,
    missing_right: Vec<Split>,
}

/// A tree of at most 64 leaves.
#[derive(Debug, Clone)]
pub(super) struct MaskTree {
    words: Vec<Word>,
    leaves: [f32; LEAVES],
}

impl MaskTree {
    /// Makes the masks of a tree, or nothing if it has too many leaves. `used` lists
    /// the features of all columns in rising order.
    pub(super) fn new(tree: &Tree, used: &[usize]) -> Option<MaskTree> {
        let (mut values, mut splits) = (Vec::new(), Vec::new());
        number_leaves(tree, 0, &mut values, &mut splits);
        let mut leaves = [0.0; LEAVES];
        leaves.get_mut(..values.len())?.copy_from_slice(&values);
        let mut words = vec![Word::default(); values.len().div_ceil(WORD)];
        for (id, on_left) in splits {
            let Node::Split {
                feature,
                threshold,
                default_left,
                ..
            } = tree.node(id)
            else {
                continue;
            };
            let column = used.partition_point(|&other| other < feature) as u32;
            for (word, first) in words.iter_mut().zip((0..).step_by(WORD)) {
                let keep = !bits(&on_left, first);
                if keep == u32::MAX {
                    continue;
                }
                let same_side = if default_left {
                    &mut word.missing_left
                } else {
                    &mut word.missing_right
                };
                same_side.push(Split {
                    threshold,
                    column,
                    keep,
                });
            }
        }
        Some(MaskTree { words, leaves })
    }

    /// Adds to each row's sum the value of its leaf. `columns` are the values of the
    /// used features, each for all rows of the block.
    pub(super) fn add(&self, columns: &[[f32; BLOCK]], sums: &mut [f32; BLOCK]) {
        let mut leaf = [0u32; BLOCK];
        // from the right, since a word with a bit left overrules those after it
        for (word, first) in self.words.iter().zip([0, WORD as u32]).rev() {
            let left = word.leaves_left(columns);
            for (leaf, &left) in leaf.iter_mut().zip(&left) {
                let found = lowest_bit(left).wrapping_add(first);
                *leaf = if left == 0 { *leaf } else { found };
            }
        }
        for (sum, leaf) in sums.iter_mut().zip(&leaf) {
            *sum += self.leaves[*leaf as usize % LEAVES];
        }
    }
}

impl Word {
    #[inline]
    fn leaves_left(&self, columns: &[[f32; BLOCK]]) -> [u32; BLOCK] {
        let mut left = [u32::MAX; BLOCK];
        // all ones where a row stays left, made of numbers because a branch or a
        // choice would not be turned into operations on several rows; which of the
        // two comparisons fails on a missing value puts it on its side
        for split in &self.missing_left {
            for (left, value) in left.iter_mut().zip(&columns[split.column as usize]) {
                let goes_right = u32::from(*value >= split.threshold);
                *left &= split.keep | goes_right.wrapping_sub(1);
            }
        }
        for split in &self.missing_right {
            for (left, value) in left.iter_mut().zip(&columns[split.column as usize]) {
                let goes_left = u32::from(*value < split.threshold);
                *left &= split.keep | goes_left.wrapping_neg();
            }
        }
        left
    }
}

/// Place of the lowest bit, some number if there is none: the exponent of the bit as
/// a float, which unlike counting zeros takes several rows in one instruction.
#[inline]
fn lowest_bit(bits: u32) -> u32 {
    let lowest = (bits & bits.wrapping_neg()).cast_signed() as f32;
    (lowest.abs().to_bits() >> (f32::MANTISSA_DIGITS - 1)).wrapping_sub(127)
}

/// The bits of the leaves `range` in the word of leaves that starts with `first`.
fn bits(range: &Range<usize>, first: usize) -> u32 {
    let below = |leaf: usize| (1u64 << leaf.saturating_sub(first).min(WORD)) - 1;
    (below(range.end) & !below(range.start)) as u32
}

/// Lists the values of the leaves from left to right, and each split with the leaves
/// on its left.
fn number_leaves(
    tree: &Tree,
    id: usize,
    values: &mut Vec<f32>,
    splits: &mut Vec<(usize, Range<usize>)>,
) {
    match tree.node(id) {
        Node::Leaf(value) => values.push(value),
        Node::Split { left, right, .. } => {
            let first = values.len();
            number_leaves(tree, left, values, splits);
            splits.push((id, first..values.len()));
            number_leaves(tree, right, values, splits);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn places_of_every_bit() {
        for place in 0..32 {
            assert_eq!(lowest_bit(1 << place), place);
            assert_eq!(lowest_bit(u32::MAX << place), place);
        }
    }

    #[test]
    fn ranges_of_leaves_as_bits() {
        assert_eq!(bits(&(0..3), 0), 0b111);
        assert_eq!(bits(&(30..40), 0), 0b11 << 30);
        assert_eq!(bits(&(30..40), 32), 0xff);
        assert_eq!(bits(&(0..64), 32), u32::MAX);
        assert_eq!(bits(&(0..32), 32), 0);
    }

    #[test]
    fn trees_of_64_leaves_and_no_more() {
        let used = [0, 1, 2];
        assert!(MaskTree::new(&samples::chain(3, 63), &used).is_some());
        assert!(MaskTree::new(&samples::chain(3, 64), &used).is_none());
    }
}
