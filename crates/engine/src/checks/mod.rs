//! Checks: what a careful analyst would look at before believing a number.

pub mod leakage;
pub mod quality;
