//! What is written, read back: marginals against domain.md, equal bytes, planted faults, the
//! weeks after a launch.

mod common;
mod determinism;
mod hazards;
mod marginals;
mod weeks;
