//! The rows, sorted once for all replicates.

use std::collections::HashMap;

use crate::bins::{equal_width, run_ends};
use crate::calibration::squared_error;

use super::CALIBRATION_BINS;

/// Rows from the best score to the worst, with what every pass needs of them.
pub(super) struct SortedRows {
    pub(super) labels: Vec<bool>,
    pub(super) probabilities: Vec<f64>,
    pub(super) squared_errors: Vec<f64>,
    /// The equal-width calibration bin of each row.
    pub(super) width_bins: Vec<u8>,
    /// Ends of the runs of equal scores.
    pub(super) score_ends: Vec<usize>,
    /// Row numbers by ascending probability.
    pub(super) by_probability: Vec<u32>,
    /// Ends of the runs of equal probabilities in that order.
    pub(super) probability_ends: Vec<usize>,
    /// The group of each row, numbered in order of first appearance; `None`: each row for itself.
    pub(super) clusters: Option<Vec<u32>>,
    /// Number of groups, or of rows.
    pub(super) units: u32,
    pub(super) positives: u64,
}

impl SortedRows {
    /// Sorts rows that have been checked. Rows that tie on the score are ordered by probability
    /// and label, so that the order in which they came leaves no trace.
    pub(super) fn new(
        labels: &[bool],
        scores: &[f64],
        probabilities: &[f64],
        groups: Option<&[u64]>,
    ) -> Self {
        let mut order: Vec<usize> = (0..labels.len()).collect();
        order.sort_by(|&a, &b| {
            // Adding zero turns -0 into 0: the total order would tell them apart.
            (scores[b] + 0.0)
                .total_cmp(&(scores[a] + 0.0))
                .then_with(|| (probabilities[b] + 0.0).total_cmp(&(probabilities[a] + 0.0)))
                .then_with(|| labels[b].cmp(&labels[a]))
                .then_with(|| {
                    groups
                        .map(|groups| groups[a])
                        .cmp(&groups.map(|groups| groups[b]))
                })
        });
        let score_ends = run_ends(order.len(), |a, b| scores[order[a]] == scores[order[b]]);
        let labels: Vec<bool> = order.iter().map(|&row| labels[row]).collect();
        let probabilities: Vec<f64> = order.iter().map(|&row| probabilities[row] + 0.0).collect();
        let mut by_probability: Vec<u32> = (0..labels.len() as u32).collect();
        by_probability
            .sort_by(|&a, &b| probabilities[a as usize].total_cmp(&probabilities[b as usize]));
        let probability_ends = run_ends(by_probability.len(), |a, b| {
            probabilities[by_probability[a] as usize] == probabilities[by_probability[b] as usize]
        });
        let clusters = groups.map(|groups| number_groups(order.iter().map(|&row| groups[row])));
        let units = match &clusters {
            Some(clusters) => clusters.iter().max().map_or(0, |last| last + 1),
            None => labels.len() as u32,
        };
        Self {
            squared_errors: labels
                .iter()
                .zip(&probabilities)
                .map(|(&label, &probability)| squared_error(label, probability))
                .collect(),
            width_bins: probabilities
                .iter()
                .map(|&probability| equal_width(probability, CALIBRATION_BINS) as u8)
                .collect(),
            positives: labels.iter().filter(|&&label| label).count() as u64,
            labels,
            probabilities,
            score_ends,
            by_probability,
            probability_ends,
            clusters,
            units,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }
}

/// Consecutive numbers in place of group names.
pub(super) fn number_groups(groups: impl Iterator<Item = u64>) -> Vec<u32> {
    let mut numbers = HashMap::new();
    groups
        .map(|group| {
            let next = numbers.len() as u32;
            *numbers.entry(group).or_insert(next)
        })
        .collect()
}
