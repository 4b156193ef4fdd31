//! Values of NumPy, SciPy, pandas, statsmodels and optbinning, made by
//! `reference/make_screen_fixtures.py`.

mod common;

use common::{close, fixture};
use leadrank_stats::association::{TwoByTwo, independence, mantel_haenszel, odds_ratio};
use leadrank_stats::binning::{BinRange, Binning, information_value};
use leadrank_stats::correlation::{CorrelationMatrix, pearson, spearman};
use leadrank_stats::describe::describe;
use leadrank_stats::drift::{kolmogorov_smirnov, psi_by_chance};
use leadrank_stats::{auc, chi_square, gamma, multiple, normal, power, proportion, vif};
use serde::Deserialize;

/// A column as stored: null is NaN.
fn column(stored: &[Option<f64>]) -> Vec<f64> {
    stored
        .iter()
        .map(|value| value.unwrap_or(f64::NAN))
        .collect()
}

#[test]
fn binning_equals_numpy_and_optbinning() {
    #[derive(Deserialize)]
    struct Case {
        values: Vec<Option<f64>>,
        labels: Vec<bool>,
        bins: usize,
        edges: Vec<f64>,
        n: Vec<u64>,
        positives: Vec<u64>,
        woe: Vec<f64>,
        iv: f64,
        optbinning_woe: Option<Vec<f64>>,
        optbinning_iv: Option<f64>,
    }
    let mut others = 0;
    for case in fixture::<Vec<Case>>("binning") {
        let values = column(&case.values);
        let found = Binning::fit(&values, &case.labels, case.bins).unwrap();
        assert_eq!(found.edges.len(), case.edges.len());
        for (found, expected) in found.edges.iter().zip(&case.edges) {
            close(*found, *expected, 1e-14);
        }
        let n: Vec<u64> = found.bins.iter().map(|bin| bin.rate.n).collect();
        assert_eq!(n, case.n);
        let positives: Vec<u64> = found.bins.iter().map(|bin| bin.rate.positives).collect();
        assert_eq!(positives, case.positives);
        for (found, expected) in found.bins.iter().zip(&case.woe) {
            close(found.woe, *expected, 1e-13);
        }
        close(found.iv, case.iv, 1e-13);
        if let (Some(woe), Some(iv)) = (&case.optbinning_woe, case.optbinning_iv) {
            assert_eq!(found.bins.len(), woe.len());
            for (found, expected) in found.bins.iter().zip(woe) {
                close(found.woe, *expected, 1e-13);
            }
            close(found.iv, iv, 1e-13);
            others += 1;
        }
        let nulls = values.iter().filter(|value| value.is_nan()).count() as u64;
        let null_bin = found.bins.iter().find(|bin| bin.range == BinRange::Null);
        assert_eq!(null_bin.map_or(0, |bin| bin.rate.n), nulls);
    }
    assert!(others >= 5, "only {others} compared with optbinning");
}

#[test]
fn the_chance_level_of_the_information_value_is_what_simulation_shows() {
    for (n, positives, bins, mean) in fixture::<Vec<(u64, u64, u64, f64)>>("binning_chance") {
        let size = n / bins;
        let mut groups = vec![(size, positives / bins); bins as usize];
        groups[0].1 += positives % bins;
        let chance = information_value(&groups).unwrap().chance;
        assert!((chance / mean - 1.0).abs() < 0.03, "{chance} is not {mean}");
    }
}

#[test]
fn delong_equals_the_components_of_all_pairs() {
    #[derive(Deserialize)]
    struct Case {
        labels: Vec<bool>,
        scores: Vec<f64>,
        auc: f64,
        standard_error: f64,
    }
    for case in fixture::<Vec<Case>>("delong") {
        let found = auc::delong(&case.labels, &case.scores, 0.9).unwrap();
        let half = normal::quantile(0.95).unwrap() * case.standard_error;
        close(found.value, case.auc, 1e-13);
        close(found.lo, case.auc - half, 1e-13);
        close(found.hi, (case.auc + half).min(1.0), 1e-13);
    }
}

#[test]
fn correlations_equal_pandas() {
    #[derive(Deserialize)]
    struct Case {
        columns: Vec<Vec<Option<f64>>>,
        pearson: Vec<Option<f64>>,
        spearman: Vec<Option<f64>>,
        rows: Vec<u64>,
    }
    let case = fixture::<Case>("correlation");
    let columns: Vec<Vec<f64>> = case.columns.iter().map(|stored| column(stored)).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let compare = |found: &CorrelationMatrix, expected: &[Option<f64>]| {
        assert_eq!(found.rows, case.rows);
        for (found, expected) in found.values.iter().zip(expected) {
            assert_eq!(found.is_some(), expected.is_some());
            close(found.unwrap_or(0.0), expected.unwrap_or(0.0), 1e-12);
        }
    };
    compare(&pearson(&columns).unwrap(), &case.pearson);
    compare(&spearman(&columns).unwrap(), &case.spearman);
}

