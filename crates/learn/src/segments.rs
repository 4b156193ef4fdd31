//! Rows divided by what their probabilities are calibrated by.

use leadrank_stats::calibrators::Cuts;

use crate::{LearnError, Result};

/// The segment of each row of a matrix; without names, all rows are alike.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Segments {
    names: Vec<String>,
    of_row: Vec<usize>,
}

impl Segments {
    /// Rows that are not divided.
    pub fn none() -> Self {
        Self::default()
    }

    /// Rows divided by a number: one value each, NaN where it is not known.
    pub fn by_value(values: impl IntoIterator<Item = f64>, cuts: &Cuts) -> Self {
        let of = |value: f64| cuts.segment(value);
        Self {
            names: cuts.names(),
            of_row: values.into_iter().map(of).collect(),
        }
    }

    /// Names of the segments, in their order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The segment of a row; none where rows are not divided.
    pub fn of(&self, row: usize) -> Option<usize> {
        self.of_row.get(row).copied()
    }

    /// The segments of some rows, 0 for all where rows are not divided.
    pub fn of_rows(&self, rows: &[usize]) -> Vec<usize> {
        let of = |&row: &usize| self.of(row).unwrap_or(0);
        rows.iter().map(of).collect()
    }

    /// Whether there is a segment for each of `rows` rows, or none at all.
    ///
    /// # Errors
    /// When there are segments for another number of rows.
    pub fn check(&self, rows: usize) -> Result<()> {
        if self.names.is_empty() || self.of_row.len() == rows {
            return Ok(());
        }
        Err(LearnError::shape("segments", rows, self.of_row.len()))
    }
}
