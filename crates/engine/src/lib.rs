//! leadrank-engine
