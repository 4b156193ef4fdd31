//! Synthetic positives between true ones: SMOTE for amounts, SMOTE-NC beside flags.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::Strategy;
use super::columns::{Columns, Kind};
use super::neighbours::{Neighbours, nearest};
use crate::{LearnError, Result};

/// Synthetic rows and what is needed to train with them.
#[derive(Debug, Clone, PartialEq)]
pub struct Oversampled {
    /// The synthetic rows, row-major, all positive, without missing values.
    pub rows: Vec<f32>,
    /// Kinds and stand-ins of the columns. The true rows, and those the model is judged
    /// on, need [`Columns::impute`] too: no synthetic row has a missing value, so trees
    /// would take "not missing" for a mark of positives.
    pub columns: Columns,
    /// What was done.
    pub report: SmoteReport,
}

/// What was done to a set of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SmoteReport {
    /// True positives.
    pub positives: u64,
    /// True negatives.
    pub negatives: u64,
    /// Synthetic positives.
    pub synthetic: u64,
    /// Neighbours used, 0 without synthetic rows.
    pub k_used: u32,
    /// Columns with at most two distinct values.
    pub binary: u32,
    /// Columns of whole numbers.
    pub integer: u32,
    /// Other columns.
    pub continuous: u32,
    /// What a differing binary column adds to a distance, before squaring.
    pub nominal_difference: f64,
    /// How much a true positive counts with its share of the synthetic ones.
    pub effective_weight: f64,
    /// What differs from what was asked for.
    pub notes: Vec<String>,
}

/// Makes synthetic positives for the training rows of one fold, never for others: row-major
/// `values` of `n_columns` columns (NaN is missing) with a label each.
///
/// Missing values are imputed first, from these rows alone ([`Columns::fit`]). Each synthetic
/// row has a true positive and one of its `neighbours` nearest true positives ([`nearest`]),
/// both drawn evenly, and one even gap `u` in 0..1 for the whole row:
///
/// - a continuous value is `base + u (neighbour - base)` (N. V. Chawla and others, "SMOTE:
///   Synthetic Minority Over-sampling Technique", Journal of Artificial Intelligence
///   Research 16 (2002), section 4.2);
/// - an integer value is that, rounded to the nearest whole number, so that no number arises
///   that can not occur;
/// - a binary value is the one most frequent among all neighbours of the base (section 6.1);
///   of two as frequent ones the smaller.
///
/// There are `ratio` times as many positives as negatives afterwards, cut to a whole number;
/// see [`Strategy::effect`]. The rows depend on the input and the seed alone.
///
/// # Errors
/// [`LearnError::Recipe`] for a ratio or a number of neighbours out of range,
/// [`LearnError::Shape`] and [`LearnError::Encode`] for values that make no table, and
/// [`LearnError::Fit`] for fewer than two positives: there is nothing between them.
pub fn smote(
    values: &[f32],
    n_columns: usize,
    labels: &[bool],
    ratio: f64,
    neighbours: u32,
    seed: u64,
) -> Result<Oversampled> {
    let strategy = Strategy::Smote { ratio, neighbours };
    strategy.check()?;
    let columns = Columns::fit(values, n_columns)?;
    let n = values.len() / n_columns;
    if labels.len() != n {
        return Err(LearnError::shape("labels", n, labels.len()));
    }
    let positives = labels.iter().filter(|&&label| label).count() as u64;
    let negatives = n as u64 - positives;
    if positives < 2 {
        return Err(LearnError::fit(
            format!(
                "{positives} of {n} training rows are positive, and SMOTE needs two to make a row between them"
            ),
            "use a weight or no treatment, or train on a longer time",
        ));
    }
    let effect = strategy.effect(positives, negatives);
    let mut report = SmoteReport {
        positives,
        negatives,
        synthetic: effect.synthetic,
        k_used: effect.neighbours,
        binary: columns.count(Kind::Binary),
        integer: columns.count(Kind::Integer),
        continuous: columns.count(Kind::Continuous),
        nominal_difference: 0.0,
        effective_weight: effect.effective_weight,
        notes: Vec::new(),
    };
    if effect.synthetic == 0 {
        report.notes.push(format!(
            "no synthetic rows: {positives} positives on {negatives} negatives are as many as a ratio of {ratio} asks for"
        ));
        return Ok(Oversampled {
            rows: Vec::new(),
            columns,
            report,
        });
    }
    if effect.neighbours < neighbours {
        report.notes.push(format!(
            "{} neighbours in place of {neighbours}: there are only {positives} positives",
            effect.neighbours
        ));
    }
    let rows = values.chunks_exact(n_columns).zip(labels);
    let mut points: Vec<f32> = rows
        .filter(|(_, label)| **label)
        .flat_map(|(row, _)| row)
        .copied()
        .collect();
    columns.impute(&mut points)?;
    let found = nearest(&points, &columns, effect.neighbours as usize)?;
    report.nominal_difference = found.nominal_difference();
    let rows = between(&points, &columns, &found, effect.synthetic, seed);
    Ok(Oversampled {
        rows,
        columns,
        report,
    })
}

