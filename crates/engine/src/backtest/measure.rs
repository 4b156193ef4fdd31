//! Numbers of groups of scored rows.

use leadrank_learn::Matrix;
use leadrank_learn::explain::Contributions;
use leadrank_stats::{Estimate, proportion, ranking};
use leadrank_trees::Model;
use serde::{Deserialize, Serialize};

use super::Scores;

/// Confidence of the intervals.
pub(super) const CONFIDENCE: f64 = 0.95;
/// Share of a period's rows that counts as called.
pub(super) const CALLED: f64 = 0.10;
/// Features whose gap is told.
const GAPS: usize = 10;
const TENTHS: usize = 10;

/// A group of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its share of positives with the Wilson interval; none without rows.
    pub rate: Option<Estimate>,
}

/// The rows of all periods; scores are percentiles within the period.
pub(super) struct Pooled {
    pub(super) labels: Vec<bool>,
    pub(super) percentiles: Vec<f64>,
    pub(super) probabilities: Vec<f64>,
    pub(super) called: Vec<bool>,
}

impl Pooled {
    pub(super) fn of(periods: &[&Scores]) -> Self {
        let mut all = Pooled {
            labels: Vec::new(),
            percentiles: Vec::new(),
            probabilities: Vec::new(),
            called: Vec::new(),
        };
        for scores in periods {
            all.labels.extend(&scores.labels);
            all.percentiles.extend(percentiles(&scores.margins));
            all.probabilities.extend(&scores.probabilities);
            all.called.extend(called(&scores.margins));
        }
        all
    }

    /// Rates by tenth, best first.
    pub(super) fn tenths(&self) -> Vec<Group> {
        let mut counts = [(0_u64, 0_u64); TENTHS];
        for (&percentile, &label) in self.percentiles.iter().zip(&self.labels) {
            let from_below =
                ((percentile / 100.0 * TENTHS as f64).ceil() as usize).clamp(1, TENTHS);
            let (positives, n) = &mut counts[TENTHS - from_below];
            *positives += u64::from(label);
            *n += 1;
        }
        counts
            .iter()
            .zip(1..)
            .map(|(&(positives, n), number)| Group {
                name: format!("tenth {number}"),
                rate: rate(positives, n),
            })
            .collect()
    }
}

/// How well a feature's contributions alone rank rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// The feature.
    pub feature: String,
    /// AUC-ROC of its contributions on the rows learnt from.
    pub train: f64,
    /// The same on the period's rows.
    pub test: f64,
    /// Rows of the period.
    pub n: u64,
}

/// Features of a model by how much better their contributions rank the rows learnt from than new
/// ones, worst first: what was learnt by heart.
pub(super) fn gaps(
    model: &Model,
    matrix: &Matrix,
    labels: &[Option<bool>],
    learnt_from: &[usize],
    test: &[usize],
) -> Vec<Gap> {
    let side = |rows: &[usize]| {
        let labelled: Vec<usize> = rows
            .iter()
            .copied()
            .filter(|&row| labels[row].is_some())
            .collect();
        let outcomes: Vec<bool> = labelled
            .iter()
            .map(|&row| labels[row] == Some(true))
            .collect();
        (Contributions::of(model, matrix, &labelled), outcomes)
    };
    let (own, own_labels) = side(learnt_from);
    let (new, new_labels) = side(test);
    let area = |contributions: &Contributions, labels: &[bool], column| {
        let values: Vec<f64> = contributions.column(column).collect();
        ranking::auc_roc(labels, &values)
    };
    let mut found: Vec<Gap> = matrix
        .names()
        .iter()
        .enumerate()
        .filter_map(|(column, name)| {
            Some(Gap {
                feature: name.clone(),
                train: area(&own, &own_labels, column)?,
                test: area(&new, &new_labels, column)?,
                n: new_labels.len() as u64,
            })
        })
        .collect();
    let size = |gap: &Gap| gap.train - gap.test;
    found.sort_by(|a, b| {
        size(b)
            .total_cmp(&size(a))
            .then_with(|| a.feature.cmp(&b.feature))
    });
    found.truncate(GAPS);
    found
}

/// Each row's percentile within its period: what models of different days say becomes comparable.
pub(super) fn percentiles(margins: &[f64]) -> Vec<f64> {
    ranking::percentile_ranks(margins)
}

/// Rows of a period from the best to the worst, ties by id.
pub(super) fn places(scores: &Scores) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.ids.len()).collect();
    order.sort_by(|&a, &b| {
        let by_margin = scores.margins[b].total_cmp(&scores.margins[a]);
        by_margin.then_with(|| scores.ids[a].cmp(&scores.ids[b]))
    });
    order
}

/// Whether each row is among the best tenth, ties by place.
pub(super) fn called(margins: &[f64]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..margins.len()).collect();
    order.sort_by(|&a, &b| margins[b].total_cmp(&margins[a]).then(a.cmp(&b)));
    let size = ranking::slice_size(margins.len() as u64, CALLED) as usize;
    let mut called = vec![false; margins.len()];
    for &row in &order[..size.min(order.len())] {
        called[row] = true;
    }
    called
}

pub(super) fn rate(positives: u64, n: u64) -> Option<Estimate> {
    proportion::estimate(positives, n, CONFIDENCE)
}
