//! What a load did, as told to people and programs.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::contract::FileKind;
use crate::discover::Unrecognised;
use crate::reject::ColumnRejects;

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileStatus {
    /// Read and written.
    Loaded,
    /// The same bytes are loaded already.
    Unchanged,
    /// Read and, as asked, not written.
    ReadOnly,
    /// Kept, but held back: its delivery failed the quality gates.
    Quarantined,
    /// Not in use: its delivery is not complete, or another file of it can't be read.
    Held,
    /// Can't be read as what it is.
    Refused,
    /// Taken out of use by a person, and not in use since.
    Withdrawn,
}

/// One file of a load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileReport {
    /// The file's name.
    pub file: String,
    /// What kind of file it is.
    pub kind: FileKind,
    /// Its territory, for representatives.
    pub territory: Option<String>,
    /// Its month, for the vendor's files.
    pub snapshot_as_of: Option<NaiveDate>,
    /// The delivery it came with, where it is loaded.
    pub delivery: String,
    /// What happened to it.
    pub status: FileStatus,
    /// Whether it was read this time.
    pub read: bool,
    /// Rows in the table.
    pub rows: u64,
    /// Rows left out for want of a usable key; each is a rejected cell, too. Zero for an
    /// unchanged file.
    pub rows_left_out: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Rejected cells and rows.
    pub rejected_cells: u64,
    /// The same by column; empty for an unchanged file.
    pub rejected: BTreeMap<String, ColumnRejects>,
    /// Declared columns the file does not have.
    pub missing_columns: Vec<String>,
    /// Columns the contract does not have.
    pub unknown_columns: Vec<String>,
    /// Personal columns that were not loaded.
    pub left_out_columns: Vec<String>,
}

/// A delivery that is not in use, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBack {
    /// Its name, or its month where it was not read.
    pub delivery: String,
    /// Whether it is kept in quarantine; otherwise nothing of it was read.
    pub quarantined: bool,
    /// What is wrong with it.
    pub reasons: Vec<String>,
    /// What to do.
    pub remedy: String,
}

/// A whole load, without durations: the same input gives the same report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct IngestReport {
    /// The files, in the order they were loaded.
    pub files: Vec<FileReport>,
    /// Files in the folder that were passed over.
    pub unrecognised: Vec<Unrecognised>,
    /// Deliveries in the folder that are not in use.
    #[serde(default)]
    pub held_back: Vec<HeldBack>,
    /// Deliveries that came into use past their gates, by force.
    #[serde(default)]
    pub forced: Vec<String>,
    /// True if nothing was to be written.
    pub dry_run: bool,
}

impl IngestReport {
    /// Files that were read this time.
    pub fn files_read(&self) -> usize {
        self.files.iter().filter(|f| f.read).count()
    }

    /// Rows of all files.
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|f| f.rows).sum()
    }

    /// Rejected cells and rows of all files.
    pub fn rejected_cells(&self) -> u64 {
        self.files.iter().map(|f| f.rejected_cells).sum()
    }
}
