//! Salesforce: what is put into an org ([`sfdx`]), and what goes in and out ([`Client`], [`sync`]).
//!
//! ```text
//! Client ── auth ── transport (the one place that sends: retries, limits, allowed hosts)
//!    ├─ query, bulk query            what comes in
//!    ├─ collections, bulk ingest     what goes out
//! sync ── plan ─▶ ledger ─▶ execute ─▶ reconcile        resume, undo, files instead of calls
//! ```
//! Nothing here knows how scores are made.

mod auth;
mod bulk;
mod client;
mod collections;
mod describe;
mod error;
mod query;
mod secret;
mod settings;
pub mod sfdx;
pub mod sync;
mod transport;

pub use bulk::{Job, JobState, ResultKind};
pub use client::{Client, Usage};
pub use collections::Saved;
pub use describe::Described;
pub use error::{Error, Result};
pub use secret::Secret;
pub use settings::{Auth, OrgSettings, Patience};
