//! Synthetic rows beside imbalanced-learn's, made by `reference/make_smote_fixture.py`, and
//! what holds for any rows.

use leadrank_learn::imbalance::{Columns, Kind, Oversampled, nearest, smote};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    values: Vec<Vec<Option<f32>>>,
    labels: Vec<bool>,
    continuous: Vec<usize>,
    integer: Vec<usize>,
    binary: Vec<usize>,
    fills: Vec<f32>,
    cases: Vec<Case>,
    counts: Vec<(f64, u64)>,
}

#[derive(Deserialize)]
struct Case {
    k: u32,
    median: f64,
    neighbours: Vec<Vec<u32>>,
    plain_neighbours: Vec<Vec<u32>>,
    synthetic: usize,
    mean: Vec<f64>,
    deviation: Vec<f64>,
    error_of_deviation: Vec<f64>,
    high_shares: Vec<f64>,
}

impl Fixture {
    fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/smote.json");
        let text = std::fs::read_to_string(path).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Row-major values of some columns.
    fn of(&self, columns: &[usize]) -> Vec<f32> {
        let rows = self.values.iter();
        rows.flat_map(|row| columns.iter().map(|&at| row[at].unwrap_or(f32::NAN)))
            .collect()
    }

    fn all(&self) -> Vec<f32> {
        self.of(&(0..self.fills.len()).collect::<Vec<_>>())
    }
}

/// Values of the positives, imputed.
fn positives(values: &[f32], labels: &[bool], columns: &Columns) -> Vec<f32> {
    let rows = values.chunks(columns.n_columns()).zip(labels);
    let mut chosen: Vec<f32> = rows
        .filter(|(_, label)| **label)
        .flat_map(|(row, _)| row.to_vec())
        .collect();
    columns.impute(&mut chosen).unwrap();
    chosen
}

#[test]
fn kinds_and_stand_ins_equal_numpy() {
    let fixture = Fixture::read();
    let columns = Columns::fit(&fixture.all(), fixture.fills.len()).unwrap();
    assert_eq!(columns.fills().collect::<Vec<_>>(), fixture.fills);
    for (at, kind) in columns.kinds().enumerate() {
        let expected = match kind {
            Kind::Binary => &fixture.binary,
            Kind::Integer => &fixture.integer,
            Kind::Continuous => &fixture.continuous,
        };
        assert!(expected.contains(&at), "column {at} is {kind:?}");
    }
}

#[test]
fn neighbours_equal_imbalanced_learn() {
    let fixture = Fixture::read();
    let values = fixture.all();
    let columns = Columns::fit(&values, fixture.fills.len()).unwrap();
    let mixed = positives(&values, &fixture.labels, &columns);
    let values = fixture.of(&fixture.continuous);
    let amounts = Columns::fit(&values, fixture.continuous.len()).unwrap();
    let plain = positives(&values, &fixture.labels, &amounts);
    for case in &fixture.cases {
        let found = nearest(&mixed, &columns, case.k as usize).unwrap();
        assert!((found.nominal_difference() / case.median - 1.0).abs() < 1e-12);
        for (row, expected) in case.neighbours.iter().enumerate() {
            assert_eq!(found.of(row), expected, "row {row}");
        }
        let found = nearest(&plain, &amounts, case.k as usize).unwrap();
        for (row, expected) in case.plain_neighbours.iter().enumerate() {
            assert_eq!(found.of(row), expected, "row {row}");
        }
    }
}

#[test]
fn numbers_of_rows_equal_imbalanced_learn() {
    let fixture = Fixture::read();
    let values = fixture.all();
    for &(ratio, expected) in &fixture.counts {
        let made = smote(&values, fixture.fills.len(), &fixture.labels, ratio, 5, 0).unwrap();
        assert_eq!(made.report.synthetic, expected, "{ratio}");
        assert_eq!(
            made.rows.len() as u64,
            expected * fixture.fills.len() as u64
        );
    }
}

