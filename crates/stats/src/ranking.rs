//! How well scores put positives first.

use serde::{Deserialize, Serialize};

use crate::bins::run_ends;

/// What the best-scored part of the rows holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TopSlice {
    /// Share of positives in the slice.
    pub precision: f64,
    /// Share of all positives that lie in the slice.
    pub recall: f64,
    /// Precision as a multiple of the base rate.
    pub lift: f64,
    /// Rows in the slice.
    pub n: u64,
}

/// The area under the ROC curve: the probability that a random positive outscores a random
/// negative, a tie counting one half (J. A. Hanley and B. J. McNeil, "The Meaning and Use of the
/// Area under a ROC Curve", Radiology 143 (1982)). `None` with one class, a NaN score or columns
/// of different length.
pub fn auc_roc(labels: &[bool], scores: &[f64]) -> Option<f64> {
    sweep::<0>(labels, scores, [])?.auc_roc()
}

/// Average precision: the sum over thresholds of the gain in recall times the precision there.
/// Rows with the same score are one threshold, so the order of ties does not matter, and nothing
/// is interpolated (which would flatter: J. Davis and M. Goadrich, "The Relationship Between
/// Precision-Recall and ROC Curves", ICML 2006). `None` without positives, with a NaN score or
/// columns of different length. A model that knows nothing gets about the base rate.
pub fn auc_pr(labels: &[bool], scores: &[f64]) -> Option<f64> {
    sweep::<0>(labels, scores, [])?.auc_pr()
}

/// Precision, recall and lift of the best `fraction` of the rows, see [`slice_size`]. Where the
/// cut falls among tied scores, the value is the expected one under a random order of the tied
/// rows. `None` without positives, with a fraction outside 0..=1, a NaN score or columns of
/// different length.
///
/// ```
/// let top = leadrank_stats::ranking::at_fraction(
///     &[true, false, true, false],
///     &[0.9, 0.5, 0.5, 0.1],
///     0.5,
/// ).unwrap();
/// assert_eq!((top.n, top.precision, top.recall, top.lift), (2, 0.75, 0.75, 1.5));
/// ```
pub fn at_fraction(labels: &[bool], scores: &[f64], fraction: f64) -> Option<TopSlice> {
    if !(0.0..=1.0).contains(&fraction) {
        return None;
    }
    let n = slice_size(labels.len() as u64, fraction);
    let swept = sweep(labels, scores, [n])?;
    let [precision] = swept.precision();
    let [recall] = swept.recall()?;
    let [lift] = swept.lift()?;
    Some(TopSlice {
        precision,
        recall,
        lift,
        n,
    })
}

/// Rows in the best `fraction` of `n` rows: `fraction * n` rounded half up, at least one row and
/// at most all.
pub fn slice_size(n: u64, fraction: f64) -> u64 {
    ((fraction * n as f64).round() as u64).clamp(1, n.max(1))
}

/// The percentile of each score among all: 100 × rank / n with rank 1 for the lowest and the
/// average rank for ties, so the values lie above 0 and up to 100, and 100 is the best. A NaN
/// score takes no part and has the percentile NaN.
///
/// ```
/// let percentiles = leadrank_stats::ranking::percentile_ranks(&[3.0, 1.0, 1.0, 7.0]);
/// assert_eq!(percentiles, [75.0, 37.5, 37.5, 100.0]);
/// ```
pub fn percentile_ranks(scores: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..scores.len())
        .filter(|&row| !scores[row].is_nan())
        .collect();
    order.sort_unstable_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let n = order.len() as f64;
    let mut percentiles = vec![f64::NAN; scores.len()];
    let mut start = 0;
    for end in run_ends(order.len(), |a, b| scores[order[a]] == scores[order[b]]) {
        // Ranks start + 1 ..= end have this average.
        let rank = (start + 1 + end) as f64 / 2.0;
        for &row in &order[start..end] {
            percentiles[row] = 100.0 * rank / n;
        }
        start = end;
    }
    percentiles
}

/// Row numbers with the best score first, `None` for NaN scores or another number of labels.
pub(crate) fn best_first(labels: usize, scores: &[f64]) -> Option<Vec<usize>> {
    if labels != scores.len() || scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    // Zeroes of both signs are equal but not so ordered: adding zero makes them the same.
    order.sort_by(|&a, &b| (scores[b] + 0.0).total_cmp(&(scores[a] + 0.0)));
    Some(order)
}

/// One pass over all rows.
fn sweep<const K: usize>(labels: &[bool], scores: &[f64], cuts: [u64; K]) -> Option<Sweep<K>> {
    let order = best_first(labels.len(), scores)?;
    let mut sweep = Sweep::new(cuts);
    let mut start = 0;
    for end in run_ends(order.len(), |a, b| scores[order[a]] == scores[order[b]]) {
        let positives = order[start..end].iter().filter(|&&row| labels[row]).count();
        sweep.push((end - start) as u64, positives as u64);
        start = end;
    }
    Some(sweep)
}

