//! What to load, and how.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::reader::Source;
use crate::scorecard::Judge;

/// What to load, and how.
#[derive(Clone, Debug)]
pub struct IngestOptions {
    /// The folder of exports; looked through unless `files` are named.
    pub raw: PathBuf,
    /// Files to load instead of the folder's, made by [`crate::discover::explicit`].
    pub files: Vec<Source>,
    /// The moment of loading, written to the tables.
    pub loaded_at: DateTime<Utc>,
    /// The user's names: source column, and declared column with `*FACTOR` after it if the
    /// file counts in another unit.
    pub mapping: Vec<(String, String)>,
    /// Keep the text of undeclared columns as JSON in `unknown_columns`.
    pub keep_unknown: bool,
    /// Read and report, write nothing.
    pub dry_run: bool,
    /// Load a vendor month even if a file that the month before had is not there.
    pub partial: bool,
    /// Why deliveries that fail their gates come into use all the same.
    pub force: Option<String>,
    /// Decides over deliveries.
    pub judge: Judge,
    /// Remove what loads that were cut off left behind. Only for callers that keep other
    /// loads away meanwhile: rows of a load under way look the same.
    pub tidy: bool,
}

impl IngestOptions {
    /// A whole folder, undeclared columns kept, every complete delivery accepted.
    pub fn folder(raw: impl Into<PathBuf>, loaded_at: DateTime<Utc>) -> IngestOptions {
        IngestOptions {
            raw: raw.into(),
            files: Vec::new(),
            loaded_at,
            mapping: Vec::new(),
            keep_unknown: true,
            dry_run: false,
            partial: false,
            force: None,
            judge: Judge::default(),
            tidy: false,
        }
    }
}
