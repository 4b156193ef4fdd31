//! leadrank-stats