/// The running totals from which all ranking measures follow, fed with groups of tied rows from
/// the best score to the worst. Counts are whole numbers: only ratios are ever rounded.
#[derive(Debug, Clone)]
pub(crate) struct Sweep<const K: usize> {
    cuts: [u64; K],
    hits: [f64; K],
    next_cut: usize,
    n: u64,
    positives: u64,
    /// Twice the number of (positive, negative) pairs in right order, ties as one half.
    double_pairs: u64,
    /// Sum of (positives of a group) × (precision down to it).
    precision_sum: f64,
}

impl<const K: usize> Sweep<K> {
    /// `cuts`: sizes of the top slices to watch, ascending.
    pub(crate) fn new(cuts: [u64; K]) -> Self {
        Self {
            cuts,
            hits: [0.0; K],
            next_cut: 0,
            n: 0,
            positives: 0,
            double_pairs: 0,
            precision_sum: 0.0,
        }
    }

    /// Adds the next group of tied rows.
    #[inline]
    pub(crate) fn push(&mut self, size: u64, positives: u64) {
        if size == 0 {
            return;
        }
        while self.next_cut < K && self.cuts[self.next_cut] <= self.n + size {
            let share = (self.cuts[self.next_cut] - self.n) as f64 / size as f64;
            self.hits[self.next_cut] = self.positives as f64 + positives as f64 * share;
            self.next_cut += 1;
        }
        self.double_pairs += (size - positives) * (2 * self.positives + positives);
        self.n += size;
        self.positives += positives;
        if positives > 0 {
            self.precision_sum += positives as f64 * (self.positives as f64 / self.n as f64);
        }
    }

    pub(crate) fn auc_roc(&self) -> Option<f64> {
        let negatives = self.n - self.positives;
        if self.positives == 0 || negatives == 0 {
            return None;
        }
        Some(self.double_pairs as f64 / (2.0 * self.positives as f64 * negatives as f64))
    }

    pub(crate) fn auc_pr(&self) -> Option<f64> {
        (self.positives > 0).then(|| self.precision_sum / self.positives as f64)
    }

    pub(crate) fn precision(&self) -> [f64; K] {
        std::array::from_fn(|cut| self.hits[cut] / self.cuts[cut] as f64)
    }

    pub(crate) fn recall(&self) -> Option<[f64; K]> {
        (self.positives > 0).then(|| self.hits.map(|hits| hits / self.positives as f64))
    }

    pub(crate) fn lift(&self) -> Option<[f64; K]> {
        let base_rate = self.positives as f64 / self.n as f64;
        (self.positives > 0).then(|| self.precision().map(|precision| precision / base_rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undefined_is_none() {
        assert_eq!(auc_roc(&[], &[]), None);
        assert_eq!(auc_roc(&[true, true], &[0.1, 0.2]), None);
        assert_eq!(auc_pr(&[false, false], &[0.1, 0.2]), None);
        assert_eq!(auc_pr(&[true], &[f64::NAN]), None);
        assert_eq!(auc_pr(&[true], &[]), None);
        assert_eq!(at_fraction(&[], &[], 0.1), None);
        assert_eq!(at_fraction(&[false], &[0.1], 0.1), None);
        assert_eq!(at_fraction(&[true], &[0.1], 1.5), None);
        assert!(percentile_ranks(&[]).is_empty());
    }

    #[test]
    fn all_tied_is_chance() {
        let labels = [true, false, false, false];
        assert_eq!(auc_roc(&labels, &[0.3; 4]), Some(0.5));
        assert_eq!(auc_pr(&labels, &[0.3; 4]), Some(0.25));
        assert_eq!(at_fraction(&labels, &[0.3; 4], 0.5).unwrap().lift, 1.0);
        // Zeroes of both signs are one score.
        assert_eq!(auc_roc(&[true, false], &[-0.0, 0.0]), Some(0.5));
    }

    /// Precisions 1, 2/3 and 3/5 at the three positives.
    #[test]
    fn average_precision_by_hand() {
        let labels = [true, false, true, false, true, false];
        let found = auc_pr(&labels, &[6.0, 5.0, 4.0, 3.0, 2.0, 1.0]).unwrap();
        assert!((found - (1.0 + 2.0 / 3.0 + 3.0 / 5.0) / 3.0).abs() < 1e-15);
    }

    #[test]
    fn a_slice_has_at_least_one_row() {
        assert_eq!(slice_size(40, 0.01), 1);
        assert_eq!(slice_size(150, 0.01), 2);
        assert_eq!(slice_size(149, 0.01), 1);
        assert_eq!(slice_size(3, 1.0), 3);
    }

    #[test]
    fn an_unscored_row_has_no_percentile() {
        let found = percentile_ranks(&[2.0, f64::NAN, 1.0]);
        assert_eq!((found[0], found[2]), (100.0, 50.0));
        assert!(found[1].is_nan());
    }
}
