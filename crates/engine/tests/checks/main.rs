//! The checks on made-up projects: silent on plain ones, and first to name what was planted.

mod classes;
mod drift;
mod hazards;
mod imbalance;
mod leakage_parts;
mod made;
mod missing_parts;
mod project;
mod replay;
mod statistics;