#[test]
fn variance_inflation_equals_statsmodels() {
    #[derive(Deserialize)]
    struct Case {
        columns: Vec<Vec<Option<f64>>>,
        information: Vec<f64>,
        rows: u64,
        steps: Vec<(usize, Option<f64>)>,
        kept: Vec<usize>,
        factors: Vec<f64>,
    }
    for case in fixture::<Vec<Case>>("vif") {
        let columns: Vec<Vec<f64>> = case.columns.iter().map(|stored| column(stored)).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let found = vif::screen(&columns, &case.information, 10.0).unwrap();
        assert_eq!(found.rows, case.rows);
        assert_eq!(found.removed.len(), case.steps.len());
        for (found, &(column, factor)) in found.removed.iter().zip(&case.steps) {
            assert_eq!(found.column, column);
            match factor {
                Some(factor) => close(found.vif / factor, 1.0, 1e-7),
                None => assert_eq!(found.vif, f64::INFINITY),
            }
        }
        let kept: Vec<usize> = found.kept.iter().map(|kept| kept.column).collect();
        assert_eq!(kept, case.kept);
        for (found, expected) in found.kept.iter().zip(&case.factors) {
            close(found.vif, *expected, 1e-10);
        }
    }
}

#[test]
fn distributions_equal_scipy() {
    #[derive(Deserialize)]
    struct Gamma {
        points: Vec<(f64, f64, f64, f64)>,
        ln: Vec<(f64, f64)>,
    }
    let relative = |found: f64, expected: f64, tolerance: f64| {
        // Below what any p-value needs, SciPy's own digits are few.
        if expected > 1e-200 {
            assert!(
                (found / expected - 1.0).abs() < tolerance,
                "{found} is not {expected}"
            );
        } else {
            assert!(found < 1e-199, "{found} is not {expected}");
        }
    };
    let expected = fixture::<Gamma>("gamma");
    for (a, x, lower, upper) in expected.points {
        relative(gamma::lower(a, x).unwrap(), lower, 1e-10);
        relative(gamma::upper(a, x).unwrap(), upper, 1e-10);
    }
    for (x, ln) in expected.ln {
        close(gamma::ln(x).unwrap(), ln, 1e-14);
    }
    for (p, degrees_of_freedom, expected) in fixture::<Vec<(f64, u64, f64)>>("chi_square") {
        let found = chi_square::quantile(p, degrees_of_freedom).unwrap();
        relative(found, expected, 1e-11);
    }
    for (z, expected) in fixture::<Vec<(f64, f64)>>("normal_cdf") {
        relative(normal::cdf(z), expected, 1e-12);
    }
}

#[test]
fn association_equals_scipy_and_statsmodels() {
    #[derive(Deserialize)]
    struct Table {
        table: Vec<Vec<u64>>,
        statistic: f64,
        p_value: f64,
        degrees_of_freedom: u64,
        least_expected: f64,
        cramers_v: f64,
    }
    #[derive(Deserialize)]
    struct Strata {
        tables: Vec<[u64; 4]>,
        ratio: f64,
        interval: (f64, f64),
        statistic: f64,
        p_value: f64,
    }
    #[derive(Deserialize)]
    struct Expected {
        tables: Vec<Table>,
        ratios: Vec<([u64; 4], f64, f64, f64, f64)>,
        strata: Vec<Strata>,
        differences: Vec<(u64, u64, u64, u64, f64, f64)>,
    }
    let two_by_two =
        |[positives, negatives, other_positives, other_negatives]: [u64; 4]| TwoByTwo {
            positives,
            negatives,
            other_positives,
            other_negatives,
        };
    let expected = fixture::<Expected>("association");
    for case in expected.tables {
        let found = independence(&case.table).unwrap();
        assert_eq!(found.degrees_of_freedom, case.degrees_of_freedom);
        close(found.statistic, case.statistic, 1e-13);
        close(found.p_value / case.p_value, 1.0, 1e-11);
        close(found.least_expected, case.least_expected, 1e-13);
        close(found.cramers_v, case.cramers_v, 1e-13);
    }
    for (cells, confidence, ratio, lo, hi) in expected.ratios {
        let found = odds_ratio(&two_by_two(cells), confidence).unwrap();
        close(found.value, ratio, 1e-13);
        close(found.lo, lo, 1e-13);
        close(found.hi, hi, 1e-13);
    }
    for case in expected.strata {
        let strata: Vec<TwoByTwo> = case.tables.iter().map(|cells| two_by_two(*cells)).collect();
        let found = mantel_haenszel(&strata, 0.95).unwrap();
        let ratio = found.odds_ratio.unwrap();
        close(ratio.value, case.ratio, 1e-13);
        close(ratio.lo, case.interval.0, 1e-13);
        close(ratio.hi, case.interval.1, 1e-13);
        close(found.statistic, case.statistic, 1e-12);
        close(found.p_value, case.p_value, 1e-12);
    }
    for (successes, n, other, m, lo, hi) in expected.differences {
        let found = proportion::difference((successes, n), (other, m), 0.95).unwrap();
        close(found.lo, lo, 1e-13);
        close(found.hi, hi, 1e-13);
    }
}

