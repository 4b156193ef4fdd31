use proptest::prelude::*;
use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;

fn free() -> LogisticOptions {
    LogisticOptions {
        penalty: 0.0,
        ..LogisticOptions::default()
    }
}

/// Uniform columns, and labels that lean on the first.
fn rows(n: usize, columns: usize) -> (Vec<Vec<f64>>, Vec<bool>) {
    let mut generator = ChaCha8Rng::seed_from_u64(1);
    let mut uniform = || f64::from(generator.next_u32()) / f64::from(1_u32 << 31) - 1.0;
    let values: Vec<Vec<f64>> = (0..columns)
        .map(|_| (0..n).map(|_| uniform()).collect())
        .collect();
    let labels = values[0].iter().map(|x| uniform() < x - 0.3).collect();
    (values, labels)
}

fn slices(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}

/// Odds of 1 and 3; the standard errors are those of log-odds of counts.
#[test]
fn two_groups_by_hand() {
    let flag = [0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    let labels = [true, false, true, true, true, false];
    let fitted = Logistic::fit(&[&flag], &labels, &free()).unwrap();
    assert!(fitted.intercept.abs() < 1e-12);
    let errors = fitted.standard_errors.unwrap();
    assert!((errors.intercept - 2_f64.sqrt()).abs() < 1e-9);
    let both: f64 = 1.0 + 1.0 + 1.0 / 3.0 + 1.0;
    assert!((errors.coefficients[0] - both.sqrt()).abs() < 1e-9);
}

#[test]
fn no_columns_give_the_log_odds() {
    let fitted = Logistic::fit(&[], &[true, false, false, false], &free()).unwrap();
    assert!((fitted.intercept + 3_f64.ln()).abs() < 1e-12);
    assert_eq!(fitted.margin([]), fitted.intercept);
}

#[test]
fn a_constant_column_weighs_nothing() {
    let labels = [true, false, false, true];
    let columns: [&[f64]; 2] = [&[5.0; 4], &[1.0, 2.0, 3.0, 4.0]];
    let fitted = Logistic::fit(&columns, &labels, &LogisticOptions::default()).unwrap();
    assert_eq!(fitted.coefficients[0], 0.0);
    let error = Logistic::fit(&columns, &labels, &free()).unwrap_err();
    assert_eq!(error, Error::Collinear { column: 0 });
}

#[test]
fn copies_share_the_weight() {
    let (columns, labels) = rows(500, 2);
    let fit = |columns: &[&[f64]], penalty| {
        let options = LogisticOptions {
            penalty,
            standardise: true,
        };
        Logistic::fit(columns, &labels, &options)
    };
    // Two halves cost half the penalty of the whole.
    let one = fit(&[&columns[0]], 0.5).unwrap();
    let two = fit(&[&columns[0], &columns[0]], 1.0).unwrap();
    for coefficient in &two.coefficients {
        assert!((coefficient - one.coefficients[0] / 2.0).abs() < 1e-9);
    }
    let copied = [columns[0].clone(), columns[1].clone(), columns[0].clone()];
    let error = Logistic::fit(&slices(&copied), &labels, &free()).unwrap_err();
    assert_eq!(error, Error::Collinear { column: 2 });
    assert!(fit(&slices(&copied), 1e-300).is_err());
}

#[test]
fn separated_classes_stay_finite_with_a_penalty_only() {
    for gap in [1e-6, 1.0, 1e6] {
        let column: Vec<f64> = (0..100).map(|row| f64::from(row / 50) * gap).collect();
        let labels: Vec<bool> = (0..100).map(|row| row >= 50).collect();
        let fitted = Logistic::fit(&[&column], &labels, &LogisticOptions::default()).unwrap();
        let weight = fitted.coefficients[0] * gap;
        assert!((1.0..100.0).contains(&weight), "{weight}");
        let small = LogisticOptions {
            penalty: 1e-9,
            ..LogisticOptions::default()
        };
        let fitted = Logistic::fit(&[&column], &labels, &small).unwrap();
        assert!((10.0..1000.0).contains(&(fitted.coefficients[0] * gap)));
        let error = Logistic::fit(&[&column], &labels, &free()).unwrap_err();
        assert_eq!(error, Error::Separated);
    }
    // Separated but for one value that both classes have.
    let column: Vec<f64> = (0..100)
        .map(|row| f64::from((row - 50_i32).signum()))
        .collect();
    let mut labels: Vec<bool> = (0..100).map(|row| row > 50).collect();
    labels.extend([true, false]);
    let column = [column, vec![0.0, 0.0]].concat();
    let error = Logistic::fit(&[&column], &labels, &free()).unwrap_err();
    assert_eq!(error, Error::Separated);
}

#[test]
fn units_do_not_matter_where_columns_are_standardised() {
    let (columns, labels) = rows(400, 3);
    let plain = Logistic::fit(&slices(&columns), &labels, &LogisticOptions::default()).unwrap();
    let scaled: Vec<Vec<f64>> = columns
        .iter()
        .zip([1e9, 1e-9, 1.0])
        .map(|(column, unit)| {
            column
                .iter()
                .map(|value| value * unit + 3.0 * unit)
                .collect()
        })
        .collect();
    let other = Logistic::fit(&slices(&scaled), &labels, &LogisticOptions::default()).unwrap();
    for (row, _) in labels.iter().enumerate() {
        let margin = |fitted: &Logistic, columns: &[Vec<f64>]| {
            fitted.margin(columns.iter().map(|column| column[row]))
        };
        assert!((margin(&plain, &columns) - margin(&other, &scaled)).abs() < 1e-9);
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let (columns, labels) = rows(10_000, 20);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let fitted = Logistic::fit(&slices(&columns), &labels, &free()).unwrap();
            serde_json::to_string(&fitted).unwrap()
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(3));
}

#[test]
fn refuses_what_cannot_be_fitted() {
    let message = |columns: &[&[f64]], labels: &[bool], penalty: f64| {
        let options = LogisticOptions {
            penalty,
            ..LogisticOptions::default()
        };
        Logistic::fit(columns, labels, &options)
            .unwrap_err()
            .to_string()
    };
    assert!(message(&[], &[], 1.0).contains("at least one row"));
    assert!(message(&[&[1.0, 2.0]], &[true, true], 1.0).contains("both classes"));
    assert!(message(&[&[1.0]], &[true, false], 1.0).contains("a column has 1 values"));
    assert!(message(&[&[1.0, f64::NAN]], &[true, false], 1.0).contains("row 1"));
    assert!(message(&[&[1e300, -1e300]], &[true, false], 1.0).contains("too large"));
    for penalty in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(message(&[&[1.0, 2.0]], &[true, false], penalty).contains("the penalty"));
    }
    assert!(message(&[&[1.0, 2.0]], &[true, false], 0.0).contains("set a penalty"));
    assert!(message(&[&[1.0, 1.0]], &[true, false], 0.0).contains("column 0"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// At the optimum the gradient vanishes, whatever the columns.
    #[test]
    fn the_gradient_vanishes(
        rows in prop::collection::vec(
            (any::<bool>(), -3_i32..4, prop_oneof![-1e3..1e3_f64, Just(0.0)], -1.0..1.0_f64), 2..60),
        penalty in prop_oneof![Just(1.0), 1e-3..100.0_f64],
        standardise: bool,
    ) {
        let labels: Vec<bool> = rows.iter().map(|row| row.0).collect();
        let positives = labels.iter().filter(|&&label| label).count();
        prop_assume!(positives > 0 && positives < labels.len());
        let columns = [
            rows.iter().map(|row| f64::from(row.1)).collect::<Vec<f64>>(),
            rows.iter().map(|row| row.2).collect(),
            rows.iter().map(|row| row.3).collect(),
        ];
        let options = LogisticOptions { penalty, standardise };
        let fitted = Logistic::fit(&slices(&columns), &labels, &options).unwrap();
        let n = labels.len() as f64;
        let residuals: Vec<f64> = (0..labels.len()).map(|row| {
            let margin = fitted.margin(columns.iter().map(|column| column[row]));
            1.0 / (1.0 + (-margin).exp()) - f64::from(u8::from(labels[row]))
        }).collect();
        prop_assert!(residuals.iter().sum::<f64>().abs() < 1e-7);
        for (column, weight) in columns.iter().zip(&fitted.coefficients) {
            let mean = column.iter().sum::<f64>() / n;
            let variance = column.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
            let of_loss: f64 = column.iter().zip(&residuals).map(|(x, r)| (x - mean) * r).sum();
            let scale = variance.sqrt().max(1e-3);
            let strength = if standardise { penalty * variance } else { penalty };
            if variance > 0.0 {
                let gradient = (of_loss + strength * weight) / scale;
                prop_assert!(gradient.abs() < 1e-6, "{gradient}");
            }
        }
    }
}
