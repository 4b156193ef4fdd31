//! What must hold for any columns.

use leadrank_stats::binning::Binning;
use leadrank_stats::correlation::{pearson, spearman};
use leadrank_stats::{auc, ranking, vif};
use proptest::prelude::*;

/// Rows of a column with nulls and ties, and labels.
fn rows() -> impl Strategy<Value = (Vec<f64>, Vec<bool>)> {
    let value = prop_oneof![
        1 => Just(f64::NAN),
        3 => (-3_i32..4).prop_map(f64::from),
        3 => -3.0..3.0_f64,
    ];
    prop::collection::vec((value, any::<bool>()), 1..80).prop_map(|rows| rows.into_iter().unzip())
}

/// Columns of the same rows, with nulls and ties.
fn columns() -> impl Strategy<Value = Vec<Vec<f64>>> {
    let value = prop_oneof![1 => Just(f64::NAN), 5 => (-4_i32..5).prop_map(f64::from)];
    (1_usize..40).prop_flat_map(move |rows| {
        prop::collection::vec(prop::collection::vec(value.clone(), rows), 1..12)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_binning_holds_every_row((values, labels) in rows(), bins in 1_usize..12) {
        let positives = labels.iter().filter(|&&label| label).count();
        prop_assume!(positives > 0 && positives < labels.len());
        let binning = Binning::fit(&values, &labels, bins).unwrap();
        prop_assert!(binning.edges.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(binning.edges.len() < bins);
        prop_assert!(binning.bins.iter().all(|bin| bin.rate.n > 0 && bin.iv >= 0.0));
        prop_assert_eq!(binning.bins.iter().map(|bin| bin.rate.n).sum::<u64>(), labels.len() as u64);
        let sum: u64 = binning.bins.iter().map(|bin| bin.rate.positives).sum();
        prop_assert_eq!(sum, positives as u64);
        prop_assert!(values.iter().all(|&value| binning.woe(value).is_some_and(f64::is_finite)));
        // Turning the outcome round turns the evidence and leaves its value.
        let turned: Vec<bool> = labels.iter().map(|label| !label).collect();
        let turned = Binning::fit(&values, &turned, bins).unwrap();
        prop_assert!((turned.iv - binning.iv).abs() < 1e-12);
        for (one, other) in binning.bins.iter().zip(&turned.bins) {
            prop_assert!((one.woe + other.woe).abs() < 1e-12);
        }
    }

    #[test]
    fn delong_holds_the_area((values, labels) in rows(), confidence in 0.01..0.999) {
        let scores: Vec<f64> =
            values.iter().map(|value| if value.is_nan() { -9.0 } else { *value }).collect();
        if let Some(found) = auc::delong(&labels, &scores, confidence) {
            prop_assert!((found.value - ranking::auc_roc(&labels, &scores).unwrap()).abs() < 1e-12);
            prop_assert!(0.0 <= found.lo && found.lo <= found.value);
            prop_assert!(found.value <= found.hi && found.hi <= 1.0);
            let turned: Vec<f64> = scores.iter().map(|score| -score).collect();
            let turned = auc::delong(&labels, &turned, confidence).unwrap();
            prop_assert!((turned.lo - (1.0 - found.hi)).abs() < 1e-12);
        }
    }

    #[test]
    fn correlations_are_symmetric_and_see_no_unit(
        columns in columns(), factor in 0.01..100.0, shift in -50.0..50.0
    ) {
        let given: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let scaled: Vec<Vec<f64>> = columns
            .iter()
            .map(|column| column.iter().map(|value| factor * value + shift).collect())
            .collect();
        let scaled: Vec<&[f64]> = scaled.iter().map(Vec::as_slice).collect();
        for matrices in [
            [pearson(&given).unwrap(), pearson(&scaled).unwrap()],
            [spearman(&given).unwrap(), spearman(&scaled).unwrap()],
        ] {
            let [matrix, other] = matrices;
            prop_assert_eq!(&matrix.rows, &other.rows);
            for i in 0..matrix.size {
                prop_assert!(matrix.get(i, i).is_none_or(|r| r == 1.0));
                for j in 0..matrix.size {
                    prop_assert_eq!(matrix.get(i, j), matrix.get(j, i));
                    let (r, s) = (matrix.get(i, j), other.get(i, j));
                    prop_assert_eq!(r.is_some(), s.is_some());
                    prop_assert!((r.unwrap_or(0.0) - s.unwrap_or(0.0)).abs() < 1e-9);
                    prop_assert!(r.is_none_or(|r| r.abs() <= 1.0));
                }
            }
        }
    }

    #[test]
    fn every_column_has_its_place_in_the_screen(columns in columns(), limit in 1.0..20.0) {
        let given: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        if let Ok(found) = vif::screen(&given, &vec![0.1; given.len()], limit) {
            let mut places = found.constant.clone();
            places.extend(found.removed.iter().chain(&found.kept).map(|column| column.column));
            places.sort_unstable();
            prop_assert_eq!(places, (0..given.len()).collect::<Vec<_>>());
            prop_assert!(found.kept.iter().all(|kept| kept.vif >= 1.0 && kept.vif < limit));
            prop_assert!(found.removed.iter().all(|removed| removed.vif >= limit));
        }
    }
}
