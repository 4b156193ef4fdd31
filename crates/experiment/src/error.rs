//! What can go wrong, each with what to do next.

/// Result of a call.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of an experiment.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A plan that can't be carried out.
    #[error("the plan can't be used: {0}")]
    Plan(String),
    /// The plan is another one than was frozen.
    #[error(
        "the plan was changed after it was frozen: its content has hash {found}, frozen was {frozen}; bring the frozen file back, or plan a new experiment under another name"
    )]
    Changed {
        /// Hash of what is there.
        found: String,
        /// Hash of what was frozen.
        frozen: String,
    },
    /// A look that may not be taken.
    #[error("{0}")]
    Look(String),
    /// Rows that contradict each other.
    #[error("{0}")]
    Data(String),
}
