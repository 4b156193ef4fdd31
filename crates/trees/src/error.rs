use thiserror::Error;

/// Result of reading a model.
pub type Result<T> = std::result::Result<T, Error>;

/// Why bytes could not be read as a model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not well-formed JSON or UBJ.
    #[error("model {format} is malformed at byte {offset}: {reason}; save the model again")]
    Malformed {
        /// `JSON` or `UBJ`.
        format: &'static str,
        /// Position in the bytes, from 0.
        offset: usize,
        /// What was found.
        reason: String,
    },
    /// The document is well-formed but is not a consistent XGBoost model.
    #[error("model field `{field}` {reason}; save the model again with XGBoost 1.7 or newer")]
    Invalid {
        /// Path of the field, such as `learner.gradient_booster.model.trees[3].parents`.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A sound model of a kind that is not served here.
    #[error("model uses {what}, which is not supported; {instead}")]
    Unsupported {
        /// The unsupported part, by XGBoost's own name for it.
        what: String,
        /// What to use in its place.
        instead: &'static str,
    },
}

impl Error {
    pub(crate) fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Error::Invalid {
            field: field.into(),
            reason: reason.into(),
        }
    }
}