#[test]
fn kolmogorov_smirnov_equals_scipy() {
    #[derive(Deserialize)]
    struct Case {
        one: Vec<Option<f64>>,
        two: Vec<f64>,
        statistic: f64,
        p_value: f64,
    }
    for case in fixture::<Vec<Case>>("kolmogorov_smirnov") {
        let found = kolmogorov_smirnov(&column(&case.one), &case.two).unwrap();
        close(found.statistic, case.statistic, 1e-14);
        close(found.p_value / case.p_value, 1.0, 1e-11);
    }
}

#[test]
fn the_stability_index_by_chance_is_what_simulation_shows() {
    for (bins, n, m, mean, upper) in fixture::<Vec<(u64, u64, u64, f64, f64)>>("psi_by_chance") {
        let found = psi_by_chance(bins, n, m, 0.05).unwrap();
        assert!(
            (found.mean / mean - 1.0).abs() < 0.02,
            "{found:?}, not {mean}"
        );
        assert!(
            (found.upper / upper - 1.0).abs() < 0.03,
            "{found:?}, not {upper}"
        );
    }
}

#[test]
fn descriptions_equal_pandas() {
    #[derive(Deserialize)]
    struct Case {
        values: Vec<Option<f64>>,
        nulls: u64,
        distinct: u64,
        zeros: u64,
        quantiles: [f64; 9],
        mean: f64,
        standard_deviation: f64,
        skewness: f64,
        tukey: (u64, u64),
        mad: f64,
        robust_z: (u64, u64),
    }
    for case in fixture::<Vec<Case>>("description") {
        let found = describe(&column(&case.values));
        assert_eq!(found.n, case.values.len() as u64);
        assert_eq!(
            (found.nulls, found.distinct, found.zeros),
            (case.nulls, case.distinct, case.zeros)
        );
        let found = found.values.unwrap();
        let quantiles = [
            found.min, found.p1, found.p5, found.p25, found.p50, found.p75, found.p95, found.p99,
            found.max,
        ];
        for (found, expected) in quantiles.iter().zip(case.quantiles) {
            close(*found, expected, 1e-14);
        }
        close(found.mean, case.mean, 1e-14);
        close(
            found.standard_deviation.unwrap(),
            case.standard_deviation,
            1e-12,
        );
        close(found.skewness.unwrap(), case.skewness, 1e-10);
        close(found.robust_z.spread, case.mad, 1e-12);
        let tukey = found.tukey.fences.unwrap();
        assert_eq!((tukey.below, tukey.above), case.tukey);
        let robust = found.robust_z.fences.unwrap();
        assert_eq!((robust.below, robust.above), case.robust_z);
    }
}

#[test]
fn adjusted_p_values_equal_statsmodels() {
    #[derive(Deserialize)]
    struct Case {
        p_values: Vec<f64>,
        holm: Vec<f64>,
        benjamini_hochberg: Vec<f64>,
    }
    for case in fixture::<Vec<Case>>("multiple") {
        let holm = multiple::holm(&case.p_values).unwrap();
        let hochberg = multiple::benjamini_hochberg(&case.p_values).unwrap();
        assert_eq!(holm.len(), case.holm.len());
        for (found, expected) in holm.iter().zip(&case.holm) {
            close(*found, *expected, 1e-14);
        }
        for (found, expected) in hochberg.iter().zip(&case.benjamini_hochberg) {
            close(*found, *expected, 1e-14);
        }
    }
}

#[test]
fn power_equals_statsmodels() {
    for (base, other, rows, power_at_400) in fixture::<Vec<(f64, f64, f64, f64)>>("power") {
        let found = power::rows_per_arm(base, other, 0.05, 0.8).unwrap();
        close(found / rows, 1.0, 1e-10);
        let found = power::power_of_rates(base, other, 400.0, 0.05).unwrap();
        close(found, power_at_400, 1e-12);
    }
}
