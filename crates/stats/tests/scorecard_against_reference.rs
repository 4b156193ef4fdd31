//! Values of optbinning, scikit-learn, statsmodels and NumPy, made by
//! `reference/make_scorecard_fixtures.py`.

mod common;

use common::{close, fixture};
use leadrank_stats::binning::{Binning, MonotoneOptions};
use leadrank_stats::evaluation::EvaluationOptions;
use leadrank_stats::logistic::{Logistic, LogisticOptions};
use leadrank_stats::paired::{Metric, Scores, compare};
use serde::Deserialize;

/// Without smoothing, as optbinning has it.
fn plain_iv(binning: &Binning) -> f64 {
    let positives: u64 = binning.bins.iter().map(|bin| bin.rate.positives).sum();
    let n: u64 = binning.bins.iter().map(|bin| bin.rate.n).sum();
    binning
        .bins
        .iter()
        .map(|bin| {
            let positive = bin.rate.positives as f64 / positives as f64;
            let negative = (bin.rate.n - bin.rate.positives) as f64 / (n - positives) as f64;
            (positive - negative) * (positive / negative).ln()
        })
        .sum()
}

#[test]
fn monotone_bins_are_as_good_as_those_of_optbinning() {
    #[derive(Deserialize)]
    struct Case {
        name: String,
        values: Vec<Option<f64>>,
        labels: Vec<bool>,
        bins: usize,
        iv: f64,
        value_bins: usize,
    }
    for case in fixture::<Vec<Case>>("monotone") {
        let values: Vec<f64> = case.values.iter().map(|v| v.unwrap_or(f64::NAN)).collect();
        let options = MonotoneOptions {
            bins: case.bins,
            ..MonotoneOptions::default()
        };
        let found = Binning::fit_monotone(&values, &case.labels, &options).unwrap();
        let iv = plain_iv(&found);
        // Smoothing decides between divisions that are almost as good.
        assert!(iv >= 0.99 * case.iv, "{}: {iv} < {}", case.name, case.iv);
        assert!(iv <= case.iv + 1e-9, "{}: {iv} > {}", case.name, case.iv);
        let bins = found.edges.len() + 1;
        assert!(
            bins <= case.bins && bins.abs_diff(case.value_bins) <= 1,
            "{}",
            case.name
        );
    }
}

#[test]
fn logistic_equals_scikit_learn_and_statsmodels() {
    #[derive(Deserialize)]
    struct Fit {
        c: f64,
        standardise: bool,
        coefficients: Vec<f64>,
        intercept: f64,
    }
    #[derive(Deserialize)]
    struct Free {
        intercept: f64,
        coefficients: Vec<f64>,
        intercept_error: f64,
        errors: Vec<f64>,
    }
    #[derive(Deserialize)]
    struct Case {
        columns: Vec<Vec<f64>>,
        labels: Vec<bool>,
        fits: Vec<Fit>,
        free: Option<Free>,
    }
    let all_close = |found: &[f64], expected: &[f64]| {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            close(found / expected, 1.0, 1e-6);
        }
    };
    for case in fixture::<Vec<Case>>("logistic") {
        let columns: Vec<&[f64]> = case.columns.iter().map(Vec::as_slice).collect();
        for expected in &case.fits {
            let options = LogisticOptions {
                penalty: 1.0 / expected.c,
                standardise: expected.standardise,
            };
            let found = Logistic::fit(&columns, &case.labels, &options).unwrap();
            all_close(&found.coefficients, &expected.coefficients);
            close(found.intercept, expected.intercept, 1e-6);
            assert!(found.standard_errors.is_none());
        }
        let free = LogisticOptions {
            penalty: 0.0,
            ..LogisticOptions::default()
        };
        let found = Logistic::fit(&columns, &case.labels, &free);
        let Some(expected) = &case.free else {
            assert!(found.is_err());
            continue;
        };
        let found = found.unwrap();
        all_close(&found.coefficients, &expected.coefficients);
        close(found.intercept, expected.intercept, 1e-6);
        let errors = found.standard_errors.unwrap();
        all_close(&errors.coefficients, &expected.errors);
        close(errors.intercept, expected.intercept_error, 1e-6);
    }
}

#[test]
fn paired_differences_spread_as_delong_says() {
    #[derive(Deserialize)]
    struct Case {
        labels: Vec<bool>,
        reference: Vec<f64>,
        other: Vec<f64>,
        difference: f64,
        error: f64,
    }
    let options = EvaluationOptions {
        replicates: 4000,
        ..EvaluationOptions::default()
    };
    for case in fixture::<Vec<Case>>("paired") {
        let half = vec![0.5; case.labels.len()];
        let scores = |scores| Scores {
            scores,
            probabilities: &half,
        };
        let found = compare(
            &case.labels,
            &scores(&case.reference),
            &[scores(&case.other)],
            &options,
        )
        .unwrap()[0][0];
        assert_eq!(found.metric, Metric::AucRoc);
        close(found.difference, case.difference, 1e-12);
        let ratio = (found.hi - found.lo) / (2.0 * 1.959964 * case.error);
        assert!((ratio - 1.0).abs() < 0.06, "{ratio}");
        let middle = (found.hi + found.lo) / 2.0;
        assert!(
            (middle - case.difference).abs() < 0.15 * case.error,
            "{found:?}"
        );
    }
}
