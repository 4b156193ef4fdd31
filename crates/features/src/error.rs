//! What can go wrong while features are made.

use std::path::PathBuf;

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure, with what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A query failed.
    #[error("while making {what}: {source}")]
    Query {
        /// Which model.
        what: String,
        /// The session's words.
        source: Box<leadrank_warehouse::Error>,
    },
    /// DataFusion failed while running.
    #[error("while making {what}: {source}")]
    Run {
        /// Which model.
        what: String,
        /// The engine's words.
        source: Box<datafusion::error::DataFusionError>,
    },
    /// A setting has no such value.
    #[error("features.calculable is `{0}`; it must be \"at_contact\" or \"as_delivered\"")]
    Calculable(String),
    /// A project's own SQL model can't be read.
    #[error("cannot read the SQL model `{}`: {source}", path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// There are no vendor months.
    #[error("no vendor month is loaded; load discovery_t1_YYYY_MM.csv and its sisters first")]
    NoMonths,
}

impl Error {
    pub(crate) fn query(what: &str) -> impl FnOnce(leadrank_warehouse::Error) -> Self {
        let what = what.to_string();
        move |source| Error::Query {
            what,
            source: Box::new(source),
        }
    }

    pub(crate) fn run(what: &str) -> impl FnOnce(datafusion::error::DataFusionError) -> Self {
        let what = what.to_string();
        move |source| Error::Run {
            what,
            source: Box::new(source),
        }
    }
}
