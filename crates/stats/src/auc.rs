//! The area under the ROC curve of one column, with an interval that needs no resampling.

use crate::bins::run_ends;
use crate::{Estimate, normal, ranking};

/// Positives and negatives among the rows with one score.
struct Group {
    positives: f64,
    negatives: f64,
}

/// The area under the ROC curve (see [`ranking::auc_roc`]) with the interval of E. R. DeLong,
/// D. M. DeLong and D. L. Clarke-Pearson, "Comparing the Areas under Two or More Correlated
/// Receiver Operating Characteristic Curves", Biometrics 44 (1988), cut to 0..=1. Its structural
/// components come from one sort, as in X. Sun and W. Xu, "Fast Implementation of DeLong's
/// Algorithm", IEEE Signal Processing Letters 21 (2014).
///
/// Chance is 0.5. The caller decides where nulls rank: a NaN score gives `None`, as do fewer than
/// two rows of either class (then nothing is known about the spread), columns of different length
/// and a confidence outside 0..1 (both ends excluded). The interval rests on normal theory: it is
/// too short with few positives, and of length 0 where the scores separate the classes.
///
/// ```
/// let labels = [true, false, true, false, true, false];
/// let auc = leadrank_stats::auc::delong(&labels, &[3.0, 1.0, 2.0, 2.0, 5.0, 4.0], 0.95).unwrap();
/// assert!((auc.value - 6.5 / 9.0).abs() < 1e-15);
/// assert!(auc.lo < 0.5 && auc.hi == 1.0);
/// ```
pub fn delong(labels: &[bool], scores: &[f64], confidence: f64) -> Option<Estimate> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let order = ranking::best_first(labels.len(), scores)?;
    let mut groups = Vec::new();
    let mut start = 0;
    for end in run_ends(order.len(), |a, b| scores[order[a]] == scores[order[b]]) {
        let positives = order[start..end].iter().filter(|&&row| labels[row]).count();
        groups.push(Group {
            positives: positives as f64,
            negatives: (end - start - positives) as f64,
        });
        start = end;
    }
    let positives: f64 = groups.iter().map(|group| group.positives).sum();
    let negatives: f64 = groups.iter().map(|group| group.negatives).sum();
    if positives < 2.0 || negatives < 2.0 {
        return None;
    }
    let area = {
        let mut above = 0.0;
        let mut pairs = 0.0;
        for group in &groups {
            pairs += group.negatives * (above + group.positives / 2.0);
            above += group.positives;
        }
        pairs / (positives * negatives)
    };
    // The share of negatives that a positive outscores, and of positives that outscore a
    // negative: their spreads around the area are the two parts of its variance.
    let (mut positives_above, mut negatives_above) = (0.0, 0.0);
    let (mut of_positives, mut of_negatives) = (0.0, 0.0);
    for group in &groups {
        let outscored = (negatives - negatives_above - group.negatives / 2.0) / negatives;
        let outscoring = (positives_above + group.positives / 2.0) / positives;
        of_positives += group.positives * (outscored - area) * (outscored - area);
        of_negatives += group.negatives * (outscoring - area) * (outscoring - area);
        positives_above += group.positives;
        negatives_above += group.negatives;
    }
    let variance = of_positives / ((positives - 1.0) * positives)
        + of_negatives / ((negatives - 1.0) * negatives);
    let half = normal::two_sided(confidence) * variance.sqrt();
    Some(Estimate {
        value: area,
        lo: (area - half).max(0.0),
        hi: (area + half).min(1.0),
        n: labels.len() as u64,
        positives: positives as u64,
        chance: Some(0.5),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undefined_is_none() {
        assert_eq!(delong(&[], &[], 0.95), None);
        assert_eq!(delong(&[true, false, false], &[1.0, 2.0, 3.0], 0.95), None);
        let labels = [true, false, true, false];
        assert_eq!(delong(&labels, &[1.0, 2.0, 3.0, f64::NAN], 0.95), None);
        assert_eq!(delong(&labels, &[1.0, 2.0, 3.0], 0.95), None);
        for confidence in [0.0, 1.0, f64::NAN] {
            assert_eq!(delong(&labels, &[1.0, 2.0, 3.0, 4.0], confidence), None);
        }
    }

    #[test]
    fn ends_of_the_range() {
        let labels = [true, true, false, false];
        let best = delong(&labels, &[4.0, 3.0, 2.0, 1.0], 0.95).unwrap();
        assert_eq!((best.lo, best.value, best.hi), (1.0, 1.0, 1.0));
        // All tied: every component is one half, so there is no spread either.
        let tied = delong(&labels, &[1.0; 4], 0.95).unwrap();
        assert_eq!((tied.lo, tied.value, tied.hi), (0.5, 0.5, 0.5));
    }

    /// Positives outscore shares 1 and 1/2 of the negatives, negatives are outscored by 1/2 and 1
    /// of the positives: both sample variances are 1/8, so the variance is 1/16 + 1/16.
    #[test]
    fn variance_by_hand() {
        let labels = [true, false, true, false];
        let found = delong(&labels, &[4.0, 3.0, 2.0, 1.0], 0.5).unwrap();
        let half = normal::quantile(0.75).unwrap() * 0.125_f64.sqrt();
        assert_eq!(found.value, 0.75);
        assert!((found.lo - (0.75 - half)).abs() < 1e-15);
    }
}
