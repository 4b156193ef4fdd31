//! Counts to expect against NumPy's convolution, made by `reference/make_frontier_fixture.py`, and
//! against all outcomes one by one; captured shares against counting.

mod common;

use common::{close, fixture};
use leadrank_stats::evaluation::EvaluationOptions;
use leadrank_stats::frontier::{PERCENTS, budgets, captured};
use leadrank_stats::ranking;
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    probabilities: Vec<f64>,
    budgets: Vec<(u64, f64, f64, f64)>,
}

#[test]
fn equals_numpy() {
    let cases: Vec<Case> = fixture("frontier");
    for case in cases {
        let sizes: Vec<u64> = case.budgets.iter().map(|row| row.0).collect();
        let found = budgets(&case.probabilities, &sizes, 0.95).unwrap();
        assert_eq!(found.len(), sizes.len());
        for (budget, (size, expected, lo, hi)) in found.iter().zip(case.budgets) {
            assert_eq!((budget.rows, budget.lo, budget.hi), (size, lo, hi));
            close(budget.expected, expected, 1e-12);
        }
    }
}

/// The chance of each count, from all outcomes one by one.
fn one_by_one(probabilities: &[f64]) -> Vec<f64> {
    let n = probabilities.len();
    let mut counts = vec![0.0; n + 1];
    for outcome in 0_u32..1 << n {
        let chance: f64 = probabilities
            .iter()
            .enumerate()
            .map(|(row, p)| if outcome >> row & 1 == 1 { *p } else { 1.0 - p })
            .product();
        counts[outcome.count_ones() as usize] += chance;
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn ends_are_quantiles_of_all_outcomes(
        probabilities in prop::collection::vec(0.0..=1.0, 0..9_usize),
        confidence in 0.5..0.99,
    ) {
        let n = probabilities.len() as u64;
        let sizes: Vec<u64> = (0..=n).rev().collect();
        let found = budgets(&probabilities, &sizes, confidence).unwrap();
        let mean = probabilities.iter().sum::<f64>() / n.max(1) as f64;
        for budget in found {
            let taken = &probabilities[..budget.rows as usize];
            let counts = one_by_one(taken);
            let up_to = |end: f64| counts[..=end as usize].iter().sum::<f64>();
            let below = |end: f64| counts[..end as usize].iter().sum::<f64>();
            let tail = (1.0 - confidence) / 2.0;
            for (end, share) in [(budget.lo, tail), (budget.hi, 1.0 - tail)] {
                prop_assert!(up_to(end) >= share - 1e-9);
                prop_assert!(below(end) < share + 1e-9);
            }
            prop_assert!((budget.expected - taken.iter().sum::<f64>()).abs() < 1e-12);
            prop_assert!((budget.chance - mean * budget.rows as f64).abs() < 1e-12);
        }
    }

    #[test]
    fn captured_is_the_recall_of_the_best_rows(
        rows in prop::collection::vec((any::<bool>(), -4_i32..4), 1..60),
    ) {
        let mut rows = rows;
        rows[0].0 = true;
        let options = EvaluationOptions { replicates: 20, ..EvaluationOptions::default() };
        let columns = |rows: &[(bool, i32)]| -> (Vec<bool>, Vec<f64>) {
            rows.iter().map(|row| (row.0, f64::from(row.1))).unzip()
        };
        let (labels, scores) = columns(&rows);
        let found = captured(&labels, &scores, &options).unwrap();
        prop_assert_eq!(found.len(), PERCENTS.len());
        for point in &found {
            let share = f64::from(point.percent) / 100.0;
            let top = ranking::at_fraction(&labels, &scores, share).unwrap();
            prop_assert!((point.captured.value - top.recall).abs() < 1e-12);
            prop_assert!(point.captured.interval().contains(point.captured.value));
        }
        prop_assert!(found.is_sorted_by(|a, b| a.captured.value <= b.captured.value));
        rows.reverse();
        let (labels, scores) = columns(&rows);
        prop_assert_eq!(captured(&labels, &scores, &options).unwrap(), found);
    }
}
