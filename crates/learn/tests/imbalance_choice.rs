//! The table of a choice beside SciPy and statsmodels, made by
//! `reference/make_choice_fixture.py`.

use leadrank_learn::imbalance::Strategy;
use leadrank_learn::imbalance::choice::{FoldResult, MeanOverFolds, Outcome, Trial, choose};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    auc_pr: Vec<Vec<f64>>,
    precision_at_10: Vec<Vec<f64>>,
    calibration_error: Vec<Vec<f64>>,
    mean_auc_pr: Vec<[f64; 3]>,
    variation: Vec<f64>,
    score: Vec<f64>,
    difference: Vec<[f64; 3]>,
    p: Vec<f64>,
    adjusted_p: Vec<f64>,
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() < 1e-10,
        "{found} is not {expected}"
    );
}

#[track_caller]
fn same(found: MeanOverFolds, expected: [f64; 3]) {
    close(found.mean, expected[0]);
    close(found.interval.lo, expected[1]);
    close(found.interval.hi, expected[2]);
}

#[test]
fn the_table_equals_scipy_and_statsmodels() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/choice.json");
    let text = std::fs::read_to_string(path).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
    let mut clear = 0;
    for case in &cases {
        let trials: Vec<Trial> = Strategy::all()
            .into_iter()
            .enumerate()
            .map(|(at, strategy)| Trial {
                strategy,
                folds: (0..case.auc_pr[at].len())
                    .map(|fold| FoldResult {
                        positives: 900 + fold as u64,
                        negatives: 23_000,
                        trees: 100,
                        auc_pr: case.auc_pr[at][fold],
                        precision_at_10: case.precision_at_10[at][fold],
                        calibration_error: case.calibration_error[at][fold],
                    })
                    .collect(),
            })
            .collect();
        let chosen = choose(&trials).unwrap();
        for (at, row) in chosen.rows.iter().enumerate() {
            same(row.auc_pr, case.mean_auc_pr[at]);
            close(row.variation, case.variation[at]);
            close(row.score, case.score[at]);
            let Some(found) = &row.against_none else {
                assert_eq!(at, 0);
                continue;
            };
            same(found.auc_pr, case.difference[at - 1]);
            close(found.p, case.p[at - 1]);
            close(found.adjusted_p, case.adjusted_p[at - 1]);
        }
        let best = (0..10).max_by(|&a, &b| case.score[a].total_cmp(&case.score[b]));
        let is_clear = best.is_some_and(|best| best > 0 && case.adjusted_p[best - 1] < 0.05);
        assert_eq!(chosen.outcome == Outcome::ClearWinner, is_clear);
        clear += u32::from(is_clear);
    }
    assert!(clear > 0 && clear < cases.len() as u32, "{clear}");
}
