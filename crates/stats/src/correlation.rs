//! How columns move together: Pearson's and Spearman's correlation of all pairs, and groups of
//! columns that say nearly the same.
//!
//! Each pair rests on the rows where both values are there. Columns with nulls in the same rows
//! are treated together: for two such groups the common rows are taken out, columns are brought to
//! mean 0 and length 1 on exactly these rows, and all their products form one matrix product. So
//! a pair with nulls is as precise as one without, and no sum is ever taken apart again.

pub(crate) mod gram;
mod standardise;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{Result, same_length};
use gram::{Columns, cross_products, inner_products};
use standardise::{Standardise, Values, orders};

/// A symmetric matrix of correlations, with the rows that each rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CorrelationMatrix {
    /// Number of columns that were compared.
    pub size: usize,
    /// Entry `i * size + j` is the correlation of columns `i` and `j`, in -1..=1; none where it is
    /// not defined: fewer than two common rows, or one of the columns constant on them.
    pub values: Vec<Option<f64>>,
    /// Common rows of each pair, in the same order.
    pub rows: Vec<u64>,
}

impl CorrelationMatrix {
    /// The correlation of columns `i` and `j`, if it is defined.
    pub fn get(&self, i: usize, j: usize) -> Option<f64> {
        if i >= self.size || j >= self.size {
            return None;
        }
        self.values.get(i * self.size + j).copied().flatten()
    }
}

/// Pearson's product-moment correlation of all pairs of columns over their common rows (NaN is
/// null). A column's correlation with itself is 1, unless it is constant.
///
/// Where infinite values are among the common rows the correlation is not defined.
///
/// # Errors
/// For columns of different length.
///
/// ```
/// let columns: [&[f64]; 2] = [&[1.0, 2.0, 3.0, f64::NAN], &[2.0, 4.0, 7.0, 1.0]];
/// let matrix = leadrank_stats::correlation::pearson(&columns)?;
/// assert_eq!(matrix.rows, [3, 3, 3, 4]);
/// assert!((matrix.get(0, 1).unwrap() - 0.9933992677987828).abs() < 1e-15);
/// # Ok::<(), leadrank_stats::Error>(())
/// ```
pub fn pearson(columns: &[&[f64]]) -> Result<CorrelationMatrix> {
    let values: Vec<Values> = columns.iter().map(|column| Values(column)).collect();
    correlate(columns, &values)
}

/// Spearman's rank correlation of all pairs of columns: Pearson's correlation of their ranks among
/// the common rows (NaN is null), ties with their average rank (C. Spearman, "The Proof and
/// Measurement of Association between Two Things", American Journal of Psychology 15 (1904)).
///
/// # Errors
/// For columns of different length.
pub fn spearman(columns: &[&[f64]]) -> Result<CorrelationMatrix> {
    correlate(columns, &orders(columns))
}

/// Groups of two or more columns that are linked, directly or through others, by correlations of
/// an absolute value of at least `threshold`; columns ascend within a group, groups by their first
/// column.
pub fn clusters(matrix: &CorrelationMatrix, threshold: f64) -> Vec<Vec<usize>> {
    let mut group_of: Vec<Option<usize>> = vec![None; matrix.size];
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for first in 0..matrix.size {
        if group_of[first].is_some() {
            continue;
        }
        let group = groups.len();
        group_of[first] = Some(group);
        let mut members = vec![first];
        let mut next = 0;
        while let Some(&member) = members.get(next) {
            for (other, group_of_other) in group_of.iter_mut().enumerate() {
                let linked = matrix
                    .get(member, other)
                    .is_some_and(|r| r.abs() >= threshold);
                if linked && group_of_other.is_none() {
                    *group_of_other = Some(group);
                    members.push(other);
                }
            }
            next += 1;
        }
        members.sort_unstable();
        groups.push(members);
    }
    groups.retain(|members| members.len() > 1);
    groups
}

/// Columns with values in the same rows.
struct Pattern {
    /// Their numbers, ascending.
    columns: Vec<usize>,
    /// The rows with values.
    present: Vec<bool>,
}

/// All pairs of columns, which `prepared` brings to a common scale.
fn correlate<T: Standardise>(columns: &[&[f64]], prepared: &[T]) -> Result<CorrelationMatrix> {
    let size = columns.len();
    let length = columns.first().map_or(0, |column| column.len());
    for column in columns {
        same_length("a column", length, column.len())?;
    }
    let patterns = patterns(columns);
    let pairs: Vec<(usize, usize)> = (0..patterns.len())
        .flat_map(|a| (a..patterns.len()).map(move |b| (a, b)))
        .collect();
    let blocks: Vec<(u64, Vec<Option<f64>>)> = pairs
        .par_iter()
        .map(|&(a, b)| block(prepared, &patterns[a], &patterns[b], a == b))
        .collect();
    let mut matrix = CorrelationMatrix {
        size,
        values: vec![None; size * size],
        rows: vec![0; size * size],
    };
    for (&(a, b), (rows, values)) in pairs.iter().zip(&blocks) {
        let (left, right) = (&patterns[a].columns, &patterns[b].columns);
        for (&i, values) in left.iter().zip(values.chunks(right.len())) {
            for (&j, &value) in right.iter().zip(values) {
                for entry in [i * size + j, j * size + i] {
                    matrix.values[entry] = value;
                    matrix.rows[entry] = *rows;
                }
            }
        }
    }
    Ok(matrix)
}

