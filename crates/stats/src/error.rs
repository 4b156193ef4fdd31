//! What can be wrong with the numbers handed in.

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a statistic could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There are no rows.
    #[error("{what} needs at least one row: the selection is empty, widen it")]
    Empty {
        /// The computation that was asked for.
        what: &'static str,
    },
    /// Two columns that describe the same rows differ in length.
    #[error("{name} has {found} values but {expected} rows are expected: pass one value a row")]
    Length {
        /// The column that does not fit.
        name: &'static str,
        /// Number of values expected, that of the labels or of the first column.
        expected: usize,
        /// Number of values in the column.
        found: usize,
    },
    /// A value that is NaN, infinite, or outside the range it must lie in.
    #[error("{name} is {value} in row {row} (counted from 0): {expected}")]
    Value {
        /// The column.
        name: &'static str,
        /// Row index from 0.
        row: usize,
        /// The offending value.
        value: f64,
        /// What is accepted.
        expected: &'static str,
    },
    /// Only one of the two classes is there.
    #[error(
        "{what} needs both classes, found {positives} positives in {n} rows: \
         choose rows with both outcomes"
    )]
    OneClass {
        /// The computation that was asked for.
        what: &'static str,
        /// Number of rows.
        n: usize,
        /// Number of positive rows.
        positives: usize,
    },
    /// An option outside its range.
    #[error("{name} is {value}: {expected}")]
    Option {
        /// The option.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What is accepted.
        expected: &'static str,
    },
    /// Two profiles that were not made with the same bin edges.
    #[error(
        "the profiles have different bin edges ({expected} and {found} bins): \
         count the new values with the reference profile"
    )]
    Edges {
        /// Number of bins of the reference.
        expected: usize,
        /// Number of bins of the other profile.
        found: usize,
    },
    /// A column that says nothing beside the others, where nothing decides between them.
    #[error(
        "column {column} (counted from 0) is constant or a linear combination of those before it: \
         leave it out, or set a penalty, such as 1"
    )]
    Collinear {
        /// Its position among the columns.
        column: usize,
    },
    /// Columns that tell the classes apart without fail, so that no finite weights are best.
    #[error(
        "the columns separate positives from negatives, so coefficients would grow without end: \
         set a penalty, such as 1"
    )]
    Separated,
    /// Values so large that sums of them overflow.
    #[error(
        "{name} are too large to compute with: bring the input to a size between 1e-100 and 1e100"
    )]
    Overflow {
        /// The column.
        name: &'static str,
    },
}

/// Refuses a column whose length differs from that of the labels.
pub(crate) fn same_length(name: &'static str, expected: usize, found: usize) -> Result<()> {
    if expected == found {
        Ok(())
    } else {
        Err(Error::Length {
            name,
            expected,
            found,
        })
    }
}

/// Refuses NaN and infinite values.
pub(crate) fn finite(name: &'static str, values: &[f64]) -> Result<()> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(row) => Err(Error::Value {
            name,
            row,
            value: values[row],
            expected: "must be a finite number",
        }),
    }
}

/// Refuses anything outside 0..=1.
pub(crate) fn unit_range(name: &'static str, values: &[f64]) -> Result<()> {
    match values.iter().position(|value| !(0.0..=1.0).contains(value)) {
        None => Ok(()),
        Some(row) => Err(Error::Value {
            name,
            row,
            value: values[row],
            expected: "must lie in 0..=1",
        }),
    }
}
