//! Logistic regression with a ridge penalty.
//!
//! The coefficients minimise `sum(ln(1 + exp(-s * margin))) + penalty / 2 * sum(coefficient²)`,
//! with `s` = 1 for positives and -1 for negatives and a free intercept: the objective of
//! scikit-learn's `LogisticRegression`, whose `C` is `1 / penalty`. It is minimised by Newton's
//! method, which for this loss is iteratively reweighted least squares (P. McCullagh and
//! J. A. Nelder, "Generalized Linear Models" (1989), section 2.5; with the penalty S. le Cessie
//! and J. C. van Houwelingen, "Ridge Estimators in Logistic Regression", Applied Statistics 41
//! (1992)). Inside, columns are always standardised, with penalties to match, so their units
//! don't cost precision.

mod cholesky;
mod newton;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, finite, same_length};
use newton::Problem;

/// How coefficients are held back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogisticOptions {
    /// Weight of the penalty, 0 or more; the inverse of scikit-learn's `C`. The intercept is
    /// free.
    pub penalty: f64,
    /// Whether the penalty is on the coefficients of standardised columns (mean 0, standard
    /// deviation 1 over the rows) or of the columns as they are. The coefficients that come out
    /// are those of the columns as they are either way.
    pub standardise: bool,
}

impl Default for LogisticOptions {
    fn default() -> Self {
        Self {
            penalty: 1.0,
            standardise: true,
        }
    }
}

/// A fitted logistic regression: the margin (log-odds) is
/// `intercept + sum(coefficients × values)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logistic {
    /// Log-odds where all values are 0.
    pub intercept: f64,
    /// Change of the log-odds for one unit of each column; 0 for a column that is constant on
    /// the rows.
    pub coefficients: Vec<f64>,
    /// How sure these are, without a penalty only: with one the estimates are biased on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_errors: Option<StandardErrors>,
}

/// Square roots of the diagonal of the inverse observed information.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StandardErrors {
    /// Of the intercept.
    pub intercept: f64,
    /// Of each coefficient.
    pub coefficients: Vec<f64>,
}

impl Logistic {
    /// Fits the regression on columns of equal length, each with a value a row.
    ///
    /// A penalty above 0 makes the optimum unique and finite whatever the columns: of copies of a
    /// column each gets a share, and where columns separate the classes the coefficients stop
    /// growing. Without a penalty both are refused, the latter once Newton's steps don't shrink.
    ///
    /// The result is the same bit for bit on any number of threads.
    ///
    /// # Errors
    /// For columns of different length, no rows, one class only, values that are not finite or
    /// too large to square, and a penalty that is negative or not finite. With a penalty of 0, or
    /// one too small to tell from it, also for a column that is constant or a linear combination
    /// of others, and for classes that the columns separate.
    ///
    /// ```
    /// use leadrank_stats::logistic::{Logistic, LogisticOptions};
    ///
    /// // Odds of 1 and 3: the log of their ratio is the coefficient.
    /// let flag = [0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    /// let labels = [true, false, true, true, true, false];
    /// let free = LogisticOptions { penalty: 0.0, ..LogisticOptions::default() };
    /// let fitted = Logistic::fit(&[&flag], &labels, &free)?;
    /// assert!((fitted.coefficients[0] - 3_f64.ln()).abs() < 1e-9);
    /// # Ok::<(), leadrank_stats::Error>(())
    /// ```
    pub fn fit(columns: &[&[f64]], labels: &[bool], options: &LogisticOptions) -> Result<Logistic> {
        let what = "the logistic regression";
        if labels.is_empty() {
            return Err(Error::Empty { what });
        }
        let positives = labels.iter().filter(|&&label| label).count();
        if positives == 0 || positives == labels.len() {
            let n = labels.len();
            return Err(Error::OneClass { what, n, positives });
        }
        if !(options.penalty >= 0.0 && options.penalty.is_finite()) {
            return Err(Error::Option {
                name: "the penalty",
                value: options.penalty,
                expected: "must be 0 or more, such as 1",
            });
        }
        for column in columns {
            same_length("a column", labels.len(), column.len())?;
            finite("a column", column)?;
        }
        let problem = Problem::new(columns, labels, positives, options)?;
        problem.solve(options.penalty == 0.0)
    }

    /// The margin (log-odds) of a row with a value for each coefficient.
    pub fn margin(&self, values: impl IntoIterator<Item = f64>) -> f64 {
        let products = self.coefficients.iter().zip(values);
        self.intercept + products.map(|(weight, value)| weight * value).sum::<f64>()
    }
}

#[cfg(test)]
mod tests;
