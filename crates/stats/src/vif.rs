//! Variance inflation: which columns are nearly linear combinations of the others.
//!
//! The variance inflation factor of a column is `1 / (1 - R²)`, with the R² of its linear
//! regression (with constant) on all other columns (D. W. Marquardt, "Generalized Inverses, Ridge
//! Regression, Biased Linear Estimation, and Nonlinear Estimation", Technometrics 12 (1970)). Only
//! the correlation matrix enters: `1 - R²` is what elimination leaves of the column's variance.

use crate::correlation::pearson;
use crate::error::{Error, Result, same_length};

/// The share of a column's variance below which nothing but rounding is left of it: it is then a
/// linear combination of others. A factor above the inverse, 1e10, counts as infinite.
const RESIDUE: f64 = 1e-10;

/// Factors that differ by less, relatively, are tied: rounding alone may tell them apart.
const TIE: f64 = 1e-9;

/// A column and its variance inflation factor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inflation {
    /// Its position among the columns handed in.
    pub column: usize,
    /// The factor, at least 1; infinite for a column that is an exact linear combination of
    /// others.
    pub vif: f64,
}

/// What the removal of inflated columns has found.
#[derive(Debug, Clone, PartialEq)]
pub struct VifScreen {
    /// Rows in which all columns have values: the factors rest on these.
    pub rows: u64,
    /// Columns that are empty or constant on these rows: they have no factor and took no part.
    pub constant: Vec<usize>,
    /// Columns in the order of their removal, each with its factor just before.
    pub removed: Vec<Inflation>,
    /// The remaining columns in order, all with factors below the limit but those that stay in
    /// any case.
    pub kept: Vec<Inflation>,
}

/// Removes the column with the largest variance inflation factor, again and again, until all
/// factors are below `limit` (domain.md, "Validation gates and thresholds", has 10). Of columns
/// with the same factor, for instance several infinite ones, the one with the lowest information
/// value goes, and of those the last: the column listed first stays. A column with an infinite
/// information value stays in any case, and what follows from it goes instead.
///
/// A row counts if all columns have values in it (NaN is null). Columns without two distinct
/// values are set aside before, so that they do not cost rows.
///
/// # Errors
/// For columns of different length, another number of information values than of columns,
/// infinite column values, a NaN information value, a limit that is NaN or below 1, and if no row
/// has values in all columns.
pub fn screen(columns: &[&[f64]], information_values: &[f64], limit: f64) -> Result<VifScreen> {
    same_length(
        "the information values",
        columns.len(),
        information_values.len(),
    )?;
    if let Some(row) = information_values.iter().position(|value| value.is_nan()) {
        return Err(Error::Value {
            name: "the information values",
            row,
            value: f64::NAN,
            expected: "must be a number for each column",
        });
    }
    if limit.is_nan() || limit < 1.0 {
        return Err(Error::Option {
            name: "the limit of variance inflation",
            value: limit,
            expected: "must be 1 or more, which is the factor of a column unlike all others",
        });
    }
    let length = columns.first().map_or(0, |column| column.len());
    for column in columns {
        same_length("a column", length, column.len())?;
        if let Some(row) = column.iter().position(|value| value.is_infinite()) {
            return Err(Error::Value {
                name: "a column",
                row,
                value: column[row],
                expected: "must be finite, or NaN for null",
            });
        }
    }
    let (varying, mut constant): (Vec<usize>, Vec<usize>) =
        (0..columns.len()).partition(|&column| varies(columns[column]));
    let rows: Vec<usize> = (0..length)
        .filter(|&row| varying.iter().all(|&column| !columns[column][row].is_nan()))
        .collect();
    if rows.is_empty() && !varying.is_empty() {
        return Err(Error::Empty {
            what: "variance inflation, which uses rows without nulls only,",
        });
    }
    let complete: Vec<Vec<f64>> = varying
        .iter()
        .map(|&column| rows.iter().map(|&row| columns[column][row]).collect())
        .collect();
    let complete: Vec<&[f64]> = complete.iter().map(Vec::as_slice).collect();
    let matrix = pearson(&complete)?;
    let mut left: Vec<usize> = Vec::new();
    for (place, &column) in varying.iter().enumerate() {
        if matrix.get(place, place).is_some() {
            left.push(place);
        } else {
            constant.push(column);
        }
    }
    constant.sort_unstable();
    let value = |place: usize| information_values[varying[place]];
    let correlation = |i: usize, j: usize| matrix.get(i, j).unwrap_or(0.0);
    let mut removed = Vec::new();
    let mut factors = inflation_factors(&left, correlation);
    while let Some(weakest) = weakest(&left, &factors, limit, value) {
        removed.push(Inflation {
            column: varying[left.remove(weakest)],
            vif: factors[weakest],
        });
        factors = inflation_factors(&left, correlation);
    }
    let kept = left.iter().zip(factors).map(|(&place, vif)| Inflation {
        column: varying[place],
        vif,
    });
    Ok(VifScreen {
        rows: rows.len() as u64,
        constant,
        removed,
        kept: kept.collect(),
    })
}

