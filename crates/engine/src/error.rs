//! What can go wrong in the engine, each with what to do next.

use std::path::PathBuf;

use leadrank_evidence::{Gate, Unit};

/// Result of an engine call.
pub type Result<T> = std::result::Result<T, Error>;

/// An engine error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No project folder was found.
    #[error(
        "no leadrank.toml in `{}` or any folder above it; make a project with `leadrank init` or name one with --project",
        .0.display()
    )]
    NoProject(PathBuf),
    /// Another process works on the project.
    #[error(
        "another leadrank is at work on `{}`; wait until it has ended and try again",
        .0.display()
    )]
    Busy(PathBuf),
    /// The configuration can't be used.
    #[error("{file}: {problem}")]
    Config {
        /// Where the value stands.
        file: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A file could not be read or written.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// "read", "write" and the like.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's own words.
        source: std::io::Error,
    },
    /// A bundle is damaged or of another version.
    #[error("bundle `{id}`: {problem}")]
    Bundle {
        /// The bundle's id or folder.
        id: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// Gates that stop a stage.
    #[error("{}", stopped(stage, gates))]
    Gates {
        /// The stage.
        stage: String,
        /// The failed gates.
        gates: Vec<Gate>,
    },
    /// Something that must always hold does not.
    #[error(transparent)]
    Broken(#[from] leadrank_evidence::Broken),
    /// The data cannot answer what was asked.
    #[error("{0}")]
    Data(String),
    /// Nothing of a kind that is needed is in use.
    #[error("{0}")]
    NothingInUse(String),
    /// Tables and SQL.
    #[error(transparent)]
    Warehouse(#[from] leadrank_warehouse::Error),
    /// Reading the raw files.
    #[error(transparent)]
    Sources(#[from] leadrank_sources::Error),
    /// Making the features.
    #[error(transparent)]
    Features(#[from] leadrank_features::Error),
    /// Talking to Salesforce.
    #[error(transparent)]
    Salesforce(#[from] leadrank_salesforce::Error),
    /// Planning and analysing an experiment.
    #[error(transparent)]
    Experiment(#[from] leadrank_experiment::Error),
    /// Splitting, training, calibrating.
    #[error(transparent)]
    Learn(#[from] leadrank_learn::LearnError),
    /// The model file.
    #[error(transparent)]
    Trees(#[from] leadrank_trees::Error),
    /// Metrics.
    #[error(transparent)]
    Stats(#[from] leadrank_stats::Error),
    /// A JSON document of ours can't be read or written.
    #[error("{what}: {source}")]
    Json {
        /// Which document.
        what: String,
        /// The parser's words.
        source: serde_json::Error,
    },
    /// Arrow or DataFusion refused a batch.
    #[error(transparent)]
    Table(#[from] datafusion::error::DataFusionError),
}

/// What stops a stage, with what to do about each gate.
fn stopped(stage: &str, gates: &[Gate]) -> String {
    let mut text = format!("{stage} stops at a failed gate");
    for gate in gates {
        let value = gate.value.map_or_else(String::new, |measured| {
            let value = match gate.unit {
                Unit::Count | Unit::Days => format!("{:.0}", measured.value),
                Unit::Share => format!("{:.1} %", 100.0 * measured.value),
                Unit::Score | Unit::Times | Unit::Difference => format!("{:.3}", measured.value),
            };
            format!(" (found {value}, n = {})", measured.n)
        });
        text.push_str(&format!(
            "\n  {}: {}{value}; {}",
            gate.id, gate.rule, gate.action
        ));
    }
    text.push_str("\n  --force REASON goes on all the same; the reason is kept in the run ledger");
    text
}

impl Error {
    /// Wraps an I/O error with what was tried on which path.
    pub fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Error::Io {
            action,
            path,
            source,
        }
    }
}

impl From<datafusion::arrow::error::ArrowError> for Error {
    fn from(source: datafusion::arrow::error::ArrowError) -> Self {
        Error::Table(source.into())
    }
}