/// The synthetic rows.
fn between(
    points: &[f32],
    columns: &Columns,
    neighbours: &Neighbours,
    synthetic: u64,
    seed: u64,
) -> Vec<f32> {
    let width = columns.n_columns();
    let point = |row: usize| &points[row * width..(row + 1) * width];
    let places = |kind: Kind| -> Vec<usize> {
        let kinds = columns.kinds().enumerate();
        kinds
            .filter(|(_, other)| *other == kind)
            .map(|(at, _)| at)
            .collect()
    };
    let (binary, integer) = (places(Kind::Binary), places(Kind::Integer));
    let n = points.len() / width;
    let mut frequent = Vec::with_capacity(n * binary.len());
    for row in 0..n {
        frequent.extend(binary.iter().map(|&column| {
            most_frequent(
                neighbours.of(row),
                |row| point(row)[column],
                columns.low(column),
            )
        }));
    }
    let k = neighbours.of(0).len() as u64;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut rows = vec![0.0; synthetic as usize * width];
    for row in rows.chunks_exact_mut(width) {
        let pair = random.random_range(0..n as u64 * k);
        let gap: f64 = random.random();
        let base = (pair / k) as usize;
        let other = neighbours.of(base)[(pair % k) as usize] as usize;
        for ((value, &from), &to) in row.iter_mut().zip(point(base)).zip(point(other)) {
            let from = f64::from(from);
            *value = (from + gap * (f64::from(to) - from)) as f32;
        }
        for &column in &integer {
            // Adding 0 makes a zero of a negative zero.
            row[column] = row[column].round() + 0.0;
        }
        let frequent = &frequent[base * binary.len()..];
        for (&column, &value) in binary.iter().zip(frequent) {
            row[column] = value;
        }
    }
    rows
}

/// The more frequent of two values among rows; `low` when they are as frequent.
fn most_frequent(rows: &[u32], value: impl Fn(usize) -> f32, low: f32) -> f32 {
    let (mut high, mut highs) = (low, 0);
    for &row in rows {
        let value = value(row as usize);
        if value != low {
            (high, highs) = (value, highs + 1);
        }
    }
    if 2 * highs > rows.len() { high } else { low }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One amount, one whole number, one flag.
    const VALUES: [f32; 21] = [
        0.5,
        10.0,
        1.0, //
        1.5,
        20.0,
        1.0, //
        2.5,
        15.0,
        0.0, //
        9.5,
        1.0,
        0.0, //
        8.5,
        2.0,
        0.0, //
        7.5,
        3.0,
        1.0, //
        6.5,
        f32::NAN,
        0.0,
    ];
    const LABELS: [bool; 7] = [true, true, true, false, false, false, false];

    #[test]
    fn rows_lie_between_positives() {
        let made = smote(&VALUES, 3, &LABELS, 1.0, 2, 1).unwrap();
        assert_eq!(made.rows.len(), 3);
        let report = &made.report;
        assert_eq!((report.synthetic, report.k_used), (1, 2));
        assert_eq!(
            (report.continuous, report.integer, report.binary),
            (1, 1, 1)
        );
        assert_eq!(report.effective_weight, 4.0 / 3.0);
        assert!(report.notes.is_empty());
        assert!((0.5..=2.5).contains(&made.rows[0]));
        assert_eq!(made.rows[1].fract(), 0.0);
    }

    #[test]
    fn too_few_neighbours_and_positives_enough_are_noted() {
        let made = smote(&VALUES, 3, &LABELS, 1.0, 5, 1).unwrap();
        assert_eq!(made.report.k_used, 2);
        assert_eq!(
            made.report.notes,
            ["2 neighbours in place of 5: there are only 3 positives"]
        );
        let made = smote(&VALUES, 3, &LABELS, 0.5, 5, 1).unwrap();
        assert!(made.rows.is_empty());
        assert!(made.report.notes[0].starts_with("no synthetic rows: 3 positives"));
        assert_eq!((made.report.k_used, made.report.effective_weight), (0, 1.0));
    }

    #[test]
    fn of_two_as_frequent_flags_the_smaller_is_taken() {
        let flags = [1.0, 2.0, 1.0, 2.0];
        let value = |row: usize| flags[row];
        assert_eq!(most_frequent(&[0, 1], value, 1.0), 1.0);
        assert_eq!(most_frequent(&[0, 1, 3], value, 1.0), 2.0);
        assert_eq!(most_frequent(&[0, 2], value, 1.0), 1.0);
    }

    #[test]
    fn what_can_not_be_oversampled_is_said() {
        let one = [true, false, false, false, false, false, false];
        let said = smote(&VALUES, 3, &one, 1.0, 5, 1).unwrap_err().to_string();
        assert!(said.contains("1 of 7 training rows are positive"), "{said}");
        assert!(smote(&VALUES, 3, &LABELS[..6], 1.0, 5, 1).is_err());
        assert!(smote(&VALUES, 3, &LABELS, 0.0, 5, 1).is_err());
        assert!(smote(&VALUES, 4, &LABELS, 1.0, 5, 1).is_err());
        assert!(smote(&VALUES, 3, &LABELS, 1.0, 0, 1).is_err());
    }
}
