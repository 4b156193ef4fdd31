//! Values of scikit-learn, SciPy, statsmodels and NumPy, made by `reference/make_fixtures.py`.

mod common;

use common::{close, fixture};
use leadrank_stats::platt::Platt;
use leadrank_stats::{calibration, curves, normal, proportion, quantile, ranking};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    labels: Vec<bool>,
    scores: Vec<f64>,
    probabilities: Vec<f64>,
    auc_roc: f64,
    auc_pr: f64,
    brier: f64,
    brier_skill: f64,
    ece_width: f64,
    ece_mass: f64,
    predicted_over_observed: f64,
    top: Vec<Top>,
    percentiles: Vec<f64>,
    precision_recall: Option<Vec<curves::PrPoint>>,
}

#[derive(Deserialize)]
struct Top {
    fraction: f64,
    n: u64,
    precision: f64,
    recall: f64,
    lift: f64,
}

#[test]
fn ranking_equals_scikit_learn() {
    for case in fixture::<Vec<Case>>("metrics") {
        close(
            ranking::auc_roc(&case.labels, &case.scores).unwrap(),
            case.auc_roc,
            1e-12,
        );
        close(
            ranking::auc_pr(&case.labels, &case.scores).unwrap(),
            case.auc_pr,
            1e-12,
        );
        for (found, expected) in ranking::percentile_ranks(&case.scores)
            .into_iter()
            .zip(&case.percentiles)
        {
            close(found, *expected, 1e-12);
        }
        for top in &case.top {
            let found = ranking::at_fraction(&case.labels, &case.scores, top.fraction).unwrap();
            assert_eq!(found.n, top.n);
            close(found.precision, top.precision, 1e-12);
            close(found.recall, top.recall, 1e-12);
            close(found.lift, top.lift, 1e-12);
        }
    }
}

#[test]
fn calibration_equals_the_reference() {
    for case in fixture::<Vec<Case>>("metrics") {
        let (labels, probabilities) = (&case.labels, &case.probabilities);
        close(
            calibration::brier(labels, probabilities).unwrap(),
            case.brier,
            1e-12,
        );
        close(
            calibration::brier_skill(labels, probabilities).unwrap(),
            case.brier_skill,
            1e-12,
        );
        let width = calibration::ece_equal_width(labels, probabilities, 10).unwrap();
        close(width, case.ece_width, 1e-12);
        let mass = calibration::ece_equal_mass(labels, probabilities, 10).unwrap();
        close(mass, case.ece_mass, 1e-12);
        let ratio = calibration::predicted_over_observed(labels, probabilities).unwrap();
        close(ratio, case.predicted_over_observed, 1e-12);
    }
}

#[test]
fn precision_recall_points_equal_scikit_learn() {
    let mut compared = 0;
    for case in fixture::<Vec<Case>>("metrics") {
        let Some(expected) = case.precision_recall else {
            continue;
        };
        let found = curves::precision_recall(&case.labels, &case.scores);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            close(found.recall, expected.recall, 1e-12);
            close(found.precision, expected.precision, 1e-12);
            close(found.threshold, expected.threshold, 1e-12);
            compared += 1;
        }
    }
    assert!(compared > 100, "only {compared} points compared");
}

#[test]
fn wilson_equals_statsmodels() {
    for (successes, n, confidence, lo, hi) in fixture::<Vec<(u64, u64, f64, f64, f64)>>("wilson") {
        let interval = proportion::wilson(successes, n, confidence);
        close(interval.lo, lo, 1e-13);
        close(interval.hi, hi, 1e-13);
    }
}

#[test]
fn normal_quantile_equals_scipy() {
    for (p, expected) in fixture::<Vec<(f64, f64)>>("normal") {
        close(normal::quantile(p).unwrap(), expected, 1e-14);
    }
}

#[test]
fn quantiles_equal_numpy() {
    #[derive(Deserialize)]
    struct Quantiles {
        values: Vec<f64>,
        points: Vec<f64>,
        expected: Vec<f64>,
    }
    for case in fixture::<Vec<Quantiles>>("quantile") {
        for (point, expected) in case.points.iter().zip(&case.expected) {
            close(
                quantile::linear(&case.values, *point).unwrap(),
                *expected,
                1e-14,
            );
        }
    }
}

#[test]
fn platt_equals_the_optimum_found_by_scipy() {
    #[derive(Deserialize)]
    struct Curve {
        margins: Vec<f64>,
        labels: Vec<bool>,
        slope: f64,
        intercept: f64,
    }
    for case in fixture::<Vec<Curve>>("platt") {
        let fitted = Platt::fit(&case.margins, &case.labels).unwrap();
        close(fitted.slope, case.slope, 1e-7);
        close(fitted.intercept, case.intercept, 1e-7);
    }
}
