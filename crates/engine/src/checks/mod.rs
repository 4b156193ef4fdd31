//! Checks: what a careful analyst would look at before believing a number.
//!
//! Each check reads the project, judges its gates, and tells what it found, worst first,
//! with the evidence. It writes nothing but the verdicts of its gates.

pub mod classes;
mod data;
pub mod imbalance;
pub mod leakage;
mod part;
pub mod quality;

pub use data::{Input, Leads, Request};
