//! leadrank-sources
