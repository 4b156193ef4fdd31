//! What must hold for any columns.

use leadrank_stats::binning::Binning;
use leadrank_stats::{auc, ranking};
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
}