/// Whether the column has two distinct values besides nulls.
fn varies(column: &[f64]) -> bool {
    let mut values = column.iter().filter(|value| !value.is_nan());
    let first = values.next();
    values.any(|value| Some(value) != first)
}

/// Which of the columns left is the next to go, if any has to.
fn weakest(
    left: &[usize],
    factors: &[f64],
    limit: f64,
    information_value: impl Fn(usize) -> f64,
) -> Option<usize> {
    let may_go = |place: &usize| information_value(left[*place]) < f64::INFINITY;
    let largest = (0..left.len())
        .filter(may_go)
        .map(|place| factors[place])
        .fold(0.0, f64::max);
    if largest < limit {
        return None;
    }
    // Of equal ones the first is taken, which from behind is the last.
    (0..left.len())
        .rev()
        .filter(may_go)
        .filter(|&place| factors[place] >= largest * (1.0 - TIE))
        .min_by(|&a, &b| information_value(left[a]).total_cmp(&information_value(left[b])))
}

/// The factors of these columns among each other.
fn inflation_factors(columns: &[usize], correlation: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let factor = |place: usize| {
        let mut order = columns.to_vec();
        let last = order.remove(place);
        order.push(last);
        let residue = last_residue(&order, &correlation);
        if residue < RESIDUE {
            f64::INFINITY
        } else {
            (1.0 / residue).max(1.0)
        }
    };
    (0..columns.len()).map(factor).collect()
}

