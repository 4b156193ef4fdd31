//! A stand-in for a Salesforce org: an HTTP server that behaves as the documented REST and Bulk
//! APIs do, with faults that can be switched on.
//!
//! It is held to be faithful by clients that were written by others: `tests/clients.rs` runs
//! jsforce and simple-salesforce against it.
//!
//! ```text
//! server ─▶ faults ─▶ token | rest (query, limits) | records | collections | jobs (query, ingest)
//!                                        └── store: typed records, their rules, a log of writes
//! ```
//!
//! What it leaves out: sharing rules and permissions, triggers and flows, record types, formula
//! fields, sub-queries and grouping in SOQL, multipart uploads, and objects other than Lead, Task,
//! User and Opportunity.

mod collections;
mod csv_form;
mod faults;
mod fields;
mod ingest;
mod jobs;
mod load;
mod org;
mod query_job;
mod records;
mod reply;
mod rest;
mod server;
mod soql;
mod spec;
mod store;
mod token;
mod values;

pub use faults::{Fault, Kind, Meddling, Rule, When};
pub use fields::{Field, Type};
pub use org::{Options, Org};
pub use store::{Operation, Write};
