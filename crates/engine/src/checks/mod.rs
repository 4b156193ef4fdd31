//! Checks: what a careful analyst would look at before believing a number.
//!
//! Each check reads the project, judges its gates, and tells what it found, worst first,
//! with the evidence. It writes nothing but the verdicts of its gates.

mod data;
pub mod leakage;
mod part;
pub mod quality;
pub mod statistics;

pub use data::{Input, Leads, Request};
