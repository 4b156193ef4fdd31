//! How honest probabilities are.
//!
//! Every measure is `None` without rows, with columns of different length or with a probability
//! outside 0..=1.

mod line;

use crate::bins::{BinTotals, EqualMass, equal_width, mean_gap, run_ends};

pub use line::{CalibrationLine, Coefficient, calibration_line};

/// Mean squared difference between probability and outcome (G. W. Brier, "Verification of
/// Forecasts Expressed in Terms of Probability", Monthly Weather Review 78 (1950)).
pub fn brier(labels: &[bool], probabilities: &[f64]) -> Option<f64> {
    check(labels, probabilities)?;
    let sum: f64 = labels
        .iter()
        .zip(probabilities)
        .map(|(&y, &p)| squared_error(y, p))
        .sum();
    Some(sum / labels.len() as f64)
}

/// Share of the Brier score of the base rate that the probabilities save: 0 for a model that
/// always says the base rate of these same rows, 1 for an oracle, below 0 for worse than nothing.
/// `None` with one class.
pub fn brier_skill(labels: &[bool], probabilities: &[f64]) -> Option<f64> {
    let positives = labels.iter().filter(|&&label| label).count() as u64;
    skill(
        brier(labels, probabilities)?,
        labels.len() as u64,
        positives,
    )
}

/// Expected calibration error over `bins` bins of equal width, lower edge open, upper closed (0
/// belongs to the first bin): the gap between mean probability and observed rate, weighted by
/// rows. At low base rates nearly all rows share one or two such bins, and a small value says
/// little: see [`ece_equal_mass`]. `None` with 0 bins.
pub fn ece_equal_width(labels: &[bool], probabilities: &[f64], bins: usize) -> Option<f64> {
    Some(mean_gap(
        &width_bins(labels, probabilities, bins)?,
        labels.len() as u64,
    ))
}

/// Expected calibration error over `bins` bins with about the same number of rows each. Equal
/// probabilities stay together, in the bin where their middle rank lies. `None` with 0 bins.
pub fn ece_equal_mass(labels: &[bool], probabilities: &[f64], bins: usize) -> Option<f64> {
    Some(mean_gap(
        &mass_bins(labels, probabilities, bins)?,
        labels.len() as u64,
    ))
}

/// Number of positives the probabilities foresee over the number seen: 1 when right on the
/// whole, above 1 when too hopeful. `None` without positives.
pub fn predicted_over_observed(labels: &[bool], probabilities: &[f64]) -> Option<f64> {
    check(labels, probabilities)?;
    let positives = labels.iter().filter(|&&label| label).count();
    (positives > 0).then(|| probabilities.iter().sum::<f64>() / positives as f64)
}

/// The bins of equal width from the lowest to the highest, empty ones included.
pub(crate) fn width_bins(
    labels: &[bool],
    probabilities: &[f64],
    bins: usize,
) -> Option<Vec<BinTotals>> {
    check(labels, probabilities)?;
    let mut totals = vec![BinTotals::default(); (bins > 0).then_some(bins)?];
    for (&label, &probability) in labels.iter().zip(probabilities) {
        totals[equal_width(probability, bins)].add(1, u64::from(label), probability);
    }
    Some(totals)
}

/// The equal-mass bins from the lowest probability to the highest, empty ones included.
pub(crate) fn mass_bins(
    labels: &[bool],
    probabilities: &[f64],
    bins: usize,
) -> Option<Vec<BinTotals>> {
    check(labels, probabilities)?;
    let mut totals = vec![BinTotals::default(); (bins > 0).then_some(bins)?];
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|&a, &b| (probabilities[a] + 0.0).total_cmp(&(probabilities[b] + 0.0)));
    let mut dealer = EqualMass::new(labels.len() as u64, bins);
    let mut start = 0;
    for end in run_ends(order.len(), |a, b| {
        probabilities[order[a]] == probabilities[order[b]]
    }) {
        let group = &order[start..end];
        let positives = group.iter().filter(|&&row| labels[row]).count();
        let bin = dealer.next_bin(group.len() as u64);
        totals[bin].add(
            group.len() as u64,
            positives as u64,
            probabilities[group[0]],
        );
        start = end;
    }
    Some(totals)
}

/// The Brier score of one row.
#[inline]
pub(crate) fn squared_error(label: bool, probability: f64) -> f64 {
    let error = probability - f64::from(u8::from(label));
    error * error
}

/// Brier skill against the base rate of the same rows, whose Brier score is its variance.
pub(crate) fn skill(brier: f64, n: u64, positives: u64) -> Option<f64> {
    let base = base_brier(n, positives);
    (base > 0.0).then(|| 1.0 - brier / base)
}

/// Brier score of always saying the base rate.
pub(crate) fn base_brier(n: u64, positives: u64) -> f64 {
    let base_rate = positives as f64 / n as f64;
    base_rate * (1.0 - base_rate)
}

/// Whether the columns can be worked on at all.
fn check(labels: &[bool], probabilities: &[f64]) -> Option<()> {
    let fits = !labels.is_empty()
        && labels.len() == probabilities.len()
        && probabilities
            .iter()
            .all(|probability| (0.0..=1.0).contains(probability));
    fits.then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [bool; 4] = [false, true, false, true];

    #[test]
    fn by_hand() {
        let probabilities = [0.1, 0.3, 0.3, 0.9];
        // (0.01 + 0.49 + 0.09 + 0.01) / 4
        assert!((brier(&LABELS, &probabilities).unwrap() - 0.15).abs() < 1e-15);
        assert!((brier_skill(&LABELS, &probabilities).unwrap() - 0.4).abs() < 1e-12);
        // Bins (0, 0.5] with sum 0.7 against 1, and (0.5, 1] with 0.9 against 1.
        assert!((ece_equal_width(&LABELS, &probabilities, 2).unwrap() - 0.1).abs() < 1e-12);
        // The tie stays whole, in the upper half: 0.1 against 0, and 1.5 against 2.
        assert!((ece_equal_mass(&LABELS, &probabilities, 2).unwrap() - 0.15).abs() < 1e-12);
        assert!((predicted_over_observed(&LABELS, &probabilities).unwrap() - 0.8).abs() < 1e-12);
    }

    #[test]
    fn saying_the_base_rate_has_no_skill_and_no_gap() {
        assert_eq!(brier_skill(&LABELS, &[0.5; 4]), Some(0.0));
        assert_eq!(ece_equal_width(&LABELS, &[0.5; 4], 10), Some(0.0));
        assert_eq!(ece_equal_mass(&LABELS, &[0.5; 4], 10), Some(0.0));
    }

    #[test]
    fn undefined_is_none() {
        assert_eq!(brier(&[], &[]), None);
        assert_eq!(brier(&LABELS, &[0.5; 3]), None);
        assert_eq!(brier(&[true], &[1.1]), None);
        assert_eq!(brier(&[true], &[f64::NAN]), None);
        assert_eq!(brier_skill(&[true], &[0.4]), None);
        assert_eq!(ece_equal_width(&LABELS, &[0.5; 4], 0), None);
        assert_eq!(ece_equal_mass(&LABELS, &[0.5; 4], 0), None);
        assert_eq!(predicted_over_observed(&[false], &[0.4]), None);
    }
}
