//! leadrank-simulate
