//! Features: the catalog of the 69, the SQL that makes them, the as-of join and
//! the label rule.
//!
//! ```text
//! contacted leads ──▶ as-of month ──▶ facts of rep and firm ──▶ 36 base ──▶ 31 engineered ──▶ 2 temporal
//!   (01, label)         (03)               (04, 05)               (06)         (07)            (08)
//! ```
//! The numbers are the files of `sql/features`. Nothing goes round the as-of join:
//! every feature of a lead comes from the newest vendor month that holds its
//! adviser and is not after the day at which the lead is looked at.

pub mod catalog;
mod constants;
mod deny;
mod error;
mod history;
mod label;
mod models;
mod options;
mod rows;

pub use catalog::{Class, Feature, Group, catalog, feature};
pub use constants::{FittedConstants, fit_constants};
pub use deny::is_denied;
pub use error::{Error, Result};
pub use label::{LabelAudit, prepare_leads};
pub use models::{Models, models, models_sha256};
pub use options::{Calculable, FeatureOptions, History, Metro};
pub use rows::{rep_features, scoring_dataset, training_dataset};
