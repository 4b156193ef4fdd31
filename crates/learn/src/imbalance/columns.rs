//! What kind of numbers a column holds, and what stands in for its missing ones.

use crate::{LearnError, Result};

/// Columns that are taken out of the row-major values at once: neighbours in memory.
const AT_ONCE: usize = 16;

/// What kind of numbers a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// At most two distinct values: a name of a state, not an amount.
    Binary,
    /// Whole numbers only.
    Integer,
    /// Any numbers.
    Continuous,
}

/// A column's kind and the value that stands in for a missing one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Column {
    kind: Kind,
    fill: f32,
    /// Least value that occurs.
    low: f32,
}

/// Kinds and stand-ins of all columns, fitted on one set of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns(Vec<Column>);

impl Columns {
    /// Looks at row-major `values` of `n_columns` columns; NaN is missing. The stand-in is
    /// the most frequent value of a binary column (of two as frequent ones the smaller),
    /// the lower median of an integer column, so that it is whole, the median of a
    /// continuous one, and 0 for a column without any value.
    ///
    /// # Errors
    /// [`LearnError::Shape`] when the values make no whole rows, [`LearnError::Encode`]
    /// for an infinite value and for no columns.
    pub fn fit(values: &[f32], n_columns: usize) -> Result<Self> {
        if n_columns == 0 {
            return Err(LearnError::encode(
                "there are no columns",
                "keep at least one column",
            ));
        }
        if !values.len().is_multiple_of(n_columns) {
            let whole = values.len() / n_columns * n_columns;
            return Err(LearnError::shape("matrix values", whole, values.len()));
        }
        if let Some(at) = values.iter().position(|value| value.is_infinite()) {
            return Err(LearnError::encode(
                format!(
                    "column {} is infinite in row {}",
                    at % n_columns,
                    at / n_columns
                ),
                "make it null or a finite number",
            ));
        }
        let mut columns = Vec::with_capacity(n_columns);
        let mut taken: [Vec<f32>; AT_ONCE] = Default::default();
        for first in (0..n_columns).step_by(AT_ONCE) {
            let width = AT_ONCE.min(n_columns - first);
            for row in values.chunks_exact(n_columns) {
                for (column, &value) in taken.iter_mut().zip(&row[first..first + width]) {
                    if !value.is_nan() {
                        column.push(value);
                    }
                }
            }
            for column in &mut taken[..width] {
                columns.push(Column::of(column));
                column.clear();
            }
        }
        Ok(Self(columns))
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        self.0.len()
    }

    /// Kinds, in the order of the columns.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> + '_ {
        self.0.iter().map(|column| column.kind)
    }

    /// Stand-ins for missing values, in the order of the columns.
    pub fn fills(&self) -> impl Iterator<Item = f32> + '_ {
        self.0.iter().map(|column| column.fill)
    }

    /// Puts the stand-ins into row-major values of these columns.
    ///
    /// # Errors
    /// [`LearnError::Shape`] when the values make no whole rows.
    pub fn impute(&self, values: &mut [f32]) -> Result<()> {
        let width = self.0.len();
        if !values.len().is_multiple_of(width) {
            let whole = values.len() / width * width;
            return Err(LearnError::shape("matrix values", whole, values.len()));
        }
        for row in values.chunks_exact_mut(width) {
            for (value, column) in row.iter_mut().zip(&self.0) {
                if value.is_nan() {
                    *value = column.fill;
                }
            }
        }
        Ok(())
    }

    /// Least value of a column.
    pub(super) fn low(&self, column: usize) -> f32 {
        self.0[column].low
    }

    /// How many columns are of a kind.
    pub(super) fn count(&self, kind: Kind) -> u32 {
        self.kinds().filter(|&other| other == kind).count() as u32
    }
}

impl Column {
    /// `present` are the values that are not missing, in any order; their order is lost.
    fn of(present: &mut [f32]) -> Self {
        let Some(&first) = present.first() else {
            return Self {
                kind: Kind::Binary,
                fill: 0.0,
                low: 0.0,
            };
        };
        let other = present.iter().copied().find(|&value| value != first);
        let second = other.unwrap_or(first);
        let (low, high) = (first.min(second), first.max(second));
        if present.iter().all(|&value| value == low || value == high) {
            let lows = present.iter().filter(|&&value| value == low).count();
            return Self {
                kind: Kind::Binary,
                fill: if 2 * lows >= present.len() { low } else { high },
                low,
            };
        }
        let kind = if present.iter().all(|value| value.fract() == 0.0) {
            Kind::Integer
        } else {
            Kind::Continuous
        };
        let least = present.iter().copied().fold(f32::INFINITY, f32::min);
        let is_even = present.len().is_multiple_of(2);
        let (_, &mut middle, above) =
            present.select_nth_unstable_by((present.len() - 1) / 2, f32::total_cmp);
        let next = above.iter().copied().fold(f32::INFINITY, f32::min);
        let fill = if kind == Kind::Continuous && is_even {
            ((f64::from(middle) + f64::from(next)) / 2.0) as f32
        } else {
            middle
        };
        Self {
            kind,
            fill,
            low: least,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: f32 = f32::NAN;

    #[test]
    fn kinds_and_stand_ins_by_hand() {
        #[rustfmt::skip]
        let values = [
            // binary, tied binary, integer, continuous, constant, empty
            1.0, 7.0, 4.0, 0.5, 3.0, NONE,
            1.0, 2.0, 1.0, 2.0, NONE, NONE,
            0.0, 2.0, 9.0, 1.0, 3.0, NONE,
            NONE, 7.0, 2.0, 0.1, NONE, NONE,
        ];
        let columns = Columns::fit(&values, 6).unwrap();
        use Kind::{Binary, Continuous, Integer};
        let kinds: Vec<Kind> = columns.kinds().collect();
        assert_eq!(kinds, [Binary, Binary, Integer, Continuous, Binary, Binary]);
        let fills: Vec<f32> = columns.fills().collect();
        assert_eq!(fills, [1.0, 2.0, 2.0, 0.75, 3.0, 0.0]);
        let mut row = [NONE, 7.0, NONE, NONE, 5.0, NONE];
        columns.impute(&mut row).unwrap();
        assert_eq!(row, [1.0, 7.0, 2.0, 0.75, 5.0, 0.0]);
    }

    #[test]
    fn many_columns_keep_their_places() {
        let values: Vec<f32> = (0..3 * 40).map(|at| (at % 40) as f32 + 0.5).collect();
        let columns = Columns::fit(&values, 40).unwrap();
        let fills: Vec<f32> = columns.fills().collect();
        assert_eq!(fills, &values[..40]);
    }

    #[test]
    fn what_makes_no_table_is_refused() {
        let said = |values: &[f32], width| Columns::fit(values, width).unwrap_err().to_string();
        assert!(said(&[], 0).contains("no columns"));
        assert!(said(&[1.0; 3], 2).contains("expected 2, found 3"));
        let infinite = [1.0, 2.0, f32::INFINITY, 4.0];
        assert!(said(&infinite, 2).contains("column 0 is infinite in row 1"));
        let columns = Columns::fit(&[1.0, 2.0], 2).unwrap();
        assert!(columns.impute(&mut [1.0; 3]).is_err());
    }
}
