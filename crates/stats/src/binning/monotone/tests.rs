use proptest::prelude::*;

use super::super::{BinRange, information_value};
use super::*;

/// Whether neighbours are in order, in whole numbers.
fn in_order(a: (u64, u64), b: (u64, u64), rising: bool) -> bool {
    let (low, high) = if rising { (a, b) } else { (b, a) };
    let smooth = |(n, positives): (u64, u64)| (2 * positives + 1, 2 * (n - positives) + 1);
    let (low_odds, high_odds) = (smooth(low), smooth(high));
    low.1 * high.0 < high.1 * low.0 && low_odds.0 * high_odds.1 < high_odds.0 * low_odds.1
}

/// The largest information value of all divisions, one by one.
fn by_force(groups: &[(u64, u64)], null: (u64, u64), bins: usize, minimum: f64) -> f64 {
    let mut best = f64::NEG_INFINITY;
    for division in 0..1_u32 << (groups.len() - 1) {
        let mut merged = vec![groups[0]];
        for (fine, group) in groups.iter().enumerate().skip(1) {
            if division >> (fine - 1) & 1 == 1 {
                merged.push(*group);
            } else {
                let last = merged.last_mut().unwrap();
                *last = (last.0 + group.0, last.1 + group.1);
            }
        }
        let fair = |&(n, p): &(u64, u64)| n as f64 >= minimum && p > 0 && p < n;
        let ordered = |rising| {
            merged
                .windows(2)
                .all(|pair| in_order(pair[0], pair[1], rising))
        };
        let allowed = merged.len() == 1
            || merged.len() <= bins && merged.iter().all(fair) && (ordered(true) || ordered(false));
        if allowed {
            merged.push(null);
            best = best.max(information_value(&merged).unwrap().iv);
        }
    }
    best
}

fn labels_of(values: &[f64], rule: impl Fn(f64) -> bool) -> Vec<bool> {
    values.iter().map(|&value| rule(value)).collect()
}

