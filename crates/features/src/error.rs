//! What can go wrong while features are made.

use std::path::PathBuf;

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

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
    /// A setting has no such value.
    #[error("features.history is `{0}`; it must be \"as_of\", \"strict\" or \"hybrid\"")]
    History(String),
    /// A project's own SQL model is older than the policy that is asked for.
    #[error(
        "features.history = \"hybrid\" needs `{part}` in the SQL model {number}, which the project's own copy lacks; delete that copy from sql/features, or add it"
    )]
    HistoryModel {
        /// Number of the model.
        number: &'static str,
        /// What it lacks.
        part: &'static str,
    },
    /// A project's own SQL model can't be read.
    #[error("cannot read the SQL model `{}`: {source}", path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// The as-of join gave leads a month after their contact.
    #[error(
        "{leads} leads would get vendor facts of a month after their contact: a model in sql/features lets later facts in; compare it with the shipped one, or delete the project's copy"
    )]
    LaterFacts {
        /// Leads concerned.
        leads: u64,
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
