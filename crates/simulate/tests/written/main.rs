//! What is written, read back: marginals against domain.md, equal bytes, planted faults.

mod common;
mod determinism;
mod hazards;
mod marginals;
