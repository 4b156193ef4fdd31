//! The randomized experiment: who is in which arm, whether the arms are alike, what happened, and
//! what may be concluded from it.
//!
//! ```text
//! Plan ─▶ assign ─▶ Row (a lead with what came of it) ─▶ Cells ─▶ monitor, interim, final
//! ```
//! It knows nothing of models, files or tables: rows come in as plain values. Leads of one adviser,
//! or of one firm's leadership, are a *unit*: they stay in one arm, and units are what is drawn
//! and what every standard error counts. Nothing reads a clock; days are arguments.

pub mod analysis;
mod arm;
pub mod assign;
pub mod balance;
pub mod cells;
pub mod effect;
mod error;
pub mod monitor;
pub mod plan;
pub mod row;
pub mod size;
pub mod srm;
pub mod trial;
mod unbounded;

pub use arm::{Arm, Arms};
pub use error::{Error, Result};
pub use plan::Plan;
pub use row::Row;
