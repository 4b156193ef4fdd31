//! The `leadrank` command.
fn main() {}
