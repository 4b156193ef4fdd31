//! Scores where the salespeople work: what goes to Salesforce and what comes from it.
//!
//! ```text
//! fields, display ─▶ schema ─▶ scaffold (metadata), mapping (69 features), rows ─▶ sync
//! mirror ◀─ leads, tasks, users, opportunities of an org, as the raw files of the project
//! ```

mod by_hand;
mod display;
mod fields;
mod mapping;
mod mirror;
mod peers;
mod rows;
mod scaffold;

use std::path::PathBuf;

pub use display::{DISPLAY, Display};
pub use fields::{KEY, STAMPS, all, schema};
pub use mapping::{Mapped, mapped, mapping_csv};
pub use mirror::{Mirrored, mirror};
pub(crate) use peers::{facts, peer_rates};
pub use rows::{SHOWN, Scores, hidden, note_written_on, scores, written_on};
pub use scaffold::{Made, files, scaffold};

use crate::project::Project;

/// Where the ledgers of syncs lie.
pub fn ledgers(project: &Project) -> PathBuf {
    project.records().join("salesforce")
}
