//! Tables and SQL: Delta Lake tables under one root, and a GoogleSQL (BigQuery
//! dialect) session over them.
//!
//! A [`Warehouse`] owns the tables `<root>/<dataset>/<table>` and writes each of
//! them in one transaction. A [`Session`] sees the newest version of every table
//! as it was when the session was opened and answers queries written in GoogleSQL.
//! [`format`] renders answers, [`read`] reads a user's own table file.

mod casing;
mod error;
pub mod format;
mod functions;
mod name;
mod params;
pub mod read;
mod session;
mod sql;
mod store;
mod write;

pub use error::{Error, Result};
pub use name::TableName;
pub use params::{ParamValue, Params};
pub use read::read_table_file;
pub use session::{Session, SessionOptions};
pub use store::Warehouse;
pub use write::{Commit, WriteMode, WriteOptions};

/// The query engine, re-exported so that every crate uses the same version.
pub use datafusion;
/// Arrow as the query engine uses it.
pub use datafusion::arrow;