/// Columns by the rows in which they have values.
fn patterns(columns: &[&[f64]]) -> Vec<Pattern> {
    let presents: Vec<Vec<bool>> = columns
        .par_iter()
        .map(|column| column.iter().map(|value| !value.is_nan()).collect())
        .collect();
    let mut patterns: Vec<Pattern> = Vec::new();
    for (column, present) in presents.into_iter().enumerate() {
        match patterns
            .iter_mut()
            .find(|pattern| pattern.present == present)
        {
            Some(pattern) => pattern.columns.push(column),
            None => patterns.push(Pattern {
                columns: vec![column],
                present,
            }),
        }
    }
    patterns
}

/// The rows in which both have values. Each is written down and only kept if it counts, since a
/// machine that has to guess where nulls are guesses wrong.
fn common_rows(left: &[bool], right: &[bool]) -> Vec<u32> {
    let mut rows = vec![0; left.len()];
    let mut found = 0;
    for ((row, &a), &b) in (0_u32..).zip(left).zip(right) {
        rows[found] = row;
        found += usize::from(a & b);
    }
    rows.truncate(found);
    rows
}

/// Common rows of two patterns and the correlations of their columns, the right one varying
/// fastest.
fn block<T: Standardise>(
    prepared: &[T],
    left: &Pattern,
    right: &Pattern,
    same: bool,
) -> (u64, Vec<Option<f64>>) {
    let rows = common_rows(&left.present, &right.present);
    let width = right.columns.len();
    if rows.len() < 2 {
        return (rows.len() as u64, vec![None; left.columns.len() * width]);
    }
    let standardised = |pattern: &Pattern| {
        let mut columns = Columns::new(pattern.columns.len(), rows.len());
        let defined: Vec<bool> = columns
            .each_mut()
            .zip(&pattern.columns)
            .map(|(into, &column)| prepared[column].standardise(&rows, into))
            .collect();
        (columns, defined)
    };
    let (a, a_defined) = standardised(left);
    let (products, b_defined) = if same {
        (inner_products(&a), a_defined.clone())
    } else {
        let (b, b_defined) = standardised(right);
        (cross_products(&a, &b), b_defined)
    };
    let value = |(entry, product): (usize, &f64)| {
        let (i, j) = (entry / width, entry % width);
        if !a_defined[i] || !b_defined[j] {
            return None;
        }
        // A column has length 1; rounding must not say otherwise.
        Some(if same && i == j {
            1.0
        } else {
            product.clamp(-1.0, 1.0)
        })
    };
    let values = products.iter().enumerate().map(value).collect();
    (rows.len() as u64, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NULL: f64 = f64::NAN;

    #[test]
    fn undefined_is_none() {
        let columns: [&[f64]; 4] = [
            &[1.0, 2.0, NULL, NULL],
            &[NULL, 5.0, 1.0, 2.0],
            &[3.0; 4],
            &[NULL; 4],
        ];
        for matrix in [pearson(&columns).unwrap(), spearman(&columns).unwrap()] {
            let defined: Vec<usize> = (0..16).filter(|&i| matrix.values[i].is_some()).collect();
            assert_eq!(defined, [0, 5]);
            assert_eq!(
                matrix.rows,
                [2, 1, 2, 0, 1, 3, 3, 0, 2, 3, 4, 0, 0, 0, 0, 0]
            );
            assert_eq!(matrix.get(0, 4), None);
        }
        assert!(pearson(&[]).unwrap().values.is_empty());
        assert!(pearson(&[&[1.0], &[]]).is_err());
    }

    #[test]
    fn infinite_values_have_ranks_but_no_mean() {
        let columns: [&[f64]; 2] = [&[1.0, 2.0, f64::INFINITY], &[1.0, 2.0, 3.0]];
        assert_eq!(pearson(&columns).unwrap().get(0, 1), None);
        assert!((spearman(&columns).unwrap().get(0, 1).unwrap() - 1.0).abs() < 1e-15);
    }

    /// The rows that are null in the second column hold values a thousand million times as large.
    #[test]
    fn a_pair_is_as_precise_as_its_common_rows() {
        let mut one: Vec<f64> = (0..200).map(|row| f64::from(row % 17)).collect();
        let mut other: Vec<f64> = (0..200).map(|row| f64::from(row % 5)).collect();
        let alone = pearson(&[&one[100..], &other[100..]]).unwrap();
        for row in 0..100 {
            one[row] = 1e9 + row as f64;
            other[row] = NULL;
        }
        let found = pearson(&[&one, &other]).unwrap().get(0, 1).unwrap();
        assert!((found - alone.get(0, 1).unwrap()).abs() < 1e-15);
    }

    #[test]
    fn the_number_of_threads_leaves_no_trace() {
        let columns: Vec<Vec<f64>> = (0..23_u32)
            .map(|column| {
                let value = |row: u32| match (row * (column + 3)) % 29 {
                    0 if column % 3 == 0 => NULL,
                    rest => (f64::from(rest) + 0.1 * f64::from(row % 7)).sin(),
                };
                (0..1500).map(value).collect()
            })
            .collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| (pearson(&columns).unwrap(), spearman(&columns).unwrap()))
        };
        let alone = on(1);
        assert_eq!(alone, on(2));
        assert_eq!(alone, on(5));
    }

    #[test]
    fn linked_columns_form_groups() {
        let size = 5;
        let mut matrix = CorrelationMatrix {
            size,
            values: vec![Some(0.1); size * size],
            rows: vec![9; size * size],
        };
        for (i, j, r) in [(0, 3, -0.9), (3, 4, 0.8), (1, 2, 0.79)] {
            matrix.values[i * size + j] = Some(r);
            matrix.values[j * size + i] = Some(r);
        }
        assert_eq!(clusters(&matrix, 0.8), [vec![0, 3, 4]]);
        assert_eq!(clusters(&matrix, 0.79), [vec![0, 3, 4], vec![1, 2]]);
        matrix.values.fill(None);
        assert!(clusters(&matrix, 0.0).is_empty());
    }
}
