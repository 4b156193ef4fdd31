//! Values of scikit-learn and statsmodels, made by `reference/make_calibrator_fixtures.py`.

mod common;

use common::{close, fixture};
use leadrank_stats::calibration::{Coefficient, calibration_line};
use leadrank_stats::calibrators::{Curve, Method};
use leadrank_stats::curves::{ReliabilityBin, reliability, reliability_by_width};
use leadrank_stats::proportion;
use serde::Deserialize;

#[test]
fn isotonic_equals_scikit_learn_but_for_zero_and_one() {
    #[derive(Deserialize)]
    struct Case {
        name: String,
        margins: Vec<f64>,
        labels: Vec<bool>,
        points: Vec<f64>,
        probabilities: Vec<f64>,
        zeros: Vec<f64>,
        ones: Vec<f64>,
    }
    let cases = fixture::<Vec<Case>>("isotonic");
    for case in &cases {
        let curve = Curve::fit(Method::Isotonic, &case.margins, &case.labels).unwrap();
        for (&point, &expected) in case.points.iter().zip(&case.probabilities) {
            close(curve.probability(point), expected, 1e-12);
        }
        let least = 0.5 / (case.labels.len() as f64 + 1.0);
        for &point in &case.zeros {
            let found = curve.probability(point);
            assert_eq!(found, least, "{} at {point}", case.name);
        }
        for &point in &case.ones {
            let found = curve.probability(point);
            assert_eq!(found, 1.0 - least, "{} at {point}", case.name);
        }
    }
    assert!(cases.iter().any(|case| !case.zeros.is_empty()));
    assert!(cases.iter().any(|case| !case.ones.is_empty()));
}

#[test]
fn beta_equals_the_recipe_of_its_authors() {
    #[derive(Deserialize)]
    struct Case {
        name: String,
        margins: Vec<f64>,
        labels: Vec<bool>,
        low: f64,
        high: f64,
        intercept: f64,
    }
    for case in fixture::<Vec<Case>>("beta") {
        let curve = Curve::fit(Method::Beta, &case.margins, &case.labels).unwrap();
        let Curve::Beta(found) = curve else {
            panic!("{}: {curve:?}", case.name);
        };
        close(found.low, case.low, 1e-6);
        close(found.high, case.high, 1e-6);
        close(found.intercept, case.intercept, 1e-6);
    }
}

#[test]
fn the_line_of_calibration_equals_statsmodels() {
    #[derive(Deserialize)]
    struct Case {
        probabilities: Vec<f64>,
        labels: Vec<bool>,
        slope: [f64; 3],
        intercept: [f64; 3],
        level: [f64; 3],
    }
    let same = |found: Coefficient, [value, lo, hi]: [f64; 3]| {
        close(found.value, value, 1e-8);
        close(found.interval.lo, lo, 1e-8);
        close(found.interval.hi, hi, 1e-8);
    };
    for case in fixture::<Vec<Case>>("calibration_line") {
        let line = calibration_line(&case.labels, &case.probabilities).unwrap();
        same(line.slope, case.slope);
        same(line.intercept, case.intercept);
        same(line.level, case.level);
    }
}

#[test]
fn bins_of_reliability_equal_scikit_learn() {
    #[derive(Deserialize)]
    struct Case {
        probabilities: Vec<f64>,
        labels: Vec<bool>,
        bins: usize,
        mass: Vec<[f64; 2]>,
        width: Vec<[f64; 2]>,
    }
    let same = |found: Vec<ReliabilityBin>, expected: Vec<[f64; 2]>| {
        assert_eq!(found.len(), expected.len());
        for (bin, [mean, observed]) in found.iter().zip(expected) {
            close(bin.mean_probability, mean, 1e-12);
            close(bin.observed.value, observed, 1e-12);
            let wilson = proportion::wilson(bin.positives, bin.n, 0.95);
            assert_eq!(bin.observed.interval(), wilson);
        }
    };
    for case in fixture::<Vec<Case>>("reliability") {
        let (labels, probabilities) = (&case.labels, &case.probabilities);
        same(reliability(labels, probabilities, case.bins), case.mass);
        same(
            reliability_by_width(labels, probabilities, case.bins),
            case.width,
        );
    }
}
