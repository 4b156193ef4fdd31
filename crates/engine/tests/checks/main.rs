//! The checks on made-up projects, plain and with planted faults.

mod drift;
mod project;
mod statistics;