#[test]
fn a_hump_is_cut_into_one_direction() {
    let values: Vec<f64> = (0..1000).map(f64::from).collect();
    // Rates of 0.1 up to 0.5, and down again near the end.
    let labels: Vec<bool> = (0..1000)
        .map(|row: u32| row * 7919 % 10 < [1, 2, 3, 4, 5, 5, 5, 4, 2, 2][row as usize / 100])
        .collect();
    let found = Binning::fit_monotone(&values, &labels, &MonotoneOptions::default()).unwrap();
    let woe: Vec<f64> = found.bins.iter().map(|bin| bin.woe).collect();
    assert!(woe.len() >= 3 && woe.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(found.edges.len() + 1, found.bins.len());
    let free = Binning::fit(&values, &labels, 10).unwrap();
    assert!(found.iv < free.iv);
}

#[test]
fn nulls_have_a_bin_of_their_own_at_no_cost_to_the_order() {
    let mut values: Vec<f64> = (0..300).map(|row| f64::from(row % 3)).collect();
    values.extend([f64::NAN; 5]);
    let labels: Vec<bool> = (0..305)
        .map(|row| row % 4 <= row % 3 || row >= 303)
        .collect();
    let found = Binning::fit_monotone(&values, &labels, &MonotoneOptions::default()).unwrap();
    let null = found.bins.last().unwrap();
    assert_eq!((null.range, null.rate.n), (BinRange::Null, 5));
    assert_eq!(found.edges, [0.5, 1.5]);
    assert_eq!(found.woe(f64::NAN), Some(null.woe));
}

#[test]
fn small_and_pure_bins_are_merged_away() {
    // The four lowest values are all positive: alone they are pure, with their neighbour too few.
    let values: Vec<f64> = (0..200).map(|row| f64::from(row / 4)).collect();
    let labels = labels_of(&values, |value| {
        value < 1.0 || (value as u32).is_multiple_of(5)
    });
    let options = MonotoneOptions {
        fine_bins: 50,
        minimum_share: 0.1,
        ..MonotoneOptions::default()
    };
    let found = Binning::fit_monotone(&values, &labels, &options).unwrap();
    for bin in &found.bins {
        assert!(bin.rate.n >= 20 && bin.rate.positives > 0 && bin.rate.positives < bin.rate.n);
    }
    let whole = MonotoneOptions {
        minimum_share: 1.0,
        ..options
    };
    let found = Binning::fit_monotone(&values, &labels, &whole).unwrap();
    assert_eq!((found.bins.len(), found.iv), (1, 0.0));
}

#[test]
fn a_column_that_says_nothing_is_one_bin() {
    let labels = [true, false, false];
    for (value, range) in [
        (
            7.0,
            BinRange::Values {
                above: None,
                up_to: None,
            },
        ),
        (f64::NAN, BinRange::Null),
    ] {
        let found = Binning::fit_monotone(&[value; 3], &labels, &MonotoneOptions::default());
        let found = found.unwrap();
        assert_eq!((found.bins.len(), found.iv), (1, 0.0));
        assert_eq!(found.bins[0].range, range);
    }
}

#[test]
fn a_frequent_value_is_not_divided() {
    let values: Vec<f64> = (0..500).map(|row| f64::from((row - 400).max(0))).collect();
    let labels: Vec<bool> = (0..500)
        .map(|row| row % 10 == 0 || row > 450 && row % 2 == 0)
        .collect();
    let found = Binning::fit_monotone(&values, &labels, &MonotoneOptions::default()).unwrap();
    assert!(found.bins[0].rate.n >= 401);
    assert!(found.bins.len() > 1);
}

#[test]
fn refuses_what_has_no_value() {
    let fit = |labels: &[bool], options: MonotoneOptions| {
        Binning::fit_monotone(&[1.0, 2.0], labels, &options).map_err(|error| error.to_string())
    };
    let usual = MonotoneOptions::default();
    assert!(fit(&[true], usual).is_err());
    assert!(
        fit(&[true, true], usual)
            .unwrap_err()
            .contains("both classes")
    );
    for fine_bins in [0, 101] {
        let options = MonotoneOptions { fine_bins, ..usual };
        assert!(
            fit(&[true, false], options)
                .unwrap_err()
                .contains("fine bins")
        );
    }
    let options = MonotoneOptions {
        minimum_share: f64::NAN,
        ..usual
    };
    assert!(
        fit(&[true, false], options)
            .unwrap_err()
            .contains("least share")
    );
    assert!(Binning::fit_monotone(&[], &[], &usual).is_err());
    let none = MonotoneOptions { bins: 0, ..usual };
    assert_eq!(fit(&[true, false], none).unwrap().bins.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..Default::default() })]

    #[test]
    fn no_division_is_better(
        groups in prop::collection::vec((1_u64..40, 0.0..1.0_f64), 1..11),
        null in prop_oneof![Just((0, 0.0)), (1_u64..30, 0.0..1.0_f64)],
        bins in 1_usize..8,
        minimum_share in prop_oneof![Just(0.0), Just(0.05), 0.0..0.3_f64],
    ) {
        let counted = |(n, share): (u64, f64)| (n, (n as f64 * share).round() as u64);
        let groups: Vec<(u64, u64)> = groups.into_iter().map(counted).collect();
        let null = counted(null);
        let mut values = Vec::new();
        let mut labels = Vec::new();
        let named = groups.iter().enumerate().map(|(at, group)| (at as f64, *group));
        for (value, (n, positives)) in named.chain([(f64::NAN, null)]) {
            values.extend((0..n).map(|_| value));
            labels.extend((0..n).map(|row| row < positives));
        }
        let positives = labels.iter().filter(|&&label| label).count();
        prop_assume!(positives > 0 && positives < labels.len());
        let options = MonotoneOptions { bins, fine_bins: 20, minimum_share };
        let found = Binning::fit_monotone(&values, &labels, &options).unwrap();
        let expected = by_force(&groups, null, bins, minimum_share * labels.len() as f64);
        prop_assert!((found.iv - expected).abs() < 1e-12, "{} {expected}", found.iv);
        let woe: Vec<f64> = found.bins.iter().filter(|bin| bin.range != BinRange::Null)
            .map(|bin| bin.woe).collect();
        let rising = woe.windows(2).all(|pair| pair[0] < pair[1]);
        prop_assert!(rising || woe.windows(2).all(|pair| pair[0] > pair[1]));
        prop_assert!(woe.len() <= bins);
    }
}
