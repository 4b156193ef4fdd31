//! leadrank-report
