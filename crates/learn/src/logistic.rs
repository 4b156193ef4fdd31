//! Plain logistic regression on the columns of a matrix: the other baseline.
//!
//! Missing cells get the median of the training rows, and a column that has any a flag beside it
//! that says so. A ridge penalty holds the coefficients: those of numbers as standardised on the
//! training rows, those of flags and of columns of zeros and ones as they are, since to
//! standardise a rare flag would all but lift its penalty.

use leadrank_stats::logistic::{Logistic, LogisticOptions};
use leadrank_stats::quantile;
use serde::{Deserialize, Serialize};

use crate::fit::labels_of;
use crate::split::TrainingRows;
use crate::{LearnError, Matrix, Result};

/// One column's part in the margin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearColumn {
    /// Its name in the matrix.
    pub name: String,
    /// What stands in for a missing cell: the median of the training rows, 0 without values.
    pub median: f64,
    /// Change of the log-odds for one unit.
    pub coefficient: f64,
    /// Change of the log-odds where the cell is missing, on top of that of the median; 0 where
    /// training had no missing cells.
    pub missing: f64,
}

/// A fitted regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearModel {
    /// Log-odds where all columns are 0.
    pub intercept: f64,
    /// The columns, in the order of the matrix.
    pub columns: Vec<LinearColumn>,
}

impl LinearModel {
    /// Fits the regression on the training rows alone; `penalty` is the inverse of scikit-learn's
    /// `C`, for which 1 is usual.
    ///
    /// # Errors
    /// For labels missing on the rows, one class only, and a penalty that is negative, or too
    /// small for columns that depend on each other or separate the classes.
    pub fn fit(
        matrix: &Matrix,
        labels: &[Option<bool>],
        rows: &impl TrainingRows,
        penalty: f64,
    ) -> Result<Self> {
        let labels = labels_of(labels, rows)?;
        let mut columns = Vec::new();
        let mut inputs: Vec<Vec<f64>> = Vec::new();
        let mut scales = Vec::new();
        // The place of each column with missing cells, and its flag.
        let mut flags = Vec::new();
        for (at, name) in matrix.names().iter().enumerate() {
            let all = matrix.column(name)?;
            let mut values: Vec<f64> = rows
                .indices()
                .iter()
                .map(|&row| all.get(row).map_or(f64::NAN, |&value| f64::from(value)))
                .collect();
            let median = quantile::linear(&values, 0.5).unwrap_or(0.0);
            let missing: Vec<f64> = values
                .iter()
                .map(|value| f64::from(u8::from(value.is_nan())))
                .collect();
            for value in values.iter_mut().filter(|value| value.is_nan()) {
                *value = median;
            }
            let scale = Scale::of(&values);
            for value in &mut values {
                *value = (*value - scale.mean) / scale.deviation;
            }
            inputs.push(values);
            scales.push(scale);
            if missing.contains(&1.0) {
                flags.push((at, missing));
            }
            columns.push(LinearColumn {
                name: name.clone(),
                median,
                coefficient: 0.0,
                missing: 0.0,
            });
        }
        let slices: Vec<&[f64]> = inputs
            .iter()
            .chain(flags.iter().map(|(_, flag)| flag))
            .map(Vec::as_slice)
            .collect();
        let options = LogisticOptions {
            penalty,
            standardise: false,
        };
        let fitted = Logistic::fit(&slices, &labels, &options)
            .map_err(|error| LearnError::downstream("logistic regression", error))?;
        let (own, of_flags) = fitted.coefficients.split_at(columns.len());
        let mut intercept = fitted.intercept;
        for ((column, scale), coefficient) in columns.iter_mut().zip(scales).zip(own) {
            column.coefficient = coefficient / scale.deviation;
            intercept -= column.coefficient * scale.mean;
        }
        for ((at, _), coefficient) in flags.iter().zip(of_flags) {
            columns[*at].missing = *coefficient;
        }
        Ok(Self { intercept, columns })
    }

    /// The margin (log-odds) of each row. Columns are found by name.
    ///
    /// # Errors
    /// If the matrix lacks a column of the model.
    pub fn margins(&self, matrix: &Matrix) -> Result<Vec<f64>> {
        let mut margins = vec![self.intercept; matrix.n_rows()];
        for column in &self.columns {
            for (margin, value) in margins.iter_mut().zip(matrix.column(&column.name)?) {
                *margin += if value.is_nan() {
                    column.coefficient * column.median + column.missing
                } else {
                    column.coefficient * f64::from(value)
                };
            }
        }
        Ok(margins)
    }
}

/// What a column is centred and divided by.
struct Scale {
    mean: f64,
    deviation: f64,
}

impl Scale {
    /// The mean and standard deviation of numbers; nothing for a column of zeros and ones, or of
    /// one value.
    fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
        let deviation = (squares / n).sqrt();
        let is_flag = values.iter().all(|&value| value == 0.0 || value == 1.0);
        if is_flag || deviation == 0.0 {
            return Self {
                mean: 0.0,
                deviation: 1.0,
            };
        }
        Self { mean, deviation }
    }
}
