//! What must hold for any rows.

use leadrank_stats::evaluation::{EvaluationOptions, evaluate, evaluate_clustered};
use leadrank_stats::platt::Platt;
use leadrank_stats::profile::{Profile, psi};
use leadrank_stats::{calibration, curves, proportion, quantile, ranking};
use proptest::prelude::*;

/// Rows with many ties: label, score, probability.
fn rows() -> impl Strategy<Value = Vec<(bool, f64, f64)>> {
    let row = (any::<bool>(), -8_i32..8, 0_u32..=20);
    let row =
        row.prop_map(|(label, score, p)| (label, f64::from(score) / 4.0, f64::from(p) / 20.0));
    prop::collection::vec(row, 1..60)
}

fn columns(rows: &[(bool, f64, f64)]) -> (Vec<bool>, Vec<f64>, Vec<f64>) {
    (
        rows.iter().map(|row| row.0).collect(),
        rows.iter().map(|row| row.1).collect(),
        rows.iter().map(|row| row.2).collect(),
    )
}

fn quick() -> EvaluationOptions {
    EvaluationOptions {
        replicates: 40,
        confidence: 0.9,
        seed: 5,
    }
}

/// The share of (positive, negative) pairs in right order, counted one by one.
fn pairs_in_order(labels: &[bool], scores: &[f64]) -> Option<f64> {
    let (mut right, mut all) = (0.0, 0.0);
    for (positive, a) in labels.iter().zip(scores) {
        for (negative, b) in labels.iter().zip(scores) {
            if *positive && !*negative {
                all += 1.0;
                right += if a > b {
                    1.0
                } else if a == b {
                    0.5
                } else {
                    0.0
                };
            }
        }
    }
    (all > 0.0).then(|| right / all)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn auc_counts_pairs(rows in rows()) {
        let (labels, scores, _) = columns(&rows);
        match (ranking::auc_roc(&labels, &scores), pairs_in_order(&labels, &scores)) {
            (Some(found), Some(expected)) => prop_assert!((found - expected).abs() < 1e-12),
            (found, expected) => prop_assert_eq!(found, expected),
        }
    }

    #[test]
    fn ranking_sees_only_the_order(rows in rows(), fraction in 0.0..=1.0) {
        let (labels, scores, _) = columns(&rows);
        // Strictly increasing, and exact on the scores drawn here.
        let mapped: Vec<f64> = scores.iter().map(|score| score.powi(3) + 2.0 * score - 1.0).collect();
        prop_assert_eq!(ranking::auc_roc(&labels, &scores), ranking::auc_roc(&labels, &mapped));
        prop_assert_eq!(ranking::auc_pr(&labels, &scores), ranking::auc_pr(&labels, &mapped));
        prop_assert_eq!(
            ranking::at_fraction(&labels, &scores, fraction),
            ranking::at_fraction(&labels, &mapped, fraction)
        );
        prop_assert_eq!(ranking::percentile_ranks(&scores), ranking::percentile_ranks(&mapped));
    }

    #[test]
    fn a_turned_score_turns_the_auc(rows in rows()) {
        let (labels, scores, _) = columns(&rows);
        let turned: Vec<f64> = scores.iter().map(|score| -score).collect();
        if let Some(auc) = ranking::auc_roc(&labels, &scores) {
            prop_assert!((auc + ranking::auc_roc(&labels, &turned).unwrap() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_whole_is_no_better_than_the_base_rate(rows in rows()) {
        let (labels, scores, _) = columns(&rows);
        if let Some(all) = ranking::at_fraction(&labels, &scores, 1.0) {
            prop_assert_eq!((all.recall, all.lift, all.n), (1.0, 1.0, rows.len() as u64));
        }
    }

    #[test]
    fn the_order_of_rows_leaves_no_trace(
        (rows, shuffled) in rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
    ) {
        let (labels, scores, probabilities) = columns(&rows);
        let before = evaluate(&labels, &scores, &probabilities, &quick()).unwrap();
        let (labels, scores, probabilities) = columns(&shuffled);
        let after = evaluate(&labels, &scores, &probabilities, &quick()).unwrap();
        prop_assert_eq!(before, after);
    }

    #[test]
    fn an_evaluation_is_finite_and_agrees_with_the_single_measures(rows in rows()) {
        let (labels, scores, probabilities) = columns(&rows);
        let evaluation = evaluate(&labels, &scores, &probabilities, &quick()).unwrap();
        for (name, estimate) in &evaluation.metrics {
            let chance = estimate.chance.unwrap_or(0.0);
            let all = [estimate.value, estimate.lo, estimate.hi, chance];
            prop_assert!(all.iter().all(|number| number.is_finite()), "{name}: {estimate:?}");
            prop_assert!(estimate.lo <= estimate.hi, "{name}: {estimate:?}");
        }
        let top = ranking::at_fraction(&labels, &scores, 0.05);
        let singles = [
            ("auc_roc", ranking::auc_roc(&labels, &scores)),
            ("auc_pr", ranking::auc_pr(&labels, &scores)),
            ("brier", calibration::brier(&labels, &probabilities)),
            ("brier_skill", calibration::brier_skill(&labels, &probabilities)),
            ("ece_width", calibration::ece_equal_width(&labels, &probabilities, 10)),
            ("ece_mass", calibration::ece_equal_mass(&labels, &probabilities, 10)),
            (
                "predicted_over_observed",
                calibration::predicted_over_observed(&labels, &probabilities),
            ),
            ("recall_at_5", top.map(|top| top.recall)),
            ("lift_at_5", top.map(|top| top.lift)),
        ];
        for (name, single) in singles {
            // An absent metric is one that the rows, or most replicates of them, do not define.
            if let Some(estimate) = evaluation.metrics.get(name) {
                let single = single.unwrap();
                prop_assert!((estimate.value - single).abs() < 1e-12, "{name}: {single}");
            } else {
                let minority = evaluation.positives.min(evaluation.n - evaluation.positives);
                prop_assert!(minority <= 1, "{name} is absent");
            }
        }
    }

    #[test]
    fn groups_of_one_row_are_rows(rows in rows()) {
        let (labels, scores, probabilities) = columns(&rows);
        let groups: Vec<u64> = (0..rows.len() as u64).map(|row| row * 7 + 3).collect();
        prop_assert_eq!(
            evaluate_clustered(&labels, &scores, &probabilities, &groups, &quick()).unwrap(),
            evaluate(&labels, &scores, &probabilities, &quick()).unwrap()
        );
    }

    #[test]
    fn tables_hold_every_row(rows in rows(), bins in 1_usize..15) {
        let (labels, scores, probabilities) = columns(&rows);
        let positives = labels.iter().filter(|&&label| label).count() as u64;
        let reliability = curves::reliability(&labels, &probabilities, bins);
        prop_assert!(reliability.len() <= bins);
        prop_assert_eq!(reliability.iter().map(|bin| bin.n).sum::<u64>(), rows.len() as u64);
        prop_assert_eq!(reliability.iter().map(|bin| bin.positives).sum::<u64>(), positives);
        let ascending = |pair: &[curves::ReliabilityBin]| {
            pair[0].mean_probability < pair[1].mean_probability
        };
        prop_assert!(reliability.windows(2).all(ascending));
        let deciles = curves::deciles(&labels, &scores, &probabilities);
        prop_assert_eq!(deciles.is_empty(), positives == 0);
        let expected = if positives == 0 { 0 } else { rows.len() as u64 };
        prop_assert_eq!(deciles.iter().map(|decile| decile.n).sum::<u64>(), expected);
        prop_assert_eq!(deciles.iter().map(|decile| decile.positives).sum::<u64>(), positives);
    }

    #[test]
    fn gains_never_fall(rows in rows()) {
        let (labels, scores, _) = columns(&rows);
        let gain = curves::cumulative_gain(&labels, &scores);
        let rising = |pair: &[curves::GainPoint]| {
            pair[0].fraction < pair[1].fraction && pair[0].captured <= pair[1].captured
        };
        prop_assert!(gain.windows(2).all(rising));
        if let (Some(first), Some(last)) = (gain.first(), gain.last()) {
            prop_assert_eq!((first.fraction, first.captured), (0.0, 0.0));
            prop_assert_eq!((last.fraction, last.captured), (1.0, 1.0));
        }
    }

    #[test]
    fn quantiles_rise_within_the_values(
        values in prop::collection::vec(-1e6..1e6, 1..40), a in 0.0..=1.0, b in 0.0..=1.0
    ) {
        let (low, high) = if a <= b { (a, b) } else { (b, a) };
        let (low, high) =
            (quantile::linear(&values, low).unwrap(), quantile::linear(&values, high).unwrap());
        prop_assert!(low <= high);
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        prop_assert!(least <= low && high <= most);
    }

    #[test]
    fn wilson_holds_the_share(n in 1_u64..100_000, part in 0.0..=1.0, confidence in 0.01..0.9999) {
        let successes = (part * n as f64) as u64;
        let interval = proportion::wilson(successes, n, confidence);
        let share = successes as f64 / n as f64;
        prop_assert!(0.0 <= interval.lo && interval.hi <= 1.0);
        prop_assert!(interval.lo <= share + 1e-12 && share <= interval.hi + 1e-12);
    }

    #[test]
    fn platt_meets_its_targets_on_the_whole(rows in rows()) {
        let (labels, scores, _) = columns(&rows);
        let positives = labels.iter().filter(|&&label| label).count() as f64;
        let negatives = labels.len() as f64 - positives;
        prop_assume!(positives > 0.0 && negatives > 0.0);
        let fitted = Platt::fit(&scores, &labels).unwrap();
        // At the optimum probabilities and targets have the same sum and the same moment.
        let high = (positives + 1.0) / (positives + 2.0);
        let low = 1.0 / (negatives + 2.0);
        let residual = |(score, label): (&f64, &bool)| {
            fitted.probability(*score) - if *label { high } else { low }
        };
        let sum: f64 = scores.iter().zip(&labels).map(residual).sum();
        let moment: f64 = scores.iter().zip(&labels).map(|row| row.0 * residual(row)).sum();
        prop_assert!(sum.abs() < 1e-8 && moment.abs() < 1e-8, "{sum} {moment}");
    }

    #[test]
    fn platt_does_not_mind_the_unit(rows in rows(), factor in 0.001..1000.0, shift in -50.0..50.0) {
        let (labels, scores, _) = columns(&rows);
        let other: Vec<f64> = scores.iter().map(|score| factor * score + shift).collect();
        match (Platt::fit(&scores, &labels), Platt::fit(&other, &labels)) {
            (Ok(one), Ok(two)) => for (a, b) in scores.iter().zip(&other) {
                prop_assert!((one.probability(*a) - two.probability(*b)).abs() < 1e-7);
            },
            (one, two) => prop_assert_eq!(one.is_err(), two.is_err()),
        }
    }

    #[test]
    fn a_profile_holds_every_row(
        values in prop::collection::vec(prop_oneof![Just(f64::NAN), -3.0..3.0_f64, (-2..2).prop_map(f64::from)], 0..80),
        others in prop::collection::vec(prop_oneof![Just(f64::NAN), -5.0..5.0_f64], 1..80),
        bins in 1_usize..12,
    ) {
        let profile = Profile::fit(&values, bins);
        prop_assert!(profile.edges.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert_eq!(profile.n(), values.len() as u64);
        let nulls = values.iter().filter(|value| value.is_nan()).count() as u64;
        prop_assert_eq!(profile.nulls(), nulls);
        prop_assert_eq!(&profile.count(&values), &profile);
        if !values.is_empty() {
            let moved = profile.count(&others);
            prop_assert_eq!(psi(&profile, &profile).unwrap(), 0.0);
            let (there, back) = (psi(&profile, &moved).unwrap(), psi(&moved, &profile).unwrap());
            prop_assert!(there >= 0.0 && (there - back).abs() < 1e-12);
        }
    }
}
