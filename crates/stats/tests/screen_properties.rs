//! What must hold for any columns.

use leadrank_stats::association::{TwoByTwo, independence, mantel_haenszel, odds_ratio};
use leadrank_stats::binning::Binning;
use leadrank_stats::correlation::{pearson, spearman};
use leadrank_stats::describe::describe;
use leadrank_stats::drift::kolmogorov_smirnov;
use leadrank_stats::{auc, chi_square, gamma, multiple, normal, proportion, ranking, vif};
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

    #[test]
    fn tails_fill_the_whole(a in 0.01..3000.0, part in 0.0..3.0, step in 0.0..1.0) {
        let x = a * part;
        let (lower, upper) = (gamma::lower(a, x).unwrap(), gamma::upper(a, x).unwrap());
        prop_assert!((lower + upper - 1.0).abs() < 1e-14);
        prop_assert!(gamma::lower(a, x + step).unwrap() >= lower - 1e-14);
    }

    #[test]
    fn quantiles_turn_probabilities_round(
        p in 1e-9..0.999999, degrees_of_freedom in 1_u64..400, z in -8.0..8.0
    ) {
        let x = chi_square::quantile(p, degrees_of_freedom).unwrap();
        prop_assert!((1.0 - chi_square::survival(x, degrees_of_freedom).unwrap() - p).abs() < 1e-11);
        prop_assert!((normal::cdf(normal::quantile(p).unwrap()) / p - 1.0).abs() < 1e-12);
        prop_assert!((normal::cdf(z) + normal::cdf(-z) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_turned_table_is_the_same_table(cells in prop::collection::vec(0_u64..30, 6)) {
        let table: Vec<Vec<u64>> = cells.chunks(3).map(<[u64]>::to_vec).collect();
        let turned: Vec<Vec<u64>> = (0..3).map(|i| vec![cells[i], cells[i + 3]]).collect();
        match (independence(&table), independence(&turned)) {
            (Some(one), Some(other)) => {
                prop_assert!((one.statistic - other.statistic).abs() < 1e-10);
                prop_assert!((0.0..=1.0).contains(&one.cramers_v));
                prop_assert!((0.0..=1.0).contains(&one.p_value));
            }
            (one, other) => prop_assert_eq!(one, other),
        }
    }

    #[test]
    fn one_stratum_has_its_own_ratio(cells in prop::array::uniform4(1_u64..50)) {
        let [positives, negatives, other_positives, other_negatives] = cells;
        let table = TwoByTwo { positives, negatives, other_positives, other_negatives };
        let single = odds_ratio(&table, 0.9).unwrap();
        let common = mantel_haenszel(&[table], 0.9).unwrap().odds_ratio.unwrap();
        for (one, other) in
            [(single.value, common.value), (single.lo, common.lo), (single.hi, common.hi)]
        {
            prop_assert!((one / other - 1.0).abs() < 1e-12);
        }
        let turned = TwoByTwo {
            positives: other_positives,
            negatives: other_negatives,
            other_positives: positives,
            other_negatives: negatives,
        };
        prop_assert!((odds_ratio(&turned, 0.9).unwrap().hi * single.lo - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_difference_lies_in_its_interval(n in 1_u64..500, m in 1_u64..500, a in 0.0..=1.0, b in 0.0..=1.0) {
        let (group, other) = (((a * n as f64) as u64, n), ((b * m as f64) as u64, m));
        let found = proportion::difference(group, other, 0.95).unwrap();
        prop_assert!(-1.0 <= found.lo && found.lo <= found.value);
        prop_assert!(found.value <= found.hi && found.hi <= 1.0);
        let turned = proportion::difference(other, group, 0.95).unwrap();
        prop_assert!((turned.lo + found.hi).abs() < 1e-14);
    }

    #[test]
    fn samples_are_as_far_apart_either_way((one, _) in rows(), (two, _) in rows()) {
        let (there, back) = (kolmogorov_smirnov(&one, &two), kolmogorov_smirnov(&two, &one));
        prop_assert_eq!(there.is_some(), back.is_some());
        if let (Some(there), Some(back)) = (there, back) {
            prop_assert_eq!(there.statistic, back.statistic);
            prop_assert!((0.0..=1.0).contains(&there.statistic));
            prop_assert!((0.0..=1.0).contains(&there.p_value));
        }
        if let Some(same) = kolmogorov_smirnov(&one, &one) {
            prop_assert_eq!((same.statistic, same.p_value), (0.0, 1.0));
        }
    }

    #[test]
    fn a_description_is_in_order((values, _) in rows()) {
        let found = describe(&values);
        if let Some(v) = found.values {
            let ascending = [v.min, v.p1, v.p5, v.p25, v.p50, v.p75, v.p95, v.p99, v.max];
            prop_assert!(ascending.windows(2).all(|pair| pair[0] <= pair[1]));
            prop_assert!(v.min <= v.mean && v.mean <= v.max);
            for rule in [v.tukey, v.robust_z] {
                prop_assert_eq!(rule.fences.is_some(), rule.spread > 0.0);
                if let Some(fences) = rule.fences {
                    prop_assert!(fences.lower < fences.upper);
                    // Not even half of the values can lie outside.
                    prop_assert!(2 * (fences.below + fences.above) <= found.n - found.nulls);
                }
            }
        } else {
            prop_assert_eq!(found.nulls, found.n);
        }
    }

    #[test]
    fn adjustment_raises_and_keeps_the_order(p_values in prop::collection::vec(0.0..=1.0, 1..30)) {
        let holm = multiple::holm(&p_values).unwrap();
        let hochberg = multiple::benjamini_hochberg(&p_values).unwrap();
        for i in 0..p_values.len() {
            prop_assert!(p_values[i] <= hochberg[i] && hochberg[i] <= holm[i] + 1e-15);
            prop_assert!(holm[i] <= 1.0);
            for j in 0..p_values.len() {
                if p_values[i] <= p_values[j] {
                    prop_assert!(holm[i] <= holm[j] && hochberg[i] <= hochberg[j]);
                }
            }
        }
    }
}
