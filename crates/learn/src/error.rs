//! What can go wrong while learning, each with what to do next.

use std::path::PathBuf;

/// Result of this crate.
pub type Result<T> = std::result::Result<T, LearnError>;

/// Every failure of this crate; the text says what, where and what to do.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// Two inputs that must have the same length do not.
    #[error("{what}: expected {expected}, found {found}; pass one value for each row and column")]
    Shape {
        /// The input that has the wrong size.
        what: String,
        /// Size that was needed.
        expected: usize,
        /// Size that was given.
        found: usize,
    },
    /// A column was asked for that the matrix or encoder does not have.
    #[error("no column named `{name}`{hint}")]
    UnknownColumn {
        /// The name that was asked for.
        name: String,
        /// Nothing, or the columns there are.
        hint: String,
    },
    /// Rows can not be split as asked.
    #[error("can not split the rows: {reason}; {hint}")]
    Split {
        /// What is in the way.
        reason: String,
        /// What the user can change.
        hint: String,
    },
    /// Columns can not be turned into numbers.
    #[error("can not encode the columns: {reason}; {hint}")]
    Encode {
        /// What is in the way.
        reason: String,
        /// What the user can change.
        hint: String,
    },
    /// A parameter of a recipe lies outside its range.
    #[error("recipe: `{parameter}` is {value}, but must be {rule}")]
    Recipe {
        /// Name of the parameter.
        parameter: &'static str,
        /// What was given.
        value: String,
        /// What is allowed.
        rule: &'static str,
    },
    /// The rows can not carry a model.
    #[error("can not fit a model: {reason}; {hint}")]
    Fit {
        /// What is in the way.
        reason: String,
        /// What the user can change.
        hint: String,
    },
    /// Strategies against imbalance can not be compared.
    #[error("can not choose among the strategies: {reason}; {hint}")]
    Choice {
        /// What is in the way.
        reason: String,
        /// What the user can change.
        hint: String,
    },
    /// Something that must always hold does not.
    #[error(transparent)]
    Broken(#[from] leadrank_evidence::Broken),
    /// No XGBoost library was found.
    #[error(
        "no XGBoost library found (looked at {}); run `make setup`, or set LEADRANK_XGBOOST to a libxgboost of version 1.7 to 3.x",
        searched.join(", ")
    )]
    LibraryMissing {
        /// Places that were looked at, in order.
        searched: Vec<String>,
    },
    /// A file that should be an XGBoost library can not be opened as one.
    #[error(
        "{} can not be opened as an XGBoost library: {reason}; run `make setup`, or set LEADRANK_XGBOOST to a libxgboost of version 1.7 to 3.x",
        path.display()
    )]
    LibraryBroken {
        /// The file.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },
    /// The XGBoost library reported an error.
    #[error("xgboost: {call} failed: {message}")]
    Xgboost {
        /// The C function.
        call: &'static str,
        /// The library's own words.
        message: String,
    },
    /// A trained model could not be read back or evaluated.
    #[error("{step}: {message}")]
    Downstream {
        /// The step that failed.
        step: &'static str,
        /// The lower layer's own words.
        message: String,
    },
}

impl LearnError {
    pub(crate) fn shape(what: impl Into<String>, expected: usize, found: usize) -> Self {
        Self::Shape {
            what: what.into(),
            expected,
            found,
        }
    }

    pub(crate) fn split(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Split {
            reason: reason.into(),
            hint: hint.into(),
        }
    }

    pub(crate) fn encode(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Encode {
            reason: reason.into(),
            hint: hint.into(),
        }
    }

    pub(crate) fn fit(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Fit {
            reason: reason.into(),
            hint: hint.into(),
        }
    }

    pub(crate) fn choice(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Choice {
            reason: reason.into(),
            hint: hint.into(),
        }
    }

    pub(crate) fn downstream(step: &'static str, error: impl std::fmt::Display) -> Self {
        Self::Downstream {
            step,
            message: error.to_string(),
        }
    }
}
