//! The engine: a project folder and its configuration, the stages from raw
//! files to call list in their order, bundles and their registry, scoring,
//! tiers and reasons.
//!
//! It knows nothing of terminals or HTTP: progress goes out through
//! [`progress::Progress`], results come back as plain serialisable structs.
//!
//! ```text
//! ingest ─▶ dataset (label, split, constants, 69 features) ─▶ train ─▶ score ─▶ call list
//! ```

pub mod backtest;
pub mod bundle;
pub mod call_list;
pub mod checks;
pub mod config;
pub mod crm;
pub mod error;
pub mod experiment;
pub mod export;
pub mod gates;
pub mod ledger;
pub mod model_card;
pub mod model_rows;
pub mod models;
mod outcomes;
pub mod pipeline;
pub mod progress;
pub mod project;
pub mod reasons;
pub mod registry;
pub mod reports;
pub mod rivals;
pub mod stages;
pub mod table;
pub mod tiers;
pub mod training;
pub mod trials;
pub mod validate;
mod words;

pub use config::Config;
pub use error::{Error, Result};
pub use project::Project;
