//! What can go wrong with a whole file; what goes wrong with a cell is a reject instead.

use std::path::PathBuf;

use crate::contract::FileKind;

/// Errors of this crate. Each names the file and what to do; none leaves anything of the
/// file's month loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file or folder cannot be opened or read.
    #[error("{path}: cannot be read ({source}); check that it exists and may be read", path = path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Nothing in it.
    #[error("{file}: the file is empty; export it again")]
    Empty {
        /// The file.
        file: String,
    },
    /// A header, but not one usable row.
    #[error(
        "{file}: no usable row ({rejected} rows without a valid {key}); export it again or check the {key} column"
    )]
    NoRows {
        /// The file.
        file: String,
        /// The key column.
        key: &'static str,
        /// Rows left out.
        rejected: u64,
    },
    /// Not plain UTF-8 text.
    #[error("{file}: the file is {found}; save it as comma-separated UTF-8 text")]
    NotUtf8Text {
        /// The file.
        file: String,
        /// What it seems to be.
        found: &'static str,
    },
    /// Not separated by commas.
    #[error(
        "{file}: the header is one column with a {found} in it; export with commas between the columns"
    )]
    WrongDelimiter {
        /// The file.
        file: String,
        /// The delimiter found.
        found: &'static str,
    },
    /// The key column is absent.
    #[error(
        "{file}: no column {key}, which identifies a row of a {kind} file; found {found}{near}; rename the column or map it with SOURCE={key}"
    )]
    MissingKey {
        /// The file.
        file: String,
        /// The key column.
        key: &'static str,
        /// The kind of file.
        kind: FileKind,
        /// The header, shortened.
        found: String,
        /// Names that look like the key, with a lead-in, or nothing.
        near: String,
    },
    /// Two columns of one name.
    #[error(
        "{file}: columns {first} (`{first_name}`) and {second} (`{second_name}`) have the same name after cleaning; rename or remove one"
    )]
    DuplicateColumn {
        /// The file.
        file: String,
        /// Position of the first, from 1.
        first: usize,
        /// Name of the first.
        first_name: String,
        /// Position of the second, from 1.
        second: usize,
        /// Name of the second.
        second_name: String,
    },
    /// The last line is cut off.
    #[error(
        "{file}, line {line}: the last line is cut off ({found} of {expected} cells and no line end); the download may be incomplete, fetch the file again"
    )]
    Truncated {
        /// The file.
        file: String,
        /// Line of the cut record.
        line: u64,
        /// Cells found.
        found: usize,
        /// Cells in the header.
        expected: usize,
    },
    /// A quote that is never closed.
    #[error(
        "{file}, line {line}: a quoted cell that starts in this record is never closed; the download may be incomplete, or a quote is missing"
    )]
    UnclosedQuote {
        /// The file.
        file: String,
        /// Line the record starts on.
        line: u64,
    },
    /// One record longer than any real one.
    #[error(
        "{file}, line {line}: the record is longer than {limit} MiB; a closing quote is probably missing in it"
    )]
    RecordTooLong {
        /// The file.
        file: String,
        /// Line the record starts on.
        line: u64,
        /// The limit in MiB.
        limit: usize,
    },
    /// A mapping that cannot be meant.
    #[error("mapping `{mapping}`: {why}")]
    BadMapping {
        /// The mapping as given.
        mapping: String,
        /// What is wrong.
        why: String,
    },
    /// A mapping whose source is in no file.
    #[error(
        "mapping `{mapping}`: no file that has the target has a column of that source name; files read: {files}"
    )]
    UnusedMapping {
        /// The mapping.
        mapping: String,
        /// The files looked at.
        files: String,
    },
    /// Two mappings that meet.
    #[error("mapping `{mapping}`: its source or target is mapped twice in {file}; keep one")]
    MappingTwice {
        /// The second mapping.
        mapping: String,
        /// The file.
        file: String,
    },
    /// Not a kind of file.
    #[error("`{given}` is not a kind of file; use reps, firms, lead, task, user or opportunity")]
    UnknownKind {
        /// The word given.
        given: String,
    },
    /// A month that is none, or is needed and not given.
    #[error("{file}: {why}; give the month as YYYY-MM, for example 2025-10")]
    BadMonth {
        /// The file.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// A territory that is none, or is needed and not given.
    #[error("{file}: {why} T1, T2, T3 or TX", why = if given.is_empty() { "a reps file belongs to a territory; give one of".to_owned() } else { format!("`{given}` is not a territory; give one of") })]
    BadTerritory {
        /// The file.
        file: String,
        /// The territory given, if any.
        given: String,
    },
    /// Two files for one place.
    #[error("{first} and {second} are both {what}; keep one of them")]
    TwoFiles {
        /// One file.
        first: String,
        /// The other file.
        second: String,
        /// What both are.
        what: String,
    },
    /// Nothing to load.
    #[error("{path}: no file to load; expected names such as discovery_t1_2025_10.csv, discovery_firms_2025_10.csv, salesforce_lead.csv", path = path.display())]
    NothingToLoad {
        /// The folder.
        path: PathBuf,
    },
    /// A month that is to be taken out of use is not in use.
    #[error("nothing of {} is in use; `leadrank status` lists the months that are", month.format("%Y-%m"))]
    NothingInUse {
        /// The month.
        month: chrono::NaiveDate,
    },
    /// Only one delivery of a month, where two are to be compared.
    #[error("{} has one revision only; name two months to compare, as in --diff 2025_07,2025_10", month.format("%Y-%m"))]
    NoRevision {
        /// The month.
        month: chrono::NaiveDate,
    },
    /// Something that must always hold does not.
    #[error(transparent)]
    Broken(#[from] leadrank_evidence::Broken),
    /// Reject records could not be kept aside.
    #[error(
        "rejected cells cannot be kept in a temporary file ({0}); check the free space of the temporary folder"
    )]
    Spool(String),
    /// Another thread stopped without a word.
    #[error("{file}: reading stopped unexpectedly; run the load again")]
    Stopped {
        /// The file.
        file: String,
    },
    /// The tables could not be read or written.
    #[error(transparent)]
    Warehouse(#[from] leadrank_warehouse::Error),
    /// A batch could not be built.
    #[error("internal: rows could not be put into columns ({0})")]
    Arrow(#[from] datafusion::arrow::error::ArrowError),
}

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The file that can't be read as what it is, where that is what is wrong: other files can be
    /// loaded all the same.
    pub fn broken_file(&self) -> Option<String> {
        match self {
            Error::Unreadable { path, .. } => {
                path.file_name().map(|name| name.to_string_lossy().into())
            }
            Error::Empty { file }
            | Error::NoRows { file, .. }
            | Error::NotUtf8Text { file, .. }
            | Error::WrongDelimiter { file, .. }
            | Error::MissingKey { file, .. }
            | Error::DuplicateColumn { file, .. }
            | Error::Truncated { file, .. }
            | Error::UnclosedQuote { file, .. }
            | Error::RecordTooLong { file, .. } => Some(file.clone()),
            _ => None,
        }
    }
}