/// The share of the last column's variance that the columns before it do not explain: the last
/// pivot of a symmetric elimination, in which columns that are combinations of earlier ones are
/// passed over.
fn last_residue(columns: &[usize], correlation: impl Fn(usize, usize) -> f64) -> f64 {
    let size = columns.len();
    let mut matrix: Vec<f64> = columns
        .iter()
        .flat_map(|&i| columns.iter().map(move |&j| (i, j)))
        .map(|(i, j)| correlation(i, j))
        .collect();
    for step in 0..size.saturating_sub(1) {
        let (above, below) = matrix.split_at_mut((step + 1) * size);
        let pivot_row = &above[step * size..];
        let pivot = pivot_row[step];
        if pivot < RESIDUE {
            continue;
        }
        for (row, entries) in (step + 1..).zip(below.chunks_exact_mut(size)) {
            // The matrix is symmetric: only its upper half is kept up.
            let factor = pivot_row[row] / pivot;
            for (entry, &value) in entries[row..].iter_mut().zip(&pivot_row[row..]) {
                *entry -= factor * value;
            }
        }
    }
    matrix.last().copied().unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NULL: f64 = f64::NAN;

    #[test]
    fn a_column_that_must_stay_drives_its_companion_out() {
        let first = [1.0, 2.0, 3.0, 4.0, 5.0];
        let second = [1.0, 2.0, 3.0, 4.0, 5.5];
        let columns: [&[f64]; 2] = [&first, &second];
        let found = screen(&columns, &[0.1, 0.9], 10.0).unwrap();
        assert_eq!(found.removed[0].column, 0);
        let found = screen(&columns, &[f64::INFINITY, 0.9], 10.0).unwrap();
        assert_eq!(found.removed[0].column, 1);
        let both = screen(&columns, &[f64::INFINITY, f64::INFINITY], 10.0).unwrap();
        assert!(both.removed.is_empty());
    }

    #[test]
    fn two_columns_have_the_factor_of_their_correlation() {
        // Correlation 0.8, by hand: products 4, squares 5 and 5.
        let columns: [&[f64]; 2] = [&[1.0, 2.0, 3.0, 4.0], &[2.0, 1.0, 4.0, 3.0]];
        let found = screen(&columns, &[0.1, 0.2], 10.0).unwrap();
        let factor = 1.0 / (1.0 - 0.36);
        assert!(
            found
                .kept
                .iter()
                .all(|kept| (kept.vif - factor).abs() < 1e-12)
        );
        // Both exceed the limit by the same: the one that says less goes.
        let found = screen(&columns, &[0.1, 0.2], 1.5).unwrap();
        assert_eq!((found.removed[0].column, found.kept[0].column), (0, 1));
        assert_eq!(found.kept[0].vif, 1.0);
        let found = screen(&columns, &[0.2, 0.2], 1.5).unwrap();
        assert_eq!((found.removed[0].column, found.kept[0].column), (1, 0));
    }

    #[test]
    fn an_exact_combination_is_infinite() {
        let a = [1.0, 2.0, 3.0, 4.0, 7.0, 1.0];
        let b = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0];
        let sum: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
        let other = [1.0, 0.0, 0.0, 1.0, 0.0, 1.0];
        let found = screen(&[&a, &other, &b, &sum], &[0.3, 0.0, 0.2, 0.5], 10.0).unwrap();
        assert_eq!(
            found.removed,
            [Inflation {
                column: 2,
                vif: f64::INFINITY
            }]
        );
        let kept: Vec<usize> = found.kept.iter().map(|kept| kept.column).collect();
        assert_eq!(kept, [0, 1, 3]);
    }

    #[test]
    fn columns_without_two_values_are_set_aside() {
        let columns: [&[f64]; 5] = [
            &[1.0, 2.0, 4.0, NULL],
            &[5.0; 4],
            &[NULL; 4],
            &[2.0, 2.0, 2.0, 9.0],
            &[0.0, 3.0, 1.0, 2.0],
        ];
        let found = screen(&columns, &[0.1; 5], 10.0).unwrap();
        assert_eq!(
            (found.rows, found.constant.as_slice()),
            (3, [1, 2, 3].as_slice())
        );
        assert_eq!(found.kept.len(), 2);
        let none = screen(&[&[1.0, 1.0]], &[0.1], 10.0).unwrap();
        assert_eq!((none.constant.len(), none.kept.len()), (1, 0));
        assert!(screen(&[], &[], 10.0).unwrap().kept.is_empty());
    }

    #[test]
    fn refuses_what_has_no_factor() {
        let apart: [&[f64]; 2] = [&[1.0, 2.0, NULL, NULL], &[NULL, NULL, 1.0, 2.0]];
        let message = |columns: &[&[f64]], values: &[f64], limit: f64| {
            screen(columns, values, limit).unwrap_err().to_string()
        };
        assert!(message(&apart, &[0.1, 0.2], 10.0).contains("at least one row"));
        assert!(message(&apart, &[0.1], 10.0).contains("information values"));
        assert!(message(&apart, &[0.1, NULL], 10.0).contains("row 1"));
        assert!(message(&apart, &[0.1, 0.2], 0.5).contains("limit"));
        assert!(message(&[&[1.0, f64::INFINITY]], &[0.1], 10.0).contains("finite"));
    }
}