/// Both sides draw at random, so they agree within sampling error: five standard errors of
/// the difference, which chance alone exceeds once in 1.7 million comparisons; here are 42.
#[test]
fn distributions_equal_imbalanced_learn() {
    let fixture = Fixture::read();
    let values = fixture.all();
    let width = fixture.fills.len();
    for case in &fixture.cases {
        let mut rows = Vec::new();
        for seed in 0.. {
            let made = smote(&values, width, &fixture.labels, 1.0, case.k, seed).unwrap();
            rows.extend(made.rows);
            if rows.len() >= case.synthetic * width {
                break;
            }
        }
        let n = (rows.len() / width) as f64;
        let both = (1.0 / n + 1.0 / case.synthetic as f64).sqrt();
        for at in 0..width {
            let column = || rows.chunks(width).map(|row| f64::from(row[at]));
            let mean = column().sum::<f64>() / n;
            let deviation = (column().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
            let off = (mean - case.mean[at]).abs() / (case.deviation[at] * both);
            assert!(
                off < 5.0,
                "mean of column {at} is {off} standard errors off"
            );
            if let Some(flag) = fixture.binary.iter().position(|&other| other == at) {
                let top = column().fold(f64::NEG_INFINITY, f64::max);
                let share = column().filter(|&value| value == top).count() as f64 / n;
                let expected = case.high_shares[flag];
                let error = (expected * (1.0 - expected)).sqrt() * both;
                assert!((share - expected).abs() < 5.0 * error, "{share} {expected}");
            } else {
                let off =
                    (deviation - case.deviation[at]).abs() / (case.error_of_deviation[at] * both);
                assert!(
                    off < 5.0,
                    "spread of column {at} is {off} standard errors off"
                );
            }
        }
    }
}

/// Values with gaps: an amount of any size, a whole number, a flag.
fn rows() -> impl Strategy<Value = (Vec<f32>, Vec<bool>)> {
    let row = (
        prop::option::weighted(0.9, -1e6_f32..1e6),
        prop::option::weighted(0.9, -50_i16..50),
        prop::option::weighted(0.9, any::<bool>()),
        prop::bool::weighted(0.3),
    );
    prop::collection::vec(row, 8..60).prop_map(|rows| {
        let mut values = Vec::new();
        let mut labels = Vec::new();
        for (amount, whole, flag, label) in rows {
            values.push(amount.unwrap_or(f32::NAN));
            values.push(whole.map_or(f32::NAN, f32::from));
            values.push(flag.map_or(f32::NAN, |flag| if flag { 4.5 } else { -1.0 }));
            labels.push(label);
        }
        (values, labels)
    })
}

/// Whether `row` lies between `base` and `other` at one gap for all columns but flags.
fn lies_between(row: &[f32], base: &[f32], other: &[f32], kinds: &[Kind]) -> bool {
    let (mut least, mut most) = (0.0_f64, 1.0_f64);
    for at in 0..row.len() {
        let half = match kinds[at] {
            Kind::Binary => continue,
            Kind::Integer => 0.5,
            // Rounding to single precision.
            Kind::Continuous => f64::from(row[at].abs().max(f32::MIN_POSITIVE) * f32::EPSILON),
        };
        let [from, to, value] = [base[at], other[at], row[at]].map(f64::from);
        if value < from.min(to) || value > from.max(to) {
            return false;
        }
        if from != to {
            let ends = [
                (value - half - from) / (to - from),
                (value + half - from) / (to - from),
            ];
            least = least.max(ends[0].min(ends[1]));
            most = most.min(ends[0].max(ends[1]));
        }
    }
    least <= most
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn synthetic_rows_lie_between_neighbours((values, labels) in rows(), k in 1_u32..7, seed: u64) {
        let n_positives = labels.iter().filter(|&&label| label).count();
        let made = smote(&values, 3, &labels, 1.0, k, seed);
        if n_positives < 2 {
            prop_assert!(made.is_err());
            return Ok(());
        }
        let Oversampled { rows, columns, report } = made.unwrap();
        prop_assert_eq!(rows.len() as u64, 3 * report.synthetic);
        if report.synthetic == 0 {
            return Ok(());
        }
        prop_assert_eq!(report.k_used as usize, (k as usize).min(n_positives - 1));
        let points = positives(&values, &labels, &columns);
        let point = |row: usize| &points[3 * row..3 * row + 3];
        let found = nearest(&points, &columns, report.k_used as usize).unwrap();
        let kinds: Vec<Kind> = columns.kinds().collect();
        let known = |at: usize| points.iter().skip(at).step_by(3);
        let low = known(2).copied().fold(f32::INFINITY, f32::min);
        let high = known(2).copied().fold(f32::NEG_INFINITY, f32::max);
        for row in rows.chunks(3) {
            let on_a_segment = (0..n_positives).any(|base| {
                let near = found.of(base);
                let highs = near.iter().filter(|&&other| point(other as usize)[2] == high).count();
                let frequent = if 2 * highs > near.len() { high } else { low };
                (kinds[2] != Kind::Binary || row[2] == frequent)
                    && near
                        .iter()
                        .any(|&other| lies_between(row, point(base), point(other as usize), &kinds))
            });
            prop_assert!(on_a_segment, "{:?} lies between no neighbours", row);
            for at in 0..3 {
                match kinds[at] {
                    Kind::Binary => prop_assert!(known(at).any(|&value| value == row[at])),
                    Kind::Integer => prop_assert_eq!(row[at].fract(), 0.0),
                    Kind::Continuous => prop_assert!(row[at].is_finite()),
                }
            }
        }
    }

    #[test]
    fn same_seed_gives_the_same_bytes((values, labels) in rows(), seed: u64) {
        let bytes = |seed| {
            smote(&values, 3, &labels, 1.0, 5, seed)
                .map(|made| made.rows.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
                .map_err(|error| error.to_string())
        };
        prop_assert_eq!(bytes(seed), bytes(seed));
    }

    /// Neighbours by sorting all exact distances.
    #[test]
    fn neighbours_are_the_nearest((values, labels) in rows(), k in 1_usize..7) {
        let columns = Columns::fit(&values, 3).unwrap();
        let points = positives(&values, &labels, &columns);
        let n = points.len() / 3;
        if n <= k {
            prop_assert!(nearest(&points, &columns, k).is_err());
            return Ok(());
        }
        let found = nearest(&points, &columns, k).unwrap();
        let kinds: Vec<Kind> = columns.kinds().collect();
        for row in 0..n {
            let mut expected: Vec<(f64, u32)> = (0..n)
                .filter(|&other| other != row)
                .map(|other| {
                    let distance = (0..3)
                        .map(|at| {
                            let difference = f64::from(points[3 * row + at]) - f64::from(points[3 * other + at]);
                            match kinds[at] {
                                Kind::Binary if difference == 0.0 => 0.0,
                                Kind::Binary => found.nominal_difference().powi(2),
                                _ => difference.powi(2),
                            }
                        })
                        .sum();
                    (distance, other as u32)
                })
                .collect();
            expected.sort_by(|a, b| a.partial_cmp(b).unwrap());
            let expected: Vec<u32> = expected[..k].iter().map(|&(_, other)| other).collect();
            prop_assert_eq!(found.of(row), expected);
        }
    }
}
