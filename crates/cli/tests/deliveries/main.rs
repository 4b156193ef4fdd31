//! Deliveries through the binary: revisions, quarantine, past states of knowledge, gates
//! and what a kill leaves behind.

#[path = "../common/mod.rs"]
mod common;
mod crash;
mod verbs;
