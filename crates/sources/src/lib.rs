//! What comes in: vendor exports and Salesforce exports, read by declared contracts into
//! the warehouse's tables.
//!
//! Types are declared, never inferred. A cell that is not what its column must be becomes
//! null and a record in `rejected_cells`; a row is only left out when nothing identifies
//! it; a file that cannot be trusted as a whole is an error, and nothing of it is loaded.
//!
//! - [`contract`]: the columns, their kinds, units and ranges
//! - [`cell`]: one cell of text to one value or one reason
//! - [`reader`]: one file to record batches
//! - [`discover`](mod@discover): a folder to the files in it
//! - [`ingest`](fn@ingest): files to tables
//! - [`Scorecard`]: a delivery beside the one before
//! - [`register_in_use`]: what is in use, as known on a day

mod career;
pub mod cell;
mod columns;
pub mod contract;
mod diff;
pub mod discover;
mod error;
pub mod header;
mod ingest;
mod mapping;
mod progress;
pub mod reader;
mod reject;
mod rename;
mod scorecard;
mod tokens;
mod vintage;

pub use career::{Career, PastFact, careers};
pub use contract::{CONTRACT_VERSION, FileKind};
pub use diff::{
    ColumnDiff, Diff, ORDINARY_REWRITING, PastDiff, Revision, Rewriting, diff, revisions,
};
pub use error::{Error, Result};
pub use ingest::{
    FileReport, FileStatus, HeldBack, IngestOptions, IngestReport, ingest, scorecards, waiting,
    withdraw,
};
pub use mapping::Mapping;
pub use progress::{Progress, ProgressEvent, Silent};
pub use reject::{ColumnRejects, KEPT_TEXT, RejectRecords, WHOLE_ROW, reason_text};
pub use scorecard::{ColumnCard, FileCard, HeaderChanges, Judge, Judgement, Renamed, Scorecard};
pub use vintage::{ColumnProfile, InUse, Known, LoadEntry, Status, register_in_use};
