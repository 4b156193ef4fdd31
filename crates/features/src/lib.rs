//! leadrank-features
