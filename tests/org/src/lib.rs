//! A stand-in for a Salesforce org: an HTTP server that behaves as the documented REST and Bulk
//! APIs do, with faults that can be switched on.
//!
//! It is held to be faithful by clients that were written by others: `tests/clients.rs` runs
//! jsforce and simple-salesforce against it.
//!
//! ```text
//! server ─▶ faults ─▶ token | rest (query, describe, records, collections) | bulk (query, ingest)
//!                                        └── store: typed records, their rules, a log of writes
//! ```

mod bulk;
mod collections;
mod faults;
mod fields;
mod ingest;
mod load;
mod reply;
mod rest;
mod server;
mod soql;
mod store;
mod token;

pub use faults::{Fault, Kind, Rule, When};
pub use fields::{Field, Type};
pub use server::{Options, Org};
pub use store::Write;
