//! leadrank-learn
