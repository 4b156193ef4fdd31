//! What can go wrong while a simulated project is written.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a simulation stopped; every message says what to do next.
#[derive(Debug, Error)]
pub enum Error {
    /// A folder or file could not be made, written or renamed.
    #[error("can't write {path}: {source}; check that the folder is writable and has space left")]
    Io {
        /// The file or folder in question.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The scale is not a usable number.
    #[error("scale {0} is out of range; give a number from 0.0005 to 4 (1 is the full size)")]
    Scale(f64),
    /// No month was asked for.
    #[error("no vintage month given; name at least one, for example 2025_10")]
    NoMonths,
    /// A month lies where the simulated population is not defined.
    #[error("month {0} is outside 2022_01 to 2026_12; choose months in that range")]
    MonthRange(crate::Month),
    /// A month's text could not be read.
    #[error("`{0}` is not a month; write it as YYYY_MM, for example 2025_10")]
    MonthText(String),
    /// A hazard's name is unknown.
    #[error("`{given}` is not a hazard; the hazards are {known}")]
    HazardName {
        /// What was given.
        given: String,
        /// All names, comma-separated.
        known: String,
    },
    /// A raw file could not be read.
    #[error("can't read {path}: {source}; simulate the project first")]
    Read {
        /// The file in question.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A raw file is not as this crate writes it.
    #[error("{file}, line {line}: {what}; simulate the project again")]
    Malformed {
        /// Name relative to the project folder.
        file: &'static str,
        /// Line, the header being 1.
        line: usize,
        /// What is wrong there.
        what: String,
    },
    /// A number that says what is true of the weeks after launch is out of range.
    #[error("{name} is {given}; give a number from {least} to {most}")]
    WeeksRange {
        /// The field of [`Weeks`](crate::weeks::Weeks).
        name: &'static str,
        /// What was given.
        given: f64,
        /// Least usable value.
        least: f64,
        /// Greatest usable value.
        most: f64,
    },
    /// The last day to tell can't be told.
    #[error("{0} can't be the last day told; give a day from 2024-01-02 to 2046-06-04")]
    WeeksUntil(chrono::NaiveDate),
    /// A lead can't take part in the experiment as given.
    #[error("lead `{lead}` can't be enrolled: {why}")]
    Enrolment {
        /// Salesforce id of the lead.
        lead: String,
        /// The reason, and what to do about it.
        why: String,
    },
    /// The worker threads could not be started.
    #[error("can't start worker threads: {0}; try fewer threads")]
    Threads(String),
}

/// Result with this crate's [`Error`](enum@Error).
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn enrolment(lead: &str, why: impl Into<String>) -> Self {
        Self::Enrolment {
            lead: lead.to_owned(),
            why: why.into(),
        }
    }

    pub(crate) fn io(path: &std::path::Path, source: io::Error) -> Self {
        Self::Io {
            path: path.to_path_buf(),
            source,
        }
    }
}
